"""How well a model predicts, less what it owes to having been made from the same patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from jdm_utils.stats.batch_selection import (
    Cells,
    blocks,
    candidate_problems,
    collapse,
    eliminate_batch,
)
from jdm_utils.stats.columns import refuse
from jdm_utils.stats.design import build_design
from jdm_utils.stats.grouped import fit_sufficient
from jdm_utils.stats.maximum_likelihood import maximum_likelihood

MEASURES = ("auc", "calibration_slope", "brier", "nagelkerke")
TIED = 1e-9  # linear predictors so near each other are the same

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Validation:
    """Internal validation of a model by the bootstrap.

    Attributes
    ----------
    table
        Indexed by measure: ``auc`` (area under the ROC curve, c), ``calibration_slope``,
        ``brier`` and ``nagelkerke``. Columns: ``apparent`` (the model in the patients it was made
        from), ``training`` (means of resampled models in their own resamples), ``test`` (in all
        patients), ``optimism`` (training less test) and ``corrected`` (apparent less optimism).
    resamples, left_out
        How many were drawn, and how many of them could not be used: one outcome only, or an
        elimination that needs a finite estimate.
    infinite
        Used resamples in which the model with all predictors has an estimate that is infinite or
        does not exist. Large finite ones are used for it, as any statistics program would.
    """

    table: pd.DataFrame
    resamples: int
    left_out: int
    infinite: int


def validate_model(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    select: str | None = None,
    remove: float = 0.10,
    resamples: int = 2000,
    seed: int = 0,
) -> Validation:
    """Correct a model's performance for optimism by Harrell's bootstrap.

    In each resample the model is made anew, and then tried in the resample and in all patients.
    The differences estimate what the model's performance owes to its own patients. Of a model
    tried on others, Nagelkerke's R squared is that after recalibration, and the slope of a model
    without predictors is 1, as in R's ``rms::validate``. A resampled model with next to no effect
    has an enormous slope, so that with weak predictors the mean slope says little.

    Parameters
    ----------
    frame, outcome, predictors
        As for `fit_logistic`; with `select`, the candidates.
    select
        A criterion of `eliminate_backward`: the elimination is then part of making the model, and
        repeated in each resample. By default all predictors stay.
    remove
        As for `eliminate_backward`.
    resamples, seed
        How many resamples, and the seed of their draws.

    Raises
    ------
    ValueError
        As `fit_logistic`, or as `bootstrap_elimination` with `select`; when the outcomes are
        separated; and for no predictor or no resamples.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Stat Med 1996;15:361-87.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "a": [0] * 15 + [1] * 5 + [0, 1, 1, 1] * 5})
    >>> validate_model(frame, "y", ["a"], resamples=500).table.round(3)[["apparent", "corrected"]]
                       apparent  corrected
    measure
    auc                   0.750      0.750
    calibration_slope     1.000      1.082
    brier                 0.188      0.207
    nagelkerke            0.307      0.287
    """
    design = build_design(frame, outcome, predictors)
    problems = candidate_problems(design) if select is not None else []
    if not design.predictors:
        problems.append("there is no predictor to validate")
    if resamples < 1:
        problems.append(f"resamples={resamples!r} is not a positive number")
    refuse(problems)
    separation = maximum_likelihood(design).separation
    if separation:
        refuse(["the outcomes are separated: " + "; ".join(separation.messages)])
    cells = collapse(design)
    everybody = cells.cases[None], cells.totals[None]
    own = _make(cells, *everybody, select, remove)
    if not own.usable[0]:
        refuse([f"select={select!r} needs finite estimates: use select='lr'"])
    apparent = _try(cells, own.beta, *everybody, own.nagelkerke)[0]
    training, test, left_out, infinite = [], [], 0, 0
    for cases, totals in cells.resample(resamples, seed):
        mixed = (cases.sum(axis=1) > 0) & (cases.sum(axis=1) < totals.sum(axis=1))
        cases, totals = cases[mixed], totals[mixed]
        model = _make(cells, cases, totals, select, remove)
        use, beta = model.usable, model.beta[model.usable]
        training.append(_try(cells, beta, cases[use], totals[use], model.nagelkerke[use]))
        test.append(_try(cells, beta, *everybody))
        left_out += len(mixed) - len(beta)
        infinite += int(model.infinite[use].sum())
    if left_out == resamples:
        refuse([f"none of the {resamples} resamples can be used"])
    columns = {"apparent": apparent}
    columns |= {"training": np.vstack(training).mean(axis=0), "test": np.vstack(test).mean(axis=0)}
    table = pd.DataFrame(columns, index=pd.Index(MEASURES, name="measure"))
    table["optimism"] = table["training"] - table["test"]
    table["corrected"] = table["apparent"] - table["optimism"]
    return Validation(table, resamples, left_out, infinite)


def expected_nagelkerke(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    select: str | None = None,
    remove: float = 0.10,
    permutations: int = 10_000,
    seed: int = 0,
) -> pd.Series[float]:
    """Nagelkerke's R squared when nothing is associated with the outcome.

    The outcomes are dealt out among the patients at random, and the model is made each time.

    Parameters
    ----------
    frame, outcome, predictors, select, remove
        As for `validate_model`.
    permutations, seed
        How many permutations, and their seed.

    Returns
    -------
    pandas.Series
        ``observed``; of the permutations ``mean``, ``median``, ``q95`` (their 95th percentile)
        and ``p`` (how often at least as large as observed, the observed one included).

    Raises
    ------
    ValueError
        As `fit_logistic`, or as `bootstrap_elimination` with `select`, which is ``lr`` here; and
        for no predictor or no permutations.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "a": [0] * 15 + [1] * 5 + [0, 1, 1, 1] * 5})
    >>> expected_nagelkerke(frame, "y", ["a"], permutations=2000).round(3).to_dict()
    {'observed': 0.307, 'mean': 0.034, 'median': 0.013, 'q95': 0.116, 'p': 0.005}
    """
    design = build_design(frame, outcome, predictors)
    problems = candidate_problems(design) if select is not None else []
    if select not in (None, "lr"):
        problems.append(f"select={select!r} is not 'lr', the criterion that has always a value")
    if not design.predictors:
        problems.append("there is no predictor")
    if permutations < 1:
        problems.append(f"permutations={permutations!r} is not a positive number")
    refuse(problems)
    cells = collapse(design)
    rng, events = np.random.default_rng(seed), int(cells.cases.sum())
    observed = _make(cells, cells.cases[None], cells.totals[None], select, remove).nagelkerke[0]
    found = []
    for size in blocks(permutations, len(cells.totals)):
        cases = rng.multivariate_hypergeometric(
            cells.totals.astype(int), events, size=size, method="marginals"
        ).astype(float)
        totals = np.tile(cells.totals, (size, 1))
        found.append(_make(cells, cases, totals, select, remove).nagelkerke)
    r2 = np.concatenate(found)
    return pd.Series(
        {
            "observed": observed,
            "mean": r2.mean(),
            "median": np.median(r2),
            "q95": np.quantile(r2, 0.95),
            "p": (1 + (r2 >= observed - 1e-9).sum()) / (1 + len(r2)),
        },
        name="nagelkerke",
    )


@dataclass(frozen=True)
class _Models:
    beta: Floats
    nagelkerke: Floats
    usable: NDArray[np.bool_]
    infinite: NDArray[np.bool_]


def _make(
    cells: Cells, cases: Floats, totals: Floats, select: str | None, remove: float
) -> _Models:
    """Make the model in each table; coefficients of what was eliminated are 0."""
    patterns, sums, totals = cells.statistics(cases, totals)
    if select is None:
        x = np.hstack([np.ones((len(patterns), 1)), patterns])
        fits = fit_sufficient(x, sums, totals, limits=False)
        usable = np.ones(len(sums), dtype=bool)
        return _Models(fits.coef, fits.nagelkerke, usable, ~fits.converged)
    found = eliminate_batch(patterns, sums, totals, criterion=select, remove=remove)
    beta, nagelkerke = np.zeros(sums.shape), np.zeros(len(sums))
    for number, kept in enumerate(found.models):
        fits, row, _ = found.fits[kept]
        here = np.flatnonzero(found.final == number)
        beta[here[:, None], [0, *(j + 1 for j in kept)]] = fits.coef[row[here]]
        nagelkerke[here] = fits.nagelkerke[row[here]]
    usable = found.final < len(found.models)
    whole = found.fits[found.models[-1]]
    return _Models(beta, nagelkerke, usable, ~whole.fits.converged[whole.row])


def _try(
    cells: Cells, beta: Floats, cases: Floats, totals: Floats, nagelkerke: Floats | None = None
) -> Floats:
    """Measure each model in the patients of each table: a column a measure.

    In its own patients a model is calibrated, and its `nagelkerke` is known.
    """
    eta = beta[:, :1] + beta[:, 1:] @ cells.patterns.T
    cases, totals = np.broadcast_to(cases, eta.shape), np.broadcast_to(totals, eta.shape)
    risk, n = expit(eta), totals.sum(axis=1)
    brier = (cases * (1 - risk) ** 2 + (totals - cases) * risk**2).sum(axis=1) / n
    slope = np.ones(len(eta))
    if nagelkerke is None:
        slope, fitted = recalibrate(eta, cases, totals)
        rate = cases.sum(axis=1) / n
        null = n * (rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
        nagelkerke = np.expm1(2 * (null - fitted) / n) / np.expm1(2 * null / n)
    return np.stack([rank_area(eta, cases, totals), slope, brier, nagelkerke], axis=1)


def rank_area(eta: Floats, cases: Floats, totals: Floats) -> Floats:
    """Area under the ROC curve of each row of predictors: tied pairs count half."""
    order = np.argsort(eta, axis=1)
    eta, cases, totals = (np.take_along_axis(a, order, axis=1) for a in (eta, cases, totals))
    others = totals - cases
    new = np.diff(eta, axis=1) > TIED
    edge = np.ones((len(eta), 1), dtype=bool)
    up_to = others.cumsum(axis=1)
    below = np.maximum.accumulate(np.where(np.hstack([edge, new]), up_to - others, 0), axis=1)
    last = np.where(np.hstack([new, edge]), up_to, np.inf)[:, ::-1]
    through = np.minimum.accumulate(last, axis=1)[:, ::-1]
    concordant = (cases * (below + through)).sum(axis=1) / 2
    return np.asarray(concordant / (cases.sum(axis=1) * others.sum(axis=1)))


def recalibrate(eta: Floats, cases: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Regress the outcome on each row of predictors: slopes and log-likelihoods.

    The slope is 1 where all have the same prediction.
    """
    n = totals.sum(axis=1, keepdims=True)
    z = eta - (totals * eta).sum(axis=1, keepdims=True) / n
    size = np.abs(np.where(totals > 0, z, 0)).max(axis=1, keepdims=True)
    flat = size[:, 0] < TIED
    z = np.where(totals > 0, z, 0) / np.where(size < TIED, 1, size)
    a, b = np.log(cases.sum(axis=1) / (totals - cases).sum(axis=1)), np.zeros(len(eta))
    for _ in range(200):
        risk = expit(a[:, None] + b[:, None] * z)
        left, weight = cases - totals * risk, totals * risk * (1 - risk)
        s0, s1 = left.sum(axis=1), (left * z).sum(axis=1)
        h00, h01, h11 = weight.sum(axis=1), (weight * z).sum(axis=1), (weight * z * z).sum(axis=1)
        determinant = np.where(flat, 1, h00 * h11 - h01**2)
        up_b = np.where(flat, 0, (h00 * s1 - h01 * s0) / determinant)
        up_a = np.where(flat, 0, (h11 * s0 - h01 * s1) / determinant)
        reach = np.abs(up_a) + np.abs(up_b)
        shorter = np.where(reach < 1.5, 1, np.log1p(reach) / np.maximum(reach, TIED))
        a, b = a + shorter * up_a, b + shorter * up_b
        if (s0 * up_a + s1 * up_b).max(initial=0) < 1e-16:
            break
    at = a[:, None] + b[:, None] * z
    value = (cases * at - totals * np.logaddexp(0, at)).sum(axis=1)
    return np.where(flat, 1, b / np.where(flat, 1, size[:, 0])), value
