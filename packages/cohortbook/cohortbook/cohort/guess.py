"""What a column probably is: its kind, levels, unit and missing codes, with every doubt."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cohortbook.cohort.cleaning import is_number
from cohortbook.cohort.identifiers import is_personal, named, personal, shown, with_article
from cohortbook.cohort.known import MOST, UNIT, known, plain, recognise
from cohortbook.cohort.problems import quote
from cohortbook.cohort.spec import EXCEL_DAYS, Texts, simplify

MOST_LEVELS = 15
"""A column with more different texts is free text."""

_GRADE = re.compile(r"(?:[^\W\d]+ )?(\d{1,2}|[ivx]{1,4})", re.I)
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
}
_JOINED = ("e", "and", "y", "et", "und", "&")


@dataclass(frozen=True)
class Said:
    """What a file or its dictionary says of a column."""

    label: str = ""
    choices: Mapping[str, Texts] = field(default_factory=dict)
    unit: str = ""
    range: Texts = ()
    identifier: bool = False
    text: bool = False
    notes: Sequence[str] = ()


@dataclass
class Guess:
    """A column as it may stand in `variables:`: its name, keys and doubts.

    `personal` says what it tells of the patient, where it does; `empty` that it holds nothing.
    """

    name: str
    heading: str
    entry: dict[str, Any]
    notes: list[str]
    personal: str = ""
    empty: bool = False
    count: int = 0
    levels: int = 0


def _share(values: Counter[str], fits: Any) -> float:
    return sum(n for value, n in values.items() if fits(value)) / max(values.total(), 1)


def guess(
    heading: str, texts: Sequence[str], said: Said, formats: Sequence[str], name: str
) -> Guess:
    """Say what a column probably is.

    Parameters
    ----------
    heading : str
    texts : sequence of str
        Its cells, without blanks around them.
    said : Said
        What its file or dictionary says.
    formats : sequence of str
        The date formats of the table.
    name : str
        What the variable is to be called.

    Returns
    -------
    Guess
    """
    model = known().file["variables"].get(recognise(heading), {})
    counts = Counter(texts)
    missing = _missing(counts, said)
    values = Counter({text: n for text, n in counts.items() if text and text not in missing})
    match = UNIT.fullmatch(said.label) or UNIT.fullmatch(heading.strip())
    label = said.label or model.get("label") or (match[1] if match else heading)
    label = label.replace("_", " ").strip()
    column = Guess(name, heading, {"label": label[:1].upper() + label[1:]}, list(said.notes))
    entry, notes, column.count, column.levels = (
        column.entry,
        column.notes,
        values.total(),
        len(values),
    )
    column.personal = ("identifier" if said.identifier else "") or personal(heading, values)
    column.empty = not values
    if column.empty:
        return column
    dated = bool(formats) and _share(values, lambda v: _is_day(v, formats)) >= MOST
    serial = _has_word(heading, "dated") and all(re.fullmatch("[1-6][0-9]{4}", v) for v in values)
    numbered = not (model or said.choices or said.unit or said.range or match or dated or serial)
    if numbered and not column.personal and _tells_apart(values, len(texts)):
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
    codes = _describe(column, values, said, model, match, dated=dated or serial)
    _grade(column, values, said, model)
    if entry["kind"] == "binary":
        entry["label"] = _sided(entry["label"], heading, entry)
    if match and entry["kind"] == "number":
        entry["label"] = entry["label"].removesuffix(match[0].removeprefix(match[1])).strip()
    missing |= dict.fromkeys(codes)
    if missing and entry["kind"] != "text":  # where ND may be initials
        entry["missing"] = list(missing)
    _note_oddities(column, values, model)
    return column


def _has_word(heading: str, of: str) -> bool:
    """Tell whether a word of a heading is among those that are known under a name."""
    return not set(plain(heading).split()).isdisjoint(known().file[of])


def _describe(
    column: Guess,
    values: Counter[str],
    said: Said,
    model: Mapping[str, Any],
    match: re.Match[str] | None,
    *,
    dated: bool,
) -> list[str]:
    """Add the kind and its keys; take the numbers that stand for missing out and return them."""
    entry, notes, heading = column.entry, column.notes, column.heading
    remarks = known().file["remarks"]
    remark = not {plain(heading), *plain(heading).split()[:1]}.isdisjoint(remarks)
    codes: list[str] = []
    if said.text or remark:
        entry["kind"] = "text"
        notes += ["free text, which is left out"] * remark
    elif said.choices and _share(values, _spelt(said).__contains__) >= MOST:
        entry |= _chosen(said)
    elif dated:
        entry |= {"kind": "date", "export": False}
    elif levels := _yes_no(values, model):
        entry |= levels
    elif _share(values, is_number) >= MOST:
        codes = _codes(values, said.range or model.get("range", ()))
        if codes:
            notes.append(f"{shown(codes)} ({sum(values[c] for c in codes)} rows) taken as missing")
            for code in codes:
                del values[code]
        entry |= _yes_no(values, model) or _number(heading, values, notes, model, said, match)
    else:
        entry |= _levels(values, notes)
    return codes


def _grade(column: Guess, values: Counter[str], said: Said, model: Mapping[str, Any]) -> None:
    """Make grades of numbers or texts under a heading of grades that nothing else explains."""
    if model or said.choices or not _has_word(column.heading, "graded"):
        return
    if levels := _grades(values):
        for key in ("kind", "levels", "unit", "range"):
            column.entry.pop(key, None)
        column.entry |= {"kind": "ordinal", "levels": levels}
        column.notes[:] = [*said.notes, "taken as grades: say what they mean, add grades not met"]


def _note_oddities(column: Guess, values: Counter[str], model: Mapping[str, Any]) -> None:
    """Note what makes one doubt the guess, now that the kind is chosen."""
    kind, notes = column.entry["kind"], column.notes
    if kind in ("category", "list", "ordinal") and (word := named(column.heading)):
        notes.append(f"“{word}” in the heading: does it tell who somebody is? identifier: true")
    if len(values) == 1:
        notes.append("the same for all")
    if model.get("kind") not in (None, kind):
        notes.append(f"{model['label']} is usually of kind {model['kind']}: look at the values")


def _tells_apart(values: Counter[str], rows: int) -> bool:
    """Tell whether every row has a whole number of its own, of four digits or more."""
    whole = all(re.fullmatch("[0-9]{4,}", value) for value in values)
    return whole and 4 < len(values) == rows


def _missing(counts: Counter[str], said: Said) -> dict[str, None]:
    words = known()
    found = {text: None for text in counts if text and simplify(text) in words.missing}
    for choice, codes in said.choices.items():
        if simplify(choice) in words.missing:
            found |= {code: None for code in (choice, *codes) if code in counts}
    if "+" in counts:
        found.pop("-", None)
    return found


def _codes(values: Counter[str], ends: Sequence[str]) -> list[str]:
    """Find numbers that stand for missing: far outside the others, or the range."""
    numbers = {v: float(v.replace(",", ".")) for v in values if is_number(v)}
    low, high = map(float, ends or ("-inf", "inf"))
    found = []
    for code in known().file["codes"]:
        value = float(code)
        spelt = [v for v, x in numbers.items() if x == value]
        if not spelt or (rest := [x for x in numbers.values() if x != value]) == []:
            continue
        top, several = max(rest), sum(values[v] for v in spelt) > 1
        below = value < 0 <= min(rest)
        above = several and value > max(2 * top, 8) and not set(rest) - set(map(float, range(1000)))
        above = above or (value >= 77 and several and value > 2 * top)
        if below or above or (len(code) > 1 and not low <= value <= high):
            found += spelt
    return found


@cache
def _day_formats(form: str) -> Any:
    parts = {"d": r"\d{1,2}", "m": r"\d{1,2}", "Y": r"\d{4}", "y": r"\d{2}", "b": r"[^\W\d]+"}
    parts |= {"B": parts["b"], "H": parts["d"], "M": parts["d"], "S": parts["d"]}
    return re.compile(re.sub("%(.)", lambda m: parts[m[1]], re.escape(form).replace("\\%", "%")))


def _is_day(text: str, formats: Sequence[str]) -> bool:
    return any(_day_formats(form).fullmatch(text) for form in formats if form != EXCEL_DAYS)


def _yes_no(values: Counter[str], model: Mapping[str, Any]) -> dict[str, Any]:
    """Make a binary variable of values that all say yes or no."""
    sides: dict[str, list[str]] = {"yes": [], "no": []}
    different = {simplify(value): value for value in values}
    for code, value in different.items():
        side = _side(code, model)
        if not side:
            return {}
        sides[side].append(value)
    if known().plain_words.issuperset(different) and not (model.get("yes") and not sides["no"]):
        return {"kind": "binary"}
    return {"kind": "binary"} | {side: texts for side, texts in sides.items() if texts}


def _sided(label: str, heading: str, entry: Mapping[str, Any]) -> str:
    """Give a label of sex that says which sex is a Yes."""
    model = known().file["variables"]["female"]
    words = set(map(simplify, model["yes"]))
    yes = [text for text in entry.get("yes", ()) if simplify(text) in words]
    said = words.intersection(plain(label).split())
    if said or not (yes or (words & set(plain(heading).split()) and recognise(label) == "female")):
        return label
    return str(model["label"]) if recognise(label) == "female" else f"{label}: {yes[0]}"


def _side(code: str, model: Mapping[str, Any]) -> str:
    """Tell whether a word says yes or no, if it does."""
    for side, shared in (("yes", known().yes), ("no", known().no)):
        if code in map(simplify, model.get(side, ())):
            return side
        if code in shared and "yes" not in model:
            return side
    return ""


def _spelt(said: Said) -> set[str]:
    return {text for choice, codes in said.choices.items() for text in (choice, *codes)}


def _chosen(said: Said) -> dict[str, Any]:
    """Make levels of the choices of a dictionary or of value labels."""
    words = known()
    levels = {
        c: list(codes) for c, codes in said.choices.items() if simplify(c) not in words.missing
    }
    models: list[Mapping[str, Any]] = [{}, words.file["variables"]["female"]]
    for model in models:
        sides = {_side(simplify(choice), model): choice for choice in levels}
        if len(levels) == 2 and set(sides) == {"yes", "no"}:
            return {"kind": "binary"} | {k: [c, *levels[c]] for k, c in sides.items()}
    ordered = _in_order(levels)
    return {
        "kind": "ordinal" if ordered else "category",
        "levels": {c: levels[c] or [c] for c in ordered or levels},
    }


def _in_order(levels: Iterable[str]) -> list[str]:
    """Put levels in the order of a scale, if they are one."""
    levels = list(levels)
    for scale in known().file["scales"]:
        rank = {simplify(word): i for i, place in enumerate(scale) for word in place}
        ranks = [rank.get(simplify(level), -1) for level in levels]
        if len(levels) > 1 and min(ranks) >= 0 and len(set(ranks)) == len(ranks):
            return [level for _, level in sorted(zip(ranks, levels, strict=True))]
    return []


def _number(
    heading: str,
    values: Counter[str],
    notes: list[str],
    model: Mapping[str, Any],
    said: Said,
    match: re.Match[str] | None,
) -> dict[str, Any]:
    whole = sorted((v for v in values if re.fullmatch(r"[0-9]{1,2}", v)), key=int)
    if model.get("kind") == "binary" and len(whole) == len(values) == 2:
        notes.append(f"only {whole[0]} and {whole[1]}: say which means {model['label']}")
        if whole == ["1", "2"] and recognise(heading) == "female":
            notes[-1] = "1 and 2: taken as male and female (ISO/IEC 5218); make sure"
            return {"kind": "binary", "yes": ["2"], "no": ["1"]}
        return {"kind": "category", "levels": whole}
    if len(whole) == len(values) and not model:
        if len(whole) == 2:
            notes.append(f"only {whole[0]} and {whole[1]}: codes? Say what they mean")
            return {"kind": "category", "levels": whole}
        if 2 < len(whole) < 6 <= values.total():
            notes.append(f"only {len(whole)} different whole numbers: codes of a category?")
    entry: dict[str, Any] = {"kind": "number"}
    unit = match[2] if match else said.unit or model.get("unit", "")
    if unit:
        entry["unit"] = unit
    if not match and not said.unit and "enzyme" in model:
        notes.append(f"unit taken to be {unit}: the heading says none")
    if ends := said.range or model.get("range"):
        entry["range"] = list(ends)
        if not said.range:
            notes.append(f"range: {model['source']}")
    return entry


def _grades(values: Counter[str]) -> dict[str, list[str]]:
    """Make levels of grades, which may be written as 4, IV or grade 4."""
    found: dict[int, list[str]] = {}
    for text in values:
        match = _GRADE.fullmatch(text)
        grade = match and (int(match[1]) if match[1].isdigit() else _ROMAN.get(match[1].lower()))
        if grade is not None:
            found.setdefault(grade, []).append(text)
    known_share = sum(values[text] for texts in found.values() for text in texts)
    if not 2 < len(found) < 9 or known_share < MOST * values.total():
        return {}
    return {str(grade): found[grade] for grade in sorted(found)}


def _levels(values: Counter[str], notes: list[str]) -> dict[str, Any]:
    """Make a scale, a list or a category of texts; of what is none, a free text."""
    by_code: dict[str, list[str]] = {}
    for text, _ in values.most_common():
        by_code.setdefault(simplify(text), []).append(text)
    levels = [texts[0] for texts in by_code.values()]
    long = max(map(len, levels)) > 60 or any(map(is_personal, levels))
    if ordered := _in_order(levels):
        return {"kind": "ordinal", "levels": ordered}
    if _share(values, is_personal) > 0.5:
        notes.append("most look like names or addresses: identifier: true? Left out as free text")
        return {"kind": "text"}
    marks = [",", ";", "+", "/", *(f" {word} " for word in _JOINED)]
    split = re.compile("|".join(map(re.escape, marks)))
    parts = Counter(p.strip() for text in values.elements() for p in split.split(text))
    items = {simplify(part): part for part, _ in reversed(parts.most_common()) if part}
    joined = sum(n for text, n in values.items() if split.search(text))
    if (
        joined > 0.1 * values.total()
        and len(items) <= 2 * MOST_LEVELS
        and sum(n for n in parts.values() if n > 1) > MOST * parts.total()
        and not any(map(is_personal, items.values()))
    ):
        notes.append(
            "lists: for one item, derive: {contains: {name: [item]}}; which mean the same?"
        )
        used = [mark for mark in marks if any(mark in text for text in values)]
        return {"kind": "list", "items": list(items.values())[::-1], "separators": used}
    if long or len(levels) > max(3, min(MOST_LEVELS, values.total() / 2)):
        notes.append(f"{len(levels)} different texts: free text, which is left out")
        return {"kind": "text"}
    near = [
        (level, match)
        for i, level in enumerate(levels)
        for match in difflib.get_close_matches(level, levels[i + 1 :], n=1, cutoff=0.85)
    ]
    notes += [f"{quote(a)} and {quote(b)} look alike: one level?" for a, b in near]
    return {"kind": "category", "levels": levels}
