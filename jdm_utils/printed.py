"""What a printed number allows: rounding, tests, means, percentages, and verdicts on them."""

from smallstats.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "paperaudit.claims": "printed_count printed_number printed_text",
        "paperaudit.rounding": "printed_decimals printed_interval printed_value prints_as",
        "paperaudit.p_values": (
            "FAMILY USUAL match_chance p_from_counts p_range_from_summary printable"
        ),
        "paperaudit.number_checks": "possible_fractions",
        "paperaudit.percentages": "percent_habits",
        "paperaudit.granularity": "grim_claims",
        "paperaudit.conventions": "convention_cells convention_fingerprint p_matches",
        "paperaudit.contradictions": "conflict_rows find_contradictions",
        "paperaudit.frames": "check_frame",
        "paperaudit.verdict": "VERDICTS sentence",
        "paperaudit.audit_grids": "conflict_table fingerprint_table",
        "paperaudit.audit_page": "audit_words",
        "smallstats.multiplicity": "chances",
    },
)
