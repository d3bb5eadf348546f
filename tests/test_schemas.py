"""The JSON Schemas are those of the code, and say of our files what the code says."""

import json

import jsonschema
import pandas as pd
import pytest
import yaml

from jdm_utils.study import LEDGER
from tools.write_schemas import FOLDER, cohort_schema, ledger_schema, write_schemas

DATA = LEDGER.parents[1]
COHORT = yaml.load((DATA / "sallum2008" / "cohort.yml").read_text("utf-8"), yaml.BaseLoader)


def test_the_committed_schemas_are_those_of_the_code(tmp_path):
    write_schemas(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes()
    assert json.loads((FOLDER / "cohort.schema.json").read_text("utf-8")) == cohort_schema()


@pytest.mark.parametrize("name", ["sallum2008", "pbc"])
def test_the_cohorts_keep_to_it(name):
    content = yaml.load((DATA / name / "cohort.yml").read_text("utf-8"), yaml.BaseLoader)
    jsonschema.validate(content, cohort_schema())


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"data": {}},
        {"data": {"file": "a.csv", "decimal": "comma"}},
        {"variables": {"a": {"kind": "bool"}}},
        {"variables": {"a": {"kolumn": "A"}}},
        {"eligibility": [{"require": "a"}]},
        {"analysis": {"outcomes": "a"}},
        {"simulated": "perhaps"},
    ],
)
def test_what_is_no_cohort(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**COHORT, **change}, cohort_schema())


@pytest.mark.parametrize("name", ["claims", "recovery2021"])
def test_the_ledgers_keep_to_it(name):
    rows = pd.read_csv(LEDGER.with_name(f"{name}.csv"), dtype=str, keep_default_na=False)
    for row in rows.to_dict("records"):
        jsonschema.validate(row, ledger_schema())


@pytest.mark.parametrize(
    ("column", "value"),
    [("item", ""), ("printed", ""), ("location", "page 5"), ("statistic", "average"),
     ("role", "guess"), ("decimals", "x"), ("denominator", "0"), ("extra", "1")],
)  # fmt: skip
def test_what_is_no_row_of_a_ledger(column, value):
    row = pd.read_csv(LEDGER, dtype=str, keep_default_na=False).iloc[0].to_dict()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**row, column: value}, ledger_schema())
