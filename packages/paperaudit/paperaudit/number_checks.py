"""Printed numbers against one another: percentages, and ratios with their limits.

Every check takes numbers as printed and says what they allow. `rounded` is half up; half even
gives the same digits as one of half up and truncation, so a single number cannot tell it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from paperaudit.rounding import HABITS, TEXTS, Habit, Interval, exact_bounds, printed_interval

NOISE = 1e-12  # the last bits of a float are arithmetic, not data
CLEAR = 1e-9  # of an end: farther than the floats of either can be wrong
FAR = 1e12  # stands for the infinite logarithm of a limit that may be 0


@dataclass(frozen=True)
class Match:
    """A computed number beside a printed one.

    Attributes
    ----------
    computed
        Unrounded.
    rules
        Which of ``rounded`` and ``truncated`` give the printed digits; empty if none does.
    method
        How it was computed.
    """

    computed: float
    rules: tuple[Habit, ...]
    method: str

    @property
    def consistent(self) -> bool:
        """Whether the computed number prints as the printed one."""
        return bool(self.rules)


@dataclass(frozen=True)
class RatioCheck:
    """What a printed ratio, its limits and its p allow, each rounded or truncated.

    Attributes
    ----------
    log_symmetric
        Whether a ratio with these digits can be the geometric mean of limits with theirs, as in
        every Wald interval.
    estimate_range
        Geometric means of all the limits that print as printed.
    p_range
        Wald p of all the ratios and limits that print as printed and are log-symmetric; NaN if
        there are none.
    p_possible
        Whether a p in that range prints as printed; None if no p was given, or no range exists.
    """

    log_symmetric: bool
    estimate_range: tuple[float, float]
    p_range: tuple[float, float]
    p_possible: bool | None

    @property
    def consistent(self) -> bool:
        """Whether one Wald analysis can have printed all the digits."""
        return self.log_symmetric and self.p_possible is not False


def match_value(printed: str, computed: float | Fraction, method: str = "") -> Match:
    """Say under which habits `computed` prints as `printed`.

    A float within 1e-12 of an end of the printed interval counts as on it; a Fraction is exact.

    Raises
    ------
    ValueError
        If `printed` is not a number, or `computed` not finite.

    Notes
    -----
    False alarms: none of arithmetic; but a coarse number agrees with much.

    Examples
    --------
    >>> match_value("0.02", 0.0265, "Pearson")
    Match(computed=0.0265, rules=('truncated',), method='Pearson')
    """
    if not math.isfinite(computed):
        raise ValueError(f"{computed} was computed for {printed!r}: it is not finite")
    rules = [
        habit
        for habit, rule in HABITS.items()
        if _within(printed_interval(printed, rule), computed)
    ]
    return Match(float(computed), tuple(rules), method)


def _within(interval: Interval, computed: float | Fraction) -> bool:
    """Whether a number is in an interval; a float as near to an end as arithmetic is, on it."""
    if not isinstance(computed, float):
        return computed in interval
    low, high = float(interval.low), float(interval.high)
    if min(abs(computed - low), abs(computed - high)) > CLEAR * max(1.0, abs(computed)):
        return low < computed < high  # floats decide, and much faster
    exact = Fraction(computed)
    near = [e for e in (interval.low, interval.high) if abs(float(e - exact)) <= NOISE]
    return (near[0] if near else exact) in interval


def habits_within(printed: str, low: float, high: float) -> tuple[Habit, ...]:
    """Say under which habits some value from `low` to `high` prints as `printed`.

    For the ranges of `p_range_from_summary` and `RatioCheck`; ends that touch count.

    Examples
    --------
    >>> habits_within("0.37", 0.30, 0.368), habits_within("0.37", 0.25, 0.27)
    (('rounded',), ())
    """
    intervals = {habit: printed_interval(printed, rule) for habit, rule in HABITS.items()}
    return tuple(
        habit
        for habit, interval in intervals.items()
        if interval.low <= high + NOISE and low - NOISE <= interval.high
    )


def check_percent(printed: str, n: int, total: int) -> Match:
    """Compare a printed percentage with its count and denominator, exactly.

    Raises
    ------
    ValueError
        If the count is not from 0 to a positive total, or `printed` is not a number.

    Notes
    -----
    False alarms: a denominator without the missing values that is not printed
    (`possible_fractions` finds it), and percentages adjusted to add up to 100.

    Examples
    --------
    >>> check_percent("69.5", 16, 23).rules, check_percent("69.5", 15, 23).rules
    (('truncated',), ())
    """
    if not 0 <= n <= total or total < 1:
        raise ValueError(f"{n} of {total} is not a share: the count must be from 0 to the total")
    return match_value(printed, Fraction(100 * n, total), f"{n} of {total}")


def possible_fractions(printed_percent: str, most: int = 100) -> pd.DataFrame:
    """List every count and denominator that print as a percentage.

    Parameters
    ----------
    printed_percent
        As printed, without the sign.
    most
        The largest denominator: the patients there are.

    Returns
    -------
    pandas.DataFrame
        One row a fraction, by ``total`` and ``n``; ``rounded`` and ``truncated`` say under which
        habits it prints as printed.

    Raises
    ------
    ValueError
        If `printed_percent` is not a number or `most` is below 1.

    Notes
    -----
    Evidence only where few fractions are left: from a denominator of ``100 * 10**decimals`` on,
    every percentage is possible.

    Examples
    --------
    >>> possible_fractions("69.5", 25)
        n  total  rounded  truncated
    0  16     23    False       True
    """
    if most < 1:
        raise ValueError(f"most={most}: the largest denominator must be 1 or more")
    low, high = _ends(printed_percent)
    rows = []
    for total in range(1, most + 1):
        first, last = math.ceil(low * total / 100), math.floor(high * total / 100)
        for n in range(first, min(total, last) + 1):
            rules = check_percent(printed_percent, n, total).rules
            if rules:
                rows.append((n, total, *(habit in rules for habit in HABITS)))
    return pd.DataFrame(rows, columns=["n", "total", *HABITS])


def check_ratio(
    odds_ratio: str, low: str, high: str, p: str | None = None, level: float = 0.95
) -> RatioCheck:
    """Say whether a printed ratio, its limits and its p can be one Wald analysis.

    Parameters
    ----------
    odds_ratio, low, high, p
        As printed; each may have been rounded or truncated by itself. Any ratio analysed on the
        log scale will do (hazard ratio, risk ratio).
    level
        Confidence level of the limits.

    Raises
    ------
    ValueError
        If a string is not a number or negative, or the level not between 0 and 1.

    Notes
    -----
    Log-symmetry is decided in exact arithmetic. On the log scale the possible limits are a
    rectangle cut by a strip (the printed ratio), over which z is a quotient of linear functions:
    its extremes lie at the corners, or at 0 where the ratio can be 1.

    False alarms: exact, profile likelihood, bootstrap and score intervals are not log-symmetric,
    and a likelihood ratio or exact p is not the Wald p: ask for the method first. A ratio turned
    upside down after rounding can also fail.

    References
    ----------
    Altman DG, Bland JM. How to obtain the P value from a confidence interval. BMJ 2011;343:d2304.

    Examples
    --------
    >>> check = check_ratio("15.56", "1.59", "152.2", "0.018")
    >>> check.consistent, [round(p, 4) for p in check.p_range]
    (True, [0.0183, 0.0184])
    >>> check_ratio("14.56", "1.59", "152.2").log_symmetric
    False
    """
    if not 0 < level < 1:
        raise ValueError(f"level={level}: the confidence level must be between 0 and 1")
    estimate, lower, upper = (_ends(printed, positive=True) for printed in (odds_ratio, low, high))
    products = [a * b for a, b in zip(lower, upper, strict=True)]
    symmetric = (
        products[0] < estimate[1] ** 2 and estimate[0] ** 2 < products[1] and lower[0] < upper[1]
    )
    means = (math.sqrt(products[0]), math.sqrt(products[1]))
    if not symmetric:
        return RatioCheck(False, means, (math.nan, math.nan), None)
    p_range = _wald_range(estimate, lower, upper, float(ndtri((1 + level) / 2)))
    return RatioCheck(True, means, p_range, None if p is None else bool(habits_within(p, *p_range)))


def ratio_fits(triple: Sequence[str], p: str | None, level: float) -> bool:
    """Whether a ratio, its limits and a p can be one analysis; what is no ratio, as <0.00, cannot.

    Examples
    --------
    >>> ratio_fits(["2.0", "1.0", "4.0"], None, 0.95), ratio_fits(["<0.00", "1", "4"], None, 0.95)
    (True, False)
    """
    try:
        return check_ratio(triple[0], triple[1], triple[2], p, level).consistent
    except ValueError:
        return False


#: Degrees of freedom that a t interval has at least, where they are not known.
FEW = 3


def t_range(p_range: tuple[float, float], level: float = 0.95) -> tuple[float, float]:
    """Widen the p of Wald limits to that of limits of t with few degrees of freedom.

    Examples
    --------
    >>> [round(p, 3) for p in t_range((0.5, 0.5))]
    [0.353, 0.5]
    """
    factor = float(stdtrit(FEW, (1 + level) / 2) / ndtri((1 + level) / 2))
    of_t = [float(2 * stdtr(FEW, factor * ndtri(p / 2))) for p in p_range]
    return min(*of_t, *p_range), max(*of_t, *p_range)


Ends = tuple[Fraction, Fraction]


def _wald_range(estimate: Ends, lower: Ends, upper: Ends, quantile: float) -> tuple[float, float]:
    """Range of p over log-symmetric limits; `total` and `width` are their sum and difference."""
    mid, bottom, top = (
        [math.log(end) if end else -FAR for end in ends] for ends in (estimate, lower, upper)
    )
    least = max(bottom[0] + top[0], 2 * mid[0])
    most = min(bottom[1] + top[1], 2 * mid[1])
    z = []
    for corner in (least, most, bottom[1] + top[0], bottom[0] + top[1], 0.0):
        total = min(max(corner, least), most)
        narrow = max(total - 2 * bottom[1], 2 * top[0] - total)
        wide = min(total - 2 * bottom[0], 2 * top[1] - total)
        for width in (narrow, wide):
            z.append(quantile * abs(total) / width if width > 0 else math.inf)
    return float(2 * ndtr(-max(z))), float(2 * ndtr(-min(z)))


@lru_cache(maxsize=TEXTS)
def _ends(printed: str, *, positive: bool = False) -> Ends:
    """Bound all values, 0 or above, that print as printed under one rule or another."""
    low, end = exact_bounds(printed)
    high = Fraction(min(end, FAR))
    if positive and high <= 0:
        raise ValueError(f"{printed!r} is negative")
    return max(low, Fraction(0)), high
