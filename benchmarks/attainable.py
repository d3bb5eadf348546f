"""Whether other printed numbers leave room for a number: the benchmark's oracle.

It shares no code with the audit that it judges: print is read by `fractions`, and tests come from
scipy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor, prod, sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.contingency import odds_ratio

from benchmarks.contingency import TESTS, freeman_halton, likelihood_ratio, pearson, trend
from benchmarks.printed_paper import RATIO, number
from benchmarks.simulated_papers import LOGISTIC

MANY = 300  # pairs of counts: more leave a p open
#: A percentage may be of those known, where only the size of its group is printed: at least these.
LEAST_KNOWN = Fraction(4, 5)
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
    number) or test of the family gives all that is printed of the item; a percentage may be of
    four fifths of a group, as values may be missing. False may also mean that nothing is known: a
    regression of several signs is not held against their counts here, nor an item with missing
    values that its paper does not tell (``raw.attrs["hidden"]``).

    Examples
    --------
    >>> columns = ["id", "location", "item", "group", "statistic", "printed", "denominator", "unit"]
    >>> rows = [["a", "methods", "patients", "all", "n", "30", "", ""],
    ...         ["b", "table1", "sign", "all", "n", "10", "", ""],
    ...         ["c", "table1", "sign", "all", "percent", "33", "30", "%"]]
    >>> ledger = pd.DataFrame(rows, columns=columns).assign(note="")
    >>> leaves_attainable(ledger, "c")
    False
    >>> leaves_attainable(ledger.replace({"printed": {"33": "31"}}), "c")
    True
    """
    row = raw.loc[raw["id"] == claim].iloc[0]
    if not _Item(raw, row["item"]).possible():
        return True
    variable = row.get("variable", "")
    return bool(variable) and not _partition_possible(raw, variable)


def _partition_possible(raw: pd.DataFrame, variable: str) -> bool:
    """Tell whether the levels of a variable can be of its patients, and give its p."""
    if variable in raw.attrs.get("hidden", ()):
        return True
    rows = raw[(raw["variable"] == variable) & (raw["item"] != variable)]
    levels = [_Item(raw, item) for item in rows["item"].unique()]
    table = []
    for group in levels[0].names:
        counts = [level._counts(group) for level in levels]
        known = max(level._known(group) for level in levels)
        if not all(counts) or not sum(map(min, counts)) <= known <= sum(map(max, counts)):
            return False
        table.append(counts)
    p = [r["printed"] for r in _Item(raw, variable).rows if r["statistic"] == "p"]
    if not p or any(len(cell) > 1 for counts in table for cell in counts):
        return True
    cells = np.array([[cell[0] for cell in counts] for counts in table]).T
    cells = cells[cells.sum(axis=1) > 0]
    found = [pearson(cells), likelihood_ratio(cells), freeman_halton(cells)]
    found += [trend(cells)] if cells.shape[1] == 2 else []
    if cells.shape == (2, 2):
        found += [test(cells) for test in TESTS.values()]
    return any(x is not None and all(_holds(text, x) for text in p) for x in found)


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
        self.of_row = bool(raw.attrs.get("row_percent"))
        self.hidden = item in raw.attrs.get("hidden", ())
        whole = raw[(raw["denominator"] != "") & ((raw["group"] == "all") | (not self.of_row))]
        self.largest_denominator = (
            whole["denominator"].astype(int).groupby(whole["group"]).max().to_dict()
        )
        self.rows: list[Row] = [
            {"model": ""} | {str(k): v for k, v in row.items()}
            for row in raw[raw["item"] == item].to_dict("records")
        ]
        levels = [int(row["printed"]) for row in self.rows if row["statistic"] == "conf_level"]
        self.level = levels[0] / 100 if levels else 0.95
        fitted = raw[(raw["location"] == "table3") & (raw["statistic"] == "odds_ratio")]
        self.fitted_alone = fitted["item"].nunique() == 1

    def possible(self) -> bool:
        checks: list[Callable[[], bool]] = [
            self._in_range, self._repeated, self._in_order, self._wald
        ]  # fmt: skip
        if not self.hidden:
            checks += [self._counted, self._averaged]
        return all(check() for check in checks)

    def _find(self, statistic: str, group: str = "", family: str | None = None) -> list[Row]:
        return [
            row for row in self.rows
            if row["statistic"] == statistic and row["group"] == group
            and family in (None, _family(row))
        ]  # fmt: skip

    def _in_range(self) -> bool:
        most = {"p": 1, "percent": 100}
        return all(number(r["printed"]) <= most.get(r["statistic"], 10**9) for r in self.rows)

    def _repeated(self) -> bool:
        """Tell whether what is printed twice can be one number."""
        same: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            key = tuple(row[k] for k in ("group", "statistic", "unit", "note", "model"))
            same.setdefault(key, []).append(row)
        ends = [[_ends(row["printed"]) for row in rows] for rows in same.values()]
        return all(max(low for low, _ in e) < min(high for _, high in e) for e in ends)

    def _known(self, group: str) -> int:
        of_row = self.of_row and group != "all"
        for row in self.rows:
            counted = row["statistic"] in ("n", "percent")
            if row["group"] == group and row["denominator"] and not (of_row and counted):
                return int(row["denominator"])
        return self.sizes[group]

    def _counts(self, group: str) -> list[int]:
        """Every count of a group that all its printed counts and percentages allow."""
        least = self.largest_denominator.get(group, 0) if self.is_patients else 0
        known = 10**6 if self.is_patients else self._known(group)
        found = {int(row["printed"]) for row in self._find("n", group)}
        if len(found) > 1:
            return []
        allowed = sorted(found) if found else list(range(known + 1))
        rows = self._find("percent", group) if group == "all" or not self.of_row else []
        if rows:
            whole = int(rows[0]["denominator"])
            fewest = ceil(LEAST_KNOWN * whole) if whole == self.sizes.get(group) else whole
            ends = [_ends(row["printed"]) for row in rows]
            allowed = [
                n for n in allowed
                if any(
                    all(low * k <= 100 * n < high * k for low, high in ends)
                    for k in range(max(fewest, n), whole + 1)
                )
            ]  # fmt: skip
        return [n for n in allowed if least <= n <= known]

    def _counted(self) -> bool:
        """Tell whether some counts give all counts, percentages, p and ratios of the groups."""
        if not any(row["statistic"] in ("n", "percent") for row in self.rows):
            return True
        total, *parts = (self._counts(group) for group in ("all", *self.names))
        if not total or not all(parts):
            return False
        if self.is_patients:  # some may be in no group
            return sum(min(part) for part in parts) <= max(total)
        if prod(map(len, parts)) > 50 * MANY:
            return True
        fewest = total[0] if self.add_up else 0
        sets = [s for s in product(*parts) if fewest <= sum(s) <= total[-1] and self._of_row(s)]
        if not any(row["statistic"] == "p" and _family(row) == "table" for row in self.rows):
            return bool(sets)
        return len(sets) > MANY or any(self._tested(counts) for counts in sets)

    def _of_row(self, counts: tuple[int, ...]) -> bool:
        """Tell whether counts give the percentages of the row that are printed of them."""
        for name, count in zip(self.names, counts, strict=True) if self.of_row else ():
            for row in self._find("percent", name):
                low, high = _ends(row["printed"])
                if not sum(counts) or not low <= Fraction(100 * count, sum(counts)) < high:
                    return False
        return True

    def _tested(self, counts: tuple[int, ...]) -> bool:
        sizes = [self._known(group) for group in self.names]
        table = np.array([[a, n - a] for a, n in zip(counts, sizes, strict=True)])
        for group in {row["group"] for row in self.rows if row["statistic"] == "p"}:
            printed = [row["printed"] for row in self._find("p", group, "table")]
            names = group.split("|") if group else self.names
            found = _p_values(table[[self.names.index(name) for name in names]])
            if not any(all(_holds(text, p) for text in printed) for p in found):
                return False
        families = ["table", "crude", *(["fit"] if self.fitted_alone else [])]
        rows = [
            [(s, row["printed"]) for s in RATIO for row in self._find(s, family=family)]
            for family in families
        ]
        return all(
            not each
            or any(all(_holds(text, r[s]) for s, text in each) for r in _ratios(table, self.level))
            for each in rows
        )

    def _averaged(self) -> bool:
        """Tell whether some means and SDs give all that is printed of a measure."""
        groups = [g for g in ("all", *self.names) if self._find("mean", g) and self._find("sd", g)]
        moments: dict[str, Moments] = {}
        for g in groups:
            mean, spread = _common(self._find("mean", g)), _common(self._find("sd", g))
            moments[g] = (self._known(g), mean, spread)
            whole = self._find("mean", g)[0]["unit"].startswith("whole")
            if whole and not _whole_values(mean, spread, self._known(g)):
                return False
        if not set(self.names) <= set(groups):
            return True
        if "all" in groups and self.add_up:
            pooled = _pooled([moments[g] for g in self.names])
            for (low, high), ends in zip(pooled, moments["all"][1:], strict=True):
                if high < ends[0] - 1e-9 or low > ends[1] + 1e-9:
                    return False
        for group in {row["group"] for row in self.rows if row["statistic"] == "p"}:
            printed = [row["printed"] for row in self._find("p", group, "table")]
            names = group.split("|") if group else self.names
            ranges = _p_ranges([moments[name] for name in names])
            if not any(all(_meets(text, *ends) for text in printed) for ends in ranges):
                return False
        return True

    def _in_order(self) -> bool:
        for group in self.names:
            rows = [self._find(statistic, group) for statistic in ("min", "median", "max")]
            ends = [_common(each) for each in rows if each]
            if any(a[0] >= b[1] for i, a in enumerate(ends) for b in ends[i + 1 :]):
                return False
        return True

    def _wald(self) -> bool:
        """Tell whether a ratio, its limits and the p of its regression can be of one fit."""
        for family in ("table", "crude", "fit"):
            found = [self._find(s, family=family) for s in RATIO]
            if not all(found):
                continue
            middle, low, high = (np.log(np.maximum(_common(each), 1e-12)) for each in found)
            lows, highs = np.meshgrid(*(np.linspace(e[0], e[1], 201) for e in (low, high)))
            beta, reach = (lows + highs) / 2, (highs - lows) / 2
            fits = (beta >= middle[0] - 1e-9) & (beta <= middle[1] + 1e-9) & (reach > 0)
            if not fits.any():
                return False
            z = stats.norm.ppf((1 + self.level) / 2) * np.abs(beta[fits]) / reach[fits]
            # A ratio whose digits allow 1 may be any near it, between the points of the grid.
            nearest = 0.0 if beta[fits].min() <= 0 <= beta[fits].max() else z.min()
            ends = [2 * stats.norm.sf(q) for q in (z.max(), nearest)]
            rows = [] if family == "table" else self._find("p", family=family)
            if not all(_meets(row["printed"], *ends) for row in rows):
                return False
        return True


def _family(row: Row) -> str:
    """Say where a number is from: the table of counts, or a fit of one sign or of several."""
    if row["note"] != LOGISTIC:
        return "table"
    return "crude" if row["model"] == "crude" else "fit"


def _p_values(table: Any) -> list[float]:
    """Return the p of every test that authors may have used of the counts of groups."""
    if not table.sum(axis=0).all():
        return [1.0]
    if table.shape != (2, 2):
        exact = freeman_halton(table)
        return [pearson(table), likelihood_ratio(table), *([] if exact is None else [exact])]
    one_sided = [stats.fisher_exact(table, side)[1] for side in ("less", "greater")]
    return [*(test(table) for test in TESTS.values()), *one_sided]


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


def _ratios(table: Any, level: float) -> Iterator[dict[str, float]]:
    """Odds ratio and limits, by Woolf and exact, as they are and upside down."""
    (a, c), (b, d) = table.tolist()
    found: list[Sequence[float]] = []
    if table.all():
        log, z = np.log(a * d / (b * c)), stats.norm.ppf((1 + level) / 2)
        reach = z * np.sqrt((1 / table).sum())
        found.append([float(np.exp(log + z * reach)) for z in (0, -1, 1)])
    exact = odds_ratio(table)
    found.append([exact.statistic, *exact.confidence_interval(level)])
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


def _between(moments: Sequence[Moments]) -> Ends:
    """Range of the sum of squares between groups: the least is near one common mean."""
    n = np.array([m[0] for m in moments], dtype=float)
    low, high = (np.array([m[1][end] for m in moments]) for end in (0, 1))
    common = np.linspace(low.min(), high.max(), 2001)[:, None]
    least = (n * (np.clip(common, low, high) - common) ** 2).sum(axis=1).min()
    corners = np.array([*product(*(m[1] for m in moments))])
    middle = (corners * n).sum(axis=1, keepdims=True) / n.sum()
    return float(least), float((n * (corners - middle) ** 2).sum(axis=1).max())


def _within(moments: Sequence[Moments]) -> Ends:
    low, high = (sum((n - 1) * max(0.0, sd[end]) ** 2 for n, _, sd in moments) for end in (0, 1))
    return float(low), float(high)


def _pooled(moments: Sequence[Moments]) -> tuple[Ends, Ends]:
    """Range of the mean and SD of all groups together."""
    n = sum(m[0] for m in moments)
    low, high = (sum(m[0] * m[1][end] for m in moments) / n for end in (0, 1))
    sds = [
        sqrt((a + b) / (n - 1)) for a, b in zip(_within(moments), _between(moments), strict=True)
    ]
    return (low, high), (sds[0], sds[1])


def _p_ranges(moments: Sequence[Moments]) -> list[Ends]:
    """Range of the p of Student's test or analysis of variance, and of two groups of Welch's."""
    k, n = len(moments), sum(m[0] for m in moments)
    (b_low, b_high), (w_low, w_high) = _between(moments), _within(moments)
    ratios = [
        b / (k - 1) / (max(w, 1e-12) / (n - k)) for b, w in ((b_high, w_low), (b_low, w_high))
    ]
    found = [
        (float(stats.f.sf(ratios[0], k - 1, n - k)), float(stats.f.sf(ratios[1], k - 1, n - k)))
    ]
    if k == 2:
        found.append(_welch_range(*moments))
    return found


def _welch_range(one: Moments, two: Moments) -> Ends:
    (n1, m1, s1), (n0, m0, s0) = one, two
    grids = [np.linspace(max(low, 1e-9), max(high, 1e-9), 25) for low, high in (s1, s0)]
    first, second = np.meshgrid(*grids)
    apart = m1[0] - m0[1], m1[1] - m0[0]
    ends = max(0.0, apart[0], -apart[1]), max(apart[1], -apart[0])
    p = np.array([
        stats.ttest_ind_from_stats(d, first, n1, 0, second, n0, equal_var=False).pvalue
        for d in ends
    ])  # fmt: skip
    return float(p.min()), float(p.max())
