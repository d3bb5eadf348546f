"""The committed data are what the code makes of them, and nobody has touched them since."""

import hashlib
import shutil
from pathlib import Path

import pandas as pd

from jdm_utils import load_cohort, write_analysis

DATA = Path(__file__).resolve().parents[1] / "data"


def test_no_file_has_changed():
    """Raw files are never modified: `sha256sum -c SHA256SUMS` in the folder says the same."""
    sums = dict(line.split()[::-1] for line in (DATA / "SHA256SUMS").read_text().splitlines())
    files = {str(p.relative_to(DATA)): p for p in DATA.rglob("*") if p.suffix in (".csv", ".yml")}
    found = {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items()}
    assert {name.replace("\\", "/"): digest for name, digest in found.items()} == sums


def test_cleaning_yields_the_committed_patients(tmp_path):
    copy = shutil.copytree(DATA / "sallum2008", tmp_path / "cohort")
    (copy / "analysis.csv").unlink()
    written = write_analysis(load_cohort(copy))
    assert written.read_bytes() == (DATA / "sallum2008" / "analysis.csv").read_bytes()


def test_every_row_says_that_it_is_simulated():
    analysis = pd.read_csv(DATA / "sallum2008" / "analysis.csv", dtype=str)
    assert len(analysis) == 54
    assert analysis["patient"].str.fullmatch(r"simulated-\d\d").all()
    assert (analysis["origin"] == "simulated").all()
    raw = pd.read_csv(DATA / "sallum2008" / "raw" / "protocolos.csv", sep=";", dtype=str)
    assert (raw["Origem"] == "paciente simulado").all()


def test_no_date_and_no_record_number_leaves_the_forms():
    cohort = load_cohort()
    exported = (DATA / "sallum2008" / "analysis.csv").read_text()
    assert not pd.Series(exported.splitlines()).str.contains(r"\d{4}-\d\d-\d\d").any()
    assert not {v.kind for v in cohort.spec.variables.values() if v.exported} & {"date", "list"}


def test_every_exported_column_is_in_the_dictionary():
    spec = load_cohort().spec
    columns = pd.read_csv(DATA / "sallum2008" / "analysis.csv", nrows=0).columns[1:]
    for name in columns:
        assert spec.variables[name].label
        assert spec.variables[name].definition, name
