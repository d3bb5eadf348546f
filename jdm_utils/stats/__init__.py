"""Statistics for small cohorts: frames in, tidy frames and frozen results out."""

from jdm_utils.stats.classical_tests import term_tests
from jdm_utils.stats.descriptive import describe_frame
from jdm_utils.stats.logistic import LogisticFit, fit_logistic
from jdm_utils.stats.selection import Elimination, eliminate_backward
from jdm_utils.stats.separation import Separation, find_separation
from jdm_utils.stats.two_by_two import TwoByTwo, table_p_values, two_by_two
from jdm_utils.stats.univariate import TTest, compare_frame, t_test_from_summary

__all__ = [
    "Elimination",
    "LogisticFit",
    "Separation",
    "TTest",
    "TwoByTwo",
    "compare_frame",
    "describe_frame",
    "eliminate_backward",
    "find_separation",
    "fit_logistic",
    "t_test_from_summary",
    "table_p_values",
    "term_tests",
    "two_by_two",
]
