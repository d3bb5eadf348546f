import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from scipy.stats import norm

from smallstats import (
    fit_cox,
    fit_cox_imputed,
    fit_imputed,
    fit_logistic,
    impute,
    pool_chi_square,
    pool_estimates,
    pool_fits,
    pool_profiles,
)
from smallstats.imputed_fits import nelson_aalen
from smallstats.pooling import pool_hazard_profile

PIMA = ["age", "bp", "skin", "bmi"]


@pytest.fixture(scope="module")
def mixed():
    """Return 300 patients: all variables depend on x, and missingness depends on y."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=300)
    y = rng.random(300) < expit(x)
    b = rng.random(300) < expit(2 * x)
    c = (x[:, None] + rng.normal(size=(300, 1)) > [-1, 0.5]).sum(axis=1)
    frame = pd.DataFrame({"y": y, "x": x, "b": pd.array(b, "boolean")})
    frame["stage"] = pd.Categorical.from_codes(c, ["I", "II", "III"], ordered=True)
    frame["site"] = pd.Categorical.from_codes((c + 1) % 3, ["arm", "leg", "trunk"])
    full = frame.copy()
    for name in ("b", "stage", "site"):
        frame[name] = frame[name].mask(rng.random(300) < np.where(y, 0.5, 0.1))
    frame.loc[rng.random(300) < 0.1, "x"] = np.nan
    return frame, full


def test_pooling_given_imputations_agrees_with_r(golden, data):
    pima, fits = data("pima"), []
    for k in range(-2, 3):
        filled = pima.fillna({n: pima[n].mean() + k * pima[n].std() for n in PIMA[1:]})
        fits.append(fit_logistic(filled, "type", PIMA))
    expected = golden("rubin").set_index("term")
    found = pool_fits(fits)
    assert found.index.tolist() == expected.index.tolist()
    for column in expected:
        assert found[column].tolist() == pytest.approx(expected[column].tolist(), rel=1e-6)
    assert found.odds_ratio.tolist() == np.exp(found.coef).tolist()


def test_completed_frames_keep_types_levels_and_observed_values(mixed):
    frame, _ = mixed
    before = frame.copy()
    for done in impute(frame, [*frame], imputations=3, cycles=2):
        assert done.notna().all().all() and done.index.equals(frame.index)
        assert done.dtypes.tolist() == frame.dtypes.tolist()
        for name in frame:
            known = frame[name].notna()
            assert (done.loc[known, name] == frame.loc[known, name]).all()
        assert done.x.isin(frame.x.dropna()).all()  # matched: only values that occur
    pd.testing.assert_frame_equal(frame, before)


def test_the_same_seed_gives_the_same_values(mixed):
    frame, _ = mixed
    one, two = (impute(frame, ["y", "x", "b"], imputations=2, seed=3) for _ in range(2))
    other = impute(frame, ["y", "x", "b"], imputations=2, seed=4)
    pd.testing.assert_frame_equal(one[0], two[0])
    assert not one[0].equals(one[1]) and not one[0].equals(other[0])


def test_imputed_values_follow_the_others(mixed):
    """The observed share of a level differs from the true one; with imputed values it agrees."""
    frame, full = mixed
    completed = impute(frame, [*frame], imputations=10, seed=1)
    for name, level in (("b", True), ("stage", "I"), ("stage", "III"), ("site", "leg")):
        truth = (full[name] == level).mean()
        known = (frame[name].dropna() == level).mean()
        found = np.mean([(done[name] == level).mean() for done in completed])
        assert abs(found - truth) < 0.03 < abs(known - truth) + 0.02
        gone = frame[name].isna()
        hit = np.mean([(done[name] == full[name])[gone].mean() for done in completed])
        shares = full.loc[gone, name].value_counts(normalize=True)
        assert hit > (shares**2).sum() + 0.03  # better than drawing from the margin


def test_numbers_are_matched_near_what_the_others_predict():
    rng = np.random.default_rng(2)
    z = rng.normal(size=200)
    frame = pd.DataFrame({"z": z, "x": 10 + 3 * z + 0.3 * rng.normal(size=200)})
    gone = rng.random(200) < 0.3
    truth = frame.x[gone]
    frame.loc[gone, "x"] = np.nan
    completed = impute(frame, ["z", "x"], imputations=20)
    error = np.array([done.x[gone] - truth for done in completed])
    assert (
        0.3 < error.std() < 0.7
    )  # two independent errors of SD 0.3: 0.3 times root 2, or a little more
    assert abs(error.mean()) < 0.1
    assert completed[0].x[gone].std() == pytest.approx(truth.std(), rel=0.2)


def test_the_donors_are_the_nearest_five_and_all_that_are_as_near():
    z = np.arange(30.0)
    frame = pd.DataFrame({"z": [*z, 10.0], "x": [*(2 * z), None]})
    completed = impute(frame, ["z", "x"], imputations=200, cycles=1)
    assert {done.x.iloc[-1] for done in completed} == {16, 18, 20, 22, 24}
    tied = pd.DataFrame({"b": [0, 1] * 40, "x": [*range(50), *[None] * 30]}).astype({"x": float})
    done = impute(tied, ["b", "x"], imputations=2, cycles=1)[0]
    assert done.x[50:].nunique() > 15  # of 50 patients with two predicted means


def test_estimates_from_few_patients_vary_between_imputations():
    """A share or mean of 3000 imputed values varies as much as that of the 30 observed ones."""
    rng = np.random.default_rng(8)
    known = 30
    frame = pd.DataFrame({"z": rng.normal(size=3030)})
    frame["b"] = pd.array([True, False] * 15 + [None] * 3000, "boolean")
    frame["x"] = frame.z + rng.normal(size=3030)
    frame.loc[known:, "x"] = np.nan
    share = [done.b[known:].mean() for done in impute(frame, ["b"], imputations=60, cycles=1)]
    assert np.std(share) == pytest.approx(0.5 / known**0.5, rel=0.25)
    mean = [done.x[known:].mean() for done in impute(frame, ["z", "x"], imputations=60, cycles=1)]
    assert np.std(mean) == pytest.approx(1 / known**0.5, rel=0.35)


def test_levels_are_drawn_in_the_proportions_of_those_who_reach_them():
    shares = {"a": 0.5, "b": 0.2, "c": 0.3}
    levels = [level for level, share in shares.items() for _ in range(int(2000 * share))]
    frame = pd.DataFrame({"g": pd.Categorical([*levels, *[None] * 2000], ["c", "a", "b"])})
    done = impute(frame, ["g"], imputations=2, cycles=1)[0].g[2000:]
    for level, share in shares.items():
        assert (done == level).mean() == pytest.approx(share, abs=0.05)


def test_chains_forget_what_they_start_from():
    """Two measures of one quantity: in many rows only one of them is observed."""
    rng = np.random.default_rng(9)
    truth = rng.normal(size=300)
    frame = pd.DataFrame({"a": truth, "b": truth + 0.1 * rng.normal(size=300)})
    frame.loc[:120, "a"], frame.loc[180:, "b"] = np.nan, np.nan
    error = []
    for cycles in (1, 15):
        done = impute(frame, ["a", "b"], imputations=10, cycles=cycles)
        error.append(np.mean([(data.a - truth)[:120].abs().mean() for data in done]))
    assert error[1] < 0.2 < 0.4 < error[0]


def test_pooled_estimates_are_nearer_to_the_full_data_than_complete_cases():
    """x is missing in ill patients with high z: complete cases underestimate its effect."""
    rng = np.random.default_rng(11)
    z = rng.normal(size=1500)
    x = z + 0.5 * rng.normal(size=1500)
    y = rng.random(1500) < expit(x)
    frame = pd.DataFrame({"y": y, "x": x, "z": z})
    full = fit_logistic(frame, "y", ["x"]).table.coef["x"]
    frame.loc[y & (z > 0.3), "x"] = np.nan
    complete = fit_logistic(frame, "y", ["x"]).table.coef["x"]
    fit = fit_imputed(frame, "y", ["x"], auxiliary=["z"], imputations=10)
    assert complete < full - 0.5
    assert abs(fit.table.coef["x"] - full) < 0.2
    assert fit.table.index.tolist() == ["Intercept", "x"] and fit.n == 1500


def test_intervals_cover_the_truth_as_often_as_they_say():
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=150)
        b = rng.random(150) < expit(x)
        y = rng.random(150) < expit(0.5 * x + b - 0.5)
        frame = pd.DataFrame({"y": y, "x": x, "b": b.astype(float)})
        frame.loc[rng.random(150) < expit(x - 1), "b"] = np.nan
        table = fit_imputed(frame, "y", ["x", "b"], imputations=5, cycles=3, seed=seed).table
        covered += [
            table.ci_low["x"] < np.exp(0.5) < table.ci_high["x"],
            table.ci_low["b"] < np.exp(1) < table.ci_high["b"],
        ]
    assert 0.9 <= np.mean(covered) <= 0.99


def test_nothing_missing_is_the_plain_fit(data):
    frame = data("birthwt")
    fit = fit_imputed(frame, "low", ["age", "smoke"], imputations=2, cycles=1)
    plain = fit_logistic(frame, "low", ["age", "smoke"])
    for column in ("coef", "se", "odds_ratio"):
        assert fit.table[column].tolist() == pytest.approx(plain.table[column].tolist())
    assert (fit.table.fmi == 0).all() and fit.imputed.empty
    assert (fit.n, fit.events, fit.dropped, fit.warnings) == (189, 59, 0, ())


def test_rows_without_the_outcome_are_left_out_and_said(data):
    frame = data("pima").astype({"type": float})
    frame.loc[[0, 5], "type"] = np.nan
    fit = fit_imputed(frame, "type", ["age", "skin"], imputations=3, cycles=1)
    assert (fit.n, fit.dropped) == (298, 2)
    assert fit.warnings[0] == "2 of 300 rows left out: the outcome is missing"
    missing = int(frame.skin.drop([0, 5]).isna().sum())
    assert fit.imputed.iloc[0].tolist() == ["skin", missing, 100 * missing / 298]
    assert "imputations are few" in fit.warnings[1]


def test_no_more_patients_than_coefficients_leave_no_interval():
    """Without a degree of freedom the interval is infinite, though Firth's estimate is finite."""
    frame = pd.DataFrame({"y": [0, 1], "x": [0, 1]})
    found = pool_fits([fit_logistic(frame, "y", ["x"], method="firth")] * 2)
    assert np.isfinite(found.coef).all() and (found.df == 0).all()
    assert (found.ci_low == 0).all() and (found.ci_high == np.inf).all() and found.p.isna().all()


def test_a_single_missing_value_is_reported():
    frame = pd.DataFrame({"y": [0, 0, 1, 1] * 5, "x": [0, 1] * 10, "z": [0, 0, 0, 1, 1] * 4})
    frame.loc[7, "x"] = np.nan
    fit = fit_imputed(frame, "y", ["x", "z"], imputations=2, cycles=1)
    assert fit.imputed.to_dict("records") == [{"variable": "x", "missing": 1, "percent": 5}]


def slow_loss(data, value):
    """Log-likelihood lost with the coefficient of x at a value, by a general optimiser."""
    sign = np.where(data["y"] == 1, 1, -1)

    def lost(free, at):
        return -log_expit(sign * (free[0] + free[1] * data["z"] / 10 + at * data["x"])).sum()

    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10_000}
    fixed, most = (
        minimize(lost, [0, 0], args=(at,), method="Nelder-Mead", options=options).fun
        for at in (value, np.sign(data["x"].sum()) * 40)
    )
    return fixed - most


@pytest.mark.parametrize(("sign", "towards"), [(1, "higher"), (-1, "lower")])
def test_an_estimate_infinite_in_all_imputations_has_a_direction_and_a_limit(sign, towards):
    frame = pd.DataFrame({"y": [0] * 8 + [1] * 8, "x": [0.0] * 8 + [0.0] * 4 + [1.0] * 4})
    frame["z"], frame["x"] = [1.0, 2, 3, 4, None, 6, 7, 8] * 2, sign * frame["x"]
    fit = fit_imputed(frame, "y", ["x", "z"], imputations=3, cycles=2)
    done = impute(frame, ["y", "x", "z"], imputations=3, cycles=2)
    row = fit.table.loc["x"]
    assert row.coef == sign * np.inf and np.isnan([row.df, row.fmi]).all()

    # the profiles are pooled by the mean share that they leave beyond a value (CLIP)
    def root(data, log_odds):
        lost = slow_loss(data, log_odds)
        return norm.cdf(np.sqrt(2 * lost))

    near, far = (row.ci_low, row.ci_high)[::sign]
    assert far in (0, np.inf)
    assert np.mean([root(data, np.log(near)) for data in done]) == pytest.approx(0.975, abs=1e-5)
    assert row.p == pytest.approx(2 - 2 * np.mean([root(data, 0.0) for data in done]), rel=1e-4)
    assert np.isfinite(fit.table.p["z"])
    told = f"infinite in 3 of 3 imputations: the data support a direction (a {towards} odds ratio)"
    assert any(told in warning for warning in fit.warnings)


def test_small_and_sparse_cohorts_are_imputed_without_a_warning():
    """Data with rare levels, separation, a constant, collinear columns and a repeated index."""
    frame = pd.DataFrame(
        {
            "y": [0, 0, 0, 1, 1, 1, 0, 1],
            "same": [2.5] * 7 + [None],
            "twin": [1.0, 2, 3, 4, 5, 6, 7, None],
            "twice": [2.0, 4, 6, 8, 10, 12, None, 16],
            "rare": pd.Categorical(["a", "b", *"aaaa", None, None], ["a", "b", "c"]),
            "only": pd.array([True] * 7 + [None], "boolean"),
        },
        index=[1, 1, 2, 3, 4, 5, 6, 6],
    )
    for done in impute(frame, [*frame], imputations=4, cycles=3):
        assert done.notna().all().all()
        assert set(done.rare) <= {"a", "b"} and set(done.same) == {2.5} and done.only.all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictors": ["x", "q"]}, "there is no column 'q'"),
        ({"predictors": ["x", "text"]}, "column 'text' has type"),
        ({"predictors": ["x", "none"]}, "'none' has no value in any row"),
        ({"predictors": ["x", "y"]}, "the outcome 'y' is also a predictor"),
        ({"predictors": ["x"], "imputations": 1}, "imputations=1 is less than 2"),
        ({"predictors": ["x"], "cycles": 0}, "cycles=0 is less than 1"),
        ({"predictors": ["x"], "outcome": "x"}, "outcome 'x' is not binary"),
        ({"predictors": ["x"], "outcome": "none"}, "'none' is missing in every row"),
    ],
)
def test_what_cannot_be_imputed_is_refused(options, message):
    frame = pd.DataFrame(
        {"y": [0, 1, 0, 1], "x": [1.0, 2, 3, None], "text": list("abcd"), "none": [np.nan] * 4}
    )
    with pytest.raises(ValueError, match=message):
        fit_imputed(frame, **{"outcome": "y", **options})


def test_fits_that_do_not_belong_together_are_not_pooled(data):
    frame = data("birthwt")
    one, two = (fit_logistic(frame, "low", [name]) for name in ("age", "smoke"))
    with pytest.raises(ValueError, match="differ in their terms or in their number of patients"):
        pool_fits([one, two])
    with pytest.raises(ValueError, match="differ in their terms"):
        pool_fits([one, fit_logistic(frame[50:], "low", ["age"])])
    with pytest.raises(ValueError, match="1 fits cannot be pooled"):
        pool_fits([one])


def test_few_values_are_matched_however_far_the_draw():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 30), "a": rng.integers(0, 2, 30).astype(float)})
    frame["b"] = rng.normal(size=30)
    frame.loc[5:, "b"] = np.nan
    frame.loc[:20, "a"] = np.nan
    fit = fit_imputed(frame, "y", ["a", "b"], imputations=3)
    assert fit.n == 30 and np.isfinite(fit.table.coef["b"])
    for done in impute(frame, ["y", "a", "b"], imputations=3):
        assert set(done.b) == set(frame.b.dropna()) or set(done.b) < set(frame.b.dropna())
        assert done.loc[:4, "b"].equals(frame.loc[:4, "b"])


def test_numbers_beyond_what_can_be_squared_are_refused():
    frame = pd.DataFrame({"y": [0, 1] * 10, "x": np.arange(20) * 1e160})
    frame.loc[3, "x"] = np.nan
    with pytest.raises(ValueError, match=r"'x' has numbers, .*: give it in another unit"):
        fit_imputed(frame, "y", ["x"], imputations=2)


def test_pooled_cox_regressions_agree_with_mice(golden, data):
    lung, fits = data("imputed_lung"), []
    for k in range(-2, 3):
        means, sds = lung.mean(), lung.std()
        fits.append(fit_cox(lung.fillna(means + k / 2 * sds), "time", "died", [*lung][1:4]))
    wanted = golden("imputed_cox").set_index("term")
    found = pool_fits(fits)
    for column in wanted:
        assert found[column].tolist() == pytest.approx(wanted[column].tolist(), rel=1e-6)
    assert found.hazard_ratio.tolist() == np.exp(found.coef).tolist()
    with pytest.raises(ValueError, match="differ in their terms"):
        pool_fits([fits[0], fit_cox(lung, "time", "died", [*lung][1:4])])


def test_the_cumulative_hazard_agrees_with_r(golden, data):
    lung = data("imputed_lung")
    found = nelson_aalen(lung.time.to_numpy(float), lung.died.to_numpy(float))
    assert found.tolist() == pytest.approx(golden("imputed_hazard").hazard.tolist(), rel=1e-12)


def test_pooled_profiles_agree_with_profiles_averaged_in_r(golden, data):
    frame = data("birthwt").iloc[[*range(20), *range(130, 150)]].reset_index(drop=True)
    sets = [
        frame.assign(lwt=frame.lwt.where(frame.index >= 6, 90 + 20 * k) / 100) for k in (1, 2, 3)
    ]
    found = pool_profiles(sets, "low", ["ui", "lwt"]).loc[["ui", "lwt"]]
    wanted = golden("imputed_clip").set_index("term")
    assert found.coef.tolist() == pytest.approx(wanted.coef.tolist(), abs=1e-5)
    assert np.log(found.ci_low).tolist() == pytest.approx(wanted.low.tolist(), abs=1e-5)
    assert np.log(found.ci_high).tolist() == pytest.approx(wanted.high.tolist(), abs=1e-5)
    assert found.p.tolist() == pytest.approx(wanted.p.tolist(), abs=1e-5)


def test_profiles_of_the_same_data_pool_to_their_own(data):
    frame = data("birthwt")[:60]
    fit = fit_logistic(frame, "ui", ["age", "lwt", "smoke"], method="firth")
    found = pool_profiles([frame] * 3, "ui", ["age", "lwt", "smoke"])
    for column in ("coef", "se", "ci_low", "ci_high", "p"):
        assert found[column].tolist() == pytest.approx(fit.table[column].tolist(), rel=1e-5)
    assert (found.fmi == 0).all()


def test_rubins_rules_by_hand():
    """Three estimates 1, 2, 3 with variances 1, 2, 3: W = 2, B = 1, T = 2 + 4/3."""
    row = pool_estimates([[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]]).iloc[0]
    assert (row.estimate, row.se) == pytest.approx((2.0, (10 / 3) ** 0.5))
    assert row.df == pytest.approx(2 * (1 + 2 / (4 / 3)) ** 2)  # Rubin's own, nothing being finite
    assert pool_estimates([[1.0], [1.0]], [[4.0], [4.0]]).df[0] == np.inf
    f, p = pool_chi_square([3.0, 3.0], 2)
    assert (f, p) == pytest.approx((1.5, np.exp(-1.5)))


def _separated(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"y": np.repeat([0, 1], 20), "x": [0.0] * 20 + [0.0] * 12 + [1.0] * 8})
    frame["z"] = rng.normal(size=40)
    frame.loc[[0, 1, 2, 3, 25], "x"] = np.nan
    return frame


def test_estimates_infinite_in_some_imputations_are_fitted_by_firth_in_all():
    frame = _separated(1)
    fit = fit_imputed(frame, "y", ["x", "z"], imputations=8, seed=2)
    each = [fit_logistic(d, "y", ["x", "z"]) for d in impute(frame, ["y", "x", "z"],
                                                             imputations=8, seed=2)]  # fmt: skip
    infinite = sum(not np.isfinite(one.table.coef["x"]) for one in each)
    assert 0 < infinite < 8  # what the test is of
    assert any(f"x: the maximum likelihood estimate is infinite in {infinite} of 8" in told
               for told in fit.warnings)  # fmt: skip
    firth = fit_imputed(frame, "y", ["x", "z"], imputations=8, seed=2, method="firth")
    assert fit.table.equals(firth.table) and np.isfinite(fit.table[["coef", "ci_low", "p"]]).all(
        axis=None
    )
    assert "Firth" in fit.method and "maximum" not in fit.method
    assert "profile" in fit.interval and "likelihood ratio" in fit.test


def test_what_follows_from_others_is_computed_anew_and_not_imputed():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 80), "kg": rng.normal(30, 5, 80)})
    frame["m"] = rng.normal(1.3, 0.1, 80)
    frame.loc[rng.random(80) < 0.3, "kg"] = np.nan
    frame.loc[rng.random(80) < 0.2, "m"] = np.nan
    seen = []

    def derive(done):
        assert "bmi" not in done and done.notna().all(axis=None)
        seen.append(done.assign(bmi=done.kg / done.m**2))
        return seen[-1]

    fit = fit_imputed(
        frame, "y", ["bmi"], auxiliary=["kg", "m"], derive=derive, imputations=4, cycles=2
    )
    assert fit.imputed.variable.tolist() == ["kg", "m"] and fit.n == 80
    by_hand = pool_fits([fit_logistic(done, "y", ["bmi"]) for done in seen])
    assert fit.table.equals(by_hand)


def test_imputed_cox_regression_finds_what_complete_rows_miss():
    """Missing where x is low and time long: 15 cohorts, the effect of x on the hazard is 1."""
    found, left = [], []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=200)
        z = x + rng.normal(size=200)
        t = rng.exponential(np.exp(-x))
        c = rng.exponential(3, 200)
        frame = pd.DataFrame({"t": np.minimum(t, c), "e": t <= c, "x": x, "z": z})
        gone = rng.random(200) < np.where(frame.e, 0.1, 0.7)
        frame["x"] = frame.x.mask(gone)
        fit = fit_cox_imputed(frame, "t", "e", ["x"], auxiliary=["z"], imputations=5, cycles=5)
        found.append(fit.table.loc["x"])
        left.append(fit_cox(frame, "t", "e", ["x"]).table.coef["x"])
        assert fit.n == 200 and fit.dropped == 0
    coef = np.array([row.coef for row in found])
    covered = [row.ci_low < np.e < row.ci_high for row in found]
    assert abs(coef.mean() - 1) < 0.06 < abs(np.mean(left) - 1) and sum(covered) >= 12


def test_cox_regression_without_a_time_or_event_leaves_the_row_out():
    frame = pd.DataFrame({"t": np.arange(1.0, 41), "died": [1.0, 0] * 20, "x": [0, 0, 1, 1, 0] * 8})
    frame = frame.astype({"x": float})
    frame.loc[0, "t"], frame.loc[1, "died"], frame.loc[[4, 5], "x"] = np.nan, np.nan, np.nan
    fit = fit_cox_imputed(frame, "t", "died", ["x"], imputations=3, cycles=2)
    assert (fit.n, fit.dropped, fit.events) == (38, 2, 19)
    assert "2 of 40 rows left out: the outcome is missing" in fit.warnings
    with pytest.raises(ValueError, match="method='exact' is not one of"):
        fit_imputed(frame, "died", ["x"], method="exact")


def separated(seed):
    """Patients of whom none without the event has the finding, as far as is known."""
    rng = np.random.default_rng(seed)
    n = 40
    died = (rng.random(n) < 0.4).astype(float)
    x = np.where(died == 1, rng.random(n) < 0.45, 0).astype(float)
    x[rng.random(n) < 0.15] = np.nan
    frame = pd.DataFrame({"died": died, "x": x, "z": rng.normal(size=n)})
    return frame.assign(t=rng.exponential(1, n).round(2) + 0.01)


@pytest.mark.parametrize("method", ["ml", "firth", "cox"])
@pytest.mark.parametrize("seeds", [3, pytest.param(12, marks=pytest.mark.slow)])
def test_a_term_stays_where_some_imputations_are_separated(method, seeds):
    some = 0
    for seed in range(seeds):
        frame = separated(seed)
        if method == "cox":
            frame["died"] = 1 - frame["died"]  # nobody with the finding has the event
            fit = fit_cox_imputed(frame, "t", "died", ["x", "z"], imputations=4, cycles=3)
        else:
            fit = fit_imputed(frame, "died", ["x", "z"], method=method, imputations=4, cycles=3)
        told = [text for text in fit.warnings if text.startswith("x: ") and "infinite" in text]
        some += bool(told)
        assert 0 < fit.table.loc["x", "p"] <= 1, seed
        low, high = fit.table.loc["x", ["ci_low", "ci_high"]]
        assert low < high
        assert low > 0 or high < np.inf
        assert fit.table.loc["z"].notna().drop("df").all()
    assert some or method == "firth"


@pytest.mark.parametrize("term", ["x", "z"])
def test_the_pooled_profile_of_one_data_set_is_its_profile(term):
    frame = pd.DataFrame(
        {"t": range(1, 11), "died": [1, 1, 1, 1, 0, 1, 0, 0, 1, 0], "x": [1] * 3 + [0] * 7}
    ).assign(z=[1, 5, 2, 4, 3, 3, 2, 5, 1, 2])
    alone = fit_cox(frame, "t", "died", ["x", "z"], interval="profile").table.loc[term]
    assert np.isinf(alone.coef) == (term == "x")
    row = pool_hazard_profile([frame] * 2, "t", "died", ["x", "z"], term, [alone.coef] * 2)
    assert row["coef"] == alone.coef
    assert np.exp([row["low"], row["high"]]) == pytest.approx([alone.ci_low, alone.ci_high])
    assert row["p"] == pytest.approx(alone.p)


def test_a_profile_that_rises_for_ever_in_one_data_set_of_many_leaves_limits():
    """Against the definition: the mean share of the two profiles is 2.5% and 97.5% there."""
    frame = pd.DataFrame(
        {"t": range(1, 11), "died": [1, 1, 1, 1, 0, 1, 0, 0, 1, 0], "x": [1] * 3 + [0] * 7}
    )
    other = frame.assign(x=[1, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    finite = float(fit_cox(other, "t", "died", ["x"]).table.loc["x", "coef"])
    data, ends = [frame, *[other] * 29], [np.inf, *[finite] * 29]
    row = pool_hazard_profile(data, "t", "died", ["x"], "x", ends)
    assert row["coef"] == finite

    def partial(data, b):
        risk = np.exp(b * data["x"].to_numpy())
        at_risk = risk[::-1].cumsum()[::-1]
        return float((data["died"] * (b * data["x"] - np.log(at_risk))).sum())

    def share(b):
        never = norm.cdf(-np.sqrt(2 * (partial(frame, 60) - partial(frame, b))))
        lost = max(0, 2 * (partial(other, finite) - partial(other, b)))
        return (never + 29 * norm.cdf(np.sign(b - finite) * np.sqrt(lost))) / 30

    assert share(row["low"]) == pytest.approx(0.025, abs=1e-6)
    assert share(row["high"]) == pytest.approx(0.975, abs=1e-6)
    assert row["p"] == pytest.approx(2 * min(share(0), 1 - share(0)), rel=1e-6)
