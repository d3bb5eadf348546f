"""Published against computed: whether a cohort gives the numbers that were printed."""

from collections.abc import Callable, Hashable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from jdm_utils.study import LEDGER, TABLE4_TREATMENT
from paperaudit.number_checks import match_value
from smallstats import LogisticFit, compare_frame, fit_logistic, two_by_two

DIFFERENCES = LEDGER.with_name("differences.csv")
OUTCOME = "calcinosis"
TABLE4_TERMS = {"cardiac": "cardiac", "immunosuppressor": TABLE4_TREATMENT}
#: The usual two-sided tests of a 2x2 table, in the order in which they are tried.
TESTS = {"Pearson": "pearson", "Fisher": "fisher", "Yates": "yates"}
DAYS, MONTHS = 365.25, 12  # in a year
AGREES = ("rounded", "truncated", "rounded or truncated")

Value = float | Fraction
Numbers = dict[str, Callable[[pd.Series], float]]

SUMMARIES: Numbers = {
    "mean": lambda x: float(x.mean()),
    "sd": lambda x: float(x.std()),
    "median": lambda x: float(x.median()),
    "min": lambda x: float(x.min()),
    "max": lambda x: float(x.max()),
    "cutoff": lambda x: float(x.mean()),  # both printed cut-offs are said to be means
}


class ClaimsDisagreeError(AssertionError):
    """Printed numbers whose agreement with the cohort is not what the project states."""


def compare_claims(
    claims: pd.DataFrame, frame: pd.DataFrame, differences: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Recompute every printed number of the study from the patients of a cohort.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.
    frame : pandas.DataFrame
        The cohort's patients, one row each, in columns named as the ledger's items.
    differences : pandas.DataFrame, optional
        The claims that are known not to agree (index ``id``, column ``reason``); by default
        ``data/published/differences.csv``.

    Returns
    -------
    pandas.DataFrame
        One row a claim, indexed by ``id``: ``location``, ``item``, ``group``, ``statistic``,
        ``printed``, ``decimals``, ``unit`` and ``role`` as in the ledger; ``computed`` (unrounded;
        for a p value that of the first usual test that prints as printed, else of the first
        test), ``method``, ``agreement`` (``rounded``, ``truncated``, ``rounded or truncated``,
        ``differs``, or ``not computed`` for numbers cited from elsewhere or belonging to the
        design), ``expected`` (``agrees``, ``differs`` or ``not computed``) and ``reason`` (why it
        is expected to differ).

    Raises
    ------
    ValueError
        If the frame lacks a column that the ledger has claims about, all of them named.

    Notes
    -----
    A p value is tried against three usual tests and two ways of shortening it: with six chances,
    a two-decimal p agrees by luck more often than a count does. The method that fits is named.
    """
    known = read_differences() if differences is None else differences
    own = claims["role"].isin(["built_in", "predicted"])
    items = set(claims.loc[own, "item"]) - {"patients", "male", "model"}
    missing = sorted((items | {TABLE4_TREATMENT}) - set(frame.columns))
    if missing:
        raise ValueError(f"the cohort has no column for: {', '.join(missing)}")
    fit = fit_logistic(frame, OUTCOME, list(TABLE4_TERMS.values()))
    rows = []
    for claim in claims.reset_index().to_dict("records"):
        tried = list(_computed(claim, frame, fit)) if own[claim["id"]] else []
        shown = [(how, value, _agreement(value, claim["printed"])) for how, value in tried]
        method, computed, agreement = next(
            (s for s in shown if s[2] in AGREES), shown[0] if shown else ("", None, "not computed")
        )
        rows.append(
            {
                "id": claim["id"],
                "computed": float("nan") if computed is None else float(computed),
                "method": method,
                "agreement": agreement,
            }
        )
    columns = ["location", "item", "group", "statistic", "printed", "decimals", "unit", "role"]
    result = claims[columns].join(pd.DataFrame(rows).set_index("id"))
    expected = pd.Series("agrees", index=claims.index).where(own, "not computed")
    expected[expected.index.isin(known.index)] = "differs"
    return result.assign(expected=expected, reason=known["reason"].reindex(claims.index).fillna(""))


def check_claims(comparison: pd.DataFrame) -> pd.DataFrame:
    """Stop when a printed number agrees or differs against what the project states of it.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Rows of `compare_claims`.

    Returns
    -------
    pandas.DataFrame
        Claims counted by ``role`` (rows: built in, predicted) and agreement (columns: ``agrees``,
        ``differs``).

    Raises
    ------
    ClaimsDisagreeError
        With a readable table of the claims that stopped agreeing or newly agree.
    """
    found = comparison["agreement"].replace(dict.fromkeys(AGREES, "agrees"))
    wrong = comparison[found != comparison["expected"]]
    if len(wrong):
        columns = ["printed", "computed", "method", "agreement", "expected"]
        raise ClaimsDisagreeError(
            f"{len(wrong)} printed number(s) do not stand as stated\n{wrong[columns].to_string()}"
        )
    kept = comparison[comparison["expected"] != "not computed"]
    counts = pd.crosstab(kept["role"].str.replace("_", " "), found[kept.index])
    return counts.reindex(columns=["agrees", "differs"], fill_value=0).rename_axis(columns=None)


def read_differences(path: Path = DIFFERENCES) -> pd.DataFrame:
    """Read the claims that are known not to agree, indexed by ``id``, with the ``reason``."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, index_col="id")


def _agreement(value: Value, printed: str) -> str:
    return " or ".join(match_value(printed, value).rules) or "differs"


def _computed(
    claim: dict[Hashable, Any], frame: pd.DataFrame, fit: LogisticFit
) -> Iterator[tuple[str, Value]]:
    """Each value that the claim may stand for, with its method, the usual one first."""
    statistic, item = claim["statistic"], claim["item"]
    part = _group(frame, claim["group"])
    if statistic in ("n", "percent", "fraction"):
        n = _count(part, item)
        share = Fraction(n, len(part)) * (100 if statistic == "percent" else 1)
        yield ("count", n) if statistic == "n" else (f"{n} of {len(part)}", share)
    elif statistic in SUMMARIES:
        yield (
            statistic if statistic != "cutoff" else "mean",
            _in_unit(SUMMARIES[statistic](part[item].dropna()), item, claim["unit"]),
        )
    elif statistic == "nagelkerke_r2":
        yield "maximum likelihood", fit.nagelkerke
    elif claim["location"] == "table4" or statistic != "p" or "logistic" in claim["note"]:
        how = "Wald" if statistic != "odds_ratio" else "maximum likelihood"
        yield how, float(fit.table.loc[TABLE4_TERMS[item], statistic])
    elif pd.api.types.is_float_dtype(frame[item]):
        test = compare_frame(frame, OUTCOME, [item], test="student").iloc[0]
        yield str(test["test"]), float(test["p"])
    else:
        with_, without = (_group(frame, g)[item] for g in ("calcinosis", "no_calcinosis"))
        tests = two_by_two(int(with_.sum()), len(with_), int(without.sum()), len(without))
        yield from ((name, float(getattr(tests, field))) for name, field in TESTS.items())


def _group(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    if group in ("", "all"):
        return frame
    rows = frame["pulmonary"] if group == "pulmonary" else frame[OUTCOME]
    wanted = rows if group != "no_calcinosis" else ~rows
    return frame[wanted.fillna(False).astype(bool)]


def _count(part: pd.DataFrame, item: str) -> int:
    if item == "patients":
        return len(part)
    return int((~part["female"]).sum()) if item == "male" else int(part[item].sum())


def _in_unit(value: float, item: str, unit: str) -> float:
    """Convert a time, kept in years unless its item says months, to the unit of the claim."""
    years = value / MONTHS if item.startswith("months_") else value
    return years * {"years": 1.0, "months": MONTHS, "days": DAYS}[unit]
