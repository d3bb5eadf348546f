"""The mean and standard deviation of all patients, from those of its groups."""

from dataclasses import dataclass
from math import sqrt

from paperaudit.granularity import sd_bounds
from paperaudit.group_tests import Summaries, squares_between
from paperaudit.rounding import bounds


@dataclass(frozen=True)
class Pooled:
    """Bounds of the mean and of the standard deviation of all patients."""

    mean: tuple[float, float]
    sd: tuple[float, float]


def pooled_moments(groups: Summaries) -> Pooled:
    """Bound the moments of groups together, over all that print as their printed moments.

    The mean is that of the groups weighted by their patients. The variance of all is that within
    the groups and that between them; the bounds are rigorous, and a little wider than what can be
    reached.

    Parameters
    ----------
    groups
        Mean and SD, as printed, and patients of each group.

    Raises
    ------
    ValueError
        If a string is not a number, an SD is negative, or a group smaller than one.

    Examples
    --------
    >>> pooled = pooled_moments([("6.56", "2.6", 23), ("7.41", "2.78", 31)])
    >>> [round(end, 2) for end in (*pooled.mean, *pooled.sd)]
    [7.04, 7.06, 2.69, 2.76]
    """
    sizes = [n for *_, n in groups]
    if min(sizes) < 1:
        words = " and ".join(map(str, sizes))
        raise ValueError(f"groups of {words} patients: each must have one or more")
    total = sum(sizes)
    means = [bounds(mean) for mean, _, _ in groups]
    sds = [sd_bounds(sd) for _, sd, _ in groups]
    between = squares_between(groups)
    mean, sd = ([], [])
    for end in (0, 1):
        mean.append(sum(n * m[end] for n, m in zip(sizes, means, strict=True)) / total)
        within = sum((n - 1) * s[end] ** 2 for n, s in zip(sizes, sds, strict=True))
        sd.append(sqrt((within + between[end]) / (total - 1)) if total > 1 else 0.0)
    return Pooled((mean[0], mean[1]), (sd[0], sd[1]))
