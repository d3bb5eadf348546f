"""Checks over a frame."""

import pandas as pd
import pytest

from paperaudit.frames import CHECKS, check_frame

CASES = {
    "percent": ({"printed": "43", "n": 23, "total": 54}, {"printed": "44"}),
    "p of counts": ({"printed": "0.02", "a": 10, "n1": 23, "b": 5, "n0": 31}, {"printed": "0.20"}),
    "p of means": (
        {"printed": "0.34", "mean1": "1.0", "sd1": "1.7", "n1": 23, "mean0": "0.64",
         "sd0": "0.88", "n0": 31},
        {"printed": "0.60"},
    ),
    "ratio": ({"odds_ratio": "15.56", "low": "1.59", "high": "152.2"}, {"odds_ratio": "14.56"}),
    "grim": ({"mean": "6.57", "n": 23}, {"mean": "6.58"}),
    "grimmer": ({"mean": "0.5", "sd": "0.7", "n": 2}, {"sd": "0.6"}),
    "debit": ({"mean": "0.30", "sd": "0.47", "n": 23}, {"sd": "0.37"}),
    "statistic": ({"kind": "t", "value": "2.20", "p": ".036", "df1": "28"}, {"p": ".06"}),
    "difference": ({"estimate": "-3.4", "low": "-5.1", "high": "-1.7"}, {"high": "-2.7"}),
    "spread": ({"sd": "2.2", "low": "1", "high": "9", "n": 30, "mean": "5.0"}, {"sd": "6.2"}),
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_one_case_that_can_be_and_one_that_cannot(check):
    good, change = CASES[check]
    frame = pd.DataFrame([good, {**good, **change}], index=["good", "bad"]).assign(other=1)
    checked = check_frame(frame, check)
    assert list(checked.index) == ["good", "bad"]
    assert list(checked["consistent"]) == [True, False]
    assert list(checked.columns[: len(frame.columns)]) == list(frame.columns)


def test_every_problem_is_named_with_its_row():
    frame = pd.DataFrame({"printed": ["43", "many", "50"], "n": [23, 1, 9], "total": [54, 2, 3]})
    with pytest.raises(ValueError, match="2 row") as caught:
        check_frame(frame, "percent")
    assert "row 1: 'many' is not a number" in str(caught.value)
    assert "row 2: 9 of 3" in str(caught.value)


def test_missing_columns_and_unknown_checks():
    with pytest.raises(ValueError, match=r"\['n', 'total'\]"):
        check_frame(pd.DataFrame({"printed": ["43"]}), "percent")
    with pytest.raises(ValueError, match="not one of 'percent'"):
        check_frame(pd.DataFrame(), "percents")
