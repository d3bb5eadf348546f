import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallstats import compare_frame, t_test_from_summary, two_by_two

COLUMNS = [
    *("variable", "label", "level", "kind", "n_with", "total_with", "n_without", "total_without"),
    *("mean_with", "sd_with", "mean_without", "sd_without", "median_with", "q1_with", "q3_with"),
    *("median_without", "q1_without", "q3_without", "missing_with", "missing_without"),
    *("test", "p", "effect", "estimate", "ci_low", "ci_high", "interval"),
]
NAMES = {"student": "Student t (pooled)", "welch": "Welch t", "pearson": "Pearson chi-square"}


def frame_of(a, n1, b, n0, **columns):
    exposed = [1] * a + [0] * (n1 - a) + [1] * b + [0] * (n0 - b)
    return pd.DataFrame({"ill": [1] * n1 + [0] * n0, "x": exposed, **columns})


def test_tests_agree_with_r(golden, data):
    for row in golden("univariate").itertuples():
        frame = data(row.data)
        if row.data == "endometrial":
            frame = frame[~frame.EH.duplicated()]
        found = compare_frame(frame, row.outcome, [row.variable], test=row.test).iloc[0]
        assert found.p == pytest.approx(row.p, rel=1e-9)
        if row.test in ("student", "welch"):
            assert found.test == NAMES[row.test]
            assert found.interval == f"95% {NAMES[row.test]}"
            for ours, theirs in (("estimate", "estimate"), ("ci_low",) * 2, ("ci_high",) * 2):
                assert found[ours] == pytest.approx(getattr(row, theirs), rel=1e-9)
        else:
            assert found.test.startswith(NAMES.get(row.test, "Mann-Whitney"))


def test_rank_tests_say_which_distribution_they_used(data):
    ties = compare_frame(data("mtcars"), "am", ["mpg"], test="mann-whitney")
    assert ties.test[0] == "Mann-Whitney (normal approximation, corrected)"
    frame = data("endometrial").drop_duplicates("EH")
    exact = compare_frame(frame, "HG", ["EH"], test="mann-whitney")
    assert exact.test[0] == "Mann-Whitney (exact)"


def test_the_printed_means_give_their_pooled_p():
    age = t_test_from_summary(6.56, 2.6, 23, 7.41, 2.78, 31)
    assert round(age.p, 4) == 0.2588
    assert age.df == 52 and age.difference == pytest.approx(-0.85)
    delay = t_test_from_summary(1.0, 1.7, 23, 0.64, 0.88, 31)
    assert round(delay.p, 4) == 0.3160


@pytest.mark.parametrize("pooled", [True, False])
def test_the_summary_and_the_patients_give_the_same_test(data, pooled):
    frame = data("birthwt")
    test = "student" if pooled else "welch"
    row = compare_frame(frame, "low", ["age"], test=test).iloc[0]
    summary = t_test_from_summary(
        row.mean_with, row.sd_with, row.total_with, row.mean_without, row.sd_without,
        row.total_without, pooled=pooled,
    )  # fmt: skip
    assert summary.p == row.p and summary.difference == row.estimate
    assert (summary.ci_low, summary.ci_high) == (row.ci_low, row.ci_high)


@pytest.mark.parametrize(
    ("summary", "message"),
    [
        ((1, 1, 1, 1, 1, 5), "n1 is 1, fewer than two"),
        ((1, 1, 5, 1, 1, 0), "n0 is 0, fewer than two"),
        ((1, -1, 5, 1, 1, 5), "sd1 is negative"),
        ((np.nan, 1, 5, 1, np.inf, 5), "mean1 is nan; sd0 is inf"),
        ((1, 0, 5, 2, 0, 5), "no variation within either group"),
    ],
)
def test_summaries_that_cannot_be_tested_are_refused(summary, message):
    with pytest.raises(ValueError, match=message):
        t_test_from_summary(*summary)


def test_a_binary_variable_gets_its_table():
    table = compare_frame(frame_of(7, 23, 1, 31), "ill", ["x"], labels={"x": "Cardiac"})
    assert list(table) == COLUMNS
    row, t = table.iloc[0], two_by_two(7, 23, 1, 31)
    assert row[["n_with", "total_with", "n_without", "total_without"]].tolist() == [7, 23, 1, 31]
    assert (row.test, row.p) == ("N-1 chi-square", t.n_minus_1)
    assert (row.effect, row.estimate) == ("odds ratio", t.odds_ratio)
    assert (row.ci_low, row.ci_high) == t.limits()
    assert row.interval == "95% score (Miettinen-Nurminen)"
    asked = compare_frame(frame_of(7, 23, 1, 31), "ill", ["x"], test="fisher").iloc[0]
    assert (asked.test, asked.p) == ("Fisher exact", t.fisher)
    assert (asked.ci_low, asked.ci_high) == (t.ci_low, t.ci_high)
    assert asked.interval == "95% exact conditional"
    assert row.label == "Cardiac" and row.kind == "binary" and row.level == ""


def test_the_textbook_rule_takes_pearson_from_expected_counts_of_five():
    def test(*counts):
        return compare_frame(frame_of(*counts), "ill", ["x"], test="pearson_fisher").test[0]

    assert test(5, 10, 5, 10) == "Pearson chi-square"
    assert test(5, 10, 4, 10) == test(6, 10, 5, 10) == "Fisher exact"


def test_auto_takes_the_mid_p_where_less_than_one_is_expected():
    def test(*counts):
        return compare_frame(frame_of(*counts), "ill", ["x"]).test[0]

    assert test(1, 10, 1, 10) == "N-1 chi-square"  # 1 is expected
    assert test(1, 10, 0, 10) == test(9, 10, 10, 10) == "mid-p (both tails)"
    row = compare_frame(frame_of(1, 10, 0, 10), "ill", ["x"]).iloc[0]
    table = two_by_two(1, 10, 0, 10)
    assert (row.p, (row.ci_low, row.ci_high)) == (table.central_mid_p, table.mid_p_limits())
    assert row.interval == "95% mid-p conditional"


def test_a_kind_of_variables_may_have_its_test():
    frame = frame_of(10, 23, 5, 31, age=np.arange(54) ** 1.1, ck=np.arange(54.0)[::-1])
    asked = {"number": "student", "binary": "pearson_fisher", "ck": "mann-whitney"}
    table = compare_frame(frame, "ill", ["x", "age", "ck"], test=asked)
    assert table.test.tolist()[:2] == ["Pearson chi-square", "Student t (pooled)"]
    assert table.test[2].startswith("Mann-Whitney")
    assert compare_frame(frame, "ill", ["age"]).test[0] == "Welch t"
    with pytest.raises(ValueError, match="test='student' of 'binary' is not one of 'auto'"):
        compare_frame(frame, "ill", ["x"], test={"binary": "student"})


def test_groups_apart_without_variation_have_ranks():
    """R: wilcox.test(c(5, 5, 5), c(6, 6, 6)) gives 0.0469 by the normal approximation."""
    frame = pd.DataFrame({"ill": [1] * 3 + [0] * 3, "x": [5, 5, 5, 6, 6, 6]})
    row = compare_frame(frame, "ill", ["x"], test="mann-whitney").iloc[0]
    assert (round(row.p, 4), row.estimate) == (0.0469, -1)
    assert row.ci_low <= -1 <= row.ci_high


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("pearson", "Pearson chi-square"),
        ("yates", "Yates chi-square"),
        ("fisher", "Fisher exact"),
        ("mid_p", "Fisher mid-p"),
        ("likelihood_ratio", "likelihood ratio"),
    ],
)
def test_every_test_of_a_binary_variable_can_be_asked_for(option, name):
    row = compare_frame(frame_of(10, 23, 5, 31), "ill", ["x"], test=option).iloc[0]
    assert row.test == name
    assert row.p == two_by_two(10, 23, 5, 31).p_values[option]


def test_each_variable_may_have_its_own_test():
    frame = frame_of(10, 23, 5, 31, age=np.arange(54) ** 1.1)
    table = compare_frame(frame, "ill", ["x", "age"], test={"x": "yates", "age": "welch"})
    assert table.test.tolist() == ["Yates chi-square", "Welch t"]
    table = compare_frame(frame, "ill", ["x", "age"], test="welch")
    assert table.test.tolist() == ["N-1 chi-square", "Welch t"]


def test_missing_values_are_counted_by_group_and_left_out():
    frame = frame_of(3, 5, 1, 6).astype({"x": float, "ill": bool})
    frame.loc[[0, 4, 10], "x"] = np.nan
    row = compare_frame(frame, "ill", ["x"]).iloc[0]
    assert (row.n_with, row.total_with, row.n_without, row.total_without) == (2, 3, 1, 5)
    assert (row.missing_with, row.missing_without) == (2, 1)
    assert row.p == two_by_two(2, 3, 1, 5).n_minus_1


def test_categories_get_a_row_a_level_and_one_test(data):
    table = compare_frame(data("birthwt"), "low", ["race"])
    assert table.level.tolist() == ["1", "2", "3"]
    assert table.n_with.sum() == table.total_with[0] == 59
    assert table.p.nunique() == 1 and table.test[0] == "Pearson chi-square"
    assert (table.effect == "").all() and table.estimate.isna().all()
    small = data("mtcars")
    assert compare_frame(small, "am", ["cyl"]).test[0] == "Fisher-Freeman-Halton exact"
    asked = compare_frame(small, "am", ["cyl"], test="pearson").test[0]
    assert asked == "Pearson chi-square (expected counts below 5)"


def ordered(data, name, variable):
    frame = data(name)
    levels = sorted(
        frame[variable].unique(), key=lambda level: float(re.match(r"\d+", str(level))[0])
    )
    return frame.assign(**{variable: pd.Categorical(frame[variable], levels, ordered=True)})


def test_tests_of_levels_agree_with_r(golden, data):
    names = {"fisher": "Fisher-Freeman-Halton exact", "cochran-armitage": "Cochran-Armitage trend"}
    for row in golden("ordered").itertuples():
        frame = ordered(data, row.data, row.variable)
        table = compare_frame(frame, row.outcome, [row.variable], test=row.test)
        tested = names.get(row.test, "trend (linear by linear, mid-ranks)")
        if len(table) > 1:
            assert (table.test == tested).all()
            assert table.p.tolist() == pytest.approx([row.p] * len(table), rel=1e-6)
        else:  # two levels are one question
            assert table.test[0] in ("N-1 chi-square", "mid-p (both tails)", "Fisher exact")


def test_ordered_levels_are_tested_for_trend_unless_asked_otherwise(data):
    frame = ordered(data, "infert", "spontaneous")
    assert compare_frame(frame, "case", ["spontaneous"]).test[0].startswith("trend")
    plain = frame.assign(spontaneous=frame.spontaneous.cat.as_unordered())
    assert compare_frame(plain, "case", ["spontaneous"]).test[0] == "Pearson chi-square"
    turned = frame.assign(spontaneous=frame.spontaneous.cat.reorder_categories([2, 1, 0]))
    ends = [compare_frame(f, "case", ["spontaneous"]).p[0] for f in (frame, turned)]
    assert ends[0] == pytest.approx(ends[1])


def test_levels_without_patients_and_missing_ones_change_no_test(data):
    frame = ordered(data, "mtcars", "cyl")
    more = frame.assign(cyl=frame.cyl.cat.add_categories([10]))
    more = pd.concat([more, more[:3].assign(cyl=np.nan).astype({"cyl": more.cyl.dtype})])
    for test in ("trend", "cochran-armitage", "fisher", "pearson"):
        one, two = (compare_frame(f, "am", ["cyl"], test=test) for f in (frame, more))
        assert len(two) == 4 and (two.n_with[3], two.n_without[3]) == (0, 0)
        if test != "cochran-armitage":  # R numbers the levels 1, 2, 3; these are their positions
            assert two.p[0] == pytest.approx(one.p[0])


def test_a_table_too_large_to_count_is_refused_or_tested_by_pearson():
    rng = np.random.default_rng(0)
    levels = np.r_[np.zeros(3), rng.integers(1, 4, 60_000)]
    frame = pd.DataFrame({"x": pd.Categorical(levels), "ill": rng.random(60_003) < 0.5})
    assert (
        compare_frame(frame, "ill", ["x"]).test[0] == "Pearson chi-square (expected counts below 5)"
    )
    with pytest.raises(ValueError, match="'x': there are too many tables"):
        compare_frame(frame, "ill", ["x"], test="fisher")


def test_skewed_numbers_are_shown_and_shifted_as_in_r(golden, data):
    for row in golden("shift").itertuples():
        frame = data(row.data)
        frame = frame.drop_duplicates(row.variable) if row.exact else frame
        found = compare_frame(frame, row.outcome, [row.variable], test="mann-whitney").iloc[0]
        assert found.p == pytest.approx(row.p, rel=1e-9)
        for name in ("median_with", "q1_with", "q3_with", "median_without", "q1_without"):
            assert found[name] == pytest.approx(getattr(row, name), rel=1e-12)
        assert found.q3_without == pytest.approx(row.q3_without, rel=1e-12)
        for name in ("estimate", "ci_low", "ci_high"):
            assert found[name] == pytest.approx(getattr(row, name), rel=1e-9 if row.exact else 1e-6)
        assert (found.effect, found.interval) == ("median difference", "95% Hodges-Lehmann")


def test_two_categories_are_compared_as_one_question():
    frame = frame_of(7, 23, 1, 31)
    frame["x"] = pd.Categorical(np.where(frame.x == 1, "severe", "mild"), ["mild", "severe"])
    row = compare_frame(frame, "ill", ["x"]).iloc[0]
    assert (row.level, row.n_with, row.p) == ("severe", 7, two_by_two(7, 23, 1, 31).n_minus_1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, 1, 1, 1], "constant"),
        ([0, 0, 0, 0], "constant"),
        ([4.0, 4.0, 4.0, 4.0], "constant"),
        ([4.0, 4.0, 5.0, 5.0], "constant within each group"),
        ([np.nan, 4.0, 5.0, 6.0], "fewer than two values in a group"),
        ([np.nan, np.nan, 1, 0], "no values in a group"),
        (pd.Categorical([None, None, "a", "b"], ["a", "b", "c"]), "no values in a group"),
        (pd.Categorical(["a"] * 4, ["a", "b", "c"]), "constant"),
    ],
)
def test_what_cannot_be_tested_says_why(values, reason):
    frame = pd.DataFrame({"ill": [1, 1, 0, 0], "x": values})
    table = compare_frame(frame, "ill", ["x"])
    assert (table.test == f"not tested ({reason})").all()
    assert table.p.isna().all() and (table.interval == "").all()


def test_a_column_of_which_nothing_is_known_is_named():
    frame = pd.DataFrame({"ill": [1, 0], "x": pd.Series([None, None], dtype="category")})
    with pytest.raises(ValueError, match="column 'x' has no value and no category"):
        compare_frame(frame, "ill", ["x"])


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order):
    frame = frame_of(4, 5, 2, 7, age=[3.5, 2, 8, 9, 4, 6, 1, 7, 5.5, 2, 2, 4])
    one = compare_frame(frame, "ill", ["x", "age"])
    two = compare_frame(frame.iloc[list(order)], "ill", ["x", "age"])
    pd.testing.assert_frame_equal(one, two, rtol=1e-12)


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_units_change_the_difference_and_not_the_p(scale, shift):
    frame = frame_of(4, 5, 2, 7, age=[3.5, 2, 8, 9, 4, 6, 1, 7, 5.5, 2, 2, 4])
    one = compare_frame(frame, "ill", ["age"]).iloc[0]
    two = compare_frame(frame.assign(age=frame.age * scale + shift), "ill", ["age"]).iloc[0]
    assert two.p == pytest.approx(one.p, rel=1e-5)
    assert two.estimate == pytest.approx(one.estimate * scale, rel=1e-4)


def test_swapping_the_outcome_inverts_the_odds_ratio_and_the_difference():
    frame = frame_of(4, 5, 2, 7, age=[3.5, 2, 8, 9, 4, 6, 1, 7, 5.5, 2, 2, 4])
    one = compare_frame(frame, "ill", ["x", "age"])
    two = compare_frame(frame.assign(ill=1 - frame.ill), "ill", ["x", "age"])
    assert one.estimate[0] == pytest.approx(1 / two.estimate[0])
    assert one.ci_low[0] == pytest.approx(1 / two.ci_high[0])
    assert one.estimate[1] == -two.estimate[1] and one.ci_low[1] == -two.ci_high[1]
    assert one.p.tolist() == pytest.approx(two.p.tolist())


@pytest.mark.parametrize(
    ("ill", "message"),
    [
        ([1, 1, 1, 1], "has one level"),
        ([1, 0, None, None], "missing for 2 of 4 rows"),
        ([0, 1, 2, 1], "outcome 'ill' is not binary.*2"),
        (["y", "n", "y", "n"], "outcome 'ill' is not binary.*'y'"),
        ([np.nan] * 4, "missing for 4 of 4"),
    ],
)
def test_outcomes_that_are_not_two_groups_are_refused(ill, message):
    with pytest.raises(ValueError, match=message):
        compare_frame(pd.DataFrame({"ill": ill, "x": [0, 1, 0, 1]}), "ill", ["x"])


def test_an_empty_cohort_is_refused():
    with pytest.raises(ValueError, match="in 0 rows"):
        compare_frame(pd.DataFrame({"ill": [], "x": []}, dtype=float), "ill", ["x"])


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("chi2", "test='chi2' is not one of 'auto', 'n_minus_1'"),
        ({"x": "welch"}, "test='welch' of 'x' is not one of 'auto', 'n_minus_1'"),
        ({"age": "fisher"}, "test='fisher' of 'age' is not one of 'auto', 'welch'"),
        ({"z": "fisher"}, "test names 'z', which is not compared"),
    ],
)
def test_unknown_tests_are_refused(test, message):
    frame = frame_of(1, 2, 1, 2, age=[1.0, 2.0, 3.0, 4.5])
    with pytest.raises(ValueError, match=message):
        compare_frame(frame, "ill", ["x", "age"], test=test)


def test_absent_columns_are_all_named():
    with pytest.raises(ValueError, match=r"'sick'.*'cough'"):
        compare_frame(pd.DataFrame({"x": [0, 1]}), "sick", ["x", "cough"])


def test_a_constant_that_is_not_exact_in_binary_is_still_constant():
    frame = pd.DataFrame({"y": [1] * 16 + [0] * 24, "x": [0.1] * 40})
    row = compare_frame(frame, "y", ["x"]).iloc[0]
    assert "constant" in row["test"] and pd.isna(row["p"])
