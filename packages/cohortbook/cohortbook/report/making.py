"""The tables of a cohort, made and written; the command and the page both call this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cohortbook.report.cohort_book import (
    cohort_figures,
    cohort_tables,
    load_analysed,
    write_files,
)
from cohortbook.report.decision_page import decision_files
from cohortbook.report.export import table_files
from cohortbook.report.words import fitted_models, text_file
from smallstats.storing import only_run_in
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort


@dataclass(frozen=True, eq=False)
class Made:
    """What was made of a cohort: its tables by name, files, and names left as they were."""

    cohort: Cohort
    tables: Mapping[str, Table]
    files: Mapping[str, bytes]
    kept: list[str]


def make_tables(spec: Path, folder: Path) -> Made:
    """Make the tables of a cohort, and write them into a folder.

    Parameters
    ----------
    spec : Path
        The `cohort.yml`.
    folder : Path
        Where to.

    Raises
    ------
    CohortError
        As `cohortbook.report.cohort_book.load_analysed`.
    OSError
        If a file of another origin is in the way, another run writes there, or the disk is full.
    """
    cohort = load_analysed(spec)
    fits = fitted_models(cohort)
    tables = cohort_tables(cohort, fits)
    title, language = cohort.spec.title or "Our cohort", cohort.spec.language
    files = table_files(tables, title, language=language)
    files |= cohort_figures(cohort) | {"methods_and_results.txt": text_file(cohort, fits)}
    files |= decision_files(cohort)
    with only_run_in(folder):
        kept = write_files(folder, files, refuse=True)
    return Made(cohort, tables, files, kept)
