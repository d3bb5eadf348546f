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
`room_for_count`          Bound a count by the others.
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
========================  ==========================================================================

Each is imported from its module when first asked for, so that importing the package costs next to
nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "claims": ("LedgerError", "example_ledger", "load_claims", "validate_claims"),
    "relations": ("Relations", "load_relations"),
    "audit": ("audit_claims",),
    "coverage": ("audit_coverage",),
    "verdict": ("VERDICTS",),
    "letter": ("letter_to_authors", "questions"),
    "contradictions": ("find_contradictions", "room_for_count"),
    "number_checks": ("check_percent", "check_ratio", "possible_fractions"),
    "table_ledger": ("ledger_from_tables",),
    "reported_tests": ("check_statistic", "find_tests"),
    "interval_checks": ("check_difference",),
    "spreads": ("check_spread",),
    "baseline": ("check_baseline",),
    "frames": ("check_frame",),
    "p_values": ("p_from_counts", "p_range_from_summary"),
    "granularity": ("debit", "grim", "grimmer"),
    "compatible": ("compatible_tables", "matching_tables"),
    "rounding": ("prints_as",),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'paperaudit' has no attribute {name!r}")
    value = getattr(import_module(f"paperaudit.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
