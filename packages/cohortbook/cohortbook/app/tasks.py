"""What takes long, as it runs in a process of its own: each task is a call of what a command does.

What a task returns has no value of an identifier in it.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cohortbook.app.amending import amend, read
from cohortbook.cohort import Cohort
from cohortbook.cohort.document import LARGEST
from cohortbook.cohort.draft import Drafter
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.identifiers import is_personal
from cohortbook.cohort.levels import MOST_LEVELS
from cohortbook.cohort.outcome import possible_outcomes, values_of
from cohortbook.cohort.problems import CohortError, Log
from cohortbook.cohort.reading import read_table
from cohortbook.cohort.redcap import read_dictionary
from cohortbook.cohort.review import Review, review_cohort
from cohortbook.cohort.source import open_source
from cohortbook.cohort.spec import Spec
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.workbook import sheet_names
from cohortbook.report.translations import translations
from smallstats.storing import reason

FIRST_ROWS = 8
"""So many rows of a file are shown."""

MOST_VALUES = 200
"""So many different values of a column are kept to choose from."""

MOST_PROBLEMS = 1000
"""So many problems are on the page."""


LARGEST_DICTIONARY = 5_000_000
"""A larger file (bytes) holds patients."""


@dataclass(frozen=True)
class Column:
    """A column as `init` takes it."""

    heading: str
    label: str
    kind: str
    notes: list[str]
    personal: str


@dataclass(frozen=True)
class Way:
    """What `init --outcome` may be given: a variable, or a level, and how many patients have it."""

    value: str
    label: str
    level: str
    n: int | None = None
    total: int = 0


@dataclass(frozen=True)
class Preview:
    """A file as `init` reads it; `outcomes` are what each column offers, by its heading."""

    rows: int = 0
    columns: list[Column] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    outcomes: dict[str, list[Way]] = field(default_factory=dict)
    several: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    sheet: str = ""
    error: str = ""


@dataclass(frozen=True)
class Cells:
    """The texts of a column with their counts, the most frequent first."""

    counts: Counter[str]
    different: int
    blank: int


@dataclass(frozen=True)
class Look:
    """What `check` finds at once, and the texts of every column that may be shown."""

    problems: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0
    warnings: list[tuple[str, str]] = field(default_factory=list)
    sizes: tuple[int, int] | None = None
    profile: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)


@dataclass(frozen=True)
class Tables:
    """The tables of a cohort as markup, by name; or why there are none."""

    markup: dict[str, str] = field(default_factory=dict)
    figures: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    error: str = ""


def is_dictionary(file: Path) -> bool:
    """Check whether a file says what columns mean, and holds no patients."""
    if file.suffix.casefold() != ".csv" or file.stat().st_size > LARGEST_DICTIONARY:
        return False
    try:
        return bool(read_dictionary(file))
    except CohortError:
        return False


def preview(file: Path, dictionary: Path | None, sheet: str) -> Preview:
    """Draft the specification of a file, and show what it is taken for."""
    sheets: list[str] = []
    try:
        sheets = sheet_names(file)
        drafter = Drafter(open_source(file, dictionary, sheet))
        draft = drafter.draft("")
    except CohortError as error:
        return Preview(sheets=sheets, error=str(error))
    except OSError as error:
        return Preview(error=reason(error))
    columns = [
        Column(
            g.heading,
            str(g.entry.get("label", g.heading)),
            _kind_of(drafter, g),
            g.notes,
            g.personal or ("identifier" if g is drafter.id else ""),
        )
        for g in drafter.guesses
    ]
    head, hidden = drafter.table.head(FIRST_ROWS), {c.heading for c in columns if c.personal}
    cells = [
        ["" if c.heading in hidden else str(row[c.heading])[:60] for c in columns]
        for row in head.to_dict("records")
    ]
    return Preview(
        len(drafter.table), columns, cells, [*drafter.doubts], _outcomes(drafter),
        [*draft.several], sheets, drafter.data.sheet or sheet,
    )  # fmt: skip


def _kind_of(drafter: Drafter, g: Any) -> str:
    if g is drafter.id:
        return "id"
    return "empty" if g.empty else "ignored" if g.ignored else str(g.entry["kind"])


def _outcomes(drafter: Drafter) -> dict[str, list[Way]]:
    """List what `init --outcome` may be given, by column."""
    spec, read = drafter.spec(), drafter.read()
    two = possible_outcomes(drafter.counts, read, spec)
    ways: dict[str, list[Way]] = {}
    for name, counts in two.items():
        g, total = drafter.by_name[name], sum(counts.values())
        label = str(g.entry["label"])
        if g.entry["kind"] == "binary":
            ways[g.heading] = [Way(g.heading, label, "", counts.get("yes", 0), total)]
        else:
            ways[g.heading] = [
                Way(f"{g.heading}={v}", label, v, n, total) for v, n in counts.items()
            ]
    for g in read:
        values = [] if g.name in two or g.personal else values_of(drafter.counts[g.heading], g)
        if g.entry["kind"] in ("category", "ordinal") and 2 < len(values) <= MOST_LEVELS:
            levels = list(g.entry.get("levels") or values)
            ways[g.heading] = [Way(f"{g.heading}={v}", str(g.entry["label"]), v) for v in levels]
    return ways


def create(
    folder: Path, file: Path, dictionary: Path | None, sheet: str, outcome: str, language: str
) -> str:
    """Write the draft of a file into a folder, as `init` does; return what is wrong with it.

    The title is the name of the folder, and the language that of the page.
    """
    top = {"title": folder.resolve().name}
    try:
        draft = Drafter(open_source(file, dictionary, sheet)).draft(outcome)
        text = draft.text if language == "en" else _spoken(draft.text, language)
        write_draft(folder, amend(text, (), top), file, draft.declared)
    except CohortError as error:
        return str(error)
    except OSError as error:
        return reason(error)
    return ""


def _spoken(text: str, language: str) -> str:
    """Give a draft a language, and the labels of `init`'s own in it; those of the file stay."""
    words = translations(language)
    for name, entry in read(text)["variables"].items():
        label = entry.get("label")
        if label in words and label != entry.get("column"):
            text = amend(text, ("variables", name), {"label": words[label]})
    return amend(text, (), {"language": language})


def look(spec: Path) -> Look:
    """Check a cohort, and count the texts of its columns."""
    try:
        review = review_cohort(spec)
    except CohortError as error:
        return Look(_problems(error.problems.assign(repair="")))
    rows: list[Any] = review.profile.to_dict("records")
    profile: dict[str, dict[str, Any]] = {str(row["variable"]): row for row in rows}
    warnings = [(str(c), str(w)) for c, w in review.warnings.itertuples(index=False)]
    problems = review.problems
    return Look(
        _problems(problems), max(len(problems) - MOST_PROBLEMS, 0), warnings,
        review.sizes, profile, _cells(review.spec),
    )  # fmt: skip


def rehearsed(spec: Path) -> list[dict[str, Any]]:
    """Try all that `tables` and `book` run, as `check` does; return the problems."""
    from cohortbook.report.rehearsal import rehearse

    try:
        review: Review = rehearse(review_cohort(spec), spec)
    except CohortError as error:
        return _problems(error.problems.assign(repair=""))
    return _problems(review.problems)


def tables(spec: Path) -> Tables:
    """Make the tables and write them beside the specification, as `tables` does."""
    from cohortbook.report.making import make_tables

    try:
        made = make_tables(spec, spec.parent / "tables")
    except CohortError as error:
        return Tables(error=str(error))
    except OSError as error:
        return Tables(error=reason(error) if error.errno else str(error))
    except ValueError as error:
        return Tables(error=str(error))
    markup = {name: table._repr_html_() for name, table in made.tables.items()}
    return Tables(markup, _figures(made.cohort), [*made.files], made.kept)


def _figures(cohort: Cohort) -> list[tuple[str, str]]:
    """Draw the figures of the first page of the book; each in words, and as an address."""
    import matplotlib

    matplotlib.use("agg")
    from cohortbook.report.key_figures import main_figure, numbers_at_a_glance
    from smallstats.figures.style import image

    drawn = [figure for figure in (main_figure(cohort), numbers_at_a_glance(cohort)) if figure]
    kind = "data:image/svg+xml;base64,"
    return [(figure.alt, kind + b64encode(image(figure)).decode()) for figure in drawn]


def _problems(problems: pd.DataFrame) -> list[dict[str, Any]]:
    rows = problems[:MOST_PROBLEMS].astype({"row": object}).fillna({"row": ""})
    return [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]


def _cells(spec: Spec) -> dict[str, Cells]:
    """Count the texts of each column whose values may be shown; none where counts are withheld."""
    if spec.smallest_shown > 1 or spec.path.stat().st_size > LARGEST:
        return {}
    try:
        table = read_table(spec, Log(spec.data.file, spec.hidden))
    except CohortError:
        return {}
    return {str(c): _count(table[c]) for c in table if c not in spec.hidden}


def _count(column: pd.Series[Any]) -> Cells:
    counts: Counter[str] = Counter()
    for text, n in column.value_counts().items():
        if n:
            counts[str(text).strip()] += int(n)
    blank = counts.pop("", 0)
    different = len({simplify(text) for text in counts})
    kept = {t: n for t, n in counts.most_common(MOST_VALUES) if not is_personal(t)}
    return Cells(Counter(kept), different, blank)
