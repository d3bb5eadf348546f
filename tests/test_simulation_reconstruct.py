"""The simulated patients agree with what was printed, and come out the same every time."""

import numpy as np
import pandas as pd
import pytest

from jdm_utils.study import LEFT_OUT, TABLE4_TREATMENT, load_claims
from jdm_utils.table4_searches import table4_tables
from simulation.reconstruct import build_truth
from smallstats import eliminate_backward
from smallstats.grouped import fit_grouped


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return load_claims()


@pytest.fixture(scope="module")
def truth(claims) -> pd.DataFrame:
    return build_truth(claims).frame


def test_table_4_has_one_set_of_sufficient_statistics(claims):
    """17 of 23 and 14 of 31 treated; two joint tables share what a logistic model sees."""
    found = table4_tables(claims).to_numpy()
    assert found.tolist() == [[3, 13, 3, 4, 17, 13, 0, 1], [4, 12, 2, 5, 16, 14, 1, 0]]
    assert (found[:, :4] + found[:, 4:] == [20, 26, 3, 5]).all()


def test_another_table_4_is_not_found(claims):
    other = claims.copy()
    everywhere = (other["item"] == "cardiac") & (other["statistic"] == "odds_ratio")
    other.loc[everywhere, ["printed", "value"]] = "15.66", 15.66
    with pytest.raises(ValueError, match="prints as Table 4"):
        table4_tables(other)


def test_counts_that_cannot_hold_are_refused(claims):
    other = claims.copy()
    other.loc["table2_ck_all_n", "value"] = 26
    with pytest.raises(ValueError, match="no cohort agrees"):
        build_truth(other)


def test_what_is_left_out_clashes(claims):
    """Each left-out count disagrees with others that are kept."""
    n = claims["value"]
    assert n["table3_female_calcinosis_n"] + n["table3_female_no_calcinosis_n"] == 41
    assert n["table2_female_all_n"] == n["results_female_calcinosis_n"] + 25 == 40
    assert n["results_female_calcinosis_n"] + n["results_male_calcinosis_n"] == 23
    assert (
        n["table3_ldh_calcinosis_n"] + n["table3_ldh_no_calcinosis_n"] == n["table2_ldh_all_n"] - 2
    )
    drugs = ("methotrexate", "cyclosporine", "cyclophosphamide")
    assert sum(n[f"results_{d}_calcinosis_n"] for d in drugs) == 16
    assert (
        n["results_immunosuppressor_calcinosis_n"] == n["table3_immunosuppressor_calcinosis_n"] + 1
    )
    assert set(LEFT_OUT) <= set(claims.index)


def test_dates_are_coherent(truth):
    t = truth
    assert (t["birth"] < t["onset"]).all()
    assert (t["onset"] <= t["diagnosis"]).all()
    assert (t["diagnosis"] <= t["treatment"]).all()
    assert (t["treatment"] < t["last_visit"]).all()
    assert ((t["last_visit"] - t["diagnosis"]).dt.days >= 183).all()
    assert t["onset"].min() >= pd.Timestamp(1987, 1, 1)
    assert t["last_visit"].max() <= pd.Timestamp(2003, 12, 31)
    dates = t["calcinosis_date"]
    assert (dates.notna() == t["calcinosis"]).all()
    assert (dates >= t["onset"])[t["calcinosis"]].all()
    assert (dates < t["last_visit"])[t["calcinosis"]].all()
    age = (t["onset"] - t["birth"]).dt.days / 365.25
    assert age.between(1, 16).all()


def test_findings_fit_together(truth):
    t = truth
    sites = t[["upper_limbs", "lower_limbs", "trunk", "scrotal", "urethral"]]
    assert (sites.any(axis=1) == t["calcinosis"]).all()
    assert (t["subtype"].notna() == t["calcinosis"]).all()
    assert not (t["female"] & (t["scrotal"] | t["urethral"])).any()
    assert (t["excision"] == t["urethral"]).all()
    assert (t["died"] == t["cause_of_death"].notna()).all()
    assert (t[["diltiazem", "edta", "alendronate"]].sum(axis=1) <= 1).all()
    assert t["weakest_grade"].between(1, 4).all()
    assert not t.isna().all(axis=1).any()


def test_backward_elimination_ends_at_table_4(truth):
    frame = truth.assign(
        **{
            TABLE4_TREATMENT: truth[
                ["methotrexate", "cyclosporine", "cyclophosphamide", "ivig"]
            ].any(axis=1)
        }
    )
    result = eliminate_backward(frame, "calcinosis", ["cardiac", "pulmonary", TABLE4_TREATMENT])
    assert result.final.predictors == ("cardiac", TABLE4_TREATMENT)


def test_the_order_of_patients_tells_nothing(truth):
    """Not sorted by outcome, nor in blocks: runs of one outcome as in a shuffled list."""
    runs = (
        int((truth["calcinosis"].to_numpy()[1:] != truth["calcinosis"].to_numpy()[:-1]).sum()) + 1
    )
    assert 18 <= runs <= 38


def test_rebuilding_gives_the_same_patients(claims, truth):
    pd.testing.assert_frame_equal(build_truth(claims).frame, truth)
    assert not build_truth(claims, seed=1).frame.equals(truth)


def test_grouped_fits_match_the_closed_form():
    """One binary covariate: log odds ratio and Woolf's standard error; a zero cell has no fit."""
    fits = fit_grouped([[1, 0], [1, 1]], [[16, 7], [16, 8]], [[46, 8], [46, 8]])
    assert fits.converged.tolist() == [True, False]
    assert fits.coef[0, 1] == pytest.approx(np.log(7 * 30 / 16), abs=1e-12)
    assert fits.se[0, 1] == pytest.approx(np.sqrt(1 / 7 + 1 + 1 / 16 + 1 / 30), abs=1e-12)
    assert fits.n.tolist() == [54, 54]


@pytest.mark.parametrize(
    ("cases", "totals", "problem"),
    [([[1, 2, 3]], [[4, 4, 4]], "do not match"), ([[5, 1]], [[4, 4]], "more cases"),
     ([[-1, 1]], [[4, 4]], "fewer than 0")],
)  # fmt: skip
def test_grouped_fits_refuse(cases, totals, problem):
    with pytest.raises(ValueError, match=problem):
        fit_grouped([[1, 0], [1, 1]], cases, totals)
