"""Everything that was tried to get Table 4: which patients, and which variables, print as it does.

An `Attempt` says in words what was varied, and which joint tables that makes. Every table of it is
fitted by maximum likelihood, and set against the nine printed numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paperaudit.compatible import (
    matching_tables,
    nearest_tables,
    statistics,
    wald_numbers,
)
from paperaudit.inverse import joint_tables_of, read_model, search_model
from paperaudit.joint_tables import Floats, Ints, Margins, sufficient_statistics
from paperaudit.record import Record
from paperaudit.rounding import printed_decimals
from smallstats.batch_selection import fit_model

COVARIATES = ("cardiac", "immunosuppressor")  # in the order of every model below
MOST_TABLES = 8_000_000  # joint tables of one setting
MOST_MISSING = (9, 11, 3)  # patients with calcinosis, without it, and cardiac ones left out
HEARTS = (range(3, 13), range(5))  # cardiac patients with and without calcinosis: a wide search
MOST_DRUGS = 3  # methotrexate, cyclosporine, cyclophosphamide


def table4_tables(claims: pd.DataFrame) -> pd.DataFrame:
    """List the joint tables of cardiac involvement and treatment that print as Table 4.

    Returns
    -------
    pandas.DataFrame
        One row a table: patients with calcinosis who have ``neither_with``,
        ``treated_only_with``, ``cardiac_only_with`` and ``both_with``, and those without it,
        ``neither_without`` and so on; tables with treated cardiac patients without calcinosis
        come first.

    Raises
    ------
    ValueError
        If no table prints as Table 4.

    Examples
    --------
    >>> from jdm_utils.study import load_claims
    >>> table4_tables(load_claims()).filter(like="_without")
       neither_without  treated_only_without  cardiac_only_without  both_without
    0               17                    13                     0             1
    1               16                    14                     1             0
    """
    model = read_model(claims, COVARIATES, "table4")
    found = search_model(model).tables
    if found.empty:
        raise ValueError("no joint table of cardiac involvement and treatment prints as Table 4")
    words = ("neither", "treated_only", "cardiac_only", "both")
    names = [f"{word}_{end}" for end in ("with", "without") for word in words]
    tables = joint_tables_of(found, model.groups).set_axis(names, axis=1)
    return tables.sort_values("both_without", ascending=False, ignore_index=True)


class Listed(NamedTuple):
    """Sets of sufficient statistics, and how many joint tables have each.

    Attributes
    ----------
    patterns : (k, q) array
        The distinct covariate patterns.
    sums : (m, 1 + q) array
        Patients with calcinosis, and their sum of each covariate.
    totals : (m, k) array
        Patients in each pattern.
    n_tables : (m,) array
        Joint tables with these statistics.
    """

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
        known = statistics(tables, list(self.margins))
        return Listed(*known, tables["n_tables"].to_numpy())


@dataclass(frozen=True)
class Drugs:
    """Treatment as the number of drugs, a number in the model.

    Attributes
    ----------
    cardiac, groups
        Cardiac patients, and all, with and without calcinosis.
    most
        The largest number of drugs.
    treated
        Patients with at least one drug, with and without calcinosis; by default any number.
        There is always a patient with none: if not, one drug fewer for all is the same model.
    """

    cardiac: tuple[int, int]
    groups: Sequence[int]
    most: int
    treated: tuple[int, int] | None = None

    def list_tables(self) -> Listed:
        """List every joint table, by sufficient statistics."""
        levels = self.most + 1
        patterns = np.array(list(product((0, 1), range(levels))), dtype=float)
        cases, controls = (
            _spread_drugs(n, heart, levels, treated)
            for n, heart, treated in zip(
                self.groups, self.cardiac, self.treated or (None, None), strict=True
            )
        )
        drugs = cases @ patterns[:, 1].astype(np.int64)
        # One number for what the regression sees: the drugs of the cases, and each pattern's total.
        digit = (sum(map(int, self.groups)) + 1) ** np.arange(patterns.shape[0], dtype=np.int64)
        keys = np.add.outer(cases @ digit, controls @ digit)
        code = np.ravel(keys * (drugs.max() + 1) + drugs[:, None])
        row, distinct = pd.factorize(code)
        first = np.flatnonzero(~pd.Series(row).duplicated().to_numpy())
        case, control = np.divmod(first, len(controls))
        totals = (cases[case] + controls[control]).astype(float)
        sums = np.column_stack([cases[case].sum(axis=1), cases[case, levels:].sum(axis=1),
                                drugs[case]]).astype(float)  # fmt: skip
        some = totals[:, patterns[:, 1] == 0].sum(axis=1) > 0
        n_tables = np.bincount(row, minlength=len(distinct))
        return Listed(patterns, sums[some], totals[some], n_tables[some])


@dataclass(frozen=True)
class Attempt:
    """What was varied, in words, and the settings that this makes."""

    varied: str
    settings: Sequence[YesNo | Drugs]


def list_attempts(claims: pd.DataFrame) -> list[Attempt]:
    """Declare every search for Table 4; the counts are those of the ledger.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> attempts = list_attempts(load_claims())
    >>> len(attempts), attempts[0].settings[1].margins
    (10, {'cardiac': (7, 1), 'immunosuppressor': (16, 10)})
    """
    model = read_model(claims, COVARIATES, "table4")
    findings, groups = printed_findings(claims), model.groups
    heart = (int(findings["with"]["cardiac"]), int(findings["without"]["cardiac"]))
    thirds = distinct_findings(findings.drop(list(COVARIATES)), groups).T.to_dict("list")
    treated = treated_counts(claims)
    any_treatment = tuple(range(n + 1) for n in groups)
    # A finding and its absence are one model: half of the counts are enough.
    any_third = (range(groups[0] // 2 + 1), range(groups[1] + 1))

    def kept(*covariates: Sequence[int | range]) -> YesNo:
        return YesNo(dict(zip((*COVARIATES, "third"), (heart, *covariates), strict=False)), groups)

    words = " or ".join(f"{a} and {b}" for a, b in treated)
    early = int(claims["value"]["results_calcinosis_before_diagnosis_calcinosis_n"])
    lungs = thirds.pop("pulmonary")
    return [
        Attempt(f"Nothing: both variables as printed (treated: {words})", [*map(kept, treated)]),
        Attempt("Pulmonary involvement kept in the model, all counts as printed",
                [kept(t, lungs) for t in treated]),
        Attempt("Pulmonary involvement kept, any number treated", [kept(any_treatment, lungs)]),
        Attempt(f"Another printed finding as third variable, each of {len(thirds)}",
                [kept(t, third) for t in treated for third in thirds.values()]),
        Attempt("Any third yes/no variable at all, printed or not",
                [kept(t, any_third) for t in treated]),
        Attempt(f"Missing values: up to {MOST_MISSING[0]} and {MOST_MISSING[1]} children left out, "
                f"up to {MOST_MISSING[2]} cardiac ones in either group; any number treated",
                [*_with_missing(heart, groups)]),
        Attempt(f"One to {early} children with early calcinosis left out, or counted as without "
                "it; any number treated", [*_without_early(heart, groups, early)]),
        Attempt(f"Treatment as the number of drugs, 1 to {MOST_DRUGS} in each treated child",
                [Drugs(heart, groups, MOST_DRUGS, t) for t in treated]),
        Attempt("Treatment as 0, 1 or 2 drugs, in any number of children",
                [Drugs(heart, groups, 2)]),
        Attempt(f"Any number treated, and {HEARTS[0][0]} to {HEARTS[0][-1]} and {HEARTS[1][0]} to "
                f"{HEARTS[1][-1]} cardiac children",
                [YesNo(dict(zip(COVARIATES, (HEARTS, any_treatment), strict=True)), groups)]),
    ]  # fmt: skip


def search_table4(claims: pd.DataFrame) -> pd.DataFrame:
    """Make every attempt to get Table 4; about half a minute.

    Returns
    -------
    pandas.DataFrame
        One row an `Attempt`, as `try_attempt` describes it.
    """
    printed = read_model(claims, COVARIATES, "table4").printed
    return pd.DataFrame([try_attempt(attempt, printed) for attempt in list_attempts(claims)])


def try_attempt(attempt: Attempt, printed: Mapping[str, str]) -> dict[str, object]:
    """Fit every table of an attempt, and set it against the printed numbers.

    Returns
    -------
    dict
        ``varied``; ``tables``: joint tables tried; ``fits``: sets of sufficient statistics that
        print so; ``treated``: who is treated in these ("31 of 54"); and of the nearest that
        does not print so ``distance``, ``worst`` and ``differ``, as in `nearest_tables`.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> attempts = list_attempts(load_claims())
    >>> printed = read_model(load_claims(), COVARIATES, "table4").printed
    >>> tried = try_attempt(attempts[1], printed)
    >>> tried["tables"], tried["fits"], round(tried["distance"], 1), tried["worst"]
    (24750, 0, 44.0, 'nagelkerke')
    """
    tables, fits, near = 0, [], []
    for setting in attempt.settings:
        listed = setting.list_tables()
        tables += int(listed.n_tables.sum())
        numbers = fit_listed(listed)
        fits.append(matching_tables(numbers, printed))
        near.append(nearest_tables(numbers.drop(fits[-1].index), printed, rows=1))
    fitting = pd.concat(fits)
    treated = [f"{k} of {n}" for k, n in zip(fitting["treated"], fitting["patients"], strict=True)]
    nearest = pd.concat(near).sort_values("distance").iloc[0]
    return {
        "varied": attempt.varied,
        "tables": tables,
        "fits": len(fitting),
        "treated": " or ".join(sorted(set(treated))),
        "distance": float(nearest["distance"]),
        "worst": str(nearest["worst"]),
        "differ": int(nearest["differ"]),
    }


def fit_listed(listed: Listed) -> pd.DataFrame:
    """Fit the regression to listed tables, and keep those whose estimates are finite.

    Returns
    -------
    pandas.DataFrame
        ``nagelkerke``, the columns of `wald_numbers` for each of the two covariates
        (``cardiac_odds_ratio``), ``patients``, ``treated`` and ``n_tables``.
    """
    patterns, sums, totals, n_tables = listed
    kept = _may_be_finite(listed)
    fits = fit_model(patterns, sums[kept], totals[kept], range(patterns.shape[1]), limits=False)[0]
    with np.errstate(divide="ignore", invalid="ignore"):  # of estimates without an end
        columns = {"nagelkerke": fits.nagelkerke} | {
            f"{name}_{statistic}": values
            for j, name in enumerate(COVARIATES, start=1)
            for statistic, values in wald_numbers(fits, j).items()
        }
    treated = totals[:, patterns[:, 1] > 0].sum(axis=1).astype(int)
    columns |= {"patients": totals[kept].sum(axis=1).astype(int), "treated": treated[kept]}
    return pd.DataFrame({**columns, "n_tables": n_tables[kept]})[fits.converged]


def printed_findings(claims: pd.DataFrame) -> pd.DataFrame:
    """List the yes/no findings whose counts are printed in both of the whole groups.

    Returns
    -------
    pandas.DataFrame
        Indexed by item: ``with`` and ``without`` calcinosis.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> printed_findings(load_claims()).loc["pulmonary"].tolist()
    [10, 5]
    """
    record = Record(claims)
    sizes = tuple(record.groups.sizes[group] for group in record.groups.compared)
    found = {}
    for item in record.own["item"].unique():
        pairs = record.count_pairs(item)
        if len(pairs) == 1 and (pairs[0][1], pairs[0][3]) == sizes != (pairs[0][0], pairs[0][2]):
            found[str(item)] = (pairs[0][0], pairs[0][2])
    return pd.DataFrame(found.values(), index=pd.Index(found, name="item"),
                        columns=["with", "without"])  # fmt: skip


def distinct_findings(findings: pd.DataFrame, groups: tuple[int, int]) -> pd.DataFrame:
    """Leave out a finding that is the absence of an earlier one: both make the same model.

    Examples
    --------
    >>> strength = pd.DataFrame({"with": [12, 11], "without": [15, 16]}, index=["weak", "strong"])
    >>> distinct_findings(strength, (23, 31)).index.tolist()
    ['weak']
    """
    known: set[tuple[int, ...]] = set()
    kept = []
    for item, counts in findings.iterrows():
        pair = tuple(int(n) for n in counts)
        if pair not in known:
            kept.append(item)
        known.add(tuple(n - having for n, having in zip(groups, pair, strict=True)))
    return findings.loc[kept]


def treated_counts(claims: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the printed patients treated, with and without calcinosis, wherever they differ.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> treated_counts(load_claims())
    [(15, 10), (16, 10)]
    """
    record = Record(claims)
    counts = [
        sorted(set(record.rows("immunosuppressor", group, "n")["value"].astype(int)))
        for group in record.groups.compared
    ]
    return list(product(*counts))  # type: ignore[arg-type]


def fits_by_chance(claims: pd.DataFrame) -> pd.Series:
    """Count how often the widest search finds patients for a regression of other variables.

    Each regression of cardiac involvement, treatment and another printed finding is printed as
    Table 4 is: three decimals, then cut. Among the models of two variables (any number treated)
    those are looked for that print so, by any rounding rule.

    Returns
    -------
    pandas.Series
        ``regressions`` printed, ``searched`` (models of two variables) and ``found``.
    """
    from scipy.spatial import KDTree

    printed = read_model(claims, COVARIATES, "table4").printed
    attempts = list_attempts(claims)
    units = np.array([10.0 ** -printed_decimals(text) for text in printed.values()])
    others = pd.concat(
        fit_listed(setting.list_tables())
        for attempt in (attempts[1], attempts[3])
        for setting in attempt.settings
    )
    searched = fit_listed(attempts[-1].settings[0].list_tables())
    cut = np.floor(others[list(printed)].round(3).to_numpy() / units + 1e-6)
    # What prints as t by some rule lies from t - 1/2 to t + 1 units: 3/4 on either side of t + 1/4.
    near = KDTree(searched[list(printed)].to_numpy() / units).query(
        cut + 0.25, p=np.inf, distance_upper_bound=0.75
    )[0]
    return pd.Series({"regressions": len(others), "searched": len(searched),
                      "found": int(np.isfinite(near).sum())})  # fmt: skip


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


def _with_missing(heart: Sequence[int], groups: Sequence[int]) -> Iterator[YesNo]:
    """Complete cases: fewer patients in either group, fewer of them cardiac."""
    fewer_cases, fewer_controls, fewer_hearts = MOST_MISSING
    hearts = tuple(range(max(0, n - fewer_hearts), n + 1) for n in heart)
    for missing in product(range(fewer_cases + 1), range(fewer_controls + 1)):
        sizes = tuple(n - m for n, m in zip(groups, missing, strict=True))
        margins = (hearts, tuple(range(n + 1) for n in sizes))
        yield YesNo(dict(zip(COVARIATES, margins, strict=True)), sizes)


def _without_early(heart: Sequence[int], groups: Sequence[int], early: int) -> Iterator[YesNo]:
    """One or more of the early patients, any of them cardiac, left out or in the other group."""
    for some in range(1, early + 1):
        for hearts in range(some + 1):
            for moved in (0, 1):
                sizes = (groups[0] - some, groups[1] + moved * some)
                cardiac = (heart[0] - hearts, heart[1] + moved * hearts)
                margins = (cardiac, tuple(range(n + 1) for n in sizes))
                yield YesNo(dict(zip(COVARIATES, margins, strict=True)), sizes)


def _spread_drugs(n: int, cardiac: int, levels: int, treated: int | None) -> Ints:
    """Every way for patients to have drugs: those not cardiac by level, then the cardiac ones."""
    others, hearts = (_compositions(total, levels) for total in (n - cardiac, cardiac))
    cells = np.hstack([np.repeat(others, len(hearts), axis=0), np.tile(hearts, (len(others), 1))])
    return cells if treated is None else cells[n - cells[:, 0] - cells[:, levels] == treated]


def _compositions(total: int, parts: int) -> Ints:
    """Every way to write a total as a sum of so many parts, in order: stars and bars."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64)
    ends = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, total + parts - 1)))
    return np.diff(ends, axis=1) - 1


def _may_be_finite(listed: Listed) -> NDArray[np.bool_]:
    """Whether each yes/no covariate has patients of both groups among those with and without it.

    If not, its estimate is infinite or does not exist, and no fit is needed to know.
    """
    patterns, sums, totals, _ = listed
    binary = np.flatnonzero(np.isin(patterns, (0, 1)).all(axis=0))
    having, cases = totals @ patterns[:, binary], sums[:, 1 + binary]
    events, n = sums[:, :1], totals.sum(axis=1, keepdims=True)
    rest = events - cases
    both = (cases > 0) & (cases < having) & (rest > 0) & (rest < n - having)
    return np.asarray(both.all(axis=1))
