"""Tests of counts, by scipy alone: what the authors of invented papers may have used."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import gammaln
from scipy.stats.contingency import expected_freq

SUITABLE = "Pearson or Fisher"  # as expected counts allow
MOST = 200_000  # tables that an exact test may list


def pearson(table: Any) -> float:
    """Return Pearson's p, without a correction."""
    return float(stats.chi2_contingency(table, correction=False)[1])


def likelihood_ratio(table: Any) -> float:
    """Return the p of the likelihood ratio (G)."""
    return float(stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")[1])


def _yates(table: Any) -> float:
    return float(stats.chi2_contingency(table, correction=True)[1])


def _fisher(table: Any) -> float:
    return float(stats.fisher_exact(table)[1])


def _mid_p(table: Any) -> float:
    """Two-sided Fisher, with half the probability of the table and of those as probable."""
    (a, c), (b, d) = table
    x = np.arange(a + b + 1)
    chances = stats.hypergeom(a + b + c + d, a + b, a + c).pmf(x)
    same = np.isclose(chances, chances[a], rtol=1e-9, atol=0)
    return float(chances[(chances < chances[a]) & ~same].sum() + chances[same].sum() / 2)


def freeman_halton(table: Any) -> float | None:
    """Return Fisher's exact p of a table with two rows or columns, if it is small enough to list.

    Examples
    --------
    R's ``fisher.test(matrix(c(4, 37, 0, 41, 0, 41), 2))`` gives 0.0334643.

    >>> round(freeman_halton([[4, 0, 0], [37, 41, 41]]), 7)
    0.0334643
    """
    cells = np.asarray(table)
    rows = cells if cells.shape[1] == 2 else cells.T
    if rows.shape[1] != 2:
        return None
    sizes, chosen = rows.sum(axis=1), int(rows[:, 0].sum())
    if prod(int(n) + 1 for n in sizes[:-1]) > MOST:
        return None
    first = np.stack(np.meshgrid(*(np.arange(n + 1) for n in sizes[:-1])), -1)
    first = first.reshape(-1, len(sizes) - 1)
    last = chosen - first.sum(axis=1)
    every = np.column_stack([first, last])[(last >= 0) & (last <= sizes[-1])]
    log = (gammaln(sizes + 1) - gammaln(every + 1) - gammaln(sizes - every + 1)).sum(axis=1)
    chance = np.exp(log - log.max())
    own = chance[(every == rows[:, 0]).all(axis=1)][0]
    return float(chance[chance <= own * (1 + 1e-7)].sum() / chance.sum())


def trend(table: Any) -> float:
    """Return the p of a linear trend over the rows of a table with two columns (Armitage's).

    Examples
    --------
    R's ``prop.trend.test(c(2, 5, 9), c(20, 20, 20))`` gives 0.01232015.

    >>> round(trend([[2, 18], [5, 15], [9, 11]]), 7)
    0.0123201
    """
    cells = np.asarray(table)
    scores, sizes = np.arange(len(cells)), cells.sum(axis=1)
    n, yes = sizes.sum(), cells[:, 0].sum()
    above = (scores * cells[:, 0]).sum() - yes * (scores * sizes).sum() / n
    spread = (scores**2 * sizes).sum() - (scores * sizes).sum() ** 2 / n
    return float(stats.chi2.sf(above**2 / (spread * yes * (n - yes) / n**2), 1))


#: Tests of a 2x2 table, a row a group.
TESTS: dict[str, Callable[[Any], float]] = {
    "pearson": pearson, "yates": _yates, "fisher": _fisher, "mid_p": _mid_p,
    "likelihood_ratio": likelihood_ratio,
}  # fmt: skip


def p_of_counts(name: str, table: Any) -> float:
    """Return the p that authors of the habit *name* print of a table, however many rows it has.

    A larger table has no correction and no mid-p: Pearson's test stands for them, and for an
    exact test that would list too many tables.
    """
    cells = np.asarray(table)
    if name == SUITABLE:
        name = "pearson" if expected_freq(cells).min() >= 5 else "fisher"
    if cells.shape == (2, 2):
        return TESTS[name](cells)
    if name == "fisher" and (exact := freeman_halton(cells)) is not None:
        return exact
    return likelihood_ratio(cells) if name == "likelihood_ratio" else pearson(cells)
