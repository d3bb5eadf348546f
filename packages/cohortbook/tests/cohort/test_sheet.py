"""The rows of a table as columns."""

import numpy as np
import pytest

from cohortbook.cohort.sheet import _BLOCK, Sheet

ROWS = [(3, ["id", "x"]), (4, ["a", " 1"]), (6, ["b", "1 ", "note"]), (7, []), (8, [" a", ""])]


def test_cells_are_stripped_and_short_rows_stay_short():
    sheet = Sheet.of(ROWS)
    assert [sheet.row(i) for i in range(5)] == [[c.strip() for c in cells] for _, cells in ROWS]
    assert sheet.filled.tolist() == [2, 2, 3, 0, 1]
    assert sheet.lines.tolist() == [3, 4, 6, 7, 8] and sheet.text(0, 2) == ""
    assert sheet.first(2) == 0 and Sheet.of([(1, ["", "x"])]).first(0) == 1


@pytest.mark.parametrize("late", [0, 1, _BLOCK - 1, _BLOCK, _BLOCK + 1, 3 * _BLOCK])
def test_a_column_that_begins_late_or_ends_early_is_blank_elsewhere(late):
    rows = [(i, ["a"]) for i in range(3 * _BLOCK + 2)]
    rows[late] = (late, ["a", "", "c"])
    sheet = Sheet.of(rows)
    held = np.flatnonzero(sheet.columns[2].codes)
    assert held.tolist() == [late] and sheet.row(late) == ["a", "", "c"]
    assert {len(column.codes) for column in sheet.columns} == {len(rows)}


def test_texts_are_counted_and_taken_in_the_order_of_the_rows():
    column = Sheet.of([(i, [text]) for i, text in enumerate(["n", "b", "a ", "", "b", "a", "b"])])
    rows = np.array([1, 2, 3, 4, 5])
    assert column.columns[0].counts(rows) == {"b": 2, "a": 2}
    texts = column.columns[0].take(rows)
    assert texts.tolist() == ["b", "a", "", "b", "a"]
    assert texts.categories.tolist() == ["b", "a", ""]
    seen = []
    fits = column.columns[0].where(lambda text: seen.append(text) or text == "a", rows)
    assert fits.tolist() == [False, True, False, False, True] and sorted(seen) == ["", "a", "b"]
