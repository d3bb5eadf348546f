"""A table as a grid of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

CAPTION = re.compile(
    r"\s*(?:supplementa(?:l|ry)\s+)?(table|tabelle|tabela|tabla|tableau|tablo)\s*"
    r"(S?\d+[A-Za-z]?|[IVX]+\b)?", re.IGNORECASE
)  # fmt: skip
#: Superscripts of a document, as signs.
RAISED = str.maketrans("0123456789+-−–abcdefgh", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ᵃᵇᶜᵈᵉᶠᵍʰ")


class TableError(ValueError):
    """A file in which there is no table that can be read: it says why."""


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes
    ----------
    source
        The name of its file, and which of its tables it is.
    rows
        Texts, all rows equally long.
    lines
        The line of the file, or the row of the sheet, that each row is.
    heads
        How many rows the file marks as headings; None if it marks none.
    repeated
        Cells, by row and column, that stand for one that begins above or to the left.
    caption, notes
        What stands above and below it.
    doubtful
        Cells that may not be what was printed, with the code of the doubt: ``changed`` by a
        workbook, or in the wrong ``places``.
    """

    source: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()
    heads: int | None = None
    repeated: frozenset[tuple[int, int]] = frozenset()
    caption: str = ""
    notes: str = ""
    doubtful: tuple[tuple[int, int, str], ...] = ()


def make_grid(source: str, rows: Sequence[Sequence[str]], **more: Any) -> Grid:
    """Make rows equally long, and a grid of them."""
    width = max((len(row) for row in rows), default=0)
    cells = tuple(tuple([*row, *[""] * (width - len(row))]) for row in rows)
    return Grid(source, cells, more.pop("lines", tuple(range(1, len(rows) + 1))), **more)


def expand(source: str, rows: Iterable[Sequence[tuple[str, int, int]]], **more: Any) -> Grid:
    """Lay cells with spans, each a text, rows and columns, on a grid."""
    taken: dict[tuple[int, int], str] = {}
    repeated = set()
    height = width = 0
    for i, row in enumerate(rows):
        j, height = 0, i + 1
        for text, down, across in row:
            while (i, j) in taken:
                j += 1
            for di in range(min(down, 500)):
                for dj in range(min(across, 200)):
                    taken[i + di, j + dj] = text
                    if di or dj:
                        repeated.add((i + di, j + dj))
            j += across
            width = max(width, min(j, 500))
    cells = [[taken.get((i, j), "") for j in range(width)] for i in range(height)]
    return make_grid(source, cells, repeated=frozenset(repeated), **more)
