"""Where the table stands in a sheet: its headings, and the rows that are no patients."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from cohortbook.cohort.footnotes import (
    SUMMARY,
    key_column,
    numeric_columns,
    of_program,
    rows_of_no_patient,
    shape_of,
)
from cohortbook.cohort.identifiers import is_personal
from cohortbook.cohort.legends import columns_beside, explained, lines_beside
from cohortbook.cohort.lexicon import MOST, lexicon
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.problems import quote
from cohortbook.cohort.sheet import Rows, Sheet
from cohortbook.cohort.spec import Texts
from cohortbook.cohort.vocabulary import simplify

_FULL = 0.6
"""A row with so many of the usual cells filled may hold the headings."""

_MOST_HEADINGS = 3
"""Headings stand in so many rows."""

_LOOKED_AT = 20
"""The headings are within so many rows."""

_ROW_NUMBER = re.compile(r"unnamed: 0|x|\.\.\.1|row\.?_?names?|index|_n_|obs", re.I)
"""Headings that programs give to the numbers of rows."""

_LEGEND = re.compile(r"\s*(-?\w{1,6}?)\s*[=:]\s*(\S.*?)\s*")


@dataclass
class Layout:
    """How a table stands in its rows.

    `header` are the lines of the headings, where these are not simply the first,
    and `skip` those of rows that are no patients; `names`
    gives names to columns without one, or whose name is another's too, by their number, and
    `ignored` are those among them that hold nothing of the patients; `choices` are the levels that
    a legend explains, by heading, and `tables` the columns of tables that stand side by side.
    """

    header: list[int]
    headings: list[str]
    skip: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    choices: dict[str, dict[str, Texts]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


def lines_of(texts: Texts) -> frozenset[int]:
    """Return the lines that are named one by one or as a range.

    Examples
    --------
    >>> sorted(lines_of(("3", "7-9")))
    [3, 7, 8, 9]
    """
    ends = [list(map(int, text.split("-"))) for text in texts]
    return frozenset(line for each in ends for line in range(each[0], each[-1] + 1))


def spans(lines: Sequence[int]) -> list[str]:
    """Write lines as `lines_of` reads them.

    Examples
    --------
    >>> spans([3, 7, 8, 9])
    ['3', '7-9']
    """
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]


def put_together(rows: Sequence[Sequence[str]]) -> list[str]:
    """Make one heading of each column of several rows of headings.

    A blank cell of a row above stands for the one to its left, but for one that a row still higher
    sets apart from it; a unit goes into brackets.

    Examples
    --------
    >>> put_together([["id", "Laboratory", ""], ["", "CK", "LDH"]])
    ['id', 'Laboratory CK', 'Laboratory LDH']
    >>> put_together([["Blood", "", "End"], ["CK", "", ""], ["first", "last", "died"]])
    ['Blood CK first', 'Blood CK last', 'End died']
    >>> put_together([["id", "CK"], ["", "U/L"]])
    ['id', 'CK (U/L)']
    """
    stripped = [[cell.strip() for cell in row] for row in rows]
    if len(stripped) < 2:
        return stripped[0] if stripped else []
    over = dict(enumerate(stripped[0]))
    units = all(over.get(i) for i, cell in enumerate(stripped[-1]) if cell)
    parts: list[list[str]] = [[] for _ in range(max(map(len, stripped)))]
    for at, row in enumerate(stripped):
        above, last = at < len(stripped) - 1 and not units, ""
        for i, name in enumerate(parts):
            cell = row[i] if i < len(row) else ""
            below = any(i < len(r) and r[i] for r in stripped[at + 1 :])
            higher = any(i < len(r) and r[i] for r in stripped[:at])
            last = cell or (last if above and below and not higher else "")
            if last and last not in name:
                name.append(last)
    if units:
        return [f"{name[0]} ({name[1].strip('()[]')})" if name[1:] else "".join(name)
                for name in parts]  # fmt: skip
    return [" ".join(name) for name in parts]


def repeated_tables(headings: Sequence[str], own: Sequence[str]) -> list[str]:
    """Return the columns of tables that stand side by side, with the same headings, if they do.

    Examples
    --------
    >>> repeated_tables(["id", "age", "", "id", "age"], ["id", "age", "", "id", "age"])
    ['1-2', '4-5']
    >>> repeated_tables(["id", "CK", "", "CK"], ["id", "CK", "", "CK"])
    []
    """
    parts = [list(part) for held, part in groupby(range(len(headings)), lambda i: headings[i] != "")
             if held]  # fmt: skip
    named = [[simplify(own[i]) for i in part] for part in parts]
    alike = [part for part, names in zip(parts, named, strict=True) if names == named[0]]
    return [f"{p[0] + 1}-{p[-1] + 1}" for p in alike] if len(alike) > 1 < len(named[0]) else []


def name_columns(headings: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Give columns the names that are declared for them, by their number."""
    return [names.get(str(i), heading) for i, heading in enumerate(headings, start=1)]


def find_layout(sheet: Sheet) -> Layout:
    """Find the headings of a table, and the rows under it that are no patients.

    Parameters
    ----------
    sheet : Sheet
        All rows.

    Returns
    -------
    Layout
    """
    rows = np.flatnonzero(sheet.filled)
    if not len(rows):
        return Layout([], [])
    filled = sheet.filled[rows]
    usual = float(np.median(filled))
    top = int(np.argmax(filled[:_LOOKED_AT] >= _FULL * usual))
    if 2 * sum(map(is_number, sheet.row(rows[top]))) > filled[top]:
        top = 0
    header, body = [int(rows[top])], rows[top + 1 :]
    numeric = numeric_columns(sheet, body)
    while top and len(header) < _MOST_HEADINGS and _is_over(sheet, rows[top - 1], rows[top]):
        header.insert(0, int(rows[top - 1]))
        top -= 1
    if len(header) == 1 and len(body) and _is_second_heading(sheet, header[0], body, numeric):
        header.append(int(body[0]))
        body = body[1:]
    headings = put_together([sheet.row(row) for row in header])
    if not len(body):
        return Layout([], headings)
    own = (sheet.row(header[-1]) + [""] * len(headings))[: len(headings)]
    layout = Layout([int(line) for line in sheet.lines[header]], headings)
    layout.tables = repeated_tables(headings, own)
    if header == [0]:
        layout.header = []
    _describe_headings(layout, [sheet.row(row) for row in rows[:top]])
    below, skipped = body, rows_of_no_patient(sheet, header[-1], body, usual, numeric)
    if 0 < len(skipped) < len(body):
        kept = np.setdiff1d(body, skipped)
        layout.skip = [int(line) for line in sheet.lines[skipped]]
        _describe_skipped(layout, sheet, skipped, kept)
        body = kept
    _set_aside(layout, sheet, below, body)
    _name_columns(layout, sheet, body)
    if layout.choices:
        layout.doubts.append(f"codes explained by a legend: {', '.join(layout.choices)}")
    return layout


def _describe_headings(layout: Layout, above: Sequence[Sequence[str]]) -> None:
    if not layout.header:
        return
    doubt = f"headings taken from line {' and '.join(map(str, layout.header))}"
    titles = [cell for cells in above for cell in cells if cell]
    if titles:
        doubt += f"; above them: {', '.join(_unnamed(titles[:3]))}"
    layout.doubts.append(doubt)


def _is_second_heading(sheet: Sheet, first: int, body: Rows, numeric: set[int]) -> bool:
    """Check whether the row under the headings belongs to them: names, or units."""
    if len(body) > 1 and of_program(sheet.row(body[1])):
        return True
    cells = {i: cell for i, cell in enumerate(sheet.row(body[0])) if cell}
    for i, text in cells.items():  # a row of data has texts that come again, and limits
        codes = sheet.columns[i].codes[body]
        ticked = set(codes[1:]) == {0, codes[0]}
        if text[0] in "<>≤≥" or ((codes[1:] == codes[0]).any() and not ticked):
            return False
    texts = {i: text for i, text in cells.items() if simplify(text) not in lexicon().missing}
    if any(is_number(text) for text in cells.values()) or not texts:
        return False
    over = [i for i in texts if i in numeric]
    gaps = any(not sheet.text(first, i) for i in texts)
    if over and (key := key_column(sheet, body[1:])) is not None and key not in cells:
        return True
    return len(over) > len(numeric) / 2 and (len(over) > 1 or gaps or len(texts) == 1)


def looks_like_data(headings: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Check whether the row that is taken for the headings looks like those under it.

    Examples
    --------
    >>> looks_like_data(["P1", "41"], [["P2", "42"], ["P3", "43"]])
    True
    >>> looks_like_data(["id", "2001"], [["P2", "42"], ["P3", "43"]])
    False
    """
    numbers = 0
    for i, heading in enumerate(map(str.strip, headings)):
        texts = [cells[i] for cells in body if i < len(cells) and cells[i]]
        if not heading or not texts:
            continue
        number = is_number(heading)
        numbers += number
        if number and sum(map(is_number, texts)) > MOST * len(texts):
            continue
        alike = sum(shape_of(text) == shape_of(heading) for text in texts) > MOST * len(texts)
        if heading not in texts and not (alike and any(map(str.isdigit, heading))):
            return False
    return numbers > 0


def _is_over(sheet: Sheet, above: int, row: int) -> bool:
    """Check whether the row above the headings names groups of columns."""
    held = [i for i, cell in enumerate(sheet.row(above)) if cell]
    return sheet.lines[above] == sheet.lines[row] - 1 and len(held) > 1


def _unnamed(texts: Sequence[str]) -> list[str]:
    """Quote texts, but for those that look like the name of somebody."""
    return [
        quote(text) if SUMMARY.fullmatch(simplify(text)) or not is_personal(text) else "(hidden)"
        for text in texts
    ]


def _describe_skipped(layout: Layout, sheet: Sheet, skipped: Rows, body: Rows) -> None:
    """Say which rows are no patients, and read the legend among them."""
    words = [sheet.text(row, sheet.first(row)) for row in skipped]
    examples = ", ".join(_unnamed(words[:4])) + ", …" * (len(words) > 4)
    n = len(skipped)
    doubt = f"{n} row{'s' * (n > 1)} taken as no patient ({', '.join(spans(layout.skip)[:6])}): "
    layout.doubts.append(f"{doubt}{examples}")
    if any(sheet.filled[row] == 1 and row < body[-1] for row in skipped):
        layout.doubts.append(
            "a row with nothing but the name of a group is no patient: which group each row is of "
            "belongs into a column"
        )
    for i, heading in enumerate(layout.headings):
        pairs = [_LEGEND.fullmatch(sheet.text(row, i)) for row in skipped]
        held = sheet.columns[i].counts(body) if any(pairs) else {}
        codes: dict[str, Texts] = {
            match[2]: (match[1],) for match in pairs if match and match[1] in held
        }
        if len(codes) > 1:
            layout.choices[heading] = codes
    lines = [
        text
        for text, row in zip(words, skipped, strict=True)
        if layout.headings[sheet.first(row)] not in layout.choices
    ]
    layout.choices |= explained(lines, _held(layout, sheet, body))


def _held(layout: Layout, sheet: Sheet, body: Rows) -> dict[str, Counter[str]]:
    """Count the texts of each column."""
    return {
        heading: sheet.columns[i].counts(body)
        for i, heading in enumerate(layout.headings)
        if heading
    }


def _set_aside(layout: Layout, sheet: Sheet, below: Rows, body: Rows) -> None:
    """Leave out the columns beside the table, and read the legend among them."""
    beside = columns_beside(sheet, layout.headings, below)
    if not beside:
        return
    title = layout.headings[beside[0]]
    for i in beside:
        name = layout.headings[i] or f"(column {i + 1})"
        _named(layout, i, name, "a legend or notes beside the table", ignored=True)
    held = _held(layout, sheet, body)
    for name in layout.ignored:
        del held[name]
    layout.choices |= explained(lines_beside(sheet, beside, below), held, title)


def _name_columns(layout: Layout, sheet: Sheet, body: Rows) -> None:
    """Name columns that have no heading of their own."""
    taken = Counter(filter(None, layout.headings))
    seen: Counter[str] = Counter()
    for i, heading in enumerate(layout.headings):
        if heading in layout.ignored:
            continue
        held = sheet.columns[i].counts(body)
        numbered = i == 0 and _numbers_rows([sheet.text(row, 0) for row in body])
        seen[heading] += 1
        if numbered and _ROW_NUMBER.fullmatch(heading):
            _named(layout, i, heading, "the numbers of the rows, as a program wrote", ignored=True)
            continue
        if heading and (taken[heading] < 2 or seen[heading] == 1):
            continue
        if not held:
            continue
        if heading:
            _named(layout, i, f"{heading} ({seen[heading]})", "two columns have this heading")
        elif numbered:
            _named(layout, i, "(row number)", "no heading: the numbers of the rows", ignored=True)
        elif i == 0 and len(held) == len(body):
            _named(layout, i, "Row id", "no heading: names of the rows")
        elif held.total() < 0.2 * len(body) + 1:
            _named(layout, i, f"(column {i + 1})", "no heading: notes at the side", ignored=True)
        else:
            _named(layout, i, f"(column {i + 1})", "no heading: what does it hold?")


def _numbers_rows(texts: Sequence[str]) -> bool:
    """Check whether the texts of a column are 1, 2, 3 and so on, or begin with 0."""
    held = list(filter(None, texts))
    return any(all(text == str(n) for n, text in enumerate(held, a)) for a in (0, 1))


def _named(layout: Layout, i: int, name: str, why: str, *, ignored: bool = False) -> None:
    layout.names[str(i + 1)] = layout.headings[i] = name
    layout.ignored += [name] * ignored
    layout.doubts.append(f"column {i + 1}, called {name}{', not read' * ignored}: {why}")
