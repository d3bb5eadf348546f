"""Restricted cubic splines: a curve of a number that is straight beyond its outer knots."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.columns import refuse
from smallstats.remarks import Remark

Floats = NDArray[np.float64]

KNOTS = {
    3: (0.10, 0.5, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.5, 0.725, 0.95),
}
"""Quantiles at which knots are put, by how many they are (Harrell)."""


def spline_knots(values: Floats, knots: int) -> Floats:
    """Put knots at quantiles of the known values.

    Raises
    ------
    ValueError
        For another number of knots than 3, 4 or 5, and where knots would fall together.
    """
    refuse([f"knots={knots!r} is not 3, 4 or 5"] * (knots not in KNOTS))
    present = values[~np.isnan(values)]
    refuse([Remark("the spline has no values")] * (not len(present)))
    places = np.quantile(present, KNOTS[knots])
    few = Remark("too few different values for a spline")
    refuse([few] * (len(np.unique(places)) < knots))
    return places


def restricted_cubic(values: Floats, knots: Floats) -> Floats:
    """Return the curved columns of a restricted cubic spline; the number is the straight one.

    Parameters
    ----------
    values
        NaN where missing.
    knots
        Three or more, rising.

    Returns
    -------
    array
        A row a value and two columns fewer than knots, divided by the square of the distance of
        the outer knots (so that they are of the size of the values).

    References
    ----------
    Durrleman S, Simon R. Flexible regression models with cubic splines. Stat Med 1989;8:551-61.
    Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, section 2.4.5.

    Examples
    --------
    >>> restricted_cubic(np.array([1.0, 5.0, 9.0]), np.array([2.0, 5.0, 8.0])).round(3).tolist()
    [[0.0], [0.75], [6.0]]
    """
    last, before = knots[-1], knots[-2]
    size = (last - knots[0]) ** 2

    def cube(knot: float) -> Floats:
        return np.asarray(np.maximum(values - knot, 0.0) ** 3)

    columns = [
        cube(knot)
        - cube(before) * (last - knot) / (last - before)
        + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    curved: Floats = np.column_stack(columns) / size
    curved[np.isnan(values)] = np.nan
    return curved


def contrasted_spline(
    column: pd.Series, knots: int, *, observed: pd.Series | None = None
) -> tuple[dict[str, Floats], tuple[float, float]]:
    """Return spline columns, the coefficient of the first the contrast between the quartiles.

    The columns span the same curves as the number and `restricted_cubic`. The coefficient of the
    first is what the upper quartile differs by from the lower; the others are zero where the curve
    is a straight line. Knots and quartiles are those of the column, or of the values
    `observed` before others were imputed.

    Returns
    -------
    columns : dict
        By name: that of the column, and with ``'`` for each that is curved.
    quartiles : tuple
        The lower and the upper.

    Raises
    ------
    ValueError
        As `spline_knots`.
    """
    values = column.to_numpy(dtype=float, na_value=np.nan)
    given = values if observed is None else observed.to_numpy(dtype=float, na_value=np.nan)
    curved = restricted_cubic(values, places := spline_knots(given, knots))
    low, high = np.nanquantile(given, [0.25, 0.75])
    refuse([Remark("{term!r} has the same quartiles", term=column.name)] * (not high > low))
    ends = restricted_cubic(np.array([low, high]), places)
    step = (ends[1] - ends[0]) / (high - low)
    columns = {str(column.name): (values - low) / (high - low)}
    for j in range(curved.shape[1]):
        columns[f"{column.name}{chr(39) * (j + 1)}"] = curved[:, j] - step[j] * values
    return columns, (float(low), float(high))
