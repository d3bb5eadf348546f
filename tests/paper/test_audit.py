"""The audit finds what was found by hand, and nothing else."""

import importlib
from dataclasses import replace

import pandas as pd
import pytest

from jdm_utils import audit_claims, load_claims
from paperaudit.audit import KINDS, VERDICTS
from paperaudit.groups import own_claims
from paperaudit.verdict import (
    DIFFERS,
    FOLLOWS,
    MEANINGS,
    TO_WEIGH,
    UNJUDGED,
    Finding,
    Verdict,
    unchecked,
)

CLAIMS = load_claims()


@pytest.fixture(scope="module")
def audit() -> pd.DataFrame:
    return audit_claims(CLAIMS)


def changed(errors: list[tuple[str, str, str]]) -> pd.DataFrame:
    other = CLAIMS.copy()
    for claim, printed, _ in errors:
        decimals = len(printed.partition(".")[2])
        other.loc[claim, ["printed", "value", "decimals"]] = printed, float(printed), decimals
    return other


def test_every_claim_has_a_verdict_from_the_closed_list(audit):
    assert list(audit.index) == list(CLAIMS.index)
    assert set(audit["verdict"]) == set(VERDICTS)
    unchecked = audit["verdict"] == "not_checkable"
    assert audit.loc[unchecked, "explanation"].ne("").all()
    attainable = audit["verdict"] == "attainable"
    assert audit.loc[attainable, "explanation"].ne("").all()
    assert audit.loc[audit["verdict"].isin(TO_WEIGH), "ask"].ne("").all()
    consistent = audit["verdict"] == "consistent"
    assert audit.loc[consistent, "explanation"].str.startswith("it agrees with ").all()
    assert audit.loc[consistent, "method"].ne("").all()
    assert audit.loc[audit["verdict"] == "reproduced", "severity"].eq("").all()


@pytest.mark.parametrize(
    ("claim", "verdict", "severity"),
    [
        ("table3_ck_p", "not_reproduced", "changes a conclusion"),
        ("results_diagnosis_over_1_year_p", "reproduced_other_method", "changes a conclusion"),
        ("results_onset_over_6_5_p", "reproduced_other_method", "cosmetic"),
        ("table3_ast_p", "not_reproduced", "cosmetic"),
        ("table3_alt_p", "not_reproduced", "cosmetic"),
        ("table3_gi_p", "not_reproduced", "cosmetic"),
        ("table3_age_at_diagnosis_p", "not_reproduced", "cosmetic"),
        ("table3_time_to_treatment_p", "attainable", ""),
        ("table3_female_p", "reproduced_truncated", "cosmetic"),
        ("table3_pulmonary_p", "reproduced_truncated", "cosmetic"),
        ("table3_cardiac_p", "reproduced", ""),
        ("table3_deaths_p", "reproduced", ""),
        ("abstract_immunosuppressor_p", "contradicted", "cosmetic"),
        ("results_immunosuppressor_p", "reproduced", ""),
        ("table3_immunosuppressor_p", "reproduced", ""),
        ("discussion_study_period_all_n", "contradicted", "cosmetic"),
        ("methods_study_period_all_min", "not_checkable", ""),
        ("table3_female_calcinosis_n", "contradicted", "arithmetic"),
        ("results_immunosuppressor_calcinosis_n", "contradicted", "arithmetic"),
        ("table2_ldh_all_n", "contradicted", "arithmetic"),
        ("table4_cardiac_odds_ratio", "other_patients", "arithmetic"),
        ("abstract_immunosuppressor_ci_low", "other_patients", "arithmetic"),
        ("results_age_at_onset_cutoff", "reproduced_other_method", "cosmetic"),
        ("results_time_to_diagnosis_cutoff", "reproduced_other_method", "cosmetic"),
        ("table2_pulmonary_all_percent", "reproduced_truncated", "cosmetic"),
        ("discussion_death_sepsis_all_percent", "reproduced_truncated", "cosmetic"),
        ("discussion_extensive_calcinosis_fraction", "reproduced", ""),
        ("table2_cardiac_all_n", "reproduced", ""),
        ("results_methotrexate_calcinosis_n", "reproduced", ""),
        ("discussion_pulmonary_all_max", "not_checkable", ""),
        ("methods_follow_up_all_mean", "consistent", ""),
        ("results_months_calcinosis_to_diagnosis_calcinosis_min", "consistent", ""),
        ("results_specific_treatment_calcinosis_n", "consistent", ""),
        ("table3_time_to_treatment_no_calcinosis_sd", "consistent", ""),
        ("results_death_sepsis_no_calcinosis_n", "reproduced", ""),
        ("discussion_death_perforation_all_n", "reproduced", ""),
    ],
)
def test_what_was_found_by_hand(audit, claim, verdict, severity):
    assert audit.loc[claim, ["verdict", "severity"]].tolist() == [verdict, severity]


def test_nothing_else_is_held_against_the_paper(audit):
    """Of the study's own numbers, everything outside the list of the design is in order."""
    wrong = audit[audit["verdict"].isin(["contradicted", "not_reproduced"])]
    assert set(wrong["item"]) == {
        "female", "immunosuppressor", "ldh", "ck", "ast", "alt", "gi", "age_at_diagnosis",
        "study_period",
    }  # fmt: skip
    regression = audit[audit["verdict"] == "other_patients"]
    wanted = "logistic regression with 31 patients, not the printed 25, in its immunosuppressor"
    assert set(regression["method"]) == {wanted} and len(regression) == 23
    other = audit[audit["verdict"] == "reproduced_other_method"]
    assert set(other["item"]) == {
        "onset_over_6_5", "diagnosis_over_1_year", "age_at_onset", "time_to_diagnosis",
    }  # fmt: skip


ERRORS = [
    ("table3_cardiac_calcinosis_percent", "35", "contradicted"),
    ("table3_alt_no_calcinosis_n", "20", "contradicted"),
    ("table3_pulmonary_p", "0.20", "contradicted"),
    ("table3_deaths_p", "0.50", "contradicted"),
    ("results_chalk_calcinosis_percent", "17", "contradicted"),
    ("discussion_death_sepsis_all_percent", "7.9", "contradicted"),
    ("table3_time_to_treatment_p", "0.54", "not_reproduced"),
]


def test_a_planted_error_is_found_and_nothing_else_of_other_items(audit):
    """Each is of another item, so all are planted at once: none hides or makes another."""
    after = audit_claims(changed(ERRORS))
    assert [after.loc[claim, "verdict"] for claim, _, _ in ERRORS] == [v for _, _, v in ERRORS]
    items = set(CLAIMS.loc[[claim for claim, _, _ in ERRORS], "item"])
    assert len(items) == len(ERRORS)
    elsewhere = ~CLAIMS["item"].isin(items)
    columns = ["verdict", "severity", "method"]
    pd.testing.assert_frame_equal(after.loc[elsewhere, columns], audit.loc[elsewhere, columns])


def test_a_contradiction_names_what_it_clashes_with(audit):
    text = audit.loc["table3_female_calcinosis_n", "explanation"]
    assert "Results, female, calcinosis, n, printed as 15" in text
    text = audit.loc["table2_ldh_all_n", "explanation"]
    assert "Table 3, ldh, calcinosis, n, printed as 19; Table 3, ldh, no calcinosis, n" in text


def test_no_explanation_has_an_id(audit):
    words = audit[["explanation", "ask", "method"]].agg(" ".join, axis=1).str.split(r"[^\w]+")
    assert not words.explode().isin(CLAIMS.index).any()
    assert not words.explode().str.contains("_").any()


def test_what_passed_no_check_is_a_short_list(audit):
    own = audit.loc[own_claims(CLAIMS).index]
    left = own[own["verdict"] == "not_checkable"]
    assert set(left["item"]) == {
        "calcinosis_first_sign", "triamcinolone", "anti_jo1", "age_at_diagnosis",
    }  # fmt: skip
    age = left.loc[left["item"] == "age_at_diagnosis", "explanation"]
    assert len(age) == 4 and age.str.contains("printed as 0.37, does not follow from it").all()
    assert left.loc["results_anti_jo1_pulmonary_n", "explanation"] == (
        "no other printed number depends on it"
    )


@pytest.mark.parametrize(
    ("claim", "method", "computed", "named"),
    [
        ("methods_follow_up_all_min", "order", "", ["median, printed as 6.7 years", "16 years"]),
        ("results_months_calcinosis_to_diagnosis_calcinosis_max", "order", "", ["15 days"]),
        ("table3_time_to_treatment_calcinosis_mean", "t test",
         "p 0.3160, between 0.1866 and 0.4679", ["Table 3, time to treatment, p, printed as 0.34"]),
        ("results_specific_treatment_calcinosis_n", "counts that add up", "6 to 15",
         ["alendronate", "diltiazem", "edta"]),
    ],
)  # fmt: skip
def test_a_consistent_number_names_the_others_of_its_check(audit, claim, method, computed, named):
    row = audit.loc[claim]
    assert (row["method"], row["computed"]) == (method, computed)
    assert all(text in row["explanation"] for text in named)


CHECKS_THAT_FAIL = [
    ("methods_follow_up_all_max", "5", "methods_follow_up_all_median", "contradicted"),
    ("results_months_calcinosis_to_diagnosis_calcinosis_min", "400",
     "results_months_calcinosis_to_diagnosis_calcinosis_median", "contradicted"),
    ("table3_time_to_treatment_p", "0.60", "table3_time_to_treatment_calcinosis_sd",
     "not_checkable"),
    ("results_specific_treatment_calcinosis_n", "16", "results_specific_treatment_calcinosis_n",
     "contradicted"),
    ("results_deaths_all_n", "9", "results_deaths_all_n", "contradicted"),
]  # fmt: skip


def test_each_check_that_is_passed_can_fail():
    """A number that was consistent no longer is, if another of its check is changed."""
    after = audit_claims(changed([(claim, printed, "") for claim, printed, *_ in CHECKS_THAT_FAIL]))
    found = [after.loc[held, "verdict"] for *_, held, _ in CHECKS_THAT_FAIL]
    assert found == [verdict for *_, verdict in CHECKS_THAT_FAIL]


def test_a_repeated_p_names_the_tests_of_both(audit):
    text = audit.loc["abstract_immunosuppressor_p", "explanation"]
    assert "Results, immunosuppressor, p, printed as 0.02; Table 3, immunosuppressor, p" in text
    assert "0.03 is the p of Yates or Fisher two-sided" in text
    assert "0.02 is the p of Pearson or Fisher two-sided cut off" in text


def test_the_years_from_one_january_to_another_december(audit):
    assert audit.loc["discussion_study_period_all_n", "computed"] == "17"
    right = audit_claims(changed([("discussion_study_period_all_n", "17", "")]))
    assert right.loc["discussion_study_period_all_n", "verdict"] == "not_checkable"
    unknown = CLAIMS.copy()
    unknown.loc["methods_study_period_all_min", "note"] = ""
    assert audit_claims(unknown).loc["discussion_study_period_all_n", "verdict"] == "not_checkable"


def test_three_meanings_of_four_kinds(audit):
    own = audit.loc[own_claims(CLAIMS).index]
    assert len(own) == 257 and set(audit["kind"]) <= set(KINDS)
    assert own["meaning"].value_counts().to_dict() == {FOLLOWS: 209, DIFFERS: 41, UNJUDGED: 7}
    counted = own.groupby(["kind", "meaning"]).size().unstack(fill_value=0)
    assert counted.loc[list(KINDS), list(MEANINGS)].to_numpy().tolist() == [
        [176, 3, 7],
        [13, 4, 0],
        [20, 0, 11],
        [0, 0, 23],
    ]
    # The p of the delay is matched by another method, and bears on a conclusion all the same.
    assert own.loc["results_diagnosis_over_1_year_p", "meaning"] == DIFFERS
    assert own.loc["results_onset_over_6_5_p", "meaning"] == FOLLOWS


def test_each_verdict_says_which_function_came_to_it(audit):
    for maker in {*audit["judged_by"]}:
        module, _, name = maker.partition(":")
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        assert callable(found) and module != "paperaudit.verdict", maker
    made = audit["judged_by"].str.replace("paperaudit.", "")
    assert made["results_time_to_diagnosis_cutoff"].startswith("audit:_Auditor.")
    assert made[audit["statistic"] == "percent"].str.startswith("audit_counts:").mean() > 0.9


def test_a_finding_that_is_changed_stays_of_whom_it_is():
    def judge():
        return Finding(Verdict.REPRODUCED)

    found = replace(judge(), power=1.0)
    assert found.judged_by.endswith(":test_a_finding_that_is_changed_stays_of_whom_it_is")
    assert unchecked("x").judged_by == found.judged_by
