"""Rows around a table that are no patients: totals, notes, legends, repeated headings."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np

from cohortbook.cohort.lexicon import MOST
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.sheet import Rows, Sheet
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


def numeric_columns(sheet: Sheet, body: Rows) -> set[int]:
    """Return which columns hold numbers, the first row (of units?) and the last ones aside."""
    numeric = set()
    for i, column in enumerate(sheet.columns):
        counts = column.counts(body[1:])
        numbers = sum(n for text, n in counts.items() if is_number(text))
        if counts and numbers >= MOST * counts.total():
            numeric.add(i)
    return numeric


def rows_of_no_patient(
    sheet: Sheet, heading: int, body: Rows, usual: float, numeric: set[int]
) -> Rows:
    """Find the rows under the headings that are no patients.

    Parameters
    ----------
    sheet : Sheet
    heading : int
        The last row of the headings.
    body : array of int
        The rows under them, without blank ones.
    usual : float
        How many cells of a row are usually filled.
    numeric : set of int
        The columns of numbers.

    Returns
    -------
    array of int
        Totals, notes and legends at the end, subtotals and repeated headings anywhere, and a second
        table under a blank line.
    """
    key = key_column(sheet, body)
    after_blank = _after_blank(sheet)
    summaries = _summaries(sheet, body, numeric, key)
    blank = 0 if key is None else int((sheet.columns[key].codes[body] == 0).sum())
    always = 0 < blank <= max(3, 0.05 * len(body))

    @cache
    def many() -> set[str]:
        shapes: Counter[str] = Counter()
        for text, n in (sheet.columns[key].counts(body) if key is not None else {}).items():
            shapes[shape_of(text)] += n
        return {shape for shape, n in shapes.items() if n > 0.05 * len(body)}

    def is_note(row: int) -> bool:
        if row in summaries:
            return True
        filled = int(sheet.filled[row])
        text = sheet.text(row, sheet.first(row))
        alone = filled == 1 and usual > 1
        if alone and (len(text) > _LONG or _NOTE.match(text)):
            return True
        sparse = filled <= max(1.0, 0.5 * usual) and filled < usual
        if key is not None:
            if not (name := sheet.text(row, key)):
                return sparse or (always and not _has_levels(sheet, row, body, numeric))
            return sparse and shape_of(name) not in many()
        under_numbers = any((cell := sheet.text(row, i)) and not is_number(cell) for i in numeric)
        return sparse and (row in after_blank or under_numbers or (alone and usual > 2))

    last = len(body)
    while last > 1 and is_note(int(body[last - 1])):
        last -= 1
    skipped = {*_repeated(sheet, heading, body), *body[last:].tolist()}
    skipped |= {row for row in body[:2].tolist() if of_program(sheet.row(row))}
    skipped |= {row for row in body[:last].tolist() if row in summaries}
    skipped |= _titles(sheet, body[:last], key) if usual > 2 else set()
    skipped |= _second_table(sheet, body[:last], after_blank, numeric, skipped)
    return np.array(sorted(skipped), dtype=np.intp)


def _titles(sheet: Sheet, body: Rows, key: int | None) -> set[int]:
    """Find the rows in which only the name of a group stands, unlike that of any patient."""
    alone = sheet.filled[body] == 1
    if key is None or not alone.any():
        return set()
    patients = {shape_of(text) for text in sheet.columns[key].counts(body[~alone])}
    return {
        row
        for row in body[alone].tolist()
        if shape_of(sheet.text(row, sheet.first(row))) not in patients
    }


def of_program(cells: list[str]) -> bool:
    """Check whether a row holds what a program notes of its columns, each cell in braces."""
    held = [cell for cell in cells if cell]
    return bool(held) and all(cell[0] == "{" and cell[-1] == "}" for cell in held)


def _repeated(sheet: Sheet, heading: int, body: Rows) -> list[int]:
    """Find the rows that are the headings again."""
    for column in sheet.columns:
        body = body[column.codes[body] == column.codes[heading]]
    again: list[int] = body.tolist()
    return again


def _has_levels(sheet: Sheet, row: int, body: Rows, numeric: set[int]) -> bool:
    """Check whether a row has texts that others have too, as patients have."""
    return any(
        code and (column.codes[body] == code).sum() > 1
        for i, column in enumerate(sheet.columns)
        if i not in numeric and (code := column.codes[row])
    )


def key_column(sheet: Sheet, body: Rows) -> int | None:
    """Find the first column that tells rows apart, in nearly all of them."""
    for i, column in enumerate(sheet.columns):
        counts = column.counts(body)
        if counts.total() >= 0.7 * len(body) and len(counts) > 0.95 * counts.total():
            return i
    return None


def shape_of(text: str) -> str:
    """Reduce a text to how it looks: A001 and B17 are alike."""
    return re.sub("a+", "a", re.sub(r"[^\W\d_]", "a", re.sub(r"\d+", "9", text)))


def _after_blank(sheet: Sheet) -> set[int]:
    """Return the rows that follow a blank one."""
    held = sheet.filled > 0
    return set((np.flatnonzero(held[1:] & ~held[:-1]) + 1).tolist())


def _summaries(sheet: Sheet, body: Rows, numeric: set[int], key: int | None) -> set[int]:
    """Find the rows that are a total, a mean or the like of those above."""
    summaries: set[int] = set()
    rest = body
    for i, column in enumerate(sheet.columns):  # of each row the first cell that holds something
        here, rest = rest[column.codes[rest] > 0], rest[column.codes[rest] == 0]
        here = here[column.where(lambda text: SUMMARY.fullmatch(simplify(text)), here)]
        if not len(here):
            if not len(rest):
                break
            continue
        counts = column.counts(body)
        ids = len(counts) > MOST * counts.total()
        apart = i > 0 or i in numeric or ids
        spelt: Counter[str] = Counter()
        for text, n in counts.items():
            spelt[simplify(text)] += n
        for row in here.tolist():
            few = spelt[simplify(sheet.text(row, i))] <= max(1, 0.02 * counts.total())
            if (few or ids) and (apart or (key is not None and not sheet.text(row, key))):
                summaries.add(row)
    return summaries


def _second_table(
    sheet: Sheet, body: Rows, after_blank: set[int], numeric: set[int], skipped: set[int]
) -> set[int]:
    """Find what stands under a blank line and has texts where the table has numbers."""
    rows = body.tolist()
    for row in sorted(after_blank.intersection(rows[1:]) - skipped):
        here = [text for i in numeric if (text := sheet.text(row, i))]
        if len(here) > 1 and not any(map(is_number, here)):
            return {each for each in rows if each >= row} - skipped
    return set()
