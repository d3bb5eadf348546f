"""Values measured twice in each patient, compared within patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from smallstats.columns import check_columns, column_kind, numeric_values, refuse
from smallstats.descriptive import mean_and_sd

Floats = NDArray[np.float64]

COLUMNS = [
    *("first", "second", "kind", "n", "missing", "n_first", "n_second", "up", "down"),
    *("mean_first", "sd_first", "mean_second", "sd_second", "test", "p", "effect", "estimate"),
    *("ci_low", "ci_high", "interval"),
]


def compare_pairs(
    frame: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    *,
    ranks: Sequence[str] = (),
) -> pd.DataFrame:
    """Compare pairs of columns within patients; a patient with either missing is left out.

    Parameters
    ----------
    frame
        A row a patient.
    pairs
        Names of a first and a second column of one kind.
    ranks
        First columns whose numbers are compared by Wilcoxon's signed ranks, and not by the t test.

    Returns
    -------
    pandas.DataFrame
        A row a pair: `first`, `second`, `kind`, `n` (patients with both), `missing`; of binary
        columns `n_first` and `n_second` (with a Yes), `up` and `down` (who changed to Yes and to
        No), the mid-p McNemar test and the difference of the shares with Agresti and Min's
        adjusted interval; of numbers `mean_first`, `sd_first`, `mean_second`, `sd_second`, the
        paired t test and the mean change with its interval, or the signed rank test; of ordered
        levels the signed rank test of their positions, `up` and `down`. `test`, `p`, `effect`,
        `estimate`, `ci_low`, `ci_high`, `interval`.

    Raises
    ------
    ValueError
        Naming every problem: columns absent, of different kinds, or categories without order.

    References
    ----------
    Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional. BMC Med Res Methodol 2013;13:91.
    Agresti A, Min Y. Simple improved confidence intervals for comparing matched proportions. Stat
    Med 2005;24:729-40.

    Examples
    --------
    >>> frame = pd.DataFrame({"before": [5.0, 7, 6, 9], "after": [4.0, 5, 6, 6]})
    >>> compare_pairs(frame, [("before", "after")])[["n", "estimate", "p"]].round(3)
       n  estimate      p
    0  4      -1.5  0.103
    """
    problems = [p for pair in pairs for p in check_columns(frame, pair)]
    refuse(problems)
    rows = []
    for first, second in pairs:
        kinds = {column_kind(frame[name]) for name in (first, second)}
        kind = "number" if kinds == {"number", "binary"} else next(iter(kinds))
        if kind == "category" or (len(kinds) > 1 and kind != "number"):
            refuse([f"{first!r} and {second!r} are {' and '.join(sorted(kinds))}: not a pair"])
        both = frame[[first, second]].dropna()
        row = {"first": first, "second": second, "kind": kind, "n": len(both)}
        row["missing"] = len(frame) - len(both)
        compare: Any = {"binary": _shares, "number": _means, "ordinal": _levels}[kind]
        rows.append(row | compare(both, first, second, first in ranks))
    return pd.DataFrame(rows, columns=COLUMNS)


def _shares(both: pd.DataFrame, first: str, second: str, ranks: bool) -> Mapping[str, Any]:
    """McNemar's test; of those who changed, each way was as likely."""
    from scipy.stats import binom

    one, two = (numeric_values(both[name]) for name in (first, second))
    up, down, n = (
        int(((one == 0) & (two == 1)).sum()),
        int(((one == 1) & (two == 0)).sum()),
        len(both),
    )
    row = {"n_first": int(one.sum()), "n_second": int(two.sum()), "up": up, "down": down}
    if not up + down:
        return row | {"test": "not tested (nobody changed)", "effect": "", "interval": ""}
    fewer, changed = min(up, down), up + down
    p = 2 * binom.cdf(fewer, changed, 0.5) - binom.pmf(fewer, changed, 0.5)
    more, less, total = up + 0.5, down + 0.5, n + 2  # Agresti and Min add half to each cell
    centre = (more - less) / total
    half = float(ndtri(0.975)) * np.sqrt(more + less - (more - less) ** 2 / total) / total
    return row | {
        "test": "McNemar mid-p",
        "p": min(1.0, float(p)),
        "effect": "difference of shares",
        "estimate": (up - down) / n,
        "ci_low": max(-1.0, centre - half),
        "ci_high": min(1.0, centre + half),
        "interval": "95% adjusted (Agresti-Min)",
    }


def _means(both: pd.DataFrame, first: str, second: str, ranks: bool) -> Mapping[str, Any]:
    one, two = (both[name].to_numpy(dtype=float) for name in (first, second))
    change, n = two - one, len(both)
    row: dict[str, Any] = {"up": int((change > 0).sum()), "down": int((change < 0).sum())}
    for end, values in (("first", one), ("second", two)):
        row[f"mean_{end}"], row[f"sd_{end}"] = mean_and_sd(values)
    if n < 2 or not np.any(change):
        why = "fewer than two patients" if n < 2 else "nobody changed"
        return row | {"test": f"not tested ({why})", "effect": "", "interval": ""}
    if ranks:
        return row | _signed_ranks(change)
    mean, sd = mean_and_sd(change)
    se = sd / np.sqrt(n)
    if se == 0:
        return row | {"test": "not tested (all changed alike)", "effect": "", "interval": ""}
    half = float(stdtrit(n - 1, 0.975) * se)
    return row | {
        "test": "paired t",
        "p": float(2 * stdtr(n - 1, -abs(mean / se))),
        "effect": "mean change",
        "estimate": mean,
        "ci_low": mean - half,
        "ci_high": mean + half,
        "interval": "95% paired t",
    }


def _levels(both: pd.DataFrame, first: str, second: str, ranks: bool) -> Mapping[str, Any]:
    order = list(both[first].cat.categories)
    if order != list(both[second].cat.categories):
        refuse([f"{first!r} and {second!r} have different levels"])
    one, two = (both[name].cat.codes.to_numpy(dtype=float) for name in (first, second))
    change: Floats = np.asarray(two - one, dtype=float)
    row = {"up": int((change > 0).sum()), "down": int((change < 0).sum())}
    if not np.any(change):
        return row | {"test": "not tested (nobody changed)", "effect": "", "interval": ""}
    return row | _signed_ranks(change)


def _signed_ranks(change: Floats) -> dict[str, Any]:
    """Wilcoxon's test of changes; those of zero are left out, as R does."""
    from scipy.stats import wilcoxon

    moved = change[change != 0]
    ties = len(np.unique(np.abs(moved))) < len(moved) or len(moved) < len(change)
    exact = not ties and len(moved) < 50
    if exact:
        p = float(wilcoxon(moved, method="exact").pvalue)
    else:
        p = float(wilcoxon(moved, method="approx", correction=True).pvalue)
    how = "exact" if exact else "normal approximation, corrected"
    return {"test": f"Wilcoxon signed rank ({how})", "p": p, "effect": "", "interval": ""}
