"""Verdicts on p values: of two groups or more, of counts, levels, means and SDs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import Any

from paperaudit.adjustment import CRUDE, model_of
from paperaudit.audit_ratios import RatioAuditor
from paperaudit.group_tests import anova_range, table_tests
from paperaudit.groups import pair_of
from paperaudit.levels import Levels, declared_levels, rows_below
from paperaudit.missing_values import sizes_with_data
from paperaudit.noted import CORRECTION, DESIGN, OF_RANKS, TREND, note_of
from paperaudit.number_checks import habits_within, match_value
from paperaudit.own_test import OwnTest, own_tests
from paperaudit.p_values import (
    FAMILY,
    MeansCheck,
    best_match,
    check_p_of_means,
    p_bounds_of_pairs,
    p_by_name,
    p_from_counts,
    p_of_standard_errors,
)
from paperaudit.power import power_of
from paperaudit.record import MOST_PAIRS, Record, TwoCounts, TwoMeans
from paperaudit.relations import Relations
from paperaudit.rounding import is_bound, printed_value
from paperaudit.tested import Tested, hits, rules_of, tested_counts, tested_means, tested_table
from paperaudit.verdict import (
    ARITHMETIC,
    CONCLUSION,
    COSMETIC,
    Claim,
    Finding,
    Verdict,
    by_rules,
    p_text,
    severity,
    unchecked,
)

ONE_SIDED = frozenset(FAMILY[test] for test in ("fisher_less", "fisher_greater"))
#: P values that follow in the usual way, before another reading of one alone is unlikely.
LEAST_OTHERS = 3
#: Tests that p values may be corrected for, if no more are printed.
MOST_TESTS = 20
#: Of levels in no order.
USUAL_OF_TABLES = ("Pearson", "Fisher-Freeman-Halton")
#: Tests that a note may name and that printed counts give.
NAMED = {
    "Fisher two-sided": re.compile("fisher(?!.{0,12}mid)", re.IGNORECASE),
    "Yates": re.compile("yates|continuity", re.IGNORECASE),
}
#: Less usual ones, of which only a note makes the paper's own.
ONLY_NAMED = {
    "N-1": re.compile(r"\bn\s?[-−–]\s?1\b|campbell", re.IGNORECASE),
    "mid-p": re.compile(r"mid-?\s?p", re.IGNORECASE),
    "mid-p of both tails": re.compile(r"mid-?\s?p", re.IGNORECASE),
    "Firth": re.compile(r"firth|penali[sz]ed", re.IGNORECASE),
    "likelihood ratio": re.compile("likelihood.ratio", re.IGNORECASE),
}


class TestAuditor:
    """The p values of a ledger, and what they may be tests of."""

    __test__ = False  # no class of pytest

    def __init__(
        self,
        record: Record,
        ratios: RatioAuditor,
        relations: Relations,
        name: Callable[[Any], str],
    ) -> None:
        self.record, self.ratios, self.relations, self.name = record, ratios, relations, name
        self.own_tests: Mapping[str, OwnTest] = own_tests(record)
        self._tested: dict[tuple[str, str, str, str], Tested | None] = {}

    def judge(self, claim: Claim) -> Finding:
        """Test what a p may compare: levels of a variable, groups of means, counts or shares."""
        named = self._needs_patients(claim)
        if named:
            return self.ratios.wald(claim) or named
        fitted = self._of_ratio(claim)
        if fitted:
            return fitted
        levels = declared_levels(claim, self.record)
        if levels:
            return self._of_levels(claim, levels)
        if len(self.arms(claim)) > 2:
            return self._of_arms(claim)
        item, pair = str(claim["item"]), self.pair(claim)
        means = self.record.two_means(item, pair)
        if means:
            return self._of_means(claim, means)
        counts = self.ratios.counts(claim)
        if counts is None:
            return self._of_percentages(claim)
        return self._of_counts(claim, counts)

    def arms(self, claim: Claim) -> tuple[str, ...]:
        """Return the groups that a p compares: those that it names, else all."""
        return self.pair(claim) or self.record.groups.arms

    def pair(self, claim: Claim) -> tuple[str, ...]:
        """Return the two groups that a p names: ``a|b``."""
        return pair_of(claim)

    def fits(self, claim: Claim, printed: str) -> bool | None:
        """Whether a p, printed otherwise, would follow from the item's numbers; None: no test."""
        tested = self.tested(claim)
        return None if tested is None else tested.fits(printed)

    def tested(self, claim: Claim) -> Tested | None:
        """Compute the usual tests of what a p compares."""
        key = str(claim["location"]), str(claim["item"]), str(claim["group"]), str(claim["id"])
        if key not in self._tested:
            self._tested[key] = self._compute(claim)
        return self._tested[key]

    def _compute(self, claim: Claim) -> Tested | None:
        item, arms = str(claim["item"]), self.arms(claim)
        levels = declared_levels(claim, self.record)
        if levels:
            return tested_table(levels.table, levels.items, arms)
        means = self.record.means(item, arms) if len(arms) > 1 else []
        if means:
            return tested_means(means, arms)
        if len(arms) == 2:
            counts = self.record.two_counts(item, arms)
            return tested_counts(counts, arms) if counts else None
        return self._tested_arms(item, arms)

    # What is usual here

    def _usual_here(self, claim: Claim, reading: Callable[[Claim, Tested], bool]) -> str:
        """Say how many other p values follow by the usual tests, if these speak against a reading.

        A reading that would explain one p (a one-sided test, two groups of several, a rare test)
        stands if it explains another that the usual tests do not give, or half of those that they
        give. Where `LEAST_OTHERS` or more follow in the usual way, and none needs it, it is
        unlikely.
        """
        usual = both = 0
        for other in self._tests_of_print:
            tested = None if other["id"] == claim["id"] else self.tested(other)
            if tested is None:
                continue
            follows, read = tested.fits(str(other["printed"])), reading(other, tested)
            if read and not follows:
                return ""
            usual, both = usual + follows, both + (follows and read)
        if usual < LEAST_OTHERS or 2 * both >= usual:
            return ""
        return f"{usual} other p values follow by the usual tests"

    @cached_property
    def _tests_of_print(self) -> list[Claim]:
        """List the p values, bounds apart, that are not of a regression."""
        return [
            c
            for c in self.record.claims.values()
            if c["statistic"] == "p"
            and c["id"] not in self.record.adjusted
            and not is_bound(str(c["printed"]))
        ]

    # What cannot be tested

    def _of_ratio(self, claim: Claim) -> Finding | None:
        """Hold a p against its own ratio, where no groups beside it give that."""
        analysis = self.ratios.analysis(claim)
        hazard = "hazard_ratio" in analysis.printed or "rate_ratio" in analysis.printed
        crude = bool(CRUDE.search(model_of(claim)) and analysis.ratio)
        if not hazard and (not crude or self.ratios.counts(claim)):
            return None
        what = f"the fit that gave the ratio of {self.name(claim['item'])}"
        return self.ratios.wald(claim) or unchecked(what)

    def _needs_patients(self, claim: Claim) -> Finding | None:
        """Say of a p whose note names a test of each patient's values that print cannot give it.

        So of one beside numbers that are weighted or filled in, and of one beside a single limit,
        which is of a margin.
        """
        item, arms, what = str(claim["item"]), self.arms(claim), self.name(claim["item"])
        text = note_of([claim])
        counted = bool(arms) and all(self.record.find(item, group, "n") for group in arms)
        counted = counted and not self.record.find(item, arms[0], "mean")
        levels = declared_levels(claim, self.record)
        patterns = [DESIGN, CORRECTION]
        patterns += [] if levels else [TREND] if counted else [TREND, OF_RANKS]
        why = ""
        if found := next(filter(None, (p.search(text) for p in patterns)), None):
            why = f"its note names a test ({found[0]}) that needs the values of each patient"
            if CORRECTION.search(found[0]):
                why = f"its note names a correction for several tests ({found[0]})"
        elif word := self.record.not_plain(claim):
            why = f"the numbers beside it are not plain ones of these patients ({word})"
        elif self._of_margin(claim):
            why = "a single limit is printed beside it: it may be of a margin"
        ask = f"{what} of each patient"
        return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask) if why else None

    def _of_margin(self, claim: Claim) -> bool:
        """Whether one limit is printed beside a p, without the other."""
        beside = self.record.of_item(claim["location"], claim["item"])
        kinds = {c["statistic"] for c in beside if c["group"] == claim["group"]}
        return len(kinds & {"ci_low", "ci_high"}) == 1

    # Levels and more than two groups

    def _of_levels(self, claim: Claim, levels: Levels) -> Finding:
        """Test a variable with several levels: one p for all of them."""
        names = ", ".join(self.name(item) for item in levels.items)
        over = f"over {names}"
        if len(levels.items) == len(self.arms(claim)) == 2:
            (a, b), (c, d) = levels.table
            if a + c and b + d:
                return self._of_counts(claim, (a, a + c, b, b + d))
        tested = tested_table(levels.table, levels.items, self.arms(claim))
        return self._of_tables(claim, levels, over) or self._failed(claim, tested, over)

    def _of_tables(self, claim: Claim, levels: Levels, over: str) -> Finding | None:
        printed = str(claim["printed"])
        tests = table_tests(levels.table)
        if not hits(printed, tests):
            tests = table_tests(levels.table, exact=True)
        fitting = hits(printed, tests)
        shown = "; ".join(f"{name} {p_text(p)}" for name, p in tests.items())
        if not fitting:
            return None
        power = power_of(printed, lambda text: bool(hits(text, tests)), most=1)
        note = f"{claim['note']} {claim.get('method', '')}".casefold()
        named = [name for name in fitting if name.split()[0].casefold() in note]
        name = next(iter([*named, *(n for n in fitting if n in USUAL_OF_TABLES), *fitting]))
        method = f"{name}, {over}"
        if name in USUAL_OF_TABLES or named:
            found = by_rules(match_value(printed, tests[name]).rules, shown, method)
            return replace(found, power=power)
        why = "a test less usual than the others would explain it"
        ask = f"the test of {self.name(claim['item'])}"
        return Finding(
            Verdict.REPRODUCED_OTHER_METHOD, shown, method, COSMETIC, why, ask, power=power
        )

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
                found = Finding(Verdict.ATTAINABLE, tested.shown, tested.method, explanation=why)
            else:
                found = by_rules(rules or ("rounded",), tested.shown, tested.named(printed))
            return replace(found, power=power_of(printed, tested.fits, most=1))
        means = self.record.means(str(claim["item"]), self.arms(claim)) if tested.means else []
        if means and habits_within(printed, *anova_range(means, errors=True)):
            how = "analysis of variance, the printed SDs taken as standard errors"
            return self._of_errors(claim, tested.shown, how)
        missing = self._if_missing(claim, tested.shown)
        return missing or self._of_some_pair(claim) or self._failed(claim, tested, "all groups")

    def _tested_arms(self, item: str, arms: tuple[str, ...]) -> Tested | None:
        """Compute the test of the counts of more than two groups."""
        counts = [self.record.counts_of(item, group) for group in arms]
        sizes = [self.record.size(item, group) for group in arms]
        if not arms or not all(len(n) == 1 for n in counts) or 0 in sizes:
            return None
        yes = tuple(n[0] for n in counts)
        no = tuple(size - n for size, n in zip(sizes, yes, strict=True))
        return tested_table((yes, no), (item, ""), arms, sizes)

    def _of_some_pair(self, claim: Claim) -> Finding | None:
        """Ask whether a p of several groups is that of two of them."""
        fitting = self._pairs_that_fit(claim)
        if len(fitting) != 1:
            return None
        pair, tested = fitting[0]
        named = " against ".join(self.name(group) for group in pair)
        why = f"it follows for two of the groups, {named}"
        pairs = any(self.pair(other) for other in self._tests_of_print)  # it tests some elsewhere
        against = "" if pairs else self._usual_here(claim, self._only_of_a_pair)
        whole = self.tested(claim)
        if against and whole:
            return self._unlikely(claim, whole, f"{why}; but {against}")
        ask = f"which groups the p of {self.name(claim['item'])} compares"
        method = f"{tested.named(str(claim['printed']))}, {named}"
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, tested.shown, method, COSMETIC, why, ask)

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

    def _unpaired(self, claim: Claim) -> Finding:
        """Say why nothing printed gives a p: medians, or nothing at all."""
        item = claim["item"]
        ask = f"the test of {self.name(item)}, and the two counts or means that it compares"
        arms = self.arms(claim)
        if any(self.record.find(item, group, "median") for group in arms):
            test = "Kruskal and Wallis's test" if len(arms) > 2 else "Mann and Whitney's test"
            why = f"medians are printed: {test} needs the values of each patient"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask)
        return self._of_rows_below(claim) or self.ratios.wald(claim) or unchecked(ask)

    def _of_rows_below(self, claim: Claim) -> Finding | None:
        """Ask whether a p is of the variable that this row and those below make up."""
        levels = rows_below(claim, self.record)
        if not levels:
            return None
        names = ", ".join(self.name(item) for item in levels.items)
        return self._of_tables(claim, levels, f"over {names}, which together are all patients")

    # Two groups

    def _of_means(self, claim: Claim, means: TwoMeans) -> Finding:
        printed = str(claim["printed"])
        check = check_p_of_means(printed, *means)
        shown = f"{p_text(check.p)}, between {p_text(check.low)} and {p_text(check.high)}"
        method = f"{check.method} from the printed means and SDs"
        power = power_of(
            printed, lambda text: bool(habits_within(text, check.low, check.high)), most=1
        )
        if check.rules:
            return replace(by_rules(check.rules, shown, method), power=power)
        if check.attainable:
            why = "values that round to the printed means and SDs give it"
            found = Finding(Verdict.ATTAINABLE, shown, method, explanation=why)
            return replace(found, power=power)
        innocent = self._means_read_otherwise(claim, means, check)
        if innocent:
            return replace(innocent, power=power)
        why = "another test, or patients with missing values, would explain it"
        bears = severity(printed, [check.low, check.high])
        ask = f"the test that gave the p of {self.name(claim['item'])}"
        found = Finding(Verdict.NOT_REPRODUCED, shown, method, bears, why, ask, power=power)
        return self._innocent(claim, found)

    def _means_read_otherwise(
        self, claim: Claim, means: TwoMeans, check: MeansCheck
    ) -> Finding | None:
        """Read the SDs as standard errors, or the test as one-sided."""
        printed, item = str(claim["printed"]), self.name(claim["item"])
        p, low, high = p_of_standard_errors(*means)
        if habits_within(printed, low, high):
            method = "Student's t, the printed SDs taken as standard errors"
            return self._of_errors(claim, f"{p_text(p)}; taken as SDs {p_text(check.p)}", method)
        if habits_within(printed, check.low / 2, check.high / 2):
            why = "it is half of the two-sided p: the test may be one-sided"
            against = self._usual_here(claim, _is_half)
            tested = self.tested(claim)
            if against and tested:
                return self._unlikely(claim, tested, f"{why}; but {against}")
            ask = f"whether the test of {item} is one-sided"
            shown = f"{p_text(check.p / 2)}; two-sided {p_text(check.p)}"
            method = "Student's t, one-sided"
            return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, method, COSMETIC, why, ask)
        return None

    def _of_errors(self, claim: Claim, shown: str, method: str) -> Finding:
        """Say that the SDs may be standard errors."""
        why = "the printed SDs may be standard errors of the means"
        ask = f"whether the SDs of {self.name(claim['item'])} are standard errors"
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, method, COSMETIC, why, ask)

    def _of_counts(self, claim: Claim, counts: TwoCounts) -> Finding:
        item, printed = str(claim["item"]), str(claim["printed"])
        family = p_from_counts(printed, *counts)
        match = best_match(family)
        usual = family[family["usual"]]
        values = dict(zip(usual["method"], usual["p"].astype(float), strict=True))
        shown = "; ".join(f"{name} {p_text(p)}" for name, p in values.items())
        power = power_of(printed, lambda text: bool(hits(text, values)), most=1)
        if named := self._by_named_test(claim, counts):
            return named
        if usual[["rounded", "truncated"]].any(axis=None):
            found = by_rules(match.rules, shown, match.method)
            return replace(self._by_own_test(claim, counts, found), power=power)
        ask = f"the test of {self.name(item)}, and the two counts that it compares"
        if match.rules:
            why = "a test less usual than the others would explain it"
            one_sided = ONE_SIDED.issuperset(match.method.split(", "))
            against = self._usual_here(claim, self._is_one_sided) if one_sided else ""
            tested = self.tested(claim)
            if against and tested:
                why = f"only {match.method} gives it; but {against}"
                return self._if_missing(claim, shown) or self._unlikely(claim, tested, why)
            return Finding(
                Verdict.REPRODUCED_OTHER_METHOD, shown, match.method, COSMETIC, why, ask,
                power=power,
            )  # fmt: skip
        wald = self.ratios.wald(claim)
        if wald is not None and wald.verdict == Verdict.ATTAINABLE:
            return wald
        below = self._of_rows_below(claim)
        if below:
            return below
        bears = severity(printed, usual["p"])
        undivided = self._of_undivided(claim, shown, bears, ask)
        if undivided:
            return undivided
        missing = self._if_missing(claim, shown)
        if missing:
            return replace(missing, power=power)
        why = "a test or patients other than those described may have been used"
        how = "every test of the family"
        found = Finding(Verdict.NOT_REPRODUCED, shown, how, bears, why, ask, power=power)
        return self._innocent(claim, found)

    def _by_named_test(self, claim: Claim, counts: TwoCounts) -> Finding | None:
        """Reproduce a p by a less usual test that its note names; None if that does not give it."""
        note = f"{claim['note']} {claim.get('method', '')}"
        wanted = [test for test, pattern in ONLY_NAMED.items() if pattern.search(note)]
        values = p_by_name(wanted, *counts) if wanted else {}
        printed = str(claim["printed"])
        found = hits(printed, values)
        if not found:
            return None
        shown = "; ".join(f"{name} {p_text(p)}" for name, p in values.items())
        rules = rules_of(printed, [values[name] for name in found])
        power = power_of(printed, lambda text: bool(hits(text, values)), most=1)
        return replace(by_rules(rules, shown, ", ".join(found)), power=power)

    def _is_one_sided(self, claim: Claim, _: Tested) -> bool:
        """Whether a one-sided test of two counts gives a p."""
        pair, item = self.arms(claim), str(claim["item"])
        counts = self.record.two_counts(item, pair) if len(pair) == 2 else None
        if counts is None or self.record.two_means(item, pair):
            return False
        family = p_from_counts(str(claim["printed"]), *counts)
        fitting = family.loc[family["rounded"] | family["truncated"], "method"]
        return not ONE_SIDED.isdisjoint(fitting)

    def _if_missing(self, claim: Claim, shown: str) -> Finding | None:
        """Leave out the patients without data, where the item's percentages show that some are."""
        arms = self.arms(claim)
        sizes = sizes_with_data(claim, self.record, arms)
        if sizes is None:
            return None
        known = " and ".join(
            f"{n} of {self.record.groups.sizes[group]}"
            for n, group in zip(sizes, arms, strict=True)
        )
        why = f"it agrees if {known} had data, as the percentages allow"
        ask = f"in how many patients {self.name(claim['item'])} is known"
        how = "tests of the patients with data"
        return Finding(Verdict.ATTAINABLE, shown, how, explanation=why, ask=ask)

    def _of_undivided(self, claim: Claim, shown: str, bears: str, ask: str) -> Finding | None:
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
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, shown, method, bears, why, ask)

    def _by_own_test(self, claim: Claim, counts: TwoCounts, found: Finding) -> Finding:
        """Tell apart what the test of the paper's other rows gives, and what only another does."""
        note = f"{claim['note']} {claim.get('method', '')}"
        named = next((test for test, pattern in NAMED.items() if pattern.search(note)), "")
        if named:
            if named in found.method.split(", "):
                return found
            why = f"its note names {named}, which does not give it"
            return self._other(claim, found, why)
        own = self.own_tests.get(str(claim["location"]))
        if own is None or own.gives(counts, found.method):
            return found
        why = f"{own.hits} of {own.tried} p values of this place follow by {own.name}, not this one"
        return self._other(claim, found, why)

    def _other(self, claim: Claim, found: Finding, why: str) -> Finding:
        ask = f"the test of {self.name(claim['item'])}"
        return replace(
            found,
            verdict=Verdict.REPRODUCED_OTHER_METHOD, severity=COSMETIC, explanation=why, ask=ask,
        )  # fmt: skip

    def _of_percentages(self, claim: Claim) -> Finding:
        """Try every pair of counts that print as the percentages of the two groups."""
        item, printed = str(claim["item"]), str(claim["printed"])
        pairs = self.record.count_pairs(item, self.pair(claim))
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
        shown = f"{p_text(low)} to {p_text(high)}"
        return self._innocent(claim, Finding(Verdict.NOT_REPRODUCED, shown, how, bears, why, ask))

    def _many(self, item: str, claim: Claim) -> bool:
        groups = self.pair(claim) or self.record.groups.compared
        first, second = (len(self.record.counts_of(item, group)) for group in groups)
        return first * second > MOST_PAIRS

    # What failed

    def _failed(self, claim: Claim, tested: Tested | None, over: str) -> Finding:
        if tested is None:
            return self._unpaired(claim)
        bears = severity(str(claim["printed"]), tested.values)
        why = "another test, or patients with missing values, would explain it"
        ask = f"the test that gave the p of {self.name(claim['item'])}"
        method = f"{tested.method}, {over}" if over not in tested.method else tested.method
        found = Finding(Verdict.NOT_REPRODUCED, tested.shown, method, bears, why, ask)
        return self._innocent(claim, found)

    def _unlikely(self, claim: Claim, tested: Tested, why: str) -> Finding:
        """Object to a p that only a reading gives that the other p values speak against."""
        bears = severity(str(claim["printed"]), tested.values)
        bears = ARITHMETIC if bears == CONCLUSION else bears
        ask = f"the test that gave the p of {self.name(claim['item'])}"
        power = power_of(str(claim["printed"]), tested.fits, most=1)
        found = Finding(
            Verdict.NOT_REPRODUCED, tested.shown, tested.method, bears, why, ask, power=power
        )
        return self._innocent(claim, found)

    def _innocent(self, claim: Claim, found: Finding) -> Finding:
        """Say first what explains several p values: a correction, or two that changed places."""
        if corrected := self._corrected(claim, found):
            return corrected
        other = self.swapped_with(claim)
        if other is None:
            return found
        theirs = f"that of {self.name(other['item'])}, printed as {other['printed']}"
        why = (
            f"the p values of two rows may have changed places: {theirs}, follows here, and this "
            "one there"
        )
        bears = ARITHMETIC if found.severity == CONCLUSION else found.severity
        return replace(found, explanation=why, severity=bears)

    def _corrected(self, claim: Claim, found: Finding) -> Finding | None:
        """Ask whether a p is that of a test times the number of tests, as others of its place."""
        factor, tested = self._factors.get(str(claim["location"]), 0), self.tested(claim)
        if not factor or tested is None or not tested.times(factor, str(claim["printed"])):
            return None
        why = f"it is {factor} times the p of a usual test, as others here: corrected for as many"
        ask = f"whether the p of {self.name(claim['item'])} is corrected for other tests"
        method = f"{tested.method}, times {factor} (Bonferroni)"
        return replace(
            found, verdict=Verdict.REPRODUCED_OTHER_METHOD, computed=tested.shown, method=method,
            severity=COSMETIC, explanation=why, ask=ask,
        )  # fmt: skip

    @cached_property
    def _factors(self) -> dict[str, int]:
        """Find the number of tests that p values of a place are corrected for.

        It explains `LEAST_OTHERS` below 1 that the usual tests do not give, or two if it is the
        number of p values there are; nearly all that do not follow; and more than do.
        """
        places: dict[str, list[Claim]] = {}
        for claim in self._tests_of_print:
            places.setdefault(str(claim["location"]), []).append(claim)
        factors = {}
        for place, claims in places.items():
            tested = [(str(c["printed"]), t) for c in claims if (t := self.tested(c)) is not None]
            failed = [(p, t) for p, t in tested if not t.fits(p)]
            for factor in range(2, max(len(claims), MOST_TESTS) + 1) if len(failed) > 1 else ():
                hits = [p for p, t in failed if t.times(factor, p)]
                below = sum(printed_value(p) < 1 for p in hits)
                enough = below >= LEAST_OTHERS or (below == 2 and factor == len(claims))
                if enough and 5 * len(hits) >= 4 * len(failed) > 4 * (len(tested) - len(failed)):
                    factors[place] = factor
                    break
        return factors

    def swapped_with(self, claim: Claim) -> Claim | None:
        """Find a p of the same place that follows here, as this one follows there."""
        for other in self.record.claims.values():
            same = other["location"] == claim["location"] and other["statistic"] == "p"
            if not same or other["item"] == claim["item"] or other["id"] in self.record.adjusted:
                continue
            mine, theirs = str(claim["printed"]), str(other["printed"])
            if mine == theirs or self.fits(other, theirs) is not False:
                continue
            if self.fits(claim, theirs) and self.fits(other, mine):
                return other
        return None


def _is_half(claim: Claim, tested: Tested) -> bool:
    """Whether half of a two-sided p prints as a p."""
    return any(match_value(str(claim["printed"]), p / 2).rules for p in tested.values)
