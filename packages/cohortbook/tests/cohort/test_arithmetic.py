"""Numbers that are computed from others."""

import numpy as np
import pytest
import yaml

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.report.comparison import compare_groups

ROWS = "id,a,b,ill\n1,80,160,yes\n2,50,200,no\n3,65,,yes\n4,64.9,170,no\n"


def load(tmp_path, rows=ROWS, units=("", "cm"), **derived):
    (tmp_path / "d.csv").write_text(rows, "utf-8")
    numbers = {
        name: {"kind": "number"} | ({"unit": unit} if unit else {})
        for name, unit in zip("ab", units, strict=True)
    }
    spec = {
        "data": {"file": "d.csv"},
        "id": {"column": "id"},
        "variables": {**numbers, "ill": {"kind": "binary"}}
        | {name: {"derive": rule} for name, rule in derived.items()},
        "analysis": {"outcome": "ill"},
    }
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(tmp_path)


def test_numbers_are_computed_and_what_is_not_known_stays_missing(tmp_path):
    frame = load(
        tmp_path,
        change={"difference": ["a", "b"]},
        part={"ratio": ["a", "b"]},
        both={"sum": ["a", "b", "change"]},
        logarithm={"log": ["a"]},
        index={"bmi": ["a", "b"]},
    ).frame
    assert frame["change"].tolist()[:2] == [-80, -150] and np.isnan(frame["change"].iloc[2])
    assert frame["part"].iloc[:2].tolist() == [0.5, 0.25]
    assert frame["both"].iloc[:2].tolist() == [160, 100]
    assert frame["logarithm"].tolist() == pytest.approx(np.log([80, 50, 65, 64.9]).tolist())
    assert frame["index"].iloc[:2].tolist() == pytest.approx([31.25, 12.5])
    assert frame.loc[:, "change":"index"].isna().sum().tolist() == [1, 1, 1, 0, 1]


METRES, CENTIMETRES = "1,80,1.6,yes\n2,80,2,no\n", "1,80,160,yes\n2,80,200,no\n"


@pytest.mark.parametrize(
    ("unit", "rows"), [("m", METRES), ("", METRES), ("cm", CENTIMETRES), ("", CENTIMETRES)]
)
def test_heights_in_metres_and_centimetres(tmp_path, unit, rows):
    frame = load(tmp_path, "id,a,b,ill\n" + rows, ("kg", unit), index={"bmi": ["a", "b"]}).frame
    assert frame["index"].tolist() == pytest.approx([31.25, 20])


def test_bands_are_ordered_levels_that_begin_with_their_lower_end(tmp_path):
    cohort = load(tmp_path, group={"bands": {"a": ["50", "65"]}})
    column = cohort.frame["group"]
    assert column.tolist() == ["≥65", "50 to <65", "≥65", "50 to <65"]
    assert column.cat.ordered and column.cat.categories.tolist() == ["<50", "50 to <65", "≥65"]
    assert cohort.spec.variables["group"].kind == "ordinal"
    compared = compare_groups(cohort)
    assert compared[compared["variable"] == "group"]["n_with"].tolist() == [0, 0, 2]
    missing = load(tmp_path, group={"bands": {"b": ["165"]}}).frame["group"]
    assert missing.isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize("rule", [{"ratio": ["b", "a"]}, {"log": ["a"]}, {"bmi": ["b", "a"]}])
def test_what_cannot_be_computed_names_its_row(tmp_path, rule):
    rows = "id,a,b,ill\n1,0,3,yes\n2,4,2,no\n"
    with pytest.raises(CohortError, match=r"x: cannot be computed.*\n  row 2"):
        load(tmp_path, rows, x=rule)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"difference": ["a"]}, "wrong number of operands"),
        ({"ratio": ["a", "ill"]}, "a variable of kind binary"),
        ({"bands": {"a": ["65", "50"]}}, "not bands"),
        ({"bands": {"a": ["x"]}}, "not bands"),
        ({"bands": {"a": []}}, "no level"),
        ({"log": ["a"], "sum": ["a", "b"]}, "not one operator"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, rule, message):
    with pytest.raises(CohortError, match=message):
        load(tmp_path, x=rule)
