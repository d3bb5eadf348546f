"""Readings that would explain a number alone, and what the rest of the paper says to them."""

from math import exp, sqrt

import pytest

from paperaudit.interval_checks import predictive_interval, proportion_intervals

FORTIES = "methods patients a n 40\nmethods patients b n 40\n"
# R's fisher.test: two-sided .1095, .2222, .3711; the smaller side .0548, .1111, .1855.
COUNTS = {"u": (12, 20), "v": (15, 9), "w": (22, 17)}
TWO_SIDED, ONE_SIDED = ("0.110", "0.222", "0.371"), ("0.055", "0.111", "0.186")
# Student's t of these gives .2706, and .1353 on one side.
MEANS = (
    "table1 x a mean 29.8\ntable1 x a sd 7.5\ntable1 x b mean 31.6\ntable1 x b sd 7.0\n"
    "table1 x . p {p}\n"
)
# R's fisher.test of 8 and 15 of 40: .0687 on one side, .1374 on two.
SHARES = "table1 x a n 8\ntable1 x b n 15\ntable1 x . p {p}\n"


def counted(p_values):
    return FORTIES + "".join(
        f"table1 {item} a n {a}\ntable1 {item} b n {b}\ntable1 {item} . p {p}\n"
        for (item, (a, b)), p in zip(COUNTS.items(), p_values, strict=False)
    )


@pytest.mark.parametrize(
    ("others", "row", "verdict"),
    [
        (TWO_SIDED, MEANS.format(p="0.271"), "reproduced"),
        (TWO_SIDED, MEANS.format(p="0.135"), "not_reproduced"),
        (TWO_SIDED[:2], MEANS.format(p="0.135"), "reproduced_other_method"),
        (ONE_SIDED, MEANS.format(p="0.135"), "reproduced_other_method"),
        (TWO_SIDED, SHARES.format(p="0.137"), "reproduced"),
        (TWO_SIDED, SHARES.format(p="0.069"), "not_reproduced"),
        (TWO_SIDED[:2], SHARES.format(p="0.069"), "reproduced_other_method"),
        (ONE_SIDED, SHARES.format(p="0.069"), "reproduced_other_method"),
    ],
)
def test_one_p_of_a_paper_is_hardly_one_sided(others, row, verdict, audited):
    found = audited(counted(others) + row).pick("x", "p")
    assert found["verdict"] == verdict
    if verdict == "not_reproduced":  # the innocent reading is said, and no conclusion changes
        assert "3 other p values follow by the usual tests" in found["explanation"]
        assert found["severity"] != "changes a conclusion"


FIFTIES = "".join(f"methods patients {group} n 50\n" for group in "abc")
# R's chisq.test: .0883, .1699, .2705, .0687 of all three; .0278 of the first and third of x.
ARMS = {"x": (20, 25, 31), "u": (10, 18, 12), "v": (30, 22, 25), "w": (5, 9, 14)}


@pytest.mark.parametrize(
    ("p_values", "verdict"),
    [
        ({"x": "0.088", "u": "0.170", "v": "0.270", "w": "0.069"}, "reproduced"),
        ({"x": "0.028", "u": "0.170", "v": "0.270", "w": "0.069"}, "not_reproduced"),
        ({"x": "0.028", "u": "0.170", "v": "0.270"}, "reproduced_other_method"),
        # .0218 is of the first and third of w
        ({"x": "0.028", "u": "0.170", "v": "0.270", "w": "0.022"}, "reproduced_other_method"),
    ],
)
def test_one_p_of_three_groups_is_hardly_of_two(p_values, verdict, audited):
    text = FIFTIES
    for item, p in p_values.items():
        text += "".join(
            f"table1 {item} {g} n {n}\n" for g, n in zip("abc", ARMS[item], strict=True)
        )
        text += f"table1 {item} . p {p}\n"
    assert audited(text).pick("x", "p")["verdict"] == verdict


SIZES = "methods patients all n 147\nmethods patients a n 35\nmethods patients b n 112\n"


def test_missing_values_explain_a_percentage_only_wherever_it_is_printed(audited):
    """16 of 112 is 14.3%, and 14.7% of 109: not both."""
    text = SIZES + "table2 x b n 16\ntable2 x b percent 14.7 112\n"
    assert not audited(text).objections
    wrong = ("x", "percent", "b")
    assert wrong in audited(text + "results x b percent 14.3 112").objections
    assert not audited(text + "results x b percent 15 112").objections


@pytest.mark.parametrize(
    ("n", "percent", "of_b", "objected"),
    [
        (169, "55.0", 50, False),
        (166, "55.0", 47, True),  # 119 and 47 are of 158 and 140, of whom 166 are 55.7%
        (166, "55.7", 47, False),
    ],
)
def test_those_with_data_add_up(n, percent, of_b, objected, audited):
    text = (
        "methods patients all n 307\nmethods patients a n 158\nmethods patients b n 149\n"
        f"table1 x all n {n}\ntable1 x all percent {percent} 307\ntable2 x a n 119\n"
        f"table2 x a percent 75.3 158\ntable2 x b n {of_b}\ntable2 x b percent 33.6 149\n"
    )
    assert bool(audited(text).objections) == objected


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("mean", [("29.6", True), ("29.7", True), ("29.5", True), ("29.8", False), ("30", True)]),
        ("ci_high", [("29.7", True), ("29.8", False)]),
    ],
)
def test_a_last_digit_cut_off_in_one_place_is_no_clash(kind, said, audited):
    sizes = "methods patients a n 60\nmethods patients b n 60\n"
    for printed, fits in said:
        audit = audited(sizes + f"table1 x a {kind} 29.6\nabstract x a {kind} {printed}")
        assert bool(audit.objections) != fits, printed
        if printed in ("29.5", "29.7"):
            found = audit.frame[audit.frame["location"] == "abstract"].iloc[0]
            assert found["verdict"] == "attainable" and found["severity"] == "cosmetic"


# 419 true and 66 false positives, 43 false and 245 true negatives.
ACCURACY = """
methods patients all n 773
table2 sensitivity all n 419 462
table2 specificity all n 245 311
table2 ppv all n 419 485
table2 ppv all percent 86.4 485
table2 ppv all ci_low 83.6 485
table2 ppv all ci_high 88.7 485
table2 npv all n 245 288
table2 npv all percent 85.1 288
table2 npv all ci_low 81 288
table2 npv all ci_high 88.4 288
"""


def test_limits_of_predictive_values(audited):
    assert not audited(ACCURACY).objections
    for old, new, wrong in (
        ("ci_low 83.6", "ci_low 82.6", ("ppv", "ci_low", "all")),
        ("ci_high 88.4", "ci_high 88.9", ("npv", "ci_high", "all")),
    ):
        assert wrong in audited(ACCURACY.replace(old, new)).objections
    without = ACCURACY.replace("table2 specificity all n 245 311\n", "")
    assert ("ppv", "ci_low", "all") in audited(without).objections


def test_predictive_intervals_follow_by_the_delta_method():
    """The variance of the log odds of a predictive value, from sensitivity and specificity."""
    tp, fp, fn, tn = 81, 16, 15, 94
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    variance = (1 - sensitivity) / sensitivity / (tp + fn)
    variance += specificity / (1 - specificity) / (tn + fp)
    ends = [1 / (1 + fp / tp * exp(-s * 1.959964 * sqrt(variance))) for s in (-1, 1)]
    found = predictive_interval(tp, tp + fp, tp + fn, tn + fp)
    assert found == pytest.approx([100 * end for end in ends], abs=1e-4)
    assert predictive_interval(10, 10, 20, 20) is None
    assert predictive_interval(10, 20, 9, 20) is None


def test_the_logit_interval_of_a_share():
    """R: plogis(qlogis(81/263) + c(-1, 1) * qnorm(.975) * sqrt(1/81 + 1/182))."""
    assert proportion_intervals(81, 263)["logit"] == pytest.approx((25.514751, 36.638177), abs=1e-5)
    assert "logit" not in proportion_intervals(0, 10)


def test_a_variable_without_counts_stops_nothing(audited):
    """A level whose only count is impossible leaves a variable of no rows."""
    text = (
        "methods patients a n 40\nmethods patients b n 40\nmethods patients all n 80\n"
        "table1 mild a n 400 variable=stage\ntable1 stage . p 0.03 variable=stage\n"
    )
    assert audited(text).objections == {("mild", "n", "a")}
    fewer = text.replace("table1 mild a n 400 variable=stage\n", "")
    assert not audited(fewer).objections
