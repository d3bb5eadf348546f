"""The same rows in several tables of one paper: what must be one number, and what need not be."""

import pandas as pd
import pytest

from paperaudit import audit_claims
from paperaudit.claims import validate_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

FITTED = ["2.43 (0.91-6.49),0.077", "2.20 (0.80-6.05),0.13"]


@pytest.fixture
def audit_of(tmp_path):
    """Audit tables of one paper, each given as the lines of a CSV file."""

    def audit(*tables: str) -> pd.DataFrame:
        paths = []
        for number, text in enumerate(tables, 1):
            paths.append(tmp_path / f"table{number}.csv")
            paths[-1].write_text(text, encoding="utf-8")
        read = ledger_from_tables(paths)
        assert read.doubts.empty, read.doubts
        return audit_claims(validate_claims(read.ledger, groups=read.ledger["group"]))

    return audit


def objections(audit):
    return set(audit.index[[VERDICTS[verdict].objection for verdict in audit["verdict"]]])


def regressions(heading, first, second, last="Smoking,20/41,1.86 (0.82-4.20),0.14\n"):
    """Give a crude and an adjusted regression that count the patients of two rows."""
    ratio = ('"OR (95% CI)"', '"Adjusted OR (95% CI)"')
    return [
        f"Variable,{heading},{ratio[k]},P\nDiabetes,{count},{FITTED[k]}\n{last}"
        for k, count in enumerate((first, second))
    ]


@pytest.mark.parametrize(
    "heading", ["Events/N", "n/N", "No. of events / no. of patients", "Deaths/patients"]
)
@pytest.mark.parametrize(
    ("second", "objected"), [("12/21", False), ("13/21", True), ("11/19", False)]
)
def test_events_of_a_row_of_two_regressions(audit_of, heading, second, objected):
    """Of as many patients they are one number; of fewer, patients without data are left out."""
    audit = audit_of(*regressions(heading, "12/21", second))
    ids = {"table1_diabetes_n", "table2_diabetes_n"}
    assert objections(audit) == (ids if objected else set())
    if objected:
        ways = audit.loc[sorted(ids), "rescue"].tolist()
        assert ways == ["agrees if it is 13, as in Table 2", "agrees if it is 12, as in Table 1"]


@pytest.mark.parametrize("last", ["", "Smoking,25/41,1.86 (0.82-4.20),0.14\n"])
def test_two_regressions_may_have_two_outcomes(audit_of, last):
    """Where no other row agrees, deaths may be counted here and relapses there."""
    first, _ = regressions("Events/N", "12/21", "12/21")
    _, second = regressions("Events/N", "13/21", "13/21", last)
    audit = audit_of(first, second)
    assert objections(audit) == set()
    assert "another outcome" in audit.at["table1_diabetes_n", "explanation"]


def test_a_count_is_not_rounded(audit_of):
    """12 and 13 would else be one number, rounded here and cut off there."""
    heading = "Events,Patients"
    last = "Smoking,20,41,1.86 (0.82-4.20),0.14\n"
    audit = audit_of(*regressions(heading, "12,21", "13,21", last))
    assert objections(audit) == {"table1_diabetes_n", "table2_diabetes_n"}


@pytest.mark.parametrize("heading", ["N", "Patients", "Number of patients", "n (%)", "No. (%)"])
def test_patients_of_a_row_are_read_and_may_differ_from_table_to_table(audit_of, heading):
    counts = ("21 (21.0)", "19 (20.2)") if "%" in heading else ("21", "19")
    audit = audit_of(*regressions(heading, *counts, ""))
    assert objections(audit) == set()
    row = audit.loc["table1_diabetes_n"]
    assert (row["printed"], row["verdict"]) == ("21", "not_checkable")
    assert "Table 2, diabetes, n, printed as 19" in row["explanation"] and row["ask"]


def compared(*rows):
    return "\n".join(["Variable,Cases (n=40),Controls (n=60),P", *rows])


def test_a_p_is_a_test_of_the_counts_of_its_own_table(audit_of):
    """12/40 against 9/60: Pearson 0.0712, Yates 0.1203; 13/40: Pearson 0.0385, Yates 0.0683."""
    audit = audit_of(
        compared('"Diabetes, n (%)",12 (30.0),9 (15.0),0.071'),
        compared('"Diabetes, n (%)",13 (32.5),9 (15.0),0.038'),
    )
    p = audit[audit["statistic"] == "p"]
    assert p["verdict"].tolist() == ["reproduced", "reproduced"]
    assert p["method"].tolist() == ["Pearson", "Pearson"]
    wrong = audit.loc[sorted(objections(audit))]
    assert set(wrong["group"]) == {"cases"} and set(wrong["statistic"]) == {"n", "percent"}


def test_a_p_is_a_test_of_the_means_of_its_own_table(audit_of):
    """Student's t of SDs of 10: 0.0161 of means 55 and 50, 0.0041 of 56 and 50."""
    audit = audit_of(
        compared('"Age, mean (SD)",55.0 (10.0),50.0 (10.0),0.016'),
        compared('"Age, mean (SD)",56.0 (10.0),50.0 (10.0),0.004'),
    )
    p = audit[audit["statistic"] == "p"]
    assert not set(p.index) & objections(audit)
