import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallstats import fit_logistic, two_by_two
from smallstats.exact import conditional_families


def exact(frame, outcome, predictors, **options):
    return fit_logistic(frame, outcome, predictors, method="exact", **options)


def expand(cells, columns):
    """Rows from cells whose last number is a count."""
    rows = [cell[:-1] for cell in cells for _ in range(cell[-1])]
    return pd.DataFrame(rows, columns=columns)


def agree(fit, r):
    """Compare a fit with rows of the golden file, skipping what R does not give."""
    for row in r.itertuples():
        table = fit.table.loc[row.term]
        with np.errstate(divide="ignore"):
            found = {
                "coef": table.coef,
                "se": table.se,
                "low": np.log(table.ci_low),
                "high": np.log(table.ci_high),
                "p": table.p,
                "mid_p": table.mid_p,
            }
        for name, value in found.items():
            expected = getattr(row, name)
            if not math.isnan(expected):
                assert value == pytest.approx(expected, rel=2e-6, abs=2e-7), (row.term, name)


def test_strata_agree_with_the_exact_mantel_haenszel_test(golden):
    # dose, at once, cured: rabbits
    dead_or_cured = [(0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0)]
    cells = [
        cell
        for dose, (a, b, c, d) in enumerate(dead_or_cured)
        for cell in ((dose, 1, 1, a), (dose, 1, 0, b), (dose, 0, 1, c), (dose, 0, 0, d))
    ]
    frame = expand(cells, ["dose", "at_once", "cured"])
    fit = exact(frame, "cured", ["at_once"], strata="dose")
    agree(fit, golden("exact").query("case == 'rabbits'"))
    named = frame.assign(dose=frame.dose.map("dose {}".format))
    pd.testing.assert_frame_equal(
        exact(named, "cured", ["at_once"], strata="dose").table, fit.table
    )


def test_matched_pairs_agree_with_the_binomial_test(golden):
    discordant = [(1, 0)] * 13 + [(0, 1)] * 4 + [(0, 0)] * 9 + [(1, 1)] * 3
    rows = [
        (i, x, case)
        for i, pair in enumerate(discordant)
        for x, case in zip(pair, (1, 0), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["pair", "exposed", "case"])
    fit = exact(frame, "case", ["exposed"], strata="pair")
    agree(fit, golden("exact").query("case == 'pairs'"))


def test_the_conditional_estimate_agrees_with_clogit(golden, data):
    fit = exact(data("infert"), "case", ["spontaneous"], strata="stratum")
    agree(fit, golden("exact").query("case == 'infert'"))


def test_three_predictors_agree_with_writing_down_every_way(golden, data):
    fit = exact(data("nodal"), "r", ["stage", "xray", "acid"])
    agree(fit, golden("exact").query("case == 'nodal'"))


def test_sas_prints_these():
    # Kleinman and Horton, SAS and R example 8.16: none of 100 against five of 100
    frame = expand([(0, 0, 100), (1, 1, 5), (1, 0, 95)], ["x", "y"])
    fit = exact(frame, "y", ["x"])
    row = fit.table.loc["x"]
    assert round(row.coef, 4) == 1.9414 and round(np.log(row.ci_low), 4) == -0.0677
    assert row.ci_high == np.inf and round(row.p, 4) == 0.0594
    assert fit.warnings == (
        "x: the estimate is infinite; the data support a direction (towards higher odds); "
        "the table gives the median unbiased estimate",
    )
    swapped = exact(frame.assign(y=1 - frame.y), "y", ["x"])
    assert swapped.table.coef["x"] == pytest.approx(-row.coef) and swapped.table.ci_low["x"] == 0
    assert "(towards lower odds)" in swapped.warnings[0]


def test_the_osteogenic_sarcoma_data():
    # Mehta and Patel 1995, example 5.1: lymphocytic infiltration never without cure if absent
    cells = [
        (0, 0, 0, 3, 3), (0, 0, 1, 2, 2), (0, 1, 0, 4, 4), (0, 1, 1, 1, 1),
        (1, 0, 0, 5, 5), (1, 0, 1, 3, 5), (1, 1, 0, 5, 9), (1, 1, 1, 6, 17),
    ]  # fmt: skip
    rows = [(*c[:3], y, n) for c in cells for y, n in ((1, c[3]), (0, c[4] - c[3]))]
    frame = expand(rows, ["infiltration", "male", "osteoid", "free"])
    assert len(frame) == 46 and frame.free.sum() == 29
    x = frame[["infiltration", "male", "osteoid"]].to_numpy(float)
    families = conditional_families(x, frame.free.to_numpy(float), np.zeros(46, int), "abc")
    # the paper's Table: eight possible values, the smallest observed; ten, the third observed
    assert [len(f.support) for f in families[:2]] == [8, 10]
    assert [f.support.tolist().index(f.observed) for f in families[:2]] == [0, 2]
    fit = exact(frame, "free", ["infiltration", "male", "osteoid"])
    assert fit.table.ci_low["infiltration"] == 0 and np.isinf(fit.table.se["infiltration"])
    p = [f.probabilities() for f in families]
    assert fit.table.p["infiltration"] == pytest.approx(p[0][[0, 5, 6, 7]].sum())
    assert fit.table.p["male"] == pytest.approx(p[1][[0, 1, 2, 7, 8, 9]].sum())


@given(st.integers(1, 14), st.integers(1, 14), st.data())
def test_one_binary_predictor_is_fishers_table(n1, n0, draw):
    a, b = draw.draw(st.integers(0, n1)), draw.draw(st.integers(0, n0))
    if a + b in (0, n1 + n0):
        return
    table = two_by_two(a, n1, b, n0)
    cells = [(1, 1, a), (1, 0, n1 - a), (0, 1, b), (0, 0, n0 - b)]
    fit = exact(expand(cells, ["y", "x"]), "y", ["x"])
    row = fit.table.loc["x"]
    assert row.p == pytest.approx(table.fisher, rel=1e-9)
    assert row.mid_p == pytest.approx(table.mid_p, rel=1e-9)
    assert row.ci_low == pytest.approx(table.ci_low, rel=1e-9)
    assert row.ci_high == pytest.approx(table.ci_high, rel=1e-9)
    if np.isfinite(row.se):
        assert row.odds_ratio == pytest.approx(table.conditional_odds_ratio, rel=1e-9)
        assert fit.warnings == ()
    else:
        assert table.conditional_odds_ratio in (0, np.inf) and 0 < row.odds_ratio < np.inf


@settings(max_examples=25)
@given(st.data())
def test_counting_agrees_with_brute_force(draw):
    n = draw.draw(st.integers(3, 11))
    column = st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=n, max_size=n)
    x = np.array([draw.draw(column), draw.draw(column)]).T
    y = np.array(draw.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)))
    stratum = np.sort(draw.draw(st.lists(st.sampled_from([0, 1]), min_size=n, max_size=n)))
    if (np.ptp(x, axis=0) == 0).any():
        return
    stratum = np.unique(stratum, return_inverse=True)[1]
    families = conditional_families(x, y, stratum, "ab")
    ways = np.array(list(itertools.product([0.0, 1.0], repeat=n)))
    alike = np.ones(len(ways), bool)
    for s in np.unique(stratum):
        alike &= ways[:, stratum == s].sum(axis=1) == y[stratum == s].sum()
    for j in (0, 1):
        same = alike & (np.abs(ways @ x[:, 1 - j] - y @ x[:, 1 - j]) < 1e-9)
        values, count = np.unique(ways[same] @ (x[:, j] - x[:, j].min()), return_counts=True)
        np.testing.assert_allclose(families[j].support, values, atol=1e-9)
        np.testing.assert_allclose(families[j].probabilities(), count / count.sum(), rtol=1e-9)
        assert families[j].observed == pytest.approx(y @ (x[:, j] - x[:, j].min()))


def test_the_median_unbiased_estimate_has_even_odds():
    frame = expand([(1, 1, 4), (0, 1, 2), (0, 0, 9)], ["x", "y"])
    x, y = frame[["x"]].to_numpy(float), frame.y.to_numpy(float)
    family = conditional_families(x, y, np.zeros(len(y), int), "x")[0]
    assert family.greater(family.median_unbiased()) == pytest.approx(0.5)
    # inside the support it is the middle of the two one-sided halves
    y[0] = 0.0
    family = conditional_families(x, y, np.zeros(len(y), int), "x")[0]
    low, high = family.interval(level=0.0)
    assert family.greater(low) == pytest.approx(0.5) == family.less(high)
    assert low < family.median_unbiased() == (low + high) / 2 < high


def test_the_interval_has_its_error_on_each_side():
    family = conditional_families(
        np.array([[0, 0, 0, 1, 1, 1, 1, 0]], float).T,
        np.array([0, 1, 0, 1, 1, 0, 1, 0.0]),
        np.zeros(8, int),
        "x",
    )[0]
    for level in (0.5, 0.9, 0.95):
        low, high = family.interval(level)
        assert family.greater(low) == pytest.approx((1 - level) / 2)
        assert family.less(high) == pytest.approx((1 - level) / 2)


@pytest.mark.parametrize("scale", [1e-6, 1 / 365.25, 1 / 3, 1e6])
def test_units_rescale_the_coefficient_and_nothing_else(data, scale):
    frame = data("infert").iloc[::5]
    one = exact(frame, "case", ["parity", "induced"]).table
    two = exact(frame.assign(parity=frame.parity * scale - 7), "case", ["parity", "induced"]).table
    assert two.coef["parity"] * scale == pytest.approx(one.coef["parity"], rel=1e-7)
    assert two.se["parity"] * scale == pytest.approx(one.se["parity"], rel=1e-7)
    np.testing.assert_allclose(two[["p", "mid_p"]], one[["p", "mid_p"]], rtol=1e-7)
    np.testing.assert_allclose(two.loc["induced"], one.loc["induced"], rtol=1e-7)


def test_swapping_the_outcome_inverts_the_odds_ratio(data):
    frame, predictors = data("nodal"), ["stage", "xray", "acid"]
    one = exact(frame, "r", predictors).table
    two = exact(frame.assign(r=1 - frame.r), "r", predictors).table
    np.testing.assert_allclose(one.odds_ratio, 1 / two.odds_ratio, rtol=1e-8)
    np.testing.assert_allclose(one.ci_low, 1 / two.ci_high, rtol=1e-8)
    np.testing.assert_allclose(one.p, two.p, rtol=1e-8)


def test_five_predictors_of_239_women_can_be_counted(data):
    predictors = ["oc", "vic", "vicl", "vis", "dia"]
    fit = exact(data("sex2"), "case", predictors)
    assert list(fit.table.index) == predictors and np.isnan(fit.log_likelihood)
    assert fit.table.ci_high["dia"] == np.inf and fit.table.ci_low["dia"] > 1
    firth = fit_logistic(data("sex2"), "case", predictors, method="firth").table
    np.testing.assert_allclose(fit.table.coef[:4], firth.coef[predictors[:4]], atol=0.1)


def test_a_predictor_fixed_by_the_others_is_reported_not_estimated():
    frame = pd.DataFrame(
        {"y": [1, 0, 1, 0, 1, 0], "x": [1, 2, 4, 8, 16, 32.5], "z": [1, 0, 0, 1, 1, 0]}
    )
    fit = exact(frame, "y", ["x", "z"])
    row = fit.table.loc["z"]
    assert np.isnan(row.coef) and (row.ci_low, row.ci_high, row.p, row.mid_p) == (0, np.inf, 1, 1)
    assert "z: given the other predictors, the data have no information about it" in fit.warnings


def test_too_many_states_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"]).assign(y=[0, 1] * 30)
    with pytest.raises(
        ValueError, match=r"'a' is too large to count.*too many different values.*firth"
    ):
        exact(frame, "y", ["a", "b"])
    with pytest.raises(ValueError, match=r"'a' is too large to count.*too many different values"):
        exact(frame, "y", ["a"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "ml", "strata": "s"}, "strata need method='exact'"),
        ({"method": "exact", "strata": "t"}, "no column 't'"),
        ({"method": "exact", "strata": "x"}, "'x' are also the outcome or a predictor"),
    ],
)
def test_strata_that_cannot_be_used_are_refused(options, message):
    frame = pd.DataFrame({"y": [0, 1, 0, 1], "x": [0, 1, 1, 0], "s": list("aabb")})
    with pytest.raises(ValueError, match=message):
        fit_logistic(frame, "y", ["x"], **options)


def test_rows_without_a_stratum_are_dropped_and_counted():
    frame = pd.DataFrame(
        {"y": [0, 1, 0, 1, 1, 0], "x": [0, 1, 1, 0, 1, 0], "s": ["a", "a", "b", "b", None, "a"]}
    )
    fit = exact(frame, "y", ["x"], strata="s")
    assert (fit.n, fit.dropped) == (5, 1)
    assert fit.warnings[0] == "1 of 6 rows left out for a missing value"
