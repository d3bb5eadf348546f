"""Spreadsheets become a specification that can be loaded, with its doubts."""

import random

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from jdm_utils.cli import main
from jdm_utils.cohort import CohortError, load_cohort, read_spec
from jdm_utils.cohort.cohort import DEFAULT
from jdm_utils.cohort.draft import draft_cohort, write_draft
from jdm_utils.cohort.guess import known, recognise
from jdm_utils.cohort.spec import simplify

NAMES = ["Ana Silva", "Bruno Souza", "Carla Dias", "Davi Lima", "Eva Rocha", "Fabio Melo"]


def spreadsheet(n=40, seed=1, *, delimiter=",", comma=False, dates="%d/%m/%Y"):
    rng = random.Random(seed)

    def number(x):
        return str(x).replace(".", ",") if comma else str(x)

    rows = [
        ["Patient ID", "Name", "DOB", "Sex", "Date of onset", "Date of diagnosis", "CK (U/L)",
         "CK ULN", "CMAS", "Anti-NXP2", "Severity", "Calcinosis", "Weight", "Remarks", "E-mail"]
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


def drafted(tmp_path, name, content, outcome="Calcinosis", **options):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    draft = draft_cohort(file, outcome=outcome, **options)
    return draft, load_cohort(write_draft(tmp_path / "cohort", draft, file))


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
    assert cohort.outcome == draft.outcome == "calcinosis"
    kinds = {name: variable.kind for name, variable in cohort.spec.variables.items()}
    assert kinds == {
        "name": "text", "birth": "date", "female": "binary", "onset": "date", "diagnosis": "date",
        "ck": "number", "ck_limit": "number", "cmas": "number", "anti_nxp2": "binary",
        "severity": "ordinal", "calcinosis": "binary", "weight": "number", "remarks": "text",
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


def test_our_own_raw_export(tmp_path):
    raw = DEFAULT.parent / "raw" / "protocolos.csv"
    draft, cohort = drafted(tmp_path, raw.name, raw.read_bytes(), "Calcinose")
    ours = load_cohort()
    assert len(cohort.frame) == ours.flow["remaining"][1]
    assert cohort.spec.duplicates.latest == "form_date"
    assert (tmp_path / "cohort" / "raw" / raw.name).read_bytes() == raw.read_bytes()
    assert "# not a number: '32O.8' (row 67); taken as missing until corrected" in draft.text
    assert "# broken (row 62): - {order: [birth, onset" in draft.text
    grades = cohort.spec.variables["forca_cintura_escapular"].levels
    assert grades["4"] == ("IV", "4", "grau 4")


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
    assert "# other sheets are not read: Codes" in draft.text
    assert "# no column tells patients apart" in draft.text


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
    assert (v1.kind, v1.yes, v1.label) == ("binary", ("female",), "Sex")
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
cal,a,,yesno,Calcinosis,,,,,,,
site,a,,checkbox,Site,"1, Arms | 2, Legs",,,,,,[cal] = '1'
ldh1,a,,text,LDH,,U/L,number,0,9000,,
sev,a,,dropdown,Severity,"1, Mild | 2, Moderate | 3, Severe | 9, Unknown",,,,,,
"""


def test_a_redcap_export_with_its_dictionary(tmp_path):
    rows = [f"{i},x{i},{1 + i % 2},{i % 3 % 2},{i % 2},0,{300 + i},{(1, 2, 3, 9)[i % 4]}"
            for i in range(1, 25)]  # fmt: skip
    table = "record_id,contact,sx,cal,site___1,site___2,ldh1,sev\n" + "\n".join(rows) + "\n"
    (tmp_path / "d.csv").write_text(DICTIONARY)
    draft, cohort = drafted(tmp_path, "r.csv", table, "cal", dictionary=tmp_path / "d.csv")
    found = cohort.spec.variables
    assert cohort.spec.id.column == "record_id"
    assert found["contact"].identifier and found["contact"].kind == "text"
    assert (found["sx"].yes, found["sx"].label) == (("Female", "2"), "Sex at birth")
    assert found["site_1"].label == "Site: Arms"
    assert (found["ldh1"].unit, found["ldh1"].range) == ("U/L", ("0", "9000"))
    assert found["sev"].levels == {"Mild": ("1",), "Moderate": ("2",), "Severe": ("3",)}
    assert cohort.frame["sev"].isna().sum() == 6
    assert "# asked only if [cal] = '1': say so with only_if" in draft.text


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
    assert "Calcinosis: " in err
    assert read_spec(folder / "cohort.yml").analysis.outcome == ""
    assert "  outcome:\n" in (folder / "cohort.yml").read_text()


def test_nothing_is_overwritten(tmp_path, capsys):
    data = tmp_path / "a.csv"
    data.write_text(spreadsheet())
    command = ["init", str(tmp_path / "c"), "--data", str(data), "--outcome", "Calcinosis"]
    assert main(command) == 0
    before = {p: p.read_bytes() for p in (tmp_path / "c").rglob("*") if p.is_file()}
    assert main(command) == 2
    (tmp_path / "c" / "cohort.yml").unlink()
    data.write_text(spreadsheet(seed=2))
    assert main(command) == 2
    assert "is there already, and stays" in capsys.readouterr().err
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
    ],
)  # fmt: skip
def test_names_of_the_disease_are_recognised(heading, name):
    assert recognise(heading) == name


def test_what_is_known_is_sound():
    file = known().file
    assert not known().yes & known().no
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
