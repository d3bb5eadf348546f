"""From a table of a paper to a ledger: a row for each printed number, and each doubt.

Nothing is guessed in silence. What a heading, a label or the arithmetic does not settle is a
doubt: it is read as is most likely, and listed with the question and the option that settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from paperaudit.adjustment import OF_ANALYSIS
from paperaudit.claims import COLUMNS, OPTIONAL
from paperaudit.grid import Grid, NoTableError
from paperaudit.languages import in_english
from paperaudit.naming import unused_name
from paperaudit.reported_ratios import claims_of_ratios
from paperaudit.reported_tests import claims_of_tests
from paperaudit.table_places import Places
from paperaudit.table_reader import DOUBTS, Settled, TableReader
from paperaudit.table_reading import read_tables, running_text

__all__ = ["DOUBTS", "Settled", "TableLedger", "ledger_from_tables"]

LEDGER = (*COLUMNS, *OPTIONAL)


@dataclass(frozen=True)
class TableLedger:
    """A ledger that was read from tables.

    Attributes
    ----------
    ledger
        Strings in the columns of a ledger, for `validate_claims`; ``doubt`` says what to settle.
    doubts
        A row a doubt: ``code`` (of `DOUBTS`), ``source``, ``line``, ``row`` (its label),
        ``column`` (its heading), ``text`` and ``question``.
    grids
        The tables.
    cells
        What was read in each cell: ``table``, ``row`` and ``column`` of the grid, ``id`` of the
        ledger (empty if nothing was), ``reading`` in words.
    """

    ledger: pd.DataFrame
    doubts: pd.DataFrame
    grids: tuple[Grid, ...]
    cells: pd.DataFrame


def ledger_from_tables(
    paths: Iterable[str | Path], *, settled: Settled | None = None, sheet: str = ""
) -> TableLedger:
    """Read tables of one paper as a ledger.

    Parameters
    ----------
    paths : iterable of path
        Files as `read_tables` reads; each table is a place of the paper, by the number in its
        caption or file name, else in their order.
    settled : Settled, optional
        What the user has settled.
    sheet : str
        Of a workbook.

    Returns
    -------
    TableLedger
        The numbers of the tables, and the test statistics and ratios of the sentences around them,
        as of the place ``text``. With its doubts; none if everything was settled by headings,
        labels, arithmetic, or the user.

    Raises
    ------
    FileNotFoundError, NoTableError
        As `read_tables`.
    """
    settled = settled or Settled()
    places = Places()
    readings: list[TableReader] = []
    printed: list[Grid] = []
    tests: list[dict[str, Any]] = []
    for path in paths:
        place = f"text{texts}" if (texts := len({t["location"] for t in tests})) else "text"
        text = running_text(path) if Path(path).is_file() else ""
        claims_in_text: list[Any] = [
            claim for find in (claims_of_tests, claims_of_ratios)
            for claim in find(text, place).to_dict("records")
        ]  # fmt: skip
        tests += claims_in_text
        try:
            grids = read_tables(path, sheet=sheet)
        except NoTableError:
            if not claims_in_text:
                raise
            grids = []
        for grid in grids:
            printed.append(grid)
            place = places.of(grid)
            readings.append(TableReader(in_english(grid), len(readings), place, settled))
    for reading in readings:
        reading.read()
    _name_compared(readings)
    claims = [claim for reading in readings for claim in reading.claims]
    claims += [test | {"role": "predicted"} for test in tests]
    _name(claims)
    doubts = [doubt for reading in readings for doubt in reading.doubts]
    cells = [cell for reading in readings for cell in reading.cells()]
    heads = ["code", "source", "line", "row", "column", "text", "question"]
    return TableLedger(
        pd.DataFrame([{c: claim.get(c, "") for c in LEDGER} for claim in claims], columns=LEDGER),
        pd.DataFrame(doubts, columns=heads),
        tuple(printed),
        pd.DataFrame(cells, columns=["table", "row", "column", "id", "reading"]),
    )


def _name_compared(readings: Sequence[TableReader]) -> None:
    """Name the groups that analyses compare, where the sizes of groups do not tell that.

    The tables of a paper may have several pairs: those with and without a finding are others than
    those with and without the outcome. Or each cell alone says of how many it is. Of three groups
    and more, a p compares all if they are all patients.
    """
    several = len({frozenset(reading.arms) for reading in readings if len(reading.arms) > 1}) > 1
    for reading in readings:
        own = {group: reading.sizes.get(group, 0) for group in (*reading.arms, "all")}
        apart = len(reading.arms) == 2 or own["all"] == sum(own.values()) - own["all"] > 0
        of_arms = OF_ANALYSIS if len(reading.arms) == 2 else ("p",)
        if len(reading.arms) >= 2 and apart and (several or reading.sized_by_cells):
            for claim in reading.claims:
                if claim["statistic"] in of_arms and not claim["group"]:
                    claim["group"] = "|".join(reading.arms)


def _name(claims: Sequence[dict[str, Any]]) -> None:
    """Give each claim an id of its place, item, group, model and statistic."""
    taken: set[str] = set()
    for claim in claims:
        names = ("location", "item", "group", "model", "statistic")
        stem = "_".join(str(claim[name]).replace("|", "_") for name in names if claim.get(name))
        claim["id"] = unused_name(stem, taken)
