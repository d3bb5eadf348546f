"""Text in the encodings and delimiters that spreadsheets write."""

from __future__ import annotations

import csv
import io
import re


def decode(data: bytes) -> str:
    """Decode a text file: UTF-8, UTF-16 with its mark, else cp1252.

    Examples
    --------
    >>> decode("±".encode("cp1252")), decode("±".encode("utf-16"))
    ('±', '±')
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def delimited_rows(text: str) -> list[list[str]]:
    r"""Part delimited text at what parts most of its lines alike: comma, semicolon or tab.

    Examples
    --------
    >>> delimited_rows("a;b\n1,5;2\n")
    [['a', 'b'], ['1,5', '2']]
    """
    marked = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    text = text[marked.end() :] if marked else text
    best: list[list[str]] = []
    for delimiter in marked[1] if marked else ",;\t|":
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if _likeness(rows) > _likeness(best):
            best = rows
    return best or [[line] for line in text.splitlines()]


def _likeness(rows: list[list[str]]) -> tuple[float, int]:
    """Say how many lines have the usual number of cells, and how many have several at all."""
    widths = [len(row) for row in rows if any(row)]
    if not widths:
        return (0.0, 0)
    usual = max(set(widths), key=lambda w: (widths.count(w), w))
    if usual < 2:
        return (0.0, 1)
    alike, parted = widths.count(usual), sum(width > 1 for width in widths)
    return (round((alike + parted) / len(widths), 1), usual)
