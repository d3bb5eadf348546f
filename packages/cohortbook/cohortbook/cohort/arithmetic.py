"""Numbers that are computed from others: differences, ratios, sums, logarithms, BMI, bands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.cohort.spec import as_number

if TYPE_CHECKING:
    from cohortbook.cohort.spec import Derive, Spec, Texts

ARITHMETIC = ("difference", "ratio", "sum", "log", "bmi", "bands")
"""Operators of `derive:` that compute with numbers."""

METRES = 3.0
"""A height below this is in metres, where no unit says so."""


def compute(derive: Derive, columns: dict[str, Any], spec: Spec) -> Any:
    """Compute a derived number, or the bands of one; missing where an input is.

    A ratio to zero and a logarithm of what is not above zero are missing, too.
    """
    ((operator, operand, _),) = derive.filled
    inputs = [columns[name].astype(float) for name in derive.inputs]
    match operator:
        case "difference":
            return inputs[0] - inputs[1]
        case "ratio":
            return inputs[0] / inputs[1].mask(inputs[1] == 0)
        case "sum":
            return sum(inputs[1:], start=inputs[0])
        case "log":
            return np.log(inputs[0].mask(inputs[0] <= 0))
        case "bmi":
            return inputs[0] / _in_metres(inputs[1], spec.variables[derive.inputs[1]].unit) ** 2
    (cuts,) = operand.values()
    edges = [-np.inf, *map(float, cuts), np.inf]
    return pd.cut(inputs[0], edges, right=False, labels=band_names(cuts), ordered=True)


def cannot(derive: Derive, columns: dict[str, Any], result: Any) -> Any:
    """Return for whom all inputs are known and the result is not."""
    complete = pd.concat([columns[name].notna() for name in derive.inputs], axis=1).all(axis=1)
    return complete & result.isna()


def band_names(cuts: Texts) -> list[str]:
    """Name the bands between some numbers; each begins with its lower end.

    Examples
    --------
    >>> band_names(("50", "65"))
    ['<50', '50 to <65', '≥65']
    """
    between = [f"{low} to <{high}" for low, high in pairwise(cuts)]
    return [f"<{cuts[0]}", *between, f"≥{cuts[-1]}"]


def wrong_cuts(cuts: Texts) -> bool:
    """Check whether these are not numbers that rise."""
    numbers = [as_number(cut) for cut in cuts]
    finite = [number for number in numbers if number is not None and np.isfinite(number)]
    return len(finite) < len(cuts) or not cuts or any(a >= b for a, b in pairwise(finite))


def _in_metres(height: pd.Series[Any], unit: str) -> pd.Series[Any]:
    """Give heights in metres, as the unit says, else as their size does."""
    height = height.mask(height <= 0)
    metres = unit == "m" or (unit != "cm" and float(height.median()) < METRES)
    return height if metres else height / 100
