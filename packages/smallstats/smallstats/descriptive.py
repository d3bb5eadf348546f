"""Describing a cohort: counts of what is binary or categorical, moments of what is a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.columns import check_columns, column_kind, numeric_values, refuse

COUNTS = ("n", "total", "missing")

Floats = NDArray[np.float64]


def describe_frame(
    frame: pd.DataFrame, variables: Sequence[str], *, labels: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Describe variables, one row each, and one row a level for more than two categories.

    Missing values are counted and are in no denominator. Of a category with two levels the
    second is counted, as is True of a binary variable.

    Returns
    -------
    pandas.DataFrame
        `variable`, `label`, `level` (of a category, else empty), `kind` (``binary``, ``category``,
        ``ordinal``, ``number``), `n` (patients with it; NA for numbers), `total` (patients with a
        value), `percent` (of `total`), `mean`, `sd` (divisor n - 1), `median`, `q1`, `q3`
        (quantiles by linear interpolation, R's type 7), `min`, `max`, `missing`.

    Raises
    ------
    ValueError
        Naming every column that is absent or neither binary, categorical nor a number.

    Examples
    --------
    >>> frame = pd.DataFrame({"female": [1, 0, 1, None], "age": [4.0, 7.0, 10.0, 11.0]})
    >>> describe_frame(frame, ["female", "age"])[["variable", "n", "total", "percent", "mean"]]
      variable     n  total    percent  mean
    0   female     2      3  66.666667   NaN
    1      age  <NA>      4        NaN   8.0
    """
    rows = [
        {"variable": name, "label": (labels or {}).get(name, name), "kind": kind, **row}
        for name, kind in variable_kinds(frame, variables).items()
        for row in (_numbers(frame[name]) if kind == "number" else _counts(frame[name]))
    ]
    columns = "variable label level kind n total percent mean sd median q1 q3 min max missing"
    table = pd.DataFrame(rows, columns=columns.split())
    for name in COUNTS:  # of a few rows, a third of the time of `astype` of the whole table
        table[name] = table[name].astype("Int64")
    table["level"] = table["level"].astype(object)
    return table


def variable_kinds(frame: pd.DataFrame, variables: Sequence[str]) -> dict[str, str]:
    """Kind of each variable; one ValueError for all that cannot be used."""
    refuse(check_columns(frame, variables))
    kinds, problems = {}, []
    for name in variables:
        try:
            kinds[name] = column_kind(frame[name])
        except ValueError as error:
            problems.append(error.args[0])
    refuse(problems)
    return kinds


def level_indicators(column: pd.Series) -> dict[str, pd.Series]:
    """List the yes/no questions a column answers, missing where it is missing.

    One, named "", for a binary column; the second level of two; every level of more than two.
    """
    present, levels = level_masks(column)
    return {
        level: pd.Series(np.where(present, held, np.nan), index=column.index)
        for level, held in levels.items()
    }


def level_masks(column: pd.Series) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.bool_]]]:
    """Say who has a value, and who has the level of each question of `level_indicators`.

    Examples
    --------
    >>> level_masks(pd.Series([True, False, None], dtype="boolean"))
    (array([ True,  True, False]), {'': array([ True, False, False])})
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = numeric_values(column)
        return ~np.isnan(values), {"": values == 1}
    codes, levels = column.cat.codes.to_numpy(), column.cat.categories
    first = 1 if len(levels) == 2 else 0
    return codes >= 0, {str(levels[i]): codes == i for i in range(first, len(levels))}


def quantiles(values: Floats, at: Sequence[float]) -> list[float]:
    """Give quantiles by linear interpolation (R's type 7); NaN of no values.

    Examples
    --------
    >>> quantiles(np.array([1.0, 2.0, 4.0]), [0.25, 0.5])
    [1.5, 2.0]
    """
    if not len(values):
        return [np.nan] * len(at)
    result: list[float] = np.percentile(values, np.multiply(at, 100)).tolist()
    return result


def in_own_units(values: NDArray[np.floating[Any]]) -> tuple[Floats, float, int]:
    """Give values as they are to be summed and squared, whatever their scale.

    Returns
    -------
    v, centre, exponent
        The values are ``(centre + v) * 2**exponent``: the largest is about 1, and the first has
        ``v`` of 0. Of values that are near one another this loses no digit.
    """
    if not len(values):
        return np.zeros(0), 0.0, 0
    exponent = int(np.frexp(np.abs(values).max())[1])
    scaled: Floats = np.ldexp(values, -exponent).astype(np.float64)
    return scaled - scaled[0], float(scaled[0]), exponent


def mean_and_sd(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Mean and standard deviation (divisor n - 1), at any scale; NaN where there are too few.

    Examples
    --------
    >>> mean_and_sd(np.array([1e300, 3e300])), mean_and_sd(np.array([0.1, 0.1, 0.1]))
    ((2e+300, 1.4142135623730952e+300), (0.1, 0.0))
    """
    v, centre, exponent = in_own_units(values)
    mean = float(np.ldexp(centre + v.mean(), exponent)) if len(v) else np.nan
    return mean, float(np.ldexp(v.std(ddof=1), exponent)) if len(v) > 1 else np.nan


def _counts(column: pd.Series) -> list[dict[str, object]]:
    present, levels = level_masks(column)
    total = int(present.sum())
    return [
        {
            "level": level,
            "n": (n := int(held.sum())),
            "total": total,
            "percent": 100 * n / total if total else np.nan,
            "missing": len(column) - total,
        }
        for level, held in levels.items()
    ]


def _numbers(column: pd.Series) -> list[dict[str, object]]:
    values = numeric_values(column)
    values = values[~np.isnan(values)]
    quartiles = quantiles(values, [0, 0.25, 0.5, 0.75, 1])
    mean, sd = mean_and_sd(values)
    return [
        {
            "level": "",
            "total": len(values),
            "mean": mean,
            "sd": sd,
            **dict(zip(("min", "q1", "median", "q3", "max"), quartiles, strict=True)),
            "missing": len(column) - len(values),
        }
    ]
