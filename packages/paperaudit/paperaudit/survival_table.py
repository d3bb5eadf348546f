"""A table of follow-up: patients at risk, events and survival at successive times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

from paperaudit.number_checks import habits_within
from paperaudit.printed_beside import Beside, Check, Outcome
from paperaudit.record import Claim, Record
from paperaudit.rounding import printed_value
from paperaudit.spreads import bounds


@dataclass(frozen=True)
class LogRank:
    """The log-rank test of two groups.

    Attributes
    ----------
    chi2, p
        With one degree of freedom.
    observed, expected
        Events of the first group.
    """

    chi2: float
    p: float
    observed: int
    expected: float


def log_rank(at_risk: Sequence[Sequence[int]], events: Sequence[Sequence[int]]) -> LogRank:
    """Test two groups by patients at risk and events at each time.

    Parameters
    ----------
    at_risk, events
        A row a time, a column a group.

    Raises
    ------
    ValueError
        If there are not two groups, or more events than patients at risk, or no events.

    Notes
    -----
    It is the test of the paper only if every time of an event has its row: a table by years is
    coarser, and its test near that of the patients at best.

    References
    ----------
    Bland JM, Altman DG. The logrank test. BMJ 2004;328:1073.

    Examples
    --------
    >>> round(log_rank([(6, 6), (5, 6), (4, 5)], [(1, 0), (1, 1), (2, 0)]).p, 4)
    0.1091
    """
    observed = 0
    expected = variance = 0.0
    for n, d in zip(at_risk, events, strict=True):
        if len(n) != 2 or len(d) != 2 or any(x > y or x < 0 for x, y in zip(d, n, strict=True)):
            raise ValueError(
                f"{d} events of {n} at risk: two groups with no more events are needed"
            )
        whole, all_ = sum(n), sum(d)
        observed += d[0]
        if whole:
            expected += all_ * n[0] / whole
        if whole > 1:
            variance += all_ * n[0] * n[1] * (whole - all_) / (whole**2 * (whole - 1))
    if not variance:
        raise ValueError("there are no events to test")
    chi2 = (observed - expected) ** 2 / variance
    return LogRank(chi2, float(chdtrc(1, chi2)), observed, expected)


class FollowUp:
    """The rows of a ledger that are times of one follow-up: of one variable, in their order."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def check_of(self, claim: Claim) -> Check:
        """Make the check of a number against the times before and after it."""
        rows = self._times(claim)

        def check(see: Beside) -> Outcome | None:
            statistic = str(claim["statistic"])
            if statistic == "p":
                return self._test(claim, see)
            if statistic not in ("at_risk", "survival") or len(rows) < 2:
                return None
            printed = [see.printed[statistic] if c["id"] == claim["id"] else str(c["printed"])
                       for c in rows]  # fmt: skip
            place = next(i for i, c in enumerate(rows) if c["id"] == claim["id"])
            before = bounds(printed[place - 1])[1] if place else float("inf")
            after = bounds(printed[place + 1])[0] if place + 1 < len(rows) else float("-inf")
            own = bounds(printed[place])
            fits = own[0] <= before and after <= own[1]
            left = self._left(claim, rows, place, see) if statistic == "at_risk" else None
            how = "it never grows with time"
            if fits and left is not None:
                fits, how = own[0] <= left, "patients at risk less the events before"
            return Outcome(fits, "", how, (statistic,), "late entry, or a slip, would explain it")

        return check

    def _times(self, claim: Claim) -> list[Claim]:
        variable = str(claim.get("variable", "") or "")
        if not variable:
            return []
        return [
            c
            for c in self.record.claims.values()
            if c.get("variable") == variable
            and c["location"] == claim["location"]
            and c["group"] == claim["group"]
            and c["statistic"] == claim["statistic"]
        ]

    def _left(self, claim: Claim, rows: list[Claim], place: int, see: Beside) -> float | None:
        """Patients who can be at risk after the events of the row before."""
        if not place:
            return None
        earlier = rows[place - 1]
        events = self.record.find(earlier["item"], claim["group"], "n", claim["location"])
        return float(earlier["value"]) - float(printed_value(events)) if events else None

    def _test(self, claim: Claim, see: Beside) -> Outcome | None:
        """Compare a p that is said to be of a log-rank test with that of the rows."""
        groups = self.record.groups.compared
        variable = str(claim.get("variable", "") or "")
        if "log" not in str(claim["note"]).casefold() or len(groups) != 2 or not variable:
            return None
        items = [
            str(c["item"])
            for c in self.record.claims.values()
            if c.get("variable") == variable and c["statistic"] == "at_risk"
        ]
        table = [
            [self.record.find(item, group, s, claim["location"]) for group in groups]
            for item in dict.fromkeys(items)
            for s in ("at_risk", "n")
        ]
        if not table or not all(text for row in table for text in row):
            return None
        numbers = [[int(printed_value(text)) for text in row] for row in table]
        found = log_rank(numbers[::2], numbers[1::2])
        if not habits_within(see.printed["p"], found.p, found.p):
            return None  # the rows may be coarser than the times of events
        return Outcome(True, f"{found.p:.4f}", "log-rank test of the rows", ("p",))
