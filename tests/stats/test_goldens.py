"""The committed golden files are what their R scripts write."""

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

GOLDEN = Path(__file__).parent.parent / "golden"
PACKAGES = ("MASS", "boot", "brglm2", "rms", "survival")


def why_not():
    """Say why R cannot be run here, or nothing if it can."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return "R is not installed"
    needed = ",".join(f"'{package}'" for package in PACKAGES)
    missing = f"cat(Filter(function(p) !requireNamespace(p, quietly = TRUE), c({needed})))"
    asked = subprocess.run([rscript, "-e", missing], capture_output=True, text=True)
    return f"R lacks {asked.stdout}" if asked.stdout else ""


@pytest.fixture(scope="module")
def r_is_here():
    if reason := why_not():
        pytest.skip(reason)


@pytest.mark.parametrize("script", sorted(GOLDEN.glob("stats_*.R")), ids=lambda path: path.stem)
def test_r_reproduces_the_committed_goldens(script, tmp_path, r_is_here):
    run = subprocess.run(
        ["Rscript", script.name, tmp_path], cwd=GOLDEN, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written
    for name in written:
        pd.testing.assert_frame_equal(
            pd.read_csv(tmp_path / name), pd.read_csv(GOLDEN / name), rtol=1e-6, atol=1e-9
        )


def test_every_golden_has_a_script_that_writes_it():
    scripts = "".join(path.read_text() for path in GOLDEN.glob("stats_*.R"))
    for path in GOLDEN.glob("stats_*.csv"):
        name = path.name.removeprefix("stats_data_").removesuffix(".csv")
        assert path.name in scripts or f'"{name}"' in scripts
