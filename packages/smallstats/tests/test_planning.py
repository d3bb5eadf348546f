import time
import warnings
from itertools import product
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from smallstats import exact_sizes, fit_logistic, required_n, simulate_power, two_by_two
from smallstats.classical_tests import term_tests
from smallstats.planning import _analyse, firth_p


def test_power_of_fisher_agrees_with_the_exact_sum_over_all_tables():
    """16 patients, one exposure: every study there can be, with its probability."""
    n, common, odds_ratio, a = 16, 0.4, 8.0, log(0.25)
    risks = [exp(a) / (1 + exp(a)), odds_ratio * exp(a) / (1 + odds_ratio * exp(a))]
    prevalence = (1 - common) * risks[0] + common * risks[1]
    power = 0.0
    for exposed in range(n + 1):
        for x in range(exposed + 1):
            for y in range(n - exposed + 1):
                if 0 < x + y < n and two_by_two(x, x + y, exposed - x, n - x - y).fisher < 0.05:
                    power += (
                        binom.pmf(exposed, n, common)
                        * binom.pmf(x, exposed, risks[1])
                        * binom.pmf(y, n - exposed, risks[0])
                    )
    found = simulate_power(
        n, {"x": common}, {"x": odds_ratio}, prevalence=prevalence, simulations=20_000
    )
    assert 0.1 < power < 0.5
    assert found.fisher[0] == pytest.approx(power, abs=4 * sqrt(power * (1 - power) / 20_000))
    assert list(found) == [
        "n", "exposure", "odds_ratio", "wald", "lr", "fisher", "wald_size", "lr_size",
        "fisher_size", "median_ratio", "infinite",
    ]  # fmt: skip


def test_sizes_of_simulated_studies_are_the_exact_ones_whatever_the_odds_ratio():
    n, common, prevalence, draws = 40, 0.2, 0.35, 20_000
    exact = exact_sizes(n, {"x": common}, prevalence=prevalence).loc["x"]
    found = simulate_power(n, {"x": common}, {"x": 9}, prevalence=prevalence, simulations=draws)
    for test in ("wald", "lr", "fisher"):
        error = sqrt(exact[test] * (1 - exact[test]) / draws)
        assert found[f"{test}_size"][0] == pytest.approx(exact[test], abs=4 * error)
        assert found[test][0] > 3 * exact[test]
    assert exact.lr > 0.06 > 0.05 > exact.firth > exact.fisher > exact.wald


@pytest.mark.slow
def test_exact_sizes_add_every_study_that_can_be():
    """6 patients, analysed one study at a time as their own."""
    n, common, prevalence, studies = 6, 0.4, 0.3, []
    options = {"wald": {}, "lr": {"interval": "profile"}, "firth": {"method": "firth"}}
    for n1, a, b in product(range(1, n), range(n + 1), range(n + 1)):
        if a <= n1 and b <= n - n1 and 0 < a + b < n:
            x, y = [1] * n1 + [0] * (n - n1), [1] * a + [0] * (n1 - a) + [1] * b
            frame = pd.DataFrame({"x": x, "y": y + [0] * (n - len(y))})
            fits = {name: fit_logistic(frame, "y", ["x"], **how) for name, how in options.items()}
            p = {name: fit.table.p["x"] for name, fit in fits.items()}
            chance = binom.pmf(n1, n, common) * binom.pmf(a, n1, prevalence)
            chance *= binom.pmf(b, n - n1, prevalence)
            studies.append(p | {"fisher": two_by_two(a, n1, b, n - n1).fisher, "chance": chance})
    studies = pd.DataFrame(studies)
    for alpha in (0.05, 0.2):
        low = studies.drop(columns="chance").lt(alpha)
        found = exact_sizes(n, {"z": 0.7, "x": common}, prevalence=prevalence, alpha=alpha)
        assert list(found.index) == ["z", "x"] and found.prevalence.tolist() == [0.7, common]
        expected = low.mul(studies["chance"], axis=0).sum()
        assert found.loc["x"].drop("prevalence").to_dict() == pytest.approx(expected.to_dict())


def test_firth_of_two_groups_has_a_closed_form():
    rng = np.random.default_rng(5)
    for _ in range(20):
        n1, n0 = rng.integers(1, 12, 2)
        a, b = rng.integers(0, n1 + 1), rng.integers(0, n0 + 1)
        if 0 < a + b < n1 + n0:
            y = [1] * a + [0] * (n1 - a) + [1] * b + [0] * (n0 - b)
            frame = pd.DataFrame({"x": [1] * n1 + [0] * n0, "y": y})
            expected = fit_logistic(frame, "y", ["x"], method="firth").table.p["x"]
            found = firth_p(*(np.array([v]) for v in (a, n1, b, n0)))
            assert found == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"n": 1.5}, "n=1.5 is not a whole number above 1"),
        ({"exposures": {}}, "there is no exposure"),
        ({"exposures": {"x": 1.2}, "prevalence": 0}, "of x=1.2 is not .*; prevalence=0 is not"),
        ({"alpha": 1}, "alpha=1 is not between 0 and 1"),
    ],
)
def test_exact_sizes_of_what_makes_no_sense_are_refused(changed, problem):
    with pytest.raises(ValueError, match=problem):
        exact_sizes(**({"n": 9, "exposures": {"x": 0.3}, "prevalence": 0.4} | changed))


def test_large_studies_have_the_power_and_the_width_of_theory():
    common, odds_ratio, n = 0.3, 1.8, 600
    found = simulate_power(
        [n, 2 * n], {"x": common, "z": 0.5}, {"x": odds_ratio, "z": 1.0}, prevalence=0.4,
        simulations=4000, seed=3,
    )  # fmt: skip
    assert found.n.tolist() == [n, n, 2 * n, 2 * n] and found.exposure.tolist() == ["x", "z"] * 2
    assert found.odds_ratio.tolist() == [1.8, 1.0] * 2 and (found.infinite == 0).all()
    # the risk without exposure that makes 40% in all
    risk = np.linspace(0.2, 0.4, 200_001)
    with_ = odds_ratio * risk / (1 - risk + odds_ratio * risk)
    risk = risk[np.abs((1 - common) * risk + common * with_ - 0.4).argmin()]
    with_ = odds_ratio * risk / (1 - risk + odds_ratio * risk)
    se = sqrt(1 / (n * common * with_ * (1 - with_)) + 1 / (n * (1 - common) * risk * (1 - risk)))
    power = norm.sf(norm.isf(0.025) - log(odds_ratio) / se)
    assert found.wald[0] == pytest.approx(power, abs=0.03) == found.lr[0]
    assert found.median_ratio[0] == pytest.approx(exp(2 * 1.959964 * se), rel=0.02)
    assert (found[["wald", "lr"]].iloc[[1, 3]] - 0.05).abs().max().max() < 0.015
    assert found.median_ratio[2] == pytest.approx(exp(2 * 1.959964 * se / sqrt(2)), rel=0.02)
    assert len(simulate_power(30, {"x": 0.3}, {"x": 2}, prevalence=0.4, simulations=1)) == 1
    strict = simulate_power(n, {"x": 0.3}, {"x": 1.0}, prevalence=0.4, alpha=0.2)
    assert strict.lr[0] == pytest.approx(0.2, abs=0.04)


def test_each_study_is_analysed_as_its_patients_are():
    rng = np.random.default_rng(1)
    patterns = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    cases, others = (rng.multinomial(15, [0.4, 0.3, 0.2, 0.1], size=30) for _ in range(2))
    cases[0], others[0] = 0, [9, 9, 6, 6]
    cases[1, 2:], others[1, 2:] = 0, 0  # nobody exposed
    per_study = [_analyse(patterns, c[None], o[None], 0.3) for c, o in zip(cases, others)]  # noqa: B905
    ends = set()
    for case, other, found in zip(cases, others, per_study, strict=True):
        frame = pd.DataFrame(np.vstack([patterns] * 2), columns=["a", "b"])
        frame["y"] = np.repeat([1, 0], 4)
        frame = frame.loc[np.repeat(frame.index, np.r_[case, other])]
        if frame.nunique().min() < 2:
            assert [f["infinite"] for f in found] == [1, 1] and found[0]["fisher"] == 0
            assert [f["median_ratio"] for f in found] == [np.inf, np.inf]
            assert found[0]["lr"] == 0 == found[0]["wald"]
            continue
        tests, fit = term_tests(frame, "y", ["a", "b"]), fit_logistic(frame, "y", ["a", "b"])
        finite = np.isfinite(fit.table.coef).all()
        for name, f in zip("ab", found, strict=True):
            assert f["lr"] == (tests.likelihood_ratio_p[name] < 0.3)
            assert f["infinite"] == (not finite)
            table = pd.crosstab(frame["y"], frame[name])
            fisher = two_by_two(int(table.loc[1, 1]), int(table.loc[1].sum()),
                                int(table.loc[0, 1]), int(table.loc[0].sum())).fisher  # fmt: skip
            assert f["fisher"] == (fisher < 0.3)
            if finite:
                assert f["wald"] == (fit.table.p[name] < 0.3)
                row = fit.table.loc[name]
                assert f["median_ratio"] == pytest.approx(row.ci_high / row.ci_low, rel=1e-5)
            else:
                assert (f["wald"], f["median_ratio"]) == (0, np.inf)
            ends.add((f["lr"], f["wald"], f["fisher"], f["infinite"]))
    assert len(ends) >= 4


def test_a_p_value_of_alpha_is_not_below_it():
    """All 3 cases exposed and none of 3 others: Fisher gives 2 in 20, by counting."""
    p = two_by_two(3, 3, 0, 3).fisher
    assert p == pytest.approx(0.1)
    study = np.array([[0.0], [1]]), np.array([[0, 3]]), np.array([[3, 0]])
    assert _analyse(*study, p)[0]["fisher"] == 0
    assert _analyse(*study, np.nextafter(p, 1))[0]["fisher"] == 1


@pytest.mark.parametrize("one", [np.array([[0, 1]]), np.array([[9, 0]])])
def test_a_single_case_or_a_single_other_is_tested_too(one):
    """The only exposed of 10 is the only case, or the only other: by chance 1 time in 10."""
    study = np.array([[0.0], [1]]), one, np.array([[9, 1]]) - one
    assert [_analyse(*study, alpha)[0]["fisher"] for alpha in (0.09, 0.11)] == [0, 1]


def test_a_seed_gives_the_same_studies_and_a_grid_takes_seconds():
    began = time.process_time()
    exposures, effects = {"a": 0.15, "b": 0.6, "c": 0.2}, {"a": 5, "b": 3, "c": 2}
    one = simulate_power([54, 100, 200, 400], exposures, effects, prevalence=0.43)
    assert time.process_time() - began < 5
    same = simulate_power([54], exposures, effects, prevalence=0.43)
    pd.testing.assert_frame_equal(one.head(3), same)
    assert one.groupby("exposure").lr.apply(lambda p: p.is_monotonic_increasing).all()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"n": [1, 2.5]}, r"n=1 is not a whole number above 1; n=2.5 is not"),
        ({"exposures": {"x": 0}}, "prevalence of x=0 is not between 0 and 1"),
        ({"odds_ratios": {"x": -1}}, "odds ratio of x=-1 is not a positive number"),
        ({"odds_ratios": {"z": 2}}, r"exposures \['x'\] have odds ratios for \['z'\]"),
        ({"prevalence": 1, "alpha": 0}, "prevalence=1 is not .*; alpha=0 is not between"),
        ({"simulations": 0}, "simulations=0 is not"),
        ({"exposures": {}, "odds_ratios": {}}, "^0 exposures: 1 to 6"),
    ],
)
def test_studies_that_make_no_sense_are_refused(changed, problem):
    options = {"n": 50, "exposures": {"x": 0.3}, "odds_ratios": {"x": 2}, "prevalence": 0.4}
    with pytest.raises(ValueError, match=problem):
        simulate_power(**(options | changed))


def test_published_sample_sizes():
    """Examples of pmsampsize, the program of Riley's authors, and of the BMJ paper."""
    found = required_n(24, 0.174, cox_snell=0.288)
    assert found.index.tolist() == ["shrinkage", "optimism", "overall risk", "all"]
    assert found.n.tolist() == [623, 662, 221, 662]
    assert list(found) == ["n", "events", "events_per_parameter", "shrinkage"]
    assert round(found.events["all"], 1) == 115.2
    assert found.events_per_parameter["all"] == pytest.approx(662 * 0.174 / 24)
    assert required_n(30, 0.05, cox_snell=0.05).n["all"] == 5249
    assert required_n(20, 0.05, cox_snell=0.05).n["all"] == 3500


def test_shrinkage_solves_its_equation_and_nagelkerke_is_rescaled():
    found = required_n(6, 0.4, nagelkerke=0.3)
    largest = 1 - (0.4**0.4 * 0.6**0.6) ** 2
    pd.testing.assert_frame_equal(found, required_n(6, 0.4, cox_snell=0.3 * largest))
    for row in found.itertuples():
        s = row.shrinkage
        assert 6 / ((s - 1) * log(1 - 0.3 * largest / s)) == pytest.approx(row.n)
    assert found.shrinkage["shrinkage"] == pytest.approx(0.9, abs=0.002)
    # of the second criterion: what is lost of Nagelkerke's R squared is 0.05
    apparent = 0.3 / found.shrinkage["optimism"]
    assert apparent - 0.3 == pytest.approx(0.05, abs=0.002)
    stricter = required_n(6, 0.4, nagelkerke=0.3, shrinkage=0.95, optimism=0.02, margin=0.1)
    assert (stricter.n[:2] > found.n[:2]).all()
    assert stricter.n["overall risk"] == np.ceil(1.959964**2 * 100 * 0.24)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"parameters": 0}, "parameters=0 is not a positive"),
        ({}, "one of cox_snell and nagelkerke is needed"),
        ({"cox_snell": 0.1, "nagelkerke": 0.1}, "one of cox_snell and nagelkerke"),
        ({"cox_snell": 0.8}, r"of 0.8 is not between 0 and 0.7\d+, the largest"),
        ({"nagelkerke": 0}, "of 0 is not between"),
        ({"cox_snell": 0.5, "shrinkage": 0.4}, "not below the shrinkage, 0.4"),
        ({"prevalence": 0, "margin": 2}, "prevalence=0 is not .*; margin=2 is not"),
    ],
)
def test_models_that_make_no_sense_are_refused(options, problem):
    with pytest.raises(ValueError, match=problem):
        required_n(**({"parameters": 5, "prevalence": 0.4} | options))


@pytest.mark.parametrize("n", [np.inf, np.nan, "54", None, True, 1e300, [54, "54"], 54.5])
def test_a_size_that_is_no_whole_number_is_named(n):
    with pytest.raises(ValueError, match=r"^n=[^;]* is not a whole number above 1$"):
        simulate_power(n, {"a": 0.3}, {"a": 3}, prevalence=0.4, simulations=5)


@pytest.mark.parametrize("n", [54, 54.0, np.int64(54), (54,), pd.Series([54])])
def test_a_whole_number_may_be_written_in_any_way(n):
    found = simulate_power(n, {"a": 0.3}, {"a": 3}, prevalence=0.4, simulations=5)
    assert found.n.tolist() == [54] and found.n.dtype == np.int64


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nagelkerke": 1e-300}, "more than 1e.15 patients are needed for 'shrinkage': param"),
        ({"prevalence": 1e-300}, "patients are needed for 'shrinkage', 'optimism': .*ce=1e-300"),
        ({"margin": 1e-200}, "patients are needed for 'overall risk': .*margin=1e-200"),
        ({"optimism": 1e-300}, "patients are needed for 'optimism': .*optimism=1e-300"),
        ({"parameters": np.inf}, "parameters=inf is not a positive whole number"),
        ({"parameters": np.nan}, "parameters=nan is not a positive whole number"),
        ({"parameters": "3"}, "parameters='3' is not a positive whole number"),
    ],
)
def test_a_study_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message), warnings.catch_warnings(action="error"):
        required_n(**{"parameters": 3, "prevalence": 0.3, "nagelkerke": 0.3, **options})
