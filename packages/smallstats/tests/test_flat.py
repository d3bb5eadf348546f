"""Where the likelihood is nearly flat, and where times or predictors tie but for rounding."""

import numpy as np
import pandas as pd
import pytest

from smallstats import (
    bootstrap_elimination,
    eliminate_backward,
    fit_cox,
    fit_logistic,
    log_rank,
    survival_table,
)

NAMES = ["a", "b", "x"]


@pytest.fixture
def fits(data):
    return {
        "logistic": fit_logistic(data("flat_logistic"), "y", NAMES, interval="profile"),
        "cox": fit_cox(data("flat_cox"), "t", "e", NAMES, interval="profile"),
    }


@pytest.mark.parametrize("model", ["logistic", "cox"])
def test_profile_bounds_of_nearly_undetermined_estimates_agree_with_r(golden, fits, model):
    r = golden("flat").query("model == @model").set_index("term")
    table = fits[model].table.loc[NAMES]
    np.testing.assert_allclose(np.log(table[["ci_low", "ci_high"]]), r[["low", "high"]], rtol=1e-5)
    np.testing.assert_allclose(table.p, r.p, rtol=1e-5)


@pytest.mark.parametrize("seed", [1536, 2622, 2998])
def test_a_bound_is_found_on_its_own_side_of_the_estimate(seed):
    """Each of these stopped the fit: flat to the last digit, but not separated."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 20))
    frame = pd.DataFrame({"a": rng.integers(0, 2, n), "b": rng.integers(0, 2, n)})
    frame["x"] = np.round(rng.normal(size=n), int(rng.integers(0, 4)))
    frame["y"] = (frame.x + rng.normal(size=n) * rng.choice([0.1, 0.5, 2]) > 0).astype(int)
    table = fit_logistic(frame, "y", NAMES, interval="profile").table
    assert np.isfinite(table.coef).all() and (table.se > 1000).any()
    assert (table.ci_low <= table.odds_ratio).all() and (table.odds_ratio <= table.ci_high).all()


def test_one_data_set_and_a_batch_remove_useless_predictors_in_the_same_order(data):
    frame = data("useless_ties")
    candidates = ["x0", "x1", "x2", "x3"]
    own = eliminate_backward(frame, "y", candidates)
    assert own.steps.query("removed").term.tolist() == ["x2", "x1"]  # of equal p the last
    batch = bootstrap_elimination(frame, "y", candidates, resamples=1)
    assert batch.original == " + ".join(own.final.predictors) == "x0 + x3"


@pytest.mark.parametrize("seed", [4, 11, 35])
def test_a_batch_and_one_data_set_agree_where_outcomes_are_separated(seed):
    """In the first, what is nearly separated took a batch more steps than it was given."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 25))
    frame = pd.DataFrame({"x0": rng.integers(0, 2, n), "x1": np.round(rng.normal(size=n), 1)})
    frame["x2"], frame["x3"] = rng.integers(0, 2, n), np.round(rng.normal(size=n), 1)
    noise = rng.normal(size=n) * rng.choice([0, 0.1, 1])
    frame["y"] = (frame.x3 + frame.x0 + noise > 0.5).astype(int)
    own = eliminate_backward(frame, "y", ["x0", "x1", "x2", "x3"])
    batch = bootstrap_elimination(frame, "y", ["x0", "x1", "x2", "x3"], resamples=1)
    assert batch.original == " + ".join(own.final.predictors)


def test_times_that_differ_by_float_noise_are_tied_as_in_r(golden, data):
    r = golden("flat").query("model == 'ties'").set_index("term").p
    noisy = data("float_ties")
    for frame, time in ((noisy, "t"), (noisy, "tr")):  # the second column is rounded
        assert fit_cox(frame, time, "e", ["x"]).table.coef["x"] == pytest.approx(r["cox"], rel=1e-8)
        found = log_rank(frame, time, "e", by="x").chi_square
        assert found == pytest.approx(r["log_rank"], rel=1e-8)
    asked = [0.3, 0.6, 0.7]  # 0.6999999999999993 is the last follow-up
    own, rounded = (survival_table(noisy, time, "e", at=asked) for time in ("t", "tr"))
    pd.testing.assert_frame_equal(own, rounded)
    assert own.survival.tolist() == pytest.approx([0.8381429817, 0.3420991762, 0.1710495881])


def test_times_in_large_units_are_not_tied():
    """Days apart are apart; a part of a hundred millionth of the mean is noise."""
    frame = pd.DataFrame({"t": [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 1e-4], "e": [1, 1, 0, 1]})
    assert survival_table(frame, "t", "e", at=None).events.tolist() == [0, 2, 3]
