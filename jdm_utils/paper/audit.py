"""The audit: a verdict on every printed number, from print alone.

No patient, simulated or real, is used here. Each number is computed again from the other printed
numbers, over all that their digits leave open.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from jdm_utils.paper.checks import (
    check_percent,
    check_ratio,
    habits_within,
    match_value,
    p_from_counts,
    p_range_from_summary,
)
from jdm_utils.paper.claims import load_claims, printed_count, printed_number, printed_text
from jdm_utils.paper.contradictions import find_contradictions
from jdm_utils.paper.granularity import grim
from jdm_utils.paper.percentages import count_of_percentage
from jdm_utils.paper.table4 import table4_tables
from jdm_utils.stats import t_test_from_summary

VERDICTS = (
    "reproduced", "reproduced_truncated", "reproduced_other_method", "attainable", "contradicted",
    "not_reproduced", "not_checkable",
)  # fmt: skip
GROUPS = ("calcinosis", "no_calcinosis")
CONCLUSION, ARITHMETIC, COSMETIC = "changes a conclusion", "arithmetic", "cosmetic"
ALPHA = 0.05
#: What was divided at a cut-off, and of which printed mean a cut-off is said to be one.
DICHOTOMISED = {
    "onset_over_6_5": "age_at_diagnosis",
    "diagnosis_over_1_year": "time_to_treatment",
}
MEANS_OF_CUTOFFS = {"age_at_onset": "age_at_diagnosis", "time_to_diagnosis": "time_to_treatment"}
PLACES = ("table3", "table2", "results", "abstract", "methods", "discussion")

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


def audit_claims(claims: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give every printed number a verdict, from the other printed numbers alone.

    Parameters
    ----------
    claims : pandas.DataFrame, optional
        The ledger, as `load_claims` gives it; by default that of the 2008 study.

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
    auditor = _Auditor(claims)
    records = claims.reset_index().to_dict("records")
    verdicts = {str(claim["id"]): asdict(auditor.judge(claim)) for claim in records}
    shown = ["location", "item", "group", "statistic", "printed"]
    return claims[shown].join(pd.DataFrame.from_dict(verdicts, orient="index"))


class _Auditor:
    """A ledger, with what its numbers are held against."""

    def __init__(self, claims: pd.DataFrame) -> None:
        self.claims = claims
        own = claims[claims["role"].isin(["built_in", "predicted"])]
        self.own, self.counts = own, own[own["statistic"] == "n"]
        self.consistency = find_contradictions(claims)
        self.sizes = [printed_count(claims, f"table3_patients_{group}_n") for group in GROUPS]
        self.tables = table4_tables(claims)

    def judge(self, claim: Claim) -> Verdict:
        """Send a claim to the check for its kind."""
        if claim["role"] == "cited":
            why = "cited from another study, whose numbers are not at hand"
            return Verdict("not_checkable", explanation=why)
        if claim["role"] == "design":
            return Verdict(
                "not_checkable", explanation="a choice of the design: nothing to compute"
            )
        statistic = claim["statistic"]
        if claim["id"] in self.consistency.doubtful:
            return self._contradicted(claim)
        if statistic == "n":
            return self._count(claim)
        if statistic in ("percent", "fraction"):
            return self._percent(claim)
        if statistic in ("odds_ratio", "ci_low", "ci_high", "nagelkerke_r2"):
            return self._regression(claim)
        if statistic == "p":
            logistic = claim["location"] == "table4" or "logistic" in claim["note"]
            return self._regression(claim) if logistic else self._p(claim)
        return self._cutoff(claim) if statistic == "cutoff" else self._summary(claim)

    def _find(self, item: str, group: str, statistic: str) -> str:
        """Return the id of a printed number, from the tables before the text; empty if none."""
        o = self.own
        rows = o[(o["item"] == item) & (o["group"] == group) & (o["statistic"] == statistic)]
        found = [str(i) for place in PLACES for i in rows.index[rows["location"] == place]]
        return found[0] if found else ""

    def _contradicted(self, claim: Claim) -> Verdict:
        """Name the claims of the smallest conflict with this one."""
        with_this = [c for c in self.consistency.conflicts if claim["id"] in c]
        others = [c for c in min(with_this, key=len) if c != claim["id"]]
        named = "; ".join(f"{c}, printed as {printed_text(self.claims, c)}" for c in others)
        return Verdict(
            "contradicted",
            method="counts that add up, by constraint solving",
            severity=ARITHMETIC,
            explanation=f"a slip in one table is likely; it clashes with {named}",
            ask=f"the number of patients with {claim['item']} in each group",
        )

    def _count(self, claim: Claim) -> Verdict:
        """Look for another printed number that says the same."""
        item, group, value = claim["item"], claim["group"], int(claim["value"])
        same = self.counts[(self.counts["item"] == item) & (self.counts["group"] == group)]
        if len(same) > 1:
            return Verdict("reproduced", str(value), "the same count printed elsewhere")
        parts = [self._find(item, g, "n") for g in (*GROUPS, "all")]
        if all(parts):
            return Verdict("reproduced", str(value), "the groups add to the total")
        percent = self._find(item, group, "percent")
        if percent:
            printed = printed_text(self.claims, percent)
            whole = int(self.claims["denominator"][percent])
            fits = [n for n in range(whole + 1) if check_percent(printed, n, whole).rules]
            if fits == [value]:
                return Verdict(
                    "reproduced", str(value), f"the only count that prints as {printed}%"
                )
        return Verdict(
            "not_checkable",
            explanation="no other printed number depends on it",
            ask=f"nothing, unless the number of patients with {item} matters",
        )

    def _percent(self, claim: Claim) -> Verdict:
        n, whole = count_of_percentage(claim, self.counts), int(claim["denominator"])
        printed = claim["printed"]
        if claim["statistic"] == "fraction":
            match = match_value(printed, n / whole, f"{n} of {whole}")
            return self._by_rules(match.rules, f"{n / whole:.3f}", match.method)
        match = check_percent(printed, n, whole)
        return self._by_rules(match.rules, f"{match.computed:.2f}", match.method)

    def _by_rules(self, rules: Sequence[str], computed: str, method: str) -> Verdict:
        if not rules:
            return Verdict(
                "not_reproduced", computed, method, ARITHMETIC, ask="the count behind it"
            )
        if tuple(rules) == ("truncated",):
            why = "the digits are cut off, not rounded"
            return Verdict("reproduced_truncated", computed, method, COSMETIC, why)
        return Verdict("reproduced", computed, method)

    def _p(self, claim: Claim) -> Verdict:
        item, printed = str(claim["item"]), str(claim["printed"])
        means = [self._find(item, group, s) for group in GROUPS for s in ("mean", "sd")]
        if all(means):
            return self._t_test(printed, means)
        a, b = (printed_count(self.claims, self._find(item, group, "n")) for group in GROUPS)
        family = p_from_counts(printed, a, self.sizes[0], b, self.sizes[1])
        hits = family[family["rounded"] | family["truncated"]]
        usual, others = hits[hits["usual"]], hits[~hits["usual"]]
        shown = "; ".join(f"{r.method} {r.p:.4f}" for r in family[family["usual"]].itertuples())
        if len(usual):
            method = ", ".join(usual["method"])
            rules = ["rounded"] if usual["rounded"].any() else ["truncated"]
            return self._by_rules(rules, shown, method)
        if len(others):
            method = ", ".join(others["method"])
            return Verdict("reproduced_other_method", shown, method, COSMETIC)
        crosses = ((family["p"] <= ALPHA) != (claim["value"] <= ALPHA)) & family["usual"]
        severity = CONCLUSION if crosses.any() else COSMETIC
        ask = f"the test of {item}, and the two counts that it compares"
        source = DICHOTOMISED.get(item)
        means = [self._find(source, g, s) for g in GROUPS for s in ("mean", "sd")] if source else []
        if source and match_value(printed, self._p_of_means(means)).rules:
            why = (
                f"it is the t test of the undivided {source}: a p value may have been carried over"
            )
            method = f"Student's t, {source}"
            return Verdict("reproduced_other_method", shown, method, severity, why, ask)
        why = "a test or patients other than those described may have been used"
        return Verdict("not_reproduced", shown, "every test of the family", severity, why, ask)

    def _t_test(self, printed: str, means: Sequence[str]) -> Verdict:
        texts = [printed_text(self.claims, claim) for claim in means]
        low, high = self._p_range(texts)
        p = self._p_of_means(means)
        shown = f"{p:.4f}, between {low:.4f} and {high:.4f}"
        method = "Student's t from the printed means and SDs"
        if match_value(printed, p).rules:
            return self._by_rules(match_value(printed, p).rules, shown, method)
        if habits_within(printed, low, high):
            why = "values that round to the printed means and SDs give it"
            return Verdict("attainable", shown, method, explanation=why)
        why = "another test, or patients with missing values, would explain it"
        return Verdict("not_reproduced", shown, method, COSMETIC, why, "the test that was used")

    def _p_range(self, texts: Sequence[str]) -> tuple[float, float]:
        m1, s1, m0, s0 = texts
        return p_range_from_summary(m1, s1, self.sizes[0], m0, s0, self.sizes[1])

    def _p_of_means(self, means: Sequence[str]) -> float:
        m1, s1, m0, s0 = (printed_number(self.claims, claim) for claim in means)
        return t_test_from_summary(m1, s1, self.sizes[0], m0, s0, self.sizes[1]).p

    def _summary(self, claim: Claim) -> Verdict:
        """Means and SDs alone can only be impossible; a minimum or median cannot even be that."""
        if claim["statistic"] == "mean" and claim["group"] in GROUPS:
            n = self.sizes[GROUPS.index(claim["group"])]
            fits = grim(claim["printed"], n, rule="truncated")
            why = "a mean of whole years, truncated" if fits.consistent else "not of whole years"
            return Verdict("attainable", method="GRIM", explanation=f"{why}; weak evidence")
        return Verdict(
            "not_checkable",
            explanation="no other printed number depends on it",
            ask=f"{claim['item']} of each patient",
        )

    def _cutoff(self, claim: Claim) -> Verdict:
        """Compare a cut-off that is said to be a mean with the means that are printed."""
        of = MEANS_OF_CUTOFFS[str(claim["item"])]
        means = [printed_number(self.claims, self._find(of, g, "mean")) for g in GROUPS]
        pooled = sum(m * n for m, n in zip(means, self.sizes, strict=True)) / sum(self.sizes)
        shown = f"{means[0]} with calcinosis, {pooled:.2f} in all ({of})"
        if match_value(claim["printed"], means[0]).rules:
            method = f"mean {of} of the calcinosis group"
            why = "the mean of one group may have been taken for that of all"
            ask = f"the mean {claim['item']} of all patients"
            return Verdict("reproduced_other_method", shown, method, COSMETIC, why, ask)
        return Verdict("not_reproduced", shown, "printed means", COSMETIC, ask=f"the mean {of}")

    def _regression(self, claim: Claim) -> Verdict:
        """Table 4's numbers: each other's, and those of the one set of counts that gives them."""
        treated = int(self.tables.filter(regex="treated|both").iloc[0].sum())
        printed = printed_count(self.claims, self._find("immunosuppressor", "all", "n"))
        method = f"logistic regression with {treated} treated patients"
        if claim["item"] in ("cardiac", "immunosuppressor"):
            row = [f"table4_{claim['item']}_{s}" for s in ("odds_ratio", "ci_low", "ci_high", "p")]
            ratio, low, high, p = (printed_text(self.claims, c) for c in row)
            if not check_ratio(ratio, low, high, p).coexist:
                why = "odds ratio, limits and p do not belong to one Wald interval"
                return Verdict("contradicted", method="Wald", severity=ARITHMETIC, explanation=why)
        why = (
            f"treatment may include gammaglobulin here: no cohort with the {printed} treated "
            "patients of Table 2 gives it"
        )
        ask = "which treatments the variable of Table 4 includes"
        return Verdict("reproduced_other_method", method=method, severity=ARITHMETIC,
                       explanation=why, ask=ask)  # fmt: skip
