"""Verdicts on p values of two groups whose means and SDs are printed."""

from __future__ import annotations

from dataclasses import replace

from paperaudit.number_checks import habits_within, match_value
from paperaudit.p_values import MeansCheck, check_p_of_means, p_of_standard_errors
from paperaudit.power import power_of
from paperaudit.record import TwoMeans
from paperaudit.tested import Tested
from paperaudit.tested_print import TestedPrint
from paperaudit.verdict import COSMETIC, Claim, Finding, Verdict, by_rules, p_text, severity


class TestsOfMeans(TestedPrint):
    """The p values that compare means."""

    def _of_means(self, claim: Claim, means: TwoMeans) -> Finding:
        printed = str(claim["printed"])
        check = check_p_of_means(printed, *means)
        computed = f"{p_text(check.p)}, between {p_text(check.low)} and {p_text(check.high)}"
        method = f"{check.method} from the printed means and SDs"
        power = power_of(
            printed, lambda text: bool(habits_within(text, check.low, check.high)), most=1
        )
        if check.rules:
            return by_rules(check.rules, computed, method, power)
        if check.attainable:
            why = "values that round to the printed means and SDs give it"
            finding = Finding(Verdict.ATTAINABLE, computed, method, explanation=why)
            return replace(finding, power=power)
        innocent = self._means_read_otherwise(claim, means, check)
        if innocent:
            return replace(innocent, power=power)
        why = "another test, or patients with missing values, would explain it"
        bears = severity(printed, [check.low, check.high])
        ask = f"the test that gave the p of {self.name(claim['item'])}"
        finding = Finding(Verdict.NOT_REPRODUCED, computed, method, bears, why, ask, power=power)
        return self._innocent(claim, finding)

    def _means_read_otherwise(
        self, claim: Claim, means: TwoMeans, check: MeansCheck
    ) -> Finding | None:
        """Read the SDs as standard errors, or the test as one-sided."""
        printed, item = str(claim["printed"]), self.name(claim["item"])
        p, low, high = p_of_standard_errors(*means)
        if habits_within(printed, low, high):
            method = "Student's t, the printed SDs taken as standard errors"
            return self._of_errors(claim, f"{p_text(p)}; taken as SDs {p_text(check.p)}", method)
        if habits_within(printed, check.low / 2, check.high / 2):
            why = "it is half of the two-sided p: the test may be one-sided"
            against = self._usual_here(claim, _is_half)
            tested = self.tested(claim)
            if against and tested:
                return self._unlikely(claim, tested, f"{why}; but {against}")
            ask = f"whether the test of {item} is one-sided"
            computed = f"{p_text(check.p / 2)}; two-sided {p_text(check.p)}"
            method = "Student's t, one-sided"
            return Finding(Verdict.REPRODUCED_OTHER_METHOD, computed, method, COSMETIC, why, ask)
        return None

    def _of_errors(self, claim: Claim, computed: str, method: str) -> Finding:
        """Say that the SDs may be standard errors."""
        why = "the printed SDs may be standard errors of the means"
        ask = f"whether the SDs of {self.name(claim['item'])} are standard errors"
        return Finding(Verdict.REPRODUCED_OTHER_METHOD, computed, method, COSMETIC, why, ask)


def _is_half(claim: Claim, tested: Tested) -> bool:
    """Whether half of a two-sided p prints as a p."""
    return any(match_value(str(claim["printed"]), p / 2).rules for p in tested.values)
