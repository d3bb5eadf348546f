"""Tables as a page shows them: points below each other, levels, headings over others."""

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from smallstats.table import Table, nest_levels
from smallstats.table_html import spans

SPACE = "\N{NO-BREAK SPACE}"


def page(cells, **settings):
    frame = pd.DataFrame({"Name": ["x"] * len(next(iter(cells.values()))), **cells})
    return BeautifulSoup(Table(frame, "A table", **settings)._repr_html_(), "html.parser")


def column(values):
    return page({"Value": values}).select("tbody td")


def widths(values):
    """What stands on each side of a column's points or first digits, unseen signs included."""
    shown = []
    for cell in column(values):
        text, pad = cell.get_text().replace(SPACE, " "), cell.get("data-pad", "")
        shown.append(pad + text if "est" in cell["class"] else text + pad)
    return shown


@pytest.mark.parametrize(
    "values",
    [
        ["1.0", "0.64", "12"],
        ["0.5†", "0.016", "<0.001‡ᵉ"],
        ["27%", "5", "100%*"],
        ["1,234.5", "−2", "∞"],
        ["0,5", "–", "0,016ᵃ"],
    ],
)
def test_numbers_alone_have_as_much_behind_their_units(values):
    shown = widths(values)
    assert all("est" not in cell["class"] for cell in column(values))
    ends = []
    for text, value in zip(shown, values, strict=True):
        whole = value.lstrip("<−")
        point = len(re.match(r"[1-9]\d{0,2}(?:,\d{3})+|[\d∞–]+", whole)[0])
        ends.append(len(text) - text.index(whole) - point)
    assert len(set(ends)) == 1, shown


def test_numbers_with_limits_have_as_much_before_their_points():
    values = ["0.45 (0.11 to 1.84)ᵃ", "−0.85 (−2.34 to 0.63)", "13.13 (1.41 to 610.65)", "–", ""]
    assert [text[:3] for text in widths(values)] == ["−10", "1−0", "−13", "−1–", ""]


def test_an_interval_is_never_broken_and_a_count_of_patients_may_be():
    values = ["309.5 (243.5 to 400.0), n = 284", "1.0 (0.5 to 2.0)"]
    texts = [cell.get_text() for cell in column(values)]
    assert texts[0].split(" ") == [
        "309.5", f"(243.5{SPACE}to{SPACE}400.0),", f"n{SPACE}={SPACE}284",
    ]  # fmt: skip
    (words,) = page({"Said": ["an odds ratio of 4.0 (1.1 to 14.9) was printed"]}).select("td")
    assert f"(1.1{SPACE}to{SPACE}14.9) was" in words.get_text()


def test_a_table_without_rows_is_a_sentence():
    html = page({"Value": []})
    assert html.get_text().endswith(": none.") and not html("table")


def test_a_column_that_says_nothing_is_left_out():
    html = page({"Value": ["1", "2"], "p": ["–", ""], "Missing": ["", "0"]})
    assert [th.get_text() for th in html("th", scope="col")] == ["Name", "Value", "Missing"]


def test_headings_that_begin_alike_stand_under_one():
    html = page({"Mean, printed": ["1.0"], "Mean, computed": ["1"], "p, of all": ["0.5"]})
    first, second = html.select("thead tr")
    assert [(th.get_text(), th.get("colspan"), th.get("rowspan")) for th in first("th")] == [
        ("Name", None, "2"), ("Mean", "2", None), ("p, of all", None, "2"),
    ]  # fmt: skip
    assert [(th.get_text(), th["scope"]) for th in second("th")] == [
        ("Printed", "col"), ("Computed", "col"),
    ]  # fmt: skip


def test_a_bracket_is_no_heading_over_others():
    headings = ["Name", "Ranks (low, high)", "Ranks (low, other)"]
    assert spans(headings) == [("", [heading]) for heading in headings]


def test_a_table_that_can_be_sorted_has_one_row_of_headings():
    cells = {"Mean, printed": ["1.0"], "Mean, computed": ["1"]}
    heads = page(cells, filterable=True).select("thead th")
    assert [th.get_text() for th in heads] == ["Name", *cells]


class TestNestedLevels:
    @staticmethod
    def nested(p=("0.5", "0.03", "", "")):
        cells = {"n": ["3", "2", "4", "5"], "p": p, "Lost": ["1", "2", "2", "2"]}
        names, labels = ["age", *["type"] * 3], ["Age", *["Type"] * 3]
        return nest_levels(cells, names, labels, ["", "a", "b", "c"], ["p", "Lost"])

    def test_what_is_of_the_variable_stands_once(self):
        assert self.nested().to_numpy().tolist() == [
            ["Age", "3", "0.5", "1"],
            ["Type", "", "0.03", "2"],
            ["\u2003a", "2", "", ""],
            ["\u2003b", "4", "", ""],
            ["\u2003c", "5", "", ""],
        ]

    def test_what_differs_between_levels_stays_with_them(self):
        shown = self.nested(p=["0.5", "", "0.03", "0.04"])
        assert shown["p"].tolist() == ["0.5", "", "", "0.03", "0.04"]

    def test_they_are_indented(self):
        html = BeautifulSoup(Table(self.nested(), "A table")._repr_html_(), "html.parser")
        rows = html.select("tbody th")
        assert [th.get_text() for th in rows] == ["Age", "Type", "a", "b", "c"]
        assert [th.get("class") for th in rows] == [None, None, *[["level"]] * 3]


def test_a_column_aside_is_filtered_by_and_not_shown():
    frame = pd.DataFrame({"Item": ["a", "b"], "n": ["1", "2"], "Kind": ["x", "y"]})
    table = Table(frame, "Counts", filters=("Kind",), aside=("Kind",))
    html = table._repr_html_()
    hidden = re.findall(r"<t[dh][^>]* hidden\b", html)
    assert len(hidden) == 3 and '<td dir="auto" hidden>x</td>' in html
    ((_, metadata),) = [table._repr_mimebundle_()[1].popitem()]
    assert metadata["columns"] == ["Item", "n"] and metadata["rows"] == [["a", "1"], ["b", "2"]]
    with pytest.raises(ValueError, match="'n' is aside, and no filter"):
        Table(frame, "Counts", filters=("Kind",), aside=("n",))
