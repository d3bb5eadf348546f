"""Verdicts on p values of variables with several levels, and of more than two groups."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from paperaudit.group_tests import anova_range
from paperaudit.groups import pair_of
from paperaudit.levels import Levels
from paperaudit.number_checks import habits_within
from paperaudit.power import power_of
from paperaudit.tested import Tested, rules_of, tested_table
from paperaudit.tests_of_counts import TestsOfCounts
from paperaudit.tests_of_means import TestsOfMeans
from paperaudit.verdict import COSMETIC, Claim, Finding, Verdict, by_rules


class TestsOfLevels(TestsOfCounts, TestsOfMeans):
    """The p values that compare more than two counts or means at once."""

    def _of_levels(self, claim: Claim, levels: Levels) -> Finding:
        """Test a variable with several levels: one p for all of them."""
        names = ", ".join(self.name(item) for item in levels.items)
        over = f"over {names}"
        if len(levels.items) == len(self.arms(claim)) == 2:
            (a, b), (c, d) = levels.table
            if a + c and b + d:
                return self._of_counts(claim, (a, a + c, b, b + d))
        tested = tested_table(levels.table, levels.items, self.arms(claim))
        if fitting := self._of_tables(claim, levels, over):
            return fitting
        rest = levels.with_data()
        without = self._of_levels(claim, rest) if rest else None
        if without and not without.verdict.objection:
            return without
        return self._failed(claim, tested, over)

    def _of_arms(self, claim: Claim) -> Finding:
        """Test more than two groups: an analysis of variance, or chi-square of all counts."""
        printed = str(claim["printed"])
        tested = self.tested(claim)
        if tested is None:
            return self._unpaired(claim)
        if tested.fits(printed):
            rules = rules_of(printed, tested.values)
            if tested.means and not rules:
                why = "values that round to the printed means and SDs give it"
                finding = Finding(
                    Verdict.ATTAINABLE, tested.computed, tested.method, explanation=why
                )
            else:
                finding = by_rules(rules or ("rounded",), tested.computed, tested.named(printed))
            return replace(finding, power=power_of(printed, tested.fits, most=1))
        place = claim["location"]
        arms = self.arms(claim)
        means = self.record.means(str(claim["item"]), arms, place) if tested.means else []
        if means and habits_within(printed, *anova_range(means, errors=True)):
            how = "analysis of variance, the printed SDs taken as standard errors"
            return self._of_errors(claim, tested.computed, how)
        missing = self._if_missing(claim, tested.computed)
        return missing or self._of_some_pair(claim) or self._failed(claim, tested, "all groups")

    def _of_some_pair(self, claim: Claim) -> Finding | None:
        """Ask whether a p of several groups is that of two of them."""
        fitting = self._pairs_that_fit(claim)
        if len(fitting) != 1:
            return None
        pair, tested = fitting[0]
        named = " against ".join(self.name(group) for group in pair)
        why = f"it follows for two of the groups, {named}"
        pairs = any(pair_of(other) for other in self._tests_of_print)  # it tests some elsewhere
        against = "" if pairs else self._usual_here(claim, self._only_of_a_pair)
        whole = self.tested(claim)
        if against and whole:
            return self._unlikely(claim, whole, f"{why}; but {against}")
        ask = f"which groups the p of {self.name(claim['item'])} compares"
        method = f"{tested.named(str(claim['printed']))}, {named}"
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, tested.computed, method, COSMETIC, why, ask)

    def _pairs_that_fit(self, claim: Claim) -> list[tuple[tuple[str, str], Tested]]:
        """List the pairs of groups of which a p of several groups may be."""
        arms = self.record.groups.arms
        fitting = []
        for pair in combinations(arms, 2):
            other = claim | {"group": "|".join(pair), "id": f"{claim['id']}|{'|'.join(pair)}"}
            tested = self.tested(other)
            if tested and tested.fits(str(claim["printed"])):
                fitting.append((pair, tested))
        return fitting

    def _only_of_a_pair(self, claim: Claim, tested: Tested) -> bool:
        """Whether a p of several groups follows for two of them only."""
        several = len(self.arms(claim)) > 2 and not tested.fits(str(claim["printed"]))
        return several and bool(self._pairs_that_fit(claim))
