"""A specification and its data, checked together."""

import os

import pytest

from cohortbook.cli import main
from cohortbook.cohort.review import describe_review, review_cohort
from cohortbook.report.check_page import MARK, WITHHELD

SPEC = """\
data: {file: forms.csv, date_formats: ["%Y-%m-%d"]}
id: {column: Nr, identifier: true}
variables:
  name: {kind: text, column: Name, identifier: true}
  calc: {kind: binary, column: Calc}
  grade: {kind: ordinal, levels: [mild, severe]}
  ck: {kind: number, range: [0, 100]}
  seen: {kind: date}
  age: {kind: number}
rules: [{below: {variable: age, limit: 18}}]
analysis: {outcome: calc}
"""
HEAD = "Nr,Name,Calc,grade,ck,seen,age\n"
GOOD = [f"{i},Canary {i},{['yes', 'no'][i % 2]},{['mild', 'severe'][i // 2 % 2]},{20 + i},,5"
        for i in range(1, 31)]  # fmt: skip


def review(desk, rows, spec=SPEC):
    desk.path.write_text(spec, "utf-8")
    desk.table.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    return review_cohort(desk.path.parent)


def test_every_problem_at_once_with_a_repair(desk):
    bad = ["40,Canary,maybe,sevre,1O.5,36925,18", "41,Canary,yes,mild,31 U,1999-02-31,5"]
    found = review(desk, [*GOOD, *bad, "41,Canary,yes,mild,300,,5", ",Canary,yes,n/k,not done,,5"])
    repairs = found.problems.set_index(["column", "row"])["repair"].to_dict()
    line = "corrections: - {{row: '{}', column: {}, from: {}, to: '{}', reason: '...'}}"
    assert repairs == {
        ("Calc", 32): "add 'maybe' to a level of calc, or to its missing:",
        ("grade", 32): "a spelling of severe? Add 'sevre' to grade",
        ("grade", 35): "add 'n/k' to a level of grade, or to its missing:",
        ("ck", 32): line.format(32, "ck", "1O.5", "10.5"),
        ("ck", 33): line.format(33, "ck", "31 U", "..."),
        ("ck", 34): line.format(34, "ck", "'300'", "..."),
        ("ck", 35): "if it says missing, data: {missing: ['not done']}",
        ("seen", 32): "an Excel serial day, 2001-02-03? Add excel to data: date_formats:",
        ("seen", 33): line.format(33, "seen", "'1999-02-31'", "...").replace(
            "1999-02-31", "1999-02-31"
        ),
        ("age", 32): line.format(32, "age", "'18'", "..."),
        ("Nr", 34): "",
        ("Nr", 35): "",
    }
    told = "\n".join(describe_review(found))
    assert "Canary" not in told and "  row 32: '1O.5'\n      corrections: - {row: '32'" in told


def test_a_repair_that_is_pasted_is_sound(desk):
    found = review(desk, [*GOOD, "40,Canary,yes,mild,1O.5,,5"])
    line = found.problems["repair"][0].removeprefix("corrections: ")
    assert review(desk, [*GOOD, "40,Canary,yes,mild,1O.5,,5"], f"{SPEC}corrections:\n  {line}\n"
                  ).problems.empty  # fmt: skip


def test_problems_of_the_specification_and_of_the_data_are_told_together(desk):
    spec = SPEC.replace("{kind: ordinal, levels: [mild, severe]}", "{kind: ordnal}")
    found = review(desk, ["1,Canary,yes,mild,x,,5"], spec.replace("outcome: calc", "outcome: cal"))
    assert found.problems["column"].tolist() == ["variables.grade.kind", "analysis.outcome", "ck"]


def test_warnings_are_no_errors(desk, capsys):
    found = review(desk, [*GOOD, "31,x,yes,mild,99,,5"])
    assert found.problems.empty
    told = dict(found.warnings.to_numpy().tolist())
    assert told["seen"] == "missing for 31 of 31" and told["age"] == "the same for all"
    assert "ck" not in told
    assert main(["check", str(desk.path.parent)]) == 0
    assert capsys.readouterr().out.endswith(f"0 errors, {len(found.warnings)} warnings\n")


@pytest.mark.parametrize(("far", "warned"), [(3, True), (8, False)])
def test_many_values_far_from_the_others_are_the_tail_of_their_distribution(desk, far, warned):
    rows = [f"{30 + i},x,yes,mild,{9000 if i < far else 10 + i},,5" for i in range(60)]
    found = review(desk, rows, SPEC.replace("range: [0, 100]", "range: [0, 90000]"))
    texts = found.warnings.astype(str).agg(" ".join, axis=1)
    assert texts.str.contains("far from the others").any() == warned


def test_far_rare_and_personal(desk):
    spec = SPEC.replace("range: [0, 100]", "range: [0, 90000]").replace(", identifier: true}", "}")
    found = review(desk, [*GOOD[:12], "31,x,yes,mild,9000,,5"], spec)
    told = {tuple(row) for row in found.warnings.to_numpy()}
    assert ("ck", "far from the others: 9000 (row 14)") in told
    assert ("calc", "6 patients in the smaller group: too few for a model") in told
    assert ("grade", "a group of 3 where it is set against the outcome") in told
    assert ("Name", "looks like a name: identifier: true") in told


def test_the_page_profiles_the_data_but_for_identifiers(desk, tmp_path, capsys):
    rows = [*GOOD, "31,Canary,yes,<script>x</script>,40,,5"]
    review(desk, rows)
    page = tmp_path / "p.html"
    assert main(["check", str(tmp_path), "-o", str(page)]) == 2
    text = page.read_text()
    assert MARK in text and "<script" not in text and "&lt;script&gt;" in text
    assert "Canary" not in text + capsys.readouterr().out
    assert "21 to 50, median 36" in text.replace("\N{NO-BREAK SPACE}", " ")
    page.write_text("mine")
    assert main(["check", str(tmp_path), "-o", str(page)]) == 2
    assert page.read_text() == "mine"


def test_the_profile(desk):
    found = review(desk, GOOD).profile.set_index("variable")
    assert list(found.index) == ["calc", "grade", "ck", "seen", "age"]
    assert found.loc["calc", ["n", "missing", "values"]].tolist() == [30, 0, "no 15, yes 15"]
    assert found.loc["ck", "values"] == "21 to 50, median 35.5"
    assert found.loc["seen", ["n", "missing", "values"]].tolist() == [0, 30, ""]


def test_nothing_is_written_by_a_check(desk, tmp_path):
    review(desk, GOOD)
    before = os.listdir(tmp_path)
    assert main(["check", str(tmp_path)]) == 0
    assert os.listdir(tmp_path) == before


def test_an_outcome_that_is_missing_is_an_error_with_its_repair(desk, capsys):
    rows = [*GOOD, "31,x,,mild,40,,5", "32,x,,mild,40,,5"]
    found = review(desk, rows).problems
    assert found[["row", "column"]].to_numpy().tolist() == [[32, "Calc"], [33, "Calc"]]
    repair = "eligibility: - {label: Outcome known, complete: [calc]}"
    assert set(found["repair"]) == {repair}
    assert main(["check", str(desk.path.parent)]) == 2
    assert repair in capsys.readouterr().out
    step = "eligibility:\n  - {label: Outcome known, complete: [calc]}\n"
    assert review(desk, rows, SPEC + step).problems.empty


def test_forms_that_do_not_stand_are_told(desk):
    spec = SPEC.replace("variables:", "duplicates: {latest: seen}\nvariables:")
    rows = [*GOOD, "31,x,yes,mild,40,2001-02-03,5", "31,x,yes,mild,40,2002-02-03,5"]
    told = review(desk, rows, spec).warnings.set_index("column")["warning"]
    assert told["duplicates"] == "1 form dropped as older forms (row 32)"
    assert "duplicates" not in review(desk, GOOD, spec).warnings["column"].tolist()


def test_what_corrections_mend_is_not_told_where_the_specification_has_an_error(desk):
    spec = SPEC.replace("outcome: calc", "outcome: cal")
    line = "{row: 32, column: ck, from: x, to: '30', reason: query}"
    bad = "{column: ck, from: y, to: '30', reason: query}"
    found = review(
        desk, [*GOOD, "31,Canary,yes,mild,x,,5"], f"{spec}corrections: [{line}, {bad}]\n"
    )
    assert found.problems["column"].tolist() == ["corrections[1]", "analysis.outcome"]


def test_the_page_counts_nobody_where_counts_are_withheld(desk, tmp_path):
    review(desk, [*GOOD, "31,x,yes,mild,x,,5"], f"{SPEC}suppress_below: 5\n")
    page = tmp_path / "p.html"
    assert main(["check", str(tmp_path), "-o", str(page)]) == 2
    assert WITHHELD in page.read_text() and "median" not in page.read_text()


def test_a_group_that_is_known_only_where_the_outcome_is_not(desk):
    rows = [f"{i},x,{('yes', 'no')[i // 2 % 2] if i % 2 else ''},{'' if i % 2 else 'mild'},20,,5"
            for i in range(1, 41)]  # fmt: skip
    assert "the outcome is missing" in set(review(desk, rows).problems["problem"])


def test_a_variable_may_be_called_like_a_section(desk):
    spec = SPEC.replace("  seen: {kind: date}", "  id: {kind: dat, column: seen}")
    found = review(desk, ["1,Canary,yes,mild,x,,5"], spec)
    assert found.problems["column"].tolist() == ["variables.id.kind", "ck"]
