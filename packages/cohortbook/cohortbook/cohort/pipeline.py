"""The one way from texts to patients that `load_cohort`, `check` and `init` go."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from cohortbook.cohort.cleaning import Memory, type_columns
from cohortbook.cohort.deriving import derive_variables
from cohortbook.cohort.flow import Steps, check_rules
from cohortbook.cohort.patients import keep_rows, one_of_each
from cohortbook.cohort.problems import Log
from cohortbook.cohort.reading import apply_corrections
from cohortbook.cohort.spec import Spec

ONE_ROW = {
    "first": "First row of each patient",
    "last": "Last row of each patient",
    "first_known": "Rows of each patient put together (first known values)",
    "last_known": "Rows of each patient put together (last known values)",
}


class Cleaned(NamedTuple):
    """The patients, all variables typed; the steps that led to them; the corrected texts."""

    frame: pd.DataFrame
    steps: Steps
    table: pd.DataFrame


def clean_table(table: pd.DataFrame, spec: Spec, log: Log, memory: Memory | None = None) -> Cleaned:
    """Correct, type and derive the variables of a table, one row a patient.

    Parameters
    ----------
    table : DataFrame
        Texts, as `read_table` gives them.
    spec : Spec
    log : Log
        Receives every problem and every repair.
    memory : Memory, optional
        As in `type_columns`; only where the table stays as it is: nothing corrected, no row left.

    Returns
    -------
    Cleaned
    """
    steps = [("Forms received", len(table))]
    table = keep_rows(apply_corrections(table, spec, log), spec, log)
    if spec.keep:
        kept = "; ".join(f"{column} {', '.join(v)}" for column, v in spec.keep.items())
        steps.append((f"Rows of {kept}", len(table)))
    frame = one_of_each(type_columns(table, spec, log, memory), table, spec, log)
    if spec.duplicates:
        steps.append(("Latest form of each patient", len(frame)))
    elif spec.one_row:
        steps.append((ONE_ROW[spec.one_row], len(frame)))
    frame = check_rules(derive_variables(frame, spec, log), spec, log)
    return Cleaned(frame, steps, table)
