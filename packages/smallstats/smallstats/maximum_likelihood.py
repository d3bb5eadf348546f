"""Maximum likelihood estimates, also where some of them are infinite."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smallstats.design import Design
from smallstats.likelihood import Likelihood, Maximum
from smallstats.separation import Separation, separation_of, split_space

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Estimates on the scale of the data.

    Attributes
    ----------
    coef, covariance
        Estimates, infinite or NaN where the data support one direction or none; what belongs to
        them in the covariance matrix is NaN, their variance infinite.
    value
        Log-likelihood at its maximum or supremum.
    near
        Where to search profiles from: the maximum, on the scale of the fit, or that of the rows
        that are not separated.
    separation
        What makes estimates infinite, if any are.
    """

    coef: Floats
    covariance: Floats
    value: float
    near: Maximum
    separation: Separation | None


def maximum_likelihood(design: Design) -> Solution:
    """Estimate by maximum likelihood, finite estimates next to infinite ones included.

    Once the rows that are separated predict themselves, the others decide about the rest.
    """
    x, back = design.orthogonal()
    top = plain_likelihood(design).maximise()
    separation, separated = separation_of(design) if top.diverges else (None, None)
    # without separation there is a maximum: the likelihood is only flat around it
    if separation is None or separated is None or not separated.any():
        top = replace(top, diverges=False)
        covariance = back @ np.linalg.inv(top.information) @ back.T
        return Solution(back @ top.beta, covariance, top.value, top, None)
    # Albert and Anderson (1984): along the separating direction the separated rows tend to
    # probability 1 and drop out; what is left is a problem with a maximum on its own span
    overlap = ~separated
    basis = split_space(x[overlap])[0]
    top = Likelihood(x[overlap], design.y[overlap], np.ones(overlap.sum())).maximise(basis=basis)
    inverse = basis @ np.linalg.inv(basis.T @ top.information @ basis) @ basis.T
    coef, covariance = back @ top.beta, back @ inverse @ back.T
    for term, direction in separation.directions.items():
        j = design.terms.index(str(term))
        coef[j], covariance[j], covariance[:, j] = direction, np.nan, np.nan
        covariance[j, j] = np.inf
    return Solution(coef, covariance, top.value, replace(top, diverges=True), separation)


def plain_likelihood(design: Design) -> Likelihood:
    """Log-likelihood of a design, on the scale of the fit; patients who are alike are one row."""
    x, data = design.orthogonal()[0], np.column_stack([design.x, design.y])
    # a random combination tells rows apart; in case it does not, they are compared as well
    mix = data @ np.random.default_rng(0).normal(size=data.shape[1])
    _, first, row = np.unique(mix, return_index=True, return_inverse=True)
    if len(first) > len(x) / 2 or (data[first][row] != data).any():
        return Likelihood(x, design.y, np.ones(len(x)))
    return Likelihood(x[first], design.y[first], np.bincount(row).astype(float))
