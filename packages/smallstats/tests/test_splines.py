import numpy as np
import pandas as pd
import pytest

from smallstats import fit_logistic
from smallstats.splines import contrasted_spline, restricted_cubic, spline_knots


def test_splines_agree_with_rms(golden, data):
    frame = data("birthwt")
    values = frame["lwt"].to_numpy(float)
    for row in golden("splines").itertuples():
        places = spline_knots(values, row.knots)
        assert places.tolist() == pytest.approx([float(v) for v in row.places.split()])
        basis = restricted_cubic(values, places)
        for place, told in ((0, row.first), (99, row.hundredth)):
            wanted = [float(v) for v in str(told).split()]
            assert basis[place].tolist() == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        columns, _ = contrasted_spline(frame["lwt"], row.knots)
        spline = frame.assign(**columns)
        fit = fit_logistic(spline, "low", list(columns))
        first = fit.table.loc["lwt"]
        for name in ("odds_ratio", "ci_low", "ci_high"):
            assert first[name] == pytest.approx(getattr(row, name), rel=1e-5)
        straight = fit_logistic(frame, "low", ["lwt"])
        lost = 2 * (fit.log_likelihood - straight.log_likelihood)
        assert lost == pytest.approx(row.chi_square, rel=1e-6)


def test_beyond_the_outer_knots_it_is_straight():
    x = np.linspace(20, 30, 11)
    basis = restricted_cubic(x, np.array([1.0, 5.0, 9.0, 12.0]))
    assert np.diff(basis, n=2, axis=0) == pytest.approx(0, abs=1e-9)
    assert restricted_cubic(np.array([0.5, np.nan]), np.array([1.0, 2.0, 3.0])).tolist()[0] == [0]


@pytest.mark.parametrize(
    ("values", "knots", "message"),
    [
        ([1.0, 2, 3, 4], 6, "knots=6 is not 3, 4 or 5"),
        ([1.0, 1, 1, 1, 2], 4, "too few different values"),
        ([np.nan], 3, "the spline has no values"),
    ],
)
def test_what_has_no_spline(values, knots, message):
    with pytest.raises(ValueError, match=message):
        contrasted_spline(pd.Series(values, name="x"), knots)
