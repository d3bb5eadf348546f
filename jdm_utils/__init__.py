"""Read, describe, compare and model a small clinical cohort, and audit what was printed about one.

The names below are what the notebooks use. Each is imported from its room when first asked for,
so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import Any

_ROOMS = {
    "cohortbook.cohort": ("Cohort", "CohortError", "write_analysis"),
    "smallstats": (
        "adjust_p", "bootstrap_elimination", "chance_of_any", "compare_frame",
        "cumulative_incidence", "describe_frame", "e_value", "eliminate_backward", "exact_sizes",
        "expected_nagelkerke", "find_separation", "fit_bayes", "fit_cox", "fit_imputed",
        "fit_logistic", "fragility", "influential_patients", "missing_patterns",
        "prior_sensitivity", "required_n", "simulate_power", "survival_table",
        "t_test_from_summary", "table_p_values", "term_tests", "two_by_two", "validate_model",
    ),
    "paperaudit.claims": ("LedgerError",),
    "jdm_utils.agreement": ("check_claims", "compare_claims"),
    "jdm_utils.study": ("audit_claims", "load_claims", "load_cohort"),
    "paperaudit.compatible": ("compatible_tables",),
    "cohortbook.report.clinical_tables": ("compare_groups", "describe"),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'jdm_utils' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
