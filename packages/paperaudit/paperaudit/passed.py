"""What a printed number agrees with, where it cannot be computed from the others.

Only checks that can fail count: a number of order, of a t test, of counts that add up, of a
percentage that is taken of it, or printed again elsewhere. That whole numbers could have a mean of
which nobody says that it is of whole numbers is no such check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from paperaudit.contradictions import PATIENTS, room_for_count
from paperaudit.groups import ALL
from paperaudit.inverse import is_adjusted
from paperaudit.moments import Pooled, pooled_moments
from paperaudit.naming import claim_name
from paperaudit.number_checks import habits_within
from paperaudit.p_values import best_match, check_p_of_means, p_from_counts
from paperaudit.record import Record
from paperaudit.relations import Relations
from paperaudit.rounding import RULES, is_bound, printed_interval, prints_as
from paperaudit.verdict import Claim, Finding, Verdict, alike

#: What each summary is no larger than.
BELOW = {
    "min": ("q1", "median", "mean", "q3", "max"),
    "q1": ("median", "q3", "max"),
    "median": ("q3", "max"),
    "mean": ("max",),
    "q3": ("max",),
}
#: Units of time in days, so that "6 months" can be held against "16 years".
DAYS = {
    "hours": Fraction(1, 24), "days": Fraction(1), "weeks": Fraction(7),
    "months": Fraction(1461, 48), "years": Fraction(1461, 4),
}  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """A check that a number passed: what it is called, what was computed, what it names."""

    method: str
    computed: str
    text: str


class PassedChecks:
    """The checks that the numbers of a ledger can pass.

    Parameters
    ----------
    claims
        The ledger.
    record
        Its own numbers.
    name
        What to call an item or group.
    relations
        Which items belong together.
    """

    def __init__(
        self,
        claims: pd.DataFrame,
        record: Record,
        name: Callable[..., str],
        relations: Relations,
    ) -> None:
        self.claims, self.record, self.name, self.relations = claims, record, name, relations

    def judge(self, claim: Claim) -> Finding | None:
        """Call a number consistent if it passed any check, and name what it was held against.

        A count that the others leave no choice of is reproduced.
        """
        count = self._room(claim) if claim["statistic"] == "n" else None
        if isinstance(count, Finding):
            return count
        passed = [*([count] if count else []), *self._checks(claim)]
        if not passed:
            return None
        computed = "; ".join(dict.fromkeys(p.computed for p in passed if p.computed))
        methods = "; ".join(dict.fromkeys(p.method for p in passed))
        why = "it agrees with " + "; ".join(dict.fromkeys(p.text for p in passed))
        return Finding(Verdict.CONSISTENT, computed, methods, explanation=why)

    def unjudged(self, verdict: Finding, claim: Claim) -> Finding:
        """Say of a number that passed no check whether it failed one: a p that it should give."""
        item, statistic = str(claim["item"]), claim["statistic"]
        means = statistic in ("mean", "sd") and self.record.two_means(item)
        counts = statistic == "n" and self.record.two_counts(item)
        tests = self._p_values(item) if (means or counts) and self._is_used(claim) else []
        if not tests:
            return verdict
        why = f"{self.named(tests[0])}, does not follow from it, and nothing else depends on it"
        return replace(verdict, explanation=why)

    def _checks(self, claim: Claim) -> Iterator[Passed]:
        yield from self._printed_again(claim)
        match claim["statistic"]:
            case "mean" | "sd":
                yield from self._test_of_means(claim)
                yield from self._pooled(claim)
            case "n" if claim["item"] == PATIENTS:
                yield from self._denominator(claim)
            case "n":
                yield from self._test_of_counts(claim)
        beside = [(other, holds) for other, holds in self.in_order(claim) if holds]
        if beside:
            text = "; ".join(self.named(other) for other, _ in beside)
            yield Passed("order", "", text)

    def named(self, claim: Claim) -> str:
        """Name a claim with what it prints."""
        unit = "" if claim["unit"] in ("", "patients", "%") else f" {claim['unit']}"
        return f"{claim_name(claim, self.name)}, printed as {claim['printed']}{unit}"

    def in_order(self, claim: Claim) -> list[tuple[Claim, bool]]:
        """Compare a minimum, quartile, median, mean or maximum with those that bound it.

        Times in several units are compared in days. What prints as the same number holds.
        """
        o, statistic = self.record.own, str(claim["statistic"])
        beside = o[
            (o["location"] == claim["location"]) & (o["item"] == claim["item"])
            & (o["group"] == claim["group"])
        ]  # fmt: skip
        found: list[tuple[Claim, bool]] = []
        for other in beside.reset_index().to_dict("records"):
            if _scale(claim["unit"], other["unit"]) is None:
                continue
            if other["statistic"] in BELOW.get(statistic, ()):
                found.append((other, _may_be_below(claim, other)))
            elif statistic in BELOW.get(str(other["statistic"]), ()):
                found.append((other, _may_be_below(other, claim)))
        return found

    def pooled(self, item: str) -> Pooled | None:
        """Bound the mean and SD of all from those of the groups, if all of them are printed."""
        groups = self.record.two_means(item)
        total = [self.record.find(item, ALL, s) for s in ("mean", "sd")]
        if groups is None or not all(total) or any(map(is_bound, total)):
            return None
        if groups[2] + groups[5] != self.record.size(item, ALL):
            return None
        return pooled_moments(*groups)

    def _room(self, claim: Claim) -> Finding | Passed | None:
        """Ask what the other counts leave open for one."""
        room = room_for_count(self.claims, str(claim["id"]), relations=self.relations)
        if room is None or not room.low <= int(claim["value"]) <= room.high:
            return None
        rows = self.claims.loc[list(room.because)].reset_index().to_dict("records")
        text = "; ".join(self.named(row) for row in rows)
        method = "counts that add up"
        if room.low == room.high:
            why = f"no other count agrees with {text}"
            return Finding(Verdict.REPRODUCED, str(room.low), method, explanation=why)
        return Passed(method, f"{room.low} to {room.high}", text)

    def _printed_again(self, claim: Claim) -> Iterator[Passed]:
        """Look for the same number in another place."""
        same = self.record.rows(claim["item"], claim["group"], claim["statistic"])
        for other in same[same["unit"] == claim["unit"]].reset_index().to_dict("records"):
            adjusted = {is_adjusted(self.record.own, str(c["id"])) for c in (claim, other)}
            elsewhere = other["location"] != claim["location"]
            if elsewhere and len(adjusted) == 1 and alike(claim["printed"], other["printed"]):
                yield Passed("the same number in two places", "", self.named(other))

    def _p_values(self, item: str) -> list[Claim]:
        rows = self.record.rows(item, "", "p").reset_index().to_dict("records")
        return [p for p in rows if not is_adjusted(self.record.own, str(p["id"]))]

    def _is_used(self, claim: Claim) -> bool:
        """Whether a number of a group is the one that its test takes, of several that differ."""
        used = self.record.find(claim["item"], claim["group"], str(claim["statistic"]))
        return claim["group"] in self.record.groups.compared and used == claim["printed"]

    def _test_of_means(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether a t test of the means and SDs can have given the printed p."""
        means = self.record.two_means(str(claim["item"]))
        if means is None or not self._is_used(claim):
            return
        for p in self._p_values(str(claim["item"])):
            check = check_p_of_means(str(p["printed"]), *means)
            if check.consistent:
                shown = f"p {check.p:.4f}, between {check.low:.4f} and {check.high:.4f}"
                yield Passed("t test", shown, self.named(p))

    def _pooled(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether the groups together can have the mean and SD of all."""
        item = str(claim["item"])
        pooled = self.pooled(item)
        if pooled is None or not (claim["group"] == ALL or self._is_used(claim)):
            return
        total = {s: self.record.find(item, ALL, s) for s in ("mean", "sd")}
        if habits_within(total["mean"], *pooled.mean) and habits_within(total["sd"], *pooled.sd):
            low, high = pooled.mean if claim["statistic"] == "mean" else pooled.sd
            own = self.record.own
            rest = own[(own["item"] == item) & (own["statistic"] == claim["statistic"])]
            others = rest.drop(index=str(claim["id"])).reset_index().to_dict("records")
            text = "; ".join(self.named(other) for other in others)
            yield Passed("the groups together", f"{low:.4g} to {high:.4g}", text)

    def _test_of_counts(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether a usual test of the two counts gives the printed p."""
        counts = self.record.two_counts(str(claim["item"]))
        if counts is None or not self._is_used(claim):
            return
        for p in self._p_values(str(claim["item"])):
            family = p_from_counts(str(p["printed"]), *counts)
            match = best_match(family[family["usual"]])
            if match.rules:
                yield Passed(match.method, f"p {match.computed:.4f}", self.named(p))

    def _denominator(self, claim: Claim) -> Iterator[Passed]:
        """Look for percentages that follow with this number of patients."""
        o = self.record.own
        taken = o[(o["statistic"] == "percent") & (o["group"] == claim["group"])]
        taken = taken[taken["denominator"] == int(claim["value"])]
        follow = []
        for percent in taken.reset_index().to_dict("records"):
            counts = self.record.rows(percent["item"], percent["group"], "n")["value"]
            shares = [Fraction(100 * int(n), int(claim["value"])) for n in counts]
            if any(prints_as(share, str(percent["printed"])) for share in shares):
                follow.append(percent)
        if follow:
            more = f" and {len(follow) - 1} more" * (len(follow) > 1)
            yield Passed("percentages of it", "", f"{self.named(follow[0])}{more}")


def _scale(unit: str, other: str) -> tuple[Fraction, Fraction] | None:
    """Put two units on one scale; None if they cannot be compared."""
    units = [str(text).removeprefix("whole ") for text in (unit, other)]
    if units[0] == units[1]:
        return Fraction(1), Fraction(1)
    if all(text in DAYS for text in units):
        return DAYS[units[0]], DAYS[units[1]]
    return None


def _may_be_below(lower: Claim, upper: Claim) -> bool:
    """Whether some values that print as these are in order."""
    scales = _scale(lower["unit"], upper["unit"])
    assert scales is not None
    low = min(printed_interval(str(lower["printed"]), rule).low for rule in RULES)
    high = max(printed_interval(str(upper["printed"]), rule).high for rule in RULES)
    return low * scales[0] < high * scales[1]
