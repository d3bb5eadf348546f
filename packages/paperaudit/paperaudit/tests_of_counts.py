"""Verdicts on p values of two groups whose counts or percentages are printed."""

from __future__ import annotations

from dataclasses import replace

from paperaudit.groups import pair_of
from paperaudit.noted import NAMED, ONLY_NAMED, note_of
from paperaudit.number_checks import habits_within
from paperaudit.p_values import (
    FAMILY,
    best_match,
    check_p_of_means,
    p_bounds_of_pairs,
    p_by_name,
    p_from_counts,
)
from paperaudit.power import power_of
from paperaudit.record import MOST_PAIRS, TwoCounts
from paperaudit.rounding import is_bound
from paperaudit.tested import Tested, hits, rules_of, tests_text
from paperaudit.tested_print import TestedPrint
from paperaudit.verdict import COSMETIC, Claim, Finding, Verdict, by_rules, p_text, severity

ONE_SIDED = frozenset(FAMILY[test] for test in ("fisher_less", "fisher_greater"))


class TestsOfCounts(TestedPrint):
    """The p values that compare two counts."""

    def _of_counts(self, claim: Claim, counts: TwoCounts) -> Finding:
        item, printed = str(claim["item"]), str(claim["printed"])
        family = p_from_counts(printed, *counts)
        match = best_match(family)
        usual = family[family["usual"]]
        values = dict(zip(usual["method"], usual["p"].astype(float), strict=True))
        computed = tests_text(values)
        power = power_of(printed, lambda text: bool(hits(text, values)), most=1)
        if named := self._by_named_test(claim, counts):
            return named
        if usual[["rounded", "truncated"]].any(axis=None):
            finding = by_rules(match.rules, computed, match.method, power)
            return self._by_own_test(claim, counts, finding)
        ask = f"the test of {self.name(item)}, and the two counts that it compares"
        one_sided = bool(match.rules) and ONE_SIDED.issuperset(match.method.split(", "))
        # One side of any test is as large as you like: it explains no "NS" and no ">0.05".
        if match.rules and not (one_sided and is_bound(printed) and not printed.startswith("<")):
            why = "a test less usual than the others would explain it"
            against = self._usual_here(claim, self._is_one_sided) if one_sided else ""
            tested = self.tested(claim)
            if against and tested:
                why = f"only {match.method} gives it; but {against}"
                return self._if_missing(claim, computed) or self._unlikely(claim, tested, why)
            return Finding(
                Verdict.REPRODUCED_OTHER_METHOD, computed, match.method, COSMETIC, why, ask,
                power=power,
            )  # fmt: skip
        wald = self.ratios.wald(claim)
        if wald is not None and wald.verdict == Verdict.ATTAINABLE:
            return wald
        below = self._of_rows_below(claim)
        if below:
            return below
        bears = severity(printed, usual["p"])
        undivided = self._of_undivided(claim, computed, bears, ask)
        if undivided:
            return undivided
        missing = self._if_missing(claim, computed)
        if missing:
            return replace(missing, power=power)
        why = "a test or patients other than those described may have been used"
        how = "every test of the family"
        finding = Finding(Verdict.NOT_REPRODUCED, computed, how, bears, why, ask, power=power)
        return self._innocent(claim, finding)

    def _by_named_test(self, claim: Claim, counts: TwoCounts) -> Finding | None:
        """Reproduce a p by a less usual test that its note names; None if that does not give it."""
        note = note_of([claim])
        wanted = [test for test, pattern in ONLY_NAMED.items() if pattern.search(note)]
        values = p_by_name(wanted, *counts) if wanted else {}
        printed = str(claim["printed"])
        names = hits(printed, values)
        if not names:
            return None
        computed = tests_text(values)
        rules = rules_of(printed, [values[name] for name in names])
        power = power_of(printed, lambda text: bool(hits(text, values)), most=1)
        return by_rules(rules, computed, ", ".join(names), power)

    def _is_one_sided(self, claim: Claim, _: Tested) -> bool:
        """Whether a one-sided test of two counts gives a p."""
        pair, item = self.arms(claim), str(claim["item"])
        place = claim["location"]
        counts = self.record.two_counts(item, pair, place) if len(pair) == 2 else None
        if counts is None or self.record.two_means(item, pair, place):
            return False
        family = p_from_counts(str(claim["printed"]), *counts)
        fitting = family.loc[family["rounded"] | family["truncated"], "method"]
        return not ONE_SIDED.isdisjoint(fitting)

    def _of_undivided(self, claim: Claim, computed: str, bears: str, ask: str) -> Finding | None:
        """Ask whether the p is that of a measure that the item divides."""
        source = self.relations.dichotomised.get(str(claim["item"]), "")
        undivided = self.record.two_means(source) if source else None
        if not undivided or not check_p_of_means(str(claim["printed"]), *undivided).rules:
            return None
        name = self.name(source)
        why = (
            f"the t test of the undivided {name}, from its printed means, prints so; that its "
            "p was carried over is one reading, patients left out or chance are others"
        )
        method = f"Student's t, {name}"
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, computed, method, bears, why, ask)

    def _by_own_test(self, claim: Claim, counts: TwoCounts, finding: Finding) -> Finding:
        """Tell apart what the test of the paper's other rows gives, and what only another does."""
        note = note_of([claim])
        named = next((test for test, pattern in NAMED.items() if pattern.search(note)), "")
        if named:
            if named in finding.method.split(", "):
                return finding
            why = f"its note names {named}, which does not give it"
            return self._other(claim, finding, why)
        own = self.own_tests.get(str(claim["location"]))
        if own is None or own.gives(counts, finding.method):
            return finding
        why = f"{own.hits} of {own.tried} p values of this place follow by {own.name}, not this one"
        return self._other(claim, finding, why)

    def _other(self, claim: Claim, finding: Finding, why: str) -> Finding:
        ask = f"the test of {self.name(claim['item'])}"
        return replace(
            finding,
            verdict=Verdict.REPRODUCED_OTHER_METHOD, severity=COSMETIC, explanation=why, ask=ask,
        )  # fmt: skip

    def _of_percentages(self, claim: Claim) -> Finding:
        """Try every pair of counts that print as the percentages of the two groups."""
        item, printed = str(claim["item"]), str(claim["printed"])
        pairs = self.record.count_pairs(item, pair_of(claim), claim["location"])
        if not pairs:
            return self._unpaired(claim)
        low, high = p_bounds_of_pairs(pairs)
        many = len(pairs) <= 8 and self._many(item, claim)
        families = [] if many else [p_from_counts(printed, *pair) for pair in pairs]
        if any(best_match(f).rules for f in families) or (
            many and habits_within(printed, low, high)
        ):
            why = "some counts that print as the percentages give it"
            how = "tests of such counts"
            power = power_of(printed, lambda text: bool(habits_within(text, low, high)), most=1)
            return Finding(Verdict.ATTAINABLE, "", how, explanation=why, power=power)
        why = "a test or patients other than those described may have been used"
        bears = severity(printed, [low, high])
        how = "every test of the counts that print as the percentages"
        ask = f"the test of {self.name(item)}, and the two counts or means that it compares"
        computed = f"{p_text(low)} to {p_text(high)}"
        return self._innocent(
            claim, Finding(Verdict.NOT_REPRODUCED, computed, how, bears, why, ask)
        )

    def _many(self, item: str, claim: Claim) -> bool:
        groups = pair_of(claim) or self.record.groups.compared
        here = self.record.at(claim["location"], item, groups, "n")
        first, second = (len(self.record.counts_of(item, group, here)) for group in groups)
        return first * second > MOST_PAIRS
