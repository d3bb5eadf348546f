"""Statistics with their degrees of freedom, limits, rates, extremes: against R, and as verdicts."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from paperaudit import audit_claims, validate_claims
from paperaudit.cli import main
from paperaudit.interval_checks import check_difference, mean_half_widths, proportion_intervals
from paperaudit.reported_tests import check_statistic, find_tests
from paperaudit.spreads import check_spread
from paperaudit.survival_table import log_rank

GOLDEN = Path(__file__).with_name("golden") / "statistics.csv"
VALUES = pd.read_csv(GOLDEN, dtype=str, keep_default_na=False).to_dict("records")


def golden(*kinds):
    return [(v["what"], v["arguments"], float(v["value"])) for v in VALUES if v["what"] in kinds]


@pytest.mark.parametrize(
    ("kind", "arguments", "value"), golden("t", "f", "chi2", "q", "z", "correlation")
)
def test_p_values_are_those_of_r(kind, arguments, value):
    statistic, *df = arguments.split("|")
    found = check_statistic(kind, statistic, "0.5", *df)
    assert found.computed == pytest.approx(value, rel=1e-9)
    assert found.p_range[0] <= value <= found.p_range[1]


@pytest.mark.parametrize(
    ("method", "arguments", "value"),
    golden("Clopper-Pearson", "Wilson", "Wilson with continuity correction"),
)
def test_intervals_of_shares_are_those_of_r(method, arguments, value):
    n, total, end = map(int, arguments.split("|"))
    assert proportion_intervals(n, total)[method][end - 1] == pytest.approx(value, abs=1e-6)


def test_limits_of_a_mean_are_those_of_r():
    ((_, _, wide),) = golden("t interval")
    ((_, _, narrow),) = golden("t interval 90")
    low, high = mean_half_widths("10", 25)["t interval"]
    assert low < wide < high
    low, high = mean_half_widths("4.2", 12, 0.90)["t interval"]
    assert low < narrow < high


def test_the_log_rank_test_is_that_of_r():
    by = {(v["what"], v["arguments"]): list(map(int, v["value"].split())) for v in VALUES
          if v["what"] in ("at risk", "events")}  # fmt: skip
    at_risk = list(zip(by["at risk", "1"], by["at risk", "2"], strict=True))
    events = list(zip(by["events", "1"], by["events", "2"], strict=True))
    found = log_rank(at_risk, events)
    assert found.chi2 == pytest.approx(golden("log-rank chi2")[0][2], rel=1e-9)
    assert found.p == pytest.approx(golden("log-rank p")[0][2], rel=1e-9)


def test_every_spread_of_whole_values_is_possible():
    """All samples of 2 to 5 whole values from 1 to 4, counted out."""
    for n in range(2, 6):
        for sample in product(range(1, 5), repeat=n):
            series = pd.Series(sample)
            sd, mean = f"{series.std():.2f}", f"{series.mean():.2f}"
            low, high = str(min(sample)), str(max(sample))
            assert check_spread(sd, low, high, n, mean).possible
            assert check_spread(sd, low, high, n).possible


@pytest.mark.parametrize(
    ("sd", "low", "high", "n", "mean"),
    [
        ("6.2", "1", "9", 30, "5.0"),  # more than all at the ends
        ("0.1", "1.0", "9.0", 10, "5.0"),  # less than two at the ends
        ("2.0", "5.0", "5.0", 10, ""),  # no range, no spread
        ("4.0", "0.0", "10.0", 40, "1.0"),  # a mean near an end
    ],
)
def test_impossible_spreads(sd, low, high, n, mean):
    assert not check_spread(sd, low, high, n, mean).possible


def test_a_difference_and_its_p():
    assert check_difference("-3.4", "-5.1", "-1.7", "<0.001").consistent
    assert not check_difference("-3.4", "-5.1", "-1.7", "0.04").consistent
    assert check_difference("2.0", "0.1", "3.9", "0.04", df=18).consistent
    assert not check_difference("2.0", "2.3", "3.9").inside
    assert check_difference("1.0", "0.2", "1.8", "0.04", level=0.90).consistent


@pytest.mark.parametrize("df1", ["", "0", "-3"])
def test_degrees_of_freedom_that_are_none_are_refused(df1):
    with pytest.raises(ValueError, match=r"degrees of freedom|is not a number"):
        check_statistic("t", "2.2", "0.03", df1)


def test_an_unknown_statistic_is_refused():
    with pytest.raises(ValueError, match="allowed are t, f"):
        check_statistic("w", "2.2", "0.03", "4")


def test_a_text_says_that_its_test_has_one_side():
    found = find_tests("A one-tailed test, t(48) = 1.70, p < .05. Another, t(48) = 1.70, p < .05.")
    assert found["one_sided"].tolist() == [True, False]


# As verdicts


def audit(text, extra=()):
    head = ["item", "group", "statistic", "printed", "note", "variable", "denominator"]
    rows = [(line.strip().split(",") + [""] * 4)[:7] for line in text.strip().splitlines()]
    found = audit_claims(validate_claims(pd.DataFrame(rows, columns=head)))
    return found.reset_index(drop=True)


def verdicts(text):
    found = audit(text)
    return dict(zip(found["statistic"], found["verdict"], strict=True))


GROUPS = "patients,all,n,60\npatients,a,n,30\npatients,b,n,30\n"
#: What is printed, the statistic that is judged, and its verdict.
CASES = {
    "t and p": ("x,,t,2.20\nx,,df,28\nx,,p,.036", "p", "consistent"),
    "t and another p": ("x,,t,2.20\nx,,df,28\nx,,p,.06", "p", "not_reproduced"),
    "t and half of its p": ("x,,t,1.70\nx,,df,48\nx,,p,.048", "p", "reproduced_other_method"),
    "t, said to have one side": (
        "x,,t,1.70,one-sided\nx,,df,48\nx,,p,.048", "p", "consistent"),
    "F": ("x,,f,11.37\nx,,df1,2\nx,,df2,25\nx,,p,<.01", "f", "consistent"),
    "chi-square": ("x,,chi2,16.78\nx,,df,1\nx,,p,.04", "chi2", "not_reproduced"),
    "z, not significant": ("x,,z,1.20\nx,,p,NS", "z", "consistent"),
    "z, not significant?": ("x,,z,2.20\nx,,p,NS", "p", "not_reproduced"),
    "t of two groups, without df": ("x,,t,2.20\nx,,p,0.032", "p", "consistent"),
    "t of two groups, another p": ("x,,t,2.20\nx,,p,0.32", "p", "not_reproduced"),
    "chi-square of two counts": ("x,a,n,12\nx,b,n,5\nx,,chi2,4.02\nx,,p,0.045", "p", "consistent"),
    "a correlation and n": ("x,all,correlation,0.45\nx,all,p,0.0003", "correlation", "consistent"),
    "a correlation above 1": (
        "x,all,correlation,1.45\nx,all,p,0.03", "correlation", "contradicted"),
    "a difference": (
        "x,,mean_difference,-3.4\nx,,ci_low,-5.1\nx,,ci_high,-1.7\nx,,p,<0.001",
        "ci_low", "consistent"),
    "a difference outside its limits": (
        "x,,mean_difference,-3.4\nx,,ci_low,-3.1\nx,,ci_high,-1.7", "ci_low", "contradicted"),
    "a difference that is not in the middle": (
        "x,,mean_difference,-3.4\nx,,ci_low,-9.1\nx,,ci_high,-1.7", "ci_high", "not_reproduced"),
    "a difference of means": (
        "x,a,mean,10.2\nx,b,mean,13.6\nx,,mean_difference,3.4", "mean_difference", "consistent"),
    "another difference of means": (
        "x,a,mean,10.2\nx,b,mean,13.6\nx,,mean_difference,4.4",
        "mean_difference", "not_reproduced"),
    "a difference of shares": (
        "x,a,n,12\nx,b,n,6\nx,,risk_difference,20", "risk_difference", "consistent"),
    "another difference of shares": (
        "x,a,n,12\nx,b,n,6\nx,,risk_difference,24", "risk_difference", "not_reproduced"),
    "an interval of a mean": (
        "x,a,mean,22.0\nx,a,ci_low,21.0\nx,a,ci_high,23.0", "ci_low", "consistent"),
    "an interval of a mean and its SD": (
        "x,a,mean,22.0\nx,a,sd,2.7\nx,a,ci_low,21.0\nx,a,ci_high,23.0", "ci_high", "consistent"),
    "an interval that is an SD": (
        "x,a,mean,22.0\nx,a,sd,2.7\nx,a,ci_low,19.3\nx,a,ci_high,24.7",
        "ci_high", "reproduced_other_method"),
    "an interval of another SD": (
        "x,a,mean,22.0\nx,a,sd,2.7\nx,a,ci_low,20.2\nx,a,ci_high,23.8",
        "ci_high", "not_reproduced"),
    "an interval of a share": (
        "x,a,n,9\nx,a,percent,30.0,,,30\nx,a,ci_low,14.7\nx,a,ci_high,49.4",
        "ci_low", "consistent"),
    "an interval of another share": (
        "x,a,n,9\nx,a,percent,30.0,,,30\nx,a,ci_low,24.7\nx,a,ci_high,49.4",
        "ci_low", "not_reproduced"),
    "an SE": ("x,a,sd,5.5\nx,a,se,1.0", "se", "consistent"),
    "another SE": ("x,a,sd,5.5\nx,a,se,2.0", "se", "not_reproduced"),
    "a width of quartiles": ("x,a,q1,5\nx,a,q3,14\nx,a,iqr,9", "iqr", "consistent"),
    "another width of quartiles": ("x,a,q1,5\nx,a,q3,14\nx,a,iqr,12", "iqr", "not_reproduced"),
    "a spread": ("x,a,mean,5.0\nx,a,sd,2.2\nx,a,min,1\nx,a,max,9", "sd", "consistent"),
    "an impossible spread": (
        "x,a,mean,5.0\nx,a,sd,6.2\nx,a,min,1\nx,a,max,9", "sd", "not_reproduced"),
    "a rate": ("x,a,n,4\nx,a,person_time,120.5\nx,a,rate,3.3", "rate", "consistent"),
    "another rate": ("x,a,n,4\nx,a,person_time,120.5\nx,a,rate,4.3", "rate", "not_reproduced"),
    "a rate ratio": (
        "x,a,n,8\nx,a,person_time,100.0\nx,b,n,4\nx,b,person_time,100.0\nx,,rate_ratio,2.00",
        "rate_ratio", "consistent"),
    "another rate ratio": (
        "x,a,n,8\nx,a,person_time,100.0\nx,b,n,4\nx,b,person_time,100.0\nx,,rate_ratio,1.50",
        "rate_ratio", "not_reproduced"),
    "sensitivity": (
        "x,,true_positive,18\nx,,false_negative,2\nx,,sensitivity,90", "sensitivity", "consistent"),
    "another sensitivity": (
        "x,,true_positive,18\nx,,false_negative,2\nx,,sensitivity,0.95",
        "sensitivity", "not_reproduced"),
    "accuracy": (
        "x,,true_positive,18\nx,,false_negative,2\nx,,true_negative,25\nx,,false_positive,5\n"
        "x,,accuracy,86", "accuracy", "consistent"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_on_each_kind(name):
    text, statistic, verdict = CASES[name]
    assert verdicts(GROUPS + text)[statistic] == verdict


def test_patients_at_risk_do_not_grow_nor_forget_events():
    text = GROUPS + "\n".join(
        f"month_{t},a,{s},{v},,follow_up"
        for t, n, d in ((0, 30, 4), (12, 25, 3), (24, 24, 0))
        for s, v in (("at_risk", n), ("n", d))
    )
    found = audit(text)
    at_risk = found[found["statistic"] == "at_risk"]["verdict"].tolist()
    assert at_risk == ["consistent", "consistent", "contradicted"]


def test_a_log_rank_p_follows_from_the_rows():
    rows = [(1, 6, 6, 1, 0), (2, 5, 6, 1, 1), (3, 4, 5, 2, 0)]
    text = "patients,a,n,6\npatients,b,n,6\n" + "\n".join(
        f"day_{t},{g},{s},{v},,deaths"
        for t, n1, n2, d1, d2 in rows
        for g, n, d in (("a", n1, d1), ("b", n2, d2))
        for s, v in (("at_risk", n), ("n", d))
    )
    found = audit(f"{text}\ndeaths,,p,0.11,log-rank test,deaths")
    p = found[found["statistic"] == "p"].iloc[0]
    assert (p["verdict"], p["method"]) == ("consistent", "log-rank test of the rows")


def test_a_check_knows_what_it_would_have_seen():
    found = audit(GROUPS + "x,,t,2.20\nx,,df,28\nx,,p,.036")
    p = found[found["statistic"] == "p"].iloc[0]
    assert 0.9 < p["power"] <= 1


def test_tests_of_running_text_are_audited_from_the_command(tmp_path, capsys):
    path = tmp_path / "results.txt"
    path.write_text("It differed, t(28) = 2.20, p = .06, as F(2, 25) = 11.37, p < .01.\n")
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    assert "text_test_1_p: printed .06 (changes a conclusion)" in out
    assert out.startswith("7 numbers read")
