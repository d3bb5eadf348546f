"""Patients who are not independent: standard errors that are robust to it (statsmodels)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtri

from cohortbook.report.predictors import in_words, term_label
from cohortbook.report.printing import Printing
from smallstats.columns import refuse
from smallstats.design import build_design
from smallstats.remarks import Remark, few_clusters
from smallstats.separation import separation_of

NIL = 1e-4
"""A robust standard error that is less than this share of the usual one is nil."""


def clustered_odds_ratios(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    cluster: str,
    labels: Mapping[str, str],
    printing: Printing | None = None,
) -> pd.DataFrame:
    """Fit logistic regression by maximum likelihood, its standard errors robust to clusters.

    Parameters
    ----------
    frame, outcome, predictors
        As in `smallstats.logistic.fit_logistic`.
    cluster
        A column whose values are clusters; patients of one are not independent.
    labels
        What to call the columns.
    printing
        How its remarks are said.

    Returns
    -------
    DataFrame
        Columns of `cohortbook.report.comparison.odds_ratios`.

    Raises
    ------
    ValueError
        As `smallstats.logistic.fit_logistic`, for estimates that are infinite, for fewer than
        two clusters, and for a predictor that tells clusters apart.

    References
    ----------
    Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika
    1986;73:13-22.
    """
    from statsmodels.discrete.discrete_model import Logit

    clustered = frame[frame[cluster].notna()]
    design = build_design(clustered, outcome, list(predictors))
    groups, names = pd.factorize(clustered.loc[design.complete, cluster])
    refuse([Remark("{term!r} has one cluster", term=cluster)] * (len(names) < 2))
    separation = separation_of(design)[0]
    infinite = tuple(map(str, separation.directions.index))
    words = "robust standard errors need finite estimates: {terms}"
    refuse([Remark(words, terms=infinite)] * bool(separation.rows))
    x, back = design.scaled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = Logit(design.y, x).fit(
            disp=0, cov_type="cluster", cov_kwds={"groups": groups}, maxiter=100
        )
    coef, covariance = back @ fit.params, back @ fit.cov_params() @ back.T
    se = np.sqrt(np.diag(covariance))
    usual = np.sqrt(np.diag(back @ np.linalg.inv(-fit.model.hessian(fit.params)) @ back.T))
    nil = tuple(map(str, np.array(design.terms)[1:][(se < NIL * usual)[1:]]))
    words = "no robust standard error, as clusters are told apart by {terms}"
    refuse([Remark(words, terms=nil)] * bool(nil))
    half = ndtri(0.975) * se
    remarks = few_clusters(len(names))
    terms = list(design.terms)
    return pd.DataFrame(
        {
            "model": "",
            "term": terms,
            "label": [term_label(term, labels) for term in terms],
            "odds_ratio": np.exp(coef),
            "ci_low": np.exp(coef - half),
            "ci_high": np.exp(coef + half),
            "p": chdtrc(1, (coef / se) ** 2),
            "n": len(design.y),
            "events": int(design.y.sum()),
            "dropped": len(frame) - len(design.y),
            "nagelkerke": float("nan"),
            "method": "maximum likelihood, 95% Wald interval, Wald test, standard errors robust to "
            f"the {len(names)} clusters of {labels.get(cluster, cluster)}",
            "warnings": "\n".join(
                in_words(text, printing or Printing(), labels) for text in remarks
            ),
        }
    ).iloc[1:]
