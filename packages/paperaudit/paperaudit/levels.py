"""The levels of a variable with more than two, as rows of a ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from paperaudit.groups import ALL, PATIENTS, pair_of, variable_of
from paperaudit.record import Record
from paperaudit.verdict import Claim

#: Names of a level that is none.
_MISSING = re.compile(
    r"(?:^|_)(?:missing|unknown|not_(?:known|recorded|available|reported|stated)|no_data)(?:_\w+)?$"
)
#: Rows below one with a p that are tried together with it.
MOST_LEVELS = 8


@dataclass(frozen=True)
class Levels:
    """Levels of one variable.

    Attributes
    ----------
    items
        The rows, in the order of the ledger.
    table
        Their counts: a row a level, a column a group.
    """

    items: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]

    def with_data(self) -> Levels | None:
        """Leave out levels that are named as missing; None if there are none, or too few others."""
        pairs = zip(self.items, self.table, strict=True)
        rest = [(item, counts) for item, counts in pairs if not _MISSING.search(item)]
        if len(rest) == len(self.items) or len(rest) < 2:
            return None
        items, table = zip(*rest, strict=True)
        return Levels(items, table)

    def totals(self) -> tuple[int, ...]:
        """Patients of each group in any of the levels."""
        return tuple(sum(column) for column in zip(*self.table, strict=True))


def items_of_variable(record: Record, place: str, variable: str) -> tuple[str, ...]:
    """List the rows of a place that are levels of a variable: those with counts or percentages.

    A row that is named like the variable counts in how many patients it is known.
    """
    rows = record.where("n", "percent", location=place, variable=variable)
    return tuple(dict.fromkeys(str(c["item"]) for c in rows if c["item"] != variable))


def is_tested_by(claim: Claim, p: Claim, record: Record) -> bool:
    """Whether a count is of a level of the variable that a p is of."""
    if not variable_of(p) or variable_of(claim) != variable_of(p):
        return False
    levels = declared_levels(p, record) if claim["location"] == p["location"] else None
    return levels is not None and claim["item"] in levels.items


def declared_levels(claim: Claim, record: Record) -> Levels | None:
    """Return the levels that a p is of: those of its variable, if it has the one p of them.

    None if no variable is named, if each level has a p of its own, or if a count is missing.
    """
    variable, place = variable_of(claim), str(claim["location"])
    if not variable:
        return None
    alike = [(place, variable, claim["group"])]
    tests = [c for c in record.tests if (c["location"], variable_of(c), c["group"]) in alike]
    items = items_of_variable(record, place, variable)
    if len(tests) != 1 or len(items) < 2:
        return None
    table = _table(record, items, pair_of(claim) or record.groups.arms)
    return Levels(items, table) if table else None


def rows_below(claim: Claim, record: Record) -> Levels | None:
    """Return this row and those below it that have no p and make up all patients together.

    A p printed beside the first level of a variable, or beside its heading, is of all levels.
    """
    place = str(claim["location"])
    rows = record.where(location=place)
    items = [str(item) for item, _ in groupby(rows, key=lambda c: c["item"])]
    items = list(dict.fromkeys(items))
    tested = {str(c["item"]) for c in rows if c["statistic"] == "p"}
    start = items.index(str(claim["item"]))
    counted = any(c["statistic"] == "n" for c in rows if c["item"] == claim["item"])
    chosen = [items[start]] if counted else []
    sizes = tuple(record.groups.sizes[group] for group in record.groups.arms)
    for item in items[start + 1 : start + MOST_LEVELS]:
        if item in tested:
            return None
        chosen.append(item)
        table = _table(record, tuple(chosen), record.groups.arms)
        if table is None:
            return None
        levels = Levels(tuple(chosen), table)
        if len(chosen) > 1 and levels.totals() == sizes:
            return levels
    return None


def complete_rows(record: Record) -> list[tuple[str, tuple[str, ...]]]:
    """List runs of rows whose counts add up to every group, and the place of each.

    Women and men, stages, causes: what is below one another and makes up all patients, whether or
    not the ledger says so. That several sums agree at once is hardly chance.
    """
    arms = record.groups.arms
    if not arms:
        return []
    sizes = tuple(record.groups.sizes[group] for group in arms)
    by_place: dict[str, dict[str, None]] = {}
    for claim in record.where("n", "percent"):
        if claim["item"] != PATIENTS:
            by_place.setdefault(str(claim["location"]), {})[str(claim["item"])] = None
    complete = []
    for place, items in by_place.items():
        rows = [(item, _table(record, (item,), arms)) for item in items]
        for start in range(len(rows)):
            total = [0] * len(arms)
            for end, (_, row) in enumerate(rows[start : start + MOST_LEVELS], start=start):
                if row is None:
                    break
                total = [a + b for a, b in zip(total, row[0], strict=True)]
                if tuple(total) == sizes and end > start:
                    complete.append((place, tuple(item for item, _ in rows[start : end + 1])))
                if any(n >= size for n, size in zip(total, sizes, strict=True)):
                    break
    return complete


def _table(
    record: Record, items: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[tuple[int, ...], ...] | None:
    rows = []
    for item in items:
        counts = [record.counts_of(item, group) for group in groups]
        if not counts or any(len(n) != 1 for n in counts):
            return None
        rows.append(tuple(n[0] for n in counts))
    return tuple(rows)


def known_of_variable(record: Record, place: str, variable: str, group: str) -> int | None:
    """Count the patients of a group, or of all, in any level of a variable; None if not printed."""
    items = items_of_variable(record, place, variable)
    if not items:
        return None
    groups: tuple[str, ...] = (group,)
    if group == ALL and not record.find(items[0], ALL, "n"):
        rows = record.of_item(place, items[0])
        counted = dict.fromkeys(str(c["group"]) for c in rows if c["statistic"] == "n")
        groups = record.groups.arms or tuple(counted)
    table = _table(record, items, groups)
    return sum(map(sum, table)) if table else None
