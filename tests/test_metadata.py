"""What machines read of the project is current, and follows one address of the repository."""

import hashlib
import json
import shutil

import pytest
import yaml

from cohortbook.report.book import JUPYTER_BOOK, launch_options
from cohortbook.report.citing import bibtex
from tools.write_metadata import ROOT, all_files, outputs

ADDRESS = "https://github.com/someone/a-book"
READ = ("CITATION.cff", "README.md", "codecheck.yml", "_config.yml")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def moved(tmp_path):
    """The project as it would be with an address."""
    for name in READ:
        shutil.copy(ROOT / name, tmp_path)
    for name in ("data", "notebooks"):
        (tmp_path / name).symlink_to(ROOT / name)
    config = tmp_path / "_config.yml"
    config.write_text(config.read_text("utf-8").replace('url: ""', f"url: {ADDRESS}"), "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", all_files())
def test_what_is_committed_is_what_would_be_written(name):
    assert read(name) == all_files()[name]


def test_without_an_address_nothing_names_one():
    assert yaml.safe_load(read("_config.yml"))["repository"]["url"] == ""
    assert "mybinder" not in read("README.md") and "badge.svg" not in read("README.md")
    assert "repository-code" not in read("CITATION.cff")
    assert yaml.safe_load(read("codecheck.yml"))["repository"] == ""
    assert "codeRepository" not in read("ro-crate-metadata.json")
    assert "url" not in bibtex(yaml.safe_load(read("CITATION.cff")), "2026")
    assert launch_options("", "main") == launch_options(JUPYTER_BOOK, "master") == {}


def test_with_an_address_everything_follows(moved):
    files = all_files(moved)
    assert f"{ADDRESS}/actions/workflows/book.yml/badge.svg" in files["README.md"]
    assert "https://mybinder.org/v2/gh/someone/a-book/main?urlpath=lab" in files["README.md"]
    cff = yaml.safe_load(files["CITATION.cff"])
    assert cff["repository-code"] == ADDRESS and "url = {" + ADDRESS + "}" in bibtex(cff)
    assert yaml.safe_load(files["codecheck.yml"])["repository"] == ADDRESS
    assert json.loads(files["ro-crate-metadata.json"])["@graph"][1]["codeRepository"] == ADDRESS
    options = launch_options(ADDRESS, "main")
    assert options["launch_buttons"]["notebook_interface"] == "jupyterlab"
    for name, text in files.items():  # and back again
        (moved / name).write_text(text, "utf-8")
    config = moved / "_config.yml"
    config.write_text(config.read_text("utf-8").replace(f"url: {ADDRESS}", 'url: ""'), "utf-8")
    assert all_files(moved) == all_files()


class TestCrate:
    """By the rules of https://www.researchobject.org/ro-crate/specification/1.2."""

    @pytest.fixture(autouse=True)
    def read(self):
        self.crate = json.loads(read("ro-crate-metadata.json"))
        self.entities = {entity["@id"]: entity for entity in self.crate["@graph"]}

    def test_it_describes_itself_and_the_root(self):
        assert self.crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
        assert len(self.entities) == len(self.crate["@graph"])
        descriptor = self.entities["ro-crate-metadata.json"]
        assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
        assert descriptor["about"] == {"@id": "./"}
        root = self.entities["./"]
        assert root["@type"] == "Dataset"
        assert all(root[key] for key in ("name", "description", "datePublished", "license"))
        assert "simulated" in root["description"]

    def test_every_reference_is_an_entity_and_every_entity_is_reached(self):
        named = set()

        def follow(value):
            if isinstance(value, list):
                for part in value:
                    follow(part)
            elif isinstance(value, dict) and set(value) == {"@id"}:
                named.add(value["@id"])

        for entity in self.crate["@graph"]:
            for value in entity.values():
                follow(value)
        outside = {"https://w3id.org/ro/crate/1.2"}
        assert named - outside == set(self.entities) - {"ro-crate-metadata.json"}
        assert all(entity["@type"] for entity in self.crate["@graph"])

    def test_every_file_is_there_as_described(self):
        files = [entity for entity in self.crate["@graph"] if entity["@type"] == "File"]
        assert len(files) > 60
        for entity in files:
            content = (ROOT / entity["@id"]).read_bytes()
            if "sha256" in entity:
                assert hashlib.sha256(content).hexdigest() == entity["sha256"], entity["@id"]
                assert int(entity["contentSize"]) == len(content)
        chapters = {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
        assert chapters <= {entity["@id"] for entity in files}


def test_the_manifest_lists_each_table_and_figure_by_its_number():
    manifest = yaml.safe_load(read("codecheck.yml"))["manifest"]
    comments = [entry["comment"] for entry in manifest]
    assert len({entry["file"] for entry in manifest}) == len(manifest) > 100
    for start in ("Table 4.1. ", "Table 6.17. ", "Fig. 5.1. "):
        assert sum(text.startswith(start) for text in comments) == 1, start
    assert not [text for text in comments if "{" in text or "<" in text.replace("<0.", "")]


def test_outputs_of_one_name_have_files_of_their_own(tmp_path):
    html = '<div class="jdm-table"><table><caption dir="auto">A &amp; B</caption>'
    outs = [{"data": {"text/html": html}}] * 2
    cells = [{"metadata": {}, "outputs": outs}]
    (tmp_path / "03_x.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    found = outputs(tmp_path / "03_x.ipynb")
    assert [entry["comment"] for entry in found] == ["Table 3.1. A & B", "Table 3.2. A & B"]
    assert [entry["file"].rpartition("/")[2] for entry in found] == ["a-b.csv", "a-b-2.csv"]


def test_the_sum_of_the_paper_stands_in_the_manifest_and_on_the_page():
    digest = yaml.safe_load(read("codecheck.yml"))["paper"]["sha256"]
    assert len(digest) == 64 and digest in read("pages/about.md")
