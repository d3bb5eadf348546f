"""A table of data as `init` opens it: its texts, what the file says of them, and every doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cohortbook.cohort.codebook import read_heading
from cohortbook.cohort.formats import guess_format, open_raw
from cohortbook.cohort.grid import Raw
from cohortbook.cohort.guess import Declared
from cohortbook.cohort.layout import Layout, find_layout, looks_like_data, spans
from cohortbook.cohort.lexicon import MOST, lexicon, plain
from cohortbook.cohort.notation import date_formats, number_marks
from cohortbook.cohort.numerals import all_plain, is_number, take_apart
from cohortbook.cohort.problems import Log
from cohortbook.cohort.redcap import read_dictionary
from cohortbook.cohort.sheet import Sheet, repeat_above
from cohortbook.cohort.spec import Data, Texts
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.workbook import codebook_sheet


@dataclass(frozen=True)
class Source:
    """A table of texts, stripped, by heading and line; what its file or a dictionary says of each.

    The texts of a column are of type `category`.

    `counts` says how often each text of a column comes, blank ones too, in the order of the rows;
    `forms` are the formats of its dates, and `epoch` the year that Excel's serial days count from.
    """

    table: pd.DataFrame
    counts: Mapping[str, Counter[str]]
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
    whole = Sheet.of(raw.rows)
    if whole.is_transposed():
        data = replace(data, transpose=True)
        raw = open_raw(file, data, log)
        whole = Sheet.of(raw.rows)
        doubts.append("each patient is a column: rows and columns are exchanged (transpose)")
    if not len(whole.lines):
        raise log.stop(None, "no rows under the headings", "one row a form")
    layout = find_layout(whole)
    below = whole.lines > max(layout.header, default=whole.lines[0])
    first = np.flatnonzero(below)[:200]
    own = layout.headings if layout.header else whole.row(0)
    if looks_like_data(own, [column.words(first) for column in whole.columns]):
        problem = "no headings: the first line looks like the data under it"
        line = int(whole.lines[first[0]]) - 1
        raise log.stop(line, problem, "a line of headings above the data")
    if layout.tables:
        problem = f"tables side by side: columns {' and '.join(layout.tables)}"
        wanted = "one under the other, with a column that says which group each row is of"
        raise log.stop(None, problem, wanted)
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
    table, counts = _table(whole, layout, log)
    repeated, remarks = _repeated(table, counts, raw.merged)
    for heading in repeated:
        table[heading] = repeat_above(table[heading])
        counts[heading] = Counter(table[heading])
    data = replace(data, fill_down=tuple(repeated))
    doubts += remarks
    texts = [but_blank(each) for each in counts.values()]
    forms, more = date_formats(texts)
    decimal, thousands, doubtful = number_marks([_bare(each) for each in texts])
    data = replace(data, decimal=decimal, thousands=thousands)
    if legend:
        dictionary = file
        doubts.append(f"what the columns mean is taken from the sheet {legend}")
    declared = _declared(dictionary, raw, layout, counts)
    doubts += [*more, *doubtful]
    return Source(table, counts, declared, data, tuple(forms), raw.epoch, doubts)


def but_blank(counts: Counter[str]) -> Counter[str]:
    """Leave out of the counts of a column how often it is blank.

    Examples
    --------
    >>> but_blank(Counter(["a", "", "a"]))
    Counter({'a': 2})
    """
    texts = counts.copy()
    del texts[""]  # which a Counter lets pass if there is none
    return texts


def _bare(texts: Counter[str]) -> Counter[str]:
    """Take units and the signs of limits off the numbers of a column."""
    if all_plain(texts):
        return texts
    bare: Counter[str] = Counter()
    for text, n in texts.items():
        measure = None if is_number(text) else take_apart(text)
        bare[measure.number if measure else text] += n
    return bare


def _table(sheet: Sheet, layout: Layout, log: Log) -> tuple[pd.DataFrame, dict[str, Counter[str]]]:
    """Make columns of the rows, without those that are no patients; count the texts of each."""
    below = sheet.lines > max(layout.header, default=sheet.lines[0])
    below &= ~np.isin(sheet.lines, layout.skip)
    rows = sheet.patients(below, len(layout.headings), log)
    columns = {
        heading: column
        for heading, column in zip(layout.headings, sheet.columns, strict=False)
        if (heading or column.codes[rows].any()) and heading not in layout.ignored
    }
    if "" in columns:
        log.problem([1], "", "", "values under no heading", "a heading, in the first line")
    log.raise_problems()
    texts = {heading: column.take(rows) for heading, column in columns.items()}
    return pd.DataFrame(texts, pd.Index(sheet.lines[rows], name="row")), {
        heading: _counted(cells) for heading, cells in texts.items()
    }


def _counted(cells: pd.Categorical[Any]) -> Counter[str]:
    """Count the texts of a column, in the order in which they come."""
    counts = np.bincount(cells.codes).tolist()
    return Counter(dict(zip(cells.categories, counts, strict=True)))


def _repeated(
    table: pd.DataFrame, counts: Mapping[str, Counter[str]], merged: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Find the columns in which a blank cell repeats the one above; return what to say of each."""
    sites, columns, remarks = _named_once(table), [], []
    for heading in (h for h in map(str, table) if h in sites or h in merged):
        blank = counts[heading][""]
        if heading in sites:
            columns.append(heading)
            remarks.append(
                f"{heading}: a blank cell repeats the one above (fill_down), as {sites[heading]} "
                "begins again under each"
            )
        elif blank == merged[heading] and table[heading].iloc[0]:
            columns.append(heading)
            remarks.append(
                f"{heading}: {blank} cells are blank because cells are merged, and repeat the one "
                "above (fill_down)"
            )
        elif blank:
            remarks.append(
                f"{heading}: {merged[heading]} cells are blank because cells are merged, and only "
                f"the first of each holds the value: fill_down: [{heading}] under data: repeats it"
            )
    return columns, remarks


def _named_once(table: pd.DataFrame) -> dict[str, str]:
    """Find the sites that are named once, above their patients, each with who is numbered anew."""
    file, named = lexicon().file, {}
    for site in (h for h in map(str, table) if not set(file["sites"]).isdisjoint(plain(h).split())):
        texts = table[site]
        held = texts[texts != ""]
        if not (texts.iloc[0] and held.is_unique and 1 < len(held) < 0.5 * len(texts)):
            continue
        filled = repeat_above(texts)
        for key in (h for h in map(str, table) if plain(h) in file["patients"]):
            pairs = pd.DataFrame({"site": filled, "key": table[key]})
            if pairs["key"].duplicated().any() and not pairs.duplicated().any():
                named[site] = key
    return named


def _declared(
    dictionary: Path | None, raw: Raw, layout: Layout, counts: Mapping[str, Counter[str]]
) -> dict[str, Declared]:
    """Gather what a dictionary, the file, or a legend says of each column."""
    entries = read_dictionary(dictionary) if dictionary else {}
    by_code = {simplify(name): declared for name, declared in entries.items()}
    named = {}
    for heading, texts in counts.items():
        choices = layout.choices.get(heading) or dict.fromkeys(raw.choices.get(heading, ()), ())
        own = Declared(raw.labels.get(heading, ""), choices, raw.units.get(heading, ""))
        own = own if choices else _explained(heading, texts) or own
        named[heading] = by_code.get(simplify(heading), own)
    return named


def _explained(heading: str, texts: Counter[str]) -> Declared | None:
    """Return what a heading says of its own codes, if they are most of what the column holds."""
    words, choices = read_heading(heading)
    if len(choices) < 2:
        return None
    codes = {simplify(code) for each in choices.values() for code in each}
    explained = sum(n for text, n in texts.items() if text and simplify(text) in codes)
    if explained < MOST * (texts.total() - texts[""]) or not explained:
        return None
    listed = ", ".join(f"{code} {label}" for label, (code, *_) in choices.items())
    return Declared(
        words, choices, notes=[f"codes as the heading explains them: {listed}"], heading=words
    )
