import pandas as pd

from cohortbook import example_cohort, load_cohort
from cohortbook.report.comparison import compare_groups
from cohortbook.report.summaries import summarise_comparison


def test_levels_are_counted_with_their_variable():
    comparison = compare_groups(load_cohort(example_cohort())).iloc[:2]
    stage = {"variable": "stage", "label": "Stage", "test": "Pearson chi-square", "p": 0.2}
    levels = [stage | {"level": level, "n_with": 3, "n_without": 4} for level in "ab"]
    sizes = {"total_with": 23, "total_without": 31, "kind": "category"}
    three = pd.concat([comparison, pd.DataFrame(levels).assign(**sizes)])
    assert summarise_comparison(three).paragraphs[1].startswith("If 3 independent questions")
