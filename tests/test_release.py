"""What a release and a stranger's first hour rest on: versions, lock, workflows, instructions."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("smallstats", "paperaudit", "cohortbook")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def versions():
    """The version of everything that has one, by where it is written."""
    found = {"pyproject.toml": tomllib.loads(read("pyproject.toml"))["project"]["version"]}
    found["CITATION.cff"] = yaml.safe_load(read("CITATION.cff"))["version"]
    for name in PACKAGES:
        module = f"packages/{name}/{name}/__init__.py"
        found[module] = re.search(r'^__version__ = "(.+)"$', read(module), re.MULTILINE)[1]
    return found


def test_everything_has_the_version_of_the_change_log_and_of_the_tag():
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[1]
    expected = os.environ.get("RELEASE", newest)  # release.yml sets it to that of the tag
    assert newest == expected
    assert {place: version for place, version in versions().items() if version != expected} == {}


@pytest.mark.skipif("RELEASE" not in os.environ, reason="the change log says when it is released")
def test_the_change_log_has_the_date_of_the_release():
    assert re.search(r"^## \S+ \(\d{4}-\d\d-\d\d\)$", read("CHANGELOG.md"), re.MULTILINE)


def test_the_lock_has_a_hash_of_every_file_and_names_no_host():
    entries = re.split(r"^(?=[\w.-]+(?:\[[\w,-]+\])?==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links|file:", LOCK)
    assert not re.search(rf"^(?:{'|'.join(PACKAGES)}|-e)\b", LOCK, re.MULTILINE)


@pytest.mark.parametrize("name", ["", *(f"packages/{name}/" for name in PACKAGES)])
def test_the_lock_has_all_that_a_package_asks_for(name):
    project = tomllib.loads(read(f"{name}pyproject.toml"))["project"]
    asked = [*project["dependencies"], *project.get("optional-dependencies", {}).get("dev", [])]
    names = {re.match(r"[\w.-]+", text)[0].lower() for text in asked} - {*PACKAGES}
    assert names <= set(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", LOCK, re.MULTILINE))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_brings_the_licence(name):
    assert read(f"packages/{name}/LICENSE") == read("LICENSE")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
class TestWorkflow:
    def test_pins_every_action_by_digest_and_says_its_version(self, path):
        used = re.findall(r"uses: *(.*)", path.read_text(encoding="utf-8"))
        pinned = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
        assert [action for action in used if not pinned.fullmatch(action)] == []

    def test_may_do_no_more_than_its_jobs_need(self, path):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def test_one_action_has_one_digest_everywhere():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins = set(re.findall(r"uses: *([\w./-]+)@(\w+)", text))
    assert len(pins) == len({action for action, _ in pins})


def test_continuous_integration_runs_what_the_readme_says_for_windows():
    workflow = yaml.safe_load(read(".github/workflows/book.yml"))
    run = [step["run"] for step in workflow["jobs"]["windows"]["steps"] if "run" in step]
    told = re.search(r"On Windows:\n+```\n(.*?)```", read("README.md"), re.DOTALL)[1]
    assert run == told.splitlines()


def test_continuous_integration_covers_the_pythons_that_are_promised():
    workflow = yaml.safe_load(read(".github/workflows/book.yml"))
    said = " ".join(tomllib.loads(read("pyproject.toml"))["project"]["classifiers"])
    assert workflow["jobs"]["build"]["strategy"]["matrix"]["python"] == re.findall(
        r"Python :: (3\.\d+)", said
    )


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".github/workflows/release.yml"])
def test_every_target_and_file_that_is_named_exists(name):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    text = read(name)
    assert set(re.findall(r"(?:`|^|run: )make ([a-z]+)", text, re.MULTILINE)) <= targets
    paths = re.findall(r"`((?:tests|tools|packages|data|pages|notebooks)/[\w./-]+)`", text)
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml")))
def test_an_issue_template_asks_for_no_patients(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "Never post data of patients" in form["body"][0]["attributes"]["value"]
    names = [part["id"] for part in form["body"] if "id" in part]
    assert len(names) == len(set(names)) >= 4
