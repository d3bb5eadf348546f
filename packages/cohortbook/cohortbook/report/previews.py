"""What a link shows before it is followed: a term's meaning, a source, a table or a figure.

Only what some page links to is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, join, normpath
from textwrap import shorten

from docutils import nodes

LONGEST = 500  # letters
ROWS = 5
TABLE = re.compile(
    r'<div class="jdm-table"[^>]*? id="([^"]+)"[^>]*>.*?(<table.*?</table>)', re.DOTALL
)
LEFT_OUT = re.compile(r'<style.*?</style>| id="[^"]*"|</?a\b[^>]*>', re.DOTALL)


def targets_of(tree: nodes.document) -> dict[str, dict[str, str]]:
    """Return the preview of each anchor of a page: a text, an image, or a table."""
    targets: dict[str, dict[str, str]] = {}
    for item in tree.findall(nodes.definition_list_item):
        meaning = " ".join(part.astext() for part in item.findall(nodes.definition))
        for term in item.findall(nodes.term):
            targets |= {name: {"text": _short(meaning)} for name in term["ids"]}
    for citation in tree.findall(nodes.citation):
        text = " ".join(p.astext() for p in citation.findall(nodes.paragraph))
        targets |= {name: {"text": _short(text)} for name in citation["ids"]}
    for figure in tree.findall(nodes.figure):
        caption = " ".join(part.astext() for part in figure.findall(nodes.caption))
        for image in figure.findall(nodes.image):
            preview = {"text": _short(caption), "image": f"_images/{basename(image['uri'])}"}
            targets |= {name: preview for name in figure["ids"]}
    for raw in tree.findall(nodes.raw):
        for name, table in TABLE.findall(raw.astext()):
            targets[name] = {"table": _first_rows(table)}
    return targets


def _short(text: str) -> str:
    return shorten(text, LONGEST, placeholder=" …")


def _first_rows(table: str) -> str:
    head, mark, body = LEFT_OUT.sub("", table).partition("<tbody>")
    rows = body.split("</tr>")
    if len(rows) <= ROWS + 1:
        return head + mark + body
    return f"{head}{mark}{'</tr>'.join(rows[:ROWS])}</tr></tbody></table><p>…</p>"


def links_of(tree: nodes.document, page: str) -> Iterator[str]:
    """Yield where a page's links to anchors of the book lead, as ``page#anchor``."""
    for link in tree.findall(nodes.reference):
        if name := link.get("refid"):
            yield f"{page}#{name}"
        elif link.get("internal") and "#" in link.get("refuri", ""):
            path, _, anchor = link["refuri"].partition("#")
            there = normpath(join(dirname(page), path)).removesuffix(".html") if path else page
            yield f"{there}#{anchor}"


def preview_script(previews: Mapping[str, Mapping[str, str]]) -> str:
    """Write the previews of a book as a script.

    Examples
    --------
    >>> preview_script({"glossary#term-p": {"text": "A probability."}})
    'const BOOK_PREVIEWS = {"glossary#term-p":{"text":"A probability."}};'
    """
    text = json.dumps(previews, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"const BOOK_PREVIEWS = {text};"
