"""One analysis in many cohorts, and its range over them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from smallstats.batch_selection import bootstrap_elimination, bootstrap_eliminations
from smallstats.logistic import fit_logistic
from smallstats.validation import (
    expected_nagelkerke,
    expected_nagelkerkes,
    validate_model,
    validate_models,
)

#: Functions of one cohort that another one does for many at once.
OF_MANY: dict[Callable[..., Any], Callable[..., Sequence[Any]]] = {
    bootstrap_elimination: bootstrap_eliminations,
    expected_nagelkerke: expected_nagelkerkes,
    validate_model: validate_models,
}
RATIO = ("odds_ratio", "ci_low", "ci_high")


def over_cohorts(
    cohorts: pd.DataFrame,
    columns: Sequence[str],
    function: Callable[..., Any],
    *arguments: Any,
    **options: Any,
) -> pd.DataFrame:
    """Compute something in each cohort.

    Cohorts that have the same numbers of patients of each kind are computed once, and resamples of
    all of them together.

    Parameters
    ----------
    cohorts
        Indexed by ``cohort`` and ``patient``, a row a patient.
    columns
        What the result depends on: the function is given these columns only.
    function
        From the patients of one cohort to a number, or to a mapping or Series of some.
    *arguments, **options
        What else it is given, after the patients.

    Returns
    -------
    pandas.DataFrame
        One row a cohort, one column a number; a single number is the column ``value``.

    Examples
    --------
    >>> cohorts = pd.DataFrame({"a": [True, False, True, True]},
    ...     index=pd.MultiIndex.from_product([[1, 2], ["x", "y"]], names=["cohort", "patient"]))
    >>> over_cohorts(cohorts, ["a"], lambda frame: frame["a"].mean())
            value
    cohort
    1         0.5
    2         1.0
    """
    columns = list(dict.fromkeys(columns))
    kinds = cohorts.groupby(["cohort", *columns], dropna=False, observed=True).size()
    table = kinds.unstack(columns, fill_value=0)
    _, first, alike = np.unique(table.to_numpy(), axis=0, return_index=True, return_inverse=True)
    frames = [cohorts.loc[cohort, columns] for cohort in table.index[first]]
    if function in OF_MANY:
        results = OF_MANY[function](frames, *arguments, **options)
    else:
        results = [function(frame, *arguments, **options) for frame in frames]
    rows = [x if isinstance(x, pd.Series | dict) else {"value": x} for x in results]
    return pd.DataFrame(rows).iloc[alike.ravel()].set_axis(table.index)


def summarise_cohorts(results: pd.DataFrame) -> pd.DataFrame:
    """Return the median and the range of each number over the cohorts.

    Parameters
    ----------
    results
        One row a cohort, as from `over_cohorts`.

    Returns
    -------
    pandas.DataFrame
        One row a column of *results*, its name in the index ``measure``: ``median``, ``low`` and
        ``high`` (the middle 95% of the cohorts), ``least`` and ``most``.

    Examples
    --------
    >>> summarise_cohorts(pd.DataFrame({"auc": [0.7, 0.75, 0.8]}))
             median     low    high  least  most
    measure
    auc        0.75  0.7025  0.7975    0.7   0.8
    """
    wanted = {"median": 0.5, "low": 0.025, "high": 0.975, "least": 0.0, "most": 1.0}
    values = results.quantile(list(wanted.values())).T.set_axis(list(wanted), axis=1)
    return values if results.columns.nlevels > 1 else values.rename_axis("measure")


def analyse_cohorts(
    cohorts: pd.DataFrame,
    outcome: str,
    term: str,
    covariates: Sequence[Sequence[str]],
    methods: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Estimate one odds ratio by several analyses, each in every cohort.

    Parameters
    ----------
    cohorts
        Indexed by ``cohort`` and ``patient``, a row a patient.
    outcome, term
        Whose odds ratio of what; a binary term.
    covariates
        For each analysis, what it adjusts for.
    methods
        For each method's name, the options of `fit_logistic`.

    Returns
    -------
    pandas.DataFrame
        One row a method and set of covariates: ``method``, ``covariates``; over the cohorts the
        medians of ``odds_ratio``, ``ci_low`` and ``ci_high``, the ``least`` and the ``most`` odds
        ratio, and ``excluding``, the share whose interval excludes 1.

    Examples
    --------
    >>> both = pd.DataFrame({"relapse": [1, 1, 1, 0, 0, 1, 0, 0], "drug": [1, 1, 1, 1, 0, 0, 0, 0]})
    >>> cohorts = pd.concat({1: both, 2: both}, names=["cohort", "patient"])
    >>> found = analyse_cohorts(cohorts, "relapse", "drug", [[]], {"Wald": {}})
    >>> found[["odds_ratio", "least", "most"]].round(2)
       odds_ratio  least  most
    0         9.0    9.0   9.0
    """
    rows = []
    for (method, options), others in product(methods.items(), covariates):
        predictors = [term, *others]
        fits = over_cohorts(
            cohorts, [outcome, *predictors], _term_fit, outcome, predictors, options
        )
        excluding = (fits["ci_low"] > 1) | (fits["ci_high"] < 1)
        row = {"method": method, "covariates": list(others), **fits.median()}
        row |= {"least": fits["odds_ratio"].min(), "most": fits["odds_ratio"].max()}
        rows.append({**row, "excluding": excluding.mean()})
    return pd.DataFrame(rows)


def _term_fit(
    frame: pd.DataFrame, outcome: str, predictors: list[str], options: Mapping[str, Any]
) -> dict[str, float]:
    """Fit a model, and give the row of its first predictor."""
    table = fit_logistic(frame, outcome, predictors, **options).table
    return {column: float(table[column][predictors[0]]) for column in RATIO}
