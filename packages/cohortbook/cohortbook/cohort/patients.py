"""From rows to patients: which rows are read, and which of several rows of a patient counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cohortbook.cohort.problems import Code, Log, list_rows
from cohortbook.cohort.spec import ONE_ROW, ROW_RULES, Spec, Variable
from cohortbook.cohort.vocabulary import simplify

WAYS = "one_row: first or last (order_by: a variable); keep: {column: [value]}; or duplicates:"
"""What can be said where a patient has several rows."""


def keep_rows(table: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Keep the rows whose columns hold what `keep:` says.

    Parameters
    ----------
    table : DataFrame
        Texts, as `read_table` gives them.
    spec : Spec
    log : Log

    Returns
    -------
    DataFrame
        The rows that are read.

    Raises
    ------
    CohortError
        If no row is left.
    """
    for column, values in spec.keep.items():
        kept = table[column].astype(object).map(simplify).isin(set(map(simplify, values)))
        if not kept.any():
            different = map(str, table[column].astype(object).str.strip().unique()[:10])
            listed = "" if column in spec.hidden else ", ".join(filter(None, different))
            raise log.stop(None, f"keep: no row has {', '.join(values)} in {column}", listed)
        table = table[kept].apply(lambda cells: cells.cat.remove_unused_categories())
    return table


def one_of_each(frame: pd.DataFrame, table: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Make one row of each patient.

    Parameters
    ----------
    frame : DataFrame
        Typed variables and the column ``patient``, as `type_columns` gives them.
    table : DataFrame
        The texts of the same rows.
    spec : Spec
    log : Log
        Receives each ``superseded form``; rows without an id; and, once, that patients have several
        rows and nothing says which counts.

    Returns
    -------
    DataFrame
        One row a patient, without ``patient``, indexed by the line of the row that counts.
    """
    if not spec.id:
        return frame
    ids, column = frame["patient"], spec.id.column
    frame = frame.drop(columns="patient")
    log.problem(ids.index[ids == ""], column, "", "no id", "an id on each form", Code.NO_ID)
    ids = ids[ids != ""]
    if spec.duplicates:
        return _latest(frame, ids, spec, log)
    if spec.one_row:
        return _by_rule(frame.loc[ids.index], ids, table, spec, log)
    again = ids.index[ids.duplicated()]
    if len(again):
        several = ids[ids.duplicated(keep=False)]
        copies = len(table) - len(table.drop_duplicates())
        n = several.nunique()
        problem = f"{n:,} id{'s have' if n > 1 else ' has'} several rows, {len(several):,} in all"
        problem += f" ({list_rows(several.index)})"
        problem += f"; {copies:,} rows are copies of another" * bool(copies)
        problem = f"with {' and '.join(spec.id.with_)}, {problem}" if spec.id.with_ else problem
        log.problem([int(again[0])], column, "", problem, WAYS, Code.SEVERAL_ROWS)
    return frame


def _latest(frame: pd.DataFrame, ids: pd.Series[Any], spec: Spec, log: Log) -> pd.DataFrame:
    """Keep the form with the latest date."""
    assert spec.id and spec.duplicates
    column, allowed = spec.id.column, "a single latest form of each patient"
    several = ids[ids.duplicated(keep=False)]
    date = spec.variables[spec.duplicates.latest]
    dates = frame.loc[several.index, date.name]
    newest = dates.groupby(several).transform("max")
    undated, latest, old = several[dates.isna()], several[dates == newest], several[dates < newest]
    again = latest[latest.duplicated()]
    problem = f"the {date.heading} of row " + again.map(_rows(latest)).astype(str)
    log.problem(again.index, column, again, problem, allowed, Code.SEVERAL_ROWS)
    reason = "one of several forms, without a date"
    log.problem(undated.index, date.heading, "", reason, "a date", Code.SEVERAL_ROWS)
    log.change(old.index, "", "", "row " + old.map(_rows(latest)).astype(str), "superseded form")
    return frame[~frame.index.isin(old.index)]


def _by_rule(
    frame: pd.DataFrame, ids: pd.Series[Any], table: pd.DataFrame, spec: Spec, log: Log
) -> pd.DataFrame:
    """Give each variable the value of the row that counts for it."""
    if by := spec.order_by:
        frame = frame.sort_values(by, kind="stable", na_position="first")
    ids = ids.loc[frame.index]
    counts = ids.drop_duplicates(keep="last" if spec.one_row.startswith("last") else "first")
    where = {variable.name: _rows_where(variable, table) for variable in spec.variables.values()}
    columns: dict[str, pd.Series[Any]] = {}
    # what is near to a date comes after it
    for name in sorted(map(str, frame), key=lambda name: bool(spec.variables[name].nearest_to)):
        variable, rows = spec.variables[name], ids[where[name].loc[ids.index]]
        if variable.row in ROW_RULES and variable.row not in ONE_ROW:
            values = frame[name]
            if variable.row == "nearest":
                days = pd.Series(columns[variable.nearest_to].to_numpy(), pd.Index(counts))
                apart = (frame[variable.dated_by or by] - ids.map(days)).abs()
                columns[name] = _extreme(values, rows, counts, apart, last=False)
            else:
                columns[name] = _summary(values, rows, counts, variable.row)
        else:
            columns[name] = _chosen(frame[name], rows, counts, variable, spec)
    columns = {str(name): columns[str(name)] for name in frame}
    if not spec.one_row.endswith("known"):
        old = ids[~ids.index.isin(counts.index)].sort_index()
        rows = "row " + old.map(pd.Series(counts.index, counts)).astype(str)
        log.change(old.index, "", "", rows, "superseded form")
    return pd.DataFrame(columns, counts.index).sort_index()


def _rows_where(variable: Variable, table: pd.DataFrame) -> pd.Series[Any]:
    """Return in which rows the other columns hold what the variable asks for."""
    matching = pd.Series(True, table.index)
    for column, values in variable.where.items():
        matching &= table[column].astype(object).map(simplify).isin(set(map(simplify, values)))
    return matching


def _summary(values: Any, rows: Any, counts: Any, rule: str) -> pd.Series[Any]:
    """Give, of the values of each patient that are known, what a rule says."""
    if rule in ("highest", "lowest", "any", "all"):  # a Yes is higher than a No
        return _extreme(values, rows, counts, values, last=rule in ("highest", "any"))
    given = values.loc[rows.index].dropna()
    groups = given.groupby(rows.loc[given.index])
    result = groups.mean() if rule == "mean" else groups.size().astype(float)
    result = result.reindex(pd.Index(counts))
    result = result if rule == "mean" else result.fillna(0.0)
    summary: pd.Series[Any] = result.set_axis(counts.index)
    return summary


def _extreme(values: Any, rows: Any, counts: Any, by: Any, *, last: bool) -> pd.Series[Any]:
    """Give the value of the row that is first or last by something, among those that are known."""
    given = values.loc[rows.index].notna() & by.loc[rows.index].notna()
    order = by.loc[rows.index[given]].sort_values(kind="stable").index
    chosen = rows.loc[order].drop_duplicates(keep="last" if last else "first")
    return _of_patients(values, chosen, counts)


def _of_patients(values: Any, rows: Any, counts: Any) -> pd.Series[Any]:
    """Give the values of some rows, one a patient, by the line of the row that counts."""
    chosen: pd.Series[Any] = values.loc[rows.index].set_axis(pd.Index(rows))
    return chosen.reindex(pd.Index(counts)).set_axis(counts.index)


def _chosen(values: Any, rows: Any, counts: Any, variable: Variable, spec: Spec) -> pd.Series[Any]:
    """Give the value that counts for each patient, by the line of the patient's row."""
    rule = variable.row or spec.one_row
    if variable.where and not variable.row and not rule.endswith("known"):
        rule += "_known"
    if rule.endswith("known"):
        rows = rows[values.loc[rows.index].notna()]
    rows = rows.drop_duplicates(keep="last" if rule.startswith("last") else "first")
    return _of_patients(values, rows, counts)


def _rows(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Give the first row of each id."""
    ids = ids.drop_duplicates()
    return pd.Series(ids.index, ids)
