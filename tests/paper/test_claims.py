"""The ledger is what two people read, and a broken one is refused with every problem named."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from jdm_utils.study import LEDGER, LEFT_OUT, load_claims
from paperaudit.claims import COLUMNS, LedgerError
from simulation.reconstruct import build_truth

SECOND = Path(__file__).parents[1] / "golden" / "second_transcription.csv"
KEY = ["location", "item", "group", "statistic", "printed", "denominator"]


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return load_claims()


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_two_independent_transcriptions_agree():
    """`second_transcription.csv` was typed from the paper by someone who had not seen the first."""
    first, second = (Counter(read(p)[KEY].itertuples(index=False)) for p in (LEDGER, SECOND))
    assert first == second
    assert first.total() == 300


def test_an_id_says_where_and_what(claims):
    """No id can be moved to another row without a test that fails."""
    for id_, c in claims.iterrows():
        parts = [c["location"], c["item"], c["group"], c["statistic"]]
        assert id_.startswith("_".join(filter(None, parts)))
        rest = id_.removeprefix("_".join(filter(None, parts)))
        assert rest.removeprefix("_logistic").lstrip("_").isdigit() or rest in ("", "_logistic")
        assert rest.startswith("_logistic") == ("logistic regression" in c["note"])


def test_repeated_numbers_are_numbered_in_reading_order(claims):
    ids = list(claims.index)
    for id_ in ids:
        stem, _, last = id_.rpartition("_")
        if last.isdigit() and stem in ids and int(last) > 1:
            assert ids.index(stem) < ids.index(id_)


def test_built_in_is_what_the_builder_read(claims):
    assert set(claims.index[claims["role"] == "built_in"]) == build_truth(claims).built_in
    assert set(claims.loc[list(LEFT_OUT), "role"]) == {"predicted"}


def test_units(claims):
    """Counts are patients, percentages have a percent sign, times say in what they are."""
    own = claims[claims["role"].isin(["built_in", "predicted"])]
    unit = own.groupby("statistic")["unit"].agg(lambda u: set(u))
    assert unit["n"] == {"patients"}
    assert unit["percent"] == {"%"}
    assert unit["p"] == unit["odds_ratio"] == unit["nagelkerke_r2"] == unit["fraction"] == {""}
    times = own[own["statistic"].isin(["mean", "sd", "median", "min", "max", "cutoff"])]
    odd = {"methods_follow_up_all_min": "months",
           "results_months_calcinosis_to_diagnosis_calcinosis_median": "months",
           "results_months_calcinosis_to_diagnosis_calcinosis_min": "days"}  # fmt: skip
    assert (times["unit"] == [odd.get(i, "years") for i in times.index]).all()


def broken(tmp_path: Path, change) -> LedgerError:
    ledger = read(LEDGER)
    ledger = change(ledger)
    path = tmp_path / "ledger.csv"
    ledger.to_csv(path, index=False)
    with pytest.raises(LedgerError) as caught:
        load_claims(path)
    assert str(path) in str(caught.value)
    return caught.value


def cell(row: int, column: str, value: str):
    def change(ledger: pd.DataFrame) -> pd.DataFrame:
        ledger.loc[row - 2, column] = value
        return ledger

    return change


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("id", "abstract_patients_all_n", "is repeated"),
        ("location", "page5", "is not in the vocabulary"),
        ("group", "both", "is not a group"),
        ("statistic", "average", "is not in the vocabulary"),
        ("role", "guess", "is not in the vocabulary"),
        ("printed", "forty", "is not a printed number"),
        ("printed", "", "is not a printed number"),
        ("value", "44", "is not what '43' says"),
        ("value", "many", "is not what '43' says"),
        ("value", "4_3", "is not what '43' says"),
        ("printed", "4.3e1", "is not a printed number"),
        ("decimals", "1", "is not what '43' has"),
        ("denominator", "-54", "is not a number of patients"),
        ("denominator", "54.0", "is not a number of patients"),
        ("denominator", "0", "is not a number of patients"),
    ],
)
def test_one_bad_cell(tmp_path, column, value, problem):
    """Row 4 of the file is the first percentage: 43 of 54."""
    error = broken(tmp_path, cell(4, column, value))
    rows = error.problems.query("row == 4 and column == @column")
    assert any(problem in text for text in rows["problem"])
    assert "row 4" in str(error)


@pytest.mark.parametrize(
    ("claim", "printed", "value", "problem"),
    [
        ("abstract_patients_all_n", "5.4", "5.4", "is not a count"),
        ("table2_ck_all_n", "-7", "-7", "is not a count"),
    ],
)
def test_counts_that_cannot_be_read(tmp_path, claim, printed, value, problem):
    row = list(read(LEDGER)["id"]).index(claim) + 2

    def change(ledger):
        decimals = str(len(printed.partition(".")[2]))
        ledger.loc[row - 2, ["printed", "value", "decimals"]] = printed, value, decimals
        return ledger

    assert problem in str(broken(tmp_path, change))


def test_all_problems_at_once(tmp_path):
    def change(ledger):
        for row, column in ((3, "printed"), (10, "role"), (200, "location")):
            ledger = cell(row, column, "?")(ledger)
        high = ledger["id"] == "table3_cardiac_calcinosis_n"
        ledger.loc[high, "group"] = "calcinosys"
        return ledger

    found = broken(tmp_path, change).problems
    assert {3, 10, 200} <= set(found["row"])
    assert found["problem"].str.contains("is not a group").any()


def test_columns_missing_extra_and_no_rows(tmp_path):
    error = broken(tmp_path, lambda ledger: ledger.rename(columns={"printed": "gedruckt"}))
    assert list(error.problems["column"]) == ["printed", "gedruckt"]
    assert all(error.problems["allowed"].str.startswith(", ".join(COLUMNS)))
    assert "has no rows" in str(broken(tmp_path, lambda ledger: ledger.head(0)))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"1,2\n3'])
def test_unreadable_files(tmp_path, content):
    path = tmp_path / "ledger.csv"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.csv"):
        load_claims(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such ledger"):
        load_claims(tmp_path / "none.csv")
