"""Tables and figures in Portuguese and Spanish, and in the styles of journals."""

import ast
import re
import time
from pathlib import Path
from string import Formatter

import pytest
import yaml

import cohortbook.report
import smallstats
from cohortbook.cohort import load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.problems import CohortError
from cohortbook.cohort.review import DOUBT, review_cohort
from cohortbook.example import example_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.curves import survival_curves
from cohortbook.report.printing import Printing
from cohortbook.report.translations import MESSAGES, translate, translations
from cohortbook.report.words import text_file

FOLDER = Path(cohortbook.report.__file__).parent


def example(tmp_path, **sections):
    spec = yaml.safe_load((example_cohort() / "cohort.yml").read_text("utf-8"))
    (tmp_path / "data.csv").write_bytes((example_cohort() / "data.csv").read_bytes())
    text = yaml.safe_dump(spec | sections, allow_unicode=True, sort_keys=False)
    (tmp_path / "cohort.yml").write_text(text, "utf-8")
    return load_cohort(tmp_path)


def names_in(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("language", ["pt", "es"])
def test_every_phrase_keeps_what_is_filled_in(language):
    for english, told in translations(language).items():
        assert names_in(told) == names_in(english), english
        assert told.strip(), english


PERSONAL = [*lexicon().file["identifiers"], "identifier"]
CASES = Path(__file__).parents[1] / "data" / "cases"
#: What a page has no use for: keys of cohort.yml, and the kinds of a date without a day.
UNSAID = {"key", "kind", "column", "spans", "s", "level"}


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_a_message_names_buttons_and_steps_that_the_page_has(language):
    words = set(translations(language).values()) or set(translations("pt"))
    named = {
        words
        for told in translations(language, MESSAGES).values()
        for words in re.findall("“([^{”]+)”", told)
    }
    assert len(named) > 4 and named <= words


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_every_message_keeps_what_is_filled_in(language):
    for english, told in translations(language, MESSAGES).items():
        left_out = {*names_in(english)} - {*names_in(told)}
        assert left_out <= UNSAID | {"value", "code", "name", "term"}, english
        assert {*names_in(told)} <= {*names_in(english)} and told.strip(), english


def test_every_message_is_one_that_is_written():
    """None is of an older wording: what stands between two marks of each is in the source."""
    modules = Path(cohortbook.__file__).parent
    paths = [path for part in ("cohort", "app", "report") for path in modules.glob(f"{part}/*.py")]
    paths += Path(smallstats.__file__).parent.glob("*.py")
    source = (modules / "cohort" / "lexicon.yml").read_text("utf-8") + "\n".join(
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    written = {
        words.strip()
        for english in translations("pt", MESSAGES)
        for part, *_ in Formatter().parse(english)
        for words in re.split(r"[:;,()“”\[\]{}]", part)
    }
    composed = {f"{'an' if kind[0] in 'aeio' else 'a'} {kind}" for kind in PERSONAL}
    composed |= {"1 problem", "cells are coloured", "cells are crossed out", "id has several rows"}
    assert {words for words in written - composed if words not in source} == set()


@pytest.mark.parametrize("path", sorted(CASES.glob("*")), ids=lambda path: path.name)
def test_what_is_said_of_a_messy_file_is_translated(tmp_path, path):
    """Every doubt, warning and problem of the handed files, in both languages."""
    try:
        draft = draft_cohort(path)
        review = review_cohort(write_draft(tmp_path / "c", draft.text, path))
    except CohortError as error:
        messages = set(error.problems["problem"])
    else:
        doubts = {match[1] for line in draft.text.splitlines() if (match := DOUBT.match(line))}
        warnings = review.warnings["warning"]
        warnings = warnings[~review.warnings["column"].str.contains(", line ")]
        messages = doubts | {*warnings, *review.problems["problem"], *draft.several[:1]}
    for language in ("pt", "es"):
        assert {text for text in messages if translate(text, language) == text} == set()
    keys = re.compile(r"\b(kind|identifier|missing|one_row|limits|data|derive|first_year):|--sheet")
    on_page = {translate(text, "en") for text in messages}
    assert [text for text in on_page if keys.search(text) and "in cohort.yml" not in text] == []


@pytest.mark.parametrize(
    "text", [" (): ", ": ", "a (x) outside 1 to ", " outside  to  (): no range is set."]
)
def test_a_hostile_heading_does_not_hold_up_the_page(text):
    start = time.monotonic()
    message = text * (1500 // len(text))
    assert translate(message, "pt") == message and time.monotonic() - start < 2
    assert translate(text * 9999, "pt") == text * 9999 and time.monotonic() - start < 2


def test_a_user_s_own_text_stays_as_it_is():
    doubt = "'row 5 (a name)' (3 rows) taken as missing"
    assert translate(doubt, "pt") == "'row 5 (a name)' (linhas: 3) considerado sem informação"
    braces = (
        "several in a cell: in no table until each item has a yes or no of its own, as derive: "
    )
    braces += "{contains: {name: item}}; do some items mean the same?"
    assert translate(braces, "es").startswith("varios en una celda")
    listed = "far from the others: 1 (row 2), 3 (row 4), … 9 in all"
    assert translate(listed, "es") == "lejos de los demás: 1 (fila 2), 3 (fila 4), … 9 en total"


def said():
    """Every text that the modules say in the language of the cohort."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name == "say" and isinstance(first, ast.Constant):
                    yield path.name, first.value


def test_whatever_is_said_is_translated():
    missing = {
        (path, text)
        for path, text in said()
        for language in ("pt", "es")
        if text not in translations(language)
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("language", "words", "not_there"),
    [
        ("pt", ("Característica", "Pacientes", "Sem revision", "IC 95%", "Em risco", " a "),
         ("Characteristic", "95% CI", " to ")),
        ("es", ("Característica", "Sin revision", "IC 95%", "En riesgo", "referencia"),
         ("Characteristic", "95% CI", "At risk")),
    ],
)  # fmt: skip
def test_tables_are_in_the_language(tmp_path, language, words, not_there):
    cohort = example(tmp_path, language=language)
    tables = cohort_tables(cohort)
    shown = "\n".join(f"{t.caption}\n{t.frame.to_string()}" for t in tables.values())
    for word in words:
        assert word in shown
    for word in not_there:
        assert word not in shown
    assert re.search(r"\d,\d\d \(\d", shown)  # decimal comma
    cells = "\n".join(t.frame.iloc[:, 1:].to_string() for t in tables.values())
    assert not re.search(r"\d\.\d", cells)


def test_the_figure_and_the_text_are_in_the_language(tmp_path):
    cohort = example(tmp_path, language="pt")
    figure = survival_curves(cohort)
    written = " ".join(
        w for a in figure.axes for w in (a.get_ylabel(), *(t.get_text() for t in a.texts))
    )
    assert "Em risco" in written and "Livres de “Revision” (%)" in written.replace("\n", " ")
    text = text_file(cohort).decode()
    assert text.startswith("Métodos (rascunho)")
    assert "são comparados por teste qui-quadrado N-1" in text


def test_english_is_the_default(tmp_path):
    cohort = example(tmp_path)
    shown = cohort_tables(cohort)["comparison"].frame
    assert "Odds ratio" not in shown.columns and "Effect (95% CI)" in shown.columns
    assert not re.search(r"\d,\d", shown.iloc[:, 1:].to_string())


def test_the_style_is_the_users(tmp_path):
    cohort = example(
        tmp_path,
        style={"p": "jama", "mean_sd": "parentheses", "percent_decimals": "1", "decimal": "comma"},
    )
    tables = cohort_tables(cohort)
    described = tables["description"].frame
    assert "n/N (%) or mean (SD)" in described.columns
    shown = described.iloc[:, 1].tolist()
    assert any(re.fullmatch(r"\d+/\d+ \(\d+,\d%\)", text) for text in shown)
    assert any(re.fullmatch(r"\d+,\d\d \(\d+,\d\d\)", text) for text in shown)
    ps = [re.sub(r"[^\d,.<>–]", "", text) for text in tables["comparison"].frame["p"] if text]
    assert all(re.fullmatch(r"(<,001|,\d{2,3}|>,99|–)", text) for text in ps), ps


@pytest.mark.parametrize(
    ("style", "p", "text"),
    [
        ("exact", 0.0463, "0.046"), ("nejm", 0.0463, "0.046"), ("nejm", 0.0441, "0.04"),
        ("nejm", 0.0049, "0.005"), ("nejm", 0.00049, "<0.001"), ("nejm", 0.734, "0.73"),
        ("jama", 0.734, ".73"), ("jama", 0.999, ">.99"), ("jama", 0.0049, ".005"),
        ("jama", 0.00001, "<.001"), ("exact", 0.04999, "<0.050"), ("nejm", float("nan"), "–"),
    ],
)  # fmt: skip
def test_p_values_in_the_styles_of_journals(style, p, text):
    assert Printing(p_as=style).p(p) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((1.0, 0.9996, 1.0004), "1.0000 (0.9996 to 1.0004)"),
        ((2.5, 1.2, float("inf")), "2.50 (1.20 to ∞)"),
        ((float("inf"), 1.37, float("inf")), "higher, no finite estimate (1.37 to ∞)"),
        ((0.0, 0.0, 0.8), "lower, no finite estimate (0.00 to 0.80)"),
        ((0.0034, 0.0001, 0.1), "0.0034 (0.0001 to 0.1000)"),
        ((float("nan"), 0, 1), "–"),
    ],
)
def test_ratios_never_print_as_nothing(numbers, text):
    assert Printing().ratio(*numbers) == text


def test_numbers_have_the_digits_that_they_need():
    printing = Printing(decimals={"age": 0})
    assert printing.mean_sd(0.00012, 0.00005) == "0.000120 ± 0.000050"
    assert printing.mean_sd(54.2, 10.1, "age") == "54 ± 10"
    assert printing.median(0.011, 0.010, 0.013) == "0.0110 (0.0100 to 0.0130)"
    assert printing.n_percent(1, 1000) == "1/1000 (<1%)"
    assert printing.n_percent(0, 1000) == "0/1000 (0%)"
    assert printing.n_percent(5, 1000) == "5/1000 (1%)"
    assert Printing(percent_decimals=1).n_percent(1, 10_000) == "1/10000 (<0.1%)"


@pytest.mark.parametrize("language", ["pt", "es"])
def test_labels_of_init_are_in_the_language_but_for_short_names(language):
    labels = {str(model["label"]) for model in lexicon().file["variables"].values()}
    english = {label for label in labels if label not in translations(language)}
    assert {label for label in english if not re.fullmatch(r"[A-Z]{2,3}|Anti-.+", label)} == set()
