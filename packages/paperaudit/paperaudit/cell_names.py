"""What the numbers of a cell are: by its column, its row, and the form that they stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paperaudit.cell_forms import FORMATS, Cell, ratio_statistics
from paperaudit.row_formats import RowFormats
from paperaudit.table_headings import Column
from paperaudit.table_rows import Layout, Row, is_heading

Names = tuple[str, ...] | None

_LIMITS = {form: ("ci_low", "ci_high") for form in ("interval", "limits", "unbracketed")}
#: What the cells of counting columns print, by kind and form.
COUNTED: dict[str, dict[str, tuple[str, ...]]] = {
    "size": {**FORMATS["n (%)"].statistics, "number": ("denominator",)},
    "se": FORMATS["se"].statistics,
    "events": FORMATS["n (%)"].statistics,
    **{kind: {"number": (kind,)}
       for kind in ("person_time", "at_risk", "competing", "censored", "excluded", "remaining")},
    **{kind: {"number": (kind,)} | {form: (kind, *names) for form, names in _LIMITS.items()}
       for kind in ("incidence", "survival", "rate")},
}  # fmt: skip
#: Labels of a row that says how many patients each group has.
PATIENTS_ROWS = frozenset(
    ["n", "no. of patients", "number of patients", "patients", "no of patients", "sample size",
     "number", "number of participants", "participants", "no. of participants", "subjects",
     "number of subjects"]
)  # fmt: skip


#: A row of p values, whatever its columns print.
_OF_P = re.compile(r"p(?:[- ]?values?)?(?: (?:for|of) .+)?$", re.IGNORECASE)


def counts_patients(row: Row) -> bool:
    """Whether a row says how many patients each group has."""
    words = row.label.name.casefold()
    kinds = ("number", "size", "bracket") if row.label.format == "n (%)" else ("number", "size")
    forms = [cell is not None and cell.form in kinds for cell in row.cells.values()]
    bare = words == "no" or (not words and row.label.format in ("n", "n (%)"))
    named = words in PATIENTS_ROWS or (bare and row.above is None)
    return named and bool(forms) and all(forms)


def _is_one(cell: Cell) -> bool:
    return bool(cell.numbers) and cell.numbers[0].strip("0").rstrip(".") in ("1", "")


class CellNames:
    """Names the numbers of a table's cells.

    Parameters
    ----------
    layout, rows
        Of the table.
    formats
        Of its rows.
    groups
        The group of each column.
    sizes
        Patients of each group, where they are known.
    """

    def __init__(
        self,
        layout: Layout,
        rows: Sequence[Row],
        formats: RowFormats,
        groups: Mapping[int, str],
        sizes: Mapping[str, int],
    ) -> None:
        self.layout, self.rows, self.formats = layout, rows, formats
        self.groups, self.sizes = groups, sizes

    def of(self, row: Row, j: int, kind: str, cell: Cell) -> tuple[Names, str]:
        """Name the statistics of a cell's numbers.

        Returns
        -------
        tuple
            The statistics, or None if the column has no such form; and why they are a doubt,
            empty if they are none.
        """
        if _OF_P.match(row.label.name) and kind != "p":
            return {"number": ("p",), "not significant": ("p",)}.get(cell.form), ""
        if kind == "group" and not counts_patients(row):
            return self.formats.statistics(row, j, cell)
        return self._by_column(row, j, kind, cell), ""

    def _by_column(self, row: Row, j: int, kind: str, cell: Cell) -> Names:
        if kind == "missing":
            return None
        if kind in COUNTED:
            return COUNTED[kind].get(cell.form)
        if kind == "group":
            return ("n",)
        if kind in ("p", "statistic"):
            statistic = self._statistic(row, self.layout.columns[j])
            of_form: dict[str, tuple[str, ...]] = {
                "number": (statistic,), "not significant": ("p",), "reference": ()
            }  # fmt: skip
            return of_form.get(cell.form)
        if kind in ("ci_low", "ci_high"):
            return {"number": (kind,), "reference": ()}.get(cell.form)
        if kind == "mean_difference" and self._counts(row):
            kind = "risk_difference"
        kind = "odds_ratio" if kind == "limits" else kind  # of which only the limits are used
        if cell.form == "number" and _is_one(cell) and self._has_intervals(j):
            return ()
        return ratio_statistics(cell, kind)

    def _statistic(self, row: Row, column: Column) -> str:
        """Name the number of a column of tests: of a mixed one, t of means and χ² of counts."""
        if column.statistic != "any":
            return column.statistic or "p"
        part = row.below[0] if row.below and is_heading(row, self.layout) else row
        names = self._group_names(part)
        groups = {g for g in self.groups.values() if g in self.sizes and g != "all"}
        of_means = "t" if len(groups) == 2 else "f"
        return of_means if "mean" in names else "chi2" if "n" in names else "z"

    def _counts(self, row: Row) -> bool:
        """Whether the groups of a row print counts of patients with it, and no means or medians."""
        names = set(self._group_names(row))
        return "n" in names and not {"mean", "median"} & names

    def _group_names(self, row: Row) -> list[str]:
        """Name the statistics that the groups of a row print."""
        cells = [
            (j, c) for j, c in row.cells.items() if c and self.layout.columns[j].kind == "group"
        ]
        return [name for j, cell in cells for name in self.formats.names(row, j, cell) or ()]

    def _has_intervals(self, j: int) -> bool:
        forms = [cell.form for row in self.rows if (cell := row.cells.get(j))]
        return any(form in ("interval", "limits", "unbracketed") for form in forms)
