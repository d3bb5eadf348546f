"""Tests of more than two groups or levels, from printed counts, means and SDs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, xlogy

from paperaudit.granularity import sd_bounds
from paperaudit.number_checks import NOISE
from paperaudit.rounding import bounds, printed_value
from smallstats.freeman_halton import fisher_rxc

#: More patients than this are not counted out one table at a time.
MOST_EXACT = 150
#: Tables with two rows or columns that are listed.
MOST_TABLES = 200_000

Summaries = Sequence[tuple[str, str, int]]


def table_tests(table: ArrayLike, *, exact: bool = False) -> dict[str, float]:
    """Compute the usual p values of an r x c table of counts.

    Parameters
    ----------
    table
        A row a level, a column a group. Rows and columns without patients make no difference.
    exact
        Also Fisher's exact test, where there are few enough patients.

    Returns
    -------
    dict
        By name: ``Pearson``, ``likelihood ratio``; ``trend`` over the levels in their order
        (linear by linear, (N - 1) r squared; N r squared is Cochran and Armitage's); the rank test
        of ordered levels (``Kruskal-Wallis``; of two groups ``Mann-Whitney``); and
        ``Fisher-Freeman-Halton``. Empty if fewer than two rows or columns have patients.

    References
    ----------
    Agresti A. Categorical Data Analysis. 3rd ed. Wiley; 2013, sections 3.2 and 3.4.

    Examples
    --------
    >>> tests = table_tests([[10, 4], [8, 9], [5, 14]])
    >>> {name: round(p, 4) for name, p in tests.items()}
    {'Pearson': 0.0366, 'likelihood ratio': 0.0328, 'trend': 0.011,
     'trend (Cochran-Armitage)': 0.0102, 'Mann-Whitney': 0.0112}
    """
    given = np.asarray(table, dtype=float)
    counts = given[given.any(axis=1)][:, given.any(axis=0)]
    if min(counts.shape) < 2:
        return {}
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    g2 = 2 * xlogy(counts, counts / expected).sum()
    p_values = {
        "Pearson": float(chdtrc(freedom, ((counts - expected) ** 2 / expected).sum())),
        "likelihood ratio": float(chdtrc(freedom, max(g2, 0.0))),
    }
    if len(counts) > 2:
        p_values |= _of_ordered(counts)
    if exact and _can_be_listed(counts):
        p_values["Fisher-Freeman-Halton"] = float(fisher_rxc(counts.astype(int)))
    return p_values


def _can_be_listed(counts: np.ndarray) -> bool:
    """Whether the tables with these margins are few: with two rows or columns, or few patients."""
    if min(counts.shape) == 2:
        sizes = counts.sum(axis=int(counts.shape[1] == 2))
        return bool(np.prod(np.sort(sizes)[:-1] + 1) <= MOST_TABLES)
    return bool(counts.sum() <= MOST_EXACT and counts.size <= 12)


def _of_ordered(counts: np.ndarray) -> dict[str, float]:
    """Test ordered levels: their scores 1, 2, ..., and their ranks."""
    levels, groups = np.indices(counts.shape).reshape(2, -1).astype(float)
    weights = counts.ravel()
    total = weights.sum()
    p_values = {}
    if counts.shape[1] == 2:
        spread = np.cov(levels, groups, fweights=weights.astype(int), ddof=0)
        r2 = spread[0, 1] ** 2 / (spread[0, 0] * spread[1, 1])
        p_values["trend"] = float(chdtrc(1, (total - 1) * r2))
        p_values["trend (Cochran-Armitage)"] = float(chdtrc(1, total * r2))
    below = np.concatenate([[0.0], counts.sum(axis=1).cumsum()[:-1]])
    ranks = below + (counts.sum(axis=1) + 1) / 2
    sizes = counts.sum(axis=0)
    mean_ranks = (ranks[:, None] * counts).sum(axis=0) / sizes
    between = (sizes * (mean_ranks - (total + 1) / 2) ** 2).sum()
    spread_of_ranks = (counts.sum(axis=1) * (ranks - (total + 1) / 2) ** 2).sum() / (total - 1)
    name = "Mann-Whitney" if counts.shape[1] == 2 else "Kruskal-Wallis"
    p_values[name] = float(chdtrc(counts.shape[1] - 1, between / spread_of_ranks))
    return p_values


def anova_from_summary(means: Sequence[float], sds: Sequence[float], sizes: Sequence[int]) -> float:
    """Compute p of the one-way analysis of variance from means, SDs and sizes of groups.

    NaN if no group has a spread.

    Examples
    --------
    >>> round(anova_from_summary([5.0, 6.0, 7.5], [2.0, 2.5, 2.2], [20, 21, 19]), 4)
    0.004
    """
    m, s, n = (np.asarray(values, dtype=float) for values in (means, sds, sizes))
    between = float((n * (m - (n * m).sum() / n.sum()) ** 2).sum())
    return _p_of_squares(between, float(((n - 1) * s**2).sum()), n)


def anova_range(groups: Summaries, *, errors: bool = False) -> tuple[float, float]:
    """Bound the p of the analysis of variance over all means and SDs that print as printed.

    F rises with the squares between the groups (`squares_between`), and falls with each SD.

    Parameters
    ----------
    groups
        Mean, SD and size of each group, as printed.
    errors
        Whether what is printed as an SD is the standard error of the mean.

    Examples
    --------
    >>> low, high = anova_range([("5.0", "2.0", 20), ("6.0", "2.5", 21), ("7.5", "2.2", 19)])
    >>> round(low, 4), round(high, 4)
    (0.0016, 0.0108)
    """
    n = np.array([size for *_, size in groups], dtype=float)
    least, most = squares_between(groups)
    sds = np.array([sd_bounds(sd) for _, sd, _ in groups])
    sds = sds * np.sqrt(n)[:, None] if errors else sds
    within = ((n - 1)[:, None] * sds**2).sum(axis=0)
    p_low, p_high = _p_of_squares(most, within[0], n), _p_of_squares(least, within[1], n)
    return max(0.0, p_low - NOISE), min(1.0, p_high + NOISE)


def welch_anova(means: ArrayLike, sds: ArrayLike, sizes: ArrayLike) -> np.ndarray:
    """Compute p of Welch's analysis of variance: along the last axis, a value a group.

    NaN where a group has no spread.

    References
    ----------
    Welch BL. On the comparison of several mean values: an alternative approach. Biometrika
    1951;38:330-6.

    Examples
    --------
    >>> round(float(welch_anova([5.0, 6.0, 7.5], [2.0, 2.5, 2.2], [20, 21, 19])), 4)
    0.0031
    """
    m, s, n = (np.asarray(values, dtype=float) for values in (means, sds, sizes))
    k = m.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = n / s**2  # equation 28
        share = weight / weight.sum(axis=-1, keepdims=True)
        between = (weight * (m - (share * m).sum(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
        spread = ((1 - share) ** 2 / (n - 1)).sum(axis=-1)
        f = between / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
        return np.asarray(fdtrc(k - 1, (k**2 - 1) / (3 * spread), f))


def welch_range(groups: Summaries) -> tuple[float, float]:
    """Bound the p of Welch's analysis of variance where means and SDs are at their bounds.

    Examples
    --------
    >>> low, high = welch_range([("5.0", "2.0", 20), ("6.0", "2.5", 21), ("7.5", "2.2", 19)])
    >>> round(low, 4), round(high, 4)
    (0.0013, 0.0084)
    """
    n = np.array([size for *_, size in groups], dtype=float)
    means = np.array([bounds(mean) for mean, _, _ in groups])
    sds = np.array([sd_bounds(sd) for _, sd, _ in groups])
    middle = _common_mean(means, n)
    corners = np.array([*product(*means), np.clip(middle, *means.T)])
    p = welch_anova(corners[:, None], np.array(list(product(*sds)))[None], n)
    if np.isnan(p).all():
        return 1.0, 0.0  # no group can have a spread: nothing fits
    return max(0.0, float(np.nanmin(p)) - NOISE), min(1.0, float(np.nanmax(p)) + NOISE)


def squares_between(groups: Summaries) -> tuple[float, float]:
    """Bound the sum of squares between groups over all means that print as printed.

    They are convex in the means: the largest lies at a corner, the smallest where each mean comes
    as near as it can to a common one.

    Examples
    --------
    >>> squares_between([("5", "1", 10), ("5", "1", 10)])
    (0.0, 11.25)
    """
    n = np.array([size for *_, size in groups], dtype=float)
    means = np.array([bounds(mean) for mean, _, _ in groups])
    corners = np.array(list(product(*means)))
    grand = (corners * n).sum(axis=1, keepdims=True) / n.sum()
    most = float((n * (corners - grand) ** 2).sum(axis=1).max())
    middle = _common_mean(means, n)
    least = float((n * (np.clip(middle, means[:, 0], means[:, 1]) - middle) ** 2).sum())
    return least, most


def _common_mean(means: np.ndarray, n: np.ndarray) -> float:
    """Find the value to which means within their bounds come nearest, by their weights."""
    low, high = float(means[:, 0].min()), float(means[:, 1].max())
    for _ in range(60):  # the slope rises with the value: halve until the ends meet
        middle = (low + high) / 2
        slope = float((n * (middle - np.clip(middle, means[:, 0], means[:, 1]))).sum())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return (low + high) / 2


def _p_of_squares(between: float, within: float, n: np.ndarray) -> float:
    """P of F with the squares between and within groups."""
    first, second = len(n) - 1, float(n.sum()) - len(n)
    if within <= 0:
        return 0.0 if between > 0 else 1.0
    return float(fdtrc(first, second, between / first / (within / second)))


def as_numbers(groups: Summaries) -> tuple[list[float], list[float], list[int]]:
    """Return means, SDs and sizes as the numbers that they say."""
    means = [float(printed_value(mean)) for mean, _, _ in groups]
    sds = [float(printed_value(sd)) for _, sd, _ in groups]
    return means, sds, [g[2] for g in groups]
