"""Rows around a table that are no patients: totals, notes, legends, repeated headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cohortbook.cohort.lexicon import MOST
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.vocabulary import simplify

_LONG = 40
"""A text that stands alone in its row and is longer is a note."""

SUMMARY = re.compile(
    r"(sub|grand )?totals?\b.*|(sum|soma|suma|mean|average|avg|media|median|mediana|sd|s\.d\.?|dp"
    r"|std"
    r"|standard deviation|std\.? dev\.?|desvio.*|min|max|minimum|maximum|count|se|sem|iqr|range"
    r"|missing|p|p ?-?values?)\b[\s:=(+±/-]*(sd|dp|de|n)?[\s\d.,=%)]*|n\s*=?\s*\d*"
)
_NOTE = re.compile(r"(?:notes?|legend|source|key|codes?|obs|nota|fonte|legenda)\b|[*†‡]", re.I)


Row = tuple[int, Sequence[str]]


def count_filled(row: Row) -> int:
    """Count the cells of a row that hold something."""
    return sum(bool(cell.strip()) for cell in row[1])


def numeric_columns(body: Sequence[Row]) -> set[int]:
    """Return which columns hold numbers, the first row (of units?) and the last ones aside."""
    numeric = set()
    for i in range(max((len(cells) for _, cells in body), default=0)):
        texts = [c[i].strip() for _, c in body[1:] if i < len(c) and c[i].strip()]
        if texts and sum(map(is_number, texts)) >= MOST * len(texts):
            numeric.add(i)
    return numeric


def rows_of_no_patient(
    rows: Sequence[Row],
    header: Sequence[Row],
    body: Sequence[Row],
    usual: float,
    numeric: set[int],
) -> list[Row]:
    """Find the rows under the headings that are no patients.

    Parameters
    ----------
    rows : sequence of (line, cells)
        All rows of the sheet.
    header, body : sequence of (line, cells)
        The rows of the headings, and those under them, without blank ones.
    usual : float
        How many cells of a row are usually filled.
    numeric : set of int
        The columns of numbers.

    Returns
    -------
    list of (line, cells)
        Totals, notes and legends at the end, subtotals and repeated headings anywhere, and a second
        table under a blank line.
    """
    key = _key(body)
    shapes = Counter(shape_of(cell_of(row, key)) for row in body) if key is not None else Counter()
    many = {shape for shape, n in shapes.items() if shape and n > 0.05 * len(body)}
    after_blank = _after_blank(rows)
    blank = sum(not cell_of(row, key) for row in body) if key is not None else 0
    always = 0 < blank <= max(3, 0.05 * len(body))
    skipped = [row for row in body if row[1] == header[-1][1]]

    def is_note(row: Row) -> bool:
        texts = [cell.strip() for cell in row[1] if cell.strip()]
        if _is_summary(row, body, numeric, key):
            return True
        alone = len(texts) == 1 and usual > 1
        if alone and (len(texts[0]) > _LONG or _NOTE.match(texts[0])):
            return True
        sparse = len(texts) <= max(1.0, 0.5 * usual) and len(texts) < usual
        if key is not None:
            if not cell_of(row, key):
                return sparse or (always and not _has_levels(row, body, numeric))
            return sparse and shape_of(cell_of(row, key)) not in many
        texts_under_numbers = [
            i for i in numeric if cell_of(row, i) and not is_number(cell_of(row, i))
        ]
        alone = alone and usual > 2
        return sparse and (row[0] in after_blank or bool(texts_under_numbers) or alone)

    last = len(body)
    while last > 1 and is_note(body[last - 1]):
        last -= 1
    skipped += [row for row in body[last:] if row not in skipped]
    skipped += [
        row for row in body[:last] if row not in skipped and _is_summary(row, body, numeric, key)
    ]  # fmt: skip
    return sorted(skipped + _second_table(body[:last], after_blank, numeric, skipped))


def _has_levels(row: Row, body: Sequence[Row], numeric: set[int]) -> bool:
    """Check whether a row has texts that others have too, as patients have."""
    return any(
        cell_of(row, i) and sum(cell_of(each, i) == cell_of(row, i) for each in body) > 1
        for i in range(len(row[1]))
        if i not in numeric
    )


def _key(body: Sequence[Row]) -> int | None:
    """Find the first column that tells rows apart, in nearly all of them."""
    for i in range(max(len(cells) for _, cells in body)):
        texts = [cell_of(row, i) for row in body if cell_of(row, i)]
        if len(texts) >= 0.7 * len(body) and len(set(texts)) > 0.95 * len(texts):
            return i
    return None


def cell_of(row: Row, i: int) -> str:
    """Return a cell of a row, stripped; a short row has blank ones."""
    return row[1][i].strip() if i < len(row[1]) else ""


def shape_of(text: str) -> str:
    """Reduce a text to how it looks: A001 and B17 are alike."""
    return re.sub("a+", "a", re.sub(r"[^\W\d_]", "a", re.sub(r"\d+", "9", text)))


def _after_blank(rows: Sequence[Row]) -> set[int]:
    """Return the lines that follow a blank line, or a gap in the numbers of lines."""
    numbers, blank = set(), False
    for row in rows:
        if count_filled(row) and blank:
            numbers.add(row[0])
        blank = not count_filled(row)
    return numbers


def _is_summary(row: Row, body: Sequence[Row], numeric: set[int], key: int | None) -> bool:
    """Check whether a row is a total, a mean or the like of those above."""
    first = next((i for i, cell in enumerate(row[1]) if cell.strip()), 0)
    word = simplify(cell_of(row, first))
    if not word or not SUMMARY.fullmatch(word):
        return False
    texts = [cell_of(each, first) for each in body if cell_of(each, first)]
    alike = sum(simplify(text) == word for text in texts)
    apart = len(set(texts)) > MOST * len(texts)
    bare = key is not None and not cell_of(row, key)
    return alike <= max(1, 0.02 * len(texts)) and (first in numeric or apart or first > 0 or bare)


def _second_table(
    body: Sequence[Row], after_blank: set[int], numeric: set[int], skipped: Sequence[Row]
) -> list[Row]:
    """Find what stands under a blank line and has texts where the table has numbers."""
    for at, row in enumerate(body):
        if row[0] not in after_blank or row in skipped or at == 0:
            continue
        here = [i for i in numeric if cell_of(row, i)]
        texts = [i for i in here if not is_number(cell_of(row, i))]
        if len(texts) > 1 and len(texts) == len(here):
            return [each for each in body[at:] if each not in skipped]
    return []
