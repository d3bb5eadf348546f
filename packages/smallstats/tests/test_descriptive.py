import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallstats import describe_frame

COLUMNS = [
    *("variable", "label", "level", "kind", "n", "total", "percent"),
    *("mean", "sd", "median", "q1", "q3", "min", "max", "missing"),
]


def test_numbers_agree_with_r(golden, data):
    for row in golden("descriptive").itertuples():
        found = describe_frame(data(row.data), [row.variable]).iloc[0]
        for name in ("total", "missing", "mean", "sd", "min", "q1", "median", "q3", "max"):
            assert found[name] == pytest.approx(getattr(row, name), rel=1e-12), name
        assert found["kind"] == "number" and found["n"] is pd.NA


def test_counts_percentages_and_missing():
    frame = pd.DataFrame(
        {
            "yes": pd.array([True, False, None, True, True], dtype="boolean"),
            "grade": pd.Categorical(["I", "II", "IV", None, "II"], ["I", "II", "IV"], ordered=True),
            "site": pd.Categorical(["arm", "leg", "arm", "arm", None]),
        }
    )
    table = describe_frame(frame, ["yes", "grade", "site"], labels={"yes": "Answered yes"})
    assert list(table) == COLUMNS
    assert table.level.tolist() == ["", "I", "II", "IV", "leg"]
    assert table.n.tolist() == [3, 1, 2, 1, 1]
    assert table.total.tolist() == [4] * 5
    assert table.missing.tolist() == [1] * 5
    assert table.percent.tolist() == [75, 25, 50, 25, 25]
    assert table.kind.tolist() == ["binary", "ordinal", "ordinal", "ordinal", "category"]
    assert table.label.tolist() == ["Answered yes", "grade", "grade", "grade", "site"]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1))
def test_levels_sum_to_the_total(values):
    frame = pd.DataFrame({"x": pd.Categorical(values, ["a", "b", "c"])})
    table = describe_frame(frame, ["x"])
    assert table.n.sum() == table.total[0] == len(values) - table.missing[0]
    assert table.total[0] == 0 or table.percent.sum() == pytest.approx(100)


@given(st.permutations([1.5, 2.0, np.nan, 7.0, -3.0, 2.0]))
def test_the_order_of_rows_does_not_matter(values):
    one = describe_frame(pd.DataFrame({"x": values}), ["x"])
    two = describe_frame(pd.DataFrame({"x": sorted(values)}), ["x"])
    pd.testing.assert_frame_equal(one, two)


def test_a_variable_without_values_is_described_as_missing():
    frame = pd.DataFrame({"x": pd.array([None, None], dtype="boolean"), "y": [np.nan, 3.5]})
    table = describe_frame(frame, ["x", "y"])
    assert table.total.tolist() == [0, 1] and table.missing.tolist() == [2, 1]
    assert np.isnan(table.percent[0]) and np.isnan(table.sd[1]) and table["mean"][1] == 3.5


def test_a_frame_is_not_changed():
    frame = pd.DataFrame({"x": pd.Categorical(["a", "b", None])})
    before = frame.copy(deep=True)
    describe_frame(frame, ["x"])
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["yes", "no"], "column 'x' has type str"),
        (pd.to_datetime(["2001-01-01", "2002-01-01"]), "column 'x' has type datetime64"),
        ([("a",), ("b",)], "column 'x' has type object"),
        ([1.0, np.inf], "column 'x' has infinite values"),
        ([1 + 2j, 3], "column 'x' has type complex"),
    ],
)
def test_columns_that_cannot_be_described_are_named(column, message):
    frame = pd.DataFrame({"x": column})
    with pytest.raises(ValueError, match=message):
        describe_frame(frame, ["x"])


def test_all_problems_are_named_at_once():
    frame = pd.DataFrame({"x": ["a"], "y": ["b"]})
    with pytest.raises(ValueError, match=r"'x'.*'y'"):
        describe_frame(frame, ["x", "y"])
    with pytest.raises(ValueError, match=r"no column 'q'; there is no column 'r'"):
        describe_frame(frame, ["q", "r"])
    with pytest.raises(ValueError, match="there are 2 columns named 'x'"):
        describe_frame(pd.concat([frame, frame], axis=1), ["x"])
