"""Firth's penalised logistic regression of many grouped tables at once."""

import numpy as np
from scipy.special import expit

from smallstats.grouped import CHUNK, MAX_ITERATIONS, Floats

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
        coef[part] = _maximise_firth(design, sums[part], totals[part])
    return coef


def _maximise_firth(x: Floats, sums: Floats, totals: Floats) -> Floats:
    """Newton's method on what Firth's score is of patients with their leverage added.

    With steps by the information of the patients alone, a pattern with one patient moves twice as
    far as it should, and back.
    """
    estimates, left = np.zeros_like(sums), np.arange(len(sums))
    p = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), p * p)

    def evaluate(beta: Floats) -> tuple[Floats, Floats]:
        s, n, eta = sums[left], totals[left], beta @ x.T
        risk = expit(eta)
        information = ((n * risk * (1 - risk)) @ products).reshape(-1, p, p)
        inverse = np.linalg.inv(information).reshape(-1, p * p)
        leverage = n * risk * (1 - risk) * (inverse @ products.T)
        # Firth's score X'(y - n pi + h (1/2 - pi)) = X'((y + h / 2) - (n + h) pi)
        score = s + (leverage / 2 - (n + leverage) * risk) @ x
        curvature = (((n + leverage) * risk * (1 - risk)) @ products).reshape(-1, p, p)
        value = (s * beta).sum(axis=1) - (n * np.logaddexp(0, eta)).sum(axis=1)
        value = value + np.linalg.slogdet(information)[1] / 2
        return np.asarray(value, float), np.asarray(np.linalg.solve(curvature, score[..., None]))[
            ..., 0
        ]

    value, step = evaluate(estimates)
    for _ in range(MAX_ITERATIONS):
        reach = np.abs(step @ x.T).max(axis=1)
        done = reach < ARRIVED
        left, step, value, reach = left[~done], step[~done], value[~done], reach[~done]
        if not left.size:
            return estimates
        step = step / np.maximum(1, reach / FURTHEST)[:, None]
        new, following = evaluate(estimates[left] + step)
        worse = new < value - 1e-12 * np.abs(value)
        estimates[left] += np.where(worse[:, None], 0, step)
        step = np.where(worse[:, None], step / 2, following)
        value = np.where(worse, value, new)
    raise ValueError(f"{left.size} of Firth's fits have not converged")
