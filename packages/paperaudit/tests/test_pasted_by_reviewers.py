"""Tables as papers print them: their p values and limits are scipy's; then a slip is planted."""

import io
import math

import pandas as pd
import pytest
from scipy import stats

from paperaudit import audit_claims
from paperaudit.claims import validate_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

GROUPS = "Variable,Cases (n=48),Controls (n=102)"


def audit_file(folder, name, content, *, doubts=()):
    """Audit one file; its doubts have to be those that are said."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = ledger_from_tables([path])
    assert set(read.doubts["code"]) == set(doubts), read.doubts.to_string()
    return audit_claims(validate_claims(read.ledger, groups=read.ledger["group"]))


def objected(audit):
    return {name for name, verdict in audit["verdict"].items() if VERDICTS[verdict].objection}


def passed(audit):
    return set(audit.index[~audit["verdict"].isin(["not_checkable", *_OBJECTIONS])])


_OBJECTIONS = [verdict for verdict, words in VERDICTS.items() if words.objection]


def pearson(*columns):
    return f"{stats.chi2_contingency([*zip(*columns, strict=True)], correction=False).pvalue:.3f}"


def student(*numbers):
    return f"{stats.ttest_ind_from_stats(*numbers).pvalue:.3f}"


def percent(n, whole):
    return f"{n} ({100 * n / whole:.1f})"


# Headings and labels


def document(rows, merged):
    """Write a Word document with one table, and merge cells from one corner to another."""
    docx = pytest.importorskip("docx")
    table = (paper := docx.Document()).add_table(len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    for first, last in merged:
        text = table.cell(*first).text
        table.cell(*first).merge(table.cell(*last)).text = text
    paper.save(file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize("slip", [False, True])
def test_headings_of_a_document_that_span_rows_and_columns(tmp_path, slip):
    """The p of education stands beside its three levels, in one merged cell."""
    rows = [
        ["Variable", "Group", "", "P value"],
        ["", "Drug (n=60)", "Placebo (n=62)", ""],
        ["Education, n (%)", "", "", pearson((20, 25, 15), (25, 20, 17))],
        ["  Primary", percent(20, 60), percent(25, 62), ""],
        ["  Secondary", "26 (41.7)" if slip else percent(25, 60), percent(20, 62), ""],
        ["  Tertiary", percent(15, 60), percent(17, 62), ""],
        ["Age, mean ± SD", "51.3 ± 12.1", "49.0 ± 11.7", student(51.3, 12.1, 60, 49, 11.7, 62)],
    ]
    merged = [((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (1, 3)), ((2, 3), (5, 3))]
    doubts = ["levels"] if slip else []
    audit = audit_file(tmp_path, "paper.docx", document(rows, merged), doubts=doubts)
    assert len(audit) == 20
    if slip:
        wrong = "table1_secondary_drug_n"
        assert objected(audit) == {wrong, "table1_education_p"}
        assert audit.at[wrong, "rescue"].startswith("agrees if it is 25")
    else:
        assert passed(audit) == set(audit.index)


def test_two_columns_of_one_group_are_a_doubt_and_no_contradiction(tmp_path):
    text = 'Variable,Group,Group,P\n"Age, mean (SD)",51.3 (12.1),49.0 (11.7),0.288\n'
    audit = audit_file(tmp_path, "t.csv", text, doubts=["size", "columns"])
    assert not objected(audit)
    doubtful = audit[audit["statistic"].isin(["mean", "sd"])]
    assert doubtful["explanation"].str.contains("Whose numbers are these?").all()


@pytest.mark.parametrize("slip", [False, True])
def test_groups_of_one_name_under_two_headings_and_the_p_of_each_pair(tmp_path, slip):
    """Before and after matching: each p compares the two groups that stand under its heading."""
    text = "Variable,Before matching,,,After matching,,\n"
    text += ",Drug (n=200),Control (n=300),P,Drug (n=150),Control (n=150),P\n"
    for name, (a, b, c, d) in {"Male": (120, 150, 80, 82), "Diabetes": (70, 70, 50, 48)}.items():
        before = f"{percent(a, 200)},{percent(b, 300)},{pearson((a, 200 - a), (b, 300 - b))}"
        after = f"{percent(c, 150)},{percent(d, 150)},{pearson((c, 150 - c), (d, 150 - d))}"
        text += f'"{name}, n (%)",{before},{after}\n'
    text = text.replace("82 (54.7)", "28 (54.7)") if slip else text
    audit = audit_file(tmp_path, "t.csv", text)
    if slip:
        assert {audit.at[name, "item"] for name in objected(audit)} == {"male"}
        assert {"after" in name for name in objected(audit)} == {True}
    else:
        assert passed(audit) == set(audit.index) and len(audit) == 24


@pytest.mark.parametrize("mark", ["a", "ᵃ", " a", "^a", "a,c"])
def test_a_letter_behind_a_p_names_its_test(tmp_path, mark):
    p = pearson((30, 18), (58, 44))
    text = f'{GROUPS},P\n"Age, mean (SD)",61.2 (14.1),57.8 (15.2),"0.031{mark}"\n'
    text += f'"Male, n (%)",{percent(30, 48)},{percent(58, 102)},"{p}b"\n'
    notes = "a Mann-Whitney U test. b Chi-square test. c Corrected.\n"
    audit = audit_file(tmp_path, "t.csv", text + notes)
    assert not objected(audit) and audit.at["table1_male_p", "verdict"] == "reproduced"
    assert "Mann-Whitney" in audit.at["table1_age_p", "explanation"]
    assert objected(audit_file(tmp_path, "s.csv", text)) == {"table1_age_p"}


def test_geometric_means_lie_nearer_to_the_lower_limit(tmp_path):
    text = f'{GROUPS},P\n"Ferritin, {{}} (95% CI)",120 (90–160),80 (64–100),0.03\n'
    assert not objected(audit_file(tmp_path, "t.csv", text.format("geometric mean")))
    assert objected(audit_file(tmp_path, "s.csv", text.format("mean")))


@pytest.mark.parametrize("label", ["No", "no", "NO"])
def test_no_is_a_level_and_no_number(tmp_path, label):
    """57 of 96 against 84 of 194, as percentages of the row: Pearson's p is 0.010."""
    p = pearson((40, 20), (101, 129))
    text = f"HIV,TB (n=141),No TB (n=149),P\nStatus,,,{p}\n"
    text += f"  Yes,{percent(40, 60)},{percent(20, 60)},\n"
    text += f"  {label},{percent(101, 230)},{percent(129, 230)},\n"
    audit = audit_file(tmp_path, "t.csv", text)
    assert passed(audit) == set(audit.index) and len(audit) == 11
    slip = audit_file(tmp_path, "s.csv", text.replace("(43.9)", "(49.3)"))
    assert {(c, slip.at[c, "printed"]) for c in objected(slip)} == {
        ("table1_status_no_tb_percent", "49.3")
    }


@pytest.mark.parametrize(
    "label",
    ["Median age (IQR), years", "Median (IQR) age — yr", "Median age [IQR]", "Age, median (IQR)"],
)
def test_the_name_between_median_and_its_spread(tmp_path, label):
    text = f'{GROUPS}\n"{label}",61 (50–70),58 (47–66)\n'
    audit = audit_file(tmp_path, "t.csv", text)
    assert audit[audit["item"] == "age"]["statistic"].tolist() == 2 * ["median", "q1", "q3"]
    assert objected(audit_file(tmp_path, "s.csv", text.replace("61 (", "16 (")))


def test_sizes_of_groups_above_counts_and_percentages_in_two_columns(tmp_path):
    text = "Variable,Cases,,Controls,,P\n,n=48,%,n=102,%,\nMale,30,62.5,58,56.9,"
    audit = audit_file(tmp_path, "t.csv", text + pearson((30, 18), (58, 44)))
    assert passed(audit) == set(audit.index) and len(audit) == 7


def test_a_line_that_lacks_a_cell_does_not_change_what_parts_cells(tmp_path):
    text = """Variable;Casos (n = 80);Controles (n = 120);OR (IC 95%);Valor de p
Fumador, n (%);30 (37,5);20 (16,7);3,00 (1,55 - 5,80);0,001
Edad, años, media (DE);56,1 (9,8);54,0 (10,1)
"""
    audit = audit_file(tmp_path, "t.csv", text)
    assert not objected(audit) and audit["item"].nunique() == 3


# Missing values

INCOME = ((20, 15, 8), (30, 40, 25))


@pytest.mark.parametrize("missing", [(), (5, 7)])
def test_a_p_of_the_levels_leaves_out_those_without_data(tmp_path, missing):
    """Of 48 and 102 patients 43 and 95 have an income; a row may count the others, or none."""
    lines = [GROUPS + ",P", f'"Income, n (%)",,,{pearson(*INCOME)}']
    wholes = (48, 102) if missing else (43, 95)
    names = ["Low", "Middle", "High", *(["Missing"] if missing else [])]
    counts = [(*group, *missing[k : k + 1]) for k, group in enumerate(INCOME)]
    for row in zip(names, *counts, strict=True):
        cells = [percent(n, whole) for n, whole in zip(row[1:], wholes, strict=True)]
        lines.append(f"  {row[0]},{','.join(cells)},")
    lines.append(f'"Male, n (%)",{percent(30, 48)},{percent(58, 102)},')
    text = "\n".join([*lines[:-1], lines[-1] + pearson((30, 18), (58, 44))])
    audit = audit_file(tmp_path, "t.csv", text)
    assert audit.at["table1_income_p", "verdict"] == "reproduced" and not objected(audit)
    income = [name for name in audit.index if "income" in name or "middle" in name]
    assert set(income) <= passed(audit)
    slip = text.replace(percent(40, wholes[1]), percent(40, wholes[1]).replace("40 ", "45 "))
    doubts = ["levels"] if missing else ["base"]
    wrong = objected(audit_file(tmp_path, "s.csv", slip, doubts=doubts))
    assert bool(wrong) == bool(missing)  # without a trusted denominator nothing is assessed


def test_a_bound_above_is_not_explained_by_the_other_side_of_a_test(tmp_path):
    """24 of 48 against 29 of 102: Pearson's p is 0.0099, of the other side above 0.99."""
    text = f'{GROUPS},P\n"Pain, n (%)",{percent(24, 48)},{percent(29, 102)},'
    for bound in ("NS", ">0.05"):
        assert objected(audit_file(tmp_path, "t.csv", text + bound)) == {"table1_pain_p"}
    assert not objected(audit_file(tmp_path, "u.csv", text + "<0.05"))


# Numbers beside one another


def limits(n, whole):
    ends = stats.binomtest(n, whole).proportion_ci(method="exact")
    return f'"{100 * n / whole:.1f} ({100 * ends.low:.1f}–{100 * ends.high:.1f})"'


@pytest.mark.parametrize(
    "heading", ["% (95% CI)", "Percentage, 95% CI", "% [95% confidence interval]"]
)
def test_percentages_with_their_limits(tmp_path, heading):
    rows = [(name, n) for name, n in (("Response", 34), ("Remission", 12), ("Relapse", 5))]
    text = f'Outcome,n/N,"{heading}"\n'
    text += "".join(f"{name},{n}/50,{limits(n, 50)}\n" for name, n in rows)
    audit = audit_file(tmp_path, "t.csv", text)
    assert passed(audit) == set(audit.index) and len(audit) == 12
    slip = audit_file(tmp_path, "s.csv", text.replace("12/50", "21/50"))
    assert {slip.at[name, "item"] for name in objected(slip)} == {"remission"}


@pytest.mark.parametrize("sign", ["± SEM", "(SE)", "± standard error"])
def test_means_with_standard_errors(tmp_path, sign):
    """The t test of SDs of 1.1 and 1.2 times the root of the patients."""
    p = student(71.2, 1.1 * math.sqrt(48), 48, 68.0, 1.2 * math.sqrt(102), 102)
    text = f'{GROUPS},P\n"Weight, mean {sign}",71.2 ± 1.1,68.0 ± 1.2,{{p}}\n'
    text = text.replace(" ± 1.1", " (1.1)").replace(" ± 1.2", " (1.2)") if "(" in sign else text
    audit = audit_file(tmp_path, "t.csv", text.format(p=p))
    assert passed(audit) == set(audit.index)
    wrong = audit_file(tmp_path, "s.csv", text.format(p="0.310"))
    assert objected(wrong) == {"table1_weight_p"}
    assert "standard error" in wrong.at["table1_weight_p", "rescue"]


def test_standard_errors_of_three_groups(tmp_path):
    """F of the squares between the groups over those that the standard errors leave within."""
    groups = [(5.1, 0.2, 40), (5.9, 0.2, 42), (6.4, 0.3, 39)]
    total = sum(n for *_, n in groups)
    middle = sum(m * n for m, _, n in groups) / total
    between = sum(n * (m - middle) ** 2 for m, _, n in groups) / 2
    within = sum((n - 1) * n * se**2 for _, se, n in groups) / (total - 3)
    p = f"{stats.f.sf(between / within, 2, total - 3):.3f}"
    text = '"Variable","Low (n=40)","Middle (n=42)","High (n=39)",P\n"HbA1c, mean ± SE",'
    text += ",".join(f"{m} ± {se}" for m, se, _ in groups)
    audit = audit_file(tmp_path, "t.csv", f"{text},{p}\n")
    assert passed(audit) == set(audit.index)
    assert objected(audit_file(tmp_path, "s.csv", f"{text},0.9\n")) == {"table1_hba1c_p"}


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ('"Age, mean (SD)",54.2 (10.1),57.1 (9.2),', 2.9 / math.sqrt((10.1**2 + 9.2**2) / 2)),
        (
            f'"Male, n (%)",{percent(30, 48)},{percent(50, 102)},',
            (30 / 48 - 50 / 102) / math.sqrt((30 / 48 * 18 / 48 + 50 / 102 * 52 / 102) / 2),
        ),
    ],
)
def test_standardised_differences(tmp_path, cells, value):
    """By the mean of the two variances (Austin 2009), in units or in hundredths."""
    text = f"{GROUPS},SMD\n{cells}"
    for printed in (f"{value:.2f}", f"−{value:.2f}", f"{100 * value:.1f}"):
        audit = audit_file(tmp_path, "t.csv", text + printed)
        (smd,) = audit[audit["statistic"] == "smd"].index
        assert smd in passed(audit) and not objected(audit)
        rest = audit[~audit["item"].isin(["patients"])]
        assert set(rest.index) <= passed(audit)  # the means and SDs that it is of, too
    wrong = audit_file(tmp_path, "s.csv", f"{text}{value + 0.3:.2f}")
    assert objected(wrong) == {smd} and "standardised" in wrong.at[smd, "method"]
    other = f"{value:.2f}"[:-2] + "9" + f"{value:.2f}"[-1]
    slipped = audit_file(tmp_path, "d.csv", text + other)
    assert f"{value:.2f}".lstrip("-") in slipped.at[smd, "rescue"]
    means = wrong[wrong["statistic"].isin(["mean", "sd"])]
    assert means["explanation"].str.contains("difference.*does not follow").all()


def test_a_standardised_difference_of_several_levels_is_not_held_against_one(tmp_path):
    text = f"{GROUPS},SMD\nStage,,,0.30\n  I,20 (41.7),30 (29.4),\n  II,15 (31.2),42 (41.2),\n"
    audit = audit_file(tmp_path, "t.csv", text + "  III,13 (27.1),30 (29.4),\n")
    assert audit.loc[audit["statistic"] == "smd", "verdict"].tolist() == ["not_checkable"]


# Regressions


@pytest.mark.parametrize(
    "heads",
    [
        "OR,95% CI lower,95% CI upper",
        "OR,Lower 95% CI,Upper 95% CI",
        "OR,LCL,UCL",
        "Odds ratio,95% CI for OR Lower,Upper",
        "Exp(B),Lower limit,Upper limit",
    ],
)
def test_limits_in_two_columns(tmp_path, heads):
    """30 of 80 against 20 of 120: Woolf's 3.00 (1.55 to 5.80), p 0.0011."""
    text = f"Variable,{heads},P\nSmoking,3.00,1.55,5.80,0.001\nAge,1.03,1.01,1.05,0.003\n"
    audit = audit_file(tmp_path, "t.csv", text)
    assert passed(audit) == set(audit.index) and len(audit) == 8
    slip = audit_file(tmp_path, "s.csv", text.replace("5.80", "8.50"))
    assert {slip.at[name, "item"] for name in objected(slip)} == {"smoking"}


def test_lower_and_upper_may_be_groups(tmp_path):
    text = "Variable,Lower (n=20),Upper (n=30)\n" + f'"Male, n (%)",{percent(9, 20)},10 (33.3)\n'
    audit = audit_file(tmp_path, "t.csv", text)
    assert set(audit["group"]) == {"lower", "upper"}


SPSS = "Variable,B,SE,Wald,df,Sig.,Exp(B),95% CI for Exp(B) Lower,Upper\nSmoking,"


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        ("1.099,0.337,10.650,1,0.001,3.000,1.551,5.803", set()),
        ("1.990,0.337,10.650,1,0.001,3.000,1.551,5.803", {"coefficient", "odds_ratio"}),
        ("1.099,0.337,10.650,1,0.010,3.000,1.551,5.803", {"p"}),
        ("1.099,0.337,1.650,1,0.001,3.000,1.551,5.803", {"chi2", "p"}),
        ("1.099,0.337,10.650,1,0.001,3.000,1.155,5.803", {"ci_low", "odds_ratio", "ci_high"}),
    ],
)
def test_a_logistic_regression_as_a_program_prints_it(tmp_path, printed, wrong):
    """exp(1.099) = 3.001; (1.099/0.337)² = 10.63, of which p is 0.0011."""
    audit = audit_file(tmp_path, "t.csv", SPSS + printed)
    assert wrong <= {audit.at[name, "statistic"] for name in objected(audit)}
    assert bool(objected(audit)) == bool(wrong)
    if not wrong:
        assert len(passed(audit)) == len(audit) == 8


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        ("2.10 (0.40 to 3.80),0.016", True),
        ("2.10 (0.40 to 3.80),0.16", False),
        ("2.10 (1.40 to 3.80),0.016", False),
    ],
)
@pytest.mark.parametrize("head", ["β (95% CI)", "Coefficient (95% CI)", "B (95% CI)"])
def test_coefficients_with_their_limits(tmp_path, head, cells, right):
    """z is 1.96 times 2.1 over 1.7: its p is 0.0155."""
    audit = audit_file(tmp_path, "t.csv", f"Variable,{head},P\nAge,{cells}\n")
    assert bool(objected(audit)) != right and len(audit) == 4


# Sizes of the groups, spreads, tests in sentences


@pytest.mark.parametrize(
    "row",
    ["N,151,149", "Number of participants,151,149", "No. of patients (%),151 (50.3),149 (49.7)"],
)
def test_a_row_that_counts_the_patients(tmp_path, row):
    p = student(54.2, 10.1, 151, 55.0, 9.8, 149)
    text = f'Characteristic,Drug,Placebo,P\n{row},\n"Age, mean (SD)",54.2 (10.1),55.0 (9.8),{p}\n'
    audit = audit_file(tmp_path, "t.csv", text)
    assert audit.at["table1_age_p", "verdict"] == "reproduced"


@pytest.mark.parametrize(
    "cell", ["34.0 ({sd}) [18-45]", "34.0 ({sd}; 18–45)", "34.0 ± {sd} (18–45)"]
)
def test_an_sd_beside_a_range(tmp_path, cell):
    """Of ages from 18 to 45 around 34 no SD is above the root of 16 times 11, 13.3, and n/(n-1)."""
    text = 'Variable,Cases (n=48)\n"Age, mean (SD) [range]",'
    audit = audit_file(tmp_path, "t.csv", text + cell.format(sd="8.1"))
    assert not objected(audit) and len(audit) == 5
    assert objected(audit_file(tmp_path, "s.csv", text + cell.format(sd="18.1")))


@pytest.mark.parametrize(
    ("test", "p", "wrong"),
    [
        ("F2,87 = 4.56", stats.f.sf(4.56, 2, 87), ".13"),
        ("F_{2, 87} = 4.56", stats.f.sf(4.56, 2, 87), ".13"),
        ("t_{58} = 2.41", 2 * stats.t.sf(2.41, 58), ".19"),
        ("t58 = −2.41", 2 * stats.t.sf(2.41, 58), ".19"),
        ("H(2) = 6.20", stats.chi2.sf(6.2, 2), ".45"),
    ],
)
def test_degrees_of_freedom_as_a_subscript_and_the_test_of_kruskal_and_wallis(
    tmp_path, test, p, wrong
):
    sentence = "They differed ({test}, p = {p}), as was thought.\n"
    right = audit_file(tmp_path, "t.txt", sentence.format(test=test, p=f"{p:.3f}"))
    assert passed(right) == set(right.index)
    assert objected(audit_file(tmp_path, "s.txt", sentence.format(test=test, p=wrong)))


# Rates


def ratio(a, t1, b, t0):
    value, se = (a / t1) / (b / t0), math.sqrt(1 / a + 1 / b)
    low, high = (value * math.exp(sign * 1.959964 * se) for sign in (-1, 1))
    return f'"{value:.2f} ({low:.2f}–{high:.2f})"'


@pytest.mark.parametrize(
    ("time", "rate"),
    [
        ("Person-years", "Rate per 100 person-years"),
        ("PY", "Incidence rate (per 100 PY)"),
        ("Patient-years", "Events per 100 patient-years"),
    ],
)
def test_rates_of_the_rows(tmp_path, time, rate):
    text = f'Group,Events,{time},"{rate}","IRR (95% CI)"\n'
    text += f"Exposed,34,512,{3400 / 512:.2f},{ratio(34, 512, 40, 903)}\n"
    text += f"Unexposed,40,903,{4000 / 903:.2f},1.00 (ref)\n"
    audit = audit_file(tmp_path, "t.csv", text)
    assert not objected(audit)
    assert {f"table1_{row}_{kind}" for row in ("exposed", "unexposed")
            for kind in ("n", "person_time", "rate")} <= passed(audit)  # fmt: skip
    slip = audit_file(tmp_path, "s.csv", text.replace(f",{3400 / 512:.2f},", ",6.46,"))
    assert {slip.at[name, "item"] for name in objected(slip)} == {"exposed"}


def test_rates_of_two_groups_with_more_events_than_patients(tmp_path):
    text = 'Outcome,Drug (n=100),,,Placebo (n=98),,,"Rate ratio (95% CI)"\n'
    text += ',Events,PY,"Rate (per 100 PY)",Events,PY,"Rate (per 100 PY)",\n'
    for name, a, b in (("Exacerbation", 134, 201), ("Admission", 20, 33)):
        cells = f"{a},190.5,{100 * a / 190.5:.1f},{b},185.2,{100 * b / 185.2:.1f}"
        text += f"{name},{cells},{ratio(a, 190.5, b, 185.2)}\n"
    audit = audit_file(tmp_path, "t.csv", text)
    assert not objected(audit)
    assert set(audit.index[audit["statistic"] == "rate"]) <= passed(audit)
    slip = audit_file(tmp_path, "s.csv", text.replace(f"{3300 / 185.2:.1f}", "71.8"))
    assert {slip.at[name, "item"] for name in objected(slip)} == {"admission"}


def test_the_same_number_twice_in_one_table_is_of_two_columns(tmp_path):
    """Numbers that nothing tells apart contradict each other in two places, not in one."""
    rows = [
        {"location": place, "item": "x", "group": "", "statistic": "rate", "printed": printed}
        for place, printed in (("table1", "5.1"), ("table1", "6.1"), ("results", "5.1"))
    ]
    audit = audit_claims(validate_claims(pd.DataFrame(rows[:2])))
    assert not objected(audit)
    audit = audit_claims(validate_claims(pd.DataFrame(rows[1:])))
    assert objected(audit)
