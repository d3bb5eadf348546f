"""Backward elimination replayed over every joint table that agrees with printed margins."""

from __future__ import annotations

import numpy as np
import pandas as pd

from paperaudit.compatible import covariates, statistics
from smallstats.batch_selection import eliminate_batch, name_models


def eliminate_tables(
    tables: pd.DataFrame,
    *,
    criterion: str = "lr",
    remove: float = 0.10,
    enter: float | None = None,
) -> pd.DataFrame:
    """Put every compatible table through a backward elimination.

    As `eliminate_backward` does with patients: the covariate with the largest p goes, until none
    is above a limit; of equal p the last goes first. With *enter*, when none goes, the absent
    covariate with the smallest p of its score test comes back if that p is below *enter*, until a
    model would come a second time: the backward stepwise methods of SPSS.

    Parameters
    ----------
    tables : pandas.DataFrame
        As `compatible_tables` gives them.
    criterion, remove, enter
        As for `smallstats.batch_selection.eliminate_batch`, which also names the reference.

    Returns
    -------
    pandas.DataFrame
        With the index of *tables*: ``n_tables``, ``weight`` and ``final``, the covariates left
        (``diabetes + smoker``), ``none``, or missing where a test on the way needs a finite
        estimate and there is none.

    Raises
    ------
    ValueError
        For an unknown criterion, limits that are no probabilities, or *enter* above *remove*.

    Examples
    --------
    >>> from paperaudit.compatible import compatible_tables
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (8, 7)}, (14, 22))
    >>> eliminate_tables(tables).tail(2).round(3)
       n_tables  weight              final
    8         2   0.016  diabetes + smoker
    9         1   0.001  diabetes + smoker
    """
    names = covariates(tables)
    elimination = eliminate_batch(
        *statistics(tables, names), criterion=criterion, remove=remove, enter=enter
    )
    labels = np.array([*name_models(elimination.models, names), None])
    return tables[["n_tables", "weight"]].assign(
        final=pd.array(labels[elimination.final], dtype="str")
    )


def final_models(eliminated: pd.DataFrame) -> pd.DataFrame:
    """Count where backward elimination ends.

    Returns
    -------
    pandas.DataFrame
        A row a final model of `eliminate_tables`, the most probable first: ``final``,
        ``n_tables``, ``share`` of all joint tables, and ``weighted_share``, their probability.

    Examples
    --------
    >>> from paperaudit.compatible import compatible_tables
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (8, 7)}, (14, 22))
    >>> final_models(eliminate_tables(tables, criterion="wald", remove=0.05)).round(3)
                   final  n_tables  share  weighted_share
    0           diabetes        25  0.893           0.984
    1  diabetes + smoker         2  0.071           0.016
    2                NaN         1  0.036           0.001
    """
    by = eliminated.groupby("final", dropna=False)[["n_tables", "weight"]].sum()
    by.insert(1, "share", by["n_tables"] / by["n_tables"].sum())
    by = by.rename(columns={"weight": "weighted_share"})
    return by.sort_values("weighted_share", ascending=False, kind="stable").reset_index()
