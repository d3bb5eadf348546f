"""Time to an event: the chapter of a cohort whose spec names a time and an event."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import count
from cohortbook.report.printing import Printing, printed_as, printing_in, printing_of
from cohortbook.report.summaries import Prose, isolated
from smallstats.formatting import format_number, format_percent
from smallstats.survival import cumulative_incidence, log_rank, survival_table
from smallstats.survival_groups import follow_up_counts, gray_test, median_time
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

MOST_TICKS = 7
"""So many times a curve is read at, the start among them."""

_STEPS = {
    "months": (1, 2, 3, 6, 12, 24, 36, 60, 120),
    "weeks": (1, 2, 4, 13, 26, 52, 104),
}
"""Steps of time that a reader expects in a unit; else 1, 2 or 5 and so on."""


def has_times(cohort: Cohort) -> bool:
    """Check whether the spec names a time and an event, and they may be shown."""
    plan = cohort.spec.analysis
    return bool(plan.time and plan.event) and not why_no_times(cohort)


def why_no_times(cohort: Cohort) -> str:
    """Return why times that the spec names are not shown, or an empty text.

    Patients at risk are small counts at the end of every curve.
    """
    plan = cohort.spec.analysis
    if cohort.spec.smallest_shown > 1:
        return "small counts are withheld"
    complete = cohort.frame[[plan.time, plan.event]].notna().all(axis=1)
    return "" if complete.any() else "no patient has both a time and an event that are known"


def curves_by(cohort: Cohort) -> str:
    """Name the variable whose groups have curves of their own, if it is known for anybody."""
    plan = cohort.spec.analysis
    needed = [name for name in (plan.time, plan.event, plan.curves) if name]
    return plan.curves if cohort.frame[needed].notna().all(axis=1).any() else ""


def tick_times(cohort: Cohort) -> list[float]:
    """Choose times that cover the follow-up from its start on, in steps that a reader expects.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> tick_times(load_cohort(example_cohort()))
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    plan = cohort.spec.analysis
    last = float(cohort.frame[plan.time].max())
    if not last > 0:
        return [0.0]
    usual = _STEPS.get(cohort.spec.variables[plan.time].unit, ())
    power = 10.0 ** (floor(log10(last)) - 1)
    steps = [*usual, *(step * power * scale for scale in (1, 10) for step in (1, 2, 5, 10))]
    step = next(step for step in steps if last / step < MOST_TICKS)
    ticks = np.arange(floor(last / step * (1 + 1e-9)) + 1) * step
    return [float(tick) for tick in ticks.round(9)]


def group_names(cohort: Cohort, groups: list[str]) -> list[str]:
    """Name the groups whose curves are drawn apart, as a reader sees them."""
    name = curves_by(cohort)
    if not name:
        return [""] * len(groups)
    variable, printing = cohort.spec.variables[name], printing_of(cohort)
    if variable.kind != "binary":
        return list(groups)
    return [f"{variable.label}: {printing.say(group)}" for group in groups]


def event_table(cohort: Cohort) -> pd.DataFrame:
    """Compute how many had the event by times that cover the follow-up, in each group.

    Returns
    -------
    DataFrame
        ``group`` (empty without ``analysis: curves``), ``time``, ``n``, ``dropped``, ``at_risk``
        (followed until this time or longer), ``events``, ``competing`` and ``censored`` (until
        then, that time included), ``incidence`` (one minus Kaplan-Meier; Aalen-Johansen where the
        spec names a competing event) with its ``ci_low``, ``ci_high``, ``se`` and ``interval``.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> cohort = load_cohort(example_cohort())
    >>> event_table(cohort)[["time", "at_risk", "incidence"]].round(3).head(2)
       time  at_risk  incidence
    0   1.0       26      0.133
    1   2.0       20      0.238
    """
    at = tick_times(cohort)[1:] or [0.0]
    return printed_as(incidence(cohort, at), cohort)


def incidence(cohort: Cohort, at: list[float] | None) -> pd.DataFrame:
    """Estimate the incidence at some times, or (None) at each event; the interval is its own."""
    plan, frame, by = cohort.spec.analysis, cohort.frame, curves_by(cohort) or None
    if plan.competing:
        table = cumulative_incidence(
            frame, plan.time, plan.event, competing=plan.competing, by=by, at=at
        )
    else:
        table = survival_table(frame, plan.time, plan.event, by=by, at=at)
        turned = {"ci_low": 1 - table["ci_high"], "ci_high": 1 - table["ci_low"]}
        table = table.assign(incidence=1 - table["survival"], **turned).drop(columns="survival")
    last = ["incidence", "ci_low", "ci_high", "se", "interval"]
    return table[[*(name for name in table if name not in last), *last]]


def times_by_group(cohort: Cohort) -> pd.DataFrame:
    """Compare the groups of ``analysis: curves``, or describe all patients.

    Returns
    -------
    DataFrame
        ``group``, ``label``, ``n``, ``events``, ``median`` with ``ci_low`` and ``ci_high`` (not
        where there is a competing event), ``followed`` (the median follow-up, by the reverse
        Kaplan-Meier method), ``test`` (log-rank, or Gray's where there is a competing event) and
        ``p``.

    References
    ----------
    Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. Control Clin
    Trials 1996;17:343-6.
    """
    plan, by = cohort.spec.analysis, curves_by(cohort) or None
    complete = cohort.frame.dropna(subset=[name for name in (plan.time, plan.event, by) if name])
    table = median_time(complete, plan.time, plan.event, by=by)
    ended = complete[plan.event].astype(bool)
    if plan.competing:
        ended |= complete[plan.competing].fillna(False).astype(bool)
        table[["median", "ci_low", "ci_high"]] = np.nan
    left = complete.assign(**{plan.event: ~ended})
    table["followed"] = median_time(left, plan.time, plan.event, by=by)["median"]
    table.insert(1, "label", group_names(cohort, table["group"].tolist()))
    test, p = "", np.nan
    if by and len(table) > 1 and complete[plan.event].any():
        if plan.competing:
            test = "Gray"
            p = gray_test(complete, plan.time, plan.event, by, competing=plan.competing).p
        else:
            test, p = "Log-rank", log_rank(complete, plan.time, plan.event, by).p
    return printed_as(table.assign(test=test, p=p), cohort)


def counts_at(cohort: Cohort, at: list[float]) -> pd.DataFrame:
    """Count who is at risk at some times, and before them the events and the censored.

    They add up to all patients of a group at every time; ``label`` names the group.
    """
    plan = cohort.spec.analysis
    table = follow_up_counts(
        cohort.frame,
        plan.time,
        plan.event,
        at=at,
        competing=plan.competing or None,
        by=curves_by(cohort) or None,
    )
    return table.assign(label=group_names(cohort, table["group"].tolist()))


def write_time(time: float) -> str:
    """Write a time without needless digits.

    Examples
    --------
    >>> write_time(2.0), write_time(0.25)
    ('2', '0.25')
    """
    text = format_number(time, 2 if time >= 1 else 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_when(cohort: Cohort, time: float) -> str:
    """Write a time with its unit; without one, with the name of the time, lest it read as a year.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> write_when(load_cohort(example_cohort()), 6.0)
    '6 years'
    """
    variable, printing = cohort.spec.variables[cohort.spec.analysis.time], printing_of(cohort)
    number = printing.numbers(write_time(time))
    if variable.unit:
        return f"{number} {printing.say(variable.unit)}"
    words = "{number} (“{label}”, no unit given)"
    return printing.say(words, number=number, label=isolated(variable.label))


def summarise_events(cohort: Cohort, table: pd.DataFrame) -> Prose:
    """Summarise how many had the event by the last time of a table, and the follow-up."""
    plan, labels, printing = cohort.spec.analysis, labels_of(cohort), printing_of(cohort)
    groups = times_by_group(cohort)
    event = isolated(labels[plan.event])
    sentences = []
    for row, line in zip(_last_known(table), groups.itertuples(), strict=False):
        when = write_when(cohort, row.time)
        who = f"{isolated(str(line.label))}: " if line.label else ""
        share = _percent(row, printing, printing.say("95% CI") + " ")
        followed = row.n - row.events - row.censored - getattr(row, "competing", 0)
        sentences.append(
            who
            + printing.say(
                "By {when}, {share} had the event “{event}”; {n} of {all} patients were followed "
                "for longer without it.",
                when=when, share=share, event=event, n=count(followed), all=count(row.n),
            )
        )  # fmt: skip
    sentences += _compared(groups, _unit(cohort, printing), printing)
    if plan.competing:
        sentences.append(
            printing.say(
                "“{event}” counts as a competing event.", event=isolated(labels[plan.competing])
            )
        )
    return Prose(tuple(sentences))


def _last_known(table: pd.DataFrame) -> list[Any]:
    """Give, of each group, the last time at which its incidence is known."""
    estimated = table[table["incidence"].notna()]
    return list(estimated.groupby("group", sort=False).tail(1).itertuples())


def _unit(cohort: Cohort, printing: Printing) -> str:
    """Give the unit of the time, or that there is none."""
    unit = cohort.spec.variables[cohort.spec.analysis.time].unit
    return printing.say(unit) if unit else printing.say("no unit given")


def _compared(groups: pd.DataFrame, unit: str, printing: Printing) -> list[str]:
    sentences = []
    rows: list[Any] = list(groups.itertuples())
    medians = [
        f"{isolated(row.label)}: " * bool(row.label)
        + printing.numbers(_median(row, printing))
        + f" {unit}"
        for row in rows
        if pd.notna(row.median) and np.isfinite(row.median)
    ]
    if medians:
        sentences.append(
            printing.say(
                "Median time to the event (95% CI): {medians}.", medians="; ".join(medians)
            )
        )
    if groups["test"].iloc[0]:
        sentences.append(
            printing.say(
                "{test} test of the groups: {p}.",
                test=printing.say(groups["test"].iloc[0]),
                p=printing.numbers(printing.p(groups["p"].iloc[0], symbol="p")),
            )
        )
    return sentences


def _percent(row: Any, printing: Printing, before: str = "") -> str:
    """Write an incidence with its interval, in percent."""
    if pd.isna(row.incidence):
        return "–"
    point, *ends = (
        format_percent(v, 1, decimals=1) for v in (row.incidence, row.ci_low, row.ci_high)
    )
    if pd.isna(row.ci_low):
        return printing.numbers(point)
    return printing.numbers(f"{point} ({before}{ends[0]} {printing.say('to')} {ends[1]})")


def _median(row: Any, printing: Printing) -> str:
    """Write a median time with its interval."""
    if pd.isna(row.median):
        return "–"
    point, low, high = (
        write_time(v) if np.isfinite(v) else ("∞" if not np.isnan(v) else "–")
        for v in (row.median, row.ci_low, row.ci_high)
    )
    if point == "∞":
        return printing.say("not reached ({low} to {high})", low=low, high=high)
    return printing.words(f"{point} ({low} to {high})")


def show_events(cohort: Cohort, table: pd.DataFrame) -> Table:
    """Show how many had the event by certain times."""
    plan, labels, printing = cohort.spec.analysis, labels_of(cohort), printing_in(table)
    rows: list[Any] = list(table.itertuples())
    cells: dict[str, list[str]] = {}
    if by := curves_by(cohort):
        names = group_names(cohort, table["group"].tolist())
        again = table["group"].duplicated()
        cells[labels[by]] = ["" if same else name for name, same in zip(names, again, strict=True)]
    cells[labels[plan.time]] = [write_time(row.time) for row in rows]
    cells["At risk"] = [count(row.at_risk) for row in rows]
    cells["Events"] = [count(row.events) for row in rows]
    if plan.competing:
        cells["Competing events"] = [count(row.competing) for row in rows]
    cells["Censored"] = [count(row.censored) for row in rows]
    cells["Cumulative incidence (95% CI)"] = [_percent(row, printing) for row in rows]
    how = "Aalen-Johansen" if plan.competing else "1 minus Kaplan-Meier"
    notes = [
        printing.say("{how}, log-log interval.", how=printing.say(how)),
        printing.say(
            "At risk: followed to this time or longer. Events and censored: until this time, which "
            "is included."
        ),
    ]
    if plan.curves and not by:
        words = "All patients are together: {label} is not known for anybody."
        notes.append(printing.say(words, label=labels[plan.curves]))
    dropped = int(table["dropped"].iloc[0])
    if dropped:
        words = "{n} patients are left out for missing values."
        notes.append(printing.say(words, n=count(dropped)))
    caption = printing.say("“{event}” by time", event=isolated(labels[plan.event]))
    return printing.table(cells, caption, notes, data=table)


def show_times_by_group(cohort: Cohort, table: pd.DataFrame) -> Table:
    """Show what `times_by_group` gives."""
    plan, labels, printing = cohort.spec.analysis, labels_of(cohort), printing_in(table)
    rows: list[Any] = list(table.itertuples())
    ending = f" ({_unit(cohort, printing)})"
    cells = {
        labels.get(curves_by(cohort)) or "Characteristic": [
            row.label or printing.say("All patients") for row in rows
        ],
        "Patients": [count(row.n) for row in rows],
        "Events": [count(row.events) for row in rows],
    }
    if not plan.competing:
        heading = printing.say("Median time to the event (95% CI)") + ending
        cells[heading] = [_median(row, printing) for row in rows]
    followed = [write_time(row.followed) if np.isfinite(row.followed) else "–" for row in rows]
    cells[printing.say("Median follow-up") + ending] = followed
    notes = [printing.say("Median follow-up: reverse Kaplan-Meier.")]
    if not plan.competing:
        notes.insert(0, printing.say("Medians: Kaplan-Meier, log-log interval."))
    if rows[0].test:
        cells["p"] = [printing.p(rows[0].p), *[""] * (len(rows) - 1)]
        notes.append(f"p: {printing.say(rows[0].test + ' test')}.")
    return printing.table(cells, "Time to the event", notes, data=table)
