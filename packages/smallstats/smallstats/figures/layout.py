"""Where things stand on a figure. Lengths are in inches, and y runs downwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

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
) -> Rows:
    """Lay out the rows; each cell of a text column is a list of lines."""
    if not labels:
        raise ValueError("there are no rows to draw")
    wrapped = [wrap(label, 2.1) for label in labels]
    left = 2 * GAP + max(text_width(line) for lines in wrapped for line in lines)
    spans = [
        max([text_width(head, weight="bold"), *(text_width(t) for cell in cells for t in cell)])
        for head, cells in columns.items()
    ]
    width = max(WIDTH, left + sum(spans) + GAP * (len(spans) + 1) + 2.1)
    edge = width - sum(spans) - GAP * (len(spans) + 1)
    lines = [
        max(len(label), *(1.2 * len(cells[i]) for cells in columns.values()))
        for i, label in enumerate(wrapped)
    ]
    top = (0.36 if "".join(columns).strip() else GAP) + (0.26 if key else 0)
    edges = np.cumsum([top, *(n * LINE + 0.13 for n in lines)]).tolist()
    middle = (left + edge) / 2
    title = wrap(xlabel, 2 * (min(middle, width - middle) - GAP))
    foot = 0.41 + LINE * len(title)
    height = edges[-1] + foot
    figure, sheet = page(width, height)
    body = (left / width, foot / height, (edge - left) / width, (edges[-1] - top) / height)
    axes = figure.add_axes(body, ylim=(edges[-1], top), yticks=[], xlabel="\n".join(title))
    axes.spines["left"].set_visible(False)
    rows = Rows(figure, axes, [sum(pair) / 2 for pair in pairwise(edges)])
    for i, (start, stop) in enumerate(pairwise(edges)):
        if i % 2 == 0:
            sheet.add_patch(Rectangle((0, start), width, stop - start, color=BAND, lw=0))
        label = "\n".join(wrapped[i])
        sheet.text(GAP, rows.y(i), label, va="center_baseline", linespacing=1.2)
    for (heading, cells), span in zip(columns.items(), spans, strict=True):
        edge += GAP + span
        sheet.text(edge, top - 0.1, heading, weight="bold", ha="right")
        for i, cell in enumerate(cells):
            for j, text in enumerate(cell):
                sheet.text(edge, rows.y(i, j, len(cell)), text, ha="right", va="center_baseline")
    if key:
        marks = [Line2D([], [], ls="", label=name, **MARKS[i]) for i, name in enumerate(key)]
        sheet.legend(
            handles=marks,
            loc="upper left",
            bbox_to_anchor=(left / width, 1),
            ncols=len(key),
            frameon=False,
            borderpad=0,
            borderaxespad=0.7,
            handletextpad=0.1,
            columnspacing=1.5,
        )
    return rows


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
    axes.set_xticks([t for t in ticks if low <= t <= high])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.axvline(1, color=MUTED, lw=0.9, zorder=0)


def reach(values: np.ndarray, limits: tuple[float, float]) -> tuple[float, float]:
    """Say from where to where a log axis of ratios goes."""
    seen = values[np.isfinite(values) & (values > 0)].clip(*limits)
    return min([*seen, 0.5]) / 1.3, max([*seen, 2.0]) * 1.3
