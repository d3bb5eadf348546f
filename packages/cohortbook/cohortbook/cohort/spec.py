"""The specification of a cohort: dataclasses that are the grammar of `cohort.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import Any

COUNTABLE = ("binary", "category", "ordinal", "number")
"""Kinds of variables that can be described, compared and put into a model."""

KINDS = (*COUNTABLE, "date", "list", "text")
"""Kinds of variables; a text is read for nothing, and is not in the cohort."""

EXCEL_DAYS = {"excel": "1899-12-30", "excel1904": "1904-01-01"}
"""Date formats: the serial number of a day, which Excel gives where a cell is not a date, with the
day before the first; the second is of workbooks that count from 1904."""

QUARTER = "quarter"
"""Date format: a year and one of its quarters, such as 2015 Q2."""

PARTIAL_DATES = ("middle", "first")
"""Which day a date without one stands for, of its month, quarter or year."""

ONE_ROW = ("first", "last", "first_known", "last_known")
"""Which of several rows of a patient counts: one row, or for each variable the first or the last
row in which it is known."""

ROW_RULES = (*ONE_ROW, "highest", "lowest", "mean", "any", "all", "count", "nearest")
"""What a variable may say of several rows of a patient: of the known values the highest, the lowest
or the mean; whether any or all are a Yes; in how many rows it is known; which is nearest a date."""

LIMITS = ("missing", "limit", "half")
"""What a number that is only a limit (`<0.3`, `>60`) counts as; `half` halves a lower one."""

THOUSANDS = {",": ",", ".": r"\.", " ": "[ \u00a0\u202f]", "'": "['’]"}
"""Marks of thousands, each with a pattern of how it is written."""

COMPUTED = {"computed": True}
"""Marks a field that is not a key of the file."""

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Data:
    """`data:` where the raw table is, how it is written, and where the result goes.

    `sheets_under` are sheets with the same headings, read under the first, and `transpose` says
    that each patient is a column. `header` are the lines of the headings (the first by default),
    `skip_rows` lines that are no patients (`"34-36"`), `headings` names of columns by their number,
    and `fill_down` the columns in which a blank cell repeats the one above. A date without a day
    stands for one of `PARTIAL_DATES`; years of two digits are of the hundred years from
    `first_year` on.
    """

    file: str
    delimiter: str = ","
    sheet: str = ""
    sheets_under: Texts = ()
    transpose: bool = False
    header: Texts = ()
    skip_rows: Texts = ()
    headings: dict[str, str] = field(default_factory=dict)
    fill_down: Texts = ()
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    date_formats: Texts = ("%Y-%m-%d",)
    partial_dates: str = "middle"
    first_year: str = "1969"
    missing: Texts = ()
    ignore: Texts = ()
    study_prefix: str = "patient-"
    analysis: str = "analysis.csv"


@dataclass(frozen=True)
class Id:
    """`id:` the column that tells patients apart, if need be together `with_` others."""

    column: str
    identifier: bool = False
    with_: Texts = ()

    @property
    def columns(self) -> Texts:
        """The columns that together tell patients apart."""
        return (self.column, *self.with_)


@dataclass(frozen=True)
class Duplicates:
    """`duplicates:` of several forms of one patient, the one with the latest date stands."""

    latest: str


@dataclass(frozen=True)
class Words:
    """`spellings:` how yes and no are written in every binary variable."""

    yes: Texts = ()
    no: Texts = ()


@dataclass(frozen=True)
class Correction:
    """`corrections:` the answer to a data query, for exactly one cell of a form."""

    column: str
    from_: str
    to: str
    id: str = ""
    row: str = ""
    reason: str = ""


def _rule(takes: str, gives: str, size: int = 0) -> dict[str, Any]:
    """Return which kinds an operator takes, how many (0: any number), and the kind it gives."""
    return {"takes": takes.split(), "gives": gives, "size": size}


_OF_LEVELS = _rule("category ordinal", "binary", 1)
_OF_ITEMS = _rule("list", "binary", 1)


@dataclass(frozen=True)
class Derive:
    """`derive:` an operator over other variables; in a sound one, just one field is filled."""

    any: Texts = field(default=(), metadata=_rule("binary", "binary"))
    all: Texts = field(default=(), metadata=_rule("binary", "binary"))
    not_: Texts = field(default=(), metadata=_rule("binary", "binary", 1))
    is_: dict[str, Texts] = field(default_factory=dict, metadata=_OF_LEVELS)
    in_: dict[str, Texts] = field(default_factory=dict, metadata=_OF_LEVELS)
    contains: dict[str, Texts] = field(default_factory=dict, metadata=_OF_ITEMS)
    above: Texts = field(default=(), metadata=_rule("number date", "binary", 2))
    at_least: Texts = field(default=(), metadata=_rule("number date", "binary", 2))
    count: Texts = field(default=(), metadata=_rule("binary", "number"))
    lowest: Texts = field(default=(), metadata=_rule("ordinal number", "that of its operands"))
    years: Texts = field(default=(), metadata=_rule("date", "number", 2))
    months: Texts = field(default=(), metadata=_rule("date", "number", 2))
    days: Texts = field(default=(), metadata=_rule("date", "number", 2))
    difference: Texts = field(default=(), metadata=_rule("number", "number", 2))
    ratio: Texts = field(default=(), metadata=_rule("number", "number", 2))
    sum: Texts = field(default=(), metadata=_rule("number", "number"))
    log: Texts = field(default=(), metadata=_rule("number", "number", 1))
    bmi: Texts = field(default=(), metadata=_rule("number", "number", 2))
    bands: dict[str, Texts] = field(default_factory=dict, metadata=_rule("number", "ordinal", 1))

    @property
    def filled(self) -> list[tuple[str, Any, Mapping[str, Any]]]:
        """Operators that are there, with their operands and rules."""
        entries = [(f.name.rstrip("_"), getattr(self, f.name), f.metadata) for f in fields(self)]
        return [entry for entry in entries if entry[1]]

    @property
    def inputs(self) -> Texts:
        """The variables among the operands."""
        return tuple(name for name in self.filled[0][1] if as_number(name) is None)


@dataclass(frozen=True)
class Variable:
    """One of `variables:`, read from a column or derived.

    `suffixes` may follow a number, each with a factor; `limits` is one of `LIMITS`; `part` is the
    number of one part of a pair such as 121/71. `row` is one of `ROW_RULES`, `where` has values of
    other columns: they choose among several rows of a patient. `nearest_to` is the date that the
    value is to be near, and `dated_by` the date of each row. Where all columns of `opened_by`
    are blank, a box that is not ticked is missing.
    """

    label: str = ""
    kind: str = ""
    column: str = ""
    derive: Derive | None = None
    yes: Texts = ()
    no: Texts = ()
    levels: dict[str, Texts] = field(default_factory=dict)
    items: dict[str, Texts] = field(default_factory=dict)
    separators: Texts = (",", ";", "+", "/")
    missing: Texts = ()
    unit: str = ""
    range: Texts = ()
    suffixes: dict[str, str] = field(default_factory=dict)
    limits: str = ""
    part: str = ""
    row: str = ""
    where: dict[str, Texts] = field(default_factory=dict)
    nearest_to: str = ""
    dated_by: str = ""
    opened_by: Texts = ()
    only_if: str = ""
    identifier: bool = False
    export: bool = True
    decimals: str = ""
    reference: str = ""
    per: str = ""
    definition: str = ""
    name: str = field(default="", metadata=COMPUTED)

    @property
    def heading(self) -> str:
        """What the variable is called where it is shown with its values, its column, if any."""
        return self.column or self.name

    @property
    def spelt(self) -> dict[str, Texts]:
        """The levels (of a list, the items), with the spellings declared for each."""
        own = {"yes": self.yes, "no": self.no}
        return own if self.kind == "binary" else self.levels or self.items

    @property
    def exported(self) -> bool:
        """Whether the variable is a column of the analysis file."""
        return self.export and not self.identifier and self.kind not in ("list", "text")

    @property
    def bounds(self) -> tuple[Any, Any] | None:
        """The lowest and the highest plausible value, as numbers or dates."""
        if not self.range:
            return None
        low, high = (_as_day(end) if self.kind == "date" else float(end) for end in self.range)
        return low, high


@dataclass(frozen=True)
class Sum:
    """What `sum:` says: the total is the sum of its parts."""

    total: str
    parts: Texts


@dataclass(frozen=True)
class Below:
    """What `below:` says: a number (or a date) is less than the limit, which may be a variable."""

    variable: str
    limit: str


@dataclass(frozen=True)
class Rule:
    """One of `rules:`, checked where nothing it names is missing; one of its keys is there.

    `order`: each date (or number) is at most the next one that is not missing.
    """

    order: Texts = ()
    sum: Sum | None = None
    below: Below | None = None


@dataclass(frozen=True)
class Eligible:
    """One step of `eligibility:`; who stays has a Yes in `require`, and all of `complete` known."""

    label: str
    require: str = ""
    complete: Texts = ()


@dataclass(frozen=True)
class Analysis:
    """`analysis:` the outcome, and the variables that are described, compared, modelled.

    `tests` names a test for variables, or kinds of variables, that are not to be compared by the
    usual one. `groups` are the levels side by side in Table 1 (by default those of the outcome),
    `columns` what stands in it beside them; in the table of a `randomised` trial no p, unless that
    is asked for. `effects` are the measures for two groups. The regression has the `candidates`,
    `interactions` of two of them and `splines` with so many knots; its `method` may be chosen, and
    `predictions` asks for its ROC and calibration. `linear` and `ordered` are further outcomes, a
    number or ordered levels; `pairs` are measured twice in each patient; patients of one `cluster`
    are not independent. `time` is the number at the end of which an `event`, a `competing` event or
    neither was seen, and `curves` says whose are drawn apart. With `imputations`, so many, the
    regression is repeated with missing values imputed.
    """

    outcome: str = ""
    describe: Texts = ()
    compare: Texts = ()
    candidates: Texts = ()
    tests: dict[str, str] = field(default_factory=dict)
    groups: str = ""
    columns: Texts = ()
    randomised: bool = False
    effects: Texts = ()
    method: str = ""
    interactions: tuple[Texts, ...] = ()
    splines: dict[str, str] = field(default_factory=dict)
    predictions: bool = False
    linear: Texts = ()
    ordered: Texts = ()
    pairs: tuple[Texts, ...] = ()
    cluster: str = ""
    time: str = ""
    event: str = ""
    competing: str = ""
    curves: str = ""
    imputations: str = ""


@dataclass(frozen=True)
class Style:
    """`style:` how numbers are printed."""

    p: str = "exact"
    mean_sd: str = "plusminus"
    percent_decimals: str = "0"
    decimal: str = ""


STYLES: Mapping[str, Texts] = {
    "p": ("exact", "nejm", "jama"),
    "mean_sd": ("plusminus", "parentheses"),
    "percent_decimals": ("0", "1", "2"),
    "decimal": ("", "point", "comma"),
}
LANGUAGES = ("en", "pt", "es")
COLUMNS = ("overall", "effect", "smd", "p", "missing")
"""What may stand beside the groups of Table 1."""
EFFECTS = ("odds_ratio", "risk_ratio", "risk_difference")
METHODS = ("firth", "ml", "exact")


@dataclass(frozen=True)
class Spec:
    """A `cohort.yml`; `sequence` is an order in which its variables can be computed.

    `keep` gives the values of columns whose rows are read; `one_row` (one of `ONE_ROW`), by the
    order of `order_by` or of the file, says which of several rows of a patient counts. `source`
    says whose data they are, and `as_of` of what date.
    """

    data: Data
    variables: dict[str, Variable]
    title: str = ""
    source: str = ""
    as_of: str = ""
    simulated: bool = False
    id: Id | None = None
    keep: dict[str, Texts] = field(default_factory=dict)
    one_row: str = ""
    order_by: str = ""
    duplicates: Duplicates | None = None
    spellings: Words = Words()
    corrections: tuple[Correction, ...] = field(default=(), repr=False)
    rules: tuple[Rule, ...] = ()
    eligibility: tuple[Eligible, ...] = ()
    analysis: Analysis = Analysis()
    style: Style = Style()
    language: str = "en"
    suppress_below: str = ""
    path: Path = field(default=Path(), metadata=COMPUTED, repr=False)
    sequence: Texts = field(default=(), metadata=COMPUTED, repr=False)

    def inside(self, name: str) -> Path:
        """Give the path of a file in the folder of the specification, with either slash."""
        return self.path.parent.joinpath(*PureWindowsPath(name).parts)

    def heading(self, name: str) -> str:
        """Give what a variable is called where it is shown with its values."""
        return self.variables[name].heading

    @property
    def smallest_shown(self) -> int:
        """The smallest count above zero that tables and figures show."""
        return int(self.suppress_below or 1)

    @cached_property
    def columns(self) -> Texts:
        """Headings that the raw table must have."""
        read = [*(self.id.columns if self.id else ()), *self.keep]
        for variable in self.variables.values():
            if not variable.derive:
                read += [variable.column, *variable.where, *variable.opened_by]
        return tuple(dict.fromkeys(read))

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Headings (of derived variables, names) whose values are shown nowhere."""
        marked = {variable.heading for variable in self.variables.values() if variable.identifier}
        return frozenset(marked | ({self.id.column} if self.id and self.id.identifier else set()))


def as_number(text: str) -> float | None:
    """Give the number that a text writes, if it writes one."""
    try:
        return float(text)
    except ValueError:
        return None


def _as_day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")
