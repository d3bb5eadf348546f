"""The one-parameter family that is left after conditioning on everything else.

Given the other sufficient statistics, the statistic T of one coefficient has probabilities
proportional to ``count(t) * exp(coefficient * t)``. A 2x2 table with fixed margins is one such
family (the counts are products of binomial coefficients); a term of an exact logistic regression
is another. The same estimates, intervals and tests serve both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TIES = 1e-7
"""Probabilities that differ by less than this ratio are equal, as in R."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ConditionalFamily:
    """The conditional distribution of one sufficient statistic.

    Parameters
    ----------
    support
        Possible values of the statistic, ascending.
    log_count
        Logarithm of the weight of each value when the coefficient is zero, up to a constant.
    observed
        The value observed, a member of the support.

    References
    ----------
    Hirji KF. Exact Analysis of Discrete Data. Chapman & Hall/CRC 2006.
    Mehta CR, Patel NR. Exact logistic regression: theory and examples. Stat Med 1995;14:2143-60.
    """

    support: Floats
    log_count: Floats
    observed: float

    def probabilities(self, coefficient: float = 0.0) -> Floats:
        """Probability of each value of the support under a coefficient."""
        # P(T = t) = C(t) e^(beta t) / sum of C(u) e^(beta u) (Hirji 2006)
        log_p = self.log_count + coefficient * (self.support - self.observed)
        p = np.exp(log_p - log_p.max())
        return np.asarray(p / p.sum())

    @property
    def _at(self) -> int:
        return int(np.argmin(np.abs(self.support - self.observed)))

    def less(self, coefficient: float = 0.0) -> float:
        """Probability of the observed value or a smaller one."""
        return min(1.0, float(self.probabilities(coefficient)[: self._at + 1].sum()))

    def greater(self, coefficient: float = 0.0) -> float:
        """Probability of the observed value or a larger one."""
        return min(1.0, float(self.probabilities(coefficient)[self._at :].sum()))

    def two_sided(self, *, mid: bool = False) -> float:
        """Probability of every value no more probable than the observed one, if no effect.

        With ``mid``, values exactly as probable as the observed one count half (Lancaster 1961);
        a support of one value, which can tell nothing, keeps p = 1.
        """
        p = self.probabilities()
        limit = p[self._at]
        more_extreme = p < limit / (1 + TIES)
        as_extreme = ~more_extreme & (p <= limit * (1 + TIES))
        if len(p) == 1:
            return 1.0
        return min(1.0, float(p[more_extreme].sum() + (0.5 if mid else 1.0) * p[as_extreme].sum()))

    def estimate(self) -> float:
        """Conditional maximum likelihood estimate of the coefficient; infinite at a bound.

        NaN when the support is a single value: the data then say nothing about the coefficient.
        """
        if len(self.support) == 1:
            return np.nan
        if self._at in (0, len(self.support) - 1):
            return -np.inf if self._at == 0 else np.inf
        from_observed = self.support - self.observed
        # the conditional score equation: E(T) = t observed
        return self._solve(lambda c: float((self.probabilities(c) * from_observed).sum()))

    def standard_error(self, coefficient: float) -> float:
        """Compute the standard error of an estimate from the conditional information."""
        p = self.probabilities(coefficient)
        from_mean = self.support - p @ self.support
        return float(1 / np.sqrt(p @ from_mean**2))

    def median_unbiased(self) -> float:
        """Median unbiased estimate: finite also where the maximum likelihood estimate is not."""
        low, high = self.interval(level=0.0)
        if np.isinf(low):
            return high
        return low if np.isinf(high) else (low + high) / 2

    def interval(self, level: float = 0.95, *, mid: bool = False) -> tuple[float, float]:
        """Exact interval with at most half of the error on each side (as R's fisher.test).

        With ``mid`` the observed value counts half in its tails, and the interval is shorter.
        """
        tail = np.log((1 - level) / 2)
        low, high = -np.inf, np.inf
        if self._at > 0:
            low = self._solve(lambda c: self._log_tail(c, slice(self._at, None), mid) - tail)
        if self._at < len(self.support) - 1:
            high = self._solve(lambda c: tail - self._log_tail(c, slice(self._at + 1), mid))
        return low, high

    def _log_tail(self, coefficient: float, values: slice, mid: bool) -> float:
        """Logarithm of the probability of some values, also where it is too small for a float."""
        log_p = self.log_count + coefficient * (self.support - self.observed)
        tail = log_p[values].copy()
        if mid:
            tail[0 if values.stop is None else -1] -= np.log(2)
        return _log_sum(tail) - _log_sum(log_p)

    def _solve(self, increasing: Callable[[float], float]) -> float:
        """Root of an increasing function of the coefficient, on the scale of the statistic."""
        from scipy.optimize import brentq

        step = 1.0 / (self.support[-1] - self.support[0])
        low, high = -step, step
        while increasing(low) > 0:
            low, high = 2 * low, low
        while increasing(high) < 0:
            low, high = high, 2 * high
        return float(brentq(increasing, low, high, xtol=1e-14 * step, rtol=1e-14))


def _log_sum(logarithms: Floats) -> float:
    """Logarithm of the sum of what has these logarithms."""
    largest = logarithms.max()
    return float(largest + np.log(np.exp(logarithms - largest).sum()))
