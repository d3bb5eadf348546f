"""The readings of Table 4: which patients, and which variables, print as it does."""

from smallstats.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "jdm_utils.table4_searches": (
            "compare_habits distinct_findings fits_by_chance list_attempts printed_findings"
            " search_table4 table4_tables treated_counts try_attempt"
        ),
        "paperaudit.compatible": "nearest_tables summarise_tables",
        "paperaudit.frames": "check_frame",
        "paperaudit.inverse": "patients_with read_model search_model",
        "paperaudit.replay": "eliminate_tables final_models",
    },
)
