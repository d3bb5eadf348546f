"""Bootstrapped elimination against eliminations one resample at a time."""

import re
import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from smallstats import (
    bootstrap_elimination,
    eliminate_backward,
    expected_nagelkerke,
    validate_model,
)
from smallstats.batch_selection import (
    CRITERIA,
    eliminate_batch,
    fit_model,
    name_models,
)
from smallstats.cells import blocks, collapse
from smallstats.design import build_design
from smallstats.grouped import fit_sufficient
from smallstats.many_cohorts import over_cohorts

NODAL = ["aged", "grade", "xray"]


def patients(cells, names, cases, totals):
    """Give one row per patient of one table."""
    frame = pd.DataFrame(np.vstack([cells.patterns] * 2), columns=names)
    frame["y"] = np.repeat([1, 0], len(cells.patterns))
    return frame.loc[np.repeat(frame.index, np.r_[cases, totals - cases].astype(int))]


@pytest.fixture(scope="module")
def resampled(golden):
    """Cells of a design, and a few of its resamples."""
    cells = collapse(build_design(golden("data_nodal").head(30), "r", NODAL))
    return cells, *next(cells.resample(40, 3))


def test_patients_with_the_same_covariates_are_together(data):
    design = build_design(data("nodal"), "r", NODAL)
    cells = collapse(design)
    by = data("nodal").groupby(NODAL)["r"].agg(["sum", "size"])
    np.testing.assert_array_equal(cells.patterns, np.array([*by.index]))
    np.testing.assert_array_equal(cells.cases, by["sum"])
    np.testing.assert_array_equal(cells.totals, by["size"])


def test_resamples_have_as_many_patients_and_are_what_multinomial_draws_are(data):
    cells = collapse(build_design(data("nodal"), "r", NODAL))
    cases, totals = next(cells.resample(20_000, 0))
    assert (totals.sum(axis=1) == 53).all() and (cases <= totals).all() and (cases >= 0).all()
    assert (totals[:, cells.totals == 0] == 0).all()
    for drawn, expected in ((cases, cells.cases), (totals, cells.totals)):
        error = np.sqrt(expected * (1 - expected / 53) / 20_000)
        assert (np.abs(drawn.mean(axis=0) - expected) <= 4.5 * error).all()
        spread = drawn.var(axis=0, ddof=1)
        np.testing.assert_allclose(spread, expected * (1 - expected / 53), rtol=0.06)


def small_cohort(seed):
    """Few patients, rare and skewed candidates, ties, twins, missing values, often separation."""
    rng = np.random.default_rng(seed)
    n, frame = int(rng.integers(10, 61)), pd.DataFrame()
    for j in range(int(rng.integers(1, 5))):
        frame[f"x{j}"] = [
            rng.integers(0, 2, n),
            rng.random(n) < 0.1,
            np.round(rng.normal(size=n), int(rng.integers(0, 3))),
            np.exp(2 * rng.normal(size=n)),
            (2 * frame[f"x{j - 1}"] if j else 0) + 10.0 ** -rng.integers(1, 6) * rng.normal(size=n),
        ][int(rng.integers(0, 5))].astype(float)
    weights = rng.normal(size=frame.shape[1]) * np.exp(rng.uniform(-1, 4))
    eta = (frame - frame.mean()) / frame.std().replace(0, 1) @ weights
    frame["y"] = (rng.random(n) < expit(eta + rng.normal())).astype(float)
    return frame.mask(rng.random(frame.shape) < rng.choice([0, 0.08]))


# 31 and 276 are separated by a hair: the steps of a batch were far too short
HARD = [31, 276]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize(
    "seed", [*HARD, *range(8), *(pytest.param(s, marks=pytest.mark.slow) for s in range(500, 540))]
)
def test_the_model_of_the_patients_is_that_of_the_elimination(criterion, seed):
    frame = small_cohort(seed)
    candidates = [name for name in frame if name != "y"]
    options = {"criterion": criterion, "remove": 0.10}
    try:
        own = " + ".join(eliminate_backward(frame, "y", candidates, **options).final.predictors)
    except ValueError as refused:
        if "needs finite estimates" not in str(refused):
            with pytest.raises(ValueError, match=f"^{re.escape(str(refused))}$"):
                bootstrap_elimination(frame, "y", candidates, **options, resamples=1)
            return
        own = None
    found = bootstrap_elimination(frame, "y", candidates, **options, resamples=1).original
    assert found == (own if own != "" else "none")


def test_a_perfect_predictor_next_to_twins_is_all_that_stays():
    """Coefficients of twins are huge, and rounding made a likelihood of more than 1 of them."""
    rng = np.random.default_rng(427)
    y = np.arange(60) % 2
    a, other = rng.normal(size=60) - y, rng.normal(size=60).round() - y
    frame = pd.DataFrame({"y": y, "a": a, "b": a + 1e-5 * rng.normal(size=60), "other": other})
    candidates = ["a", "b", "other", "same"]
    found = bootstrap_elimination(frame.assign(same=y), "y", candidates, resamples=1)
    own = eliminate_backward(frame.assign(same=y), "y", candidates).final.predictors
    assert found.original == "same" == " + ".join(own)
    cells = collapse(build_design(frame.assign(same=y), "y", candidates))
    cases, totals = next(cells.resample(200, 1))
    fits = fit_model(*cells.statistics(cases, totals), kept=range(4), limits=False).fits
    assert (fits.log_likelihood <= 0).all() and (fits.log_likelihood > -1e-6).all()


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("remove", [0.1, 0.3])
def test_each_resample_has_the_final_model_of_its_patients(resampled, criterion, remove):
    cells, cases, totals = resampled
    found = eliminate_batch(
        *cells.statistics(cases, totals), criterion=criterion, remove=remove
    )  # fmt: skip
    labels = [*name_models(found.models, NODAL), None]
    ends = set()
    for case, total, final in zip(cases, totals, found.final, strict=True):
        frame = patients(cells, NODAL, case, total)
        if (frame[NODAL].nunique() == 1).any() or frame.y.nunique() == 1:
            continue
        try:
            fit = eliminate_backward(frame, "y", NODAL, criterion=criterion, remove=remove)
            end = " + ".join(fit.final.predictors) or "none"
        except ValueError as error:
            end = None
            assert "infinite" in str(error) or "collinear" in str(error)
            if "collinear" in str(error):
                continue
        assert labels[final] == end
        ends.add(end)
    assert len(ends) >= 4
    assert (None in ends) == (criterion != "lr")


def test_numbers_can_be_candidates(data):
    frame = data("pima").dropna().head(60)
    names = ["npreg", "glu", "ped"]
    cells = collapse(build_design(frame, "type", names))
    cases, totals = next(cells.resample(8, 1))
    for criterion in CRITERIA:
        found = eliminate_batch(*cells.statistics(cases, totals), criterion=criterion)
        for case, total, final in zip(cases, totals, found.final, strict=True):
            fit = eliminate_backward(
                patients(cells, names, case, total), "y", names, criterion=criterion
            )
            assert name_models(found.models, names)[final] == (
                " + ".join(fit.final.predictors) or "none"
            )


def test_the_counts_add_up(data):
    found = bootstrap_elimination(data("nodal"), "r", NODAL, resamples=3000, seed=5)
    assert list(found.candidates) == ["candidate", "kept", "frequency"]
    assert list(found.models) == ["final", "resamples", "share"]
    assert found.candidates.candidate.tolist() == NODAL
    own = eliminate_backward(data("nodal"), "r", NODAL).final.predictors
    assert found.original == " + ".join(own)
    assert found.candidates.query("kept").candidate.tolist() == list(own)
    assert found.models.resamples.sum() == found.resamples == 3000
    assert found.models.share.sum() == pytest.approx(1)
    assert found.models.resamples.is_monotonic_decreasing
    for name, frequency in zip(NODAL, found.candidates.frequency, strict=True):
        of = [name in final.split(" + ") for final in found.models.final]
        assert found.models.share[of].sum() == pytest.approx(frequency)
    assert found.undetermined == 0 and 0 < found.degenerate < 3000
    # Wald's test has no value where an estimate is infinite: such resamples are left out
    wald = bootstrap_elimination(
        data("nodal"), "r", NODAL, criterion="wald", resamples=3000, seed=5
    )  # fmt: skip
    assert 0 < wald.undetermined <= wald.degenerate == found.degenerate
    assert wald.models.resamples.sum() == 3000 - wald.undetermined
    assert wald.models.share.sum() == pytest.approx(1)


def test_degenerate_resamples_are_counted():
    """One exposed patient is absent from a resample with probability (1 - 1/20)^20."""
    frame = pd.DataFrame({"y": [0, 1] * 10, "x": [1] + [0] * 19, "z": [0, 0, 1, 1] * 5})
    found = bootstrap_elimination(frame, "y", ["x"], resamples=4000)
    assert found.degenerate == 4000  # absent, or with one outcome only
    found = bootstrap_elimination(frame, "y", ["z"], resamples=4000)
    assert found.degenerate < 0.05 * 4000
    frame = pd.DataFrame({"y": [0, 1] * 10, "x": [1, 1] + [0] * 18})
    found = bootstrap_elimination(frame, "y", ["x"], resamples=4000)
    both = 1 - 2 * 0.95**20 + 0.9**20
    assert found.degenerate / 4000 == pytest.approx(1 - both, abs=0.03)


def test_the_seed_and_the_size_of_the_blocks(data, monkeypatch):
    one = bootstrap_elimination(data("nodal"), "r", NODAL, resamples=500, seed=1)
    same = bootstrap_elimination(data("nodal"), "r", NODAL, resamples=500, seed=1)
    other = bootstrap_elimination(data("nodal"), "r", NODAL, resamples=500, seed=2)
    pd.testing.assert_frame_equal(one.models, same.models)
    assert not one.models.equals(other.models)
    monkeypatch.setattr("smallstats.cells.BLOCK", 600)
    assert blocks(190, 8) == [75, 75, 40] and blocks(150, 8) == [75, 75]
    assert blocks(3, 1000) == [1, 1, 1]
    small = bootstrap_elimination(data("nodal"), "r", NODAL, resamples=500, seed=1)
    pd.testing.assert_frame_equal(one.models, small.models)


def test_without_limits_infinite_estimates_are_large_and_marked(data):
    cells = collapse(build_design(data("nodal").head(25), "r", NODAL))
    _, sums, totals = cells.statistics(*next(cells.resample(400, 0)))
    design = np.hstack([np.ones((len(cells.patterns), 1)), cells.patterns])
    exact = fit_sufficient(design, sums, totals)
    quick = fit_sufficient(design, sums, totals, limits=False)
    assert (exact.converged == quick.converged).all() and 0 < exact.converged.sum() < 400
    np.testing.assert_array_equal(exact.log_likelihood, quick.log_likelihood)
    infinite = np.isinf(exact.coef)
    assert infinite.any() and np.isfinite(quick.coef).all()
    assert (np.sign(quick.coef[infinite]) == np.sign(exact.coef[infinite])).all()
    assert (np.abs(quick.coef[infinite]) > 5).all()
    here = np.isfinite(exact.coef)
    np.testing.assert_array_equal(exact.coef[here], quick.coef[here])


def test_limits_are_found_with_many_patterns_too():
    """There are more patterns than one number has digits."""
    x = np.linspace(-1, 1, 40)
    design = np.column_stack([np.ones(40), x])
    cases = np.array([x > 0, np.arange(40) % 2 == 0, x < -0.5, np.arange(40) == 39], dtype=float)
    fits = fit_sufficient(design, cases @ design, np.ones((4, 40)))
    assert fits.converged.tolist() == [False, True, False, False]
    assert fits.coef[[0, 2, 3], 1].tolist() == [np.inf, -np.inf, np.inf]


def test_fit_model_merges_patterns():
    patterns = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    totals = np.array([[5.0, 6, 7, 8], [6, 5, 8, 7], [1, 10, 7, 8]])
    cases = np.array([[1.0, 2, 3, 4], [2, 1, 4, 3], [0, 3, 3, 4]])
    sums = np.column_stack([cases.sum(1), cases @ patterns])
    model = fit_model(patterns, sums, totals, (0,))
    assert model.row.tolist() == [0, 0, 0] and model.first.tolist() == [0]
    assert model.fits.coef[0] == pytest.approx([np.log(3 / 8), np.log(7 / 8) - np.log(3 / 8)])


def test_ten_thousand_resamples_take_a_second_or_two(data):
    began = time.process_time()
    bootstrap_elimination(data("nodal"), "r", NODAL)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("candidates", "options", "problem"),
    [
        (["race", "age"], {}, "'race' has more than two levels: give it as binary columns"),
        ([], {}, "^0 candidates: 1 to 6 are allowed"),
        (["age", "lwt", "smoke", "ht", "ui", "bwt", "x"], {}, "^7 candidates"),
        (["age"], {"resamples": 0}, "resamples=0 is not a positive number"),
        (["age"], {"criterion": "aic"}, "criterion='aic' is not one of"),
        (["age"], {"remove": 2}, "remove=2, enter=None: not probabilities"),
        (["absent"], {}, "there is no column 'absent'"),
    ],
)
def test_what_makes_no_sense_is_refused(data, candidates, options, problem):
    frame = data("birthwt").assign(x=np.arange(189) % 2)
    with pytest.raises(ValueError, match=problem):
        bootstrap_elimination(frame, "low", candidates, **options)


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (bootstrap_elimination, {"resamples": 60}),
        (validate_model, {"resamples": 60, "select": "lr"}),
        (validate_model, {"resamples": 60, "method": "firth"}),
        (expected_nagelkerke, {"permutations": 60, "select": "lr"}),
    ],
)
def test_cohorts_computed_together_give_what_each_gives_alone(function, options):
    frames = {}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        frames[seed] = pd.DataFrame(rng.random((40, 2)) < 0.5, columns=["a", "b"])
        frames[seed]["y"] = [0, 1] * 20
        if seed % 2:  # they lack a pattern that the others have
            frames[seed]["a"] &= ~frames[seed]["b"]
    cohorts = pd.concat(frames, names=["cohort", "patient"])
    together = over_cohorts(cohorts, ["y", "a", "b"], function, "y", ["a", "b"], **options)
    for seed, frame in frames.items():
        alone, found = function(frame, "y", ["a", "b"], **options), together.loc[seed]
        if function is expected_nagelkerke:
            assert found.tolist() == pytest.approx(alone.tolist())
        elif function is validate_model:
            assert found["value"].table.to_numpy() == pytest.approx(
                alone.table.to_numpy(), nan_ok=True
            )
            assert (found["value"].infinite, found["value"].left_out) == (
                alone.infinite,
                alone.left_out,
            )
        else:
            assert found["value"].models.equals(alone.models)
            assert found["value"].candidates.equals(alone.candidates)
            assert found["value"].degenerate == alone.degenerate
