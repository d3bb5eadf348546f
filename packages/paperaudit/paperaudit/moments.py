"""The mean and standard deviation of all patients, from those of two groups."""

from dataclasses import dataclass
from math import sqrt

from paperaudit.granularity import sd_interval
from paperaudit.p_values import hull
from paperaudit.rounding import printed_interval


@dataclass(frozen=True)
class Pooled:
    """Bounds of the mean and of the standard deviation of all patients."""

    mean: tuple[float, float]
    sd: tuple[float, float]


def pooled_moments(mean1: str, sd1: str, n1: int, mean0: str, sd0: str, n0: int) -> Pooled:
    """Bound the moments of two groups together, over all that print as their printed moments.

    The variance of all is that within the groups and that between them; the bounds are rigorous,
    and a little wider than what can be reached.

    Raises
    ------
    ValueError
        If a string is not a number, an SD is negative, or a group smaller than one.

    Examples
    --------
    >>> pooled = pooled_moments("6.56", "2.6", 23, "7.41", "2.78", 31)
    >>> [round(end, 2) for end in (*pooled.mean, *pooled.sd)]
    [7.04, 7.06, 2.69, 2.76]
    """
    if min(n1, n0) < 1:
        raise ValueError(f"groups of {n1} and {n0} patients: each must have one or more")
    n = n1 + n0
    (low1, high1), (low0, high0) = (hull(mean, None, printed_interval) for mean in (mean1, mean0))
    (least1, most1), (least0, most0) = (hull(sd, None, sd_interval) for sd in (sd1, sd0))
    apart = max(0.0, low1 - high0, low0 - high1), max(high1 - low0, high0 - low1)
    sds = [
        sqrt(((n1 - 1) * s1**2 + (n0 - 1) * s0**2 + n1 * n0 / n * gap**2) / (n - 1))
        for s1, s0, gap in ((least1, least0, apart[0]), (most1, most0, apart[1]))
    ]
    means = [(n1 * m1 + n0 * m0) / n for m1, m0 in ((low1, low0), (high1, high0))]
    return Pooled((means[0], means[1]), (sds[0], sds[1]))
