import warnings
from itertools import product

import numpy as np
import pytest

from smallstats import e_value


def test_published_examples():
    """VanderWeele and Ding 2017: risk ratios of 3.9 (1.8 to 8.7) and, protective, 0.80."""
    found = e_value(3.9, 1.8, 8.7, prevalence=0.01)
    assert (round(found.estimate, 2), round(found.interval, 2)) == (7.26, 3.0)
    assert found.risk_ratio == 3.9
    protective = e_value(0.8, 0.71, 0.91, prevalence=0.01)
    assert (round(protective.estimate, 2), round(protective.interval, 2)) == (1.81, 1.43)


def test_a_confounder_of_that_strength_explains_the_estimate_away_and_no_weaker_one():
    """The joint bounding factor of two equal risk ratios r is r² / (2r - 1)."""
    for odds_ratio, prevalence, target in ((6.0, 0.1, 6.0), (6.0, 0.15, np.sqrt(6)), (0.2, 0.1, 5)):
        r = e_value(odds_ratio, odds_ratio, odds_ratio, prevalence=prevalence)
        assert r.estimate**2 / (2 * r.estimate - 1) == pytest.approx(target)
        assert r.interval == r.estimate


def test_the_limit_nearer_to_one_counts_and_an_interval_with_one_needs_no_confounder():
    assert e_value(2, 0.9, 4, prevalence=0.1).interval == 1
    assert e_value(0.5, 0.2, 1, prevalence=0.1).interval == 1
    low = e_value(0.25, 0.1, 0.5, prevalence=0.4)
    assert low.interval == pytest.approx(np.sqrt(2) + np.sqrt(2 - np.sqrt(2)))
    assert low.risk_ratio == 0.5


def test_infinite_odds_ratios():
    found = e_value(np.inf, 2, np.inf, prevalence=0.1)
    assert (found.estimate, round(found.interval, 3)) == (np.inf, 3.414)
    assert e_value(0, 0, 0.5, prevalence=0.1).estimate == np.inf


@pytest.mark.parametrize("numbers", [(2, 3, 4), (2, 1, 1.5), (2, -1, 3), (np.nan, 1, 2)])
def test_what_makes_no_sense_is_refused(numbers):
    with pytest.raises(ValueError, match=r"expected 0 <= ci_low .*; prevalence=1 is not between"):
        e_value(*numbers, prevalence=1)


def test_a_weak_association_counts_from_its_lower_limit():
    found = e_value(1.5, 1.25, 1.8, prevalence=0.1)
    assert found.interval == pytest.approx(1.25 + np.sqrt(1.25 * 0.25))
    with pytest.raises(ValueError, match="prevalence=0 is not between"):
        e_value(1.5, 1.25, 1.8, prevalence=0)


def test_a_large_ratio_does_not_overflow():
    found = e_value(1e300, 1e299, 1e301, prevalence=0.02)
    assert found.estimate == pytest.approx(2e300) and found.interval == pytest.approx(2e299)
    with warnings.catch_warnings(action="error"):
        assert e_value(1.5e308, 1, 1.6e308, prevalence=0.02).estimate == np.inf


def test_the_square_root_is_near_the_risk_ratio_where_it_is_used():
    """VanderWeele 2017: within a factor of 1.25 if both risks are between 0.2 and 0.8."""
    for risk, other in product(np.linspace(0.2, 0.8, 13), repeat=2):
        ratio = other * (1 - risk) / (risk * (1 - other))
        used = e_value(ratio, ratio, ratio, prevalence=(risk + other) / 2).risk_ratio
        assert 0.8 - 1e-9 <= used / (other / risk) <= 1.25 + 1e-9
    assert e_value(4, 2, 8, prevalence=0.15).risk_ratio == 2
    assert e_value(4, 2, 8, prevalence=0.85).risk_ratio == 2


def test_an_outcome_of_nearly_everybody_is_refused_and_the_message_says_what_to_do():
    """99% against 91%: the odds ratio of the other 1% and 9%, 1 / 9.8, is nearly their ratio."""
    ratio = (99 * 9) / (1 * 91)
    with pytest.raises(ValueError, match=r"prevalence=0.95 is above 0.85, .* prevalence=0.05\)"):
        e_value(ratio, 2, 80, prevalence=0.95)
    turned = e_value(1 / ratio, 1 / 80, 1 / 2, prevalence=0.05)
    assert turned.risk_ratio == pytest.approx(1 / 9, rel=0.1)
    assert turned.interval == pytest.approx(2 + 2**0.5)
    with pytest.raises(ValueError, match=r"expected 0 <= ci_low .*; prevalence=0.99 is above"):
        e_value(2, 3, 4, prevalence=0.99)
