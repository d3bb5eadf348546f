"""What Word makes of a table: rules, widths, alignment and captions that a journal asks for."""

from io import BytesIO

import pandas as pd
import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Cm

from cohortbook.report.docx_tables import tables_docx
from smallstats.table import Table
from smallstats.table_html import LEVEL

NARROW = Table(
    pd.DataFrame(
        {"Finding": ["Fever", "Rash"], "Odds ratio": ["1.20", "115.3"], "p": ["0.03", "<0.001"]}
    ),
    "Findings",
    ("Wald.",),
)
WIDE = Table(
    pd.DataFrame({f"Column with words {i}": [f"12.3 (1.2 to 45.{i})"] for i in range(9)}), "Wide"
)


@pytest.fixture
def document():
    return Document(BytesIO(tables_docx([NARROW, WIDE, NARROW], "Study")))


def test_a_table_has_three_rules(document):
    table = document.tables[0]
    (borders,) = table._tbl.tblPr.findall(qn("w:tblBorders"))
    assert [border.tag for border in borders] == [qn("w:top"), qn("w:bottom")]
    for i, row in enumerate(table.rows):
        for cell in row.cells:
            rules = cell._tc.get_or_add_tcPr().findall(qn("w:tcBorders"))
            assert [[rule.tag for rule in r] for r in rules] == (
                [[qn("w:bottom")]] if i == 0 else []
            )


def test_the_heading_is_repeated_and_rows_do_not_break(document):
    marks = [[mark.tag for mark in row._tr.get_or_add_trPr()] for row in document.tables[0].rows]
    assert marks == [[qn("w:cantSplit"), qn("w:tblHeader")], *[[qn("w:cantSplit")]] * 2]


def test_word_counts_the_captions(document):
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    fields = [p._p.find(qn("w:fldSimple")) for p in captions]
    assert [field.get(qn("w:instr")).split() for field in fields] == [
        ["SEQ", "Table", "\\*", "ARABIC"]
    ] * 3
    assert [field.find(f".//{qn('w:t')}").text for field in fields] == ["1", "2", "3"]
    assert captions[0].text.endswith(". Findings")
    assert all(p.paragraph_format.keep_with_next for p in captions)


def test_numbers_are_aligned_at_the_point(document):
    _, ratio, p = document.tables[0].rows[1].cells
    for cell in (ratio, p):
        (stop,) = cell.paragraphs[0].paragraph_format.tab_stops
        assert stop.alignment == WD_TAB_ALIGNMENT.DECIMAL
    places = [
        row.cells[1].paragraphs[0].paragraph_format.tab_stops[0].position
        for row in document.tables[0].rows[1:]
    ]
    assert len({*places}) == 1
    assert not [*document.tables[0].rows[1].cells[0].paragraphs[0].paragraph_format.tab_stops]


def test_columns_are_as_wide_as_what_they_hold():
    frame = pd.DataFrame({"A": ["a long description of it"], "n": ["1"]})
    (table,) = Document(BytesIO(tables_docx([Table(frame, "Two")]))).tables
    long, short = (column.width for column in table.columns)
    assert long > 3 * short
    assert [cell.width for cell in table.rows[0].cells] == [long, short]


def test_a_wide_table_turns_its_page_and_the_next_one_turns_back(document):
    turned = [section.orientation for section in document.sections]
    assert turned == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    sizes = [(section.page_width, section.page_height) for section in document.sections]
    a4 = [round(Cm(21.0), -4), round(Cm(29.7), -4)]
    assert [[round(side, -4) for side in size] for size in sizes] == [a4, a4[::-1], a4]
    room = document.sections[1].page_width - 2 * Cm(2)
    assert sum(column.width for column in document.tables[1].columns) <= room + Cm(0.1)


def test_the_same_tables_give_the_same_bytes():
    assert tables_docx([NARROW], "Study") == tables_docx([NARROW], "Study")


def test_a_table_without_rows_is_one():
    (table,) = Document(BytesIO(tables_docx([Table(NARROW.frame.iloc[:0], "None")]))).tables
    assert [cell.text for cell in table.rows[0].cells] == ["Finding", "Odds ratio", "p"]


def test_a_wide_table_that_is_the_first_leaves_no_page_with_a_title_alone():
    (section,) = Document(BytesIO(tables_docx([WIDE], "Study"))).sections
    assert section.orientation == WD_ORIENT.LANDSCAPE


def test_headings_that_begin_alike_stand_under_one_and_levels_are_indented():
    frame = pd.DataFrame(
        {
            "Finding": ["Type", f"{LEVEL}a"],
            "Alone, odds ratio": ["", "1.20 (0.50 to 3.10)"],
            "Alone, p": ["0.5", ""],
            "n": ["", "12"],
        }
    )
    (table,) = Document(BytesIO(tables_docx([Table(frame, "Two models")]))).tables
    over, own, _, level = table.rows
    assert [cell.text for cell in over.cells] == ["", "Alone", "Alone", ""]
    assert over.cells[1]._tc is over.cells[2]._tc
    assert [cell.text for cell in own.cells] == ["Finding", "Odds ratio", "p", "n"]
    assert level.cells[0].text == "a" and level.cells[0].paragraphs[0].paragraph_format.left_indent
    repeated = [row._tr.get_or_add_trPr().find(qn("w:tblHeader")) is not None for row in table.rows]
    assert repeated == [True, True, False, False]


def test_an_interval_that_has_no_room_is_not_broken():
    cells = {f"Group {i}": ["1259.00 (871.50 to 1980.00), n = 312"] for i in range(6)}
    (table,) = Document(
        BytesIO(tables_docx([Table(pd.DataFrame({"A": ["x"], **cells}), "T")]))
    ).tables
    paragraph = table.rows[1].cells[1].paragraphs[0]
    assert paragraph.text.split(" ")[1] == "(871.50\xa0to\xa01980.00),"
    assert not [*paragraph.paragraph_format.tab_stops]


def test_a_short_table_stays_whole_and_a_long_one_begins_below_its_caption():
    def kept(rows):
        frame = pd.DataFrame({"Drug": [f"drug {i}" for i in range(rows)], "n": ["1"] * rows})
        (table,) = Document(BytesIO(tables_docx([Table(frame, "Drugs")]))).tables
        return [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]

    assert kept(5) == [True] * 5 + [False]
    assert kept(60) == [True] * 2 + [False] * 59


def test_no_word_is_broken_where_sentences_can_be():
    sentence, word = "it was given to most, and to all of the others later", "pneumomediastinum"
    frame = pd.DataFrame({"Finding": [word], **{f"Note {i}": [sentence] for i in range(6)}})
    (table,) = Document(BytesIO(tables_docx([Table(frame, "Findings")]))).tables
    assert table.columns[0].width > table.columns[1].width
    assert table.columns[0].width > Cm(0.19 * len(word) + 0.3)


def test_the_number_of_patients_of_a_heading_stays_on_one_line():
    frame = pd.DataFrame({"Finding": ["Rash"], "With fever (n = 23)": ["4"]})
    (table,) = Document(BytesIO(tables_docx([Table(frame, "Findings")]))).tables
    assert table.rows[0].cells[1].text == "With fever (n\xa0=\xa023)"
