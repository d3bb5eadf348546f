"""Means compared at any scale: exact rational arithmetic of the same numbers says the same."""

import warnings
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtr

from smallstats import compare_frame, describe_frame
from smallstats.many_groups import compare_many
from smallstats.paired import compare_pairs

RNG = np.random.default_rng(1)
ONE, OTHER = RNG.normal(0, 1, 12), RNG.normal(0.8, 1, 15)
CASES = {
    **{f"1e{e}": (ONE * 10.0**e, OTHER * 10.0**e)
       for e in (-305, -300, -200, -160, -155, -110, -90, 0, 90, 110, 152, 160, 300, 307)},
    **{f"around {m:g}": (ONE + m, OTHER + m) for m in (1e3, 1e8, 1e12, 1e14, 1e15, -1e15)},
    "least": (ONE * 1e-300 * 1e-20, OTHER * 1e-300 * 1e-20),
    "narrow around 1e8": tuple(1e8 + 1e-7 * np.round(10 * x) for x in (ONE, OTHER)),
    "one constant": (np.full(12, 0.1), OTHER),
    "one constant, one nearly": (np.full(12, 0.1), 0.1 + 1e-12 * OTHER),
    "far apart": (ONE * 1e-200, OTHER * 1e200),
    "one patient far away": (ONE, np.r_[OTHER[:-1], 1e299]),
}  # fmt: skip


LEAST = 5e-324  # between one number and the next, near 0


def root(square):
    """Square root of a fraction, also of one too large or too small for a float."""
    return float((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def moments(values):
    values = [Fraction(x) for x in values]
    mean = sum(values) / len(values)
    return mean, sum((x - mean) ** 2 for x in values) / (len(values) - 1), len(values)


def exact(one, other, *, pooled):
    """Difference, standard error squared, degrees of freedom: exact until the end."""
    (m1, v1, n1), (m0, v0, n0) = moments(one), moments(other)
    if pooled:
        within = ((n1 - 1) * v1 + (n0 - 1) * v0) / (n1 + n0 - 2)
        return m1 - m0, within * (Fraction(1, n1) + Fraction(1, n0)), n1 + n0 - 2
    a, b = v1 / n1, v0 / n0
    return m1 - m0, a + b, float((a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n0 - 1)))


@pytest.fixture(autouse=True)
def silent():
    with warnings.catch_warnings(action="error"):
        yield


def frame_of(one, other):
    return pd.DataFrame({"y": [1] * len(one) + [0] * len(other), "x": np.r_[one, other]})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("test", ["welch", "student"])
def test_two_means(case, test):
    difference, square, df = exact(*CASES[case], pooled=test == "student")
    row = compare_frame(frame_of(*CASES[case]), "y", ["x"], test=test).iloc[0]
    p = 2 * stdtr(df, -sqrt(difference**2 / square))
    assert row["p"] == pytest.approx(p, rel=1e-9)
    assert row["estimate"] == pytest.approx(float(difference), rel=1e-9, abs=LEAST)
    # the interval has the estimate in its middle, and leaves out 0 as the test does
    assert row["ci_low"] / 2 + row["ci_high"] / 2 == pytest.approx(
        row["estimate"], abs=LEAST, rel=1e-6
    )
    assert (row["ci_low"] < 0 < row["ci_high"]) == (p > 0.05)


@pytest.mark.parametrize("case", CASES)
def test_descriptions_and_standardised_differences(case):
    for values in CASES[case]:
        row = describe_frame(pd.DataFrame({"x": values}), ["x"]).iloc[0]
        mean, variance, _ = moments(values)
        sd = root(variance)
        assert row["mean"] == pytest.approx(float(mean), rel=1e-9, abs=LEAST)
        assert row["sd"] == pytest.approx(sd, rel=1e-9, abs=LEAST)
    (m1, v1, _), (m0, v0, _) = map(moments, CASES[case])
    frame = frame_of(*CASES[case]).assign(g=lambda f: pd.Categorical(f["y"].astype(str)))
    found = compare_many(frame, "g", ["x"]).iloc[0]
    assert found["smd"] == pytest.approx(sqrt((m1 - m0) ** 2 / ((v1 + v0) / 2)), rel=1e-9)


@pytest.mark.parametrize("test", ["auto", "student"])
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e110, 1e300])
def test_means_of_three_groups(test, scale):
    x = np.r_[ONE, OTHER]
    frame = pd.DataFrame({"g": pd.Categorical(list("abc") * 9), "x": x, "far": x * scale})
    frame["around"] = x.round(3) + 2.0**40
    frame["near"] = frame["around"] - 2.0**40
    found = compare_many(frame, "g", ["x", "far", "around", "near"], test={"number": test})
    p = found.set_index("variable")["p"]
    assert p["far"] == pytest.approx(p["x"], rel=1e-9)
    assert p["around"] == pytest.approx(p["near"], rel=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_pairs(scale):
    pairs = pd.DataFrame({"a": ONE, "b": OTHER[:12]})
    row, far = (compare_pairs(f, [("a", "b")]).iloc[0] for f in (pairs, pairs * scale))
    assert far["p"] == pytest.approx(row["p"], rel=1e-9)
    assert far["ci_high"] / scale == pytest.approx(row["ci_high"], rel=1e-9)


def test_what_does_not_vary_has_no_spread_and_no_test():
    frame = frame_of(np.full(12, 0.1), np.full(15, 0.7))
    row = compare_frame(frame, "y", ["x"]).iloc[0]
    assert (row["sd_with"], row["sd_without"]) == (0, 0)
    assert row["test"] == "not tested (constant within each group)"
    frame["g"] = pd.Categorical(frame["y"].astype(str))
    assert compare_many(frame, "g", ["x"])["smd"].iloc[0] == np.inf
    pairs = pd.DataFrame({"a": [0.1, 0.2, 0.4], "b": [0.1, 0.2, 0.4]}).assign(b=lambda f: f.a + 0.5)
    assert compare_pairs(pairs.assign(a=0.1, b=0.7), [("a", "b")])["p"].isna().all()
