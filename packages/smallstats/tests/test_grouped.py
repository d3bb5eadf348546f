"""Many grouped fits at once: as good as one fit a patient, infinite estimates included."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallstats import find_separation, fit_logistic, grouped
from smallstats.classical_tests import conditional, score
from smallstats.design import build_design
from smallstats.grouped import fit_grouped, fit_sufficient, has_finite_estimates
from smallstats.grouped_firth import fit_firth

PATTERNS = np.array(list(product((0, 1), repeat=2)))
DESIGN = np.hstack([np.ones((4, 1)), PATTERNS])
NAMES = ["a", "b"]
GOLDEN = Path(__file__).parents[3] / "tests" / "golden" / "paper_table4.csv"


def patients(cases, totals) -> pd.DataFrame:
    """One row a patient of one grouped table."""
    count = np.concatenate([cases, np.subtract(totals, cases)]).astype(int)
    frame = pd.DataFrame(np.vstack([PATTERNS, PATTERNS]), columns=NAMES)
    return frame.assign(y=np.repeat([1, 0], 4)).loc[np.repeat(np.arange(8), count)]


@pytest.fixture(scope="module")
def tables():
    """Small tables, many of them separated, none with a constant or collinear covariate."""
    rng = np.random.default_rng(4)
    totals = rng.integers(0, 7, (100, 4))
    cases = rng.binomial(totals, rng.choice([0.05, 0.5, 0.95], (100, 4)))
    full_rank = ((totals > 0) @ np.ones(4) >= 3) & (cases.sum(1) > 0) & (cases < totals).any(1)
    return cases[full_rank], totals[full_rank]


@pytest.fixture(scope="module")
def fits(tables):
    return fit_grouped(DESIGN, *tables)


def test_fits_are_those_of_the_patients(tables, fits):
    kinds = set()
    for i, table in enumerate(zip(*tables, strict=True)):
        frame = patients(*table)
        one = fit_logistic(frame, "y", NAMES)
        near = {"rtol": 1e-6, "atol": 1e-7}
        np.testing.assert_allclose(fits.coef[i], one.table["coef"], **near)
        finite = np.isfinite(one.table["coef"].to_numpy())
        np.testing.assert_allclose(fits.se[i, finite], one.table["se"][finite], **near)
        assert fits.log_likelihood[i] == pytest.approx(one.log_likelihood, abs=1e-8)
        assert fits.nagelkerke[i] == pytest.approx(one.nagelkerke, abs=1e-8)
        assert fits.n[i] == one.n
        kind = find_separation(frame, "y", NAMES).kind
        assert fits.converged[i] == (kind == "none")
        kinds |= {kind, *np.unique(one.table["coef"][~finite]).astype(str)}
    assert kinds == {"none", "complete", "quasi-complete", "inf", "-inf", "nan"}


def test_tests_are_those_of_the_patients(tables, fits):
    only_a = fit_grouped(DESIGN[:, :2], *tables)
    restricted = np.insert(only_a.coef, 2, 0, axis=1)
    rao = fits.score(2, restricted)
    lost = fits.conditional(1)
    for i, table in enumerate(zip(*tables, strict=True)):
        design = build_design(patients(*table), "y", NAMES)
        if fits.converged[i]:
            assert lost[i] == pytest.approx(conditional(design)["a"], abs=1e-7)
        if only_a.converged[i]:
            assert rao[i] == pytest.approx(score(design)["b"], abs=1e-7)
    assert (np.isnan(lost) == ~fits.converged).all()
    assert (np.isnan(rao) == ~only_a.converged).all()
    assert 20 < fits.converged.sum() < only_a.converged.sum() < len(rao) - 20


def test_wald_statistic(fits):
    finite = np.isfinite(fits.coef)
    np.testing.assert_allclose(fits.wald[finite], (fits.coef[finite] / fits.se[finite]) ** 2)
    assert np.isnan(fits.wald[~finite]).all()
    assert (fits.se[np.isinf(fits.coef)] == np.inf).all()
    assert np.isnan(fits.se[np.isnan(fits.coef)]).all()


def test_table_4_against_r():
    """The covariate patterns of Table 4, by glm."""
    fit = fit_grouped(DESIGN, [[3, 13, 3, 4]], [[20, 26, 3, 5]])
    r = pd.read_csv(GOLDEN, index_col="claim")["value"]
    for j, name in enumerate(("cardiac", "immunosuppressor"), start=1):
        reach = 1.959963984540054 * fit.se[0, j]
        assert np.exp(fit.coef[0, j]) == pytest.approx(r[f"table4_{name}_odds_ratio"], rel=1e-11)
        assert np.exp(fit.coef[0, j] - reach) == pytest.approx(r[f"table4_{name}_ci_low"])
    assert fit.nagelkerke[0] == pytest.approx(r["table4_model_nagelkerke_r2"], rel=1e-11)


def test_the_likelihood_sees_only_sufficient_statistics():
    totals = [[20, 26, 3, 5]] * 2
    two = fit_grouped(DESIGN, [[3, 13, 3, 4], [4, 12, 2, 5]], totals)
    assert two.sums.tolist() == [[23, 7, 17]] * 2
    one = fit_sufficient(DESIGN, two.sums[:1], two.totals[:1])
    for name in ("coef", "se", "log_likelihood", "null_log_likelihood"):
        np.testing.assert_allclose(getattr(two, name), [getattr(one, name)[0]] * 2, rtol=1e-12)


@pytest.mark.parametrize("levels", [(2, 2), (2, 2, 2), (2, 4), (4,)], ids=str)
def test_what_has_finite_estimates_is_known_without_a_fit(levels):
    rng = np.random.default_rng(sum(levels))
    patterns = np.array(list(product(*map(range, levels))))
    design = np.hstack([np.ones((len(patterns), 1)), patterns])
    totals = rng.integers(0, 4, (2000, len(patterns)))
    totals = totals[totals.any(axis=1)]
    cases = rng.binomial(totals, rng.choice([0.05, 0.5, 0.95], totals.shape))
    fits = fit_grouped(design, cases, totals)
    assert 0.05 < fits.converged.mean() < 0.95
    finite = has_finite_estimates(design, cases @ design, totals)
    np.testing.assert_array_equal(finite, fits.converged)


def test_a_constant_covariate_leaves_the_others_alone():
    """All patients have b, so that neither it nor the intercept is determined, but a is."""
    fit = fit_grouped(DESIGN, [[0, 16, 0, 7]], [[0, 46, 0, 8]])
    assert np.isnan(fit.coef[0, [0, 2]]).all()
    assert fit.coef[0, 1] == pytest.approx(np.log(7 * 30 / 16), abs=1e-12)
    assert fit.se[0, 1] == pytest.approx(np.sqrt(1 / 7 + 1 + 1 / 16 + 1 / 30), abs=1e-12)
    assert not fit.converged[0]
    assert np.isnan(fit.conditional(1)).all()
    assert np.isnan(fit.score(2, np.array([[0.1, 0.2, 0]]))).all()


def test_far_from_the_start():
    """Rare outcomes and lopsided groups, where a full Newton step overshoots."""
    totals = np.array([[100000, 1, 2, 50000]])
    fit = fit_grouped(DESIGN, [[1, 0, 1, 49999]], totals)
    risk = 1 / (1 + np.exp(-DESIGN @ fit.coef[0]))
    assert fit.converged.all()
    np.testing.assert_allclose(DESIGN.T @ (totals[0] * risk), fit.sums[0], rtol=1e-9)


def test_tables_are_fitted_alike_in_any_portion(tables, fits, monkeypatch):
    monkeypatch.setattr(grouped, "CHUNK", 7)
    again = fit_grouped(DESIGN, *tables)
    for name in ("coef", "se", "log_likelihood"):
        np.testing.assert_allclose(getattr(again, name), getattr(fits, name), rtol=1e-9, atol=1e-9)


def test_no_fit_is_given_out_unfinished(monkeypatch):
    monkeypatch.setattr(grouped, "MAX_ITERATIONS", 2)
    with pytest.raises(ValueError, match="1 fits have not converged"):
        fit_grouped(DESIGN, [[3, 13, 3, 4]], [[20, 26, 3, 5]])


@pytest.mark.parametrize(
    ("cases", "totals", "problem"),
    [([[1, 2, 3]], [[4, 4, 4]], r"\(1, 3\).*do not match"),
     ([[1, 2, 3, 4]], [[4, 4, 4]], "do not match"),
     ([[5, 1, 0, 0]], [[4, 4, 4, 4]], "more cases"),
     ([[-1, 1, 0, 0]], [[4, 4, 4, 4]], "fewer than 0"),
     ([[1, 1, 0, 0], [0, 0, 0, 0]], [[4, 4, 4, 4], [0, 0, 0, 0]], "no patients")],
)  # fmt: skip
def test_impossible_tables_are_refused(cases, totals, problem):
    with pytest.raises(ValueError, match=problem):
        fit_grouped(DESIGN, cases, totals)


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_firth_fits_are_those_of_the_patients(tables, fits, every):
    tables = [table[::every] for table in tables]
    cases, totals = (np.asarray(table, dtype=float) for table in tables)
    found = fit_firth(DESIGN, cases @ DESIGN, totals)
    assert np.isinf(fits.coef).any()
    for i, table in enumerate(zip(*tables, strict=True)):
        try:
            one = fit_logistic(patients(*table), "y", NAMES, method="firth").table["coef"]
        except ValueError as error:
            assert "y" not in str(error).split() and np.isnan(found[i]).all()
            continue
        np.testing.assert_allclose(found[i], one, rtol=1e-6, atol=1e-7)


def test_firth_of_two_groups_adds_half_a_patient_to_each_cell(monkeypatch):
    """One exposed patient only, and as many as can be; in pieces as well."""
    monkeypatch.setattr(grouped, "CHUNK", 5)
    a, b = (v.ravel().astype(float) for v in np.meshgrid(range(2), range(0, 47, 3)))
    totals = np.tile([46.0, 1.0], (len(a), 1))
    found = fit_firth(np.array([[1.0, 0], [1, 1]]), np.column_stack([a + b, a]), totals)
    expected = np.log((a + 0.5) * (46.5 - b) / ((1.5 - a) * (b + 0.5)))
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-8, atol=1e-8)


def test_a_firth_fit_of_a_constant_covariate_is_missing():
    sums, totals = np.array([[3.0, 0], [3, 2]]), np.array([[9.0, 0], [5, 4]])
    found = fit_firth(np.array([[1.0, 0], [1, 1]]), sums, totals)
    assert np.isnan(found[0]).all() and np.isfinite(found[1]).all()
