import numpy as np
import pandas as pd
import pytest

from smallstats import cumulative_incidence, log_rank, survival_table

NUMBERS = ["se", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def cohorts(data):
    mgus = data("mgus")
    mgus["malignant"], mgus["dead"] = mgus["first"] == 1, mgus["first"] == 2
    mgus["either"] = mgus["first"] > 0
    return {
        "veteran": data("veteran").astype({"celltype": "category", "trt": "category"}),
        "mgus": mgus.astype({"sex": "category"}),
    }


def agree(found, wanted, estimate):
    """Compare with R, which carries the last value on and gives no interval of nobody."""
    assert found.at_risk.tolist() == wanted.at_risk.tolist()
    known = found[estimate].notna().to_numpy()
    for name in (estimate, "se"):
        assert found[name][known].tolist() == pytest.approx(
            wanted[name][known].tolist(), rel=1e-9, abs=1e-12
        )
    inside = (found.interval == "95% log-log").to_numpy()
    for name in NUMBERS:
        assert found[name][inside].tolist() == pytest.approx(
            wanted[name][inside].tolist(), rel=1e-9
        )
    return inside.sum()


def test_survival_agrees_with_r(golden, cohorts):
    plan = {
        ("veteran", True): ("time", "status", "celltype"),
        ("veteran", False): ("time", "status", None),
        ("mgus", True): ("years", "either", "sex"),
    }
    wanted = golden("survival_km").fillna({"group": ""})
    compared = 0
    for (name, grouped), (time, event, by) in plan.items():
        rows = wanted[(wanted.data == name) & ((wanted.group != "") == grouped)]
        rows = rows.reset_index(drop=True)
        found = survival_table(cohorts[name], time, event, by=by, at=rows.time.unique())
        assert found[["group", "time"]].equals(rows[["group", "time"]].astype({"time": float}))
        compared += agree(found, rows, "survival")
    assert compared == 30


def test_cumulative_incidence_agrees_with_r(golden, cohorts):
    wanted = golden("survival_incidence").fillna({"group": ""})
    compared = 0
    for (cause, grouped), rows in wanted.groupby(["cause", wanted.group != ""]):
        event, competing = ("malignant", "dead")[:: 1 if cause == 1 else -1]
        by = "sex" if grouped else None
        times = rows.time.unique()
        found = cumulative_incidence(
            cohorts["mgus"], "years", event, competing=competing, by=by, at=times
        )
        assert found.group.tolist() == rows.group.tolist()
        compared += agree(found, rows.reset_index(drop=True), "incidence")
    assert compared == 24


def test_log_rank_agrees_with_r(golden, cohorts):
    for (name, by), rows in golden("survival_log_rank").groupby(["data", "by"]):
        time, event = ("time", "status") if name == "veteran" else ("years", "either")
        found = log_rank(cohorts[name], time, event, by)
        assert found.chi_square == pytest.approx(rows.chi_square.iloc[0], rel=1e-9)
        assert found.df == len(rows) - 1 and found.dropped == 0
        assert found.table.index.tolist() == rows.group.tolist()
        assert found.table.n.tolist() == rows.n.tolist()
        assert found.table.events.tolist() == rows.events.tolist()
        assert found.table.expected.tolist() == pytest.approx(rows.expected.tolist())
    assert found.p == pytest.approx(0.927726, abs=1e-5)  # veteran, trt


def test_survival_without_censoring_is_a_proportion():
    frame = pd.DataFrame({"t": [1.0, 2, 2, 3, 5, 8, 8, 9], "e": 1})
    table = survival_table(frame, "t", "e", at=None)
    assert table.time.tolist() == [0, 1, 2, 3, 5, 8, 9]
    assert table.survival.tolist() == pytest.approx([(frame.t > t).mean() for t in table.time])
    inner = table.survival.between(0.001, 0.999)
    p = table.survival[inner]
    assert table.se[inner].tolist() == pytest.approx(np.sqrt(p * (1 - p) / 8).tolist())
    assert table.censored.eq(0).all() and table.events.tolist() == [0, 1, 3, 4, 5, 7, 8]


def test_the_ends_of_a_curve_say_what_their_interval_is():
    frame = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [0, 1, 1, 1]})
    table = survival_table(frame, "t", "e", at=[0.5, 1, 3.5, 4, 9])
    assert table.survival.tolist() == pytest.approx([1, 1, 1 / 3, 0, 0])
    assert table.interval[0] == "95% Clopper-Pearson of those at risk"
    assert (table.ci_low[0], table.ci_high[0]) == (pytest.approx(0.025**0.25), 1)
    assert table.at_risk.tolist() == [4, 4, 1, 1, 0]
    assert table.interval[4] == "none: nobody at risk" and np.isnan(table.ci_low[4])
    assert (table.ci_low[3], table.ci_high[3]) == (0, pytest.approx(0.975))
    frame.loc[3, "e"] = 0
    beyond = survival_table(frame, "t", "e", at=[4, 4.1]).iloc[1]
    assert beyond[["survival", *NUMBERS]].isna().all()
    assert beyond.interval == "none: beyond the last follow-up at 4" and beyond.at_risk == 0
    assert survival_table(frame, "t", "e", at=[4]).survival[0] == pytest.approx(1 / 3)


def test_incidences_of_all_events_and_survival_sum_to_one(cohorts):
    frame, at = cohorts["mgus"], [1, 3, 10]
    both = [
        cumulative_incidence(frame, "years", a, competing=b, at=at)
        for a, b in (("malignant", "dead"), ("dead", "malignant"))
    ]
    free = survival_table(frame, "years", "either", at=at)
    total = both[0].incidence + both[1].incidence + free.survival
    assert total.tolist() == pytest.approx([1, 1, 1], rel=1e-12)
    assert both[0].competing.tolist() == both[1].events.tolist()
    naive = 1 - survival_table(frame, "years", "malignant", at=at).survival
    assert (naive > both[0].incidence).all()


@pytest.mark.parametrize("n", [3, 6, 7, 10, 49])
def test_an_incidence_that_reaches_everybody_is_one(n):
    frame = pd.DataFrame({"t": np.arange(1.0, n + 1), "e": 1, "d": 0})
    table = cumulative_incidence(frame, "t", "e", competing="d", at=[n, n + 1])
    assert table.incidence.tolist() == [1, 1]
    assert table.interval.tolist()[1] == "none: nobody at risk"


def test_missing_values_are_left_out_and_counted():
    frame = pd.DataFrame(
        {
            "t": [1, 2, None, 4, 5, 6.0],
            "e": pd.array([True, None, True, False, True, True], "boolean"),
            "arm": pd.array([True, True, True, True, None, False], "boolean"),
        }
    )
    table = survival_table(frame, "t", "e", by="arm", at=[1])
    assert table.group.tolist() == ["no", "yes"]
    assert table.n.tolist() == [1, 2] and table.dropped.tolist() == [3, 3]
    assert table.survival.tolist() == [1, 0.5]
    assert log_rank(frame, "t", "e", "arm").dropped == 3


def test_small_groups_and_zero_cells_give_no_warning():
    frame = pd.DataFrame({"t": [0.0, 0, 1, 2], "e": [1, 0, 0, 0], "d": [0, 1, 0, 0]})
    frame["g"] = pd.Categorical(["a", "a", "b", "c"], list("abcd"))
    assert survival_table(frame, "t", "e", at=[0]).survival[0] == 0.75
    table = cumulative_incidence(frame, "t", "e", competing="d", by="g", at=[0, 1])
    assert table.group.unique().tolist() == ["a", "b", "c"]
    assert table.incidence[0] == 0.5 == table.incidence[1]  # nobody of a is left to have it
    assert log_rank(frame, "t", "e", "g").df == 2
    none = survival_table(frame.assign(e=0), "t", "e", at=None)
    assert none.survival.tolist() == [1] and none.events.tolist() == [0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time": "x"}, "there is no column 'x'"),
        ({"time": "g"}, "column 'g' is categorical"),
        ({"time": "bad"}, "time 'bad' is negative in 1 of 3 rows"),
        ({"event": "bad"}, "event 'bad' is not binary"),
        ({"event": "none"}, "no row has all of t, none"),
        ({"by": "t"}, "'t' is given twice"),
        ({"by": "bad"}, "'bad' is a number: cut it into levels first"),
        ({"at": []}, r"at=\[\] is not a list of times"),
        ({"at": [-1]}, r"at=\[-1\] is not a list of times"),
        ({"at": [np.nan]}, r"at=\[nan\] is not a list of times"),
    ],
)
def test_what_cannot_be_estimated_is_refused(options, message):
    frame = pd.DataFrame({"t": [1.0, 2, 3], "e": [1, 0, 1], "bad": [1.5, -1, 2]})
    frame["none"], frame["g"] = np.nan, pd.Categorical(list("abc"))
    with pytest.raises(ValueError, match=message):
        survival_table(frame, **{"time": "t", "event": "e", **options})


def test_two_first_events_one_group_and_no_events_are_refused():
    frame = pd.DataFrame({"t": [1.0, 2, 3], "e": [1, 0, 1], "d": [1, 1, 0], "g": 1, "no": 0})
    with pytest.raises(ValueError, match="1 rows have both 'e' and 'd'"):
        cumulative_incidence(frame, "t", "e", competing="d")
    with pytest.raises(ValueError, match="'g' has one level among 3 patients"):
        log_rank(frame, "t", "e", "g")
    with pytest.raises(ValueError, match="nobody had the event 'no'"):
        log_rank(frame, "t", "no", "e")
