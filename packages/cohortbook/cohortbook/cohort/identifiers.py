"""What tells who a patient is: by a heading, or by how the values look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from cohortbook.cohort.lexicon import lexicon, plain
from cohortbook.cohort.numerals import all_plain, is_number
from cohortbook.cohort.problems import quote
from cohortbook.cohort.vocabulary import REMEMBERED

_DATE = re.compile(r"(?:\d{1,2}|\d{4})([-/. ])\d{1,2}\1(?:\d{1,2}|\d{4})([ T][\d:.]+)?")
_PERSONAL = {
    "e-mail address": re.compile(r"\S+@\S+\.\w+"),
    "phone number": re.compile(r"(?=(?:\D*\d){8,15}\D*$)(\+|\(|\d+[ -])[\d\s()./-]+"),
    "record number": re.compile(r"\d{7,}|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{3}-\d{2}-\d{4}"),
    "name": re.compile(r"(?:[A-ZÀ-Þ][\w'’.-]+,?\s+(?:d[aeo]s? )?){1,4}[A-ZÀ-Þ][\w'’.-]*"),
}


def personal(heading: str, values: Counter[str]) -> str:
    """Return what a column tells of who a patient is, if its heading or its values look like it.

    Examples
    --------
    >>> personal("Nome do paciente", Counter()), personal("CK", Counter(["31", "32"]))
    ('name', '')
    >>> personal("Contact", Counter(["ana@example.org", "rui@example.org"]))
    'e-mail address'
    """
    text, total = plain(heading), max(values.total(), 1)
    apart = len(values) > 0.3 * total
    for kind, words in lexicon().file["identifiers"].items():
        phrases = (f" {phrase} " for phrase in words["always"] if " " in phrase)
        if (
            text in words["always"]
            or any(phrase in f" {text} " for phrase in phrases)
            or (apart and not set(words["words"]).isdisjoint(text.split()))
        ):
            return str(kind)
    born = {"birth", "dob", "nascimento", "nasc", "nacimiento", "born"} & set(text.split())
    if born and sum(n for value, n in values.items() if _DATE.fullmatch(value)) > 0.5 * total:
        return "date of birth"
    alike: Counter[str] = Counter()
    if max(map(len, values), default=0) > 6 or not all_plain(values):
        for value, n in values.items():
            alike[_alike(value)] += n
        if any(n > 1 for n in values.values()) or len({len(value) for value in values}) > 2:
            del alike["record number"]  # counts of a laboratory repeat, and are of any length
    if not apart and all(map(_is_band, values)):
        del alike["phone number"]
    for kind in _PERSONAL:
        if alike[kind] > (0.6 if kind in ("name", "record number") else 0.2) * total and (
            apart or kind in ("e-mail address", "phone number")
        ):
            return kind
    if len(values) == total > 2 and all(v == str(i) for i, v in enumerate(values, 1)):
        return "record number"
    return ""


def _is_band(text: str) -> bool:
    """Check whether a text may be a band of numbers, such as 1000-1999, below 1000 or 5000+."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return numbers == sorted(numbers) and 0 < len(numbers) < 3


def named(heading: str) -> str:
    """Give the word of a heading that may tell of a column of names, if there is one.

    Examples
    --------
    >>> named("Siblings name"), named("CK")
    ('name', '')
    """
    words = lexicon().file["identifiers"]["name"]["words"]
    return next((word for word in plain(heading).split() if word in words), "")


def with_article(kind: str) -> str:
    """Put an article before what `personal` says.

    Examples
    --------
    >>> with_article("identifier"), with_article("name")
    ('an identifier', 'a name')
    """
    return f"a{'n' * (kind[0] in 'aeio')} {kind}"


def is_personal(text: str) -> bool:
    """Check whether one text looks like an address, a phone or record number, or a name."""
    return bool(_alike(text))


@lru_cache(maxsize=REMEMBERED)
def _alike(text: str) -> str:
    if _DATE.fullmatch(text) or (is_number(text) and len(text) < 7):
        return ""
    return next((kind for kind, pattern in _PERSONAL.items() if pattern.fullmatch(text)), "")


def list_values(values: Iterable[str]) -> str:
    """List values for a comment, but for those that look personal."""
    values = list(values)
    listed = [quote(" ".join(v.split())) for v in values if not is_personal(v)][:5]
    return ", ".join(listed + ["…"] * (len(listed) < len(values)))
