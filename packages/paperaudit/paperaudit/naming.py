"""What to call a printed number in a sentence: its place, item, group and statistic."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

STATISTICS = {
    "percent": "%", "sd": "SD", "min": "minimum", "max": "maximum", "q1": "lower quartile",
    "q3": "upper quartile", "odds_ratio": "odds ratio", "risk_ratio": "risk ratio",
    "hazard_ratio": "hazard ratio", "ci_low": "lower limit", "ci_high": "upper limit",
    "se": "standard error", "iqr": "interquartile range", "chi2": "chi-square", "f": "F", "q": "Q",
    "df": "degrees of freedom", "ppv": "positive predictive value",
    "smd": "standardised difference",
    "npv": "negative predictive value", "at_risk": "patients at risk", "log_rank": "log-rank test",
    "nagelkerke_r2": "Nagelkerke's R²", "fraction": "share", "cutoff": "cut-off",
}  # fmt: skip


def unused_name(stem: str, taken: set[str]) -> str:
    """Take a name that is not taken: the stem, or with a number behind it.

    Examples
    --------
    >>> unused_name("age", {"sex"}), unused_name("age", {"age", "age_2"})
    ('age', 'age_3')
    """
    tried = (f"{stem}_{k}" if k > 1 else stem for k in count(1))
    name = next(name for name in tried if name not in taken)
    taken.add(name)
    return name


def range_of(numbers: Sequence[int]) -> str:
    """Write whole numbers by their ends.

    Examples
    --------
    >>> range_of([7]), range_of([7, 8, 9])
    ('7', '7 to 9')
    """
    return f"{numbers[0]} to {numbers[-1]}" if numbers[0] != numbers[-1] else str(numbers[0])


def place_name(location: str) -> str:
    """Name a place in the paper.

    Examples
    --------
    >>> place_name("table3"), place_name("results")
    ('Table 3', 'Results')
    """
    words = re.sub(r"^([a-z]+)(\d+)", r"\1 \2", location).replace("_", " ")
    return words[:1].upper() + words[1:]


def statistic_name(statistic: str) -> str:
    """Name a statistic of a ledger.

    Examples
    --------
    >>> statistic_name("ci_low"), statistic_name("n")
    ('lower limit', 'n')
    """
    return STATISTICS.get(statistic, statistic.replace("_", " "))


def claim_name(claim: Mapping[Any, Any], name: Callable[[Any], str] = str) -> str:
    """Name a printed number for somebody who has the paper and not the ledger.

    Parameters
    ----------
    claim
        A row of a ledger: its ``location``, ``item``, ``group`` and ``statistic``.
    name
        What to call an item or a group.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> claim = load_claims(example_ledger()).loc["table1_over_65_infection_n"]
    >>> claim_name(claim, {"over_65": "Older than 65 years"}.get)
    'Table 1, Older than 65 years, n'
    >>> claim_name(claim)
    'Table 1, over 65, infection, n'
    """
    place, statistic = place_name(str(claim["location"])), statistic_name(str(claim["statistic"]))
    parts = [place, name(claim["item"]), name(claim["group"]), statistic]
    return ", ".join(str(part).replace("_", " ") for part in parts if part)
