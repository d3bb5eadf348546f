"""Statistics for small cohorts: frames in, tidy frames and frozen results out."""

from jdm_utils.stats.batch_selection import BootstrapElimination, bootstrap_elimination
from jdm_utils.stats.bayes import BayesFit, fit_bayes, prior_sensitivity
from jdm_utils.stats.classical_tests import term_tests
from jdm_utils.stats.confounding import EValue, e_value
from jdm_utils.stats.cox import CoxFit, fit_cox
from jdm_utils.stats.descriptive import describe_frame
from jdm_utils.stats.fragility import fragility, influential_patients
from jdm_utils.stats.freeman_halton import fisher_rxc
from jdm_utils.stats.imputation import ImputedFit, fit_imputed, impute, pool_fits
from jdm_utils.stats.logistic import LogisticFit, fit_logistic
from jdm_utils.stats.missing import missing_counts, missing_patterns
from jdm_utils.stats.multiplicity import adjust_p, chance_of_any, chances
from jdm_utils.stats.planning import exact_sizes, required_n, simulate_power
from jdm_utils.stats.repeated import refuse_repeated
from jdm_utils.stats.selection import Elimination, eliminate_backward
from jdm_utils.stats.separation import Separation, find_separation
from jdm_utils.stats.survival import LogRank, cumulative_incidence, log_rank, survival_table
from jdm_utils.stats.two_by_two import TwoByTwo, table_p_values, two_by_two
from jdm_utils.stats.univariate import TTest, compare_frame, t_test_from_summary
from jdm_utils.stats.validation import Validation, expected_nagelkerke, validate_model

__all__ = [
    "BayesFit",
    "BootstrapElimination",
    "CoxFit",
    "EValue",
    "Elimination",
    "ImputedFit",
    "LogRank",
    "LogisticFit",
    "Separation",
    "TTest",
    "TwoByTwo",
    "Validation",
    "adjust_p",
    "bootstrap_elimination",
    "chance_of_any",
    "chances",
    "compare_frame",
    "cumulative_incidence",
    "describe_frame",
    "e_value",
    "eliminate_backward",
    "exact_sizes",
    "expected_nagelkerke",
    "find_separation",
    "fisher_rxc",
    "fit_bayes",
    "fit_cox",
    "fit_imputed",
    "fit_logistic",
    "fragility",
    "impute",
    "influential_patients",
    "log_rank",
    "missing_counts",
    "missing_patterns",
    "pool_fits",
    "prior_sensitivity",
    "refuse_repeated",
    "required_n",
    "simulate_power",
    "survival_table",
    "t_test_from_summary",
    "table_p_values",
    "term_tests",
    "two_by_two",
    "validate_model",
]
