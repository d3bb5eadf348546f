"""One table while it is read: what its columns and rows are, its claims, its doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paperaudit.cell_forms import (
    Cell,
    Decimal,
    decide_decimal,
    ratio_statistics,
)
from paperaudit.denominators import Base
from paperaudit.grid import Grid
from paperaudit.rounding import printed_value
from paperaudit.row_formats import RowFormats
from paperaudit.shares import find_levels, set_denominators
from paperaudit.table_headings import Column, key
from paperaudit.table_places import footnote
from paperaudit.table_rows import Row, find_layout, find_rows, is_heading

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


class TableReader:
    """One table while it is read.

    Parameters
    ----------
    grid
        The table.
    number
        Which it is, of all tables that are read.
    place
        Of the paper.
    settled
        What the user has settled.

    Attributes
    ----------
    claims
        What was read: rows of a ledger, with the ``row`` and ``column`` of the grid.
    doubts
        Code, source, line, row, column, text and question of each.
    """

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
        self._part_namesakes()
        for i, j, code in self.grid.doubtful:
            self._doubt(code, i, j, self.grid.rows[i][j].strip())
        for levels in {id(found): found for found in self.levels.values()}.values():
            if not levels.sure:
                self._doubt("levels", levels.rows[0].at, 0, levels.name)
        self._denominators()
        self._mark()

    def _part_namesakes(self) -> None:
        """Give a row whose item has the same numbers in an earlier row another item."""
        first: dict[tuple[str, ...], int] = {}
        for place, row in enumerate(self.rows):
            own = [c for c in self.claims if c["row"] == row.at and c["item"] != "patients"]
            keys = {
                (c["item"], c["group"], c["statistic"], c["model"], c.get("variable", ""))
                for c in own
            }
            again = {key for key in keys if first.setdefault(key, row.at) != row.at}
            if not again:
                continue
            names = {key[0] for key in again}
            number = 1 + sum(self.items[id(earlier)] in names for earlier in self.rows[:place])
            for claim in own:
                if claim["item"] in names:
                    claim["item"] = f"{claim['item']}_{max(2, number)}"
            if {key[2] for key in again} != {"p"}:  # a mean and a median may each have a p
                self._doubt("twice", row.at, 0, row.label.name)

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
        told: set[str] = set()
        for j in columns:
            group = self.groups[j]
            if group in wanted and group not in sizes:
                sizes[group] = wanted[group]
                self._claim(0, j, item="patients", statistic="n", printed=str(sizes[group]),
                            note="as settled")  # fmt: skip
            elif group not in sizes and group not in told and not self._has_sizes(j):
                told.add(group)
                self._doubt("size", max(0, self.layout.heads - 1), j, self._heading(j))
        return sizes

    def _has_sizes(self, j: int) -> bool:
        """Whether each number of a column says of how many it is, or a column beside it does."""
        counted = [k for k, c in self.layout.columns.items() if c.kind == "group"
                   and c.format == "n" and self.groups[k] == self.groups[j]]  # fmt: skip
        if counted:
            return True
        cells = [row.cells[j] for row in self.rows if j in row.cells]
        return bool(cells) and all(cell and "fraction" in cell.form for cell in cells)

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
            if self._two_counts(row, j, cell):
                continue
            claims = self._cell(row, j, column, cell)
            for statistic, printed in claims or []:
                of_all = whole and column.kind in ("p", "statistic")
                self._claim(
                    row.at, j, item=variable if of_all else item, variable=variable,
                    statistic=statistic, printed=printed, unit=self._unit(row, statistic),
                    note=self._note(row, j, cell, statistic),
                )  # fmt: skip

    def _two_counts(self, row: Row, j: int, cell: Cell | None) -> bool:
        """Read 22/37 under a label such as "Sex (F/M)" as the counts of two levels."""
        names = re.search(r"([^\W\d]+)\s*[/:]\s*([^\W\d]+)", row.label.name)
        if cell is None or cell.form != "fraction" or not names:
            return False
        counts = [int(printed_value(number)) for number in cell.numbers]
        if sum(counts) != self.sizes.get(self.groups[j], sum(counts)):
            return False
        base = key(row.label.name[: names.start()])
        for name, printed in zip(names.groups(), cell.numbers, strict=True):
            self._claim(
                row.at, j, item="_".join(filter(None, (base, key(name)))), statistic="n",
                printed=printed, unit="patients", variable=base or key(row.label.name),
            )  # fmt: skip
        return True

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
        whole = all(
            printed_value(number).denominator == 1
            for name, number in zip(names, cell.numbers, strict=False)
            if name == "n"
        )
        if not whole:  # no count: the row is not what the heading above it says
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

    def _mark(self) -> None:
        """Write each doubt beside the numbers that it is about."""
        cells = {(d[2], d[4]): d[0] for d in self.doubts if d[0] in ("format", "changed")}
        lines = {d[2]: d[0] for d in self.doubts if d[0] == "places"}
        whole = next((d[0] for d in self.doubts if d[0] == "decimal"), "")
        base = any(d[0] == "base" for d in self.doubts)
        for claim in self.claims:
            line = str(self.grid.lines[claim["row"]])
            # Sizes that give no percentage are not to be trusted with the counts either.
            if base and claim["statistic"] in ("n", "percent") and claim["item"] != "patients":
                claim["doubt"] = DOUBTS["base"].split(" Settle")[0]
            code = whole or lines.get(line) or cells.get((line, self._heading(claim["column"])))
            if code:
                claim["doubt"] = DOUBTS[code].split(" Settle")[0]


COUNTS = ("n (%)", "n", "% (n)", "%")
#: Levels whose names say nothing without that of their variable.
GENERIC = frozenset([
    "yes", "no", "none", "present", "absent", "other", "others", "unknown", "missing",
    "positive", "negative", "mild", "moderate", "severe", "low", "high", "normal", "abnormal",
    "i", "ii", "iii", "iv", "v", "never", "ever", "current", "former", "left", "right", "both",
    "mean", "median", "range", "total", "any",
])  # fmt: skip


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
