"""Printed percentages against the printed counts they come from."""

from collections.abc import Hashable
from fractions import Fraction
from typing import Any

import pandas as pd

from paperaudit.groups import ALL
from paperaudit.record import Record
from paperaudit.rounding import HABITS, prints_as


def percent_habits(claims: pd.DataFrame) -> pd.Series:
    """Say for every printed percentage how it was shortened from its printed count.

    The count is that of `count_of_percentage`. A percentage printed in several places is listed
    once.

    Returns
    -------
    pandas.Series
        Indexed by claim: ``rounded`` or ``truncated`` where only that gives the printed digits,
        ``either`` where both do, ``neither`` where none does.

    Raises
    ------
    ValueError
        If a percentage has no printed count.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> percent_habits(load_claims(example_ledger()))["table1_diabetes_no_infection_percent"]
    'truncated'
    """
    record = Record(claims)
    own = record.own
    first = own[own["statistic"] == "percent"].drop_duplicates(["item", "group", "printed"])
    habits: dict[str, str] = {}
    for claim in first.reset_index().to_dict("records"):
        n = count_of_percentage(claim, record)
        whole = record.denominator(claim)
        if n is None or whole is None:
            raise ValueError(f"{claim['id']}: no printed count to take a percentage of")
        rules = prints_as(Fraction(100 * n, whole), claim["printed"])
        alone = [habit for habit, rule in HABITS.items() if rule in rules]
        habits[claim["id"]] = alone[0] if len(alone) == 1 else "either" if alone else "neither"
    return pd.Series(habits, name="habit")


def count_of_percentage(percent: dict[Hashable, Any], record: Record) -> int | None:
    """Find the printed count that a percentage is taken of.

    Of several, the first that gives the printed digits, else the first; one printed in the same
    place comes before those of other places. A count that is printed for the compared groups only
    is their sum. None if no count is printed.
    """
    item, group = percent["item"], percent["group"]
    counts = record.listed(item, group, "n")
    here = [c for c in counts if c["location"] == percent["location"]]
    rest = [c for c in counts if c["location"] != percent["location"]]
    printed_counts = [int(c["value"]) for c in (*here, *rest)]
    arms = record.groups.arms
    parts = [record.listed(item, compared, "n") for compared in arms]
    if not printed_counts and group == ALL and record.groups.add_up and all(map(len, parts)):
        printed_counts = [int(sum(part[0]["value"] for part in parts))]
    whole = record.denominator(percent)
    if whole is None:
        return next(iter(printed_counts), None)
    scale = 100 if percent["statistic"] == "percent" else 1
    fits = [n for n in printed_counts if prints_as(Fraction(scale * n, whole), percent["printed"])]
    return next(iter([*fits, *printed_counts]), None)
