"""What imputation makes of a cohort: its regressions and comparisons with missing values drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from cohortbook.cohort.deriving import derive_again
from cohortbook.cohort.spec import COUNTABLE
from cohortbook.report.comparison import compare_groups, labels_of, odds_ratios
from cohortbook.report.model_table import show_models
from cohortbook.report.models import LARGE, TOGETHER, Models, labelled
from cohortbook.report.predictors import (
    Predictors,
    count,
    in_words,
    level_rows,
    prepare_predictors,
    term_label,
    usable_together,
)
from cohortbook.report.printing import printed_as, printing_in, printing_of
from cohortbook.report.summaries import Prose
from smallstats.descriptive import variable_kinds
from smallstats.imputation import impute
from smallstats.imputed_fits import ImputedCoxFit, fit_cox_imputed, fit_imputed
from smallstats.pooling import pool_chi_square, pool_estimates, pool_profiles
from smallstats.remarks import Remark
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort
    from cohortbook.cohort.spec import Spec

IMPUTATION_SEED = 1
"""Imputed values are drawn: from the same seed, so that a book is the same each time."""


def imputed_parents(spec: Spec, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Find what is imputed so that some variables are known, and what follows from it.

    A variable with `derive` follows from its inputs, if these can be imputed; it is computed anew
    from them (passive imputation). One that follows from dates or lists is imputed itself.

    Returns
    -------
    imputed, passive
        Names; the second in an order in which they can be computed.

    Raises
    ------
    ValueError
        For a variable that does not apply to everybody.
    """
    parents: set[str] = set()
    passive: set[str] = set()

    def leaves(name: str) -> set[str]:
        variable = spec.variables[name]
        if variable.only_if:
            raise ValueError(Remark("{term} does not apply to everybody", term=name))
        if not variable.derive:
            return {name} if variable.kind in COUNTABLE else set()
        below = [leaves(each) for each in variable.derive.inputs]
        if not all(below):
            return {name}
        passive.add(name)
        return set[str]().union(*below)

    for name in names:
        parents |= leaves(name)
    return (
        [name for name in spec.variables if name in parents],
        [name for name in spec.sequence if name in passive],
    )


def why_not_imputed(cohort: Cohort) -> str:
    """Return why nothing is imputed, or an empty text."""
    plan = cohort.spec.analysis
    if not plan.imputations:
        return "No value is imputed: cohort.yml asks for no `imputations`."
    if cohort.spec.smallest_shown > 1:
        # the number of imputed patients would tell small counts
        return "No value is imputed where small counts are withheld."
    if plan.cluster:
        return "No value is imputed where patients come in clusters: imputation ignores them."
    return ""


def _unusable(
    cohort: Cohort, names: Sequence[str], ends: Sequence[str], *, together: bool
) -> tuple[Predictors, dict[str, str]]:
    """Find which candidates cannot be imputed or fitted: by themselves, or with the others."""
    out = dict[str, str]()
    for name in names:
        try:
            imputed_parents(cohort.spec, [name])
        except ValueError as error:
            out[name] = in_words(error.args[0], printing_of(cohort), labels_of(cohort))
    prepared = prepare_predictors(cohort, names)
    out |= prepared.problems
    left = [name for name in names if name not in out]
    for name in left:
        out |= usable_together(prepared, [name], ends)[1]
    if together:
        prepared, more = usable_together(prepared, [n for n in left if n not in out], ends)
        out |= more
    return prepared, out


def impute_candidates(cohort: Cohort, *, hazards: bool = False) -> Models:
    """Fit a cohort's candidates together, with missing values imputed.

    Parameters
    ----------
    cohort
        Its ``analysis: candidates`` and ``imputations``. References, steps, splines, interactions
        and derived variables are computed anew in each completed cohort, with the knots and
        standard deviations of the cohort as it is.
    hazards
        Whether to fit Cox's regression; else the logistic one, by Firth's method unless the spec
        says ``ml`` or the cohort is so large that the two hardly differ.

    Returns
    -------
    Models
        One model, of all candidates.

    Raises
    ------
    ValueError
        If something cannot be imputed or fitted.
    """
    plan, outcome = cohort.spec.analysis, cohort.spec.analysis.event if hazards else cohort.outcome
    ends = [plan.time, outcome] if hazards else [outcome]
    asked = [name for name in plan.candidates if name not in (*ends, plan.competing * hazards)]
    prepared, out = _unusable(cohort, asked, ends, together=False)
    try:
        rows = _imputed_rows(cohort, [n for n in asked if n not in out], prepared, ends)
    except ValueError:  # without those that spoil it?
        prepared, more = _unusable(cohort, asked, ends, together=True)
        names = [name for name in asked if name not in more]
        if more == out or not names:
            raise
        rows, out = _imputed_rows(cohort, names, prepared, ends), more
    names, labels, printing = (
        [n for n in asked if n not in out],
        labels_of(cohort),
        printing_of(cohort),
    )
    levels = level_rows(
        prepared, names, cohort.frame[outcome], yes=printing.say("yes"), no=printing.say("no")
    )
    table = pd.DataFrame({"variable": asked, "label": [labels[name] for name in asked]})
    return Models(
        table.assign(why=[out.get(name, "") for name in asked]), rows.assign(model=TOGETHER), "",
        levels, outcome=outcome, prepared=prepared, printing=printing,
    )  # fmt: skip


def _imputed_rows(
    cohort: Cohort, names: Sequence[str], prepared: Predictors, ends: Sequence[str]
) -> pd.DataFrame:
    """Impute and fit some candidates; `ends` is the outcome, or the time and the event."""
    plan = cohort.spec.analysis
    if not names:
        raise ValueError(Remark("no candidate can be fitted"))
    parents, passive = imputed_parents(cohort.spec, names)
    frame = cohort.frame[list(dict.fromkeys([*ends, *parents]))]

    def complete(done: pd.DataFrame) -> pd.DataFrame:
        return prepare_predictors(cohort, names, derive_again(done, passive, cohort.spec)).frame

    options: dict[str, Any] = {
        "auxiliary": parents,
        "derive": complete,
        "imputations": int(plan.imputations),
        "seed": IMPUTATION_SEED,
    }
    columns = prepared.of(names)
    if len(ends) > 1:
        return _hazard_rows(fit_cox_imputed(frame, ends[0], ends[1], columns, **options), prepared)
    method = "ml" if plan.method == "ml" or len(frame) >= LARGE else "firth"
    fit = fit_imputed(frame, ends[0], columns, method=method, **options)
    warnings = labelled(fit.warnings, fit.dropped, prepared)
    return odds_ratios(fit, prepared.labels).assign(warnings=warnings)


def _hazard_rows(fit: ImputedCoxFit, prepared: Predictors) -> pd.DataFrame:
    """Return the rows of a Cox regression as those of a logistic one."""
    table = fit.table.reset_index()
    ratios = table[["term", "hazard_ratio", "ci_low", "ci_high", "p"]]
    return ratios.assign(
        label=[term_label(str(term), prepared.labels) for term in table["term"]],
        n=fit.n,
        events=fit.events,
        dropped=fit.dropped,
        nagelkerke=np.nan,
        method=f"Cox's regression in {fit.imputations} imputations pooled by Rubin's rules, "
        f"{fit.interval} interval, {fit.test} test",
        warnings=labelled(fit.warnings, fit.dropped, prepared),
    )


def _shown(cohort: Cohort, make: Callable[[], Table]) -> Table | Prose:
    try:
        return make()
    except ValueError as error:
        printing = printing_of(cohort)
        why = in_words(error.args[0], printing, labels_of(cohort))
        return Prose((printing.say("Nothing could be imputed: {why}.", why=why),))


def show_imputed(cohort: Cohort) -> Table | Prose:
    """Repeat the regression with missing values imputed, if the spec asks for it."""
    plan = cohort.spec.analysis
    if why := why_not_imputed(cohort):
        return Prose((printing_of(cohort).say(why),))
    if not plan.candidates or not cohort.outcome:
        words = "No value is imputed: the spec names no outcome with candidates."
        return Prose((printing_of(cohort).say(words),))
    caption = printing_of(cohort).say(
        "The regression with {n} imputations", n=count(int(plan.imputations))
    )
    return _shown(cohort, lambda: show_models(impute_candidates(cohort), caption))


def show_imputed_hazards(cohort: Cohort) -> Table | Prose:
    """Repeat Cox's regression with missing values imputed, if the spec asks for it."""
    plan = cohort.spec.analysis
    if why_not_imputed(cohort) or not (plan.time and plan.event and plan.candidates):
        return Prose(())
    caption = printing_of(cohort).say(
        "Hazard ratios with {n} imputations", n=count(int(plan.imputations))
    )
    return _shown(cohort, lambda: show_models(impute_candidates(cohort, hazards=True), caption))


def imputed_comparison(cohort: Cohort) -> pd.DataFrame:
    """Compare the groups with missing values imputed: the variables of which some are missing.

    All that are compared, and the outcome, are imputed together.

    Returns
    -------
    DataFrame
        A row a variable: ``variable``, ``label``, ``missing`` (patients), ``total``; ``effect``
        (empty for more than two levels), ``estimate``, ``ci_low``, ``ci_high``, ``p`` and
        ``method`` (of a variable that cannot be pooled, why not); ``p_known`` and ``test`` are of
        those whose value is known.

    Raises
    ------
    ValueError
        If something cannot be imputed.

    References
    ----------
    As `smallstats.pooling`: Rubin's rules for means, pooled profiles of Firth's logistic
    regression for findings, the D2 statistic for categories.
    """
    spec, outcome, labels = cohort.spec, cohort.outcome, labels_of(cohort)
    asked = [name for name in spec.analysis.compare if not spec.variables[name].only_if]
    gaps = cohort.frame[asked].isna().sum()
    names = [name for name in asked if gaps[name] < len(cohort.frame)]
    observed = compare_groups(cohort).drop_duplicates("variable").set_index("variable")
    parents, passive = imputed_parents(spec, names)
    done = impute(
        cohort.frame[list(dict.fromkeys([outcome, *parents]))],
        list(dict.fromkeys([outcome, *parents])),
        imputations=int(spec.analysis.imputations),
        seed=IMPUTATION_SEED,
    )
    done = [derive_again(each, passive, spec) for each in done]
    kinds = variable_kinds(cohort.frame, names)
    rows = [
        {
            "variable": name,
            "label": labels[name],
            "missing": int(gaps[name]),
            "total": len(cohort.frame),
            **(_pooled(done, outcome, name, kinds[name]) if name in names else _NOTHING),
            "p_known": observed.loc[name, "p"],
            "test": observed.loc[name, "test"],
        }
        for name in asked
        if gaps[name] and name in observed.index
    ]
    for row in rows:
        row["method"] = in_words(row["method"], printing_of(cohort), labels)
    return printed_as(pd.DataFrame(rows), cohort)


_NOTHING = dict.fromkeys(["estimate", "ci_low", "ci_high", "p"], np.nan) | {
    "effect": "", "method": Remark("not pooled ({why})", why=Remark("missing in every row")),
}  # fmt: skip


def _pooled(done: Sequence[pd.DataFrame], outcome: str, name: str, kind: str) -> dict[str, Any]:
    """Pool a comparison of two groups, or say why it cannot be pooled."""
    try:
        return _pooled_by_kind(done, outcome, name, kind)
    except ValueError as error:
        return _NOTHING | {"method": Remark("not pooled ({why})", why=error.args[0])}


def _pooled_by_kind(
    done: Sequence[pd.DataFrame], outcome: str, name: str, kind: str
) -> dict[str, Any]:
    """Pool a comparison of two groups, by what suits the kind of the variable."""
    if kind == "binary":
        row = pool_profiles(done, outcome, [name]).loc[name]
        limits = {"estimate": row["odds_ratio"], "ci_low": row["ci_low"], "ci_high": row["ci_high"]}
        return limits | {"effect": "odds ratio", "p": row["p"], "method": FIRTH}
    if kind == "category":
        tables = [pd.crosstab(data[name], data[outcome]).to_numpy() for data in done]
        sizes = {table.shape[0] for table in tables}
        if len(sizes) > 1 or min(sizes) == 1:
            raise ValueError(Remark("not all levels occur in all imputations"))
        tests = [float(chi2_contingency(table, correction=False)[0]) for table in tables]
        p = pool_chi_square(tests, sizes.pop() - 1)[1]
        return {"effect": "", "estimate": np.nan, "ci_low": np.nan, "ci_high": np.nan,
                "p": p, "method": CHI_SQUARE}  # fmt: skip
    differences, variances = [], []
    for data in done:
        values = data[name].cat.codes if kind == "ordinal" else data[name]
        with_, without = (values[data[outcome].eq(side)].to_numpy(float) for side in (True, False))
        differences.append([with_.mean() - without.mean()])
        variances.append([with_.var(ddof=1) / len(with_) + without.var(ddof=1) / len(without)])
    row = pool_estimates(differences, variances, len(done[0]) - 2).iloc[0]
    if kind == "ordinal":
        return {"effect": "", "estimate": np.nan, "ci_low": np.nan, "ci_high": np.nan,
                "p": row["p"], "method": TREND}  # fmt: skip
    return {"effect": "mean difference", "estimate": row["estimate"], "ci_low": row["low"],
            "ci_high": row["high"], "p": row["p"], "method": MEANS}  # fmt: skip


MEANS = "mean difference, unequal variances, Rubin's rules"
FIRTH = "Firth's logistic regression, profiles pooled"
CHI_SQUARE = "Pearson's chi-square, pooled (D2)"
TREND = "trend, by the mean of the levels' ranks, Rubin's rules"


def show_imputed_comparison(cohort: Cohort) -> Table | Prose:
    """Show the comparison of the groups with missing values imputed, if the spec asks for it."""
    if why_not_imputed(cohort) or not (cohort.outcome and cohort.spec.analysis.compare):
        return Prose(())
    return _shown(cohort, lambda: _comparison_table(cohort))


def _comparison_table(cohort: Cohort) -> Table:
    table = imputed_comparison(cohort)
    printing = printing_in(table)
    caption = printing.say("Comparison with missing values imputed")
    if table.empty:
        return printing.table(
            {"Characteristic": []}, caption, [printing.say("Nothing is missing.")]
        )
    rows: list[Any] = list(table.itertuples())
    effects = [
        ""
        if not row.effect
        else printing.ratio(row.estimate, row.ci_low, row.ci_high)
        if row.effect == "odds ratio"
        else printing.difference(row.estimate, row.ci_low, row.ci_high, row.variable)
        for row in rows
    ]
    cells = {
        "Characteristic": [row.label for row in rows],
        "Missing": [printing.n_percent(row.missing, row.total) for row in rows],
        "Effect": [
            f"{printing.say(row.effect)} {text}" if text else ""
            for row, text in zip(rows, effects, strict=True)
        ],
        "p, imputed": [printing.p(row.p) for row in rows],
        "p, known values": [printing.p(row.p_known) for row in rows],
        "Pooled by": [printing.say(row.method) for row in rows],
    }
    words = (
        "{n} imputations by chained equations, from all variables of the comparison and the "
        "outcome; 95% intervals. p of the known values: by the tests of the comparison."
    )
    notes = [printing.say(words, n=count(int(cohort.spec.analysis.imputations)))]
    return printing.table(cells, caption, notes, data=table)
