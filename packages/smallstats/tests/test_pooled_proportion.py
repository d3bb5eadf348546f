"""The binomial-normal model of proportions, against lme4 and against a likelihood written in R."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import binom

from smallstats.pooled_proportion import pool_proportions

DATASETS = ["cohorts", "cbpp", "empty", "equal"]


@pytest.mark.parametrize("name", DATASETS)
def test_equals_r(name, golden, data):
    studies = data("proportions").query("dataset == @name")
    expected = golden("pooled_proportion").set_index("dataset").loc[name]
    pooled = dataclasses.asdict(pool_proportions(studies["events"], studies["n"]))
    own = [column for column in expected.index if not column.startswith("glmer_")]
    for column in own:
        assert pooled[column] == pytest.approx(expected[column], rel=1e-5, abs=1e-7), column
    for column in ("mu", "tau", "se"):
        assert pooled[column] == pytest.approx(expected[f"glmer_{column}"], rel=2e-5), column
    assert (pooled["studies"], pooled["events"], pooled["n"]) == (
        len(studies),
        *studies[["events", "n"]].sum(),
    )


def test_those_without_the_event_give_the_mirror_image():
    y, n = np.array([5, 116, 16, 84]), np.array([35, 490, 34, 631])
    ours, theirs = pool_proportions(y, n), pool_proportions(n - y, n)
    for left, right in [("median", "median"), ("ci_low", "ci_high"), ("ci_high", "ci_low")]:
        assert getattr(ours, left) == pytest.approx(1 - getattr(theirs, right), abs=1e-6)
    assert ours.prediction_low == pytest.approx(1 - theirs.prediction_high, abs=1e-6)
    assert ours.tau == pytest.approx(theirs.tau, abs=1e-6)


def test_without_variation_it_is_the_pooled_proportion():
    pooled = pool_proportions([20, 20, 20], [80, 80, 80])
    assert (pooled.tau, pooled.tau_low) == (0, 0)
    assert pooled.median == pytest.approx(0.25)
    assert pooled.se == pytest.approx(1 / np.sqrt(240 * 0.25 * 0.75), rel=1e-5)
    assert pooled.log_likelihood == pytest.approx(3 * binom.logpmf(20, 80, 0.25))
    assert pooled.p_equal == pytest.approx(0.5, abs=1e-6)


def test_two_studies_predict_nothing():
    pooled = pool_proportions([2, 9], [20, 20])
    assert np.isnan([pooled.prediction_low, pooled.prediction_high]).all()
    assert pooled.ci_low < pooled.median < pooled.ci_high


def test_a_lower_level_gives_narrower_intervals():
    studies = [5, 16, 11, 12], [35, 34, 48, 36]
    narrow, wide = (pool_proportions(*studies, level=level) for level in (0.5, 0.95))
    assert wide.ci_low < narrow.ci_low < narrow.ci_high < wide.ci_high
    assert wide.prediction_low < narrow.prediction_low
    assert wide.tau_low <= narrow.tau_low < narrow.tau_high < wide.tau_high


@pytest.mark.parametrize(
    ("events", "n", "message"),
    [
        ([3], [9], "two studies or more"),
        ([3, 4], [9], "one number for each study"),
        ([3, 10], [9, 9], "from 0 to n"),
        ([-1, 3], [9, 9], "from 0 to n"),
        ([0.5, 3], [9, 9], "whole numbers"),
        ([0, 0], [9, 9], "nothing to estimate"),
        ([9, 9], [9, 9], "nothing to estimate"),
    ],
)
def test_refuses_what_is_not_counts(events, n, message):
    with pytest.raises(ValueError, match=message):
        pool_proportions(events, n)
