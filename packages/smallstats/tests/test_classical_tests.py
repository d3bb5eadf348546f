import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc

from smallstats import fit_logistic, term_tests, two_by_two

MODELS = {
    "birthwt": ("low", ["age", "lwt", "race", "smoke", "ht", "ui"]),
    "infert": ("case", ["spontaneous", "induced", "education"]),
    "nodal": ("r", ["aged", "stage", "grade", "xray", "acid"]),
    "pima": ("type", ["npreg", "glu", "bp", "skin", "bmi", "ped", "age"]),
}


@pytest.mark.parametrize("model", MODELS)
def test_the_three_tests_agree_with_r(golden, data, model):
    found = term_tests(data(model), *MODELS[model])
    r = golden("logistic_terms").query("data == @model").set_index("predictor")
    assert list(found.index) == MODELS[model][1]
    for name in ("likelihood_ratio", "score", "wald"):
        np.testing.assert_allclose(found[name], r[name], rtol=1e-8)
        np.testing.assert_allclose(found[f"{name}_p"], chdtrc(r.df, r[name]), rtol=1e-8)
    assert found.df.tolist() == r.df.tolist()


def test_of_one_binary_predictor_they_are_the_tests_of_the_table():
    frame = pd.DataFrame({"y": [1] * 23 + [0] * 31, "x": [1] * 10 + [0] * 13 + [1] * 5 + [0] * 26})
    found, table = term_tests(frame, "y", ["x"]).loc["x"], two_by_two(10, 23, 5, 31)
    assert found.score_p == pytest.approx(table.pearson, rel=1e-9)
    assert found.likelihood_ratio_p == pytest.approx(table.likelihood_ratio, rel=1e-9)
    assert found.wald_p == pytest.approx(fit_logistic(frame, "y", ["x"]).table.p["x"], rel=1e-9)


def test_an_infinite_estimate_has_no_wald_test_but_the_other_two():
    frame = pd.DataFrame({"y": [1] * 6 + [0] * 9, "x": [1] * 4 + [0] * 11, "z": [1, 0, 1] * 5})
    found = term_tests(frame, "y", ["x", "z"])
    assert np.isnan(found.wald_p["x"]) and np.isfinite(found.wald_p["z"])
    profile = fit_logistic(frame, "y", ["x", "z"], interval="profile")
    np.testing.assert_allclose(found.likelihood_ratio_p, profile.table.p[["x", "z"]], rtol=1e-7)
    assert found.score_p.between(0, 1).all()
