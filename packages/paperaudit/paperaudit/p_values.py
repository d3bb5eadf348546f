"""Printed p values against printed counts, and against printed means and standard deviations."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from paperaudit.granularity import sd_bounds
from paperaudit.number_checks import FAR, NOISE, Match, habits_within, match_value
from paperaudit.rounding import HABITS, RULES, Habit, Rule, bounds, printed_value
from smallstats.fourfold import TESTS, agreeing_p_values, table_p_values
from smallstats.planning import firth_p
from smallstats.univariate import t_test_from_summary

#: The declared family of tests of a 2x2 table; the fields of `TwoByTwo` and what they are called.
FAMILY = {key: name for key, (name, _) in TESTS.items()}
#: Less usual ones, which agree with score limits, mid-p limits or Firth's estimate.
AGREEING = {"n_minus_1": "N-1", "central_mid_p": "mid-p of both tails", "firth": "Firth"}
USUAL = ("pearson", "yates", "fisher")
USUAL_NAMES = tuple(FAMILY[test] for test in USUAL)


@dataclass(frozen=True)
class MeansCheck:
    """A printed p beside the t tests of printed means and SDs.

    Attributes
    ----------
    p
        Student's test of the numbers as printed.
    method, rules
        The first of Student's and Welch's tests that prints as the p, and under which habits; of
        neither, Student's, and none.
    low, high
        Bounds of the p of either test over all means and SDs that print as printed.
    attainable
        Under which habits some p between the bounds prints as printed.
    """

    p: float
    method: str
    rules: tuple[Habit, ...]
    low: float
    high: float
    attainable: tuple[Habit, ...]

    @property
    def consistent(self) -> bool:
        """Whether some means and SDs with the printed digits have the printed p."""
        return bool(self.attainable)


def check_p_of_counts(printed: str, a: int, n1: int, b: int, n0: int) -> Match:
    """Compare a printed p with the tests of two printed counts, the usual tests first.

    The frame of `p_from_counts` in one answer: `computed` is the p of the first test that prints
    as printed, `method` names all such tests that are as usual; Pearson's p if there is none.

    Raises
    ------
    ValueError
        As `p_from_counts`.

    Notes
    -----
    False alarms: as `p_from_counts`: a p from other counts than those printed (missing values), or
    from a test outside the family.

    Examples
    --------
    >>> check_p_of_counts("0.02", 10, 23, 5, 31).method
    'Pearson'
    """
    return best_match(p_from_counts(printed, a, n1, b, n0))


def best_match(family: pd.DataFrame) -> Match:
    """Put the frame of `p_from_counts` in one answer, as `check_p_of_counts`."""
    hits = family[family["rounded"] | family["truncated"]]
    hits = hits[hits["usual"]] if hits["usual"].any() else hits
    if hits.empty:
        return Match(float(family["p"][0]), (), str(family["method"][0]))
    rules = tuple(habit for habit in HABITS if hits[habit].any())
    return Match(float(hits["p"].iloc[0]), rules, ", ".join(hits["method"]))


def check_p_of_means(
    printed: str, mean1: str, sd1: str, n1: int, mean0: str, sd0: str, n0: int
) -> MeansCheck:
    """Compare a printed p with the t tests of printed means and standard deviations.

    Raises
    ------
    ValueError
        As `p_range_from_summary`, or if `printed` is not a number.

    Notes
    -----
    False alarms: as `p_range_from_summary`: a p from another test (Mann-Whitney, a t test of
    logarithms), fewer patients in the test than printed, or an SD that is a standard error.

    Examples
    --------
    >>> check = check_p_of_means("0.34", "1.0", "1.7", 23, "0.64", "0.88", 31)
    >>> check.rules, check.attainable
    ((), ('rounded', 'truncated'))
    """
    m1, s1, m0, s0 = (float(printed_value(text)) for text in (mean1, sd1, mean0, sd0))
    low, high = p_range_of_either(mean1, sd1, n1, mean0, sd0, n0)
    tests = [
        match_value(printed, t_test_from_summary(m1, s1, n1, m0, s0, n0, pooled=pooled).p, name)
        for pooled, name in ((True, "Student's t"), (False, "Welch's t"))
        if s1 or s0
    ]
    best = next((t for t in tests if t.rules), tests[0] if tests else Match(low, (), "t"))
    first = tests[0].computed if tests else low
    return MeansCheck(first, best.method, best.rules, low, high, habits_within(printed, low, high))


def p_from_counts(printed: str, a: int, n1: int, b: int, n0: int) -> pd.DataFrame:
    """Compare a printed p with every test of `FAMILY` of `a` of `n1` against `b` of `n0`.

    Returns
    -------
    pandas.DataFrame
        One row a test: ``method``, ``usual`` (Pearson, Yates and two-sided Fisher), ``p``, and
        ``rounded`` and ``truncated``, whether it prints as printed.

    Raises
    ------
    ValueError
        If `printed` is not a number, or as `two_by_two`.

    Notes
    -----
    False alarms: the p may come from other counts than those printed (missing values), or from a
    test outside the family (for trend, stratified, adjusted). False comfort: three usual tests
    and two habits are six chances to agree, the family fourteen; with two decimals a p often
    agrees by luck.

    Examples
    --------
    >>> tests = p_from_counts("0.02", 10, 23, 5, 31)
    >>> tests[tests["usual"]].round(4)
                 method  usual       p  rounded  truncated
    0           Pearson   True  0.0265    False       True
    1             Yates   True  0.0559    False      False
    2  Fisher two-sided   True  0.0349    False      False
    """
    p_values = table_p_values(a, n1, b, n0).iloc[0]
    rows = []
    for name, method in FAMILY.items():
        match = match_value(printed, float(p_values[name]))
        habits = [habit in match.rules for habit in HABITS]
        rows.append((method, name in USUAL, match.computed, *habits))
    return pd.DataFrame(rows, columns=["method", "usual", "p", *HABITS])


def usual_tests(a: int, n1: int, b: int, n0: int) -> dict[str, float]:
    """Compute p of `a` of `n1` against `b` of `n0` by each usual test, by name.

    Examples
    --------
    >>> {name: round(p, 4) for name, p in usual_tests(7, 23, 1, 31).items()}
    {'Pearson': 0.0054, 'Yates': 0.0166, 'Fisher two-sided': 0.0078}
    """
    p = table_p_values(a, n1, b, n0).iloc[0]
    return {FAMILY[test]: float(p[test]) for test in USUAL}


def usual_matches(printed: str, a: int, n1: int, b: int, n0: int) -> list[str]:
    """Name the usual tests that print as a p, and say of which that its digits are cut off.

    Examples
    --------
    >>> usual_matches("0.02", 7, 23, 1, 31), usual_matches("0.005", 7, 23, 1, 31)
    (['Yates'], ['Pearson'])
    """
    matches = {name: match_value(printed, p).rules for name, p in usual_tests(a, n1, b, n0).items()}
    return [
        f"{name}{' cut off' * ('rounded' not in rules)}" for name, rules in matches.items() if rules
    ]


def p_by_name(names: Container[str], a: int, n1: int, b: int, n0: int) -> dict[str, float]:
    """Compute p of `a` of `n1` against `b` of `n0` by tests of `FAMILY` and `AGREEING`, by name.

    Examples
    --------
    >>> {name: round(p, 4) for name, p in p_by_name(["N-1", "Yates"], 7, 23, 1, 31).items()}
    {'Yates': 0.0166, 'N-1': 0.0058}
    """
    counts = tuple(np.array([n]) for n in (a, n1, b, n0))
    values = (
        table_p_values(*counts).iloc[0].to_dict() | agreeing_p_values(*counts).iloc[0].to_dict()
    )
    values["firth"] = firth_p(*counts)[0]
    named = {name: test for test, name in (FAMILY | AGREEING).items() if name in names}
    return {name: float(values[test]) for name, test in named.items()}


def match_chance(
    a: int, n1: int, b: int, n0: int, *, tests: Sequence[str] = USUAL, decimals: int = 2
) -> float:
    """Share of the printable p values that some test of `a` of `n1` against `b` of `n0` matches.

    How easily a printed p would be matched if it had nothing to do with these counts: of the
    values that a paper can print (0.00, 0.01, ... 1.00), how many are the p of one of the tests,
    rounded or cut off.

    Parameters
    ----------
    a, n1, b, n0
        The counts.
    tests
        Names of tests, keys of `FAMILY`; by default the three usual ones.
    decimals
        Of the printed p.

    Raises
    ------
    ValueError
        As `two_by_two`.

    Notes
    -----
    The share stands for a chance if each printable value is as likely as another. Small p values
    are printed more often than that, and are then matched more easily.

    Examples
    --------
    >>> round(match_chance(10, 23, 5, 31), 3)  # 0.02, 0.03, 0.05 and 0.06, of 101
    0.04
    """
    p = table_p_values(a, n1, b, n0).iloc[0]
    return len(printable(p[list(tests)], decimals)) / float(10**decimals + 1)


def printable(p: ArrayLike, decimals: int = 2) -> NDArray[np.int64]:
    """List what p values print as, rounded half up or cut off, in units of the last digit.

    Parameters
    ----------
    p
        Computed p values; missing ones print as nothing.
    decimals
        Of the printed p.

    Returns
    -------
    numpy.ndarray
        Different values, ascending: 26 and 27 stand for 0.26 and 0.27. As in `match_value` a float
        within 1e-12 of an end counts as on it.

    Examples
    --------
    >>> printable([0.2651, 0.2649]).tolist()
    [26, 27]
    """
    values = np.asarray(p, dtype=float).ravel()
    scaled = 10**decimals * (values[np.isfinite(values)] + NOISE)
    return np.unique(np.floor(np.concatenate([scaled, scaled + 0.5]))).astype(np.int64)


def p_range_from_summary(
    mean1: str,
    sd1: str,
    n1: int,
    mean0: str,
    sd0: str,
    n0: int,
    *,
    pooled: bool = True,
    rule: Rule | None = "half up",
    sd_rule: Rule | None = None,
) -> tuple[float, float]:
    """Bound the two-sided t test's p over all means and SDs that print as printed.

    Parameters
    ----------
    mean1, sd1, n1, mean0, sd0, n0
        Means and standard deviations (divisor n - 1) as printed, and the group sizes.
    pooled
        Student's test; else Welch's.
    rule, sd_rule
        How the means and the SDs were shortened; by default alike. With None each number may
        have been shortened by a rule of its own.

    Returns
    -------
    tuple of float
        Lower and upper bound, widened by 1e-12 for floating point. For the pooled test they are
        the exact ends.

    Raises
    ------
    ValueError
        If a string is not a number, an SD negative, or a group smaller than two.

    Notes
    -----
    The pooled p falls with the distance of the means and rises with each SD, so two corners of the
    intervals bound it. Welch's p need not rise with an SD, for its degrees of freedom may rise
    too. With r the ratio of the squared standard errors they rise up to ``r = (n1 - 1) / (n0 - 1)``
    and fall beyond, which gives their range; the smallest t with the fewest degrees bounds p above,
    the largest t with the most bounds it below (a little beyond what can be reached).

    False alarms: a p from another test (Mann-Whitney, a t test of logarithms), fewer patients in
    the test than printed, or an SD that is a standard error.

    Examples
    --------
    >>> low, high = p_range_from_summary("1.0", "1.7", 23, "0.64", "0.88", 31)
    >>> low < 0.316 < 0.34 < high  # 0.316 from the printed digits; 0.34 is printed
    True
    """
    rules = (rule,) if rule else RULES
    sd_rules = (sd_rule,) if sd_rule else rules
    (down1, up1), (down0, up0) = (bounds(mean, rules) for mean in (mean1, mean0))
    down, up = down1 - up0, up1 - down0
    widest, nearest = max(up, -down), max(0.0, down, -up)
    (low1, high1), (low0, high0) = (sd_bounds(sd, sd_rules) for sd in (sd1, sd0))
    upper = t_test_from_summary(nearest, high1, n1, 0.0, high0, n0, pooled=pooled)
    p_low = 0.0
    fewest = most = float(n1 + n0 - 2)
    if not pooled:
        mode, scale = (n1 - 1) / (n0 - 1), n0 / n1
        smallest = (low1 / high0) ** 2 * scale
        largest = (high1 / max(low0, 1 / FAR)) ** 2 * scale
        degrees = [
            (1 + r) ** 2 / (r**2 / (n1 - 1) + 1 / (n0 - 1))
            for r in (smallest, min(max(mode, smallest), largest), largest)
        ]
        fewest, most = min(degrees), max(degrees)
    if low1 or low0:
        t = t_test_from_summary(widest, low1, n1, 0.0, low0, n0, pooled=pooled).t
        p_low = float(2 * stdtr(most, -t))
    p_high = float(2 * stdtr(fewest, -upper.t))
    return max(0.0, p_low - NOISE), min(1.0, p_high + NOISE)


def p_range_of_either(*means: Any) -> tuple[float, float]:
    """Bound the p of Student's or Welch's test, each number rounded or cut off by itself."""
    ranges = [p_range_from_summary(*means, pooled=pooled, rule=None) for pooled in (True, False)]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def p_of_standard_errors(
    mean1: str, se1: str, n1: int, mean0: str, se0: str, n0: int
) -> tuple[float, float, float]:
    """Compute the t test's p if the numbers printed as SDs are standard errors of the means.

    Returns
    -------
    tuple of float
        Student's p of the numbers as printed; bounds of the p of Student's and Welch's tests over
        all that print so.

    Examples
    --------
    >>> p, low, high = p_of_standard_errors("10.0", "0.80", 25, "11.5", "0.90", 25)
    >>> round(p, 3), low < 0.219 < high
    (0.219, True)
    """
    (low1, high1), (low0, high0) = (bounds(mean) for mean in (mean1, mean0))
    down, up = low1 - high0, high1 - low0
    gaps = max(0.0, down, -up), max(up, -down)
    spreads = [sd_bounds(se) for se in (se1, se0)]
    errors = [(spreads[0][i] * sqrt(n1), spreads[1][i] * sqrt(n0)) for i in (0, 1)]
    values = [
        t_test_from_summary(gap, s1, n1, 0.0, s0, n0, pooled=pooled).p
        for gap in gaps for s1, s0 in errors for pooled in (True, False)
        if s1 or s0
    ]  # fmt: skip
    m1, m0, e1, e0 = (float(printed_value(text)) for text in (mean1, mean0, se1, se0))
    if not (e1 or e0):
        return 0.0, 0.0, 0.0
    p = t_test_from_summary(m1, e1 * sqrt(n1), n1, m0, e0 * sqrt(n0), n0).p
    return p, min(values), max(values)


def p_bounds_of_pairs(pairs: Sequence[tuple[int, int, int, int]]) -> tuple[float, float]:
    """Bound the p of the usual tests over several pairs of counts.

    Examples
    --------
    >>> low, high = p_bounds_of_pairs([(10, 23, 5, 31), (11, 23, 5, 31)])
    >>> round(low, 4), round(high, 4)
    (0.0117, 0.0559)
    """
    a, n1, b, n0 = (np.array(column) for column in zip(*pairs, strict=True))
    p = table_p_values(a, n1, b, n0)[list(USUAL)].to_numpy()
    return float(p.min()), float(p.max())
