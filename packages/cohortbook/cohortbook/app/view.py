"""What the page shows of a cohort: plain values for the templates, nothing of identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from urllib.parse import quote

from cohortbook.app.amending import Doubt, doubts_in
from cohortbook.app.answers import TIMES
from cohortbook.app.desk import Desk, mark
from cohortbook.app.tasks import Cells, Look
from cohortbook.cohort.examining import examine_spec
from cohortbook.cohort.levels import MOST_LEVELS
from cohortbook.cohort.numerals import is_number, take_apart
from cohortbook.cohort.problems import HIDDEN, CohortError
from cohortbook.cohort.review import FEW_EVENTS
from cohortbook.cohort.spec import COUNTABLE, Spec, Variable
from cohortbook.cohort.vocabulary import simplify, vocabulary

KIND_WORDS = {
    "binary": "Yes or no",
    "category": "Groups",
    "ordinal": "Groups in order",
    "number": "Number",
    "date": "Date",
    "list": "Several in a cell",
    "text": "Free text, left out",
}
"""Kinds as the page names them; the order is that of the buttons."""


@dataclass(frozen=True)
class Value:
    """A text of a column: how often it stands there, and what it is taken for."""

    text: str
    n: int
    means: str


@dataclass(frozen=True)
class Level:
    """A level with the texts that mean it, and how many patients these are."""

    name: str
    values: list[Value]

    @property
    def n(self) -> int:
        """In how many rows it stands."""
        return sum(value.n for value in self.values)


@dataclass(frozen=True)
class Page:
    """A variable as it is asked about."""

    variable: Variable
    mark: str
    doubts: list[Doubt]
    values: list[Value] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    readable: bool = False
    different: int = 0
    blank: int = 0

    def meaning(self, *means: str) -> list[Value]:
        """Give the values that mean one of these."""
        return [value for value in self.values if value.means in means]


def spec_of(desk: Desk) -> Spec | None:
    """Read the specification as it is now; None if it is not a document."""
    try:
        return examine_spec(desk.spec)[0]
    except CohortError:
        return None


def variable_page(desk: Desk, spec: Spec, name: str, look: Look | None) -> Page:
    """Gather what is asked about a variable."""
    variable, text = spec.variables[name], desk.text()
    place = ("variables", name)
    doubts = [doubt for doubt in doubts_in(text) if doubt.place == place]
    column_cells = cells_of(spec, variable, look)
    cells = column_cells or Cells(Counter(), 0, 0)
    values, blank = _values(spec, variable, cells), cells.blank
    if variable.kind == "binary" and blank:  # asked like a value: it may mean No
        values.append(Value("", blank, vocabulary(spec, variable).levels.get("", "missing")))
        blank = 0
    levels = [Level(level, [v for v in values if v.means == level]) for level in variable.levels]
    return Page(
        variable, mark(text, place), doubts, values, levels,
        column_cells is not None, cells.different, blank,
    )  # fmt: skip


def items_alone(spec: Spec, name: str) -> set[str]:
    """Give the items of a list that no derived variable takes to the tables."""
    taken = [v.derive.contains.get(name, ()) for v in spec.variables.values() if v.derive]
    return set(spec.variables[name].items).difference(*taken)


def cells_of(spec: Spec, variable: Variable, look: Look | None) -> Cells | None:
    """Give the texts of the column of a variable, if they may be shown and were read."""
    if not look or variable.derive or variable.heading in spec.hidden or spec.smallest_shown > 1:
        return None
    return look.cells.get(variable.column)


def counts_of(desk: Desk, name: str, look: Look | None) -> Counter[str]:
    """Count the texts of a variable's column that do not stand for missing in all columns."""
    spec = spec_of(desk)
    if not spec or name not in spec.variables:
        return Counter()
    cells = cells_of(spec, spec.variables[name], look)
    everywhere = set(map(simplify, spec.data.missing))
    counts = cells.counts if cells else Counter[str]()
    return Counter({t: n for t, n in counts.items() if simplify(t) not in everywhere})


def _values(spec: Spec, variable: Variable, cells: Cells) -> list[Value]:
    """Say what each text is taken for: a level, yes or no, missing, a number, or nothing yet."""
    words = vocabulary(spec, variable)
    everywhere = set(map(simplify, spec.data.missing))
    values = []
    for text, n in cells.counts.items():
        code = simplify(text)
        if code in everywhere:
            means = "missing everywhere"
        elif code in words.missing:
            means = "missing"
        elif variable.kind in ("binary", "category", "ordinal"):
            means = words.levels.get(code, "")
        else:
            measure = take_apart(text)
            number = is_number(measure.number if measure else text)
            means = "number" if number and variable.kind == "number" else "other"
        values.append(Value(text, n, means))
    return values


def doubtful(desk: Desk) -> dict[str, int]:
    """Count the doubts about each variable; those about the rest are under an empty name."""
    counts: Counter[str] = Counter()
    for doubt in doubts_in(desk.text()):
        counts[doubt.place[1] if doubt.place[:1] == ("variables",) else ""] += 1
    return dict(counts)


def general_doubts(desk: Desk) -> list[Doubt]:
    """List the doubts that are about no variable."""
    return [doubt for doubt in doubts_in(desk.text()) if doubt.place[:1] != ("variables",)]


def choices(spec: Spec) -> dict[str, list[tuple[str, str]]]:
    """List what fits each question of the analysis: values with the words that are shown."""
    offered = {n: v for n, v in spec.variables.items() if not v.identifier}

    def of(*kinds: str) -> list[tuple[str, str]]:
        return [(name, v.label or name) for name, v in offered.items() if v.kind in kinds]

    outcome = of("binary")
    for name, v in offered.items():
        if v.kind in ("category", "ordinal") and 1 < len(v.levels) <= MOST_LEVELS and not v.derive:
            outcome += [(f"{name}={level}", f"{v.label or name}: {level}") for level in v.levels]
    chosen = spec.analysis
    aside = {chosen.outcome, chosen.time, chosen.event, chosen.competing}
    candidates = [pair for pair in of(*COUNTABLE) if pair[0] not in aside]
    return {
        "outcome": outcome,
        "groups": [p for p in of("binary", "category", "ordinal") if p[0] != chosen.outcome],
        "time": of("number") + _between(of("date")),
        "event": of("binary"),
        "candidates": candidates,
    }


def _between(dates: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """List the times from each date to each that stands after it in the file."""
    return [
        (f"{unit}:{start}:{end}", f"{first} → {last} ({unit})")
        for (start, first), (end, last) in combinations(dates, 2)
        for unit in TIMES[:2]
    ]


def sizes(spec: Spec, look: Look | None) -> tuple[int, int] | None:
    """Give how many patients have the outcome and how many not, where that may be shown."""
    return look.sizes if look and spec.smallest_shown == 1 else None


def most_candidates(sides: tuple[int, int] | None) -> int | None:
    """Give how many variables a regression bears: one for every ten of the smaller group."""
    return min(sides) // FEW_EVENTS if sides else None


def problem_links(spec: Spec, problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each problem the variable that it is about; hide what became an identifier since."""
    by_heading: Mapping[str, str] = {v.heading: n for n, v in spec.variables.items()}
    linked = []
    for problem in problems:
        column = str(problem["column"])
        parts = column.split(".")
        name = parts[1] if parts[0] == "variables" and len(parts) > 1 else by_heading.get(column)
        hidden = (
            {"value": HIDDEN, "repair": ""} if column in spec.hidden and problem["value"] else {}
        )
        linked.append(problem | hidden | {"variable": name if name in spec.variables else ""})
    return linked


def warnings(desk: Desk, spec: Spec, look: Look | None) -> list[tuple[str, str, str]]:
    """List the warnings about what is not hidden, each with its column and the page of that.

    The doubts are not among them: the page asks these under Columns.
    """
    names = {v.heading: n for n, v in spec.variables.items()} | {n: n for n in spec.variables}
    lines = {f"cohort.yml, line {doubt.line}" for doubt in doubts_in(desk.text())}
    listed = []
    for column, warning in look.warnings if look else ():
        if column in lines or column in spec.hidden:
            continue
        name = names.get(column)
        heading = spec.variables[name].heading if name else column
        listed.append((heading, warning, f"/columns/{quote(name)}" if name else ""))
    return listed
