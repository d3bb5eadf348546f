"""Penalised likelihoods whose estimates are finite where maximum likelihood's are not.

Of the available packages, firthmodels 0.8.2 came nearest and was measured first. Its profile
intervals and likelihood ratio p are those found here to seven digits, in times of the same order;
but it follows one maximum of a profile that may have several, by default its estimates stop up to
4e-5 away, its Wald standard errors come from augmented data, and it brings scikit-learn for what is
one short class. This one agrees with R's brglm2 to nine digits.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smallstats.columns import refuse
from smallstats.design import Design
from smallstats.likelihood import NEAR, Likelihood, Maximum

LEAST_SD, MOST_SD = 1e-6, 1e6
ALONE = 4.0  # a variance: proved up to 2; the least with which a higher maximum was seen is 4.3
SHARES = 0.001, 0.01, 0.05
"""Of each patient that count for the other outcome, so that maximum likelihood is finite."""

ROUND = 1e-3  # standard deviations of orthogonal combinations that differ by less

Floats = NDArray[np.float64]


class FirthLikelihood(Likelihood):
    """Log-likelihood plus half the log determinant of the information (Jeffreys' prior).

    References
    ----------
    Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.
    Heinze G, Schemper M. A solution to the problem of separation in logistic regression.
    Stat Med 2002;21:2409-19.
    """

    most_branches = 10

    @cached_property
    def _products(self) -> Floats:
        """Products of every two columns of the design, a column for each pair."""
        return (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)

    def _squares(self, by: Floats) -> Floats:
        size = self.x.shape[1]
        return (by @ self._products).reshape(*by.shape[:-1], size, size)

    def evaluate(self, beta: Floats) -> tuple[Any, Floats, Floats]:
        """Penalised value, score and curvature at some coefficients, the last axis of `beta`.

        With the curvature of the penalty Newton takes a handful of steps; without, dozens.
        """
        value, score, information = super().evaluate(beta)
        eta = beta @ self.x.T
        skew, far = -np.tanh(eta / 2), np.exp(-np.abs(eta))  # 1 - 2p
        share = far / (1 + far) ** 2  # p(1 - p), exact also where p is nearly 1
        leverage, bend, log_determinant = self._penalty(share, skew, information)
        # Firth (1993), logistic case: U*(beta) = X'(y - p + h (1/2 - p)), h the leverages
        score = score + (leverage * skew) @ self.x / 2
        # second derivative of log|I| / 2: tr(I^-1 d2I) - tr(I^-1 dI I^-1 dI), each over 2;
        # d2/deta2 of p(1 - p) is p(1 - p)(1 - 6 p(1 - p))
        bend = self._squares(leverage * (1 - 6 * share)) - bend
        return value + log_determinant / 2, score, information - bend / 2

    def _penalty(
        self, share: Floats, skew: Floats, information: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Leverages, tr(I^-1 dI I^-1 dI), and log|I|, of the information I = X'WX.

        Where its columns are so nearly dependent, as with tiny weights, that nothing but rounding
        is left of it, they come from sqrt(W)X = QR.
        """
        size, weight = self.x.shape[1], self.weight * share
        try:
            diagonal = np.diagonal(np.linalg.cholesky(information), axis1=-2, axis2=-1)
            exact = bool((diagonal.min(axis=-1) > ROUND * diagonal.max(axis=-1)).all())
        except np.linalg.LinAlgError:
            exact = False
        if exact:
            inverse = np.linalg.inv(information)
            leverage = weight * (inverse.reshape(*weight.shape[:-1], -1) @ self._products.T)
            change = (self.x.T * (weight * skew)[..., None, :]) @ self._products
            relative = inverse[..., None, :, :] @ change.reshape(*change.shape[:-1], size, size)
            left = relative.reshape(*change.shape)
            right = relative.swapaxes(-1, -2).reshape(*change.shape)
        else:
            q, r = np.linalg.qr(np.sqrt(weight)[..., None] * self.x)
            diagonal = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
            leverage = (q * q).sum(axis=-1)
            # R^-T dI R^-1 = Q' diag((1 - 2p) x) Q
            pairs = (q[..., :, None] * q[..., None, :]).reshape(*q.shape[:-1], -1)
            left = right = (self.x.T * skew[..., None, :]) @ pairs
        with np.errstate(divide="ignore"):
            log_determinant = 2 * np.log(diagonal).sum(axis=-1)
        return leverage, left @ right.swapaxes(-1, -2), log_determinant

    def maximise(
        self,
        start: Floats | None = None,
        basis: Floats | None = None,
        *,
        best: Maximum | None = None,
    ) -> Maximum:
        """As of any likelihood; without a start, the highest of the maxima that some lead to.

        Numbers with a few very large values can have one maximum where all effects are small, at
        which Newton's method from zero arrives, and a higher one near maximum likelihood's.
        """
        top = super().maximise(start, basis, best=best)
        if start is not None or basis is not None or self._are_highest(top.beta[None])[0]:
            return top
        for share in SHARES:
            shared = Likelihood(
                np.concatenate([self.x, self.x]),
                np.concatenate([self.y, 1 - self.y]),
                np.concatenate([(1 - share) * self.weight, share * self.weight]),
            )
            with suppress(ValueError, np.linalg.LinAlgError):
                other = super().maximise(shared.maximise().beta, best=top)
                top = max(top, other, key=lambda maximum: maximum.value)
        return top

    def _are_highest(self, beta: Floats) -> NDArray[np.bool_]:
        """Return which constrained maxima, a row each, have surely no higher one elsewhere.

        A log determinant is concave, so that its tangent bounds the penalty by a sum over the
        patients of functions of their log odds. With the likelihood these are concave where no
        patient's log odds has a variance above 2, and then there is no other maximum.
        """
        information = Likelihood.evaluate(self, beta)[2]
        try:
            inverse = np.linalg.inv(information).reshape(len(beta), beta.shape[1] ** 2)
        except np.linalg.LinAlgError:  # some log odds have no variance that can be computed
            return np.zeros(len(beta), dtype=bool)
        variance: Floats = (inverse @ self._products.T).max(axis=1)
        return variance < ALONE

    def _undecided(self, contrast: Floats, value: float) -> Floats:
        """Return the likeliest coefficients at which as many patients as can be have even odds.

        Far out only those near even odds keep the information from nothing: maxima are near there.
        """
        even, size = _some_patients(*self.x.shape), self.x.shape[1]
        last = np.broadcast_to(contrast, (len(even), 1, size))
        beta = np.linalg.pinv(np.concatenate([self.x[even], last], axis=1))[..., -1] * value
        with np.errstate(all="ignore"):
            return np.asarray(beta[np.argsort(-self.evaluate(beta)[0])[:3]])

    def highest(
        self, contrast: Floats, value: float, near: Maximum, *, last: Maximum | None = None
    ) -> Maximum:
        """Highest of the maxima with ``contrast @ beta`` fixed that some starts lead to.

        The penalty is not concave, so that there may be several: coefficients that are nearly
        collinear can share an effect in more than one way. The `last` profile, of a value next to
        this one, is the first start.
        """
        best = self.profile(contrast, value, last or near)
        if self._are_highest(best.beta[None])[0]:
            return best
        if last:
            with suppress(ValueError):
                best = max(best, self.profile(contrast, value, near), key=lambda at: at.value)
        length = contrast @ contrast
        basis = np.linalg.qr(contrast[:, None], mode="complete")[0][:, 1:]
        flips = 1 - 2 * np.eye(len(contrast))
        far = float(np.abs(best.beta).max())
        corners = [s * far * axis for axis in np.eye(len(contrast)) for s in (1, -1)]
        starts = np.stack(
            [near.beta, 0 * near.beta, -best.beta, *(flips * best.beta), *corners,
             *self._undecided(contrast, value)]
        )  # fmt: skip
        starts += ((value - starts @ contrast) / length)[:, None] * contrast
        for start in starts[self._lead_elsewhere(starts, contrast, value, best)]:
            try:
                with np.errstate(invalid="ignore"):
                    maximum = self.maximise(start, basis, best=best)
            except (ValueError, np.linalg.LinAlgError):  # from too far out
                continue
            if maximum.value > best.value:
                best = maximum
        return best

    def _lead_elsewhere(
        self, starts: Floats, contrast: Floats, value: float, best: Maximum
    ) -> NDArray[np.bool_]:
        """Return from which starts Newton's method does not arrive at the best maximum so far."""
        each = np.full(len(starts), value)
        same, none = np.tile(contrast, (len(starts), 1)), np.full(len(starts), np.nan)
        beta, _ = self.profiles(starts, same, value=each, level=none, side=none)
        arrived: NDArray[np.bool_] = np.abs((beta - best.beta) @ self.x.T).max(axis=1) < NEAR
        return ~arrived


@lru_cache(maxsize=32)
def _some_patients(n: int, size: int) -> NDArray[np.intp]:
    """Draw as many patients as decide a line, many times; drawing takes longer than a fit."""
    rng = np.random.default_rng(0)
    draws = [rng.choice(n, size - 1, replace=False) for _ in range(min(200, 1 + 20_000 // n))]
    return np.array(draws)


def log_f_likelihood(design: Design, m: float) -> Likelihood:
    """Log-likelihood with a log-F(m, m) prior on every coefficient but the intercept.

    The prior is data: for each term, m / 2 events and m / 2 others in whom that term is 1 and
    everything else, the intercept included, is 0. It thus speaks of one unit of the predictor.

    Raises
    ------
    ValueError
        Naming each term whose standard deviation is so far from one unit that the prior fixes it,
        or says nothing about it.

    References
    ----------
    Greenland S, Mansournia MA. Penalization, bias reduction, and default priors in logistic and
    related categorical and survival regressions. Stat Med 2015;34:3133-43.
    """
    spread = design.x.std(axis=0)
    refuse(
        [
            f"{term!r} has a standard deviation of {sd:.3g}, and the log-F prior is about one "
            f"unit: give it in a unit in which that is between {LEAST_SD:g} and {MOST_SD:g}"
            for term, sd in zip(design.terms[1:], spread[1:].tolist(), strict=True)
            if not LEAST_SD <= sd <= MOST_SD
        ]
    )
    x, back = design.orthogonal()
    prior = back[1:]
    half = np.full(len(prior), m / 2)
    return Likelihood(
        x=np.vstack([x, prior, prior]),
        y=np.r_[design.y, np.ones(len(prior)), np.zeros(len(prior))],
        weight=np.r_[np.ones(len(x)), half, half],
    )
