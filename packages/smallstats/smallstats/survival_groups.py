"""Curves of groups set side by side: who is under them, their medians, and a test between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from smallstats.columns import refuse
from smallstats.survival import (
    FollowUp,
    LogRank,
    follow_up,
    score_statistic,
    survival_table,
)

Floats = NDArray[np.float64]


def follow_up_counts(
    frame: pd.DataFrame,
    time: str,
    event: str,
    *,
    at: Sequence[float],
    competing: str | None = None,
    by: str | None = None,
) -> pd.DataFrame:
    """Count who is at risk at some times, and what became of the others: they add up to all.

    Whose time ends at the very time asked for is still at risk there.

    Parameters
    ----------
    frame, time, event, competing, by
        As in `smallstats.survival.survival_table` and `cumulative_incidence`.
    at
        Times.

    Returns
    -------
    pandas.DataFrame
        A row a group and time: `group`, `time`, `n`, `at_risk`, and before that time `events`,
        `competing`, `censored`.

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [1.5, 2, 2, 3, 4, 6], "died": [1, 0, 1, 0, 1, 0]})
    >>> follow_up_counts(frame, "years", "died", at=[0, 2, 5])[["at_risk", "events", "censored"]]
       at_risk  events  censored
    0        6       0         0
    1        5       1         0
    2        1       3         2
    """
    data = follow_up(frame, time, event, competing, by)
    rows = []
    for number, name in enumerate(data.groups):
        mine = data.group == number
        for t in at:
            ended = data.cause[mine & (data.time < t)]
            n = int(mine.sum())
            censored, events, others = np.bincount(ended, minlength=3).tolist()
            rows.append((name, float(t), n, n - len(ended), events, others, censored))
    columns = ["group", "time", "n", "at_risk", "events", "competing", "censored"]
    return pd.DataFrame(rows, columns=columns)


def median_time(
    frame: pd.DataFrame, time: str, event: str, *, by: str | None = None, share: float = 0.5
) -> pd.DataFrame:
    """Estimate by when half of the patients have the event, from Kaplan and Meier's curve.

    Parameters
    ----------
    frame, time, event, by
        As in `smallstats.survival.survival_table`.
    share
        Of the patients with the event: 0.5 for the median.

    Returns
    -------
    pandas.DataFrame
        A row a group: `group`, `n`, `events`, `median` (where the curve is level at just that
        share, the middle of the level, as R), `ci_low`, `ci_high` (where the log-log limits of the
        curve pass it; Brookmeyer and Crowley). Infinite where they never do.

    References
    ----------
    Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics
    1982;38:29-41.

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6, 7], "died": [1, 1, 0, 1, 1, 1, 0]})
    >>> median_time(frame, "years", "died")["median"].tolist()
    [5.0]
    """
    refuse([f"share={share!r} is not between 0 and 1"] * (not 0 < share < 1))
    curves = survival_table(frame, time, event, by=by, at=None)
    rows = []
    for name, curve in curves.groupby("group", sort=False):
        times = curve["time"].to_numpy()
        ends = [
            _passes(times, curve[c].to_numpy(), 1 - share)
            for c in ("survival", "ci_low", "ci_high")
        ]
        rows.append((name, int(curve["n"].iloc[0]), int(curve["events"].iloc[-1]), *ends))
    return pd.DataFrame(rows, columns=["group", "n", "events", "median", "ci_low", "ci_high"])


def _passes(times: Floats, curve: Floats, level: float) -> float:
    """When a falling curve passes a level; the middle of the time in which it is level there."""
    same = np.isclose(curve, level, rtol=0, atol=1e-9)
    below = np.flatnonzero((curve < level) & ~same)
    if same.any():
        after = below[below > np.flatnonzero(same)[-1]]
        first = float(times[np.flatnonzero(same)[0]])
        return (first + float(times[after[0]])) / 2 if len(after) else first
    return float(times[below[0]]) if len(below) else np.inf


def gray_test(frame: pd.DataFrame, time: str, event: str, by: str, *, competing: str) -> LogRank:
    """Compare the cumulative incidence of groups, where a competing event precludes it.

    Returns
    -------
    LogRank
        Chi-square, degrees of freedom and p; `table` has for each group `n`, `events` and
        `expected` events.

    Raises
    ------
    ValueError
        As `smallstats.survival.log_rank`.

    References
    ----------
    Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk.
    Ann Stat 1988;16:1141-54 (with rho 0; the variance as in R's cmprsk).

    Examples
    --------
    >>> frame = pd.DataFrame({"years": range(1, 13), "arm": [1, 0] * 6})
    >>> frame["ill"], frame["died"] = frame.years % 3 == 1, frame.years % 3 == 2
    >>> round(gray_test(frame, "years", "ill", "arm", competing="died").p, 3)
    0.766
    """
    data = follow_up(frame, time, event, competing, by)
    refuse([f"{by!r} has one level among {len(data.time)} patients"] * (len(data.groups) < 2))
    refuse([f"nobody had the event {event!r}"] * (not (data.cause == 1).any()))
    observed, expected, variance = _gray_score(data)
    chi_square, rank = score_statistic((observed - expected)[:-1], variance[:-1, :-1])
    table = pd.DataFrame(
        {"n": np.bincount(data.group), "events": observed.astype(int), "expected": expected},
        index=pd.Index(data.groups, name="group"),
    )
    p = float(chdtrc(rank, chi_square)) if rank else 1.0
    return LogRank(chi_square, rank, p, table, data.dropped)


def _gray_score(data: FollowUp) -> tuple[Floats, Floats, Floats]:
    """Events, expected events, and the variance of their difference, in each group.

    Notation of Gray's section 2: each group has its survival S free of both events and incidence
    F; `weight` is the number at risk over S, which stands for those at risk of the subdistribution
    once multiplied by 1 - F.
    """
    k = len(data.groups)
    survival, incidence, pooled = np.ones(k), np.zeros(k), 0.0
    c, v, v2, v3 = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k)), np.zeros(k)
    observed, expected = np.zeros(k), np.zeros(k)
    for t in np.unique(data.time[data.cause > 0]):
        at = data.time == t
        risk = np.bincount(data.group[data.time >= t], minlength=k).astype(float)
        d1 = np.bincount(data.group[at & (data.cause == 1)], minlength=k).astype(float)
        d2 = np.bincount(data.group[at & (data.cause == 2)], minlength=k).astype(float)
        here = risk > 0
        safe = np.where(here, risk, 1.0)
        weight = np.where(here, risk / np.where(survival > 0, survival, 1.0), 0.0)
        total, events = weight.sum(), d1.sum()
        after = survival * np.where(here, (risk - d1 - d2) / safe, 1.0)
        later = pooled + events / total
        # a: what an event of the pooled groups adds to each difference; c its running integral
        a = np.diag(weight) - np.outer(weight, weight) / total
        c += a * events / (total * (1 - pooled))
        # at risk of the subdistribution: R_j = Y_j (1 - F_j) / S_j; expected: R_j / R of the events
        share = weight * (1 - incidence)
        observed += d1
        expected += events * share / share.sum()
        # an event of the group moves its score by 1 - gap, a competing event by -gap: by these the
        # binomial variances at each time are weighted, and summed in v, v2 and v3
        gap = np.where(after > 0, (1 - later) / np.where(after > 0, after, 1.0), 0.0)
        if events:
            own = 1 - gap
            # the factor of a finite population, for tied events
            ties = 1 - (events - 1) / (total * survival - 1) if events > 1 else np.ones(k)
            size = np.where(here, ties * survival * events / (total * safe), 0.0)
            part = np.where(here, a - own * c, 0.0)
            v3 += own**2 * size
            v2 += part * own * size
            v += (part * size) @ part.T
        others = (d2 > 0) & (after > 0)
        if others.any():
            ties = np.where(d2 > 1, 1 - (d2 - 1) / np.maximum(risk - 1, 1), 1.0)
            size = np.where(others, ties * survival**2 * d2 / safe**2, 0.0)
            part = gap * c
            v3 += gap**2 * size
            v2 -= part * gap * size
            v += (part * size) @ part.T
        incidence = incidence + survival * d1 / safe
        survival, pooled = after, later
    variance = v + (c * v3) @ c.T + c @ v2.T + v2 @ c.T
    return observed, expected, variance
