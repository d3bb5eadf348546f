"""How people write tables: each habit read as they mean it, with a doubt where it was a guess."""

import openpyxl
import pandas as pd
import pytest

from cohortbook import describe
from cohortbook.cli import main
from cohortbook.cohort import load_cohort

PATIENTS = 24


@pytest.fixture
def draft(tmp_path, capsys):
    """Draft a cohort from a file; give its description and what is said of it."""

    def run(file, *options):
        folder = tmp_path / f"of_{file}"
        main(["init", str(folder), "--data", str(tmp_path / file), *options])
        said = "".join(capsys.readouterr())
        if not (folder / "cohort.yml").exists():
            return None, said
        text = (folder / "cohort.yml").read_text("utf-8")
        described = describe(load_cohort(folder / "cohort.yml"))
        return described.set_index(["variable", "level"]), text

    return run


def ids():
    return [f"P{i:02d}" for i in range(1, PATIENTS + 1)]


def write(path, columns):
    pd.DataFrame({"id": ids(), **columns}).to_csv(path, index=False)


def cycle(*values):
    return [values[i % len(values)] for i in range(PATIENTS)]


def counts(description, name):
    rows = description.loc[name]
    return dict(zip(rows.index, rows["n"].astype(int), strict=True))


def doubts(text):
    lines = map(str.strip, text.splitlines())
    return [line.removeprefix("# doubt: ") for line in lines if line.startswith("# doubt: ")]


@pytest.mark.parametrize("names", [range(1, PATIENTS + 1), ids()])
def test_a_table_as_r_writes_it_is_separated_by_blanks(tmp_path, draft, names):
    ages = cycle(5, 7.5, 12)
    rows = [
        f'"{name}" {age} "ward {i % 3}"'
        for i, (name, age) in enumerate(zip(names, ages, strict=True))
    ]
    (tmp_path / "r.txt").write_text("\n".join(['"age" "ward  name"', *rows]) + "\n", "utf-8")
    description, text = draft("r.txt")
    assert "cells are separated by blanks" in doubts(text)
    age = description.loc[("age", "")]
    assert (age["total"], age["mean"]) == (PATIENTS, sum(ages) / PATIENTS)
    assert ("id: {column: Row id" in text) == (names != range(1, PATIENTS + 1))


def test_one_heading_fewer_than_cells_is_not_always_of_row_names(tmp_path, draft):
    (tmp_path / "a.csv").write_text("id,age\n" + "\n".join(f"{i},4," for i in ids()) + "\n")
    assert "3 cells" in draft("a.csv")[1]
    (tmp_path / "b.csv").write_text("id,age\nP1,4,5\n" + "\n".join(f"{i},4" for i in ids()) + "\n")
    assert "3 cells" in draft("b.csv")[1]


def test_a_text_called_xls_is_read_as_text(tmp_path, draft):
    frame = pd.DataFrame({"id": ids(), "age": cycle(4, 4.5, 6.5)})
    frame.to_csv(tmp_path / "a.xls", sep="\t", index=False)
    assert draft("a.xls")[0].loc[("age", "")]["mean"] == 5
    (tmp_path / "b.xls").write_text("<html><table></table></html>")
    assert "a page of HTML" in draft("b.xls")[1]


def test_rows_of_summary_between_groups_are_no_patients(tmp_path, draft):
    book = openpyxl.Workbook()
    book.active.append(["Arm", "Patient", "Age", "CRP"])
    for arm in "AB":
        for i in range(12):
            book.active.append([None if i else arm, f"{arm}{i:02d}", 10 + i, 2.5])
        first = book.active.max_row - 11
        book.active.merge_cells(f"A{first}:A{first + 11}")
        for word, number in (("Mean", 15.5), ("SD", 3.6)):
            book.active.append([None, word, number, number])
    book.save(tmp_path / "a.xlsx")
    description, text = draft("a.xlsx")
    assert set(description.loc["arm"]["n"]) == {12}
    assert description.loc[("age", "")][["total", "mean"]].tolist() == [24, 15.5]
    assert "skip_rows: [14-15, 28-29]" in text


def test_a_row_with_only_the_name_of_a_group_is_no_patient(tmp_path, draft):
    rows = [f"{i},{5 + n % 4},M" for n, i in enumerate(ids())]
    lines = ["id,age,sex", "Group A,,", *rows[:12], "Group B,,", *rows[12:-1], "P24,,"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    description, text = draft("a.csv")
    assert description.loc[("age", "")][["total", "missing"]].tolist() == [23, 1]  # P24 is one
    assert any("a row with nothing but the name of a group" in doubt for doubt in doubts(text))


@pytest.mark.parametrize(
    ("values", "expected", "missing"),
    [
        (cycle("Y", "N", "N", "U"), 6, 6),
        (cycle("Y", "N", "N.D.", "ND"), 6, 12),
        (cycle("oui", "non", "non", "NSP"), 6, 6),
        (cycle("X", "", "x", ""), 12, 12),
        (cycle("✓", "✗", "✗", ""), 6, 6),
        (cycle("✓", "", "", ""), 6, 18),
        (cycle("yes (2019)", "Yes - 2020", "no", "yes, since March", "No", ""), 12, 4),
    ],
)
def test_yes_and_no_as_they_are_written(tmp_path, draft, values, expected, missing):
    write(tmp_path / "a.csv", {"rash": values})
    description, text = draft("a.csv")
    rash = description.loc[("rash", "")]
    assert (rash["kind"], rash["n"], rash["missing"]) == ("binary", expected, missing)
    assert doubts(text) or missing == values.count("")
    blank = values.count("")
    asked = f"{blank} cells are blank: if they say No, no: ['']" in doubts(text)
    assert asked == (0 < blank == PATIENTS - expected)


def test_an_option_that_is_ticked_holds_its_own_name(tmp_path, draft):
    write(tmp_path / "a.csv", {"Which symptoms? Fever": cycle("Fever", "", ""), "site": ["A"] * 24})
    description, text = draft("a.csv")
    assert description.loc[("which_symptoms_fever", "")]["n"] == 8
    assert "16 cells are blank: if they say No, no: ['']" in doubts(text)
    assert description.loc[("site", "A")]["n"] == 24


def test_a_no_that_says_more_is_a_level(tmp_path, draft):
    values = cycle("No response", "No change", "Yes", "Yes, partial")
    write(tmp_path / "a.csv", {"response": values})
    assert set(counts(draft("a.csv")[0], "response")) == set(values)


def test_several_codes_of_missing_in_one_column(tmp_path, draft):
    columns = {
        "cups": cycle(0, 1, 2, 3, 77, 88, 99, 2),
        "vas": cycle(12, 45, 80, -95, -96, 33, 21, 67),
        "drug": cycle("MTX", "CsA", "-99", "HCQ"),
        "saturation": cycle(95, 97, 98, 99, 96, 100, 88, 77),
    }
    write(tmp_path / "a.csv", columns)
    description, text = draft("a.csv")
    assert description.loc[("cups", "")][["total", "max"]].tolist() == [15, 3]
    assert description.loc[("vas", "")][["total", "min"]].tolist() == [18, 12]
    assert counts(description, "drug") == {"MTX": 6, "CsA": 6, "HCQ": 6}
    assert description.loc[("saturation", "")]["total"] == 24
    assert "'-99' (6 rows) taken as missing, among texts" in doubts(text)


@pytest.mark.parametrize(
    ("values", "years"),
    [
        (cycle("7y6m", "11 y", "18m"), (7.5 + 11 + 1.5) / 3),
        (cycle("7a 6m", "8a 0m", "3a 3m"), 18.75 / 3),
        (cycle("7 years and 6 months", "8 years", "10"), 25.5 / 3),
    ],
)
def test_ages_in_years_and_months(tmp_path, draft, values, years):
    write(tmp_path / "a.csv", {"age": values})
    description, text = draft("a.csv")
    age = description.loc[("age", "")]
    assert (age["total"], round(age["mean"], 5)) == (PATIENTS, round(years, 5))
    assert "unit: years" in text


@pytest.mark.parametrize(
    "levels",
    [
        ["neg", "trace", "+", "++", "+++"],
        ["negative", "weakly positive", "positive"],
        ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"],
        ["Poor", "Fair", "Good", "Very good"],
        ["0", "1", "2", "3 or more"],
        ["1", "2", "3+"],
        ["0", "1", ">1"],
        ["<1:40", "1:40", "1:160", "1:1280"],
        ["Very unlikely", "Unlikely", "Neutral", "Likely", "Very likely"],
        ["Never", "Monthly", "Weekly", "Daily"],
    ],
)
def test_levels_stand_in_their_order(tmp_path, draft, levels):
    write(tmp_path / "a.csv", {"grading": cycle(*reversed(levels))})
    description, _ = draft("a.csv")
    rows = description.loc["grading"]
    assert rows.index.tolist() == levels
    assert set(rows["kind"]) == {"ordinal"}


def test_limits_of_a_measure_are_no_counts(tmp_path, draft):
    write(tmp_path / "a.csv", {"gfr": cycle(12, 35, 44, 51, 57, ">60")})
    assert draft("a.csv")[0].loc[("gfr", "")][["kind", "total"]].tolist() == ["number", 20]


def test_headings_over_three_rows(tmp_path, draft):
    book = openpyxl.Workbook()
    for row in (
        ["Patient", None, "Laboratory", None, None, "Course"],
        [None, None, "CRP", "Hb", None, None],
        ["ID", "Age (years)", "start", "start", "end", "Relapse"],
    ):
        book.active.append(row)
    for i, each in enumerate(ids()):
        book.active.append([each, 4 + i % 3, 1.5, 10 + i % 2, 12, "Yes" if i % 4 else "No"])
    book.save(tmp_path / "a.xlsx")
    description, text = draft("a.xlsx", "--outcome", "Relapse")
    assert description.loc[("laboratory_hb_end", "")]["mean"] == 12
    assert description.loc[("course_relapse", "")]["n"] == 18
    assert "outcome: course_relapse" in text


def test_the_second_headings_of_a_survey(tmp_path, draft):
    lines = [
        "Respondent ID,First Name,Your age?,Symptoms?,,Smoker?",
        ",,Open answer,Fever,Rash,Answer",
    ]
    lines += [
        f"{11800 + i},,{20 + i},{'Fever' * (i % 2)},,{'Yes' if i % 3 else 'No'}" for i in range(24)
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    description, text = draft("a.csv")
    assert description.loc[("symptoms_fever", "")][["n", "total"]].tolist() == [12, 12]
    assert description.loc[("your_age_open_answer", "")]["total"] == 24
    assert "headings taken from line 1 and 2" in doubts(text)


def test_what_a_program_notes_of_its_columns_is_no_patient(tmp_path, draft):
    lines = ["ResponseId,Q1,Q2", "Response ID,What is your age?,Do you smoke?"]
    lines += ['"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"']
    lines += [f"R_{i}x,{30 + i},{'Yes' if i % 3 else 'No'}" for i in range(24)]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    description, text = draft("a.csv")
    assert description.loc[("q2_do_you_smoke", "")][["n", "total"]].tolist() == [16, 24]
    assert "skip_rows: ['3']" in text


def test_a_column_of_years_does_not_tell_patients_apart(tmp_path, draft):
    frame = pd.DataFrame({"YEAR": range(1980, 2004), "age": cycle(4, 5)})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert draft("a.csv")[0].loc[("year", "")]["mean"] == 1991.5


def test_rows_of_numbers_alone_have_no_headings(tmp_path, draft):
    (tmp_path / "a.dat").write_text("".join(f"1,0,0,{i % 5},2523\n" for i in range(24)))
    assert "no headings: the first line looks like the data" in draft("a.dat")[1]


@pytest.mark.parametrize(
    ("name", "way"),
    [("a.parquet", "to_csv"), ("a.zip", "packed"), ("a.sps", ".sav"), ("a.sas7bcat", ".sas7bdat")],
)
def test_a_file_that_is_not_read_says_what_to_do(tmp_path, draft, name, way):
    (tmp_path / name).write_bytes(b"PK\x00\x01")
    assert way in draft(name)[1]


def workbook(path, sheets):
    with pd.ExcelWriter(path) as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)


def test_sheets_with_the_same_headings_are_one_table(tmp_path, draft):
    frame = pd.DataFrame({"id": ids(), "age": cycle(4, 5.5, 7), "sex": cycle("M", "F")})
    notes = pd.DataFrame({"note": ["the arms are sheets"]})
    sheets = {"Drug": frame[:10], "Placebo": frame[10:], "Notes": notes}
    workbook(tmp_path / "a.xlsx", sheets)
    description, text = draft("a.xlsx")
    assert description.loc[("age", "")][["total", "mean"]].tolist() == [24, 5.5]
    assert counts(description, "sheet") in ({"Drug": 10}, {"Placebo": 14})
    assert "sheets_under: [Placebo]" in text
    assert "other sheets are not read: Notes" in doubts(text)


def test_sheets_with_titles_and_columns_in_another_order(tmp_path, draft):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for arm, columns in (("A", ("id", "sex", "age")), ("B", ("age", "sex", "id"))):
        sheet = book.create_sheet(arm)
        sheet.append([f"Arm {arm}"])
        sheet.append(columns)
        for i in range(12):
            patient = {"id": f"{arm}{i:02d}", "age": 4 + i, "sex": "MF"[i % 2]}
            sheet.append([patient[column] for column in columns])
        sheet.append([{"age": 9.5, "sex": "Mean"}.get(column) for column in columns])
        sheet.append(["* of the clinic alone"])
    book.save(tmp_path / "a.xlsx")
    description, text = draft("a.xlsx")
    assert description.loc[("age", "")][["total", "mean"]].tolist() == [24, 9.5], text
    assert counts(description, "female") == {"": 12}


def test_sheets_of_other_columns_are_said_not_to_be_read(tmp_path, draft):
    frame = pd.DataFrame({"id": ids(), "age": cycle(4, 5.5, 7), "sex": cycle("M", "F")})
    laboratory = pd.DataFrame({"id": ids(), "CK": cycle(31, 90, 52), "CRP": cycle(1.5, 2.5)})
    workbook(tmp_path / "a.xlsx", {"Patients": frame, "Laboratory": laboratory})
    said = doubts(draft("a.xlsx")[1])
    assert "the sheet Patients is read; Laboratory may be a table too: say --sheet" in said


def test_sheets_of_visits_are_several_rows_of_a_patient(tmp_path, draft, capsys):
    frame = pd.DataFrame({"id": ids(), "age": cycle(4, 5.5, 7), "sex": cycle("M", "F")})
    workbook(tmp_path / "a.xlsx", {"first": frame, "last": frame})
    main(["init", str(tmp_path / "c"), "--data", str(tmp_path / "a.xlsx")])
    assert "48 rows are 24 patients (id), 2 rows each" in "".join(capsys.readouterr())


@pytest.mark.parametrize("file", ["a.csv", "a.xlsx"])
def test_a_table_in_which_each_patient_is_a_column(tmp_path, draft, file):
    frame = pd.DataFrame({"age": cycle(4, 5.5, 7), "sex": cycle("M", "F"), "CK": cycle(31, 90, 52)})
    frame = frame.set_index(pd.Index(ids(), name="Patient")).T.reset_index(names="Patient")
    write_frame = frame.to_csv if file == "a.csv" else frame.to_excel
    write_frame(tmp_path / file, index=False)
    description, text = draft(file)
    assert description.loc[("age", "")][["total", "mean"]].tolist() == [24, 5.5]
    assert description.loc[("female", "")]["n"] == 12
    assert "id: {column: Patient" in text
    assert any("rows and columns are exchanged" in doubt for doubt in doubts(text))


def test_a_table_of_counts_is_not_one_of_patients(tmp_path, draft):
    rows = [[c, s, 7] for c in ("1st", "2nd", "3rd") for s in ("Male", "Female")]
    frame = pd.DataFrame(rows, columns=["Class", "Sex", "Freq"])
    frame["Freq"] = [118, 154, 387, 4, 57, 63]
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert "Freq: does it count the patients" in draft("a.csv")[1]
    pd.concat([frame, frame]).to_csv(tmp_path / "b.csv", index=False)
    assert "does it count" not in draft("b.csv")[1]


def test_days_of_eight_digits_are_dates(tmp_path, draft):
    columns = {"dx": [f"2008{1 + i % 12:02d}{1 + i:02d}" for i in range(PATIENTS)]}
    write(tmp_path / "a.csv", {**columns, "last": [20160203 + i % 5 for i in range(PATIENTS)]})
    text = draft("a.csv")[1]
    assert "date_formats: ['%Y%m%d']" in text
    assert text.count("kind: date") == 2


@pytest.mark.parametrize(
    ("heading", "values", "kind", "expected"),
    [
        ("BP", cycle("120/70 mmHg", "110/65 mmHg", "131/80 mmHg"), "number", 24),
        ("stage", cycle("1", "2", "3", "4a", "4b"), "category", 5),
        ("pT", cycle("pT1a", "pT2", "pT3"), "category", 8),
        ("genotype", cycle("WT/WT", "WT/mut", "mut/mut"), "category", 8),
        ("income", cycle("1000-1999", "2000-4999", "5000+"), "ordinal", 8),
        ("sex", cycle("Fem.", "Masc.", "m", "f"), "binary", 12),
        ("alt", ["31", "12", "9", *cycle("55 H", "61 H", "78 H")[3:]], "number", 24),
    ],
)
def test_what_looked_like_something_else(tmp_path, draft, heading, values, kind, expected):
    write(tmp_path / "a.csv", {heading: values})
    description, text = draft("a.csv")
    row = description.iloc[0]
    assert (row["kind"], row["total" if kind == "number" else "n"]) == (kind, expected), text
    assert not any(word in text for word in ("years", "hours", "identifier: true}\n  in"))


def test_a_code_of_missing_among_grades_is_a_doubt(tmp_path, draft):
    write(tmp_path / "a.csv", {"stage": cycle(1, 2, 3, 4, 9, 2)})
    description, text = draft("a.csv")
    assert counts(description, "stage") == {"1": 4, "2": 8, "3": 4, "4": 4}
    assert "'9' (4 rows) taken as missing" in doubts(text)


def test_only_yes_beside_blank_cells_is_asked_about(tmp_path, draft):
    write(tmp_path / "a.csv", {"fever": cycle("Yes", ""), "alive": cycle("1")})
    said = doubts(draft("a.csv")[1])
    assert "12 cells are blank: if they say No, no: ['']" in said
    assert "0 cells are blank: if they say No, no: ['']" not in said


def test_a_remark_in_brackets_behind_a_number_is_no_unit(tmp_path, draft):
    values = [f"{i} (lost)" if i % 3 == 0 else str(i) for i in range(PATIENTS)]
    write(tmp_path / "a.csv", {"months": values})
    description, text = draft("a.csv")
    assert description.loc[("months", "")]["mean"] == 11.5
    assert "unit:" not in text


def test_bands_in_words_stand_in_their_order(tmp_path, draft):
    levels = ["Less than 1 year", "1-5 years", "6-10 years", "More than 10 years"]
    write(tmp_path / "a.csv", {"since": cycle(*reversed(levels))})
    assert draft("a.csv")[0].loc["since"].index.tolist() == levels
