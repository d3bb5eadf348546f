"""Logistic regression of many grouped tables at once.

A table of binary covariates has only a few covariate patterns, so a fit needs no more than the
cases and the patients in each. Thousands of candidate tables are fitted together, one Newton
step for all of them at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroupedFits:
    """Maximum likelihood fits of *m* tables with *p* coefficients.

    Attributes
    ----------
    coef, se : (m, p) arrays
        Coefficients (log odds ratios) and their Wald standard errors.
    log_likelihood, null_log_likelihood : (m,) arrays
        Bernoulli log-likelihoods of the fit and of the intercept alone.
    converged : (m,) boolean array
        False where the likelihood has no finite maximum (separation) or the design is singular.
    n : (m,) array
        Patients in each table.
    """

    coef: Floats
    se: Floats
    log_likelihood: Floats
    null_log_likelihood: Floats
    converged: NDArray[np.bool_]
    n: Floats

    @property
    def nagelkerke(self) -> Floats:
        """Nagelkerke's R² of each fit (Biometrika 1991;78:691-692)."""
        cox_snell = -np.expm1(2 * (self.null_log_likelihood - self.log_likelihood) / self.n)
        return cox_snell / -np.expm1(2 * self.null_log_likelihood / self.n)


def fit_grouped(
    design: ArrayLike, cases: ArrayLike, totals: ArrayLike, *, iterations: int = 30
) -> GroupedFits:
    """Fit a logistic regression to each of many tables that share their covariate patterns.

    Parameters
    ----------
    design : (k, p) array
        The covariate patterns, with a first column of ones for the intercept.
    cases, totals : (m, k) arrays
        Patients with the outcome, and all patients, in each pattern of each table.
    iterations : int
        Newton steps; a table that still moves after them has no finite estimate.

    Returns
    -------
    GroupedFits

    Raises
    ------
    ValueError
        If the shapes disagree, or a table has more cases than patients in a pattern.

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
            f"cases {y.shape}, totals {n.shape} and design {x.shape} do not fit together: "
            "expected (m, k), (m, k) and (k, p)"
        )
    if (y < 0).any() or (y > n).any():
        raise ValueError("a pattern has fewer cases than 0 or more cases than patients")
    beta = np.zeros((y.shape[0], x.shape[1]))
    ridge = 1e-12 * np.eye(x.shape[1])  # a singular table must not stop the others
    for _ in range(iterations):
        p = _probability(x, beta)
        information = np.einsum("mk,ki,kj->mij", n * p * (1 - p), x, x) + ridge
        step = np.linalg.solve(information, ((y - n * p) @ x)[..., None])[..., 0]
        beta += np.clip(step, -3, 3)
        moved = np.abs(step).max(axis=1)
        if (moved < 1e-12).all():
            break
    p = _probability(x, beta)
    information = np.einsum("mk,ki,kj->mij", n * p * (1 - p), x, x)
    eta, total, events = beta @ x.T, n.sum(axis=1), y.sum(axis=1)
    return GroupedFits(
        coef=beta,
        se=np.sqrt(np.linalg.inv(information + ridge).diagonal(axis1=1, axis2=2)),
        log_likelihood=(y * eta - n * np.logaddexp(0, eta)).sum(axis=1),
        null_log_likelihood=_null_log_likelihood(events, total),
        converged=(moved < 1e-9) & (np.linalg.cond(information) < 1e12),
        n=total,
    )


def _probability(x: Floats, beta: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(beta @ x.T, -30, 30)))


def _null_log_likelihood(events: Floats, total: Floats) -> Floats:
    from scipy.special import xlogy

    rate = events / total
    return np.asarray(xlogy(events, rate) + xlogy(total - events, 1 - rate), dtype=float)
