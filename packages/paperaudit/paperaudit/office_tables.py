"""The tables of Word documents and Excel workbooks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from paperaudit.grid import CAPTION, RAISED, Grid, NoTableError, make_grid
from paperaudit.table_notes import is_note


def read_docx(file: Path) -> list[Grid]:
    """Read the tables of a Word document, each with the caption above it.

    Raises
    ------
    NoTableError
        If it is no such document.
    """
    from docx.table import Table

    document = _document(file)
    grids: list[Grid] = []
    before: list[str] = []
    below = False  # up to an empty paragraph or the next caption
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            caption = next((text for text in before[::-1] if CAPTION.match(text)), "")
            grids.append(_docx_grid(part, f"{file.name}, table {len(grids) + 1}", caption))
            before, below = [], True
            continue
        text = _runs(part).strip()
        below = below and bool(text) and not CAPTION.match(text)
        if below and is_note(text):
            grids[-1] = replace(grids[-1], notes=f"{grids[-1].notes} {text}".strip())
        elif text:
            before.append(text)
    return grids


def docx_text(file: Path) -> str:
    """Read the paragraphs of a Word document outside its tables.

    Raises
    ------
    NoTableError
        If it is no such document.
    """
    return "\n".join(paragraph.text for paragraph in _document(file).paragraphs)


def _document(file: Path) -> Any:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return Document(str(file))
    except (PackageNotFoundError, KeyError, ValueError):
        raise NoTableError(f"{file}: is not a Word document (.docx)") from None


def _docx_grid(table: Any, source: str, caption: str) -> Grid:
    rows, repeated = [], set()
    origin: dict[Any, tuple[int, int]] = {}
    for i, row in enumerate(table.rows):
        texts = []
        for j, cell in enumerate(row.cells):
            if origin.setdefault(cell._tc, (i, j)) != (i, j):
                repeated.add((i, j))
            texts.append(_docx_text(cell))
        rows.append(texts)
    heads = len(table._tbl.xpath("./w:tr[w:trPr/w:tblHeader]")) or None
    return make_grid(source, rows, heads=heads, repeated=frozenset(repeated), caption=caption)


def _docx_text(cell: Any) -> str:
    paragraphs = []
    for paragraph in cell.paragraphs:
        indent = paragraph.paragraph_format.left_indent
        paragraphs.append("  " * bool(indent) + _runs(paragraph))
    return " ".join(paragraphs).rstrip()


def _runs(paragraph: Any) -> str:
    """Text of a paragraph, of its fields and links too, superscripts as signs."""
    from docx.oxml.ns import qn
    from docx.text.run import Run

    runs = [Run(run, paragraph) for run in paragraph._p.iter(qn("w:r"))]
    return "".join(run.text.translate(RAISED) if run.font.superscript else run.text for run in runs)


def read_sheet(file: Path, name: str) -> Grid:
    """Read a sheet of a workbook by its name, or the first visible one with a table.

    Raises
    ------
    NoTableError
        If it is no workbook, or has no such sheet: naming those it has.
    """
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise NoTableError(f"{file}: is not an Excel workbook") from None
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    wanted = [s for s in book.worksheets if s.title == name] if name else visible
    sheet = next((s for s in wanted if s.max_row > 1 or s.max_column > 1), None)
    if sheet is None:
        names = ", ".join(s.title for s in book.worksheets)
        raise NoTableError(f"{file}: no sheet {name or 'with a table'!r}; its sheets: {names}")
    spans = {(r.min_row, r.min_col): r for r in sheet.merged_cells.ranges}
    merged = {cell: corner for corner, r in spans.items() for cell in r.cells}
    rows, doubtful, repeated = [], [], set()
    for i, row in enumerate(sheet.iter_rows()):
        texts = []
        for j, cell in enumerate(row):
            corner = merged.get((cell.row, cell.column), (cell.row, cell.column))
            if corner != (cell.row, cell.column):
                repeated.add((i, j))
            text, why = _excel_text(sheet.cell(*corner))
            texts.append(text)
            doubtful += [(i, j, why)] if why else []
        rows.append(texts)
    source = file.name if len(visible) == 1 else f"{file.name}, sheet {sheet.title}"
    return make_grid(source, rows, repeated=frozenset(repeated), doubtful=tuple(doubtful))


def _excel_text(cell: Any) -> tuple[str, str]:
    """Text of a cell as the workbook shows it, and the code of a doubt."""
    import datetime

    value, number_format = cell.value, str(cell.number_format)
    if value is None:
        return "", ""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat(), "changed"  # it may have been a range such as 5-14
    if isinstance(value, bool) or not isinstance(value, int | float):
        return " " * int(cell.alignment.indent or 0) + str(value), ""
    places = re.search(r"0\.(0+)", number_format)
    if "%" in number_format:
        return f"{value * 100:.{len(places[1]) if places else 0}f}%", ""
    if places:
        return f"{value:.{len(places[1])}f}", ""
    text = f"{value:.10g}"
    return text, ""
