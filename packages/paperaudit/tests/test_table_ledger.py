"""Tables as papers print them, read into ledgers: what is read, and what is left as a doubt."""

import re
from pathlib import Path

import pytest

from paperaudit import audit_claims, load_claims, validate_claims
from paperaudit.grid import NoTableError
from paperaudit.table_ledger import Settled, ledger_from_tables
from paperaudit.table_reading import read_tables
from paperaudit.verdict import VERDICTS

DATA = Path(__file__).with_name("data")


def read(tmp_path, text, name="table.csv", **settled):
    path = tmp_path / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(data)
    return ledger_from_tables([path], settled=Settled(**settled))


def numbers(found, **where):
    """Give statistic: printed of the rows of an item and group."""
    rows = found.ledger
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return dict(zip(rows["statistic"], rows["printed"], strict=True))


def codes(found):
    return sorted(set(found.doubts["code"]))


def objections(claims):
    audit = audit_claims(claims)
    words = {v for v, w in VERDICTS.items() if w.meaning == "does not follow"}
    rows = audit[audit["verdict"].isin(words)]
    return sorted(zip(rows["statistic"], rows["printed"], rows["computed"], strict=True))


@pytest.mark.parametrize("name", ["survivors", "case_control"])
def test_a_pasted_table_gives_the_findings_of_a_typed_ledger(name):
    pasted = ledger_from_tables([DATA / f"pasted_{name}.csv"])
    assert pasted.doubts.empty
    typed = load_claims(DATA / f"typed_{name}.csv")
    printed = set(pasted.ledger["printed"])
    found = objections(validate_claims(pasted.ledger))
    assert found == [row for row in objections(typed) if row[1] in printed and row in found]
    assert [row[1] for row in found] == {"survivors": ["0.515"], "case_control": ["0.40"]}[name]


def test_levels_of_a_variable_are_found_by_their_sums():
    found = ledger_from_tables([DATA / "pasted_survivors.csv"]).ledger
    assert set(found[found["variable"] == "sex"]["item"]) == {"female", "male"}
    assert len(set(found[found["variable"] == "p_f_at_pre_intubation"]["item"])) == 3
    assert set(found[found["item"] == "diabetes"]["variable"]) == {""}


def test_a_page_of_html_with_spans(tmp_path):
    page = """<html><body><p>Table 2. Patients. Values are n (%) unless said.</p><table>
      <thead><tr><th rowspan=2>Variable</th><th colspan=2>Group</th>
      <th rowspan=2>P<sup>a</sup></th></tr>
      <tr><th>Early<br>(n&nbsp;=&nbsp;23)</th><th>Late (n = 31)</th></tr></thead><tbody>
      <tr><td colspan=4>Sex</td></tr>
      <tr><td>&nbsp;&nbsp;Female</td><td>16 (69.6)</td><td>25 (80.6)</td>
          <td rowspan=2>0.346</td></tr>
      <tr><td>&nbsp;&nbsp;Male</td><td>7 (30.4)</td><td>6 (19.4)</td></tr>
      <tr><td>Age, mean ± SD</td><td>6.56 ± 2.60</td><td>7.41 ± 2.70</td><td>0.25</td></tr>
      <tr><td>CRP (mg/L), median [IQR]</td><td>9 [5–14]</td><td>4 [1–9]</td>
          <td>5 × 10<sup>−4</sup></td></tr></tbody></table></body></html>"""
    found = read(tmp_path, page, "page.html")
    assert found.doubts.empty
    assert set(found.ledger["location"]) == {"table2"}
    assert numbers(found, item="patients", group="early") == {"n": "23"}
    assert numbers(found, item="female", group="late") == {"n": "25", "percent": "80.6"}
    assert numbers(found, item="crp", group="early") == {"median": "9", "q1": "5", "q3": "14"}
    assert numbers(found, item="crp", group="") == {"p": "5 × 10-4"}
    assert list(found.ledger["printed"]).count("0.346") == 1
    assert set(found.ledger.query("item == 'crp' and statistic == 'median'")["unit"]) == {"mg/L"}
    assert set(found.ledger.query("variable == 'sex'")["item"]) == {"female", "male"}


def test_several_tables_of_a_page_are_places_of_a_paper(tmp_path):
    table = (
        "<table><caption>Table {}</caption><tr><th>x</th><th>A (n=5)</th><th>B (n=5)</th></tr>"
        "<tr><td>Died, n (%)</td><td>1 (20)</td><td>2 (40)</td></tr></table>"
    )
    found = read(tmp_path, table.format(1) + "<p>and</p>" + table.format("III"), "p.htm")
    assert set(found.ledger["location"]) == {"table1", "table3"}
    assert validate_claims(found.ledger).index.is_unique


def test_files_are_places_by_their_names_or_order(tmp_path):
    text = 'x,A (n=5),B (n=5)\n"Died, n (%)",1 (20),2 (40)\n'
    for name in ("Table_4.csv", "other.csv", "more.csv"):
        (tmp_path / name).write_text(text)
    paths = [tmp_path / n for n in ("Table_4.csv", "other.csv", "more.csv")]
    assert list(dict.fromkeys(ledger_from_tables(paths).ledger["location"])) == [
        "table4", "table1", "table2",
    ]  # fmt: skip


def test_crude_and_adjusted_ratios_with_their_limits_and_p(tmp_path):
    text = """Variable\tUnivariate\t\tMultivariable\t
\tOR (90% CI)\tp\tAdjusted OR (90% CI)\tp
Male\t1.5 (1.1–2.1)\t0.03\t1.3 (0.9–1.9)\tNS
Age <50\t1.00 (ref)\t\t1\t
Age ≥50\t2.0 (1.2–3.3)\t0.02\t2.1 (1.2–3.7)\t0.03
"""
    found = read(tmp_path, text, "pasted.txt")
    assert found.doubts.empty
    rows = found.ledger[found.ledger["item"] == "male"]
    assert list(zip(rows["model"], rows["statistic"], rows["printed"], strict=True)) == [
        ("crude", "odds_ratio", "1.5"), ("crude", "ci_low", "1.1"), ("crude", "ci_high", "2.1"),
        ("crude", "p", "0.03"), ("adjusted", "odds_ratio", "1.3"), ("adjusted", "ci_low", "0.9"),
        ("adjusted", "ci_high", "1.9"), ("adjusted", "p", "NS"),
    ]  # fmt: skip
    assert set(rows["conf_level"]) == {"90"}
    assert "age_lt_50" not in set(found.ledger["item"])


def test_percentages_of_rows_are_found_and_said(tmp_path):
    text = """,Cases (n=96),Controls (n=194),Total (n=290)
"Male, n (%)",57 (40.4),84 (59.6),141
"Female, n (%)",39 (26.2),110 (73.8),149
"""
    found = read(tmp_path, text)
    assert codes(found) == []
    shares = found.ledger[found.ledger["statistic"] == "percent"]
    assert list(shares["denominator"]) == ["141", "141", "149", "149"]
    columns = read(tmp_path, text, percent_of="column").ledger
    assert set(columns[columns["statistic"] == "percent"]["denominator"]) == {"96", "194"}


def test_percentages_that_follow_from_nothing_are_a_doubt(tmp_path):
    found = read(tmp_path, ',A (n=96),B (n=194),p\n"X, n (%)",57 (11.1),84 (22.2),0.5\n')
    assert codes(found) == ["base"]
    assert objections(validate_claims(found.ledger)) == []
    assert set(found.ledger["denominator"]) == {""}


def test_levels_with_missing_values_are_shares_of_those_who_are_known(tmp_path):
    text = """Variable,A (n=90),B (n=60)
"Stage, n (%)",,
 I,20 (25.0),10 (16.7)
 II,20 (25.0),20 (33.3)
 III,40 (50.0),30 (50.0)
"Other, n (%)",9 (10.0),6 (10.0)
"""
    shares = read(tmp_path, text).ledger.query("statistic == 'percent'")
    by_group = shares.groupby("group")["denominator"].agg(list)
    assert by_group["a"] == ["80", "80", "80", "90"]
    assert by_group["b"] == ["60", "60", "60", "60"]


def test_one_p_for_three_levels_is_that_of_the_variable(tmp_path):
    text = """Variable,A (n=90),B (n=60),P
"Stage, n (%)",,,
 I,25 (27.8),10 (16.7),0.04
 II,25 (27.8),20 (33.3),
 III,40 (44.4),30 (50.0),
"Sex, n (%)",,,0.2
 Male,45 (50.0),30 (50.0),
 Female,45 (50.0),30 (50.0),
"""
    found = read(tmp_path, text).ledger
    assert list(found[found["statistic"] == "p"]["item"]) == ["stage", "sex"]
    assert set(found[found["variable"] == "stage"]["item"]) == {"stage", "stage_i", "stage_ii",
                                                               "stage_iii"}  # fmt: skip


def test_a_slip_in_a_level_is_a_doubt_and_no_other_variable(tmp_path):
    text = """Variable,A (n=90),B (n=60)
"Stage, n (%)",,
 Early,25 (27.8),10 (16.7)
 Late,65 (72.2),40 (66.7)
"""
    found = read(tmp_path, text)
    assert codes(found) == ["levels"]
    assert set(found.ledger.query("statistic == 'percent'")["variable"]) == {"stage"}


def test_three_groups_and_p_values_of_two(tmp_path):
    text = """Variable,Low (n=10),Middle (n=10),High (n=10),P (low vs high),P for trend
"Died, n (%)",1 (10),2 (20),5 (50),0.05,0.04
"""
    found = read(tmp_path, text)
    assert found.doubts.empty
    p = found.ledger[found.ledger["statistic"] == "p"]
    assert list(zip(p["group"], p["note"], strict=True)) == [("low|high", ""), ("", "for trend")]
    validate_claims(found.ledger)


def test_columns_that_part_a_count_and_its_percentage(tmp_path):
    text = """,Cases (n=20),,Controls (n=25),,
Variable,n,%,n,%,p value
Fever,5,25.0,10,40.0,0.29
Age (years),Mean,SD,Mean,SD,
"""
    found = read(tmp_path, text)
    assert numbers(found, item="fever", group="cases") == {"n": "5", "percent": "25.0"}
    assert list(found.ledger.query("statistic == 'percent'")["denominator"]) == ["20", "25"]
    assert codes(found) == ["unread"]  # the words in the last row


def test_decimal_commas_are_decided_by_the_file(tmp_path):
    text = (
        'Variável;Casos (n=23);Controles (n=31);p\n"Idade, mean ± SD";6,56 ± 2,6;7,41 ± 2,7;0,25\n'
    )
    found = read(tmp_path, text.encode("cp1252"))
    assert found.doubts.empty
    assert numbers(found, item="idade", group="casos") == {"mean": "6.56", "sd": "2.6"}
    assert validate_claims(found.ledger)["value"].tolist()[-1] == 0.25


def test_decimal_commas_and_points_together_are_a_doubt_until_it_is_settled(tmp_path):
    text = 'x;A (n=23);B (n=31);p\n"Age, mean ± SD";6,56 ± 2,6;7,41 ± 2,7;0.25\n'
    found = read(tmp_path, text)
    assert codes(found) == ["decimal"]
    assert "" not in set(found.ledger["doubt"])
    assert codes(read(tmp_path, text, decimal="comma")) == []


@pytest.mark.parametrize("row", ["64 (11.0),66 (10.9)", "9 (5–14),4 (1–9)", "64,66"])
def test_numbers_that_nothing_names_are_a_doubt_until_it_is_settled(tmp_path, row):
    text = f"Variable,A (n=23),B (n=31)\nAge,{row}\n"
    found = read(tmp_path, text)
    assert codes(found) == ["format"]
    assert set(found.ledger[found.ledger["item"] == "age"]["doubt"]) != {""}
    said = {"64 (": "mean (SD)", "9 (5": "median (range)", "64,6": "mean"}[row[:4]]
    for label in ("", "Age"):
        settled = read(tmp_path, text, formats={label: said})
        assert settled.doubts.empty
    assert set(settled.ledger["doubt"]) == {""}


def test_a_doubtful_reading_accuses_nobody(tmp_path):
    text = "Variable,A (n=23),B (n=31),P\nScore,64 (11),70 (10),0.9\n"
    claims = validate_claims(read(tmp_path, text).ledger)
    assert objections(claims) == []
    judged = audit_claims(claims)
    doubtful = judged[claims["doubt"] != ""]
    assert set(doubtful["verdict"]) == {"not_checkable"}
    assert doubtful["explanation"].str.contains("is in doubt").all()
    settled = read(tmp_path, text, formats={"Score": "mean (SD)"})
    assert [row[1] for row in objections(validate_claims(settled.ledger))] == ["0.9"]


def test_arithmetic_tells_counts_from_means(tmp_path):
    text = "Variable,A (n=23),B (n=31)\nFemale,16 (69.6),25 (80.6)\nMale,7 (30.4),6 (19.4)\n"
    found = read(tmp_path, text)
    assert found.doubts.empty
    assert numbers(found, item="female", group="a") == {"n": "16", "percent": "69.6"}


def test_what_a_note_says_of_all_numbers(tmp_path):
    text = """Variable,A (n=23),B (n=31),P
Age,64.2 (11.0),66.1 (10.9),0.04†
Female,16 (69.6),25 (80.6),0.35
Stay,9 (5–14),4 (1–9),0.01‡
"Values are mean (SD), median (interquartile range) or n (%). † t test; ‡ Mann-Whitney U test",,,
"""
    found = read(tmp_path, text)
    assert found.doubts.empty
    assert numbers(found, item="age", group="a") == {"mean": "64.2", "sd": "11.0"}
    assert numbers(found, item="stay", group="b") == {"median": "4", "q1": "1", "q3": "9"}
    notes = found.ledger.query("statistic == 'p'")["note"].tolist()
    assert notes == ["t test", "", "Mann-Whitney U test"]


def test_a_group_without_a_size_is_a_doubt(tmp_path):
    text = 'Variable,A (n=23),B\n"Female, n (%)",16 (69.6),25 (80.6)\n'
    assert codes(read(tmp_path, text)) == ["size"]
    settled = read(tmp_path, text, sizes={"B": 31})
    assert settled.doubts.empty
    assert numbers(settled, item="patients", group="b") == {"n": "31"}


def test_a_row_can_say_the_sizes(tmp_path):
    found = read(
        tmp_path, 'Variable,A,B\nNo. of patients,23,31\n"Female, n (%)",16 (69.6),25 (80.6)\n'
    )
    assert found.doubts.empty
    assert numbers(found, item="patients", group="b") == {"n": "31"}


@pytest.mark.parametrize(
    "text",
    [
        "Variable              Early (n = 23)   Late (n = 31)   P\n"
        "Age, mean (SD)        6.56 (2.6)       7.41 (2.7)      0.25\n"
        "Sex, n (%)\n"
        "  Female              16 (69.6)        25 (80.6)       0.35\n"
        "  Male                7 (30.4)         6 (19.4)\n",
        "Variable Early (n = 23) Late (n = 31) P\n"
        "Age, mean (SD) 6.56 (2.6) 7.41 (2.7) 0.25\n"
        "Sex, n (%)\n"
        "Female 16 (69.6) 25 (80.6) 0.35\n"
        "Male 7 (30.4) 6 (19.4)\n",
        "| Variable | Early (n = 23) | Late (n = 31) | P |\n|---|---|---|---|\n"
        "| Age, mean (SD) | 6.56 (2.6) | 7.41 (2.7) | 0.25 |\n"
        "| Sex, n (%) | | | |\n"
        "| Female | 16 (69.6) | 25 (80.6) | 0.35 |\n"
        "| Male | 7 (30.4) | 6 (19.4) | |\n",
    ],
    ids=["gaps", "single spaces", "bars"],
)
def test_text_pasted_from_a_page(tmp_path, text):
    found = read(tmp_path, "Table 1. Patients\n" + text, "pasted.txt")
    assert found.doubts.empty
    assert numbers(found, item="age", group="early") == {"mean": "6.56", "sd": "2.6"}
    assert numbers(found, item="male", group="late") == {"n": "6", "percent": "19.4"}
    assert numbers(found, item="female", group="") == {"p": "0.35"}
    assert set(found.ledger.query("variable == 'sex'")["item"]) == {"female", "male"}


def test_a_workbook_shows_its_numbers_and_owns_its_dates(tmp_path):
    import datetime

    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Table 5. Patients"])
    sheet.append(["Variable", "A (n=23)", None, "B (n=31)", "P"])
    sheet.append([None, "Mean", "SD", None, None])
    sheet.append(["Age", 9.3, 2.6, "9.1 (2.2)", 0.02])
    sheet.append(["Stay, median (IQR)", datetime.datetime(2024, 5, 14), None, "4 (1–9)", None])
    sheet["B4"].number_format = sheet["C4"].number_format = "0.00"
    sheet["E4"].number_format = "0.000"
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("A2:A3")
    path = tmp_path / "t.xlsx"
    book.save(path)
    found = ledger_from_tables([path])
    assert set(found.ledger["location"]) == {"table5"}
    assert numbers(found, item="age", group="a") == {"mean": "9.30", "sd": "2.60"}
    assert numbers(found, item="age", group="") == {"p": "0.020"}
    assert "changed" in codes(found)


def test_a_word_document(tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("Table 3. Patients")
    table = document.add_table(rows=4, cols=4)
    rows = [
        ["Variable", "Early (n = 23)", "Late (n = 31)", "P"],
        ["Sex", "", "", ""],
        ["Female, n (%)", "16 (69.6)", "25 (80.6)", ""],
        ["Age, mean ± SD", "6.56 ± 2.6", "7.41 ± 2.7", ""],
    ]
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    table.cell(1, 0).merge(table.cell(1, 3))
    paragraph = table.cell(3, 3).paragraphs[0]
    paragraph.add_run("5 × 10")
    paragraph.add_run("−4").font.superscript = True
    path = tmp_path / "paper.docx"
    document.save(path)
    found = ledger_from_tables([path])
    assert found.doubts.empty
    assert numbers(found, item="age", group="") == {"p": "5 × 10-4"}
    assert numbers(found, item="female", group="late") == {"n": "25", "percent": "80.6"}
    assert set(found.ledger["location"]) == {"table3"}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.pdf", b"%PDF", "is not a table"),
        ("x.docx", b"nothing", "is not a Word document"),
        ("x.xlsx", b"nothing", "is not an Excel workbook"),
        ("x.html", b"<p>no table</p>", "holds no table"),
        ("x.csv", b"", "holds no table"),
        ("x.txt", b"just words\n", "holds no table"),
    ],
)
def test_files_without_a_table_are_refused(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(NoTableError, match=re.escape(said)):
        read_tables(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_tables(tmp_path / "none.csv")


def test_every_cell_is_read_or_a_doubt(tmp_path):
    text = 'x,A (n=23),B (n=31),P\n"Female, n (%)",sixteen,25 (80.6),see text\n'
    found = read(tmp_path, text)
    assert list(found.doubts["text"]) == ["sixteen", "see text"]
    shown = {
        (row, column) for row, column in zip(found.cells["row"], found.cells["column"], strict=True)
    }
    grid = found.grids[0]
    assert {(1, j) for j in range(1, len(grid.rows[1]))} <= shown


# Pasted as a page gives it

PASTED = {
    "sizes without brackets, no heading over the labels": """Table 2.

Patients of the two wards

All, n = 54 Early, n = 23 Late, n = 31 p value
Characteristic
 Age, y 7.05 ± 2.7 6.56 ± 2.6 7.41 ± 2.7 0.259
Sex, n (%) 0.346
 Female 41 (76) 16 (70) 25 (81)
 Male 13 (24) 7 (30) 6 (19)
Data are presented as mean and standard deviation, unless otherwise stated
""",
    "a heading that lacks the cell over the labels": """Patients of the two wards
All | Early | Late | P-value | |
Patients | n = 54 | n = 23 | n = 31 | – |
Demographics | ||||
Age, y | 7.05 ± 2.7 | 6.56 ± 2.6 | 7.41 ± 2.7 | 0.259 |
Sex, n [%] | ||||
Female | 41 [76%] | 16 [70%] | 25 [81%] | 0.346 |
Male | 13 [24%] | 7 [30%] | 6 [19%] | |
""",
    "a heading broken over lines": """Table 2.
Variables | All (N = 54) |
Early (N = 23) |
Late (N = 31) |
P value |
---|---|---|---|---|
Age, mean (SD), years | 7.05 (2.7) | 6.56 (2.6) | 7.41 (2.7) | 0.259 |
Sex, No. (%) | ||||
Female | 41 (76) | 16 (70) | 25 (81) | 0.346 |
Male | 13 (24) | 7 (30) | 6 (19) | |
""",
    "single spaces": """Characteristics All (N = 54) Early (N = 23) Late (N = 31) P-value
Age, y 7.05 ± 2.7 6.56 ± 2.6 7.41 ± 2.7 0.259
Sex, n (%)
Female 41 (76) 16 (70) 25 (81) 0.346
Male 13 (24) 7 (30) 6 (19)
""",
}


@pytest.mark.parametrize("name", PASTED)
def test_text_as_pages_give_it(tmp_path, name):
    found = read(tmp_path, PASTED[name], "pasted.txt")
    assert found.doubts.empty, found.doubts.to_string()
    assert numbers(found, item="patients", group="late") == {"n": "31"}
    assert numbers(found, item="age", group="early") == {"mean": "6.56", "sd": "2.6"}
    assert numbers(found, item="age", group="") == {"p": "0.259"}
    assert numbers(found, item="male", group="all") == {"n": "13", "percent": "24"}
    p = found.ledger.query("statistic == 'p' and printed == '0.346'")
    assert p["item"].tolist() in (["female"], ["sex"])
    assert objections(validate_claims(found.ledger)) == []


def test_ratios_as_a_page_gives_them(tmp_path):
    text = """Table 4.

Multivariable logistic regression

Characteristic OR 95% CI P values
Age 1.09 1.02 to 1.16 0.009
Ward
 North 1.00 (reference)
 South 0.85 0.61 to 1.18 0.333
 11 to 20 beds 1.61* 1.20 to 2.16 0.001
"""
    found = read(tmp_path, text, "pasted.txt")
    assert found.doubts.empty
    assert numbers(found, item="south") == {
        "odds_ratio": "0.85", "ci_low": "0.61", "ci_high": "1.18", "p": "0.333"
    }  # fmt: skip
    assert "north" not in set(found.ledger["item"])
    assert numbers(found, item="ward_11_to_20_beds")["odds_ratio"] == "1.61"


def test_a_line_with_fewer_values_is_a_doubt(tmp_path):
    text = """Variable Early (n = 23) Late (n = 31) P
Age, mean (SD) 6.56 (2.6) 7.41 (2.7) 0.26
CRP, mean (SD) 6.56 (2.6) 0.04
"""
    found = read(tmp_path, text, "pasted.txt")
    assert codes(found) == ["places"]
    assert set(found.ledger[found.ledger["doubt"] != ""]["item"]) == {"crp"}


THREE = (
    "Variable,All (n=150),Ill (n=70),Well (n=80),p\nFemale,67 (44.7),35 (50.0),32 (40.0),0.219\n"
)


@pytest.mark.parametrize(
    ("row", "doubtful"),
    [
        ("Diabetes,60 (40.0),32 (40.0),0.9", True),  # the p stands under a group
        ("Diabetes,60 (40.0),32 (40.0)", True),  # of whom are the two?
        ("Diabetes,1,234 (40.0),28 (40.0),32 (40.0),0.9", True),
        ("Diabetes,60 (40.0),28 (40.0),32 (40.0)", False),  # only the p is absent
        ("Diabetes,60 (40.0),28 (40.0),32 (40.0),0.9,,", False),
        ("History", False),
    ],
)
def test_a_row_of_more_or_fewer_cells_is_a_doubt_and_not_shifted(tmp_path, row, doubtful):
    text = f"{THREE}{row}\nSmoker,58 (38.7),26 (37.1),32 (40.0),0.720\n"
    found = read(tmp_path, text)
    doubts = found.doubts[found.doubts["code"] == "places"]
    assert doubts["row"].tolist() == ["Diabetes"] * doubtful
    rows = found.ledger[found.ledger["item"] == "diabetes"]
    assert set(rows["doubt"] != "") <= {doubtful}
    assert not objections(validate_claims(found.ledger))


@pytest.mark.parametrize("row", ["x,40,5.0,42,6.1,0.04", "x,40,5.0,2.1,42,6.1,2.2,0.04,1"])
def test_a_row_of_a_program_with_a_cell_too_few_or_too_many_is_refused(tmp_path, row):
    heads = "variable,n_a,mean_a,sd_a,n_b,mean_b,sd_b,p\ny,40,5.0,2.1,42,6.1,2.2,0.0236\n"
    with pytest.raises(NoTableError, match=r"row 3: has \d cells, but there are 8 columns"):
        read(tmp_path, f"{heads}{row}\n")


def test_a_slip_in_one_cell_does_not_make_counts_means(tmp_path):
    """Rows of percentages of the row, one of them with a slip: still counts."""
    text = """Variable\tDied (n=185)\tSurvived (n=1441)\tAll (n=1626)
Renal\t143 (21.9)\t530 (78.8)\t673 (41.4)
Heart\t85 (28.8)\t210 (71.2)\t295 (18.1)
"""
    found = read(tmp_path, text, "pasted.txt")
    assert found.doubts.empty
    assert numbers(found, item="renal", group="died") == {"n": "143", "percent": "21.9"}
    assert found.ledger.query("statistic == 'percent'")["denominator"].tolist() == [
        "673", "673", "1626", "295", "295", "1626",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_no_text_stops_the_reading(tmp_path, seed):
    """Cells of a table shuffled, cut and doubled: read, with doubts, or refused with a reason."""
    import random

    rng = random.Random(seed)
    lines = (DATA / "pasted_survivors.csv").read_text().splitlines()
    cells = [cell for line in lines for cell in line.split(",")]
    for _ in range(60):
        i = rng.randrange(len(cells))
        cells[i] = rng.choice([cells[rng.randrange(len(cells))], cells[i][: rng.randrange(9)], "",
                               '"', "±", "(", "9,9,9", "−", "\u200b", "1e9", "×10"])  # fmt: skip
    width = rng.randrange(2, 7)
    text = "\n".join(
        rng.choice([",", "\t", "|", "  ", " "]).join(cells[i : i + width])
        for i in range(0, len(cells), width)
    )
    for name in ("t.csv", "t.txt"):
        try:
            found = read(tmp_path, text, name)
        except NoTableError as error:
            assert str(error)
        else:
            assert found.ledger["id"].is_unique


# As programs write them

GTSUMMARY = """<table><thead><tr><th><b>Characteristic</b></th>
<th><b>Drug A</b><br /> N = 98<span><sup>1</sup></span></th>
<th><b>Drug B</b><br /> N = 102<span><sup>1</sup></span></th>
<th><b>p-value</b><span><sup>2</sup></span></th></tr></thead>
<tbody><tr><td>Age</td><td>46 (37, 60)</td><td>48 (39, 56)</td><td>0.7</td></tr>
<tr><td>&nbsp;&nbsp;&nbsp;&nbsp;Unknown</td><td>7</td><td>4</td><td><br /></td></tr>
<tr><td>Stage</td><td><br /></td><td><br /></td><td>0.6</td></tr>
<tr><td>&nbsp;&nbsp;&nbsp;&nbsp;T1</td><td>53 (54%)</td><td>54 (53%)</td><td><br /></td></tr>
<tr><td>&nbsp;&nbsp;&nbsp;&nbsp;T2</td><td>22 (22%)</td><td>21 (21%)</td><td><br /></td></tr>
<tr><td>&nbsp;&nbsp;&nbsp;&nbsp;T3</td><td>23 (23%)</td><td>27 (26%)</td><td><br /></td></tr>
</tbody><tfoot><tr><td colspan="4"><sup>1</sup> Median (Q1, Q3); n (%)</td></tr>
<tr><td colspan="4"><sup>2</sup> Wilcoxon rank sum test; Pearson's Chi-squared test</td></tr>
</tfoot></table>"""
TABLEONE = """                             Stratified by trt
                              1               2               p      test
  n                              158             154
  age (mean (SD))              51.42 (11.01)   48.58 (9.96)    0.018
  sex = f (%)                    137 (86.7)      139 (90.3)    0.421
  bili (median [IQR])           1.40 [0.80, 3.20] 1.30 [0.72, 3.60] 0.842 nonnorm
  edema (%)                                                    0.877
     0                           132 (83.5)      131 (85.1)
     0.5                          16 (10.1)       13 ( 8.4)
     1                            10 ( 6.3)       10 ( 6.5)
"""
TABLE1 = """<table><tr><th></th><th>Placebo<br>(N=40)</th><th>Treated<br>(N=42)</th>
<th>Overall<br>(N=82)</th></tr>
<tr><td>Sex</td><td></td><td></td><td></td></tr>
<tr><td>Female</td><td>18 (45.0%)</td><td>21 (50.0%)</td>
<td>39 (47.6%)</td></tr>
<tr><td>Male</td><td>22 (55.0%)</td><td>21 (50.0%)</td><td>43 (52.4%)</td></tr>
<tr><td>Age (years)</td><td></td><td></td><td></td></tr>
<tr><td>Mean (SD)</td><td>50.1 (9.2)</td><td>48.9 (10.0)</td><td>49.5 (9.6)</td></tr>
<tr><td>Median [Min, Max]</td><td>50.5 [31.0, 70.0]</td><td>49.0 [28.0, 69.0]</td>
<td>49.5 [28.0, 70.0]</td></tr></table>"""


def test_a_table_of_gtsummary(tmp_path):
    found = read(tmp_path, GTSUMMARY, "t.html")
    assert found.doubts.empty
    assert numbers(found, item="age", group="drug_a") == {"median": "46", "q1": "37", "q3": "60"}
    assert numbers(found, item="age_unknown", group="drug_b") == {"n": "4"}
    assert numbers(found, item="stage") == {"p": "0.6"}
    assert numbers(found, item="stage_t2", group="drug_a") == {"n": "22", "percent": "22"}


def test_a_table_of_tableone(tmp_path):
    found = read(tmp_path, TABLEONE, "t.txt")
    assert found.doubts.empty
    assert numbers(found, item="age", group="2") == {"mean": "48.58", "sd": "9.96"}
    assert numbers(found, item="bili", group="2") == {"median": "1.30", "q1": "0.72", "q3": "3.60"}
    assert numbers(found, item="edema") == {"p": "0.877"}
    assert numbers(found, item="edema_0_5", group="2") == {"n": "13", "percent": "8.4"}
    assert found.ledger.query("item == 'bili' and statistic == 'p'")["note"].tolist() == ["nonnorm"]
    assert objections(validate_claims(found.ledger)) == []


def test_a_table_of_table1(tmp_path):
    found = read(tmp_path, TABLE1, "t.html")
    assert found.doubts.empty
    assert numbers(found, item="age", group="all") == {
        "mean": "49.5", "sd": "9.6", "median": "49.5", "min": "28.0", "max": "70.0"
    }  # fmt: skip
    assert set(found.ledger.query("variable == 'sex'")["item"]) == {"female", "male"}


def test_a_column_of_mixed_statistics(tmp_path):
    text = """Item\tObservation group (n=40)\tControl group (n=40)\tt/χ2\tP
Age (years, x̄±s)\t52.31±8.24\t51.87±8.61\t0.234\t0.816
Gender [n (%)]\t\t\t0.201\t0.654
Male\t22 (55.00)\t20 (50.00)
Female\t18 (45.00)\t20 (50.00)
"""
    found = read(tmp_path, text, "t.txt")
    assert found.doubts.empty
    assert numbers(found, item="age", group="") == {"t": "0.234", "p": "0.816"}
    assert numbers(found, item="gender") == {"chi2": "0.201", "p": "0.654"}
    assert set(found.ledger.query("item == 'age' and statistic == 'mean'")["unit"]) == {"years"}
    assert objections(validate_claims(found.ledger)) == []


def test_a_row_that_is_not_what_the_heading_above_says(tmp_path):
    text = """Variable,A (n=23),B (n=31)
"Signs, n (%)",,
Fever,16 (69.6),25 (80.6)
Age,64.2 (11),66.1 (9)
"""
    found = read(tmp_path, text)
    assert found.doubts["text"].tolist() == ["64.2 (11)", "66.1 (9)"]
    validate_claims(found.ledger)


def test_fractions_need_no_size(tmp_path):
    found = read(
        tmp_path, "Variable,A,B\nFever,16/23 (69.6),25/31 (80.6)\nCough,1/23 (4),9/31 (29)\n"
    )
    assert found.doubts.empty
    assert found.ledger["denominator"].tolist() == ["23", "23", "31", "31"] * 2
    validate_claims(found.ledger)


def test_a_ledger_of_groups_without_sizes_can_be_audited(tmp_path):
    text = 'Variable,A (n=23),B\n"Fever, n (%)",16 (69.6),25 (80.6)\n"Age, mean (SD)",6 (2),7 (2)\n'
    found = read(tmp_path, text)
    assert codes(found) == ["size"]
    assert len(audit_claims(validate_claims(found.ledger))) == 9


def test_two_counts_with_a_stroke_are_no_fraction(tmp_path):
    text = (
        "Parameter,Mild (n = 59),Severe (n = 23),p\nSex (F/M),22/37,9/14,0.86\nCured,22/59,9/23,\n"
    )
    found = read(tmp_path, text)
    assert found.doubts.empty
    assert numbers(found, item="sex_f", group="mild") == {"n": "22"}
    assert numbers(found, item="sex_m", group="severe") == {"n": "14"}
    assert set(found.ledger.query("variable == 'sex'")["item"]) == {"sex_f", "sex_m"}
    assert found.ledger.query("item == 'cured'")["denominator"].tolist() == ["59", "23"]


def test_columns_that_count_a_group_and_marks_that_name_a_test(tmp_path):
    text = """Analysis | No. of people in control group | Control group, mean (SD) | No. of people in the intervention group | Intervention group, mean (SD) | Mean difference (95% CI)* | P value |
---|---|---|---|---|---|---|
Intention to treat | 189 | 19 (9.8) | 187 | 17 (10) | −2.43 (−4.48 to −0.38) | 0.02** |
Per protocol | 85 | 17 (9.4)*,& | 97 | 17 (11) | − 1.60 (− 4.27 to 1.07) | 0.24* |
* t test; ** Mann-Whitney U test
"""  # noqa: E501
    found = read(tmp_path, text, "t.txt")
    assert found.doubts.empty
    assert numbers(found, item="per_protocol", group="control_group") == {
        "n": "85", "mean": "17", "sd": "9.4"
    }  # fmt: skip
    assert numbers(found, item="per_protocol", group="")["mean_difference"] == "-1.60"
    notes = found.ledger.query("statistic == 'p'")["note"].tolist()
    assert notes == ["Mann-Whitney U test", "t test"]


def test_limits_of_each_group_are_a_doubt(tmp_path):
    text = "x,Early (95% CI),Late (95% CI)\nScore,59.2 (57.6 to 60.9),63.9 (62.2 to 65.6)\n"
    found = read(tmp_path, text, sizes={"Early": 30, "Late": 30})
    assert codes(found) == ["format"]
    assert numbers(found, item="score", group="late") == {
        "mean": "63.9", "ci_low": "62.2", "ci_high": "65.6"
    }  # fmt: skip


def test_the_same_row_twice_is_a_doubt_and_no_contradiction(tmp_path):
    text = """Variable,A (n=23),B (n=31)
"Fever, n (%)",16 (69.6),25 (80.6)
"Cough, n (%)",1 (4.3),9 (29.0)
"Fever, n (%)",7 (30.4),6 (19.4)
"""
    found = read(tmp_path, text)
    assert codes(found) == ["twice"]
    assert set(found.ledger["item"]) == {"patients", "fever", "cough", "fever_2"}
    assert objections(validate_claims(found.ledger)) == []


def test_a_mean_and_a_median_may_each_have_a_p(tmp_path):
    text = """Variable,A (n=23),B (n=31),P
"Age, mean (SD)",6.5 (2.6),7.4 (2.7),0.22
"Age, median (IQR)",6 (5-8),7 (6-9),0.18
"""
    found = read(tmp_path, text)
    assert found.doubts.empty
    assert objections(validate_claims(found.ledger)) == []


def test_sizes_that_the_percentages_are_of_are_named(tmp_path):
    """The headings say 84 and 67, the levels of both variables 77 and 74."""
    text = """Variable,A (n=84),B (n=67)
"Ward, n (%)",,
 North,46 (59.7),45 (60.8)
 South,31 (40.3),29 (39.2)
"Sex, n (%)",,
 Male,43 (55.8),47 (63.5)
 Female,34 (44.2),27 (36.5)
"""
    found = read(tmp_path, text)
    assert codes(found) == ["base"]
    assert "77 (a) and 74 (b)" in found.doubts["text"][0]


@pytest.mark.parametrize(
    ("corner", "rows", "wholes"),
    [  # of the group, and of the row
        ("n (col %) [row %]",
         ["120 (30.0) [60.0],80 (20.0) [40.0]", "40 (10.0) [40.0],60 (15.0) [60.0]"],
         {"400", "200", "100"}),
        ("n (%)", ["120 (60.0) (30.0),80 (40.0) (20.0)", "40 (40.0) (10.0),60 (60.0) (15.0)"],
         {"400", "200", "100"}),
        ("n (%) [missing]", ["120 (30.6) [8],80 (20.2) [4]", "40 (10.0) [0],60 (15.2) [5]"],
         {"392", "396", "400", "395"}),
        ("n (%) [known]", ["120 (30.6) [392],80 (20.2) [396]", "40 (10.0) [400],60 (15.2) [395]"],
         {"392", "396", "400", "395"}),
    ],
)  # fmt: skip
def test_the_third_number_of_a_cell_is_what_follows(tmp_path, corner, rows, wholes):
    text = f'"Variable, {corner}",Ill (n=400),Well (n=400)\nSmoker,{rows[0]}\nDiabetes,{rows[1]}\n'
    found = read(tmp_path, text)
    shares = found.ledger[found.ledger["statistic"] == "percent"]
    assert found.doubts.empty and set(shares["denominator"]) == wholes
    claims = validate_claims(found.ledger)
    assert set(audit_claims(claims.loc[shares["id"]])["verdict"]) <= {"reproduced", "attainable"}
    assert not objections(claims)
    slipped = read(tmp_path, text.replace("60 (15", "63 (15").replace("60 (60", "63 (60"))
    assert objections(validate_claims(slipped.ledger))


def test_a_third_number_that_follows_from_nothing_is_a_doubt(tmp_path):
    found = read(
        tmp_path, "Variable,Ill (n=400),Well (n=400)\nSmoker,120 (30.0) [41],80 (20.0) [57]\n"
    )
    assert codes(found) == ["unread"]
    assert set(found.ledger["statistic"]) == {"n", "percent"}
