import tracemalloc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from smallstats import find_separation, fit_logistic, separation
from smallstats.design import build_design
from smallstats.maximum_likelihood import plain_likelihood


def brute_force(a, n1, b, n0):
    """Separation of a 2x2 table by its zeros."""
    exposed, unexposed = {a, b}, {n1 - a, n0 - b}
    if 0 in exposed and 0 in unexposed:
        return "complete"
    return "quasi-complete" if 0 in exposed | unexposed else "none"


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_a_binary_predictor_separates_when_a_cell_is_empty(n1, n0, draw):
    a, b = draw.draw(st.integers(0, n1)), draw.draw(st.integers(0, n0))
    if a + b in (0, n1 + n0):
        return
    exposed = [1] * a + [0] * (n1 - a) + [1] * b + [0] * (n0 - b)
    frame = pd.DataFrame({"y": [1] * n1 + [0] * n0, "x": exposed})
    answer = find_separation(frame, "y", ["x"])
    assert answer.kind == brute_force(a, n1, b, n0)
    assert answer.n == n1 + n0
    if answer.kind == "none":
        assert answer.directions.empty and answer.rows == 0 and answer.messages == ()
    else:
        low = b == 0 or a == n1
        assert answer.directions["x"] == (np.inf if low else -np.inf)


def test_the_endometrial_data_are_separated_by_neovascularisation(data):
    # Heinze and Schemper, Stat Med 2002;21:2409-19: only the estimate of NV is infinite
    answer = find_separation(data("endometrial"), "HG", ["NV", "PI", "EH"])
    assert answer.kind == "quasi-complete"
    assert answer.directions.to_dict() == {"NV": np.inf}
    assert answer.rows == data("endometrial").NV.sum()
    assert answer.messages == (
        "NV: the estimate is infinite; the data support a direction (towards higher odds)",
    )


def test_a_number_that_separates_takes_the_intercept_with_it():
    frame = pd.DataFrame({"y": [0] * 5 + [1] * 5, "x": np.arange(10.0) + 1})
    answer = find_separation(frame, "y", ["x"])
    assert answer.kind == "complete" and answer.rows == 10
    assert answer.directions.to_dict() == {"Intercept": -np.inf, "x": np.inf}
    centred = find_separation(frame.assign(x=frame.x - 5.5), "y", ["x"])
    assert np.isnan(centred.directions["Intercept"]) and centred.directions["x"] == np.inf
    assert "support neither direction" in centred.messages[0]


def test_two_predictors_may_separate_together():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 2))
    y = (x[:, 0] - 2 * x[:, 1] > 0.1).astype(int)
    frame = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1]})
    answer = find_separation(frame, "y", ["a", "b"])
    assert answer.kind == "complete"
    assert answer.directions[["a", "b"]].tolist() == [np.inf, -np.inf]
    assert find_separation(frame, "y", ["a"]).kind == "none"


def test_a_level_without_events_is_named():
    frame = pd.DataFrame({"y": [0, 1, 0, 1, 0, 0], "g": pd.Categorical(list("aabbcc"))})
    answer = find_separation(frame, "y", ["g"])
    assert answer.directions.to_dict() == {"g[c]": -np.inf}
    assert answer.rows == 2


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_units_do_not_matter(scale, shift, data):
    frame = data("endometrial")
    frame = frame.assign(PI=(frame.PI + shift) * scale)
    answer = find_separation(frame, "HG", ["NV", "PI", "EH"])
    assert answer.directions.to_dict() == {"NV": np.inf}


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="no column 'z'"):
        find_separation(pd.DataFrame({"y": [0, 1]}), "y", ["z"])


def separable_by_edges(towards):
    """Separable rows, exactly: a pointed cone is spanned by edges, each on p - 1 of its planes."""
    n, p = towards.shape
    separable = np.zeros(n, dtype=bool)
    for planes in combinations(range(n), p - 1):
        if np.linalg.matrix_rank(towards[list(planes)]) == p - 1:
            # whole numbers: the edge is the vector of minors, without any rounding to speak of
            edge = np.linalg.svd(towards[list(planes)])[2][-1]
            moves = np.round(towards @ edge, 9)
            for side in (moves, -moves):
                separable |= (side > 0) if (side >= 0).all() else False
    return separable


@pytest.mark.parametrize("rows_at_once", [2, 1000])
def test_the_rows_that_are_separated_are_those_of_a_search_through_all_edges(
    rows_at_once, monkeypatch
):
    monkeypatch.setattr(separation, "ROWS_AT_ONCE", rows_at_once)
    rng, kinds = np.random.default_rng(27), set()
    for _ in range(70):
        n, k = int(rng.integers(4, 13)), int(rng.integers(1, 3))
        frame = pd.DataFrame(rng.integers(0, 4, (n, k)), columns=list("ab")[:k])
        try:
            design = build_design(frame.assign(y=rng.integers(0, 2, n)), "y", list(frame))
        except ValueError:  # constant or collinear: not what is tried here
            continue
        expected = separable_by_edges(design.x * np.where(design.y == 1, 1.0, -1.0)[:, None])
        answer, separated = separation.separation_of(design)
        assert separated.tolist() == expected.tolist()
        assert answer.rows == expected.sum()
        kinds.add(answer.kind)
    assert kinds == {"none", "quasi-complete", "complete"}


def test_the_directions_do_not_depend_on_how_many_rows_begin(monkeypatch):
    samples = list(small_samples(30))
    whole = [find_separation(frame, "y", names) for frame, names in samples]
    monkeypatch.setattr(separation, "ROWS_AT_ONCE", 4)
    for (frame, names), expected in zip(samples, whole, strict=True):
        answer = find_separation(frame, "y", names)
        assert answer.kind == expected.kind and answer.rows == expected.rows
        pd.testing.assert_series_equal(answer.directions, expected.directions)


@pytest.mark.parametrize("kind", ["none", "quasi-complete", "complete"])
def test_a_registry_takes_memory_in_proportion_to_its_rows(kind):
    rng = np.random.default_rng(8_000)
    frame = pd.DataFrame(rng.normal(size=(8_000, 4)), columns=list("abch"))
    frame["h"] = frame["h"] > 1
    frame["y"] = rng.random(8_000) < 0.3
    if kind == "quasi-complete":
        frame["y"] |= frame["h"]
    elif kind == "complete":
        frame["y"] = frame["a"] - 2 * frame["b"] > 0.3
    tracemalloc.start()
    try:
        answer = find_separation(frame, "y", list("abch"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.kind == kind
    assert most < 25 * 8_000 * 5 * 8  # some copies of the design, none of its square


def small_samples(count):
    """Samples so small that many are separated, with predictors of every kind."""
    rng = np.random.default_rng(84)
    while count:
        n = rng.integers(7, 40)
        frame = pd.DataFrame(
            {
                "y": rng.integers(0, 2, n),
                "a": rng.integers(0, 2, n),
                "b": (rng.random(n) < 0.15).astype(int),
                "c": rng.normal(size=n) * 10.0 ** rng.integers(-3, 4) + 100,
                "d": pd.Categorical(rng.choice(list("xyz"), n)),
            }
        )
        predictors = list(rng.permutation(list("abcd"))[: rng.integers(1, 5)])
        try:
            find_separation(frame, "y", predictors)
        except ValueError:  # constant or collinear: not what is tried here
            continue
        count -= 1
        yield frame, predictors


def test_fits_of_small_samples_are_infinite_where_they_are_separated_and_only_there():
    kinds = set()
    for frame, predictors in small_samples(60):
        separation = find_separation(frame, "y", predictors)
        kinds.add(separation.kind)
        table = fit_logistic(frame, "y", predictors, interval="profile").table
        infinite = table.index[~np.isfinite(table.coef)]
        assert set(infinite) == set(separation.directions.index)
        known = table[table.coef.notna()]
        assert (known.ci_low <= known.odds_ratio * (1 + 1e-9)).all()
        assert (known.odds_ratio <= known.ci_high * (1 + 1e-9)).all()
        assert table.p.between(0, 1).all()
    assert kinds == {"none", "quasi-complete", "complete"}


def test_a_profile_of_separated_data_has_one_end():
    design = build_design(pd.DataFrame({"y": [0, 0, 0, 1, 1], "x": [1, 2, 3, 4, 5]}), "y", ["x"])
    plain, contrast = plain_likelihood(design), design.orthogonal()[1][1]
    top = plain.maximise()
    assert top.diverges and top.value == pytest.approx(0, abs=1e-6)
    assert plain.profile_bound(contrast, 0.0, top, side=1, step=1.0) == np.inf
    low = plain.profile_bound(contrast, 0.0, top, side=-1, step=1.0)
    assert -2 * plain.profile(contrast, low, top).value == pytest.approx(chi2.isf(0.05, 1))


@pytest.mark.parametrize("method", ["firth", "log-f"])
@pytest.mark.parametrize("number", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_penalised_fits_of_small_samples_are_finite(method, number):
    for frame, predictors in small_samples(number):
        table = fit_logistic(frame, "y", predictors, method=method).table
        assert np.isfinite(table[["coef", "se", "p"]]).all(axis=None)
        with np.errstate(divide="ignore"):  # bounds too small or large to write
            assert (np.log(table.ci_low) <= table.coef).all()
            assert (table.coef <= np.log(table.ci_high)).all()
