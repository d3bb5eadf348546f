"""Figures of the audit: what the verdicts amount to, and what margins leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from paperaudit.audit import KINDS
from paperaudit.verdict import DIFFERS, FOLLOWS, MEANINGS, UNJUDGED, sentence
from smallstats.figures.layout import Rectangle, log_axis, reach, rows_beside
from smallstats.figures.layout import page as canvas
from smallstats.figures.style import (
    BAND,
    CARD,
    FIRST,
    GAP,
    INK,
    LINE,
    MUTED,
    NARROW,
    RULE,
    SECOND,
    BookFigure,
    drawing_width,
    styled,
    text_width,
    wrap,
)
from smallstats.formatting import format_list, format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a count of each meaning is called, and its colour.
MEANING_WORDS = {
    FOLLOWS: "follow from the others",
    UNJUDGED: "cannot be judged",
    DIFFERS: "do not follow",
}
MEANING_COLOURS = {FOLLOWS: SECOND, UNJUDGED: RULE, DIFFERS: FIRST}


@styled
def meaning_bars(audit: pd.DataFrame, *, page: str = "") -> BookFigure:
    """Draw how many printed numbers follow, cannot be judged, and do not follow, by kind.

    Each bar leads to the list of its numbers.

    Parameters
    ----------
    audit
        As `paperaudit.audit.audit_claims` gives it: its ``kind`` and ``meaning``.
    page
        Where a table ``all-verdicts`` lists them, with filters Kind and Meaning; by default the
        page that shows the figure.

    Examples
    --------
    >>> audit = pd.DataFrame({"kind": ["p values of tests"] * 3,
    ...                       "meaning": ["follows from the others"] * 2 + ["does not follow"]})
    >>> meaning_bars(audit).finding
    "2 of the paper's 3 printed numbers follow from the others, 0 cannot be judged, 1 do not follow"
    """
    counts = meaning_counts(audit)
    totals = counts.sum()
    width, over = drawing_width(), drawing_width() <= NARROW  # labels stand over their bars
    names = [wrap(sentence(str(kind)), width if over else 1.6) for kind in counts.index]
    left = GAP if over else 2 * GAP + max(text_width(line) for name in names for line in name)
    widths = np.full(len(MEANINGS), 0.95 if over else 1.3)
    widths[0] = width - left - widths[1:].sum() - GAP
    starts = left + np.cumsum([0, *widths])[:-1]
    # One scale for all bars, as large as the fullest column lets it be.
    scale = ((widths - 0.5) / counts.max().clip(lower=1)).min()
    heads = [wrap(MEANING_WORDS[m], w - 0.1, 9) for m, w in zip(MEANINGS, widths, strict=True)]
    deep = max(map(len, heads))
    top, height = 0.31 + 0.16 * deep, 0.36 + LINE * over
    figure, sheet = canvas(width, top + height * len(counts) + 0.12)
    lead = partial(_lead, figure, sheet, f"{page}?{{}}#all-verdicts")
    for x, room, meaning, head in zip(starts, widths, MEANINGS, heads, strict=True):
        n = int(totals[meaning])
        sheet.text(x, 0.1, format_number(n, 0), weight="bold", size=13, va="center_baseline")
        sheet.text(x, 0.22, "\n".join(head), size=9, va="top", linespacing=1.1)
        lead((x - 0.05, 0, room, top), n, {"Meaning": meaning})
    for row, (kind, label) in enumerate(zip(counts.index, names, strict=True)):
        y = top + height * row
        if row % 2 == 0:
            sheet.add_patch(Rectangle((0, y), width, height, color=BAND, lw=0))
        y += LINE * over
        middle: dict[str, Any] = {"y": y + 0.18, "va": "center_baseline"}
        beneath = {**middle, "y": y + 0.18 * (not over) - 0.02 * over}
        sheet.text(GAP, s="\n".join(label), linespacing=1.1, **beneath)
        for x, room, meaning in zip(starts, widths, MEANINGS, strict=True):
            n = int(counts.loc[kind, meaning])
            bar = Rectangle((x, y + 0.09), n * scale, 0.18, fc=MEANING_COLOURS[meaning], lw=0)
            sheet.add_patch(bar)
            beside = x + n * scale + 0.05 * bool(n)
            colour = INK if n else MUTED
            sheet.text(beside, s=format_number(n, 0), color=colour, **middle)
            lead((x - 0.05, y, room, 0.36), n, {"Kind": str(kind), "Meaning": meaning})
    parts = [f"{format_number(totals[m], 0)} {words}" for m, words in MEANING_WORDS.items()]
    rows = [
        f"{kind}: {', '.join(format_number(n, 0) for n in counts.loc[kind])}."
        for kind in counts.index
    ]
    parts[0] = parts[0].replace(
        " ", f" of the paper's {format_number(totals.sum(), 0)} printed numbers ", 1
    )
    figure.tell(", ".join(parts), rows)
    figure.data = counts.rename_axis("kind").reset_index()
    figure.numbers = counts.map(lambda n: format_number(n, 0)).rename(
        index=lambda kind: sentence(str(kind)), columns=lambda meaning: sentence(str(meaning))
    )
    figure.numbers = figure.numbers.rename_axis("").reset_index()
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


#: How far an axis of odds ratios may reach.
AXIS = (0.1, 500)


@styled
def compatible_ranges(
    summary: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    printed: Mapping[str, float] | None = None,
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

    Examples
    --------
    >>> summary = pd.DataFrame({"covariate": ["a", "a"], "statistic": ["odds_ratio", "p_lr"],
    ...     "min": [2, 0], "q025": [3, 0], "median": [4, 0], "q975": [8, 0.1], "max": [9, 0.2],
    ...     "significant": [None, 0.6], "weighted_significant": [None, 0.7]})
    >>> compatible_ranges(summary, {"a": "Cough"}).finding
    '1 of 1 odds ratios is above 1 in every compatible table: Cough'
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
    ends = ratios[["min", "q025", "median", "q975", "max"]].to_numpy(float)
    left, right = reach(ends[:, 1:4], AXIS)
    beyond = ((ends[:, 0] < left) | (ends[:, 4] > right)).any()
    plot = rows_beside(
        [labels.get(name, name) for name in names],
        {"Range": [[text] for text in ranges], "p < 0.05 (%)": [[text] for text in share]},
        xlabel="Odds ratio, log scale: least to most (thin), central 95% (thick), median (circle)"
        + ", printed (diamond)" * bool(printed)
        + "; an arrow: beyond the axis" * bool(beyond),
        directions=("lower odds", "higher odds"),
    )
    log_axis(plot.axes, ends[:, 1:4], AXIS)
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
    words_of_ranges = [
        f"{labels.get(name, name)}: {text}, median {format_number(middle, 0)}; "
        f"p below 0.05 in {part}% of tables, plain and weighted."
        for name, text, middle, part in zip(names, ranges, ends[:, 2], share, strict=True)
    ]
    above = [
        labels.get(name, name) for name, least in zip(names, ends[:, 0], strict=True) if least > 1
    ]
    verb = "is" if len(above) == 1 else "are"
    finding = f"{len(above) or 'None'} of {len(ends)} odds ratios {verb} above 1"
    which = f": {format_list(above)}" if above else ""
    plot.figure.tell(f"{finding} in every compatible table{which}", words_of_ranges)
    return plot.figure


def _span(ends: Sequence[float] | np.ndarray) -> str:
    """Write a range; an end may be infinite."""
    low, high = (
        "∞" if np.isinf(end) else format_number(end, 0 if end >= 10 or end == int(end) else 1)
        for end in ends
    )
    return f"{low} to {high}"
