"""What an audit can say of one printed number: the closed list, its words, and what they mean."""

import sys
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

from paperaudit.rounding import RULES, printed_decimals, printed_interval, printed_value

#: What a verdict amounts to.
FOLLOWS, UNJUDGED, DIFFERS = (
    "follows from the others",
    "cannot be judged",
    "does not follow",
)
MEANINGS = (FOLLOWS, UNJUDGED, DIFFERS)


class Verdict(StrEnum):
    """The closed list, in the order of a headline.

    Attributes
    ----------
    words
        How it is called.
    text
        What it says of a number.
    meaning
        One of `MEANINGS`.
    to_weigh
        Whether a reader has to weigh it: every objection, and what follows by another method only.
    """

    words: str
    text: str
    meaning: str
    to_weigh: bool

    def __new__(
        cls, value: str, words: str, text: str, meaning: str, to_weigh: bool = False
    ) -> "Verdict":
        """Give a member its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words, member.text, member.meaning = words, text, meaning
        member.to_weigh = to_weigh or meaning == DIFFERS
        return member

    @property
    def objection(self) -> bool:
        """Whether it says that the number does not follow."""
        return self.meaning == DIFFERS

    CONTRADICTED = (
        "contradicted",
        "Contradicted",
        "It does not agree with other printed numbers, which are named. The printed numbers cannot "
        "tell which of them is the slip.",
        DIFFERS,
    )
    NOT_REPRODUCED = (
        "not_reproduced",
        "Not reproduced",
        "No method that was tried gives it. A test, a correction or a denominator that the paper "
        "used and the ledger does not name, or patients with missing values, would explain it.",
        DIFFERS,
    )
    OTHER_PATIENTS = (
        "other_patients",
        "Only with other patients than printed",
        "The regression that the paper describes gives it, but with other numbers of patients than "
        "the paper prints. A variable that is wider or narrower than its row would explain it.",
        DIFFERS,
    )
    REPRODUCED_OTHER_METHOD = (
        "reproduced_other_method",
        "Reproduced by another method",
        "It follows by a method other than the one described, which is named. That may not have "
        "been the method used: another one can give the same digits.",
        FOLLOWS,
        True,
    )
    ATTAINABLE = (
        "attainable",
        "Attainable",
        "The printed digits leave room for it: some values that print as they do give it. It is "
        "no objection.",
        FOLLOWS,
    )
    CONSISTENT = (
        "consistent",
        "Consistent with others",
        "It cannot be computed from the others, but it took part in a check that could have failed "
        "and passed; the other numbers of the check are named.",
        FOLLOWS,
    )
    REPRODUCED_TRUNCATED = (
        "reproduced_truncated",
        "Reproduced by truncation",
        "It follows if digits were cut off rather than rounded: a habit, and hardly a mistake.",
        FOLLOWS,
    )
    REPRODUCED = (
        "reproduced",
        "Reproduced",
        "It follows from other printed numbers. It can still be wrong: nothing here sees a slip "
        "that was carried through. It says nothing of other patients.",
        FOLLOWS,
    )
    NOT_CHECKABLE = (
        "not_checkable",
        "Not checkable",
        "No check that could have failed was passed with it: nothing else that is printed depends "
        "on it, or only a number that does not follow does, or it belongs to the design or to "
        "another study. That is no reproach.",
        UNJUDGED,
    )


#: The closed list by its keys, and those that a reader has to weigh.
VERDICTS: Mapping[str, Verdict] = {verdict.value: verdict for verdict in Verdict}
TO_WEIGH = tuple(verdict.value for verdict in Verdict if verdict.to_weigh)
CONCLUSION, ARITHMETIC, COSMETIC = "changes a conclusion", "arithmetic", "cosmetic"
ALPHA = 0.05
#: Codes of checks that say whether values are plausible at all: they stand in the wrong order, or
#: no patients can have them.
ORDER, IMPOSSIBLE = "order", "impossible"
#: Said where no way out of an objection was found.
NO_WAY_OUT = (
    "no small change that was tried makes it agree: another digit here or beside it, fewer "
    "patients with data, places changed"
)

Claim = dict[Hashable, Any]


@dataclass(frozen=True)
class Finding:
    """What the audit says of one printed number.

    Attributes
    ----------
    verdict, computed, method, severity, explanation, ask
        As `audit_claims` describes them.
    rescue
        The smallest changes, found by search, that would remove an objection.
    power
        The share of slips in one digit of the number that the check would have seen; None where
        no check was made that could have failed.
    code
        `ORDER` or `IMPOSSIBLE` if the check was one of these.
    judged_by
        The function that came to it, as ``module:name``. It notes itself.
    """

    verdict: Verdict
    computed: str = ""
    method: str = ""
    severity: str = ""
    explanation: str = ""
    ask: str = ""
    rescue: str = ""
    power: float | None = None
    code: str = ""
    judged_by: str = ""

    def __post_init__(self) -> None:
        if self.judged_by:  # a finding that is changed stays of whom it is
            return
        frame = sys._getframe(1)
        while frame.f_globals["__name__"] in (__name__, "dataclasses") and frame.f_back:
            frame = frame.f_back
        function = frame.f_code.co_qualname.partition(".<locals>")[0]
        object.__setattr__(self, "judged_by", f"{frame.f_globals['__name__']}:{function}")

    @property
    def milder(self) -> str:
        """Its severity where one cause of several findings makes none bear on a conclusion."""
        return ARITHMETIC if self.severity == CONCLUSION else self.severity

    @property
    def meaning(self) -> str:
        """Which of `MEANINGS` it has: what bears on a conclusion never passes as following."""
        return DIFFERS if self.severity == CONCLUSION else self.verdict.meaning


def by_rules(
    rules: Sequence[str], computed: str, method: str, power: float | None = None
) -> Finding:
    """Judge a number by the habits that print it."""
    if not rules:
        why = "another denominator, without missing values, may have been used"
        ask = "the count behind it, and of how many patients"
        return Finding(Verdict.NOT_REPRODUCED, computed, method, ARITHMETIC, why, ask, power=power)
    if tuple(rules) == ("truncated",):
        why = "the digits are cut off, not rounded"
        return Finding(Verdict.REPRODUCED_TRUNCATED, computed, method, COSMETIC, why, power=power)
    return Finding(Verdict.REPRODUCED, computed, method, power=power)


def unchecked(ask: str) -> Finding:
    """Say that nothing depends on a number, and what to ask for it."""
    why = "no other printed number depends on it"
    return Finding(Verdict.NOT_CHECKABLE, explanation=why, ask=ask)


def p_text(p: float) -> str:
    """Write a computed p: never 0.

    Examples
    --------
    >>> p_text(0.03486), p_text(3e-9), p_text(1.0)
    ('0.0349', '<0.0001', '1.0000')
    """
    return "<0.0001" if p < 0.00005 else f"{p:.4f}"


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
