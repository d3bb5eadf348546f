"""The audit finds what was found by hand, and nothing else."""

import pandas as pd
import pytest

from jdm_utils import audit_claims, load_claims
from jdm_utils.paper.audit import VERDICTS

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
    needs_asking = ["contradicted", "not_reproduced", "reproduced_other_method"]
    assert audit.loc[audit["verdict"].isin(needs_asking), "ask"].ne("").all()
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
        ("abstract_immunosuppressor_p", "reproduced", ""),
        ("table3_female_calcinosis_n", "contradicted", "arithmetic"),
        ("results_immunosuppressor_calcinosis_n", "contradicted", "arithmetic"),
        ("table2_ldh_all_n", "contradicted", "arithmetic"),
        ("table4_cardiac_odds_ratio", "reproduced_other_method", "arithmetic"),
        ("results_age_at_onset_cutoff", "reproduced_other_method", "cosmetic"),
        ("results_time_to_diagnosis_cutoff", "reproduced_other_method", "cosmetic"),
        ("table2_pulmonary_all_percent", "reproduced_truncated", "cosmetic"),
        ("discussion_death_sepsis_all_percent", "reproduced_truncated", "cosmetic"),
        ("discussion_extensive_calcinosis_fraction", "reproduced", ""),
        ("table2_cardiac_all_n", "reproduced", ""),
        ("results_methotrexate_calcinosis_n", "reproduced", ""),
        ("discussion_pulmonary_all_max", "not_checkable", ""),
        ("methods_follow_up_all_mean", "not_checkable", ""),
        ("table3_age_at_diagnosis_calcinosis_mean", "attainable", ""),
    ],
)
def test_what_was_found_by_hand(audit, claim, verdict, severity):
    assert audit.loc[claim, ["verdict", "severity"]].tolist() == [verdict, severity]


def test_nothing_else_is_held_against_the_paper(audit):
    """Of the study's own numbers, everything outside the list of the design is in order."""
    wrong = audit[audit["verdict"].isin(["contradicted", "not_reproduced"])]
    assert set(wrong["item"]) == {
        "female", "immunosuppressor", "ldh", "ck", "ast", "alt", "gi", "age_at_diagnosis",
    }  # fmt: skip
    other = audit[audit["verdict"] == "reproduced_other_method"]
    regression = other["method"].str.startswith("logistic regression with 31")
    assert set(other[~regression]["item"]) == {
        "onset_over_6_5", "diagnosis_over_1_year", "age_at_onset", "time_to_diagnosis",
    }  # fmt: skip


ERRORS = [
    ("table3_cardiac_calcinosis_percent", "35", "contradicted"),
    ("table3_alt_no_calcinosis_n", "20", "contradicted"),
    ("table3_pulmonary_p", "0.20", "not_reproduced"),
    ("table3_deaths_p", "0.50", "not_reproduced"),
    ("results_chalk_calcinosis_percent", "17", "contradicted"),
    ("discussion_death_sepsis_all_percent", "7.5", "contradicted"),
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
    assert "results_female_calcinosis_n, printed as 15" in text
