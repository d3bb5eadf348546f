"""The smallest changes that would remove an objection, found by search.

Each is tried with the same check that objected: another digit in this number or in one beside it,
another number of patients, patients without data, another confidence level, rows or limits that
changed places. What is found is a way out and no explanation: several may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from paperaudit.adjustment import LIMITS, RATIOS, model_of
from paperaudit.audit_counts import CountAuditor
from paperaudit.audit_moments import MomentAuditor, grim_fits
from paperaudit.audit_places import TWICE
from paperaudit.audit_ratios import OfCounts, RatioAuditor
from paperaudit.audit_statistics import StatisticAuditor
from paperaudit.audit_tests import TestAuditor
from paperaudit.granularity import grim
from paperaudit.groups import ALL, PATIENTS, is_known
from paperaudit.levels import is_tested_by
from paperaudit.naming import place_name, range_of
from paperaudit.number_checks import habits_within, ratio_fits
from paperaudit.percentages import count_of_percentage
from paperaudit.power import slips
from paperaudit.ratios import ratios_of_counts
from paperaudit.record import Record
from paperaudit.rounding import counts_that_print, printed_value, rounded_twice, totals_that_print
from paperaudit.tested import which_fit
from paperaudit.verdict import IMPOSSIBLE, NO_WAY_OUT, ORDER, Claim, Finding, alike

#: Ways out that are listed, and patients without data that are tried in a group.
MOST, MISSING = 3, 10


class RescueSearch:
    """The ways out of the objections to a ledger's numbers."""

    def __init__(
        self,
        counts: CountAuditor,
        moments: MomentAuditor,
        tests: TestAuditor,
        ratios: RatioAuditor,
        statistics: StatisticAuditor,
        named: Callable[[Any], str],
    ) -> None:
        self.record: Record = tests.record
        self.counts, self.moments, self.tests, self.ratios = counts, moments, tests, ratios
        self.statistics, self.named = statistics, named

    def find(self, claim: Claim, finding: Finding) -> str:
        """Return what would remove an objection, the smallest change first."""
        ways = list(dict.fromkeys(self._ways(claim, finding)))[:MOST]
        return "agrees if " + "; or if ".join(ways) if ways else NO_WAY_OUT

    def _ways(self, claim: Claim, finding: Finding) -> Iterator[str]:
        statistic, adjusted = str(claim["statistic"]), claim["id"] in self.record.adjusted
        if finding.code == IMPOSSIBLE:
            yield from self._possible(claim)
            return
        if statistic == "p" and not adjusted:
            yield from self._of_test(claim)
        if statistic in ("n", "percent"):
            yield from self._of_counts(claim)
        if statistic in ("mean", "sd"):
            yield from self._of_moments(claim)
        if statistic in (*RATIOS, *LIMITS, "p"):
            yield from self._of_ratio(claim)
        if fits := self.statistics.fitting(claim):
            yield f"it is {_or(fits)}"
        if finding.code == ORDER:
            yield "it changed places with the number beside it, or is in another unit"
        if finding.method == TWICE and statistic not in ("p", "percent"):
            for other in self.record.listed(claim["item"], claim["group"], statistic):
                printed = str(other["printed"])
                if model_of(other) == model_of(claim) and not alike(printed, str(claim["printed"])):
                    yield f"it is {printed}, as in {place_name(str(other['location']))}"

    # Numbers that cannot be

    def _possible(self, claim: Claim) -> Iterator[str]:
        """Say what a number that no patients can have may be meant to be."""
        printed, statistic = str(claim["printed"]), str(claim["statistic"])
        if printed.strip()[0] in "-−":
            yield f"the sign is a slip, and it is {printed.strip()[1:]}"
        elif statistic in LIMITS:
            yield "the two limits changed places"
        elif printed.strip().startswith("<"):
            yield f"it is {printed[:-1]}1"
        elif printed.strip().startswith(">"):
            yield f"the sign is <, and it is <{printed.strip()[1:]}"
        elif statistic == "n":
            size = self.record.groups.sizes.get(str(claim["group"]))
            whole = int(claim["denominator"]) if is_known(claim["denominator"]) else size
            fits = [t for t in slips(printed) if whole and 0 < printed_value(t) <= whole]
            if fits:
                yield f"it is {_or(fits)}"
        else:
            most = {"percent": 100, "p": 1}.get(statistic)
            fits = [t for t in slips(printed, most) if most]
            if fits:
                yield f"it is {_or(fits)}"

    # P values

    def _of_test(self, claim: Claim) -> Iterator[str]:
        """Try another digit in the p or in what it tests, and patients without data."""
        tested, printed = self.tests.tested(claim), str(claim["printed"])
        if tested is None:
            return
        other = self.tests.swapped_with(claim)
        if other is not None:
            yield f"it changed places with {self.named(other)}"
        fits = [text for text in (*slips(printed, 1), *_shifted(printed)) if tested.fits(text)]
        if fits:
            yield f"it is {_or(fits)}"
        arms, item = self.tests.arms(claim), str(claim["item"])
        part = "mean" if tested.means else "n"
        here = self.record.at(claim["location"], item, arms, part)
        for other in self.record.claims.values():
            used = other["item"] == item and here in ("", other["location"])
            used = used or is_tested_by(other, claim, self.record)
            kind = other["statistic"] in (("mean", "sd", "se") if tested.means else ("n",))
            if not used or not kind or other["group"] not in arms:
                continue
            fits = tested.fitting(other, slips(str(other["printed"])), printed)
            if fits:
                yield f"{self.named(other)}, is {_or(fits)}"
        yield from self._missing(claim)

    def _missing(self, claim: Claim) -> Iterator[str]:
        """Leave the fewest patients without data out of two groups whose counts are compared."""
        arms = self.tests.arms(claim)
        if len(arms) != 2:
            return
        counts = self.record.two_counts(str(claim["item"]), arms, claim["location"])
        if counts is None:
            return
        a, n1, b, n0 = counts
        left_out = sorted(
            product(range(min(n1 - a, MISSING) + 1), range(min(n0 - b, MISSING) + 1)), key=sum
        )
        tables = [(a, n1 - i, b, n0 - j) for i, j in left_out[1:] if n1 > i and n0 > j]
        if tables and (fits := which_fit(str(claim["printed"]), tables)).any():
            _, some, _, others = tables[int(fits.argmax())]
            yield f"{n1 - some + n0 - others} fewer had data: {a} of {some}, {b} of {others}"

    # Counts and percentages

    def _of_counts(self, claim: Claim) -> Iterator[str]:
        """Say which count or percentage would agree, and with how many patients this one does."""
        if claim["item"] == PATIENTS:
            yield from self._of_sizes(claim)
        elif claim["statistic"] == "n":
            room = self.counts.room(claim)
            if room is not None and not room.low <= claim["value"] <= room.high:
                rows = [self.record.claims[c] for c in room.because if c in self.record.claims]
                beside = self.record.listed(claim["item"], claim["group"], "percent")
                rows += [c for c in beside if self._prints(c, room.low, room.high)]
                agree = " and ".join(dict.fromkeys(self.named(c) for c in rows))
                n = range_of((room.low, room.high))
                yield f"it is {n}, as {agree} leave{'s' * (len(rows) == 1)}"
        else:
            yield from self._of_shares(claim)

    def _of_sizes(self, claim: Claim) -> Iterator[str]:
        """Say which size the other groups leave of all, or with which one it changed places."""
        group, sizes = str(claim["group"]), self.record.groups.sizes
        printed = {str(c["group"]): c for c in self.record.where("n") if c["item"] == PATIENTS}
        for other in printed.values():
            swapped = int(other["value"]), sizes[str(other["group"])]
            if other["group"] != group and swapped == (sizes[group], int(claim["value"])):
                yield f"it changed places with {self.named(other)}"
                return
        others = sum(int(printed[arm]["value"]) for arm in printed if arm not in (group, ALL))
        left = (
            others if group == ALL else int(printed[ALL]["value"]) - others if ALL in printed else 0
        )
        if left > 0 and left != claim["value"]:
            yield f"it is {left}, which the other groups leave"

    def _of_shares(self, claim: Claim) -> Iterator[str]:
        """Change a percentage, its count or its denominator, or leave out those without data."""
        totals = self.counts.totals_with_data(claim)
        if totals:
            yield f"{range_of(totals)} of {self.record.denominator(claim)} had data"
        whole, printed = self.record.denominator(claim), str(claim["printed"])
        count = count_of_percentage(claim, self.record)
        if whole is None:
            return
        if count is None:
            room = self.counts.room(claim)
            wanted = range(room.low, room.high + 1) if room else range(whole + 1)
            fits = [
                t for t in slips(printed, 100) if set(wanted) & set(counts_that_print(t, whole))
            ]
            if fits:
                yield f"it is {_or(fits)}"
            elif room and room.low == room.high:
                yield f"it is {100 * room.low / whole:.1f}%: {room.low} of {whole}"
        elif count in counts_that_print(
            printed, whole
        ):  # the count that it repeats is the question
            for other in self.record.listed(claim["item"], claim["group"], "n")[:1]:
                yield from (f"its count changes: {way}" for way in self._of_counts(other))
        else:
            yield from self._of_percent(printed, count, whole)

    def _of_percent(self, printed: str, n: int, whole: int) -> Iterator[str]:
        """Change a percentage, its count or its denominator."""
        twice = rounded_twice(printed, Fraction(100 * n, whole))
        if twice:
            yield f"it was rounded twice, first to {twice}"
        fits = [text for text in slips(printed, 100) if n in counts_that_print(text, whole)]
        if fits:
            yield f"it is {_or(fits)}, which is {n} of {whole}"
        others = counts_that_print(printed, whole)
        if others:
            yield f"the count is {_or([str(m) for m in others])} of {whole}"
        totals = totals_that_print(printed, n, whole // 2, whole + whole // 2)
        if totals:
            nearest = min(totals, key=lambda k: abs(k - whole))
            yield f"it is of {nearest} patients, not {whole}"

    def _prints(self, percent: Claim, low: int, high: int) -> bool:
        whole = self.record.denominator(percent)
        fits = counts_that_print(str(percent["printed"]), whole) if whole else []
        return any(low <= n <= high for n in fits)

    # Means and SDs

    def _of_moments(self, claim: Claim) -> Iterator[str]:
        """Try another digit in the mean or SD, and fewer patients."""
        item, statistic, printed = (str(claim[k]) for k in ("item", "statistic", "printed"))
        fits = [text for text in slips(printed) if self.moments.pooled_fits(claim, text)]
        if fits and self.moments.pooled(item) is not None:
            yield f"it is {_or(fits)}"
        parts = self.record.means(item, self.record.groups.arms)
        if claim["group"] == ALL and statistic == "mean" and parts:
            plain = sum(float(printed_value(mean)) for mean, *_ in parts) / len(parts)
            if habits_within(printed, plain, plain):
                yield "it is the plain mean of the groups' means, each group counting the same"
        n = self.record.size(item, str(claim["group"]))
        if statistic != "mean" or not str(claim["unit"]).startswith("whole ") or n < 2:
            return
        fits = [t for t in slips(printed) if grim_fits(t, n)]
        if fits:
            yield f"it is {_or(fits)}"
        fewer = (k for k in range(n - 1, max(1, n - MISSING) - 1, -1))
        size = next((k for k in fewer if grim(printed, k).consistent), None)
        if size is not None:
            yield f"it is of {size} patients, not {n}"

    # Ratios

    def _of_ratio(self, claim: Claim) -> Iterator[str]:
        """Try another digit in a ratio, a limit or the p, another level, and the inverse."""
        analysis = self.ratios.analysis(claim)
        printed = dict(analysis.printed)
        parts = [analysis.ratio, *(printed.get(s, "") for s in LIMITS)]
        best = self.ratios.best(claim)
        statistic, fitted = str(claim["statistic"]), claim["id"] in self.record.adjusted
        if best.counts and len(best.hits) < 3 and not fitted:
            way = self._of_ratio_counts(claim, best)
            if way:
                yield way
                return
        if not all(parts):
            return
        p = printed.get("p") if statistic == "p" or fitted else None
        level = analysis.level

        if ratio_fits(parts, p, level):
            return
        for place, name in enumerate(("the ratio", "the lower limit", "the upper limit")):
            before, behind = parts[:place], parts[place + 1 :]
            tried = slips(parts[place])
            if fits := [t for t in tried if ratio_fits([*before, t, *behind], p, level)]:
                yield f"{name} is {_or(fits)}"
        if p is not None:
            if fits := [t for t in (*slips(p, 1), *_shifted(p)) if ratio_fits(parts, t, level)]:
                yield f"the p is {_or(fits)}"
            for other in (0.9, 0.95, 0.99):
                if other != level and ratio_fits(parts, p, other):
                    yield f"the limits are {100 * other:g}%"

    def _of_ratio_counts(self, claim: Claim, best: OfCounts) -> str:
        """Try another digit in a ratio or limit of two counts, by the method of those beside it.

        Where none gives these, by the method that comes nearest.
        """
        level, statistic = self.ratios.analysis(claim).level, str(claim["statistic"])
        triples = {best.method: best.triple or {}}
        counts = best.counts
        for exact in (False, True):
            if counts is None:
                break
            tried = ratios_of_counts(*counts, level=level, exact=exact)
            triples |= {method: t for (_, method), t in tried.items() if method not in triples}
        values = {method: t[statistic] for method, t in triples.items() if statistic in t}
        printed = float(printed_value(str(claim["printed"])))
        own = best.method if best.hits else ""
        order = sorted(values, key=lambda method: (method != own, abs(values[method] - printed)))
        for method in order:
            value = values[method]
            fits = [t for t in slips(str(claim["printed"])) if habits_within(t, value, value)]
            if fits:
                return f"it is {_or(fits)}, by {method} of the printed counts"
        return ""


def _shifted(printed: str) -> list[str]:
    """Move the decimal point of a p by one place to the left."""
    whole, point, decimals = printed.partition(".")
    return [f"{whole}.0{decimals}"] if point and whole.strip("<> ") in ("", "0") else []


def _or(texts: list[str]) -> str:
    """Join a few candidates; of many, say how many."""
    if len(texts) > 4:
        return f"{', '.join(texts[:3])} or another of {len(texts)}"
    return " or ".join(texts)
