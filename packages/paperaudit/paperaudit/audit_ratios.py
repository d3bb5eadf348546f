"""Verdicts on ratios: of a regression, of two counts, and with their limits and p."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Any

import pandas as pd

from paperaudit.adjustment import CRUDE, EFFECTS, LIMITS, RATIOS, analysis_of, model_of
from paperaudit.groups import ALL, is_known, pair_of, variable_of
from paperaudit.inverse import Search, patients_with, read_model, search_model
from paperaudit.noted import (
    DESIGN,
    FIRTH,
    LIKELIHOOD,
    NOT_WALD,
    OF_T,
    OTHER_LIMITS,
    UNEVEN_LIMITS,
    note_of,
)
from paperaudit.number_checks import check_ratio, habits_within, match_value, ratio_fits, t_range
from paperaudit.patterns import LEAST, SHARE
from paperaudit.power import power_of
from paperaudit.ratios import Triple, firth_of_counts, more_limits, ratios_of_counts, score_triple
from paperaudit.record import Record, TwoCounts
from paperaudit.rounding import bounds, printed_value
from paperaudit.tested import which_fit
from paperaudit.verdict import (
    ARITHMETIC,
    Claim,
    Finding,
    Verdict,
    by_rules,
    p_text,
    severity,
    unchecked,
)

#: Rows before one that may be its reference.
REFERENCES = 8
#: How many times a ratio is another before a few patients without data do not explain it.
FAR = 1.2


@dataclass(frozen=True)
class Analysis:
    """A printed ratio with what belongs to it.

    Attributes
    ----------
    printed
        The ratio, its limits and its p, by statistic; those that are printed.
    level
        The level of the limits, and whether the paper states it.
    note
        Of its numbers.
    """

    printed: Mapping[str, str]
    level: float
    stated: bool
    note: str = ""

    @property
    def ratio(self) -> str:
        """The printed ratio, empty if there is none."""
        return next((self.printed[s] for s in RATIOS if s in self.printed), "")


@dataclass(frozen=True)
class OfCounts:
    """The ratio of two counts by the method that fits best: its numbers, and which print so."""

    method: str = ""
    triple: Mapping[str, float] | None = None
    hits: tuple[str, ...] = ()
    counts: TwoCounts | None = None


class RatioAuditor:
    """The ratios of a ledger, with the patients that its regressions may have been fitted on."""

    def __init__(self, record: Record, name: Callable[[Any], str]) -> None:
        self.record, self.own, self.name = record, record.own, name
        self.searches = self._search()
        self._unadjusted_places: dict[str, bool] = {}
        self._far: dict[str, frozenset[str]] = {}
        self._best: dict[tuple[str, str, str], OfCounts] = {}

    def ratio(self, claim: Claim) -> Finding:
        """Try a ratio or limit as that of a regression, of two counts, and as part of a triple."""
        model = self.model(claim)
        if model:
            return model
        what = f"the fit that gave the ratio of {self.name(claim['item'])}"
        return self._of_counts(claim) or self.wald(claim) or unchecked(what)

    def analysis(self, claim: Claim) -> Analysis:
        """Gather what is printed of the analysis that a number belongs to."""
        rows = self._rows(claim)
        printed = {str(c["statistic"]): str(c["printed"]) for c in rows}
        stated = self.record.level(claim, rows)
        notes = dict.fromkeys(str(c["note"]) for c in rows if c["statistic"] != "p" and c["note"])
        return Analysis(printed, stated or 0.95, bool(stated), "; ".join(notes))

    def _rows(self, claim: Claim) -> list[Claim]:
        """List what belongs to the analysis of a number."""
        return analysis_of(claim, self.record.of_item(claim["location"], claim["item"]))

    # Of two counts

    def _of_counts(self, claim: Claim) -> Finding | None:
        """Compute the ratio and its limits from two counts, by the method that fits them best.

        That a ratio does not follow from the counts beside it is an objection only where a method
        gives the two numbers beside it, or most ratios of the table: others may be adjusted.
        """
        place, statistic, printed = (str(claim[k]) for k in ("location", "statistic", "printed"))
        best = self._by_own_method(claim, self.best(claim))
        if best.triple is None or statistic not in best.triple:
            return None
        value = best.triple[statistic]
        match = match_value(printed, value, best.method)
        power = power_of(printed, lambda text: bool(match_value(text, value).rules))
        computed = f"{match.computed:.4g}"
        if match.rules:
            return by_rules(match.rules, computed, best.method, power)
        note = note_of(self._rows(claim))
        if self.record.partly_known(str(claim["item"])) or DESIGN.search(note):
            return None
        if CRUDE.search(model_of(claim)) and claim["item"] in self._far_from_counts(place):
            why = "they may be of a model with the other rows, though they are called crude"
            ask = f"how the ratio of {self.name(claim['item'])} was computed"
            return Finding(
                Verdict.NOT_REPRODUCED, computed, best.method, ARITHMETIC, why, ask, power=power
            )
        adjusted = claim["id"] in self.record.adjusted
        alone = not adjusted or len(self.record.where(*RATIOS, location=place)) == 1
        if place.startswith("table") and alone and (len(best.hits) == 2 or self._unadjusted(place)):
            why = "a slip in a count or in this number, or an adjusted analysis, would explain it"
            ask = f"how the ratio of {self.name(claim['item'])} was computed"
            return Finding(
                Verdict.NOT_REPRODUCED, computed, best.method, ARITHMETIC, why, ask, power=power
            )
        return None

    def best(self, claim: Claim) -> OfCounts:
        """Find the method and the counts that give most numbers of an analysis."""
        analysis = self.analysis(claim)
        key = str(claim["location"]), str(claim["item"]), str(sorted(analysis.printed.items()))
        if key not in self._best:
            counts = self.counts(claim)
            best = _best_method(counts, analysis) if counts else OfCounts()
            if len(best.hits) < 3:
                best = self._against_row(claim, analysis, best)
            self._best[key] = best
        return self._best[key]

    def counts(self, claim: Claim) -> TwoCounts | None:
        """Patients that a ratio is of: of its groups; of a level and of its reference, with events.

        A row of a crude regression prints its events and patients; its reference, another level of
        the variable, prints no ratio.
        """
        place, item, variable = str(claim["location"]), str(claim["item"]), variable_of(claim)
        counts = self.record.where("n", location=place, variable=variable) if variable else []
        rows = {str(c["item"]): c for c in counts if not c["group"] and is_known(c["denominator"])}
        fitted = {str(c["item"]) for c in self.record.where(*EFFECTS, location=place)}
        references = [c for other, c in rows.items() if other not in fitted]
        crude = claim["id"] not in self.record.adjusted
        if item in rows and len(references) == 1 and crude:
            pair = (rows[item], references[0])
            a, n1, b, n0 = (int(c[x]) for c in pair for x in ("value", "denominator"))
            return (a, n1, b, n0) if a <= n1 and b <= n0 else None
        return self.record.two_counts(item, pair_of(claim), place)

    def _by_own_method(self, claim: Claim, best: OfCounts) -> OfCounts:
        """Prefer the method that gives the other ratios of a place, where none gives these."""
        if best.counts is None or len(best.hits) > 1:
            return best
        of_place = map(self.best, self.record.where(*RATIOS, location=claim["location"]))
        used = Counter(other.method for other in of_place if len(other.hits) == 3)
        analysis = self.analysis(claim)
        for method, _ in used.most_common(1):
            exact = method.startswith("exact")
            tried = ratios_of_counts(*best.counts, level=analysis.level, exact=exact)
            for (kind, name), triple in tried.items():
                if name == method and kind in analysis.printed:
                    return OfCounts(method, triple, _hits(analysis, triple), best.counts)
        return best

    def _against_row(self, claim: Claim, analysis: Analysis, best: OfCounts) -> OfCounts:
        """Try a row above as the reference that the ratio of a level is taken against."""
        groups = self.record.groups.compared
        place, item = str(claim["location"]), str(claim["item"])
        items = list(dict.fromkeys(str(c["item"]) for c in self.record.where(location=place)))
        start = items.index(item)
        mine = [self.record.find(item, group, "n") for group in groups]
        if not groups or not all(mine):
            return best
        for other in [*items[max(0, start - REFERENCES) : start][::-1], *items[start + 1 :][:1]]:
            theirs = [self.record.find(other, group, "n", place) for group in groups]
            if other == "patients" or not all(theirs):
                continue
            a, b, c, d = (int(printed_value(n)) for n in (*mine, *theirs))
            if a + b and c + d:
                method_of_row = _best_method((a, a + b, c, c + d), analysis)
                if len(method_of_row.hits) == 3:
                    method = f"{method_of_row.method}, against {self.name(other)}"
                    return replace(method_of_row, method=method)
        return best

    def _far_from_counts(self, place: str) -> frozenset[str]:
        """List the items whose crude ratio is far from that of their counts, if most are.

        Only where a usual test of the counts gives the p that is printed beside them: these are
        the patients then, and a few without data would not move a ratio as far as `FAR`.
        """
        if place not in self._far:
            far, tried = set(), 0
            for c in self.record.where(*RATIOS[:2], location=place):
                counts = self._tested_counts(c)
                if counts is None:
                    continue
                tried += 1
                printed, kind = float(printed_value(str(c["printed"]))), str(c["statistic"])
                ratios = [t[kind] for t in ratios_of_counts(*counts).values() if kind in t]
                if printed > 0 and all(abs(log(r / printed)) > log(FAR) for r in ratios):
                    far |= {str(c["item"])} if len(self.best(c).hits) < 3 else set()
            most = len(far) >= LEAST and len(far) >= SHARE * tried
            self._far[place] = frozenset(far if most else ())
        return self._far[place]

    def _tested_counts(self, claim: Claim) -> TwoCounts | None:
        """Return the counts of a crude ratio, if the p of a test of them is printed as well."""
        item = str(claim["item"])
        if not CRUDE.search(model_of(claim)):
            return None
        counts = self.record.two_counts(item, (), claim["location"])
        if counts is None or self.record.partly_known(item):
            return None
        a, n1, b, n0 = counts
        tests = self.record.listed(item, "", "p", claim["location"])
        plain = [str(c["printed"]) for c in tests if not model_of(c)]
        if not plain or min(a, b, n1 - a, n0 - b) == 0:
            return None
        return counts if which_fit(plain[0], [counts]).any() else None

    def _unadjusted(self, place: str) -> bool:
        """Whether most items of a table, and two at least, have the ratio of their counts."""
        if place not in self._unadjusted_places:
            ratios = self.record.where(*RATIOS, location=place)
            hits = {str(c["item"]): len(self.best(c).hits) for c in ratios}
            follow = sum(n == 3 for n in hits.values())
            self._unadjusted_places[place] = follow >= 2 and follow > len(hits) / 2
        return self._unadjusted_places[place]

    # With its limits and p

    def wald(self, claim: Claim) -> Finding | None:
        """Say whether a ratio, its limits and its p belong together."""
        analysis = self.analysis(claim)
        ratio, item = analysis.ratio, self.name(claim["item"])
        low, high = (analysis.printed.get(s, "") for s in LIMITS)
        if not (ratio and low and high):
            return None
        others = self._p_values(claim)
        if OTHER_LIMITS.search(analysis.note):
            return self._by_name(claim, analysis, others)
        note = note_of(self._rows(claim))
        if UNEVEN_LIMITS.search(note) or NOT_WALD.search(note):
            others = []
        if claim["statistic"] == "p" and not others:
            return None
        level = analysis.level
        assumed = "" if analysis.stated else "; the limits are taken as 95%, which is not stated"
        check = check_ratio(ratio, low, high, level=level)
        power = self._power(claim, analysis, others)
        if not check.log_symmetric:
            if claim["statistic"] == "p":
                return None
            if noted := UNEVEN_LIMITS.search(note):
                why = f"its note names an interval ({noted[0]}) that need not fit around the ratio"
                return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask="the patients")
            computed = (
                f"limits around {check.estimate_range[0]:.4g} to {check.estimate_range[1]:.4g}"
            )
            why = "an interval that is not Wald's, or a slip in one of the three, would explain it"
            ask = f"how the interval of {item} was computed"
            return Finding(
                Verdict.CONTRADICTED, computed, "Wald", ARITHMETIC, why, ask, power=power
            )
        p_range = check.p_range
        if OF_T.search(f"{analysis.note} {model_of(claim)}"):
            p_range = t_range(p_range, level)
        computed = "p from {} to {}".format(*map(p_text, p_range))
        if others and not any(habits_within(p, *p_range) for p in others):
            why = "a p that is not Wald's, or a slip in one of the numbers, would explain it"
            ask = f"the test that gave the p of {item}"
            grave = severity(others[0], p_range)
            return Finding(
                Verdict.NOT_REPRODUCED, computed, "Wald", grave, why + assumed, ask, power=power
            )
        what = "the ratio, its limits and its p" if others else "the ratio and its limits"
        why = f"{what} belong together"
        if others and not analysis.stated:
            why += assumed
        elif level != 0.95:
            why += f", the limits being {100 * level:g}%"
        return Finding(Verdict.ATTAINABLE, computed, "Wald", explanation=why, power=power)

    def _by_name(self, claim: Claim, analysis: Analysis, others: list[str]) -> Finding | None:
        """Check limits that are said not to be Wald's, so far as the other numbers bound them.

        The ratio lies within them; those of a likelihood leave out 1 where its test has p below
        1 - level.
        """
        statistic, printed = str(claim["statistic"]), str(claim["printed"])
        named = OTHER_LIMITS.search(analysis.note)
        both = bool(LIKELIHOOD.search(analysis.note)) and len(others) == 1
        p = {"p": others[0]} if both else {}

        def agree(text: str) -> bool:
            numbers = {**analysis.printed, **p, statistic: text}
            low, high = (bounds(numbers[s]) for s in LIMITS)
            ratio = bounds(next(numbers[s] for s in RATIOS if s in numbers))
            if ratio[1] < low[0] or high[1] < ratio[0]:
                return False
            if "p" not in numbers or not both:
                return True
            clear = float(low[0]) > 1 or float(high[1]) < 1  # whatever the digits leave open
            around = float(low[1]) < 1 < float(high[0])
            tail = bounds(numbers["p"])
            alpha = 1 - analysis.level
            return not (clear and tail[0] > alpha) and not (around and tail[1] < alpha)

        if statistic == "p" and not both:
            return None
        power = power_of(printed, agree, most=1 if statistic == "p" else None)
        method = f"order, of limits that are not Wald's ({named[0] if named else ''})"
        if agree(printed):
            why = "the ratio lies within its limits" + ", which agree with the p" * both
            return Finding(Verdict.CONSISTENT, "", method, explanation=why, power=power)
        why = "a slip in one of the numbers, or a p of another test, would explain it"
        ask = f"the fit that gave the ratio of {self.name(claim['item'])}"
        return Finding(Verdict.CONTRADICTED, "", method, ARITHMETIC, why, ask, power=power)

    def _p_values(self, claim: Claim) -> list[str]:
        """Return the p values that belong to a ratio: its own, if it is one of a regression."""
        if claim["statistic"] == "p":
            return [str(claim["printed"])]
        tests = [c for c in self._rows(claim) if c["statistic"] == "p"]
        return [str(c["printed"]) for c in tests if c["id"] in self.record.adjusted]

    def _power(self, claim: Claim, analysis: Analysis, others: list[str]) -> float | None:
        """Return the share of slips in this number that would no longer belong to the others."""
        statistic = str(claim["statistic"])
        if statistic == "p":
            low, high = (analysis.printed[s] for s in LIMITS)
            p_range = check_ratio(analysis.ratio, low, high, level=analysis.level).p_range
            return power_of(
                str(claim["printed"]), lambda text: bool(habits_within(text, *p_range)), most=1
            )
        parts = (analysis.ratio, *(analysis.printed[s] for s in LIMITS))
        position = LIMITS.index(statistic) + 1 if statistic in LIMITS else 0
        p = others[0] if others else None

        def fits(text: str) -> bool:
            triple = [*parts[:position], text, *parts[position + 1 :]]
            return ratio_fits(triple, p, analysis.level)

        return power_of(str(claim["printed"]), fits)

    # Of a regression

    def model(self, claim: Claim) -> Finding | None:
        """Compare a number of a regression with that of the patients that print as the others."""
        if CRUDE.search(model_of(claim)):
            return None
        in_text = not str(claim["location"]).startswith("table")
        of_item = [m for m in self.searches.values() if claim["item"] in (*m[0], "model")]
        searched = self.searches.get(
            str(claim["location"]), next(iter(of_item if in_text else []), None)
        )
        if searched is None:
            return None
        items, search = searched
        column = f"{claim['item']}_{claim['statistic']}".replace(
            "model_nagelkerke_r2", "nagelkerke"
        )
        if column not in search.tables:
            return None
        printed = str(claim["printed"])
        values = [float(value) for value in search.tables[column]]
        computed = " or ".join(dict.fromkeys(f"{value:.4f}" for value in values))
        rules = {r for value in values for r in match_value(printed, value).rules}
        method = "logistic regression"
        if not rules and in_text:  # it may be of another analysis
            return None
        if not rules:
            both = " and ".join(self.name(item) for item in items)
            return by_rules((), computed, f"{method} of {both}")
        power = power_of(printed, lambda t: any(match_value(t, v).rules for v in values))
        if not search.freed:
            return by_rules(sorted(rules), computed, f"{method} on the printed counts", power)
        return replace(self._freed(search, computed), power=power)

    def _freed(self, search: Search, computed: str) -> Finding:
        """Name the variable whose printed counts had to be given up."""
        name, printed = self.name(search.freed), self.record.find(search.freed, ALL, "n")
        with_it = " or ".join(map(str, sorted(set(patients_with(search.tables, search.freed)))))
        why = (
            "the variable may be wider or narrower than its row in the tables: if the model has "
            f"these variables, no patients with the printed counts of {name} ({printed} in all) "
            "give it"
        )
        method = (
            f"logistic regression with {with_it} patients, not the printed {printed}, in its {name}"
        )
        ask = f"what {name} means in the regression"
        return Finding(Verdict.OTHER_PATIENTS, computed, method, ARITHMETIC, why, ask)

    def _search(self) -> dict[str, tuple[list[str], Search]]:
        """Look for the patients behind the odds ratios of each place that a regression stands in.

        Those of the text repeat a table's, if there is one.
        """
        ratios = self.own[self.own["statistic"] == "odds_ratio"]
        table = ratios["location"].str.startswith("table")
        adjusted = pd.Series([c in self.record.adjusted for c in ratios.index], ratios.index)
        of_tables, of_text = ratios[table & adjusted.astype(bool)], ratios[~table]
        rest = of_text[~of_text["item"].isin(ratios["item"][table])]
        models: dict[str, tuple[list[str], Search]] = {}
        for place, rows in pd.concat([of_tables, rest]).groupby("location", sort=False):
            items = [str(item) for item in rows["item"].unique()]
            try:
                model = read_model(self.own, items, str(place), record=self.record)
                search = search_model(model)
            except ValueError:  # no counts, or more joint tables than can be looked at
                continue
            # With a margin given up, several sets of patients would be no more than chance.
            if len(search.tables) == 1 or (len(search.tables) and not search.freed):
                models[str(place)] = (items, search)
        return models


def _best_method(counts: TwoCounts, analysis: Analysis) -> OfCounts:
    """Find the method that gives most numbers of an analysis from counts."""
    best, most = OfCounts(), (-1, 0)
    printed = analysis.printed
    for exact in (False, True):
        if most == (3, 3) or (exact and not _may_be_exact(counts, printed)):
            break
        tried = ratios_of_counts(*counts, level=analysis.level, exact=exact)
        for (kind, method), triple in tried.items():
            hits = _hits(analysis, triple)
            rounded = sum("rounded" in match_value(printed[s], triple[s]).rules for s in hits)
            if kind in printed and (len(hits), rounded) > most:
                best, most = OfCounts(method, triple, hits, counts), (len(hits), rounded)
    named = FIRTH.search(analysis.note) and analysis.level == 0.95 and "odds_ratio" in printed
    if named and min(counts[0] + counts[2], counts[1] + counts[3] - counts[0] - counts[2]):
        triple = firth_of_counts(*counts)
        return OfCounts("Firth", triple, _hits(analysis, triple), counts)
    if 0 < len(best.hits) < 3:
        for method, triple in _further_methods(counts, analysis):
            hits = _hits(analysis, triple)
            if len(hits) > len(best.hits):
                best = OfCounts(method, triple, hits, counts)
    return best


def _may_be_exact(counts: TwoCounts, printed: Mapping[str, str]) -> bool:
    """Whether an odds ratio is so near that of counts that exact limits, which take long, may fit.

    The logarithm of the conditional estimate is that of the sample's times about (N - 1) / N.
    """
    a, n1, b, n0 = counts
    across, down = a * (n0 - b), b * (n1 - a)
    if "odds_ratio" not in printed or not (across and down):
        return "odds_ratio" in printed
    value, middle = float(printed_value(printed["odds_ratio"])), log(across / down)
    near = 0.2 + 2 * abs(middle) / (n1 + n0)
    return value <= 0 or min(abs(log(value) - middle), abs(log(value) + middle)) < near


def _further_methods(counts: TwoCounts, analysis: Analysis) -> Iterator[tuple[str, Triple]]:
    """Compute ratio and limits by methods that fewer papers use."""
    for kind in ("odds_ratio", "risk_ratio"):
        if kind in analysis.printed:
            yield "score", score_triple(kind, *counts, level=analysis.level)
    if "odds_ratio" in analysis.printed:
        yield from more_limits(*counts, level=analysis.level).items()


def _hits(analysis: Analysis, triple: Mapping[str, float]) -> tuple[str, ...]:
    """Name the numbers of an analysis that print as computed."""
    printed = analysis.printed
    return tuple(s for s, v in triple.items() if s in printed and match_value(printed[s], v).rules)
