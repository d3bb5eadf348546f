"""Every table of the book that is ready to show."""

from smallstats.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "smallstats.table": "Table show_sources table_of",
        "cohortbook.report.clinical_tables": (
            "show_changes show_comparison show_description show_flow show_regression"
        ),
        "cohortbook.report.comparison": "groups_of odds_ratios univariable_and_multivariable",
        "jdm_utils.agreement": "show_published",
        "paperaudit.published_tables": "show_differences",
    },
)
