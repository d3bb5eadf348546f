"""Laws of every figure: the finding as its title, room for the plot, a drawing for telephones."""

import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from cohortbook import example_cohort, load_cohort
from cohortbook.report.curves import survival_curves
from cohortbook.report.figures import distribution, forest, missingness, prevalence_dots
from cohortbook.report.key_figures import main_figure, numbers_at_a_glance
from cohortbook.report.models import fit_candidates
from cohortbook.report.prediction import predict_candidates, prediction_figure
from cohortbook.report.strobe_diagram import flow_diagram
from jdm_utils.delay_figures import early_range
from paperaudit.audit_figures import compatible_ranges, meaning_bars
from smallstats.figures.layout import draw_with
from smallstats.figures.proportions import proportion_forest
from smallstats.figures.robustness import power_curves, specification_curve
from smallstats.figures.style import NARROW, WIDTH, BookFigure
from smallstats.pooled_proportion import pool_proportions

ROOT = Path(__file__).parents[1]
TELEPHONE = 350  # pixels for a figure, of 390
LABELS = [
    "Cardiac involvement",
    "Treated with one or more immunosuppressors, or with intravenous gammaglobulin, at any time",
    "Oedema: untreated or resolved",
]


def _load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


laws = _load("figures_of_cohorts", ROOT / "packages/cohortbook/tests/report/test_figures.py")
study = _load("figures_of_the_study", ROOT / "tests/test_study_figures.py")


def effects(high: float) -> pd.DataFrame:
    found = [(13.1, 1.4, 637.0, 0.02), (4.0, 1.1, high, 0.03), (0.5, 0.2, 1.4, 0.3)]
    table = pd.DataFrame(found, columns=["odds_ratio", "ci_low", "ci_high", "p"])
    both = [table.assign(label=LABELS, model=m) for m in ("Univariable", "Multivariable")]
    return pd.concat(both, ignore_index=True)


def compared(n: int) -> pd.DataFrame:
    rows = [(n, 23, 25, 31, 0.55, 0.13, 2.3), (7, 23, 1, 31, 13.1, 1.4, 637.0 + n)]
    names = ["n_with", "total_with", "n_without", "total_without", "estimate", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names).assign(label=LABELS[:2], level="", ci_low=[0.1, n / 9])


def flow(lost: int) -> pd.DataFrame:
    remaining = [80, 80 - lost, 70 - lost]
    return pd.DataFrame(
        {
            "label": LABELS,
            "excluded": [0, lost, 10],
            "remaining": remaining,
            "unknown": pd.array([None, lost, 4], "Int64"),
        }
    )


def cohorts(last: int) -> BookFigure:
    rows = pd.DataFrame(
        {"label": LABELS, "count": [5, 16, last], "n": [35, 34, 48], "kind": "pooled"}
    ).assign(ci_low=0.1, ci_high=0.6)
    return proportion_forest(rows, pool_proportions(rows["count"], rows["n"]))


def early(p: float) -> BookFigure:
    curve = pd.DataFrame({"early_late": range(7), "a": range(11, 4, -1), "n1": 17, "b": 4})
    fisher = np.geomspace(0.0007, p, 7)
    return early_range(curve.assign(n0=31, fisher=fisher, yates=fisher * 1.2), "0.31")


def ages(more: float) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    values = np.r_[rng.normal(6.6, 2.6, 23), rng.normal(7.4 + more, 2.8, 31)]
    return pd.DataFrame({"age": values, "ill": [1] * 23 + [0] * 31})


def example(changed: int, draw: Callable[[Any], BookFigure]) -> BookFigure:
    """A figure of the example's cohort, or of the last half of its patients."""
    found = load_cohort(example_cohort())
    return draw(replace(found, frame=found.frame.iloc[12 * changed :]))


def prediction(cohort: Any) -> BookFigure:
    return prediction_figure(predict_candidates(cohort, fit_candidates(cohort)))


def meanings(more: int) -> BookFigure:
    return meaning_bars(pd.concat([study.numbers(), study.numbers()[:more]]))


def ranges(least: float) -> BookFigure:
    names = LABELS[:2]
    table = study.summary(names)
    ratios = table["statistic"] == "odds_ratio"
    table.loc[ratios, "min"] = least
    return compatible_ranges(table, study.same(names), printed={names[0]: 5.0})


def plotted(last: float) -> BookFigure:
    def plot(data: pd.DataFrame, ax: Axes, x: str) -> None:
        ax.ecdf(data[x])

    data = pd.DataFrame({"Age": [1.0, 2.0, last]})
    told = pd.DataFrame({"Highest": [f"{last:g}"]})
    return draw_with(plot, data, x="Age", finding=f"The oldest is {last:g}", numbers=told)


#: Each figure, of data and of other data.
FIGURES: dict[str, Callable[[int], BookFigure]] = {
    "flow": lambda o: flow_diagram(flow(3 + 20 * o), groups={"Ill": 23, "No such finding": 31}),
    "missing": lambda o: missingness(laws.gaps([*LABELS, "D", "E"])[o:]),
    "prevalence": lambda o: prevalence_dots(compared(3 + 8 * o), groups=("Ill", "Well")),
    "forest": lambda o: forest(effects(14.0) if o else effects(14.0).assign(ci_low=0.1)),
    "one model": lambda o: forest(effects(14.0)[o:3].drop(columns="model")),
    "distribution": lambda o: distribution(ages(3.0 * o), "age", "ill", label="Age (years)"),
    "curves": lambda o: example(o, survival_curves),
    "main": lambda o: example(o, main_figure),
    "glance": lambda o: example(o, numbers_at_a_glance),
    "prediction": lambda o: example(o, prediction),
    "meanings": lambda o: meanings(5 * o),
    "ranges": lambda o: ranges(0.5 + o),
    "specifications": lambda o: specification_curve(study.analyses(LABELS)[o:], study.same(LABELS)),
    "power": lambda o: power_curves(
        study.powers(LABELS[:2]).assign(lr=lambda f: f["n"] / (400 - 200 * o)), study.same(LABELS)
    ),
    "early": lambda o: early(0.3 if o else 0.04),
    "cohorts": lambda o: cohorts(30 if o else 11),
    "any plot": lambda o: plotted(3.0 + o),
}


@cache
def drawn(name: str, other: bool = False) -> BookFigure:
    """Give a figure, which no test may change."""
    return FIGURES[name](int(other))


def both(name: str) -> list[BookFigure]:
    figure = drawn(name)
    assert figure.narrow is not None
    return [figure, figure.narrow]


def plots(figure: BookFigure) -> list[Axes]:
    """Give what is drawn on, and not the sheet over the whole figure."""
    return [axes for axes in figure.axes if axes.axison]


@pytest.mark.parametrize("name", FIGURES)
def test_the_title_is_a_finding_that_follows_the_data(name: str) -> None:
    figure, other = drawn(name), drawn(name, other=True)
    assert figure.finding != other.finding
    assert figure.alt.startswith(f"{figure.finding}.") and figure.finding[0].isupper() | (
        figure.finding[0] in "0123456789p"
    )
    axis = {axes.get_xlabel().lower() for axes in plots(figure)}
    assert figure.finding.lower() not in axis and len(figure.finding.split()) > 3
    for shown in both(name):
        assert figure.finding.replace(" ", "") in laws.words(shown).replace(" ", "")


@pytest.mark.parametrize("name", FIGURES)
def test_the_plot_has_more_than_half_of_the_width(name: str) -> None:
    for figure in both(name):
        boxes = [axes.get_window_extent() for axes in plots(figure)]
        if not boxes:  # boxes of words, or bars on the sheet
            assert name in ("flow", "meanings")
            continue
        rows: dict[int, float] = {}
        for box in boxes:
            rows[round(box.y0)] = rows.get(round(box.y0), 0) + box.width
        assert max(rows.values()) >= 0.55 * figure.bbox.width - 1


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_or_covered_in_the_drawing_for_a_telephone(name: str) -> None:
    figure, narrow = both(name)
    assert WIDTH <= figure.get_size_inches()[0] < 8.5
    assert narrow.get_size_inches()[0] == pytest.approx(NARROW)
    laws.check_texts(narrow)


@pytest.mark.parametrize("name", FIGURES)
def test_letters_on_a_telephone_are_large_enough(name: str) -> None:
    narrow = both(name)[1]
    pixels = TELEPHONE / (72 * narrow.get_size_inches()[0])
    texts = [text for text in laws.written(narrow) if isinstance(text, Text)]
    assert min(text.get_fontsize() for text in texts) * pixels >= 9


@pytest.mark.parametrize("name", FIGURES)
def test_what_a_figure_shows_stands_beside_it_as_printed(name: str) -> None:
    figure = drawn(name)
    assert figure.numbers is not None and len(figure.numbers)
    assert figure.numbers.columns.is_unique
    assert figure.numbers.map(lambda cell: isinstance(cell, str)).to_numpy().all()
    assert not figure.numbers.equals(drawn(name, other=True).numbers)


def test_a_flow_says_why_patients_are_left_out() -> None:
    texts = laws.words(drawn("flow"))
    assert "Excluded: n = 3 value missing" in texts
    assert "Excluded: n = 10 criterion not met: 6 value missing: 4" in texts
    assert "n = 3 value missing: 3" not in texts


def test_a_label_for_a_telephone_keeps_its_words_whole() -> None:
    narrow = forest(
        effects(14.0).replace({"label": {LABELS[0]: "Immunosuppressor or gammaglobulin"}})
    ).narrow
    assert narrow is not None
    assert "Immunosuppressor" in {
        line for text in narrow.findobj(Text) for line in re.split(r"[\n ]", text.get_text())
    }
