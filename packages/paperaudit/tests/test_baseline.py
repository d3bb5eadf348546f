"""A baseline that chance made, one that is too alike, and one that is too different."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from paperaudit import validate_claims
from paperaudit.baseline import CAVEATS, check_baseline


def ledger(groups, sizes=(40, 40), decimals=2):
    """Write means and SDs of variables, a column a group, as a ledger."""
    rows = [("patients", g, "n", str(n)) for g, n in zip("abcd", sizes, strict=False)]
    for item, values in enumerate(groups):
        for group, (mean, sd) in zip("abcd", values, strict=False):
            rows += [(f"x{item}", group, "mean", f"{mean:.{decimals}f}"),
                     (f"x{item}", group, "sd", f"{sd:.{decimals}f}")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["item", "group", "statistic", "printed"])
    return validate_claims(frame)


def drawn(rng, n_items, sizes):
    return [
        [(sample.mean(), sample.std(ddof=1)) for sample in (rng.normal(50, 10, n) for n in sizes)]
        for _ in range(n_items)
    ]


def test_p_values_are_those_of_the_t_test_and_of_analysis_of_variance():
    found = check_baseline(ledger([[(10.0, 2.0), (11.0, 2.0)]] * 3))
    expected = stats.ttest_ind_from_stats(10.0, 2.0, 40, 11.0, 2.0, 40).pvalue
    assert found.p_values[0] == pytest.approx(expected, rel=1e-6)
    assert found.alike[0] <= found.alike[1] and found.different[0] <= found.different[1]


@pytest.mark.parametrize("sizes", [pytest.param((40, 40), marks=pytest.mark.slow), (30, 35, 28)])
def test_baselines_that_chance_made_are_rarely_odd(sizes):
    rng = np.random.default_rng(20)
    checks = [check_baseline(ledger(drawn(rng, 8, sizes), sizes)) for _ in range(60)]
    for tail in ("alike", "different"):
        shares = [getattr(check, tail)[1] < 0.05 for check in checks]
        assert sum(shares) <= 8  # 3 are expected


def test_groups_that_are_too_alike_are_seen():
    found = check_baseline(ledger([[(50.0, 10.0), (50.05, 10.0)]] * 8))
    assert found.alike[1] < 1e-6 and found.different[0] > 0.99
    assert found.caveats == CAVEATS


def test_groups_that_are_too_different_are_seen():
    found = check_baseline(ledger([[(50.0, 10.0), (57.0, 10.0)]] * 8))
    assert found.different[1] < 1e-6


def test_few_digits_leave_it_open():
    found = check_baseline(ledger([[(5, 1), (5, 1)]] * 8, decimals=0))
    assert found.alike[0] < 0.01 < 0.5 < found.alike[1]


def test_too_few_variables():
    assert check_baseline(ledger([[(5, 1), (5, 1)]] * 2)) is None
