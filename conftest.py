"""What every test runs under: quiet kernels, the book's own matplotlib settings, fixed examples."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from nbval.plugin import IPyNbCell

from cohortbook.report.execution import KERNEL_CONFIG, Outputs
from tools.write_sentences import keyed

ROOT = Path(__file__).resolve().parent
RUN = pytest.StashKey[tuple[list[Any], list[Any], float]]()

# Files that take longest, longest first: started last, one of them would run alone for a while.
LONG = [
    "tests/test_browser.py",
    "packages/cohortbook/tests/report/test_cohort_book.py",
    "packages/cohortbook/tests/app/test_server.py",
    "packages/cohortbook/tests/app/test_in_browser.py",
    "benchmarks/tests/test_benchmark.py",
    "packages/smallstats/tests/test_imputation.py",
    "packages/cohortbook/tests/report/test_figures.py",
    "packages/smallstats/tests/test_hard_fits.py",
    "tests/test_book.py",
    "packages/smallstats/tests/test_goldens.py",
]

# Three dozen kernels and commands are started here: each would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# The kernels that nbval starts note what they read, as those of a build do.
_scratch = tempfile.TemporaryDirectory(prefix="ipython-")
_profile = Path(_scratch.name, "profile_default")
_profile.mkdir()
(_profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
_journal = Path(_scratch.name, "journal")
_outputs = Outputs(ROOT, ROOT / "_build" / "outputs")
os.environ |= {
    "IPYTHONDIR": _scratch.name,
    "COHORTBOOK_JOURNAL": str(_journal),
    **_outputs.environment,
}


def pytest_configure(config):
    """List the fonts once, before processes and kernels that draw would each do it, and say so."""
    if not hasattr(config, "workerinput"):
        _outputs.list_fonts()


def pytest_collection_modifyitems(items):
    """Put the notebooks first, then the files that take longest."""

    def rank(item):
        name = item.path.relative_to(ROOT).as_posix()
        notebook = item.path.suffix == ".ipynb"
        return -1 if notebook else LONG.index(name) if name in LONG else len(LONG)

    items.sort(key=rank)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Before a notebook's kernel starts, note what is going to run."""
    if isinstance(item, IPyNbCell) and item.cell_num == 0:
        _journal.write_text("", encoding="utf-8")
        item.parent.stash[RUN] = _outputs.code(item.path), [], time.perf_counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Keep the outputs of a notebook whose cells all gave what they should: the book has them.

    nbval compares glued numbers, but not their keys.
    """
    result = yield
    if isinstance(item, IPyNbCell):
        keys, committed = (
            [key for key, _ in keyed(outputs)]
            for outputs in (item.test_outputs or [], item.cell.get("outputs", []))
        )
        assert keys == committed, "run `make notebooks`"
    if isinstance(item, IPyNbCell) and RUN in item.parent.stash:
        code, outputs, start = item.parent.stash[RUN]
        outputs.append(item.test_outputs)
        if len(outputs) == len(code[1]):
            _outputs.keep(item.path, code, outputs, _journal, time.perf_counter() - start)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where NO_SKIPS is set, as in CI, a test fails that is skipped for what is missing here.

    A condition that is declared at the test, as of an operating system, still skips it.
    """
    report = yield
    unexpected = not hasattr(report, "wasxfail") and not item.get_closest_marker("skipif")
    if report.skipped and unexpected and os.environ.get("NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where NO_SKIPS allows none: {call.excinfo.value}"
    return report
