"""A printed number with those that stand beside it, as checks take them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from paperaudit.adjustment import ADJUSTED, OF_ANALYSIS, analysis_of, model_of
from paperaudit.groups import is_known, pair_of, variable_of
from paperaudit.record import Record
from paperaudit.rounding import printed_value
from paperaudit.verdict import Claim

#: Items that are shares of those with one result of a test.
PREDICTIVE = re.compile(r"\b[pn]pv\b|predictive", re.IGNORECASE)
TESTS = ("t", "f", "chi2", "z", "q", "correlation", "log_rank")


@dataclass(frozen=True)
class Beside:
    """What a check sees: printed strings that belong together.

    Attributes
    ----------
    printed
        By statistic, of one item, group, place and analysis.
    n
        Patients of the group in whom the item is known; 0 if that is not printed.
    level
        Confidence level of the limits.
    note
        Of the numbers.
    group_size
        Patients of the group, whether the item is known in them or not; 0 if that is not printed.
    groups
        The same statistics of each compared group, with its patients.
    levels
        Of the variable, if it is one with levels; else 2.
    wholes
        Of a predictive value, all patients in whom its result is right, and all in whom it is
        wrong, as other rows may have them.
    """

    printed: Mapping[str, str]
    n: int = 0
    level: float = 0.95
    note: str = ""
    groups: tuple[tuple[Mapping[str, str], int], ...] = field(default=())
    levels: int = 2
    wholes: tuple[tuple[int, int], ...] = ()
    group_size: int = 0

    @property
    def shares(self) -> list[tuple[int, int]]:
        """Count and patients of each compared group; empty if one is not printed."""
        pairs = [(of.get("n", ""), size) for of, size in self.groups]
        complete = all(text and 0 <= int(text.replace(",", "")) <= size for text, size in pairs)
        return [(int(text.replace(",", "")), size) for text, size in pairs] if complete else []

    def has(self, *statistics: str) -> bool:
        """Whether all of these are printed."""
        return all(self.printed.get(name) for name in statistics)


class Outcome(NamedTuple):
    """What a check found.

    Attributes
    ----------
    fits
        Whether the numbers agree.
    computed, method
        What was computed, and how.
    parts
        The statistics that took part.
    why
        An innocent reading of what does not fit, or what fits by another method.
    other
        Whether they agree by another method only.
    truncated
        Whether they agree only if digits are cut off.
    p_range
        Of a p that was computed.
    """

    fits: bool
    computed: str
    method: str
    parts: tuple[str, ...]
    why: str = ""
    other: bool = False
    truncated: bool = False
    p_range: tuple[float, float] | None = None


Check = Callable[[Beside], Outcome | None]


def beside(claim: Claim, record: Record) -> Beside:
    """Collect what stands beside a claim."""
    model = str(claim.get("model", "") or "")
    rows = [
        c
        for c in record.of_item(claim["location"], claim["item"])
        if c["group"] == claim["group"] and str(c.get("model", "") or "") == model
    ]
    if claim["statistic"] in OF_ANALYSIS:  # of several effects, each has its own limits
        mine = {c["id"] for c in analysis_of(claim, rows)}
        rows = [c for c in rows if c["statistic"] not in OF_ANALYSIS or c["id"] in mine]
    printed: dict[str, str] = {}
    for c in rows:
        printed.setdefault(str(c["statistic"]), str(c["printed"]))
    printed[str(claim["statistic"])] = str(claim["printed"])
    item, group = str(claim["item"]), str(claim["group"])
    place = claim["location"]
    wholes = [int(c["denominator"]) for c in rows if is_known(c["denominator"])]
    n = wholes[0] if wholes else record.size(item, group, place)
    if not group and not n:
        n = record.groups.sizes.get("all", sum(record.groups.sizes[g] for g in record.groups.arms))
    level = record.level(claim, rows) or 0.95
    notes = "; ".join(dict.fromkeys(str(c["note"]) for c in rows if c["note"]))
    variable = variable_of(claim)
    levels = record.where("n", location=place, variable=variable) if variable else []
    items = {str(c["item"]) for c in levels}
    groups = _groups(item, place, record, pair_of(claim) or record.groups.arms)
    if ADJUSTED.search(model_of(claim)):  # the means and shares of the groups are not adjusted
        groups = tuple(({}, size) for _, size in groups)
    results = _wholes(claim, printed.get("n", ""), n, record)
    group_size = record.groups.sizes.get(group, 0)
    return Beside(printed, n, level, notes, groups, max(2, len(items)), results, group_size)


def _wholes(claim: Claim, count: str, whole: int, record: Record) -> tuple[tuple[int, int], ...]:
    """Find whom else the right and the wrong results of a predictive value are counted among.

    Sensitivity and specificity have them: one row counts the right results of other patients, and
    another leaves out the wrong ones.
    """
    if not PREDICTIVE.search(str(claim["item"]).replace("_", " ")) or not count:
        return ()
    right = int(printed_value(count))
    rows = [
        (int(c["value"]), int(c["denominator"]))
        for c in record.where("n", location=claim["location"])
        if c["group"] == claim["group"] and is_known(c["denominator"])
        and not PREDICTIVE.search(str(c["item"]).replace("_", " "))
    ]  # fmt: skip
    with_right = dict.fromkeys(size for n, size in rows if n == right)
    with_wrong = dict.fromkeys(size for n, size in rows if size - n == whole - right)
    return tuple(product(with_right, with_wrong))


def _groups(
    item: str, place: object, record: Record, arms: tuple[str, ...]
) -> tuple[tuple[Mapping[str, str], int], ...]:
    groups = []
    for group in arms:
        rows = [c for c in record.of_item(place, item) if c["group"] == group]
        printed = {str(c["statistic"]): str(c["printed"]) for c in rows}
        groups.append((printed, record.size(item, group, place)))
    return tuple(groups)
