"""A variable that no table can use: it is named with the reason, and all others stay."""

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort import load_cohort
from cohortbook.report.cohort_book import absent_chapters, book_files, cohort_figures, cohort_tables
from cohortbook.report.further_outcomes import fit_linear, fit_ordered
from cohortbook.report.models import fit_candidates, fit_hazards
from cohortbook.report.words import text_file
from smallstats import fit_cox, fit_logistic

GOOD = ["age", "smoke", "weight"]
N = 80
LEVELS = {"kind": "category", "levels": ["x", "y", "z"]}


def late(frame):
    """Two levels, of which one is only where the age is missing."""
    return np.where(frame["age"].isna(), "y", "x")


#: What a variable may be, its kind, and a word of the reason where it is in no model of all.
BAD = {
    "constant": (lambda f: [5.0] * N, "number", "the same in all"),
    "nobody has it": (lambda f: ["no"] * N, "binary", "the same in all"),
    "missing": (lambda f: [None] * N, "number", "missing for everybody"),
    "no level": (lambda f: [None] * N, "category", "missing for everybody"),
    "one level": (lambda f: ["x"] * N, "category", "the same in all"),
    "one level where all is known": (late, "category", "the same in all"),
    "twin": (lambda f: 2 * f["weight"], "number", "collinear with “Weight”"),
    "known where age is not": (
        lambda f: f["weight"].where(f["age"].isna()), "number",
        "no patient has a value of it and of all the others"),
}  # fmt: skip


@pytest.fixture
def make(tmp_path):
    def write(values, kind, **analysis):
        rng = np.random.default_rng(3)
        frame = pd.DataFrame({name: rng.choice(["yes", "no"], N) for name in ["ill", "dead"]})
        frame["time"] = rng.uniform(1, 9, N).round(2)
        frame["age"] = rng.normal(40, 9, N).round(1)
        frame.loc[[3, 9, 20, 31], "age"] = None
        frame["smoke"] = rng.choice(["yes", "no"], N)
        frame["weight"] = rng.normal(70, 9, N).round(1)
        frame["later"] = frame["weight"] + rng.normal(0, 1, N).round(1)
        frame["grade"] = rng.choice(["I", "II", "III"], N)
        frame["arm"] = rng.choice(["A", "B", "C"], N)
        frame["bad"] = values(frame)
        frame.to_csv(tmp_path / "d.csv", index=False)
        numbers = ("time", "age", "weight", "later")
        spec = {
            "data": {"file": "d.csv"},
            "variables": {
                **{name: {"kind": "binary"} for name in ("ill", "dead", "smoke")},
                **{name: {"label": name.capitalize(), "kind": "number"} for name in numbers},
                "grade": {"kind": "ordinal", "levels": ["I", "II", "III"]},
                "arm": {"kind": "category", "levels": ["A", "B", "C"]},
                "bad": {"label": "Bad one"} | (LEVELS if kind == "category" else {"kind": kind}),
            },
            "analysis": {
                "outcome": "ill", "candidates": [*GOOD, "bad"], "compare": [*GOOD, "arm", "bad"],
                "describe": [*GOOD, "bad"], "groups": "arm", "linear": ["later"],
                "ordered": ["grade"], "time": "time", "event": "dead", "imputations": "3",
            } | analysis,
        }  # fmt: skip
        (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
        return load_cohort(tmp_path)

    return write


@pytest.mark.parametrize("bad", BAD)
def test_every_table_keeps_the_others_and_names_the_one(make, bad):
    values, kind, why = BAD[bad]
    cohort = make(values, kind)
    tables = cohort_tables(cohort)
    models = ["regression", "hazards", "linear_later", "ordered_grade", "imputed",
              "imputed_hazards"]  # fmt: skip
    for name in ["table_one", "comparison", "description", *models]:
        first = tables[name].frame.iloc[:, 0].tolist()
        assert {"Age", "Smoke", "Weight"} <= set(first), name
    for name in ["table_one", "comparison"]:
        assert any(text.startswith("Bad one") for text in tables[name].frame.iloc[:, 0])
    imputable = bad in ("one level where all is known", "known where age is not")
    for name in models[: 4 if imputable else 6]:
        notes = "\n".join(tables[name].notes)
        assert "Bad one" in notes, name
        assert why in notes or name in ("regression", "hazards"), name
        together = tables[name].frame.iloc[:, -2 - (name == "hazards")]
        assert together.str.contains(" to ").sum() >= 3, name
    assert cohort_figures(cohort).keys() == {"curves.svg"}
    assert text_file(cohort)


@pytest.mark.parametrize("bad", BAD)
def test_the_model_of_all_is_that_without_it(make, bad):
    values, kind, why = BAD[bad]
    cohort = make(values, kind)
    fits = {
        fit_candidates: fit_logistic(cohort.frame, "ill", GOOD, method="firth"),
        fit_hazards: fit_cox(cohort.frame, "time", "dead", GOOD),
    }
    for fit, wanted in fits.items():
        models = fit(cohort)
        expected = wanted.table.drop(index="Intercept", errors="ignore")["p"]
        assert models.together["p"].to_dict() == pytest.approx(expected.to_dict())
        assert models.joint == GOOD
        assert models.why == ""
        assert ("bad" in models.apart) == ("bad" in models.fitted)
        assert why in models.apart.get("bad", why)


@pytest.mark.parametrize("bad", ["nobody has it", "no level", "one level"])
def test_groups_that_part_no_patients(make, bad):
    values, kind, _ = BAD[bad]
    cohort = make(values, kind, curves="bad", groups="bad", compare=GOOD)
    tables = cohort_tables(cohort)
    assert {"regression", "comparison", "events", "times", "hazards"} <= tables.keys()
    assert tables["table_one"].frame.empty
    assert tables["table_one"].notes == (
        "There are no groups to compare: Bad one has one level, or none.",
    )
    together = "All patients are together: Bad one is not known for anybody."
    assert (together in tables["events"].notes) == (bad == "no level")
    assert tables["events"].data["n"].iloc[0] == N
    assert cohort_figures(cohort)
    assert text_file(cohort)


def test_times_that_nobody_has_take_only_their_own_tables(make):
    cohort = make(*BAD["missing"][:2], time="bad", candidates=GOOD)
    tables = cohort_tables(cohort)
    assert {"regression", "comparison", "table_one"} <= tables.keys()
    assert "events" not in tables
    assert absent_chapters(cohort, book_files(cohort)) == [
        "no chapter on times: no patient has both a time and an event that are known"
    ]
    assert text_file(cohort)


def test_an_outcome_that_nobody_has_is_named_in_its_table(make):
    cohort = make(*BAD["missing"][:2], linear=["bad"], candidates=GOOD)
    tables = cohort_tables(cohort)
    assert tables["linear_bad"].notes == ("it is missing for everybody.",)
    assert {"regression", "hazards", "ordered_grade", "imputed"} <= tables.keys()


def test_an_infinite_value_in_a_frame_is_named(make):
    cohort = make(*BAD["twin"][:2], describe=GOOD, compare=GOOD)
    cohort.frame.iloc[0, cohort.frame.columns.get_loc("bad")] = np.inf
    for models in (fit_candidates(cohort), fit_hazards(cohort)):
        assert models.joint == GOOD
        assert "infinite values" in models.candidates["why"].iloc[3]
    for table in (fit_linear(cohort, "later"), fit_ordered(cohort, "grade")):
        assert table["term"].tolist() == GOOD
        assert table["without"].str.contains("Bad one .*infinite values").all()


def test_an_interaction_that_is_collinear_goes_alone(make):
    # whoever has it smokes: the product is the variable itself
    cohort = make(
        lambda f: np.where((f["smoke"] == "yes") & (f["weight"] > 70), "yes", "no"), "binary",
        interactions=[["smoke", "bad"]],
    )  # fmt: skip
    models = fit_candidates(cohort)
    assert models.joint == [*GOOD, "bad"]
    assert models.without == "Smoke × Bad one (collinear with “Bad one”)"
    assert list(models.together.index) == [*GOOD, "bad"]
    assert "×" not in "".join(models.levels["label"])


def test_an_ordered_outcome_names_the_candidate_without_a_finite_estimate(make):
    cohort = make(lambda f: np.where(f["grade"].eq("III") & (f["age"] > 40), "yes", "no"), "binary")
    table = fit_ordered(cohort, "grade")
    assert table["term"].tolist() == GOOD
    assert table["without"].iloc[0] == "Bad one (its estimate is not finite)"
    assert (table["ci_high"] / table["ci_low"]).max() < 100


def test_a_linear_outcome_names_the_candidate_that_one_patient_determines(make):
    cohort = make(lambda f: ["yes", *["no"] * (N - 1)], "binary")
    table = fit_linear(cohort, "later")
    assert table["term"].tolist() == GOOD
    assert table["without"].iloc[0] == "Bad one (one patient alone determines its effect)"
    assert table[["ci_low", "ci_high", "p"]].notna().all(axis=None)
