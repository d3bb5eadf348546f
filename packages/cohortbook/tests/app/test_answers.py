"""What a form says becomes what a user would have written."""

from collections import Counter

import pytest

from cohortbook.app.amending import read, under
from cohortbook.app.answers import answer, ask, correct, leave_out_unknown
from cohortbook.cohort.kinds import KindError, of_kind

TEXT = """\
data: {file: a.csv}
variables:
  # doubt: 'NR' (14 rows) is kept as a level: if it says missing, missing: ['NR']
  # doubt: another
  response: {label: Response, kind: category, column: Response, levels: [R, NR, X]}
  sex: {label: Sex, kind: category, column: Sex, levels: ['1', '2'], reference: '2'}
  ill: {label: Ill, kind: binary, column: Ill}
  crp: {label: CRP, kind: number, column: CRP, unit: mg/L, missing: ['999']}
analysis:
  outcome:
"""
VALUES = Counter({"R": 5, "NR": 4, "X": 1})


def after(name, values=VALUES, **form):
    return under(read(answer(TEXT, name, form, values)), ["variables", name])


def test_a_level_can_be_moved_renamed_joined_or_stand_for_missing():
    assert after("response", do="down:R")["levels"] == ["NR", "R", "X"]
    assert after("response", do="up:R")["levels"] == ["R", "NR", "X"]
    renamed = {"level-0": "Responder", "level-1": "None", "level-2": "None"}
    levels = {"Responder": ["R"], "None": ["NR", "X"]}
    assert after("response", do="save", **renamed)["levels"] == levels
    gone = after("response", do="no-level:NR")
    assert (gone["levels"], gone["missing"]) == (["R", "X"], ["NR"])


def test_the_reference_is_written_only_if_it_is_not_the_first():
    assert "reference" not in after("response", do="save", reference="R")
    assert after("response", do="save", reference="NR")["reference"] == "NR"
    renamed = after("sex", do="save", reference="2", **{"level-0": "male", "level-1": "female"})
    assert renamed["levels"] == {"male": ["1"], "female": ["2"]}
    assert renamed["reference"] == "female"


def test_what_values_mean_is_written_once_it_differs():
    means = {"value-0": "a", "meant-0": "", "value-1": "b", "meant-1": "no"}
    told = after("ill", do="save", **means, **{"means-0": "yes", "means-1": "no"})
    assert (told["yes"], told["no"], "missing" in told) == (["a"], ["b"], False)
    same = {"value-0": "yes", "meant-0": "yes", "means-0": "yes"}
    assert "yes" not in after("ill", do="save", **same)
    with pytest.raises(ValueError, match="one No"):
        after("ill", do="save", **means, **{"means-0": "missing", "means-1": "no"})


def test_a_column_ticked_or_blank_is_yes_or_no():
    values = Counter({"x": 3})
    text = answer(TEXT.replace("[R, NR, X]", "[x]"), "response", {"do": "kind:binary"}, values)
    told = under(read(text), ["variables", "response"])
    assert (told["yes"], told["no"]) == (["x"], [""])
    asked = {"value-0": "x", "meant-0": "yes", "value-1": "", "meant-1": "no", "value-2": "o"}
    form = {**asked, "meant-2": "", "means-0": "yes", "means-1": "missing", "means-2": "no"}
    told = under(read(answer(text, "response", form, values)), ["variables", "response"])
    assert (told["yes"], told["no"], "missing" in told) == (["x"], ["o"], False)


def test_a_number_has_a_unit_a_range_and_codes():
    told = after("crp", do="save", unit=" mg/dL ", low="0", high="12,5", add_missing="-1")
    assert told["unit"] == "mg/dL" and told["range"] == ["0", "12.5"]
    assert told["missing"] == ["999", "-1"]
    assert "missing" not in after("crp", do="level:999")
    with pytest.raises(ValueError, match="two numbers"):
        after("crp", do="save", low="1", high="")


def test_settling_takes_the_doubts_and_nothing_else():
    assert answer(TEXT, "response", {"do": "settle"}, VALUES) == "".join(
        line for line in TEXT.splitlines(keepends=True) if "# doubt" not in line
    )


@pytest.mark.parametrize(
    ("entry", "kind", "values", "expected"),
    [
        ({"kind": "number", "unit": "x", "range": ["0", "9"]}, "binary", {"0": 3, "1": 2},
         {"kind": "binary", "unit": None, "range": None}),
        ({"kind": "category", "levels": ["R", "NR"]}, "binary", {"R": 3, "NR": 2},
         {"kind": "binary", "levels": None, "yes": ["R"], "no": ["NR"]}),
        ({"kind": "text"}, "ordinal", {"severe": 3, "mild": 2, "moderate": 9},
         {"kind": "ordinal", "levels": ["mild", "moderate", "severe"]}),
        ({"kind": "binary", "yes": ["2"], "no": ["1"]}, "category", {"2": 3, "1": 2},
         {"kind": "category", "yes": None, "no": None, "levels": ["1", "2"]}),
        ({"kind": "category", "levels": ["<1", "48y"], "missing": ["ND"]}, "number",
         {"48y": 3, "51": 9, "53": 4, "<1": 2, "ND": 30},
         {"kind": "number", "levels": None, "suffixes": ["y"], "unit": "years",
          "limits": "missing"}),
        ({"kind": "ordinal", "levels": ["b", "a"]}, "category", {"a": 1, "b": 1},
         {"kind": "category"}),
    ],
)  # fmt: skip
def test_another_kind_has_the_keys_of_that_kind(entry, kind, values, expected):
    assert of_kind(entry, kind, Counter(values)) == expected


@pytest.mark.parametrize("kind", ["number", "category", "list"])
def test_a_kind_that_does_not_fit_is_refused(kind):
    values = Counter({f"text {i} of a patient": 1 for i in range(60)})
    with pytest.raises(KindError):
        of_kind({"kind": "text"}, kind, values)


def test_an_outcome_may_be_one_level_of_a_column():
    after = read(ask(TEXT, {"outcome": "response=NR"}, {}))
    assert after["analysis"]["outcome"] == "response"
    told = after["variables"]["response"]
    assert (told["kind"], told["yes"], told["no"]) == ("binary", ["NR"], ["R", "X"])
    assert "levels" not in told


def test_the_analysis_is_written_where_it_differs():
    form = {"outcome": "ill", "groups": "", "time": "crp", "language": "en", "title": "T"}
    after = read(ask(TEXT, form, {"candidates": ["crp"]}))
    assert after["analysis"] == {"outcome": "ill", "time": "crp", "candidates": ["crp"]}
    assert after["title"] == "T" and "language" not in after
    again = ask(ask(TEXT, form, {}), {"outcome": "", "time": ""}, {})
    assert "  outcome:\n" in again and "time" not in read(again)["analysis"]


def test_a_time_between_two_dates_is_derived_once():
    dates = "".join(
        f"  {n}: {{label: {n.title()}, kind: date, column: {n}}}\n" for n in ("seen", "born")
    )
    text = TEXT.replace("analysis:", f"{dates}analysis:")
    asked = ask(text, {"time": "months:born:seen"}, {})
    told = read(asked)
    assert told["analysis"]["time"] == "months_born_seen"
    assert told["variables"]["months_born_seen"] == {
        "label": "Born → Seen", "unit": "months", "derive": {"months": ["born", "seen"]},
    }  # fmt: skip
    again = ask(ask(asked, {"time": ""}, {}), {"time": "months:born:seen"}, {})
    assert read(again) == told
    for wrong in ("hours:born:seen", "months:born:x", "months:born", "months:"):
        with pytest.raises(ValueError, match="no such column"):
            ask(text, {"time": wrong}, {})


def test_the_items_of_a_list_come_into_the_tables_once():
    listed = TEXT.replace(
        "kind: category, column: Response, levels: [R, NR, X]", "kind: list, items: [a, 'b c']"
    )
    text = answer(listed, "response", {"do": "items"}, VALUES)
    told = read(text)["variables"]
    assert told["response_1"] == {"label": "Response: a", "derive": {"contains": {"response": "a"}}}
    assert told["response_2"]["derive"] == {"contains": {"response": "b c"}}
    assert answer(text, "response", {"do": "items"}, VALUES) == text
    taken = listed.replace("  sex:", "  response_1:")
    told = read(answer(taken, "response", {"do": "items"}, VALUES))["variables"]
    assert [*told][-2:] == ["response_2", "response_3"] and told["response_1"]["label"] == "Sex"


def test_repairs_are_those_that_check_proposes():
    text = leave_out_unknown(ask(TEXT, {"outcome": "ill"}, {}), "Outcome known")
    assert read(text)["eligibility"] == [{"label": "Outcome known", "complete": ["ill"]}]
    form = {"row": "4", "column": "CRP", "from": "3OO", "to": "300", "reason": ""}
    assert read(correct(text, form))["corrections"] == [
        {"row": "4", "column": "CRP", "from": "3OO", "to": "300"}
    ]
