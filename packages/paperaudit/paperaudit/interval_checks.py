"""Printed intervals of means, shares and differences, against what gives them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv, ndtr, ndtri, stdtr, stdtrit

from paperaudit.number_checks import habits_within
from paperaudit.rounding import Habit, bounds

Span = tuple[float, float]


@dataclass(frozen=True)
class IntervalCheck:
    """A printed interval beside its estimate.

    Attributes
    ----------
    inside
        Whether the estimate can lie within the limits.
    symmetric
        Whether it can lie in their middle.
    p_range
        Of the p that the interval gives, by the normal and by the t distribution.
    p_rules
        Under which habits the printed p lies in that range; None if no p was given.
    """

    inside: bool
    symmetric: bool
    p_range: Span
    p_rules: tuple[Habit, ...] | None

    @property
    def consistent(self) -> bool:
        """Whether one analysis can have printed all the numbers."""
        return self.inside and self.symmetric and self.p_rules != ()


def check_difference(
    estimate: str, low: str, high: str, p: str = "", *, level: float = 0.95, df: int | None = None
) -> IntervalCheck:
    """Say whether a printed difference, its limits and its p can be one analysis.

    Parameters
    ----------
    estimate, low, high, p
        As printed.
    level
        Confidence level of the limits.
    df
        Degrees of freedom of a t interval; without them only the normal distribution is tried.

    Raises
    ------
    ValueError
        If a string is not a number or the level not between 0 and 1.

    Notes
    -----
    False alarms: a bootstrap, an exact or a score interval is not symmetric; a p of another test.

    References
    ----------
    Altman DG, Bland JM. How to obtain the P value from a confidence interval. BMJ 2011;343:d2304.

    Examples
    --------
    >>> check = check_difference("-3.4", "-5.1", "-1.7", "<0.001")
    >>> check.consistent, check_difference("-3.4", "-5.1", "-2.7").symmetric
    (True, False)
    """
    if not 0 < level < 1:
        raise ValueError(f"level={level}: the confidence level must be between 0 and 1")
    e, lo, hi = bounds(estimate), bounds(low), bounds(high)
    inside = lo[0] <= e[1] and e[0] <= hi[1]
    middle = ((lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2)
    symmetric = middle[0] <= e[1] and e[0] <= middle[1]
    quantiles = [float(ndtri((1 + level) / 2))]
    if df is not None:
        quantiles.append(float(stdtrit(df, (1 + level) / 2)))
    half = (max((hi[0] - lo[1]) / 2, 0.0), max((hi[1] - lo[0]) / 2, 0.0))
    size = (0.0 if e[0] <= 0 <= e[1] else min(map(abs, e)), max(map(abs, e)))
    p_values = []
    for place, quantile in enumerate(quantiles):
        for big, width in ((size[0], half[1]), (size[1], half[0])):
            z = quantile * big / width if width else math.inf if big else 0.0
            p_values.append(float(2 * (stdtr(df, -z) if place and df is not None else ndtr(-z))))
    p_range = min(p_values), max(p_values)
    rules = habits_within(p, *p_range) if p else None
    return IntervalCheck(inside, symmetric, p_range, rules)


def mean_half_widths(sd: str, n: int, level: float = 0.95) -> dict[str, Span]:
    """Bound the distance from a mean to what may be printed beside it.

    Returns
    -------
    dict of str to tuple
        By what it is: ``t interval`` and ``normal interval`` of the mean; and, as it may have been
        taken for them, ``mean ± SE``, ``mean ± SD``, ``mean ± 2 SD``.

    Raises
    ------
    ValueError
        If the SD is not a number or `n` below 2.

    Examples
    --------
    >>> [round(x, 2) for x in mean_half_widths("10", 25)["t interval"]]
    [3.92, 4.54]
    """
    if n < 2:
        raise ValueError(f"n={n}: an interval of a mean needs 2 values or more")
    low, high = (max(0.0, x) for x in bounds(sd))
    t, z = float(stdtrit(n - 1, (1 + level) / 2)), float(ndtri((1 + level) / 2))
    root = math.sqrt(n)
    factors = {"t interval": t / root, "normal interval": z / root, "mean ± SE": 1 / root,
               "mean ± SD": 1.0, "mean ± 2 SD": 1.96}  # fmt: skip
    widths = {name: (low * f, high * f) for name, f in factors.items()}
    widths["mean ± 2 SD"] = (low * 1.96, high * 2)
    return widths


def difference_intervals(a: int, n1: int, b: int, n0: int, level: float = 0.95) -> dict[str, Span]:
    """Compute the usual intervals of a difference of two shares, *a* of *n1* less *b* of *n0*.

    Returns
    -------
    dict of str to tuple
        By method: Wald, Wald with continuity correction, Agresti-Caffo, Newcombe (of Wilson's
        limits), Miettinen-Nurminen (score limits).

    References
    ----------
    Newcombe RG. Interval estimation for the difference between independent proportions. Stat Med
    1998;17:873-90. Agresti A, Caffo B. Am Stat 2000;54:280-8.

    Examples
    --------
    >>> limits = difference_intervals(56, 70, 48, 80)
    >>> [round(limit, 4) for limit in limits["Newcombe"]]
    [0.0524, 0.3339]
    """
    from smallstats.score_limits import score_limits  # slow to import, and seldom needed

    z, first, second = float(ndtri((1 + level) / 2)), a / n1, b / n0
    apart = first - second
    half = z * math.sqrt(first * (1 - first) / n1 + second * (1 - second) / n0)
    more = [(x + 1, n + 2) for x, n in ((a, n1), (b, n0))]
    wide = z * math.sqrt(sum(x * (n - x) / n**3 for x, n in more))
    centre = more[0][0] / more[0][1] - more[1][0] / more[1][1]
    (low1, high1), (low0, high0) = (
        [limit / 100 for limit in proportion_intervals(x, n, level)["Wilson"]]
        for x, n in ((a, n1), (b, n0))
    )
    corrected = half + (1 / n1 + 1 / n0) / 2
    return {
        "Wald": (apart - half, apart + half),
        "Wald with continuity correction": (apart - corrected, apart + corrected),
        "Agresti-Caffo": (centre - wide, centre + wide),
        "Newcombe": (
            apart - math.hypot(first - low1, high0 - second),
            apart + math.hypot(high1 - first, second - low0),
        ),
        "Miettinen-Nurminen": score_limits(a, n1, b, n0, "risk difference", level=level),
    }


def proportion_intervals(n: int, total: int, level: float = 0.95) -> dict[str, Span]:
    """Compute the usual intervals of a share, in percent.

    Parameters
    ----------
    n, total
        A count and of how many.
    level
        Confidence level.

    Returns
    -------
    dict of str to tuple
        By method: Wald, Wilson, Clopper-Pearson, Agresti-Coull, Wald and Wilson with continuity
        correction, Jeffreys, and logit unless the share is 0 or 1.

    Raises
    ------
    ValueError
        If the count is not from 0 to a positive total.

    References
    ----------
    Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857-72.

    Examples
    --------
    >>> {k: [round(x, 1) for x in v] for k, v in proportion_intervals(81, 263).items()}["Wilson"]
    [25.5, 36.6]
    """
    if not 0 <= n <= total or total < 1:
        raise ValueError(f"{n} of {total} is not a share")
    z, p, a = float(ndtri((1 + level) / 2)), n / total, (1 - level) / 2
    zz, some, all_ = z * z, n > 0, n == total

    def wilson(x: float, sign: int) -> float:
        """Return the limit of *x* patients: with continuity correction of half a patient more."""
        inner = max(zz + 4 * x * (1 - x / total), 0.0)
        return (2 * x + zz + sign * z * math.sqrt(inner)) / (2 * (total + zz))

    def beta(x: float, y: float, share: float) -> float:
        return float(betaincinv(x, y, share))

    half, corrected = z * math.sqrt(p * (1 - p) / total), 0.5 / total
    more = (n + zz / 2) / (total + zz)
    wide = z * math.sqrt(more * (1 - more) / (total + zz))
    spans = {
        "Wald": (p - half, p + half),
        "Wilson": (wilson(n, -1), wilson(n, 1)),
        "Clopper-Pearson": (
            beta(n, total - n + 1, a) if some else 0.0,
            1.0 if all_ else beta(n + 1, total - n, 1 - a),
        ),
        "Agresti-Coull": (more - wide, more + wide),
        "Wald with continuity correction": (p - half - corrected, p + half + corrected),
        "Wilson with continuity correction": (
            wilson(n - 0.5, -1) if some else 0.0,
            1.0 if all_ else wilson(n + 0.5, 1),
        ),
        "Jeffreys": (
            beta(n + 0.5, total - n + 0.5, a) if some else 0.0,
            1.0 if all_ else beta(n + 0.5, total - n + 0.5, 1 - a),
        ),
    }
    if 0 < n < total:
        spans["logit"] = _logit_span(n, total, 1 / n + 1 / (total - n), z)
    return {
        name: (100 * min(max(low, 0.0), 1.0), 100 * min(max(high, 0.0), 1.0))
        for name, (low, high) in spans.items()
    }


def _logit_span(n: int, total: int, variance: float, z: float) -> Span:
    """Return the limits of a share that are symmetric on the scale of its logarithmic odds."""
    middle, reach = math.log(n / (total - n)), z * math.sqrt(variance)
    low, high = (1 / (1 + math.exp(-middle - sign * reach)) for sign in (-1, 1))
    return low, high


def predictive_interval(
    n: int, total: int, of_right: int, of_wrong: int, level: float = 0.95
) -> Span | None:
    """Compute the logit interval of a predictive value, in percent, by Mercaldo and others.

    Parameters
    ----------
    n, total
        Patients in whom a result is right, and all with this result.
    of_right, of_wrong
        All patients in whom this result would be right, and all in whom it would be wrong: with and
        without the condition for a positive result, without and with it for a negative one.
    level
        Confidence level.

    Returns
    -------
    tuple of float or None
        None if the table is not one of patients, or the result is always right or always wrong.

    Notes
    -----
    The numbers with and without the condition are taken as fixed: the variance of the logarithmic
    odds, 1/n + 1/(total - n), is less by 1/of_right + 1/of_wrong.

    References
    ----------
    Mercaldo ND, Lau KF, Zhou XH. Confidence intervals for predictive values with an emphasis to
    case-control studies. Stat Med 2007;26:2170-83.

    Examples
    --------
    419 true and 66 false positives, 43 false and 245 true negatives.

    >>> [round(x, 1) for x in predictive_interval(419, 485, 462, 311)]
    [83.6, 88.7]
    """
    wrong = total - n
    if min(n, wrong) < 1 or n > of_right or wrong > of_wrong:
        return None
    variance = 1 / n + 1 / wrong - 1 / of_right - 1 / of_wrong
    low, high = _logit_span(n, total, variance, float(ndtri((1 + level) / 2)))
    return 100 * low, 100 * high
