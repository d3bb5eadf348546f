"""The second worked cohort, from its cohort.yml to its models, agrees with R."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jdm_utils import compare_groups, describe, load_cohort, write_analysis
from smallstats import (
    compare_frame,
    cumulative_incidence,
    fit_cox,
    fit_imputed,
    fit_logistic,
    missing_patterns,
)

GOLDEN = Path(__file__).parents[1] / "packages" / "smallstats" / "tests" / "golden"
FOLDER = Path(__file__).parents[1] / "data" / "pbc"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(FOLDER / "cohort.yml")


def golden(name):
    """Read a file made by the R script beside it."""
    return pd.read_csv(GOLDEN / f"{name}.csv")


def test_the_raw_file_is_what_r_ships(tmp_path):
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    made = tmp_path / "pbc.csv"
    subprocess.run(["Rscript", "make.R", made], cwd=FOLDER, check=True, capture_output=True)
    found, wanted = pd.read_csv(FOLDER / "raw" / "pbc.csv"), pd.read_csv(made)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)


def test_the_cohort_loads_as_declared(cohort):
    assert cohort.flow.remaining.tolist() == [418, 412] and not cohort.spec.simulated
    assert cohort.outcome == "cirrhosis" and cohort.frame.cirrhosis.sum() == 144
    assert cohort.frame.index[0] == "pbc-001" and cohort.changes.empty
    assert cohort.frame.stage.cat.ordered and cohort.frame.edema.cat.ordered
    raw = pd.read_csv(FOLDER / "raw" / "pbc.csv").dropna(subset="stage")
    assert cohort.frame.died.sum() == (raw.status == 2).sum()
    assert cohort.frame.bilirubin.tolist() == raw.bili.tolist()
    assert cohort.frame.edema.value_counts().tolist() == raw.edema.value_counts().tolist()
    for variable in cohort.spec.variables.values():
        assert variable.label and (variable.definition or not variable.exported)
    assert cohort.frame.index.is_unique


def test_the_committed_analysis_is_what_cleaning_yields(tmp_path):
    copy = shutil.copytree(FOLDER, tmp_path / "pbc")
    (copy / "analysis.csv").unlink()
    written = write_analysis(load_cohort(copy))
    assert written.read_bytes() == (FOLDER / "analysis.csv").read_bytes()


def test_every_definition_says_something(cohort):
    shown = [v for v in cohort.spec.variables.values() if v.exported]
    assert [v.label for v in shown if len(v.definition.split()) < 2] == []


def test_every_declared_variable_is_described_and_compared(cohort):
    analysis = cohort.spec.analysis
    assert describe(cohort).variable.unique().tolist() == list(analysis.describe)
    compared = compare_groups(cohort)
    assert compared.variable.unique().tolist() == list(analysis.compare)
    assert compared.p.notna().all()


def test_comparisons_agree_with_r(cohort):
    wanted = golden("pbc_compare")
    tests = dict(zip(wanted.variable, wanted.test, strict=True))
    found = compare_frame(cohort.frame, "cirrhosis", wanted.variable, test=tests)
    found = found.drop_duplicates("variable").reset_index(drop=True)
    assert found.p.tolist() == pytest.approx(wanted.p.tolist(), rel=1e-6)
    for column in ("estimate", "ci_low", "ci_high"):
        for row, r in zip(found.itertuples(), wanted.itertuples(), strict=True):
            ours, theirs = getattr(row, column), getattr(r, column)
            # R searches Fisher's and Wilcoxon's limits to a tolerance
            assert ours == pytest.approx(
                theirs, rel=1e-3 if r.test == "pearson" else 1e-6, nan_ok=True
            )


def test_models_agree_with_r(cohort):
    frame = cohort.frame
    fits = {
        "logistic": fit_logistic(frame, "cirrhosis", cohort.spec.analysis.candidates),
        "death": fit_cox(
            frame, "years", "died", ["age", "edema", "bilirubin", "albumin", "prothrombin_time"]
        ),
        "transplant": fit_cox(frame, "years", "transplanted", ["age", "bilirubin"]),
    }
    for model, rows in golden("pbc_models").groupby("model"):
        fit, rows = fits[model], rows.set_index("term")
        assert fit.table.index.tolist() == rows.index.tolist()
        for column in ("coef", "se", "p"):
            wanted = rows[column].tolist()
            assert fit.table[column].tolist() == pytest.approx(wanted, rel=1e-6)
        assert fit.log_likelihood == pytest.approx(rows.log_likelihood.iloc[0], rel=1e-9)
        assert (fit.n, fit.events) == (rows.n.iloc[0], rows.events.iloc[0])
    wanted = golden("pbc_zph")
    found = fits["death"].proportional
    assert found.index.tolist() == wanted.predictor.tolist()
    assert found.chi_square.tolist() == pytest.approx(wanted.chi_square.tolist(), rel=1e-6)
    assert found.df.tolist() == wanted.df.tolist()


def test_incidences_with_a_competing_event_agree_with_r(cohort):
    for event, rows in golden("pbc_incidence").groupby("event"):
        names = ("transplanted", "died")[:: 1 if event == 1 else -1]
        found = cumulative_incidence(
            cohort.frame, "years", names[0], competing=names[1], by="cirrhosis", at=[2, 5, 10]
        )
        assert found.group.tolist() == rows.group.tolist()
        assert found.at_risk.tolist() == rows.at_risk.tolist()
        for column in ("incidence", "se"):
            assert found[column].tolist() == pytest.approx(rows[column].tolist(), rel=1e-9)
        inside = rows.ci_low.notna().to_numpy()
        for column in ("ci_low", "ci_high"):
            wanted = rows[column][inside].tolist()
            assert found[column][inside].tolist() == pytest.approx(wanted, rel=1e-9)


def test_who_was_outside_the_trial_is_one_pattern_and_can_be_imputed(cohort):
    frame, candidates = cohort.frame, list(cohort.spec.analysis.candidates)
    patterns = missing_patterns(frame, candidates)
    assert patterns.missing[1] == ("hepatomegaly", "spiders")
    complete = patterns.n[patterns.variables == 0].item()
    plain = fit_logistic(frame, "cirrhosis", candidates)
    assert complete == plain.n == 308
    imputed = fit_imputed(frame, "cirrhosis", candidates, imputations=20, seed=1)
    assert (imputed.n, imputed.dropped) == (412, 0)
    assert imputed.table.index.equals(plain.table.index)
    # what was measured in everybody is known better, what was missing for a quarter is not
    assert imputed.table.se["age"] < plain.table.se["age"]
    shift = (imputed.table.coef - plain.table.coef) / plain.table.se
    assert shift.abs().max() < 1.5
    assert frame["spiders"].isna().sum() == 100
    assert imputed.table.fmi["spiders"] > imputed.table.fmi["age"]
    assert np.isfinite(imputed.table.to_numpy()).all()
