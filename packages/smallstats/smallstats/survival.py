"""Time to an event: survival, and cumulative incidence where another event may come first.

lifelines, the well-kept library, needs pandas below 3 (0.30.3). statsmodels was measured: its
estimates and standard errors are those found here, but it gives no intervals, no numbers at risk at
a time asked for, and divides by zero where the last patients of a curve all have the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from smallstats.columns import (
    binary_values,
    check_columns,
    column_kind,
    numeric_values,
    refuse,
)
from smallstats.remarks import Remark

Floats = NDArray[np.float64]
NOBODY_APART: tuple[str, ...] = ("",)
YEARS = (1.0, 2.0, 5.0)
TIE = float(np.sqrt(np.finfo(float).eps))  # times less apart are tied
SINGULAR = 1e-9  # eigenvalues below this part are none
DUST = 1e-12  # an incidence so near 1 is 1
FIRST = ["group", "time", "n", "dropped"]
LAST = ["se", "ci_low", "ci_high", "interval"]


@dataclass(frozen=True)
class FollowUp:
    """Who was followed how long, and to what: 0 censored, 1 the event, 2 a competing one.

    Of the rows of a frame these are the `complete` ones: time, event and group are not missing.
    """

    time: Floats
    cause: NDArray[np.intp]
    group: NDArray[np.intp]
    groups: tuple[str, ...]
    complete: NDArray[np.bool_]

    @property
    def dropped(self) -> int:
        """Number of rows left out for a missing value."""
        return int((~self.complete).sum())


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: `table` has, for each group, `n`, `events` and `expected` events."""

    chi_square: float
    df: int
    p: float
    table: pd.DataFrame
    dropped: int


def survival_table(
    frame: pd.DataFrame,
    time: str,
    event: str,
    *,
    by: str | None = None,
    at: Sequence[float] | None = YEARS,
) -> pd.DataFrame:
    """Estimate survival without the event by Kaplan and Meier.

    Parameters
    ----------
    frame, time, event
        One row a patient: how long followed, and whether to the event (else censored).
    by
        A binary or categorical column: a curve for each of its levels.
    at
        Times of the rows, in the unit of `time`; None: 0 and every time of an event, as a curve
        is drawn.

    Returns
    -------
    pandas.DataFrame
        A row a group and time: `group` (empty without `by`), `time`, `n` (patients of the group),
        `dropped` (rows of the frame left out for a missing value), `at_risk` (followed until this
        time or longer), `events` and `censored` (until then, that time included), `survival`,
        `se` (Greenwood), `ci_low`, `ci_high`, `interval`: ``95% log-log``; before the first
        event ``95% Clopper-Pearson of those at risk``; else why there is none. Survival is NaN
        from the last follow-up on, if that patient was censored; `interval` says so.

    Raises
    ------
    ValueError
        Naming every problem: columns absent or of the wrong kind, negative times, nobody with
        all values.

    References
    ----------
    Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc
    1958;53:457-81.
    Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data, 2nd ed. Wiley
    2002 (the log-log interval).

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [1.5, 2, 2, 3, 4, 6], "died": [1, 0, 1, 0, 1, 0]})
    >>> survival_table(frame, "years", "died")[["time", "at_risk", "survival"]].round(3)
       time  at_risk  survival
    0   1.0        6     1.000
    1   2.0        5     0.667
    2   5.0        1     0.333
    """
    table = _estimate(follow_up(frame, time, event, None, by), at, survival=True)
    return table[[*FIRST, "at_risk", "events", "censored", "survival", *LAST]]


def cumulative_incidence(
    frame: pd.DataFrame,
    time: str,
    event: str,
    *,
    competing: str,
    by: str | None = None,
    at: Sequence[float] | None = YEARS,
) -> pd.DataFrame:
    """Estimate how many have had the event, where a competing one precludes it.

    One minus Kaplan-Meier's survival, with competing events censored, would be too high.

    Parameters
    ----------
    frame, time, event
        One row a patient: how long followed, and whether to the event.
    competing
        Whether to the other event: nobody has both.
    by, at
        As in `survival_table`.

    Returns
    -------
    pandas.DataFrame
        A row a group and time: `group`, `time`, `n`, `dropped`, `at_risk` (followed without
        either event), `events`, `competing`, `censored` (until then), `incidence` (Aalen and
        Johansen), `se`, `ci_low`, `ci_high`, `interval`, all as in `survival_table`.

    Raises
    ------
    ValueError
        As `survival_table`, and for rows with both events.

    References
    ----------
    Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based
    on censored observations. Scand J Stat 1978;5:141-50.
    Andersen PK, Borgan Ø, Gill RD, Keiding N. Statistical Models Based on Counting Processes.
    Springer 1993, section IV.4 (the variance, of Greenwood's type).

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [0.5, 1, 2, 3], "ill": [1, 0, 1, 0], "died": [0, 1, 0, 0]})
    >>> table = cumulative_incidence(frame, "years", "ill", competing="died", at=[1, 2])
    >>> table.incidence.tolist()
    [0.25, 0.5]
    """
    table = _estimate(follow_up(frame, time, event, competing, by), at, survival=False)
    return table[[*FIRST, "at_risk", "events", "competing", "censored", "incidence", *LAST]]


def log_rank(frame: pd.DataFrame, time: str, event: str, by: str) -> LogRank:
    """Compare the survival of groups by the log-rank test.

    Raises
    ------
    ValueError
        As `survival_table`, for fewer than two groups, and where nobody had the event.

    References
    ----------
    Peto R, Peto J. Asymptotically efficient rank invariant test procedures. J R Stat Soc A
    1972;135:185-207.

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "died": 1, "arm": [1, 1, 1, 0, 0, 0]})
    >>> round(log_rank(frame, "years", "died", "arm").p, 4)
    0.0246
    """
    data = follow_up(frame, time, event, None, by)
    refuse([f"{by!r} has one level among {len(data.time)} patients"] * (len(data.groups) < 2))
    refuse([f"nobody had the event {event!r}"] * (not data.cause.any()))
    of_group = np.eye(len(data.groups))[data.group]
    times = np.unique(data.time[data.cause == 1])
    order = np.argsort(data.time, kind="stable")
    gone = np.vstack([np.zeros(len(data.groups)), np.cumsum(of_group[order], axis=0)])
    risk = gone[-1] - gone[np.searchsorted(data.time[order], times)]
    events = np.bincount(np.searchsorted(times, data.time[data.cause == 1]), minlength=len(times))
    everyone = risk.sum(axis=1)
    share = risk / everyone[:, None]
    expected = events @ share
    # the hypergeometric variance of the events of each group at each time, given the margins
    spread = events * (everyone - events) / np.maximum(everyone - 1, 1)
    variance = np.diag(spread @ share) - (share.T * spread) @ share
    observed = of_group[data.cause == 1].sum(axis=0)
    difference = observed - expected
    chi_square, rank = score_statistic(difference, variance)
    table = pd.DataFrame(
        {"n": of_group.sum(axis=0).astype(int), "events": observed.astype(int)},
        index=pd.Index(data.groups, name="group"),
    ).assign(expected=expected)
    p = float(chdtrc(rank, chi_square)) if rank else 1.0
    return LogRank(chi_square, rank, p, table, data.dropped)


def follow_up_times(frame: pd.DataFrame, time: str) -> Floats:
    """Return the times of follow-up, NaN where missing; those that differ by float noise are tied.

    Raises
    ------
    ValueError
        When the column is absent, no number or has negative values.
    """
    refuse(check_columns(frame, [time]))
    values = numeric_values(frame[time])
    negative = int((values < 0).sum())
    words = "time {term!r} is negative in {n} of {all} rows"
    refuse([Remark(words, term=time, n=negative, all=len(values))] * (negative > 0))
    return tied_times(values)


def tied_times(times: Floats) -> Floats:
    """Make times equal that differ by the noise of their last binary digit, as 0.3 and 0.1 + 0.2.

    Of sorted distinct times those tie with their predecessor that are within `TIE` of it, or
    within that part of the mean time; each becomes the first of its run. NaN stays.

    References
    ----------
    Therneau T. Roundoff error and tied times. Vignette of R's survival (`timefix`, `aeqSurv`).

    Examples
    --------
    >>> tied_times(np.array([0.3, 0.1 + 0.2, 0.4])).tolist()
    [0.3, 0.3, 0.4]
    """
    finite = np.isfinite(times)
    distinct = np.unique(times[finite])
    if len(distinct) < 2:
        return times
    apart = np.diff(distinct) > TIE * max(1.0, float(np.abs(distinct).mean()))
    first = distinct[np.r_[True, apart]]
    result = times.copy()
    result[finite] = first[np.searchsorted(first, times[finite], "right") - 1]
    return result


def score_statistic(score: Floats, variance: Floats) -> tuple[float, int]:
    """Return the chi-square of a score, and its degrees of freedom: the rank of its variance."""
    size = np.sqrt(np.diag(variance))
    size[size == 0] = 1.0
    unit = variance / np.outer(size, size)
    rank = int(np.linalg.matrix_rank(unit, tol=SINGULAR, hermitian=True))
    inverse = np.linalg.pinv(unit, rcond=SINGULAR, hermitian=True)
    return float((score / size) @ inverse @ (score / size)), rank


def follow_up(
    frame: pd.DataFrame, time: str, event: str, competing: str | None, by: str | None
) -> FollowUp:
    """Gather who was followed how long, and to what; refuse what cannot be.

    Raises
    ------
    ValueError
        As `survival_table` and `cumulative_incidence`.
    """
    used = [name for name in (time, event, competing, by) if name is not None]
    refuse(check_columns(frame, used))
    refuse([f"{n!r} is given twice" for n in dict.fromkeys(used) if used.count(n) > 1])
    times = follow_up_times(frame, time)
    events = binary_values(frame[event], role="event")
    others = np.zeros(len(frame))
    if competing is not None:
        others = binary_values(frame[competing], role="competing event")
        both = int(((events == 1) & (others == 1)).sum())
        refuse([f"{both} rows have both {event!r} and {competing!r}"] * (both > 0))
    complete = ~np.isnan(times + events + others)
    if by is not None:
        complete &= frame[by].notna().to_numpy()
    refuse([f"no row has all of {', '.join(used)}"] * (not complete.any()))
    group, groups = np.zeros(int(complete.sum()), dtype=np.intp), NOBODY_APART
    if by is not None:
        group, groups = _groups(frame.loc[complete, by])
    cause = (events + 2 * others)[complete].astype(np.intp)
    return FollowUp(times[complete], cause, group, groups, complete)


def _groups(column: pd.Series) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the number of each patient's group, and the names of the groups that occur."""
    kind = column_kind(column)
    refuse([f"{column.name!r} is a number: cut it into levels first"] * (kind == "number"))
    if kind == "binary":
        codes, names = numeric_values(column).astype(np.intp), ["no", "yes"]
    else:
        codes, names = np.asarray(column.cat.codes, dtype=np.intp), list(column.cat.categories)
    present, group = np.unique(codes, return_inverse=True)
    return group.astype(np.intp), tuple(str(names[code]) for code in present)


def _estimate(data: FollowUp, at: Sequence[float] | None, *, survival: bool) -> pd.DataFrame:
    """Incidence of the event, or survival without it, in each group."""
    asked = None if at is None else np.sort(np.asarray(at, dtype=float))
    if asked is not None and not (asked.size and np.isfinite(asked).all() and (asked >= 0).all()):
        refuse([f"at={at!r} is not a list of times from 0 on"])
    times, places = data.time, asked
    if asked is not None:  # 0.7 asked for is 3.7 - 3.0 followed
        times, places = np.split(tied_times(np.r_[times, asked]), [len(times)])
    parts = []
    for number, name in enumerate(data.groups):
        mine = data.group == number
        part = _aalen_johansen(times[mine], data.cause[mine], places, survival)
        part = part if asked is None else part.assign(time=asked)
        parts.append(part.assign(group=name, n=int(mine.sum()), dropped=data.dropped))
    return pd.concat(parts, ignore_index=True)


def _aalen_johansen(
    time: Floats, cause: NDArray[np.intp], asked: Floats | None, survival: bool
) -> pd.DataFrame:
    """Incidence at some times; the variance is a quadratic of the incidence, summed up as such."""
    ordered, last = np.sort(time), float(time.max())
    times = np.unique(np.r_[0.0, time[cause > 0]])
    place = np.searchsorted(times, time)
    d1, d2 = (np.bincount(place[cause == c], minlength=len(times)) for c in (1, 2))
    risk = len(time) - np.searchsorted(ordered, times)
    # Nelson-Aalen's increments dA_c(t) = d_c(t) / Y(t), c = 1 the event, 2 the competing one
    h1, h2 = d1 / np.maximum(risk, 1), d2 / np.maximum(risk, 1)
    # Kaplan-Meier of being free of both: S(t) = prod (1 - dA_1 - dA_2)
    free = np.cumprod((risk - d1 - d2) / np.maximum(risk, 1))
    before = np.r_[1.0, free[:-1]]
    # Aalen and Johansen (1978): F_1(t) = sum over u <= t of S(u-) dA_1(u)
    incidence = np.cumsum(before * h1)
    incidence[incidence > 1 - DUST] = 1.0
    leaves_some = risk > d1 + d2
    q = np.where(leaves_some, 1 / np.where(leaves_some, 1 - h1 - h2, 1.0), 0.0)
    # Andersen et al. (1993, IV.4): Var F_1(t) is the sum over u <= t of the binomial variances of
    # d_1(u), d_2(u) times the squares of dF_1(t)/dA_1(u) = S(u-) - (F_1(t) - F_1(u)) q(u) and
    # dF_1(t)/dA_2(u) = -(F_1(t) - F_1(u)) q(u), with q = 1 / (1 - dA_1 - dA_2). With a and b the
    # parts without F_1(t), each is a - q F_1(t) or b - q F_1(t): a quadratic in F_1(t), whose
    # three coefficients are running sums over u.
    a, b = before + incidence * q, incidence * q
    v1, v2, cov = (h1 * (1 - h1), h2 * (1 - h2), h1 * h2)
    share = 1 / np.maximum(risk, 1)
    constant = np.cumsum(share * (a**2 * v1 + b**2 * v2 - 2 * a * b * cov))
    linear = np.cumsum(share * q * (a * v1 + b * v2 - (a + b) * cov))
    square = np.cumsum(share * q**2 * (v1 + v2 - 2 * cov))
    variance = constant - 2 * linear * incidence + square * incidence**2

    at = times if asked is None else asked
    k = np.searchsorted(times, at, side="right") - 1
    estimate, at_risk = incidence[k], len(time) - np.searchsorted(ordered, at)
    se = np.sqrt(np.maximum(variance[k], 0.0))
    estimate = np.asarray(free[k] if survival else estimate)
    low, high, interval = _log_log(estimate, se, at_risk)
    beyond = (at > last) & (free[k] > 0)
    for values in (estimate, se, low, high):
        values[beyond] = np.nan
    interval[beyond] = f"none: beyond the last follow-up at {last:g}"
    events, others = np.cumsum(d1)[k], np.cumsum(d2)[k]
    ended = np.searchsorted(ordered, at, side="right")
    return pd.DataFrame(
        {
            "time": at,
            "at_risk": at_risk,
            "events": events,
            "competing": others,
            "censored": ended - events - others,
            "survival" if survival else "incidence": estimate,
            **dict(zip(LAST, (se, low, high, interval), strict=True)),
        }
    )


def _log_log(
    p: Floats, se: Floats, at_risk: NDArray[np.intp]
) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Interval of a probability, from the normal distribution of log(-log(p)).

    Kalbfleisch and Prentice (2002): p ** exp(±z se / (p log p)).
    """
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    half = ndtri(0.975) * se / (safe * -np.log(safe))
    low, high = (np.where(inside, safe ** np.exp(sign * half), np.nan) for sign in (1, -1))
    names = np.where(inside, "95% log-log", "none: nobody at risk").astype(object)
    at_bound = ~inside & (at_risk > 0)
    reach = 0.025 ** (1 / np.maximum(at_risk, 1))
    low[at_bound] = np.where(p == 1, reach, 0.0)[at_bound]
    high[at_bound] = np.where(p == 1, 1.0, 1 - reach)[at_bound]
    names[at_bound] = "95% Clopper-Pearson of those at risk"
    return low, high, names
