"""Cox's partial log-likelihood, ties by Efron's method, also where hazards lie far apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smallstats.likelihood import Likelihood
from smallstats.remarks import Remark

SPAN = 300.0  # log hazards further apart are summed apart

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoxLikelihood(Likelihood):
    """Partial log-likelihood, ties by Efron's method.

    `x`, `y` (1: the event) and `weight` (1) are in the order of falling times; `risk` gives for
    each row the number of rows followed as long or longer.
    """

    risk: NDArray[np.intp]

    @classmethod
    def of(cls, x: Floats, y: Floats, time: Floats) -> CoxLikelihood:
        """Put the rows in order."""
        order = np.argsort(-time, kind="stable")
        falling = -time[order]
        return cls(x[order], y[order], np.ones(len(y)), np.searchsorted(falling, falling, "right"))

    @cached_property
    def deaths(self) -> NDArray[np.intp]:
        """Rows with the event."""
        return np.flatnonzero(self.y == 1)

    @cached_property
    def ties(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """For each event: which distinct time it is of, the place of its time, Efron's part."""
        ends, which, counts = np.unique(
            self.risk[self.deaths], return_inverse=True, return_counts=True
        )
        starts = np.cumsum(counts) - counts
        # Efron (1977): of d tied events the l-th (from 0) is compared with all at risk, less l/d of
        # the hazards of those tied
        part = (np.arange(len(which)) - starts[which]) / counts[which]
        return which, ends, part

    def evaluate(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Value, score and curvature at some coefficients."""
        value, residual, information = self.moments(beta)
        return value, residual.sum(axis=0), information(np.ones(len(residual)))

    def moments(self, beta: Floats) -> tuple[float, Floats, Information]:
        """Value, Schoenfeld residual of each event, and what sums their variances with weights."""
        eta = self.x @ beta
        reference, stretches = self._references(eta)
        w = np.exp(eta - reference)
        which, ends, part = self.ties
        dead = self.deaths
        columns = np.column_stack([w, w[:, None] * self.x])
        tied = np.add.reduceat(columns[dead], np.searchsorted(which, np.arange(len(ends))))
        total = columns.copy()
        for start, end in stretches:
            if start:
                shrink = np.exp(reference[start - 1] - reference[start])
                total[start] += shrink * total[start - 1]
            total[start:end] = np.cumsum(total[start:end], axis=0)
        # S0 and S1 of each event: sums over those at risk of w and w x, less that part
        sums = total[ends - 1][which] - part[:, None] * tied[which]
        scale = sums[:, 0]
        mean = sums[:, 1:] / scale[:, None]
        # log partial likelihood: sum over events of eta - log S0 (Cox 1972)
        value = float((eta[dead] - reference[dead] - np.log(scale)).sum())
        return value, self.x[dead] - mean, Information(self, w, scale, mean, reference, stretches)

    def score_residuals(self, beta: Floats) -> Floats:
        """Score residual of each row: what it adds to the score at some coefficients.

        Raises
        ------
        ValueError
            Where hazards lie too far apart.
        """
        eta = self.x @ beta
        if np.ptp(eta) > SPAN:
            raise ValueError(Remark("the hazards lie too far apart for score residuals"))
        _, residual, information = self.moments(beta)
        which, ends, part = self.ties
        w, mean, share = information.w, information.mean, 1 / information.scale
        each = np.column_stack([share, share[:, None] * mean])

        def per_time(columns: Floats) -> Floats:
            return np.add.reduceat(columns, np.searchsorted(which, np.arange(len(ends))))

        # a row is at risk at each event whose time it reaches; the last of `ends` is the first time
        reached = np.zeros((len(eta) + 1, each.shape[1]))
        reached[ends] = per_time(each)
        past = np.cumsum(reached[:0:-1], axis=0)[::-1]
        # of d tied events the l-th sees the tied rows with the weight 1 - l / d (Efron)
        past[self.deaths] -= per_time(part[:, None] * each)[which]
        residuals = -w[:, None] * (self.x * past[:, :1] - past[:, 1:])
        counts = np.bincount(which)
        residuals[self.deaths] += (per_time(residual) / counts[:, None])[which]
        shift = self.x[self.deaths] - (per_time(self.x[self.deaths]) / counts[:, None])[which]
        residuals[self.deaths] += shift
        return np.asarray(residuals)

    def _references(self, eta: Floats) -> tuple[Floats, list[tuple[int, int]]]:
        """To what each row's hazard is compared, and the stretches of rows in which it is one.

        Far out, the hazards of those at risk at one event are nothing beside another's.
        """
        highest = np.maximum.accumulate(eta)[self.risk - 1]
        level = np.floor((highest - highest[0]) / SPAN)
        edges = [0, *(np.flatnonzero(np.diff(level)) + 1).tolist(), len(eta)]
        reference = highest[np.repeat(edges[1:], np.diff(edges)) - 1]
        return np.asarray(reference), list(pairwise(edges))


@dataclass(frozen=True)
class Information:
    """Weighted sum, over the events, of the variances of the predictors among those at risk."""

    likelihood: CoxLikelihood
    w: Floats
    scale: Floats
    mean: Floats
    reference: Floats
    stretches: list[tuple[int, int]]

    def __call__(self, weight: Floats) -> Floats:
        """Sum with a weight for each event."""
        of, x = self.likelihood, self.likelihood.x
        which, ends, part = of.ties
        share = weight / self.scale
        # a row is at risk at each event whose time it reaches
        per_time = np.bincount(which, share, len(ends))
        reached = np.zeros(len(x) + 1)
        reached[ends] = per_time
        at_risk = reached[1:].copy()
        for start, end in reversed(self.stretches):
            if end < len(x):
                shrink = np.exp(self.reference[end - 1] - self.reference[end])
                at_risk[end - 1] += shrink * at_risk[end]
            at_risk[start:end] = np.cumsum(at_risk[start:end][::-1])[::-1]
        tied = np.bincount(which, share * part, len(ends))[which]
        # sum over events of weight (S2 / S0 - mean mean'), the sums taken row by row
        second = (x.T * (self.w * at_risk)) @ x
        dead = of.deaths
        second -= (x[dead].T * (self.w[dead] * tied)) @ x[dead]
        return np.asarray(second - (self.mean.T * weight) @ self.mean)
