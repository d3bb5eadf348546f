"""Spreadsheets become a specification that can be loaded, with its doubts."""

import random
import re
import shutil
from collections import Counter

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml

from cohortbook.cli import main
from cohortbook.cohort import CohortError, draft_text, load_cohort, read_spec
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.guess import Declared, guess
from cohortbook.cohort.lexicon import lexicon, recognise
from cohortbook.cohort.review import review_cohort
from cohortbook.cohort.vocabulary import simplify

NAMES = ["Ana Silva", "Bruno Souza", "Carla Dias", "Davi Lima", "Eva Rocha", "Fabio Melo"]


def spreadsheet(n=40, seed=1, *, delimiter=",", comma=False, dates="%d/%m/%Y"):
    rng = random.Random(seed)

    def number(x):
        return str(x).replace(".", ",") if comma else str(x)

    rows = [
        ["Patient ID", "Name", "DOB", "Sex", "Date of onset", "Date of diagnosis", "CK (U/L)",
         "CK ULN", "CMAS", "Anti-NXP2", "Severity", "Relapse", "Weight", "Remarks", "E-mail"]
    ]  # fmt: skip
    for i in range(n):
        birth = pd.Timestamp("1995-03-01") + pd.Timedelta(days=rng.randrange(2000))
        onset = birth + pd.Timedelta(days=rng.randrange(900, 4000))
        diagnosis = onset + pd.Timedelta(days=rng.randrange(600))
        rows.append(
            [
                f"H{10_000 + i}",
                f"{rng.choice(NAMES)} {i}".replace(" ", f" {chr(65 + i % 26)}x", 1),
                birth.strftime(dates),
                rng.choice(["F", "M", "female", "f"]),
                onset.strftime(dates),
                diagnosis.strftime(dates),
                rng.choice([number(round(rng.uniform(30, 9000), 1)), "not done"]),
                "200",
                str(rng.randrange(53)),
                rng.choice(["positive", "neg", "not tested", "Negative"]),
                rng.choice(["mild", "Moderate", "severe"]),
                rng.choice(["Yes", "no", "N"]),
                rng.choice([number(round(rng.uniform(9, 60), 1)), "999"]),
                f"seen by dr no {i}",
                f"p{i}@example.org",
            ]
        )
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


def drafted(tmp_path, name, content, outcome="Relapse", **options):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    draft = draft_cohort(file, outcome=outcome, **options)
    return draft, load_cohort(write_draft(tmp_path / "cohort", draft.text, file))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("options", "encoding"),
    [
        ({}, "utf-8"),
        ({"delimiter": ";", "comma": True}, "cp1252"),
        ({"delimiter": "\t", "dates": "%Y-%m-%d"}, "utf-16"),
        ({"delimiter": "|", "dates": "%d.%m.%Y"}, "utf-8-sig"),
        ({"dates": "%m/%d/%Y"}, "utf-8"),
    ],
)
def test_spreadsheets_load_once_drafted(tmp_path, seed, options, encoding):
    table = spreadsheet(seed=seed, **options)
    draft, cohort = drafted(tmp_path, "my data.csv", table.encode(encoding))
    assert cohort.outcome == draft.outcome == "relapse"
    kinds = {name: variable.kind for name, variable in cohort.spec.variables.items()}
    assert kinds == {
        "name": "text", "birth": "date", "female": "binary", "onset": "date", "diagnosis": "date",
        "ck": "number", "ck_limit": "number", "cmas": "number", "anti_nxp2": "binary",
        "severity": "ordinal", "relapse": "binary", "weight": "number", "remarks": "text",
        "e_mail": "text", "ck_raised": "binary", "age_at_onset": "number",
        "age_at_diagnosis": "number", "time_to_diagnosis": "number",
    }  # fmt: skip
    spec = cohort.spec
    assert spec.variables["severity"].levels.keys() == {"mild", "Moderate", "severe"}
    assert spec.variables["ck"].unit == "U/L" and spec.variables["cmas"].range == ("0", "52")
    assert spec.hidden == {"Patient ID", "Name", "DOB", "E-mail"}
    assert cohort.frame["weight"].max() < 61 and cohort.frame["ck"].isna().any()
    assert [bool(r.order) for r in spec.rules] == [True, False]
    for secret in (*NAMES, "H100", "@example", "seen by"):
        assert secret not in draft.text
    assert len(draft.warnings) == 4


def test_excel_with_serial_days_and_two_filled_sheets(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Onset date", "Outcome", "Height (cm)", None])
    for i in range(12):
        book.active.append([36000 + i, ["y", "n"][i % 2], 120.5 + i, None])
    book.create_sheet("Codes").append(["y", "yes"])
    book.save(tmp_path / "b.xlsx")
    draft, cohort = drafted(tmp_path, "b.xlsx", (tmp_path / "b.xlsx").read_bytes(), "outcome")
    assert cohort.frame["onset"].dt.year.unique().tolist() == [1998]
    assert cohort.spec.variables["height_cm"].unit == "cm"
    assert "# doubt: other sheets are not read: Codes" in draft.text
    assert "# doubt: no column tells patients apart" in draft.text


@pytest.mark.parametrize("suffix", ["dta", "sav"])
def test_value_labels_and_variable_labels(tmp_path, suffix):
    frame = pd.DataFrame({"v1": [1.0, 2.0] * 10, "v2": [0.0, 1.0, 2.0, 9.0] * 5, "v3": [1, 0] * 10})
    labels = {"v1": {1: "male", 2: "female"}, "v2": {0: "low", 1: "high", 2: "medium", 9: "NA"}}
    labels["v3"] = {0: "No", 1: "Yes"}
    write = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav}[suffix]
    path = tmp_path / f"x.{suffix}"
    write(frame, str(path), column_labels=["Sex", "Risk", "Died"], variable_value_labels=labels)
    draft, cohort = drafted(tmp_path, path.name, path.read_bytes(), "v3")
    v1, v2, v3 = cohort.spec.variables.values()
    assert (v1.kind, v1.yes, v1.label) == ("binary", ("female",), "Female sex")
    assert (v2.kind, list(v2.levels)) == ("ordinal", ["low", "medium", "high"])
    assert (v3.kind, draft.outcome) == ("binary", "v3")


DICTIONARY = """\
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",\
"Choices, Calculations, OR Slider Labels","Field Note",\
"Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",\
Identifier?,"Branching Logic (Show field only if...)"
record_id,a,,text,Record ID,,,,,,,
contact,a,,text,Telephone,,,,,,y,
sx,a,,radio,<b>Sex</b> at birth,"1, Male | 2, Female",,,,,,
cal,a,,yesno,Relapse,,,,,,,
site,a,,checkbox,Site,"1, Arms | 2, Legs",,,,,,[cal] = '1'
ldh1,a,,text,LDH,,U/L,number,0,9000,,
sev,a,,dropdown,Severity,"1, Mild | 2, Moderate | 3, Severe | 9, Unknown",,,,,,
"""


def test_a_redcap_export_with_its_dictionary(tmp_path):
    rows = [f"{i},x{i},{1 + i % 2},{i % 3 % 2},{i % 2},0,{300 + i},{(1, 2, 3, 9)[i % 4]}"
            for i in range(1, 25)]  # fmt: skip
    head = "record_id,contact,sx,cal,site___1,site___2,ldh1,sev,a_complete\n"
    table = head + "".join(f"{row},2\n" for row in rows)
    (tmp_path / "d.csv").write_text(DICTIONARY)
    draft, cohort = drafted(tmp_path, "r.csv", table, "cal", dictionary=tmp_path / "d.csv")
    found = cohort.spec.variables
    assert cohort.spec.id.column == "record_id"
    assert found["contact"].identifier and found["contact"].kind == "text"
    assert (found["sx"].yes, found["sx"].label) == (("Female", "2"), "Female sex")
    assert found["site_1"].label == "Site: Arms"
    assert (found["ldh1"].unit, found["ldh1"].range) == ("U/L", ("0", "9000"))
    assert found["sev"].levels == {"Mild": ("1",), "Moderate": ("2",), "Severe": ("3",)}
    assert cohort.frame["sev"].isna().sum() == 6
    assert "# doubt: asked only if [cal] = '1': say so with only_if" in draft.text
    assert found["a_complete"].kind == "text"


def test_the_outcome_by_its_value_and_without_it(tmp_path):
    table = "Group,x\n" + "case,1.5\nother,2.5\n" * 6
    _, cohort = drafted(tmp_path, "a.csv", table, "Group=case")
    assert cohort.frame["group"].sum() == 6
    for asked, told in [
        ("Group", 'allowed: "Group=case" or "Group=other"'),
        ("Group=cas", "not a value of Group"),
        ("x", "x is not a column of two values"),
        ("Grup", "no such column .*did you mean 'Group'"),
    ]:
        with pytest.raises(CohortError, match=told):
            draft_cohort(tmp_path / "a.csv", outcome=asked)


def test_without_an_outcome_the_draft_is_written_and_the_candidates_told(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(spreadsheet())
    folder = tmp_path / "c"
    assert main(["init", str(folder), "--data", str(tmp_path / "a.csv")]) == 2
    out, err = capsys.readouterr()
    assert "Name: looks like a name" in out and "Ana" not in out + err
    assert "Relapse: " in err
    assert read_spec(folder / "cohort.yml").analysis.outcome == ""
    assert "  outcome:\n" in (folder / "cohort.yml").read_text()


def test_nothing_is_overwritten(tmp_path, capsys):
    data = tmp_path / "a.csv"
    data.write_text(spreadsheet())
    command = ["init", str(tmp_path / "c"), "--data", str(data), "--outcome", "Relapse"]
    assert main(command) == 0
    before = {p: p.read_bytes() for p in (tmp_path / "c").rglob("*") if p.is_file()}
    assert main(command) == 2
    (tmp_path / "c" / "cohort.yml").unlink()
    data.write_text(spreadsheet(seed=2))
    assert main(command) == 2
    assert "already exists and is not changed" in capsys.readouterr().err
    (tmp_path / "c" / "cohort.yml").write_bytes(before[tmp_path / "c" / "cohort.yml"])
    assert before == {p: p.read_bytes() for p in (tmp_path / "c").rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("MMT8 (0-80)", "mmt8"), ("MMT-8", "mmt8"), ("CPK at diagnosis", "ck"),
        ("LSN CPK", "ck_limit"),
        ("ULN of LDH", "ldh_limit"), ("ck_uln", "ck_limit"), ("Anti-p155/140", "anti_tif1"),
        ("TIF1-γ", "anti_tif1"), ("anti-MJ", "anti_nxp2"), ("Physician Global", "physician_global"),
        ("C-HAQ", "chaq"), ("Sexo", "female"), ("Óbito", "deaths"), ("colour", ""),
        ("Nasc.", "birth"),
        ("CK (xLSN)", ""), ("CPK (x ULN)", ""), ("CK (times the upper limit)", ""),
        ("CK (U/L)", "ck"),
    ],
)  # fmt: skip
def test_names_of_the_disease_are_recognised(heading, name):
    assert recognise(heading) == name


def test_what_is_known_is_sound():
    file = lexicon().file
    assert not lexicon().yes & lexicon().no
    for name, model in file["variables"].items():
        assert (
            name.isidentifier()
            and model["synonyms"]
            and model["kind"] in ("binary", "number", "date")
        )
        assert ("range" in model) <= ("source" in model)
        for synonym in model["synonyms"]:
            assert recognise(synonym) == name, synonym
    for told in file["identifiers"].values():
        assert all(simplify(word) == word for word in told["always"])


DATES = "Nr,Onset date,Diagnosis date,CMAS,Died,Marks\n"


def dated(n, *, early=0, above=0, unknown=0):
    """Give rows, some diagnosed before the onset, with a score above its range, or no outcome."""
    rows = [
        f"X{i},2001-02-0{1 + i % 9},{2000 if i < early else 2003}-03-04,"
        f"{60 if i < above else 30 + i % 20},{'' if i >= n - unknown else 'yn'[i % 2]},{4 + i}.5"
        for i in range(n)
    ]
    return DATES + "\n".join(rows) + "\n"


@pytest.mark.parametrize(("early", "above"), [(2, 0), (0, 2), (1, 1)])
def test_what_a_few_rows_break_is_drafted_and_refused_until_corrected(tmp_path, early, above):
    table = dated(20, early=early, above=above)
    with pytest.raises(CohortError) as refused:
        drafted(tmp_path, "a.csv", table, "Died")
    found = refused.value.problems.groupby("column")["row"].agg(list).to_dict()
    rows = {"Diagnosis date": [2, 3][:early], "CMAS": [2, 3][:above]}
    assert found == {column: wrong for column, wrong in rows.items() if wrong}
    text = (tmp_path / "cohort" / "cohort.yml").read_text()
    assert ("correct the dates, or take the rule out" in text) == bool(early)
    assert text.count("correct them, or widen the range") == bool(above)
    review = review_cohort(tmp_path / "cohort")
    assert len(review.problems) == early + above and all(review.problems["repair"])
    told = review.warnings.set_index("column")["warning"]
    if early:
        assert told["time_to_diagnosis"].startswith("a time below zero (row")
    assert "cohort.yml" not in told


def test_what_many_rows_break_is_a_comment_that_the_check_tells(tmp_path, capsys):
    _, cohort = drafted(tmp_path, "a.csv", dated(20, early=3, above=3), "Died")
    assert not cohort.spec.rules and not cohort.spec.variables["cmas"].range
    assert main(["check", str(tmp_path / "cohort")]) == 0
    told = capsys.readouterr().out
    assert "not settled: broken (rows 2, 3, 4): - {order: [onset, diagnosis]}" in told
    assert "not settled: '60' outside 0 to 52 (rows 2, 3, 4): no range is set" in told
    assert "time_to_diagnosis: a time below zero (rows 2, 3, 4)" in told


def test_an_outcome_that_is_missing_has_a_step_of_its_own(tmp_path):
    draft, cohort = drafted(tmp_path, "a.csv", dated(30, unknown=4), "Died")
    assert cohort.flow["label"].iloc[-1] == "Outcome known"
    assert cohort.flow["excluded"].iloc[-1] == 4
    assert "# doubt: deaths, the outcome, is missing (rows 28, 29, 30, 31): " in draft.text
    assert (
        "  # candidates: [variables of a regression]  # at most 1, one for every ten" in draft.text
    )
    assert "eligibility" not in draft_cohort(tmp_path / "a.csv").text
    (tmp_path / "a.csv").write_text(dated(30))
    assert "eligibility" not in draft_cohort(tmp_path / "a.csv", outcome="Died").text


FORMS = """\
Record ID,Name,Nascimento,Form date,Outcome
x1,Ana Lima,{first},2010-01-01,y
X1,{name},{second},2011-01-01,n
2,Rui Melo,1999-04-05,2010-01-01,y
3,Eva Dias,1998-04-05,2010-01-01,n
"""


@pytest.mark.parametrize(
    ("name", "second", "two"),
    [
        ("Ana Lima", "05/04/1999", ""),
        ("ANA  LIMA", "", ""),
        ("Bia Sa", "1999-04-05", "Name (rows 2, 3)"),
        ("Ana Lima", "1999-04-06", "Nascimento (rows 2, 3)"),
    ],
)
def test_two_people_under_one_number_are_not_taken_for_forms_of_one(tmp_path, name, second, two):
    table = FORMS.format(first="1999-04-05", name=name, second=second)
    if not two:
        _, cohort = drafted(tmp_path, "a.csv", table, "Outcome")
        assert len(cohort.frame) == 3 and cohort.spec.duplicates.latest == "form_date"
        return
    with pytest.raises(CohortError, match="1 id has several rows, 2 in all"):
        drafted(tmp_path, "a.csv", table, "Outcome")
    text = (tmp_path / "cohort" / "cohort.yml").read_text()
    assert f"# doubt: one id, but not one {two}: two patients?" in text and "duplicates" not in text
    assert "Bia" not in text and "1999" not in text


@pytest.mark.parametrize(
    ("heading", "values", "kind"),
    [
        ("Chave", range(730001, 730031), "text"),
        ("Chave", [*range(730001, 730030), 730001], "number"),
        ("Chave", range(801, 831), "number"),
        ("Platelets (10^9/L)", range(9001, 9031), "number"),
        ("CPK", range(1001, 1031), "number"),
        ("RG", [5] * 30, "text"),
        ("RGHC", [5] * 30, "text"),
        ("Birth year", [1999] * 30, "text"),
    ],
)
def test_numbers_that_may_tell_who_a_patient_is_are_hidden(tmp_path, heading, values, kind):
    rows = [f"{value},{'yn'[i % 2]}" for i, value in enumerate(values)]
    (tmp_path / "a.csv").write_text(f"{heading},Outcome\n" + "\n".join(rows) + "\n")
    draft = draft_cohort(tmp_path / "a.csv", outcome="Outcome")
    assert (len(draft.warnings) == 1) == (kind == "text")
    assert ("kind: number" in draft.text) == (kind == "number")
    if heading == "Chave" and kind == "text":
        assert "id: {column: Chave, identifier: true}" in draft.text and "7300" not in draft.text


def test_a_missing_code_with_decimals_and_units_that_are_told_twice(tmp_path):
    rows = [f"{50 + i}.5,{10 + i},{'MF'[i % 2]},{'yn'[i % 2]}" for i in range(20)]
    rows += ["999.0,44,M,y", "999,43,F,n"]
    (tmp_path / "a.csv").write_text("Weight,CK (xLSN),sex,Outcome\n" + "\n".join(rows) + "\n")
    draft = draft_cohort(tmp_path / "a.csv", outcome="Outcome")
    path = write_draft(tmp_path / "c", draft.text, tmp_path / "a.csv")
    spec = load_cohort(path).spec.variables
    assert set(spec["weight"].missing) == {"999.0", "999"}
    assert (spec["ck_xlsn"].unit, spec["ck_xlsn"].label) == ("", "CK (xLSN)")
    said = Declared("CK (U/L)", unit="U/L")
    found = guess("ck_1", Counter(map(str, range(40))), said, [], "ck_1").entry
    assert (found["label"], found["unit"]) == ("CK", "U/L")


@pytest.mark.parametrize(
    ("heading", "said", "texts", "label"),
    [
        ("female", Declared("Sex", {"Yes": ("1",), "No": ("0",)}), ["1", "0"], "Female sex"),
        ("female", Declared("Sex", {"Female": ("1",), "Male": ("0",)}), ["1", "0"], "Female sex"),
        ("q1", Declared("Child", {"Female": ("1",), "Male": ("0",)}), ["1", "0"], "Child: Female"),
        (
            "q1",
            Declared("Female child", {"Female": ("1",), "Male": ("0",)}),
            ["1", "0"],
            "Female child",
        ),
        ("sex", Declared(), ["F", "M"], "Female sex"),
        ("cal", Declared("Relapse", {"Yes": ("1",), "No": ("0",)}), ["1", "0"], "Relapse"),
    ],
)
def test_a_label_of_sex_says_which_sex_is_a_yes(heading, said, texts, label):
    assert guess(heading, Counter(texts * 9), said, [], heading).entry["label"] == label


def test_warnings_are_written_with_their_article(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(spreadsheet())
    main(["init", str(tmp_path / "c"), "--data", str(tmp_path / "a.csv")])
    assert "E-mail: looks like an e-mail address; its" in capsys.readouterr().out
    assert (
        "# doubt: looks like an e-mail address: its" in (tmp_path / "c" / "cohort.yml").read_text()
    )


def test_numbers_and_dates_as_americans_write_them(tmp_path):
    days = pd.date_range("2001-01-28", periods=12, freq="40D")
    rows = [f'{1000 + i},"{day:%B %d, %Y}","{1000 * i + 234.5:,}",{"yn"[i % 2]}'
            for i, day in enumerate(days)]  # fmt: skip
    table = "\n".join(["Record,Visit,Dose,Relapse", *rows, ""])
    draft, cohort = drafted(tmp_path, "a.csv", table)
    assert cohort.frame["visit"].tolist() == days.tolist()
    assert cohort.frame["dose"].tolist() == [1000 * i + 234.5 for i in range(12)]
    assert (cohort.spec.data.thousands, cohort.spec.data.decimal) == (",", ".")
    assert "'1,234.5', '2,234.5', '3,234.5': taken to have marks of thousands" in draft.text


@pytest.mark.parametrize(
    "texts, marks",
    [
        (["1.234,5", "17,25"], (".", ",")),
        (["1 234 567", "12", "3"], (" ", ".")),
        (["1'234.5", "17.25"], ("'", ".")),
        (["1.234", "17.25"], ("", ".")),
        (["1,234", "2,345"], ("", "both")),  # a decimal comma, or thousands?
        (["1,234", "999", "12,345"], (",", ".")),
        (["1,234", "1999"], ("", "both")),
        (["1.355", "0.982"], ("", ".")),
    ],
)
def test_marks_of_thousands_and_decimals(tmp_path, texts, marks):
    rows = "".join(f"{text};{'yn'[i % 2]}\n" for i, text in enumerate(texts * 6))
    (tmp_path / "a.csv").write_text("Dose;Relapse\n" + rows)
    draft = draft_cohort(tmp_path / "a.csv", outcome="Relapse")
    (tmp_path / "raw").mkdir()
    shutil.copy(tmp_path / "a.csv", tmp_path / "raw" / "a.csv")
    (tmp_path / "cohort.yml").write_text(draft.text)
    data = read_spec(tmp_path / "cohort.yml").data
    assert (data.thousands, data.decimal) == marks


def test_sex_in_codes_is_binary_and_doubtful(tmp_path):
    def table(codes):
        return "Sex,Relapse\n" + "".join(f"{codes[i % 3 % 2]},{'yn'[i % 2]}\n" for i in range(12))

    draft, cohort = drafted(tmp_path, "a.csv", table("12"))
    assert cohort.frame["female"].sum() == 4
    assert "# doubt: 1 and 2: taken as male and female (ISO/IEC 5218); make sure" in draft.text
    (tmp_path / "b.csv").write_text(table("01"))
    text = draft_cohort(tmp_path / "b.csv", outcome="Relapse").text
    assert "# doubt: only 0 and 1: say which means Female sex" in text
    assert "kind: category, column: Sex, levels: ['0', '1']" in text


def test_skewed_numbers_are_compared_by_ranks(tmp_path):
    rows = [f"{i},{2**i},{'yn'[i % 2]}" for i in range(12)]
    _, cohort = drafted(tmp_path, "a.csv", "\n".join(["Even,Skewed,Relapse", *rows, ""]))
    assert cohort.spec.analysis.tests == {"skewed": "mann-whitney"}


def test_a_number_that_may_be_of_thousands_is_an_error_until_that_is_settled(tmp_path):
    rows = "".join(f'"{i},234",{"yn"[i % 2]}\n' for i in range(1, 13))
    with pytest.raises(CohortError, match="a decimal or a thousands mark"):
        drafted(tmp_path, "a.csv", "Dose,Relapse\n" + rows)
    text = (tmp_path / "cohort" / "cohort.yml").read_text()
    assert "missing" not in text and "say data: thousands: or data: decimal:" in text


@pytest.mark.parametrize("heading", ["Observações", "Notes", "Comments (free)", "Obs geral"])
def test_remarks_are_free_text_however_few_they_are(tmp_path, heading):
    rows = [f"{('good', 'stable', 'mother Rosa called')[i % 3]},{'yn'[i % 2]}" for i in range(24)]
    draft, cohort = drafted(tmp_path, "a.csv", "\n".join([f"{heading},Relapse", *rows, ""]))
    assert list(cohort.frame) == ["relapse"] and "Rosa" not in draft.text


def test_names_that_repeat_are_doubted_or_left_out(tmp_path):
    names = ["Rui", "Ana", "Eva"]
    rows = [f'{names[i % 3]},"Smith, {names[i % 3]}",{"yn"[i % 2]}' for i in range(24)]
    draft, cohort = drafted(
        tmp_path, "a.csv", "\n".join(["Siblings name,Family,Relapse", *rows, ""])
    )
    assert "“name” in the heading: does it tell who somebody is?" in draft.text
    assert "family" not in cohort.frame and "Smith" not in draft.text


def test_initials_are_no_missing_code(tmp_path):
    rows = [f"{('ND', 'AB', 'CD', 'EF', 'GH', 'IJ')[i % 6]} x{i},{'yn'[i % 2]}" for i in range(24)]
    rows[0] = "ND,y"
    draft, _ = drafted(tmp_path, "a.csv", "\n".join(["Who,Relapse", *rows, ""]))
    assert "missing" not in draft.text


def test_what_redcap_writes_of_missing_boxes_and_of_sliders(tmp_path):
    (tmp_path / "d.csv").write_text(
        "Variable / Field Name,Form Name,Field Type,Field Label,"
        '"Choices, Calculations, OR Slider Labels"\n'
        'skin,a,checkbox,Skin,"1, Arms | -99, Not recorded"\n'
        "pga,a,slider,Physician global,0 | 50 | 100\n"
        "calc,a,yesno,Relapse,\n"
    )
    rows = [f"{i % 2},{(i + 1) % 2},{(77, 80, 12, 34)[i % 4]},{i % 2}" for i in range(24)]
    draft, cohort = drafted(
        tmp_path, "r.csv", "\n".join(["skin___1,skin____99,pga,calc", *rows, ""]), "calc",
        dictionary=tmp_path / "d.csv",
    )  # fmt: skip
    assert "# doubt: where it is ticked, the other boxes are missing, not No" in draft.text
    assert cohort.spec.variables["physician_global"].range == ("0", "100")
    assert cohort.frame["physician_global"].max() == 80 and cohort.frame.notna().all(axis=None)


@pytest.mark.parametrize(
    ("yes", "label"),
    [("Sim", "Remission"), ("lost", "'Remission: lost'"), ("no", "'Remission: no'")],
)
def test_an_outcome_of_several_values_is_named_by_its_value_unless_that_says_yes(
    tmp_path, yes, label
):
    rows = "".join(f"{i},{['Sim', 'no', 'lost', 'no', 'Sim'][i % 5]}\n" for i in range(40))
    (tmp_path / "a.csv").write_text(f"id,Remission\n{rows}", "utf-8")
    text = draft_cohort(tmp_path / "a.csv", outcome=f"Remission={yes}").text
    assert f"remission: {{label: {label}, kind: binary" in text


@pytest.mark.parametrize(
    ("heading", "values", "kind", "levels"),
    [
        ("Sex (1=male, 2=female)", "1 2 2 1 2 1", "binary", {"yes": "female", "no": "male"}),
        ("Flare [0: no; 1: yes]", "0 1 0 1 1 0", "binary", {"yes": "yes", "no": "no"}),
        ("Smoking 0=never 1=ex 2=now", "0 1 2 2 1 0", "category", ["never", "ex", "now"]),
        ("Arm (A = placebo / B = drug)", "A B A B B A", "category", ["placebo", "drug"]),
        ("Reply (1=yes, 2=no, 9=missing)", "1 2 9 2 1 1", "binary", {"yes": "yes", "no": "no"}),
        ("Stage (1=I|2=II|3=III)", "1 2 3 3 2 1", "ordinal", ["I", "II", "III"]),
    ],
)
def test_codes_that_a_heading_explains_are_read(tmp_path, heading, values, kind, levels):
    rows = [f"{value},{i % 2}\n" for i, value in enumerate(values.split())]
    draft, cohort = drafted(tmp_path, "t.csv", f'"{heading}",Relapse\n' + "".join(rows))
    name, variable = next((n, v) for n, v in cohort.spec.variables.items() if v.column == heading)
    assert variable.kind == kind
    assert "=" not in variable.label and not re.search(r"\d", name)
    if kind == "binary":
        assert {side: getattr(variable, side)[0] for side in levels} == levels
    else:
        assert list(variable.levels) == levels
    assert "codes as the heading explains them" in draft.text


@pytest.mark.parametrize("heading", ["Visit (1=first, 2=second)", "DOB (day:month)", "CK (x=ULN)"])
def test_codes_of_a_heading_that_the_column_does_not_hold_are_not_used(tmp_path, heading):
    table = f'"{heading}",Relapse\n' + "".join(f"{17 * i},{i % 2}\n" for i in range(1, 12))
    draft, _ = drafted(tmp_path, "t.csv", table)
    assert "as the heading explains" not in draft.text


@pytest.mark.parametrize(
    "value",
    ["no", "", "1e3", "a: b", {"": 3, "no": ["~"]}, {"x" * 140: "y"}, {"a\nb": "c\td"}, "não", "'"],
)
def test_a_value_is_written_alike_with_and_without_libyaml(value, monkeypatch):
    written = draft_text.flow(value)
    monkeypatch.setattr(draft_text, "_FAST", yaml.SafeDumper)
    assert draft_text.flow(value) == written
    assert yaml.safe_load(written) == value
