"""The audit: a verdict on every printed number, from print alone.

No patient, simulated or real, is used here. Each number is computed again from the other printed
numbers, over all that their digits leave open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from paperaudit.audit_ratios import RatioAuditor
from paperaudit.contradictions import PATIENTS, find_contradictions
from paperaudit.granularity import grim, grimmer
from paperaudit.groups import ALL, OWN
from paperaudit.inverse import RATIO, RATIOS, is_adjusted
from paperaudit.naming import claim_name, statistic_name
from paperaudit.number_checks import check_percent, habits_within, match_value
from paperaudit.p_values import best_match, check_p_of_means, p_from_counts
from paperaudit.passed import PassedChecks
from paperaudit.percentages import count_of_percentage
from paperaudit.record import Record, TwoMeans
from paperaudit.relations import Relations, relations_of
from paperaudit.rounding import RULES, counts_that_print, is_bound
from paperaudit.verdict import (
    ARITHMETIC,
    COSMETIC,
    VERDICTS,
    Claim,
    Finding,
    Verdict,
    alike,
    by_rules,
    overlap,
    severity,
    unchecked,
)

__all__ = ["VERDICTS", "audit_claims"]

#: What a number is of, by its statistic; a p is of a test unless a regression gave it.
ARITHMETICAL, SUMMARIES, TESTS, FITTED = (
    "counts and percentages",
    "means and ranges",
    "p values of tests",
    "regression and ratios",
)
KINDS = (ARITHMETICAL, SUMMARIES, TESTS, FITTED)


def audit_claims(
    claims: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    relations: Relations | None = None,
) -> pd.DataFrame:
    """Give every printed number a verdict, from the other printed numbers alone.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.
    labels : mapping of str to str, optional
        Names of items, for the explanations and questions.
    relations : Relations, optional
        Which items belong together; by default what is declared beside the file of the ledger.

    Returns
    -------
    pandas.DataFrame
        One row a claim, indexed by ``id``: ``location``, ``item``, ``group``, ``statistic``,
        ``printed``; ``verdict`` (one of `VERDICTS`); ``computed`` (the recomputed value or range,
        as text) and its ``method``; ``severity`` (empty, ``cosmetic``, ``arithmetic`` or
        ``changes a conclusion``); ``explanation``, an innocent one first; ``ask``, the smallest
        thing to ask the authors for, empty where nothing needs asking; ``meaning``, what the
        verdict amounts to (one of `paperaudit.verdict.MEANINGS`); ``kind`` of number (one of
        `KINDS`).

    Notes
    -----
    A verdict is about the printed numbers, not about the study. ``reproduced`` says that a number
    follows from others, not that it is right, nor that other patients show the same;
    ``not_reproduced`` that none of the declared methods gives it. ``consistent`` says that it took
    part in a check that could have failed, and passed (`paperaudit.passed`): a time in order
    with a longer one, a mean whose t test gives the printed p, a count between those of its parts
    and of its whole, a group size of which percentages are taken, a number printed again.
    ``not_checkable`` is left for what passed no such check.
    """
    auditor = _Auditor(claims, labels or {}, relations or relations_of(claims))
    records = claims.reset_index().to_dict("records")
    verdicts = {}
    for claim in records:
        found = auditor.judge(claim)
        extra = {"meaning": found.meaning, "kind": auditor.kind(claim)}
        verdicts[str(claim["id"])] = asdict(found) | {"verdict": found.verdict.value} | extra
    shown = ["location", "item", "group", "statistic", "printed"]
    return claims[shown].join(pd.DataFrame.from_dict(verdicts, orient="index"))


class _Auditor:
    """A ledger, with what its numbers are held against."""

    def __init__(
        self, claims: pd.DataFrame, labels: Mapping[str, str], relations: Relations
    ) -> None:
        self.claims, self.labels, self.relations = claims, labels, relations
        self.record = Record(claims)
        self.own, self.groups = self.record.own, self.record.groups
        self.consistency = find_contradictions(claims, relations=relations)
        self.ratios = RatioAuditor(self.record, self._name)
        self.passed = PassedChecks(claims, self.record, self._name, relations)

    def kind(self, claim: Claim) -> str:
        """Say what kind of number it is."""
        match claim["statistic"]:
            case "n" | "percent" | "fraction" | "denominator" | "ratio":
                return ARITHMETICAL
            case "p":
                return FITTED if is_adjusted(self.own, claim["id"]) else TESTS
            case statistic if statistic in (*RATIOS, *RATIO, "nagelkerke_r2", "conf_level"):
                return FITTED
        return SUMMARIES

    def judge(self, claim: Claim) -> Finding:
        """Judge a claim; what no other number gives may still agree with others."""
        verdict = self._judge(claim)
        if verdict.verdict != Verdict.NOT_CHECKABLE or claim["role"] not in OWN:
            return verdict
        return self.passed.judge(claim) or self.passed.unjudged(verdict, claim)

    def _judge(self, claim: Claim) -> Finding:
        """Send a claim to the check for its kind."""
        if claim["role"] == "cited":
            why = "cited from another study, whose numbers are not at hand"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
        if claim["role"] == "design":
            if period := self._period(claim):
                return period
            why = "a choice of the design: nothing to compute"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
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
                return self._repeats(claim) or self.ratios.model(claim) or unchecked("the patients")
            case "mean" | "sd":
                return self._repeats(claim) or self._order(claim) or self._moments(claim)
            case statistic if statistic in (*RATIOS, *RATIO):
                return self._repeats(claim) or self.ratios.ratio(claim)
        what = f"{self._name(claim['item'])} of each patient"
        return self._repeats(claim) or self._order(claim) or unchecked(what)

    def _name(self, item: Any) -> str:
        return self.labels.get(str(item), str(item).replace("_", " "))

    def _named(self, claim: Mapping[Any, Any]) -> str:
        return f"{claim_name(claim, self._name)}, printed as {claim['printed']}"

    # Checks

    def _conflict(self, claim: Claim) -> Finding:
        """Name the claims of the smallest conflict with this one."""
        with_this = [c for c in self.consistency.conflicts if claim["id"] in c]
        # A percentage repeats its count: of conflicts as small, one of counts says more.
        percents = set(self.own.index[self.own["statistic"] == "percent"])
        smallest = min(with_this, key=lambda c: (len(c), len(percents & set(c))))
        others = self.claims.loc[[c for c in smallest if c != claim["id"]]].to_dict("records")
        named = "; ".join(self._named(other) for other in others)
        clash = f"it clashes with {named}" if others else "no patients can have it"
        return Finding(
            Verdict.CONTRADICTED,
            method="counts that add up, by constraint solving",
            severity=ARITHMETIC,
            explanation=f"a slip in one place is likely; {clash}",
            ask=f"the number of patients with {self._name(claim['item'])} in each group",
        )

    def _repeats(self, claim: Claim) -> Finding | None:
        """Compare a number with itself, printed elsewhere; those in the minority clash.

        A ratio may be printed unadjusted and adjusted: one in the text has to be one of these.
        """
        same = self.record.rows(claim["item"], claim["group"], claim["statistic"])
        same = same[same["unit"] == claim["unit"]]
        if claim["statistic"] == "p":
            same = same.loc[[c for c in same.index if not is_adjusted(self.own, str(c))]]
        agree = pd.Series([alike(claim["printed"], other) for other in same["printed"]], same.index)
        elsewhere = same["location"] != claim["location"]
        in_table = str(claim["location"]).startswith("table")
        if claim["statistic"] in (*RATIOS, *RATIO):
            clash = not in_table and elsewhere.any() and not agree[elsewhere].any()
        else:
            clash = not agree.all() and agree.sum() <= (~agree).sum()
            # Of as many that agree as differ, the table's stands.
            rest = same["location"][~agree].str.startswith("table")
            clash = clash and not (in_table and agree.sum() == (~agree).sum() and not rest.any())
        if not clash:
            return None
        others = same[~agree].to_dict("records")
        what = f"{statistic_name(claim['statistic'])} of {self._name(claim['item'])}"
        named = "; ".join(self._named(other) for other in others)
        how, weight, why = "the same number in two places", ARITHMETIC, "a slip in one place"
        if any(overlap(claim["printed"], str(other["printed"])) for other in others):
            weight, why = COSMETIC, "a number rounded here and cut off there, or a slip,"
        ask = f"which {what} is right"
        return Finding(Verdict.CONTRADICTED, "", how, weight, f"{why} is likely; {named}", ask)

    def _order(self, claim: Claim) -> Finding | None:
        """Compare a minimum, quartile, median, mean or maximum with those that bound it."""
        for other, holds in self.passed.in_order(claim):
            if not holds:
                statistic = statistic_name(claim["statistic"])
                why = f"a slip, or another unit, is likely; {self.passed.named(other)}"
                ask = f"the {statistic} of {self._name(claim['item'])}"
                return Finding(Verdict.CONTRADICTED, "", "order", ARITHMETIC, why, ask)
        return None

    def _period(self, claim: Claim) -> Finding | None:
        """Compare a number of years with the first and the last year of its item.

        Both years count in full if the ledger notes January of the first, December of the last.
        """
        c = self.claims
        ends = c[(c["item"] == claim["item"]) & (c["unit"] == "year")].set_index("statistic")
        if claim["unit"] != "years" or sorted(ends.index) != ["max", "min"]:
            return None
        first, last = (int(ends["value"][s]) for s in ("min", "max"))
        full = ends["note"].to_dict() == {"min": "January", "max": "December"}
        fits = [last - first + 1] if full else [last - first, last - first + 1]
        if int(claim["value"]) in fits:
            return None
        whole = ("January ", "December ") if full else ("", "")
        how = f"years from {whole[0]}{first} to {whole[1]}{last}"
        why = f"the last year less the first may have been taken; {how} are {fits[-1]}"
        ask = f"the first and the last month of the {self._name(claim['item'])}"
        return Finding(Verdict.CONTRADICTED, str(fits[-1]), how, COSMETIC, why, ask)

    def _count(self, claim: Claim) -> Finding:
        """Look for another printed number that says the same."""
        item, group, value = claim["item"], claim["group"], int(claim["value"])
        same = self.record.rows(item, group, "n")
        if (same["value"] == value).sum() > 1:
            return Finding(Verdict.REPRODUCED, str(value), "the same count printed elsewhere")
        compared = self.groups.compared
        parts = [self.record.find(item, g, "n") for g in (*compared, ALL)]
        if compared and self.groups.add_up and all(parts):
            return Finding(Verdict.REPRODUCED, str(value), "the groups add to the total")
        shares = self.record.rows(item, group, "percent").dropna(subset="denominator")
        for printed, whole in zip(shares["printed"], shares["denominator"], strict=True):
            fits = counts_that_print(printed, int(whole))
            if fits == [value]:
                how = f"the only count of {whole} that prints as {printed}%"
                return Finding(Verdict.REPRODUCED, str(value), how)
            if value in fits:
                shown = f"{fits[0]} to {fits[-1]}"
                return Finding(
                    Verdict.ATTAINABLE, shown, f"counts of {whole} that print as {printed}%"
                )
        if item == PATIENTS and compared and not self.groups.add_up:
            why = (
                "the groups do not add up to all patients: some may be in neither, or one is a slip"
            )
            ask = "how many patients are in neither group"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask)
        return unchecked(f"nothing, unless the number of patients with {self._name(item)} matters")

    def _share(self, claim: Claim) -> Finding:
        printed = str(claim["printed"])
        if claim["denominator"] is pd.NA:
            return unchecked(f"the denominator of {self._name(claim['item'])}")
        whole, n = int(claim["denominator"]), count_of_percentage(claim, self.record)
        if n is None or n > whole:
            fits = counts_that_print(printed, whole)
            if claim["statistic"] == "fraction" or len(fits) > whole / 2:
                return unchecked(f"the number of patients with {self._name(claim['item'])}")
            if fits:
                shown = ", ".join(map(str, fits))
                return Finding(Verdict.ATTAINABLE, shown, f"counts of {whole} that print so")
            return by_rules((), "", f"every count of {whole}")
        if claim["statistic"] == "fraction":
            match = match_value(printed, n / whole, f"{n} of {whole}")
            return by_rules(match.rules, f"{match.computed:.3f}", match.method)
        match = check_percent(printed, n, whole)
        return by_rules(match.rules, f"{match.computed:.2f}", match.method)

    def _p(self, claim: Claim) -> Finding:
        """Try what the p may be a test of, and compare it with itself."""
        if is_adjusted(self.own, claim["id"]):
            ask = f"the fit of {self._name(claim['item'])}"
            return self.ratios.model(claim) or self.ratios.wald(claim) or unchecked(ask)
        verdict = self._test(claim)
        clash = None if verdict.verdict == Verdict.NOT_REPRODUCED else self._repeats(claim)
        if clash is None or verdict.verdict == Verdict.NOT_CHECKABLE:
            return clash or verdict
        return replace(
            clash,
            computed=verdict.computed,
            explanation=f"{clash.explanation}{self._tests_of_each(claim)}",
        )

    def _tests_of_each(self, claim: Claim) -> str:
        """Name the tests of the two counts that print as each of the p values of an item."""
        counts = self.record.two_counts(str(claim["item"]))
        rows = self.record.rows(claim["item"], claim["group"], "p")
        told = ""
        for printed in dict.fromkeys([claim["printed"], *rows["printed"]]) if counts else ():
            family = p_from_counts(str(printed), *counts) if counts else pd.DataFrame()
            hits = family[family["usual"] & (family["rounded"] | family["truncated"])]
            names = [f"{r.method}{' cut off' * (not r.rounded)}" for r in hits.itertuples()]
            told += f"; {printed} is the p of {' or '.join(names)}" if names else ""
        return told

    def _test(self, claim: Claim) -> Finding:
        """Test the two means of an item, or its two counts."""
        item, printed = str(claim["item"]), str(claim["printed"])
        means = self.record.two_means(item)
        if means:
            return self._p_of_means(claim, means)
        counts = self.record.two_counts(item)
        if counts is None:
            return self._p_of_percentages(claim)
        family = p_from_counts(printed, *counts)
        match = best_match(family)
        usual = family[family["usual"]]
        shown = "; ".join(f"{r.method} {r.p:.4f}" for r in usual.itertuples())
        if usual[["rounded", "truncated"]].any(axis=None):
            return by_rules(match.rules, shown, match.method)
        ask = f"the test of {self._name(item)}, and the two counts that it compares"
        if match.rules:
            why = "a test less usual than the others would explain it"
            return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, match.method, COSMETIC, why, ask)
        wald = self.ratios.wald(claim)
        if wald is not None and wald.verdict == Verdict.ATTAINABLE:
            return wald
        bears = severity(printed, usual["p"])
        source = self.relations.dichotomised.get(item, "")
        undivided = self.record.two_means(source) if source else None
        if undivided and check_p_of_means(printed, *undivided).rules:
            name = self._name(source)
            why = (
                f"the t test of the undivided {name}, from its printed means, prints so; that its "
                "p was carried over is one reading, patients left out or chance are others"
            )
            method = f"Student's t, {name}"
            return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, method, bears, why, ask)
        why = "a test or patients other than those described may have been used"
        return Finding(Verdict.NOT_REPRODUCED, shown, "every test of the family", bears, why, ask)

    def _p_of_percentages(self, claim: Claim) -> Finding:
        """Try every pair of counts that print as the percentages of the two groups."""
        item, printed = str(claim["item"]), str(claim["printed"])
        ask = f"the test of {self._name(item)}, and the two counts or means that it compares"
        pairs = self.record.count_pairs(item)
        if not pairs:
            return self.ratios.wald(claim) or unchecked(ask)
        families = [p_from_counts(printed, *pair) for pair in pairs]
        if any(best_match(family).rules for family in families):
            why = "some counts that print as the percentages give it"
            return Finding(Verdict.ATTAINABLE, "", "tests of such counts", explanation=why)
        why = "a test or patients other than those described may have been used"
        usual = [p for family in families for p in family["p"][family["usual"]]]
        bears = severity(printed, usual)
        how = "every test of the counts that print as the percentages"
        return Finding(Verdict.NOT_REPRODUCED, "", how, bears, why, ask)

    def _p_of_means(self, claim: Claim, means: TwoMeans) -> Finding:
        printed = str(claim["printed"])
        check = check_p_of_means(printed, *means)
        shown = f"{check.p:.4f}, between {check.low:.4f} and {check.high:.4f}"
        method = f"{check.method} from the printed means and SDs"
        if check.rules:
            return by_rules(check.rules, shown, method)
        if check.attainable:
            why = "values that round to the printed means and SDs give it"
            return Finding(Verdict.ATTAINABLE, shown, method, explanation=why)
        why = "another test, or patients with missing values, would explain it"
        bears = severity(printed, [check.low, check.high])
        ask = f"the test that gave the p of {self._name(claim['item'])}"
        return Finding(Verdict.NOT_REPRODUCED, shown, method, bears, why, ask)

    def _moments(self, claim: Claim) -> Finding:
        """Means and SDs alone can only be impossible, and that of whole numbers only."""
        item, group, unit = str(claim["item"]), str(claim["group"]), str(claim["unit"])
        what = f"{self._name(item)} of each patient"
        clash = self._pooled(claim)
        if clash:
            return clash
        mean = self.record.find(item, group, "mean", claim["location"])
        sd = self.record.find(item, group, "sd", claim["location"])
        if group not in self.groups.sizes or any(map(is_bound, (mean, sd))):
            return unchecked(what)
        n = self.record.size(item, group)
        if n < 1 or not unit.startswith("whole "):  # fractions can have any mean
            return unchecked(what)
        sums = [grim(mean, n, rule=rule) for rule in RULES if mean]
        fits = any(found.consistent for found in sums)
        if not sums or sums[0].chance == 1:
            return unchecked(what)
        if claim["statistic"] == "sd":
            if not (fits and n > 1):
                return unchecked(what)
            fits = any(
                grimmer(mean, sd, n, rule=a, sd_rule=b).consistent for a in RULES for b in RULES
            )
        how = "GRIM" if claim["statistic"] == "mean" else "GRIMMER"
        if fits:
            return Finding(Verdict.ATTAINABLE, method=how, explanation=f"{n} {unit} can have it")
        why = "values in fractions, or fewer patients, would explain it"
        return Finding(Verdict.NOT_REPRODUCED, f"n = {n}", how, ARITHMETIC, why, what)

    def _pooled(self, claim: Claim) -> Finding | None:
        """Compare the mean and SD of all patients with those of the groups together."""
        item = str(claim["item"])
        pooled = self.passed.pooled(item)
        if pooled is None:
            return None
        total = {s: self.record.find(item, ALL, s) for s in ("mean", "sd")}
        if habits_within(total["mean"], *pooled.mean) and habits_within(total["sd"], *pooled.sd):
            return None
        shown = ", ".join(
            f"{name} {low:.4g} to {high:.4g}"
            for name, (low, high) in (("mean", pooled.mean), ("SD", pooled.sd))
        )
        why = "patients with missing values, or a slip in one of the groups, would explain it"
        ask = f"the mean and SD of {self._name(item)} in each group"
        how = "the groups together"
        return Finding(Verdict.CONTRADICTED, shown, how, ARITHMETIC, why, ask)

    def _cutoff(self, claim: Claim) -> Finding:
        """Look for a printed mean that a cut-off, said to be a mean, could be."""
        means = self.own[self.own["statistic"] == "mean"].reset_index().to_dict("records")
        for mean in means:
            if match_value(claim["printed"], float(mean["value"])).rules and mean["group"] != ALL:
                method = f"mean {self._name(mean['item'])}, {self._name(mean['group'])}"
                why = "the mean of one group may have been taken for that of all"
                if mean["item"] != claim["item"]:
                    named = self._name(mean["item"]), self._name(claim["item"])
                    why += f", and {named[0]} for {named[1]}"
                ask = f"the mean {self._name(claim['item'])} of all patients"
                shown = str(mean["printed"])
                return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, method, COSMETIC, why, ask)
        return unchecked(f"the reason for the cut-off of {self._name(claim['item'])}")
