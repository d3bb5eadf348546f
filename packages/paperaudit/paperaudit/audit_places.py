"""Verdicts on numbers that a paper prints in several places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from paperaudit.adjustment import DIFFERENCES, EFFECTS, LIMITS, RATIOS, analysis_of, model_of
from paperaudit.audit_tests import TestAuditor
from paperaudit.groups import is_known
from paperaudit.naming import statistic_name
from paperaudit.p_values import usual_matches
from paperaudit.power import power_of
from paperaudit.record import Record
from paperaudit.verdict import ARITHMETIC, COSMETIC, Claim, Finding, Verdict, alike, overlap

#: Statistics that count patients, and are printed as they are.
COUNTS = ("n", "at_risk", "competing", "censored", "missing", "excluded", "remaining")
TWICE = "the same number in two places"


class PlaceAuditor:
    """The numbers of a ledger that are printed more than once."""

    def __init__(
        self,
        tests: TestAuditor,
        name: Callable[[Any], str],
        named: Callable[[Mapping[Any, Any]], str],
    ) -> None:
        self.record: Record = tests.record
        self.tests, self.name, self.named = tests, name, named

    def repeats(self, claim: Claim) -> Finding | None:
        """Compare a number with itself, printed elsewhere; those in the minority clash.

        A ratio may be printed unadjusted and adjusted: one in the text has to be one of these.
        Another last digit is no clash where `shortened` explains it.
        """
        same = self._same(claim)
        differ = [c for c in same if not alike(str(claim["printed"]), str(c["printed"]))]
        if not differ or not self._clashes(claim, same, differ):
            return None
        what = f"{statistic_name(str(claim['statistic']))} of {self.name(claim['item'])}"
        named = "; ".join(self.named(other) for other in differ)
        weight, why = ARITHMETIC, "a slip in one place"
        overlapping = [_may_be_one(claim, other) for other in differ]
        if all(overlapping) and claim["statistic"] != "p":
            return None
        if any(overlapping):
            weight, why = COSMETIC, "a number rounded here and cut off there, or a slip,"
        ask = f"which {what} is right"
        why = f"{why} is likely; {named}"
        return Finding(Verdict.CONTRADICTED, "", TWICE, weight, why, ask)

    def shortened(self, claim: Claim) -> Finding | None:
        """Find the same number elsewhere with another last digit: rounded here and cut off there.

        A p is judged by its test.
        """
        printed = str(claim["printed"])
        differ = [c for c in self._same(claim) if not alike(printed, str(c["printed"]))]
        if not differ or claim["statistic"] == "p":
            return None

        def fits(text: str) -> bool:
            return all(_may_be_one(claim | {"printed": text}, other) for other in differ)

        if not fits(printed):
            return None
        named = "; ".join(self.named(other) for other in differ)
        why = f"it may be rounded in one place and cut off in the other; {named}"
        power = power_of(printed, fits)
        return Finding(Verdict.ATTAINABLE, "", TWICE, COSMETIC, why, power=power)

    def otherwise(self, claim: Claim) -> Finding | None:
        """Name the place that prints another count, of patients whose number it does not say."""
        counts = self.record.listed(claim["item"], claim["group"], claim["statistic"])
        differ = [c for c in counts if c["value"] != claim["value"]]
        if claim["statistic"] not in COUNTS or not differ:
            return None
        named = "; ".join(self.named(other) for other in differ)
        reasons = "patients without data, or another outcome, would explain it"
        why = f"another place differs, and {reasons}: {named}"
        ask = (
            f"which patients each table counts, and in how many {self.name(claim['item'])} is known"
        )
        return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask)

    def _same(self, claim: Claim) -> list[Claim]:
        place = str(claim["location"])
        same = self.record.listed(claim["item"], claim["group"], claim["statistic"])
        # Twice in one table, it is of two columns whose difference nothing says.
        apart = place.startswith("table")
        same = [c for c in same if not apart or c["location"] != place or c["id"] == claim["id"]]
        same = [c for c in same if c["unit"] == claim["unit"]]
        if claim["statistic"] == "n":  # of fewer patients with data another number is no clash
            same = [c for c in same if is_known(c["denominator"])]
            same = [c for c in same if c["denominator"] == claim["denominator"]]
            same = [c for c in same if self._one_outcome(claim, c)]
        if claim["statistic"] in (*DIFFERENCES, "p"):
            same = [c for c in same if model_of(c) == model_of(claim)]
        if claim["statistic"] == "p":
            same = [c for c in same if c["id"] not in self.record.adjusted]
            mine = self._effects(claim)
            same = [c for c in same if not mine or self._effects(c) in (mine, set())]
        return same

    def _one_outcome(self, claim: Claim, other: Claim) -> bool:
        """Whether two places count the same events: in as many other rows as not, they agree."""
        if claim["location"] == other["location"]:
            return True
        counts: list[dict[tuple[str, str, int], int]] = [
            {
                (str(c["item"]), str(c["group"]), int(c["denominator"])): int(c["value"])
                for c in self.record.where("n", location=place)
                if is_known(c["denominator"])
            }
            for place in (claim["location"], other["location"])
        ]
        shared = counts[0].keys() & counts[1].keys()
        agreeing = sum(counts[0][key] == counts[1][key] for key in shared)
        return 0 < agreeing >= len(shared) - agreeing

    def _effects(self, claim: Claim) -> set[str]:
        """Name the effects that stand beside a p: that of an odds ratio is not a hazard ratio's."""
        rows = self.record.of_item(claim["location"], claim["item"])
        return {str(c["statistic"]) for c in analysis_of(claim, rows)} & set(EFFECTS)

    def _clashes(self, claim: Claim, same: list[Claim], differ: list[Claim]) -> bool:
        """Whether a number is in the minority; of as many that agree as differ, the table's is not.

        Limits of several analyses stand beside one another in a table.
        """
        place = claim["location"]
        in_table = str(place).startswith("table")
        if claim["statistic"] in (*RATIOS, *LIMITS):
            elsewhere = [c for c in same if c["location"] != place]
            agree = [c for c in elsewhere if c not in differ]
            return not in_table and bool(elsewhere) and not agree
        agreeing = len(same) - len(differ)
        if agreeing > len(differ):
            return False
        rest = any(str(c["location"]).startswith("table") for c in differ)
        return not (in_table and agreeing == len(differ) and not rest)

    def p(self, claim: Claim, verdict: Finding) -> Finding:
        """Compare a p that was tested with the same p elsewhere.

        One that the printed numbers give stands, whatever another place prints that they do not.
        """
        if verdict.verdict == Verdict.NOT_REPRODUCED:
            return self._right_elsewhere(claim, verdict)
        clash = self.repeats(claim)
        if clash is None or verdict.verdict == Verdict.NOT_CHECKABLE:
            return clash or verdict
        differ = [c for c in self._same(claim) if not alike(claim["printed"], str(c["printed"]))]
        if not any(self.tests.fits(c, str(c["printed"])) for c in differ if self._alike(claim, c)):
            return verdict
        why = f"{clash.explanation}{self._tests_of_each(claim)}"
        return replace(clash, computed=verdict.computed, explanation=why, power=verdict.power)

    def _alike(self, claim: Claim, other: Claim) -> bool:
        """Whether two p values are tests of the same numbers: else each is of its own place."""
        mine, theirs = self.tests.tested(claim), self.tests.tested(other)
        return mine is None or theirs is None or mine.values == theirs.values

    def _right_elsewhere(self, claim: Claim, verdict: Finding) -> Finding:
        """Name the other place that prints the same p, where that follows and this does not."""
        for other in self._same(claim):
            if other["location"] == claim["location"]:
                continue
            same = alike(str(claim["printed"]), str(other["printed"]))
            wald = self.tests.ratios.wald(other) if same else None
            follows = self.tests.fits(other, str(other["printed"]))
            if same and (follows or (wald and not wald.verdict.objection)):
                why = f"it agrees with {self.named(other)}"
                return Finding(Verdict.CONSISTENT, method=TWICE, explanation=why)
            if follows:
                why = f"a slip here is likely; {self.named(other)}, follows"
                ask = f"which p of {self.name(claim['item'])} is right"
                return replace(
                    verdict, verdict=Verdict.CONTRADICTED, method=TWICE, explanation=why, ask=ask
                )
        return verdict

    def _tests_of_each(self, claim: Claim) -> str:
        """Name the tests of the two counts that print as each of the p values of an item."""
        counts = self.record.two_counts(str(claim["item"]), (), claim["location"])
        if counts is None:
            return ""
        sentences = ""
        rows = self.record.listed(claim["item"], claim["group"], "p")
        for printed in dict.fromkeys(str(c["printed"]) for c in (claim, *rows)):
            names = usual_matches(printed, *counts)
            sentences += f"; {printed} is the p of {' or '.join(names)}" if names else ""
        return sentences


def _may_be_one(claim: Claim, other: Claim) -> bool:
    """Whether one number, rounded here and cut off there, prints as both: no count is."""
    counts = claim["statistic"] in COUNTS
    return not counts and overlap(str(claim["printed"]), str(other["printed"]))
