"""Backward elimination replayed over every joint table that agrees with printed margins."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from jdm_utils.paper.compatible import Model, chi_square_1_p, covariates, fit_model
from jdm_utils.paper.joint_tables import Floats
from jdm_utils.stats.columns import refuse

CRITERIA = ("lr", "wald", "conditional")

Kept = tuple[int, ...]


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
    criterion : {"lr", "wald", "conditional"}
        The test that decides what goes.
    remove : float
        A covariate goes when its p is above this.
    enter : float, optional
        A covariate comes back when its p is below this; by default none does.

    Returns
    -------
    pandas.DataFrame
        With the index of *tables*: ``n_tables``, ``weight`` and ``final``, the covariates left
        (``cardiac + treated``), ``none``, or missing where a test on the way needs a finite
        estimate and there is none.

    Raises
    ------
    ValueError
        For an unknown criterion, limits that are no probabilities, or *enter* above *remove*.

    References
    ----------
    IBM SPSS Statistics Algorithms, Logistic Regression: Stepwise Algorithms.

    Examples
    --------
    >>> from jdm_utils.paper.compatible import compatible_tables
    >>> tables = compatible_tables({"cardiac": (7, 1), "treated": (15, 10)}, (23, 31))
    >>> eliminate_tables(tables).tail(2).round(3)
       n_tables  weight              final
    7         2   0.001  cardiac + treated
    8         1   0.000  cardiac + treated
    """
    limits = [remove] if enter is None else [enter, remove]
    problems = []
    if criterion not in CRITERIA:
        problems.append(f"criterion={criterion!r} is not one of {', '.join(map(repr, CRITERIA))}")
    if not all(0 < limit <= 1 for limit in limits):
        problems.append(f"remove={remove!r}, enter={enter!r}: not probabilities above 0")
    elif limits != sorted(limits):
        problems.append(f"enter={enter!r} is above remove={remove!r}")
    refuse(problems)
    names = covariates(tables)
    everything = range(len(names))
    models = [kept for size in range(len(names) + 1) for kept in combinations(everything, size)]
    fits = {kept: fit_model(tables, names, kept) for kept in models}
    undetermined = len(models)
    following = np.full((len(models) + 1, len(tables)), undetermined)
    for number, kept in enumerate(models):
        then, stays = np.full(len(tables), number), np.ones(len(tables), dtype=bool)
        absent = [j for j in everything if j not in kept]
        if kept:
            p = _removal_p(fits, kept, criterion)
            tied = p >= p.max(axis=1, keepdims=True) - 1e-9
            worst = len(kept) - 1 - tied[:, ::-1].argmax(axis=1)
            smaller = np.array([models.index(_without(kept, j)) for j in kept])
            stays = p.max(axis=1) <= remove
            then = np.where(stays, number, smaller[worst])
            then[np.isnan(p).any(axis=1)] = undetermined
        if enter is not None and absent:
            p = np.stack([_entry_p(fits, kept, j) for j in absent], axis=1)
            larger = np.array([models.index(_with(kept, j)) for j in absent])
            then = np.where(stays & (p.min(axis=1) < enter), larger[p.argmin(axis=1)], then)
            then[stays & np.isnan(p).any(axis=1)] = undetermined
        following[number] = then
    final = _follow(following, start=len(models) - 1)
    labels = np.array([" + ".join(names[j] for j in kept) or "none" for kept in models] + [None])
    return tables[["n_tables", "weight"]].assign(final=pd.array(labels[final], dtype="str"))


def final_models(eliminated: pd.DataFrame) -> pd.DataFrame:
    """Count where backward elimination ends.

    Returns
    -------
    pandas.DataFrame
        A row a final model of `eliminate_tables`, the most probable first: ``final``,
        ``n_tables``, ``share`` of all joint tables, and ``weighted_share``, their probability.

    Examples
    --------
    >>> from jdm_utils.paper.compatible import compatible_tables
    >>> tables = compatible_tables({"cardiac": (7, 1), "treated": (15, 10)}, (23, 31))
    >>> final_models(eliminate_tables(tables, criterion="wald", remove=0.05)).round(3)
                   final  n_tables  share  weighted_share
    0  cardiac + treated        11  0.688             0.7
    1            cardiac         5  0.312             0.3
    """
    by = eliminated.groupby("final", dropna=False)[["n_tables", "weight"]].sum()
    by.insert(1, "share", by["n_tables"] / by["n_tables"].sum())
    by = by.rename(columns={"weight": "weighted_share"})
    return by.sort_values("weighted_share", ascending=False, kind="stable").reset_index()


def _follow(following: np.ndarray, start: int) -> np.ndarray:
    """Go from model to model until none follows, or one that has been before."""
    rows = np.arange(following.shape[1])
    state = np.full(len(rows), start)
    seen = np.zeros(following.shape, dtype=bool)
    for _ in following:
        seen[state, rows] = True
        new = following[state, rows]
        state = np.where(seen[new, rows], state, new)
    return state


def _removal_p(fits: dict[Kept, Model], kept: Kept, criterion: str) -> Floats:
    """Test each covariate of a model by the criterion: p, a column each."""
    own, row, first = fits[kept]
    if criterion == "lr":
        fewer = [fits[_without(kept, j)] for j in kept]
        left = np.stack([m.fits.log_likelihood[m.row[first]] for m in fewer], axis=1)
        statistic = 2 * np.maximum(own.log_likelihood[:, None] - left, 0)
    elif criterion == "wald":
        statistic = np.where(own.converged[:, None], own.wald[:, 1:], np.nan)
    else:
        statistic = np.stack([own.conditional(j) for j in range(1, len(kept) + 1)], axis=1)
    return chi_square_1_p(statistic)[row]


def _entry_p(fits: dict[Kept, Model], kept: Kept, j: int) -> Floats:
    """Test an absent covariate by its score: p."""
    larger, row, first = fits[_with(kept, j)]
    own = fits[kept]
    place = _with(kept, j).index(j) + 1
    coef = np.insert(own.fits.coef[own.row[first]], place, 0, axis=1)
    return chi_square_1_p(larger.score(place, coef))[row]


def _without(kept: Kept, j: int) -> Kept:
    return tuple(i for i in kept if i != j)


def _with(kept: Kept, j: int) -> Kept:
    return tuple(sorted((*kept, j)))
