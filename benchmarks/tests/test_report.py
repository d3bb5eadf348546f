"""The page shows what the files say, and the files are what the benchmark wrote."""

import shutil

import pandas as pd

from benchmarks import report
from benchmarks.report import FOLDER, render, write_published


def test_the_committed_page_is_what_the_files_say():
    assert (FOLDER / "report.md").read_text(encoding="utf-8") == render()


def test_the_committed_counts_are_those_of_the_audit(tmp_path, monkeypatch):
    """A few tables suffice: all of them take long."""
    copy = shutil.copytree(FOLDER / "tables", tmp_path / "tables")
    sources = pd.read_csv(copy / "sources.csv")
    sources[sources["table"].isin(["A", "F", "L"])].to_csv(copy / "sources.csv", index=False)
    write_published(tmp_path)
    committed = pd.read_csv(FOLDER / "published.csv").set_index("table")
    again = pd.read_csv(tmp_path / "published.csv").set_index("table")
    pd.testing.assert_frame_equal(again, committed.loc[again.index])


def test_percentages_and_ratios_are_counted_once(monkeypatch):
    """Two ratios of one item, one objected to in two numbers; an interval of a mean is no ratio."""
    rows = [
        ("t_x_crude_odds_ratio", "odds_ratio", True), ("t_x_crude_ci_low", "ci_low", True),
        ("t_x_crude_p", "p", False), ("t_x_adjusted_odds_ratio", "odds_ratio", False),
        ("t_x_adjusted_ci_high", "ci_high", False), ("t_y_a_mean", "mean", False),
        ("t_y_a_ci_low", "ci_low", True), ("t_z_a_percent", "percent", True),
        ("t_z_b_percent", "percent", False),
    ]  # fmt: skip
    numbers = pd.DataFrame(rows, columns=["id", "statistic", "objected"])
    numbers = numbers.assign(table="T", verdict="reproduced", finding="")
    wanted = {"percents": 2, "percents_objected": 1, "ratios": 2, "ratios_objected": 1}
    assert report._base_counts(numbers).loc["T"].to_dict() == wanted
    numbers.loc[3, "objected"] = True
    assert report._base_counts(numbers)["ratios_objected"]["T"] == 2
    assert report._base_counts(numbers.assign(finding="T-1"))["ratios_objected"]["T"] == 1


def test_a_cell_says_shares_and_counts():
    frame = pd.DataFrame({"share": [0.5, None], "n": [1234, 5], "why": ["a|b", ""]})
    assert report._table(frame).splitlines() == [
        "| Share | Of | Why |", "| --: | --: | :-- |", r"| 50.0% | 1,234 | a\|b |", "|  | 5 |  |",
    ]  # fmt: skip


def test_a_withdrawn_objection_is_not_made_again():
    withdrawn = pd.read_csv(FOLDER / "withdrawn.csv")
    published = pd.read_csv(FOLDER / "published.csv").set_index("table")
    met = pd.read_csv(FOLDER / "first_met.csv").set_index("set")
    made = withdrawn.groupby("set")["objections"].sum()
    assert (made <= met.loc[made.index, "false_alarms"]).all()
    assert (published.loc[withdrawn["table"].unique(), "false_alarms"] == 0).all()
