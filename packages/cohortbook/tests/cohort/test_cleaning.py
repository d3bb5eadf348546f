from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.cohort.cleaning import Memory, as_texts, type_columns
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Data, Spec, Variable
from cohortbook.cohort.vocabulary import simplify


def column(*cells):
    return "a,n\n" + "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells))


def one(**variable):
    return {"a": variable, "n": {"kind": "number"}}


def test_simplify():
    assert simplify("  NÃO\t realizado ") == "nao realizado"
    assert simplify("Straße") == "strasse"
    assert simplify("\u00a0Sim\u00a0") == "sim"
    assert simplify("A\u0301") == simplify("á") == "a"


# binary


@pytest.mark.parametrize("yes", ["yes", "Yes", " TRUE ", "1"])
@pytest.mark.parametrize("no", ["no", "No", " false ", "0"])
def test_binary_by_built_in_words(desk, yes, no):
    assert desk.column(column(yes, no, yes), one(kind="binary"), "a") == [True, False, True]


def test_binary_by_its_own_words_or_else_by_shared_ones(desk):
    variables = one(kind="binary", yes=["feminino", "F"], no=["masculino", "M"])
    shared = {"yes": ["sim"], "no": ["não", "n"]}
    cells = ["F", "m", "FEMININO", "yes", "no"]
    expected = [True, False, True, True, False]
    assert desk.column(column(*cells), variables, "a", spellings=shared) == expected
    wrong = desk.problems(column("F", "N", "sim"), variables, spellings=shared)
    assert [(row, value) for row, _, value, *_ in wrong] == [(3, "N"), (4, "sim")]
    assert desk.column(column("N", "sim"), one(kind="binary"), "a", spellings=shared) == [
        *(False, True)
    ]


def test_a_blank_is_missing_unless_the_variable_says_what_it_means(desk):
    cells = column("x", "", " ", "X")
    assert desk.column(cells, one(kind="binary", yes=["x"], no=[""]), "a") == [1, 0, 0, 1]
    found = desk.column(cells, one(kind="binary", yes=["x"], no=["o"]), "a")
    assert [bool(pd.isna(value)) for value in found] == [False, True, True, False]
    shared = {"yes": ["x"], "no": [""]}
    found = desk.column(cells, one(kind="binary"), "a", spellings=shared)
    assert [bool(pd.isna(value)) for value in found] == [False, True, True, False]


def test_built_in_words_are_not_for_variables_with_their_own(desk):
    variables = one(kind="binary", yes=["2"], no=["1"])
    assert desk.column(column("1", "2"), variables, "a") == [False, True]
    ((row, _, value, problem, allowed),) = desk.problems(column("1", "2", "0"), variables)
    assert (row, value, problem) == (4, "0", "unknown level")
    assert allowed == "yes (2, yes); no (1, no)"
    problems = desk.problems(column("p", "true"), one(kind="binary", yes=["p"]))
    assert [value for _, _, value, *_ in problems] == ["true"]


def test_own_words_go_before_shared_ones(desk):
    variables = one(kind="binary", yes=["n"], no=["x"])
    assert desk.column(column("n", "x"), variables, "a", spellings={"no": ["n"]}) == [True, False]


def test_shared_words_go_before_built_in_ones(desk):
    shared = {"yes": ["0"], "no": ["1"]}
    assert desk.column(column("0", "1"), one(kind="binary"), "a", spellings=shared) == [True, False]


def test_missing_codes_go_before_built_in_words(desk):
    data = {"missing": ["0"]}
    assert desk.column(column("1", "0", "no"), one(kind="binary"), "a", data=data) == [
        *(True, None, False)
    ]


def test_binary_is_a_nullable_boolean(desk):
    frame = desk.load(column("yes", "", "no"), one(kind="binary")).frame
    assert frame["a"].dtype == "boolean"
    assert frame["a"].isna().tolist() == [False, True, False]


# levels


LEVELS = {"low": ["baixo", "I"], "high": ["alto", "II"]}


@pytest.mark.parametrize(("kind", "ordered"), [("category", False), ("ordinal", True)])
def test_levels(desk, kind, ordered):
    cells = ["Baixo", "II", "", "HIGH", " low "]
    frame = desk.load(column(*cells), one(kind=kind, levels=LEVELS)).frame
    assert frame["a"].cat.categories.tolist() == ["low", "high"]
    assert frame["a"].cat.ordered is ordered
    assert frame["a"].cat.codes.tolist() == [0, 1, -1, 1, 0]


def test_an_unknown_level_is_told_with_what_is_allowed(desk):
    assert desk.problems(column("I", "III", "x", "III"), one(kind="ordinal", levels=LEVELS)) == [
        (3, "a", "III", "unknown level", "low (baixo, i, low); high (alto, ii, high)"),
        (4, "a", "x", "unknown level", "low (baixo, i, low); high (alto, ii, high)"),
        (5, "a", "III", "unknown level", "low (baixo, i, low); high (alto, ii, high)"),
    ]


def test_level_repairs_are_what_is_neither_the_name_nor_the_first_spelling(desk):
    cells = ["baixo", "low", "I", "BAIXO", " baixo ", "alto", "high", "ii", "High"]
    changes = desk.load(column(*cells), one(kind="ordinal", levels=LEVELS)).changes
    assert changes.to_numpy().tolist() == [
        [4, "a", "I", "low", "level spelling"],
        [5, "a", "BAIXO", "low", "level spelling"],
        [9, "a", "ii", "high", "level spelling"],
        [10, "a", "High", "high", "level spelling"],
    ]


def test_binary_repairs(desk):
    shared = {"yes": ["sim", "s"], "no": ["não", "n"]}
    cells = ["sim", "não", "yes", "0", "S", "nao", "TRUE"]
    changes = desk.load(column(*cells), one(kind="binary"), spellings=shared).changes
    assert set(changes["rule"]) == {"level spelling"}
    assert changes[["row", "from", "to"]].to_numpy().tolist() == [
        *([6, "S", "yes"], [7, "nao", "no"], [8, "TRUE", "yes"])
    ]


# missing


def test_missing_codes(desk):
    data = {"missing": ["Não realizado", "NR", "-"]}
    cells = ["5", "nao  REALIZADO", "nr", "-", "", "  ", "99"]
    cohort = desk.load(column(*cells), one(kind="number", missing=["99"]), data=data)
    assert cohort.frame["a"].isna().tolist() == [False, True, True, True, True, True, True]
    assert cohort.changes.to_numpy().tolist() == [
        [3, "a", "nao  REALIZADO", "", "missing code"],
        [4, "a", "nr", "", "missing code"],
        [5, "a", "-", "", "missing code"],
        [8, "a", "99", "", "missing code"],
    ]


def test_a_missing_code_of_one_variable_is_a_value_of_another(desk):
    variables = {"a": {"kind": "number", "missing": ["9"]}, "b": {"kind": "number"}}
    frame = desk.load("a,b\n9,9\n1,1\n", variables).frame
    assert frame["a"].isna().tolist() == [True, False]
    assert frame["b"].tolist() == [9, 1]


@pytest.mark.parametrize(
    ("variable", "dtype"),
    [
        ({"kind": "binary"}, "boolean"),
        ({"kind": "category", "levels": ["x"]}, "category"),
        ({"kind": "ordinal", "levels": ["x"]}, "category"),
        ({"kind": "number"}, "float64"),
        ({"kind": "date"}, "datetime64[ns]"),
        ({"kind": "list", "items": ["x"]}, "object"),
    ],
)
def test_a_column_of_nothing_keeps_its_type(desk, variable, dtype):
    frame = desk.load("a,b\n,1\n,2\n", {"a": variable, "b": {"kind": "number"}}).frame
    assert frame["a"].dtype == dtype
    assert frame["a"].isna().all()


# numbers


@pytest.mark.parametrize(
    ("decimal", "cell", "value"),
    [
        (".", "12", 12.0),
        (".", " -3.50 ", -3.5),
        (".", "+.5", 0.5),
        (".", "5.", 5.0),
        (".", "1.5e3", 1500.0),
        (".", "1E-2", 0.01),
        (".", "0.1", 0.1),
        (".", "123456789.123456789", 123456789.123456789),
        (",", "12,5", 12.5),
        (",", "12", 12.0),
        ("both", "12,5", 12.5),
        ("both", "12.5", 12.5),
        ("both", ",5", 0.5),
    ],
)
def test_numbers(desk, decimal, cell, value):
    data = {"decimal": decimal}
    assert desk.column(column(cell), one(kind="number"), "a", data=data) == [value]


@pytest.mark.parametrize(
    ("decimal", "cell"),
    [
        *[(".", cell) for cell in ("12,5", "1.2.3", "x", "1 000", "1_000", "0x10", "nan", "inf")],
        *[(".", cell) for cell in ("1e999", "--1", ".", "e5", "46O", "5 mg", "١٢", "1,234.5")],
        *[(",", cell) for cell in ("12.5", "1.234,5")],
        *[("both", cell) for cell in ("1.234,5", "1,234.5", "1,2,3")],
    ],
)
def test_what_is_not_a_number(desk, decimal, cell):
    wanted = {
        ".": "digits, with a decimal point",
        ",": "digits, with a decimal comma",
        "both": "digits, with one decimal point or comma",
    }
    found = desk.problems(column("1", cell), one(kind="number"), data={"decimal": decimal})
    assert found == [(3, "a", cell, "not a number", wanted[decimal])]


def test_decimal_commas_are_repairs_where_points_are_meant_too(desk):
    table = column("1,50", "2.5", "3")
    changes = desk.load(table, one(kind="number"), data={"decimal": "both"}).changes
    assert changes.to_numpy().tolist() == [[2, "a", "1,50", "1.5", "decimal comma"]]
    table = column("1,50", "3")
    assert desk.load(table, one(kind="number"), data={"decimal": ","}).changes.empty


def test_the_plausible_range_includes_its_ends(desk):
    variable = one(kind="number", unit="U/L", range=[0, 100.5])
    assert desk.column(column("0", "100.5", ""), variable, "a") == [0, 100.5, None]
    assert desk.problems(column("-0.1", "5", "100.6"), variable) == [
        (2, "a", "-0.1", "outside the plausible range", "0 to 100.5 U/L"),
        (4, "a", "100.6", "outside the plausible range", "0 to 100.5 U/L"),
    ]


def test_a_range_may_have_no_end(desk):
    variable = one(kind="number", range=["-inf", 5])
    assert desk.column(column("-1000000", "5"), variable, "a") == [-1000000, 5]
    ((*_, allowed),) = desk.problems(column("6"), variable)
    assert allowed == "-inf to 5"


# dates


DATES = {"date_formats": ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y"]}


def days(desk, *cells, **data):
    frame = desk.load(column(*cells), one(kind="date"), data=DATES | data).frame
    assert frame["a"].dtype == "datetime64[ns]"
    return [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in frame["a"]]


def test_dates_in_several_formats(desk):
    cells = ["28/02/1995", "1-3-1995", "05.06.95", "", "29/02/1996"]
    assert days(desk, *cells) == ["1995-02-28", "1995-03-01", "1995-06-05", None, "1996-02-29"]


def test_dates_are_iso_by_default(desk):
    assert desk.load(column("1995-02-28"), one(kind="date")).frame["a"].iloc[0] == pd.Timestamp(
        1995, 2, 28
    )


def test_the_time_of_day_is_left_out(desk):
    assert days(desk, "1995-02-28 13:30", date_formats=["%Y-%m-%d %H:%M"]) == ["1995-02-28"]


def test_date_formats_after_the_first_are_repairs(desk):
    table = column("28/02/1995", "1-3-1995", "05.06.95")
    changes = desk.load(table, one(kind="date"), data=DATES).changes
    assert changes.to_numpy().tolist() == [
        [3, "a", "1-3-1995", "1995-03-01", "date format"],
        [4, "a", "05.06.95", "1995-06-05", "date format"],
    ]


NO_DAYS = "31/02/1995 29/02/1995 1995-02-28 28/02/95 28/13/1995 28/02/19955 00/02/1995 34758"
NO_DAYS += " 01/01/1699 01/01/2201 today now NaT x"


@pytest.mark.parametrize("cell", [*NO_DAYS.split(), "28/02/1995 10:00"])
def test_what_is_not_a_day(desk, cell):
    found = desk.problems(column("28/02/1995", cell), one(kind="date"), data=DATES)
    assert found == [
        (3, "a", cell, "not a day of the calendar", "%d/%m/%Y or %d-%m-%Y or %d.%m.%y")
    ]


def test_the_first_and_last_days_that_are_believed(desk):
    assert days(desk, "01/01/1700", "31/12/2200") == ["1700-01-01", "2200-12-31"]


def test_a_text_that_is_two_days_is_refused(desk):
    data = {"date_formats": ["%d/%m/%Y", "%m/%d/%Y"]}
    assert desk.problems(
        column("25/12/1995", "05/05/1995", "03/04/1995"), one(kind="date"), data=data
    ) == [(4, "a", "03/04/1995", "two different days, by two formats", "one reading")]


def test_the_range_of_dates(desk):
    variable = one(kind="date", range=["1995-01-01", "1995-12-31"])
    cells = ["01/01/1995", "31/12/1995", "31/12/1994", "01/01/1996"]
    assert desk.problems(column(*cells), variable, data=DATES) == [
        (4, "a", "31/12/1994", "outside the plausible range", "1995-01-01 to 1995-12-31"),
        (5, "a", "01/01/1996", "outside the plausible range", "1995-01-01 to 1995-12-31"),
    ]


# lists


ITEMS = {"mtx": ["metotrexato", "MTX"], "csa": ["ciclosporina A"], "none": ["nenhum"]}


def test_lists_are_tuples_of_items_in_the_order_of_the_specification(desk):
    cells = ["Ciclosporina A + mtx", "MTX,metotrexato;", "csa/ MTX", "nenhum", ""]
    assert desk.column(column(*cells), one(kind="list", items=ITEMS), "a") == [
        *(("mtx", "csa"), ("mtx",), ("mtx", "csa"), ("none",), None)
    ]


def test_separators_are_what_the_variable_says(desk):
    variables = one(kind="list", items=ITEMS, separators=[" e ", "."])
    assert desk.column(column("MTX e csa.nenhum"), variables, "a") == [("mtx", "csa", "none")]
    assert desk.problems(column("MTX+csa"), variables)[0][2:4] == ("MTX+csa", "unknown item")


def test_unknown_items(desk):
    found = desk.problems(column("MTX", "MTX, AZA", "+"), one(kind="list", items=ITEMS))
    allowed = "mtx (metotrexato, mtx); csa (ciclosporina a, csa); none (nenhum, none)"
    assert found == [
        (3, "a", "MTX, AZA", "unknown item", allowed),
        (4, "a", "+", "unknown item", allowed),
    ]


def test_item_repairs(desk):
    cells = ["metotrexato, ciclosporina A", "mtx", "metotrexato+CSA", "MTX"]
    changes = desk.load(column(*cells), one(kind="list", items=ITEMS)).changes
    assert changes.to_numpy().tolist() == [
        [4, "a", "metotrexato+CSA", "mtx, csa", "level spelling"],
        [5, "a", "MTX", "mtx", "level spelling"],
    ]


# all together


def test_all_problems_of_a_file_are_told_at_once(desk):
    variables = {
        "a": {"kind": "number"},
        "b": {"kind": "date"},
        "c": {"kind": "binary"},
        "d": {"kind": "list", "items": ["x"]},
    }
    table = "a,b,c,d\n1,1995-01-01,yes,x\nA,B,C,D\nAA,1995-02-30,no,x\n"
    told = [(row, name, value) for row, name, value, *_ in desk.problems(table, variables)]
    assert told == [
        *((3, "a", "A"), (4, "a", "AA"), (3, "b", "B"), (4, "b", "1995-02-30")),
        *((3, "c", "C"), (3, "d", "D")),
    ]


@pytest.mark.parametrize(
    ("kind", "values", "texts"),
    [
        ("binary", pd.Series([True, False, None], dtype="boolean"), ["yes", "no", ""]),
        (
            "number",
            pd.Series([0.1, 5, np.nan, 1e-7, 1 / 3]),
            ["0.1", "5.0", "", "1e-07", repr(1 / 3)],
        ),
        ("date", pd.Series(pd.to_datetime(["1995-02-08", None])), ["1995-02-08", ""]),
        ("category", pd.Series(["a", None], dtype="category"), ["a", ""]),
        ("list", pd.Series([("x", "y"), None, ()], dtype=object), ["x, y", "", ""]),
    ],
)
def test_as_texts(kind, values, texts):
    values.index = range(5, 5 + len(values))
    written = as_texts(values, Variable(kind=kind))
    assert written.tolist() == texts
    assert written.index.equals(values.index)


@pytest.mark.parametrize("text", ["1.355", "12,500", "-1.000"])
def test_a_mark_that_may_be_of_thousands_is_refused_where_both_are_used(tmp_path, text):
    spec = "data: {file: d.csv, decimal: both, delimiter: ';'}\nvariables: {ck: {kind: number}}\n"
    (tmp_path / "cohort.yml").write_text(spec, encoding="utf-8")
    (tmp_path / "d.csv").write_text(f"ck\n{text}\n1,5\n0.125\n", encoding="utf-8")
    with pytest.raises(CohortError, match="thousands mark") as caught:
        load_cohort(tmp_path)
    assert list(caught.value.problems["row"]) == [2]


def test_a_number_that_is_a_missing_code_however_it_is_written(desk):
    variables = {"ck": {"kind": "number", "missing": ["999"]}}
    assert desk.column("ck\n999\n999.0\n9990\n", variables, "ck") == [None, None, 9990]


@pytest.mark.parametrize(
    "mark, decimal, texts",
    [
        (",", ".", ["1,234.5", "12", "1234.5"]),
        (".", ",", ["1.234,5", "12", "1234,5"]),
        (" ", ",", ["1\u202f234,5", "12", "1 234,5"]),
        ("'", ".", ["1'234.5", "12", "1’234.5"]),
    ],
)
def test_marks_of_thousands(desk, mark, decimal, texts):
    data = {"delimiter": ";", "thousands": mark, "decimal": decimal}
    table = "\n".join(["ck", *texts, ""])
    assert desk.column(table, {"ck": {"kind": "number"}}, "ck", data=data) == [1234.5, 12, 1234.5]


@pytest.mark.parametrize("text", ["1,23", "12,34,567", ",123", "0,123", "1.234,5"])
def test_marks_of_thousands_that_stand_elsewhere(desk, text):
    data = {"delimiter": ";", "thousands": ","}
    ((*_, value, problem, _),) = desk.problems(
        f"ck\n{text}\n", {"ck": {"kind": "number"}}, data=data
    )
    assert (value, problem) == (text, "not a number")


@pytest.mark.parametrize("mark", [".", "x", ",,"])
def test_what_is_no_mark_of_thousands(desk, mark):
    spec = f"data: {{file: a.csv, thousands: '{mark}'}}\nvariables: {{ck: {{kind: number}}}}\n"
    ((_, place, value, problem, _),) = desk.spec_problems(spec)
    assert (place, value, problem) == ("data.thousands", mark, "not a mark of thousands")


def test_a_variable_described_otherwise_is_typed_again():
    table = pd.DataFrame({"x": ["1", "2"], "y": ["1", "2"]}, dtype="category")
    variables = {name: Variable(name=name, kind="number", column=name) for name in "xy"}
    spec, memory = Spec(Data("d.csv"), variables), Memory()
    first = type_columns(table, spec, Log("d.csv"), memory)
    other = replace(spec, variables=variables | {"y": replace(variables["y"], missing=("2",))})
    again = type_columns(table, other, Log("d.csv"), memory)
    assert again["y"].isna().tolist() == [False, True]
    assert again["x"].equals(first["x"])
    spelt = replace(other, data=replace(other.data, missing=("1",)))  # what all have in common
    assert type_columns(table, spelt, Log("d.csv"), memory)["x"].isna().tolist() == [True, False]
