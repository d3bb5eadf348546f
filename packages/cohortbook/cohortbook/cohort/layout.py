"""Where the table stands in a sheet: its headings, and the rows that are no patients."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from cohortbook.cohort.footnotes import (
    SUMMARY,
    Row,
    cell_of,
    count_filled,
    numeric_columns,
    rows_of_no_patient,
    shape_of,
)
from cohortbook.cohort.identifiers import is_personal
from cohortbook.cohort.lexicon import MOST, lexicon
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.problems import quote
from cohortbook.cohort.spec import Texts
from cohortbook.cohort.vocabulary import simplify

_FULL = 0.6
"""A row with so many of the usual cells filled may hold the headings."""

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
    a legend explains, by heading.
    """

    header: list[int]
    headings: list[str]
    skip: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    choices: dict[str, dict[str, Texts]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


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

    A blank cell of a row above stands for the one to its left; a unit goes into brackets.

    Examples
    --------
    >>> put_together([["id", "Laboratory", ""], ["", "CK", "LDH"]])
    ['id', 'Laboratory CK', 'Laboratory LDH']
    >>> put_together([["id", "CK"], ["", "U/L"]])
    ['id', 'CK (U/L)']
    """
    stripped = [[cell.strip() for cell in row] for row in rows]
    if len(stripped) < 2:
        return stripped[0] if stripped else []
    over = dict(enumerate(stripped[0]))
    units = all(over.get(i) for i, cell in enumerate(stripped[-1]) if cell)
    parts: list[list[str]] = [[] for _ in range(max(map(len, stripped)))]
    for row in stripped:
        above, last = row is not stripped[-1] and not units, ""
        for i, name in enumerate(parts):
            cell = row[i] if i < len(row) else ""
            below = any(i < len(r) and r[i] for r in stripped[stripped.index(row) + 1 :])
            last = cell or (last if above and below else "")
            if last and last not in name:
                name.append(last)
    if units:
        return [f"{name[0]} ({name[1].strip('()[]')})" if name[1:] else "".join(name)
                for name in parts]  # fmt: skip
    return [" ".join(name) for name in parts]


def name_columns(headings: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Give columns the names that are declared for them, by their number."""
    return [names.get(str(i), heading) for i, heading in enumerate(headings, start=1)]


def find_layout(rows: Sequence[Row]) -> Layout:
    """Find the headings of a table, and the rows under it that are no patients.

    Parameters
    ----------
    rows : sequence of (line, cells)

    Returns
    -------
    Layout
    """
    filled = [row for row in rows if count_filled(row)]
    if not filled:
        return Layout([], [])
    usual = median(map(count_filled, filled))
    top = next(
        (i for i, row in enumerate(filled[:_LOOKED_AT]) if count_filled(row) >= _FULL * usual), 0
    )
    numbers = sum(is_number(cell.strip()) for cell in filled[top][1])
    if 2 * numbers > count_filled(filled[top]):
        top = 0
    body = filled[top + 1 :]
    header = [filled[top]]
    numeric = numeric_columns(body)
    if top and _is_over(filled[top - 1], filled[top]):
        header.insert(0, filled[top - 1])
        top -= 1
    elif body and _is_second_heading(header[0][1], body, numeric):
        header.append(body.pop(0))
    if not body:
        return Layout([], put_together([cells for _, cells in header]))
    headings = put_together([cells for _, cells in header])
    first = rows[0][0]
    layout = Layout([line for line, _ in header], headings)
    if layout.header == [first]:
        layout.header = []
    _describe_headings(layout, filled[:top])
    skipped = rows_of_no_patient(rows, header, body, usual, numeric)
    if skipped and len(skipped) < len(body):
        layout.skip = [line for line, _ in skipped]
        _describe_skipped(layout, skipped, body)
    kept = [row for row in body if row[0] not in set(layout.skip)]
    _name_columns(layout, kept)
    return layout


def _describe_headings(layout: Layout, above: Sequence[Row]) -> None:
    if not layout.header:
        return
    doubt = f"headings taken from line {' and '.join(map(str, layout.header))}"
    titles = [cell.strip() for _, cells in above for cell in cells if cell.strip()]
    if titles:
        doubt += f"; above them: {', '.join(_unnamed(titles[:3]))}"
    layout.doubts.append(doubt)


def _is_second_heading(first: Sequence[str], body: Sequence[Row], numeric: set[int]) -> bool:
    """Check whether the row under the headings belongs to them: names, or units."""
    cells = {i: cell.strip() for i, cell in enumerate(body[0][1]) if cell.strip()}
    for i, text in cells.items():  # a row of data has texts that come again, and limits
        if text[0] in "<>≤≥" or any(cell_of(row, i) == text for row in body[1:]):
            return False
    texts = {i: text for i, text in cells.items() if simplify(text) not in lexicon().missing}
    if any(is_number(text) for text in cells.values()) or not texts:
        return False
    over = [i for i in texts if i in numeric]
    gaps = any(not (first[i].strip() if i < len(first) else "") for i in texts)
    return len(over) > len(numeric) / 2 and (len(over) > 1 or gaps or len(texts) == 1)


def looks_like_data(headings: Sequence[str], body: Sequence[Row]) -> bool:
    """Check whether the row that is taken for the headings looks like those under it.

    Examples
    --------
    >>> looks_like_data(["P1", "41"], [(2, ["P2", "42"]), (3, ["P3", "43"])])
    True
    >>> looks_like_data(["id", "2001"], [(2, ["P2", "42"]), (3, ["P3", "43"])])
    False
    """
    numbers = 0
    for i, heading in enumerate(map(str.strip, headings)):
        texts = [cell_of(row, i) for row in body if cell_of(row, i)]
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


def _is_over(above: Row, row: Row) -> bool:
    """Check whether the row above the headings names groups of columns."""
    held = [i for i, cell in enumerate(above[1]) if cell.strip()]
    return above[0] == row[0] - 1 and len(held) > 1 and any(i > 0 for i in held[1:])


def _unnamed(texts: Sequence[str]) -> list[str]:
    """Quote texts, but for those that look like the name of somebody."""
    return [
        quote(text) if SUMMARY.fullmatch(simplify(text)) or not is_personal(text) else "(hidden)"
        for text in texts
    ]


def _describe_skipped(layout: Layout, skipped: Sequence[Row], body: Sequence[Row]) -> None:
    """Return which rows are no patients, and read the legend among them."""
    words = [next(cell.strip() for cell in cells if cell.strip()) for _, cells in skipped]
    examples = ", ".join(_unnamed(words[:4])) + ", …" * (len(words) > 4)
    n = len(skipped)
    doubt = f"{n} row{'s' * (n > 1)} taken as no patient ({', '.join(spans(layout.skip)[:6])}): "
    layout.doubts.append(f"{doubt}{examples}")
    for i, heading in enumerate(layout.headings):
        held = {cell_of(row, i) for row in body if row not in skipped}
        pairs = [_LEGEND.fullmatch(cell_of(row, i)) for row in skipped]
        codes: dict[str, Texts] = {
            match[2]: (match[1],) for match in pairs if match and match[1] in held
        }
        if len(codes) > 1:
            layout.choices[heading] = codes
    for _, cells in skipped:
        text = next(cell.strip() for cell in cells if cell.strip())
        name, mark, rest = text.partition(":")
        meant = [
            heading
            for heading in layout.headings
            if name.strip() and f" {simplify(heading)}".endswith(f" {simplify(name)}")
        ]
        heading = meant[0] if len(meant) == 1 else ""
        pairs = [_LEGEND.fullmatch(part) for part in re.split("[,;|]", rest)] if mark else []
        if heading and len(pairs) > 1 and all(pairs):
            layout.choices[heading] = {match[2]: (match[1],) for match in pairs if match}
    if layout.choices:
        layout.doubts.append(f"codes explained under the table: {', '.join(layout.choices)}")


def _name_columns(layout: Layout, body: Sequence[Row]) -> None:
    """Name columns that have no heading of their own."""
    taken = Counter(filter(None, layout.headings))
    seen: Counter[str] = Counter()
    for i, heading in enumerate(layout.headings):
        texts = [cell_of(row, i) for row in body]
        held = [text for text in texts if text]
        seen[heading] += 1
        if i == 0 and _ROW_NUMBER.fullmatch(heading) and _numbers_rows(held):
            _named(layout, i, heading, "the numbers of the rows, as a program wrote", ignored=True)
            continue
        if heading and (taken[heading] < 2 or seen[heading] == 1):
            continue
        if not held:
            continue
        if heading:
            _named(layout, i, f"{heading} ({seen[heading]})", "two columns have this heading")
        elif _numbers_rows(held) and i == 0:
            _named(layout, i, "(row number)", "no heading: the numbers of the rows", ignored=True)
        elif i == 0 and len(set(held)) == len(body):
            _named(layout, i, "Row name", "no heading: names of the rows")
        elif len(held) < 0.2 * len(body) + 1:
            _named(layout, i, f"(column {i + 1})", "no heading: notes at the side", ignored=True)
        else:
            _named(layout, i, f"(column {i + 1})", "no heading: what does it hold?")


def _numbers_rows(held: Sequence[str]) -> bool:
    """Check whether the texts of a column are 1, 2, 3 and so on, or begin with 0."""
    return any(list(held) == [str(n) for n in range(a, len(held) + a)] for a in (0, 1))


def _named(layout: Layout, i: int, name: str, why: str, *, ignored: bool = False) -> None:
    layout.names[str(i + 1)] = layout.headings[i] = name
    layout.ignored += [name] * ignored
    layout.doubts.append(f"column {i + 1}, called {name}{', not read' * ignored}: {why}")
