"""What `analysis:`, `style:` and `language:` may ask for."""

import pytest
import yaml

from cohortbook.cohort import CohortError
from cohortbook.cohort.examining import read_spec

VARIABLES = {
    "ill": {"kind": "binary"},
    "arm": {"kind": "category", "levels": ["a", "b", "c"]},
    "grade": {"kind": "ordinal", "levels": ["I", "II"]},
    "ck": {"kind": "number", "per": "10", "decimals": "1"},
    "later": {"kind": "number"},
    "years": {"kind": "number"},
}


def read(tmp_path, analysis=None, variables=None, **sections):
    content = {
        "data": {"file": "a.csv"},
        "variables": {k: v | (variables or {}).get(k, {}) for k, v in VARIABLES.items()},
        "analysis": {"outcome": "ill", "candidates": ["ck", "arm"]} | (analysis or {}),
    }
    path = tmp_path / "cohort.yml"
    path.write_text(yaml.safe_dump(content | sections, sort_keys=False), "utf-8")
    return read_spec(path)


def test_every_key_is_read(tmp_path):
    spec = read(
        tmp_path,
        {
            "groups": "arm", "randomised": True, "columns": ["overall", "smd"],
            "effects": ["risk_ratio"], "method": "ml", "interactions": [["ck", "arm"]],
            "splines": {"ck": "4"}, "predictions": True, "linear": ["later"], "ordered": ["grade"],
            "pairs": [["ck", "later"]], "cluster": "later", "time": "years", "event": "ill",
            "curves": "arm", "tests": {"number": "student", "grade": "fisher", "arm": "pearson"},
        },
        {"ck": {"per": "doubling"}, "arm": {"reference": "b"}},
        style={"p": "nejm", "mean_sd": "parentheses", "percent_decimals": "1", "decimal": "comma"},
        language="pt",
    )  # fmt: skip
    assert spec.analysis.interactions == (("ck", "arm"),) and spec.analysis.randomised
    assert spec.style.p == "nejm" and spec.language == "pt"
    assert spec.variables["arm"].reference == "b"


def test_what_happens_after_the_start_is_not_compared_unless_asked(tmp_path):
    spec = read(tmp_path, {"time": "years", "event": "ill", "groups": "arm"})
    assert spec.analysis.compare == ("arm", "grade", "ck", "later")
    assert "years" in spec.analysis.describe
    asked = read(tmp_path, {"time": "years", "event": "ill", "compare": ["years"]})
    assert asked.analysis.compare == ("years",)


def test_tests_of_kinds_and_of_what_is_not_compared_stay(tmp_path):
    asked = {"number": "student", "binary": "pearson_fisher", "later": "mann-whitney"}
    spec = read(tmp_path, {"compare": ["ck"], "tests": asked})
    assert spec.analysis.tests == asked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": "ck"}, "a variable of kind number"),
        ({"groups": "ill"}, "the outcome"),
        ({"randomised": True}, "the arms are not named"),
        ({"columns": ["overal"]}, "did you mean 'overall'"),
        ({"effects": ["rr"]}, "odds_ratio, risk_ratio, risk_difference"),
        ({"method": "bayes"}, "firth, ml, exact"),
        ({"interactions": [["ck", "arm", "ill"]]}, "not two variables"),
        ({"interactions": [["ck", "years"]]}, "not a candidate"),
        ({"splines": {"ck": "7"}}, "3, 4, 5"),
        ({"splines": {"years": "4"}}, "not a candidate"),
        ({"pairs": [["ck", "grade"]]}, "not a pair"),
        ({"pairs": [["ck"]]}, "not a pair"),
        ({"ordered": ["arm"]}, "a variable of kind category"),
        ({"linear": ["zz"]}, "no such variable"),
        ({"tests": {"arm": "welch"}}, "auto, pearson, fisher"),
        ({"tests": {"number": "fisher"}}, "auto, welch, student, mann-whitney"),
        ({"tests": {"grade": "trend"}}, "auto, n_minus_1"),
        ({"tests": {"zz": "welch"}}, "no such variable"),
    ],
)
def test_what_cannot_be_done_is_named(tmp_path, change, message):
    with pytest.raises(CohortError, match=message):
        read(tmp_path, change)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("ck", {"per": "-1"}, "not a step"),
        ("ck", {"per": "nan"}, "not a step"),
        ("ck", {"decimals": "many"}, "not a number of decimals"),
        ("arm", {"reference": "d"}, "no such level"),
        ("ill", {"reference": "yes"}, "not for kind binary"),
    ],
)
def test_how_a_variable_is_shown(tmp_path, name, change, message):
    with pytest.raises(CohortError, match=message):
        read(tmp_path, variables={name: change})


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"style": {"p": "apa"}}, "exact, nejm, jama"),
        ({"style": {"decimal": ","}}, "point, comma"),
        ({"language": "fr"}, "en, pt, es"),
    ],
)
def test_styles_and_languages(tmp_path, sections, message):
    with pytest.raises(CohortError, match=message):
        read(tmp_path, **sections)
