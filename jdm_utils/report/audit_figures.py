"""Figures of the audit: what clashes, which test printed a p, and what margins leave open."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from jdm_utils.report.figures import log_axis
from jdm_utils.report.formatting import format_number, format_p
from jdm_utils.report.layout import GAP, LINE, page, rows_beside
from jdm_utils.report.style import (
    CARD,
    FIRST,
    INK,
    MUTED,
    SECOND,
    BookFigure,
    styled,
    text_width,
    wrap,
)

TINTS = {"rounded": SECOND, "truncated": FIRST, "": CARD}


@styled
def verdict_bars(counts: pd.Series) -> BookFigure:
    """Draw how many numbers have each verdict.

    Parameters
    ----------
    counts
        Numbers, indexed by what the verdict is called.

    Examples
    --------
    >>> verdict_bars(pd.Series({"Reproduced": 12, "Contradicted": 1})).alt
    'Verdicts on 13 printed numbers. Reproduced: 12. Contradicted: 1.'
    """
    plot = rows_beside(
        [str(name) for name in counts.index],
        {"Numbers": [[format_number(n, 0)] for n in counts]},
        xlabel="Printed numbers of the study",
    )
    for i, n in enumerate(counts):
        plot.axes.barh(plot.y(i), n, height=0.17, color=SECOND)
    plot.axes.set_xlim(0, max(counts))
    told = [f"{name}: {format_number(n, 0)}." for name, n in counts.items()]
    plot.figure.alt = f"Verdicts on {format_number(counts.sum(), 0)} printed numbers. " + " ".join(
        told
    )
    return plot.figure


@styled
def conflict_chart(rows: pd.DataFrame) -> BookFigure:
    """Draw the sets of printed counts that cannot hold together, a column each.

    Parameters
    ----------
    rows
        A row a conflict and count in it: ``conflict`` (a number), ``label``, ``printed``, and
        ``dropped``, whether the count is outside the largest set that can hold together.

    Examples
    --------
    >>> rows = pd.DataFrame({"conflict": [1, 1], "label": ["Girls", "Boys"],
    ...                      "printed": ["16", "8"], "dropped": [True, False]})
    >>> conflict_chart(rows).alt
    '1 set of printed counts cannot hold together. 1: Girls 16 (left out) with Boys 8.'
    """
    claims = rows.drop_duplicates(["label", "printed"])
    places = dict(
        zip(zip(claims["label"], claims["printed"], strict=True), range(len(claims)), strict=True)
    )
    said = ["yes" if dropped else "" for dropped in claims["dropped"]]
    plot = rows_beside(
        list(claims["label"]),
        {"Printed": [[n] for n in claims["printed"]], "Left out": [[word] for word in said]},
        xlabel="Conflict: the joined counts cannot all be right, any one less can",
    )
    told = []
    for number, conflict in rows.groupby("conflict", sort=False):
        key = list(zip(conflict["label"], conflict["printed"], strict=True))
        heights = [plot.y(places[pair]) for pair in key]
        at = float(str(number))
        plot.axes.plot([at] * len(heights), heights, color=MUTED, lw=1.4, zorder=1)
        for height, dropped in zip(heights, conflict["dropped"], strict=True):
            face = FIRST if dropped else INK
            plot.axes.plot(at, height, "X" if dropped else "o", color=face, ms=7, zorder=2)
        names = [
            f"{label} {printed}{' (left out)' * bool(dropped)}"
            for (label, printed), dropped in zip(key, conflict["dropped"], strict=True)
        ]
        told.append(f"{number}: {' with '.join(names)}.")
    numbers = rows["conflict"].unique()
    plot.axes.set(xlim=(min(numbers) - 0.7, max(numbers) + 0.7), xticks=numbers)
    sets = f"{len(numbers)} set{'s' * (len(numbers) > 1)}"
    plot.figure.alt = " ".join([f"{sets} of printed counts cannot hold together.", *told])
    return plot.figure


@styled
def fingerprint_grid(cells: pd.DataFrame, labels: Mapping[str, str]) -> BookFigure:
    """Draw every p of two counts against every test, shaded where it prints as printed.

    Parameters
    ----------
    cells
        ``item``, ``printed``, ``method``, ``computed``, ``rounded`` and ``truncated``, a row a
        printed p and test.
    labels
        Names of the items.

    Examples
    --------
    >>> cells = pd.DataFrame({"item": ["cough"] * 2, "printed": ["0.02"] * 2,
    ...     "method": ["Pearson", "Yates"], "computed": [0.0265, 0.0559],
    ...     "rounded": [False, False], "truncated": [True, False]})
    >>> fingerprint_grid(cells, {"cough": "Cough"}).alt
    'Printed p values against tests: 0 of 1 fit none. Cough 0.02: Pearson (cut off).'
    """
    methods = list(dict.fromkeys(cells["method"]))
    keys = list(dict.fromkeys(zip(cells["item"], cells["printed"], strict=True)))
    span = 0.85
    names = [labels.get(str(item), str(item)) for item, _ in keys]
    lines = [wrap(name, 2.6) for name in names]
    left = max(text_width(line) for name in lines for line in name) + 1.0
    heads = [wrap(method, span - 0.08, 8, "bold") for method in methods]
    top = 0.2 + LINE * max(map(len, heads))
    edges = top + np.cumsum([0, *(LINE * len(name) + 0.1 for name in lines)])
    width = max(left + span * len(methods), 3.8) + GAP
    figure, sheet = page(width, edges[-1] + 0.55)
    for j, head in enumerate(heads):
        where = (left + span * (j + 0.5), top - 0.08)
        sheet.text(*where, "\n".join(head), ha="center", va="bottom", size=8, weight="bold")
    sheet.text(left - 0.1, top - 0.08, "Printed p", ha="right", va="bottom", weight="bold", size=8)
    told = []
    by_key = dict(iter(cells.groupby(["item", "printed"], sort=False)))
    for i, (key, start, stop) in enumerate(zip(keys, edges[:-1], edges[1:], strict=True)):
        middle = (start + stop) / 2
        sheet.text(GAP, middle, "\n".join(lines[i]), va="center_baseline", linespacing=1.2)
        sheet.text(left - 0.1, middle, key[1], ha="right", va="center_baseline")
        hits = []
        for case in by_key[key].itertuples():
            habit = "rounded" if case.rounded else "truncated" if case.truncated else ""
            x = left + span * methods.index(str(case.method))
            cell = Rectangle((x, start), span, stop - start, fc=TINTS[habit], ec=CARD, lw=1.5)
            sheet.add_patch(cell)
            so = {"rounded": "prints so, rounded", "truncated": "prints so, cut off"}.get(habit)
            exact = format_number(float(str(case.computed)), 4)
            about = f"{names[i]}, printed {key[1]}. {case.method}: {exact}"
            figure.add_hint(cell, f"{about}, {so or 'does not print so'}")
            look: dict[str, Any] = {
                "color": CARD if habit == "rounded" else INK,
                "size": 8,
                "ha": "center",
            }
            p = format_p(float(str(case.computed)))
            sheet.text(x + span / 2, middle, p, va="center_baseline", **look)
            if habit:
                hits.append(f"{case.method}{' (cut off)' * (habit == 'truncated')}")
        told.append(f"{names[i]} {key[1]}: {', '.join(hits) or 'none'}.")
    foot = edges[-1] + 0.3
    shades = (GAP, "rounded", "prints so, rounded"), (2.2, "truncated", "prints so, cut off")
    for x, habit, words in shades:
        sheet.add_patch(Rectangle((x, foot - 0.1), 0.3, 0.2, fc=TINTS[habit], lw=0))
        sheet.text(x + 0.4, foot, words, va="center_baseline")
    none = sum(text.endswith(": none.") for text in told)
    finding = f"Printed p values against tests: {none} of {len(told)} fit none."
    figure.alt = " ".join([finding, *told])
    return figure


@styled
def compatible_ranges(
    summary: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    printed: Mapping[str, float] | None = None,
    limits: tuple[float, float] = (0.1, 500),
) -> BookFigure:
    """Draw the odds ratios of all joint tables that agree with printed margins.

    Parameters
    ----------
    summary
        Rows of ``covariate`` and ``statistic``: of each covariate the quantiles ``min``,
        ``q025``, ``median``, ``q975`` and ``max`` of ``odds_ratio``, and ``significant`` and
        ``weighted_significant`` of ``p_lr``.
    labels
        Names of the covariates.
    printed
        Printed odds ratios, drawn beside.
    limits
        The axis goes no further.

    Examples
    --------
    >>> summary = pd.DataFrame({"covariate": ["a", "a"], "statistic": ["odds_ratio", "p_lr"],
    ...     "min": [2, 0], "q025": [3, 0], "median": [4, 0], "q975": [8, 0.1], "max": [9, 0.2],
    ...     "significant": [None, 0.6], "weighted_significant": [None, 0.7]})
    >>> compatible_ranges(summary, {"a": "Cough"}).alt[:81]
    'Odds ratios of all compatible tables: 1 of 1 above 1 in every table. Cough: 2 to '
    """
    ratios = summary[summary["statistic"] == "odds_ratio"].set_index("covariate")
    shares = summary[summary["statistic"] == "p_lr"].set_index("covariate")
    names = list(ratios.index)
    ranges = [_span(ratios.loc[name, ["min", "max"]].to_numpy(float)) for name in names]
    share = [
        " / ".join(
            format_number(100 * float(shares.loc[name, column]), 0)
            for column in ("significant", "weighted_significant")
        )
        for name in names
    ]
    plot = rows_beside(
        [labels.get(name, name) for name in names],
        {"Range": [[text] for text in ranges], "p < 0.05 (%)": [[text] for text in share]},
        xlabel="Odds ratio, log scale: least to most (thin), central 95% (thick), median, printed",
    )
    ends = ratios[["min", "q025", "median", "q975", "max"]].to_numpy(float)
    log_axis(plot.axes, ends[:, 1:4], limits)
    low, high = plot.axes.get_xlim()
    for i, (least, lower, middle, upper, most) in enumerate(ends):
        y = plot.y(i)
        plot.axes.plot([max(least, low), min(most, high)], [y, y], color=SECOND, lw=1)
        plot.axes.plot([max(lower, low), min(upper, high)], [y, y], color=SECOND, lw=4)
        plot.axes.plot(middle, y, "o", color=CARD, mec=SECOND, ms=7, mew=1.6)
        for beyond, end, mark in ((least < low, low, "<"), (most > high, high, ">")):
            if beyond:
                plot.axes.plot(end, y, mark, color=SECOND, ms=6, clip_on=False)
        about = f"{labels.get(names[i], names[i])}: {ranges[i]}, central 95% "
        about += f"{_span((lower, upper))}, median {format_number(middle, 1)}"
        if printed and names[i] in printed:
            plot.axes.plot(printed[names[i]], y, "D", color=FIRST, ms=6)
            about += f", printed {printed[names[i]]}"
        row = plot.axes.axhspan(y - 0.12, y + 0.12, alpha=0, lw=0)
        plot.figure.add_hint(row, about)
    told = [
        f"{labels.get(name, name)}: {text}, median {format_number(middle, 0)}; "
        f"p below 0.05 in {part}% of tables, plain and weighted."
        for name, text, middle, part in zip(names, ranges, ends[:, 2], share, strict=True)
    ]
    above = f"{int((ends[:, 0] > 1).sum())} of {len(ends)} above 1 in every table"
    plot.figure.alt = " ".join([f"Odds ratios of all compatible tables: {above}.", *told])
    return plot.figure


def _span(ends: Sequence[float] | np.ndarray) -> str:
    """Write a range; an end may be infinite."""
    low, high = (
        "∞" if np.isinf(end) else format_number(end, 0 if end >= 10 or end == int(end) else 1)
        for end in ends
    )
    return f"{low} to {high}"
