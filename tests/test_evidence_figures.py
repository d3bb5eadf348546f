"""Other cohorts shown: each identifier beside its row, each cohort where its numbers are."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from jdm_utils import show
from jdm_utils.evidence import load_evidence
from smallstats.figures.proportions import proportion_forest
from smallstats.figures.style import FIRST, MUTED, SECOND, image
from smallstats.pooled_proportion import pool_proportions

ROWS = pd.DataFrame(
    {
        "label": ["A", "B", "C", "D", "E"],
        "count": [5, 16, 11, 1, 23],
        "n": [35, 34, 48, 31, 54],
        "ci_low": [0.06, 0.31, 0.13, 0.01, 0.30],
        "ci_high": [0.29, 0.63, 0.37, 0.16, 0.56],
        "kind": ["pooled", "pooled", "pooled", "apart", "study"],
    }
)
POOLED = pool_proportions(ROWS["count"][:3], ROWS["n"][:3])


def lines(figure):
    """The intervals drawn on the plot, from the top: colour, left, right."""
    axes = figure.axes[1]
    spans = [line for line in axes.lines if len(set(line.get_ydata())) == 1]
    spans = [line for line in spans if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    return [(to_hex(line.get_color()), *line.get_xdata()) for line in spans]


def test_each_interval_is_drawn_in_its_row_and_look():
    figure = proportion_forest(ROWS, POOLED)
    *cohorts, prediction = lines(figure)
    looks = [SECOND, SECOND, SECOND, MUTED, FIRST]
    expected = zip(looks, 100 * ROWS["ci_low"], 100 * ROWS["ci_high"], strict=True)
    assert cohorts == [(colour, pytest.approx(a), pytest.approx(b)) for colour, a, b in expected]
    ends = 100 * POOLED.prediction_low, 100 * POOLED.prediction_high
    assert prediction == (FIRST, *map(pytest.approx, ends))


def test_the_diamond_is_the_median_with_its_interval():
    axes = proportion_forest(ROWS, POOLED).axes[1]
    corners = np.unique(axes.patches[0].get_xy()[:, 0])
    pooled = POOLED.ci_low, POOLED.median, POOLED.ci_high
    assert corners == pytest.approx(100 * np.array(pooled))


def test_the_figure_says_what_it_shows():
    alt = proportion_forest(ROWS, POOLED).alt
    assert alt.startswith("14% to 47% have the outcome in 3 cohorts, with a median of 27% (")
    assert "D: 1/31 (3%), 1 to 16. E: 23/54 (43%), 30 to 56." in alt
    assert alt.endswith(".")


def test_same_figure_same_bytes():
    first, second = (proportion_forest(ROWS, POOLED) for _ in range(2))
    assert image(first) == image(second)
    assert first.data is not None and len(first.data) == len(ROWS)


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="kind is 'mine'; allowed are: pooled, apart, study"):
        proportion_forest(ROWS.assign(kind="mine"), POOLED)


def test_every_row_has_its_identifier_and_leads_to_its_publication():
    findings = load_evidence().findings.loc[["clemente_delay", "sharma_onset"]]
    table = show(findings, "delay_elsewhere")
    assert [*table.frame] == ["Publication", "Direction", "Analysis", "Printed", "Finding"]
    html = table._repr_html_()
    link = '<a href="https://pubmed.ncbi.nlm.nih.gov/22885422/">'
    assert f"{link}Clemente 2012, PMID:22885422</a>" in html
    assert ">Sharma 2017, AB0946<" in html and 'href=""' not in html
    assert "From other papers" in html
