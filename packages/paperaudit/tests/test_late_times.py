"""What a mean and SD leave for the late: against data sets made to have them, and an optimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from paperaudit.late_times import late_times

MEAN0, SD0 = "0.64", "0.88"


@settings(max_examples=15)
@given(
    st.lists(st.floats(1, 6), min_size=1, max_size=6),
    st.lists(st.floats(0, 1), min_size=2, max_size=12),
)
def test_times_that_exist_are_within_the_bounds(late, others):
    times = np.array(late + others)
    mean, sd = times.mean(), times.std(ddof=1)
    bounds = late_times(f"{mean:.2f}", f"{sd:.2f}", len(times), len(late))
    slack = 0.02  # means are tried in steps
    assert min(late) <= bounds.shortest_most + slack
    assert bounds.longest_least - slack <= max(late) <= bounds.longest_most + slack


def test_four_of_thirty_one_can_all_have_waited_two_years_and_a_half():
    """One data set with the printed digits settles it: the others are at two values."""
    late, others, at_year = [2.6, 2.6, 2.65, 2.7], 27, 8
    rest = (31 * 0.64 - sum(late) - at_year) / (others - at_year)
    times = np.array(late + [1.0] * at_year + [rest] * (others - at_year))
    assert 0 <= rest <= 1
    assert (f"{times.mean():.2f}", f"{times.std(ddof=1):.2f}") == (MEAN0, SD0)
    assert late_times(MEAN0, SD0, 31, 4).shortest_most > 2.6


@pytest.mark.parametrize(
    ("mean", "sd", "n", "late"), [("0.64", "0.88", 31, 4), ("1.0", "1.7", 23, 11)]
)
def test_an_optimiser_finds_the_same_end(mean, sd, n, late):
    """Longest shortest time, over all times with the highest mean and lowest SD or any between."""
    digits = len(mean.partition(".")[2])
    unit = 10.0**-digits
    half_sd = 10.0 ** -len(sd.partition(".")[2]) / 2
    low, high = float(mean) - unit / 2, float(mean) + unit  # rounded or cut off
    least, most = float(sd) - half_sd, float(sd) + 2 * half_sd
    limits = [
        {"type": "ineq", "fun": lambda x: x[:late] - x[-1]},
        {"type": "ineq", "fun": lambda x: x[:n].mean() - low},
        {"type": "ineq", "fun": lambda x: high - x[:n].mean()},
        {"type": "ineq", "fun": lambda x: x[:n].var(ddof=1) - least**2},
        {"type": "ineq", "fun": lambda x: most**2 - x[:n].var(ddof=1)},
    ]
    box = [(1, 20)] * late + [(0, 1)] * (n - late) + [(1, 20)]
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        start = np.r_[1.2 + 0.1 * rng.random(late), 0.3 * rng.random(n - late), 1.2]
        start[rng.integers(late)] = 6.0
        answer = minimize(
            lambda x: -x[-1], start, bounds=box, constraints=limits, options={"maxiter": 300}
        )
        if answer.success:
            found.append(answer.x[-1])
    assert max(found) == pytest.approx(late_times(mean, sd, n, late).shortest_most, abs=0.01)


def test_numbers_that_no_times_have_are_refused():
    with pytest.raises(ValueError, match=r"no 10 times, 5 of them late, have mean 0.20 and SD 0.1"):
        late_times("0.20", "0.1", 10, 5)
    with pytest.raises(ValueError, match="10 late of 10"):
        late_times("2.0", "0.1", 10, 10)
