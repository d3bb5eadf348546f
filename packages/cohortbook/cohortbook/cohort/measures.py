"""Columns of numbers whose cells also hold a unit, the sign of a limit, or two numbers."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from cohortbook.cohort.lexicon import MOST, lexicon, plain
from cohortbook.cohort.numerals import is_number, parts_of, take_apart, ungrouped
from cohortbook.cohort.problems import quote
from cohortbook.cohort.vocabulary import simplify

FEW_VALUES = 15
"""A word behind so few different numbers is no unit: they are levels."""

_FLAGS = ("H", "L", "HH", "LL", "A", "*", "**")
"""Marks that a laboratory puts behind a number."""

_DAYS = {"years": 365.25, "months": 30.4375, "weeks": 7.0, "days": 1.0, "hours": 1 / 24}
_BEGINS = re.compile(r"[\d<>=≤≥+.,-]")
"""With a digit, the sign of a limit or of a number, or a mark of decimals."""
_PAIR = re.compile(r"\d{1,3}([.,]\d+)?\s*[/\\|x×]\s*\d{1,3}([.,]\d+)?(\s*mm\s?hg)?", re.I)


def measures(values: Counter[str], thousands: str, notes: list[str]) -> dict[str, Any]:
    """Describe a column of numbers with units or limits; empty for any other column.

    Parameters
    ----------
    values : Counter
        The texts that are not missing.
    thousands : str
        The mark of thousands.
    notes : list of str
        Receives what was assumed.

    Returns
    -------
    dict
        ``kind``, ``unit``, ``suffixes`` and ``limits``, as `cohort.yml` has them.

    Examples
    --------
    >>> measures(Counter({"48y": 3, "51": 9, "53": 4, "<1": 2}), "", [])
    {'kind': 'number', 'suffixes': ['y'], 'unit': 'years', 'limits': 'missing'}
    """
    measured = sum(n for text, n in values.items() if _BEGINS.match(text))
    if measured < MOST * values.total() or all(map(is_number, values)):
        return {}
    if together := _together(values, notes):
        return together
    taken = {text: take_apart(text) for text in values}
    read = {t: m for t, m in taken.items() if m and is_number(ungrouped(m.number, thousands))}
    plain_ones = {t for t, m in read.items() if not m.sign}
    flags = _flags(values, taken)
    read = {t: m._replace(suffix="") if m.suffix in flags else m for t, m in read.items()}
    suffixes: Counter[str] = Counter()
    for text, measure in read.items():
        if measure.suffix:
            suffixes[measure.suffix] += values[text]
    signed = Counter({t: values[t] for t, m in read.items() if m.sign})
    if not suffixes and not signed and not flags:
        return {}
    used = _suffixes(suffixes, len(read), notes)
    read = {t: m for t, m in read.items() if not m.suffix or simplify(m.suffix) in _spelt(used)}
    fits = sum(values[text] for text in read)
    numbers = sum(values[text] for text in plain_ones & set(read))
    if fits < MOST * values.total() or numbers < 0.3 * values.total() or len(plain_ones) < 3:
        return {}
    entry: dict[str, Any] = {"kind": "number"}
    if used:
        entry["suffixes"] = list(used) if set(used.values()) == {""} else {
            text: by or "1" for text, by in used.items()
        }  # fmt: skip
        main = max(used, key=lambda text: suffixes[text])
        if not main.startswith("(") or _is_unit(main):  # a remark in brackets is no unit
            entry["unit"] = _time(main) or main
        n = sum(suffixes[text] for text in used)
        notes.append(f"units in {n} cells: {', '.join(map(quote, used))}; the number is read")
        bare = sum(values[t] for t, m in read.items() if not m.suffix)
        if bare and set(used.values()) != {""}:
            notes.append(f"{bare} numbers without a unit are taken to be in {entry['unit']}")
    if flags:
        entry["suffixes"] = [*entry.get("suffixes", ()), *flags]
        notes.append(f"marks behind the numbers are left out: {', '.join(map(quote, flags))}")
    if signed:
        n, examples = signed.total(), ", ".join(map(quote, list(signed)[:3]))
        notes.append(
            f"{n} values are only limits ({examples}): they count as missing; with limits: limit "
            "they count at the limit, with limits: half at half of it"
        )
        entry["limits"] = "missing"
    return entry


def _together(values: Counter[str], notes: list[str]) -> dict[str, Any]:
    """Describe a column of times in several units, such as 7y3m, with some in one of them.

    Examples
    --------
    >>> _together(Counter({"7y3m": 3, "11 m": 1}), [])["suffixes"]
    {'y': '1', 'm': '0.0833333'}
    """
    each = {text: parts_of(text) for text in values}
    several = Counter({text: values[text] for text, parts in each.items() if parts})
    base = next((_years(parts[0][1]) for parts in each.values() if parts), "")
    if several.total() < 0.3 * values.total() or not base:
        return {}
    for text, parts in each.items():
        measure = None if parts else take_apart(text)
        if measure and measure.suffix and not measure.sign:
            parts.append((measure.number, measure.suffix))
    spelt = dict.fromkeys(simplify(suffix) for parts in each.values() for _, suffix in parts)
    fits = sum(n for text, n in values.items() if each[text] or is_number(text))
    if fits < MOST * values.total() or not all(map(_years, spelt)):
        return {}
    notes.append(f"{', '.join(map(quote, list(several)[:2]))} are read as {base}")
    bare = sum(n for text, n in values.items() if is_number(text))
    if bare:
        notes.append(f"{bare} numbers without a unit are taken to be in {base}")
    suffixes = {text: f"{_DAYS[_years(text)] / _DAYS[base]:.6g}" for text in spelt}
    return {"kind": "number", "suffixes": suffixes, "unit": base}


def _flags(values: Counter[str], taken: dict[str, Any]) -> list[str]:
    """Find the marks of a laboratory, such as H and L, behind the fewer of the numbers."""
    suffixes = Counter[str]()
    for text, measure in taken.items():
        if measure and measure.suffix:
            suffixes[measure.suffix] += values[text]
    marks = [mark for mark in suffixes if mark.strip("()") in _FLAGS]
    few = 0.9 if {"H", "L"}.issuperset(marks) else 0.5  # most may be high, but not hours
    fewer = suffixes.total() < few * values.total()
    return marks if fewer and len(marks) == len(suffixes) else []


def _spelt(used: dict[str, str]) -> set[str]:
    return set(map(simplify, used))


def _suffixes(suffixes: Counter[str], different: int, notes: list[str]) -> dict[str, str]:
    """Choose the suffixes that are one unit, or times that can be converted; with factors."""
    units = [text for text, _ in suffixes.most_common() if _is_unit(text) or different > FEW_VALUES]
    if not units:
        return {}
    main = units[0]
    base, used = _time(main), {main: ""}
    for text in units[1:]:
        if simplify(text).replace(" ", "") == simplify(main).replace(" ", ""):
            used[text] = ""
        elif base and (other := _time(text)):
            same = other == base
            used[text] = "" if same else f"{_DAYS[other] / _DAYS[base]:.6g}"
            if not same:
                notes.append(f"{quote(text)} taken as {other}, and converted into {base}")
    return used


def _years(suffix: str) -> str:
    """Give the unit of time that a suffix is; beside another one, 7a is 7 years."""
    return "years" if simplify(suffix) == "a" else _time(suffix)


def _time(suffix: str) -> str:
    words: dict[str, list[str]] = lexicon().file["times_units"]
    return next((unit for unit, spelt in words.items() if simplify(suffix).strip(".") in spelt), "")


def _is_unit(suffix: str) -> bool:
    text = simplify(suffix).strip("().")
    return bool(_time(suffix) or "/" in text or "%" in text or text in lexicon().file["units"])


def pair_of(heading: str, values: Counter[str]) -> list[str]:
    """Return what the two numbers of a column of pairs are called, such as 121/71; else nothing.

    Examples
    --------
    >>> pair_of("BP", Counter(["121/71", "130/80", "118/65"]))
    ['systolic', 'diastolic']
    """
    pairs = sum(n for text, n in values.items() if _PAIR.fullmatch(text))
    if pairs < MOST * values.total() or len(values) < 3:
        return []
    words = set(plain(heading).split())
    pressure = words & {"bp", "pressure", "pa", "pressao", "ta", "tension", "sbp"} or all(
        _over(text) for text in values if _PAIR.fullmatch(text)
    )
    return ["systolic", "diastolic"] if pressure else ["first number", "second number"]


def _over(text: str) -> bool:
    high, low = (float(n) for n in re.findall(r"\d+", text)[:2])
    return 60 <= high <= 300 and 20 <= low < high
