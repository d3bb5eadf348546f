"""The patients of a cohort described and compared, unrounded: the numbers of its tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from cohortbook.report.predictors import term_label
from cohortbook.report.printing import printed_as, printing_of
from cohortbook.report.suppression import applies_to, withhold_comparison, withhold_description
from smallstats.descriptive import describe_frame, variable_kinds
from smallstats.design import INTERCEPT
from smallstats.logistic import LogisticFit, fit_logistic
from smallstats.univariate import TESTS, compare_frame

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

__all__ = [
    "chosen_tests",
    "compare_groups",
    "describe",
    "describe_all",
    "groups_of",
    "labels_of",
    "odds_ratios",
    "univariable_and_multivariable",
]


def describe(cohort: "Cohort") -> pd.DataFrame:
    """Describe the variables that the cohort's spec lists under ``analysis: describe``.

    Returns
    -------
    DataFrame
        Unrounded, a row a variable (a level where there are more than two), with the columns of
        `smallstats.descriptive.describe_frame`. A value that does not apply to a patient
        (``only_if``) is not counted as missing. If the spec says ``suppress_below``, small counts
        are withheld as `cohortbook.report.suppression` says.
    """
    names = cohort.spec.analysis.describe
    description = describe_frame(cohort.frame, names, labels=labels_of(cohort))
    description["missing"] = _missing(cohort, description["variable"], True)
    return printed_as(withhold_description(cohort, description), cohort)


def describe_all(cohort: "Cohort") -> pd.DataFrame:
    """Describe, for the column of all patients, the variables that are compared.

    Returns
    -------
    DataFrame
        As `describe`, of ``analysis: compare``.
    """
    names = cohort.spec.analysis.compare
    description = describe_frame(cohort.frame, names, labels=labels_of(cohort))
    description["missing"] = _missing(cohort, description["variable"], True)
    withheld = printed_as(withhold_description(cohort, description), cohort)
    withheld.attrs["size"] = len(cohort.frame)
    return withheld


def compare_groups(cohort: "Cohort", test: str | Mapping[str, str] | None = None) -> pd.DataFrame:
    """Compare patients with and without the outcome, as the cohort's spec asks.

    Parameters
    ----------
    cohort
        Its ``analysis: outcome`` makes the groups, its ``analysis: compare`` the rows.
    test
        As in `smallstats.univariate.compare_frame`; by default the spec's
        ``analysis: tests``, and the usual test of every other variable.

    Returns
    -------
    DataFrame
        Unrounded, with the columns of `smallstats.univariate.compare_frame`. A value that
        does not apply to a patient (``only_if``) is not counted as missing. If the spec says
        ``suppress_below``, small counts are withheld as `cohortbook.report.suppression` says.

    Raises
    ------
    ValueError
        If the spec names no outcome.
    """
    outcome, names, labels = _outcome(cohort), cohort.spec.analysis.compare, labels_of(cohort)
    chosen = chosen_tests(cohort, names) if test is None else test
    comparison = compare_frame(cohort.frame, outcome, names, labels=labels, test=chosen)
    ill = cohort.frame[outcome].to_numpy(bool)
    for end, who in (("with", ill), ("without", ~ill)):
        comparison[f"missing_{end}"] = _missing(cohort, comparison["variable"], who)
    return printed_as(withhold_comparison(cohort, comparison), cohort)


def chosen_tests(cohort: "Cohort", names: Sequence[str]) -> dict[str, str]:
    """Return the tests that a spec chooses for some variables, where they suit what these are.

    A number of which only zeros and ones occur is compared as a finding, whatever its test.
    """
    kinds = variable_kinds(cohort.frame, names)
    tests = cohort.spec.analysis.tests
    kept = {kind: tests[kind] for kind in TESTS if kind in tests}
    for name in names:
        two = len(getattr(cohort.frame[name].dtype, "categories", ())) == 2
        suited = TESTS["binary" if two else kinds[name]]
        if tests.get(name) in ("auto", *suited):
            kept[name] = tests[name]
    return kept


def _missing(cohort: "Cohort", names: Iterable[str], who: Any) -> Any:
    """For how many of them a value is missing, where the variable applies."""
    absent = ((cohort.frame[name].isna() & applies_to(cohort, name) & who) for name in names)
    counts = [int(rows.sum()) for rows in absent]
    return pd.array(counts, dtype="Int64")


def labels_of(cohort: "Cohort") -> dict[str, str]:
    """Label of every variable in the cohort's spec, with its unit."""
    say = printing_of(cohort).say
    return {
        name: f"{variable.label} ({say(variable.unit)})" if variable.unit else variable.label
        for name, variable in cohort.spec.variables.items()
    }


def groups_of(cohort: "Cohort") -> tuple[str, str]:
    """Names of the patients with and without the outcome, made from its label."""
    label = labels_of(cohort)[_outcome(cohort)]
    within = label if label[:2].isupper() else label[:1].lower() + label[1:]
    return label, printing_of(cohort).say("No {label}", label=within)


def _outcome(cohort: "Cohort") -> str:
    outcome = cohort.spec.analysis.outcome
    if not outcome:
        raise ValueError("cohort.yml names no outcome under analysis")
    return outcome


def odds_ratios(
    fit: LogisticFit, labels: Mapping[str, str] | None = None, *, model: str = ""
) -> pd.DataFrame:
    """List a fit's odds ratios, a row a term without the intercept.

    Returns
    -------
    DataFrame
        Columns ``model``, ``term``, ``label``, ``odds_ratio``, ``ci_low``, ``ci_high``, ``p``,
        ``n``, ``events``, ``dropped``, ``nagelkerke``, ``method`` (with interval and test) and
        ``warnings``.
    """
    table = fit.table.drop(index=INTERCEPT, errors="ignore").reset_index(names="term")
    estimates = table[["term", "odds_ratio", "ci_low", "ci_high", "p"]].copy()
    estimates.insert(0, "model", model)
    names = [term_label(term, labels or {}) for term in table["term"].astype(str)]
    estimates.insert(2, "label", names)
    method = {
        "ml": "maximum likelihood",
        "firth": "Firth's penalised likelihood",
        "log-f": f"log-F({fit.m:g}, {fit.m:g}) penalised likelihood" if fit.m else "",
        "exact": "exact conditional logistic regression",
    }.get(fit.method, fit.method)
    return estimates.assign(
        n=fit.n,
        events=fit.events,
        dropped=fit.dropped,
        nagelkerke=fit.nagelkerke,
        method=f"{method}, {fit.interval} interval, {fit.test} test",
        warnings="; ".join(fit.warnings),
    )


def univariable_and_multivariable(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    labels: Mapping[str, str] | None = None,
    method: str = "ml",
    interval: str = "wald",
) -> pd.DataFrame:
    """Fit each predictor alone and all of them together.

    Parameters
    ----------
    frame, outcome, predictors, method, interval
        As in `smallstats.logistic.fit_logistic`. Each fit uses its own complete rows.
    labels
        Labels of the predictors.

    Returns
    -------
    DataFrame
        Columns of `odds_ratios`; ``model`` is ``Univariable`` or ``Multivariable``.

    Examples
    --------
    >>> frame = pd.DataFrame({"ill": [0, 0, 1, 0, 1, 1, 1, 0], "cough": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> univariable_and_multivariable(frame, "ill", ["cough"])["model"].tolist()
    ['Univariable', 'Multivariable']
    """
    plans = [("Univariable", [name]) for name in predictors] + [("Multivariable", [*predictors])]
    fits = [
        (model, fit_logistic(frame, outcome, names, method=method, interval=interval))
        for model, names in plans
    ]
    parts = [odds_ratios(fit, labels, model=model) for model, fit in fits]
    return pd.concat(parts, ignore_index=True)
