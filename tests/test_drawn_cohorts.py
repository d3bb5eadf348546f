"""Every drawn cohort agrees with what is printed; what is not printed differs between them."""

from math import factorial, prod

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, hypergeom

from jdm_utils import check_claims, compare_claims, fit_logistic, load_claims, load_cohort
from jdm_utils.drawn_cohorts import (
    analyse_cohorts,
    draw_cohorts,
    over_cohorts,
    summarise_cohorts,
)
from jdm_utils.table4_searches import table4_tables

TREATED = "immunosuppressor_or_ivig"
DRUGS = ["methotrexate", "cyclosporine", "cyclophosphamide"]
SITES = ["upper_limbs", "lower_limbs", "trunk", "scrotal", "urethral"]


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return load_claims()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return load_cohort().frame


@pytest.fixture(scope="module")
def cohorts(frame, claims) -> pd.DataFrame:
    return draw_cohorts(frame, claims)


@pytest.fixture(scope="module")
def many(frame, claims) -> pd.DataFrame:
    return draw_cohorts(frame, claims, n=4000, seed=5)


def treated_hearts(cohorts: pd.DataFrame, outcome: bool) -> pd.Series:
    rows = cohorts["cardiac"] & cohorts[TREATED] & (cohorts["calcinosis"] == outcome)
    return rows.groupby("cohort").sum()


def test_there_are_200_cohorts_of_54(cohorts, frame):
    sizes = cohorts.groupby("cohort").size()
    assert sizes.index.tolist() == list(range(1, 201))
    assert (sizes == 54).all()
    assert (cohorts.loc[77, "calcinosis"] == frame["calcinosis"]).all()


def test_every_cohort_agrees_with_every_built_in_count(cohorts, claims):
    """All 200, counted here; `compare_claims` recounts some of them below."""
    counts = claims[claims["statistic"].eq("n") & claims["role"].eq("built_in")]
    patients = cohorts.assign(patients=True, male=~cohorts["female"], all=True)
    patients["no_calcinosis"] = ~patients["calcinosis"]
    assert len(counts) > 80
    for claim in counts.itertuples():
        rows = patients[patients[claim.group]]
        having = rows[claim.item].fillna(False).groupby("cohort").sum()
        assert having.tolist() == [claim.value] * 200, claim.Index


def test_some_cohorts_agree_in_all_that_is_printed(cohorts, claims):
    """Counts, means, medians, p values, odds ratios: in cohorts of both tables of Table 4."""
    hearts = treated_hearts(cohorts, outcome=False)
    some = [*hearts[hearts == 1].index[:3], *hearts[hearts == 0].index[:3]]
    assert len(some) == 6
    for cohort in some:
        table = check_claims(compare_claims(claims, cohorts.loc[cohort]))
        assert table.loc["built in", "differs"] == 0


def test_every_cohort_prints_as_table_4(cohorts, claims):
    allowed = table4_tables(claims).to_numpy().tolist()
    cells = cohorts.groupby(["cohort", "calcinosis", "cardiac", TREATED]).size()
    table = cells.unstack(["calcinosis", "cardiac", TREATED], fill_value=0)
    order = [(c, h, t) for c in (True, False) for h in (False, True) for t in (False, True)]
    found = table.reindex(columns=order, fill_value=0).to_numpy().tolist()
    assert all(row in allowed for row in found)
    assert all(row in found for row in allowed)


def test_both_tables_come_as_often_as_there_are_ways(many, claims):
    """Ways to assign the eight kinds to 23 and 31 patients: two multinomial coefficients."""
    tables = table4_tables(claims).to_numpy().tolist()
    ways = [1 / prod(factorial(n) for n in row) for row in tables]
    share = ways[0] / sum(ways)
    assert share == pytest.approx(0.297, abs=0.001)
    assert (treated_hearts(many, outcome=False) == 1).mean() == pytest.approx(share, abs=0.025)


def test_what_the_text_nests_stays_nested(cohorts):
    t, case = cohorts, cohorts["calcinosis"]
    assert (t["immunosuppressor"] == t[DRUGS].any(axis=1)).all()
    assert (t[TREATED] == (t["immunosuppressor"] | t["ivig"])).all()
    assert (t["strength_4"] != t["strength_1_3"]).all()
    assert (t["deaths"] == (t["death_sepsis"] | t["death_perforation"])).all()
    assert not (t["death_sepsis"] & t["death_perforation"]).any()
    assert (t["anti_jo1"].notna() == t["pulmonary"]).all()
    assert (t[SITES].any(axis=1) == case).all()
    assert (t[["circumscripta", "universalis", "extensive"]].sum(axis=1) == case.astype(int)).all()
    assert not (t["female"] & (t["scrotal"] | t["urethral"])).any()
    assert (t["excision"] == t["urethral"])[case].all()
    specific = t[["diltiazem", "edta", "alendronate"]].sum(axis=1)
    assert (specific == t["specific_treatment"].fillna(False).astype(int)).all()
    for finding in ("ulceration", "chalk", "triamcinolone", "calcinosis_before_diagnosis"):
        assert (t[finding].notna() == case).all()


def test_times_stay_consistent(cohorts):
    t = cohorts
    assert (t["diagnosis_over_1_year"] == (t["time_to_diagnosis"] > 1)).all()
    assert (t["onset_over_6_5"] == (t["age_at_onset"] > 6.5)).all()
    assert np.allclose(t["age_at_onset"] + t["time_to_diagnosis"], t["age_at_diagnosis"])
    assert (t["time_to_treatment"] >= t["time_to_diagnosis"]).all()
    early = t[t["calcinosis_before_diagnosis"].fillna(False)]
    assert (early["months_calcinosis_to_diagnosis"] / 12 <= early["time_to_diagnosis"]).all()
    first = t["calcinosis_first_sign"].fillna(False)
    assert (t["calcinosis_before_diagnosis"][first]).all()


def test_draws_differ_and_come_again(cohorts, frame, claims):
    kinds = cohorts.groupby("cohort").apply(lambda x: hash(x.to_csv(index=False)))
    assert kinds.nunique() == 200
    for finding in ("female", "ck", "gi", "pulmonary", "immunosuppressor", "time_to_treatment"):
        assert cohorts[finding].groupby("patient").nunique().max() > 1
    pd.testing.assert_frame_equal(draw_cohorts(frame, claims), cohorts)
    assert not draw_cohorts(frame, claims, n=5, seed=1).equals(cohorts.loc[1:5])


@pytest.mark.parametrize("finding", ["pulmonary", "diagnosis_over_1_year"])
def test_findings_are_dealt_independently(many, finding):
    """How many of the seven hearts have it: the hypergeometric distribution."""
    case = many[many["calcinosis"]]
    n = int(case.loc[1, finding].sum())
    both = (case["cardiac"] & case[finding]).groupby("cohort").sum().astype(int)
    chance = hypergeom.pmf(range(8), 23, n, 7)
    expected = 4000 * np.r_[chance[0], chance[1:6], chance[6:].sum()]
    seen = both.clip(upper=6).value_counts().reindex(range(7), fill_value=0)
    assert chisquare(seen, expected).pvalue > 0.001


def test_immunosuppressors_are_dealt_within_the_treated(many):
    """Of the 17 treated 15 have one; how many of those 4 or 5 with a heart finding?"""
    case = many[many["calcinosis"]]
    hearts = treated_hearts(many, outcome=True)
    both = (case["cardiac"] & case["immunosuppressor"]).groupby("cohort").sum().astype(int)
    for number in (4, 5):
        of_these = both[hearts == number]
        expected = len(of_these) * hypergeom.pmf(range(number - 2, number + 1), 17, 15, number)
        seen = of_these.value_counts().reindex(range(number - 2, number + 1), fill_value=0)
        assert chisquare(seen, expected).pvalue > 0.001


def test_what_cannot_be_drawn_is_refused(frame, claims):
    with pytest.raises(ValueError, match="not a positive number of cohorts"):
        draw_cohorts(frame, claims, n=0)
    other = frame.assign(cardiac=frame["pulmonary"])
    with pytest.raises(ValueError, match="do not make a table that prints as Table 4"):
        draw_cohorts(other, claims)


def test_cohorts_that_look_alike_are_computed_once(cohorts):
    seen = []

    def hearts(x: pd.DataFrame) -> dict[str, int]:
        seen.append(list(x))
        return {"both": int((x["cardiac"] & x[TREATED]).sum()), "n": len(x)}

    found = over_cohorts(cohorts, ["cardiac", TREATED, "calcinosis"], hearts)
    assert seen == [["cardiac", TREATED, "calcinosis"]] * 2
    assert found.index.equals(pd.Index(range(1, 201), name="cohort"))
    expected = (cohorts["cardiac"] & cohorts[TREATED]).groupby("cohort").sum()
    assert (found["both"] == expected).all() and (found["n"] == 54).all()


def test_cohorts_that_differ_only_in_missing_values_are_not_alike():
    index = pd.MultiIndex.from_product([[1, 2], [1, 2]], names=["cohort", "patient"])
    values = pd.array([True, None, True, False], "boolean")
    found = over_cohorts(pd.DataFrame({"a": values}, index=index), ["a"], lambda x: x["a"].count())
    assert found["value"].tolist() == [1, 2]


def test_a_function_is_given_what_else_it_needs():
    index = pd.MultiIndex.from_product([[1, 2], [1, 2]], names=["cohort", "patient"])
    data = pd.DataFrame({"a": [1, 2, 3, 4]}, index=index)
    found = over_cohorts(data, ["a"], lambda x, n, *, more: x["a"].sum() * n + more, 10, more=1)
    assert found["value"].tolist() == [31, 71]


def test_a_summary_has_median_and_range():
    results = pd.DataFrame({"a": range(101), "b": [0.0] * 100 + [1.0]})
    found = summarise_cohorts(results)
    assert found.loc["a"].tolist() == [50, 2.5, 97.5, 0, 100]
    assert found.loc["b"].tolist() == [0, 0, 0, 0, 1]
    assert list(found) == ["median", "low", "high", "least", "most"]


def test_analyses_are_those_of_each_cohort(cohorts):
    some, adjusted = cohorts.loc[1:6], ["diagnosis_over_1_year", TREATED]
    methods = {"Wald": {}, "Firth": {"method": "firth", "interval": "profile"}}
    found = analyse_cohorts(some, "calcinosis", "cardiac", [[], adjusted], methods)
    assert found["method"].tolist() == ["Wald", "Wald", "Firth", "Firth"]
    assert found["covariates"].tolist() == [[], adjusted] * 2
    single = pd.DataFrame(
        fit_logistic(
            some.loc[k], "calcinosis", ["cardiac", *adjusted], **methods["Firth"]
        ).table.loc["cardiac"]
        for k in range(1, 7)
    )
    ratios = single["odds_ratio"]
    row = found.iloc[3]
    assert (row["least"], row["odds_ratio"], row["most"]) == pytest.approx(
        (ratios.min(), ratios.median(), ratios.max())
    )
    assert row["ci_low"] == pytest.approx(single["ci_low"].median())
    assert row["ci_high"] == pytest.approx(single["ci_high"].median())


def test_the_share_of_intervals_that_exclude_one():
    """8 of 10 against 2 of 10 excludes it; 6 against 4 does not; the reverse of the first does."""
    numbers = [(8, 2), (6, 4), (2, 8), (5, 5)]
    y = [True] * 10 + [False] * 10
    frames = [
        pd.DataFrame({"y": y, "x": [i < a for i in range(10)] + [i < b for i in range(10)]})
        for a, b in numbers
    ]
    cohorts = pd.concat(dict(enumerate(frames)), names=["cohort", "patient"])
    row = analyse_cohorts(cohorts, "y", "x", [[]], {"Wald": {}}).iloc[0]
    assert row["excluding"] == 0.5
    assert (row["least"], row["most"]) == pytest.approx((1 / 16, 16))
