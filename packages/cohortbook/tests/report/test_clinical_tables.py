"""Tables: what they say, and the HTML that says it."""

import re
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cohortbook.cohort import load_cohort
from cohortbook.cohort.spec import Style
from cohortbook.report.clinical_tables import (
    show_changes,
    show_comparison,
    show_description,
    show_flow,
    show_regression,
)
from cohortbook.report.comparison import (
    compare_groups,
    describe,
    groups_of,
    labels_of,
    odds_ratios,
    univariable_and_multivariable,
)
from smallstats.descriptive import describe_frame
from smallstats.logistic import fit_logistic
from smallstats.table import KEY, Table, table_of
from smallstats.univariate import compare_frame


def binary(*counts: tuple[int, int]) -> Any:
    """A yes/no column: in each group, so many yes and the rest no."""
    values = [i < n for n, total in counts for i in range(total)]
    return pd.array(values, dtype="boolean")


@pytest.fixture
def cohort() -> SimpleNamespace:
    """23 patients with the outcome and 31 without, two values missing."""
    rng = np.random.default_rng(1)
    strength = pd.Categorical(["II", "III", "IV"] * 18, ["II", "III", "IV"], ordered=True)
    frame = pd.DataFrame(
        {
            "relapse": binary((23, 23), (0, 31)),
            "cardiac": binary((7, 23), (1, 31)),
            "treated": binary((17, 23), (14, 31)),
            "pulmonary": binary((10, 23), (5, 31)),
            "prednisone": binary((23, 23), (31, 31)),
            "age": rng.normal(7, 2, 54).round(3),
            "strength": strength,
        }
    )
    frame.loc[0, "pulmonary"] = pd.NA
    frame.loc[[30, 31], "age"] = np.nan
    frame["site"] = binary((5, 23), (0, 31))
    frame.loc[23:, "site"] = pd.NA  # does not apply without the outcome
    frame.loc[9, "site"] = pd.NA  # applies, and is missing
    frame["ulcer"] = frame["site"].where(frame["site"].fillna(True))
    frame.loc[0, "ulcer"] = pd.NA  # applies, and is missing; on row 9 nobody knows
    units, only_if = {"age": "years"}, {"site": "relapse", "ulcer": "site"}
    variables = {
        name: SimpleNamespace(
            label=f"{name.capitalize()} label",
            unit=units.get(name, ""),
            only_if=only_if.get(name, ""),
            decimals="",
        )
        for name in frame
    }
    names = ("cardiac", "age", "strength", "pulmonary", "prednisone")
    plan = SimpleNamespace(outcome="relapse", describe=names, compare=names[:-1], tests={})
    spec = SimpleNamespace(
        variables=variables, analysis=plan, smallest_shown=1, style=Style(), language="en"
    )
    return SimpleNamespace(frame=frame, spec=spec)


def parse(table: Table) -> BeautifulSoup:
    return BeautifulSoup(table._repr_html_(), "html.parser")


def texts(table: Table) -> list[list[str]]:
    return [[*map(str, row)] for row in table.frame.to_numpy().tolist()]


@pytest.fixture
def table() -> Table:
    frame = pd.DataFrame(
        {
            "Drug": ["EDTA", "Diltiazem", "None"],
            "OR (95% CI)": ["−0.5 (−1 to ∞)", "∞ᵃ", "–"],
            "p": ["<0.001ᵇ", "", "–ᵃ"],
            "Note": ["1 or 2", "few", ""],
        }
    )
    return Table(frame, "Drugs & doses", ("First.", "Second."), "drugs")


def test_html_has_the_parts_a_reader_and_a_screen_reader_need(table: Table) -> None:
    page = parse(table)
    (wrapper,) = page.find_all("div")
    assert wrapper["class"] == ["jdm-table"] and wrapper["id"] == "drugs"
    assert wrapper["tabindex"] == "0" and wrapper["role"] == "group"
    assert wrapper["aria-label"] == "Drugs & doses" == page.caption.get_text()
    assert page.find("table").find(True).name == "caption"  # comes first
    heads = page.select("thead > tr > th[scope=col]")
    assert [h.get_text() for h in heads] == ["Drug", "OR (95%\xa0CI)", "p", "Note"]
    rows = page.select("tbody > tr")
    assert [[c.name for c in row.find_all(True)] for row in rows] == [["th", "td", "td", "td"]] * 3
    shown = [[c.get_text().replace("\xa0", " ") for c in row.find_all(True)] for row in rows]
    assert shown == texts(table)
    assert all(row.th["scope"] == "row" and row.th["dir"] == "auto" for row in rows)
    assert [p.get_text() for p in wrapper.find_all("p", recursive=False)] == ["First.", "Second."]
    assert not "".join(wrapper.find_all(string=True, recursive=False)).strip()
    assert page.select("p[dir=auto], caption[dir=auto]") == [page.caption, *page.find_all("p")]


def test_html_to_the_last_byte() -> None:
    table = Table(pd.DataFrame({"a": ["x"], "n": ["1"], "b": ["y"]}), "c", ("note",))
    html = re.sub("<style>.*</style>", "", table._repr_html_())
    assert html == (
        '<div class="jdm-table" role="group" aria-label="c" tabindex="0">\n'
        '<table>\n<caption dir="auto">c</caption>\n'
        '<thead><tr><th scope="col" dir="auto">a</th><th scope="col" class="num">n</th>'
        '<th scope="col" dir="auto">b</th></tr></thead>\n<tbody>\n'
        '<tr><th scope="row" dir="auto">x</th><td class="num">1</td><td dir="auto">y</td></tr>\n'
        '</tbody>\n</table>\n<p dir="auto">note</p>\n</div>'
    )


def test_columns_of_numbers_and_they_alone_are_marked(table: Table) -> None:
    marked = [
        [("num" in c.get("class", [])) for c in row.find_all(["th", "td"])]
        for row in parse(table).find_all("tr")
    ]
    assert marked == [[False, True, True, False]] * 4
    numbers_first = Table(pd.DataFrame({"a": ["1"], "b": ["2"]}), "c")
    assert [c.get("class") for c in parse(numbers_first).tbody.find_all(["th", "td"])] == [
        None,
        ["num"],
    ]


def style_of(table: Table) -> str:
    """The style that a table carries, without spaces where they say nothing."""
    return re.sub(r"\s*([{}:;,])\s*", r"\1", parse(table).style.string)


def test_table_scrolls_inside_itself_and_takes_no_colour_of_its_own(table: Table) -> None:
    style = style_of(table)
    assert ".jdm-table{overflow-x:auto;" in style
    assert ".jdm-table:is(th,td).num{text-align:right;}" in style and "text-align:left" in style
    own = style.replace("background:var(--pst-color-background,Canvas)", "")  # that of the page
    assert not re.search(r"#[0-9a-f]{3}|rgb|background|url|@import", own)
    rules = re.findall(r"[^{}]+(?={)", re.sub(r"@container|\([^()]*\)", "", style))
    rules = [rule for rule in rules if rule.strip()]
    assert all(part.startswith(".jdm-table") for rule in rules for part in rule.split(","))


HOSTILE = "<script>alert('x')</script> & \"quoted\" </td><b>"


def test_markup_in_any_part_is_shown_not_obeyed() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE], "b" + HOSTILE: [HOSTILE]})
    shown = Table(frame, HOSTILE, (HOSTILE,), HOSTILE)
    page = parse(shown)
    assert {tag.name for tag in page.find_all(True)} == {
        *("div", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "p")
    }
    assert page.caption.get_text() == page.p.get_text() == HOSTILE
    assert page.div["aria-label"] == page.div["id"] == HOSTILE
    assert [c.get_text() for c in page.tbody.find_all(["th", "td"])] == [HOSTILE, HOSTILE]
    assert page.th.get_text() == HOSTILE
    for table in (table_of(frame, "c"), show_flow(flow(label=HOSTILE)), show_changes(changes())):
        assert "<script" not in table._repr_html_()


def test_right_to_left_and_endless_labels_are_left_whole() -> None:
    long, hebrew = "x" * 5000, "שלום עולם"
    table = table_of(pd.DataFrame({"a": [long, hebrew], "b": [1, 2]}), hebrew)
    page = parse(table)
    assert [th.get_text() for th in page.select("tbody th[dir=auto]")] == [long, hebrew]
    assert page.caption["dir"] == "auto"
    assert "overflow-wrap:break-word" in style_of(table)


def test_bytes_are_the_same_every_time(cohort: Any) -> None:
    first, second = (
        show_comparison(compare_groups(cohort), groups=groups_of(cohort)) for _ in range(2)
    )
    assert first._repr_html_() == second._repr_html_()
    assert repr(first) == repr(second)
    assert not re.search(r"0x[0-9a-f]{6}", first._repr_html_() + repr(first))
    assert 'id="' not in first._repr_html_()


def test_plain_text_lines_up(table: Table) -> None:
    assert repr(table).split("\n") == [
        "Drugs & doses",
        "",
        "Drug       OR (95% CI)     p        Note",
        "---------  --------------  -------  ------",
        "EDTA       −0.5 (−1 to ∞)  <0.001ᵇ  1 or 2",
        "Diltiazem  ∞ᵃ                       few",
        "None       –               –ᵃ",
        "",
        "First.",
        "Second.",
    ]


@pytest.mark.parametrize("cell", [1, 0.1, None, np.nan])
def test_a_cell_that_is_no_string_is_refused(cell: object) -> None:
    with pytest.raises(TypeError, match=r"column 'b' of a Table holds .*, not a string"):
        Table(pd.DataFrame({"a": ["x"], "b": pd.Series([cell], dtype=object)}), "c")


def test_table_of_writes_each_type_its_own_way() -> None:
    frame = pd.DataFrame(
        {
            "some_text": ["a", None],
            "n": pd.array([3, None], dtype="Int64"),
            "yes": pd.array([True, None], dtype="boolean"),
            "no": [False, True],
            "x": [1.005, np.nan],
            "p": [0.0004, 0.5],
            "day": [datetime(2003, 12, 31), pd.NaT],
            "drugs": [("b", "a"), ()],
            "whole": np.array([1, 2]),
        }
    )
    shown = table_of(frame, "c", notes=["n"], name="id")
    assert list(shown.frame) == ["Some text", "n", "Yes", "No", "x", "p", "Day", "Drugs", "Whole"]
    assert texts(shown) == [
        ["a", "3", "Yes", "No", "1.01", "<0.001", "2003-12-31", "b and a", "1"],
        ["–", "–", "–", "Yes", "–", "0.500", "–", "none", "2"],
    ]
    assert (shown.caption, shown.notes, shown.name) == ("c", ("n",), "id")
    pd.testing.assert_frame_equal(shown.data, frame)


def test_table_of_can_be_told_otherwise() -> None:
    frame = pd.DataFrame(
        {"x": [0.25], "p": [0.25], "y": [0.25]}, index=pd.Index(["t"], name="term")
    )
    shown = table_of(
        frame,
        "c",
        decimals=1,
        headings={"x": "Log odds", "term": "Variable"},
        formats={"p": 0, "y": lambda value: f"<{value}>"},
    )
    assert list(shown.frame) == ["Variable", "Log odds", "p", "y"]
    assert texts(shown) == [["t", "0.3", "0", "<0.25>"]]
    assert list(shown.data) == ["term", "x", "p", "y"]


def test_labels_carry_units_and_groups_the_outcome(cohort: Any) -> None:
    assert labels_of(cohort)["age"] == "Age label (years)"
    assert labels_of(cohort)["cardiac"] == "Cardiac label"
    assert groups_of(cohort) == ("Relapse label", "No relapse label")
    cohort.spec.variables["relapse"].label = "ILD"
    assert groups_of(cohort) == ("ILD", "No ILD")
    cohort.spec.analysis.outcome = ""
    with pytest.raises(ValueError, match="names no outcome under analysis"):
        groups_of(cohort)
    with pytest.raises(ValueError, match="names no outcome under analysis"):
        compare_groups(cohort)


def test_description_is_unrounded_and_shown_rounded(cohort: Any) -> None:
    description = describe(cohort)
    assert list(description["variable"]) == [
        "cardiac",
        "age",
        *["strength"] * 3,
        "pulmonary",
        "prednisone",
    ]
    age = cohort.frame["age"]
    assert description["mean"][1] == pytest.approx(age.mean(), rel=1e-12)
    shown = show_description(description, notes=["Own note."])
    assert shown.data is description
    assert list(shown.frame) == [
        "Characteristic",
        "n/N (%) or mean ± SD",
        "Median (quartiles)",
        "Range",
        "Missing",
    ]
    rows = texts(shown)
    assert rows[0] == ["Cardiac label", "8/54 (15%)", "", "", "0"]
    assert rows[2] == ["Strength label", "", "", "", "0"]
    assert rows[3] == ["\u2003II", "18/54 (33%)", "", "", ""]
    assert rows[6] == ["Pulmonary label", "14/53 (26%)", "", "", "1"]
    q1, middle, q3 = age.quantile([0.25, 0.5, 0.75])
    assert rows[1] == [
        "Age label (years)",
        f"{age.mean():.2f} ± {age.std():.2f}, n = 52",
        f"{middle:.2f} ({q1:.2f} to {q3:.2f})",
        f"{age.min():.2f} to {age.max():.2f}",
        "2",
    ]
    assert shown.notes == ("N counts the patients whose value is known.", "Own note.")


def test_description_without_numbers_or_gaps_has_no_empty_columns(cohort: Any) -> None:
    cohort.spec.analysis.describe = ("cardiac",)
    shown = show_description(describe(cohort))
    assert list(shown.frame) == ["Characteristic", "n/N (%)"]
    assert shown.notes == ()


def test_comparison_names_denominators_tests_and_intervals(cohort: Any) -> None:
    comparison = compare_groups(cohort, test="fisher")
    shown = show_comparison(comparison, groups=groups_of(cohort), notes=["Own note."])
    assert list(shown.frame) == [
        "Characteristic",
        "Relapse label (n = 23)",
        "No relapse label (n = 31)",
        "Effect (95% CI)",
        "p",
        "Missing",
    ]
    rows = texts(shown)
    first = comparison.iloc[0]
    assert (first["n_with"], first["estimate"]) == (7, pytest.approx(7 * 30 / 16))
    assert rows[0] == [
        "Cardiac label",
        "7/23 (30%)",
        "1/31 (3%)",
        "13.13 (1.41 to 610.65)ᵃ",
        "0.008ᶜ",
        "0 and 0",
    ]
    ages = [cohort.frame["age"][:23], cohort.frame["age"][23:]]
    means = [f"{a.mean():.2f} ± {a.std():.2f}" for a in ages]
    assert rows[1][:3] == ["Age label (years)", means[0], f"{means[1]}, n = 29"]
    assert rows[1][3].endswith(")ᵇ") and rows[1][4].endswith("ᵈ") and rows[1][5] == "0 and 2"
    levels = [f"\u2003{level}" for level in ("II", "III", "IV")]
    assert [row[0] for row in rows[2:6]] == ["Strength label", *levels]
    assert rows[2][1:4] == ["", "", ""] and rows[2][4].endswith("ᵉ") and rows[2][5] == "0 and 0"
    assert [row[3:] for row in rows[3:6]] == [["", "", ""]] * 3
    assert rows[6][1:3] == ["9/22 (41%)", "5/31 (16%)"] and rows[6][5] == "1 and 0"
    assert shown.notes[0].startswith("Effect: ᵃ odds ratio, 95% exact conditional interval; ᵇ mean")
    assert shown.notes[1].startswith("p: ᶜ Fisher exact; ᵈ Welch t; ᵉ Fisher-Freeman-Halton exact")
    assert shown.notes[2:] == (
        "Missing values, in the order of the groups, are left out of N, mean and test.",
        "Own note.",
    )
    assert shown.data is comparison


def test_comparison_of_one_kind_needs_no_marks(cohort: Any) -> None:
    cohort.spec.analysis.compare = ("cardiac", "treated")
    shown = show_comparison(compare_groups(cohort, test="fisher"))
    assert list(shown.frame) == [
        "Characteristic",
        "With outcome (n = 23)",
        "Without outcome (n = 31)",
        "Odds ratio (95% CI)",
        "p",
    ]
    assert shown.notes == (
        "Effect: odds ratio, 95% exact conditional interval.",
        "p: Fisher exact.",
    )
    assert not re.search("[ᵃ-ᵿ]", shown._repr_html_())


def test_comparison_of_what_cannot_be_tested_says_so(cohort: Any) -> None:
    cohort.spec.analysis.compare = ("prednisone",)
    shown = show_comparison(compare_groups(cohort))
    assert texts(shown) == [["Prednisone label", "23/23 (100%)", "31/31 (100%)", "", "–"]]
    assert len(shown.notes) == 1 and "constant" in shown.notes[0]


def test_regression_keeps_the_fit_unrounded_and_says_how_it_was_made(cohort: Any) -> None:
    fit = fit_logistic(cohort.frame, "relapse", ["cardiac", "strength"])
    rows = odds_ratios(fit, {"cardiac": "Heart", "strength": "Strength"})
    assert list(rows["label"]) == ["Heart", "Strength: III", "Strength: IV"]
    assert list(rows["term"]) == ["cardiac", "strength[III]", "strength[IV]"]
    columns = ["odds_ratio", "ci_low", "ci_high", "p"]
    np.testing.assert_array_equal(rows[columns], fit.table.loc[rows["term"], columns])
    assert list(odds_ratios(fit)["label"]) == ["cardiac", "strength: III", "strength: IV"]
    shown = show_regression(fit, labels={"cardiac": "Heart"})
    assert list(shown.frame) == ["Characteristic", "Odds ratio (95% CI)", "p"]
    assert texts(shown)[0][0] == "Heart" and len(texts(shown)) == 3
    (note,) = shown.notes
    assert note == (
        f"Maximum likelihood, {fit.interval} interval, {fit.test} test; 54 patients and 23 with "
        f"the outcome; Nagelkerke's R² {fit.nagelkerke:.3f}. {fit.warnings[0]}."
    )


def test_every_warning_of_a_fit_is_shown(cohort: Any) -> None:
    fit = fit_logistic(cohort.frame, "relapse", ["cardiac", "age", "treated"])
    assert len(fit.warnings) == 2
    (note,) = show_regression(fit).notes
    assert note.endswith(f". {fit.warnings[0]}; {fit.warnings[1]}.")


def test_univariable_and_multivariable_side_by_side(cohort: Any) -> None:
    names = ["cardiac", "treated", "age"]
    rows = univariable_and_multivariable(
        cohort.frame, "relapse", names, labels=labels_of(cohort), interval="profile"
    )
    assert list(rows["model"]) == ["Univariable"] * 3 + ["Multivariable"] * 3
    assert list(rows["term"]) == names * 2 and list(rows.index) == list(range(6))
    for i, name in enumerate(names):
        alone = fit_logistic(cohort.frame, "relapse", [name], interval="profile")
        together = fit_logistic(cohort.frame, "relapse", names, interval="profile")
        for row, fit in ((rows.iloc[i], alone), (rows.iloc[i + 3], together)):
            assert row["odds_ratio"] == fit.table["odds_ratio"][name]
            assert row["ci_high"] == fit.table["ci_high"][name]
            assert (row["n"], row["events"], row["dropped"]) == (fit.n, fit.events, fit.dropped)
    shown = show_regression(rows, "Both", notes=["Own note."], name="both")
    assert list(shown.frame) == [
        "Characteristic",
        "Univariable, odds ratio (95% CI)",
        "Univariable, p",
        "Multivariable, odds ratio (95% CI)",
        "Multivariable, p",
    ]
    assert texts(shown)[2][0] == "Age label (years)"
    assert texts(shown)[0][1].startswith("13.13 (")
    assert shown.notes[0].startswith(f"Univariable: maximum likelihood, {fit.interval} interval")
    assert "52 to 54 patients and 23 with the outcome" in shown.notes[0]
    assert "Age label (years): 2 of 54 rows left out" in shown.notes[0]
    assert "Nagelkerke" not in shown.notes[0] and "Nagelkerke" in shown.notes[1]
    assert "; 52 patients and 23" in shown.notes[1] and shown.notes[2] == "Own note."
    assert (shown.caption, shown.name) == ("Both", "both")


def test_a_term_that_one_model_lacks_is_a_dash(cohort: Any) -> None:
    rows = univariable_and_multivariable(cohort.frame, "relapse", ["cardiac", "treated"])
    assert texts(show_regression(rows.iloc[:3]))[1][3:] == ["–", "–"]


def flow(label: str = "Definite") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": [0, 1],
            "label": ["Forms", label],
            "excluded": [np.nan, 5.0],
            "remaining": [70, 65],
        }
    )


def test_flow() -> None:
    shown = show_flow(flow())
    assert list(shown.frame) == ["Step", "Excluded", "Remaining"]
    assert texts(shown) == [["Forms", "–", "70"], ["Definite", "5", "65"]]


def changes() -> pd.DataFrame:
    rows = [
        (2, "CPK", "38,5", "38.5", "decimal comma"),
        (3, "", "", "row 9", "superseded form"),
        (4, "", "", "row 8", "superseded form"),
        (4, "TGO", "<b>", "4.2", "decimal comma"),
        (5, "CPK", "9,1", "9.1", "decimal comma"),
        (5, "TGP", "NR", "", "missing code"),
        (6, "Sexo", None, None, "unknown"),
    ]
    return pd.DataFrame(rows, columns=["row", "column", "from", "to", "rule"])


def test_changes_are_counted_by_rule_with_an_example() -> None:
    shown = show_changes(changes())
    assert list(shown.frame) == ["Rule", "Values", "Columns", "Example"]
    assert texts(shown) == [
        ["Decimal comma", "3", "2", "CPK: 38,5 → 38.5"],
        ["Superseded form", "2", "0", "row 9"],
        ["Missing code", "1", "1", "TGP: NR → missing"],
        ["Unknown", "1", "1", "Sexo"],
    ]
    assert len(shown.data) == 4  # a file of it has the counts, not every repaired value
    assert texts(show_changes(changes().iloc[:0])) == []


def test_what_does_not_apply_is_not_missing(cohort: Any) -> None:
    names = cohort.spec.analysis.describe = cohort.spec.analysis.compare = ("site", "ulcer", "age")
    description, comparison = describe(cohort), compare_groups(cohort)
    assert list(description["variable"]) == list(comparison["variable"]) == list(names)
    assert list(description["missing"]) == [1, 2, 2]
    assert list(description["total"]) == [22, 4, 52]
    assert texts(show_description(description))[0][::4] == ["Site label", "1"]
    assert list(comparison["missing_with"]) == [1, 2, 0]
    assert list(comparison["missing_without"]) == [0, 0, 2]


def test_the_spec_may_choose_a_test_and_ranks_are_shown_with_quartiles(tmp_path):
    rows = "".join(f"{i},{'yes' if i % 2 else 'no'},{i * i}\n" for i in range(1, 13))
    (tmp_path / "data.csv").write_text("id,ill,ck\n" + rows)
    (tmp_path / "cohort.yml").write_text(
        "data: {file: data.csv}\nid: {column: id}\n"
        "variables:\n  ill: {label: Ill, kind: binary, column: ill}\n"
        "  ck: {label: CK, kind: number, column: ck}\n"
        "analysis: {outcome: ill, compare: [ck], tests: {ck: mann-whitney}}\n"
    )
    compared = compare_groups(load_cohort(tmp_path))
    assert compared["test"][0].startswith("Mann-Whitney")
    shown = show_comparison(compared, groups=("Ill", "Well")).frame.iloc[0]
    assert shown["Ill (n = 6)"] == "37.00 (13.00 to 73.00)"  # 1 9 25 49 81 121
    assert compare_groups(load_cohort(tmp_path), "student")["test"][0].startswith("Student")


@pytest.mark.parametrize("m", [1.0, 2.0, 2.5])
def test_a_log_f_fit_names_the_prior_that_it_had(m):
    frame = pd.DataFrame({"ill": [0, 0, 1, 0, 1, 1, 1, 0], "cough": [0, 0, 0, 0, 1, 1, 1, 1]})
    fit = fit_logistic(frame, "ill", ["cough"], method="log-f", m=m)
    assert fit.m == m
    text = f"Log-F({m:g}, {m:g}) penalised likelihood, 95% log-F({m:g}, {m:g}) profile"
    assert show_regression(fit).notes[0].startswith(text)
    assert fit_logistic(frame, "ill", ["cough"], method="firth", m=m).m is None


def test_what_is_not_zero_never_shows_as_zero():
    frame = pd.DataFrame({"x": [0.004, -0.004, 0.0, 0.25], "lr_p": [0.0046, 0.5, 0.049999, 1.0]})
    table = table_of(frame, "Small numbers")
    assert list(table.frame["x"]) == ["<0.01", ">−0.01", "0", "0.25"]
    assert list(table.frame["Lr p"]) == ["0.005", "0.500", "<0.050", "1.000"]
    assert table_of(frame, "Small numbers", decimals=4).frame["Lr p"][0] == "0.0046"


def test_a_column_of_whole_floats_has_no_decimals():
    frame = pd.DataFrame({"n": [15.0, float("nan"), 10.0], "ratio": [15.0, 2.5, float("inf")]})
    table = table_of(frame, "Counts")
    assert list(table.frame["n"]) == ["15", "–", "10"]
    assert list(table.frame["Ratio"]) == ["15.00", "2.50", "∞"]
    assert list(table_of(frame, "Counts", decimals=1).frame.iloc[:, 0]) == ["15.0", "–", "10.0"]


def test_names_of_the_ledger_are_words_in_cells_and_headings():
    frame = pd.DataFrame({"location": ["table3"], "statistic": ["ci_low"], "ci_high": [1.5]})
    table = table_of(frame, "A claim")
    assert list(table.frame.columns) == ["Location", "Statistic", "Upper limit"]
    assert table.frame.iloc[0].tolist() == ["Table 3", "lower limit", "1.50"]
    assert table.data["location"].tolist() == ["table3"]


def test_a_table_says_where_its_numbers_come_from():
    frame = pd.DataFrame({"a": ["b"]})
    table = table_of(frame, "A table", source="print")
    assert parse(table).select_one("caption .jdm-source").get_text() == "From print"
    assert repr(table).startswith("A table [From print]\n")
    assert table._repr_mimebundle_()[1][KEY]["notes"] == ["From print."]
    assert parse(table_of(frame, "A table")).select_one(".jdm-source") is None
    with pytest.raises(ValueError, match="source is 'guess'; allowed are: print, table4"):
        table_of(frame, "A table", source="guess")


@pytest.mark.parametrize("test", ["student", "mann-whitney"])
def test_groups_of_a_row_have_as_many_decimals_as_each_other(test: str) -> None:
    # By itself a spread below 100 has two decimals, one above it a single one.
    near = [100.25, 140.25, 180.25, 220.25, 260.25]
    frame = pd.DataFrame({"ill": [1] * 5 + [0] * 5, "ck": [*near, *(5 * ck for ck in near)]})
    compared = compare_frame(frame, "ill", ["ck"], test=test)
    overall = describe_frame(frame, ["ck"])
    row = show_comparison(compared, groups=("Ill", "Well"), overall=overall).frame.iloc[0]
    numbers = [re.findall(r"\d+(?:\.\d+)?", str(cell)) for cell in row.iloc[1:4]]
    decimals = {len(text.partition(".")[2]) for cell in numbers for text in cell}
    assert decimals == {1}, row.tolist()
