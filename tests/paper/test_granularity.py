"""GRIM, GRIMMER and DEBIT against brute force, and on the study's own means."""

import math
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdm_utils import load_claims
from paperaudit.granularity import debit, grim, grim_claims, grimmer, integers_exist

MEANS = [("6.56", "2.6", 23), ("7.41", "2.78", 31), ("1.0", "1.7", 23), ("0.64", "0.88", 31)]
RULES = ["half up", "truncated"]


def print_root(square, decimals, rule):
    """Print the root of an exact fraction, in integers only."""
    halves = math.isqrt(math.floor(square * 4 * 100**decimals))  # floor of twice the scaled root
    return as_text((halves + (rule == "half up")) // 2, decimals)


def print_number(value, decimals, rule):
    size = abs(value) * 10**decimals
    return as_text(math.floor(size + Fraction(rule == "half up", 2)), decimals, value < 0)


def as_text(scaled, decimals, negative=False):
    whole, rest = divmod(scaled, 10**decimals)
    return f"{'-' * (negative and scaled > 0)}{whole}" + (
        f".{rest:0{decimals}d}" if decimals else ""
    )


def variance(values):
    n, total = len(values), sum(values)
    return (sum(x * x for x in values) - Fraction(total * total, n)) / (n - 1)


@pytest.mark.parametrize("n", range(1, 8))
def test_integers_exist_exactly_where_brute_force_finds_them(n):
    most = 120  # holds 28 and 112, not a sum of three squares
    values = range(-math.isqrt(most), math.isqrt(most) + 1)
    found = {(0, 0)}
    for _ in range(n):
        found = {(s + x, q + x * x) for s, q in found for x in values if q + x * x <= most}
    sums = range(-3 * n, 3 * n + 1)
    expected = {(s, q) for s, q in found if s in sums}
    assert {
        (s, q) for s in sums for q in range(-2, most + 1) if integers_exist(n, s, q)
    } == expected


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_grimmer_rejects_no_data_that_exist_and_accepts_none_that_do_not(n, rule):
    lowest, highest = -6, 7  # beyond these, a mean below 1 has an SD above 2.5
    printed = {
        (print_number(Fraction(sum(x), n), 1, rule), print_root(variance(x), 2, rule))
        for x in combinations_with_replacement(range(lowest, highest + 1), n)
        if 0 <= sum(x) <= n
    }
    means = [f"0.{i}" for i in range(1, 10)]
    sds = [as_text(i, 2) for i in range(250)]
    passed = {(m, s) for m in means for s in sds if grimmer(m, s, n, rule=rule).consistent}
    assert passed == {(m, s) for m, s in printed if m in means and s in sds}
    assert 0 < len(passed) < len(means) * len(sds) / 2


@given(
    st.lists(st.integers(-4000, 4000), min_size=2, max_size=9),
    st.sampled_from([1, 12, 365.25]),
    st.integers(0, 3),
    st.sampled_from(RULES),
    st.sampled_from(RULES),
)
def test_true_data_of_any_granularity_pass(values, granularity, decimals, rule, sd_rule):
    n, g = len(values), Fraction(granularity)
    mean = print_number(Fraction(sum(values)) / n / g, decimals, rule)
    sd = print_root(variance(values) / g**2, decimals, sd_rule)
    assert sum(values) in grim(mean, n, granularity=granularity, rule=rule).totals
    found = grimmer(mean, sd, n, granularity=granularity, rule=rule, sd_rule=sd_rule)
    assert found.consistent and found.mean_consistent
    again = Fraction(found.squares) - Fraction(found.total**2, n)
    assert print_root(again / (n - 1) / g**2, decimals, sd_rule) == sd
    assert print_number(Fraction(found.total) / n / g, decimals, rule) == mean


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", [2, 7, 12])
def test_debit_finds_exactly_the_counts_of_yes(n, rule):
    expected = {}
    for k in range(n + 1):
        sd = print_root(Fraction(k * (n - k), n * (n - 1)), 2, rule)
        expected.setdefault((print_number(Fraction(k, n), 1, rule), sd), []).append(k)
    for mean in [as_text(i, 1) for i in range(12)]:
        for sd in [as_text(i, 2) for i in range(75)]:
            assert list(debit(mean, sd, n, rule=rule).counts) == expected.get((mean, sd), [])


def test_grim_lists_every_sum_at_open_and_closed_ends():
    assert list(grim("0.5", 20).totals) == [9, 10]  # 9/20 rounds up to 0.5, 11/20 to 0.6
    assert list(grim("0.5", 20, rule="truncated").totals) == [10, 11]
    assert list(grim("0.4", 20, rule="half even").totals) == [7, 8, 9]  # both ties go to 0.4
    assert list(grim("-0.5", 20).totals) == [-10, -9]
    assert list(grim("0.5", 2, granularity=10).totals) == [9, 10]


def test_the_chance_of_passing_is_the_share_of_numbers_that_pass():
    for n in (7, 23, 99, 100, 300):
        passing = sum(grim(as_text(i, 2), n).consistent for i in range(100, 200))
        assert grim("1.00", n).chance == pytest.approx(passing / 100)
    assert grim("1.0", 5, granularity=12).chance == 1


def test_under_truncation_the_means_of_the_study_fit_whole_years_and_the_sds_only_rounded():
    totals = [grim(mean, n, rule="truncated").totals[0] for mean, _, n in MEANS]
    assert totals == [151, 230, 23, 20]
    assert [grim(mean, n).consistent for mean, _, n in MEANS] == [False, False, True, False]
    fits = {
        rule: [grimmer(*x, rule="truncated", sd_rule=rule).consistent for x in MEANS]
        for rule in RULES
    }
    assert fits == {"half up": [True] * 4, "truncated": [True, False, True, False]}


def test_months_and_days_are_too_fine_to_tell():
    for mean, sd, n in MEANS:
        for granularity in (12, 365.25):
            assert grim(mean, n, granularity=granularity).chance == 1
            assert grimmer(mean, sd, n, granularity=granularity).consistent


def test_grimmer_tells_a_bad_mean_from_a_bad_sd():
    assert not grimmer("6.56", "2.6", 23).mean_consistent
    bad_sd = grimmer("7.41", "2.78", 31, rule="truncated")
    assert bad_sd.mean_consistent and not bad_sd.consistent


def test_no_spread_at_all_is_possible_for_a_whole_mean_only():
    assert grimmer("2.0", "0.0", 4).consistent
    assert grimmer("2.0", "0.00", 4).squares == 16
    assert not grimmer("2.5", "0.0", 4).consistent


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grim("1.0", 0), "n must be 1 or more"),
        (lambda: grim("1.0", 5, granularity=0), "granularity positive"),
        (lambda: grim("1.0", 5, granularity=math.inf), "granularity positive"),
        (lambda: grim("1.0", 5, granularity=math.nan), "granularity positive"),
        (lambda: grimmer("1.0", "0.5", 1), "n must be 2 or more"),
        (lambda: grimmer("1.0", "-0.5", 5), "'-0.5' is negative"),
        (lambda: debit("0.5", "0.5", 1), "n must be 2 or more"),
        (lambda: debit("0.5", "much", 5), "'much' is not a number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_printed_means_are_of_whole_years_cut_off_and_not_rounded():
    found = grim_claims(load_claims()).query("sd != ''").set_index("mean")
    assert found["total"].to_dict() == {"6.56": 151, "7.41": 230, "1.0": 23, "0.64": 20}
    assert found["truncated"].all()
    assert found["rounded"].to_dict() == {"6.56": False, "7.41": False, "1.0": True, "0.64": False}
    shown = [f"{total / 31:.4f}"[:4] for total in range(31 * 100)]
    assert found.loc["7.41", "chance"] == len(set(shown[:31])) / 100
    assert found["chance"].prod() == pytest.approx(0.23 * 0.31 * 0.31)  # about 2%
    assert found["sd_rounded"].all()
    assert found["sd_truncated"].to_dict() == {
        "6.56": True, "7.41": False, "1.0": True, "0.64": False,
    }  # fmt: skip
