"""Table 1 by any grouping: two groups or more side by side, with all patients beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.clinical_tables import by_variable, note_on_numbers
from cohortbook.report.comparison import labels_of
from cohortbook.report.predictors import count
from cohortbook.report.printing import printed_as, printing_in, printing_of, rounded
from cohortbook.report.suppression import (
    ALSO,
    applies_to,
    columns_of_few,
    is_sparse,
    note_on_withheld,
    relatives,
    shown_counts,
    shown_fractions,
    tells_together,
    variable_rows,
    withheld_of,
)
from smallstats.formatting import format_number
from smallstats.many_groups import compare_many, group_codes
from smallstats.table import Table, mark_footnotes

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

_COUNTS = ("n", "total", "missing")
_NUMBERS = ("mean", "sd", "median", "q1", "q3")
_RESULTS = ("p", "smd", "estimate", "ci_low", "ci_high")
_BALANCED = 0.1
"""A standardised difference below this is usually called balanced."""


def table_one(cohort: Cohort) -> pd.DataFrame:
    """Describe the variables that are compared, in the groups of ``analysis: groups`` and in all.

    Returns
    -------
    DataFrame
        Columns of `smallstats.many_groups.compare_many`, whose groups are named in ``attrs``. If
        the spec says ``suppress_below``, a variable of which any count in any group is too small,
        or is withheld elsewhere, is shown for all patients alone. It has no row where all patients
        are of one group.

    Raises
    ------
    ValueError
        If the spec names no groups.
    """
    plan = cohort.spec.analysis
    if not plan.groups:
        raise ValueError("cohort.yml names no groups under analysis")
    if cohort.frame[plan.groups].nunique() < 2:
        empty = pd.DataFrame(columns=["variable"])
        empty.attrs["only"] = labels_of(cohort)[plan.groups]
        return printed_as(empty, cohort)
    names = [name for name in plan.compare if name != plan.groups]
    table = compare_many(
        cohort.frame, plan.groups, names, labels=labels_of(cohort), test=plan.tests
    )
    _count_missing(cohort, table)
    variable, printing = cohort.spec.variables[plan.groups], printing_of(cohort)
    if variable.kind == "binary":
        groups = [f"{variable.label}: {printing.say(name)}" for name in table.attrs["groups"]]
        table.attrs["groups"] = groups
    usual = ("overall", "smd", "missing") if plan.randomised else ("overall", "smd", "p", "missing")
    table.attrs |= {"columns": plan.columns or usual, "in_no_group": _in_no_group(cohort)}
    return printed_as(_withhold(cohort, table), cohort)


def _members(cohort: Cohort) -> list[Any]:
    """Return who is in no group, and who in each."""
    column = cohort.frame[cohort.spec.analysis.groups]
    groups = [column.isna().to_numpy()]
    codes, _ = group_codes(column[column.notna()])
    in_a_group = np.flatnonzero(column.notna().to_numpy())
    for g in range(int(codes.max()) + 1):
        member = np.zeros(len(column), dtype=bool)
        member[in_a_group[codes == g]] = True
        groups.append(member)
    return groups


def _count_missing(cohort: Cohort, table: pd.DataFrame) -> None:
    """Count as missing only where a variable applies (``only_if``)."""
    no_group, *groups = _members(cohort)
    ends = {"_all": ~no_group} | {f"_{g + 1}": group for g, group in enumerate(groups)}
    for name in table["variable"].unique():
        if cohort.spec.variables[name].only_if:
            absent = cohort.frame[name].isna().to_numpy() & applies_to(cohort, name)
            for end, group in ends.items():
                table.loc[table["variable"] == name, f"missing{end}"] = int((absent & group).sum())


def _in_no_group(cohort: Cohort) -> int:
    return int(cohort.frame[cohort.spec.analysis.groups].isna().sum())


def _withhold(cohort: Cohort, table: pd.DataFrame) -> pd.DataFrame:
    """Withhold what would tell a small count: the groups of a variable, all or none."""
    least, plan = cohort.spec.smallest_shown, cohort.spec.analysis
    if least == 1:
        return table
    attrs, frame, marks = dict(table.attrs), table.copy(), []
    # who is in no group is a group that can be worked out from the others
    groups = _members(cohort)
    sizes = np.array([int(group.sum()) for group in groups])
    small = bool(((sizes > 0) & (sizes < least)).any())
    too_small = small or withheld_of(cohort, plan.groups).tells
    by_group = [f"_{g + 1}" for g in range(len(attrs["groups"]))]
    of = {name: _tells(cohort, name, groups, least) for name in table["variable"].unique()}
    for i, row in enumerate(table.itertuples()):
        withheld = withheld_of(cohort, str(row.variable))
        everyone = withheld.marks(str(row.level))
        mark = {f"{column}_all": text for column, text in everyone.items()}
        few = withheld.few
        if too_small or of[row.variable]:
            # without those in no group, all here is not all of the other tables
            ends = [*by_group, *["_all"] * bool(sizes[0])]
            mark |= {f"{column}{end}": ALSO for end in ends for column in _COUNTS}
            blank = [f"{name}{end}" for end in ends for name in (*_COUNTS, *_NUMBERS)]
            blank += _RESULTS
            frame.loc[frame.index[i], "test"] = "withheld"
            _clear(frame, i, blank)
        _clear(frame, i, mark)
        if few or "total_all" in mark:
            _clear(frame, i, [f"{name}_all" for name in _NUMBERS])
        filled = cohort.frame[str(row.variable)].notna().to_numpy()
        few_have = columns_of_few(np.array([(filled & group).sum() for group in groups]), least)
        single = {*withheld.single, *few_have}
        _clear(frame, i, [f"{name}{end}" for end in ("_all", *by_group) for name in single])
        if row.kind == "number" and "sd" in single:
            _clear(frame, i, _RESULTS)
            frame.loc[frame.index[i], "test"] = "withheld"
        marks.append(mark)
    attrs["sizes"] = [pd.NA if too_small else size for size in attrs["sizes"]]
    attrs["in_no_group"] = pd.NA if 0 < sizes[0] < least else attrs["in_no_group"]
    frame = rounded(frame, printing_of(cohort))
    frame = frame.assign(withheld=pd.Series(marks, frame.index, dtype=object))
    frame.attrs = attrs
    return frame


def _tells(cohort: Cohort, name: str, groups: list[Any], least: int) -> bool:
    """Check whether a count of a variable, or of a relative, is too small in any group."""
    if withheld_of(cohort, name).tells or tells_together(cohort, name, groups):
        return True
    for relative in relatives(cohort, name):
        rows, _ = variable_rows(cohort, relative)
        counts = [int((row & group).sum()) for row in rows.values() for group in groups]
        sparse = is_sparse(cohort.frame[relative], groups, least)
        if sparse or any(0 < n < least for n in counts):
            return True
    return False


def _clear(frame: pd.DataFrame, row: int, columns: Any) -> None:
    for column in columns:
        if column in frame:
            nothing = pd.NA if frame[column].dtype == "Int64" else np.nan
            frame.loc[frame.index[row], column] = nothing


def show_table_one(
    table: pd.DataFrame, caption: str = "Characteristics of the patients, by group"
) -> Table:
    """Show what `table_one` gives, with the columns that the spec asks for.

    Examples
    --------
    >>> frame = pd.DataFrame({"arm": pd.Categorical(list("aabbcc")), "age": [1, 3, 2, 4, 6, 9.0]})
    >>> from smallstats.many_groups import compare_many
    >>> show_table_one(compare_many(frame, "arm", ["age"])).frame.columns.tolist()
    ['Characteristic', 'All (n = 6)', 'a (n = 2)', 'b (n = 2)', 'c (n = 2)',
     'Standardised difference', 'p']
    """
    printing, rows = printing_in(table), list[Any](table.itertuples())
    if only := table.attrs.get("only"):
        words = "There are no groups to compare: {label} has one level, or none."
        return printing.table({"Characteristic": []}, caption, [printing.say(words, label=only)])
    columns = table.attrs.get("columns", ("overall", "smd", "p", "missing"))
    names, sizes = table.attrs["groups"], table.attrs["sizes"]
    group_sizes = [size for size in sizes if pd.notna(size)]
    groups = [
        ("_all", printing.say("All"), sum(group_sizes) if len(group_sizes) == len(sizes) else pd.NA)
    ]
    groups = groups if "overall" in columns else []
    groups += [(f"_{g + 1}", name, sizes[g]) for g, name in enumerate(names)]
    cells: dict[str, list[str]] = {}
    for end, name, size in groups:
        counted = shown_fractions(table, end)
        heading = f"{name} (n = {count(size)})" if pd.notna(size) else f"{name}"
        cells[heading] = [
            printing.measure(row, end.removeprefix("_")) if row.kind == "number" else text
            for row, text in zip(rows, counted, strict=True)
        ]
    first = ~table["variable"].duplicated()
    notes = note_on_numbers(table)
    if "effect" in columns and len(names) == 2:
        notes += _add_effect(table, cells)
    if "smd" in columns:
        cells["Standardised difference"] = [
            format_number(row.smd) if new else "" for row, new in zip(rows, first, strict=True)
        ]
        notes.append(printing.say(_about_smd(len(names))))
    if "p" in columns:
        tests = [printing.say(row.test) * bool(new) for row, new in zip(rows, first, strict=True)]
        marks, footnotes = mark_footnotes({"p": tests})
        cells["p"] = [
            printing.p(row.p) + marks[text] if text else ""
            for row, text in zip(rows, tests, strict=True)
        ]
        notes += footnotes
    if "missing" in columns:
        notes += _add_missing(table, cells, [end for end, *_ in groups if end != "_all"])
    if pd.isna(table.attrs.get("in_no_group", 0)) or table.attrs.get("in_no_group", 0):
        words = "Patients whose group is missing are left out: {n}."
        left = table.attrs["in_no_group"]
        notes.append(printing.say(words, n=count(left) if pd.notna(left) else ALSO))
    notes += note_on_withheld(table)
    frame = by_variable(table, cells, ["Standardised difference", "p", "Missing"])
    return printing.table(frame, caption, notes, data=table)


def _about_smd(groups: int) -> str:
    note = f"Standardised difference: in SDs; below {_BALANCED} is usually called balanced."
    return note if groups == 2 else note[:-1] + "; the largest of any two groups."


def _add_effect(table: pd.DataFrame, cells: dict[str, list[str]]) -> list[str]:
    """Add the effect of two groups, the second against the first."""
    printing, rows = printing_in(table), list[Any](table.itertuples())
    named = [
        f"{printing.say(row.effect)}, {printing.say(row.interval)}" * bool(pd.notna(row.estimate))
        for row in rows
    ]
    marks, notes = mark_footnotes({"Effect": named})
    texts = []
    for row, name in zip(rows, named, strict=True):
        write = printing.ratio if row.effect == "odds ratio" else printing.difference
        effect = write(row.estimate, row.ci_low, row.ci_high) if name else ""
        texts.append(effect + marks[name])
    cells["Effect (95% CI)"] = texts
    return notes


def _add_missing(table: pd.DataFrame, cells: dict[str, list[str]], ends: list[str]) -> list[str]:
    """Add how many values are missing in each group, if any are."""
    printing = printing_in(table)
    each = [shown_counts(table, f"missing{end}") for end in ends]
    texts = [" / ".join(counts) for counts in zip(*each, strict=True)]
    if not {*texts} - {" / ".join("0" * len(ends))}:
        return []
    cells["Missing"] = texts
    return [
        printing.say(
            "Missing values, in the order of the groups, are left out of N, mean and test."
        )
    ]
