"""Tables as a reviewer pastes them from a browser (tabs) or a PDF (spaces), with what is right.

The numbers are those of the published tables of `data/typed_*.csv`, and of a cohort's own tables.
"""

import pytest

from paperaudit import validate_claims
from paperaudit.audit import audit_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

SURVIVORS_FROM_A_BROWSER = """\
Characteristic\tTotal patients (N = 83)\tSurvivors (N = 34)\tNon-survivors (N = 49)\tP-value
Age, years, mean (SD)\t64 (11.0)\t61 (10.6)\t66 (10.9)\t0.039
Sex, No. (%)
Female\t25 (30.1)\t9 (26.5)\t16 (32.7)\t0.546
Male\t58 (69.9)\t25 (73.5)\t33 (67.3)\t
Chronic medical illness, No. (%)
Hypertension\t42 (50.6)\t12 (35.3)\t30 (61.2)\t0.020
Diabetes\t30 (36.1)\t10 (29.4)\t20 (40.8)\t0.288
"""

SURVIVORS_FROM_A_PDF = """\
Table 1. Characteristics before intubation

Characteristic                    Total patients    Survivors       Non-survivors    P-value
                                  (N = 83)          (N = 34)        (N = 49)
Age, years, mean (SD)             64 (11.0)         61 (10.6)       66 (10.9)        0.039
Chronic medical illness, No. (%)
  Hypertension                    42 (50.6)         12 (35.3)       30 (61.2)        0.020
  Chronic pulmonary               7 (8.4)           1 (2.9)         6 (12.2)         0.231
  disease
  Diabetes                        30 (36.1)         10 (29.4)       20 (40.8)        0.288
P/F at pre-intubation,
No. (%)
  P/F >150                        10 (12.0)         7 (20.6)        3 (6.1)          0.515
  100 to 150                      55 (66.3)         26 (76.5)       29 (59.2)        0.156
  P/F <100                        18 (21.7)         1 (2.9)         17 (34.7)        <0.001
"""

CASE_CONTROL_FROM_A_PDF = """\
Variable                      CVT patients      Controls           OR (95% CI)           P
                              (n=56)            (n=184)
Age (mean±SD)                 34.98±11.02       35.05±11.33                              NS
FII G201210A                  16/55 (29.1%)     10/183 (5.5%)      7.09 (2.99–16.82)     <0.0001
Oral contraceptive            22/41 (53.7%)     21/132 (15.9%)     6.12 (2.83–13.23)     <0.0001
users
Arterial hypertension         9/56 (16.1%)      27/182 (14.8%)     1.09 (0.40–2.50)      NS
"""

ROWS_FROM_A_BROWSER = """\
Variable\tTotal (n = 290)\tTB (n = 96)\tControls (n = 194)\tOR (95% CI)\tp
Sex, n (%)\t\t\t\t\t
Male\t141\t57 (40.4)\t84 (59.6)\t1.9 (1.2–3.2)\t0.010
Female\t149\t39 (26.2)\t110 (73.8)\t1\t
Residence, n (%)\t\t\t\t\t
Rural\t110\t34 (30.9)\t76 (69.1)\t1\t
Urban\t180\t62 (34.4)\t118 (65.6)\t1.2 (0.7–2.0)\t0.535
"""

RATIOS_ONE_SPACE_APART = """\
Table 7. Predictors of implant failure
Variable OR (95% CI) P value
Age 0.64 (0.05–7.63) 0.73
Former smoker 1.03 (0.31–3.40) 0.96
Current smoker 7.51 (1.63–34.71) <0.01
Diabetes 1.08 (0.28–4.12) 0.90
Caries 3.33 (1.23–9.00) <0.05
"""

OWN_COMPARISON_FROM_A_BROWSER = """\
Characteristic\tAll (n = 30)\tRevision (n = 14)\tNo revision (n = 16)\tEffect (95% CI)\tp\tMissing
Female sex\t17/30 (57%)\t9/14 (64%)\t8/16 (50%)\t1.80 (0.42 to 7.70)ᵃ\t0.439ᶜ\t0 and 0
Age at operation (years)\t66.90 ± 8.89\t69.86 ± 9.15\t64.31 ± 8.06\t5.54 (−0.97 to 12.06)ᵇ\t0.092ᵈ\t0 and 0
Smoker\t6/28 (21%)\t4/14 (29%)\t2/14 (14%)\t2.40 (0.40 to 13.97)ᵃ\t0.366ᶜ\t0 and 2
Fixation\t\t\t\t\t0.529ᵉ\t0 and 0
cemented\t12/30 (40%)\t4/14 (29%)\t8/16 (50%)\t\t\t
uncemented\t10/30 (33%)\t6/14 (43%)\t4/16 (25%)\t\t\t
hybrid\t8/30 (27%)\t4/14 (29%)\t4/16 (25%)\t\t\t
Effect: ᵃ odds ratio, 95% score (Miettinen-Nurminen) interval; ᵇ mean difference, 95% Welch t interval. p: ᶜ N-1 chi-square; ᵈ Welch t; ᵉ Fisher-Freeman-Halton exact.
"""  # noqa: E501

OWN_REGRESSION_FROM_A_BROWSER = """\
Characteristic\tPatients\tEvents\tUnivariable\tMultivariable
Odds ratio (95% CI)\tp\tOdds ratio (95% CI)\tp
Diabetes\t\t\t\t0.312\t\t0.621
no\t22\t9\t1 (reference)\t\t1 (reference)\t
yes\t8\t5\t2.23 (0.47 to 11.83)\t\t1.52 (0.28 to 8.57)\t
Body mass index (kg/m²)\t25\t11\t1.06 (0.87 to 1.32)\t0.567\t1.04 (0.85 to 1.31)\t0.676
Multivariable: Firth's penalised likelihood, 95% penalised profile likelihood interval, penalised likelihood ratio test. Univariable: Firth's penalised likelihood, 95% penalised profile likelihood interval, penalised likelihood ratio test.
"""  # noqa: E501

OWN_FOLLOW_UP_FROM_A_PDF = """\
Follow-up (years)   At risk   Events   Censored   Cumulative incidence (95% CI)
1                   26        4        0          13.3% (5.2% to 31.7%)
2                   20        7        3          23.8% (12.1% to 43.5%)
3                   14        9        8          32.5% (18.2% to 53.6%)
4                   10        12       8          48.1% (30.0% to 69.9%)
At risk: followed to this time or longer. Events and censored: until this time, which is included.
"""

#: Text, its objections (as printed), and some of what is right: item, group, statistic, printed.
PASTED = {
    "survivors, browser": (SURVIVORS_FROM_A_BROWSER, [], [
        ("age", "survivors", "sd", "10.6"), ("age", "", "p", "0.039"),
        ("male", "non_survivors", "percent", "67.3"), ("diabetes", "", "p", "0.288"),
        ("patients", "all", "n", "83"),
    ]),
    "survivors, PDF": (SURVIVORS_FROM_A_PDF, ["0.515"], [
        ("patients", "survivors", "n", "34"), ("chronic_pulmonary_disease", "", "p", "0.231"),
        ("chronic_pulmonary_disease", "survivors", "percent", "2.9"),
        ("diabetes", "non_survivors", "n", "20"), ("p_f_lt_100", "survivors", "percent", "2.9"),
    ]),
    "case control, PDF": (CASE_CONTROL_FROM_A_PDF, ["0.40"], [
        ("patients", "controls", "n", "184"), ("age", "cvt_patients", "sd", "11.02"),
        ("oral_contraceptive_users", "", "ci_high", "13.23"),
        ("oral_contraceptive_users", "controls", "percent", "15.9"),
        ("arterial_hypertension", "", "p", "NS"),
    ]),
    "rows, browser": (ROWS_FROM_A_BROWSER, [], [
        ("male", "tb", "percent", "40.4"), ("male", "", "odds_ratio", "1.9"),
        ("urban", "", "p", "0.535"), ("rural", "all", "n", "110"),
    ]),
    "ratios, one space": (RATIOS_ONE_SPACE_APART, [], [
        ("current_smoker", "", "odds_ratio", "7.51"), ("caries", "", "ci_high", "9.00"),
        ("age", "", "p", "0.73"), ("diabetes", "", "ci_low", "0.28"),
    ]),
    "own comparison, browser": (OWN_COMPARISON_FROM_A_BROWSER, [], [
        ("female_sex", "", "odds_ratio", "1.80"),
        ("age_at_operation", "", "mean_difference", "5.54"),
        ("smoker", "no_revision", "missing", "2"), ("fixation", "", "p", "0.529"),
        ("hybrid", "no_revision", "n", "4"),
    ]),
    "own regression, browser": (OWN_REGRESSION_FROM_A_BROWSER, [], [
        ("diabetes_yes", "", "odds_ratio", "2.23"), ("diabetes_yes", "", "p", "0.621"),
        ("body_mass_index", "", "ci_high", "1.31"), ("diabetes_yes", "", "n", "5"),
    ]),
    "own follow-up, PDF": (OWN_FOLLOW_UP_FROM_A_PDF, [], [
        ("follow_up_3", "all", "at_risk", "14"), ("follow_up_4", "all", "ci_high", "69.9"),
        ("follow_up_2", "all", "censored", "3"), ("follow_up_1", "all", "incidence", "13.3"),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_table_is_read_and_audited(name, tmp_path):
    text, wrong, right = PASTED[name]
    (tmp_path / "pasted.txt").write_text(text)
    found = ledger_from_tables([tmp_path / "pasted.txt"])
    rows = found.ledger[["item", "group", "statistic", "printed"]]
    missing = set(right) - set(rows.itertuples(index=False, name=None))
    assert not missing, rows.to_string()
    assert found.doubts.empty, found.doubts.to_string()
    audit = audit_claims(validate_claims(found.ledger))
    meaning = {verdict: words.meaning for verdict, words in VERDICTS.items()}
    objections = audit[audit["verdict"].map(meaning) == "does not follow"]
    assert sorted(objections["printed"]) == wrong, objections[["printed", "computed"]].to_string()
