"""What was tried to get Table 4: every table once, and each fitted as its patients are."""

from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest

from jdm_utils import load_claims
from jdm_utils import table4_searches as module
from jdm_utils.table4_searches import (
    COVARIATES,
    Attempt,
    Drugs,
    YesNo,
    compare_habits,
    fit_listed,
    fits_by_chance,
    list_attempts,
    printed_findings,
    treated_counts,
    try_attempt,
)
from paperaudit.compatible import compatible_tables
from paperaudit.inverse import read_model
from smallstats import fit_logistic

FOUND = {
    "cardiac_odds_ratio": 15.559795, "cardiac_ci_low": 1.590419, "cardiac_ci_high": 152.228630,
    "cardiac_p": 0.018339, "immunosuppressor_odds_ratio": 4.018223,
    "immunosuppressor_ci_low": 1.085565, "immunosuppressor_ci_high": 14.873467,
    "immunosuppressor_p": 0.037259, "nagelkerke": 0.287624,
}  # fmt: skip


@pytest.fixture(scope="module")
def claims():
    return load_claims()


@pytest.fixture(scope="module")
def printed(claims):
    return read_model(claims, COVARIATES, "table4").printed


@pytest.fixture(scope="module")
def attempts(claims):
    return list_attempts(claims)


def two_way(n, cardiac):
    """Joint tables of a group: any number treated among the cardiac, and among the others."""
    return (cardiac + 1) * (n - cardiac + 1)


def brute_drugs(setting):
    """Patients (cardiac, drugs) of each group, in every way, by what a regression sees."""
    tables = {}
    halves = []
    for n, cardiac, treated in zip(
        setting.groups, setting.cardiac, setting.treated or (None, None), strict=True
    ):
        kinds = list(product((0, 1), range(setting.most + 1)))
        halves.append(
            [
                people
                for people in combinations_with_replacement(kinds, n)
                if sum(heart for heart, _ in people) == cardiac
                and treated in (None, sum(drugs > 0 for _, drugs in people))
            ]
        )
    for cases, controls in product(*halves):
        everyone = tuple(sorted(cases + controls))
        if any(drugs == 0 for _, drugs in everyone):
            key = (everyone, sum(drugs for _, drugs in cases))
            tables.setdefault(key, []).append((cases, controls))
    return tables


SMALL = [
    Drugs((2, 1), (4, 3), 2),
    Drugs((1, 2), (3, 4), 3, (2, 1)),
    Drugs((2, 1), (3, 3), 2, (2, 2)),
]


@pytest.mark.parametrize("setting", SMALL, ids=str)
def test_numbers_of_drugs_are_those_of_brute_force(setting):
    listed = setting.list_tables()
    own = {}
    for sums, totals, n in zip(listed.sums, listed.totals, listed.n_tables, strict=True):
        kinds = [tuple(map(int, p)) for p in listed.patterns]
        people = tuple(k for k, m in zip(kinds, totals, strict=True) for _ in range(int(m)))
        assert sums[:2].tolist() == [setting.groups[0], setting.cardiac[0]]
        own[people, int(sums[2])] = n
    brute = brute_drugs(setting)
    assert own == {key: len(ways) for key, ways in brute.items()}
    assert len(own) == len(listed.n_tables)


def test_a_number_of_drugs_is_fitted_as_patients_are():
    """With our fit of patients, whose golden numbers are R's."""
    setting = Drugs((3, 2), (6, 6), 2)
    listed, brute = setting.list_tables(), brute_drugs(setting)
    numbers = fit_listed(listed)
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
        assert found["treated"] == (frame["immunosuppressor"] > 0).sum()
        assert found["patients"] == 12
        for name, what in product(COVARIATES, ("coef", "odds_ratio", "ci_low", "ci_high", "p")):
            assert found[f"{name}_{what}"] == pytest.approx(fit.table.loc[name, what], rel=1e-6)


@pytest.mark.parametrize(
    "third", [{}, {"third": (4, 3)}, {"third": (range(4), range(7))}], ids=["none", "one", "any"]
)
def test_what_is_not_fitted_has_no_finite_estimate(third):
    """The quick look before the fit leaves out nothing that could print as numbers."""
    margins = {"cardiac": (range(3), range(2)), "immunosuppressor": (range(1, 5), range(7))} | third
    tables = compatible_tables(margins, (7, 6))
    finite = tables[tables["converged"]].reset_index(drop=True)
    numbers = fit_listed(YesNo(margins, (7, 6)).list_tables()).reset_index(drop=True)
    assert 0 < len(finite) < len(tables)
    shared = [c for c in numbers if c in tables]
    pd.testing.assert_frame_equal(numbers[shared], finite[shared], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [6, 7])
def test_a_third_finding_and_its_absence_are_one_model(n):
    """Half of its counts give every fit."""
    margins = {"cardiac": (2, 1), "immunosuppressor": (3, 2)}
    half, every = (
        fit_listed(YesNo(margins | {"third": (range(most), range(6))}, (n, 5)).list_tables())
        for most in (n // 2 + 1, n + 1)
    )
    columns = ["cardiac_coef", "immunosuppressor_p", "nagelkerke"]
    own, other = (set(map(tuple, f[columns].round(6).to_numpy())) for f in (half, every))
    assert own == other and len(half) < len(every)


def test_every_third_finding_is_tried(attempts):
    third = {setting.margins["third"] for setting in attempts[4].settings}
    assert third == {(range(12), range(32))}
    assert [s.margins["immunosuppressor"] for s in attempts[4].settings] == [(15, 10), (16, 10)]
    assert attempts[2].settings[0].margins["third"] == [10, 5]
    assert attempts[2].settings[0].margins["immunosuppressor"] == (range(24), range(32))


def test_a_row_for_each_attempt(claims, attempts, printed, monkeypatch):
    monkeypatch.setattr(module, "list_attempts", lambda _: attempts[:2])
    tried = module.search_table4(claims)
    assert tried["tables"].tolist() == [32, 24_750]
    assert tried["varied"].tolist() == [attempt.varied for attempt in attempts[:2]]
    assert tried.loc[0].to_dict() == try_attempt(attempts[0], printed)


def test_the_counts_are_those_of_the_ledger(claims, attempts):
    assert treated_counts(claims) == [(15, 10), (16, 10)]
    findings = printed_findings(claims)
    assert len(findings) == 15 and "patients" not in findings.index
    assert findings.loc["female"].tolist() == [16, 25]
    thirds = {tuple(setting.margins["third"]) for setting in attempts[3].settings}
    rest = findings.drop(["cardiac", "immunosuppressor", "pulmonary", "strength_4"])
    assert thirds == set(map(tuple, rest.to_numpy().tolist()))
    assert len(attempts[3].settings) == 2 * 11
    for attempt in attempts[:6]:
        assert all(isinstance(setting, YesNo) for setting in attempt.settings)


def test_no_row_has_the_treated_children_that_table_4_needs(claims):
    """Nor the complement of one."""
    rows = printed_findings(claims)
    assert not {(17, 14), (6, 17)} & set(map(tuple, rows.to_numpy().tolist()))


def test_missing_and_early_children(attempts):
    """Their tables counted by hand: the heart fixes a row, any number treated on either side."""
    sizes = {tuple(setting.groups) for setting in attempts[5].settings}
    assert sizes == set(product(range(14, 24), range(20, 32)))
    assert {tuple(s.margins["cardiac"]) for s in attempts[5].settings} == {(range(4, 8), range(2))}
    missing = sum(
        sum(two_way(n1, a) for a in range(4, 8)) * sum(two_way(n0, b) for b in (0, 1))
        for n1, n0 in sizes
    )
    assert missing == 3_338_700
    settings = {(tuple(s.groups), tuple(s.margins["cardiac"])) for s in attempts[6].settings}
    left = {((23 - k, 31), (7 - j, 1)) for k in range(1, 7) for j in range(k + 1)}
    moved = {((23 - k, 31 + k), (7 - j, 1 + j)) for k in range(1, 7) for j in range(k + 1)}
    assert settings == left | moved and len(settings) == len(attempts[6].settings)


def test_attempts_that_find_nothing(attempts, printed):
    numbers = {i: try_attempt(attempts[i], printed) for i in (0, 1, 3, 6, 7)}
    tables = {i: found["tables"] for i, found in numbers.items()}
    drugs = sum(
        sum((a + 1) * (a + 2) // 2 * (n - a + 1) * (n - a + 2) // 2 for a in range(8))
        for n in (15, 16)
    )
    assert tables[0] == 32 and tables[1] == 13_420 + 11_330
    assert tables[7] == drugs * (66 + 3 * 55) == 3_907_134
    assert tables[6] == 426_950 == sum(
        two_way(n1, a) * two_way(n0, b)
        for k in range(1, 7) for j in range(k + 1)
        for n1, n0, a, b in ((23 - k, 31, 7 - j, 1), (23 - k, 31 + k, 7 - j, 1 + j))
    )  # fmt: skip
    for found in numbers.values():
        assert found["fits"] == 0 and found["treated"] == "" and found["distance"] > 20
    assert numbers[0]["worst"] == "immunosuppressor_ci_high" and numbers[0]["differ"] == 9


def test_the_free_search_finds_one_set(attempts, printed):
    found = try_attempt(attempts[9], printed)
    assert (found["tables"], found["fits"], found["treated"]) == (580_800, 1, "31 of 54")
    assert found["distance"] == pytest.approx(46.0333, abs=1e-3)  # the next, not the one found


def test_complete_cases_are_searched_with_all_children_among_them(attempts, printed):
    """Of the smallest groups none; the one that fits is that of everyone."""
    settings = {tuple(s.groups): s for s in attempts[5].settings}
    for sizes, fits in {(14, 20): 0, (22, 31): 0, (23, 30): 0, (23, 31): 1}.items():
        assert try_attempt(Attempt("", [settings[sizes]]), printed)["fits"] == fits


def test_an_attempt_finds_what_was_hidden():
    """A regression with a third variable and one on numbers of drugs, printed and found again."""
    for setting in (Drugs((3, 1), (9, 9), 2), YesNo({
        "cardiac": (4, 1), "immunosuppressor": (6, 3), "third": (range(5), range(10))
    }, (9, 9))):  # fmt: skip
        numbers = fit_listed(setting.list_tables())
        hidden = numbers.iloc[len(numbers) // 2]
        columns = [c for c in numbers if c.startswith(COVARIATES) or c == "nagelkerke"]
        text = {c: f"{hidden[c]:.6f}" for c in columns}
        found = try_attempt(Attempt("hidden", [setting]), text)
        assert found["fits"] >= 1 and found["distance"] > 0
        assert f"{hidden['treated']:.0f} of 18" in found["treated"].split(" or ")


def test_chance(claims):
    """How often a wrong model finds patients: rarely, and not never."""
    chance = fits_by_chance(claims)
    assert chance["regressions"] > 35_000 and chance["searched"] > 190_000
    assert 0 < chance["found"] < 10


def test_habits_of_printing(printed):
    habits = compare_habits(FOUND, printed).set_index("number")
    assert (habits["three_then_cut"] == habits["printed"]).all()
    rounded = habits.index[habits["rounded"] != habits["printed"]]
    cut = habits.index[habits["cut"] != habits["printed"]]
    assert list(rounded) == ["immunosuppressor_odds_ratio", "immunosuppressor_ci_low"]
    assert list(cut) == ["cardiac_odds_ratio", "nagelkerke"]
    assert habits.loc["nagelkerke", ["three_decimals", "cut"]].tolist() == ["0.288", "0.287"]
    assert np.allclose(habits["computed"], [FOUND[c] for c in habits.index])
