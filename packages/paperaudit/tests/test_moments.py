"""The moments of groups together, against groups that were made and then printed."""

import numpy as np
import pytest

from paperaudit.moments import pooled_moments


def printed(values: np.ndarray) -> tuple[str, str, int]:
    sd = values.std(ddof=1) if len(values) > 1 else 0.0
    return f"{values.mean():.1f}", f"{sd:.1f}", len(values)


@pytest.mark.parametrize(("n1", "n0"), [(1, 9), (9, 1), (2, 2), (5, 30), (40, 40)])
def test_what_the_groups_have_together_is_within_the_bounds(n1, n0):
    rng = np.random.default_rng(n1)
    for _ in range(50):
        first, second = rng.normal(5, 2, n1), rng.normal(rng.choice([5, 9]), 3, n0)
        both = np.concatenate([first, second])
        found = pooled_moments([printed(first), printed(second)])
        for (low, high), true in ((found.mean, both.mean()), (found.sd, both.std(ddof=1))):
            assert low - 1e-9 <= true <= high + 1e-9
            assert high - low < 0.5  # numbers are printed to 0.1


@pytest.mark.parametrize("sizes", [(5, 9, 30), (20, 20, 20), (3, 12, 7, 40)])
def test_more_than_two_groups(sizes):
    rng = np.random.default_rng(len(sizes))
    for _ in range(30):
        groups = [rng.normal(rng.choice([5, 7, 9]), 2, n) for n in sizes]
        everybody = np.concatenate(groups)
        found = pooled_moments([printed(group) for group in groups])
        for (low, high), true in (
            (found.mean, everybody.mean()),
            (found.sd, everybody.std(ddof=1)),
        ):
            assert low - 1e-9 <= true <= high + 1e-9
            assert high - low < 0.5


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0)])
def test_a_group_of_nobody_is_refused(sizes):
    with pytest.raises(ValueError, match=f"groups of {sizes[0]} and {sizes[1]} patients"):
        pooled_moments([("5", "1", sizes[0]), ("6", "1", sizes[1])])
