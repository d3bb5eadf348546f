"""Usual tests of what a ledger prints of groups, ready for any printed p."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paperaudit.group_tests import (
    Summaries,
    anova_from_summary,
    anova_range,
    as_numbers,
    table_tests,
    welch_anova,
    welch_range,
)
from paperaudit.number_checks import NOISE, habits_within, match_value
from paperaudit.p_values import (
    USUAL,
    check_p_of_means,
    p_of_standard_errors,
    p_range_of_either,
    usual_tests,
)
from paperaudit.record import TwoCounts
from paperaudit.rounding import HABITS, printed_interval, printed_value
from paperaudit.verdict import Claim, p_text
from smallstats.fourfold import table_p_values

Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Tested:
    """What a test of an item's printed numbers gives, for any printed p.

    Attributes
    ----------
    fits
        Whether a p printed so follows.
    computed
        The p of each test, in words.
    method
        What it is called.
    values
        P values that a usual test gives.
    ends
        Of means, the p values that those which print so may have.
    by_name
        Names of the tests whose p prints so.
    means
        Whether it is of means and SDs; else of counts.
    fitting
        Of a number that is tested, how else it could be printed so that a printed p still follows:
        the number, what it might be, and the p.
    """

    fits: Callable[[str], bool]
    computed: str
    method: str
    values: tuple[float, ...]
    means: bool = False
    ends: tuple[float, float] | None = None
    by_name: Callable[[str], list[str]] = lambda text: []
    fitting: Callable[[Claim, Sequence[str], str], list[str]] = lambda claim, texts, p: []

    def named(self, printed: str) -> str:
        """Name the tests that print as a p."""
        return ", ".join(self.by_name(printed)) or self.method

    def times(self, factor: int, printed: str) -> bool:
        """Whether a p is that of a test times a number of tests, 1 at most."""
        spans = [self.ends] if self.ends else [(p, p) for p in self.values]
        return any(
            habits_within(printed, min(1.0, factor * low), min(1.0, factor * high))
            for low, high in spans
        )

    def uses(self, claim: Claim) -> bool:
        """Whether a mean, SD or count is of the kind that is tested."""
        return self.means == (claim["statistic"] in ("mean", "sd", "se"))


def tested_means(groups: Summaries, arms: Sequence[str], *, errors: bool = False) -> Tested:
    """Test means and SDs: Student and Welch of two groups, analysis of variance of more.

    Or, with *errors*, means and their standard errors.
    """
    spans = _spans(groups, errors=errors)
    (method, (low, high)), *_ = spans.items()
    if errors and len(groups) == 2:
        values: tuple[float, ...] = (p_of_standard_errors(*groups[0], *groups[1])[0],)
    elif errors:
        means, widths, n = as_numbers(groups)
        values = (anova_from_summary(means, list(widths * np.sqrt(n)), n),)
    elif len(groups) == 2:
        values = (check_p_of_means("0.5", *groups[0], *groups[1]).p,)
    else:
        numbers = as_numbers(groups)
        welch = float(welch_anova(*numbers))  # undefined where one SD is printed as 0.0
        values = (anova_from_summary(*numbers), *([welch] if np.isfinite(welch) else []))
    computed = f"{p_text(values[0])}, between {p_text(low)} and {p_text(high)}"

    def fitting(claim: Claim, texts: Sequence[str], printed: str) -> list[str]:
        place = arms.index(str(claim["group"]))
        mean, sd, n = groups[place]
        agreeing = []
        for text in texts:
            other = (text, sd, n) if claim["statistic"] == "mean" else (mean, text, n)
            changed = [*groups[:place], other, *groups[place + 1 :]]
            if _within(printed, _spans(changed, errors=errors)):
                agreeing.append(text)
        return agreeing

    return Tested(
        lambda text: bool(_within(text, spans)), computed, method, values, True, (low, high),
        by_name=lambda text: _within(text, spans)[:1], fitting=fitting,
    )  # fmt: skip


def tested_counts(counts: TwoCounts, arms: Sequence[str]) -> Tested:
    """Test two counts in the usual ways."""
    tests = usual_tests(*counts)

    def fitting(claim: Claim, texts: Sequence[str], printed: str) -> list[str]:
        place = 2 * arms.index(str(claim["group"]))
        numbers = {text: int(printed_value(text)) for text in texts}
        possible = {text: n for text, n in numbers.items() if 0 <= n <= counts[place + 1]}
        if not possible:
            return []
        tables = np.tile(counts, (len(possible), 1))
        tables[:, place] = list(possible.values())
        fits = which_fit(printed, tables)
        return [text for text, fit in zip(possible, fits, strict=True) if fit]

    return replace(_of_tests(tests), fitting=fitting)


def which_fit(printed: str, tables: ArrayLike) -> NDArray[np.bool_]:
    """Tell of which counts, a row a table, some usual test prints as printed, rounded or cut off.

    Examples
    --------
    >>> which_fit("0.02", [(10, 23, 5, 31), (10, 23, 6, 31)]).tolist()
    [True, False]
    """
    p = table_p_values(*np.asarray(tables).T)[list(USUAL)].to_numpy()
    fits = np.zeros(len(p), dtype=bool)
    for rule in HABITS.values():
        interval = printed_interval(printed, rule)
        low, high = float(interval.low) - NOISE, float(interval.high) + NOISE
        fits |= ((low <= p) & (p <= high)).any(axis=1)
    return fits


def _spans(groups: Summaries, *, errors: bool = False) -> dict[str, tuple[float, float]]:
    """Bound the p of means and SDs, or standard errors, by each usual test, by name."""
    if errors and len(groups) == 2:
        return {"t test of the standard errors": p_of_standard_errors(*groups[0], *groups[1])[1:]}
    if errors:
        how = "analysis of variance of the standard errors"
        return {how: anova_range(groups, errors=True)}
    if len(groups) == 2:
        return {"t test": p_range_of_either(*groups[0], *groups[1])}
    spans = {"analysis of variance": anova_range(groups)}
    return spans | {"Welch's analysis of variance": welch_range(groups)}


def _within(printed: str, spans: Mapping[str, tuple[float, float]]) -> list[str]:
    """Name the tests whose p may print as printed."""
    return [name for name, span in spans.items() if habits_within(printed, *span)]


def tested_table(
    table: Table, items: Sequence[str], arms: Sequence[str], sizes: Sequence[int] = ()
) -> Tested | None:
    """Test a table of levels and groups; with *sizes*, of those with an item and those without."""
    tests = _table_tests(table, exact=True)
    if not tests:
        return None

    def fitting(claim: Claim, texts: Sequence[str], printed: str) -> list[str]:
        if claim["item"] not in items or claim["group"] not in arms:
            return []  # how many are known, which no test takes
        row, column = items.index(str(claim["item"])), arms.index(str(claim["group"]))
        agreeing = []
        for text in texts:
            changed = [list(counts) for counts in table]
            changed[row][column] = int(printed_value(text))
            if sizes:
                changed[1][column] = sizes[column] - changed[0][column]
            if min(map(min, changed)) >= 0 and hits(printed, _table_tests(changed)):
                agreeing.append(text)
        return agreeing

    return replace(_of_tests(tests), fitting=fitting)


def tested_shares(
    yes: Sequence[int], sizes: Sequence[int], item: str, arms: Sequence[str]
) -> Tested | None:
    """Test how many of each group have an item."""
    no = tuple(size - n for size, n in zip(sizes, yes, strict=True))
    return tested_table((tuple(yes), no), (item, ""), arms, sizes)


def _table_tests(table: Sequence[Sequence[int]], *, exact: bool = False) -> dict[str, float]:
    """Test a table; one of two rows and columns by the usual tests of two counts."""
    if len(table) == len(table[0]) == 2:
        (a, b), (c, d) = table
        if a + c and b + d:
            return usual_tests(a, a + c, b, b + d)
    return table_tests(table, exact=exact)


def _of_tests(tests: Mapping[str, float]) -> Tested:
    computed = tests_text(tests)
    values = tuple(tests.values())
    names = partial(hits, tests=tests)
    return Tested(lambda text: bool(names(text)), computed, ", ".join(tests), values, by_name=names)


def tests_text(tests: Mapping[str, float]) -> str:
    """Write the p of each test, with its name."""
    return "; ".join(f"{name} {p_text(p)}" for name, p in tests.items())


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
    rules = {rule for p in values for rule in match_value(printed, p).rules}
    return tuple(habit for habit in HABITS if habit in rules)
