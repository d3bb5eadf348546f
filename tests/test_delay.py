"""The late diagnosis: what was tried as the source of its p, against R and scipy."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jdm_utils import load_claims
from jdm_utils.delay import (
    ALL,
    COUNTS,
    HALF,
    PRINTED,
    delay_counts,
    delay_readings,
    early_late,
    reading_families,
)

GOLDEN = Path(__file__).parent / "golden" / "paper_delay.csv"
EARLY = "Without the 6 with calcinosis before diagnosis"


@pytest.fixture(scope="module")
def claims():
    return load_claims()


@pytest.fixture(scope="module")
def readings(claims):
    return delay_readings(claims)


@pytest.fixture(scope="module")
def families(readings):
    return reading_families(readings).set_index("family")


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_r_reproduces_the_committed_golden(tmp_path):
    script = GOLDEN.with_suffix(".R").name
    subprocess.run(["Rscript", script, tmp_path], cwd=GOLDEN.parent, check=True)
    written = pd.read_csv(tmp_path / GOLDEN.name)
    pd.testing.assert_frame_equal(written, pd.read_csv(GOLDEN), rtol=1e-6)


def prints(p):
    """What a p prints as with two decimals, in the slow and plain way."""
    cut = f"{p:.9f}"[:4]
    return {cut, f"{float(cut) + 0.01:.2f}" if p - float(cut) >= 0.005 else cut}


def test_what_is_left_without_the_early_ones_agrees_with_r(claims):
    r, found = pd.read_csv(GOLDEN), early_late(claims)
    p, ends = ["early_late", "pearson", "yates", "fisher"], ["ci_low", "ci_high"]
    np.testing.assert_allclose(found[p], r[p], rtol=1e-9)
    np.testing.assert_allclose(found[ends], r[ends], rtol=2e-3)  # R stops searching early
    assert found[COUNTS].iloc[[0, -1]].to_numpy().tolist() == [[11, 17, 4, 31], [5, 17, 4, 31]]
    np.testing.assert_allclose(found["odds_ratio"].iloc[6], 5 * 27 / (12 * 4))
    assert found.loc[found["fisher"] >= 0.05, "early_late"].tolist() == [5, 6]


def test_each_p_is_that_of_its_counts(readings):
    some = readings.dropna(subset="n1").sample(60, random_state=1)
    some = some[some["family"] != HALF]
    for row in some.itertuples():
        table = np.array([[row.a, row.n1 - row.a], [row.b, row.n0 - row.b]])
        if not table.sum(axis=0).all():
            assert row.p == 1
            continue
        pearson = stats.chi2_contingency(table, correction=False)
        n = table.sum()
        expected = {
            "Pearson": pearson.pvalue,
            "Yates": stats.chi2_contingency(table).pvalue,
            "Fisher two-sided": stats.fisher_exact(table).pvalue,
            "Fisher one-sided lower": stats.fisher_exact(table, "less").pvalue,
            "Fisher one-sided higher": stats.fisher_exact(table, "greater").pvalue,
            "likelihood ratio": stats.chi2_contingency(
                table, correction=False, lambda_="log-likelihood"
            ).pvalue,
            "N − 1 chi-square": stats.chi2.sf(pearson.statistic * (n - 1) / n, 1),
        }
        if row.test in expected:
            assert row.p == pytest.approx(expected[row.test], rel=1e-6), row
    assert {*readings["test"]} >= {*expected, "mid-p", "Student's t", "Welch's t", "as printed"}


def test_a_fit_is_a_p_that_prints_as_the_printed_one(claims, readings):
    assert claims.loc[PRINTED, "printed"] == "0.31"
    rounded = (readings["p"] >= 0.305) & (readings["p"] < 0.315)
    cut = (readings["p"] >= 0.31) & (readings["p"] < 0.32)
    assert (readings["rounded"] == rounded).all() and (readings["truncated"] == cut).all()


def test_one_fit_without_the_early_ones_by_the_usual_tests_and_its_chance(readings, families):
    part = readings[(readings["family"] == EARLY) & readings["usual"]]
    fit = part[part["rounded"] | part["truncated"]]
    assert fit[[*COUNTS, "test"]].to_numpy().tolist() == [[5, 17, 4, 31, "Yates"]]
    assert fit["p"].iloc[0] == pytest.approx(0.3102, abs=5e-5)
    shown = {text for p in part["p"] for text in prints(p)}
    assert families.loc[EARLY, "chance"] == len(shown) / 101 == pytest.approx(0.14, abs=0.005)
    assert families.loc[EARLY, ["readings", "tried", "fit"]].tolist() == [7, 21, 1]
    assert families.loc[EARLY, "which"] == "5 of 17 against 4 of 31, Yates, 0.3102"


def test_every_family_and_how_much_of_it_was_tried(families):
    assert families["readings"].tolist() == [1, 7, 7, 7, 7, 363, 54, 320, 1, 4, 4, 15, 12]
    assert families.loc[ALL, "fit_all"] == families.loc[HALF, "fit_all"] == 0
    assert (families["chance"] <= families["chance_all"]).all()
    assert (families["fit"] <= families["fit_all"]).all()
    fewer = families.loc["Fewer children, for missing values"]
    assert fewer["readings"] == (23 - 11 + 1) * (31 - 4 + 1) - 1 and fewer["chance_all"] == 1
    assert families.loc["One count misprinted", "readings"] == 23 + 31
    assert families.loc["One count misprinted", "fit"] == 0  # of the usual tests


def test_no_part_has_more_late_ones_than_there_are_or_fewer_than_must_be(readings, claims):
    a, n1, b, n0 = delay_counts(claims)
    parts = readings[readings["family"].str.startswith("A part")]
    for late, size, all_late, n in (("a", "n1", a, n1), ("b", "n0", b, n0)):
        assert (parts[late] <= parts[size]).all() and (parts[late] <= all_late).all()
        assert (n - parts[size] >= all_late - parts[late]).all()
    assert parts["reading"].str.partition(":")[0].nunique() == 9
    girls = parts[parts["reading"].str.startswith("girls")]
    assert girls[["n1", "n0"]].drop_duplicates().to_numpy().tolist() == [[15, 25]]
    assert girls["reading"].nunique() == 9 * 5  # 3 to 11 of 15 late, 0 to 4 of 25


def test_p_values_carried_over(readings, families):
    times = readings[readings["family"].str.startswith("t test of the times")]
    student = stats.ttest_ind_from_stats(1.0, 1.7, 23, 0.64, 0.88, 31)
    welch = stats.ttest_ind_from_stats(1.0, 1.7, 23, 0.64, 0.88, 31, equal_var=False)
    expected = [student.pvalue, student.pvalue / 2, welch.pvalue, welch.pvalue / 2]
    np.testing.assert_allclose(times["p"], expected)
    assert times["truncated"].tolist() == [True, False, False, False]
    assert not times["rounded"].any()
    printed = readings[readings["family"] == "Another p that the paper prints"]
    assert printed["p"].is_unique and 0.32 in [*printed["p"]] and 0.31 not in [*printed["p"]]
    other = readings[readings["family"] == "Test of another row's counts"]
    assert not other["reading"].str.contains("over_1_year").any()
    ages = other[other["reading"] == "onset_over_6_5: 12 of 23 against 19 of 31"]
    assert ages.set_index("test")["p"]["Pearson"] / 2 == pytest.approx(0.2515, abs=5e-5)
    assert len(other[other["reading"].str.startswith("female")]) == 2 * 8  # 15 and 16 girls


def test_another_printed_p_is_another_target(claims):
    changed = claims.copy()
    changed.loc[PRINTED, "printed"] = "0.006"
    fits = delay_readings(changed)
    fits = fits[(fits["family"] == ALL) & (fits["rounded"] | fits["truncated"])]
    assert {*fits["test"]} == {"Fisher two-sided", "Fisher one-sided higher"}
