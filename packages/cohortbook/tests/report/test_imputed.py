"""Regressions and comparisons with missing values imputed, from `cohort.yml` to the tables."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohortbook import load_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.imputed import (
    IMPUTATION_SEED,
    impute_candidates,
    imputed_comparison,
    imputed_parents,
    show_imputed,
    show_imputed_comparison,
    show_imputed_hazards,
)
from smallstats import fit_logistic, impute, pool_estimates, pool_profiles

SPEC = """
data: {file: d.csv}
variables:
  ill: {kind: binary, column: ill}
  born: {kind: date, column: born}
  seen: {kind: date, column: seen}
  kg: {kind: number, column: kg}
  m: {kind: number, column: m, unit: m}
  bmi: {derive: {bmi: [kg, m]}}
  heavy: {derive: {above: [bmi, "25"]}}
  age: {derive: {years: [born, seen]}}
  smoker: {kind: binary, column: smoker}
  pack: {kind: number, column: pack, only_if: smoker}
  site: {kind: category, column: site, levels: [A, B, C]}
  grade: {kind: ordinal, column: grade, levels: [I, II, III]}
  months: {kind: number, column: months}
  died: {kind: binary, column: died}
analysis:
  outcome: ill
  compare: [kg, bmi, heavy, smoker, site, grade, died]
  candidates: [bmi, heavy, smoker]
  time: months
  event: died
  imputations: "6"
"""


@pytest.fixture
def make(tmp_path):
    """Write a cohort of 120 with gaps, in which the ill are heavier."""
    rng = np.random.default_rng(8)
    n = 120
    ill = rng.random(n) < 0.4
    frame = pd.DataFrame({"ill": np.where(ill, "yes", "no")})
    frame["born"] = (
        pd.Timestamp("1960-01-01") + pd.to_timedelta(rng.integers(0, 9000, n), "D")
    ).astype(str)
    frame["seen"] = "2015-03-01"
    frame["m"] = rng.normal(1.7, 0.1, n).round(2)
    frame["kg"] = ((23 + 4 * ill + rng.normal(0, 3, n)) * frame.m**2).round(1)
    frame["smoker"] = np.where(rng.random(n) < 0.4, "yes", "no")
    frame["pack"] = np.where(frame.smoker == "yes", 5, np.nan)
    frame["site"] = rng.choice(["A", "B", "C"], n)
    frame["grade"] = rng.choice(["I", "II", "III"], n)
    frame["months"] = rng.exponential(20, n).round(1) + 0.1
    frame["died"] = np.where(rng.random(n) < 0.6, "yes", "no")
    for name, share in {
        "kg": 0.3,
        "m": 0.1,
        "smoker": 0.2,
        "site": 0.2,
        "grade": 0.2,
        "seen": 0.1,
    }.items():
        frame[name] = frame[name].mask(rng.random(n) < share)
    frame["pack"] = frame.pack.where(frame.smoker == "yes")
    frame.to_csv(tmp_path / "d.csv", index=False)

    def load(*changes):
        text = SPEC
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "cohort.yml").write_text(text, "utf-8")
        return load_cohort(tmp_path)

    return load


def test_parents_are_imputed_and_what_follows_is_not(make):
    spec = make().spec
    assert imputed_parents(spec, ["heavy", "smoker"]) == (["kg", "m", "smoker"], ["bmi", "heavy"])
    assert imputed_parents(spec, ["age"]) == (["age"], [])  # from dates, which are not imputed
    with pytest.raises(ValueError, match="does not apply to everybody"):
        imputed_parents(spec, ["pack"])


def completed(cohort, names):
    """Complete by hand: body mass index from the imputed weight and height."""
    done = impute(cohort.frame, names, imputations=6, seed=IMPUTATION_SEED)
    for data in done:
        data["bmi"] = data.kg / data.m**2
        data["heavy"] = data.bmi > 25
    return done


def test_the_regression_is_firths_of_cohorts_completed_by_hand(make):
    cohort = make()
    done = completed(cohort, ["ill", "smoker", "kg", "m"])
    wanted = pool_profiles(done, "ill", ["bmi", "heavy", "smoker"]).drop(index="Intercept")
    found = impute_candidates(cohort).together
    for column in ("odds_ratio", "ci_low", "ci_high", "p"):
        assert found[column].tolist() == pytest.approx(wanted[column].tolist(), rel=1e-9)
    assert set(found["n"]) == {120} and set(found["dropped"]) == {0}
    notes = " ".join(show_imputed(cohort).notes)
    assert "Firth's penalised likelihood in 6 imputations pooled by their profiles (CLIP)" in notes


def test_the_method_is_that_of_the_spec(make):
    found = impute_candidates(make(("outcome: ill", "outcome: ill\n  method: ml"))).together
    assert found["method"].str.startswith("maximum likelihood in 6 imputations pooled by Rub").all()


@pytest.mark.slow
def test_steps_and_knots_are_those_of_the_known_values(make):
    plain = impute_candidates(make()).together
    steps = ("bmi: {derive", "bmi: {per: sd, derive")
    cohort = make(steps)
    found = impute_candidates(cohort).together
    size = cohort.frame.bmi.std()
    assert np.log(found.odds_ratio["bmi"]) == pytest.approx(
        size * np.log(plain.odds_ratio["bmi"]), rel=1e-6
    )
    curved = make(("outcome: ill", 'outcome: ill\n  splines: {bmi: "3"}'))
    assert np.isfinite(impute_candidates(curved).together.odds_ratio).all()


def test_hazards_are_imputed_too(make):
    cohort = make()
    table = show_imputed_hazards(cohort)
    assert "in 6 imputations pooled by Rubin's rules" in table.notes[0]
    assert "120 patients" in table.notes[0]
    assert "imputed_hazards" in cohort_tables(cohort)


def test_groups_are_compared_in_each_completed_cohort(make):
    cohort = make()
    table = imputed_comparison(cohort).set_index("variable")
    assert table.index.tolist() == ["kg", "bmi", "heavy", "smoker", "site", "grade"]
    done = completed(cohort, ["ill", "kg", "m", "smoker", "site", "grade", "died"])
    differences, variances = [], []
    for data in done:
        a, b = data.bmi[data.ill.eq(True)], data.bmi[data.ill.eq(False)]
        differences.append([a.mean() - b.mean()])
        variances.append([a.var() / len(a) + b.var() / len(b)])
    wanted = pool_estimates(differences, variances, 118).iloc[0]
    row = table.loc["bmi"]
    assert [row.estimate, row.ci_low, row.ci_high, row.p] == pytest.approx(
        [wanted.estimate, wanted.low, wanted.high, wanted.p]
    )
    assert row.missing == cohort.frame.bmi.isna().sum() and row.total == 120
    firth = pool_profiles(done, "ill", ["smoker"]).loc["smoker"]
    assert table.loc["smoker", ["estimate", "p"]].tolist() == pytest.approx(
        [firth.odds_ratio, firth.p]
    )
    assert "D2" in table.method["site"] and "trend" in table.method["grade"]
    assert table[["p", "p_known"]].notna().all(axis=None)
    shown = show_imputed_comparison(cohort)
    assert shown.frame["Pooled by"].iloc[1] == "mean difference, unequal variances, Rubin's rules"


def test_where_nothing_differs_the_pooled_is_the_plain(make):
    cohort = make()
    full = cohort.frame.assign(smoker=cohort.frame.smoker.fillna(True))
    done = pool_profiles([full, full], "ill", ["smoker"]).loc["smoker"]
    one = fit_logistic(full, "ill", ["smoker"], method="firth").table.loc["smoker"]
    assert [done.ci_low, done.p] == pytest.approx([one.ci_low, one.p], rel=1e-5)


def test_what_is_not_imputed_is_said(make):
    assert "pack" in repr(show_imputed(make(("heavy, smoker]", "pack]")))).lower()
    clusters = make(("outcome: ill", "outcome: ill\n  cluster: site"))
    assert "clusters" in repr(show_imputed(clusters))
    assert "imputed_hazards" not in cohort_tables(clusters)
    few = make()
    few = replace(few, spec=replace(few.spec, suppress_below="5"))
    assert "small counts" in repr(show_imputed(few))
    assert "imputed_comparison" not in cohort_tables(few)


def test_clusters_make_the_errors_of_cox_robust(make):
    from cohortbook import fit_hazards
    from smallstats import fit_cox

    cohort = make(("outcome: ill", "outcome: ill\n  cluster: site"))
    found = fit_hazards(cohort)
    wanted = fit_cox(cohort.frame, "months", "died", ["bmi", "heavy", "smoker"], cluster="site")
    assert found.together["p"].tolist() == pytest.approx(wanted.table["p"].tolist())
    assert "robust to the 3 clusters" in found.together["method"].iloc[0]
    plain = fit_hazards(make())
    assert plain.together["p"].tolist() != pytest.approx(wanted.table["p"].tolist())
