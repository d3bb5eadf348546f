"""A group that is larger than all patients, or whose size changed places: said once."""

import pytest

from paperaudit import audit_claims, validate_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

# p by Pearson: scipy's chi2_contingency without correction.
ROWS = """Female,150 (46.6),80 (49.4),70 (43.8),0.311
Diabetes,60 (18.6),35 (21.6),25 (15.6),0.168
Smoker,90 (28.0),50 (30.9),40 (25.0),0.241
"""
MEANS = """"Age, mean (SD)",50.1 (10.2),51.0 (10.0),49.2 (10.3),0.11
"BMI, mean (SD)",25.1 (4.2),25.3 (4.0),24.9 (4.3),0.39
"""


def objections(folder, heads, rows):
    path = folder / "table.csv"
    path.write_text(f"{heads}\n{rows}", encoding="utf-8")
    read = ledger_from_tables([path])
    assert read.doubts.empty, read.doubts.to_string()
    audit = audit_claims(validate_claims(read.ledger, groups=read.ledger["group"]))
    return audit[[VERDICTS[verdict].objection for verdict in audit["verdict"]]]


@pytest.mark.parametrize("rows", [ROWS, MEANS])
def test_a_group_larger_than_all_is_one_contradiction_with_its_way_out(tmp_path, rows):
    assert objections(tmp_path, "Variable,All (n=322),Ill (n=162),Well (n=160),p", rows).empty
    wrong = objections(tmp_path, "Variable,All (n=322),Ill (n=815),Well (n=160),p", rows)
    assert wrong["printed"].tolist() == ["815"]
    assert wrong["verdict"].tolist() == ["contradicted"]
    assert wrong["rescue"].tolist() == ["agrees if it is 162, which the other groups leave"]


def test_of_three_groups_too(tmp_path):
    rows = "Female,150 (46.6),40 (48.8),70 (43.8),40 (50.0)\n"
    rows += "Old,60 (18.6),15 (18.3),25 (15.6),20 (25.0)\n"
    heads = "Variable,All (n=322),A (n=82),B (n=160),C (n=80)"
    assert objections(tmp_path, heads, rows).empty
    wrong = objections(tmp_path, heads.replace("82", "815"), rows)
    assert wrong["printed"].tolist() == ["815"]
    assert wrong["rescue"].tolist() == ["agrees if it is 82, which the other groups leave"]


def test_a_size_with_changed_digits_spoils_no_percentage_and_no_p(tmp_path):
    wrong = objections(tmp_path, "Variable,All (n=322),Ill (n=126),Well (n=160),p", ROWS)
    assert set(wrong["item"]) == {"patients"}
    (ill,) = wrong.loc[wrong["printed"] == "126", "rescue"]
    assert ill == "agrees if it is 162, which the other groups leave"


def test_sizes_that_changed_places_are_said_so(tmp_path):
    wrong = objections(tmp_path, "Variable,All (n=162),Ill (n=322),Well (n=160),p", ROWS)
    assert set(wrong["item"]) == {"patients"}
    assert "changed places with Table 1, patients, all" in wrong["rescue"].iloc[0]


@pytest.mark.parametrize(
    ("heads", "rows"),
    [
        ("Finding,All patients (n=40),Muscles (n=160)",
         "Oedema,10 (25.0),35 (21.9)\nWeak,7 (17.5),22 (13.8)\n"),
        ("Finding,Patients (n=60),Control visits (n=240),Case visits (n=118)",
         "Ill,30 (50.0),120 (50.0),60 (50.8)\n"),
        ("Finding,All patients (n=100),Right eyes (n=98),Both eyes (n=196)",
         '"Acuity, mean (SD)",50.1 (10.2),51.0 (10.0),49.2 (10.3)\n'),
    ],
)  # fmt: skip
def test_muscles_visits_and_eyes_may_be_more_than_all_patients(tmp_path, heads, rows):
    assert objections(tmp_path, heads, rows).empty
