"""The levels of a variable with more than two, as rows of a ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, product

from paperaudit.groups import ALL, PATIENTS, is_known, pair_of, variable_of
from paperaudit.record import Record
from paperaudit.verdict import Claim

#: Names of a level that is none.
_MISSING = re.compile(
    r"(?:^|_)(?:missing|unknown|not_(?:known|recorded|available|reported|stated)|no_data)(?:_\w+)?$"
)
#: Names of a row of all patients.
_WHOLE = re.compile(
    r"(?:all|overall|total|entire|whole|full|itt|intention_to_treat)"
    r"(?:_(?:patients|participants|subjects|population|cohort|sample|study|itt|analysis|effect))*"
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


@dataclass(frozen=True)
class Subgroups:
    """Rows of a table that part all patients of a group, who are a row of it as well.

    Attributes
    ----------
    parts
        Their counts, as events of their patients.
    whole
        That of all.
    """

    parts: tuple[Claim, ...]
    whole: Claim

    @property
    def off(self) -> tuple[int, int]:
        """How many more events, and patients, the parts have together than all."""
        events, patients = (
            sum(int(part[column]) for part in self.parts) - int(self.whole[column])
            for column in ("value", "denominator")
        )
        return events, patients

    @property
    def possible(self) -> bool:
        """Whether patients of whom the subgroup is not known can have the other events."""
        events, patients = self.off
        return 0 <= -events <= -patients


def subgroups_of_all(record: Record) -> list[Subgroups]:
    """List runs of rows that part a row of all patients, by the sums of all groups but one number.

    Events and patients of each of two groups or more are so many sums that they hardly agree by
    chance.
    """
    by_place: dict[str, dict[str, dict[str, Claim]]] = {}
    for c in record.where("n"):
        if is_known(c["denominator"]) and c["group"]:
            table = by_place.setdefault(str(c["location"]), {})
            table.setdefault(str(c["item"]), {})[str(c["group"])] = c
    runs = []
    for table in by_place.values():
        name = next((item for item in table if _WHOLE.fullmatch(item)), "")
        groups = table.get(name, {})
        items = [item for item in table if item != name and table[item].keys() >= groups.keys()]
        for start, length in product(range(len(items)), range(2, MOST_LEVELS + 1)):
            rows = [table[item] for item in items[start : start + length]]
            if len(rows) == length and len(groups) > 1:
                run = [Subgroups(tuple(row[g] for row in rows), groups[g]) for g in groups]
                if sum(number == 0 for part in run for number in part.off) > 2 * len(run) - 2:
                    runs += run
    return runs


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
