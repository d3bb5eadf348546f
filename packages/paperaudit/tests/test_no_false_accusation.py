"""Ledgers that look wrong and are not, each beside one of the same kind with a planted slip."""

import pytest

GROUPS = "methods patients a n 96\nmethods patients b n 194\n"
FIFTIES = "methods patients a n 50\nmethods patients b n 50\n"

ROWS = (
    GROUPS
    + """
table1 male a n 57
table1 male a percent 40.4 141
table1 male b n 84
table1 male b percent 59.6 141
table1 male . p 0.010
"""
)
TOTAL = """
methods patients a n 100
methods patients b n 120
methods patients all n 220
table1 male a n 60
table1 male a percent 27.3 220
table1 male b n 50
table1 male b percent 22.7 220
table1 male . p 0.007
table1 male . odds_ratio 2.10
table1 male . ci_low 1.22
table1 male . ci_high 3.60
"""
HAZARD = (
    GROUPS
    + """
table2 x . hazard_ratio 0.60
table2 x . ci_low 0.38
table2 x . ci_high 0.95
table2 x . p 0.004
table2 x . conf_level 99
"""
)
KATZ = """
methods patients a n 100
methods patients b n 100
methods model . conf_level 90
table2 x a n 30
table2 x b n 45
table2 x . risk_ratio 0.67
table2 x . ci_low 0.49
table2 x . ci_high 0.91
"""
MODELS = (
    GROUPS
    + """
table3 v a n 59
table3 v b n 75
table3 v . odds_ratio 2.53 model=crude
table3 v . ci_low 1.53 model=crude
table3 v . ci_high 4.18 model=crude
table3 v . p <0.001 model=crude
table3 v . odds_ratio 3.3 model=adjusted
table3 v . ci_low 1.8 model=adjusted
table3 v . ci_high 6.0 model=adjusted
table3 v . p <0.001 model=adjusted
"""
)
IN_TURN = (
    GROUPS
    + """
table3 v . odds_ratio 2.53
table3 v . ci_low 1.53
table3 v . ci_high 4.18
table3 v . odds_ratio 3.3
table3 v . ci_low 1.8
table3 v . ci_high 6.0
"""
)
STAGES = """
methods patients a n 60
methods patients b n 70
table1 mild a n 20 variable=stage
table1 moderate a n 25 variable=stage
table1 severe a n 15 variable=stage
table1 mild b n 40 variable=stage
table1 moderate b n 20 variable=stage
table1 severe b n 10 variable=stage
table1 mild . p 0.024 variable=stage
"""
ANSWERS = """
methods patients a n 60
methods patients b n 70
table1 fever a n 50 variable=signs
table1 cough a n 45 variable=signs
table1 rash a n 15 variable=signs
table1 fever b n 60 variable=signs
table1 cough b n 20 variable=signs
table1 rash b n 10 variable=signs
table1 fever . p 0.71 variable=signs
table1 cough . p <0.001 variable=signs
table1 rash . p 0.12 variable=signs
"""
ARMS = """
methods patients a n 20
methods patients b n 21
methods patients c n 19
methods patients all n 60
table1 age a mean 5.0
table1 age a sd 2.0
table1 age b mean 6.0
table1 age b sd 2.5
table1 age c mean 7.5
table1 age c sd 2.2
table1 age . p 0.004
table1 age all mean 6.1
table1 age all sd 2.4
table1 f a n 10
table1 f b n 8
table1 f c n 4
table1 f . p 0.17
table1 g a n 10
table1 g b n 8
table1 g c n 2
table1 g a|c p 0.014
table1 g a|b p 0.44
"""
MISSING = """
methods patients a n 86
methods patients b n 191
table1 x a n 14
table1 x a percent 16.9 86
table1 x b n 59
table1 x b percent 30.9 191
"""
HALVES = """
methods patients a n 16
methods patients b n 16
table1 x a n 2
table1 x a percent 12 16
table1 x b n 6
table1 x b percent 38 16
"""
ZERO = FIFTIES + "table1 x a n 30\ntable1 x b n 5\ntable1 x . p 0.000"

#: A clean ledger, and what becomes of it by a slip: old and new text, and what is objected to.
KINDS = {
    "percentages of the row": (ROWS, [
        ("57\n", "75\n", {("male", "n", "a"), ("male", "percent", "a"), ("male", "p")}),
        ("p 0.010", "p 0.100", {("male", "p")}),
        ("40.4", "44.0", {("male", "n", "a"), ("male", "percent", "a")}),
    ]),
    "percentages of all": (TOTAL, [
        ("p 0.007", "p 0.070", {("male", "p")}),
        ("ci_high 3.60", "ci_high 6.30", {("male", "ci_high")}),
        ("27.3", "37.2", {("male", "n", "a"), ("male", "percent", "a")}),
    ]),
    "limits at 99%": (HAZARD, [
        ("p 0.004", "p 0.04", {("x", s) for s in ("hazard_ratio", "ci_low", "ci_high", "p")}),
        ("0.95", "0.59", {("x", s) for s in ("hazard_ratio", "ci_low", "ci_high")}),
        ("0.60", "0.66", {("x", s) for s in ("hazard_ratio", "ci_low", "ci_high")}),
    ]),
    "limits at 90%, which the methods state": (KATZ, [
        ("0.91", "0.97", {("x", "ci_high")}),
        ("0.67", "0.76", {("x", "risk_ratio")}),
    ]),
    "crude and adjusted, named": (MODELS, [
        ("4.18", "4.81", {("v", "ci_high")}),
        ("6.0", "9.0", {("v", s) for s in ("odds_ratio", "ci_low", "ci_high")}),
    ]),
    "crude and adjusted, one after the other": (IN_TURN, [
        ("4.18", "8.14", {("v", s) for s in ("odds_ratio", "ci_low", "ci_high")}),
        ("ci_low 1.8", "ci_low 0.8", {("v", s) for s in ("odds_ratio", "ci_low", "ci_high")}),
    ]),
    "levels of a variable": (STAGES, [
        ("0.024", "0.24", {("mild", "p")}),
        ("severe b n 10", "severe b n 19", {
            *((level, "n", "b") for level in ("mild", "moderate", "severe")), ("mild", "p")}),
    ]),
    "several answers": (ANSWERS, [("0.12", "0.21", {("rash", "p")})]),
    "three groups": (ARMS, [
        ("p 0.004", "p 0.4", {("age", "p")}),
        ("all mean 6.1", "all mean 9.1", {
            ("age", "mean", group) for group in ("a", "b", "c", "all")}),
        ("p 0.17", "p 0.71", {("f", "p")}),
        ("a|c p 0.014", "a|c p 0.14", {("g", "p", "a|c")}),
    ]),
    "missing values": (MISSING, [
        ("16.9", "15.3", {("x", "percent", "a")}),
        ("16.9", "36.9", {("x", "percent", "a")}),
    ]),
    "halves rounded to even": (HALVES, [
        ("38", "36", {("x", "percent", "b")}),
    ]),
    "a p of zeros": (ZERO, [("0.000", "0.100", {("x", "p")})]),
}  # fmt: skip
SLIPS = [(kind, *slip) for kind, (_, slips) in KINDS.items() for slip in slips]


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_ledger_raises_nothing(kind, audited):
    assert audited(KINDS[kind][0]).objections == set()


@pytest.mark.parametrize(("kind", "old", "new", "wrong"), SLIPS)
def test_a_slip_in_it_is_found(kind, old, new, wrong, audited):
    text = KINDS[kind][0]
    assert old in text
    assert audited(text.replace(old, new, 1)).objections == wrong


@pytest.mark.parametrize(
    ("text", "item", "verdict", "method"),
    [
        (STAGES, "mild", "reproduced", "Pearson, over mild, moderate, severe"),
        (STAGES.replace("0.024", "0.010"), "mild", "reproduced_other_method", "trend"),
        (STAGES.replace("0.024", "0.010 note=test_for_trend"), "mild", "reproduced", "trend"),
        (STAGES.replace(" variable=stage", ""), "mild", "reproduced", "Pearson, over mild"),
        (ARMS, "age", "reproduced", "analysis of variance"),
        (ARMS, "f", "reproduced", "Pearson"),
        (ARMS.replace("p 0.17", "p 0.175"), "f", "reproduced", "Fisher-Freeman-Halton"),
        (ARMS.replace("p 0.004", "p 0.31 note=Kruskal-Wallis"), "age", "not_checkable", ""),
        (ARMS.replace("p 0.17", "p 0.0692"), "f", "not_reproduced", ""),
        (ARMS.replace("a|c p 0.014", ". p 0.0138"), "g", "reproduced_other_method", "Fisher"),
    ],
)
def test_levels_and_groups(text, item, verdict, method, audited):
    found = audited(text).pick(item, "p")
    assert found["verdict"] == verdict
    assert found["method"].startswith(method)


MEANS = (
    FIFTIES
    + """
table1 x a mean 10.00
table1 x a sd 2.00
table1 x b mean 11.00
table1 x b sd 2.50
table1 x . p {p} note={note}
"""
)


@pytest.mark.parametrize(
    ("p", "note", "verdict", "method"),
    [
        ("0.030", "", "reproduced", "Student's t from"),
        ("0.015", "", "reproduced_other_method", "Student's t, one-sided"),
        ("0.756", "", "reproduced_other_method", "Student's t, the printed SDs taken as standard"),
        ("0.30", "", "not_reproduced", "Student's t from"),
        ("0.30", "Mann-Whitney", "not_checkable", ""),
        ("0.30", "Wilcoxon_rank-sum_test", "not_checkable", ""),
        ("0.30", "paired_t_test", "not_checkable", ""),
        ("0.30", "unpaired_t_test", "not_reproduced", "Student's t from"),
    ],
)
def test_an_innocent_reading_comes_first(p, note, verdict, method, audited):
    found = audited(MEANS.format(p=p, note=note)).pick("x", "p")
    assert found["verdict"] == verdict
    assert found["method"].startswith(method)
    if verdict == "reproduced_other_method":
        assert found["severity"] == "cosmetic"


@pytest.mark.parametrize(
    ("note", "verdict"),
    [("", "reproduced"), ("Fisher's_exact_test", "reproduced_other_method"),
     ("log-rank_test", "not_checkable"), ("McNemar", "not_checkable")],
)  # fmt: skip
def test_a_named_test_of_counts(note, verdict, audited):
    """0.015 is Pearson's p of 20 and 9 of 50; Fisher's is 0.027."""
    text = FIFTIES + f"table1 x a n 20\ntable1 x b n 9\ntable1 x . p 0.015 note={note}"
    assert audited(text).pick("x", "p")["verdict"] == verdict


def test_rows_whose_p_values_changed_places_change_no_conclusion(audited):
    rows = "table1 x a n 20\ntable1 x b n 9\ntable1 y a n 25\ntable1 y b n 24\n"
    audit = audited(FIFTIES + rows + "table1 x . p 0.841\ntable1 y . p 0.015")
    for item, other in (("x", "y"), ("y", "x")):
        found = audit.pick(item, "p")
        assert found["severity"] == "arithmetic"
        assert f"that of {other}" in found["explanation"]
        assert found["rescue"].startswith("agrees if it changed places with")


def test_most_p_values_of_a_table_that_fail_are_one_question(audited):
    rows = [
        f"table1 i{k} a n {20 + k}\ntable1 i{k} b n {10 + 2 * k}\ntable1 i{k} . p 0.{71 + k}"
        for k in range(6)
    ]
    text = FIFTIES + "\n".join(rows)
    audit = audited(text)
    failed = audit.frame[audit.frame["verdict"] == "not_reproduced"]
    assert len(failed) == 6 and failed["ask"].nunique() == 1
    assert "changes a conclusion" not in set(failed["severity"])
    assert failed["explanation"].str.startswith("6 of 6 p values of Table 1").all()
    fewer = audited(text.replace("0.71", "0.029").replace("0.72", "0.056"))
    alone = fewer.frame[fewer.frame["verdict"] == "not_reproduced"]
    assert len(alone) == 4 and alone["ask"].nunique() == 4


def test_the_papers_own_test_tells_apart_what_only_another_gives(audited):
    """Five rows by Pearson; the sixth only by Yates: 0.049 (Pearson .029), or by none."""
    counts = [(25, 15, "0.041"), (30, 20, "0.046"), (28, 12, "0.001"), (33, 22, "0.027"),
              (40, 30, "0.029")]  # fmt: skip
    rows = [
        f"table1 i{k} a n {a}\ntable1 i{k} b n {b}\ntable1 i{k} . p {p}"
        for k, (a, b, p) in enumerate(counts)
    ]
    last = "table1 z a n 20\ntable1 z b n 10\ntable1 z . p {p}"
    text = FIFTIES + "\n".join([*rows, last])
    verdicts = [
        audited(text.format(p=p)).pick("z", "p")["verdict"] for p in ("0.029", "0.0495", "0.29")
    ]
    assert verdicts == ["reproduced", "reproduced_other_method", "not_reproduced"]


def test_missing_values_may_move_the_mean_of_all(audited):
    sizes = "methods patients a n 30\nmethods patients b n 60\nmethods patients all n 90\n"
    rows = "table1 x {g} mean {m}\ntable1 x {g} sd 10.0\n"
    text = sizes + rows.format(g="a", m="50.0") + rows.format(g="b", m="60.0")
    verdicts = {
        m: audited(text + f"table1 x all mean {m}\ntable1 x all sd 11.1").pick("x", "mean", "all")
        for m in ("56.7", "57.0", "59.0")
    }
    verdicts = {m: found["verdict"] for m, found in verdicts.items()}
    assert verdicts == {"56.7": "consistent", "57.0": "attainable", "59.0": "contradicted"}


def test_the_percentage_of_all_is_held_against_the_groups(audited):
    sizes = "methods patients a n 30\nmethods patients b n 60\nmethods patients all n 90\n"
    rows = "table1 x a percent 10 30\ntable1 x b percent 20 60\ntable1 x all percent {p} 90"
    fine = audited(sizes + rows.format(p="17")).pick("x", "percent", "all")
    assert (fine["verdict"], fine["computed"]) == ("attainable", "16.67 to 16.67")
    wrong = audited(sizes + rows.format(p="15"))
    assert ("x", "percent", "all") in wrong.objections


def test_no_denominator_is_taken_from_one_that_fits_nothing(audited):
    """Of 61.1% and 44.4% nobody can say of how many: neither 57 of 96 nor of 141 is that."""
    text = (
        GROUPS
        + """
table2 male a n 57
table2 male a percent 61.1
table2 male b n 84
table2 male b percent 44.4
table2 male . p 0.010
"""
    )
    audit = audited(text)
    assert audit.objections == set()
    assert audit.pick("male", "percent", "a")["verdict"] == "not_checkable"
    assert audit.pick("male", "p")["verdict"] == "reproduced"


def test_a_count_that_a_ratio_or_a_row_bears_out_is_consistent(audited):
    text = (
        GROUPS
        + """
table1 women a n 60
table1 women b n 100
table1 men a n 36
table1 men b n 94
table2 v a n 59
table2 v b n 75
table2 v . odds_ratio 2.53
table2 v . ci_low 1.53
table2 v . ci_high 4.18
"""
    )
    audit = audited(text)
    assert audit.pick("men", "n", "b")["method"] == "rows that add up"
    assert audit.pick("v", "n", "a")["method"] == "Woolf"
    assert audit.pick("patients", "n", "a")["verdict"] == "consistent"


@pytest.mark.parametrize(
    ("row", "rescue"),
    [
        ("table1 x . p 1.2", "agrees if it is 0.2 or 1.0"),
        ("table1 x . p <.000", "agrees if it is <.001"),
        ("table1 x a sd -1.2", "agrees if the sign is a slip, and it is 1.2"),
        ("table1 x a percent 104 50", "agrees if it is 100"),
        ("table1 x a n 52", "agrees if it is 12, 22, 32 or another of 6"),
    ],
)
def test_what_no_patients_can_have_stops_nothing(row, rescue, audited):
    audit = audited(FIFTIES + row + "\ntable1 y a n 20\ntable1 y b n 9\ntable1 y . p 0.015")
    wrong = audit.frame[audit.frame["verdict"] == "contradicted"]
    assert len(wrong) == 1 and wrong["method"].item() == "what no patients can have"
    assert wrong["rescue"].item().startswith(rescue)
    assert wrong["check"].item() == "4.3"
    assert audit.pick("y", "p")["verdict"] == "reproduced"


def test_limits_in_the_wrong_order(audited):
    text = GROUPS + "table1 x . odds_ratio 2.0\ntable1 x . ci_low 3.1\ntable1 x . ci_high 1.3"
    audit = audited(text)
    assert audit.objections == {("x", "ci_low"), ("x", "ci_high")}
    assert audit.pick("x", "ci_low")["rescue"] == "agrees if the two limits changed places"


def test_a_p_of_those_with_data_is_no_slip(audited):
    """17 of 133, 6 of 109 and 16 of 128 had data: Pearson's p is 0.098."""
    text = "methods patients a n 148\nmethods patients b n 119\nmethods patients c n 145\n"
    for group, n, percent, size in (("a", 17, "12.8", 148), ("b", 6, "5.5", 119),
                                    ("c", 16, "12.5", 145)):  # fmt: skip
        text += f"table1 x {group} n {n}\ntable1 x {group} percent {percent} {size}\n"
    found = audited(text + "table1 x . p 0.098").pick("x", "p")
    assert (found["verdict"], found["method"]) == ("attainable", "tests of the patients with data")
    assert "133 of 148" in found["explanation"]
    assert audited(text + "table1 x . p 0.98").pick("x", "p")["verdict"] == "not_reproduced"


def test_the_p_of_a_crude_regression_is_not_that_of_the_table(audited):
    rows = "table1 x a n 13\ntable1 x b n 2\ntable1 x . p 0.10\n"
    crude = "table2 x . {s} {v} model=crude note=logistic_regression\n"
    text = "methods patients a n 30\nmethods patients b n 13\n" + rows
    for s, v in (("odds_ratio", "4.21"), ("ci_low", "0.79"), ("ci_high", "22.36"), ("p", "0.09")):
        text += crude.format(s=s, v=v)
    assert audited(text).objections == set()


def test_the_p_of_a_crude_ratio_is_printed_again_in_the_text(audited):
    """Wald's p of 0.49 (0.19 to 1.29) is .147 to .154; the counts' tests give .149, .220, .195."""
    text = (
        "methods patients cases n 28\nmethods patients controls n 167\n"
        "table2 x cases n 6\ntable2 x controls n 59\n"
        "table3 x . odds_ratio 0.49 model=crude\ntable3 x . ci_low 0.19 model=crude\n"
        "table3 x . ci_high 1.29 model=crude\ntable3 x . p 0.{p} model=crude\n"
        "results x . p {text} model=crude\n"
    )
    assert not audited(text.format(p="154", text="0.154")).objections
    assert audited(text.format(p="154", text="0.451")).objections
