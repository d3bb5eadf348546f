"""What a ledger prints of an item: to be held against other printed numbers."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd

from paperaudit.groups import ALL, own_claims, read_groups
from paperaudit.rounding import counts_that_print, is_bound, printed_value

TwoCounts = tuple[int, int, int, int]
TwoMeans = tuple[str, str, int, str, str, int]


class Record:
    """The study's own numbers in a ledger.

    Attributes
    ----------
    own
        The claims that are the study's own.
    groups
        Its `Groups`.
    """

    def __init__(self, claims: pd.DataFrame) -> None:
        self.own = own_claims(claims)
        self.groups = read_groups(claims)
        key = ["item", "group", "statistic"]
        self._rows = dict(iter(self.own.groupby(key, sort=False)))
        self._of_group = dict(iter(self.own.groupby(key[:2], sort=False)))

    def rows(self, item: Any, group: Any, statistic: Any) -> pd.DataFrame:
        """Return all claims of one number."""
        return self._rows.get((item, group, statistic), self.own.iloc[:0])

    def find(self, item: Any, group: Any, statistic: str, location: Any = "") -> str:
        """Return a printed number, of a place if one is given, else a table's before the text's."""
        rows = self.rows(item, group, statistic)
        found = [
            (str(place).startswith("table"), str(printed))
            for place, printed in zip(rows["location"], rows["printed"], strict=True)
            if not location or place == location
        ]
        # The results of a study come after its patients: the last table is the most particular.
        tables = [printed for in_table, printed in found[::-1] if in_table]
        return next(iter([*tables, *(printed for _, printed in found)]), "")

    def size(self, item: str, group: str) -> int:
        """Patients of a group in whom an item is known."""
        rows = self._of_group.get((item, group), self.own.iloc[:0])
        known = [int(n) for n in rows["denominator"].dropna()]
        if "mean" in set(rows["statistic"]):
            known += [int(n) for n in rows.loc[rows["statistic"] == "n", "value"]]
        return next(iter(known), self.groups.sizes[group])

    def two_counts(self, item: str) -> TwoCounts | None:
        """Patients with an item and all patients, in each of the two groups."""
        pairs = self.count_pairs(item)
        return pairs[0] if len(pairs) == 1 else None

    def count_pairs(self, item: str) -> list[TwoCounts]:
        """Every pair of counts with its groups: one if counts are printed, else what prints so."""
        choices, sizes = [], []
        for group in self.groups.compared:
            size = self.size(item, group)
            count, percent = (self.find(item, group, s) for s in ("n", "percent"))
            if count:
                printed = [int(printed_value(count))]
            else:
                printed = counts_that_print(percent, size) if percent and size else []
            choices.append([n for n in printed if 0 <= n <= size])
            sizes.append(size)
        totals = set(self.rows(item, ALL, "n")["value"]) if self.groups.add_up else set()
        pairs = [] if 0 in sizes else list(product(*choices))
        exact = [pair for pair in pairs if sum(pair) in totals]
        return [(a, sizes[0], b, sizes[1]) for a, b in exact or pairs] if sizes else []

    def two_means(self, item: str) -> TwoMeans | None:
        """Mean, SD and patients of each of the two groups."""
        found: list[Any] = []
        for group in self.groups.compared:
            printed = [self.find(item, group, s) for s in ("mean", "sd")]
            if not all(printed) or any(map(is_bound, printed)):
                return None
            found += [*printed, self.size(item, group)]
        if not found or min(found[2], found[5]) < 2:
            return None
        m1, s1, n1, m0, s0, n0 = found
        return m1, s1, n1, m0, s0, n0
