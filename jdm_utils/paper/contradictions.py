"""Which printed counts can hold together, and which sets of them cannot.

Each printed count and percentage is a constraint with a switch. A constraint solver finds the
largest set of claims that can be true at once, and every minimal set that cannot: a set of claims
of which any one, taken away, leaves the others consistent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from jdm_utils.paper.claims import printed_count, printed_text
from jdm_utils.paper.rounding import printed_interval

#: Items of which every patient (or every patient with calcinosis) has exactly one.
PARTITIONS = (
    ("patients", ("female", "male")),
    ("patients", ("strength_1_3", "strength_4")),
    ("calcinosis", ("calcinosis_before_diagnosis", "calcinosis_after_diagnosis")),
    ("calcinosis", ("circumscripta", "universalis", "extensive")),
    ("deaths", ("death_sepsis", "death_perforation")),
)
#: An item that is having any of others.
UNIONS = (("immunosuppressor", ("methotrexate", "cyclosporine", "cyclophosphamide")),)
ALL, WITH, WITHOUT = "all", "calcinosis", "no_calcinosis"
OUTCOME = "calcinosis"


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


def find_contradictions(claims: pd.DataFrame) -> Consistency:
    """Prove which printed counts and percentages cannot hold together.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.

    Returns
    -------
    Consistency

    Notes
    -----
    Counts of the two groups add to the count of all patients; the `PARTITIONS` add to their whole;
    patients on any of the `UNIONS` are at least as many as on one drug, at most as many as
    prescriptions. A percentage may be rounded or truncated. A contradiction here needs no further
    assumption; that two numbers do *not* contradict each other does not make them right.

    References
    ----------
    Liffiton MH, Previti A, Malik A, Marques-Silva J. Fast, flexible MUS enumeration.
    Constraints 2016;21:223-250.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> [c for c in find_contradictions(load_claims()).dropped if c.endswith("_n")]
    ['results_immunosuppressor_calcinosis_n', 'table2_ldh_all_n', 'table3_female_calcinosis_n']
    """
    own = claims[claims["role"].isin(["built_in", "predicted"])]
    own = own[own["statistic"].isin(["n", "percent"]) & own["group"].isin([ALL, WITH, WITHOUT])]
    sizes = {
        group: printed_count(claims, f"table3_patients_{group}_n") for group in (ALL, WITH, WITHOUT)
    }
    families = _families(sorted(set(own["item"]) - {"patients", OUTCOME}))
    conflicts, dropped, doubtful = [], set(), set()
    for family in families:
        model = _Family(own[own["item"].isin(family)], sizes)
        if model.consistent(model.switches):
            continue
        best = model.largest()
        dropped |= set(model.switches) - best
        doubtful |= {c for c in model.switches if len(model.largest(without=c)) == len(best)}
        conflicts += model.minimal_conflicts()
    return Consistency(tuple(sorted(conflicts)), tuple(sorted(dropped)), tuple(sorted(doubtful)))


def _families(items: Sequence[str]) -> list[set[str]]:
    """Group the items whose counts bear on one another."""
    tied = [{whole, *parts} - {"patients", OUTCOME} for whole, parts in (*PARTITIONS, *UNIONS)]
    return [*tied, *({item} for item in items if not any(item in family for family in tied))]


class _Family:
    """The constraints of the counts that bear on one another, one switch a claim."""

    def __init__(self, own: pd.DataFrame, sizes: dict[str, int]) -> None:
        from ortools.sat.python import cp_model

        self.cp, self.sizes = cp_model, sizes
        self.model = cp_model.CpModel()
        items = set(own["item"])
        self.counts: dict[tuple[str, str], Any] = {
            (item, group): self.model.new_int_var(0, size, "")
            for item in items for group, size in sizes.items()
        }  # fmt: skip
        for item in items:
            parts = [self._count(item, group) for group in (WITH, WITHOUT)]
            self.model.add(self._count(item, ALL) == sum(parts))
        for group in sizes:
            for whole, parts_of in PARTITIONS:
                if items.issuperset(parts_of):
                    total = sum(self._count(part, group) for part in parts_of)
                    self.model.add(self._count(whole, group) == total)
            for union, drugs in UNIONS:
                if items.issuperset([union, *drugs]):
                    used = [self._count(drug, group) for drug in drugs]
                    self.model.add(self._count(union, group) <= sum(used))
                    for drug in used:
                        self.model.add(drug <= self._count(union, group))
        self.switches: dict[str, Any] = {}
        for claim in own.index.astype(str):
            switch = self.switches[claim] = self.model.new_bool_var("")
            count = self._count(str(own["item"][claim]), str(own["group"][claim]))
            allowed = cp_model.Domain.from_values(self._allowed(own, claim))
            held = self.model.add_linear_expression_in_domain(count, allowed)
            held.only_enforce_if(switch)

    def _count(self, item: str, group: str) -> Any:
        """Return the number of patients of a group who have an item."""
        if item == "patients":
            return self.sizes[group]
        if item == OUTCOME:
            return self.sizes[WITH] if group != WITHOUT else 0
        return self.counts[item, group]

    def _allowed(self, own: pd.DataFrame, claim: str) -> list[int]:
        if own["statistic"][claim] == "n":
            return [int(own["value"][claim])]
        whole, printed = int(own["denominator"][claim]), printed_text(own, claim)
        rules = [printed_interval(printed, rule) for rule in ("half up", "truncated")]
        shares = {n: Fraction(100 * n, whole) for n in range(whole + 1)}
        return [n for n, share in shares.items() if any(share in rule for rule in rules)]

    def largest(self, without: str = "") -> set[str]:
        """Return a largest set of claims that can hold together, *without* one of them."""
        model = self.model.clone()
        switch = {c: model.get_bool_var_from_proto_index(v.index) for c, v in self.switches.items()}
        if without:
            model.add(switch[without] == 0)
        model.maximize(sum(switch.values()))
        solver = self._solver()
        solver.solve(model)
        return {c for c, v in switch.items() if solver.value(v)}

    def consistent(self, claims: Iterable[str]) -> bool:
        """Tell whether all of these claims can hold together."""
        model = self.model.clone()
        for claim in claims:
            model.add(model.get_bool_var_from_proto_index(self.switches[claim].index) == 1)
        return bool(self._solver().solve(model) != self.cp.INFEASIBLE)

    def minimal_conflicts(self) -> list[tuple[str, ...]]:
        """Enumerate the minimal inconsistent sets: each new one must differ from all before."""
        found: list[tuple[str, ...]] = []
        seeds = self.cp.CpModel()
        chosen = {c: seeds.new_bool_var(c) for c in self.switches}
        seeds.maximize(sum(chosen.values()))
        while True:
            solver = self._solver()
            if solver.solve(seeds) == self.cp.INFEASIBLE:
                return found
            seed = [c for c, v in chosen.items() if solver.value(v)]
            if self.consistent(seed):  # nothing below it conflicts: go elsewhere
                left_out = [v for c, v in chosen.items() if c not in seed]
                if not left_out:
                    return found
                seeds.add_at_least_one(left_out)
                continue
            conflict = self._shrink(seed)
            found.append(tuple(sorted(conflict)))
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
