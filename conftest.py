"""What every test runs under: quiet kernels, the book's own matplotlib settings, fixed examples."""

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Files that take longest, longest first: started last, one of them would run alone for a while.
LONG = [
    "tests/report/test_cohort_book.py",
    "tests/stats/test_goldens.py",
    "tests/test_browser.py",
    "tests/test_book.py",
    "tests/report/test_figures.py",
]

# Three dozen kernels and commands are started here: each would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# The kernels that nbval starts would otherwise warn on the terminal and read the user's settings.
_ipython = tempfile.TemporaryDirectory(prefix="ipython-")
_profile = Path(_ipython.name, "profile_default")
_profile.mkdir()
(_profile / "ipython_kernel_config.py").write_text(
    "c.IPKernelApp.log_level = 40\nc.HistoryManager.enabled = False\n", encoding="utf-8"
)
os.environ["IPYTHONDIR"] = _ipython.name
os.environ["MPLCONFIGDIR"] = str(ROOT / "_build" / "matplotlib")


def pytest_collection_modifyitems(items):
    """Put the files that take longest first, then the notebooks."""

    def rank(item):
        name = item.path.relative_to(ROOT).as_posix()
        notebook = item.path.suffix == ".ipynb"
        return LONG.index(name) if name in LONG else len(LONG) + (not notebook)

    items.sort(key=rank)
