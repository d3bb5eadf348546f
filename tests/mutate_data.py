"""Change every cell of the ledger and of the patients, one at a time: is it noticed?

Run as ``python tests/mutate_data.py``. Checksums are left aside: they would notice anything, and
say nothing of what the numbers mean. Prints the share of changed cells that a check notices and
the columns of those that none does.
"""

import re
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "paper"))

import test_claims as ledger_tests  # noqa: E402

from jdm_utils import check_claims, compare_claims, load_claims, load_cohort  # noqa: E402
from jdm_utils.study import LEDGER  # noqa: E402
from simulation.reconstruct import build_truth  # noqa: E402

ANALYSIS = ROOT / "data" / "sallum2008" / "analysis.csv"
CLAIMS, COHORT = load_claims(), load_cohort()


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def typed(path: Path) -> pd.DataFrame:
    """Read an analysis file; a level that is none is an error."""
    answers = {"true_values": ["yes"], "false_values": ["no"]}
    frame = pd.read_csv(path, index_col="patient", **answers)
    types = COHORT.frame[frame.columns].dtypes
    made = frame.astype(types)
    if (made.isna() != frame.isna()).any(axis=None):
        raise ValueError("an unknown level")
    return made


def mutated(text: str) -> str:
    """Return a small change: another last digit, the other answer, one more letter."""
    swap = {"yes": "no", "no": "yes", "": "1", "built_in": "predicted", "predicted": "built_in"}
    if text in swap:
        return swap[text]
    last = re.search(r"\d(?=\D*$)", text)
    if last:
        return text[: last.start()] + str((int(last[0]) + 1) % 10) + text[last.end() :]
    return text + "x"


def notices_ledger(cell: tuple[int, str]) -> bool:
    row, column = cell
    changed = read(LEDGER)
    changed.loc[row, column] = mutated(changed.loc[row, column])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "claims.csv")
        changed.to_csv(path, index=False)
        try:
            claims = load_claims(path)
            second = read(ledger_tests.SECOND)[ledger_tests.KEY]
            first = changed[ledger_tests.KEY]
            assert Counter(first.itertuples(index=False)) == Counter(second.itertuples(index=False))
            assert set(claims.index[claims["role"] == "built_in"]) == BUILT_IN
            ledger_tests.test_an_id_says_where_and_what(claims)
            ledger_tests.test_repeated_numbers_are_numbered_in_reading_order(claims)
            ledger_tests.test_units(claims)
            check_claims(compare_claims(claims, COHORT.frame))
        except (ValueError, KeyError, AssertionError):
            return True
    return False


def notices_patients(cell: tuple[int, str]) -> bool:
    """Without comparing with what cleaning yields: do the printed numbers notice?"""
    row, column = cell
    changed = read(ANALYSIS)
    changed.loc[row, column] = mutated(changed.loc[row, column])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "analysis.csv")
        changed.to_csv(path, index=False)
        try:
            check_claims(compare_claims(CLAIMS, typed(path)))
        except (ValueError, TypeError, AssertionError):
            return True
    return False


def score(name: str, path: Path, notices) -> None:
    frame = read(path)
    cells = list(product(range(len(frame)), frame.columns))
    with ProcessPoolExecutor(2) as pool:
        noticed = list(pool.map(notices, cells, chunksize=20))
    missed = Counter(column for (_, column), seen in zip(cells, noticed, strict=True) if not seen)
    share = 100 * sum(noticed) / len(cells)
    print(f"{name}: {sum(noticed)} of {len(cells)} changed cells noticed ({share:.1f}%)")
    for column, n in missed.most_common():
        print(f"  {n:4d} not noticed in {column}")


BUILT_IN = build_truth(CLAIMS).built_in

if __name__ == "__main__":
    score("ledger", LEDGER, notices_ledger)
    score("patients, by the printed numbers alone", ANALYSIS, notices_patients)
