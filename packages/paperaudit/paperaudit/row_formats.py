"""Which format the numbers of a row have: said by a heading or label, or shown by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paperaudit.cell_forms import FORMATS, SELF_EVIDENT, Cell, Format
from paperaudit.denominators import follows
from paperaudit.grid import Grid
from paperaudit.rounding import is_bound, printed_value
from paperaudit.table_headings import all_formats, key
from paperaudit.table_rows import Layout, Row

_MISSING = re.compile(r"(?:unknown|missing|n-?miss|not (?:known|recorded|available)|no data).*")
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
    groups
        The group of each column.
    sizes
        Patients of each group.
    """

    def __init__(
        self,
        grid: Grid,
        layout: Layout,
        rows: Sequence[Row],
        settled: Mapping[str, str],
        groups: Mapping[int, str],
        sizes: Mapping[str, int],
    ) -> None:
        self.layout, self.rows, self.groups, self.sizes = layout, rows, groups, sizes
        self.settled = {key(label): FORMATS[name] for label, name in settled.items()}
        heads = [text for row in grid.rows[: layout.heads] for text in row]
        words = " | ".join([layout.corner, grid.caption, grid.notes, *heads])
        self.mentioned = all_formats(words)
        self._decided: dict[int, tuple[Format | None, str]] = {}

    def of(self, row: Row) -> Format:
        """Give the format of a row, or an empty one."""
        return self.named(row) or Format("", {})

    def named(self, row: Row, j: int | None = None) -> Format | None:
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
        """Name the numbers of a cell of a group."""
        return self.statistics(row, j, cell)[0]

    def statistics(self, row: Row, j: int, cell: Cell) -> tuple[tuple[str, ...] | None, str]:
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
        named = self.named(row, j)
        if named is not None:
            names = self._by(named, cell)
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
        format_, doubt = self._shown(row)
        if doubt and cell.form == "interval" and self.layout.columns[j].format == "(CI)":
            format_, doubt = FORMATS["mean (CI)"], "read as mean (CI)"
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

    def _shown(self, row: Row) -> tuple[Format | None, str]:
        """Decide an unsaid format by the numbers of the row and what the table mentions."""
        if id(row) not in self._decided:
            columns = self.layout.columns
            cells = [(j, c) for j, c in row.cells.items() if c and columns[j].kind == "group"]
            forms = [cell.form for _, cell in cells]
            form = max(set(forms), key=forms.count) if forms else ""
            alike = [(self.groups[j], c.numbers) for j, c in cells if c.form == form]
            name = row.label.name.casefold()
            self._decided[id(row)] = self._by_arithmetic(name, row.label.format, form, alike)
        return self._decided[id(row)]

    def _by_arithmetic(
        self, name: str, label: str, form: str, cells: Sequence[tuple[str, tuple[str, ...]]]
    ) -> tuple[Format | None, str]:
        fitting = [FORMATS[name] for name in self.mentioned if form in FORMATS[name].statistics]
        whole = all("." not in numbers[0] for _, numbers in cells if numbers)
        if form in ("bracket", "two brackets"):
            # A width of quartiles in brackets is rare: of a note that names both, means are meant.
            means = [f for f in fitting if f.name.startswith("mean")]
            fitting = [f for f in fitting if not (means and f.name.startswith("median"))]
            counts = whole and not any(is_bound(text) for _, numbers in cells for text in numbers)
            if counts and (self._are_shares(cells) or label == "%"):
                return FORMATS["n (%)"], ""
            unsized = form != "bracket" or not self.sizes  # the third may say how many are missing
            fitting = [f for f in fitting if f.name != "n (%)" or (counts and unsized)]
        if form == "number" and whole and _MISSING.fullmatch(name):
            return FORMATS["n"], ""
        if form == "number" and label == "%":
            return FORMATS["%"], "read as a percentage" if whole else ""
        if form == "number" and not whole:
            fitting = [f for f in fitting if f.name not in ("n (%)", "n")]
        if form == "size":
            return FORMATS["size"], ""
        if len({f.statistics[form] for f in fitting}) == 1:
            return fitting[0], ""
        if "" in self.settled and form in self.settled[""].statistics:
            return self.settled[""], ""
        if not fitting and form in _LIKELY:
            name = _LIKELY[form] if whole or form != "number" else "mean"
            return FORMATS[name], f"read as {name}"
        return (fitting[0], f"read as {fitting[0].name}") if fitting else (None, "")

    def _are_shares(self, cells: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
        """Whether whole numbers give those in brackets as percentages of the group or row.

        Of numbers with decimals one is enough, since few agree by chance: the others may be slips.
        """
        counts = [int(printed_value(numbers[0])) for _, numbers in cells]
        parts = [n for n, (group, _) in zip(counts, cells, strict=True) if group != "all"]
        total = sum(parts) if len(parts) > 1 else 0
        fits = [
            follows(n, numbers[1], self.sizes.get(group))
            or (group != "all" and follows(n, numbers[1], total))
            for n, (group, numbers) in zip(counts, cells, strict=True)
        ]
        exact = any("." in numbers[1] for _, numbers in cells)
        return any(fits) and (exact or 2 * sum(fits) >= len(fits))
