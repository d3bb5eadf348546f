import pytest
from pandas.testing import assert_frame_equal

from cohortbook.cohort import CohortError, load_cohort, read_spec
from cohortbook.cohort.problems import Log
from cohortbook.cohort.reading import apply_corrections, read_table

NUMBER = {"a": {"kind": "number"}}
TEXT = {"a": {"kind": "category", "levels": ["x", "y"]}, "b": {"kind": "number"}}
ID = {"column": "id"}


def test_each_row_keeps_its_line(desk):
    table = '\na,b\n"x",1\n\n , \ny,oops\n"x\n",wrong\nx,bad\n'.lstrip("\n")
    assert [(row, value) for row, _, value, *_ in desk.problems(table, TEXT)] == [
        (5, "oops"),
        (6, "wrong"),
        (8, "bad"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(desk, end):
    desk.write("", TEXT)
    desk.table.write_bytes(f"a,b{end}x,1{end}y,2".encode())
    assert load_cohort(desk.path).frame["b"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_encodings(desk, encoding, said):
    variables = {"a": {"kind": "binary", "column": "É", "no": ["não"], "yes": ["sim"]}}
    desk.write("", variables, data={"encoding": said})
    desk.table.write_bytes("É\nnão\nsim\n".encode(encoding))
    assert load_cohort(desk.path).frame["a"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("said", "written", "line"),
    [("utf-8", b"a\n1\nn\xe3o\n", 3), ("ascii", b"a\n\xe3", 2), ("punycode", b"abc-!!", 1)],
)
def test_another_encoding(desk, said, written, line):
    desk.write("", NUMBER, data={"encoding": said})
    desk.table.write_bytes(written)
    with pytest.raises(CohortError) as caught:
        load_cohort(desk.path)
    ((_, row, _, value, problem, allowed, _),) = caught.value.problems.to_numpy()
    assert (row, value, problem) == (line, "", f"not text in {said}")
    assert "cp1252" in allowed


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(desk, delimiter):
    table = f'a{delimiter}b\nx{delimiter}1\n"y"{delimiter}2\n'
    assert desk.load(table, TEXT, data={"delimiter": delimiter}).frame["b"].tolist() == [1, 2]


def test_an_absent_table_and_a_folder(desk):
    desk.write("a\n1\n", NUMBER)
    desk.table.unlink()
    with pytest.raises(CohortError, match=r"forms\.csv: cannot be read: No such file"):
        load_cohort(desk.path)
    desk.table.mkdir()
    with pytest.raises(CohortError, match=r"forms\.csv: cannot be read"):
        load_cohort(desk.path)


@pytest.mark.parametrize(
    ("table", "row", "problem", "allowed"),
    [
        ("", 1, "no heading of the specification in the first line", "a, b …, separated by ','"),
        ("a;b\nx;1\n", 1, "no heading of the specification in the first line", "separated by ','"),
        ("<html>\n", 1, "no heading of the specification in the first line", "','"),
        ("a,b\n", None, "no rows under the headings", "one row a form"),
        ("a,b\n\n , \n", None, "no rows under the headings", "one row a form"),
        ('a,b\nx,1\nx,"2\n', 3, "not a table: unexpected end of data", ""),
        ('a,b\nx,1\n"x"y,2\n', 3, "not a table: ',' expected after '\"'", ""),
        ("a,b\nx," + "1" * 200_000 + "\n", 2, "not a table: field larger than field limit", ""),
    ],
)
def test_what_is_no_table(desk, table, row, problem, allowed):
    ((found_row, column, value, found, found_allowed),) = desk.problems(table, TEXT)
    assert (found_row, column, value) == (row, "", "")
    assert found.startswith(problem)
    assert found_allowed.endswith(allowed)


def test_a_table_without_headings_shows_none_of_its_values(desk):
    table = "Maria Silva,1\nAna Souza,2\n"
    assert "Maria" not in str(desk.refusal(table, TEXT))


def test_headings(desk):
    table = "a,B,c,a,c\nx,1,2,y,4\n"
    assert desk.problems(table, TEXT) == [
        (1, "B", "", "a column that is not read", "a variable, or data: ignore:"),
        (1, "c", "", "a column that is not read", "a variable, or data: ignore:"),
        (1, "a", "", "duplicate heading", "each heading once"),
        (1, "b", "", "missing column", "B, c"),
    ]


def test_a_missing_column_is_told_with_the_nearest_heading(desk):
    (_, (*_, problem, allowed)) = desk.problems("a,bb\nx,1\n", TEXT)
    assert (problem, allowed) == ("missing column", "bb; did you mean 'bb'?")


def test_ignored_columns_are_left_out(desk):
    cohort = desk.load("a,c,,b,c\nx,1,,2,3\n", TEXT, data={"ignore": ["c", ""]})
    assert list(cohort.frame) == ["a", "b"]


def test_headings_are_trimmed(desk):
    assert desk.load(" a , b\nx,1\n", TEXT).frame["b"].tolist() == [1]


def test_rows_with_too_few_or_too_many_cells(desk):
    assert desk.problems("a,b\nx\nx,1\nx,1,2\nx,bad\n", TEXT) == [
        (2, "", "", "1 cells", "2, as the headings"),
        (4, "", "", "3 cells", "2, as the headings"),
        (5, "b", "bad", "not a number", "digits, with a decimal point"),
    ]


def test_a_missing_id_column_is_one_problem(desk):
    ((row, column, *_, problem, _),) = desk.problems("a\n1\n2\n", NUMBER, id=ID)
    assert (row, column, problem) == (1, "id", "missing column")


def test_two_variables_may_read_one_column(desk):
    variables = {
        "first": {"kind": "number", "column": "a"},
        "second": {"kind": "category", "column": "a", "levels": ["1", "2"]},
    }
    cohort = desk.load("a\n1\n2\nNR\n", variables, data={"missing": ["NR"]})
    assert cohort.frame["first"].tolist()[:2] == [1, 2]
    assert cohort.frame["second"].tolist()[:2] == ["1", "2"]
    assert len(cohort.changes) == 1


def test_many_blocks_of_rows(desk, monkeypatch):
    monkeypatch.setattr("cohortbook.cohort.sheet._BLOCK", 3)
    table = "a,b\n" + "".join(f"x,{i}\n" for i in range(10))
    assert desk.load(table, TEXT).frame["b"].tolist() == list(range(10))


FORMS = "id,a,b\n7,x,1\n8,x,oops\n9, y ,2\n8,y,oops\n"


def correct(**asked):
    return {"id": ID, "corrections": [{"column": "b", "from": "oops", "to": "3"} | asked]}


def test_a_correction_stands_for_one_cell(desk):
    table = FORMS.replace("8,y,oops", "10,y,4")
    cohort = desk.load(table, TEXT, **correct(id="8", reason="re-read"))
    assert cohort.frame["b"].tolist() == [1, 3, 2, 4]
    assert cohort.changes.to_numpy().tolist() == [[3, "b", "oops", "3", "correction"]]


def test_a_correction_finds_its_cell_by_id_or_row_or_both(desk):
    table = FORMS.replace("8,y,oops", "10,y,4")
    for asked in ({"row": "3"}, {"id": " 8 ", "row": 3}, {"id": "8", "from": " oops "}):
        assert desk.load(table, TEXT, **correct(**asked)).frame["b"].tolist() == [1, 3, 2, 4]
    for asked in ({"row": 2}, {"id": "7"}, {"id": "8", "row": 2}, {"id": "8", "from": "o"}):
        found = desk.refusal(table, TEXT, **correct(**asked)).problems
        assert found["file"].tolist()[0] == "cohort.yml"
        assert found["column"].tolist()[0] == "corrections[0]"
        assert found["problem"].tolist()[0] == "fits no cells of b"


def test_a_correction_that_fits_two_cells(desk):
    problems = desk.problems(FORMS, TEXT, **correct(id="8"))
    told = (None, "corrections[0]", "", "fits 2 cells of b (rows 3, 5)", "one cell")
    assert told in problems


def test_a_correction_that_fits_many_cells_names_ten(desk):
    rows = "".join("8,x,oops\n" for _ in range(11))
    ((*_, problem, _), *_) = desk.problems("id,a,b\n" + rows, TEXT, **correct(id="8"))
    assert problem == "fits 11 cells of b (rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)"


def test_five_headings_are_named_where_none_is_found(desk):
    variables = {f"v{i}": {"kind": "number"} for i in range(7)}
    ((*_, problem, allowed),) = desk.problems("x\n1\n", variables)
    assert problem == "no heading of the specification in the first line"
    assert allowed == "v0, v1, v2, v3, v4 …, separated by ','"


def test_a_correction_may_fill_or_empty_a_cell(desk):
    table = "id,a,b\n7,,1\n8,x,2\n"
    corrections = [
        {"id": "7", "column": "a", "from": "", "to": "y"},
        {"id": "8", "column": "b", "from": "2", "to": ""},
    ]
    cohort = desk.load(table, TEXT, id=ID, corrections=corrections)
    assert cohort.frame["a"].tolist() == ["y", "x"]
    assert cohort.frame["b"].isna().tolist() == [False, True]


def test_corrections_may_follow_one_another(desk):
    corrections = [
        {"id": "8", "column": "b", "from": "oops", "to": "3"},
        {"id": "8", "column": "b", "from": "3", "to": "5"},
        {"id": "8", "column": "id", "from": "8", "to": "11"},
    ]
    table = FORMS.replace("8,y,oops", "10,y,4")
    cohort = desk.load(table, TEXT, id=ID, corrections=corrections)
    assert cohort.frame["b"].tolist() == [1, 5, 2, 4]
    assert cohort.changes["rule"].tolist() == ["correction"] * 3


def test_a_step_leaves_what_it_is_given_as_it_was(desk):
    desk.write(FORMS.replace("8,y,oops", "10,y,4"), TEXT, **correct(id="8"))
    spec, log = read_spec(desk.path), Log("forms.csv")
    table = read_table(spec, log)
    assert (table.index.name, table.index.tolist()) == ("row", [2, 3, 4, 5])
    before = table.copy()
    assert apply_corrections(table, spec, log)["b"].tolist() == ["1", "3", "2", "4"]
    assert_frame_equal(table, before)


def test_the_table_is_never_touched(desk):
    table = FORMS.replace("8,y,oops", "10,Y,4")
    desk.write(table, TEXT, **correct(id="8"))
    before = desk.table.read_bytes(), desk.path.read_bytes(), desk.table.stat().st_mtime_ns
    load_cohort(desk.path)
    assert (
        desk.table.read_bytes(),
        desk.path.read_bytes(),
        desk.table.stat().st_mtime_ns,
    ) == before
