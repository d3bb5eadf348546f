"""Which patients, and which variables, print as a regression of two covariates was printed.

An `Attempt` says in words what was varied, and which joint tables that makes. Every table of it is
fitted by maximum likelihood, and set against the printed numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pandas as pd

from paperaudit.compatible import matching_tables, nearest_tables, statistics, wald_numbers
from paperaudit.joint_tables import Floats, Ints, Margins, sufficient_statistics
from paperaudit.record import Record
from paperaudit.rounding import printed_decimals
from smallstats.grouped import fit_sufficient, has_finite_estimates

MOST_TABLES = 8_000_000  # joint tables of one setting


class Listed(NamedTuple):
    """Sets of sufficient statistics, and how many joint tables have each.

    Attributes
    ----------
    names : list of str
        The covariates.
    patterns : (k, q) array
        The distinct covariate patterns.
    sums : (m, 1 + q) array
        Patients with the outcome, and their sum of each covariate.
    totals : (m, k) array
        Patients in each pattern.
    n_tables : (m,) array
        Joint tables with these statistics.
    """

    names: Sequence[str]
    patterns: Floats
    sums: Floats
    totals: Floats
    n_tables: Ints


@dataclass(frozen=True)
class YesNo:
    """Covariates that a patient has or has not: `margins` and `groups` of `compatible_tables`."""

    margins: Margins
    groups: Sequence[int]

    def list_tables(self) -> Listed:
        """List every joint table, by sufficient statistics."""
        tables = sufficient_statistics(self.margins, self.groups, limit=MOST_TABLES)
        sufficient = statistics(tables, list(self.margins))
        return Listed(list(self.margins), *sufficient, tables["n_tables"].to_numpy())


@dataclass(frozen=True)
class Levels:
    """A covariate that a patient has or has not, and one that is a number, as of drugs.

    Attributes
    ----------
    having, groups
        Patients with the first covariate, and all, with and without the outcome.
    most
        The largest value of the second.
    above_none
        Patients with 1 or more of it, with and without the outcome; by default any number.
        There is always a patient with 0: if not, one fewer for all is the same model.
    names
        Of the two covariates.
    """

    having: tuple[int, int]
    groups: Sequence[int]
    most: int
    above_none: tuple[int, int] | None = None
    names: tuple[str, str] = ("first", "second")

    def list_tables(self) -> Listed:
        """List every joint table, by sufficient statistics."""
        levels = self.most + 1
        patterns = np.array(list(product((0, 1), range(levels))), dtype=float)
        cases, controls = (
            _spread_levels(n, first, levels, above)
            for n, first, above in zip(
                self.groups, self.having, self.above_none or (None, None), strict=True
            )
        )
        level_sums = cases @ patterns[:, 1].astype(np.int64)
        # One number for what the regression sees: the sum of the cases, and each pattern's total.
        digit = (sum(map(int, self.groups)) + 1) ** np.arange(patterns.shape[0], dtype=np.int64)
        keys = np.add.outer(cases @ digit, controls @ digit)
        code = np.ravel(keys * (level_sums.max() + 1) + level_sums[:, None])
        row, distinct = pd.factorize(code)
        first = np.flatnonzero(~pd.Series(row).duplicated().to_numpy())
        case, control = np.divmod(first, len(controls))
        totals = (cases[case] + controls[control]).astype(float)
        sums = np.column_stack([cases[case].sum(axis=1), cases[case, levels:].sum(axis=1),
                                level_sums[case]]).astype(float)  # fmt: skip
        some = totals[:, patterns[:, 1] == 0].sum(axis=1) > 0
        n_tables = np.bincount(row, minlength=len(distinct))
        return Listed(self.names, patterns, sums[some], totals[some], n_tables[some])


@dataclass(frozen=True)
class Attempt:
    """What was varied, in words, and the settings that this makes."""

    varied: str
    settings: Sequence[YesNo | Levels]


def try_attempt(
    attempt: Attempt, printed: Mapping[str, str], covariates: Sequence[str]
) -> dict[str, object]:
    """Fit every table of an attempt, and set it against the printed numbers.

    Parameters
    ----------
    attempt
        What was varied.
    printed
        The printed numbers, as in `paperaudit.inverse.Model`.
    covariates
        The two that they are of.

    Returns
    -------
    dict
        ``varied``; ``tables``: joint tables tried; ``fits``: sets of sufficient statistics that
        print so; ``having_second``: patients with the second covariate in these ("31 of 54"); and
        of the nearest that does not print so ``distance``, ``worst`` and ``differ``, as in
        `nearest_tables`.

    Examples
    --------
    >>> margins = {"a": (3, 1), "b": (range(7), range(7))}
    >>> printed = {"a_odds_ratio": "5.00", "b_odds_ratio": "1.00"}
    >>> tried = try_attempt(Attempt("any b", [YesNo(margins, (6, 6))]), printed, ["a", "b"])
    >>> tried["tables"], tried["fits"], tried["having_second"]
    (192, 3, '5 of 12 or 6 of 12 or 7 of 12')
    """
    tables, fits, near = 0, [], []
    for setting in attempt.settings:
        listed = setting.list_tables()
        tables += int(listed.n_tables.sum())
        numbers = fit_listed(listed, covariates)
        fits.append(matching_tables(numbers, printed))
        near.append(nearest_tables(numbers.drop(fits[-1].index), printed, rows=1))
    fitting = pd.concat(fits)
    having = zip(fitting["having_second"], fitting["patients"], strict=True)
    nearest = pd.concat(near).sort_values("distance").iloc[0]
    return {
        "varied": attempt.varied,
        "tables": tables,
        "fits": len(fitting),
        "having_second": " or ".join(sorted({f"{k} of {n}" for k, n in having})),
        "distance": float(nearest["distance"]),
        "worst": str(nearest["worst"]),
        "differ": int(nearest["differ"]),
    }


def fit_listed(listed: Listed, covariates: Sequence[str]) -> pd.DataFrame:
    """Fit the regression to listed tables, and keep those whose estimates are finite.

    Returns
    -------
    pandas.DataFrame
        ``nagelkerke``, the columns of `wald_numbers` for each of the two *covariates*
        (``a_odds_ratio``), ``patients``, ``having_second`` and ``n_tables``.
    """
    names, patterns, sums, totals, n_tables = listed
    places = [names.index(covariate) for covariate in covariates]
    design = np.column_stack([np.ones(len(patterns)), patterns])
    kept = has_finite_estimates(design, sums, totals)
    sums, totals = sums[kept], totals[kept]
    fits = fit_sufficient(design, sums, totals)
    columns = {"nagelkerke": fits.nagelkerke} | {
        f"{name}_{statistic}": values
        for j, name in zip(places, covariates, strict=True)
        for statistic, values in wald_numbers(fits, j + 1).items()
    }
    having = totals[:, patterns[:, places[1]] > 0].sum(axis=1).astype(int)
    columns |= {"patients": totals.sum(axis=1).astype(int), "having_second": having}
    return pd.DataFrame({**columns, "n_tables": n_tables[kept]}, index=np.flatnonzero(kept))


def printed_findings(claims: pd.DataFrame) -> pd.DataFrame:
    """List the yes/no findings whose counts are printed in both of the whole groups.

    Returns
    -------
    pandas.DataFrame
        Indexed by item: ``with`` and ``without`` the outcome.
    """
    record = Record(claims)
    sizes = tuple(record.groups.sizes[group] for group in record.groups.compared)
    findings = {}
    for item in record.own["item"].unique():
        pairs = record.count_pairs(item)
        if len(pairs) == 1 and (pairs[0][1], pairs[0][3]) == sizes != (pairs[0][0], pairs[0][2]):
            findings[str(item)] = (pairs[0][0], pairs[0][2])
    return pd.DataFrame(findings.values(), index=pd.Index(findings, name="item"),
                        columns=["with", "without"])  # fmt: skip


def distinct_findings(findings: pd.DataFrame, groups: tuple[int, int]) -> pd.DataFrame:
    """Leave out a finding that is the absence of an earlier one: both make the same model.

    Examples
    --------
    >>> strength = pd.DataFrame({"with": [12, 11], "without": [15, 16]}, index=["weak", "strong"])
    >>> distinct_findings(strength, (23, 31)).index.tolist()
    ['weak']
    """
    seen: set[tuple[int, ...]] = set()
    kept = []
    for item, counts in findings.iterrows():
        pair = tuple(int(n) for n in counts)
        if pair not in seen:
            kept.append(item)
        seen.add(tuple(n - having for n, having in zip(groups, pair, strict=True)))
    return findings.loc[kept]


def printed_pairs(claims: pd.DataFrame, item: str) -> list[tuple[int, int]]:
    """Return the printed patients with an item, with and without the outcome, in every way."""
    record = Record(claims)
    counts = [
        sorted(set(record.rows(item, group, "n")["value"].astype(int)))
        for group in record.groups.compared
    ]
    return list(product(*counts))  # type: ignore[arg-type]


def fits_by_chance(
    others: Iterable[YesNo | Levels],
    wide: YesNo | Levels,
    printed: Mapping[str, str],
    covariates: Sequence[str],
) -> pd.Series:
    """Count how often a wide search finds patients for a regression of other variables.

    Parameters
    ----------
    others
        Regressions that were not published. Each is printed as the published one is: three
        decimals, then cut.
    wide
        Among whose models those are looked for that print so, by any rounding rule.
    printed, covariates
        As in `try_attempt`.

    Returns
    -------
    pandas.Series
        ``regressions`` printed, ``searched`` (models) and ``found``.
    """
    from scipy.spatial import KDTree

    units = np.array([10.0 ** -printed_decimals(text) for text in printed.values()])
    fitted = pd.concat(fit_listed(setting.list_tables(), covariates) for setting in others)
    searched = fit_listed(wide.list_tables(), covariates)
    cut = np.floor(fitted[list(printed)].round(3).to_numpy() / units + 1e-6)
    # What prints as t by some rule lies from t - 1/2 to t + 1 units: 3/4 on either side of t + 1/4.
    near = KDTree(searched[list(printed)].to_numpy() / units).query(
        cut + 0.25, p=np.inf, distance_upper_bound=0.75
    )[0]
    fits = int(np.isfinite(near).sum())
    return pd.Series({"regressions": len(fitted), "searched": len(searched), "found": fits})


def compare_habits(values: Mapping[str, float], printed: Mapping[str, str]) -> pd.DataFrame:
    """Print numbers by three habits: rounded; cut off; three decimals, and these cut off.

    Returns
    -------
    pandas.DataFrame
        One row a number: ``number``, ``computed``, ``three_decimals``, then as printed by each
        habit ``three_then_cut``, ``rounded`` and ``cut``, and ``printed``.

    Examples
    --------
    >>> compare_habits({"or": 15.55979}, {"or": "15.56"}).iloc[0, 2:].tolist()
    ['15.560', '15.56', '15.56', '15.55', '15.56']
    """
    rows = []
    for number, text in printed.items():
        exact, decimals = Decimal(float(values[number])), printed_decimals(text)
        three = _to_decimals(exact, 3, ROUND_HALF_UP)
        habits = [
            _to_decimals(three, decimals, ROUND_DOWN),
            _to_decimals(exact, decimals, ROUND_HALF_UP),
            _to_decimals(exact, decimals, ROUND_DOWN),
        ]
        rows.append([number, float(values[number]), str(three), *map(str, habits), text])
    columns = ["number", "computed", "three_decimals", "three_then_cut", "rounded", "cut"]
    return pd.DataFrame(rows, columns=[*columns, "printed"])


def _to_decimals(number: Decimal, decimals: int, rounding: str) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)


def with_missing(
    having: Sequence[int], groups: Sequence[int], names: Sequence[str], most: tuple[int, int, int]
) -> Iterator[YesNo]:
    """Make the settings of complete cases, the second covariate being any.

    Parameters
    ----------
    having, groups
        Patients with the first covariate, and all, with and without the outcome.
    names
        Of the two covariates.
    most
        Patients left out at most: of those with the outcome, of those without it, and of those
        with the first covariate in either group.
    """
    fewer_cases, fewer_controls, fewer_first = most
    first = tuple(range(max(0, n - fewer_first), n + 1) for n in having)
    for missing in product(range(fewer_cases + 1), range(fewer_controls + 1)):
        sizes = tuple(n - m for n, m in zip(groups, missing, strict=True))
        margins = (first, tuple(range(n + 1) for n in sizes))
        yield YesNo(dict(zip(names, margins, strict=True)), sizes)


def without_some_cases(
    having: Sequence[int], groups: Sequence[int], names: Sequence[str], most: int
) -> Iterator[YesNo]:
    """Leave out 1 to `most` patients with the outcome, or count them as without it.

    Any of them may have the first covariate; the second is any. Parameters as in `with_missing`.
    """
    for some in range(1, most + 1):
        for first in range(some + 1):
            for moved in (0, 1):
                sizes = (groups[0] - some, groups[1] + moved * some)
                left = (having[0] - first, having[1] + moved * first)
                margins = (left, tuple(range(n + 1) for n in sizes))
                yield YesNo(dict(zip(names, margins, strict=True)), sizes)


def _spread_levels(n: int, first: int, levels: int, above: int | None) -> Ints:
    """Every way to spread patients over levels: those without the first covariate, then with it."""
    without, having = (_compositions(total, levels) for total in (n - first, first))
    cells = np.hstack([np.repeat(without, len(having), axis=0), np.tile(having, (len(without), 1))])
    return cells if above is None else cells[n - cells[:, 0] - cells[:, levels] == above]


def _compositions(total: int, parts: int) -> Ints:
    """Every way to write a total as a sum of so many parts, in order: stars and bars."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64)
    ends = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, total + parts - 1)))
    return np.diff(ends, axis=1) - 1
