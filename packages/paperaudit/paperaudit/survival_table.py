"""A table of follow-up, or of a selection: what successive times or steps leave of the patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

from paperaudit.groups import variable_of
from paperaudit.number_checks import habits_within
from paperaudit.printed_beside import Beside, Check, Outcome
from paperaudit.record import Record
from paperaudit.rounding import bounds, printed_value
from paperaudit.verdict import Claim


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


#: What a time prints of the patients who are at risk no longer.
GONE = ("n", "competing", "censored")


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
            if len(rows) > 1 and (everybody := self._add_up(claim, rows, see)):
                return everybody
            if statistic in ("remaining", "excluded"):
                return self._selection(claim, rows, see)
            if statistic not in ("at_risk", "survival", "incidence") or len(rows) < 2:
                return None
            place, own = _place(claim, rows), bounds(see.printed[statistic])
            texts = [str(c["printed"]) for c in rows]
            earlier, later = texts[max(0, place - 1) : place], texts[place + 1 : place + 2]
            how = "it never grows with time"
            if statistic == "incidence":
                earlier, later, how = later, earlier, "it never falls with time"
            fits = all(own[0] <= bounds(text)[1] for text in earlier)
            fits = fits and all(bounds(text)[0] <= own[1] for text in later)
            left = self._left(claim, rows, place, see) if statistic == "at_risk" else None
            if fits and left is not None:
                fits, how = own[0] <= left, "patients at risk less the events before"
            return Outcome(fits, "", how, (statistic,), "late entry, or a slip, would explain it")

        return check

    def _add_up(self, claim: Claim, rows: list[Claim], see: Beside) -> Outcome | None:
        """Hold patients at risk and those who are not, up to each time, against all patients.

        Only where the numbers of most times have one sum: they are then counted from the start.
        Patients who have the event or leave at just this time may be counted on both sides.
        """
        statistic = str(claim["statistic"])
        parts = ("at_risk", *GONE)
        if statistic not in parts:
            return None
        texts_of_rows = {c["id"]: [self._find(c, s) for s in parts] for c in rows}
        printed = [s for s, text in zip(parts, texts_of_rows[claim["id"]], strict=True) if text]
        sums = {
            key: sum(int(printed_value(t)) for t in texts if t)
            for key, texts in texts_of_rows.items()
        }
        usual, times = Counter(sums.values()).most_common(1)[0]
        if "at_risk" not in printed or len(printed) < 2 or times < max(2, len(rows) / 2 + 0.5):
            return None
        own = int(printed_value(see.printed[statistic]))
        change = own - int(printed_value(self._find(claim, statistic)))
        place = _place(claim, rows)
        gone = [
            sum(int(printed_value(t)) for t in texts[1:] if t) for texts in texts_of_rows.values()
        ]
        now = gone[place] - (gone[place - 1] if place else 0) + change * (statistic in GONE)
        surplus = sums[claim["id"]] + change - usual
        why = f"at {times} of {len(rows)} times they add up to {usual}"
        how = "patients at risk and those before, together"
        fits = 0 <= surplus <= max(0, now)
        return Outcome(fits, str(own - surplus), how, tuple(printed), why)

    def _find(self, claim: Claim, statistic: str) -> str:
        return self.record.find(claim["item"], claim["group"], statistic, claim["location"])

    def _selection(self, claim: Claim, rows: list[Claim], see: Beside) -> Outcome | None:
        """Hold the patients who remain at a step against those before it less the excluded."""
        place = _place(claim, rows)
        kind = str(claim["statistic"])
        texts = [[self._find(c, s) for s in ("remaining", "excluded")] for c in rows]
        texts[place][kind == "excluded"] = see.printed[kind]
        numbers = [[int(printed_value(text)) if text else -1 for text in row] for row in texts]
        steps = [place, place + 1] if kind == "remaining" else [place]
        fits = [
            numbers[i - 1][0] - numbers[i][1] == numbers[i][0]
            for i in steps
            if 0 < i < len(rows) and min(*numbers[i], numbers[i - 1][0]) >= 0
        ]
        if not fits:
            return None
        why = "a step that is not shown, or a slip, would explain it"
        # One slip breaks the steps at both its sides: the others are not in question.
        return Outcome(any(fits), "", "those before less the excluded", (kind,), why)

    def _times(self, claim: Claim) -> list[Claim]:
        if not (variable := variable_of(claim)):
            return []
        rows = self.record.where(claim["statistic"], location=claim["location"], variable=variable)
        return [c for c in rows if c["group"] == claim["group"]]

    def _left(self, claim: Claim, rows: list[Claim], place: int, see: Beside) -> float | None:
        """Patients who can be at risk after the events of the row before."""
        if not place:
            return None
        earlier = rows[place - 1]
        counts = [int(printed_value(text)) for c in rows if (text := self._find(c, "n"))]
        if len(counts) > 2 and counts == sorted(counts):
            return None  # they may be counted from the start
        events = self.record.find(earlier["item"], claim["group"], "n", claim["location"])
        return float(earlier["value"]) - float(printed_value(events)) if events else None

    def _test(self, claim: Claim, see: Beside) -> Outcome | None:
        """Compare a p that is said to be of a log-rank test with that of the rows."""
        groups = self.record.groups.compared
        variable = variable_of(claim)
        if "log" not in str(claim["note"]).casefold() or len(groups) != 2 or not variable:
            return None
        items = [str(c["item"]) for c in self.record.where("at_risk", variable=variable)]
        table = [
            [self.record.find(item, group, s, claim["location"]) for group in groups]
            for item in dict.fromkeys(items)
            for s in ("at_risk", "n")
        ]
        if not table or not all(text for row in table for text in row):
            return None
        numbers = [[int(printed_value(text)) for text in row] for row in table]
        test = log_rank(numbers[::2], numbers[1::2])
        if not habits_within(see.printed["p"], test.p, test.p):
            return None  # the rows may be coarser than the times of events
        return Outcome(True, f"{test.p:.4f}", "log-rank test of the rows", ("p",))


def _place(claim: Claim, rows: Sequence[Claim]) -> int:
    return next(i for i, c in enumerate(rows) if c["id"] == claim["id"])
