"""What the audit did with each set of papers when it first met it: kept, never rewritten."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.published_tables import TABLES

FIRST_MET = TABLES.with_name("first_met.csv")
COLUMNS = ("set", "unseen", "seed", "date", "commit", "numbers", "refused", "slips", "found",
           "missed", "false_alarms")  # fmt: skip


def add_first_met(row: dict[str, object], path: Path = FIRST_MET) -> None:
    """Add a set to the record; a set that is in it stays as it was first met.

    Parameters
    ----------
    row : dict
        The columns of the record: ``set`` (its name), ``unseen`` (``yes`` if nobody had run the
        audit on it while it was changed), ``seed`` (of invented papers), ``date``, ``commit``,
        ``numbers`` (those of no slip that were read), ``refused`` (numbers of ledgers that were),
        ``slips``, ``found``, ``missed``, ``false_alarms``.
    path : path
        The record.

    Raises
    ------
    ValueError
        If the set is in the record, or columns are missing or unknown.

    Examples
    --------
    >>> add_first_met({"set": "published 1"})
    Traceback (most recent call last):
    ...
    ValueError: the record needs the columns set, unseen, seed, ...
    """
    if tuple(row) != COLUMNS:
        raise ValueError(f"the record needs the columns {', '.join(COLUMNS)}, in this order")
    met = pd.read_csv(path, dtype=str)["set"].tolist() if path.exists() else []
    if row["set"] in met:
        raise ValueError(f"{row['set']!r} was met before: its first meeting is not rewritten")
    pd.DataFrame([row]).to_csv(
        path, mode="a", header=not path.exists(), index=False, lineterminator="\n"
    )


def load_first_met(path: Path = FIRST_MET) -> pd.DataFrame:
    """Read the record, with ``recall`` and ``precision``.

    Returns
    -------
    pandas.DataFrame
        The columns of `add_first_met`; ``recall``, found of all slips; ``precision``, found of
        found and false alarms.

    Examples
    --------
    >>> load_first_met().query("set == 'published 1'")[["slips", "found", "recall"]].values.tolist()
    [[4.0, 3.0, 0.75]]
    """
    met = pd.read_csv(path)
    return met.assign(
        recall=met["found"] / met["slips"],
        precision=met["found"] / (met["found"] + met["false_alarms"]),
    )
