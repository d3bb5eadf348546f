"""Verdicts on counts, percentages and shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial
from math import ceil
from operator import eq
from typing import Any

import pandas as pd

from paperaudit.contradictions import PrintedCounts, Room
from paperaudit.groups import ALL, PATIENTS, is_known
from paperaudit.naming import range_of
from paperaudit.number_checks import check_percent, match_value
from paperaudit.percentages import count_of_percentage
from paperaudit.power import power_of
from paperaudit.record import Record
from paperaudit.relations import Relations
from paperaudit.rounding import (
    counts_that_print,
    printed_decimals,
    printed_value,
    prints_as,
    rounded_twice,
    totals_that_print,
)
from paperaudit.verdict import ARITHMETIC, COSMETIC, Claim, Finding, Verdict, by_rules, unchecked

#: The share of a group in whom an item may be unknown before missing values explain nothing.
MISSING = 0.2
#: A share that may be missing for no more reason than that it always happens.
FEW_MISSING = 0.05


class CountAuditor:
    """The counts and percentages of a ledger.

    Attributes
    ----------
    consistency
        What they say of one another if each percentage is of whom it is said to be.
    """

    def __init__(
        self,
        claims: pd.DataFrame,
        record: Record,
        relations: Relations,
        name: Callable[[Any], str],
        named: Callable[[Claim], str],
    ) -> None:
        self.claims, self.record, self.relations = claims, record, relations
        self.name, self.named = name, named
        self._model = PrintedCounts(claims, record, relations)
        self.consistency = self._model.contradictions()

    @cached_property
    def _doubtful_if_missing(self) -> set[str]:
        return self._model.doubtful_if_missing(self.consistency.doubtful, MISSING)

    def judge(self, claim: Claim) -> Finding:
        """Hold a count against the others, or a percentage against its count."""
        if claim["id"] in self.consistency.doubtful:
            return self._missing(claim) or self._conflict(claim)
        return self._count(claim) if claim["statistic"] == "n" else self._share(claim)

    def room(self, claim: Claim) -> Room | None:
        """Bound a count by all that the others leave open."""
        return self._model.room(str(claim["id"]))

    # What does not agree

    def _missing(self, claim: Claim) -> Finding | None:
        """Say for how many patients with a known item numbers would agree that clash otherwise."""
        if claim["id"] in self._doubtful_if_missing:
            return None
        shares = [claim]
        if claim["statistic"] == "n":
            shares = self.record.listed(claim["item"], claim["group"], "percent")
        for share in shares:
            totals = self.totals_with_data(share)
            size = self.record.denominator(share)
            if not totals or size is None or not self._likely_missing(share, totals, size):
                continue
            few = range_of(totals)
            why = f"it agrees if {few} of {size} had data"
            n = count_of_percentage(share, self.record)
            method = f"{n} of {few}, without missing values"
            printed = str(claim["printed"])
            return Finding(
                Verdict.ATTAINABLE, few, method, explanation=why,
                ask=f"in how many patients {self.name(claim['item'])} is known",
                power=power_of(printed, partial(eq, printed)),
            )  # fmt: skip
        return None

    def totals_with_data(self, share: Claim) -> list[int]:
        """List in how many patients an item may be known if only that explains a percentage."""
        conflicts = self.consistency.conflicts
        if share["id"] in self._doubtful_if_missing or not any(share["id"] in c for c in conflicts):
            return []
        n, size = count_of_percentage(share, self.record), self.record.denominator(share)
        if not n or not size or size != self.record.groups.sizes.get(str(share["group"])):
            return []
        totals = totals_that_print(str(share["printed"]), n, ceil(size * (1 - MISSING)), size)
        # Where it is printed again, of as many patients, both have to be of those known.
        again = self.record.listed(share["item"], share["group"], "percent")
        texts = [str(c["printed"]) for c in again if self.record.denominator(c) == size]
        totals = [k for k in totals if all(prints_as(Fraction(100 * n, k), text) for text in texts)]
        return [] if size in totals else totals

    def _likely_missing(self, share: Claim, totals: list[int], size: int) -> bool:
        """Whether missing values are as likely as a slip.

        They are if few are missing; if the item's other percentages need them too, or there are
        none; or if another item of the place needs them. A single percentage that needs many,
        where all others are of those that the ledger says, is more likely a slip.
        """
        if size - totals[-1] <= FEW_MISSING * size:
            return True
        percents = self.record.where("percent")
        of_item = [c for c in percents if c["item"] == share["item"]]
        others = [c for c in of_item if c["id"] != share["id"]]
        here = [c for c in percents if c["location"] == share["location"]]
        if any(self.totals_with_data(c) for c in others) or not any(c in here for c in others):
            return True
        return any(self.totals_with_data(c) for c in here if c not in of_item)

    def _conflict(self, claim: Claim) -> Finding:
        """Name the claims of the smallest conflict with this one."""
        with_this = [c for c in self.consistency.conflicts if claim["id"] in c]
        # A percentage repeats its count: of conflicts as small, one of counts says more.
        percents = {c["id"] for c in self.record.where("percent")}
        smallest = min(with_this, key=lambda c: (len(c), len(percents & set(c))))
        others = [self.record.claims[c] for c in smallest if c != claim["id"]]
        if others:
            clash = f"it clashes with {'; '.join(self.named(other) for other in others)}"
            items = dict.fromkeys(str(c["item"]) for c in (claim, *others))
            if len(items) > 1 and PATIENTS not in items:
                rows = " and ".join(self.name(item) for item in items)
                clash += f" ({rows} belong together)"
        elif is_known(claim["denominator"]):
            clash = f"no count of {int(claim['denominator'])} prints as {claim['printed']}%"
        else:
            clash = "no patients can have it"
        innocent = self._last_digit(claim)
        return Finding(
            Verdict.CONTRADICTED,
            method="counts that add up, by constraint solving",
            severity=COSMETIC if innocent else ARITHMETIC,
            explanation=f"{innocent or 'a slip in one place is likely'}; {clash}",
            ask=f"the number of patients with {self.name(claim['item'])} in each group",
        )

    def _last_digit(self, claim: Claim) -> str:
        """Say which habit explains a percentage whose last digit alone is wrong, if any does."""
        n, whole = count_of_percentage(claim, self.record), self.record.denominator(claim)
        if claim["statistic"] != "percent" or n is None or not whole:
            return ""
        share, printed = Fraction(100 * n, whole), str(claim["printed"])
        if first := rounded_twice(printed, share):
            return f"it may have been rounded twice, first to {first}"
        off = abs(share - printed_value(printed))
        if off < Fraction(1, 10 ** printed_decimals(printed)) and self._made_to_add(claim):
            return "it may have been made to add to 100 with the other levels"
        return ""

    def _made_to_add(self, claim: Claim) -> bool:
        """Whether the percentages of a variable's levels add to 100 as they are printed."""
        for levels in self._model.levels:
            if claim["item"] in levels:
                texts = (self.record.find(i, claim["group"], "percent") for i in levels)
                printed = [printed_value(text) for text in texts if text]
                return len(printed) == len(levels) and sum(printed) == 100
        return False

    # Counts

    def _count(self, claim: Claim) -> Finding:
        """Look for another printed number that says the same."""
        item, group, value = str(claim["item"]), str(claim["group"]), int(claim["value"])
        if sum(int(c["value"]) == value for c in self.record.listed(item, group, "n")) > 1:
            how = "the same count printed elsewhere"
            return Finding(Verdict.REPRODUCED, str(value), how, power=1.0)
        if self._adds_up(claim):
            how = "the groups add to the total"
            return Finding(Verdict.REPRODUCED, str(value), how, power=1.0)
        for share in self.record.listed(item, group, "percent"):
            finding = self._of_share(claim, share)
            if finding:
                return finding
        groups = self.record.groups
        if item == PATIENTS and groups.arms and not groups.add_up:
            together = sum(groups.sizes[group] for group in groups.arms)
            if together > groups.sizes.get(ALL, together):
                why = f"the groups are {together} patients together, more than all of them"
                ask = "how many patients are in each group, and in all"
                return Finding(
                    Verdict.CONTRADICTED, str(together), "the groups add to the total", ARITHMETIC,
                    why, ask,
                )  # fmt: skip
            why = (
                "the groups do not add up to all patients: some may be in neither, or one is a slip"
            )
            ask = "how many patients are in neither group"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask)
        return unchecked(f"nothing, unless the number of patients with {self.name(item)} matters")

    def _adds_up(self, claim: Claim) -> bool:
        """Whether the counts of the groups add to that of all, this one among them."""
        arms = self.record.groups.arms
        if not self.record.groups.add_up or claim["group"] not in (*arms, ALL):
            return False
        counts = {g: self.record.find(claim["item"], g, "n") for g in (*arms, ALL)}
        counts[str(claim["group"])] = str(claim["printed"])
        if not all(counts.values()):
            return False
        numbers = {group: printed_value(text) for group, text in counts.items()}
        return sum(numbers[group] for group in arms) == numbers[ALL]

    def _of_share(self, claim: Claim, share: Claim) -> Finding | None:
        """Ask whether a count is the one, or one of those, that print as its percentage."""
        whole, printed = self.record.denominator(share), str(share["printed"])
        value = claim["value"]
        if whole is None:
            return None
        fits = counts_that_print(printed, whole)
        power = power_of(str(claim["printed"]), lambda text: printed_value(text) in fits)
        if fits == [value]:
            how = f"the only count of {whole} that prints as {printed}%"
            return Finding(Verdict.REPRODUCED, str(fits[0]), how, power=power)
        if value in fits:
            computed, how = (
                f"{fits[0]} to {fits[-1]}",
                f"counts of {whole} that print as {printed}%",
            )
            return Finding(Verdict.ATTAINABLE, computed, how, power=power)
        return None

    # Percentages and shares

    def _share(self, claim: Claim) -> Finding:
        printed, name = str(claim["printed"]), self.name(claim["item"])
        whole = self.record.denominator(claim)
        if whole is None:
            return self._of_groups(claim) or unchecked(f"the denominator of {name}")
        n = count_of_percentage(claim, self.record)
        if n is None or n > whole:
            return self._of_groups(claim) or self._without_count(claim, whole)
        fraction = claim["statistic"] == "fraction"
        scale = 1 if fraction else 100

        def fits(text: str) -> bool:
            return bool(match_value(text, scale * n / whole).rules)

        power = power_of(printed, fits, most=scale)
        if fraction:
            match = match_value(printed, n / whole, f"{n} of {whole}")
            return by_rules(match.rules, f"{match.computed:.3f}", match.method, power)
        match = check_percent(printed, n, whole)
        if not match.rules:
            finding = self._missing(claim) or self._count_left(claim, whole)
            if finding:
                return finding
        return by_rules(match.rules, f"{match.computed:.2f}", match.method, power)

    def _without_count(self, claim: Claim, whole: int) -> Finding:
        """Ask whether any count prints as a percentage whose count is not printed."""
        printed = str(claim["printed"])
        fits = counts_that_print(printed, whole)
        if claim["statistic"] == "fraction" or len(fits) > whole / 2:
            return unchecked(f"the number of patients with {self.name(claim['item'])}")
        power = power_of(printed, lambda text: bool(counts_that_print(text, whole)), most=100)
        if not fits:
            return by_rules((), "", f"every count of {whole}", power)
        computed = ", ".join(map(str, fits)) if len(fits) < 6 else range_of(fits)
        how = f"counts of {whole} that print so"
        return Finding(Verdict.ATTAINABLE, computed, how, power=power)

    def _count_left(self, claim: Claim, whole: int) -> Finding | None:
        """Hold a percentage against the count that others leave, where its own is the slip."""
        counts = self.record.listed(claim["item"], claim["group"], "n")
        if not counts or any(c["id"] not in self.consistency.doubtful for c in counts):
            return None
        room = self.room(counts[0])
        if room is None or room.low != room.high:
            return None
        match = check_percent(str(claim["printed"]), room.low, whole)
        if not match.rules:
            return None
        why = f"{match.method} prints so; the printed count, {counts[0]['printed']}, does not"
        return replace(
            by_rules(match.rules, f"{match.computed:.2f}", match.method), explanation=why
        )

    def _of_groups(self, claim: Claim) -> Finding | None:
        """Hold the percentage of all against those of the groups, weighted by their patients."""
        groups = self.record.groups
        if claim["group"] != ALL or claim["statistic"] != "percent" or not groups.add_up:
            return None
        low = high = 0
        for group in groups.arms:
            printed = self.record.find(claim["item"], group, "percent", claim["location"])
            size = self.record.size(str(claim["item"]), group, claim["location"])
            fits = counts_that_print(printed, size) if printed and size else []
            if not fits or (claim["location"], claim["item"]) in self.record.row_wise:
                return None
            low, high = low + fits[0], high + fits[-1]
        total = self.record.size(str(claim["item"]), ALL, claim["location"])
        if total != sum(self.record.size(str(claim["item"]), g) for g in groups.arms):
            return None

        def fits_all(text: str) -> bool:
            return any(low <= n <= high for n in counts_that_print(text, total))

        printed = str(claim["printed"])
        computed, how = (
            f"{100 * low / total:.4g} to {100 * high / total:.4g}",
            "the groups together",
        )
        power = power_of(printed, fits_all, most=100)
        if fits_all(printed):
            return Finding(Verdict.ATTAINABLE, computed, how, power=power)
        why = "patients with missing values, or a slip in one of the groups, would explain it"
        ask = f"the number of patients with {self.name(claim['item'])} in each group"
        return Finding(Verdict.CONTRADICTED, computed, how, ARITHMETIC, why, ask, power=power)
