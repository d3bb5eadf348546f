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
    GAP,
    LINE,
    MARKS,
    MUTED,
    NARROW,
    SECOND,
    BookFigure,
    drawing_width,
    styled,
    text_width,
    wrap,
)

SHARE = 0.55  # of the width is the plot's


def page(width: float, height: float) -> tuple[BookFigure, Axes]:
    """Open a figure with a sheet over all of it to write on."""
    figure = BookFigure(figsize=(width, height))
    sheet = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    sheet.axis("off")
    return figure, sheet


@styled
def draw_with(
    plot: Callable[..., Any],
    data: pd.DataFrame,
    *,
    finding: str,
    numbers: pd.DataFrame | None = None,
    height: float = 2.8,
    **options: Any,
) -> BookFigure:
    """Draw one of seaborn's plots, or a function with the same options, in the book's style.

    Parameters
    ----------
    plot, data, **options
        The function, its frame, and what else it takes. With ``hue`` two groups have the colours
        that they have in other figures, in the order of ``hue_order``.
    finding
        What is to be seen, in one sentence: the title.
    numbers
        What the figure shows, as printed, for a table beside it and its file of data.
    height
        In inches.

    Examples
    --------
    >>> ages = pd.DataFrame({"age": [4.0, 7.0, 9.0]})
    >>> def plot(data, ax, x):  # as seaborn.ecdfplot
    ...     ax.ecdf(data[x])
    >>> draw_with(plot, ages, x="age", finding="2 of 3 are 7 or younger").alt
    '2 of 3 are 7 or younger.'
    """
    figure = BookFigure(figsize=(drawing_width(), height), layout="constrained")
    if "hue" in options:
        options = {"palette": [FIRST, SECOND], **options}
    axes = figure.subplots()
    plot(data, ax=axes, **options)
    if legend := axes.get_legend():  # above the plot, where it covers nothing
        legend.set(loc="lower left", frame_on=False)
        legend.set_bbox_to_anchor((0, 1))
    figure.tell(finding)
    figure.numbers = figure.data = numbers
    return figure


@dataclass(frozen=True)
class Rows:
    """A plot whose rows have a label, and columns of text."""

    figure: BookFigure
    axes: Axes
    centres: list[float]
    texts: list[float]

    def y(self, row: int, line: int = 0, lines: int = 1) -> float:
        """Height of one of the lines that a row's marks are on."""
        return self.centres[row] + (line - (lines - 1) / 2) * LINE * 1.2

    def text_y(self, row: int, line: int = 0, lines: int = 1) -> float:
        """Height of one of a row's lines of text."""
        return self.texts[row] + (line - (lines - 1) / 2) * LINE * 1.2


def rows_beside(
    labels: Sequence[str],
    columns: Mapping[str, Sequence[Sequence[str]]],
    *,
    key: Sequence[str] = (),
    xlabel: str = "",
    directions: tuple[str, str] | None = None,
) -> Rows:
    """Lay out the rows, and see that the plot has most of the width.

    Labels stand left of the plot, or above it where it would else be too narrow; so do columns of
    text in a narrow drawing.

    Parameters
    ----------
    labels
        Of the rows.
    columns
        Of text, by heading; each cell is a list of lines.
    key
        Names of the marks.
    xlabel
        Title of the axis.
    directions
        What it means to lie left and right of 1, below the axis.
    """
    if not labels:
        raise ValueError("there are no rows to draw")
    spans = _spans(columns)
    place = _place(labels, spans)
    cells = [1.2 * max([1, *(len(column[i]) for column in columns.values())])
             for i in range(len(labels))]  # fmt: skip
    heads, bodies = place.lines(cells)
    named = ["\n".join(wrap(name, place.width - place.left - 0.5)) for name in key]
    abreast = place.left + sum(map(text_width, key)) + 0.5 * len(key) < place.width
    deep = 1 if abreast else "\n".join(named).count("\n") + 1
    top = (0.36 if "".join(columns).strip() else GAP) + (0.08 + 0.18 * deep if key else 0)
    heights = [(h + body) * LINE + 0.13 for h, body in zip(heads, bodies, strict=True)]
    edges = np.cumsum([top, *heights]).tolist()
    middle = (place.left + place.width - place.right) / 2
    title = wrap(xlabel, 2 * (min(middle, place.width - middle) - GAP))
    foot = 0.41 + LINE * (len(title) + bool(directions))
    height = edges[-1] + foot
    figure, sheet = page(place.width, height)
    across = (place.left / place.width, 1 - (place.left + place.right) / place.width)
    body = (across[0], foot / height, across[1], (edges[-1] - top) / height)
    axes = figure.add_axes(body, ylim=(edges[-1], top), yticks=[])
    axes.set_xlabel("\n".join(title), labelpad=4 + 72 * LINE * bool(directions))
    axes.spines["left"].set_visible(False)
    centres = [
        (start + LINE * head + stop) / 2
        for (start, stop), head in zip(pairwise(edges), heads, strict=True)
    ]
    texts = [
        start + 0.065 + LINE * (head - cell / 2)
        for start, head, cell in zip(edges, heads, cells, strict=False)
    ]
    rows = Rows(figure, axes, centres, texts if place.stacked else centres)
    _write_labels(rows, sheet, place, edges)
    _write_columns(rows, sheet, columns, spans, top, len(key) * place.stacked)
    _write_key(sheet, named, place.left, len(key) if abreast else 1)
    _write_directions(axes, directions or ())
    figure.numbers = _numbers(labels, columns, key)
    return rows


@dataclass(frozen=True)
class _Place:
    """Where labels and columns of text stand, and how much of the width they leave the plot."""

    width: float
    left: float
    right: float
    names: list[list[str]]
    above: bool  # labels stand above the plot
    stacked: bool  # and so do the columns of text
    shared: bool  # on the same lines as the labels

    def lines(self, cells: Sequence[float]) -> tuple[list[float], list[float]]:
        """Count the lines of text of each row: above its plot, and beside it."""
        names = [float(len(name)) for name in self.names]
        if not self.above:
            return [0.0] * len(names), [max(n, c) for n, c in zip(names, cells, strict=True)]
        if not self.stacked:
            return [n + 0.15 for n in names], list(cells)
        both = zip(names, cells, strict=True)
        heads = [max(n, c) if self.shared else n + c for n, c in both]
        return [head + 0.1 for head in heads], list(cells)


def _place(labels: Sequence[str], spans: Sequence[float]) -> _Place:
    """Find the first arrangement that leaves the plot most of the width."""
    width = drawing_width()
    names = [wrap(label, 2.1) for label in labels]
    left = 2 * GAP + max(text_width(line) for lines in names for line in lines)
    right = sum(spans) + GAP * (len(spans) + 1)
    if width - left - right >= SHARE * width:
        return _Place(width, left, right, names, False, False, False)
    edge = 1.5 * GAP
    if width > NARROW or width - edge - right >= SHARE * width:
        names = [wrap(label, width - 2 * GAP) for label in labels]
        return _Place(
            max(width, (edge + right) / (1 - SHARE)), edge, right, names, True, False, False
        )
    room = width - right - 2.5 * GAP
    shared = room > max([1.0, *(text_width(word) for label in labels for word in label.split())])
    names = [wrap(label, room if shared else width - 2 * GAP) for label in labels]
    return _Place(max(width, right + 2 * GAP), edge, edge, names, True, True, shared)


def _numbers(
    labels: Sequence[str], columns: Mapping[str, Sequence[Sequence[str]]], key: Sequence[str]
) -> pd.DataFrame:
    """Put what is written beside the plot into a table, a line of text in each row."""
    lines = []
    for i, label in enumerate(labels):
        cells = [column[i] for column in columns.values()]
        for j in range(max([1, *map(len, cells)])):
            named = key[j] if j < len(key) else ""
            texts = [cell[j] if j < len(cell) else "" for cell in cells]
            lines.append([label if not j else "", *([named] if key else []), *texts])
    return pd.DataFrame(lines, columns=["", *([" "] if key else []), *columns])


def _spans(columns: Mapping[str, Sequence[Sequence[str]]]) -> list[float]:
    """Return the width of each column of text."""
    return [
        max([text_width(head, weight="bold"), *(text_width(t) for cell in cells for t in cell)])
        for head, cells in columns.items()
    ]


def _write_directions(axes: Axes, directions: Sequence[str]) -> None:
    """Write below the axis what it means to lie left and right of 1."""
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


def _write_labels(rows: Rows, sheet: Axes, place: _Place, edges: Sequence[float]) -> None:
    """Shade every other row, and write the labels beside or above."""
    for i, (start, stop) in enumerate(pairwise(edges)):
        if i % 2 == 0:
            sheet.add_patch(Rectangle((0, start), place.width, stop - start, color=BAND, lw=0))
        y = start + 0.065 + (len(place.names[i]) + 0.15) * LINE / 2 if place.above else rows.y(i)
        axes = rows.axes if place.above else sheet
        _write_label(axes, sheet, y, place.names[i], CARD if i % 2 else BAND)


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
    marks: int,
) -> None:
    """Write the columns of text, flush right; above the plot, each line has the mark it is of."""
    edge = float(sheet.get_xlim()[1]) - sum(spans) - GAP * (len(spans) + 1)
    axes = rows.axes if rows.texts is not rows.centres else sheet
    for (heading, cells), span in zip(columns.items(), spans, strict=True):
        edge += GAP + span
        sheet.text(edge, top - 0.1, heading, weight="bold", ha="right")
        for i, cell in enumerate(cells):
            for j, text in enumerate(cell):
                y = rows.text_y(i, j, len(cell))
                if marks and len(cell) == marks and heading == next(iter(columns)):
                    x = edge - text_width(text) - 0.12
                    axes.plot(x, y, transform=sheet.transData, clip_on=False, **MARKS[j])
                ground = {"fc": CARD if i % 2 else BAND, "lw": 0, "pad": 1}
                axes.text(
                    edge, y, text, ha="right", va="center_baseline", transform=sheet.transData,
                    zorder=1, bbox=None if axes is sheet else ground,
                )  # fmt: skip


def _write_key(sheet: Axes, key: Sequence[str], left: float, abreast: int) -> None:
    """Name the marks above the plot."""
    if not key:
        return
    width = float(sheet.get_xlim()[1])
    marks = [Line2D([], [], ls="", label=name, **MARKS[i]) for i, name in enumerate(key)]
    sheet.legend(
        handles=marks,
        loc="upper left",
        bbox_to_anchor=(left / width, 1),
        ncols=abreast,
        labelspacing=0.2,
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


def log_axis(
    axes: Axes,
    values: np.ndarray,
    limits: tuple[float, float],
    write: Callable[[str], str] = str,
) -> None:
    """Cover 0.5 to 2 and every finite value within the limits; `write` may change decimal marks."""
    low, high = reach(values, limits)
    steps = (1, 2, 5) if high / low < 60 else (1, 3) if high / low < 1000 else (1,)
    ticks = [step * 10.0**power for power in range(-4, 5) for step in steps]
    axes.set(xscale="log", xlim=(low, high))
    between = [step * 10.0**power for power in range(-4, 5) for step in range(2, 10)]
    axes.set_xticks([t for t in ticks if low <= t <= high])
    axes.set_xticks([t for t in between if low <= t <= high and t not in ticks], minor=True)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda x, _: write(f"{x:g}"))
    axes.axvline(1, color=MUTED, lw=0.9, zorder=0)


def reach(values: np.ndarray, limits: tuple[float, float]) -> tuple[float, float]:
    """Choose the two ends of a log axis of ratios."""
    seen = values[np.isfinite(values) & (values > 0)].clip(*limits)
    return min([*seen, 0.5]) / 1.3, max([*seen, 2.0]) * 1.3
