"""Backward elimination of many data sets at once, and how often resampled patients end alike.

The data sets share their covariate patterns and differ in the patients of each: the joint tables
that agree with printed margins, or bootstrap resamples of one cohort. Every model is fitted to all
of them together, and each then finds its own way from model to model.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import erfc

from smallstats.cells import Cells, Tables, collapse, together
from smallstats.classical_tests import weakest
from smallstats.columns import refuse
from smallstats.design import Design, build_design
from smallstats.grouped import GroupedFits, fit_sufficient

CRITERIA = ("lr", "wald", "conditional")
MOST_CANDIDATES = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kept = tuple[int, ...]


class Model(NamedTuple):
    """Fits of the distinct tables of a model; which of them each table has; a table with each."""

    fits: GroupedFits
    row: Ints
    first: Ints


@dataclass(frozen=True)
class BatchElimination:
    """Where a backward elimination of many tables ends.

    Attributes
    ----------
    models
        Every model, as the numbers of its covariates, by size.
    fits
        The fits of each model.
    final
        For each table the number of its final model in `models`; ``len(models)`` where a test on
        the way needs a finite estimate and there is none.
    """

    models: list[Kept]
    fits: dict[Kept, Model]
    final: Ints


def fit_model(
    patterns: Floats, sums: Floats, totals: Floats, kept: Sequence[int], *, limits: bool = True
) -> Model:
    """Fit the regression on some of the covariates, once for all tables that look alike to it.

    Parameters
    ----------
    patterns : (k, q) array
        The distinct covariate patterns.
    sums : (m, 1 + q) array
        Cases, and their sum of each covariate.
    totals : (m, k) array
        Patients in each pattern.
    kept
        Numbers of the covariates of the model.
    limits
        As for `fit_sufficient`.
    """
    row = first = np.arange(len(sums), dtype=np.int64)
    sums = sums[:, [0, *(j + 1 for j in kept)]]
    if len(kept) < patterns.shape[1]:
        patterns, merged = np.unique(patterns[:, list(kept)], axis=0, return_inverse=True)
        totals = totals @ np.eye(len(patterns))[merged]
        look = pd.DataFrame(np.hstack([sums, totals]))
        # by hashes of 64 bits: that any two of a million rows share one has a chance of 3 in 10^8
        row = pd.factorize(pd.util.hash_pandas_object(look, index=False))[0].astype(np.int64)
        first = first[~pd.Series(row).duplicated().to_numpy()]
        sums, totals = sums[first], totals[first]
    design = np.hstack([np.ones((len(patterns), 1)), patterns])
    return Model(fit_sufficient(design, sums, totals, limits=limits), row, first)


def eliminate_batch(
    patterns: Floats,
    sums: Floats,
    totals: Floats,
    *,
    criterion: str = "lr",
    remove: float = 0.10,
    enter: float | None = None,
) -> BatchElimination:
    """Put many tables through a backward elimination.

    As `eliminate_backward` does with patients: the covariate with the largest p goes, until none
    is above a limit; of equal p the last goes first. With *enter*, when none goes, the absent
    covariate with the smallest p of its score test comes back if that p is below *enter*, until a
    model would come a second time: the backward stepwise methods of SPSS.

    Parameters
    ----------
    patterns, sums, totals
        As for `fit_model`.
    criterion : {"lr", "wald", "conditional"}
        The test that decides what goes.
    remove : float
        A covariate goes when its p is above this.
    enter : float, optional
        A covariate comes back when its p is below this; by default none does.

    Raises
    ------
    ValueError
        For an unknown criterion, limits that are no probabilities, or *enter* above *remove*.

    References
    ----------
    IBM SPSS Statistics Algorithms, Logistic Regression: Stepwise Algorithms.

    Examples
    --------
    8 patients have the covariate: in one table 7 of them are cases, in the other 4.

    >>> patterns, totals = np.array([[0.0], [1]]), np.array([[46.0, 8]] * 2)
    >>> found = eliminate_batch(patterns, np.array([[23.0, 7], [23, 4]]), totals)
    >>> [found.models[number] for number in found.final]
    [(0,), ()]
    """
    limits = [remove] if enter is None else [enter, remove]
    problems = []
    if criterion not in CRITERIA:
        problems.append(f"criterion={criterion!r} is not one of {', '.join(map(repr, CRITERIA))}")
    if not all(0 < limit <= 1 for limit in limits):
        problems.append(f"remove={remove!r}, enter={enter!r}: not probabilities above 0")
    elif limits != sorted(limits):
        problems.append(f"enter={enter!r} is above remove={remove!r}")
    refuse(problems)
    everything, models = range(patterns.shape[1]), subsets(patterns.shape[1])
    needed = criterion != "lr" or enter is not None
    fits = {kept: fit_model(patterns, sums, totals, kept, limits=needed) for kept in models}
    undetermined = len(models)
    following = np.full((len(models) + 1, len(sums)), undetermined)
    for number, kept in enumerate(models):
        then, stays = np.full(len(sums), number), np.ones(len(sums), dtype=bool)
        absent = [j for j in everything if j not in kept]
        if kept:
            p = _removal_p(fits, kept, criterion)
            worst = weakest(p)
            smaller = np.array([models.index(_without(kept, j)) for j in kept])
            stays = p.max(axis=1) <= remove
            then = np.where(stays, number, smaller[worst])
            then[np.isnan(p).any(axis=1)] = undetermined
        if enter is not None and absent:
            p = np.stack([_entry_p(fits, kept, j) for j in absent], axis=1)
            larger = np.array([models.index(_with(kept, j)) for j in absent])
            then = np.where(stays & (p.min(axis=1) < enter), larger[p.argmin(axis=1)], then)
            then[stays & np.isnan(p).any(axis=1)] = undetermined
        following[number] = then
    return BatchElimination(models, fits, _follow(following, start=len(models) - 1))


@dataclass(frozen=True)
class BootstrapElimination:
    """Where backward elimination ends in resamples of the patients.

    Attributes
    ----------
    candidates
        A row a candidate: ``candidate``, ``kept`` (by the elimination with the patients
        themselves) and ``frequency`` (share of the determined resamples that keep it).
    models
        A row a final model, the most frequent first: ``final`` (``a + b``, or ``none``),
        ``resamples`` and ``share`` (of the determined ones).
    original
        The final model with the patients themselves; None if undetermined.
    resamples
        How many were drawn.
    undetermined
        Resamples in which a test on the way needs a finite estimate and there is none; never with
        the likelihood ratio.
    degenerate
        Resamples in which the model with all candidates has an estimate that is infinite or does
        not exist: separated, or a candidate that is constant or a combination of others.
    """

    candidates: pd.DataFrame
    models: pd.DataFrame
    original: str | None
    resamples: int
    undetermined: int
    degenerate: int


def bootstrap_elimination(
    frame: pd.DataFrame,
    outcome: str,
    candidates: Sequence[str],
    *,
    criterion: str = "lr",
    remove: float = 0.10,
    resamples: int = 10_000,
    seed: int = 0,
) -> BootstrapElimination:
    """Repeat a backward elimination in bootstrap resamples of the patients.

    Parameters
    ----------
    frame, outcome, candidates, criterion, remove
        As for `eliminate_backward`; up to six candidates, binary or numbers.
    resamples, seed
        How many resamples, and the seed of their draws.

    Raises
    ------
    ValueError
        As `eliminate_backward`; and for categories with more than two levels, more than six
        candidates, or no resamples.

    References
    ----------
    Sauerbrei W, Schumacher M. A bootstrap resampling procedure for model building: application to
    the Cox regression model. Stat Med 1992;11:2093-109.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "a": [0] * 15 + [1] * 5 + [0, 1, 1, 1] * 5})
    >>> found = bootstrap_elimination(frame.assign(b=[0, 1] * 20), "y", ["a", "b"], resamples=1000)
    >>> found.candidates
      candidate   kept  frequency
    0         a   True      0.957
    1         b  False      0.336
    """
    return bootstrap_eliminations(
        [frame], outcome, candidates,
        criterion=criterion, remove=remove, resamples=resamples, seed=seed,
    )[0]  # fmt: skip


def bootstrap_eliminations(
    frames: Sequence[pd.DataFrame],
    outcome: str,
    candidates: Sequence[str],
    *,
    criterion: str = "lr",
    remove: float = 0.10,
    resamples: int = 10_000,
    seed: int = 0,
) -> list[BootstrapElimination]:
    """Do with each of many cohorts what `bootstrap_elimination` does, in less time."""

    def eliminate(cells: Cells, cases: Floats, totals: Floats) -> _Ends:
        statistics = cells.statistics(cases, totals)
        ends = eliminate_batch(*statistics, criterion=criterion, remove=remove)
        return _Ends(ends.final, ends.fits[ends.models[-1]].fits.converged)

    designs = [build_design(frame, outcome, candidates) for frame in frames]
    return together([_resampled(design, resamples, seed) for design in designs], eliminate)


class _Ends(NamedTuple):
    """The final model of each table, and whether that with all candidates has finite estimates."""

    final: Ints
    finite: NDArray[np.bool_]


def _resampled(
    design: Design, resamples: int, seed: int
) -> Generator[Tables, _Ends, BootstrapElimination]:
    """Ask where the patients and their resamples end, and count."""
    refuse(candidate_problems(design) + not_positive("resamples", resamples))
    cells = collapse(design)
    names = list(design.predictors)
    own = yield cells, cells.cases[None], cells.totals[None]
    models_of = subsets(len(names))
    labels = [*name_models(models_of, names), None]
    counts, degenerate = np.zeros(len(labels), dtype=int), 0
    for cases, totals in cells.resample(resamples, seed):
        ends = yield cells, cases, totals
        counts += np.bincount(ends.final, minlength=len(labels))
        degenerate += int((~ends.finite).sum())
    determined = max(1, resamples - int(counts[-1]))
    final = own.final[0]
    models = pd.DataFrame({"final": labels[:-1], "resamples": counts[:-1]})
    models = models.assign(share=models["resamples"] / determined)[counts[:-1] > 0]
    holds = np.array([[j in model for j in range(len(names))] for model in models_of])
    kept = holds[final] if final < len(holds) else False
    frequency = counts[:-1] @ holds / determined
    return BootstrapElimination(
        candidates=pd.DataFrame({"candidate": names, "kept": kept, "frequency": frequency}),
        models=models.sort_values("resamples", ascending=False, kind="stable", ignore_index=True),
        original=labels[final],
        resamples=resamples,
        undetermined=int(counts[-1]),
        degenerate=degenerate,
    )


def subsets(candidates: int) -> list[Kept]:
    """List every model of so many covariates, as their numbers, by size."""
    sizes = range(candidates + 1)
    return [kept for size in sizes for kept in combinations(range(candidates), size)]


def name_models(models: Sequence[Kept], names: Sequence[str]) -> list[str]:
    """Name each model by its covariates: ``a + b``, or ``none``."""
    return [" + ".join(names[j] for j in kept) or "none" for kept in models]


def candidate_problems(design: Design) -> list[str]:
    """Why the candidates of a design cannot be eliminated in a batch."""
    problems = [
        f"{name!r} has more than two levels: give it as binary columns"
        for name, columns in design.predictors.items()
        if len(columns) > 1
    ]
    if not 1 <= len(design.predictors) <= MOST_CANDIDATES:
        problems.append(f"{len(design.predictors)} candidates: 1 to {MOST_CANDIDATES} are allowed")
    return problems


def not_positive(name: str, value: int) -> list[str]:
    """Return the problem of an option that has to be 1 or more, if it is not."""
    return [] if value >= 1 else [f"{name}={value!r} is not a positive number"]


def _follow(following: Ints, start: int) -> Ints:
    """Go from model to model until none follows, or one that has been before."""
    rows = np.arange(following.shape[1])
    state = np.full(len(rows), start)
    seen = np.zeros(following.shape, dtype=bool)
    for _ in following:
        seen[state, rows] = True
        new = following[state, rows]
        state = np.where(seen[new, rows], state, new)
    return state


def _removal_p(fits: dict[Kept, Model], kept: Kept, criterion: str) -> Floats:
    """Test each covariate of a model by the criterion: p, a column each."""
    own, row, first = fits[kept]
    if criterion == "lr":
        fewer = [fits[_without(kept, j)] for j in kept]
        left = np.stack([m.fits.log_likelihood[m.row[first]] for m in fewer], axis=1)
        statistic = 2 * np.maximum(own.log_likelihood[:, None] - left, 0)
    elif criterion == "wald":
        statistic = np.where(own.converged[:, None], own.wald[:, 1:], np.nan)
    else:
        statistic = np.stack([own.conditional(j) for j in range(1, len(kept) + 1)], axis=1)
    return chi_square_1_p(statistic)[row]


def _entry_p(fits: dict[Kept, Model], kept: Kept, j: int) -> Floats:
    """Test an absent covariate by its score: p."""
    larger, row, first = fits[_with(kept, j)]
    own = fits[kept]
    place = _with(kept, j).index(j) + 1
    coef = np.insert(own.fits.coef[own.row[first]], place, 0, axis=1)
    return chi_square_1_p(larger.score(place, coef))[row]


def chi_square_1_p(statistic: Floats) -> Floats:
    """Return the upper tail of chi-square with one degree of freedom."""
    return np.asarray(erfc(np.sqrt(statistic / 2)))


def _without(kept: Kept, j: int) -> Kept:
    return tuple(i for i in kept if i != j)


def _with(kept: Kept, j: int) -> Kept:
    return tuple(sorted((*kept, j)))
