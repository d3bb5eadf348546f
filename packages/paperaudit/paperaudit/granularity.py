"""GRIM, GRIMMER and DEBIT: can whole items have the printed mean and standard deviation.

Ages in whole years, or counts, can have few sums; a printed mean that no sum gives, or a printed
standard deviation that no sum of squares gives, needs an explanation. All arithmetic is exact.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from paperaudit.record import Record
from paperaudit.rounding import (
    RULES,
    Interval,
    Rule,
    is_bound,
    printed_decimals,
    printed_interval,
    printed_value,
)


@dataclass(frozen=True)
class Grim:
    """The whole sums that print as a mean.

    Attributes
    ----------
    totals
        Every sum, in items, whose mean prints as printed; often one, empty if there is none.
    chance
        Share of all numbers of these decimals that pass the test: at 1 it says nothing.
    """

    totals: range
    chance: float

    @property
    def consistent(self) -> bool:
        """Whether any data of this granularity have the printed mean."""
        return len(self.totals) > 0


@dataclass(frozen=True)
class Grimmer:
    """Whole values that print as a mean with its standard deviation.

    Attributes
    ----------
    mean_consistent
        Whether the mean passes by itself, as `grim`.
    total, squares
        A sum, in items, and a sum of squares that print as printed and that whole values have;
        None if there are none.
    """

    mean_consistent: bool
    total: int | None
    squares: int | None

    @property
    def consistent(self) -> bool:
        """Whether any data of this granularity have both printed numbers."""
        return self.total is not None


@dataclass(frozen=True)
class Debit:
    """The `counts` of Yes that print as a proportion with its standard deviation."""

    counts: tuple[int, ...]

    @property
    def consistent(self) -> bool:
        """Whether any binary data have both printed numbers."""
        return bool(self.counts)


def grim(
    mean: str, n: int, *, granularity: int | float | Fraction = 1, rule: Rule = "half up"
) -> Grim:
    """Find the sums of `n` values, each a whole number of items, whose mean prints as `mean`.

    Parameters
    ----------
    mean
        As printed.
    n
        How many values were averaged.
    granularity
        Items in a printed unit: 1 for whole years, 12 for whole months in a mean in years. Days in
        years are 365.25, an exact fraction here although no year has a quarter of a day: a paper
        that divided by 365, or counted birthdays, has slightly other means.
    rule
        How the mean was shortened.

    Raises
    ------
    ValueError
        If `n` is below 1, the granularity not positive or the mean no number.

    Notes
    -----
    False alarms: the data may have been finer than declared (an age kept in months), weighted or
    imputed, or `n` smaller because values are missing. With ``n * granularity`` of ``10**decimals``
    or more every mean passes, so that days never tell and months seldom do; see `Grim.chance`.

    References
    ----------
    Brown NJL, Heathers JAJ. The GRIM test. Soc Psychol Personal Sci 2017;8:363-9.

    Examples
    --------
    >>> grim("6.56", 23, rule="truncated")
    Grim(totals=range(151, 152), chance=0.23)
    >>> grim("6.56", 23).consistent
    False
    """
    items = _items(n, granularity, least=1)
    chance = min(1.0, float(items / 10 ** printed_decimals(mean)))
    return Grim(_whole(printed_interval(mean, rule), items), chance)


def grimmer(
    mean: str,
    sd: str,
    n: int,
    *,
    granularity: int | float | Fraction = 1,
    rule: Rule = "half up",
    sd_rule: Rule | None = None,
) -> Grimmer:
    """Find whole values whose mean and standard deviation (divisor n - 1) print as printed.

    Parameters
    ----------
    mean, sd
        As printed.
    n, granularity, rule
        As in `grim`.
    sd_rule
        How the standard deviation was shortened; by default as the mean.

    Raises
    ------
    ValueError
        If `n` is below 2, the granularity not positive, a string no number or the standard
        deviation negative.

    Notes
    -----
    False alarms: as `grim`, and a standard deviation with divisor `n`. Published forms of the test
    also reject data that exist; this one asks for the integers themselves (`integers_exist`).
    They may lie anywhere, so that an impossible spread of values known to be positive can pass.

    References
    ----------
    Anaya J. The GRIMMER test. PeerJ Preprints 2016;4:e2400v1.
    Allard A. Analytic-GRIMMER: a new way of testing the possibility of standard deviations. 2018.

    Examples
    --------
    >>> grimmer("6.56", "2.6", 23, rule="truncated", sd_rule="half up")
    Grimmer(mean_consistent=True, total=151, squares=1135)
    """
    items = _items(n, granularity, least=2)
    totals = grim(mean, n, granularity=granularity, rule=rule).totals
    variance = _squared(sd, sd_rule or rule)
    scale = (n - 1) * (items / n) ** 2  # of a variance in units, to squared deviations in items
    for total in totals:
        least = Fraction(total**2, n)
        around = replace(
            variance, low=variance.low * scale + least, high=variance.high * scale + least
        )
        for squares in _whole(around):
            if integers_exist(n, total, squares):
                return Grimmer(True, total, squares)
    return Grimmer(bool(totals), None, None)


def debit(
    mean: str, sd: str, n: int, *, rule: Rule = "half up", sd_rule: Rule | None = None
) -> Debit:
    """Find the counts of Yes among `n` whose proportion and standard deviation print as printed.

    Parameters
    ----------
    mean, sd, n, rule, sd_rule
        As in `grimmer`; the mean is a proportion from 0 to 1.

    Raises
    ------
    ValueError
        If `n` is below 2, a string is not a number or the standard deviation negative.

    Notes
    -----
    False alarms: as `grimmer`. Values that are not 0 and 1 (1 and 2, say) are not binary here.

    References
    ----------
    Heathers JAJ, Brown NJL. DEBIT: a simple consistency test for binary data. 2019, osf.io/5vb3u.

    Examples
    --------
    >>> debit("0.30", "0.47", 23)
    Debit(counts=(7,))
    >>> debit("0.30", "0.49", 23).consistent
    False
    """
    _items(n, 1, least=2)
    variance = _squared(sd, sd_rule or rule)
    return Debit(
        tuple(
            count
            for count in grim(mean, n, rule=rule).totals
            if 0 <= count <= n and Fraction(count * (n - count), n * (n - 1)) in variance
        )
    )


def grim_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Hold the printed means of groups, and their SDs, against whole items, by both habits.

    Whether the values were whole is not asked here: if nobody says so, what comes out is a reading.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a mean of a group: ``item``, ``group``, ``n``, ``mean`` and ``sd`` as printed;
        ``rounded`` and ``truncated``, whether it is the mean of ``n`` whole items rounded or cut
        off; ``total``, a sum that gives it; ``chance``, the share of all means of these decimals
        that pass by one habit (at 1 passing says nothing); ``sd_rounded`` and ``sd_truncated``,
        whether whole items with such a mean can have the SD, rounded or cut off.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> found = grim_claims(load_claims(example_ledger()))
    >>> telling = found.loc[found["chance"] < 1, ["mean", "rounded", "truncated", "total"]]
    >>> telling.head(2).to_numpy().tolist()
    [['9.21', True, True, 129], ['7.31', False, True, 161]]
    """
    record, rows = Record(claims), []
    of_groups = record.own["group"].isin(list(record.groups.sizes))
    for claim in record.own[(record.own["statistic"] == "mean") & of_groups].itertuples():
        item, group, mean = str(claim.item), str(claim.group), str(claim.printed)
        n, sd = record.size(item, group), record.find(item, group, "sd", claim.location)
        if is_bound(mean) or n < 1:
            continue
        rounded, cut = grim(mean, n), grim(mean, n, rule="truncated")
        totals = [*cut.totals, *rounded.totals]
        rows.append(
            {
                "item": item, "group": group, "n": n, "mean": mean, "sd": sd,
                "rounded": rounded.consistent,
                "truncated": cut.consistent,
                "total": totals[0] if totals else None,
                "chance": cut.chance,
                "sd_rounded": _any_sd(mean, sd, n, "half up"),
                "sd_truncated": _any_sd(mean, sd, n, "truncated"),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _any_sd(mean: str, sd: str, n: int, rule: Rule) -> bool:
    """Whether whole items can have the SD shortened by a rule, with the mean by either."""
    if not sd or is_bound(sd) or n < 2 or printed_value(sd) < 0:
        return False
    means: tuple[Rule, Rule] = ("half up", "truncated")
    return any(grimmer(mean, sd, n, rule=each, sd_rule=rule).consistent for each in means)


def integers_exist(n: int, total: int, squares: int) -> bool:
    """Say whether `n` integers have the sum `total` and the sum of squares `squares`.

    Notes
    -----
    The two sums have the same parity, and the squares are least for the most even values.

    - Five or more: that is all. One of them can be chosen so that the other four have an odd sum
      ``b`` and an odd sum of squares ``a`` with ``4a >= b**2``; ``4a - b**2`` is 3 modulo 8, hence
      a sum of three odd squares u, v, w (Gauss), and (b ± u ± v ± w) / 4, with an even number of
      minus signs and w of the right sign, are the four (Cauchy). More than five: shift all values
      by an integer until the total is from 0 to n - 1, and add zeros to a solution for five.
    - Four: exactly if ``4 * squares - total**2`` is a sum of three squares (Legendre: not
      ``4**k * (8m + 7)``).
    - Two: exactly if ``2 * squares - total**2`` is a square. Three: if this holds for what any
      third value leaves.

    References
    ----------
    Nathanson MB. A short proof of Cauchy's polygonal number theorem. Proc Am Math Soc
    1987;99:22-4.

    Examples
    --------
    >>> [q for q in range(12) if integers_exist(3, 0, q)]
    [0, 2, 6, 8]
    >>> [q for q in range(12) if integers_exist(5, 0, q)]
    [0, 2, 4, 6, 8, 10]
    """
    share, extra = divmod(total, n)
    if (squares - total) % 2 or squares < n * share**2 + extra * (2 * share + 1):
        return False
    if n == 1:
        return squares == total**2
    if n == 2:
        return math.isqrt(left := 2 * squares - total**2) ** 2 == left
    if n == 3:
        reach = math.isqrt(6 * squares - 2 * total**2) + 1
        third = range((total - reach) // 3, (total + reach) // 3 + 1)
        return any(integers_exist(2, total - x, squares - x**2) for x in third)
    if n == 4:
        left = 4 * squares - total**2
        while left and left % 4 == 0:
            left //= 4
        return left % 8 != 7
    return True


def sd_interval(printed: str, rule: Rule) -> Interval:
    """Return the interval of a printed standard deviation, which is not below 0.

    Raises
    ------
    ValueError
        If it is negative, or no number.

    Examples
    --------
    >>> sd_interval("0.0", "half up")
    Interval(low=Fraction(0, 1), high=Fraction(1, 20), closed_low=True, closed_high=False)
    """
    interval = printed_interval(printed, rule)
    if interval.high <= 0:
        raise ValueError(f"a standard deviation of {printed!r} is negative")
    return replace(interval, low=Fraction(0), closed_low=True) if interval.low < 0 else interval


def sd_bounds(printed: str, rules: Sequence[Rule] = RULES) -> tuple[float, float]:
    """Bound all standard deviations that print as printed under some rule."""
    intervals = [sd_interval(printed, rule) for rule in rules]
    return float(min(i.low for i in intervals)), float(max(i.high for i in intervals))


def _items(n: int, granularity: int | float | Fraction, *, least: int) -> Fraction:
    """Items in `n` units, exactly."""
    if n < least or not 0 < granularity < math.inf:
        raise ValueError(
            f"n={n!r} and granularity={granularity!r}: n must be {least} or more, "
            "the granularity positive"
        )
    return n * Fraction(granularity)


def _whole(interval: Interval, items: Fraction = Fraction(1)) -> range:
    """Every whole number that, divided by `items`, lies in the interval."""
    least, most = math.ceil(interval.low * items), math.floor(interval.high * items)
    least += least / items not in interval
    most -= most / items not in interval
    return range(least, most + 1)


def _squared(sd: str, rule: Rule) -> Interval:
    """Interval of the variance behind a printed standard deviation."""
    spread = sd_interval(sd, rule)
    return Interval(spread.low**2, spread.high**2, spread.closed_low, spread.closed_high)
