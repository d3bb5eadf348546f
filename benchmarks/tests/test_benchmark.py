"""Simulated papers are right, planted errors are wrong, and both are counted as they are."""

import json
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP
from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks import benchmark
from benchmarks.attainable import _whole_values, leaves_attainable
from benchmarks.benchmark import (
    RESULTS,
    SEED,
    Benchmark,
    main,
    run_benchmark,
    summarise_benchmark,
)
from benchmarks.contingency import TESTS, freeman_halton, p_of_counts, trend
from benchmarks.printed_paper import Paper
from benchmarks.simulated_papers import GROUPS, _print_regression, simulate_paper
from benchmarks.slips import KINDS, _move_point, plant_error
from paperaudit.claims import COLUMNS, validate_claims
from smallstats import fit_logistic

NAMES = {name for pair in GROUPS for name in pair}


def paper(number: int) -> pd.DataFrame:
    return simulate_paper(np.random.default_rng([7, number]))


def authors(**habits) -> Paper:
    usual = {
        "rng": np.random.default_rng(1), "names": ("cases", "controls"), "test": "pearson",
        "welch": False, "rounding": ROUND_HALF_UP, "careless": False, "p_decimals": 2,
        "p_style": "digits", "percent_decimals": 0,
    }  # fmt: skip
    return Paper(**(usual | habits))


@pytest.fixture(scope="module")
def papers() -> list[pd.DataFrame]:
    return [paper(number) for number in range(40)]


# Papers


def test_a_simulated_paper_is_a_valid_ledger_in_strings(papers):
    for raw in papers:
        assert list(raw) == [*COLUMNS, "variable", "model"]
        assert raw.map(lambda cell: isinstance(cell, str)).all(axis=None)
        claims = validate_claims(raw)
        assert {name for group in set(claims["group"]) for name in group.split("|")} <= {
            "", "all", *NAMES,
        }  # fmt: skip
        assert 6 <= claims["item"].str.startswith("sign").groupby(claims["item"]).any().sum() <= 14


def test_papers_differ_in_what_they_print(papers):
    everything = pd.concat(papers)
    places = set(everything["location"])
    assert places == {"methods", "table1", "table2", "table3", "abstract", "results"}
    assert {"n", "percent", "mean", "sd", "median", "min", "max", "p", "odds_ratio", "ci_low",
            "ci_high", "conf_level", "nagelkerke_r2"} == set(everything["statistic"])  # fmt: skip
    assert {"units", "whole years", "days"} <= set(everything["unit"])
    printed = everything.loc[everything["statistic"] == "p", "printed"]
    assert {"<0.001", "<0.05"} <= set(printed)
    assert set(printed.str.len()) >= {4, 5}
    for statistic in ("mean", "sd"):
        of_groups = everything["location"].eq("table2") & everything["statistic"].eq(statistic)
        assert set(everything.loc[of_groups, "decimals"]) == {"1", "2"}
    assert {bool((raw["location"] == "table1").any()) for raw in papers} == {True, False}
    fits = [raw[(raw["location"] == "table3") & (raw["statistic"] == "p")] for raw in papers]
    assert {fit["item"].nunique() for fit in fits if len(fit)} == {1, 2, 3}
    assert {"crude", "adjusted"} < set(everything["model"])
    sizes = [
        raw.query("item == 'patients' and location == 'methods'")["printed"].astype(int).tolist()
        for raw in papers
    ]
    assert {len(groups) for _, *groups in sizes} == {2, 3}
    assert {total == sum(groups) for total, *groups in sizes} == {True, False}
    assert all(total >= sum(groups) for total, *groups in sizes)


def test_papers_print_what_others_print_too(papers):
    """Variables of several categories, two of three groups, other limits, percentages of rows."""
    everything = pd.concat(papers)
    levels = everything[everything["variable"] != ""].groupby("variable")["item"].nunique()
    assert levels.between(4, 6).all()  # three to five levels, and the variable with its p
    assert everything["group"].str.contains("|", regex=False).any()
    assert {"90"} <= set(everything.loc[everything["statistic"] == "conf_level", "printed"])
    of_rows = [raw for raw in papers if raw.attrs["row_percent"]]
    assert 0 < len(of_rows) < len(papers) / 2
    for raw in of_rows:
        shares = raw.query("statistic == 'percent' and location == 'table2'")
        counts = raw.query("statistic == 'n' and location == 'table2' and group != 'all'")
        whole = counts.groupby("item")["printed"].apply(lambda n: n.astype(int).sum())
        assert (shares["denominator"].astype(int) == shares["item"].map(whole)).all()


def test_values_may_be_missing_and_show_in_percentages_only(papers):
    """14 of 84 known is 16.7%; who types the ledger has only the 86 of the group."""
    assert any(raw.attrs["hidden"] for raw in papers)
    assert not any(raw.attrs["hidden"] for raw in papers if raw.attrs["row_percent"])
    silent = authors(silent=True)
    silent.share(("table2", "sign", "cases"), 14, 84, 86)
    assert [row["printed"] for row in silent.rows] == ["14", "17"]
    assert silent.rows[1]["denominator"] == "86"
    assert silent.hidden == {"sign"}


def test_a_paper_follows_from_its_random_numbers():
    pd.testing.assert_frame_equal(paper(3), paper(3))
    assert not paper(3).equals(paper(4))


@pytest.mark.parametrize("number", [3, pytest.param(15, marks=pytest.mark.slow)])
def test_the_oracle_finds_room_for_every_number_of_a_paper_without_slips(papers, number):
    for raw in papers[:number]:
        assert not [c for c in raw.drop_duplicates("item")["id"] if leaves_attainable(raw, c)]


@pytest.mark.parametrize(
    ("rounding", "printed"),
    [
        (ROUND_HALF_UP, ["0.13", "0.38", "67"]),
        (ROUND_HALF_EVEN, ["0.12", "0.38", "67"]),
        (ROUND_DOWN, ["0.12", "0.37", "66"]),
    ],
)
def test_digits_are_rounded_by_the_habit_of_the_authors(rounding, printed):
    by_habit = authors(rounding=rounding)
    shown = [by_habit.digits(0.125, 2), by_habit.digits(Fraction(3, 8), 2)]
    assert [*shown, by_habit.digits(Fraction(200, 3), 0)] == printed


def test_careless_authors_round_each_number_in_its_own_way():
    careless = authors(careless=True)
    assert {careless.digits(0.125, 2) for _ in range(30)} == {"0.12", "0.13"}


@pytest.mark.parametrize(
    ("style", "printed"),
    [
        ("digits", ["0.00", "0.05", "0.05"]),
        ("<0.001", ["<0.001", "0.05", "0.05"]),
        ("<0.05", ["<0.05", "<0.05", "0.05"]),
    ],
)
def test_p_values_are_printed_in_the_style_of_the_authors(style, printed):
    by_style = authors(p_style=style)
    for p in (0.0009, 0.049, 0.051):
        by_style.say(("table2", "sign_1", ""), "p", p)
    assert [row["printed"] for row in by_style.rows] == printed
    assert [row["value"] for row in by_style.rows] == [text.lstrip("<") for text in printed]


def test_the_tests_of_two_counts():
    """The first three as R 4.2 gives them (chisq.test, fisher.test), the others by hand."""
    table = np.array([[7, 16], [1, 30]])
    found = [TESTS[name](table) for name in ("pearson", "yates", "fisher")]
    assert found == pytest.approx([0.0053841013, 0.016585605, 0.0077755377], rel=1e-7)
    exact = stats.fisher_exact(table)[1]
    own = stats.hypergeom(54, 23, 8).pmf(7)
    assert TESTS["mid_p"](table) == pytest.approx(exact - own / 2)
    expected = np.outer(table.sum(1), table.sum(0)) / 54
    g = 2 * (table * np.log(table / expected)).sum()
    assert TESTS["likelihood_ratio"](table) == pytest.approx(stats.chi2.sf(g, 1))


def test_the_tests_of_larger_tables():
    """As R 4.2 gives them: chisq.test without correction, fisher.test, prop.trend.test."""
    three = np.array([[13, 11], [8, 0], [6, 8]])
    assert freeman_halton(three) == pytest.approx(0.02211674, rel=1e-6)
    assert freeman_halton(three.T) == pytest.approx(0.02211674, rel=1e-6)
    assert freeman_halton(np.ones((3, 3), dtype=int)) is None
    assert trend([[2, 18], [5, 15], [9, 11]]) == pytest.approx(0.01232015, rel=1e-6)
    assert p_of_counts("fisher", three) == freeman_halton(three)
    for name in ("pearson", "yates", "mid_p"):
        assert p_of_counts(name, three) == pytest.approx(stats.chi2_contingency(three)[1])
    assert p_of_counts("yates", three[:2]) == TESTS["yates"](three[:2])


def test_a_printed_regression_is_the_fit_of_its_patients(monkeypatch):
    rng = np.random.default_rng(2)
    member = np.repeat([0, 1], [60, 80])
    binary = {f"sign_{i}": (rng.random(140) < 0.5 - 0.2 * member).astype(float) for i in range(3)}
    binary["sign_0"][:5] = np.nan
    by_habit = authors(p_decimals=3)
    monkeypatch.setattr(by_habit, "chance", lambda probability: True)
    _print_regression(by_habit, member, binary)
    shown = {
        (row["item"], row["statistic"]): float(row["printed"])
        for row in by_habit.rows
        if row["model"] != "crude"
    }
    assert {row["model"] for row in by_habit.rows} == {"crude", "adjusted", ""}
    items = [item for item in binary if (item, "odds_ratio") in shown]
    fit = fit_logistic(pd.DataFrame(binary | {"member": member == 0}), "member", items)
    assert shown.pop(("model", "nagelkerke_r2")) == pytest.approx(fit.nagelkerke, abs=0.0006)
    for (item, statistic), value in shown.items():
        near = 0.006 if statistic != "p" else 0.0006
        assert value == pytest.approx(fit.table.loc[item, statistic], abs=near), (item, statistic)
    assert len(shown) == 4 * len(items) > 0


# Slips


def test_a_slip_changes_one_number_and_its_value_follows(papers):
    seen = set()
    for number in range(200):
        raw = papers[number % len(papers)]
        before = raw.copy()
        slip = plant_error(raw, np.random.default_rng(number))
        pd.testing.assert_frame_equal(raw, before)
        changed = slip.ledger["id"][(slip.ledger != raw).any(axis=1)]
        assert changed.tolist() == [slip.claim]
        row = slip.ledger.set_index("id").loc[slip.claim]
        assert row["printed"] == slip.printed != slip.was
        assert row["value"] == slip.printed.lstrip("<")
        assert row["decimals"] == str(len(slip.printed.partition(".")[2]))
        off = abs(Fraction(row["value"]) - Fraction(slip.was.lstrip("<")))
        units = off * 10 ** len(slip.was.partition(".")[2])
        assert 0 < units <= 1 if slip.size == "1" else 1 < units < 10 or slip.size == "10+"
        assert (units >= 10) == (slip.size == "10+")
        seen.add(slip.kind)
    assert seen == set(KINDS)


def test_a_slip_is_of_its_kind(papers):
    statistic = {"count": {"n"}, "total": {"n"}, "percentage digit": {"percent"},
                 "mean or SD digit": {"mean", "sd"},
                 "ratio or limit digit": {"odds_ratio", "ci_low", "ci_high"},
                 "p of another row": {"p"}, "p digit": {"p"}, "p across 5%": {"p"}}  # fmt: skip
    off: set[int] = set()
    for number in range(200):
        raw = papers[number % len(papers)]
        slip = plant_error(raw, np.random.default_rng(number))
        right = raw.set_index("id").loc[slip.claim]
        assert right["statistic"] in statistic.get(slip.kind, {right["statistic"]})
        digits = [sorted(filter(str.isdigit, text)) for text in (slip.was, slip.printed)]
        match slip.kind:
            case "count":
                assert right["group"] != "all"
                off.add(int(slip.printed) - int(slip.was))
                assert abs(int(slip.was) - int(slip.printed)) <= 5
            case "total":
                assert right["group"] == "all"
            case "digits transposed":
                assert digits[0] == digits[1]
            case "decimal point":
                shift = Fraction(slip.was.lstrip("<")) / Fraction(slip.printed.lstrip("<"))
                assert shift in (10, Fraction(1, 10))
            case "p of another row":
                assert slip.printed in set(raw.loc[raw["statistic"] == "p", "printed"])
            case "p across 5%":
                below = [
                    float(t.lstrip("<")) < 0.05 or t == "<0.05" for t in (slip.was, slip.printed)
                ]
                assert below[0] != below[1]
            case "repeated number":
                same = raw[["item", "group", "statistic"]].eq(right[["item", "group", "statistic"]])
                assert right["location"] in ("abstract", "results") and same.all(axis=1).sum() > 1
    assert min(off) < 0 < max(off)


# The oracle

#: Two groups of 20 and 30. Sign: 8 of 20 and 6 of 30, Pearson .1213, Fisher .1967, Yates .2237.
LEDGER = [
    ("methods", "patients", "all", "n", "50"), ("methods", "patients", "a", "n", "20"),
    ("methods", "patients", "b", "n", "30"),
    ("table1", "sign", "all", "n", "14"), ("table1", "sign", "all", "percent", "28", "50"),
    ("table2", "sign", "a", "n", "8"), ("table2", "sign", "a", "percent", "40", "20"),
    ("table2", "sign", "b", "n", "6"), ("table2", "sign", "b", "percent", "20", "30"),
    ("table2", "sign", "", "p", "0.12"), ("table2", "sign", "", "odds_ratio", "2.67"),
    ("table2", "sign", "", "ci_low", "0.75"), ("table2", "sign", "", "ci_high", "9.45"),
    ("abstract", "sign", "a", "percent", "40", "20"),
    ("table1", "age", "all", "mean", "10.5"), ("table1", "age", "all", "sd", "2.26"),
    ("table2", "age", "a", "mean", "9.9"), ("table2", "age", "a", "sd", "2.1"),
    ("table2", "age", "b", "mean", "10.9"), ("table2", "age", "b", "sd", "2.3"),
    ("table2", "age", "", "p", "0.13"),
    ("results", "delay", "a", "median", "8"), ("results", "delay", "a", "min", "2"),
    ("results", "delay", "a", "max", "30"), ("results", "delay", "", "p", "0.40"),
    ("table3", "fit", "", "odds_ratio", "2.50"), ("table3", "fit", "", "ci_low", "1.10"),
    ("table3", "fit", "", "ci_high", "5.68"), ("table3", "fit", "", "p", "0.029"),
]  # fmt: skip


def ledger(**changes: str) -> pd.DataFrame:
    columns = ["location", "item", "group", "statistic", "printed", "denominator"]
    raw = pd.DataFrame([(*row, "")[:6] for row in LEDGER], columns=columns)
    raw["id"] = raw[columns[:4]].agg("_".join, axis=1).str.replace("__", "_")
    raw["note"] = np.where(raw["location"] == "table3", "logistic regression", "")
    raw["unit"] = np.where(raw["item"] == "age", "whole years", "")
    raw["model"] = raw["variable"] = ""
    for claim, printed in changes.items():
        assert (raw["id"] == claim).sum() == 1
        raw.loc[raw["id"] == claim, "printed"] = printed
    return raw


def test_the_ledger_of_the_oracle_is_one_that_can_be():
    raw = ledger()
    assert not [claim for claim in raw["id"] if leaves_attainable(raw, claim)]


@pytest.mark.parametrize(
    ("claim", "printed", "leaves"),
    [
        ("table1_sign_all_n", "15", True),  # 8 + 6
        ("table1_sign_all_percent", "29", False),  # 14 of 48, if two values are missing
        ("table1_sign_all_percent", "27", True),  # 14 of 52
        ("table1_sign_all_percent", "36", True),  # 14 of 39: too many would be missing
        ("table2_sign_a_n", "9", True),
        ("table2_sign_b_percent", "19", True),
        ("table2_sign_p", "0.19", False),  # Fisher, truncated
        ("table2_sign_p", "0.20", False),  # Fisher, rounded
        ("table2_sign_p", "0.22", False),  # Yates
        ("table2_sign_p", "0.30", True),
        ("table2_sign_p", "1.2", True),
        ("table2_sign_odds_ratio", "2.66", False),
        ("table2_sign_odds_ratio", "2.68", True),
        ("table2_sign_ci_high", "9.55", True),
        ("abstract_sign_a_percent", "41", True),  # and 40 in the table
        ("methods_patients_all_n", "51", False),  # one in neither group
        ("methods_patients_all_n", "49", True),
        ("methods_patients_a_n", "19", True),  # a percentage is of 20
        ("table2_age_p", "0.12", False),
        ("table2_age_p", "0.30", True),
        ("table2_age_a_mean", "9.91", True),  # no whole years of 20
        ("table2_age_a_mean", "9.5", True),  # nor the mean of all
        ("table1_age_all_sd", "2.6", True),
        ("table1_age_all_sd", "2.28", False),
        ("results_delay_a_median", "1.9", False),  # a minimum of 1.8 prints as 2
        ("results_delay_a_median", "1.2", True),
        ("results_delay_a_max", "6", True),
        ("results_delay_p", "1.00", False),
        ("results_delay_p", "1.01", True),  # no p, whatever it is of
        ("table3_fit_odds_ratio", "2.49", False),
        ("table3_fit_odds_ratio", "2.40", True),
        ("table3_fit_p", "0.028", False),
        ("table3_fit_p", "0.021", True),
    ],
)
def test_what_the_other_numbers_leave_room_for(claim, printed, leaves):
    assert leaves_attainable(ledger(**{claim: printed}), claim) is leaves


def levels(*cells: str, p: str = "0.06") -> pd.DataFrame:
    """Three levels in groups of 20 and 30: 8, 6, 6 and 6, 9, 15; Pearson .2980, trend .1209."""
    rows = [
        ("methods", "patients", g, "n", n) for g, n in (("all", "50"), ("a", "20"), ("b", "30"))
    ]
    every = cells or ("8", "6", "6", "6", "9", "15")
    for i, n in enumerate(every):
        rows.append(("table2", f"level_{i % 3}", "ab"[i // 3], "n", n))
    rows.append(("table2", "stage", "", "p", p))
    raw = pd.DataFrame(rows, columns=["location", "item", "group", "statistic", "printed"])
    raw["id"] = raw["item"] + "_" + raw["group"] + "_" + raw["statistic"]
    raw["variable"] = np.where(raw["item"] == "patients", "", "stage")
    return raw.assign(note="", unit="", denominator="", model="")


def test_the_levels_of_a_variable_are_all_of_its_patients():
    table = np.array([[8, 6], [6, 9], [6, 15]])
    pearson, line = stats.chi2_contingency(table)[1], trend(table)
    for p in (pearson, line):
        assert not leaves_attainable(levels(p=f"{p:.2f}"), "level_0_a_n")
        assert not leaves_attainable(levels(p=f"{p:.2f}"), "stage__p")
    assert leaves_attainable(levels(p="0.70"), "stage__p")
    assert leaves_attainable(levels("9", "6", "6", "6", "9", "15"), "level_0_a_n")
    unknown = levels("7", "6", "6", "6", "9", "15")
    unknown.attrs["hidden"] = {"stage", "level_0"}
    assert not leaves_attainable(unknown, "level_0_a_n")


def test_percentages_of_a_row_and_limits_of_another_level():
    raw = ledger(table2_sign_a_percent="57", abstract_sign_a_percent="57",
                 table2_sign_b_percent="43")  # fmt: skip
    assert leaves_attainable(raw, "table2_sign_a_percent")
    raw.attrs["row_percent"] = True
    assert not leaves_attainable(raw, "table2_sign_a_percent")
    raw.loc[raw["id"] == "table2_sign_b_percent", "printed"] = "44"
    assert leaves_attainable(raw, "table2_sign_b_percent")
    narrow = ledger(table2_sign_ci_low="0.92", table2_sign_ci_high="7.71")
    assert leaves_attainable(narrow, "table2_sign_ci_low")
    level = raw[raw["id"] == "table2_sign_ci_low"].assign(
        id="level", statistic="conf_level", printed="90"
    )
    assert not leaves_attainable(
        pd.concat([narrow, level], ignore_index=True), "table2_sign_ci_low"
    )


def test_a_ratio_may_be_printed_upside_down():
    """24 * 8 / (6 * 12) is 2.67; the other way round 0.375, from 1 / 9.45 to 1 / 0.75."""
    turned = {"odds_ratio": "0.38", "ci_low": "0.11", "ci_high": "1.33"}
    raw = ledger(**{f"table2_sign_{statistic}": text for statistic, text in turned.items()})
    assert not leaves_attainable(raw, "table2_sign_odds_ratio")
    half = ledger(table2_sign_odds_ratio="0.38")
    assert leaves_attainable(half, "table2_sign_odds_ratio")


@pytest.mark.parametrize(("n", "most"), [(5, 1.4), (10, 0.7)])
def test_whole_values_against_all_there_can_be(n, most):
    """Means in the middle of 0 to 4, or to 7, and SDs so small that no value need be beyond."""
    top = {5: 7, 10: 4}[n]
    every = np.array([*combinations_with_replacement(range(top + 1), n)])
    means, spreads = every.mean(axis=1), every.std(axis=1, ddof=1)
    seen = set()
    for mean, sd in product(np.arange(-5, 6) / 10 + top / 2, np.arange(0, most + 0.01, 0.1)):
        ends = (mean - 0.05, mean + 0.05), (sd - 0.05, sd + 0.05)
        near = (abs(means - mean) <= 0.05 + 1e-9) & (abs(spreads - sd) <= 0.05 + 1e-9)
        assert _whole_values(*ends, n) == near.any(), (mean, sd)
        seen.add(bool(near.any()))
    assert seen == {True, False}


def test_a_ratio_of_none_is_infinite_the_other_way_round():
    """0 of 20 and 6 of 30: Fisher gives .0691; the odds ratio is at most 1.17 (R's fisher.test)."""
    counts = {"table2_sign_a_n": "0", "table2_sign_a_percent": "0", "abstract_sign_a_percent": "0",
              "table1_sign_all_n": "6", "table1_sign_all_percent": "12", "table2_sign_p": "0.07",
              "table2_sign_odds_ratio": "0.00", "table2_sign_ci_low": "0.00"}  # fmt: skip
    assert not leaves_attainable(ledger(**counts, table2_sign_ci_high="1.17"), "table2_sign_p")
    assert leaves_attainable(ledger(**counts, table2_sign_ci_high="1.27"), "table2_sign_p")


# The run


@pytest.fixture(scope="module")
def run() -> Benchmark:
    return run_benchmark(2, seed=5, errors=2, processes=1)


@pytest.mark.slow
def test_the_run_does_not_depend_on_the_number_of_processes(run, capsys):
    other = run_benchmark(2, seed=5, errors=2, processes=2)
    pd.testing.assert_frame_equal(run.errors, other.errors)
    pd.testing.assert_frame_equal(run.numbers, other.numbers)
    assert capsys.readouterr().err == "2 of 2 papers\n"


@pytest.mark.slow
def test_every_number_of_every_paper_is_counted(run):
    for number in range(2):
        raw = simulate_paper(np.random.default_rng([5, number]))
        assert run.numbers.loc[run.numbers["paper"] == number, "id"].tolist() == raw["id"].tolist()
    assert run.errors["paper"].tolist() == [0, 0, 1, 1]


def test_found_is_refused_or_an_alarm_that_was_not_there_before(monkeypatch):
    """An audit that objects to the numbers named here, and a reader that refuses one ledger."""
    objects = {"before": ["a"], "same": ["a"], "new": ["a", "b"], "refused": []}

    def audit(which: str) -> pd.DataFrame:
        verdicts = pd.Series("reproduced", index=["a", "b", "c"])
        verdicts[objects[which]] = "contradicted"
        return verdicts.to_frame("verdict")

    def validate(which: str) -> str:
        if which == "refused":
            raise benchmark.LedgerError(pd.DataFrame())
        return which

    monkeypatch.setattr(benchmark, "audit_claims", audit)
    monkeypatch.setattr(benchmark, "validate_claims", validate)
    before = benchmark._alarms(audit("before"))
    assert benchmark._audit_slip("same", before) == set()
    assert benchmark._audit_slip("new", before) == {"b"}
    assert benchmark._audit_slip("refused", before) is None


def test_shares_have_exact_intervals():
    verdicts = ["reproduced"] * 8 + ["contradicted", "reproduced_other_method"]
    numbers = pd.DataFrame(
        {"paper": [0] * 5 + [1] * 5, "statistic": ["n"] * 5 + ["p"] * 5, "verdict": verdicts}
    )
    errors = pd.DataFrame(
        [
            ("total", "1", True, True, False),
            ("total", "10+", True, False, False),
            ("count", "1", False, False, False),
        ],
        columns=["kind", "size", "leaves", "found", "flagged"],
    )
    summary = summarise_benchmark(Benchmark(numbers, errors)).set_index(["measure", "kind", "size"])
    counts = summary[["n", "found"]].apply(tuple, axis=1)
    assert counts["all errors", "", ""] == (3, 1)
    assert counts["all errors", "count", "1"] == (1, 0)
    assert counts["errors that leave", "", ""] == (2, 1)
    assert ("errors that leave", "count", "") not in counts
    assert counts["wrong number named", "", ""] == (1, 0)
    assert counts["false alarms", "", ""] == (10, 1)
    assert counts["false alarms", "p", ""] == (5, 1)
    assert counts["false alarms", "n", ""] == (5, 0)
    assert counts["other method", "", ""] == (10, 1)
    assert counts["papers with a false alarm", "", ""] == (2, 1)
    ends = summary.loc[("false alarms", "n", ""), ["share", "ci_low", "ci_high"]].tolist()
    assert ends == pytest.approx([0, 0, 1 - 0.025 ** (1 / 5)])


def test_the_command_writes_the_summary_the_misses_and_how_they_were_made(
    run, tmp_path, monkeypatch, capsys
):
    asked = {}

    def instead(papers, **options):
        asked.update(options, papers=papers)
        return run

    monkeypatch.setattr(benchmark, "run_benchmark", instead)
    path = tmp_path / "new" / "audit.csv"
    main(["--papers", "2", "--errors", "2", "--seed", "5", "--date", "2008-01-02", "-o", str(path)])
    assert asked == {"papers": 2, "seed": 5, "errors": 2, "processes": 2}
    written = pd.read_csv(path, keep_default_na=False)
    assert written["found"].tolist() == summarise_benchmark(run)["found"].tolist()
    meta = json.loads(path.with_suffix(".json").read_text())
    assert (meta["seed"], meta["papers"], meta["date"]) == (5, 2, "2008-01-02")
    assert {"cpus", "seconds", "versions", "commit"} <= set(meta)
    missed = pd.read_csv(path.with_name("audit_missed.csv"))
    assert len(missed) == (run.errors["leaves"] & ~run.errors["found"]).sum()
    assert "false alarms: " in capsys.readouterr().out


def test_the_committed_run_meets_its_targets():
    """At most 1% of clean numbers, at least 95% of errors that leave what the others allow."""
    summary = pd.read_csv(RESULTS, keep_default_na=False)
    total = summary[summary["kind"] == ""].set_index("measure")
    assert json.loads(RESULTS.with_suffix(".json").read_text())["seed"] == SEED
    assert total.loc["all errors", "n"] >= 400
    assert total.loc["false alarms", "ci_high"] <= 0.01
    assert total.loc["errors that leave", "share"] >= 0.95


def test_a_decimal_point_moves_either_way():
    assert [_move_point("12.5", by) for by in (1, -1)] == ["125", "1.25"]
    assert [_move_point("<0.05", by) for by in (1, -1)] == ["<0.5", "<0.005"]
