"""What a minimum, a maximum and a mean leave for the standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paperaudit.rounding import bounds


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
