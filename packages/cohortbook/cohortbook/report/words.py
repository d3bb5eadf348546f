"""A draft of the Methods, and a sentence for each main result, to paste into a manuscript."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import pandas as pd

from cohortbook.report.comparison import compare_groups, groups_of, labels_of
from cohortbook.report.further_outcomes import fit_linear, fit_ordered, pair_table
from cohortbook.report.imputed import why_not_imputed
from cohortbook.report.models import TOGETHER, Models, fit_candidates, fit_hazards
from cohortbook.report.predictors import count
from cohortbook.report.printing import Printing, printing_in, printing_of
from cohortbook.report.risks import asks_risks, risk_table
from cohortbook.report.summaries import (
    LEVEL,
    Prose,
    isolated,
    summarise_cohort,
    summarise_comparison,
)
from cohortbook.report.suppression import shown_fractions
from cohortbook.report.table_one import table_one
from cohortbook.report.timing import event_table, has_times, summarise_events, times_by_group

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

AS_PROSE = {
    "Student t (pooled)": "Student's t test",
    "Welch t": "Welch's t test",
    "Fisher exact": "Fisher's exact test",
    "Fisher-Freeman-Halton exact": "Fisher's exact test (Freeman-Halton)",
    "Pearson chi-square": "Pearson's chi-square test",
    "N-1 chi-square": "the N-1 chi-square test",
    "mid-p (both tails)": "the mid-p test",
    "trend (linear by linear, mid-ranks)": "a test for trend (linear by linear, mid-ranks)",
    "Mann-Whitney (exact)": "the exact Mann-Whitney test",
    "Mann-Whitney (normal approximation, corrected)": "the Mann-Whitney test",
    "Welch's analysis of variance": "Welch's analysis of variance",
    "analysis of variance": "analysis of variance",
    "Kruskal-Wallis": "the Kruskal-Wallis test",
    "paired t": "the paired t test",
    "McNemar mid-p": "McNemar's test (mid-p)",
}
"""Tests as a sentence names them."""

LOGISTIC = "logistic regression of {outcome}"
COX = "Cox regression of the time to {outcome}"
SOFTWARE = ("cohortbook", "smallstats", "pandas", "numpy", "scipy", "statsmodels")


def without_times(cohort: Cohort, comparison: pd.DataFrame) -> pd.DataFrame:
    """Leave out of a comparison the variables that only record that the event ends the time.

    A time to an event compared with the event, or the event with itself, is a tautology.
    """
    plan = cohort.spec.analysis
    aside = {plan.time, plan.event, plan.competing} - {""} if plan.time else set()
    kept = comparison[~comparison["variable"].isin(aside)]
    kept.attrs = comparison.attrs
    return kept


def fitted_models(cohort: Cohort) -> dict[str, Models]:
    """Fit the regressions that a cohort's spec asks for, by how a sentence names them."""
    plan, fits = cohort.spec.analysis, dict[str, Models]()
    if cohort.outcome and plan.candidates:
        fits[LOGISTIC] = fit_candidates(cohort)
    if has_times(cohort) and plan.candidates:
        fits[COX] = fit_hazards(cohort)
    return fits


def summarise_book(cohort: Cohort, fits: Mapping[str, Models] | None = None) -> Prose:
    """Summarise what matters most of a cohort: the first page of its book.

    Who is analysed; when the event came, if times are known; which effects the data are clear
    about with the others in the model; and what else is associated with the outcome.

    Parameters
    ----------
    cohort
        The patients.
    fits
        What `fitted_models` gives; by default it is fitted here.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> summarise_book(load_cohort(example_cohort())).paragraphs[2][:40]
    'By 6 years, 64.4% (95% CI 41.9% to 86.0%'
    """
    sentences = list(summarise_cohort(cohort).paragraphs)
    if has_times(cohort):
        sentences += summarise_events(cohort, event_table(cohort)).paragraphs
    fits = fitted_models(cohort) if fits is None else fits
    sentences += [_about_model(cohort, what, m) for what, m in fits.items() if len(m.rows)]
    if cohort.outcome and cohort.spec.analysis.compare:
        compared = without_times(cohort, compare_groups(cohort))
        sentences += summarise_comparison(compared).paragraphs
    return Prose(tuple(sentences))


def _about_model(cohort: Cohort, what: str, models: Models) -> str:
    printing = models.printing
    outcome = isolated(labels_of(cohort)[models.outcome])
    which = printing.say(what, outcome=f"“{outcome}”")
    # the columns of a curve have no effect of their own: the table has its test
    of_terms = models.rows[models.rows["term"].isin(models.levels["term"])]
    rows = of_terms[of_terms["model"] == TOGETHER]
    rows = rows if len(rows) else of_terms
    depending = {name for pair in cohort.spec.analysis.interactions for name in pair}
    own = models.levels.loc[models.levels["variable"].isin(depending), "term"]
    alone = ~rows["term"].isin(own) | (rows["model"] != TOGETHER)
    clear = rows[((rows["ci_low"] > 1) | (rows["ci_high"] < 1)) & alone]
    ratios = "; ".join(_ratio_sentence(row, models) for row in clear.itertuples())
    if ratios:
        words = (
            "In the {which} ({n} patients, {events} events) the interval excludes 1 for: {effects}."
        )
    else:
        words = "In the {which} ({n} patients, {events} events) every interval includes 1."
    n, events = (count(rows[column].iloc[0]) for column in ("n", "events"))
    text = printing.say(words, which=which, n=n, events=events, effects=ratios)
    if not alone.all():
        names = printing.listed(isolated(labels_of(cohort)[name]) for name in sorted(depending))
        words = "The effects of {names} depend on one another: the table has their interaction."
        text += " " + printing.say(words, names=names)
    return text


def _ratio_sentence(row: Any, models: Models) -> str:
    printing = models.printing
    labels = models.levels.set_index("term")["label"]
    label = labels[row.term] if row.term in labels.index else row.label
    ratio = printing.ratio(getattr(row, models.measure), row.ci_low, row.ci_high)
    measure = printing.say(models.measure.replace("_", " "))
    return printing.numbers(
        f"{isolated(str(label))}, {measure} {ratio}, {printing.p(row.p, symbol='p')}"
    )


def results_text(cohort: Cohort, fits: Mapping[str, Models] | None = None) -> Prose:
    """Write a sentence for each main result, with its numbers; `fits` as in `summarise_book`.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> results_text(load_cohort(example_cohort())).paragraphs[0][:24]
    '30 patients are analysed'
    """
    sentences = list(summarise_book(cohort, fits).paragraphs)
    if cohort.outcome and cohort.spec.analysis.compare:
        compared = without_times(cohort, compare_groups(cohort))
        sentences += _comparison_sentences(cohort, compared)
    if asks_risks(cohort):
        sentences += _risk_sentences(cohort)
    return Prose(tuple(sentences))


def _comparison_sentences(cohort: Cohort, compared: pd.DataFrame) -> list[str]:
    """Write a sentence for each variable with a low p: both groups, effect, interval, test."""
    printing, (ours, theirs) = printing_in(compared), groups_of(cohort)
    once = compared[~compared["variable"].duplicated()]
    low = once[once["p"] < LEVEL]
    pairs = zip(shown_fractions(low, "_with"), shown_fractions(low, "_without"), strict=True)
    sentences = []
    for row, counts in zip(list[Any](low.itertuples()), pairs, strict=True):
        p = f"{printing.p(row.p, symbol='p')} ({printing.say(row.test)})"
        label = isolated(str(row.label)) + f" ({row.level})" * bool(row.level)
        if row.level and pd.isna(row.estimate):  # several levels: the table has them
            label = isolated(str(row.label))
            sentences.append(printing.numbers(f"{label}: {p}."))
            continue
        if row.kind == "number":
            counts = (printing.measure(row, "with"), printing.measure(row, "without"))
        write = printing.ratio if row.effect == "odds ratio" else printing.difference
        effect = f"{printing.say(row.effect)} {write(row.estimate, row.ci_low, row.ci_high)}"
        both = f"{isolated(ours)} {counts[0]}, {isolated(theirs)} {counts[1]}"
        sentences.append(printing.numbers(f"{label}: {both}; {effect}; {p}."))
    return sentences


def _risk_sentences(cohort: Cohort) -> list[str]:
    table = risk_table(cohort)
    printing, outcome = printing_in(table), isolated(labels_of(cohort)[cohort.outcome])
    sentences = []
    several = {*table["variable"][table["variable"].duplicated()]} if len(table) else set()
    for row in list[Any](table[table["p"] < LEVEL].itertuples()) if len(table) else ():
        label = isolated(str(row.label)) + f" ({row.level})" * bool(row.level)
        words = (
            "{label}: “{outcome}” in {with_} with it and {without} without it; risk difference "
            "{difference} percentage points, risk ratio {ratio}."
        )
        if row.variable in several:  # one level against another
            words = (
                "{label}: “{outcome}” in {with_} against {without}; risk difference {difference} "
                "percentage points, risk ratio {ratio}."
            )
        sentences.append(
            printing.numbers(
                printing.say(
                    words, label=label, outcome=outcome,
                    with_=printing.n_percent(row.a, row.n1),
                    without=printing.n_percent(row.b, row.n0),
                    difference=printing.points(
                        row.risk_difference, row.risk_difference_low, row.risk_difference_high
                    ),
                    ratio=printing.ratio(row.risk_ratio, row.risk_ratio_low, row.risk_ratio_high),
                )
            )
        )  # fmt: skip
    return sentences


def methods_text(cohort: Cohort, fits: Mapping[str, Models] | None = None) -> Prose:
    """Draft the statistical Methods: tests as used, intervals, missing values, software.

    `fits` are as in `summarise_book`.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> methods_text(load_cohort(example_cohort())).paragraphs[0][:44]
    'Findings are given as counts with percentage'
    """
    plan, printing = cohort.spec.analysis, printing_of(cohort)
    say = printing.say
    sentences = [
        say(
            "Findings are given as counts with percentages of the patients whose value is known, "
            "numbers as mean with standard deviation, or as median with quartiles where they are "
            "compared by ranks."
        )
    ]
    if plan.groups:
        sentences += _about_table_one(cohort, printing)
    if cohort.outcome and plan.compare:
        sentences += _about_comparison(cohort, printing)
    fits = fitted_models(cohort) if fits is None else fits
    logistic = [models for models in fits.values() if models.measure == "odds_ratio"]
    sentences += [
        text for models in logistic for text in _about_regression(cohort, models, printing)
    ]
    if has_times(cohort):
        cox = next((m for m in fits.values() if m.measure == "hazard_ratio"), None)
        sentences += _about_times(cohort, printing, cox)
    sentences += _about_further(cohort, printing)
    sentences += _about_missing(cohort, printing)
    sentences.append(
        say("All tests are two-sided; p values are not adjusted for the number of tests.")
    )
    sentences.append(say("Software: {names}.", names=printing.listed(software())))
    return Prose((" ".join(sentences),))


def _about_table_one(cohort: Cohort, printing: Printing) -> list[str]:
    table = table_one(cohort)
    if table.empty:
        return []
    groups = labels_of(cohort)[cohort.spec.analysis.groups]
    sentences = [printing.say("Groups of “{groups}” are described by {ways}.", groups=groups,
                         ways=printing.say("standardised differences"))]  # fmt: skip
    if "p" in table.attrs["columns"]:
        sentences = [
            printing.say(
                "Groups of “{groups}” are compared by {ways}.",
                groups=groups,
                ways=_tests_of(table, printing),
            )
        ]
    if cohort.spec.analysis.randomised:
        sentences.append(printing.say("The groups are arms of a randomised trial."))
    return sentences


def _tests_of(table: pd.DataFrame, printing: Printing) -> str:
    names = [str(name) for name in table["test"] if not str(name).startswith(("not", "withheld"))]
    return printing.listed(
        printing.say(AS_PROSE.get(name, f"{name} test")) for name in dict.fromkeys(names)
    )


def _about_comparison(cohort: Cohort, printing: Printing) -> list[str]:
    compared = compare_groups(cohort)
    sentences = [
        printing.say(
            "Patients with and without “{outcome}” are compared by {tests}.",
            outcome=labels_of(cohort)[cohort.outcome],
            tests=_tests_of(compared, printing),
        )
    ]
    estimated = compared[compared["estimate"].notna()]
    kinds = dict.fromkeys(
        f"{printing.say(row.effect)} ({printing.say(row.interval)})"
        for row in list[Any](estimated.itertuples())
    )
    if kinds:
        words = "Effects are given with their intervals: {kinds}."
        sentences.append(printing.say(words, kinds=printing.listed(kinds)))
    if asks_risks(cohort):
        sentences.append(printing.say("Risk differences and risk ratios have score limits "
                                 "(Miettinen and Nurminen)."))  # fmt: skip
    return sentences


def _about_regression(cohort: Cohort, models: Models, printing: Printing) -> list[str]:
    if models.rows.empty:
        return []
    names = models.candidates["label"][models.candidates["why"] == ""]
    method = printing.listed(map(printing.method, dict.fromkeys(models.rows["method"])))
    sentences = [
        printing.say(
            "Logistic regression of “{outcome}” on {names} is by {method}.",
            outcome=labels_of(cohort)[cohort.outcome], names=printing.listed(names), method=method,
        )
    ]  # fmt: skip
    if models.without:
        words = "Not in the model of all together: {reasons}."
        sentences.append(printing.say(words, reasons=models.without))
    if cohort.spec.analysis.splines:
        sentences.append(printing.say("Curved effects are restricted cubic splines."))
    plan = cohort.spec.analysis
    if plan.interactions and not plan.cluster:  # else by the test that the method names
        sentences.append(printing.say("Interactions are tested by the likelihood ratio."))
    return sentences


def _about_times(cohort: Cohort, printing: Printing, cox: Models | None) -> list[str]:
    plan = cohort.spec.analysis
    sentences = [
        printing.say(
            "The incidence of “{event}” over time is estimated by {how}, with log-log intervals.",
            event=labels_of(cohort)[plan.event],
            how=printing.say("Aalen-Johansen" if plan.competing else "1 minus Kaplan-Meier"),
        )
    ]
    test = times_by_group(cohort)["test"].iloc[0]
    if test:
        words = "Groups are compared by the {test} test."
        sentences.append(printing.say(words, test=printing.say(test)))
    if cox and not cox.rows.empty:
        methods = printing.listed(map(printing.method, dict.fromkeys(cox.rows["method"])))
        sentences.append(
            printing.say(
                "Hazard ratios are from {method} (ties by Efron's method; proportional hazards "
                "tested by Grambsch and Therneau's score test).",
                method=methods,
            )
        )
        if plan.competing:
            words = (
                "They are of the cause-specific hazard: patients with “{competing}” are censored "
                "at that time."
            )
            competing = labels_of(cohort)[plan.competing]
            sentences.append(printing.say(words, competing=competing))
    return sentences


def _about_further(cohort: Cohort, printing: Printing) -> list[str]:
    """Say how further outcomes and pairs are analysed."""
    plan, labels, sentences = cohort.spec.analysis, labels_of(cohort), []
    for name in (*plan.linear, *plan.ordered):
        fit = fit_linear if name in plan.linear else fit_ordered
        for method in fit(cohort, name)["method"].iloc[:1]:
            words = "“{outcome}” is analysed by {method}."
            how = printing.method(method)
            sentences.append(printing.say(words, outcome=labels[name], method=how))
    if plan.pairs:
        words = "First and second values of each patient are compared by {tests}."
        sentences.append(printing.say(words, tests=_tests_of(pair_table(cohort), printing)))
    return sentences


def _about_missing(cohort: Cohort, printing: Printing) -> list[str]:
    sentences = [
        printing.say(
            "Missing values are left out of each comparison; regressions use complete patients."
        )
    ]
    if not why_not_imputed(cohort):
        sentences.append(
            printing.say(
                "Regressions and comparisons are repeated with missing values imputed {n} times by "
                "chained equations; estimates are pooled by Rubin's rules, those of Firth's "
                "regression by their profiles.",
                n=cohort.spec.analysis.imputations,
            )
        )
    return sentences


def software() -> list[str]:
    """Name what computed the numbers, with versions."""
    parts = [f"Python {platform.python_version()}"]
    for name in SOFTWARE:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # run from its source
            continue
    return parts


def text_file(cohort: Cohort, fits: Mapping[str, Models] | None = None) -> bytes:
    """Write the draft of Methods and Results as one text file; *fits* as in `summarise_book`."""
    printing = printing_of(cohort)
    fits = fitted_models(cohort) if fits is None else fits
    parts = {
        "Methods (draft)": methods_text(cohort, fits),
        "Results (draft)": results_text(cohort, fits),
    }
    blocks = [
        f"{printing.say(heading)}\n\n" + "\n\n".join(prose.paragraphs)
        for heading, prose in parts.items()
    ]
    return ("\n\n\n".join(blocks) + "\n").encode("utf-8")
