"""Papers that never were: tables of random patients, printed as papers print them.

The patients are drawn, their statistics computed by scipy and statsmodels, and the digits cut by
`decimal`: nothing here comes from the checks that these papers are to test.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.stats.contingency import expected_freq

from paperaudit.claims import COLUMNS

Floats = NDArray[np.float64]
Table = NDArray[np.int64]

ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
GROUPS = (
    ("cases", "controls"), ("treated", "untreated"), ("exposed", "unexposed"),
    ("relapse", "remission"), ("arm_a", "arm_b"),
)  # fmt: skip
LOGISTIC = "logistic regression"
SUITABLE = "Pearson or Fisher"  # as expected counts allow
NEITHER = -1


@dataclass
class _Paper:
    """The habits of a paper's authors, and the numbers that they have printed so far."""

    rng: np.random.Generator
    names: tuple[str, str]
    test: str
    welch: bool
    rounding: str
    careless: bool
    p_decimals: int
    p_style: str
    percent_decimals: int
    rows: list[dict[str, str]] = field(default_factory=list)
    values: list[float | Fraction] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def digits(self, value: float | Fraction, decimals: int) -> str:
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
    ) -> None:
        """Print a number: *place* is its location, item and group."""
        printed = self._p(value) if statistic == "p" else self.digits(value, decimals)
        location, item, group = place
        row = {"location": location, "item": item, "group": group, "statistic": statistic}
        row |= {"denominator": str(denominator), "unit": unit, "role": "predicted", "note": note}
        self.rows.append(row | written(printed))
        self.values.append(value)

    def _p(self, value: float | Fraction) -> str:
        if self.p_style == "<0.05" and value < 0.05:
            return "<0.05"
        if self.p_style == "<0.001" and value < 0.001:
            return "<0.001"
        return self.digits(value, self.p_decimals)

    def share(self, place: tuple[str, str, str], yes: int, known: int, total: int) -> None:
        """Print a count, its percentage or both; the denominator where values are missing."""
        style = self.rng.choice(["both", "n", "percent"], p=[0.8, 0.1, 0.1])
        whole = known if known < total else ""
        if style != "percent":
            self.say(place, "n", yes, denominator=whole, unit="patients")
        if style != "n":
            percent = Fraction(100 * yes, known)
            self.say(place, "percent", percent, self.percent_decimals, denominator=known, unit="%")

    def ledger(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows)
        names = frame[["location", "item", "group", "statistic"]].agg("_".join, axis=1)
        names = names.str.replace("__", "_")
        nth = frame.groupby(names).cumcount() + 1
        frame["id"] = [f"{name}_{k}" if k > 1 else name for name, k in zip(names, nth, strict=True)]
        return frame[list(COLUMNS)]


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


def simulate_paper(rng: np.random.Generator) -> pd.DataFrame:
    """Print the tables of a random two-group study, without any slip.

    Parameters
    ----------
    rng : numpy.random.Generator
        All that is random comes from it.

    Returns
    -------
    pandas.DataFrame
        A ledger as `validate_claims` takes it, in strings.

    Examples
    --------
    >>> paper = simulate_paper(np.random.default_rng(1))
    >>> paper.loc[:2, ["item", "group", "printed"]].to_numpy().tolist()
    [['patients', 'all', ...], ['patients', ...], ['patients', ...]]
    """
    tests, odds = [*TESTS, SUITABLE], [0.2, 0.15, 0.2, 0.1, 0.1, 0.25]
    paper = _Paper(
        rng=rng,
        names=GROUPS[rng.integers(len(GROUPS))],
        test=str(rng.choice(tests, p=odds)),
        welch=bool(rng.random() < 0.3),
        rounding=str(rng.choice(ROUNDINGS, p=[0.55, 0.2, 0.25])),
        careless=bool(rng.random() < 0.15),
        p_decimals=int(rng.integers(2, 4)),
        p_style=str(rng.choice(["digits", "<0.001", "<0.05"], p=[0.3, 0.5, 0.2])),
        percent_decimals=int(rng.integers(0, 2)),
    )
    sizes = rng.integers(10, 201, 2)
    outside = int(rng.integers(1, 30)) if rng.random() < 0.1 else 0  # in neither group
    member = np.repeat([1, 0, NEITHER], [*sizes, outside])
    for name, n in zip(("all", *paper.names), (len(member), *sizes), strict=True):
        paper.say(("methods", "patients", name), "n", int(n), unit="patients")
    binary = {f"sign_{i}": _binary(rng, member) for i in range(1, rng.integers(6, 15) + 1)}
    whole = rng.random(rng.integers(1, 5)) < 0.4
    measures = {f"measure_{i}": _measure(rng, member, w) for i, w in enumerate(whole, start=1)}
    _print_table1(paper, member, binary, measures, whole)
    _print_table2(paper, member, binary, measures, whole)
    if paper.chance(0.4):
        _print_medians(paper, member)
    if paper.chance(0.6):
        _print_regression(paper, member, binary)
    _repeat(paper)
    return paper.ledger()


def _binary(rng: np.random.Generator, member: Table) -> Floats:
    """Draw who has a sign, more or less often in the first group."""
    chance = 1 / (1 + np.exp(-rng.normal(-0.8, 1.2) - rng.normal(0, 0.9) * (member == 1)))
    return _lose_some(rng, (rng.random(len(member)) < chance).astype(float), 0.25)


def _measure(rng: np.random.Generator, member: Table, whole: bool) -> Floats:
    centre, spread = rng.uniform(10, 60), rng.uniform(0.1, 0.4)
    away = rng.normal(size=len(member)) + rng.normal(0, 0.4) * (member == 1)
    drawn = np.abs(centre * (1 + spread * away))
    return _lose_some(rng, np.floor(drawn) if whole else drawn, 0.2)


def _lose_some(rng: np.random.Generator, values: Floats, chance: float) -> Floats:
    """Let some values be missing, at times."""
    share = rng.uniform(0.01, 0.12) if rng.random() < chance else 0.0
    return np.where(rng.random(len(values)) < share, np.nan, values)


def _print_table1(
    paper: _Paper,
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
    paper: _Paper, place: tuple[str, str, str], values: Floats, whole: bool, d: int, d_sd: int
) -> None:
    known = values[~np.isnan(values)]
    n: int | str = len(known) if len(known) < len(values) else ""
    unit = "whole years" if whole else "units"
    mean = Fraction(int(known.sum()), len(known)) if whole else float(known.mean())
    paper.say(place, "mean", mean, int(d), denominator=n, unit=unit)
    paper.say(place, "sd", float(known.std(ddof=1)), int(d_sd), denominator=n, unit=unit)


def _print_table2(
    paper: _Paper,
    member: Table,
    binary: Mapping[str, Floats],
    measures: Mapping[str, Floats],
    whole: NDArray[np.bool_],
) -> None:
    """Compare the groups; some papers give odds ratios with Woolf's limits beside the counts."""
    ratios = paper.chance(0.3)
    for item, values in binary.items():
        table = _two_by_two(values, member)
        for name, row, members in zip(paper.names, table, (member == 1, member == 0), strict=True):
            paper.share(("table2", item, name), int(row[0]), int(row.sum()), int(members.sum()))
        if table.sum(axis=0).all():
            test = paper.test
            if test == SUITABLE:
                test = "pearson" if expected_freq(table).min() >= 5 else "fisher"
            paper.say(("table2", item, ""), "p", TESTS[test](table))
        if ratios and table.all():
            log_ratio = float(np.log(table[0, 0] / table[0, 1] * table[1, 1] / table[1, 0]))
            _print_ratio(paper, ("table2", item, ""), log_ratio, float(np.sqrt((1 / table).sum())))
    d, d_sd = paper.rng.integers(1, 3, 2)
    for (item, values), w in zip(measures.items(), whole, strict=True):
        parts = [values[members] for members in (member == 1, member == 0)]
        for name, part in zip(paper.names, parts, strict=True):
            _print_moments(paper, ("table2", item, name), part, w, d, d_sd)
        t_test = stats.ttest_ind(*parts, equal_var=not paper.welch, nan_policy="omit")
        paper.say(("table2", item, ""), "p", float(t_test.pvalue))


def _two_by_two(values: Floats, member: Table) -> Table:
    return np.array(
        [[(values[g] == 1).sum(), (values[g] == 0).sum()] for g in (member == 1, member == 0)],
        dtype=np.int64,
    )


def _print_ratio(
    paper: _Paper, place: tuple[str, str, str], log_ratio: float, se: float, note: str = ""
) -> None:
    for statistic, z in (("odds_ratio", 0.0), ("ci_low", -1.0), ("ci_high", 1.0)):
        value = float(np.exp(log_ratio + z * stats.norm.ppf(0.975) * se))
        paper.say(place, statistic, value, 2, note=note)


def _print_medians(paper: _Paper, member: Table) -> None:
    days = np.exp(paper.rng.normal(3, 1, len(member))) + paper.rng.normal(0, 1) * (member == 1)
    parts, d = (
        [np.abs(days[members]) for members in (member == 1, member == 0)],
        int(paper.rng.integers(2)),
    )
    for name, part in zip(paper.names, parts, strict=True):
        for statistic in ("median", "min", "max"):
            value = float(getattr(np, statistic)(part))
            paper.say(("results", "delay", name), statistic, value, d, unit="days")
    paper.say(("results", "delay", ""), "p", float(stats.mannwhitneyu(*parts).pvalue))


def _print_regression(paper: _Paper, member: Table, binary: Mapping[str, Floats]) -> None:
    """Fit 1 to 3 signs together on the patients, if the fit is a finite one."""
    from statsmodels.discrete.discrete_model import Logit

    usable = [item for item, values in binary.items() if _two_by_two(values, member).min() > 1]
    if len(usable) < 3:
        return
    items = list(paper.rng.choice(usable, paper.rng.integers(1, 4), replace=False))
    design = np.column_stack([np.ones(len(member)), *(binary[item] for item in items)])
    known = ~np.isnan(design).any(axis=1) & (member != NEITHER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = Logit(member[known].astype(float), design[known]).fit(disp=0, method="newton")
        except np.linalg.LinAlgError:
            return
    if not fit.mle_retvals["converged"] or fit.bse.max() > 3:
        return
    for j, item in enumerate(items, start=1):
        place = ("table3", str(item), "")
        _print_ratio(paper, place, float(fit.params[j]), float(fit.bse[j]), LOGISTIC)
        paper.say(place, "p", float(fit.pvalues[j]), note=LOGISTIC)
    if paper.chance(0.4):
        n = int(known.sum())
        share = (1 - np.exp(2 * (fit.llnull - fit.llf) / n)) / (1 - np.exp(2 * fit.llnull / n))
        paper.say(("table3", "model", ""), "nagelkerke_r2", float(share), 3)


def _repeat(paper: _Paper) -> None:
    """Say some numbers again in the abstract and the text, at times with fewer decimals."""
    said = [(row, value) for row, value in zip(paper.rows, paper.values, strict=True)]
    for location in ("abstract", "results"):
        for i in paper.rng.choice(len(said), paper.rng.integers(2, 7), replace=False):
            row, value = said[i]
            if row["location"] == location:
                continue
            decimals = int(row["decimals"])
            if row["statistic"] in ("percent", "mean") and paper.chance(0.3):
                decimals = max(0, decimals - 1)
            again = {k: row[k] for k in ("statistic", "denominator", "unit", "note")}
            place = (location, row["item"], row["group"])
            paper.say(place, value=value, decimals=decimals, **again)
            if row["statistic"] == "p":
                paper.rows[-1] |= written(row["printed"])


def _pearson(table: Table) -> float:
    return float(stats.chi2_contingency(table, correction=False)[1])


def _yates(table: Table) -> float:
    return float(stats.chi2_contingency(table, correction=True)[1])


def _fisher(table: Table) -> float:
    return float(stats.fisher_exact(table)[1])


def _mid_p(table: Table) -> float:
    """Two-sided Fisher, with half the probability of the table and of those as probable."""
    (a, c), (b, d) = table
    x = np.arange(a + b + 1)
    chances = stats.hypergeom(a + b + c + d, a + b, a + c).pmf(x)
    same = np.isclose(chances, chances[a], rtol=1e-9, atol=0)
    return float(chances[(chances < chances[a]) & ~same].sum() + chances[same].sum() / 2)


def _likelihood_ratio(table: Table) -> float:
    return float(stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")[1])


#: Tests of a 2x2 table, a row a group.
TESTS: dict[str, Callable[[Any], float]] = {
    "pearson": _pearson, "yates": _yates, "fisher": _fisher, "mid_p": _mid_p,
    "likelihood_ratio": _likelihood_ratio,
}  # fmt: skip
