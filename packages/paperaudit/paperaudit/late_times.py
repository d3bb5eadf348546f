"""What a printed mean and standard deviation of times leave for the late ones among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paperaudit.granularity import sd_bounds
from paperaudit.rounding import bounds

STEPS = 40  # means tried within what prints as the mean
HALVINGS = 30


@dataclass(frozen=True)
class LateTimes:
    """Bounds over all times that print as the mean and standard deviation.

    Attributes
    ----------
    shortest_most
        All late times can be as long as this at once, none of them shorter; not longer.
    longest_least, longest_most
        The longest time is between these.
    """

    shortest_most: float
    longest_least: float
    longest_most: float


def late_times(mean: str, sd: str, n: int, late: int, cutoff: float = 1.0) -> LateTimes:
    """Bound the times of the `late` among `n` patients.

    The late have `cutoff` or more, the others from 0 to `cutoff`. Each printed number may have been
    rounded or cut off.

    Parameters
    ----------
    mean, sd
        As printed (the divisor of the variance is n - 1).
    n, late
        Patients, and how many of them are late: one or more, not all.
    cutoff
        In the unit of the mean.

    Raises
    ------
    ValueError
        If no times agree with the numbers.

    Notes
    -----
    For times within bounds and of a given sum the sums of squares fill an interval, for the times
    form a connected set. Its ends are known: least where the late have as little as they may, most
    at a corner, where all but one of the times are at a bound.

    Examples
    --------
    >>> times = late_times("0.64", "0.88", 31, 4)
    >>> round(times.shortest_most, 1), round(times.longest_least, 1), round(times.longest_most, 1)
    (2.9, 2.6, 5.4)
    """
    if not 0 < late < n:
        raise ValueError(f"{late} late of {n}: some must be late, and not all")
    low, high = sd_bounds(sd)
    means = np.linspace(*bounds(mean), STEPS + 1)
    moments = [
        (n * m, (n - 1) * low**2 + n * m**2, (n - 1) * high**2 + n * m**2) for m in means if m >= 0
    ]

    def exist(shortest: float, longest: float) -> bool:
        """Whether late times within these bounds agree with the printed numbers."""
        return any(
            _meets(_squares(total, n, late, shortest, min(longest, total), cutoff), least, most)
            for total, least, most in moments
        )

    def exist_with(longest: float) -> bool:
        """Whether the longest time can be this."""
        rest = (n - 1, late - 1, cutoff, longest, cutoff)
        return any(
            _meets(_squares(total - longest, *rest), least - longest**2, most - longest**2)
            for total, least, most in moments
        )

    largest = float(max(means)) * n
    if not exist(cutoff, largest):
        raise ValueError(f"no {n} times, {late} of them late, have mean {mean} and SD {sd}")
    least = _edge(lambda longest: exist(cutoff, longest), largest, cutoff)
    return LateTimes(
        shortest_most=_edge(lambda shortest: exist(shortest, largest), cutoff, largest),
        longest_least=least,
        longest_most=_edge(exist_with, least, largest),
    )


def _squares(
    total: float, n: int, late: int, shortest: float, longest: float, cutoff: float
) -> tuple[float, float]:
    """Least and largest sum of squares of times with this sum; nothing where there are none."""
    others = n - late
    first = max(late * shortest, total - others * cutoff)  # the least that the late have in all
    last = min(late * longest, total)
    if first > last or longest < shortest:
        return np.inf, -np.inf
    least = first**2 / max(late, 1) + (total - first) ** 2 / others
    sums = np.array(
        [
            first,
            last,
            *(i * longest + (late - i) * shortest for i in range(late + 1)),
            *(total - i * cutoff for i in range(others + 1)),
        ]
    )
    sums = sums[(sums >= first) & (sums <= last)]
    most = _most(sums, late, shortest, longest) + _most(total - sums, others, 0.0, cutoff)
    return least, float(most.max())


def _most(total: np.ndarray, n: int, low: float, high: float) -> np.ndarray:
    """Largest sum of squares of n values from low to high with these sums: all at ends but one."""
    if high == low or not n:
        return n * low**2 + 0 * total
    at_high = np.clip(np.floor((total - n * low) / (high - low)), 0, n - 1)
    one = total - at_high * high - (n - 1 - at_high) * low
    return np.asarray(at_high * high**2 + (n - 1 - at_high) * low**2 + one**2)


def _meets(squares: tuple[float, float], least: float, most: float) -> bool:
    return squares[0] <= most and least <= squares[1]


def _edge(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """Halve the way from where a condition holds to where it does not."""
    if holds(outside):
        return outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside
