"""What an audit can say of one printed number."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from jdm_utils.paper.rounding import RULES, printed_interval, printed_value

VERDICTS = (
    "reproduced", "reproduced_truncated", "reproduced_other_method", "attainable", "contradicted",
    "not_reproduced", "not_checkable",
)  # fmt: skip
CONCLUSION, ARITHMETIC, COSMETIC = "changes a conclusion", "arithmetic", "cosmetic"
ALPHA = 0.05

Claim = dict[Hashable, Any]


@dataclass(frozen=True)
class Verdict:
    """What the audit says of one printed number."""

    verdict: str
    computed: str = ""
    method: str = ""
    severity: str = ""
    explanation: str = ""
    ask: str = ""


def by_rules(rules: Sequence[str], computed: str, method: str) -> Verdict:
    """Judge a number by the habits that print it."""
    if not rules:
        why = "another denominator, without missing values, may have been used"
        ask = "the count behind it, and of how many patients"
        return Verdict("not_reproduced", computed, method, ARITHMETIC, why, ask)
    if tuple(rules) == ("truncated",):
        why = "the digits are cut off, not rounded"
        return Verdict("reproduced_truncated", computed, method, COSMETIC, why)
    return Verdict("reproduced", computed, method)


def unchecked(ask: str) -> Verdict:
    """Say that nothing depends on a number, and what to ask for it."""
    why = "no other printed number depends on it"
    return Verdict("not_checkable", explanation=why, ask=ask)


def overlap(printed: str, other: str) -> bool:
    """Whether some number prints as both."""
    pairs = [
        (printed_interval(printed, a), printed_interval(other, b)) for a in RULES for b in RULES
    ]
    return any(a.low < b.high and b.low < a.high for a, b in pairs)


def severity(printed: str, computed: Iterable[float]) -> str:
    """Say whether any p that was computed lies on the other side of 5% than the printed one."""
    below = printed_value(printed) <= ALPHA and printed_interval(printed).high < inf
    return CONCLUSION if any((p <= ALPHA) != below for p in computed) else COSMETIC
