import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallstats import table_p_values, two_by_two
from smallstats.conditional import ConditionalFamily

TESTS = ["pearson", "yates", "fisher", "fisher_less", "fisher_greater", "mid_p", "likelihood_ratio"]


@st.composite
def tables(draw, largest=40):
    n1, n0 = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n0)), n0


def test_p_values_agree_with_r(golden):
    r = golden("two_by_two")
    computed = table_p_values(r.a, r.n1, r.b, r.n0)
    empty = (r.a + r.b == 0) | (r.a + r.b == r.n1 + r.n0)
    expected = r[TESTS].where(~empty, 1.0)
    assert expected.notna().all(axis=None)
    pd.testing.assert_frame_equal(computed, expected, rtol=1e-10, atol=1e-14)


def test_estimates_and_intervals_agree_with_r(golden):
    names = ["odds_ratio", "conditional_odds_ratio", "ci_low", "ci_high"]
    for row in golden("two_by_two").sample(150, random_state=1).itertuples():
        table = two_by_two(row.a, row.n1, row.b, row.n0)
        empty = row.a + row.b in (0, row.n1 + row.n0)
        for name in names:
            expected = getattr(row, name)
            if empty and name == "conditional_odds_ratio":
                expected = math.nan
            assert getattr(table, name) == pytest.approx(expected, rel=1e-9, nan_ok=True)
        # fisher.test itself, to the tolerance of its root finder
        assert table.ci_low == pytest.approx(row.r_low, rel=3e-2)
        assert table.ci_high == pytest.approx(row.r_high, rel=3e-2)
        assert table.risk_difference == pytest.approx(row.a / row.n1 - row.b / row.n0)


def test_the_scalar_and_the_many_are_the_same():
    table = two_by_two(7, 23, 1, 31)
    many = table_p_values([7, 7, 3], 23, [1, 1, 2], 31)
    pd.testing.assert_series_equal(table.p_values, many.loc[0].rename("p"))
    pd.testing.assert_series_equal(many.loc[0], many.loc[1], check_names=False)
    assert list(table.p_values.index) == TESTS


def test_published_counts():
    assert two_by_two(10, 23, 5, 31).pearson == pytest.approx(0.0265, abs=5e-5)
    cardiac = two_by_two(7, 23, 1, 31)
    assert (round(cardiac.fisher, 4), round(cardiac.yates, 4)) == (0.0078, 0.0166)
    delay = two_by_two(11, 23, 4, 31)
    assert (round(delay.fisher, 4), round(delay.pearson, 4)) == (0.0064, 0.0046)
    assert round(delay.odds_ratio, 1) == 6.2


@given(tables())
def test_swapping_the_groups_inverts_the_odds_ratio(table):
    a, n1, b, n0 = table
    one, other = two_by_two(a, n1, b, n0), two_by_two(b, n0, a, n1)
    both = ["pearson", "yates", "fisher", "mid_p", "likelihood_ratio"]
    np.testing.assert_allclose(one.p_values[both], other.p_values[both], rtol=1e-9)
    assert one.fisher_less == pytest.approx(other.fisher_greater, rel=1e-9)
    with np.errstate(divide="ignore"):
        assert one.odds_ratio == pytest.approx(float(1 / np.float64(other.odds_ratio)), nan_ok=True)
        assert one.ci_low == pytest.approx(float(1 / np.float64(other.ci_high)), rel=1e-9)


@given(tables())
def test_swapping_exposed_and_unexposed_inverts_the_odds_ratio(table):
    a, n1, b, n0 = table
    one, other = two_by_two(a, n1, b, n0), two_by_two(n1 - a, n1, n0 - b, n0)
    both = ["pearson", "yates", "fisher", "mid_p", "likelihood_ratio"]
    np.testing.assert_allclose(one.p_values[both], other.p_values[both], rtol=1e-9)
    with np.errstate(divide="ignore"):
        assert one.ci_high == pytest.approx(float(1 / np.float64(other.ci_low)), rel=1e-9)


@given(tables())
def test_what_holds_for_every_table(table):
    t = two_by_two(*table)
    assert t.p_values.between(0, 1).all()
    assert t.yates >= t.pearson - 1e-12
    assert t.mid_p <= t.fisher
    assert t.fisher_less + t.fisher_greater >= 1 - 1e-12
    assert t.ci_low <= t.ci_high
    if not math.isnan(t.conditional_odds_ratio):
        assert t.ci_low <= t.conditional_odds_ratio <= t.ci_high
    # the exact interval excludes 1 exactly when a one-sided test is below 2.5%
    assert (t.ci_low > 1) == (t.fisher_greater < 0.025)
    assert (t.ci_high < 1) == (t.fisher_less < 0.025)


@given(tables(largest=12))
def test_exact_p_by_enumeration(table):
    a, n1, b, n0 = table
    ways = {
        k: math.comb(n1, k) * math.comb(n0, a + b - k)
        for k in range(max(0, a + b - n0), min(n1, a + b) + 1)
    }
    total = sum(ways.values())
    t = two_by_two(*table)
    assert t.fisher == pytest.approx(sum(w for w in ways.values() if w <= ways[a]) / total)
    assert t.fisher_less == pytest.approx(sum(w for k, w in ways.items() if k <= a) / total)
    if len(ways) > 1:
        half = sum(w for w in ways.values() if w == ways[a]) / 2
        assert t.mid_p == pytest.approx(t.fisher - half / total)


def test_an_empty_margin_says_nothing():
    t = two_by_two(0, 5, 0, 6)
    assert (t.p_values == 1).all()
    assert math.isnan(t.odds_ratio) and math.isnan(t.conditional_odds_ratio)
    assert (t.ci_low, t.ci_high) == (0, math.inf)


def test_zero_cells_leave_one_side_unbounded():
    t = two_by_two(5, 5, 1, 6)
    assert (t.odds_ratio, t.conditional_odds_ratio, t.ci_high) == (math.inf, math.inf, math.inf)
    assert 0 < t.ci_low < 2
    t = two_by_two(0, 5, 4, 6)
    assert (t.odds_ratio, t.conditional_odds_ratio, t.ci_low) == (0, 0, 0)
    assert 0 < t.ci_high < 2


def test_a_million_tables_are_chunked_without_a_seam(monkeypatch):
    module = __import__("smallstats.fourfold", fromlist=["CHUNK"])
    rng = np.random.default_rng(7)
    n1, n0 = rng.integers(1, 60, 500), rng.integers(1, 60, 500)
    a, b = rng.integers(0, n1 + 1), rng.integers(0, n0 + 1)
    at_once = table_p_values(a, n1, b, n0)
    monkeypatch.setattr(module, "CHUNK", 50)
    pd.testing.assert_frame_equal(table_p_values(a, n1, b, n0), at_once)


@pytest.mark.parametrize(
    ("table", "messages"),
    [
        ((-1, 5, 0, 5), ["a is negative"]),
        ((6, 5, 0, 5), ["a is larger than n1"]),
        ((0, 5, 6, 5), ["b is larger than n0"]),
        ((0, 0, 0, 5), ["n1 is zero"]),
        ((0, 5, 0, 0), ["n0 is zero"]),
        ((2.5, 5, 0, 5), ["a must be a whole number, not 2.5"]),
        ((float("nan"), 5, 0, 5), ["a must be a whole number, not nan"]),
        ((None, 5, 0, 5), ["a must be a whole number, not None"]),
        (("2", 5, 0, 5), ["a must be a whole number, not '2'"]),
        ((True, 5, 0, 5), ["a must be a whole number, not True"]),
        ((7, 5, -1, 5), ["a is larger than n1 (a=7, n1=5, b=-1, n0=5)", "b is negative"]),
        ((1, 0, 9, 3), ["n1 is zero", "a is larger", "b is larger"]),
    ],
)
def test_bad_tables_are_refused_with_every_problem(table, messages):
    with pytest.raises(ValueError) as refused:
        two_by_two(*table)
    for message in messages:
        assert message in str(refused.value)


def test_the_bad_table_among_many_is_shown():
    with pytest.raises(ValueError, match=r"a is larger than n1 \(a=9, n1=4, b=2, n0=3\)"):
        table_p_values([1, 9], [4, 4], [2, 2], [3, 3])


@pytest.mark.parametrize("table", [(2000, 10_000, 19_000, 90_000), (3, 20_000, 9000, 20_000)])
def test_the_interval_of_a_large_table_is_that_of_its_whole_family(table):
    from scipy.special import gammaln

    a, n1, b, n0 = table
    m = a + b
    support = np.arange(max(0, m - n0), min(m, n1) + 1.0)
    cells = (support, n1 - support, m - support, n0 - m + support)
    family = ConditionalFamily(support, -sum(gammaln(cell + 1) for cell in cells), float(a))
    found = two_by_two(*table)
    expected = np.exp([family.estimate(), *family.interval()])
    computed = [found.conditional_odds_ratio, found.ci_low, found.ci_high]
    np.testing.assert_allclose(computed, expected, rtol=1e-8)
