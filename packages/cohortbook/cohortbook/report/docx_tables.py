"""Tables as a Word document that can be pasted into a manuscript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from smallstats.spreadsheet import UNPRINTABLE
from smallstats.table import Table
from smallstats.table_html import LEVEL, is_numeric, spans, unbroken, unbroken_heading

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
WIDE, NARROW, MARGIN = 29.7, 21.0, 2.0  # cm: A4 and its margins
CHARACTER, PADDING = 0.19, 0.5  # cm of a letter of 9 points, and of a cell's two sides
INDENT = 0.4  # cm: a level below its variable
BOLD = 1.15  # a letter of a heading, in letters
LONGEST = 7.0  # cm: a column of sentences breaks its lines
WHOLE = 30  # lines: a longer table breaks between its rows


def tables_docx(tables: Iterable[Table], title: str = "") -> bytes:
    """Write tables as a Word document, under a title if there is one; always the same bytes.

    Each table has three rules, a caption that Word numbers, a heading that is repeated on every
    page, rows that do not break, columns as wide as their content, and numbers aligned at the
    decimal point. A table that is too wide for A4 stands on a page of its own turned to landscape.

    Parameters
    ----------
    tables
        In their order in the document.
    title
        Of the document.

    Returns
    -------
    bytes
        The contents of a .docx file.

    Examples
    --------
    >>> import pandas as pd
    >>> content = tables_docx([Table(pd.DataFrame({"Drug": ["none"], "n": ["12"]}), "Drugs")])
    >>> content[:2]
    b'PK'
    """
    from docx import Document
    from docx.shared import Pt

    document = Document()
    document.core_properties.title = UNPRINTABLE.sub(" ", title)[:255]
    document.core_properties.author = ""
    for name, size in (("Normal", 9), ("Caption", 9)):
        document.styles[name].font.size = Pt(size)
        document.styles[name].font.name = "Arial"
        document.styles[name].paragraph_format.space_before = Pt(1)
        document.styles[name].paragraph_format.space_after = Pt(2)
    document.styles["Caption"].font.color.rgb = None
    if title:
        _write(document.add_heading(level=1), title)
    turned = _turn(document.sections[0], wide=False)
    for i, table in enumerate(tables):
        widths = _widths(table)
        wide = sum(widths) > NARROW - 2 * MARGIN
        if wide != turned:
            turned = _turn(document.add_section() if i else document.sections[0], wide=wide)
        room = (WIDE if wide else NARROW) - 2 * MARGIN
        _add_table(document, table, _fit(widths, _word_widths(table), room))
    return _undated(document)


def _turn(section: Any, *, wide: bool) -> bool:
    """Set a section to A4, upright or turned."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (
        (Cm(WIDE), Cm(NARROW)) if wide else (Cm(NARROW), Cm(WIDE))
    )
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(MARGIN))
    return wide


def _widths(table: Table) -> list[float]:
    """Estimate how wide each column has to be, in cm."""
    widths = []
    for width, (_, column) in zip(_word_widths(table), table.frame.items(), strict=True):
        if is_numeric([str(text) for text in column]):
            before = [_before_point(text) for text in column]
            after = [len(text) - n for text, n in zip(column, before, strict=True)]
            letters = max(before, default=0) + max(after, default=0)
        else:
            letters = max(map(len, column), default=0)
        widths.append(max(width, min(PADDING + CHARACTER * letters, LONGEST)))
    return widths


def _word_widths(table: Table) -> list[float]:
    """Estimate how wide the longest word of each column is, in cm."""
    widths = []
    for heading, column in table.frame.items():
        own = unbroken_heading(str(heading).rpartition(", ")[2])
        letters = max(BOLD * len(word) for word in own.split(" "))
        letters = max([letters, *(len(word) for text in column for word in text.split())])
        widths.append(min(PADDING + CHARACTER * letters, LONGEST))
    return widths


def _before_point(text: str) -> int:
    """Count what stands before the point of a number, or before what follows a whole number."""
    return len(re.split(r"[.,]\d|[ (]", text, maxsplit=1)[0])


def _fit(widths: Sequence[float], words: Sequence[float], room: float) -> list[float]:
    """Narrow the widest columns until all of them fit, if possible not below a word."""
    most = max(widths)
    least = words if sum(words) <= room else [0.0] * len(words)
    while True:
        fitted = [max(min(width, most), word) for width, word in zip(widths, least, strict=True)]
        if sum(fitted) <= room:
            return fitted
        most -= 0.05


def _is_short(rows: Sequence[Sequence[str]], widths: Sequence[float]) -> bool:
    """Check whether a table has room on a page, by the lines that its rows take."""
    lines = (
        max(ceil(CHARACTER * len(text) / width) for text, width in zip(row, widths, strict=True))
        for row in rows
    )
    return sum(lines) <= WHOLE


def _add_table(document: Document, table: Table, widths: Sequence[float]) -> None:
    from docx.shared import Cm

    _add_caption(document, table.caption)
    heads, wanted = _headings(table), _widths(table)
    rows = [*heads, *table.frame.to_numpy().tolist()]
    grid = document.add_table(len(rows), len(widths))
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Cm(width)  # and of each cell: some programs read the one, some the other
    _rule(grid._tbl.tblPr, "w:tblBorders", top=12, bottom=12)
    kept = len(rows) - 1 if _is_short(rows, widths) else len(heads) + 1
    columns = [[str(text) for text in column] for _, column in table.frame.items()]
    for i, (row, line) in enumerate(zip(rows, grid.rows, strict=True)):
        _mark(line._tr.get_or_add_trPr(), "w:cantSplit")
        if i < len(heads):
            _mark(line._tr.get_or_add_trPr(), "w:tblHeader")
        for j, (text, cell) in enumerate(zip(row, line.cells, strict=True)):
            number = i >= len(heads) and j > 0 and is_numeric(columns[j])
            cell.width = Cm(widths[j])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.keep_with_next = i < kept
            if not j and text.startswith(LEVEL):
                paragraph.paragraph_format.left_indent = Cm(INDENT)
            words = unbroken(text.removeprefix(LEVEL), number=number)
            words = words if i >= len(heads) else unbroken_heading(text)
            _write(paragraph, words, bold=i < len(heads))
            if i == len(heads) - 1:
                _rule(cell._tc.get_or_add_tcPr(), "w:tcBorders", bottom=6)
            elif number and widths[j] >= wanted[j]:  # what breaks its line has no one point
                _align_at_point(paragraph, columns[j])
    if len(heads) > 1:
        _join_headings(grid, table)
    for note in table.notes:
        _write(document.add_paragraph(), note)
    document.add_paragraph()


def _headings(table: Table) -> list[list[str]]:
    """Return the rows of headings: with one that stands over others there are two."""
    parts = spans([str(heading) for heading in table.frame.columns])
    lower = [own for _, owns in parts for own in owns]
    if not any(over for over, _ in parts):
        return [lower]
    return [[text for over, owns in parts for text in (over, *[""] * (len(owns) - 1))], lower]


def _join_headings(grid: Any, table: Table) -> None:
    """Let each heading that stands over others do so, with a rule below it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    first, column = grid.rows[0].cells, 0
    for over, owns in spans([str(heading) for heading in table.frame.columns]):
        if over:
            joined = first[column].merge(first[column + len(owns) - 1])
            for empty in joined.paragraphs[1:]:
                empty._p.getparent().remove(empty._p)
            joined.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            _rule(joined._tc.get_or_add_tcPr(), "w:tcBorders", bottom=6)
        column += len(owns)


def _add_caption(document: Document, caption: str) -> None:
    """Begin a caption with a number that Word counts: the field SEQ."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    _write(paragraph, "Table ", bold=True)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), " SEQ Table \\* ARABIC ")
    run = OxmlElement("w:r")
    number = OxmlElement("w:t")
    number.text = str(len(document.tables) + 1)  # until Word counts again
    run.append(number)
    field.append(run)
    paragraph._p.append(field)
    _write(paragraph, f". {caption}")


def _align_at_point(paragraph: Paragraph, column: Sequence[str]) -> None:
    """Align a number at its point: Word needs no tab before it in a cell."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Cm

    before = max(map(_before_point, column))
    place = Cm(0.1 + CHARACTER * before)
    paragraph.paragraph_format.tab_stops.add_tab_stop(place, WD_TAB_ALIGNMENT.DECIMAL)


def _rule(properties: Any, kind: str, **eighths: int) -> None:
    """Draw rules of some eighths of a point at the named sides."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement(kind)
    for side, size in eighths.items():
        border = OxmlElement(f"w:{side}")
        border.set(qn("w:val"), "single")
        border.set(qn("w:sz"), str(size))
        borders.append(border)
    properties.append(borders)


def _mark(properties: Any, kind: str) -> None:
    from docx.oxml import OxmlElement

    properties.append(OxmlElement(kind))


def _write(paragraph: Paragraph, text: str, *, bold: bool = False) -> None:
    """Write text as text; what is written from right to left is set so."""
    from docx.oxml import OxmlElement

    run = paragraph.add_run(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))
    run.bold = bold
    if RTL.search(text):
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))


def _undated(document: Document) -> bytes:
    drawn, undated = BytesIO(), BytesIO()
    document.save(drawn)
    with ZipFile(drawn) as parts, ZipFile(undated, "w", ZIP_DEFLATED) as file:
        for name in parts.namelist():  # a new entry's date is that of 1980, and not of today
            file.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED)
    return undated.getvalue()
