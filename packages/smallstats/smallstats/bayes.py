"""Posterior of a logistic regression by quadrature: no sampler, no convergence to diagnose.

Coefficients are laid out one after the other. Each has nodes around where it is most probable
given those before it, spaced evenly near there and ever wider further out, so that ridges are
followed and long tails (Cauchy's, or those of separated data) are reached in a few steps. A node
grows from its neighbour nearer the middle, and not at all where too little probability is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from smallstats.columns import refuse
from smallstats.design import Design, build_design
from smallstats.maximum_likelihood import maximum_likelihood

PRIORS = ("normal", "student_t", "cauchy", "log-f")
MOST_COEFFICIENTS = 4
INTERCEPT_SCALE = 10.0
NEGLIGIBLE = -18.5
"""Log of the part of the largest node's probability below which a node is left out (1e-8)."""

STEP = 0.4
BLOCK = 1 << 21  # nodes times covariate patterns held in memory at a time

SENSITIVITY: tuple[Mapping[str, Any], ...] = (
    {"prior": "normal", "scale": 1.0},
    {"prior": "normal", "scale": 2.5},
    {"prior": "student_t", "scale": 2.5},
    {"prior": "cauchy", "scale": 2.5},
    {"prior": "log-f", "m": 1.0},
    {"prior": "log-f", "m": 2.0},
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BayesFit:
    """Posterior of a logistic regression.

    Attributes
    ----------
    table
        One row a term, indexed by its name: `coef` (posterior median of the log odds ratio),
        `odds_ratio` (posterior median), `ci_low`, `ci_high` (95% credible interval of the odds
        ratio, equal tails) and `probability` (that the odds ratio is above 1).
    prior
        The prior of each coefficient, in words.
    n, events
        Complete rows, and those with the outcome.
    dropped
        Rows left out because a value is missing.
    warnings
        What a reader of the table has to know, a sentence each.
    """

    outcome: str
    predictors: tuple[str, ...]
    prior: str
    table: pd.DataFrame
    n: int
    events: int
    dropped: int
    warnings: tuple[str, ...]


def fit_bayes(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    prior: str = "normal",
    scale: float = 2.5,
    df: float = 7.0,
    m: float = 1.0,
    step: float = STEP,
) -> BayesFit:
    """Posterior of a logistic regression with weakly informative priors, also under separation.

    The prior of a coefficient speaks of one unit of a binary term and of two standard deviations
    of a number, whatever its unit. The log odds where every predictor is at its mean have a
    normal prior with standard deviation 10, which is next to flat.

    Parameters
    ----------
    frame, outcome, predictors
        As for `fit_logistic`; up to four coefficients besides the intercept.
    prior
        ``normal``; ``student_t`` with `df` degrees of freedom; ``cauchy``, that with one; all
        around 0 with a `scale`. ``log-f``: log-F(m, m).
    scale
        2.5 holds an odds ratio between 1/134 and 134 with probability 95% under ``normal``.
    df, m
        Degrees of freedom of ``student_t``; weight of ``log-f``, as in `fit_logistic`.
    step
        Spacing of the nodes. Halved, it changed the limits of the odds ratio of one binary
        predictor by less than 0.01% in samples of 15 to 60 that are not separated. Under
        separation it was 0.1% with a ``normal`` prior, but ten percent and more with heavy tails
        (``student_t``, ``cauchy``, ``log-f`` with `m` of 1), whose limits run to thousands and
        beyond: halve it there. One coefficient takes hundredths of a second and four take
        seconds; with a step of half the size, ten times that.

    Raises
    ------
    ValueError
        As `fit_logistic`; and for no predictor, more than four coefficients or options that make
        no sense.

    References
    ----------
    Gelman A, Jakulin A, Pittau MG, Su YS. A weakly informative default prior distribution for
    logistic and other regression models. Ann Appl Stat 2008;2:1360-83.
    Ghosh J, Li Y, Mitra R. On the use of Cauchy prior distributions for Bayesian logistic
    regression. Bayesian Anal 2018;13:359-83.
    Greenland S, Mansournia MA. Penalization, bias reduction, and default priors in logistic and
    related categorical and survival regressions. Stat Med 2015;34:3133-43.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 6 + [1] * 4, "x": [0] * 6 + [0, 1, 1, 1]})
    >>> fit_bayes(frame, "y", ["x"]).table.round(2)
          coef  odds_ratio  ci_low  ci_high  probability
    term
    x     3.41       30.26    1.81    967.16         0.99
    """
    log_prior = _Prior(prior, scale, df, m)
    refuse(log_prior.problems() + ([] if 0 < step <= 1 else [f"step={step!r} is not in (0, 1]"]))
    design = build_design(frame, outcome, predictors)
    slopes = len(design.terms) - 1
    if not 1 <= slopes <= MOST_COEFFICIENTS:
        refuse(
            [
                f"{slopes} coefficients besides the intercept: the posterior is computed for 1 to "
                f"{MOST_COEFFICIENTS}"
            ]
        )
    posterior, unit = _standardise(design, log_prior)
    rows = [_summary(*posterior.marginal(j, step)) for j in range(1, slopes + 1)]
    table = pd.DataFrame(rows, index=pd.Index(design.terms[1:], name="term"))
    log_odds = table[["coef", "low", "high"]].to_numpy() / unit[:, None]
    with np.errstate(over="ignore"):
        odds = np.exp(log_odds)
    columns = {"odds_ratio": odds[:, 0], "ci_low": odds[:, 1], "ci_high": odds[:, 2]}
    table = table[["coef", "probability"]].assign(coef=log_odds[:, 0], **columns)
    separation = maximum_likelihood(design).separation
    return BayesFit(
        outcome=outcome,
        predictors=tuple(design.predictors),
        prior=str(log_prior),
        table=table[["coef", "odds_ratio", "ci_low", "ci_high", "probability"]],
        n=len(design.y),
        events=int(design.y.sum()),
        dropped=design.dropped,
        warnings=tuple(
            f"{term}: the data support only a direction; the size depends on the prior"
            for term in (separation.directions.index if separation else ())
            if term in table.index
        ),
    )


def prior_sensitivity(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    priors: Sequence[Mapping[str, Any]] = SENSITIVITY,
) -> pd.DataFrame:
    """Compare the posterior under several priors.

    Parameters
    ----------
    frame, outcome, predictors
        As for `fit_bayes`.
    priors
        Options of `fit_bayes`, a mapping for each prior.

    Returns
    -------
    pandas.DataFrame
        A row a prior and term: ``prior``, ``term``, then the columns of `BayesFit.table`.

    Raises
    ------
    ValueError
        As `fit_bayes`.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 6 + [1] * 4, "x": [0] * 6 + [0, 1, 1, 1]})
    >>> prior_sensitivity(frame, "y", ["x"])[["prior", "odds_ratio"]].round(1).tail(3)
                prior  odds_ratio
    3  Cauchy(0, 2.5)       614.3
    4     log-F(1, 1)        58.0
    5     log-F(2, 2)        13.1
    """
    fits = [fit_bayes(frame, outcome, predictors, **options) for options in priors]
    tables = [fit.table.reset_index().assign(prior=fit.prior) for fit in fits]
    table = pd.concat(tables, ignore_index=True)
    return table[["prior", *table.columns.drop("prior")]]


@dataclass(frozen=True)
class _Prior:
    kind: str
    scale: float
    df: float
    m: float

    def __str__(self) -> str:
        s = f"{self.scale:g}"
        texts = (f"normal(0, {s})", f"t{self.df:g}(0, {s})", f"Cauchy(0, {s})")
        return dict(zip(PRIORS, (*texts, f"log-F({self.m:g}, {self.m:g})"), strict=True))[self.kind]

    def problems(self) -> list[str]:
        problems = []
        if self.kind not in PRIORS:
            problems.append(f"prior={self.kind!r} is not one of {', '.join(map(repr, PRIORS))}")
        for name in ("scale", "df", "m"):
            value = getattr(self, name)
            if not 0 < value < np.inf:
                problems.append(f"{name}={value!r} is not a positive number")
        return problems

    def evaluate(self, b: Floats) -> tuple[Floats, Floats, Floats]:
        """Log density but for a constant, its slope, and a curvature that is never negative."""
        if self.kind == "log-f":
            p = expit(b)
            return self.m * (b / 2 - np.logaddexp(0, b)), self.m * (0.5 - p), self.m * p * (1 - p)
        if self.kind == "normal":
            return _normal(b, self.scale)
        df = 1.0 if self.kind == "cauchy" else self.df
        # Student's t as a scale mixture of normal densities: the weight of the EM step (Gelman
        # et al., Ann Appl Stat 2008;2:1360-83)
        weight = (df + 1) / (df * self.scale**2 + b**2)  # of the normal density that touches it
        return -(df + 1) / 2 * np.log1p(b**2 / (df * self.scale**2)), -weight * b, weight


def _normal(b: Floats, scale: float) -> tuple[Floats, Floats, Floats]:
    return -((b / scale) ** 2) / 2, -b / scale**2, np.full_like(b, scale**-2)


def _standardise(design: Design, prior: _Prior) -> tuple[_Posterior, Floats]:
    """Posterior for centred predictors, and how much of each is one unit of its coefficient."""
    x = design.x[:, 1:]
    binary = np.isin(x, (0.0, 1.0)).all(axis=0)
    unit = np.where(binary, 1.0, 2 * x.std(axis=0, ddof=1))
    scaled = np.hstack([design.x[:, :1], (x - x.mean(axis=0)) / unit])
    patterns, which = np.unique(scaled, axis=0, return_inverse=True)
    total = np.bincount(which).astype(float)
    cases = np.bincount(which, design.y).astype(float)
    return _Posterior(patterns, cases, total, prior), unit


@dataclass(frozen=True)
class _Posterior:
    """Patterns (k, q) with an intercept first, cases and patients of each, and the prior."""

    x: Floats
    cases: Floats
    total: Floats
    prior: _Prior

    def evaluate(
        self, beta: Floats, free: Sequence[int], *, derivatives: bool = True
    ) -> tuple[Floats, Floats, Floats]:
        """Log posterior at each row of `beta`; its slope and curvature in the free ones."""
        eta = beta @ self.x.T
        softplus = np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))
        of_slopes, of_intercept = self.prior.evaluate(beta), _normal(beta[:, 0], INTERCEPT_SCALE)
        value = eta @ self.cases - softplus @ self.total
        value += of_intercept[0] + of_slopes[0][:, 1:].sum(axis=1)
        if not (derivatives and free):
            return value, np.empty((len(beta), 0)), np.empty((len(beta), 0, 0))
        for about, intercept in zip(of_slopes[1:], of_intercept[1:], strict=True):
            about[:, 0] = intercept
        x, p = self.x[:, free], expit(eta)
        slope = (self.cases - self.total * p) @ x + of_slopes[1][:, free]
        products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        curvature = ((self.total * p * (1 - p)) @ products).reshape(len(beta), len(free), len(free))
        diagonal = np.arange(len(free))
        curvature[:, diagonal, diagonal] += of_slopes[2][:, free]
        return value, slope, curvature

    def settle(self, beta: Floats, free: Sequence[int]) -> tuple[Floats, Floats, Floats]:
        """Move the free coefficients to where they are most probable, nearly.

        Returns the coefficients, the log of the integral over the free ones if it were normal (up
        to a constant), and the standard deviation of the first of them.
        """
        rows = max(1, BLOCK // len(self.x))
        if len(beta) > rows:
            parts = [self.settle(beta[i : i + rows], free) for i in range(0, len(beta), rows)]
            values, deviations = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
            return np.concatenate([part[0] for part in parts]), values, deviations
        if not free:
            return beta, self.evaluate(beta, free)[0], np.empty(len(beta))
        beta = beta.copy()
        for _ in range(50):
            value, slope, curvature = self.evaluate(beta, free)
            step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
            reach = np.abs(step @ self.x[:, free].T).max(axis=1)
            moving = (slope * step).sum(axis=1) > 1e-4
            if not moving.any():
                break
            shorter = np.where(reach < 1.5, 1, np.log1p(reach) / np.maximum(reach, 1e-9))
            beta[:, free] += step * (shorter * moving)[:, None]
        covariance = np.linalg.inv(curvature)
        # Laplace: log integral = log value + log|C| / 2, up to (2 pi)^(q/2)
        volume = np.linalg.slogdet(covariance)[1] / 2
        return beta, value + volume, np.sqrt(covariance[:, 0, 0])

    def marginal(self, j: int, step: float) -> tuple[Floats, Floats]:
        """Values of a coefficient, and their distribution function."""
        order = [j, *(i for i in range(self.x.shape[1]) if i != j)]
        beta, value, deviation = self.settle(np.zeros((1, len(order))), order)
        centre, spread = beta[0, j], deviation[0]
        place, log_size = np.zeros(1, dtype=int), np.zeros(1)
        for depth, coordinate in enumerate(order):
            h = step / 3 if depth == 0 else step
            grown = self._grow(beta, deviation, log_size, coordinate, order[depth + 1 :], h)
            beta, value, deviation, log_size, parent, number = grown
            place = number if depth == 0 else place[parent]
        low = place.min()
        weight = np.bincount(place - low, np.exp(value + log_size - (value + log_size).max()))
        at = (low + np.arange(len(weight))) * step / 3
        return _distribution(at, np.log(weight), centre, spread)

    def _grow(
        self,
        beta: Floats,
        deviation: Floats,
        log_size: Floats,
        coordinate: int,
        rest: Sequence[int],
        h: float,
    ) -> tuple[Any, ...]:
        """Place the nodes of every row along a coordinate, from the middle outwards."""
        middle = beta[:, coordinate]
        start = self.settle(beta, rest)
        # trapezoid rule in t with b = middle + sd sinh(t): db = sd cosh(t) dt, so that few nodes
        # reach far into a tail, and the error falls exponentially with h (Trefethen and Weideman,
        # SIAM Rev 2014;56:385-458)
        size = log_size + np.log(h * deviation)
        best = (start[1] + size).max()
        nodes = [(*start, size, np.arange(len(beta)), np.zeros(len(beta), dtype=int))]
        for side in (1, -1):
            parent, at, number = np.arange(len(beta)), start[0], 0
            while len(parent):
                number += side
                at = at.copy()
                at[:, coordinate] = middle[parent] + deviation[parent] * np.sinh(h * number)
                at, value, own = self.settle(at, rest)
                size = log_size[parent] + np.log(h * deviation[parent] * np.cosh(h * number))
                best = max(best, (value + size).max())
                kept = value + size > best + NEGLIGIBLE
                at, parent = at[kept], parent[kept]
                numbers = np.full(len(parent), number)
                nodes.append((at, value[kept], own[kept], size[kept], parent, numbers))
        return tuple(np.concatenate([part[i] for part in nodes]) for i in range(6))


def _distribution(
    at: Floats, log_density: Floats, centre: float, spread: float
) -> tuple[Floats, Floats]:
    """Distribution function between nodes, from a spline through the logarithm of the density."""
    from scipy.interpolate import CubicSpline

    fine = np.linspace(at[0], at[-1], 20 * len(at))
    density = np.exp(CubicSpline(at, log_density)(fine))
    cumulated = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return centre + spread * np.sinh(fine), cumulated / cumulated[-1]


def _summary(values: Floats, distribution: Floats) -> dict[str, float]:
    coef, low, high = np.interp((0.5, 0.025, 0.975), distribution, values)
    above = 1 - np.interp(0.0, values, distribution)
    return {"coef": coef, "low": low, "high": high, "probability": above}
