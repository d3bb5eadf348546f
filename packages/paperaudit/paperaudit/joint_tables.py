"""Every joint table of a few binary covariates that agrees with their margins in two groups.

A paper prints how many patients of each group had each finding, not which of them had several.
All the possibilities are counted before any is listed, then listed and added up by what a logistic
regression can see of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from smallstats.columns import refuse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Margins = Mapping[str, Sequence[int | range]]

LIMIT = 6_000_000
MOST_COVARIATES = 4
BLOCK = 1 << 21  # joint tables held in memory at a time


def sufficient_statistics(
    margins: Margins, groups: Sequence[int], *, limit: int = LIMIT
) -> pd.DataFrame:
    """Add up the joint tables with given margins by their sufficient statistics.

    Parameters
    ----------
    margins, groups, limit
        As for `compatible_tables`.

    Returns
    -------
    pandas.DataFrame
        The columns of `compatible_tables` from ``events`` to ``weight``, in the order of the
        covariates' cases, then of the patterns.

    Raises
    ------
    ValueError
        As `compatible_tables`.

    Examples
    --------
    Two of three cases and one of two controls have each of two findings.

    >>> sufficient_statistics({"a": (2, 1), "b": (2, 1)}, (3, 2)).filter(like="n_")
       n_00  n_01  n_10  n_11  n_tables
    0     2     0     0     3         1
    1     1     1     1     2         2
    2     0     2     2     1         1
    """
    bounds = _check_margins(margins, groups)
    _check_size(bounds, groups, limit)
    cases, controls = (joint_tables(int(n), b) for n, b in zip(groups, bounds, strict=True))
    tables = _add_up(cases, controls, list(margins))
    tables["weight"] /= np.prod(bounds[..., 1] - bounds[..., 0] + 1.0)
    return tables


def joint_tables(n: int, bounds: Sequence[Sequence[int]] | Ints) -> Ints:
    """List every way for *n* patients to have some covariates.

    Parameters
    ----------
    n : int
        The number of patients.
    bounds : sequence of (int, int)
        For each covariate, the least and the most who have it.

    Returns
    -------
    array
        A row a table, a column for each of the `patterns`.

    Examples
    --------
    >>> joint_tables(3, [(2, 2), (1, 1)]).tolist()
    [[1, 0, 1, 1], [0, 1, 2, 0]]
    """
    cells = np.array([[n]])
    for low, high in bounds:
        rest, least, most = cells, np.full(len(cells), low), np.full(len(cells), high)
        chosen = np.empty((len(cells), 0), dtype=np.int64)
        for i in range(cells.shape[1]):
            fewest = np.maximum(0, least - rest[:, i + 1 :].sum(axis=1))
            choices = np.minimum(rest[:, i], most) - fewest + 1
            row = np.repeat(np.arange(len(rest)), choices)
            choice = np.arange(len(row)) - np.repeat(choices.cumsum() - choices - fewest, choices)
            chosen = np.column_stack([chosen[row], choice])
            rest, least, most = rest[row], least[row] - choice, most[row] - choice
        cells = np.stack([rest - chosen, chosen], axis=2).reshape(len(rest), -1)
    return cells


def patterns(covariates: int) -> Ints:
    """Return every combination of 0 and 1: a row a pattern, a column a covariate."""
    return np.array(list(product((0, 1), repeat=covariates)), dtype=np.int64)


def pattern_columns(covariates: int) -> list[str]:
    """Name the columns of the `patterns`: ``n_00``, ``n_01`` and so on."""
    return ["n_" + "".join(map(str, pattern)) for pattern in patterns(covariates)]


def _check_margins(margins: Margins, groups: Sequence[int]) -> Ints:
    """Least and most with each covariate: (groups, covariates, 2)."""
    problems = []
    if not 1 <= len(margins) <= MOST_COVARIATES:
        problems.append(f"{len(margins)} covariates given, not 1 to {MOST_COVARIATES}")
    if len(groups) != 2:
        problems.append(f"{len(groups)} groups given, not 2: with the outcome, and without")
    sizes = dict(zip(("with the outcome", "without it"), groups, strict=False))
    problems += [
        f"{n!r} patients {which}: not a whole number above 0"
        for which, n in sizes.items()
        if not _is_whole(n) or n < 1
    ]
    refuse(problems)
    bounds = np.zeros((2, len(margins), 2), dtype=np.int64)
    for j, (name, counts) in enumerate(margins.items()):
        if not isinstance(counts, tuple | list) or len(counts) != 2:
            problems.append(f"{name}: {counts!r} is not a pair of counts, with and without")
            continue
        for g, (count, (which, n)) in enumerate(zip(counts, sizes.items(), strict=True)):
            possible = count if isinstance(count, range) else [count]
            what = f"{name}: {count!r} {which}"
            if not len(possible) or (isinstance(possible, range) and abs(possible.step) != 1):
                problems.append(f"{what} is not a range of counts")
            elif not all(map(_is_whole, possible)):
                problems.append(f"{what} is not a whole number")
            elif min(possible) < 0 or max(possible) > n:
                problems.append(f"{what} is not within 0 to {n}")
            else:
                bounds[g, j] = min(possible), max(possible)
    refuse(problems)
    return bounds


def _is_whole(count: Any) -> bool:
    return isinstance(count, int | float | np.number) and float(count).is_integer()


def _check_size(bounds: Ints, groups: Sequence[int], limit: int) -> None:
    """Count the joint tables before any is listed, covariate by covariate."""
    covariates = bounds.shape[1]
    for depth in range(1, covariates + 1):
        size = prod(
            _count_choices(joint_tables(int(n), b[: depth - 1]), *map(int, b[depth - 1]))
            for n, b in zip(groups, bounds, strict=True)
        )
        if size > limit:
            raise ValueError(
                f"{'at least ' * (depth < covariates)}{size:,} joint tables agree with these "
                f"margins, more than the limit of {limit:,}: give single counts or shorter "
                "ranges, fewer covariates, or a higher limit"
            )


def _count_choices(cells: Ints, low: int, high: int) -> int:
    """Count the ways to take between low and high patients from the cells, over all rows.

    By inclusion and exclusion of the cells from which more are taken than there are.
    """
    k, ways = cells.shape[1], 0
    exact = np.int64 if len(cells) * (high + k) ** k < 2**62 else object
    for over in product((0, 1), repeat=k):
        for most, sign in ((high, 1), (low - 1, -1)):
            left = (most - (cells + 1) @ np.array(over)).astype(exact)
            left = left[left >= 0]
            taken = prod((left + i for i in range(1, k + 1)), start=np.ones_like(left))
            ways += sign * (-1) ** sum(over) * int((taken // factorial(k)).sum())
    return ways


def _add_up(cases: Ints, controls: Ints, names: list[str]) -> pd.DataFrame:
    """Join every table of the cases to every table of the controls, by sufficient statistics."""
    pattern = patterns(len(names))
    halves = [
        np.hstack([seen * cells @ pattern, cells[:, 1:]])
        for cells, seen in ((cases, 1), (controls, 0))
    ]
    least = [half.min(axis=0) for half in halves]
    span = sum(half.max(axis=0) - low for half, low in zip(halves, least, strict=True)) + 1
    if prod(map(int, span)) >= 2**63:
        raise ValueError("these joint tables have too many sufficient statistics to number")
    digit = np.append(span[:0:-1].cumprod()[::-1], 1)
    keys = [(half - low) @ digit for half, low in zip(halves, least, strict=True)]
    weights = [_probability(cells, pattern) for cells in (cases, controls)]
    counted = [
        _tally(
            np.add.outer(keys[0][block], keys[1]).ravel(),
            np.ones(len(block) * len(controls)),
            np.multiply.outer(weights[0][block], weights[1]).ravel(),
        )
        for block in np.array_split(np.arange(len(cases)), len(cases) * len(controls) // BLOCK + 1)
    ]
    key, count, weight = _tally(*(np.concatenate(part) for part in zip(*counted, strict=True)))
    order = key.argsort()
    cells_and_sums = np.column_stack(np.unravel_index(key[order], span)) + sum(least)
    sums, cells = cells_and_sums[:, : len(names)], cells_and_sums[:, len(names) :]
    events = int(cases[0].sum())
    first = events + int(controls[0].sum()) - cells.sum(axis=1)
    columns: dict[str, Any] = {"events": np.full(len(key), events)}
    columns |= {f"{name}_events": sums[:, j] for j, name in enumerate(names)}
    columns |= dict(zip(pattern_columns(len(names)), [first, *cells.T], strict=True))
    return pd.DataFrame(columns | {"n_tables": count[order].astype(int), "weight": weight[order]})


def _tally(key: Ints, count: Floats, weight: Floats) -> tuple[Ints, Floats, Floats]:
    """Sum what belongs to each distinct key."""
    code, distinct = pd.factorize(key)
    count, weight = (np.bincount(code, each).astype(float) for each in (count, weight))
    return distinct, count, weight


def _probability(cells: Ints, pattern: Ints) -> Floats:
    """Probability of each table given its margins, if the covariates are independent."""
    n, have = cells[0].sum(), cells @ pattern
    ways = gammaln(n + 1) - gammaln(cells + 1).sum(axis=1)
    assignments = gammaln(n + 1) - gammaln(have + 1) - gammaln(n - have + 1)
    return np.asarray(np.exp(ways - assignments.sum(axis=1)))
