"""One table while it is read: what its columns and rows are, its claims, its doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paperaudit.adjustment import EFFECTS
from paperaudit.cell_forms import FORMATS, UNBOUNDED, Cell, Decimal, decide_decimal, parse_cell
from paperaudit.cell_names import COUNTED, CellNames, counts_patients
from paperaudit.denominators import Base
from paperaudit.grid import Grid
from paperaudit.noted import PLAIN_KINDS, is_of_limits
from paperaudit.rounding import printed_value
from paperaudit.row_formats import RowFormats
from paperaudit.shares import (
    find_levels,
    other_sizes,
    set_denominators,
    settle_thirds,
    sizes_that_follow,
)
from paperaudit.table_headings import Column, effect_kind, key, read_label
from paperaudit.table_notes import footnote, note_of_limits, note_of_p, note_of_shares
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
    "places": "This line has not as many values as columns: are they in their places?",
    "twice": "The same row twice: which is which? Give one of them another item in the ledger.",
    "effect": "What is this effect: an odds ratio, a difference? Add it to the ledger by hand.",
    "columns": "Whose numbers are these? Two columns seem to be of one group: say of which, in the "
    "ledger.",
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
        self.names = CellNames(self.layout, self.rows, self.formats, self.groups, self.sizes)
        self.sizes |= sizes_that_follow(
            self.rows, self.layout, self.groups, self.sizes, self.formats
        )
        self.levels = find_levels(self.rows, self.layout, self.groups, self.sizes, self.formats)
        self.items = self._items()
        self.units = {self.items[id(row)]: row.label.unit for row in self.rows if row.label.unit}
        for row in self.rows:
            self._row(row)
        self._part_columns()
        self._part_namesakes()
        for i, j, code in self.grid.doubtful:
            self._doubt(code, i, j, self.grid.rows[i][j].strip())
        for levels in {id(same): same for same in self.levels.values()}.values():
            if not levels.sure:
                self._doubt("levels", levels.rows[0].at, 0, levels.name)
        self._denominators()
        self._mark()

    def _part_columns(self) -> None:
        """Doubt a column of a group that prints the same number of a row as another column."""
        first: dict[tuple[Any, ...], int] = {}
        doubtful = set()
        for c in self.claims:
            if self.layout.columns[c["column"]].kind == "group" and c["item"] != "patients":
                own = c["row"], c["item"], c["group"], c["statistic"]
                if first.setdefault(own, c["column"]) != c["column"]:
                    doubtful |= {first[own], c["column"]}
        for j in sorted(doubtful):
            self._doubt("columns", max(0, self.layout.heads - 1), j, self._heading(j))
        for claim in self.claims if doubtful else ():
            compared = self.layout.columns[claim["column"]].kind in ("p", "statistic", *EFFECTS)
            if claim["column"] in doubtful or compared:
                claim["doubt"] = DOUBTS["columns"].split("?")[0] + "?"

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
        cells = [
            (self.number, claim["row"], claim["column"], claim["id"],
             f"{claim['statistic']} {claim['printed']}")
            for claim in self.claims
        ]  # fmt: skip
        return cells + [(self.number, i, j, "", words) for (i, j), words in self.words.items()]

    @property
    def arms(self) -> tuple[str, ...]:
        """The groups that this table prints, without all patients."""
        groups = [self.groups[j] for j, c in self.layout.columns.items() if c.kind == "group"]
        return tuple(dict.fromkeys(group for group in groups if group != "all"))

    @property
    def sized_by_cells(self) -> bool:
        """Whether neither a heading nor a column says how many patients the groups have."""
        counted = any(column.format == "n" for column in self.layout.columns.values())
        return not counted and not set(self.arms) & set(self.sizes)

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
        groups = []
        for part in parts:
            near = [n for n in names if n == part or n.startswith(part) or n.endswith(part)]
            groups += near if len(near) == 1 else [""]
        if all(groups) and len(groups) == 2:
            return "|".join(groups)
        self._doubt("comparison", self.layout.heads - 1, j, column.group)
        return ""

    def _sizes(self) -> dict[str, int]:
        """Patients of each group: of its heading, of a row that counts them, or as settled."""
        sizes: dict[str, int] = {}
        columns = {j: c for j, c in self.layout.columns.items() if c.kind == "group"}
        for j, column in self.layout.columns.items():
            if column.size and self.groups[j] and self.groups[j] not in sizes:
                sizes[self.groups[j]] = int(column.size)
                at = max(0, self.layout.heads - 1)
                self._claim(at, j, item="patients", statistic="n", printed=column.size)
        for row in self.rows:
            if counts_patients(row):
                for j, cell in row.cells.items():
                    if j in columns and cell and cell.numbers:
                        sizes.setdefault(self.groups[j], int(cell.numbers[0].replace(",", "")))
        wanted = {key(group): n for group, n in self.settled.sizes.items()}
        in_doubt: set[str] = set()
        for j in columns:
            group = self.groups[j]
            if group in wanted and group not in sizes:
                sizes[group] = wanted[group]
                self._claim(0, j, item="patients", statistic="n", printed=str(sizes[group]),
                            note="as settled")  # fmt: skip
            elif group not in sizes and group not in in_doubt and not self._has_sizes(j):
                in_doubt.add(group)
                self._doubt("size", max(0, self.layout.heads - 1), j, self._heading(j))
        return sizes

    def _has_sizes(self, j: int) -> bool:
        """Whether each number of a column says of how many it is, or a column beside it does."""
        own = {k: c for k, c in self.layout.columns.items() if c.kind == "group"
               and self.groups[k] == self.groups[j]}  # fmt: skip
        if any(column.format == "n" for column in own.values()):
            return True
        of_counts = [k for k, c in own.items() if not c.format.startswith(("mean", "median"))]
        cells = [row.cells[k] for k in of_counts for row in self.rows if k in row.cells]
        counted = [cell for cell in cells if cell and "fraction" in cell.form]
        # Beside such counts, means and quartiles are read without a size.
        shares = [cell for cell in cells if not cell or cell.form in ("number", "bracket")]
        beside = any(column.kind in COUNTED for column in self.layout.columns.values())
        return bool(counted or beside) and not shares

    # What the rows are

    def _items(self) -> dict[int, str]:
        """Name the item of each row; a name that says nothing by itself has that of its heading."""
        bare = {id(row): key(row.label.name) for row in self.rows}
        items: dict[int, str] = {}
        before = ""
        for row in self.rows:
            own = bare[id(row)]
            above = items.get(id(row.above), "") if row.above is not None else ""
            others = [r for r in self.rows if bare[id(r)] == own and r.above is not row.above]
            if not own:
                own = above or before or "row"
            elif self.layout.in_order:
                own = f"{self._series(row)}_{own}"
            elif above and (own in GENERIC or others or own[:1].isdigit() or len(own) < 3):
                own = f"{above}_{own}"
            items[id(row)] = before = own
        return items

    def _row(self, row: Row) -> None:
        levels = self.levels.get(id(row))
        variable = levels.name if levels else self._series(row)
        # The p of a variable stands at its heading, or at the first of three or more levels.
        heads = is_heading(row, self.layout) and row.below and id(row.below[0]) in self.levels
        if heads:
            variable = self.levels[id(row.below[0])].name
        if fitted := self._only_fitted(row):
            variable = self._series(fitted)
        whole = levels is not None and levels.p_of_all and levels.rows[0] is row
        item = variable if heads else self.items[id(fitted or row)]
        if counts_patients(row):
            item = "patients"
        for j, cell in sorted(row.cells.items()):
            column = self.layout.columns[j]
            if self._two_counts(row, j, cell) or self._missing(row, j, cell):
                continue
            claims = self._cell(row, j, column, cell)
            for statistic, printed in claims or []:
                of_all = whole and column.kind in ("p", "statistic")
                self._claim(
                    row.at, j, item=variable if of_all else item, variable=variable,
                    statistic=statistic, printed=printed, unit=self._unit(row, j, statistic),
                    note=self._note(row, j, cell, statistic),
                )  # fmt: skip

    def _only_fitted(self, row: Row) -> Row | None:
        """Find the level that a heading's p is of: the one beside its reference in a regression."""
        effects = [j for j, c in self.layout.columns.items() if c.kind in EFFECTS]
        if not is_heading(row, self.layout) or len(row.below) != 2 or not effects:
            return None
        fitted = [
            level
            for level in row.below
            if any(
                (c := level.cells.get(j)) and c.form not in ("reference", "number") for j in effects
            )
        ]
        return fitted[0] if len(fitted) == 1 else None

    def _series(self, row: Row) -> str:
        """Name what a row is one of: times in their order, or the levels of a regression."""
        if self.layout.in_order:
            return key(read_label(self.layout.corner).name) or "row"
        if not any(c.kind == "events" for c in self.layout.columns.values()):
            return ""
        return key(row.above.label.name if row.above else row.label.name.rpartition(":")[0])

    def _two_counts(self, row: Row, j: int, cell: Cell | None) -> bool:
        """Read 22/37 under a label such as "Sex (F/M)" as the counts of two levels."""
        names = re.search(r"([^\W\d]+)(?:\s*/\s*|:)([^\W\d]+)", row.label.name)
        if cell is None or cell.form != "fraction" or not names or row.label.name.count("/") > 1:
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

    def _missing(self, row: Row, j: int, cell: Cell | None) -> bool:
        """Read in how many patients something is not known: of all, or of each of two groups."""
        column = self.layout.columns[j]
        if column.kind != "missing":
            return False
        compared = self.arms
        item = self.items[id(row)]
        each = re.split(r"\s*(?:/|,|and)\s*", self.grid.rows[row.at][j].strip())
        printed = cell.numbers if cell else ()
        if len(compared) == len(each) > 1 and all(map(str.isdecimal, each)):
            printed = tuple(each)
            for group, number in zip(compared, printed, strict=True):
                self._claim(row.at, j, item=item, statistic="missing", printed=number, group=group)
        elif cell is None:
            return False
        elif cell.form == "number" and "%" not in printed[0]:
            self._claim(row.at, j, item=item, statistic="missing", printed=printed[0], group="all")
        elif names := FORMATS["n (%)"].statistics.get(cell.form):
            for name, number in zip(names, printed, strict=True):
                self._claim(
                    row.at, j, item=f"{item}_missing", statistic=name, printed=number, group="all"
                )  # fmt: skip
        else:
            return False
        return True

    def _cell(
        self, row: Row, j: int, column: Column, cell: Cell | None
    ) -> list[tuple[str, str]] | None:
        """Say what the numbers of a cell are; None, with a doubt, if that is not known."""
        text = self.grid.rows[row.at][j].strip()
        if column.kind in NO_NUMBERS:
            self.words[row.at, j] = NO_NUMBERS[column.kind]
            return None
        kind = column.kind
        if kind == "effect":
            kind, cell = self._effect(text, cell)
            if not kind and cell is not None and cell.form != "reference":
                self._doubt("effect", row.at, j, text)
                return None
        names, doubt = self.names.of(row, j, kind, cell) if cell is not None else (None, "")
        if doubt:
            self._doubt("format", row.at, j, f"{text} ({doubt})")
        if cell is None or names is None:
            self._doubt("unread", row.at, j, text)
            return None
        pairs = list(zip(names, cell.numbers, strict=False))
        if not all(_is_whole(number) for name, number in pairs if name == "n"):
            self._doubt("unread", row.at, j, text)  # the row is not what the heading above says
            return None
        if cell.size and column.kind == "group" and "n" not in names:
            pairs.append(("n", cell.size))
        if not names:
            self.words[row.at, j] = "reference level"
        return [(name, number) for name, number in pairs if not re.match(UNBOUNDED, number)]

    def _effect(self, text: str, cell: Cell | None) -> tuple[str, Cell | None]:
        """Say what an effect is: by the footnote of its cell, or by the words before its number."""
        if cell is not None:
            return effect_kind(footnote(cell.marks, self.grid.notes)), cell
        words = re.match(r"[^\d<>=−+-]{4,}", text)
        kind = effect_kind(words[0]) if words else ""
        return kind, parse_cell(text[words.end() :], self.decimal) if words and kind else None

    def _unit(self, row: Row, j: int, statistic: str) -> str:
        if statistic == "n" and self.layout.columns[j].kind == "events" and self.groups[j]:
            return "events"  # of which a patient may have several
        if statistic in ("mean", "sd", "se", "median", "q1", "q3", "iqr", "min", "max"):
            return row.label.unit or self.units.get(self.items[id(row)], "")
        return {"percent": "%", "n": "patients"}.get(statistic, "")

    def _note(self, row: Row, j: int, cell: Cell | None, statistic: str) -> str:
        """Quote what the table says of a number: of a p, the footnote that may name the test."""
        if statistic in PLAIN_KINDS and self.layout.columns[j].kind in OF_GROUPS:
            text = f"{self.grid.caption}. {self.grid.notes}"
            if "geometric" in (label := self.grid.rows[row.at][0]).casefold():
                return label.strip()
            return note_of_shares(text, self._heading(j), statistic)
        if self.layout.columns[j].kind == "group":
            return ""
        if statistic != "p":
            mark = footnote(cell.marks, self.grid.notes) if cell and cell.marks else ""
            of_row = list(filter(is_of_limits, self._said_of(row)))
            limits = note_of_limits(self.grid.notes, self.layout.columns[j].model)
            return mark or "; ".join([*of_row, limits] if limits else of_row)
        of_row = self._said_of(row)
        column = self.layout.columns[j]
        of = column.of or ("trend" if "trend" in self._heading(j).casefold() else "")
        marks = [cell.marks if cell else "", row.marks]
        notes = [footnote(mark, self.grid.notes) for mark in marks if mark]
        notes += [
            note_of_p(f"{self.grid.caption}. {self.grid.notes}"),
            note_of_limits(self.grid.notes, column.model),
        ]
        return "; ".join(
            dict.fromkeys(part for part in [f"for {of}" * bool(of), *of_row, *notes] if part)
        )

    def _said_of(self, row: Row) -> list[str]:
        """Words of a row on its test or method."""
        columns = self.layout.columns.items()
        return [self.grid.rows[row.at][j].strip() for j, c in columns if c.kind == "ignored"]

    # Claims and doubts

    def _claim(
        self, i: int, j: int, *, item: str, statistic: str, printed: str, **more: str
    ) -> None:
        column = self.layout.columns[j]
        printed = printed.rstrip(" %")
        item = f"{item}_{key(column.of)}" if column.of else item
        claim: dict[str, Any] = {
            "location": self.place, "item": item, "statistic": statistic, "printed": printed,
            "group": self.groups.get(j, "") if column.kind in OF_GROUPS else "",
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
        settle_thirds(self.claims, self.sizes)
        doubtful = set_denominators(self.claims, self.sizes, self.levels, self.settled.percent_of)
        for claim in self.claims:
            if claim["statistic"] == "denominator":
                self.words.setdefault((claim["row"], claim["column"]), "of how many patients")
        self.claims = [c for c in self.claims if c["statistic"] != "denominator"]
        for claim in [c for c in self.claims if c["statistic"] == "third"]:
            if "denominator" in claim:
                claim["statistic"] = "percent"
            else:
                self.claims.remove(claim)
                self._doubt("unread", claim["row"], claim["column"], claim["printed"])
        if doubtful:
            i, j = doubtful
            text = self.grid.rows[i][j].strip()
            fits = other_sizes(self.claims, self.rows)
            if fits:
                named = " and ".join(
                    f"{n} ({group.replace('_', ' ')})" for group, n in fits.items()
                )
                text += f" (levels add up to, and are percentages of, {named})"
            self._doubt("base", i, j, text)

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


#: Columns of words, and of a p that is of no effect.
NO_NUMBERS = {
    "ignored": "a word on the test",
    "discordant": "how many rose and fell",
    "assumption": "a p of an assumption, which is not tested here",
}
#: Columns whose numbers are of a group.
OF_GROUPS = ("group", "p", "limits", "ci_low", "ci_high", *COUNTED)
#: Levels whose names say nothing without that of their variable.
GENERIC = frozenset([
    "yes", "no", "sim", "não", "sí", "none",
    "present", "absent", "other", "others", "unknown", "missing",
    "positive", "negative", "mild", "moderate", "severe", "low", "high", "normal", "abnormal",
    "i", "ii", "iii", "iv", "v", "never", "ever", "current", "former", "left", "right", "both",
    "mean", "median", "range", "total", "any",
])  # fmt: skip


def _is_whole(number: str) -> bool:
    return bool(re.match(UNBOUNDED, number)) or printed_value(number).denominator == 1
