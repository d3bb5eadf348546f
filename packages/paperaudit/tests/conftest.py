"""Ledgers in a few lines, and what the audit says of them."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from paperaudit.audit import audit_claims
from paperaudit.claims import load_claims
from paperaudit.verdict import VERDICTS

COLUMNS = ("location", "item", "group", "statistic", "printed")


class Audited:
    """An audit, with short ways to ask for one number and for what is objected to."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def pick(self, item: str, statistic: str, group: str = "") -> pd.Series:
        """Return what is said of one number."""
        f = self.frame
        rows = f[(f["item"] == item) & (f["statistic"] == statistic) & (f["group"] == group)]
        assert len(rows) == 1, rows
        return rows.iloc[0]

    @property
    def objections(self) -> set[tuple[str, ...]]:
        """List item, statistic and group of what does not follow."""
        wrong = self.frame[[VERDICTS[verdict].objection for verdict in self.frame["verdict"]]]
        rows = wrong[["item", "statistic", "group"]].to_numpy().tolist()
        return {tuple(part for part in row if part) for row in rows}


def write_ledger(path: Path, text: str) -> Path:
    """Write lines of words: a dot for no group, a bare number for the denominator, key=value."""
    rows = []
    for line in filter(None, text.splitlines()):
        words = line.split()
        row = dict(zip(COLUMNS, words[:5], strict=True))
        row["group"] = "" if row["group"] == "." else row["group"]
        for word in words[5:]:
            key, _, value = word.rpartition("=")
            row[key or "denominator"] = value.replace("_", " ")
        rows.append(row)
    pd.DataFrame(rows).fillna("").to_csv(path, index=False)
    return path


@pytest.fixture
def short_ledger(tmp_path) -> Callable[[str], Path]:
    """Write a ledger of a few lines, and return its path."""
    return lambda text: write_ledger(tmp_path / "ledger.csv", text)


@pytest.fixture
def audited(short_ledger) -> Callable[[str], Audited]:
    """Audit a ledger of a few lines."""
    return lambda text: Audited(audit_claims(load_claims(short_ledger(text))))
