"""The tables of a saved web page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paperaudit.grid import CAPTION, RAISED, Grid, NoTableError, expand
from paperaudit.table_notes import is_note
from paperaudit.text_files import decode

_INDENTED = re.compile(r"(?:padding-left|margin-left|text-indent)\s*:\s*[1-9.]")
#: Classes of labels below another: "level", "indent-1", "gt_indent_2".
_LEVEL = re.compile(r"(?:^|[\s_-])(?:sub)?(?:level|indent)s?(?![a-z])(?![\s_-]?0)", re.IGNORECASE)


def parse_html(file: Path) -> Any:
    """Parse a page, whatever its encoding.

    Raises
    ------
    NoTableError
        If it is not a page.
    """
    from lxml import html  # type: ignore[import-untyped]

    try:
        text = decode(file.read_bytes()).replace("\x00", "")
        parser = html.HTMLParser(encoding="utf-8")
        page: Any = html.document_fromstring(text.encode(), parser=parser)
    except Exception as error:  # lxml's errors have no common base beside ValueError
        raise NoTableError(f"{file}: is not a page of HTML ({error})") from None
    return page


def read_html(file: Path) -> list[Grid]:
    """Read the tables of a page that hold no other tables."""
    page = parse_html(file)
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
    return expand(
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
        notes=_notes_below(table),
    )


def _notes_below(table: Any) -> str:
    """Read the paragraphs below a table: all in a box of its own, in running text the notes."""
    element = table
    for _ in range(3):
        below = []
        for sibling in element.itersiblings():
            if not isinstance(sibling.tag, str) or sibling.tag in ("script", "style"):
                continue
            text = _html_text(sibling).strip()
            if re.fullmatch(r"h\d|table", sibling.tag) or CAPTION.match(text):
                break
            below += [text] if text and sibling.find(".//table") is None else []
        parent = element.getparent()
        own = parent.tag in ("div", "figure") and len(parent.findall(".//table")) == 1
        if below:
            return " ".join(text for text in below if is_note(text, own=own))
        if not own:
            return ""
        element = parent
    return ""


def _span(cell: Any, name: str) -> int:
    match = re.match(r"\s*(\d+)", cell.get(name) or "1")
    return max(1, int(match[1])) if match else 1


def _html_text(element: Any) -> str:
    """Text of a cell: superscripts raised, line breaks as spaces, indents kept."""
    indent = "  " * bool(
        _INDENTED.search(element.get("style") or "") or _LEVEL.search(element.get("class") or "")
    )
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
        yield element.text.translate(RAISED) if raised else element.text
    for child in element:
        if isinstance(child.tag, str):
            yield " " if child.tag in ("br", "p", "div") else ""
            yield from _pieces(child, raised)
        if child.tail:
            yield child.tail.translate(RAISED) if raised else child.tail
