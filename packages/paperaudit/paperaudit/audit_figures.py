"""Figures of the audit: what clashes, which test printed a p, and what margins leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from paperaudit.audit import KINDS
from paperaudit.verdict import DIFFERS, FOLLOWS, MEANINGS, UNJUDGED, sentence
from smallstats.figures.layout import GAP, LINE, WIDTH, Rectangle, log_axis, rows_beside
from smallstats.figures.layout import page as canvas
from smallstats.figures.style import (
    BAND,
    CARD,
    FIRST,
    INK,
    MUTED,
    ON_FIRST,
    RULE,
    SECOND,
    BookFigure,
    styled,
    text_width,
    wrap,
)
from smallstats.formatting import format_number, format_p

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TINTS = {"rounded": SECOND, "truncated": FIRST, "": CARD}
#: What a count of each meaning is called, and its colour.
MEANING_WORDS = {
    FOLLOWS: "follow from the others",
    UNJUDGED: "cannot be judged",
    DIFFERS: "do not follow",
}
MEANING_COLOURS = {FOLLOWS: SECOND, UNJUDGED: RULE, DIFFERS: FIRST}


@styled
def meaning_bars(
    audit: pd.DataFrame, *, page: str = "", anchor: str = "all-verdicts"
) -> BookFigure:
    """Draw how many printed numbers follow, cannot be judged, and do not follow, by kind.

    Each bar leads to the list of its numbers.

    Parameters
    ----------
    audit
        As `paperaudit.audit.audit_claims` gives it: its ``kind`` and ``meaning``.
    page, anchor
        The page and the name of the table that lists them, with filters Kind and Meaning; by
        default the page that shows the figure.

    Examples
    --------
    >>> audit = pd.DataFrame({"kind": ["p values of tests"] * 3,
    ...                       "meaning": ["follows from the others"] * 2 + ["does not follow"]})
    >>> meaning_bars(audit).alt.partition(": ")[2]
    '2 follow from the others, 0 cannot be judged, 1 do not follow. p values of tests: 2, 0, 1.'
    """
    counts = meaning_counts(audit)
    totals = counts.sum()
    title = f"The paper's {format_number(totals.sum(), 0)} printed numbers, each held against the "
    title += "other printed numbers"
    names = [wrap(sentence(str(kind)), 1.6) for kind in counts.index]
    left = 2 * GAP + max(text_width(line) for lines in names for line in lines)
    widths = np.full(len(MEANINGS), 1.3)
    widths[0] = WIDTH - left - widths[1:].sum() - GAP
    starts = left + np.cumsum([0, *widths])[:-1]
    # One scale for all bars, as large as the fullest column lets it be.
    scale = ((widths - 0.5) / counts.max().clip(lower=1)).min()
    top, height = 0.81, 0.36
    figure, sheet = canvas(WIDTH, top + height * len(counts) + 0.12)
    sheet.text(GAP, 0.2, title, weight="bold", va="center_baseline")
    lead = partial(_lead, figure, sheet, f"{page}?{{}}#{anchor}")
    for x, width, meaning in zip(starts, widths, MEANINGS, strict=True):
        n = int(totals[meaning])
        sheet.text(x, 0.53, format_number(n, 0), weight="bold", size=13, va="center_baseline")
        sheet.text(x, 0.72, MEANING_WORDS[meaning], size=9, va="center_baseline")
        lead((x - 0.05, 0.38, width, top - 0.38), n, {"Meaning": meaning})
    for row, (kind, label) in enumerate(zip(counts.index, names, strict=True)):
        y = top + height * row
        if row % 2 == 0:
            sheet.add_patch(Rectangle((0, y), WIDTH, height, color=BAND, lw=0))
        middle: dict[str, Any] = {"y": y + height / 2, "va": "center_baseline"}
        sheet.text(GAP, s="\n".join(label), linespacing=1.1, **middle)
        for x, width, meaning in zip(starts, widths, MEANINGS, strict=True):
            n = int(counts.loc[kind, meaning])
            bar = Rectangle((x, y + 0.09), n * scale, 0.18, fc=MEANING_COLOURS[meaning], lw=0)
            sheet.add_patch(bar)
            beside = x + n * scale + 0.05 * bool(n)
            colour = INK if n else MUTED
            sheet.text(beside, s=format_number(n, 0), color=colour, **middle)
            lead((x - 0.05, y, width, height), n, {"Kind": str(kind), "Meaning": meaning})
    said = [f"{format_number(totals[m], 0)} {words}" for m, words in MEANING_WORDS.items()]
    rows = [
        f"{kind}: {', '.join(format_number(n, 0) for n in counts.loc[kind])}."
        for kind in counts.index
    ]
    figure.alt = f"{title}: {', '.join(said)}. " + " ".join(rows)
    figure.data = counts.rename_axis("kind").reset_index()
    return figure


def _lead(
    figure: BookFigure,
    sheet: Axes,
    href: str,
    box: tuple[float, float, float, float],
    n: int,
    chosen: Mapping[str, str],
) -> None:
    """Lay a link to the list of n numbers over a box of the sheet: x, y, width, height."""
    if not n:
        return
    x, y, width, height = box
    over = Rectangle((x, y), width, height, fc=CARD, alpha=0.004, lw=0)  # 0 would not be drawn
    sheet.add_patch(over)
    words = {heading: sentence(text) for heading, text in chosen.items()}
    about = f"{', '.join(words.values())}: list of {format_number(n, 0)} printed numbers"
    figure.add_link(over, href.format(urlencode(words)), about)


def meaning_counts(audit: pd.DataFrame) -> pd.DataFrame:
    """Count printed numbers by kind (rows) and by what their verdict means (columns).

    Examples
    --------
    >>> audit = pd.DataFrame({"kind": ["p values of tests"], "meaning": ["does not follow"]})
    >>> meaning_counts(audit).to_numpy().tolist()
    [[0, 0, 1]]
    """
    counts = pd.crosstab(audit["kind"], audit["meaning"])
    kinds = [kind for kind in KINDS if kind in counts.index]
    return counts.reindex(index=kinds, columns=list(MEANINGS), fill_value=0).rename_axis(
        index=None, columns=None
    )


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
        beside=True,  # lines join the rows
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
    figure, sheet = canvas(width, edges[-1] + 0.55)
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
                "color": {"rounded": CARD, "truncated": ON_FIRST}.get(habit, INK),
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
        directions=("lower odds", "higher odds"),
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
