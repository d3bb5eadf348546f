"""Variables that follow from others, in three-valued logic: what is not known stays missing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from cohortbook.cohort.arithmetic import ARITHMETIC, cannot, compute
from cohortbook.cohort.cleaning import as_texts, out_of_range
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Derive, Spec, as_number

DAYS = {"days": 1.0, "months": 30.4375, "years": 365.25}
"""Days in each unit of time."""

CANNOT = "cannot be computed"
ALLOWED = "a ratio to a number that is not 0, a logarithm of one above 0"

Columns: TypeAlias = "dict[str, pd.Series[Any]]"


def derive_variables(frame: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Compute derived variables, and blank each variable where it does not apply (`only_if`).

    Parameters
    ----------
    frame : DataFrame
        The variables that are read, typed.
    spec : Spec
    log : Log
        Receives values that were read and blanked, by the rule ``not applicable``; derived numbers
        out of range; and values that were read where the condition is No, which they contradict
        unless they are a No themselves.

    Returns
    -------
    DataFrame
        All variables, in the order of the specification.
    """
    if not any(variable.derive or variable.only_if for variable in spec.variables.values()):
        return frame
    columns: Columns = {str(name): frame[name] for name in frame}
    for name in spec.sequence:
        variable = spec.variables[name]
        if variable.derive:
            columns[name] = _derived(variable.derive, columns, spec)
            if variable.derive.filled[0][0] in ARITHMETIC:
                rows = frame.index[cannot(variable.derive, columns, columns[name])]
                log.problem(rows, name, "", CANNOT, ALLOWED)
            mask, problem, allowed, code = out_of_range(columns[name], variable)
            wrong = columns[name][mask]
            log.problem(wrong.index, name, as_texts(wrong, variable), problem, allowed, code)
        if variable.only_if:
            values, condition = columns[name], columns[variable.only_if]
            columns[name] = values.where(condition.fillna(False).astype(bool))
            blanked = values[values.notna() & columns[name].isna()]
        if variable.only_if and not variable.derive:
            texts = as_texts(blanked, variable)
            log.change(blanked.index, variable.column, texts, "", "not applicable")
            contrary = condition[blanked.index].eq(False).fillna(False) & (texts != "no")
            problem = f"a value where {variable.only_if} is No"
            rows = blanked.index[contrary]
            log.problem(rows, variable.column, texts[rows], problem, "none, or No")
    return pd.DataFrame({name: columns[name] for name in spec.variables}, frame.index)


def derive_again(frame: pd.DataFrame, names: Sequence[str], spec: Spec) -> pd.DataFrame:
    """Compute derived variables from a frame of what they follow from, such as an imputed one.

    Parameters
    ----------
    frame : DataFrame
        Typed variables.
    names : sequence of str
        The derived variables, in an order in which they can be computed.
    spec : Spec

    Returns
    -------
    DataFrame
        The frame with these variables.
    """
    if not any(variable.derive or variable.only_if for variable in spec.variables.values()):
        return frame
    columns: Columns = {str(name): frame[name] for name in frame}
    for name in names:
        derive = spec.variables[name].derive
        assert derive
        columns[name] = _derived(derive, columns, spec)
    return pd.DataFrame(columns, frame.index)


def _derived(derive: Derive, columns: Columns, spec: Spec) -> Any:
    ((operator, operand, _),) = derive.filled
    if operator in ARITHMETIC:
        return compute(derive, columns, spec)
    inputs = [columns[name] for name in derive.inputs]
    match operator:
        case "any":
            return reduce(or_, inputs)
        case "all":
            return reduce(and_, inputs)
        case "not":
            return ~inputs[0]
        case "is" | "in":
            (levels,) = operand.values()
            return inputs[0].isin(levels).astype("boolean").mask(inputs[0].isna())
        case "contains":
            (items,) = operand.values()
            codes, lists = pd.factorize(inputs[0])
            held = np.array([not set(items).isdisjoint(listed) for listed in lists] + [False])
            return _binary(held[codes], codes < 0, inputs[0].index)
        case "above" | "at_least":
            (low, high), (low_limit, high_limit) = (
                _bounds(name, columns, spec) for name in operand
            )
            yes, no = low > high_limit, high <= low_limit
            if operator == "at_least":
                yes, no = low >= high_limit, high < low_limit
            return _binary(yes, ~(yes | no), inputs[0].index)
        case "count":
            fewest, most = _counts(inputs)
            return fewest.where(fewest == most)
        case "lowest":
            return _lowest(inputs)
        case unit:
            return (inputs[1] - inputs[0]).dt.days / DAYS[unit]


def _binary(yes: Any, missing: Any, index: Any) -> pd.Series[Any]:
    array = pd.arrays.BooleanArray(np.asarray(yes, dtype=bool), np.asarray(missing, dtype=bool))
    return pd.Series(array, index)


def _counts(votes: list[pd.Series[Any]]) -> tuple[Any, Any]:
    """Count the Yes, with every missing one a No and a Yes."""
    fewest, most = (sum(vote.fillna(to).astype(float) for vote in votes) for to in (False, True))
    return fewest, most


def _bounds(name: str, columns: Columns, spec: Spec) -> tuple[Any, Any]:
    """Give the lowest and the highest value that an operand may have.

    They differ where a count has missing votes: three of four is at least three whatever the other.
    """
    if (number := as_number(name)) is not None:
        return number, number
    variable = spec.variables[name]
    if variable.derive and variable.derive.count:
        fewest, most = _counts([columns[vote] for vote in variable.derive.inputs])
        if variable.only_if:
            applies = columns[variable.only_if].fillna(False).astype(bool)
            fewest, most = fewest.where(applies), most.where(applies)
        return fewest, most
    return columns[name], columns[name]


def _lowest(inputs: list[Any]) -> Any:
    """Give the lowest; with one missing it is known only if another is the lowest there is."""
    if inputs[0].dtype != "category":
        return pd.concat(inputs, axis=1).min(axis=1, skipna=False)
    codes = np.stack([values.cat.codes for values in inputs])
    missing = (codes < 0).any(axis=0)
    filled = np.where(codes < 0, len(inputs[0].cat.categories), codes).min(axis=0)
    lowest = np.where(missing & (filled > 0), -1, filled)
    return pd.Series(pd.Categorical.from_codes(lowest, dtype=inputs[0].dtype), inputs[0].index)
