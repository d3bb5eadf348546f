import numpy as np
import pandas as pd
import pytest

from smallstats import cumulative_incidence, fit_cox, log_rank, survival_table
from smallstats.survival import tied_times
from smallstats.survival_groups import follow_up_counts, gray_test, median_time


def test_grays_test_is_that_of_cmprsk(data):
    """The output that is published of cuminc() for Melanoma by ulcer; see survival_groups.R."""
    frame = data("melanoma")
    for event, competing, chi_square, p in (
        ("died", "other", 26.120719, 3.207240e-07),
        ("other", "died", 0.158662, 6.903913e-01),
    ):
        found = gray_test(frame, "time", event, "ulcer", competing=competing)
        assert found.chi_square == pytest.approx(chi_square, abs=6e-7)
        assert found.p == pytest.approx(p, rel=1e-6) and found.df == 1
        assert found.table["expected"].sum() == pytest.approx(found.table["events"].sum())


def test_grays_test_without_competing_events_is_near_the_log_rank_test(data):
    frame = data("lung").assign(never=False).astype({"sex": "category"})
    gray = gray_test(frame, "time", "died", "sex", competing="never")
    rank = log_rank(frame, "time", "died", "sex")
    assert gray.table["expected"].tolist() == pytest.approx(rank.table["expected"].tolist())
    assert gray.chi_square == pytest.approx(rank.chi_square, rel=0.1)


def test_grays_test_of_three_groups_does_not_depend_on_their_order():
    rng = np.random.default_rng(3)
    n = 150
    frame = pd.DataFrame({"t": rng.exponential(1, n).round(2) + 0.01, "x": rng.integers(0, 3, n)})
    cause = rng.integers(0, 3, n)
    frame["ill"], frame["died"] = cause == 1, cause == 2
    levels = [0, 1, 2]
    found = [
        gray_test(frame.assign(x=pd.Categorical(frame.x, order)), "t", "ill", "x", competing="died")
        for order in (levels, levels[::-1], [1, 2, 0])
    ]
    assert found[0].df == 2
    assert [f.chi_square for f in found] == pytest.approx([found[0].chi_square] * 3, rel=1e-9)


def test_grays_test_rejects_as_often_as_it_says():
    rng = np.random.default_rng(1)
    low = 0
    for _ in range(300):
        t, cause = rng.exponential(1, 80), rng.choice([1, 2], 80, p=[0.6, 0.4])
        end = rng.uniform(0.2, 3, 80)
        frame = pd.DataFrame({"t": np.minimum(t, end), "x": np.arange(80) % 2 == 0})
        frame["ill"], frame["died"] = (t <= end) & (cause == 1), (t <= end) & (cause == 2)
        low += gray_test(frame, "t", "ill", "x", competing="died").p < 0.05
    assert 0.02 < low / 300 < 0.09


def test_medians_agree_with_r(golden, data):
    level = pd.DataFrame({"time": [1, 2, 3, 4, 5, 6], "died": [1, 1, 1, 1, 0, 1]})
    frames = {"level": level, "lung": data("lung"), "melanoma": data("melanoma")}
    wanted = golden("median_time")
    for (name, share, by), rows in wanted.groupby(["data", "share", wanted["by"].fillna("")]):
        frame = frames[name]
        if by == "sex":
            frame = frame.astype({"sex": "category"})
        found = median_time(frame, "time", "died", by=by or None, share=share)
        for ours, theirs in (("median", "median"), ("ci_low", "low"), ("ci_high", "high")):
            assert found[ours].tolist() == rows[theirs].fillna(np.inf).tolist()


def test_at_risk_and_what_became_of_the_others_add_up_to_all(data):
    mgus = data("mgus")
    frame = mgus.assign(ill=mgus["first"] == 1, died=mgus["first"] == 2).astype({"sex": "category"})
    at = [0, 0.5, 1, 5, 10, 20, 40]
    found = follow_up_counts(frame, "years", "ill", at=at, competing="died", by="sex")
    parts = found[["at_risk", "events", "competing", "censored"]]
    assert (parts.sum(axis=1) == found["n"]).all()
    assert (found["n"] == found.groupby("group")["at_risk"].transform("first")).all()
    curve = cumulative_incidence(frame, "years", "ill", competing="died", by="sex", at=at)
    assert found["at_risk"].tolist() == curve["at_risk"].tolist()
    assert found["at_risk"].iloc[-1] == 0
    assert found["events"].iloc[-1] == (frame["ill"] & (frame["sex"] == "M")).sum()


def test_times_that_differ_by_float_noise_are_tied(data):
    """R: survdiff 0.05549 on one degree of freedom, coxph 0.11428."""
    frame = data("noisy_times")
    assert log_rank(frame, "t", "e", "x").chi_square == pytest.approx(0.05549, abs=5e-6)
    assert fit_cox(frame, "t", "e", ["x"]).table["coef"]["x"] == pytest.approx(0.11428, abs=5e-6)
    exact = frame.assign(t=frame["tr"])
    for by in (None, "x"):
        one, two = (survival_table(f, "t", "e", by=by, at=None) for f in (frame, exact))
        pd.testing.assert_frame_equal(one, two)


def test_only_noise_is_tied():
    times = np.array([1.0, 1.0 + 1e-6, 2.0, np.nan, 0.0])
    assert np.array_equal(tied_times(times), times, equal_nan=True)
    assert tied_times(np.array([0.0, 0.0])).tolist() == [0, 0]
    scaled = np.array([0.1 + 0.2, 0.3, 5]) * 1e12
    assert len(np.unique(tied_times(scaled))) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arm": 1}, "'arm' has one level"),
        ({"ill": 0}, "nobody had the event 'ill'"),
        ({"died": 1}, "rows have both"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    frame = pd.DataFrame({"t": [1, 2, 3, 4], "arm": [0, 1, 0, 1], "ill": [1, 0, 1, 0], "died": 0})
    with pytest.raises(ValueError, match=message):
        gray_test(frame.assign(**change), "t", "ill", "arm", competing="died")
    with pytest.raises(ValueError, match="share=1 is not between 0 and 1"):
        median_time(frame, "t", "ill", share=1)
