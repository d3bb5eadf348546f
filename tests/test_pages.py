"""The pages beside the chapters: fair words, and terms and sources that are there."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from cohortbook.report.book import Book

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("checklists.md", "glossary.md", "about.md", "references.md", "pt.md")
BIBLIOGRAPHY = (ROOT / "references.bib").read_text(encoding="utf-8")
QUESTIONS = ROOT / "notebooks" / "09_questions.ipynb"
#: Not said of people's work; and a chapter before this one is not the last.
UNFAIR = re.compile(
    r"\b(dismiss\w*|grave|impossible|detective stor\w+|in the last chapter|goes with|"
    r"both cannot be right)\b",
    re.IGNORECASE,
)
REQUIRED_TERMS = {
    "AUC", "Benjamini-Hochberg correction", "Brier score", "E-value", "Firth method",
    "Fisher exact test", "GRIM", "GRIMMER", "Holm correction", "Nagelkerke R²",
    "Pearson chi-square test", "Wald interval", "Wilson interval", "Yates correction",
    "backward elimination", "bootstrap", "built in", "calcinosis", "calibration slope",
    "fragility index", "juvenile dermatomyositis", "ledger", "log-F prior", "mid-p", "optimism",
    "prediction interval", "predicted", "profile likelihood interval", "random effects",
    "reverse causation", "separation", "time at risk",
}  # fmt: skip


def read(name: str) -> str:
    return (ROOT / "pages" / name).read_text(encoding="utf-8")


def prose_of_notebook(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [o.get("data", {}) for c in cells for o in c.get("outputs", [])]
    words = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    kinds = ("text/plain", "text/markdown")
    return "\n".join([*words, *("".join(d[k]) for d in shown for k in kinds if k in d)])


def terms() -> list[str]:
    blocks = re.findall(r"```\{glossary\}\n(.*?)```", read("glossary.md"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if re.match(r"\S", line)]


@pytest.mark.parametrize("name", [*PAGES, QUESTIONS.name])
def test_no_word_is_unfair_to_anybody(name):
    text = prose_of_notebook(QUESTIONS) if name == QUESTIONS.name else read(name)
    found = UNFAIR.findall(text)
    assert [word for word in found if (name, word) != ("pt.md", "grave")] == []  # severe disease


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ("limitations, with", "Discussion: charts read back, one clinic, wide intervals"),
        ("missing values", "Methods: only patients with complete charts were taken"),
        ("how the size was arrived at", "Methods: the patients of the period whose charts were"),
        ("funding", "cannot be judged: the text at hand has no footnotes"),
    ],
)
def test_the_checklist_says_where_the_paper_says_it(item, place):
    rows = re.split(r"^\* - ", read("checklists.md"), flags=re.MULTILINE)
    (row,) = [row for row in rows if re.search(rf"^  - {re.escape(item)}", row, re.MULTILINE)]
    assert f"\n  - {place}" in row


def test_nothing_that_the_paper_says_is_called_unreported():
    text = read("checklists.md")
    assert "not reported" not in text
    assert "all patients of the service" not in text


def test_every_method_has_a_term_and_no_term_stands_twice():
    found = terms()
    assert len(found) == len(set(found))
    assert set(found) >= REQUIRED_TERMS
    assert not [term for term in found if "'" in term]  # typographic quotes would hide the term


def test_terms_and_sources_that_are_named_are_there():
    known = set(terms())
    keys = set(re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY, re.MULTILINE))
    pages = [*ROOT.glob("*.md"), *(ROOT / "pages").glob("*.md")]
    texts = [path.read_text(encoding="utf-8") for path in pages]
    texts += [prose_of_notebook(path) for path in (ROOT / "notebooks").glob("*.ipynb")]
    text = "\n".join(texts)
    named = re.findall(r"\{term\}`(?:[^`<]*<([^>`]+)>|([^`<]+))`", text)
    assert {" ".join((a or b).split()) for a, b in named} <= known
    cited = re.findall(r"\{cite:[tp]\}`([^`]+)`", text)
    assert {key.strip() for group in cited for key in group.split(",")} <= keys


def test_every_source_has_an_identifier():
    entries = re.split(r"\n(?=@)", BIBLIOGRAPHY)
    assert len(entries) >= 30
    for entry in entries:
        assert re.search(r"^  (doi +=\s\{10\.\d{4,}/|url +=\s\{https://)", entry, re.MULTILINE), (
            entry
        )
    identifiers = re.findall(r"^  doi +=\s\{(.*)\}", "\n".join(entries), re.MULTILINE)
    assert len(identifiers) == len(set(identifiers))


class TestPortuguese:
    page = read("pt.md").partition("# Resumo")[2]

    def test_it_says_what_must_not_be_misread(self):
        text = " ".join(self.page.split())
        for said in (
            "Os pacientes deste repositório são **simulados**",
            "**Nenhuma causa foi demonstrada.**",
            "**Isto não é motivo para suspender nem para adiar o tratamento imunossupressor.**",
            "é uma questão em aberto se o atraso no diagnóstico se associa à calcinose",
            "**Esta carta não foi enviada.**",
        ):
            assert said in text

    def test_no_number_is_typed(self):
        text = re.sub(r"\{[a-z:]+\}`[^`]*`|^> \d\. |Tabelas? \d( e \d)?", "", self.page, flags=re.M)
        assert set(re.findall(r"\d+%?", re.sub(r"\]\([^)]*\)", "", text))) <= {"2008", "5%", "95%"}

    def test_what_it_quotes_is_glued_with_commas(self):
        cells = json.loads(QUESTIONS.read_text(encoding="utf-8"))["cells"]
        outputs = [o for c in cells for o in c.get("outputs", [])]
        glued = {
            o["metadata"]["scrapbook"]["name"]: "".join(next(iter(o["data"].values())))
            for o in outputs
            if "scrapbook" in o.get("metadata", {})
        }
        quoted = re.findall(r"09_questions\.ipynb::(\w+):s`", self.page)
        assert set(quoted) <= set(glued)
        assert {name for name in glued if name.endswith("_pt")} == set(quoted)
        assert not [name for name in quoted if re.search(r"\d\.\d", glued[name])]
        assert glued["or_cardiac_pt"] == "'15,56'"

    def test_the_page_names_its_language(self, tmp_path):
        env = SimpleNamespace(metadata={"pt": {"language": "pt-BR"}, "index": {}})
        app = SimpleNamespace(env=env, srcdir=tmp_path, doctreedir=tmp_path)
        for page, language in (("pt", "pt-BR"), ("index", "en"), ("search", "en")):
            context = {"language": "en", "body": "<p>Text"}
            Book(app).check_page(app, page, "", context, None)
            assert context["language"] == language
        assert read("pt.md").startswith("---\nlanguage: pt-BR\n---\n")
