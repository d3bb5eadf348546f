import numpy as np
import pandas as pd
import pytest

from smallstats import eliminate_backward, fit_logistic

MODELS = {
    "birthwt": ("low", ["age", "lwt", "race", "smoke", "ht", "ui"]),
    "infert": ("case", ["spontaneous", "induced", "education"]),
    "nodal": ("r", ["aged", "stage", "grade", "xray", "acid"]),
    "pima": ("type", ["npreg", "glu", "bp", "skin", "bmi", "ped", "age"]),
}


@pytest.mark.parametrize("criterion", ["lr", "wald", "conditional"])
@pytest.mark.parametrize("model", MODELS)
def test_every_step_agrees_with_r(golden, data, model, criterion):
    found = eliminate_backward(data(model), *MODELS[model], criterion=criterion)
    r = golden("logistic_elimination").query("data == @model and criterion == @criterion")
    steps = found.steps.assign(left=found.steps.groupby("step").term.transform("size"))
    both = steps.merge(r, on=["left", "term"], suffixes=("", "_r"))
    assert len(both) == len(steps) == len(r)
    np.testing.assert_allclose(both.statistic, both.statistic_r, rtol=1e-7)
    np.testing.assert_allclose(both.p, both.p_r, rtol=1e-7)
    assert both.removed.tolist() == both.removed_r.tolist()


def test_the_steps_and_the_final_fit_hang_together(data):
    outcome, predictors = MODELS["pima"]
    found = eliminate_backward(data("pima"), outcome, predictors)
    assert list(found.steps) == ["step", "term", "statistic", "df", "p", "removed"]
    last = found.steps[found.steps.step == found.steps.step.max()]
    assert tuple(last.term) == found.final.predictors and not last.removed.any()
    assert found.steps.groupby("step").removed.sum().tolist() == [1] * (last.step.iloc[0] - 1) + [0]
    # rows missing in a removed candidate stay out
    assert found.final.n == data("pima").dropna().shape[0]
    complete = data("pima").dropna()
    expected = fit_logistic(complete, outcome, list(found.final.predictors))
    pd.testing.assert_frame_equal(found.final.table, expected.table)
    assert found.final.dropped == len(data("pima")) - len(complete)


def test_everything_may_be_removed():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"y": [0, 1] * 20, "a": rng.normal(size=40), "b": rng.normal(size=40)})
    found = eliminate_backward(frame, "y", ["a", "b"], remove=0.001)
    assert found.final.predictors == () and list(found.final.table.index) == ["Intercept"]
    assert found.steps.removed.sum() == 2 and list(found.steps.index) == [0, 1, 2]


def test_nothing_is_removed_at_one(data):
    found = eliminate_backward(data("nodal"), *MODELS["nodal"], remove=1.0)
    assert found.steps.step.max() == 1 and not found.steps.removed.any()
    assert found.final.predictors == tuple(MODELS["nodal"][1])


def test_the_likelihood_ratio_works_with_infinite_estimates_and_the_others_refuse():
    frame = pd.DataFrame({"y": [1] * 6 + [0] * 9, "x": [1] * 4 + [0] * 11, "z": [1, 0, 1] * 5})
    found = eliminate_backward(frame, "y", ["x", "z"])
    assert found.final.predictors == ("x",) and np.isinf(found.final.table.coef["x"])
    for criterion in ("wald", "conditional"):
        with pytest.raises(ValueError, match=r"those of x are infinite: use criterion='lr'"):
            eliminate_backward(frame, "y", ["x", "z"], criterion=criterion)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"criterion": "aic"}, "criterion='aic' is not one of 'lr', 'wald', 'conditional'"),
        ({"remove": 0}, "remove=0 is not a probability"),
        ({"remove": 1.5}, "remove=1.5 is not a probability"),
        ({"remove": float("nan")}, "remove=nan is not a probability"),
    ],
)
def test_bad_options_are_refused(data, options, message):
    with pytest.raises(ValueError, match=message):
        eliminate_backward(data("nodal"), *MODELS["nodal"], **options)


def test_a_statistic_of_nothing_has_p_one_by_every_criterion():
    """Rounding must not make it negative, which has no p."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        half = pd.DataFrame(rng.integers(0, 2, (9, 2)), columns=["y", "b"])
        frame = pd.concat([half.assign(a=0), half.assign(a=1)])
        if frame[["y", "b"]].nunique().min() < 2:
            continue
        for criterion in ("lr", "wald", "conditional"):
            try:
                first = eliminate_backward(frame, "y", ["a", "b"], criterion=criterion).steps
            except ValueError:
                continue
            assert first.p[0] == pytest.approx(1, abs=1e-6)
            assert first.removed.any()
