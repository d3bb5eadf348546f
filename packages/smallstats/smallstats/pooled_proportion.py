"""A random-effects summary of proportions: the binomial-normal model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, fmin, minimize_scalar
from scipy.special import expit, gammaln, logit, logsumexp, roots_hermitenorm
from scipy.stats import chi2, t

Floats = NDArray[np.float64]
_FAR = 12.0  # logits from the estimate, and the largest tau: beyond any proportion in medicine


@dataclass(frozen=True)
class PooledProportion:
    """Proportions of several studies, summarised.

    Attributes
    ----------
    median, ci_low, ci_high
        Median of the proportions that such studies have, with its profile likelihood interval.
    prediction_low, prediction_high
        Interval for the proportion of another such study; NaN with fewer than three studies.
    tau, tau_low, tau_high
        Standard deviation of the studies' logits, with its profile likelihood interval.
    mu, se
        Logit of the median, and its standard error from the observed information.
    log_likelihood
        At the maximum, with the binomial coefficients.
    p_equal
        Likelihood ratio p of equal proportions in all studies (a half of chi-square with 1 df, as
        tau cannot be below 0).
    studies, events, n
        How many studies, patients with the event, and patients.
    """

    median: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    tau: float
    tau_low: float
    tau_high: float
    mu: float
    se: float
    log_likelihood: float
    p_equal: float
    studies: int
    events: int
    n: int


def pool_proportions(
    events: Sequence[int] | ArrayLike,
    n: Sequence[int] | ArrayLike,
    *,
    level: float = 0.95,
    nodes: int = 100,
) -> PooledProportion:
    """Summarise proportions by a logistic model with a normal random effect of the study.

    The events of a study are binomial, and the logits of the studies' proportions are normal with
    mean mu and standard deviation tau. Both are estimated by maximum likelihood, the random effect
    being integrated out by adaptive Gauss-Hermite quadrature; no study needs a continuity
    correction, also if it has no event.

    Parameters
    ----------
    events, n
        Patients with the event, and patients, of each study.
    level
        Of all intervals.
    nodes
        Of the quadrature; many, as the profile of tau reaches far where studies have no events.

    Raises
    ------
    ValueError
        If there are fewer than two studies, events are not from 0 to n, or no patient or every
        patient has the event.

    Notes
    -----
    The prediction interval is mu ± t sqrt(tau² + se²) with the quantile of t on k - 2 degrees of
    freedom [1]_, on the scale of proportions. It takes tau as known but for the use of t, and with
    few studies is too narrow if tau is underestimated.

    References
    ----------
    .. [1] Higgins JPT, Thompson SG, Spiegelhalter DJ. A re-evaluation of random-effects
       meta-analysis. J R Stat Soc A 2009;172:137-159, doi:10.1111/j.1467-985X.2008.00552.x.

    Examples
    --------
    >>> pooled = pool_proportions([5, 16, 11], [35, 34, 48])
    >>> round(pooled.median, 3), round(pooled.tau, 3)
    (0.265, 0.582)
    """
    y, sizes = np.asarray(events, float), np.asarray(n, float)
    _refuse(y, sizes)
    points, weights = roots_hermitenorm(nodes)

    def likelihood(mu: float, tau: float) -> float:
        return _log_likelihood(mu, abs(tau), y, sizes, points, weights)

    def deviance(theta: Floats) -> float:
        return -2 * likelihood(theta[0], theta[1])

    crude = float(logit(y.sum() / sizes.sum()))
    best = fmin(deviance, (crude, 0.5), xtol=1e-9, ftol=1e-12, maxiter=5000, disp=False)
    mu, tau = float(best[0]), abs(float(best[1]))
    if likelihood(mu, 0) >= likelihood(mu, tau) - 1e-10:
        mu, tau = crude, 0.0
    top = likelihood(mu, tau)
    drop = chi2.ppf(level, 1) / 2
    by_mu, by_tau = _profiles(likelihood, mu)
    ends = _ends(lambda x: by_mu(x) - top + drop, mu, mu - _FAR, mu + _FAR)
    tau_ends = _ends(lambda x: by_tau(x) - top + drop, tau, 0, _FAR)
    se = _standard_error(likelihood, mu, tau)
    k = len(y)
    reach = t.ppf((1 + level) / 2, k - 2) * np.hypot(tau, se) if k > 2 else np.nan
    low, high, below, above = expit([*ends, mu - reach, mu + reach])
    return PooledProportion(
        median=float(expit(mu)),
        ci_low=float(low),
        ci_high=float(high),
        prediction_low=float(below),
        prediction_high=float(above),
        tau=tau,
        tau_low=tau_ends[0],
        tau_high=tau_ends[1],
        mu=mu,
        se=se,
        log_likelihood=top,
        p_equal=float(chi2.sf(2 * max(top - by_tau(0), 0), 1) / 2),
        studies=k,
        events=int(y.sum()),
        n=int(sizes.sum()),
    )


def _refuse(y: Floats, n: Floats) -> None:
    if y.ndim != 1 or y.shape != n.shape or len(y) < 2:
        raise ValueError("events and n must have one number for each study, of two studies or more")
    if not ((y >= 0) & (y <= n) & (n > 0)).all() or ((y % 1) + (n % 1)).any():
        raise ValueError("events must be whole numbers from 0 to n, and n 1 or more")
    if y.sum() in (0, n.sum()):
        raise ValueError("no patient, or every patient, has the event: nothing to estimate")


def _log_likelihood(
    mu: float, tau: float, y: Floats, n: Floats, points: Floats, weights: Floats
) -> float:
    """Sum over studies of log ∫ Bin(y | n, expit(mu + tau u)) φ(u) du.

    The nodes are put where each integrand is: at its mode, scaled by its curvature there
    (Pinheiro and Bates 1995, adaptive Gauss-Hermite quadrature).
    """
    # integrand exp(y eta - n log(1 + e^eta) - u^2 / 2), eta = mu + tau u; minus its second
    # log-derivative in u is 1 + tau^2 n p(1 - p)
    mode = _modes(mu, tau, y, n)
    p = expit(mu + tau * mode)
    scale = 1 / np.sqrt(1 + tau**2 * n * p * (1 - p))
    u = mode[:, None] + scale[:, None] * points
    eta = mu + tau * u
    # log of: binomial × φ(u) / φ(point), up to the constants that cancel, times the scale
    inside = y[:, None] * eta - n[:, None] * np.logaddexp(0, eta) - u**2 / 2 + points**2 / 2
    integral = logsumexp(inside, b=weights / weights.sum(), axis=1) + np.log(scale)
    coefficients = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return float((coefficients + integral).sum())


def _modes(mu: float, tau: float, y: Floats, n: Floats) -> Floats:
    """Root of tau (y - n p) - u, which falls in u: Newton's steps, halving where one leaves."""
    low, high = tau * (y - n) - 1, tau * y + 1
    u = np.zeros_like(y)
    for _ in range(200):
        p = expit(mu + tau * u)
        slope = tau * (y - n * p) - u
        low, high = np.where(slope > 0, u, low), np.where(slope > 0, high, u)
        step = u + slope / (1 + tau**2 * n * p * (1 - p))
        step = np.where((step > low) & (step < high), step, (low + high) / 2)
        if np.abs(step - u).max() < 1e-11:
            break
        u = step
    return u


def _profiles(
    likelihood: Callable[[float, float], float], mu: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Log-likelihood of mu maximised over tau, and of tau over mu."""

    def highest(curve: Callable[[float], float], low: float, high: float) -> float:
        fall = minimize_scalar(
            lambda x: -curve(x), bounds=(low, high), method="bounded", options={"xatol": 1e-7}
        )
        return -float(fall.fun)

    def by_mu(fixed: float) -> float:
        return max(highest(lambda tau: likelihood(fixed, tau), 0, _FAR), likelihood(fixed, 0))

    def by_tau(fixed: float) -> float:
        return highest(lambda centre: likelihood(centre, fixed), mu - _FAR, mu + _FAR)

    return by_mu, by_tau


def _ends(
    excess: Callable[[float], float], best: float, least: float, most: float
) -> tuple[float, float]:
    """Where the profile has fallen by the drop on either side; the bound if it never has."""
    below = least if best <= least or excess(least) >= 0 else brentq(excess, least, best, xtol=1e-9)
    above = most if excess(most) >= 0 else brentq(excess, best, most, xtol=1e-9)
    return float(below), float(above)


def _standard_error(
    likelihood: Callable[[float, float], float], mu: float, tau: float, h: float = 1e-3
) -> float:
    """Of mu, from the second differences of the log-likelihood; with tau fixed where it is 0."""
    top = likelihood(mu, tau)
    mm = (likelihood(mu + h, tau) - 2 * top + likelihood(mu - h, tau)) / h**2
    if tau == 0:
        return float(np.sqrt(-1 / mm))
    tt = (likelihood(mu, tau + h) - 2 * top + likelihood(mu, tau - h)) / h**2
    corners = [likelihood(mu + a * h, tau + b * h) * a * b for a in (1, -1) for b in (1, -1)]
    mt = sum(corners) / (4 * h**2)
    return float(np.sqrt(-tt / (mm * tt - mt**2)))
