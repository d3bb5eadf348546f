"""Further outcomes: numbers, ordered levels, and values measured twice in each patient."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import count, prepare_predictors, term_label
from cohortbook.report.printing import Printing, printed_as, printing_in, printing_of
from smallstats.columns import refuse
from smallstats.design import INTERCEPT, build_design
from smallstats.paired import compare_pairs
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort
    from cohortbook.report.predictors import Predictors

_KNOWN = "outcome is known"
_Z = 1.959963984540054


def outcome_tables(cohort: Cohort) -> dict[str, Table]:
    """Make the tables of a spec's ``linear``, ``ordered`` and ``pairs``.

    There are none where small counts are withheld: what is left out of a fit would tell them.
    """
    plan, tables = cohort.spec.analysis, dict[str, Table]()
    if cohort.spec.smallest_shown > 1:
        return tables
    for name in plan.linear if plan.candidates else ():
        tables[f"linear_{name}"] = show_outcome(cohort, name, fit_linear(cohort, name))
    for name in plan.ordered if plan.candidates else ():
        tables[f"ordered_{name}"] = show_outcome(cohort, name, fit_ordered(cohort, name))
    if plan.pairs:
        tables["pairs"] = show_pairs(cohort, pair_table(cohort))
    return tables


def _design(cohort: Cohort, outcome: str, names: Sequence[str]) -> tuple[Any, Any, Predictors]:
    """Give the design of the patients whose outcome is known, their outcome, and the candidates."""
    prepared = prepare_predictors(cohort, names)
    refuse([f"{name}: {why}" for name, why in prepared.problems.items()])
    known = prepared.frame[prepared.frame[outcome].notna()].assign(**{_KNOWN: True})
    design = build_design(known, _KNOWN, prepared.of(names), both=False)
    return design, known[design.complete], prepared


def fit_linear(cohort: Cohort, outcome: str) -> pd.DataFrame:
    """Fit a number by least squares to all candidates, its standard errors robust.

    Robust to unequal variances (HC3), or with ``analysis: cluster`` to clusters.

    Returns
    -------
    DataFrame
        ``term``, ``label``, ``estimate`` (difference of the outcome for one step of the term),
        ``ci_low``, ``ci_high``, ``p``, ``n``, ``dropped``, ``method``, ``why`` (it cannot be
        fitted; then there is one row).

    References
    ----------
    MacKinnon JG, White H. Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties. J Econometrics 1985;29:305-25.
    """
    from statsmodels.regression.linear_model import OLS

    def fit(design: Any, patients: pd.DataFrame) -> tuple[Any, Any, Any, str]:
        x, back = design.scaled()
        y = patients[outcome].to_numpy(dtype=float)
        kind, options, how = _covariance(cohort, patients)
        found = OLS(y, x).fit(cov_type=kind, cov_kwds=options, use_t=True)
        covariance = back @ found.cov_params() @ back.T
        coef, se = back @ found.params, np.sqrt(np.diag(covariance))
        from scipy.special import stdtr, stdtrit

        df = len(y) - x.shape[1] if kind == "HC3" else len(np.unique(options["groups"])) - 1
        half = stdtrit(df, 0.975) * se
        p = 2 * stdtr(df, -np.abs(coef / se))
        return coef, (coef - half, coef + half), p, f"least squares, {how}"

    return _fitted(cohort, outcome, fit)


def fit_ordered(cohort: Cohort, outcome: str) -> pd.DataFrame:
    """Fit ordered levels to all candidates by proportional odds.

    Returns
    -------
    DataFrame
        As `fit_linear`; ``estimate`` is the odds ratio of a higher level.

    References
    ----------
    McCullagh P. Regression models for ordinal data. J R Stat Soc B 1980;42:109-42.
    """
    from scipy.special import chdtrc
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    def fit(design: Any, patients: pd.DataFrame) -> tuple[Any, Any, Any, str]:
        x, back = design.scaled()
        y = patients[outcome].cat.remove_unused_categories().cat.codes.to_numpy()
        refuse(["one level in all patients who are complete"] * (int(y.max()) == 0))
        model = OrderedModel(y, x[:, 1:], distr="logit")
        found = model.fit(method="bfgs", disp=0, maxiter=1000, gtol=1e-8)
        k = x.shape[1] - 1
        scale = back[1:, 1:]
        coef = scale @ found.params[:k]
        se = np.sqrt(np.diag(scale @ np.asarray(found.cov_params())[:k, :k] @ scale.T))
        refuse(
            ["an estimate is not finite"]
            * bool(not np.isfinite(se).all() or np.abs(coef).max() > 25)
        )
        ends = np.exp(coef - _Z * se), np.exp(coef + _Z * se)
        with_none = np.r_[0.0, coef]
        low, high = (np.r_[np.nan, end] for end in ends)
        p = np.r_[np.nan, chdtrc(1, (coef / se) ** 2)]
        return np.exp(with_none), (low, high), p, "proportional odds, 95% Wald interval, Wald test"

    return _fitted(cohort, outcome, fit)


def _covariance(cohort: Cohort, patients: pd.DataFrame) -> tuple[str, Any, str]:
    cluster = cohort.spec.analysis.cluster
    if not cluster:
        return "HC3", None, "95% interval with robust standard errors (HC3)"
    groups, names = pd.factorize(patients[cluster])
    how = f"95% interval with standard errors robust to {len(names)} clusters"
    return "cluster", {"groups": groups}, how


def _fitted(cohort: Cohort, outcome: str, fit: Any) -> pd.DataFrame:
    """Fit, and put the terms into rows; what cannot be fitted says why."""
    names = [name for name in cohort.spec.analysis.candidates if name != outcome]
    columns = [
        "term",
        "label",
        "estimate",
        "ci_low",
        "ci_high",
        "p",
        "n",
        "dropped",
        "method",
        "why",
    ]
    try:
        design, patients, prepared = _design(cohort, outcome, names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef, (low, high), p, method = fit(design, patients)
    except ValueError as error:
        return printed_as(pd.DataFrame([{"why": str(error)}], columns=columns), cohort)
    terms = list(design.terms)
    table = pd.DataFrame(
        {
            "term": terms,
            "label": [term_label(term, prepared.labels) for term in terms],
            "estimate": coef,
            "ci_low": low,
            "ci_high": high,
            "p": p,
            "n": len(patients),
            "dropped": len(cohort.frame) - len(patients),
            "method": method,
            "why": "",
        }
    )
    # the curves of splines have no effect of their own; their number stands for them
    hidden = {INTERCEPT, *(column for columns in prepared.curved.values() for column in columns)}
    return printed_as(table[~table["term"].isin(hidden)].reset_index(drop=True), cohort)


def show_outcome(cohort: Cohort, outcome: str, table: pd.DataFrame) -> Table:
    """Show what `fit_linear` and `fit_ordered` give."""
    printing, label = printing_in(table), labels_of(cohort)[outcome]
    caption = printing.say("“{outcome}”, by all candidates together", outcome=label)
    if table["why"].iloc[0]:
        return printing.table({"Characteristic": []}, caption, [f"{table['why'].iloc[0]}."])
    number = cohort.spec.variables[outcome].kind == "number"
    rows = list[Any](table.itertuples())
    heading = "Difference (95% CI)" if number else "Odds ratio of a higher level (95% CI)"
    write = printing.difference if number else printing.ratio
    cells = {
        "Characteristic": [row.label for row in rows],
        heading: [write(row.estimate, row.ci_low, row.ci_high) for row in rows],
        "p": [printing.p(row.p) for row in rows],
    }
    first = rows[0]
    notes = [
        printing.say(
            "{method}; {n} patients, {dropped} left out for missing values.",
            method=printing.say(first.method[:1].upper() + first.method[1:]),
            n=count(first.n),
            dropped=count(first.dropped),
        )
    ]
    return printing.table(cells, caption, notes, data=table)


def pair_table(cohort: Cohort) -> pd.DataFrame:
    """Compare the pairs of ``analysis: pairs`` within patients.

    Returns
    -------
    DataFrame
        As `smallstats.paired.compare_pairs`. Numbers whose ``tests:`` say ``mann-whitney`` are
        compared by signed ranks.
    """
    plan = cohort.spec.analysis
    every = plan.tests.get("number") == "mann-whitney"
    ranks = [one for one, _ in plan.pairs if plan.tests.get(one) == "mann-whitney" or every]
    pairs = [(one, other) for one, other in plan.pairs]
    return printed_as(compare_pairs(cohort.frame, pairs, ranks=ranks), cohort)


def show_pairs(cohort: Cohort, table: pd.DataFrame) -> Table:
    """Show what `pair_table` gives."""
    printing, labels = printing_of(cohort), labels_of(cohort)
    rows = list[Any](table.itertuples())
    cells = {
        "Characteristic": [f"{labels[row.first]} → {labels[row.second]}" for row in rows],
        "Patients": [count(row.n) for row in rows],
        "First": [_side(row, "first", printing) for row in rows],
        "Second": [_side(row, "second", printing) for row in rows],
        "Up, down": [f"{count(row.up)}, {count(row.down)}" for row in rows],
        "Change (95% CI)": [_change(row, printing) for row in rows],
        "p": [printing.p(row.p) for row in rows],
        "Test": [printing.say(row.test) for row in rows],
    }
    notes = [
        printing.say(
            "Within patients; a patient with either value missing is left out. Changes of shares "
            "are in percentage points."
        )
    ]
    return printing.table(cells, "First and second value of each patient", notes, data=table)


def _side(row: Any, end: str, printing: Printing) -> str:
    if row.kind == "binary":
        return printing.n_percent(getattr(row, f"n_{end}"), row.n)
    if row.kind == "ordinal":
        return ""
    return printing.mean_sd(getattr(row, f"mean_{end}"), getattr(row, f"sd_{end}"), row.first)


def _change(row: Any, printing: Printing) -> str:
    if pd.isna(row.estimate):
        return ""
    write = printing.points if row.kind == "binary" else printing.difference
    return write(row.estimate, row.ci_low, row.ci_high)
