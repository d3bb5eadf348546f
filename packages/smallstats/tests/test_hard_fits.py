"""Fits that exist and are hard to find: nearly collinear columns, nearly separated outcomes."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit
from scipy.stats import chi2

from smallstats import find_separation, fit_logistic
from smallstats.design import build_design
from smallstats.grouped_firth import fit_firth
from smallstats.logistic import _not_found
from smallstats.penalised import FirthLikelihood


def nearly_collinear(seed, noise):
    """A sample with two columns that differ by `noise`, and the same with their difference."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(25, 61))
    a, z, other = rng.normal(size=(3, n))
    y = (rng.random(n) < expit(0.5 * a + z)).astype(int)
    near = pd.DataFrame({"y": y, "other": other, "a": a, "b": a + noise * z})
    return near, near.drop(columns="b").assign(z=z)


@pytest.mark.parametrize("method", ["ml", "firth"])
@pytest.mark.parametrize("noise", [1e-2, 1e-4, 1e-6])
def test_nearly_collinear_columns_have_the_fit_of_their_difference(method, noise):
    # a + b = a (1 + 1) + noise z: likelihood, and Jeffreys' penalty, do not see the change
    for seed in range(12):
        near, apart = nearly_collinear(seed, noise)
        if find_separation(apart, "y", ["other", "a", "z"]).kind != "none":
            continue
        ours = fit_logistic(near, "y", ["other", "a", "b"], method=method, interval="profile")
        same = fit_logistic(apart, "y", ["other", "a", "z"], method=method, interval="profile")
        assert ours.table.coef["b"] * noise == pytest.approx(same.table.coef["z"], rel=1e-5)
        assert ours.table.p["b"] == pytest.approx(same.table.p["z"], rel=1e-4, abs=1e-12)
        assert ours.log_likelihood == pytest.approx(same.log_likelihood, abs=1e-7)
        others = ["odds_ratio", "ci_low", "ci_high", "p"]
        expected = same.table.loc["other", others].to_numpy(float)
        assert ours.table.loc["other", others].to_numpy(float) == pytest.approx(expected, rel=1e-4)
        for end in ("ci_low", "ci_high"):
            bound = np.log(same.table.loc["z", end])
            if abs(bound / noise) < 700:  # an odds ratio that can be written
                ends = np.log(ours.table.loc["b", end]) * noise
                assert ends == pytest.approx(bound, rel=1e-4, abs=1e-5)


def slow_profile(x, y, j, value):
    """Highest log-likelihood with coefficient `j` at `value`, by a general optimiser."""
    others = np.delete(np.arange(x.shape[1]), j)
    sign = np.where(y == 1, 1.0, -1.0)

    def lost(free):
        eta = sign * (x[:, others] @ free + x[:, j] * value)
        return -log_expit(eta).sum(), -(x[:, others] * (sign * expit(-eta))[:, None]).sum(axis=0)

    starts = [np.zeros(len(others)), *(np.random.default_rng(1).normal(size=(4, len(others))) * 5)]
    options = {"maxiter": 20_000, "gtol": 1e-10}
    return max(-minimize(lost, s, jac=True, method="BFGS", options=options).fun for s in starts)


def test_bounds_next_to_a_separated_row_are_where_a_slow_search_puts_them():
    frame = pd.read_csv(Path(__file__).parent / "data" / "nearly_separated.csv")
    names = ["x0", "x1", "x2", "x3"]
    answer = find_separation(frame, "y", names)
    assert answer.kind == "quasi-complete" and answer.directions.to_dict() == {"x3": np.inf}
    fit = fit_logistic(frame, "y", names, interval="profile")
    size = frame[names].abs().max().to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame[names] / size])
    for j, name in enumerate(names, start=1):
        for end in ("ci_low", "ci_high"):
            bound = np.log(fit.table.loc[name, end]) * size[j - 1]
            if np.isinf(bound):
                assert (name, end) == ("x3", "ci_high")
                continue
            lost = 2 * (fit.log_likelihood - slow_profile(x, frame["y"].to_numpy(), j, bound))
            assert lost == pytest.approx(chi2.isf(0.05, 1), abs=1e-4), (name, end)


def samples(count, start):
    """Small samples as registries of rare diseases have them: rare findings, skewed numbers."""
    for seed in range(start, start + count):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(10, 61))
        frame = pd.DataFrame(
            {
                "rare": (rng.random(n) < 0.1).astype(int),
                "skewed": np.exp(2 * rng.normal(size=n)),
                "score": rng.integers(0, 8, n),
                "site": pd.Categorical(rng.choice(list("abc"), n)),
            }
        )
        frame["double"] = 2 * frame["score"] + 1e-4 * rng.normal(size=n)
        names = list(rng.permutation(list(frame))[: int(rng.integers(1, 5))])
        log_odds = np.log(frame["skewed"]) * rng.normal() + frame["rare"] * rng.normal() * 3
        frame["y"] = (rng.random(n) < expit(log_odds - log_odds.mean())).astype(int)
        yield frame, names


@pytest.mark.parametrize("method", ["ml", "firth"])
@pytest.mark.parametrize("number", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_small_samples_that_can_be_fitted_are(method, number):
    fitted = 0
    for frame, names in samples(number, start=7_000):
        try:
            fit = fit_logistic(frame, "y", names, method=method, interval="profile")
        except ValueError as refused:
            assert "converged" not in str(refused)
            continue
        assert fit.table["p"].between(0, 1).all()
        # no constrained fit is likelier than the free one, which p = 1 would hide
        assert (fit.table["p"][fit.table["coef"].abs() > 1e-3] < 1).all()
        fitted += 1
    assert fitted > number * 2 / 3


def test_a_saddle_of_the_penalised_likelihood_is_not_taken_for_its_maximum():
    frame, names = next(samples(1, start=7_041))
    design = build_design(frame, "y", names)
    firth = FirthLikelihood(design.orthogonal()[0], design.y, np.ones(len(frame)))
    top = firth.maximise()
    assert np.abs(top.score).max() < 1e-8
    assert np.linalg.eigvalsh(top.information).min() > 0  # -1.4 at the saddle, where Newton stops
    starts = np.random.default_rng(2).normal(size=(6, len(top.beta)))
    slow = max(-minimize(lambda beta: -firth.evaluate(beta)[0], start).fun for start in starts)
    assert top.value == pytest.approx(slow, abs=1e-6)


@pytest.mark.parametrize("sample", [5037, 5047, 5383])
def test_firth_of_two_maxima_is_the_higher_one(sample, golden):
    """From zero Newton's method comes to a lower one, where a number seems to have no effect."""
    frame = golden("data_two_maxima").query("sample == @sample")
    frame = frame.drop(columns="sample").dropna(axis=1)
    names = [name for name in frame if name != "y"]
    r = pytest.approx(golden("two_maxima").query("sample == @sample")["coef"].to_numpy(), rel=1e-6)
    assert fit_logistic(frame, "y", names, method="firth").table["coef"].to_numpy() == r
    design = build_design(frame, "y", names)
    sums, totals = (design.y @ design.x)[None], np.ones((1, len(frame)))
    assert fit_firth(design.x, sums, totals)[0] == r


def highest_with(columns, offset, y):
    """Highest log-likelihood given an offset, by a trust region on orthogonal columns."""
    columns = np.linalg.qr(columns)[0] * np.sqrt(len(y))
    sign = np.where(y == 1, 1.0, -1.0)

    def loss(free):
        eta = sign * (columns @ free + offset)
        return -log_expit(eta).sum(), -columns.T @ (sign * expit(-eta))

    def bend(free):
        eta = columns @ free + offset
        return columns.T @ ((expit(eta) * expit(-eta))[:, None] * columns)

    near = -np.linalg.lstsq(columns, offset, rcond=None)[0]
    options = {"gtol": 1e-8, "maxiter": 3000}
    return max(
        -minimize(loss, s, jac=True, hess=bend, method="trust-exact", options=options).fun
        for s in (near, 0 * near)
    )


def test_a_profile_that_runs_away_has_its_bounds():
    """With one coefficient fixed the others separate the outcomes, and Newton's steps go astray."""
    frame = pd.read_csv(Path(__file__).parent / "data" / "profile_runs_away.csv")
    names = [name for name in frame if name != "y"]
    fit = fit_logistic(frame, "y", names, interval="profile")
    design, found = build_design(frame, "y", names), 0
    for j, term in enumerate(design.terms):
        for end in ("ci_low", "ci_high"):
            bound = np.log(fit.table.loc[term, end] or np.inf)
            if np.isfinite(bound):
                rest = np.delete(design.x, j, axis=1)
                value = highest_with(rest, design.x[:, j] * bound, design.y)
                lost = 2 * (fit.log_likelihood - value)
                assert lost == pytest.approx(chi2.isf(0.05, 1), abs=1e-3), (term, end)
                found += 1
    assert found > 2


@pytest.mark.parametrize("noise", [1.0, 1e-3])
def test_a_profile_that_is_not_found_is_named_with_a_remedy(noise, monkeypatch):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"y": [0, 1] * 20, "a": rng.normal(size=40)})
    frame["b"] = frame["a"] + noise * rng.normal(size=40)

    def refuse(*asked, **more):
        raise ValueError("the fit has not converged")

    monkeypatch.setattr(FirthLikelihood, "bounds_and_tests", lambda *_: np.full((3, 3), np.nan))
    monkeypatch.setattr(FirthLikelihood, "profile_bound", refuse)
    with pytest.raises(
        ValueError, match="'Intercept': its profile interval could not be computed: take"
    ):
        fit_logistic(frame, "y", ["a", "b"], method="firth")
    told = _not_found(build_design(frame, "y", ["a", "b"]), 1)
    alike = "; it is nearly collinear with 'b': leave one of them out"
    assert told.endswith(alike) == (noise < 1) and told.startswith("'a': its profile")


def penalised(x, y, beta):
    """Log-likelihood with Jeffreys' penalty, its determinant from the root of W times X."""
    eta = x @ beta
    half = (log_expit(eta) + log_expit(-eta)) / 2
    order = np.argsort(-half)  # QR is exact for rows of very different size from the largest down
    diagonal = np.diag(np.linalg.qr(np.exp(half)[order, None] * x[order], mode="r"))
    if not diagonal.all():
        return -1e10
    return log_expit(np.where(y == 1, eta, -eta)).sum() + np.log(np.abs(diagonal)).sum()


def slow_penalised_profile(x, y, j, value):
    """Highest penalised log-likelihood with coefficient `j` at `value`, by Nelder and Mead.

    Far out a maximum has log odds near 0 in as many patients as there are coefficients left,
    since the others say nothing: of all such points the best are starts.
    """
    others = np.delete(np.arange(x.shape[1]), j)

    def lost(free):
        return -penalised(x, y, np.insert(free, j, value))

    groups = [x[list(rows)] for rows in combinations(range(len(x)), len(others))]
    starts = [
        np.linalg.solve(rows[:, others], -rows[:, j] * value)
        for rows in groups
        if np.linalg.cond(rows[:, others]) < 1e8
    ]
    best = sorted([0 * starts[0], *starts], key=lost)[:8]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000}
    for _ in range(2):  # begun anew, it leaves the places where it is stuck
        best = [minimize(lost, s, method="Nelder-Mead", options=options).x for s in best]
    return -min(map(lost, best))


@pytest.mark.parametrize(
    ("sample", "term", "end"),
    [
        (516, "x0", "ci_low"),
        pytest.param(516, "x1", "ci_low", marks=pytest.mark.slow),
        pytest.param(1610, "x2", "ci_low", marks=pytest.mark.slow),
        (1610, "x1", "ci_high"),
        pytest.param(4563, "x0", "ci_low", marks=pytest.mark.slow),
        pytest.param(4563, "x0", "ci_high", marks=pytest.mark.slow),
        pytest.param(7830, "x1", "ci_high", marks=pytest.mark.slow),
        (19755, "Intercept", "ci_low"),
    ],
)
def test_firth_bounds_far_out_are_where_a_slow_search_puts_them(sample, term, end):
    """Far out the information is nearly singular, and the fits had no interval at all."""
    frame = pd.read_csv(Path(__file__).parent / "data" / "firth_far_bounds.csv")
    frame = frame[frame["sample"] == sample].drop(columns="sample").dropna(axis=1)
    names = [name for name in frame if name != "y"]
    table = fit_logistic(frame, "y", names, method="firth").table
    design = build_design(frame, "y", names)
    size = np.abs(design.x).max(axis=0)
    x, j = design.x / size, design.terms.index(term)
    top = penalised(x, design.y, table["coef"].to_numpy() * size)
    centre, bound = table.loc[term, "coef"] * size[j], np.log(table.loc[term, end]) * size[j]

    def over(value):
        return 2 * (top - slow_penalised_profile(x, design.y, j, value)) - chi2.isf(0.05, 1)

    ends = [centre + (bound - centre) * share for share in (0.9, 1.1)]
    assert bound == pytest.approx(brentq(over, *ends, rtol=1e-7), rel=1e-5)
    assert over(centre + 2 * (bound - centre)) > 0
