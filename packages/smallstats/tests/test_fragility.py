import numpy as np
import pandas as pd
import pytest

from smallstats import fit_logistic, fragility, influential_patients, two_by_two
from smallstats.classical_tests import term_tests
from smallstats.fourfold import table_p_values


def test_indices_agree_with_r(golden):
    r = golden("fragility")
    found = fragility(*(r[name].to_numpy() for name in ("a", "n1", "b", "n0")))
    np.testing.assert_allclose(found.p, r.p, rtol=1e-6)
    assert found.significant.tolist() == (r.p < 0.05).tolist()
    assert found["index"].tolist() == r["index"].astype("Int64").tolist()
    assert found.index_one_group.isna().tolist() == r.one_group.isna().tolist()
    assert found.index_one_group.dropna().tolist() == r.one_group.dropna().tolist()
    n = r.n1 + r.n0
    np.testing.assert_allclose(found.quotient, r["index"] / n)
    counts = r[["a", "n1", "b", "n0"]].to_numpy()
    for row, moved, (a, n1, b, n0) in zip(found.itertuples(), found["index"], counts, strict=True):
        if pd.isna(row.nearest_a):
            assert np.isnan(row.nearest_p)
            continue
        nearest = two_by_two(row.nearest_a, int(n1), row.nearest_b, int(n0))
        assert nearest.fisher == pytest.approx(row.nearest_p)
        assert (nearest.fisher < 0.05) != row.significant
        assert abs(row.nearest_a - a) + abs(row.nearest_b - b) == moved


def test_another_test_and_another_limit_decide():
    fisher, pearson = (fragility(8, 20, 2, 20, test=t).iloc[0] for t in ("fisher", "pearson"))
    assert (fisher.significant, pearson.significant) == (False, True)
    assert pearson.p == pytest.approx(two_by_two(8, 20, 2, 20).pearson)
    strict = fragility(8, 20, 2, 20, test="pearson", alpha=0.01).iloc[0]
    assert not strict.significant and strict["index"] >= 1
    none = fragility(1, 2, 1, 2).iloc[0]
    assert none[["index", "index_one_group", "nearest_a"]].isna().all()
    assert list(fragility(1, 2, 1, 2)) == [
        "p", "significant", "index", "index_one_group", "quotient", "nearest_a", "nearest_b",
        "nearest_p",
    ]  # fmt: skip


def alter(frame, row, change):
    """The frame with one row changed."""
    if change == "removed":
        return frame.drop(index=row.first)
    column = "r" if change == "outcome" else change
    frame = frame.copy()
    frame.loc[row.first, column] = 1 - frame.loc[row.first, column]
    return frame


@pytest.mark.parametrize("test", ["lr", "wald"])
def test_each_change_is_a_fit_of_the_changed_patients(data, test):
    names = ["xray", "stage", "age"]
    frame = data("nodal").assign(age=np.tile([48.0, 55, 63.5, 71], 14)[:53])[["r", *names]]
    frame.index = [f"p{i}" for i in frame.index]
    found = influential_patients(frame, "r", names, test=test)
    assert list(found) == [
        "change", "term", "r", *names, "patients", "first", "odds_ratio", "p", "new_odds_ratio",
        "new_p", "crosses",
    ]  # fmt: skip
    kinds = frame.drop_duplicates()
    assert set(found.change) == {"removed", "outcome", "xray", "stage"}
    assert (found.groupby("change").size() == 3 * len(kinds)).all()
    column = "likelihood_ratio_p" if test == "lr" else "wald_p"
    own = term_tests(frame, "r", names)[column]
    fit = fit_logistic(frame, "r", names).table
    for term, rows in found.groupby("term"):
        np.testing.assert_allclose(rows.p, own[term], rtol=1e-6)
        np.testing.assert_allclose(rows.odds_ratio, fit.odds_ratio[term], rtol=1e-6)
    checked = found[found.term == "stage"].iloc[::7]
    for row in checked.itertuples():
        like = frame[(frame[["r", *names]] == [row.r, row.xray, row.stage, row.age]).all(axis=1)]
        assert len(like) == row.patients and row.first == like.index[0]
        changed = alter(frame, row, row.change)
        new = term_tests(changed, "r", names)[column]
        table = fit_logistic(changed, "r", names).table
        for name in names:
            same = found[(found["first"] == row.first) & (found.change == row.change)]
            one = same[same.term == name].iloc[0]
            assert one.new_p == pytest.approx(new[name], rel=1e-6, nan_ok=True)
            assert one.new_odds_ratio == pytest.approx(table.odds_ratio[name], rel=1e-6)
            assert one.crosses == ((one.new_p < 0.05) != (one.p < 0.05))
    other = influential_patients(frame, "r", names, test=test, alpha=0.01)
    assert other.crosses.tolist() == ((other.p < 0.01) != (other.new_p < 0.01)).tolist()
    assert other.crosses.any() and not other.crosses.equals(found.crosses)


def test_one_patient_can_be_all_that_keeps_an_estimate_finite():
    frame = pd.DataFrame({"y": [0] * 12 + [1] * 9, "x": [1] + [0] * 11 + [1, 1, 1, 1] + [0] * 5})
    found = influential_patients(frame, "y", ["x"], changes=["removed"])
    assert set(found.change) == {"removed"} and found.patients.sum() == 21
    only = found[~found.y & found.x].iloc[0]
    assert (only.patients, only["first"], only.new_odds_ratio) == (1, 0, np.inf)
    assert not only.crosses or only.new_p < 0.05
    wald = influential_patients(frame, "y", ["x"], changes=["removed"], test="wald")
    assert np.isnan(wald[~wald.y & wald.x].new_p.iloc[0])


def test_the_last_exposed_patient_gone_leaves_no_effect():
    frame = pd.DataFrame({"y": [0] * 6 + [1] * 6, "x": [0] * 11 + [1]})
    gone = influential_patients(frame, "y", ["x"], changes=["removed"]).query("x")
    assert gone.new_p.tolist() == [1] and np.isnan(gone.new_odds_ratio.iloc[0])


def test_many_changes_are_worked_on_in_parts(data, monkeypatch):
    whole = influential_patients(data("nodal"), "r", ["xray", "stage"])
    monkeypatch.setattr("smallstats.cells.BLOCK", 13)
    pd.testing.assert_frame_equal(
        whole, influential_patients(data("nodal"), "r", ["xray", "stage"])
    )  # fmt: skip


def test_rows_with_a_missing_value_are_left_out():
    frame = pd.DataFrame({"y": [None, 0, 0, 1, 1, 0, 1], "x": [1, 0, 1, 1, 0, 0, 1]})
    found = influential_patients(frame.astype("boolean"), "y", ["x"], changes=["removed"])
    assert found.patients.sum() == 6 and 0 not in found["first"].tolist()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"changes": ["removal"], "test": "score", "alpha": 0},
         "changes has 'removal': .*; test='score' is not .*; alpha=0 is not between 0 and 1"),
        ({"predictors": []}, "there is no predictor"),
        ({"predictors": ["c"]}, "'c' has more than two levels"),
        ({"predictors": ["p"]}, "a column cannot be named 'p', as one of the result"),
        ({"changes": []}, "no change is given"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(options, problem):
    frame = pd.DataFrame({"y": [0, 1] * 10, "p": [0, 0, 1, 1] * 5})
    frame["c"] = pd.Categorical(list("abcab") * 4)
    with pytest.raises(ValueError, match=problem):
        influential_patients(frame, "y", **({"predictors": ["c"]} | options))


def test_bad_options_of_fragility_are_refused():
    with pytest.raises(ValueError, match=r"test='t' is not one of 'pearson'.*; alpha=5 is not"):
        fragility(1, 2, 1, 2, test="t", alpha=5)
    with pytest.raises(ValueError, match="a is larger than n1"):
        fragility(3, 2, 1, 2)


def test_no_table_gives_no_row():
    empty, one = fragility([], 5, [], 5), fragility([7], 23, [1], 31)
    assert empty.empty and empty.dtypes.equals(one.dtypes)
    none = table_p_values([], 5, [], 5)
    assert none.empty and list(none) == list(table_p_values(1, 5, 1, 5))
