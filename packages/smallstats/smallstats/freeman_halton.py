"""Fisher's exact test of tables with more than two rows or columns.

``scipy.stats.fisher_exact`` samples such tables; here all of them are counted.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from smallstats.columns import refuse

TIES = 1e-7  # tables whose probabilities differ by less than this part are equally probable (R)
LIMIT = 1 << 24  # partial tables held in memory at a time

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def fisher_rxc(table: ArrayLike) -> float:
    """Compute p of Fisher's exact test of an r x c table (Freeman and Halton).

    Tables with the same margins are filled column by column, half of the columns at a time; those
    that have the same left to fill and the same probability so far go on together.

    Parameters
    ----------
    table
        Counts; rows and columns without patients make no difference.

    Returns
    -------
    float
        Probability of the tables that are no more probable than the given one; 1 where there is
        no more than one row or column with patients.

    Raises
    ------
    ValueError
        For a table that has not two dimensions or not whole numbers from 0 on, and one with too
        many tables to count: use a chi-square test.

    References
    ----------
    Freeman GH, Halton JH. Note on an exact treatment of contingency, goodness of fit and other
    problems of significance. Biometrika 1951;38:141-9.

    Examples
    --------
    >>> round(fisher_rxc([[3, 1, 4], [1, 5, 2]]), 4)
    0.2308
    """
    given = np.asarray(table)
    if given.ndim != 2 or given.dtype.kind not in "iu" or (given < 0).any():
        refuse(["the table must have two dimensions, and whole numbers from 0 on"])
    counts = given.astype(np.int64)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if min(counts.shape) < 2:
        return 1.0
    counts = counts.T if counts.shape[0] > counts.shape[1] else counts
    log_factorial = gammaln(np.arange(counts.sum() + 1) + 1.0)
    rows, columns = counts.sum(axis=1), np.sort(counts.sum(axis=0))[::-1]
    halves = []
    for half in (columns[::2], columns[1::2]):
        part = rows[None], np.zeros(1), np.ones(1)
        for total in half:
            part = _fill(*part, int(total), log_factorial)
        halves.append(part)
    return _join(halves, rows, -log_factorial[counts].sum() + TIES)


def _join(halves: list[tuple[Counts, Floats, Floats]], rows: Counts, limit: float) -> float:
    """Put together the two halves of every table, one using up what the other leaves.

    Of each group of halves that fit, one side is sorted: which tables are as extreme is then a
    place in its order, and their mass a cumulative sum.
    """
    (left, log_p, ways), (other, other_log_p, other_ways) = halves
    place = (int(rows.max()) + 1) ** np.arange(len(rows))
    key, other_key = left @ place, (rows - other) @ place
    order, other_order = np.argsort(key, kind="stable"), np.lexsort((other_log_p, other_key))
    key, log_p, own = key[order], log_p[order], ways[order]
    own = own * np.exp(log_p - log_p.max())
    other_key, other_log_p = other_key[other_order], other_log_p[other_order]
    theirs = other_ways[other_order] * np.exp(other_log_p - other_log_p.max())
    both = np.intersect1d(key, other_key)
    spans = (np.searchsorted(k, both, side) for k in (key, other_key) for side in ("left", "right"))
    total = extreme = 0.0
    for start, end, first, last in zip(*spans, strict=True):
        mass = np.r_[0.0, np.cumsum(theirs[first:last])]  # the smallest first: no digits are lost
        stop = np.searchsorted(other_log_p[first:last], limit - log_p[start:end], "right")
        total += float(own[start:end].sum() * mass[-1])
        extreme += float(own[start:end] @ mass[stop])
    return min(1.0, extreme / total)


def _fill(
    left: Counts, log_p: Floats, ways: Floats, total: int, log_factorial: Floats
) -> tuple[Counts, Floats, Floats]:
    """Fill one column of every partial table in every way."""
    first = [range(min(total, int(most)) + 1) for most in left[:, :-1].max(axis=0)]
    if prod(map(len, first)) * len(left) > LIMIT * left.shape[1]:
        refuse(["there are too many tables with these margins: use a chi-square test"])
    columns = np.array(list(product(*first)))
    columns = np.column_stack([columns, total - columns.sum(axis=1)])
    columns = columns[columns[:, -1] >= 0]
    fits = np.ones((len(left), len(columns)), dtype=bool)
    for have, use in zip(left.T, columns.T, strict=True):
        fits &= have[:, None] >= use
    old, new = np.nonzero(fits)
    left = left[old] - columns[new]
    log_p = (log_p[old] - log_factorial[columns].sum(axis=1)[new]).round(9)
    base = int(left.max()) + 1
    state = left @ base ** np.arange(left.shape[1])
    order = np.lexsort((log_p, state))
    differs = (np.diff(state[order]) != 0) | (np.diff(log_p[order]) != 0)
    starts = np.r_[0, 1 + np.flatnonzero(differs)]
    return left[order][starts], log_p[order][starts], np.add.reduceat(ways[old][order], starts)
