"""The loop closes: a cohort's own tables, read back as a paper's, raise no objection.

The tables that compare groups are written as HTML, Word and CSV, read into a ledger by the audit's
reader, and audited. What is not a number of a group (effects, missing values) is not in it.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from cohortbook.cohort import load_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.export import table_files
from paperaudit import audit_claims, load_claims
from paperaudit.ledger_command import ledger_csv
from paperaudit.table_ledger import ledger_from_tables

ROOT = Path(__file__).parents[1]
COHORTS = ("pbc", "sallum2008")
OBJECTIONS = {"contradicted", "not_reproduced", "impossible"}


@pytest.mark.parametrize("ending", ["html", "docx"])
@pytest.mark.parametrize("name", COHORTS)
def test_the_projects_own_comparison_raises_no_objection(name, ending, tmp_path):
    table = cohort_tables(load_cohort(ROOT / "data" / name))["comparison"]
    heads = [h for h in table.frame if "CI)" not in str(h) and h != "Missing"]
    table = replace(table, frame=table.frame[heads])
    (path := tmp_path / f"comparison.{ending}").write_bytes(
        table_files({"comparison": table}, "Own tables")[f"tables.{ending}"]
    )
    ledger = ledger_from_tables([path]).ledger
    assert len(ledger) > 60
    (tmp_path / "ledger.csv").write_bytes(ledger_csv(ledger.assign(doubt="")))
    audit = audit_claims(load_claims(tmp_path / "ledger.csv"))
    objections = audit[audit["verdict"].isin(OBJECTIONS)]
    assert objections.empty, objections[["printed", "verdict", "computed"]].to_string()
    assert (audit["verdict"] == "reproduced").sum() > 30
