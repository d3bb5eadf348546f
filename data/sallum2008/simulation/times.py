"""Dates for the simulated patients: an exact search in whole days.

Ages and intervals start from plausible draws and are moved a little, one patient at a time, until
every printed mean, standard deviation, median, extreme and the one p value that can be attained
print as they were printed. Sums are whole numbers, so the result is the same on any machine.
"""

from dataclasses import dataclass
from itertools import product
from math import floor, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paperaudit.claims import printed_number, printed_text
from paperaudit.rounding import printed_interval

YEAR, MONTH = 365.25, 30.4375
STUDY = pd.Timestamp("1987-01-01"), pd.Timestamp("2003-12-31")

Days = NDArray[np.int_]


@dataclass(frozen=True)
class _Target:
    """A statistic that must print as its claim: the middle of an interval and how far it may be."""

    claim: str
    low: float
    high: float

    def miss(self, value: float) -> float:
        middle, reach = (self.low + self.high) / 2, (self.high - self.low) / 2
        return max(0.0, abs(value - middle) / reach - 0.9)


def draw_times(
    claims: pd.DataFrame, flags: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, frozenset[str]]:
    """Give every patient dates that agree with the printed times.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger.
    flags : pandas.DataFrame
        One row a patient: ``calcinosis``, ``calcinosis_before_diagnosis``,
        ``calcinosis_first_sign``, ``onset_over_6_5``, ``diagnosis_over_1_year``, ``deaths``.
    rng : numpy.random.Generator

    Returns
    -------
    times : pandas.DataFrame
        ``birth``, ``onset``, ``diagnosis``, ``treatment``, ``calcinosis_date``, ``last_visit``.
    used : frozenset of str
        Ids of the claims that were targets.

    Raises
    ------
    ValueError
        If the search does not reach every target.
    """
    before, used_before = _calcinosis_before_diagnosis(claims, flags, rng)
    onset_age, delay, lag, used_ages = _ages(claims, flags, before, rng)
    follow_up, used_follow_up = _follow_up(claims, rng)
    follow_up = _allot(follow_up, delay, lag, flags, rng)
    room = (STUDY[1] - STUDY[0]).days - delay - follow_up
    onset = STUDY[0] + pd.to_timedelta((rng.random(len(flags)) * room).astype(int), unit="D")
    diagnosis = onset + pd.to_timedelta(delay, unit="D")
    later = (rng.uniform(0.05, 0.6, len(flags)) * np.minimum(follow_up, 5 * 365)).astype(int)
    shift = np.where(flags["calcinosis_before_diagnosis"], -before, np.maximum(later, 1))
    calcinosis = (diagnosis + pd.to_timedelta(shift, unit="D")).where(flags["calcinosis"])
    times = pd.DataFrame(
        {
            "birth": onset - pd.to_timedelta(onset_age, unit="D"),
            "onset": onset,
            "diagnosis": diagnosis,
            "treatment": diagnosis + pd.to_timedelta(lag, unit="D"),
            "calcinosis_date": calcinosis,
            "last_visit": diagnosis + pd.to_timedelta(follow_up, unit="D"),
        }
    )
    return times, used_before | used_ages | used_follow_up


def _limits(claims: pd.DataFrame, claim: str) -> tuple[float, float]:
    """Return the interval of a printed number, in days where it is a time."""
    interval = printed_interval(printed_text(claims, claim))
    unit = {"years": YEAR, "months": MONTH, "days": 1.0}.get(str(claims["unit"][claim]), 1.0)
    return float(interval.low) * unit, float(interval.high) * unit


def _days(claims: pd.DataFrame, claim: str) -> int:
    """Return a printed time as the whole number of days nearest to it."""
    low, high = _limits(claims, claim)
    return round((low + high) / 2)


def _calcinosis_before_diagnosis(
    claims: pd.DataFrame, flags: pd.DataFrame, rng: np.random.Generator
) -> tuple[Days, frozenset[str]]:
    """Days from calcinosis to diagnosis for the six who had it before; 0 for the others."""
    names = {
        s: f"results_months_calcinosis_to_diagnosis_calcinosis_{s}"
        for s in ("min", "median", "max")
    }
    shortest, median, longest = (_days(claims, name) for name in names.values())
    apart = int(rng.integers(15, 45))
    days = [shortest, int(rng.integers(60, 150)), median - apart, median + apart, 350, longest]
    early = flags.index[flags["calcinosis_before_diagnosis"]]
    # The two longest belong to those diagnosed after more than a year; the patient whose first
    # sign was calcinosis has the longest of the others.
    order = ["diagnosis_over_1_year", "calcinosis_first_sign"]
    ranked = flags.loc[early].sort_values(order, kind="stable").index
    late = flags.loc[ranked, "diagnosis_over_1_year"].to_numpy()
    interval = dict(zip([*ranked[~late], *ranked[late][::-1]], days, strict=True))
    before = np.array([interval.get(patient, 0) for patient in flags.index])
    return before, frozenset(names.values())


def _ages(
    claims: pd.DataFrame, flags: pd.DataFrame, before: Days, rng: np.random.Generator
) -> tuple[Days, Days, Days, frozenset[str]]:
    """Age at onset, onset to diagnosis and diagnosis to treatment, in days."""
    n, case = len(flags), flags["calcinosis"].to_numpy()
    late, old = flags["diagnosis_over_1_year"].to_numpy(), flags["onset_over_6_5"].to_numpy()
    first = flags["calcinosis_first_sign"].to_numpy()
    cut_age = floor(printed_number(claims, "results_age_at_onset_cutoff") * YEAR)
    cut_delay = floor(printed_number(claims, "results_time_to_diagnosis_cutoff") * YEAR)
    lowest = np.array(
        [
            np.where(old, cut_age + 1, 365),
            np.maximum(before + 1, np.where(late, cut_delay + 1, 7)),
            np.zeros(n),
        ]
    ).astype(int)
    highest = np.array(
        [np.where(old, 15 * 365, cut_age), np.where(late, 12 * 365, cut_delay), np.full(n, 365)]
    ).astype(int)
    lowest[1, first] = highest[1, first] = before[first]
    x = np.array(
        [
            np.where(old, cut_age + rng.gamma(2, 380, n), cut_age - rng.gamma(2, 480, n)),
            np.where(
                late, cut_delay + rng.gamma(2, np.where(case, 10, 150), n), rng.gamma(2, 35, n)
            ),
            rng.gamma(2, 35, n),
        ]
    ).astype(int)
    x[:2, 0] = 900, 3050  # the one very late diagnosis that a mean of 1.0 and SD of 1.7 need
    x[1, np.flatnonzero(~case & late)[0]] = 4 * 365
    x = np.clip(x, lowest, highest)

    groups = {"calcinosis": case, "no_calcinosis": ~case}
    claim = "table3_{}_{}_{}".format
    items, statistics = ("age_at_diagnosis", "time_to_treatment"), {"mean": _mean, "sd": _sd}
    targets = {
        key: _Target(claim(*key), *_limits(claims, claim(*key)))
        for key in product(items, groups, statistics)
    }
    pooled = _Target("results_age_at_onset_cutoff", *_limits(claims, "results_age_at_onset_cutoff"))
    p = _Target("table3_time_to_treatment_p", *_t_limits(claims, n - 2))

    def miss(x: Days) -> float:
        values = {"age_at_diagnosis": x[0] + x[1], "time_to_treatment": x[1] + x[2]}
        total = sum(
            target.miss(statistics[name](values[item][groups[group]]))
            for (item, group, name), target in targets.items()
        )
        t = _t(values["time_to_treatment"][case], values["time_to_treatment"][~case])
        return total + pooled.miss(_mean(x[0])) + p.miss(t)

    now = miss(x)
    for _ in range(200_000):
        if now == 0:
            break
        rows, patients = rng.integers(3, size=2), rng.integers(n, size=2)
        step, both = int(rng.normal(0, 60)), int(rng.integers(2))
        trial = x.copy()
        trial[rows, patients] += np.array([step, -step * both])  # one patient, or two in exchange
        if (lowest <= trial).all() and (trial <= highest).all() and (new := miss(trial)) <= now:
            x, now = trial, new
    if now > 0:
        raise ValueError("no ages were found that print as Table 3's means, SDs and p value")
    used = {target.claim for target in (*targets.values(), pooled, p)}
    used |= {"results_time_to_diagnosis_cutoff"}  # bounds every delay
    return x[0], x[1], x[2], frozenset(used)


def _mean(x: Days) -> float:
    return int(x.sum()) / len(x)


def _sd(x: Days) -> float:
    n, total, squares = len(x), int(x.sum()), int((x * x).sum())
    return sqrt((n * squares - total * total) / (n * (n - 1)))


def _t(x: Days, y: Days) -> float:
    """Student's t of two samples, pooled variance."""
    n, m = len(x), len(y)
    pooled = ((n - 1) * _sd(x) ** 2 + (m - 1) * _sd(y) ** 2) / (n + m - 2)
    return (_mean(x) - _mean(y)) / sqrt(pooled * (1 / n + 1 / m))


def _t_limits(claims: pd.DataFrame, df: int) -> tuple[float, float]:
    """Return the values of t whose p prints as Table 3's p for the time to treatment."""
    from scipy.stats import t

    low, high = _limits(claims, "table3_time_to_treatment_p")
    return float(t.isf(high / 2, df)), float(t.isf(low / 2, df))


def _follow_up(claims: pd.DataFrame, rng: np.random.Generator) -> tuple[Days, frozenset[str]]:
    """Days of follow-up of 54 patients with the printed minimum, maximum, mean and median."""
    names = {s: f"methods_follow_up_all_{s}" for s in ("min", "max", "mean", "median")}
    shortest, longest, _, median = (_days(claims, name) for name in names.values())
    n = int(printed_number(claims, "table3_patients_all_n"))
    half = n // 2
    apart = int(rng.integers(5, 25))
    x = np.concatenate(
        [
            [shortest + 1],
            rng.integers(shortest + 30, median - apart, half - 2),
            [median - apart, median + apart],
            median + apart + rng.gamma(1.5, 130, half - 2).astype(int),
            [longest],
        ]
    )
    mean = _Target(names["mean"], *_limits(claims, names["mean"]))
    inner = np.r_[1 : half - 1, half + 1 : n - 1]
    lowest = np.where(np.arange(n) < half, shortest + 30, median + apart)
    highest = np.where(np.arange(n) < half, median - apart, longest - 30)
    x[inner] = np.clip(x, lowest, highest)[inner]
    for _ in range(200_000):
        if mean.miss(_mean(x)) == 0:
            return x, frozenset(names.values())
        i = int(rng.choice(inner))
        trial = x.copy()
        trial[i] += int(rng.normal(0, 120))
        if lowest[i] <= trial[i] <= highest[i] and mean.miss(_mean(trial)) <= mean.miss(_mean(x)):
            x = trial
    raise ValueError("no follow-up times were found that print as the Methods' figures")


def _allot(
    follow_up: Days, delay: Days, lag: Days, flags: pd.DataFrame, rng: np.random.Generator
) -> Days:
    """Give out follow-up times that fit into the study period, shorter ones to those who died."""
    room = (STUDY[1] - STUDY[0]).days - delay
    died = flags["deaths"].to_numpy()
    for _ in range(10_000):
        given = rng.permutation(follow_up)
        fits = (given < room).all() and (given > lag).all()
        if fits and (given[died] < np.median(follow_up)).all():
            return given
    raise ValueError("the follow-up times do not fit into the study period")
