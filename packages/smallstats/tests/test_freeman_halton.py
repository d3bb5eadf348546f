import time

import numpy as np
import pytest

from smallstats import fisher_rxc, two_by_two


def test_p_agree_with_r(golden):
    began = time.process_time()
    for row in golden("fisher_rxc").itertuples():
        table = np.array(row.counts.split(), dtype=int).reshape(row.rows, -1)
        assert fisher_rxc(table) == pytest.approx(row.p, rel=1e-6)
        assert fisher_rxc(table.T[::-1]) == pytest.approx(row.p, rel=1e-6)
    assert time.process_time() - began < 20


def test_two_by_two_is_fishers_test_with_its_ties():
    for a, b in ((7, 1), (3, 9), (0, 5), (6, 6)):
        table = [[a, 12 - a], [b, 12 - b]]
        assert fisher_rxc(table) == pytest.approx(two_by_two(a, 12, b, 12).fisher)


def test_rows_without_patients_make_no_difference():
    assert fisher_rxc([[3, 0, 1, 4], [0, 0, 0, 0], [1, 0, 5, 2]]) == pytest.approx(
        fisher_rxc([[3, 1, 4], [1, 5, 2]])
    )
    assert fisher_rxc([[3, 1, 4], [0, 0, 0]]) == 1 == fisher_rxc([[0, 0], [0, 0]])


def test_the_two_halves_of_a_large_table_are_joined():
    """R 4.2: fisher.test(matrix(c(4, 63, 57, 49, 67, 3, 32, 48, 43, 52), 5), workspace = 2e8)."""
    table = np.array([[4, 3], [63, 32], [57, 48], [49, 43], [67, 52]])
    assert fisher_rxc(table) == pytest.approx(0.361785062093, rel=1e-9)
    assert fisher_rxc(table.T) == pytest.approx(0.361785062093, rel=1e-9)


@pytest.mark.parametrize("table", [[1, 2], [[1.5, 2], [3, 4]], [[-1, 2], [3, 4]]])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(ValueError, match="must have two dimensions, and whole numbers from 0 on"):
        fisher_rxc(table)


def test_a_table_with_too_many_others_is_refused():
    with pytest.raises(ValueError, match="too many tables with these margins: use a chi-square"):
        fisher_rxc(np.full((6, 6), 40))
