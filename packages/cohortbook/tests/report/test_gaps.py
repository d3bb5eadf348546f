from cohortbook.cohort import load_cohort
from cohortbook.report import gaps
from cohortbook.report.gaps import patterns_of


def test_rare_combinations_of_missing_values_are_counted_together(cohort_folder, monkeypatch):
    cohort = load_cohort(cohort_folder())
    every = patterns_of(cohort)
    monkeypatch.setattr(gaps, "MOST_PATTERNS", len(every) - 2)
    few = patterns_of(cohort)
    assert few["label"].tolist()[-1] == "2 other combinations"
    assert few["n"].sum() == every["n"].sum()
    assert few["label"].tolist()[:-1] == every["label"].tolist()[: len(every) - 2]
