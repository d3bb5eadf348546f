"""Several rows of a patient: which are read, which of them counts, for which variable."""

import pandas as pd
import pytest

from cohortbook.cohort import load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.review import review_cohort

TABLE = """\
site,id,visit,event,ck,rash
A,1,2,late,20,no
A,1,1,base,10,yes
A,2,1,base,,no
A,2,2,late,40,
B,1,1,base,50,yes
B,1,2,late,60,yes
"""
VARIABLES = {
    "visit": {"kind": "number"},
    "ck": {"kind": "number"},
    "rash": {"kind": "binary"},
}
ID = {"column": "id", "with": ["site"]}


def values(desk, variables=VARIABLES, name="ck", **sections):
    cohort = desk.load(TABLE, variables, id=ID, **sections, data={"ignore": ["event"]})
    return [None if pd.isna(value) else value for value in cohort.frame[name]]


@pytest.mark.parametrize(
    ("sections", "right"),
    [
        ({"one_row": "first"}, [20, None, 50]),  # in the order of the file
        ({"one_row": "last"}, [10, 40, 60]),
        ({"one_row": "first", "order_by": "visit"}, [10, None, 50]),
        ({"one_row": "last", "order_by": "visit"}, [20, 40, 60]),
        ({"one_row": "first_known", "order_by": "visit"}, [10, 40, 50]),
        ({"one_row": "last_known", "order_by": "visit"}, [20, 40, 60]),
        ({"keep": {"visit": ["1"]}}, [10, None, 50]),
        ({"keep": {"visit": "2"}}, [20, 40, 60]),
        ({"keep": {"event": ["LATE"]}}, [20, 40, 60]),
        ({"keep": {"event": ["base", "late"], "visit": ["2.0"]}}, [20, 40, 60]),
    ],
)
def test_the_row_that_counts(desk, sections, right):
    assert sorted(values(desk, **sections), key=str) == sorted(right, key=str)


def test_a_variable_may_be_of_another_row(desk):
    more = VARIABLES | {
        "first": {"kind": "number", "column": "ck", "row": "first"},
        "first_known": {"kind": "number", "column": "ck", "row": "first_known"},
        "base": {"kind": "number", "column": "ck", "where": {"event": ["base"]}},
        "rash_base": {"kind": "binary", "column": "rash", "where": {"event": ["base"]}},
        "change": {"derive": {"any": ["rash", "rash_base"]}},
    }
    sections = {"one_row": "last", "order_by": "visit"}
    cohort = desk.load(TABLE, more, id=ID, **sections)
    found = cohort.frame.astype(object).where(cohort.frame.notna(), None)
    assert found["ck"].tolist() == [20, 40, 60]
    assert found["first"].tolist() == [10, None, 50]
    assert found["first_known"].tolist() == [10, 40, 50]
    assert found["base"].tolist() == [10, None, 50]
    assert found["rash_base"].tolist() == [True, False, True]
    assert found["change"].tolist() == [True, None, True]
    assert cohort.flow["label"].tolist() == ["Forms received", "Last row of each patient"]
    assert cohort.flow["remaining"].tolist() == [6, 3]
    assert (cohort.changes["rule"] == "superseded form").sum() == 3


DATED = """\
id,day,ck,rash,grade,op
1,2020-01-01,10,no,I,2020-02-10
1,2020-02-01,40,,III,
1,2020-03-01,,yes,II,
2,2020-01-01,,no,,2020-01-20
2,2020-01-19,7,no,I,
2,2020-01-21,9,,I,
3,2020-05-01,5,,,
"""


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        ({"kind": "number", "column": "ck", "row": "highest"}, [40, 9, 5]),
        ({"kind": "number", "column": "ck", "row": "lowest"}, [10, 7, 5]),
        ({"kind": "number", "column": "ck", "row": "mean"}, [25, 8, 5]),
        ({"kind": "number", "column": "ck", "row": "count"}, [2, 2, 1]),
        ({"kind": "number", "column": "ck", "row": "count", "where": {"grade": ["I"]}}, [1, 2, 0]),
        ({"kind": "number", "column": "ck", "row": "highest", "where": {"grade": ["I"]}},
         [10, 9, None]),
        ({"kind": "binary", "column": "rash", "row": "any"}, [True, False, None]),
        ({"kind": "binary", "column": "rash", "row": "all"}, [False, False, None]),
        ({"kind": "number", "column": "ck", "row": "nearest", "nearest_to": "op"}, [40, 7, None]),
        ({"kind": "binary", "column": "rash", "row": "nearest", "nearest_to": "op",
          "dated_by": "day"}, [True, False, None]),
    ],
)  # fmt: skip
def test_rules_for_several_rows(desk, entry, right):
    variables = {
        "op": {"kind": "date", "row": "first_known"},
        "day": {"kind": "date"},
        "grade": {"kind": "ordinal", "levels": ["I", "II", "III"], "row": "highest"},
        "x": entry,
    }
    ignored = [name for name in ("ck", "rash") if name != entry["column"]]
    cohort = desk.load(
        DATED, variables, id={"column": "id"}, one_row="last", order_by="day",
        data={"ignore": ignored},
    )  # fmt: skip
    found = [None if pd.isna(value) else value for value in cohort.frame.x]
    assert found == right
    assert cohort.frame.grade.astype(object).where(cohort.frame.grade.notna(), None).tolist() == [
        "III", "I", None,
    ]  # fmt: skip


def test_rows_put_together_supersede_none(desk):
    cohort = desk.load(TABLE, VARIABLES, id=ID, one_row="first_known", data={"ignore": ["event"]})
    assert "superseded form" not in set(cohort.changes["rule"])
    assert cohort.flow["remaining"].tolist() == [6, 3]


def test_kept_rows_are_a_step_of_the_flow(desk):
    cohort = desk.load(TABLE, VARIABLES, id=ID, keep={"event": ["late"]})
    assert cohort.flow[["label", "excluded"]].to_numpy().tolist() == [
        ["Forms received", 0],
        ["Rows of event late", 3],
    ]


def test_rows_are_kept_by_a_corrected_column(desk):
    wrong = TABLE.replace("late", "latte", 1)
    correction = {"row": wrong[: wrong.index("latte")].count("\n") + 1, "column": "event",
                  "from": "latte", "to": "late", "reason": "chart"}  # fmt: skip
    sections = {"id": ID, "keep": {"event": ["late"]}}
    kept = desk.load(wrong, VARIABLES, **sections, corrections=[correction]).frame
    assert kept.equals(desk.load(TABLE, VARIABLES, **sections).frame)


def test_a_value_that_no_row_has_is_told_with_those_there_are(desk):
    sections = {"id": ID, "keep": {"visit": ["4"]}, "data": {"ignore": ["event"]}}
    ((*_, problem, allowed),) = desk.problems(TABLE, VARIABLES, **sections)
    assert (problem, allowed) == ("keep: no row has 4 in visit", "2, 1")


def test_without_what_is_with_it_the_id_repeats(desk):
    told = desk.problems(TABLE, VARIABLES, id={"column": "id"}, data={"ignore": ["event", "site"]})
    assert [problem for *_, problem, _ in told] == [
        "2 ids have several rows, 6 in all (rows 2, 3, 4, 5, 6, …)"
    ]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("one_row: frist\nid: {column: id}\n", "one_row", "not a rule"),
        ("one_row: first\n", "one_row", "needs id"),
        ("order_by: x\n", "order_by", "needs the key one_row"),
        ("one_row: last\norder_by: y\nid: {column: id}\n", "order_by", "no such variable"),
        ("one_row: last\norder_by: b\nid: {column: id}\n", "order_by", "a variable of kind binary"),
        (
            "one_row: last\nduplicates: {latest: d}\nid: {column: id}\n",
            "one_row",
            "cannot be combined",
        ),
    ],
)
def test_rules_that_cannot_be(desk, text, place, problem):
    spec = "data: {file: forms.csv}\nvariables: {x: {kind: number}, b: {kind: binary}"
    spec += ", d: {kind: date}}\n"
    told = {found[1]: found[3] for found in desk.spec_problems(spec + text)}
    assert told[place].startswith(problem)


@pytest.mark.parametrize(
    ("variable", "place", "problem"),
    [
        ("{kind: number, row: first}", "row", "needs the key one_row"),
        ("{kind: number, row: middle}", "row", "not a rule"),
        ("{kind: binary, row: highest}", "row", "not for kind binary"),
        ("{kind: number, row: any}", "row", "not for kind number"),
        ("{kind: number, row: nearest}", "row", "needs the date that it is nearest to"),
        ("{kind: number, row: nearest, nearest_to: x}", "nearest_to", "a variable that depends"),
        ("{kind: number, row: first, nearest_to: x}", "nearest_to", "without row: nearest"),
        ("{kind: number, limits: zero}", "limits", "not a rule"),
        ("{kind: number, part: two}", "part", "not a part"),
        ("{kind: number, suffixes: {kg: heavy}}", "suffixes.kg", "not a factor"),
        ("{kind: number, suffixes: {kg: '0'}}", "suffixes.kg", "not a factor"),
        ("{kind: binary, limits: half}", "limits", "not for kind binary"),
        ("{kind: number, opened_by: [y]}", "opened_by", "not for kind number"),
    ],
)
def test_keys_of_a_variable_that_cannot_be(desk, variable, place, problem):
    spec = f"data: {{file: forms.csv}}\nvariables: {{x: {variable}}}\n"
    told = [found[3] for found in desk.spec_problems(spec) if found[1] == f"variables.x.{place}"]
    assert any(each.startswith(problem) for each in told)


REDCAP = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,"
    "sex,age,ck,lesion,dead\n"
)


def longitudinal(i):
    yield f"{i},baseline_arm_1,,,{'FM'[i % 2]},{40 + i},{100 + i},,"
    yield f"{i},month_6_arm_1,,,,,{200 + i if i % 5 else ''},,"
    for k in range(1, 1 + i % 3):
        yield f"{i},baseline_arm_1,lesions,{k},,,,{10 * i + k},"
    yield f"{i},end_arm_1,,,,,,,{int(i % 4 == 0)}"


def test_events_and_repeating_instruments_of_redcap_are_put_together(tmp_path):
    rows = [row for i in range(1, 31) for row in longitudinal(i)]
    file = tmp_path / "export.csv"
    file.write_text(REDCAP + "\n".join(rows) + "\n")
    draft = draft_cohort(file, outcome="dead")
    assert not draft.several
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, file))
    frame = cohort.frame
    assert len(frame) == 30 and cohort.spec.one_row == "first_known"
    assert int(frame["deaths"].sum()) == 7 and frame["deaths"].notna().all()
    assert frame["age"].tolist() == [40 + i for i in range(1, 31)]
    assert frame["ck"].tolist() == [100 + i for i in range(1, 31)]
    assert frame["ck_last"].tolist() == [(200 if i % 5 else 100) + i for i in range(1, 31)]
    assert frame["lesion"].isna().sum() == 10
    assert frame["lesion"].dropna().tolist() == [10 * i + 1 for i in range(1, 31) if i % 3]
    labels = cohort.labels
    assert (labels["ck"], labels["ck_last"]) == ("CK (first)", "CK (last)")
    assert "redcap_event_name" in cohort.spec.data.ignore


@pytest.mark.parametrize(
    ("head", "row", "told"),
    [
        ("Patient,Visit date,CK", "{i},2010-0{v}-03,{v}", "order_by: form_date"),
        ("subject,week,CK", "{i},{v},{v}", "keep: {week: ['4']}"),
        ("ID,CK,etype", "P{i},5,{v}", "keep: {etype: ['4']}"),
        ("study_id,CK", "S{i},{i}{v}", "one_row: first"),
    ],
)
def test_tables_of_visits_are_told_from_tables_of_patients(tmp_path, head, row, told):
    rows = [row.format(i=i, v=v) + ",yn"[0] + "yn"[i % 2] for i in range(20) for v in (1, 2, 3, 4)]
    (tmp_path / "a.csv").write_text("\n".join([head + ",Died", *rows, ""]))
    several = draft_cohort(tmp_path / "a.csv", outcome="Died").several
    assert several[0].startswith("80 rows are 20 patients") and "4 rows each" in several[0]
    assert any(told in way for way in several[1:])


def test_a_few_ids_that_repeat_are_one_line(tmp_path):
    rows = [f"P{i - (i in (7, 9))},{40 + i},{'yn'[i % 2]}" for i in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["ID,Age,Died", *rows, rows[0], ""]))
    draft = draft_cohort(tmp_path / "a.csv", outcome="Died")
    assert not draft.several
    told = "3 ids have several rows (rows 2, 8, 9, 10, 11, …), 1 of them copies of another"
    assert draft.text.count("several rows") == 1 and told in draft.text


def test_check_looks_only_at_the_texts_of_rows_that_are_kept(desk):
    names = {1: ["Ana Silva", "Rui Costa"], 2: [f"Ana Silv{c}" for c in "bcdefghij"]}
    rows = [f"A,{i},{v},5,{names[v][i % len(names[v])]}" for i in range(9) for v in names]
    variables = {"ck": {"kind": "number"}, "note": {"kind": "text"}}
    warned = {}
    for visit in ("1", "2"):
        sections = {"id": ID, "keep": {"visit": [visit]}, "data": {"ignore": ["visit"]}}
        desk.write("site,id,visit,ck,note\n" + "\n".join(rows), variables, **sections)
        warned[visit] = review_cohort(desk.path.parent).warnings["column"].tolist()
    assert "note" in warned["2"] and "note" not in warned["1"]
