"""Papers that never were: tables of random patients, printed as papers print them.

The patients are drawn, their statistics computed by scipy and statsmodels, and the digits cut by
`decimal`: nothing here comes from the checks that these papers are to test.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from benchmarks.contingency import SUITABLE, TESTS, p_of_counts, trend
from benchmarks.printed_paper import RATIO, ROUNDINGS, Paper, written

Floats = NDArray[np.float64]
Table = NDArray[np.int64]

GROUPS = (
    ("cases", "controls"), ("treated", "untreated"), ("exposed", "unexposed"),
    ("relapse", "remission"), ("arm_a", "arm_b"),
    ("mild", "moderate", "severe"), ("placebo", "low_dose", "high_dose"),
)  # fmt: skip
LOGISTIC = "logistic regression"
TREND = "chi-square test for trend"
NEITHER = -1


def simulate_paper(rng: np.random.Generator) -> pd.DataFrame:
    """Print the tables of a random study of two or three groups, without any slip.

    Parameters
    ----------
    rng : numpy.random.Generator
        All that is random comes from it.

    Returns
    -------
    pandas.DataFrame
        A ledger as `validate_claims` takes it, in strings, with the columns ``variable`` and
        ``model``. Its ``attrs`` say what the authors know and do not print: ``hidden`` (items with
        missing values of which no denominator is printed) and ``row_percent`` (whether their
        percentages are of the row).

    Examples
    --------
    >>> paper = simulate_paper(np.random.default_rng(1))
    >>> paper.loc[:2, ["item", "group", "printed"]].to_numpy().tolist()
    [['patients', 'all', ...], ['patients', ...], ['patients', ...]]
    """
    paper = _draw_habits(rng)
    sizes = rng.integers(10, 201, len(paper.names))
    outside = int(rng.integers(1, 30)) if rng.random() < 0.1 else 0  # in no group
    member = np.repeat([*range(len(sizes)), NEITHER], [*sizes, outside])
    for name, n in zip(("all", *paper.names), (len(member), *sizes), strict=True):
        paper.say(("methods", "patients", name), "n", int(n), unit="patients")
    lost = not paper.row_percent
    binary = {f"sign_{i}": _binary(rng, member, lost) for i in range(1, rng.integers(6, 15) + 1)}
    factors = {f"factor_{i}": _factor(rng, member, lost) for i in range(1, rng.integers(0, 3) + 1)}
    whole = rng.random(rng.integers(1, 5)) < 0.4
    measures = {f"measure_{i}": _measure(rng, member, w) for i, w in enumerate(whole, start=1)}
    _print_table1(paper, member, binary, measures, whole)
    _print_table2(paper, member, binary, measures, whole)
    _print_factors(paper, member, factors)
    if paper.chance(0.4):
        _print_medians(paper, member)
    if len(sizes) == 2 and paper.chance(0.6):
        _print_regression(paper, member, binary)
    _repeat(paper)
    return paper.ledger()


def _draw_habits(rng: np.random.Generator) -> Paper:
    tests, odds = [*TESTS, SUITABLE], [0.2, 0.15, 0.2, 0.1, 0.1, 0.25]
    return Paper(
        rng=rng,
        names=GROUPS[rng.integers(len(GROUPS))],
        test=str(rng.choice(tests, p=odds)),
        welch=bool(rng.random() < 0.3),
        rounding=str(rng.choice(ROUNDINGS, p=[0.55, 0.2, 0.25])),
        careless=bool(rng.random() < 0.15),
        p_decimals=int(rng.integers(2, 4)),
        p_style=str(rng.choice(["digits", "<0.001", "<0.05"], p=[0.3, 0.5, 0.2])),
        percent_decimals=int(rng.integers(0, 2)),
        row_percent=bool(rng.random() < 0.15),
        silent=bool(rng.random() < 0.1),
        level=float(rng.choice([0.95, 0.9, 0.99], p=[0.8, 0.15, 0.05])),
        pairs=bool(rng.random() < 0.4),
    )


def _binary(rng: np.random.Generator, member: Table, lost: bool) -> Floats:
    """Draw who has a sign, more or less often in the first group."""
    chance = 1 / (1 + np.exp(-rng.normal(-0.8, 1.2) - rng.normal(0, 0.9) * (member == 0)))
    return _lose_some(rng, (rng.random(len(member)) < chance).astype(float), 0.25 * lost)


def _factor(rng: np.random.Generator, member: Table, lost: bool) -> Floats:
    """Draw which of three to five levels of a variable a patient has."""
    levels = int(rng.integers(3, 6))
    share = rng.dirichlet(np.full(levels, 2.0))
    first = rng.dirichlet(8 * share + 0.5)
    drawn = np.where(
        member == 0, rng.choice(levels, len(member), p=first),
        rng.choice(levels, len(member), p=share),
    ).astype(float)  # fmt: skip
    return _lose_some(rng, drawn, 0.2 * lost)


def _measure(rng: np.random.Generator, member: Table, whole: bool) -> Floats:
    centre, spread = rng.uniform(10, 60), rng.uniform(0.1, 0.4)
    away = rng.normal(size=len(member)) + rng.normal(0, 0.4) * (member == 0)
    drawn = np.abs(centre * (1 + spread * away))
    return _lose_some(rng, np.floor(drawn) if whole else drawn, 0.2)


def _lose_some(rng: np.random.Generator, values: Floats, chance: float) -> Floats:
    """Let some values be missing, at times."""
    share = rng.uniform(0.01, 0.12) if rng.random() < chance else 0.0
    return np.where(rng.random(len(values)) < share, np.nan, values)


def _print_table1(
    paper: Paper,
    member: Table,
    binary: Mapping[str, Floats],
    measures: Mapping[str, Floats],
    whole: NDArray[np.bool_],
) -> None:
    """Describe all patients, in some papers."""
    if not paper.chance(0.5):
        return
    for item, values in binary.items():
        known = values[~np.isnan(values)]
        paper.share(("table1", item, "all"), int(known.sum()), len(known), len(member))
    for (item, values), w in zip(measures.items(), whole, strict=True):
        _print_moments(paper, ("table1", item, "all"), values, w, *paper.rng.integers(1, 3, 2))


def _print_moments(
    paper: Paper, place: tuple[str, str, str], values: Floats, whole: bool, d: int, d_sd: int
) -> None:
    known = values[~np.isnan(values)]
    n: int | str = len(known) if len(known) < len(values) else ""
    unit = "whole years" if whole else "units"
    mean = Fraction(int(known.sum()), len(known)) if whole else float(known.mean())
    paper.say(place, "mean", mean, int(d), denominator=n, unit=unit)
    paper.say(place, "sd", float(known.std(ddof=1)), int(d_sd), denominator=n, unit=unit)


def _print_table2(
    paper: Paper,
    member: Table,
    binary: Mapping[str, Floats],
    measures: Mapping[str, Floats],
    whole: NDArray[np.bool_],
) -> None:
    """Compare the groups; some papers give odds ratios with Woolf's limits beside the counts."""
    ratios = len(paper.names) == 2 and paper.chance(0.3)
    for item, values in binary.items():
        table = _by_group(values, member, paper.names)
        row = int(table[:, 0].sum()) if paper.row_percent else None
        for i, name in enumerate(paper.names):
            place = ("table2", item, name)
            paper.share(place, int(table[i, 0]), int(table[i].sum()), (member == i).sum(), row=row)
        if row is not None and (member != NEITHER).all():
            paper.say(("table2", item, "all"), "n", row, unit="patients")
        for group, rows in _compared(paper, table):
            if rows.sum(axis=0).all():
                paper.say(("table2", item, group), "p", p_of_counts(paper.test, rows))
        if ratios and table.all():
            log_ratio = float(np.log(table[0, 0] / table[0, 1] * table[1, 1] / table[1, 0]))
            _print_ratio(paper, ("table2", item, ""), log_ratio, float(np.sqrt((1 / table).sum())))
    d, d_sd = paper.rng.integers(1, 3, 2)
    for (item, values), w in zip(measures.items(), whole, strict=True):
        parts = [values[member == i] for i in range(len(paper.names))]
        for name, part in zip(paper.names, parts, strict=True):
            _print_moments(paper, ("table2", item, name), part, w, d, d_sd)
        for group, some in _compared(paper, parts):
            paper.say(("table2", item, group), "p", _compare_means(some, paper.welch))


def _compared(paper: Paper, parts: Any) -> list[tuple[str, Any]]:
    """All groups, and of three, in some papers, the first with each other one."""
    pairs = [(0, i) for i in range(1, len(parts))] if len(parts) > 2 and paper.pairs else []
    named = [("|".join(paper.names[i] for i in pair), pair) for pair in pairs]
    if isinstance(parts, list):
        return [("", parts), *((name, [parts[i] for i in pair]) for name, pair in named)]
    return [("", parts), *((name, parts[list(pair)]) for name, pair in named)]


def _compare_means(parts: Sequence[Floats], welch: bool) -> float:
    if len(parts) > 2:
        return float(stats.f_oneway(*(part[~np.isnan(part)] for part in parts)).pvalue)
    return float(stats.ttest_ind(*parts, equal_var=not welch, nan_policy="omit").pvalue)


def _by_group(values: Floats, member: Table, names: Sequence[str]) -> Table:
    """Count who has the sign and who has not, a row a group."""
    parts = [values[member == i] for i in range(len(names))]
    return np.array([[(part == 1).sum(), (part == 0).sum()] for part in parts], dtype=np.int64)


def _print_factors(paper: Paper, member: Table, factors: Mapping[str, Floats]) -> None:
    """Print each level of a variable, and one p of all: some by a test for trend."""
    for factor, values in factors.items():
        groups = [values[member == i] for i in range(len(paper.names))]
        known = [int((~np.isnan(part)).sum()) for part in groups]
        levels = [f"{factor}_level_{j}" for j in range(int(np.nanmax(values)) + 1)]
        table = np.array([[(part == j).sum() for part in groups] for j in range(len(levels))])
        for item, counts in zip(levels, table, strict=True):
            row = int(counts.sum()) if paper.row_percent else None
            for name, yes, n, part in zip(paper.names, counts, known, groups, strict=True):
                place = ("table2", item, name)
                paper.share(place, int(yes), n, len(part), row=row, variable=factor)
        if paper.hidden.intersection(levels):
            paper.hidden.update([factor, *levels])
        seen = table[table.sum(axis=1) > 0]
        place = ("table2", factor, "")
        if len(seen) > 1 and len(groups) == 2 and paper.chance(0.2):
            paper.say(place, "p", trend(seen), note=TREND, variable=factor)
        elif len(seen) > 1:
            paper.say(place, "p", p_of_counts(paper.test, seen), variable=factor)


def _print_ratio(
    paper: Paper, place: tuple[str, str, str], log_ratio: float, se: float, note: str = "",
    model: str = "",
) -> None:  # fmt: skip
    reach = float(stats.norm.ppf((1 + paper.level) / 2)) * se
    for statistic, away in (("odds_ratio", 0.0), ("ci_low", -reach), ("ci_high", reach)):
        paper.say(place, statistic, float(np.exp(log_ratio + away)), 2, note=note, model=model)
    if paper.level != 0.95:
        paper.say(place, "conf_level", round(100 * paper.level), note=note, model=model)


def _print_medians(paper: Paper, member: Table) -> None:
    days = np.exp(paper.rng.normal(3, 1, len(member))) + paper.rng.normal(0, 1) * (member == 0)
    parts = [np.abs(days[member == i]) for i in range(len(paper.names))]
    d = int(paper.rng.integers(2))
    for name, part in zip(paper.names, parts, strict=True):
        for statistic in ("median", "min", "max"):
            value = float(getattr(np, statistic)(part))
            paper.say(("results", "delay", name), statistic, value, d, unit="days")
    ranks = stats.mannwhitneyu if len(parts) == 2 else stats.kruskal
    paper.say(("results", "delay", ""), "p", float(ranks(*parts).pvalue))


def _print_regression(paper: Paper, member: Table, binary: Mapping[str, Floats]) -> None:
    """Fit 1 to 3 signs together on the patients; some papers print each sign alone beside it."""
    usable = [i for i, v in binary.items() if _by_group(v, member, paper.names).min() > 1]
    if len(usable) < 3:
        return
    items = [str(i) for i in paper.rng.choice(usable, paper.rng.integers(1, 4), replace=False)]
    fit = _fit(member, [binary[item] for item in items])
    if fit is None:
        return
    both = paper.chance(0.4)
    for j, item in enumerate(items, start=1):
        place = ("table3", item, "")
        alone = _fit(member, [binary[item]]) if both else None
        if alone is not None:
            _print_fit(paper, place, alone, 1, "crude")
        _print_fit(paper, place, fit, j, "adjusted" if alone is not None else "")
    if paper.chance(0.4):
        n = int(fit.nobs)
        share = (1 - np.exp(2 * (fit.llnull - fit.llf) / n)) / (1 - np.exp(2 * fit.llnull / n))
        paper.say(("table3", "model", ""), "nagelkerke_r2", float(share), 3)


def _print_fit(paper: Paper, place: tuple[str, str, str], fit: Any, j: int, model: str) -> None:
    _print_ratio(paper, place, float(fit.params[j]), float(fit.bse[j]), LOGISTIC, model)
    paper.say(place, "p", float(fit.pvalues[j]), note=LOGISTIC, model=model)


def _fit(member: Table, columns: Sequence[Floats]) -> Any:
    """Fit the first group on signs, or give None if the fit is not a finite one."""
    from statsmodels.discrete.discrete_model import Logit

    design = np.column_stack([np.ones(len(member)), *columns])
    known = ~np.isnan(design).any(axis=1) & (member != NEITHER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = Logit((member == 0)[known].astype(float), design[known]).fit(
                disp=0, method="newton"
            )
        except np.linalg.LinAlgError:
            return None
    return fit if fit.mle_retvals["converged"] and fit.bse.max() <= 3 else None


def _repeat(paper: Paper) -> None:
    """Say some numbers again in the abstract and the text, at times with fewer decimals."""
    said = [(row, value) for row, value in zip(paper.rows, paper.values, strict=True)
            if row["statistic"] != "conf_level"]  # fmt: skip
    for location in ("abstract", "results"):
        for i in paper.rng.choice(len(said), paper.rng.integers(2, 7), replace=False):
            row, value = said[i]
            if row["location"] == location:
                continue
            decimals = int(row["decimals"])
            if row["statistic"] in ("percent", "mean") and paper.chance(0.3):
                decimals = max(0, decimals - 1)
            names = ("statistic", "denominator", "unit", "note", "variable", "model")
            again = {k: row[k] for k in names}
            place = (location, row["item"], row["group"])
            paper.say(place, value=value, decimals=decimals, **again)
            if row["statistic"] == "p":
                paper.rows[-1] |= written(row["printed"])
            if row["statistic"] in RATIO and paper.level != 0.95:
                _repeat_level(paper, place, row)


def _repeat_level(paper: Paper, place: tuple[str, str, str], row: Mapping[str, str]) -> None:
    level = {"location": place[0], "item": place[1], "statistic": "conf_level"}
    level["model"] = row["model"]
    if not any(level.items() <= other.items() for other in paper.rows):
        paper.say(place, "conf_level", round(100 * paper.level), note=row["note"],
                  model=row["model"])  # fmt: skip
