"""Levels of texts: scales, grades, bands in their natural order, and lists of items."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cohortbook.cohort.identifiers import is_personal
from cohortbook.cohort.lexicon import MOST, lexicon
from cohortbook.cohort.problems import quote
from cohortbook.cohort.vocabulary import simplify

MOST_LEVELS = 15
"""A column with more different texts is free text."""

ORDERED = "levels in the order of their numbers: ordered? Taken so; if not, kind: category"

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
_TITRE = re.compile(r"\b1\s?[:/]\s?(?=\d\d)")
_OPEN_END = re.compile(
    r"(?P<over>>|more than |over |mais de |más de )?\s*(?:>=|=>|≥)?\s*(?P<n>\d{1,2})"
    r"\s*(?:\+|or more|and more|and over|ou mais|o más)?",
    re.I,
)
_BAND = re.compile(
    r"(?P<sign>[<>≤≥]=?|(?:under|below|less than|up to|over|above|more than) )?\s*"
    r"(?P<number>\d+(?:[.,]\d+)?)",
    re.I,
)


def levels_of(values: Counter[str], notes: list[str]) -> dict[str, Any]:
    """Make a scale, a list or a category of texts; what is none of these is free text.

    Examples
    --------
    >>> levels_of(Counter({"mild": 3, "severe": 2}), [])
    {'kind': 'ordinal', 'levels': ['mild', 'severe']}
    """
    by_code: dict[str, str] = {}
    for text, _ in values.most_common():
        by_code.setdefault(simplify(text), text)
    levels = list(by_code.values())
    bands = are_bands(levels) and len(levels) < 0.3 * values.total()  # 1000-1999 is no telephone
    if ordered := in_order(levels):
        return {"kind": "ordinal", "levels": ordered}
    personal = sum(n for text, n in values.items() if is_personal(text))
    if personal > 0.5 * values.total() and not bands:
        notes.append("most look like names or addresses: identifier: true? Left out as free text")
        return {"kind": "text"}
    if items := items_of(values):
        notes.append(
            "several in a cell: in no table until each item has a yes or no of its own, as "
            "derive: {contains: {name: item}}; do some items mean the same?"
        )
        return items
    many = len(levels) > max(3, min(MOST_LEVELS, values.total() / 2))
    if many or max(map(len, levels)) > 60 or (not bands and any(map(is_personal, levels))):
        notes.append(f"{len(levels)} different texts: free text, which is left out")
        return {"kind": "text"}
    if len(levels) > 2 and (ordered := naturally(levels)):
        first = are_bands(ordered)
        notes += [ORDERED] * first
        return {"kind": "ordinal" if first else "category", "levels": ordered}
    near = [
        (level, match)
        for i, level in enumerate(levels)
        for match in difflib.get_close_matches(level, levels[i + 1 :], n=1, cutoff=0.85)
        if re.sub(r"\d", "", level) != re.sub(r"\d", "", match)
    ]
    notes += [f"{quote(a)} and {quote(b)} look alike: one level?" for a, b in near]
    return {"kind": "category", "levels": levels}


def are_bands(levels: Iterable[str]) -> bool:
    """Check whether each level begins with a number or a limit, or is a word for none.

    Examples
    --------
    >>> are_bands(["<10", "10-20", ">20"]), are_bands(["ward 3", "ward 4"])
    (True, False)
    """
    return all(_BAND.match(level) for level in levels if simplify(level) not in lexicon().no)


def is_count(values: Iterable[str]) -> bool:
    """Check whether levels count 0, 1, 2 and so on, the last of them being open.

    Examples
    --------
    >>> is_count(["0", "1", "2", "3 or more"]), is_count(["1", "2", ">2"]), is_count(["7", ">60"])
    (True, True, False)
    """
    texts = list(values)
    ends = [text for text in texts if not text.isdigit()]
    match = _OPEN_END.fullmatch(ends[0]) if len(ends) == 1 else None
    if not match:
        return False
    last = int(match["n"]) - (not match["over"])
    counted = sorted(int(text) for text in texts if text.isdigit())
    return len(counted) > 1 and counted == list(range(counted[0], last + 1)) and counted[0] < 2


def naturally(levels: Sequence[str]) -> list[str]:
    """Sort levels that all hold a number by it; a level below another's limit comes first.

    Examples
    --------
    >>> naturally([">20", "<10", "10-20"]), naturally(["10 visits", "9 visits"])
    (['<10', '10-20', '>20'], ['9 visits', '10 visits'])
    >>> naturally(["1:160", "1:80", "<1:40", "1:40"])
    ['<1:40', '1:40', '1:80', '1:160']
    >>> naturally(["north", "ward 3"])
    []
    """
    none = {level for level in levels if simplify(level) in lexicon().no}
    texts = {level: _TITRE.sub("", level) for level in levels if level not in none}
    matches = [_BAND.search(text) for text in texts.values()]
    if not all(matches) or len(none) > 1:
        return []
    keys: list[tuple[float, int, list[float], str]] = [(-1.0, -1, [], level) for level in none]
    for level, match in zip((v for v in levels if v not in none), matches, strict=True):
        assert match
        sign = (match["sign"] or "").strip().casefold()
        below = sign[:1] in "<≤" or sign in ("under", "below", "less than", "up to")
        rank = 0 if not sign else -1 if below else 1
        rank = rank or (1 if level.rstrip().endswith("+") else 0)
        written = re.findall(r"\d+(?:[.,]\d+)?", texts[level])
        numbers = [float(n.replace(",", ".")) for n in written]
        keys.append((numbers[0], rank, numbers, level))
    if len({key[:2] for key in keys}) < len(keys) and len({tuple(k[2]) for k in keys}) < len(keys):
        return []
    return [key[-1] for key in sorted(keys)]


def items_of(values: Counter[str]) -> dict[str, Any]:
    """Make a list of texts that are joined from a few items, which also stand otherwise joined."""
    marks = [",", ";", "+", "/", *(f" {word} " for word in _JOINED)]
    split = re.compile("|".join(map(re.escape, marks)))
    parts: Counter[str] = Counter()
    different = set[str]()
    for text, n in values.items():
        each = list(map(str.strip, split.split(text)))
        different.update(map(simplify, filter(None, each)))
        if len(different) > 2 * MOST_LEVELS:
            return {}
        for part in each:
            parts[part] += n
    items = {simplify(part): part for part, _ in reversed(parts.most_common()) if part}
    joined = {text: n for text, n in values.items() if split.search(text)}
    if any(len({*each}) < len(each) for each in map(split.split, joined)):  # WT/WT is a genotype
        return {}
    held: Counter[str] = Counter()  # in how many different texts each item stands
    for text in {simplify(text) for text in values}:
        held.update({simplify(p) for p in split.split(text) if p.strip()})
    again = len({simplify(text) for text in joined}) > 1 or all(
        held[simplify(p)] > 1 for text in joined for p in split.split(text) if p.strip()
    )
    again &= any(held[simplify(p)] > 1 for text in joined for p in split.split(text) if p.strip())
    if (
        len(held) < len({simplify(text) for text in values})
        and sum(joined.values()) > 0.1 * values.total()
        and again
        and all(any(map(str.isalpha, item)) for item in items)
        and all(all(map(str.strip, split.split(text.strip(" ,;")))) for text in joined)
        and sum(n for n in parts.values() if n > 1) > MOST * parts.total()
        and not any(map(is_personal, items.values()))
    ):
        used = [mark for mark in marks if any(mark in text for text in values)]
        return {"kind": "list", "items": list(items.values())[::-1], "separators": used}
    return {}


def in_order(levels: Iterable[str]) -> list[str]:
    """Put levels in the order of a scale, if they are one."""
    levels = list(levels)
    for scale in lexicon().file["scales"]:
        if not 1 < len(levels) <= len(scale):
            continue
        rank = {simplify(word): i for i, place in enumerate(scale) for word in place}
        ranks = [rank.get(simplify(level), -1) for level in levels]
        if min(ranks) >= 0 and len(set(ranks)) == len(ranks):
            return [level for _, level in sorted(zip(ranks, levels, strict=True))]
    return []


def grades(values: Counter[str]) -> dict[str, list[str]]:
    """Make levels of grades, which may be written as 4, IV or grade 4."""
    by_grade: dict[int, list[str]] = {}
    for text in values:
        match = _GRADE.fullmatch(simplify(text))
        grade = match and (int(match[1]) if match[1].isdigit() else _ROMAN.get(match[1].lower()))
        if grade is not None:
            by_grade.setdefault(grade, []).append(text)
    known_share = sum(values[text] for texts in by_grade.values() for text in texts)
    if not 2 < len(by_grade) < 9 or known_share < MOST * values.total():
        return {}
    one_each = all(len(texts) == 1 for texts in by_grade.values())  # in the file's own words
    return {
        by_grade[grade][0] if one_each else str(grade): by_grade[grade]
        for grade in sorted(by_grade)
    }
