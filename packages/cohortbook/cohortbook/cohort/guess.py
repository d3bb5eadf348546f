"""What a column probably is: its kind, levels, unit and missing codes, with every doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cohortbook.cohort.cleaning import is_status
from cohortbook.cohort.dates import has_form
from cohortbook.cohort.identifiers import list_values, named, personal, with_article
from cohortbook.cohort.levels import (
    ORDERED,
    are_bands,
    grades,
    in_order,
    is_count,
    levels_of,
    naturally,
)
from cohortbook.cohort.lexicon import MOST, UNIT, lexicon, plain, recognise
from cohortbook.cohort.measures import measures
from cohortbook.cohort.missing_words import missing_numbers, missing_words
from cohortbook.cohort.numerals import all_plain, is_number
from cohortbook.cohort.spec import Texts
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.yes_no import side_of, yes_or_no, yes_or_no_with_details

SOME = 0.2
"""Of a column of dates no more than the rest may be years alone."""

_SPELLINGS = 30
"""Six codes may be written in so many ways: as 1, 1.0, 1.00, with a point or a comma."""


@dataclass(frozen=True)
class Declared:
    """What a file or its dictionary says of a column; `heading` is its heading without codes."""

    label: str = ""
    choices: Mapping[str, Texts] = field(default_factory=dict)
    unit: str = ""
    range: Texts = ()
    identifier: bool = False
    text: bool = False
    notes: Sequence[str] = ()
    heading: str = ""


@dataclass
class Guess:
    """A column as it may stand in `variables:`: its name, keys and doubts.

    `personal` says what it tells of the patient, where it does; `empty` that it holds
    nothing, `ignored` that it is not to be read; `words` are the texts that are
    missing among its numbers or dates.
    """

    name: str
    heading: str
    entry: dict[str, Any]
    notes: list[str]
    personal: str = ""
    empty: bool = False
    ignored: bool = False
    count: int = 0
    levels: int = 0
    words: Counter[str] = field(default_factory=Counter)


def unit_of(heading: str, label: str, unit: str) -> str:
    """Give the unit that a file, its label or its heading says of a column.

    Examples
    --------
    >>> unit_of("age", "Age at onset (months)", ""), unit_of("age", "", "years")
    ('months', 'years')
    """
    match = UNIT.fullmatch(label) or UNIT.fullmatch(heading.strip())
    return unit or (match[2] if match else "")


def _share(values: Counter[str], fits: Any) -> float:
    return sum(n for value, n in values.items() if fits(value)) / max(values.total(), 1)


def _are_most(values: Counter[str], fits: Any) -> bool:
    """Check whether most values fit; looks at no more than it has to."""
    total = max(values.total(), 1)
    left = values.total()
    for value, n in values.items():
        if not fits(value):
            left -= n
            if left / total < MOST:
                return False
    return left / total >= MOST


def guess(
    heading: str,
    counts: Counter[str],
    declared: Declared,
    formats: Sequence[str],
    name: str,
    *,
    thousands: str = "",
    grouped: bool = False,
    sure: Collection[str] = (),
    kept: Collection[str] = (),
) -> Guess:
    """Return what a column probably is.

    Parameters
    ----------
    heading : str
    counts : Counter
        How often each text comes, without blanks around it; blank ones too.
    declared : Declared
        What its file or dictionary says.
    formats : sequence of str
        The date formats of the table.
    name : str
        What the variable is to be called.
    thousands : str, optional
        The mark of thousands.
    grouped : bool, optional
        Whether it stood in numbers of this column, which are then no record numbers.
    sure, kept : collection of str, optional
        Texts that are missing in this table, and values that are not, simplified.

    Returns
    -------
    Guess
    """
    unit = unit_of(heading, declared.label, declared.unit)
    model = lexicon().file["variables"].get(recognise(heading, unit), {})
    doubts: list[str] = []
    plain_numbers = all_plain(counts)
    missing = dict[str, None]()
    if declared.choices or not plain_numbers:  # no number is a word
        missing = missing_words(counts, declared.choices, sure, kept, doubts)
    values = Counter({text: n for text, n in counts.items() if text and text not in missing})
    match = UNIT.fullmatch(declared.label) or UNIT.fullmatch(heading.strip())
    label = declared.label or model.get("label") or (match[1] if match else heading)
    label = label.replace("_", " ").strip()
    column = Guess(name, heading, {"label": label[:1].upper() + label[1:]}, list(declared.notes))
    entry, notes = column.entry, column.notes
    column.count, column.levels = values.total(), len(values)
    column.empty = not values
    if column.empty:
        return column
    column.personal = ("identifier" if declared.identifier else "") or personal(heading, values)
    dated = _dated(values, formats)
    serial = _has_word(heading, "dated") and all(
        re.fullmatch("[1-6][0-9]{4}", simplify(v)) for v in values
    )
    explained = model or declared.choices or declared.unit or declared.range or match
    numbered = not (explained or dated or serial or grouped)
    years = not set(plain(heading).split()).isdisjoint(lexicon().file["times_units"]["years"])
    if numbered and not (column.personal or years) and _tells_apart(values, counts.total()):
        column.personal = "record number"
        notes.append(
            "a different whole number in every row: if it is not a record number, say number"
        )
    if column.personal:
        entry |= {"kind": "date" if dated or serial else "text", "identifier": True}
        notes.append(f"looks like {with_article(column.personal)}: its values are shown nowhere")
        return column
    if serial and not dated:
        notes.append("whole numbers under a heading of dates: taken as Excel's serial days")
    codes = _describe(column, values, declared, model, match, thousands, dated=dated or serial)
    _grade(column, values, declared, model)
    if codes:
        n = sum(counts[code] for code in codes)
        notes.insert(len(declared.notes), f"{list_values(codes)} ({n} rows) taken as missing")
    if counts[""] and len(set(map(simplify, values))) == 1 and not declared.choices:
        _tick(column, values, declared.notes)
    if match and entry["kind"] == "number":
        entry["label"] = entry["label"].removesuffix(match[0].removeprefix(match[1])).strip()
    _note_missing(column, counts, missing | dict.fromkeys(codes), missing, doubts)
    _note_oddities(column, values, model, counts[""])
    return column


def _note_missing(
    column: Guess,
    counts: Counter[str],
    missing: Mapping[str, None],
    words: Mapping[str, None],
    doubts: Sequence[str],
) -> None:
    """Add the missing codes, but to a free text, where ND may be initials."""
    kind = column.entry["kind"]
    if kind in ("number", "date"):
        column.words = Counter({text: counts[text] for text in words})
    elif kind != "text":
        column.notes += doubts
    if missing and kind != "text":
        column.entry["missing"] = list(missing)


def _has_word(heading: str, of: str) -> bool:
    """Check whether a word of a heading is among those that are known under a name."""
    return not set(plain(heading).split()).isdisjoint(lexicon().file[of])


def _describe(
    column: Guess,
    values: Counter[str],
    declared: Declared,
    model: Mapping[str, Any],
    match: re.Match[str] | None,
    thousands: str,
    *,
    dated: bool,
) -> list[str]:
    """Add the kind and its keys; take the numbers that stand for missing out and return them."""
    entry, notes, heading = column.entry, column.notes, column.heading
    remarks = lexicon().file["remarks"]
    remark = not {plain(heading), *plain(heading).split()[:1]}.isdisjoint(remarks)
    codes: list[str] = []
    plain_numbers = all_plain(values)
    if declared.text or remark or (is_status(heading) and len(values) < 4):
        entry["kind"] = "text"
        notes += ["free text, which is left out"] * remark
    elif declared.choices and _are_most(values, _spelt(declared).__contains__):
        entry |= _chosen(declared, notes)
    elif dated:
        entry |= {"kind": "date", "export": False}
    elif not _is_unclear(heading, values) and (levels := yes_or_no(values, model)):
        entry |= levels
    elif is_count(values):
        entry |= levels_of(values, notes)
    elif sides := yes_or_no_with_details(values, notes):
        entry |= sides
    elif not plain_numbers and (measured := measures(values, thousands, notes)):
        measured |= (
            {"unit": match[2]} if match else {"unit": declared.unit} if declared.unit else {}
        )
        entry |= measured
    elif plain_numbers or _are_most(values, is_number):
        codes = missing_numbers(values, declared.range or model.get("range", ()))
        for code in codes:
            del values[code]
        sides = {} if _is_unclear(heading, values) else yes_or_no(values, model)
        entry |= sides or _number(heading, values, notes, model, declared, match)
    else:
        entry |= levels_of(values, notes)
    if ORDERED in notes and _has_word(heading, "unordered"):  # sites and arms have no order
        notes.remove(ORDERED)
        entry["kind"] = "category"
    return codes


def _grade(
    column: Guess, values: Counter[str], declared: Declared, model: Mapping[str, Any]
) -> None:
    """Make grades of numbers or texts under a heading of grades that nothing else explains."""
    if model or declared.choices or not _has_word(column.heading, "graded"):
        return
    if levels := grades(values):
        for key in ("kind", "levels", "unit", "range"):
            column.entry.pop(key, None)
        column.entry |= {"kind": "ordinal", "levels": levels}
        column.notes[:] = [
            *declared.notes,
            "taken as grades: say what they mean, add grades not met",
        ]


def _note_oddities(
    column: Guess, values: Counter[str], model: Mapping[str, Any], blank: int
) -> None:
    """Note what makes one doubt the guess, now that the kind is chosen."""
    kind, notes = column.entry["kind"], column.notes
    if kind == "binary":
        column.entry["label"] = _sided(column.entry["label"], column.heading, column.entry)
    if kind in ("category", "list", "ordinal") and (word := named(column.heading)):
        notes.append(f"“{word}” in the heading: does it tell who somebody is? identifier: true")
    if kind == "binary" and blank and len(set(map(simplify, values))) == 1:
        notes.append(f"{blank} cells are blank: if they say No, no: ['']")
    elif len(values) == 1 and kind != "text":
        notes.append("the same for all")
    if model.get("kind") == "binary" and kind == "category":
        entry = column.entry  # neither value says what a Yes would say
        label = column.heading.replace("_", " ").strip()
        entry["label"] = label[:1].upper() + label[1:]
    elif model.get("kind") not in (None, kind):
        notes.append(f"{model['label']} is usually of kind {model['kind']}: look at the values")


def _tells_apart(values: Counter[str], rows: int) -> bool:
    """Check whether every row has a whole number of its own, of four digits or more."""
    whole = all(re.fullmatch("[0-9]{4,}", simplify(value)) for value in values)
    return whole and 4 < len(values) == rows


def _dated(values: Counter[str], formats: Sequence[str]) -> bool:
    """Check whether a column holds dates; years alone are numbers, but among other dates."""
    whole = [form for form in formats if form != "%Y"]
    if not whole or (all_plain(values) and not {"%m.%Y", "%Y%m%d"} & {*whole}):
        return False
    most = _are_most(values, lambda v: has_form(v, *formats))
    return most and _share(values, lambda v: has_form(v, *whole)) >= SOME


def _tick(column: Guess, values: Counter[str], notes: Sequence[str]) -> None:
    """Make a Yes of the mark in a column whose other cells are blank; whether these are a No, ask.

    Missing is never a No by itself.
    """
    mark = simplify(next(iter(values), ""))
    heading = plain(column.heading)
    if not (mark in lexicon().file["ticks"] or f" {heading}".endswith(f" {plain(mark) or mark}")):
        return
    for key in ("levels", "unit", "suffixes"):
        column.entry.pop(key, None)
    column.entry |= {"kind": "binary", "yes": list(values)}
    column.notes[:] = notes


def _is_unclear(heading: str, values: Counter[str]) -> bool:
    """Check whether 0 and 1 of a column cannot be a No and a Yes: of sex, race, an arm, a site."""
    return _has_word(heading, "unclear") and {simplify(v) for v in values} <= {"0", "1"}


def _sided(label: str, heading: str, entry: Mapping[str, Any]) -> str:
    """Give a label of sex that says which sex is a Yes."""
    model = lexicon().file["variables"]["female"]
    words = set(map(simplify, model["yes"]))
    yes = [text for text in entry.get("yes", ()) if simplify(text) in words]
    matching = words.intersection(plain(label).split())
    if matching or not (
        yes or (words & set(plain(heading).split()) and recognise(label) == "female")
    ):
        return label
    return str(model["label"]) if recognise(label) == "female" else f"{label}: {yes[0]}"


def _spelt(declared: Declared) -> set[str]:
    return {text for choice, codes in declared.choices.items() for text in (choice, *codes)}


def _chosen(declared: Declared, notes: list[str]) -> dict[str, Any]:
    """Make levels of the choices of a dictionary or of value labels."""
    words = lexicon()
    levels = {
        c: list(codes) for c, codes in declared.choices.items() if simplify(c) not in words.missing
    }
    models: list[Mapping[str, Any]] = [{}, words.file["variables"]["female"]]
    for model in models:
        sides = {side_of(simplify(choice), model): choice for choice in levels}
        if len(levels) == 2 and set(sides) == {"yes", "no"}:
            return {"kind": "binary"} | {k: [c, *levels[c]] for k, c in sides.items()}
    ordered = in_order(levels)
    if not ordered and len(levels) > 2 and are_bands(levels):
        ordered = naturally(list(levels))
        notes += [ORDERED] * bool(ordered)
    return {
        "kind": "ordinal" if ordered else "category",
        "levels": {c: levels[c] or [c] for c in ordered or levels},
    }


def _number(
    heading: str,
    values: Counter[str],
    notes: list[str],
    model: Mapping[str, Any],
    declared: Declared,
    match: re.Match[str] | None,
) -> dict[str, Any]:
    codes = {simplify(value) for value in values} if len(values) <= _SPELLINGS else {""}
    whole = sorted((code for code in codes if re.fullmatch(r"[0-9]{1,2}", code)), key=int)
    if model.get("kind") == "binary" and len(whole) == len(codes) == 2:
        notes.append(f"only {whole[0]} and {whole[1]}: say which means {model['label']}")
        if whole == ["1", "2"] and recognise(heading) == "female":
            notes[-1] = "1 and 2: taken as male and female (ISO/IEC 5218); make sure"
            return {"kind": "binary", "yes": ["2"], "no": ["1"]}
        return {"kind": "category", "levels": whole}
    if len(whole) == len(codes) and not model:
        if len(whole) == 2:
            notes.append(f"only {whole[0]} and {whole[1]}: what does {whole[1]} mean? Say it")
            return {"kind": "category", "levels": whole}
        if 2 < len(whole) < 7 and _has_word(heading, "unclear"):
            notes.append(f"codes {', '.join(whole)}: what do they mean? Say it")
            return {"kind": "category", "levels": whole}
        if 2 < len(whole) < 6 <= values.total():
            notes.append(f"only {len(whole)} different whole numbers: codes of a category?")
    entry: dict[str, Any] = {"kind": "number"}
    unit = match[2] if match else declared.unit or model.get("unit", "")
    if unit:
        entry["unit"] = unit
    if not match and not declared.unit and "enzyme" in model:
        notes.append(f"unit taken to be {unit}: the heading says none")
    if ends := declared.range or model.get("range"):
        entry["range"] = list(ends)
        if not declared.range:
            notes.append(f"range: {model['source']}")
    return entry
