"""Subgroups of a forest table: events that add up, and a p of an interaction, of no row."""

import pytest

from paperaudit import audit_claims, validate_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

FOREST = """Subgroup,"Drug, events/N","Placebo, events/N",Hazard ratio (95% CI),P for interaction
All patients,60/400,90/402,0.65 (0.47–0.90),
Age,,,,0.42
  <65,25/210,40/205,0.60 (0.36–0.98),
  ≥65,35/190,50/197,0.70 (0.46–1.08),
Sex,,,,0.88
  Male,36/250,54/252,0.66 (0.43–1.01),
  Female,24/150,36/150,0.64 (0.38–1.07),
"""
FLAT = """Subgroup,Drug n/N,Placebo n/N,OR (95% CI),P for heterogeneity
Overall,60/400,90/402,0.61 (0.43–0.88),
Age <65,25/210,40/205,0.56 (0.32–0.96),0.55
Age ≥65,35/190,50/197,0.66 (0.41–1.08),
Male,36/250,54/252,0.62 (0.39–0.98),0.96
Female,24/150,36/150,0.60 (0.34–1.07),
"""


@pytest.fixture
def audited_table(tmp_path):
    def audit(text):
        path = tmp_path / "forest.csv"
        path.write_text(text, encoding="utf-8")
        read = ledger_from_tables([path])
        assert read.doubts.empty, read.doubts.to_string()
        return audit_claims(validate_claims(read.ledger, groups=read.ledger["group"]))

    return audit


def objections(audit):
    rows = audit[[VERDICTS[verdict].objection for verdict in audit["verdict"]]]
    return {(c["item"], c["group"], c["statistic"]) for c in rows.to_dict("records")}


@pytest.mark.parametrize("text", [FOREST, FLAT])
def test_subgroups_that_add_up_are_consistent_and_an_interaction_is_of_no_row(audited_table, text):
    audit = audited_table(text)
    assert not objections(audit)
    counts = audit[audit["statistic"] == "n"]
    assert set(counts["verdict"]) == {"consistent"}
    assert counts["method"].str.contains("subgroups that add up").all()
    interaction = audit[(audit["statistic"] == "p")]
    assert set(interaction["verdict"]) == {"not_checkable"}
    assert interaction["explanation"].str.contains("interaction|heterogeneity").all()


@pytest.mark.parametrize(
    ("printed", "slip", "agrees"),
    [("36/150", "38/150", "36"), ("54/252", "45/252", "54"), ("25/210", "25/219", ""),
     ("35/190", "35/199", "")],
)  # fmt: skip
def test_subgroups_that_are_more_than_all_are_contradicted(audited_table, printed, slip, agrees):
    audit = audited_table(FOREST.replace(printed, slip))
    wrong = audit.loc[audit["printed"] == slip.split("/")[0]]
    wrong = wrong[wrong["verdict"] == "contradicted"]
    assert len(wrong) == 1 and "together" in wrong["explanation"].iloc[0]
    if agrees:
        assert wrong["rescue"].iloc[0] == f"agrees if it is {agrees}"
    of_one_variable = {item for item, *_ in objections(audit)}
    assert of_one_variable in ({"male", "female"}, {"lt_65", "ge_65"})


def test_patients_of_whom_the_subgroup_is_not_known_explain_fewer(audited_table):
    """Of 402, four are of unknown sex, and two of them had an event."""
    assert not objections(audited_table(FOREST.replace("36/150", "34/146")))
    assert not objections(audited_table(FOREST.replace("36/150", "36/148")))
    # two who are missing cannot have three events
    assert objections(audited_table(FLAT.replace("36/150", "33/150")))


def test_rows_that_overlap_are_no_subgroups(audited_table):
    text = FOREST.replace("25/210,40/205", "45/310,60/305").replace("Age", "Illness")
    assert {item for item, *_ in objections(audited_table(text))} == set()


@pytest.mark.parametrize("note", ["p_for_interaction", "heterogeneity_of_subgroups"])
def test_a_noted_interaction_is_not_held_against_the_ratio_or_counts(audited, note):
    text = (
        "methods patients a n 400\nmethods patients b n 402\ntable1 x a n 60\ntable1 x b n 90\n"
        "table1 x . odds_ratio 0.61\ntable1 x . ci_low 0.43\ntable1 x . ci_high 0.88\n"
        "table1 x . p 0.55"
    )
    assert not audited(f"{text} note={note}").objections
    assert ("x", "p") in audited(text).objections
