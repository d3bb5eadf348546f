"""How well the regression of a cohort predicts: ROC and calibration, for those who ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cohortbook.report.models import LARGE, Models
from cohortbook.report.predictors import count
from cohortbook.report.printing import Printing
from cohortbook.report.summaries import Prose
from smallstats.figures.layout import page
from smallstats.figures.style import FIRST, MUTED, SECOND, BookFigure, drawing_width, styled
from smallstats.flic import area_under_roc, predict_flic
from smallstats.formatting import format_number
from smallstats.validation import validate_model

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

RESAMPLES = 500
"""Of the bootstrap that corrects for optimism."""

GROUPS = 8
"""Most groups of patients of about the same predicted risk in a figure of calibration."""


@dataclass(frozen=True)
class Performance:
    """How well a model predicts.

    Attributes
    ----------
    predicted
        ``outcome`` and ``probability`` of each complete patient, by Firth's regression with
        intercept correction.
    area, area_low, area_high
        Area under the ROC curve in the patients that the model was fitted to, with 95% limits.
    corrected, slope
        The area and the calibration slope to expect in other patients (Harrell's bootstrap); NaN
        where they cannot be known.
    printing
        How numbers are written.
    """

    predicted: pd.DataFrame
    area: float
    area_low: float
    area_high: float
    corrected: float
    slope: float
    printing: Printing


def asks_predictions(cohort: Cohort) -> bool:
    """Check whether the spec asks for predictions, and no count is withheld."""
    return cohort.spec.analysis.predictions and cohort.spec.smallest_shown == 1


def predict_candidates(cohort: Cohort, models: Models) -> Performance:
    """Predict the outcome from all candidates together, and measure how well.

    Parameters
    ----------
    cohort
        Its outcome is predicted.
    models
        As from `cohortbook.report.models.fit_candidates`.

    Raises
    ------
    ValueError
        If no candidate can be fitted.
    """
    if models.prepared is None or not models.fitted:
        raise ValueError("no candidate can be fitted")
    frame, columns = models.prepared.frame, models.prepared.of(models.joint)
    predicted = predict_flic(frame, cohort.outcome, columns).table
    area = area_under_roc(predicted["outcome"], predicted["probability"])
    corrected = slope = float("nan")
    if len(frame) < LARGE:
        try:
            validation = validate_model(
                frame, cohort.outcome, columns, method="firth", resamples=RESAMPLES
            ).table["corrected"]
            corrected, slope = float(validation["auc"]), float(validation["calibration_slope"])
        except ValueError:  # the outcomes are told apart without error
            pass
    return Performance(predicted, *area, corrected, slope, models.printing)


def summarise_predictions(performance: Performance) -> Prose:
    """Return how well the model discriminates, here and to be expected elsewhere."""
    printing = performance.printing
    area, low, high = (
        format_number(v) for v in (performance.area, performance.area_low, performance.area_high)
    )
    sentences = [
        printing.say(
            "The model separates patients with and without the outcome with an area under the "
            "ROC curve of {area} (95% CI {low} to {high}) in the patients it was fitted to.",
            area=area, low=low, high=high,
        )
    ]  # fmt: skip
    if not np.isnan(performance.corrected):
        sentences.append(
            printing.say(
                "In other patients like these {corrected} is to be expected (bootstrap).",
                corrected=format_number(performance.corrected),
            )
        )
    if not np.isnan(performance.slope):
        sentences.append(
            printing.say(
                "The calibration slope to be expected is {slope}: below 1, predictions are too "
                "extreme.",
                slope=format_number(performance.slope),
            )
        )
    return Prose((printing.numbers(" ".join(sentences)),))


def calibration_groups(predicted: pd.DataFrame) -> pd.DataFrame:
    """Compare the predicted with the observed risk in groups of about the same prediction.

    Returns
    -------
    DataFrame
        ``n``, ``events``, ``predicted`` (the mean), ``observed``, a row a group.
    """
    groups = min(GROUPS, max(2, int(predicted["outcome"].sum() // 5)))
    rank = predicted["probability"].rank(method="first")
    band = pd.qcut(rank, min(groups, len(predicted)), labels=False)
    by_band = predicted.groupby(band).agg(
        n=("outcome", "size"),
        events=("outcome", "sum"),
        predicted=("probability", "mean"),
        observed=("outcome", "mean"),
    )
    return by_band.reset_index(drop=True)


@styled
def prediction_figure(performance: Performance) -> BookFigure:
    """Draw the ROC curve, and beside it the observed against the predicted risk."""
    printing, width, side = performance.printing, drawing_width(), 2.6
    step = side + 1.1
    stacked = width < step + side + 0.8
    height = (step if stacked else 0) + side + 0.95
    figure, sheet = page(width, height)
    starts = [(0.75, 0.4), (0.75, 0.4 + step)] if stacked else [(0.75, 0.4), (0.75 + step, 0.4)]
    axes = [
        figure.add_axes((x / width, 1 - (y + side) / height, side / width, side / height))
        for x, y in starts
    ]
    titles = (printing.say("ROC curve"), printing.say("Calibration"))
    for (x, y), title in zip(starts, titles, strict=True):
        sheet.text(x, y - 0.2, title, weight="bold", va="center")
    labels = (
        ("1 − specificity (%)", "Sensitivity (%)"),
        ("Predicted risk (%)", "Observed risk (%)"),
    )
    for axis, (xlabel, ylabel) in zip(axes, labels, strict=True):
        axis.plot([0, 100], [0, 100], color=MUTED, lw=0.8, ls=":")
        axis.set(
            xlim=(0, 100), ylim=(0, 100), xlabel=printing.say(xlabel), ylabel=printing.say(ylabel)
        )
    _draw_roc(axes[0], performance.predicted)
    groups = calibration_groups(performance.predicted)
    _draw_calibration(axes[1], groups)
    points = [
        printing.say(
            "{n} of {all} where {percent}% was predicted",
            n=count(row.events),
            all=count(row.n),
            percent=f"{100 * row.predicted:.0f}",
        )
        for row in list[Any](groups.itertuples())
    ]
    finding = printing.say(
        "The area under the ROC curve is {area}",
        area=printing.numbers(format_number(performance.area)),
    )
    words = "Calibration, by groups: {points}."
    figure.tell(finding, [printing.say(words, points="; ".join(points))])
    figure.numbers = pd.DataFrame(
        {
            printing.say("Predicted risk (%)"): [f"{100 * p:.0f}" for p in groups["predicted"]],
            printing.say("Observed"): [
                f"{count(e)}/{count(n)}" for e, n in zip(groups["events"], groups["n"], strict=True)
            ],
        }
    )
    figure.data = groups
    return figure


def _draw_roc(axes: Axes, predicted: pd.DataFrame) -> None:
    y = predicted["outcome"].to_numpy() == 1
    score = predicted["probability"].to_numpy()
    cuts = np.r_[np.inf, np.unique(score)[::-1]]
    ill = [100 * float((score[y] >= cut).mean()) for cut in cuts]
    well = [100 * float((score[~y] >= cut).mean()) for cut in cuts]
    axes.plot(well, ill, color=SECOND, lw=1.7)


def _draw_calibration(axes: Axes, groups: pd.DataFrame) -> None:
    for row in list[Any](groups.itertuples()):
        n, share = float(row.n), float(row.observed)
        z2 = 1.959963984540054**2
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
        x = 100 * float(row.predicted)
        axes.plot([x, x], [100 * (centre - half), 100 * (centre + half)], color=FIRST, lw=1.4)
        axes.plot(x, 100 * share, "o", color=FIRST, ms=6, clip_on=False)
