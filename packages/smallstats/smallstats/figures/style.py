"""One look for every figure: palette, type, and bytes that do not change between runs.

Two hues tell the groups apart, and so do lightness (26 units of L*, for grey print) and marker
shape, so nothing hangs on colour vision. A figure as a file carries its own white card: no ink has
enough contrast on both a white and a black page. In a page a book gives it the page's colours.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import wraps
from html import escape
from io import BytesIO
from typing import Any, ParamSpec

import pandas as pd
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from smallstats.spreadsheet import frame_csv
from smallstats.table import KEY

P = ParamSpec("P")

CARD, INK, MUTED, RULE, BAND = "#ffffff", "#1f2933", "#566069", "#c5ccd3", "#f3f5f7"
FIRST, SECOND = "#d17b00", "#1b4f8a"
# Marker and face of each series: filled circle, hollow square.
MARKS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": FIRST, "mfc": FIRST, "ms": 6.5},
    {"marker": "s", "color": SECOND, "mfc": CARD, "ms": 5.5, "mew": 1.6},
)
SIZE = 9.5
GAP = 0.18  # inches
LINE = 0.175
WIDTH, NARROW = 7.2, 4.0  # inches: the text column of a laptop-wide page, and that of a telephone
_WIDTH = ContextVar("width", default=WIDTH)
STYLE: Any = {
    "font.family": "DejaVu Sans",  # shipped with matplotlib: the same outlines everywhere
    "font.size": SIZE,
    "text.color": INK,
    "text.parse_math": False,  # a label may hold a dollar sign
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "figure.facecolor": CARD,
    "savefig.facecolor": CARD,
    "lines.solid_capstyle": "butt",
    "svg.fonttype": "path",
    "svg.hashsalt": "jdm_utils",  # any word; with another, the ids of every figure would change
}


class BookFigure(Figure):
    """A figure that shows itself as SVG, with its finding in words.

    Attributes
    ----------
    finding : str
        What is to be seen, in one sentence computed from the data drawn: the title, and in a page
        the alternative text.
    alt : str
        The finding and what each mark shows. It is the figure's plain-text form, so it stands in
        the executed notebook and changes when the numbers do.
    numbers : DataFrame or None
        What the marks show, as printed; a page has it as a table beside the figure.
    data : DataFrame or None
        What is drawn; a book offers it as a file, unless it has counts that are withheld.
    narrow : BookFigure or None
        The same for a page as narrow as a telephone.
    hints : dict
        What a page says of a mark where the pointer rests, by the mark's id.
    links : dict
        Where a mark leads, by the mark's id.
    """

    finding: str = ""
    alt: str = ""
    numbers: pd.DataFrame | None = None
    data: pd.DataFrame | None = None
    narrow: "BookFigure | None" = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints: dict[str, str] = {}
        self.links: dict[str, str] = {}

    def tell(self, finding: str, details: Iterable[str] = ()) -> None:
        """Set the finding, and in sentences what each mark shows."""
        self.finding = finding.removesuffix(".")
        self.alt = " ".join([f"{self.finding}.", *details])

    def add_hint(self, mark: Artist, text: str) -> None:
        """Add a text to a mark, shown where the pointer rests; the figure must do without it."""
        name = f"hint_{len(self.hints)}"
        mark.set_gid(name)
        self.hints[name] = text

    def add_link(self, mark: Artist, href: str, text: str) -> None:
        """Add a link to a mark, with its address in words; the figure must do without it."""
        self.add_hint(mark, text)
        self.links[str(mark.get_gid())] = href
        mark.set_url(href)  # matplotlib writes the link; it gets its words below

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        metadata: dict[str, Any] = {"png": b64encode(image(self, "png")).decode()}
        metadata["finding"] = self.finding
        if self.narrow is not None:
            metadata["narrow"] = image(self.narrow, "svg").decode()
        if self.numbers is not None:
            metadata["numbers"] = self.numbers.to_dict("split", index=False)
        if self.data is not None and "withheld" not in self.data:
            metadata["csv"] = frame_csv(self.data).decode("utf-8-sig")
        return {"image/svg+xml": image(self, "svg").decode(), "text/plain": self.alt}, {
            KEY: metadata
        }


def image(figure: Figure, kind: str = "svg", *, dpi: int = 192) -> bytes:
    """Draw a figure as ``svg`` or ``png``: the same bytes for the same figure.

    Examples
    --------
    >>> figure = BookFigure(figsize=(1, 1))
    >>> image(figure) == image(figure)
    True
    """
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    buffer = BytesIO()
    with style.context(["default", STYLE]):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    if kind != "svg" or not isinstance(figure, BookFigure) or not figure.hints:
        return buffer.getvalue()

    def with_text(mark: re.Match[str]) -> str:
        text = escape(figure.hints[mark[1]])
        link = f'<a href="{escape(figure.links.get(mark[1], ""))}" aria-label="{text}">'
        return f"<g><title>{text}</title>{link * bool(mark[2])}"

    marked = r'<g id="(hint_\d+)">(\s*<a xlink:href="[^"]*"[^>]*>)?'
    return re.sub(marked, with_text, buffer.getvalue().decode()).encode()


def styled(draw: Callable[P, BookFigure]) -> Callable[P, BookFigure]:
    """Draw in the book's style, whatever the settings, and leave them as they were.

    It is drawn twice, the second time as narrow as a telephone; the finding becomes the title. The
    first argument is what is drawn, unless the figure says otherwise.
    """

    def once(*args: P.args, **kwargs: P.kwargs) -> BookFigure:
        figure = draw(*args, **kwargs)
        if figure.data is None and args and isinstance(args[0], pd.DataFrame | pd.Series):
            figure.data = pd.DataFrame(args[0])
        _write_title(figure)
        figure.draw_without_rendering()  # ticks take their style when first drawn
        return figure

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> BookFigure:
        with style.context(["default", STYLE]):
            figure = once(*args, **kwargs)
            token = _WIDTH.set(NARROW)
            try:
                figure.narrow = once(*args, **kwargs)
            finally:
                _WIDTH.reset(token)
        return figure

    return inner


def drawing_width() -> float:
    """Width that the figure being drawn is to have, in inches."""
    return _WIDTH.get()


def _write_title(figure: BookFigure) -> None:
    """Write the finding above what is drawn, for which the figure becomes higher."""
    if not figure.finding:
        return
    width, height = figure.get_size_inches()
    lines = wrap(figure.finding, width - 2 * GAP, weight="bold")
    room = 0.16 + LINE * 1.15 * len(lines)
    share = height / (height + room)
    figure.set_size_inches(width, height + room)
    if engine := figure.get_layout_engine():
        engine.set(rect=(0, 0, 1, share))  # type: ignore[call-arg]
    else:
        for axes in figure.axes:
            x, y, across, up = axes.get_position().bounds
            axes.set_position((x, y * share, across, up * share))
    where = (GAP / width, 1 - 0.12 / (height + room))
    title = "\n".join(lines)
    figure.text(*where, title, weight="bold", va="top", linespacing=1.3)


def text_width(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Width of one line of text, in inches."""
    font = FontProperties(family=STYLE["font.family"], size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def wrap(text: str, inches: float, size: float = SIZE, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than `inches`; a word longer than that is broken too."""
    lines = [""]
    for word in text.split():
        trial = f"{lines[-1]} {word}".strip()
        if text_width(trial, size, weight) <= inches:
            lines[-1] = trial
            continue
        lines.append("")
        for letter in word:
            if text_width(lines[-1] + letter, size, weight) > inches:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line] or [""]
