"""An answer changes its own part of `cohort.yml`, and nothing else."""

import difflib

import pytest

from cohortbook.app.amending import (
    AmendError,
    add_item,
    amend,
    doubts_in,
    read,
    settle,
    under,
)
from cohortbook.example import example_cohort

BY_HAND = """\
# Mine.
title: "A  study"   # two blanks

data: {file: raw/a.csv,   # where
  missing: ["", '-']}

variables:
  # doubt: which unit?
  age:
    label: Age   # at diagnosis
    kind: number
    # doubt: years?
    unit: years

  # about the sex
  female: {label: Female, kind: binary, column: Sex,
    "yes": [F], 'no': [M]}  # of birth
  crp: {label: CRP, kind: number, column: CRP}
rules:
- order: [a, b]   # first
# the end of the rules

analysis:
  outcome:
  # what else?
"""


def changed(before, after):
    """The lines that go and come, without their order numbers."""
    return [
        line
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]


@pytest.mark.parametrize(
    ("place", "changes", "lines"),
    [
        ((), {"title": "No"}, ['-title: "A  study"   # two blanks', "+title: 'No'   # two blanks"]),
        ((), {"language": "pt"}, ["+language: pt"]),
        (("variables", "age"), {"unit": "months"}, ["-    unit: years", "+    unit: months"]),
        (("variables", "age"), {"unit": None}, ["-    unit: years"]),
        (("variables", "age"), {"range": ["0", "99"]}, ["+    range: ['0', '99']"]),
        (
            ("variables", "female"),
            {"no": None},
            ["-    \"yes\": [F], 'no': [M]}  # of birth", '+    "yes": [F]}  # of birth'],
        ),
        (
            ("variables", "crp"),
            {"label": None, "unit": "mg/L"},
            [
                "-  crp: {label: CRP, kind: number, column: CRP}",
                "+  crp: {kind: number, column: CRP, unit: mg/L}",
            ],
        ),
        (("analysis",), {"outcome": "female"}, ["-  outcome:", "+  outcome: female"]),
        (("analysis",), {"groups": "female"}, ["+  groups: female"]),
        (("style",), {"p": "jama"}, ["+", "+style:", "+  p: jama"]),
        (("data",), {"missing": ["no"]}, ["-  missing: [\"\", '-']}", "+  missing: ['no']}"]),
    ],
)
def test_only_the_lines_of_the_answer_change(place, changes, lines):
    after = amend(BY_HAND, place, changes)
    assert changed(BY_HAND, after) == lines
    for key, value in changes.items():
        assert under(read(after), [*place, key]) == value


def test_the_same_answer_changes_nothing():
    assert amend(BY_HAND, ("variables", "age"), {"unit": "years", "range": None}) == BY_HAND


def test_an_item_goes_to_the_end_of_its_list():
    after = add_item(BY_HAND, "rules", {"order": ["b", "c"]})
    assert changed(BY_HAND, after) == ["+- {order: [b, c]}"]
    after = add_item(BY_HAND, "corrections", {"row": "4"})
    assert under(read(after), ["corrections"]) == [{"row": "4"}]


def test_a_doubt_belongs_to_the_key_below_it_and_goes_alone():
    first, second = doubts_in(BY_HAND)
    assert (first.place, first.text) == (("variables", "age"), "which unit?")
    assert second.text == "years?"
    assert changed(BY_HAND, settle(BY_HAND, [first])) == ["-  # doubt: which unit?"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_words_that_yaml_would_read_otherwise_stay(newline):
    text = BY_HAND.replace("\n", newline)
    words = ["no", "1.0", "0x1", "~", "a: b", "# x", "ünï", "'", '"', "2024-01-01", "<b>", "{", ""]
    after = amend(text, ("variables", "crp"), {"missing": words})
    assert under(read(after), ["variables", "crp", "missing"]) == words
    assert after.count("\n") == after.count(newline) == text.count("\n")


@pytest.mark.slow
def test_every_key_of_the_example_can_be_changed_and_taken_out():
    text = (example_cohort() / "cohort.yml").read_text("utf-8")
    for name, entry in read(text)["variables"].items():
        for key in entry:
            for value in (None, "x", ["a", "b"], {"a": ["1"]}):
                after = amend(text, ("variables", name), {key: value})
                wanted = read(text)
                wanted["variables"][name][key] = value
                if value is None:
                    del wanted["variables"][name][key]
                assert read(after) == wanted
                assert after.count("#") == text.count("#")


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: {c: *x}\n", "a: {b: [}\n", "- a\n"],
    ids=["alias", "broken", "no mapping"],
)
def test_what_cannot_be_written_is_refused(text):
    with pytest.raises(AmendError):
        amend(text, ("b",), {"d": "1"})
