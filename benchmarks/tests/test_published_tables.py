"""The tables are what their sources print; the truth about them does not come from the audit."""

from fractions import Fraction

import pandas as pd
import pytest
from scipy import stats

from benchmarks import planted_tables, published_tables
from benchmarks.first_met import COLUMNS, FIRST_MET, add_first_met, load_first_met
from benchmarks.published_tables import (
    JUDGED,
    TABLES,
    judge_tables,
    load_truth,
    summarise_tables,
)

SOURCES = pd.read_csv(TABLES / "sources.csv")
LEDGERS = {
    table: pd.read_csv(TABLES / f"{table}.csv", dtype=str, keep_default_na=False)
    for table in SOURCES["table"]
}
TRUTH = load_truth()


def number(printed: str) -> Fraction:
    return Fraction(printed.lstrip("<>"))


def prints_as(printed: str, value: Fraction) -> bool:
    """By rounding, or cut off."""
    unit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    return -unit / 2 <= value - number(printed) <= unit / 2 or 0 <= value - number(printed) < unit


def test_every_table_has_a_source_and_every_ledger_is_a_table():
    files = {p.stem for p in TABLES.glob("*.csv")} - {"sources", "truth"}
    assert files == set(LEDGERS)
    assert SOURCES["table"].is_unique
    assert len(SOURCES) >= 12


def test_the_truth_names_numbers_of_its_table():
    assert set(TRUTH["judged"]) <= set(JUDGED)
    for row in TRUTH.itertuples():
        assert row.id in set(LEDGERS[row.table]["id"]), row
    assert not TRUTH.duplicated(["finding", "id"]).any()
    whole = pd.read_csv(TABLES / "truth.csv", keep_default_na=False)
    assert whole["finding"].is_unique
    assert (whole[["why", "innocent"]] != "").all(axis=None)


@pytest.mark.parametrize("table", LEDGERS)
def test_every_percentage_follows_from_its_count_or_is_in_the_truth(table):
    """Counted here, by fractions: the labels do not come from the audit that they judge."""
    raw = LEDGERS[table].query("role != 'design'")
    sizes = raw.query("item == 'patients' and statistic == 'n'").set_index("group")["printed"]
    counts = raw.query("statistic == 'n'").set_index(["item", "group"])["printed"]
    named = set(TRUTH.loc[TRUTH["table"] == table, "id"])
    for row in raw.query("statistic == 'percent'").itertuples():
        if (row.item, row.group) not in counts.index:
            continue
        whole = int(row.denominator or sizes[row.group])
        share = Fraction(100 * int(counts[row.item, row.group]), whole)
        assert prints_as(row.printed, share) or row.id in named, (row.id, float(share))


@pytest.mark.parametrize("table", ["A", "D", "M", "O", "Q"])
def test_every_p_of_two_counts_is_that_of_a_usual_test_or_is_in_the_truth(table):
    raw = LEDGERS[table]
    sizes = raw.query("item == 'patients' and group != 'all'").set_index("group")["printed"]
    counts = raw.query("statistic == 'n'").set_index(["item", "group"])
    named = set(TRUTH.loc[TRUTH["table"] == table, "id"])
    for row in raw.query("statistic == 'p'").itertuples():
        if (row.item, sizes.index[0]) not in counts.index:
            continue
        cells = [counts.loc[(row.item, group)] for group in sizes.index]
        yes = [int(cell["printed"]) for cell in cells]
        known = [int(c["denominator"] or n) for c, n in zip(cells, sizes, strict=True)]
        both = [yes, [n - k for n, k in zip(known, yes, strict=True)]]
        found = [stats.fisher_exact(both)[1]]
        found += [stats.chi2_contingency(both, correction=c)[1] for c in (True, False)]
        if row.printed[0] in "<>":
            below = row.printed[0] == "<"
            fits = any((p < number(row.printed)) == below or p > 0.999 for p in found)
        else:
            fits = any(prints_as(row.printed, Fraction(p)) for p in found)
        assert fits or row.id in named, (row.id, row.printed, found)


def test_objections_are_held_against_the_truth(tmp_path, monkeypatch):
    """Two slips, one found; a last digit; an objection to a number that is right; a refusal."""
    ids = ["a", "b", "c", "d", "e"]
    for table in ("X", "Y"):
        rows = {
            "id": ids,
            "statistic": "p",
            "printed": "0.1",
            "role": ["predicted"] * 4 + ["design"],
        }
        pd.DataFrame(rows).to_csv(tmp_path / f"{table}.csv", index=False)
    pd.DataFrame({"table": ["X", "Y"], "set": [1, 2]}).to_csv(tmp_path / "sources.csv", index=False)
    truth = pd.DataFrame(
        [("X", "X-1", "wrong", "a b"), ("X", "X-2", "minor", "c"), ("Y", "Y-1", "wrong", "a")],
        columns=["table", "finding", "judged", "claims"],
    )
    truth.to_csv(tmp_path / "truth.csv", index=False)

    def load(path):
        if path.stem == "Y":
            raise published_tables.LedgerError(pd.DataFrame())
        return path

    verdicts = ["reproduced", "contradicted", "reproduced", "not_reproduced", "contradicted"]
    audit = pd.DataFrame({"verdict": verdicts}, index=ids)
    monkeypatch.setattr(published_tables, "load_claims", load)
    monkeypatch.setattr(published_tables, "audit_claims", lambda claims: audit)
    judged = judge_tables(tmp_path)
    assert set(judged.loc[judged["table"] == "Y", "verdict"]) == {"refused"}
    counts = summarise_tables(judged)
    assert counts.loc["X"].to_dict() == {
        "numbers": 4, "assessed": 4, "wrong": 1, "found": 1, "minor": 1, "minor_found": 0,
        "open": 0, "open_found": 0, "false_alarms": 1,
    }  # fmt: skip
    assert counts.loc["Y", ["numbers", "assessed", "wrong", "found"]].tolist() == [4, 0, 1, 0]
    assert summarise_tables(judged, "set").loc[2, "wrong"] == 1


def test_a_first_meeting_is_not_rewritten(tmp_path):
    path = tmp_path / "first_met.csv"
    row = dict.fromkeys(COLUMNS, 1) | {"set": "s", "slips": 4, "found": 3, "false_alarms": 1}
    add_first_met(row, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="was met before"):
        add_first_met(row | {"found": 4}, path)
    assert path.read_bytes() == before
    add_first_met(row | {"set": "t"}, path)
    assert path.read_bytes().startswith(before)
    met = load_first_met(path)
    assert met[["recall", "precision"]].to_numpy().tolist() == [[0.75, 0.75]] * 2


def test_the_record_begins_with_what_was_met_first():
    met = load_first_met(FIRST_MET)
    assert met["set"].is_unique
    assert met["set"][:3].tolist() == ["invented 1", "published 1", "published 2"]
    assert (met["found"] + met["missed"] == met["slips"]).all()


def test_slips_are_planted_in_plain_numbers_of_ledgers_that_are_read(tmp_path, monkeypatch):
    """Table B prints >0.99; here an audit sees changed percentages only, and refuses a ledger."""
    pd.DataFrame({"table": ["B", "X"]}).to_csv(tmp_path / "sources.csv", index=False)
    for name in ("B", "X"):
        LEDGERS["B"].to_csv(tmp_path / f"{name}.csv", index=False)
    right = LEDGERS["B"].set_index("id")["printed"]
    calls = []

    def audit(raw):
        calls.append(len(raw))
        printed = raw.set_index("id")["printed"]
        wrong = (printed != right) & raw.set_index("id")["statistic"].eq("percent")
        return wrong.map({True: "contradicted", False: "reproduced"}).to_frame("verdict")

    def validate(raw):
        if len(calls) > 10:
            raise published_tables.LedgerError(pd.DataFrame())
        return raw

    monkeypatch.setattr(planted_tables, "audit_claims", audit)
    monkeypatch.setattr(planted_tables, "validate_claims", validate)
    planted = planted_tables.plant_in_tables(tmp_path, slips=10, seed=3)
    assert planted["table"].tolist() == ["B"] * 10
    percents = planted["id"].str.endswith("_percent")
    assert planted["found"].tolist() == percents.tolist()
    assert percents.any() and not percents.all()
    assert not planted["was"].str.startswith(">").any()
