"""Tables as files: nothing in a cell becomes anything but text."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from docx import Document

from cohortbook.cohort import load_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.export import table_files
from smallstats.table import Table

from .conftest import HOSTILE


@pytest.fixture
def hostile() -> dict[str, bytes]:
    cells = pd.DataFrame({"Drug": [*HOSTILE.values(), "a\x00b\nc"], "p <0.05": ["1"] * 6})
    table = Table(cells, HOSTILE["markup"], (HOSTILE["latex"],), data=cells)
    return table_files({"drugs": table}, HOSTILE["markup"])


def test_html_shows_text(hostile):
    page = BeautifulSoup(hostile["tables.html"], "html.parser")
    assert not page.find_all(["script", "b", "a"])
    assert page.h1.get_text() == page.title.get_text() == page.caption.get_text()
    assert page.h1.get_text() == HOSTILE["markup"]
    cells = [th.get_text() for th in page.select("tbody th")]
    assert cells == [*HOSTILE.values(), "a\N{REPLACEMENT CHARACTER}b\nc"]


def test_a_spreadsheet_computes_nothing(hostile):
    text = hostile["drugs.csv"].decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline="")))
    assert [row[0] for row in rows[1:3]] == [HOSTILE["markup"], f"'{HOSTILE['formula']}"]
    assert hostile["drugs.csv"].startswith(b"\xef\xbb\xbf") and b"\x00" not in hostile["drugs.csv"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        *[("=1", "'=1"), (" +1", "' +1"), ("-B+1", "'-B+1"), ("@x", "'@x"), ("\tx", "'\tx")],
        *[("a=1", "a=1"), ("−1", "−1"), ("", "")],
    ],
)
def test_what_begins_as_a_formula_is_marked(cell, written):
    frame = pd.DataFrame({cell: [cell, "y"]})
    table = Table(frame, "c", data=frame)
    text = table_files({"t": table}, "x")["t.csv"].decode("utf-8-sig")
    assert list(csv.reader(StringIO(text, newline="")))[:2] == [[written], [written]]


def test_word_shows_text(hostile):
    document = Document(BytesIO(hostile["tables.docx"]))
    (table,) = document.tables
    assert [row.cells[0].text for row in table.rows][1:] == [
        *HOSTILE.values(),
        "a\N{REPLACEMENT CHARACTER}b\nc",
    ]
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts == [HOSTILE["markup"], f"Table . {HOSTILE['markup']}", HOSTILE["latex"], ""]
    inside = ZipFile(BytesIO(hostile["tables.docx"])).read("word/document.xml").decode()
    assert inside.count("<w:rtl/>") == 1  # the one label written from right to left


def test_latex_prints_text(hostile):
    text = hostile["tables.tex"].decode()
    assert r"50\% of \$x{_}1\$".replace("{_}", r"\_") in text
    assert r"\input" not in text.replace(r"\textbackslash{}input", "")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 1
    for line in text.splitlines()[2:]:
        assert not line.startswith("%")
    assert HOSTILE["rtl"] in text
    body = text[text.index(r"\midrule") : text.index(r"\bottomrule")]
    assert body.count(r"\\" + "\n") == body.count(" & ") == 6


def test_numbers_are_not_rounded(cohort_folder):
    cohort = load_cohort(cohort_folder())
    files = table_files(cohort_tables(cohort), "x")
    rows = pd.read_csv(BytesIO(files["description.csv"])).set_index("variable")
    assert rows.loc["score", "mean"] == pytest.approx(cohort.frame["score"].mean(), abs=1e-13)
    assert rows.loc["heart", "n"] == cohort.frame["heart"].sum()


def test_what_is_withheld_is_in_no_file(cohort_folder):
    cohort = load_cohort(cohort_folder(suppress_below="5"))
    files = table_files(cohort_tables(cohort), "x")
    rows = pd.read_csv(BytesIO(files["description.csv"]), dtype=str).set_index("variable")
    assert rows.loc["rare", "n"] == "<5" and pd.isna(rows.loc["rare", "percent"])
    assert rows.loc["score", "min"] is None or pd.isna(rows.loc["score", "min"])
    compared = pd.read_csv(BytesIO(files["comparison.csv"]), dtype=str).set_index("variable")
    assert compared.loc["rare", ["n_with", "n_without"]].tolist() == ["0", "<5"]
    for name in ("rare", "rash", "score"):
        assert compared.loc[name, ["p", "estimate", "ci_low"]].isna().all()
    assert "withheld" not in compared.columns


def test_latex_has_headings_over_others_and_indented_levels():
    frame = pd.DataFrame({"A": ["x", "\N{EM SPACE}y"], "M, n": ["1", "2"], "M, p": ["0.5", ""]})
    lines = table_files({"t": Table(frame, "c")}, "Study")["tables.tex"].decode().splitlines()
    start = lines.index(r"\toprule") + 1
    assert lines[start : start + 6] == [
        r" & \multicolumn{2}{c}{M} \\",
        r"\cmidrule(lr){2-3}",
        r"A & n & p \\",
        r"\midrule",
        r"x & 1 & 0.5 \\",
        r"\quad y & 2 &  \\",
    ]
