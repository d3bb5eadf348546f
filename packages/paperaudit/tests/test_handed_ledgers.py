"""Ledgers whose right verdicts were worked out by hand: kinds of fault, and published tables."""

from pathlib import Path

import pytest

from paperaudit.audit import audit_claims
from paperaudit.claims import load_claims

DATA = Path(__file__).with_name("data")
CASES = DATA / "cases"
#: What each ledger gets: verdicts of claims, and everything else that is no objection.
RIGHT = {
    "row_percentages": {"c08_male__p": ("reproduced", "Pearson")},
    "conf_level_90": {
        "c03_x__hazard_ratio": ("attainable", "Wald"), "c06_x__p": ("attainable", "Wald"),
        "c02_x__conf_level": ("consistent", "Wald"),
    },
    "adj90": {
        "r03_cardiac__odds_ratio": ("attainable", "Wald"),
        "r06_cardiac__p": ("attainable", "Wald"),
    },
    "crude_and_adjusted": {
        "c04_vitd__odds_ratio": ("reproduced", "Woolf"),
        "c06_vitd__ci_high": ("not_reproduced", "Woolf"),
        "c07_vitd__odds_ratio": ("attainable", "Wald"),
        "c09_vitd__ci_high": ("attainable", "Wald"),
    },
    "groups_do_not_add": {
        "c03_widow_a_n": ("reproduced", "the only count of 100 that prints as 10%"),
        "c05_widow_b_n": ("contradicted", "counts that add up"),
        "c06_widow_b_percent": ("reproduced", "23 of 100"),
        "c07_widow_all_n": ("reproduced", "the only count of 200 that prints as 16.5%"),
    },
    "interval_of_a_mean": {"c02_age_a_mean": ("consistent", "order")},
    "right_in_the_table_wrong_in_the_abstract": {
        "c04_x__p": ("reproduced", "Pearson"),
        "c05_x__p": ("contradicted", "the same number in two places"),
    },
    "missing_values_in_the_percentage": {
        "c03_x_a_percent": ("attainable", "14 of 81 to 84, without missing values"),
        "c05_x_b_percent": ("attainable", "59 of 167 to 171, without missing values"),
    },
    "standard_errors_for_sds": {
        "c06_x__p": ("reproduced_other_method", "Student's t, the printed SDs taken as"),
    },
    "slips_that_must_not_stop_the_audit": {
        "c02_x_a_n": ("contradicted", "what no patients can have"),
        "c04_x__p": ("contradicted", "what no patients can have"),
        "c05_y_a_percent": ("contradicted", "what no patients can have"),
        "c07_z_a_sd": ("contradicted", "what no patients can have"),
    },
    "t_one": {"r07_age__p": ("reproduced_other_method", "Student's t, one-sided")},
    "p_lt0": {"r05_fever__p": ("contradicted", "what no patients can have")},
    "l_semicolon": {"r05_fever__p": ("reproduced", "Pearson")},
    "same_numbers_other_group_names": {},
}  # fmt: skip
OBJECTED = ("contradicted", "not_reproduced", "other_patients")


@pytest.mark.parametrize("name", RIGHT)
def test_a_handed_ledger(name):
    audit = audit_claims(load_claims(CASES / f"{name}.csv"))
    for claim, (verdict, method) in RIGHT[name].items():
        found = audit.loc[claim]
        assert (claim, found["verdict"]) == (claim, verdict)
        if method != "order":  # other checks of an interval may come first
            assert found["method"].startswith(method)
    wrong = set(audit.index[audit["verdict"].isin(OBJECTED)])
    assert wrong == {c for c, (verdict, _) in RIGHT[name].items() if verdict in OBJECTED}


def test_what_would_agree_is_said():
    audit = audit_claims(load_claims(CASES / "groups_do_not_add.csv"))
    rescue = audit.loc["c05_widow_b_n", "rescue"]
    assert rescue.startswith("agrees if it is 23, as ")
    assert "printed as 33" in rescue and "printed as 23" in rescue
    abstract = audit_claims(
        load_claims(CASES / "right_in_the_table_wrong_in_the_abstract.csv")
    ).loc["c05_x__p"]
    assert "Table 1, x, p, printed as 0.015, follows" in abstract["explanation"]


def test_no_small_p_is_printed_as_zero():
    for path in (*CASES.glob("*.csv"), *DATA.glob("typed_*.csv")):
        said = audit_claims(load_claims(path))["computed"]
        assert not said.str.contains(r"(?:^| )0\.0000", regex=True).any(), path


TABLES = {
    "typed_survivors": {"table1_pf_over150_p"},
    "typed_case_control": {
        "table1_htn_ci_low", "table1_smoke_odds_ratio", "table1_smoke_ci_low",
        "table1_smoke_ci_high",
    },
    "typed_causes_of_death": set(),
    "typed_row_controls": {
        "table3_vitd_all_n", "table3_vitd_tb_n", "table3_vitd_tb_percent",
        "table3_vitd_no_all_n", "table3_vitd_no_tb_n", "table3_vitd_no_tb_percent",
    },
    "typed_ratios": set(),
    "typed_row_deaths": {"table1_arf_died_percent", "table1_copd_survived_percent"},
    "typed_birthweight": set(),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_published_table_is_objected_to_where_it_slips_and_nowhere_else(name):
    audit = audit_claims(load_claims(DATA / f"{name}.csv"))
    assert set(audit.index[audit["verdict"].isin(OBJECTED)]) == TABLES[name]


def test_rows_that_make_up_all_patients_are_named_where_they_do_not_fit():
    audit = audit_claims(load_claims(DATA / "typed_row_controls.csv"))
    why = audit.loc["table3_vitd_tb_n", "explanation"]
    assert "printed as 75" in why and "vitd and vitd no belong together" in why


def test_a_table_with_percentages_of_rows_keeps_its_p_values():
    audit = audit_claims(load_claims(DATA / "typed_row_deaths.csv"))
    tests = audit[audit["statistic"] == "p"]
    assert len(tests) == 13 and set(tests["verdict"]) <= {"reproduced", "reproduced_truncated"}
