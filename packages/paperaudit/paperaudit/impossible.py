"""Numbers that no patients can have, whatever else is printed."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any

import pandas as pd

from paperaudit.adjustment import LIMITS, RATIOS
from paperaudit.groups import Groups, is_known
from paperaudit.rounding import printed_value

#: What cannot be below 0.
NOT_NEGATIVE = ("n", "percent", "fraction", "sd", "p", *RATIOS)
MOST = {"percent": 100, "fraction": 1, "p": 1}
NAMES = {"percent": "a percentage", "fraction": "a share", "p": "a p value",
         "sd": "a standard deviation", "n": "a count"}  # fmt: skip


def impossible_numbers(
    own: pd.DataFrame, groups: Groups, other_units: Collection[str]
) -> dict[str, str]:
    """Say of each number that no patients can have why not.

    Parameters
    ----------
    own
        The study's own claims.
    groups
        Its groups.
    other_units
        Items that count something else than patients.

    Returns
    -------
    dict
        By claim. A count above its group or its denominator, a share above 100%, a p outside 0 to
        1 or "below 0", a negative standard deviation or ratio, limits in the wrong order.
    """
    reasons = {}
    for claim in own.reset_index(names="id").to_dict("records"):
        why = _alone(str(claim["statistic"]), str(claim.get("printed", claim["value"])))
        if not why and claim["statistic"] == "n":
            why = _above(claim, groups, claim["item"] in other_units)
        if why:
            reasons[str(claim["id"])] = why
    return reasons | _reversed_limits(own)


def _alone(statistic: str, printed: str) -> str:
    """Say why a number of a statistic cannot be, by itself."""
    value, bound = printed_value(printed), printed.strip()[:1]
    name = NAMES.get(statistic, "a ratio")
    if statistic in NOT_NEGATIVE and value < 0:
        return f"{name} is not below 0"
    if statistic in ("p", "sd") and bound == "<" and value == 0:
        return f"{name} is not below 0, whatever was tested; <0.001 may be meant"
    most = MOST.get(statistic)
    if most is not None and (value > most or (bound == ">" and value >= most)):
        return f"{name} is not above {most}{'%' * (statistic == 'percent')}"
    return ""


def _above(claim: dict[Hashable, Any], groups: Groups, other_unit: bool) -> str:
    """Say whether a count is more than its group, or than it is a percentage of."""
    size, whole = groups.sizes.get(str(claim["group"])), claim["denominator"]
    value = int(claim["value"])
    patients = claim["item"] != "patients" and not other_unit
    if size is not None and value > size and patients:
        return f"there are {size} patients in {claim['group'].replace('_', ' ')}"
    if is_known(whole) and value > int(whole):
        return f"it is of {int(whole)}"
    return ""


def _reversed_limits(own: pd.DataFrame) -> dict[str, str]:
    """Find lower limits above their upper limits, where each is printed once."""
    reasons: dict[str, str] = {}
    limits = own[own["statistic"].isin(LIMITS)]
    if limits.empty:
        return reasons
    models = limits["model"] if "model" in limits else limits["note"]
    keys = [limits["location"], limits["item"], limits["group"], models]
    for _, rows in limits.groupby(keys, sort=False):
        pairs = [rows[rows["statistic"] == s] for s in LIMITS]
        for low, high in zip(*(part.index for part in pairs), strict=False):
            if rows["value"][low] > rows["value"][high]:
                upper = rows["printed"][high]
                reasons[str(low)] = f"the upper limit beside it is {upper}"
                reasons[str(high)] = f"the lower limit beside it is {rows['printed'][low]}"
    return reasons
