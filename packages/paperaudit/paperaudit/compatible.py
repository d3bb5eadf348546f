"""Fit a regression to every joint table that agrees with printed margins.

An inverse problem: which counts of patients, if any, print as a published regression; and which
results the published margins allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from paperaudit.joint_tables import (
    LIMIT,
    Floats,
    Margins,
    pattern_columns,
    patterns,
    sufficient_statistics,
)
from paperaudit.rounding import RULES, Rule, bounds, printed_decimals, prints_as
from smallstats.batch_selection import chi_square_1_p, fit_model
from smallstats.columns import check_columns, refuse
from smallstats.grouped import GroupedFits

QUANTILES = {
    "min": 0.0, "q025": 0.025, "q25": 0.25, "median": 0.5, "q75": 0.75, "q975": 0.975, "max": 1.0,
}  # fmt: skip


def compatible_tables(
    margins: Margins, groups: Sequence[int], *, limit: int = LIMIT
) -> pd.DataFrame:
    """Fit a logistic regression to every joint table that agrees with given margins.

    A joint table says how many patients of each group have each combination of the covariates.
    Tables with the same sufficient statistics (patients of both groups with each combination, and
    cases with each covariate) have the same fit, and share a row.

    Parameters
    ----------
    margins : mapping of str to (count, count)
        For each of 1 to 4 binary covariates, how many have it among those with and without the
        outcome. A count may be a ``range`` of counts.
    groups : (int, int)
        Patients with and without the outcome.
    limit : int
        Most joint tables to list.

    Returns
    -------
    pandas.DataFrame
        One row a set of sufficient statistics:

        - ``events``, and ``NAME_events`` of each covariate: patients with the outcome, and those
          of them with the covariate; ``n_010``, …: patients with just the covariates marked 1, in
          the order of *margins*;
        - ``n_tables``, the joint tables that have these; ``weight``, their probability if each
          group's findings fell on its patients at random, independently of each other, any
          combination of the counts in ranges being equally probable: the sum is 1;
        - ``nagelkerke`` (R²) and ``converged`` (whether all estimates are finite);
        - for each covariate ``NAME_coef``, ``NAME_odds_ratio``, ``NAME_ci_low`` and
          ``NAME_ci_high`` (95% Wald), ``NAME_p`` (Wald) and ``NAME_p_lr`` (likelihood ratio).
          An infinite estimate has no Wald p and an interval from 0 to infinity; what the table
          leaves undetermined is NaN.

    Raises
    ------
    ValueError
        Lists every margin that is not a whole number from 0 to the size of its group. If there are
        more than *limit* joint tables, gives their number before any is computed.

    Examples
    --------
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (8, 7)}, (14, 22))
    >>> tables[["n_11", "n_tables", "weight", "diabetes_odds_ratio"]].round(3).head(3)
       n_11  n_tables  weight  diabetes_odds_ratio
    0    10         1   0.000                9.333
    1     9         2   0.002                6.020
    2     8         3   0.017                5.256
    """
    tables = sufficient_statistics(margins, groups, limit=limit)
    names = list(margins)
    everything = range(len(names))
    sufficient = statistics(tables, names)
    full = fit_model(*sufficient, everything).fits
    columns: dict[str, Any] = {"nagelkerke": full.nagelkerke, "converged": full.converged}
    for j, name in enumerate(names, start=1):
        fewer, row, _ = fit_model(*sufficient, [i for i in everything if i != j - 1])
        p_lr = chi_square_1_p(2 * np.maximum(full.log_likelihood - fewer.log_likelihood[row], 0))
        columns |= {
            f"{name}_{statistic}": values
            for statistic, values in (*wald_numbers(full, j).items(), ("p_lr", p_lr))
        }
    return tables.assign(**columns)


def matching_tables(
    tables: pd.DataFrame, printed: Mapping[str, str], *, rules: Sequence[Rule] = RULES
) -> pd.DataFrame:
    """Keep the tables that print as given, each number under any of some rounding rules.

    Parameters
    ----------
    tables : pandas.DataFrame
        As `compatible_tables` gives them.
    printed : mapping of str to str
        For columns of *tables*, what is printed: ``{"diabetes_odds_ratio": "7.14"}``.
    rules : sequence of str
        The rules of `printed_interval` that may have been used.

    Returns
    -------
    pandas.DataFrame
        Rows of *tables*, with their index.

    Raises
    ------
    ValueError
        Lists absent columns, strings that are not numbers and unknown rules.

    Examples
    --------
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (range(15), 7)}, (14, 22))
    >>> printed = {"diabetes_odds_ratio": "7.14", "smoker_odds_ratio": "4.39"}
    >>> matching_tables(tables, printed).filter(like="n_").values.tolist()
    [[15, 11, 5, 5, 4]]
    """
    near = tables[(_distances(tables, printed, rules) < 1e-6).all(axis=1)]
    keep = [
        all(set(rules) & set(prints_as(row[column], text)) for column, text in printed.items())
        for row in near[list(printed)].to_dict("records")
    ]
    return near[np.array(keep, dtype=bool)]


def nearest_tables(
    tables: pd.DataFrame,
    printed: Mapping[str, str],
    *,
    rules: Sequence[Rule] = RULES,
    rows: int = 10,
) -> pd.DataFrame:
    """Rank tables by how far they are from printing as given.

    Parameters
    ----------
    tables, printed, rules
        As for `matching_tables`.
    rows : int
        How many of the nearest to give.

    Returns
    -------
    pandas.DataFrame
        The nearest tables, with their index: ``distance`` (the largest distance of a number from
        the values that print as given, in units of its last printed digit), ``worst`` (the column
        of that number), ``differ`` (how many numbers differ), then the columns of *tables*.

    Raises
    ------
    ValueError
        As `matching_tables`.

    Examples
    --------
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (8, 7)}, (14, 22))
    >>> nearest = nearest_tables(tables, {"diabetes_odds_ratio": "7.14"}, rows=2)
    >>> nearest[["distance", "worst", "differ", "diabetes_odds_ratio"]].round(2)
       distance                worst  differ  diabetes_odds_ratio
    6     72.81  diabetes_odds_ratio       1                 7.88
    5     85.22  diabetes_odds_ratio       1                 6.28
    """
    away = _distances(tables, printed, rules)
    nearest = away.max(axis=1).sort_values(kind="stable")[:rows]
    away = away.loc[nearest.index]
    first = {"distance": nearest, "worst": away.idxmax(axis=1), "differ": (away > 0).sum(axis=1)}
    return pd.DataFrame(first).join(tables)


def summarise_tables(tables: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Summarise the results of all compatible tables.

    Returns
    -------
    pandas.DataFrame
        A row for R² and for each covariate's odds ratio, Wald p and likelihood ratio p:
        ``covariate``, ``statistic``, ``min``, ``q025``, ``q25``, ``median``, ``q75``, ``q975``,
        ``max`` (quantiles weighted by probability, infinite odds ratios included),
        ``missing`` (share of the joint tables without the number; the quantiles leave them out),
        and for p, ``significant`` and ``weighted_significant``: the share of all joint tables
        with p below *alpha*, and their probability; a missing p is not below.

    Examples
    --------
    >>> tables = compatible_tables({"diabetes": (7, 3), "smoker": (8, 7)}, (14, 22))
    >>> summary = summarise_tables(tables).set_index(["covariate", "statistic"])
    >>> summary.loc[("smoker", "p"), ["min", "max", "significant"]].round(3).tolist()
    [0.032, 0.936, 0.071]
    """
    weight, count = (tables[c] / tables[c].sum() for c in ("weight", "n_tables"))
    asked = [("", "nagelkerke")]
    asked += [(name, what) for name in covariates(tables) for what in ("odds_ratio", "p", "p_lr")]
    rows = []
    for name, statistic in asked:
        values = tables[f"{name}_{statistic}".lstrip("_")]
        row: dict[str, Any] = {"covariate": name, "statistic": statistic}
        row |= _quantiles(values.dropna(), weight[values.notna()])
        row["missing"] = count[values.isna()].sum()
        if statistic in ("p", "p_lr"):
            row["significant"] = count[values < alpha].sum()
            row["weighted_significant"] = weight[values < alpha].sum()
        rows.append(row)
    return pd.DataFrame(rows)


def statistics(tables: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Covariate patterns, sufficient statistics and patients in each pattern of every row."""
    sums = tables[["events", *(f"{name}_events" for name in names)]].to_numpy(float)
    return (
        patterns(len(names)).astype(float),
        sums,
        tables[pattern_columns(len(names))].to_numpy(float),
    )


def covariates(tables: pd.DataFrame) -> list[str]:
    """Name the covariates of `compatible_tables`."""
    return [str(c).removesuffix("_p_lr") for c in tables.columns if str(c).endswith("_p_lr")]


def wald_numbers(fits: GroupedFits, j: int) -> dict[str, Floats]:
    """Coefficient *j* of every fit, its odds ratio, 95% Wald interval and Wald p."""
    coef = fits.coef[:, j]
    infinite, reach = np.isinf(coef), ndtri(0.975) * fits.se[:, j]
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = np.exp(coef - reach), np.exp(coef + reach)
    return {
        "coef": coef,
        "odds_ratio": np.exp(coef),
        "ci_low": np.where(infinite, 0, low),
        "ci_high": np.where(infinite, np.inf, high),
        "p": chi_square_1_p(fits.wald[:, j]),
    }


def _quantiles(values: pd.Series, weight: pd.Series) -> dict[str, float]:
    """Weighted quantiles: the smallest value with at least this probability at or below it."""
    if values.empty:
        return dict.fromkeys(QUANTILES, np.nan)
    order = values.argsort()
    below = weight.iloc[order].cumsum().to_numpy()
    places = below.searchsorted(np.array(list(QUANTILES.values())) * below[-1] * (1 - 1e-12))
    return dict(zip(QUANTILES, values.iloc[order].iloc[places], strict=True))


def _distances(
    tables: pd.DataFrame, printed: Mapping[str, str], rules: Sequence[Rule]
) -> pd.DataFrame:
    """How far each number is from what is printed, in units of the last printed digit."""
    problems = check_columns(tables, printed)
    problems += [] if printed and rules else ["nothing printed, or no rounding rule, is given"]
    away = {}
    for column, text in printed.items():
        try:
            low, high = bounds(text, rules)
        except ValueError as error:
            problems.append(f"{column}: {error}")
            continue
        if not problems:
            value, unit = tables[column].to_numpy(float), 10.0 ** -printed_decimals(text)
            outside = np.maximum(np.maximum(low - value, value - high), 0) / unit
            away[column] = np.where(np.isnan(value), np.inf, outside)
    refuse(problems)
    return pd.DataFrame(away, index=tables.index)
