"""Times to an event: curves with the patients under them, medians, tests, Cox; and words."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort import load_cohort
from cohortbook.cohort.review import review_cohort
from cohortbook.example import example_cohort
from cohortbook.report.cohort_book import cohort_figures, cohort_tables
from cohortbook.report.comparison import compare_groups
from cohortbook.report.curves import survival_curves
from cohortbook.report.figures import forest
from cohortbook.report.model_table import forest_rows, show_models
from cohortbook.report.models import fit_hazards
from cohortbook.report.timing import (
    counts_at,
    event_table,
    show_times_by_group,
    summarise_events,
    tick_times,
    times_by_group,
)
from cohortbook.report.words import (
    methods_text,
    results_text,
    summarise_book,
    text_file,
    without_times,
)
from smallstats import cumulative_incidence, fit_cox, log_rank, survival_table
from smallstats.survival_groups import gray_test, median_time
from smallstats.table_html import LEVEL


def example(**analysis):
    cohort = load_cohort(example_cohort())
    plan = replace(cohort.spec.analysis, **analysis)
    return replace(cohort, spec=replace(cohort.spec, analysis=plan))


def trial(tmp_path, n=120, unit="months", **analysis):
    """Three arms; deaths compete with relapse."""
    rng = np.random.default_rng(5)
    arm = np.arange(n) % 3
    t = rng.exponential(20 + 12 * arm) + 0.1
    cause = rng.choice([1, 2], n, p=[0.7, 0.3])
    end = rng.uniform(6, 47.5, n)
    frame = pd.DataFrame(
        {
            "id": range(n),
            "arm": np.array(["x", "y", "z"])[arm],
            "months": np.minimum(t, end).round(1),
            "relapse": np.where((t <= end) & (cause == 1), "yes", "no"),
            "died": np.where((t <= end) & (cause == 2), "yes", "no"),
            "age": rng.normal(60, 9, n).round(),
        }
    )
    frame.loc[[3, 8], "months"] = np.nan
    frame.to_csv(tmp_path / "data.csv", index=False)
    spec = {
        "data": {"file": "data.csv"},
        "id": {"column": "id"},
        "variables": {
            "arm": {"label": "Arm", "kind": "category", "levels": ["x", "y", "z"]},
            "months": {"label": "Follow-up", "kind": "number", "unit": unit},
            "relapse": {"label": "Relapse", "kind": "binary"},
            "died": {"label": "Death", "kind": "binary"},
            "age": {"label": "Age", "kind": "number", "unit": "years", "per": "10"},
        },
        "analysis": {
            "outcome": "relapse", "time": "months", "event": "relapse", "curves": "arm",
            "candidates": ["arm", "age"],
        } | analysis,
    }  # fmt: skip
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(tmp_path)


def test_ticks_cover_the_follow_up_in_steps_that_a_reader_expects(tmp_path):
    assert tick_times(trial(tmp_path)) == [0, 12, 24, 36]
    assert tick_times(trial(tmp_path, unit="")) == [0, 10, 20, 30, 40]
    cohort = trial(tmp_path, unit="")
    for most, wanted in ((0.9, 0.8), (7.2, 6), (1300, 1200), (0.05, 0.05), (99, 80)):
        cohort.frame["months"] *= most / cohort.frame["months"].max()
        ticks = tick_times(cohort)
        assert ticks[0] == 0 and ticks[-1] == pytest.approx(wanted)
        assert 4 <= len(ticks) <= 7 and ticks[-1] > 0.7 * most
    cohort.frame["months"] = 0.0
    assert tick_times(cohort) == [0]


@pytest.mark.parametrize("competing", ["", "died"])
@pytest.mark.parametrize("curves", ["", "arm"])
def test_what_stands_under_each_tick_adds_up_to_all(tmp_path, competing, curves):
    cohort = trial(tmp_path, competing=competing, curves=curves)
    counts = counts_at(cohort, tick_times(cohort))
    parts = counts[["at_risk", "events", "competing", "censored"]].sum(axis=1)
    assert (parts == counts["n"]).all()
    first = counts[counts["time"] == 0]
    assert first["at_risk"].sum() == 118 and (first["at_risk"] == first["n"]).all()
    figure = survival_curves(cohort)
    written = [t.get_text() for t in figure.axes[0].texts]
    heads = ["At risk", "Events", *["Competing events"] * bool(competing), "Censored"]
    assert [text for text in written if text in heads] == heads * len(first)
    numbers = [int(text) for text in written if text.isdigit()]
    assert len(numbers) == len(heads) * len(counts)
    ticks = len(tick_times(cohort))
    for group, n in enumerate(first["n"]):
        start = group * len(heads) * ticks
        block = np.array(numbers[start : start + len(heads) * ticks]).reshape(len(heads), ticks)
        assert (block.sum(axis=0) == n).all()


def test_numbers_stand_under_their_ticks_and_strokes_are_the_censored(tmp_path):
    cohort = trial(tmp_path)
    figure = survival_curves(cohort)
    sheet, axes = figure.axes
    width = figure.get_size_inches()[0] * figure.dpi
    at = [axes.transData.transform((tick, 0))[0] / width for tick in axes.get_xticks()]
    numbers = [t for t in sheet.texts if t.get_text().isdigit()]
    places = {round(sheet.transData.transform(t.get_position())[0] / width, 4) for t in numbers}
    assert sorted(places) == pytest.approx(at, abs=1e-3)
    strokes = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "|")
    known = cohort.frame.dropna(subset=["months"])
    assert strokes == int((~known["relapse"].astype(bool)).sum())


def test_the_curve_is_that_of_the_patients(tmp_path):
    cohort = trial(tmp_path, competing="died")
    axes = survival_curves(cohort).axes[1]
    wanted = cumulative_incidence(
        cohort.frame, "months", "relapse", competing="died", by="arm", at=None
    )
    steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert len(steps) == 3
    for line, (_, curve) in zip(steps, wanted.groupby("group"), strict=True):
        curve = curve[curve["incidence"].notna()]
        assert line.get_ydata()[:-1].tolist() == pytest.approx((100 * curve["incidence"]).tolist())


def test_groups_are_compared_by_log_rank_or_gray(tmp_path):
    plain = times_by_group(trial(tmp_path))
    frame = trial(tmp_path).frame.dropna(subset=["months"])
    assert plain["test"].tolist() == ["Log-rank"] * 3
    assert plain["p"].iloc[0] == log_rank(frame, "months", "relapse", "arm").p
    wanted = median_time(frame, "months", "relapse", by="arm")
    assert plain["median"].tolist() == wanted["median"].tolist()
    competing = times_by_group(trial(tmp_path, competing="died"))
    assert competing["test"].iloc[0] == "Gray" and competing["median"].isna().all()
    gray = gray_test(frame, "months", "relapse", "arm", competing="died")
    assert competing["p"].iloc[0] == gray.p
    shown = show_times_by_group(trial(tmp_path), plain).frame
    assert shown.columns.tolist() == [
        "Arm", "Patients", "Events", "Median time to the event (95% CI) (months)",
        "Median follow-up (months)", "p",
    ]  # fmt: skip
    assert all(re.fullmatch(r"[\d.]+ \([\d.]+ to ([\d.]+|∞)\)|not reached .*", text)
               for text in shown.iloc[:, 3])  # fmt: skip


def test_the_follow_up_is_that_of_those_who_could_still_be_followed():
    frame = pd.DataFrame({"t": [1, 2, 3, 4, 5], "e": [True, True, False, False, False]})
    cohort = example(curves="")
    data = cohort.frame.head(5).assign(
        years=frame["t"].to_numpy(float), revision=frame["e"].to_numpy()
    )
    row = times_by_group(replace(cohort, frame=data)).iloc[0]
    assert row["followed"] == 4 and row["events"] == 2


def test_the_file_has_the_right_interval_beside_the_right_estimate(tmp_path):
    cohort = trial(tmp_path)
    table = event_table(cohort)
    assert "survival" not in table
    assert table.columns.tolist()[-5:] == ["incidence", "ci_low", "ci_high", "se", "interval"]
    known = table.dropna(subset=["incidence", "ci_low"])
    assert (
        (known["ci_low"] <= known["incidence"]) & (known["incidence"] <= known["ci_high"])
    ).all()
    survival = survival_table(
        cohort.frame, "months", "relapse", by="arm", at=tick_times(cohort)[1:]
    )
    assert table["incidence"].tolist() == pytest.approx(
        (1 - survival["survival"]).tolist(), nan_ok=True
    )
    assert table["ci_low"].tolist() == pytest.approx(
        (1 - survival["ci_high"]).tolist(), nan_ok=True
    )
    shown = cohort_tables(cohort)["events"]
    assert shown.frame.columns.tolist() == [
        "Arm", "Follow-up (months)", "At risk", "Events", "Censored",
        "Cumulative incidence (95% CI)",
    ]  # fmt: skip
    assert "2 patients are left out for missing values." in shown.notes


def test_who_is_followed_for_longer_is_followed_for_longer():
    cohort = example(curves="")
    cohort = replace(cohort, frame=cohort.frame.assign(
        years=np.r_[[6.0] * 10, np.linspace(1, 5, 20)], revision=[True, False] * 15,
    ))  # fmt: skip
    told = summarise_events(cohort, event_table(cohort)).paragraphs[0]
    assert "0 of 30 patients were followed for longer without it." in told


def test_every_factor_has_its_label_references_and_test_of_proportional_hazards(tmp_path):
    cohort = trial(tmp_path)
    models = fit_hazards(cohort)
    shown = show_models(models, "Hazard ratios").frame
    assert shown["Characteristic"].tolist() == [
        "Arm", f"{LEVEL}x", f"{LEVEL}y", f"{LEVEL}z", "Age, per 10 years",
    ]  # fmt: skip
    tested = [bool(re.match(r"[<\d]", p)) for p in shown["Proportional hazards, p"]]
    assert tested == [True, False, False, False, True]
    scaled = cohort.frame.assign(age=cohort.frame["age"] / 10)
    fit = fit_cox(scaled, "months", "relapse", ["arm", "age"])
    together = models.together
    assert together["hazard_ratio"].tolist() == pytest.approx(fit.table["hazard_ratio"].tolist())
    assert together["proportional"].tolist() == pytest.approx(
        fit.proportional["p"][["arm", "arm", "age"]].tolist()
    )
    assert shown.iloc[1, 3] == "1 (reference)"
    assert set(forest_rows(models)["label"]) == {"Arm: y", "Arm: z", "Age, per 10 years"}


def test_a_monotone_likelihood_has_profile_limits(tmp_path):
    cohort = trial(tmp_path)
    cohort.frame["relapse"] = cohort.frame["relapse"] & (cohort.frame["arm"] != "z")
    models = fit_hazards(cohort)
    line = models.together.loc["arm[z]"]
    assert line["hazard_ratio"] == 0 and line["ci_low"] == 0 and 0 < line["ci_high"] < 1
    assert "profile likelihood" in line["method"] and 0 < line["p"] < 0.05
    shown = show_models(models).frame
    assert shown.iloc[3, 5].startswith("lower, no finite estimate (0.00 to 0.")


def test_statsmodels_has_the_same_hazard_ratios(tmp_path):
    from statsmodels.duration.hazard_regression import PHReg

    cohort = trial(tmp_path)
    models = fit_hazards(cohort)
    x, patients = models.numbers("months")
    assert x.columns.tolist() == ["arm[y]", "arm[z]", "age"]
    fit = PHReg(patients["months"], x, patients["relapse"].astype(int), ties="efron").fit()
    assert np.exp(fit.params).tolist() == pytest.approx(models.together["hazard_ratio"].tolist())


def test_the_first_page_leads_with_the_event_and_has_no_tautology(tmp_path):
    cohort = trial(tmp_path, compare=["arm", "months", "age", "died"], competing="died")
    compared = compare_groups(cohort)
    assert {"months", "died"} <= set(compared["variable"])
    assert set(without_times(cohort, compared)["variable"]) == {"arm", "age"}
    told = summarise_book(cohort).paragraphs
    assert told[1].startswith("x: By 36 months, ")
    assert not any("Follow-up" in text for text in told)
    default = trial(tmp_path)
    assert "months" not in default.spec.analysis.compare


def test_methods_and_results_in_words(tmp_path):
    cohort = trial(tmp_path, groups="arm", competing="died")
    methods = methods_text(cohort).paragraphs[0]
    for part in (
        "Aalen-Johansen", "the Gray test", "Cox's regression", "Welch's t test",
        "Firth's penalised likelihood", "complete patients", "two-sided", "statsmodels ",
    ):  # fmt: skip
        assert part in methods, part
    results = results_text(cohort).paragraphs
    assert results[0].startswith("120 patients are analysed. The outcome, “Relapse”")
    files = cohort_figures(cohort)
    assert files["curves.svg"].startswith(b"<?xml")
    text = text_file(cohort).decode()
    assert text.startswith("Methods (draft)\n\n") and "Results (draft)" in text


def test_a_low_p_has_its_sentence():
    cohort = example(curves="", time="", event="")
    cohort.frame["diabetes"] = cohort.frame["revision"].mask(np.arange(30) < 3)
    told = [text for text in results_text(cohort).paragraphs if text.startswith("Diabetes: ")]
    n1 = int((cohort.frame["revision"] & cohort.frame["diabetes"].notna()).sum())
    assert f"Diabetes: Revision {n1}/{n1} (100%), No revision 0/" in told[0]
    assert "p < 0.001 (N-1 chi-square)" in told[0] and "odds ratio" in told[0]
    assert "risk difference 100.0" in told[1]


def test_a_time_without_a_unit_never_reads_as_a_year(tmp_path):
    cohort = trial(tmp_path, unit="", curves="")
    label = cohort.spec.variables["months"].label
    when = f"40 (“{label}”, no unit given)"
    assert summarise_events(cohort, event_table(cohort)).paragraphs[0].startswith(f"By {when}, ")
    assert survival_curves(cohort).finding.endswith(f" by {when}")
    headings = show_times_by_group(cohort, times_by_group(cohort)).frame.columns
    assert "Median follow-up (no unit given)" in headings
    warnings = review_cohort(tmp_path).warnings
    assert "unit: days, months or years" in " ".join(warnings["warning"])


def test_a_time_between_two_dates_has_the_unit_that_it_is_derived_in(tmp_path):
    rows = "in,out,ill\n2001-01-05,2003-02-01,yes\n2002-04-01,2003-02-09,no\n"
    (tmp_path / "d.csv").write_text(rows)
    date = {"kind": "date"}
    spec = {
        "data": {"file": "d.csv"}, "language": "es",
        "variables": {"in": date, "out": date, "ill": {"kind": "binary"},
                      "months": {"label": "Tiempo", "derive": {"months": ["in", "out"]}}},
        "analysis": {"time": "months", "event": "ill"},
    }  # fmt: skip
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    cohort = load_cohort(tmp_path)
    assert cohort.spec.variables["months"].unit == "months"
    events = summarise_events(cohort, event_table(cohort))
    assert events.paragraphs[0].startswith("Hasta 24 meses, ")
    assert "Tiempo (meses)" in cohort_tables(cohort)["events"].frame.columns


def test_the_label_of_an_event_stays_as_it_is_in_another_language(tmp_path):
    cohort = trial(tmp_path, event="died", outcome="died")
    cohort = replace(cohort, spec=replace(cohort.spec, language="es"))
    assert cohort_tables(cohort)["events"].caption == "“Death” por tiempo"


def test_an_axis_of_ratios_has_the_decimal_mark_of_the_tables(tmp_path):
    cohort = trial(tmp_path)
    style = replace(cohort.spec.style, decimal="comma")
    cohort = replace(cohort, spec=replace(cohort.spec, style=style))
    drawn = forest(forest_rows(fit_hazards(cohort)), measure="hazard ratio")
    (axes,) = (axes for axes in drawn.axes if axes.get_xscale() == "log")
    assert "0,5" in {label.get_text() for label in axes.get_xticklabels()}


def test_a_warning_names_its_variable_once(tmp_path):
    models = fit_hazards(trial(tmp_path))
    text = "Arm: its effect seems to change with time"
    rows = models.rows.assign(warnings=[text if t[:3] == "arm" else "" for t in models.rows.term])
    assert show_models(replace(models, rows=rows)).notes[0].count("Arm") == 1
