"""Separation: when a combination of predictors tells the outcomes apart, estimates are infinite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.design import Design, build_design

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Separation:
    """Whether the outcomes are separated, and which estimates are infinite.

    Attributes
    ----------
    kind
        ``none``, ``quasi-complete`` or ``complete``.
    directions
        For each term whose maximum likelihood estimate is not finite: infinity, minus infinity,
        or NaN where the data support neither direction more than the other.
    rows
        Number of rows that the separating direction predicts without doubt.
    n
        Number of complete rows.
    """

    kind: str
    directions: pd.Series[float]
    rows: int
    n: int

    @property
    def messages(self) -> tuple[str, ...]:
        """A sentence for each infinite estimate."""
        text = {np.inf: "towards higher odds", -np.inf: "towards lower odds"}
        return tuple(
            f"{term}: the estimate is infinite; the data support a direction ({text[direction]})"
            if direction in text
            else f"{term}: the estimate is not determined; the data support neither direction"
            for term, direction in self.directions.items()
        )


def find_separation(frame: pd.DataFrame, outcome: str, predictors: Sequence[str]) -> Separation:
    """Find complete or quasi-complete separation by linear programming, before any fit.

    A direction of the coefficients separates when it moves no row away from its outcome and some
    rows towards it. The programme finds a direction that moves as many rows as any can.

    Raises
    ------
    ValueError
        As `fit_logistic`, for columns, outcomes and predictors that cannot be fitted.

    References
    ----------
    Albert A, Anderson JA. On the existence of maximum likelihood estimates in logistic
    regression models. Biometrika 1984;71:1-10.
    Konis K. Linear programming algorithms for detecting separated data in binary logistic
    regression models. DPhil thesis, University of Oxford 2007.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 0, 1, 1, 1], "x": [0, 0, 0, 0, 1, 1]})
    >>> find_separation(frame, "y", ["x"]).messages
    ('x: the estimate is infinite; the data support a direction (towards higher odds)',)
    """
    return separation_of(build_design(frame, outcome, predictors))[0]


def separation_of(design: Design) -> tuple[Separation, NDArray[np.bool_]]:
    """Separation of a design, and which of its rows are separated."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    x, back = design.scaled()
    towards = x * np.where(design.y == 1, 1.0, -1.0)[:, None]
    n, p = x.shape
    most = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrices
        np.r_[np.zeros(p), -np.ones(n)],
        A_ub=hstack([csr_array(-towards), eye_array(n)]),
        b_ub=np.zeros(n),
        bounds=[(None, None)] * p + [(0, 1)] * n,
        method="highs",
    )
    if most.x is None:
        raise ValueError(f"the search for separation failed: {most.message}")
    separated = np.asarray(most.x[p:] > 0.5)
    rows = int(separated.sum())
    kind = "none" if rows == 0 else "complete" if rows == n else "quasi-complete"
    directions = {}
    free = split_space(x[~separated])[1]
    contrasts = back / np.linalg.norm(back, axis=1, keepdims=True) @ free
    for term, contrast in zip(design.terms, contrasts, strict=True):
        if np.abs(contrast).max(initial=0.0) < 1e-9:
            continue
        furthest = {
            sign: linprog(
                -sign * contrast,
                A_ub=-(towards @ free)[separated],
                b_ub=np.zeros(rows),
                bounds=(-1, 1),
                method="highs",
            ).x
            for sign in (1, -1)
        }
        supported = [sign * np.inf for sign, x in furthest.items() if sign * contrast @ x > 1e-7]
        directions[term] = supported[0] if len(supported) == 1 else np.nan
    return Separation(kind, pd.Series(directions, dtype=float), rows, n), separated


def split_space(x: Floats) -> tuple[Floats, Floats]:
    """Orthonormal directions of the coefficients that change ``x @ beta``, and that do not."""
    if not len(x):
        return np.empty((x.shape[1], 0)), np.eye(x.shape[1])
    _, size, directions = np.linalg.svd(x)
    rank = int((size > 1e-9 * size[0]).sum())
    return directions[:rank].T, directions[rank:].T
