import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from smallstats import two_by_two
from smallstats.fourfold import agreeing_p_values
from smallstats.score_limits import MEASURES, score_limits, usual_test


def test_limits_agree_with_r(golden):
    names = {"difference": "risk difference", "ratio": "risk ratio", "odds": "odds ratio"}
    for row in golden("score_limits").itertuples():
        table = two_by_two(row.a, row.n1, row.b, row.n0)
        mid = row.measure == "mid-p"
        found = table.mid_p_limits() if mid else table.limits(names[row.measure])
        absent = (-1, 1) if row.measure == "difference" else (0, np.inf)
        wanted = [e if pd.isna(v) else v for v, e in zip((row.low, row.high), absent, strict=True)]
        assert found == pytest.approx(wanted, rel=2e-5), row


def test_published_limits_of_a_risk_difference():
    """Newcombe 1998 (Stat Med 17:873-90), Table II, method 7: Miettinen and Nurminen."""
    for counts, wanted in (
        ((56, 70, 48, 80), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1700, 0.8406)),
        ((5, 56, 0, 29), (-0.0326, 0.1933)),
    ):
        found = score_limits(*counts, "risk difference")
        assert found == pytest.approx(wanted, abs=5e-5)


def every_table(n1, n0):
    return [(a, n1, b, n0) for a in range(n1 + 1) for b in range(n0 + 1)]


@pytest.mark.parametrize(("n1", "n0"), [(5, 9), (8, 8), (12, 7)])
@pytest.mark.parametrize("measure", MEASURES)
def test_p_below_five_percent_is_an_interval_without_no_effect(n1, n0, measure):
    tables = every_table(n1, n0)
    p = agreeing_p_values(*np.array(tables).T)["n_minus_1"]
    nothing = 0 if measure == "risk difference" else 1
    for table, value in zip(tables, p, strict=True):
        low, high = score_limits(*table, measure)
        assert low <= high
        assert (value < 0.05) == (not low <= nothing <= high), table


@pytest.mark.parametrize(("n1", "n0"), [(5, 9), (8, 8)])
def test_the_mid_p_agrees_with_its_limits(n1, n0):
    for table in every_table(n1, n0):
        t = two_by_two(*table)
        low, high = t.mid_p_limits()
        assert (t.central_mid_p < 0.05) == (not low <= 1 <= high), table


def test_turning_a_table_round_turns_its_limits():
    for a, n1, b, n0 in every_table(6, 9):
        low, high = score_limits(a, n1, b, n0, "risk difference")
        turned = score_limits(b, n0, a, n1, "risk difference")
        assert turned == pytest.approx((-high, -low), abs=1e-9)
        low, high = score_limits(a, n1, b, n0)
        turned = score_limits(n1 - a, n1, n0 - b, n0)
        ends = [np.inf if v == 0 else 1 / v for v in (high, low)]
        assert turned == pytest.approx(ends, rel=1e-6)
        if a + b and a + b < n1 + n0:  # rows for columns: the odds ratio is the same
            across = score_limits(a, a + b, n1 - a, n1 + n0 - a - b)
            assert across == pytest.approx((low, high), rel=1e-6)


def test_the_usual_pair_keeps_its_level_and_its_power():
    """By enumeration: what the module says of groups of 23 and 31, and of 10 and 40."""
    risks = np.linspace(0.01, 0.99, 99)
    for n1, n0, most, against in ((23, 31, 0.053, "fisher"), (10, 40, 0.056, "fisher")):
        tables = np.array(every_table(n1, n0))
        p = agreeing_p_values(*tables.T)
        names = [usual_test(*table) for table in tables.tolist()]
        usual = np.array([p[name].iloc[i] for i, name in enumerate(names)]) <= 0.05
        n_minus_1 = p["n_minus_1"].to_numpy() <= 0.05
        shape = (n1 + 1, n0 + 1)

        def size(reject, q, q0=None, n1=n1, n0=n0, shape=shape):
            one, two = (
                binom.pmf(np.arange(n1 + 1), n1, q),
                binom.pmf(np.arange(n0 + 1), n0, q if q0 is None else q0),
            )
            return one @ reject.reshape(shape) @ two

        assert max(size(usual, q) for q in risks) < most
        fisher = np.array([two_by_two(*t).p_values[against] for t in tables.tolist()]) <= 0.05
        assert size(usual, 0.5, 0.2) > size(fisher, 0.5, 0.2)
        if n1 == 10:  # why the N-1 chi-square is not used everywhere
            assert max(size(n_minus_1, q) for q in risks) > 0.09


def test_tables_that_say_nothing():
    assert agreeing_p_values(0, 5, 0, 7).iloc[0].tolist() == [1, 1]
    assert agreeing_p_values(5, 5, 7, 7).iloc[0].tolist() == [1, 1]
    assert score_limits(0, 5, 0, 7) == (0, np.inf)
    assert score_limits(0, 5, 0, 7, "risk ratio") == (0, np.inf)
    low, high = score_limits(0, 5, 0, 7, "risk difference")
    assert -1 < low < 0 < high < 1


def test_bad_counts_and_measures_are_refused():
    with pytest.raises(ValueError, match="measure='nnt' is not one of odds ratio, risk diff"):
        score_limits(1, 2, 1, 2, "nnt")
    with pytest.raises(ValueError, match="3 of 2 against 1 of 2 is no table"):
        score_limits(3, 2, 1, 2)


def test_risk_ratios():
    table = two_by_two(10, 20, 5, 20)
    assert table.risk_ratio == 2
    assert two_by_two(1, 2, 0, 2).risk_ratio == np.inf
    assert np.isnan(two_by_two(0, 2, 0, 2).risk_ratio)
