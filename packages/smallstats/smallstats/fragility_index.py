"""How few patients a conclusion hangs on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smallstats.batch_selection import chi_square_1_p, fit_model
from smallstats.cells import Cells, blocks
from smallstats.columns import refuse
from smallstats.design import build_design
from smallstats.fourfold import P_VALUES, table_p_values

CHANGES = ("removed", "outcome", "exposure")
TESTS = ("lr", "wald")

KINDS = {"p": "float64", "significant": "bool", "index": "Int64", "index_one_group": "Int64",
         "quotient": "float64", "nearest_a": "Int64", "nearest_b": "Int64",
         "nearest_p": "float64"}  # fmt: skip
RESULTS = ("change", "term", "patients", "first", "odds_ratio", "p", "new_odds_ratio", "new_p",
           "crosses")  # fmt: skip

Floats = NDArray[np.float64]


def fragility(
    a: ArrayLike,
    n1: ArrayLike,
    b: ArrayLike,
    n0: ArrayLike,
    *,
    test: str = "fisher",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Fewest patients whose finding would have to differ for a 2x2 table to change sides of 5%.

    Each table is `a` of `n1` against `b` of `n0`; who belongs to which group stays. A significant
    table has a fragility index, any other a reverse fragility index.

    Parameters
    ----------
    a, n1, b, n0
        As for `table_p_values`, broadcast against one another.
    test
        Which of its p values decides.
    alpha
        A p below this is significant.

    Returns
    -------
    pandas.DataFrame
        A row a table: ``p``, ``significant``; ``index``, the fewest patients in either group, or
        both, and ``index_one_group``, the fewest in the group with fewer findings which are
        added to until significance is lost (Walsh's count), or changed either way until it is
        won; both <NA> where no change is enough; ``quotient``, the index as part of all patients;
        ``nearest_a`` and ``nearest_b``, a nearest table on the other side, and its ``nearest_p``.

    Raises
    ------
    ValueError
        As `table_p_values`; and for an unknown test or an alpha that is not a probability.

    References
    ----------
    Walsh M, Srinathan SK, McAuley DF, et al. The statistical significance of randomized
    controlled trial results is frequently fragile. J Clin Epidemiol 2014;67:622-8.
    Khan MS, Fonarow GC, Friede T, et al. Application of the reverse fragility index to
    statistically nonsignificant randomized clinical trial results. JAMA Netw Open
    2020;3:e2012469.

    Examples
    --------
    >>> fragility([7, 11], 23, [1, 4], 31)[["p", "significant", "index", "nearest_p"]].round(3)
           p  significant  index  nearest_p
    0  0.008         True      2      0.060
    1  0.006         True      2      0.051
    """
    problems = []
    if test not in P_VALUES:
        problems.append(f"test={test!r} is not one of {', '.join(map(repr, P_VALUES))}")
    if not 0 < alpha < 1:
        problems.append(f"alpha={alpha!r} is not between 0 and 1")
    refuse(problems)
    p = table_p_values(a, n1, b, n0)[test]
    tables = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x)) for x in (a, n1, b, n0)))
    counts = np.stack([part.ravel() for part in tables], axis=1).tolist()
    rows = [_nearest(*table, p=own, test=test, alpha=alpha)
            for table, own in zip(counts, p, strict=True)]  # fmt: skip
    nearest = pd.DataFrame(rows, index=p.index, columns=list(KINDS))
    return nearest.astype(KINDS)


def _nearest(
    a: int, n1: int, b: int, n0: int, *, p: float, test: str, alpha: float
) -> dict[str, object]:
    row: dict[str, object] = {"p": p, "significant": p < alpha, "index": pd.NA}
    row |= {"index_one_group": pd.NA, "quotient": np.nan}
    row |= {"nearest_a": pd.NA, "nearest_b": pd.NA, "nearest_p": np.nan}
    i, j = (grid.ravel() for grid in np.mgrid[: n1 + 1, : n0 + 1])
    others = table_p_values(i, n1, j, n0)[test].to_numpy()
    other_side = (others < alpha) != (p < alpha)
    moved = np.abs(i - a) + np.abs(j - b)
    if other_side.any():
        best = int(np.lexsort((np.abs(others - p), moved, ~other_side))[0])
        row |= {"index": int(moved[best]), "quotient": moved[best] / (n1 + n0)}
        row |= {"nearest_a": i[best], "nearest_b": j[best], "nearest_p": others[best]}
    more_only = p < alpha
    fixed, free, least = (j == b, i, a) if a <= b else (i == a, j, b)
    one = other_side & fixed & ((free > least) | (not more_only))
    if one.any():
        row["index_one_group"] = int(moved[one].min())
    return row


def influential_patients(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    changes: Sequence[str] = CHANGES,
    test: str = "lr",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Refit a model without each patient, or with one thing about each patient changed.

    Patients with the same outcome and the same covariates are equivalent, and fitted once.

    Parameters
    ----------
    frame, outcome, predictors
        As for `fit_logistic`; categories with more than two levels are refused.
    changes
        Of ``removed`` (leave one out), ``outcome`` (the other one) and ``exposure`` (the other
        value of one binary predictor).
    test
        ``lr`` (likelihood ratio) or ``wald``, which is NaN where an estimate is infinite.
    alpha
        A p below this is significant.

    Returns
    -------
    pandas.DataFrame
        A row a change, kind of patient and term: ``change`` (``removed``, ``outcome``, or the
        predictor), ``term``, columns for the outcome and each predictor (the patient's values,
        before), ``patients`` (how many are like this), ``first`` (the index of one
        of them), ``odds_ratio``, ``p``, ``new_odds_ratio``, ``new_p``, and ``crosses``, whether p
        moves across *alpha* (a missing p is not below).

    Raises
    ------
    ValueError
        As `fit_logistic`; and for unknown changes or tests, an alpha that is not a probability, no
        predictor, categories with more than two levels, and columns with the name of a result.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 12 + [1] * 12, "x": [0] * 9 + [1] * 3 + [0] * 4 + [1] * 8})
    >>> found = influential_patients(frame, "y", ["x"]).query("crosses")
    >>> found[["change", "y", "x", "patients", "p", "new_p"]].round(3)
         change      y      x  patients      p  new_p
    0   removed  False  False         9  0.037  0.055
    3   removed   True   True         8  0.037  0.059
    4   outcome  False  False         9  0.037  0.089
    7   outcome   True   True         8  0.037  0.105
    8         x  False  False         9  0.037  0.099
    11        x   True   True         8  0.037  0.094
    """
    problems = [f"changes has {change!r}: allowed are {', '.join(map(repr, CHANGES))}"
                for change in changes if change not in CHANGES]  # fmt: skip
    if not changes:
        problems.append("no change is given")
    if test not in TESTS:
        problems.append(f"test={test!r} is not one of {', '.join(map(repr, TESTS))}")
    if not 0 < alpha < 1:
        problems.append(f"alpha={alpha!r} is not between 0 and 1")
    refuse(problems)
    design = build_design(frame, outcome, predictors)
    names = list(design.predictors)
    problems += [
        f"{name!r} has more than two levels: give it as binary columns"
        for name, columns in design.predictors.items()
        if len(columns) > 1
    ]
    if not names:
        problems.append("there is no predictor")
    problems += [f"a column cannot be named {n!r}, as one of the result"
                 for n in (outcome, *names) if n in RESULTS]  # fmt: skip
    refuse(problems)
    kinds, first, count = np.unique(
        np.hstack([design.y[:, None], design.x[:, 1:]]),
        axis=0, return_index=True, return_counts=True,
    )  # fmt: skip
    binary = np.asarray(np.isin(kinds[:, 1:], (0.0, 1.0)).all(axis=0))
    flips: dict[str, list[int]] = {
        "outcome": [0],
        "exposure": (1 + np.flatnonzero(binary)).tolist(),
    }
    titles, new = [], []
    for change in changes:
        for column in flips.get(change, [-1]):
            altered = kinds.copy()
            altered[:, column] = np.nan if column < 0 else 1 - altered[:, column]
            new.append(altered)
            titles += [names[column - 1] if change == "exposure" else change] * len(kinds)
    odds_ratio, p = _refit(kinds, count.astype(float), np.concatenate(new), test)
    who = pd.DataFrame(kinds, columns=[outcome, *names])
    exact = [outcome, *(name for name, two in zip(names, binary, strict=True) if two)]
    who[exact] = who[exact] == 1
    who = who.assign(patients=count, first=frame.index[design.complete][first])
    who = pd.concat([who] * len(new), ignore_index=True)
    tables = []
    for j, name in enumerate(names):
        table = pd.concat([pd.DataFrame({"change": titles, "term": name}), who], axis=1)
        table = table.assign(odds_ratio=odds_ratio[0, j], p=p[0, j])
        table = table.assign(new_odds_ratio=odds_ratio[1:, j], new_p=p[1:, j])
        tables.append(table.assign(crosses=(p[1:, j] < alpha) != (p[0, j] < alpha)))
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)


def _refit(kinds: Floats, count: Floats, new: Floats, test: str) -> tuple[Floats, Floats]:
    """Odds ratios and p of all patients, then with one of each kind replaced by the new one.

    The outcome is the first column; nobody replaces a patient where `new` is NaN.
    """
    old = np.tile(kinds, (len(new) // len(kinds), 1))
    stays: NDArray[np.bool_] = np.asarray(~np.isnan(new).any(axis=1))
    new = np.where(stays[:, None], new, old)
    everyone = np.vstack([kinds, old, new])[:, 1:]
    patterns, place = np.unique(everyone, axis=0, return_inverse=True)
    own, before, after = np.split(place, [len(kinds), len(kinds) + len(old)])
    size = np.ptp(patterns, axis=0)
    cells = Cells(
        (patterns - patterns.mean(axis=0)) / size,
        np.bincount(own, count * kinds[:, 0], minlength=len(patterns)).astype(float),
        np.bincount(own, count, minlength=len(patterns)).astype(float),
    )
    models: list[tuple[Floats, Floats]] = [
        _test(cells, cells.cases[None], cells.totals[None], test)
    ]
    start = 0
    for length in blocks(len(new), len(patterns)):
        rows, at = np.arange(start, start + length), np.arange(length)
        cases, totals = (np.tile(x, (length, 1)) for x in (cells.cases, cells.totals))
        cases[at, before[rows]] -= old[rows, 0]
        totals[at, before[rows]] -= 1
        cases[at, after[rows]] += stays[rows] * new[rows, 0]
        totals[at, after[rows]] += stays[rows]
        models.append(_test(cells, cases, totals, test))
        start += length
    coef, p = (np.concatenate(part) for part in zip(*models, strict=True))
    with np.errstate(over="ignore"):
        return np.exp(coef / size), p


def _test(cells: Cells, cases: Floats, totals: Floats, test: str) -> tuple[Floats, Floats]:
    """Coefficients and p of each covariate, in many tables."""
    statistics, everything = cells.statistics(cases, totals), range(cells.patterns.shape[1])
    own = fit_model(*statistics, everything).fits
    if test == "wald":
        return own.coef[:, 1:], chi_square_1_p(own.wald[:, 1:])
    fewer = [fit_model(*statistics, [i for i in everything if i != j]) for j in everything]
    left = np.stack([m.fits.log_likelihood[m.row] for m in fewer], axis=1)
    lost = np.maximum(own.log_likelihood[:, None] - left, 0)
    return own.coef[:, 1:], chi_square_1_p(2 * lost)
