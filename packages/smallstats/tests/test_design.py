import warnings

import numpy as np
import pandas as pd
import pytest

from smallstats import fit_bayes, fit_cox, fit_logistic, term_tests
from smallstats.columns import check_magnitudes

FITS = {
    "ml": fit_logistic,
    "firth": lambda *of: fit_logistic(*of, method="firth"),
    "cox": lambda frame, outcome, names: fit_cox(frame, "t", outcome, names),
    "bayes": fit_bayes,
    "term_tests": term_tests,
}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=40), rng.integers(0, 2, 40)
    y = (rng.random(40) < 1 / (1 + np.exp(-x))).astype(int)
    return pd.DataFrame({"x": x, "z": z, "y": y, "t": rng.exponential(1, 40)})


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("scale", [1e-320, 1e-160, 1e-102, 1e101, 1e160, 1e307])
def test_numbers_beyond_what_can_be_squared_are_refused_by_name(frame, fit, scale):
    frame = frame.assign(x=frame.x * scale)
    message = r"^column 'x' has numbers, or differences, beyond .*: give it in another unit$"
    with pytest.raises(ValueError, match=message), warnings.catch_warnings(action="error"):
        FITS[fit](frame, "y", ["x", "z"])


@pytest.mark.parametrize("fit", ["ml", "firth", "cox"])
@pytest.mark.parametrize("scale", [1e-98, 1e98])
def test_numbers_within_are_fitted_as_well_as_any(frame, fit, scale):
    with warnings.catch_warnings(action="error"):
        far = FITS[fit](frame.assign(x=frame.x * scale), "y", ["x", "z"]).table
        near = FITS[fit](frame, "y", ["x", "z"]).table
    np.testing.assert_allclose(far.p, near.p, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "fine"),
    [
        ([0, 1, None], True),
        ([0.0, 2e-100], True),
        ([0.0, 9e99], True),
        ([3.5, 3.5], True),  # constant, which is another problem
        ([-1.7e308, 1.7e308], False),
        ([0.0, 9e-101], False),
        ([0.0, 2e100, None], False),
    ],
)
def test_the_limits(values, fine):
    assert (check_magnitudes(pd.DataFrame({"v": values})) == []) == fine
