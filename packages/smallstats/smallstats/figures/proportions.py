"""How many of each of several cohorts have the outcome, and a summary of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.figures.layout import Rows, rows_beside
from smallstats.figures.style import CARD, FIRST, LINE, MARKS, MUTED, SECOND, BookFigure, styled
from smallstats.formatting import format_interval, format_n_percent, format_number
from smallstats.pooled_proportion import PooledProportion

Floats = NDArray[np.float64]
_LOOKS: Mapping[str, dict[str, Any]] = {
    "pooled": MARKS[1] | {"mfc": SECOND},
    "apart": MARKS[1] | {"color": MUTED, "mfc": CARD},
    "study": MARKS[0],
}


@styled
def proportion_forest(
    rows: pd.DataFrame,
    pooled: PooledProportion,
    *,
    summary: Sequence[str] = ("Median of such cohorts", "Another such cohort"),
    outcome: str = "the outcome",
) -> BookFigure:
    """Draw the proportion of each cohort with its interval, and the summary of some of them.

    Parameters
    ----------
    rows
        Columns ``label``, ``count``, ``n``, ``ci_low``, ``ci_high`` (proportions) and ``kind``:
        ``pooled`` (filled square), ``apart`` (hollow) or ``study`` (the study under examination,
        a circle).
    pooled
        Summary of the rows of the kind ``pooled``.
    summary
        What its median, and its prediction interval, are called.
    outcome
        What is counted, in words.

    Raises
    ------
    ValueError
        If a row is of another kind.

    Examples
    --------
    >>> from smallstats.pooled_proportion import pool_proportions
    >>> rows = pd.DataFrame({"label": ["A", "B", "C"], "count": [5, 16, 11], "n": [35, 34, 48],
    ...     "ci_low": [0.06, 0.31, 0.13], "ci_high": [0.29, 0.63, 0.37], "kind": "pooled"})
    >>> proportion_forest(rows, pool_proportions(rows["count"], rows["n"])).finding
    '14% to 47% have the outcome in 3 cohorts, with a median of 27% (10 to 52)'
    """
    unknown = sorted({*rows["kind"]} - {*_LOOKS})
    if unknown:
        raise ValueError(f"kind is {unknown[0]!r}; allowed are: {', '.join(_LOOKS)}")
    labels, kinds = [*rows["label"]], [*rows["kind"]]
    numbers = rows[["count", "n", "ci_low", "ci_high"]].to_numpy(float)
    counts = [format_n_percent(count, n) for count, n, _, _ in numbers]
    ends = [(low, high) for _, _, low, high in numbers]
    ends += [(pooled.ci_low, pooled.ci_high), (pooled.prediction_low, pooled.prediction_high)]
    intervals = [format_interval(100 * low, 100 * high, 0) for low, high in ends]
    median = f"{format_number(100 * pooled.median, 0)}%"
    plot = rows_beside(
        [*labels, *summary],
        {
            "n/N (%)": [*([text] for text in counts), [median], [""]],
            "95% interval (%)": [[text] for text in intervals],
        },
        xlabel=f"Patients with {outcome} (%), 95% interval",
    )
    _draw(plot, numbers, kinds, pooled)
    shares = 100 * numbers[:, 0] / numbers[:, 1]
    shares = shares[[kind == "pooled" for kind in kinds]]
    least, most = (format_number(share, 0) for share in (shares.min(), shares.max()))
    finding = f"{least}% to {most}% have {outcome} in {pooled.studies} cohorts, "
    finding += f"with a median of {median} ({intervals[-2]})"
    words = [f"{summary[0]}: {median} ({intervals[-2]}). {summary[1]}: {intervals[-1]}."]
    words += [
        f"{label}: {count}, {interval}."
        for label, count, interval in zip(labels, counts, intervals, strict=False)
    ]
    plot.figure.tell(finding, words)
    return plot.figure


def _draw(plot: Rows, numbers: Floats, kinds: list[str], pooled: PooledProportion) -> None:
    """Draw each cohort, a diamond for the median, a bar for the prediction interval."""
    axes, last = plot.axes, len(kinds)
    for i, (kind, (count, n, low, high)) in enumerate(zip(kinds, numbers, strict=True)):
        look, y = _LOOKS[kind], plot.y(i)
        axes.plot([100 * low, 100 * high], [y, y], color=look["color"], lw=1.6)
        axes.plot(100 * count / n, y, clip_on=False, **look)
    left, middle, right = (100 * x for x in (pooled.ci_low, pooled.median, pooled.ci_high))
    y, half = plot.y(last), LINE * 0.45
    axes.fill([left, middle, right, middle], [y, y - half, y, y + half], color=SECOND, lw=0)
    bar = [100 * pooled.prediction_low, 100 * pooled.prediction_high]
    axes.plot(bar, [plot.y(last + 1)] * 2, color=FIRST, lw=4)
    axes.axvline(middle, color=MUTED, lw=0.9, ls=":", zorder=0)
    axes.set_xlim(0, 100)
