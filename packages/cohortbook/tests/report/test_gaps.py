from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort import load_cohort
from cohortbook.report import gaps
from cohortbook.report.gaps import missing_of, patterns_of


def test_rare_combinations_of_missing_values_are_counted_together(cohort_folder, monkeypatch):
    cohort = load_cohort(cohort_folder())
    every = patterns_of(cohort)
    monkeypatch.setattr(gaps, "MOST_PATTERNS", len(every) - 2)
    few = patterns_of(cohort)
    assert few["label"].tolist()[-1] == "2 other combinations"
    assert few["n"].sum() == every["n"].sum()
    assert few["label"].tolist()[:-1] == every["label"].tolist()[: len(every) - 2]
    assert few["label"].tolist()[:2] == ["Nothing", "Score (points)"]


def with_gaps(folder, only_if="", **rows):
    """The example with gaps in so many of the first rows; ``rash`` may apply by ``heart``."""
    cohort = load_cohort(folder(suppress_below="5", n=120))
    frame = cohort.frame.copy()
    frame["heart"] = pd.array(np.arange(120) // 2 % 2 == 0, "boolean")
    frame["rash"] = pd.array(np.arange(120) // 4 % 2 == 0, "boolean")
    frame["score"] = frame["score"].fillna(1.0)
    for name, n in rows.items():
        frame.loc[frame.index[:n], name] = pd.NA
    variables = dict(cohort.spec.variables)
    variables["rash"] = replace(variables["rash"], only_if=only_if)
    if only_if:
        frame.loc[~frame["heart"].fillna(True).to_numpy(bool), "rash"] = pd.NA
    analysis = replace(cohort.spec.analysis, compare=("heart", "rash", "score"), candidates=())
    spec = replace(cohort.spec, variables=variables, analysis=analysis)
    return replace(cohort, frame=frame, spec=spec, missing=missing_in(cohort, frame, only_if))


def missing_in(cohort, frame, only_if):
    """Count missing values as a cohort does that is loaded."""
    table = cohort.missing.set_index("variable")
    for name in ("heart", "rash", "score"):
        applies = np.ones(120, dtype=bool)
        if only_if and name == "rash":
            applies = frame["heart"].fillna(True).to_numpy(bool)
        table.loc[name, "n"] = applies.sum()
        table.loc[name, "missing"] = int((frame[name].isna() & applies).sum())
    return table.reset_index()


def test_complete_patients_and_others_are_counted(cohort_folder):
    shown = patterns_of(with_gaps(cohort_folder, heart=20))
    assert shown[["label", "n"]].to_numpy().tolist() == [["Nothing", 100], ["Something", 20]]
    assert shown["withheld"].tolist() == [{}, {}]


def test_what_is_compared_counts_else_what_is_described(cohort_folder):
    cohort = with_gaps(cohort_folder, heart=20, score=40)
    asked = replace(cohort.spec.analysis, outcome="", compare=("heart",), describe=("score",))
    for analysis, complete in ((asked, 100), (replace(asked, compare=()), 80)):
        spec = replace(cohort.spec, analysis=analysis)
        assert patterns_of(replace(cohort, spec=spec))["n"].iloc[0] == complete


@pytest.mark.parametrize("least", ["5", ""])
def test_what_is_missing_most_is_first(cohort_folder, least):
    cohort = with_gaps(cohort_folder, score=40, rash=20)
    table = missing_of(replace(cohort, spec=replace(cohort.spec, suppress_below=least)))
    assert table["variable"].tolist()[:2] == ["score", "rash"]
    assert table.index.tolist() == list(range(len(table)))


def test_what_does_not_apply_is_not_missing_together(cohort_folder):
    shown = patterns_of(with_gaps(cohort_folder, only_if="heart", score=20))
    assert shown["n"].tolist() == [100, 20]


@pytest.mark.parametrize(("gaps_of_heart", "n"), [(20, 70), (3, pd.NA)])
def test_to_whom_a_finding_applies_is_withheld_with_the_gaps_of_its_condition(
    cohort_folder, gaps_of_heart, n
):
    table = missing_of(with_gaps(cohort_folder, only_if="heart", heart=gaps_of_heart))
    assert table.index.tolist() == list(range(len(table)))
    row = table.set_index("variable").loc["rash"]
    assert (row["n"] == n) if n is not pd.NA else pd.isna(row["n"])
    assert row["withheld"].get("n", "") == ("*" if n is pd.NA else "")
