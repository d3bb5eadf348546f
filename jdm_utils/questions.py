"""What to ask the authors of the study, and what a reader may check."""

from smallstats.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "paperaudit.inspection": "inspection",
        "paperaudit.letter": "STATISTICS agreement letter_to_authors questions",
        "jdm_utils.own_words": (
            "declared_answers declared_questions portuguese_words study_numbers"
        ),
        "jdm_utils.study": "LEDGER LEFT_OUT",
    },
)
