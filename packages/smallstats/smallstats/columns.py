"""What a column of an analysis frame is, and its values as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.remarks import Remark, joined

SMALLEST, LARGEST = 1e-100, 1e100
"""Numbers beyond these cannot be squared and summed."""

Floats = NDArray[np.float64]


def column_kind(column: pd.Series) -> str:
    """Return the kind of a column: ``binary``, ``category``, ``ordinal`` or ``number``.

    Boolean columns, and numeric columns that hold only 0 and 1, are binary. Other numeric columns
    are numbers. Ordered categoricals are ordinal, unordered ones are categories.

    Raises
    ------
    ValueError
        For any other column (text, dates, lists), for categoricals without a category, and for
        infinite numbers.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        if column.dtype.categories.empty:
            raise ValueError(
                Remark("column {term!r} has no value and no category", term=column.name)
            )
        return "ordinal" if column.dtype.ordered else "category"
    if pd.api.types.is_bool_dtype(column.dtype):
        return "binary"
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind == "c":
        raise ValueError(
            Remark(
                "column {term!r} has type {kind}: allowed are boolean, 0/1, numeric and "
                "categorical columns",
                term=column.name, kind=str(column.dtype),
            )
        )  # fmt: skip
    values = _floats(column)
    if np.isinf(values).any():
        raise ValueError(Remark("column {term!r} has infinite values", term=column.name))
    return "binary" if np.isin(values[~np.isnan(values)], (0.0, 1.0)).all() else "number"


def numeric_values(column: pd.Series) -> Floats:
    """Return the values of a binary (0 and 1) or numeric column as floats, NaN where missing."""
    if column_kind(column) not in ("binary", "number"):
        raise ValueError(f"column {column.name!r} is categorical, not binary or a number")
    return _floats(column)


def binary_values(column: pd.Series, *, role: str = "column") -> Floats:
    """Return the values of a binary column as 0 and 1, NaN where missing.

    Raises
    ------
    ValueError
        If the column is not boolean or 0/1; the message gives some of its values.
    """
    try:
        if column_kind(column) == "binary":
            return _floats(column)
    except ValueError:
        pass
    some = ", ".join(map(repr, column.dropna().unique().tolist()[:4]))
    raise ValueError(f"{role} {column.name!r} is not binary (boolean or 0/1): it has {some}, …")


def check_columns(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """List the columns that a frame does not have, or has more than once."""
    present = frame.columns.tolist()
    problems = []
    for name in names:
        count = present.count(name)
        if count == 0:
            problems.append(f"there is no column {name!r}")
        elif count > 1:
            problems.append(f"there are {count} columns named {name!r}")
    return problems


def check_magnitudes(frame: pd.DataFrame) -> list[str]:
    """List the columns whose numbers, or their range, are too large or too small to compute."""
    problems = list[str]()
    for name, column in frame.items():
        if column_kind(column) != "number":
            continue
        values = _floats(column.dropna())
        largest = np.abs(values).max()
        spread = np.ptp(values) if largest <= LARGEST else np.inf
        if largest > LARGEST or 0 < spread < SMALLEST or largest < SMALLEST:
            problems.append(
                Remark(
                    "column {term!r} has numbers, or differences, beyond {low} and {high}: "
                    "give it in another unit",
                    term=name, low=f"{SMALLEST:g}", high=f"{LARGEST:g}",
                )
            )  # fmt: skip
    return problems


def refuse(problems: Sequence[str]) -> None:
    """Raise one ValueError that lists every problem, if there is any."""
    if problems:
        raise ValueError(joined(problems))


def _floats(column: pd.Series) -> Floats:
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
