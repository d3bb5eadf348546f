"""Which rounding and which test explain most of a paper's numbers."""

import pandas as pd
import pytest
from scipy import stats

from jdm_utils import load_claims
from paperaudit.conventions import convention_cells, convention_fingerprint, p_matches
from paperaudit.p_values import usual_matches
from paperaudit.percentages import percent_habits
from paperaudit.record import Record

CLAIMS = load_claims()


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return convention_cells(CLAIMS)


def test_percentages_follow_two_habits(cells):
    shares = cells[cells["kind"] == "percent"].set_index("id")
    assert (shares["rounded"] | shares["truncated"]).all()
    only = {
        "rounded": (shares["rounded"] & ~shares["truncated"]).sum(),
        "truncated": (shares["truncated"] & ~shares["rounded"]).sum(),
    }
    habits = percent_habits(CLAIMS).value_counts()
    assert only == {"rounded": habits["rounded"], "truncated": habits["truncated"]}
    assert only == {"rounded": 20, "truncated": 9}
    assert len(shares) == 70


def test_tests_are_those_of_scipy(cells):
    gi = cells[(cells["item"] == "gi") & (cells["kind"] == "p")].set_index("method")["computed"]
    table = [[9, 14], [13, 18]]
    assert gi["Pearson"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert gi["Yates"] == pytest.approx(stats.chi2_contingency(table).pvalue)
    assert gi["Fisher two-sided"] == pytest.approx(stats.fisher_exact(table).pvalue)


def test_the_rule_of_five_takes_fisher_for_small_expected_counts(cells):
    p = cells[cells["kind"] == "p"].drop_duplicates(["item", "method"])
    p = p.pivot(index="item", columns="method", values="computed")
    small = ["cardiac", "deaths", "ldh"]  # 8, 4 and 10 of 54, so fewer than 5 expected in a cell
    assert (p.loc[small, "Pearson (Fisher if few)"] == p.loc[small, "Fisher two-sided"]).all()
    assert (p.loc[small, "Yates (Fisher if few)"] == p.loc[small, "Fisher two-sided"]).all()
    assert (p.drop(small)["Pearson (Fisher if few)"] == p.drop(small)["Pearson"]).all()
    assert (p.drop(small)["Yates (Fisher if few)"] == p.drop(small)["Yates"]).all()


def test_no_convention_explains_every_p(cells):
    fingerprint = convention_fingerprint(cells)
    assert (fingerprint["cells"] == 85).all()
    assert fingerprint["p_values"].max() == 7
    best = fingerprint.iloc[0]
    assert (best["method"], best["habit"], best["explained"]) == ("Fisher two-sided", "either", 77)
    assert (fingerprint["explained"] == fingerprint["p_values"] + fingerprint["percentages"]).all()
    one_rule = fingerprint[fingerprint["habit"] == "rounded"].iloc[0]
    assert one_rule["percentages"] == 61


def test_beside_each_match_stands_how_likely_it_is_by_chance():
    """Every value that could be printed in the place of each p is tried, one at a time."""
    found = p_matches(CLAIMS).set_index("item")
    assert (len(found), found["matched"].sum()) == (15, 9)
    assert found.loc["pulmonary", "tests"] == "Pearson cut off"
    assert found.loc["ck", "tests"] == "" and not found.loc["ck", "matched"]
    for item, claim in {"ck": "table3_ck_p", "deaths": "table3_deaths_p"}.items():
        decimals = len(CLAIMS.loc[claim, "printed"].partition(".")[2])
        values = [f"{i / 10**decimals:.{decimals}f}" for i in range(10**decimals + 1)]
        counts = Record(CLAIMS).two_counts(item, (), "table3")
        matched = sum(bool(usual_matches(value, *counts)) for value in values)
        assert found.loc[item, "chance"] == matched / len(values)
        assert found.loc[item, "chance_any"] > found.loc[item, "chance"]


def test_a_bound_has_no_chance():
    other = CLAIMS.copy()
    other.loc["table3_gi_p", ["printed", "value"]] = "<0.5", 0.5
    found = p_matches(other[other.index != "results_gi_p"]).set_index("item")
    assert pd.isna(found.loc["gi", "chance"])


def test_a_p_of_means_or_of_a_regression_is_no_cell(cells):
    assert not {"age_at_diagnosis", "time_to_treatment", "model"} & set(cells["item"])
    assert not set(cells["id"]) & {"table4_cardiac_p", "results_cardiac_p_logistic"}
