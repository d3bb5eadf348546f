"""Real data made messy, from the file to the table, against R (`golden/messy.R`)."""

from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from cohortbook.cli import main

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
TRUTH = pd.read_csv(GOLDEN / "messy.csv", dtype={"level": str}, keep_default_na=False)
TRUTH = TRUTH.replace({"sd_with": {"": None}, "sd_without": {"": None}, "welch": {"": None}})


def data(name):
    return pd.read_csv(GOLDEN / f"{name}.csv")


def birthwt(folder):
    """Write titles, two rows of merged headings, totals, means and a legend."""
    book, births = openpyxl.Workbook(), data("birthwt")
    sheet = book.active
    sheet.append(["Low birth weight study"])
    sheet.append([])
    sheet.append(["No.", "Mother", *[None] * 3, "History", *[None] * 3, "Child"])
    sheet.append(
        [None, "age (years)", "lwt", "race", "smoke", "ptl", "ht", "ui", "ftv", "low", "bwt (g)"]
    )
    for area in ("B3:E3", "F3:I3", "J3:K3"):
        sheet.merge_cells(area)
    columns = ["age", "lwt", "race", "smoke", "ptl", "ht", "ui", "ftv", "low", "bwt"]
    for i, row in enumerate(births[columns].values.tolist(), 1):
        sheet.append([i, *row])
    sheet.append(["Total", None, None, None, int(births["smoke"].sum())])
    sheet.append(["Mean", float(births["age"].mean()), float(births["lwt"].mean())])
    sheet.append([])
    sheet.append(["race: 1=white, 2=black, 3=other"])
    sheet.append(["* lwt: weight in pounds at the last menstrual period"])
    book.save(folder / "births.xlsx")
    names = {c: f"mother_{c}" for c in ("lwt", "race", "smoke")} | {"age": "mother_age_years"}
    names |= {c: f"history_{c}" for c in ("ptl", "ht", "ui", "ftv")} | {"bwt": "child_bwt_g"}
    return "births.xlsx", "low", names


def melanoma(folder):
    """Write semicolons, decimal commas, Latin letters, units in some cells and a mean below."""
    states = {1: "óbito por melanoma", 2: "vivo", 3: "óbito por outra causa"}
    lines = ["Relatório;;;;;;;", "Nº;Tempo (dias);Estado;Sexo;Idade;Ano;Espessura;Úlcera"]
    patients = data("melanoma")
    for i, r in enumerate(patients.itertuples(), 1):
        depth = f"{r.thickness:.2f}".replace(".", ",") + " mm" * (i % 3 == 0)
        age = f"{r.age}" + " anos" * (i % 5 == 0)
        sex, ulcer = "FM"[r.sex], ("Não", "Sim")[r.ulcer]
        lines.append(f"{i};{r.time};{states[r.status]};{sex};{age};{r.year};{depth};{ulcer}")
    mean = f"{patients['thickness'].mean():.2f}".replace(".", ",")
    lines.append(f"Média;{patients['time'].mean():.0f};;;52,5;;{mean};")
    (folder / "dados.csv").write_text("\n".join([*lines, ""]), "cp1252")
    names = {"sex": "female", "age": "idade", "year": "ano", "thickness": "espessura"}
    return "dados.csv", "Estado=óbito por melanoma", names | {"ulcer": "ulcera"}


def pima(folder):
    """Write tabs, pairs of pressures, years behind ages, and N/A."""
    lines = ["Subject\tPregnancies\tGlucose\tBP\tSkin\tBMI\tPedigree\tAge\tDiabetes"]
    for i, r in enumerate(data("pima").itertuples(), 1):
        pressure = "N/A" if pd.isna(r.bp) else f"{int(r.systolic)}/{int(r.bp)}"
        skin, bmi = ("N/A" if pd.isna(v) else f"{v:g}" for v in (r.skin, r.bmi))
        lines.append(
            f"S{i:03}\t{r.npreg}\t{r.glu}\t{pressure}\t{skin}\t{bmi}\t{r.ped}\t{r.age}y\t{r.type}"
        )
    (folder / "pima.txt").write_text("\n".join([*lines, ""]))
    names = {"npreg": "pregnancies", "glu": "glucose", "ped": "pedigree"}
    return "pima.txt", "Diabetes", names | {"bp": "bp_diastolic", "systolic": "bp_systolic"}


def kidney(folder):
    """Write two rows of each patient, with value labels."""
    labels = {"sex": {1.0: "male", 2.0: "female"}, "status": {0.0: "censored", 1.0: "infection"}}
    pyreadstat.write_sav(data("kidney"), folder / "kidney.sav", variable_value_labels=labels)
    return "kidney.sav", "status=infection", {"sex": "female"}


@pytest.mark.parametrize(
    ("make", "edit"),
    [
        (birthwt, None),
        pytest.param(melanoma, None, marks=pytest.mark.slow),
        pytest.param(pima, None, marks=pytest.mark.slow),
        pytest.param(kidney, ("# one_row: first", "one_row: first"), marks=pytest.mark.slow),
    ],
)
def test_messy_files_give_what_r_gives(tmp_path, capsys, make, edit):
    file, outcome, names = make(tmp_path)
    folder = tmp_path / "cohort"
    status = main(["init", str(folder), "--data", str(tmp_path / file), "--outcome", outcome])
    assert status == (2 if edit else 0)
    if edit:
        text = (folder / "cohort.yml").read_text("utf-8")
        assert edit[0] in text
        (folder / "cohort.yml").write_text(text.replace(*edit), "utf-8")
    assert main(["check", str(folder)]) == 0, capsys.readouterr().out
    assert main(["tables", str(folder)]) == 0
    found = pd.read_csv(folder / "tables" / "comparison.csv", dtype={"level": str})
    found["variable"] = found["variable"].ffill()
    truth = TRUTH[TRUTH["data"] == make.__name__]
    assert len(truth) > 5
    for row in truth.itertuples():
        ours = found[found["variable"] == names.get(row.variable, row.variable)]
        assert len(ours), row.variable
        if row.level == "":
            check_number(ours.iloc[0], row)
        else:
            check_level(ours, row)


def check_number(ours, row):
    assert (ours["total_with"], ours["total_without"]) == (row.n_with, row.n_without)
    if pd.notna(ours["mean_with"]):
        assert ours["mean_with"] == pytest.approx(row[6], rel=1e-9)
        assert ours["mean_without"] == pytest.approx(row.without, rel=1e-9)
        assert ours["sd_with"] == pytest.approx(float(row.sd_with), rel=1e-9)
    if ours["test"] == "Welch t":
        assert ours["p"] == pytest.approx(float(row.welch), rel=1e-6)


def check_level(ours, row):
    """A binary variable is one row, of its Yes; another has a row a level."""
    right = (row[6], row.without)
    others = (row.n_with - right[0], row.n_without - right[1])
    counted = set(zip(ours["n_with"], ours["n_without"], strict=True))
    assert right in counted or (len(ours) == 1 and others in counted), row
