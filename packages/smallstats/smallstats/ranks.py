"""Tests that use the order of values alone: of skewed numbers, and of ordered levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

EXACT_BELOW = 50
PAIRS = 4_000_000  # pairs of patients whose differences are held in memory

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RankSum:
    """A Mann-Whitney test of two groups, with the shift between them.

    Attributes
    ----------
    p
        Two-sided.
    exact
        Whether from the exact distribution, else from the normal one with continuity correction.
    shift, ci_low, ci_high
        Hodges-Lehmann estimate: the median difference between a value of the first group and one
        of the second; and the shifts that the same test does not reject at 5%.
    """

    p: float
    exact: bool
    shift: float
    ci_low: float
    ci_high: float


def rank_sum(first: Floats, second: Floats) -> RankSum:
    """Compare two groups of values by Mann-Whitney's test.

    Exact below 50 in each group without ties, else the normal approximation, as R.

    References
    ----------
    Hollander M, Wolfe DA, Chicken E. Nonparametric Statistical Methods, 3rd ed. Wiley 2014.

    Examples
    --------
    >>> rank_sum(np.array([5.0, 7.0, 9.0]), np.array([1.0, 2.0, 4.0])).shift
    5.0
    """
    from scipy.stats import mannwhitneyu

    n1, n0 = len(first), len(second)
    _, ties = np.unique(np.concatenate([first, second]), return_counts=True)
    exact = max(n1, n0) < EXACT_BELOW and bool(ties.max() == 1)
    test = mannwhitneyu(first, second, method="exact" if exact else "asymptotic")
    pairs, n = n1 * n0, n1 + n0
    if exact:
        k = max(_lower_quantile(n1, n0), 1)
    else:
        # between jumps of the statistic a shift leaves ties within the groups alone
        # Var(U) = n1 n0 / 12 (N + 1 - sum of (t^3 - t) / (N (N - 1))), t patients in each tie
        own = np.concatenate([np.unique(g, return_counts=True)[1] for g in (first, second)])
        spread = np.sqrt(pairs / 12 * (n + 1 - float((own**3.0 - own).sum()) / (n * (n - 1))))
        k = max(int(np.ceil(pairs / 2 + 0.5 - ndtri(0.975) * spread)) - 1, 1)
    # Hodges and Lehmann (1963): the median of all differences, and the k-th from either end
    places = [k, (pairs + 1) // 2, pairs // 2 + 1, pairs + 1 - k]
    low, left, right, high = _ordered_differences(first, second, places)
    return RankSum(float(test.pvalue), exact, (left + right) / 2, low, high)


def trend_p(levels: Floats, ill: NDArray[np.bool_], *, ranks: bool = True) -> float:
    """Test whether the outcome is associated with ordered levels: the linear-by-linear association.

    Parameters
    ----------
    levels
        Position of each patient's level.
    ill
        Who has the outcome.
    ranks
        Mid-ranks as scores: no distance between levels is assumed, and p is that of the
        Kruskal-Wallis test. Else the positions: the Cochran-Armitage test.

    References
    ----------
    Agresti A. Categorical Data Analysis, 3rd ed. Wiley 2013, sections 3.4 and 5.3.

    Examples
    --------
    >>> levels = np.array([0.0, 0, 1, 1, 2, 2])
    >>> round(trend_p(levels, np.array([0, 0, 0, 1, 1, 1], dtype=bool)), 3)
    0.068
    """
    scores = pd.Series(levels).rank().to_numpy() if ranks else levels
    # M^2 = (n - 1) r^2 (Agresti 5.3); z^2 of Cochran and Armitage is n r^2
    r = np.corrcoef(scores, ill)[0, 1]
    return float(chdtrc(1, (len(scores) - ranks) * r**2))


def _lower_quantile(n1: int, n0: int) -> int:
    """Return the least U whose cumulative probability is 2.5% or more."""
    ways = [1] + [0] * (n1 * n0 // 2)
    # the ways in which U = u are the coefficient of q^u in the Gaussian binomial, the product over
    # i = 1 … n1 of (1 - q^(n0 + i)) / (1 - q^i)
    for i in range(1, n1 + 1):
        for j in range(len(ways) - 1, n0 + i - 1, -1):
            ways[j] -= ways[j - n0 - i]
        for j in range(i, len(ways)):
            ways[j] += ways[j - i]
    cumulative = np.cumsum(np.array(ways, dtype=float))
    # the lower half is summed: all of it and its mirror image are every way
    total = 2 * cumulative[-1] - (ways[-1] if n1 * n0 % 2 == 0 else 0)
    return int(np.searchsorted(cumulative, 0.025 * total * (1 - 1e-12)))


def _ordered_differences(first: Floats, second: Floats, places: list[int]) -> list[float]:
    """Differences of all pairs at some places (from 1) of their order."""
    if len(first) * len(second) <= PAIRS:
        differences = np.subtract.outer(first, second).ravel()
        ordered = np.partition(differences, [place - 1 for place in places])
        return [float(ordered[place - 1]) for place in places]
    first, second = np.sort(first), np.sort(second)
    return [_search(first, second, place) for place in places]


def _search(first: Floats, second: Floats, place: int) -> float:
    """Find by bisection the least difference that `place` pairs do not exceed."""
    low, high = float(first[0] - second[-1]), float(first[-1] - second[0])
    tolerance = 1e-12 * max(abs(low), abs(high))
    while high - low > tolerance:
        middle = (low + high) / 2
        below = len(second) * len(first) - int(np.searchsorted(second, first - middle).sum())
        low, high = (low, middle) if below >= place else (middle, high)
    return high
