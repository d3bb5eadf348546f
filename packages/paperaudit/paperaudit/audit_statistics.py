"""Verdicts on statistics other than counts, means and ratios, with the checks of their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from paperaudit.adjustment import LIMITS
from paperaudit.naming import statistic_name
from paperaudit.noted import CORRECTION, DESIGN, NEGATED, UNEVEN_LIMITS
from paperaudit.power import power_of, slips
from paperaudit.printed_beside import Beside, Check, Outcome, beside
from paperaudit.record import Record
from paperaudit.statistic_checks import CHECKS, COMPUTED_LIMITS, SHARES
from paperaudit.survival_table import FollowUp
from paperaudit.verdict import ARITHMETIC, COSMETIC, Claim, Finding, Verdict, severity

#: Statistics that only these checks judge.
OWN_KINDS = frozenset(
    ["t", "f", "chi2", "z", "q", "correlation", "log_rank", "df", "df1", "df2", "se", "iqr",
     "mean_difference", "median_difference", "risk_difference", "smd", "coefficient", "rate",
     "person_time",
     "rate_ratio", "at_risk", "survival", "incidence", "competing", "censored", "missing",
     "excluded", "remaining", "true_positive", "false_positive", "false_negative",
     "true_negative", *SHARES]
)  # fmt: skip


class StatisticAuditor:
    """The statistics of a ledger, with what stands beside them."""

    def __init__(self, record: Record, name: Callable[[Any], str]) -> None:
        self.record, self.name = record, name
        self.follow_up = FollowUp(record)

    def judge(self, claim: Claim) -> Finding | None:
        """Judge a number by the first check that it fails, or that decides it.

        A number that other checks judge as well (a mean, an SD, limits) is only objected to here,
        or found to follow by `passing`. Its p is decided here if a statistic stands beside it.
        """
        outcomes = list(self._outcomes(claim))
        for check, outcome in outcomes:
            if not outcome.fits and self._explained(claim, check, outcome):
                continue
            if not outcome.fits or outcome.other:
                return self._finding(claim, check, outcome)
        decided = claim["statistic"] in OWN_KINDS or (
            claim["statistic"] == "p" and any("p" in outcome.parts for _, outcome in outcomes)
        )
        return self.passing(claim) if decided else None

    def _explained(self, claim: Claim, check: Check, outcome: Outcome) -> bool:
        """Whether a note names limits or a test that need not agree with the numbers beside."""
        note = NEGATED.sub("", beside(claim, self.record).note)
        if check in COMPUTED_LIMITS:
            note = COMPUTED_LIMITS[check].sub("", note)
        limits = {*LIMITS} & {*outcome.parts} and UNEVEN_LIMITS.search(note)
        test = "p" in outcome.parts and (DESIGN.search(note) or CORRECTION.search(note))
        return outcome.method != "order" and bool(limits or test)

    def passing(self, claim: Claim) -> Finding | None:
        """Say by which checks a number agrees with others; None if there is none."""
        for check, outcome in self._outcomes(claim):
            if outcome.fits:
                return self._finding(claim, check, outcome)
        return None

    def fitting(self, claim: Claim) -> list[str]:
        """List what a number may be a slip of: with these the check that it fails is passed."""
        see, printed = beside(claim, self.record), str(claim["printed"])
        for check, outcome in self._outcomes(claim):
            if not outcome.fits:
                return [t for t in slips(printed) if _fits(check, see, str(claim["statistic"]), t)]
        return []

    def _outcomes(self, claim: Claim) -> Iterator[tuple[Check, Outcome]]:
        see = beside(claim, self.record)
        for check in (*CHECKS, self.follow_up.check_of(claim)):
            try:
                outcome = check(see)
            except ValueError:  # no degrees of freedom above 0, say: another check says so
                continue
            if outcome is not None and claim["statistic"] in outcome.parts:
                yield check, outcome

    def _finding(self, claim: Claim, check: Check, outcome: Outcome) -> Finding:
        statistic, printed = str(claim["statistic"]), str(claim["printed"])
        see = beside(claim, self.record)
        power = power_of(printed, lambda text: _fits(check, see, statistic, text))
        ask = f"the {statistic_name(statistic)} of {self.name(claim['item'])}"
        verdict, grave, why = Verdict.CONSISTENT, "", ""
        if not outcome.fits:
            verdict = Verdict.NOT_REPRODUCED if outcome.computed else Verdict.CONTRADICTED
            grave = ARITHMETIC
            if statistic == "p" and outcome.p_range:
                grave = severity(printed, outcome.p_range)
            why = outcome.why or "a slip is likely"
        elif outcome.other:
            verdict, grave, why = Verdict.REPRODUCED_OTHER_METHOD, COSMETIC, outcome.why
        elif outcome.truncated and statistic == "p":
            verdict, grave, ask = Verdict.REPRODUCED_TRUNCATED, COSMETIC, ""
            why = "the digits are cut off, not rounded"
        else:
            others = [statistic_name(part) for part in outcome.parts if part != statistic]
            why, ask = f"it agrees with the {', '.join(others)} beside it" if others else "", ""
        return Finding(verdict, outcome.computed, outcome.method, grave, why, ask, power=power)


def _fits(check: Check, see: Beside, statistic: str, text: str) -> bool:
    try:
        outcome = check(replace(see, printed={**see.printed, statistic: text}))
    except ValueError:
        return False
    return outcome is None or outcome.fits
