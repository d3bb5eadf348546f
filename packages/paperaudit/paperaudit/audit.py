"""The audit: a verdict on every printed number, from print alone.

No patient, simulated or real, is used here. Each number is computed again from the other printed
numbers, over all that their digits leave open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from paperaudit.adjustment import EFFECTS, LIMITS, RATIOS
from paperaudit.audit_counts import CountAuditor
from paperaudit.audit_moments import MomentAuditor
from paperaudit.audit_places import PlaceAuditor
from paperaudit.audit_ratios import RatioAuditor
from paperaudit.audit_statistics import StatisticAuditor
from paperaudit.audit_tests import TestAuditor
from paperaudit.groups import ALL, OWN
from paperaudit.naming import claim_name, statistic_name
from paperaudit.noted import not_plain
from paperaudit.number_checks import match_value
from paperaudit.passed import PassedChecks
from paperaudit.patterns import one_question
from paperaudit.record import Record
from paperaudit.relations import Relations, relations_of
from paperaudit.rescues import RescueSearch
from paperaudit.sentences import inspect_check, letter_sentence, report_sentence
from paperaudit.verdict import (
    ARITHMETIC,
    COSMETIC,
    IMPOSSIBLE,
    ORDER,
    VERDICTS,
    Claim,
    Finding,
    Verdict,
    unchecked,
)

__all__ = ["VERDICTS", "audit_claims"]

#: What a number is of, by its statistic; a p is of a test unless a regression gave it.
ARITHMETICAL, SUMMARIES, TESTS, FITTED = (
    "counts and percentages",
    "means and ranges",
    "p values of tests",
    "regression and ratios",
)
KINDS = (ARITHMETICAL, SUMMARIES, TESTS, FITTED)


def audit_claims(
    claims: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    relations: Relations | None = None,
) -> pd.DataFrame:
    """Give every printed number a verdict, from the other printed numbers alone.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.
    labels : mapping of str to str, optional
        Names of items, for the explanations and questions.
    relations : Relations, optional
        Which items belong together; by default what is declared beside the file of the ledger.

    Returns
    -------
    pandas.DataFrame
        One row a claim, indexed by ``id``: ``location``, ``item``, ``group``, ``statistic``,
        ``printed``; ``verdict`` (one of `VERDICTS`); ``computed`` (the recomputed value or range,
        as text) and its ``method``; ``severity`` (empty, ``cosmetic``, ``arithmetic`` or
        ``changes a conclusion``); ``explanation``, an innocent one first; ``ask``, the smallest
        thing to ask the authors for, empty where nothing needs asking; ``rescue``, the smallest
        changes that would remove an objection, found by search; ``power``, the share of slips in
        one digit of the number that its check would have seen, missing where there was none;
        ``meaning``, what the verdict amounts to (one of `paperaudit.verdict.MEANINGS`); ``kind``
        of number (one of `KINDS`); of what is to be weighed ``check``, the check of INSPECT-SR
        that it answers, and a sentence for a ``report`` and for a ``letter``; ``judged_by``, the
        function that came to the verdict, as ``module:name``. Its ``attrs`` hold
        the ``sha256`` of the file that was read.

    Notes
    -----
    A verdict is about the printed numbers, not about the study. ``reproduced`` says that a number
    follows from others, not that it is right, nor that other patients show the same;
    ``not_reproduced`` that none of the declared methods gives it. ``consistent`` says that it took
    part in a check that could have failed, and passed (`paperaudit.passed`): a time in order
    with a longer one, a mean whose t test gives the printed p, a count between those of its parts
    and of its whole, a group size of which percentages are taken, a number printed again.
    ``not_checkable`` is left for what passed no such check.
    """
    relations, source = relations or relations_of(claims), claims.attrs.get("sha256", "")
    claims = claims.copy(deep=False)
    claims.attrs = {}  # pandas copies them with every row that is taken
    auditor = _Auditor(claims, labels or {}, relations)
    records = {str(c["id"]): c for c in claims.reset_index(names="id").to_dict("records")}
    findings = auditor.judge_all(records)
    rows = {
        name: asdict(finding)
        | {"verdict": finding.verdict.value}
        | auditor.words(records[name], finding)
        for name, finding in findings.items()
    }
    columns = ["location", "item", "group", "statistic", "printed"]
    audit = claims[columns].join(pd.DataFrame.from_dict(rows, orient="index"))
    audit.attrs["sha256"] = source
    return audit


class _Auditor:
    """A ledger, with what its numbers are held against."""

    def __init__(
        self, claims: pd.DataFrame, labels: Mapping[str, str], relations: Relations
    ) -> None:
        self.claims, self.labels, self.relations = claims, labels, relations
        self.record = Record(claims)
        self.counts = CountAuditor(claims, self.record, relations, self._name, self._named)
        self.ratios = RatioAuditor(self.record, self._name)
        self.moments = MomentAuditor(self.record, self._name)
        self.tests = TestAuditor(self.record, self.ratios, relations, self._name)
        self.places = PlaceAuditor(self.tests, self._name, self._named)
        self.statistics = StatisticAuditor(self.record, self._name)
        self.passed = PassedChecks(claims, self.moments, self.tests, self.counts, relations)
        self.rescues = RescueSearch(
            self.counts, self.moments, self.tests, self.ratios, self.statistics, self._named
        )

    def judge_all(self, records: Mapping[str, Claim]) -> dict[str, Finding]:
        """Judge every claim; one cause is one question, and objections get their ways out."""
        findings = {name: self.judge(claim) for name, claim in records.items()}
        findings = one_question(records, findings, self.record.adjusted)
        for name, finding in findings.items():
            if finding.verdict.objection and not finding.rescue:
                rescue = self.rescues.find(records[name], finding)
                findings[name] = replace(finding, rescue=rescue)
        return findings

    def words(self, claim: Claim, finding: Finding) -> dict[str, str]:
        """Say what a finding amounts to, and put it into sentences."""
        return {
            "meaning": finding.meaning,
            "kind": self.kind(claim),
            "check": inspect_check(str(claim["statistic"]), finding),
            "report": report_sentence(claim, finding, self._name),
            "letter": letter_sentence(claim, finding, self._name),
        }

    def kind(self, claim: Claim) -> str:
        """Say what kind of number it is."""
        match claim["statistic"]:
            case "n" | "percent" | "fraction" | "denominator" | "ratio":
                return ARITHMETICAL
            case "p":
                return FITTED if claim["id"] in self.record.adjusted else TESTS
            case statistic if statistic in (*RATIOS, *LIMITS, "nagelkerke_r2", "conf_level"):
                return FITTED
        return SUMMARIES

    def judge(self, claim: Claim) -> Finding:
        """Judge a claim; what no other number gives may still agree with others.

        A number whose reading is in doubt is not judged, nor are others by it.
        """
        if claim.get("doubt") and claim["role"] in OWN:
            why = f"its reading from the table is in doubt: {claim['doubt']}"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
        if (word := not_plain(claim)) and claim["role"] in OWN:
            why = f"its note says that it is no plain number of these patients ({word})"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
        verdict = self._judge(claim)
        if verdict.verdict != Verdict.NOT_CHECKABLE or claim["role"] not in OWN:
            return verdict
        passed = self.places.shortened(claim) or self.passed.judge(claim)
        passed = passed or self.statistics.passing(claim)
        return passed or self.places.otherwise(claim) or self.passed.unjudged(verdict, claim)

    def _judge(self, claim: Claim) -> Finding:
        """Send a claim to the check for its kind."""
        if claim["role"] == "cited":
            why = "cited from another study, whose numbers are not at hand"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
        if claim["role"] == "design":
            if period := self._period(claim):
                return period
            why = "a choice of the design: nothing to compute"
            return Finding(Verdict.NOT_CHECKABLE, explanation=why)
        if claim["id"] in self.record.impossible:
            return self._impossible(claim)
        if statistic := self.statistics.judge(claim):
            return self._against_groups(claim) or statistic
        match claim["statistic"]:
            case "n" if claim["group"] not in self.record.groups.sizes:
                return self.places.repeats(claim) or self.counts.judge(claim)
            case "n" | "percent" | "fraction":
                return self.counts.judge(claim)
            case "p":
                return self._p(claim)
            case "cutoff":
                return self._cutoff(claim)
            case "nagelkerke_r2":
                return (
                    self.places.repeats(claim)
                    or self.ratios.model(claim)
                    or unchecked("the patients")
                )
            case "mean" | "sd":
                return self.places.repeats(claim) or self._order(claim) or self.moments.judge(claim)
            case "ci_low" | "ci_high" if not self.ratios.analysis(claim).ratio:
                pass
            case statistic if statistic in (*RATIOS, *LIMITS):
                return self._ratio(claim)
        what = f"{self._name(claim['item'])} of each patient"
        return self.places.repeats(claim) or self._order(claim) or unchecked(what)

    def _ratio(self, claim: Claim) -> Finding:
        """Judge a ratio or limit by itself elsewhere, and by what gives it."""
        return self.places.repeats(claim) or self.ratios.ratio(claim)

    def _name(self, item: Any) -> str:
        return self.labels.get(str(item), str(item).replace("_", " "))

    def _named(self, claim: Mapping[Any, Any]) -> str:
        return f"{claim_name(claim, self._name)}, printed as {claim['printed']}"

    # Checks

    def _impossible(self, claim: Claim) -> Finding:
        """Say why no patients can have a number."""
        above = claim["statistic"] == "n" and claim["value"] > 0
        innocent = "a slip is likely, unless events are counted" if above else "a slip is likely"
        why = f"{innocent}; no patients can have it: {self.record.impossible[claim['id']]}"
        what = f"{statistic_name(str(claim['statistic']))} of {self._name(claim['item'])}"
        return Finding(
            Verdict.CONTRADICTED, "", "what no patients can have", ARITHMETIC, why,
            f"the {what}", power=1.0, code=IMPOSSIBLE,
        )  # fmt: skip

    def _order(self, claim: Claim) -> Finding | None:
        """Compare a minimum, quartile, median, mean or maximum with those that bound it."""
        for other, holds in self.passed.in_order(claim):
            if not holds:
                statistic = statistic_name(claim["statistic"])
                why = f"a slip, or another unit, is likely; {self.passed.named(other)}"
                ask = f"the {statistic} of {self._name(claim['item'])}"
                return Finding(Verdict.CONTRADICTED, "", "order", ARITHMETIC, why, ask, code=ORDER)
        return None

    def _period(self, claim: Claim) -> Finding | None:
        """Compare a number of years with the first and the last year of its item.

        Both years count in full if the ledger notes January of the first, December of the last.
        """
        c = self.claims
        ends = c[(c["item"] == claim["item"]) & (c["unit"] == "year")].set_index("statistic")
        if claim["unit"] != "years" or sorted(ends.index) != ["max", "min"]:
            return None
        first, last = (int(ends["value"][s]) for s in ("min", "max"))
        full = ends["note"].to_dict() == {"min": "January", "max": "December"}
        fits = [last - first + 1] if full else [last - first, last - first + 1]
        if int(claim["value"]) in fits:
            return None
        whole = ("January ", "December ") if full else ("", "")
        how = f"years from {whole[0]}{first} to {whole[1]}{last}"
        why = f"the last year less the first may have been taken; {how} are {fits[-1]}"
        ask = f"the first and the last month of the {self._name(claim['item'])}"
        return Finding(Verdict.CONTRADICTED, str(fits[-1]), how, COSMETIC, why, ask)

    def _p(self, claim: Claim) -> Finding:
        """Try what the p may be a test of, and compare it with itself."""
        if claim["id"] in self.record.adjusted:
            ask = f"the fit of {self._name(claim['item'])}"
            return self.ratios.model(claim) or self.ratios.wald(claim) or unchecked(ask)
        return self.places.p(claim, self.tests.judge(claim))

    def _against_groups(self, claim: Claim) -> Finding | None:
        """Object to a p that agrees with its statistic, but not with the means or counts beside.

        Printed degrees of freedom may be of other patients, or of a test of each patient's values.
        """
        beside = {c["statistic"] for c in self.record.of_item(claim["location"], claim["item"])}
        if claim["statistic"] != "p" or beside & {"df", "df1", "coefficient", *EFFECTS}:
            return None
        finding = self._p(claim)
        return finding if finding.verdict.objection else None

    def _cutoff(self, claim: Claim) -> Finding:
        """Look for a printed mean that a cut-off, said to be a mean, could be."""
        for mean in self.record.where("mean"):
            if (
                match_value(str(claim["printed"]), float(mean["value"])).rules
                and mean["group"] != ALL
            ):
                method = f"mean {self._name(mean['item'])}, {self._name(mean['group'])}"
                why = "the mean of one group may have been taken for that of all"
                if mean["item"] != claim["item"]:
                    named = self._name(mean["item"]), self._name(claim["item"])
                    why += f", and {named[0]} for {named[1]}"
                ask = f"the mean {self._name(claim['item'])} of all patients"
                text = str(mean["printed"])
                return Finding(Verdict.REPRODUCED_OTHER_METHOD, text, method, COSMETIC, why, ask)
        return unchecked(f"the reason for the cut-off of {self._name(claim['item'])}")
