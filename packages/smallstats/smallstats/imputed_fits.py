"""Regressions on multiply imputed data: logistic by maximum likelihood or Firth, and Cox's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smallstats.columns import binary_values, refuse
from smallstats.cox import CoxFit, fit_cox
from smallstats.descriptive import variable_kinds
from smallstats.imputation import impute
from smallstats.logistic import LogisticFit, fit_logistic
from smallstats.pooling import Fit, pool_fits, pool_hazard_profile, pool_odds_profile, pool_profiles
from smallstats.remarks import Remark
from smallstats.survival import follow_up_times

METHODS = ("ml", "firth")
HAZARD = "cumulative hazard"
BARNARD = "t (Barnard and Rubin)"

GIVEN = {
    ("odds_ratio", np.inf): Remark("the data support a direction (a higher odds ratio)"),
    ("odds_ratio", -np.inf): Remark("the data support a direction (a lower odds ratio)"),
    ("hazard_ratio", np.inf): Remark("the data support a direction (a higher hazard ratio)"),
    ("hazard_ratio", -np.inf): Remark("the data support a direction (a lower hazard ratio)"),
}
"""What is given where a pooled estimate is infinite."""

Floats = NDArray[np.float64]
Derive = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class ImputedFit(LogisticFit):
    """A logistic regression pooled over multiply imputed data.

    A `LogisticFit` whose table also has `df` (degrees of freedom of the t distribution; NaN where
    profiles are pooled) and `fmi` (fraction of missing information). `n` counts the rows with a
    known outcome, `dropped` those without; `log_likelihood` and `nagelkerke` are not pooled and
    NaN.

    Attributes
    ----------
    imputations
        How many completed data sets were fitted.
    imputed
        A row a variable with missing values: `variable`, `missing`, `percent` (of `n`).
    """

    imputations: int
    imputed: pd.DataFrame


@dataclass(frozen=True)
class ImputedCoxFit(CoxFit):
    """A Cox regression pooled over multiply imputed data.

    A `CoxFit` whose table also has `df` and `fmi`; what is not pooled is NaN, and `proportional`
    has no row.

    Attributes
    ----------
    imputations, imputed
        As in `ImputedFit`.
    """

    imputations: int
    imputed: pd.DataFrame


def fit_imputed(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    auxiliary: Sequence[str] = (),
    derive: Derive | None = None,
    method: str = "ml",
    imputations: int = 20,
    cycles: int = 10,
    seed: int = 0,
) -> ImputedFit:
    """Fit a logistic regression to multiply imputed data and pool it.

    Missing predictors are imputed by `impute`, from each other, the outcome and the `auxiliary`
    variables; rows without the outcome are left out. It rests on the assumption that, given
    all these, whether a value is missing does not depend on the value.

    Parameters
    ----------
    frame, outcome, predictors
        As in `fit_logistic`.
    auxiliary
        Further variables that tell of the missing values, in no model of the outcome.
    derive
        Makes, of a completed frame, one that also has predictors that follow from others (passive
        imputation): these are computed anew and never imputed. What they follow from belongs
        among the `auxiliary`.
    method
        ``ml``, pooled by Rubin's rules; or ``firth``, whose profiles are pooled (`pool_profiles`).
        Where a maximum likelihood estimate is infinite in some completed data sets only, all
        are fitted by ``firth``, and a warning says so. An estimate that is infinite in all stays
        so, with the limit and p of its pooled profile likelihood.
    imputations, cycles, seed
        As in `impute`. A rule of thumb: as many imputations as the largest `fmi` in percent.

    Returns
    -------
    ImputedFit

    Raises
    ------
    ValueError
        As `impute` and `fit_logistic`; for another method.

    References
    ----------
    As `impute` and `pool_fits`.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 1, 0] * 5, "x": [0, 0, 0, 0, 1, 1, 1, 1] * 5})
    >>> frame.loc[[3, 20], "x"] = None
    >>> fit = fit_imputed(frame, "y", ["x"], seed=1)
    >>> fit.imputed.missing.tolist(), fit.n, bool(0 < fit.table.fmi["x"] < 0.5)
    ([2], 40, True)
    """
    refuse([f"method={method!r} is not one of 'ml', 'firth'"] * (method not in METHODS))
    chosen = [predictors] if isinstance(predictors, str) else list(predictors)
    rows, remarks = _rows_with_outcome(frame, [outcome], chosen, auxiliary, derive)
    y = binary_values(rows[outcome], role="outcome")
    completed = _completed(rows, list(map(str, rows)), derive, imputations, cycles, seed)
    fits = [fit_logistic(data, outcome, chosen) for data in completed] if method == "ml" else []
    remarks += _about_events(fits[0].warnings if fits else ())
    infinite = [~np.isfinite(fit.table["coef"]).to_numpy() for fit in fits]
    some = [j for j, each in enumerate(zip(*infinite, strict=True)) if any(each) and not all(each)]
    if firth := method == "firth" or bool(some):
        table = pool_profiles(completed, outcome, chosen)
        remarks += [
            Remark(
                "{term}: the maximum likelihood estimate is infinite in {n} of {all} imputations: "
                "all are fitted by Firth's penalised likelihood",
                term=str(fits[0].table.index[j]),
                n=sum(each[j] for each in infinite),
                all=imputations,
            )
            for j in some
        ]
    else:
        table = pool_fits(fits)
        remarks += _pool_infinite(
            table, fits, lambda *term: pool_odds_profile(completed, outcome, chosen, *term)
        )
    likelihood = "Firth's penalised likelihood" if firth else "maximum likelihood"
    pooled = "pooled by their profiles (CLIP)" if firth else "pooled by Rubin's rules"
    return ImputedFit(
        outcome=outcome,
        predictors=tuple(chosen),
        method=f"{likelihood} in {imputations} imputations {pooled}",
        interval="95% pooled penalised profile likelihood" if firth else f"95% {BARNARD}",
        test="pooled penalised likelihood ratio" if firth else BARNARD,
        table=table,
        log_likelihood=np.nan,
        nagelkerke=np.nan,
        n=len(rows),
        events=int(y.sum()),
        dropped=len(frame) - len(rows),
        warnings=(*remarks, *_about_imputations(table, imputations)),
        imputations=imputations,
        imputed=_imputed(rows),
    )


def fit_cox_imputed(
    frame: pd.DataFrame,
    time: str,
    event: str,
    predictors: Sequence[str],
    *,
    auxiliary: Sequence[str] = (),
    derive: Derive | None = None,
    imputations: int = 20,
    cycles: int = 10,
    seed: int = 0,
) -> ImputedCoxFit:
    """Fit Cox's regression to multiply imputed data and pool it by Rubin's rules.

    A term whose estimate is infinite in some completed data sets has their median, and limits and
    p of the pooled profile likelihood, and a warning says so; its `se` is infinite.

    The time enters the imputation as Nelson and Aalen's cumulative hazard, beside the event: with
    these, and not with the time or its logarithm, what is imputed agrees with Cox's regression
    (White and Royston 2009). Rows without the time or the event are left out.

    Parameters
    ----------
    frame, time, event, predictors
        As in `fit_cox`.
    auxiliary, derive, imputations, cycles, seed
        As in `fit_imputed`.

    Returns
    -------
    ImputedCoxFit

    Raises
    ------
    ValueError
        As `impute` and `fit_cox`.

    References
    ----------
    White IR, Royston P. Imputing missing covariate values for the Cox model. Stat Med
    2009;28:1982-98.

    Examples
    --------
    >>> frame = pd.DataFrame({"t": range(1, 41), "died": [1, 0] * 20, "x": [0, 0, 1, 1, 0] * 8})
    >>> frame.loc[[3, 20], "x"] = None
    >>> fit = fit_cox_imputed(frame, "t", "died", ["x"], seed=1)
    >>> fit.n, fit.events, fit.imputed.missing.tolist(), bool(0 < fit.table.fmi["x"] < 0.5)
    (40, 20, [2], True)
    """
    chosen = [predictors] if isinstance(predictors, str) else list(predictors)
    rows, remarks = _rows_with_outcome(frame, [time, event], chosen, auxiliary, derive)
    times, events = follow_up_times(rows, time), binary_values(rows[event], role="event")
    rows = rows.assign(**{HAZARD: nelson_aalen(times, events)})
    used = [str(name) for name in rows if name != time]
    completed = _completed(rows, used, derive, imputations, cycles, seed)
    completed = [data.assign(**{time: rows[time]}) for data in completed]
    fits = [fit_cox(data, time, event, chosen) for data in completed]
    remarks += _about_events(fits[0].warnings)
    table = pool_fits(fits)
    remarks += _pool_infinite(
        table, fits, lambda *term: pool_hazard_profile(completed, time, event, chosen, *term)
    )
    return ImputedCoxFit(
        event=event,
        predictors=tuple(chosen),
        interval=f"95% {BARNARD}",
        test=BARNARD,
        table=table,
        proportional=fits[0].proportional.iloc[:0],
        log_likelihood=np.nan,
        null_log_likelihood=np.nan,
        n=len(rows),
        events=int(events.sum()),
        dropped=len(frame) - len(rows),
        warnings=(*remarks, *_about_imputations(table, imputations)),
        imputations=imputations,
        imputed=_imputed(rows),
    )


def nelson_aalen(times: Floats, events: Floats) -> Floats:
    """Estimate the cumulative hazard at each patient's own time.

    References
    ----------
    Nelson W. Theory and applications of hazard plotting for censored failure data. Technometrics
    1972;14:945-66.

    Examples
    --------
    >>> nelson_aalen(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.0, 1.0])).round(3)
    array([0.25 , 0.583, 0.583, 1.583])
    """
    different, which = np.unique(times, return_inverse=True)
    died = np.bincount(which, events, len(different))
    at_risk = np.cumsum(np.bincount(which)[::-1])[::-1]
    return np.asarray(np.cumsum(died / at_risk)[which])


def _rows_with_outcome(
    frame: pd.DataFrame,
    needed: Sequence[str],
    predictors: Sequence[str],
    auxiliary: Sequence[str],
    derive: Derive | None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows in which the outcome is known, and the columns that are imputed from."""
    names = list(dict.fromkeys([*needed, *predictors, *auxiliary]))
    if derive:  # what follows from others is not imputed
        names = [name for name in names if name in needed or name in auxiliary or name in frame]
    variable_kinds(frame, names)
    complete = frame[list(needed)].notna().all(axis=1)
    absent = [name for name in needed if frame[name].isna().all()]
    empty = [Remark("{term!r} is missing in every row", term=name) for name in absent]
    alone = Remark("no row has all of {terms}", terms=tuple(needed))
    refuse(empty or [alone] * (not complete.any()))
    left, words = int((~complete).sum()), "{n} of {all} rows left out: the outcome is missing"
    remarks: list[str] = [Remark(words, n=left, all=len(frame))] * bool(left)
    return frame.loc[complete, names], remarks


def _completed(
    rows: pd.DataFrame,
    names: Sequence[str],
    derive: Derive | None,
    imputations: int,
    cycles: int,
    seed: int,
) -> list[pd.DataFrame]:
    done = impute(rows, names, imputations=imputations, cycles=cycles, seed=seed)
    return [derive(data) for data in done] if derive else done


def _pool_infinite(
    table: pd.DataFrame, fits: Sequence[Fit], pool: Callable[[str, list[float]], dict[str, float]]
) -> list[str]:
    """Put pooled profiles into the rows of terms with infinite estimates; return remarks on it."""
    remarks = list[str]()
    ratio = "hazard_ratio" if "hazard_ratio" in table else "odds_ratio"
    for term in table.index:
        ends = [float(fit.table.loc[term, "coef"]) for fit in fits]
        count = int((~np.isfinite(ends)).sum())
        if not count:
            continue
        pooled = pool(term, ends)
        with np.errstate(over="ignore"):
            ratios = np.exp([pooled["coef"], pooled["low"], pooled["high"]])
        table.loc[term, ["coef", ratio, "ci_low", "ci_high", "p"]] = [
            pooled["coef"], *ratios, pooled["p"]
        ]  # fmt: skip
        given = GIVEN.get((ratio, pooled["coef"]), Remark("the median is given"))
        words = (
            "{term}: the estimate is infinite in {n} of {all} imputations: {given}, with limits "
            "and p of the pooled profile likelihood (CLIP)"
        )
        remarks.append(Remark(words, term=str(term), n=count, all=len(fits), given=given))
    return remarks


def _about_imputations(table: pd.DataFrame, imputations: int) -> list[str]:
    lost = float(100 * table["fmi"].max())
    words = "{n} imputations are few: the fraction of missing information reaches {lost}%"
    return [Remark(words, n=imputations, lost=f"{lost:.0f}")] * (lost > imputations)


def _about_events(warnings: Sequence[str]) -> list[str]:
    """Keep the warnings of a fit to completed data that hold for all: how many events there are."""
    return [text for text in warnings if isinstance(text, Remark) and "few" in text.values]


def _imputed(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the missing values of each variable that has some."""
    missing = rows.isna().sum()
    missing = missing[missing > 0]
    percent = 100 * missing.to_numpy() / len(rows)
    return pd.DataFrame(
        {"variable": list(missing.index), "missing": missing.to_numpy(), "percent": percent}
    )
