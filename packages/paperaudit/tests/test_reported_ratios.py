"""Ratios and differences in sentences: what is read, what is not, and that a slip is seen."""

import pytest

from paperaudit import audit_claims, validate_claims
from paperaudit.reported_ratios import claims_of_ratios
from paperaudit.table_ledger import ledger_from_tables
from paperaudit.verdict import VERDICTS

READ = {
    "OR 2.3 (1.1–4.8), p = .03": ("odds_ratio", "2.3", "1.1", "4.8", ".03", "", ""),
    "HR = 0.71, 95% CI 0.55 to 0.92; P = .009": (
        "hazard_ratio", "0.71", "0.55", "0.92", ".009", "", "95"),
    "aOR 2.3 (95% CI: 1.1, 4.8)": ("odds_ratio", "2.3", "1.1", "4.8", "", "adjusted", "95"),
    "RR 1,45 (IC 95% 1,10–1,92)": ("risk_ratio", "1.45", "1.10", "1.92", "", "", "95"),
    "razão de chances 1,45 (IC95% 1,10 a 1,92; p = 0,009)": (
        "odds_ratio", "1.45", "1.10", "1.92", "0.009", "", "95"),
    "adjusted odds ratio, 2.3 [90% CI, 1.2-4.3]; P = .03": (
        "odds_ratio", "2.3", "1.2", "4.3", ".03", "adjusted", "90"),
    "hazard ratio (HR) for death 0.71; 95% confidence interval, 0.55 to 0.92; P<0.01": (
        "hazard_ratio", "0.71", "0.55", "0.92", "<0.01", "", "95"),
    "mean difference, −3.4 mm Hg (95% CI, −5.1 to −1.7 mm Hg; P < .001)": (
        "mean_difference", "-3.4", "-5.1", "-1.7", "< .001", "", "95"),
    "risk difference 5.1% (95% CI 1.2% to 9.0%)": (
        "risk_difference", "5.1", "1.2", "9.0", "", "", "95"),
    "IRR 1.30 (95% CI 1.05–1.61)": ("rate_ratio", "1.30", "1.05", "1.61", "", "", "95"),
    "OR 2.3 (1.1–4.8), P = .03 for interaction": ("odds_ratio", "2.3", "1.1", "4.8", "", "", ""),
    "OR\n2.3 (1.1–4.8)": None,
    "HR 72 (60–80), p = .03": None,  # a heart rate
    "RR was 18 (16–22) breaths": None,
    "he had it or 3 (1–4)": None,
    "OR aOR\nSmoker 2.3 (1.1–4.8) 2.0 (1.0–4.0)": None,  # a table
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_ratios_of_sentences(text):
    claims = claims_of_ratios(f"In all, {text}. It rose.")
    if READ[text] is None:
        assert claims.empty
        return
    kind, *numbers, model, level = READ[text]
    expected = dict(zip((kind, "ci_low", "ci_high", "p"), numbers, strict=True))
    printed = dict(zip(claims["statistic"], claims["printed"], strict=True))
    assert printed == {name: value for name, value in expected.items() if value}
    assert set(claims["model"]) == {model} and set(claims["conf_level"]) == {level}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("OR 2.3 (1.1–4.8), p = .03", set()),
        ("OR 2.3 (1.1–4.8), p = .30", {"p"}),
        ("HR 0.71, IC 95% 0,55 a 0,92; p = 0,009", set()),
        ("HR 0,71 (IC 95% 0,55 a 0,92; p = 0,009)", set()),
        ("HR 0,91 (IC 95% 0,55 a 0,92; p = 0,009)", {"hazard_ratio", "ci_low", "ci_high"}),
        ("adjusted odds ratio, 2.3 [90% CI, 1.25-4.23]; P = .025", set()),
        (
            "adjusted odds ratio, 2.3 [95% CI, 1.25-4.23]; P = .025",
            {"odds_ratio", "ci_low", "ci_high", "p"},
        ),
        ("MD −3.4 kg (95% CI, −5.1 to −1.7; P < .001)", set()),
        ("MD −3.4 kg (95% CI, −5.1 to 1.7; P < .001)", {"mean_difference", "ci_low", "ci_high"}),
    ],
)
def test_ratios_of_sentences_are_audited_without_a_table(tmp_path, text, wrong):
    path = tmp_path / "abstract.txt"
    path.write_text(f"Results. They were older ({text}). Deaths were rare.", encoding="utf-8")
    claims = ledger_from_tables([path]).ledger
    audit = audit_claims(validate_claims(claims, groups=claims["group"]))
    objected = audit[[VERDICTS[verdict].objection for verdict in audit["verdict"]]]
    assert set(objected["statistic"]) == wrong
    assert len(audit) >= 3 and not (audit["verdict"] == "not_checkable").all()
