"""Every usual test of one 2x2 table, and of a million of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, gammaln, xlog1py

from smallstats.conditional import TIES, ConditionalFamily
from smallstats.score_limits import mid_of_tails, n_minus_1_p, score_limits

#: The tests of a 2x2 table: each field of `TwoByTwo`, what it is called in a list of tests, and in
#: a note under a table.
TESTS: dict[str, tuple[str, str]] = {
    "pearson": ("Pearson", "Pearson chi-square"),
    "yates": ("Yates", "Yates chi-square"),
    "fisher": ("Fisher two-sided", "Fisher exact"),
    "fisher_less": ("Fisher one-sided lower", "Fisher exact, towards a smaller odds ratio"),
    "fisher_greater": ("Fisher one-sided higher", "Fisher exact, towards a larger odds ratio"),
    "mid_p": ("mid-p", "Fisher mid-p"),
    "likelihood_ratio": ("likelihood ratio", "likelihood ratio"),
}
P_VALUES = tuple(TESTS)
FEW = 100  # tables that are computed sooner than equal ones are found among them
CHUNK = 2**20  # cells of the working arrays: about 8 MB each

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class TwoByTwo:
    """One 2x2 table, ``a`` of ``n1`` against ``b`` of ``n0``, with its tests and effect sizes.

    Attributes
    ----------
    a, n1, b, n0
        The counts: `a` of the `n1` with the outcome and `b` of the `n0` without it.
    pearson, yates
        p of the chi-square test without and with continuity correction.
    fisher, fisher_less, fisher_greater
        p of Fisher's exact test, two-sided (tables no more probable than the observed one) and
        towards a smaller and a larger odds ratio.
    mid_p
        Two-sided Fisher p in which equally probable tables count half.
    likelihood_ratio
        p of the likelihood ratio test (G).
    odds_ratio
        Sample odds ratio ``a (n0 - b) / (b (n1 - a))``: infinite with a zero below, NaN when the
        table has an empty margin.
    conditional_odds_ratio
        Conditional maximum likelihood estimate, as R's ``fisher.test`` gives it.
    ci_low, ci_high
        Exact conditional 95% interval of the odds ratio; 0 or infinite with zero cells.
    risk_difference
        ``a / n1 - b / n0``.
    """

    a: int
    n1: int
    b: int
    n0: int
    pearson: float
    yates: float
    fisher: float
    fisher_less: float
    fisher_greater: float
    mid_p: float
    likelihood_ratio: float
    odds_ratio: float
    conditional_odds_ratio: float
    ci_low: float
    ci_high: float
    risk_difference: float

    @property
    def risk_ratio(self) -> float:
        """Return ``(a / n1) / (b / n0)``: infinite where `b` is 0, NaN where `a` is, too."""
        return (self.a * self.n0) / (self.b * self.n1) if self.b else np.inf if self.a else np.nan

    @property
    def n_minus_1(self) -> float:
        """Return p of the N-1 chi-square, with which `score_limits` agrees."""
        return float(n_minus_1_p(self.a, self.n1, self.b, self.n0)[0])

    @property
    def central_mid_p(self) -> float:
        """Return twice the smaller tail of Fisher's test, the observed table counted half."""
        return float(mid_of_tails(self.fisher_less, self.fisher_greater))

    def limits(self, measure: str = "odds ratio") -> tuple[float, float]:
        """Return the 95% score limits of a measure, as `smallstats.score_limits.score_limits`."""
        return score_limits(self.a, self.n1, self.b, self.n0, measure)

    def mid_p_limits(self) -> tuple[float, float]:
        """Return the 95% conditional limits of the odds ratio that agree with `central_mid_p`."""
        low, high = _family(self.a, self.n1, self.b, self.n0).interval(mid=True)
        return float(np.exp(low)), float(np.exp(high))

    @property
    def p_values(self) -> pd.Series[float]:
        """The p value of each test, indexed by its name."""
        return pd.Series({name: getattr(self, name) for name in P_VALUES}, name="p")


def two_by_two(a: int, n1: int, b: int, n0: int) -> TwoByTwo:
    """Test `a` of `n1` against `b` of `n0` by every usual method.

    A table with an empty margin (nobody or everybody exposed) agrees exactly with its own
    expectation: every p value is 1, both odds ratios are NaN and the interval is (0, infinity).

    Raises
    ------
    ValueError
        When a count is not a non-negative integer, exceeds its group, or a group is empty; all
        problems are named at once.

    References
    ----------
    Fisher RA. The logic of inductive inference. J R Stat Soc 1935;98:39-82.
    Yates F. Contingency tables involving small numbers. Suppl J R Stat Soc 1934;1:217-35.
    Lancaster HO. Significance tests in discrete distributions. J Am Stat Assoc 1961;56:223-34.

    Examples
    --------
    >>> table = two_by_two(7, 23, 1, 31)
    >>> round(table.fisher, 4), round(table.yates, 4), round(table.odds_ratio, 2)
    (0.0078, 0.0166, 13.12)
    """
    p = table_p_values(a, n1, b, n0).iloc[0]
    a, n1, b, n0 = int(a), int(n1), int(b), int(n0)
    family = _family(a, n1, b, n0)
    low, high = family.interval()
    return TwoByTwo(
        a=a,
        n1=n1,
        b=b,
        n0=n0,
        odds_ratio=sample_odds_ratio(a, n1, b, n0),
        conditional_odds_ratio=float(np.exp(family.estimate())),
        ci_low=float(np.exp(low)),
        ci_high=float(np.exp(high)),
        risk_difference=a / n1 - b / n0,
        **{str(name): float(value) for name, value in p.items()},
    )


def sample_odds_ratio(a: int, n1: int, b: int, n0: int) -> float:
    """Return the odds ratio of a table: infinite with a zero below, NaN with an empty margin."""
    product, cross_product = a * (n0 - b), b * (n1 - a)
    return product / cross_product if cross_product else np.inf if product else np.nan


def _family(a: int, n1: int, b: int, n0: int) -> ConditionalFamily:
    """Distribution of `a` where the margins are fixed."""
    m = a + b
    # at every coefficient that is sought, what is further off than this has no probability left:
    # the standard deviation is at most half the root of the smallest margin, the tails exponential
    reach = 1 + int(40 * min(n1, n0, m, n1 + n0 - m) ** 0.5)
    support = np.arange(max(0, m - n0, a - reach), min(m, n1, a + reach) + 1)
    log_count = _log_tables(support, *map(np.asarray, (n1, n0, m)))
    return ConditionalFamily(support.astype(float), log_count, float(a))


def table_p_values(a: ArrayLike, n1: ArrayLike, b: ArrayLike, n0: ArrayLike) -> pd.DataFrame:
    """Compute the p values of many 2x2 tables at once, each `a` of `n1` against `b` of `n0`.

    The arguments are broadcast against one another; of many, equal ones are computed once.

    Returns
    -------
    pandas.DataFrame
        One row a table, in the order given: `pearson`, `yates`, `fisher`, `fisher_less`,
        `fisher_greater`, `mid_p`, `likelihood_ratio`, as described in `TwoByTwo`.

    Raises
    ------
    ValueError
        As `two_by_two`, naming the first table with each problem.

    Examples
    --------
    >>> table_p_values([7, 11], 23, [1, 4], 31)[["pearson", "fisher"]].round(4)
       pearson  fisher
    0   0.0054  0.0078
    1   0.0046  0.0064
    """
    tables = _checked_tables(a, n1, b, n0)
    if not tables.size:
        return pd.DataFrame(columns=list(P_VALUES), index=pd.RangeIndex(0), dtype=float)
    counts: Counts = tables
    row: NDArray[Any] = np.arange(tables.shape[1])
    if len(row) > FEW:
        frame = pd.DataFrame(tables.T)
        counts = frame.drop_duplicates().to_numpy().T
        row = frame.groupby(list(frame), sort=False).ngroup().to_numpy()
    p = {**_chi_square_p(*counts), **_exact_p(*counts)}
    return pd.DataFrame({name: p[name][row] for name in P_VALUES})


def agreeing_p_values(a: ArrayLike, n1: ArrayLike, b: ArrayLike, n0: ArrayLike) -> pd.DataFrame:
    """Compute the p values that have limits which agree with them, of many 2x2 tables at once.

    Returns
    -------
    pandas.DataFrame
        A row a table: ``n_minus_1`` (chi-square times (N - 1) / N), ``central_mid_p`` (twice the
        smaller tail, the observed table counted half). 1 where nobody or everybody is exposed.

    Examples
    --------
    >>> agreeing_p_values(7, 23, 1, 31).round(4).to_dict("records")
    [{'n_minus_1': 0.0058, 'central_mid_p': 0.0082}]
    """
    fisher = table_p_values(a, n1, b, n0)
    mid = mid_of_tails(fisher["fisher_less"], fisher["fisher_greater"])
    return pd.DataFrame({"n_minus_1": n_minus_1_p(a, n1, b, n0), "central_mid_p": mid})


def _checked_tables(a: ArrayLike, n1: ArrayLike, b: ArrayLike, n0: ArrayLike) -> Counts:
    """Return the tables as four rows of counts."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(counts)) for counts in (a, n1, b, n0)))
    tables = {name: v.ravel() for name, v in zip(("a", "n1", "b", "n0"), arrays, strict=True)}
    whole = {name: v for name, v in tables.items() if v.dtype.kind in "iu" or not v.size}
    problems = [
        f"{name} must be a whole number, not {v.tolist()[0]!r}"
        for name, v in tables.items()
        if name not in whole
    ]
    rules = {f"{name} is negative": v < 0 for name, v in whole.items()}
    rules |= {f"{n} is zero: an empty group": whole[n] == 0 for n in ("n1", "n0") if n in whole}
    for part, group in (("a", "n1"), ("b", "n0")):
        if part in whole and group in whole:
            rules[f"{part} is larger than {group}"] = whole[part] > whole[group]
    for problem, broken in rules.items():
        if broken.any():
            at = int(broken.argmax())
            counts = ", ".join(f"{name}={v[at]}" for name, v in tables.items())
            problems.append(f"{problem} ({counts})")
    if problems:
        raise ValueError("not a 2x2 table: " + "; ".join(problems))
    return np.stack([v.astype(np.int64) for v in whole.values()])


def _chi_square_p(a: Counts, n1: Counts, b: Counts, n0: Counts) -> dict[str, Floats]:
    """Pearson, Yates and likelihood ratio; the statistic of an empty margin is 0."""
    n = (n1 + n0).astype(float)
    yes, no = (a + b) / n, (n - a - b) / n
    expected = np.stack([n1 * yes, n1 * no, n0 * yes, n0 * no])
    inverse = np.divide(1.0, expected, out=np.zeros_like(expected), where=expected > 0)
    excess = (a * n0.astype(float) - b * n1.astype(float)) / n  # observed - expected, cell a
    u = np.maximum(np.array([[1], [-1], [-1], [1]]) * excess * inverse, -1.0)
    g = 2 * (expected * (xlog1py(1 + u, u) - u)).sum(axis=0)  # precise near independence too
    pearson = excess**2 * inverse.sum(axis=0)
    yates = np.maximum(np.abs(excess) - 0.5, 0) ** 2 * inverse.sum(axis=0)
    statistics = {"pearson": pearson, "yates": yates, "likelihood_ratio": g}
    return {name: np.asarray(chdtrc(1, np.maximum(x, 0))) for name, x in statistics.items()}


def _exact_p(a: Counts, n1: Counts, b: Counts, n0: Counts) -> dict[str, Floats]:
    """Fisher's tests, some rows at a time: a row is a table, a column a possible value of `a`."""
    m = a + b
    lowest, highest = np.maximum(0, m - n0), np.minimum(m, n1)
    width = highest - lowest + 1
    out = {name: np.empty(len(a)) for name in ("fisher", "fisher_less", "fisher_greater", "mid_p")}
    pieces = 1 + len(a) * int(width.max()) // CHUNK
    for rows in np.array_split(np.argsort(width), min(pieces, len(a))):
        k = lowest[rows, None] + np.arange(width[rows].max())
        possible = k <= highest[rows, None]
        k = np.minimum(k, highest[rows, None])
        log_p = _log_tables(k, n1[rows, None], n0[rows, None], m[rows, None])
        p = np.where(possible, np.exp(log_p - log_p.max(axis=1, keepdims=True)), 0.0)
        p /= p.sum(axis=1, keepdims=True)
        observed = a[rows, None]
        limit = np.take_along_axis(p, observed - lowest[rows, None], axis=1)
        as_extreme = np.where(p <= limit * (1 + TIES), p, 0.0)
        tied = np.where(p >= limit / (1 + TIES), as_extreme, 0.0)
        out["fisher"][rows] = as_extreme.sum(axis=1)
        out["mid_p"][rows] = (as_extreme - tied / 2).sum(axis=1)
        out["fisher_less"][rows] = np.where(k <= observed, p, 0.0).sum(axis=1)
        out["fisher_greater"][rows] = np.where(k >= observed, p, 0.0).sum(axis=1)
    out["mid_p"][width == 1] = 1.0
    return {name: np.minimum(p, 1.0) for name, p in out.items()}


def _log_tables(k: Counts, n1: Counts, n0: Counts, m: Counts) -> Floats:
    """Logarithm of the number of tables with `k` of `n1`, given `m` of all, but for a constant."""
    cells = (k, n1 - k, m - k, n0 - m + k)
    n = np.max(n1 + n0)
    if 4 * k.size < n:
        return np.asarray(-sum(gammaln(cell + 1.0) for cell in cells))
    log_factorials = gammaln(np.arange(n + 1.0) + 1.0)  # each is looked up many times
    return np.asarray(-sum(log_factorials[cell] for cell in cells))
