import pytest

from cohortbook.cohort.patients import WAYS

ID = {"column": "id"}
FORMS = {"seen": {"kind": "date"}, "x": {"kind": "number"}}
LATEST = {"id": ID, "duplicates": {"latest": "seen"}}


def flow(cohort):
    return cohort.flow.drop(columns="unknown").to_numpy().tolist()


# one form a patient


def test_the_latest_form_stands(desk):
    table = "id,seen,x\n7,1995-01-02,1\n8,1995-01-01,2\n 7 ,1995-01-03,3\n9,,4\n7,1995-01-01,5\n"
    cohort = desk.load(table, FORMS, **LATEST)
    assert cohort.frame["x"].tolist() == [2, 3, 4]
    assert cohort.frame.index.tolist() == ["patient-01", "patient-02", "patient-03"]
    assert cohort.changes.to_numpy().tolist() == [
        [2, "", "", "row 4", "superseded form"],
        [6, "", "", "row 4", "superseded form"],
    ]
    assert flow(cohort) == [[0, "Forms received", 0, 5], [1, "Latest form of each patient", 2, 3]]


def test_ids_are_compared_like_spellings(desk):
    assert desk.load("id,seen,x\na 1,1995-01-02,1\nA  1,1995-01-03,3\n", FORMS, **LATEST).frame[
        "x"
    ].tolist() == [3]


def test_forms_of_one_day_and_forms_without_a_date(desk):
    table = (
        "id,seen,x\n"
        "7,1995-01-02,1\n"
        "7,1995-01-02,2\n"
        "7,1995-01-01,3\n"
        "8,,4\n"
        "8,1995-01-01,5\n"
        "9,,6\n"
        "7,1995-01-02,7\n"
    )
    assert desk.problems(table, FORMS, **LATEST) == [
        (3, "id", "7", "the seen of row 2", "a single latest form of each patient"),
        (8, "id", "7", "the seen of row 2", "a single latest form of each patient"),
        (5, "seen", "", "one of several forms, without a date", "a date"),
    ]


def test_two_forms_without_dates(desk):
    told = desk.problems("id,seen,x\n7,,1\n7,,2\n", FORMS, **LATEST)
    assert [(row, problem) for row, _, _, problem, _ in told] == [
        (2, "one of several forms, without a date"),
        (3, "one of several forms, without a date"),
    ]


def test_without_a_rule_for_them_several_forms_are_a_problem(desk):
    told = desk.problems("id,seen,x\n7,,1\n8,,2\n7,,3\n7,,4\n8,,5\n9,,1\n8,,5\n", FORMS, id=ID)
    problem = "2 ids have several rows, 6 in all (rows 2, 3, 4, 5, 6, …); 1 rows are copies"
    assert told == [(4, "id", "", problem + " of another", WAYS)]


@pytest.mark.parametrize("sections", [{"id": ID}, LATEST])
def test_a_form_without_an_id_is_a_problem(desk, sections):
    told = desk.problems("id,seen,x\n,,1\n8,,2\n ,,3\n", FORMS, **sections)
    assert told == [
        (2, "id", "", "no id", "an id on each form"),
        (4, "id", "", "no id", "an id on each form"),
    ]


def test_without_ids_every_row_is_a_patient(desk):
    cohort = desk.load("seen,x\n,1\n,1\n", FORMS)
    assert len(cohort.frame) == 2
    assert flow(cohort) == [[0, "Forms received", 0, 2]]


def test_ids_that_are_identifiers_are_hidden(desk):
    hidden = {"column": "id", "identifier": True}
    (told,) = desk.problems("id,seen,x\n7,,1\n7,,3\n", FORMS, id=hidden)
    assert told[:4] == (3, "id", "", "1 id has several rows, 2 in all (rows 2, 3)")


# order of dates


DATES = {name: {"kind": "date"} for name in ("birth", "onset", "seen")}
RULES = [{"order": ["birth", "onset", "seen"]}]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("1990-01-01,1990-01-01,1990-01-01", []),
        ("1990-01-01,1991-01-01,1992-01-01", []),
        ("1990-01-01,,1992-01-01", []),
        (",,1992-01-01", []),
        ("1990-01-01,,", []),
        ("1990-01-02,1990-01-01,1992-01-01", [("onset", "1990-01-01", "before birth")]),
        ("1990-01-01,1992-01-01,1991-01-01", [("seen", "1991-01-01", "before onset")]),
        ("1990-01-02,,1990-01-01", [("seen", "1990-01-01", "before birth")]),
        (",1990-01-02,1990-01-01", [("seen", "1990-01-01", "before onset")]),
        (
            "1990-01-03,1990-01-02,1990-01-01",
            [("onset", "1990-01-02", "before birth"), ("seen", "1990-01-01", "before onset")],
        ),
    ],
)
def test_dates_are_in_order(desk, row, wrong):
    table = f"birth,onset,seen\n1990-01-01,1990-01-01,1990-01-01\n{row}\n"
    if wrong:
        allowed = "birth ≤ onset ≤ seen"
        expected = [(3, *told, allowed) for told in wrong]
        assert desk.problems(table, DATES, rules=RULES) == expected
    else:
        assert len(desk.load(table, DATES, rules=RULES).frame) == 2


def test_rules_name_the_columns_of_the_file_and_hold_for_numbers_too(desk):
    variables = {
        "low": {"kind": "number", "column": "Low"},
        "high": {"kind": "number", "column": "High"},
        "both": {"derive": {"lowest": ["low", "high"]}},
    }
    rules = [{"order": ["low", "high"]}, {"order": ["low", "both"]}]
    assert desk.problems("Low,High\n1,2\n3,2\n", variables, rules=rules) == [
        (3, "High", "2.0", "before Low", "Low ≤ High"),
        (3, "both", "2.0", "before Low", "Low ≤ both"),
    ]


def test_a_superseded_form_need_not_be_in_order(desk):
    variables = FORMS | {"onset": {"kind": "date"}}
    table = "id,seen,x,onset\n7,1995-01-01,1,1996-01-01\n7,1995-01-02,1,1994-01-01\n"
    cohort = desk.load(table, variables, **LATEST, rules=[{"order": ["onset", "seen"]}])
    assert len(cohort.frame) == 1


# eligibility


ELIGIBLE = {name: {"kind": "binary"} for name in ("case", "out", "x", "y")}
STEPS = [
    {"label": "Definite case", "require": "case"},
    {"label": "Complete", "complete": ["x", "y"]},
]


def test_eligibility_step_by_step(desk):
    rows = ["yes,yes,no,no", "no,no,no,no", ",no,,no", "yes,no,,no", "yes,no,no,", "yes,no,yes,yes"]
    table = "\n".join(["case,out,x,y", *rows, ""])
    cohort = desk.load(table, ELIGIBLE, eligibility=STEPS, analysis={"outcome": "out"})
    assert flow(cohort) == [
        [0, "Forms received", 0, 6],
        [1, "Definite case", 2, 4],
        [2, "Complete", 2, 2],
    ]
    assert list(cohort.flow) == ["step", "label", "excluded", "remaining", "unknown"]
    assert cohort.flow["unknown"].tolist()[1:] == [1, 2]  # not known whether; not complete
    assert cohort.frame["out"].tolist() == [True, False]
    assert cohort.frame.index.tolist() == ["patient-01", "patient-02"]


def test_what_does_not_apply_is_not_incomplete(desk):
    variables = {
        "if": {"kind": "binary"},
        "x": {"kind": "binary", "only_if": "if"},
        "then": {"derive": {"not": "x"}, "only_if": "x"},
    }
    table = "if,x\nyes,yes\nyes,no\nyes,\nno,\n,\nno,no\n"
    steps = [{"label": "Complete", "complete": ["x", "then"]}]
    table = table.replace(",\n", ',""\n').replace('\n,""', '\n"",')
    cohort = desk.load(table + "yes,\n", variables, eligibility=steps)
    assert flow(cohort)[1] == [1, "Complete", 2, 4]


def test_nobody_left(desk):
    told = desk.problems("case,out,x,y\nno,yes,no,no\n", ELIGIBLE, eligibility=STEPS)
    problem = "nobody is left to analyse (Forms received: 1; Definite case: 0; Complete: 0)"
    assert told == [(None, "", "", problem, "one patient or more")]


@pytest.mark.parametrize("rows", ["yes,1\nyes,2\n", "no,1\n,2\n", ",1\n,2\n"])
def test_an_outcome_with_one_level(desk, rows):
    variables = {"out": {"kind": "binary"}, "n": {"kind": "number"}}
    told = desk.problems("out,n\n" + rows, variables, analysis={"outcome": "out"})
    assert told == [(None, "", "", "out, the outcome, is the same for all", "a Yes and a No")]


# study ids


@pytest.mark.parametrize(("patients", "last"), [(1, "x-01"), (99, "x-99"), (100, "x-100")])
def test_study_ids_have_one_width_and_follow_the_file(desk, patients, last):
    table = "x\n" + "".join(f"{i}\n" for i in range(patients))
    frame = desk.load(table, {"x": {"kind": "number"}}, data={"study_prefix": "x-"}).frame
    assert frame.index.name == "patient"
    assert frame.index[-1] == last
    assert frame.index[0] == "x-" + "1".zfill(len(last) - 2)
    assert frame["x"].tolist() == list(range(patients))


# missing values


def test_missing_values_are_counted_where_a_variable_applies(desk):
    variables = {
        "if": {"kind": "binary", "label": "Condition"},
        "x": {"kind": "binary", "only_if": "if"},
        "y": {"derive": {"not": "x"}, "only_if": "x"},
        "ok": {"kind": "binary"},
        "name": {"kind": "number", "identifier": True},
    }
    table = "if,x,ok,name\nyes,yes,yes,1\nyes,no,yes,2\nyes,,yes,3\nno,,yes,4\n,,yes,5\nno,,no,6\n"
    steps = [{"label": "Fine", "require": "ok"}]
    missing = desk.load(table, variables, eligibility=steps).missing
    assert list(missing) == ["variable", "label", "n_before", "missing_before", "n", "missing"]
    assert missing.to_numpy().tolist() == [
        ["if", "Condition", 6, 1, 5, 1],
        ["x", "X", 4, 2, 4, 2],
        ["y", "Y", 3, 2, 3, 2],
        ["ok", "Ok", 6, 0, 5, 0],
    ]
