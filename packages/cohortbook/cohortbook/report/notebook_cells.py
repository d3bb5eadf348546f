"""What a page of the book makes of the cells of a notebook: alt texts, folds, numbers of tables."""

from __future__ import annotations

import re
from typing import Any

from smallstats.table import KEY

TABLE = re.compile(r'(<div class="jdm-table")( id="[^"]*")?(.*?<caption[^>]*>)', re.DOTALL)
NUMBERED = re.compile(
    r'<div class="jdm-table" id="([^"]+)".*?<span class="jdm-number">(Table [\d.]+)\.', re.DOTALL
)
OWN_STYLE = re.compile(r"(?:<style>\.jdm-table.*?</style>)+", re.DOTALL)
SPACE = "\N{NO-BREAK SPACE}"
SENTENCES = re.compile(r"<(p|li|dd)\b(?! class=\"admonition).*?</\1>", re.DOTALL)
#: A statistic with its number, which may be glued; an interval in brackets.
TOGETHER = re.compile(r"\b[pnN] (?:=|&lt;|&gt;) (?=[\d<.])|(?<=\()[−\d.,%]+ to [−\d.,%∞]+(?=[);,])")
HEADING = re.compile(r"^(?=## )", re.MULTILINE)
GLUED = "application/papermill.record/text/plain"  # a number for the prose


def add_alt_texts(cells: list[dict[str, Any]]) -> None:
    """Add the finding of each figure as its alternative text, else its plain-text form."""
    for cell in cells:
        findings = [
            output.get("metadata", {}).get(KEY, {}).get("finding")
            or "".join(output["data"]["text/plain"])
            for output in cell.get("outputs", [])
            if "image/svg+xml" in output.get("data", {})
        ]
        if findings:
            settings = cell["metadata"].setdefault("mystnb", {})
            settings.setdefault("image", {}).setdefault("alt", " ".join(findings))


def leave_out_unasked(cells: list[dict[str, Any]]) -> None:
    """Leave out each section of which nothing was asked: its cells tagged ``if-any`` show nothing.

    The notebook itself keeps it, and so do the words that end a chapter.
    """
    sections: list[list[dict[str, Any]]] = [[]]
    for cell in cells:
        text = "".join(cell["source"])
        parts = HEADING.split(text) if cell["cell_type"] == "markdown" else [text]
        for number, part in enumerate(parts):
            sections += [[]] * bool(number)  # each part after the first begins with its heading
            name = cell.get("id", "") + f"-{number}" * bool(number)
            sections[-1] = [*sections[-1], cell | {"id": name, "source": part}]
    kept: list[dict[str, Any]] = []
    for section in sections:
        asked = [cell for cell in section if "if-any" in cell["metadata"].get("tags", [])]
        if not asked or any(map(_shows, asked)):
            kept += section
        elif section is sections[-1] and section[-1]["cell_type"] == "markdown":
            kept += section[1:][-1:]
    cells[:] = [cell for cell in kept if cell["source"] or cell["cell_type"] == "code"]


def _shows(cell: dict[str, Any]) -> bool:
    return any(
        output["output_type"] == "stream" or {*output.get("data", {})} - {GLUED}
        for output in cell.get("outputs", [])
    )


def fold_code(cells: list[dict[str, Any]]) -> None:
    """Fold the code of every cell; a cell that shows nothing else is one of the class code-only.

    The notebook itself, which a reader can download, keeps its code as it is.
    """
    for cell in cells:
        if cell["cell_type"] == "code":
            tags = ["hide-input", *([] if _shows(cell) else ["code-only"])]
            cell["metadata"]["tags"] = [*dict.fromkeys([*cell["metadata"].get("tags", []), *tags])]


def number_tables(cells: list[dict[str, Any]], stem: str) -> None:
    """Write Table 5.1, Table 5.2 before the titles of a chapter, which its file numbers.

    The style that each table carries is one file of the book.
    """
    chapter = re.match(r"0*(\d+)_", stem)
    count = 0

    def number(table: re.Match[str]) -> str:
        nonlocal count
        count += 1
        anchor = table[2] or f' id="table-{chapter and chapter[1]}-{count}"'
        name = f'<span class="jdm-number">Table {chapter and chapter[1]}.{count}.</span> '
        return f"{table[1]}{anchor}{table[3]}{name}"

    for cell in cells:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if "jdm-table" in html:
                html = OWN_STYLE.sub("", html)
                output["data"]["text/html"] = TABLE.sub(number, html) if chapter else html


def keep_together(html: str) -> str:
    """Let no line of a page's sentences end within "p = 0.03" or "(1.59 to 152.23)".

    Examples
    --------
    >>> text = keep_together("<p>(1.4 to 31.1; p &lt; 0.001), 7 to 9</p>")
    >>> text.replace("\N{NO-BREAK SPACE}", "~")
    '<p>(1.4~to~31.1; p~&lt;~0.001), 7 to 9</p>'
    """
    return SENTENCES.sub(
        lambda text: TOGETHER.sub(lambda part: part[0].replace(" ", SPACE), text[0]), html
    )


def table_numbers(cells: list[dict[str, Any]]) -> dict[str, str]:
    """Return the number of each table that has a name."""
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    html = "".join("".join(data.get("text/html", "")) for data in outputs)
    return dict(NUMBERED.findall(html))
