"""Which texts say yes and which no: by the words of the lexicon, alone or with what follows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from cohortbook.cohort.identifiers import list_values
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.vocabulary import simplify

ODD = 0.1
"""No more of the spellings of a sex may be unknown: they are to be corrected."""

_DETAILED = re.compile(r"([^\W\d_]{2,})(\s*[(\[,;:/–-].*|\s+\S.*)")
"""A word and what follows it; after a No, only a mark makes it a remark."""

_RANK = re.compile(r"^\d{1,2}\s?[_.:=)-]\s?(?=[^\W\d])")
"""A number before a level, by which it is sorted."""


def yes_or_no(values: Counter[str], model: Mapping[str, Any]) -> dict[str, Any]:
    """Make a binary variable of values that all say yes or no."""
    if "yes" not in model and not all(map(partial(_may_be_side, model=model), values)):
        return {}  # at the first of many numbers
    sides: dict[str, list[str]] = {"yes": [], "no": []}
    different = {simplify(value): value for value in values}
    if set(different) == {"t", "f"} and not model:  # as R writes True and False
        return {"kind": "binary", "yes": [different["t"]], "no": [different["f"]]}
    of = {code: side_of(code, model) for code in different}
    for code, value in different.items():
        if side := of[code]:
            sides[side].append(value)
    unclear = sum(n for text, n in values.items() if not of[simplify(text)])
    if unclear > ("yes" in model) * ODD * values.total() or not (sides["yes"] or sides["no"]):
        return {}
    if lexicon().plain_words.issuperset(different) and not (model.get("yes") and not sides["no"]):
        return {"kind": "binary"}
    return {"kind": "binary"} | {side: texts for side, texts in sides.items() if texts}


def yes_or_no_with_details(values: Counter[str], notes: list[str]) -> dict[str, Any]:
    """Make a binary variable of many texts that begin with yes or no, such as yes (2019)."""
    sides: dict[str, list[str]] = {"yes": [], "no": []}
    words = lexicon()
    for text in values:
        match = _DETAILED.fullmatch(simplify(text))
        word = match[1] if match else simplify(text)
        if word in words.yes & words.plain_words:
            sides["yes"].append(text)
        elif word in words.no & words.plain_words and not (
            match and match[2][:2].strip().isalnum()
        ):
            sides["no"].append(text)
    fits = sum(values[text] for texts in sides.values() for text in texts)
    if len(values) < 4 or fits < values.total() or not all(sides.values()):
        return {}
    longer = [text for text in values if _DETAILED.fullmatch(simplify(text))]
    notes.append(
        f"{len(longer)} different texts say more than yes or no, such as "
        f"{list_values(longer[:2])}: only yes or no is read"
    )
    return {"kind": "binary", **sides}


def side_of(code: str, model: Mapping[str, Any]) -> str:
    """Check whether a word says yes or no, if it does; 1_yes does too."""
    code = _RANK.sub("", code).rstrip(".")
    for side, shared in (("yes", lexicon().yes), ("no", lexicon().no)):
        if code in map(simplify, model.get(side, ())):
            return side
        if code in shared and "yes" not in model:
            return side
    return ""


def _may_be_side(text: str, model: Mapping[str, Any]) -> bool:
    code = simplify(text)
    return bool(side_of(code, model)) or (code in ("t", "f") and not model)
