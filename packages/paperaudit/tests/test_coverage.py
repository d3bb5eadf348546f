"""How far an audit reaches, what its checks would see, and that each is reached by the command."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from paperaudit import audit_claims, example_ledger, load_claims
from paperaudit.cli import UNTESTED, main
from paperaudit.coverage import NOTHING, audit_coverage, coverage_words, untested
from paperaudit.power import power_of, slips
from paperaudit.record import Record

SIZES = "methods patients a n 40\nmethods patients b n 42\nmethods patients all n 82\n"
THREE = "methods patients a n 20\nmethods patients b n 21\nmethods patients c n 19\n"
#: What shows that a check was made: how its method begins, and a ledger that it judges.
REACHED = {
    "what no patients can have": SIZES + "table1 x a sd -2",
    "counts that add up": SIZES + "table1 x a n 30\ntable1 x b n 9\ntable1 x all n 49",
    "the groups add to the total": SIZES + "table1 x a n 30\ntable1 x b n 9\ntable1 x all n 39",
    "the only count of 40 that prints as": SIZES + "table1 x a n 30\ntable1 x a percent 75 40",
    "30 of 40": SIZES + "table1 x a n 30\ntable1 x a percent 75 40",
    "14 of 35, without missing values": SIZES + "table1 x a n 14\ntable1 x a percent 40.0 40",
    "the same count printed elsewhere": SIZES + "table1 x a n 30\nresults x a n 30",
    "the same number in two places": SIZES + "table1 x . p 0.02\nresults x . p 0.04",
    "rows that add up": SIZES + "\n".join(
        f"table1 {i} {g} n {n}" for i, g, n in
        (("f", "a", 30), ("f", "b", 30), ("m", "a", 10), ("m", "b", 12))),
    "levels that add up": SIZES + "\n".join(
        f"table1 {i} {g} n {n} variable=v" for i, g, n in
        (("f", "a", 30), ("f", "b", 30), ("m", "a", 10), ("m", "b", 12))),
    "percentages of it": SIZES.replace("methods patients all n 82\n", "")
        + "table1 x a n 30\ntable1 x a percent 75 40",
    "the groups together": SIZES + "\n".join(
        f"table1 x {g} {s} {v}" for g, m in (("a", "5.0"), ("b", "6.0"), ("all", "5.5"))
        for s, v in (("mean", m), ("sd", "2.0"))),
    "Pearson": SIZES + "table1 x a n 20\ntable1 x b n 9\ntable1 x . p 0.007",
    "mid-p": SIZES + "table1 x a n 20\ntable1 x b n 9\ntable1 x . p 0.0082",
    "tests of such counts": "methods patients a n 400\nmethods patients b n 400\n"
        "table1 x a percent 50\ntable1 x b percent 57\ntable1 x . p 0.048",
    "Pearson, over f, g, h": SIZES + "\n".join(
        f"table1 {i} {g} n {n} variable=v" for i, g, n in
        (("f", "a", 10), ("f", "b", 20), ("g", "a", 10), ("g", "b", 12), ("h", "a", 20),
         ("h", "b", 10))) + "\ntable1 v . p 0.033 variable=v",
    "Student's t": SIZES + "table1 x a mean 5.0\ntable1 x a sd 2.0\ntable1 x b mean 6.0\n"
        "table1 x b sd 2.0\ntable1 x . p 0.026",
    "Student's t, one-sided": SIZES + "table1 x a mean 5.00\ntable1 x a sd 2.00\n"
        "table1 x b mean 6.00\ntable1 x b sd 2.00\ntable1 x . p 0.0131",
    "Student's t, the printed SDs taken as standard errors": SIZES
        + "table1 x a mean 5.0\ntable1 x a sd 2.0\ntable1 x b mean 6.0\ntable1 x b sd 2.0\n"
        "table1 x . p 0.72",
    "analysis of variance": THREE + "\n".join(
        f"table1 x {g} {s} {v}" for g, m, d in
        (("a", "5.0", "2.0"), ("b", "6.0", "2.5"), ("c", "7.5", "2.2"))
        for s, v in (("mean", m), ("sd", d))) + "\ntable1 x . p 0.004",
    "Fisher-Freeman-Halton": THREE + "table1 f a n 10\ntable1 f b n 8\ntable1 f c n 4\n"
        "table1 f . p 0.175",
    "GRIM": SIZES + "table1 x a mean 6.13 unit=whole_years",
    "GRIMMER": SIZES + "table1 x a mean 6.13 unit=whole_years\ntable1 x a sd 2.00 unit=whole_years",
    "DEBIT": SIZES + "table1 x a mean 0.30 unit=0/1\ntable1 x a sd 0.46 unit=0/1",
    "order": SIZES + "table1 x a median 9\ntable1 x a min 11",
    "Woolf": SIZES + "table1 x a n 20\ntable1 x b n 9\ntable1 x . odds_ratio 3.67\n"
        "table1 x . ci_low 1.40\ntable1 x . ci_high 9.60",
    "Katz": SIZES + "table1 x a n 20\ntable1 x b n 9\ntable1 x . risk_ratio 2.33\n"
        "table1 x . ci_low 1.21\ntable1 x . ci_high 4.50",
    "Wald": SIZES + "table2 x . hazard_ratio 0.60\ntable2 x . ci_low 0.40\n"
        "table2 x . ci_high 0.90\ntable2 x . p 0.014",
    "logistic regression on the printed counts": "methods patients y n 15\n"
        "methods patients no_y n 15\ntable1 x y n 9\ntable1 x no_y n 3\n"
        "table2 x . odds_ratio 6.00\ntable2 x . ci_low 1.17\ntable2 x . ci_high 30.72\n"
        "table2 x . p 0.032",
    "mean x": SIZES + "table1 x a mean 6.5\nmethods x all cutoff 6.5",
}  # fmt: skip


@pytest.mark.parametrize("method", REACHED)
def test_each_check_is_reached_by_the_command(method, short_ledger, tmp_path, capsys):
    ledger = short_ledger(REACHED[method])
    page = tmp_path / "page.html"
    assert main([str(ledger), "-o", str(page)]) in (0, 1)
    assert " numbers read, " in capsys.readouterr().out.splitlines()[0]
    audit = audit_claims(load_claims(ledger))
    methods = {part for said in audit["method"] for part in (said, *said.split("; "))}
    assert any(said.startswith(method) for said in methods), sorted(methods)
    text = page.read_text(encoding="utf-8")
    assert method.replace("'", "&#x27;") in text or method in text


def test_nothing_testable_is_no_pass(audited):
    audit = audited("table1 x a median 5\ntable1 y a median 7").frame
    assert audit_coverage(audit).loc["all"].tolist() == [2, 0, 0, 0]
    assert coverage_words(audit).endswith("Nothing in it could be tested: that is no pass.")
    assert untested(audit)["numbers"].sum() == 2


@pytest.mark.parametrize("name", ["table.csv", "table.claims.csv"])
@pytest.mark.parametrize(("column", "status"), [("", 3), (",0.51", 0), (",0.01", 0)])
def test_the_exit_status_says_that_nothing_could_be_tested(tmp_path, capsys, name, column, status):
    """Of a table and of its ledger; a p that follows from means and SDs, and one that does not."""
    text = f"Variable,A (n=23),B (n=31){',P' if column else ''}\n"
    text += f'"Age, mean (SD)",64 (11.0),66 (10.9){column}\n'
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    assert main(["ledger", str(table)]) == 0
    capsys.readouterr()
    assert main([str(tmp_path / name)]) == status
    assert (NOTHING in capsys.readouterr().out) == (status == 3)


def test_doubts_come_before_what_could_not_be_tested(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("Variable,A (n=23),B (n=31)\nAge,64 (11.0),66 (10.9)\n", encoding="utf-8")
    assert main([str(table)]) == 1
    assert main([str(table), "--format", "Age=mean (SD)"]) == UNTESTED


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ("table1 x b percent 21 42\ntable1 x all n 39", "reproduced"),  # 9 of 42
        ("table1 x a percent 75 40", "reproduced"),
        ("table1 x b percent 21 42", "not_checkable"),
        ("table1 x b n 9", "not_checkable"),
    ],
)
def test_a_count_is_held_against_whatever_bears_on_it(audited, others, verdict):
    found = audited(f"{SIZES}table1 x a n 30\n{others}").pick("x", "n", "a")
    assert found["verdict"] == verdict


def test_a_percentage_bears_on_its_count(audited):
    """62.5% of 40 are 25."""
    found = audited(f"{SIZES}table1 x a n 26\ntable1 x a percent 62.5 40").pick("x", "n", "a")
    assert found["rescue"].startswith("agrees if it is 25")


def test_each_number_is_counted_once_and_an_objection_was_tested():
    audit = audit_claims(load_claims(example_ledger()))
    counted = audit_coverage(audit)
    parts = counted.drop(index="all")
    assert (parts.sum() == counted.loc["all"]).all()
    assert (counted["objected"] <= counted["testable"]).all()
    assert (counted["with_power"] <= counted["testable"]).all()
    wrong = audit[audit["verdict"].isin(["contradicted", "not_reproduced", "other_patients"])]
    assert wrong["rescue"].ne("").all() and wrong["check"].ne("").all()
    assert wrong["report"].ne("").all() and wrong["letter"].ne("").all()
    assert audit.loc[audit["verdict"] == "reproduced", "rescue"].eq("").all()
    assert len(audit.attrs["sha256"]) == 64


def test_power_is_the_share_of_slips_that_the_audit_would_see(audited):
    """GRIM at n = 40: of the hundred two-decimal endings forty pass rounded, and some cut off."""
    row = SIZES + "table1 x a mean {m} unit=whole_years"
    found = audited(row.format(m="6.13")).pick("x", "mean", "a")
    seen = [
        audited(row.format(m=slip)).pick("x", "mean", "a")["verdict"] == "not_reproduced"
        for slip in slips("6.13")
    ]
    assert found["power"] == pytest.approx(np.mean(seen))


def test_a_bound_is_hardly_tested(audited):
    text = SIZES + "table1 x a n 30\ntable1 x b n 5\ntable1 x . p {p}"
    weak, strong = (audited(text.format(p=p)).pick("x", "p")["power"] for p in ("<0.05", "0.000"))
    assert weak < 0.3 < 0.9 < strong


@pytest.mark.parametrize(
    ("printed", "most", "wanted"),
    [
        ("7", None, {"1", "2", "3", "4", "5", "6", "8", "9", "0"}),
        ("0.9", 1, {"0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"}),
        ("six", None, set()),
    ],
)
def test_slips(printed, most, wanted):
    assert set(slips(printed, most)) == wanted


def test_digits_that_change_places_are_slips_and_leading_zeros_are_not():
    assert "21" in slips("12") and "02" not in slips("12") and "11" not in slips("11")
    assert power_of("six", lambda text: False) is None


# How long it takes


def test_percentages_without_counts_take_no_longer_with_more_patients(short_ledger):
    """One p of 5,000 patients in each group: any of thousands of pairs of counts."""
    text = """
methods patients a n 5000
methods patients b n 5000
table1 x a percent 12 5000
table1 x b percent 14 5000
table1 x . p {p}
"""
    verdicts = []
    for p in ("0.01", "0.7"):
        claims = load_claims(short_ledger(text.format(p=p)))
        record = Record(claims)
        start = time.process_time()
        assert len(record.count_pairs("x")) <= 8
        assert time.process_time() - start < 0.1
        start = time.process_time()
        verdicts.append(audit_claims(claims)["verdict"].iloc[-1])
        assert time.process_time() - start < 1
    assert verdicts == ["attainable", "not_reproduced"]


def test_a_table_of_142_numbers_is_audited_at_once():
    """About 1.3 s on an idle machine, import included; the bound leaves room for a busy one."""
    code = (
        "import time; from paperaudit import audit_claims, load_claims; import sys;"
        "audit_claims(load_claims(sys.argv[1])); print(time.process_time())"
    )
    ledger = Path(__file__).with_name("data") / "typed_survivors.csv"
    run = subprocess.run([sys.executable, "-c", code, ledger], capture_output=True, text=True)
    assert float(run.stdout) < 4, run.stderr


@pytest.mark.parametrize(("difference", "agrees"), [("3.5", True), ("-3.5", True), ("2.9", False)])
def test_means_are_tested_by_their_difference(difference, agrees, audited):
    text = "table1 x a mean 9.5\ntable1 x b mean 6.0\ntable1 x . mean_difference {}\n"
    audit = audited("methods patients a n 40\nmethods patients b n 40\n" + text.format(difference))
    for group in "ab":
        mean = audit.pick("x", "mean", group)
        assert (mean["verdict"] == "consistent") is agrees
        assert not agrees or mean["power"] > 0.5
