"""The regression of a cohort's book: each candidate alone, and all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from cohortbook.report.clinical_tables import labels_of, odds_ratios, show_regression
from cohortbook.report.suppression import tells_overlap, withheld_of
from smallstats.descriptive import variable_kinds
from smallstats.logistic import fit_logistic
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

LARGE = 20_000
"""From so many patients on, Firth's penalty changes little and takes long."""


@dataclass(frozen=True)
class Models:
    """Fits of a cohort's candidates.

    Attributes
    ----------
    candidates
        A row a candidate: ``variable``, ``label``, ``why`` it is in no model (else empty).
    rows
        Columns of `cohortbook.report.clinical_tables.odds_ratios`; ``model`` is ``Univariable`` or
        ``Multivariable``.
    why
        Why there is no model of all together; empty if there is one.
    """

    candidates: pd.DataFrame
    rows: pd.DataFrame
    why: str

    @property
    def fitted(self) -> list[str]:
        """The candidates that are in a model."""
        return list(self.candidates["variable"][self.candidates["why"] == ""])


def fit_candidates(
    cohort: Cohort,
    candidates: Sequence[str] | None = None,
    *,
    method: str = "",
    interval: str = "wald",
) -> Models:
    """Fit each candidate alone and all of them together; what cannot be fitted is named.

    Parameters
    ----------
    cohort
        Its ``analysis: outcome`` is fitted.
    candidates
        By default its ``analysis: candidates``.
    method, interval
        As in `smallstats.logistic.fit_logistic`; by default ``firth``, whose estimates exist
        whatever the data, and ``ml`` in a cohort so large that the two hardly differ.

    Returns
    -------
    Models
        If the spec says ``suppress_below``, variables of which a count is withheld are in no model,
        and there is none of all together where the patients left out of it would tell such a count.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> fit_candidates(load_cohort(example_cohort())).fitted
    ['diabetes', 'bmi', 'smoker']
    """
    frame, outcome, labels = cohort.frame, cohort.outcome, labels_of(cohort)
    names = cohort.spec.analysis.candidates if candidates is None else tuple(candidates)
    method = method or ("firth" if len(frame) < LARGE else "ml")
    parts, reasons, why = [], {}, ""

    def fit(model: str, predictors: list[str]) -> str:
        try:
            found = fit_logistic(frame, outcome, predictors, method=method, interval=interval)
        except ValueError as error:
            return str(error)
        parts.append(odds_ratios(found, labels, model=model))
        return ""

    for name in names:
        few = withheld_of(cohort, name).some or withheld_of(cohort, outcome).some
        reasons[name] = "a count is withheld" if few else fit("Univariable", [name])
    fitted = [name for name in names if not reasons[name]]
    if len(fitted) > 1:
        why = _left_out(cohort, fitted) or fit("Multivariable", fitted)
    elif not fitted:
        why = "no candidate can be fitted"
    table = pd.DataFrame({"variable": names, "label": [labels[name] for name in names]})
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["model"])
    return Models(table.assign(why=[reasons[name] for name in names]), rows, why)


def show_models(models: Models) -> Table:
    """Show fits of candidates; the notes say which are in no model, and why.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> show_models(fit_candidates(load_cohort(example_cohort()))).frame.columns.tolist()[1]
    'Univariable odds ratio (95% CI)'
    """
    caption = "Each candidate alone, and together"
    out = models.candidates[models.candidates["why"] != ""]
    notes = [f"In no model: {row.label}: {row.why}." for row in out.itertuples()]
    notes += [f"Of all together: {models.why}."] * bool(models.why)
    if models.rows.empty:
        return Table(pd.DataFrame({"Characteristic": out["label"]}), caption, tuple(notes))
    return show_regression(models.rows, caption, notes=notes)


def _left_out(cohort: Cohort, names: list[str]) -> str:
    """Say if the model of all would tell how few patients have two of its findings, or gaps."""
    least = cohort.spec.smallest_shown
    if least == 1:
        return ""
    frame, ill = cohort.frame[names], cohort.frame[cohort.outcome].to_numpy(bool)
    kinds = variable_kinds(frame, names)
    for group in (ill, ~ill):
        few = tells_overlap(frame[group].isna().to_numpy(), least)
        for one, other in combinations([name for name in names if kinds[name] != "number"], 2):
            both = pd.crosstab(frame[one][group], frame[other][group]).to_numpy()
            few |= bool(((both > 0) & (both < least)).any())
        if few:
            return "withheld, as it would tell a count that is too small"
    return ""
