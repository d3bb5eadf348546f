"""Where things stand on a figure. Lengths are in inches, and y runs downwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle as Rectangle  # for packages that only ask for figures
from matplotlib.ticker import NullFormatter

from smallstats.figures.style import (
    BAND,
    CARD,
    FIRST,
    MARKS,
    MUTED,
    SECOND,
    BookFigure,
    styled,
    text_width,
    wrap,
)

WIDTH = 7.2  # the text column of a laptop-wide page
LINE = 0.175
GAP = 0.18
SHARE = 0.55  # of the width is the plot's


def page(width: float, height: float) -> tuple[BookFigure, Axes]:
    """Open a figure with a sheet over all of it to write on."""
    figure = BookFigure(figsize=(width, height))
    sheet = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    sheet.axis("off")
    return figure, sheet


@styled
def draw_with(
    plot: Callable[..., Any], data: pd.DataFrame, *, alt: str, height: float = 2.8, **options: Any
) -> BookFigure:
    """Draw one of seaborn's plots, or a function with the same options, in the book's style.

    Parameters
    ----------
    plot, data, **options
        The function, its frame, and what else it takes. With ``hue`` two groups have the colours
        that they have in other figures, in the order of ``hue_order``.
    alt
        What the figure shows, in words.
    height
        In inches.

    Examples
    --------
    >>> ages = pd.DataFrame({"age": [4.0, 7.0, 9.0]})
    >>> def plot(data, ax, x):  # as seaborn.ecdfplot
    ...     ax.ecdf(data[x])
    >>> draw_with(plot, ages, x="age", alt="Two of three are 7 or younger.").alt
    'Two of three are 7 or younger.'
    """
    figure = BookFigure(figsize=(WIDTH, height), layout="constrained")
    if "hue" in options:
        options = {"palette": [FIRST, SECOND], **options}
    plot(data, ax=figure.subplots(), **options)
    figure.alt = alt
    return figure


@dataclass(frozen=True)
class Rows:
    """A plot whose rows have a label at the left and text columns at the right."""

    figure: BookFigure
    axes: Axes
    centres: list[float]

    def y(self, row: int, line: int = 0, lines: int = 1) -> float:
        """Height of one of a row's lines."""
        return self.centres[row] + (line - (lines - 1) / 2) * LINE * 1.2


def rows_beside(
    labels: Sequence[str],
    columns: Mapping[str, Sequence[Sequence[str]]],
    *,
    key: Sequence[str] = (),
    xlabel: str = "",
    directions: tuple[str, str] | None = None,
    beside: bool = False,
) -> Rows:
    """Lay out the rows, and see that the plot has most of the width.

    Parameters
    ----------
    labels
        Of the rows: at their left, or above them where the plot would else be too narrow.
    columns
        Of text, by heading; each cell is a list of lines.
    key
        Names of the marks.
    xlabel
        Title of the axis.
    directions
        What it means to lie left and right of 1, below the axis.
    beside
        Keep the labels at the left.
    """
    if not labels:
        raise ValueError("there are no rows to draw")
    names = [wrap(label, 2.1) for label in labels]
    left = 2 * GAP + max(text_width(line) for lines in names for line in lines)
    spans = _spans(columns)
    right = sum(spans) + GAP * (len(spans) + 1)
    above = not beside and WIDTH - left - right < SHARE * WIDTH
    if above:
        left, names = 1.5 * GAP, [wrap(label, WIDTH - 2 * GAP) for label in labels]
    width = max(WIDTH, left + right + 2.1, (left + right) / (1 - SHARE) if above else 0)
    cells = [
        1.2 * max([1, *(len(column[i]) for column in columns.values())]) for i in range(len(names))
    ]
    heads = [(len(name) + 0.15) * above for name in names]  # lines above the row
    lines = [
        h + max(n, len(name) * (not above)) for h, n, name in zip(heads, cells, names, strict=True)
    ]
    top = (0.36 if "".join(columns).strip() else GAP) + (0.26 if key else 0)
    edges = np.cumsum([top, *(n * LINE + 0.13 for n in lines)]).tolist()
    middle = (left + width - right) / 2
    title = wrap(xlabel, 2 * (min(middle, width - middle) - GAP))
    foot = 0.41 + LINE * (len(title) + bool(directions))
    height = edges[-1] + foot
    figure, sheet = page(width, height)
    body = (left / width, foot / height, 1 - (left + right) / width, (edges[-1] - top) / height)
    axes = figure.add_axes(body, ylim=(edges[-1], top), yticks=[])
    axes.set_xlabel("\n".join(title), labelpad=4 + 72 * LINE * bool(directions))
    axes.spines["left"].set_visible(False)
    centres = [
        (start + LINE * head + stop) / 2
        for (start, stop), head in zip(pairwise(edges), heads, strict=True)
    ]
    rows = Rows(figure, axes, centres)
    _write_labels(rows, sheet, names, edges, heads)
    _write_columns(rows, sheet, columns, spans, top)
    _write_key(sheet, key, left / width)
    _write_directions(axes, directions or ())
    return rows


def _spans(columns: Mapping[str, Sequence[Sequence[str]]]) -> list[float]:
    """Say how wide each column of text is."""
    return [
        max([text_width(head, weight="bold"), *(text_width(t) for cell in cells for t in cell)])
        for head, cells in columns.items()
    ]


def _write_directions(axes: Axes, directions: Sequence[str]) -> None:
    """Say below the axis what it means to lie left and right of 1."""
    for text, side in zip(directions, (-1, 1), strict=False):
        axes.annotate(
            text,
            (1, 0),
            (side * 6, -20),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="top",
        )


def _write_labels(
    rows: Rows,
    sheet: Axes,
    names: Sequence[Sequence[str]],
    edges: Sequence[float],
    heads: Sequence[float],
) -> None:
    """Shade every other row, and write the labels beside or above."""
    for i, (start, stop) in enumerate(pairwise(edges)):
        if i % 2 == 0:
            width = float(sheet.get_xlim()[1])
            sheet.add_patch(Rectangle((0, start), width, stop - start, color=BAND, lw=0))
        y = start + 0.065 + heads[i] * LINE / 2 if heads[i] else rows.y(i)
        axes = rows.axes if heads[i] else sheet
        _write_label(axes, sheet, y, names[i], CARD if i % 2 else BAND)


def _write_label(axes: Axes, sheet: Axes, y: float, lines: Sequence[str], ground: str) -> None:
    """Write a row's label; where it stands in the plot, lines of the plot keep clear of it."""
    axes.text(
        GAP,
        y,
        "\n".join(lines),
        va="center_baseline",
        linespacing=1.2,
        transform=sheet.transData,
        zorder=1,
        bbox=None if axes is sheet else {"fc": ground, "lw": 0, "pad": 1},
    )


def _write_columns(
    rows: Rows,
    sheet: Axes,
    columns: Mapping[str, Sequence[Sequence[str]]],
    spans: Sequence[float],
    top: float,
) -> None:
    """Write the columns of text, flush right, at the right of the plot."""
    edge = float(sheet.get_xlim()[1]) - sum(spans) - GAP * (len(spans) + 1)
    for (heading, cells), span in zip(columns.items(), spans, strict=True):
        edge += GAP + span
        sheet.text(edge, top - 0.1, heading, weight="bold", ha="right")
        for i, cell in enumerate(cells):
            for j, text in enumerate(cell):
                sheet.text(edge, rows.y(i, j, len(cell)), text, ha="right", va="center_baseline")


def _write_key(sheet: Axes, key: Sequence[str], left: float) -> None:
    """Name the marks above the plot."""
    if not key:
        return
    marks = [Line2D([], [], ls="", label=name, **MARKS[i]) for i, name in enumerate(key)]
    sheet.legend(
        handles=marks,
        loc="upper left",
        bbox_to_anchor=(left, 1),
        ncols=len(key),
        frameon=False,
        borderpad=0,
        borderaxespad=0.7,
        handletextpad=0.1,
        columnspacing=1.5,
    )


def box(sheet: Axes, x: float, y: float, width: float, lines: Sequence[str]) -> float:
    """Draw a box of centred lines and return its height."""
    height = len(lines) * LINE + 0.2
    sheet.add_patch(Rectangle((x, y), width, height, fc=CARD, ec=MUTED, lw=1))
    middle = "\n".join(lines)
    where = (x + width / 2, y + height / 2)
    sheet.text(*where, middle, ha="center", va="center_baseline", linespacing=1.2)
    return height


def arrow(sheet: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow on the sheet."""
    look = {"arrowstyle": "-|>", "color": MUTED, "lw": 1, "shrinkA": 0, "shrinkB": 0}
    sheet.annotate("", end, start, arrowprops=look)


def log_axis(axes: Axes, values: np.ndarray, limits: tuple[float, float]) -> None:
    """Cover 0.5 to 2 and every finite value within the limits."""
    low, high = reach(values, limits)
    steps = (1, 2, 5) if high / low < 60 else (1,)
    ticks = [step * 10.0**power for power in range(-4, 5) for step in steps]
    axes.set(xscale="log", xlim=(low, high))
    between = [step * 10.0**power for power in range(-4, 5) for step in range(2, 10)]
    axes.set_xticks([t for t in ticks if low <= t <= high])
    axes.set_xticks([t for t in between if low <= t <= high and t not in ticks], minor=True)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.axvline(1, color=MUTED, lw=0.9, zorder=0)


def reach(values: np.ndarray, limits: tuple[float, float]) -> tuple[float, float]:
    """Say from where to where a log axis of ratios goes."""
    seen = values[np.isfinite(values) & (values > 0)].clip(*limits)
    return min([*seen, 0.5]) / 1.3, max([*seen, 2.0]) * 1.3
