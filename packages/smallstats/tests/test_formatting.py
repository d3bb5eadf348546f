"""The one module that rounds, against decimal arithmetic done another way."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallstats.formatting import (
    format_estimate,
    format_interval,
    format_labels,
    format_list,
    format_mean_sd,
    format_n_percent,
    format_number,
    format_p,
    format_percent,
    format_probability,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
missing = [None, float("nan"), np.nan, pd.NA, pd.NaT, Decimal("nan")]


def half_up(exact: Fraction, decimals: int) -> Fraction:
    """Round half away from zero with integers only."""
    units = math.floor(abs(exact) * 10**decimals + Fraction(1, 2))
    return Fraction(units if exact >= 0 else -units, 10**decimals)


def printed(exact: Fraction, decimals: int) -> Fraction:
    """The declared rule: half up, what is within half a ten-millionth digit of a tie being one."""
    return half_up(half_up(exact, decimals + 7), decimals)


def read(text: str) -> Fraction:
    return Fraction(text.replace("−", "-"))


@given(finite, st.integers(0, 8))
def test_rounds_the_decimal_the_reader_sees_half_up(x: float, decimals: int) -> None:
    text = format_number(x, decimals)
    assert read(text) == printed(Fraction(repr(x)), decimals)
    assert len(text.partition(".")[2]) == decimals
    assert "e" not in text.lower()


@given(st.integers(-(10**30), 10**30), st.integers(0, 3))
def test_whole_numbers_of_any_size_keep_every_digit(n: int, decimals: int) -> None:
    assert read(format_number(n, decimals)) == n


@given(finite)
def test_sign_is_a_minus_and_zero_has_none(x: float) -> None:
    text = format_number(x, 1)
    assert "-" not in text
    assert text.startswith("−") == (printed(Fraction(repr(x)), 1) < 0)
    assert format_number(-x, 1).lstrip("−") == text.lstrip("−")


@pytest.mark.parametrize(
    ("x", "decimals", "text"),
    [
        (0.145, 2, "0.15"),  # the float lies below 0.145
        (2.675, 2, "2.68"),
        (13.124999999999998, 2, "13.13"),  # a tie but for the noise of the arithmetic
        (-13.124999999999998, 2, "−13.13"),
        (13.12499999951, 2, "13.13"),
        (13.12499999949, 2, "13.12"),
        (123456789012345.4, 0, "123456789012345"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (-0.004, 2, "0.00"),
        (1e22, 0, "1" + 22 * "0"),
        (1e-300, 2, "0.00"),
        (1.7976931348623157e308, 1, "17976931348623157" + 292 * "0" + ".0"),
        (np.float64(1.005), 2, "1.01"),
        (np.int64(7), 2, "7.00"),
        (Decimal("1.25"), 1, "1.3"),
        (float("inf"), 2, "∞"),
        (-np.inf, 2, "−∞"),
    ],
)
def test_numbers_by_hand(x: object, decimals: int, text: str) -> None:
    assert format_number(x, decimals) == text


@pytest.mark.parametrize("x", missing)
def test_missing_is_a_dash_everywhere(x: object) -> None:
    assert format_number(x) == format_p(x) == format_p(x, symbol="p").removeprefix("p = ") == "–"
    assert format_percent(x) == format_percent(x, 5) == format_percent(1, x) == "–"
    assert format_interval(x, x) == format_mean_sd(x, x) == format_estimate(x, x, x) == "–"
    assert format_n_percent(x, 5) == "–/5 (–)"
    assert format_interval(x, 2) == "– to 2.00"
    assert format_mean_sd(1, x) == "1.00 ± –"


@pytest.mark.parametrize("x", ["1.0", True, np.str_("2")])
def test_strings_and_truth_values_are_refused(x: object) -> None:
    with pytest.raises(TypeError, match="is not a number"):
        format_number(x)


@given(st.floats(0, 1))
def test_a_p_value_never_crosses_a_threshold(p: float) -> None:
    text = format_p(p)
    shown, below = Fraction(text.lstrip("<")), text.startswith("<")
    assert (p < 0.001) == (text == "<0.001")
    assert (p < 0.05) == (shown < Fraction("0.05") or (below and shown == Fraction("0.05")))
    assert below or shown == printed(Fraction(repr(p)), 3)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0, "p < 0.001"),
        (0.0009999, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.01834, "p = 0.018"),
        (0.0495, "p < 0.050"),
        (0.04949, "p = 0.049"),
        (0.05, "p = 0.050"),
        (0.9999, "p = 1.000"),
        (1.0000000000000002, "p = 1.000"),
        (-1e-17, "p < 0.001"),
    ],
)
def test_p_values_by_hand(p: float, text: str) -> None:
    assert format_p(p, symbol="p") == text
    assert format_p(p) == text.removeprefix("p ").removeprefix("= ").replace("< ", "<")


@pytest.mark.parametrize("p", [-0.001, 1.001, 50, float("inf")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        format_p(p)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_percentages_are_exact_quotients(n: int, total: int, decimals: int) -> None:
    text = format_percent(n, total, decimals=decimals)
    assert read(text.removesuffix("%")) == half_up(Fraction(100 * n, total), decimals)
    assert format_n_percent(n, total, decimals=decimals) == f"{n}/{total} ({text})"


def test_percentages_by_hand() -> None:
    assert format_percent(23, 40) == "58%"  # 57.5
    assert format_percent(-1, 8) == "−13%"
    assert format_percent(42.59, decimals=1) == "42.6%"
    assert format_percent(np.int64(7), pd.NA) == format_percent(1, 0) == "–"
    assert format_percent(float("inf"), 3) == format_percent(3, float("inf")) == "–"


def test_intervals_and_estimates_keep_their_order() -> None:
    assert format_interval(-1.005, math.inf) == "−1.01 to ∞"
    assert format_interval(0, 1, decimals=0) == "0 to 1"
    assert format_estimate(15.5598, 1.5904, 152.2285, 1) == "15.6 (1.6 to 152.2)"
    assert format_estimate(2.0, None, None) == "2.00"
    assert format_estimate(math.inf, 0.03, math.inf) == "∞ (0.03 to ∞)"
    assert format_mean_sd(6.565, 2.6, 1) == "6.6 ± 2.6"


def test_lists_and_row_labels() -> None:
    assert format_list(x for x in "ab") == "a and b"
    assert format_list(["only"]) == "only"
    frame = pd.DataFrame({"label": ["A", "B", "C"], "level": ["", None, "x"]})
    assert format_labels(frame) == ["A", "B", "C: x"]
    assert format_labels(frame[["label"]]) == ["A", "B", "C"]


def test_a_probability_reads_as_certain_only_if_it_is() -> None:
    written = [format_probability(p) for p in (0, 1e-9, 0.0049, 0.005, 0.5, 0.994, 0.995, 1 - 1e-9)]
    assert written == ["0.00", "<0.01", "<0.01", "0.01", "0.50", "0.99", ">0.99", ">0.99"]
    assert [format_probability(p, 3) for p in (1, 0.9996, None)] == ["1.000", ">0.999", "–"]
