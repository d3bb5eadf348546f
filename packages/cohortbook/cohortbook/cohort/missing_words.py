"""Which words and numbers of a column stand for missing, and which may well be levels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from cohortbook.cohort.levels import grades, in_order
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.problems import quote
from cohortbook.cohort.spec import Texts
from cohortbook.cohort.vocabulary import simplify

PROGRAMS = ("NA", "N/A", "NaN", "NULL", "null", "None", ".")
"""What programs write for missing: where it stands among numbers, it is that everywhere."""

_CODE = re.compile(r"[A-Za-z]{1,3}")
_BESIDE = re.compile(r"[A-Z]{1,4}\+?|[A-Z][a-z]|[a-z]{1,2}")


def missing_words(
    counts: Counter[str],
    choices: Mapping[str, Texts],
    sure: Collection[str],
    kept: Collection[str],
    notes: list[str],
) -> dict[str, None]:
    """Find the texts of a column that stand for missing.

    A word is a level where only one level would be left without it, and a short one where other
    short codes stand beside it, as in R and NR.

    Parameters
    ----------
    counts : Counter
        The texts of the column.
    choices : mapping
        What the file says of its levels.
    sure : collection of str
        Texts that a program writes for missing in this table.
    kept : collection of str
        Values that were said to be none, simplified.
    notes : list of str
        Receives a doubt for each word, with its count.

    Examples
    --------
    >>> notes = []
    >>> missing_words(Counter({"R": 26, "NR": 14}), {}, (), (), notes), notes
    ({}, ["'NR' (14 rows) is kept as a level: if it says missing, missing: ['NR']"])
    >>> list(missing_words(Counter({"mild": 2, "bad": 3, "not done": 1}), {}, (), (), notes))
    ['not done']
    """
    words = lexicon()
    spelt = {text: n for text, n in counts.items() if text and simplify(text) in words.missing}
    spelt = {text: n for text, n in spelt.items() if simplify(text) not in kept}
    declared = {
        code: counts[code]
        for choice, codes in choices.items()
        if simplify(choice) in words.missing
        for code in (choice, *codes)
        if code in counts
    }
    labels = {code: choice for choice, codes in choices.items() for code in codes}
    for code, n in declared.items():
        label = f" “{labels[code]}”" if code in labels else ""
        notes.append(f"{quote(code)}{label} ({n} row{'s' * (n != 1)}) taken as missing")
    spelt = {text: n for text, n in spelt.items() if text not in declared}
    if "+" in counts:
        spelt.pop("-", None)
    rest = Counter({t: n for t, n in counts.items() if t and t not in spelt and t not in declared})
    if sum(n for text, n in rest.items() if any(map(str.isdigit, text))) >= 0.5 * rest.total() > 0:
        return dict.fromkeys([*spelt, *declared])
    if codes := _codes(rest, labels):
        declared |= codes
        n = sum(codes.values())
        notes.append(f"{', '.join(map(quote, codes))} ({n} rows) taken as missing, among texts")
        rest = Counter({text: n for text, n in rest.items() if text not in codes})
    levels = {simplify(text) for text in rest}
    missing = dict.fromkeys(declared)
    for text, n in spelt.items():
        rows = f"{quote(text)} ({n} row{'s' * (n != 1)})"
        if text.startswith("#") or text in sure or not _may_be_level(text, rest, levels):
            missing[text] = None
            notes.append(f"{rows} taken as missing")
        else:
            question = f"is kept as a level: if it says missing, missing: [{quote(text)}]"
            notes.append(f"{rows} {question}")
    return missing


def _may_be_level(text: str, rest: Counter[str], levels: set[str]) -> bool:
    """Check whether a word for missing may be a level beside the others."""
    words = lexicon()
    sexes = words.file["variables"]["female"]
    sides = words.yes | words.no | set(map(simplify, (*sexes["yes"], *sexes["no"])))
    if not any(map(str.isalpha, text)) or not levels:
        return False
    if len(levels) < 2:
        return not levels <= sides or not _CODE.fullmatch(text)
    if in_order(levels) or grades(rest):  # a scale is one without it
        return False
    short = sum(bool(_BESIDE.fullmatch(level)) for level in rest)
    return bool(
        _CODE.fullmatch(text) and not levels <= sides and len(levels) < 12
        and short >= 0.5 * len(rest)
    )  # fmt: skip


def _codes(rest: Counter[str], labels: Collection[str]) -> dict[str, int]:
    """Find numbers that stand for missing among texts, none of which is a number."""
    usual = {code for code in lexicon().file["codes"] if len(code) > 1}
    codes = {text: n for text, n in rest.items() if simplify(text) in usual and text not in labels}
    others = [text for text in rest if text not in codes]
    return codes if others and not any(map(is_number, others)) else {}


def missing_numbers(values: Counter[str], ends: Sequence[str]) -> list[str]:
    """Find numbers that stand for missing: far outside the others, or the range.

    Examples
    --------
    >>> missing_numbers(Counter(["0", "1", "2", "2", "77", "77", "99", "99"]), ())
    ['77', '99']
    >>> missing_numbers(Counter(["12", "30", "-95", "-95", "-96"]), ())
    ['-96', '-95']
    """
    numbers = {v: float(v.replace(",", ".")) for v in values if is_number(v)}
    low, high = map(float, ends or ("-inf", "inf"))
    usual = {float(code): code for code in lexicon().file["codes"]}
    plain = {x for x in numbers.values() if x not in usual}  # 77 is not hidden by 99
    codes = []
    for value, code in usual.items():
        spelt = [v for v, x in numbers.items() if x == value]
        rest = plain or {x for x in numbers.values() if x != value}
        if not spelt or not rest:
            continue
        top, several = max(rest), sum(values[v] for v in spelt) > 1
        below = value < 0 <= min(rest)
        above = several and value > max(2 * top, 8) and not rest - set(map(float, range(1000)))
        above = above or (value >= 77 and several and value > 2 * top)
        if below or above or (len(code) > 1 and not low <= value <= high):
            codes += spelt
    return codes
