"""Set-up and supply: a tool that does not run, least rights, what the lock pins, the SBOM."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
posix = pytest.mark.skipif(os.name == "nt", reason="the script has a shebang")


def tool(name):
    """A module of tools/, which is no package."""
    found = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@posix
@pytest.mark.parametrize(
    ("script", "runs"),
    [
        ("#!/bin/sh\nexit 0\n", True),
        ("#!/bin/sh\necho 'uv: command not found' >&2\nexit 127\n", False),
        ("#!/nowhere/python\n", False),
        ("", None),
    ],
)
def test_only_a_uv_that_runs_is_chosen(script, runs, tmp_path, monkeypatch):
    setup = tool("setup_env")
    commands = []
    if runs is not None:
        (tmp_path / "uv").write_text(script)
        (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(setup, "run", commands.append)
    monkeypatch.setattr(setup, "VENV", str(tmp_path / "venv"))
    monkeypatch.setattr(setup, "STAMP", str(tmp_path / "complete"))
    setup.make()
    with_uv = {command[0] == str(tmp_path / "uv") for command in commands}
    assert with_uv == {bool(runs)}
    assert runs or any(command[1:3] == ["-m", "pip"] for command in commands)
    assert (tmp_path / "complete").read_text() == setup.wanted()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_no_more_than_a_job_says(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        more = set(job.get("permissions", {}).items()) - {("contents", "read")}
        assert not more or name == "publish", more
        assert more <= {("pages", "write"), ("id-token", "write")}
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_by_digest_with_its_version_beside_it(path):
    actions = re.findall(r"\buses:(.*)", path.read_text(encoding="utf-8"))
    assert actions
    pinned = r" [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    assert [action for action in actions if not re.fullmatch(pinned, action)] == []


def test_the_workflow_runs_each_python_that_the_project_names_and_windows():
    jobs = yaml.safe_load(WORKFLOWS[0].read_text(encoding="utf-8"))["jobs"]
    pythons = jobs["build"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert pythons == re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    assert jobs["build"]["env"]["NO_SKIPS"] == "1"
    assert jobs["windows"]["runs-on"].startswith("windows")
    assert {"build", "windows"} == {*jobs["publish"]["needs"]}


@pytest.mark.parametrize("name", [".ci/run", ".github/workflows/book.yml", "CONTRIBUTING.md"])
def test_what_the_goldens_need_of_r_is_installed_or_named(name):
    """Without one of the packages, R is skipped, or its tests fail where none may be skipped."""
    text = (ROOT / name).read_text(encoding="utf-8").lower()
    scripts = (ROOT / "packages" / "smallstats" / "tests" / "golden").glob("*.R")
    code = "".join(re.sub("#.*", "", script.read_text(encoding="utf-8")) for script in scripts)
    needed = {a or b for a, b in re.findall(r"library\((\w+)\)|\b(\w+)::", code)}
    assert {"lme4", "mice", "survival"} <= needed
    prefix = r"\b" if name.endswith(".md") else "r-cran-"
    assert [p for p in sorted(needed) if not re.search(rf"{prefix}{p.lower()}\b", text)] == []


def test_the_files_that_start_first_are_there():
    named = re.findall(
        r'"((?:tests|packages|benchmarks)/.*\.py)"',
        (ROOT / "conftest.py").read_text(encoding="utf-8"),
    )
    assert len(named) > 3
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", ["requirements.txt", "tools/pip.txt", "tools/sbom.txt"])
def test_every_package_of_a_lock_has_its_version_and_hashes(name):
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.slow
@posix
def test_the_bill_of_materials_has_what_the_lock_has_and_its_licences(tmp_path):
    tools = tmp_path / "tools"
    install = [tools / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes"]
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    subprocess.run([*install, "-r", ROOT / "tools" / "sbom.txt"], check=True)
    output = tmp_path / "sbom.json"
    command = [sys.executable, ROOT / "tools" / "write_sbom.py"]
    texts = []
    for _ in range(2):
        subprocess.run([*command, tools / "bin" / "cyclonedx-py", output], check=True)
        texts.append(output.read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert str(ROOT) not in texts[0] and "file:" not in texts[0]
    bill = json.loads(texts[0])
    assert bill["bomFormat"] == "CycloneDX"
    listed = {
        (part["name"].lower().replace("_", "-"), part["version"]) for part in bill["components"]
    }
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = set(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ \\\n]+) \\", lock, re.MULTILINE))
    assert {(name.replace("_", "-"), number) for name, number in pins} <= listed
    licensed = [part for part in bill["components"] if part.get("licenses")]
    assert len(licensed) > 0.95 * len(bill["components"])
