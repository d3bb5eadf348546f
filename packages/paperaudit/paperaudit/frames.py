"""A check over a frame of cases."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pandas as pd

from paperaudit.granularity import debit, grim, grimmer
from paperaudit.interval_checks import check_difference
from paperaudit.number_checks import check_percent, check_ratio
from paperaudit.p_values import check_p_of_counts, check_p_of_means
from paperaudit.reported_tests import check_statistic
from paperaudit.spreads import check_spread

CHECKS: dict[str, Callable[..., Any]] = {
    "percent": check_percent,
    "p of counts": check_p_of_counts,
    "p of means": check_p_of_means,
    "ratio": check_ratio,
    "grim": grim,
    "grimmer": grimmer,
    "debit": debit,
    "statistic": check_statistic,
    "difference": check_difference,
    "spread": check_spread,
}


def check_frame(frame: pd.DataFrame, check: str) -> pd.DataFrame:
    """Run one check on every row of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row a case. Its columns are named as the arguments of the check (``printed``, ``n``,
        ``total`` of `check_percent`, say); printed numbers are strings. Others are left alone.
    check : str
        One of `CHECKS`.

    Returns
    -------
    pandas.DataFrame
        The frame, with a column for each part of the check's result, and ``consistent``.

    Raises
    ------
    ValueError
        For an unknown check, and naming every column that is missing, and every row that cannot
        be checked with the reason.

    Examples
    --------
    >>> frame = pd.DataFrame({"printed": ["69.5", "65"], "n": [16, 16], "total": [23, 23]})
    >>> check_frame(frame, "percent")[["printed", "n", "rules", "consistent"]]
      printed   n         rules  consistent
    0    69.5  16  (truncated,)        True
    1      65  16            ()       False
    """
    if check not in CHECKS:
        raise ValueError(f"check {check!r} is not one of {', '.join(map(repr, CHECKS))}")
    arguments = inspect.signature(CHECKS[check]).parameters
    needed = [name for name, a in arguments.items() if a.default is inspect.Parameter.empty]
    missing = [name for name in needed if name not in frame]
    if missing:
        raise ValueError(f"the check {check!r} needs columns that are not there: {missing}")
    given = [name for name in arguments if name in frame]
    results, problems = [], []
    for row, case in zip(frame.index, frame[given].to_dict("records"), strict=True):
        try:
            result = CHECKS[check](**{str(name): value for name, value in case.items()})
        except (ValueError, TypeError) as error:
            problems.append(f"row {row}: {error}")
        else:
            results.append({**asdict(result), "consistent": result.consistent})
    if problems:
        raise ValueError("\n".join([f"{len(problems)} row(s) cannot be checked", *problems]))
    return frame.join(pd.DataFrame(results, index=frame.index))
