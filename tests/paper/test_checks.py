"""Each check finds what the study prints wrongly, and nothing in numbers printed rightly."""

import math
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from jdm_utils import load_claims
from paperaudit.number_checks import (
    check_percent,
    check_ratio,
    habits_within,
    match_value,
    possible_fractions,
)
from paperaudit.p_values import p_from_counts, p_range_from_summary

DELAY = ("1.0", "1.7", 23, "0.64", "0.88", 31)
AGE = ("6.56", "2.6", 23, "7.41", "2.78", 31)
MODES = [ROUND_HALF_UP, ROUND_DOWN]


@pytest.fixture(scope="module")
def printed():
    return load_claims()["printed"]


def shorten(value, decimals, mode):
    return str(Decimal(value).quantize(Decimal(1).scaleb(-decimals), mode))


# Percentages


@pytest.mark.parametrize(
    ("text", "n", "total", "rules"),
    [
        ("27", 15, 54, ("truncated",)),
        ("28", 15, 54, ("rounded",)),
        ("69.5", 16, 23, ("truncated",)),
        ("50", 1, 2, ("rounded", "truncated")),
        ("12.5", 1, 8, ("rounded", "truncated")),
        ("13", 1, 8, ("rounded",)),  # a tie goes up
        ("12", 1, 8, ("truncated",)),
        ("30", 8, 23, ()),
    ],
)
def test_a_percentage_names_its_habits(text, n, total, rules):
    match = check_percent(text, n, total)
    assert match.rules == rules
    assert match.computed == pytest.approx(100 * n / total)
    assert match.method == f"{n} of {total}"


@pytest.mark.parametrize(("n", "total"), [(-1, 5), (6, 5), (0, 0), (0, -1)])
def test_a_share_needs_a_count_within_its_total(n, total):
    with pytest.raises(ValueError, match=f"{n} of {total} is not a share"):
        check_percent("10", n, total)


@pytest.mark.parametrize("text", ["0", "100", "33", "69.5", "8.7", "0.4", "101"])
def test_the_denominator_detective_finds_what_a_full_search_finds(text):
    found = possible_fractions(text, 60)
    rows = []
    for total in range(1, 61):
        for n in range(total + 1):
            rules = check_percent(text, n, total).rules
            if rules:
                rows.append([n, total, "rounded" in rules, "truncated" in rules])
    assert found.to_numpy().tolist() == rows
    assert list(found) == ["n", "total", "rounded", "truncated"]


def test_the_detective_goes_up_to_the_most_patients():
    assert possible_fractions("50", 2)["total"].tolist() == [2]
    assert possible_fractions("100", 1)["n"].tolist() == [1]
    assert possible_fractions("100").shape[0] == 100
    with pytest.raises(ValueError, match="most=0"):
        possible_fractions("50", 0)


# p from counts


def counts(printed, item):
    a, b = (int(printed[f"table3_{item}_{g}_n"]) for g in ("calcinosis", "no_calcinosis"))
    return printed[f"table3_{item}_p"], a, 23, b, 31


def habits(tests, usual=True):
    rows = tests[tests["usual"]] if usual else tests
    return {
        (row.method, habit)
        for row in rows.itertuples()
        for habit in ("rounded", "truncated")
        if getattr(row, habit)
    }


EXACT_ONE = set(product(("Yates", "Fisher two-sided"), ("rounded", "truncated")))


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("pulmonary", {("Pearson", "truncated")}),
        (
            "cardiac",
            {("Pearson", "rounded"), ("Fisher two-sided", "rounded"), ("Yates", "truncated")},
        ),
        ("immunosuppressor", {("Pearson", "rounded"), ("Fisher two-sided", "truncated")}),
        ("female", {("Pearson", "truncated")}),
        ("strength_1_3", EXACT_ONE),
        ("ldh", EXACT_ONE),
        ("deaths", EXACT_ONE),
        ("ck", set()),
        ("ast", set()),
        ("alt", set()),
        ("gi", set()),
    ],
)
def test_table_3_by_the_usual_tests(printed, item, expected):
    assert habits(p_from_counts(*counts(printed, item))) == expected


@pytest.mark.parametrize("item", ["ck", "ast", "alt", "gi"])
def test_four_p_values_of_table_3_by_no_test_of_the_family(printed, item):
    assert habits(p_from_counts(*counts(printed, item)), usual=False) == set()


def test_the_family_is_complete_and_named():
    tests = p_from_counts("0.03", 15, 23, 10, 31)
    assert list(tests) == ["method", "usual", "p", "rounded", "truncated"]
    assert tests["method"].tolist() == [
        "Pearson",
        "Yates",
        "Fisher two-sided",
        "Fisher one-sided lower",
        "Fisher one-sided higher",
        "mid-p",
        "likelihood ratio",
    ]
    assert tests["usual"].tolist() == [True] * 3 + [False] * 4
    table = [[15, 8], [10, 21]]
    expected = [
        stats.chi2_contingency(table, correction=False).pvalue,
        stats.chi2_contingency(table).pvalue,
        stats.fisher_exact(table).pvalue,
        stats.fisher_exact(table, alternative="less").pvalue,
        stats.fisher_exact(table, alternative="greater").pvalue,
        stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue,
    ]
    assert tests["p"].drop(5).tolist() == pytest.approx(expected, rel=1e-9)
    assert tests["p"][5] == pytest.approx(0.020338, abs=5e-7)
    assert habits(tests) == {
        ("Fisher two-sided", "rounded"),
        ("Yates", "rounded"),
        ("Yates", "truncated"),
    }


@pytest.mark.parametrize(
    ("computed", "text", "rules"),
    [
        (1 - 1e-13, "1.0", ("rounded", "truncated")),
        (1 - 1e-11, "1.0", ("rounded",)),
        (0.025 - 1e-13, "0.03", ("rounded",)),
        (0.025 - 1e-11, "0.03", ()),
        (0.03 - 1e-13, "0.02", ()),
        (Fraction(3, 100) - Fraction(1, 10**13), "0.02", ("truncated",)),  # exact: no noise
        (-1.26, "-1.3", ("rounded",)),
    ],
)
def test_a_float_within_its_noise_of_an_end_is_on_it(computed, text, rules):
    assert match_value(text, computed).rules == rules


def test_a_number_that_is_not_finite_matches_nothing():
    with pytest.raises(ValueError, match="it is not finite"):
        match_value("0.02", math.nan)


@pytest.mark.parametrize(
    ("low", "high", "rules"),
    [
        (0.341, 0.344, ("rounded", "truncated")),
        (0.30, 0.336, ("rounded",)),
        (0.346, 0.40, ("truncated",)),
        (0.30, 0.3349, ()),
        (0.3501, 0.4, ()),
        (0.30, 0.335 - 1e-13, ("rounded",)),
        (0.35 + 1e-13, 0.4, ("truncated",)),
    ],
)
def test_a_range_of_values_names_its_habits(low, high, rules):
    assert habits_within("0.34", low, high) == rules


# p from means and SDs


def test_the_delay_to_treatment_can_have_its_p_and_the_age_cannot(printed):
    delay, age = (
        tuple(
            23 if part == 23 else 31 if part == 31 else printed[f"table3_{item}_{part}"]
            for part in (
                "calcinosis_mean",
                "calcinosis_sd",
                23,
                "no_calcinosis_mean",
                "no_calcinosis_sd",
                31,
            )
        )
        for item in ("time_to_treatment", "age_at_diagnosis")
    )
    assert (delay, age) == (DELAY, AGE)
    assert habits_within("0.34", *p_range_from_summary(*delay)) == ("rounded", "truncated")
    for pooled, rule, sd_rule in product(
        (True, False), ("half up", "truncated"), ("half up", "truncated")
    ):
        bounds = p_range_from_summary(*age, pooled=pooled, rule=rule, sd_rule=sd_rule)
        assert habits_within("0.37", *bounds) == ()


def corners(printed):
    """Ends of the half-up interval of a printed number, by ordinary arithmetic."""
    unit = 10.0 ** -len(printed.partition(".")[2])
    return float(printed) - unit / 2, float(printed) + unit / 2


@pytest.mark.parametrize("pooled", [True, False])
@pytest.mark.parametrize(
    "summary",
    [
        DELAY,
        AGE,
        ("5", "1", 2, "1", "0", 40),  # few degrees of freedom against many
        ("2.0", "1.0", 5, "2.0", "1.1", 9),  # the means can be equal
        ("30", "0.1", 3, "10", "3", 3),
        ("5", "1", 3, "0", "1", 3),  # Welch's degrees of freedom are most within the intervals
        ("-1.5", "2.2", 8, "1.5", "0.4", 20),
    ],
)
def test_the_bounds_hold_every_p_and_are_nearly_reached(summary, pooled):
    low, high = p_range_from_summary(*summary, pooled=pooled)
    m1, s1, n1, m0, s0, n0 = summary
    grids = [np.linspace(max(a, 1e-9) if sd else a, b, 9)
             for sd, (a, b) in ((0, corners(m1)), (1, corners(s1)), (0, corners(m0)),
                                (1, corners(s0)))]  # fmt: skip
    mean1, sd1, mean0, sd0 = np.meshgrid(*grids)
    p = stats.ttest_ind_from_stats(mean1, sd1, n1, mean0, sd0, n0, equal_var=pooled).pvalue
    assert low <= p.min() and p.max() <= high
    if pooled:
        assert (low, high) == pytest.approx((p.min(), p.max()), rel=1e-6, abs=1e-9)
    elif summary in (DELAY, AGE):
        assert (low, high) == pytest.approx((p.min(), p.max()), abs=2e-4)


def test_welch_p_can_fall_while_an_sd_rises_and_is_still_bounded():
    """The reason why corners do not bound Welch's p."""
    p = [
        stats.ttest_ind_from_stats(400, sd, 40, 0, 1.0, 2, equal_var=False).pvalue
        for sd in np.linspace(0.01, 1.49, 60)
    ]
    assert p[0] > p[-1]
    low, high = p_range_from_summary("400", "1", 40, "0", "1", 2, pooled=False)
    assert low <= min(p) and max(p) <= high


def test_rules_of_means_and_sds_are_told_apart():
    low, high = p_range_from_summary("3", "2", 9, "1", "2", 9, rule="truncated", sd_rule="half up")
    t = stats.ttest_ind_from_stats
    assert low == pytest.approx(t(4, 1.5, 9, 1, 1.5, 9).pvalue, abs=1e-9)
    assert high == pytest.approx(t(3, 2.5, 9, 2, 2.5, 9).pvalue, abs=1e-9)


def test_no_printed_spread_leaves_every_small_p():
    low, high = p_range_from_summary("3", "0", 9, "1", "0", 9)
    assert low == 0
    assert high == pytest.approx(stats.ttest_ind_from_stats(2.5, 0.5, 9, 1.5, 0.5, 9).pvalue)


@pytest.mark.parametrize("change", [{1: "-0.5"}, {4: "-0.5"}, {2: 1}, {5: 1}, {0: "x"}])
@pytest.mark.parametrize("pooled", [True, False])
def test_bad_summaries_are_refused(change, pooled):
    summary = [change.get(i, value) for i, value in enumerate(DELAY)]
    with pytest.raises(ValueError, match=r"negative|fewer than two|not a number"):
        p_range_from_summary(*summary, pooled=pooled)


# Ratios


@pytest.mark.parametrize("item", ["cardiac", "immunosuppressor"])
def test_the_digits_of_table_4_consistent(printed, item):
    names = ("odds_ratio", "ci_low", "ci_high", "p")
    ratio, low, high, p = (printed[f"table4_{item}_{name}"] for name in names)
    assert check_ratio(ratio, low, high, p).consistent
    assert not check_ratio(ratio, low, high, "0.040").consistent
    assert not check_ratio(str(Decimal(ratio) * Decimal("0.95")), low, high).consistent


@given(
    st.floats(-3, 3),
    st.floats(0.05, 2),
    st.lists(st.integers(1, 3), min_size=3, max_size=3),
    st.lists(st.sampled_from(MODES), min_size=4, max_size=4),
    st.sampled_from([0.9, 0.95, 0.99]),
)
def test_no_true_wald_analysis_raises_an_alarm(log_ratio, se, decimals, modes, level):
    reach = stats.norm.ppf((1 + level) / 2) * se
    values = [math.exp(log_ratio + x) for x in (0, -reach, reach)]
    p = 2 * stats.norm.sf(abs(log_ratio) / se)
    text = [shorten(x, d, m) for x, d, m in zip(values, decimals, modes, strict=False)]
    check = check_ratio(*text, shorten(p, 3, modes[3]), level)
    assert check.consistent and check.p_possible
    assert check.estimate_range[0] <= values[0] * (1 + 1e-9)
    assert values[0] <= check.estimate_range[1] * (1 + 1e-9)
    assert check.p_range[0] - 1e-9 <= p <= check.p_range[1] + 1e-9


@pytest.mark.parametrize(
    ("ratio", "low", "high"),
    [
        ("15.56", "1.59", "152.2"),
        ("4.01", "1.08", "14.87"),
        ("1.0", "0.5", "2.0"),  # the ratio can be 1
        ("2.0", "1.0", "4.0"),
        ("2.00", "1.0", "4"),  # the ratio is the narrow one
        ("0.3", "0.1", "0.9"),
    ],
)
def test_the_range_of_p_is_what_a_fine_grid_reaches(ratio, low, high):
    def ends(text):
        unit = 10.0 ** -len(text.partition(".")[2])
        return float(text) - unit / 2, float(text) + unit

    lower, upper = np.meshgrid(*(np.linspace(*np.log(ends(x)), 1501) for x in (low, high)))
    middle = (lower + upper) / 2
    possible = (middle >= math.log(ends(ratio)[0])) & (middle <= math.log(ends(ratio)[1]))
    z = stats.norm.ppf(0.975) * np.abs(lower + upper) / (upper - lower)
    p = 2 * stats.norm.sf(z[possible])
    check = check_ratio(ratio, low, high)
    assert check.p_range[0] <= p.min() + 1e-12 and p.max() <= check.p_range[1] + 1e-12
    assert check.p_range == pytest.approx((p.min(), p.max()), rel=5e-3)
    means = np.exp(middle)
    assert check.estimate_range == pytest.approx((means.min(), means.max()), rel=1e-9)
    assert check.p_possible is None and check.consistent


@pytest.mark.parametrize(
    ("ratio", "low", "high", "symmetric"),
    [
        ("2", "1", "4", True),
        ("2", "4", "1", False),  # limits in the wrong order
        ("5.0", "1.0", "4.0", False),
        ("1.0", "1.0", "4.0", False),
        ("2.98", "1.0", "9.0", True),
        ("0.00", "0.00", "0.95", True),  # a limit that may be as small as one likes
        ("4.9", "2", "4", False),
    ],
)
def test_symmetry_on_the_log_scale(ratio, low, high, symmetric):
    check = check_ratio(ratio, low, high, "0.9")
    assert check.log_symmetric is symmetric
    assert (check.p_possible is None) is not symmetric
    assert all(math.isnan(p) for p in check.p_range) is not symmetric
    assert not check.consistent


def test_symmetry_is_exact_at_its_ends():
    # limits print from 0.5 to below 2 and from 1.5 to below 3: products from 3/4 to below 6
    assert check_ratio("2.45", "1", "2").log_symmetric  # 2.445² < 6
    assert not check_ratio("2.46", "1", "2").log_symmetric  # 2.455² > 6
    assert check_ratio("0.86", "1", "2").log_symmetric  # 0.87² > 3/4
    assert not check_ratio("0.85", "1", "2").log_symmetric  # 0.86² < 3/4
    # ends that only touch are open: 0.5 * 4.5 is 1.5², 2 * 10.125 is 4.5²
    assert not check_ratio("1.4", "1", "5").log_symmetric
    assert not check_ratio("5", "1", "10.124").log_symmetric


def test_a_limit_of_zero_leaves_the_p_just_below_the_level():
    check = check_ratio("0.00", "0.00", "0.95")
    assert check.estimate_range[0] == 0
    assert check.p_range[1] == pytest.approx(0.05, abs=1e-9)


def test_limits_that_may_be_equal_allow_any_small_p():
    assert check_ratio("2", "1", "1").p_range[0] == 0


def test_the_level_widens_the_interval():
    at90, at99 = (check_ratio("2.00", "1.00", "4.00", level=level) for level in (0.90, 0.99))
    assert at90.p_range[0] > at99.p_range[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2", "1", "4", None, 1.0), "level=1.0"),
        (("2", "1", "4", None, 0), "level=0"),
        (("-2", "1", "4"), "'-2' is negative"),
        (("2", "1", "wide"), "'wide' is not a number"),
        (("2", "1", "4", "NA"), "'NA' is not a number"),
    ],
)
def test_ratios_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_ratio(*arguments)
