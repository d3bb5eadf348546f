"""What a minimum, a maximum and a mean leave for the standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from paperaudit.rounding import RULES, Rule, printed_interval


@dataclass(frozen=True)
class SpreadCheck:
    """A printed SD beside what the minimum, maximum and mean allow.

    Attributes
    ----------
    least, most
        Bounds of the SD over all that print as printed.
    possible
        Whether an SD with the printed digits lies between them.
    """

    least: float
    most: float
    possible: bool

    @property
    def consistent(self) -> bool:
        """Whether some data have all the printed numbers."""
        return self.possible


def bounds(printed: str) -> tuple[float, float]:
    """Bound all values that print as printed, rounded or cut off.

    Examples
    --------
    >>> bounds("2.5"), bounds("<3")
    ((2.45, 2.6), (0.0, 3.0))
    """
    intervals = [printed_interval(printed, rule) for rule in RULES]
    return float(min(i.low for i in intervals)), float(max(i.high for i in intervals))


def check_spread(sd: str, low: str, high: str, n: int, mean: str = "") -> SpreadCheck:
    """Say whether values from a printed minimum to a printed maximum can have a printed SD.

    Parameters
    ----------
    sd, low, high, mean
        As printed; without a mean, any is allowed.
    n
        How many values; the SD has divisor n - 1, and at least one value is the minimum and one
        the maximum.

    Raises
    ------
    ValueError
        If a string is not a number or `n` is below 2.

    Notes
    -----
    The most: all values at the ends (the inequality of Bhatia and Davis). The least: one value at
    each end, the others at one point. False alarms: a standard error given as an SD, quartiles
    given as a range, fewer patients than declared.

    References
    ----------
    Heathers J, Brown NJL, Anaya J, et al. Recovering data from summary statistics: sample
    parameter reconstruction via iterative techniques (SPRITE). PeerJ Preprints 2018;6:e26968v1.

    Examples
    --------
    >>> check = check_spread("6.2", "1", "9", 30, "5.0")
    >>> check.possible, round(check.most, 2)
    (False, 4.83)
    """
    if n < 2:
        raise ValueError(f"n={n}: a standard deviation needs 2 values or more")
    (a, a_top), (b_low, b) = bounds(low), bounds(high)
    middle = bounds(mean) if mean else (a, b)
    m_low, m_high = max(middle[0], a), min(middle[1], b)
    if m_low > m_high or a > b:
        return SpreadCheck(math.nan, math.nan, False)
    m = min(max((a + b) / 2, m_low), m_high)
    most = math.sqrt(max(0.0, (b - m) * (m - a)) * n / (n - 1))
    least = 0.0
    if a_top < b_low:  # else all values may be one; the innermost ends give the least
        a, b = a_top, b_low
        m = min(max((a + b) / 2, m_low), m_high)
        rest = (2 * m - a - b) ** 2 / (n - 2) if n > 2 else 0.0
        least = math.sqrt(((a - m) ** 2 + (b - m) ** 2 + rest) / (n - 1))
    printed = bounds(sd)
    noise = 1e-9 * max(1.0, most)
    return SpreadCheck(least, most, printed[0] <= most + noise and least <= printed[1] + noise)


def sd_limits(mean: str, n: int, low: int, high: int, *, items: int = 1) -> tuple[float, float]:
    """Give the least and the greatest SD of whole answers on a scale with a printed mean.

    Parameters
    ----------
    mean
        As printed.
    n
        How many answered.
    low, high
        Ends of the scale, which need not be reached.
    items
        How many items each answer averages.

    Returns
    -------
    tuple of float
        Over all sums that print as the mean; NaN if there are none.

    Raises
    ------
    ValueError
        If `n` is below 2, or the scale empty.

    Examples
    --------
    >>> [round(sd, 2) for sd in sd_limits("4.2", 5, 1, 7)]
    [0.45, 3.03]
    """
    if n < 2 or low >= high or items < 1:
        raise ValueError(f"n={n} from {low} to {high}: 2 answers and a scale are needed")
    sums: set[int] = set()
    rules: tuple[Rule, ...] = ("half up", "half even")
    for rule in rules:
        interval = printed_interval(mean, rule)
        first = math.ceil(interval.low * n * items)
        last = math.floor(Fraction(interval.high) * n * items)
        sums |= {s for s in range(first, last + 1) if Fraction(s, n * items) in interval}
    a, b = low * items, high * items
    found = [s for s in sums if a * n <= s <= b * n]
    if not found:
        return math.nan, math.nan
    spreads = [_extremes(total, n, a, b) for total in found]
    scale = (n - 1) * items**2
    return (
        math.sqrt(float(min(s[0] for s in spreads) / scale)),
        math.sqrt(float(max(s[1] for s in spreads) / scale)),
    )


def _extremes(total: int, n: int, a: int, b: int) -> tuple[Fraction, Fraction]:
    """Bound the squared deviations of whole values from a to b that have a sum."""
    base, more = divmod(total, n)
    least = more * (base + 1) ** 2 + (n - more) * base**2
    ups, rest = divmod(total - n * a, b - a)
    most = ups * b**2 + (n - ups) * a**2
    if rest:
        most += (a + rest) ** 2 - a**2
    correction = Fraction(total**2, n)
    return least - correction, most - correction
