"""Hold the printed numbers of a clinical paper against each other, without its data.

A ledger has a row for each printed number. `load_claims` reads one; `audit_claims` gives each
number a verdict; `questions` and `letter_to_authors` put what is open to the authors.

========================  ==========================================================================
`example_ledger`          The path of an invented ledger, with relations and a few slips.
`load_claims`             Read and validate a ledger in a file.
`validate_claims`         Validate a ledger in a data frame.
`LedgerError`             Every problem of a ledger that cannot be used.
`Relations`               Which items of a ledger belong together.
`load_relations`          Read the relations that are declared beside a ledger.
`ledger_from_tables`      Read tables of a paper as a ledger, with what is doubtful.
`find_tests`              Find test statistics in running text.
`audit_claims`            Give every printed number a verdict.
`audit_coverage`          How many numbers were testable, tested with power, and objected to.
`VERDICTS`                The verdicts, what each says, and what it amounts to.
`questions`               What an audit would ask the authors.
`letter_to_authors`       The questions as a letter.
`find_contradictions`     Prove which counts and percentages cannot hold together.
`check_percent`           A percentage against its count.
`check_ratio`             A ratio against its limits and its p.
`check_difference`        A difference against its limits and its p.
`check_statistic`         A test statistic, with its degrees of freedom, against its p.
`check_spread`            A standard deviation against the extremes and the mean.
`check_baseline`          The p values of a trial's baseline together.
`check_frame`             The same for every row of a data frame.
`possible_fractions`      Every count and denominator that print as a percentage.
`p_from_counts`           Two counts tested in every usual way, beside a printed p.
`p_range_from_summary`    The p that printed means and SDs allow.
`grim`                    Whether whole numbers can have a mean.
`grimmer`                 Whether whole numbers can have a mean and an SD.
`debit`                   Whether a yes-no variable can have a mean and an SD.
`compatible_tables`       Every joint table with given margins, and its regression.
`matching_tables`         Those of them that print as a published regression.
`prints_as`               The rules of rounding under which a number prints as printed.
`compare_claims`          Recompute a ledger from the patients, if you have them.
`check_claims`            Stop if a number agrees or differs against what was stated.
`Design`                  Where the groups and the model of a ledger are in a data frame.
`show_published`          What was printed beside what was recomputed, as a table.
`show_differences`        The numbers that differ, as a table.
`try_attempt`             Fit every table of an attempt to get a published regression.
`Attempt`                 What is varied, and the settings that this makes:
`YesNo`                   covariates that a patient has or has not,
`Levels`                  or one of them a number.
`load_literature`         What other publications printed of an outcome.
`Subject`                 What that literature is about.
`LiteratureError`         Every problem of its tables,
`TableError`              as of any table that somebody wrote by hand.
========================  ==========================================================================

Each is imported from its module when first asked for, so that importing the package costs next to
nothing.
"""

from smallstats.lazy_names import lazy_names

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "paperaudit.claims": "LedgerError example_ledger load_claims validate_claims",
        "paperaudit.relations": "Relations load_relations",
        "paperaudit.audit": "audit_claims",
        "paperaudit.coverage": "audit_coverage",
        "paperaudit.verdict": "VERDICTS",
        "paperaudit.letter": "letter_to_authors questions",
        "paperaudit.contradictions": "find_contradictions",
        "paperaudit.number_checks": "check_percent check_ratio possible_fractions",
        "paperaudit.table_ledger": "ledger_from_tables",
        "paperaudit.reported_tests": "check_statistic find_tests",
        "paperaudit.interval_checks": "check_difference",
        "paperaudit.spreads": "check_spread",
        "paperaudit.baseline": "check_baseline",
        "paperaudit.frames": "check_frame",
        "paperaudit.p_values": "p_from_counts p_range_from_summary",
        "paperaudit.granularity": "debit grim grimmer",
        "paperaudit.compatible": "compatible_tables matching_tables",
        "paperaudit.rounding": "prints_as",
        "paperaudit.recomputed": "Design check_claims compare_claims",
        "paperaudit.published_tables": "show_differences show_published",
        "paperaudit.regression_searches": "Attempt Levels YesNo try_attempt",
        "paperaudit.literature": "LiteratureError Subject load_literature",
        "paperaudit.table_problems": "TableError",
    },
)
