"""What the chapter on robustness says of its numbers is so."""

import json
import re
from pathlib import Path

import pytest

from jdm_utils import load_claims, load_cohort, two_by_two

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "11_robustness.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[dict]:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


@pytest.fixture(scope="module")
def glued(cells) -> dict[str, str]:
    outputs = [o for c in cells for o in c.get("outputs", []) if o["output_type"] != "stream"]
    outputs = [o for o in outputs if "scrapbook" in o["metadata"]]
    return {
        o["metadata"]["scrapbook"]["name"]: next(iter(o["data"].values())).strip("'")
        for o in outputs
    }


def printed(cells, caption: str) -> str:
    texts = ["".join(o["data"].get("text/plain", ""))
             for c in cells for o in c.get("outputs", []) if "data" in o]  # fmt: skip
    return next(text for text in texts if text.startswith(caption))


def test_the_family_has_one_test_a_question(glued):
    """Rows of Table 3 and the delay; a row that is another's complement asks nothing new."""
    cohort = load_cohort()
    asked: list[frozenset] = []
    for name in [*cohort.spec.analysis.compare, "diagnosis_over_1_year"]:
        column = cohort.frame[name]
        both = [column, ~column] if column.dtype == "boolean" else [column]
        asked.append(frozenset(tuple(values) for values in both))
    assert len(asked) == 15
    assert int(glued["n_tests"]) == len(set(asked)) == 14


def test_the_smallest_p_is_corrected_for_14_tests(cells, glued):
    smallest = two_by_two(11, 23, 4, 31).fisher
    first = printed(cells, "Every question of Table 3").splitlines()[4]
    assert re.findall(r"0\.\d+", first)[:2] == ["0.006", f"{14 * smallest:.3f}"]
    assert glued["n_holm"] == "0"


def test_the_direction_is_the_same_in_every_cohort_and_analysis(cells):
    rows = printed(cells, "The same, as numbers").splitlines()
    least = [float(line.split()[-3]) for line in rows if line[0:1] == "\u2003"]  # a level
    assert len(least) == 21 and min(least) > 1


def test_the_published_model_is_chosen_in_fewer_than_half_of_the_resamples(glued):
    assert int(glued["n_cohorts"]) >= 200
    for key in ("chosen_range", "chosen_same_range"):
        low, high = map(int, re.findall(r"\d+", glued[key]))
        assert low < high < 50


def test_what_is_observed_is_above_chance_in_every_cohort(cells):
    rows = printed(cells, "Nagelkerke's R² of the chosen model").splitlines()
    ends = {line.split("  ")[0]: line.split()[-2:] for line in rows[4:]}
    assert float(ends["In the cohort"][0]) > float(ends["By chance, 95% below"][1])


def test_only_the_treatment_moves_with_one_child(glued):
    assert glued["moved_terms"] == "treatment of Table 4 (31 treated)"


def test_early_is_the_word_that_the_paper_prints(glued):
    word = load_claims().loc["results_calcinosis_before_diagnosis_calcinosis_n", "printed"]
    assert glued["early"] == word.title()
