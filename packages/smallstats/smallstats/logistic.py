"""Logistic regression for small samples: fits that say what they are and what they lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from smallstats.columns import refuse
from smallstats.design import Design, build_design
from smallstats.exact import conditional_families
from smallstats.likelihood import Likelihood
from smallstats.maximum_likelihood import Solution, maximum_likelihood, plain_likelihood
from smallstats.penalised import FirthLikelihood, log_f_likelihood
from smallstats.remarks import Remark, few_events, joined, rows_left_out
from smallstats.separation import TOWARDS, about_infinite

METHODS = ("ml", "firth", "log-f", "exact")
INTERVALS = ("wald", "profile")
FEW_EVENTS = 10
ALIKE = 0.99  # a correlation of two columns that say nearly the same

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic regression.

    Attributes
    ----------
    table
        One row a term, indexed by its name (``Intercept``, ``name``, ``name[level]``): `coef` and
        `se` (log odds), `odds_ratio`, `ci_low`, `ci_high` (95% interval of the odds ratio), `p`;
        of an exact fit also `mid_p`.
    method
        How it was fitted: ``ml``, ``firth``, ``log-f`` or ``exact``.
    interval, test
        What `ci_low` and `ci_high` are, and which test gives `p`.
    log_likelihood
        Log-likelihood at the estimates, without penalty (its supremum when some are infinite).
    nagelkerke
        Nagelkerke's R squared, from that log-likelihood.
    n, events
        Complete rows, and those with the outcome.
    dropped
        Rows left out because a value is missing.
    warnings
        What a reader of the table has to know, a sentence each.
    m
        Weight of the log-F(m, m) prior; None of the other methods, which have no such prior.

    An exact fit conditions the intercept away and fits no joint model: its table has no intercept
    and its `log_likelihood` and `nagelkerke` are NaN.
    """

    outcome: str
    predictors: tuple[str, ...]
    method: str
    interval: str
    test: str
    table: pd.DataFrame
    log_likelihood: float
    nagelkerke: float
    n: int
    events: int
    dropped: int
    warnings: tuple[str, ...]
    m: float | None = field(default=None, kw_only=True)


def fit_logistic(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    method: str = "ml",
    interval: str = "wald",
    m: float = 1.0,
    strata: str | None = None,
) -> LogisticFit:
    """Fit a logistic regression of a binary outcome on the rows without missing values.

    Categorical predictors are coded against their first level. Maximum likelihood estimates that
    do not exist are infinite and come with a warning that says in which direction; their Wald
    interval is unbounded and their Wald p is NaN, while profile intervals and p hold.

    Parameters
    ----------
    frame
        One row a patient.
    outcome
        A binary column; True or 1 is the event.
    predictors
        Binary, numeric or categorical columns; none of them fits the intercept alone.
    method
        ``ml``: maximum likelihood. ``firth``: Jeffreys' penalty. ``log-f``: a log-F(m, m) prior
        on each coefficient but the intercept, for one unit of the predictor. ``exact``:
        conditional on the sufficient statistics of everything else; where the conditional
        estimate is infinite the table gives the median unbiased one, and a warning.
    interval
        For ``ml``: ``wald`` intervals and p, or ``profile`` likelihood intervals and likelihood
        ratio p. Penalised fits always have profile intervals and likelihood ratio p of their
        penalised likelihood, exact fits exact ones (p by the probability method).
    m
        Weight of the log-F prior: 1 holds an odds ratio between 1/648 and 648 with probability
        95%, 2 between 1/39 and 39.
    strata
        A column whose values are strata, for ``exact`` only.

    Raises
    ------
    ValueError
        Naming every problem: unknown options, columns absent or of a kind that cannot be used, an
        outcome that is not binary or has one level, no complete row, constant or collinear
        predictors, more coefficients than rows, an exact distribution too large to count, for
        ``log-f`` a number whose standard deviation is beyond 1e-6 and 1e6.

    References
    ----------
    McCullagh P, Nelder JA. Generalized Linear Models, 2nd ed. Chapman & Hall 1989.
    Nagelkerke NJD. A note on a general definition of the coefficient of determination.
    Biometrika 1991;78:691-2.
    The penalties and the exact method: see `penalised` and `exact`.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 1, 0], "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> fit_logistic(frame, "y", ["x"]).table.odds_ratio.round(3).to_dict()
    {'Intercept': 0.333, 'x': 9.0}
    """
    allowed = {"method": (method, METHODS), "interval": (interval, INTERVALS)}
    problems = [
        f"{name}={given!r} is not one of {', '.join(map(repr, options))}"
        for name, (given, options) in allowed.items()
        if given not in options
    ]
    if not 0 < m < np.inf:
        problems.append(f"m={m!r} is not a positive number")
    if strata is not None and method != "exact":
        problems.append("strata need method='exact'")
    refuse(problems)
    design = build_design(frame, outcome, predictors, strata=strata)
    if method == "exact":
        return _fit_exact(design, outcome)
    return fit_design(design, outcome, method=method, interval=interval, m=m)


def fit_design(
    design: Design, outcome: str, *, method: str = "ml", interval: str = "wald", m: float = 1.0
) -> LogisticFit:
    """Fit a design by maximum or penalised likelihood; `fit_logistic` describes the options."""
    plain = plain_likelihood(design)
    likelihood: Likelihood = plain
    if method == "ml":
        solution = maximum_likelihood(design)
    else:
        x, y, weight = plain.x, plain.y, plain.weight
        likelihood = (
            FirthLikelihood(x, y, weight) if method == "firth" else log_f_likelihood(design, m)
        )
        solution = _penalised(design, likelihood)
    se = np.sqrt(np.diag(solution.covariance))
    wald = method == "ml" and interval == "wald"
    low, high, p = _wald(solution.coef, se) if wald else _profile(design, likelihood, solution, se)
    fitted = float(solution.value if method == "ml" else plain.evaluate(solution.near.beta)[0])
    penalised = {"firth": "penalised ", "log-f": f"log-F({m:g}, {m:g}) "}.get(method, "")
    return LogisticFit(
        outcome=outcome,
        predictors=tuple(design.predictors),
        method=method,
        interval="95% Wald" if wald else f"95% {penalised}profile likelihood",
        test="Wald" if wald else f"{penalised}likelihood ratio",
        table=_table(design.terms, solution.coef, se, low, high, p),
        log_likelihood=fitted,
        nagelkerke=_nagelkerke(fitted, design.y),
        n=len(design.y),
        events=int(design.y.sum()),
        dropped=design.dropped,
        warnings=(
            *_about_rows(design),
            *(_about_events(design) if method == "ml" else ()),
            *_about_estimates(design, solution, wald),
        ),
        m=m if method == "log-f" else None,
    )


def _penalised(design: Design, likelihood: Likelihood) -> Solution:
    back = design.orthogonal()[1]
    top = likelihood.maximise()
    information = Likelihood.evaluate(likelihood, top.beta)[2]  # without Jeffreys' penalty
    covariance = back @ np.linalg.inv(information) @ back.T
    return Solution(back @ top.beta, covariance, top.value, top, None)


def _wald(coef: Floats, se: Floats) -> tuple[Floats, Floats, Floats]:
    """Wald bounds and p of every coefficient; unbounded and NaN where the estimate is infinite."""
    finite = np.isfinite(coef)
    half = np.where(finite, ndtri(0.975) * se, np.inf)
    centre = np.where(finite, coef, 0.0)
    return centre - half, centre + half, np.where(finite, chdtrc(1, (centre / se) ** 2), np.nan)


def _profile(
    design: Design, likelihood: Likelihood, solution: Solution, se: Floats
) -> tuple[Floats, Floats, Floats]:
    """Profile likelihood bounds and likelihood ratio p of every coefficient."""
    back, near = design.orthogonal()[1], solution.near
    low, high, lost = np.full((3, len(back)), np.nan)
    if not near.diverges:
        low, high, lost = likelihood.bounds_and_tests(back, near)
    for j, contrast in enumerate(back):
        if np.isnan(solution.coef[j]):
            low[j], high[j], lost[j] = -np.inf, np.inf, 0.0
            continue
        step = float(2 * (se[j] if np.isfinite(se[j]) else np.linalg.norm(contrast)))
        try:
            for bound, side in ((low, -1), (high, 1)):
                if solution.coef[j] == side * np.inf:
                    bound[j] = solution.coef[j]
                elif np.isnan(bound[j]):
                    bound[j] = likelihood.profile_bound(
                        contrast,
                        solution.value,
                        near,
                        side=side,
                        step=step,
                        finite=bool(np.isfinite(solution.coef[j])),
                    )
            if np.isnan(lost[j]):
                lost[j] = solution.value - likelihood.highest(contrast, 0.0, near).value
        except ValueError:
            raise ValueError(_not_found(design, j)) from None
    return low, high, chdtrc(1, np.maximum(0.0, 2 * lost))


def _not_found(design: Design, j: int) -> str:
    """Name the term whose profile could not be computed, and what to do."""
    term, columns = design.terms[j], design.x[:, 1:]
    others = [k for k in range(columns.shape[1]) if k != j - 1]
    if j and others:
        alike = np.abs([np.corrcoef(columns[:, j - 1], columns[:, k])[0, 1] for k in others])
        if alike.max() > ALIKE:
            other = design.terms[1 + others[int(alike.argmax())]]
            words = (
                "{term!r}: its profile interval could not be computed; it is nearly collinear with "
                "{terms}: leave one of them out"
            )
            return Remark(words, term=term, terms=(other,))
    words = (
        "{term!r}: its profile interval could not be computed: take the logarithm of a number "
        "with a few very large values, join rare levels, or leave a term out"
    )
    return Remark(words, term=term)


def _fit_exact(design: Design, outcome: str) -> LogisticFit:
    families = conditional_families(design.x[:, 1:], design.y, design.stratum, design.terms[1:])
    rows, warnings = [], list(_about_rows(design))
    for term, family in zip(design.terms[1:], families, strict=True):
        coef = family.estimate()
        low, high = family.interval()
        se = family.standard_error(coef) if np.isfinite(coef) else np.inf
        if np.isnan(coef):
            words = "{term}: given the other predictors, the data have no information about it"
            warnings.append(Remark(words, term=term))
        elif np.isinf(coef):
            given = Remark("the table gives the median unbiased estimate")
            warnings.append(joined([about_infinite(term, TOWARDS[coef]), given]))
            coef = family.median_unbiased()
        rows.append((coef, se, low, high, family.two_sided(), family.two_sided(mid=True)))
    columns = np.array(rows).reshape(-1, 6).T
    return LogisticFit(
        outcome=outcome,
        predictors=tuple(design.predictors),
        method="exact",
        interval="95% exact conditional",
        test="exact conditional probability",
        table=_table(design.terms[1:], *columns[:5]).assign(mid_p=columns[5]),
        log_likelihood=np.nan,
        nagelkerke=np.nan,
        n=len(design.y),
        events=int(design.y.sum()),
        dropped=design.dropped,
        warnings=tuple(warnings),
    )


def _table(
    terms: Sequence[str], coef: Floats, se: Floats, low: Floats, high: Floats, p: Floats
) -> pd.DataFrame:
    with np.errstate(over="ignore"):
        odds = {"odds_ratio": np.exp(coef), "ci_low": np.exp(low), "ci_high": np.exp(high)}
    index = pd.Index(terms, name="term")
    return pd.DataFrame({"coef": coef, "se": se, **odds, "p": p}, index=index)


def _about_rows(design: Design) -> tuple[str, ...]:
    if not design.dropped:
        return ()
    return (rows_left_out(design.dropped, len(design.complete)),)


def _about_events(design: Design) -> tuple[str, ...]:
    coefficients = len(design.terms) - 1
    rarer = min(design.y.sum(), (1 - design.y).sum())
    if rarer >= FEW_EVENTS * coefficients:
        return ()
    why = Remark("maximum likelihood exaggerates")
    return (few_events(rarer / coefficients, FEW_EVENTS, why),)


def _about_estimates(design: Design, solution: Solution, wald: bool) -> tuple[str, ...]:
    infinite = solution.separation.messages if solution.separation else ()
    remedy = [Remark("Wald does not apply: use interval='profile' or another method")] * wald
    with np.errstate(over="ignore"):
        overflow = np.isfinite(solution.coef) & ~np.isfinite(np.exp(solution.coef))
    return (
        *(joined([message, *remedy]) for message in infinite),
        *(
            Remark(
                "{term}: its odds ratio for one unit is too large to print: give it in a larger "
                "unit",
                term=str(term),
            )
            for term in np.array(design.terms)[overflow]
        ),
    )


def _nagelkerke(log_likelihood: float, y: Floats) -> float:
    n, mean = len(y), y.mean()
    null = n * (mean * np.log(mean) + (1 - mean) * np.log(1 - mean))
    return float(np.expm1(2 * (null - log_likelihood) / n) / np.expm1(2 * null / n))
