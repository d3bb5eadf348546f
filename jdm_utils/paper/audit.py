"""The audit: a verdict on every printed number, from print alone.

No patient, simulated or real, is used here. Each number is computed again from the other printed
numbers, over all that their digits leave open.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, inf, log, sqrt
from typing import Any

import pandas as pd
from scipy.special import ndtri

from jdm_utils.paper.checks import check_percent, check_ratio, habits_within, match_value
from jdm_utils.paper.claims import load_claims, printed_text
from jdm_utils.paper.contradictions import find_contradictions
from jdm_utils.paper.granularity import grim, grimmer
from jdm_utils.paper.groups import ALL
from jdm_utils.paper.inverse import (
    RATIO,
    RATIOS,
    Search,
    is_adjusted,
    patients_with,
    read_model,
    search_model,
)
from jdm_utils.paper.p_values import check_p_of_counts, check_p_of_means, p_from_counts
from jdm_utils.paper.percentages import count_of_percentage
from jdm_utils.paper.record import Record, TwoMeans
from jdm_utils.paper.rounding import (
    RULES,
    counts_that_print,
    is_bound,
    printed_interval,
    printed_value,
)
from jdm_utils.stats.two_by_two import two_by_two

VERDICTS = (
    "reproduced", "reproduced_truncated", "reproduced_other_method", "attainable", "contradicted",
    "not_reproduced", "not_checkable",
)  # fmt: skip
CONCLUSION, ARITHMETIC, COSMETIC = "changes a conclusion", "arithmetic", "cosmetic"
ALPHA = 0.05
#: Items of the 2008 study that divide a measure, and the item of that measure's printed means.
DICHOTOMISED = {
    "onset_over_6_5": "age_at_diagnosis",
    "diagnosis_over_1_year": "time_to_treatment",
}
#: What each summary is no larger than.
BELOW = {
    "min": ("q1", "median", "mean", "q3", "max"),
    "q1": ("median", "q3", "max"),
    "median": ("q3", "max"),
    "mean": ("max",),
    "q3": ("max",),
}

Claim = dict[Hashable, Any]


@dataclass(frozen=True)
class Verdict:
    """What the audit says of one printed number."""

    verdict: str
    computed: str = ""
    method: str = ""
    severity: str = ""
    explanation: str = ""
    ask: str = ""


def audit_claims(
    claims: pd.DataFrame | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    dichotomised: Mapping[str, str] = DICHOTOMISED,
) -> pd.DataFrame:
    """Give every printed number a verdict, from the other printed numbers alone.

    Parameters
    ----------
    claims : pandas.DataFrame, optional
        A ledger, as `load_claims` gives it; by default that of the 2008 study.
    labels : mapping of str to str, optional
        Names of items, for the explanations and questions.
    dichotomised : mapping of str to str, optional
        Items that divide a measure at a cut-off, and the item of the undivided measure.

    Returns
    -------
    pandas.DataFrame
        One row a claim, indexed by ``id``: ``location``, ``item``, ``group``, ``statistic``,
        ``printed``; ``verdict`` (one of `VERDICTS`); ``computed`` (the recomputed value or range,
        as text) and its ``method``; ``severity`` (empty, ``cosmetic``, ``arithmetic`` or
        ``changes a conclusion``); ``explanation``, an innocent one first; ``ask``, the smallest
        thing to ask the authors for, empty where nothing needs asking.

    Notes
    -----
    A verdict is about print, not about the study. ``reproduced`` says that a number follows from
    others, not that it is right; ``not_reproduced`` that none of the declared methods gives it.

    Examples
    --------
    >>> audit_claims().loc["table3_pulmonary_p", ["verdict", "method"]].tolist()
    ['reproduced_truncated', 'Pearson']
    """
    claims = load_claims() if claims is None else claims
    auditor = _Auditor(claims, labels or {}, dichotomised)
    records = claims.reset_index().to_dict("records")
    verdicts = {str(claim["id"]): asdict(auditor.judge(claim)) for claim in records}
    shown = ["location", "item", "group", "statistic", "printed"]
    return claims[shown].join(pd.DataFrame.from_dict(verdicts, orient="index"))


class _Auditor:
    """A ledger, with what its numbers are held against."""

    def __init__(
        self, claims: pd.DataFrame, labels: Mapping[str, str], dichotomised: Mapping[str, str]
    ) -> None:
        self.claims, self.labels, self.dichotomised = claims, labels, dichotomised
        self.record = Record(claims)
        self.own, self.groups = self.record.own, self.record.groups
        self.consistency = find_contradictions(claims)
        self.searches = self._search_models()

    def judge(self, claim: Claim) -> Verdict:
        """Send a claim to the check for its kind."""
        if claim["role"] == "cited":
            why = "cited from another study, whose numbers are not at hand"
            return Verdict("not_checkable", explanation=why)
        if claim["role"] == "design":
            why = "a choice of the design: nothing to compute"
            return Verdict("not_checkable", explanation=why)
        if claim["id"] in self.consistency.doubtful:
            return self._conflict(claim)
        match claim["statistic"]:
            case "n":
                return self._count(claim)
            case "percent" | "fraction":
                return self._share(claim)
            case "p":
                return self._p(claim)
            case "cutoff":
                return self._cutoff(claim)
            case "nagelkerke_r2":
                return self._repeats(claim) or self._model(claim) or _unchecked("the patients")
            case "mean" | "sd":
                return self._repeats(claim) or self._order(claim) or self._moments(claim)
            case statistic if statistic in (*RATIOS, *RATIO):
                return self._repeats(claim) or self._ratio(claim)
        what = f"{self._name(claim['item'])} of each patient"
        return self._repeats(claim) or self._order(claim) or _unchecked(what)

    def _name(self, item: Any) -> str:
        return self.labels.get(str(item), str(item).replace("_", " "))

    def _search_models(self) -> dict[str, tuple[list[str], Search]]:
        """Look for the patients behind the odds ratios of each place that a regression stands in.

        Those of the text repeat a table's, if there is one.
        """
        ratios = self.own[self.own["statistic"] == "odds_ratio"]
        table = ratios["location"].str.startswith("table")
        adjusted = pd.Series([is_adjusted(self.own, str(c)) for c in ratios.index], ratios.index)
        of_tables, of_text = ratios[table & adjusted], ratios[~table]
        rest = of_text[~of_text["item"].isin(ratios["item"][table])]
        models: dict[str, tuple[list[str], Search]] = {}
        for place, rows in pd.concat([of_tables, rest]).groupby("location", sort=False):
            items = [str(item) for item in rows["item"].unique()]
            try:
                found = search_model(read_model(self.own, items, str(place)))
            except ValueError:  # no counts, or more joint tables than can be looked at
                continue
            # With a margin given up, several sets of patients would be no more than chance.
            if len(found.tables) == 1 or (len(found.tables) and not found.freed):
                models[str(place)] = (items, found)
        return models

    # Checks

    def _conflict(self, claim: Claim) -> Verdict:
        """Name the claims of the smallest conflict with this one."""
        with_this = [c for c in self.consistency.conflicts if claim["id"] in c]
        others = [c for c in min(with_this, key=len) if c != claim["id"]]
        named = "; ".join(f"{c}, printed as {printed_text(self.claims, c)}" for c in others)
        clash = f"it clashes with {named}" if others else "no patients can have it"
        return Verdict(
            "contradicted",
            method="counts that add up, by constraint solving",
            severity=ARITHMETIC,
            explanation=f"a slip in one place is likely; {clash}",
            ask=f"the number of patients with {self._name(claim['item'])} in each group",
        )

    def _repeats(self, claim: Claim) -> Verdict | None:
        """Compare a number with itself, printed elsewhere; those in the minority clash.

        A ratio may be printed unadjusted and adjusted: one in the text has to be one of these.
        """
        same = self.record.rows(claim["item"], claim["group"], claim["statistic"])
        same = same[same["unit"] == claim["unit"]]
        agree = pd.Series(
            [_overlap(claim["printed"], other) for other in same["printed"]], same.index
        )
        if claim["statistic"] in (*RATIOS, *RATIO):
            elsewhere = same["location"] != claim["location"]
            in_table = str(claim["location"]).startswith("table")
            clash = not in_table and elsewhere.any() and not agree[elsewhere].any()
        else:
            clash = not agree.all() and agree.sum() <= (~agree).sum()
        if not clash:
            return None
        other = str(agree.index[~agree][0])
        what = f"{claim['statistic'].replace('_', ' ')} of {self._name(claim['item'])}"
        why = f"a slip in one place is likely; {other} is {printed_text(same, other)}"
        how = "the same number in two places"
        return Verdict("contradicted", "", how, ARITHMETIC, why, f"which {what} is right")

    def _order(self, claim: Claim) -> Verdict | None:
        """Compare a minimum, quartile, median, mean or maximum with those that bound it."""
        o, statistic, value = self.own, claim["statistic"], claim["value"]
        beside = o[
            (o["location"] == claim["location"]) & (o["item"] == claim["item"])
            & (o["group"] == claim["group"]) & (o["unit"] == claim["unit"])
        ]  # fmt: skip
        for other in beside.reset_index().to_dict("records"):
            above = other["statistic"] in BELOW.get(statistic, ()) and value > other["value"]
            below = statistic in BELOW.get(str(other["statistic"]), ()) and value < other["value"]
            if (above or below) and not _overlap(claim["printed"], other["printed"]):
                why = f"a slip, or another unit, is likely; {other['id']} is {other['printed']}"
                ask = f"the {statistic} of {self._name(claim['item'])}"
                return Verdict("contradicted", "", "order", ARITHMETIC, why, ask)
        return None

    def _count(self, claim: Claim) -> Verdict:
        """Look for another printed number that says the same."""
        item, group, value = claim["item"], claim["group"], int(claim["value"])
        same = self.record.rows(item, group, "n")
        if (same["value"] == value).sum() > 1:
            return Verdict("reproduced", str(value), "the same count printed elsewhere")
        compared = self.groups.compared
        parts = [self.record.find(item, g, "n") for g in (*compared, ALL)]
        if compared and self.groups.add_up and all(parts):
            return Verdict("reproduced", str(value), "the groups add to the total")
        shares = self.record.rows(item, group, "percent").dropna(subset="denominator")
        for printed, whole in zip(shares["printed"], shares["denominator"], strict=True):
            fits = counts_that_print(printed, int(whole))
            if fits == [value]:
                how = f"the only count of {whole} that prints as {printed}%"
                return Verdict("reproduced", str(value), how)
            if value in fits:
                shown = f"{fits[0]} to {fits[-1]}"
                return Verdict("attainable", shown, f"counts of {whole} that print as {printed}%")
        return _unchecked(f"nothing, unless the number of patients with {self._name(item)} matters")

    def _share(self, claim: Claim) -> Verdict:
        printed = str(claim["printed"])
        if claim["denominator"] is pd.NA:
            return _unchecked(f"the denominator of {self._name(claim['item'])}")
        whole, n = int(claim["denominator"]), count_of_percentage(claim, self.record)
        if n is None or n > whole:
            fits = counts_that_print(printed, whole)
            if claim["statistic"] == "fraction" or len(fits) > whole / 2:
                return _unchecked(f"the number of patients with {self._name(claim['item'])}")
            if fits:
                shown = ", ".join(map(str, fits))
                return Verdict("attainable", shown, f"counts of {whole} that print so")
            return self._by_rules((), "", f"every count of {whole}")
        if claim["statistic"] == "fraction":
            match = match_value(printed, n / whole, f"{n} of {whole}")
            return self._by_rules(match.rules, f"{match.computed:.3f}", match.method)
        match = check_percent(printed, n, whole)
        return self._by_rules(match.rules, f"{match.computed:.2f}", match.method)

    def _by_rules(self, rules: Sequence[str], computed: str, method: str) -> Verdict:
        if not rules:
            why = "another denominator, without missing values, may have been used"
            ask = "the count behind it, and of how many patients"
            return Verdict("not_reproduced", computed, method, ARITHMETIC, why, ask)
        if tuple(rules) == ("truncated",):
            why = "the digits are cut off, not rounded"
            return Verdict("reproduced_truncated", computed, method, COSMETIC, why)
        return Verdict("reproduced", computed, method)

    def _p(self, claim: Claim) -> Verdict:
        """Try what the p may be a test of: a regression's ratio, two means, two counts."""
        item, printed = str(claim["item"]), str(claim["printed"])
        if is_adjusted(self.own, claim["id"]):
            return self._model(claim) or self._wald(claim) or _unchecked(f"the fit of {item}")
        means = self.record.two_means(item)
        if means:
            return self._p_of_means(printed, means, self._name(item))
        counts = self.record.two_counts(item)
        if counts is None:
            what = f"the two counts or means of {self._name(item)}"
            return self._wald(claim) or _unchecked(f"the test of {self._name(item)}, and {what}")
        match = check_p_of_counts(printed, *counts)
        family = p_from_counts(printed, *counts)
        usual = family[family["usual"]]
        shown = "; ".join(f"{r.method} {r.p:.4f}" for r in usual.itertuples())
        if usual[["rounded", "truncated"]].any(axis=None):
            return self._by_rules(match.rules, shown, match.method)
        ask = f"the test of {self._name(item)}, and the two counts that it compares"
        if match.rules:
            why = "a test less usual than the others would explain it"
            return Verdict("reproduced_other_method", shown, match.method, COSMETIC, why, ask)
        wald = self._wald(claim)
        if wald is not None and wald.verdict == "attainable":
            return wald
        severity = _severity(printed, usual["p"])
        source = self.dichotomised.get(item, "")
        undivided = self.record.two_means(source) if source else None
        if undivided and check_p_of_means(printed, *undivided).rules:
            name = self._name(source)
            why = f"it is the t test of the undivided {name}: a p value may have been carried over"
            method = f"Student's t, {name}"
            return Verdict("reproduced_other_method", shown, method, severity, why, ask)
        why = "a test or patients other than those described may have been used"
        return Verdict("not_reproduced", shown, "every test of the family", severity, why, ask)

    def _p_of_means(self, printed: str, means: TwoMeans, name: str) -> Verdict:
        check = check_p_of_means(printed, *means)
        shown = f"{check.p:.4f}, between {check.low:.4f} and {check.high:.4f}"
        method = f"{check.method} from the printed means and SDs"
        if check.rules:
            return self._by_rules(check.rules, shown, method)
        if check.attainable:
            why = "values that round to the printed means and SDs give it"
            return Verdict("attainable", shown, method, explanation=why)
        why = "another test, or patients with missing values, would explain it"
        severity = _severity(printed, [check.low, check.high])
        ask = f"the test that gave the p of {name}"
        return Verdict("not_reproduced", shown, method, severity, why, ask)

    def _moments(self, claim: Claim) -> Verdict:
        """Means and SDs alone can only be impossible, and that of whole numbers only."""
        item, group, unit = str(claim["item"]), str(claim["group"]), str(claim["unit"])
        what = f"{self._name(item)} of each patient"
        mean = self.record.find(item, group, "mean", claim["location"])
        sd = self.record.find(item, group, "sd", claim["location"])
        if group not in self.groups.sizes or any(map(is_bound, (mean, sd))):
            return _unchecked(what)
        n, whole = self.record.size(item, group), unit.startswith("whole ")
        sums = [grim(mean, n, rule=rule) for rule in RULES if mean]
        fits = any(found.consistent for found in sums)
        if not sums or sums[0].chance == 1:
            return _unchecked(what)
        if claim["statistic"] == "sd":
            if not (whole and fits and n > 1):
                return _unchecked(what)
            fits = any(
                grimmer(mean, sd, n, rule=a, sd_rule=b).consistent for a in RULES for b in RULES
            )
        how = "GRIM" if claim["statistic"] == "mean" else "GRIMMER"
        if fits:
            why = f"{n} {unit if whole else 'whole ' + unit} can have it; weak evidence"
            return Verdict("attainable", method=how, explanation=why)
        if not whole:
            return _unchecked(what)
        why = "values in fractions, or fewer patients, would explain it"
        return Verdict("not_reproduced", f"n = {n}", how, ARITHMETIC, why, what)

    def _cutoff(self, claim: Claim) -> Verdict:
        """Look for a printed mean that a cut-off, said to be a mean, could be."""
        means = self.own[self.own["statistic"] == "mean"].reset_index().to_dict("records")
        for mean in means:
            if match_value(claim["printed"], float(mean["value"])).rules and mean["group"] != ALL:
                method = f"mean {self._name(mean['item'])}, {self._name(mean['group'])}"
                why = "the mean of one group may have been taken for that of all"
                ask = f"the mean {self._name(claim['item'])} of all patients"
                shown = str(mean["printed"])
                return Verdict("reproduced_other_method", shown, method, COSMETIC, why, ask)
        return _unchecked(f"the reason for the cut-off of {self._name(claim['item'])}")

    def _ratio(self, claim: Claim) -> Verdict:
        """Try a ratio or limit as that of a regression, of two counts, and as part of a triple."""
        model = self._model(claim)
        if model:
            return model
        counts = self.record.two_counts(str(claim["item"]))
        wanted = [s for s in RATIOS if self.record.find(claim["item"], "", s, claim["location"])]
        for kind, statistic, method, value in _ratios_of_counts(*counts) if counts else ():
            if kind in wanted and statistic == claim["statistic"]:
                match = match_value(claim["printed"], value, method)
                if match.rules:
                    return self._by_rules(match.rules, f"{value:.4g}", method)
        what = f"the fit that gave the ratio of {self._name(claim['item'])}"
        return self._wald(claim) or _unchecked(what)

    def _wald(self, claim: Claim) -> Verdict | None:
        """Say whether a ratio, its limits and its p belong together."""
        item, place = str(claim["item"]), str(claim["location"])
        ratio = next(filter(None, (self.record.find(item, "", s, place) for s in RATIOS)), "")
        low, high = (self.record.find(item, "", s, place) for s in RATIO[1:])
        if not (ratio and low and high):
            return None
        rows = self.own[(self.own["location"] == place) & (self.own["item"] == item)]
        tests = rows[rows["statistic"] == "p"]
        others = [str(p) for i, p in tests["printed"].items() if is_adjusted(self.own, str(i))]
        if claim["statistic"] == "p":
            others = [str(claim["printed"])]
        check = check_ratio(ratio, low, high)
        if not check.log_symmetric:
            if claim["statistic"] == "p":
                return None
            shown = f"limits around {check.estimate_range[0]:.4g} to {check.estimate_range[1]:.4g}"
            why = "an interval that is not Wald's, or a slip in one of the three, would explain it"
            ask = f"how the interval of {self._name(item)} was computed"
            return Verdict("contradicted", shown, "Wald", ARITHMETIC, why, ask)
        shown = f"p from {check.p_range[0]:.4g} to {check.p_range[1]:.4g}"
        if others and not any(habits_within(p, *check.p_range) for p in others):
            why = "a p that is not Wald's, or a slip in one of the numbers, would explain it"
            ask = f"the test that gave the p of {self._name(item)}"
            severity = _severity(others[0], check.p_range)
            return Verdict("not_reproduced", shown, "Wald", severity or ARITHMETIC, why, ask)
        why = "the ratio, its limits and its p belong together" if others else (
            "the ratio and its limits belong together"
        )  # fmt: skip
        return Verdict("attainable", shown, "Wald", explanation=why)

    def _model(self, claim: Claim) -> Verdict | None:
        """Compare a number of a regression with that of the patients that print as the others."""
        in_text = not str(claim["location"]).startswith("table")
        of_item = [m for m in self.searches.values() if claim["item"] in (*m[0], "model")]
        found = self.searches.get(
            str(claim["location"]), next(iter(of_item if in_text else []), None)
        )
        if found is None:
            return None
        items, search = found
        column = f"{claim['item']}_{claim['statistic']}".replace(
            "model_nagelkerke_r2", "nagelkerke"
        )
        if column not in search.tables:
            return None
        values = search.tables[column]
        shown = " or ".join(f"{value:.4f}" for value in values.unique())
        rules = {r for value in values for r in match_value(claim["printed"], float(value)).rules}
        method = "logistic regression"
        if not rules and in_text:  # it may be of another analysis
            return None
        if not rules:
            both = " and ".join(self._name(item) for item in items)
            return self._by_rules((), shown, f"{method} of {both}")
        if not search.freed:
            return self._by_rules(sorted(rules), shown, f"{method} on the printed counts")
        name, printed = self._name(search.freed), self.record.find(search.freed, ALL, "n")
        with_it = " or ".join(map(str, sorted(set(patients_with(search.tables, search.freed)))))
        why = (
            f"the variable may be wider or narrower than its row in the tables: no patients with "
            f"the printed counts of {name} ({printed} in all) give it"
        )
        method = f"{method} with {with_it} patients with {name}"
        ask = f"what {name} means in the regression"
        return Verdict("reproduced_other_method", shown, method, ARITHMETIC, why, ask)


def _unchecked(ask: str) -> Verdict:
    why = "no other printed number depends on it"
    return Verdict("not_checkable", explanation=why, ask=ask)


def _overlap(printed: str, other: str) -> bool:
    """Whether some number prints as both."""
    pairs = [
        (printed_interval(printed, a), printed_interval(other, b)) for a in RULES for b in RULES
    ]
    return any(a.low < b.high and b.low < a.high for a, b in pairs)


def _severity(printed: str, computed: Iterable[float]) -> str:
    """Say whether any p that was computed lies on the other side of 5% than the printed one."""
    below = printed_value(printed) <= ALPHA and printed_interval(printed).high < inf
    return CONCLUSION if any((p <= ALPHA) != below for p in computed) else COSMETIC


def _ratios_of_counts(a: int, n1: int, b: int, n0: int) -> Iterator[tuple[str, str, str, float]]:
    """Ratios and limits of a 2x2 table: the ratio, its statistic, the method and the value."""
    c, d = n1 - a, n0 - b
    exact, reach = two_by_two(a, n1, b, n0), float(ndtri(0.975))
    found = []
    logs = []
    if min(a, b, c, d) > 0:
        se = sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        logs.append(("odds_ratio", "Woolf", log(a * d / (b * c)), se))
    if min(a, b) > 0:
        se = sqrt(c / (a * n1) + d / (b * n0))
        logs.append(("risk_ratio", "Katz", log(a * n0 / (b * n1)), se))
    for kind, method, middle, se in logs:
        limits = exp(middle - reach * se), exp(middle + reach * se)
        found.append((kind, method, (exp(middle), *limits)))
    conditional = (exact.conditional_odds_ratio, exact.ci_low, exact.ci_high)
    found.append(("odds_ratio", "exact", conditional))
    for kind, method, (ratio, low, high) in found:
        turned = [1 / value if value else inf for value in (ratio, high, low)]
        for how, values in ((method, [ratio, low, high]), (f"{method}, of the inverse", turned)):
            for statistic, value in zip((kind, "ci_low", "ci_high"), values, strict=True):
                if value < inf:
                    yield kind, statistic, how, value
