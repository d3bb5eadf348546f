"""Printed strings stand for exact intervals."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperaudit.rounding import (
    RULES,
    printed_decimals,
    printed_interval,
    printed_value,
    prints_as,
)

MODES = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}


@given(
    st.integers(-99_999, 99_999),
    st.integers(0, 4),
    st.integers(0, 3),
    st.sampled_from(RULES),
    st.integers(-15, 15),
)
def test_an_interval_holds_what_decimal_rounds_to_it(number, places, decimals, rule, away):
    """The standard library's rounding is the oracle, at ties and one unit in the last place off."""
    x = Decimal(number).scaleb(-places)
    unit = Decimal(1).scaleb(-decimals)
    printed = x.quantize(unit, MODES[rule])
    if printed == 0:
        printed = abs(printed)  # nobody prints "-0"
    assert x in printed_interval(str(printed), rule)
    other = printed + away * unit
    if other != printed and other != 0:
        assert x not in printed_interval(str(other), rule)


@pytest.mark.parametrize(
    ("printed", "rule", "inside", "outside"),
    [
        ("0.02", "half up", ["0.015", "0.02", "0.0249"], ["0.0149", "0.025"]),
        ("0.02", "half even", ["0.015", "0.025"], ["0.0149", "0.0251"]),
        ("0.03", "half even", ["0.0251", "0.0349"], ["0.025", "0.035"]),
        ("0.02", "truncated", ["0.02", "0.0299"], ["0.0199", "0.03"]),
        ("1.0", "half up", ["0.95", "1.049"], ["0.94", "1.05"]),
        ("1", "half up", ["0.5", "1.4"], ["0.49", "1.5"]),
        ("0", "truncated", ["-0.9", "0", "0.9"], ["-1", "1"]),
        ("0", "half up", ["-0.4", "0.4"], ["-0.5", "0.5"]),
        ("-1.5", "half up", ["-1.45", "-1.54"], ["-1.55", "-1.44"]),
        ("-1.5", "truncated", ["-1.5", "-1.59"], ["-1.6", "-1.49"]),
        ("six", "truncated", ["6", "6.9"], ["7", "5.9"]),
    ],
)
def test_ends_are_open_and_closed_as_the_rule_says(printed, rule, inside, outside):
    interval = printed_interval(printed, rule)
    assert all(Fraction(x) in interval for x in inside)
    assert not any(Fraction(x) in interval for x in outside)


def test_the_papers_two_habits():
    assert prints_as(Fraction(1500, 54), "27") == ("truncated",)
    assert prints_as(Fraction(100 * 40, 54), "74") == ("half up", "half even", "truncated")
    assert prints_as(Fraction(100 * 15, 54), "28") == ("half up", "half even")
    assert prints_as(0.0265, "0.01") == ()


@pytest.mark.parametrize(
    ("printed", "value", "decimals"),
    [("None", 0, 0), ("Both", 2, 0), ("fourth", 4, 0), ("2:1", 2, 0), ("1/5", "1/5", 1),
     (" 15.56 ", "15.56", 2), ("-3.20", "-3.2", 2)],
)  # fmt: skip
def test_what_a_printed_string_says(printed, value, decimals):
    assert printed_value(printed) == Fraction(value)
    assert printed_decimals(printed.strip()) == decimals


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "many",
        "1/0",
        "1/2/3",
        "nan",
        "inf",
        "1,5,2",
        "12,34.5",
        "5%%",
        "<",
        "--1",
        "4.3e1",
        "1×10",
    ],
)
def test_what_is_no_printed_number(printed):
    with pytest.raises(ValueError, match="is not a number"):
        printed_value(printed)


def test_an_unknown_rule_is_named_with_those_allowed():
    with pytest.raises(ValueError, match=r"'up'.*'half up', 'half even', 'truncated'"):
        printed_interval("1", "up")


@pytest.mark.parametrize(
    ("printed", "value", "decimals"),
    [
        ("<0.001", "0.001", 3),
        ("≤ .05", "0.05", 2),
        (">0.99", "0.99", 2),
        ("65%", "65", 0),
        ("8.7 %", "8.7", 1),
        ("0·34", "0.34", 2),
        ("−1.5", "-1.5", 1),
        ("12,345.6", "12345.6", 1),
    ],
)
def test_other_ways_of_printing(printed, value, decimals):
    assert printed_value(printed) == Fraction(value)
    assert printed_decimals(printed) == decimals


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("printed", "inside", "outside"),
    [
        ("<0.001", ["0", "0.0009"], ["0.001", "-0.1"]),
        ("≤0.001", ["0", "0.001"], ["0.0011"]),
        (">0.99", ["0.991", "1"], ["0.99"]),
        ("≥0.99", ["0.99", "1"], ["0.98"]),
    ],
)
def test_bounds_do_not_depend_on_the_rule(printed, rule, inside, outside):
    interval = printed_interval(printed, rule)
    assert all(Fraction(x) in interval for x in inside)
    assert not any(Fraction(x) in interval for x in outside)
