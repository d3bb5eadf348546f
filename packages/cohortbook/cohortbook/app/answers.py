"""What a form of the page says, as a change of the text of `cohort.yml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any

from cohortbook.app.amending import add_item, amend, doubts_in, read, settle, under
from cohortbook.cohort.kinds import of_kind
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.outcome import as_yes
from cohortbook.cohort.spec import KINDS
from cohortbook.cohort.vocabulary import simplify

Form = Mapping[str, str]

FIELDS = ("label", "unit", "definition", "limits")
"""Keys of a variable that are one text each."""

CHOICES = ("outcome", "groups", "time", "event")
"""Keys of the analysis that name one variable each."""

TIMES = ("days", "months", "years")
"""Units of a time between two dates."""


def answer(text: str, name: str, form: Form, values: Counter[str]) -> str:
    """Write the answers about one variable.

    Parameters
    ----------
    text : str
        The `cohort.yml`.
    name : str
        The variable.
    form : mapping
        The fields of the page; ``do`` is the button, ``act:argument``.
    values : Counter
        The texts of its column.

    Raises
    ------
    ValueError
        If the answer does not fit.
    """
    place = ("variables", name)
    entry = under(read(text), place)
    if not isinstance(entry, dict):
        raise ValueError("there is no such variable any more")
    text = amend(text, place, _fields(entry, form))
    act, _, argument = form.get("do", "").partition(":")
    entry = under(read(text), place)
    if act in ("settle", "items"):  # who takes each item by itself has looked at the list
        settled = settle(text, [doubt for doubt in doubts_in(text) if doubt.place == place])
        return _each_item(settled, name, entry) if act == "items" else settled
    changes = _changes(entry, act, argument, form, values)
    return amend(text, place, changes)


def _each_item(text: str, name: str, entry: Mapping[str, Any]) -> str:
    """Add a yes or no for each item of a list that has none yet."""
    variables = read(text).get("variables") or {}
    there = [(each or {}).get("derive") for each in variables.values()]
    new: dict[str, Any] = {}
    for item in entry.get("items") or ():
        derive = {"contains": {name: item}}
        if derive not in there:
            free = (f"{name}_{i}" for i in count(1))
            label = f"{entry.get('label') or name}: {item}"
            chosen = next(each for each in free if each not in variables and each not in new)
            new[chosen] = {"label": label, "derive": derive}
    return amend(text, ("variables",), new)


def _changes(
    entry: Mapping[str, Any], act: str, argument: str, form: Form, values: Counter[str]
) -> dict[str, Any]:
    levels = _levels(entry)
    match act:
        case "kind" if argument in KINDS:
            changes = of_kind(entry, argument, values) | {"identifier": None}
            # one value alone, such as x, makes Yes and No only if a blank is the other
            return changes | ({"no": [""]} if changes.get("no") == [] else {})
        case "identifier":
            return {"identifier": "true"}
        case "shown":
            return {"identifier": None}
        case "up" | "down":
            return {"levels": _written(_moved(levels, argument, act))}
        case "level":
            return _as_level(entry, levels, argument)
        case "missing":
            return _as_missing(entry, levels, argument)
        case "no-level":
            return _without_level(entry, levels, argument)
        case _:
            return {}


def _fields(entry: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Give what the fields change: texts, limits of a number, names of levels, Yes and No."""
    changes: dict[str, Any] = {}
    for key in FIELDS:
        if key in form and form[key].strip() != str(entry.get(key) or ""):
            changes[key] = form[key].strip() or None
    if "reference" in form:  # the first level is it anyway, where none is named
        first = next(iter(_levels(entry)), "")
        if form["reference"] != (entry.get("reference") or first):
            changes["reference"] = form["reference"]
    if "low" in form:
        ends = [form["low"].strip().replace(",", "."), form["high"].strip().replace(",", ".")]
        if ends != list(entry.get("range") or ["", ""]):
            if any(ends) and not all(map(is_number, ends)):
                raise ValueError("a range has two numbers: the lowest and the highest")
            changes["range"] = ends if any(ends) else None
    if more := form.get("add_missing", "").strip():
        changes["missing"] = _together(entry, more)
    if any(key.startswith("level-") for key in form):
        changes |= _renamed(entry, form)
    if any(key.startswith("means-") for key in form):
        changes |= _sides(entry, form)
    return changes


def _renamed(entry: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Give the levels by their new names; two of one name become one."""
    levels, new = _levels(entry), dict[str, list[str]]()
    names = {
        level: form.get(f"level-{i}", level).strip() or level for i, level in enumerate(levels)
    }
    for level, texts in levels.items():
        spelt = texts or [level]
        new[names[level]] = list(dict.fromkeys([*new.get(names[level], ()), *spelt]))
    if new == {level: texts or [level] for level, texts in levels.items()}:
        return {}
    changes: dict[str, Any] = {"levels": _written(new)}
    if entry.get("reference") in names:
        changes["reference"] = names[entry["reference"]]
    return changes


def _sides(entry: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Give which values mean Yes, No and missing, if that is not what it was."""
    texts: dict[str, list[str]] = {"yes": [], "no": [], "missing": []}
    changed = False
    for key, means in form.items():
        if key.startswith("means-"):
            i = key.removeprefix("means-")
            changed |= means != form.get(f"meant-{i}", "")
            if means in texts:
                texts[means].append(form[f"value-{i}"])
    texts["missing"] = [text for text in texts["missing"] if text]  # a blank is missing anyway
    if not changed:
        return {}
    if not texts["yes"] or not texts["no"]:
        raise ValueError("at least one value has to mean Yes, and one No")
    return {
        "yes": texts["yes"],
        "no": texts["no"],
        "missing": texts["missing"] or None,
    }


def _levels(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give the levels with their spellings, none where the name is the only one."""
    levels = entry.get("levels") or {}
    if isinstance(levels, list):
        return {level: [] for level in levels}
    return {level: [t] if isinstance(t, str) and t else list(t) for level, t in levels.items()}


def _written(levels: Mapping[str, Sequence[str]]) -> Any:
    """Write levels as a list of names, where each is spelt by its name."""
    if all(list(texts) in ([], [level]) for level, texts in levels.items()):
        return list(levels)
    return {level: list(texts) or [level] for level, texts in levels.items()}


def _moved(levels: Mapping[str, list[str]], level: str, way: str) -> dict[str, list[str]]:
    order = list(levels)
    at = order.index(level) if level in levels else len(order)
    to = at - 1 if way == "up" else at + 1
    if at < len(order) and 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
    return {level: levels[level] for level in order}


def _together(entry: Mapping[str, Any], *texts: str) -> list[str]:
    return list(dict.fromkeys([*_listed(entry.get("missing")), *texts]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) and value else list(value or ())


def _as_missing(
    entry: Mapping[str, Any], levels: Mapping[str, list[str]], text: str
) -> dict[str, Any]:
    """Make a text stand for missing, and take it out of the levels."""
    changes: dict[str, Any] = {"missing": _together(entry, text)}
    same = simplify(text)
    left = {
        level: [t for t in texts or [level] if simplify(t) != same]
        for level, texts in levels.items()
    }
    left = {level: texts for level, texts in left.items() if texts}
    if levels and left != {level: texts or [level] for level, texts in levels.items()}:
        changes["levels"] = _written(left)
    return changes


def _without_level(
    entry: Mapping[str, Any], levels: Mapping[str, list[str]], name: str
) -> dict[str, Any]:
    """Make every spelling of a level stand for missing."""
    if name not in levels:
        raise ValueError("there is no such level any more")
    left = {level: texts for level, texts in levels.items() if level != name}
    if not left:
        raise ValueError("a level has to stay")
    changes = {"missing": _together(entry, *(levels[name] or [name])), "levels": _written(left)}
    return changes | ({"reference": None} if entry.get("reference") == name else {})


def _as_level(
    entry: Mapping[str, Any], levels: Mapping[str, list[str]], text: str
) -> dict[str, Any]:
    """Make a text a level (of a number, a value), that it does not stand for missing."""
    left = [code for code in _listed(entry.get("missing")) if simplify(code) != simplify(text)]
    changes: dict[str, Any] = {"missing": left or None}
    if entry.get("kind") in ("category", "ordinal"):
        changes["levels"] = _written({**levels, text: []})
    return changes


def ask(text: str, form: Form, lists: Mapping[str, list[str]]) -> str:
    """Write what is asked of the patients: outcome, group, times, candidates, language."""
    document = read(text)
    analysis = document.get("analysis") or {}
    chosen = {key: form[key] for key in CHOICES if key in form}
    outcome = chosen.get("outcome", "")
    if "=" in outcome and not (name := outcome).isidentifier():
        name, _, level = outcome.partition("=")
        entry = under(document, ["variables", name])
        levels = {k: v or [k] for k, v in _levels(entry or {}).items()}
        if level not in levels:
            raise ValueError("there is no such level any more")
        changes = {"kind": "binary", "levels": None, "reference": None, **as_yes(levels, level)}
        text, chosen["outcome"] = amend(text, ("variables", name), changes), name
    if ":" in chosen.get("time", ""):
        text, chosen["time"] = _time_between(text, *chosen["time"].split(":")[:3])
    changes = {}
    for key, value in chosen.items():
        if value != str(analysis.get(key) or ""):
            changes[key] = value or ("" if key == "outcome" else None)
    for key, names in lists.items():
        if names != _listed(analysis.get(key)):
            changes[key] = names or None
    text = amend(text, ("analysis",), changes)
    top = {}
    for key, default in (("title", ""), ("language", "en"), ("suppress_below", "")):
        if key in form and form[key].strip() != str(document.get(key) or default):
            top[key] = form[key].strip() or None
    return amend(text, (), top)


def _time_between(text: str, unit: str, start: str = "", end: str = "") -> tuple[str, str]:
    """Add the time from one date to another, if it is not there; give the text and its name."""
    variables = read(text).get("variables") or {}
    if unit not in TIMES or not (start in variables and end in variables):
        raise ValueError("there is no such column any more")
    name = f"{unit}_{start}_{end}"
    if name not in variables:
        label = " → ".join(str(variables[each].get("label") or each) for each in (start, end))
        entry = {"label": label, "unit": unit, "derive": {unit: [start, end]}}
        text = amend(text, ("variables",), {name: entry})
    return text, name


def ask_rows(text: str, form: Form) -> str:
    """Write what tells patients apart, and which of several rows counts."""
    document = read(text)
    changes: dict[str, Any] = {}
    for key in ("one_row", "order_by"):
        if key in form and form[key] != str(document.get(key) or ""):
            changes[key] = form[key] or None
    if changes.get("one_row"):
        changes["duplicates"] = None
    return amend(text, (), changes)


def correct(text: str, form: Form) -> str:
    """Write the correction of one cell."""
    if not form.get("to", "").strip():
        raise ValueError("say what the cell should hold")
    cell = {key: form[key].strip() for key in ("row", "column", "from", "to", "reason")}
    return add_item(text, "corrections", {k: v for k, v in cell.items() if v})


def leave_out_unknown(text: str, label: str) -> str:
    """Leave out the patients whose outcome is missing, as a step of the flow diagram."""
    outcome = under(read(text), ["analysis", "outcome"])
    return add_item(text, "eligibility", {"label": label, "complete": [outcome]})


def settle_lines(text: str, lines: Collection[int]) -> str:
    """Settle the doubts on these lines."""
    return settle(text, [doubt for doubt in doubts_in(text) if doubt.line in lines])
