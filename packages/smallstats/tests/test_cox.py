import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc, logsumexp

from smallstats import fit_cox
from smallstats.cox_likelihood import CoxLikelihood


@pytest.fixture(scope="module")
def plans(data):
    mgus = data("mgus").astype({"sex": "category"})
    mgus["malignant"], mgus["either"] = mgus["first"] == 1, mgus["first"] > 0
    mgus["whole"] = np.ceil(mgus.years)
    veteran = data("veteran").astype({"celltype": "category"})
    return {
        "veteran": (veteran, "time", "status", ["trt", "karno", "age", "celltype"]),
        "mgus": (mgus, "years", "malignant", ["age", "sex", "hgb", "creat", "mspike"]),
        "mgus_years": (mgus, "whole", "either", ["age", "hgb"]),  # hundreds of ties
    }


def test_fits_agree_with_r(golden, plans):
    for name, rows in golden("survival_cox").groupby("data"):
        fit = fit_cox(*plans[name])
        rows = rows.set_index("term")
        assert fit.table.index.tolist() == rows.index.tolist()
        for column in fit.table:
            wanted = rows[column].tolist()
            assert fit.table[column].tolist() == pytest.approx(wanted, rel=1e-7)
        assert fit.log_likelihood == pytest.approx(rows.log_likelihood.iloc[0], rel=1e-12)
        assert fit.null_log_likelihood == pytest.approx(rows.null.iloc[0], rel=1e-12)
        assert (fit.n, fit.events) == (rows.n.iloc[0], rows.events.iloc[0])
        assert fit.dropped == len(plans[name][0]) - fit.n


def test_the_test_of_proportional_hazards_agrees_with_r(golden, plans):
    for name, rows in golden("survival_zph").groupby("data"):
        fit = fit_cox(*plans[name])
        found = fit.proportional
        assert found.index.tolist() == [*plans[name][3], "all"]
        assert found.df.tolist() == rows.df.tolist()
        assert found.chi_square.tolist() == pytest.approx(rows.chi_square.tolist(), rel=1e-7)
        assert found.p.tolist() == pytest.approx(rows.p.tolist(), rel=1e-6)
        told = [w.split(":")[0] for w in fit.warnings if "seems to change with time" in w]
        assert told == [n for n, p in zip(plans[name][3], rows.p, strict=False) if p < 0.05]


def test_profile_intervals_are_where_the_likelihood_ratio_test_stops(plans):
    frame, time, event, _ = plans["veteran"]
    fit = fit_cox(frame, time, event, ["karno"], interval="profile")
    wald = fit_cox(frame, time, event, ["karno"])
    row = fit.table.iloc[0]
    assert fit.table.coef.equals(wald.table.coef)
    lost = fit.log_likelihood - fit.null_log_likelihood
    assert row.p == pytest.approx(chdtrc(1, 2 * lost))
    assert row.ci_low == pytest.approx(wald.table.ci_low.iloc[0], rel=1e-3)
    assert (fit.interval, fit.test) == ("95% profile likelihood", "likelihood ratio")
    # at each bound the log likelihood is half of the 95% chi-square below its maximum
    x = frame[["karno"]].to_numpy(float)
    likelihood = CoxLikelihood.of(x, frame[event].to_numpy(float), frame[time].to_numpy(float))
    for bound in (row.ci_low, row.ci_high):
        value = likelihood.evaluate(np.log([bound]))[0]
        assert 2 * (fit.log_likelihood - value) == pytest.approx(3.841459, rel=1e-5)


def test_score_and_information_are_derivatives(plans):
    frame, time, event, _ = plans["veteran"]
    x = frame[["trt", "karno"]].to_numpy(float)
    likelihood = CoxLikelihood.of(x, frame[event].to_numpy(float), np.ceil(frame[time] / 30))
    beta, step = np.array([0.2, -0.02]), 1e-5
    _, score, information = likelihood.evaluate(beta)
    for j, e in enumerate(np.eye(2) * step):
        up, down = likelihood.evaluate(beta + e), likelihood.evaluate(beta - e)
        assert score[j] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-6)
        change = (down[1] - up[1]) / (2 * step)
        assert information[j].tolist() == pytest.approx(change.tolist(), rel=1e-6)


def test_units_and_the_order_of_rows_change_nothing_else(plans):
    frame, time, event, predictors = plans["veteran"]
    one = fit_cox(frame, time, event, predictors)
    turned = frame.sample(frac=1, random_state=1).assign(
        karno=lambda f: 1e6 + f.karno / 1000, time=lambda f: f.time / 365.25
    )
    two = fit_cox(turned, time, event, predictors)
    assert two.table.coef["karno"] == pytest.approx(1000 * one.table.coef["karno"], rel=1e-5)
    assert two.table.p.tolist() == pytest.approx(one.table.p.tolist(), rel=1e-5)
    assert two.proportional.p.tolist() == pytest.approx(one.proportional.p.tolist(), rel=1e-5)


def test_an_infinite_estimate_is_reported_and_the_others_are_kept():
    """All patients with x have the event before any patient without x."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=40)
    early = np.arange(40) < 12
    time = np.where(early, rng.uniform(1, 2, 40), rng.uniform(3, 9, 40))
    event = early | (rng.random(40) < 0.6)
    frame = pd.DataFrame({"t": time, "e": event, "x": early.astype(int), "z": z})
    fit = fit_cox(frame, "t", "e", ["x", "z"])
    row = fit.table.loc["x"]
    assert (row.coef, row.se, row.hazard_ratio) == (np.inf, np.inf, np.inf)
    assert (row.ci_low, row.ci_high) == (0, np.inf) and np.isnan(row.p)
    assert any("x: the estimate is infinite; the data support" in w for w in fit.warnings)
    assert "interval='profile'" in " ".join(fit.warnings)
    # in the limit, z is compared only within the early patients and within the late ones
    groups = [frame[early], frame[~early]]
    parts = [CoxLikelihood.of(*(g[c].to_numpy(float) for c in (["z"], "e", "t"))) for g in groups]
    score = sum(part.evaluate(fit.table.coef[["z"]].to_numpy())[1][0] for part in parts)
    information = sum(part.evaluate(fit.table.coef[["z"]].to_numpy())[2] for part in parts)
    assert abs(score) < 1e-4
    assert fit.table.se["z"] == pytest.approx(information[0, 0] ** -0.5, rel=1e-4)
    assert fit.proportional.p.isna().all()
    assert "needs finite estimates" in fit.warnings[-1]
    profile = fit_cox(frame, "t", "e", ["x", "z"], interval="profile").table.loc["x"]
    assert profile.ci_low > 1 and profile.ci_high == np.inf and profile.p < 1e-4
    lower = fit_cox(frame.assign(x=1 - frame.x), "t", "e", ["x", "z"], interval="profile").table
    assert lower.coef["x"] == -np.inf and lower.hazard_ratio["x"] == 0
    assert lower.ci_high["x"] == pytest.approx(1 / profile.ci_low, rel=1e-5)
    assert lower.p["x"] == pytest.approx(profile.p, rel=1e-4)


def test_an_effect_without_information_is_not_determined():
    """The predictor varies only among patients censored before the first event."""
    frame = pd.DataFrame({"t": [1.0, 1, 2, 3, 4, 5, 6, 7], "e": [0, 0, 1, 1, 0, 1, 1, 0]})
    frame["x"], frame["z"] = [1, 0, 0, 0, 0, 0, 0, 0], [1, 4, 2, 5, 3, 9, 1, 1.5]
    fit = fit_cox(frame, "t", "e", ["x", "z"])
    alone = fit_cox(frame, "t", "e", ["z"])
    assert np.isnan(fit.table.coef["x"]) and fit.table.se["x"] == np.inf
    assert fit.table.loc["z"].tolist() == pytest.approx(alone.table.loc["z"].tolist())
    assert any("x: the estimate is not determined" in w for w in fit.warnings)


def test_very_few_patients_without_censoring_can_be_fitted():
    frame = pd.DataFrame({"t": [2.0, 1, 3, 4], "e": 1, "x": [1.0, 2, 1.5, 0]})
    fit = fit_cox(frame, "t", "e", "x")
    assert (fit.n, fit.events) == (4, 4) and np.isfinite(fit.table.p["x"])
    assert fit.warnings[0] == "4.0 events for each coefficient, fewer than 10: hazard ratios are " \
        "exaggerated"  # fmt: skip
    same = fit_cox(frame.assign(t=1.0), "t", "e", "x")  # one time: no order, no effect
    assert same.table.coef["x"] == pytest.approx(0, abs=1e-9) or np.isfinite(same.table.coef["x"])
    assert same.proportional.p.isna().all()


def test_rows_with_missing_values_are_counted():
    frame = pd.DataFrame({"t": [2.0, 1, None, 4, 5], "e": [1, 1, 1, None, 0]})
    frame["x"] = [1.0, 2, 3, 4, 0]
    fit = fit_cox(frame, "t", "e", ["x"])
    assert (fit.n, fit.events, fit.dropped) == (3, 2, 2)
    assert fit.warnings[0] == "2 of 5 rows left out for a missing value"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": "exact"}, "interval='exact' is not one of 'wald', 'profile'"),
        ({"predictors": []}, "no predictors are given"),
        ({"predictors": ["t"]}, "the time 't' is also the event or a predictor"),
        ({"predictors": ["q"]}, "there is no column 'q'"),
        ({"predictors": ["same"]}, "predictor 'same' is constant in the 4 complete rows"),
        ({"predictors": ["x", "twice"]}, "'twice' is collinear with"),
        ({"event": "x"}, "the outcome 'x' is also a predictor"),
        ({"event": "twice"}, "outcome 'twice' is not binary"),
        ({"event": "never"}, "nobody had the event 'never' among the 4 complete rows"),
        ({"time": "gone"}, "time 'gone' is missing in every row"),
        ({"time": "less"}, "time 'less' is negative in 1 of 4 rows"),
        ({"predictors": ["gone"]}, "no row has all of"),
    ],
)
def test_what_cannot_be_fitted_is_refused(options, message):
    frame = pd.DataFrame({"t": [2.0, 1, 3, 4], "e": [1, 1, 0, 1], "x": [1.0, 2, 3, 0], "never": 0})
    frame = frame.assign(same=3.5, twice=frame.x * 2, gone=np.nan, less=[-1.0, 2, 3, 4])
    with pytest.raises(ValueError, match=message):
        fit_cox(frame, **{"time": "t", "event": "e", "predictors": ["x"], **options})


@pytest.mark.parametrize("n", [24, 26, 60, 200])
@pytest.mark.parametrize("interval", ["wald", "profile"])
def test_a_monotone_likelihood_ends_however_many_patients(n, interval):
    t = np.arange(1.0, n + 1)
    frame = pd.DataFrame({"t": t, "e": 1, "x": -t})
    with warnings.catch_warnings(action="error"):
        fit = fit_cox(frame, "t", "e", ["x"], interval=interval)
    assert fit.table.coef["x"] == np.inf and fit.table.ci_high["x"] == np.inf
    assert fit.log_likelihood == pytest.approx(0, abs=1e-9)
    assert any(w.startswith("x: the estimate is infinite") for w in fit.warnings)


def test_a_monotone_likelihood_with_censoring_ends():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"t": rng.exponential(1, 22), "e": rng.integers(0, 2, 22)})
    with warnings.catch_warnings(action="error"):
        fit = fit_cox(frame.assign(x=-frame.t.rank()), "t", "e", ["x"], interval="profile")
    assert fit.table.coef["x"] == np.inf and 1 < fit.table.ci_low["x"] < np.inf


@pytest.mark.parametrize("size", [1, 30, 300])
def test_the_likelihood_holds_where_hazards_lie_far_apart(size):
    rng = np.random.default_rng(1)
    x, times = rng.normal(size=(40, 2)), np.floor(rng.exponential(8, 40))
    likelihood = CoxLikelihood.of(x, (rng.random(40) < 0.7).astype(float), times)
    beta, wanted = np.array([0.7, -0.4]) * size, 0.0
    eta, dead = likelihood.x @ beta, likelihood.y == 1
    for end in np.unique(likelihood.risk[dead]):  # Efron's sum, term by term
        tied = eta[dead & (likelihood.risk == end)]
        for k in range(len(tied)):
            size_of = np.where(dead & (likelihood.risk == end), 1 - k / len(tied), 1.0)[:end]
            wanted += tied[k] - logsumexp(eta[:end], b=size_of)
    value, score, information = likelihood.evaluate(beta)
    assert value == pytest.approx(wanted, rel=1e-12)
    for j, step in enumerate(np.eye(2) * 1e-6 * size):
        up, down = likelihood.evaluate(beta + step), likelihood.evaluate(beta - step)
        assert (up[0] - down[0]) / (2 * step[j]) == pytest.approx(score[j], rel=1e-6)
        change = (down[1] - up[1]) / (2 * step[j])
        np.testing.assert_allclose(change, information[j], rtol=1e-4, atol=1e-10)


@pytest.mark.parametrize("name", ["retinopathy", "rats"])
def test_errors_robust_to_clusters_agree_with_r(golden, data, name):
    wanted = golden("cox_clusters").set_index("data").loc[name].set_index("term")
    fit = fit_cox(data(name), "time", "event", ["treated", "adult", "age"], cluster="cluster")
    for column in ("coef", "se", "p"):
        assert fit.table[column].tolist() == pytest.approx(wanted[column].tolist(), rel=1e-6)
    assert fit.clusters == data(name).cluster.nunique()
    half = (np.log(fit.table.ci_high) - np.log(fit.table.ci_low)) / 2
    assert half.tolist() == pytest.approx((1.959964 * wanted.se).tolist(), rel=1e-6)


def test_clusters_are_known_or_the_row_is_left_out(data):
    frame = data("retinopathy").astype({"cluster": float})
    frame.loc[[0, 5, 6], "cluster"] = np.nan
    fit = fit_cox(frame, "time", "event", ["treated"], cluster="cluster")
    assert (fit.n, fit.dropped) == (len(frame) - 3, 3)
    again = fit_cox(frame.drop([0, 5, 6]), "time", "event", ["treated"], cluster="cluster")
    assert fit.table.equals(again.table)
    few = fit_cox(
        frame.assign(cluster=frame.index % 4), "time", "event", ["age"], cluster="cluster"
    )
    assert any("4 clusters are few" in told for told in few.warnings)


def test_what_robust_errors_cannot_do_is_refused(data):
    frame = data("retinopathy")
    with pytest.raises(ValueError, match="have Wald intervals"):
        fit_cox(frame, "time", "event", ["age"], interval="profile", cluster="cluster")
    with pytest.raises(ValueError, match="'one' has one cluster"):
        fit_cox(frame.assign(one=1), "time", "event", ["age"], cluster="one")
    apart = frame.assign(none=frame.event.eq(0) & (frame.index > 300))
    with pytest.raises(ValueError, match="need finite estimates"):
        fit_cox(apart, "time", "event", ["none"], cluster="cluster")
