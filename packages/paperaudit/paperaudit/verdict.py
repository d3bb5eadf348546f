"""What an audit can say of one printed number: the closed list, its words, and what they mean."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, NamedTuple

from paperaudit.rounding import RULES, printed_decimals, printed_interval, printed_value

Key = Literal[
    "contradicted", "not_reproduced", "other_patients", "reproduced_other_method", "attainable",
    "consistent", "reproduced_truncated", "reproduced", "not_checkable",
]  # fmt: skip
#: What a verdict amounts to.
FOLLOWS, UNJUDGED, DIFFERS = (
    "follows from the others",
    "cannot be judged",
    "does not follow",
)
MEANINGS = (FOLLOWS, UNJUDGED, DIFFERS)


class Wording(NamedTuple):
    """How a verdict is called, what it says of a number, and which of `MEANINGS` it has."""

    words: str
    text: str
    meaning: str


#: The closed list, in the order of a headline.
VERDICTS: Mapping[str, Wording] = {
    "contradicted": Wording(
        "Contradicted",
        "It does not agree with other printed numbers, which are named. The printed numbers cannot "
        "tell which of them is the slip.",
        DIFFERS,
    ),
    "not_reproduced": Wording(
        "Not reproduced",
        "No method that was tried gives it. A test, a correction or a denominator that the paper "
        "used and the ledger does not name, or patients with missing values, would explain it.",
        DIFFERS,
    ),
    "other_patients": Wording(
        "Only with other patients than printed",
        "The regression that the paper describes gives it, but with other numbers of patients than "
        "the paper prints. A variable that is wider or narrower than its row would explain it.",
        DIFFERS,
    ),
    "reproduced_other_method": Wording(
        "Reproduced by another method",
        "It follows by a method other than the one described, which is named. That may not have "
        "been the method used: another one can give the same digits.",
        FOLLOWS,
    ),
    "attainable": Wording(
        "Attainable",
        "The printed digits leave room for it: some values that print as they do give it. It is "
        "no objection.",
        FOLLOWS,
    ),
    "consistent": Wording(
        "Consistent with others",
        "It cannot be computed from the others, but it took part in a check that could have failed "
        "and passed; the other numbers of the check are named.",
        FOLLOWS,
    ),
    "reproduced_truncated": Wording(
        "Reproduced by truncation",
        "It follows if digits were cut off rather than rounded: a habit, and hardly a mistake.",
        FOLLOWS,
    ),
    "reproduced": Wording(
        "Reproduced",
        "It follows from other printed numbers. It can still be wrong: nothing here sees a slip "
        "that was carried through. It says nothing of other patients.",
        FOLLOWS,
    ),
    "not_checkable": Wording(
        "Not checkable",
        "No check that could have failed was passed with it: nothing else that is printed depends "
        "on it, or only a number that does not follow does, or it belongs to the design or to "
        "another study. That is no reproach.",
        UNJUDGED,
    ),
}
#: Verdicts that a reader has to weigh.
TO_WEIGH: tuple[Key, ...] = (
    "contradicted",
    "not_reproduced",
    "other_patients",
    "reproduced_other_method",
)
CONCLUSION, ARITHMETIC, COSMETIC = "changes a conclusion", "arithmetic", "cosmetic"
ALPHA = 0.05

Claim = dict[Hashable, Any]


@dataclass(frozen=True)
class Verdict:
    """What the audit says of one printed number."""

    verdict: Key
    computed: str = ""
    method: str = ""
    severity: str = ""
    explanation: str = ""
    ask: str = ""

    @property
    def meaning(self) -> str:
        """Which of `MEANINGS` it has: what bears on a conclusion never passes as following."""
        return DIFFERS if self.severity == CONCLUSION else VERDICTS[self.verdict].meaning


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


def alike(printed: str, other: str) -> bool:
    """Whether two printed strings can be one number that was shortened by one habit.

    Examples
    --------
    >>> alike("0.027", "0.03"), alike("0.02", "0.03")
    (True, False)
    """
    same_digits = printed_decimals(printed) == printed_decimals(other)
    differ = same_digits and printed_value(printed) != printed_value(other)
    bounds = any(text[:1] in "<>≤≥" for text in (printed.strip(), other.strip()))
    return overlap(printed, other) and (bounds or not differ)


def sentence(words: str) -> str:
    """Begin with a capital, but for a p value.

    Examples
    --------
    >>> sentence("does not follow"), sentence("p values of tests")
    ('Does not follow', 'p values of tests')
    """
    return words if words.startswith("p ") else words[:1].upper() + words[1:]


def severity(printed: str, computed: Iterable[float]) -> str:
    """Say whether any p that was computed lies on the other side of 5% than the printed one."""
    below = printed_value(printed) <= ALPHA and printed_interval(printed).high < inf
    return CONCLUSION if any((p <= ALPHA) != below for p in computed) else COSMETIC
