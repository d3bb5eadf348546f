"""A paper of invented patients: its authors' habits, and the digits that they print."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from paperaudit.claims import COLUMNS

ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
RATIO = ("odds_ratio", "ci_low", "ci_high")


@dataclass
class Paper:
    """The habits of a paper's authors, and the numbers that they have printed so far.

    ``row_percent``: a percentage is of those with the sign, not of the group, and no value is
    missing; ``silent``: missing values show in the percentages only; ``level``: of their limits;
    ``pairs``: of three groups, the first is compared with each other one as well. ``hidden`` are
    the items with missing values of which a paper prints no denominator.
    """

    rng: np.random.Generator
    names: tuple[str, ...]
    test: str
    welch: bool
    rounding: str
    careless: bool
    p_decimals: int
    p_style: str
    percent_decimals: int
    row_percent: bool = False
    silent: bool = False
    level: float = 0.95
    pairs: bool = False
    hidden: set[str] = field(default_factory=set)
    rows: list[dict[str, str]] = field(default_factory=list)
    values: list[float | Fraction] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """Draw whether something happens."""
        return bool(self.rng.random() < probability)

    def digits(self, value: float | Fraction, decimals: int) -> str:
        """Cut a number as the authors do; careless ones do it each time in another way."""
        rounding = str(self.rng.choice(ROUNDINGS)) if self.careless else self.rounding
        exact = Fraction(f"{value:.12g}") if isinstance(value, float) else value  # 7.28, not 7.27…9
        decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
        return str(decimal.quantize(Decimal(1).scaleb(-decimals), rounding=rounding))

    def say(
        self,
        place: tuple[str, str, str],
        statistic: str,
        value: float | Fraction,
        decimals: int = 0,
        *,
        denominator: int | str = "",
        unit: str = "",
        note: str = "",
        variable: str = "",
        model: str = "",
    ) -> None:
        """Print a number: *place* is its location, item and group."""
        printed = self._p(value) if statistic == "p" else self.digits(value, decimals)
        location, item, group = place
        row = {"location": location, "item": item, "group": group, "statistic": statistic}
        row |= {"denominator": str(denominator), "unit": unit, "role": "predicted", "note": note}
        row |= {"variable": variable, "model": model}
        self.rows.append(row | written(printed))
        self.values.append(value)

    def _p(self, value: float | Fraction) -> str:
        if self.p_style == "<0.05" and value < 0.05:
            return "<0.05"
        if self.p_style == "<0.001" and value < 0.001:
            return "<0.001"
        return self.digits(value, self.p_decimals)

    def share(
        self, place: tuple[str, str, str], yes: int, known: int, total: int, *,
        row: int | None = None, variable: str = "",
    ) -> None:  # fmt: skip
        """Print a count, its percentage or both; the denominator where values are missing.

        *row*, if given, is how many have the sign in all groups: the percentage is of them.
        """
        style = self.rng.choice(["both", "n", "percent"], p=[0.8, 0.1, 0.1])
        if row is not None:
            style = "both" if row else "n"
        untold = self.silent and known < total
        if untold:
            style = "both"
            self.hidden.add(place[1])
        whole: int | str = "" if known == total or untold else known
        if style != "percent":
            self.say(place, "n", yes, denominator=whole, unit="patients", variable=variable)
        if style != "n":
            of = row or (total if self.silent else known)
            percent = Fraction(100 * yes, row or known)
            self.say(place, "percent", percent, self.percent_decimals, denominator=of, unit="%",
                     variable=variable)  # fmt: skip

    def ledger(self) -> pd.DataFrame:
        """Return what was printed as a ledger, in strings."""
        frame = pd.DataFrame(self.rows)
        names = frame[["location", "item", "group", "statistic"]].agg("_".join, axis=1)
        names = names.str.replace("__", "_")
        nth = frame.groupby(names).cumcount() + 1
        frame["id"] = [f"{name}_{k}" if k > 1 else name for name, k in zip(names, nth, strict=True)]
        frame["id"] = frame["id"].str.replace("|", "_")
        ledger = frame[[*COLUMNS, "variable", "model"]]
        ledger.attrs = {"hidden": self.hidden, "row_percent": self.row_percent}
        return ledger


def written(printed: str) -> dict[str, str]:
    """Return the columns ``printed``, ``value`` and ``decimals`` of a printed number.

    Examples
    --------
    >>> written("<0.001")
    {'printed': '<0.001', 'value': '0.001', 'decimals': '3'}
    """
    text = printed.lstrip("<")
    return {"printed": printed, "value": text, "decimals": str(len(text.partition(".")[2]))}


def number(printed: str) -> Fraction:
    """Return the number that simulated print says, that of a bound if it is one.

    Examples
    --------
    >>> number("<0.05")
    Fraction(1, 20)
    """
    return Fraction(printed.lstrip("<"))
