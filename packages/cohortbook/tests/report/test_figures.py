"""Figures: what is drawn, what is written, and that nothing is cut or covered."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.text import Annotation, Text
from statsmodels.stats.proportion import proportion_confint

from cohortbook.report.figures import distribution, forest, missingness, prevalence_dots
from cohortbook.report.strobe_diagram import flow_diagram
from smallstats.figures import style
from smallstats.figures.layout import rows_beside
from smallstats.figures.style import BookFigure, image, text_width, wrap

HERE = Path(__file__).parent
LABELS = [
    "Cardiac involvement",
    "Treated with one or more immunosuppressors, or with intravenous gammaglobulin, at any time",
    "W" * 60,
    "Costs $5 & <b>$6</b>_x^2 \\alpha {",
    "מעורבות לבבית של החולים",
]


def flow(labels: list[str]) -> pd.DataFrame:
    steps = len(labels)
    return pd.DataFrame(
        {
            "label": labels,
            "excluded": [np.nan, *range(3, 2 + steps)],
            "remaining": range(80, 80 - steps, -1),
        }
    )


def comparison(labels: list[str]) -> pd.DataFrame:
    counts = [(16, 23, 25, 31), (0, 23, 31, 31), (7, 20, 1, 31), (23, 23, 0, 0), (1, 23, 0, 31)]
    effects = [
        (0.55, 0.13, 2.33),
        (0, 0, 0.04),
        (13.1, 1.4, 637),
        (np.nan,) * 3,
        (np.inf, 0.03, np.inf),
    ]
    frame = pd.DataFrame(
        [(*count, *effect) for count, effect in zip(counts, effects, strict=True)],
        columns=[
            "n_with",
            "total_with",
            "n_without",
            "total_without",
            "estimate",
            "ci_low",
            "ci_high",
        ],
    ).astype(dict.fromkeys(["n_with", "total_with", "n_without", "total_without"], "Int64"))
    frame.insert(0, "label", labels)
    frame.insert(1, "level", ["", "", "", "", "high"])
    mean = pd.DataFrame({"label": ["Age"], "n_with": pd.array([None], "Int64")})
    return pd.concat([frame, mean], ignore_index=True)


ESTIMATES = [
    (13.125, 1.48, 116.3, 0.0207),
    (4.0, 1.1, 14.0, 0.029),
    (np.inf, 0.03, np.inf, 0.43),
    (0.0, 0.0, 53.0, 0.99),
    (np.nan, np.nan, np.nan, np.nan),
]


def rows(labels: list[str], *models: str) -> pd.DataFrame:
    frames = [
        pd.DataFrame(ESTIMATES, columns=["odds_ratio", "ci_low", "ci_high", "p"]).assign(
            label=labels, model=model
        )
        for model in models
    ]
    return pd.concat(frames, ignore_index=True)


def cohort() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    ages = np.r_[rng.normal(6.6, 2.6, 23), rng.normal(7.4, 2.8, 31), np.nan]
    ill = pd.array([True] * 23 + [False] * 31 + [True], dtype="boolean")
    return pd.DataFrame({"age": ages, "ill": ill})


def gaps(labels: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": labels,
            "n": [54, 54, 54, 23, 54],
            "missing": [2, 0, 40, 2, 0],
            "n_before": 70,
            "missing_before": [0, 0, 0, 0, 7],
        }
    )


FIGURES: dict[str, Callable[[list[str]], BookFigure]] = {
    "flow": lambda labels: flow_diagram(flow(labels), groups={labels[1]: 23, labels[2]: 31}),
    "missingness": lambda labels: missingness(gaps(labels)),
    "dots": lambda labels: prevalence_dots(comparison(labels), groups=("Ill", "Well")),
    "forest": lambda labels: forest(rows(labels, "Univariable", "Multivariable")),
    "one model": lambda labels: forest(rows(labels, "").drop(columns="model")),
    "distribution": lambda labels: distribution(
        cohort(), "age", "ill", label=labels[2], groups=(labels[1], labels[3])
    ),
}


def written(figure: BookFigure) -> list[Text]:
    """Every text that shows, ticks beyond the axis left out."""
    FigureCanvasAgg(figure).draw()
    beyond = {
        id(tick.label1)
        for axes in figure.axes
        for tick in axes.xaxis.get_major_ticks()
        if not axes.get_xlim()[0] <= tick.get_loc() <= axes.get_xlim()[1]
    }
    hidden = {id(t) for axes in figure.axes if not axes.axison for t in axes.xaxis.findobj(Text)}
    hidden |= {id(t) for axes in figure.axes if not axes.axison for t in axes.yaxis.findobj(Text)}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in beyond | hidden
    ]


@cache
def drawn(name: str) -> BookFigure:
    """Give a figure of every label, which no test may change."""
    return FIGURES[name](LABELS)


def words(figure: BookFigure) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in written(figure))


def check_texts(figure: BookFigure) -> None:
    """Hold that no text is cut and none covers another."""
    shown = written(figure)
    page = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    for text, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, text
        assert page.y0 <= box.y0 and box.y1 <= page.y1, text
    for (one, first), (other, second) in combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 0 or down <= 1, (one, other)


def check_labels(figure: BookFigure, labels: list[str]) -> None:
    """Hold that each label stands in full on the figure and in its alternative text."""
    seen = words(figure).replace(" ", "")
    for label in labels:
        assert label.replace(" ", "") in seen
        assert label in figure.alt
    assert not re.search(r"\bnan\b", f"{figure.alt} {words(figure)}")


def check_columns(figure: BookFigure) -> None:
    """Hold that marks keep clear of the columns of text."""
    if len(figure.axes) == 1:
        return
    sheet, axes = figure.axes
    written(figure)
    plot = axes.get_window_extent()
    assert plot.x0 > 0 and plot.x1 < figure.bbox.x1 and plot.y0 > 0 and plot.y1 < figure.bbox.y1
    assert 2 <= plot.width / figure.dpi < 6 and 7.2 <= figure.get_size_inches()[0] < 8.5
    for text in sheet.texts:
        box = text.get_window_extent()
        if box.y1 > plot.y0 and box.y0 < plot.y1:
            assert box.x1 < plot.x0 or box.x0 > plot.x1, text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_and_no_text_covers_another(name: str) -> None:
    check_texts(drawn(name))


@pytest.mark.parametrize("name", FIGURES)
def test_every_label_is_written_in_full_on_the_figure_and_in_its_alternative(name: str) -> None:
    some = {"missingness": [LABELS[i] for i in (0, 2, 3)], "distribution": LABELS[1:4]}
    check_labels(drawn(name), some.get(name, LABELS))


@pytest.mark.parametrize("name", FIGURES)
def test_marks_keep_clear_of_the_text_columns(name: str) -> None:
    check_columns(drawn(name))


def test_flow_tells_every_count() -> None:
    figure = flow_diagram(flow(["Forms", "Definite", "Complete"]), groups={"Ill": 23, "Well": 31})
    texts = [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    assert texts == [
        "Forms\nn = 80",
        "Excluded: n = 3",
        "Definite\nn = 79",
        "Excluded: n = 4",
        "Complete\nn = 78",
        "Ill\nn = 23",
        "Well\nn = 31",
    ]
    assert figure.alt == (
        "78 of 80 are analysed; the largest loss is at “Complete” (4). Forms: 80. Definite: "
        "3 excluded, 79 remain. Complete: 4 excluded, 78 remain. Ill: 23. Well: 31."
    )
    single = flow_diagram(flow(["Forms"]))
    assert len(single.axes[0].patches) == 1


def test_flow_arrows_run_from_box_to_box() -> None:
    sheet = flow_diagram(flow(LABELS), groups={"Ill": 23, "Well": 31}).axes[0]
    boxes = [patch.get_bbox() for patch in sheet.patches]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    arrows = [(text.xyann, text.xy) for text in sheet.texts if isinstance(text, Annotation)]
    assert len(arrows) == 2 * (len(LABELS) - 1) + 2
    tops = [((box.x0 + box.x1) / 2, box.y0) for box in boxes]
    sides = [(box.x0, (box.y0 + box.y1) / 2) for box in boxes]
    for (x0, y0), end in arrows:
        down = x0 == end[0]
        assert min(np.hypot(*np.subtract(end, at)) for at in (tops if down else sides)) < 1e-9
        assert y0 < end[1] if down else (y0 == end[1] and x0 < end[0])
    bottoms = {round(box.y1, 6) for box in boxes}
    starts = [round(y0, 6) in bottoms for (x0, y0), end in arrows if x0 == end[0]]
    assert starts == [True] * (len(LABELS) - 1) + [False] * 2  # the last two leave the fork
    (fork1, fork2) = (line.get_xydata() for line in sheet.lines)
    for fork, ((x0, y0), _) in zip((fork1, fork2), arrows[-2:], strict=True):
        assert tuple(fork[-1]) == (x0, y0) and round(fork[0][1], 6) in bottoms


def test_missingness_shows_gaps_in_order_and_counts_the_rest() -> None:
    figure = missingness(gaps(["A", "B", "C", "D", "E"]))
    assert figure.alt == (
        "3 of 5 variables have missing values: at most 40/54 (74%), of C. "
        "C: 40/54 (74%). D: 2/23 (9%). A: 2/54 (4%). Other variables complete: 2."
    )
    bars = [bar.get_width() for bar in figure.axes[1].patches]
    assert bars == pytest.approx([100 * 40 / 54, 100 * 2 / 23, 100 * 2 / 54])
    assert missingness(gaps(list("ABCDE")), before=True).alt == (
        "1 of 5 variables has missing values: E, 7/70 (10%). Other variables complete: 4."
    )
    assert missingness(gaps(list("ABCDE"))[1:2]).alt == (
        "No value of 1 variables is missing. Other variables complete: 1."
    )
    assert "Other variables, complete: 2" in words(figure)


def test_prevalence_marks_stand_at_the_percentages_with_wilson_intervals() -> None:
    figure = prevalence_dots(comparison(list("ABCDE")), groups=("Ill", "Well"))
    drawn = [np.asarray(line.get_xdata(), float) for line in figure.axes[1].lines]
    intervals, points = drawn[::2], drawn[1::2]
    counts = [(16, 23), (25, 31), (0, 23), (31, 31), (7, 20), (1, 31), (23, 23), (1, 23), (0, 31)]
    assert np.concatenate(points) == pytest.approx([100 * n / total for n, total in counts])
    for interval, (n, total) in zip(intervals, counts, strict=True):
        expected = 100 * np.array(proportion_confint(n, total, method="wilson"))
        np.testing.assert_allclose(interval, expected, atol=1e-9)
    marks = [line.get_marker() for line in figure.axes[1].lines[1::2]]
    assert marks[:4] == ["o", "s", "o", "s"] and marks[6:] == ["o", "o", "s"]
    assert figure.axes[1].get_xlim() == (0, 100)
    assert "A: 16/23 (70%) against 25/31 (81%), odds ratio 0.55 (0.13 to 2.33)." in figure.alt
    assert "D: 23/23 (100%) against 0/0 (–). E: high: 1/23" in figure.alt
    assert "Age:" not in figure.alt and figure.finding == (
        "Ill against Well: the 95% interval excludes 1 for 2 of 4 odds ratios (B and C)"
    )
    heights = [float(np.ravel(line.get_ydata())[0]) for line in figure.axes[1].lines[1::2]]
    assert heights == sorted(heights)


def test_marks_stand_level_with_their_numbers() -> None:
    for figure, column in (
        (prevalence_dots(comparison(list("ABCDE"))), r"\d+/\d*[1-9]\d* "),
        (forest(rows(list("ABCDE"), "U", "M")), r"\d+\.\d\d \([1-9]|∞ \(|0.00 \("),
    ):
        sheet, axes = figure.axes
        numbers = [t.get_position()[1] for t in sheet.texts if re.match(column, t.get_text())]
        lines = [line for line in axes.lines if len(line.get_xdata()) == 2][-len(numbers) :]
        assert len(lines) == len(numbers)
        assert [float(line.get_ydata()[0]) for line in lines] == pytest.approx(numbers)
        assert len(set(numbers)) == len(numbers)
        for line in axes.lines[-len(numbers) :]:
            assert float(np.ravel(line.get_ydata())[0]) in [pytest.approx(y) for y in numbers]
        foot = (0, axes.get_ylim()[0])  # a height is the same on the plot and on the sheet
        both = [part.transData.transform(foot)[1] for part in (axes, sheet)]
        assert both[0] == pytest.approx(both[1])


def test_a_label_without_room_at_the_left_stands_above_its_marks() -> None:
    names = [letter * 20 for letter in "ABCDE"]
    sheet, axes = forest(rows(names, "U", "M")).axes
    numbers = [t.get_position()[1] for t in sheet.texts if re.search(r"\(", t.get_text())][1:]
    labels = [t.get_position()[1] for t in axes.texts if t.get_text() in names]
    assert labels[0] < numbers[0] < numbers[1] < labels[1] < numbers[2]


def test_a_label_at_the_left_stands_in_the_middle_of_its_marks() -> None:
    cells = [["1 (a)", "2 (b)"], ["3 (c)", "4 (d)"]]
    plot = rows_beside(["A" * 30, "B"], {"n": cells})
    heights = {t.get_text(): t.get_position()[1] for t in plot.figure.axes[0].texts}
    for label, (first, second) in zip(["A" * 30, "B"], cells, strict=True):
        middle = next(y for text, y in heights.items() if text.startswith(label[0]))
        assert middle == pytest.approx((heights[first] + heights[second]) / 2)


ARROW = "An arrow marks an interval that runs beyond the axis."


def test_forest_draws_intervals_on_a_log_axis_and_arrows_beyond_it() -> None:
    figure = forest(rows(list("ABCDE"), "").drop(columns="model"))
    axes = figure.axes[1]
    left, right = axes.get_xlim()
    assert axes.get_xscale() == "log" and left < 0.03 and 116.3 < right < 500
    drawn = [
        (line.get_marker(), [float(x) for x in np.ravel(line.get_xdata())]) for line in axes.lines
    ]
    assert drawn == [
        ("None", [1.0, 1.0]),
        ("None", [1.48, 116.3]),
        ("s", [13.125]),
        ("None", [1.1, 14.0]),
        ("s", [4.0]),
        ("None", [0.03, right]),
        (">", [right]),
        ("None", [left, 53.0]),
        ("<", [left]),
    ]
    text = words(figure)
    for part in ("13.13 (1.48 to 116.30)", "∞ (0.03 to ∞)", "0.00 (0.00 to 53.00)", "0.021"):
        assert part in text
    assert "Multivariable" not in text
    assert figure.alt.startswith(
        "The 95% interval excludes 1 for 2 of 4 odds ratios (A and B). A: 13.13 (1.48 to 116.30). "
    )


def test_an_arrow_means_that_an_interval_runs_beyond_the_axis_and_the_figure_says_so() -> None:
    """A finite end beyond the axis and an infinite one look alike; the numbers tell which it is."""
    ends = {"label": ["A", "B"], "odds_ratio": [30.0, 40.0], "ci_low": [2.0, 3.0], "p": 0.01}
    figure = forest(pd.DataFrame(ends | {"ci_high": [900.0, np.inf]}))
    heads = [line.get_marker() for line in figure.axes[1].lines if line.get_marker() in "<>"]
    assert heads == [">", ">"]
    assert figure.axes[1].get_xlabel().replace("\n", " ").endswith("an arrow: beyond the axis")
    assert figure.alt.endswith("B: 40.00 (3.00 to ∞). " + ARROW) and "2.00 to 900.00" in figure.alt
    within = forest(pd.DataFrame(ends | {"ci_high": [100.0, 200.0]}))
    assert "arrow" not in within.axes[1].get_xlabel() + within.alt
    below = forest(pd.DataFrame(ends | {"ci_high": 90.0, "ci_low": [0.001, 3.0]}))
    assert below.alt.endswith(ARROW)
    assert [line.get_marker() for line in below.axes[1].lines].count("<") == 1


def test_forest_axis_stops_at_its_limits_and_always_holds_one() -> None:
    wide = pd.DataFrame(
        {"label": ["A"], "odds_ratio": [30.0], "ci_low": [20.0], "ci_high": [1e6], "p": [0.01]}
    )
    axes = forest(wide).axes[1]
    assert axes.get_xlim() == pytest.approx((0.5 / 1.3, 650))
    assert axes.lines[-2].get_marker() == ">"
    low, high = forest(wide.assign(ci_high=31.0), limits=(0.1, 25)).axes[1].get_xlim()
    assert high == pytest.approx(25 * 1.3) and low < 1 < high
    ticks = forest(wide.assign(odds_ratio=1.2, ci_low=0.6, ci_high=1.9)).axes[1].get_xticks()
    assert list(ticks) == [0.5, 1, 2]
    reach = wide.assign(odds_ratio=2.0, ci_low=1.0)  # the axis runs from 0.5/1.3 to ci_high*1.3
    assert list(forest(reach.assign(ci_high=17.7)).axes[1].get_xticks()) == [0.5, 1, 2, 5, 10, 20]
    assert list(forest(reach.assign(ci_high=17.8)).axes[1].get_xticks()) == [1, 3, 10]


def test_forest_of_two_models_tells_them_apart_and_leaves_gaps() -> None:
    both = rows(list("ABCDE"), "Univariable", "Multivariable").drop(index=[6])
    figure = forest(both)
    markers = [line.get_marker() for line in figure.axes[1].lines if line.get_marker() in "os"]
    assert markers == ["o", "s", "o"]  # B has no multivariable estimate; C to E have no point
    text = words(figure)
    assert "Univariable" in text and "Multivariable" in text
    assert text.count("4.00 (1.10 to 14.00)") == 1
    assert "B, Univariable: 4.00" in figure.alt and "B, Multivariable" not in figure.alt
    with pytest.raises(ValueError, match=r"more than one estimate for \('A', 'Univariable'\)"):
        forest(rows(list("AACDE"), "Univariable"))


@pytest.mark.parametrize("printed", [(), (("6.56", "2.6"), ("7.41", "2.780"))])
def test_distribution_draws_every_patient_and_the_mean_asked_for(printed: Any) -> None:
    frame = cohort()
    figure = distribution(frame, "age", "ill", groups=("Ill", "Well"), printed=printed)
    groups = [frame["age"][:23], frame["age"][23:54]]
    means = [(float(m), float(s)) for m, s in printed] or [(g.mean(), g.std()) for g in groups]
    texts = [" ± ".join(pair) for pair in printed] or [f"{m:.2f} ± {s:.2f}" for m, s in means]
    axes = figure.axes[1]
    dots = [line for line in axes.lines if line.get_marker() == "."]
    for line, group in zip(dots, groups, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), np.sort(group))
    diamonds = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx([mean for mean, _ in means])
    for container, (mean, sd) in zip(axes.containers, means, strict=True):
        (ends,) = container[2][0].get_segments()
        assert ends[:, 0] == pytest.approx([mean - sd, mean + sd])
    medians = [float(line.get_xdata()[0]) for line in axes.lines if line.get_mew() == 1.8]
    assert medians == pytest.approx([g.median() for g in groups])
    boxes = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    np.testing.assert_allclose(boxes, [g.quantile([0.25, 0.75]) for g in groups])
    name = "rinted mean ± SD" if printed else "ean ± SD"
    for text in texts:
        assert f"{'p' if printed else 'm'}{name} {text}," in figure.alt and text in words(figure)
    assert f"{'P' if printed else 'M'}{name} Patients Median (quartiles)" in words(figure)
    assert figure.alt.startswith("The mean of age is higher in Well than in Ill: ")
    assert ". Ill: 23 patients" in figure.alt and "Well: 31 patients" in figure.alt


def test_dots_of_one_place_are_stacked_without_leaving_their_row() -> None:
    frame = pd.DataFrame({"x": [1.0] * 500 + [2.0], "y": [1] * 500 + [0]})
    axes = distribution(frame, "x", "y").axes[1]
    dots = next(line for line in axes.lines if line.get_marker() == ".")
    heights = np.asarray(dots.get_ydata(), float)
    assert len(set(heights)) == 500 and np.ptp(heights) <= 0.2801
    frame = pd.DataFrame({"x": [1.0, 1.0, 9.0, 3.0], "y": [1, 1, 1, 0]})
    dots = distribution(frame, "x", "y").axes[1].lines
    heights = next(line.get_ydata() for line in dots if line.get_marker() == ".")
    assert heights[0] - heights[1] == pytest.approx(0.07) and heights[0] == heights[2]


def test_nothing_to_draw_is_an_error_in_words() -> None:
    with pytest.raises(ValueError, match="age: no values in one of the groups of ill"):
        distribution(cohort()[:23], "age", "ill")
    with pytest.raises(ValueError, match="no rows to draw"):
        forest(rows(list("ABCDE"), "").iloc[:0])
    with pytest.raises(ValueError, match="no rows to draw"):
        prevalence_dots(comparison(list("ABCDE")).iloc[-1:])


@pytest.mark.parametrize("name", FIGURES)
def test_same_figure_same_bytes(name: str) -> None:
    figure = drawn(name)
    assert image(figure) == image(FIGURES[name](LABELS))
    assert image(figure, "png", dpi=50) == image(figure, "png", dpi=50)


def test_bytes_do_not_depend_on_process_settings_or_day() -> None:
    code = (
        f"import sys, hashlib, matplotlib as mpl; sys.path.insert(0, {str(HERE)!r})\n"
        "mpl.rcParams.update({'axes.grid': True, 'font.size': 20, 'lines.linewidth': 9})\n"
        "from test_figures import *\n"
        "print(hashlib.sha256(image(FIGURES['forest'](LABELS))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": "86400"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    here = hashlib.sha256(image(FIGURES["forest"](LABELS))).hexdigest()
    assert run.stdout.strip() == here


def test_no_font_of_the_system_is_used() -> None:
    font = FontProperties(family=style.STYLE["font.family"])
    assert Path(findfont(font, fallback_to_default=False)).is_relative_to(mpl.get_data_path())
    assert all(text.get_family() == font.get_family() for text in drawn("dots").findobj(Text))


def test_drawing_leaves_the_settings_alone_and_opens_no_window() -> None:
    before = dict(mpl.rcParams)
    figure = FIGURES["dots"](LABELS)
    image(figure)
    assert dict(mpl.rcParams) == before
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_a_hint_stands_in_the_drawing_as_text() -> None:
    figure = BookFigure(figsize=(2, 1))
    figure.add_hint(figure.add_axes((0, 0, 1, 1)).axvspan(0, 1, alpha=0), "<b> & 'c'")
    drawn = image(figure).decode()
    assert "<g><title>&lt;b&gt; &amp; &#x27;c&#x27;</title>" in drawn and "hint_" not in drawn
    assert image(figure, "png").startswith(b"\x89PNG")


def test_a_figure_shows_itself_as_svg_with_its_finding_in_words() -> None:
    figure = FIGURES["forest"](LABELS)
    bundle, _ = figure._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {"image/svg+xml": image(figure).decode(), "text/plain": figure.alt}
    svg = bundle["image/svg+xml"]
    assert "<dc:date>" not in svg and "<text" not in svg and "<image" not in svg
    assert not any(outside in svg for outside in ('href="http', "url(http", "@import"))
    assert image(figure, "png", dpi=96).startswith(b"\x89PNG")


def test_wrapping_measures_and_loses_nothing() -> None:
    text = "one two  three\n" + "w" * 200
    lines = wrap(text, 1.0)
    assert "".join(lines).replace(" ", "") == "onetwothree" + "w" * 200
    assert all(text_width(line) <= 1.0 for line in lines)
    assert lines[0].startswith("one two") and wrap("", 1.0) == [""]
    assert text_width("bold", weight="bold") > text_width("bold") > text_width("bold", size=5)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(rgb: np.ndarray) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ rgb)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Machado, Oliveira and Fernandes 2009, severity 1.0: protanopia, deuteranopia, tritanopia.
VISION = {
    "protan": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
    "deutan": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881",
    "tritan": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.303900",
}


def test_palette_holds_for_colour_blind_readers_and_in_grey() -> None:
    first, second = (mark["color"] for mark in style.MARKS)
    for background in (style.CARD, style.BAND):
        assert min(contrast(c, background) for c in (style.INK, style.MUTED)) >= 4.5
        assert min(contrast(c, background) for c in (first, second)) >= 2.9
    lightness = [116 * luminance(linear(c)) ** (1 / 3) - 16 for c in (first, second)]
    assert lightness[0] - lightness[1] > 25
    for numbers in VISION.values():
        matrix = np.array(numbers.split(), float).reshape(3, 3)
        seen = [np.clip(matrix @ linear(c), 0, 1) for c in (first, second)]
        assert np.abs(seen[0] - seen[1]).max() > 0.2
    assert style.MARKS[0]["marker"] != style.MARKS[1]["marker"]


@pytest.mark.parametrize("name", ["missingness", "dots", "forest", "one model", "distribution"])
def test_the_plot_has_most_of_the_width(name: str) -> None:
    for labels in (LABELS, list("ABCDE")):
        assert FIGURES[name](labels).axes[1].get_position().width >= 0.55 - 1e-9


def test_a_forest_says_what_each_side_of_1_means_and_divides_its_decades() -> None:
    figure = forest(rows(list("ABCDE"), "U"), directions=("less with it", "more with it"))
    axes = figure.axes[1]
    written(figure)
    one = axes.transData.transform((1, 0))[0]
    less, more = (
        next(t for t in axes.texts if t.get_text() == words).get_window_extent()
        for words in ("less with it", "more with it")
    )
    assert less.x1 < one < more.x0
    minor = axes.xaxis.get_minorticklocs()
    assert {0.2, 2, 20, 90} <= {round(float(tick), 3) for tick in minor}
