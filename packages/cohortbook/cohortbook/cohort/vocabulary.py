"""How the levels and the missing values of a variable may be written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cohortbook.cohort.spec import Spec, Texts, Variable

BUILT_IN_WORDS: Mapping[str, tuple[str, ...]] = {
    "yes": ("yes", "true", "1"),
    "no": ("no", "false", "0"),
}
"""How a binary variable without spellings of its own may always be written."""

REMEMBERED = 1 << 13
"""So many texts at most are remembered: what a column holds, others hold too."""

_WHOLE = re.compile(r"([+-]?\d+)[.,]0{1,2}")


@dataclass(frozen=True)
class Vocabulary:
    """How the levels and missing values of a variable are written.

    `levels` gives the level of a text, and `missing` the codes, both as `simplify` leaves them;
    `standard` are the texts that need no repair, `clashes` the spellings that mean two things.
    """

    levels: dict[str, str]
    missing: frozenset[str]
    standard: frozenset[str]
    clashes: Texts

    @property
    def allowed(self) -> str:
        """The levels with their spellings, for a message."""
        spelt: dict[str, list[str]] = {}
        for text, level in self.levels.items():
            spelt.setdefault(level, []).append(text)
        return "; ".join(f"{level} ({', '.join(texts)})" for level, texts in spelt.items())


def vocabulary(spec: Spec, variable: Variable) -> Vocabulary:
    """Gather the spellings of a variable.

    What it says of itself goes before what needs no declaration: the names of levels. A binary
    variable that says nothing of itself is written as `spellings:` says, or in the built-in words.
    A blank cell is missing, unless the variable itself says which level it is.
    """
    own = variable.spelt
    shared: dict[str, Texts] = {}
    built_in: dict[str, Texts] = {level: (level,) for level in own}
    if variable.kind == "binary" and not any(own.values()):
        shared = {"yes": spec.spellings.yes, "no": spec.spellings.no}
        built_in = dict(BUILT_IN_WORDS)
    blank = () if any("" in texts for texts in own.values()) else ("",)
    missing = frozenset(map(simplify, (*blank, *spec.data.missing, *variable.missing)))
    levels: dict[str, str] = {}
    clashes = []
    for tier in (own, shared, built_in):
        for level, texts in tier.items():
            for text in texts:
                code = simplify(text)
                taken = code in missing or levels.setdefault(code, level) != level
                if taken and tier is own:
                    clashes.append(text)
    first = {texts[0] for tier in (own, shared) for texts in tier.values() if texts}
    standard = frozenset(first.union(*built_in.values())) - {""}
    return Vocabulary(levels, missing, standard, tuple(clashes))


@lru_cache(maxsize=REMEMBERED)
def simplify(text: str) -> str:
    """Reduce a text to what counts in a comparison: no case, no accents, no surplus blanks.

    A whole number is the same with decimals: 1.0 is 1.

    Examples
    --------
    >>> simplify("  Não   REALIZADO "), simplify("1.0")
    ('nao realizado', '1')
    """
    text = " ".join(text.split()).casefold()
    if text.endswith("0") and (whole := _WHOLE.fullmatch(text)):
        return whole[1]
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
