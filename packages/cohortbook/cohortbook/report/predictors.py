"""A cohort's candidates as a regression takes them: references, steps, curves, interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.printing import Printing, printing_of
from smallstats.columns import column_kind
from smallstats.design import COLLINEAR, unusable_predictors
from smallstats.formatting import format_number
from smallstats.remarks import Remark
from smallstats.splines import contrasted_spline

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort
    from cohortbook.cohort.spec import Variable

TIMES = " × "
"""Between the names of two variables, and in the name of their interaction."""


@dataclass(frozen=True)
class Predictors:
    """Candidates, ready for a regression.

    Attributes
    ----------
    frame
        The cohort's patients; categories begin with their reference, numbers are in their steps.
    columns
        Of each candidate, and of each interaction, the columns of the frame that stand for it.
    curved
        Of each candidate with a spline the columns that are zero if its effect is straight.
    labels
        What to call each column.
    problems
        Why a candidate cannot be prepared, by its name.
    printing
        How numbers and words are printed.
    """

    frame: pd.DataFrame
    columns: Mapping[str, tuple[str, ...]]
    curved: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    problems: Mapping[str, str]
    printing: Printing = field(default_factory=Printing)

    def of(self, names: Sequence[str]) -> list[str]:
        """List the columns of some candidates, and of the interactions between these."""
        both = [name for name in self.columns if TIMES in name]
        fitting = [name for name in both if set(name.split(TIMES)) <= set(names)]
        return [column for name in (*names, *fitting) for column in self.columns[name]]


def prepare_predictors(
    cohort: Cohort, names: Sequence[str], completed: pd.DataFrame | None = None
) -> Predictors:
    """Prepare candidates as `cohort.yml` says: `reference`, `per`, `splines`, `interactions`.

    Of a cohort whose missing values were imputed (`completed`), knots, quartiles and standard
    deviations are those of the values that are known.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> prepare_predictors(load_cohort(example_cohort()), ["bmi"]).labels["bmi"]
    'Body mass index (kg/m²)'
    """
    plan, variables, printing = cohort.spec.analysis, cohort.spec.variables, printing_of(cohort)
    observed = cohort.frame
    frame = (observed if completed is None else completed).copy()
    columns: dict[str, tuple[str, ...]] = {}
    curved: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in names:
        variable = variables[name]
        labels[name] = _with_unit(variable, printing)
        columns[name] = (name,)
        try:
            if name in plan.splines:
                made, quartiles = contrasted_spline(
                    frame[name], int(plan.splines[name]), observed=observed[name]
                )
                frame = frame.assign(**made)
                columns[name], curved[name] = tuple(made), tuple(made)[1:]
                low, high = (_short(value) for value in quartiles)
                unit = f" {printing.say(variable.unit)}" * bool(variable.unit)
                between = f"{high} {printing.say('against')} {low}{unit}"
                labels[name] = f"{variable.label}, {printing.numbers(between)}"
                curve = f"{variable.label}: {printing.say('curvature')}"
                labels |= dict.fromkeys(curved[name], curve)
            elif variable.per:
                frame[name], labels[name] = _in_steps(
                    frame[name], variable, observed[name], printing
                )
            elif variable.reference:
                frame[name] = from_reference(frame[name], variable.reference)
        except ValueError as error:
            problems[name] = in_words(error.args[0], printing, labels)
    # a row of an interaction would tell in how many patients both are known
    for one, other in plan.interactions if cohort.spec.smallest_shown == 1 else ():
        if one in columns and other in columns and not {one, other} & problems.keys():
            products = _products(frame, one, other)
            frame = frame.assign(**products)
            columns[f"{one}{TIMES}{other}"] = tuple(products)
            labels |= {column: _product_label(column, labels) for column in products}
    return Predictors(frame, columns, curved, labels, problems, printing)


def usable_together(
    prepared: Predictors, names: Sequence[str], needed: Sequence[str]
) -> tuple[Predictors, dict[str, str]]:
    """Find which candidates cannot be in one model with the others.

    Parameters
    ----------
    prepared, names
        The candidates, and which of them are asked about.
    needed
        The outcome, and what else has to be known.

    Returns
    -------
    Predictors
        Without the interactions that no model can have.
    dict
        Why, of each candidate and interaction that is not usable.
    """
    columns = {name: prepared.columns[name] for name in names}

    def label(name: str) -> str:
        return f"“{_product_label(name, prepared.labels)}”"

    reasons = unusable_predictors(prepared.frame, needed, columns, label=label)
    kept = [name for name in names if name not in reasons]
    both = {
        name: of
        for name, of in prepared.columns.items()
        if TIMES in name and set(name.split(TIMES)) <= set(kept)
    }
    if both:
        columns = {name: columns[name] for name in kept} | both
        reasons |= unusable_predictors(prepared.frame, needed, columns, label=label)
    usable = {
        name: of
        for name, of in prepared.columns.items()
        if TIMES not in name or (name in both and name not in reasons)
    }
    printing = prepared.printing
    reasons = {name: in_words(why, printing, prepared.labels) for name, why in reasons.items()}
    return replace(prepared, columns=usable), reasons


def in_words(remark: str, printing: Printing, labels: Mapping[str, str]) -> str:
    """Say a remark of `smallstats` in the language of a cohort, with labels for its names.

    Examples
    --------
    >>> remark = Remark("{term!r} is collinear with {terms}", term="bmi", terms=("kg", "m"))
    >>> in_words(remark, Printing(language="es"), {"bmi": "IMC", "kg": "Peso", "m": "Talla"})
    '“IMC” es colineal con Peso y Talla'
    """
    if not isinstance(remark, Remark):
        return printing.say(remark)
    values = dict[str, Any]()
    for key, value in remark.values.items():
        if key == "term":
            values[key] = _product_label(str(value), labels)
        elif isinstance(value, tuple):
            values[key] = printing.listed(_product_label(str(name), labels) for name in value)
        else:
            values[key] = in_words(value, printing, labels) if type(value) is Remark else value
    return printing.phrase(remark.words).format(**values)


def named(reasons: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Write why some candidates are not in a model, with their labels."""
    texts = (f"{_product_label(name, labels)} ({why})" for name, why in reasons.items())
    return "; ".join(texts)


def _with_unit(variable: Variable, printing: Printing) -> str:
    return f"{variable.label} ({printing.say(variable.unit)})" if variable.unit else variable.label


def _short(value: float) -> str:
    """Write a number with three significant digits."""
    return f"{float(f'{value:.3g}'):g}".replace("-", "−")


def _in_steps(
    column: pd.Series[Any], variable: Variable, observed: pd.Series[Any], printing: Printing
) -> tuple[pd.Series[Any], str]:
    """Divide a number by its step: a ratio is then per step."""
    if variable.per == "doubling":
        if (column.dropna() <= 0).any():
            raise ValueError(Remark("not all values are above 0, so there is no doubling"))
        return np.log2(column), f"{variable.label}, {printing.say('per doubling')}"
    if variable.per == "sd":
        size = float(observed.std())
        if not size > 0:
            raise ValueError(Remark("all values are the same, so there is no SD"))
        step = f"{_short(size)} {printing.say(variable.unit)}".strip()
        per = printing.say("per SD ({step})", step=printing.numbers(step))
        return column / size, f"{variable.label}, {per}"
    step = printing.numbers(f"{variable.per} {printing.say(variable.unit)}".strip())
    per = printing.say("per {step}", step=step)
    return column / float(variable.per), f"{variable.label}, {per}"


def from_reference(column: pd.Series[Any], level: str) -> pd.Series[Any]:
    """Put a level first: with it the others are compared.

    Categories begin with theirs as they are read; ordered levels stay in their order until then.
    """
    levels = [str(each) for each in column.cat.categories]
    return column.cat.reorder_categories(
        [level, *(each for each in levels if each != level)], ordered=False
    )


def _parts(frame: pd.DataFrame, name: str) -> dict[str, pd.Series[Any]]:
    """Return a variable as columns of numbers; a category without its first level."""
    column = frame[name]
    if column_kind(column) in ("binary", "number"):
        return {name: column.astype(float)}
    levels = column.cat.remove_unused_categories().cat.categories
    return {
        f"{name}[{level}]": (column == level).astype(float).where(column.notna())
        for level in levels[1:]
    }


def _products(frame: pd.DataFrame, one: str, other: str) -> dict[str, pd.Series[Any]]:
    pairs = product(_parts(frame, one).items(), _parts(frame, other).items())
    made = {f"{a}{TIMES}{b}": x * y for (a, x), (b, y) in pairs}
    kept = {name: column for name, column in made.items() if float(column.std()) > COLLINEAR}
    if not kept:
        raise ValueError(Remark("their product does not vary"))
    return kept


def _product_label(column: str, labels: Mapping[str, str]) -> str:
    return TIMES.join(term_label(part, labels) for part in column.split(TIMES))


def term_label(term: str, labels: Mapping[str, str]) -> str:
    """Name a term of a model: ``name`` or ``name[level]``.

    Examples
    --------
    >>> term_label("race[2]", {"race": "Race"})
    'Race: 2'
    """
    if term in labels:
        return labels[term]
    name, bracket, level = term.partition("[")
    label = labels.get(name, name)
    return f"{label}: {level[:-1]}" if bracket else label


def level_rows(
    prepared: Predictors, names: Sequence[str], outcome: pd.Series[Any], *, yes: str, no: str
) -> pd.DataFrame:
    """List what a regression table has a row for: every level, the reference too.

    Parameters
    ----------
    prepared, names
        The candidates.
    outcome
        Who had the outcome, or the event.
    yes, no
        How the levels of binary variables are called.

    Returns
    -------
    DataFrame
        ``variable``, ``label``, ``level`` (of a category or binary variable), ``term`` (of the
        model; empty for a reference), ``reference``,
        ``n`` (patients of this level, for a number those whose value is known) and ``events``
        (of these with the outcome).
    """
    rows: list[tuple[Any, ...]] = []

    def add(name: str, level: str, term: str, who: pd.Series[Any], *, first: bool = False) -> None:
        mine = outcome[who.fillna(False).astype(bool)]
        counts = int(mine.notna().sum()), int(mine.fillna(0).sum())
        label = prepared.labels.get(term if TIMES in term else name, name)
        text = f"{label}: {words[level]}" if level in words else f"{label}: {level}"
        rows.append((name, text if level else label, level, term, first, *counts))

    words = {}

    for name in names:
        column = prepared.frame[name]
        kind = column_kind(column)
        words = {"no": no, "yes": yes} if kind == "binary" else {}
        if kind == "number" or name in prepared.curved:
            add(name, "", name, column.notna())
        elif kind == "binary":
            add(name, "no", "", column.eq(0), first=True)
            add(name, "yes", name, column.eq(1))
        else:
            levels = column.cat.remove_unused_categories().cat.categories
            for i, level in enumerate(levels):
                term = f"{name}[{level}]" if i else ""
                add(name, str(level), term, column.eq(level), first=not i)
    for name in (key for key in prepared.columns if TIMES in key):
        if set(name.split(TIMES)) <= set(names):
            for term in prepared.columns[name]:
                add(name, "", term, prepared.frame[term].notna())
    columns = ["variable", "label", "level", "term", "reference", "n", "events"]
    return pd.DataFrame(rows, columns=columns)


def count(n: Any) -> str:
    """Write a count."""
    return format_number(n, 0)
