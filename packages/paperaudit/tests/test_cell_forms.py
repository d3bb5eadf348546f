"""Every form that a cell can have, with its siblings in other signs."""

import pytest

from paperaudit.cell_forms import FORMATS, decide_decimal, parse_cell
from paperaudit.rounding import printed_decimals, printed_value
from paperaudit.table_headings import find_format

#: The cell, its form, its numbers.
FORMS = [
    ("16 (70)", "bracket", "16|70"),
    ("16 (70%)", "bracket", "16|70%"),
    ("16/23 (69.6%)", "fraction with percent", "16|23|69.6%"),
    ("16/23", "fraction", "16|23"),
    ("70%", "number", "70%"),
    ("6.56±2.6", "plus minus", "6.56|2.6"),
    ("6.56 ± 2.60", "plus minus", "6.56|2.60"),
    ("6.6 (2.6)", "bracket", "6.6|2.6"),
    ("9 (5–14)", "interval", "9|5|14"),
    ("9 [5, 14]", "interval", "9|5|14"),
    ("9 (5 to 14)", "interval", "9|5|14"),
    ("9 (IQR 5-14; range 1-20)", "quartiles and range", "9|5|14|1|20"),
    ("15.56 (1.59–152.2)", "interval", "15.56|1.59|152.2"),
    ("0.83 [0.75, 0.93]", "interval", "0.83|0.75|0.93"),
    ("<0.001", "number", "<0.001"),
    ("<.001", "number", "<.001"),
    ("0.03*", "number", "0.03"),
    ("NS", "not significant", "NS"),
    ("1.0 × 10−4", "number", "1.0 × 10-4"),
    ("10·5", "number", "10.5"),
    ("1,234 (5.6)", "bracket", "1,234|5.6"),
    ("−3.4 (−5.1 to −1.7)", "interval", "-3.4|-5.1|-1.7"),
    ("1.00 (ref)", "reference", "1.00"),
    # Siblings: other dashes, spaces, brackets, marks.
    ("9(5-14)", "interval", "9|5|14"),
    ("34.0 (8.1) [18-45]", "bracket, pair", "34.0|8.1|18|45"),
    ("34.0 (8.1; 18–45)", "bracket, pair", "34.0|8.1|18|45"),
    ("120 (30) [40]", "two brackets", "120|30|40"),
    ("120 (30.0%); (60.0%)", "two brackets", "120|30.0%|60.0%"),
    ("16 (70%) [95% CI 49–84]", "bracket, pair", "16|70%|49|84"),
    ("0.83 0.75–0.93", "unbracketed", "0.83|0.75|0.93"),
    ("9 (5—14)", "interval", "9|5|14"),
    ("9 (5; 14)", "interval", "9|5|14"),
    ("9 (5~14)", "interval", "9|5|14"),
    ("16\u00a0(70)", "bracket", "16|70"),
    ("16 (70\u2009%)", "bracket", "16|70 %"),
    ("1\u2009234 (5.6)", "bracket", "1,234|5.6"),
    ("1\u202f234\u202f567", "number", "1,234,567"),
    ("16 of 23 (70%)", "fraction with percent", "16|23|70%"),
    ("69.6% (16/23)", "percent with fraction", "69.6%|16|23"),
    ("6.56 +/- 2.6", "plus minus", "6.56|2.6"),
    ("6.6 (SD 2.6)", "SD in brackets", "6.6|2.6"),
    ("6.6 (SE = 0.4)", "SE in brackets", "6.6|0.4"),
    ("3.4 ± 1.2 (1–7)", "± with range", "3.4|1.2|1|7"),
    ("9 (IQR 5–14)", "quartiles", "9|5|14"),
    ("9 (IQR 9)", "IQR in brackets", "9|9"),
    ("9 (range: 1–20)", "range", "9|1|20"),
    ("9 (5–14), range 1–20", "quartiles, range", "9|5|14|1|20"),
    ("9 (5–14) [1–20]", "two intervals", "9|5|14|1|20"),
    ("0.83 (95% CI 0.75–0.93)", "limits", "0.83|0.75|0.93"),
    ("0.83; 95% CI: 0.75 to 0.93", "limits", "0.83|0.75|0.93"),
    ("0.83 (0.75–0.93), p = 0.001", "interval, p", "0.83|0.75|0.93|0.001"),
    ("0.6* (0.17–2.274)", "interval", "0.6|0.17|2.274"),
    ("65 (60–71)¶", "interval", "65|60|71"),
    ("0.546‡", "number", "0.546"),
    ("0.03ᵃ", "number", "0.03"),
    ("0.03a", "number", "0.03"),
    ("0.03 **", "number", "0.03"),
    ("p < 0.001", "number", "< 0.001"),
    ("P=0.03", "number", "0.03"),
    ("≤0.05", "number", "≤0.05"),
    ("5×10⁻⁴", "number", "5×10-4"),
    ("5.1 x 10^-4", "number", "5.1 x 10^-4"),
    ("n.s.", "not significant", "NS"),
    ("Ref", "reference", ""),
    ("1 (reference)", "reference", "1"),
    ("(1.59–152.2)", "pair", "1.59|152.2"),
    ("5–14", "pair", "5|14"),
    ("n = 54", "size", "54"),
    ("(70)", "bracketed number", "70"),
    ("—", "empty", ""),
    ("…", "empty", ""),
    ("N/A", "empty", ""),
]


@pytest.mark.parametrize(("text", "form", "numbers"), FORMS)
def test_a_cell_has_a_form_and_numbers(text, form, numbers):
    cell = parse_cell(text)
    assert cell is not None
    assert (cell.form, "|".join(cell.numbers)) == (form, numbers)


@pytest.mark.parametrize(("text", "form", "numbers"), FORMS)
def test_every_number_of_a_cell_can_be_read(text, form, numbers):
    for number in filter(None, numbers.split("|")):
        assert printed_value(number) is not None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("6,56 ± 2,6", "6.56|2.6"),
        ("1.234 (5,6)", "1234|5.6"),
        ("9,1 (5,2; 14,0)", "9.1|5.2|14.0"),
        ("9,1 (5,2–14,0)", "9.1|5.2|14.0"),
        ("<0,001", "<0.001"),
        ("16/23 (69,6%)", "16|23|69.6%"),
        ("12.345", "12345"),
    ],
)
def test_a_comma_parts_decimals_where_it_is_said(text, numbers):
    assert "|".join(parse_cell(text, "comma").numbers) == numbers


@pytest.mark.parametrize(
    "text", ["see text", "5 patients", "1.2.3", "16 (70", "12/05/2004", "a (b)", "5 6 7"]
)
def test_what_is_no_form_is_not_read(text):
    assert parse_cell(text) is None


@pytest.mark.parametrize(
    ("texts", "decimal", "sure"),
    [
        (["6,56 ± 2,6", "7,41 ± 2,7", "0,25"], "comma", True),
        (["1,234 (5.6)", "0.03"], "point", True),
        (["1,234", "2,345"], "point", True),
        (["1.234", "0,5"], "comma", True),
        (["16 (70)", "9 [5, 14]", "9 (5,14)"], "point", True),
        (["6,56", "7,1", "0.25"], "comma", False),
        ([], "point", True),
    ],
)
def test_decimal_commas_are_decided_for_a_file(texts, decimal, sure):
    assert decide_decimal(texts) == (decimal, sure)


@pytest.mark.parametrize(
    ("printed", "value", "decimals"),
    [
        ("1.0 × 10-4", 0.0001, 5),
        ("5×10⁻⁴", 0.0005, 4),
        (".5e-3", 0.0005, 4),
        ("1.2×10⁵", 120000, -4),
    ],
)
def test_a_power_of_ten_moves_the_point(printed, value, decimals):
    assert float(printed_value(printed)) == value
    assert printed_decimals(printed) == decimals


@pytest.mark.parametrize(("text", "marks"), [("0.03a", "a"), ("0.03 f", "f"), ("0.03^b,c", "b")])
def test_a_letter_behind_a_number_is_a_mark(text, marks):
    assert parse_cell(text) == ("number", ("0.03",), marks, "")


@pytest.mark.parametrize("text", ["24h", "5 g", "3x"])
def test_a_unit_behind_a_number_is_no_mark(text):
    assert parse_cell(text) is None


def test_every_format_names_as_many_numbers_as_its_form_has():
    shown = {cell.form: len(cell.numbers) for text, *_ in FORMS if (cell := parse_cell(text))}
    shown |= {"fraction, percent": 3}
    wrong = [
        (format_.name, form)
        for format_ in FORMATS.values()
        for form, names in format_.statistics.items()
        if len(names) != shown[form]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("word", "format_", "form"),
    [
        *[
            (w, "mean (SD)", "SD in brackets")
            for w in ("SD", "S.D.", "std dev", "standard deviation")
        ],
        *[(w, "mean (SE)", "SE in brackets") for w in ("SE", "SEM", "s.e.m.", "standard error")],
        *[(w, "median (IQR)", "quartiles") for w in ("IQR", "interquartile range", "quartiles")],
        *[(w, "median (range)", "range") for w in ("range", "min-max", "min, max")],
        *[(w, "mean (CI)", "limits") for w in ("95% CI", "95% confidence interval", "90% C.I.")],
    ],
)  # fmt: skip
def test_a_word_means_the_same_in_a_heading_and_in_a_cell(word, format_, form):
    pair = "1.2" if format_ in ("mean (SD)", "mean (SE)") else "1.2 to 3.4"
    assert parse_cell(f"2.5 ({word} {pair})").form == form
    assert find_format(f"Age, {format_.split()[0]} ({word})", label=True) == (format_, "Age,")
