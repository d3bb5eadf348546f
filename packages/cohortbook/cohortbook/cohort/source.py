"""A table of data as `init` opens it: its texts, what the file says of them, and every doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from cohortbook.cohort.codebook import read_heading
from cohortbook.cohort.footnotes import Row
from cohortbook.cohort.formats import guess_format, open_raw
from cohortbook.cohort.grid import Grid, Raw
from cohortbook.cohort.guess import Declared
from cohortbook.cohort.layout import Layout, find_layout, looks_like_data, spans
from cohortbook.cohort.lexicon import MOST
from cohortbook.cohort.notation import date_formats, number_marks
from cohortbook.cohort.numerals import take_apart
from cohortbook.cohort.problems import Log
from cohortbook.cohort.reading import take_columns
from cohortbook.cohort.redcap import read_dictionary
from cohortbook.cohort.spec import Data, Texts
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.workbook import codebook_sheet


@dataclass(frozen=True)
class Source:
    """A table of texts, stripped, by heading and line; what its file or a dictionary says of each.

    `forms` are the formats of its dates, and `epoch` the year that Excel's serial days count from.
    """

    table: pd.DataFrame
    declared: Mapping[str, Declared]
    data: Data
    forms: Texts
    epoch: int
    doubts: list[str]


def open_source(file: Path, dictionary: Path | None, sheet: str) -> Source:
    """Open a table of data, whatever stands above, below and beside it.

    Parameters
    ----------
    file : Path
    dictionary : Path, optional
        The data dictionary of a REDCap project, or a codebook.
    sheet : str
        The sheet of a workbook, if it is said.

    Returns
    -------
    Source

    Raises
    ------
    CohortError
        If the data cannot be read, headings are missing, or rows are too short or too long.
    """
    log = Log(file.name)
    data, doubts = guess_format(file, sheet)
    raw = open_raw(file, data, log)
    rows = list(raw.rows)
    if not rows:
        raise log.stop(None, "no rows under the headings", "one row a form")
    layout = find_layout(rows)
    below = [row for row in rows if row[0] > max(layout.header, default=rows[0][0])][:200]
    if looks_like_data(layout.headings, below):
        problem = "no headings: the first line looks like the data under it"
        raise log.stop(below[0][0] - 1, problem, "a line of headings above the data")
    doubts += [*raw.remarks, *layout.doubts]
    legend = "" if dictionary else codebook_sheet(file)
    if unread := [name for name in raw.sheets if name != legend]:
        doubts.append(f"other sheets are not read: {', '.join(unread)}")
    data = replace(
        data,
        header=tuple(map(str, layout.header)),
        skip_rows=tuple(spans(layout.skip)),
        headings=layout.names,
        ignore=tuple(layout.ignored),
    )
    table = _table(raw, layout, rows, log).drop(columns=list(layout.ignored))
    counts = [Counter(filter(None, table[column])) for column in table]
    forms, more = date_formats(counts)
    decimal, thousands, doubtful = number_marks([_bare(texts) for texts in counts])
    data = replace(data, decimal=decimal, thousands=thousands)
    if legend:
        dictionary = file
        doubts.append(f"what the columns mean is taken from the sheet {legend}")
    declared = _declared(dictionary, raw, layout, table)
    return Source(table, declared, data, tuple(forms), raw.epoch, [*doubts, *more, *doubtful])


def _bare(texts: Counter[str]) -> Counter[str]:
    """Take units and the signs of limits off the numbers of a column."""
    bare: Counter[str] = Counter()
    for text, n in texts.items():
        measure = take_apart(text)
        bare[measure.number if measure else text] += n
    return bare


def _table(raw: Raw, layout: Layout, rows: Sequence[Row], log: Log) -> pd.DataFrame:
    """Make columns of the rows, without those that are no patients."""
    last = max(layout.header, default=rows[0][0] if rows else 0)
    skip = set(layout.skip)
    kept = ((line, cells) for line, cells in rows if line > last and line not in skip)
    lines, headings, columns = take_columns(Grid(layout.headings, kept, raw), log)
    if "" in headings:
        log.problem([1], "", "", "values under no heading", "a heading, in the first line")
    log.raise_problems()
    stripped = [list(map(str.strip, column)) for column in columns]
    index = pd.Index(lines, name="row")
    return pd.DataFrame(dict(zip(headings, stripped, strict=True)), index).astype(object)


def _declared(
    dictionary: Path | None, raw: Raw, layout: Layout, table: pd.DataFrame
) -> dict[str, Declared]:
    """Gather what a dictionary, the file, or a legend under the table says of each column."""
    entries = read_dictionary(dictionary) if dictionary else {}
    by_code = {simplify(name): declared for name, declared in entries.items()}
    named = {}
    for heading in map(str, table):
        choices = layout.choices.get(heading) or dict.fromkeys(raw.choices.get(heading, ()), ())
        own = Declared(raw.labels.get(heading, ""), choices, raw.units.get(heading, ""))
        own = own if choices else _explained(heading, table[heading]) or own
        named[heading] = by_code.get(simplify(heading), own)
    return named


def _explained(heading: str, texts: pd.Series[str]) -> Declared | None:
    """Return what a heading says of its own codes, if they are most of what the column holds."""
    words, choices = read_heading(heading)
    codes = {simplify(code) for each in choices.values() for code in each}
    held = texts[texts != ""].map(simplify)
    if len(choices) < 2 or held.empty or held.isin(codes).mean() < MOST:
        return None
    listed = ", ".join(f"{code} {label}" for label, (code, *_) in choices.items())
    return Declared(
        words, choices, notes=[f"codes as the heading explains them: {listed}"], heading=words
    )
