from itertools import combinations

import numpy as np
import pytest

from smallstats import ranks
from smallstats.ranks import rank_sum, trend_p


@pytest.mark.parametrize(("n1", "n0"), [(4, 4), (5, 8), (7, 3), (6, 6), (2, 3)])
def test_exact_limits_come_from_the_distribution_of_all_orders(n1, n0):
    places = range(1, n1 + n0 + 1)
    u = np.array([sum(c) - n1 * (n1 + 1) / 2 for c in combinations(places, n1)])
    wanted = min(k for k in range(n1 * n0 + 1) if (u <= k).mean() >= 0.025 - 1e-12)
    assert ranks._lower_quantile(n1, n0) == wanted


@pytest.mark.parametrize("size", [30, 50, 51, 52, 53])
def test_a_shift_of_one_group_moves_the_estimate_and_its_limits(size):
    rng = np.random.default_rng(1)
    x, y = rng.gamma(1, 2, size), rng.gamma(1, 2, 41)
    assert rank_sum(x, y).exact == (size < 50)
    one, two = rank_sum(x, y), rank_sum(x + 3, y)
    for name in ("shift", "ci_low", "ci_high"):
        assert getattr(two, name) == pytest.approx(getattr(one, name) + 3)
    assert rank_sum(x - one.ci_high + 1e-9, y).p > 0.05 > rank_sum(x - one.ci_high - 1e-9, y).p
    assert rank_sum(x - one.ci_low - 1e-9, y).p > 0.05 > rank_sum(x - one.ci_low + 1e-9, y).p
    turned = rank_sum(y, x)
    assert (turned.shift, turned.ci_low) == pytest.approx((-one.shift, -one.ci_high))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1.1] * 3 + [2.3], [0.2] * 5 + [1.5]),
        ([1.1] * 4 + [2.3], [0.2] * 3 + [1.5] * 2),
        ([0] * 6 + [2.3], [0.2] * 3 + [1.5]),
    ],
)
def test_limits_with_ties_are_the_shifts_that_the_test_does_not_reject(x, y):
    x, y = np.array(x), np.array(y)
    found = rank_sum(x, y)
    for inside, outside in ((found.ci_low + 1e-9, found.ci_low - 1e-9),
                            (found.ci_high - 1e-9, found.ci_high + 1e-9)):  # fmt: skip
        assert rank_sum(x - inside, y).p > 0.05 > rank_sum(x - outside, y).p


@pytest.mark.parametrize("whole", [True, False])
def test_large_groups_are_searched_to_the_same_result(monkeypatch, whole):
    rng = np.random.default_rng(2)
    x, y = rng.gamma(2, 9, 120), rng.gamma(3, 9, 90)
    x, y = (np.round(x), np.round(y)) if whole else (x, y)
    wanted = rank_sum(x, y)
    monkeypatch.setattr(ranks, "PAIRS", 0)
    found = rank_sum(x, y)
    for name in ("shift", "ci_low", "ci_high"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=1e-9)


def test_trend_with_two_levels_is_pearsons_test():
    levels, ill = np.array([0.0] * 10 + [1] * 12), np.array([1] * 3 + [0] * 7 + [1] * 9 + [0] * 3)
    a, b, c, d = 3, 7, 9, 3
    chi_square = 22 * (a * d - b * c) ** 2 / (10 * 12 * 12 * 10)
    from scipy.special import chdtrc

    assert trend_p(levels, ill == 1, ranks=False) == pytest.approx(chdtrc(1, chi_square))
    assert trend_p(levels, ill == 1) == pytest.approx(chdtrc(1, chi_square * 21 / 22))
