"""A drafted description tried on the data: which values it cannot read, which rows break rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from cohortbook.cohort.cleaning import Memory, type_columns, type_each
from cohortbook.cohort.flow import check_rules
from cohortbook.cohort.guess import Guess
from cohortbook.cohort.identifiers import is_personal, list_values
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.pipeline import clean_table
from cohortbook.cohort.problems import Code, Log, list_rows
from cohortbook.cohort.spec import Below, Rule, Spec
from cohortbook.cohort.vocabulary import simplify

FEW = 0.1
"""A rule or a range that no more of the rows break is drafted: these rows are to be corrected."""

PERSONS = ("name", "date of birth", "record number", "identifier")
"""What forms of one patient have in common; an address may change."""


def is_few(broken: int, rows: int) -> bool:
    """Check whether so few rows break what is expected that these are wrong, and not it."""
    return broken <= max(1.0, FEW * rows)


def try_values(
    table: pd.DataFrame, make: Callable[[], Spec], guesses: dict[str, Guess], memory: Memory
) -> None:
    """Read the values; what is not of the guessed kind becomes a missing code, with a doubt.

    Parameters
    ----------
    table : DataFrame
        Texts, stripped.
    make : callable
        Makes the specification of the guesses as they are by now.
    guesses : dict
        By name; their entries and notes are changed.
    memory : Memory
        Of the table.
    """
    tried = set(guesses)
    for last in (False, True):
        spec = make()
        read = {name: v for name, v in spec.variables.items() if name in tried and not v.derive}
        tried = set()  # again only those of which something was wrong
        for part in dict.fromkeys(v.part for v in read.values()):  # two may be of one column
            some = {name: v for name, v in read.items() if v.part == part}
            by_heading = {v.heading: guesses[name] for name, v in some.items()}
            log = Log(spec.data.file, spec.hidden)
            type_each(table, replace(spec, variables=some), log, memory)
            grouped: Any = log.problems.groupby(["column", "code", "problem"], sort=False)
            for (column, code, problem), cells in grouped:
                _settle(by_heading[column], code, problem, cells, last=last)
                tried.add(by_heading[column].name)


def _settle(g: Guess, code: str, problem: str, cells: pd.DataFrame, *, last: bool) -> None:
    rows = list_rows(cells["row"])
    values = list(dict.fromkeys(cells["value"]))
    if code == Code.OUT_OF_RANGE and not g.personal:
        text = f"{list_values(values)} outside {' to '.join(g.entry['range'])} ({rows})"
        if not is_few(len(cells), g.count):
            del g.entry["range"]
            g.notes.append(f"{text}: no range is set")
        elif not last:
            g.notes.append(f"{text}: correct them, or widen the range")
    elif code == Code.TWOFOLD:
        if not last:
            text = "say data: thousands: or data: decimal: (until then it is an error)"
            g.notes.append(f"{list_values(values)} ({rows}): {problem} {text}")
    elif g.personal or any(map(is_personal, values)):
        if not last:
            g.notes.append(f"{problem}: {len(cells)} values ({rows}); correct them")
    else:
        g.notes.append(
            f"{problem}: {list_values(values)} ({rows}); taken as missing until corrected"
        )
        g.entry["missing"] = [*g.entry.get("missing", ()), *values]


def two_patients(table: pd.DataFrame, spec: Spec, guesses: list[Guess], key: Guess) -> str:
    """Return which rows of one id have another name, date of birth or record number."""
    ids = table[key.heading].astype(object).map(simplify)
    typed = type_columns(table, spec, Log(spec.data.file, spec.hidden))
    differing = []
    for g in guesses:
        if g is key or g.empty or g.personal not in PERSONS:
            continue
        values = table[g.heading].astype(object).map(simplify)
        if g.entry.get("kind") == "date":  # one day may be written in two ways
            values = typed[g.name].astype(str).mask(typed[g.name].isna(), values)
        values = values[(values != "") & (ids != "")]
        each = ids[values.index]
        rows = values.index[values.groupby(each).transform("nunique") > 1]
        if len(rows):
            differing.append(f"{g.heading} ({list_rows(rows)})")
    columns = ", ".join(differing)
    return f"one id, but not one {columns}: two patients? Correct the id" if columns else ""


def several_rows(table: pd.DataFrame, spec: Spec, memory: Memory) -> pd.DataFrame:
    """Give the problems that several rows of one patient, or rows without an id, make."""
    log = Log(spec.data.file, spec.hidden)
    clean_table(table, spec, log, memory)
    return log.problems[log.problems["code"].isin([Code.NO_ID, Code.SEVERAL_ROWS])]


def try_rules(
    table: pd.DataFrame, spec: Spec, memory: Memory
) -> tuple[list[tuple[Rule, str, bool]], pd.DataFrame]:
    """Find which rows break the rules about known variables.

    Parameters
    ----------
    table : DataFrame
    spec : Spec
    memory : Memory
        Of the table.

    Returns
    -------
    rules : list of (rule, rows, whether these are few)
    frame : DataFrame
        The variables.
    """
    file = lexicon().file
    kinds = {name: v.kind for name, v in spec.variables.items()}
    rules = []
    for order in file["order"]:
        names = tuple(name for name in order if kinds.get(name) == "date")
        rules += [Rule(order=names)] * (len(names) > 1)
    ages = {name: limit for name, limit in file["below"].items() if name in kinds}
    rules += [Rule(below=Below(name, limit)) for name, limit in ages.items()]
    frame = clean_table(table, spec, Log(spec.data.file, spec.hidden), memory).frame
    broken = []
    for rule in rules:
        log = Log(spec.data.file, spec.hidden)
        check_rules(frame, replace(spec, rules=(rule,)), log)
        rows = log.problems["row"].unique()
        broken.append((rule, list_rows(rows), is_few(len(rows), len(frame))))
    return broken, frame
