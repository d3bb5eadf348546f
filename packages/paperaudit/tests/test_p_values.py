"""How easily a printed p is matched, against the slow way: one printed value at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from paperaudit.number_checks import match_value
from paperaudit.p_values import FAMILY, match_chance, p_from_counts, printable

COUNTS = [
    (16, 25), (12, 15), (7, 18), (15, 23), (13, 19), (19, 25), (10, 5), (7, 1), (9, 13), (15, 10),
    (2, 2), (11, 4),
]  # fmt: skip
PRINTED = [f"{i / 100:.2f}" for i in range(101)]


@given(st.floats(0, 1))
def test_what_a_p_prints_as_is_what_matches_it(p):
    matched = [i for i, printed in enumerate(PRINTED) if match_value(printed, p).rules]
    assert printable([p]).tolist() == matched


@pytest.mark.parametrize(
    ("p", "decimals", "expected"),
    [
        ([0.265], 2, [26, 27]),
        ([0.27], 2, [27]),
        ([0.2651, np.nan], 2, [26, 27]),
        ([1.0, 0.0], 2, [0, 100]),
        ([0.96], 1, [9, 10]),
        ([0.0004], 3, [0]),
    ],
)
def test_rounded_and_cut_off(p, decimals, expected):
    assert printable(p, decimals).tolist() == expected


@pytest.mark.parametrize("counts", COUNTS, ids=str)
def test_the_chance_of_a_match_is_the_share_of_printed_values_that_match(counts):
    a, b = counts
    usual = tests = 0
    for printed in PRINTED:
        frame = p_from_counts(printed, a, 23, b, 31)
        fits = frame["rounded"] | frame["truncated"]
        usual += bool(fits[frame["usual"]].any())
        tests += bool(fits.any())
    assert match_chance(a, 23, b, 31) == usual / 101
    assert match_chance(a, 23, b, 31, tests=list(FAMILY)) == tests / 101


def test_the_chance_by_scipy():
    table = [[11, 12], [4, 27]]
    p = [stats.chi2_contingency(table, correction=c).pvalue for c in (False, True)]
    p.append(stats.fisher_exact(table).pvalue)
    shown = {x for value in p for x in (f"{value:.2f}", f"{int(100 * value) / 100:.2f}")}
    assert shown == {"0.00", "0.01"}
    assert match_chance(11, 23, 4, 31) == len(shown) / 101


def test_with_one_decimal_a_match_is_more_likely():
    assert match_chance(12, 23, 15, 31, decimals=1) == 3 / 11  # 0.7, 0.8 and 1.0
