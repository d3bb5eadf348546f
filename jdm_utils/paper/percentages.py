"""Printed percentages against the printed counts they come from."""

from collections.abc import Hashable
from fractions import Fraction
from typing import Any

import pandas as pd

from jdm_utils.paper.rounding import prints_as

#: Where the count of a percentage is looked for, after the place that prints the percentage.
TABLES = ("table3", "table2", "results")


def percent_habits(claims: pd.DataFrame) -> pd.Series:
    """Say for every printed percentage how it was shortened from its printed count.

    The count is the one printed beside the percentage, else that of Table 3, of Table 2, or of the
    text; a count that is printed for the two groups only is their sum. A percentage printed in
    several places is listed once.

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
    >>> from jdm_utils import load_claims
    >>> percent_habits(load_claims())["table2_pulmonary_all_percent"]
    'truncated'
    """
    own = claims[claims["role"].isin(["built_in", "predicted"])]
    counts, percentages = own[own["statistic"] == "n"], own[own["statistic"] == "percent"]
    habits = {}
    first = percentages.drop_duplicates(["item", "group", "printed"])
    for claim in first.reset_index().to_dict("records"):
        share = Fraction(100 * count_of_percentage(claim, counts), int(claim["denominator"]))
        rules = set(prints_as(share, claim["printed"])) - {"half even"}
        names = {"half up": "rounded", "truncated": "truncated"}
        alone = [names[rule] for rule in rules]
        habits[claim["id"]] = alone[0] if len(alone) == 1 else "either" if alone else "neither"
    return pd.Series(habits, name="habit")


def count_of_percentage(percent: dict[Hashable, Any], counts: pd.DataFrame) -> int:
    """Return the printed count that a percentage is taken of; `percent_habits` says which."""
    of_item = counts[counts["item"] == percent["item"]]
    found = of_item[of_item["group"] == percent["group"]]
    # A repeated percentage stands in a sentence without counts, so its count is in a table.
    repeated = percent["id"].rpartition("_")[2].isdigit()
    for location in [*([] if repeated else [percent["location"]]), *TABLES]:
        here = found[found["location"] == location]
        if len(here):
            return int(here["value"].iloc[0])
    if percent["group"] == "all":  # printed for each group only
        here = of_item[of_item["location"].isin(TABLES) & (of_item["group"] != "all")]
        return int(here.drop_duplicates("group")["value"].sum())
    raise ValueError(f"{percent['id']}: no printed count to take a percentage of")
