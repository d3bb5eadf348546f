"""The raw table, read as text: nothing is guessed, and every row keeps its line in the file."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from cohortbook.cohort.document import suggest
from cohortbook.cohort.formats import is_text, open_grid
from cohortbook.cohort.problems import Code, Log
from cohortbook.cohort.sheet import Sheet, by_text, repeat_above
from cohortbook.cohort.spec import Spec


def read_table(spec: Spec, log: Log) -> pd.DataFrame:
    """Read the raw table of a cohort as text.

    A column that the specification does not read is a problem, unless `data: ignore:` lists it: so
    nothing is left out unseen. Blank lines, and rows of blank cells, are no rows.

    Parameters
    ----------
    spec : Spec
    log : Log
        Receives missing, extra and repeated headings, and rows with too few or too many cells.

    Returns
    -------
    DataFrame
        Texts, stripped, as `category`, indexed by ``row`` (line in the file, header = 1), in the
        columns that the specification reads; a missing one is blank.

    Raises
    ------
    CohortError
        If there is no table to go on with: no such file, another encoding, no known heading, broken
        quotation marks, no rows.
    """
    data = spec.data
    grid = open_grid(spec.inside(data.file), data, log)
    if not set(grid.headings) & set(spec.columns):
        separated = f", separated by {data.delimiter!r}" * is_text(spec.inside(data.file))
        wanted = f"{', '.join(spec.columns[:5])} …{separated}"
        raise log.stop(1, "no heading of the specification in the first line", wanted)
    sheet = Sheet.of(grid.rows)
    rows = sheet.patients(np.ones(len(sheet.lines), dtype=bool), len(grid.headings), log)
    lines = sheet.lines[rows]
    headings = [
        heading
        for heading, column in zip(grid.headings, sheet.columns, strict=False)
        if heading or column.codes[rows].any()
    ]
    if "" in headings and "" not in data.ignore:
        log.problem([1], "", "", "values under no heading", "a heading, in the first line")
    times = Counter(headings)
    named = {*spec.columns, *data.ignore, ""}
    extra = [name for name in times if name not in named]
    for name in extra:
        allowed = "a variable, or data: ignore:"
        log.problem([1], name, "", "a column that is not read", allowed, Code.NOT_READ)
    for name, count in times.items():
        if count > 1 and name in spec.columns:
            log.problem([1], name, "", "duplicate heading", "each heading once")
    for name in spec.columns:
        if name not in times:
            log.problem([1], name, "", "missing column", suggest(name, extra))
    columns = dict(zip(grid.headings, sheet.columns, strict=False))
    blank = pd.Categorical([""] * len(lines))
    texts = {name: columns[name].take(rows) if name in columns else blank for name in spec.columns}
    if spec.id and spec.id.column not in columns:  # that is one problem, not one a row
        texts[spec.id.column] = pd.Categorical(list(map(str, lines)))
    table = pd.DataFrame(texts, pd.Index(lines, name="row", dtype="int64"))
    for name in (name for name in data.fill_down if name in table):
        table[name] = repeat_above(table[name])
    return table


def apply_corrections(table: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Put the answers to data queries into the text, each into exactly one cell.

    Parameters
    ----------
    table : DataFrame
        Texts, as `read_table` gives them.
    spec : Spec
    log : Log
        Receives each ``correction``, and each that fits no cell or more than one.

    Returns
    -------
    DataFrame
        The corrected texts.
    """
    if not spec.corrections:
        return table
    table = table.astype({asked.column: object for asked in spec.corrections})
    for i, asked in enumerate(spec.corrections):
        fits = table[asked.column].str.strip() == asked.from_.strip()
        if asked.id and spec.id:
            fits &= table[spec.id.column].str.strip() == asked.id.strip()
        if asked.row:
            fits &= table.index.astype(str) == asked.row
        rows = table.index[fits]
        if len(rows) == 1:
            table.loc[rows, asked.column] = asked.to
            log.change(rows, asked.column, asked.from_, asked.to, "correction")
        else:
            listed = f" (rows {', '.join(map(str, rows[:10]))})" if len(rows) else ""
            problem = f"fits {len(rows) or 'no'} cells of {asked.column}{listed}"
            log.problem([None], f"corrections[{i}]", "", problem, "one cell", file=spec.path.name)
    return table.assign(
        **{asked.column: by_text(table[asked.column]) for asked in spec.corrections}
    )
