"""Columns of text that was pasted from a PDF or a page, where no mark parts them."""

from __future__ import annotations

import re
from collections import Counter

from paperaudit.cell_forms import parse_cell

_GAP = re.compile(r"\S+(?: \S+)*")
_SIZE = re.compile(r"\(\s*n\s*=\s*[\d,]+\s*\)", re.IGNORECASE)


def split_pasted(text: str) -> list[list[str]]:
    r"""Part pasted lines into columns: at bars, at gaps, or at what looks like a value.

    Parameters
    ----------
    text
        The lines. Those of Markdown are parted at bars. If most lines have gaps of two spaces or
        more, columns are where those of the fullest lines begin. Else a line is a label and,
        behind it, values one space apart.

    Returns
    -------
    list of list of str
        Rows; leading spaces of labels are kept.

    Examples
    --------
    >>> split_pasted("Women  9 (26.5)  16 (32.7)  0.546\nMen    25 (73.5)  33 (67.3)")
    [['Women', '9 (26.5)', '16 (32.7)', '0.546'], ['Men', '25 (73.5)', '33 (67.3)', '']]
    >>> split_pasted("Group Ill (n = 34) Well (n = 49) P\nWomen 9 (26.5) 16 (32.7) 0.546")
    [['Group', 'Ill (n = 34)', 'Well (n = 49)', 'P'], ['Women', '9 (26.5)', '16 (32.7)', '0.546']]
    """
    lines = [line.rstrip().expandtabs(4) for line in text.splitlines() if line.strip()]
    if sum("|" in line for line in lines) > len(lines) / 2:
        bars = [re.split(r"\|", line.strip().strip("|")) for line in lines]
        return [row for row in bars if not all(re.fullmatch(r"[\s:-]*", c) for c in row)]
    gaps = [[(g.start(), g[0]) for g in _GAP.finditer(line)] for line in lines]
    wide = Counter(len(row) for row in gaps if len(row) > 1)
    if sum(wide.values()) > len(lines) / 2:
        return _at_gaps(lines, gaps, max(wide, key=lambda n: (wide[n], n)))
    return _at_values(lines)


def _at_gaps(lines: list[str], gaps: list[list[tuple[int, str]]], width: int) -> list[list[str]]:
    """Give each text of a line to the column of the fullest lines that it lies nearest to."""
    full = [row for row in gaps if len(row) == width]
    middles = [
        sum(start + len(text) / 2 for start, text in column) / len(full)
        for column in zip(*full, strict=True)
    ]
    rows = []
    for line, row in zip(lines, gaps, strict=True):
        cells = [""] * width
        if len(row) == width:
            cells = [text for _, text in row]
        else:
            for place, (start, text) in enumerate(row):
                middle = start + len(text) / 2
                column = min(range(width), key=lambda j: abs(middles[j] - middle))
                column = 0 if place == 0 and not parse_cell(text) else column
                cells[column] = f"{cells[column]} {text}".strip()
        indent = len(line) - len(line.lstrip())
        rows.append([" " * indent + cells[0], *cells[1:]])
    return rows


def _at_values(lines: list[str]) -> list[list[str]]:
    """Read a line from behind: values as long as they can be read, then the label."""
    parts = [(line, *_values(line)) for line in lines]
    counts = Counter(len(values) for _, _, values in parts if values)
    if not counts:
        return [[line] for line in lines]
    width = max(counts)
    rows = []
    for line, label, values in parts:
        heads = _headings(line, width) if not values or _SIZE.search(line) else []
        row = heads or [label, *values]
        rows.append([*row, *[""] * (width + 1 - len(row))])
    return rows


def _values(line: str) -> tuple[str, list[str]]:
    """Take values away from the end of a line, each as long as possible."""
    words = line.split(" ")
    values: list[str] = []
    while len(words) > 1:
        for size in range(min(9, len(words) - 1), 0, -1):
            text = " ".join(words[-size:])
            cell = parse_cell(text)
            if cell and text.strip() and not (cell.form == "pair" and " " in text):
                values.insert(0, text)
                words = words[:-size]
                break
        else:
            break
    return " ".join(words), values


def _headings(line: str, width: int) -> list[str]:
    """Part a line of headings behind each size of a group; words that are left stand alone."""
    ends = [found.end() for found in _SIZE.finditer(line)]
    if not ends:
        return []
    starts = [0, *ends]
    heads = [line[a:b].strip() for a, b in zip(starts, [*ends, len(line)], strict=True)]
    first, _, rest = heads[0].partition(" ")
    heads = [first, rest, *heads[1:]]
    if not heads[-1]:
        heads.pop()
    missing = width + 1 - len(heads)
    tail = heads[-1].split(" ")
    if 0 < missing < len(tail):
        heads[-1:] = [" ".join(tail[: len(tail) - missing]), *tail[len(tail) - missing :]]
    return heads
