"""The figure of the late diagnosis: what p becomes without the children who had calcium first."""

import numpy as np
import pandas as pd

from smallstats.figures.style import INK, MARKS, MUTED, BookFigure, drawing_width, styled, wrap
from smallstats.formatting import format_list, format_p

TESTS = {"fisher": "Fisher", "yates": "Yates"}
LEVEL = 0.05


@styled
def early_range(curve: pd.DataFrame, printed: str) -> BookFigure:
    """Draw p on a log axis, for each number of late ones among the children left out.

    Parameters
    ----------
    curve
        As from `early_late`: ``early_late``, ``a``, ``n1``, ``b``, ``n0``, ``fisher``, ``yates``.
    printed
        The printed p, drawn as a line.

    Examples
    --------
    >>> curve = pd.DataFrame({"early_late": [0, 1], "a": [9, 8], "n1": 9, "b": 4, "n0": 9})
    >>> early_range(curve.assign(fisher=[0.03, 0.13], yates=[0.04, 0.15]), "0.31").alt[:72]
    'p is below 5% by Fisher’s test unless 1 or more of the 1 left out were l'
    """
    early = int(curve["early_late"].max())
    lost = curve.loc[curve["fisher"] >= LEVEL, "early_late"]
    unless = f" unless {lost.min()} or more of the {early} left out were late" if len(lost) else ""
    finding = f"p is below 5% by Fisher’s test{unless}"
    width, left = drawing_width(), 0.8
    xlabel = wrap(
        f"Late among the {early} left out; below, late of the others with calcinosis "
        f"(against {curve['b'].iloc[0]}/{curve['n0'].iloc[0]})",
        width - left,
    )
    height, foot = 3.4 + 0.17 * len(xlabel), 0.6 + 0.17 * len(xlabel)
    figure = BookFigure(figsize=(width, height))
    plot = (left / width, foot / height, 1 - (left + 0.15) / width, 2.4 / height)
    axes = figure.add_axes(plot, yscale="log", xlim=(-0.4, early + 0.4))
    p = curve[[*TESTS]].to_numpy(float)
    low = 10.0 ** np.floor(np.log10(min(p.min(), LEVEL)))
    axes.set_ylim(low, 1)
    for mark, (test, name) in zip(MARKS, TESTS.items(), strict=True):
        axes.plot(curve["early_late"], curve[test], lw=1.2, label=name, zorder=3, **mark)
    for value, text in ((LEVEL, "5%"), (float(printed), f"printed {printed}")):
        axes.axhline(value, color=MUTED, lw=0.9, ls=":", zorder=1)
        axes.text(-0.35, value * 1.05, text, color=INK, va="bottom")
    ticks = [tick for tick in (0.0001, 0.001, 0.01, 0.1, 1) if tick >= low]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    between = [step * tick for tick in ticks for step in range(2, 10) if tick < 1]
    axes.set_yticks(between, [""] * len(between), minor=True)
    rows = list(curve.itertuples())
    axes.set_xticks(
        curve["early_late"],
        [f"{row.early_late}\n{row.a}/{row.n1}" for row in rows],
        linespacing=1.4,
        size=8,
    )
    axes.set_ylabel("p, log scale")
    axes.set_xlabel("\n".join(xlabel))
    axes.legend(loc="upper left", bbox_to_anchor=(0, 1.13), frameon=False, ncols=2, borderpad=0)
    points = [
        f"{row.early_late}: {row.a}/{row.n1} against {row.b}/{row.n0}, "
        + format_list(f"{name} {format_p(getattr(row, test))}" for test, name in TESTS.items())
        for row in rows
    ]
    figure.tell(finding, [f"By how many were late: {'; '.join(points)}."])
    headings = ["Late among those left out", "With calcinosis", "Without", *TESTS.values()]
    figure.numbers = pd.DataFrame(
        [
            [str(row.early_late), f"{row.a}/{row.n1}", f"{row.b}/{row.n0}"]
            + [format_p(getattr(row, test)) for test in TESTS]
            for row in rows
        ],
        columns=headings,
    )
    return figure
