import pandas as pd

from jdm_utils import load_cohort
from jdm_utils.report.formatting import format_percent
from jdm_utils.report.summaries import summarise_comparison
from jdm_utils.report.tables import compare_groups
from jdm_utils.stats import chance_of_any


def test_the_chance_of_a_false_positive_is_that_of_these_tests_and_counts():
    """A cohort whose strength grades are one question asked twice, and some of its tests small."""
    comparison = compare_groups(load_cohort())
    told = summarise_comparison(comparison).paragraphs[1]
    assert told.startswith(f"If {len(comparison) - 1} independent questions")
    assert f" in {format_percent(chance_of_any(comparison), 1)} of tables" in told
    assert chance_of_any(comparison) < 0.95 * (1 - 0.95 ** len(comparison))


def test_levels_are_counted_with_their_variable():
    comparison = compare_groups(load_cohort()).iloc[:2]
    stage = {"variable": "stage", "label": "Stage", "test": "Pearson chi-square", "p": 0.2}
    levels = [stage | {"level": level, "n_with": 3, "n_without": 4} for level in "ab"]
    sizes = {"total_with": 23, "total_without": 31, "kind": "category"}
    three = pd.concat([comparison, pd.DataFrame(levels).assign(**sizes)])
    assert summarise_comparison(three).paragraphs[1].startswith("If 3 independent questions")
