"""Separation: when a combination of predictors separates the outcomes, estimates are infinite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.design import Design, build_design
from smallstats.remarks import Remark

Floats = NDArray[np.float64]

ROWS_AT_ONCE = 1000
"""About so many rows begin a linear programme, and at most so many join it in a round."""

TOWARDS = {np.inf: Remark("towards higher odds"), -np.inf: Remark("towards lower odds")}
"""What the data support where an estimate is infinite."""


def about_infinite(term: str, towards: str | None) -> Remark:
    """Say that an estimate is infinite; or, without a direction, that it is not determined."""
    if not towards:
        words = "{term}: the estimate is not determined; the data support neither direction"
        return Remark(words, term=term)
    words = "{term}: the estimate is infinite; the data support a direction ({towards})"
    return Remark(words, term=term, towards=towards)


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
    def messages(self) -> tuple[Remark, ...]:
        """A sentence for each infinite estimate."""
        return tuple(
            about_infinite(str(term), TOWARDS.get(direction))
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
    x, back = design.scaled()
    towards = x * np.where(design.y == 1, 1.0, -1.0)[:, None]
    separated, n = _separated_rows(towards), len(x)
    rows = int(separated.sum())
    kind = "none" if rows == 0 else "complete" if rows == n else "quasi-complete"
    directions = {}
    free = split_space(x[~separated])[1]
    contrasts = back / np.linalg.norm(back, axis=1, keepdims=True) @ free
    for term, contrast in zip(design.terms, contrasts, strict=True):
        if np.abs(contrast).max(initial=0.0) < 1e-9:
            continue
        moves = {sign: _furthest(sign * contrast, (towards @ free)[separated]) for sign in (1, -1)}
        supported = [sign * np.inf for sign, move in moves.items() if move > 1e-7]
        directions[term] = supported[0] if len(supported) == 1 else np.nan
    return Separation(kind, pd.Series(directions, dtype=float), rows, n), separated


def _separated_rows(towards: Floats) -> NDArray[np.bool_]:
    """Which rows a direction can move towards their outcome while it moves none away from it.

    Of many rows only some are in the programme. Where it cannot separate a row, no direction moves
    that row, or any in the span of such rows. A row that is not in this span, and that the
    direction found does not separate, joins the programme, until there is none.
    """
    chosen, separated = np.zeros((2, len(towards)), dtype=bool)
    chosen[:: max(1, len(towards) // ROWS_AT_ONCE)] = True
    while True:
        separated[chosen], direction = _separate(towards[chosen])
        free = split_space(towards[chosen & ~separated])[1]
        moved = np.linalg.norm(towards @ free, axis=1) > 1e-9 * np.linalg.norm(towards, axis=1)
        separated[~chosen] = moved[~chosen]
        reached = towards @ (free @ (free.T @ direction))
        waiting = np.flatnonzero(~chosen & moved & (reached < 0.5))
        if not waiting.size:
            return separated
        chosen[waiting[np.argsort(reached[waiting])[:ROWS_AT_ONCE]]] = True


def _separate(towards: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Separate as many rows as any direction can; give them, and the direction."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    n, p = towards.shape
    # Konis (2007): maximise sum z, with 0 <= z <= 1 and z <= towards @ direction
    most = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrices
        np.r_[np.zeros(p), -np.ones(n)],
        A_ub=hstack([csr_array(-towards), eye_array(n)]),
        b_ub=np.zeros(n),
        bounds=[(None, None)] * p + [(0, 1)] * n,
        method="highs",
    )
    if most.x is None:
        raise ValueError(Remark("the search for separation failed"))
    return np.asarray(most.x[p:] > 0.5), np.asarray(most.x[:p])


def _furthest(goal: Floats, towards: Floats) -> float:
    """How far ``goal @ direction`` rises at most, in directions that move no row away."""
    from scipy.optimize import linprog

    chosen = np.zeros(len(towards), dtype=bool)
    chosen[:: max(1, len(towards) // ROWS_AT_ONCE)] = True
    while True:
        rows = towards[chosen]
        answer = linprog(-goal, A_ub=-rows, b_ub=0 * rows[:, 0], bounds=(-1, 1), method="highs")
        best = np.asarray(answer.x)
        reached = towards @ best
        away = np.flatnonzero(~chosen & (reached < -1e-7))  # the programme's own tolerance
        if not away.size:
            return float(goal @ best)
        chosen[away[np.argsort(reached[away])[:ROWS_AT_ONCE]]] = True


def split_space(x: Floats) -> tuple[Floats, Floats]:
    """Orthonormal directions of the coefficients that change ``x @ beta``, and that do not."""
    if not len(x):
        return np.empty((x.shape[1], 0)), np.eye(x.shape[1])
    # X = QR has the directions and singular values of R, which has as many rows as coefficients
    _, size, directions = np.linalg.svd(np.linalg.qr(x, mode="r"))
    rank = int((size > 1e-9 * size[0]).sum())
    return directions[:rank].T, directions[rank:].T
