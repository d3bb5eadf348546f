"""Cox's regression of the time to an event.

statsmodels' `PHReg` was measured: its estimates are those found here to ten digits, but it has no
test of proportional hazards, and where an estimate is infinite it gives some large number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from smallstats.columns import check_columns, refuse
from smallstats.cox_likelihood import CoxLikelihood
from smallstats.design import Design, build_design
from smallstats.likelihood import Maximum
from smallstats.remarks import Remark, few_clusters, few_events, joined, rows_left_out
from smallstats.separation import about_infinite
from smallstats.survival import follow_up_times, score_statistic

FEW_EVENTS = 10
TOWARDS = {
    np.inf: Remark("towards a higher hazard"),
    -np.inf: Remark("towards a lower hazard"),
}
SMALLEST = 2
INTERVALS = ("wald", "profile")
FLAT = 1e-11  # so small a part of the information is none
DIRECTION = 1e-7  # less of a direction is none

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox regression.

    Attributes
    ----------
    table
        One row a term, indexed by its name (``name``, ``name[level]``): `coef` and `se` (log
        hazard), `hazard_ratio`, `ci_low`, `ci_high` (95%), `p`.
    interval, test
        What `ci_low` and `ci_high` are, and which test gives `p`.
    proportional
        The test of proportional hazards, one row a predictor and ``all`` for all of them:
        `chi_square`, `df`, `p`. NaN where an estimate is infinite; a warning says so.
    log_likelihood, null_log_likelihood
        Partial log-likelihood at the estimates (its supremum when some are infinite) and at 0.
    n, events
        Complete rows, and those with the event.
    dropped
        Rows left out because a value is missing.
    warnings
        What a reader of the table has to know, a sentence each.
    clusters
        How many clusters the standard errors are robust to; 0: the patients are independent.
    """

    event: str
    predictors: tuple[str, ...]
    interval: str
    test: str
    table: pd.DataFrame
    proportional: pd.DataFrame
    log_likelihood: float
    null_log_likelihood: float
    n: int
    events: int
    dropped: int
    warnings: tuple[str, ...]
    clusters: int = field(default=0, kw_only=True)


def fit_cox(
    frame: pd.DataFrame,
    time: str,
    event: str,
    predictors: Sequence[str],
    *,
    interval: str = "wald",
    cluster: str | None = None,
) -> CoxFit:
    """Fit Cox's regression on the rows without missing values, ties by Efron's method.

    Where another event precludes this one, it counts as censored here: the hazard ratios are
    cause-specific ones.

    Parameters
    ----------
    frame
        One row a patient.
    time, event
        How long followed, and whether to the event (else censored).
    predictors
        Binary, numeric or categorical columns, known at time 0.
    interval
        ``wald`` intervals and p, or ``profile`` likelihood intervals and likelihood ratio p,
        which hold also where an estimate is infinite.
    cluster
        A column whose values are clusters: patients of one are not independent. The standard
        errors are then robust to it (Lin and Wei), with Wald intervals and tests; the test of
        proportional hazards does not know of the clusters.

    Raises
    ------
    ValueError
        Naming every problem: an unknown option, columns absent or of a kind that cannot be used,
        negative times, no predictor, nobody with the event, no complete row, constant or
        collinear predictors; with a cluster, profile intervals, one cluster, infinite estimates.

    References
    ----------
    Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.
    Efron B. The efficiency of Cox's likelihood function for censored data. J Am Stat Assoc
    1977;72:557-65.
    Lin DY, Wei LJ. The robust inference for the Cox proportional hazards model. J Am Stat Assoc
    1989;84:1074-8.
    Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted
    residuals. Biometrika 1994;81:515-26 (here as the score test of R's survival 3, with
    Kaplan-Meier's survival as the scale of time).

    Examples
    --------
    >>> frame = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "died": [1, 1, 0, 1, 1, 0]})
    >>> frame["stage"] = [1, 1, 1, 0, 1, 0]
    >>> fit_cox(frame, "years", "died", ["stage"]).table.hazard_ratio.round(3).to_dict()
    {'stage': 2.894}
    """
    chosen = [predictors] if isinstance(predictors, str) else list(predictors)
    timed = _timed(frame, time, event, chosen, interval, cluster)
    design = build_design(frame[timed], event, chosen, both=False)
    times = follow_up_times(frame, time)[timed][design.complete]
    n, events = len(design.y), int(design.y.sum())
    words = "nobody had the event {term!r} among the {n} complete rows"
    refuse([Remark(words, term=event, n=n)] * (events == 0))
    x, back = design.scaled()
    x, back, terms = x[:, 1:], back[1:, 1:], design.terms[1:]
    likelihood = CoxLikelihood.of(x, design.y, times)
    null = likelihood.evaluate(np.zeros(len(terms)))[0]
    top = likelihood.maximise()
    unsettled = top.diverges or _flat(top.information)[0].any()
    infinite = _directions(likelihood) if unsettled else np.zeros(len(terms))
    coef = np.where(infinite == 0, back @ top.beta, infinite)
    se = np.where(infinite == 0, _standard_errors(top.information, back), np.inf)
    groups = 0
    if cluster:
        rows = frame[timed][design.complete]
        words = "robust standard errors need finite estimates: {terms}"
        unbounded = tuple(t for t, to in zip(terms, infinite, strict=True) if to != 0)
        refuse([Remark(words, terms=unbounded)] * bool(unbounded))
        se, groups = _robust_errors(likelihood, top, back, times, rows[cluster])
    wald = interval == "wald"
    low, high, p = (_wald if wald else _profile)(likelihood, top, back, coef, se)
    proportional = _proportional(likelihood, top, design, times, settled=not unsettled)
    dropped = len(frame) - n
    with np.errstate(over="ignore"):
        hazards = {
            "hazard_ratio": np.exp(coef),
            "ci_low": np.exp(low),
            "ci_high": np.exp(high),
        }
    index = pd.Index(terms, name="term")
    return CoxFit(
        event=event,
        predictors=tuple(chosen),
        interval="95% Wald" if wald else "95% profile likelihood",
        test="Wald" if wald else "likelihood ratio",
        table=pd.DataFrame({"coef": coef, "se": se, **hazards, "p": p}, index=index),
        proportional=proportional,
        log_likelihood=top.value,
        null_log_likelihood=null,
        n=n,
        events=events,
        dropped=dropped,
        warnings=_warnings(len(frame), n, events, terms, groups, infinite, wald, proportional),
        clusters=groups,
    )


def _warnings(
    rows: int,
    n: int,
    events: int,
    terms: Sequence[str],
    groups: int,
    infinite: Floats,
    wald: bool,
    proportional: pd.DataFrame,
) -> tuple[str, ...]:
    return (
        *([rows_left_out(rows - n, rows)] if rows > n else []),
        *_about_events(events, len(terms)),
        *few_clusters(groups),
        *_about_infinite(terms, infinite, wald),
        *_about_proportional(proportional),
    )


def _timed(
    frame: pd.DataFrame,
    time: str,
    event: str,
    chosen: list[str],
    interval: str,
    cluster: str | None,
) -> NDArray[np.bool_]:
    """Check what was asked for; return in which rows the time, and any cluster, is known."""
    refuse(
        [f"interval={interval!r} is not one of 'wald', 'profile'"] * (interval not in INTERVALS)
        + ["no predictors are given"] * (not chosen)
        + [f"the time {time!r} is also the event or a predictor"] * (time in (event, *chosen))
        + ["robust standard errors have Wald intervals"] * bool(cluster and interval != "wald")
        + check_columns(frame, [time, event, *chosen, *([cluster] if cluster else [])])
    )
    timed = ~np.isnan(follow_up_times(frame, time))
    if cluster:
        timed &= frame[cluster].notna().to_numpy()
    refuse([Remark("time {term!r} is missing in every row", term=time)] * (not timed.any()))
    return timed


def _robust_errors(
    likelihood: CoxLikelihood, top: Maximum, back: Floats, times: Floats, cluster: pd.Series
) -> tuple[Floats, int]:
    """Compute standard errors robust to clusters, and how many there are."""
    groups, names = pd.factorize(cluster)
    refuse([Remark("{term!r} has one cluster", term=cluster.name)] * (len(names) < SMALLEST))
    residuals = likelihood.score_residuals(top.beta)
    order = np.argsort(-times, kind="stable")  # that of the rows of the likelihood
    sums = np.zeros((len(names), residuals.shape[1]))
    np.add.at(sums, groups[order], residuals)
    # Lin and Wei (1989): I^-1 (sum over clusters of U U') I^-1, U the score of a cluster
    influence = sums @ np.linalg.inv(top.information) @ back.T
    return np.asarray(np.sqrt((influence**2).sum(axis=0))), len(names)


def _wald(
    likelihood: CoxLikelihood, top: Maximum, back: Floats, coef: Floats, se: Floats
) -> tuple[Floats, Floats, Floats]:
    """Wald bounds and p; unbounded and NaN where the estimate is infinite."""
    finite = np.isfinite(coef) & np.isfinite(se)
    centre, spread = np.where(finite, coef, 0.0), np.where(finite, se, 1.0)
    half = np.where(finite, ndtri(0.975) * spread, np.inf)
    p = np.where(finite, chdtrc(1, (centre / spread) ** 2), np.nan)
    return centre - half, centre + half, p


def _profile(
    likelihood: CoxLikelihood, top: Maximum, back: Floats, coef: Floats, se: Floats
) -> tuple[Floats, Floats, Floats]:
    """Profile likelihood bounds and likelihood ratio p."""
    low, high, p = (np.full(len(coef), fill) for fill in (-np.inf, np.inf, 1.0))
    for j, contrast in enumerate(back):
        if np.isnan(coef[j]):
            continue
        step = float(2 * (se[j] if np.isfinite(se[j]) else np.linalg.norm(contrast)))
        if coef[j] > -np.inf:
            low[j] = likelihood.profile_bound(contrast, top.value, top, side=-1, step=step)
        if coef[j] < np.inf:
            high[j] = likelihood.profile_bound(contrast, top.value, top, side=1, step=step)
        lost = top.value - likelihood.profile(contrast, 0.0, top).value
        p[j] = chdtrc(1, max(0.0, 2 * lost))
    return low, high, p


def _proportional(
    likelihood: CoxLikelihood, top: Maximum, design: Design, times: Floats, *, settled: bool
) -> pd.DataFrame:
    """Score test of an effect that changes with time, for each predictor and for all."""
    size = likelihood.x.shape[1]
    groups = {name: [j - 1 for j in columns] for name, columns in design.predictors.items()}
    groups["all"] = list(range(size))
    rows = []
    if settled:
        _, residual, information = likelihood.moments(top.beta)
        which, ends, _ = likelihood.ties
        # Kaplan-Meier just before each event; times fall, so the last distinct one comes first
        deaths = np.bincount(which)
        # g(t) = 1 - S(t-), the scale "km" of cox.zph
        survival = np.cumprod((1 - deaths / ends)[::-1])
        g = 1 - np.r_[1.0, survival[:-1]][::-1][which]
        g = g - g.mean()
        score = g @ residual
        # Grambsch and Therneau (1994): the score of theta in beta + theta g(t), and the information
        # of (beta, theta): sums of V, g V and g^2 V over the events
        mixed, squared = information(g), information(g**2)
        for columns in groups.values():
            matrix = np.block(
                [
                    [top.information, mixed[:, columns]],
                    [mixed[columns], squared[np.ix_(columns, columns)]],
                ]
            )
            u = np.r_[np.zeros(size), score[columns]]
            chi_square, rank = score_statistic(u, matrix)
            rows.append((chi_square, rank - size))
    else:
        rows = [(np.nan, len(columns)) for columns in groups.values()]
    table = pd.DataFrame(rows, pd.Index(groups, name="predictor"), ["chi_square", "df"])
    p = [chdtrc(df, max(chi, 0.0)) if df else np.nan for chi, df in rows]
    return table.assign(p=p)


def _flat(information: Floats) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Principal directions in which the data have no information, their sizes and axes."""
    size, axes = np.linalg.eigh(information)
    return size <= FLAT * max(float(size.max()), 1e-300), size, axes


def _standard_errors(information: Floats, back: Floats) -> Floats:
    """Return standard errors, from the directions in which the data have information."""
    flat, size, axes = _flat(information)
    return np.asarray(np.sqrt(((back @ axes[:, ~flat]) ** 2 / size[~flat]).sum(axis=1)))


def _directions(likelihood: CoxLikelihood) -> Floats:
    """For each coefficient 0, or the infinity it goes to, or NaN if either.

    A direction is one in which nobody at risk at an event has more than who has the event: the
    likelihood rises along it for ever, or stays. A running maximum stands for those at risk.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, vstack

    x, (which, ends, _) = likelihood.x, likelihood.ties
    size, times, reach = x.shape[1], len(ends), int(ends[-1])
    belongs = np.searchsorted(ends, np.arange(1, reach + 1))
    rows = np.arange(reach)
    member = csr_array((np.ones(reach), (rows, belongs)), shape=(reach, times))
    dead = likelihood.deaths
    event = csr_array((np.ones(len(dead)), (np.arange(len(dead)), which)), shape=(len(dead), times))
    steps = np.arange(times - 1)
    rising = csr_array(
        (
            np.r_[np.ones(times - 1), -np.ones(times - 1)],
            (np.r_[steps, steps], np.r_[steps, steps + 1]),
        ),
        shape=(times - 1, times),
    )
    bound = vstack(
        [
            hstack([csr_array(x[:reach]), -member]),  # those at risk have at most the maximum
            hstack([csr_array((times - 1, size)), rising]),  # which grows with the risk set
            hstack([csr_array(-x[dead]), event]),  # and who has the event reaches it
        ]
    )
    limits = [(-1, 1)] * size + [(None, None)] * times
    directions = np.zeros(size)
    for j in range(size):
        far = []
        for sign in (1.0, -1.0):
            goal = np.zeros(size + times)
            goal[j] = -sign
            answer = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrices
                goal, A_ub=bound, b_ub=np.zeros(bound.shape[0]), bounds=limits, method="highs"
            )
            if answer.x is not None and sign * answer.x[j] > DIRECTION:
                far.append(sign * np.inf)
        directions[j] = 0.0 if not far else far[0] if len(far) == 1 else np.nan
    return directions


def _about_events(events: int, coefficients: int) -> list[str]:
    if events >= FEW_EVENTS * coefficients:
        return []
    each = events / coefficients
    return [few_events(each, FEW_EVENTS, Remark("hazard ratios are exaggerated"))]


def _about_infinite(terms: Sequence[str], infinite: Floats, wald: bool) -> list[str]:
    remedy = [Remark("Wald does not apply: use interval='profile'")] * wald
    return [
        joined([about_infinite(term, TOWARDS.get(to)), *(remedy if to in TOWARDS else [])])
        for term, to in zip(terms, infinite.tolist(), strict=True)
        if to != 0
    ]


def _about_proportional(table: pd.DataFrame) -> list[str]:
    if table["p"].isna().any():
        words = "the test of proportional hazards needs finite estimates and two times of events"
        return [Remark(words)]
    changing = [name for name, p in table["p"].items() if p < 0.05 and name != "all"]
    words = "{term}: its effect seems to change with time (test of proportional hazards, p < 0.05)"
    return [Remark(words, term=str(name)) for name in changing]
