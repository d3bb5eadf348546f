"""p values of a family of tests, adjusted for how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from jdm_utils.stats.columns import refuse

METHODS = ("holm", "bh")


def adjust_p(p: pd.Series[float] | Sequence[float], *, method: str = "holm") -> pd.Series[float]:
    """Adjust the p values of a family of tests.

    Parameters
    ----------
    p
        The p values, a Series or a list; a missing one is no member of the family, and stays
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
    problems += [f"p has {value!r}, which is no probability" for value in outside]
    refuse(problems)
    known = np.flatnonzero(~np.isnan(values))
    order, m = known[np.argsort(values[known], kind="stable")], len(known)
    rank, adjusted = np.arange(1, m + 1), values.copy()
    if method == "holm":
        adjusted[order] = np.maximum.accumulate(values[order] * (m - rank + 1))
    else:
        adjusted[order] = np.minimum.accumulate((values[order] * m / rank)[::-1])[::-1]
    return pd.Series(np.minimum(adjusted, 1), index=p.index, name=p.name)
