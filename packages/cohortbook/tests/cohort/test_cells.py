"""What stands in cells besides a number or a level: units, limits, pairs, words for missing."""

from collections import Counter

import pandas as pd
import pyreadstat
import pytest

from cohortbook.cohort import CohortError, load_cohort
from cohortbook.cohort.codebook import read_values
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.levels import naturally
from cohortbook.cohort.missing_words import missing_words
from cohortbook.cohort.numerals import take_apart
from cohortbook.cohort.source import open_source


def drafted(tmp_path, cells, heading="Lab", outcome="Died", mark=",", **options):
    """Draft a table of one column beside an id and an outcome."""
    rows = [mark.join((f"P{i}", text, "yn"[i % 2])) for i, text in enumerate(cells)]
    file = tmp_path / "a.csv"
    file.write_text("\n".join([mark.join(("ID", heading, "Died")), *rows, ""]), "utf-8")
    draft = draft_cohort(file, outcome=outcome, **options)
    return draft, load_cohort(write_draft(tmp_path / "cohort", draft.text, file))


@pytest.mark.parametrize(
    ("texts", "mean", "unit"),
    [
        (["1.2 mg/dL", "0.9", "1.5 mg/dl"], 1.2, "mg/dL"),
        (["48y", "50 years", "52"], 50, "years"),
        (["34%", "36 %", "38"], 36, "%"),
        (["2 y", "18 months", "1"], 1.5, "years"),
        (["70kg", "80 kg", "90"], 80, "kg"),
        (["250 x10^9/L", "260 x10^9/L", "270"], 260, "x10^9/L"),
        (["37.5 °C", "38.0 °C", "38.5"], 38, "°C"),
        (["5.0 H", "2.0", "1.5", "3.5", "3.0"], 3, ""),
        (["120 mmHg", "121 mmHg", "122 mmHg"], 121, "mmHg"),
    ],
)
def test_a_number_is_read_without_its_unit(tmp_path, texts, mean, unit):
    draft, cohort = drafted(tmp_path, texts * 12)
    assert cohort.frame["lab"].count() == 12 * len(texts)
    assert cohort.frame["lab"].mean() == pytest.approx(mean)
    assert cohort.spec.variables["lab"].unit == unit and "# doubt: " in draft.text


def test_decimal_commas_behind_which_a_unit_stands(tmp_path):
    _, cohort = drafted(tmp_path, [f"{i},5 mg/L" for i in range(1, 31)], mark=";")
    assert cohort.spec.data.decimal == "," and cohort.frame["lab"].mean() == 16


def test_another_unit_is_missing_until_it_is_converted(tmp_path):
    draft, cohort = drafted(
        tmp_path, ["1.0 mg/dL", "1.2 mg/dL", "1.4 mg/dL", "106 µmol/L"] + ["1"] * 9
    )
    assert cohort.frame["lab"].isna().sum() == 1
    assert "not a number: '106 µmol/L' (row 5); taken as missing until corrected" in draft.text


@pytest.mark.parametrize(
    ("limits", "values"),
    [("missing", [None, None, 3]), ("limit", [0.2, 9, 3]), ("half", [0.1, 9, 3])],
)
def test_limits(desk, limits, values):
    variables = {"x": {"kind": "number", "limits": limits}}
    assert desk.column("x\n<0.2\n≥9\n3\n", variables, "x") == values
    changes = desk.load("x\n<0.2\n≥9\n3\n", variables).changes
    assert changes[["from", "rule"]].to_numpy().tolist() == [["<0.2", "limit"], ["≥9", "limit"]]


def test_a_limit_and_a_unit_that_are_not_declared_are_no_numbers(desk):
    told = desk.problems("x\n<0.2\n3 kg\n3\n", {"x": {"kind": "number"}})
    assert [(row, value, problem) for row, _, value, problem, _ in told] == [
        (2, "<0.2", "not a number"),
        (3, "3 kg", "not a number"),
    ]
    table = "x\n<0.2 kg\n3 kg\n2 t\n4 lb\n"
    variables = {"x": {"kind": "number", "limits": "half", "suffixes": {"kg": "1", "t": "1000"}}}
    ((row, _, value, *_),) = desk.problems(table, variables)
    assert (row, value) == (5, "4 lb")
    assert desk.column(table.replace("4 lb\n", ""), variables, "x") == [0.1, 3, 2000]


def test_a_pair_is_two_numbers(tmp_path):
    cells = [f"{110 + i}/{60 + i % 20}" for i in range(30)]
    cells[4] = ""
    draft, cohort = drafted(tmp_path, cells, "Blood pressure")
    frame = cohort.frame
    assert frame["blood_pressure_systolic"].tolist()[:2] == [110, 111]
    assert frame["blood_pressure_diastolic"].tolist()[:2] == [60, 61]
    assert frame.isna().sum().tolist() == [1, 1, 0]
    assert draft.text.count("pairs such as 121/71, split in two") == 2


@pytest.mark.parametrize("texts", [["1/2", "2/2"], ["01/2010", "02/2011", "03/2012"], ["HBV/HCV"]])
def test_what_looks_like_a_pair_and_is_none(tmp_path, texts):
    _, cohort = drafted(tmp_path, (texts * 30)[:30], "Score")
    assert "score_first_number" not in cohort.spec.variables


@pytest.mark.parametrize("text", ["5-10", "mild", "1/2", "2A-3", "<", "10 to 20", "1.2.3 mg", "+"])
def test_no_measure(text):
    measure = take_apart(text)
    assert measure is None or not measure.number.replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("levels", "right"),
    [
        (["65+", "18-29", "30-64"], ["18-29", "30-64", "65+"]),
        (["over 20k", "under 10k", "10k to 20k"], ["under 10k", "10k to 20k", "over 20k"]),
        ([">=50", "<50", "50-60"], ["<50", "50-60", ">=50"]),
        (["3+", "neg", "1+", "2+"], ["neg", "1+", "2+", "3+"]),
        (["C10", "C2", "C1"], ["C1", "C2", "C10"]),
        (["0-5yrs", "12+ yrs", "6-11yrs"], ["0-5yrs", "6-11yrs", "12+ yrs"]),
        (["north", "ward 1"], []),
    ],
)
def test_natural_order(levels, right):
    assert naturally(levels) == right


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["Lev", "Obs", "Lev+5FU"], "category"),
        (["White", "Black/African American", "Asian"], "category"),
        (["MTX", "MTX + CYC", "CYC", "IVIG", "MTX/IVIG"], "list"),
        (["rash; fever", "rash", "fever", "fever; pain", "pain"], "list"),
        (["ER+/PR-", "ER-/PR-", "ER+/PR+"], "category"),
        (["0-10", "11-50", "51+"], "ordinal"),
    ],
)
def test_a_sign_inside_levels(tmp_path, texts, kind):
    _, cohort = drafted(tmp_path, texts * 9)
    assert cohort.spec.variables["lab"].kind == kind


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (["IV", "I", "III", "II"], ["I", "II", "III", "IV"]),  # as the file writes them
        (["grade 3", "grade 1", "grade 2"], ["grade 1", "grade 2", "grade 3"]),
        (["4", "I", "III", "II", "IV"], ["1", "2", "3", "4"]),  # written in two ways
    ],
)
def test_grades_keep_their_names(tmp_path, texts, levels):
    _, cohort = drafted(tmp_path, texts * 9, heading="Strength grade")
    variable = cohort.spec.variables["strength_grade"]
    assert (variable.kind, [*variable.levels]) == ("ordinal", levels)
    assert cohort.frame["strength_grade"].notna().all()


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ({"R": 26, "NR": 14}, []),
        ({"CR": 9, "PR": 9, "SD": 9, "NE": 1, "NR": 9}, []),
        ({"Na": 5, "K": 5}, []),
        ({"A": 5, "B": 5, "AB": 2, "O": 9, "NA": 3}, []),
        ({"yes": 5, "no": 5, "NA": 3}, ["NA"]),
        ({"Y": 5, "N": 5, "ND": 3}, ["ND"]),
        ({"M": 5, "F": 5, "NK": 3}, ["NK"]),
        ({"I": 5, "II": 5, "III": 5, "NA": 3}, ["NA"]),
        ({"mild": 5, "severe": 5, "unknown": 3}, ["unknown"]),
        ({"White": 5, "Black": 5, "Refused": 1, "Don't know": 1, "Prefer not to say": 1},
         ["Refused", "Don't know", "Prefer not to say"]),
        ({"accepted": 5, "declined": 5}, []),
        ({"pos": 5, "neg": 5, "-": 1, "?": 1}, ["-", "?"]),
        ({"+": 5, "-": 5}, []),
        ({"31": 9, "32": 9, "ND": 1, "NR": 1}, ["ND", "NR"]),
        ({"mild": 9, "severe": 9, "#REF!": 1}, ["#REF!"]),
    ],
)  # fmt: skip
def test_words_for_missing(counts, missing):
    notes = []
    assert list(missing_words(Counter(counts), {}, (), (), notes)) == missing
    numbers = any(text.isdigit() for text in counts)
    words = [
        text for text in counts if any(f"'{text}' (" in note.replace('"', "'") for note in notes)
    ]
    assert numbers or set(missing) <= set(words)  # each with its count, unless a number is awaited


def test_a_word_that_the_outcome_names_is_no_missing_code(tmp_path):
    cells = (["done", "unknown"] * 15)[:30]
    _, cohort = drafted(tmp_path, cells, "Result", outcome="Result=unknown")
    assert int(cohort.frame["result"].sum()) == 15 and cohort.frame["result"].notna().all()


def test_what_r_writes_for_missing_is_missing_everywhere(tmp_path):
    rows = [
        f"P{i},{('EU', 'AS', 'NA')[i % 3]},{'NA' if i % 7 == 0 else i},{'yn'[i % 2]}"
        for i in range(30)
    ]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["ID,Region,x,Died", *rows, ""]))
    draft = draft_cohort(file, outcome="Died")
    assert "'NA' (10 rows) taken as missing" in draft.text
    assert "taken as missing among numbers and dates: 'NA' (5 cells)" in draft.text


@pytest.mark.parametrize(
    ("outcome", "yes", "no"),
    [("Lab=2", 10, 20), ("Lab==2", 10, 20), ("lab = 1 ", 10, 20)],
)
def test_one_of_several_values_is_the_outcome(tmp_path, outcome, yes, no):
    cells = ["0", "1", "2"] * 10
    draft, cohort = drafted(tmp_path, cells, outcome=outcome)
    assert cohort.frame[cohort.outcome].value_counts().to_dict() == {True: yes, False: no}
    assert "taken as No: who is not" in draft.text
    with pytest.raises(CohortError, match='"Lab=0" or "Lab=1" or "Lab=2"'):
        draft_cohort(tmp_path / "a.csv", outcome="Lab")


@pytest.mark.parametrize("heading", ["Platelets", "Viral load (copies/mL)", "CD4 count"])
def test_large_counts_are_numbers(tmp_path, heading):
    cells = [str(v) for v in (12345678, 234567890, 1200, 40, 23456789)] * 6
    _, cohort = drafted(tmp_path, cells, heading)
    (name,) = [n for n in cohort.frame if n != "deaths"]
    assert cohort.frame[name].count() == 30


@pytest.mark.parametrize(
    ("labels", "kind", "n"),
    [
        ({0.0: "No pain", 10.0: "Worst pain"}, "number", 44),
        ({1.0: "Never", 5.0: "Always"}, "number", 44),
        ({0.0: "None", 5.0: "Some", 10.0: "Much"}, "number", 44),
    ],
)
@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_scales_with_labels_on_some_values(tmp_path, suffix, labels, kind, n):
    frame = pd.DataFrame({"pain": [float(i % 11) for i in range(44)], "died": [0.0, 1.0] * 22})
    if suffix == "dta":
        labels = {int(code): label for code, label in labels.items()}
    write = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[suffix]
    file = tmp_path / f"a.{suffix}"
    write(frame, str(file), variable_value_labels={"pain": labels})
    draft = draft_cohort(file, outcome="died")
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, file))
    assert cohort.spec.variables["pain"].kind == kind and cohort.frame["pain"].count() == n
    assert cohort.frame["pain"].mean() == 5


def test_missing_values_that_spss_declares_are_missing_and_counted(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0, 9.0, 3.0] * 9, "died": [0.0, 1.0] * 18})
    file = tmp_path / "a.sav"
    labels = {"a": {9.0: "refused"}}
    pyreadstat.write_sav(frame, file, missing_ranges={"a": [9]}, variable_value_labels=labels)
    source = open_source(file, None, "")
    assert source.table["a"].eq("").sum() == 9
    assert "a: missing values of the file: 9 “refused” 9" in source.doubts


def test_sas_transport_files_are_read(tmp_path):
    frame = pd.DataFrame({"id": [float(i) for i in range(1, 31)], "died": [0.0, 1.0] * 15})
    file = tmp_path / "a.xpt"
    pyreadstat.write_xport(frame, file, column_labels={"died": "Died in hospital"})
    draft = draft_cohort(file, outcome="died")
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, file))
    assert len(cohort.frame) == 30 and cohort.labels[cohort.outcome] == "Died in hospital"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1 = Male\n2 = Female", {"Male": ("1",), "Female": ("2",)}),
        ("0=no; 1=yes", {"no": ("0",), "yes": ("1",)}),
        ("M: male | F: female", {"male": ("M",), "female": ("F",)}),
        ("-9=missing, 1=low, 2=high", {"missing": ("-9",), "low": ("1",), "high": ("2",)}),
        ("0-100", {}),
        ("any number", {}),
    ],
)
def test_values_of_a_codebook(text, right):
    assert read_values(text) == right


CODEBOOKS = {
    "one row a variable": "variable,label,unit,values,missing\nlab,Severity,,0=mild; 1=severe,9\n",
    "one row a level": "Variable,Label,Code,Value label\nlab,Severity,0,mild\n,,1,severe\n"
    ",,9,missing\n",
    "the label in a row of its own": "Variable,Code,Description\nlab,,Severity\nlab,0,mild\n"
    "lab,1,severe\nlab,9,missing\n",
    "no label": "Column,Code,Meaning\nseverity,0,mild\nseverity,1,severe\nseverity,9,missing\n",
    "no label, in Portuguese": "Variável;Código;Significado\nseverity;0;mild\n;1;severe\n"
    ";9;missing\n",
}


@pytest.mark.parametrize("kind", CODEBOOKS)
def test_a_codebook_says_what_codes_mean(tmp_path, kind):
    book = tmp_path / "codes.csv"
    book.write_text(CODEBOOKS[kind])
    name = "severity" if "no label" in kind else "lab"
    _, cohort = drafted(tmp_path, ["0", "1", "9"] * 10, name, dictionary=book)
    lab = cohort.spec.variables[name]
    assert lab.label == "Severity" and set(lab.levels) == {"mild", "severe"}
    assert cohort.frame[name].value_counts().to_dict() == {"mild": 10, "severe": 10}


def test_what_is_known_in_years_says_nothing_of_months(tmp_path):
    """Its range and rule would not hold, and 99 would be taken as missing beyond it."""
    months = [str(i) for i in range(40, 100)]
    draft, cohort = drafted(tmp_path, months, "Age at onset (months)")
    assert cohort.frame["age_at_onset_months"].tolist() == list(map(float, months))
    assert draft.doubts == 0 and "below" not in draft.text


def test_labels_that_are_bands_are_ordered(tmp_path):
    book = tmp_path / "codes.csv"
    book.write_text(
        "Variable,Label,Values\nage,Age,2=20-34; 3=>34; 1=<20\nsite,Site,1=2 N; 2=1 S; 3=3 E\n"
    )
    draft, cohort = drafted(tmp_path, ["1", "2", "3"] * 9, "age", dictionary=book)
    age = cohort.spec.variables["age"]
    assert age.kind == "ordinal" and list(age.levels) == ["<20", "20-34", ">34"]
    assert "ordered?" in draft.text
    (tmp_path / "site").mkdir()
    _, cohort = drafted(tmp_path / "site", ["1", "2", "3"] * 9, "site", dictionary=book)
    assert cohort.spec.variables["site"].kind == "category"


def test_a_raised_digit_is_a_letter_of_a_name(tmp_path):
    _, cohort = drafted(tmp_path, ["17.5", "18.2", "20.1"] * 9, "BMI (kg/m²)")
    assert cohort.spec.variables["bmi_kg_m2"].unit == "kg/m²"
