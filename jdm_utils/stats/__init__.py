"""Statistics for small cohorts: frames in, tidy frames and frozen results out."""

from jdm_utils.stats.batch_selection import BootstrapElimination, bootstrap_elimination
from jdm_utils.stats.bayes import BayesFit, fit_bayes, prior_sensitivity
from jdm_utils.stats.classical_tests import term_tests
from jdm_utils.stats.confounding import EValue, e_value
from jdm_utils.stats.descriptive import describe_frame
from jdm_utils.stats.fragility import fragility, influential_patients
from jdm_utils.stats.freeman_halton import fisher_rxc
from jdm_utils.stats.logistic import LogisticFit, fit_logistic
from jdm_utils.stats.multiplicity import adjust_p
from jdm_utils.stats.planning import required_n, simulate_power
from jdm_utils.stats.selection import Elimination, eliminate_backward
from jdm_utils.stats.separation import Separation, find_separation
from jdm_utils.stats.two_by_two import TwoByTwo, table_p_values, two_by_two
from jdm_utils.stats.univariate import TTest, compare_frame, t_test_from_summary
from jdm_utils.stats.validation import Validation, expected_nagelkerke, validate_model

__all__ = [
    "BayesFit",
    "BootstrapElimination",
    "EValue",
    "Elimination",
    "LogisticFit",
    "Separation",
    "TTest",
    "TwoByTwo",
    "Validation",
    "adjust_p",
    "bootstrap_elimination",
    "compare_frame",
    "describe_frame",
    "e_value",
    "eliminate_backward",
    "expected_nagelkerke",
    "find_separation",
    "fisher_rxc",
    "fit_bayes",
    "fit_logistic",
    "fragility",
    "influential_patients",
    "prior_sensitivity",
    "required_n",
    "simulate_power",
    "t_test_from_summary",
    "table_p_values",
    "term_tests",
    "two_by_two",
    "validate_model",
]
