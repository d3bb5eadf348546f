"""One module rounds what tables and figures show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "packages"
ROUNDS = re.compile(r"\bround\(|:[.,]\d*[dfeg%]}|quantize")
REPORT, FIGURES = ROOT / "cohortbook/cohortbook/report", ROOT / "smallstats/smallstats/figures"
OTHERS = [
    REPORT / "clinical_tables.py",
    REPORT / "figures.py",
    FIGURES / "layout.py",
    FIGURES / "style.py",
]


def test_the_module_that_rounds_does():
    formatting = ROOT / "smallstats" / "smallstats" / "formatting.py"
    assert ROUNDS.search(formatting.read_text("utf-8"))


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_no_other_module_rounds(path):
    """Rounding elsewhere would be a second rule."""
    assert not ROUNDS.search(path.read_text("utf-8"))
