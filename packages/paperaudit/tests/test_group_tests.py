"""Tests of levels and of more than two groups, against R's own functions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f
from statsmodels.stats.oneway import anova_oneway

from paperaudit.group_tests import (
    anova_from_summary,
    anova_range,
    as_numbers,
    squares_between,
    table_tests,
    welch_anova,
    welch_range,
)
from paperaudit.ratios import more_limits, ratios_of_counts

GOLDEN = Path(__file__).with_name("golden")
GROUPS = pd.read_csv(GOLDEN / "group_tests.csv")
LIMITS = pd.read_csv(GOLDEN / "odds_ratio_limits.csv")


def matrix(text):
    return [[float(cell) for cell in row.split()] for row in text.split(";")]


@pytest.mark.parametrize(
    "row", list(GROUPS[GROUPS["kind"] == "counts"].itertuples()), ids=lambda row: str(row.Index)
)
def test_a_table_as_in_r(row):
    table = np.array(matrix(row.table), dtype=int)
    exact = row.test == "Fisher-Freeman-Halton"
    if exact and table.sum() > 150:
        pytest.skip("more patients than are counted out")
    assert table_tests(table, exact=exact)[row.test] == pytest.approx(row.p, rel=1e-6)


@pytest.mark.parametrize(
    "row", list(GROUPS[GROUPS["kind"] == "means"].itertuples()), ids=lambda row: str(row.Index)
)
def test_means_as_in_r(row):
    mean, sd, n = zip(*matrix(row.table), strict=True)
    assert anova_from_summary(mean, sd, [int(x) for x in n]) == pytest.approx(row.p, rel=1e-9)


@pytest.mark.parametrize("row", list(LIMITS.itertuples()), ids=lambda row: str(row.Index))
def test_limits_as_in_r(row):
    """R's profile is a spline through steps: it is right to four figures."""
    found = more_limits(row.a, row.n1, row.b, row.n0, level=row.level)[row.method]
    close = 2e-4 if row.method == "profile likelihood" else 1e-8
    assert found["ci_low"] == pytest.approx(row.low, rel=close)
    assert found["ci_high"] == pytest.approx(row.high, rel=close)


def test_a_zero_cell_has_no_such_limits():
    assert more_limits(0, 20, 5, 30) == {}


def test_limits_of_another_level():
    """Woolf at 90% and 99%, by hand: 2.1 times or over exp(1.645 or 2.576 times 0.2753)."""
    for level, reach in ((0.9, 1.6449), (0.99, 2.5758)):
        triple = ratios_of_counts(60, 100, 50, 120, level=level)["odds_ratio", "Woolf"]
        factor = np.exp(reach * np.sqrt(1 / 60 + 1 / 40 + 1 / 50 + 1 / 70))
        assert triple["ci_high"] == pytest.approx(2.1 * factor, rel=1e-4)
        assert triple["ci_low"] == pytest.approx(2.1 / factor, rel=1e-4)
        assert ratios_of_counts(60, 100, 50, 120, level=level, exact=True) == {}


def test_an_empty_row_or_column_makes_no_difference():
    assert table_tests([[10, 4], [0, 0], [5, 14]]) == table_tests([[10, 4], [5, 14]])
    assert table_tests([[10, 0], [5, 0]]) == {}
    assert table_tests([[10, 4], [0, 0]]) == {}


GROUP = st.tuples(st.floats(1, 9), st.floats(0.5, 3), st.integers(3, 40))


@given(st.lists(GROUP, min_size=3, max_size=5), st.randoms(use_true_random=False))
def test_the_p_of_values_that_print_so_is_within_the_bounds(groups, random):
    printed = [(f"{mean:.1f}", f"{sd:.1f}", n) for mean, sd, n in groups]
    low, high = anova_range(printed)
    means, sds, sizes = as_numbers(printed)
    shaken = [m + random.uniform(-0.05, 0.05) for m in means]
    spread = [s + random.uniform(-0.05, 0.05) for s in sds]
    welch = welch_range(printed)
    for m, s in ((means, sds), (shaken, spread)):
        assert low <= anova_from_summary(m, s, sizes) <= high
        assert welch[0] <= welch_anova(m, s, sizes) <= welch[1]
    least, most = squares_between(printed)
    middle = sum(n * m for n, m in zip(sizes, shaken, strict=True)) / sum(sizes)
    between = sum(n * (m - middle) ** 2 for n, m in zip(sizes, shaken, strict=True))
    assert least - 1e-9 <= between <= most + 1e-9


def test_groups_without_a_spread():
    assert anova_from_summary([1, 1, 1], [0, 0, 0], [5, 5, 5]) == 1
    assert anova_from_summary([1, 2, 1], [0, 0, 0], [5, 5, 5]) == 0


def test_welch_as_in_statsmodels():
    random = np.random.default_rng(7)
    for k in (3, 4, 5):
        groups = [random.normal(i / 2, 1 + i, 10 + 5 * i) for i in range(k)]
        means, sds = [g.mean() for g in groups], [g.std(ddof=1) for g in groups]
        p = welch_anova(means, sds, list(map(len, groups)))
        assert p == pytest.approx(anova_oneway(groups, use_var="unequal").pvalue, rel=1e-9)


@pytest.mark.parametrize(("p", "verdict"), [("0.0045", "reproduced"), ("0.0570", "reproduced"),
                                            ("0.6000", "not_reproduced")])  # fmt: skip
def test_a_p_of_three_means_by_either_analysis_of_variance(p, verdict, audited):
    """Of R: oneway.test of groups with these means and SDs .00447, var.equal=TRUE .05699."""
    text = "".join(
        f"methods patients {g} n {n}\ntable1 x {g} mean {m}\ntable1 x {g} sd {s}\n"
        for g, n, m, s in (("a", 20, "5.000", "1.000"), ("b", 25, "6.100", "1.500"),
                           ("c", 30, "6.500", "3.000"))
    )  # fmt: skip
    assert audited(f"{text}table1 x . p {p}\n").pick("x", "p")["verdict"] == verdict


def test_an_sd_of_zero_has_an_analysis_of_variance_and_none_of_welch(audited):
    sizes = "".join(f"methods patients {group} n 20\n" for group in "abc")
    rows = [("a", "19.1", "4.0"), ("b", "17.5", "3.7"), ("c", "16.7", "0.0")]
    text = "".join(f"table1 x {g} mean {mean}\ntable1 x {g} sd {sd}\n" for g, mean, sd in rows)
    expected = f_oneway_of([(float(mean), float(sd), 20) for _, mean, sd in rows])
    for printed, verdict in ((f"{expected:.3f}", "reproduced"), ("0.700", "not_reproduced")):
        assert (
            audited(f"{sizes}{text}table1 x . p {printed}\n").pick("x", "p")["verdict"] == verdict
        )


def f_oneway_of(groups):
    """Analysis of variance by its textbook formula."""
    n = sum(size for *_, size in groups)
    mean = sum(m * size for m, _, size in groups) / n
    between = sum(size * (m - mean) ** 2 for m, _, size in groups) / (len(groups) - 1)
    within = sum((size - 1) * sd**2 for _, sd, size in groups) / (n - len(groups))
    return f.sf(between / within, len(groups) - 1, n - len(groups))
