"""Which printed ratios and p values are of a regression, and which ones belong together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

from paperaudit.noted import INTERACTION
from paperaudit.verdict import Claim

RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")
LIMITS = ("ci_low", "ci_high")
#: Differences of groups: those of means have limits that are symmetric as a rule.
DIFFERENCES = ("mean_difference", "median_difference", "risk_difference", "smd")
EFFECTS = (*RATIOS, *DIFFERENCES)
#: Notes and models that say of a number that it is not of two printed counts.
ADJUSTED = re.compile(r"logistic|regression|(?<!un)adjusted|multivaria|imput", re.IGNORECASE)
CRUDE = re.compile(r"crude|unadjusted|univaria", re.IGNORECASE)
#: What an analysis prints of an item, besides counts and summaries.
OF_ANALYSIS = (*EFFECTS, *LIMITS, "p", "conf_level")


def model_of(claim: Claim) -> str:
    """Name the analysis that a number is of: its model, else ``adjusted`` if its note says so.

    Examples
    --------
    >>> model_of({"note": "adjusted for age"}), model_of({"note": "", "model": "crude"})
    ('adjusted', 'crude')
    """
    named = str(claim.get("model", "") or "").strip().casefold()
    return named or ("adjusted" if ADJUSTED.search(str(claim["note"])) else "")


def adjusted_claims(own: pd.DataFrame) -> frozenset[str]:
    """List the ratios and p values that belong to a regression.

    Their model or note says so; or their table prints a ratio of the item, and no counts.
    """
    ids = []
    of_item: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in own.reset_index(names="id").to_dict("records"):
        of_item[str(claim["location"]), str(claim["item"])].append(claim)
    for (place, _), rows in of_item.items():
        kinds = {str(claim["statistic"]) for claim in rows}
        table = place.startswith("table")
        ratio_only = table and bool(kinds & set(RATIOS)) and not kinds & {"n", "percent"}
        for claim in rows:
            model = model_of(claim)
            if not CRUDE.search(model) and (model or ratio_only):
                ids.append(str(claim["id"]))
    return frozenset(ids)


def analysis_of(claim: Claim, of_item: Iterable[Claim]) -> list[Claim]:
    """List what belongs to one analysis with a number, of all that a place prints of an item.

    Ratios that are crude and adjusted have limits and p values of their own. Where no model is
    named, each ratio begins an analysis, in the order of the ledger.
    """
    rows = [
        c
        for c in of_item
        if c["statistic"] in OF_ANALYSIS and c["group"] == claim["group"]
        and (c["statistic"] != "p" or not INTERACTION.search(str(c["note"])))
    ]  # fmt: skip
    effects = [c for c in rows if c["statistic"] in EFFECTS]
    if not _repeated(rows) and len(effects) < 2:
        return rows
    model = model_of(claim)
    mine = [c for c in rows if model_of(c) == model]
    if _repeated(mine) or len(effects) > 1:
        mine = _in_turn(claim, mine)
    if not any(c["statistic"] == "conf_level" for c in mine):
        mine += [c for c in rows if c["statistic"] == "conf_level"][:1]
    return mine


def _repeated(rows: list[Claim]) -> bool:
    counted = Counter(c["statistic"] for c in rows)
    return any(n > 1 for n in counted.values())


def _in_turn(claim: Claim, rows: list[Claim]) -> list[Claim]:
    """Part rows into analyses: the first effect with the first limits, and so on.

    Limits fewer than the effects are of the effect before them.
    """
    turns: dict[Any, int] = {}
    counted: Counter[str] = Counter()
    kinds = ["effect" if row["statistic"] in EFFECTS else str(row["statistic"]) for row in rows]
    for row, kind in zip(rows, kinds, strict=True):
        fewer = kind in LIMITS and kinds.count(kind) < kinds.count("effect")
        turns[row["id"]] = max(0, counted["effect"] - 1) if fewer else counted[kind]
        counted[kind] += 1
    mine = turns.get(claim["id"], 0)
    return [row for row in rows if turns[row["id"]] == mine]
