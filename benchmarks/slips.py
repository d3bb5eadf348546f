"""Slips of the pen, planted in a ledger one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.printed_paper import RATIO, number, written

KINDS = (
    "count", "total", "percentage digit", "digits transposed", "decimal point", "p of another row",
    "p digit", "p across 5%", "mean or SD digit", "ratio or limit digit", "repeated number",
)  # fmt: skip
PLAIN = r"<?\d+(?:\.\d+)?"  # a slip is planted in a number that is printed so


@dataclass(frozen=True)
class Slip:
    """A planted error.

    Attributes
    ----------
    ledger
        The ledger with the error, in strings; `value` and `decimals` follow the wrong digits.
    claim, kind
        Which number, and what was done to it: one of `KINDS`.
    size
        How far off, in units of the last digit of the right number: ``1``, ``2-9`` or ``10+``.
    was, printed
        The right number, and the wrong one.
    """

    ledger: pd.DataFrame
    claim: str
    kind: str
    size: str
    was: str
    printed: str


def plant_error(raw: pd.DataFrame, rng: np.random.Generator) -> Slip:
    """Plant one error in a ledger: first its kind is drawn, then the number.

    Parameters
    ----------
    raw : pandas.DataFrame
        A ledger in strings, as `simulate_paper` gives it. It is not changed.
    rng : numpy.random.Generator
        All that is random comes from it.

    Raises
    ------
    ValueError
        If no error can be planted.

    Examples
    --------
    >>> from benchmarks.simulated_papers import simulate_paper
    >>> rng = np.random.default_rng(1)
    >>> paper = simulate_paper(rng)
    >>> slip = plant_error(paper, rng)
    >>> int((slip.ledger != paper).any(axis=1).sum()), slip.was != slip.printed
    (1, True)
    """
    for kind in rng.permutation(KINDS):
        rows = raw[_eligible(raw, str(kind)) & raw["printed"].str.fullmatch(PLAIN)]
        for i in rng.permutation(len(rows)):
            row = rows.iloc[int(i)]
            printed = _wrong(str(kind), row, raw, rng)
            if printed is None or number(printed) == number(row["printed"]):
                continue
            unit = Fraction(1, 10 ** int(row["decimals"]))
            steps = abs(number(printed) - number(row["printed"])) / unit
            size = "1" if steps <= 1 else "2-9" if steps < 10 else "10+"
            new = written(printed)
            ledger = raw.copy()
            ledger.loc[row.name, list(new)] = list(new.values())
            return Slip(ledger, row["id"], str(kind), size, row["printed"], printed)
    raise ValueError("no error can be planted in this ledger")


def _eligible(raw: pd.DataFrame, kind: str) -> pd.Series[bool]:
    statistic, whole = raw["statistic"], raw["group"] == "all"
    match kind:
        case "count":
            return (statistic == "n") & ~whole
        case "total":
            return (statistic == "n") & whole
        case "percentage digit":
            return statistic == "percent"
        case "decimal point":
            return raw["printed"].str.contains(".", regex=False)
        case "p of another row" | "p digit" | "p across 5%":
            return statistic == "p"
        case "mean or SD digit":
            return statistic.isin(["mean", "sd"])
        case "ratio or limit digit":
            return statistic.isin(RATIO)
        case "repeated number":
            key = ["item", "group", "statistic", "note", "model"]
            again = raw.duplicated(key, keep=False)
            return again & raw["location"].isin(["abstract", "results"])
    return raw["statistic"] != "conf_level"


def _wrong(kind: str, row: pd.Series[Any], raw: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Return the wrong digits, or None if the number cannot be wrong in this way."""
    printed = str(row["printed"])
    match kind:
        case "count" | "total":
            return str(max(0, int(printed) + int(rng.choice([-1, 1]) * rng.integers(1, 6))))
        case "digits transposed":
            return _transpose(printed, rng)
        case "decimal point":
            return _move_point(printed, int(rng.choice([-1, 1])))
        case "p of another row":
            others = raw["printed"][(raw["statistic"] == "p") & raw["printed"].str.fullmatch(PLAIN)]
            return str(rng.choice(others.to_numpy()))
        case "p across 5%":
            below = number(printed) < Fraction(1, 20) or printed == "<0.05"
            decimals = max(2, int(row["decimals"]))
            value = rng.uniform(0.06, 1) if below else rng.uniform(0, 0.05)
            return f"{floor(value * 10**decimals) / 10**decimals:.{decimals}f}"
    return _change_digit(printed, rng)


def _change_digit(printed: str, rng: np.random.Generator) -> str | None:
    places = [i for i, c in enumerate(printed) if c.isdigit()]
    place = int(rng.choice(places))
    digit = str(rng.choice([d for d in "0123456789" if d != printed[place]]))
    return _tidy(printed[:place] + digit + printed[place + 1 :])


def _transpose(printed: str, rng: np.random.Generator) -> str | None:
    places = [i for i, c in enumerate(printed) if c.isdigit()]
    pairs = [(i, j) for i, j in pairwise(places) if printed[i] != printed[j]]
    if not pairs:
        return None
    i, j = pairs[int(rng.integers(len(pairs)))]
    changed = list(printed)
    changed[i], changed[j] = changed[j], changed[i]
    return _tidy("".join(changed))


def _move_point(printed: str, by: int) -> str | None:
    text = printed.lstrip("<")
    sign = printed[: len(printed) - len(text)]
    whole, _, part = text.partition(".")
    digits = (whole if by > 0 else "0" + whole) + part
    at = len(whole) + 1 if by > 0 else len(whole)
    whole, part = digits[:at].lstrip("0") or "0", digits[at:]
    return sign + (f"{whole}.{part}" if part else whole)


def _tidy(printed: str) -> str | None:
    """Refuse a number that begins with a needless zero: no eye would pass over it."""
    text = printed.lstrip("<")
    return None if text[0] == "0" and text[1:2].isdigit() else printed
