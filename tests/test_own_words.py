"""The questions about the study and the answers of its text: data with computed numbers."""

import re

import pandas as pd
import pytest
from scipy.stats import chi2_contingency, fisher_exact, ttest_ind_from_stats

from jdm_utils import audit_claims, load_claims
from jdm_utils.own_words import (
    INSPECTION,
    QUESTIONS,
    declared_answers,
    declared_questions,
    study_numbers,
    with_comma,
)
from paperaudit.inspection import CHECKS, inspection
from paperaudit.inverse import read_model, search_model
from paperaudit.letter import letter_to_authors, questions

ORDER = ["table4", "delay", "treated", "sex", "ldh", "ck"]
#: Names of places, criteria and units that are not results.
NAMED = r"\bTabe(?:la|le)s? \d(?: (?:e|and) \d)?|\bTables? \d(?: (?:and|to) \d)?|\bIC 95%|\b95%"


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return load_claims()


@pytest.fixture(scope="module")
def audit(claims) -> pd.DataFrame:
    return audit_claims(claims)


@pytest.fixture(scope="module")
def numbers(claims) -> dict[str, str]:
    return study_numbers(claims)


def yates(a, n1, b, n0, correction=True):
    return chi2_contingency([[a, n1 - a], [b, n0 - b]], correction=correction).pvalue


def test_the_p_values_are_those_of_scipy(numbers):
    expected = {
        "delay_pearson": yates(11, 23, 4, 31, correction=False),
        "delay_yates": yates(11, 23, 4, 31),
        "delay_fisher": fisher_exact([[11, 12], [4, 27]]).pvalue,
        "later_pearson": yates(5, 17, 4, 31, correction=False),
        "later_yates": yates(5, 17, 4, 31),
        "later_fisher": fisher_exact([[5, 12], [4, 27]]).pvalue,
        "ck_pearson": yates(7, 23, 18, 31, correction=False),
        "ck_yates": yates(7, 23, 18, 31),
        "ck_fisher": fisher_exact([[7, 16], [18, 13]]).pvalue,
        "time_t": ttest_ind_from_stats(1.0, 1.7, 23, 0.64, 0.88, 31).pvalue,
    }
    assert {name: numbers[name] for name in expected} == {
        name: f"{p:.3f}" for name, p in expected.items()
    }


def test_the_counts_are_those_of_the_printed_text(numbers):
    expected = {
        "with": 23, "without": 31, "later": 17, "late_later": 5, "prescriptions": 16,
        "girls_table3": 41, "ldh_table3": 44, "calendar_years": 17, "broad": 31,
        "broad_with": 17, "broad_without": 14, "cardiac_changes": 2, "immunosuppressor_changes": 1,
        "results_calcinosis_before_diagnosis_calcinosis_n": 6,
        "results_diagnosis_over_1_year_no_calcinosis_n": 4,
    }  # fmt: skip
    assert {name: numbers[name] for name in expected} == {k: str(n) for k, n in expected.items()}
    assert numbers["table4_cardiac_ci_high"] == "152.2"
    assert numbers["patients_a_year"] == "3.2"


def test_it_needs_31_treated_patients_where_the_tables_count_25(numbers, claims):
    facts = declared_questions(numbers).loc["table4", "facts"]
    assert "count 25 children treated with immunosuppressors: 15 of 23" in facts
    assert "With 31 treated children, 17 with calcinosis and 14 without it" in facts
    # It says that the regression gives every number of Table 4.
    model = read_model(claims, ["cardiac", "immunosuppressor"], "table4")
    own = claims[(claims["location"] == "table4") & (claims["role"] != "design")]
    assert sorted(model.printed.values()) == sorted(own.query("item != 'patients'")["printed"])
    assert len(search_model(model).tables) == 1


def test_the_letter_asks_in_the_declared_order_and_leaves_the_rest(numbers, audit):
    declared = declared_questions(numbers)
    assert [*declared.index] == ORDER
    asked = questions(audit, declared=declared)
    assert asked["ask"].tolist()[: len(ORDER)] == declared["ask"].tolist()
    letter = letter_to_authors(audit, study="it", declared=declared, limit=len(ORDER))
    assert len(re.findall(r"^\d\. .*\?\*\*$", letter, re.MULTILINE)) == len(ORDER)
    assert f"{len(asked) - len(ORDER)} smaller questions can wait." in letter


def test_each_question_is_about_open_numbers_of_its_own(numbers, audit):
    declared = declared_questions(numbers)
    open_ = set(audit.index[audit["ask"].ne("") & audit["severity"].ne("")])
    assert all(set(about.split()) <= open_ for about in declared["about"])


@pytest.mark.parametrize("language", ["en", "pt"])
def test_every_question_is_one_and_quotes_no_typed_number(numbers, language):
    asked = declared_questions(numbers, language)
    assert asked["ask"].str.fullmatch(r"[A-Z][^?]*\?").all()
    assert asked["facts"].str.fullmatch(r"[A-Z].*\.").all()
    raw = pd.read_csv(QUESTIONS, dtype=str)
    for text in [*raw[f"facts_{language}"], *raw[f"ask_{language}"]]:
        assert not re.search(r"\d", re.sub(NAMED + r"|\{\w+\}|R²", "", text)), text


def test_both_languages_have_the_same_numbers_in_each_question(numbers):
    raw = pd.read_csv(QUESTIONS, dtype=str).set_index("question")
    for part in ("facts", "ask"):
        names = {
            language: raw[f"{part}_{language}"].str.findall(r"\{(\w+)\}").map(sorted)
            for language in ("en", "pt")
        }
        assert names["en"].to_dict() == names["pt"].to_dict()
    portuguese = declared_questions(numbers, "pt")
    assert "15,56 (IC 95% de 1,59 a 152,2)" in portuguese.loc["table4", "facts"]
    assert not portuguese["facts"].str.contains(r"\d\.\d").any()


def test_a_name_without_a_number_is_an_error(numbers):
    with pytest.raises(KeyError, match="broad"):
        declared_questions({name: n for name, n in numbers.items() if name != "broad"})


def test_decimals_get_a_comma_and_sentences_keep_their_points():
    written = with_comma({"a": "1.59 to 152.2", "b": "of 3. 4", "c": "<0.001"})
    assert written == {"a": "1,59 a 152,2", "b": "of 3. 4", "c": "<0,001"}


def test_what_the_text_answers_has_a_place_and_the_rest_says_why(numbers, audit, claims):
    answers = declared_answers(numbers)
    assert [*answers.index] == [check.number for check in CHECKS]
    table = inspection(audit, answers=answers)
    by_text = table[table["answered"] == "text"]
    assert by_text["place"].ne("").all() and by_text["answer"].ne("").all()
    left = table[table["left"] != ""]
    assert [*left.index] == ["1.1", "1.2", "1.3", "3.1", "4.7", "4.11"]
    assert left["left"].str.contains(": ").all()
    raw = INSPECTION.read_text(encoding="utf-8")
    in_text = re.sub(r"^\d\.\d+", "", re.sub(NAMED + r"|\{\w+\}", "", raw), flags=re.MULTILINE)
    assert not re.search(r"\d", in_text)
