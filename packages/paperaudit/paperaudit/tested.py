"""Usual tests of what a ledger prints of groups, ready for any printed p."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from paperaudit.group_tests import (
    Summaries,
    anova_from_summary,
    anova_range,
    as_numbers,
    table_tests,
)
from paperaudit.number_checks import HABITS, habits_within, match_value
from paperaudit.p_values import USUAL_NAMES, check_p_of_means, p_from_counts
from paperaudit.record import TwoCounts
from paperaudit.rounding import printed_value
from paperaudit.verdict import Claim, p_text

Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Tested:
    """What a test of an item's printed numbers gives, for any printed p.

    Attributes
    ----------
    fits
        Whether a p printed so follows.
    shown
        What was computed.
    method
        What it is called.
    values
        P values that a usual test gives.
    by_name
        Names of the tests whose p prints so.
    means
        Whether it is of means and SDs; else of counts.
    again
        The same test with one number of a group printed otherwise.
    """

    fits: Callable[[str], bool]
    shown: str
    method: str
    values: tuple[float, ...]
    means: bool = False
    by_name: Callable[[str], list[str]] = lambda text: []
    again: Callable[[Claim, str], Tested | None] = lambda claim, text: None

    def named(self, printed: str) -> str:
        """Name the tests that print as a p."""
        if self.means:
            return self.method
        return ", ".join(self.by_name(printed)) or self.method

    def uses(self, claim: Claim) -> bool:
        """Whether a mean, SD or count is of the kind that is tested."""
        return self.means == (claim["statistic"] in ("mean", "sd"))

    def seen(self, claim: Claim, p: Claim) -> Callable[[str], bool]:
        """Return whether the printed p would still follow, were a number printed otherwise."""

        def fits(text: str) -> bool:
            again = self.again(claim, text)
            return again is not None and again.fits(str(p["printed"]))

        return fits


def tested_means(groups: Summaries, arms: Sequence[str]) -> Tested:
    """Test means and SDs: Student and Welch of two groups, analysis of variance of more."""
    if len(groups) == 2:
        (m1, s1, n1), (m0, s0, n0) = groups
        check = check_p_of_means("0.5", m1, s1, n1, m0, s0, n0)
        p, low, high, method = check.p, check.low, check.high, "t test"
    else:
        p, method = anova_from_summary(*as_numbers(groups)), "analysis of variance"
        low, high = anova_range(groups)
    shown = f"{p_text(p)}, between {p_text(low)} and {p_text(high)}"

    def again(claim: Claim, text: str) -> Tested | None:
        column = 0 if claim["statistic"] == "mean" else 1
        place = arms.index(str(claim["group"]))
        mean, sd, n = groups[place]
        other = (text, sd, n) if column == 0 else (mean, text, n)
        try:
            return tested_means([*groups[:place], other, *groups[place + 1 :]], arms)
        except ValueError:  # an SD below 0
            return None

    def fits(text: str) -> bool:
        return bool(habits_within(text, low, high))

    return Tested(fits, shown, method, (p,), True, again=again)


def tested_counts(counts: TwoCounts, arms: Sequence[str]) -> Tested:
    """Test two counts in the usual ways."""
    family = p_from_counts("0.5", *counts)
    usual = family[family["method"].isin(USUAL_NAMES)]
    tests = dict(zip(usual["method"], usual["p"].astype(float), strict=True))

    def again(claim: Claim, text: str) -> Tested | None:
        place, n = 2 * arms.index(str(claim["group"])), int(printed_value(text))
        changed = (*counts[:place], n, *counts[place + 1 :])
        possible = 0 <= n <= counts[place + 1]
        return (
            tested_counts((changed[0], changed[1], changed[2], changed[3]), arms)
            if possible
            else None
        )

    return replace(_of_tests(tests), again=again)


def tested_table(
    table: Table, items: Sequence[str], arms: Sequence[str], sizes: Sequence[int] = ()
) -> Tested | None:
    """Test a table of levels and groups; with *sizes*, of those with an item and those without."""
    tests = table_tests(table, exact=True)
    if not tests:
        return None

    def again(claim: Claim, text: str) -> Tested | None:
        row, column = items.index(str(claim["item"])), arms.index(str(claim["group"]))
        n = int(printed_value(text))
        changed = [list(counts) for counts in table]
        changed[row][column] = n
        if sizes:
            changed[1][column] = sizes[column] - n
        if min(min(counts) for counts in changed) < 0:
            return None
        return _of_tests(table_tests(changed))

    return replace(_of_tests(tests), again=again)


def _of_tests(tests: Mapping[str, float]) -> Tested:
    shown = "; ".join(f"{name} {p_text(p)}" for name, p in tests.items())
    values = tuple(tests.values())
    names = partial(hits, tests=tests)
    return Tested(lambda text: bool(names(text)), shown, ", ".join(tests), values, False, names)


def hits(printed: str, tests: Mapping[str, float]) -> list[str]:
    """Name the tests whose p prints as printed.

    Examples
    --------
    >>> hits("0.03", {"Pearson": 0.0265, "Yates": 0.0559})
    ['Pearson']
    """
    return [name for name, p in tests.items() if match_value(printed, p).rules]


def rules_of(printed: str, values: Sequence[float]) -> tuple[str, ...]:
    """Say under which habits one of several p values prints as printed.

    Examples
    --------
    >>> rules_of("0.02", [0.0265, 0.5])
    ('truncated',)
    """
    found = {rule for p in values for rule in match_value(printed, p).rules}
    return tuple(habit for habit in HABITS if habit in found)
