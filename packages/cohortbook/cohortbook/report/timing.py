"""Time to an event: the chapter of a cohort whose spec names a time and an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cohortbook.report.clinical_tables import labels_of
from cohortbook.report.summaries import Prose, isolated
from smallstats.cox import CoxFit, fit_cox
from smallstats.formatting import format_number, format_p, format_percent, format_ratio
from smallstats.survival import cumulative_incidence, survival_table
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

TIMES = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Times to read a curve at, in whatever unit: those at which some patients are still followed."""


def has_times(cohort: Cohort) -> bool:
    """Whether the spec names a time and an event, and no count has to be withheld.

    Patients at risk are small counts at the end of every curve.
    """
    plan = cohort.spec.analysis
    return bool(plan.time and plan.event) and cohort.spec.smallest_shown == 1


def event_table(cohort: Cohort) -> pd.DataFrame:
    """Compute how many had the event by certain times.

    Returns
    -------
    DataFrame
        Of `smallstats.survival.cumulative_incidence` if the spec names a competing event,
        else of `survival_table`, whose complement is ``incidence`` here with its interval.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> cohort = load_cohort(example_cohort())
    >>> event_table(cohort)[["time", "at_risk", "incidence"]].round(3).tail(2)
       time  at_risk  incidence
    3   2.0       20      0.238
    4   5.0        9      0.481
    """
    plan, frame = cohort.spec.analysis, cohort.frame
    followed = frame[plan.time].quantile(0.9)
    at = tuple(t for t in TIMES if t <= followed) or (float(frame[plan.time].max()),)
    at = at[-5:]
    if plan.competing:
        return cumulative_incidence(frame, plan.time, plan.event, competing=plan.competing, at=at)
    table = survival_table(frame, plan.time, plan.event, at=at)
    turned = {"ci_low": 1 - table["ci_high"], "ci_high": 1 - table["ci_low"]}
    return table.assign(incidence=1 - table["survival"], **turned)


def summarise_events(cohort: Cohort, table: pd.DataFrame) -> Prose:
    """Say how many had the event by the last time of a table."""
    plan, labels, last = cohort.spec.analysis, labels_of(cohort), table.iloc[-1]
    unit = cohort.spec.variables[plan.time].unit
    share = format_percent(last["incidence"], 1)
    ends = " to ".join(format_percent(last[end], 1) for end in ("ci_low", "ci_high"))
    when = format_number(last["time"], 2).rstrip("0").rstrip(".")
    told = (
        f"By {when} {unit}, {share} had the event "
        f"“{isolated(labels[plan.event])}” (95% interval {ends}); "
        f"{format_number(last['at_risk'], 0)} of {format_number(last['n'], 0)} patients were "
        "followed for longer."
    )
    if plan.competing:
        told += f" “{isolated(labels[plan.competing])}” counts as a competing event."
    return Prose((told,))


def show_events(cohort: Cohort, table: pd.DataFrame) -> Table:
    """Show how many had the event by certain times."""
    plan, labels = cohort.spec.analysis, labels_of(cohort)
    cells = pd.DataFrame(
        {
            labels[plan.time]: [format_number(t, 2) for t in table["time"]],
            "Still followed": [format_number(n, 0) for n in table["at_risk"]],
            "Events": [format_number(n, 0) for n in table["events"]],
            "Cumulative incidence (95% CI)": [
                f"{format_percent(row.incidence, 1)} ({format_percent(row.ci_low, 1)} to "
                f"{format_percent(row.ci_high, 1)})"
                for row in table.itertuples()
            ],
        }
    )
    how = "Aalen-Johansen" if plan.competing else "1 minus Kaplan-Meier"
    return Table(cells, labels[plan.event], (f"{how}, log-log interval.",), data=table)


def fit_times(cohort: Cohort) -> CoxFit | None:
    """Fit Cox's model to the candidates; None if there are none, or it cannot be fitted."""
    plan = cohort.spec.analysis
    try:
        return fit_cox(cohort.frame, plan.time, plan.event, list(plan.candidates))
    except ValueError:
        return None


def show_hazards(cohort: Cohort, fit: CoxFit | None) -> Table | None:
    """Show a Cox fit with its test of proportional hazards."""
    if fit is None:
        return None
    labels = labels_of(cohort)
    test = fit.proportional["p"].reindex(fit.table.index)
    cells = pd.DataFrame(
        {
            "Characteristic": [labels.get(str(term), str(term)) for term in fit.table.index],
            "Hazard ratio (95% CI)": [
                format_ratio(row.hazard_ratio, row.ci_low, row.ci_high)
                for row in fit.table.itertuples()
            ],
            "p": [format_p(p) for p in fit.table["p"]],
            "Proportional hazards, p": [format_p(p) for p in test],
        }
    )
    size = f"{format_number(fit.n, 0)} patients, {format_number(fit.events, 0)} events"
    left = f"; {format_number(fit.dropped, 0)} left out for missing values" * bool(fit.dropped)
    notes = (f"Cox's model of all together: {size}{left}.", *fit.warnings)
    return Table(cells, "Hazard ratios", notes, data=fit.table.reset_index())
