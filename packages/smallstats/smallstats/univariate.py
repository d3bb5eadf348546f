"""Comparing two groups variable by variable, every test named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from smallstats.columns import binary_values, check_columns, numeric_values, refuse
from smallstats.descriptive import (
    in_own_units,
    level_masks,
    mean_and_sd,
    quantiles,
    variable_kinds,
)
from smallstats.fourfold import TESTS as TESTS_2X2
from smallstats.fourfold import sample_odds_ratio, two_by_two
from smallstats.freeman_halton import fisher_rxc
from smallstats.ranks import rank_sum, trend_p
from smallstats.score_limits import n_minus_1_p, score_limits, usual_test

Floats = NDArray[np.float64]

BINARY_TESTS = {
    "n_minus_1": "N-1 chi-square",
    "central_mid_p": "mid-p (both tails)",
    **{k: TESTS_2X2[k][1] for k in ("pearson", "yates", "fisher", "mid_p", "likelihood_ratio")},
}
PEARSON_OR_FISHER = "pearson_fisher"  # Pearson's where every expected count is 5, else Fisher's
INTERVALS = {
    "n_minus_1": "95% score (Miettinen-Nurminen)",
    "central_mid_p": "95% mid-p conditional",
}
NUMBER_TESTS = {
    "welch": "Welch t",
    "student": "Student t (pooled)",
    "mann-whitney": "Mann-Whitney",
}
LEVEL_TESTS = {"pearson": BINARY_TESTS["pearson"], "fisher": "Fisher-Freeman-Halton exact"}
ORDINAL_TESTS = LEVEL_TESTS | {
    "trend": "trend (linear by linear, mid-ranks)",
    "cochran-armitage": "Cochran-Armitage trend",
}
COUNTS = ["n_with", "total_with", "n_without", "total_without"]
MOMENTS = ["mean_with", "sd_with", "mean_without", "sd_without"]
QUARTILES = [f"{q}_{end}" for end in ("with", "without") for q in ("median", "q1", "q3")]
MISSING = ["missing_with", "missing_without"]
RESULTS = ["test", "p", "effect", "estimate", "ci_low", "ci_high", "interval"]
TESTS: dict[str, dict[str, str]] = {
    "binary": BINARY_TESTS | {PEARSON_OR_FISHER: "Pearson chi-square or Fisher exact"},
    "number": NUMBER_TESTS,
    "category": LEVEL_TESTS,
    "ordinal": ORDINAL_TESTS,
}
SMALL_EXPECTED = 5
MANY = 2000  # patients beyond whom "auto" does not count the tables of more than two levels


@dataclass(frozen=True)
class TTest:
    """A t test of two means: `difference` is the first mean less the second, with 95% limits."""

    t: float
    df: float
    p: float
    difference: float
    ci_low: float
    ci_high: float


def t_test_from_summary(
    mean1: float,
    sd1: float,
    n1: int,
    mean0: float,
    sd0: float,
    n0: int,
    *,
    pooled: bool = True,
) -> TTest:
    """Two-sided t test from means, standard deviations (divisor n - 1) and group sizes.

    Parameters
    ----------
    mean1, sd1, n1, mean0, sd0, n0
        Summary of the two groups, each of two or more.
    pooled
        Student's test with one variance for both groups; else Welch's with its fractional
        degrees of freedom.

    Raises
    ------
    ValueError
        For a group of fewer than two, a negative or not finite value, or no variation at all.

    Examples
    --------
    >>> round(t_test_from_summary(1.0, 1.2, 23, 0.7, 0.9, 31).p, 3)
    0.298
    """
    named = {"mean1": mean1, "sd1": sd1, "mean0": mean0, "sd0": sd0}
    problems = [f"{name} is {v}" for name, v in named.items() if not np.isfinite(v)]
    problems += [f"{name} is negative" for name in ("sd1", "sd0") if named[name] < 0]
    problems += [
        f"{name} is {n}, fewer than two" for name, n in (("n1", n1), ("n0", n0)) if not n >= 2
    ]
    if sd1 == sd0 == 0:
        problems.append("there is no variation within either group")
    refuse(problems)
    unit = max(sd1, sd0)
    var1, var0 = (sd1 / unit) ** 2, (sd0 / unit) ** 2
    if pooled:
        df = float(n1 + n0 - 2)
        se = np.sqrt(((n1 - 1) * var1 + (n0 - 1) * var0) / df * (1 / n1 + 1 / n0))
    else:
        # Welch (1947): (v1/n1 + v0/n0)^2 / ((v1/n1)^2/(n1 - 1) + (v0/n0)^2/(n0 - 1))
        part1, part0 = var1 / n1, var0 / n0
        df = (part1 + part0) ** 2 / (part1**2 / (n1 - 1) + part0**2 / (n0 - 1))
        se = np.sqrt(part1 + part0)
    difference = mean1 - mean0
    with np.errstate(over="ignore", divide="ignore"):  # infinitely many standard errors: p is 0
        t = np.float64(difference) / unit / se
    half = stdtrit(df, 0.975) * se * unit
    p = 2 * stdtr(df, -abs(t))
    return TTest(*map(float, (t, df, p, difference, difference - half, difference + half)))


def compare_frame(
    frame: pd.DataFrame,
    outcome: str,
    variables: Sequence[str],
    *,
    labels: Mapping[str, str] | None = None,
    test: str | Mapping[str, str] = "auto",
) -> pd.DataFrame:
    """Compare patients with and without the outcome, variable by variable.

    Missing values are counted in their group and take no part in the test. A variable that does
    not vary is not tested, and `test` says so.

    Parameters
    ----------
    frame, outcome, variables
        One row a patient; the outcome is binary, without missing values.
    labels
        What to call the variables; by default their names.
    test
        For binary variables ``n_minus_1`` or ``central_mid_p``, whose intervals agree with
        them, ``pearson``, ``yates``, ``fisher``, ``mid_p``, ``likelihood_ratio``, or
        ``pearson_fisher`` (Pearson's test where every expected count is 5 or more, else Fisher's);
        for numbers ``welch`` (the default), ``student`` or ``mann-whitney`` (exact below 50 in
        each group without ties, else the normal approximation with continuity correction, as R);
        for more than two categories ``pearson`` or ``fisher`` (Freeman and Halton), if they are
        ordered also ``trend`` (mid-ranks as scores; their default) or ``cochran-armitage`` (levels
        equally far apart). ``auto`` takes, of a binary variable, the N-1 chi-square where every
        expected count is 1 or more and the mid-p elsewhere (`smallstats.score_limits` says why);
        of more categories Pearson's test where every expected count is 5 or more and Fisher's
        elsewhere, if the tables can be counted (where not, `test` says so). Variables that the
        test does not suit are tested by default. A mapping gives each variable its own; its keys
        ``binary``, ``category``, ``ordinal`` and ``number`` are for all variables of that kind
        which are not named themselves.

    Returns
    -------
    pandas.DataFrame
        One row a variable, one a level for more than two categories (the test of all levels
        repeated): `variable`, `label`, `level`, `kind`; `n_with`, `total_with`, `n_without`,
        `total_without` (NA counts `n` for numbers); `mean_with`, `sd_with`, `mean_without`,
        `sd_without`, `median_with`, `q1_with`, `q3_with`, `median_without`, `q1_without`,
        `q3_without` (numbers); `missing_with`, `missing_without`; `test`, `p`; `effect` (``odds
        ratio``: the sample's; ``mean difference``: with less without; ``median difference``:
        Hodges and Lehmann's, with the Mann-Whitney test), `estimate`, `ci_low`, `ci_high`,
        `interval` (the kind of interval).

    Raises
    ------
    ValueError
        Naming every problem: absent columns, kinds that cannot be compared, unknown tests, an
        outcome that is not binary, has one level or is missing for some patients.

    Examples
    --------
    >>> frame = pd.DataFrame({"ill": [1] * 4 + [0] * 4, "cough": [1, 1, 1, 0, 0, 0, 0, 1]})
    >>> compare_frame(frame, "ill", ["cough"])[["test", "estimate"]]
                 test  estimate
    0  N-1 chi-square       9.0
    """
    refuse(check_columns(frame, [outcome, *variables]))
    kinds = variable_kinds(frame, variables)
    questions = {
        name: "binary" if _two_levels(frame[name]) else kind for name, kind in kinds.items()
    }
    tests = _chosen_tests(test, questions)
    ill = outcome_groups(frame[outcome])
    rows = []
    for name, kind in kinds.items():
        compare = _compare_numbers if kind == "number" else _compare_counts
        missing = frame[name].isna().to_numpy()
        about = {
            "variable": name,
            "label": (labels or {}).get(name, name),
            "kind": kind,
            "missing_with": int((missing & ill).sum()),
            "missing_without": int((missing & ~ill).sum()),
        }
        rows += [about | row for row in compare(frame[name], ill, tests[name])]
    columns = ["variable", "label", "level", "kind", *COUNTS, *MOMENTS, *QUARTILES]
    columns += [*MISSING, *RESULTS]
    table = pd.DataFrame(rows, columns=columns)
    for name in COUNTS + MISSING:
        table[name] = table[name].astype("Int64")
    return table


def _two_levels(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) and len(column.cat.categories) == 2


def _chosen_tests(test: str | Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, str]:
    """Test of each variable; one for all leaves variables it does not suit at ``auto``."""
    suited = {name: ("auto", *TESTS[kind]) for name, kind in kinds.items()}
    if not isinstance(test, str):
        allowed_for = {kind: ("auto", *tests) for kind, tests in TESTS.items()} | suited
        refuse(
            [f"test names {name!r}, which is not compared" for name in test.keys() - allowed_for]
            + [
                f"test={given!r} of {name!r} is not one of "
                + ", ".join(map(repr, allowed_for[name]))
                for name, given in test.items()
                if name in allowed_for and given not in allowed_for[name]
            ]
        )
        return {name: test.get(name, test.get(kind, "auto")) for name, kind in kinds.items()}
    allowed = dict.fromkeys(["auto", *(t for tests in TESTS.values() for t in tests)])
    if test not in allowed:
        refuse([f"test={test!r} is not one of {', '.join(map(repr, allowed))}"])
    return {name: test if test in suited[name] else "auto" for name in kinds}


def outcome_groups(column: pd.Series) -> NDArray[np.bool_]:
    """Who has the outcome.

    Raises
    ------
    ValueError
        When the outcome is not binary, is missing for anybody or is the same for everybody.
    """
    values = binary_values(column, role="outcome")
    missing = int(np.isnan(values).sum())
    if missing:
        raise ValueError(f"outcome {column.name!r} is missing for {missing} of {len(values)} rows")
    if not 0 < values.sum() < len(values):
        raise ValueError(f"outcome {column.name!r} has one level or none in {len(values)} rows")
    return np.asarray(values == 1)


def _compare_counts(
    column: pd.Series, ill: NDArray[np.bool_], test: str
) -> list[dict[str, object]]:
    present, levels = level_masks(column)
    n1 = int((present & ill).sum())
    n0 = int(present.sum()) - n1
    rows: list[dict[str, object]] = [
        {
            "level": level,
            "n_with": (n_with := int((held & ill).sum())),
            "total_with": n1,
            "n_without": int(held.sum()) - n_with,
            "total_without": n0,
        }
        for level, held in levels.items()
    ]
    counts = np.array([[row["n_with"], row["n_without"]] for row in rows])
    if len(rows) != 1:
        tested = _compare_levels(column, ill, counts, test)
        return [row | tested for row in rows]
    a, b = map(int, counts[0])
    rarer = min(a + b, n1 + n0 - a - b)
    if not rarer or not n1 or not n0:
        return [rows[0] | _untested("constant" if n1 and n0 else "no values in a group")]
    if test == "auto":
        test = usual_test(a, n1, b, n0)
    elif test == PEARSON_OR_FISHER:
        test = "pearson" if min(n1, n0) * rarer / (n1 + n0) >= SMALL_EXPECTED else "fisher"
    if test == "n_minus_1":  # for which the possible tables need not be counted
        p = float(n_minus_1_p(a, n1, b, n0)[0])
        low, high = score_limits(a, n1, b, n0, "odds ratio")
    else:
        table = two_by_two(a, n1, b, n0)
        p, low, high = getattr(table, test), table.ci_low, table.ci_high
        if test == "central_mid_p":
            low, high = table.mid_p_limits()
    return [
        rows[0]
        | {
            "test": BINARY_TESTS[test],
            "p": p,
            "effect": "odds ratio",
            "estimate": sample_odds_ratio(a, n1, b, n0),
            "ci_low": low,
            "ci_high": high,
            "interval": INTERVALS.get(test, "95% exact conditional"),
        }
    ]


def _compare_levels(
    column: pd.Series, ill: NDArray[np.bool_], counts: NDArray[np.int_], test: str
) -> dict[str, object]:
    """Test a table with a row for each of the levels and a column for each group."""
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < 2 or not counts.sum(axis=0).all():
        return _untested("constant" if len(counts) == 1 else "no values in a group")
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    small, note = expected.min() < SMALL_EXPECTED, ""
    asked = test
    if test == "auto":
        countable = small and counts.sum() <= MANY
        test = "trend" if column.cat.ordered else "fisher" if countable else "pearson"
    p = np.nan
    if test == "fisher":
        try:
            p = fisher_rxc(counts)
        except ValueError as error:
            refuse([f"{column.name!r}: {error}"] * (asked == "fisher"))
            test = "pearson"
    if test == "pearson":
        note = " (expected counts below 5)" if small else ""
        p = float(chdtrc(len(counts) - 1, ((counts - expected) ** 2 / expected).sum()))
    elif test != "fisher":
        codes = column.cat.codes.to_numpy()
        held = codes >= 0
        p = trend_p(codes[held].astype(float), ill[held], ranks=test == "trend")
    return {"test": ORDINAL_TESTS[test] + note, "p": p, "effect": "", "interval": ""}


def _compare_numbers(
    column: pd.Series, ill: NDArray[np.bool_], test: str
) -> list[dict[str, object]]:
    values = numeric_values(column)
    present = ~np.isnan(values)
    groups = [values[present & who] for who in (ill, ~ill)]
    (mean1, sd1), (mean0, sd0) = map(mean_and_sd, groups)
    n1, n0 = map(len, groups)
    quartiles = [q for group in groups for q in quantiles(group, [0.5, 0.25, 0.75])]
    row: dict[str, object] = {
        "level": "",
        "total_with": n1,
        "total_without": n0,
        "mean_with": mean1,
        "sd_with": sd1,
        "mean_without": mean0,
        "sd_without": sd0,
        **dict(zip(QUARTILES, quartiles, strict=True)),
    }
    if min(n1, n0) < 2:
        return [row | _untested("fewer than two values in a group")]
    constant = len({end for g in groups for end in (g.min(), g.max())}) == 1
    if constant or (test != "mann-whitney" and all(g.min() == g.max() for g in groups)):
        return [row | _untested("constant" if constant else "constant within each group")]
    if test == "mann-whitney":
        ranked = rank_sum(*groups)
        note = "exact" if ranked.exact else "normal approximation, corrected"
        return [
            row
            | {
                "test": f"{NUMBER_TESTS[test]} ({note})",
                "p": ranked.p,
                "effect": "median difference",
                "estimate": ranked.shift,
                "ci_low": ranked.ci_low,
                "ci_high": ranked.ci_high,
                "interval": "95% Hodges-Lehmann",
            }
        ]
    kind = "student" if test == "student" else "welch"
    # the means of both as they are before a digit of their difference is lost
    v, _, exponent = in_own_units(np.concatenate(groups))
    one, other = mean_and_sd(v[:n1]), mean_and_sd(v[n1:])
    result = t_test_from_summary(*one, n1, *other, n0, pooled=kind == "student")
    return [
        row
        | {
            "test": NUMBER_TESTS[kind],
            "p": result.p,
            "effect": "mean difference",
            "estimate": float(np.ldexp(result.difference, exponent)),
            "ci_low": float(np.ldexp(result.ci_low, exponent)),
            "ci_high": float(np.ldexp(result.ci_high, exponent)),
            "interval": f"95% {NUMBER_TESTS[kind]}",
        }
    ]


def _untested(reason: str) -> dict[str, object]:
    return {"test": f"not tested ({reason})", "effect": "", "interval": ""}
