"""What `init` and `check` know before they see a column: the words of `lexicon.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from cohortbook.cohort.vocabulary import simplify

MOST = 0.8
"""A column is of a kind if so many of its values are."""

UNIT = re.compile(
    r"(.+?)\s*[(\[]\s*(%|(?:10\^?\d+|x?10[⁹³]|[a-zµμ]{1,5})/[\w³²^.]{1,8}|years?|yrs?|y|months?|mo"
    r"|weeks?|days?|anos|meses|semanas|dias|años|kg|g|mg|cm|mm|m|s|kg/m[2²])\s*[)\]]",
    re.I,
)
"""A heading with a unit in brackets."""

_TIMES = re.compile(r"(\bx|[×*]|\btimes) ?(the )?(o )?(uln|lsn|upper limit|limite superior)")


@dataclass(frozen=True)
class Words:
    """What is known beforehand, of `lexicon.yml`, with texts as `plain` leaves them."""

    file: Mapping[str, Any]
    missing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    plain_words: frozenset[str]
    synonyms: Mapping[str, str]


@cache
def lexicon() -> Words:
    """Read what is known beforehand."""
    text = Path(__file__).with_name("lexicon.yml").read_text(encoding="utf-8")
    file = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    plain_yes, plain_no = (frozenset(map(simplify, file[f"plain_{k}"])) for k in ("yes", "no"))
    return Words(
        file,
        frozenset(map(simplify, file["missing"])),
        plain_yes | frozenset(map(simplify, file["yes"])),
        plain_no | frozenset(map(simplify, file["no"])),
        plain_yes | plain_no,
        {plain(s): name for name, v in file["variables"].items() for s in v["synonyms"]},
    )


@lru_cache(maxsize=1 << 16)
def plain(heading: str) -> str:
    """Reduce a heading to its words.

    Examples
    --------
    >>> plain("Anti-Jo_1  (U/mL)"), plain("PhysicianGlobal")
    ('anti jo 1', 'physician global')
    """
    if match := UNIT.fullmatch(heading.strip()):
        heading = match[1]
    heading = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", heading)
    return " ".join(re.findall(r"[^\W_]+", simplify(heading)))


@lru_cache(maxsize=1 << 16)
def recognise(heading: str, unit: str = "") -> str:
    """Give the name of the known variable that a heading means; an enzyme's limit is ck_limit.

    What is known in years says nothing of months: its range would not hold.

    Examples
    --------
    >>> recognise("CK (U/L)"), recognise("ULN of CK"), recognise("CK (x ULN)")
    ('ck', 'ck_limit', '')
    >>> recognise("Age at onset"), recognise("Age at onset", "months")
    ('age_at_onset', '')
    """
    name = _recognised(heading)
    own = lexicon().file["variables"].get(name, {}).get("unit", "")
    times = {_time(own), _time(unit)} - {""}
    return name if len(times) < 2 else ""


def _time(unit: str) -> str:
    """Give the unit of time that a word is; empty if it is none."""
    units = lexicon().file["times_units"]
    return next((each for each, words in units.items() if simplify(unit) in words), "")


def _recognised(heading: str) -> str:
    if _TIMES.search(
        simplify(heading)
    ):  # so many times its upper limit is not a value of an enzyme
        return ""
    words, text = lexicon(), plain(heading)
    bare = plain(re.sub(r"[(\[].*", "", heading))
    for suffix in ("", *words.file["suffixes"]):
        for each in (text, bare):
            if name := words.synonyms.get(each.removesuffix(f" {suffix}")):
                return name
    for limit in map(plain, words.file["limit"]):
        rest = text.removeprefix(f"{limit} ") if text.startswith(f"{limit} ") else ""
        rest = rest or (text.removesuffix(f" {limit}") if text.endswith(f" {limit}") else "")
        rest = rest.removeprefix("of ").removeprefix("de ").removeprefix("da ")
        name = words.synonyms.get(rest, "")
        if name and "enzyme" in words.file["variables"][name]:
            return f"{name}_limit"
    return ""
