"""What a printed number stands for: an interval, in exact arithmetic.

A printed string is one value of many: ``"0.02"`` may be 0.0151 rounded or 0.0299 cut off. Every
comparison of this project with print goes through these intervals, never through ``==``.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Literal, get_args

Rule = Literal["half up", "half even", "truncated"]
RULES: tuple[Rule, ...] = get_args(Rule)
#: The habits that a printed number can tell apart, and the rule that each stands for. Half even
#: gives the same digits as one of these.
Habit = Literal["rounded", "truncated"]
HABITS: dict[Habit, Rule] = {"rounded": "half up", "truncated": "truncated"}

#: Printed texts, and slips of them, whose meaning is kept.
TEXTS = 2**15

PLAIN = re.compile(r"-?[0-9]*\.?[0-9]+")
THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}([, ][0-9]{3})+(\.[0-9]+)?")
DECIMAL_COMMA = re.compile(r"[-+]?(0|[0-9]+(?=,[0-9]{1,2}$|,[0-9]{4,}$)),[0-9]+")
BOUND = re.compile(r"([<>≤≥]?)\s*(.*?)\s*%?", re.DOTALL)
#: A power of ten, as in "1.0 × 10−4", "5×10⁻⁴", "1e-4"; "4.3e1" is nothing that a paper prints.
POWER = re.compile(r"(.*?)\s*(?:[×x✕]\s*10\s*\^?\s*([-+]?[0-9]+)|e\s*(-[0-9]+))")
#: Signs, dots and spaces that look alike in print.
PLAIN_SIGNS = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣－", "-") | dict.fromkeys("·∙⋅", ".") | {"⩽": "≤", "≦": "≤", "⩾": "≥"}
    | {"≧": "≥", "\N{FULLWIDTH LESS-THAN SIGN}": "<", "\N{FULLWIDTH GREATER-THAN SIGN}": ">"}
    | dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                    "\u202f\u205f\u3000", " ")
)  # fmt: skip
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱ"
#: Marks of footnotes after a number; superscript digits are one unless they raise a ten.
FOOTNOTE = re.compile(rf"(?:\s*,?\s*[*∗⁎†‡§¶‖#&$@{_RAISED}])+$")
_TEN = re.compile(rf"([×x✕]\s*10)\s*([{_RAISED}]+)")
#: What is printed for a p above 5%.
NOT_SIGNIFICANT = re.compile(r"n\.?\s?s\.?|non-?\s?significant|not significant")
WORDS = {
    "none": 0, "one": 1, "two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "first": 1, "third": 3, "fourth": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """The values that print as one string: exact ends, each of them open or closed.

    Only `high` can be infinite, for a string such as ">0.99".
    """

    low: Fraction
    high: Fraction | float
    closed_low: bool
    closed_high: bool

    def __contains__(self, value: float | Fraction | Decimal) -> bool:
        x = Fraction(value)
        above = x >= self.low if self.closed_low else x > self.low
        below = x <= self.high if self.closed_high else x < self.high
        return above and below


@lru_cache(maxsize=TEXTS)
def printed_value(printed: str) -> Fraction:
    """Return the number a printed string says: digits, 1/5, a ratio 2:1, or an English word.

    A bound ("<0.001") says the number that bounds, and "NS" bounds a p by 0.05; a percent sign,
    marks of footnotes, and commas or spaces between thousands say nothing; a raised dot is a
    decimal point, and so is a comma that cannot part thousands; powers of ten are read.

    Raises
    ------
    ValueError
        If the string is none of these.

    Examples
    --------
    >>> printed_value("0.018"), printed_value("1/5"), printed_value("eight")
    (Fraction(9, 500), Fraction(1, 5), Fraction(8, 1))
    >>> float(printed_value("5×10⁻⁴")), float(printed_value("6,56")), float(printed_value("1,234"))
    (0.0005, 6.56, 1234.0)
    """
    _, text, power = _parse(printed)
    if text in WORDS:
        return Fraction(WORDS[text])
    try:
        parts = [Fraction(_decimal(part)) for part in re.split("[/:]", text, maxsplit=1)]
        return (parts[0] if len(parts) == 1 else parts[0] / parts[1]) * Fraction(10) ** power
    except (ValueError, ZeroDivisionError, InvalidOperation):
        raise ValueError(f"{printed!r} is not a number, a fraction or a number word") from None


def is_bound(printed: str) -> bool:
    """Whether a printed string says only what a number is below or above.

    Examples
    --------
    >>> is_bound("<0.001"), is_bound("0.001")
    (True, False)
    """
    return bool(_parse(printed)[0])


def printed_decimals(printed: str) -> int:
    """Count the decimals of a printed string; words, whole numbers and ratios have none.

    A fraction such as 1/5 is read as the coarse statement that it is: one decimal. A power of ten
    moves the point, so that hundreds have -2 decimals.

    Examples
    --------
    >>> [printed_decimals(text) for text in ("six", "54", "1.0", "0.288", "1/5", "1.0 × 10−4")]
    [0, 0, 1, 3, 1, 5]
    """
    _, text, power = _parse(printed)
    if DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return 1 if "/" in text else len(text.partition(".")[2]) - power


@lru_cache(maxsize=TEXTS)
def printed_interval(printed: str, rule: Rule = "half up") -> Interval:
    """Return the interval of values that print as *printed* under a rounding rule.

    Parameters
    ----------
    printed : str
        The number as printed; trailing zeros count ("1.0" is narrower than "1").
    rule : {"half up", "half even", "truncated"}
        Half up rounds ties away from zero; half even rounds them to the even digit; truncated
        cuts the digits off. A printed bound such as "<0.001" is the same under all of them.

    Raises
    ------
    ValueError
        If *printed* is not a number or *rule* is unknown.

    Examples
    --------
    >>> interval = printed_interval("0.02", "truncated")
    >>> 0.0265 in interval, 0.0265 in printed_interval("0.02")
    (True, False)
    """
    if rule not in RULES:
        raise ValueError(f"rounding rule {rule!r}: allowed are {', '.join(map(repr, RULES))}")
    value, decimals, bound = printed_value(printed), printed_decimals(printed), _parse(printed)[0]
    if bound in ("<", "≤"):
        return Interval(min(Fraction(0), value), value, True, bound == "≤")
    if bound in (">", "≥"):
        return Interval(value, math.inf, bound == "≥", False)
    unit = Fraction(10) ** -decimals
    size = abs(value)
    if rule == "truncated":
        low, high, ties = size, size + unit, (True, False)
    else:
        even = (size / unit).denominator == 1 and (size / unit).numerator % 2 == 0
        low, high = size - unit / 2, size + unit / 2
        ties = (True, False) if rule == "half up" else (even, even)
    if size == 0:  # values of either sign print as zero
        return Interval(-high, high, ties[1], ties[1])
    return Interval(low, high, *ties) if value > 0 else Interval(-high, -low, *ties[::-1])


def exact_bounds(printed: str, rules: Sequence[Rule] = RULES) -> tuple[Fraction, Fraction | float]:
    """Bound all values that print as printed under some rule, in exact arithmetic."""
    intervals = [printed_interval(printed, rule) for rule in rules]
    return min(i.low for i in intervals), max(i.high for i in intervals)


def bounds(printed: str, rules: Sequence[Rule] = RULES) -> tuple[float, float]:
    """Bound all values that print as printed under some rule.

    Examples
    --------
    >>> bounds("2.5"), bounds("<3")
    ((2.45, 2.6), (0.0, 3.0))
    """
    low, high = exact_bounds(printed, rules)
    return float(low), float(high)


def prints_as(value: float | Fraction, printed: str) -> tuple[Rule, ...]:
    """Return the rules under which *value* prints as *printed*, an empty tuple if none does.

    A float is taken at its exact binary value; give ties (a percentage, say) as a Fraction.

    Examples
    --------
    >>> prints_as(Fraction(15 * 100, 54), "27")
    ('truncated',)
    """
    return tuple(rule for rule in RULES if value in printed_interval(printed, rule))


def counts_that_print(percent: str, total: int) -> list[int]:
    """List the counts of *total* that print as a percentage, rounded or truncated.

    Examples
    --------
    >>> counts_that_print("69.5", 23), counts_that_print("70", 23), counts_that_print("71", 23)
    ([16], [16], [])
    """
    return list(_counts_that_print(percent, total))


@lru_cache(maxsize=TEXTS)
def _counts_that_print(percent: str, total: int) -> tuple[int, ...]:
    counts: set[int] = set()
    for rule in ("half up", "truncated"):
        interval = printed_interval(percent, rule)
        first = max(0, math.ceil(interval.low * total / 100))
        last = min(total, math.floor(min(interval.high, 100) * total / 100))
        # between the ends every count is inside: only the ends may be just outside
        first += Fraction(100 * first, total) not in interval
        last -= Fraction(100 * last, total) not in interval
        counts |= set(range(first, last + 1))
    return tuple(sorted(counts))


def totals_that_print(percent: str, n: int, least: int, most: int) -> list[int]:
    """List the totals, from *least* to *most*, of which a count is a printed percentage.

    Rounded; cut off only if rounding gives none.

    Examples
    --------
    >>> totals_that_print("17", 14, 69, 86), totals_that_print("35", 59, 153, 191)
    ([81, 82, 83, 84], [167, 168, 169, 170, 171])
    """
    rules: tuple[Rule, ...] = ("half up", "truncated")
    for rule in rules:
        interval = printed_interval(percent, rule)
        first = max(least, n, 1, math.floor(100 * n / interval.high) if interval.high else most)
        last = min(most, math.ceil(100 * n / interval.low) if interval.low > 0 else most)
        inside = [k for k in range(first, last + 1) if Fraction(100 * n, k) in interval]
        if inside:
            return inside
    return []


@lru_cache(maxsize=TEXTS)
def _parse(printed: str) -> tuple[str, str, int]:
    """Part the sign of a bound and a power of ten from the number, in plain characters."""
    text = plain_text(printed).casefold()
    if NOT_SIGNIFICANT.fullmatch(text):
        return ">", "0.05", 0
    sign, number = BOUND.fullmatch(text).groups()  # type: ignore[union-attr]  # matches any text
    raised = POWER.fullmatch(number)
    if raised is None:
        return sign, number, 0
    power = int(raised[2] or raised[3])
    # Beyond what a paper can print, a power would only cost time.
    return (sign, raised[1] or "1", power) if abs(power) <= 400 else (sign, "", 0)


def plain_text(printed: str) -> str:
    """Write a printed number in plain signs, without marks of footnotes.

    Examples
    --------
    >>> plain_text(" −3·4†"), plain_text("5 × 10⁻⁴"), plain_text("0.03¹")
    ('-3.4', '5 × 10-4', '0.03')
    """
    text = printed.translate(PLAIN_SIGNS).strip()
    text = _TEN.sub(lambda match: match[1] + match[2].translate(SUPERSCRIPTS), text)
    return FOOTNOTE.sub("", text)


def _decimal(text: str) -> Decimal:
    text = text.strip()
    if THOUSANDS.fullmatch(text):
        text = re.sub("[, ]", "", text)
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not PLAIN.fullmatch(text.removeprefix("+")):  # Decimal would read 1e2, 1_5, other scripts
        raise ValueError(text)
    return Decimal(text)


def rounded_twice(printed: str, value: Fraction) -> str:
    """Return what a value was first rounded to if it prints so after a second rounding.

    Examples
    --------
    >>> rounded_twice("21.3", Fraction(14300, 673)), rounded_twice("21.4", Fraction(14300, 673))
    ('21.25', '')
    """
    unit = Fraction(1, 10 ** (printed_decimals(printed) + 1))
    first = math.floor(value / unit + Fraction(1, 2)) * unit
    if not prints_as(first, printed) or prints_as(value, printed):
        return ""
    return f"{float(first):.{printed_decimals(printed) + 1}f}"
