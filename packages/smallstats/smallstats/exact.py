"""Exact conditional logistic regression: counting the ways the events could have fallen.

Given the sufficient statistics of every other coefficient, that of the coefficient of interest
has a known distribution: count the ways to distribute the events over the patients that leave the
other statistics as they are. The count goes through the covariate patterns one by one and keeps,
for every reachable sum, the number of ways to reach it; sums from which a fixed statistic can no
longer come to its observed value are dropped at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from smallstats.conditional import ConditionalFamily
from smallstats.remarks import Remark

MAX_STATES = 3_000_000
SAME = 1e-9
"""Values of a predictor this close, as part of its range, are the same."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def conditional_families(
    x: Floats, y: Floats, stratum: NDArray[np.intp], terms: Sequence[str]
) -> list[ConditionalFamily]:
    """Exact conditional distribution of the sufficient statistic of each column of `x`.

    Conditions on the number of events in every stratum and on the statistics of the other columns.

    Raises
    ------
    ValueError
        When there are too many states to count, usually because a predictor that is conditioned
        on is measured finely.

    References
    ----------
    Hirji KF, Mehta CR, Patel NR. Computing distributions for exact logistic regression.
    J Am Stat Assoc 1987;82:1110-7 (the multivariate shift algorithm).
    """
    steps, columns = zip(*(_whole_steps(column) for column in x.T), strict=True)
    families = []
    for j, step in enumerate(steps):
        others = [column for k, column in enumerate(columns) if k != j]
        others.sort(key=lambda column: -column.std() / column.max())  # fewest states on the way
        try:
            support, log_count = _count_ways(np.column_stack([*others, columns[j]]), y, stratum)
        except OverflowError as error:
            raise ValueError(
                Remark(
                    "the exact distribution for {term!r} is too large to count: {why}; round, "
                    "leave a predictor out or use method='firth'",
                    term=terms[j], why=error.args[0],
                )
            ) from None  # fmt: skip
        families.append(ConditionalFamily(step * support, log_count, step * float(columns[j] @ y)))
    return families


def _whole_steps(values: Floats) -> tuple[float, Integers]:
    """Write values as a number of steps above the smallest, the step as large as possible."""
    above = values - values.min()
    same = SAME * above.max()
    step = 0.0
    # greatest common divisor of the values
    for value in np.unique(above):
        while value > same:  # Euclid's algorithm, in which nearly equal is equal
            rest = step % value
            step, value = value, rest if value - rest > same else 0.0
    return step, np.rint(above / step).astype(np.int64)


def _count_ways(x: Integers, y: Floats, stratum: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Possible values of the last statistic, all others fixed, and the log of the ways to each.

    A state holds the events still to be placed in the stratum, what each fixed statistic still
    lacks, and the value reached by the free one. They are digits of a single whole number.
    """
    rows, pattern = np.unique(np.column_stack([stratum, x]), axis=0, return_inverse=True)
    size = np.bincount(pattern.ravel())
    total = np.bincount(stratum, weights=y).astype(np.int64)
    fixed = [int(column @ y) for column in x.T[:-1]]
    digits = [int(total.max()) + 1, *(value + 1 for value in fixed), int(x[:, -1].sum()) + 1]
    if math.prod(digits) > 2**62:
        raise OverflowError(Remark("several predictors have too many different values"))
    place = [math.prod(digits[:column]) for column in range(len(digits))]
    fixed_columns = range(1, len(digits) - 1)
    state, log_ways = np.array([np.dot(fixed, place[1:-1])]), np.zeros(1)
    # the multivariate shift algorithm: patterns enter one after the other, each state is
    # shifted by k events of the pattern, of which there are C(size, k) ways; states that
    # cannot reach the fixed statistics any more are dropped (Hirji, Mehta and Patel, JASA
    # 1987;82:1110-7)
    for g, (low, high) in enumerate(_reach(rows, size, total)):
        if g == 0 or rows[g, 0] != rows[g - 1, 0]:
            state = state + total[rows[g, 0]]
        left, lacks = state % digits[0], [state // place[c] % digits[c] for c in fixed_columns]
        shift = -1 + np.dot(rows[g, 1:], [*(-p for p in place[1:-1]), place[-1]])
        reached, ways = [], []
        for k in range(size[g] + 1):
            after = np.clip(left - k, 0, len(low) - 1)
            possible = after == left - k
            for column, lack in enumerate(lacks):
                lack = lack - k * rows[g, column + 1]
                possible &= (low[after, column] <= lack) & (lack <= high[after, column])
            reached.append(state[possible] + k * shift)
            # log C(size, k), but for log size!, a constant
            ways.append(log_ways[possible] - gammaln(k + 1) - gammaln(size[g] - k + 1))
        if sum(map(len, reached)) > MAX_STATES:
            raise OverflowError(
                Remark("there are too many predictors, or one has too many different values")
            )
        state, log_ways = _merge(np.concatenate(reached), np.concatenate(ways))
    return (state // place[-1]).astype(float), log_ways


def _reach(rows: Integers, size: Integers, total: Integers) -> list[tuple[Integers, Integers]]:
    """Smallest and largest sums that the patterns after each one can still contribute.

    A pair of tables for each pattern: a row for every number of events left in its stratum, a
    column for each fixed statistic.
    """
    stratum, x = rows[:, 0], rows[:, 1:-1]
    later = np.zeros((2, x.shape[1]), dtype=np.int64)
    reach = []
    for g in range(len(rows) - 1, -1, -1):
        after = (stratum == stratum[g]) & (np.arange(len(rows)) > g)
        low, high = _sums(x[after], size[after])
        reach.append((low + later[0], high + later[1]))
        if g == 0 or stratum[g - 1] != stratum[g]:
            here = stratum == stratum[g]
            later += [sums[total[stratum[g]]] for sums in _sums(x[here], size[here])]
    return reach[::-1]


def _sums(x: Integers, size: Integers) -> tuple[Integers, Integers]:
    """Smallest and largest sum of each column over 0, 1, 2, … of the patients."""
    each = np.sort(np.repeat(x, size, axis=0), axis=0)
    none = np.zeros((1, x.shape[1]), dtype=np.int64)
    return np.vstack([none, each.cumsum(axis=0)]), np.vstack([none, each[::-1].cumsum(axis=0)])


def _merge(state: Integers, log_ways: Floats) -> tuple[Integers, Floats]:
    """Add up the ways to equal states."""
    order = np.argsort(state)
    state, log_ways = state[order], log_ways[order]
    first = np.flatnonzero(np.r_[True, state[1:] != state[:-1]])
    largest = np.maximum.reduceat(log_ways, first)
    ways = np.exp(log_ways - np.repeat(largest, np.diff(np.r_[first, len(state)])))
    return state[first], largest + np.log(np.add.reduceat(ways, first))
