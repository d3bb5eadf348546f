"""Less to load: a page asks for no script, style or icon of the theme that it does not use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

#: The theme's icons as a script (its styles have them as well), and the index for a search that
#: begins while somebody types, which is off.
NOT_NEEDED = re.compile(
    r'\s*<script defer src="[^"]*fontawesome\.js[^"]*"></script>'
    r'|\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js"></script>'
)
ICONS_ALONE = re.compile(r'\s*<script defer src="[^"]*fontawesome\.js[^"]*"></script>')
HEAVY = 20_000  # bytes of a style that is worth cutting
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
EMPTY = re.compile(r"@(?:media|supports)[^{};]*\{\s*\}")
CONDITIONS = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
CLASS = re.compile(r"\.(-?[_a-zA-Z](?:[\w-]|\\.)*)")
GLYPH = re.compile(r'"\\(f[0-9a-f]{3})"')
FONT = re.compile(
    r'url\([^)]*fa-solid-900\.woff2\) format\("woff2"\),url\([^)]*\) format\("[^"]*"\)'
)


def lighten(html: str, *, searches: bool) -> str:
    """Take from a page the scripts that it does not need; a page that searches needs its index.

    Examples
    --------
    >>> lighten('<p> <script src="a/searchindex.js"></script>', searches=False)
    '<p>'
    """
    return (ICONS_ALONE if searches else NOT_NEEDED).sub("", html)


def cut_styles(css: str, used: set[str]) -> str:
    """Leave out the rules of classes that are never used.

    Parameters
    ----------
    css
        A style sheet.
    used
        Every word that a page has as a class, or a script may set.

    Examples
    --------
    >>> cut_styles("a{b:c}.x{d:e}.y,.x.z{f:g}@media print{.x{h:i}}", {"y"})
    'a{b:c}.y{f:g}'
    """

    def keep(rule: re.Match[str]) -> str:
        start = max(rule[1].rfind(";"), rule[1].rfind("/")) + 1  # after @charset, or a comment
        before, selectors = rule[1][:start], rule[1][start:]
        if selectors.lstrip().startswith("@"):
            return rule[0]
        kept = [part for part in _selectors(selectors) if _classes(part) <= used]
        return before + (f"{','.join(kept)}{{{rule[2]}}}" if kept else "")

    return EMPTY.sub("", RULE.sub(keep, css))


def _selectors(text: str) -> list[str]:
    """Split a list of selectors at its commas, but not inside brackets."""
    return re.split(r",(?![^()]*\))", text)


def _classes(selector: str) -> set[str]:
    names = CLASS.findall(CONDITIONS.sub("", selector))
    return {name.replace("\\", "") for name in names}


def lighten_static(static: Path, pages: Iterable[str]) -> None:
    """Cut the heavy styles of a built book, and its font of icons, to what its pages use.

    Parameters
    ----------
    static
        The folder ``_static``.
    pages
        The HTML of all pages.
    """
    for path in static.glob("scripts/fontawesome.js*"):
        path.unlink()
    used = {name for html in pages for names in re.findall(r'class="([^"]*)"', html)
            for name in names.split()}  # fmt: skip
    for script in static.rglob("*.js"):
        used |= {*re.findall(r"[\w-]+", script.read_text(encoding="utf-8"))}
    font = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
    for style in static.rglob("*.css"):
        css = style.read_text(encoding="utf-8")
        if len(css) < HEAVY:
            continue
        css = cut_styles(css, used)
        if font.exists() and FONT.search(css):
            icons = font.with_name("icons.woff")
            _cut_font(font, icons, {int(code, 16) for code in GLYPH.findall(css)})
            css = FONT.sub('url(../vendor/fontawesome/webfonts/icons.woff) format("woff")', css)
        style.write_text(css, encoding="utf-8", newline="\n")


def _cut_font(source: Path, target: Path, letters: set[int]) -> None:
    options = Options(flavor="woff", recalc_timestamp=False)
    with TTFont(source, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=letters)
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(target)
