"""Logistic regression of many grouped tables at once.

A table of binary covariates has only a few covariate patterns, and the likelihood sees no more of
it than the patients in each pattern and the cases with each covariate. Up to a million candidate
tables are fitted together, one Newton step for thousands of them at a time.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CHUNK = 1 << 14  # tables whose arrays fit in a processor's cache
MAX_ITERATIONS = 2000  # complete separation by a number that nearly overlaps takes dozens
PATIENT = 10  # steps after which longer ones are tried
POWERS = (1, 0.75, 0.5, 0.25, 0)  # of the length of a step that surely climbs


@dataclass(frozen=True)
class GroupedFits:
    """Maximum likelihood fits of *m* tables with *p* coefficients.

    Attributes
    ----------
    design : (k, p) array
        The covariate patterns, with a first column of ones.
    sums : (m, p) array
        Cases, and cases with each covariate.
    totals : (m, k) array
        Patients in each pattern.
    coef, se : (m, p) arrays
        Coefficients (log odds ratios) and their Wald standard errors. With separation the
        coefficients that grow without end are infinite and the others stay what they tend to;
        where the design is singular all are NaN.
    log_likelihood, null_log_likelihood : (m,) arrays
        Bernoulli log-likelihoods of the fit (its supremum where estimates are infinite) and of
        the intercept alone.
    converged : (m,) boolean array
        False where the likelihood has no finite maximum (separation) or the design is singular.
    """

    design: Floats
    sums: Floats
    totals: Floats
    coef: Floats
    se: Floats
    log_likelihood: Floats
    null_log_likelihood: Floats
    converged: NDArray[np.bool_]

    @property
    def n(self) -> Floats:
        """Patients in each table."""
        return np.asarray(self.totals.sum(axis=1))

    @property
    def nagelkerke(self) -> Floats:
        """Nagelkerke's R² of each fit (Biometrika 1991;78:691-692)."""
        cox_snell = -np.expm1(2 * (self.null_log_likelihood - self.log_likelihood) / self.n)
        return cox_snell / -np.expm1(2 * self.null_log_likelihood / self.n)

    @property
    def wald(self) -> Floats:
        """Wald's statistic of each coefficient; NaN where its estimate is infinite."""
        finite = np.isfinite(self.coef)
        return np.where(finite, np.where(finite, self.coef, 0) / self.se, np.nan) ** 2

    def conditional(self, j: int) -> Floats:
        """Twice the log-likelihood lost when coefficient *j* goes and nothing is refitted.

        The others move by their covariance with it (Lawless and Singhal, Biometrics
        1978;34:318-327). NaN where the fit has not converged.
        """
        coef = np.where(self.converged, self.coef.T, 0)
        column = _slope(self.design, coef, self.sums.T, self.totals.T)[1].inverse(j)
        column = np.where(self.converged, column, 1)
        moved = coef - column * (coef[j] / column[j])
        moved[j] = 0
        left = _log_likelihood(self.design, moved, self.sums.T, self.totals.T)
        return np.where(self.converged, 2 * np.maximum(self.log_likelihood - left, 0), np.nan)

    def score(self, j: int, coef: Floats) -> Floats:
        """Rao's statistic of coefficient *j*, at the *coef* (m, p) of the fits without it.

        NaN where those are not finite, or the design is singular.
        """
        finite = np.isfinite(coef).all(axis=1)
        at = np.where(finite, coef.T, 0)
        slope, curvature = _slope(self.design, at, self.sums.T, self.totals.T)
        statistic = slope[j] ** 2 * curvature.inverse(j)[j]
        return np.where(finite & ~curvature.singular, statistic, np.nan)


def fit_grouped(design: ArrayLike, cases: ArrayLike, totals: ArrayLike) -> GroupedFits:
    """Fit a logistic regression to each of many tables that share their covariate patterns.

    Parameters
    ----------
    design : (k, p) array
        The covariate patterns, with a first column of ones for the intercept.
    cases, totals : (m, k) arrays
        Patients with the outcome, and all patients, in each pattern of each table.

    Returns
    -------
    GroupedFits

    Raises
    ------
    ValueError
        If the shapes disagree, or a table has no patients, or more cases than patients in a
        pattern.

    Examples
    --------
    One binary covariate: the odds ratio is the cross-product ratio, here (7 x 30) / (16 x 1).

    >>> fits = fit_grouped([[1, 0], [1, 1]], [[16, 7]], [[46, 8]])
    >>> round(float(np.exp(fits.coef[0, 1])), 3)
    13.125
    """
    x = np.asarray(design, dtype=float)
    y = np.atleast_2d(np.asarray(cases, dtype=float))
    n = np.atleast_2d(np.asarray(totals, dtype=float))
    if y.shape != n.shape or y.shape[1] != x.shape[0]:
        raise ValueError(
            f"cases {y.shape}, totals {n.shape} and design {x.shape} do not match: "
            "expected (m, k), (m, k) and (k, p)"
        )
    if (y < 0).any() or (y > n).any():
        raise ValueError("a pattern has more cases than patients, or fewer than 0")
    if not n.any(axis=1).all():
        raise ValueError("a table has no patients")
    return fit_sufficient(x, y @ x, n)


def fit_sufficient(
    design: Floats, sums: Floats, totals: Floats, *, limits: bool = True
) -> GroupedFits:
    """Fit a logistic regression to each of many sets of sufficient statistics.

    Parameters
    ----------
    design : (k, p) array
        The covariate patterns, with a first column of ones for the intercept.
    sums : (m, p) array
        Cases, and cases with each covariate, of some table.
    totals : (m, k) array
        All patients in each pattern.
    limits : bool
        Whether to find out which coefficients are infinite. Without, those that are stay at the
        large values where nothing more could be gained; the fit has not converged all the same.

    Returns
    -------
    GroupedFits

    References
    ----------
    Newton's method, shortened where its full step might not climb: Bach F. Self-concordant
    analysis for logistic regression. Electron J Stat 2010;4:384-414.

    Examples
    --------
    23 of 54 patients are cases; 8 patients have the covariate, 7 of them cases.

    >>> fits = fit_sufficient(np.array([[1.0, 0], [1, 1]]), np.array([[23.0, 7]]),
    ...                       np.array([[46.0, 8]]))
    >>> round(float(np.exp(fits.coef[0, 1])), 3)
    13.125
    """
    coef, se = np.empty(sums.T.shape), np.empty(sums.T.shape)
    log_likelihood, odd = np.empty(len(sums)), np.empty(len(sums), dtype=bool)
    for start in range(0, len(sums), CHUNK):
        part = slice(start, start + CHUNK)
        fitted = _maximise(
            design, np.ascontiguousarray(sums[part].T), np.ascontiguousarray(totals[part].T)
        )
        coef[:, part], se[:, part], log_likelihood[part], odd[part] = fitted
    if limits:
        coef[:, odd] += _limits(design, coef[:, odd], totals[odd].T)
    return GroupedFits(
        design, sums, totals, coef.T, np.where(np.isfinite(coef), se, np.abs(coef)).T,
        log_likelihood, null_log_likelihood=_null_log_likelihood(sums[:, 0], totals.sum(axis=1)),
        converged=np.asarray(np.isfinite(coef).all(axis=0) if limits else ~odd),
    )  # fmt: skip


def has_finite_estimates(design: Floats, sums: Floats, totals: Floats) -> NDArray[np.bool_]:
    """Return for which sets of sufficient statistics all estimates are finite, without a fit.

    Parameters
    ----------
    design, sums, totals
        As for `fit_sufficient`; the patterns are few, and of whole numbers.

    Returns
    -------
    (m,) boolean array

    References
    ----------
    Barndorff-Nielsen O. Information and exponential families. Wiley, 1978: the maximum exists if
    the sums are inside the convex hull of all that any cases could have, and not on its surface.

    Examples
    --------
    Of 8 patients with the covariate 7 are cases, or all: then its odds ratio is infinite.

    >>> design, totals = np.array([[1.0, 0], [1, 1]]), np.array([[46.0, 8], [46, 8]])
    >>> has_finite_estimates(design, np.array([[23.0, 7], [23, 8]]), totals)
    array([ True, False])
    """
    inside = np.ones(len(sums), dtype=bool)
    directions = _across_faces(design)
    for start in range(0, len(sums), CHUNK):
        part = slice(start, start + CHUNK)
        s, n = np.ascontiguousarray(sums[part].T), np.ascontiguousarray(totals[part].T)
        for direction, along in zip(directions, directions @ design.T, strict=True):
            # the hull is a sum of segments from 0 to n x: along a direction d it ends at the sum
            # of the negative n x'd, and at that of the positive ones
            value = direction @ s
            inside[part] &= np.minimum(along, 0) @ n < value
            inside[part] &= value < np.maximum(along, 0) @ n
    return inside


def _across_faces(design: Floats) -> Floats:
    """Directions at right angles to every face of a sum of segments: to p - 1 of its patterns."""
    directions: set[tuple[int, ...]] = set()
    for rows in combinations(design, design.shape[1] - 1):
        minors = [np.linalg.det(np.delete(rows, j, axis=1)) for j in range(design.shape[1])]
        whole = np.rint(minors).astype(int) * (-1) ** np.arange(design.shape[1])
        if whole.any():
            whole = whole // np.gcd.reduce(whole) * np.sign(whole[np.flatnonzero(whole)[0]])
            directions.add(tuple(whole.tolist()))
    return np.array(sorted(directions), dtype=float)


def _maximise(
    x: Floats, sums: Floats, totals: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Coefficients and standard errors (p, m), log-likelihoods, and which are not to be trusted."""
    estimates, runs = np.zeros_like(sums), np.zeros(sums.shape[1], dtype=bool)
    left, beta, s, n = np.arange(sums.shape[1]), estimates, sums, totals
    for taken in range(MAX_ITERATIONS):
        slope, curvature = _slope(x, beta, s, n)
        step = curvature.solve(slope)
        gain, reach = (slope * step).sum(axis=0), np.abs(_times(x, step)).max(axis=0)
        # Bach (2010): with the largest change of a log odds r, the step log(1 + r) / r
        # always climbs; a full step near the maximum is faster
        length = np.where(reach < 1.5, 1, np.log1p(reach) / np.maximum(reach, 1e-9))
        short = length < 1
        if taken >= PATIENT and short.any():  # what always climbs can be far too short
            these = (v[:, short] for v in (beta, step, s, n))
            length[short] = _bolder(x, length[short], *these)
        beta = beta + step * length
        # gain: twice what a Newton step would add to the log-likelihood
        away = (gain < 1e-9) & (reach > 0.3)  # next to nothing to gain, and still far to go
        done = (gain < 1e-16) | away
        if done.any():
            estimates[:, left[done]], runs[left[done]] = beta[:, done], away[done]
            left, beta, s, n = left[~done], beta[:, ~done], s[:, ~done], n[:, ~done]
        if not left.size:
            break
    else:
        raise ValueError(f"{left.size} fits have not converged: no cases have these sums")
    curvature = _slope(x, estimates, sums, totals)[1]
    se = np.sqrt(np.stack([curvature.inverse(j)[j] for j in range(len(estimates))]))
    return estimates, se, _log_likelihood(x, estimates, sums, totals), runs | curvature.singular


def _bolder(
    x: Floats, length: Floats, beta: Floats, step: Floats, sums: Floats, totals: Floats
) -> Floats:
    """Lengthen steps that surely climb, up to whole ones, to the length that is highest."""
    lengths = np.stack([length**power for power in POWERS])
    climbed = [_log_likelihood(x, beta + step * longer, sums, totals) for longer in lengths]
    return np.asarray(lengths[np.argmax(climbed, axis=0), np.arange(len(length))])


def _limits(x: Floats, beta: Floats, totals: Floats) -> Floats:
    """Where coefficients end (p, m): 0 if at a finite value, infinity of a sign, or NaN.

    A coefficient cannot fall if it is a combination of what cannot: the linear predictors of the
    patterns that are all cases, and either way of those with both (Farkas' lemma).
    """
    eta = _times(x, beta)
    side = np.where(np.abs(eta) > 16, np.sign(eta), 2) * (totals > 0)
    kind, distinct = np.zeros(side.shape[1]), np.zeros(0)
    for i in range(0, len(x), 12):  # so many digits are exact
        digits = (4.0 ** np.arange(len(x[i : i + 12]))) @ (side[i : i + 12] + 1)
        kind, distinct = pd.factorize(kind * 4.0**12 + digits)
    ends = np.empty((len(beta), len(distinct)))
    for i, pattern in enumerate(side.T[~pd.Series(kind).duplicated()]):
        # directions d that lower no separated row: x d >= 0 for cases, <= 0 for others, = 0 for
        # both; e_j d is bounded below on that cone if e_j lies in the dual one (Farkas)
        both = x[pattern == 2]
        fixed = np.vstack([both, -both, x[pattern == 1], -x[pattern == -1]]).T
        for j, unit in enumerate(np.eye(len(beta))):
            ways = [sign for sign in (1, -1) if _in_cone(fixed, sign * unit)]
            ends[j, i] = {0: np.nan, 1: sum(ways) * np.inf, 2: 0.0}[len(ways)]
    return ends[:, kind]


def _in_cone(rays: Floats, target: Floats) -> bool:
    """Check whether a target is a sum of columns with weights that are not negative.

    What least squares find is checked, since they can end early where columns depend on each
    other: the rest is nothing, or proves that there is no such sum, or a linear programme decides.
    """
    from scipy.optimize import linprog, nnls

    rest = target - rays @ nnls(rays, target)[0]
    if np.abs(rest).max() < 1e-9:
        return True
    if (rest @ rays).max() < 1e-9 < rest @ target:
        return False
    programme = linprog(np.zeros(rays.shape[1]), A_eq=rays, b_eq=target, method="highs")
    return bool(programme.status == 0)


class _Factor:
    """Symmetric (p, p, m) matrices as L D L'; what depends on earlier rows solves to zero."""

    def __init__(self, a: Floats) -> None:
        self.a = a  # D on the diagonal, L above it
        self.singular = np.zeros(a.shape[2], dtype=bool)
        least = 1e-13 * np.stack([a[j, j] for j in range(len(a))])
        for j in range(len(a)):
            depends = a[j, j] <= least[j]
            a[j, j, depends] = np.inf
            self.singular |= depends
            for i in range(j + 1, len(a)):
                a[j, i] = a[i, j] / a[j, j]
                for c in range(j + 1, i + 1):
                    a[i, c] -= a[j, i] * a[c, j]

    def solve(self, right: Floats) -> Floats:
        x = right.copy()
        for i in range(len(x)):
            for j in range(i):
                x[i] -= self.a[j, i] * x[j]
        for i in reversed(range(len(x))):
            x[i] /= self.a[i, i]
            for j in range(i + 1, len(x)):
                x[i] -= self.a[i, j] * x[j]
        return x

    def inverse(self, j: int) -> Floats:
        """Column *j* of the inverse."""
        unit = np.zeros(self.a.shape[1:])
        unit[j] = 1
        return self.solve(unit)


def _slope(x: Floats, beta: Floats, sums: Floats, totals: Floats) -> tuple[Floats, _Factor]:
    """First derivatives (p, m) of the log-likelihoods, and minus the second ones."""
    with np.errstate(over="ignore"):  # with separation, and infinity is right
        risk = 1 / (1 + np.exp(-_times(x, beta)))
    expected = totals * risk
    lower = _lower(x.shape[1])
    curvature = np.empty((x.shape[1], *beta.shape))
    curvature[lower] = _times((x[:, lower[0]] * x[:, lower[1]]).T, expected * (1 - risk))
    return sums - _times(x.T, expected), _Factor(curvature)


@cache
def _lower(size: int) -> tuple[NDArray[np.intp], ...]:
    """Rows and columns of a lower triangle; NumPy lists them more slowly than a step is taken."""
    return np.tril_indices(size)


def _times(a: Floats, b: Floats) -> Floats:
    """Multiply as ``@`` does, without the threads that it would start for such flat matrices."""
    return np.asarray(np.einsum("ij,jm->im", a, b))


def _log_likelihood(x: Floats, beta: Floats, sums: Floats, totals: Floats) -> Floats:
    eta = _times(x, beta)
    softplus = np.maximum(eta, 0) + np.log(1 + np.exp(-np.abs(eta)))
    value = (sums * beta).sum(axis=0) - (totals * softplus).sum(axis=0)
    return np.asarray(np.minimum(value, 0))  # above, by rounding, where huge ones cancel


def _null_log_likelihood(events: Floats, total: Floats) -> Floats:
    from scipy.special import xlogy

    rate = events / total
    return np.asarray(xlogy(events, rate) + xlogy(total - events, 1 - rate), dtype=float)
