"""Whose dates are in order, and who is analysed."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TypeAlias

import pandas as pd

from cohortbook.cohort.cleaning import as_texts
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Spec, Texts, as_number

Steps: TypeAlias = "list[tuple[str, int]]"
"""The steps from the forms to the patients, each with how many remain."""

_CLOSE = 1e-9  # a total may differ from its parts by so much of itself


def check_rules(frame: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Check what `rules:` says of several variables, where none of them is missing.

    Parameters
    ----------
    frame : DataFrame
        All variables, typed, one row a patient.
    spec : Spec
    log : Log
        Receives each value that is less than one that must come before it, each total that is not
        the sum of its parts, and each value that is not below its limit.

    Returns
    -------
    DataFrame
        The frame as it was.
    """
    for rule in spec.rules:
        if rule.order:
            _check_order(frame, rule.order, spec, log)
        if rule.sum:
            parts = [frame[name].astype(float) for name in rule.sum.parts]
            added = reduce(add, parts)
            total = spec.variables[rule.sum.total]
            values = frame[total.name]
            wrong = (values - added).abs() > _CLOSE * (1 + values.abs())
            names = " + ".join(spec.heading(name) for name in rule.sum.parts)
            texts = as_texts(values[wrong], total)
            log.problem(
                values.index[wrong], total.heading, texts, "not the sum of its parts", names
            )
        if rule.below:
            number = as_number(rule.below.limit)
            limit = frame[rule.below.limit] if number is None else number
            named = rule.below.limit if number is not None else spec.heading(rule.below.limit)
            variable = spec.variables[rule.below.variable]
            wrong = frame[variable.name][frame[variable.name] >= limit]
            texts = as_texts(wrong, variable)
            log.problem(wrong.index, variable.heading, texts, "too large", f"below {named}")
    return frame


def _check_order(frame: pd.DataFrame, order: Texts, spec: Spec, log: Log) -> None:
    headings = {name: spec.heading(name) for name in order}
    allowed = " ≤ ".join(headings.values())
    before, source = frame[order[0]], pd.Series("", frame.index)
    for name, heading in headings.items():
        wrong = frame[name][frame[name] < before]
        texts = as_texts(wrong, spec.variables[name])
        problem = "before " + source[wrong.index].map(headings)
        log.problem(wrong.index, heading, texts, problem, allowed)
        before, source = frame[name].fillna(before), source.mask(frame[name].notna(), name)


def find_absent(frame: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find where each variable applies, and where it applies but is missing.

    Parameters
    ----------
    frame : DataFrame
        All variables, typed.
    spec : Spec

    Returns
    -------
    applies : DataFrame of bool
        False where the variable's condition is No, or does not apply itself.
    absent : DataFrame of bool
    """
    applies = pd.DataFrame(True, frame.index, frame.columns)
    for name in spec.sequence:
        if condition := spec.variables[name].only_if:
            applies[name] = applies[condition] & frame[condition].fillna(True).astype(bool)
    return applies, applies & frame.isna()


def select_patients(
    frame: pd.DataFrame, absent: pd.DataFrame, steps: Steps, spec: Spec, log: Log
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep who is eligible, step by step.

    Parameters
    ----------
    frame : DataFrame
        All variables, typed, one row a patient.
    absent : DataFrame of bool
        Where a variable applies but is missing.
    steps : list of tuple of str and int
        What was done before, each with how many remained.
    spec : Spec
    log : Log

    Returns
    -------
    frame : DataFrame
        The eligible.
    flow : DataFrame
        ``step`` (from 0), ``label``, ``excluded``, ``remaining`` and ``unknown``, how many of the
        excluded are so for a missing value; the first row is the forms.

    Raises
    ------
    CohortError
        If nobody is left, or the outcome is the same for all.
    """
    before = [remaining for _, remaining in steps]
    flow: list[tuple[str, int, int, int | None]] = [
        (label, previous - remaining, remaining, None)
        for (label, remaining), previous in zip(steps, [before[0], *before], strict=False)
    ]
    for step in spec.eligibility:
        unknown = absent.loc[frame.index, list(step.complete)].any(axis=1)
        stays = ~unknown
        if step.require:
            unknown |= frame[step.require].isna()
            stays &= frame[step.require].fillna(False).astype(bool)
        frame = frame[stays]
        out = int((~stays).sum())
        flow.append((step.label, out, len(frame), int(unknown.sum())))
    counts = "; ".join(f"{label}: {remaining}" for label, _, remaining, _ in flow)
    outcome = spec.analysis.outcome
    if frame.empty:
        raise log.stop(None, f"nobody is left to analyse ({counts})", "one patient or more")
    if outcome and frame[outcome].nunique() < 2:
        raise log.stop(None, f"{outcome}, the outcome, is the same for all", "a Yes and a No")
    table = pd.DataFrame(flow, columns=["label", "excluded", "remaining", "unknown"])
    table["unknown"] = table["unknown"].astype("Int64")
    table.insert(0, "step", range(len(table)))
    return frame, table


def name_patients(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Give patients study ids in file order, and drop identifiers and free texts.

    Parameters
    ----------
    frame : DataFrame
        All variables, typed, one row a patient.
    spec : Spec

    Returns
    -------
    DataFrame
        Indexed by ``patient``, such as ``simulated-01``.
    """
    width = max(2, len(str(len(frame))))
    numbers = [f"{spec.data.study_prefix}{i:0{width}}" for i in range(1, len(frame) + 1)]
    columns = [
        name
        for name, variable in spec.variables.items()
        if not variable.identifier and variable.kind != "text"
    ]
    return frame[columns].set_axis(pd.Index(numbers, name="patient"))
