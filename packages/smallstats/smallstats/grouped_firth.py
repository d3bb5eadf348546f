"""Firth's penalised logistic regression of many grouped tables at once."""

import numpy as np
from scipy.special import expit

from smallstats.grouped import CHUNK, MAX_ITERATIONS, Floats, fit_sufficient
from smallstats.penalised import ALONE, SHARES

FURTHEST = 5.0  # a step moves no log odds further
ARRIVED = 1e-10  # the fits end where the next step moves no log odds so far


def fit_firth(design: Floats, sums: Floats, totals: Floats) -> Floats:
    """Fit Firth's penalised regression to each of many sets of sufficient statistics.

    Parameters
    ----------
    design, sums, totals
        As for `fit_sufficient`.

    Returns
    -------
    (m, p) array
        Coefficients, finite with separation too; NaN where the design is singular.

    Raises
    ------
    ValueError
        When a fit has not converged.

    References
    ----------
    Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.
    Heinze G, Schemper M. A solution to the problem of separation in logistic regression.
    Stat Med 2002;21:2409-19.

    Examples
    --------
    All 7 with the covariate are cases: with half a patient added to each cell, 7.5 to 0.5 against
    16.5 to 30.5.

    >>> coef = fit_firth(np.array([[1.0, 0], [1, 1]]), np.array([[23.0, 7]]), np.array([[46.0, 7]]))
    >>> round(float(np.exp(coef[0, 1])), 3), round(7.5 * 30.5 / (0.5 * 16.5), 3)
    (27.727, 27.727)
    """
    coef, usable = np.full(sums.shape, np.nan), np.zeros(len(sums), dtype=bool)
    products = design[:, :, None] * design[:, None, :]
    for start in range(0, len(sums), CHUNK):
        part = np.arange(start, min(start + CHUNK, len(sums)))
        seen = np.einsum("mk,kij->mij", (totals[part] > 0).astype(float), products)
        usable[part] = np.linalg.matrix_rank(seen, hermitian=True) == design.shape[1]
        part = part[usable[part]]
        coef[part] = _highest(design, sums[part], totals[part])
    return coef


def _highest(x: Floats, sums: Floats, totals: Floats) -> Floats:
    """Return the highest maximum that some starts lead to; `FirthLikelihood.maximise` says why."""
    estimates, value, variance = _maximise_firth(x, sums, totals, np.zeros_like(sums))
    several = np.flatnonzero(variance >= ALONE)
    for share in SHARES if several.size else ():
        s, n = sums[several], totals[several]
        start = fit_sufficient(x, (1 - share) * s + share * (n @ x - s), n, limits=False).coef
        risk = expit(start @ x.T)
        seen = x.T @ ((n * risk * (1 - risk))[:, :, None] * x)
        near = np.linalg.matrix_rank(seen, hermitian=True) == x.shape[1]  # not too far out
        these, start = several[near], start[near]
        others, height, _ = _maximise_firth(x, sums[these], totals[these], start)
        higher = height > value[these]
        estimates[these[higher]], value[these[higher]] = others[higher], height[higher]
    return estimates


def _maximise_firth(
    x: Floats, sums: Floats, totals: Floats, start: Floats
) -> tuple[Floats, Floats, Floats]:
    """Newton's method on what Firth's score is of patients with their leverage added.

    With steps by the information of the patients alone, a pattern with one patient moves twice as
    far as it should, and back. Returns the maxima, the penalised log-likelihoods there, and the
    largest variance of the log odds of a patient.
    """
    estimates, left = start.copy(), np.arange(len(sums))
    heights, variances = np.full((2, len(sums)), np.nan)
    p = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), p * p)

    def evaluate(beta: Floats) -> tuple[Floats, Floats, Floats]:
        s, n, eta = sums[left], totals[left], beta @ x.T
        risk = expit(eta)
        information = ((n * risk * (1 - risk)) @ products).reshape(-1, p, p)
        inverse = np.linalg.inv(information).reshape(-1, p * p)
        variance = np.where(n > 0, inverse @ products.T, 0)
        leverage = n * risk * (1 - risk) * variance
        # Firth's score X'(y - n pi + h (1/2 - pi)) = X'((y + h / 2) - (n + h) pi)
        score = s + (leverage / 2 - (n + leverage) * risk) @ x
        curvature = (((n + leverage) * risk * (1 - risk)) @ products).reshape(-1, p, p)
        value = (s * beta).sum(axis=1) - (n * np.logaddexp(0, eta)).sum(axis=1)
        value = value + np.linalg.slogdet(information)[1] / 2
        step = np.linalg.solve(curvature, score[..., None])[..., 0]
        return np.asarray(value), np.asarray(step), np.asarray(variance.max(axis=1))

    value, step, variance = evaluate(estimates)
    for _ in range(MAX_ITERATIONS):
        reach = np.abs(step @ x.T).max(axis=1)
        done = reach < ARRIVED
        heights[left[done]], variances[left[done]] = value[done], variance[done]
        left, step, value, reach = left[~done], step[~done], value[~done], reach[~done]
        if not left.size:
            return estimates, heights, variances
        step = step / np.maximum(1, reach / FURTHEST)[:, None]
        new, following, variance = evaluate(estimates[left] + step)
        worse = new < value - 1e-12 * np.abs(value)
        estimates[left] += np.where(worse[:, None], 0, step)
        step = np.where(worse[:, None], step / 2, following)
        value = np.where(worse, value, new)
    raise ValueError(f"{left.size} of Firth's fits have not converged")
