import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from smallstats import fit_logistic
from smallstats.flic import area_under_roc, predict_flic
from smallstats.paired import compare_pairs


@pytest.fixture
def wanted(golden):
    return golden("paired").set_index("what")


def test_paired_t_agrees_with_r(data, wanted):
    for name in ("sleep", "anorexia"):
        row = compare_pairs(data(name), [("before", "after")]).iloc[0]
        r = wanted.loc[f"t {name}"]
        assert row[["p", "estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
            r[["p", "estimate", "low", "high"]].tolist(), rel=1e-9
        )
        assert row.test == "paired t" and row.up + row.down <= row.n


def test_signed_ranks_agree_with_r(data, wanted):
    depression = pd.DataFrame(
        {
            "before": [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
            "after": [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
        }
    )
    frames = {"sleep": data("sleep"), "anorexia": data("anorexia"), "depression": depression}
    for name, frame in frames.items():
        row = compare_pairs(frame, [("before", "after")], ranks=["before"]).iloc[0]
        assert row.p == pytest.approx(wanted.loc[f"ranks {name}", "p"], rel=1e-6)
        how = "exact" if name == "depression" else "normal approximation, corrected"
        assert row.test == f"Wilcoxon signed rank ({how})"


def changes(up, down, yes, no):
    one = [0] * up + [1] * down + [1] * yes + [0] * no
    two = [1] * up + [0] * down + [1] * yes + [0] * no
    return pd.DataFrame({"a": one, "b": two})


def test_mcnemar(wanted):
    """Fagerland 2013, Table 1: 1 and 7 changed of 21; mid-p 0.039."""
    row = compare_pairs(changes(1, 7, 1, 12), [("a", "b")]).iloc[0]
    assert row.p == pytest.approx(wanted.loc["mcnemar 1 7", "p"])
    assert (row.n_first, row.n_second, row.up, row.down) == (8, 2, 1, 7)
    assert row.estimate == pytest.approx(-6 / 21)
    assert row.ci_low < row.estimate < row.ci_high < 0
    more = compare_pairs(changes(12, 3, 5, 5), [("a", "b")]).iloc[0]
    assert more.p == pytest.approx(wanted.loc["mcnemar 12 3", "p"])
    turned = compare_pairs(changes(12, 3, 5, 5), [("b", "a")]).iloc[0]
    assert (turned.p, turned.estimate) == (more.p, -more.estimate)
    assert turned.ci_low == pytest.approx(-more.ci_high)


def test_ordered_levels_are_compared_by_their_ranks():
    levels = ["I", "II", "III"]
    first = pd.Categorical(["I", "I", "II", "III", None, "I", "II"], levels, ordered=True)
    second = pd.Categorical(["II", "III", "III", "III", "I", "II", "III"], levels, ordered=True)
    row = compare_pairs(pd.DataFrame({"a": first, "b": second}), [("a", "b")]).iloc[0]
    assert (row.n, row.missing, row.up, row.down) == (6, 1, 5, 0)
    assert row.test.startswith("Wilcoxon") and 0.02 < row.p < 0.1


@pytest.mark.parametrize(
    ("frame", "test"),
    [
        (changes(0, 0, 3, 3), "not tested (nobody changed)"),
        (pd.DataFrame({"a": [2.0, 3], "b": [2.0, 3]}), "not tested (nobody changed)"),
        (pd.DataFrame({"a": [2.0, 3, 4], "b": [3.0, 4, 5]}), "not tested (all changed alike)"),
        (pd.DataFrame({"a": [2.0, None], "b": [3.0, 4]}), "not tested (fewer than two patients)"),
    ],
)
def test_what_cannot_be_tested_says_why(frame, test):
    row = compare_pairs(frame, [("a", "b")]).iloc[0]
    assert row.test == test and pd.isna(row.p)


def test_what_is_no_pair_is_refused():
    frame = pd.DataFrame({"a": pd.Categorical(["u", "v"]), "b": [True, False], "c": [2.0, 3.0]})
    with pytest.raises(ValueError, match="not a pair"):
        compare_pairs(frame, [("a", "b")])
    with pytest.raises(ValueError, match="no column 'z'"):
        compare_pairs(frame, [("a", "z")])


def test_flic_agrees_with_r(golden, data):
    wanted, frame = golden("flic").iloc[0], data("birthwt")
    found = predict_flic(frame, "low", ["age", "lwt", "smoke", "ht"])
    assert found.coef["Intercept"] == pytest.approx(wanted.intercept, rel=1e-6)
    assert found.coef["age"] == pytest.approx(wanted.age, rel=1e-6)
    p = found.table["probability"]
    assert (p.iloc[0], p.iloc[-1]) == pytest.approx((wanted["first"], wanted["last"]), rel=1e-6)
    assert area_under_roc(found.table["outcome"], p) == pytest.approx(
        (wanted.auc, wanted.low, wanted.high), rel=1e-6
    )


def test_flic_predicts_as_many_events_as_there_are(data):
    frame = data("endometrial")
    found = predict_flic(frame, "HG", ["NV", "PI", "EH"])  # separated by NV
    assert found.table["probability"].mean() == pytest.approx(frame["HG"].mean(), abs=1e-9)
    firth = fit_logistic(frame, "HG", ["NV", "PI", "EH"], method="firth").table["coef"]
    assert found.coef.drop("Intercept").equals(firth.drop("Intercept"))
    assert logit(found.table["probability"]).notna().all()


def test_the_area_is_the_share_of_pairs_in_order():
    y, s = pd.Series([0, 0, 1, 1, 1.0]), pd.Series([1, 2, 2, 3, 4.0])
    assert area_under_roc(y, s)[0] == pytest.approx(5.5 / 6)
    assert area_under_roc(1 - y, -s)[0] == pytest.approx(5.5 / 6)
    assert np.isnan(area_under_roc(y, y)[1])
