"""What a ledger prints of an item: to be held against other printed numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from math import ceil, prod
from typing import Any

import pandas as pd

from paperaudit.adjustment import RATIOS, adjusted_claims
from paperaudit.groups import ALL, in_other_units, is_known, own_claims, read_groups, variable_of
from paperaudit.impossible import impossible_numbers
from paperaudit.noted import level_of, not_plain, note_of
from paperaudit.rounding import counts_that_print, is_bound, printed_value, totals_that_print
from paperaudit.verdict import Claim

TwoCounts = tuple[int, int, int, int]
TwoMeans = tuple[str, str, int, str, str, int]
#: Pairs of counts that are looked at one by one; of more, only the outermost.
MOST_PAIRS = 100


class Record:
    """The study's own numbers in a ledger.

    Numbers that no patients can have are left out: others are not held against them.

    Attributes
    ----------
    own
        The claims that are the study's own, and possible.
    groups
        Its `Groups`.
    impossible
        Why no patients can have a number, by its claim.
    claims
        The rows of `own`, by claim.
    """

    def __init__(self, claims: pd.DataFrame) -> None:
        own = own_claims(claims)
        rest: list[Claim] = claims.drop(index=own.index).reset_index(names="id").to_dict("records")
        self._not_plain = {
            (str(c["location"]), str(c["item"])): word for c in rest if (word := not_plain(c))
        }
        self.groups = read_groups(claims)
        self.other_units = in_other_units(own, self.groups)
        self.impossible = impossible_numbers(own, self.groups, self.other_units)
        self.own = own.drop(index=list(self.impossible))
        records: list[Claim] = self.own.reset_index(names="id").to_dict("records")
        self.claims = {str(claim["id"]): claim for claim in records}
        self._numbers: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
        self._of_group: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        self._of_item: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in records:
            item, group, place = (str(claim[key]) for key in ("item", "group", "location"))
            self._numbers[item, group, str(claim["statistic"])].append(claim)
            self._of_group[item, group].append(claim)
            self._of_item[place, item].append(claim)

    def not_plain(self, claim: Claim) -> str:
        """Return the word by which a count, share or mean of an item is no plain one, if any is."""
        return self._not_plain.get((str(claim["location"]), str(claim["item"])), "")

    def rows(self, item: Any, group: Any, statistic: Any) -> pd.DataFrame:
        """Return all claims of one number, as rows of the ledger."""
        return self.own.loc[[claim["id"] for claim in self.listed(item, group, statistic)]]

    def listed(self, item: Any, group: Any, statistic: Any, location: Any = "") -> list[Claim]:
        """Return all claims of one number, of a place if one is given."""
        claims = self._numbers.get((str(item), str(group), str(statistic)), [])
        return [c for c in claims if not location or c["location"] == location]

    def of_item(self, location: Any, item: Any) -> list[Claim]:
        """Return everything that a place prints of an item."""
        return self._of_item.get((str(location), str(item)), [])

    def where(self, *statistics: str, location: Any = "", variable: str = "") -> list[Claim]:
        """Return all claims of these statistics, and of a place or variable if one is given."""
        return [
            c
            for c in self.claims.values()
            if (not statistics or c["statistic"] in statistics)
            and (not location or c["location"] == location)
            and (not variable or variable_of(c) == variable)
        ]

    @cached_property
    def tests(self) -> list[Claim]:
        """P values that are not of a regression."""
        return [c for c in self.where("p") if c["id"] not in self.adjusted]

    def find(self, item: Any, group: Any, statistic: str, location: Any = "") -> str:
        """Return a printed number, of a place if one is given, else a table's before the text's."""
        claims = self.listed(item, group, statistic, location)
        # The results of a study come after its patients: the last table is the most particular.
        tables = [c for c in claims[::-1] if str(c["location"]).startswith("table")]
        return next((str(c["printed"]) for c in [*tables, *claims]), "")

    @cached_property
    def adjusted(self) -> frozenset[str]:
        """Ratios and p values that belong to a regression."""
        return adjusted_claims(self.own)

    def level(self, claim: Claim, rows: Sequence[Claim]) -> float | None:
        """Find the stated level of limits: of an analysis (its *rows*), its place, or the paper."""
        beside = [str(c.get("conf_level") or "") for c in (claim, *rows)]
        beside += [str(c["printed"]) for c in rows if c["statistic"] == "conf_level"]
        beside += [level_of(note_of([c])) for c in (claim, *rows)]
        if stated := next(filter(None, beside), ""):
            return _share(stated)
        general = self._general_levels
        here = [c for c in general if c["location"] == claim["location"]]
        elsewhere = [c for c in general if not str(c["location"]).startswith("table")]
        return _share(str((here or elsewhere)[0]["printed"])) if here or elsewhere else None

    @cached_property
    def _general_levels(self) -> list[Claim]:
        with_ratio = {c["item"] for c in self.where(*RATIOS)}
        return [c for c in self.where("conf_level") if c["item"] not in with_ratio]

    # Denominators

    @cached_property
    def row_wise(self) -> frozenset[tuple[str, str]]:
        """Places and items whose percentages are of the row: of all who have the item."""
        doubtful, certain = [], set()
        for (place, item), claims in self._of_item.items():
            wholes = self._wholes(claims)
            sizes = [self.groups.sizes[group] for group in wholes]
            whole = next(iter(wholes.values()), 0)
            if len(wholes) < 2 or set(wholes.values()) != {whole} or set(sizes) == {whole}:
                continue
            counts = [self.find(item, group, "n", place) for group in self.groups.arms]
            total = sum(int(printed_value(n)) for n in counts) if all(counts) else None
            everybody = self.find(item, ALL, "n", place)
            if (
                total == whole
                or (everybody and printed_value(everybody) == whole)
                or whole > min(sizes)
            ):
                certain.add((place, item))
            else:
                doubtful.append((place, item))
        tables = {place for place, _ in certain}
        return frozenset(certain | {key for key in doubtful if key[0] in tables})

    @cached_property
    def _row_totals(self) -> frozenset[tuple[str, int]]:
        """Items whose percentages are of the row somewhere, with how many have the item there."""
        return frozenset(
            (item, whole)
            for place, item in self.row_wise
            for whole in self._wholes(self._of_item[place, item]).values()
        )

    def _wholes(self, claims: Sequence[Claim]) -> dict[str, int]:
        """Return of how many patients the percentages of the compared groups say that they are."""
        shares = [c for c in claims if c["statistic"] == "percent" and is_known(c["denominator"])]
        return {c["group"]: int(c["denominator"]) for c in shares if c["group"] in self.groups.arms}

    def _of_row(self, claim: Claim) -> bool:
        """Whether a denominator is the total of a row, here or where the number is repeated."""
        key = str(claim["item"]), int(claim["denominator"])
        return key in self._row_totals and claim["group"] in self.groups.arms

    def size(self, item: str, group: str, location: Any = "") -> int:
        """Patients of a group in whom an item is known.

        A denominator that is the row's, or is more than the group, is not the group's.
        """
        most = self.groups.sizes.get(group)
        sizes: list[int] = []
        means = False
        for c in self._of_group.get((str(item), str(group)), []):
            if location and c["location"] != location:
                continue
            if is_known(c["denominator"]) and not self._of_row(c):
                sizes.append(int(c["denominator"]))
            means = means or c["statistic"] in ("mean", "median")
        if means:
            sizes += [int(c["value"]) for c in self.listed(item, group, "n", location)]
        fits = [n for n in sizes if most is None or n <= most]
        return fits[0] if fits else most if most is not None else 0

    def partly_known(self, item: str) -> bool:
        """Whether a percentage of a compared group follows from its count of fewer patients only.

        Values are missing then, and how many is not printed: a ratio of the counts is not known.
        """
        for group in self.groups.arms:
            for c in self.listed(item, group, "percent"):
                n, whole = self.find(item, group, "n"), self.denominator(c)
                if not n or not whole or whole != self.groups.sizes.get(group):
                    continue
                count, printed = int(printed_value(n)), str(c["printed"])
                if whole not in totals_that_print(printed, count, 1, whole) and totals_that_print(
                    printed, count, ceil(0.8 * whole), whole
                ):
                    return True
        return False

    def denominator(self, claim: Mapping[Any, Any]) -> int | None:
        """Return what a percentage is taken of: what the ledger says, else what others show.

        Without one in the ledger, percentages of the same place say whether they are of the group,
        of the row or of all patients: at least two others have to follow from their counts so, and
        more than half. None if they do not.
        """
        if is_known(claim["denominator"]):
            return int(claim["denominator"])
        scheme = self._scheme(str(claim["location"]), str(claim["id"]))
        return self._whole(claim, scheme) if scheme else None

    def _scheme(self, place: str, left_out: str) -> str:
        """Learn what the percentages of a place are taken of, from all but one of them."""
        fits = dict.fromkeys(("group", "row", "all"), 0)
        tried = 0
        for c in self.where("percent", location=place):
            n = self.find(c["item"], c["group"], "n", place)
            if c["id"] == left_out or not n:
                continue
            tried += 1
            for scheme in fits:
                whole = self._whole(c, scheme)
                if whole and int(printed_value(n)) in counts_that_print(str(c["printed"]), whole):
                    fits[scheme] += 1
        best = max(fits, key=lambda scheme: fits[scheme])
        return best if fits[best] >= max(2, tried / 2 + 0.5) else ""

    def _whole(self, claim: Mapping[Any, Any], scheme: str) -> int | None:
        """Return what a percentage would be taken of under one reading of its table."""
        if scheme == "group":
            return self.groups.sizes.get(str(claim["group"])) or None
        if scheme == "all" or claim["group"] == ALL:
            return self.groups.sizes.get(ALL)
        total = self.find(claim["item"], ALL, "n", claim["location"])
        if total:
            return int(printed_value(total)) or None
        counts = [self.find(claim["item"], arm, "n", claim["location"]) for arm in self.groups.arms]
        return sum(int(printed_value(n)) for n in counts) or None if all(counts) else None

    # What a test compares

    def at(self, place: Any, item: str, groups: Sequence[str], statistic: str) -> str:
        """Return a place if it prints a statistic of an item for every group.

        Empty if it does not: then what other places print of the item is taken.
        """
        printed = (self.find(item, group, statistic, place) for group in groups)
        return str(place) if place and groups and all(printed) else ""

    def two_counts(self, item: str, pair: Sequence[str] = (), place: Any = "") -> TwoCounts | None:
        """Patients with an item and all patients, in each of the two groups.

        As a place prints them, if one is given that prints them for both.
        """
        pairs = self.count_pairs(item, pair, place)
        return pairs[0] if len(pairs) == 1 else None

    def count_pairs(self, item: str, pair: Sequence[str] = (), place: Any = "") -> list[TwoCounts]:
        """Every pair of counts with its groups: one if counts are printed, else what prints so.

        Of more than `MOST_PAIRS` the outermost and the nearest are given.
        """
        groups = tuple(pair) or self.groups.compared
        here = self.at(place, item, groups, "n")
        choices = [self.counts_of(item, group, here) for group in groups]
        sizes = [self.size(item, group, here) for group in groups]
        if len(groups) != 2 or 0 in sizes or not all(choices):
            return []
        totals = self.total_of(item) if groups == self.groups.compared else set()
        second = set(choices[1])
        pairs = [(a, t - a) for t in totals for a in choices[0] if t - a in second]
        if not pairs:
            many = prod(map(len, choices)) > MOST_PAIRS
            pairs = _outermost(choices, sizes) if many else [(a, b) for a, b in product(*choices)]
        return [(a, sizes[0], b, sizes[1]) for a, b in pairs]

    def counts_of(self, item: str, group: str, place: str = "") -> list[int]:
        """Patients of a group with an item: as printed, else all that print as the percentage."""
        count, percent = (self.find(item, group, s, place) for s in ("n", "percent"))
        if count and not percent and any(self.find(item, group, s) for s in ("mean", "median")):
            return []  # it is of how many the mean or median is
        size = self.size(item, group, place)
        if count:
            printed = [int(printed_value(count))]
        elif percent and size and not self._of_the_row(item):
            printed = counts_that_print(percent, size)
            rest = self._rest(item, group) if len(printed) > 1 else None
            printed = [rest] if rest in printed else printed
        else:
            printed = []
        return [n for n in printed if 0 <= n <= size and item not in self.other_units]

    def _rest(self, item: str, group: str) -> int | None:
        """Return how many with an item the other groups leave of all, if all are printed once."""
        others = [self.find(item, arm, "n") for arm in self.groups.arms if arm != group]
        total = self.total_of(item)
        if len(total) != 1 or group not in self.groups.arms or not all(others):
            return None
        return next(iter(total)) - sum(int(printed_value(n)) for n in others)

    def _of_the_row(self, item: str) -> bool:
        return any(name == item for _, name in self.row_wise)

    def total_of(self, item: str) -> set[int]:
        """Return printed counts of all patients with an item, if the groups are all patients."""
        everybody = self.listed(item, ALL, "n") if self.groups.add_up else []
        return {int(c["value"]) for c in everybody}

    def two_means(self, item: str, pair: Sequence[str] = (), place: Any = "") -> TwoMeans | None:
        """Mean, SD and patients of each of the two groups."""
        groups = tuple(pair) or self.groups.compared
        moments = self.means(item, groups, place) if len(groups) == 2 else []
        if len(moments) != 2:
            return None
        (m1, s1, n1), (m0, s0, n0) = moments
        return m1, s1, n1, m0, s0, n0

    def means(
        self, item: str, groups: Sequence[str], place: Any = "", spread: str = "sd"
    ) -> list[tuple[str, str, int]]:
        """Mean, SD (or *spread*) and patients of each group; none if one of them is not printed."""
        here = self.at(place, item, groups, "mean")
        moments = []
        for group in groups:
            mean, sd = (self.find(item, group, s, here) for s in ("mean", spread))
            n = self.size(item, group, here)
            if not (mean and sd) or is_bound(mean) or is_bound(sd) or n < 2:
                return []
            moments.append((mean, sd, n))
        return moments


def _outermost(choices: Sequence[Sequence[int]], sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Take the corners of all pairs, and those whose shares are nearest to each other.

    Each test's p falls with the distance of two shares, so that these bound it.
    """
    first, second = choices
    ends = [(min(counts), max(counts)) for counts in choices]
    pairs = [(a, b) for a, b in product(*ends)]
    pairs += [(a, _near(second, a * sizes[1] / sizes[0])) for a in ends[0]]
    pairs += [(_near(first, b * sizes[0] / sizes[1]), b) for b in ends[1]]
    return list(dict.fromkeys(pairs))


def _near(counts: Sequence[int], wanted: float) -> int:
    return min(counts, key=lambda n: abs(n - wanted))


def _share(level: str) -> float | None:
    """Return a level of limits as a share of 1; None if it cannot be one."""
    value = float(printed_value(level.rstrip("% ")))
    value = value / 100 if value > 1 else value
    return value if 0 < value < 1 else None
