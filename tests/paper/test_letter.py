"""The questions of an audit, and the letter that puts them."""

import re
from typing import Any

import pandas as pd
import pytest

from jdm_utils import audit_claims
from paperaudit.letter import SEVERITIES, letter_to_authors, questions

HOSTILE = "<script>alert(1)</script> [x](javascript:1) *b*\n# head\n\n- item `c`"


def audit_of(*rows: dict[str, Any]) -> pd.DataFrame:
    empty = dict.fromkeys(
        ["item", "group", "computed", "method", "severity", "explanation", "ask"], ""
    )
    usual = {"location": "table3", "statistic": "sd", "printed": "0.5", "verdict": "not_reproduced"}
    ids = [row.pop("id", f"claim_{i}") for i, row in enumerate(rows)]
    return pd.DataFrame([{**empty, **usual, **row} for row in rows], index=ids)


def a_finding(ask: str, severity: str = "cosmetic", **rest: str) -> dict[str, Any]:
    return {"item": "raised_ck", "ask": ask, "severity": severity, **rest}


def count_of(item: str, group: str, n: str, **rest: str) -> dict[str, Any]:
    return {"item": item, "group": group, "statistic": "n", "printed": n, **rest}


def sole(*rows: dict[str, Any], **labels: str) -> tuple[str, str]:
    """Return the only question of an audit and its facts."""
    asked = questions(audit_of(*rows), labels=labels)
    assert len(asked) == 1
    return asked["ask"][0], asked["facts"][0]


@pytest.fixture
def audit() -> pd.DataFrame:
    return audit_of(
        a_finding("few", "cosmetic"),
        a_finding("the spread of raised_ck", "arithmetic", id="one", printed="16"),
        a_finding("many", "cosmetic"),
        a_finding("many", "cosmetic"),
        a_finding("the spread of raised_ck", "cosmetic", id="two", location="results"),
        a_finding("more", "changes a conclusion", computed="0.04", explanation="claim_0 is it"),
        {"item": "age", "ask": "nothing, unless it matters", "verdict": "not_checkable"},
        {"item": "age", "severity": "cosmetic", "verdict": "reproduced_truncated"},
        {"item": "age", "verdict": "attainable"},
        {"item": "age", "verdict": "consistent"},
        {"item": "age", "verdict": "reproduced"},
    )


def test_one_row_a_question_the_worst_first_then_those_that_settle_most(audit):
    asked = questions(audit)
    assert list(asked.columns) == ["ask", "facts", "numbers", "claims", "severity"]
    assert asked.drop(columns="facts").to_numpy().tolist() == [
        ["Could you tell us more?", 1, ("claim_5",), "changes a conclusion"],
        ["Could you tell us the spread of raised ck?", 2, ("one", "two"), "arithmetic"],
        ["Could you tell us many?", 2, ("claim_2", "claim_3"), "cosmetic"],
        ["Could you tell us few?", 1, ("claim_0",), "cosmetic"],
    ]


def test_declared_questions_come_first_in_their_order_and_stand_for_those_of_the_audit(audit):
    declared = pd.DataFrame(
        {
            "about": ["claim_0", "claim_5", "two claim_2"],
            "facts": ["Fact.", "It is so.", "Both are odd."],
            "ask": ["Why few?", "Why?", "How?"],
        }
    )
    asked = questions(audit, declared=declared)
    assert asked[["ask", "numbers", "severity"]].to_numpy().tolist() == [
        ["Why few?", 1, "cosmetic"],
        ["Why?", 1, "changes a conclusion"],
        ["How?", 4, "arithmetic"],
    ]
    assert asked["claims"][2] == ("one", "two", "claim_2", "claim_3")
    letter = letter_to_authors(audit, study="it", declared=declared)
    assert "1. Fact. **Why few?**\n2. It is so. **Why?**\n3. Both are odd. **How?**\n" in letter
    few = questions(audit, declared=declared[:1])
    assert few["ask"].tolist()[:2] == ["Why few?", "Could you tell us more?"]


def test_a_declared_question_that_is_settled_is_not_asked(audit):
    declared = pd.DataFrame({"about": ["claim_8 gone"], "facts": ["Fact."], "ask": ["Why?"]})
    pd.testing.assert_frame_equal(questions(audit, declared=declared), questions(audit))


def test_a_p_value_of_two_counts_is_asked_with_the_counts():
    rows = [
        count_of("patients", "rash", "23"),
        count_of("patients", "no_rash", "31"),
        count_of("raised_ck", "all", "25"),
        count_of("raised_ck", "rash", "8", location="results"),
        count_of("raised_ck", "rash", "7"),
        count_of("raised_ck", "no_rash", "18"),
        *(
            a_finding("x", statistic="p", printed="0.09", location=x, computed="Wald 0.04; Y 0.1")
            for x in ("results", "table3")
        ),
    ]
    assert sole(*rows, raised_ck="Raised CK") == (
        "Which test gave the p value of raised CK, and which two counts does it compare?",
        "The p value of raised CK is printed as 0.09 (Results and Table 3), and its counts as 7 of "
        "23 against 18 of 31. We get Wald 0.04, Y 0.1.",
    )


def test_a_p_value_of_means_is_asked_without_counts():
    row = a_finding("x", statistic="p", printed="0.3", computed="0.2", explanation="none is so")
    assert sole(row) == (
        "Which test gave the p value of raised ck?",
        "The p value of raised ck is printed as 0.3 (Table 3). We get 0.2. "
        "One reading: none is so.",
    )
    other = row | {"verdict": "reproduced_other_method", "method": "a rank test"}
    assert "We get 0.2. It follows by a rank test. One" in sole(other)[1]


def test_counts_that_clash_are_listed_by_group_with_their_places():
    clash = {"verdict": "contradicted", "ask": "x", "severity": "arithmetic"}
    rows = [
        count_of("girls", "all", "40", location="table2"),
        count_of("girls", "rash", "15", location="results"),
        count_of("girls", "rash", "16", **clash),
        count_of("girls", "no_rash", "25"),
    ]
    assert sole(*rows) == (
        "How many patients with girls are there in each group?",
        "For girls the paper prints 40 (Table 2) in all, 15 (Results) and 16 (Table 3) in the "
        "group rash and 25 (Table 3) in the group no rash. These numbers do not agree.",
    )
    share = {"item": "girls", "statistic": "percent", "printed": "70", "group": "rash", **clash}
    assert "For girls the paper prints 70% (Table 3) in the group rash." in sole(share)[1]
    assert "16 (Table 3) and 70% (Table 3) in the group rash" in sole(*rows, share)[1]


def test_a_cut_off_is_set_beside_the_mean_that_it_agrees_with():
    row = a_finding("the mean age", statistic="cutoff", printed="6.5", computed="6.56", method="m")
    assert sole(row) == (
        "Could you tell us the mean age?",
        "The cut-off of raised ck is printed as 6.5 (Table 3). 6.56 is the m.",
    )


@pytest.mark.parametrize("verdict", ["other_patients", "reproduced_other_method"])
def test_a_regression_is_quoted_from_its_table_with_the_patients_that_give_it(verdict):
    usual = {
        "verdict": verdict,
        "ask": "what Drug means",
        "severity": "arithmetic",
        "method": "a fit with 31 patients with Drug",
    }
    printed = [("odds_ratio", "4.01"), ("ci_low", "1.08"), ("ci_high", "14.87"), ("p", "0.037")]
    rows = [
        {"item": "drug", "statistic": s, "printed": p, "location": place, **usual}
        for place in ("abstract", "table4")
        for s, p in printed
    ]
    rows.append(
        {"item": "model", "statistic": "nagelkerke_r2", "printed": "0.2", "location": "table4"}
        | usual
    )
    assert sole(*rows, drug="Drug") == (
        "Could you tell us what drug means?",
        "Table 4 prints odds ratio 4.01 (1.08 to 14.87), p 0.037 for drug; Nagelkerke's R² 0.2 for "
        "the model. They do not follow from the printed counts of patients, but by a fit with 31 "
        "patients with drug.",
    )


def test_other_numbers_are_listed_place_by_place():
    rows = [
        a_finding("x", statistic="ci_low", printed="1.08", group="no_rash", computed="7"),
        a_finding("x", statistic="rank", printed="one", location="results", computed="7"),
    ]
    assert sole(*rows)[1] == (
        "Table 3 prints lower limit 1.08 for raised ck in the group no rash. Results prints rank "
        "one for raised ck. We get 7."
    )


def test_a_question_that_is_a_sentence_stays_one():
    assert sole(a_finding("Which one is it?"))[0] == "Which one is it?"


def test_labels_stand_in_questions_for_whole_words_only():
    row = {"item": "ck", "ask": "ck, ck_2 and ock", "severity": "cosmetic"}
    assert sole(row, ck="Raised CK")[0] == "Could you tell us raised CK, ck_2 and ock?"
    assert sole(row, ck="CK")[0] == "Could you tell us CK, ck_2 and ock?"


def test_a_key_inside_another_one_does_not_break_it():
    rows = [
        {"item": item, "ask": "ck-mb or ck", "severity": "cosmetic"} for item in ("ck", "ck-mb")
    ]
    labels = {"ck": "Creatine kinase", "ck-mb": "Its heart form"}
    asked = questions(audit_of(*rows), labels=labels)["ask"][0]
    assert asked == "Could you tell us its heart form or creatine kinase?"


def test_a_severity_off_the_list_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        questions(audit_of(a_finding("x", "dire")))


def test_the_letter_names_numbers_places_and_an_innocent_reading(audit):
    letter = letter_to_authors(audit, study="Smith 2020", labels={"raised_ck": "CK"})
    assert letter.startswith("**Questions about the numbers printed in Smith 2020**\n")
    assert "Of 10 numbers that can be checked in this way, 4 agree with the others." in letter
    asked = re.findall(r"^(\d+)\. .*\*\*Could you tell us (.*)\?\*\*$", letter, re.MULTILINE)
    assert asked == [("1", "more"), ("2", "the spread of CK"), ("3", "many"), ("4", "few")]
    assert "1. Table 3 prints SD 0.5 for CK. We get 0.04. One reading: the SD in Table 3" in letter
    assert "2. Table 3 prints SD 16 for CK. Results prints SD 0.5 for CK. **" in letter
    assert "We may well be wrong." in letter and "no conclusion" in letter
    assert "unless it matters" not in letter and "can wait" not in letter


@pytest.mark.parametrize(("limit", "left"), [(3, "1 smaller question can wait."),
                                             (1, "3 smaller questions can wait.")])  # fmt: skip
def test_the_letter_says_what_it_leaves_out(audit, limit, left):
    letter = letter_to_authors(audit, study="it", limit=limit)
    assert len(re.findall(r"^\d+\. ", letter, re.MULTILINE)) == limit
    assert left in letter
    assert "can wait" not in letter_to_authors(audit, study="it", limit=4)


def test_nothing_to_ask_and_no_room_to_ask():
    clean = audit_of({"item": "age", "verdict": "reproduced"})
    assert questions(clean).empty
    assert letter_to_authors(clean, study="it") == (
        "Nothing in the numbers printed in it needs asking.\n"
    )
    with pytest.raises(ValueError, match="not 0"):
        letter_to_authors(clean, study="it", limit=0)


@pytest.mark.parametrize("statistic", ["p", "n", "cutoff", "odds_ratio", HOSTILE])
@pytest.mark.parametrize("verdict", ["contradicted", "other_patients"])
def test_text_of_a_ledger_cannot_add_markup(statistic, verdict):
    fields = ("item", "group", "location", "printed", "computed", "method", "explanation", "ask")
    fixed = {"severity": "cosmetic", "statistic": statistic, "verdict": verdict}
    declared = pd.DataFrame({"about": ["b"], "facts": [HOSTILE], "ask": [HOSTILE]})
    rows = [{**fixed, **dict.fromkeys(fields, HOSTILE)}, {**fixed, "id": "b", "ask": "x"}]
    letter = letter_to_authors(audit_of(*rows), study=HOSTILE, declared=declared)
    assert "script" in letter
    assert not re.search(r"(?<!\\)[<>`#\[]", letter)
    assert not re.search(r"(?<![\\*])\*(?!\*)", letter)
    plain = audit_of(*({**fixed, "ask": ask} for ask in "xy"))
    assert len(letter.splitlines()) == len(letter_to_authors(plain, study="x").splitlines())


def test_everyday_words_of_an_explanation_stay():
    row = a_finding("x", item="age", id="number", explanation="the number may be of another age")
    letter = letter_to_authors(audit_of(row), study="it", labels={"age": "Years lived"})
    assert "One reading: the number may be of another age." in letter


@pytest.mark.parametrize("rows", [[], [a_finding("x")]])
def test_a_notebook_shows_a_letter_as_markdown(rows):
    audit = audit_of(*rows) if rows else audit_of(a_finding("", severity=""))
    letter = letter_to_authors(audit, study="it")
    assert letter._repr_markdown_() == str(letter)
    assert (letter[:2] == "**") == bool(rows)


def test_every_severity_of_the_study_is_known_and_every_number_is_of_the_audit():
    audit = audit_claims()
    asked = questions(audit)
    assert set(audit["severity"]) - {""} <= set(SEVERITIES)
    assert asked["severity"].map(SEVERITIES.index).is_monotonic_increasing
    settled = audit.loc[[claim for claims in asked["claims"] for claim in claims]]
    assert len(settled) == asked["numbers"].sum() and settled["severity"].ne("").all()
    letter = letter_to_authors(audit, study="your paper")
    for claim in settled.loc[[*asked["claims"][0]]].itertuples():
        assert str(claim.printed) in letter
