"""The study's own figures: what they draw, under the laws that hold for every figure."""

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import to_rgba

from paperaudit.audit import KINDS
from paperaudit.audit_figures import (
    MEANING_COLOURS,
    MEANING_WORDS,
    compatible_ranges,
    meaning_bars,
)
from paperaudit.audit_grids import conflict_table, fingerprint_table
from paperaudit.verdict import DIFFERS, FOLLOWS, UNJUDGED
from smallstats.figures import style
from smallstats.figures.robustness import power_curves, specification_curve
from smallstats.figures.style import BookFigure, image

PATH = (
    Path(__file__).parents[1] / "packages" / "cohortbook" / "tests" / "report" / "test_figures.py"
)
_spec = importlib.util.spec_from_file_location("figures_of_any_cohort", PATH)
laws = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = laws
_spec.loader.exec_module(laws)
LABELS, words = laws.LABELS, laws.words


def conflicts(labels: list[str]) -> pd.DataFrame:
    joined = [(1, 0), (1, 1), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4)]
    return pd.DataFrame(
        [(number, labels[i], str(16 + i), i in (1, 3)) for number, i in joined],
        columns=["conflict", "label", "printed", "dropped"],
    )


def cells(items: list[str]) -> pd.DataFrame:
    tests = [("Pearson", 0.0265, False, True), ("Yates (Fisher if few)", 0.0559, False, False)]
    return pd.DataFrame(
        [(item, "0.02", *test) for item in items for test in tests],
        columns=["item", "printed", "method", "computed", "rounded", "truncated"],
    )


def summary(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            row
            for name in names
            for row in (
                (name, "odds_ratio", 0.0, 2.0, 4.0, 9.0, np.inf, np.nan, np.nan),
                (name, "p_lr", 0.0, 0.01, 0.03, 0.2, 0.9, 0.625, 0.674),
            )
        ],
        columns=["covariate", "statistic", "min", "q025", "median", "q975", "max", "significant",
                 "weighted_significant"],
    )  # fmt: skip


def analyses(names: list[str]) -> pd.DataFrame:
    rows = [(3.0 + i, 0.9 + i / 2, 4000.0, method, names[: i + 1]) for i, method in
            enumerate(["Wald", "Firth", "Profile", "Wald", "Firth"])]  # fmt: skip
    return pd.DataFrame(rows, columns=["odds_ratio", "ci_low", "ci_high", "method", "covariates"])


def powers(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [(n, name, 3.94, n / 400) for name in names for n in (54, 200, 400)],
        columns=["n", "exposure", "odds_ratio", "lr"],
    )


def same(labels: list[str]) -> dict[str, str]:
    return {label: label for label in labels}


FIGURES: dict[str, Callable[[list[str]], BookFigure]] = {
    "meanings": lambda labels: meaning_bars(numbers()),
    "ranges": lambda labels: compatible_ranges(summary(labels), same(labels)),
    "specifications": lambda labels: specification_curve(analyses(labels), same(labels)),
    "power": lambda labels: power_curves(powers(labels[:2]), same(labels)),
}


@cache
def drawn(name: str) -> BookFigure:
    """Give a figure of every label, which no test may change."""
    return FIGURES[name](LABELS)


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_and_no_text_covers_another(name: str) -> None:
    laws.check_texts(drawn(name))


@pytest.mark.parametrize("name", FIGURES)
def test_every_label_is_written_in_full_on_the_figure_and_in_its_alternative(name: str) -> None:
    some = {"power": LABELS[:2], "meanings": list(MEANING_WORDS.values())}
    laws.check_labels(drawn(name), some.get(name, LABELS))


@pytest.mark.parametrize("name", FIGURES)
def test_marks_keep_clear_of_the_text_columns(name: str) -> None:
    laws.check_columns(drawn(name))


@pytest.mark.parametrize("name", FIGURES)
def test_same_figure_same_bytes(name: str) -> None:
    figure = drawn(name)
    assert image(figure) == image(FIGURES[name](LABELS))
    assert image(figure, "png", dpi=50) == image(figure, "png", dpi=50)


def numbers() -> pd.DataFrame:
    """Nine printed numbers of three kinds."""
    rows = {
        (KINDS[0], FOLLOWS): 5,
        (KINDS[0], UNJUDGED): 1,
        (KINDS[2], FOLLOWS): 1,
        (KINDS[3], DIFFERS): 2,
    }
    return pd.DataFrame(
        [pair for pair, n in rows.items() for _ in range(n)], columns=["kind", "meaning"]
    )


def test_three_meanings_on_one_scale_and_each_part_leads_to_its_list() -> None:
    figure = meaning_bars(numbers(), page="notebooks/06_audit.html")
    (sheet,) = figure.axes
    hues = [to_rgba(colour) for colour in MEANING_COLOURS.values()]
    bars = [bar for bar in sheet.patches if bar.get_facecolor() in hues and bar.get_width()]
    one = bars[1].get_width()
    assert [bar.get_width() / one for bar in bars] == pytest.approx([5, 1, 1, 2])
    assert figure.data.to_numpy().tolist() == [
        [KINDS[0], 5, 1, 0],
        [KINDS[2], 1, 0, 0],
        [KINDS[3], 0, 0, 2],
    ]
    svg = BeautifulSoup(image(figure), "xml")
    found = [(parse_qs(urlsplit(a["href"]).query), a["aria-label"]) for a in svg("a")]
    assert found[1] == (
        {"Meaning": ["Cannot be judged"]},
        "Cannot be judged: list of 1 printed numbers",
    )
    assert found[-1] == (
        {"Kind": ["Regression and ratios"], "Meaning": ["Does not follow"]},
        "Regression and ratios, Does not follow: list of 2 printed numbers",
    )
    assert len(found) == 7  # three totals, and each part that is not empty
    paths = {urlsplit(a["href"])[2::2] for a in svg("a")}
    assert paths == {("notebooks/06_audit.html", "all-verdicts")}
    assert "patients" not in figure.alt
    assert figure.finding == (
        "6 of the paper's 9 printed numbers follow from the others, 1 cannot be judged, "
        "2 do not follow"
    )


def test_conflicts_shade_the_counts_that_clash_and_mark_those_left_out() -> None:
    table = conflict_table(conflicts(list("ABCDE")))
    assert table.caption == "3 sets of printed counts that cannot hold together"
    cells = table.frame.set_index("Printed count")
    shades = pd.DataFrame(table.shades, index=cells.index)
    assert ((cells != "") == (shades != "")).to_numpy().all()
    assert (cells != "").sum().tolist() == [2, 3, 2]
    marked = cells.map(lambda text: text.endswith("ᵃ"))
    assert (marked == (shades == "first")).to_numpy().all() and marked.to_numpy().sum() == 4
    assert cells["Set 3"].tolist() == ["", "", "", "19ᵃ", "20"]


def test_fingerprint_shades_what_prints_so() -> None:
    table = cells(["a"]).assign(rounded=[True, False], truncated=[True, False])
    shown = fingerprint_table(table, {"a": "A"})
    assert shown.frame.iloc[0].tolist() == ["A", "0.02", "0.027ᵃ", "0.056"]
    assert [*shown.shades.values()] == [["second"], [""]]
    assert shown.caption.startswith("0 of 1 ")
    neither = fingerprint_table(table.assign(rounded=False, truncated=[False, True]), {})
    assert [*neither.shades.values()] == [[""], ["first"]]
    assert neither.frame.iloc[0, 3] == "0.056ᵇ"
    lost = fingerprint_table(table.assign(rounded=False, truncated=False), {})
    assert lost.caption.startswith("1 of 1 ")


def test_shaded_cells_are_those_named_and_can_be_read_on_both_pages() -> None:
    html = BeautifulSoup(conflict_table(conflicts(list("ABCDE")))._repr_html_(), "html.parser")
    table = conflict_table(conflicts(list("ABCDE")))
    for row, (_, *texts) in zip(html.tbody("tr"), table.frame.to_numpy().tolist(), strict=True):
        assert [cell.get_text() for cell in row("td")] == texts
        assert [bool(cell.get("data-shade")) for cell in row("td")] == [bool(t) for t in texts]
    light, dark = ("#d17b00", "#1b4f8a", "#ffffff"), ("#f0a13c", "#7fb2ee", "#14181e")
    for first, second, card in (light, dark):
        assert laws.contrast(first, "#12181f") > 4.5 and laws.contrast(second, card) > 4.5


def test_ranges_run_from_least_to_most() -> None:
    figure = compatible_ranges(summary(["a"]), {"a": "A"}, printed={"a": 5.0})
    axes = figure.axes[1]
    left, right = axes.get_xlim()
    drawn = [list(np.asarray(line.get_xdata(), float)) for line in axes.lines[1:]]
    assert drawn[:3] == [[left, right], [2.0, 9.0], [4.0]]
    assert drawn[3:] == [[left], [right], [5.0]]  # arrows, then what is printed
    assert "63 / 67" in words(figure) and "0 to ∞" in words(figure)


def test_a_specification_curve_shows_every_choice() -> None:
    names = list("abc")
    figure = specification_curve(analyses(names)[::-1], same(names))
    sheet, axes = figure.axes
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(line.get_ydata()[0]) for line in points] == [3, 4, 5, 6, 7]
    marks = [mpl.colors.to_hex(line.get_color()) for line in sheet.lines]
    chosen = np.reshape([mark == style.SECOND for mark in marks], (6, 5))
    assert chosen.sum(axis=0).tolist() == [2, 3, 4, 4, 4]
    assert chosen[0].all() and not chosen[2, :2].any()
    assert figure.alt.startswith(
        "The odds ratio is 3.0 to 7.0 in 5 analyses; 4 of 5 intervals exclude 1"
    )
    assert axes.get_yscale() == "log"


def test_a_specification_curve_of_many_cohorts_shows_their_range() -> None:
    curve = analyses(["a"])[:3].assign(ci_high=9.0, least=2.0, most=[8.0, 9.0, np.inf])
    figure = specification_curve(curve, {"a": "A"})
    axes = figure.axes[1]
    top = axes.get_ylim()[1]
    bars = [line for line in axes.lines if line.get_lw() == 5]
    assert [list(np.asarray(bar.get_ydata(), float)) for bar in bars] == [[2, 8], [2, 9], [2, top]]
    arrows = [line for line in axes.lines if line.get_marker() in ("^", "v")]
    assert [float(line.get_ydata()[0]) for line in arrows] == [top]  # only of what is beyond
    assert "the median of many cohorts (2.0 to ∞ in single ones); 2 of 3 median " in figure.alt
    assert "2.0 to ∞ over the cohorts" in style.image(figure).decode()


def test_an_interval_beyond_the_axis_ends_in_an_arrow_at_either_end() -> None:
    curve = analyses(["a"])[:3].assign(ci_low=[0.01, 1.2, 1.2], ci_high=[9.0, 2000.0, 9.0])
    axes = specification_curve(curve, {"a": "A"}, limits=(0.2, 1000)).axes[1]
    low, high = axes.get_ylim()
    arrows = [line for line in axes.lines if line.get_marker() in ("^", "v")]
    assert [(line.get_marker(), float(line.get_ydata()[0])) for line in arrows] == [
        ("v", low),
        ("^", high),
    ]


def test_power_is_drawn_in_percent() -> None:
    axes = power_curves(powers(["a"]), {"a": "A"}).axes[0]
    assert list(np.asarray(axes.lines[0].get_ydata(), float)) == pytest.approx([13.5, 50, 100])
    assert list(np.asarray(axes.lines[0].get_xdata(), float)) == [54, 200, 400]
