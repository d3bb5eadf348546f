"""Test statistics with their degrees of freedom and p values, also from running text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from scipy.special import chdtrc, fdtrc, ndtr, stdtr

from paperaudit.cell_forms import decide_decimal
from paperaudit.number_checks import habits_within
from paperaudit.rounding import (
    HABITS,
    PLAIN_SIGNS,
    Habit,
    is_bound,
    printed_interval,
    printed_value,
)

#: What a statistic is called in a ledger, by how it is printed.
KINDS = ("t", "f", "chi2", "z", "q", "correlation")
#: Those whose sign says a direction, so that a test of one side halves their p.
SIGNED = ("t", "z", "correlation")

_NUMBER = (
    r"-?\s?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d*)(?:\.\s?\d+|\d)(?:\d*(?:\s?[×x]\s?10\s?\^?-\d+|e-\d+)?)"
)
_NAME = (
    r"(?P<name>(?<![A-Za-z])(?:t|F|r|[zZ]|(?:chi|χ|X|x)[\s_-]?\^?\s?(?:2|²|squared?)|χ²"
    r"|H|Q(?:-?(?:w(?:ithin)?|b(?:etween)?))?))"
)
_DF = r"\d+(?:,\d{3})*(?:\.\d+)?"
_N = r"(?:\s*,\s*[Nn]\s*=\s*[\d,]+)?"
_BRACKETS = rf"\s*[(\[{{]\s*(?:df\s*=\s*)?(?P<df1>{_DF})\s*(?:[,;]\s*(?P<df2>{_DF}))?{_N}\s*[)\]}}]"
#: As a subscript is copied: F2,87 or t_{58}.
_SUBSCRIPT = rf"(?<=[tF])_?\{{?(?P<df1d>{_DF})(?:\s?,\s?(?P<df2d>{_DF}))?\}}?(?=\s*[=<>])"
_VALUE = rf"\s*(?P<comparison>[<>=])\s*(?P<value>{_NUMBER})"
_BESIDE = (
    r"(?:\s*[,;]?\s*(?:df|d\.f\.)\s*=\s*(?P<df1b>{df})(?:\s*[,;]\s*(?P<df2b>{df}))?"
    r"|\s*[,;]\s*(?P<df1c>{df})\s*(?:df|d\.f\.))?"
).replace("{df}", _DF)
_OTHERS = r"(?:\s*[,;](?!\s*[pPtFrzZ]\b)\s*[^,;()=<>]{1,25}[=<>]\s*-?[\d.]+%?){0,3}"
_P = (
    rf"\s*[,;)]*\s*(?:and\s+)?(?:(?:(?:two|one)-(?:tailed|sided)\s+)?[pP](?:\s*-?\s*values?)?"
    rf"(?:\s*\(?(?:one|two)-(?:tailed|sided)\)?)?\s*(?P<p>[<>=≤≥]\s*{_NUMBER})|(?P<ns>n\.?s\.?\b))"
)
_TEST = re.compile(rf"{_NAME}(?:{_BRACKETS}|{_SUBSCRIPT})?{_VALUE}{_BESIDE}{_OTHERS}{_P}")
_ONE_SIDED = re.compile(r"one-?\s?(?:tailed|sided)|directional", re.IGNORECASE)


@dataclass(frozen=True)
class StatisticCheck:
    """A printed p beside the p of a printed statistic.

    Attributes
    ----------
    computed
        The p, two-sided (of F, chi-square and Q: of the upper tail), of the statistic as printed.
    p_range
        Of all statistics that print as printed, rounded or cut off.
    rules
        Under which habits the p is printed as it is, for some of these; empty if under none.
    halved
        Whether only half of the p agrees: the p of one side.
    possible
        Whether any data can have the statistic: a correlation above 1 or an F below 0 cannot be.
    """

    computed: float
    p_range: tuple[float, float]
    rules: tuple[Habit, ...]
    halved: bool
    possible: bool

    @property
    def consistent(self) -> bool:
        """Whether the statistic can have given the p, of two sides or of one."""
        return self.possible and bool(self.rules)


def check_statistic(
    kind: str, value: str, p: str, df1: str = "", df2: str = "", *, one_sided: bool = False
) -> StatisticCheck:
    """Say whether a printed p can be that of a printed statistic.

    Parameters
    ----------
    kind
        One of `KINDS`.
    value, p
        As printed; each may be a bound, and the p may be ``NS``.
    df1, df2
        Degrees of freedom as printed: of t, chi-square, Q and a correlation the first, of F both.
    one_sided
        Whether the paper says that the test has one side.

    Raises
    ------
    ValueError
        If a string is not a number, the kind unknown, or degrees of freedom missing or not above 0.

    Notes
    -----
    The statistic stands for all numbers that print as it does, so that a coarse one allows many p
    values. False alarms: a correction for several tests, a p of another test than the one beside
    it, degrees of freedom of another model; a p of one side is told apart.

    References
    ----------
    Nuijten MB, Hartgerink CHJ, van Assen MALM, Epskamp S, Wicherts JM. The prevalence of
    statistical reporting errors in psychology (1985-2013). Behav Res Methods 2016;48:1205-26.

    Examples
    --------
    >>> check = check_statistic("t", "2.20", ".036", "28")
    >>> check.consistent, round(check.computed, 4), check.halved
    (True, 0.0362, False)
    >>> check_statistic("t", "2.20", ".06", "28").consistent
    False
    """
    upper = _upper_tail(kind, df1, df2)
    ends = {habit: _ends(kind, value, habit) for habit in HABITS}
    low, high = (f(e[i] for e in ends.values()) for i, f in ((0, min), (1, max)))
    size = abs(float(printed_value(value)))
    possible = not (kind == "correlation" and low > 1) and not (
        kind in ("f", "chi2", "q") and printed_value(value) < 0
    )
    if not possible or not 0 <= printed_value(p) <= 1:
        return StatisticCheck(math.nan, (math.nan, math.nan), (), False, possible)
    may_halve = one_sided or kind in SIGNED or df1 == "1"
    shares = (0.5, 1.0) if one_sided else (1.0, 0.5) if may_halve else (1.0,)
    for share in shares:
        rules_that_print = {
            habit
            for least, most in ends.values()
            for habit in habits_within(p, share * upper(most), share * upper(least))
        }
        rules = tuple(habit for habit in HABITS if habit in rules_that_print)
        if rules:
            break
    half = bool(rules) and share != 1
    return StatisticCheck(upper(size), (upper(high), upper(low)), rules, half, True)


def find_tests(text: str) -> pd.DataFrame:
    """Find reported tests in running text.

    Parameters
    ----------
    text
        Such as ``t(28) = 2.20, p = .036`` within sentences; also ``t = 2.20, df = 28, P = 0.036``,
        other brackets, and other numbers (an MSE, an effect size) before the p.

    Returns
    -------
    pandas.DataFrame
        A row a test: ``text`` as it stands, ``kind`` (of `KINDS`), ``value`` (with its sign, if it
        is a bound), ``df1``, ``df2`` (empty where there is none), ``p``, all as printed, and
        ``one_sided``, whether its sentence says so.

    Examples
    --------
    >>> found = find_tests("It differed, t(28) = 2.20, p = .036, as F(2, 25) = 11.37, p < .01.")
    >>> found[["kind", "value", "df1", "df2", "p"]].to_dict("records")
    [{'kind': 't', 'value': '2.20', 'df1': '28', 'df2': '', 'p': '.036'},
     {'kind': 'f', 'value': '11.37', 'df1': '2', 'df2': '25', 'p': '< .01'}]
    """
    plain = with_points(re.sub(r"\s+", " ", text.translate(PLAIN_SIGNS)))
    rows = []
    for match in _TEST.finditer(plain):
        kind = _kind(match["name"])
        df1 = match["df1"] or match["df1b"] or match["df1c"] or match["df1d"] or ""
        df2 = match["df2"] or match["df2b"] or match["df2d"] or ""
        if (kind == "f") != bool(df2) or (kind == "z") == bool(df1):
            continue
        start = max(plain.rfind(". ", 0, match.start()), 0)
        end = plain.find(". ", match.end())
        value = match["value"].replace(" ", "")
        sign = "" if match["comparison"] == "=" else match["comparison"]
        p = "NS" if match["ns"] else re.sub(r"\.\s", ".", match["p"]).lstrip("= ")
        rows.append(
            (
                match[0].strip(), kind, sign + value, df1.replace(",", ""), df2.replace(",", ""), p,
                bool(_ONE_SIDED.search(plain[start : end if end > 0 else len(plain)])),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["text", "kind", "value", "df1", "df2", "p", "one_sided"])


def with_points(text: str) -> str:
    """Write decimal points in sentences whose decimals are behind commas.

    Examples
    --------
    >>> with_points("F(2,25) = 4,20, p = 0,027. In 1,234 children it was 2.5.")
    'F(2,25) = 4.20, p = 0.027. In 1,234 children it was 2.5.'
    """
    parts = re.split(r"(?<=\.)(\s+)(?=[^\W\d])", text)
    return "".join(
        re.sub(r"(\([\d\s]+,[\d\s]+\)(?=\s*[=<>]))|(?<=\d),(?=\d)", lambda m: m[1] or ".", part)
        if decide_decimal([part])[0] == "comma" else part
        for part in parts
    )  # fmt: skip


def claims_of_tests(text: str, location: str = "text") -> pd.DataFrame:
    """Write the tests of running text as rows of a ledger.

    Parameters
    ----------
    text
        As in `find_tests`.
    location
        Of the rows.

    Returns
    -------
    pandas.DataFrame
        ``location``, ``item`` (``test_1``, …), ``group`` (empty), ``statistic``, ``printed`` and
        ``note`` (the text of the test; that it has one side, if so): for `validate_claims`.

    Examples
    --------
    >>> claims_of_tests("z = 2.20, p = .03")[["item", "statistic", "printed"]].values.tolist()
    [['test_1', 'z', '2.20'], ['test_1', 'p', '.03']]
    """
    rows = []
    for number, test in enumerate(find_tests(text).to_dict("records"), 1):
        note = test["text"] + "; one-sided" * test["one_sided"]
        second = {"df1": test["df1"], "df2": test["df2"]} if test["df2"] else {"df": test["df1"]}
        printed = {test["kind"]: test["value"], **second, "p": test["p"]}
        rows += [
            (location, f"test_{number}", "", name, value, note)
            for name, value in printed.items()
            if value
        ]
    columns = ["location", "item", "group", "statistic", "printed", "note"]
    return pd.DataFrame(rows, columns=columns)


def _kind(name: str) -> str:
    if name in ("t", "F", "r"):
        return {"t": "t", "F": "f", "r": "correlation"}[name]
    return "z" if name in "zZ" else "q" if name.startswith("Q") else "chi2"


def _upper_tail(kind: str, df1: str, df2: str) -> Callable[[float], float]:
    """Give the function from the size of a statistic to its p."""
    if kind not in KINDS:
        raise ValueError(f"statistic {kind!r}: allowed are {', '.join(KINDS)}")
    needed = {"z": 0, "f": 2}.get(kind, 1)
    given = [float(printed_value(text)) for text in (df1, df2)[:needed]]
    if any(d <= 0 for d in given):
        raise ValueError(f"degrees of freedom {df1!r}, {df2!r} must be above 0")
    if kind == "z":
        return lambda x: float(2 * ndtr(-x))
    if kind == "t":
        return lambda x: float(2 * stdtr(given[0], -x))
    if kind == "f":
        return lambda x: float(fdtrc(given[0], given[1], x))
    if kind == "correlation":

        def of_correlation(r: float) -> float:
            t = r * math.sqrt(given[0] / (1 - r * r)) if r < 1 else math.inf
            return float(2 * stdtr(given[0], -t))

        return of_correlation
    return lambda x: float(chdtrc(given[0], x))


def _ends(kind: str, value: str, habit: Habit) -> tuple[float, float]:
    """Bound the sizes of all statistics that print as printed."""
    interval = printed_interval(value, HABITS[habit])
    low, high = float(interval.low), float(interval.high)
    if is_bound(value) and value.lstrip()[0] in "<≤":
        low, high = 0.0, abs(float(printed_value(value)))
    low, high = sorted((abs(low), abs(high))) if low * high > 0 else (0.0, max(abs(low), abs(high)))
    return low, high
