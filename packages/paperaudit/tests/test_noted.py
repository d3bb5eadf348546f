"""What a note tells of a number is believed, and nothing is believed that no note tells."""

from math import exp, sqrt

import pytest

from paperaudit import audit_claims, load_claims
from paperaudit.ledger_command import ledger_csv
from paperaudit.table_ledger import ledger_from_tables

SIXTIES = "methods patients a n 60\nmethods patients b n 60\n"
# R's chisq.test without correction: .0190, .2709, .1664, .0320, .8408.
FIVE = {"u": (20, 9), "v": (30, 24), "w": (15, 22), "x": (25, 14), "y": (18, 17)}
ONCE = ("0.019", "0.271", "0.166", "0.032", "0.841")
TIMES_FIVE = ("0.095", "1.000", "0.832", "0.160", "1.000")
COUNTS = SIXTIES + "table1 x a n 20\ntable1 x b n 9\n"
MEANS = SIXTIES + (
    "table1 x a mean 29.8\ntable1 x a sd 7.5\ntable1 x b mean 36.6\ntable1 x b sd 7.0\n"
)
SHARES = COUNTS + "table1 x a percent 35.9 60{note}\ntable1 x b percent 12.2 60{note}\n"
LIMITS = (
    "table2 x . {kind} {low_ratio}{note}\ntable2 x . ci_low 0.31{note}\ntable2 x . ci_high 1.20"
)


@pytest.mark.parametrize(
    "note",
    ["cluster_trial,_ICC_0.03", "conditional_logistic,_matched_sets", "Poisson_regression",
     "survey-weighted", "pooled_over_20_imputations", "Bonferroni", "Holm", "false_discovery_rate",
     "one-sided_for_non-inferiority", "random-effects", "stratified_by_centre"],
)  # fmt: skip
def test_a_test_that_a_note_names_is_not_held_against_the_usual_ones(note, audited):
    for numbers in (COUNTS, MEANS):
        noted = audited(f"{numbers}table1 x . p 0.40 note={note}").pick("x", "p")
        assert noted["verdict"] == "not_checkable"
        assert ("x", "p") in audited(f"{numbers}table1 x . p 0.40").objections


@pytest.mark.parametrize("note", ["unpaired_t_test", "unweighted", "non-stratified", "two-sided"])
def test_what_a_note_denies_is_tested(note, audited):
    assert ("x", "p") in audited(f"{COUNTS}table1 x . p 0.40 note={note}").objections


@pytest.mark.parametrize(
    "note", ["weighted_percentage", "multiply_imputed", "age-standardised", "Kaplan-Meier"]
)
def test_percentages_that_are_no_shares_of_the_counts(note, audited):
    """9 of 60 is 15.0%: 12.2% would be of 74."""
    noted = audited(SHARES.format(note=f" note={note}") + "table1 x . p 0.40\n")
    assert not noted.objections
    assert noted.pick("x", "percent", "b")["verdict"] == "not_checkable"
    assert "not plain ones" in noted.pick("x", "p")["explanation"]
    assert ("x", "percent", "b") in audited(SHARES.format(note="")).objections


@pytest.mark.parametrize(
    ("kind", "ratio"),
    [("hazard_ratio", "0.75"), ("odds_ratio", "0.75"), ("mean_difference", "0.5")],
)
@pytest.mark.parametrize("note", ["95%_credible_interval", "bootstrap", "profile_likelihood"])
def test_limits_that_need_not_lie_evenly(kind, ratio, note, audited):
    text = LIMITS.replace("{kind}", kind).replace("{low_ratio}", ratio)
    assert not audited(SIXTIES + text.format(note=f" note={note}")).objections
    assert (("x", kind)) in audited(SIXTIES + text.format(note="")).objections
    # outside its own limits no method puts it
    outside = text.replace(f"{kind} {ratio}", f"{kind} 1.45").format(note=f" note={note}")
    assert kind != "mean_difference" or audited(SIXTIES + outside).objections


def test_a_p_beside_one_limit_may_be_of_a_margin(audited):
    text = COUNTS + "table1 x . risk_difference 18.3\ntable1 x . ci_low 4.0\ntable1 x . p 0.40\n"
    assert not audited(text).objections
    assert ("x", "p") in audited(text.replace("ci_low", "z")).objections


@pytest.mark.parametrize("told", ["unit=events", "note=number_of_episodes", "unit=eyes"])
def test_what_is_no_count_of_patients_may_be_more_than_they_are(told, audited):
    text = f"table1 x a n 73 {told}\ntable1 x b n 61 {told}\ntable1 x . p 0.01\n"
    assert not audited(SIXTIES + text).objections
    found = audited(SIXTIES + text.replace(told, "")).pick("x", "n", "a")
    assert found["verdict"] == "contradicted" and "events" in found["explanation"]


def test_percentages_of_eyes(audited):
    """41 of 60 eyes of 30 patients is 68.3%."""
    text = (
        "methods patients a n 30\nmethods patients b n 32\n"
        "table1 x a n 41 60\ntable1 x a percent 68.3 60\n"
        "table1 x b n 30 64\ntable1 x b percent {b} 64\n"
    )
    assert not audited(text.format(b="46.9")).objections
    assert audited(text.format(b="49.6")).objections == {("x", "percent", "b")}


def five(p_values):
    return SIXTIES + "".join(
        f"table1 {item} a n {a}\ntable1 {item} b n {b}\ntable1 {item} . p {p}\n"
        for (item, (a, b)), p in zip(FIVE.items(), p_values, strict=True)
    )


def test_p_values_times_the_number_of_tests(audited):
    """Bonferroni's correction, though no note names it: here of five tests."""
    assert not audited(five(ONCE)).objections
    found = audited(five(TIMES_FIVE))
    assert not found.objections
    assert found.pick("u", "p")["verdict"] == "reproduced_other_method"
    assert "times 5" in found.pick("u", "p")["method"]


def test_the_number_of_tests_is_the_one_that_explains_most(audited):
    """Times 6: .114, 1, .998, .192, 1. Times 5 would explain all but .998."""
    found = audited(five(("0.1", "1.0", "0.998", "0.2", "1.0")))
    methods = set(found.frame.loc[found.frame["statistic"] == "p", "method"])
    assert not found.objections
    assert {m[-20:] for m in methods if "times" in m} == {"times 6 (Bonferroni)"}


@pytest.mark.parametrize(
    "p_values",
    [
        ("0.095", *ONCE[1:]),  # one of five
        ("0.095", "0.542", *TIMES_FIVE[2:4], "0.841"),  # 5, 2, 5, 5 times and once
        ("0.095", "1.000", *ONCE[2:]),
    ],
)
def test_a_correction_of_some_is_none(p_values, audited):
    found = audited(five(p_values))
    assert ("u", "p") in found.objections or p_values[1] == "0.542"
    assert found.objections


# Woolf's odds ratios of the counts: 2.83, 1.50, .58, 2.35, 1.08; u to x twice as far from 1.
CRUDE = {"u": "5.67", "v": "3.00", "w": "0.29", "x": "4.69", "y": "0.50"}


def crude(ratios, model="crude"):
    return five(ONCE) + "".join(
        f"table1 {i} . odds_ratio {r} model={model}\n"
        f"table1 {i} . ci_low {float(r) / 2:.3f} model={model}\n"
        f"table1 {i} . ci_high {float(r) * 2:.3f} model={model}\n"
        for i, r in ratios.items()
    )


def test_crude_ratios_that_are_not_of_their_counts_are_one_question(audited):
    found = audited(crude(CRUDE))
    assert len(found.objections) == 15
    asked = found.frame.loc[found.frame["verdict"] == "not_reproduced", "ask"]
    assert asked.nunique() == 1
    assert not audited(crude(CRUDE, "adjusted")).objections
    near = {i: f"{float(r) * f:.2f}" for (i, r), f in zip(
        {"u": 2.83, "v": 1.5, "w": 0.58, "x": 2.35, "y": 1.08}.items(),
        (1.1, 0.9, 1.1, 0.95, 1.1), strict=True)}  # fmt: skip
    assert not audited(crude(near)).objections  # a few without data
    assert not audited(crude({**near, "u": "5.67"})).objections


HALVES = "methods patients a n 264\nmethods patients b n 264\n"


@pytest.mark.parametrize(("n", "objected"), [(177, False), (173, True), (176, True)])
def test_the_levels_of_a_variable_are_known_in_the_same_patients(n, objected, audited):
    """87 is 33.0% of 264, so that 173 as 67.0% is not of 258 known."""
    text = HALVES + (
        "table1 low a n 87 variable=hb\ntable1 low a percent 33.0 264 variable=hb\n"
        f"table1 high a n {n} variable=hb\ntable1 high a percent 67.0 264 variable=hb\n"
        "table1 low b n 44 variable=hb\ntable1 low b percent 16.7 264 variable=hb\n"
        "table1 high b n 220 variable=hb\ntable1 high b percent 83.3 264 variable=hb\n"
    )
    assert bool(audited(text).objections) == objected


@pytest.mark.parametrize(
    ("percent", "severity"), [("2.3", "cosmetic"), ("3.2", "arithmetic"), ("2.4", "arithmetic")]
)
def test_a_percentage_rounded_twice_is_cosmetic(percent, severity, audited):
    """12 of 534 is 2.247%: 2.25, then 2.3."""
    text = (
        "methods patients a n 534\nmethods patients b n 534\n"
        "table1 x a n 12 variable=v\ntable1 y a n 522 variable=v\n"
        f"table1 x a percent {percent} 534 variable=v\ntable1 y a percent 97.8 534 variable=v\n"
    )
    found = audited(text).pick("x", "percent", "a")
    assert (found["verdict"], found["severity"]) == ("contradicted", severity)


def test_percentages_made_to_add_to_100(audited):
    """1 and 28 of 29 are 3.4 and 96.6%: printed as 4 and 96."""
    text = (
        "methods patients a n 29\nmethods patients b n 29\n"
        "table1 x a n 1 variable=v\ntable1 y a n 28 variable=v\n"
        "table1 x a percent 4 29 variable=v\ntable1 y a percent 96 29 variable=v\n"
    )
    found = audited(text).pick("x", "percent", "a")
    assert found["severity"] == "cosmetic" and "add to 100" in found["explanation"]


def test_degrees_of_freedom_in_a_note(audited):
    text = "table1 x . chi2 7.45 note=Pearson,_df_{df}\ntable1 x . p 0.006\n"
    assert not audited(text.format(df=1)).objections
    assert audited(text.format(df=2)).objections == {("x", "chi2"), ("x", "p")}  # .0241
    assert not audited("table1 x . f 4.10 note=df_2,_57\ntable1 x . p 0.022\n").objections


def test_a_row_named_like_its_variable_counts_those_known(audited):
    text = HALVES + (
        "table1 f a n 140 variable=sex\ntable1 m a n 95 variable=sex\n"
        "table1 f b n 233 variable=sex\ntable1 m b n 20 variable=sex\n"
        "table1 sex all n {n} variable=sex\n"
    )
    found = audited(text.format(n=488)).pick("sex", "n", "all")
    assert found["verdict"] == "consistent" and "488" in found["explanation"]
    assert "levels" not in audited(text.format(n=489)).pick("sex", "n", "all")["method"]


@pytest.mark.parametrize("all_patients", ["40", "80"])
def test_patients_who_are_in_both_groups_are_not_compared_with_themselves(all_patients, audited):
    """A crossover: 12 and 25 of the same 40. Of 80 in two groups, Pearson gives .0035."""
    text = (
        "methods patients a n 40\nmethods patients b n 40\n"
        f"methods patients all n {all_patients}\n"
        "table1 x a n 12\ntable1 x a percent 30.0 40\ntable1 x b n 25\ntable1 x . p 0.03\n"
    )
    found = audited(text)
    assert found.objections == (set() if all_patients == "40" else {("x", "p")})
    assert ("x", "percent", "a") in audited(text.replace("30.0", "31.0")).objections


@pytest.mark.parametrize("note", ["geometric_mean", "least-squares_mean", "IPTW"])
def test_means_that_are_not_plain(note, audited):
    text = MEANS.replace("\n", f" note={note}\n").replace(f" n 60 note={note}", " n 60")
    assert not audited(text + "table1 x . p 0.40\n").objections


def test_three_groups_of_which_one_count_is_left_by_the_total(audited):
    """30% of 91 is 27 or 28; the total leaves 27. Pearson of 25, 27, 45: .6494."""
    text = (
        "methods patients all n 333\nmethods patients a n 76\nmethods patients b n 91\n"
        "methods patients c n 166\ntable1 x all n 97\ntable1 x a n 25\n"
        "table1 x b percent 30 91\ntable1 x c n 45\ntable1 x . p {p}\n"
    )
    assert audited(text.format(p="0.649")).pick("x", "p")["verdict"] == "reproduced"
    assert audited(text.format(p="0.108")).objections == {("x", "p")}


@pytest.mark.parametrize("level", ["90", "97.5", "99"])
@pytest.mark.parametrize("told", ["conf_level={}", "note={}%_CI", "note=limits_are_{}%_limits"])
def test_the_level_of_limits_in_a_note(level, told, audited):
    """Of log 0.6 with a standard error of 0.2, and of 50 with 8 / sqrt(60)."""
    z, t = {"90": (1.6449, 1.6711), "97.5": (2.2414, 2.3000), "99": (2.5758, 2.6618)}[level]
    told = told.format(level).replace("limits_are_", "")
    ratio = (0.6 * exp(-0.2 * z), 0.6 * exp(0.2 * z))
    mean = (50 - t * 8 / sqrt(60), 50 + t * 8 / sqrt(60))
    text = (
        f"table1 x . hazard_ratio 0.600 {told}\ntable1 x . ci_low {ratio[0]:.3f} {told}\n"
        f"table1 x . ci_high {ratio[1]:.3f} {told}\ntable1 x . p 0.0106 {told}\n"
        f"table1 y a mean 50.0\ntable1 y a sd 8.00\ntable1 y a ci_low {mean[0]:.2f} {told}\n"
        f"table1 y a ci_high {mean[1]:.2f} {told}\n"
    )
    assert not audited(SIXTIES + text).objections
    assert len(audited(SIXTIES + text.replace(told, "")).objections) == 8
    paper = f"methods limits . conf_level {level}\n"  # of all limits of the paper
    assert not audited(SIXTIES + paper + text.replace(told, "")).objections


def test_standard_errors_of_three_groups(audited):
    """R's F test of 5.0, 5.6, 6.1 with 0.30, 0.28, 0.26 as standard errors of 60, 70, 80: .0234."""
    text = "".join(
        f"methods patients {g} n {n}\n" for g, n in zip("abc", (60, 70, 80), strict=True)
    )
    for g, mean, se in zip("abc", ("5.0", "5.6", "6.1"), ("0.30", "0.28", "0.26"), strict=True):
        text += f"table1 x {g} mean {mean}\ntable1 x {g} sd {se}\n"
    found = audited(text + "table1 x . p 0.023\n").pick("x", "p")
    assert found["verdict"] == "reproduced_other_method" and "standard errors" in found["method"]
    assert audited(text + "table1 x . p 0.230\n").objections


PAGE = """<table><caption>{caption}</caption>
<tr><th>Characteristic</th><th>{cases} (n=60)</th><th>Controls (n=60)</th><th>P</th></tr>
<tr><td>Smoking, n (%)</td><td>20 (35.9)</td><td>9 (12.2)</td><td>0.40</td></tr>
<tr><td>Diabetes, n (%)</td><td>12 (20.0)</td><td>15 (25.0)</td><td></td></tr>
<tr><td>Asthma, n (%)</td><td>7 (11.7)</td><td>8 (13.3)</td><td></td></tr>
</table><p>{note}</p>"""


def objections_of_page(tmp_path, caption="Table 1. Characteristics", cases="Cases", note=""):
    (tmp_path / "t.html").write_text(PAGE.format(caption=caption, cases=cases, note=note))
    found = ledger_from_tables([tmp_path / "t.html"])
    (tmp_path / "l.csv").write_bytes(ledger_csv(found.ledger.assign(doubt="")))
    audit = audit_claims(load_claims(tmp_path / "l.csv"))
    wrong = audit[audit["verdict"].isin(["contradicted", "not_reproduced"])]
    return set(wrong["group"] + " " + wrong["statistic"])


@pytest.mark.parametrize(
    "told",
    [
        {"caption": "Table 1. Weighted characteristics"},
        {"caption": "Table 1. Characteristics, n (weighted %)"},
        {"note": "Note: values are unweighted numbers (weighted percentages)."},
        {"note": "Data: percentages use survey weights."},
        {"caption": "Table 1. Characteristics after inverse probability of treatment weighting"},
        {"note": "Note: missing values were imputed."},
    ],
)
def test_what_a_table_says_of_its_percentages_reaches_them(told, tmp_path):
    """35.9 and 12.2% are of no count of 60; Pearson of 20 and 9 is .019."""
    assert objections_of_page(tmp_path, **told) == set()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"note": "Note: T2-weighted images were read twice."},
        {"note": "Note: the regression is of 20 imputations."},
        {"note": "Note: body weight was measured."},
        {"caption": "Table 1. Before and after weighting", "cases": "Cases, unweighted"},
    ],
)
def test_what_is_said_of_others_excuses_nothing(told, tmp_path):
    assert any("percent" in name for name in objections_of_page(tmp_path, **told))


@pytest.mark.parametrize(
    "note",
    ["Data: Bonferroni correction was applied.", "Note: a GEE model allowed for clustering.",
     "P values: McNemar's test."],
)  # fmt: skip
def test_what_a_table_says_of_its_tests_reaches_each_p(note, tmp_path):
    plain = objections_of_page(tmp_path)
    assert plain - objections_of_page(tmp_path, note=note) == {" p"}
    assert plain == objections_of_page(tmp_path, note=f"* {note[6:]}")  # of what has that mark
