"""Whether other printed numbers leave room for a number: the benchmark's oracle.

It shares no code with the audit that it judges: print is read by `fractions`, and tests come from
scipy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor, sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.contingency import odds_ratio

from benchmarks.simulated_papers import LOGISTIC, TESTS, number

RATIO = ("odds_ratio", "ci_low", "ci_high")
MANY = 300  # pairs of counts: more leave a p open
Row = dict[str, Any]
Ends = tuple[float, float]
Moments = tuple[int, Ends, Ends]


def leaves_attainable(raw: pd.DataFrame, claim: str) -> bool:
    """Say whether the other printed numbers leave no room for a number.

    Parameters
    ----------
    raw : pandas.DataFrame
        A ledger in strings, in which all but *claim* is right.
    claim : str
        The id of a number.

    Notes
    -----
    True is proven, up to a grid: no count, rounding (half up, half even, truncated, number by
    number) or test of the family gives all that is printed of the item. False may also mean that
    nothing is known: a regression of several signs is not held against their counts here.

    Examples
    --------
    >>> columns = ["id", "location", "item", "group", "statistic", "printed", "denominator", "unit"]
    >>> rows = [["a", "methods", "patients", "all", "n", "30", "", ""],
    ...         ["b", "table1", "sign", "all", "n", "10", "", ""],
    ...         ["c", "table1", "sign", "all", "percent", "33", "30", "%"]]
    >>> ledger = pd.DataFrame(rows, columns=columns).assign(note="")
    >>> leaves_attainable(ledger, "c")
    False
    >>> leaves_attainable(ledger.replace({"printed": {"33": "34"}}), "c")
    True
    """
    item = raw.loc[raw["id"] == claim, "item"].iloc[0]
    return not _Item(raw, item).possible()


class _Item:
    """All that is printed of one item."""

    def __init__(self, raw: pd.DataFrame, item: str) -> None:
        patients = raw[(raw["item"] == "patients") & (raw["statistic"] == "n")]
        self.sizes = {
            str(group): int(rows["printed"].mode().iloc[-1])
            for group, rows in patients.groupby("group", sort=False)
        }
        self.names = [group for group in self.sizes if group != "all"]
        self.add_up = sum(self.sizes[g] for g in self.names) == self.sizes.get("all")
        self.is_patients = item == "patients"
        whole = raw[raw["denominator"] != ""]
        self.largest_denominator = (
            whole["denominator"].astype(int).groupby(whole["group"]).max().to_dict()
        )
        self.rows: list[Row] = [
            {str(k): v for k, v in row.items()}
            for row in raw[raw["item"] == item].to_dict("records")
        ]
        fitted = raw[(raw["location"] == "table3") & (raw["statistic"] == "odds_ratio")]
        self.fitted_alone = fitted["item"].nunique() == 1

    def possible(self) -> bool:
        checks: list[Callable[[], bool]] = [
            self._in_range, self._repeated, self._counted, self._averaged, self._in_order,
            self._wald,
        ]  # fmt: skip
        return all(check() for check in checks)

    def _find(self, statistic: str, group: str = "", *, fitted: bool | None = None) -> list[Row]:
        return [
            row for row in self.rows
            if row["statistic"] == statistic and row["group"] == group
            and fitted in (None, row["note"] == LOGISTIC)
        ]  # fmt: skip

    def _in_range(self) -> bool:
        most = {"p": 1, "percent": 100}
        return all(number(r["printed"]) <= most.get(r["statistic"], 10**9) for r in self.rows)

    def _repeated(self) -> bool:
        """Tell whether what is printed twice can be one number."""
        same: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            key = tuple(row[k] for k in ("group", "statistic", "unit", "note"))
            same.setdefault(key, []).append(row)
        ends = [[_ends(row["printed"]) for row in rows] for rows in same.values()]
        return all(max(low for low, _ in e) < min(high for _, high in e) for e in ends)

    def _known(self, group: str) -> int:
        rows = [row for row in self.rows if row["group"] == group and row["denominator"]]
        return int(rows[0]["denominator"]) if rows else self.sizes[group]

    def _counts(self, group: str) -> list[int]:
        """Every count of a group that all its printed counts and percentages allow."""
        least = self.largest_denominator.get(group, 0) if self.is_patients else 0
        known = 10**6 if self.is_patients else self._known(group)
        found = {int(row["printed"]) for row in self._find("n", group)}
        if len(found) > 1:
            return []
        allowed = sorted(found) if found else list(range(known + 1))
        for row in self._find("percent", group):
            low, high = (end * int(row["denominator"]) / 100 for end in _ends(row["printed"]))
            allowed = [n for n in allowed if low <= n < high]
        return [n for n in allowed if least <= n <= known]

    def _counted(self) -> bool:
        """Tell whether some counts give all counts, percentages, p and ratios of two groups."""
        if not any(row["statistic"] in ("n", "percent") for row in self.rows):
            return True
        total, *parts = (self._counts(group) for group in ("all", *self.names))
        if not total or not all(parts) or len(parts) != 2:
            return bool(total) and all(parts)
        if self.is_patients:  # some may be in neither group
            return min(parts[0]) + min(parts[1]) <= max(total)
        fewest = total[0] if self.add_up else 0
        pairs = [(a, b) for a, b in product(*parts) if fewest <= a + b <= total[-1]]
        if not self._find("p", fitted=False):
            return bool(pairs)
        sizes = [self._known(group) for group in self.names]
        return len(pairs) > MANY or any(self._tested(a, b, *sizes) for a, b in pairs)

    def _tested(self, a: int, b: int, n1: int, n0: int) -> bool:
        table = np.array([[a, n1 - a], [b, n0 - b]])
        printed = [row["printed"] for row in self._find("p", fitted=False)]
        if table.sum(axis=0).all():
            one_sided = [stats.fisher_exact(table, side)[1] for side in ("less", "greater")]
            p_values = [*(test(table) for test in TESTS.values()), *one_sided]
        else:
            p_values = [1.0]
        if not any(all(_holds(text, p) for text in printed) for p in p_values):
            return False
        fits = [False, True] if self.fitted_alone else [False]
        rows = [
            [(s, row["printed"]) for s in RATIO for row in self._find(s, fitted=fitted)]
            for fitted in fits
        ]
        return all(
            not each or any(all(_holds(text, r[s]) for s, text in each) for r in _ratios(table))
            for each in rows
        )

    def _averaged(self) -> bool:
        """Tell whether some means and SDs give all that is printed of a measure."""
        groups = [g for g in ("all", *self.names) if self._find("mean", g) and self._find("sd", g)]
        known = {g: self._known(g) for g in groups}
        means = {g: _common(self._find("mean", g)) for g in groups}
        spreads = {g: _common(self._find("sd", g)) for g in groups}
        for g in groups:
            whole = self._find("mean", g)[0]["unit"].startswith("whole")
            if whole and not _whole_values(means[g], spreads[g], known[g]):
                return False
        if len(self.names) != 2 or not set(self.names) <= set(groups):
            return True
        moments = [(known[g], means[g], spreads[g]) for g in self.names]
        if "all" in groups and self.add_up:
            pooled = _pooled(*moments)
            for (low, high), ends in zip(pooled, (means["all"], spreads["all"]), strict=True):
                if high < ends[0] - 1e-9 or low > ends[1] + 1e-9:
                    return False
        printed = [row["printed"] for row in self._find("p", fitted=False)]
        ranges = _t_ranges(*moments)
        return not printed or any(
            all(_meets(text, low, high) for text in printed) for low, high in ranges
        )

    def _in_order(self) -> bool:
        for group in self.names:
            rows = [self._find(statistic, group) for statistic in ("min", "median", "max")]
            ends = [_common(each) for each in rows if each]
            if any(a[0] >= b[1] for i, a in enumerate(ends) for b in ends[i + 1 :]):
                return False
        return True

    def _wald(self) -> bool:
        """Tell whether a ratio, its limits and the p of its regression can be of one fit."""
        for fitted in (False, True):
            found = [self._find(s, fitted=fitted) for s in RATIO]
            if not all(found):
                continue
            middle, low, high = (np.log(np.maximum(_common(each), 1e-12)) for each in found)
            lows, highs = np.meshgrid(*(np.linspace(e[0], e[1], 201) for e in (low, high)))
            beta, reach = (lows + highs) / 2, (highs - lows) / 2
            fits = (beta >= middle[0] - 1e-9) & (beta <= middle[1] + 1e-9) & (reach > 0)
            if not fits.any():
                return False
            z = stats.norm.ppf(0.975) * np.abs(beta[fits]) / reach[fits]
            # A ratio whose digits allow 1 may be any near it, between the points of the grid.
            nearest = 0.0 if beta[fits].min() <= 0 <= beta[fits].max() else z.min()
            ends = [2 * stats.norm.sf(q) for q in (z.max(), nearest)]
            texts = [row["printed"] for row in self._find("p", fitted=True)] if fitted else []
            if not all(_meets(text, *ends) for text in texts):
                return False
        return True


def _ends(printed: str) -> tuple[Fraction, Fraction]:
    """All numbers that print so, rounded or cut off: from the first end to below the second."""
    value = number(printed)
    if printed.startswith("<"):
        return Fraction(0), value
    unit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    return value - unit / 2, value + unit


def _common(rows: list[Row]) -> Ends:
    ends = [_ends(row["printed"]) for row in rows]
    return float(max(low for low, _ in ends)), float(min(high for _, high in ends))


def _holds(printed: str, value: float) -> bool:
    return _meets(printed, value, value)


def _meets(printed: str, low: float, high: float) -> bool:
    ends = _ends(printed)
    return bool(low <= float(ends[1]) + 1e-9 and high >= float(ends[0]) - 1e-9)


def _ratios(table: Any) -> Iterator[dict[str, float]]:
    """Odds ratio and limits, by Woolf and exact, as they are and upside down."""
    (a, c), (b, d) = table.tolist()
    found: list[Sequence[float]] = []
    if table.all():
        log, reach = np.log(a * d / (b * c)), stats.norm.ppf(0.975) * np.sqrt((1 / table).sum())
        found.append([float(np.exp(log + z * reach)) for z in (0, -1, 1)])
    exact = odds_ratio(table)
    found.append([exact.statistic, *exact.confidence_interval(0.95)])
    for ratio, low, high in found:
        yield dict(zip(RATIO, (ratio, low, high), strict=True))
        turned = [1 / x if x else np.inf for x in (ratio, high, low)]
        yield dict(zip(RATIO, turned, strict=True))


def _whole_values(mean: Ends, sd: Ends, n: int) -> bool:
    """Tell whether five or more integers have some mean and SD within these ends.

    Their sum of squares is at least that of the most even values, and as odd as their sum.
    """
    for total in range(ceil(mean[0] * n - 1e-9), floor(mean[1] * n + 1e-9) + 1):
        share, extra = divmod(total, n)
        even = n * share**2 + extra * (2 * share + 1)
        low, high = (max(0, s) ** 2 * (n - 1) + total**2 / n for s in sd)
        first = max(even, ceil(low - 1e-9))
        first += (first - total) % 2
        if first <= high + 1e-9:
            return True
    return False


def _apart(first: Ends, second: Ends) -> Ends:
    low, high = first[0] - second[1], first[1] - second[0]
    return max(0.0, low, -high), max(high, -low)


def _pooled(one: Moments, two: Moments) -> tuple[Ends, Ends]:
    """Range of the mean and SD of two groups together."""
    (n1, m1, s1), (n0, m0, s0) = one, two
    n = n1 + n0
    mean = tuple((n1 * a + n0 * b) / n for a, b in zip(m1, m0, strict=True))
    sd = tuple(
        sqrt(((n1 - 1) * max(0, a) ** 2 + (n0 - 1) * max(0, b) ** 2 + n1 * n0 / n * d**2) / (n - 1))
        for a, b, d in zip(s1, s0, _apart(m1, m0), strict=True)
    )
    return (mean[0], mean[1]), (sd[0], sd[1])


def _t_ranges(one: Moments, two: Moments) -> list[Ends]:
    """Range of the p of Student's and of Welch's test, over a grid of SDs."""
    (n1, m1, s1), (n0, m0, s0) = one, two
    grids = [np.linspace(max(low, 1e-9), max(high, 1e-9), 25) for low, high in (s1, s0)]
    first, second = np.meshgrid(*grids)
    near, far = _apart(m1, m0)
    ranges = []
    for equal in (True, False):
        tests = [
            stats.ttest_ind_from_stats(d, first, n1, 0, second, n0, equal_var=equal)
            for d in (near, far)
        ]
        p = np.array([np.asarray(test.pvalue) for test in tests])
        ranges.append((float(p.min()), float(p.max())))
    return ranges
