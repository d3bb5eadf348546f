"""One table: printed strings with a caption and notes, and the unrounded frame behind them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from smallstats.formatting import MISSING, format_list, format_number, format_p
from smallstats.spreadsheet import frame_csv
from smallstats.table_html import LEVEL, table_html

KEY = "smallstats"  # in an output's metadata: what files are made from
#: Where a result comes from: what stands at it, and what such a result can say.
SOURCES = {
    "print": ("From print", "Computed from the paper's printed numbers alone; no patients."),
    "table4": (
        "From the counts of Table 4",
        "Computed from the patient counts that Table 4 fixes: the same in every cohort that "
        "prints as Table 4.",
    ),
    "cohorts": (
        "Over many cohorts",
        "The range over cohorts drawn from all that agree with the printed counts.",
    ),
    "simulated": (
        "From one simulated cohort",
        "Printed counts are built in; what is not printed belongs to these invented patients, "
        "and another cohort may give other values.",
    ),
    "literature": ("From other papers", "As printed there; the identifier stands beside it."),
    "simulation": (
        "From a simulation",
        "How a method behaves in invented data, drawn at random or computed exactly; it says "
        "nothing about the patients of 2008.",
    ),
}
#: Names of the ledger as a reader says them, for the cells of these columns.
WORDS = {
    "location": {
        "abstract": "Abstract", "introduction": "Introduction", "methods": "Methods",
        "results": "Results", "discussion": "Discussion",
        "table2": "Table 2", "table3": "Table 3", "table4": "Table 4",
    },
    "statistic": {
        "n": "count", "percent": "percentage", "sd": "SD", "ci_low": "lower limit",
        "ci_high": "upper limit", "conf_level": "confidence level", "min": "minimum",
        "max": "maximum", "cutoff": "cut-off", "nagelkerke_r2": "Nagelkerke's R²", "p": "p",
    },
}  # fmt: skip
_HEADINGS = {
    "label": "Characteristic",
    "sd": "SD",
    "q1": "Lower quartile",
    "q3": "Upper quartile",
    "ci_low": "Lower limit",
    "ci_high": "Upper limit",
    "df": "Degrees of freedom",
}
_MARKS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒ"
_NAMES = re.compile(r"[a-z0-9_]+(?: \+ [a-z0-9_]+)*")  # as code writes them: odds_ratio
_HREF = re.compile(r"https?://|(?![^/?#]*:)")  # a page of the web or of the book, never a script


@dataclass(frozen=True, eq=False)
class Table:
    """A table to be read: strings, a caption, notes.

    Attributes
    ----------
    frame
        The printed cells, all strings; the first column names the rows. A name that begins with
        an em space is a level of the row above; `nest_levels` makes such rows.
    caption
        Title above the table.
    notes
        Footnotes, one paragraph each.
    name
        Anchor of the table on its page.
    data
        The unrounded frame the cells were made from.
    filterable
        Whether a reader of the built book can search and sort the rows. Elsewhere all of them show.
    filters
        Columns that get a drop-down list of their values; naming one makes the table filterable.
    aside
        Of the filters, those whose column is not shown.
    links
        For a column, where each of its cells leads; an empty string where it leads nowhere.
    source
        Where its numbers come from: a key of `SOURCES`, or empty where nothing needs saying.

    Raises
    ------
    TypeError
        If a cell is not a string: it would show digits nobody chose.
    ValueError
        If a filter or a link names no column, what is aside is no filter, a link is missing or is
        not a web address, or the source is not one of `SOURCES`.
    """

    frame: pd.DataFrame
    caption: str
    notes: tuple[str, ...] = ()
    name: str | None = None
    data: pd.DataFrame | None = None
    filterable: bool = False
    filters: tuple[str, ...] = ()
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    source: str = ""
    aside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for column, values in self.frame.items():
            for value in values:
                if not isinstance(value, str):
                    raise TypeError(f"column {column!r} of a Table holds {value!r}, not a string")
        if self.source and self.source not in SOURCES:
            allowed = ", ".join(SOURCES)
            raise ValueError(f"source is {self.source!r}; allowed are: {allowed}")
        for heading in (*self.filters, *self.links):
            if heading not in self.frame.columns:
                raise ValueError(f"{heading!r} is not a column of the Table {self.caption!r}")
        if more := sorted({*self.aside} - {*self.filters}):
            raise ValueError(f"{more[0]!r} is aside, and no filter of the Table {self.caption!r}")
        for heading, hrefs in self.links.items():
            if len(hrefs) != len(self.frame):
                raise ValueError(f"column {heading!r} has {len(hrefs)} links, not one a row")
            for href in hrefs:
                if not _HREF.match(href):
                    raise ValueError(f"column {heading!r} links to {href!r}, no web address")

    def without_gaps(self) -> "Table":
        """Leave out each column after the first that is empty or missing in every row."""
        frame = self.frame
        has_text = [
            not i or not {*frame.iloc[:, i]} <= {"", MISSING} for i in range(frame.shape[1])
        ]
        kept = frame.loc[:, has_text]
        return self if all(has_text) else replace(self, frame=kept, **self._for(kept))

    def _for(self, frame: pd.DataFrame) -> dict[str, Any]:
        """Keep the settings of the columns that a frame has."""
        return {
            "filters": tuple(heading for heading in self.filters if heading in frame),
            "aside": tuple(heading for heading in self.aside if heading in frame),
            "links": {heading: hrefs for heading, hrefs in self.links.items() if heading in frame},
        }

    def _repr_html_(self) -> str:
        if self.frame.empty:
            return f'<p dir="auto">{escape(self.caption)}: none.</p>'
        return self.without_gaps()._html()

    def _html(self) -> str:
        return table_html(self)

    def to_csv(self, *, as_shown: bool = False) -> bytes:
        """Write the frame behind the table as CSV, or its printed cells where there is none."""
        return frame_csv(self.frame if as_shown or self.data is None else self.data)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Put into an output's metadata what files are made from: neither shown nor compared."""
        if self.frame.empty:
            return {}, {}
        withheld = self.data is not None and "withheld" in self.data
        frame = self.without_gaps().frame.drop(columns=[*self.aside], errors="ignore")
        metadata = {
            "name": self.name,
            "caption": self.caption,
            "notes": [*([f"{self.badge}."] if self.source else []), *self.notes],
            "columns": [str(heading) for heading in frame.columns],
            "rows": frame.to_numpy().tolist(),
            "csv": self.to_csv(as_shown=withheld).decode("utf-8-sig"),
        }
        return {}, {KEY: metadata}

    @property
    def badge(self) -> str:
        """Where the numbers come from, in the words that stand at the caption."""
        return SOURCES[self.source][0]

    def __repr__(self) -> str:
        rows = [[*map(str, self.frame.columns)], *self.frame.to_numpy().tolist()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines.insert(1, "  ".join("-" * n for n in widths))
        caption = f"{self.caption} [{self.badge}]" if self.source else self.caption
        return "\n".join([caption, "", *lines, *(["", *self.notes] if self.notes else [])])


def table_of(
    frame: pd.DataFrame,
    caption: str,
    *,
    columns: Sequence[str] | None = None,
    notes: Sequence[str] = (),
    name: str | None = None,
    decimals: int | None = None,
    headings: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[Any], str] | int] | None = None,
    filterable: bool = False,
    filters: Sequence[str] = (),
    links: Mapping[str, Sequence[str]] | None = None,
    source: str = "",
    aside: Sequence[str] = (),
) -> Table:
    """Show any tidy frame; a named index becomes its first columns.

    Parameters
    ----------
    frame, caption, notes, name, filterable, filters, aside, links, source
        As in `Table`; filters and links name columns by their heading.
    columns
        Which columns of the frame to show, without its index; by default all of them.
    decimals
        Digits after the point of floats, by default 2, and none in a column of whole numbers. What
        is not 0 never shows as 0: it is below the smallest number that shows, as "<0.01". A column
        ``p``, or one whose name ends so, is written as p values where no decimals are given, and
        names as code writes them are written as words.
    headings
        New names of columns; others are their name with spaces for underscores.
    formats
        For a column, a function from value to string, or its number of decimals.

    Examples
    --------
    >>> frame = pd.DataFrame({"drug": ["no_drug"], "odds_ratio": [4.0182], "p": [0.03726]})
    >>> table_of(frame, "Drugs")
    Drugs
    <BLANKLINE>
    Drug     Odds ratio  p
    -------  ----------  -----
    no drug  4.02        0.037
    """
    if columns is not None:
        data = frame[[*columns]].reset_index(drop=True)
    else:
        data = frame.reset_index(drop=frame.index.names == [None])

    def cell(value: Any, rule: Callable[[Any], str] | int) -> str:
        return rule(value) if callable(rule) else _cell(value, rule)

    rules = {c: (formats or {}).get(str(c), _rule(data[c], decimals)) for c in data}
    data_words = data.replace({c: words for c, words in WORDS.items() if c in data})
    cells = pd.DataFrame(
        {c: [cell(v, rules[c]) for v in data_words[c]] for c in data}, dtype=object
    )
    titles = {c: (headings or {}).get(str(c), as_heading(str(c))) for c in data}
    return Table(
        cells.rename(columns=titles),
        caption,
        tuple(notes),
        name,
        data,
        filterable,
        tuple(filters),
        links or {},
        source,
        tuple(aside),
    )


def nest_levels(
    cells: Mapping[str, Sequence[str]],
    variables: Sequence[str],
    labels: Sequence[str],
    levels: Sequence[str],
    once: Sequence[str] = (),
) -> pd.DataFrame:
    r"""Put the rows of a variable's levels below a row with its name.

    Parameters
    ----------
    cells
        The printed columns after the first, a row for each number or level.
    variables, labels, levels
        What each row is of; a variable of one row needs none above it.
    once
        Columns that may say something of the variable and not of a level, such as its p value:
        where one level alone has it, or all have the same, it stands in the row of the variable.

    Examples
    --------
    >>> cells = {"n": ["3", "2", "4"], "p": ["0.5", "0.03", ""]}
    >>> labels, levels = ["Age", "Type", "Type"], ["", "a", "b"]
    >>> nest_levels(cells, ["age", "type", "type"], labels, levels, ["p"]).to_numpy().tolist()
    [['Age', '3', '0.5'], ['Type', '', '0.03'], ['\u2003a', '2', ''], ['\u2003b', '4', '']]
    """
    rows: list[list[str]] = []
    start = 0
    while start < len(variables):
        end = start + 1
        while end < len(variables) and variables[end] == variables[start]:
            end += 1
        level = f": {levels[start]}" if levels[start] else ""
        if end - start == 1:
            rows.append([labels[start] + level, *(column[start] for column in cells.values())])
        else:
            lines = [[f"{LEVEL}{levels[i]}"] for i in range(start, end)]
            head = [labels[start]]
            for heading, column in cells.items():
                texts = list(column[start:end])
                filled = [text for text in texts if text]
                lifted = heading in once and (len(filled) == 1 or len(set(texts)) == 1)
                head.append(filled[0] if lifted and filled else "")
                for line, text in zip(lines, texts, strict=True):
                    line.append("" if lifted else text)
            rows += [head, *lines]
        start = end
    return pd.DataFrame(rows, columns=["Characteristic", *cells], dtype=object)


def mark_footnotes(named: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], list[str]]:
    """Mark each distinct name, a note a column; a name alone in its column needs no mark."""
    marks, notes = {"": ""}, []
    letters = iter(_MARKS)
    for column, texts in named.items():
        names = [text for text in dict.fromkeys(texts) if text]
        marks |= {text: next(letters) if len(names) > 1 else "" for text in names}
        if names:
            notes.append(f"{column}: {'; '.join(f'{marks[t]} {t}'.strip() for t in names)}.")
    return marks, notes


def show_sources() -> Table:
    """Show the legend: each source of a result, and what a result from it can show.

    Examples
    --------
    >>> show_sources().frame.columns.tolist()
    ['Source', 'What it says']
    """
    rows = pd.DataFrame(SOURCES.values(), columns=["source", "what_it_says"])
    return table_of(rows, "Where a result comes from")


def _rule(column: pd.Series, decimals: int | None) -> Callable[[Any], str] | int:
    """Choose how a column is written where no format is given: p, whole, or two decimals."""
    name = str(column.name)
    if name == "p" or (decimals is None and name.endswith("_p")):
        return format_p
    if decimals is not None:
        return decimals
    floats = [v for v in column if isinstance(v, float | np.floating) and np.isfinite(v)]
    return 0 if floats and all(float(v).is_integer() for v in floats) else 2


def as_heading(name: str) -> str:
    """Write the name of a column as a heading."""
    words = _HEADINGS.get(name, name.replace("_", " "))
    return words if len(words) == 1 else words[:1].upper() + words[1:]


def _cell(value: Any, decimals: int) -> str:
    match value:
        case str():
            return value.replace("_", " ") if _NAMES.fullmatch(value) else value
        case list() | tuple() | set():
            return format_list(map(str, value))
        case _ if pd.isna(value):
            return MISSING
        case bool() | np.bool_():
            return "Yes" if value else "No"
        case int() | np.integer():
            return format_number(int(value), 0)
        case float() | np.floating():
            return _float(float(value), decimals)
        case date():
            return f"{value:%Y-%m-%d}"
    return str(value)


def _float(value: float, decimals: int) -> str:
    """Write a float: 0 as 0, and what is not 0 never as 0."""
    if not value:
        return "0"
    text = format_number(value, decimals)
    if not decimals or text.strip("−0."):
        return text
    least = format_number(10.0**-decimals, decimals)
    return f"<{least}" if value > 0 else f">−{least}"
