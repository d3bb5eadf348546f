"""The p values of a ledger: what they may be tests of, and what explains several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from paperaudit.audit_ratios import RatioAuditor
from paperaudit.group_tests import table_tests
from paperaudit.groups import pair_of
from paperaudit.levels import Levels, declared_levels, rows_below
from paperaudit.missing_values import sizes_with_data
from paperaudit.noted import note_of
from paperaudit.number_checks import match_value
from paperaudit.own_test import OwnTest, own_tests
from paperaudit.power import power_of
from paperaudit.record import Record
from paperaudit.relations import Relations
from paperaudit.rounding import is_bound, printed_value
from paperaudit.tested import (
    Tested,
    hits,
    tested_counts,
    tested_means,
    tested_shares,
    tested_table,
    tests_text,
)
from paperaudit.verdict import (
    COSMETIC,
    Claim,
    Finding,
    Verdict,
    by_rules,
    severity,
    unchecked,
)

#: P values that follow in the usual way, before another reading of one alone is unlikely.
LEAST_OTHERS = 3
#: Tests that p values may be corrected for, if no more are printed.
MOST_TESTS = 20
#: Of levels in no order.
USUAL_OF_TABLES = ("Pearson", "Fisher-Freeman-Halton")


class TestedPrint:
    """The p values of a ledger, with the usual tests of what each may compare."""

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

    def arms(self, claim: Claim) -> tuple[str, ...]:
        """Return the groups that a p compares: those that it names, else all."""
        return pair_of(claim) or self.record.groups.arms

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
            tested = tested_table(levels.table, levels.items, arms)
            rest = levels.with_data()
            without = tested_table(rest.table, rest.items, arms) if rest else None
            printed = str(claim["printed"])
            if without and without.fits(printed) and not (tested and tested.fits(printed)):
                return without
            return tested
        place = claim["location"]
        means = self.record.means(item, arms, place) if len(arms) > 1 else []
        if means:
            return tested_means(means, arms)
        errors = self.record.means(item, arms, place, "se") if len(arms) > 1 else []
        if errors:
            return tested_means(errors, arms, errors=True)
        if len(arms) == 2:
            counts = self.record.two_counts(item, arms, place)
            return tested_counts(counts, arms) if counts else None
        return self._tested_arms(item, arms, str(place))

    def _tested_arms(self, item: str, arms: tuple[str, ...], place: str) -> Tested | None:
        """Compute the test of the counts of more than two groups."""
        here = self.record.at(place, item, arms, "n")
        counts = [self.record.counts_of(item, group, here) for group in arms]
        sizes = [self.record.size(item, group, here) for group in arms]
        if not arms or not all(len(n) == 1 for n in counts) or 0 in sizes:
            return None
        yes = tuple(n[0] for n in counts)
        return tested_shares(yes, sizes, item, arms)

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
        return [c for c in self.record.tests if not is_bound(str(c["printed"]))]

    # Rows that make up all patients

    def _of_tables(self, claim: Claim, levels: Levels, over: str) -> Finding | None:
        printed = str(claim["printed"])
        tests = table_tests(levels.table)
        if not hits(printed, tests):
            tests = table_tests(levels.table, exact=True)
        fitting = hits(printed, tests)
        computed = tests_text(tests)
        if not fitting:
            return None
        power = power_of(printed, lambda text: bool(hits(text, tests)), most=1)
        note = note_of([claim]).casefold()
        named = [name for name in fitting if name.split()[0].casefold() in note]
        name = next(iter([*named, *(n for n in fitting if n in USUAL_OF_TABLES), *fitting]))
        method = f"{name}, {over}"
        if name in USUAL_OF_TABLES or named:
            return by_rules(match_value(printed, tests[name]).rules, computed, method, power)
        why = "a test less usual than the others would explain it"
        ask = f"the test of {self.name(claim['item'])}"
        return Finding(
            Verdict.REPRODUCED_OTHER_METHOD, computed, method, COSMETIC, why, ask, power=power
        )

    def _of_rows_below(self, claim: Claim) -> Finding | None:
        """Ask whether a p is of the variable that this row and those below make up."""
        levels = rows_below(claim, self.record)
        if not levels:
            return None
        names = ", ".join(self.name(item) for item in levels.items)
        return self._of_tables(claim, levels, f"over {names}, which together are all patients")

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

    # What failed

    def _if_missing(self, claim: Claim, computed: str) -> Finding | None:
        """Leave out the patients without data, where the item's percentages show that some are."""
        arms = self.arms(claim)
        sizes = sizes_with_data(claim, self.record, arms)
        if sizes is None:
            return None
        words = " and ".join(
            f"{n} of {self.record.groups.sizes[group]}"
            for n, group in zip(sizes, arms, strict=True)
        )
        why = f"it agrees if {words} had data, as the percentages allow"
        ask = f"in how many patients {self.name(claim['item'])} is known"
        how = "tests of the patients with data"
        return Finding(Verdict.ATTAINABLE, computed, how, explanation=why, ask=ask)

    def _failed(self, claim: Claim, tested: Tested | None, over: str) -> Finding:
        if tested is None:
            return self._unpaired(claim)
        why = "another test, or patients with missing values, would explain it"
        method = f"{tested.method}, {over}" if over not in tested.method else tested.method
        return self._innocent(claim, self._not_by(claim, tested, method, why))

    def _not_by(self, claim: Claim, tested: Tested, method: str, why: str) -> Finding:
        bears = severity(str(claim["printed"]), tested.values)
        ask = f"the test that gave the p of {self.name(claim['item'])}"
        return Finding(Verdict.NOT_REPRODUCED, tested.computed, method, bears, why, ask)

    def _unlikely(self, claim: Claim, tested: Tested, why: str) -> Finding:
        """Object to a p that only a reading gives that the other p values speak against."""
        power = power_of(str(claim["printed"]), tested.fits, most=1)
        finding = self._not_by(claim, tested, tested.method, why)
        return self._innocent(claim, replace(finding, severity=finding.milder, power=power))

    def _innocent(self, claim: Claim, finding: Finding) -> Finding:
        """Say first what explains several p values: a correction, or two that changed places."""
        if corrected := self._corrected(claim, finding):
            return corrected
        other = self.swapped_with(claim)
        if other is None:
            return finding
        theirs = f"that of {self.name(other['item'])}, printed as {other['printed']}"
        why = (
            f"the p values of two rows may have changed places: {theirs}, follows here, and this "
            "one there"
        )
        return replace(finding, explanation=why, severity=finding.milder)

    def _corrected(self, claim: Claim, finding: Finding) -> Finding | None:
        """Ask whether a p is that of a test times the number of tests, as others of its place."""
        factor, tested = self._factors.get(str(claim["location"]), 0), self.tested(claim)
        if not factor or tested is None or not tested.times(factor, str(claim["printed"])):
            return None
        why = f"it is {factor} times the p of a usual test, as others here: corrected for as many"
        ask = f"whether the p of {self.name(claim['item'])} is corrected for other tests"
        method = f"{tested.method}, times {factor} (Bonferroni)"
        return replace(
            finding, verdict=Verdict.REPRODUCED_OTHER_METHOD,
            computed=tested.computed, method=method,
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
            most = 0
            for factor in range(2, max(len(claims), MOST_TESTS) + 1) if len(failed) > 1 else ():
                hits = [p for p, t in failed if t.times(factor, p)]
                below = sum(printed_value(p) < 1 for p in hits)
                enough = below >= LEAST_OTHERS or (below == 2 and factor == len(claims))
                nearly_all = 5 * len(hits) >= 4 * len(failed) > 4 * (len(tested) - len(failed))
                if enough and nearly_all and len(hits) > most:
                    factors[place], most = factor, len(hits)
        return factors

    def swapped_with(self, claim: Claim) -> Claim | None:
        """Find a p of the same place that follows here, as this one follows there."""
        for other in self.record.tests:
            if other["location"] != claim["location"] or other["item"] == claim["item"]:
                continue
            mine, theirs = str(claim["printed"]), str(other["printed"])
            if mine == theirs or self.fits(other, theirs) is not False:
                continue
            if self.fits(claim, theirs) and self.fits(other, mine):
                return other
        return None
