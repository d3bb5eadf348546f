"""Estimates of completed data sets made one: Rubin's rules, profiles together, and tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, elementwise
from scipy.special import fdtrc, ndtr, ndtri, stdtr, stdtrit

from smallstats.columns import refuse
from smallstats.cox import CoxFit
from smallstats.cox_likelihood import CoxLikelihood
from smallstats.design import build_design
from smallstats.likelihood import Likelihood, Maximum
from smallstats.maximum_likelihood import maximum_likelihood, plain_likelihood
from smallstats.penalised import FirthLikelihood
from smallstats.remarks import Remark

SMALLEST = 2
MOST_DOUBLINGS = 60
PROFILED = 1e-7  # a limit is found to so small a part of its standard error

Floats = NDArray[np.float64]
Profiled = tuple[CoxLikelihood | Likelihood, Maximum, float, Floats]


class Fit(Protocol):
    """What is pooled: a table with `coef` and `se`, and on how many it rests."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a term."""

    @property
    def n(self) -> int:
        """Patients."""

    @property
    def events(self) -> int:
        """Patients with the event."""


def pool_estimates(
    estimates: ArrayLike, variances: ArrayLike, complete_df: float = np.inf
) -> pd.DataFrame:
    """Pool estimates of completed data sets by Rubin's rules.

    Parameters
    ----------
    estimates, variances
        A row a completed data set, a column an estimate; finite.
    complete_df
        Degrees of freedom if nothing were missing.

    Returns
    -------
    pandas.DataFrame
        A row an estimate: `estimate` (mean), `se` (from the variance within and between), `low`,
        `high` (95%), `p` (t distribution), `df` (Barnard and Rubin), `fmi` (fraction of missing
        information; 0 where the data sets do not differ).

    Raises
    ------
    ValueError
        For fewer than two data sets.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    Barnard J, Rubin DB. Small-sample degrees of freedom with multiple imputation. Biometrika
    1999;86:948-55.

    Examples
    --------
    >>> pool_estimates([[1.0], [3.0]], [[2.0], [2.0]])[["estimate", "se"]].round(3).to_dict("list")
    {'estimate': [2.0], 'se': [2.236]}
    """
    each, within_each = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(each)
    refuse([f"{m} fits cannot be pooled: two or more are needed"] * (m < SMALLEST))
    estimate, within = each.mean(axis=0), within_each.mean(axis=0)
    # Rubin (1987, 3.1.5): total variance T = W + (1 + 1/m) B
    between = (1 + 1 / m) * each.var(axis=0, ddof=1)
    total = within + between
    lost = between / total
    # Barnard and Rubin (1999): 1/df = 1/((m - 1) / lost^2) + 1/observed
    finite = np.isfinite(complete_df)
    shrunk = (complete_df + 1) / (complete_df + 3) * complete_df if finite else np.inf
    with np.errstate(divide="ignore"):
        df = 1 / (lost**2 / (m - 1) + 1 / (shrunk * (1 - lost)))
    ratio = between / within
    fmi = np.where(between > 0, (ratio + 2 / (df + 3)) / (1 + ratio), 0.0)
    se, estimable = np.sqrt(total), df > 0
    half = np.where(estimable, stdtrit(np.where(estimable, df, 1.0), 0.975) * se, np.inf)
    p = np.where(estimable, 2 * stdtr(np.where(estimable, df, 1.0), -np.abs(estimate) / se), np.nan)
    columns = {"estimate": estimate, "se": se, "low": estimate - half, "high": estimate + half}
    return pd.DataFrame(columns | {"p": p, "df": df, "fmi": fmi})


def pool_fits(fits: Sequence[Fit]) -> pd.DataFrame:
    """Pool the estimates of fits to multiply imputed data by Rubin's rules.

    Parameters
    ----------
    fits
        Logistic regressions, or Cox regressions, of the same terms.

    Returns
    -------
    pandas.DataFrame
        Indexed by `term`: `coef` (mean), `se` (from the variance within and between),
        `odds_ratio` or `hazard_ratio`, `ci_low`, `ci_high`, `p` (t distribution), `df` (Barnard
        and Rubin; of a Cox regression from the events), `fmi` (fraction of missing information;
        0 where the fits do not differ). An estimate that is infinite in any fit is not pooled: its
        `coef` is infinite if all agree, else NaN, its interval unbounded.

    Raises
    ------
    ValueError
        For fewer than two fits, or fits that differ in their terms or their number of patients.

    References
    ----------
    As `pool_estimates`.

    Examples
    --------
    >>> from smallstats import fit_logistic
    >>> frame = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 1, 0], "x": [0, 0, 0, 0, 1, 1, 1, None]})
    >>> fits = [fit_logistic(frame.fillna({"x": x}), "y", ["x"]) for x in (0, 1)]
    >>> pool_fits([fits[1], fits[1]]).odds_ratio.round(3).to_dict()
    {'Intercept': 0.333, 'x': 9.0}
    """
    refuse([f"{len(fits)} fits cannot be pooled: two or more are needed"] * (len(fits) < SMALLEST))
    terms, n = fits[0].table.index, fits[0].n
    if any(not fit.table.index.equals(terms) or fit.n != n for fit in fits):
        refuse([Remark("the fits differ in their terms or in their number of patients")])
    coefs = np.array([fit.table["coef"] for fit in fits])
    variances = np.array([fit.table["se"] for fit in fits]) ** 2
    cox = isinstance(fits[0], CoxFit)
    complete_df = max(fits[0].events - len(terms), 1) if cox else n - len(terms)
    finite = np.isfinite(coefs).all(axis=0)
    pooled = pool_estimates(
        np.where(finite, coefs, 0.0), np.where(finite, variances, 1.0), complete_df
    )
    agreed = np.where((coefs == coefs[0]).all(axis=0), coefs[0], np.nan)
    coef = np.where(finite, pooled["estimate"], agreed)
    low, high = np.where(finite, pooled["low"], -np.inf), np.where(finite, pooled["high"], np.inf)
    with np.errstate(over="ignore"):
        return pd.DataFrame(
            {
                "coef": coef,
                "se": np.where(finite, pooled["se"], np.inf),
                "hazard_ratio" if cox else "odds_ratio": np.exp(coef),
                "ci_low": np.exp(low),
                "ci_high": np.exp(high),
                **{name: np.where(finite, pooled[name], np.nan) for name in ("p", "df", "fmi")},
            },
            index=terms,
        )


def pool_profiles(
    frames: Sequence[pd.DataFrame], outcome: str, predictors: Sequence[str]
) -> pd.DataFrame:
    """Pool Firth's logistic regression of completed data sets by their profiles.

    Each data set's penalised profile likelihood gives the distribution of a coefficient, by its
    signed root; these distributions are averaged, and the interval and p are read off the average
    (the CLIP method). Unlike Rubin's rules it needs no symmetric likelihood, which separated data
    do not have. The estimate is the mean, its `se` and `fmi` are Rubin's.

    Parameters
    ----------
    frames
        The completed data sets.
    outcome, predictors
        As in `fit_logistic`.

    Returns
    -------
    pandas.DataFrame
        As `pool_fits` gives it, `df` NaN.

    Raises
    ------
    ValueError
        As `pool_fits` and `fit_logistic`.

    References
    ----------
    Heinze G, Ploner M, Beyea J. Confidence intervals after multiple imputation: combining profile
    likelihood information from logistic regressions. Stat Med 2013;32:5062-76.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 0, 0, 1, 1, 1, 1], "x": [0, 0, 0, 0, 0, 1, 1, 1]})
    >>> pool_profiles([frame, frame], "y", ["x"]).round(3).loc["x", ["ci_low", "p"]].tolist()
    [1.092, 0.043]
    >>> from smallstats import fit_logistic
    >>> fit_logistic(frame, "y", ["x"], method="firth").table.round(3).loc["x", "ci_low"].item()
    1.092
    """
    designs = [build_design(frame, outcome, list(predictors)) for frame in frames]
    terms = designs[0].terms
    if any(design.terms != terms or len(design.y) != len(designs[0].y) for design in designs):
        refuse([Remark("the fits differ in their terms or in their number of patients")])
    fits: list[tuple[Likelihood, Maximum, Floats]] = []
    coefs, variances = [], []
    for design in designs:
        x, back = design.scaled()
        likelihood = FirthLikelihood(x, design.y, np.ones(len(x)))
        top = likelihood.maximise()
        information = Likelihood.evaluate(likelihood, top.beta)[2]
        coefs.append(back @ top.beta)
        variances.append(np.diag(back @ np.linalg.inv(information) @ back.T))
        fits.append((likelihood, top, back))
    pooled = pool_estimates(coefs, variances, len(designs[0].y) - len(terms))
    size = len(terms)
    start, se = pooled["estimate"].to_numpy(), pooled["se"].to_numpy()

    # CLIP: F(b) is the mean over the data sets of Phi(signed root of the likelihood ratio at b);
    # the limits are where it is 2.5% and 97.5%
    def normal_score(values: Floats, which: NDArray[np.intp]) -> Floats:
        roots = np.array([fit.signed_roots(back[which], values, top) for fit, top, back in fits])
        return np.asarray(ndtri(np.clip(ndtr(roots).mean(axis=0), 1e-300, 1 - 1e-16)))

    which = np.tile(np.arange(size), 2)
    wanted = np.repeat([-1.0, 1.0], size) * ndtri(0.975)
    low, high = _solve(normal_score, start[which], se[which], which, wanted).reshape(2, -1)
    p = 2 * ndtr(-np.abs(normal_score(np.zeros(size), np.arange(size))))
    with np.errstate(over="ignore"):
        ratios = {"odds_ratio": np.exp(start), "ci_low": np.exp(low), "ci_high": np.exp(high)}
    table = {"coef": start, "se": se, **ratios, "p": p, "df": np.nan, "fmi": pooled["fmi"].array}
    return pd.DataFrame(table, index=pd.Index(terms, name="term"))


def pool_hazard_profile(
    frames: Sequence[pd.DataFrame],
    time: str,
    event: str,
    predictors: Sequence[str],
    term: str,
    estimates: Sequence[float],
) -> dict[str, float]:
    """Pool the profiles of one term of Cox's regression, which may have no highest point.

    As `pool_profiles`, with the partial likelihood. Where an estimate is infinite, the profile
    rises for ever, and its signed root comes to 0 there.

    Parameters
    ----------
    frames
        The completed data sets.
    time, event, predictors
        As in `smallstats.cox.fit_cox`.
    term
        The term; and
    estimates
        its estimates in the data sets, some of them infinite.

    Returns
    -------
    dict
        ``coef`` (the median of the estimates), ``low``, ``high`` and ``p``; infinite where the
        pooled profile has no end.
    """
    fits: list[Profiled] = []
    for frame in frames:
        design = build_design(frame, event, list(predictors), both=False)
        x, back = design.scaled()
        likelihood = CoxLikelihood.of(x[:, 1:], design.y, frame[time].to_numpy(dtype=float))
        contrast = back[design.terms.index(term), 1:]
        top = likelihood.maximise()
        fits.append((likelihood, top, top.value, contrast))
    return _pool_profile(fits, estimates)


def pool_odds_profile(
    frames: Sequence[pd.DataFrame],
    outcome: str,
    predictors: Sequence[str],
    term: str,
    estimates: Sequence[float],
) -> dict[str, float]:
    """Pool the profiles of one term of logistic regression: `pool_hazard_profile` says how."""
    fits: list[Profiled] = []
    for frame in frames:
        design = build_design(frame, outcome, list(predictors))
        solution, contrast = maximum_likelihood(design), design.orthogonal()[1]
        place = design.terms.index(term)
        fits.append((plain_likelihood(design), solution.near, solution.value, contrast[place]))
    return _pool_profile(fits, estimates)


def _pool_profile(fits: Sequence[Profiled], estimates: Sequence[float]) -> dict[str, float]:
    """Pool profiles, each with where to search from, the highest value and the contrast."""
    ends = np.asarray(estimates, dtype=float)

    def share(value: float) -> float:
        lost = [top - fit.profile(c, value, near).value for fit, near, top, c in fits]
        roots = np.sign(np.nan_to_num(value - ends)) * np.sqrt(2 * np.maximum(0.0, lost))
        return float(ndtr(roots).mean())

    finite = ends[np.isfinite(ends)]
    start = float(finite.mean()) if len(finite) else 0.0
    step = 1.0 if len(finite) else min(float(1 / np.abs(fits[-1][-1]).max()), 1.0)
    # the share at either end: profiles that rise for ever, or are flat, come to a half there
    least = float((ends == -np.inf).mean() + np.isnan(ends).mean()) / 2
    most = 1 - float((ends == np.inf).mean() + np.isnan(ends).mean()) / 2
    low, high = (
        _where(share, level, start, step) if least < level < most else side * np.inf
        for level, side in ((0.025, -1), (0.975, 1))
    )
    at_zero = share(0.0)
    with np.errstate(invalid="ignore"):
        coef = float(np.median(ends))
    return {"coef": coef, "low": low, "high": high, "p": 2 * min(at_zero, 1 - at_zero)}


def _where(share: Callable[[float], float], level: float, start: float, step: float) -> float:
    """Find where a rising function takes a level."""
    side = 1.0 if share(start) < level else -1.0
    near = start
    for _ in range(MOST_DOUBLINGS):
        far = near + side * step
        if side * (share(far) - level) >= 0:
            return float(brentq(lambda value: share(value) - level, near, far, xtol=1e-8))
        near, step = far, 2 * step
    return side * np.inf


def _solve(
    score: Callable[[Floats, NDArray[np.intp]], Floats],
    centre: Floats,
    se: Floats,
    which: NDArray[np.intp],
    wanted: Floats,
) -> Floats:
    """Find where rising functions take the values that are wanted."""

    def above(values: Floats, terms: Floats, levels: Floats) -> Floats:
        return score(values, terms.astype(np.intp)) - levels

    low, high = np.minimum(centre, centre + wanted * se), np.maximum(centre, centre + wanted * se)
    given = (which.astype(float), wanted)
    around = elementwise.bracket_root(above, low, high, args=given)
    roots = elementwise.find_root(
        above, around.bracket, args=given, tolerances={"xatol": PROFILED * float(se.min())}
    )
    if not roots.success.all():
        raise ValueError(Remark("the limits have not converged"))
    return np.asarray(roots.x)


def pool_chi_square(statistics: Sequence[float], df: int) -> tuple[float, float]:
    """Pool chi-square statistics of completed data sets, and give F and its p (the D2 statistic).

    Parameters
    ----------
    statistics
        One of each data set.
    df
        The degrees of freedom of each.

    References
    ----------
    Li KH, Meng XL, Raghunathan TE, Rubin DB. Significance levels from repeated p-values with
    multiply-imputed data. Stat Sin 1991;1:65-92.

    Examples
    --------
    >>> [round(x, 4) for x in pool_chi_square([4.0, 6.0, 5.0], 2)]
    [2.2158, 0.1112]
    """
    refuse([f"{len(statistics)} tests cannot be pooled: two or more are needed"]
           * (len(statistics) < SMALLEST))  # fmt: skip
    d, m = np.asarray(statistics, dtype=float), len(statistics)
    # Li et al. (1991): r = (1 + 1/m) Var(sqrt d),
    # D2 = (mean d / k - (m + 1) / (m - 1) r) / (1 + r), an F with k and
    # k^(-3/m) (m - 1) (1 + 1/r)^2 degrees of freedom
    r = (1 + 1 / m) * float(np.sqrt(d).var(ddof=1))
    f = max(0.0, (d.mean() / df - (m + 1) / (m - 1) * r) / (1 + r))
    second = df ** (-3 / m) * (m - 1) * (1 + 1 / r) ** 2 if r > 0 else np.inf
    p = fdtrc(df, second, f) if np.isfinite(second) else fdtrc(df, 1e12, f)
    return float(f), float(p)
