"""Ratios and confidence limits of a 2x2 table, by every method that a paper may have used."""

from math import exp, inf, log, sqrt

import numpy as np
import pandas as pd
from scipy.special import gammaln, ndtri

from smallstats.fourfold import two_by_two

Triple = dict[str, float]


def ratios_of_counts(
    a: int, n1: int, b: int, n0: int, *, level: float = 0.95, exact: bool = False
) -> dict[tuple[str, str], Triple]:
    """Compute the odds ratio and risk ratio of *a* of *n1* against *b* of *n0*.

    Returns
    -------
    dict
        By kind (``odds_ratio``, ``risk_ratio``) and method (``Woolf``, ``Katz``, and each ``of the
        inverse``; *exact*, which takes longer, only the conditional limits, which are 95%, with the
        conditional or the sample odds ratio): the kind, ``ci_low`` and ``ci_high``, at *level*. A
        method that a zero cell rules out is missing, and so is what is infinite.

    References
    ----------
    Woolf B. Ann Hum Genet 1955;19:251-253. Katz D, et al. Biometrics 1978;34:469-474.

    Examples
    --------
    >>> triple = ratios_of_counts(7, 23, 1, 31)["odds_ratio", "Woolf"]
    >>> {name: round(value, 2) for name, value in triple.items()}
    {'odds_ratio': 13.12, 'ci_low': 1.48, 'ci_high': 116.27}
    """
    if exact:
        if level != 0.95:
            return {}
        table = two_by_two(a, n1, b, n0)
        limits = table.ci_low, table.ci_high
        both = {("odds_ratio", "exact"): (table.conditional_odds_ratio, *limits)}
        if 0 < table.odds_ratio < inf:
            both["odds_ratio", "exact, beside the sample odds ratio"] = table.odds_ratio, *limits
        return _both_ways(both)
    c, d, reach = n1 - a, n0 - b, float(ndtri((1 + level) / 2))
    ratios, logs = {}, {}
    if min(a, b, c, d) > 0:
        se = sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        logs["odds_ratio", "Woolf"] = log(a * d / (b * c)), se
    if min(a, b) > 0:
        se = sqrt(c / (a * n1) + d / (b * n0))
        logs["risk_ratio", "Katz"] = log(a * n0 / (b * n1)), se
    for key, (middle, se) in logs.items():
        ratios[key] = exp(middle), exp(middle - reach * se), exp(middle + reach * se)
    return _both_ways(ratios)


def _both_ways(
    ratios: dict[tuple[str, str], tuple[float, float, float]],
) -> dict[tuple[str, str], Triple]:
    """Add the inverse of each ratio, and leave out what is infinite."""
    both = {}
    for (kind, method), (ratio, low, high) in ratios.items():
        turned = [1 / value if value else inf for value in (ratio, high, low)]
        for how, values in ((method, [ratio, low, high]), (f"{method}, of the inverse", turned)):
            triple = zip((kind, "ci_low", "ci_high"), values, strict=True)
            both[kind, how] = {name: value for name, value in triple if value < inf}
    return both


def more_limits(a: int, n1: int, b: int, n0: int, *, level: float = 0.95) -> dict[str, Triple]:
    """Compute the odds ratio's limits by methods that fewer papers use.

    Returns
    -------
    dict
        By method: ``mid-p`` (exact, the observed table counted half) and ``profile likelihood``,
        each beside the sample odds ratio. Empty with a zero cell.

    References
    ----------
    Agresti A. Categorical Data Analysis. 3rd ed. Wiley; 2013, sections 3.1 and 16.6.

    Examples
    --------
    >>> limits = more_limits(57, 96, 84, 194)
    >>> {name: [round(value, 3) for value in triple.values()] for name, triple in limits.items()}
    {'mid-p': [1.914, 1.163, 3.155], 'profile likelihood': [1.914, 1.169, 3.16]}
    """
    from scipy.optimize import brentq  # slow to import, and seldom needed

    c, d = n1 - a, n0 - b
    if min(a, b, c, d) == 0:
        return {}
    ratio, reach = log(a * d / (b * c)), 12.0
    support = np.arange(max(0, a + b - n0), min(a + b, n1) + 1)
    ways = -sum(gammaln(x + 1.0) for x in (support, n1 - support, a + b - support, d - a + support))

    def mid_p(coefficient: float) -> float:
        chances = np.exp(ways + coefficient * support - (ways + coefficient * support).max())
        below = chances[support < a].sum() + chances[support == a].sum() / 2
        return float(below / chances.sum())

    def deviance(coefficient: float) -> float:
        # fitted count of cell a: the root of a quadratic, as the margins stay as they are
        r = exp(coefficient)
        half = (n1 + a + b) * r + n0 - a - b
        inside = half * half - 4 * r * (r - 1) * n1 * (a + b)
        x = (
            n1 * (a + b) / (n1 + n0)
            if abs(r - 1) < 1e-12
            else (half - sqrt(inside)) / (2 * (r - 1))
        )
        fitted = (x, a + b - x, n1 - x, n0 - a - b + x)
        return 2 * sum(n * log(n / f) for n, f in zip((a, b, c, d), fitted, strict=True))

    tail, most = (1 - level) / 2, float(ndtri((1 + level) / 2)) ** 2
    limits = {
        "mid-p": [
            brentq(lambda t: mid_p(t) + tail - 1, -reach, reach),
            brentq(lambda t: mid_p(t) - tail, -reach, reach),
        ],
        "profile likelihood": [
            brentq(lambda t: deviance(t) - most, ratio, ratio + sign * reach) for sign in (-1, 1)
        ],
    }
    return {
        name: {"odds_ratio": exp(ratio), "ci_low": exp(low), "ci_high": exp(high)}
        for name, (low, high) in limits.items()
    }


def score_triple(kind: str, a: int, n1: int, b: int, n0: int, *, level: float = 0.95) -> Triple:
    """Compute an ``odds_ratio`` or ``risk_ratio`` with the score limits of Miettinen and Nurminen.

    Empty with a zero cell.

    References
    ----------
    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-26.

    Examples
    --------
    >>> {name: round(value, 2) for name, value in score_triple("risk_ratio", 9, 17, 5, 13).items()}
    {'risk_ratio': 1.38, 'ci_low': 0.63, 'ci_high': 3.32}
    """
    from smallstats.score_limits import score_limits

    if min(a, b, n1 - a, n0 - b) == 0:
        return {}
    ratios = {"odds_ratio": a * (n0 - b) / (b * (n1 - a)), "risk_ratio": a * n0 / (b * n1)}
    low, high = score_limits(a, n1, b, n0, kind.replace("_", " "), level=level)
    return {kind: ratios[kind], "ci_low": low, "ci_high": high}


def firth_of_counts(a: int, n1: int, b: int, n0: int) -> Triple:
    """Compute Firth's odds ratio of two counts with its 95% profile limits, zero cells included.

    References
    ----------
    Heinze G, Schemper M. A solution to the problem of separation in logistic regression. Stat Med
    2002;21:2409-19.

    Examples
    --------
    >>> {name: round(value, 2) for name, value in firth_of_counts(7, 8, 16, 46).items()}
    {'odds_ratio': 9.24, 'ci_low': 1.79, 'ci_high': 93.21}
    """
    from smallstats.logistic import fit_logistic

    with_it = np.repeat([1, 1, 0, 0], [a, n1 - a, b, n0 - b])
    event = np.repeat([1, 0, 1, 0], [a, n1 - a, b, n0 - b])
    frame = pd.DataFrame({"event": event, "with_it": with_it})
    fit = fit_logistic(frame, "event", ["with_it"], method="firth").table
    row = fit.loc[["with_it"]].to_dict("records")[0]
    return {name: float(row[name]) for name in ("odds_ratio", "ci_low", "ci_high")}
