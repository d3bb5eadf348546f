"""How many patients the next study needs, and what so many would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri, xlogy

from smallstats.batch_selection import MOST_CANDIDATES, chi_square_1_p, fit_model
from smallstats.columns import refuse
from smallstats.fourfold import table_p_values

LARGEST_N = 10**15
"""More patients than so many cannot be counted one by one."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
        their sizes ``wald_size``, ``lr_size`` and ``fisher_size``, how often p is below `alpha` in
        as many studies in which all odds ratios are 1: a size above `alpha` is power not earned;
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
    >>> found = simulate_power([54, 150], {"cardiac": 0.15}, {"cardiac": 5}, prevalence=0.4)
    >>> found[["n", "wald", "lr", "wald_size", "lr_size", "infinite"]].round(2)
         n  wald    lr  wald_size  lr_size  infinite
    0   54  0.38  0.55       0.02     0.07      0.11
    1  150  0.92  0.92       0.05     0.05      0.00
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
    chance = np.r_[share * risk, share * (1 - risk)]
    without = np.r_[share * prevalence, share * (1 - prevalence)]  # all odds ratios 1
    rng, null, rows = np.random.default_rng(seed), np.random.default_rng([seed, 1]), []
    for size in sizes:
        true, nothing = (
            _analyse(patterns, drawn[:, : len(share)], drawn[:, len(share) :], alpha)
            for drawn in (
                rng.multinomial(size, chance, size=simulations),
                null.multinomial(size, without, size=simulations),
            )
        )
        for name, power, false in zip(names, true, nothing, strict=True):
            row = {"n": size, "exposure": name, "odds_ratio": odds_ratios[name]}
            sizes_of = {f"{test}_size": false[test] for test in ("wald", "lr", "fisher")}
            rows.append(row | power | sizes_of)
    columns = ["n", "exposure", "odds_ratio", "wald", "lr", "fisher"]
    columns += ["wald_size", "lr_size", "fisher_size", "median_ratio", "infinite"]
    return pd.DataFrame(rows, columns=columns)


def exact_sizes(
    n: int, exposures: Mapping[str, float], *, prevalence: float, alpha: float = 0.05
) -> pd.DataFrame:
    """How often tests of one exposure are significant where there is no association, exactly.

    A study is `n` patients, each exposed and each with the outcome by chance, independently. Every
    table of counts that it can give is tested and counted with its probability; nothing is drawn.
    A 95% interval leaves out an odds ratio of 1 where its test has p below 5%: the sizes are also
    how often the intervals miss.

    Parameters
    ----------
    n
        Patients in the study.
    exposures
        Exposures, each looked at by itself, with how common it is.
    prevalence
        How common the outcome is.
    alpha
        A p below this is significant.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``exposure``: ``prevalence`` (of the exposure), and the sizes of Wald's test
        (``wald``), the likelihood ratio and with it the profile interval (``lr``), Firth's
        penalised likelihood ratio (``firth``) and Fisher's exact test (``fisher``). A table in
        which exposure or outcome do not vary, or with an infinite standard error, counts as not
        significant.

    Raises
    ------
    ValueError
        Naming every problem: `n` below 2, no exposure, probabilities not between 0 and 1.

    References
    ----------
    Heinze G, Schemper M. A solution to the problem of separation in logistic regression.
    Stat Med 2002;21:2409-19.

    Examples
    --------
    >>> exact_sizes(54, {"cardiac": 8 / 54}, prevalence=23 / 54).round(3).loc["cardiac"].to_dict()
    {'prevalence': 0.148, 'wald': 0.019, 'lr': 0.066, 'firth': 0.042, 'fisher': 0.028}
    """
    given = {f"prevalence of {name}": value for name, value in exposures.items()}
    given |= {"prevalence": prevalence, "alpha": alpha}
    problems = [f"{k}={v!r} is not between 0 and 1" for k, v in given.items() if not 0 < v < 1]
    problems += [f"n={n!r} is not a whole number above 1"] * (not _is_whole(n) or n < 2)
    problems += ["there is no exposure"] * (not exposures)
    refuse(problems)
    from scipy.stats import binom

    # every table in which exposure and outcome vary: a of n1 exposed, b of n0 others
    n1, a, b = np.indices((n + 1, n + 1, n + 1)).reshape(3, -1)
    possible = (n1 > 0) & (n1 < n) & (a <= n1) & (b <= n - n1) & (a + b > 0) & (a + b < n)
    n1, a, b = n1[possible], a[possible], b[possible]
    n0 = n - n1
    p = table_p_values(a, n1, b, n0)
    tests = {"wald": _wald_p(a, n1, b, n0), "lr": p["likelihood_ratio"]}
    tests |= {"firth": firth_p(a, n1, b, n0), "fisher": p["fisher"]}
    chance = binom.pmf(a, n1, prevalence) * binom.pmf(b, n0, prevalence)
    rows = []
    for common in exposures.values():
        of_each = chance * binom.pmf(n1, n, common)
        sizes = {name: float(of_each[np.asarray(p) < alpha].sum()) for name, p in tests.items()}
        rows.append({"prevalence": common} | sizes)
    return pd.DataFrame(rows, index=pd.Index(exposures, name="exposure"))


def _wald_p(a: Ints, n1: Ints, b: Ints, n0: Ints) -> Floats:
    """Wald's test of the log odds ratio; 1 where a cell is empty, as its error is infinite."""
    cells = np.stack([a, n1 - a, b, n0 - b]).astype(float)
    full = (cells > 0).all(axis=0)
    cells = np.where(full, cells, 1)
    log_ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    return np.where(full, chi_square_1_p(log_ratio**2 / (1 / cells).sum(axis=0)), 1.0)


def firth_p(a: Ints, n1: Ints, b: Ints, n0: Ints) -> Floats:
    """Firth's penalised likelihood ratio test of `a` of `n1` against `b` of `n0`, in closed form.

    With one binary predictor the penalty is half the logarithm of n1 p1 (1 - p1) n0 p0 (1 - p0):
    half a patient more in each cell. Where the odds are the same it is the whole logarithm of
    p (1 - p), but for a constant: one patient more with the outcome, and one without it.
    """
    groups = [(a + 0.5, n1 + 1.0), (b + 0.5, n0 + 1.0)]
    top = sum(xlogy(x, x / n) + xlogy(n - x, 1 - x / n) for x, n in groups)
    x, n = a + b + 1.0, n1 + n0 + 2.0
    return chi_square_1_p(np.maximum(0, 2 * (top - xlogy(x, x / n) - xlogy(n - x, 1 - x / n))))


def _is_whole(value: Any) -> bool:
    """Check whether it is a whole number that can be counted to; 54.0 is."""
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
    rows = []
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
        rows.append(
            {
                "wald": float((wald[:, j + 1] < alpha).mean()),
                "lr": float((chi_square_1_p(2 * lost) < alpha).mean()),
                "fisher": float((fisher < alpha).mean()),
                "median_ratio": float(np.quantile(ratio[:, j + 1], 0.5, method="lower")),
                "infinite": float((~full.converged).mean()),
            }
        )
    return rows


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
    # Riley et al. (2020): the largest Cox-Snell R2 is 1 - exp(2 ln L0 / n), of the null model
    largest = -np.expm1(2 * (q * np.log(q) + (1 - q) * np.log1p(-q)))
    r2 = float(cox_snell if cox_snell is not None else (nagelkerke or 0) * largest)
    if not 0 < r2 < min(largest, shrinkage):
        refuse(
            [
                f"a Cox-Snell R squared of {r2:.3g} is not between 0 and {largest:.3f}, the "
                f"largest at this prevalence, or not below the shrinkage, {shrinkage!r}"
            ]
        )
    # criteria 1 and 2: n = P / ((S - 1) ln(1 - R2 / S)), with S as asked for, or R2 / (R2 + delta
    # largest R2); criterion 3: n = (1.96 / margin)^2 q (1 - q)
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
