"""The values in the tests of scrutiny, rsprite2 and statcheck, and who is right where we differ.

Facts only: texts and numbers, and what the peer says of them. `right` differs from it only with
a reason.
"""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from paperaudit import check_percent, debit, grim, grimmer
from paperaudit.reported_tests import check_statistic, find_tests
from paperaudit.rounding import printed_value
from paperaudit.spreads import check_spread
from paperaudit.verdict import CONCLUSION, severity

DATA = Path(__file__).with_name("data")


def table(name):
    frame = pd.read_csv(DATA / name, dtype=str, keep_default_na=False)
    assert (
        (frame["right"] == "") | (frame["why"] != "") | (frame["right"] == frame.iloc[:, -3])
    ).all()
    return frame


STATCHECK = table("peers_statcheck.csv").to_dict("records")
GRANULARITY = table("peers_granularity.csv").to_dict("records")


def is_decision_error(test):
    checked = check_statistic(test["kind"], test["value"], test["p"], test["df1"], test["df2"])
    return not checked.consistent and severity(test["p"], checked.p_range) == CONCLUSION


@pytest.mark.parametrize("case", STATCHECK, ids=lambda case: case["text"])
def test_statchecks_texts_are_read(case):
    expected = case["right"] if case["right"].isdigit() else case["peer_finds"]
    assert len(find_tests(case["text"])) == int(expected)


@pytest.mark.parametrize(
    "case", [c for c in STATCHECK if c["peer_decision_error"]], ids=lambda case: case["text"]
)
def test_statchecks_decision_errors(case):
    right = case["right"] if case["right"] in ("yes", "no") else case["peer_decision_error"]
    (test,) = find_tests(case["text"]).to_dict("records")
    assert is_decision_error(test) == (right == "yes")


@pytest.mark.parametrize("case", STATCHECK, ids=lambda case: case["text"])
def test_every_text_is_judged(case):
    for test in find_tests(case["text"]).to_dict("records"):
        check_statistic(test["kind"], test["value"], test["p"], test["df1"], test["df2"])


def any_rule(check):
    return any(check(rule) for rule in ("half up", "half even"))


def judge(check, arguments):
    match check, arguments.split("|"):
        case "grim", [mean, n, items]:
            return any_rule(lambda r: grim(mean, int(n), granularity=int(items), rule=r).consistent)
        case "percent", [percent, n]:
            share = str(float(printed_value(percent) / 100))
            mean = f"{float(share):.2f}"
            return any_rule(lambda r: grim(mean, int(n), rule=r).consistent)
        case "grimmer", [mean, sd, n, items]:
            given = {"granularity": int(items)}
            return any_rule(lambda r: grimmer(mean, sd, int(n), rule=r, **given).consistent)
        case "debit", [mean, sd, n]:
            return any_rule(lambda r: debit(mean, sd, int(n), rule=r).consistent)
        case "spread", [sd, low, high, n, mean]:
            return check_spread(sd, low, high, int(n), mean).consistent
    raise AssertionError(check)


@pytest.mark.parametrize(
    "case", GRANULARITY, ids=lambda c: f"{c['peer']} {c['check']} {c['arguments']}"
)
def test_values_of_scrutiny_and_rsprite2(case):
    assert judge(case["check"], case["arguments"]) == (case["right"] == "yes")


def test_a_share_of_fifty_is_even():
    """What `percent` of scrutiny says, by our own check of counts."""
    for percent in range(6, 17):
        fits = any(check_percent(str(percent), n, 50).rules for n in range(51))
        assert fits == (Fraction(percent, 2).denominator == 1)
