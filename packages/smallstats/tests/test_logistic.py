import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallstats import fit_logistic

MODELS = {
    "birthwt": ("low", ["age", "lwt", "race", "smoke", "ht", "ui"]),
    "infert": ("case", ["spontaneous", "induced", "education"]),
    "mtcars": ("am", ["wt"]),
    "nodal": ("r", ["aged", "stage", "grade", "xray", "acid"]),
    "pima": ("type", ["npreg", "glu", "bp", "skin", "bmi", "ped", "age"]),
    "endometrial": ("HG", ["PI", "EH"]),
}
TERMS = {
    "(Intercept)": "Intercept",
    "race2": "race[2]",
    "race3": "race[3]",
    "education12+ yrs": "education[12+ yrs]",
    "education6-11yrs": "education[6-11yrs]",
}


def table4(both=4):
    """Patients with the sufficient statistics that reproduce the published Table 4."""
    cells = {  # cardiac, treated, ill: patients
        (1, 1, 1): both,
        (1, 0, 1): 7 - both,
        (0, 1, 1): 17 - both,
        (0, 0, 1): both - 1,
        (1, 1, 0): 5 - both,
        (1, 0, 0): both - 4,
        (0, 1, 0): 9 + both,
        (0, 0, 0): 21 - both,
    }
    rows = [cell for cell, count in cells.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["cardiac", "treated", "ill"])


@pytest.fixture(params=MODELS)
def model(request):
    return request.param


def r_table(golden, model):
    table = golden("logistic_coefficients")
    table = table[table.data == model].set_index("term")
    return table.rename(index=TERMS)


def test_wald_fits_agree_with_glm(golden, data, model):
    fit = fit_logistic(data(model), *MODELS[model])
    r = r_table(golden, model).loc[fit.table.index]
    np.testing.assert_allclose(fit.table.coef, r.coef, rtol=1e-9)
    np.testing.assert_allclose(fit.table.se, r.se, rtol=1e-9)
    np.testing.assert_allclose(fit.table.p, r.wald_p, rtol=1e-8)
    np.testing.assert_allclose(fit.table.odds_ratio, np.exp(r.coef), rtol=1e-9)
    half = 1.959963984540054 * r.se
    np.testing.assert_allclose(np.log(fit.table.ci_low), r.coef - half, rtol=1e-8)
    np.testing.assert_allclose(np.log(fit.table.ci_high), r.coef + half, rtol=1e-8)
    assert (fit.interval, fit.test, fit.method) == ("95% Wald", "Wald", "ml")
    assert list(fit.table) == ["coef", "se", "odds_ratio", "ci_low", "ci_high", "p"]


def test_profile_fits_agree_with_refitted_glm(golden, data, model):
    fit = fit_logistic(data(model), *MODELS[model], interval="profile")
    r = r_table(golden, model).loc[fit.table.index]
    np.testing.assert_allclose(np.log(fit.table.ci_low), r.low, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(np.log(fit.table.ci_high), r.high, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fit.table.p, r.lr_p, rtol=1e-7)
    # confint itself, to the tolerance of its splines
    np.testing.assert_allclose(np.log(fit.table.ci_low), r.confint_low, rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(np.log(fit.table.ci_high), r.confint_high, rtol=2e-3, atol=1e-3)
    assert (fit.interval, fit.test) == ("95% profile likelihood", "likelihood ratio")


def test_whole_model_statistics_agree_with_r(golden, data, model):
    fit = fit_logistic(data(model), *MODELS[model])
    r = golden("logistic_fits").set_index("data").loc[model]
    assert (fit.n, fit.events, fit.dropped) == (r.n, r.events, r.dropped)
    assert fit.log_likelihood == pytest.approx(r.log_likelihood, rel=1e-12)
    assert fit.nagelkerke == pytest.approx(r.nagelkerke, rel=1e-10)
    assert fit.nagelkerke == pytest.approx(r.rms_nagelkerke, rel=1e-8)
    assert any("left out" in w for w in fit.warnings) == (r.dropped > 0)


@pytest.mark.parametrize("both", [4, 5])
def test_table_4_of_the_paper(both):
    frame = table4(both)
    assert len(frame) == 54 and frame.ill.sum() == 23 and frame.treated.sum() == 31
    fit = fit_logistic(frame, "ill", ["cardiac", "treated"])
    cardiac, treated = fit.table.loc["cardiac"], fit.table.loc["treated"]
    assert round(cardiac.odds_ratio, 4) == 15.5598
    assert (round(cardiac.ci_low, 4), round(cardiac.ci_high, 4)) == (1.5904, 152.2285 + 0.0001)
    assert round(cardiac.p, 5) == 0.01834
    assert round(treated.odds_ratio, 4) == 4.0182
    assert (round(treated.ci_low, 4), round(treated.ci_high, 4)) == (1.0856, 14.8735)
    assert round(treated.p, 5) == 0.03726
    assert round(fit.nagelkerke, 4) == 0.2876
    assert fit.warnings == ()


def test_without_predictors_the_intercept_is_the_log_odds():
    frame = pd.DataFrame({"y": [1, 0, 0, 0, 1, 0, 0]})
    fit = fit_logistic(frame, "y", [])
    assert fit.table.odds_ratio.to_dict() == pytest.approx({"Intercept": 2 / 5})
    assert fit.table.se["Intercept"] == pytest.approx(np.sqrt(1 / 2 + 1 / 5))
    assert fit.nagelkerke == pytest.approx(0, abs=1e-12)


def test_one_binary_predictor_is_the_2x2_table():
    frame = pd.DataFrame({"y": [1] * 10 + [0] * 12, "x": [1] * 7 + [0] * 3 + [1] * 4 + [0] * 8})
    fit = fit_logistic(frame, "y", ["x"])
    assert fit.table.odds_ratio["x"] == pytest.approx(7 * 8 / (3 * 4))
    assert fit.table.se["x"] == pytest.approx(np.sqrt(1 / 7 + 1 / 3 + 1 / 4 + 1 / 8))


@pytest.mark.parametrize("interval", ["wald", "profile"])
def test_every_kind_of_yes_and_no_is_the_same(interval):
    frame = table4()
    expected = fit_logistic(frame, "ill", ["cardiac", "treated"], interval=interval)
    for kind in (bool, "boolean", float, "Int64"):
        fit = fit_logistic(frame.astype(kind), "ill", ["cardiac", "treated"], interval=interval)
        pd.testing.assert_frame_equal(fit.table, expected.table)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed):
    frame = table4()
    one = fit_logistic(frame, "ill", ["cardiac", "treated"])
    other = fit_logistic(frame.sample(frac=1, random_state=seed), "ill", ["cardiac", "treated"])
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-9)


@pytest.mark.parametrize("interval", ["wald", "profile"])
def test_swapping_the_outcome_inverts_every_odds_ratio(data, interval):
    frame, predictors = data("nodal"), MODELS["nodal"][1]
    one = fit_logistic(frame, "r", predictors, interval=interval)
    two = fit_logistic(frame.assign(r=1 - frame.r), "r", predictors, interval=interval)
    np.testing.assert_allclose(one.table.odds_ratio, 1 / two.table.odds_ratio, rtol=1e-9)
    np.testing.assert_allclose(one.table.ci_low, 1 / two.table.ci_high, rtol=1e-8)
    np.testing.assert_allclose(one.table.p, two.table.p, rtol=1e-8)
    assert one.nagelkerke == pytest.approx(two.nagelkerke)


@pytest.mark.parametrize("interval", ["wald", "profile"])
@pytest.mark.parametrize("scale", [1e-8, 0.1, 1e8])
@pytest.mark.parametrize("shift", [0.0, -1e4])
def test_units_rescale_the_coefficient_and_nothing_else(data, interval, scale, shift):
    frame = data("pima")
    predictors = ["glu", "bmi"]
    one = fit_logistic(frame, "type", predictors, interval=interval)
    moved = frame.assign(glu=(frame.glu + shift) * scale)
    two = fit_logistic(moved, "type", predictors, interval=interval)
    for j, factor in (("glu", scale), ("bmi", 1.0)):
        assert two.table.coef[j] * factor == pytest.approx(one.table.coef[j], rel=1e-7)
        assert two.table.se[j] * factor == pytest.approx(one.table.se[j], rel=1e-7)
        assert two.table.p[j] == pytest.approx(one.table.p[j], rel=1e-6)
        if factor > 1e-3:
            low = np.log(two.table.ci_low[j]) * factor
            assert low == pytest.approx(np.log(one.table.ci_low[j]), rel=1e-6)
    assert two.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-12)


def test_an_odds_ratio_too_large_to_write_is_explained(data):
    frame = data("pima").assign(glu=lambda f: f.glu * 1e-8)
    fit = fit_logistic(frame, "type", ["glu"])
    assert np.isfinite(fit.table.coef["glu"]) and np.isinf(fit.table.odds_ratio["glu"])
    assert any(w.startswith("glu: its odds ratio for one unit") for w in fit.warnings)


def test_the_reference_is_the_first_level_that_occurs(data):
    frame = data("birthwt")
    with_unused = frame.assign(
        race=frame.race.cat.add_categories([9]).cat.reorder_categories([9, 1, 2, 3])
    )
    one = fit_logistic(frame, "low", ["race"])
    assert list(one.table.index) == ["Intercept", "race[2]", "race[3]"]
    pd.testing.assert_frame_equal(fit_logistic(with_unused, "low", ["race"]).table, one.table)


def test_rows_with_missing_values_are_dropped_and_counted():
    frame = table4().astype("boolean")
    expected = fit_logistic(frame.iloc[3:], "ill", ["cardiac", "treated"])
    frame.iloc[0, 0] = frame.iloc[1, 1] = frame.iloc[2, 2] = pd.NA
    fit = fit_logistic(frame, "ill", ["cardiac", "treated"])
    assert (fit.n, fit.dropped) == (51, 3)
    assert fit.warnings == ("3 of 54 rows left out for a missing value",)
    pd.testing.assert_frame_equal(fit.table, expected.table)


def test_few_events_are_warned_of(data):
    fit = fit_logistic(data("nodal"), *MODELS["nodal"])
    assert fit.warnings[0].startswith("4.0 events for each coefficient, fewer than 10")
    # when most patients have the outcome, those without it are the scarce ones
    swapped = data("nodal").assign(r=lambda f: 1 - f.r)
    assert fit_logistic(swapped, *MODELS["nodal"]).warnings == fit.warnings


def test_the_frame_is_not_changed():
    frame = table4()
    before = frame.copy(deep=True)
    fit_logistic(frame, "ill", ["cardiac", "treated"], interval="profile")
    pd.testing.assert_frame_equal(frame, before)


# ---- infinite estimates


def separated():
    return table4().assign(ill=lambda f: f.ill | f.cardiac)


def test_an_infinite_estimate_is_reported_with_its_direction():
    fit = fit_logistic(separated(), "ill", ["cardiac", "treated"])
    row = fit.table.loc["cardiac"]
    assert row[["coef", "odds_ratio", "ci_high", "se"]].eq(np.inf).all()
    assert row.ci_low == 0 and np.isnan(row.p)
    assert fit.warnings == (
        "cardiac: the estimate is infinite; the data support a direction (towards higher odds); "
        "Wald does not apply: use interval='profile' or another method",
    )
    profile = fit_logistic(separated(), "ill", ["cardiac", "treated"], interval="profile")
    assert profile.warnings == (fit.warnings[0].partition("; Wald")[0],)


def test_what_is_finite_is_the_fit_of_the_patients_who_are_not_separated():
    fit = fit_logistic(separated(), "ill", ["cardiac", "treated"])
    rest = separated().query("cardiac == 0")
    expected = fit_logistic(rest, "ill", ["treated"])
    shared = ["Intercept", "treated"]
    pd.testing.assert_frame_equal(fit.table.loc[shared], expected.table, rtol=1e-8)
    assert fit.table.index.name == "term"
    assert fit.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)


def test_profile_intervals_are_unbounded_on_the_side_of_the_infinite_estimate():
    frame = pd.DataFrame({"y": [0] * 9 + [1] * 6, "x": [0] * 11 + [1] * 4})
    row = fit_logistic(frame, "y", ["x"], interval="profile").table.loc["x"]
    assert (row.coef, row.ci_high) == (np.inf, np.inf)

    def log_likelihood(b):  # x = 1: four of four; x = 0: two of eleven
        grid = np.linspace(-9, 3, 240001)
        rest = 2 * grid - 11 * np.logaddexp(0, grid)
        return (rest - 4 * np.logaddexp(0, -(grid + b))).max()

    top = 2 * np.log(2 / 11) + 9 * np.log(9 / 11)
    assert 2 * (top - log_likelihood(np.log(row.ci_low))) == pytest.approx(3.841459, abs=1e-5)
    p = fit_logistic(frame, "y", ["x"], interval="profile").table.p["x"]
    null = 6 * np.log(6 / 15) + 9 * np.log(9 / 15)
    from scipy.special import chdtrc

    assert p == pytest.approx(chdtrc(1, 2 * (top - null)), rel=1e-8)


@pytest.mark.parametrize("interval", ["wald", "profile"])
def test_complete_separation_leaves_no_likelihood_to_lose(interval):
    frame = pd.DataFrame({"y": [0] * 5 + [1] * 5, "x": np.arange(10) - 4.5})
    fit = fit_logistic(frame, "y", ["x"], interval=interval)
    assert fit.log_likelihood == 0 and fit.nagelkerke == 1
    assert fit.table.coef["x"] == np.inf and np.isnan(fit.table.coef["Intercept"])
    assert (fit.table.ci_low["Intercept"], fit.table.ci_high["Intercept"]) == (0, np.inf)
    assert sum("estimate is" in warning for warning in fit.warnings) == 2


def test_near_separation_is_not_separation():
    frame = pd.DataFrame(
        {"y": [0] * 30 + [1] * 30, "x": np.r_[np.arange(30.0), np.arange(28.5, 58)]}
    )
    fit = fit_logistic(frame, "y", ["x"], interval="profile")
    assert np.isfinite(fit.table).all(axis=None)
    assert not any("infinite" in warning for warning in fit.warnings)


# ---- bad input


@pytest.mark.parametrize(
    ("columns", "predictors", "messages"),
    [
        ({"y": [0, 1, 2, 1]}, ["x"], ["outcome 'y' is not binary", "2"]),
        ({"y": ["a", "b", "a", "b"]}, ["x"], ["outcome 'y' is not binary", "'a'"]),
        ({"y": [0.2, 0.5, 1, 0]}, ["x"], ["outcome 'y' is not binary"]),
        ({"y": [1, 1, 1, 1]}, ["x"], ["outcome 'y' has one level: 1 in all 4 complete rows"]),
        ({"y": [0, 0, 0, 0]}, ["x", "k"], ["has one level: 0", "predictor 'k' is constant"]),
        ({"y": [0, 1, 1, None], "x": [1, 1, 1, 0]}, ["x"], ["'x' is constant in the 3 complete"]),
        ({"x": [np.nan] * 4}, ["x"], ["no row has all of 'y', 'x'"]),
        ({"x": [np.nan, 1, np.nan, 2], "z": [1, np.nan, 3, np.nan]}, ["x", "z"], ["no row has"]),
        ({"x": ["a", "b", "a", "b"]}, ["x"], ["column 'x' has type str"]),
        ({"x": [1, np.inf, 2, 3]}, ["x"], ["column 'x' has infinite values"]),
        ({"x": pd.to_datetime(["2001"] * 4)}, ["x"], ["column 'x' has type datetime64"]),
        ({}, ["x", "q", "r"], ["no column 'q'", "no column 'r'"]),
        ({}, ["x", "x"], ["'x' is given twice"]),
        ({}, ["x", "y"], ["the outcome 'y' is also a predictor"]),
        ({}, ["x", "twice"], ["'twice' is collinear with 'x'"]),
        (
            {"not_x": [1, 0, 1, 0], "x": [0, 1, 0, 1]},
            ["x", "not_x"],
            ["'not_x' is collinear with 'x'"],
        ),
        ({}, ["x", "z", "c"], ["5 coefficients cannot be estimated from 4 complete rows"]),
        ({"k": pd.Categorical(["a"] * 4, ["a", "b"])}, ["k"], ["predictor 'k' is constant"]),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(columns, predictors, messages):
    base = {
        "y": [0, 1, 0, 1],
        "x": [1.5, 2.0, 3.0, 1.0],
        "z": [3.0, 1.0, 2.0, 5.0],
        "k": [7, 7, 7, 7],
        "twice": [3.0, 4.0, 6.0, 2.0],
        "c": pd.Categorical(list("abca")),
    }
    with pytest.raises(ValueError) as refused:
        fit_logistic(pd.DataFrame(base | columns), "y", predictors)
    for message in messages:
        assert message in str(refused.value)


def test_all_collinear_predictors_are_named_with_what_they_repeat(data):
    frame = data("birthwt").assign(
        sum=lambda f: f.age + 2 * f.lwt, black=lambda f: f.race == 2, half=lambda f: f.ht / 2
    )
    with pytest.raises(ValueError) as refused:
        fit_logistic(frame, "low", ["age", "lwt", "race", "sum", "black", "half", "ht"])
    text = str(refused.value)
    assert "'sum' is collinear with 'age', 'lwt'" in text
    assert "'black' is collinear with 'race[2]'" in text
    assert "'ht' is collinear with 'half'" in text


def test_zero_rows_are_refused():
    with pytest.raises(ValueError, match="no row has all of"):
        fit_logistic(pd.DataFrame({"y": [], "x": []}, dtype=float), "y", ["x"])


def test_unknown_options_are_all_named():
    with pytest.raises(ValueError, match=r"method='probit' is not .*interval='bca' is not one"):
        fit_logistic(table4(), "ill", ["cardiac"], method="probit", interval="bca")


def test_a_single_predictor_may_be_given_by_its_name():
    fit = fit_logistic(table4(), "ill", "cardiac")
    assert fit.predictors == ("cardiac",)
