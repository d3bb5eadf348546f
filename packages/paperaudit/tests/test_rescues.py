"""The way out of an objection: what is searched, and that the audit then agrees."""

from pathlib import Path

import pytest

from paperaudit.audit import audit_claims
from paperaudit.claims import load_claims

FIFTIES = "methods patients a n 50\nmethods patients b n 50\nmethods patients all n 100\n"
COUNTS = FIFTIES + "table1 x a n 20\ntable1 x b n 9\n"
SIZES = FIFTIES + "table1 x a mean 5.0\ntable1 x a sd 2.0\ntable1 x b mean 6.0\ntable1 x b sd 2.0\n"


@pytest.mark.parametrize(
    ("text", "key", "old", "way", "new"),
    [
        # a digit of the p, and a decimal point that moved
        (COUNTS + "table1 x . p 0.515", ("x", "p"), "0.515", "it is 0.015", "0.015"),
        (COUNTS + "table1 x . p 0.15", ("x", "p"), "0.15", "it is 0.015", "0.015"),
        # a count, or a mean
        (FIFTIES + "table1 x a n 20\ntable1 x b n 6\ntable1 x . p 0.015", ("x", "p"),
         "b n 6", "Table 1, x, b, n, printed as 6, is 9", "b n 9"),
        (SIZES + "table1 x . p 0.40", ("x", "p"), "a mean 5.0", "is 5.5 or 5.6", "a mean 5.5"),
        # a percentage: its own digits, its count
        (FIFTIES + "table1 x a n 20\ntable1 x a percent 70 50", ("x", "percent", "a"),
         "percent 70", "it is 40, which is 20 of 50", "percent 40"),
        (FIFTIES + "table1 x a n 29\ntable1 x a percent 40 50", ("x", "percent", "a"),
         "n 29", "the count is 20 of 50", "n 20"),
        # a ratio and its limits, by themselves and with another level
        (FIFTIES + "table2 x . hazard_ratio 0.60\ntable2 x . ci_low 0.40\n"
         "table2 x . ci_high 0.60", ("x", "ci_high"), "ci_high 0.60", "the upper limit is 0.90",
         "ci_high 0.90"),
        (FIFTIES + "table2 x . hazard_ratio 0.60\ntable2 x . ci_low 0.38\n"
         "table2 x . ci_high 0.95\ntable2 x . p 0.004", ("x", "p"), "p 0.004",
         "the limits are 99%", "p 0.004\ntable2 x . conf_level 99"),
        # the mean of all
        (SIZES + "table1 x all mean 4.5\ntable1 x all sd 2.1", ("x", "mean", "all"),
         "all mean 4.5", "it is 5.5", "all mean 5.5"),
        # a mean of whole numbers
        (FIFTIES + "table1 x a mean 5.13 unit=whole_years", ("x", "mean", "a"), "5.13",
         "it is 5.10, 5.12", "5.12"),
    ],
)  # fmt: skip
def test_the_way_out_is_said_and_leads_out(text, key, old, way, new, audited):
    found = audited(text)
    item, statistic, *group = key
    claim = found.pick(item, statistic, *group)
    assert key in found.objections
    assert way in claim["rescue"], claim["rescue"]
    assert old in text
    assert key not in audited(text.replace(old, new)).objections


def test_where_nothing_was_found_it_says_so(audited):
    claim = audited(COUNTS + "table1 x . p 0.77").pick("x", "p")
    assert claim["rescue"].startswith("no small change that was tried makes it agree")
    assert "; it " not in claim["report"]


def test_few_patients_without_data_are_a_way_out(audited):
    """20 of 44 against 9 of 50: Pearson 0.0040."""
    claim = audited(COUNTS + "table1 x . p 0.004").pick("x", "p")
    assert "6 fewer had data: 20 of 44, 9 of 50" in claim["rescue"]


def test_a_percentage_rounded_twice():
    """143 of 673 is 21.248%, which is 21.25, which is 21.3."""
    path = Path(__file__).with_name("data") / "typed_row_deaths.csv"
    rescue = audit_claims(load_claims(path)).loc["table1_arf_died_percent", "rescue"]
    assert rescue.startswith("agrees if it was rounded twice, first to 21.25")


def test_the_plain_mean_of_the_groups(audited):
    text = "methods patients a n 30\nmethods patients b n 60\nmethods patients all n 90\n"
    for group, mean in (("a", "50.0"), ("b", "60.0"), ("all", "55.0")):
        text += f"table1 x {group} mean {mean}\ntable1 x {group} sd 10.0\n"
    claim = audited(text).pick("x", "mean", "all")
    assert claim["verdict"] == "contradicted"
    assert "it is the plain mean of the groups' means" in claim["rescue"]


def test_a_sentence_for_a_report_and_one_for_a_letter(audited):
    claim = audited(COUNTS + "table1 x . p 0.15").pick("x", "p")
    assert claim["report"] == (
        "Table 1, x, p: the printed 0.15 could not be reproduced from the printed numbers "
        "(computed: Pearson 0.0153; Yates 0.0275; Fisher two-sided 0.0266), which bears on a "
        f"conclusion; it {claim['rescue']} (INSPECT-SR 4.9)."
    )
    assert claim["letter"].startswith("You print 0.15 (Table 1, x, p), and we get Pearson 0.0153;")
    assert claim["letter"].endswith("the two counts that it compares?")
