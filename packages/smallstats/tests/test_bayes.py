"""The posterior against fine grids that share nothing with it but the model."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smallstats import bayes, fit_bayes, fit_logistic, prior_sensitivity

SEPARATED = pd.DataFrame({"y": [0] * 6 + [1] * 4, "x": [0] * 6 + [0, 1, 1, 1]})
COMPLETE = pd.DataFrame({"y": [0] * 5 + [1] * 3, "x": [0] * 5 + [1] * 3})
OVERLAP = pd.DataFrame({"y": [0] * 8 + [1] * 6, "x": [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0]})
PRIORS = [
    ({"prior": "normal", "scale": 1.5}, stats.norm(0, 1.5).logpdf),
    ({}, stats.norm(0, 2.5).logpdf),
    ({"prior": "student_t", "df": 4}, stats.t(4, 0, 2.5).logpdf),
    ({"prior": "student_t"}, stats.t(7, 0, 2.5).logpdf),
    ({"prior": "cauchy", "scale": 1}, stats.cauchy(0, 1).logpdf),
    # the risk that belongs to these log odds has a beta distribution
    ({"prior": "log-f", "m": 3}, lambda b: stats.beta(1.5, 1.5).logpdf(1 / (1 + np.exp(-b)))
     - b - 2 * np.log1p(np.exp(-b))),
]  # fmt: skip


def grid(edge, n, power=3):
    """Cells that are narrow in the middle: their middles and their widths."""
    edges = np.linspace(-1, 1, n + 1)
    edges = np.sign(edges) * np.abs(edges) ** power * edge
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


def summary(values, widths, density):
    """Median, interval and probability above 0 of a density in cells."""
    mass = density * widths / (density * widths).sum()
    at = np.interp((0.5, 0.025, 0.975), np.cumsum(mass), values + widths / 2)
    return [*at, 1 - np.interp(0, values + widths / 2, np.cumsum(mass))]


def brute(frame, log_prior, edge, power=3):
    """Posterior of one slope by summing over every cell of a grid."""
    slope, slope_width = grid(edge, 2000, power)
    middle, width = grid(120, 700, power=2)
    x = frame["x"] - frame["x"].mean()
    log_p = stats.norm(0, 10).logpdf(middle)[None, :] + log_prior(slope)[:, None]
    for (y, part), n in Counter(zip(frame["y"], x, strict=True)).items():
        eta = middle[None, :] + part * slope[:, None]
        log_p = log_p - n * np.logaddexp(0, -eta if y else eta)
    return summary(slope, slope_width, np.exp(log_p - log_p.max()) @ width)


def found(fit, term="x"):
    row = fit.table.loc[term]
    return [row.coef, *np.log(row[["ci_low", "ci_high"]]), row.probability]


@pytest.mark.parametrize("frame", [SEPARATED, OVERLAP], ids=["separated", "overlap"])
@pytest.mark.parametrize(("options", "log_prior"), PRIORS, ids=[str(o) for o, _ in PRIORS])
def test_one_coefficient_agrees_with_a_fine_grid(frame, options, log_prior):
    edge = 4000 if options.get("prior") == "cauchy" else 60
    fit = fit_bayes(frame, "y", ["x"], **options)
    np.testing.assert_allclose(found(fit), brute(frame, log_prior, edge), rtol=1e-3, atol=2e-4)
    assert fit.table.odds_ratio["x"] == pytest.approx(np.exp(fit.table.coef["x"]))


def test_complete_separation_has_a_posterior_too():
    fit = fit_bayes(COMPLETE, "y", ["x"])
    expected = brute(COMPLETE, stats.norm(0, 2.5).logpdf, 60)
    np.testing.assert_allclose(found(fit), expected, rtol=1e-3)


def test_the_longest_tail_is_followed_to_its_end():
    """Cauchy's, cut by no patient: to odds ratios beyond exp(500), as on a grid to exp(10**8)."""
    fit = fit_bayes(COMPLETE, "y", ["x"], prior="cauchy")
    expected = brute(COMPLETE, stats.cauchy(0, 2.5).logpdf, 1e8, power=6)
    assert expected[2] > 500
    np.testing.assert_allclose(found(fit), expected, rtol=2e-3)


def test_two_coefficients_agree_with_a_fine_grid_and_a_number_counts_in_two_deviations():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"a": rng.integers(0, 2, 20), "number": rng.normal(300, 40, 20)})
    frame["y"] = (rng.random(20) < 1 / (1 + np.exp(1 - 2 * frame["a"]))).astype(int)
    a, number, middle = np.linspace(-9, 9, 181), np.linspace(-9, 9, 181), np.linspace(-6, 6, 121)
    deviation = frame["number"].std()
    scaled = (frame["number"] - frame["number"].mean()) / (2 * deviation)
    log_p = -(middle[:, None, None] ** 2) / 200 - a[:, None] ** 2 / 12.5 - number**2 / 12.5
    for y, u, v in zip(frame["y"], frame["a"] - frame["a"].mean(), scaled, strict=True):
        eta = middle[:, None, None] + u * a[:, None] + v * number
        log_p = log_p - np.logaddexp(0, -eta if y else eta)
    density = np.exp(log_p - log_p.max())
    fit = fit_bayes(frame, "y", ["a", "number"])
    width = np.full(181, 0.1)
    expected = summary(a, width, density.sum(axis=(0, 2)))
    np.testing.assert_allclose(found(fit, "a"), expected, atol=2e-3)
    expected = summary(number, width, density.sum(axis=(0, 1)))
    coef, low, high, probability = found(fit, "number")
    scale = 2 * deviation
    np.testing.assert_allclose(
        [coef * scale, low * scale, high * scale, probability], expected, atol=2e-3
    )


@pytest.mark.parametrize("options", [{}, {"prior": "cauchy"}, {"prior": "log-f"}])
def test_more_nodes_give_the_same_digits(data, options):
    frame = data("nodal").assign(one=[1, 1, 0] * 17 + [0, 0])
    frame.loc[frame["r"] == 0, "one"] = 0  # separated
    coarse = fit_bayes(frame, "r", ["xray", "one"], **options)
    fine = fit_bayes(frame, "r", ["xray", "one"], step=0.15, **options)
    for term in ("xray", "one"):
        np.testing.assert_allclose(found(coarse, term), found(fine, term), rtol=5e-4, atol=1e-4)
    assert coarse.warnings == (
        "one: the data support only a direction; the size depends on the prior",
    )


def test_the_size_of_the_blocks_does_not_matter(data, monkeypatch):
    frame = data("nodal")
    whole = fit_bayes(frame, "r", ["xray", "stage"])
    monkeypatch.setattr(bayes, "BLOCK", 200)
    blocks = fit_bayes(frame, "r", ["xray", "stage"])
    pd.testing.assert_frame_equal(whole.table, blocks.table, rtol=1e-4)


def test_what_must_not_matter_does_not(data):
    frame = data("nodal").assign(acid=np.log(np.arange(1, 54)), pulse=60.0)
    frame = frame.assign(thousand=1000 * frame["acid"], other=1 - frame["xray"])
    first = fit_bayes(frame, "r", ["xray", "acid"])
    second = fit_bayes(frame, "r", ["thousand", "other"])
    assert second.warnings == ()
    x, other = found(first, "xray"), found(second, "other")
    np.testing.assert_allclose([-x[0], -x[2], -x[1], 1 - x[3]], other, atol=1e-4)
    np.testing.assert_allclose(
        first.table.coef["acid"] / 1000, second.table.coef["thousand"], rtol=1e-4
    )


def test_with_much_data_the_prior_hardly_matters_and_the_posterior_is_the_likelihood(data):
    frame = pd.concat([data("nodal")] * 60, ignore_index=True)
    exact = fit_logistic(frame, "r", ["xray", "stage", "grade"], interval="profile").table
    bayes = fit_bayes(frame, "r", ["xray", "stage", "grade"])
    np.testing.assert_allclose(bayes.table.coef, exact.coef.iloc[1:], atol=0.01)
    np.testing.assert_allclose(
        np.log(bayes.table[["ci_low", "ci_high"]]),
        np.log(exact[["ci_low", "ci_high"]].iloc[1:]), atol=0.01,
    )  # fmt: skip
    assert (bayes.n, bayes.events, bayes.dropped) == (3180, 1200, 0)


def test_rows_with_missing_values_are_counted_and_categories_have_a_term_a_level(data):
    frame = data("birthwt").assign(low=data("birthwt")["low"].astype(float))
    frame.loc[[3, 7], "low"] = np.nan
    fit = fit_bayes(frame, "low", ["race"])
    assert list(fit.table.index) == ["race[2]", "race[3]"]
    assert (fit.n, fit.dropped, fit.prior) == (187, 2, "normal(0, 2.5)")
    assert fit.predictors == ("race",)


def test_sensitivity_has_a_row_for_each_prior_and_term():
    table = prior_sensitivity(SEPARATED, "y", ["x"])
    assert list(table) == [
        "prior", "term", "coef", "odds_ratio", "ci_low", "ci_high", "probability"
    ]  # fmt: skip
    assert table["prior"].tolist() == [
        "normal(0, 1)", "normal(0, 2.5)", "t7(0, 2.5)", "Cauchy(0, 2.5)", "log-F(1, 1)",
        "log-F(2, 2)",
    ]  # fmt: skip
    one = fit_bayes(SEPARATED, "y", ["x"], prior="student_t").table.loc["x"]
    pd.testing.assert_series_equal(table.iloc[2, 2:].astype(float), one, check_names=False)
    assert len(prior_sensitivity(SEPARATED, "y", ["x"], priors=[{"prior": "log-f"}])) == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"prior": "flat"}, "prior='flat' is not one of 'normal', 'student_t', 'cauchy', 'log-f'"),
        ({"scale": 0, "df": -1}, "scale=0 is not a positive number; df=-1 is not"),
        ({"m": np.inf}, "m=inf is not a positive number"),
        ({"step": 0}, "step=0 is not in"),
        ({"step": 1.01}, "step=1.01 is not in"),
        ({"predictors": []}, "^0 coefficients besides the intercept: .* for 1 to 4"),
        ({"predictors": list("abcde")}, "^5 coefficients besides"),
        ({"predictors": ["a", "a2"]}, "'a2' is collinear with"),
    ],
)
def test_what_makes_no_sense_is_refused(options, problem):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 2, (40, 6)), columns=list("abcdey"))
    frame = frame.assign(a2=1 - frame["a"])
    options = {"predictors": ["a"]} | options
    with pytest.raises(ValueError, match=problem):
        fit_bayes(frame, "y", **options)


def test_what_a_step_of_half_the_size_changes():
    frame = pd.DataFrame({"x": [1] * 10 + [0] * 16})
    apart, mixed = frame.assign(y=frame.x), frame.assign(y=[1] * 7 + [0] * 3 + [1, 1, 0, 0] * 4)
    for data, options, limit in ((mixed, {"prior": "log-f"}, 1e-4), (apart, {}, 5e-3)):
        tables = [fit_bayes(data, "y", ["x"], step=s, **options).table for s in (0.4, 0.2)]
        for side in ("ci_low", "ci_high"):
            assert tables[0][side]["x"] == pytest.approx(tables[1][side]["x"], rel=limit)
