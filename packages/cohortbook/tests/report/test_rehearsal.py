"""What would stop a book is met when its chapters are tried."""

import json

import pytest

from cohortbook.cohort.review import review_cohort
from cohortbook.example import example_cohort
from cohortbook.report import rehearsal
from cohortbook.report.rehearsal import run_cells


def notebook(*cells):
    cells = [{"cell_type": "code", "source": [source]} for source in cells]
    return json.dumps({"cells": cells}).encode()


def test_cells_share_their_names():
    run_cells(notebook("x = 1", "assert x == 1"))


def test_a_cell_that_fails_is_met():
    with pytest.raises(ZeroDivisionError):
        run_cells(notebook("1 / 0"))


def test_a_warning_of_arithmetic_is_met_since_a_book_stops_at_it():
    with pytest.raises(RuntimeWarning, match="divide by zero"):
        run_cells(notebook("import numpy as np", "np.array([1.0]) / 0"))


@pytest.mark.parametrize("limit", ["MOST_PATIENTS", "MOST_VARIABLES", ""])
def test_chapters_of_a_cohort_too_large_for_figures_are_not_tried(monkeypatch, limit):
    tried = []
    monkeypatch.setattr(rehearsal, "run_cells", tried.append)
    if limit:
        monkeypatch.setattr(rehearsal, limit, 3)
    review = rehearsal.rehearse(review_cohort(example_cohort()), example_cohort())
    assert bool(tried) == (not limit)
    warned = [text for column, text in review.warnings.to_numpy() if column == "book"]
    assert len(warned) == bool(limit) and all("chapters are not tried" in text for text in warned)
