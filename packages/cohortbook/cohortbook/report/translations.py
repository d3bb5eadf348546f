"""The words of tables and figures in other languages, and those of messages.

What tables, figures and pages say is one dictionary, `translations.yml`; what doubts, warnings and
problems say of a file is another, `messages.yml`, whose phrases hold names and values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter

from cohortbook.cohort.lexicon import lexicon

DICTIONARY = Path(__file__).with_name("translations.yml")
MESSAGES = Path(__file__).with_name("messages.yml")

LONGEST, DEEPEST = 1500, 3
"""A longer message, or one further inside another, is not looked at: a hostile file could make it
take long."""

_AGAIN = ("what", "rows", "allowed")
"""What stands under these names in a message is said in the language, too; all else is a user's."""

_COUNTS = ("n", "m", "all", "patients", "copies")
"""These names stand for a number, or a month written with numbers."""

_PLACES = re.compile(r"(?<=\()(?:row \d+|\d+ cells?)(?=\))|(?<=, … )\d+ in all$")
"""Where a value stands, or how often, in a list of values; and how many there are."""


@cache
def translations(language: str, dictionary: Path = DICTIONARY) -> Mapping[str, str]:
    """Return the phrases of a language by the English ones; none for English itself.

    Examples
    --------
    >>> translations("pt")["Missing values"], len(translations("en"))
    ('Valores sem informação', 0)
    """
    if language == "en" and dictionary == DICTIONARY:
        return {}
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    phrases = yaml.load(dictionary.read_text(encoding="utf-8"), loader)
    if dictionary == DICTIONARY:
        phrases |= lexicon().file["labels"]
    return {english: phrase[language] for english, phrase in phrases.items() if language in phrase}


@lru_cache(maxsize=1 << 12)
def translate(message: str, language: str, within: int = DEEPEST) -> str:
    """Say a doubt, a warning or a problem as a page does; one that is not known stays as it is.

    In English only those are other that name keys of `cohort.yml`, where the page has a button.

    Examples
    --------
    >>> translate("far from the others: 1542 (row 2)", "es")
    'lejos de los demás: 1542 (fila 2)'
    >>> translate("a time below zero (rows 2, 3)", "pt"), translate("of Ana", "pt")
    ('um tempo abaixo de zero (linhas 2, 3)', 'of Ana')
    """
    if not within or len(message) > LONGEST:
        return message
    for texts, pattern, phrase in _patterns(language):
        if all(text in message for text in texts) and (match := pattern.fullmatch(message)):
            parts = match.groupdict()
            for name in parts.keys() & {*_AGAIN}:
                parts[name] = translate(parts[name], language, within - 1)
            if "values" in parts:
                listed = parts["values"]
                parts["values"] = _PLACES.sub(lambda place: translate(place[0], language), listed)
            return phrase.format(**parts)
    return message


@cache
def _patterns(language: str) -> list[tuple[list[str], re.Pattern[str], str]]:
    """Make a pattern of each English message, the longest first: it says most; and its own words.

    Nearly always a message that has these fits, so that no pattern is tried on a long one in vain.
    """
    phrases = translations(language, MESSAGES)
    return [
        (
            [text for text, *_ in Formatter().parse(english)],
            re.compile(_pattern(english), re.DOTALL),
            phrases[english],
        )
        for english in sorted(phrases, key=len, reverse=True)
    ]


def _pattern(english: str) -> str:
    """Write a phrase as a pattern: a name in braces is any text, {s} an s or nothing."""

    def part(name: str) -> str:
        any_text = r"[\d,.-]+" if name in _COUNTS else ".+?"
        return "s?" if name == "s" else f"(?P<{name}>{any_text})"

    parts = Formatter().parse(english)
    return "".join(re.escape(text) + (part(name) if name else "") for text, name, *_ in parts)
