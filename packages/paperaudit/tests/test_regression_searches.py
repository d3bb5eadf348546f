"""Every joint table is listed once, and fitted as its patients are."""

from itertools import combinations_with_replacement, product

import pandas as pd
import pytest

from paperaudit.compatible import compatible_tables
from paperaudit.regression_searches import Levels, YesNo, fit_listed
from smallstats import fit_logistic

COVARIATES = ("first", "second")


def brute_levels(setting):
    """Patients (first, level) of each group, in every way, by what a regression sees."""
    tables = {}
    halves = []
    for n, first, above in zip(
        setting.groups, setting.having, setting.above_none or (None, None), strict=True
    ):
        kinds = list(product((0, 1), range(setting.most + 1)))
        halves.append(
            [
                people
                for people in combinations_with_replacement(kinds, n)
                if sum(has for has, _ in people) == first
                and above in (None, sum(levels > 0 for _, levels in people))
            ]
        )
    for cases, controls in product(*halves):
        everyone = tuple(sorted(cases + controls))
        if any(levels == 0 for _, levels in everyone):
            key = (everyone, sum(levels for _, levels in cases))
            tables.setdefault(key, []).append((cases, controls))
    return tables


SMALL = [
    Levels((2, 1), (4, 3), 2),
    Levels((1, 2), (3, 4), 3, (2, 1)),
    Levels((2, 1), (3, 3), 2, (2, 2)),
]


@pytest.mark.parametrize("setting", SMALL, ids=str)
def test_numbers_of_levels_are_those_of_brute_force(setting):
    listed = setting.list_tables()
    own = {}
    for sums, totals, n in zip(listed.sums, listed.totals, listed.n_tables, strict=True):
        kinds = [tuple(map(int, p)) for p in listed.patterns]
        people = tuple(k for k, m in zip(kinds, totals, strict=True) for _ in range(int(m)))
        assert sums[:2].tolist() == [setting.groups[0], setting.having[0]]
        own[people, int(sums[2])] = n
    brute = brute_levels(setting)
    assert own == {key: len(ways) for key, ways in brute.items()}
    assert len(own) == len(listed.n_tables)


def test_a_number_of_levels_is_fitted_as_patients_are():
    """With our fit of patients, whose golden numbers are R's."""
    setting = Levels((3, 2), (6, 6), 2)
    listed, brute = setting.list_tables(), brute_levels(setting)
    numbers = fit_listed(listed, COVARIATES)
    kinds = [tuple(map(int, p)) for p in listed.patterns]
    for row in numbers.sample(25, random_state=1).to_dict("index").items():
        position, found = row
        totals = listed.totals[position].astype(int)
        people = tuple(k for k, m in zip(kinds, totals, strict=True) for _ in range(m))
        cases, controls = brute[people, int(listed.sums[position, 2])][0]
        frame = pd.DataFrame(cases + controls, columns=list(COVARIATES))
        frame["y"] = [1] * len(cases) + [0] * len(controls)
        fit = fit_logistic(frame, "y", list(COVARIATES))
        assert found["nagelkerke"] == pytest.approx(fit.nagelkerke, abs=1e-8)
        assert found["having_second"] == (frame["second"] > 0).sum()
        assert found["patients"] == 12
        for name, what in product(COVARIATES, ("coef", "odds_ratio", "ci_low", "ci_high", "p")):
            assert found[f"{name}_{what}"] == pytest.approx(fit.table.loc[name, what], rel=1e-6)


@pytest.mark.parametrize(
    "third", [{}, {"third": (4, 3)}, {"third": (range(4), range(7))}], ids=["none", "one", "any"]
)
def test_what_is_not_fitted_has_no_finite_estimate(third):
    """The quick look before the fit leaves out nothing that could print as numbers."""
    margins = {"first": (range(3), range(2)), "second": (range(1, 5), range(7))} | third
    tables = compatible_tables(margins, (7, 6))
    finite = tables[tables["converged"]].reset_index(drop=True)
    numbers = fit_listed(YesNo(margins, (7, 6)).list_tables(), COVARIATES).reset_index(drop=True)
    assert 0 < len(finite) < len(tables)
    shared = [c for c in numbers if c in tables]
    pd.testing.assert_frame_equal(numbers[shared], finite[shared], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [6, 7])
def test_a_third_finding_and_its_absence_are_one_model(n):
    """Half of its counts give every fit."""
    margins = {"first": (2, 1), "second": (3, 2)}
    half, every = (
        fit_listed(
            YesNo(margins | {"third": (range(most), range(6))}, (n, 5)).list_tables(), COVARIATES
        )
        for most in (n // 2 + 1, n + 1)
    )
    columns = ["first_coef", "second_p", "nagelkerke"]
    own, other = (set(map(tuple, f[columns].round(6).to_numpy())) for f in (half, every))
    assert own == other and len(half) < len(every)
