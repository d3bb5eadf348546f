"""Likelihood ratio, score and Wald tests of every predictor, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from smallstats.design import Design, build_design
from smallstats.likelihood import Likelihood
from smallstats.maximum_likelihood import maximum_likelihood, plain_likelihood

#: A statistic below 1e-5 is one of rounding, with one degree of freedom: p is then above this.
NOTHING = 0.9975
TIED = 1e-6  # p values that differ by less

Floats = NDArray[np.float64]


def term_tests(frame: pd.DataFrame, outcome: str, predictors: Sequence[str]) -> pd.DataFrame:
    """Test each predictor given the others by the three classical tests.

    Returns
    -------
    pandas.DataFrame
        Indexed by predictor: `df` (its number of coefficients), then for the likelihood ratio,
        the score (Rao) and the Wald test the statistic and its p: `likelihood_ratio`,
        `likelihood_ratio_p`, `score`, `score_p`, `wald`, `wald_p`. A predictor with an infinite
        estimate has no Wald test: NaN; the other two hold.

    Raises
    ------
    ValueError
        As `fit_logistic`.

    References
    ----------
    Hauck WW, Donner A. Wald's test as applied to hypotheses in logit analysis.
    J Am Stat Assoc 1977;72:851-3 (why the three differ).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 1, 0], "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> term_tests(frame, "y", ["x"]).filter(like="_p").round(3).loc["x"].tolist()
    [0.148, 0.157, 0.178]
    """
    design = build_design(frame, outcome, predictors)
    tests = {
        "likelihood_ratio": likelihood_ratio(design),
        "score": score(design),
        "wald": wald(design),
    }
    table = pd.DataFrame({"df": {name: len(j) for name, j in design.predictors.items()}})
    for name, statistic in tests.items():
        table[name] = pd.Series(statistic, dtype=float)
        table[f"{name}_p"] = chi_square_p(table[name], table["df"])
    return table.rename_axis("predictor")


def chi_square_p(statistic: pd.Series[float], df: pd.Series[int]) -> pd.Series[float]:
    """Upper tail of the chi-square distribution."""
    return pd.Series(chdtrc(df, statistic), index=statistic.index)


def weakest(p: Floats) -> NDArray[np.int64]:
    """Find the largest p along the last axis: of those equal but for rounding, the last one.

    A statistic is known to about 1e-9, and p near 1 changes with its square root: whatever is
    next to 1 is taken as 1, or the order of two useless predictors would be one of rounding.
    """
    p = np.where(p > NOTHING, 1.0, p)
    tied = p >= p.max(axis=-1, keepdims=True) - TIED
    return np.asarray(p.shape[-1] - 1 - tied[..., ::-1].argmax(axis=-1))


def likelihood_ratio(design: Design) -> dict[str, float]:
    """Twice the log-likelihood lost by leaving each predictor out."""
    full = maximum_likelihood(design).value
    return {
        name: max(0.0, 2 * (full - maximum_likelihood(_without(design, name)).value))
        for name in design.predictors
    }


def wald(design: Design) -> dict[str, float]:
    """Squared estimates of each predictor in units of their covariance."""
    solution = maximum_likelihood(design)
    statistic = {}
    for name, j in design.predictors.items():
        finite = np.isfinite(solution.coef[j]).all()
        weights = (
            np.linalg.solve(solution.covariance[np.ix_(j, j)], solution.coef[j]) if finite else 0
        )
        statistic[name] = float(solution.coef[j] @ weights) if finite else np.nan
    return statistic


def conditional(design: Design) -> dict[str, float]:
    """Twice the log-likelihood lost when each predictor is left out and nothing is refitted.

    The other coefficients are moved by their covariance with the one left out. SPSS calls it the
    conditional statistic.

    References
    ----------
    Lawless JF, Singhal K. Efficient screening of nonnormal regression models.
    Biometrics 1978;34:318-27.
    """
    solution = maximum_likelihood(design)
    likelihood = Likelihood(design.x, design.y, np.ones(len(design.y)))
    statistic = {}
    for name, j in design.predictors.items():
        shared = solution.covariance[:, j]
        moved = solution.coef - shared @ np.linalg.solve(shared[j], solution.coef[j])
        moved[j] = 0.0
        statistic[name] = max(0.0, 2 * (solution.value - likelihood.evaluate(moved)[0]))
    return statistic


def score(design: Design) -> dict[str, float]:
    """Rao's statistic: how steep the likelihood is where each predictor has no effect."""
    likelihood = plain_likelihood(design)
    columns = np.linalg.inv(design.orthogonal()[1])  # the coefficients of each of the design's
    statistic = {}
    for name, j in design.predictors.items():
        rest = np.linalg.qr(np.delete(columns, j, axis=1))[0]
        _, gradient, information = likelihood.evaluate(likelihood.maximise(basis=rest).beta)
        inverse = np.linalg.pinv(information, rcond=1e-10, hermitian=True)
        statistic[name] = float(gradient @ inverse @ gradient)
    return statistic


def _without(design: Design, name: str) -> Design:
    return design.keep([other for other in design.predictors if other != name])
