"""Verdicts on means and standard deviations: of whole numbers, and of all against the groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import ceil
from typing import Any

from paperaudit.audit_counts import MISSING
from paperaudit.granularity import debit, grim, grimmer
from paperaudit.groups import ALL
from paperaudit.moments import Pooled, pooled_moments
from paperaudit.number_checks import habits_within
from paperaudit.power import power_of
from paperaudit.record import Record
from paperaudit.rounding import RULES, is_bound
from paperaudit.verdict import ARITHMETIC, Claim, Finding, Verdict, unchecked

#: Units of a mean of values that are 0 or 1.
BINARY = ("0/1", "proportion", "share")


class MomentAuditor:
    """The means and SDs of a ledger."""

    def __init__(self, record: Record, name: Callable[[Any], str]) -> None:
        self.record, self.name = record, name

    def judge(self, claim: Claim) -> Finding:
        """Hold a mean or SD against the groups together, and against whole numbers."""
        what = f"{self.name(claim['item'])} of each patient"
        return self.pooled_differs(claim) or self._granular(claim, what) or unchecked(what)

    def pooled(self, item: str) -> Pooled | None:
        """Bound the mean and SD of all from those of the groups, if all of them are printed."""
        groups = self.record.groups
        parts = self.record.means(item, groups.arms) if groups.arms else []
        total = [self.record.find(item, ALL, s) for s in ("mean", "sd")]
        if not parts or not all(total) or any(map(is_bound, total)):
            return None
        if sum(n for *_, n in parts) != self.record.size(item, ALL):
            return None
        return pooled_moments(parts)

    def pooled_fits(self, claim: Claim, printed: str) -> bool:
        """Whether the mean or SD of all agrees with the groups, were this number printed so."""
        item, statistic = str(claim["item"]), str(claim["statistic"])
        groups = self.record.groups
        parts = self.record.means(item, groups.arms)
        total = self.record.find(item, ALL, statistic)
        if claim["group"] == ALL:
            total = printed
        elif claim["group"] in groups.arms and parts:
            place = groups.arms.index(str(claim["group"]))
            mean, sd, n = parts[place]
            parts[place] = (printed, sd, n) if statistic == "mean" else (mean, printed, n)
        if not parts or not total:
            return True
        pooled = pooled_moments(parts)
        return bool(habits_within(total, *(pooled.mean if statistic == "mean" else pooled.sd)))

    def pooled_differs(self, claim: Claim) -> Finding | None:
        """Compare the mean or SD of all patients with those of the groups, weighted by n."""
        item, statistic = str(claim["item"]), str(claim["statistic"])
        pooled = self.pooled(item)
        if pooled is None or claim["group"] not in (*self.record.groups.arms, ALL):
            return None
        total = self.record.find(item, ALL, statistic)
        low, high = pooled.mean if statistic == "mean" else pooled.sd
        if habits_within(total, low, high):
            return None
        name = "mean" if statistic == "mean" else "SD"
        computed, how = f"{name} of all {low:.4g} to {high:.4g}", "the groups together"
        ask = f"the mean and SD of {self.name(item)} in each group, and of how many patients"
        wider = self._with_missing(item, statistic)
        if wider and habits_within(total, *wider):
            why = "it agrees if some patients of a group had no data, and the others all had"
            return Finding(Verdict.ATTAINABLE, computed, how, explanation=why, ask=ask)
        why = "patients with missing values, or a slip in one of the groups, would explain it"
        return Finding(Verdict.CONTRADICTED, computed, how, ARITHMETIC, why, ask)

    def _with_missing(self, item: str, statistic: str) -> tuple[float, float] | None:
        """Bound the mean or SD of all if up to a fifth of each group had no data.

        None where the ledger says in how many patients the item is known.
        """
        groups = self.record.groups
        parts = self.record.means(item, groups.arms)
        if len(parts) > 6 or [n for *_, n in parts] != [
            groups.sizes[group] for group in groups.arms
        ]:
            return None
        values = []
        for few in product((False, True), repeat=len(parts)):
            fewer = [
                (mean, sd, max(2, ceil(n * (1 - MISSING))) if missing else n)
                for missing, (mean, sd, n) in zip(few, parts, strict=True)
            ]
            pooled = pooled_moments(fewer)
            values.append(pooled.mean if statistic == "mean" else pooled.sd)
        return min(low for low, _ in values), max(high for _, high in values)

    def _granular(self, claim: Claim, what: str) -> Finding | None:
        """Ask whether whole numbers, or zeros and ones, can have a mean and an SD."""
        item, group, unit = str(claim["item"]), str(claim["group"]), str(claim["unit"])
        mean, sd = (self.record.find(item, group, s, claim["location"]) for s in ("mean", "sd"))
        if group not in self.record.groups.sizes or not mean or is_bound(mean) or is_bound(sd):
            return None
        n = self.record.size(item, group)
        of_sd = claim["statistic"] == "sd"
        if n < 1 + of_sd or (of_sd and not sd):
            return None
        fits: Callable[[str], bool]
        if unit in BINARY:
            if n < 2 or not sd:
                return None
            how, items = "DEBIT", f"{n} values of 0 and 1"
            fits = _in_place(of_sd, mean, sd, lambda m, s: _debit_fits(m, s, n))
        elif unit.startswith("whole ") and grim(mean, n).chance < 1:
            how, items = ("GRIMMER" if of_sd else "GRIM"), f"{n} {unit}"
            if of_sd and not grim_fits(mean, n):
                return None
            check = _grimmer_fits if of_sd else lambda m, _, n: grim_fits(m, n)
            fits = _in_place(of_sd, mean, sd, lambda m, s: check(m, s, n))
        else:  # fractions can have any mean
            return None
        printed = str(claim["printed"])
        power = power_of(printed, fits)
        if fits(printed):
            why = f"{items} can have it"
            finding = Finding(Verdict.ATTAINABLE, method=how, explanation=why)
            return replace(finding, power=power)
        why = "values in fractions, or fewer patients, would explain it"
        return Finding(Verdict.NOT_REPRODUCED, f"n = {n}", how, ARITHMETIC, why, what, power=power)


def _in_place(
    of_sd: bool, mean: str, sd: str, check: Callable[[str, str], bool]
) -> Callable[[str], bool]:
    """Let one of a mean and an SD vary, the other staying as printed."""
    return lambda text: check(mean, text) if of_sd else check(text, sd)


def grim_fits(mean: str, n: int) -> bool:
    """Whether whole numbers have a mean, rounded or cut off."""
    return any(grim(mean, n, rule=rule).consistent for rule in RULES)


def _grimmer_fits(mean: str, sd: str, n: int) -> bool:
    return any(grimmer(mean, sd, n, rule=a, sd_rule=b).consistent for a, b in product(RULES, RULES))


def _debit_fits(mean: str, sd: str, n: int) -> bool:
    return any(debit(mean, sd, n, rule=a, sd_rule=b).consistent for a, b in product(RULES, RULES))
