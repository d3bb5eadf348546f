"""What a printed number agrees with, where it cannot be computed from the others.

Only checks that can fail count: a number of order, of a t test, of counts that add up, of a
percentage that is taken of it, or printed again elsewhere. That whole numbers could have a mean of
which nobody says that it is of whole numbers is no such check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial

import pandas as pd

from paperaudit.adjustment import DIFFERENCES, OF_ANALYSIS, RATIOS, analysis_of
from paperaudit.audit_counts import CountAuditor
from paperaudit.audit_moments import MomentAuditor
from paperaudit.audit_tests import TestAuditor
from paperaudit.groups import ALL, PATIENTS, is_known, variable_of
from paperaudit.levels import (
    Subgroups,
    complete_rows,
    is_tested_by,
    known_of_variable,
    subgroups_of_all,
)
from paperaudit.naming import claim_name, place_name
from paperaudit.number_checks import habits_within
from paperaudit.power import power_of, slips
from paperaudit.printed_beside import Beside, Check, beside
from paperaudit.record import Record
from paperaudit.relations import Relations
from paperaudit.rounding import exact_bounds, printed_value, prints_as
from paperaudit.statistic_checks import OF_GROUPS
from paperaudit.verdict import ARITHMETIC, FOLLOWS, Claim, Finding, Verdict, alike

#: What each summary is no larger than; the limits are those of a mean or median.
BELOW = {
    "min": ("q1", "median", "mean", "q3", "max"),
    "q1": ("median", "q3", "max"),
    "median": ("q3", "max", "ci_high"),
    "mean": ("max", "ci_high"),
    "q3": ("max",),
    "ci_low": ("mean", "median", "ci_high"),
}
#: Units of time in days, so that "6 months" can be held against "16 years".
DAYS = {
    "hours": Fraction(1, 24), "days": Fraction(1), "weeks": Fraction(7),
    "months": Fraction(1461, 48), "years": Fraction(1461, 4),
}  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """A check that a number passed.

    Attributes
    ----------
    method, computed, text
        What it is called, what was computed, and what it names.
    fits
        Whether another printed number would have passed it too.
    """

    method: str
    computed: str
    text: str
    fits: Callable[[str], bool] = lambda text: False


class PassedChecks:
    """The checks that the numbers of a ledger can pass.

    Parameters
    ----------
    claims
        The ledger.
    moments, tests, counts
        What judges its means, p values and counts.
    relations
        Which items belong together.
    """

    def __init__(
        self,
        claims: pd.DataFrame,
        moments: MomentAuditor,
        tests: TestAuditor,
        counts: CountAuditor,
        relations: Relations,
    ) -> None:
        self.claims, self.moments, self.tests, self.counts = claims, moments, tests, counts
        self.relations = relations
        self.record: Record = moments.record
        self.name = moments.name

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
        power = power_of(str(claim["printed"]), lambda text: all(p.fits(text) for p in passed))
        return Finding(Verdict.CONSISTENT, computed, methods, explanation=why, power=power)

    def unjudged(self, verdict: Finding, claim: Claim) -> Finding:
        """Say of a number that passed no check if it failed one, a p or difference it gives."""
        statistic, printed = claim["statistic"], str(claim["printed"])
        for run in self._subgroups(claim):
            if not run.possible:
                return self._parted(run, claim)
        if statistic not in ("mean", "sd", "n"):
            return verdict
        failed = [other for other, fits in self._differences(claim) if not fits(printed)]
        of_mean = statistic == "n" and self.record.find(claim["item"], claim["group"], "mean")
        if self._is_used(claim) and not of_mean:
            tests = [p for p in self._p_values(claim) if self.tests.tested(p) is not None]
            failed += [p for p in tests if self.tests.judge(p).verdict.objection]
        if not failed:
            return verdict
        why = f"{self.named(failed[0])}, does not follow from it, and nothing else depends on it"
        return replace(verdict, explanation=why)

    def _checks(self, claim: Claim) -> Iterator[Passed]:
        yield from self._printed_again(claim)
        match claim["statistic"]:
            case "se":
                yield from self._test(claim)
            case "mean" | "sd":
                yield from self._test(claim)
                yield from self._pooled(claim)
                yield from self._difference(claim)
            case "n" if claim["item"] == PATIENTS:
                yield from self._denominator(claim)
                yield from self._of_levels(claim)
                yield from self._complete(claim)
                yield from self._sized(claim)
            case "n":
                yield from self._test(claim)
                yield from self._of_levels(claim)
                yield from self._complete(claim)
                yield from self._of_ratio(claim)
                yield from self._of_all(claim)
                yield from self._difference(claim)
            case "conf_level":
                yield from self._level(claim)
        ordered = [(other, holds) for other, holds in self.in_order(claim) if holds]
        if ordered:
            text = "; ".join(self.named(other) for other, _ in ordered)

            def fits(slip: str) -> bool:
                return all(holds for _, holds in self.in_order(claim | {"printed": slip}))

            yield Passed("order", "", text, fits)

    def named(self, claim: Claim) -> str:
        """Name a claim with what it prints."""
        unit = "" if claim["unit"] in ("", "patients", "%") else f" {claim['unit']}"
        return f"{claim_name(claim, self.name)}, printed as {claim['printed']}{unit}"

    def in_order(self, claim: Claim) -> list[tuple[Claim, bool]]:
        """Compare a minimum, quartile, median, mean or maximum with those that bound it.

        Times in several units are compared in days. What prints as the same number holds.
        """
        statistic = str(claim["statistic"])
        pairs: list[tuple[Claim, bool]] = []
        rows = self.record.of_item(claim["location"], claim["item"])
        mine = {c["id"] for c in analysis_of(claim, rows)}  # of each effect its own limits
        for other in rows:
            if other["group"] != claim["group"] or other["id"] == claim["id"]:
                continue
            if {statistic, other["statistic"]} <= set(OF_ANALYSIS) and other["id"] not in mine:
                continue
            if _scale(claim["unit"], other["unit"]) is None:
                continue
            if other["statistic"] in BELOW.get(statistic, ()):
                pairs.append((other, _may_be_below(claim, other)))
            elif statistic in BELOW.get(str(other["statistic"]), ()):
                pairs.append((other, _may_be_below(other, claim)))
        return pairs

    def _room(self, claim: Claim) -> Finding | Passed | None:
        """Ask what the other counts leave open for one."""
        room = self.counts.room(claim)
        if room is None or not room.low <= int(claim["value"]) <= room.high:
            return None
        rows = self.claims.loc[list(room.because)].reset_index().to_dict("records")
        text = "; ".join(self.named(row) for row in rows)
        method = "counts that add up"
        if room.low == room.high:
            why = f"no other count agrees with {text}"
            return Finding(Verdict.REPRODUCED, str(room.low), method, explanation=why, power=1.0)

        def fits(slip: str) -> bool:
            return room.low <= printed_value(slip) <= room.high

        return Passed(method, f"{room.low} to {room.high}", text, fits)

    def _printed_again(self, claim: Claim) -> Iterator[Passed]:
        """Look for the same number in another place."""
        for other in self.record.listed(claim["item"], claim["group"], claim["statistic"]):
            if other["unit"] != claim["unit"] or other["location"] == claim["location"]:
                continue
            adjusted = {c["id"] in self.record.adjusted for c in (claim, other)}
            printed = str(other["printed"])
            if len(adjusted) == 1 and alike(str(claim["printed"]), printed):
                method, text = "the same number in two places", self.named(other)
                yield Passed(method, "", text, partial(alike, printed))

    def _p_values(self, claim: Claim) -> list[Claim]:
        """Return the p values that a number of a group is used for."""
        return [
            p
            for p in self.record.tests
            if (p["item"] == claim["item"] or is_tested_by(claim, p, self.record))
            and claim["group"] in self.tests.arms(p)
        ]

    def _is_used(self, claim: Claim) -> bool:
        """Whether a number of a group is the one that its test takes, of several that differ."""
        used = self.record.find(claim["item"], claim["group"], str(claim["statistic"]))
        arms = self.record.groups.arms
        pairs = (self.tests.arms(p) for p in self._p_values(claim))
        return used == claim["printed"] and (
            claim["group"] in arms or any(claim["group"] in pair for pair in pairs)
        )

    def _test(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether a usual test of the groups' means or counts can have given the printed p."""
        if not self._is_used(claim):
            return
        for p in self._p_values(claim):
            tested = self.tests.tested(p)
            if tested is not None and tested.fits(str(p["printed"])) and tested.uses(claim):
                method, computed = tested.named(str(p["printed"])), f"p {tested.computed}"
                slipped = slips(str(claim["printed"]))
                fitting = set(tested.fitting(claim, slipped, str(p["printed"])))
                yield Passed(method, computed, self.named(p), fitting.__contains__)

    def _pooled(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether the groups together can have the mean and SD of all."""
        item, statistic = str(claim["item"]), str(claim["statistic"])
        pooled = self.moments.pooled(item)
        if pooled is None or not (claim["group"] == ALL or self._is_used(claim)):
            return
        total = {s: self.record.find(item, ALL, s) for s in ("mean", "sd")}
        if habits_within(total["mean"], *pooled.mean) and habits_within(total["sd"], *pooled.sd):
            low, high = pooled.mean if statistic == "mean" else pooled.sd
            groups = (*self.record.groups.arms, ALL)
            rest = [c for g in groups for c in self.record.listed(item, g, statistic)]
            text = "; ".join(self.named(c) for c in rest if c["id"] != claim["id"])
            yield Passed(
                "the groups together", f"{low:.4g} to {high:.4g}", text,
                lambda slip: claim["group"] == ALL and bool(habits_within(slip, low, high)),
            )  # fmt: skip

    def _difference(self, claim: Claim) -> Iterator[Passed]:
        """Look for a difference of two groups that this number gives."""
        for other, fits in self._differences(claim):
            if fits(str(claim["printed"])):
                yield Passed("the difference of the groups", "", self.named(other), fits)

    def _differences(self, claim: Claim) -> Iterator[tuple[Claim, Callable[[str], bool]]]:
        """List differences that a number of a group is used for, with what another would give.

        They may be standardised.
        """
        statistic = str(claim["statistic"])
        for other in self.record.of_item(claim["location"], claim["item"]):
            arms = self.tests.arms(other)
            if other["statistic"] not in DIFFERENCES or claim["group"] not in arms:
                continue
            see, place = beside(other, self.record), arms.index(claim["group"])
            for check in OF_GROUPS:

                def fits(
                    slip: str, check: Check = check, see: Beside = see, at: int = place
                ) -> bool:
                    groups = list(see.groups)
                    groups[at] = {**groups[at][0], statistic: slip}, groups[at][1]
                    outcome = check(replace(see, groups=tuple(groups)))
                    return outcome is not None and outcome.fits

                used = statistic in see.groups[place][0] and check(see) is not None
                if used and not all(map(fits, slips(str(claim["printed"])))):
                    yield other, fits

    def _of_levels(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether the levels of a variable add up to a group."""
        place, group = str(claim["location"]), str(claim["group"])
        size = self.record.groups.sizes.get(group)
        rows = [c for c in self.record.claims.values() if variable_of(c)]
        for where, variable in dict.fromkeys((str(c["location"]), variable_of(c)) for c in rows):
            mine = claim["item"] == PATIENTS or (where == place and variable_of(claim) == variable)
            whole = int(claim["value"]) if claim["item"] == variable else size
            if mine and whole and known_of_variable(self.record, where, variable, group) == whole:
                named = variable.replace("_", " ")
                text = f"the levels of {self.name(named)}, which add up to {whole}"
                yield Passed("levels that add up", str(whole), text)

    def _complete(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether rows below one another add up to every group."""
        if claim["group"] not in self.record.groups.arms:
            return
        for place, items in self._runs:
            if claim["item"] == PATIENTS or (claim["location"], claim["item"]) in (
                (place, item) for item in items
            ):
                names = ", ".join(self.name(item) for item in items)
                text = f"{place_name(place)}, {names}, which add up to every group"
                yield Passed("rows that add up", "", text)
                return

    def _subgroups(self, claim: Claim) -> list[Subgroups]:
        """List the subgroups that a count is of, or that are of it."""
        return [r for r in self._parts if claim["id"] in {c["id"] for c in (r.whole, *r.parts)}]

    def _of_all(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether events of subgroups add up to those of all patients."""
        for run in self._subgroups(claim):
            if run.off == (0, 0):
                rest = "; ".join(self.named(c) for c in (*run.parts, run.whole) if c is not claim)
                yield Passed("subgroups that add up", str(run.whole["printed"]), rest)

    def _parted(self, run: Subgroups, claim: Claim) -> Finding:
        """Object to a count of subgroups that are more or fewer than all patients."""
        (events, patients), whole = run.off, run.whole
        n, size = int(whole["value"]), int(whole["denominator"])
        together = f"{n + events} of {size + patients}"
        rows = ", ".join(self.name(c["item"]) for c in run.parts)
        why = (
            f"a slip in one place is likely; {rows} are {together} together, and all {n} of {size}"
        )
        value = int(claim["value"]) + (events if claim["id"] == whole["id"] else -events)
        rescue = f"agrees if it is {value}" if events and value >= 0 else ""
        ask = f"how many patients and events are in each subgroup of {claim['group']}"
        return Finding(
            Verdict.CONTRADICTED, together, "subgroups that add up", ARITHMETIC, why, ask, rescue,
            power=1.0,
        )  # fmt: skip

    @cached_property
    def _parts(self) -> list[Subgroups]:
        return subgroups_of_all(self.record)

    @cached_property
    def _runs(self) -> list[tuple[str, tuple[str, ...]]]:
        return complete_rows(self.record)

    def _sized(self, claim: Claim) -> Iterator[Passed]:
        """Look for a p of two counts or means that follows with a group of this size."""
        group, value = str(claim["group"]), int(claim["value"])
        for p in self.record.tests:
            arms = self.tests.arms(p)
            if group not in arms or self.record.size(str(p["item"]), group) != value:
                continue
            tested = self.tests.tested(p)
            if tested is not None and tested.fits(str(p["printed"])):
                yield Passed(tested.named(str(p["printed"])), "", self.named(p))
                return

    def _of_ratio(self, claim: Claim) -> Iterator[Passed]:
        """Look for a ratio and its limits that follow from a count, or from that of a reference."""
        used, variable, whole = self._is_used(claim), variable_of(claim), claim["denominator"]
        of_level = bool(variable and not claim["group"] and is_known(whole))
        for other in self.record.where(*RATIOS) if used or is_known(whole) else ():
            if other["item"] == claim["item"] or (of_level and variable_of(other) == variable):
                best = self.tests.ratios.best(other)
                counts = best.counts or ()
                if len(best.hits) == 3 and (
                    used or (claim["value"], whole) in (counts[:2], counts[2:])
                ):
                    yield Passed(best.method, "", self.named(other))
                    return

    def _level(self, claim: Claim) -> Iterator[Passed]:
        """Ask whether a ratio, its limits and its p belong together at a confidence level."""
        for other in self.record.of_item(claim["location"], claim["item"]):
            if other["statistic"] in RATIOS:
                finding = self.tests.ratios.ratio(other)
                if finding.meaning == FOLLOWS and finding.power:
                    yield Passed(finding.method, "", self.named(other))

    def _denominator(self, claim: Claim) -> Iterator[Passed]:
        """Look for percentages that follow with this number of patients."""
        value = int(claim["value"])
        follow: list[Claim] = []
        for percent in self.record.where("percent"):
            whole = percent["denominator"]
            if percent["group"] != claim["group"] or not is_known(whole) or whole != value:
                continue
            counts = self.record.listed(percent["item"], percent["group"], "n")
            shares = [Fraction(100 * int(n["value"]), value) for n in counts]
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
    low, high = exact_bounds(str(lower["printed"]))[0], exact_bounds(str(upper["printed"]))[1]
    return low * scales[0] < high * scales[1]
