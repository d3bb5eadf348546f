"""The questions of an audit, and the letter that puts them."""

import re
from typing import Any

import pandas as pd
import pytest

from jdm_utils import audit_claims
from jdm_utils.paper.letter import SEVERITIES, letter_to_authors, questions

HOSTILE = "<script>alert(1)</script> [x](javascript:1) *b*\n# head\n\n- item `c`"


def audit_of(*rows: dict[str, Any]) -> pd.DataFrame:
    empty = dict.fromkeys(
        ["item", "group", "computed", "method", "severity", "explanation", "ask"], ""
    )
    usual = {"location": "table3", "statistic": "p", "printed": "0.5", "verdict": "not_reproduced"}
    ids = [row.pop("id", f"claim_{i}") for i, row in enumerate(rows)]
    return pd.DataFrame([{**empty, **usual, **row} for row in rows], index=ids)


def a_finding(ask: str, severity: str = "cosmetic", **rest: str) -> dict[str, Any]:
    return {"item": "raised_ck", "ask": ask, "severity": severity, **rest}


@pytest.fixture
def audit() -> pd.DataFrame:
    return audit_of(
        a_finding("few", "cosmetic"),
        a_finding("the count of raised_ck", "arithmetic", id="one", printed="16"),
        a_finding("many", "cosmetic"),
        a_finding("many", "cosmetic"),
        a_finding("the count of raised_ck", "cosmetic", id="two", location="results"),
        a_finding("grave", "changes a conclusion", computed="0.04", explanation="claim_0 is it"),
        {"item": "age", "ask": "nothing, unless it matters", "verdict": "not_checkable"},
        {"item": "age", "severity": "cosmetic", "verdict": "reproduced_truncated"},
        {"item": "age", "verdict": "attainable"},
        {"item": "age", "verdict": "reproduced"},
    )


def test_one_row_a_question_the_gravest_first_then_those_that_settle_most(audit):
    found = questions(audit)
    assert list(found.columns) == ["ask", "numbers", "claims", "severity"]
    assert found.to_numpy().tolist() == [
        ["grave", 1, ("claim_5",), "changes a conclusion"],
        ["the count of raised ck", 2, ("one", "two"), "arithmetic"],
        ["many", 2, ("claim_2", "claim_3"), "cosmetic"],
        ["few", 1, ("claim_0",), "cosmetic"],
    ]


def test_labels_stand_in_questions_for_whole_words_only():
    audit = audit_of({"item": "ck", "ask": "ck, ck_2 and ock", "severity": "cosmetic"})
    assert questions(audit, labels={"ck": "Raised CK"})["ask"][0] == "raised CK, ck_2 and ock"
    assert questions(audit, labels={"ck": "CK"})["ask"][0] == "CK, ck_2 and ock"


def test_a_key_inside_another_one_does_not_break_it():
    rows = [
        {"item": item, "ask": "ck-mb or ck", "severity": "cosmetic"} for item in ("ck", "ck-mb")
    ]
    labels = {"ck": "Creatine kinase", "ck-mb": "Its heart form"}
    asked = questions(audit_of(*rows), labels=labels)["ask"][0]
    assert asked == "its heart form or creatine kinase"


def test_a_severity_off_the_list_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        questions(audit_of(a_finding("x", "dire")))


def test_the_letter_names_numbers_places_and_an_innocent_reading(audit):
    letter = letter_to_authors(audit, study="Smith 2020", labels={"raised_ck": "CK"})
    assert letter.startswith("**Questions about the numbers printed in Smith 2020**\n")
    assert "Of 9 numbers that can be checked in this way, 3 agree." in letter
    asked = re.findall(r"^(\d+)\. \*\*Could you tell us (.*)\?\*\*", letter, re.MULTILINE)
    assert asked == [("1", "grave"), ("2", "the count of CK"), ("3", "many"), ("4", "few")]
    assert "   - Table 3, CK: p 0.5 (we get: 0.04)\n" in letter
    assert "   - Table 3, CK: p 16\n   - Results, CK: p 0.5\n" in letter
    assert "   - One reading: the p in Table 3, CK is it.\n" in letter
    assert "We may well be wrong." in letter and "no conclusion" in letter
    assert "unless it matters" not in letter and "can wait" not in letter


def test_numbers_of_one_item_and_place_share_a_line():
    rows = [a_finding("x", statistic=s, printed=p, group="no_rash", computed="7")
            for s, p in [("odds_ratio", "4.01"), ("ci_low", "1.08"), ("rank", "one")]]  # fmt: skip
    letter = letter_to_authors(audit_of(*rows), study="it")
    line = "Table 3, raised ck, no rash: odds ratio 4.01, lower limit 1.08, rank one (we get: 7)"
    assert f"   - {line}\n" in letter


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


def test_text_of_a_ledger_cannot_add_markup():
    fields = ("item", "group", "location", "statistic", "printed", "computed", "explanation", "ask")
    audit = audit_of({"severity": "cosmetic", **dict.fromkeys(fields, HOSTILE)})
    letter = letter_to_authors(audit, study=HOSTILE)
    assert "script" in letter
    assert not re.search(r"(?<!\\)[<>`#\[]", letter)
    assert not re.search(r"(?<![\\*])\*(?!\*)", letter)
    assert len(letter.splitlines()) == len(letter_to_authors(
        audit_of({"severity": "cosmetic", **dict.fromkeys(fields, "x")}), study="x"
    ).splitlines())  # fmt: skip


def test_everyday_words_of_an_explanation_stay():
    row = a_finding("x", item="age", id="number", explanation="the number may be of another age")
    letter = letter_to_authors(audit_of(row), study="it", labels={"age": "Years lived"})
    assert "One reading: the number may be of another age." in letter


def test_every_severity_of_the_study_is_known_and_every_number_is_of_the_audit():
    audit = audit_claims()
    found = questions(audit)
    assert set(audit["severity"]) - {""} <= set(SEVERITIES)
    assert found["severity"].map(SEVERITIES.index).is_monotonic_increasing
    settled = audit.loc[[claim for claims in found["claims"] for claim in claims]]
    assert len(settled) == found["numbers"].sum() and settled["severity"].ne("").all()
    letter = letter_to_authors(audit, study="your paper")
    for claim in settled.loc[[*found["claims"][0]]].itertuples():
        assert str(claim.printed) in letter
