"""The regression of a cohort's book: each candidate alone, and all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import chdtrc

from cohortbook.report.comparison import labels_of, odds_ratios
from cohortbook.report.predictors import (
    TIMES,
    Predictors,
    in_words,
    level_rows,
    named,
    prepare_predictors,
    term_label,
    usable_together,
)
from cohortbook.report.printing import Printing, printing_of, rounded
from cohortbook.report.robust import clustered_odds_ratios
from cohortbook.report.suppression import FEW_VALUES, tells_overlap, withheld_of
from smallstats.cox import CoxFit, fit_cox
from smallstats.descriptive import variable_kinds
from smallstats.design import build_design
from smallstats.logistic import LogisticFit, fit_logistic
from smallstats.separation import Separation, find_separation

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

LARGE = 20_000
"""From so many patients on, Firth's penalty changes little and takes long."""

ALONE, TOGETHER = "Univariable", "Multivariable"

_Fit = Callable[[list[str]], pd.DataFrame]
"""Fits some columns; gives rows as `cohortbook.report.comparison.odds_ratios`."""


@dataclass(frozen=True)
class Models:
    """Fits of a cohort's candidates.

    Attributes
    ----------
    candidates
        A row a candidate: ``variable``, ``label``, ``why`` it is in no model (else empty).
    rows
        Columns of `cohortbook.report.comparison.odds_ratios`; ``model`` is ``Univariable`` or
        ``Multivariable``. Of a Cox regression ``hazard_ratio`` stands for ``odds_ratio``, and
        ``proportional`` is the p of the test of proportional hazards.
    why
        Why there is no model of all together; empty if there is one.
    apart
        Why some candidates, or interactions, are not in the model of all together.
    levels
        What a table has a row for, as `cohortbook.report.predictors.level_rows`.
    tests
        Likelihood ratio tests of curves, variables of several levels and interactions: ``label``,
        ``df``, ``p``.
    outcome
        The name of the outcome, or of the event.
    prepared
        The candidates as they were fitted.
    printing
        How the numbers are printed.
    """

    candidates: pd.DataFrame
    rows: pd.DataFrame
    why: str
    levels: pd.DataFrame = field(default_factory=pd.DataFrame)
    tests: pd.DataFrame = field(default_factory=pd.DataFrame)
    outcome: str = ""
    prepared: Predictors | None = None
    printing: Printing = field(default_factory=Printing)
    apart: Mapping[str, str] = field(default_factory=dict)

    @property
    def fitted(self) -> list[str]:
        """The candidates that are in a model."""
        return list(self.candidates["variable"][self.candidates["why"] == ""])

    @property
    def joint(self) -> list[str]:
        """The candidates of the model of all together."""
        return [name for name in self.fitted if name not in self.apart]

    @property
    def without(self) -> str:
        """What is not in the model of all together, and why; by labels."""
        return named(self.apart, self.prepared.labels) if self.prepared else ""

    @property
    def measure(self) -> str:
        """The column of `rows` with the ratios."""
        return "hazard_ratio" if "hazard_ratio" in self.rows else "odds_ratio"

    @property
    def together(self) -> pd.DataFrame:
        """The rows of the model of all, or of the one candidate that there is; by term."""
        if self.rows.empty:
            return pd.DataFrame()
        last = self.rows[self.rows["model"] == self.rows["model"].iloc[-1]]
        return (
            last.set_index("term")
            if last["model"].iloc[0] == TOGETHER or len(self.fitted) == 1
            else pd.DataFrame()
        )

    def numbers(self, *others: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return what `together` was fitted to, as another library takes it.

        Parameters
        ----------
        others
            Columns in which nothing may be missing either, such as the time.

        Returns
        -------
        tuple
            The columns of the design (without an intercept), and the patients; both have no
            column where nothing was fitted.
        """
        if self.prepared is None or self.together.empty:
            return pd.DataFrame(), pd.DataFrame()
        patients = self.prepared.frame.dropna(subset=[self.outcome, *others])
        columns = self.prepared.of(self.joint)
        design = build_design(patients, self.outcome, columns, both=False)
        patients = patients[design.complete]
        return pd.DataFrame(design.x[:, 1:], patients.index, design.terms[1:]), patients

    def endless(self) -> list[str]:
        """Name the estimates of all candidates together that are infinite, and their directions."""
        labels = self.prepared.labels if self.prepared else {}
        return [in_words(message, self.printing, labels) for message in self.separation().messages]

    def separation(self) -> Separation:
        """Check whether all candidates together separate the outcomes.

        Raises
        ------
        ValueError
            As `smallstats.find_separation`, and if no candidate is in a model.
        """
        if self.prepared is None or not self.fitted:
            raise ValueError("no candidate can be fitted")
        columns = self.prepared.of(self.joint)
        return find_separation(self.prepared.frame, self.outcome, columns)


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
        Its ``analysis: outcome`` is fitted. Reference levels, steps of numbers, splines and
        interactions are those of its spec; with a ``cluster`` the standard errors are robust.
    candidates
        By default its ``analysis: candidates``.
    method, interval
        As in `smallstats.logistic.fit_logistic`; by default the spec's, else ``firth``, whose
        estimates exist whatever the data, and ``ml`` in a cohort so large that the two hardly
        differ.

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
    plan, outcome, labels = cohort.spec.analysis, cohort.outcome, labels_of(cohort)
    names = plan.candidates if candidates is None else tuple(candidates)
    method = method or plan.method or ("firth" if len(cohort.frame) < LARGE else "ml")
    prepared = prepare_predictors(cohort, names)
    frame = prepared.frame

    def fit(columns: list[str]) -> pd.DataFrame:
        if plan.cluster:
            named = {**labels, **prepared.labels}
            return clustered_odds_ratios(
                frame, outcome, columns, plan.cluster, named, prepared.printing
            )
        result = fit_logistic(frame, outcome, columns, method=method, interval=interval)
        if not result.table["p"].notna().all():  # Wald's test has none where one is infinite
            result = fit_logistic(frame, outcome, columns, method=method, interval="profile")
        warnings = labelled(result.warnings, result.dropped, prepared)
        return odds_ratios(result, prepared.labels).assign(warnings=warnings)

    def refit(patients: pd.DataFrame, columns: list[str]) -> LogisticFit:
        return fit_logistic(patients, outcome, columns)

    models = _fit_all(cohort, names, prepared, outcome, fit)
    tests = pd.DataFrame()
    if not plan.cluster:  # the likelihood takes the patients as independent
        tests = _term_tests(models, [outcome], refit)
    return _finished(models, cohort, outcome, tests)


def fit_hazards(cohort: Cohort, candidates: Sequence[str] | None = None) -> Models:
    """Fit Cox's regression to each candidate alone and to all of them together.

    Where the likelihood has no highest point, as nobody of some level had the event, the intervals
    are those of the profile likelihood, which hold. With a ``cluster`` the standard errors are
    robust, and a candidate with an infinite estimate is in no model.

    Parameters
    ----------
    cohort
        Its ``analysis: time`` and ``event`` are fitted.
    candidates
        By default its ``analysis: candidates``, without the event itself.

    Returns
    -------
    Models
        With ``hazard_ratio`` in its rows.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> fit_hazards(load_cohort(example_cohort())).rows.columns[3]
    'hazard_ratio'
    """
    plan = cohort.spec.analysis
    asked = plan.candidates if candidates is None else tuple(candidates)
    names = tuple(name for name in asked if name not in (plan.time, plan.event, plan.competing))
    prepared = prepare_predictors(cohort, names)
    frame = prepared.frame

    def fit(columns: list[str]) -> pd.DataFrame:
        rows = _hazard_ratios(frame, plan.time, plan.event, columns, prepared, plan.cluster)
        of = f" of {labels_of(cohort)[plan.cluster]}" if plan.cluster else ""
        return rows.assign(method=rows["method"] + of)

    def refit(patients: pd.DataFrame, columns: list[str]) -> CoxFit:
        return fit_cox(patients, plan.time, plan.event, columns)

    models = _fit_all(cohort, names, prepared, plan.event, fit, timed=[plan.time])
    tests = pd.DataFrame()
    if not plan.cluster:
        tests = _term_tests(models, [plan.time, plan.event], refit)
    return _finished(models, cohort, plan.event, tests)


def _finished(models: Models, cohort: Cohort, outcome: str, tests: pd.DataFrame) -> Models:
    printing, prepared = printing_of(cohort), _prepared(models)
    levels = level_rows(
        prepared,
        models.fitted,
        cohort.frame[outcome],
        yes=printing.say("yes"),
        no=printing.say("no"),
    )
    return replace(models, levels=levels, tests=tests, outcome=outcome, printing=printing)


def _prepared(models: Models) -> Predictors:
    assert models.prepared is not None
    return models.prepared


def _fit_all(
    cohort: Cohort,
    names: Sequence[str],
    prepared: Predictors,
    outcome: str,
    fit: _Fit,
    *,
    timed: Sequence[str] = (),
) -> Models:
    """Fit each candidate alone and all together; note why some are not."""
    labels, reasons, why = labels_of(cohort), dict[str, str](), ""
    parts, apart = list[pd.DataFrame](), dict[str, str]()

    def attempt(model: str, columns: list[str]) -> str:
        try:
            parts.append(fit(columns).assign(model=model))
        except ValueError as error:
            return in_words(error.args[0], prepared.printing, {**labels, **prepared.labels})
        return ""

    others = [outcome, *[cohort.spec.analysis.cluster] * bool(cohort.spec.analysis.cluster)]
    for name in names:
        few = any(withheld_of(cohort, used).untested for used in (name, *others))
        few = few or bool(_left_out(cohort, [name], outcome))
        alone = prepared.problems.get(name) or few * prepared.printing.say("a count is withheld")
        reasons[name] = alone or attempt(ALONE, prepared.of([name]))
    fitted = [name for name in names if not reasons[name]]
    if len(fitted) > 1:
        withheld = _left_out(cohort, fitted, outcome)
        why = withheld or attempt(TOGETHER, prepared.of(fitted))
        if why and not withheld:  # without those that spoil it?
            usable, out = usable_together(prepared, fitted, [*others, *timed])
            rest = [name for name in fitted if name not in out]
            if out and len(rest) > 1:
                prepared, apart = usable, out
                why = _left_out(cohort, rest, outcome) or attempt(TOGETHER, usable.of(rest))
    elif not fitted:
        why = prepared.printing.say("no candidate can be fitted")
    table = pd.DataFrame({"variable": names, "label": [labels[name] for name in names]})
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["model"])
    if cohort.spec.smallest_shown > 1:
        rows = rounded(rows, printing_of(cohort))
    table["why"] = [reasons[name] for name in names]
    return Models(table, rows, why, prepared=prepared, apart=apart)


def _hazard_ratios(
    frame: pd.DataFrame,
    time: str,
    event: str,
    columns: list[str],
    prepared: Predictors,
    cluster: str,
) -> pd.DataFrame:
    """Fit Cox's regression; give its rows as those of a logistic one."""
    result = fit_cox(frame, time, event, columns, cluster=cluster or None)
    robust = f", standard errors robust to the {result.clusters} clusters" * bool(result.clusters)
    if not result.table["p"].notna().all():
        result = fit_cox(frame, time, event, columns, interval="profile")
    table = result.table.reset_index()
    terms = [str(term) for term in table["term"]]
    owners = [term if term in result.predictors else term.partition("[")[0] for term in terms]
    return pd.DataFrame(
        {
            "model": "",
            "term": terms,
            "label": [term_label(term, prepared.labels) for term in terms],
            "hazard_ratio": table["hazard_ratio"],
            "ci_low": table["ci_low"],
            "ci_high": table["ci_high"],
            "p": table["p"],
            "n": result.n,
            "events": result.events,
            "dropped": result.dropped,
            "nagelkerke": float("nan"),
            "method": f"Cox's regression, {result.interval} interval, {result.test} test" + robust,
            "warnings": labelled(result.warnings, result.dropped, prepared),
            "proportional": result.proportional["p"].reindex(owners).to_numpy(float),
        }
    )


def labelled(warnings: Sequence[str], dropped: int, prepared: Predictors) -> str:
    """Write the warnings of a fit, a line each, without that of the rows left out.

    How many are left out is in a column of its own; its warning is the first.
    """
    printing, labels = prepared.printing, prepared.labels
    return "\n".join(in_words(each, printing, labels) for each in warnings[bool(dropped) :])


def _term_tests(
    models: Models,
    others: Sequence[str],
    refit: Callable[[pd.DataFrame, list[str]], LogisticFit | CoxFit],
) -> pd.DataFrame:
    """Test curves, several levels and interactions by the likelihood ratio, given all the others.

    Levels are not tested without the interactions that they are a part of.
    """
    prepared, fitted = _prepared(models), models.joint
    every = prepared.of(fitted)
    both = [name for name in prepared.columns if TIMES in name]
    parts = {part for name in both for part in name.split(TIMES)}
    kinds = variable_kinds(prepared.frame, [name for name in fitted if name not in parts])
    asked = {prepared.labels[columns[0]]: columns for columns in prepared.curved.values()}
    asked |= {
        prepared.labels[name]: prepared.columns[name]
        for name, kind in kinds.items()
        if kind in ("category", "ordinal") and prepared.frame[name].nunique() > 2
    }
    asked |= {
        TIMES.join(prepared.labels[part] for part in name.split(TIMES)): prepared.columns[name]
        for name in both
    }
    complete = prepared.frame[prepared.frame[[*others, *every]].notna().all(axis=1)]
    rows = []
    for label, columns in asked.items():
        rest = [column for column in every if column not in columns]
        if not set(columns) <= set(every) or not rest:
            continue
        try:
            full, less = refit(complete, every), refit(complete, rest)
        except ValueError:  # it has no test
            rows.append((label, len(columns), float("nan")))
            continue
        df = len(full.table) - len(less.table)
        lost = max(0.0, 2 * (full.log_likelihood - less.log_likelihood))
        rows.append((label, df, float(chdtrc(df, lost))))
    return pd.DataFrame(rows, columns=["label", "df", "p"])


def _left_out(cohort: Cohort, names: list[str], outcome: str) -> str:
    """Return why a model would disclose a small count of two findings, or gaps.

    Who is of no cluster is left out of every model. Of a finding the counts of those who are left
    out follow from those in the model, so that a gap is a level, too.
    """
    least, cluster = cohort.spec.smallest_shown, cohort.spec.analysis.cluster
    if least == 1:
        return ""
    frame, ill = cohort.frame[names], cohort.frame[outcome].to_numpy(bool)
    kinds = variable_kinds(frame, names)
    findings = [n for n in names if kinds[n] != "number" or frame[n].nunique() <= FEW_VALUES]
    levels, gaps = frame[findings], [frame.isna()]
    if cluster:
        apart = cohort.frame[cluster].isna()
        levels = levels.assign(**{cluster: apart})
        gaps = [gaps[0].assign(**{cluster: apart}), gaps[0].apply(lambda column: column | apart)]
    for group in (ill, ~ill):
        few = any(tells_overlap(absent[group].to_numpy(), least) for absent in gaps)
        for pair in combinations(levels, 2):
            both = levels.loc[group, list(pair)].value_counts(dropna=False)
            few |= bool(((both > 0) & (both < least)).any())
        if few:
            return printing_of(cohort).say("withheld, because it would disclose a small count")
    return ""
