"""How much a check that a number passed says: the chance that it would have seen a slip.

That a number passes a check says little if most slips would have passed it as well. The power of a
check, for one printed number, is the share of slips in one digit, or of two digits that changed
places, that it would have seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from paperaudit.rounding import printed_value

#: From here on a check is said to have power.
ENOUGH = 0.5
LEADING_ZERO = re.compile(r"(?<![\d.])0\d")


def slips(printed: str, most: float | None = None) -> list[str]:
    """List what a printed number becomes by a slip in one digit, or if two change places.

    Parameters
    ----------
    printed
        As printed; words have no digits.
    most
        The largest value that the number can have; larger slips would be seen at once.

    Examples
    --------
    >>> slips("12")[:4], len(slips("12"))
    (['22', '32', '42', '52'], 18)
    >>> slips("0.5", most=1)[:3]
    ['0.0', '0.1', '0.2']
    """
    places = [i for i, sign in enumerate(printed) if sign.isascii() and sign.isdigit()]
    texts = [
        printed[:i] + digit + printed[i + 1 :]
        for i in places
        for digit in "0123456789"
        if digit != printed[i]
    ]
    for i, j in pairwise(places):
        if printed[i] != printed[j]:
            texts.append(
                printed[:i] + printed[j] + printed[i + 1 : j] + printed[i] + printed[j + 1 :]
            )
    return [text for text in texts if _possible(text, printed, most)]


def power_of(
    printed: str, fits: Callable[[str], bool], *, most: float | None = None
) -> float | None:
    """Return the share of slips in a printed number that a check would see.

    Parameters
    ----------
    printed
        As printed.
    fits
        The check: whether another printed number would have passed.
    most
        As in `slips`.

    Returns
    -------
    float or None
        None for a number without digits.

    Examples
    --------
    >>> power_of("12", lambda text: text == "12"), power_of("12", lambda text: True)
    (1.0, 0.0)
    """
    tried = slips(printed, most)
    return sum(not fits(text) for text in tried) / len(tried) if tried else None


def _possible(text: str, printed: str, most: float | None) -> bool:
    if LEADING_ZERO.search(text):
        return False
    try:
        value = printed_value(text)
    except ValueError:
        return False
    return value != printed_value(printed) and (most is None or value <= most)
