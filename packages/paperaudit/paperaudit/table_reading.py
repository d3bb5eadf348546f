"""Tables of papers as grids of text: from CSV, Excel, web pages, Word, and pasted text.

Cells that span several rows or columns are expanded. What was not the file's own text is not made
up: a number of a workbook is written as the workbook shows it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from paperaudit.grid import CAPTION, Grid, NoTableError, make_grid
from paperaudit.html_tables import parse_html, read_html
from paperaudit.office_tables import docx_text, read_docx, read_sheet
from paperaudit.pasted_text import misplaced, split_pasted, staggered
from paperaudit.text_files import decode, delimited_rows
from paperaudit.tidy_tables import tidy_grids

TABLES = (".csv", ".tsv", ".txt", ".md", ".xlsx", ".xlsm", ".html", ".htm", ".xhtml", ".docx")


def read_tables(path: str | Path, *, sheet: str = "") -> list[Grid]:
    """Read the tables of a file.

    Parameters
    ----------
    path : path
        CSV, TSV or text (also pasted from a PDF or a web page, in UTF-8, UTF-16 or cp1252), an
        Excel workbook, a saved web page, or a Word document.
    sheet : str
        Of a workbook; by default its first visible sheet with a table.

    Returns
    -------
    list of Grid
        In the order of the file; those of a page or document that hold numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    NoTableError
        If it holds no table with numbers, or is of another kind.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such file")
    suffix = file.suffix.casefold()
    if suffix not in TABLES:
        raise NoTableError(f"{file}: is not a table; allowed: {', '.join(TABLES)}")
    if suffix in (".html", ".htm", ".xhtml"):
        grids = read_html(file)
    elif suffix == ".docx":
        grids = read_docx(file)
    elif suffix in (".xlsx", ".xlsm"):
        grids = [read_sheet(file, sheet)]
    else:
        grids = _read_text(file, delimited=suffix in (".csv", ".tsv"))
    tables = [_trimmed(grid) for grid in grids]
    tables = [g for g in tables if len(g.rows) > 1 and len(g.rows[0]) > 1 and _numbers(g) > 1]
    if not tables:
        raise NoTableError(f"{file}: holds no table with numbers in two columns or more")
    return tables


def running_text(path: str | Path) -> str:
    """Read the sentences of a text, a page or a Word document, without its tables.

    Returns
    -------
    str
        Empty for other files.

    Raises
    ------
    NoTableError
        If the file is not what its name says.
    """
    file = Path(path)
    suffix = file.suffix.casefold()
    if suffix in (".txt", ".md"):
        return decode(file.read_bytes())
    if suffix in (".html", ".htm", ".xhtml"):
        page = parse_html(file)
        for table in list(page.iter("table", "script", "style")):
            table.drop_tree()
        return str(page.text_content())
    if suffix == ".docx":
        return docx_text(file)
    return ""


def cell_rows(path: str | Path) -> list[list[str]]:
    """Read the cells of a delimited text or of a sheet, as they are.

    Raises
    ------
    NoTableError
        If the file is not such.
    """
    file = Path(path)
    if file.suffix.casefold() in (".xlsx", ".xlsm"):
        return [list(row) for row in read_sheet(file, "").rows]
    return delimited_rows(decode(file.read_bytes()))


def _read_text(file: Path, *, delimited: bool) -> list[Grid]:
    text = decode(file.read_bytes())
    if delimited or "\t" in text:
        lines = delimited_rows(text)
        if tidy := tidy_grids(file.name, lines):
            return tidy
        rows = staggered(lines)
        unsure = misplaced(rows)
    else:
        rows, unsure = split_pasted(text)
    return [make_grid(file.name, rows, doubtful=tuple((i, 0, "places") for i in unsure))]


def _numbers(grid: Grid) -> int:
    return sum(bool(re.search(r"\d", cell)) for row in grid.rows for cell in row[1:])


def _trimmed(grid: Grid) -> Grid:
    """Take empty rows and columns away, and what stands above and below the table."""
    texts = [[cell for cell in row if cell.strip()] for row in grid.rows]
    spans = [len({cell.strip() for cell in row}) for row in texts]
    keep = [i for i, row in enumerate(texts) if row]
    above: list[str] = []
    while keep and spans[keep[0]] == 1 and (grid.heads is None or CAPTION.match(texts[keep[0]][0])):
        above.append(texts[keep.pop(0)][0].strip())
    below: list[str] = []
    while keep and spans[keep[-1]] == 1 and grid.rows[keep[-1]][0].strip():
        below.append(texts[keep.pop()][0].strip())
    columns = [
        j
        for j in range(len(grid.rows[0]) if grid.rows else 0)
        if any(grid.rows[i][j].strip() for i in keep)
    ]
    new_row, new_column = ({old: new for new, old in enumerate(x)} for x in (keep, columns))
    moved = {
        (new_row[i], new_column[j]) for i, j in grid.repeated if i in new_row and j in new_column
    }
    doubtful = [
        (new_row[i], new_column[j], why)
        for i, j, why in grid.doubtful
        if i in new_row and j in new_column
    ]
    return replace(
        grid,
        rows=tuple(tuple(grid.rows[i][j] for j in columns) for i in keep),
        lines=tuple(grid.lines[i] for i in keep),
        heads=None if grid.heads is None else sum(i < grid.heads for i in keep) or None,
        repeated=frozenset(moved),
        caption=" ".join([grid.caption, *above]).strip(),
        notes=" ".join([*below[::-1], grid.notes]).strip(),
        doubtful=tuple(doubtful),
    )
