"""The book's prose: no number is typed, and no sentence says more than its number."""

import inspect
import json
import re
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import binom, fisher_exact

from cohortbook.cohort.dates import read_days
from cohortbook.cohort.spec import Data
from cohortbook.report.suppression import FEW_VALUES, QUARTERS
from jdm_utils import load_claims, load_cohort, printed
from smallstats.bayes import SENSITIVITY
from smallstats.planning import required_n
from smallstats.univariate import SMALL_EXPECTED

ROOT = Path(__file__).resolve().parents[1]
#: Roles, code, links, directives' options: not prose.
MARKUP = r"```.*?```|\{[a-z:-]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|^\([a-z0-9-]+\)=$|^:[^\n]*"
#: Names, conventional levels, the ratio without effect, formulas, the paper's own cut-off, and the
#: places of numbers: not results.
ALLOWED = (
    r"Tables?\s\d( and \d|, \d and \d)?|\b(5|10|95)%|6\.5 years|\b2008\b|COVID-19"
    r"|\"1\.0\"|not 6\s+and 1|\b(2|97)\.5th percentile|(ratio >|excludes) 1\b|k − 2 df"
    r"|doi:\S+|\{\w+\}"
)

#: Names of works, licences and methods, and whom the tests are made for.
NAMES = (
    r";84\(1\):68-74|CC BY 4\.0|\bSHA-256\b|\bN-1\b|\bD2\b|\bTables 2 to 4\b"
    r"|[A-Z][a-z]+ and [A-Z][a-z]+ \d{4}\b|statistics for 20 to 300 patients"
)

#: What the printed numbers do not support, or says more of people's work than they do.
FALSE = re.compile(
    r"both cannot be right|either the counts or the p|if the p is right|hardly any room"
    r"|it is Student|detective|\bgrave\b|dismissed|\bimpossible to\b|fits? by luck|\bgo(es)? with\b"
    r"|went with|stands twice|once in twenty|one in twenty",
    re.IGNORECASE,
)
PAGES = (
    "index.md",
    *(f"pages/{name}.md" for name in ("about", "adapt", "checklists", "glossary", "specification")),
)


def prose() -> dict[str, str]:
    texts = {"index.md": (ROOT / "index.md").read_text(encoding="utf-8")}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        words = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        figures = [c["metadata"].get("mystnb", {}).get("figure", {}) for c in cells]
        texts[path.name] = "\n".join([*words, *(f.get("caption", "") for f in figures)])
    return texts | {"words.yml": "\n".join(words_of_tables())}


def words_of_tables() -> list[str]:
    """Return what a reader may see of the dictionary of words: not its keys, nor its formats."""
    sections = yaml.safe_load((ROOT / "jdm_utils" / "words.yml").read_text(encoding="utf-8"))
    shared = [text for words in sections.pop("shared").values() for text in texts_in(words)]
    entries = [entry for tables in sections.values() for entry in tables.values()]
    kinds = ("caption", "headings", "words", "labels", "notes")
    return shared + [text for e in entries for kind in kinds for text in texts_in(e.get(kind, ""))]


def texts_in(part: object) -> list[str]:
    if isinstance(part, dict):
        return [text for value in part.values() for text in texts_in(value)]
    if isinstance(part, list):
        return [text for value in part for text in texts_in(value)]
    return [str(part)] if isinstance(part, str) else []


@pytest.mark.parametrize("name", prose())
def test_no_number_is_typed(name):
    text = re.sub(MARKUP, " ", prose()[name], flags=re.DOTALL | re.MULTILINE)
    typed = re.findall(r"[^\n]{0,30}\d[^\n]{0,20}", re.sub(ALLOWED, "", text))
    assert typed == []


def middle(text: str, form: str) -> pd.Timestamp:
    (day,) = pd.DatetimeIndex(read_days([text], form, Data("f")))
    return day


def levels_of_fisher(n1: int, n0: int) -> tuple[float, float]:
    """Give the lowest and highest chance of p <= 5% without a difference, by every table."""
    tables = [[[[a, n1 - a], [b, n0 - b]] for b in range(n0 + 1)] for a in range(n1 + 1)]
    rejected = np.array([[fisher_exact(t).pvalue <= 0.05 for t in row] for row in tables])
    levels = [
        binom.pmf(range(n1 + 1), n1, risk) @ rejected @ binom.pmf(range(n0 + 1), n0, risk)
        for risk in np.linspace(0.1, 0.9, 33)
    ]
    return min(levels), max(levels)


@cache
def stated() -> str:
    """Give what a page outside the book's chapters may say in digits, each number computed."""
    cases, all_patients = (load_cohort().frame["calcinosis"].agg(how) for how in ("sum", "count"))
    others = all_patients - cases
    low, high = levels_of_fisher(cases, others)
    page = (ROOT / "pages" / "specification.md").read_text(encoding="utf-8")
    (limit,) = re.findall(r'^suppress_below: "(\d+)"', page, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return "|".join(
        [
            f"{all_patients} patients here are invented",
            f"Python {project['requires-python'].removeprefix('>=')} or newer",
            f"\\(the {middle('03/2015', '%m/%Y').day}th\\)",
            "\\(2015Q2, Q2 2015\\)",
            f"\\(the {middle('2015Q2', 'quarter').day}th of its second month\\)",
            f"\\({middle('2015', '%Y'):%-d %B}\\)",
            f"groups of {cases} and {others} is {100 * low:.0f} to {100 * high:.0f}% instead of",
            r"\(for risks of 10 to 90%\)",
            f"below {SMALL_EXPECTED}\\b|expected count is {SMALL_EXPECTED} or more",
            f"says that it is from 1 to {int(limit) - 1}",
        ]
    )


@pytest.mark.parametrize("name", ["README.md", *PAGES[1:]])
def test_a_number_of_the_pages_is_the_right_one(name):
    text = re.sub(MARKUP, " ", (ROOT / name).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(f"{NAMES}|{stated()}", " ", " ".join(text.split()))
    assert [text[: m.end()][-60:] for m in re.finditer(r"\d+", re.sub(ALLOWED, " ", text))] == []


@pytest.mark.parametrize("name", [*prose(), *PAGES[1:], "README.md", "data/README.md"])
def test_no_sentence_says_more_than_its_number(name):
    path = ROOT / name
    text = " ".join(
        (path.read_text(encoding="utf-8") if path.suffix == ".md" else prose()[name]).split()
    )
    assert [text[m.start() - 60 : m.end() + 40] for m in FALSE.finditer(text)] == []


UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
TENS = {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty"}
WORDS = dict(enumerate(UNITS.split(" "))) | TENS
#: Two and three are not held: most of them count what the sentence itself lists.
WORD = re.compile(rf"\b({'|'.join(word for n, word in WORDS.items() if n > 3)})\b")
#: Conventions, a criterion of diagnosis, and a number that is quoted as a text.
CONVENTIONS = (
    r"printed: \"six\"|expected count is five or more|three of the other four criteria"
    r"|fewer than ten patients"
)


@cache
def counted() -> dict[str, int]:
    """Give the phrases in which a number may be a word, and what it has to be."""
    claims = load_claims()
    of_model = claims[(claims["location"] == "table4") & (claims["role"] == "built_in")]
    all_over = claims.loc["results_extensive_calcinosis_percent", "denominator"]
    code = [
        "".join(cell["source"])
        for path in ("10_small_samples", "13_next_study")
        for cell in json.loads((ROOT / f"notebooks/{path}.ipynb").read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    (methods,) = (re.findall(r'^    "', text, re.M) for text in code if 'Wald": fit' in text)
    source = "\n".join(code)
    margin = inspect.signature(required_n).parameters["margin"].default
    return {
        r"all {} numbers|the {} numbers": len(of_model) - 1,  # without that of the patients
        r"that differ, of {}": len(of_model) - 1,
        r"all {} tests": len(printed.FAMILY),
        r"{} methods": len(methods),
        r"{} priors": len(SENSITIVITY),
        r"child in {} with": round(
            all_over / claims.loc["results_extensive_calcinosis_n", "value"]
        ),
        r"{} pairs of counts": 2**3,  # two levels of each of three variables
        r"more than {} months": 12,  # the year of the study of 2008
        r"a power of {} percent|dotted: {}": int(
            100 * float(*re.findall(r"power=(0\.\d+), ", source))
        ),
        r"a factor of {}": int(*re.findall(r"precise <= (\d+)", source)),
        r"within {} points": round(100 * margin),
        r"{} times the limit": QUARTERS,
        r"has {} different values": FEW_VALUES,
    }


@pytest.mark.parametrize(
    "name", [*prose(), "README.md", "pages/adapt.md", "pages/specification.md"]
)
def test_a_number_that_is_a_word_is_the_right_one(name):
    text = prose().get(name) or (ROOT / name).read_text(encoding="utf-8")
    text = " ".join(re.sub(MARKUP, " ", text, flags=re.DOTALL | re.MULTILINE).lower().split())
    right = [phrase.format(*2 * [WORDS[number]]) for phrase, number in counted().items()]
    text = re.sub("|".join([CONVENTIONS, *right]), " ", text)
    assert [text[: m.end()][-60:] for m in WORD.finditer(text)] == []


def test_the_guard_sees_a_typed_number():
    assert re.findall(r"\d+", re.sub(ALLOWED, "", re.sub(MARKUP, "", "Table 4: 17 of `23`"))) == [
        "17"
    ]
