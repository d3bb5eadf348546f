"""A variable of `cohort.yml` as another kind than the one it was drafted as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cohortbook.cohort.levels import in_order, items_of, naturally
from cohortbook.cohort.measures import measures
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.outcome import as_yes
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.yes_no import yes_or_no

MOST_GROUPS = 50
"""A column of more different values makes no groups."""

OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "binary": ("yes", "no", "opened_by"),
    "category": ("levels", "reference"),
    "ordinal": ("levels", "reference"),
    "number": ("unit", "range", "suffixes", "limits", "part", "decimals", "per"),
    "date": ("range", "export"),
    "list": ("items", "separators"),
    "text": (),
}
"""The keys of a variable that only some kinds have."""


class KindError(ValueError):
    """The values of a column are not of this kind."""


def of_kind(entry: Mapping[str, Any], kind: str, values: Counter[str]) -> dict[str, Any]:
    """Say what changes in an entry of `variables:` so that it is of a kind.

    Parameters
    ----------
    entry : mapping
        As `cohort.yml` has it.
    kind : str
        One of `cohortbook.cohort.spec.KINDS`.
    values : Counter
        The texts of its column that are not missing.

    Returns
    -------
    dict
        Values by key; None takes a key out.

    Raises
    ------
    KindError
        If the column has no values of this kind.

    Examples
    --------
    >>> of_kind({"kind": "category", "levels": ["0", "1"]}, "binary", Counter({"0": 2, "1": 3}))
    {'kind': 'binary', 'levels': None}
    >>> of_kind({"kind": "number", "unit": "kg"}, "ordinal", Counter({"10": 2, "9": 3}))
    {'kind': 'ordinal', 'unit': None, 'levels': ['9', '10']}
    """
    kept = {"kind", *OWN_KEYS[kind]}
    gone = {key: None for keys in OWN_KEYS.values() for key in keys if key in entry}
    changes: dict[str, Any] = {"kind": kind}
    changes |= {key: None for key in gone if key not in kept}
    missing = set(map(simplify, entry.get("missing") or ()))
    counts = Counter({text: n for text, n in values.items() if simplify(text) not in missing})
    match kind:
        case "binary":
            changes |= _sides(entry, counts)
        case "category" | "ordinal" if not entry.get("levels"):
            changes["levels"] = levels_in(counts)
        case "number":
            if not any(map(is_number, counts)) and not measures(counts, "", []):
                raise KindError("no numbers stand in this column")
            changes |= measures(counts, "", [])
        case "date":
            changes["export"] = "false"
        case "list":
            items = items_of(counts)
            if not items:
                raise KindError("no cell of this column holds several of the same few items")
            changes |= items
    return changes


def levels_in(values: Iterable[str]) -> list[str]:
    """Give the levels of a column, in an order where they have one.

    Raises
    ------
    KindError
        If there are none, or too many.
    """
    levels = list({simplify(text): text for text in reversed(list(values))}.values())[::-1]
    if not 0 < len(levels) <= MOST_GROUPS:
        raise KindError(f"{len(levels)} different values: these are no groups")
    if all(map(is_number, levels)):
        return sorted(levels, key=lambda text: float(text.replace(",", ".")))
    return in_order(levels) or naturally(levels) or levels


def _sides(entry: Mapping[str, Any], values: Counter[str]) -> dict[str, Any]:
    """Say which values are a Yes: those that say so, else the first level."""
    if sides := yes_or_no(values, {}):
        return {key: value for key, value in sides.items() if key != "kind"}
    spelt = entry.get("levels") or {}
    levels = spelt if isinstance(spelt, dict) else {level: [level] for level in spelt}
    levels = levels or {level: [level] for level in levels_in(values)}
    return as_yes(levels, next(iter(levels)))
