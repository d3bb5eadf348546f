"""Verdicts on ratios: of a regression, of two counts, and with their limits and p."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from paperaudit.groups import ALL
from paperaudit.inverse import (
    RATIO,
    RATIOS,
    Search,
    is_adjusted,
    patients_with,
    read_model,
    search_model,
)
from paperaudit.number_checks import check_ratio, habits_within, match_value
from paperaudit.ratios import ratios_of_counts
from paperaudit.record import Record
from paperaudit.verdict import ARITHMETIC, Claim, Finding, Verdict, by_rules, severity, unchecked


class RatioAuditor:
    """The ratios of a ledger, with the patients that its regressions may have been fitted on."""

    def __init__(self, record: Record, name: Callable[[Any], str]) -> None:
        self.record, self.own, self.name = record, record.own, name
        self.searches = self._search()

    def ratio(self, claim: Claim) -> Finding:
        """Try a ratio or limit as that of a regression, of two counts, and as part of a triple."""
        model = self.model(claim)
        if model:
            return model
        what = f"the fit that gave the ratio of {self.name(claim['item'])}"
        return self._of_counts(claim) or self.wald(claim) or unchecked(what)

    def _of_counts(self, claim: Claim) -> Finding | None:
        """Compute the ratio and its limits from two counts, by the method that fits them best.

        That a ratio does not follow from the counts beside it is an objection only where a method
        gives the two numbers beside it, or most ratios of the table: others may be adjusted.
        """
        place, statistic = str(claim["location"]), str(claim["statistic"])
        method, triple, hits = self._best_ratio(str(claim["item"]), place)
        if statistic not in triple:
            return None
        match = match_value(claim["printed"], triple[statistic], method)
        if match.rules:
            return by_rules(match.rules, f"{match.computed:.4g}", method)
        ratios = self.own[(self.own["location"] == place) & self.own["statistic"].isin(RATIOS)]
        alone = not is_adjusted(self.own, claim["id"]) or ratios["item"].nunique() == 1
        if place.startswith("table") and alone and (len(hits) == 2 or self._unadjusted(place)):
            why = "a slip in a count or in this number, or an adjusted analysis, would explain it"
            ask = f"how the ratio of {self.name(claim['item'])} was computed"
            shown = f"{match.computed:.4g}"
            return Finding(Verdict.NOT_REPRODUCED, shown, method, ARITHMETIC, why, ask)
        return None

    def _best_ratio(self, item: str, place: str) -> tuple[str, Mapping[str, float], list[str]]:
        """Find the method that gives most of a place's numbers: its name, them, which fit."""
        counts = self.record.two_counts(item)
        printed = {s: self.record.find(item, "", s, place) for s in (*RATIOS, *RATIO[1:])}
        best: tuple[str, Mapping[str, float], list[str]] = ("", {}, [])
        for (kind, method), triple in (ratios_of_counts(*counts) if counts else {}).items():
            if printed[kind]:
                hits = [
                    s for s, v in triple.items() if printed[s] and match_value(printed[s], v).rules
                ]
                if not best[0] or len(hits) > len(best[2]):
                    best = method, triple, hits
        return best

    def _unadjusted(self, place: str) -> bool:
        """Whether most items of a table, and two at least, have the ratio of their counts."""
        rows = self.own[(self.own["location"] == place) & self.own["statistic"].isin(RATIOS)]
        hits = [len(self._best_ratio(str(item), place)[2]) for item in rows["item"].unique()]
        follow = sum(n == 3 for n in hits)
        return follow >= 2 and follow > len(hits) / 2

    def wald(self, claim: Claim) -> Finding | None:
        """Say whether a ratio, its limits and its p belong together."""
        item, place = str(claim["item"]), str(claim["location"])
        ratio = next(filter(None, (self.record.find(item, "", s, place) for s in RATIOS)), "")
        low, high = (self.record.find(item, "", s, place) for s in RATIO[1:])
        if not (ratio and low and high):
            return None
        rows = self.own[(self.own["location"] == place) & (self.own["item"] == item)]
        tests = rows[rows["statistic"] == "p"]
        others = [str(p) for i, p in tests["printed"].items() if is_adjusted(self.own, str(i))]
        if claim["statistic"] == "p":
            others = [str(claim["printed"])]
        check = check_ratio(ratio, low, high)
        if not check.log_symmetric:
            if claim["statistic"] == "p":
                return None
            shown = f"limits around {check.estimate_range[0]:.4g} to {check.estimate_range[1]:.4g}"
            why = "an interval that is not Wald's, or a slip in one of the three, would explain it"
            ask = f"how the interval of {self.name(item)} was computed"
            return Finding(Verdict.CONTRADICTED, shown, "Wald", ARITHMETIC, why, ask)
        shown = "p from {} to {}".format(*map(_p_text, check.p_range))
        if others and not any(habits_within(p, *check.p_range) for p in others):
            why = "a p that is not Wald's, or a slip in one of the numbers, would explain it"
            ask = f"the test that gave the p of {self.name(item)}"
            grave = severity(others[0], check.p_range)
            return Finding(Verdict.NOT_REPRODUCED, shown, "Wald", grave, why, ask)
        why = "the ratio, its limits and its p belong together" if others else (
            "the ratio and its limits belong together"
        )  # fmt: skip
        return Finding(Verdict.ATTAINABLE, shown, "Wald", explanation=why)

    def model(self, claim: Claim) -> Finding | None:
        """Compare a number of a regression with that of the patients that print as the others."""
        in_text = not str(claim["location"]).startswith("table")
        of_item = [m for m in self.searches.values() if claim["item"] in (*m[0], "model")]
        found = self.searches.get(
            str(claim["location"]), next(iter(of_item if in_text else []), None)
        )
        if found is None:
            return None
        items, search = found
        column = f"{claim['item']}_{claim['statistic']}".replace(
            "model_nagelkerke_r2", "nagelkerke"
        )
        if column not in search.tables:
            return None
        values = search.tables[column]
        shown = " or ".join(f"{value:.4f}" for value in values.unique())
        rules = {r for value in values for r in match_value(claim["printed"], float(value)).rules}
        method = "logistic regression"
        if not rules and in_text:  # it may be of another analysis
            return None
        if not rules:
            both = " and ".join(self.name(item) for item in items)
            return by_rules((), shown, f"{method} of {both}")
        if not search.freed:
            return by_rules(sorted(rules), shown, f"{method} on the printed counts")
        name, printed = self.name(search.freed), self.record.find(search.freed, ALL, "n")
        with_it = " or ".join(map(str, sorted(set(patients_with(search.tables, search.freed)))))
        why = (
            "the variable may be wider or narrower than its row in the tables: if the model has "
            f"these variables, no patients with the printed counts of {name} ({printed} in all) "
            "give it"
        )
        method = f"{method} with {with_it} patients, not the printed {printed}, in its {name}"
        ask = f"what {name} means in the regression"
        return Finding(Verdict.OTHER_PATIENTS, shown, method, ARITHMETIC, why, ask)

    def _search(self) -> dict[str, tuple[list[str], Search]]:
        """Look for the patients behind the odds ratios of each place that a regression stands in.

        Those of the text repeat a table's, if there is one.
        """
        ratios = self.own[self.own["statistic"] == "odds_ratio"]
        table = ratios["location"].str.startswith("table")
        adjusted = pd.Series([is_adjusted(self.own, str(c)) for c in ratios.index], ratios.index)
        of_tables, of_text = ratios[table & adjusted], ratios[~table]
        rest = of_text[~of_text["item"].isin(ratios["item"][table])]
        models: dict[str, tuple[list[str], Search]] = {}
        for place, rows in pd.concat([of_tables, rest]).groupby("location", sort=False):
            items = [str(item) for item in rows["item"].unique()]
            try:
                found = search_model(read_model(self.own, items, str(place)))
            except ValueError:  # no counts, or more joint tables than can be looked at
                continue
            # With a margin given up, several sets of patients would be no more than chance.
            if len(found.tables) == 1 or (len(found.tables) and not found.freed):
                models[str(place)] = (items, found)
        return models


def _p_text(p: float) -> str:
    return "<0.0001" if p < 0.0001 else f"{p:.4g}"
