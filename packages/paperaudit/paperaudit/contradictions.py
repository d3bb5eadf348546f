"""Which printed counts can hold together, and which sets of them cannot.

Each printed count and percentage is a constraint with a switch. A constraint solver finds the
largest set of claims that can be true at once, and every minimal set that cannot: a set of claims
of which any one, taken away, leaves the others consistent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Any

import pandas as pd

from paperaudit.claims import printed_text
from paperaudit.groups import ALL, PATIENTS, Groups, is_known
from paperaudit.record import Record
from paperaudit.relations import Parts, Relations, relations_of
from paperaudit.rounding import counts_that_print, exact_bounds

#: Stands for a count outside what the others leave open.
OUTSIDE = "outside"


@dataclass(frozen=True)
class Consistency:
    """What a ledger's counts say of one another.

    Attributes
    ----------
    conflicts : tuple of tuples of str
        Every minimal set of claims that cannot hold together, each sorted by id.
    dropped : tuple of str
        Claims outside one largest consistent set.
    doubtful : tuple of str
        Claims that some largest consistent set leaves out: all that might be the slip.
    """

    conflicts: tuple[tuple[str, ...], ...]
    dropped: tuple[str, ...]
    doubtful: tuple[str, ...]


def find_contradictions(claims: pd.DataFrame, *, relations: Relations | None = None) -> Consistency:
    """Prove which printed counts and percentages cannot hold together.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.
    relations : Relations, optional
        Wholes and unions; by default those declared beside the file of the ledger. What is complete
        in one study need not be in another.

    Returns
    -------
    Consistency

    Notes
    -----
    Counts of the groups add to the count of all patients; partitions add to their whole; levels of
    a variable are no more than their group where they add up in another;
    patients with any of a union are at least as many as with one of its items, at most as many as
    all of these together. A percentage may be rounded or truncated. A contradiction here needs no
    further assumption; that two numbers do *not* contradict each other does not make them right.

    References
    ----------
    Liffiton MH, Previti A, Malik A, Marques-Silva J. Fast, flexible MUS enumeration.
    Constraints 2016;21:223-250.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> claims = load_claims(example_ledger())
    >>> [c for c in find_contradictions(claims).dropped if c.endswith("_n")]
    ['results_female_all_n']
    """
    counts = PrintedCounts(claims, Record(claims), relations or relations_of(claims))
    return counts.contradictions()


@dataclass(frozen=True)
class Room:
    """What the other printed counts leave open for one of them.

    Attributes
    ----------
    low, high : int
        The least and the most patients that agree with the other counts.
    because : tuple of str
        A smallest set of claims that leave no more room.
    """

    low: int
    high: int
    because: tuple[str, ...]


class PrintedCounts:
    """The counts and percentages of a ledger, and what ties them.

    Parameters
    ----------
    claims, relations
        As in `find_contradictions`.
    record
        The `Record` of the claims.
    """

    def __init__(self, claims: pd.DataFrame, record: Record, relations: Relations) -> None:
        self.own, self.groups = _counts(record), record.groups
        self.ties = _Ties.of(claims, self.own, self.groups, relations)
        self.levels = [parts for _, parts in self.ties.levels]
        self.families = _families(self.own, self.groups, self.ties.all)
        self.tied = {item for whole, parts in self.ties.all for item in (whole, *parts)}

    def contradictions(self) -> Consistency:
        """Prove which counts and percentages cannot hold together, as `find_contradictions`."""
        conflicts, dropped, doubtful = [], set(), set()
        for family in self.families:
            if len(family) == 1 and not family & self.tied and self._agrees(next(iter(family))):
                continue
            model = self._family(family)
            if model.consistent(model.switches):
                continue
            best = model.largest()
            dropped |= (out := set(model.switches) - best)
            conflicts += (clashes := model.minimal_conflicts())
            # what is in no conflict is in every largest set
            rest = {c for clash in clashes for c in clash} - out
            doubtful |= out | {c for c in rest if len(model.largest(without=c)) == len(best)}
        return Consistency(
            tuple(sorted(conflicts)), tuple(sorted(dropped)), tuple(sorted(doubtful))
        )

    def doubtful_if_missing(self, doubtful: Collection[str], missing: float) -> set[str]:
        """Return those of some doubtful claims that clash even if values are missing.

        An item may be unknown in a share of a group, *missing*, where its percentage is said to be
        of the whole group.
        """
        still = set()
        for family in self.families:
            rows = self.own[self.own["item"].isin(family)]
            if not (asked := set(doubtful) & set(rows.index.astype(str))):
                continue
            model = self._family(family, missing)
            if not model.consistent(model.switches):
                best = model.largest()
                still |= {
                    c for c in asked if c not in best or len(model.largest(without=c)) == len(best)
                }
        return still

    def room(self, claim: str) -> Room | None:
        """Bound a count by the other counts and percentages; None if they leave it open.

        Claims outside a largest consistent set of the others are not held against it.

        Examples
        --------
        >>> from paperaudit import example_ledger, load_claims
        >>> claims = load_claims(example_ledger())
        >>> counts = PrintedCounts(claims, Record(claims), relations_of(claims))
        >>> counts.room("results_antibiotic_infection_n").high
        13
        >>> counts.room("table1_deaths_infection_n") is None
        True
        """
        if claim not in self.own.index or self.own["item"][claim] in (PATIENTS, *self.groups.arms):
            return None
        item, group = str(self.own["item"][claim]), str(self.own["group"][claim])
        family = next(f for f in self.families if item in f)
        others = self.own[self.own["item"].isin(family)].drop(index=claim)
        if item not in self.tied and not self._bears(others[others["item"] == item], group):
            return None
        model = self._family(family)
        held = model.largest(among=set(others.index.astype(str)))
        counts = set(self.own.index[self.own["statistic"] == "n"])
        return model.room(item, group, held, counts=held & counts)

    def _bears(self, others: pd.DataFrame, group: str) -> bool:
        """Whether other numbers of an item, which is tied to no other, bear on its count."""
        groups = {group, *others["group"]}
        summed = self.groups.add_up and ALL in groups and len(groups) > 1
        return summed or group in set(others["group"])

    def _family(self, family: set[str], missing: float = 0.0) -> _Family:
        rows = self.own[self.own["item"].isin(family)]
        return _Family(rows, self.groups, self.ties, missing)

    def _agrees(self, item: str) -> bool:
        """Whether an item's counts plainly agree: no solver is needed to see it.

        Each group has one count and percentages of it, and the groups add up.
        """
        if item in (PATIENTS, *self.groups.arms):
            return False
        rows = self._rows.get(item, [])
        counts: dict[str, int] = {}
        for row in rows:
            n = int(row["value"])
            if row["statistic"] == "n" and counts.setdefault(row["group"], n) != n:
                return False
        for row in rows:
            group, whole = row["group"], row["denominator"]
            if row["statistic"] == "percent" and (
                group not in counts
                or not is_known(whole)
                or counts[group] not in counts_that_print(str(row["printed"]), int(whole))
            ):
                return False
        if self.groups.add_up and ALL in counts and set(self.groups.arms) <= set(counts):
            return sum(counts[group] for group in self.groups.arms) == counts[ALL]
        return ALL not in counts or not self.groups.add_up

    @cached_property
    def _rows(self) -> dict[str, list[dict[Hashable, Any]]]:
        rows = defaultdict(list)
        for row in self.own.to_dict("records"):
            rows[str(row["item"])].append(row)
        return rows


def _counts(record: Record) -> pd.DataFrame:
    """Take the counts and percentages of the study's groups that some patients can have."""
    own = record.own
    of_groups = own["statistic"].isin(["n", "percent"]) & own["group"].isin(record.groups.sizes)
    return own[of_groups & ~own["item"].isin(record.other_units)]


@dataclass(frozen=True)
class _Ties:
    """What ties items: partitions of a whole, unions, and levels that are no more than a group."""

    partitions: Parts
    unions: Parts
    levels: Parts

    @property
    def all(self) -> Parts:
        return [*self.partitions, *self.unions, *self.levels]

    @classmethod
    def of(
        cls, claims: pd.DataFrame, own: pd.DataFrame, groups: Groups, declared: Relations
    ) -> _Ties:
        tested = set(claims.loc[claims["statistic"] == "p", "item"])
        levels = [*_levels(own, groups), *_complements(own, groups, tested)]
        return cls(declared.partitions, declared.unions, levels)


def _levels(own: pd.DataFrame, groups: Groups) -> Parts:
    """List the variables of a ledger whose levels add up to some group, with their items."""
    if "variable" not in own:
        return []
    named = own["variable"].fillna("")
    counts = own[(own["statistic"] == "n") & named.ne("") & own["item"].ne(named)]
    levels = {}
    for (_, variable), rows in counts.groupby(["location", "variable"], sort=False):
        items = tuple(str(item) for item in rows["item"].unique())
        once = rows.drop_duplicates(["item", "group"])
        sums = once.groupby("group")["value"].agg(["sum", "size"])
        whole = [
            s["sum"] == groups.sizes[str(group)]
            for group, s in sums.iterrows()
            if s["size"] == len(items)
        ]
        if len(items) > 1 and any(whole):
            levels[str(variable)] = items
    return list(levels.items())


def _complements(own: pd.DataFrame, groups: Groups, tested: set[str]) -> Parts:
    """List pairs of rows that make up all patients, of which the first has the p of both."""
    if not groups.add_up or ALL not in groups.sizes:
        return []
    counts = own[(own["statistic"] == "n") & ~own["item"].isin([PATIENTS, *groups.arms])]
    pairs = []
    for _, rows in counts.groupby("location", sort=False):
        table = rows.drop_duplicates(["item", "group"]).pivot(
            index="item", columns="group", values="value"
        )
        if not {ALL, *groups.arms} <= set(table):
            continue
        for first, second in pairwise(str(item) for item in rows["item"].unique()):
            both = table.loc[[first, second], [*groups.arms, ALL]]
            whole = both[ALL].sum() == groups.sizes[ALL] and both.notna().all(axis=None)
            if whole and first in tested and second not in tested:
                pairs.append((f"{first} and {second}", (first, second)))
    return pairs


def conflict_rows(claims: pd.DataFrame, consistency: Consistency) -> pd.DataFrame:
    """List the minimal conflicts between printed counts, percentages left out.

    A percentage repeats the conflicts of the count that it comes from.

    Returns
    -------
    pandas.DataFrame
        One row a conflict and claim in it: ``conflict`` (numbered from 1), ``id``, ``item``,
        ``group``, ``location``, ``printed``, and ``dropped``, whether the claim is outside the
        largest consistent set.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> claims = load_claims(example_ledger())
    >>> rows = conflict_rows(claims, find_contradictions(claims))
    >>> rows.loc[rows["conflict"] == 1, ["location", "item", "group", "printed", "dropped"]]
      location    item         group printed  dropped
    0  results  female           all      21     True
    1   table1  female     infection       9    False
    2   table1  female  no_infection      13    False
    """
    counts = set(claims.index[claims["statistic"] == "n"])
    of_counts = [conflict for conflict in consistency.conflicts if counts.issuperset(conflict)]
    rows = [(i, claim) for i, conflict in enumerate(of_counts, start=1) for claim in conflict]
    frame = pd.DataFrame(rows, columns=["conflict", "id"])
    frame = frame.join(claims[["item", "group", "location", "printed"]], on="id")
    return frame.assign(dropped=frame["id"].isin(consistency.dropped))


def _share_ends(printed: str) -> tuple[Fraction, Fraction]:
    """Bound the shares of 1 that print as a percentage, rounded or cut off: below the second."""
    low, high = exact_bounds(printed)
    return max(Fraction(low), Fraction(0)) / 100, Fraction(min(high, 101)) / 100


def _families(own: pd.DataFrame, groups: Groups, relations: Parts) -> list[set[str]]:
    """Group the items whose counts bear on one another, the sizes of the groups apart."""
    sizes = {PATIENTS, *groups.arms}
    tied = [{whole, *parts} - sizes for whole, parts in relations]
    items = set(own["item"])
    alone = [{item} for item in sorted(items - sizes) if not any(item in t for t in tied)]
    return [family & items for family in (sizes, *tied, *alone) if family & items]


class _Family:
    """The constraints of the counts that bear on one another, one switch a claim."""

    def __init__(
        self, own: pd.DataFrame, groups: Groups, ties: _Ties, missing: float = 0.0
    ) -> None:
        from ortools.sat.python import cp_model

        self.cp, self.groups, self.missing = cp_model, groups, missing
        self.model = cp_model.CpModel()
        items = set(own["item"])
        most = max([*groups.sizes.values(), *own.loc[own["statistic"] == "n", "value"].astype(int)])
        self.counts: Mapping[tuple[str, str], Any] = {
            (item, group): self.model.new_int_var(0, most if item == PATIENTS else size, "")
            for item in items - set(groups.arms) for group, size in groups.sizes.items()
        }  # fmt: skip
        if groups.add_up and ALL in groups.sizes:
            for item in items:
                parts = [self._count(item, group) for group in groups.arms]
                self.model.add(self._count(item, ALL) == sum(parts))
        for group in groups.sizes:
            self._tie(group, items, ties)
        self.with_data = self._numbers_with_data(items, ties.levels) if missing else {}
        self.switches: dict[str, Any] = {}
        for claim in own.index.astype(str):
            switch = self.switches[claim] = self.model.new_bool_var("")
            item, group = str(own["item"][claim]), str(own["group"][claim])
            count = self._count(item, group)
            if (item, group) in self.with_data and self._of_group(own, claim):
                low, high = _share_ends(printed_text(own, claim))
                total = self.with_data[item, group]
                at_least = count * low.denominator >= total * low.numerator
                below = count * high.denominator < total * high.numerator
                for held in (at_least, below):
                    self.model.add(held).only_enforce_if(switch)
                continue
            allowed = cp_model.Domain.from_values(self._allowed(own, claim))
            held = self.model.add_linear_expression_in_domain(count, allowed)
            held.only_enforce_if(switch)

    def _numbers_with_data(self, items: set[str], levels: Parts) -> dict[tuple[str, str], Any]:
        """In how many patients of each group an item is known: they add up as the groups do.

        The levels of a variable are known in the same patients.
        """
        totals: dict[tuple[str, str], Any] = {}
        for item in items - {PATIENTS, *self.groups.arms}:
            for group, size in self.groups.sizes.items():
                least = ceil(size * (1 - self.missing))
                totals[item, group] = self.model.new_int_var(least, size, "")
                self.model.add(self._count(item, group) <= totals[item, group])
        for parts in (parts for _, parts in levels if items.issuperset(parts)):
            for group in self.groups.sizes:
                total = sum(self._count(part, group) for part in parts)
                self.model.add(total <= totals[parts[0], group])
                for part in parts[1:]:
                    self.model.add(totals[part, group] == totals[parts[0], group])
        for item in items - {PATIENTS, *self.groups.arms}:
            if self.groups.add_up and ALL in self.groups.sizes:
                of_groups = [totals[item, group] for group in self.groups.arms]
                self.model.add(totals[item, ALL] == sum(of_groups))
        return totals

    def _of_group(self, own: pd.DataFrame, claim: str) -> bool:
        """Whether a claim is a percentage that is said to be of the whole group."""
        whole = own["denominator"][claim]
        size = self.groups.sizes[str(own["group"][claim])]
        return own["statistic"][claim] == "percent" and is_known(whole) and int(whole) == size

    def _tie(self, group: str, items: set[str], ties: _Ties) -> None:
        """Tie the counts of one group: partitions, unions and levels."""
        for whole, parts in ties.partitions:
            if items.issuperset(parts):
                total = sum(self._count(part, group) for part in parts)
                self.model.add(self._count(whole, group) == total)
        for union, parts in ties.unions:
            if items.issuperset([union, *parts]):
                counts = [self._count(part, group) for part in parts]
                self.model.add(self._count(union, group) <= sum(counts))
                for count in counts:
                    self.model.add(count <= self._count(union, group))
        for _, parts in ties.levels:
            if items.issuperset(parts):
                total = sum(self._count(part, group) for part in parts)
                self.model.add(total <= self._count(PATIENTS, group))

    def _count(self, item: str, group: str) -> Any:
        """Return the number of patients of a group who have an item."""
        if (item, group) in self.counts:
            return self.counts[item, group]
        if item == PATIENTS:
            return self.groups.sizes.get(group, 0)
        return self._count(PATIENTS, item) if group in (ALL, item) else 0

    def _allowed(self, own: pd.DataFrame, claim: str) -> list[int]:
        if own["statistic"][claim] == "n":
            return [int(own["value"][claim])]
        if pd.isna(own["denominator"][claim]):
            return list(range(max(self.groups.sizes.values()) + 1))
        return counts_that_print(printed_text(own, claim), int(own["denominator"][claim]))

    def room(self, item: str, group: str, held: set[str], counts: set[str]) -> Room | None:
        """Bound a count by the claims that are *held*; None if they bound it by nothing.

        Those that bound it are *counts* where these do, which say more than their percentages.
        """
        count, size = self._count(item, group), self.groups.sizes[group]
        ends = []
        for sign in (1, -1):
            self.model.clear_assumptions()
            model = self.model.clone()
            for claim in held:
                model.add(model.get_bool_var_from_proto_index(self.switches[claim].index) == 1)
            model.minimize(sign * count)
            solver = self._solver()
            if solver.solve(model) == self.cp.INFEASIBLE:
                return None
            ends.append(solver.value(count))
        low, high = ends
        if (low, high) == (0, size):
            return None
        outside = [n for n in range(size + 1) if not low <= n <= high]
        switch = self.switches[OUTSIDE] = self.model.new_bool_var("")
        beyond = self.cp.Domain.from_values(outside)
        self.model.add_linear_expression_in_domain(count, beyond).only_enforce_if(switch)
        enough = held if self.consistent([*counts, OUTSIDE]) else counts
        because = set(self._shrink([*sorted(enough), OUTSIDE])) - {OUTSIDE}
        return Room(low, high, tuple(sorted(because)))

    def largest(self, without: str = "", among: set[str] | None = None) -> set[str]:
        """Return a largest set of claims that can hold together, *without* one of them.

        If claims are named, it is one *among* these.
        """
        self.model.clear_assumptions()
        model = self.model.clone()
        switch = {c: model.get_bool_var_from_proto_index(v.index) for c, v in self.switches.items()}
        if without:
            model.add(switch[without] == 0)
        for claim in set(switch) - among if among is not None else ():
            model.add(switch[claim] == 0)
        model.maximize(sum(switch.values()))
        solver = self._solver()
        solver.solve(model)
        return {c for c, v in switch.items() if solver.value(v)}

    def consistent(self, claims: Iterable[str]) -> bool:
        """Tell whether all of these claims can hold together."""
        return self._core(claims) is None

    def _core(self, claims: Iterable[str]) -> list[str] | None:
        """Return some of these claims that cannot hold together; None if all of them can."""
        of_switch = {self.switches[claim].index: claim for claim in claims}
        self.model.clear_assumptions()
        self.model.add_assumptions([self.switches[claim] for claim in of_switch.values()])
        solver = self._solver()
        if solver.solve(self.model) != self.cp.INFEASIBLE:
            return None
        return [of_switch[i] for i in solver.sufficient_assumptions_for_infeasibility()]

    def minimal_conflicts(self) -> list[tuple[str, ...]]:
        """Enumerate the minimal inconsistent sets: each new one must differ from all before."""
        conflicts: list[tuple[str, ...]] = []
        seeds = self.cp.CpModel()
        chosen = {c: seeds.new_bool_var(c) for c in self.switches}
        seeds.maximize(sum(chosen.values()))
        while True:
            solver = self._solver()
            if solver.solve(seeds) == self.cp.INFEASIBLE:
                return conflicts
            seed = [c for c, v in chosen.items() if solver.value(v)]
            if (core := self._core(seed)) is None:  # nothing below it conflicts: go elsewhere
                left_out = [v for c, v in chosen.items() if c not in seed]
                if not left_out:
                    return conflicts
                seeds.add_at_least_one(left_out)
                continue
            conflict = self._shrink(core)
            conflicts.append(tuple(sorted(conflict)))
            seeds.add_at_least_one(~chosen[c] for c in conflict)

    def _shrink(self, claims: Sequence[str]) -> list[str]:
        """Leave out claims, in halves and then one by one, while the rest is inconsistent."""
        conflict, size = list(claims), len(claims) // 2
        while size:
            start = 0
            while start < len(conflict):
                fewer = conflict[:start] + conflict[start + size :]
                if self.consistent(fewer):
                    start += size
                else:
                    conflict = fewer
            size //= 2
        return conflict

    def _solver(self) -> Any:
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        return solver
