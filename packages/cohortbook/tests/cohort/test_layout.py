"""Headings, notes and totals around a table are told from its rows."""

import openpyxl
import pytest

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.layout import find_layout, lines_of, put_together, spans
from cohortbook.cohort.sheet import Sheet


def patients(n=30, form="P{i},{age},{sex},{crp},{died}"):
    return [
        form.format(i=i, age=40 + i, sex="MF"[i % 2], crp=1 + i / 10, died=("yes", "no")[i % 3 > 0])
        for i in range(n)
    ]


HEAD = "ID,Age,Sex,CRP,Died"


def drafted(tmp_path, lines, outcome="Died", name="a.csv"):
    file = tmp_path / name
    file.write_text("\n".join([*lines, ""]), "utf-8")
    draft = draft_cohort(file, outcome=outcome)
    return draft, load_cohort(write_draft(tmp_path / "cohort", draft.text, file))


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ([], [",54.5,,2.45,", ",8.8,,0.88,"]),  # means without a word, under no id
        ([], ["", "Total patients,30,,,", "Mean (SD),54.5 (8.8),,2.45 (0.88),", "N = 30,,,,"]),
        ([], ["Média,54.5,,2.45,", "DP,8.8,,0.9,"]),
        ([], ["", "* CRP in mg/L; sex as registered", "Source: hospital database"]),
        (
            [],
            ["", "", "The table was drawn by the registry office on the third of May of 2019,,,,"],
        ),
        (["Report of the unit", "Made by HIS,,,,", ""], []),
        (["# exported by a program", "# version 2"], ["Total,,,,10"]),
    ],
)
def test_what_stands_above_and_below_is_no_patient(tmp_path, above, below):
    draft, cohort = drafted(tmp_path, [*above, HEAD, *patients(), *below])
    assert len(cohort.frame) == 30
    assert cohort.frame["age"].mean() == 54.5 and int(cohort.frame["deaths"].sum()) == 10
    assert ("taken as no patient" in draft.text) == bool(below)
    assert ("headings taken from line" in draft.text) == bool(above)


def test_subtotals_and_repeated_headings_inside_the_table(tmp_path):
    lines = patients()
    lines[20:20] = ["Subtotal B,,,,", HEAD]
    lines[10:10] = ["Subtotal A,44.5,,,"]
    draft, cohort = drafted(tmp_path, [HEAD, *lines])
    assert len(cohort.frame) == 30
    assert "3 rows taken as no patient (12, 23-24): 'Subtotal A', 'Subtotal B', 'ID'" in draft.text


def test_names_above_and_below_the_table_are_not_told(tmp_path):
    around = (["Ana Silva", ""], ["", "Rui de Melo", "Total,,,,10"])
    draft, cohort = drafted(tmp_path, [*around[0], HEAD, *patients(), *around[1]])
    assert len(cohort.frame) == 30
    assert "Silva" not in draft.text and "Melo" not in draft.text and "'Total'" in draft.text


def test_patients_with_much_missing_at_the_end_stay(tmp_path):
    _, cohort = drafted(tmp_path, [HEAD, *patients(), "P30,,,,yes", "P31,,,,no"])
    assert len(cohort.frame) == 32


def test_a_row_of_units_belongs_to_the_headings(tmp_path):
    _, cohort = drafted(tmp_path, [HEAD, ",years,,(mg/L),", *patients()])
    found = cohort.spec.variables
    assert [(found[n].label, found[n].unit) for n in ("age_years", "crp_mg_l")] == [
        ("Age", "years"),
        ("CRP", "mg/L"),
    ]
    assert len(cohort.frame) == 30


def test_groups_of_headings_are_put_before_them(tmp_path):
    groups = ",Demography,,Laboratory,Outcome"
    _, cohort = drafted(tmp_path, [groups, HEAD, *patients()])
    assert list(cohort.frame) == [
        "demography_age", "demography_sex", "laboratory_crp", "outcome_died",
    ]  # fmt: skip
    assert cohort.outcome == "outcome_died" and cohort.spec.data.header == ("1", "2")


def test_limits_and_levels_in_the_first_row_are_no_second_heading(tmp_path):
    lines = [
        f"P{i},{'<5' if i % 6 == 0 else i},{'>90' if i % 9 == 0 else 50 + i},yes" for i in range(30)
    ]
    _, cohort = drafted(tmp_path, ["ID,CRP,GFR,Died", *lines, "P30,7,60,no"])
    assert len(cohort.frame) == 31 and cohort.frame["crp"].count() == 26


def test_headings_that_repeat_or_are_missing_are_named(tmp_path):
    lines = [
        f"P{i},{i},{i + 1},{'xy'[i % 2]},{'yn'[i % 2]},{'ask' if i == 3 else ''}" for i in range(30)
    ]
    draft, cohort = drafted(tmp_path, ["ID,CK,CK,,Died,", *lines])
    assert [v.column for v in cohort.spec.variables.values()] == [
        "CK", "CK (2)", "(column 4)", "Died",
    ]  # fmt: skip
    assert "column 6, called (column 6), not read: no heading: notes at the side" in draft.text


@pytest.mark.parametrize("heading", ["", "Unnamed: 0", "X", "...1", "row.names", "index"])
@pytest.mark.parametrize("start", [0, 1])
def test_numbers_of_rows_that_programs_write_are_not_read(tmp_path, heading, start):
    lines = [f"{i + start},{line}" for i, line in enumerate(patients())]
    _, cohort = drafted(tmp_path, [f"{heading},{HEAD}", *lines])
    assert cohort.spec.id.column == "ID" and "Age" in cohort.spec.columns
    assert len(cohort.spec.data.ignore) == 1


def test_a_table_without_headings_is_refused(tmp_path):
    with pytest.raises(CohortError, match="no headings: the first line looks like the data"):
        drafted(tmp_path, patients())


def test_years_as_headings_are_headings():
    rows = [(1, ["id", "2001", "2002"]), (2, ["a", "5", "6"]), (3, ["b", "7", "8"])]
    assert find_layout(Sheet.of(rows)).headings == ["id", "2001", "2002"]


def test_a_second_table_under_the_first_is_not_read(tmp_path):
    second = ["", "Group,n,mean,range,", "Control,fifteen,low,wide,", "Case,fifteen,high,wide,"]
    draft, cohort = drafted(tmp_path, [HEAD, *patients(), *second])
    assert len(cohort.frame) == 30 and "3 rows taken as no patient" in draft.text


@pytest.mark.parametrize(
    ("legend", "heading", "levels"),
    [
        ([",,1= Male,,", ",,2= Female,,"], "Sex", {"Male", "Female"}),
        (["Sex: 1=Male, 2=Female,,,,"], "Sex", {"Male", "Female"}),
        (["sex: 1 = male; 2 = female"], "Sex", {"male", "female"}),
    ],
)
def test_legends_explain_codes(tmp_path, legend, heading, levels):
    lines = [line.replace(",M,", ",1,").replace(",F,", ",2,") for line in patients()]
    if "," in legend[0] and ":" in legend[0]:
        legend = ['"Sex: 1=Male, 2=Female",,,,']
    _, cohort = drafted(tmp_path, [HEAD, *lines, "", *legend])
    (found,) = [v for v in cohort.spec.variables.values() if v.column == heading]
    assert {found.yes[0], found.no[0]} == levels
    assert int(cohort.frame["female"].sum()) == 15 and len(cohort.frame) == 30


def test_lines_are_written_as_they_are_read():
    lines = [1, 5, 6, 7, 12, 13]
    assert spans(lines) == ["1", "5-7", "12-13"]
    assert lines_of(tuple(spans(lines))) == set(lines)


def test_a_blank_cell_of_the_upper_heading_repeats_the_one_to_its_left():
    assert put_together([["id", "Lab", "", ""], ["", "CK", "LDH", ""]]) == [
        "id", "Lab CK", "Lab LDH", "",
    ]  # fmt: skip


def workbook(path, *sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows, state in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def rows_of(lines):
    return [[int(c) if c.isdigit() else c for c in line.split(",")] for line in lines]


def test_the_eye_sees_more_than_the_cells_hold(tmp_path):
    from openpyxl.styles import Font, PatternFill

    file = tmp_path / "a.xlsx"
    book = workbook(file, ("Data", rows_of([HEAD, *patients()]), "visible"))
    sheet = book["Data"]
    for row in (3, 9):
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor="FFFF00")
    sheet.cell(5, 4).font = Font(strike=True)
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet["D4"] = "=B4*2"
    book.save(file)
    text = draft_cohort(file, outcome="Died").text
    for told in (
        "2 cells are coloured (Age): this is not read",
        "1 cells are crossed out (CRP)",
        "hidden rows are read too: 7",
        "hidden columns are read too: D",
        "1 formulas without a saved value (CRP): open the workbook in Excel and save it",
        "taken as missing among numbers and dates: '#FORMULA!' (1 cell)",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("first", "second", "read", "told"),
    [
        (["Data"], ["Notes"], "Data", "other sheets are not read: Notes"),
        (["Notes"], ["Data"], "Data", "other sheets are not read: Notes"),
        (
            ["2020"],
            ["2021"],
            "2020",
            "sheets with the same headings are read one under the other: 2020, 2021",
        ),
    ],
)
def test_of_several_sheets_the_table_is_read(tmp_path, first, second, read, told):
    notes, data = [["A file of the unit"], ["Ask Rui"]], rows_of([HEAD, *patients()])
    sheets = [(name, notes if name == "Notes" else data, "visible") for name in (*first, *second)]
    workbook(tmp_path / "a.xlsx", *sheets)
    draft = draft_cohort(tmp_path / "a.xlsx", outcome="Died")
    assert f"sheet: {read!r}".replace("'Data'", "Data") in draft.text and told in draft.text


def test_a_codebook_among_the_sheets_says_what_the_columns_mean(tmp_path):
    codebook = [
        ["Variable", "Label", "Unit", "Values"],
        ["CRP", "C-reactive protein", "mg/L", ""],
        ["Sex", "Sex at birth", "", "M = Male; F = Female"],
    ]
    sheets = [("Codes", codebook, "visible"), ("Data", rows_of([HEAD, *patients()]), "visible")]
    file = tmp_path / "a.xlsx"
    workbook(file, *sheets)
    draft = draft_cohort(file, outcome="Died")
    found = load_cohort(write_draft(tmp_path / "c", draft.text, file)).spec.variables
    assert (found["crp"].label, found["crp"].unit) == ("C-reactive protein", "mg/L")
    assert found["female"].yes == ("Female", "F")
    assert "from the sheet Codes" in draft.text and "not read" not in draft.text


def test_sites_that_are_named_once_above_their_patients_stand_for_all_of_them(tmp_path):
    lines = [f"{'C' + str(i // 10) if i % 10 == 0 else ''},{i % 10},{30 + i},{i % 4 == 0}"
             for i in range(40)]  # fmt: skip
    draft, cohort = drafted(tmp_path, ["Centre,Patient,Age,Died", *lines], "Died")
    assert "Centre: a blank cell repeats the one above (fill_down)" in draft.text
    assert len(cohort.frame) == 40 and cohort.frame["deaths"].sum() == 10
    assert cohort.spec.id.columns == ("Patient", "Centre")
    assert cohort.frame["age"].mean() == 49.5


def merged(path, rows, *areas):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in areas:
        book.active.merge_cells(area)
    book.save(path)


@pytest.mark.parametrize("anew", [False, True])
def test_merged_cells_repeat_with_one_sentence(tmp_path, anew):
    rows = [["C" + str(i // 10) if i % 10 == 0 else None, i % 10 if anew else f"P{i}", 30 + i, "no"]
            for i in range(30)]  # fmt: skip
    areas = [f"A{row}:A{row + 9}" for row in (2, 12, 22)]
    merged(tmp_path / "a.xlsx", [["Centre", "Patient", "Age", "Died"], *rows], *areas)
    draft = draft_cohort(tmp_path / "a.xlsx")
    said = [line for line in draft.text.splitlines() if "Centre:" in line]
    assert len(said) == 1 and "fill_down" in said[0]
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, tmp_path / "a.xlsx"))
    assert cohort.frame["centre"].value_counts().to_list() == [10, 10, 10]


def test_other_blank_cells_of_a_column_with_merged_ones_are_left_and_said(tmp_path):
    rows = [[f"P{i}", "C" + str(i // 10) if i % 10 == 0 and i < 20 else None, 30 + i, "no"]
            for i in range(30)]  # fmt: skip
    merged(tmp_path / "a.xlsx", [["Patient", "Centre", "Age", "Died"], *rows], "B2:B11", "B12:B21")
    draft = draft_cohort(tmp_path / "a.xlsx")
    assert "18 cells are blank because cells are merged, and only the first" in draft.text
    assert "  fill_down" not in draft.text


LEGEND = ["1 = mild", "2 = moderate", "3 = severe"]


def beside(tmp_path, lines, head, cells):
    """Put columns beside a table, from the top on, and draft it."""
    sides = [head, *cells, *[""] * len(lines)]
    table = [[*row.split(","), *side.split("|")] for row, side in zip(lines, sides, strict=False)]
    width = max(map(len, table))
    return drafted(tmp_path, [",".join([*row, *[""] * (width - len(row))]) for row in table])


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("|Codes", [f"|{text}" for text in LEGEND]),
        ("Codes", LEGEND),  # without a gap
        ("|", [f"|{text}" for text in ["severity:", *LEGEND]]),
        ("|severity codes", [f"|{text}" for text in [*LEGEND, "9 = unknown"]]),
        ("|Legend|", ["|1|mild", "|2|moderate", "|3|severe"]),
        ("Code|Meaning", ["1|mild", "2|moderate", "3|severe"]),
        ("|", ["|severity|1|mild", "|severity|2|moderate", "|severity|3|severe"]),
        ("||Key", ["||1: mild", "||2: moderate", "||3: severe"]),
        ("|", ["|severity: 1=mild; 2=moderate; 3=severe"]),
        ("|Legenda", ["|1=mild; 2=moderate; 3=severe"]),
    ],
)
@pytest.mark.parametrize("n", [6, 30])
def test_a_legend_beside_the_table_explains_codes(tmp_path, head, cells, n):
    lines = [f"P{i},{30 + i * 7 % 23},{i % 3 + 1},{('yes', 'no')[i % 3 > 0]}" for i in range(n)]
    draft, cohort = beside(tmp_path, ["ID,Age,Severity,Died", *lines], head, cells)
    (severity,) = (v for v in cohort.spec.variables.values() if v.column == "Severity")
    assert dict(severity.levels) == {"mild": ("1",), "moderate": ("2",), "severe": ("3",)}
    assert len(cohort.frame) == n and len(cohort.spec.variables) == 3
    assert "not read: a legend or notes beside the table" in draft.text


def test_a_legend_that_two_columns_could_mean_explains_neither(tmp_path):
    lines = [f"P{i},{i % 3 + 1},{i * 7 % 3 + 1},{('yes', 'no')[i % 3 > 0]}" for i in range(30)]
    draft, cohort = beside(tmp_path, ["ID,Skin,Muscle,Died", *lines], "|Codes",
                           [f"|{text}" for text in LEGEND])  # fmt: skip
    assert "not read: a legend or notes beside the table" in draft.text
    assert "explained" not in draft.text and len(cohort.spec.variables) == 3


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("|Note", ["|Data of the audit of 2019"]),
        ("|Summary|", ["|n|30", "|mean age|41.2"]),
        ("Notes", ["from the ward"]),
    ],
)
def test_notes_beside_the_table_are_set_aside(tmp_path, head, cells):
    draft, cohort = beside(tmp_path, [HEAD, *patients()], head, cells)
    assert "beside the table" in draft.text and len(cohort.spec.variables) == 4


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("Grade", ["1 = mild", "2 = severe"] * 15),  # levels come again
        ("|Notes", ["|seen at home", "|", "|moved", *["|"] * 26, "|lost"]),  # all along
        ("Death", [f"2013-05-{day}" for day in range(10, 22)]),
        ("Hour", [f"{hour}:30" for hour in range(10, 22)]),
        ("Stage", ["1", "2", "3"]),  # neither a gap nor the heading of a legend
    ],
)
def test_columns_at_the_right_that_are_of_the_patients_are_read(tmp_path, head, cells):
    draft, cohort = beside(tmp_path, [HEAD, *patients()], head, cells)
    assert "beside the table" not in draft.text and len(cohort.spec.variables) == 5


@pytest.mark.parametrize("above", [[], ["Cases,,,,Controls,,"]])
def test_tables_side_by_side_are_refused_with_what_to_do(tmp_path, above):
    rows = [f"{i},{30 + i},{'MF'[i % 2]},,{100 + i},{33 + i},{'MF'[i % 2]}" for i in range(30)]
    with pytest.raises(CohortError, match=r"columns 1-3 and 5-7.*one under the other"):
        drafted(tmp_path, [*above, "id,age,sex,,id,age,sex", *rows])


def test_patients_that_each_site_numbers_anew_are_no_visits(tmp_path):
    lines = [f"C{i // 10},{i % 10},{30 + i},{i % 4 == 0}" for i in range(40)]
    draft, cohort = drafted(tmp_path, ["Centre,Patient,Age,Died", *lines], "Died")
    assert "Patient and Centre together tell patients apart" in draft.text
    assert len(cohort.frame) == 40 and cohort.frame["deaths"].sum() == 10


@pytest.mark.parametrize(
    "head", ["Centre,Patient,Age,Died", "Biopsy,Patient,Age,Died", "Centre,Visit,Age,Died"]
)
def test_blank_cells_under_a_site_are_blank_where_patients_are_not_numbered_anew(tmp_path, head):
    anew = head.startswith("Biopsy")
    lines = [f"{'C' + str(i // 10) if i % 10 == 0 else ''},{i % 10 if anew else i + 1},{30 + i},no"
             for i in range(40)]  # fmt: skip
    file = tmp_path / "data.csv"
    file.write_text("\n".join([head, *lines, ""]), "utf-8")
    assert "fill_down" not in draft_cohort(file).text
