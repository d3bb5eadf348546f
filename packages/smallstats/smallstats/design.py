"""From a frame to what a regression needs: complete rows, outcome, design matrix, names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.columns import (
    binary_values,
    check_columns,
    check_magnitudes,
    column_kind,
    numeric_values,
    refuse,
)
from smallstats.remarks import Remark, joined

INTERCEPT = "Intercept"
COLLINEAR = 1e-7
"""A column is collinear if less than this part of it is left after the columns before it (R)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """Outcome and design matrix of the complete rows.

    Attributes
    ----------
    x
        Design matrix, first column the intercept, in the units of the data.
    y
        Outcome, 0 and 1.
    terms
        Name of each column of `x`.
    predictors
        For each predictor the columns of `x` that belong to it.
    complete
        Which rows of the frame are complete.
    stratum
        Number of the stratum of each complete row; without strata, 0.
    """

    x: Floats
    y: Floats
    terms: tuple[str, ...]
    predictors: dict[str, list[int]]
    complete: NDArray[np.bool_]
    stratum: NDArray[np.intp]

    @property
    def dropped(self) -> int:
        """Number of rows left out for a missing value."""
        return int((~self.complete).sum())

    def keep(self, predictors: Sequence[str]) -> Design:
        """Design of some of the predictors, on the same rows."""
        columns = [0, *(j for name in predictors for j in self.predictors[name])]
        terms = tuple(self.terms[j] for j in columns)
        where = {n: [columns.index(j) for j in self.predictors[n]] for n in predictors}
        return Design(self.x[:, columns], self.y, terms, where, self.complete, self.stratum)

    def scaled(self) -> tuple[Floats, Floats]:
        """Design matrix with centred columns of unit size, and what maps its coefficients back.

        Fitting on it keeps precision whatever the units. ``coefficients = back @ scaled_ones``.
        """
        centre, size = self.x.mean(axis=0), np.abs(self.x - self.x.mean(axis=0)).max(axis=0)
        centre[0], size[0] = 0.0, 1.0
        back = np.diag(1 / size)
        back[0, 1:] = -(centre / size)[1:]
        return (self.x - centre) / size, back

    def orthogonal(self) -> tuple[Floats, Floats]:
        """Design matrix with orthogonal columns, and what maps its coefficients back.

        On it the likelihood is as round for nearly collinear columns as for any others.
        ``coefficients = back @ orthogonal_ones``.
        """
        x, back = self.scaled()
        q, r = np.linalg.qr(x)  # x beta = q (r beta)
        root = np.sqrt(len(x))
        return root * q, root * back @ np.linalg.inv(r)


def build_design(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    strata: str | None = None,
    both: bool = True,
) -> Design:
    """Design of a regression on the rows without a missing value.

    Binary and numeric predictors give one term, named as the column. A categorical predictor
    gives ``name[level]`` for each level but the first that occurs, which is the reference. With
    `both` the outcome must vary, as logistic regression needs.

    Raises
    ------
    ValueError
        Naming every problem: columns absent or repeated, an outcome that is not binary or has
        one level, no complete row, predictors whose values or spread are beyond 1e-100 and 1e100,
        constant or collinear ones, more terms than rows.
    """
    predictors = [predictors] if isinstance(predictors, str) else list(predictors)
    used = [outcome, *predictors, *([] if strata is None else [strata])]
    problems = check_columns(frame, used)
    problems += [f"{p!r} is given twice" for p in set(predictors) if predictors.count(p) > 1]
    if INTERCEPT in predictors:
        problems.append(f"a predictor cannot be named {INTERCEPT!r}, the name of the intercept")
    if outcome in predictors:
        problems.append(f"the outcome {outcome!r} is also a predictor")
    if strata in (outcome, *predictors):
        problems.append(f"the strata {strata!r} are also the outcome or a predictor")
    refuse(problems)
    for name in predictors:
        try:
            column_kind(frame[name])
        except ValueError as error:
            problems.append(error.args[0])
    try:
        y = binary_values(frame[outcome], role="outcome")
    except ValueError as error:
        problems.append(error.args[0])
    refuse(problems)

    rows = frame[used]
    complete = rows.notna().all(axis=1).to_numpy(dtype=bool)
    if not complete.any():
        refuse([Remark("no row has all of {terms}", terms=tuple(used))])
    rows = rows if complete.all() else rows.loc[complete]
    refuse(check_magnitudes(rows[predictors]))
    y = y[complete]
    if both and y.min() == y.max():
        problems.append(
            Remark(
                "outcome {term!r} has one level: {level} in all {n} complete rows",
                term=outcome, level=f"{y[0]:.0f}", n=len(y),
            )
        )  # fmt: skip
    blocks = [_terms(rows[name]) for name in predictors]
    for name, block in zip(predictors, blocks, strict=True):
        if not block or any(_constant(values) for values in block.values()):
            words = "predictor {term!r} is constant in the {n} complete rows"
            problems.append(Remark(words, term=name, n=len(y)))
    named = [term for block in blocks for term in block]
    problems += [f"two predictors have a term {t!r}" for t in set(named) if named.count(t) > 1]
    refuse(problems)

    return _matrix(y, predictors, blocks, complete, rows[strata] if strata else None)


def _matrix(
    y: Floats,
    predictors: Sequence[str],
    blocks: Sequence[dict[str, Floats]],
    complete: NDArray[np.bool_],
    strata: pd.Series | None,
) -> Design:
    """Set the terms of all predictors side by side, after the intercept."""
    columns = {INTERCEPT: np.ones(len(y))} | {t: v for block in blocks for t, v in block.items()}
    if len(columns) > len(y):
        words = "{m} coefficients cannot be estimated from {n} complete rows"
        refuse([Remark(words, m=len(columns), n=len(y))])
    terms = tuple(columns)
    where = {n: [terms.index(t) for t in b] for n, b in zip(predictors, blocks, strict=True)}
    stratum = np.zeros(len(y), int) if strata is None else pd.factorize(strata)[0]
    x = np.column_stack(list(columns.values()))
    design = Design(x, y, terms, where, complete, np.asarray(stratum, dtype=np.intp))
    refuse(
        [
            Remark("{term!r} is collinear with {terms}", term=term, terms=tuple(others))
            for term, others in _collinear(design).items()
        ]
    )
    return design


def _terms(column: pd.Series) -> dict[str, Floats]:
    """Design columns of one predictor without missing values."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return {str(column.name): numeric_values(column)}
    levels = column.cat.remove_unused_categories().cat.categories
    return {
        f"{column.name}[{level}]": (column == level).to_numpy(dtype=float) for level in levels[1:]
    }


def _constant(values: Floats) -> bool:
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _collinear(design: Design) -> dict[str, list[str]]:
    """Find the columns that are a combination of those before them, and these."""
    z, terms = design.scaled()[0], design.terms
    z = z / np.linalg.norm(z, axis=0)
    combinations, kept = dict[str, list[str]](), [0]
    for j in range(1, z.shape[1]):
        weights = np.linalg.lstsq(z[:, kept], z[:, j])[0]
        if np.linalg.norm(z[:, j] - z[:, kept] @ weights) > COLLINEAR:
            kept.append(j)
            continue
        others = [terms[k] for k, w in zip(kept, weights, strict=True) if abs(w) > COLLINEAR]
        combinations[terms[j]] = others
    return combinations


def unusable_predictors(
    frame: pd.DataFrame,
    needed: Sequence[str],
    predictors: Mapping[str, Sequence[str]],
    *,
    label: Callable[[str], str] = repr,
) -> dict[str, str]:
    """Find which predictors no regression of all of them can have, so that the others can stay.

    One goes at a time, since without it more rows are complete: first those that have no values
    that can be used, then those that are constant in the complete rows, then those that are a
    combination of others before them.

    Parameters
    ----------
    frame
        One row a patient.
    needed
        Columns that have to be known as well: the outcome.
    predictors
        The columns of each predictor.
    label
        What the reasons call a predictor.

    Returns
    -------
    dict
        The reason, of each that has to go.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 1, 0], "a": [1, 2, 4], "b": [2, 4, 8], "c": [7, 7, 7]})
    >>> unusable_predictors(frame, ["y"], {"a": ["a"], "b": ["b"], "c": ["c"]})
    {'c': 'constant in the complete rows', 'b': "collinear with 'a'"}
    """
    rows = frame[frame[list(needed)].notna().all(axis=1)]
    if rows.empty:
        return {}
    alone = {name: _unusable_alone(rows[list(columns)]) for name, columns in predictors.items()}
    reasons = {name: why for name, why in alone.items() if why}
    left = {name: columns for name, columns in predictors.items() if name not in reasons}
    while left and (unusable := _unusable_together(rows, left, label)):
        reasons |= unusable
        left = {name: columns for name, columns in left.items() if name not in unusable}
    return reasons


def _unusable_alone(columns: pd.DataFrame) -> str:
    try:
        for name in columns:
            column_kind(columns[name])
    except ValueError as error:
        return joined(error.args)
    if not columns.notna().all(axis=1).any():
        return Remark("missing in every row")
    return joined(check_magnitudes(columns))


def _unusable_together(
    frame: pd.DataFrame, predictors: Mapping[str, Sequence[str]], label: Callable[[str], str]
) -> dict[str, str]:
    """Find the first predictor that cannot be in one regression with all the others."""
    present = {n: frame[list(columns)].notna().all(axis=1) for n, columns in predictors.items()}
    complete = np.logical_and.reduce(list(present.values()))
    if not complete.any():
        fewest = min(present, key=lambda name: int(present[name].sum()))
        return {fewest: Remark("no row has a value of it and of all the others")}
    rows, owner, values = frame[complete], {INTERCEPT: ""}, [np.ones(int(complete.sum()))]
    for name, columns in predictors.items():
        terms = {t: v for column in columns for t, v in _terms(rows[column]).items()}
        if not terms or any(map(_constant, terms.values())):
            return {name: Remark("constant in the complete rows")}
        owner |= dict.fromkeys(terms, name)
        values += terms.values()
    x = np.column_stack(values)
    stratum = np.zeros(len(x), dtype=np.intp)
    design = Design(x, x[:, 0], tuple(owner), {}, np.asarray(complete), stratum)
    for term, others in _collinear(design).items():
        names = dict.fromkeys(owner[other] for other in others)
        labels = [label(name) for name in names if name not in ("", owner[term])]
        return {owner[term]: Remark("collinear with {others}", others=", ".join(labels))}
    return {}
