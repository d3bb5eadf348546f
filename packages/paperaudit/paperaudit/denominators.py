"""What the percentages of a table are percentages of: the group, or the row."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal, NamedTuple

from paperaudit.rounding import is_bound, prints_as

Base = Literal["column", "row", ""]


class Share(NamedTuple):
    """A count with its percentage, the patients of its group, and those of its row."""

    n: int
    percent: str
    size: int | None
    total: int | None


def follows(n: int, percent: str, whole: int | None) -> bool:
    """Whether a count of a whole prints as a percentage.

    Examples
    --------
    >>> follows(16, "69.6", 23), follows(16, "70", 24), follows(16, "70", None)
    (True, False, False)
    """
    if not whole or is_bound(percent):
        return False
    return bool(prints_as(Fraction(100 * n, whole), percent))


def percent_base(shares: Iterable[Share]) -> Base:
    """Say whether most counts are percentages of their group or of their row.

    Returns
    -------
    str
        ``column`` if at least half of the shares follow from the size of their group, and no fewer
        than from the total of their row; ``row`` if at least half follow from that; empty if
        neither, or if there is nothing to go by.

    Examples
    --------
    >>> percent_base([Share(57, "40.4", 96, 141), Share(84, "59.6", 194, 141)])
    'row'
    >>> percent_base([Share(9, "26.5", 34, 25), Share(16, "32.7", 49, 25)])
    'column'
    """
    tested = [share for share in shares if share.n]  # nobody is 0% of anything
    columns = sum(follows(s.n, s.percent, s.size) for s in tested)
    rows = sum(follows(s.n, s.percent, s.total) for s in tested)
    if columns and columns >= rows and 2 * columns >= sum(bool(s.size) for s in tested):
        return "column"
    if rows and 2 * rows >= sum(bool(s.total) for s in tested):
        return "row"
    return ""
