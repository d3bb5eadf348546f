"""The one module that rounds.

Rule: half up (a tie goes away from zero), on the number as Python writes it. Readers check a
printed table with a pencil, and a pencil rounds 0.145 to 0.15; the built-in ``round`` gives 0.14,
because the float nearest to 0.145 lies below it and because its ties go to the even digit.
``repr`` is the shortest decimal that names the float, so it is what the reader would have seen,
and decimal arithmetic on it has no hidden digits.

A number that misses a tie by less than half a ten-millionth of the last printed digit is the tie.
An odds ratio of exactly 13.125 comes out of one formula as 13.125 and out of another as
13.124999999999998; that miss is noise, differs between machines, and may not choose the digit.

Everything returned is a string. A missing value is an en dash, infinity is a symbol, a negative
number carries a minus sign (not a hyphen), and a number that rounds to zero carries none.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

MISSING = "–"
GROUPS = ("With outcome", "Without outcome")
"""What two groups are called when nobody names them."""
_NOISE = 7  # digits after the last printed one that say which side of a tie a number is on
# Wide enough for the largest float written out in full.
_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)

LARGE = 1000
"""A ratio above this says that there is one, and nothing of its size."""


def _decimal(x: Any) -> Decimal | None:
    if x is None or x is pd.NA or x is pd.NaT:
        return None
    if isinstance(x, bool | str):
        raise TypeError(f"{x!r} is not a number")
    number = Decimal(x) if isinstance(x, int | Decimal) else Decimal(repr(float(x)))
    return None if number.is_nan() else number


def format_number(x: Any, decimals: int = 2) -> str:
    """Write a number with a fixed count of decimals.

    Parameters
    ----------
    x
        A number of Python, numpy or pandas, or a missing value.
    decimals
        Digits after the point.

    Raises
    ------
    TypeError
        If `x` is a string or a truth value.

    Examples
    --------
    >>> format_number(0.145), format_number(13.124999999999998), format_number(float("nan"))
    ('0.15', '13.13', '–')
    """
    number = _decimal(x)
    if number is None:
        return MISSING
    if number.is_infinite():
        return "∞" if number > 0 else "−∞"
    for digits in (decimals + _NOISE, decimals):
        number = number.quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    return ("−" if number < 0 else "") + f"{number.copy_abs():f}"


def format_p(p: Any, *, symbol: str = "") -> str:
    """Write a p value with three decimals.

    Three decimals everywhere line up in a column and can be set against what journals print.
    Below 0.001 it is ``<0.001``. A p value under 0.05 never reads as 0.050: it becomes
    ``<0.050``, so that rounding cannot carry it across the usual threshold.

    Parameters
    ----------
    p
        A probability, or a missing value.
    symbol
        Letter for prose: with ``"p"`` the string is the whole equation.

    Raises
    ------
    ValueError
        If `p` is not between 0 and 1 (beyond the last bits of a float).

    Examples
    --------
    >>> format_p(0.01834), format_p(0.00002), format_p(0.0499), format_p(1.0)
    ('0.018', '<0.001', '<0.050', '1.000')
    >>> format_p(0.01834, symbol="p"), format_p(0.00002, symbol="p")
    ('p = 0.018', 'p < 0.001')
    """
    number = _decimal(p)
    if number is not None and not -1e-12 <= number <= 1 + 1e-12:
        raise ValueError(f"a p value is between 0 and 1, not {p!r}")
    text = format_number(number, 3)
    if number is not None and number < Decimal("0.001"):
        text = "<0.001"
    elif number is not None and number < Decimal("0.05") and text == "0.050":
        text = "<0.050"
    if not symbol:
        return text
    return f"{symbol} < {text[1:]}" if text.startswith("<") else f"{symbol} = {text}"


def format_probability(p: Any, decimals: int = 2) -> str:
    """Write a probability; one that is not 0 or 1 never reads as if it were.

    Examples
    --------
    >>> format_probability(0.9962), format_probability(1.0), format_probability(0.004)
    ('>0.99', '1.00', '<0.01')
    """
    number, last = _decimal(p), Decimal(1).scaleb(-decimals)
    text = format_number(p, decimals)
    if number is None or number in (0, 1) or text not in (f"{0:.{decimals}f}", f"{1:.{decimals}f}"):
        return text
    return f"<{last}" if number < 1 / Decimal(2) else f">{1 - last}"


def format_percent(part: Any, whole: Any = 100, *, decimals: int = 0) -> str:
    """Write `part` of `whole` as a percentage, the quotient taken exactly.

    Examples
    --------
    >>> format_percent(15, 54), format_percent(42.59), format_percent(0, 0)
    ('28%', '43%', '–')
    """
    n, total = _decimal(part), _decimal(whole)
    if n is None or not total or n.is_infinite() or total.is_infinite():
        return MISSING
    # Half up by whole units: 23/40 is 57.5 exactly, where 100 * (23 / 40) need not be.
    scaled = Fraction(n) / Fraction(total) * 100 * 10**decimals
    units = (2 * abs(scaled) + 1) // 2
    return (
        format_number(
            Decimal(int(units) if scaled >= 0 else -int(units)).scaleb(-decimals), decimals
        )
        + "%"
    )


def format_n_percent(n: Any, total: Any, *, decimals: int = 0) -> str:
    """Write a count, its denominator and the percentage.

    Examples
    --------
    >>> format_n_percent(16, 23), format_n_percent(0, 0)
    ('16/23 (70%)', '0/0 (–)')
    """
    counts = f"{format_number(n, 0)}/{format_number(total, 0)}"
    return f"{counts} ({format_percent(n, total, decimals=decimals)})"


def format_interval(low: Any, high: Any, decimals: int = 2) -> str:
    """Write an interval. "to" cannot be mistaken for a minus sign, as a dash can.

    Examples
    --------
    >>> format_interval(1.5904, float("inf")), format_interval(None, None)
    ('1.59 to ∞', '–')
    """
    ends = format_number(low, decimals), format_number(high, decimals)
    return MISSING if ends == (MISSING, MISSING) else " to ".join(ends)


def format_estimate(estimate: Any, low: Any, high: Any, decimals: int = 2) -> str:
    """Write an estimate with its interval.

    Examples
    --------
    >>> format_estimate(15.5598, 1.5904, 152.2285)
    '15.56 (1.59 to 152.23)'
    """
    point, interval = format_number(estimate, decimals), format_interval(low, high, decimals)
    return point if interval == MISSING else f"{point} ({interval})"


def format_ratio(ratio: Any, low: Any, high: Any, decimals: int = 2) -> str:
    """Write a ratio with its interval; of what is above 1000, only that it is.

    Examples
    --------
    >>> format_ratio(15.5598, 1.5904, 152.2285), format_ratio(81234.5, 0.3, float("inf"))
    ('15.56 (1.59 to 152.23)', '>1000 (0.30 to ∞)')
    """

    def write(number: Any) -> str:
        large = LARGE < float(number) < float("inf")
        return f">{LARGE}" if large else format_number(number, decimals)

    point, *ends = map(write, (ratio, low, high))
    return point if set(ends) == {MISSING} else f"{point} ({' to '.join(ends)})"


def format_mean_sd(mean: Any, sd: Any, decimals: int = 2) -> str:
    """Write a mean with its standard deviation.

    Examples
    --------
    >>> format_mean_sd(6.5649, 2.6)
    '6.56 ± 2.60'
    """
    centre = format_number(mean, decimals)
    return MISSING if centre == MISSING else f"{centre} ± {format_number(sd, decimals)}"


def format_list(words: Iterable[str]) -> str:
    """Write words as prose does.

    Examples
    --------
    >>> format_list(["a", "b", "c"]), format_list(["a", "b"]), format_list([])
    ('a, b and c', 'a and b', 'none')
    """
    *first, last = list(words) or ["none"]
    return " and ".join([", ".join(first), last]) if first else last


def format_labels(frame: pd.DataFrame) -> list[str]:
    """Name the rows of a tidy frame: its ``label``, with its ``level`` where there is one.

    Examples
    --------
    >>> format_labels(pd.DataFrame({"label": ["Female", "Subtype"], "level": ["", "universalis"]}))
    ['Female', 'Subtype: universalis']
    """
    levels = frame["level"].fillna("") if "level" in frame else [""] * len(frame)
    return [
        f"{label}: {level}" if level else str(label)
        for label, level in zip(frame["label"], levels, strict=True)
    ]
