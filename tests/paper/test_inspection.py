"""The checklist: what a ledger can answer is computed, the rest is left to human readers."""

import pandas as pd
import pytest

from jdm_utils import audit_claims
from paperaudit.inspection import CHECKS, inspection

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


ANSWERS = pd.DataFrame(
    {
        "number": ["1.1", "2.1", "4.6", "4.7"],
        "answer": ["", "approved", "nobody is missing", "as elsewhere"],
        "place": ["", "Methods", "Results", "Discussion"],
        "left": ["the journal's page, which is later", "", "", "a judgement"],
    }
).set_index("number")


def test_it_has_the_four_domains_and_21_checks_of_inspect_sr():
    table = inspection(AUDIT)
    assert [*table.columns] == [
        "domain", "check", "applies", "answered", "answer", "place", "left",
    ]  # fmt: skip
    chapters = table.index.str.partition(".").get_level_values(0).value_counts(sort=False)
    assert chapters.tolist() == [3, 5, 2, 11]
    assert table.groupby("domain", sort=False).size().tolist() == [3, 5, 2, 11]
    assert table["check"].is_unique and table.index.is_unique


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("4.4", "of 9 printed numbers, 2 contradicted (Female sex, raised ck)"),
        ("4.6", "of 2 printed numbers, 1 reproduced, 1 contradicted (Female sex)"),
        ("4.8", "of 2 printed numbers, 1 attainable, 1 not checkable"),
        (
            "4.9",
            "of 4 printed numbers, 2 not reproduced (raised ck), "
            "1 reproduced by another method (age), "
            "1 only with other patients than printed (age)",
        ),
        ("4.10", "of 2 printed numbers, 1 reproduced by truncation, 1 contradicted (raised ck)"),
    ],
)
def test_what_a_ledger_can_answer_is_counted(number, answer):
    audit = AUDIT
    if number == "4.9":
        audit = pd.concat([AUDIT, AUDIT[-1:].assign(verdict="other_patients")])
    row = inspection(audit, labels={"female": "Female sex"}).loc[number]
    assert row[["answered", "answer", "place"]].tolist() == ["computed", answer, ""]
    assert row["left"]


def test_nothing_else_is_answered():
    table = inspection(AUDIT)
    rest = table[table["answered"] != "computed"].drop("4.2")
    assert len(rest) == len(CHECKS) - 6
    assert rest["answered"].eq("human reader").all() and rest["answer"].eq("").all()
    assert rest["left"].tolist() == [c.look for c in CHECKS if c.number in rest.index]


def test_what_the_text_answers_is_answered_with_its_place_and_what_is_left():
    table = inspection(AUDIT, answers=ANSWERS)
    rows = table.loc[["1.1", "2.1", "4.6", "4.7"], ["answered", "answer", "place", "left"]]
    assert rows.to_numpy().tolist() == [
        ["human reader", "", "", "the journal's page, which is later"],
        ["text", "approved", "Methods", ""],
        ["computed and text",
         "of 2 printed numbers, 1 reproduced, 1 contradicted (female); nobody is missing",
         "Results", ""],
        ["text", "as elsewhere", "Discussion", "a judgement"],
    ]  # fmt: skip
    pd.testing.assert_frame_equal(table.drop(ANSWERS.index), inspection(AUDIT).drop(ANSWERS.index))


def test_an_answer_to_no_check_is_refused():
    with pytest.raises(ValueError, match=r"there are not: 4\.12, 9\.1"):
        inspection(AUDIT, answers=ANSWERS.rename({"1.1": "9.1", "4.7": "4.12"}))


def test_what_needs_random_allocation_does_not_apply():
    table = inspection(AUDIT)
    assert table.index[table["applies"] == "no"].tolist() == ["4.2"]
    assert table.loc["4.2", ["answered", "answer", "place", "left"]].tolist() == [
        "nobody", "does not apply: nobody was allocated at random", "", "",
    ]  # fmt: skip
    assert table.loc["4.3", "applies"] == "in part"


def test_a_check_without_numbers_is_left_to_a_reader():
    table = inspection(AUDIT[AUDIT["statistic"] == "n"])
    assert table.loc["4.9", "answered"] == "human reader"
    assert table.loc["4.4", "answer"] == "of 2 printed numbers, 1 contradicted (female)"
    assert set(inspection(AUDIT[:0])["answered"]) == {"human reader", "nobody"}
    assert inspection(AUDIT[:1]).loc["4.4", "answer"] == "of 1 printed numbers, 0 contradicted"


def test_the_study_itself_is_counted_once():
    audit = audit_claims()
    answers = inspection(audit)["answer"]
    parts = answers[["4.6", "4.8", "4.9", "4.10"]].str.extract(r"of (\d+) ")[0].astype(int)
    assert parts.sum() == len(audit)
