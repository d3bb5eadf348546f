"""What was tried to get Table 4: every table once, and each fitted as its patients are."""

from itertools import product

import numpy as np
import pytest

from jdm_utils import load_claims
from jdm_utils import table4_searches as module
from jdm_utils.table4_searches import (
    COVARIATES,
    compare_habits,
    fits_by_chance,
    list_attempts,
    printed_findings,
    treated_counts,
)
from paperaudit.inverse import read_model
from paperaudit.regression_searches import Attempt, Levels, YesNo, fit_listed, try_attempt

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
    assert tried.rename(columns={"treated": "having_second"}).loc[0].to_dict() == try_attempt(
        attempts[0], printed, COVARIATES
    )


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


@pytest.mark.slow  # chapter 7 makes them all again
def test_attempts_that_find_nothing(attempts, printed):
    numbers = {i: try_attempt(attempts[i], printed, COVARIATES) for i in (0, 1, 3, 6, 7)}
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
        assert found["fits"] == 0 and found["having_second"] == "" and found["distance"] > 20
    assert numbers[0]["worst"] == "immunosuppressor_ci_high" and numbers[0]["differ"] == 9


def test_the_free_search_finds_one_set(attempts, printed):
    found = try_attempt(attempts[9], printed, COVARIATES)
    assert (found["tables"], found["fits"], found["having_second"]) == (580_800, 1, "31 of 54")
    assert found["distance"] == pytest.approx(46.0333, abs=1e-3)  # the next, not the one found


def test_complete_cases_are_searched_with_all_children_among_them(attempts, printed):
    """Of the smallest groups none; the one that fits is that of everyone."""
    settings = {tuple(s.groups): s for s in attempts[5].settings}
    for sizes, fits in {(14, 20): 0, (22, 31): 0, (23, 30): 0, (23, 31): 1}.items():
        assert try_attempt(Attempt("", [settings[sizes]]), printed, COVARIATES)["fits"] == fits


def test_an_attempt_finds_what_was_hidden():
    """A regression with a third variable and one on numbers of drugs, printed and found again."""
    for setting in (Levels((3, 1), (9, 9), 2, names=COVARIATES), YesNo({
        "cardiac": (4, 1), "immunosuppressor": (6, 3), "third": (range(5), range(10))
    }, (9, 9))):  # fmt: skip
        numbers = fit_listed(setting.list_tables(), COVARIATES)
        hidden = numbers.iloc[len(numbers) // 2]
        columns = [c for c in numbers if c.startswith(COVARIATES) or c == "nagelkerke"]
        text = {c: f"{hidden[c]:.6f}" for c in columns}
        found = try_attempt(Attempt("hidden", [setting]), text, COVARIATES)
        assert found["fits"] >= 1 and found["distance"] > 0
        assert f"{hidden['having_second']:.0f} of 18" in found["having_second"].split(" or ")


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
