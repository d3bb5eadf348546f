"""Ratios and confidence limits of a 2x2 table, by every method that a paper may have used."""

from math import exp, inf, log, sqrt

from scipy.special import ndtri

from smallstats.fourfold import two_by_two

Triple = dict[str, float]


def ratios_of_counts(
    a: int, n1: int, b: int, n0: int, *, level: float = 0.95
) -> dict[tuple[str, str], Triple]:
    """Compute the odds ratio and risk ratio of *a* of *n1* against *b* of *n0*.

    Returns
    -------
    dict
        By kind (``odds_ratio``, ``risk_ratio``) and method (``Woolf``, ``Katz``, ``exact``
        conditional, of which the limits are 95%, and each ``of the inverse``): the kind,
        ``ci_low`` and ``ci_high``, at *level*. A method that a zero cell rules out is missing,
        and so is what is infinite.

    References
    ----------
    Woolf B. Ann Hum Genet 1955;19:251-253. Katz D, et al. Biometrics 1978;34:469-474.

    Examples
    --------
    >>> triple = ratios_of_counts(7, 23, 1, 31)["odds_ratio", "Woolf"]
    >>> {name: round(value, 2) for name, value in triple.items()}
    {'odds_ratio': 13.12, 'ci_low': 1.48, 'ci_high': 116.27}
    """
    c, d, reach = n1 - a, n0 - b, float(ndtri((1 + level) / 2))
    found = {}
    if level == 0.95:
        exact = two_by_two(a, n1, b, n0)
        limits = exact.ci_low, exact.ci_high
        found["odds_ratio", "exact"] = (exact.conditional_odds_ratio, *limits)
    logs = {}
    if min(a, b, c, d) > 0:
        se = sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        logs["odds_ratio", "Woolf"] = log(a * d / (b * c)), se
    if min(a, b) > 0:
        se = sqrt(c / (a * n1) + d / (b * n0))
        logs["risk_ratio", "Katz"] = log(a * n0 / (b * n1)), se
    for key, (middle, se) in logs.items():
        found[key] = exp(middle), exp(middle - reach * se), exp(middle + reach * se)
    both = {}
    for (kind, method), (ratio, low, high) in found.items():
        turned = [1 / value if value else inf for value in (ratio, high, low)]
        for how, values in ((method, [ratio, low, high]), (f"{method}, of the inverse", turned)):
            triple = zip((kind, "ci_low", "ci_high"), values, strict=True)
            both[kind, how] = {name: value for name, value in triple if value < inf}
    return both
