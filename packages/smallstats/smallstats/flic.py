"""Predictions from Firth's logistic regression, with the intercept corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from smallstats.design import INTERCEPT, build_design
from smallstats.logistic import fit_design


@dataclass(frozen=True)
class Predictions:
    """Predicted probabilities of the complete rows.

    Attributes
    ----------
    coef
        Coefficients by term; those of Firth's regression, but for the intercept.
    table
        Indexed as the frame: `outcome` (0 or 1) and `probability`.
    """

    coef: pd.Series[float]
    table: pd.DataFrame


def predict_flic(frame: pd.DataFrame, outcome: str, predictors: Sequence[str]) -> Predictions:
    """Predict a binary outcome by Firth's regression with intercept correction (FLIC).

    Firth's penalty draws predictions towards one half, which are then too high where the outcome
    is rare. The intercept is fitted anew by maximum likelihood, with the rest as it is; the mean
    prediction is then the share of patients with the outcome.

    Parameters
    ----------
    frame, outcome, predictors
        As in `smallstats.logistic.fit_logistic`.

    Raises
    ------
    ValueError
        As `smallstats.logistic.fit_logistic`.

    References
    ----------
    Puhr R, Heinze G, Nold M, Lusa L, Geroldinger A. Firth's logistic regression with rare events:
    accurate effect estimates and predictions? Stat Med 2017;36:2302-17.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 0, 0, 0, 0, 1, 1], "x": [0, 0, 0, 1, 1, 2, 2, 2]})
    >>> print(predict_flic(frame, "y", ["x"]).table["probability"].mean().round(6))
    0.25
    """
    from scipy.optimize import brentq

    design = build_design(frame, outcome, predictors)
    coef = fit_design(design, outcome, method="firth").table["coef"].copy()
    linear = design.x @ coef.to_numpy()
    # expit lies between 0 and 1, so that within these limits the mean passes the share
    reach = float(np.ptp(linear)) + abs(float(np.log(design.y.mean() / (1 - design.y.mean())))) + 1
    centre = -float(linear.mean())
    shift = brentq(
        lambda c: float((expit(linear + c) - design.y).sum()), centre - reach, centre + reach,
        xtol=1e-13,
    )  # fmt: skip
    coef[INTERCEPT] += shift
    table = pd.DataFrame(
        {"outcome": design.y, "probability": expit(linear + shift)}, frame.index[design.complete]
    )
    return Predictions(coef, table)


def area_under_roc(
    outcome: pd.Series[float], score: pd.Series[float]
) -> tuple[float, float, float]:
    """Estimate the area under the ROC curve, with its 95% interval (DeLong, on the logit).

    Returns
    -------
    tuple
        The area, and its limits; where it is 1 or 0 these are NaN.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 1988;44:837-45.

    Examples
    --------
    >>> y, score = pd.Series([0, 0, 1, 1.0]), pd.Series([0.1, 0.4, 0.35, 0.8])
    >>> area_under_roc(y, score)[0]
    0.75
    """
    y, values = np.asarray(outcome, dtype=float) == 1, np.asarray(score, dtype=float)
    ill, well = values[y], values[~y]
    above = (ill[:, None] > well) + 0.5 * (ill[:, None] == well)
    area = float(above.mean())
    if not 0 < area < 1 or min(len(ill), len(well)) < 2:
        return area, np.nan, np.nan
    variance = above.mean(axis=1).var(ddof=1) / len(ill) + above.mean(axis=0).var(ddof=1) / len(
        well
    )
    half = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    centre = np.log(area / (1 - area))
    return area, float(expit(centre - half)), float(expit(centre + half))
