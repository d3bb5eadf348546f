"""The book's figures.

Each function takes a tidy frame and returns a `BookFigure`, which a notebook shows by naming it.
Text columns stand beside the plot, as in a journal, so a figure can be read without its table;
labels are measured and wrapped, so none is cut.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cohortbook.report.printing import Printing, printing_in
from smallstats.figures.layout import log_axis, reach, rows_beside
from smallstats.figures.style import (
    INK,
    LINE,
    MARKS,
    RULE,
    SECOND,
    BookFigure,
    styled,
)
from smallstats.formatting import (
    GROUPS,
    format_estimate,
    format_labels,
    format_mean_sd,
)


@styled
def missingness(missing: pd.DataFrame, *, before: bool = False) -> BookFigure:
    """Draw how many values are missing, most first; complete variables are only counted.

    Parameters
    ----------
    missing
        A row a variable: ``label``, ``n`` (patients to whom it applies) and ``missing``, as in
        `Cohort.missing`.
    before
        Look at ``n_before`` and ``missing_before``: at everyone, not only the eligible.

    Examples
    --------
    >>> missingness(pd.DataFrame({"label": ["CK", "AST"], "n": [54, 54], "missing": [3, 0]})).alt
    '1 of 2 variables has missing values: CK, 3/54 (6%). Other variables complete: 1.'
    """
    count, asked = (name + "_before" * before for name in ("missing", "n"))
    share = (missing[count] / missing[asked]).sort_values(ascending=False, kind="stable")
    gaps = missing.loc[share[share > 0].index]
    complete = len(missing) - len(gaps)
    pairs = gaps[[count, asked]].to_numpy(float)
    printing = printing_in(missing)
    cells = [printing.numbers(printing.n_percent(n, total)) for n, total in pairs]
    rows = rows_beside(
        [*gaps["label"], printing.say("Other variables, complete: {n}", n=complete)],
        {printing.say("Missing"): [*([cell] for cell in cells), ["0"]]},
        xlabel=printing.say("Missing values (%)"),
    )
    for i, (n, total) in enumerate(pairs):
        rows.axes.barh(rows.y(i), 100 * n / total, height=LINE, color=SECOND)
    rows.axes.set_xlim(0, 100)
    sentences = [f"{label}: {cell}." for label, cell in zip(gaps["label"], cells, strict=True)]
    first: dict[str, Any] = {"n": len(gaps), "all": len(missing)}
    words = "No value of {all} variables is missing"
    if cells:
        first |= {"label": gaps["label"].iloc[0], "counts": cells[0]}
        words = "{n} of {all} variables have missing values: at most {counts}, of {label}"
    if len(cells) > 1 and share.iloc[0] == share.iloc[1]:
        words = "{n} of {all} variables have missing values: at most {counts}"
    if len(cells) == 1:
        words = "1 of {all} variables has missing values: {label}, {counts}"
    rows.figure.tell(
        printing.say(words, **first),
        [
            *sentences * (len(sentences) > 1),
            printing.say("Other variables complete: {n}.", n=complete),
        ],
    )
    return rows.figure


@styled
def prevalence_dots(comparison: pd.DataFrame, *, groups: tuple[str, str] = GROUPS) -> BookFigure:
    """Draw how common each finding is in each group, with 95% Wilson intervals.

    Parameters
    ----------
    comparison
        As from `compare_groups`; rows without counts (means, or withheld) are left out.
    groups
        Names of the patients with and without the outcome.

    Examples
    --------
    >>> from smallstats.univariate import compare_frame
    >>> frame = pd.DataFrame({"ill": [1] * 4 + [0] * 4, "cough": [1, 1, 1, 0, 0, 0, 0, 1]})
    >>> prevalence_dots(compare_frame(frame, "ill", ["cough"]), groups=("Ill", "Well")).finding
    'Ill against Well: the 95% interval excludes 1 for none of 1 odds ratios'
    """
    ends = ["n_with", "total_with", "n_without", "total_without"]
    binary = comparison.dropna(subset=ends)
    labels = format_labels(binary)
    counts = binary[ends].to_numpy(float).reshape(-1, 2, 2)
    printing = printing_in(comparison)
    cells = [
        [printing.numbers(printing.n_percent(n, total)) for n, total in pair] for pair in counts
    ]
    effects = binary[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    ratios = [
        ["" if np.isnan(e[0]) else printing.numbers(printing.ratio(*e, in_words=False))]
        for e in effects
    ]
    rows = rows_beside(
        labels,
        {"n/N (%)": cells, printing.say("Odds ratio (95% CI)"): ratios},
        key=groups,
        xlabel=printing.say("Patients with the finding (%), 95% Wilson interval"),
    )
    for i, pair in enumerate(counts):
        for j, (n, total) in enumerate(pair):
            if total:
                y = rows.y(i, j, 2)
                rows.axes.plot(_wilson(n, total), [y, y], color=MARKS[j]["color"], lw=1.6)
                rows.axes.plot(100 * n / total, y, clip_on=False, **MARKS[j])
    rows.axes.set_xlim(0, 100)
    sentences = [
        printing.say("{label}: {one} against {other}.", label=label, one=ours, other=theirs)
        if not ratio
        else printing.say(
            "{label}: {one} against {other}, odds ratio {ratio}.",
            label=label,
            one=ours,
            other=theirs,
            ratio=ratio,
        )
        for label, (ours, theirs), (ratio,) in zip(labels, cells, ratios, strict=True)
    ]
    finding = _finding(effects, labels, "odds ratios", printing)
    rows.figure.tell(
        printing.say("{one} against {other}", one=groups[0], other=groups[1]) + f": {finding}",
        sentences,
    )
    return rows.figure


def _finding(estimates: np.ndarray, labels: Sequence[str], ratios: str, printing: Printing) -> str:
    """Return a sentence: how many intervals exclude 1, and, if it is a few, of what.

    Estimates have a point and the ends of its interval in the first columns, and may be missing.
    """
    estimated = ~np.isnan(estimates[:, :3]).any(axis=1)
    low, high = estimates[:, 1], estimates[:, 2]
    apart = estimated & ((low > 1) | (high < 1))
    names = list(dict.fromkeys(np.asarray(labels, dtype=object)[apart]))
    count: dict[str, Any] = {
        "n": int(apart.sum()),
        "all": int(estimated.sum()),
        "ratios": printing.say(ratios),
    }
    if not names:
        return printing.say("the 95% interval excludes 1 for none of {all} {ratios}", **count)
    if len(names) > 3 or len(names) < count["n"]:
        return printing.say("the 95% interval excludes 1 for {n} of {all} {ratios}", **count)
    return printing.say(
        "the 95% interval excludes 1 for {n} of {all} {ratios} ({names})",
        names=printing.listed(names), **count,
    )  # fmt: skip


def _wilson(n: float, total: float) -> tuple[float, float]:
    """Wilson's 95% interval for a proportion, in percent."""
    from scipy.stats import binomtest  # half a second to import

    interval = binomtest(int(n), int(total)).proportion_ci(method="wilson")
    return 100 * interval.low, 100 * interval.high


@styled
def forest(
    rows: pd.DataFrame,
    *,
    measure: str = "odds ratio",
    directions: tuple[str, str] | None = None,
    limits: tuple[float, float] = (0.02, 500),
) -> BookFigure:
    """Draw ratios with their intervals on a log axis, with the numbers beside them.

    Parameters
    ----------
    rows
        Columns ``label``, ``odds_ratio``, ``ci_low``, ``ci_high``, ``p`` and, for two estimates
        a row, ``model``. As from `univariable_and_multivariable`.
    measure
        What the ratios are called.
    directions
        What a ratio below 1 means, and one above 1; by default lower and higher odds, or what the
        measure is of.
    limits
        The axis goes no further. An arrow means one thing: that an interval runs beyond the axis,
        and its title says so. Where such an interval ends stands beside it, as ∞ if nowhere.

    Raises
    ------
    ValueError
        If a label has two estimates of one model.

    Examples
    --------
    >>> rows = [["Cardiac involvement", 13.125, 1.48, 116.3, 0.0207]]
    >>> rows = pd.DataFrame(rows, columns=["label", "odds_ratio", "ci_low", "ci_high", "p"])
    >>> forest(rows).finding
    'The 95% interval excludes 1 for 1 of 1 odds ratios (Cardiac involvement)'
    """
    table = rows.assign(model=rows.get("model", ""))
    labels, models = (list(dict.fromkeys(table[name])) for name in ("label", "model"))
    grid = table.set_index(["label", "model"])[["odds_ratio", "ci_low", "ci_high", "p"]]
    if grid.index.has_duplicates:
        raise ValueError(f"more than one estimate for {grid.index[grid.index.duplicated()][0]}")
    by_row = dict(zip(grid.index, grid.to_numpy(float).tolist(), strict=True))
    lines = [[by_row.get((label, model), [np.nan] * 4) for model in models] for label in labels]
    printing = printing_in(rows)
    ratios = [
        [printing.numbers(printing.ratio(*e[:3], in_words=False)) for e in line] for line in lines
    ]
    tests = [[printing.numbers(printing.p(estimate[3])) for estimate in line] for line in lines]
    values = grid.iloc[:, :3].to_numpy(float)
    left, right = reach(values, limits)
    beyond = ((values[:, 1] < left) | (values[:, 2] > right)).any()
    heading = printing.say(f"{measure[:1].upper()}{measure[1:]} (95% CI)")
    of = measure.removesuffix(" ratio")
    plot = rows_beside(
        labels,
        {heading: ratios, "p": tests},
        xlabel=printing.say("{heading}, log scale", heading=heading)
        + printing.say("; an arrow: beyond the axis") * bool(beyond),
        directions=directions or (printing.say(f"lower {of}"), printing.say(f"higher {of}")),
        key=[printing.say(model) for model in models] if len(models) > 1 else (),
    )
    log_axis(plot.axes, values, limits, printing.numbers)
    for i, line in enumerate(lines):
        for j, estimate in enumerate(line):
            mark = MARKS[j] if len(models) > 1 else MARKS[1] | {"mfc": SECOND}
            _interval(plot.axes, estimate, plot.y(i, j, len(line)), mark)
    sentences = [
        f"{label}{', ' + printing.say(model) if model else ''}: {ratios[i][j]}."
        for i, label in enumerate(labels)
        for j, model in enumerate(models)
        if (label, model) in by_row
    ]
    arrow = printing.say("An arrow marks an interval that runs beyond the axis.")
    sentences += [arrow] * bool(beyond)
    each = [str(label) for label in table["label"]]
    finding = _finding(values, each, f"{measure}s", printing)
    plot.figure.tell(finding[:1].upper() + finding[1:], sentences)
    return plot.figure


def _interval(axes: Axes, estimate: Sequence[float], y: float, mark: dict[str, Any]) -> None:
    """Draw an estimate with its interval; an end outside the axis becomes an arrow."""
    left, right = axes.get_xlim()
    point, low, high, _ = estimate
    if np.isnan([point, low, high]).any():
        return
    axes.plot([max(low, left), min(high, right)], [y, y], color=mark["color"], lw=1.6)
    for end, beyond, head in ((left, low < left, "<"), (right, high > right, ">")):
        if beyond:
            axes.plot(end, y, head, color=mark["color"], ms=6, clip_on=False)
    if left <= point <= right:
        axes.plot(point, y, **mark)


@styled
def distribution(
    frame: pd.DataFrame,
    variable: str,
    by: str,
    *,
    label: str = "",
    groups: tuple[str, str] = GROUPS,
    printed: Sequence[tuple[str, str]] = (),
    finding: str = "",
) -> BookFigure:
    """Draw every patient's value in each group, with mean ± SD and median with quartiles.

    Parameters
    ----------
    frame
        A row a patient.
    variable, by
        The column of numbers, and the yes/no column that makes the groups.
    label
        Title of the axis, with the unit.
    groups
        Names of the patients with and without `by`.
    printed
        Published mean and SD of each group, as printed, drawn in place of the computed ones.
    finding
        Title of the figure, by default the two means. Give one where the patients are invented.

    Raises
    ------
    ValueError
        If a group has no values.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [4.0, 7.0, 9.0, 5.0], "ill": [1, 1, 0, 0]})
    >>> distribution(frame, "age", "ill", groups=("Ill", "Well")).finding
    'The mean of age is higher in Well than in Ill: 7.00 ± 2.83 against 5.50 ± 2.12'
    """
    complete = frame[[variable, by]].dropna()
    values = [
        np.sort(complete.loc[complete[by].astype(bool) == side, variable].to_numpy(float))
        for side in (True, False)
    ]
    if not all(len(group) for group in values):
        raise ValueError(f"{variable}: no values in one of the groups of {by}")
    means = [(v.mean(), pd.Series(v).std()) for v in values]
    texts = [format_mean_sd(*mean) for mean in means]
    if printed:
        means = [(float(mean), float(sd)) for mean, sd in printed]
        texts = [f"{mean} ± {sd}" for mean, sd in printed]
    quartiles = [np.quantile(v, [0.5, 0.25, 0.75]) for v in values]
    name = "Printed mean ± SD" if printed else "Mean ± SD"
    cells = [
        [text, "", str(len(v)), format_estimate(*quartile)]
        for text, v, quartile in zip(texts, values, quartiles, strict=True)
    ]
    names = [name, "", "Patients", "Median (quartiles)"]
    rows = rows_beside(groups, {"": [names, names], " ": cells}, xlabel=label or variable)
    for i, (group, (mean, sd), (middle, low, high)) in enumerate(
        zip(values, means, quartiles, strict=True)
    ):
        at, colour = [rows.y(i, line, 4) for line in range(4)], MARKS[i]["color"]
        rows.axes.errorbar(mean, at[0], xerr=sd, fmt="D", color=INK, ms=5, capsize=3, lw=1.3)
        rows.axes.plot(group, at[2] - _stack(group), ".", color=colour, ms=6, alpha=0.8, mew=0)
        rows.axes.plot([low, high], [at[3], at[3]], color=RULE, lw=8)
        rows.axes.plot(middle, at[3], "|", color=INK, ms=10, mew=1.8)
    sentences = [
        f"{group}: {cell[2]} patients, {name[0].lower()}{name[1:]} {cell[0]}, "
        f"median (quartiles) {cell[3]}."
        for group, cell in zip(groups, cells, strict=True)
    ]
    finding = finding or _means_compared(label or variable, groups, means, texts)
    rows.figure.tell(finding, sentences)
    numbers = [
        [group, cell[2], cell[0], cell[3]] for group, cell in zip(groups, cells, strict=True)
    ]
    rows.figure.numbers = pd.DataFrame(numbers, columns=["", "Patients", name, names[3]])
    spread = complete.groupby(by)[variable].describe()
    rows.figure.data = spread.drop(columns=["min", "max"])  # no file of single patients' values
    return rows.figure


def _means_compared(
    label: str, groups: Sequence[str], means: Sequence[tuple[float, float]], texts: Sequence[str]
) -> str:
    """Say which of two groups has the higher mean."""
    (one, high), (other, low) = zip(groups, texts, strict=True)
    if means[0][0] == means[1][0]:
        return f"The mean of {label} is the same in {one} and {other}: {high} and {low}"
    if means[0][0] < means[1][0]:
        one, high, other, low = other, low, one, high
    return f"The mean of {label} is higher in {one} than in {other}: {high} against {low}"


def _stack(values: np.ndarray) -> np.ndarray:
    """Raise dots that would overlap: how far, for sorted values, within 0.28 inches."""
    width = (values[-1] - values[0]) / 60 or 1.0
    bins = np.floor((values - values[0]) / width)
    rank = np.arange(len(values)) - np.searchsorted(bins, bins)
    return np.asarray(rank * min(0.07, 0.28 / max(1, rank.max())))
