"""The figure on the first page of a cohort's book, and the numbers of its patients at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cohortbook.report.comparison import compare_groups, groups_of, labels_of
from cohortbook.report.curves import survival_curves
from cohortbook.report.figures import forest, prevalence_dots
from cohortbook.report.model_table import forest_rows
from cohortbook.report.models import fit_candidates
from cohortbook.report.printing import printing_of
from cohortbook.report.strobe_diagram import flow_diagram
from cohortbook.report.suppression import withhold_flow
from cohortbook.report.timing import has_times
from smallstats.descriptive import variable_kinds
from smallstats.figures.layout import page
from smallstats.figures.style import (
    FIRST,
    GAP,
    LINE,
    NARROW,
    SECOND,
    BookFigure,
    drawing_width,
    styled,
    wrap,
)
from smallstats.formatting import format_number

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

SKEWED = 0.2
"""Mean and median of a skewed number are further apart than this, in standard deviations."""


def main_figure(cohort: Cohort) -> BookFigure:
    """Draw what matters most of a cohort, for the first page of its book.

    The time to the event where it is known; else the candidates together as predictors of the
    outcome; else each finding with and without the outcome; else who was included.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> main_figure(load_cohort(example_cohort())).finding
    '64% have had “Revision” by 6 years'
    """
    if has_times(cohort):
        return survival_curves(cohort)
    if cohort.outcome and cohort.spec.analysis.candidates:
        rows = forest_rows(fit_candidates(cohort))
        if len(rows):
            return forest(rows)
    if cohort.outcome and cohort.spec.analysis.compare:
        counted = compare_groups(cohort).dropna(subset=["n_with", "n_without"])
        if len(counted):
            return prevalence_dots(counted, groups=groups_of(cohort))
    return flow_diagram(withhold_flow(cohort))


def numbers_at_a_glance(cohort: Cohort) -> BookFigure | None:
    """Draw the distribution of each number that is described, a small histogram each.

    Returns
    -------
    BookFigure or None
        None where no number is described, or where small counts are withheld, which the height of
        a bar would tell.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> numbers_at_a_glance(load_cohort(example_cohort())).finding
    'Skewed are 1 of 3 numbers: Blood loss'
    """
    names = cohort.spec.analysis.describe or [*cohort.frame]
    kinds = variable_kinds(cohort.frame, names)
    numbers = cohort.frame[[name for name in names if kinds[name] == "number"]].astype(float)
    numbers = numbers.loc[:, numbers.nunique() > 1]
    if numbers.empty or cohort.spec.smallest_shown > 1:
        return None
    return _histograms(numbers, cohort)


@styled
def _histograms(numbers: pd.DataFrame, cohort: Cohort) -> BookFigure:
    """Draw a histogram of each column, with its median and quartiles below."""
    width, labels, printing = drawing_width(), labels_of(cohort), printing_of(cohort)
    across = min(numbers.shape[1], 2 if width <= NARROW else 3)
    span = (width - GAP) / across
    titles = [wrap(labels[str(name)], span - GAP) for name in numbers]
    head = 0.12 + LINE * 1.2 * max(map(len, titles))
    high, foot = 0.75, 0.38
    deep = -(-numbers.shape[1] // across)
    height = deep * (head + high + foot)
    figure, sheet = page(width, height)
    for i, (name, title) in enumerate(zip(numbers, titles, strict=True)):
        x, top = GAP + span * (i % across), (head + high + foot) * (i // across) + head
        sheet.text(x, top - 0.06, "\n".join(title), va="bottom", linespacing=1.2)
        axes = figure.add_axes(
            (x / width, 1 - (top + high) / height, (span - GAP) / width, high / height), yticks=[]
        )
        axes.spines["left"].set_visible(False)
        values = numbers[name].dropna()
        axes.hist(values, bins=_bins(values).tolist(), color=SECOND, rwidth=0.92)
        axes.axvline(values.median(), color=FIRST, lw=1.8)
        axes.locator_params(axis="x", nbins=4)
    skew = (numbers.mean() - numbers.median()) / numbers.std()
    skewed = [cohort.spec.variables[str(name)].label for name in skew.index[skew.abs() > SKEWED]]
    count = {"n": len(skewed), "all": numbers.shape[1]}
    finding = printing.say("mean and median are close in each of {all} numbers", **count)
    if skewed:
        finding = printing.say(
            "skewed are {n} of {all} numbers: {names}", names=printing.listed(skewed), **count
        )
    quartiles = [
        [
            labels[str(name)],
            format_number(numbers[name].count(), 0),
            printing.numbers(printing.median(middle, low, high, str(name))),
        ]
        for name, (low, middle, high) in numbers.quantile([0.25, 0.5, 0.75]).items()
    ]
    words = "{label}: {n} patients, median (quartiles) {middle}."
    figure.tell(
        finding[:1].upper() + finding[1:],
        [printing.say(words, label=label, n=n, middle=mid) for label, n, mid in quartiles],
    )
    headings = ("Characteristic", "Patients", "Median (quartiles)")
    figure.numbers = pd.DataFrame(quartiles, columns=[printing.say(h) for h in headings])
    figure.data = numbers.describe().T.drop(columns=["min", "max"]).rename_axis("variable")
    figure.data = figure.data.reset_index()  # no file of single patients' values
    return figure


def _bins(values: pd.Series) -> np.ndarray:
    """Choose at most 20 bins; whole numbers of a short range have one each."""
    low, high = float(values.min()), float(values.max())
    if (values % 1 == 0).all() and high - low < 20:
        return np.arange(low - 0.5, high + 1)
    edges = np.histogram_bin_edges(values, bins="auto")
    return edges if len(edges) <= 21 else np.linspace(low, high, 21)
