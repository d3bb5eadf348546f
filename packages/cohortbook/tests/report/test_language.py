"""Whatever a cohort's tables, figures and pages say is in its language: nothing stays English.

Each phrase of the dictionaries is put into Cyrillic letters, and each label is Greek. What
is then left in Latin letters has not come from a dictionary.
"""

import ast
import re
from functools import cache
from html import unescape
from pathlib import Path
from string import ascii_letters

import numpy as np
import pandas as pd
import pytest
import yaml

import cohortbook.report
import smallstats
from cohortbook.cohort import load_cohort
from cohortbook.cohort.decisions import list_decisions
from cohortbook.report import key_figures, printing
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.curves import survival_curves
from cohortbook.report.models import fit_candidates
from cohortbook.report.prediction import (
    predict_candidates,
    prediction_figure,
    summarise_predictions,
)
from cohortbook.report.translations import MESSAGES, translations
from cohortbook.report.words import text_file

CYRILLIC = {
    ord(letter): 0x410 + 32 * letter.islower() + ord(letter) % 32 for letter in ascii_letters
}
NAMES = {"Python", "cohortbook", "smallstats", "pandas", "numpy", "scipy", "statsmodels", "csv"}
LATIN = re.compile(r"[A-Za-z][a-z-]{2,}")


@cache
def in_cyrillic(language, dictionary=printing.MESSAGES):
    """Give each phrase in Cyrillic letters, but for what is filled in."""
    phrases = translations("pt", dictionary) | translations("pt")
    return {
        english: "".join(
            part if part.startswith("{") else part.translate(CYRILLIC)
            for part in re.split(r"(\{[^}]*\})", re.sub(r"!r\}", "}", english))
        )
        for english in phrases
    }


def cohort_of(folder, **analysis):
    """Make 90 patients with every difficulty of a fit; labels and levels are Greek."""
    rng, n = np.random.default_rng(7), 90
    outcome = rng.integers(0, 2, n)
    frame = pd.DataFrame({"zzid": range(1, n + 1), "zzout": outcome})
    frame["zzsign"] = rng.integers(0, 2, n)
    frame["zzcopy"] = frame["zzsign"]
    frame["zzrare"] = np.where(outcome == 1, rng.random(n) < 0.2, False).astype(int)
    frame["zzsame"] = 1
    frame["zzage"] = rng.normal(50, 10, n).round(1)
    frame["zzweight"] = np.where(rng.random(n) < 0.15, np.nan, rng.normal(70, 9, n).round(1))
    frame["zzsite"] = rng.integers(1, 6, n)
    frame["zzkind"] = rng.choice(["α", "β", "γ"], n)
    frame["zzgrade"] = rng.choice(["α", "β", "γ"], n)
    frame["zztime"] = (1 + np.where(frame["zzsign"] == 1, 8, 40 * rng.random(n))
                       + rng.random(n)).round(2)  # fmt: skip
    frame["zzother"] = np.where(outcome == 1, 0, rng.integers(0, 2, n))
    frame["zzlater"] = (frame["zzage"] + rng.normal(1, 3, n)).round(1)
    frame.to_csv(folder / "zz.csv", index=False)
    kinds = {"zzage": "number", "zzweight": "number", "zzsite": "number", "zztime": "number",
             "zzlater": "number", "zzkind": "category", "zzgrade": "ordinal"}  # fmt: skip
    greek = iter("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠ")
    variables = {
        name: {"label": f"{next(greek)}ω", "kind": kinds.get(name, "binary")}
        | ({"levels": ["α", "β", "γ"]} if name in ("zzkind", "zzgrade") else {})
        for name in frame.columns[1:]
    }
    spec = {
        "title": "Ω", "language": "pt", "data": {"file": "zz.csv"}, "id": {"column": "zzid"},
        "variables": variables, "analysis": {"outcome": "zzout"} | analysis,
    }  # fmt: skip
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(folder)


EVERY = ["zzsign", "zzcopy", "zzrare", "zzsame", "zzage", "zzweight", "zzkind"]
TIMED = {"time": "zztime", "event": "zzout"}
CASES = {
    "likelihood": {"candidates": EVERY, "method": "ml", "compare": EVERY, "groups": "zzkind",
                   "describe": EVERY},
    "firth": {"candidates": EVERY[2:], "splines": {"zzage": "4"}, "predictions": True,
              "interactions": [["zzrare", "zzage"]], "linear": ["zzlater"], "ordered": ["zzgrade"],
              "pairs": [["zzage", "zzlater"]]},
    "exact": {"candidates": ["zzrare", "zzsign", "zzsame", "zzage"], "method": "exact"},
    "clusters": {"candidates": EVERY, "cluster": "zzsite", "linear": ["zzlater"],
                 "ordered": ["zzgrade"], **TIMED},
    "times": {"candidates": EVERY, **TIMED, "curves": "zzkind"},
    "competing": {"candidates": EVERY, **TIMED, "competing": "zzother", "curves": "zzsign"},
    "imputed": {"candidates": EVERY, "compare": EVERY, "imputations": "3", **TIMED},
    "imputed by likelihood": {"candidates": EVERY, "imputations": "3", "method": "ml"},
}  # fmt: skip


QUICK = ("likelihood", "clusters")


def written(cohort):
    """Yield every text of a cohort's tables, figures, drafts, with where it is."""
    for name, table in cohort_tables(cohort).items():
        yield f"{name}, caption", table.caption
        yield from ((f"{name}, note", note) for note in table.notes)
        yield from ((f"{name}, heading", str(heading)) for heading in table.frame.columns)
        yield from ((f"{name}, cell", str(cell)) for cell in table.frame.to_numpy().ravel())
    decisions = list_decisions(cohort, printing.printing_of(cohort).say)
    for row in decisions.itertuples():
        yield "decisions, who", f"{row.step} {row.decided_by}"
        if row.change.split(":")[0] != "analysis":  # these name keys of cohort.yml
            yield "decisions", re.sub(r"zz\w+", "", row.decision)
    yield "draft", text_file(cohort).decode()
    figures = {"main": key_figures.main_figure(cohort)}
    if cohort.spec.analysis.time:
        figures["curves"] = survival_curves(cohort)
    if cohort.spec.analysis.predictions:
        performance = predict_candidates(cohort, fit_candidates(cohort))
        figures["prediction"] = prediction_figure(performance)
        yield "prediction", str(summarise_predictions(performance))
    for name, figure in figures.items():
        yield from ((f"{name}, figure", text) for text in texts_of(figure))


def texts_of(figure):
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        yield text.get_text()
    yield getattr(figure, "alt", "") or ""


def left_in_english(text):
    words = {match for match in LATIN.findall(unescape(text)) if match not in NAMES}
    return words | set(re.findall(r"zz\w+", text))


@pytest.mark.parametrize(
    "case",
    [case if case in QUICK else pytest.param(case, marks=pytest.mark.slow) for case in CASES],
)
def test_nothing_stays_english(tmp_path, monkeypatch, case):
    monkeypatch.setattr(printing, "translations", in_cyrillic)
    cohort = cohort_of(tmp_path, **CASES[case])
    english = {(where, text) for where, text in written(cohort) if left_in_english(text)}
    assert english == set()


def remarks():
    """Give the words of every remark in the source, with where it is written."""
    packages = Path(smallstats.__file__).parent, Path(cohortbook.report.__file__).parent
    paths = {path for package in packages for path in package.glob("*.py")}
    for path in sorted(path for path in paths if path.name != "remarks.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Remark":
                yield from ((path.name, call.lineno, words) for words in literal(call, tree))


def literal(call, tree):
    """Give the words of a call: a text, or the texts that its name stands for in the module."""
    first = call.args[0]
    if isinstance(first, ast.Constant):
        return [first.value]
    pairs = [(node.targets[0], node.value) for node in ast.walk(tree) if type(node) is ast.Assign]
    pairs += [
        each for one, other in pairs if type(one) is type(other) is ast.Tuple
        for each in zip(one.elts, other.elts, strict=True)
    ]  # fmt: skip
    named = [value for target, value in pairs if getattr(target, "id", "") == first.id]
    return [value.value for value in named if isinstance(value, ast.Constant)] or [""]


@pytest.mark.parametrize("language", ["pt", "es"])
def test_every_remark_has_a_translation(language):
    phrases = translations(language, MESSAGES)
    assert {remark for remark in remarks() if remark[2] not in phrases} == set()
    assert len({words for *_, words in remarks()}) > 60
