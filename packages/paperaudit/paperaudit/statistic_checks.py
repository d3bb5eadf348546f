"""Checks of statistics other than counts, means and ratios: each of strings, as printed.

A check takes what is printed beside a number and says whether it agrees, or None if too little is
printed. Only what is arithmetic is an objection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from scipy.special import ndtr, stdtr

from paperaudit.adjustment import DIFFERENCES, LIMITS, RATIOS
from paperaudit.granularity import sd_bounds
from paperaudit.interval_checks import (
    check_difference,
    difference_intervals,
    mean_half_widths,
    predictive_interval,
    proportion_intervals,
)
from paperaudit.noted import FREEDOM, OF_T, OTHER_LIMITS, PAIRED
from paperaudit.number_checks import FEW, habits_within, match_value
from paperaudit.printed_beside import TESTS, Beside, Check, Outcome
from paperaudit.reported_tests import check_statistic
from paperaudit.rounding import bounds, counts_that_print, is_bound, printed_value
from paperaudit.spreads import check_spread
from paperaudit.verdict import p_text

#: What of a diagnostic table is a share of what.
SHARES = {
    "sensitivity": (("true_positive",), ("true_positive", "false_negative")),
    "specificity": (("true_negative",), ("true_negative", "false_positive")),
    "ppv": (("true_positive",), ("true_positive", "false_positive")),
    "npv": (("true_negative",), ("true_negative", "false_negative")),
    "accuracy": (
        ("true_positive", "true_negative"),
        ("true_positive", "true_negative", "false_positive", "false_negative"),
    ),
}
SCALES = (1, 10, 100, 1000, 10_000, 100_000)


def statistic_with_p(see: Beside) -> Outcome | None:
    """Hold a p against the statistic beside it, with its degrees of freedom or those it must have.

    Degrees of freedom that are not printed follow from the groups: of a t test between those of
    Welch's and of Student's, of a table from its levels and groups.
    """
    kind = next((name for name in TESTS if see.has(name)), "")
    if not kind or not see.has("p"):
        return None
    name = "chi2" if kind == "log_rank" else kind
    printed = see.printed.get("df1") or see.printed.get("df", ""), see.printed.get("df2", "")
    noted = FREEDOM.search(see.note)
    if noted and not printed[0]:
        printed = noted[1], noted[2] or ""
    complete = name == "z" or bool(printed[0] and (name != "f" or printed[1]))
    parts = [kind, "p"]
    if complete and name != "z" and see.has("df1" if see.has("df1") else "df"):
        parts += ["df1" if see.has("df1") else "df", *(["df2"] if printed[1] else [])]
    one_sided = "one-sided" in see.note or "one-tailed" in see.note
    checks = [
        (df, check_statistic(name, see.printed[kind], see.printed["p"], *df, one_sided=one_sided))
        for df in ([printed] if complete else _freedom(kind, see))
    ]
    if not checks:
        return None
    (df1, df2), best = next((pair for pair in checks if pair[1].rules), checks[0])
    ends = [p_text(end) for end in best.p_range]
    computed = f"p {p_text(best.computed)}, between {ends[0]} and {ends[1]}"
    freedom = f" with {df1}{' and ' + df2 if df2 else ''} df" if name != "z" else ""
    how = f"the p of {NAMES.get(kind, kind)}{freedom}"
    if not best.possible:
        why = "a slip is likely: no data can have such a statistic"
        return Outcome(False, "", how, tuple(parts), why)
    other = best.halved and not one_sided
    why = "half of the p of two sides: a test of one side would explain it" if other else (
        "a correction for several tests, or other degrees of freedom, would explain it"
    )  # fmt: skip
    cut = best.rules == ("truncated",)
    return Outcome(bool(best.rules), computed, how, tuple(parts), why, other, cut, best.p_range)


def _freedom(kind: str, see: Beside) -> list[tuple[str, str]]:
    """List the degrees of freedom that a statistic can have, from the patients and groups."""
    sizes = [n for _, n in see.groups if n > 1]
    groups = len(sizes)
    if kind == "correlation" and see.n > 2:
        return [(str(see.n - 2), "")]
    if groups < 2 or groups < len(see.groups):
        return []
    if kind == "t" and groups == 2:
        return [(str(sum(sizes) - 2), ""), (str(min(sizes) - 1), "")]
    if kind == "f":
        return [(str(groups - 1), str(sum(sizes) - groups))]
    if kind in ("chi2", "log_rank"):
        return [(str((groups - 1) * (see.levels - 1 if kind == "chi2" else 1)), "")]
    return []


NAMES = {"f": "F", "chi2": "chi-square", "q": "Q", "correlation": "a correlation",
         "log_rank": "a log-rank test"}  # fmt: skip


def difference(see: Beside) -> Outcome | None:
    """Hold a difference against its limits, and its p against them."""
    kind = next((name for name in (*DIFFERENCES, "coefficient") if see.has(name)), "")
    if not kind or not see.has(*LIMITS) or (kind == "coefficient" and _ratio(see)):
        return None
    estimate, low, high = (see.printed[name] for name in (kind, *LIMITS))
    if any(map(is_bound, (estimate, low, high))):
        return None
    p = see.printed.get("p", "") if not any(see.has(test) for test in TESTS) else ""
    paired = PAIRED.search(see.note)
    if kind == "median_difference" or see.shares or OTHER_LIMITS.search(see.note) or paired:
        p = ""  # it is of ranks, of the counts, or of another distribution
    sizes = [n for _, n in see.groups]
    df = sum(sizes) - 2 if len(sizes) == 2 and min(sizes) > 1 else None
    if OF_T.search(see.note) and (df is None or "imput" in see.note or "Rubin" in see.note):
        df = FEW
    check = check_difference(estimate, low, high, p, level=see.level, df=df)
    parts = (kind, *LIMITS, *(("p",) if p else ()))
    computed = f"p from {p_text(check.p_range[0])} to {p_text(check.p_range[1])}" if p else ""
    how = "limits as far below as above"
    if not check.inside:
        why = "a slip, or limits of another number, is likely: it lies outside its own limits"
        return Outcome(False, "", "order", parts[:3], why)
    if not check.symmetric:
        if kind in ("risk_difference", "median_difference") or OTHER_LIMITS.search(see.note):
            return Outcome(True, "", "order", parts[:3])
        why = "a bootstrap, or limits that were computed on another scale, would explain it"
        return Outcome(False, _middle(low, high), how, parts[:3], why)
    why = "a p of another test than the limits are of would explain it"
    if check.p_rules == ():  # the difference and its limits agree: only the p is in question
        return Outcome(False, computed, how, ("p",), why, p_range=check.p_range)
    return Outcome(True, computed, how, parts, why, p_range=check.p_range if p else None)


def _middle(low: str, high: str) -> str:
    """Say what lies in the middle of two printed limits."""
    ends = [sum(pair) / 2 for pair in zip(bounds(low), bounds(high), strict=True)]
    return f"limits around {ends[0]:.4g} to {ends[1]:.4g}"


def difference_of_groups(see: Beside) -> Outcome | None:
    """Hold a difference against the means or shares of the two groups."""
    if len(see.groups) != 2:
        return None
    (first, n1), (second, n0) = see.groups
    if see.has("mean_difference") and first.get("mean") and second.get("mean"):
        one, two = bounds(first["mean"]), bounds(second["mean"])
        spans = [(one[0] - two[1], one[1] - two[0])]
        kind: str = "mean_difference"
        factor: tuple[float, ...] = (1.0,)
    elif see.has("risk_difference") and first.get("n") and second.get("n") and n1 and n0:
        share = [float(printed_value(group["n"]) / n) for group, n in ((first, n1), (second, n0))]
        spans = [(share[0] - share[1], share[0] - share[1])]
        kind, factor = "risk_difference", (1.0, 100.0)
    else:
        return None
    printed = bounds(see.printed[kind])
    tried = [(low * f, high * f) for (low, high), f in product(spans, factor)]
    tried += [(-high, -low) for low, high in tried]
    fits = any(low <= printed[1] and printed[0] <= high for low, high in tried)
    computed = " or ".join(f"{low:.4g} to {high:.4g}" for low, high in tried[: len(factor)])
    why = "an adjusted difference, or patients with missing values, would explain it"
    return Outcome(fits, computed, "the difference of the groups", (kind,), why)


def standardised_difference(see: Beside) -> Outcome | None:
    """Hold a standardised difference against the means and SDs, or the shares, of two groups.

    By the mean of the two variances, the pooled one, or with Hedges' correction of that.
    """
    if not see.has("smd") or len(see.groups) != 2 or see.levels > 2:
        return None
    (first, n1), (second, n0) = see.groups
    if n1 + n0 < FEW or min(n1, n0) < 2:
        return None
    if all(group.get("mean") and group.get("sd") for group, _ in see.groups):
        one, two = bounds(first["mean"]), bounds(second["mean"])
        spreads = [[sd_bounds(group["sd"])[end] for group in (first, second)] for end in (0, 1)]
    elif len(see.shares) == 2 and "mean" not in first:
        shares = [n / size for n, size in see.shares]
        one, two = ((share, share) for share in shares)
        spreads = [[math.sqrt(share * (1 - share)) for share in shares]] * 2
    else:
        return None
    least = max(0.0, one[0] - two[1], two[0] - one[1])
    most = max(one[1] - two[0], two[1] - one[0])
    small = 1 - 3 / (4 * (n1 + n0) - 9)
    weights = {"the mean of the variances": (1, 1, 1.0), "the pooled SD": (n1 - 1, n0 - 1, 1.0),
               "Hedges' g": (n1 - 1, n0 - 1, small)}  # fmt: skip
    spans = {}
    for name, (w1, w0, factor) in weights.items():
        low, high = (math.sqrt((w1 * a * a + w0 * b * b) / (w1 + w0)) for a, b in spreads)
        if low > 0:
            spans[name] = factor * least / high, factor * most / low
    if not spans:
        return None
    printed = see.printed["smd"].lstrip("-−+ ")
    fits = [
        name
        for name, (low, high) in spans.items()
        if any(habits_within(printed, scale * low, scale * high) for scale in (1, 100))
    ]
    low, high = next(iter(spans.values()))
    how = f"the standardised difference by {next(iter(fits or spans))}"
    why = "weights or matching, another SD, or patients with missing values, would explain it"
    return Outcome(bool(fits), f"{low:.4g} to {high:.4g}", how, ("smd",), why)


def interval_of_a_difference(see: Beside) -> Outcome | None:
    """Hold the limits of a risk difference against the counts of the groups, by usual methods.

    Only a limit beside one that a method gives is objected to: others may be adjusted.
    """
    if not see.has("risk_difference", *LIMITS) or len(see.shares) != 2:
        return None
    if PAIRED.search(see.note):
        return None
    (a, n1), (b, n0) = see.shares
    best: set[str] = set()
    method = computed = ""
    for name, span in difference_intervals(a, n1, b, n0, see.level).items():
        for factor in (100.0, 1.0, -100.0, -1.0):
            low, high = sorted(factor * end for end in span)
            hits = _limits_that_print(see, (low, high))
            if len(hits) > len(best):
                best, method, computed = hits, name, f"{low:.4g} to {high:.4g}"
    if not best:
        return None
    if len(best) == 2:
        return Outcome(True, computed, method, ("risk_difference", *LIMITS))
    wrong = tuple(part for part in LIMITS if part not in best)
    why = "a slip in this limit, or limits of another method, would explain it"
    return Outcome(False, computed, method, wrong, why)


def _limits_that_print(see: Beside, span: tuple[float, float]) -> set[str]:
    """Name the limits that print as computed."""
    ends = zip(LIMITS, span, strict=True)
    return {part for part, end in ends if habits_within(see.printed[part], end, end)}


def known_and_missing(see: Beside) -> Outcome | None:
    """Hold the patients in whom something is not known against the others and the group."""
    if not see.has("missing") or not see.n or not see.group_size:
        return None
    missing = int(printed_value(see.printed["missing"]))
    fits = see.n + missing == see.group_size
    why = f"{see.n} with data and {missing} without are not {see.group_size}"
    return Outcome(fits, str(see.group_size - see.n), "patients without data", ("missing",), why)


def interval_of_a_mean(see: Beside) -> Outcome | None:
    """Hold the limits of a mean against it, and against its SD and patients."""
    if not see.has("mean", *LIMITS):
        return None
    mean, lower, upper = (see.printed[name] for name in ("mean", *LIMITS))
    if any(map(is_bound, (mean, lower, upper))):
        return None
    check = check_difference(mean, lower, upper, level=see.level)
    parts = ("mean", *LIMITS)
    if not check.inside:
        return Outcome(
            False, "", "order", parts, "a slip is likely: the mean is outside its limits"
        )
    if not check.symmetric:
        why = "limits of a geometric mean, a bootstrap, or quartiles would explain it"
        how = "limits as far below as above"
        return Outcome(False, _middle(lower, upper), how, parts, why)
    if not see.has("sd") or see.n < 2 or is_bound(see.printed["sd"]):
        return Outcome(True, "", "limits as far below as above", parts)
    low, high = bounds(lower), bounds(upper)
    half = (high[0] - low[1]) / 2, (high[1] - low[0]) / 2
    widths = mean_half_widths(see.printed["sd"], see.n, see.level)
    fits = [name for name, span in widths.items() if span[0] <= half[1] and half[0] <= span[1]]
    own = [name for name in fits if name.endswith("interval")]
    expected = widths["t interval"]
    computed = f"half as wide as {expected[0]:.4g} to {expected[1]:.4g}"
    why = f"the limits are {fits[0]}" if fits and not own else (
        "fewer patients than in the group, or an adjusted mean, would explain it"
    )  # fmt: skip
    how = own[0] if own else fits[0] if fits else "t interval"
    return Outcome(bool(fits), computed, how, (*parts, "sd"), why, other=bool(fits) and not own)


def interval_of_a_share(see: Beside) -> Outcome | None:
    """Hold the limits of a percentage against its count, by every usual method."""
    if not see.has("percent", *LIMITS) or see.n < 1:
        return None
    numbers = [see.printed[name] for name in ("percent", *LIMITS)]
    if any(map(is_bound, numbers)):
        return None
    parts = ("percent", *LIMITS)
    low, high, share = bounds(numbers[1]), bounds(numbers[2]), bounds(numbers[0])
    if share[1] < low[0] or share[0] > high[1]:
        return Outcome(False, "", "order", parts, "a slip is likely: it lies outside its limits")
    if see.has("n"):
        counts = [int(printed_value(see.printed["n"]))]
    else:
        counts = counts_that_print(numbers[0], see.n)[:20]
    counts = [n for n in counts if 0 <= n <= see.n]
    if not counts:
        return None
    methods, given = [], set()
    for method, span in (pair for n in counts for pair in _intervals(n, see)):
        given |= (hits := _limits_that_print(see, span))
        methods += [method] if len(hits) == 2 else []
    exact = proportion_intervals(counts[0], see.n, see.level)["Clopper-Pearson"]
    computed = f"{exact[0]:.4g} to {exact[1]:.4g} by Clopper-Pearson"
    why = "a weighted or clustered analysis, or another denominator, would explain it"
    how = ", ".join(dict.fromkeys(methods)) or "every usual interval of a share"
    if not methods:  # the count and its share stand: in question is the limit that no method gives
        limits = tuple(part for part in LIMITS if part not in given) or LIMITS
        return Outcome(False, computed, how, limits, why)
    return Outcome(True, computed, how, (*parts, "n") if see.has("n") else parts, why)


def _intervals(n: int, see: Beside) -> Iterator[tuple[str, tuple[float, float]]]:
    """List the intervals that a count may have, that of a predictive value among them."""
    yield from proportion_intervals(n, see.n, see.level).items()
    for of_right, of_wrong in see.wholes:
        if span := predictive_interval(n, see.n, of_right, of_wrong, see.level):
            yield "logit, of a predictive value", span


def standard_error(see: Beside) -> Outcome | None:
    """Hold a standard error against the SD and the patients."""
    if not see.has("se", "sd") or see.n < 2 or is_bound(see.printed["sd"]):
        return None
    low, high = (x / math.sqrt(see.n) for x in bounds(see.printed["sd"]))
    fits = bool(habits_within(see.printed["se"], low, high))
    why = "fewer patients than in the group would explain it"
    return Outcome(fits, f"{low:.4g} to {high:.4g}", "SD / √n", ("se", "sd"), why)


def _ratio(see: Beside) -> str:
    return next((name for name in (*RATIOS, "rate_ratio") if see.has(name)), "")


def exponent(see: Beside) -> Outcome | None:
    """Hold a coefficient against the ratio beside it, of which it is the logarithm."""
    ratio = _ratio(see)
    if not ratio or not see.has("coefficient"):
        return None
    low, high = (math.exp(end) for end in bounds(see.printed["coefficient"]))
    fits = bool(habits_within(see.printed[ratio], low, high))
    why = "a coefficient of another unit, or a standardised one, would explain it"
    computed = f"{low:.4g} to {high:.4g}"
    return Outcome(fits, computed, "e to the coefficient", ("coefficient", ratio), why)


def coefficient_with_error(see: Beside) -> Outcome | None:
    """Hold the p of a coefficient against its standard error, by z; without a ratio also by t."""
    if not see.has("coefficient", "se", "p") or any(map(is_bound, see.printed.values())):
        return None
    value, error = bounds(see.printed["coefficient"]), bounds(see.printed["se"])
    least = 0.0 if value[0] <= 0 <= value[1] else min(map(abs, value))
    if error[0] <= 0:
        return None
    ends = [least / error[1], max(map(abs, value)) / error[0]]
    low = float(2 * ndtr(-ends[1]))
    high = float(2 * (ndtr(-ends[0]) if _ratio(see) else stdtr(FEW, -ends[0])))
    fits = bool(habits_within(see.printed["p"], low, high))
    why = "a likelihood ratio test would explain it"
    computed = f"p from {p_text(low)} to {p_text(high)}"
    how = "the coefficient over its standard error"
    return Outcome(fits, computed, how, ("coefficient", "se", "p"), why, p_range=(low, high))


def width_of_quartiles(see: Beside) -> Outcome | None:
    """Hold an interquartile range against the quartiles."""
    if not see.has("iqr", "q1", "q3"):
        return None
    low, high = bounds(see.printed["q1"]), bounds(see.printed["q3"])
    span = high[0] - low[1], high[1] - low[0]
    fits = bool(habits_within(see.printed["iqr"], *span))
    return Outcome(fits, f"{span[0]:.4g} to {span[1]:.4g}", "q3 - q1", ("iqr", "q1", "q3"))


def spread(see: Beside) -> Outcome | None:
    """Hold an SD against the minimum, the maximum and the mean."""
    if not see.has("sd", "min", "max") or see.n < 2:
        return None
    names = ("sd", "min", "max", "mean")
    printed = [see.printed.get(name, "") for name in names]
    if any(text and is_bound(text) for text in printed):
        return None
    check = check_spread(printed[0], printed[1], printed[2], see.n, printed[3])
    if math.isnan(check.most):
        return None  # the order of the others is another check
    computed = f"{check.least:.4g} to {check.most:.4g}"
    why = "a standard error, quartiles given as a range, or fewer patients would explain it"
    parts = tuple(name for name, text in zip(names, printed, strict=True) if text)
    return Outcome(check.possible, computed, "what the extremes leave for an SD", parts, why)


def rate(see: Beside) -> Outcome | None:
    """Hold a rate against its events and person-time, per 1 to 100,000."""
    if not see.has("rate", "person_time", "n"):
        return None
    time = bounds(see.printed["person_time"])
    events = float(printed_value(see.printed["n"]))
    if time[0] <= 0:
        return None
    fits = [
        scale
        for scale in SCALES
        if habits_within(see.printed["rate"], scale * events / time[1], scale * events / time[0])
    ]
    middle = events / float(printed_value(see.printed["person_time"]))
    computed = f"{100 * middle:.4g} per 100"
    how = f"events per {fits[0]:,} of person-time" if fits else "events over person-time"
    why = "events that count once for each patient, or another time at risk, would explain it"
    return Outcome(bool(fits), computed, how, ("rate", "person_time", "n"), why)


def rate_ratio(see: Beside) -> Outcome | None:
    """Hold a rate ratio against the rates, or events and person-time, of two groups."""
    if not see.has("rate_ratio") or len(see.groups) != 2:
        return None
    spans = []
    for printed, _ in see.groups:
        if printed.get("n") and printed.get("person_time"):
            events, time = float(printed_value(printed["n"])), bounds(printed["person_time"])
            spans.append((events / time[1], events / time[0]) if time[0] > 0 else None)
        else:
            spans.append(bounds(printed["rate"]) if printed.get("rate") else None)
    if not spans[0] or not spans[1] or spans[0][0] <= 0 or spans[1][0] <= 0:
        return None
    one, two = spans[0], spans[1]
    tried = [(one[0] / two[1], one[1] / two[0]), (two[0] / one[1], two[1] / one[0])]
    fits = any(habits_within(see.printed["rate_ratio"], *span) for span in tried)
    computed = f"{tried[0][0]:.4g} to {tried[0][1]:.4g}"
    why = "an adjusted ratio would explain it"
    return Outcome(fits, computed, "the ratio of the two rates", ("rate_ratio",), why)


def share_of_counts(name: str) -> Check:
    """Make the check of a sensitivity or another share of a diagnostic table's four counts."""
    numerator, whole = SHARES[name]

    def check(see: Beside) -> Outcome | None:
        if not see.has(name, *whole):
            return None
        n, total = (
            sum(int(printed_value(see.printed[c])) for c in cells) for cells in (numerator, whole)
        )
        if not total:
            return None
        share = n / total
        fits = any(match_value(see.printed[name], share * f).rules for f in (1.0, 100.0))
        why = "indeterminate results that were left out would explain it"
        how = f"{name} of the counts"
        return Outcome(fits, f"{100 * share:.4g}%", how, (name, *whole), why)

    return check


#: Of the means, SDs or shares of the two groups.
OF_GROUPS: Sequence[Check] = (difference_of_groups, standardised_difference)
#: What is recomputed from more than what is symmetric comes first: it says which number is wrong.
CHECKS: Sequence[Check] = (
    statistic_with_p, interval_of_a_difference, *OF_GROUPS, difference,
    interval_of_a_mean, interval_of_a_share, known_and_missing, standard_error,
    exponent, coefficient_with_error, width_of_quartiles,
    spread, rate, rate_ratio,
    *map(share_of_counts, SHARES),
)  # fmt: skip
#: Words of notes for limits that a check computes: they excuse nothing there.
COMPUTED_LIMITS: Mapping[Check, re.Pattern[str]] = {
    interval_of_a_difference: re.compile(r"score|wilson|miettinen|newcombe", re.IGNORECASE),
    interval_of_a_share: re.compile(r"exact|clopper|score|wilson", re.IGNORECASE),
}
