"""Excel, Stata and SPSS files give the same texts as a CSV file."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml
from pandas.testing import assert_frame_equal

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.problems import Log
from cohortbook.cohort.workbook import _cells, _ends

CASES = Path(__file__).parents[1] / "data/cases"
VARIABLES = {
    "female": {"kind": "binary", "column": "sex", "yes": ["female"], "no": ["male"]},
    "ck": {"kind": "number", "missing": ["not done"]},
    "seen": {"kind": "date"},
    "grade": {"kind": "ordinal", "levels": ["1", "2"]},
}
CSV = "sex,ck,seen,grade\nmale,31.5,2001-02-03,1\nfemale,not done,2002-01-31,2\n,40,,2\n"


def load(desk, file, **data):
    spec = {"data": {"file": file, **data}, "variables": VARIABLES}
    desk.path.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(desk.path)


@pytest.fixture
def expected(desk):
    return desk.load(CSV, VARIABLES).frame


def workbook(path, rows, title="Sheet", more=()):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, cells in more:
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(path)


ROWS = [
    ["sex", "ck", "seen", "grade", None],
    ["male", 31.5, datetime(2001, 2, 3), 1],
    ["female", "not done", datetime(2002, 1, 31), 2.0],
    [None, 40, None, "2"],
    [None, None, None, None],
]


def test_excel(desk, tmp_path, expected):
    workbook(tmp_path / "a.xlsx", ROWS)
    assert_frame_equal(load(desk, "a.xlsx").frame, expected)


def test_a_sheet_by_its_name_or_the_first_that_is_filled(desk, tmp_path, expected):
    workbook(tmp_path / "a.xlsx", [], "Empty", [("Data", ROWS), ("Notes", [["x"]])])
    assert_frame_equal(load(desk, "a.xlsx").frame, expected)
    assert_frame_equal(load(desk, "a.xlsx", sheet="Data").frame, expected)
    with pytest.raises(CohortError, match=r"no sheet 'Dta' .allowed: data: sheet: Empty, Data"):
        load(desk, "a.xlsx", sheet="Dta")


def test_lines_of_a_workbook_and_formulas_that_were_not_worked_out(desk, tmp_path):
    rows = [*ROWS[:2], [], ["male", "=B2*2", '=HYPERLINK("http://x.org")', 1]]
    workbook(tmp_path / "a.xlsx", rows)
    with pytest.raises(CohortError) as caught:
        load(desk, "a.xlsx")
    found = caught.value.problems[["row", "column", "value"]].to_numpy().tolist()
    assert found == [[4, "ck", "#FORMULA!"], [4, "seen", "#FORMULA!"]]


@pytest.mark.parametrize("suffix", ["dta", "sav"])
def test_stata_and_spss_with_value_labels(desk, tmp_path, suffix, expected):
    frame = pd.DataFrame(
        {
            "sex": [1.0, 2.0, None],
            "ck": [31.5, -9.0, 40.0],
            "seen": pd.to_datetime(["2001-02-03", "2002-01-31", None]),
            "grade": [1.0, 2.0, 2.0],
        }
    )
    labels = {"sex": {1.0: "male", 2.0: "female"}, "ck": {-9.0: "not done"}}
    write = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav}[suffix]
    if suffix == "dta":  # Stata labels whole numbers only
        labels = {"sex": {1: "male", 2: "female"}, "ck": {-9: "not done"}}
    write(frame, str(tmp_path / f"a.{suffix}"), variable_value_labels=labels)
    assert_frame_equal(load(desk, f"a.{suffix}").frame, expected)


def test_days_as_excel_counts_them(desk):
    variables = {"seen": {"kind": "date"}}
    data = {"date_formats": ["%d/%m/%Y", "excel"]}
    frame = desk.load("seen\n36925\n03/02/2001\n", variables, data=data).frame
    assert frame["seen"].dt.strftime("%Y-%m-%d").tolist() == ["2001-02-03", "2001-02-03"]
    assert [p[2] for p in desk.problems("seen\n36925.5\n99\n1\n", variables, data=data)] == [
        *("36925.5", "99", "1")
    ]


def test_a_text_is_read_for_nothing(desk):
    cohort = desk.load("a,b\n1,Ana\n2,x\n", {"a": {"kind": "number"}, "b": {"kind": "text"}})
    assert list(cohort.frame) == ["a"]


def test_a_cell_in_the_last_row_and_column_is_named_and_a_blank_one_left_out(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["id", "died"], [1, "yes"], [2, "no"], [3, "no"]):
        sheet.append(row)
    sheet.cell(1048576, 16384).fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    book.save(path := tmp_path / "far.xlsx")
    rows, seen = _cells(sheet, sheet, *_ends(sheet, sheet, Log("far.xlsx")))
    assert len(rows) == 4 and {len(row) for row in rows} == {2} and seen["n"] == {0: 3, 1: 3}
    assert draft_cohort(path).text.count("died") > 1
    sheet.cell(1048576, 16384).value = "x"
    book.save(path)
    with pytest.raises(CohortError, match="reaches row 1048576 and column 16384"):
        draft_cohort(path)


@pytest.mark.parametrize("form", ["DATE9.", "MONNAME3.", "YEAR4.", "MINGUO10.", "YYQ6."])
def test_days_of_sas_are_dates_whatever_they_are_shown_as(tmp_path, form):
    days = [12054 + 40 * i for i in range(30)]  # after 1 January 1960
    frame = pd.DataFrame({"ID": range(1, 31), "VISIT": days, "DIED": [0, 1, 1] * 10})
    file = tmp_path / "a.xpt"
    pyreadstat.write_xport(frame, file, variable_format={"VISIT": form})
    draft = draft_cohort(file, outcome="DIED")
    visit = load_cohort(write_draft(tmp_path / "c", draft.text, file)).frame["visit"]
    assert visit.to_list() == [pd.Timestamp(1960, 1, 1) + pd.Timedelta(days=day) for day in days]


def test_a_file_of_sas(tmp_path):
    file = CASES / "airline.sas7bdat"  # pandas's own test file
    draft = draft_cohort(file)
    frame = load_cohort(write_draft(tmp_path / "c", draft.text, file)).frame
    expected = pd.read_sas(file, encoding="infer")
    assert len(frame) == 32 and "label: Wage rate" in draft.text
    for name in "wrlk":
        assert frame[name].to_list() == pytest.approx(expected[name.upper()].to_list())
