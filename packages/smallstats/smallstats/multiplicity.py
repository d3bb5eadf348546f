"""A family of tests: p values adjusted for how many, and the chance of a false positive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smallstats.columns import refuse
from smallstats.fourfold import P_VALUES, agreeing_p_values, table_p_values
from smallstats.score_limits import n_minus_1_p
from smallstats.univariate import BINARY_TESTS, COUNTS

METHODS = ("holm", "bh")
_KEYS = {name: key for key, name in BINARY_TESTS.items()}


def adjust_p(p: pd.Series[float] | Sequence[float], *, method: str = "holm") -> pd.Series[float]:
    """Adjust the p values of a family of tests.

    Parameters
    ----------
    p
        The p values, a Series or a list; a missing one is not a member of the family, and stays
        missing.
    method
        ``holm``: the chance of one false positive or more (Holm). ``bh``: the expected share of
        false positives among the positives (Benjamini and Hochberg).

    Returns
    -------
    pandas.Series
        Adjusted p, with the index and name of `p` if it has them.

    Raises
    ------
    ValueError
        For an unknown method, and values that are no probabilities.

    References
    ----------
    Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.
    Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat Soc B 1995;57:289-300.

    Examples
    --------
    >>> adjust_p(pd.Series([0.01, 0.04, None, 0.03])).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    problems = []
    if method not in METHODS:
        problems.append(f"method={method!r} is not one of {', '.join(map(repr, METHODS))}")
    p = p if isinstance(p, pd.Series) else pd.Series(p, dtype=float)
    values = p.to_numpy(dtype=float, na_value=np.nan)
    outside = values[(values < 0) | (values > 1)].tolist()
    problems += [f"p has {value!r}, which is not a probability" for value in outside]
    refuse(problems)
    present = np.flatnonzero(~np.isnan(values))
    order, m = present[np.argsort(values[present], kind="stable")], len(present)
    rank, adjusted = np.arange(1, m + 1), values.copy()
    if method == "holm":
        adjusted[order] = np.maximum.accumulate(values[order] * (m - rank + 1))
    else:
        adjusted[order] = np.minimum.accumulate((values[order] * m / rank)[::-1])[::-1]
    return pd.Series(np.minimum(adjusted, 1), index=p.index, name=p.name)


def chance_of_any(comparison: pd.DataFrame, alpha: float = 0.05) -> float:
    """Chance that one test of a table or more gives p of at most `alpha`, if nothing is associated.

    A test of counts has fewer than `alpha` false positives, as few tables are possible; the
    smaller the counts, the fewer. `chances` says how often each test has one. They are combined as
    if the variables were independent: 1 less the product of the chances of none.

    Parameters
    ----------
    comparison, alpha
        As for `chances`.

    Returns
    -------
    float
        The chance; 0 if nothing is tested.

    Raises
    ------
    ValueError
        As `chances`.

    Examples
    --------
    With 8 exposed among 23 and 31 patients, Fisher's test has a false positive in 1.5% of tables.

    >>> row = {"variable": "a", "test": "Fisher exact", "p": 0.008}
    >>> row |= {"n_with": 7, "total_with": 23, "n_without": 1, "total_without": 31}
    >>> round(chance_of_any(pd.DataFrame([row])), 3)
    0.015
    """
    return float(1 - np.prod(1 - chances(comparison, alpha)["chance"]))


def chances(comparison: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """Return the chance of a false positive for each question that a comparison asks.

    Of a 2x2 table all tables with its margins are listed; the chance is the hypergeometric
    probability of those whose p, by the test that the row names, is at most `alpha`. Tests of
    means, ranks and more than two levels are taken to have the chance `alpha`. The levels of a
    variable are one question. So are two rows of which one counts the patients that the other does
    not (strength IV, and strength I to III): the first is kept.

    Parameters
    ----------
    comparison
        As from `compare_frame`; of its columns `variable`, `n_with`, `total_with`, `n_without`,
        `total_without`, `test` and `p` are read. Rows without p were not tested and do not count.
    alpha
        A p of at most this is positive.

    Returns
    -------
    pandas.DataFrame
        One row a question, in the order given: `variable`, `test`, `chance`.

    Raises
    ------
    ValueError
        If `alpha` is not a probability.

    Examples
    --------
    >>> rows = {"variable": ["iv", "i to iii"], "test": "Pearson chi-square", "p": 0.78}
    >>> rows |= {"n_with": [11, 12], "total_with": 23, "n_without": [16, 15], "total_without": 31}
    >>> chances(pd.DataFrame(rows)).round(3)
      variable                test  chance
    0       iv  Pearson chi-square   0.027
    """
    refuse([f"alpha={alpha!r} is not between 0 and 1"] * (not 0 < alpha < 1))
    tested = comparison[comparison["p"].notna()]
    rows = []
    asked: set[tuple[int, ...]] = set()
    for (variable, test), levels in tested.groupby(["variable", "test"], sort=False):
        chance, method = alpha, _KEYS.get(str(test))
        if method and len(levels) == 1 and levels[COUNTS].notna().all(axis=None):
            a, n1, b, n0 = levels[COUNTS].iloc[0].astype(int).tolist()
            if (n1 - a, n1, n0 - b, n0) in asked:
                continue
            asked.add((a, n1, b, n0))
            chance = _chance_of_table(a + b, n1, n0, method, alpha)
        rows.append({"variable": variable, "test": test, "chance": chance})
    return pd.DataFrame(rows, columns=["variable", "test", "chance"])


def _chance_of_table(m: int, n1: int, n0: int, method: str, alpha: float) -> float:
    """Chance of p <= alpha among the tables in which `m` of n1 + n0 patients have a finding."""
    from scipy.stats import hypergeom

    a = np.arange(max(0, m - n0), min(m, n1) + 1)
    if method == "n_minus_1":
        p = n_minus_1_p(a, np.full_like(a, n1), m - a, np.full_like(a, n0))
    else:
        every = table_p_values if method in P_VALUES else agreeing_p_values
        p = every(a, n1, m - a, n0)[method].to_numpy()
    positive = p <= alpha
    return float(hypergeom.pmf(a, n1 + n0, n1, m)[positive].sum())
