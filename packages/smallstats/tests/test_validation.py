"""Optimism against R's rms and against one resample at a time."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import mannwhitneyu

from smallstats import (
    eliminate_backward,
    expected_nagelkerke,
    fit_logistic,
    validate_model,
)
from smallstats.cells import Cells, collapse
from smallstats.design import build_design
from smallstats.validation import MEASURES, rank_area, recalibrate

MODELS = {
    "pima": ("type", ["npreg", "glu", "bp", "ped"]),
    "birthwt": ("low", ["smoke", "ht", "ui"]),
    "nodal": ("r", ["stage", "xray", "acid"]),
}
NOISE = {"auc": 0.006, "calibration_slope": 0.03, "brier": 0.003, "nagelkerke": 0.012}
"""Four standard errors of R's means over its resamples, or more."""


@pytest.mark.parametrize(
    ("name", "select"), [("pima", None), ("birthwt", None), ("nodal", None), ("birthwt", "wald")]
)
def test_performance_agrees_with_r(golden, data, name, select):
    r = golden("validation")
    r = r[(r["data"] == name) & (r["bw"] == bool(select))].set_index("measure")
    found = validate_model(data(name).dropna(), *MODELS[name], select=select, resamples=1500)
    assert list(found.table.index) == list(MEASURES) == list(r.index)
    assert list(found.table) == ["apparent", "training", "test", "optimism", "corrected"]
    np.testing.assert_allclose(found.table.apparent, r.apparent, atol=1e-6)
    compared = list(MEASURES)
    if found.infinite:  # R's slope is what its large numbers make of it
        compared.remove("calibration_slope")
        assert found.table.drop(columns="apparent").loc["calibration_slope"].isna().all()
        assert found.notes[0].startswith(f"An odds ratio is infinite in {found.infinite} of 1,500")
    assert (found.infinite > 0) == (select is None and name != "pima") == bool(found.notes)
    for column in ("training", "test", "optimism", "corrected"):
        off = np.abs(found.table[column] - r[column])[compared]
        assert (off <= pd.Series(NOISE)[compared]).all()
    assert found.resamples == 1500 and found.left_out <= 30


FIRTH = {"nodal": ("r", ["stage", "xray", "acid"]), "birthwt": ("low", ["age", "ht", "ui"])}


@pytest.mark.parametrize("name", list(FIRTH))
def test_firth_in_the_same_resamples_agrees_with_r(golden, data, monkeypatch, name):
    outcome, names = FIRTH[name]
    frame = data(name)
    r = golden("validation_firth").query("data == @name").set_index("resample")
    x = frame[names].to_numpy(float)
    _, pattern = np.unique(x, axis=0, return_inverse=True)
    y, tables = frame[outcome].to_numpy(float), []
    for text in golden("resamples").query("data == @name and resample > 0")["patients"]:
        who = np.array(text.split(), dtype=int) - 1
        size = pattern.max() + 1
        counts = np.bincount(pattern[who], y[who], size), np.bincount(pattern[who], minlength=size)
        tables.append(np.array(counts, dtype=float))
    cases, totals = np.stack(tables, axis=1)
    monkeypatch.setattr(Cells, "resample", lambda self, resamples, seed: iter([(cases, totals)]))
    found = validate_model(frame, outcome, names, method="firth", resamples=len(cases))
    assert (found.infinite, found.left_out, found.notes) == (0, 0, ())
    slope, table, r0 = "calibration_slope", found.table, r.loc[0]
    for measure in MEASURES:
        near = {"rel": 2e-5 if measure == slope else 1e-6}
        training, test = (r.loc[1:, f"{part}.{measure}"] for part in ("training", "test"))
        row = table.loc[measure]
        assert row.apparent == pytest.approx(r0[f"training.{measure}"], **near)
        assert row.test == pytest.approx(test.mean(), **near)
        if measure == slope:
            assert row.corrected == row.test and np.isnan([row.training, row.optimism]).all()
            continue
        assert row.training == pytest.approx(training.mean(), **near)
        assert row.optimism == pytest.approx((training - test).mean(), rel=1e-4)
        assert row.corrected == pytest.approx(row.apparent - row.optimism, rel=1e-12)
    plain = validate_model(frame, outcome, names, resamples=len(cases))
    assert (plain.infinite > 0) == (name == "nodal")


def test_firth_after_a_choice_estimates_what_was_chosen(data):
    frame = data("birthwt")
    names = ["smoke", "ht", "ui", "age"]
    found = validate_model(frame, "low", names, method="firth", select="lr", resamples=300)
    kept = list(eliminate_backward(frame, "low", names).final.predictors)
    assert 0 < len(kept) < len(names)
    alone = validate_model(frame, "low", kept, method="firth", resamples=300)
    np.testing.assert_allclose(found.table.apparent, alone.table.apparent, rtol=1e-9)
    assert found.table.test["auc"] < alone.table.test["auc"] - 0.01
    assert found.table.test["calibration_slope"] < alone.table.test["calibration_slope"] - 0.05


def test_a_resample_without_a_predictor_has_no_firth_fit(monkeypatch):
    """Of ten exposed patients none may be drawn: maximum likelihood leaves the predictor out."""
    frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "x": [0] * 18 + [1] * 5 + [0] * 17})
    cases, totals = np.array([[17.0, 3], [20, 0]]), np.array([[35.0, 5], [40, 0]])
    monkeypatch.setattr(Cells, "resample", lambda self, resamples, seed: iter([(cases, totals)]))
    firth = validate_model(frame, "y", ["x"], method="firth", resamples=2)
    assert (firth.left_out, firth.infinite) == (1, 0)
    ml = validate_model(frame, "y", ["x"], resamples=2)
    assert (ml.left_out, ml.infinite) == (0, 1)


def slow(frame, outcome, terms):
    """Coefficients by statsmodels."""
    x = sm.add_constant(frame[terms], has_constant="add")
    return sm.GLM(frame[outcome], x, family=sm.families.Binomial()).fit()


def nagelkerke(fit, n):
    cox_snell = 1 - np.exp(2 * (fit.llnull - fit.llf) / n)
    return cox_snell / (1 - np.exp(2 * fit.llnull / n))


def performance(fit, frame, terms):
    # a product of matrices may round two rows that are alike differently, and part a tie
    lp = np.asarray(sm.add_constant(frame[terms], has_constant="add") @ fit.params).round(10)
    y, flat = frame["y"].to_numpy(), np.ptp(lp) < 1e-9
    pairs = mannwhitneyu(lp[y == 1], lp[y == 0]).statistic / ((y == 1).sum() * (y == 0).sum())
    again = None if flat else slow(pd.DataFrame({"y": y, "lp": lp}), "y", ["lp"])
    brier = np.mean((y - 1 / (1 + np.exp(-lp))) ** 2)
    return [pairs, 1 if flat else again.params["lp"], brier,
            0 if flat else nagelkerke(again, len(y))]  # fmt: skip


@pytest.mark.parametrize("select", [None, "lr"])
def test_optimism_is_what_a_loop_over_the_same_resamples_finds(data, monkeypatch, select):
    names = ["smoke", "ht", "ui"]
    frame = data("birthwt").rename(columns={"low": "y"})[["y", *names]]
    cells = collapse(build_design(frame, "y", names))
    cases, totals = next(cells.resample(25, 11))
    one_outcome = np.vstack([np.zeros_like(cases[:1]), totals[:1]])  # nobody's, and everybody's
    drawn = [(np.vstack([cases, one_outcome]), np.vstack([totals, totals[:1], totals[:1]]))]
    monkeypatch.setattr(Cells, "resample", lambda self, resamples, seed: iter(drawn))
    found = validate_model(frame, "y", names, select=select, resamples=27)
    assert (found.left_out, found.infinite) == (2, 0)
    training, test, sizes = [], [], set()
    for case, total in zip(cases, totals, strict=True):
        own = pd.DataFrame(np.vstack([cells.patterns] * 2), columns=names)
        own["y"] = np.repeat([1, 0], len(cells.patterns))
        own = own.loc[np.repeat(own.index, np.r_[case, total - case].astype(int))]
        terms = names
        if select:
            terms = list(eliminate_backward(own, "y", names).final.predictors)
        sizes.add(len(terms))
        fit = slow(own, "y", terms)
        training.append(performance(fit, own, terms))
        test.append(performance(fit, frame, terms))
    assert len(sizes) >= (3 if select else 1)
    np.testing.assert_allclose(found.table.training, np.mean(training, axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.table.test, np.mean(test, axis=0), rtol=1e-6)
    np.testing.assert_allclose(
        found.table.optimism, np.mean(training, axis=0) - np.mean(test, axis=0), atol=1e-7
    )
    np.testing.assert_allclose(
        found.table.corrected, found.table.apparent - found.table.optimism, rtol=1e-12
    )


def test_selection_costs(data):
    rng = np.random.default_rng(2)
    frame = data("nodal").assign(noise=rng.integers(0, 2, 53), more=rng.integers(0, 2, 53))
    names = ["xray", "aged", "grade", "noise", "more"]
    selected = validate_model(frame, "r", names, select="lr", resamples=1000)
    final = list(eliminate_backward(frame, "r", names).final.predictors)
    pretended = validate_model(frame, "r", final, resamples=1000)
    np.testing.assert_allclose(selected.table.apparent, pretended.table.apparent, rtol=1e-9)
    assert selected.table.optimism["auc"] > pretended.table.optimism["auc"] + 0.02
    assert selected.infinite > 0 == selected.left_out


def test_ties_count_half_and_patterns_without_patients_do_not_count():
    eta = np.array([[0.3, 0.1, 0.3, 0.2], [1.0, 1.0, 1.0, 1.0], [5.0, -5.0, 0.0, 9.0]])
    cases = np.array([[2.0, 1, 1, 0], [1.0, 2, 3, 4], [1.0, 0, 0, 0]])
    totals = np.array([[3.0, 4, 2, 5], [2.0, 4, 6, 8], [1.0, 2, 0, 0]])
    # 3 cases at .3: 2 others tied, 5 below at .2, 3 below at .1; 1 case at .1: 3 tied
    expected = [(3 * (2 / 2 + 8) + 1 * 3 / 2) / (4 * 10), 0.5, 1.0]
    np.testing.assert_allclose(rank_area(eta, cases, totals), expected)


def test_a_predictor_that_tells_the_outcomes_apart_has_an_infinite_slope():
    """Apart, apart but for two patients whose predictions are the same, the other way, and not."""
    eta = np.tile([1.0, 2, 3, 4], (6, 1))
    eta[3] = [3, 3, 2, 1]
    rows = [[0.0, 0, 2, 1], [0, 1, 2, 1], [2, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 0]]
    cases = np.array(rows)
    rows = [[3.0, 1, 2, 1], [3, 3, 2, 1], [2, 4, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], [2, 0, 0, 0]]
    totals = np.array(rows)
    slope, value = recalibrate(eta, cases, totals)
    assert slope[:4].tolist() == [np.inf, np.inf, -np.inf, np.inf]
    assert np.isfinite(slope[4]) and slope[5] == 1
    half = np.log(0.5)
    expected = [0, np.log(1 / 3) + 2 * np.log(2 / 3), np.log(0.25) + 3 * np.log(0.75), 2 * half]
    np.testing.assert_allclose(value[:4], expected, atol=1e-12)
    assert value[5] == pytest.approx(2 * half)


def test_recalibration_is_a_regression_on_the_predictor():
    rng = np.random.default_rng(1)
    eta = rng.normal(size=(6, 30)) * np.array([0.01, 1, 3, 30, 2, 0])[:, None]
    eta[4] = np.exp(eta[4])  # a few far from the others
    cases = (rng.random((6, 30)) < 0.4).astype(float)
    totals = cases + (rng.random((6, 30)) < 0.5)
    slope, value = recalibrate(eta, cases, totals)
    for i in range(6):
        x = np.column_stack([np.ones(30), eta[i]]) if i < 5 else np.ones((30, 1))
        rows = totals[i] > 0
        counts = np.column_stack([cases[i], totals[i] - cases[i]])[rows]
        fit = sm.GLM(counts, x[rows], family=sm.families.Binomial()).fit()
        assert slope[i] == pytest.approx(fit.params[1] if i < 5 else 1, rel=1e-6)
        p = fit.fittedvalues
        expected = (counts[:, 0] * np.log(p) + counts[:, 1] * np.log(1 - p)).sum()
        assert value[i] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("select", [None, "lr"])
def test_nagelkerke_without_effect_is_that_of_permuted_outcomes(data, select):
    names, frame = ["stage", "grade", "xray"], data("nodal")
    found = expected_nagelkerke(frame, "r", names, select=select, permutations=4000)
    assert list(found.index) == ["observed", "mean", "median", "q95", "p"]
    own = eliminate_backward(frame, "r", names).final if select else fit_logistic(frame, "r", names)
    assert found.observed == pytest.approx(own.nagelkerke)
    rng = np.random.default_rng(8)
    r2 = []
    for _ in range(250):
        other = frame.assign(r=rng.permutation(frame["r"]))
        fit = eliminate_backward(other, "r", names).final if select else fit_logistic(
            other, "r", names
        )  # fmt: skip
        r2.append(fit.nagelkerke)
    assert found["mean"] == pytest.approx(np.mean(r2), abs=4 * np.std(r2) / np.sqrt(250))
    assert abs(np.mean(np.array(r2) > found["q95"]) - 0.05) < 0.045
    assert abs(np.mean(np.array(r2) > found["median"]) - 0.5) < (0.13 if not select else 0.5)


def test_p_of_nagelkerke_counts_the_observed_and_ties():
    """4 of 4 against 0 of 4: two of the 70 ways to deal out the outcomes reach it."""
    frame = pd.DataFrame({"y": [1] * 4 + [0] * 4, "x": [1] * 4 + [0] * 4})
    found = expected_nagelkerke(frame, "y", ["x"], permutations=20_000, seed=2)
    assert found.observed == pytest.approx(1)
    assert found.p == pytest.approx(2 / 70, abs=0.005)
    one = expected_nagelkerke(frame, "y", ["x"], permutations=1, seed=2)
    assert one.p in (0.5, 1.0)
    unlikely = pd.concat([frame] * 5)  # 2 of 10**11 ways
    found = expected_nagelkerke(unlikely, "y", ["x"], permutations=99)
    assert found.p == pytest.approx(1 / 100)


@pytest.mark.parametrize(
    ("call", "options", "problem"),
    [
        (validate_model, {"predictors": []}, "there is no predictor"),
        (validate_model, {"resamples": 0}, "resamples=0 is not a positive number"),
        (validate_model, {"method": "exact"}, "method='exact' is not one of 'ml', 'firth'"),
        (
            validate_model,
            {"predictors": ["apart"]},
            "the outcomes are separated: .*; apart: the",
        ),
        (validate_model, {"select": "aic"}, "criterion='aic' is not one of"),
        (validate_model, {"select": "lr", "predictors": ["c"]}, "'c' has more than two levels"),
        (expected_nagelkerke, {"select": "wald"}, "select='wald' is not 'lr'"),
        (expected_nagelkerke, {"predictors": []}, "there is no predictor"),
        (expected_nagelkerke, {"permutations": 0}, "permutations=0 is not"),
        (expected_nagelkerke, {"select": "lr", "predictors": ["c"]}, "'c' has more than two"),
    ],
)
def test_what_makes_no_sense_is_refused(call, options, problem):
    frame = pd.DataFrame({"y": [0, 1] * 10, "x": [0, 0, 1, 1] * 5, "apart": [0, 5] * 10})
    frame["c"] = pd.Categorical(list("abcab") * 4)
    with pytest.raises(ValueError, match=problem):
        call(frame, "y", **({"predictors": ["x"]} | options))
