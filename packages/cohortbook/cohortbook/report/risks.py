"""Risks of the outcome with and without each finding: differences and ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import from_reference
from cohortbook.report.printing import Printing, printed_as, printing_in, printing_of
from cohortbook.report.suppression import compares, withheld_of
from smallstats.descriptive import level_indicators, variable_kinds
from smallstats.formatting import format_labels
from smallstats.fourfold import TwoByTwo, two_by_two
from smallstats.score_limits import MEASURES
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

COMMON = 0.1
"""From this share of patients with the outcome on, an odds ratio is far from a risk ratio."""

INTERVAL = "95% score (Miettinen-Nurminen)"
_HEADINGS = {
    "risk_difference": "Risk difference, percentage points (95% CI)",
    "risk_ratio": "Risk ratio (95% CI)",
    "odds_ratio": "Odds ratio (95% CI)",
}


def asks_risks(cohort: Cohort) -> bool:
    """Check whether risks are shown: where `effects` asks for them, or the outcome is common."""
    if not cohort.outcome or not compares(cohort):
        return False
    if cohort.spec.analysis.effects:
        return True
    share = float(cohort.frame[cohort.outcome].mean())
    return COMMON <= share <= 1 - COMMON


def risk_table(cohort: Cohort) -> pd.DataFrame:
    """Compare the risk of the outcome with and without each finding that is compared.

    Returns
    -------
    DataFrame
        A row a finding (a binary variable, or a level of a category against its reference):
        ``variable``, ``label``, ``level``, ``a`` of ``n1`` (with the finding), ``b`` of ``n0``
        (without it, or of the reference), for each of ``risk_difference``, ``risk_ratio`` and
        ``odds_ratio`` the estimate and its score limits with ``_low`` and ``_high``, and ``p`` of
        the N-1 chi-square, which agrees with all of them; ``test`` and ``interval`` name both.
        Findings of which a count is withheld are not in it.

    References
    ----------
    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-26.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> risk_table(load_cohort(example_cohort()))[["label", "a", "n1", "b", "n0"]].head(1)
            label  a  n1  b  n0
    0  Female sex  9  17  5  13
    """
    plan, labels = cohort.spec.analysis, labels_of(cohort)
    ill = cohort.frame[cohort.outcome].to_numpy(bool)
    kinds = variable_kinds(cohort.frame, plan.compare)
    rows, printing = [], printing_of(cohort)
    for name in plan.compare:
        if kinds[name] == "number" or withheld_of(cohort, name).tells:
            continue
        column = _from_reference(cohort, name)
        levels: list[tuple[str, Any]] = list(level_indicators(column).items())
        first = (levels[0][1] == 1).to_numpy() if len(levels) > 1 else None
        for level, indicator in levels[len(levels) > 1 :]:
            present, rest = (indicator == 1).to_numpy(), (indicator == 0).to_numpy()
            rest = rest if first is None else first
            if not present.any() or not rest.any():
                continue
            counts = [int(v) for v in (
                (present & ill).sum(), present.sum(), (rest & ill).sum(), rest.sum(),
            )]  # fmt: skip
            against = level
            if first is not None:
                against = printing.say("{one} against {other}", one=level, other=levels[0][0])
            row = {"variable": name, "label": labels[name], "level": against}
            rows.append(row | _effects(two_by_two(*counts)))
    table = pd.DataFrame(rows)
    table.attrs["effects"] = plan.effects or tuple(_HEADINGS)
    return printed_as(table, cohort)


def _from_reference(cohort: Cohort, name: str) -> pd.Series[Any]:
    """Return a variable whose levels begin with the reference, or the first that occurs."""
    column, reference = cohort.frame[name], cohort.spec.variables[name].reference
    if reference:
        column = from_reference(column, reference)
    return column.cat.remove_unused_categories() if hasattr(column, "cat") else column


def _effects(table: TwoByTwo) -> dict[str, Any]:
    """Return every measure of a table with its score limits."""
    effects: dict[str, Any] = {"a": table.a, "n1": table.n1, "b": table.b, "n0": table.n0}
    for measure in MEASURES:
        key = measure.replace(" ", "_")
        low, high = table.limits(measure)
        effects |= {key: getattr(table, key), f"{key}_low": low, f"{key}_high": high}
    return effects | {"p": table.n_minus_1, "test": "N-1 chi-square", "interval": INTERVAL}


def show_risks(cohort: Cohort, table: pd.DataFrame) -> Table:
    """Show what `risk_table` gives.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> cohort = load_cohort(example_cohort())
    >>> show_risks(cohort, risk_table(cohort)).frame.iloc[0].tolist()[:4]
    ['Female sex', '9/17 (53%)', '5/13 (38%)', '14.5 (−21.4 to 46.6)']
    """
    printing, rows = printing_in(table), list(table.itertuples())
    label = labels_of(cohort)[cohort.outcome]
    caption = printing.say("Risk of “{outcome}” with and without each finding", outcome=label)
    if table.empty:
        return printing.table({"Characteristic": []}, caption)
    cells = {
        "Characteristic": format_labels(table),
        "With the finding": [printing.n_percent(row.a, row.n1) for row in rows],
        "Without it": [printing.n_percent(row.b, row.n0) for row in rows],
    }
    for effect in table.attrs.get("effects", tuple(_HEADINGS)):
        cells[_HEADINGS[effect]] = [_written(row, effect, printing) for row in rows]
    cells["p"] = [printing.p(row.p) for row in rows]
    notes = [
        printing.say("Intervals: score limits of Miettinen and Nurminen; p: N-1 chi-square, which "
                     "agrees with them."),
        *_about_levels(table, printing),
        printing.say("A risk can be read only where patients were not chosen by the outcome: in a "
                     "case-control study none is shown by these counts."),
    ]  # fmt: skip
    return printing.table(cells, caption, notes, data=table)


def _about_levels(table: pd.DataFrame, printing: Printing) -> list[str]:
    """Say what stands under the headings where there are several levels."""
    several = table["variable"].duplicated(keep=False).any()
    words = "Of several levels, each is set against the reference, whose risk is under “{without}”."
    return [printing.say(words, without=printing.say("Without it"))] * bool(several)


def _written(row: Any, effect: str, printing: Printing) -> str:
    value, low, high = (getattr(row, f"{effect}{end}") for end in ("", "_low", "_high"))
    if effect == "risk_difference":
        return printing.points(value, low, high)
    return printing.ratio(value if not np.isnan(value) else None, low, high)
