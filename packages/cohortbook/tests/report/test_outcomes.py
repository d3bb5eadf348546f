"""Further outcomes, models with references and steps, clusters, predictions; against R."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook import example_cohort
from cohortbook.cohort import CohortError, load_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.comparison import compare_groups, describe_all
from cohortbook.report.further_outcomes import fit_linear, fit_ordered, outcome_tables
from cohortbook.report.model_table import forest_rows, show_models
from cohortbook.report.models import fit_candidates, fit_hazards
from cohortbook.report.prediction import (
    calibration_groups,
    predict_candidates,
    prediction_figure,
    summarise_predictions,
)
from cohortbook.report.risks import risk_table
from cohortbook.report.robust import clustered_odds_ratios
from cohortbook.report.words import LOGISTIC, methods_text, results_text
from smallstats import fit_logistic
from smallstats.table_html import LEVEL

GOLDEN = Path(__file__).parent / "golden"
TERMS = {
    "age10": "age", "double": "lwt", "racewhite": "race[white]", "raceblack": "race[black]",
    "smoke": "smoke", "smoke1": "smoke",
}  # fmt: skip


def births(tmp_path, **analysis):
    shutil.copy(GOLDEN / "births.csv", tmp_path / "births.csv")
    spec = {
        "data": {"file": "births.csv"},
        "id": {"column": "id"},
        "variables": {
            "site": {"kind": "number", "export": False},
            "low": {"label": "Low weight", "kind": "binary"},
            "age": {"label": "Age", "unit": "years", "kind": "number", "per": "10"},
            "lwt": {"label": "Mother's weight", "unit": "lb", "kind": "number", "per": "doubling"},
            "race": {"label": "Race", "kind": "category", "levels": ["white", "black", "other"],
                     "reference": "other"},
            "smoke": {"label": "Smoker", "kind": "binary"},
            "bwt": {"label": "Weight", "unit": "g", "kind": "number", "decimals": "0"},
            "grade": {"kind": "ordinal", "levels": ["low", "middle", "high"]},
        },
        "analysis": {"outcome": "low", "candidates": ["age", "lwt", "race", "smoke"]} | analysis,
    }  # fmt: skip
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(tmp_path)


def wanted(model):
    table = pd.read_csv(GOLDEN / "outcomes.csv")
    table = table[(table["model"] == model) & (table["term"] != "(Intercept)")]
    return table.assign(term=table["term"].map(TERMS)).set_index("term")


def agree(found, model, *, rel=1e-5):
    r = wanted(model)
    assert sorted(found["term"]) == sorted(r.index)
    for row in found.to_dict("records"):
        ours = [row.get("estimate", row.get("odds_ratio")), row["ci_low"], row["ci_high"], row["p"]]
        theirs = r.loc[row["term"], ["estimate", "low", "high", "p"]].tolist()
        assert ours == pytest.approx(theirs, rel=rel), row["term"]


def test_linear_outcomes_agree_with_r(tmp_path):
    agree(fit_linear(births(tmp_path), "bwt"), "linear")


def test_ordered_outcomes_agree_with_r(tmp_path):
    agree(fit_ordered(births(tmp_path), "grade"), "ordered", rel=1e-4)


def test_clusters_of_an_ordered_outcome_agree_with_r(tmp_path):
    """The covariance of R's sandwich::vcovCL, which the table and the Methods name."""
    cohort = births(tmp_path, ordered=["grade"], cluster="site")
    cohort.spec.variables["site"] = replace(cohort.spec.variables["site"], label="Hospital")
    agree(fit_ordered(cohort, "grade"), "ordered clustered", rel=1e-4)
    words = "standard errors robust to the 23 clusters of Hospital"
    assert words in outcome_tables(cohort)["ordered_grade"].notes[0]
    assert words in methods_text(cohort).paragraphs[0].partition("“Grade” is analysed")[2]


@pytest.mark.parametrize(("fit", "name"), [(fit_linear, "bwt"), (fit_ordered, "grade")])
def test_clusters_that_are_few_or_told_apart_are_named(tmp_path, fit, name):
    cohort = births(tmp_path, cluster="site", candidates=["race"])
    cohort.frame["site"] = cohort.frame["site"].where(cohort.frame["site"] > 0) % 6
    table = fit(cohort, name)
    assert table["warnings"].iloc[0].startswith("6 clusters are few")
    assert table["n"].iloc[0] == cohort.frame["site"].notna().sum()
    cohort.frame["site"] %= 3
    levels = cohort.frame["race"].cat.categories
    codes = cohort.frame["site"].fillna(0).astype(int)
    cohort.frame["race"] = pd.Categorical.from_codes(codes, levels)
    table = fit(cohort, name)
    if fit is fit_linear:  # two thresholds beside it keep an ordered one from being nil
        assert "Race (it tells clusters apart" in table["why"].iloc[0]
    cohort.frame["site"] = 1
    assert fit(cohort, name)["why"].tolist() == ["“Site” has one cluster"]


def test_clusters_agree_with_r(tmp_path):
    models = fit_candidates(births(tmp_path, cluster="site"))
    together = models.rows[models.rows["model"] == "Multivariable"]
    agree(together, "clustered")
    assert "robust to the 23 clusters" in together["method"].iloc[0]


def test_their_tables(tmp_path):
    cohort = births(tmp_path, linear=["bwt"], ordered=["grade"], pairs=[["age", "lwt"]])
    tables = cohort_tables(cohort)
    assert {"linear_bwt", "ordered_grade", "pairs"} <= tables.keys()
    linear = tables["linear_bwt"]
    assert "robust standard errors (HC3); 189 patients, 0 left out" in linear.notes[0]
    assert linear.frame["Characteristic"].tolist()[0] == "Age, per 10 years"
    assert tables["pairs"].frame["Test"].tolist() == ["paired t"]
    assert outcome_tables(births(tmp_path)) == {}


def test_what_cannot_be_fitted_says_why(tmp_path):
    cohort = births(tmp_path, linear=["bwt"])
    cohort.frame["smoke"] = True
    table = outcome_tables(cohort)["linear_bwt"]
    assert table.notes[1] == "Left out: Smoker (the same in all patients who are complete)."
    for name in ("age", "lwt", "race"):
        cohort.frame[name] = cohort.frame[name].mask(cohort.frame["low"].notna())
    table = outcome_tables(cohort)["linear_bwt"]
    assert "no candidate can be fitted: " in table.notes[0]


def test_a_regression_has_its_references_patients_and_events(tmp_path):
    cohort = births(tmp_path)
    shown = show_models(fit_candidates(cohort)).frame
    assert shown["Characteristic"].tolist() == [
        "Age, per 10 years", "Mother's weight, per doubling",
        "Race", f"{LEVEL}other", f"{LEVEL}white", f"{LEVEL}black",
        "Smoker", f"{LEVEL}no", f"{LEVEL}yes",
    ]  # fmt: skip
    other = shown.iloc[3]
    race = cohort.frame["race"] == "other"
    assert (other["Patients"], other["Events"]) == (
        str(race.sum()), str((race & cohort.frame["low"]).sum()),
    )  # fmt: skip
    assert other.iloc[3:].tolist() == ["1 (reference)", "", "1 (reference)", ""]
    assert shown["Patients"].iloc[3:6].astype(int).sum() == 189
    turned = fit_logistic(
        cohort.frame.assign(race=cohort.frame["race"].cat.reorder_categories(
            ["other", "white", "black"])), "low", ["race"], method="firth",
    ).table  # fmt: skip
    assert f"{turned.loc['race[white]', 'odds_ratio']:.2f}" in shown.iloc[4, 3]


@pytest.mark.parametrize("method", ["firth", "ml", "exact"])
def test_the_method_is_the_users(tmp_path, method):
    candidates = ["race", "smoke"]
    models = fit_candidates(births(tmp_path, method=method, candidates=candidates))
    named = {"firth": "Firth", "ml": "maximum likelihood", "exact": "exact conditional"}[method]
    assert models.rows["method"].str.contains(named).all()


def test_curves_and_interactions_by_name(tmp_path):
    cohort = births(
        tmp_path, splines={"lwt": "4"}, interactions=[["smoke", "race"]], method="ml",
        candidates=["lwt", "race", "smoke"],
    )  # fmt: skip
    models = fit_candidates(cohort)
    table = show_models(models)
    labels = table.frame["Characteristic"].tolist()
    assert labels[0] == "Mother's weight, 140 against 110 lb"
    assert "Smoker × Race: white" in labels and "Smoker × Race: black" in labels
    assert models.tests["label"].tolist() == ["Mother's weight: curvature",
                                              "Smoker × Race"]  # fmt: skip
    assert models.tests["df"].tolist() == [2, 2]
    frame = models.prepared.frame
    full = [*models.prepared.of(["lwt", "race", "smoke"])]
    less = [name for name in full if " × " not in name]
    lost = 2 * (
        fit_logistic(frame, "low", full).log_likelihood
        - fit_logistic(frame, "low", less).log_likelihood
    )
    from scipy.stats import chi2

    assert models.tests["p"].iloc[1] == pytest.approx(chi2.sf(lost, 2))
    drawn = forest_rows(models)["label"].tolist()
    assert "lwt'" not in drawn and "Mother's weight, 140 against 110 lb" in drawn
    # alone, a candidate has no interaction
    alone = models.rows[models.rows["model"] == "Univariable"]
    assert not alone["term"].str.contains("×").any()


@pytest.mark.parametrize(("gaps", "p"), [([], 0.007336), ([2, 49, 119, 179], 0.0058773)])
def test_several_levels_have_one_test_on_the_same_patients(tmp_path, gaps, p):
    """As R: anova(glm(low ~ smoke), glm(low ~ race + smoke), test = "LRT") where race is known."""
    cohort = births(tmp_path, candidates=["race", "smoke"])
    frame = cohort.frame.copy()
    frame.iloc[gaps, frame.columns.get_loc("race")] = None
    models = fit_candidates(replace(cohort, frame=frame))
    assert models.tests["label"].tolist() == ["Race"] and models.tests["df"].tolist() == [2]
    assert models.tests["p"].item() == pytest.approx(p, rel=1e-4)
    assert f"Race, p = {p:.3f}" in " ".join(show_models(models).notes)


def test_infinite_estimates_are_a_direction(tmp_path):
    cohort = births(tmp_path, method="ml", candidates=["smoke", "age"])
    cohort.frame["smoke"] = cohort.frame["low"] & (np.arange(189) % 3 == 0)
    models = fit_candidates(cohort, interval="profile")
    shown = show_models(models).frame
    line = shown["Characteristic"].tolist().index(f"{LEVEL}yes")
    assert shown.iloc[line, 3].startswith("higher, no finite estimate (")
    assert shown.iloc[line, 3].endswith(" to ∞)")
    together = models.separation()
    assert together.kind == "quasi-complete" and "smoke" in together.directions.index


def test_separation_by_two_together_is_found(tmp_path):
    cohort = births(tmp_path, candidates=["smoke", "race"])
    frame = cohort.frame
    i = np.arange(189)
    frame["smoke"] = i % 2 == 0
    frame["race"] = pd.Categorical(
        np.where(i % 3 == 0, "white", "black"), ["white", "black", "other"]
    )
    frame["low"] = (i % 2 == 0) & (i % 3 == 0)
    models = fit_candidates(cohort)
    assert models.separation().kind == "complete"


def test_predictions_for_those_who_ask(tmp_path):
    cohort = births(tmp_path, predictions=True)
    performance = predict_candidates(cohort, fit_candidates(cohort))
    assert performance.predicted["probability"].mean() == pytest.approx(59 / 189)
    assert performance.area_low < performance.area < performance.area_high
    assert performance.corrected < performance.area
    groups = calibration_groups(performance.predicted)
    assert groups["n"].sum() == 189 and groups["events"].sum() == 59
    assert groups["predicted"].is_monotonic_increasing
    figure = prediction_figure(performance)
    assert figure.finding == f"The area under the ROC curve is {performance.area:.2f}"
    assert f"{performance.area:.2f} (95% CI" in repr(summarise_predictions(performance))


def test_a_predictor_that_tells_clusters_apart_has_no_robust_error(tmp_path):
    """Its standard error would be nil, as if its odds ratio were known exactly."""
    cohort = births(tmp_path, cluster="site")
    frame = cohort.frame.assign(site=cohort.frame["site"] % 3)
    frame["where"] = pd.Categorical(frame["site"].astype(str))
    with pytest.raises(ValueError, match="clusters are told apart by 'where"):
        clustered_odds_ratios(frame, cohort.outcome, ["where"], "site", {})


def test_the_methods_say_what_was_done_of_all_that_was_asked(tmp_path):
    cohort = births(
        tmp_path, cluster="site", imputations="5", linear=["bwt"], ordered=["grade"],
        pairs=[["low", "smoke"]], interactions=[["age", "smoke"]],
    )  # fmt: skip
    (text,) = methods_text(cohort).paragraphs
    assert "robust to the 23 clusters of site" in text.casefold()
    assert "“Weight (g)” is analysed by least squares, 95% interval, standard errors robust" in text
    assert "by proportional odds" in text and "compared by McNemar's test (mid-p)" in text
    assert "imputed" not in text  # nothing is, in clusters
    assert "likelihood ratio" not in text  # nor is anything tested by it
    assert "imputed 5 times" in methods_text(births(tmp_path, imputations="5")).paragraphs[0]


def test_no_sentence_gives_an_effect_that_depends_on_another(tmp_path):
    cohort = births(tmp_path, interactions=[["lwt", "smoke"]], candidates=["lwt", "race", "smoke"])
    (text,) = [p for p in results_text(cohort).paragraphs if "logistic regression" in p]
    assert "depend on one another" in text and "doubling, odds" not in text
    alone = results_text(births(tmp_path)).paragraphs
    assert any("Smoker: yes, odds ratio" in p for p in alone if "logistic regression" in p)


def test_hazards_beside_a_competing_event_are_said_to_be_cause_specific(tmp_path):
    def edit(**analysis):
        folder = tmp_path / str(len(analysis))
        shutil.copytree(example_cohort(), folder)
        spec = yaml.safe_load((folder / "cohort.yml").read_text("utf-8"))
        spec["analysis"] |= analysis
        (folder / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
        return methods_text(load_cohort(folder)).paragraphs[0]

    assert "cause-specific" not in edit()
    assert "cause-specific hazard: patients with “Smoker" in edit(competing="smoker")


def test_a_cluster_is_no_candidate(tmp_path):
    with pytest.raises(CohortError, match=r"analysis\.cluster"):
        births(tmp_path, cluster="smoke")


def test_the_reference_is_the_same_in_every_table(tmp_path):
    """Risks, odds ratios and hazard ratios compare with it; the rows of a table begin with it."""
    cohort = births(tmp_path, compare=["race"], time="age", event="low")
    frame = cohort.frame
    risks = risk_table(cohort)
    assert risks["level"].tolist() == ["white against other", "black against other"]
    share = frame.groupby("race", observed=True)["low"].mean()
    differences = [share["white"] - share["other"], share["black"] - share["other"]]
    assert risks["risk_difference"].tolist() == pytest.approx(differences)
    for models in (fit_candidates(cohort), fit_hazards(cohort)):
        first = models.levels[models.levels["variable"] == "race"].iloc[0]
        assert first["reference"] and first["level"] == "other"
    assert describe_all(cohort)["level"].tolist() == ["other", "white", "black"]


def test_two_groups_are_compared_with_the_reference(tmp_path):
    def odds_ratio(reference):
        cohort = births(tmp_path, compare=["race"])
        spec = yaml.safe_load((tmp_path / "cohort.yml").read_text("utf-8"))
        race = {"white": ["white"], "not white": ["black", "other"]}
        spec["variables"]["race"] |= {"levels": race, "reference": reference}
        (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
        cohort = load_cohort(tmp_path)
        fitted = fit_candidates(cohort, ["race"], method="ml").rows["odds_ratio"].iloc[0]
        compared, risk = compare_groups(cohort).iloc[0], risk_table(cohort).iloc[0]
        assert compared["level"] == risk["level"] != reference
        return [fitted, compared["estimate"], risk["odds_ratio"]]

    one, other = odds_ratio("white"), odds_ratio("not white")
    low = pd.read_csv(GOLDEN / "births.csv")
    (a, b), (c, d) = pd.crosstab(low["race"] != "white", low["low"]).to_numpy()
    assert one == pytest.approx([a * d / (b * c)] * 3)
    assert other == pytest.approx([b * c / (a * d)] * 3)


def test_where_nobody_has_the_reference_the_first_that_occurs_stands_for_it(tmp_path):
    cohort = births(tmp_path, compare=["race"])
    frame = cohort.frame[cohort.frame["race"] != "other"]
    assert risk_table(replace(cohort, frame=frame))["level"].tolist() == ["black"]


def test_a_curve_has_no_effect_of_its_own_in_words(tmp_path):
    cohort = births(tmp_path, splines={"age": "4"}, method="ml")
    models = fit_candidates(cohort)
    curves = {"age'", "age''"}
    assert curves <= {*models.rows["term"]}
    rows = models.rows.assign(ci_low=2.0, ci_high=9.0)  # as if all effects were clear
    text = results_text(cohort, {LOGISTIC: replace(models, rows=rows)}).paragraphs[1]
    assert "Smoker: yes" in text and "curvature" not in text and "age'" not in text
    assert models.prepared.labels["age'"] == "Age: curvature"
