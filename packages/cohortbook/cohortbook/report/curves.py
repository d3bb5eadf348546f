"""The curves of a time to an event, as clinicians read them: with the patients under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import count
from cohortbook.report.printing import Printing, printing_of
from cohortbook.report.timing import (
    counts_at,
    curves_by,
    event_table,
    incidence,
    tick_times,
    times_by_group,
    write_time,
    write_when,
)
from smallstats.figures.layout import page
from smallstats.figures.style import (
    FIRST,
    GAP,
    INK,
    LINE,
    MUTED,
    NARROW,
    SECOND,
    BookFigure,
    drawing_width,
    styled,
    text_width,
    wrap,
)
from smallstats.formatting import format_percent

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

LINES: tuple[tuple[str, Any], ...] = (
    (SECOND, "-"),
    (FIRST, (0, (5, 1.5))),
    ("#6f3f8f", (0, (1, 1))),
    ("#2f6f4f", (0, (6, 1.5, 1, 1.5))),
    (INK, (0, (3, 1, 1, 1, 1, 1))),
)
"""Colour and pattern of each group's curve: either tells the groups apart."""

PLOT = 2.9
"""Height of the curves, in inches."""


@styled
def survival_curves(cohort: Cohort) -> BookFigure:
    """Draw Kaplan-Meier's curves, or where events compete the cumulative incidence, by group.

    Under each tick of the time stand the patients at risk, and the events and censored before it;
    they add up to all. Strokes on the curves are censored patients, shades are 95% intervals.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> survival_curves(load_cohort(example_cohort())).finding
    '64% have had “Revision” by 6 years'
    """
    plan, labels, printing = cohort.spec.analysis, labels_of(cohort), printing_of(cohort)
    width, ticks = drawing_width(), tick_times(cohort)
    over = width <= NARROW  # what is counted is written above the counts
    if over and text_width(count(len(cohort.frame))) * 1.2 * len(ticks) > width - 1.05:
        ticks = ticks[::2]
    counts, curves = counts_at(cohort, ticks), incidence(cohort, None)
    names = dict(zip(counts["group"], counts["label"], strict=True))
    lines = [("At risk", "at_risk"), ("Events", "events"), ("Censored", "censored")]
    if plan.competing:
        lines.insert(2, ("Competing events", "competing"))
    heads = [printing.say(heading) for heading, _ in lines]
    titles = {
        group: wrap(name, width - 2 * GAP, weight="bold") for group, name in names.items() if name
    }
    left = 0.7 if over else GAP + max([*map(text_width, heads), 0.62]) + 0.3
    rows = sum(len(lines) * (1 + over) + len(titles.get(group, [])) for group in names)
    keys = _key(names, width - left - 0.8)
    top = 0.12 + LINE * 1.15 * sum(len(name) for name in keys.values()) * bool(titles)
    foot = 0.62 + rows * LINE * 1.15 + GAP
    total = top + PLOT + foot
    figure, sheet = page(width, total)
    axes = figure.add_axes(
        (left / width, foot / total, (width - left - 0.35) / width, PLOT / total)
    )
    falling = not plan.competing
    for (group, curve), (colour, pattern) in zip(
        curves.groupby("group", sort=False), LINES * len(names), strict=False
    ):
        key = "\n".join(keys[str(group)])
        _draw(axes, cohort, str(group), curve, falling, colour, pattern, key)
    what = "Free of “{event}” (%)" if falling else "Cumulative incidence of “{event}” (%)"
    axes.set(
        xlim=(0, max(float(cohort.frame[plan.time].max()), ticks[-1]) or 1),
        ylim=(0, 100),
        xlabel=labels[plan.time],
        xticks=ticks,
        xticklabels=[printing.numbers(write_time(tick)) for tick in ticks],
    )
    ylabel = wrap(printing.say(what, event=labels[plan.event]), PLOT)
    axes.set_ylabel("\n".join(ylabel))
    if titles:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0.1,
            handlelength=2.6, labelspacing=0.2,
        )  # fmt: skip
    test = times_by_group(cohort)
    result = ""
    if test["test"].iloc[0]:
        p = printing.numbers(printing.p(test["p"].iloc[0], symbol="p"))
        result = f"{printing.say(test['test'].iloc[0])} {p}"
        axes.text(0.98, 0.95 if falling else 0.05, result, transform=axes.transAxes, ha="right",
                  va="top" if falling else "bottom")  # fmt: skip
    _write_counts(sheet, axes, counts, lines, heads, titles, top + PLOT + 0.62, left, over)
    figure.tell(
        _shares(cohort, curves, names, result), _in_words(counts, curves, falling, printing)
    )
    figure.numbers = _numbers(counts, lines, heads, labels[plan.time], printing)
    figure.data = counts.drop(columns="label")
    return figure


def _key(names: dict[str, str], width: float) -> dict[str, list[str]]:
    """Break the names of the curves into lines no wider than their key."""
    return {group: wrap(name, width) for group, name in names.items()}


def _numbers(
    counts: pd.DataFrame, lines: list[tuple[str, str]], heads: list[str], time: str,
    printing: Printing,
) -> pd.DataFrame:  # fmt: skip
    """Put what stands under the ticks into a table of printed counts."""
    numbers = pd.DataFrame({time: [printing.numbers(write_time(t)) for t in counts["time"]]})
    if counts["label"].any():
        numbers.insert(0, "", counts["label"].to_numpy())
    for head, (_, column) in zip(heads, lines, strict=True):
        numbers[head] = [count(n) for n in counts[column]]
    return numbers


def _draw(
    axes: Axes, cohort: Cohort, group: str, curve: pd.DataFrame, falling: bool, colour: str,
    pattern: Any, name: str,
) -> None:  # fmt: skip
    """Draw the curve of one group to its last follow-up, its interval, and who is censored."""
    plan = cohort.spec.analysis
    mine = _patients(cohort, group)
    last = float(mine[plan.time].max())
    sign, zero = (-1, 100) if falling else (1, 0)
    curve = curve[curve["incidence"].notna()]
    times = np.r_[curve["time"].to_numpy(float), last]
    point, low, high = (
        zero + sign * 100 * np.r_[v := curve[c].to_numpy(float), v[-1]]
        for c in ("incidence", "ci_low", "ci_high")
    )
    axes.fill_between(times, low, high, step="post", color=colour, alpha=0.13, lw=0)
    axes.step(times, point, where="post", color=colour, ls=pattern, lw=1.7, label=name or None)
    ended = mine[plan.event].astype(bool)
    if plan.competing:
        ended |= mine[plan.competing].fillna(False).astype(bool)
    censored = np.sort(mine.loc[~ended, plan.time].to_numpy(float))
    at = point[np.searchsorted(times[:-1], censored, side="right") - 1]
    axes.plot(censored, at, "|", color=colour, ms=6, mew=1, clip_on=False)


def _patients(cohort: Cohort, group: str) -> pd.DataFrame:
    """Return the patients of a group whose time and event are known."""
    plan, by = cohort.spec.analysis, curves_by(cohort)
    complete = cohort.frame.dropna(subset=[name for name in (plan.time, plan.event, by) if name])
    if not by:
        return complete
    levels = (
        complete[by].map({True: "yes", False: "no"})
        if complete[by].dtype == "boolean"
        else complete[by]
    )
    return complete[levels.astype(str) == group]


def _write_counts(
    sheet: Axes, axes: Axes, counts: pd.DataFrame, lines: list[tuple[str, str]], heads: list[str],
    titles: dict[str, list[str]], y: float, left: float, over: bool,
) -> None:  # fmt: skip
    """Write, under each tick, who is at risk and what became of the others, group by group."""
    low, high = axes.get_xlim()
    width = float(sheet.get_xlim()[1]) - left - 0.35
    for group, part in counts.groupby("group", sort=False):
        for line in titles.get(str(group), []):
            sheet.text(GAP, y, line, va="center_baseline", weight="bold")
            y += LINE * 1.15
        for head, (_, column) in zip(heads, lines, strict=True):
            sheet.text(GAP, y, head, va="center_baseline", color=MUTED)
            y += LINE * 1.15 * over
            for time, n in zip(part["time"], part[column], strict=True):
                x = left + width * (time - low) / (high - low)
                sheet.text(x, y, count(n), ha="center", va="center_baseline")
            y += LINE * 1.15


def _shares(cohort: Cohort, curves: pd.DataFrame, names: dict[str, str], test: str) -> str:
    """Return a sentence: how many had the event by the last time written under the curves."""
    plan, labels, printing = cohort.spec.analysis, labels_of(cohort), printing_of(cohort)
    written, sentences = event_table(cohort), []
    for group, name in names.items():
        curve = written[(written["group"] == group) & written["incidence"].notna()]
        if curve.empty:  # all were lost before the first of these times
            curve = curves[(curves["group"] == group) & curves["incidence"].notna()]
        last = curve.iloc[-1]
        share = format_percent(float(last["incidence"]), 1, decimals=printing.percent_decimals)
        time = write_when(cohort, float(last["time"]))
        when = {"share": printing.numbers(share), "time": time, "event": labels[plan.event]}
        if name:
            sentences.append(f"{name}, " + printing.say("{share} by {time}", **when))
        else:
            sentences.append(printing.say("{share} have had “{event}” by {time}", **when))
    if len(sentences) == 1:
        return str(sentences[0])
    words = "Patients who have had “{event}”: {shares}"
    sentence = printing.say(words, event=labels[plan.event], shares="; ".join(sentences))
    return sentence + (f" ({test})" if test else "")


def _in_words(
    counts: pd.DataFrame, curves: pd.DataFrame, falling: bool, printing: Printing
) -> list[str]:
    """Describe what the curves show: where each ends, and how many were at risk at each tick."""
    sentences = [
        printing.say("Kaplan-Meier curves." if falling else "Cumulative incidence curves.")
    ]
    names = dict(zip(counts["group"], counts["label"], strict=True))
    for group, part in counts.groupby("group", sort=False):
        curve = curves[(curves["group"] == group) & curves["incidence"].notna()]
        last = float(curve["incidence"].iloc[-1])
        percent = format_percent(1 - last if falling else last, 1, decimals=1)
        who = f"{names[group]}: " if names[group] else ""
        words = "{percent} with the event at the end; at risk at {times}: {risk}."
        if falling:
            words = "{percent} free of the event at the end; at risk at {times}: {risk}."
        end = printing.say(
            words,
            percent=printing.numbers(percent),
            times=", ".join(printing.numbers(write_time(time)) for time in part["time"]),
            risk=", ".join(map(count, part["at_risk"])),
        )
        sentences.append(f"{who}{end}")
    return sentences
