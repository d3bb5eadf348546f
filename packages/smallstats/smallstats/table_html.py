"""A table as HTML: numbers under each other, levels below their variable, headings over others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smallstats.table import Table

RESOURCES = Path(__file__).with_name("resources")
#: A first cell that begins with this is a level of the row above it that does not.
LEVEL = "\N{EM SPACE}"
_LONG = 60  # characters: a column of sentences keeps a readable width
_LONG_NUMBER = 45  # characters: no number is longer, even with its limits and its patients
_SPACE = "\N{NO-BREAK SPACE}"
_NUMERIC = re.compile(r"[<>≤≥]?[−]?\d|[∞–]|$")
_FIRST = re.compile(r"(?P<sign>[<>≤≥−]*)(?P<whole>[1-9]\d{0,2}(?:,\d{3})+|\d+|[∞–]|)")
_ALONE = re.compile(_FIRST.pattern + r"(?P<rest>(?:[.,]\d+)?%?)(?P<marks>[*†‡§¶ᵃ-ᵿⁱⁿ]*)")
_INTERVAL = re.compile(r"(?<=[\d%∞]) (to|±) (?=[<>−]?[\d∞])")


def spans(headings: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Put headings that begin alike under one: "Mean, printed" and "Mean, computed" under "Mean".

    Returns
    -------
    list
        The heading over some columns, or an empty one, with the headings of its columns.

    Examples
    --------
    >>> spans(["Drug", "Mean, printed", "Mean, computed", "p"])
    [('', ['Drug']), ('Mean', ['Printed', 'Computed']), ('', ['p'])]
    """
    groups: list[tuple[str, list[str]]] = []
    for i, heading in enumerate(headings):
        over, comma, own = heading.rpartition(", ")
        if not (i and comma) or own.count(")") > own.count("("):
            groups.append(("", [heading]))
        elif groups[-1][0] == over:
            groups[-1][1].append(own)
        else:
            groups.append((over, [own]))
    return [
        (over, [own if len(own) == 1 else own[:1].upper() + own[1:] for own in owns])
        if len(owns) > 1
        else ("", [f"{over}, {owns[0]}" if over else owns[0]])
        for over, owns in groups
    ]


def is_numeric(column: Sequence[str]) -> bool:
    """Check whether each cell of a column is a number, one with limits, or nothing."""
    return all(map(_NUMERIC.match, column)) and max(map(len, column), default=0) <= _LONG_NUMBER


def unbroken(text: str, *, number: bool) -> str:
    r"""Keep an interval on one line; a number breaks only between its parts.

    Examples
    --------
    >>> unbroken("1.40 (0.80 to 3.40), n = 284", number=True).split(" ")
    ['1.40', '(0.80\xa0to\xa03.40),', 'n\xa0=\xa0284']
    """
    if number:
        return re.sub(r"(?<!,) (?!\()", _SPACE, text)
    return _INTERVAL.sub(rf"{_SPACE}\1{_SPACE}", text)


def unbroken_heading(text: str) -> str:
    r"""Keep a bracket on one line.

    Examples
    --------
    >>> unbroken_heading("Treated (n = 23)").split(" ")
    ['Treated', '(n\xa0=\xa023)']
    """
    return re.sub(r"\([^()]{,10}\)", lambda match: match[0].replace(" ", _SPACE), text)


def table_html(table: Table) -> str:
    """Write a table as HTML that has its own style."""
    filterable = bool(table.filterable or table.filters)
    style = _style("table") + (_style("filter") if filterable else "")
    anchor = f' id="{escape(table.name)}"' if table.name else ""
    notes = "".join(f'\n<p dir="auto">{escape(note)}</p>' for note in table.notes)
    badge = f' <span class="jdm-source">{escape(table.badge)}</span>' if table.source else ""
    caption = f'<caption dir="auto">{escape(table.caption)}{badge}</caption>'
    columns = [list(values) for _, values in table.frame.items()]
    looks = [
        _look(values, first=not i) + " hidden" * (heading in table.aside)
        for i, (heading, values) in enumerate(zip(table.frame, columns, strict=True))
    ]
    return (
        f'<div class="jdm-table"{anchor}{" data-filterable" * filterable} role="group" '
        f'aria-label="{escape(table.caption)}" tabindex="0">{style}\n<table>\n{caption}\n'
        f"<thead>{_head(table, looks, flat=filterable)}</thead>\n<tbody>\n"
        f"{_body(table, looks)}\n</tbody>\n</table>{notes}\n</div>"
    )


def _head(table: Table, looks: Sequence[str], *, flat: bool) -> str:
    headings = [str(heading) for heading in table.frame.columns]
    parts = [("", [heading]) for heading in headings] if flat else spans(headings)
    over: list[str] = []
    own: list[str] = []
    two = any(name for name, _ in parts)
    left = iter(zip(looks, headings, strict=True))
    for name, names in parts:
        if name:
            over.append(f'<th scope="colgroup" colspan="{len(names)}">{_heading(name)}</th>')
        for text in names:
            look, heading = next(left)
            look += " data-filter" * (heading in table.filters)
            rows = ' rowspan="2"' * (two and not name)
            (own if name or not two else over).append(
                f'<th scope="col"{rows}{look}>{_heading(text)}</th>'
            )
    return "".join(f"<tr>{''.join(row)}</tr>" for row in ([over, own] if two else [own]))


def _heading(text: str) -> str:
    return escape(unbroken_heading(text)).replace(_SPACE, "&nbsp;")


def _body(table: Table, looks: Sequence[str]) -> str:
    names, *columns = _cells(table)
    rows = zip(*map(_tagged, columns, looks[1:]), strict=True) if columns else [()] * len(names)
    return "\n".join(
        f"<tr>{_row_name(text, cell)}{''.join(cells)}</tr>"
        for (text, cell), cells in zip(names, rows, strict=True)
    )


def _row_name(text: str, cell: str) -> str:
    level = ' class="level"' * text.startswith(LEVEL)
    return f'<th scope="row"{level} dir="auto">{cell.removeprefix(LEVEL)}</th>'


def _cells(table: Table) -> Iterator[list[tuple[str, str]]]:
    """Yield each column's cells as they are and escaped, those that lead somewhere as links."""
    for i, (heading, values) in enumerate(table.frame.items()):
        hrefs = table.links.get(str(heading), [""] * len(values))
        number = bool(i) and is_numeric(list(values))
        yield [
            (value, f'<a href="{escape(href)}">{cell}</a>' if href and cell else cell)
            for value, href in zip(values, hrefs, strict=True)
            for cell in [escape(unbroken(value, number=number))]
        ]


def _tagged(cells: Sequence[tuple[str, str]], look: str) -> list[str]:
    texts = [text for text, _ in cells]
    pads = _pads(texts) if texts and "num" in look else [""] * len(cells)
    attributes = [f' data-pad="{escape(pad)}"' if pad else "" for pad in pads]
    return [f"<td{look}{pad}>{cell}</td>" for pad, (_, cell) in zip(attributes, cells, strict=True)]


def _look(values: Sequence[str], *, first: bool) -> str:
    """Return the attributes of a column's cells: numbers aligned, sentences not squeezed."""
    if not first and is_numeric(values):
        alone = all(map(_ALONE.fullmatch, values))
        return ' class="num"' if alone else ' class="num est"'
    long = max(map(len, values), default=0) > _LONG
    return ' class="long" dir="auto"' if long and not first else ' dir="auto"'


def _pads(values: Sequence[str]) -> list[str]:
    """Return what stands unseen beside each number, so that points are below each other.

    Numbers alone are set to the right, with what they lack of decimals and marks behind them;
    numbers with limits to the left, with what they lack of digits and signs before them.
    """
    alone = [_ALONE.fullmatch(value) for value in values]
    if all(alone):
        behind = [(m["rest"], m["marks"]) for m in alone if m]
        rest, marks = (max(parts, key=len) for parts in zip(*behind, strict=True))
        return [
            (rest[len(r) :] + marks[len(m) :]) if value else ""
            for value, (r, m) in zip(values, behind, strict=True)
        ]
    before = [(m["sign"], m["whole"]) for m in map(_FIRST.match, values) if m]
    sign, whole = (max(parts, key=len) for parts in zip(*before, strict=True))
    return [
        (sign[len(s) :] + whole[: len(whole) - len(w)]) if value else ""
        for value, (s, w) in zip(values, before, strict=True)
    ]


@cache
def _style(name: str) -> str:
    """Return a style for a table to carry, so that it looks the same wherever it is opened."""
    text = (RESOURCES / f"{name}.css").read_text(encoding="utf-8")
    words = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split()
    return f"<style>{' '.join(words)}</style>"
