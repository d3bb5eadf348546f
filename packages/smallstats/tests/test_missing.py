import numpy as np
import pandas as pd
import pytest

from smallstats import missing_patterns


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


def test_what_cannot_be_counted_is_refused():
    frame = pd.DataFrame({"a": [1.0, np.nan]})
    with pytest.raises(ValueError, match="there is no column 'b'; there is no column 'c'"):
        missing_patterns(frame, ["a", "b", "c"])
    with pytest.raises(ValueError, match="no variables are given"):
        missing_patterns(frame, [])
    with pytest.raises(ValueError, match="the frame has no rows"):
        missing_patterns(frame.iloc[:0], ["a"])
    assert len(missing_patterns(frame, "a")) == len(missing_patterns(frame, ["a", "a"]))
