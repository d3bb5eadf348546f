"""The test of two counts that a paper uses, learned from the rows that it reproduces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from paperaudit.number_checks import match_value
from paperaudit.p_values import USUAL_NAMES, usual_tests
from paperaudit.record import Record, TwoCounts
from paperaudit.rounding import is_bound

#: Rows that a test must reproduce, and the share of all, before it is called the paper's own.
LEAST_ROWS, LEAST_SHARE = 5, 0.8
#: An expected count below this is a reason for Fisher's test.
FEW = 10


@dataclass(frozen=True)
class OwnTest:
    """The test that gives most p values of a place: its name, and of how many rows."""

    name: str
    hits: int
    tried: int

    def gives(self, counts: TwoCounts, methods: str) -> bool:
        """Whether methods that print as a p are what this paper would use for these counts."""
        return bool(_chosen(self.name, counts) & set(methods.split(", ")))


def _chosen(test: str, counts: TwoCounts) -> set[str]:
    """Name the tests of a paper that uses one, and Fisher's where few patients are expected."""
    return {test, "Fisher two-sided"} if least_expected(*counts) < FEW else {test}


def least_expected(a: int, n1: int, b: int, n0: int) -> float:
    """Return the least count that is expected if the groups do not differ."""
    return min(a + b, n1 + n0 - a - b) * min(n1, n0) / (n1 + n0)


def own_tests(record: Record) -> dict[str, OwnTest]:
    """Learn the test of each place whose p values one usual test reproduces.

    Parameters
    ----------
    record
        A ledger's own numbers. A bound ("<0.001"), which most tests give, teaches nothing.

    Returns
    -------
    dict
        By place. It is missing where fewer than `LEAST_ROWS` rows, or `LEAST_SHARE` of them, follow
        by one test.
    """
    hits: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(USUAL_NAMES, 0))
    tried: dict[str, int] = defaultdict(int)
    for claim in record.tests:
        if claim["group"]:
            continue
        printed, item, place = (str(claim[c]) for c in ("printed", "item", "location"))
        counts = None if is_bound(printed) else record.two_counts(item, (), place)
        if counts is None or record.two_means(item, (), place):
            continue
        tried[place] += 1
        fits = {t for t, p in usual_tests(*counts).items() if match_value(printed, p).rules}
        for test in USUAL_NAMES:
            hits[place][test] += bool(fits & _chosen(test, counts))
    tests = {}
    for place, counted in hits.items():
        name = max(counted, key=lambda test: counted[test])
        if counted[name] >= max(LEAST_ROWS, LEAST_SHARE * tried[place]):
            tests[place] = OwnTest(name, counted[name], tried[place])
    return tests
