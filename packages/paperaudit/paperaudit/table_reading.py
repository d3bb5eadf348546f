"""Tables of papers as grids of text: from CSV, Excel, web pages, Word, and pasted text.

Cells that span several rows or columns are expanded. What was not the file's own text is not made
up: a number of a workbook is written as the workbook shows it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paperaudit.pasted_text import split_pasted

TABLES = (".csv", ".tsv", ".txt", ".md", ".xlsx", ".xlsm", ".html", ".htm", ".xhtml", ".docx")
CAPTION = re.compile(
    r"\s*(?:supplementa(?:l|ry)\s+)?(table|tabelle|tabela|tabla|tableau|tablo)\s*"
    r"(S?\d+[A-Za-z]?|[IVX]+\b)?", re.IGNORECASE
)  # fmt: skip
_SUP = str.maketrans("0123456789+-−–abcdefgh", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ᵃᵇᶜᵈᵉᶠᵍʰ")


class TableError(ValueError):
    """A file in which there is no table that can be read: it says why."""


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes
    ----------
    source
        The name of its file, and which of its tables it is.
    rows
        Texts, all rows equally long.
    lines
        The line of the file, or the row of the sheet, that each row is.
    heads
        How many rows the file marks as headings; None if it marks none.
    repeated
        Cells, by row and column, that stand for one that begins above or to the left.
    caption, notes
        What stands above and below it.
    doubtful
        Cells that may not be what was printed, with the code of the doubt: ``changed`` by a
        workbook, or in the wrong ``places``.
    """

    source: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()
    heads: int | None = None
    repeated: frozenset[tuple[int, int]] = frozenset()
    caption: str = ""
    notes: str = ""
    doubtful: tuple[tuple[int, int, str], ...] = ()


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
    TableError
        If it holds no table with numbers, or is of another kind.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such file")
    suffix = file.suffix.casefold()
    if suffix not in TABLES:
        raise TableError(f"{file}: is not a table; allowed: {', '.join(TABLES)}")
    if suffix in (".html", ".htm", ".xhtml"):
        grids = _read_html(file)
    elif suffix == ".docx":
        grids = _read_docx(file)
    elif suffix in (".xlsx", ".xlsm"):
        grids = [_read_sheet(file, sheet)]
    else:
        grids = [_read_text(file, delimited=suffix in (".csv", ".tsv"))]
    found = [_trimmed(grid) for grid in grids]
    found = [g for g in found if len(g.rows) > 1 and len(g.rows[0]) > 1 and _numbers(g) > 1]
    if not found:
        raise TableError(f"{file}: holds no table with numbers in two columns or more")
    return found


def running_text(path: str | Path) -> str:
    """Read the sentences of a text, a page or a Word document, without its tables.

    Returns
    -------
    str
        Empty for other files.
    """
    file = Path(path)
    suffix = file.suffix.casefold()
    if suffix in (".txt", ".md"):
        return decode(file.read_bytes())
    if suffix in (".html", ".htm", ".xhtml"):
        page = _parse_html(file)
        for table in list(page.iter("table", "script", "style")):
            table.drop_tree()
        return str(page.text_content())
    if suffix == ".docx":
        from docx import Document

        return "\n".join(paragraph.text for paragraph in Document(str(file)).paragraphs)
    return ""


def cell_rows(path: str | Path, *, sheet: str = "") -> list[list[str]]:
    """Read the cells of a delimited text or of a sheet, as they are.

    Raises
    ------
    TableError
        If the file is not such.
    """
    file = Path(path)
    if file.suffix.casefold() in (".xlsx", ".xlsm"):
        return [list(row) for row in _read_sheet(file, sheet).rows]
    return delimited_rows(decode(file.read_bytes()))


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
    widths = [len(row) for row in rows if any(row)]
    if not widths:
        return (0.0, 0)
    usual = max(set(widths), key=lambda w: (widths.count(w), w))
    return (0.0, 1) if usual < 2 else (round(widths.count(usual) / len(widths), 1), usual)


def _read_text(file: Path, *, delimited: bool) -> Grid:
    text = decode(file.read_bytes())
    if delimited or "\t" in text:
        return _grid(file.name, delimited_rows(text))
    rows, unsure = split_pasted(text)
    return _grid(file.name, rows, doubtful=tuple((i, 0, "places") for i in unsure))


def _grid(source: str, rows: Sequence[Sequence[str]], **more: Any) -> Grid:
    width = max((len(row) for row in rows), default=0)
    cells = tuple(tuple([*row, *[""] * (width - len(row))]) for row in rows)
    return Grid(source, cells, more.pop("lines", tuple(range(1, len(rows) + 1))), **more)


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
    while keep and spans[keep[-1]] == 1 and not re.search(r"\d", "".join(grid.rows[keep[-1]][1:])):
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


def _expand(source: str, rows: Iterable[Sequence[tuple[str, int, int]]], **more: Any) -> Grid:
    """Lay cells with spans, each a text, rows and columns, on a grid."""
    taken: dict[tuple[int, int], str] = {}
    repeated = set()
    height = width = 0
    for i, row in enumerate(rows):
        j, height = 0, i + 1
        for text, down, across in row:
            while (i, j) in taken:
                j += 1
            for di in range(min(down, 500)):
                for dj in range(min(across, 200)):
                    taken[i + di, j + dj] = text
                    if di or dj:
                        repeated.add((i + di, j + dj))
            j += across
            width = max(width, min(j, 500))
    cells = [[taken.get((i, j), "") for j in range(width)] for i in range(height)]
    return _grid(source, cells, repeated=frozenset(repeated), **more)


# Web pages


def _parse_html(file: Path) -> Any:
    from lxml import html  # type: ignore[import-untyped]

    data = file.read_bytes()
    try:
        text = decode(data).replace("\x00", "")
        parser = html.HTMLParser(encoding="utf-8")
        page: Any = html.document_fromstring(text.encode(), parser=parser)
    except Exception as error:  # lxml's errors have no common base beside ValueError
        raise TableError(f"{file}: is not a page of HTML ({error})") from None
    return page


def _read_html(file: Path) -> list[Grid]:
    page = _parse_html(file)
    # Tables for the layout of a page hold others.
    tables = [t for t in page.iter("table") if t.find(".//table") is None]
    return [_html_grid(t, f"{file.name}, table {i}") for i, t in enumerate(tables, 1)]


def _html_grid(table: Any, source: str) -> Grid:
    rows = list(table.iter("tr"))
    heads = sum(
        row.getparent().tag == "thead" or {cell.tag for cell in row.iterchildren("td", "th")}
        == {"th"} for row in rows
    )  # fmt: skip
    caption = table.find("caption")
    above = _html_text(caption) if caption is not None else ""
    if not above:  # publishers put it into a heading beside the table
        before = table.xpath("preceding::*[self::p or self::h3 or self::h4 or self::div or "
                             "self::figcaption or self::span][normalize-space()]")  # fmt: skip
        near = [" ".join(element.text_content().split()) for element in before[-4:]]
        above = next((text for text in near[::-1] if CAPTION.match(text)), "")[:500]
    return _expand(
        source,
        [
            [
                (_html_text(cell), _span(cell, "rowspan"), _span(cell, "colspan"))
                for cell in row.iterchildren("td", "th")
            ]
            for row in rows
        ],
        heads=heads or None,
        caption=above,
    )


def _span(cell: Any, name: str) -> int:
    found = re.match(r"\s*(\d+)", cell.get(name) or "1")
    return max(1, int(found[1])) if found else 1


def _html_text(element: Any) -> str:
    """Text of a cell: superscripts raised, line breaks as spaces, indents kept."""
    style = element.get("style") or ""
    indent = "  " * bool(re.search(r"(padding-left|text-indent)\s*:\s*[1-9]", style))
    text = "".join(_pieces(element))
    lead = re.match(r"[\s\u00a0\u2002\u2003]*", text)
    assert lead is not None
    spaces = re.sub(r"[\n\r\t ]+", "", lead[0])
    inner = re.sub(r"[ \t\r\n]+", " ", text[lead.end() :]).strip()
    return indent + " " * len(spaces) + inner


def _pieces(element: Any, raised: bool = False) -> Iterator[str]:
    if element.tag in ("script", "style"):
        return
    raised = raised or element.tag == "sup"
    if element.text:
        yield element.text.translate(_SUP) if raised else element.text
    for child in element:
        if isinstance(child.tag, str):
            yield " " if child.tag in ("br", "p", "div") else ""
            yield from _pieces(child, raised)
        if child.tail:
            yield child.tail.translate(_SUP) if raised else child.tail


# Word and Excel


def _read_docx(file: Path) -> list[Grid]:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = Document(str(file))
    except (PackageNotFoundError, KeyError, ValueError):
        raise TableError(f"{file}: is not a Word document (.docx)") from None
    grids: list[Grid] = []
    before: list[str] = []
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            caption = next((text for text in before[::-1] if CAPTION.match(text)), "")
            grids.append(_docx_grid(part, f"{file.name}, table {len(grids) + 1}", caption))
            before = []
        elif part.text.strip():
            before.append(part.text.strip())
    return grids


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
    return _grid(source, rows, repeated=frozenset(repeated), caption=caption)


def _docx_text(cell: Any) -> str:
    paragraphs = []
    for paragraph in cell.paragraphs:
        runs = [
            run.text.translate(_SUP) if run.font.superscript else run.text for run in paragraph.runs
        ]
        indent = paragraph.paragraph_format.left_indent
        paragraphs.append("  " * bool(indent) + ("".join(runs) or paragraph.text))
    return " ".join(paragraphs).rstrip()


def _read_sheet(file: Path, name: str) -> Grid:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise TableError(f"{file}: is not an Excel workbook") from None
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    wanted = [s for s in book.worksheets if s.title == name] if name else visible
    sheet = next((s for s in wanted if s.max_row > 1 or s.max_column > 1), None)
    if sheet is None:
        names = ", ".join(s.title for s in book.worksheets)
        raise TableError(f"{file}: no sheet {name or 'with a table'!r}; its sheets: {names}")
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
    return _grid(source, rows, repeated=frozenset(repeated), doubtful=tuple(doubtful))


def _excel_text(cell: Any) -> tuple[str, str]:
    """Text of a cell as the workbook shows it, and the code of a doubt."""
    import datetime

    value, shown = cell.value, str(cell.number_format)
    if value is None:
        return "", ""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat(), "changed"  # it may have been a range such as 5-14
    if isinstance(value, bool) or not isinstance(value, int | float):
        return " " * int(cell.alignment.indent or 0) + str(value), ""
    places = re.search(r"0\.(0+)", shown)
    if "%" in shown:
        return f"{value * 100:.{len(places[1]) if places else 0}f}%", ""
    if places:
        return f"{value:.{len(places[1])}f}", ""
    text = f"{value:.10g}"
    return text, ""
