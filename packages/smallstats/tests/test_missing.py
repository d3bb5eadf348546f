import numpy as np
import pandas as pd
import pytest

from smallstats import missing_counts, missing_patterns


def test_every_row_has_one_pattern(data):
    frame = data("pima")
    patterns = missing_patterns(frame, ["skin", "bp", "bmi"])
    assert patterns.columns.tolist() == ["missing", "variables", "n", "percent"]
    assert patterns.n.sum() == len(frame) == 300
    assert patterns.percent.sum() == pytest.approx(100)
    assert patterns.missing[0] == () and patterns.n[0] == 200  # MASS: 100 rows lack a value
    for row in patterns.itertuples():
        absent = frame[["skin", "bp", "bmi"]].isna()
        wanted = [name in row.missing for name in absent]
        assert row.n == (absent == wanted).all(axis=1).sum() and row.variables == sum(wanted)
    assert patterns.n.iloc[1:].is_monotonic_decreasing
    assert ("skin", "bp") in patterns.missing.tolist()  # in the order asked for


def test_no_complete_case_is_shown_as_none():
    frame = pd.DataFrame({"a": [None, 1.0], "b": pd.array([True, None], "boolean")})
    patterns = missing_patterns(frame, ["a", "b"])
    assert dict(zip(patterns.missing, patterns.n, strict=True)) == {(): 0, ("a",): 1, ("b",): 1}


def test_counts_tell_what_a_variable_alone_costs(data):
    frame = data("pima")
    counts = missing_counts(frame, ["age", "skin", "bmi"]).set_index("variable")
    assert counts.missing.tolist() == frame[["age", "skin", "bmi"]].isna().sum().tolist()
    assert counts.percent["skin"] == pytest.approx(98 / 3)
    without = frame[["age", "bmi"]].notna().all(axis=1).sum()
    complete = frame[["age", "skin", "bmi"]].notna().all(axis=1).sum()
    assert counts.only["skin"] == without - complete > 0
    assert counts.loc["age"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("function", [missing_patterns, missing_counts])
def test_what_cannot_be_counted_is_refused(function):
    frame = pd.DataFrame({"a": [1.0, np.nan]})
    with pytest.raises(ValueError, match="there is no column 'b'; there is no column 'c'"):
        function(frame, ["a", "b", "c"])
    with pytest.raises(ValueError, match="no variables are given"):
        function(frame, [])
    with pytest.raises(ValueError, match="the frame has no rows"):
        function(frame.iloc[:0], ["a"])
    assert len(function(frame, "a")) == len(function(frame, ["a", "a"]))
