"""A cohort's own book and tables, made in its folder from the chapters that serve any cohort."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cohortbook.report.clinical_tables import show_compared, show_description, show_flow
from cohortbook.report.comparison import describe
from cohortbook.report.further_outcomes import outcome_tables
from cohortbook.report.gaps import missing_of, patterns_of, show_missing, show_patterns
from cohortbook.report.imputed import (
    show_imputed,
    show_imputed_comparison,
    show_imputed_hazards,
)
from cohortbook.report.model_table import show_models
from cohortbook.report.models import Models, fit_candidates
from cohortbook.report.risks import asks_risks, risk_table, show_risks
from cohortbook.report.suppression import withhold_flow
from cohortbook.report.table_one import show_table_one, table_one
from cohortbook.report.timing import (
    event_table,
    has_times,
    show_events,
    show_times_by_group,
    times_by_group,
    why_no_times,
)
from cohortbook.report.words import COX, LOGISTIC, fitted_models
from smallstats.storing import replace_file
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

CHAPTERS = Path(__file__).with_name("chapters")
RECORD = ".made.json"
"""In a folder that is written to: the digests that each file may have as it was written.

While files are being written there are two, before and after, so that a run that is killed has
written nothing that the next one takes for somebody else's.
"""


def cohort_chapters(cohort: Cohort) -> list[str]:
    """Name the chapters that a cohort's book has, in order.

    Without an outcome there is nothing to compare, and without candidates that can be fitted there
    is no regression.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> cohort_chapters(load_cohort(example_cohort()))
    ['1_cohort', '2_description', '3_comparison', '4_regression', '5_missing', '6_time']
    """
    chapters = ["1_cohort", "2_description"]
    if cohort.outcome and cohort.spec.analysis.compare:
        chapters.append("3_comparison")
    if cohort.outcome and fit_candidates(cohort).fitted:
        chapters.append("4_regression")
    chapters.append("5_missing")
    return [*chapters, "6_time"] if has_times(cohort) else chapters


def absent_chapters(cohort: Cohort, files: Collection[str]) -> list[str]:
    """List the chapters that the spec asks for and a book of these files lacks, and why.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> absent_chapters(load_cohort(example_cohort()), ["4_regression.ipynb", "6_time.ipynb"])
    []
    """
    plan, absent = cohort.spec.analysis, []
    if cohort.outcome and plan.candidates and "4_regression.ipynb" not in files:
        reasons = dict.fromkeys(fit_candidates(cohort).candidates["why"])
        absent.append(f"no chapter on the regression: {'; '.join(reasons)}")
    if plan.time and "6_time.ipynb" not in files:
        absent.append(f"no chapter on times: {why_no_times(cohort)}")
    return absent


def cohort_tables(cohort: Cohort, fits: Mapping[str, Models] | None = None) -> dict[str, Table]:
    """Make the tables of a cohort: flow, description, comparison, regression, missing values.

    Parameters
    ----------
    cohort
        The patients.
    fits
        What `fitted_models` gives; by default it is fitted here.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> list(cohort_tables(load_cohort(example_cohort())))
    ['flow', 'description', 'comparison', 'risks', 'regression', 'events', 'times', 'hazards',
     'missing', 'missing_together']
    """
    tables = {
        "flow": show_flow(withhold_flow(cohort)),
        "description": show_description(describe(cohort)),
    }
    if cohort.spec.analysis.groups:
        tables["table_one"] = show_table_one(table_one(cohort))
    if cohort.outcome and cohort.spec.analysis.compare:
        tables["comparison"] = show_compared(cohort)
        if asks_risks(cohort):
            tables["risks"] = show_risks(cohort, risk_table(cohort))
    fits = fitted_models(cohort) if fits is None else fits
    if LOGISTIC in fits:
        tables["regression"] = show_models(fits[LOGISTIC])
    if has_times(cohort):
        tables["events"] = show_events(cohort, event_table(cohort))
        tables["times"] = show_times_by_group(cohort, times_by_group(cohort))
        if COX in fits:
            tables["hazards"] = show_models(fits[COX], "Hazard ratios")
    tables |= outcome_tables(cohort)
    tables["missing"] = show_missing(missing_of(cohort))
    tables["missing_together"] = show_patterns(patterns_of(cohort))
    if cohort.spec.analysis.imputations:
        made = {
            "imputed_comparison": show_imputed_comparison(cohort),
            "imputed": show_imputed(cohort),
            "imputed_hazards": show_imputed_hazards(cohort),
        }
        tables |= {name: table for name, table in made.items() if isinstance(table, Table)}
    return tables


def cohort_figures(cohort: Cohort) -> dict[str, bytes]:
    """Draw the figures that stand beside a cohort's tables: the curves, where times are known.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> list(cohort_figures(load_cohort(example_cohort())))
    ['curves.svg']
    """
    from cohortbook.report.curves import survival_curves
    from smallstats.figures.style import image

    if not has_times(cohort):
        return {}
    return {"curves.svg": image(survival_curves(cohort))}


def book_files(cohort: Cohort) -> dict[str, bytes]:
    """Return the sources of a cohort's book by name: chapters, contents, settings and look.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> sorted(book_files(load_cohort(example_cohort())))[:3]
    ['1_cohort.ipynb', '2_description.ipynb', '3_comparison.ipynb']
    """
    title = " ".join(cohort.spec.title.split()) or "Our cohort"
    words = {"TITLE": json.dumps(title), "TITLE_AS_TEXT": as_markdown(title)}
    chapters = cohort_chapters(cohort)
    words["CHAPTERS"] = "\n".join(f"  - file: {name}" for name in chapters)
    files = {f"{name}.ipynb": CHAPTERS / f"{name}.ipynb" for name in (*chapters, "index")}
    files |= {name: CHAPTERS / name for name in ("_config.yml", "_toc.yml")}
    return {name: _filled(path, words) for name, path in files.items()}


def _filled(path: Path, words: Mapping[str, str]) -> bytes:
    """Put words in place of ``@NAME@``, in a notebook as JSON has them."""
    text = path.read_text(encoding="utf-8")
    for name, word in words.items():
        inside = json.dumps(word)[1:-1] if path.suffix == ".ipynb" else word
        text = text.replace(f"@{name}@", inside)
    return text.encode()


def as_markdown(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is.

    Examples
    --------
    >>> print(as_markdown("<b> *x*"))
    \<b\> \*x\*
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def load_analysed(spec: Path) -> Cohort:
    """Load a cohort whose analysis can be printed.

    Raises
    ------
    CohortError
        As `cohortbook.cohort.load_cohort`, and if the outcome is missing for a patient.
    """
    from cohortbook.cohort import load_cohort
    from cohortbook.cohort.problems import Log

    cohort = load_cohort(spec)
    if cohort.outcome and cohort.frame[cohort.outcome].isna().any():
        raise Log(spec.name).stop(
            None,
            f"{cohort.outcome}, the outcome, is missing for some patients",
            f"under eligibility: {{label: Outcome known, complete: [{cohort.outcome}]}}",
        )
    return cohort


def write_files(folder: Path, files: Mapping[str, bytes], *, refuse: bool = False) -> list[str]:
    """Write files into a folder, but none in place of one that was changed, or made by others.

    What was written before and is not among them is removed, unless it was changed.

    Returns
    -------
    list
        The names of the files that were left as they are.

    Raises
    ------
    FileExistsError
        With `refuse`, if there is such a file; then none is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / RECORD
    recorded = _read_record(record)
    paths = {name: folder / name for name in files}
    present = {name: _digest(path.read_bytes()) for name, path in paths.items() if path.exists()}
    made = {name: _digest(content) for name, content in files.items()}
    kept = [name for name in present if present[name] not in (*recorded.get(name, ()), made[name])]
    if kept and refuse:
        raise FileExistsError(
            f"{paths[kept[0]]}: not made by this command, or changed since; it is not overwritten"
        )
    changed = [name for name in made if name not in kept and present.get(name) != made[name]]
    if changed:
        _write_record(record, recorded | {n: [*recorded.get(n, ()), made[n]] for n in changed})
    inside = folder.resolve()
    for name in sorted(recorded.keys() - files.keys()):
        old = folder / name
        if old.is_file() and old.resolve().is_relative_to(inside):
            if _digest(old.read_bytes()) not in recorded[name]:
                kept.append(name)
                continue
            old.unlink()
        del recorded[name]
    for name in changed:
        paths[name].parent.mkdir(exist_ok=True)
        replace_file(paths[name], files[name])
    recorded |= {name: [made[name]] for name in made if name not in kept}
    _write_record(record, recorded)
    return kept


def _read_record(record: Path) -> dict[str, list[str]]:
    try:
        content = dict(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
    return {name: [made] if isinstance(made, str) else list(made) for name, made in content.items()}


def _write_record(record: Path, recorded: Mapping[str, list[str]]) -> None:
    replace_file(record, json.dumps(recorded, indent=1, sort_keys=True).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _empty_build(folder: Path, *kept: str) -> None:
    """Remove what was built, but outputs of notebooks that are there and the named folders."""
    build = folder / "_build"
    shutil.rmtree(folder / ".doctrees", ignore_errors=True)
    for path in build.iterdir() if build.is_dir() else ():
        if path.is_dir() and path.name not in ("outputs", *kept):
            shutil.rmtree(path)
    for path in (build / "outputs").glob("*.json"):
        if not (folder / f"{path.stem.rpartition('-')[0]}.ipynb").exists():
            path.unlink()


def build_book(spec: Path, folder: Path) -> int:
    """Run a book's notebooks for a cohort and build its pages, reporting each on stderr.

    No page stays of an earlier build, which may have shown what is now withheld.

    Parameters
    ----------
    spec
        The `cohort.yml`.
    folder
        Where the sources are; the pages are put into ``_build/html``.

    Returns
    -------
    int
        0 if there was no error and no warning.
    """
    _empty_build(folder, "matplotlib")
    command = Path(sys.executable).with_name("jupyter-book")
    environment = os.environ | {"JDM_COHORT": str(spec.resolve())}
    arguments: list[str | Path] = [command, "build", folder, "-q", "-W", "--keep-going", "-n"]
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as build:
        for line in build.stdout or ():
            if line.startswith("ran "):  # and not what Jupyter Book says of itself
                print(line, end="", file=sys.stderr, flush=True)
    _empty_build(folder, "html")  # what only Sphinx reads has this machine's paths
    return build.returncode
