"""How well a model predicts, less what it owes to having been made from the same patients."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, xlog1py, xlogy

from smallstats.batch_selection import candidate_problems, eliminate_batch, not_positive
from smallstats.cells import Cells, Tables, blocks, collapse, together
from smallstats.columns import refuse
from smallstats.design import Design, build_design
from smallstats.grouped import fit_sufficient
from smallstats.grouped_firth import fit_firth
from smallstats.maximum_likelihood import maximum_likelihood

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
        The corrected calibration slope is missing where `infinite` is not 0.
    resamples, left_out
        How many were drawn, and how many of them could not be used: one outcome only, an
        elimination that needs a finite estimate, or Firth's method and a predictor that does not
        vary or is a combination of others.
    infinite
        Used resamples whose model has an estimate that is infinite or does not exist; none by
        Firth's method. Large finite ones are used for it, as any statistics program would: area,
        Brier score and R squared are then near their limits, but a slope is what the large number
        makes of it.
    notes
        What a reader of the table has to know, a sentence each.
    """

    table: pd.DataFrame
    resamples: int
    left_out: int
    infinite: int
    notes: tuple[str, ...] = ()


def validate_model(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    method: str = "ml",
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
    method
        ``ml``: maximum likelihood. ``firth``: Firth's penalised likelihood. Predictions are then
        those of Firth's estimates as they are, the intercept too (no FLIC or FLAC): on average
        they are nearer to one half than the observed risk. R squared is that after recalibration
        in all columns. Firth's slope in its own patients is above 1, and infinite where it tells
        the outcomes of a resample apart: there is no optimism of it, and the corrected slope is
        that in all patients.
    select
        A criterion of `eliminate_backward`: the elimination, by maximum likelihood, is then part
        of making the model, and repeated in each resample. By default all predictors stay.
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
    Puhr R, Heinze G, Nold M, Lusa L, Geroldinger A. Firth's logistic regression with rare events.
    Stat Med 2017;36:2302-17 (predictions, FLIC and FLAC).

    Examples
    --------
    Where resamples have infinite odds ratios, the slope is missing; Firth's method has one.

    >>> frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "a": [0] * 15 + [1] * 5 + [0, 1, 1, 1] * 5})
    >>> ml, firth = (validate_model(frame, "y", ["a"], method=m, seed=1) for m in ("ml", "firth"))
    >>> ml.infinite, ml.table.round(3)["corrected"].to_dict()
    (20, {'auc': 0.75, 'calibration_slope': nan, 'brier': 0.206, 'nagelkerke': 0.29})
    >>> firth.infinite, firth.table.round(3)["corrected"].to_dict()
    (0, {'auc': 0.75, 'calibration_slope': 1.145, 'brier': 0.205, 'nagelkerke': 0.29})
    """
    return validate_models(
        [frame], outcome, predictors,
        method=method, select=select, remove=remove, resamples=resamples, seed=seed,
    )[0]  # fmt: skip


def validate_models(
    frames: Sequence[pd.DataFrame],
    outcome: str,
    predictors: Sequence[str],
    *,
    method: str = "ml",
    select: str | None = None,
    remove: float = 0.10,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Validation]:
    """Do with each of many cohorts what `validate_model` does, in less time."""

    def make(cells: Cells, cases: Floats, totals: Floats) -> _Models:
        made = _make(cells, cases, totals, select, remove)
        return made if method == "ml" else _penalise(cells, cases, totals, made)

    designs = [build_design(frame, outcome, predictors) for frame in frames]
    runs = [_validated(design, method, select, resamples, seed) for design in designs]
    return together(runs, make)


def _validated(
    design: Design, method: str, select: str | None, resamples: int, seed: int
) -> Generator[Tables, _Models, Validation]:
    """Ask for the models of the patients and of their resamples, and try them."""
    problems = _problems(design, select) + not_positive("resamples", resamples)
    if method not in ("ml", "firth"):
        problems.append(f"method={method!r} is not one of 'ml', 'firth'")
    refuse(problems)
    separation = maximum_likelihood(design).separation
    if separation:
        refuse(["the outcomes are separated: " + "; ".join(separation.messages)])
    cells = collapse(design)
    everybody = cells.cases[None], cells.totals[None]
    own = yield cells, *everybody
    if not own.usable[0]:
        refuse([f"select={select!r} needs finite estimates: use select='lr'"])
    r2 = own.nagelkerke if method == "ml" else None
    apparent = _try(cells, own.beta, *everybody, r2)[0]
    training, test, left_out, infinite = [], [], 0, 0
    for cases, totals in cells.resample(resamples, seed):
        mixed = (cases.sum(axis=1) > 0) & (cases.sum(axis=1) < totals.sum(axis=1))
        cases, totals = cases[mixed], totals[mixed]
        model = yield cells, cases, totals
        use, beta = model.usable, model.beta[model.usable]
        r2 = model.nagelkerke[use] if method == "ml" else None
        training.append(_try(cells, beta, cases[use], totals[use], r2))
        test.append(_try(cells, beta, *everybody))
        left_out += len(mixed) - len(beta)
        infinite += int(model.infinite[use].sum())
    if left_out == resamples:
        refuse([f"none of the {resamples} resamples can be used"])
    # Harrell, Lee and Mark (Stat Med 1996;15:361-87): optimism = mean of (measure of a
    # resample's model in that resample - its measure in all patients)
    means = [np.vstack(parts).mean(axis=0) for parts in (training, test)]
    table = _corrected(apparent, *means, method=method, infinite=infinite)
    note = (
        f"An odds ratio is infinite in {infinite:,} of {resamples:,} resamples: a mean calibration "
        "slope would be made by the number written for infinity, and is not given."
    )
    return Validation(table, resamples, left_out, infinite, (note,) * bool(infinite))


def _problems(design: Design, select: str | None) -> list[str]:
    """List why no model of a design can be validated, or selected."""
    problems = candidate_problems(design) if select is not None else []
    return problems + ["there is no predictor"] * (not design.predictors)


def _corrected(
    apparent: Floats, training: Floats, test: Floats, *, method: str, infinite: int
) -> pd.DataFrame:
    """Put the measures together, without a slope that means nothing."""
    # corrected = apparent - optimism (Efron 1983; Harrell, Lee and Mark 1996)
    optimism = training - test
    columns = {"apparent": apparent, "training": training, "test": test, "optimism": optimism}
    columns["corrected"] = apparent - optimism
    slope = MEASURES.index("calibration_slope")
    blank = ["training", "optimism"] if method == "firth" else []
    if method == "firth":
        columns["corrected"][slope] = test[slope]
    if infinite:
        blank = ["training", "test", "optimism", "corrected"]
    for column in blank:
        columns[column][slope] = np.nan
    return pd.DataFrame(columns, index=pd.Index(MEASURES, name="measure"))


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
    return expected_nagelkerkes(
        [frame], outcome, predictors,
        select=select, remove=remove, permutations=permutations, seed=seed,
    )[0]  # fmt: skip


def expected_nagelkerkes(
    frames: Sequence[pd.DataFrame],
    outcome: str,
    predictors: Sequence[str],
    *,
    select: str | None = None,
    remove: float = 0.10,
    permutations: int = 10_000,
    seed: int = 0,
) -> list[pd.Series[float]]:
    """Do with each of many cohorts what `expected_nagelkerke` does, in less time."""

    def make(cells: Cells, cases: Floats, totals: Floats) -> _Models:
        return _make(cells, cases, totals, select, remove)

    designs = [build_design(frame, outcome, predictors) for frame in frames]
    return together([_permuted(design, select, permutations, seed) for design in designs], make)


def _permuted(
    design: Design, select: str | None, permutations: int, seed: int
) -> Generator[Tables, _Models, pd.Series[float]]:
    """Ask for the models of the patients and of permuted outcomes, and summarise."""
    problems = _problems(design, select) + not_positive("permutations", permutations)
    if select not in (None, "lr"):
        problems.append(f"select={select!r} is not 'lr', which always has a value")
    refuse(problems)
    cells = collapse(design)
    rng, events = np.random.default_rng(seed), int(cells.cases.sum())
    own = yield cells, cells.cases[None], cells.totals[None]
    observed = own.nagelkerke[0]
    values = []
    for size in blocks(permutations, len(cells.totals)):
        cases = rng.multivariate_hypergeometric(
            cells.totals.astype(int), events, size=size, method="marginals"
        ).astype(float)
        made = yield cells, cases, np.tile(cells.totals, (size, 1))
        values.append(made.nagelkerke)
    r2 = np.concatenate(values)
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


class _Models(NamedTuple):
    """A model a table; `kept` marks the coefficients it has, the intercept's first."""

    beta: Floats
    kept: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    infinite: NDArray[np.bool_]
    nagelkerke: Floats


def _make(
    cells: Cells, cases: Floats, totals: Floats, select: str | None, remove: float
) -> _Models:
    """Make the model in each table; coefficients of what was eliminated are 0."""
    patterns, sums, totals = cells.statistics(cases, totals)
    kept = np.ones(sums.shape, dtype=bool)
    if select is None:
        fits = fit_sufficient(_design(patterns), sums, totals, limits=False)
        return _Models(fits.coef, kept, kept[:, 0], ~fits.converged, fits.nagelkerke)
    ends = eliminate_batch(patterns, sums, totals, criterion=select, remove=remove)
    beta, nagelkerke = np.zeros(sums.shape), np.zeros(len(sums))
    infinite = np.zeros(len(sums), dtype=bool)
    for number, model in enumerate(ends.models):
        fits, row, _ = ends.fits[model]
        here = np.flatnonzero(ends.final == number)
        columns = [0, *(j + 1 for j in model)]
        kept[here] = np.isin(np.arange(sums.shape[1]), columns)
        beta[here[:, None], columns] = fits.coef[row[here]]
        nagelkerke[here] = fits.nagelkerke[row[here]]
        infinite[here] = ~fits.converged[row[here]]
    return _Models(beta, kept, ends.final < len(ends.models), infinite, nagelkerke)


def _penalise(cells: Cells, cases: Floats, totals: Floats, made: _Models) -> _Models:
    """Estimate what each model has kept by Firth's method instead."""
    patterns, sums, totals = cells.statistics(cases, totals)
    beta = np.zeros(sums.shape)
    for columns in np.unique(made.kept[made.usable], axis=0):
        here = np.flatnonzero((made.kept == columns).all(axis=1) & made.usable)
        where = np.ix_(here, np.flatnonzero(columns))
        beta[where] = fit_firth(_design(patterns)[:, columns], sums[where], totals[here])
    usable = made.usable & np.isfinite(beta).all(axis=1)
    return _Models(beta, made.kept, usable, np.zeros_like(usable), np.full(len(sums), np.nan))


def _design(patterns: Floats) -> Floats:
    return np.hstack([np.ones((len(patterns), 1)), patterns])


def _try(
    cells: Cells, beta: Floats, cases: Floats, totals: Floats, nagelkerke: Floats | None = None
) -> Floats:
    """Measure each model in the patients of each table: a column a measure.

    In its own patients a model of maximum likelihood is calibrated, and its `nagelkerke` known.
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
    # Mann-Whitney's statistic: pairs with a lower predictor, and half of the tied ones
    concordant = (cases * (below + through)).sum(axis=1) / 2
    return np.asarray(concordant / (cases.sum(axis=1) * others.sum(axis=1)))


def recalibrate(eta: Floats, cases: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Regress the outcome on each row of predictors: slopes and log-likelihoods.

    The slope is 1 where all have the same prediction, and infinite where the predictor tells the
    outcomes apart; the log-likelihood is then its supremum.
    """
    n = totals.sum(axis=1, keepdims=True)
    z = eta - (totals * eta).sum(axis=1, keepdims=True) / n
    size = np.abs(np.where(totals > 0, z, 0)).max(axis=1, keepdims=True)
    same = size[:, 0] < TIED
    side, supremum = _told_apart(eta, cases, totals)
    side[same] = 0
    flat = same | (side != 0)
    z = np.where(totals > 0, z, 0) / np.where(size < TIED, 1, size)
    a, b = np.log(cases.sum(axis=1) / (totals - cases).sum(axis=1)), np.zeros(len(eta))
    for _ in range(200):
        # logistic regression of the outcome on the linear predictor: its slope is the calibration
        # slope (Cox, Biometrika 1958;45:562-5); two equations, solved by hand for every row
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
    slope = np.where(same, 1, b / np.where(same, 1, size[:, 0]))
    with np.errstate(invalid="ignore"):
        return np.where(side, side * np.inf, slope), np.where(side, supremum, value)


def _told_apart(eta: Floats, cases: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Check whether all cases have higher (1) or lower (-1) predictors than others, or the same.

    Gives the supremum of the log-likelihood as well: only those at the value that both share are
    not predicted without error.
    """
    side, supremum = np.zeros(len(eta)), np.zeros(len(eta))
    for sign in (1.0, -1.0):
        least = np.where(cases > 0, sign * eta, np.inf).min(axis=1)
        most = np.where(totals > cases, sign * eta, -np.inf).max(axis=1)
        apart = most <= least + TIED
        side[apart] = sign
        shared = (np.abs(sign * eta - most[:, None]) <= TIED) & (most >= least - TIED)[:, None]
        yes, both = (np.where(shared, n, 0).sum(axis=1)[apart] for n in (cases, totals))
        rate = np.where(both > 0, yes / np.maximum(both, 1), 0)
        supremum[apart] = xlogy(yes, rate) + xlog1py(both - yes, -rate)
    return side, supremum
