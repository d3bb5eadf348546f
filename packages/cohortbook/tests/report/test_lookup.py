"""What a reader chooses is what was computed: every combination of counts finds its own row."""

import io
import json
from itertools import product

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cohortbook.report.lookup import Lookup


def frame(possible=lambda a, b: True):
    index = pd.MultiIndex.from_tuples(
        [(a, b) for a, b in product(range(2, 6), range(3)) if possible(a, b)],
        names=["With", "Without"],
    )
    cells = {
        ("Sum", "n"): [str(a + b) for a, b in index],
        ("Product", "n"): [str(a * b) for a, b in index],
        ("Product", "sign"): ["+" if a * b else "0" for a, b in index],
    }
    return pd.DataFrame(cells, index=index)


def data(lookup):
    page = BeautifulSoup(lookup._repr_html_(), "html.parser")
    return json.loads(page.script.string)


def row(known, counts):
    """Find a row as the script does."""
    place = 0
    for count, n in zip(known["counts"], counts, strict=True):
        place = place * (count["most"] - count["least"] + 1) + n - count["least"]
    found = known["row_of"][place]
    return None if found < 0 else known["rows"][found]


def test_every_combination_finds_its_row():
    cells = frame()
    known = data(Lookup(cells, "Numbers", (3, 1)))
    for counts, values in cells.iterrows():
        expected = [values["Sum", "n"], "", values["Product", "n"], values["Product", "sign"]]
        assert row(known, counts) == expected


def test_a_combination_that_cannot_be_has_no_row():
    cells = frame(lambda a, b: a + b != 4)
    known = data(Lookup(cells, "Numbers", (3, 2)))
    for a, b in product(range(2, 6), range(3)):
        assert (row(known, (a, b)) is None) == (a + b == 4)


def test_equal_rows_are_written_once():
    cells = frame()[[("Sum", "n")]].map(lambda _: "1")
    known = data(Lookup(cells, "Numbers", (3, 1)))
    assert known["rows"] == [["1"]]
    assert known["row_of"] == [0] * 12


def test_the_first_row_stands_without_the_script():
    page = BeautifulSoup(Lookup(frame(), "Numbers", (3, 2))._repr_html_(), "html.parser")
    rows = [[cell.text for cell in line.find_all(["th", "td"])] for line in page.find_all("tr")]
    assert rows == [["Result", "n", "sign"], ["Sum", "5", ""], ["Product", "6", "+"]]
    assert page.caption.text == "Numbers From print"


def test_markup_in_a_cell_or_a_name_is_text():
    cells = frame()
    cells.iloc[0, 0] = "</script><b>1"
    cells.index = cells.index.set_names(["<i>With", "Without"])
    html = Lookup(cells, "<b>Numbers", (2, 0), {"</script>": (2, 1)})._repr_html_()
    assert html.count("</script>") == 1
    assert "<b>" not in html and "<i>" not in html
    assert data(Lookup(cells, "N", (2, 0)))["rows"][0][0] == "</script><b>1"


def test_every_problem_is_named_at_once():
    cells = frame().astype(object)
    cells.iloc[0, 0] = 1
    cells = pd.concat([cells, cells.iloc[:1]])
    with pytest.raises(ValueError) as error:
        Lookup(cells, "Numbers", (9, 9), {"All": (2, 7)}, source="guessed")
    for problem in ("not a string", "repeats", "'start'", "'All' is (2, 7)", "'guessed'"):
        assert problem in str(error.value)


def test_every_row_can_be_had_as_csv():
    cells = frame()
    _, about = Lookup(cells, "Numbers", (3, 1))._repr_mimebundle_()
    (told,) = about.values()
    rows = pd.read_csv(io.StringIO(told["csv"]), dtype=str)
    assert [*rows] == ["With", "Without", "Sum: n", "Product: n", "Product: sign"]
    assert rows["Sum: n"].tolist() == cells["Sum", "n"].tolist()
    assert told["rows"] == [["Sum", "4", ""], ["Product", "3", "+"]]
