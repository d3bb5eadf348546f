"""What the cohort gives against what was printed: the checked facts, one test a claim."""

from pathlib import Path

import pandas as pd
import pytest

from jdm_utils import check_claims, compare_claims, load_claims, load_cohort
from jdm_utils.agreement import ClaimsDisagreeError, read_differences
from paperaudit.percentages import percent_habits
from smallstats import t_test_from_summary, two_by_two

CLAIMS = load_claims()
OWN = CLAIMS.index[CLAIMS["role"].isin(["built_in", "predicted"])]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return load_cohort().frame


@pytest.fixture(scope="module")
def comparison(frame) -> pd.DataFrame:
    return compare_claims(CLAIMS, frame)


@pytest.mark.parametrize("claim", OWN)
def test_each_printed_number_stands_as_stated(comparison, claim):
    check_claims(comparison.loc[[claim]])


def test_what_differs_is_what_was_found_by_hand(comparison):
    """The list of the design: these and no others."""
    differs = set(comparison.index[comparison["agreement"] == "differs"])
    no_test = {
        f"{place}_{item}_p"
        for place in ("results", "table3")
        for item in ("ck", "ast", "alt", "gi")
    }
    girls = {"table3_female_calcinosis_n", "table3_female_calcinosis_percent", "table3_female_p",
             "results_female_calcinosis_percent_2", "results_female_p"}  # fmt: skip
    others = {"results_immunosuppressor_calcinosis_n",
              "results_immunosuppressor_calcinosis_percent",
              "table2_ldh_all_n", "table2_ldh_all_percent", "results_onset_over_6_5_p",
              "results_diagnosis_over_1_year_p", "table3_age_at_diagnosis_p"}  # fmt: skip
    assert differs == no_test | girls | others == {*read_differences()}


GOLDEN = pd.read_csv(Path(__file__).parent / "golden" / "paper_table4.csv", index_col="claim")


@pytest.mark.parametrize(
    ("claim", "method", "agreement"),
    [
        ("table3_pulmonary_p", "Pearson", "truncated"),
        ("table3_cardiac_p", "Pearson", "rounded"),
        ("table3_immunosuppressor_p", "Pearson", "rounded"),
        ("abstract_immunosuppressor_p", "Fisher", "rounded"),
        ("table3_deaths_p", "Fisher", "rounded or truncated"),
        ("table3_strength_1_3_p", "Fisher", "rounded or truncated"),
        ("table3_ldh_p", "Fisher", "rounded or truncated"),
        ("table4_cardiac_odds_ratio", "maximum likelihood", "rounded"),
        ("table4_cardiac_ci_low", "Wald", "rounded or truncated"),
        ("table4_cardiac_ci_high", "Wald", "rounded or truncated"),
        ("table4_cardiac_p", "Wald", "rounded or truncated"),
        ("table4_immunosuppressor_odds_ratio", "maximum likelihood", "truncated"),
        ("table4_immunosuppressor_ci_low", "Wald", "truncated"),
        ("table4_immunosuppressor_ci_high", "Wald", "rounded or truncated"),
        ("table4_immunosuppressor_p", "Wald", "rounded or truncated"),
        ("table4_model_nagelkerke_r2", "maximum likelihood", "rounded"),
    ],
)
def test_how_a_number_agrees(comparison, claim, method, agreement):
    """Computed values against R; its glm stops at errors of 1e-8."""
    row = comparison.loc[claim]
    assert (row["method"], row["agreement"]) == (method, agreement)
    assert row["computed"] == pytest.approx(GOLDEN.loc[claim, "value"], rel=1e-7)


def test_truncated_percentages_name_their_count(comparison):
    lungs = comparison.loc["table2_pulmonary_all_percent"]
    assert (lungs["method"], lungs["agreement"]) == ("15 of 54", "truncated")
    sepsis = comparison.loc["discussion_death_sepsis_all_percent"]
    assert (sepsis["method"], sepsis["agreement"]) == ("3 of 54", "truncated")
    assert sepsis["computed"] == pytest.approx(100 / 18)


def test_reasons_that_name_a_computation_are_true():
    """The reasons in differences.csv say what the two odd p values are instead."""
    age = t_test_from_summary(6.56, 2.6, 23, 7.41, 2.78, 31).p
    time = t_test_from_summary(1.0, 1.7, 23, 0.64, 0.88, 31).p
    assert (int(age * 100), int(time * 100)) == (25, 31)  # truncated, as the Results print them
    assert f"{age:.2f}" == "0.26"
    assert two_by_two(16, 23, 25, 31).pearson == pytest.approx(0.3463, abs=5e-5)  # printed 0.34
    delay = two_by_two(11, 23, 4, 31)
    assert (delay.fisher, delay.pearson) == pytest.approx((0.0064, 0.0046), abs=5e-5)


def test_a_claim_that_stops_agreeing_is_named(frame):
    moved = frame.assign(
        cardiac=frame["cardiac"] & ~frame.index.isin(frame.index[frame["cardiac"]][:1])
    )
    with pytest.raises(ClaimsDisagreeError, match="table2_cardiac_all_n"):
        check_claims(compare_claims(CLAIMS, moved))


def test_a_claim_that_newly_agrees_is_named(comparison):
    changed = comparison.copy()
    changed.loc["table3_ck_p", "agreement"] = "rounded"
    with pytest.raises(ClaimsDisagreeError, match=r"table3_ck_p.*rounded.*differs"):
        check_claims(changed)


def test_counts_by_role(comparison):
    counts = check_claims(comparison)
    assert counts.loc["built in", "differs"] == 0
    assert counts.to_numpy().sum() == len(OWN)


def test_where_all_agree_none_differs(comparison):
    assert check_claims(comparison[comparison["agreement"] != "differs"])["differs"].eq(0).all()


def test_a_cohort_without_a_column_is_refused(frame):
    with pytest.raises(ValueError, match="no column for: cardiac, ck"):
        compare_claims(CLAIMS, frame.drop(columns=["ck", "cardiac"]))


def test_order_of_rows_does_not_matter(frame, comparison):
    shuffled = compare_claims(CLAIMS, frame.sample(frac=1, random_state=1))
    pd.testing.assert_series_equal(shuffled["agreement"], comparison["agreement"])


def test_percentages_follow_from_their_counts_by_two_habits():
    habits = percent_habits(CLAIMS)
    assert habits.value_counts().to_dict() == {"either": 41, "rounded": 20, "truncated": 9}
    assert habits["results_immunosuppressor_calcinosis_percent"] == "truncated"  # 16 of 23
    assert habits["table2_gi_all_percent"] == "truncated"
    assert habits["results_female_calcinosis_percent_2"] == "rounded"


def test_a_percentage_of_no_printed_count():
    alone = CLAIMS[CLAIMS["statistic"] == "percent"]
    with pytest.raises(ValueError, match="no printed count"):
        percent_habits(alone[alone["group"] == "calcinosis"])
