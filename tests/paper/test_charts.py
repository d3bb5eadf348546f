"""The forms give the patients back through the shipped specification."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from jdm_utils.cohort import CohortError, load_cohort
from jdm_utils.paper import charts

SHIPPED = Path("data/sallum2008").resolve()
SEED = 2008

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


def cohort_folder(folder: Path, truth: pd.DataFrame, *, corrected: bool = True) -> Path:
    """The shipped specification, with the corrections that these forms need."""
    spec = yaml.load((SHIPPED / "cohort.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    del spec["corrections"]
    if corrected:
        spec["corrections"] = charts.planted_errors(truth, SEED).to_dict("records")
    (folder / "raw").mkdir(parents=True)
    path = folder / spec["data"]["file"]
    path.write_bytes(charts.charts_csv(charts.write_charts(truth, SEED)))
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return folder / "cohort.yml"


def read(path: Path) -> pd.DataFrame:
    text = path.read_text("utf-8")
    return pd.read_csv(io.StringIO(text), sep=";", dtype=str, keep_default_na=False)


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


def test_excluded_charts_leave_at_their_step(tmp_path: Path, truth: pd.DataFrame) -> None:
    cohort = load_cohort(cohort_folder(tmp_path, truth))
    remaining = cohort.flow["remaining"].tolist()
    assert remaining[0] == 54 + 11 + 4
    assert remaining[-4:] == [65, 61, 56, 54]
    assert (cohort.frame["origin"] == "simulated").all()


def test_every_typing_error_is_caught(
    tmp_path: Path, truth: pd.DataFrame, raw: pd.DataFrame
) -> None:
    with pytest.raises(CohortError) as caught:
        load_cohort(cohort_folder(tmp_path, truth, corrected=False))
    problems = caught.value.problems
    planted = charts.planted_errors(truth, SEED)
    lines = [
        raw.index[(raw["Registro"] == slip["id"]) & (raw[slip["column"]] == slip["from"])] + 2
        for slip in planted.to_dict("records")
    ]
    assert [len(line) for line in lines] == [1] * len(charts.SLIPS)
    assert set(problems["row"]) == {int(line[0]) for line in lines}


def test_same_truth_and_seed_give_the_same_bytes(truth: pd.DataFrame, raw: pd.DataFrame) -> None:
    again = charts.charts_csv(charts.write_charts(truth.copy(), SEED))
    assert again == charts.charts_csv(raw)
    assert again != charts.charts_csv(charts.write_charts(truth, SEED + 1))
    assert b"\r" not in again


def test_a_form_is_text_and_says_that_it_is_simulated(raw: pd.DataFrame) -> None:
    assert all(isinstance(cell, str) for cell in raw.to_numpy().ravel())
    assert set(raw["Origem"]) == {"paciente simulado"}


def test_forms_filled_in_twice(raw: pd.DataFrame) -> None:
    twice = raw[raw["Registro"].duplicated(keep=False)]
    assert twice["Registro"].value_counts().tolist() == [2] * charts.EARLIER_FORMS
    planted = set(charts.planted_errors(random_truth(1), SEED)["id"])
    assert not planted & set(twice["Registro"])


def test_record_numbers_and_rows_tell_nothing(truth: pd.DataFrame, raw: pd.DataFrame) -> None:
    number = raw["Registro"].astype(int)
    assert not number.is_monotonic_increasing
    yes = raw["Calcinose"].isin(charts.WORDS["yes"])
    assert abs(number[yes].rank(pct=True).mean() - 0.5) < 0.5
    assert number.nunique() == len(truth) + 11


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


def test_shipped_corrections_undo_the_shipped_slips() -> None:
    raw = read(SHIPPED / "raw" / "protocolos.csv")
    spec = yaml.load((SHIPPED / "cohort.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    declared = pd.DataFrame(spec["corrections"])
    assert declared["column"].tolist() == [slip[0] for slip in charts.SLIPS]
    assert declared["reason"].tolist() == [slip[3] for slip in charts.SLIPS]
    for line in declared.to_dict("records"):
        cells = raw.loc[raw["Registro"] == line["id"], line["column"]].tolist()
        assert cells == [line["from"]], line
