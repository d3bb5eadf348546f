"""What CI asks of the tests: nothing may be skipped because it is missing there."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = """
import pytest

@pytest.fixture
def tool():
    pytest.skip("the tool is not installed")

def test_that_needs_a_tool(tool): ...

def test_that_skips_itself():
    pytest.skip("no tool")

@pytest.mark.skipif(True, reason="another system")
def test_of_another_system(): ...

@pytest.mark.xfail
def test_expected_to_fail():
    raise ValueError

def test_that_passes(): ...
"""


@pytest.fixture
def sample():
    """A file of tests below the repository, so that they run under its conftest.py."""
    (ROOT / "_build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="no_skips_", dir=ROOT / "_build") as folder:
        file = Path(folder, "test_sample.py")
        file.write_text(SAMPLE, encoding="utf-8")
        yield file


@pytest.mark.parametrize(
    ("no_skips", "counted"),
    [
        ("", "1 passed, 3 skipped, 1 xfailed"),
        ("1", "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error"),
    ],
)
def test_a_skip_fails_where_none_is_allowed(sample, no_skips, counted):
    options = ["-q", "-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, sample],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"NO_SKIPS": no_skips},
    )
    assert counted in done.stdout, done.stdout
    assert ("NO_SKIPS allows none: the tool is not installed" in done.stdout) is bool(no_skips)
