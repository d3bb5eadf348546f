"""Missing values: where they are, which come together, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smallstats.columns import check_columns, refuse


def missing_patterns(frame: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    """List which values are missing together, a row a pattern, the commonest first.

    The row in which nothing is missing counts the complete cases; it is always there, also with
    a count of 0.

    Returns
    -------
    pandas.DataFrame
        `missing` (the variables without a value, a tuple in the order given; empty for complete
        cases), `variables` (how many they are), `n` (rows with this pattern), `percent` (of all
        rows).

    Raises
    ------
    ValueError
        Naming every column that is absent or there more than once, and for no variables or rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"ck": [1.0, None, 2.0, None], "emg": [1, 0, None, None]})
    >>> missing_patterns(frame, ["ck", "emg"])[["missing", "n"]]
         missing  n
    0         ()  1
    1      (ck,)  1
    2     (emg,)  1
    3  (ck, emg)  1
    """
    absent = _absent(frame, variables)
    rows = {
        tuple(absent.columns[np.array(pattern)]): int(n)
        for pattern, n in absent.value_counts(sort=False).items()
    }
    order = {name: i for i, name in enumerate(absent.columns)}
    rows.setdefault((), 0)
    patterns = sorted(rows, key=lambda p: (-rows[p], len(p), [order[name] for name in p]))
    return pd.DataFrame(
        {
            "missing": pd.Series(patterns, dtype=object),
            "variables": [len(pattern) for pattern in patterns],
            "n": [rows[pattern] for pattern in patterns],
            "percent": [100 * rows[pattern] / len(frame) for pattern in patterns],
        }
    )


def _absent(frame: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    names = list(dict.fromkeys([variables] if isinstance(variables, str) else variables))
    refuse(["no variables are given"] * (not names) + check_columns(frame, names))
    refuse(["the frame has no rows"] * frame.empty)
    return frame[names].isna()
