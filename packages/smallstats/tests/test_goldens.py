"""The committed golden files are what their R scripts write."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

GOLDEN = Path(__file__).parent / "golden"
KNOWN = Path(__file__).parents[3] / "_build" / "goldens"
CODE = "".join(
    line.partition("#")[0]
    for script in GOLDEN.glob("*.R")
    for line in script.read_text(encoding="utf-8").splitlines(keepends=True)
)
#: More than a second of a processor each: most of them search for profile bounds.
LONG = ("cox_clusters", "exact", "firth", "flat", "fragility", "imputed", "logistic", "paired",
        "pbc", "pooled_proportion", "splines", "survival", "survival_groups", "two_by_two",
        "two_maxima", "univariate", "validation", "validation_firth")  # fmt: skip
PACKAGES = sorted({a or b for a, b in re.findall(r"library\((\w+)\)|\b(\w+)::", CODE)})


def why_not():
    """Say why R cannot be run here, or nothing if it can."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return "R is not installed"
    needed = ",".join(f"'{package}'" for package in PACKAGES)
    missing = f"cat(Filter(function(p) !nzchar(system.file(package = p)), c({needed})))"
    asked = subprocess.run([rscript, "-e", missing], capture_output=True, text=True)
    return f"R lacks {asked.stdout}" if asked.stdout else ""


@pytest.fixture(scope="module")
def setting():
    """A digest of all that decides whether R gives the goldens: R, its packages and every file."""
    if reason := why_not():
        pytest.skip(reason)
    told = "cat(R.version.string, R.version$platform, La_version(), '\n'); " + "".join(
        f"cat('{package}', format(packageVersion('{package}')), '\n'); " for package in PACKAGES
    )
    r = subprocess.run(["Rscript", "-e", told], capture_output=True, check=True).stdout
    files = [*sorted(GOLDEN.iterdir()), Path(__file__)]
    contents = [path.name.encode() + hashlib.sha256(path.read_bytes()).digest() for path in files]
    return hashlib.sha256(b"".join([r, *contents])).hexdigest()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in LONG else ())
        for path in sorted(GOLDEN.glob("*.R"))
    ],
)
def test_r_reproduces_the_committed_goldens(script, tmp_path, setting):
    """R runs again where R, a package, a script, a golden or this file is not what it was."""
    known = KNOWN / script.stem
    if known.is_file() and known.read_text() == setting:
        return
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
    KNOWN.mkdir(parents=True, exist_ok=True)
    known.write_text(setting)


def test_every_golden_has_a_script_that_writes_it():
    scripts = "".join(path.read_text() for path in GOLDEN.glob("*.R"))
    for path in GOLDEN.glob("*.csv"):
        name = path.name.removeprefix("data_").removesuffix(".csv")
        assert path.name in scripts or f'"{name}"' in scripts
