"""From a table of a paper to a ledger: a row for each printed number, and each doubt.

Nothing is guessed in silence. What a heading, a label or the arithmetic does not settle is a
doubt: it is read as is most likely, and listed with the question and the option that settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from paperaudit.cell_forms import (
    Cell,
    Decimal,
    decide_decimal,
    ratio_statistics,
)
from paperaudit.claims import COLUMNS, OPTIONAL
from paperaudit.denominators import Base
from paperaudit.grid import Grid, TableError
from paperaudit.reported_tests import claims_of_tests
from paperaudit.row_formats import RowFormats
from paperaudit.shares import find_levels, set_denominators
from paperaudit.table_headings import Column, key
from paperaudit.table_places import Places, footnote
from paperaudit.table_reading import read_tables, running_text
from paperaudit.table_rows import Row, find_layout, find_rows, is_heading

LEDGER = (*COLUMNS, *OPTIONAL)
#: What each doubt asks, and the option that settles it for a whole table.
DOUBTS = {
    "unread": "What does this cell print? It is not in the ledger: add its numbers by hand.",
    "format": "What are these numbers? Settle with --format 'FORMAT' or --format 'LABEL=FORMAT'.",
    "size": "How many patients has this group? Settle with --size 'GROUP=NUMBER'.",
    "base": "What are the percentages of? Settle with --percent-of column or row.",
    "levels": "Are these rows the levels of one variable? Their counts do not add up everywhere.",
    "decimal": "Does a comma part decimals? Settle with --decimal comma or point.",
    "changed": "The workbook holds a date: was a range such as 5-14 printed?",
    "places": "This line has fewer values than columns: are they in their places?",
    "twice": "The same row twice: which is which? Give one of them another item in the ledger.",
    "comparison": "Which groups does this column compare?",
}


@dataclass(frozen=True)
class Settled:
    """What the user has settled.

    Attributes
    ----------
    decimal
        ``point`` or ``comma``; empty to decide by the file.
    percent_of
        ``column`` or ``row``; empty to decide by the counts.
    formats
        A format of `FORMATS` by label of a row; under an empty label, of all undecided rows.
    sizes
        Patients by name of a group.
    """

    decimal: Decimal | str = ""
    percent_of: Base = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


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
        The numbers of the tables, and the test statistics of the sentences around them, as of the
        place ``text``. With its doubts; none if everything was settled by headings, labels,
        arithmetic, or the user.

    Raises
    ------
    FileNotFoundError, TableError
        As `read_tables`.
    """
    settled = settled or Settled()
    places = Places()
    readings: list[_Reading] = []
    tests: list[dict[str, Any]] = []
    for path in paths:
        place = f"text{texts}" if (texts := len({t["location"] for t in tests})) else "text"
        said = running_text(path) if Path(path).is_file() else ""
        told = claims_of_tests(said, place)
        tests += told.to_dict("records")  # type: ignore[arg-type]
        try:
            grids = read_tables(path, sheet=sheet)
        except TableError:
            if told.empty:
                raise
            grids = []
        for grid in grids:
            readings.append(_Reading(grid, len(readings), places.of(grid), settled))
    for reading in readings:
        reading.read()
    claims = [claim for reading in readings for claim in reading.claims]
    claims += [test | {"role": "predicted"} for test in tests]
    _name(claims)
    doubts = [doubt for reading in readings for doubt in reading.doubts]
    cells = [cell for reading in readings for cell in reading.cells()]
    heads = ["code", "source", "line", "row", "column", "text", "question"]
    return TableLedger(
        pd.DataFrame([{c: claim.get(c, "") for c in LEDGER} for claim in claims], columns=LEDGER),
        pd.DataFrame(doubts, columns=heads),
        tuple(reading.grid for reading in readings),
        pd.DataFrame(cells, columns=["table", "row", "column", "id", "reading"]),
    )


def _name(claims: Sequence[dict[str, Any]]) -> None:
    """Give each claim an id of its place, item, group, model and statistic."""
    taken: set[str] = set()
    for claim in claims:
        names = ("location", "item", "group", "model", "statistic")
        stem = "_".join(str(claim[name]).replace("|", "_") for name in names if claim.get(name))
        own, k = stem, 2
        while own in taken:
            own, k = f"{stem}_{k}", k + 1
        taken.add(own)
        claim["id"] = own


class _Reading:
    """One table while it is read."""

    def __init__(self, grid: Grid, number: int, place: str, settled: Settled) -> None:
        self.grid, self.number, self.place, self.settled = grid, number, place, settled
        self.claims: list[dict[str, Any]] = []
        self.doubts: list[tuple[str, ...]] = []
        self.words: dict[tuple[int, int], str] = {}

    def read(self) -> None:
        """Read the table."""
        self.decimal = self._decimal()
        self.layout = find_layout(self.grid, self.decimal)
        self.rows = find_rows(self.grid, self.layout, self.decimal)
        self.groups = {j: self._group(j, column) for j, column in self.layout.columns.items()}
        self.sizes = self._sizes()
        self.formats = RowFormats(
            self.grid, self.layout, self.rows, self.settled.formats, self.groups, self.sizes
        )
        self.levels = find_levels(self.rows, self.layout, self.groups, self.sizes, self.formats)
        self.items = self._items()
        self.units = {self.items[id(row)]: row.label.unit for row in self.rows if row.label.unit}
        for row in self.rows:
            self._row(row)
        self._denominators()
        for i, j, code in self.grid.doubtful:
            self._doubt(code, i, j, self.grid.rows[i][j].strip())
        for levels in self.levels.values():
            if not levels.sure:
                self._doubt("levels", levels.rows[0].at, 0, levels.name)

    def cells(self) -> list[tuple[int, int, int, str, str]]:
        """Say of each cell what was read in it."""
        found = [
            (self.number, claim["row"], claim["column"], claim["id"],
             f"{claim['statistic']} {claim['printed']}")
            for claim in self.claims
        ]  # fmt: skip
        return found + [(self.number, i, j, "", words) for (i, j), words in self.words.items()]

    # What the columns are

    def _decimal(self) -> Decimal:
        if self.settled.decimal:
            return "comma" if self.settled.decimal == "comma" else "point"
        texts = [cell for row in self.grid.rows for cell in row[1:]]
        decimal, sure = decide_decimal(texts)
        if not sure:
            self._doubt("decimal", 0, 0, f"read as a decimal {decimal}")
        return decimal

    def _group(self, j: int, column: Column) -> str:
        """Name the group of a column as in the ledger."""
        if "|" not in column.group:
            return key(column.group)
        names = {key(c.group) for c in self.layout.columns.values() if c.kind == "group"}
        parts = [key(part) for part in column.group.split("|")]
        found = []
        for part in parts:
            near = [n for n in names if n == part or n.startswith(part) or n.endswith(part)]
            found += near if len(near) == 1 else [""]
        if all(found) and len(found) == 2:
            return "|".join(found)
        self._doubt("comparison", self.layout.heads - 1, j, column.group)
        return ""

    def _sizes(self) -> dict[str, int]:
        """Patients of each group: of its heading, of a row that counts them, or as settled."""
        sizes: dict[str, int] = {}
        columns = {j: c for j, c in self.layout.columns.items() if c.kind == "group"}
        for j, column in columns.items():
            if column.size and self.groups[j] not in sizes:
                sizes[self.groups[j]] = int(column.size)
                at = max(0, self.layout.heads - 1)
                self._claim(at, j, item="patients", statistic="n", printed=column.size)
        for row in self.rows:
            if _counts_patients(row):
                for j, cell in row.cells.items():
                    if j in columns and cell and cell.numbers:
                        sizes.setdefault(self.groups[j], int(cell.numbers[0].replace(",", "")))
        wanted = {key(group): n for group, n in self.settled.sizes.items()}
        for j in columns:
            group = self.groups[j]
            if group in wanted and group not in sizes:
                sizes[group] = wanted[group]
                self._claim(0, j, item="patients", statistic="n", printed=str(sizes[group]),
                            note="as settled")  # fmt: skip
            elif group not in sizes:
                self._doubt("size", max(0, self.layout.heads - 1), j, self._heading(j))
                sizes[group] = 0
        return {group: n for group, n in sizes.items() if n}

    # What the rows are

    def _items(self) -> dict[int, str]:
        """Name the item of each row; a name that says nothing by itself has that of its heading."""
        bare = {id(row): key(row.label.name) for row in self.rows}
        found: dict[int, str] = {}
        before = ""
        for row in self.rows:
            own = bare[id(row)]
            above = found.get(id(row.above), "") if row.above is not None else ""
            others = [r for r in self.rows if bare[id(r)] == own and r.above is not row.above]
            if not own:
                own = above or before
            elif above and (own in GENERIC or others or own[:1].isdigit() or len(own) < 3):
                own = f"{above}_{own}"
            found[id(row)] = before = own
        return found

    def _row(self, row: Row) -> None:
        levels = self.levels.get(id(row))
        variable = levels.name if levels else ""
        # The p of a variable stands at its heading, or at the first of three or more levels.
        heads = is_heading(row, self.layout) and row.below and id(row.below[0]) in self.levels
        if heads:
            variable = self.levels[id(row.below[0])].name
        whole = levels is not None and levels.p_of_all and levels.rows[0] is row
        item = variable if heads else self.items[id(row)]
        if _counts_patients(row):
            item = "patients"
        for j, cell in sorted(row.cells.items()):
            column = self.layout.columns[j]
            claims = self._cell(row, j, column, cell)
            for statistic, printed in claims or []:
                of_all = whole and column.kind in ("p", "statistic")
                self._claim(
                    row.at, j, item=variable if of_all else item, variable=variable,
                    statistic=statistic, printed=printed, unit=self._unit(row, statistic),
                    note=self._note(row, j, cell, statistic),
                )  # fmt: skip

    def _cell(
        self, row: Row, j: int, column: Column, cell: Cell | None
    ) -> list[tuple[str, str]] | None:
        """Say what the numbers of a cell are; None, with a doubt, if that is not known."""
        text = self.grid.rows[row.at][j].strip()
        if column.kind == "ignored":
            self.words[row.at, j] = "a word on the test"
            return None
        if cell is None:
            self._doubt("unread", row.at, j, text)
            return None
        names: tuple[str, ...] | None
        if column.kind == "group" and _counts_patients(row):
            names = ("n",)
        elif column.kind == "group":
            names, doubt = self.formats.statistics(row, j, cell)
            if doubt:
                self._doubt("format", row.at, j, f"{text} ({doubt})")
        elif column.kind in ("p", "statistic"):
            names = {
                "number": (self._statistic(row, column),),
                "not significant": ("p",),
                "reference": (),
            }.get(cell.form)
        else:
            kind = column.kind
            if kind == "mean_difference" and self.formats.of(row).name in COUNTS:
                kind = "risk_difference"
            kind = "odds_ratio" if kind == "limits" else kind  # of which only the limits are used
            names = ratio_statistics(cell, kind)
            if cell.form == "number" and _is_one(cell) and self._has_intervals(j):
                names = ()
        if names is None:
            self._doubt("unread", row.at, j, text)
            return None
        if not names:
            self.words[row.at, j] = "reference level"
        return list(zip(names, cell.numbers, strict=False))

    def _statistic(self, row: Row, column: Column) -> str:
        """Name the number of a column of tests: of a mixed one, t of means and χ² of counts."""
        if column.statistic != "any":
            return column.statistic or "p"
        part = row.below[0] if row.below and is_heading(row, self.layout) else row
        cells = [
            (j, c) for j, c in part.cells.items() if c and self.layout.columns[j].kind == "group"
        ]
        names = self.formats.names(part, *cells[0]) if cells else None
        groups = {g for g in self.groups.values() if g in self.sizes and g != "all"}
        of_means = "t" if len(groups) == 2 else "f"
        return of_means if "mean" in (names or ()) else "chi2" if "n" in (names or ()) else "z"

    def _has_intervals(self, j: int) -> bool:
        forms = [cell.form for row in self.rows if (cell := row.cells.get(j))]
        return any(form in ("interval", "limits", "unbracketed") for form in forms)

    def _unit(self, row: Row, statistic: str) -> str:
        if statistic in ("mean", "sd", "se", "median", "q1", "q3", "iqr", "min", "max"):
            return row.label.unit or self.units.get(self.items[id(row)], "")
        return {"percent": "%", "n": "patients"}.get(statistic, "")

    def _note(self, row: Row, j: int, cell: Cell | None, statistic: str) -> str:
        """Quote the footnote of a p, or of its row: it may name the test."""
        if statistic != "p":
            return ""
        trend = "for trend" if "trend" in self._heading(j).casefold() else ""
        told = [
            self.grid.rows[row.at][k].strip()
            for k, column in self.layout.columns.items()
            if column.kind == "ignored"
        ]
        marks = [cell.marks if cell else "", row.marks]
        notes = [footnote(mark, self.grid.notes) for mark in marks if mark]
        return "; ".join(dict.fromkeys(part for part in [trend, *told, *notes] if part))

    # Claims and doubts

    def _claim(
        self, i: int, j: int, *, item: str, statistic: str, printed: str, **more: str
    ) -> None:
        column = self.layout.columns[j]
        printed = printed.rstrip(" %")
        claim: dict[str, Any] = {
            "location": self.place, "item": item, "statistic": statistic, "printed": printed,
            "group": self.groups.get(j, "") if column.kind in ("group", "p", "limits") else "",
            "model": column.model, "role": "predicted", "row": i, "column": j,
        }  # fmt: skip
        if statistic in ("ci_low", "ci_high", "p") or column.kind not in ("group", "p"):
            claim["conf_level"] = column.level
        self.claims.append(claim | {name: text for name, text in more.items() if text})

    def _heading(self, j: int) -> str:
        texts = [row[j].strip() for row in self.grid.rows[: self.layout.heads]]
        return " ".join(dict.fromkeys(text for text in texts if text))

    def _doubt(self, code: str, i: int, j: int, text: str) -> None:
        label = self.grid.rows[i][0].strip()
        layout = getattr(self, "layout", None)
        heading = self._heading(j) if layout else ""
        line = str(self.grid.lines[i])
        self.doubts.append((code, self.grid.source, line, label, heading, text, DOUBTS[code]))
        if code == "unread":
            self.words[i, j] = "not read"

    def _denominators(self) -> None:
        """Move printed denominators to their counts, and give the other percentages theirs."""
        doubtful = set_denominators(self.claims, self.sizes, self.levels, self.settled.percent_of)
        self.claims = [c for c in self.claims if c["statistic"] != "denominator"]
        if doubtful:
            i, j = doubtful
            self._doubt("base", i, j, self.grid.rows[i][j].strip())
        marked = {(d[2], d[4]): d[0] for d in self.doubts}
        for claim in self.claims:
            place = str(self.grid.lines[claim["row"]]), self._heading(claim["column"])
            if marked.get(place) in ("format", "changed"):
                claim["doubt"] = DOUBTS[marked[place]].split(" Settle")[0]


COUNTS = ("n (%)", "n", "% (n)", "%")
#: Levels whose names say nothing without that of their variable.
GENERIC = frozenset(
    [
        "yes",
        "no",
        "none",
        "present",
        "absent",
        "other",
        "others",
        "unknown",
        "missing",
        "positive",
        "negative",
        "mild",
        "moderate",
        "severe",
        "low",
        "high",
        "normal",
        "abnormal",
        "i",
        "ii",
        "iii",
        "iv",
        "v",
        "never",
        "ever",
        "current",
        "former",
        "left",
        "right",
        "both",
        "mean",
        "median",
        "range",
        "total",
        "any",
    ]
)


def _is_one(cell: Cell) -> bool:
    return bool(cell.numbers) and cell.numbers[0].strip("0").rstrip(".") in ("1", "")


def _counts_patients(row: Row) -> bool:
    words = row.label.name.casefold()
    forms = [cell is not None and cell.form in ("number", "size") for cell in row.cells.values()]
    named = words in PATIENTS_ROWS or (not words and row.label.format == "n" and row.above is None)
    return named and bool(forms) and all(forms)


PATIENTS_ROWS = frozenset(
    ["n", "no. of patients", "number of patients", "patients", "no of patients", "sample size",
     "number", "number of participants", "participants", "no. of participants", "subjects",
     "number of subjects"]
)  # fmt: skip
