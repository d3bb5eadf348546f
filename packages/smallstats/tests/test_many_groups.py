import numpy as np
import pandas as pd
import pytest

from smallstats import compare_frame, describe_frame
from smallstats.many_groups import TESTS_OF_MANY, compare_many


@pytest.fixture
def births(data):
    frame = data("birthwt")
    return frame.assign(
        weight=pd.cut(frame["lwt"], [0, 110, 140, 300], ordered=False, labels=["a", "b", "c"])
    )


def test_tests_and_differences_agree_with_r(golden, births):
    for row in golden("many_groups").itertuples():
        found = compare_many(births, row.groups, [row.variable], test={row.variable: row.test})
        assert found["p"].iloc[0] == pytest.approx(row.p, rel=1e-6), row
        assert found["smd"].iloc[0] == pytest.approx(row.smd, rel=1e-9), row
        if row.groups == "race":
            assert found["test"].iloc[0].startswith(TESTS_OF_MANY[row.test])


def test_the_right_test_is_taken(births):
    frame = births.assign(weight=births["weight"].cat.as_ordered())
    found = compare_many(frame, "race", ["age", "weight", "ht", "smoke", "low"])
    tests = found.drop_duplicates("variable")["test"].tolist()
    assert tests == [
        "Welch's analysis of variance", "Kruskal-Wallis", "Fisher-Freeman-Halton exact",
        "Pearson chi-square", "Pearson chi-square",
    ]  # fmt: skip
    asked = compare_many(frame, "race", ["age", "ht"], test={"number": "student", "ht": "pearson"})
    assert asked["test"].tolist()[1] == "Pearson chi-square (expected counts below 5)"


def test_groups_add_to_all(births):
    births.loc[[3, 7, 20], "age"] = np.nan
    births.loc[[1, 2], "smoke"] = np.nan
    found = compare_many(births, "race", ["age", "smoke", "weight"])
    for what in ("total", "missing"):
        parts = found[[f"{what}_{g}" for g in (1, 2, 3)]].sum(axis=1)
        assert parts.tolist() == found[f"{what}_all"].tolist()
    assert found.attrs == {"groups": ["1", "2", "3"], "sizes": [96, 26, 67]}
    every = describe_frame(births, ["age", "smoke", "weight"])
    for column in ("n", "total", "mean", "sd", "median", "q1", "q3", "missing"):
        pd.testing.assert_series_equal(found[f"{column}_all"], every[column], check_names=False)


def test_two_groups_are_compared_as_ever(births):
    variables = ["age", "race", "ht"]
    two = compare_many(births, "low", variables, test={"number": "mann-whitney"})
    usual = compare_frame(births, "low", variables, test={"number": "mann-whitney"})
    assert two["p"].tolist() == usual["p"].tolist()
    assert two["test"].tolist() == usual["test"].tolist()
    assert two["mean_2"].iloc[0] == usual["mean_with"].iloc[0]
    assert two.attrs["groups"] == ["no", "yes"]


def test_a_group_of_zeros_and_ones_has_numbers_too():
    frame = pd.DataFrame({"g": pd.Categorical(list("aabb")), "x": [0.0, 1.0, 5.0, 7.0]})
    found = compare_many(frame, "g", ["x"]).iloc[0]
    assert (found.mean_1, found.mean_2, found.median_1) == (0.5, 6, 0.5)
    assert pd.isna(found.n_1) and pd.isna(found.n_all)


def test_who_is_in_no_group_is_left_out():
    frame = pd.DataFrame({"g": pd.Categorical(["a", "a", "b", "b", None]), "x": [1, 2, 3, 5, 99.0]})
    found = compare_many(frame, "g", ["x"]).iloc[0]
    assert found.total_all == 4 and found.mean_all == 2.75


@pytest.mark.parametrize(
    ("values", "test"),
    [
        ([1.0, 1, 1, 1, 1, 1], "not tested (constant)"),
        ([1.0, 1, 2, 2, 3, 4], "not tested (constant within a group)"),
        ([1.0, 2, np.nan, 2, 3, 4], "not tested (fewer than two values in a group)"),
        (pd.Categorical(["u"] * 6, ["u", "v"]), "not tested (constant)"),
        (pd.Categorical(["u", "v", None, None, "u", "v"]), "not tested (no values in a group)"),
    ],
)
def test_what_cannot_be_tested_says_why(values, test):
    frame = pd.DataFrame({"g": pd.Categorical(list("aabbcc")), "x": values})
    found = compare_many(frame, "g", ["x"])
    assert found["test"].iloc[0] == test and np.isnan(found["p"].iloc[0])


def test_bad_groups_are_refused():
    frame = pd.DataFrame({"g": [1.0, 2, 3], "x": [1, 0, 1], "one": [1, 1, 1]})
    with pytest.raises(ValueError, match="'g' is a number: cut it into levels first"):
        compare_many(frame, "g", ["x"])
    with pytest.raises(ValueError, match="'one' has one level among 3"):
        compare_many(frame, "one", ["x"])
    with pytest.raises(ValueError, match="no column 'z'"):
        compare_many(frame, "one", ["z"])


def test_groups_that_never_overlap_are_infinitely_apart():
    frame = pd.DataFrame({"g": [0, 0, 1, 1], "x": [0, 0, 1, 1], "y": [3, 3, 3, 3]})
    found = compare_many(frame.astype({"y": float}), "g", ["x", "y"])
    assert found["smd"].tolist() == [np.inf, 0]


def test_an_ordinal_variable_that_nobody_has_is_not_tested():
    frame = pd.DataFrame({"arm": pd.Categorical(list("abc") * 4)})
    frame["stage"] = pd.Categorical([None] * 12, ["1", "2", "3"], ordered=True)
    row = compare_many(frame, "arm", ["stage"]).iloc[0]
    assert row["test"] == "not tested (constant)" and pd.isna(row["p"])
