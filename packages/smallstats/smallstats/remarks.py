"""A sentence that keeps what was filled into it, so that others can say it in their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

FEW_CLUSTERS = 10
"""With fewer clusters robust standard errors are too small."""


class Remark(str):
    """A sentence about a fit, a warning or a reason why there is none.

    Attributes
    ----------
    words
        The sentence with names in braces.
    values
        What stands for these names. Under ``term`` is the name of a column, or of a term of a
        design (``name[level]``); under a name that ends in ``terms`` are several.

    Examples
    --------
    >>> remark = Remark("{term!r} is collinear with {terms}", term="bmi", terms=("kg", "m"))
    >>> remark, remark.values["terms"]
    ("'bmi' is collinear with 'kg', 'm'", ('kg', 'm'))
    """

    words: str
    values: dict[str, Any]

    def __new__(cls, words: str, /, **values: Any) -> Remark:
        """Fill in the values; several names are listed."""
        listed = {
            key: ", ".join(map(repr, value)) if isinstance(value, tuple) else value
            for key, value in values.items()
        }
        remark = super().__new__(cls, words.format(**listed))
        remark.words, remark.values = words, values
        return remark


def joined(remarks: Iterable[str]) -> str:
    """Join remarks to one, whose values they are.

    Examples
    --------
    >>> joined([Remark("{n} rows", n=3), "none is complete"])
    '3 rows; none is complete'
    """
    values = {f"remark{i}": remark for i, remark in enumerate(remarks)}
    if len(values) == 1:
        return values["remark0"]
    return Remark("; ".join(f"{{{name}}}" for name in values), **values)


def rows_left_out(left_out: int, rows: int) -> Remark:
    """Return the remark on rows that are not complete."""
    words = "{n} of {all} rows left out for a missing value"
    return Remark(words, n=left_out, all=rows)


def few_events(each: float, few: int, why: Remark) -> Remark:
    """Return the remark on few events for each coefficient, with what that does."""
    words = "{each} events for each coefficient, fewer than {few}: {why}"
    return Remark(words, each=f"{each:.1f}", few=few, why=why)


def few_clusters(clusters: int) -> list[Remark]:
    """Return a warning where robust standard errors of so few clusters are too small.

    Without clusters *clusters* is 0, and there is none.
    """
    words = "{n} clusters are few: the intervals are too narrow"
    return [Remark(words, n=clusters)] * (0 < clusters < FEW_CLUSTERS)
