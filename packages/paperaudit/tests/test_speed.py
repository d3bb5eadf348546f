"""Time of an audit, import included, in time of the processor: other processes count less."""

import os
import resource
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parent / "data"
SECONDS, ATTEMPTS = 2.0, 3


def test_a_table_of_about_150_numbers_takes_less_than_two_seconds(tmp_path):
    """The fastest of a few runs: other processes slow a run down, and none makes it faster."""
    ledger = DATA / "typed_survivors.csv"  # 142 numbers
    command = [sys.executable, "-m", "paperaudit", str(ledger), "-o", str(tmp_path / "page.html")]
    found = []
    while len(found) < ATTEMPTS and min(found, default=SECONDS) >= SECONDS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True,
                       env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(found) < SECONDS, found
