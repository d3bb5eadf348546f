"""A table as rows of texts, whatever file it comes from, and how a cell is written as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cohortbook.cohort.spec import Texts

Rows = Iterator[tuple[int, Sequence[str]]]
"""Rows of texts, each with its line in the file."""


@dataclass
class Raw:
    """All rows of a table of texts, the headings among them, and what the file says of them.

    `labels` gives the label of a heading, `choices` its value labels in the order of their codes,
    `units` its unit, `sheets` the other sheets of a workbook that hold anything, and `remarks` what
    a reader of the file would see and its texts do not tell. `epoch` is 1904 where serial days
    count from that year; `merged` says of a heading how many cells are blank because cells are
    merged downwards.
    """

    rows: Rows
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Texts] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    sheets: Texts = ()
    remarks: Texts = ()
    epoch: int = 1900
    merged: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Grid:
    """A table of texts: its headings, its rows with their lines, and the file it comes from."""

    headings: list[str]
    rows: Rows
    raw: Raw


MINUS = "\N{MINUS SIGN}"
"""A minus as typesetters write it; it is read as the one on a keyboard."""

EXACT = 2**53
"""Whole numbers up to here are exact in a file that holds floating-point numbers."""


def as_text(value: Any) -> str:
    """Write what a cell holds.

    Examples
    --------
    >>> [as_text(value) for value in (None, 12.0, 0.1 + 0.2, datetime(1998, 5, 31), True)]
    ['', '12', '0.3', '1998-05-31', 'true']
    >>> as_text(4000123412341234.0)
    '4000123412341234'
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            if value.is_integer() and abs(value) < EXACT:
                return str(int(value))
            return "" if value != value else f"{value:.15g}"
        case datetime():
            if value != value:
                return ""
            whole = not (value.hour or value.minute or value.second)
            return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
    return str(value).replace(MINUS, "-")
