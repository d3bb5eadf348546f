"""How many patients the next study needs, and what so many would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from jdm_utils.stats.batch_selection import MOST_CANDIDATES, chi_square_1_p, fit_model
from jdm_utils.stats.columns import refuse
from jdm_utils.stats.two_by_two import table_p_values

LARGEST_N = 10**15
"""More patients than so many cannot be counted one by one."""

Floats = NDArray[np.float64]


def simulate_power(
    n: int | Sequence[int],
    exposures: Mapping[str, float],
    odds_ratios: Mapping[str, float],
    *,
    prevalence: float,
    alpha: float = 0.05,
    simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Power and precision of a cohort by simulation.

    Patients are drawn with independent exposures; the log odds of the outcome are the sum of
    their effects, and of an intercept that gives the outcome its prevalence.

    Parameters
    ----------
    n
        Patients in the study, or several such numbers.
    exposures
        Binary exposures, up to six, with how common each is.
    odds_ratios
        Odds ratio of each exposure, given the others.
    prevalence
        How common the outcome is among all patients.
    alpha
        A p below this is significant.
    simulations, seed
        How many studies of each size, and the seed of their draws.

    Returns
    -------
    pandas.DataFrame
        A row a size and exposure: ``n``, ``exposure``, ``odds_ratio`` (the true one); the power of
        ``wald`` and ``lr`` (of the exposure in the model with all) and ``fisher`` (on its own);
        ``median_ratio``, half the studies have a 95% Wald interval whose upper bound is no more
        than so many times the lower one; ``infinite``, the share of studies whose model has an
        estimate that is infinite or does not exist (no Wald test and no bound to the interval).

    Raises
    ------
    ValueError
        Naming every problem: sizes below 2, no or more than six exposures, exposures and odds
        ratios that do not belong together, probabilities not between 0 and 1, odds ratios not
        positive, no simulations.

    References
    ----------
    Burton A, Altman DG, Royston P, Holder RL. The design of simulation studies in medical
    statistics. Stat Med 2006;25:4279-92.

    Examples
    --------
    >>> simulate_power([54, 150], {"cardiac": 0.15}, {"cardiac": 5}, prevalence=0.4).round(2)
         n exposure  odds_ratio  wald    lr  fisher  median_ratio  infinite
    0   54  cardiac           5  0.38  0.55    0.46         32.32      0.11
    1  150  cardiac           5  0.92  0.92    0.90          7.52      0.00
    """
    sizes = np.atleast_1d(np.asarray(n, dtype=object)).tolist()
    given = {f"prevalence of {name}": value for name, value in exposures.items()}
    given |= {"prevalence": prevalence, "alpha": alpha}
    problems = [f"{k}={v!r} is not between 0 and 1" for k, v in given.items() if not 0 < v < 1]
    problems += [f"odds ratio of {name}={value!r} is not a positive number"
                 for name, value in odds_ratios.items() if not 0 < value < np.inf]  # fmt: skip
    problems += [f"n={size!r} is not a whole number above 1"
                 for size in sizes if not _is_whole(size) or size < 2]  # fmt: skip
    if set(exposures) != set(odds_ratios):
        problems.append(f"exposures {list(exposures)} have odds ratios for {list(odds_ratios)}")
    if not 1 <= len(exposures) <= MOST_CANDIDATES:
        problems.append(f"{len(exposures)} exposures: 1 to {MOST_CANDIDATES} are allowed")
    if simulations < 1:
        problems.append(f"simulations={simulations!r} is not a positive number")
    refuse(problems)
    sizes = [int(size) for size in sizes]
    names = list(exposures)
    patterns = np.array(list(product((0.0, 1.0), repeat=len(names))))
    common = np.array([exposures[name] for name in names])
    share = np.where(patterns == 1, common, 1 - common).prod(axis=1)
    risk = _risks(patterns @ np.log([odds_ratios[name] for name in names]), share, prevalence)
    rng, rows = np.random.default_rng(seed), []
    for size in sizes:
        drawn = rng.multinomial(size, np.r_[share * risk, share * (1 - risk)], size=simulations)
        cases, others = np.split(drawn, 2, axis=1)
        for name, found in zip(names, _analyse(patterns, cases, others, alpha), strict=True):
            rows.append({"n": size, "exposure": name, "odds_ratio": odds_ratios[name]} | found)
    return pd.DataFrame(rows)


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number that can be counted to; 54.0 is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return abs(float(value)) <= LARGEST_N and float(value).is_integer()


def _risks(log_odds: Floats, share: Floats, prevalence: float) -> Floats:
    """Risk in each pattern, with the intercept that gives the outcome its prevalence."""
    from scipy.optimize import brentq

    edge = np.abs(log_odds).max() + abs(np.log(prevalence / (1 - prevalence))) + 1
    return np.asarray(
        expit(log_odds + brentq(lambda a: share @ expit(log_odds + a) - prevalence, -edge, edge))
    )


def _analyse(
    patterns: Floats, cases: NDArray[np.int64], others: NDArray[np.int64], alpha: float
) -> list[dict[str, float]]:
    """Power and precision for each exposure from all studies of one size."""
    totals = (cases + others).astype(float)
    sums = np.hstack([cases.sum(axis=1, keepdims=True), cases @ patterns])
    everything = range(patterns.shape[1])
    full = fit_model(patterns, sums, totals, everything).fits
    wald = chi_square_1_p(np.where(full.converged[:, None], full.wald, np.nan))
    ratio = np.where(full.converged[:, None], np.exp(2 * ndtri(0.975) * full.se), np.inf)
    mixed = (sums[:, 0] > 0) & (sums[:, 0] < totals.sum(axis=1))
    found = []
    for j in everything:
        fewer = fit_model(patterns, sums, totals, [i for i in everything if i != j])
        lost = np.maximum(full.log_likelihood - fewer.fits.log_likelihood[fewer.row], 0)
        exposed = patterns[:, j] == 1
        fisher = np.ones(len(sums))
        if mixed.any():
            fisher[mixed] = table_p_values(
                cases[mixed][:, exposed].sum(axis=1), cases[mixed].sum(axis=1),
                others[mixed][:, exposed].sum(axis=1), others[mixed].sum(axis=1),
            )["fisher"]  # fmt: skip
        found.append(
            {
                "wald": float((wald[:, j + 1] < alpha).mean()),
                "lr": float((chi_square_1_p(2 * lost) < alpha).mean()),
                "fisher": float((fisher < alpha).mean()),
                "median_ratio": float(np.quantile(ratio[:, j + 1], 0.5, method="lower")),
                "infinite": float((~full.converged).mean()),
            }
        )
    return found


def required_n(
    parameters: int,
    prevalence: float,
    *,
    cox_snell: float | None = None,
    nagelkerke: float | None = None,
    shrinkage: float = 0.9,
    optimism: float = 0.05,
    margin: float = 0.05,
) -> pd.DataFrame:
    """Patients needed to develop a logistic model, by Riley's three criteria.

    Parameters
    ----------
    parameters
        Candidate coefficients, the intercept aside.
    prevalence
        How common the outcome is.
    cox_snell, nagelkerke
        The R squared that the model will have in new patients: one of the two.
    shrinkage
        Effects in new patients are at least this part of those estimated.
    optimism
        The apparent Nagelkerke R squared is at most so much too large.
    margin
        The overall risk is known within this margin (95% confidence).

    Returns
    -------
    pandas.DataFrame
        Indexed by ``criterion`` (``shrinkage``, ``optimism``, ``overall risk``, and ``all``, the
        largest): ``n``, ``events`` (expected), ``events_per_parameter`` and ``shrinkage``, the
        one to expect with `n`.

    Raises
    ------
    ValueError
        Naming every problem: none or both R squared, or one that is not possible at this
        prevalence; probabilities not between 0 and 1; no parameters, or not a whole number of
        them; more patients needed than 1e15.

    References
    ----------
    Riley RD, Ensor J, Snell KI, et al. Calculating the sample size required for developing a
    clinical prediction model. BMJ 2020;368:m441.

    Examples
    --------
    >>> required_n(24, 0.174, cox_snell=0.288).n.tolist()
    [623, 662, 221, 662]
    """
    given = {"prevalence": prevalence, "shrinkage": shrinkage, "optimism": optimism}
    given["margin"] = margin
    problems = [f"{k}={v!r} is not between 0 and 1" for k, v in given.items() if not 0 < v < 1]
    if not _is_whole(parameters) or parameters < 1:
        problems.append(f"parameters={parameters!r} is not a positive whole number")
    if (cox_snell is None) == (nagelkerke is None):
        problems.append("one of cox_snell and nagelkerke is needed")
    refuse(problems)
    q = prevalence
    largest = -np.expm1(2 * (q * np.log(q) + (1 - q) * np.log1p(-q)))
    r2 = float(cox_snell if cox_snell is not None else (nagelkerke or 0) * largest)
    if not 0 < r2 < min(largest, shrinkage):
        refuse(
            [
                f"a Cox-Snell R squared of {r2:.3g} is not between 0 and {largest:.3f}, the "
                f"largest at this prevalence, or not below the shrinkage, {shrinkage!r}"
            ]
        )
    wanted = {"shrinkage": shrinkage, "optimism": r2 / (r2 + optimism * largest)}
    with np.errstate(over="ignore", divide="ignore"):
        n = {name: parameters / ((s - 1) * np.log1p(-r2 / s)) for name, s in wanted.items()}
        n["overall risk"] = (ndtri(0.975) / margin) ** 2 * q * (1 - q)
    if not all(0 < size <= LARGEST_N for size in n.values()):
        beyond = ", ".join(repr(name) for name, size in n.items() if not 0 < size <= LARGEST_N)
        refuse(
            [
                f"more than {LARGEST_N:g} patients are needed for {beyond}: parameters="
                f"{parameters!r}, prevalence={q!r}, shrinkage={shrinkage!r}, optimism="
                f"{optimism!r}, margin={margin!r}, a Cox-Snell R squared of {r2:.3g}"
            ]
        )
    n["all"] = max(n.values())
    table = pd.DataFrame({"n": np.ceil(list(n.values())).astype(int)}, index=pd.Index(n))
    table["events"] = table["n"] * q
    table["events_per_parameter"] = table["events"] / parameters
    table["shrinkage"] = [_shrinkage(size, parameters, r2) for size in table["n"]]
    return table.rename_axis("criterion")


def _shrinkage(n: int, parameters: int, r2: float) -> float:
    """Shrinkage s to expect, from ``n = parameters / ((s - 1) log(1 - r2 / s))``."""
    from scipy.optimize import brentq

    return float(
        brentq(lambda s: (s - 1) * np.log1p(-r2 / s) * n - parameters, r2 * (1 + 1e-12), 1)
    )
