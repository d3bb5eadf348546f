"""Verdicts on p values: which test each may be of, and which cannot be tested from print."""

from __future__ import annotations

from paperaudit.adjustment import CRUDE, model_of
from paperaudit.groups import pair_of
from paperaudit.levels import declared_levels
from paperaudit.noted import CORRECTION, DESIGN, INTERACTION, OF_RANKS, TREND, note_of
from paperaudit.tests_of_levels import TestsOfLevels
from paperaudit.verdict import Claim, Finding, Verdict, unchecked


class TestAuditor(TestsOfLevels):
    """The p values of a ledger, and what they may be tests of."""

    def judge(self, claim: Claim) -> Finding:
        """Test what a p may compare: levels of a variable, groups of means, counts or shares."""
        named = self._needs_patients(claim)
        if named and INTERACTION.search(note_of([claim])):
            return named
        if named:
            return self.ratios.wald(claim) or named
        fitted = self._of_ratio(claim)
        if fitted:
            return fitted
        levels = declared_levels(claim, self.record)
        if levels:
            return self._of_levels(claim, levels)
        if len(self.arms(claim)) > 2:
            return self._of_arms(claim)
        item, pair = str(claim["item"]), pair_of(claim)
        means = self.record.two_means(item, pair, claim["location"])
        if means:
            return self._of_means(claim, means)
        if self.record.means(item, self.arms(claim), claim["location"], "se"):
            return self._of_arms(claim)
        counts = self.ratios.counts(claim)
        if counts is None:
            return self._of_percentages(claim)
        return self._of_counts(claim, counts)

    # What cannot be tested

    def _of_ratio(self, claim: Claim) -> Finding | None:
        """Hold a p against its own ratio, where no groups beside it give that."""
        analysis = self.ratios.analysis(claim)
        hazard = "hazard_ratio" in analysis.printed or "rate_ratio" in analysis.printed
        crude = bool(CRUDE.search(model_of(claim)) and analysis.ratio)
        if not hazard and (not crude or self.ratios.counts(claim)):
            return None
        what = f"the fit that gave the ratio of {self.name(claim['item'])}"
        return self.ratios.wald(claim) or unchecked(what)

    def _needs_patients(self, claim: Claim) -> Finding | None:
        """Say of a p whose note names a test of each patient's values that print cannot give it.

        So of one beside numbers that are weighted or filled in, and of one beside a single limit,
        which is of a margin.
        """
        item, arms, what = str(claim["item"]), self.arms(claim), self.name(claim["item"])
        text = note_of([claim])
        counted = bool(arms) and all(self.record.find(item, group, "n") for group in arms)
        counted = counted and not self.record.find(item, arms[0], "mean")
        levels = declared_levels(claim, self.record)
        patterns = [DESIGN, CORRECTION, INTERACTION]
        patterns += [] if levels else [TREND] if counted else [TREND, OF_RANKS]
        why = ""
        if match := next(filter(None, (p.search(text) for p in patterns)), None):
            why = f"its note names a test ({match[0]}) that needs the values of each patient"
            if CORRECTION.search(match[0]):
                why = f"its note names a correction for several tests ({match[0]})"
        elif word := self.record.not_plain(claim):
            why = f"the numbers beside it are not plain ones of these patients ({word})"
        elif self._of_margin(claim):
            why = "a single limit is printed beside it: it may be of a margin"
        ask = f"{what} of each patient"
        return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask) if why else None

    def _of_margin(self, claim: Claim) -> bool:
        """Whether one limit is printed beside a p, without the other."""
        beside = self.record.of_item(claim["location"], claim["item"])
        kinds = {c["statistic"] for c in beside if c["group"] == claim["group"]}
        return len(kinds & {"ci_low", "ci_high"}) == 1
