"""The dictionary of words: what `show` takes from it, and what it refuses."""

from collections import Counter

import pandas as pd
import pytest
import yaml

from jdm_utils import words
from smallstats.table import Table

ENTRY = """
shared:
  numbers: &numbers {or_heart: Odds ratio}
"07":
  ratios:
    caption: "{n} of {m} tables"
    columns: [number, value, share, span, final]
    index: number
    words: {number: *numbers}
    headings: {value: "Value, of {n}"}
    formats: {value: 1, share: share, span: "{0[0]} to {0[1]}"}
    notes: ["Of {m}."]
    source: print
  linked:
    caption: Linked
    columns: [paper]
    made: {paper: "{name}, {year}"}
    links: {Paper: to}
  plain:
    caption: Plain
  short:
    caption: Short
    labels: {heart: heart and vessels, lungs: breath}
  nested:
    caption: Nested
    nest: Children and finding
  typed:
    caption: Typed
    as_it_is: true
  ready:
    caption: Ready
    notes: [Ours.]
    source: table4
"""


@pytest.fixture(autouse=True)
def dictionary(tmp_path, monkeypatch):
    path = tmp_path / "words.yml"
    path.write_text(ENTRY, encoding="utf-8")
    monkeypatch.setattr(words, "WORDS", path)
    words._sections.cache_clear()
    yield
    words._sections.cache_clear()


def frame():
    return pd.DataFrame(
        {
            "value": [15.56, 4.02],
            "share": [0.5, 0.25],
            "span": [(1, 2), (3, 4)],
            "final": ["heart + lungs", "lungs"],
            "unused": [0, 0],
        },
        index=["or_heart", "heart"],
    )


def test_a_table_in_its_words():
    table = words.show(frame(), "ratios", labels={"heart": "Heart", "lungs": "Lungs"}, n=2, m=54)
    assert table.caption == "2 of 54 tables"
    assert table.notes == ("Of 54.",)
    assert table.source == "print"
    assert table.frame.columns.tolist() == ["Number", "Value, of 2", "Share", "Span", "Final"]
    assert table.frame.to_numpy().tolist() == [
        ["Odds ratio", "15.6", "50%", "1 to 2", "Heart + Lungs"],
        ["Heart", "4.0", "25%", "3 to 4", "Lungs"],
    ]


def test_labels_are_headings_and_leave_numbers_alone():
    data = pd.DataFrame({"heart": [True, False], "n": [3, 4]})
    table = words.show(data, "plain", labels={"heart": "Heart", "n": "Children"})
    assert table.frame.columns.tolist() == ["Heart", "Children"]
    assert table.frame.to_numpy().tolist() == [["Yes", "3"], ["No", "4"]]


def test_a_table_has_labels_of_its_own_and_the_given_ones_win():
    data = pd.DataFrame({"heart + lungs": ["heart", None]})
    table = words.show(data, "short", labels={"lungs": "Lungs"})
    assert table.frame.columns.tolist() == ["Heart and vessels + Lungs"]
    assert table.frame.to_numpy().tolist() == [["Heart and vessels"], ["–"]]


def test_a_named_index_is_the_first_column_and_another_is_left_out():
    series = pd.Series({"heart": 7}, name="n")
    assert words.show(series, "plain").frame.columns.tolist() == ["n"]
    table = words.show(series.rename_axis("finding"), "plain", labels={"heart": "Heart"})
    assert table.frame.to_numpy().tolist() == [["Heart", "7"]]


def test_rows_begin_with_a_capital_but_names_and_what_a_file_has_are_left():
    data = pd.DataFrame({"name": ["odds, alone", "log-F", "t7(0, 2.5)", "p of it", "either"]})
    begun = ["Odds, alone", "log-F", "t7(0, 2.5)", "p of it", "Either"]
    assert words.show(data, "plain").frame["Name"].tolist() == begun
    assert words.show(data, "typed").frame["Name"].tolist() == data["name"].tolist()


def test_a_column_stands_below_the_first_as_levels():
    data = pd.DataFrame(
        {"n": [54, 60, 54], "finding": ["heart", "heart", "lungs"], "p": [0.1, 0.2, 0.1]}
    )
    table = words.show(data, "nested", labels={"lungs": "Lungs"})
    assert table.frame.columns.tolist() == ["Children and finding", "p"]
    assert table.frame.to_numpy().tolist() == [
        ["54", ""], ["\N{EM SPACE}Heart", "0.100"], ["\N{EM SPACE}Lungs", "0.100"],
        ["60: Heart", "0.200"],
    ]  # fmt: skip
    pd.testing.assert_frame_equal(table.data, data.replace("lungs", "Lungs"))


def test_a_ready_table_keeps_its_cells_and_notes():
    ready = Table(pd.DataFrame({"A": ["1"]}), "Theirs", ("Theirs.",), data=frame())
    table = words.show(ready, "ready")
    assert (table.caption, table.notes, table.source) == ("Ready", ("Theirs.", "Ours."), "table4")
    assert table.frame is ready.frame and table.data is ready.data


def test_the_frame_is_not_changed():
    given = frame()
    words.show(given, "ratios", labels={"heart": "Heart"}, n=1, m=2)
    pd.testing.assert_frame_equal(given, frame())


def test_a_column_made_of_others_leads_to_their_address():
    data = pd.DataFrame({"name": ["A", "B"], "year": [2001, 2002], "to": ["https://a.org", ""]})
    table = words.show(data, "linked")
    assert table.frame.to_numpy().tolist() == [["A, 2001"], ["B, 2002"]]
    assert table.links == {"Paper": ["https://a.org", ""]}
    assert [*data] == ["name", "year", "to"]


def test_an_unknown_table_is_refused_with_those_there_are():
    there = "linked, nested, plain, ratios, ready, short, typed"
    with pytest.raises(KeyError, match=f"no table 'ratio'; it has: {there}"):
        words.show(frame(), "ratio")


@pytest.mark.parametrize("values", [{}, {"n": 1}, {"n": 1, "m": 2, "k": 3}])
def test_values_are_those_of_the_braces(values):
    with pytest.raises(TypeError, match="'ratios' needs these values: m, n; given are"):
        words.show(frame(), "ratios", **values)


class TestBook:
    """What holds of the book's own dictionary."""

    @pytest.fixture(autouse=True)
    def dictionary(self):
        words._sections.cache_clear()

    def test_a_table_has_one_place(self):
        keys = Counter(key for tables in words._dictionary().values() for key in tables)
        assert [key for key, n in keys.items() if n > 1] == []

    def test_every_table_has_known_keys_and_formats(self):
        known = {"caption", "columns", "headings", "words", "formats", "index", "decimals"}
        known |= {"labels", "notes", "name", "source", "filters", "made", "links"}
        known |= {"nest", "as_it_is", "aside"}
        for tables in words._dictionary().values():
            for key, entry in tables.items():
                assert entry["caption"] and set(entry) <= known, key
                for rule in entry.get("formats", {}).values():
                    words._format(rule)

    def test_no_key_is_written_twice(self):
        class Strict(yaml.SafeLoader):
            def construct_mapping(self, node, deep=False):
                keys = [key.value for key, _ in node.value]
                assert len(keys) == len(set(keys)), keys
                return super().construct_mapping(node, deep)

        yaml.load(words.WORDS.read_text(encoding="utf-8"), Strict)
