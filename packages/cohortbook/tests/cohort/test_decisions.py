"""Every decision between a file and its tables is listed, with who made it and what changes it."""

import re

import pandas as pd
import pytest
import yaml

from cohortbook import example_cohort
from cohortbook.cli import main
from cohortbook.cohort import decisions as source
from cohortbook.cohort import load_cohort
from cohortbook.cohort.decisions import COLUMNS, list_decisions
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.report.printing import printing_of
from cohortbook.report.translations import translations

HEAD = "Report,,,,\nRecord,Sex,CRP,Grade,Died\n"


def rows(n=30):
    for i in range(n):
        crp = f"<{i % 3 + 1}" if i % 6 == 0 else f"{i}.5 mg/L" if i % 5 == 0 else f"{i}.5"
        yield f"R{i:03},{'FM'[i % 2]},{crp},{('mild', 'severe', 'unknown')[i % 3]},{'yn'[i % 2]}"


@pytest.fixture
def folder(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text(HEAD + "\n".join([*rows(), "Total,,,,15", ""]))
    draft = draft_cohort(file, outcome="Died")
    write_draft(tmp_path / "c", draft.text, file, draft.declared)
    return tmp_path / "c"


def found(folder):
    return list_decisions(load_cohort(folder))


def told(decisions, about):
    return decisions[decisions["about"] == about].to_dict("records")


def test_readings_repairs_exclusions_and_choices(folder):
    decisions = found(folder)
    assert list(decisions) == COLUMNS
    assert list(dict.fromkeys(decisions["step"])) == ["reading", "repair", "exclusion", "choice"]
    sentences = set(decisions["decision"])
    for sentence in (
        "The headings are in line 2",
        "Lines 33 are no patients",
        "Patients are told apart by Record",
        "Missing in every column: unknown",
        "Column CRP: a number; in mg/L; units in the cells: mg/L; a value that is only a limit "
        "counts as missing",
        "outcome: deaths",
    ):
        assert sentence in sentences
    repairs = {r["decision"]: r["n"] for r in told(decisions, "CRP")}
    assert repairs == {
        "'<1': only a limit": 5,
        "'5.5 mg/L', '10.5 mg/L', '15.5 mg/L', '20.5 mg/L', '25.5 mg/L': the unit taken off": 5,
    }
    (gone,) = [r for r in told(decisions, "Grade") if "taken as missing" in r["decision"]]
    assert (gone["n"], gone["change"]) == (10, "variables: grade:")


def test_who_decided(folder):
    path = folder / "cohort.yml"
    before = found(folder).set_index("about")["decided_by"].groupby(level=0).agg(set)
    assert before["female"] == {"the draft"} and before["outcome"] == {"the user"}
    assert before["compare"] == {"the default"}
    text = path.read_text().replace("limits: missing", "limits: half")
    path.write_text(text + "  compare: [crp, grade]\n")
    after = found(folder).set_index("about")["decided_by"].groupby(level=0).agg(set)
    assert after["crp"] == {"the user"} and after["CRP"] == {"the user"}
    assert after["compare"] == {"the user"} and after["female"] == {"the draft"}
    (folder / "raw" / "drafted.yml").unlink()
    assert "the draft" not in set(found(folder)["decided_by"])


def test_what_a_codebook_says_is_decided_by_the_file(tmp_path):
    file, book = tmp_path / "data.csv", tmp_path / "codes.csv"
    file.write_text(HEAD.partition("\n")[2] + "\n".join(rows()) + "\n")
    book.write_text("variable,label,values\nSex,Sex at birth,F=Female; M=Male\n")
    draft = draft_cohort(file, outcome="Died", dictionary=book)
    write_draft(tmp_path / "c", draft.text, file, draft.declared)
    by = found(tmp_path / "c").set_index("about")["decided_by"]
    assert (by["female"], by["grade"]) == ("the file", "the draft")


def test_each_decision_names_a_key_of_the_specification(folder):
    spec = yaml.safe_load((folder / "cohort.yml").read_text())
    decisions = found(folder)
    said = decisions[~decisions["decided_by"].isin(["the default", "the file"])]
    for change in said["change"]:
        first, *rest = re.findall(r"(\w+):", change)
        place = spec[first]
        for key in rest:
            place = place[key]
        assert place is not None


def test_identifiers_and_small_counts_are_not_told(folder):
    path = folder / "cohort.yml"
    text = path.read_text().replace("sex", "sex")
    assert "R000" not in found(folder).to_csv()
    path.write_text(text + 'suppress_below: "5"\n')
    decisions = found(folder)
    assert decisions["n"].isna().all()
    (repair,) = decisions[decisions["step"] == "repair"]["decision"]
    assert repair == "Repairs are not listed: counts below 5 are withheld"


def test_tables_writes_them_as_a_page_and_a_file(folder, capsys):
    assert main(["tables", str(folder)]) == 0
    written = pd.read_csv(folder / "tables" / "decisions.csv")
    assert list(written) == COLUMNS and len(written) == len(found(folder))
    page = (folder / "tables" / "decisions.html").read_text("utf-8")
    assert "The headings are in line 2" in page and "To change it, in cohort.yml" in page
    assert "<script" not in page and "://" not in page


def test_no_cell_of_the_file_is_a_formula(folder, capsys):
    path = folder / "cohort.yml"
    path.write_text(path.read_text().replace("title: My cohort", "title: '=1+1'"))
    main(["tables", str(folder)])
    text = (folder / "tables" / "decisions.csv").read_text("utf-8")
    assert not re.search(r'(^|,)"?[=+@-]', text, re.M)


def test_a_cohort_without_a_draft_was_decided_by_the_user():
    decisions = list_decisions(load_cohort(example_cohort()))
    assert set(decisions["decided_by"]) <= {"the user", "the default", "the file"}


def test_doubts_are_repeated_by_check_until_they_are_deleted(folder, capsys):
    assert main(["check", str(folder)]) == 0
    out = capsys.readouterr().out
    doubts = re.findall(r"^\s*# doubt: (.*)$", (folder / "cohort.yml").read_text(), re.M)
    assert doubts and all(f"not settled: {doubt}" in out for doubt in doubts)
    assert out.count("not settled: ") == len(doubts)
    path = folder / "cohort.yml"
    kept = [line for line in path.read_text().splitlines() if "# doubt:" not in line]
    path.write_text("\n".join(kept) + "\n")
    main(["check", str(folder)])
    assert "not settled" not in capsys.readouterr().out


def test_a_choice_is_written_as_in_the_file(folder):
    spec = folder / "cohort.yml"
    text = spec.read_text("utf-8").replace("analysis:", "analysis:\n  predictions: true", 1)
    spec.write_text(text, "utf-8")
    assert "predictions: true" in set(found(folder)["decision"])


@pytest.mark.parametrize("table", [source._DATA, source._ROWS, source._VARIABLE,
                                   source._REPAIRS, source.KINDS])  # fmt: skip
@pytest.mark.parametrize("language", ["pt", "es"])
def test_every_decision_has_words_in_each_language(table, language):
    phrases = translations(language)
    for words in table.values():
        assert words in phrases and phrases[words].count("{}") == words.count("{}"), words


def test_a_reference_and_a_step_are_choices_that_are_listed(tmp_path):
    (tmp_path / "d.csv").write_text("race,age\na,40\nb,50\nc,61\n")
    (tmp_path / "cohort.yml").write_text(
        "data: {file: d.csv}\nlanguage: es\nvariables:\n"
        "  race: {kind: category, levels: [a, b, c], reference: b}\n"
        '  age: {kind: number, per: "10"}\n'
    )
    sentences = list_decisions(load_cohort(tmp_path), printing_of(load_cohort(tmp_path)).say)
    text = "\n".join(sentences["decision"])
    assert "comparado con b" in text and "razones para un paso de 10" in text
    assert {*sentences["step"]} == {"lectura", "exclusión", "elección"}
