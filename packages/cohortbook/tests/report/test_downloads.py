"""A page's tables and figures as files: with what the page shows, and no more where it may not."""

import csv
import re
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest
from docx import Document

from cohortbook.report.downloads import add_downloads, withholds
from cohortbook.report.drawings import CARRIED
from cohortbook.report.figures import distribution
from cohortbook.report.strobe_diagram import flow_diagram
from smallstats.table import KEY, Table, table_of

from .conftest import HOSTILE

FLOW = pd.DataFrame({"label": ["Forms", "Definite"], "excluded": [0, 2], "remaining": [9, 7]})


def cell_of(*shown, **figure):
    """Give the cell of a notebook that showed these."""
    metadata = {"mystnb": {"figure": figure}} if figure else {}
    outputs = []
    for thing in shown:
        data, told = thing._repr_mimebundle_()
        outputs.append({"output_type": "execute_result", "data": data, "metadata": told})
    return {"cell_type": "code", "metadata": metadata, "outputs": outputs}


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.fixture
def table():
    return table_of(pd.DataFrame({"drug": ["EDTA"], "odds_ratio": [4.018212345]}), "Drugs, all")


def test_a_table_is_offered_unrounded_and_as_word(tmp_path, table):
    cell = cell_of(table)
    add_downloads([cell], tmp_path, "a/page", as_shown=False)
    shown, links = cell["outputs"]
    assert KEY not in shown["metadata"] and cell["metadata"]["mystnb"]["markdown_format"] == "myst"
    folder = tmp_path / "_build" / "downloads" / "a" / "page"
    assert rows_of(folder / "drugs-all.csv") == [["drug", "odds_ratio"], ["EDTA", "4.018212345"]]
    (word,) = Document(folder / "drugs-all.docx").tables
    assert [cell.text for cell in word.rows[1].cells] == ["EDTA", "4.02"]
    for ending in ("csv", "docx"):
        path = f"</_build/downloads/a/page/drugs-all.{ending}>"
        assert path in links["data"]["text/markdown"]


def test_what_may_not_be_had_is_not_in_a_file(tmp_path, table):
    cells = [cell_of(table), cell_of(flow_diagram(FLOW), name="flow", caption="Flow.")]
    add_downloads(cells, tmp_path, "page", as_shown=True)
    folder = tmp_path / "_build" / "downloads" / "page"
    files = ["drugs-all.csv", "drugs-all.docx", "flow.png", "flow.svg"]
    assert sorted(path.name for path in folder.iterdir()) == files
    assert rows_of(folder / "drugs-all.csv") == [["Drug", "Odds ratio"], ["EDTA", "4.02"]]
    assert cells[1]["metadata"]["mystnb"]["figure"]["caption"].startswith("Flow.")


def test_what_is_withheld_makes_a_file_of_what_is_shown(tmp_path):
    data = pd.DataFrame({"n": [2, 9], "mean": [1.23456, 2.0], "withheld": [{"n": "<5"}, {}]})
    table = Table(pd.DataFrame({"n": ["<5", "9"]}), "Counts", data=data)
    cell, drawn = cell_of(table), cell_of(flow_diagram(FLOW.assign(withheld=[{}, {}])))
    add_downloads([cell, drawn], tmp_path, "page", as_shown=False)
    folder = tmp_path / "_build" / "downloads" / "page"
    assert rows_of(folder / "counts.csv") == [["n"], ["<5"], ["9"]]
    assert sorted(path.name for path in folder.glob("figure*")) == ["figure.png", "figure.svg"]
    (svg,) = folder.glob("*.svg")
    shown = drawn["outputs"][0]["data"]["image/svg+xml"]  # with what a page has beside it
    assert svg.read_text(encoding="utf-8") == f"{shown.partition(CARRIED)[0]}</svg>\n"
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_offers_what_it_draws(tmp_path):
    frame = pd.DataFrame({"age": [9.0, 4.0, None], "ill": [1, 1, 0], "name": ["x", "y", "z"]})
    frame = pd.concat([frame, pd.DataFrame({"age": [5.0], "ill": [0], "name": ["w"]})])
    cells = [
        cell_of(flow_diagram(FLOW), name="fig-flow", caption="Flow."),
        cell_of(distribution(frame, "age", "ill"), name="fig-flow", caption="Ages."),
        cell_of(flow_diagram(FLOW)),
    ]
    add_downloads(cells, tmp_path, "page", as_shown=False)
    folder = tmp_path / "_build" / "downloads" / "page"
    assert rows_of(folder / "fig-flow.csv")[2] == ["Definite", "2", "7"]
    assert [row[:3] for row in rows_of(folder / "fig-flow-2.csv")] == [
        ["ill", "count", "mean"], ["0", "1.0", "5.0"], ["1", "2.0", "6.5"],
    ]  # fmt: skip
    captions = [cell["metadata"]["mystnb"]["figure"]["caption"] for cell in cells[:2]]
    assert captions[0].startswith("Flow.\n\n{download}`")
    assert "fig-flow-2.csv" in captions[1]
    assert len(cells[2]["outputs"]) == 2  # without a caption, the link stands below


def test_files_of_an_earlier_build_are_gone(tmp_path, table):
    add_downloads([cell_of(table)], tmp_path, "page", as_shown=False)
    add_downloads([], tmp_path, "page", as_shown=False)
    assert not (tmp_path / "_build" / "downloads" / "page").exists()


@pytest.mark.parametrize("text", HOSTILE.values())
def test_no_caption_becomes_more_than_a_file_name(text, tmp_path):
    cell = cell_of(Table(pd.DataFrame({"a": ["b"]}), f"../../{text}"))
    add_downloads([cell], tmp_path, "page", as_shown=False)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) == 2
    for path in made:
        assert path.parent.name == "page" and re.fullmatch("[a-z0-9-]+", path.stem)


def test_a_word_file_has_no_date_of_its_own(tmp_path, table):
    add_downloads([cell_of(table)], tmp_path, "page", as_shown=False)
    word = next(tmp_path.rglob("*.docx")).read_bytes()
    assert {part.date_time for part in ZipFile(BytesIO(word)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_spec_of_the_cohort_decides(cohort_folder, monkeypatch, tmp_path):
    folder = cohort_folder()
    monkeypatch.setenv("JDM_COHORT", str(folder / "cohort.yml"))
    assert not withholds()
    monkeypatch.setenv("JDM_COHORT", str(folder))
    assert not withholds()
    with open(folder / "cohort.yml", "a", encoding="utf-8") as file:
        file.write("suppress_below: 5\n")
    assert withholds()
    monkeypatch.setenv("JDM_COHORT", str(tmp_path / "nowhere.yml"))
    assert withholds()
    monkeypatch.delenv("JDM_COHORT")
    assert not withholds()
