"""Headings as papers of other fields and languages print them: clean, then with one slip.

The p values and ratios are scipy's: chi2_contingency without correction, ttest_ind_from_stats.
"""

import pytest

from paperaudit import audit_claims, validate_claims
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

GERMAN = """Merkmal;Gesamt (n = 150);Verum (n = 74);Placebo (n = 76);p-Wert
Weiblich, n (%);77 (51,3);40 (54,1);37 (48,7);0,51
Raucher, n (%);35 (23,3);15 (20,3);20 (26,3);0,38
Alter, Jahre, Mittelwert ± SD;58,1 ± 9,9;57,2 ± 10,1;59,0 ± 9,6;0,26
Liegedauer, Tage, Median (Spannweite);6 (2 bis 31);6 (2 bis 20);7 (3 bis 31);0,04
"""
FRENCH = """Caractéristique;Tous (n = 200);Traités (n = 98);Témoins (n = 102);Valeur p
Femmes, n (%);107 (53,5);50 (51,0);57 (55,9);0,491
Tabac, n (%);68 (34,0);28 (28,6);40 (39,2);0,112
Âge, années, moyenne ± ET;64,9 ± 10,2;64,0 ± 10,4;65,8 ± 10,0;0,214
Durée de séjour, jours, médiane [écart interquartile];6 [4 à 9];6 [4 à 8];7 [5 à 10];0,041
"""
PORTUGUESE = """Variável;Grupo A (n = 45);Grupo B (n = 47);p
Sexo masculino, n (%);20 (44,4);29 (61,7);0,10
Idade, anos, mediana (IIQ);52 (44–61);49 (41–60);0,31
Internação, dias, mediana (mín–máx);7 (2–31);9 (3–45);0,12
* Teste exato de Fisher; Mann-Whitney.
"""
REGRESSION = """Predictor,B,SE,β,t,P
Age,0.42,0.15,0.24,2.80,0.006
Female sex,−1.90,1.10,−0.15,−1.73,0.087
"""
LOGISTIC = """Predictor,B,SE,Wald,P
Age,0.42,0.15,7.84,0.005
Female sex,−1.90,1.10,2.98,0.084
"""
STUDIES = """Study,Treatment events/total,Control events/total,RR (95% CI),Weight (%)
Alpha 2001,12/80,20/82,0.61 (0.32–1.17),18.2
Beta 2005,30/210,41/205,0.71 (0.46–1.10),41.5
Gamma 2012,22/150,25/148,0.87 (0.51–1.47),40.3
Total,64/440,86/435,0.77 (0.57–1.04),100
"""
MATCHED = """Variable,Before matching,,,After matching,,
,Treated (n=210),Untreated (n=520),SMD,Treated (n=190),Untreated (n=190),SMD
Male,130 (61.9),270 (51.9),0.20,116 (61.1),113 (59.5),0.03
Diabetes,80 (38.1),140 (26.9),0.24,70 (36.8),72 (37.9),0.02
"""
MIXED = """Variable,Urban (n=70),Rural (n=75),χ²,P
"Uses service, n (%)",,,7.91,0.019
  Never,30 (42.9),18 (24.0),,
  Sometimes,25 (35.7),27 (36.0),,
  Often,15 (21.4),30 (40.0),,
"""
MEDIANS = """Endpoint,Drug (n=151),Control (n=149),HR (95% CI),P (log-rank)
"Median PFS, months (95% CI)",7.4 (6.1–9.0),5.3 (4.4–6.2),0.68 (0.53–0.87),0.002
"""
YES_NO = """| **Item** | **Overall**, N = 180¹ | **No**, N = 112¹ | **Yes**, N = 68¹ | **p**² |
|---|---|---|---|---|
| Female | 101 (56%) | 60 (54%) | 41 (60%) | 0.378 |
| Smoker | 45 (25%) | 22 (20%) | 23 (34%) | 0.033 |
"""
DOSES = """Marker,Control (n=25),Low (n=25),Medium (n=24),High (n=26),F,P
"IL-6, pg/mL, mean ± SD",12.1 ± 3.2,13.4 ± 3.0,15.2 ± 3.6,12.8 ± 3.1,4.20,0.008
"""
YEARS = """Year,Cases,Population,Incidence per 100 000
2015,34,512300,6.6
2016,41,518900,7.9
"""
QUARTILES = """Quartile,n,HR (95% CI)
Q1,4100,1.00 (reference)
Q2,4050,1.42 (0.80–2.52)
P for trend,,<0.001
"""
SLIPS = [  # table, printed, slip, what is objected to besides
    (GERMAN, "15 (20,3)", "15 (23,0)", {"percent"}),
    (GERMAN, "58,1 ±", "68,1 ±", {"mean"}),
    (GERMAN, "7 (3 bis", "7 (9 bis", {"median", "min"}),
    (FRENCH, "40 (39,2)", "42 (39,2)", {"n", "p"}),
    (FRENCH, "6 [4 à 8]", "6 [8 à 8]", {"median", "q1"}),
    (PORTUGUESE, "9 (3–45)", "9 (13–45)", {"median", "min"}),
    (REGRESSION, "2.80", "3.80", {"t", "coefficient", "se"}),
    (LOGISTIC, "7.84", "1.84", {"chi2", "coefficient", "se"}),
    (STUDIES, "30/210", "36/210", {"n"}),
    (MATCHED, "0.24", "0.42", {"smd"}),
    (MIXED, "7.91", "9.71", {"chi2", "p"}),
    (YES_NO, "22 (20%)", "32 (20%)", {"n", "p"}),
    (DOSES, "15.2 ±", "12.5 ±", {"p"}),
    (YEARS, "7.9", "9.7", {"rate", "n", "person_time"}),
    (QUARTILES, "(0.80–2.52)", "(0.80–3.52)", {"hazard_ratio", "ci_low", "ci_high"}),
    (MEDIANS, "(6.1–9.0)", "(8.1–9.0)", {"median", "ci_low"}),
]


def audit(folder, text):
    path = folder / ("table.md" if text.startswith("|") else "table.csv")
    path.write_text(text, encoding="utf-8")
    read = ledger_from_tables([path])
    assert read.doubts.empty, read.doubts.to_string()
    return audit_claims(validate_claims(read.ledger, groups=read.ledger["group"]))


def objections(frame):
    return set(frame.loc[[VERDICTS[v].objection for v in frame["verdict"]], "statistic"])


@pytest.mark.parametrize(("text", "printed", "slip", "wrong"), SLIPS)
def test_a_clean_table_is_not_accused_and_a_slip_in_it_is_seen(
    tmp_path, text, printed, slip, wrong
):
    assert not objections(audit(tmp_path, text))
    assert text.count(printed) == 1
    assert objections(audit(tmp_path, text.replace(printed, slip))) == wrong


def test_what_is_not_read_is_in_no_doubt(tmp_path):
    """A standardised coefficient and a weight follow from nothing printed."""
    assert "0.24" not in set(audit(tmp_path, REGRESSION)["printed"])
    assert "41.5" not in set(audit(tmp_path, STUDIES)["printed"])
    text = "Variable,r,P value\nAge,−0.31,0.002\nCRP,0.45,<0.001\n"
    assert set(audit(tmp_path, text)["statistic"]) == {"correlation", "p"}


def test_a_pooled_estimate_is_not_held_against_the_sums_of_its_studies(tmp_path):
    """0.74 (0.55 to 0.98) are those of 64 of 440 and 86 of 435."""
    text = STUDIES.replace("0.77 (0.57–1.04)", "0.74 (0.55–1.00)")
    assert not objections(audit(tmp_path, text))
    unweighted = "\n".join(line.rpartition(",")[0] for line in text.splitlines())
    assert objections(audit(tmp_path, unweighted)) == {"ci_high"}


def test_a_row_of_p_values_is_no_ratio(tmp_path):
    rows = audit(tmp_path, QUARTILES)
    assert rows.loc[rows["printed"] == "<0.001", "statistic"].tolist() == ["p"]
