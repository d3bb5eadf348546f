"""Printed beside recomputed: whether a data frame gives the numbers that were printed of it."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from paperaudit.adjustment import ADJUSTED
from paperaudit.groups import ALL, own_claims
from paperaudit.number_checks import match_value
from smallstats.fourfold import TESTS, two_by_two
from smallstats.logistic import LogisticFit, fit_logistic
from smallstats.univariate import compare_frame

#: The usual two-sided tests of a 2x2 table, in the order in which they are tried.
USUAL = ("pearson", "fisher", "yates")
IN_A_YEAR = {"years": 1.0, "months": 12, "days": 365.25}
AGREES = ("rounded", "truncated", "rounded or truncated")

NOTHING = ("", None, "not computed")

Value = float | Fraction
Numbers = dict[str, Callable[[pd.Series], float]]

SUMMARIES: Numbers = {
    "mean": lambda x: float(x.mean()),
    "sd": lambda x: float(x.std()),
    "median": lambda x: float(x.median()),
    "min": lambda x: float(x.min()),
    "max": lambda x: float(x.max()),
    "cutoff": lambda x: float(x.mean()),
}


class ClaimsDisagreeError(AssertionError):
    """Printed numbers whose agreement with the data is not what was stated."""


@dataclass(frozen=True)
class Design:
    """Where the patients and the model of a ledger are in a data frame.

    Attributes
    ----------
    groups
        For each group of the ledger, the binary column that makes it and its value there. The
        first two are those that are compared.
    place, terms
        Where the published regression is, and its column for each item; the outcome is that of
        the first group.
    complements
        Items that are not in the frame: those without the finding of that column.
    months
        Columns of times that are in months; others are in years.
    """

    groups: Mapping[str, tuple[str, bool]]
    place: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    complements: Mapping[str, str] = field(default_factory=dict)
    months: frozenset[str] = frozenset()


def compare_claims(
    claims: pd.DataFrame,
    frame: pd.DataFrame,
    design: Design,
    differences: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Recompute every printed number of a study from its patients.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `paperaudit.load_claims` gives it.
    frame : pandas.DataFrame
        The patients, one row each, in columns named as the ledger's items.
    design : Design
        Which patients are in which group, and the model.
    differences : mapping, optional
        Claims that are known not to agree, with the reason.

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
        If the frame lacks a column that the ledger has claims about, or the design a group, all
        of them named.

    Notes
    -----
    A p value is tried against three usual tests and two ways of shortening it: with six chances,
    a two-decimal p agrees by luck more often than a count does. The method that fits is named.

    Examples
    --------
    >>> from paperaudit.claims import example_ledger, load_claims
    >>> claims = load_claims(example_ledger())
    >>> of_infection = claims.loc[["abstract_infection_all_n", "abstract_infection_all_percent"]]
    >>> frame = pd.DataFrame({"infection": [True] * 14 + [False] * 22})
    >>> design = Design({"infection": ("infection", True), "no_infection": ("infection", False)})
    >>> compare_claims(of_infection, frame, design)[["method", "agreement"]].values.tolist()
    [['count', 'rounded or truncated'], ['14 of 36', 'rounded']]
    """
    reasons = pd.Series(dict(differences or {}), dtype=object)
    own = pd.Series(claims.index.isin(own_claims(claims).index), index=claims.index)
    _check_columns(claims[own], frame, design)
    outcome = next(iter(design.groups.values()))[0]
    fit = fit_logistic(frame, outcome, [*design.terms.values()]) if design.terms else None
    rows = []
    for claim in claims.reset_index().to_dict("records"):
        tried = list(_computed(claim, frame, design, fit)) if own[claim["id"]] else []
        candidates = [(how, value, _agreement(value, claim["printed"])) for how, value in tried]
        agreeing = [candidate for candidate in candidates if candidate[2] in AGREES]
        method, computed, agreement = [*agreeing, *candidates, NOTHING][0]
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
    expected[expected.index.isin(reasons.index)] = "differs"
    return result.assign(expected=expected, reason=reasons.reindex(claims.index).fillna(""))


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
    agreement = comparison["agreement"].replace(dict.fromkeys(AGREES, "agrees"))
    wrong = comparison[agreement != comparison["expected"]]
    if len(wrong):
        columns = ["printed", "computed", "method", "agreement", "expected"]
        raise ClaimsDisagreeError(
            f"{len(wrong)} printed number(s) do not stand as stated\n{wrong[columns].to_string()}"
        )
    kept = comparison[comparison["expected"] != "not computed"]
    counts = pd.crosstab(kept["role"].str.replace("_", " "), agreement[kept.index])
    return counts.reindex(columns=["agrees", "differs"], fill_value=0).rename_axis(columns=None)


def _check_columns(own: pd.DataFrame, frame: pd.DataFrame, design: Design) -> None:
    """Refuse a frame without a column that the claims, the groups or the model are about."""
    items = {*own["item"]} - {"patients", "model", *design.complements}
    columns = {column for column, _ in design.groups.values()}
    needed = items | columns | {*design.complements.values(), *design.terms.values()}
    unknown = sorted({*own["group"]} - {"", ALL, *design.groups})
    if unknown:
        raise ValueError(f"the design has no group: {', '.join(unknown)}")
    missing = sorted(needed - {*frame.columns})
    if missing:
        raise ValueError(f"the data have no column for: {', '.join(missing)}")


def _agreement(value: Value, printed: str) -> str:
    return " or ".join(match_value(printed, value).rules) or "differs"


def _computed(
    claim: dict[Hashable, Any], frame: pd.DataFrame, design: Design, fit: LogisticFit | None
) -> Iterator[tuple[str, Value]]:
    """Each value that the claim may stand for, with its method, the usual one first."""
    statistic, item = claim["statistic"], claim["item"]
    part = _group(frame, claim["group"], design)
    if statistic in ("n", "percent", "fraction"):
        n = _count(part, item, design)
        share = Fraction(n, len(part)) * (100 if statistic == "percent" else 1)
        yield ("count", n) if statistic == "n" else (f"{n} of {len(part)}", share)
    elif statistic in SUMMARIES:
        unit = IN_A_YEAR.get(claim["unit"], 1.0) / (
            IN_A_YEAR["months"] if item in design.months else 1
        )
        value = SUMMARIES[statistic](part[item].dropna())
        yield statistic if statistic != "cutoff" else "mean", value * unit
    elif fit is not None and _is_of_model(claim, design):
        if statistic == "nagelkerke_r2":
            yield "maximum likelihood", fit.nagelkerke
        else:
            how = "Wald" if statistic != "odds_ratio" else "maximum likelihood"
            yield how, float(fit.table.loc[design.terms[item], statistic])
    elif statistic == "p":
        yield from _tests(item, frame, design)


def _is_of_model(claim: dict[Hashable, Any], design: Design) -> bool:
    """Whether a claim is of the published regression: not a p value of one item alone."""
    if claim["statistic"] != "p" or claim["location"] == design.place:
        return True
    return ADJUSTED.search(claim["note"]) is not None


def _tests(item: str, frame: pd.DataFrame, design: Design) -> Iterator[tuple[str, Value]]:
    """Compare the two groups: numbers by the t test, counts by each usual test."""
    first, second = list(design.groups)[:2]
    if pd.api.types.is_float_dtype(frame[item]):
        test = compare_frame(frame, design.groups[first][0], [item], test="student").iloc[0]
        yield str(test["test"]), float(test["p"])
        return
    with_, without = (_group(frame, group, design)[item] for group in (first, second))
    tests = two_by_two(int(with_.sum()), len(with_), int(without.sum()), len(without))
    yield from (
        (TESTS[key][0].removesuffix(" two-sided"), float(getattr(tests, key))) for key in USUAL
    )


def _group(frame: pd.DataFrame, group: str, design: Design) -> pd.DataFrame:
    if group in ("", ALL):
        return frame
    column, value = design.groups[group]
    rows = frame[column].astype("boolean")
    return frame[(rows if value else ~rows).fillna(False).astype(bool)]


def _count(part: pd.DataFrame, item: str, design: Design) -> int:
    if item == "patients":
        return len(part)
    if item in design.complements:
        return int((~part[design.complements[item]].astype("boolean")).sum())
    return int(part[item].sum())
