"""Slips planted in published tables, one a copy, and how many of them the audit sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.published_tables import ALARMS, TABLES
from benchmarks.slips import plant_error
from paperaudit.audit import audit_claims
from paperaudit.claims import LedgerError, validate_claims

SEED, SLIPS = 1984, 2


def plant_in_tables(folder: Path = TABLES, slips: int = SLIPS, seed: int = SEED) -> pd.DataFrame:
    """Plant slips in every table that the audit reads, and audit each copy.

    Parameters
    ----------
    folder : path
        With ``sources.csv`` and the ledgers.
    slips : int
        How many in each table.
    seed : int
        What is planted in a table follows from this and its place in ``sources.csv``.

    Returns
    -------
    pandas.DataFrame
        One row a slip: ``table``, ``id``, ``kind``, ``size``, ``was``, ``printed`` (as
        `benchmarks.slips.Slip` has them), ``found``: whether there is an objection that the table
        had not before. Nobody knows of which the other numbers leave no room: not all can be found.
    """
    rows = []
    for nth, table in enumerate(pd.read_csv(folder / "sources.csv")["table"]):
        raw = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
        raw = raw.assign(**dict.fromkeys({"variable", "model"} - {*raw}, ""))
        if (before := _objections(raw)) is None:
            continue
        rng = np.random.default_rng([seed, nth])
        for _ in range(slips):
            slip = plant_error(raw, rng)
            after = _objections(slip.ledger)
            rows.append({
                "table": table, "id": slip.claim, "kind": slip.kind, "size": slip.size,
                "was": slip.was, "printed": slip.printed,
                "found": after is None or bool(after - before),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _objections(raw: pd.DataFrame) -> set[str] | None:
    """Return the numbers objected to, or None if the ledger is refused."""
    try:
        verdicts = audit_claims(validate_claims(raw))["verdict"]
    except LedgerError:
        return None
    return set(verdicts.index[verdicts.isin(ALARMS)])
