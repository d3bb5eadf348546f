"""One child more or less: every number that the page can show, by other programs."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2_contingency, fisher_exact

from jdm_utils import load_claims
from jdm_utils.one_child import change_counts, change_early, change_table4
from paperaudit.inverse import read_model

COMPUTED = "Computed"
LABELS = {"cardiac": "Cardiac involvement", "immunosuppressor": "Treatment"}


def number(text):
    return float(text.replace(",", "").lstrip("<"))


@pytest.fixture(scope="module")
def counts():
    return change_counts(23, 31)


@pytest.fixture(scope="module")
def table4():
    return change_table4(read_model(load_claims(), [*LABELS], "table4"), LABELS)


def test_every_pair_of_counts_is_there(counts):
    assert [*counts.index] == [*product(range(24), range(32))]


def test_fisher_and_the_chi_squares_are_scipys(counts):
    for a, b in product(range(1, 23, 3), range(1, 31, 4)):
        cells = [[a, 23 - a], [b, 31 - b]]
        row = counts.loc[(a, b)].xs(COMPUTED, level=1)
        for name, p in {
            "Fisher's exact test, p": fisher_exact(cells).pvalue,
            "Pearson's chi-square, p": chi2_contingency(cells, correction=False)[1],
            "With Yates' correction, p": chi2_contingency(cells)[1],
            "Likelihood ratio, p": chi2_contingency(cells, False, "log-likelihood")[1],
        }.items():
            assert row[name] == (f"{p:.4f}" if p >= 0.00005 else "<0.0001"), (a, b, name)


def test_nothing_that_is_not_zero_prints_as_zero(counts, table4):
    for frame in (counts, table4):
        texts = pd.unique(frame.to_numpy().ravel())
        assert [text for text in texts if not text.strip("0.") and text != "0"] == []


def test_numbers_are_rounded_and_cut_off(counts):
    delay = counts.loc[(11, 4)]
    assert delay["Fisher's exact test, p"].tolist() == ["0.0064", "0.01", "<0.01"]
    assert delay["Odds ratio"].tolist() == ["6.1875", "6.19", "6.18"]
    assert counts.loc[(7, 0), "Odds ratio"].tolist() == ["∞"] * 3
    assert counts.loc[(0, 0), "Odds ratio"].tolist() == ["–"] * 3


def test_the_early_children_are_left_out(counts):
    frame = change_early(23, 31, 6)
    assert {all_late - early for all_late, early, _ in frame.index} == {*range(18)}
    assert frame.index.is_unique
    assert frame.loc[(11, 0, 4)].equals(frame.loc[(16, 5, 4)])
    p = fisher_exact([[8, 9], [4, 27]]).pvalue
    assert frame.loc[(11, 3, 4), "Fisher's exact test, p"][COMPUTED] == f"{p:.4f}"


def test_every_joint_table_of_table_4_is_there(table4):
    assert [*table4.index] == [*product(range(8), range(17), range(2), range(31))]


def test_two_joint_tables_print_as_table_4(table4):
    claims = load_claims()
    printed = read_model(claims, [*LABELS], "table4").printed
    shown = table4.xs("As Table 4 prints it", axis=1, level=1)
    same = (shown.to_numpy() == [*printed.values()]).all(axis=1)
    assert [*table4.index[same]] == [(4, 13, 1, 13), (5, 12, 0, 14)]


def test_no_two_of_them_are_one_child_apart(table4):
    """So a child who is moved changes a printed digit."""
    printed = read_model(load_claims(), [*LABELS], "table4").printed
    shown = table4.xs("As Table 4 prints it", axis=1, level=1)
    first, second = table4.index[(shown.to_numpy() == [*printed.values()]).all(axis=1)]
    assert sum(abs(one - other) for one, other in zip(first, second, strict=True)) > 1


@pytest.mark.parametrize(("a", "b"), [(7, 1), (15, 10), (11, 4)])
def test_a_child_more_or_less_turns_no_finding_round(counts, a, b):
    """Cardiac involvement, immunosuppressors, a late diagnosis: as the page says of them."""
    for near in [(a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1)]:
        ratio = counts.loc[near, "Odds ratio"]["Computed"]
        assert ratio == "∞" or number(ratio) > 1


@pytest.mark.parametrize("counts", [(5, 12, 0, 14), (3, 9, 1, 9), (7, 8, 1, 12), (1, 16, 1, 1)])
def test_the_regression_is_statsmodels(table4, counts):
    patients = []
    for (y, heart, n), treated in zip(
        [(1, 1, 7), (1, 0, 16), (0, 1, 1), (0, 0, 30)], counts, strict=True
    ):
        patients += [(y, heart, 1)] * treated + [(y, heart, 0)] * (n - treated)
    y, *x = np.array(patients, dtype=float).T
    fit = sm.Logit(y, sm.add_constant(np.column_stack(x))).fit(disp=False)
    row = table4.loc[counts].xs("Three decimals", level=1)
    for j, label in enumerate(LABELS.values(), start=1):
        low, high = np.exp(fit.conf_int()[j])
        numbers = {"odds ratio": np.exp(fit.params[j]), "lower limit": low, "upper limit": high}
        for name, value in {**numbers, "p": fit.pvalues[j]}.items():
            assert number(row[f"{label}, {name}"]) == pytest.approx(value, abs=1e-3)
