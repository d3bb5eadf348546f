import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallstats import fit_logistic
from smallstats.design import Design, build_design
from smallstats.likelihood import Likelihood
from smallstats.maximum_likelihood import plain_likelihood
from smallstats.penalised import FirthLikelihood, log_f_likelihood

MODELS = {
    "sex2": ("case", ["age", "oc", "vic", "vicl", "vis", "dia"]),
    "endometrial": ("HG", ["NV", "PI", "EH"]),
    "nodal": ("r", ["aged", "stage", "grade", "xray", "acid"]),
    "birthwt": ("low", ["age", "race", "smoke", "ht"]),
}
TERMS = {"(Intercept)": "Intercept", "race2": "race[2]", "race3": "race[3]"}
OPTIONS = {
    "firth": {"method": "firth"},
    "logf1": {"method": "log-f"},
    "logf2": {"method": "log-f", "m": 2},
}


def likelihood_of(design: Design, kind: str) -> Likelihood:
    if kind == "log-f":
        return log_f_likelihood(design, 2.0)
    plain = plain_likelihood(design)
    return FirthLikelihood(plain.x, plain.y, plain.weight) if kind == "firth" else plain


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("penalty", OPTIONS)
def test_penalised_fits_agree_with_r(golden, data, model, penalty):
    fit = fit_logistic(data(model), *MODELS[model], **OPTIONS[penalty])
    r = golden("firth").query("data == @model and penalty == @penalty")
    r = r.set_index("term").rename(index=TERMS).loc[fit.table.index]
    np.testing.assert_allclose(fit.table.coef, r.coef, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.log(fit.table.ci_low), r.low, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.log(fit.table.ci_high), r.high, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(fit.table.p, r.p, rtol=1e-6)
    if penalty == "firth":  # to the last digits of brglm2, whose standard errors are these too
        np.testing.assert_allclose(fit.table.coef, r.coef, rtol=1e-9)
        np.testing.assert_allclose(fit.table.se, r.se, rtol=1e-8)


def test_logistf_prints_these_for_its_own_data(data):
    # summary(logistf(case ~ age + oc + vic + vicl + vis + dia, data = sex2)): chi-square gives p
    table = fit_logistic(data("sex2"), *MODELS["sex2"], method="firth").table
    printed = {
        "Intercept": (0.12025405, 8.020268e-01),
        "age": (-1.10598131, 6.143472e-03),
        "oc": (-0.06881673, 8.751911e-01),
        "vic": (2.26887464, 1.678877e-06),
        "vicl": (-2.11140817, 1.237805e-05),
        "vis": (-0.78831694, 5.449701e-02),
        "dia": (3.09601166, 4.951873e-03),
    }
    for term, (coef, p) in printed.items():
        assert table.coef[term] == pytest.approx(coef, abs=2e-7), term
        assert table.p[term] == pytest.approx(p, rel=1e-6), term
    # and its intervals for the endometrial cancer data (Heinze and Schemper 2002)
    table = fit_logistic(data("endometrial"), *MODELS["endometrial"], method="firth").table
    printed = {
        "NV": (0.6097244, 7.85463171),
        "PI": (-0.1244587, 0.04045547),
        "EH": (-4.3651832, -1.23272106),
        "Intercept": (1.0825371, 7.20928050),
    }
    for term, (low, high) in printed.items():
        assert np.log(table.ci_low[term]) == pytest.approx(low, abs=1e-7), term
        assert np.log(table.ci_high[term]) == pytest.approx(high, abs=1e-7), term


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_separated_data_get_finite_estimates_and_bounds(options):
    frame = pd.DataFrame({"y": [0] * 5 + [1] * 5, "x": np.arange(10) - 4.5})
    fit = fit_logistic(frame, "y", ["x"], **options)
    assert np.isfinite(fit.table).all(axis=None)
    assert fit.table.ci_low["x"] > 1 and fit.table.p["x"] < 0.01
    assert fit.warnings == ()


@given(st.integers(1, 15), st.integers(1, 15), st.data())
def test_firth_on_one_binary_predictor_adds_a_half_to_every_cell(n1, n0, draw):
    a, b = draw.draw(st.integers(0, n1)), draw.draw(st.integers(0, n0))
    if a + b in (0, n1 + n0):
        return
    frame = pd.DataFrame(
        {"x": [1] * n1 + [0] * n0, "y": [1] * a + [0] * (n1 - a) + [1] * b + [0] * (n0 - b)}
    )
    table = fit_logistic(frame, "y", ["x"], method="firth").table
    odds = (a + 0.5) / (n1 - a + 0.5), (b + 0.5) / (n0 - b + 0.5)
    assert table.odds_ratio["x"] == pytest.approx(odds[0] / odds[1], rel=1e-8)
    assert table.odds_ratio["Intercept"] == pytest.approx(odds[1], rel=1e-8)
    assert table.ci_low["x"] < table.odds_ratio["x"] < table.ci_high["x"]


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_swapping_the_outcome_inverts_every_odds_ratio(data, options):
    frame, predictors = data("nodal"), MODELS["nodal"][1]
    one = fit_logistic(frame, "r", predictors, **options).table
    two = fit_logistic(frame.assign(r=1 - frame.r), "r", predictors, **options).table
    np.testing.assert_allclose(one.odds_ratio, 1 / two.odds_ratio, rtol=1e-7)
    np.testing.assert_allclose(one.ci_low, 1 / two.ci_high, rtol=1e-7)
    np.testing.assert_allclose(one.p, two.p, rtol=1e-7)


@pytest.mark.parametrize("scale", [1e-4, 1e6])
def test_firth_does_not_depend_on_units(data, scale):
    frame = data("endometrial")
    one = fit_logistic(frame, *MODELS["endometrial"], method="firth").table
    moved = frame.assign(PI=(frame.PI - 1000) * scale)
    two = fit_logistic(moved, *MODELS["endometrial"], method="firth").table
    for name in ("NV", "EH"):
        np.testing.assert_allclose(two.loc[name], one.loc[name], rtol=1e-6)
    assert two.coef["PI"] * scale == pytest.approx(one.coef["PI"], rel=1e-6)
    assert two.p["PI"] == pytest.approx(one.p["PI"], rel=1e-6)


def test_a_heavier_prior_pulls_more(data):
    coef = [
        fit_logistic(data("nodal"), *MODELS["nodal"], method="log-f", m=m).table.coef["xray"]
        for m in (1e-6, 0.5, 1, 2, 10, 1e6)
    ]
    assert coef == sorted(coef, reverse=True) and coef[-1] == pytest.approx(0, abs=1e-4)
    ml = fit_logistic(data("nodal"), *MODELS["nodal"]).table.coef["xray"]
    assert coef[0] == pytest.approx(ml, rel=1e-5)


def test_what_the_fit_says_about_itself(data):
    fit = fit_logistic(data("nodal"), *MODELS["nodal"], method="firth")
    assert fit.method == "firth" and fit.warnings == ()
    assert fit.interval == "95% penalised profile likelihood"
    assert fit.test == "penalised likelihood ratio"
    ml = fit_logistic(data("nodal"), *MODELS["nodal"])
    assert fit.log_likelihood < ml.log_likelihood and fit.nagelkerke < ml.nagelkerke
    fit = fit_logistic(data("nodal"), *MODELS["nodal"], method="log-f", m=2)
    assert fit.interval == "95% log-F(2, 2) profile likelihood"


@pytest.mark.parametrize("m", [0, -1, np.inf, np.nan])
def test_a_prior_without_a_positive_weight_is_refused(data, m):
    with pytest.raises(ValueError, match="is not a positive number"):
        fit_logistic(data("nodal"), *MODELS["nodal"], method="log-f", m=m)


@pytest.mark.parametrize("kind", ["plain", "firth", "log-f"])
def test_score_and_curvature_are_derivatives(data, kind):
    design = build_design(data("nodal"), *MODELS["nodal"])
    likelihood = likelihood_of(design, kind)
    beta = np.array([-0.4, 0.3, -0.2, 0.5, 0.8, -0.6])
    _, score, curvature = likelihood.evaluate(beta)
    h = 1e-5
    for j, step in enumerate(np.eye(len(beta)) * h):
        up, down = likelihood.evaluate(beta + step), likelihood.evaluate(beta - step)
        assert (up[0] - down[0]) / (2 * h) == pytest.approx(score[j], rel=1e-6, abs=1e-8)
        np.testing.assert_allclose((down[1] - up[1]) / (2 * h), curvature[j], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ["plain", "firth", "log-f"])
@pytest.mark.parametrize("model", MODELS)
def test_bounds_found_at_once_are_those_of_a_search_for_each(data, model, kind):
    design = build_design(data(model), *MODELS[model])
    likelihood, back = likelihood_of(design, kind), design.orthogonal()[1]
    top = likelihood.maximise()
    found = np.transpose(likelihood.bounds_and_tests(back, top))
    assert (np.isnan(found).mean() < 0.5) or top.diverges
    for contrast, (low, high, lost) in zip(back, found, strict=True):
        step = 2 * np.sqrt(contrast @ np.linalg.inv(top.information) @ contrast)
        for side, bound in ((-1, low), (1, high)):
            if np.isfinite(bound):
                one = likelihood.profile_bound(contrast, top.value, top, side=side, step=step)
                assert bound == pytest.approx(one, rel=1e-8)
        if np.isfinite(lost):
            one = likelihood.highest(contrast, 0.0, top)
            assert lost == pytest.approx(top.value - one.value, abs=1e-9)


def test_a_second_maximum_is_looked_for_where_log_odds_vary_much():
    for columns, *_ in LOCAL.values():
        frame = pd.DataFrame(columns)
        design = build_design(frame, "y", list(frame.columns[:-1]))
        firth = likelihood_of(design, "firth")
        assert np.isnan(firth.bounds_and_tests(design.orthogonal()[1], firth.maximise())).any()


def test_every_bound_can_be_left_to_a_search():
    # separated, with more than a handful of predictors: no profile is found at once
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 4))
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=(x.sum(axis=1) > 0).astype(int))
    design = build_design(frame, "y", list("abcd"))
    firth = likelihood_of(design, "firth")
    assert np.isnan(firth.bounds_and_tests(design.orthogonal()[1], firth.maximise())).all()
    table = fit_logistic(frame, "y", list("abcd"), method="firth").table
    assert (table.ci_low < table.odds_ratio).all() and (table.odds_ratio < table.ci_high).all()


LOCAL = {
    "Intercept": (
        {
            "x0": [1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
            "x1": [1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1],
            "x2": [1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1],
            "y": [1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
        },
        "ci_high", 1.5350,
    ),
    "x0": (
        {
            "x0": [-1.1, -0.7, 1.3, -0.1, -0.8, 0.1, -1.4, 0.1, -0.1, -1.2, 0.9, 1, -0.2],
            "x1": [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            "y": [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1],
        },
        "ci_low", -9.800,
    ),
}  # fmt: skip


@pytest.mark.parametrize("term", LOCAL)
def test_a_bound_is_not_where_only_a_lesser_maximum_falls(term):
    # the bounds are those of a search from many random points
    columns, side, bound = LOCAL[term]
    frame = pd.DataFrame(columns)
    table = fit_logistic(frame, "y", list(frame.columns[:-1]), method="firth").table
    assert np.log(table[side][term]) == pytest.approx(bound, abs=6e-4)


def test_a_constrained_maximum_is_the_highest_some_starts_find():
    frame = pd.DataFrame(LOCAL["Intercept"][0])
    design = build_design(frame, "y", ["x0", "x1", "x2"])
    firth, back = likelihood_of(design, "firth"), design.orthogonal()[1]
    top = firth.maximise()
    witness = np.linalg.solve(back, [1.34233766, 3.71160244, 1.50361624, -3.90601881])
    found = firth.highest(back[0], 1.34233766, top)
    assert back[0] @ found.beta == pytest.approx(1.34233766)
    assert found.value >= firth.evaluate(witness)[0] - 1e-9
    assert 2 * (top.value - found.value) < 3.41


@pytest.mark.parametrize("scale", [1e-20, 1e-7, 1e7, 1e20])
def test_log_f_refuses_a_unit_far_from_the_spread(data, scale):
    frame = data("pima").assign(glu=lambda f: f.glu / f.glu.std() * scale)
    with pytest.raises(ValueError, match=r"'glu' has a standard deviation of .*: give it in a uni"):
        fit_logistic(frame, "type", ["glu"], method="log-f")
    assert np.isfinite(fit_logistic(frame, "type", ["glu"], method="firth").table.coef).all()


@pytest.mark.parametrize("scale", [1e4, 1e5])
def test_log_f_with_a_prior_that_says_nothing_is_maximum_likelihood(data, scale):
    frame = data("pima").assign(glu=lambda f: f.glu / f.glu.std() * scale)
    one = fit_logistic(frame, "type", ["glu"], method="log-f").table
    two = fit_logistic(frame, "type", ["glu"]).table
    np.testing.assert_allclose(one.coef, two.coef, rtol=1e-4)
