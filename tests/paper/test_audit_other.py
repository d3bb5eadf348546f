"""The audit of other papers: a clean one raises nothing, and a slip in it is found."""

from pathlib import Path

import pandas as pd
import pytest

from jdm_utils import audit_claims, load_claims
from jdm_utils.study import LEDGER

RECOVERY = load_claims(LEDGER.with_name("recovery2021.csv"))
ALARMS = ["contradicted", "not_reproduced"]


def ledger(folder: Path, rows: str) -> pd.DataFrame:
    """A ledger of short rows: place, item, group, statistic, printed, denominator, unit, note."""
    lines = [line.split(",") for line in rows.split()]
    frame = pd.DataFrame(
        [line + [""] * (8 - len(line)) for line in lines],
        columns=[
            "location",
            "item",
            "group",
            "statistic",
            "printed",
            "denominator",
            "unit",
            "note",
        ],
    )
    frame["unit"], frame["note"] = (frame[c].str.replace("_", " ") for c in ("unit", "note"))
    digits = frame["printed"].str.lstrip("<>").str.rstrip("%")
    ids = frame[["location", "item", "group", "statistic"]].agg("_".join, axis=1)
    frame = frame.assign(
        id=ids, value=digits, decimals=digits.str.partition(".")[2].str.len(), role="predicted"
    )
    path = folder / "ledger.csv"
    frame.to_csv(path, index=False)
    return load_claims(path)


SIZES = "table1,patients,drug,n,40 table1,patients,placebo,n,42 "


def test_a_clean_trial_raises_nothing():
    audit = audit_claims(RECOVERY)
    assert not audit["verdict"].isin(ALARMS).any()
    assert audit["severity"].eq("").all()
    assert audit.loc["abstract_deaths_p", "verdict"] == "attainable"
    assert "belong together" in audit.loc["abstract_deaths_p", "explanation"]


@pytest.mark.parametrize(
    ("claim", "printed"),
    [
        ("abstract_deaths_dexamethasone_n", "428"),
        ("abstract_deaths_dexamethasone_percent", "29.2"),
        ("figure2_deaths_oxygen_usual_care_n", "628"),
        ("abstract_deaths_hazard_ratio", "0.88"),
        ("abstract_deaths_ventilated_ci_low", "0.15"),
        ("abstract_deaths_no_support_ci_high", "1.25"),
        ("abstract_deaths_p", "0.01"),
        ("abstract_deaths_p", ">0.05"),
    ],
)
def test_a_slip_in_it_is_found(claim, printed):
    slipped = RECOVERY.copy()
    slipped.loc[claim, ["printed", "value"]] = printed, float(printed.lstrip("<>"))
    audit = audit_claims(slipped)
    wrong = audit[audit["verdict"].isin(ALARMS)]
    assert RECOVERY.loc[claim, "item"] in set(wrong["item"])


@pytest.mark.parametrize(
    ("rows", "claim", "verdict", "method"),
    [
        # The denominators of an item with missing values are its own, not those of the group.
        (SIZES + "table1,fever,drug,n,20 table1,fever,drug,percent,51.3,39 table1,fever,placebo,n,9"
         " table1,fever,placebo,percent,22.5,40 table1,fever,,p,0.008",
         "table1_fever__p", "reproduced", "Pearson"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9 table1,fever,,p,<0.01",
         "table1_fever__p", "reproduced", "Pearson"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9 table1,fever,,p,<0.001",
         "table1_fever__p", "not_reproduced", "every test of the family"),
        (SIZES + "table1,age,drug,mean,6.1 table1,age,drug,sd,2.0 table1,age,placebo,mean,7.4"
         " table1,age,placebo,sd,3.9 table1,age,,p,0.065",
         "table1_age__p", "attainable", "Student's t from the printed means and SDs"),
        (SIZES + "table1,age,drug,mean,6.13,,whole_years table1,age,drug,sd,2.00,,whole_years",
         "table1_age_drug_mean", "attainable", "GRIM"),
        (SIZES + "table1,age,drug,mean,6.14,,whole_years",
         "table1_age_drug_mean", "not_reproduced", "GRIM"),
        ("table1,patients,drug,n,1 table1,patients,placebo,n,9"
         " table1,age,drug,mean,6.5,,whole_years",
         "table1_age_drug_mean", "not_reproduced", "GRIM"),  # one patient
        (SIZES + "table1,age,drug,mean,6.14,,years",
         "table1_age_drug_mean", "not_checkable", ""),
        (SIZES + "table1,stay,drug,median,9,,days table1,stay,drug,min,11,,days",
         "table1_stay_drug_median", "contradicted", "order"),
        (SIZES + "table1,stay,drug,median,9,,days table1,stay,drug,min,11,,hours",
         "table1_stay_drug_median", "consistent", "order"),
        (SIZES + "table1,stay,drug,median,9,,days table1,stay,drug,min,2,,weeks",
         "table1_stay_drug_median", "contradicted", "order"),
        (SIZES + "table1,stay,drug,median,12,,months table1,stay,drug,max,1,,years",
         "table1_stay_drug_median", "consistent", "order"),
        (SIZES + "table1,stay,drug,median,9,,days table1,stay,drug,min,2,,kg",
         "table1_stay_drug_median", "not_checkable", ""),
        # Years that nobody says are whole can have any mean: that some can is not a check passed.
        (SIZES + "table1,age,drug,mean,6.13,,years table1,age,drug,sd,2.00,,years",
         "table1_age_drug_mean", "not_checkable", ""),
        (SIZES + "table1,fever,drug,percent,50,40 table1,fever,drug,n,20",
         "table1_patients_drug_n", "consistent", "percentages of it"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9 table1,fever,,p,<0.01",
         "table1_fever_drug_n", "consistent", "Pearson"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9 table1,fever,,p,<0.001",
         "table1_fever_drug_n", "not_checkable", ""),
        (SIZES + "table1,age,drug,mean,6.1 table1,age,drug,sd,2.0 table1,age,placebo,mean,7.4"
         " table1,age,placebo,sd,3.9 table1,age,,p,0.065",
         "table1_age_placebo_sd", "consistent", "t test"),
        (SIZES + "table1,age,drug,mean,6.1 table1,age,drug,sd,2.0 table1,age,placebo,mean,7.4"
         " table1,age,placebo,sd,3.9 table1,age,,p,0.65",
         "table1_age_placebo_sd", "not_checkable", ""),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9"
         " table1,fever,,odds_ratio,3.67 table1,fever,,ci_low,1.40 table1,fever,,ci_high,9.60",
         "table1_fever__odds_ratio", "reproduced", "Woolf"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9"
         " table1,fever,,risk_ratio,2.33 table1,fever,,ci_low,1.21 table1,fever,,ci_high,4.50",
         "table1_fever__ci_low", "reproduced", "Katz"),
        (SIZES + "abstract,age,drug,median,9 results,age,drug,median,7 table1,age,drug,median,9",
         "results_age_drug_median", "contradicted", "the same number in two places"),
        (SIZES + "abstract,age,drug,median,9 results,age,drug,median,7 table1,age,drug,median,9",
         "table1_age_drug_median", "consistent", "the same number in two places"),
        (SIZES + "table1,fever,drug,percent,51,40", "table1_fever_drug_percent", "contradicted",
         "counts that add up"),
        (SIZES + "table1,fever,drug,percent,50,40", "table1_fever_drug_percent", "attainable",
         "counts of 40 that print so"),
        ("table1,patients,a,n,9 table1,patients,b,n,9 table1,patients,c,n,9 table1,x,a,n,1"
         " table1,x,b,n,2 table1,x,c,n,3 table1,x,,p,0.5",
         "table1_x__p", "reproduced", "Pearson"),
        ("table1,x,all,n,5 table1,x,,p,0.5", "table1_x__p", "not_checkable", ""),
        # Patients in neither group: a share of all is not that of the two groups together.
        (SIZES + "table1,patients,all,n,99 table1,x,all,percent,30,99 table1,x,drug,n,9"
         " table1,x,placebo,n,9", "table1_x_all_percent", "attainable", "counts of 99"),
        (SIZES + "abstract,x,,p,0.374 results,x,,p,0.204", "results_x__p", "contradicted",
         "the same number in two places"),
        (SIZES + "table1,x,drug,n,20 table1,x,placebo,n,9 table1,x,,p,0.007 results,x,,p,0.013",
         "results_x__p", "contradicted", "the same number in two places"),  # Pearson, and Yates
        (SIZES + "abstract,x,,p,0.02 results,x,,p,0.03", "results_x__p", "contradicted",
         "the same number in two places"),  # one habit prints a number in one way
        (SIZES + "abstract,x,,p,0.02 results,x,,p,0.027", "results_x__p", "consistent",
         "the same number in two places"),
        (SIZES + "abstract,x,,p,0.02 table1,x,,p,0.03", "table1_x__p", "not_checkable", ""),
        (SIZES + "abstract,x,,p,0.02 table1,x,,p,0.03", "abstract_x__p", "contradicted",
         "the same number in two places"),
        (SIZES + "table1,patients,all,n,80", "table1_patients_all_n", "contradicted",
         "counts that add up"),
        (SIZES + "table1,x,drug,mean,41.4 table1,x,drug,sd,5.0 table1,x,placebo,mean,15.6"
         " table1,x,placebo,sd,5.0 table1,patients,all,n,82 table1,x,all,mean,15.0"
         " table1,x,all,sd,14.0",
         "table1_x_all_mean", "contradicted", "the groups together"),
        (SIZES + "table1,x,drug,mean,41.4 table1,x,drug,sd,5.0 table1,x,placebo,mean,15.6"
         " table1,x,placebo,sd,5.0 table1,patients,all,n,82 table1,x,all,mean,28.2"
         " table1,x,all,sd,13.9",
         "table1_x_all_mean", "consistent", "the groups together"),
        (SIZES + "table1,fever,drug,n,20 table1,fever,placebo,n,9"
         " table1,fever,,odds_ratio,3.67 table1,fever,,ci_low,1.40 table1,fever,,ci_high,9.06",
         "table1_fever__ci_high", "not_reproduced", "Woolf"),
    ],
)  # fmt: skip
def test_one_number_of_another_paper(tmp_path, rows, claim, verdict, method):
    found = audit_claims(ledger(tmp_path, rows)).loc[claim]
    assert found["verdict"] == verdict
    assert found["method"].startswith(method) and bool(found["method"]) == bool(method)


def test_a_regression_on_the_printed_counts(tmp_path):
    """Fitted with R's glm on 30 patients: y ~ x, 9 of 15 cases and 3 of 15 controls have x."""
    rows = (
        "table1,patients,y,n,15 table1,patients,no_y,n,15 table1,x,y,n,9 table1,x,no_y,n,3"
        " table2,x,,odds_ratio,6.00 table2,x,,ci_low,1.17 table2,x,,ci_high,30.72 table2,x,,p,0.032"
    )
    audit = audit_claims(ledger(tmp_path, rows))
    of_model = audit[audit["location"] == "table2"]
    assert (of_model["verdict"] == "reproduced").all()
    assert set(of_model["method"]) == {"logistic regression on the printed counts"}
    wrong = audit_claims(ledger(tmp_path, rows.replace("ci_high,30.72", "ci_high,20.72")))
    assert wrong.loc["table2_x__ci_high", "verdict"] == "not_reproduced"


def test_labels_name_the_items():
    audit = audit_claims(labels={"gi": "Gastrointestinal involvement"})
    assert "Gastrointestinal involvement" in audit.loc["table3_gi_p", "ask"]


def test_the_structure_of_one_study_is_not_that_of_another(tmp_path):
    """Drugs of other names, causes of death that are not listed, patients of unknown sex."""
    rows = (
        "table1,patients,cases,n,30 table1,patients,controls,n,30"
        " table1,immunosuppressor,cases,n,20"
        " table1,methotrexate,cases,n,8 table1,cyclosporine,cases,n,2"
        " table1,cyclophosphamide,cases,n,1 table1,azathioprine,cases,n,9 table1,deaths,cases,n,5"
        " table1,death_sepsis,cases,n,2 table1,death_perforation,cases,n,1"
        " table1,female,cases,n,20 table1,male,cases,n,9"
    )
    assert not audit_claims(ledger(tmp_path, rows))["verdict"].isin(ALARMS).any()


def test_a_total_that_is_more_than_its_groups_is_told_as_such(tmp_path):
    rows = (
        "table1,patients,all,n,22701 table1,patients,drug,n,11037 table1,patients,placebo,n,11034"
    )
    audit = audit_claims(ledger(tmp_path, rows))
    assert audit["explanation"].str.contains("do not add up").all()
    assert (audit["ask"] == "how many patients are in neither group").all()
