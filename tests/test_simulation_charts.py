"""The forms give the patients back through the shipped specification."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort import CohortError, load_cohort
from simulation import charts
from simulation.reconstruct import SEED, build_truth

SHIPPED = Path("data/sallum2008").resolve()

FLAGS = [
    *("calcinosis", "female", "died", "ck", "ast", "alt", "ldh", "pulmonary", "cardiac", "gi"),
    *("antimalarial", *charts.DRUGS),
    *(item for listed in charts.LISTS.values() for item in listed),
]
OF_CALCINOSIS = FLAGS[FLAGS.index("upper_limbs") :]
CAUSES, SUBTYPES = ("sepsis", "perforation"), ("circumscripta", "universalis", "extensive")


def random_truth(seed: int, n: int = 54) -> pd.DataFrame:
    """Patients with nothing in common with the paper but their columns."""
    rng = np.random.default_rng(seed)
    truth = pd.DataFrame({flag: rng.random(n) < 0.4 for flag in FLAGS})
    truth["weakest_grade"] = rng.integers(1, 5, n)
    days = {  # each from the one before
        "birth": rng.integers(0, 1500, n),
        "onset": rng.integers(400, 2600, n),
        "diagnosis": rng.integers(0, 700, n),
        "treatment": rng.integers(0, 90, n),
        "last_visit": rng.integers(184, 1500, n),
    }
    since = np.cumsum(list(days.values()), axis=0)
    for column, day in zip(days, since, strict=True):
        truth[column] = pd.Timestamp("1985-12-01") + pd.to_timedelta(day, unit="D")
    share = rng.choice([0, 0.1, 0.5, 0.9], n)
    deposit = truth["onset"] + ((truth["last_visit"] - truth["onset"]) * share).dt.floor("D")
    on_day = np.arange(n) % 9 == 0  # calcinosis found on the day of diagnosis
    truth["calcinosis_date"] = deposit.mask(on_day, truth["diagnosis"]).where(truth["calcinosis"])
    truth[OF_CALCINOSIS] = truth[OF_CALCINOSIS].mul(truth["calcinosis"], axis=0)
    truth["upper_limbs"] |= truth["calcinosis"] & ~truth.loc[:, "lower_limbs":"urethral"].any(
        axis=1
    )
    truth["subtype"] = pd.Series(rng.choice(SUBTYPES, n)).where(truth["calcinosis"])
    truth["cause_of_death"] = pd.Series(rng.choice(CAUSES, n)).where(truth["died"])
    return truth


def items(truth: pd.DataFrame) -> pd.DataFrame:
    """Every item of analysis.csv straight from the truth."""
    true = truth[FLAGS].rename(columns={"died": "deaths"}).astype("boolean")

    def years(start: str, end: str) -> pd.Series:
        return (truth[end] - truth[start]).dt.days / 365.25

    true["age_at_onset"] = years("birth", "onset")
    true["age_at_diagnosis"] = years("birth", "diagnosis")
    true["time_to_diagnosis"] = years("onset", "diagnosis")
    true["time_to_treatment"] = years("onset", "treatment")
    true["follow_up"] = years("diagnosis", "last_visit")
    true["onset_over_6_5"] = true["age_at_onset"] > 6.5
    true["diagnosis_over_1_year"] = true["time_to_diagnosis"] > 1
    true["strength_1_3"] = truth["weakest_grade"] <= 3
    true["strength_4"] = truth["weakest_grade"] == 4
    true["prednisone"] = True
    true["immunosuppressor"] = truth[["methotrexate", "cyclosporine", "cyclophosphamide"]].any(
        axis=1
    )
    true["immunosuppressor_or_ivig"] = true["immunosuppressor"] | truth["ivig"]
    for cause in CAUSES:
        true[f"death_{cause}"] = truth["died"] & (truth["cause_of_death"] == cause)
    for subtype in SUBTYPES:
        true[subtype] = truth["subtype"] == subtype
    true["specific_treatment"] = truth[["diltiazem", "edta", "alendronate"]].any(axis=1)
    true["calcinosis_first_sign"] = truth["calcinosis_date"] == truth["onset"]
    true["calcinosis_before_diagnosis"] = truth["calcinosis_date"] < truth["diagnosis"]
    true["calcinosis_after_diagnosis"] = ~true["calcinosis_before_diagnosis"]
    early = true["calcinosis_before_diagnosis"]
    months = (truth["diagnosis"] - truth["calcinosis_date"]).dt.days / 30.4375
    true["months_calcinosis_to_diagnosis"] = months.where(early)
    true = true.astype({c: "boolean" for c in true.select_dtypes(bool)})
    timing = ("first_sign", "before_diagnosis", "after_diagnosis")
    not_applicable = [*OF_CALCINOSIS, *SUBTYPES, "specific_treatment"]
    not_applicable += [f"calcinosis_{when}" for when in timing]
    true.loc[~truth["calcinosis"], not_applicable] = pd.NA
    true["anti_jo1"] = pd.Series(False, truth.index, dtype="boolean").where(truth["pulmonary"])
    return true


def shipped_spec() -> dict[str, Any]:
    """What cohort.yml says, every value a text."""
    text = (SHIPPED / "cohort.yml").read_text("utf-8")
    return dict(yaml.load(text, Loader=yaml.BaseLoader))


def cohort_folder(folder: Path, truth: pd.DataFrame, **changes: Any) -> Path:
    """Write forms beside the shipped specification, with the corrections that they need."""
    spec = shipped_spec()
    spec["corrections"] = charts.planted_errors(truth, SEED).to_dict("records")
    spec |= changes
    (folder / "raw").mkdir(parents=True)
    path = folder / spec["data"]["file"]
    path.write_bytes(charts.charts_csv(charts.write_charts(truth, SEED)))
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return folder / "cohort.yml"


def days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column.str.replace(r"[-.]", "/", regex=True), format="%d/%m/%Y")


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return random_truth(1)


@pytest.fixture(scope="module")
def raw(truth: pd.DataFrame) -> pd.DataFrame:
    return charts.write_charts(truth, SEED)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_item_of_every_patient_comes_back(tmp_path: Path, seed: int) -> None:
    truth = random_truth(seed)
    cohort = load_cohort(cohort_folder(tmp_path, truth))
    true = items(truth)
    exported = [name for name, variable in cohort.spec.variables.items() if variable.exported]
    assert set(exported) == {"origin", *true.columns}
    order = ["follow_up", "age_at_onset", "time_to_diagnosis", "time_to_treatment"]
    found = cohort.frame[true.columns].sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(found, true.sort_values(order, ignore_index=True), rtol=1e-12)


def test_each_excluded_chart_fails_one_step_only(tmp_path: Path, truth: pd.DataFrame) -> None:
    cohort = load_cohort(cohort_folder(tmp_path / "forward", truth))
    assert cohort.flow["remaining"].tolist() == [69, 65, 61, 56, 54]
    assert (cohort.frame["origin"] == "simulated").all()
    steps = shipped_spec()["eligibility"][::-1]
    backward = load_cohort(cohort_folder(tmp_path / "backward", truth, eligibility=steps))
    assert backward.flow["remaining"].tolist() == [69, 65, 63, 58, 54]


def test_every_typing_error_is_caught(
    tmp_path: Path, truth: pd.DataFrame, raw: pd.DataFrame
) -> None:
    with pytest.raises(CohortError) as caught:
        load_cohort(cohort_folder(tmp_path, truth, corrections=[]))
    problems = caught.value.problems
    planted = charts.planted_errors(truth, SEED)
    lines = [
        raw.index[(raw["Registro"] == slip["id"]) & (raw[slip["column"]] == slip["from"])] + 2
        for slip in planted.to_dict("records")
    ]
    assert [len(line) for line in lines] == [1] * len(charts.SLIPS)
    assert set(problems["row"]) == {int(line[0]) for line in lines}


def test_one_key_is_mistyped() -> None:
    forms = [{"Registro": "7", "DHL": "540"}, {"Registro": "8", "DHL": "400"}]
    other, form = forms
    slip = charts._mistype(forms, "DHL", "00?", "O", "letter O")
    assert (slip["id"], slip["from"], slip["to"]) == ("7", "54O", "540")
    slip = charts._mistype(forms, "DHL", "0", "O", "letter O")
    assert (slip["id"], slip["from"], slip["to"]) == ("8", "4O0", "400") and not forms
    assert (other["DHL"], form["DHL"]) == ("54O", "4O0")


def test_same_truth_and_seed_give_the_same_bytes(truth: pd.DataFrame, raw: pd.DataFrame) -> None:
    again = charts.charts_csv(charts.write_charts(truth.copy(), SEED))
    assert again == charts.charts_csv(raw)
    assert again != charts.charts_csv(charts.write_charts(truth, SEED + 1))
    assert b"\r" not in again


def test_a_form_is_text_and_says_that_it_is_simulated(raw: pd.DataFrame) -> None:
    assert all(isinstance(cell, str) for cell in raw.to_numpy().ravel())
    assert set(raw["Origem"]) == {"paciente simulado"}


def test_an_earlier_form_knows_less(truth: pd.DataFrame, raw: pd.DataFrame) -> None:
    forms = raw.assign(written=days(raw["Data do preenchimento"])).sort_values("written")
    twice = forms[forms["Registro"].duplicated(keep=False)].groupby("Registro")
    assert len(twice) == charts.EARLIER_FORMS
    first, last = twice.first(), twice.last()
    assert (days(first["Última consulta"]) < days(last["Última consulta"])).all()
    assert (days(first["Última consulta"]) < first["written"]).all()
    assert first["Óbito"].isin(charts.WORDS["no"]).all()
    assert first["Ecocardiograma"].isin(charts.WORDS["not done"]).all()
    assert not set(charts.planted_errors(truth, SEED)["id"]) & set(first.index)
    known = first["Data da calcinose"].str.contains("1|2")
    assert (days(first["Data da calcinose"][known]) <= days(first["Última consulta"][known])).all()


def test_forms_are_in_no_order(truth: pd.DataFrame, raw: pd.DataFrame) -> None:
    number = raw["Registro"].astype(int)
    assert number.nunique() == len(truth) + len(charts.EXCLUDED) + charts.SHORT_FOLLOW_UP
    assert abs(number.corr(pd.Series(raw.index))) < 0.4
    assert abs(number.corr(days(raw["Última consulta"]).astype("int64"))) < 0.4


def test_all_spellings_are_in_use(truth: pd.DataFrame) -> None:
    cells = pd.concat([charts.write_charts(random_truth(s), s) for s in range(6)]).to_numpy()
    text = " | ".join(cells.ravel())
    unused = {word for words in charts.WORDS.values() for word in words if word not in text}
    assert not unused


def test_values_at_the_limit_are_written(raw: pd.DataFrame) -> None:
    value = raw["TGP"].str.replace(",", ".")
    at_limit = value.str.replace(".0", "", regex=False) == raw["LSN TGP"]
    assert at_limit.any()


def test_no_form_lends_itself_to_a_slip(truth: pd.DataFrame) -> None:
    late = truth.copy()
    for column in late.select_dtypes("datetime"):
        late[column] += pd.DateOffset(years=40)
    with pytest.raises(ValueError, match="Início do tratamento"):
        charts.write_charts(late, SEED)


def test_shipped_forms_are_those_of_the_simulated_patients() -> None:
    truth = build_truth().frame
    shipped = (SHIPPED / "raw" / "protocolos.csv").read_bytes()
    assert shipped == charts.charts_csv(charts.write_charts(truth, SEED))
    declared = pd.DataFrame(shipped_spec()["corrections"])
    planted = charts.planted_errors(truth, SEED)
    pd.testing.assert_frame_equal(declared, planted, check_dtype=False)
