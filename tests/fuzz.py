"""Spoil files at random: every reader takes each or refuses it in words.

Run as ``python tests/fuzz.py [--count 1000] [--seed 1]``: so many files of each kind. A file is
spoilt in up to four places (bytes changed, cut out, doubled, put in from a list of nasty ones).
Anything but the reader's own error is printed with the seed that gives it again.
"""

import argparse
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.redcap import read_dictionary
from jdm_utils.study import LEDGER, load_claims
from paperaudit.claims import LedgerError

NASTY = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"\r", b"\n\n", b",", b";", b"\t", b"1e999",
    b"-0", b"NaN", b"=1+1", b"\xe2\x80\xae", b"99999999999999999999", b"31/02/2001", b"&a", b"*a",
    b"{", b"[", b": ", b"- ", b"!!python/object:os.system", b"<<: *a", b"1,234.5", b"%", b"\\",
]  # fmt: skip
COLUMNS = {
    "Record": [f"A{i:03}" for i in range(24)],
    "Born": [f"{1 + i % 28:02}/0{1 + i % 9}/1999" for i in range(24)],
    "Visit": [f"2010-0{1 + i % 9}-11" for i in range(24)],
    "Calc": ["yes", "no", "no"] * 8,
    "CK": [f"{31.5 * i:.1f}" for i in range(24)],
    "Grade": ["mild", "severe", "", "moderate"] * 6,
    "Signs": ["rash; nodules", "rash", "none", "rash, fever"] * 6,
}
SPEC = """\
data: {file: forms.csv, date_formats: ["%d/%m/%Y", "%Y-%m-%d"], missing: [nd]}
id: {column: Record, identifier: yes}
variables:
  born: {kind: date, column: Born, identifier: yes}
  visit: {kind: date, column: Visit}
  calc: {label: Calcinosis, kind: binary, column: Calc}
  ck: {kind: number, column: CK, range: [0, 9000], unit: U/L}
  grade: {kind: ordinal, column: Grade, levels: [mild, moderate, severe]}
  signs: {kind: list, column: Signs, items: [rash, nodules, fever, none]}
  rash: {derive: {contains: {signs: rash}}}
  age: {derive: {years: [born, visit]}}
corrections: [{row: "3", column: CK, from: "31.5", to: "32", reason: slip}]
rules: [{order: [born, visit]}, {below: {variable: age, limit: 18}}]
eligibility: [{label: Known, complete: [calc]}]
analysis: {outcome: calc, candidates: [ck], tests: {ck: mann-whitney}}
suppress_below: 5
"""
DICTIONARY = """\
Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"
record_id,a,text,Record,
calc,a,yesno,Calcinosis,
sev,a,dropdown,Severity,"1, Mild | 2, Severe"
"""


def table() -> bytes:
    """Give the table as text."""
    return pd.DataFrame(COLUMNS).to_csv(index=False).encode()


def workbook() -> bytes:
    """Give the table as a workbook."""
    book, target = openpyxl.Workbook(), BytesIO()
    for row in [list(COLUMNS), *zip(*COLUMNS.values(), strict=True)]:
        book.active.append(list(row))
    book.save(target)
    return target.getvalue()


def stata(folder: Path) -> bytes:
    """Give the table as a file of Stata."""
    import pyreadstat

    pyreadstat.write_dta(pd.DataFrame(COLUMNS), folder / "good.dta")
    return (folder / "good.dta").read_bytes()


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Spoil a file in up to four places."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) + 1)
        end = min(len(content), at + rng.choice([1, 1, 2, 8, 200]))
        new = rng.choice([
            b"", rng.randbytes(end - at), content[at:end] * 2, rng.choice(NASTY),
            rng.choice(NASTY) + content[at:end],
        ])  # fmt: skip
        content = content[:at] + new + content[end:]
    return content


def readers(folder: Path) -> dict[str, tuple[bytes, Callable[[Path], object]]]:
    """Give each kind of file: a sound one, and what reads it."""

    def draft(path: Path) -> object:
        return draft_cohort(path, outcome="Calc")

    def load(path: Path) -> object:
        return load_cohort(path.parent / "cohort.yml")

    return {
        "init.csv": (table(), draft),
        "init.xlsx": (workbook(), draft),
        "init.dta": (stata(folder), draft),
        "cohort.yml": (SPEC.encode(), load),
        "forms.csv": (table(), load),
        "dictionary.csv": (DICTIONARY.encode(), read_dictionary),
        "ledger.csv": (b"".join(LEDGER.read_bytes().splitlines(True)[:40]), load_claims),
    }


def fuzz(count: int, seed: int) -> tuple[int, list[str]]:
    """Read `count` spoilt files of each kind; give how many were refused, and what went wrong."""
    refused, wrong = 0, []
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("error")
        folder = Path(name)
        found = readers(folder)
        for kind, (sound, read) in found.items():
            for n in range(count):
                for other in ("cohort.yml", "forms.csv"):
                    (folder / other).write_bytes(found[other][0])
                (folder / kind).write_bytes(spoil(sound, random.Random(f"{seed} {kind} {n}")))
                try:
                    read(folder / kind)
                except (CohortError, LedgerError):
                    refused += 1
                except BaseException:
                    wrong.append(f"{kind}, seed {seed}, number {n}\n{traceback.format_exc()}")
    return refused, wrong


def main() -> None:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    refused, wrong = fuzz(asked.count, asked.seed)
    print(*wrong[:5], sep="\n")
    print(f"{refused} refused, {len(wrong)} read wrongly")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
