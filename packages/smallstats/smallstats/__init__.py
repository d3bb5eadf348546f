"""Statistics for small cohorts: frames in, tidy frames and frozen results out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallstats.batch_selection import BootstrapElimination, bootstrap_elimination
    from smallstats.bayes import BayesFit, fit_bayes, prior_sensitivity
    from smallstats.classical_tests import term_tests
    from smallstats.confounding import EValue, e_value
    from smallstats.cox import CoxFit, fit_cox
    from smallstats.descriptive import describe_frame
    from smallstats.fourfold import TwoByTwo, table_p_values, two_by_two
    from smallstats.fragility_index import fragility, influential_patients
    from smallstats.freeman_halton import fisher_rxc
    from smallstats.imputation import ImputedFit, fit_imputed, impute, pool_fits
    from smallstats.logistic import LogisticFit, fit_logistic
    from smallstats.missingness import missing_counts, missing_patterns
    from smallstats.multiplicity import adjust_p, chance_of_any, chances
    from smallstats.planning import exact_sizes, required_n, simulate_power
    from smallstats.repeated import refuse_repeated
    from smallstats.selection import Elimination, eliminate_backward
    from smallstats.separation import Separation, find_separation
    from smallstats.survival import LogRank, cumulative_incidence, log_rank, survival_table
    from smallstats.univariate import TTest, compare_frame, t_test_from_summary
    from smallstats.validation import Validation, expected_nagelkerke, validate_model

__version__ = "0.1.0"

# Each name is imported from its module when first asked for: importing the package costs nothing.
_MODULES = {
    "batch_selection": (
        "BootstrapElimination",
        "bootstrap_elimination",
    ),
    "bayes": (
        "BayesFit",
        "fit_bayes",
        "prior_sensitivity",
    ),
    "classical_tests": ("term_tests",),
    "confounding": (
        "EValue",
        "e_value",
    ),
    "cox": (
        "CoxFit",
        "fit_cox",
    ),
    "descriptive": ("describe_frame",),
    "fragility_index": (
        "fragility",
        "influential_patients",
    ),
    "freeman_halton": ("fisher_rxc",),
    "imputation": (
        "ImputedFit",
        "fit_imputed",
        "impute",
        "pool_fits",
    ),
    "logistic": (
        "LogisticFit",
        "fit_logistic",
    ),
    "missingness": (
        "missing_counts",
        "missing_patterns",
    ),
    "multiplicity": (
        "adjust_p",
        "chance_of_any",
        "chances",
    ),
    "planning": (
        "exact_sizes",
        "required_n",
        "simulate_power",
    ),
    "repeated": ("refuse_repeated",),
    "selection": (
        "Elimination",
        "eliminate_backward",
    ),
    "separation": (
        "Separation",
        "find_separation",
    ),
    "survival": (
        "LogRank",
        "cumulative_incidence",
        "log_rank",
        "survival_table",
    ),
    "fourfold": (
        "TwoByTwo",
        "table_p_values",
        "two_by_two",
    ),
    "univariate": (
        "TTest",
        "compare_frame",
        "t_test_from_summary",
    ),
    "validation": (
        "Validation",
        "expected_nagelkerke",
        "validate_model",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'smallstats' has no attribute {name!r}")
    value = getattr(import_module(f"smallstats.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
