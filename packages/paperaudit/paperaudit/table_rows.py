"""The rows of a table: what they are called, what stands above them, and what they print."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from paperaudit.adjustment import EFFECTS
from paperaudit.cell_forms import Cell, Decimal, parse_cell
from paperaudit.grid import Grid
from paperaudit.table_headings import (
    Column,
    Label,
    count_kind,
    find_format,
    read_column,
    read_label,
)

_MARKS = re.compile(r"[*†‡§¶‖#ᵃᵇᶜᵈᵉᶠᵍʰ⁰¹²³⁴-⁹]+\s*$")

_OF_LIMITS = ("limits", "ci_low", "ci_high")
_IMPUTED = re.compile(r"imput", re.IGNORECASE)
_OBSERVED = re.compile(r"known|observed|complete|unimputed|without imput", re.IGNORECASE)


@dataclass
class Row:
    """A row of a table's body.

    Attributes
    ----------
    at
        Its row in the grid.
    label
        What it says of itself.
    indent
        Spaces before the label.
    cells
        What its columns print, by column; None where it cannot be read; empty cells are left out.
    above
        The row that heads it; None if there is none.
    marks
        Of footnotes, behind the label.
    below
        The rows that it heads.
    """

    at: int
    label: Label
    indent: int
    cells: dict[int, Cell | None]
    above: Row | None = None
    marks: str = ""
    below: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """Where a table has its headings and labels, and what its columns hold."""

    heads: int
    labels: int
    columns: dict[int, Column]
    corner: str

    @property
    def in_order(self) -> bool:
        """Whether the rows are times of a follow-up, or steps of a selection."""
        return any(column.kind in ("at_risk", "remaining") for column in self.columns.values())


def find_layout(grid: Grid, decimal: Decimal = "point") -> Layout:
    """Find the headings and labels of a table, and read its columns."""
    heads = _count_heads(grid, decimal)
    body = [
        [parse_cell(cell, decimal) if cell.strip() else None for cell in row]
        for row in grid.rows[heads:]
    ]
    labels = 1
    while labels < len(grid.rows[0]) - 1 and _is_text(grid, body, heads, labels):
        labels += 1
    filled = _filled(grid, heads, labels)
    columns = {j: read_column([row[j] for row in filled]) for j in range(labels, len(grid.rows[0]))}
    columns = _with_coefficients(columns, filled)
    columns = _with_counts(columns, [row[labels:] for row in filled], labels)
    headings = {j: " ".join(row[j] for row in filled) for j in columns}
    columns = {j: _with_imputed(c, headings[j], grid.caption) for j, c in columns.items()}
    corner = " ".join(dict.fromkeys(row[0].strip() for row in grid.rows[:heads]))
    columns = _with_pairs(_with_neighbours(_with_percents(columns)), filled)
    return Layout(heads, labels, columns, corner)


def _with_coefficients(
    columns: dict[int, Column], filled: Sequence[Sequence[str]]
) -> dict[int, Column]:
    """Read a column B as the coefficients of a regression, where no other column is of a group."""
    groups = {
        j: c
        for j, c in columns.items()
        if c.kind == "group" and c.format != "se" and c.group.casefold() != "upper"
    }
    if not groups or any(c.group != "B" or c.size for c in groups.values()):
        return columns
    heads = {j: [re.sub(r"\bB\b", "β", row[j]) for row in filled] for j in groups}
    beside = {j: Column("standardised") for j, c in columns.items() if c.kind == "coefficient"}
    return columns | beside | {j: read_column(texts) for j, texts in heads.items()}


def _with_pairs(columns: dict[int, Column], filled: Sequence[Sequence[str]]) -> dict[int, Column]:
    """Let a p or an effect compare the two groups under its heading, where others stand beside."""
    groups = {j: c.group for j, c in columns.items() if c.kind == "group" and c.group != "all"}
    pairs = {}
    for j, column in columns.items():
        top = filled[0][j].strip() if len(filled) > 1 else ""
        here = dict.fromkeys(group for k, group in groups.items() if filled[0][k].strip() == top)
        others = set(groups.values()) - set(here)
        compares = column.kind in ("p", "statistic", *_OF_LIMITS, *EFFECTS) and not column.group
        if compares and top and len(here) == 2 and others:
            pairs[j] = replace(column, group="|".join(here))
    return columns | pairs


def _with_percents(columns: dict[int, Column]) -> dict[int, Column]:
    """Let a column of a group that says no format count patients if one of "%" is beside it."""
    counts = {
        j - 1: replace(columns[j - 1], format="n")
        for j, column in columns.items()
        if column.format == "%" and j - 1 in columns
        and columns[j - 1].kind == column.kind == "group"
        and (columns[j - 1].group, columns[j - 1].format) == (column.group, "")
    }  # fmt: skip
    return columns | counts


def _with_counts(
    columns: dict[int, Column], headings: Sequence[Sequence[str]], first: int
) -> dict[int, Column]:
    """Tell the columns of a regression or a follow-up that count from those of groups.

    "Patients" and "Cases" are groups where other groups stand beside them.
    """
    last = [
        next((t for t in texts[::-1] if t.strip()), "") for texts in zip(*headings, strict=True)
    ]
    groups = {j for j, column in columns.items() if column.kind == "group"}
    kinds_of_columns = {j: kind for j in groups if (kind := count_kind(last[j - first]))}
    kinds, alone = set(kinds_of_columns.values()), set(kinds_of_columns) == groups
    ratios = any(column.kind.endswith("_ratio") for column in columns.values())
    in_order = "at_risk" in kinds or {"excluded", "remaining"} <= kinds
    pairs = any(column.kind == "discordant" for column in columns.values())
    timed = "person_time" in kinds and kinds & {"events", "rate"}
    if not (in_order or timed or {"events", "size"} <= kinds or (ratios and alone) or pairs):
        return columns
    for j, kind in kinds_of_columns.items():
        above = [row[j - first] for row in headings if row[j - first] != last[j - first]]
        group = read_column(above).group if any(map(str.strip, above)) else "all"
        if not (in_order or (timed and group != "all")):
            group = ""  # a regression's are of its own patients
        columns[j] = replace(columns[j], kind=kind, group=group, format="")
    for j in groups - set(kinds_of_columns) if not pairs else ():  # a median time, say
        style, of = find_format(last[j - first])
        if style:
            columns[j] = replace(columns[j], group="all", format=style, of=read_label(of).name)
    return columns


def _with_imputed(column: Column, heading: str, caption: str) -> Column:
    """Say of an analysis that missing values are imputed in it, as heading or caption do."""
    imputed = _IMPUTED.search(heading) or (
        _IMPUTED.search(caption) and not _OBSERVED.search(heading)
    )
    if not imputed or column.kind not in (*EFFECTS, "effect", "limits", "p"):
        return column
    return replace(column, model=f"{column.model} imputed".strip())


def _count_heads(grid: Grid, decimal: Decimal) -> int:
    """Count rows from above until one prints a value beside a label."""
    least = grid.heads if grid.heads and grid.heads < len(grid.rows) else 1
    for i in range(least, len(grid.rows)):
        row = grid.rows[i]
        cells = [parse_cell(text, decimal) for text in row[1:] if text.strip()]
        # A cell that begins above may be a heading that goes on; one from the left is a section.
        spans = any(
            (i, j) in grid.repeated and row[j] != grid.rows[i - 1][j] for j in range(1, len(row))
        )
        plain = [c for c in cells if c is None or c.form != "empty"]
        heading = bool(plain) and all(c is None or c.form == "size" for c in plain) and not spans
        named = [r[0] for r in grid.rows[:i] if r[0].strip()]
        if not heading or (row[0].strip() and named and row[0] not in named):
            return i
    return least


def _is_text(grid: Grid, body: list[list[Cell | None]], heads: int, j: int) -> bool:
    """Whether a column holds labels: most of what it holds is no value."""
    texts = [row[j] for row in grid.rows[heads:]]
    filled = [i for i, text in enumerate(texts) if text.strip()]
    words = sum(body[i][j] is None and bool(re.search(r"[^\W\d]{2}", texts[i])) for i in filled)
    column = read_column([row[j] for row in grid.rows[:heads]])
    return bool(filled) and words > 0.6 * len(filled) and column.kind == "group" and not column.size


def _filled(grid: Grid, heads: int, labels: int) -> list[list[str]]:
    """Let a heading stand for the blanks behind it where the row below has headings there."""
    rows = [list(row) for row in grid.rows[:heads]]
    if any(i < heads for i, _ in grid.repeated):
        return rows  # the file says which columns a heading spans
    for row, below in itertools.pairwise(rows):
        names = [read_column([text]).group for text in below[labels:] if text.strip()]
        again = {name for name in names if name and names.count(name) > 1}
        for j in range(labels + 1, len(row)):
            if not row[j].strip() and below[j].strip() and row[j - 1].strip():
                own = read_column([below[j]])
                goes_on = bool(own.format or own.kind != "group" or count_kind(below[j]))
                goes_on = goes_on or own.group in again  # else nothing would tell them apart
                row[j] = row[j - 1] if goes_on else ""
    return rows


def _with_neighbours(columns: dict[int, Column]) -> dict[int, Column]:
    """Let limits, a p or a statistic belong to the comparison at their left."""
    beside: Column | None = None
    read: dict[int, Column] = {}
    for j, column in columns.items():
        before = read.get(j - 1)
        if before is not None and before.kind == "ci_low" and column.group.casefold() == "upper":
            column = replace(before, kind="ci_high")  # under no words of its own
        of_effect = beside is not None and beside.kind in (*EFFECTS, "coefficient")
        if beside is not None and of_effect and (column.group, column.format) == ("all", "se"):
            read[j] = replace(column, kind="se", group="", model=beside.model)
            continue
        if column.kind in (*_OF_LIMITS, "p", "statistic") and beside is not None:
            model = column.model or beside.model
            column = replace(column, model=model, level=column.level or beside.level)
            if column.kind in _OF_LIMITS:
                column = replace(column, group=beside.group, size=beside.size)
        elif column.kind not in (*_OF_LIMITS, "p", "statistic", "ignored"):
            beside = column
        read[j] = column
    return read


def find_rows(grid: Grid, layout: Layout, decimal: Decimal = "point") -> list[Row]:
    """Read the rows of a table's body, and find what heads each of them.

    With indented labels, a row is headed by the nearest one above that is indented less; without,
    by the last row without values, until a label says a format of its own.
    """
    rows = _named_rows(grid, layout, decimal)
    indented = len({row.indent for row in rows}) > 1
    stack: list[Row] = []
    for row in rows:
        if row.above is None:
            if indented:
                while stack and stack[-1].indent >= row.indent:
                    stack.pop()
            elif is_heading(row, layout) or (
                stack
                and (
                    (row.label.format not in ("", "%") and row.label.name)
                    or (_prints_p(row, layout) and _prints_p(stack[-1], layout))
                )
            ):
                stack = []
            row.above = stack[-1] if stack else None
        if row.above is not None:
            row.above.below.append(row)
        if indented or is_heading(row, layout):
            stack.append(row)
    return rows


def is_heading(row: Row, layout: Layout) -> bool:
    """Whether a row prints nothing of any group, and counts nobody."""
    kinds = ("group", "size", "events", "person_time", "rate")
    return not any(layout.columns[j].kind in kinds for j in row.cells)


def _prints_p(row: Row, layout: Layout) -> bool:
    """Whether a row has a p of its own: it is then no level of a variable that has one."""
    return any(layout.columns[j].kind == "p" for j in row.cells)


def _named_rows(grid: Grid, layout: Layout, decimal: Decimal) -> list[Row]:
    rows: list[Row] = []
    parents: dict[int, Row] = {}
    for i in range(layout.heads, len(grid.rows)):
        texts = grid.rows[i]
        cells = {
            j: parse_cell(texts[j], decimal)
            for j in layout.columns
            if texts[j].strip() and (i, j) not in grid.repeated
        }
        cells = {j: cell for j, cell in cells.items() if cell is None or cell.form != "empty"}
        # A second column of labels names levels; the first one is then named once.
        level = [j for j in range(1, layout.labels) if texts[j].strip() and texts[j] != texts[0]]
        first = texts[0].strip() and (i, 0) not in grid.repeated
        if level and (first or not parents):
            parent = Row(i, read_label(texts[0]), 0, {})
            parents = {0: parent}
            rows.append(parent)
        text = texts[level[-1]] if level else texts[0]
        if not level and not first:
            if cells and rows:  # a line that goes on: it belongs to the row above
                rows.append(Row(i, Label(""), rows[-1].indent, cells, rows[-1].above))
            continue
        parents = parents if level else {}
        indent = len(text) - len(text.lstrip(" \u00a0\u2002\u2003"))
        mark = _MARKS.search(text.strip())
        above = parents[0] if level else None
        rows.append(Row(i, read_label(text), indent, cells, above, mark[0] if mark else ""))
    return rows
