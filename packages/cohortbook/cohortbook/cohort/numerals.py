"""How a number may be written: its marks, the unit behind it, the sign of a limit, a pair."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from cohortbook.cohort.spec import THOUSANDS, as_number
from cohortbook.cohort.vocabulary import REMEMBERED, simplify

NUMBERS = {
    decimal: (
        re.compile(rf"[+-]?([0-9]+({mark}[0-9]*)?|{mark}[0-9]+)(e[+-]?[0-9]+)?", re.I),
        wanted,
    )
    for decimal, mark, wanted in [
        (".", r"\.", "digits, with a decimal point"),
        (",", ",", "digits, with a decimal comma"),
        ("both", "[.,]", "digits, with one decimal point or comma"),
    ]
}
LARGEST = 1e100
"""A number beyond this cannot be squared and summed."""

_ONE = r"(?:[+-]?[0-9]+(?:\.[0-9]*)?)?"
_PLAIN = re.compile(rf"{_ONE}(?:\n{_ONE})*")

_MEASURE = re.compile(
    r"(?P<sign><=|>=|=<|=>|[<>≤≥])?\s*"
    r"(?P<number>[+-]?(?:\d[\d.,'’\u00a0\u202f]*|[.,]\d+)(?:e[+-]?\d+)?)\s*"
    r"(?P<suffix>[%°*a-zµμ×²³(][^\d]*|(?:[x×]\s?)?10\^?\d+.*|[a-zµμ]+/[a-zµμ\d.²³^]+)?",
    re.I,
)


_PART = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+\.?)\s*(?:,|&|and\b|und\b|et\b|e\b|y\b)?\s*", re.I
)


class Measure(NamedTuple):
    """A number as it was written: the sign of a limit, its digits, what follows them."""

    sign: str
    number: str
    suffix: str


@lru_cache(maxsize=REMEMBERED)
def is_number(text: str) -> bool:
    """Check whether a text writes a number, with a point or a comma."""
    return NUMBERS["both"][0].fullmatch(text) is not None


def all_plain(texts: Collection[str]) -> bool:
    r"""Check whether all texts write plain numbers, blank ones aside, with one look at them all.

    Examples
    --------
    >>> all_plain(["12", "-3.5", ""]), all_plain(["12", "3,5"]), all_plain(["12", "1e3"])
    (True, False, False)
    >>> all_plain(["1\n2"])
    False
    """
    joined = "\n".join(texts)
    return _PLAIN.fullmatch(joined) is not None and joined.count("\n") < max(len(texts), 1)


def ungrouped(text: str, mark: str) -> str:
    """Take the marks of thousands out of a number, if they stand where they should.

    Examples
    --------
    >>> [ungrouped(text, ",") for text in ("1,234,567.8", "1,23", "12")]
    ['1234567.8', '1,23', '12']
    """
    if not mark or not _grouped(mark).fullmatch(text):
        return text
    return re.sub(THOUSANDS[mark], "", text)


@cache
def _grouped(mark: str) -> re.Pattern[str]:
    decimals = "".join(other for other in ",." if other != mark)
    return re.compile(rf"[+-]?[1-9]\d{{0,2}}({THOUSANDS[mark]}\d{{3}})+([{decimals}]\d*)?")


@lru_cache(maxsize=REMEMBERED)
def take_apart(text: str) -> Measure | None:
    """Take a number, the sign of a limit before it and a unit behind it apart, if it is one.

    Examples
    --------
    >>> take_apart("<0.3 mg/dL"), take_apart("48y")
    (Measure(sign='<', number='0.3', suffix='mg/dL'), Measure(sign='', number='48', suffix='y'))
    >>> take_apart("5-10"), take_apart("mild")
    (None, None)
    """
    match = _MEASURE.fullmatch(text.strip())
    if not match:
        return None
    sign = (match["sign"] or "").strip("=")
    sign = {"≤": "<", "≥": ">"}.get(sign, sign)
    return Measure(sign, match["number"], (match["suffix"] or "").strip())


def parts_of(text: str) -> list[tuple[str, str]]:
    """Take apart a number that is written in several units, each with its own; else nothing.

    Examples
    --------
    >>> parts_of("7y3m"), parts_of("7 years and 3 months"), parts_of("7y"), parts_of("ward 3")
    ([('7', 'y'), ('3', 'm')], [('7', 'years'), ('3', 'months')], [], [])
    """
    parts: list[tuple[str, str]] = _PART.findall(text)
    whole = "".join(match[0] for match in _PART.finditer(text)) == text
    return parts if whole and len(parts) > 1 else []


def factor(suffixes: Mapping[str, str], suffix: str) -> float | None:
    """Return what a number with this suffix is multiplied by, if the suffix is declared.

    Examples
    --------
    >>> factor({"y": "y", "months": "0.5"}, "months"), factor({}, "kg"), factor({"y": "y"}, "y")
    (0.5, None, 1.0)
    """
    if not suffix:
        return 1.0
    for text, number in suffixes.items():
        if simplify(text) == simplify(suffix):
            return as_number(number) or 1.0
    return None


def part_of(text: str, part: str) -> str:
    """Return one number of a pair such as 121/71, counted from 1; of another text, all of it.

    Examples
    --------
    >>> part_of("121/71 mmHg", "2"), part_of("121", "2")
    ('71', '')
    """
    text = re.sub(r"\s*mm\s?hg\s*$", "", text, flags=re.I)
    parts = [each.strip() for each in re.split(r"[/\\|x×]", text)]
    return parts[int(part) - 1] if int(part) <= len(parts) else ""
