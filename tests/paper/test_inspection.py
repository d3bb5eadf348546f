"""The checklist: what a ledger can answer is computed, the rest is left to human readers."""

import pandas as pd
import pytest

from jdm_utils import audit_claims
from jdm_utils.paper.inspection import CHECKS, inspection

COLUMNS = ["item", "statistic", "verdict"]
AUDIT = pd.DataFrame(
    [
        ["female", "n", "reproduced"],
        ["female", "n", "contradicted"],
        ["raised_ck", "percent", "reproduced_truncated"],
        ["raised_ck", "percent", "contradicted"],
        ["age", "mean", "attainable"],
        ["age", "sd", "not_checkable"],
        ["raised_ck", "p", "not_reproduced"],
        ["raised_ck", "p", "not_reproduced"],
        ["age", "odds_ratio", "reproduced_other_method"],
    ],
    columns=COLUMNS,
)


def test_it_has_the_four_domains_and_21_checks_of_inspect_sr():
    table = inspection(AUDIT)
    assert list(table.columns) == ["domain", "check", "applies", "answered", "answer"]
    chapters = table.index.str.partition(".").get_level_values(0).value_counts(sort=False)
    assert chapters.tolist() == [3, 5, 2, 11]
    assert table.groupby("domain", sort=False).size().tolist() == [3, 5, 2, 11]
    assert table["check"].is_unique and table.index.is_unique


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("4.4", "of 9 printed numbers, 2 contradicted (Female sex, raised ck); left to "),
        ("4.6", "of 2 printed numbers, 1 reproduced, 1 contradicted (Female sex); left to "),
        ("4.8", "of 2 printed numbers, 1 attainable, 1 not checkable; left to "),
        (
            "4.9",
            "of 3 printed numbers, 2 not reproduced (raised ck), "
            "1 reproduced by another method (age); left to ",
        ),
        (
            "4.10",
            "of 2 printed numbers, 1 reproduced by truncation, 1 contradicted (raised ck); left ",
        ),
    ],
)
def test_what_a_ledger_can_answer_is_counted(number, answer):
    row = inspection(AUDIT, labels={"female": "Female sex"}).loc[number]
    assert row["answered"] == "computed"
    assert row["answer"].startswith(answer)


def test_nothing_else_is_answered():
    table = inspection(AUDIT)
    rest = table[table["answered"] != "computed"]
    assert len(rest) == len(CHECKS) - 5
    assert rest.drop("4.2")["answered"].eq("human reader").all()
    assert rest.drop("4.2")["answer"].str.match(r"left to a human reader: \w+").all()


def test_what_needs_random_allocation_does_not_apply():
    table = inspection(AUDIT)
    assert table.index[table["applies"] == "no"].tolist() == ["4.2"]
    assert table.loc["4.2", "answer"] == "does not apply: nobody was allocated at random"
    assert table.loc["4.3", "applies"] == "in part"


def test_a_check_without_numbers_is_left_to_a_reader():
    table = inspection(AUDIT[AUDIT["statistic"] == "n"])
    assert table.loc["4.9", "answered"] == "human reader"
    assert table.loc["4.4", "answer"].startswith("of 2 printed numbers, 1 contradicted (female)")
    assert set(inspection(AUDIT[:0])["answered"]) == {"human reader", "nobody"}
    agreeing = inspection(AUDIT[:1]).loc["4.4", "answer"]
    assert agreeing.startswith("of 1 printed numbers, 0 contradicted; left")


def test_the_study_itself_is_counted_once():
    audit = audit_claims()
    answers = inspection(audit)["answer"]
    parts = answers[["4.6", "4.8", "4.9", "4.10"]].str.extract(r"of (\d+) ")[0].astype(int)
    assert parts.sum() == len(audit)
