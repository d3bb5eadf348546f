"""The study's cohort, and the public one beside it, in the engine that serves any cohort."""

import re
import shutil
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from cohortbook.cohort import CohortError
from cohortbook.cohort import spec as specification
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.review import review_cohort
from cohortbook.report.cohort_book import book_files, cohort_chapters, cohort_tables
from cohortbook.report.imputed import show_imputed
from cohortbook.report.models import fit_hazards
from cohortbook.report.rehearsal import run_cell, run_cells
from cohortbook.report.summaries import summarise_comparison
from cohortbook.report.timing import event_table, has_times, show_events
from jdm_utils import chance_of_any, compare_groups, load_cohort
from jdm_utils.study import COHORT
from smallstats.formatting import format_percent
from smallstats.table_html import LEVEL

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ["1_cohort", "2_description", "3_comparison", "4_regression", "5_missing"]


@pytest.mark.parametrize("variable", [None, ""])
def test_the_study_is_taken_where_no_cohort_is_near(variable, tmp_path, monkeypatch):
    monkeypatch.delenv("JDM_COHORT", raising=False)
    if variable is not None:
        monkeypatch.setenv("JDM_COHORT", variable)
    for folder in (tmp_path, ROOT / "notebooks"):
        monkeypatch.chdir(folder)
        assert load_cohort().source == COHORT
    assert "54 patients" in repr(load_cohort()) and str(COHORT) in repr(load_cohort())
    monkeypatch.chdir(ROOT / "data" / "pbc" / "raw")
    assert load_cohort().outcome == "cirrhosis"
    monkeypatch.setenv("JDM_COHORT", str(COHORT.parent))
    assert load_cohort().outcome == "calcinosis"


def test_the_chapters_run_for_the_cohort_of_the_study(monkeypatch):
    monkeypatch.setenv("JDM_COHORT", str(COHORT))
    cohort = load_cohort()
    assert cohort_chapters(cohort) == CHAPTERS
    files = book_files(cohort)
    shown = {name: run_cells(files[f"{name}.ipynb"].decode()) for name in ["index", *CHAPTERS]}
    assert all(text.strip() for text in shown.values())
    assert "“Calcinosis”, was found in 23/54 (43%)" in shown["index"]
    assert "infinite" not in shown["4_regression"]


@pytest.mark.slow
def test_a_cohort_with_times_has_a_chapter_of_them_and_one_with_imputations_its_table():
    pbc = load_cohort(ROOT / "data" / "pbc")
    assert cohort_chapters(pbc)[-1] == "6_time" and "6_time" not in cohort_chapters(load_cohort())
    assert {"events", "hazards"} <= set(cohort_tables(pbc))
    # R's survfit at 10 years, for death with transplantation before it: pbc_incidence.csv
    by = replace(
        pbc, spec=replace(pbc.spec, analysis=replace(pbc.spec.analysis, curves="cirrhosis"))
    )
    table = show_events(by, event_table(by)).frame
    ten = table[table["Follow-up (years)"] == "10"]
    assert ten["At risk"].tolist() == ["28", "6"]
    assert ten["Cumulative incidence (95% CI)"].tolist() == [
        "41.0% (31.9% to 49.8%)",
        "74.5% (61.6% to 83.5%)",
    ]
    assert fit_hazards(pbc).together["events"].iloc[0] == 124
    imputed = show_imputed(pbc).frame
    named = imputed["Characteristic"][~imputed["Characteristic"].str.startswith(LEVEL)]
    assert len(named) == len(pbc.spec.analysis.candidates)
    assert "asks for no `imputations`" in repr(show_imputed(load_cohort()))
    analysis = replace(pbc.spec.analysis, competing="")
    alone = replace(pbc, spec=replace(pbc.spec, analysis=analysis))
    assert event_table(alone)["incidence"].iloc[-1] > event_table(pbc)["incidence"].iloc[-1]
    assert not has_times(replace(pbc, spec=replace(pbc.spec, suppress_below="5")))


@pytest.mark.parametrize("where", [COHORT, COHORT.parent])
def test_the_cohort_of_the_study_has_no_problem(where):
    found = review_cohort(where)
    assert found.problems.empty
    assert len(found.profile) == sum(not v.identifier for v in found.spec.variables.values())


def drafted(tmp_path, name, content, outcome):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    draft = draft_cohort(file, outcome=outcome)
    return draft, load_cohort(write_draft(tmp_path / "cohort", draft.text, file))


def test_the_raw_export_is_drafted(tmp_path):
    raw = COHORT.parent / "raw" / "protocolos.csv"
    with pytest.raises(CohortError) as refused:
        drafted(tmp_path, raw.name, raw.read_bytes(), "Calcinose")
    found = refused.value.problems
    assert found[["row", "problem"]].to_numpy().tolist() == [[62, "before Início do tratamento"]]
    draft, path = draft_cohort(raw, outcome="Calcinose"), tmp_path / "cohort" / "cohort.yml"
    assert path.read_text("utf-8") == draft.text
    assert review_cohort(path).problems["repair"].str.startswith("corrections: - {row: '62'").all()
    mended = "{row: '62', column: Início do tratamento, from: 14.04.2097, to: 14.04.1997}"
    mended = f"corrections: [{mended}]\n"
    path.write_text(draft.text + mended, "utf-8")
    cohort, ours = load_cohort(path), load_cohort()
    assert len(cohort.frame) == ours.flow["remaining"][1]
    assert cohort.spec.duplicates.latest == "form_date"
    assert (tmp_path / "cohort" / "raw" / raw.name).read_bytes() == raw.read_bytes()
    assert "# doubt: not a number: '32O.8' (row 67); taken as missing until corrected" in draft.text
    told = "  # doubt: broken (row 62): correct the dates, or take the rule out\n"
    told += "  - {order: [birth, onset"
    assert told in draft.text
    warned = review_cohort(path).warnings.set_index("column")["warning"]
    assert warned["duplicates"] == "4 forms dropped as older forms (rows 6, 21, 30, 35)"
    grades = cohort.spec.variables["forca_cintura_escapular"].levels
    assert grades["4"] == ("IV", "4", "grau 4")


def test_the_chance_of_a_false_positive_is_that_of_these_tests_and_counts():
    """A cohort whose strength grades are one question asked twice, and some of its tests small."""
    comparison = compare_groups(load_cohort())
    told = summarise_comparison(comparison).paragraphs[1]
    assert told.startswith(f"If {len(comparison) - 1} independent questions")
    assert f" in {format_percent(chance_of_any(comparison), 1)} of tables" in told
    assert chance_of_any(comparison) < 0.95 * (1 - 0.95 ** len(comparison))


def test_the_page_on_adapting_runs_as_it_stands(monkeypatch):
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    monkeypatch.delenv("JDM_COHORT", raising=False)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    monkeypatch.setitem(mpl.rcParams, "backend", "agg")
    space: dict[str, object] = {}
    blocks = re.findall(
        "^```python\n(.*?)^```", (ROOT / "pages" / "adapt.md").read_text("utf-8"), re.M | re.S
    )
    shown = [run_cell(block, space) for block in blocks]
    assert len(blocks) == 8
    assert "Pulmonary involvement" in shown[2] and "Calcinosis" not in shown[2]
    assert "Firth" in shown[3] and "mid-p" in shown[4] and "exact conditional" in shown[5]
    assert shown[6].startswith("The mean of Age at onset (years) is higher in No calcinosis")


def test_the_spec_on_the_page_on_adapting_is_one(tmp_path):
    """Its YAML is put into the spec of the paper's cohort."""
    folder = tmp_path / "paper"
    shutil.copytree(ROOT / "data" / "sallum2008", folder)
    blocks = re.findall(
        "^```yaml\n(.*?)^```", (ROOT / "pages" / "adapt.md").read_text("utf-8"), re.M | re.S
    )
    spec = yaml.load((folder / "cohort.yml").read_text("utf-8"), yaml.BaseLoader)
    for block in blocks:
        for section, entries in yaml.load(block, yaml.BaseLoader).items():
            spec[section] |= entries
    spec["analysis"] |= {"compare": ["heart_or_lung"], "candidates": []}
    spec["eligibility"].append({"label": "With calcinosis", "require": "calcinosis"})
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    assert load_cohort(folder).outcome == "ulceration"


def test_the_study_keeps_the_tests_of_its_time():
    tests = set(compare_groups(load_cohort())["test"])
    assert tests == {"Pearson chi-square", "Fisher exact", "Student t (pooled)"}


def test_the_page_on_the_specification_has_every_key_and_its_yaml_is_one_spec(tmp_path):
    page = (ROOT / "pages" / "specification.md").read_text("utf-8")
    spec: dict = {}
    for block in re.findall("^```yaml\n(.*?)^```", page, re.M | re.S):
        for key, entries in yaml.load(block, yaml.BaseLoader).items():
            spec[key] = spec[key] | entries if key in spec else entries
    extra = ("rash_count", "nodule_count", "follow_up")
    spec["variables"] |= {name: {"kind": "number"} for name in extra}
    spec["variables"] |= {name: {"kind": "binary"} for name in ("relapse_ever", "death")}
    head = "Record;Visit;Born;Relapse;Sex;Grade;CK;Signs;Parts;Remarks;rash_count;nodule_count;"
    rows = [
        "R1;01/02/2010;01/02/2000;sim;F;?;1.234,5;rash;2;x;1;1;3;n;n",
        "R2;40179;01/02/2001;n;M;II;3OO;exanthema, nodules;1;x;1;0;2;s;n",
        "R3;05/02/2010;01/02/2002;n;F;1;?;rash;0;x;0;0;1;n;s",
    ]
    heads = [f"{head}follow_up;relapse_ever;death;Site;Age;CRP;BP;sign___1;", ";" * 20]
    text = "\n".join([*heads, *(f"{r};B;2y;<0,3;121/71;0;x" for r in rows), ""])
    (tmp_path / "forms.csv").write_text(text, "utf-8")
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    frame = load_cohort(tmp_path).frame
    assert frame["ck"].tolist()[:2] == [1234.5, 300] and frame["grade"].iloc[0] == "mild"
    assert frame.iloc[0][["age_months", "crp", "systolic"]].tolist() == [24, 0.15, 121]
    for kind in filter(is_dataclass, vars(specification).values()):
        keys = [f.name.rstrip("_") for f in fields(kind) if "computed" not in f.metadata]
        assert [key for key in keys if not re.search(rf"\b{key}\b", page)] == []
