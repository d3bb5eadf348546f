"""Printed and computed side by side."""

import pandas as pd

from jdm_utils.agreement import show_published
from paperaudit.published_tables import show_differences

ROWS = [
    ("lungs", "all", "n", "15", 0, "patients", 15.0, "count", "rounded or truncated"),
    ("lungs", "all", "percent", "27", 0, "%", 27.78, "15 of 54", "truncated"),
    ("ldh", "all", "n", "46", 0, "patients", 44.0, "count", "differs"),
    ("ldh", "all", "percent", "85", 0, "%", 81.48, "44 of 54", "differs"),
]
COLUMNS = ["item", "group", "statistic", "printed", "decimals", "unit", "computed", "method"]
COLUMNS += ["agreement"]
LABELS = {"lungs": "Lung involvement", "ldh": "Raised LDH"}


def frame(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_counts_and_percentages_share_a_column_and_marks_explain():
    table = show_published(frame(*ROWS), "A table", labels=LABELS)
    assert list(table.frame.columns) == ["Characteristic", "n (%), printed", "n (%), computed"]
    assert table.frame.to_numpy().tolist() == [
        ["Lung involvement", "15 (27)", "15 (28†)"],
        ["Raised LDH", "46 (85)", "44‡ (81‡)"],
    ]
    assert [note[0] for note in table.notes] == ["†", "‡"]


def test_a_mark_that_is_not_used_is_not_explained():
    table = show_published(frame(*ROWS[2:]), "A table", labels=LABELS)
    assert [note[0] for note in table.notes] == ["‡"]


def test_groups_means_and_tests():
    rows = [
        ("age", "calcinosis", "mean", "6.56", 2, "years", 6.561, "mean", "rounded"),
        ("age", "calcinosis", "sd", "2.6", 1, "years", 2.62, "sd", "rounded"),
        ("age", "no_calcinosis", "mean", "7.41", 2, "years", 7.414, "mean", "rounded"),
        ("age", "no_calcinosis", "sd", "2.78", 2, "years", 2.78, "sd", "rounded"),
        ("age", "", "p", "0.37", 2, "", 0.25592, "Student t (pooled)", "differs"),
        ("lungs", "", "p", "0.02", 2, "", 0.026504, "Pearson", "truncated"),
    ]
    table = show_published(frame(*rows), "A table", labels=LABELS | {"age": "Age (years)"})
    age, lungs = table.frame.to_numpy().tolist()
    assert age == ["Age (years)", "6.56 ± 2.6", "6.56 ± 2.6", "7.41 ± 2.78", "7.41 ± 2.78",
                   "0.37", "0.2559‡ᵃ"]  # fmt: skip
    assert lungs == ["Lung involvement", "", "", "", "", "0.02", "0.0265†ᵇ"]
    assert table.notes[0] == "Counts are n (%), others mean ± SD."
    assert table.notes[-1] == "p computed by: ᵃ Student t (pooled); ᵇ Pearson."


def test_regression_rows_and_the_model():
    rows = [
        ("cardiac", "", "odds_ratio", "15.56", 2, "", 15.5598, "ml", "rounded"),
        ("cardiac", "", "ci_low", "1.59", 2, "", 1.5904, "Wald", "rounded"),
        ("cardiac", "", "ci_high", "152.2", 1, "", 152.2286, "Wald", "rounded"),
        ("cardiac", "", "p", "0.018", 3, "", 0.018339, "Wald", "rounded"),
        ("model", "", "nagelkerke_r2", "0.288", 3, "", 0.28762, "ml", "rounded"),
    ]
    table = show_published(frame(*rows), "A table", labels={"cardiac": "Heart"})
    first, model = table.frame.to_dict("records")
    assert first["95% CI, printed"] == first["95% CI, computed"] == "1.59–152.2"
    assert (first["p, printed"], first["p, computed"]) == ("0.018", "0.01834")
    assert (model["Characteristic"], model["Nagelkerke's R², computed"]) == ("model", "0.288")


def test_times_carry_the_unit_of_print():
    rows = [("follow_up", "all", "min", "6", 0, "months", 6.04, "min", "rounded"),
            ("follow_up", "all", "max", "16", 0, "years", 16.0, "max", "rounded")]  # fmt: skip
    table = show_published(frame(*rows), "A table", labels={})
    assert table.frame.to_numpy().tolist() == [
        ["follow_up", "6 months", "6 months", "16 years", "16 years"]
    ]


def test_one_row_of_many_times_stands_upright_with_each_unit_in_its_number():
    rows = [("wait", "all", name, printed, 0, unit, value, name, "rounded")
            for name, printed, unit, value in (("min", "1", "years", 1.04),
                                               ("max", "16", "years", 16.0),
                                               ("median", "6", "months", 6.2))]  # fmt: skip
    table = show_published(frame(*rows), "A table", labels={"wait": "Waiting time (years)"})
    assert list(table.frame) == ["Waiting time", "Printed", "Computed"]
    assert table.frame.to_numpy().tolist() == [
        ["Shortest", "1 year", "1 year"],
        ["Longest", "16 years", "16 years"],
        ["Median", "6 months", "6 months"],
    ]


def test_numbers_that_differ_are_listed_with_their_own_decimals_and_what_is_known():
    rows = frame(*ROWS).assign(location="table2", reason="the groups make 44")
    table = show_differences(rows, "Differences", labels=LABELS, source="simulated")
    assert table.frame.to_numpy().tolist() == [
        ["Raised LDH", "Table 2", "count", "46", "44", "the groups make 44"],
        ["Raised LDH", "Table 2", "percentage", "85", "81", "the groups make 44"],
    ]
