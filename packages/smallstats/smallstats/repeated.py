"""Patients who are there more than once."""

from __future__ import annotations

import pandas as pd

from smallstats.columns import check_columns, refuse


def refuse_repeated(frame: pd.DataFrame, patient: str | None = None) -> None:
    """Refuse a frame with more than one row of a patient, or with matched sets.

    Every test and regression of this package takes the rows for independent. Visits of one
    patient, eyes of one patient or a case with its matched controls are not: their intervals
    would be too narrow, or, matched, their odds ratios too near 1. Who is repeated is not told.

    Parameters
    ----------
    frame
        One row a patient, as it should be.
    patient
        The column that tells patients (or matched sets) apart; by default the index.

    Raises
    ------
    ValueError
        When the column is absent, a value is missing or one is there twice.

    Examples
    --------
    >>> refuse_repeated(pd.DataFrame({"patient": ["a", "b"]}), "patient")
    """
    if patient is not None:
        refuse(check_columns(frame, [patient]))
    ids = frame.index.to_series() if patient is None else frame[patient]
    where = "the index" if patient is None else f"column {patient!r}"
    missing, sizes = int(ids.isna().sum()), ids.value_counts()
    repeated = int((sizes > 1).sum())
    problems = [f"{where} has no value in {missing} of {len(ids)} rows"] * (missing > 0)
    if repeated:
        problems.append(
            f"{where} has {repeated} value{'s' * (repeated > 1)} in more than one row (one of them "
            f"in {sizes.max()}): these rows are not independent. Keep one row a patient; for "
            f"matched sets use fit_logistic with method='exact' and strata"
        )
    refuse(problems)
