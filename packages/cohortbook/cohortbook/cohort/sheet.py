"""All rows of a table, kept as columns: a text that comes again is kept once."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice, zip_longest
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.problems import Log

Rows = NDArray[np.intp]
"""Rows of a sheet, counted from 0."""

_MOST_VARIABLES = 500
"""A table of more rows has patients in its rows."""

_BLOCK = 500
"""So many rows at a time are turned into columns: their texts stay in the processor's cache."""


@dataclass(frozen=True)
class Column:
    """The different texts of a column, stripped, a blank one first; of each row, which it is."""

    texts: list[str]
    codes: NDArray[np.int32]

    def counts(self, rows: Rows) -> Counter[str]:
        """Count the texts of rows, but for blank ones."""
        numbers = np.bincount(self.codes[rows])
        return Counter({self.texts[i]: int(numbers[i]) for i in np.flatnonzero(numbers) if i})

    def where(self, fits: Callable[[str], object], rows: Rows) -> NDArray[np.bool_]:
        """Check of which rows the text fits; each different text is looked at once."""
        codes = self.codes[rows]
        fitting = np.zeros(len(self.texts), dtype=bool)
        for i in np.flatnonzero(np.bincount(codes)):
            fitting[i] = bool(fits(self.texts[i]))
        return fitting[codes]

    def take(self, rows: Rows) -> pd.Categorical[Any]:
        """Give the texts of rows; the categories are in the order in which they come."""
        codes, different = pd.factorize(self.codes[rows])
        texts = pd.Index([self.texts[i] for i in different], dtype=object)
        return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(texts), validate=False)


def by_text(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Keep texts as `category`: the different ones, in the order in which they come."""
    codes, different = pd.factorize(cells)
    return pd.Series(pd.Categorical.from_codes(codes, different), cells.index)


def repeat_above(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Repeat in each blank cell of a column the one above.

    Examples
    --------
    >>> repeat_above(pd.Series(["", "A", "", "B"])).tolist()
    ['', 'A', 'A', 'B']
    """
    return by_text(cells.astype(object).replace("", None).ffill().fillna(""))


@dataclass(frozen=True)
class Sheet:
    """All rows of a table, headings and notes among them.

    `lines` are the rows' lines in the file, and `widths` how many cells each has.
    """

    lines: NDArray[np.int64]
    widths: NDArray[np.int32]
    columns: list[Column]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
        """Take the rows of a table, each with its line.

        Examples
        --------
        >>> sheet = Sheet.of([(1, ["id", "age"]), (2, ["P1", " 41 "]), (4, ["P2"])])
        >>> sheet.row(1), sheet.row(2), sheet.filled.tolist()
        (['P1', '41'], ['P2'], [2, 2, 1])
        """
        lines, widths = array("q"), array("i")
        numbers: list[defaultdict[str, int]] = []  # for each column, that of each different text
        codes: list[array[int]] = []
        taking = iter(rows)
        while block := list(islice(taking, _BLOCK)):
            for i, cells in enumerate(zip_longest(*(row for _, row in block), fillvalue="")):
                if i == len(codes):
                    numbers.append(defaultdict(count(1).__next__, {"": 0}))
                    codes.append(array("i", [0]) * len(lines))
                codes[i].extend(map(numbers[i].__getitem__, cells))
            lines.extend(line for line, _ in block)
            widths.extend(len(row) for _, row in block)
            for column in codes:
                column.extend([0] * (len(lines) - len(column)))
        columns = [
            _stripped(numbers.pop(0), np.array(codes.pop(0), dtype=np.int32)) for _ in codes[:]
        ]
        return cls(np.array(lines, dtype=np.int64), np.array(widths, dtype=np.int32), columns)

    @cached_property
    def filled(self) -> NDArray[np.int32]:
        """How many cells of each row hold something."""
        filled = np.zeros(len(self.lines), dtype=np.int32)
        for column in self.columns:
            filled += column.codes > 0
        return filled

    def is_transposed(self) -> bool:
        """Check whether each patient is a column: rows are of one kind, and columns are not.

        Examples
        --------
        >>> rows = [["id", "P1", "P2", "P3"], ["age", "4", "5", "6"], ["sex", "M", "F", "M"]]
        >>> Sheet.of(enumerate(rows)).is_transposed()
        True
        >>> Sheet.of(enumerate(zip(*rows))).is_transposed()
        False
        """
        rows = np.flatnonzero(self.filled)
        if not 2 < len(rows) <= _MOST_VARIABLES or len(self.columns) < 4:
            return False
        names = self.columns[0].counts(rows)
        if any(map(is_number, names)) or any(n > 1 for n in names.values()):
            return False
        for column in self.columns[1:]:  # the first that is of one kind ends it
            if _is_pure(column.counts(rows[1:])):
                return False
        texts = [Counter(self.row(row)[1:]) for row in rows[1:]]
        return all(map(_is_pure, texts))

    def patients(self, rows: NDArray[np.bool_], width: int, log: Log) -> Rows:
        """Give those of some rows that hold something in as many cells as there are headings.

        Parameters
        ----------
        rows : array of bool
        width : int
            How many headings there are.
        log : Log
            Receives rows with too few or too many cells.

        Raises
        ------
        CohortError
            If there is none.
        """
        held = rows & (self.filled > 0)
        for row in np.flatnonzero(held & (self.widths != width)):
            problem = f"{self.widths[row]} cells"
            log.problem([int(self.lines[row])], "", "", problem, f"{width}, as the headings")
        whole = np.flatnonzero(held & (self.widths == width))
        if not len(whole):
            raise log.stop(None, "no rows under the headings", "one row a form")
        return whole

    def text(self, row: int, i: int) -> str:
        """Return a cell, stripped; a short row has blank ones."""
        column = self.columns[i]
        return column.texts[int(column.codes[row])]

    def row(self, row: int) -> list[str]:
        """Return the cells of a row, stripped."""
        return [self.text(row, i) for i in range(self.widths[row])]

    def first(self, row: int) -> int:
        """Return which is the first cell of a row that holds something."""
        return next((i for i, column in enumerate(self.columns) if column.codes[row]), 0)


def _is_pure(texts: Counter[str]) -> bool:
    """Check whether nearly all texts are numbers, or nearly none; blank ones aside."""
    total = texts.total() - texts[""]
    numbers = sum(n for text, n in texts.items() if is_number(text))
    return not 0.15 * total < numbers < 0.85 * total


def _stripped(numbers: dict[str, int], codes: NDArray[np.int32]) -> Column:
    """Make a column of texts, of which some are the same without the blanks around them."""
    stripped = list(map(str.strip, numbers))
    if stripped == list(numbers):
        return Column(stripped, codes)
    again = {text: i for i, text in enumerate(dict.fromkeys(stripped))}
    return Column(list(again), np.array([again[text] for text in stripped], dtype=np.int32)[codes])
