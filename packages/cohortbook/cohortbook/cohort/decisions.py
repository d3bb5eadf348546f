"""Every reading, repair, exclusion and choice that made a cohort, and who made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cohortbook.cohort.cohort import Cohort
from cohortbook.cohort.draft_text import DRAFTED
from cohortbook.cohort.problems import HIDDEN, quote
from cohortbook.cohort.spec import Analysis, Data, Spec, Variable

Say = Callable[[str], str]
"""Gives the words of a sentence in a language, nothing filled in."""

COLUMNS = ["step", "about", "decision", "n", "decided_by", "change"]

FILE, DRAFT, USER, DEFAULT = "the file", "the draft", "the user", "the default"
"""Who decides: what the data file or its dictionary says, what `init` drafted and nobody changed,
what was written or changed by hand, and what is done where `cohort.yml` says nothing."""

_DATA = {
    "sheet": "The sheet {} is read",
    "sheets_under": "Under it are read the sheets {}, each row with the name of its sheet",
    "transpose": "Rows and columns are exchanged: each patient is a column of the file",
    "header": "The headings are in line {}",
    "skip_rows": "Lines {} are no patients",
    "headings": "Columns without a heading of their own are named: {}",
    "fill_down": "In {} a blank cell repeats the one above",
    "ignore": "Not read: {}",
    "delimiter": "Cells are separated by {}",
    "encoding": "The text is in {}",
    "decimal": "The decimal mark is {}",
    "thousands": "The mark of thousands is {}",
    "date_formats": "Dates are written as {}",
    "partial_dates": "A date without a day is taken as the {} of its month, quarter or year",
    "first_year": "Years of two digits are of the hundred from {} on",
    "missing": "Missing in every column: {}",
}
_ROWS = {
    "keep": "Only rows with {} are read",
    "one_row": "Of several rows of a patient counts: {}",
    "order_by": "The rows of a patient are in the order of {}",
    "duplicates": "Of several forms of a patient the latest counts, by {}",
    "spellings": "Yes and no are written {}",
    "suppress_below": "Counts below {} are withheld",
}
KINDS = {
    "binary": "yes or no",
    "number": "a number",
    "category": "groups",
    "ordinal": "ordered groups",
    "date": "a date",
    "list": "a list of items",
    "text": "free text, left out",
}
_VARIABLE = {
    "yes": "yes is written {}",
    "no": "no is written {}",
    "levels": "levels: {}",
    "items": "items: {}",
    "missing": "missing: {}",
    "unit": "in {}",
    "range": "plausible from {}",
    "suffixes": "units in the cells: {}",
    "limits": "a value that is only a limit counts as {}",
    "part": "the number {} of a pair",
    "row": "of several rows: {}",
    "nearest_to": "near to {}",
    "dated_by": "each row dated by {}",
    "where": "from the row where {}",
    "opened_by": "missing, and no No, where all of {} are blank",
    "only_if": "applies only if {}",
    "derive": "derived: {}",
    "reference": "compared with {}",
    "per": "ratios for a step of {}",
    "definition": "defined as {}",
}
_REPAIRS = {
    "missing code": "taken as missing",
    "level spelling": "read as a level",
    "decimal comma": "a decimal comma",
    "unit in the cell": "the unit taken off",
    "limit": "only a limit",
    "date format": "another date format",
    "date without a day": "no day is known: one is put in its place (partial_dates)",
    "correction": "corrected",
    "not applicable": "blanked, as it does not apply",
    "form never opened": "missing, as nothing of the form was filled in",
    "superseded form": "another row of the patient counts",
}


def list_decisions(cohort: Cohort, say: Say = str) -> pd.DataFrame:
    """List what was decided on the way from a file to the tables of a cohort.

    Parameters
    ----------
    cohort : Cohort
    say : callable
        Gives the words of a sentence in a language; by default they are English.

    Returns
    -------
    DataFrame
        ``step`` (reading, repair, exclusion or choice), ``about`` (a column, a variable or a key),
        ``decision`` in words, ``n`` (cells, rows or patients it concerns, where that is counted),
        ``decided_by`` and ``change``, the key of `cohort.yml` that changes it. Values of
        identifiers are not in it, nor, where counts are suppressed, repairs and their counts.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> found = list_decisions(load_cohort(example_cohort()))
    >>> sorted(set(found["step"]))
    ['choice', 'exclusion', 'reading', 'repair']
    """
    who = _Who(cohort.source)
    rows = [*_readings(cohort.spec, who, say), *_repairs(cohort, who, say)]
    rows += [*_exclusions(cohort, who, say), *_choices(cohort.spec, who, say)]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"n": "Int64"})
    return table.assign(**{name: table[name].map(say) for name in ("step", "decided_by")})


class _Who:
    """Finds who decided what a `cohort.yml` says, by comparing it with the draft."""

    def __init__(self, source: Path) -> None:
        self.now = _as_dict(source)
        self.then = _as_dict(source.parent / DRAFTED)

    def decided(self, *keys: str) -> str:
        """Return who said what stands under these keys."""
        now, then = _under(self.now, keys), _under(self.then, keys)
        if now is None:
            return DEFAULT
        if not self.then or now != then:
            return USER
        declared = self.then.get("said") or []
        return FILE if keys[0] == "variables" and keys[1] in declared else DRAFT


def _as_dict(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _under(document: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _words(value: Any) -> str:
    """Write a value of `cohort.yml` in a line."""
    if isinstance(value, Mapping):
        pairs = [(k, _words(v)) for k, v in value.items() if v not in ("", (), {}, None)]
        return "; ".join(k if text in ("", k) else f"{k} ({text})" for k, text in pairs)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value) if not value.isalnum() and len(value) < 3 else value
    return ", ".join(map(_words, value))


def _readings(spec: Spec, who: _Who, say: Say) -> Iterator[list[Any]]:
    default = Data("")
    text = say("The file {}").format(spec.data.file)
    yield ["reading", "data", text, None, FILE, "data: file:"]
    for key, text in _DATA.items():
        if (value := getattr(spec.data, key)) != getattr(default, key):
            by, change = who.decided("data", key), f"data: {key}:"
            yield ["reading", "data", say(text).format(_words(value)), None, by, change]
    if spec.id:
        columns = f" {say('and')} ".join(spec.id.columns)
        text = say("Patients are told apart by {}").format(columns)
        yield ["reading", "id", text, None, who.decided("id"), "id:"]
    for key, text in _ROWS.items():
        if value := getattr(spec, key):
            words = _words(value if isinstance(value, str | dict) else asdict(value))
            if words:
                yield ["reading", key, say(text).format(words), None, who.decided(key), f"{key}:"]
    for name, variable in spec.variables.items():
        change = f"variables: {name}:"
        text = _reading(variable, say)
        yield ["reading", name, text, None, who.decided("variables", name), change]


def _reading(variable: Variable, say: Say) -> str:
    """Return how a variable is read."""
    if variable.identifier:
        words = say("Column {}: tells who a patient is, shown nowhere")
        return words.format(variable.column)
    kind = say(KINDS.get(variable.kind, variable.kind))
    parts = [say("Column {}: {}").format(variable.column, kind)]
    if variable.derive:
        parts = [kind[:1].upper() + kind[1:]]
    for key, words in _VARIABLE.items():
        value = getattr(variable, key)
        if key == "derive" and value:
            value = {value.filled[0][0]: value.filled[0][1]}
        if key == "range" and value:
            value = f" {say('to')} ".join(value)
        if value:
            parts.append(say(words).format(_words(value)))
    return "; ".join(parts)


def _repairs(cohort: Cohort, who: _Who, say: Say) -> Iterator[list[Any]]:
    spec = cohort.spec
    if spec.smallest_shown > 1:
        words = say("Repairs are not listed: counts below {} are withheld")
        words = words.format(spec.smallest_shown)
        yield ["repair", "", words, None, USER, "suppress_below:"]
        return
    for i, asked in enumerate(spec.corrections):
        hidden = asked.column in spec.hidden
        before, after = (HIDDEN if hidden else quote(text) for text in (asked.from_, asked.to))
        words = say("{} corrected to {}").format(before, after)
        words += f" ({asked.reason})" * bool(asked.reason)
        yield ["repair", asked.column, words, 1, USER, f"corrections: (number {i + 1})"]
    changes = cohort.changes[cohort.changes["rule"] != "correction"]
    for (column, rule), rows in changes.groupby(["column", "rule"], sort=False):
        texts = [t for t in dict.fromkeys(rows["from"]) if t]
        examples = ", ".join(t if t == HIDDEN else quote(t) for t in texts[:5])
        examples += ", …" * (len(texts) > 5)
        words = ": ".join(filter(None, [examples, say(_REPAIRS.get(str(rule), str(rule)))]))
        keys = _keys_of(spec, column)
        change = " ".join(f"{key}:" for key in keys)
        yield [
            "repair",
            column,
            words[:1].upper() + words[1:],
            len(rows),
            who.decided(*keys),
            change,
        ]


def _keys_of(spec: Spec, column: Any) -> tuple[str, ...]:
    """Give the key by which the values of a column, or whole rows, are repaired."""
    names = [v.name for v in spec.variables.values() if v.heading == column]
    if names:
        return "variables", names[0]
    return ("duplicates",) if spec.duplicates else ("one_row",)


def _exclusions(cohort: Cohort, who: _Who, say: Say) -> Iterator[list[Any]]:
    spec, flow = cohort.spec, cohort.flow
    first = ["keep"] * bool(spec.keep)
    first += ["duplicates"] * bool(spec.duplicates) + ["one_row"] * bool(spec.one_row)
    keys = [*first, *["eligibility"] * len(spec.eligibility)]
    counts = spec.smallest_shown == 1
    n = int(flow["remaining"].iloc[0]) if counts else None
    yield ["exclusion", "", say(str(flow["label"].iloc[0])), n, FILE, "data: file:"]
    for key, label, excluded in zip(keys, flow["label"][1:], flow["excluded"][1:], strict=True):
        text, out = say("{}: the others are left out"), int(excluded) if counts else None
        text = text.format(say(str(label)))
        yield ["exclusion", "", text, out, who.decided(key), f"{key}:"]


def _choices(spec: Spec, who: _Who, say: Say) -> Iterator[list[Any]]:
    for i, rule in enumerate(spec.rules):
        words = _words({k: v for k, v in asdict(rule).items() if v})
        yield [
            "choice",
            "rules",
            say("Checked: {}").format(words),
            None,
            who.decided("rules"),
            f"rules: ({i + 1})",
        ]
    default = Analysis()
    for field in fields(Analysis):
        value, key = getattr(spec.analysis, field.name), field.name.rstrip("_")
        if value and value != getattr(default, field.name):
            by = who.decided("analysis", key)
            if key == "outcome" and by == DRAFT:
                by = USER  # init does not guess it
            yield ["choice", key, f"{key}: {_words(value)}", None, by, f"analysis: {key}:"]
