"""The words of the book's tables: one dictionary, and the formats that prose uses.

A notebook computes a frame and names a table; ``words.yml`` says how that table is called, which
columns it has, and how its numbers are written.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import yaml

from cohortbook.report.glue import glue_all
from smallstats.formatting import (
    format_estimate,
    format_interval,
    format_list,
    format_n_percent,
    format_number,
    format_p,
    format_percent,
    format_probability,
)
from smallstats.table import Table, as_heading, nest_levels, table_of

__all__ = [
    "FORMATS",
    "WORDS",
    "format_estimate",
    "format_interval",
    "format_list",
    "format_n_percent",
    "format_number",
    "format_p",
    "format_percent",
    "format_probability",
    "glue_all",
    "ledger_labels",
    "show",
    "words_of",
]


def _share(part: Any) -> str:
    """Write a number from 0 to 1 in percent; one that is neither never reads as if it were.

    Examples
    --------
    >>> _share(0.278), _share(0.0009), _share(0.996), _share(1.0)
    ('28%', '<1%', '>99%', '100%')
    """
    if 0 < part < 0.005 or 0.995 <= part < 1:
        return "<1%" if part < 0.5 else ">99%"
    return format_percent(part, whole=1)


WORDS = Path(__file__).with_name("words.yml")
#: Formats that ``words.yml`` calls by name; others are a number of decimals, or a template.
FORMATS: dict[str, Callable[[Any], str]] = {
    "p": format_p,
    "percent": format_percent,  # of a number from 0 to 100
    "share": _share,  # of a number from 0 to 1
    "probability": format_probability,
    "text": str,
}

#: What a row may begin with in small letters: a word, not a name such as "log-F" or "t7(0, 2.5)".
_WORD = re.compile(r"^[a-z]{2,}(?=[\s,]|$)")


def show(
    frame: pd.DataFrame | pd.Series | Table,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    links: Mapping[str, Sequence[str]] | None = None,
    **values: Any,
) -> Table:
    """Show a frame in the words that ``words.yml`` has for a table.

    Parameters
    ----------
    frame
        What to show; a named index becomes the first columns. A ready `Table` keeps its cells, and
        gets the caption, notes, name and source.
    name
        The table's key in ``words.yml``, in any chapter's section.
    labels
        What the items are called, in cells, in the index and in headings.
    links
        As in `smallstats.table.Table`; by default those of ``words.yml``.
    **values
        What stands in the braces of caption, notes and headings.

    Raises
    ------
    KeyError
        If ``words.yml`` has no such table.
    TypeError
        If the values are not those that its words have braces for.

    Examples
    --------
    >>> cardiac = pd.DataFrame({"location": ["table3"], "group": ["calcinosis"], "n": [7]})
    >>> show(cardiac.assign(statistic="n", printed="7"), "cardiac_printed").caption
    'Every printed number about cardiac involvement'
    """
    entry = _filled(name, words_of(name), values)
    if isinstance(frame, Table):
        entry["notes"] = (*frame.notes, *entry.get("notes", ()))
        return dataclasses.replace(frame, **entry)
    data = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if index := entry.pop("index", None):
        data = data.rename_axis(index)
    data = data.reset_index(drop=data.index.names == [None])
    for column, template in entry.pop("made", {}).items():
        data[column] = [template.format_map(row) for row in data.to_dict("records")]
    addresses = entry.pop("links", {})
    links = links or {heading: [*data[column]] for heading, column in addresses.items()}
    data = data.replace(entry.pop("words", {}))
    names = {**entry.pop("labels", {}), **(labels or {})}
    for column in data:
        if any(isinstance(value, str) for value in data[column]):
            data[column] = data[column].map(partial(_label, names))
    headings = {column: as_heading(_label(names, str(column))) for column in data}
    entry["headings"] = headings | entry.get("headings", {})
    formats = {c: _format(rule) for c, rule in entry.pop("formats", {}).items()}
    nest, as_it_is = entry.pop("nest", ""), entry.pop("as_it_is", False)
    table = table_of(data, formats=formats, links=links, **entry)
    return table if as_it_is else _with_row_names(table, nest)


def words_of(name: str) -> dict[str, Any]:
    """Return what ``words.yml`` says of a table.

    Raises
    ------
    KeyError
        If there is no such table; the message lists those there are.

    Examples
    --------
    >>> words_of("cardiac_printed")["source"]
    'print'
    """
    tables = {key: entry for section in _dictionary().values() for key, entry in section.items()}
    if name not in tables:
        raise KeyError(f"{WORDS.name} has no table {name!r}; it has: {', '.join(sorted(tables))}")
    return dict(tables[name])


def ledger_labels() -> dict[str, str]:
    """Return labels of the ledger's items and groups that are no variables of the cohort.

    Examples
    --------
    >>> ledger_labels()["male"]
    'Male sex'
    """
    return dict(_sections()["shared"]["ledger"])


@cache
def _sections() -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return sections


def _dictionary() -> dict[str, dict[str, Any]]:
    return {chapter: tables for chapter, tables in _sections().items() if chapter != "shared"}


def _filled(name: str, entry: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Put values into the braces of caption, notes and headings."""
    notes, headings = entry.get("notes", []), entry.get("headings", {})
    texts = [entry["caption"], *notes, *headings.values()]
    braces = {field for text in texts for _, field, _, _ in Formatter().parse(text) if field}
    if braces != values.keys():
        needed, given = (", ".join(sorted(names)) or "none" for names in (braces, values))
        raise TypeError(f"table {name!r} needs these values: {needed}; given are: {given}")
    filled = entry | {"caption": entry["caption"].format(**values)}
    if notes:
        filled["notes"] = [note.format(**values) for note in notes]
    if headings:
        filled["headings"] = {c: text.format(**values) for c, text in headings.items()}
    return filled


def _with_row_names(table: Table, nest: str) -> Table:
    """Begin rows with a capital; with a heading `nest`, put the second column below."""
    cells = {str(heading): [*column] for heading, column in table.frame.items()}
    first, *others = cells
    second = others[0] if nest else first
    for heading in {first, second}:
        cells[heading] = [_WORD.sub(lambda word: word[0].capitalize(), t) for t in cells[heading]]
    if not nest:
        return dataclasses.replace(table, frame=pd.DataFrame(cells, dtype=object))
    place = {name: number for number, name in enumerate(dict.fromkeys(cells[first]))}
    order = sorted(range(len(table.frame)), key=lambda row: place[cells[first][row]])
    cells = {heading: [column[row] for row in order] for heading, column in cells.items()}
    names, levels = cells.pop(first), cells.pop(second)
    rows = nest_levels(cells, names, names, levels).rename(columns={"Characteristic": nest})
    return dataclasses.replace(table, frame=rows)


def _format(rule: str | int) -> Callable[[Any], str] | int:
    """Return the format of a column: decimals, one of `FORMATS`, or a template such as "{:,}"."""
    if isinstance(rule, int):
        return rule
    return rule.format if "{" in rule else FORMATS[rule]


def _label(labels: Mapping[str, str], value: Any) -> Any:
    """Replace the name of an item, or names joined by a plus, by what they are called."""
    if not isinstance(value, str):
        return value
    return " + ".join(labels.get(part, part) for part in value.split(" + "))
