"""The words of tables and figures in other languages: one dictionary, `translations.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

DICTIONARY = Path(__file__).with_name("translations.yml")


@cache
def translations(language: str) -> Mapping[str, str]:
    """Return the phrases of a language by the English ones; none for English itself.

    Examples
    --------
    >>> translations("pt")["Missing values"], len(translations("en"))
    ('Valores sem informação', 0)
    """
    if language == "en":
        return {}
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    phrases = yaml.load(DICTIONARY.read_text(encoding="utf-8"), loader)
    return {english: phrase[language] for english, phrase in phrases.items() if language in phrase}
