"""Comparing two or more groups variable by variable: Table 1 by any grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from smallstats.columns import check_columns, column_kind, numeric_values, refuse
from smallstats.descriptive import (
    describe_frame,
    in_own_units,
    mean_and_sd,
    quantiles,
    variable_kinds,
)
from smallstats.freeman_halton import fisher_rxc
from smallstats.univariate import SMALL_EXPECTED, compare_frame

MANY = 2000
"""Patients beyond whom tables of counts are not listed."""

TESTS_OF_MANY = {
    "welch": "Welch's analysis of variance",
    "student": "analysis of variance",
    "mann-whitney": "Kruskal-Wallis",
    "pearson": "Pearson chi-square",
    "fisher": "Fisher-Freeman-Halton exact",
}
"""Tests of more than two groups, by the names of those of two."""

EFFECT = ["effect", "estimate", "ci_low", "ci_high", "interval"]
"""What is told of two groups alone."""

Floats = NDArray[np.float64]


def compare_many(
    frame: pd.DataFrame,
    groups: str,
    variables: Sequence[str],
    *,
    labels: Mapping[str, str] | None = None,
    test: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Describe variables in each group and in all, test them, and measure how far groups are apart.

    Parameters
    ----------
    frame, variables, labels
        As in `smallstats.univariate.compare_frame`.
    groups
        A binary or categorical column; patients whose group is missing are in no group, and not in
        all.
    test
        By variable or kind of variable, as in `compare_frame`. Of more than two groups ``welch``
        (the default for numbers) is Welch's analysis of variance, ``student`` the usual one,
        ``mann-whitney`` Kruskal and Wallis' test (the default for ordered levels); of counts
        Pearson's test where every expected count is 5 or more, else Fisher's as Freeman and Halton
        have it. Two groups are compared as in `compare_frame`.

    Returns
    -------
    pandas.DataFrame
        A row a variable or level: `variable`, `label`, `level`, `kind`; for ``_all`` and for each
        group ``_1``, ``_2``, … `n` (of a level; NA for numbers), `total` (known), `missing`,
        `mean`, `sd`, `median`, `q1`, `q3`; `test`, `p`, `smd` (the standardised difference, of more
        than two groups the largest of any pair). The names of the groups are in
        ``attrs["groups"]``, their sizes in ``attrs["sizes"]``.

    Raises
    ------
    ValueError
        As `compare_frame`, and for fewer than two groups.

    References
    ----------
    Welch BL. On the comparison of several mean values: an alternative approach. Biometrika
    1951;38:330-6.
    Yang D, Dalton JE. A unified approach to measuring the effect size between two groups using SAS.
    SAS Global Forum 2012;335.

    Examples
    --------
    >>> frame = pd.DataFrame({"arm": pd.Categorical(list("aabbcc")), "age": [1, 3, 2, 4, 6, 9.0]})
    >>> compare_many(frame, "arm", ["age"])[["mean_all", "mean_1", "mean_3", "test"]]
       mean_all  mean_1  mean_3                          test
    0  4.166667     2.0     7.5  Welch's analysis of variance
    """
    refuse(check_columns(frame, [groups, *variables]))
    grouped = frame[frame[groups].notna()]
    codes, names = group_codes(grouped[groups])
    refuse([f"{groups!r} has one level among {len(grouped)} patients"] * (len(names) < 2))
    kinds = variable_kinds(grouped, variables)
    head = describe_frame(grouped, variables, labels=labels)[["variable", "label", "level", "kind"]]
    parts = [_described(grouped, head, "all")]
    parts += [_described(grouped[codes == g], head, str(g + 1)) for g in range(len(names))]
    tests = pd.DataFrame(
        [_tested(grouped, codes, name, kinds[name], test or {}) for name in variables]
    )
    tests = tests.reindex(columns=["variable", "test", "p", *EFFECT, "smd"])
    table: pd.DataFrame = pd.concat([head, *parts], axis=1).merge(tests, on="variable", how="left")
    table.attrs = {"groups": names, "sizes": np.bincount(codes).tolist()}
    return table


def group_codes(column: pd.Series[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the number of each patient's group, and the names of the groups that occur.

    Raises
    ------
    ValueError
        For a column of numbers.
    """
    kind = column_kind(column)
    refuse([f"{column.name!r} is a number: cut it into levels first"] * (kind == "number"))
    if kind == "binary":
        values, names = numeric_values(column).astype(np.intp), ["no", "yes"]
    else:
        values = np.asarray(column.cat.codes, dtype=np.intp)
        names = [str(level) for level in column.cat.categories]
    present, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.intp), [names[code] for code in present]


def _described(rows: pd.DataFrame, head: pd.DataFrame, end: str) -> pd.DataFrame:
    """Describe the patients of one group: what is a number in all is one here, too."""
    counted = list(dict.fromkeys(head["variable"][head["kind"] != "number"]))
    counts: dict[tuple[str, str], Any] = {
        (row["variable"], row["level"]): row
        for row in (describe_frame(rows, counted).to_dict("records") if counted else ())
    }
    columns = ["n", "total", "missing", "mean", "sd", "median", "q1", "q3"]
    cells: list[list[Any]] = []
    for row in head.to_dict("records"):
        if row["kind"] != "number":
            count = counts[row["variable"], row["level"]]
            cells.append([count["n"], count["total"], count["missing"], *[np.nan] * 5])
            continue
        values = numeric_values(rows[row["variable"]])
        values = values[~np.isnan(values)]
        quartiles = quantiles(values, [0.5, 0.25, 0.75])
        missing = len(rows) - len(values)
        cells.append([pd.NA, len(values), missing, *mean_and_sd(values), *quartiles])
    table = pd.DataFrame(cells, columns=columns)
    types = dict.fromkeys(columns[:3], "Int64") | dict.fromkeys(columns[3:], "float64")
    return table.astype(types).add_suffix(f"_{end}")


def _tested(
    frame: pd.DataFrame, codes: NDArray[np.intp], name: str, kind: str, test: Mapping[str, str]
) -> dict[str, Any]:
    """Test one variable, and measure how far the groups are apart."""
    asked, k = test.get(name, test.get(kind, "auto")), int(codes.max()) + 1
    two = _compare_two(frame[name], codes, asked) if k == 2 else {}
    if kind == "number":
        values = numeric_values(frame[name])
        present_values = ~np.isnan(values)
        # means and squares of one scale, before a digit of a difference is lost
        own = in_own_units(values[present_values])[0]
        groups = [own[codes[present_values] == g] for g in range(k)]
        smd = _largest([_mean_gap(a, b) for a, b in combinations(groups, 2)])
        tested = two or _numbers(groups, asked)
        return {"variable": name, "smd": smd, **tested}
    levels = _level_codes(frame[name])
    present = levels >= 0
    counts = np.zeros((int(levels.max(initial=0)) + 1, k), dtype=int)
    np.add.at(counts, (levels[present], codes[present]), 1)
    smd = _largest([_share_gap(counts[:, [a, b]]) for a, b in combinations(range(k), 2)])
    if kind == "ordinal" and asked in ("auto", "trend", "cochran-armitage") and not two:
        two = _kruskal([levels[present & (codes == g)].astype(float) for g in range(k)])
    return {"variable": name, "smd": smd, **(two or _counts(counts, asked))}


def _compare_two(column: pd.Series[Any], codes: NDArray[np.intp], asked: str) -> dict[str, Any]:
    pair = pd.DataFrame({column.name: column.array, "second group": codes == 1})
    row = compare_frame(pair, "second group", [str(column.name)], test={str(column.name): asked})
    return {key: row[key].iloc[0] for key in ("test", "p", *EFFECT)}


def _level_codes(column: pd.Series[Any]) -> NDArray[np.intp]:
    """Return the number of each level, from 0 on; -1 where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp)
    values = numeric_values(column)
    return np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.intp)


def _told(test: str, p: float = np.nan) -> dict[str, Any]:
    return {"test": test, "p": p}


def _numbers(groups: list[Floats], asked: str) -> dict[str, Any]:
    """Compare the means, or ranks, of three groups or more."""
    if min(map(len, groups)) < 2:
        return _told("not tested (fewer than two values in a group)")
    if np.ptp(np.concatenate(groups)) == 0:
        return _told("not tested (constant)")
    if asked == "mann-whitney":
        return _kruskal(groups)
    kind = "student" if asked == "student" else "welch"
    n = np.array([len(g) for g in groups], dtype=float)
    mean, sd = np.array([mean_and_sd(group) for group in groups]).T
    unit, k = float(sd.max()) or 1.0, len(groups)
    mean, variance = (mean - mean[0]) / unit, (sd / unit) ** 2
    if kind == "student":
        within = float((n - 1) @ variance) / (n.sum() - k)
        if within == 0:
            return _told("not tested (constant within each group)")
        between = float(n @ (mean - n @ mean / n.sum()) ** 2) / (k - 1)
        return _told(TESTS_OF_MANY[kind], float(fdtrc(k - 1, n.sum() - k, between / within)))
    if (variance == 0).any():
        return _told("not tested (constant within a group)")
    weight = n / variance  # Welch 1951, equation 28
    centre = weight @ mean / weight.sum()
    spread = ((1 - weight / weight.sum()) ** 2 / (n - 1)).sum()
    f = weight @ (mean - centre) ** 2 / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    return _told(TESTS_OF_MANY[kind], float(fdtrc(k - 1, (k**2 - 1) / (3 * spread), f)))


def _kruskal(groups: list[Floats]) -> dict[str, Any]:
    """Compare ranks, as Kruskal and Wallis, ties allowed for."""
    groups = [group for group in groups if len(group)]
    if len(groups) < 2 or np.ptp(np.concatenate(groups)) == 0:
        return _told("not tested (constant)")
    from scipy.stats import kruskal

    return _told(TESTS_OF_MANY["mann-whitney"], float(kruskal(*groups).pvalue))


def _counts(counts: NDArray[np.int_], asked: str) -> dict[str, Any]:
    """Compare the shares of levels in three groups or more."""
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < 2 or not counts.sum(axis=0).all():
        return _told(f"not tested ({'constant' if len(counts) < 2 else 'no values in a group'})")
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    small, note = expected.min() < SMALL_EXPECTED, ""
    if asked == "fisher" or (asked != "pearson" and small and counts.sum() <= MANY):
        try:
            return _told(TESTS_OF_MANY["fisher"], fisher_rxc(counts))
        except ValueError:
            if asked == "fisher":
                raise
    note = " (expected counts below 5)" * bool(small)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return _told(TESTS_OF_MANY["pearson"] + note, float(chdtrc(df, chi_square)))


def _mean_gap(one: Floats, other: Floats) -> float:
    """Standardised difference of two means; NaN where it cannot be known."""
    if min(len(one), len(other)) < 2:
        return np.nan
    # Austin (2009): the difference over the root of the mean of the two variances
    (mean1, sd1), (mean0, sd0) = mean_and_sd(one), mean_and_sd(other)
    spread, gap = float(np.hypot(sd1, sd0)) / np.sqrt(2), abs(mean1 - mean0)
    return gap / spread if spread > 0 else (0.0 if gap == 0 else np.inf)


def _share_gap(counts: NDArray[np.int_]) -> float:
    """Standardised difference of the shares of levels in two groups (Yang and Dalton)."""
    totals = counts.sum(axis=0)
    if not totals.all():
        return np.nan
    shares = (counts / totals)[1:]  # of all levels but one
    gap = shares[:, 0] - shares[:, 1]
    # Yang and Dalton (2012): sqrt(gap' S^-1 gap), S the mean of the two multinomial covariances
    spread = sum((np.diag(p) - np.outer(p, p)) / 2 for p in shares.T)
    if not np.any(gap):
        return 0.0
    size = np.linalg.pinv(np.asarray(spread), hermitian=True)
    inside = np.allclose(spread @ size @ gap, gap, atol=1e-9)
    return float(np.sqrt(gap @ size @ gap)) if inside else np.inf


def _largest(gaps: Sequence[float]) -> float:
    finite = [gap for gap in gaps if not np.isnan(gap)]
    return max(finite) if finite else np.nan
