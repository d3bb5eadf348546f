"""A cohort's own book: one set of chapters for cohorts of every shape, and nobody is in it."""

import csv
import errno
import json
import os
import re
import shutil
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from bs4 import BeautifulSoup

from cohortbook.cli import main
from cohortbook.cohort import CohortError, load_cohort
from cohortbook.example import example_cohort
from cohortbook.report import book, cohort_book
from cohortbook.report.cohort_book import (
    book_files,
    cohort_chapters,
    cohort_tables,
    load_analysed,
    write_files,
)
from cohortbook.report.imputed import show_imputed
from cohortbook.report.models import fit_hazards
from cohortbook.report.rehearsal import run_cells
from cohortbook.report.timing import has_times
from smallstats.storing import only_run_in

from .conftest import CANARIES

ALL = ["1_cohort", "2_description", "3_comparison", "4_regression", "5_missing"]


SHAPES = {
    "as it is": {},
    "few": {"n": 12},
    "withheld": {"suppress_below": "5"},
    "few and withheld": {"n": 12, "suppress_below": "5"},
    "no candidates": {"analysis": {"outcome": "relapse"}},
    "no outcome": {"analysis": {"describe": ["rash", "type"]}},
    "only numbers": {"analysis": {"outcome": "relapse", "compare": ["score"]}},
    "nothing missing": {"analysis": {"outcome": "heart", "candidates": ["relapse", "type"]}},
    "one candidate": {"analysis": {"outcome": "relapse", "candidates": ["heart"]}},
    "a group of two": {"analysis": {"outcome": "rare"}, "suppress_below": "5"},
    "nothing else": {"analysis": {"outcome": "relapse", "describe": ["relapse"]}, "bare": True},
    "steps": {"eligibility": [{"label": "Rash known", "complete": ["rash"]}], "simulated": "true"}
    | {"analysis": {"outcome": "relapse", "candidates": ["grade"]}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_chapters_run_for_cohorts_of_every_shape(shape, cohort_folder, monkeypatch):
    folder = cohort_folder(**SHAPES[shape])
    monkeypatch.setenv("JDM_COHORT", str(folder / "cohort.yml"))
    files = book_files(load_analysed(folder / "cohort.yml"))
    chapters = [name for name in files if name.endswith(".ipynb")]
    expected = {
        "no candidates": ALL[:3] + ALL[4:],
        "few and withheld": ALL[:3] + ALL[4:],
        "only numbers": ALL[:3] + ALL[4:],
        "a group of two": ALL[:3] + ALL[4:],
        "no outcome": ALL[:2] + ALL[4:],
        "nothing else": ALL[:2] + ALL[4:],
    }.get(shape, ALL)
    assert [name[:-6] for name in chapters if name != "index.ipynb"] == expected
    toc = yaml.safe_load(files["_toc.yml"])
    assert [chapter["file"] for chapter in toc["chapters"]] == expected
    for name in chapters:
        shown = run_cells(files[name].decode())
        assert shown.strip()
        assert not re.search("<script|<b>|<u>", shown, re.I)
        for canary in canaries():
            assert canary not in shown
    assert ("simulated" in run_cells(files["index.ipynb"].decode())) == (shape == "steps")


def test_the_example_has_every_chapter_and_table(monkeypatch):
    monkeypatch.setenv("JDM_COHORT", str(example_cohort()))
    cohort = load_analysed(example_cohort() / "cohort.yml")
    files = book_files(cohort)
    shown = {name: run_cells(files[f"{name}.ipynb"].decode()) for name in ["index", *ALL, "6_time"]}
    assert all(text.strip() for text in shown.values())
    assert "“Revision”, was found in 14/30 (47%)" in shown["index"]
    assert {"events", "times", "hazards", "risks"} <= set(cohort_tables(cohort))


def test_what_a_spec_does_not_name_is_not_there():
    cohort = load_cohort(example_cohort())
    assert cohort_chapters(cohort)[-1] == "6_time"
    assert fit_hazards(cohort).together["events"].iloc[0] == 11
    assert "asks for no `imputations`" in repr(show_imputed(cohort))
    assert not has_times(replace(cohort, spec=replace(cohort.spec, suppress_below="5")))
    without = replace(cohort.spec, analysis=replace(cohort.spec.analysis, time="", event=""))
    assert cohort_chapters(replace(cohort, spec=without)) == ALL


def canaries() -> list[str]:
    """What identifies patients: parts of it that hold whatever the row."""
    return [CANARIES["Name"], CANARIES["Phone"], "QX-00", "-07-23", "2011-03-"]


def texts_in(path: Path) -> str:
    """Give the text of a file, of a Word file that of all its parts."""
    raw = path.read_bytes()
    if path.suffix == ".docx":
        archive = ZipFile(BytesIO(raw))
        raw = b"\n".join(archive.read(name) for name in archive.namelist())
    return raw.decode("utf-8", "replace")


def check_downloads(html: Path) -> None:
    """Every cell of a table's file is one of a table on its page; no figure has its data."""
    for page in html.glob("*.html"):
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        shown = {
            cell.get_text().replace("\xa0", " ") for cell in soup.select(".jdm-table :is(th, td)")
        }
        links = [html / link["href"] for link in soup.select("a.download")]
        files = [path for path in links if path.suffix not in (".svg", ".png")]
        assert len(files) == 2 * len(soup.select(".jdm-table"))
        for path in files[::2]:
            rows = csv.reader(StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
            next(rows)  # headings, which a page may put under one
            cells = {cell.removeprefix("'").lstrip("\u2003") for row in rows for cell in row}
            assert cells <= shown


@pytest.mark.slow
def test_nobody_is_in_the_book_or_the_tables(cohort_folder, capfd):
    """The one test that builds a whole book."""
    folder = cohort_folder(suppress_below="5")
    assert main(["tables", str(folder)]) == 0
    assert main(["book", str(folder)]) == 0
    out, err = capfd.readouterr()
    assert len(re.findall(r"^ran \w+\.ipynb in ", err, re.MULTILINE)) == len(ALL) + 1
    assert out.splitlines()[-1].endswith("index.html")
    made = [path for path in folder.rglob("*") if path.is_file() and "raw" not in path.parts]
    made.remove(folder / "cohort.yml")
    assert {path.suffix for path in made} >= {".html", ".ipynb", ".csv", ".docx", ".tex", ".js"}
    for path in made:
        text = texts_in(path)
        for canary in (*canaries(), str(folder)):  # nor where on this machine it was made
            assert canary not in text, path
    html = folder / "book" / "_build" / "html"
    assert "Relapse within a year" in (html / "3_comparison.html").read_text("utf-8")
    pages = [path.read_text("utf-8") for path in html.glob("*.html")]
    for page in pages:
        assert "<script>alert" not in page and "<i>our</i>" not in page
        assert not re.search(r"\b2/(60|36)\b", page)  # the rare finding
    check_downloads(html)


def test_a_changed_chapter_stays(tmp_path):
    first = {"a.ipynb": b"one", "_static/b.css": b"two"}
    assert write_files(tmp_path, first) == []
    (tmp_path / "a.ipynb").write_bytes(b"mine")
    second = {"a.ipynb": b"new", "_static/b.css": b"newer"}
    assert write_files(tmp_path, second) == ["a.ipynb"]
    assert (tmp_path / "a.ipynb").read_bytes() == b"mine"
    assert (tmp_path / "_static" / "b.css").read_bytes() == b"newer"
    assert write_files(tmp_path, second) == ["a.ipynb"]
    (tmp_path / "a.ipynb").unlink()
    assert write_files(tmp_path, second) == []
    (tmp_path / ".made.json").write_text("{")
    (tmp_path / "a.ipynb").write_bytes(b"not ours")
    with pytest.raises(FileExistsError, match="it is not overwritten"):
        write_files(tmp_path, first, refuse=True)
    assert (tmp_path / "_static" / "b.css").read_bytes() == b"newer"


def test_what_is_no_longer_made_is_removed_unless_changed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"one")
    folder = tmp_path / "book"
    first = {name: b"one" for name in ("a", "b", "c", "_static/d")}
    assert write_files(folder, first) == []
    (folder / "b").write_bytes(b"mine")
    record = folder / ".made.json"
    known = json.loads(record.read_text())
    record.write_text(json.dumps(known | {"../outside": known["a"]}))
    for _ in range(2):
        assert write_files(folder, {"c": b"two"}) == ["b"]
        there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert there == {"b", "c", ".made.json"}
    assert (folder / "b").read_bytes() == b"mine" and outside.exists()
    assert write_files(folder, {"c": b"two"}, refuse=True) == ["b"]


def test_a_chapter_that_is_withheld_leaves_nothing_behind(cohort_folder, monkeypatch, capsys):
    folder = cohort_folder()
    monkeypatch.setattr("cohortbook.report.cohort_book.subprocess.Popen", fake_build)
    assert main(["book", str(folder)]) == 0 and main(["tables", str(folder)]) == 0
    build = folder / "book" / "_build"
    old = [
        build / name
        for name in (
            "html/4_regression.html",
            "html/_sources/4_regression.ipynb",
            "jupyter_execute/4_regression.ipynb",
            "outputs/4_regression-0a1b2c3d.json",
        )
    ]
    kept = build / "outputs" / "1_cohort-0a1b2c3d.json"
    for path in (*old, kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("2/60")
    old += [folder / "book" / "4_regression.ipynb", folder / "tables" / "regression.csv"]
    assert all(path.exists() for path in old)
    (folder / "tables" / "comparison.csv").write_text("mine")
    spec = yaml.safe_load((folder / "cohort.yml").read_text("utf-8"))
    spec["analysis"] = {"describe": ["rash"]}
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    capsys.readouterr()
    assert main(["book", str(folder)]) == 0 and main(["tables", str(folder)]) == 0
    assert not any(path.exists() for path in old) and kept.exists()
    told = f"kept, because you changed it: {folder / 'tables' / 'comparison.csv'}"
    assert told in capsys.readouterr().err
    assert (folder / "tables" / "comparison.csv").read_text() == "mine"


class fake_build:  # noqa: N801  -- stands for the program that builds the pages
    """A build that shows nothing and succeeds."""

    stdout, returncode = (), 0

    def __init__(self, *arguments, **options): ...

    def __enter__(self):
        return self

    def __exit__(self, *exception): ...


def test_tables_are_written_again_but_not_over_others(cohort_folder, capsys):
    folder = cohort_folder(n=20, analysis={"outcome": "relapse", "candidates": ["grade"]})
    for _ in range(2):
        assert main(["tables", str(folder), "-o", str(folder / "out")]) == 0
    names = {path.name for path in (folder / "out").iterdir()} - {".made.json"}
    tables = cohort_tables(load_cohort(folder))
    documents = {"tables.html", "tables.docx", "tables.tex", "methods_and_results.txt"}
    documents |= {"decisions.csv", "decisions.html"}
    assert names == documents | {f"{t}.csv" for t in tables}
    capsys.readouterr()
    (folder / "out" / "flow.csv").write_text("edited")
    assert main(["tables", str(folder), "-o", str(folder / "out")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "flow.csv: not made by this command" in err
    assert (folder / "out" / "flow.csv").read_text() == "edited"


@pytest.mark.parametrize("command", ["book", "tables"])
def test_what_cannot_be_used_is_told_and_leaves_nothing(command, cohort_folder, capsys):
    folder = cohort_folder(analysis={"outcome": "rash"})
    assert main([command, str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "rash, the outcome, is missing for some patients" in err
    assert "complete: [rash]" in err and "Traceback" not in err
    assert {path.name for path in folder.iterdir()} == {"cohort.yml", "raw"}
    assert main([command, str(folder / "nowhere")]) == 2
    assert not (folder / "nowhere").exists()


def test_no_message_of_a_refusal_names_anybody(cohort_folder):
    folder = cohort_folder()
    path = folder / "raw" / "forms.csv"
    text = path.read_text("utf-8").replace("-07-23", "-17-23").replace("98877", "98876")
    path.write_text(text.replace(f"{CANARIES['Name']} 7", f"{CANARIES['Name']} seven"), "utf-8")
    with pytest.raises(CohortError) as caught:
        load_cohort(folder)
    shown = str(caught.value) + caught.value.problems.to_string()
    assert len(caught.value.problems) > 60
    for canary in (*canaries(), "-17-23", "98876"):
        assert canary not in shown


@pytest.mark.parametrize("below", ["-5", "5.0", "few", "99999"])
def test_a_limit_that_is_no_count_is_refused(below, cohort_folder):
    with pytest.raises(CohortError, match="not a count"):
        load_cohort(cohort_folder(suppress_below=below))


def test_the_chapters_follow_the_spec(cohort_folder):
    cohort = load_cohort(cohort_folder(analysis={"outcome": "relapse", "candidates": ["rare"]}))
    assert cohort_chapters(cohort) == ALL
    assert list(cohort_tables(cohort))[-1] == "missing_together"


def test_the_tables_say_why_there_is_no_model(cohort_folder):
    candidates = {"outcome": "relapse", "candidates": ["rare", "score"]}
    folder = cohort_folder(analysis=candidates, suppress_below="5")
    table = cohort_tables(load_cohort(folder))["regression"]
    assert "In no model: Rare finding: a count is withheld." in table.notes
    assert table.frame["Characteristic"].tolist()[0] == "Rare finding"


def test_a_killed_run_leaves_files_that_the_next_one_knows(tmp_path, monkeypatch):
    names = [f"{letter}.csv" for letter in "abcd"]
    write_files(tmp_path, dict.fromkeys(names, b"old"))
    real = cohort_book.replace_file
    for moment in range(6):  # the record, four files, the record again
        left = iter(range(moment))

        def until_killed(path, content, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            real(path, content)

        with monkeypatch.context() as patch:
            patch.setattr(cohort_book, "replace_file", until_killed)
            with pytest.raises(KeyboardInterrupt):
                write_files(tmp_path, dict.fromkeys(names, b"new %d" % moment), refuse=True)
        other = dict.fromkeys(names, b"newer %d" % moment)
        assert write_files(tmp_path, other, refuse=True) == []
        assert {(tmp_path / name).read_bytes() for name in names} == {b"newer %d" % moment}


PLAIN = {"n": 20, "analysis": {"outcome": "relapse"}}
"""For tests of writing: tables that take no time to compute."""


def test_a_second_run_in_a_folder_is_told_and_writes_nothing(cohort_folder, capsys):
    folder = cohort_folder(**PLAIN)
    for command, place in (("tables", folder / "tables"), ("book", folder / "book")):
        with only_run_in(place):
            assert main([command, str(folder)]) == 2
        assert "another run is writing here; wait until it has ended" in capsys.readouterr().err
        assert list(place.iterdir()) == []
    assert main(["tables", str(folder)]) == 0


@pytest.mark.parametrize("room", [0, 1, 5])
def test_a_full_disk_is_told_and_the_next_run_completes(room, cohort_folder, capsys, monkeypatch):
    folder, left = cohort_folder(**PLAIN), iter(range(room))
    real = os.replace

    def until_full(old, new):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device", str(new))
        real(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", until_full)
        assert main(["tables", str(folder)]) == 2
    assert "the disk is full: make room" in capsys.readouterr().err
    assert not list((folder / "tables").glob(".*.part"))
    assert main(["tables", str(folder)]) == 0
    assert (folder / "tables" / "tables.html").exists()


def test_outputs_that_jupyter_saved_are_not_published_where_counts_are_withheld(
    tmp_path, cohort_folder, monkeypatch
):
    cells = [{"cell_type": "code", "source": "x", "outputs": ["2/60"], "execution_count": 1}]
    path = tmp_path / "chapter.ipynb"
    for below, left in (("5", []), ("1", ["2/60"])):
        path.write_text(json.dumps({"cells": cells}), "utf-8")
        folder = cohort_folder(suppress_below=below)
        monkeypatch.setenv("JDM_COHORT", str(folder))
        book._empty_sources(tmp_path)
        assert json.loads(path.read_text("utf-8"))["cells"][0]["outputs"] == left
        shutil.rmtree(folder)


def test_a_blank_limit_is_no_limit_and_is_refused(cohort_folder, capsys):
    folder = cohort_folder(n=20)
    spec = folder / "cohort.yml"
    spec.write_text(spec.read_text("utf-8") + "\nsuppress_below:\n", "utf-8")
    assert main(["tables", str(folder)]) == 2
    assert "suppress_below" in capsys.readouterr().err
