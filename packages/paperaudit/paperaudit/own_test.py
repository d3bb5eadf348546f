"""The test of two counts that a paper uses, learned from the rows that it reproduces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from paperaudit.number_checks import match_value
from paperaudit.p_values import USUAL_NAMES, p_from_counts
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
    a, n1, b, n0 = counts
    fewest = min(a + b, n1 + n0 - a - b) * min(n1, n0) / (n1 + n0)
    return {test, "Fisher two-sided"} if fewest < FEW else {test}


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
    for claim in record.claims.values():
        if claim["statistic"] != "p" or claim["group"] or claim["id"] in record.adjusted:
            continue
        printed, item = str(claim["printed"]), str(claim["item"])
        counts = None if is_bound(printed) else record.two_counts(item)
        if counts is None or record.two_means(item):
            continue
        place = str(claim["location"])
        tried[place] += 1
        family = p_from_counts("0.5", *counts).set_index("method")["p"]
        fits = {t for t in USUAL_NAMES if match_value(printed, float(family[t])).rules}
        for test in USUAL_NAMES:
            hits[place][test] += bool(fits & _chosen(test, counts))
    found = {}
    for place, counted in hits.items():
        name = max(counted, key=lambda test: counted[test])
        if counted[name] >= max(LEAST_ROWS, LEAST_SHARE * tried[place]):
            found[place] = OwnTest(name, counted[name], tried[place])
    return found
