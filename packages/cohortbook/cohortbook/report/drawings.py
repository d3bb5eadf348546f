"""Figures as a part of their page: its font, colours that follow its theme, text to select.

A notebook keeps each figure as one file that looks the same everywhere, its letters drawn as
curves. A build puts the same drawing into the page, with its letters as text; beside it one that is
as narrow as a telephone, of which a page shows the one that fits, and what they show as a table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from html import escape, unescape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from smallstats.figures import style

#: Hues of a figure, which ``figures.css`` gives for a light and a dark page.
COLOURS = {
    style.INK: "ink",
    style.MUTED: "muted",
    style.RULE: "rule",
    style.BAND: "band",
    style.CARD: "card",
    style.FIRST: "first",
    style.SECOND: "second",
    "#000000": "ink",
    "#cccccc": "rule",
}
FEW = 30  # marks that a keyboard can reach one by one
CARRIED = '<metadata id="beside">'
IMAGE = re.compile(r'<img alt="([^"]*)"[^>]* src="([^":]*\.svg)"[^>]*>')
DRAWN = re.compile(r'<svg\b.*?id="figure_1"', re.DOTALL)
TEXT = re.compile(
    r'<!-- (?P<text>.*?) -->\s*<g(?: style="(?P<style>[^"]*)")? '
    r'transform="translate\((?P<x>[-\d.]+) (?P<y>[-\d.]+)\)(?: rotate\((?P<turn>[-\d.]+)\))? '
    r'scale\((?P<size>[\d.]+) -[\d.]+\)">(?P<glyphs>.*?)</g>',
    re.DOTALL,
)
#: What a drawing inside a page does without: its ground, metadata, rules for the whole page.
LEFT_OUT = re.compile(
    r'\s*<metadata>.*?</metadata>|\s*<style type="text/css">.*?</style>'
    r'|(?<=<g id="figure_1">)\s*<g id="patch_1">.*?</g>|\s*<defs>\s*</defs>',
    re.DOTALL,
)
HUE = re.compile("#[0-9a-f]{6}")
NAMED = re.compile(r' id="([^"]*)"')
REFERRED = re.compile(r'(url\(#|href="#)([^")]+)')


def carry(svg: str, metadata: dict[str, Any]) -> str:
    """Let a drawing carry what a page has beside it: a narrow one, and its numbers.

    Parameters
    ----------
    svg
        The drawing.
    metadata
        What a `BookFigure` tells in the metadata of a notebook's output.
    """
    beside = {name: metadata[name] for name in ("narrow", "numbers") if name in metadata}
    text = escape(json.dumps(beside, ensure_ascii=False), quote=False)
    return f"{svg.rpartition('</svg>')[0]}{CARRIED}{text}</metadata></svg>\n"


def inline_figures(html: str, folder: Path) -> str:
    """Put each figure of a page into it, in place of the image.

    Parameters
    ----------
    html
        The page.
    folder
        Where it stands: the images' addresses are relative to it.
    """
    return IMAGE.sub(partial(_inline, folder, count(1)), html)


def _inline(folder: Path, numbers: Iterator[int], image: re.Match[str]) -> str:
    path = Path(folder, unquote(image[2]))
    svg = path.read_text(encoding="utf-8") if path.exists() else ""
    if not DRAWN.search(svg):
        return image[0]
    svg, _, carried = svg.partition(CARRIED)
    beside = json.loads(unescape(carried.partition("</metadata>")[0])) if carried else {}
    closed = svg if not carried else f"{svg}</svg>"
    return figure_html(closed, image[1], f"figure-{next(numbers)}-", **beside)


def figure_html(
    svg: str,
    words: str,
    prefix: str,
    *,
    narrow: str = "",
    numbers: dict[str, list[Any]] | None = None,
) -> str:
    """Write a figure as a page has it: the drawing, a narrow one, and a table of its numbers.

    Parameters
    ----------
    svg, narrow
        Drawings of matplotlib.
    words
        Alternative text, escaped.
    prefix
        What the names of the drawings' parts begin with, which no other on the page may have.
    numbers
        ``columns`` and rows of ``data``, all strings.
    """
    drawings = [("wide", svg), ("narrow", narrow)] if narrow else [("", svg)]
    drawn = "".join(_drawing(d, words, prefix + kind, kind) for kind, d in drawings)
    return drawn + (_table(numbers, words) if numbers else "")


def _drawing(svg: str, words: str, prefix: str, kind: str) -> str:
    drawing = in_page(svg[svg.index("<svg") + 4 :], prefix)
    reached = "<a " in drawing or 0 < drawing.count("<title>") <= FEW
    role = "group" if reached else "img"  # what is in an image cannot be reached
    return f'<svg class="{f"drawing {kind}".strip()}" role="{role}" aria-label="{words}"{drawing}'


def _table(numbers: dict[str, list[Any]], words: str) -> str:
    """Write what a figure shows as a table that opens below it."""
    head = "".join(
        f'<th scope="col">{escape(str(c))}</th>' if str(c).strip() else "<td></td>"
        for c in numbers["columns"]
    )
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in numbers["data"]
    )
    return (
        '<details class="figure-numbers"><summary>Numbers of this figure</summary>'
        f'<div tabindex="0" role="group" aria-label="Numbers: {words}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def in_page(svg: str, prefix: str) -> str:
    """Turn a drawing of matplotlib into one for a page.

    Parameters
    ----------
    svg
        The drawing.
    prefix
        What the names of its parts begin with, which no other on the page may have.

    Examples
    --------
    >>> in_page('<path id="m1" style="fill: #1f2933"/><use xlink:href="#m1"/>', "figure-1-")
    '<path id="figure-1-m1" style="fill: var(--figure-ink)"/><use xlink:href="#figure-1-m1"/>'
    """
    svg = LEFT_OUT.sub("", svg)
    places = [_place(match) for match in TEXT.finditer(svg)]
    svg = TEXT.sub(partial(_write, places), svg)
    svg = HUE.sub(_follow_theme, svg)
    own = {*NAMED.findall(svg)} & {name for _, name in REFERRED.findall(svg)}
    svg = NAMED.sub(lambda n: f' id="{prefix}{n[1]}"' if n[1] in own else "", svg)
    return REFERRED.sub(lambda n: n[1] + prefix * (n[2] in own) + n[2], svg)


def _follow_theme(hue: re.Match[str]) -> str:
    return f"var(--figure-{COLOURS[hue[0]]})" if hue[0] in COLOURS else hue[0]


def _place(match: re.Match[str]) -> tuple[float, float]:
    """Return where a horizontal text begins, and its width; NaN for a turned one."""
    weight = "bold" if "-Bold" in match["glyphs"] else "normal"
    width = 72 * style.text_width(unescape(match["text"]), 100 * float(match["size"]), weight)
    return (float("nan") if match["turn"] else float(match["x"])), width


def _write(places: list[tuple[float, float]], match: re.Match[str]) -> str:
    """Write a text; whatever the font, it stays flush with those that it stands flush with.

    The curves do not say whether a text is flush left, flush right or centred: of texts of several
    widths, those flush left begin at one place, those flush right end at one.
    """
    start, width = _place(match)
    flush = [{round(w, 1) for x, w in places if abs(x - start) < 0.3}]
    flush += [{round(w, 1) for x, w in places if abs(x + w - start - width) < 0.3}]
    left, right = map(len, flush)
    shift, anchor = (0.5, "middle")
    if max(left, right) > 1:
        shift, anchor = (0.0, "start") if left >= right else (1.0, "end")
    bold = ' font-weight="bold"' * ("-Bold" in match["glyphs"])
    where = f"translate({match['x']} {match['y']})"
    where += f" rotate({match['turn']})" if match["turn"] else ""
    return (
        f'<text transform="{where}" x="{shift * width:.2f}" text-anchor="{anchor}"{bold} '
        f'style="font-size: {100 * float(match["size"]):g}px; '
        f'{match["style"] or f"fill: {style.INK}"}">{match["text"]}</text>'
    )
