"""A page that shows each cell of a table beside what was read in it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from html import escape
from pathlib import Path

import pandas as pd

from paperaudit.table_ledger import TableLedger
from smallstats.page import whole_page

#: Stands in every such page, so that it can be told from a file of somebody else's.
MARK = '<meta name="generator" content="paperaudit ledger">'
_STYLE = Path(__file__).with_name("templates") / "ledger.css"


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
    n, doubts = len(read.ledger), len(read.doubts)
    body = [
        f"<p>{n} printed numbers were read (tables: {len(read.grids)}). "
        "Under each cell stands what was read in it: hold it against the paper. A cell without "
        "such a line gave nothing to the ledger.</p>",
        "<h2>To be settled</h2>",
        _doubts(read.doubts)
        if doubts
        else "<p>Nothing: headings, labels and arithmetic settle what every number is.</p>",
        "<h2>What was read</h2>",
        *(_table(read, number) for number in range(len(read.grids))),
    ]
    style = _STYLE.read_text(encoding="utf-8")
    return whole_page(f"Ledger: {title}", "\n".join(body), mark=MARK, style=style)


def doubt_lines(doubts: pd.DataFrame, most: int = 6) -> list[str]:
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
        for d in part.head(most).to_dict("records"):
            parts = (d["source"], f"line {d['line']}" if d["line"] else "", d["row"], d["column"])
            where = ", ".join(text for text in parts if text)
            lines.append(f"  {where}: {d['text']}" if d["text"] else f"  {where}")
        if len(part) > most:
            lines.append(f"  … and {len(part) - most} more")
    return lines


def digest(text: bytes) -> str:
    """Give the SHA-256 of a ledger as it was written, to see later whether it was edited."""
    return hashlib.sha256(text).hexdigest()


def _doubts(doubts: pd.DataFrame) -> str:
    items = []
    for question, part in doubts.groupby("question", sort=False):
        places = "".join(
            f"<li>{escape(', '.join(t for t in (d['row'], d['column']) if t))}: "
            f"{escape(d['text'])} <small>({escape(d['source'])}, line {d['line']})</small></li>"
            for d in part.to_dict("records")
        )
        items.append(f"<li>{escape(str(question))}<ul>{places}</ul></li>")
    return f"<ol>{''.join(items)}</ol>"


def _table(read: TableLedger, number: int) -> str:
    grid = read.grids[number]
    words: dict[tuple[int, int], list[str]] = defaultdict(list)
    for cell in read.cells[read.cells["table"] == number].to_dict("records"):
        words[cell["row"], cell["column"]].append(cell["reading"])
    lines = {str(line): i for i, line in enumerate(grid.lines)}
    here = read.doubts[read.doubts["source"] == grid.source]
    doubtful = {
        (lines.get(d["line"], -1), d["text"].split(" (read as")[0]) for d in here.to_dict("records")
    }
    rows = []
    for i, row in enumerate(grid.rows):
        cells = []
        for j, text in enumerate(row):
            shown = "" if (i, j) in grid.repeated else escape(text)
            read_as = "".join(f"<small>{escape(word)}</small>" for word in words[i, j])
            marked = bool(text.strip()) and (i, text.strip()) in doubtful
            tag = "th" if i == 0 else "td"
            cells.append(f"<{tag}{' class=doubt' * marked}>{shown}{read_as}</{tag}>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    caption = escape(" – ".join(text for text in (grid.source, grid.caption) if text))
    notes = f"<p>{escape(grid.notes)}</p>" if grid.notes else ""
    return (
        f'<div class="wide" tabindex="0"><table><caption>{caption}</caption>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{notes}"
    )
