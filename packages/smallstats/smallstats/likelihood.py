"""The logistic log-likelihood: its maximum, free or constrained, and its profile.

A constraint fixes one linear combination of the coefficients, ``contrast @ beta``. The profile at
a value is the maximum under that constraint; every likelihood ratio test and profile interval of
the package comes from it, for the plain, the penalised and the augmented likelihood alike.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from smallstats.remarks import Remark

MAX_ITERATIONS = 200
MOST_HALVINGS = 200
TOLERANCE = 1e-10
"""Newton stops within this part of a standard error of the maximum."""

FLAT = 1e-6
"""A slow search has arrived where the likelihood rises by less, for one unit of a log odds."""

SLOW_ITERATIONS = 200

NEAR = 0.01
"""Where no log odds is further from that at a maximum, Newton arrives there."""

PRECISION = 1e-9
"""A bound is found when the last Newton step, which squares this, is so small a part of it."""

ARRIVED = 1e-8
"""A profile of a batch is found when no log odds moves further in a step; Newton squares this."""

MOST_ROUNDS = 20
"""A profile that takes longer in a batch is searched for by itself."""

SAME = 1e-6
"""Likelihood ratio statistics that differ by less are the same."""

FIRST_STEP = 30.0
"""A search for a bound begins where no log odds is further than this from the maximum."""

ROOT_95 = float(np.sqrt(chdtri(1, 0.05)))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is largest, and whether it runs away on the way there.

    With `diverges` the likelihood still rises, by less than can be seen, along a direction in
    which coefficients grow without end; `value` is then its supremum.
    """

    beta: Floats
    value: float
    score: Floats
    information: Floats
    diverges: bool


@dataclass(frozen=True)
class Likelihood:
    """Logistic log-likelihood of outcomes `y` (0 or 1) with weights, given a scaled design `x`."""

    most_branches: ClassVar[int] = 0
    """How often a search for a bound may go on from a higher maximum: this one is concave."""

    x: Floats
    y: Floats
    weight: Floats

    def evaluate(self, beta: Floats) -> tuple[Any, Floats, Floats]:
        """Value, score and curvature (information) at some coefficients, the last axis of `beta`.

        Any axes before it are those of many evaluations at once.
        """
        eta = beta @ self.x.T
        # log-likelihood: sum of w (y eta - log(1 + e^eta)), each term as -log(1 + e^-|eta|) and a
        # part that is 0 for a right guess
        rest = np.exp(-np.abs(eta))  # with which nothing overflows
        observed = np.minimum((2 * self.y - 1) * eta, 0.0) - np.log1p(rest)
        value = observed @ self.weight
        p = np.where(eta < 0, rest, 1.0) / (1 + rest)
        score = (self.weight * (self.y - p)) @ self.x
        # score X'W(y - p), information X'W p(1 - p)X
        return value, score, self._squares(self.weight * p * (1 - p))

    def _squares(self, by: Floats) -> Floats:
        """Sum of the patients' squares and products of columns, each patient's times `by`."""
        return (self.x.T * by[..., None, :]) @ self.x

    def maximise(
        self,
        start: Floats | None = None,
        basis: Floats | None = None,
        *,
        best: Maximum | None = None,
    ) -> Maximum:
        """Newton's method with step halving, from `start` and along the columns of `basis`.

        Close to the `best` maximum so far it stops, and gives that.

        Raises
        ------
        ValueError
            When it has not converged after `MAX_ITERATIONS` steps, or `MOST_HALVINGS` of them.
        """
        beta = np.zeros(self.x.shape[1]) if start is None else start
        basis = np.eye(len(beta)) if basis is None else basis
        value, score, information = self.evaluate(beta)
        if np.isneginf(value):  # too far out to be computed, or to know the way back
            return Maximum(beta, value, score, information, diverges=True)
        halvings, arrived = iter(range(MOST_HALVINGS)), False
        for _ in range(MAX_ITERATIONS if basis.size else 0):
            if best and np.abs(self.x @ (beta - best.beta)).max() < NEAR:
                return best
            step = basis @ _climb(basis.T @ information @ basis, basis.T @ score)
            decrement, unseen = score @ step, 1e-12 * max(1.0, abs(value))
            if decrement < TOLERANCE**2 or arrived:
                size, axes = np.linalg.eigh(basis.T @ information @ basis)
                if size[0] > -1e-9 * size[-1]:
                    return Maximum(beta, value, score, information, diverges=False)
                # from a saddle, which a penalised likelihood may have
                step, decrement, arrived = basis @ axes[:, 0], np.array(np.inf), False
            # no coefficient moves by more than the larger of 5 and the largest so far
            step /= max(1.0, np.abs(step).max() / max(5.0, np.abs(beta).max()))
            new = self.evaluate(beta + step)
            while not new[0] >= value - unseen and next(halvings, None) is not None:
                step = step / 2
                new = self.evaluate(beta + step)
            if np.isnan(new[0]):  # too far out to be computed
                return Maximum(beta, value, score, information, diverges=True)
            if new[0] < value - unseen:
                break
            gain = new[0] - value
            beta, (value, score, information) = beta + step, new
            moved = np.abs(self.x @ step).max() > 0.1
            flat = moved and abs(gain) <= unseen  # whatever rounding makes of the slope
            if flat or (decrement < 10 * unseen and moved):
                return Maximum(beta, value, score, information, diverges=bool(moved))
            arrived = bool(decrement < 10 * unseen and gain <= 0)
        if basis.size:
            return self._maximise_slowly(beta, basis)
        return Maximum(beta, value, score, information, diverges=False)

    def _maximise_slowly(self, beta: Floats, basis: Floats) -> Maximum:
        """Search in a region that grows and shrinks with trust, where Newton's steps go astray."""
        from scipy.optimize import minimize

        def loss(free: Floats) -> tuple[float, Floats]:
            value, score, _ = self.evaluate(beta + basis @ free)
            return -float(value), -basis.T @ score

        def curvature(free: Floats) -> Floats:
            return basis.T @ self.evaluate(beta + basis @ free)[2] @ basis

        options: Any = {"gtol": FLAT / 1000, "maxiter": SLOW_ITERATIONS}
        start: Any = np.zeros(basis.shape[1])
        with np.errstate(all="ignore"):
            search = minimize(
                loss, start, jac=True, hess=curvature, method="trust-exact", options=options
            )
        if not np.abs(search.jac).max() < FLAT:
            raise ValueError(Remark("the fit has not converged"))
        beta = beta + basis @ search.x
        # it rises without end where it is flat, and has a top where it bends
        bends = np.linalg.eigvalsh(curvature(search.x))[0] > FLAT
        return Maximum(beta, *self.evaluate(beta), diverges=not bends)

    def profile(
        self, contrast: Floats, value: float, near: Maximum, *, last: Maximum | None = None
    ) -> Maximum:
        """Maximum with ``contrast @ beta`` fixed at `value`, searched from a maximum `near` it.

        A `last` profile, of a value not so far out, gives another start.
        """
        # as c'beta is moved, the maximum moves along I^-1 c, to first order
        along = contrast if near.diverges else _climb(near.information, contrast)
        start = near.beta + (value - contrast @ near.beta) / (contrast @ along) * along
        basis = np.linalg.qr(contrast[:, None], mode="complete")[0][:, 1:]
        # from too far out, where all is flat: from the nearest to the origin, or further out on
        # the ray that a profile follows in the end
        others = [value / (contrast @ contrast) * contrast]
        if last is not None and contrast @ last.beta:
            others.append(value / (contrast @ last.beta) * last.beta)
        for other in others:
            with suppress(ValueError):
                top = self.maximise(start, basis)
                if np.isfinite(top.value):
                    return top
            start = other
        return self.maximise(start, basis)

    def highest(
        self, contrast: Floats, value: float, near: Maximum, *, last: Maximum | None = None
    ) -> Maximum:
        """Highest maximum with ``contrast @ beta`` fixed: the only one of a concave likelihood."""
        return self.profile(contrast, value, near, last=last)

    def profile_bound(
        self,
        contrast: Floats,
        top: float,
        near: Maximum,
        *,
        side: int,
        step: float,
        finite: bool = True,
    ) -> float:
        """Where, below (-1) or above (1), a likelihood ratio test at 5% stops keeping a value.

        Where the likelihood is not concave and has a higher maximum at the bound, the search goes
        on from there.

        Parameters
        ----------
        contrast
            The combination of coefficients whose value is sought.
        top
            Maximum, or supremum, of the log-likelihood.
        near
            Where to search from: the maximum, if there is one.
        side
            Which bound: -1 the lower, 1 the upper.
        step
            First guess of the distance.
        finite
            Whether the estimate is finite, so that `near` has it.

        Returns
        -------
        float
            The bound; infinite where the likelihood never falls far enough.

        References
        ----------
        Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence
        intervals. J R Stat Soc C 1988;37:87-94.
        """
        bound, last = self._walk_to_bound(contrast, top, near, side, step, finite)
        for _ in range(self.most_branches):
            if not np.isfinite(bound):
                break
            higher = self.highest(contrast, bound, near, last=last)
            if 2 * (top - higher.value) > ROOT_95**2 - SAME:
                break
            further, last = self._walk_to_bound(contrast, top, higher, side, step / 8)
            if side * (further - bound) <= 0:
                break
            bound = further
        return bound

    def _walk_to_bound(
        self, contrast: Floats, top: float, near: Maximum, side: int, step: float,
        finite: bool = True,
    ) -> tuple[float, Maximum]:  # fmt: skip
        """Find the bound that `profile_bound` describes along one branch, and the profile there."""
        centre = float(contrast @ near.beta)
        # the estimate is inside; without it a step from far out could cross to its other side
        inside, outside = (centre if finite else None), None
        # where an estimate is nearly undetermined, the guess is far too long
        along = contrast if near.diverges else _climb(near.information, contrast)
        step = min(step, FIRST_STEP * float(contrast @ along) / np.abs(self.x @ along).max())
        value = centre + side * step
        at = near
        for _ in range(MAX_ITERATIONS):
            at = self.profile(contrast, value, near if at.diverges else at, last=at)
            # the signed root of the likelihood ratio is nearly a straight line in the value
            root = np.sqrt(max(0.0, 2 * (top - at.value)))
            if root > ROOT_95:
                outside = value
            else:
                inside = value
            # the score at a constrained maximum is a multiple of the contrast c, dl/dvalue =
            # c'score / c'c, and d root/dvalue = -(dl/dvalue) / root
            slope = -(at.score @ contrast) / (contrast @ contrast) / root if root else 0.0
            move = (ROOT_95 - root) / slope if side * slope > 0 else side * step
            if abs(move) <= PRECISION * max(step, abs(value)):
                return value + move, at
            if inside is None or outside is None:
                move = float(np.clip(move, -4 * step, 4 * step))
                # after short moves, along a limit that is nearly touched, no leap
                value, step = value + move, 2 * min(step, abs(move))
            elif min(inside, outside) < value + move < max(inside, outside):
                value += move
            else:
                value = (inside + outside) / 2
            if None not in (inside, outside) and value in (inside, outside):
                return value, at  # nothing can be computed to be between them
        return side * np.inf, at

    def profiles(
        self,
        start: Floats,
        contrast: Floats,
        *,
        value: Floats,
        level: Floats,
        side: Floats,
    ) -> tuple[Floats, Floats]:
        """Many profiles at once, by Newton's method without any safeguard.

        Parameters
        ----------
        start
            Coefficients to search from, a row for each profile.
        contrast
            The combinations of coefficients, a row for each.
        value
            Where ``contrast @ beta`` is fixed; or NaN, and
        level
            the log-likelihood at which it is sought as far out as there is any, on
        side
            -1, below, or 1, above.

        Returns
        -------
        beta, value
            Coefficients, a row each, and log-likelihood; NaN where they are not found.

        References
        ----------
        Venzon and Moolgavkar, as for `profile_bound`: they solve for both at once.
        """
        beta, highest = np.full_like(start, np.nan), np.full(len(start), np.nan)
        left = np.arange(len(start))
        with np.errstate(all="ignore"), suppress(np.linalg.LinAlgError):
            for _ in range(MOST_ROUNDS):
                now, score, curvature = self.evaluate(start)
                inverse = np.linalg.inv(curvature)
                # Newton's step for l'(beta) + push c = 0: I^-1 (score + push c)
                ahead = np.einsum("ijk,ik->ij", inverse, score)
                aside = np.einsum("ijk,ik->ij", inverse, contrast[left])
                width = (contrast[left] * aside).sum(axis=1)
                # push such that c'(beta + step) is the value asked for
                short = (value[left] - (contrast[left] * (start + ahead)).sum(axis=1)) / width
                # or (Venzon and Moolgavkar 1988) such that the quadratic at beta takes the level,
                # 2 (l - level) + score'I^-1 score = push^2 c'I^-1 c
                spare = (2 * (now - level[left]) + (score * ahead).sum(axis=1)) / width
                push = np.where(np.isnan(level[left]), short, side[left] * np.sqrt(spare))
                step = ahead + push[:, None] * aside
                start = start + step
                moved = np.abs(step @ self.x.T).max(axis=1)
                arrived = (moved < ARRIVED) & (np.linalg.eigvalsh(curvature) > 0).all(axis=1)
                beta[left[arrived]], highest[left[arrived]] = start[arrived], now[arrived]
                on = moved >= ARRIVED
                left, start = left[on], start[on]
                if not left.size:
                    break
        return beta, highest

    def bounds_and_tests(self, contrasts: Floats, top: Maximum) -> tuple[Floats, Floats, Floats]:
        """Profile bounds of many contrasts, and what each loses at zero, if that is simple.

        Returns
        -------
        low, high, lost
            Bounds as from `profile_bound`, and log-likelihood below that of the maximum; NaN
            where only a search can tell.
        """
        side = np.repeat([-1.0, 1.0, 0.0], len(contrasts))
        contrast = np.tile(contrasts, (3, 1))
        aside = contrast @ np.linalg.inv(top.information)
        width = (contrast * aside).sum(axis=1)
        reach = np.where(side == 0, -(contrast @ top.beta) / width, side * ROOT_95 / np.sqrt(width))
        beta, value = self.profiles(
            top.beta + reach[:, None] * aside,
            contrast,
            value=np.where(side == 0, 0.0, np.nan),
            level=np.where(side == 0, np.nan, top.value - ROOT_95**2 / 2),
            side=side,
        )
        sure = np.isfinite(value)
        sure[sure] = self._are_highest(beta[sure])
        bounds = np.where(side == 0, top.value - value, (beta * contrast).sum(axis=1))
        low, high, lost = np.where(sure, bounds, np.nan).reshape(3, -1)
        return low, high, lost

    def signed_roots(self, contrasts: Floats, values: Floats, top: Maximum) -> Floats:
        """Signed roots of the likelihood ratios of some values of some contrasts."""
        aside = contrasts @ np.linalg.inv(top.information)
        width = (contrasts * aside).sum(axis=1)
        away = values - contrasts @ top.beta
        start, none = top.beta + (away / width)[:, None] * aside, np.full(len(values), np.nan)
        beta, value = self.profiles(start, contrasts, value=values, level=none, side=none)
        sure = np.isfinite(value)
        sure[sure] = self._are_highest(beta[sure])
        for j in np.flatnonzero(~sure):
            value[j] = self.highest(contrasts[j], float(values[j]), top).value
        return np.asarray(np.sign(away) * np.sqrt(np.maximum(0.0, 2 * (top.value - value))))

    def _are_highest(self, beta: Floats) -> NDArray[np.bool_]:
        """Return which constrained maxima, a row each, are the highest: all, if it is concave."""
        return np.full(len(beta), fill_value=True)


def _climb(curvature: Floats, slope: Floats) -> Floats:
    """Newton's direction, upwards whatever the sign of the curvature, finite where it is flat."""
    size, axes = np.linalg.eigh(curvature)
    size = np.abs(size)
    return np.asarray(axes @ ((axes.T @ slope) / (size + 1e-15 * size.max() + 1e-100)))
