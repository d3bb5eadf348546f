"""The baseline of a randomised trial: whether its groups are as alike as chance makes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from scipy.special import ndtr, ndtri

from paperaudit.group_tests import anova_from_summary, anova_range, as_numbers
from paperaudit.record import Record

#: What else than a fault makes a baseline look too alike, or too different.
CAVEATS = (
    "variables that go together (height and weight) count as if each were new evidence",
    "means and SDs that are printed with few digits allow a wide range, which is given",
    "skewed variables do not have the p values of a normal test",
    "stratified or minimised randomisation makes groups more alike than chance does",
    "standard errors given as SDs make them look far too alike or too different",
    "of many trials some look odd by chance: this is a reason to ask, and no proof of anything",
)
_EDGE = 1e-6  # a p of exactly 0 or 1 has no place on the normal scale


@dataclass(frozen=True)
class BaselineCheck:
    """The p values of all baseline variables of a trial as one.

    Attributes
    ----------
    items
        The variables, each with a mean and SD in every group.
    p_values
        Of each, by analysis of variance from the numbers as printed.
    alike
        Chance that groups are as alike as these or more, from all numbers that print so: the least
        and the greatest.
    different
        Chance that they are as different or more.
    caveats
        `CAVEATS`.
    """

    items: tuple[str, ...]
    p_values: tuple[float, ...]
    alike: tuple[float, float]
    different: tuple[float, float]
    caveats: tuple[str, ...] = CAVEATS


def check_baseline(claims: pd.DataFrame, location: str = "table1") -> BaselineCheck | None:
    """Join the p values of a trial's baseline means, recomputed from print.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.
    location : str
        The table of the baseline; that its groups were made by chance is for the user to know.

    Returns
    -------
    BaselineCheck or None
        None with fewer than three variables that have a mean and SD in every group.

    Notes
    -----
    Stouffer's method: under randomisation each p of an independent, normal variable is uniform, so
    that the sum of their normal scores has a variance of their number. Counts are left out: their
    p values are not uniform.

    References
    ----------
    Carlisle JB. Data fabrication and other reasons for non-random sampling in 5087 randomised,
    controlled trials in anaesthetic and general medical journals. Anaesthesia 2017;72:944-52.
    Bland M. Do baseline p-values follow a uniform distribution in randomised trials? PLoS ONE
    2013;8:e76010.
    """
    record = Record(claims)
    items, middles, lows, highs = [], [], [], []
    rows = record.own[(record.own["location"] == location) & (record.own["statistic"] == "mean")]
    for item in dict.fromkeys(rows["item"]):
        groups = record.means(str(item), record.groups.arms)
        if len(groups) < 2:
            continue
        low, high = anova_range(groups)
        items.append(str(item))
        middles.append(anova_from_summary(*as_numbers(groups)))
        lows.append(low)
        highs.append(high)
    if len(items) < 3:
        return None
    alike = sorted(_joint([1 - p for p in ps]) for ps in (lows, highs))
    different = sorted(_joint(ps) for ps in (lows, highs))
    return BaselineCheck(
        tuple(items), tuple(middles), (alike[0], alike[1]), (different[0], different[1])
    )


def _joint(p_values: Sequence[float]) -> float:
    """Join one-sided p values: the chance that they are as small together."""
    scores = [float(ndtri(min(max(p, _EDGE), 1 - _EDGE))) for p in p_values]
    return float(ndtr(sum(scores) / math.sqrt(len(scores))))
