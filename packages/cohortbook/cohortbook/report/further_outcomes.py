"""Further outcomes: numbers, ordered levels, and values measured twice in each patient."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import (
    TIMES,
    count,
    in_words,
    named,
    prepare_predictors,
    term_label,
    usable_together,
)
from cohortbook.report.printing import Printing, printed_as, printing_in, printing_of, widest
from cohortbook.report.robust import NIL
from smallstats.columns import refuse
from smallstats.design import COLLINEAR, INTERCEPT, Design, build_design
from smallstats.paired import compare_pairs
from smallstats.remarks import Remark, few_clusters
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort
    from cohortbook.report.predictors import Predictors

_KNOWN = "outcome is known"
_Z = 1.959963984540054
VAGUE, FAR = 100.0, 12.0
"""A log odds ratio whose standard error, for one SD of a term, is larger, and that for its largest
difference from the mean is larger, has run away."""


@dataclass(frozen=True)
class _Designed:
    """A design, its patients and candidates; `out` says why a candidate is not in it."""

    design: Design
    patients: pd.DataFrame
    prepared: Predictors
    out: dict[str, str]


class _UnfitError(ValueError):
    """Some terms, why each has no estimate in a model that may exist without them."""

    def __init__(self, terms: Sequence[str], why: str) -> None:
        super().__init__(why)
        self.terms = terms


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


def _design(cohort: Cohort, outcome: str, left_out: dict[str, str]) -> _Designed:
    """Design a model of the patients whose outcome is known, of all candidates that it can have."""
    names = [name for name in cohort.spec.analysis.candidates if name != outcome]
    prepared = prepare_predictors(cohort, names)
    needed = [outcome, *[cohort.spec.analysis.cluster] * bool(cohort.spec.analysis.cluster)]
    with_outcome = prepared.frame.dropna(subset=needed).assign(**{_KNOWN: True})
    refuse([Remark("it is missing for everybody")] * with_outcome.empty)
    out = left_out | dict(prepared.problems)
    usable = [name for name in names if name not in out]
    try:
        design = build_design(with_outcome, _KNOWN, prepared.of(usable), both=False)
    except ValueError:  # without those that spoil it?
        prepared, more = usable_together(replace(prepared, frame=with_outcome), usable, [_KNOWN])
        out |= more
        usable = [name for name in usable if name not in out]
        design = build_design(with_outcome, _KNOWN, prepared.of(usable), both=False)
    if not usable:
        words = "no candidate can be fitted: {why}"
        raise ValueError(Remark(words, why=named(out, prepared.labels)))
    return _Designed(design, with_outcome[design.complete], prepared, out)


def fit_linear(cohort: Cohort, outcome: str) -> pd.DataFrame:
    """Fit a number by least squares to all candidates, its standard errors robust.

    Robust to unequal variances (HC3), or with ``analysis: cluster`` to clusters.

    Returns
    -------
    DataFrame
        ``term``, ``label``, ``estimate`` (difference of the outcome for one step of the term),
        ``ci_low``, ``ci_high``, ``p``, ``n``, ``dropped``, ``method``, ``without`` (candidates
        that it cannot have, and why), ``warnings``, ``why`` (it cannot be fitted; then there is
        one row).

    References
    ----------
    MacKinnon JG, White H. Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties. J Econometrics 1985;29:305-25.
    """
    from statsmodels.regression.linear_model import OLS

    def fit(design: Any, patients: pd.DataFrame) -> tuple[Any, Any, Any, str]:
        x, back = design.scaled()
        y = patients[outcome].to_numpy(dtype=float)
        _refuse_lone(x, design.terms)
        kind, options, how = _covariance(cohort, patients)
        model = OLS(y, x)
        result = model.fit(cov_type=kind, cov_kwds=options, use_t=True)
        coef, se = back @ result.params, _errors(result, back)
        if cohort.spec.analysis.cluster:
            _refuse_nil(design.terms, se, _errors(model.fit(), back))
        from scipy.special import stdtr, stdtrit

        df = len(y) - x.shape[1] if kind == "HC3" else len(np.unique(options["groups"])) - 1
        half = stdtrit(df, 0.975) * se
        p = 2 * stdtr(df, -np.abs(coef / se))
        method = f"least squares, 95% interval{how or ' with robust standard errors (HC3)'}"
        return coef, (coef - half, coef + half), p, method

    return _fitted(cohort, outcome, fit)


def fit_ordered(cohort: Cohort, outcome: str) -> pd.DataFrame:
    """Fit ordered levels to all candidates by proportional odds.

    With ``analysis: cluster`` its standard errors are robust to clusters.

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
        refuse([Remark("one level in all patients who are complete")] * (int(y.max()) == 0))
        model = OrderedModel(y, x[:, 1:], distr="logit")
        result = model.fit(method="bfgs", disp=0, maxiter=1000, gtol=1e-8)
        k = x.shape[1] - 1
        try:
            covariance = np.asarray(result.cov_params())[:k, :k]
        except ValueError:  # it is flat at the end of the search
            covariance = np.full((k, k), np.nan)
        spread = np.sqrt(np.diag(covariance)) * x[:, 1:].std(axis=0)
        vague, far = ~(spread < VAGUE), np.abs(result.params[:k]) > FAR
        if vague.any():
            terms = np.array(design.terms[1:])[vague & far if (vague & far).any() else vague]
            raise _UnfitError(list(terms), Remark("its estimate is not finite"))
        scale = back[1:, 1:]
        coef, se = scale @ result.params[:k], _errors(result, scale)
        kind, options, how = _covariance(cohort, patients)
        if how:
            start = result.params
            robust = model.fit(start, method="bfgs", disp=0, cov_type=kind, cov_kwds=options)
            usual, se = se, _errors(robust, scale)
            _refuse_nil(design.terms[1:], se, usual)
        ends = np.exp(coef - _Z * se), np.exp(coef + _Z * se)
        with_none = np.r_[0.0, coef]
        low, high = (np.r_[np.nan, end] for end in ends)
        p = np.r_[np.nan, chdtrc(1, (coef / se) ** 2)]
        method = f"proportional odds, 95% Wald interval, Wald test{how}"
        return np.exp(with_none), (low, high), p, method

    return _fitted(cohort, outcome, fit)


def _refuse_lone(x: Any, terms: tuple[str, ...]) -> None:
    """Refuse terms that one patient alone determines: without that one they are not known."""
    leverage = (np.linalg.qr(x)[0] ** 2).sum(axis=1)
    left = np.abs(np.diag(np.linalg.qr(x[leverage < 1 - COLLINEAR], mode="r")))
    lone = np.flatnonzero(np.r_[left, np.zeros(x.shape[1] - len(left))] < COLLINEAR)
    if len(lone):
        raise _UnfitError(
            [terms[int(j)] for j in lone], Remark("one patient alone determines its effect")
        )


def _errors(result: Any, back: Any) -> Any:
    """Compute the standard errors of the terms from those of the scaled columns."""
    k = len(back)
    return np.sqrt(np.diag(back @ np.asarray(result.cov_params())[:k, :k] @ back.T))


def _refuse_nil(terms: Sequence[str], robust: Any, usual: Any) -> None:
    """Refuse terms that tell clusters apart: their robust standard errors are nil."""
    nil = [term for term in np.array(terms)[robust < NIL * usual] if term != INTERCEPT]
    if nil:
        raise _UnfitError(nil, Remark("it tells clusters apart, so no robust standard error"))


def _covariance(cohort: Cohort, patients: pd.DataFrame) -> tuple[str, Any, str]:
    """Choose a covariance: of statsmodels' kinds, with its options, and what to call it."""
    cluster = cohort.spec.analysis.cluster
    if not cluster:
        return "HC3", None, ""
    groups, names = pd.factorize(patients[cluster])
    refuse([Remark("{term!r} has one cluster", term=cluster)] * (len(names) == 1))
    label = labels_of(cohort)[cluster]
    how = f", standard errors robust to the {len(names)} clusters of {label}"
    return "cluster", {"groups": groups}, how


def _fitted(cohort: Cohort, outcome: str, fit: Any) -> pd.DataFrame:
    """Fit, and put the terms into rows; what cannot be fitted says why."""
    columns = ["term", "label", "estimate", "ci_low", "ci_high", "p", "n", "dropped", "method"]
    columns += ["without", "warnings", "why"]
    endless, printing, labels = dict[str, str](), printing_of(cohort), labels_of(cohort)
    while True:
        try:
            designed = _design(cohort, outcome, endless)
            design, patients, prepared = designed.design, designed.patients, designed.prepared
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                coef, (low, high), p, method = fit(design, patients)
            break
        except _UnfitError as error:
            columns_of = designed.prepared.columns
            first = {term.partition("[")[0].split(TIMES)[0] for term in error.terms}
            owners = [name for name in columns_of if first & {*columns_of[name]}]
            why = in_words(error.args[0], printing, labels)
            endless |= dict.fromkeys(owners, why)
        except ValueError as error:
            why = in_words(error.args[0], printing, labels)
            return printed_as(pd.DataFrame([{"why": why}], columns=columns), cohort)
    terms, cluster = list(design.terms), cohort.spec.analysis.cluster
    remarks = few_clusters(patients[cluster].nunique() if cluster else 0)
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
            "without": named(designed.out, prepared.labels),
            "warnings": "\n".join(in_words(text, printing, labels) for text in remarks),
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
            method=_capital(printing.method(first.method)),
            n=count(first.n),
            dropped=count(first.dropped),
        )
    ]
    notes += [f"{_capital(first.warnings)}."] * bool(first.warnings)
    if first.without:
        notes.append(printing.say("Left out: {reasons}.", reasons=first.without))
    return printing.table(cells, caption, notes, data=table)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
    mean, sd = getattr(row, f"mean_{end}"), getattr(row, f"sd_{end}")
    return printing.mean_sd(mean, sd, row.first, beside=widest(row._asdict())[0])


def _change(row: Any, printing: Printing) -> str:
    if pd.isna(row.estimate):
        return ""
    write = printing.points if row.kind == "binary" else printing.difference
    return write(row.estimate, row.ci_low, row.ci_high)
