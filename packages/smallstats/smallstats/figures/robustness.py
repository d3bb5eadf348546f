"""Many analyses of one question, and the power of a study by its size."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from smallstats.figures.layout import log_axis, page
from smallstats.figures.style import (
    CARD,
    FIRST,
    GAP,
    LINE,
    MARKS,
    MUTED,
    RULE,
    SECOND,
    BookFigure,
    drawing_width,
    styled,
    text_width,
    wrap,
)
from smallstats.formatting import (
    format_estimate,
    format_interval,
    format_list,
    format_number,
)

Values = NDArray[np.float64]


@styled
def specification_curve(
    curve: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    limits: tuple[float, float] = (0.2, 1000),
) -> BookFigure:
    """Draw one odds ratio in many analyses, from least to most, over the choices of each.

    Parameters
    ----------
    curve
        A row an analysis: ``odds_ratio``, ``ci_low``, ``ci_high``, ``method`` (a word) and
        ``covariates`` (a list of names). If each analysis was done in many cohorts, these are
        medians, and ``least`` and ``most`` the range of the odds ratio: a bar.
    labels
        Names of the covariates.
    limits
        The axis goes no further; an interval that does ends in an arrow.

    Examples
    --------
    >>> curve = pd.DataFrame({"odds_ratio": [5.0, 2.0], "ci_low": [1.2, 0.8],
    ...     "ci_high": [9.0, 7.0], "method": ["Wald"] * 2, "covariates": [[], ["age"]]})
    >>> specification_curve(curve, {"age": "Age"}).finding
    'The odds ratio is 2.0 to 5.0 in 2 analyses; 1 of 2 intervals exclude 1'
    """
    curve = curve.sort_values("odds_ratio", kind="stable", ignore_index=True)
    covariates = list(dict.fromkeys(name for names in curve["covariates"] for name in names))
    methods = list(dict.fromkeys(curve["method"]))
    names = [labels.get(name, name) for name in covariates]
    choices = [*zip(names, covariates, strict=True), *zip(methods, methods, strict=True)]
    width = drawing_width()
    lines = [wrap(text, 0.33 * width) for text, _ in choices]
    left = max(text_width(line) for text in lines for line in text) + 1.5 * GAP
    top, plot = GAP, 2.3
    starts = np.cumsum([0, *(LINE * (len(text) + 0.4) for text in lines)])
    height = top + plot + 0.25 + starts[-1] + GAP
    figure, sheet = page(width, height)
    span = (width - left - GAP) / width
    axes = figure.add_axes((left / width, 1 - (top + plot) / height, span, plot / height))
    values = curve[["odds_ratio", "ci_low", "ci_high"]].to_numpy(float)
    ranged = {"least", "most"} <= set(curve)
    ranges = curve[["least", "most"] if ranged else ["odds_ratio"] * 2].to_numpy(float)
    log_axis(axes, np.hstack([values, ranges]), limits)
    _turn_upwards(axes, len(curve))
    sentences = []
    for i, (ratio, lower, upper) in enumerate(values):
        spread = ranges[i] if ranged else None
        _draw_analysis(axes, i, values[i], spread)
        taken = [labels.get(name, name) for name in curve["covariates"][i]]
        listed = format_list(taken) if taken else "nothing"
        about = f"{curve['method'][i]}, adjusted for {listed}"
        sentences.append([listed, curve["method"][i], format_estimate(ratio, lower, upper)])
        column = axes.axvspan(i - 0.5, i + 0.5, alpha=0, lw=0)
        over = (
            f"; {format_interval(ranges[i, 0], ranges[i, 1], 1)} over the cohorts" if ranged else ""
        )
        figure.add_hint(column, f"{about}: {format_estimate(ratio, lower, upper)}{over}")
    step = (width - left - GAP) / len(curve)
    for text, (_, key), start, stop in zip(lines, choices, starts, starts[1:], strict=False):
        y = top + plot + 0.25 + (start + stop) / 2
        sheet.text(GAP, y, "\n".join(text), va="center_baseline", linespacing=1.2)
        for i, (taken, method) in enumerate(zip(curve["covariates"], curve["method"], strict=True)):
            face = SECOND if key in (*taken, method) else RULE
            sheet.plot(left + step * (i + 0.5), y, "o", color=face, ms=min(5, 45 * step))
    exclude = int(((values[:, 1] > 1) | (values[:, 2] < 1)).sum())
    ends = format_interval(values[0, 0], values[-1, 0], 1)
    spread = format_interval(ranges.min(), ranges.max(), 1)
    over = f", each the median of many cohorts ({spread} in single ones)" if ranged else ""
    figure.tell(
        f"The odds ratio is {ends} in {len(curve)} analyses{over}; {exclude} of {len(curve)} "
        f"{'median ' * ranged}intervals exclude 1",
        [f"Adjusted for {format_list(names)}; {format_list(methods)}."],
    )
    figure.numbers = pd.DataFrame(
        sentences, columns=["Adjusted for", "Method", "Odds ratio (95% CI)"]
    )
    if ranged:
        figure.numbers["Over the cohorts"] = [format_interval(low, high, 1) for low, high in ranges]
    return figure


def _turn_upwards(axes: Axes, analyses: int) -> None:
    """Turn an axis that was laid out for x: the ratio runs upwards here."""
    low, high = axes.get_xlim()
    ticks, between = axes.get_xticks(), axes.get_xticks(minor=True)
    axes.clear()
    axes.set(yscale="log", ylim=(low, high), xlim=(-0.5, analyses - 0.5), xticks=[])
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks(between, [""] * len(between), minor=True)
    axes.set_ylabel("Odds ratio (95% CI), log scale")
    axes.axhline(1, color=MUTED, lw=0.9, zorder=0)


def _draw_analysis(axes: Axes, x: int, estimate: Values, spread: Values | None) -> None:
    """Draw an estimate with its interval, and its range over many cohorts."""
    low, high = axes.get_ylim()
    ratio, lower, upper = estimate
    axes.plot([x, x], [max(lower, low), min(upper, high)], color=SECOND, lw=1.6)
    for end, beyond, head in ((low, lower < low, "v"), (high, upper > high, "^")):
        if beyond:
            axes.plot(x, end, head, color=SECOND, ms=5, clip_on=False)
    if spread is not None:
        axes.plot([x, x], spread.clip(low, high), color=FIRST, lw=5, solid_capstyle="butt")
        if spread[1] > high:
            axes.plot(x, high, "^", color=FIRST, ms=7, clip_on=False)
    axes.plot(x, ratio, "o", color=FIRST, ms=5, mfc=CARD, mew=1.4)


@styled
def power_curves(
    power: pd.DataFrame, labels: Mapping[str, str], *, xlabel: str = "Patients in the study"
) -> BookFigure:
    """Draw the power of the likelihood ratio test by the size of a cohort.

    Parameters
    ----------
    power
        As from `simulate_power`: ``n``, ``exposure``, ``odds_ratio`` and ``lr``.
    labels
        Names of the exposures.
    xlabel
        Title of the axis of the sizes.

    Examples
    --------
    >>> power = pd.DataFrame({"n": [50, 100], "exposure": "a", "odds_ratio": 3.0, "lr": [0.4, 0.8]})
    >>> power_curves(power, {"a": "Cough"}).alt
    'A power of 80% takes 100 patients for Cough. Cough, odds ratio 3.0: 40% at 50, 80% at 100.'
    """
    width, left = drawing_width(), 0.62
    key = 0.2
    figure = BookFigure(figsize=(width, 1))
    axes = figure.add_axes((left / width, 0, 1 - (left + 0.3) / width, 1), ylim=(0, 100))
    sentences, reached, cells = [], [], {}
    whom = xlabel.split()[0].lower()
    for i, (exposure, rows) in enumerate(power.groupby("exposure", sort=False)):
        name = labels.get(str(exposure), str(exposure))
        label = f"{name}, odds ratio " + format_number(rows["odds_ratio"].iloc[0], 1)
        mark = MARKS[i % len(MARKS)]
        wrapped = wrap(label, width - left - 0.8)
        key += LINE * 1.2 * len(wrapped)
        axes.plot(
            rows["n"], 100 * rows["lr"], lw=1.6, label="\n".join(wrapped), clip_on=False, **mark
        )
        cells[label] = {
            f"{n:,}": f"{format_number(100 * lr, 0)}%"
            for n, lr in zip(rows["n"], rows["lr"], strict=True)
        }
        enough = rows.loc[rows["lr"] >= 0.8, "n"]
        fewest = f"{enough.iloc[0]:,} {whom}" if len(enough) else f"more {whom} than drawn"
        reached.append(f"{fewest} for {name}")
        points = (f"{share} at {n}" for n, share in cells[label].items())
        sentences.append(f"{label}: {', '.join(points)}.")
    height = 2.8 + key
    figure.set_size_inches(width, height)
    axes.set_position((left / width, 0.5 / height, 1 - (left + 0.3) / width, 2.25 / height))
    axes.axhline(80, color=MUTED, lw=0.9, ls=":")
    axes.set(xlabel=xlabel, ylabel="Power (%)", xlim=(0, None))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, ncols=1, borderpad=0)
    axes.set_yticks(np.arange(0, 101, 20))
    figure.tell(f"A power of 80% takes {format_list(reached)}", sentences)
    figure.numbers = pd.DataFrame(cells).fillna("").rename_axis(xlabel).reset_index()
    return figure
