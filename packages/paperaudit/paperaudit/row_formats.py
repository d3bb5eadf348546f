"""Which format the numbers of a row have: said by a heading or label, or shown by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paperaudit.cell_forms import FORMATS, SELF_EVIDENT, Cell, Format
from paperaudit.denominators import follows
from paperaudit.rounding import is_bound, printed_value
from paperaudit.table_headings import find_format, key
from paperaudit.table_reading import Grid
from paperaudit.table_rows import Layout, Row

_SEPARATORS = re.compile(r"[.;]|,? or |, and ")
#: The likeliest format of a form that nothing settles; it is a doubt.
_LIKELY = {"bracket": "mean (SD)", "interval": "median (IQR)", "number": "n", "pair": "range"}


class RowFormats:
    """The formats of a table's rows.

    Parameters
    ----------
    grid, layout, rows
        The table.
    settled
        Formats by label, as the user says; under an empty label that of all undecided rows.
    """

    def __init__(
        self, grid: Grid, layout: Layout, rows: Sequence[Row], settled: Mapping[str, str]
    ) -> None:
        self.layout, self.rows = layout, rows
        self.settled = {key(label): FORMATS[name] for label, name in settled.items()}
        texts = [layout.corner, grid.caption, grid.notes]
        parts = [part for text in texts for part in _SEPARATORS.split(text)]
        self.mentioned = list(dict.fromkeys(f for part in parts if (f := find_format(part)[0])))
        self._decided: dict[int, tuple[Format | None, str]] = {}

    def of(self, row: Row) -> Format:
        """Give the format of a row, or an empty one."""
        return self.said(row) or Format("", {})

    def said(self, row: Row, j: int | None = None) -> Format | None:
        """Give the format that the user, a label, a heading above or the column says."""
        for name in (key(row.label.name), self._path(row)):
            if name and name in self.settled:
                return self.settled[name]
        label = row.label.format
        if label and label != "%":
            return FORMATS.get(label)
        above = row.above
        while above is not None and above.label.format in ("", "%"):
            above = above.above
        if above is not None:
            return FORMATS.get(above.label.format)
        column = self.layout.columns[j].format if j is not None else ""
        return FORMATS.get(column) if column else None

    def _path(self, row: Row) -> str:
        above = key(row.above.label.name) if row.above is not None else ""
        return f"{above}_{key(row.label.name)}" if above else ""

    def names(self, row: Row, j: int, cell: Cell) -> tuple[str, ...] | None:
        """Name the numbers of a cell, without the arithmetic of its group."""
        return self.statistics(row, j, cell, {}, {})[0]

    def statistics(
        self, row: Row, j: int, cell: Cell, groups: Mapping[int, str], sizes: Mapping[str, int]
    ) -> tuple[tuple[str, ...] | None, str]:
        """Name the numbers of a cell of a group.

        Returns
        -------
        tuple
            The statistics, or None if the cell does not have the format of its row; and why the
            format is a doubt, empty if it is none.
        """
        if cell.form == "reference":
            return (), ""
        if cell.form == "not significant":
            return None, ""
        said = self.said(row, j)
        if said is not None:
            names = self._by(said, cell)
            if names is None and cell.form in SELF_EVIDENT:
                names = self._by(FORMATS[SELF_EVIDENT[cell.form]], cell)
            if names is None and cell.form == "number" and "%" in cell.numbers[0]:
                names = ("percent",)
            return names, ""
        if cell.form in SELF_EVIDENT:
            return self._by(FORMATS[self._evident(cell)], cell), ""
        if cell.numbers and "%" in cell.numbers[-1]:
            shape = {"number": ("percent",), "bracket": ("n", "percent")}
            if cell.form in shape:
                return shape[cell.form], ""
        if cell.numbers and "%" in cell.numbers[0] and cell.form == "bracket":
            return ("percent", "n"), ""
        format_, doubt = self._shown(row, groups, sizes)
        names = self._by(format_, cell) if format_ else None
        return names, doubt if names else ""

    def _evident(self, cell: Cell) -> str:
        """Give the format of a form that says it: an SE where the table says SEs after ±."""
        name = SELF_EVIDENT[cell.form]
        if cell.form == "plus minus" and "mean (SE)" in self.mentioned:
            return name if "mean (SD)" in self.mentioned else "mean (SE)"
        return name

    def _by(self, format_: Format, cell: Cell) -> tuple[str, ...] | None:
        return format_.statistics.get(cell.form)

    def _shown(
        self, row: Row, groups: Mapping[int, str], sizes: Mapping[str, int]
    ) -> tuple[Format | None, str]:
        """Decide an unsaid format by the numbers of the row and what the table mentions."""
        if id(row) in self._decided and (sizes or self._decided[id(row)][1] == ""):
            return self._decided[id(row)]
        cells = {
            j: c for j, c in row.cells.items() if c and self.layout.columns[j].kind == "group"
        }
        form = next((c.form for c in cells.values()), "")
        found = self._by_arithmetic(row, cells, form, groups, sizes)
        if sizes:
            self._decided[id(row)] = found
        return found

    def _by_arithmetic(
        self, row: Row, cells: Mapping[int, Cell], form: str,
        groups: Mapping[int, str], sizes: Mapping[str, int],
    ) -> tuple[Format | None, str]:  # fmt: skip
        fitting = [FORMATS[name] for name in self.mentioned if form in FORMATS[name].statistics]
        whole = all("." not in c.numbers[0] for c in cells.values() if c.numbers)
        if form == "bracket":
            shares = [
                follows(int(printed_value(c.numbers[0])), c.numbers[1], sizes.get(groups.get(j, "")))
                for j, c in cells.items()
                if whole and not any(map(is_bound, c.numbers))
            ]
            if any(shares) and 2 * sum(shares) >= len(shares):
                return FORMATS["n (%)"], ""
            total = sum(int(printed_value(c.numbers[0])) for c in cells.values()) if whole else 0
            of_row = [
                follows(int(printed_value(c.numbers[0])), c.numbers[1], total)
                for c in cells.values()
            ] if whole and len(cells) > 1 else []  # fmt: skip
            if of_row and all(of_row):
                return FORMATS["n (%)"], ""
            if row.label.format == "%" and whole:
                return FORMATS["n (%)"], ""
            if not whole or (shares and not any(shares)):
                fitting = [f for f in fitting if f.name not in ("n (%)",)]
        if form == "number" and row.label.format == "%":
            return FORMATS["%"], "" if not whole else "read as a percentage"
        if form == "number" and not whole:
            fitting = [f for f in fitting if f.name not in ("n (%)", "n")]
        if len({f.statistics[form] for f in fitting}) == 1:
            return fitting[0], ""
        if "" in self.settled and form in self.settled[""].statistics:
            return self.settled[""], ""
        if form == "size":
            return FORMATS["size"], ""
        if not fitting and form in _LIKELY:
            name = _LIKELY[form] if whole or form != "number" else "mean"
            return FORMATS[name], f"read as {name}"
        return (fitting[0], f"read as {fitting[0].name}") if fitting else (None, "")
