"""The audit on published tables whose slips were worked out by hand first.

Each table is a ledger in ``data/benchmarks/tables``; ``truth.csv`` beside them says what is wrong
in which, and what innocent reading was tried, and was written before the audit was run on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from jdm_utils.study import LEDGER
from paperaudit.audit import audit_claims
from paperaudit.claims import LedgerError, load_claims

TABLES = LEDGER.parents[1] / "benchmarks" / "tables"
ALARMS = ("contradicted", "not_reproduced")
#: What a finding may be: a slip; a last digit that a habit of rounding explains; a question that
#: print cannot settle. An objection to the last two is neither found nor false.
JUDGED = ("wrong", "minor", "open")
COUNTS = ("numbers", "assessed", "wrong", "found", "minor", "minor_found", "open", "open_found",
          "false_alarms")  # fmt: skip


def load_truth(folder: Path = TABLES) -> pd.DataFrame:
    """Read what is wrong in each table, a row a number.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``finding``, ``judged`` (one of `JUDGED`), ``id`` of the number. A finding of
        several numbers is one slip in one of them, or the numbers that clash.

    Examples
    --------
    >>> load_truth().query("table == 'A'").to_dict("records")
    [{'table': 'A', 'finding': 'A-p', 'judged': 'wrong', 'id': 'table1_pf_over150_p'}]
    """
    truth = pd.read_csv(folder / "truth.csv", keep_default_na=False)
    claims = truth.assign(id=truth["claims"].str.split()).explode("id", ignore_index=True)
    return claims[["table", "finding", "judged", "id"]]


def judge_tables(folder: Path = TABLES) -> pd.DataFrame:
    """Audit every table and hold the objections against what was worked out by hand.

    Returns
    -------
    pandas.DataFrame
        One row a printed number: ``set`` (1 was met while the audit was written, the others
        unseen), ``table``, ``id``, ``statistic``, ``printed``, ``verdict`` (``refused`` where the
        ledger was), ``finding`` and ``judged`` (empty where nothing is known to be wrong),
        ``objected``.
    """
    sources = pd.read_csv(folder / "sources.csv")
    parts = [_judge(folder / f"{s.table}.csv", str(s.table), int(s.set)) for s in _rows(sources)]
    numbers = pd.concat(parts, ignore_index=True)
    known = numbers.merge(load_truth(folder), how="left", on=["table", "id"])
    known = known.fillna({"finding": "", "judged": ""})
    return known.assign(objected=known["verdict"].isin(ALARMS))


def _rows(frame: pd.DataFrame) -> Iterator[pd.Series]:
    return (row for _, row in frame.iterrows())


def _judge(path: Path, table: str, number: int) -> pd.DataFrame:
    raw = pd.read_csv(path, dtype=str, keep_default_na=False).query("role != 'design'")
    try:
        verdicts = audit_claims(load_claims(path))["verdict"]
    except LedgerError:
        verdicts = pd.Series("refused", index=pd.Index(raw["id"]))
    found = raw[["id", "statistic", "printed"]].assign(verdict=raw["id"].map(verdicts))
    return found.assign(set=number, table=table)


def summarise_tables(numbers: pd.DataFrame, by: str = "table") -> pd.DataFrame:
    """Count what was found and what was falsely held against each table.

    Parameters
    ----------
    numbers : pandas.DataFrame
        As `judge_tables` gives them.
    by : str
        ``table``, or ``set``.

    Returns
    -------
    pandas.DataFrame
        Indexed by *by*: ``numbers`` (printed), ``assessed`` (of these, with a verdict other than
        ``not_checkable``), ``wrong`` (slips) and ``found`` (with an objection to one of their
        numbers), ``minor`` and ``minor_found``, ``open`` and ``open_found``, ``false_alarms``
        (objections to numbers of no finding).

    Examples
    --------
    >>> row = {"table": "A", "id": "a", "verdict": "contradicted", "objected": True}
    >>> rows = [row | {"finding": "A-1", "judged": "wrong"}, row | {"finding": "", "judged": ""}]
    >>> summarise_tables(pd.DataFrame(rows)).loc["A", ["wrong", "found", "false_alarms"]].tolist()
    [1, 1, 1]
    """
    unread = numbers["verdict"].isin(["not_checkable", "refused"])
    whole = numbers.assign(assessed=~unread, false=numbers["objected"] & (numbers["finding"] == ""))
    found = whole.groupby(by).agg(
        numbers=("id", "size"), assessed=("assessed", "sum"), false_alarms=("false", "sum")
    )
    slips = whole[whole["finding"] != ""].groupby([by, "judged", "finding"])["objected"].any()
    for judged in JUDGED:
        some = slips[slips.index.get_level_values("judged") == judged].groupby(by)
        hit = "found" if judged == "wrong" else f"{judged}_found"
        found[judged], found[hit] = some.size(), some.sum()
    return found.fillna(0).astype(int)[list(COUNTS)]
