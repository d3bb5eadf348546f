"""A page that shows each cell of a table beside what was read in it."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import pandas as pd

from paperaudit.table_ledger import TableLedger
from paperaudit.templated import filled, style
from smallstats.page import whole_page

#: Stands in every such page, so that it can be told from a file of somebody else's.
MARK = '<meta name="generator" content="paperaudit ledger">'
#: Doubts of one question that are listed in a terminal.
MOST_LINES = 6


def ledger_page(read: TableLedger, title: str) -> str:
    """Write the page of a ledger that was read from tables.

    Parameters
    ----------
    read
        As `ledger_from_tables` gives it.
    title
        What was read.

    Returns
    -------
    str
        A whole page of HTML without a script, all text escaped: the doubts, and each table with
        what was read under each cell; cells with doubts are outlined.
    """
    body = filled(
        "ledger.html",
        numbers=len(read.ledger),
        questions=[
            (question, part.to_dict("records"))
            for question, part in read.doubts.groupby("question", sort=False)
        ],
        tables=[(grid, _rows(read, number)) for number, grid in enumerate(read.grids)],
    )
    return whole_page(f"Ledger: {title}", body, mark=MARK, style=style("ledger.css"))


def doubt_lines(doubts: pd.DataFrame) -> list[str]:
    """Write doubts for a terminal, those of one question together.

    Examples
    --------
    >>> doubts = pd.DataFrame([("size", "a.csv", "1", "", "Cases", "", "How many?")] * 2,
    ...     columns=["code", "source", "line", "row", "column", "text", "question"])
    >>> doubt_lines(doubts)
    ['How many?', '  a.csv, line 1, Cases', '  a.csv, line 1, Cases']
    """
    lines: list[str] = []
    for question, part in doubts.groupby("question", sort=False):
        lines.append(str(question))
        for d in part.head(MOST_LINES).to_dict("records"):
            parts = (d["source"], f"line {d['line']}" if d["line"] else "", d["row"], d["column"])
            where = ", ".join(text for text in parts if text)
            lines.append(f"  {where}: {d['text']}" if d["text"] else f"  {where}")
        if len(part) > MOST_LINES:
            lines.append(f"  … and {len(part) - MOST_LINES} more")
    return lines


def digest(text: bytes) -> str:
    """Give the SHA-256 of a ledger as it was written, to see later whether it was edited."""
    return hashlib.sha256(text).hexdigest()


def _rows(read: TableLedger, number: int) -> list[list[tuple[str, list[str], bool]]]:
    """Say of each cell of a table its text, what was read in it, and whether that is a doubt."""
    grid = read.grids[number]
    words: dict[tuple[int, int], list[str]] = defaultdict(list)
    for cell in read.cells[read.cells["table"] == number].to_dict("records"):
        words[cell["row"], cell["column"]].append(cell["reading"])
    lines = {str(line): i for i, line in enumerate(grid.lines)}
    here = read.doubts[read.doubts["source"] == grid.source]
    doubtful = {
        (lines.get(d["line"], -1), d["text"].split(" (read as")[0]) for d in here.to_dict("records")
    }
    return [
        [
            (
                "" if (i, j) in grid.repeated else text,
                words[i, j],
                bool(text.strip()) and (i, text.strip()) in doubtful,
            )
            for j, text in enumerate(row)
        ]
        for i, row in enumerate(grid.rows)
    ]
