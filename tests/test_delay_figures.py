"""The figure of the late diagnosis: what is drawn, what is written, and that nothing is cut."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from jdm_utils.delay_figures import early_range

P = [0.0007, 0.0022, 0.0044, 0.0151, 0.036, 0.1336, 0.2471]


def curve(p=P):
    counts = {"early_late": range(len(p)), "a": range(11, 11 - len(p), -1)}
    frame = pd.DataFrame(counts).assign(n1=17, b=4, n0=31, fisher=p)
    return frame.assign(yates=frame["fisher"] * 1.25)


def test_points_stand_at_their_p_with_the_level_and_what_is_printed():
    axes = early_range(curve(), "0.31").axes[0]
    drawn = [np.asarray(line.get_ydata(), float).tolist() for line in axes.lines]
    assert drawn[0] == P and drawn[1] == [1.25 * p for p in P]
    assert drawn[2:] == [[0.05, 0.05], [0.31, 0.31]]
    assert axes.get_yscale() == "log" and axes.get_ylim() == (0.0001, 1)
    assert [tick.get_text() for tick in axes.get_xticklabels()][::6] == ["0\n11/17", "6\n5/17"]


@pytest.mark.parametrize(
    ("p", "finding"),
    [
        (P, "p is below 5% by Fisher’s test unless 5 or more of the 6 left out were late"),
        ([0.01, 0.05], "p is below 5% by Fisher’s test unless 1 or more of the 1 left out were"),
        ([0.01, 0.02], "p is below 5% by Fisher’s test. "),
    ],
)
def test_the_title_says_the_finding_and_so_does_the_alternative(p, finding):
    figure = early_range(curve(p), "0.31")
    assert figure.alt.startswith(finding)
    title = figure.texts[0].get_text().replace("\n", " ")
    assert figure.alt.startswith(title) and title
    assert f"{len(p) - 1}: {12 - len(p)}/17 against 4/31, Fisher" in figure.alt


def test_nothing_is_cut_and_no_text_covers_another():
    figure = early_range(curve(), "0.31")
    FigureCanvasAgg(figure).draw()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text
    for (one, first), (other, second) in combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 0 or down <= 1, (one, other)
