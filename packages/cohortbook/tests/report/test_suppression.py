"""Small counts are withheld, and what is shown does not tell them."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort import load_cohort
from cohortbook.cohort.spec import Analysis, Derive, Rule, Style, Sum, Variable
from cohortbook.report.clinical_tables import show_comparison, show_description
from cohortbook.report.comparison import compare_groups, describe
from cohortbook.report.gaps import missing_of, patterns_of, show_missing, show_patterns
from cohortbook.report.models import fit_candidates
from cohortbook.report.suppression import (
    applies_to,
    columns_of_few,
    is_sparse,
    relatives,
    tells_overlap,
    withheld_of,
    withhold_counts,
    withhold_flow,
)

LEAST = 5


def cohort_of(frame: pd.DataFrame, **only_if: str) -> Any:
    variables = {
        name: Variable(label=name, only_if=only_if.get(name, ""), name=name) for name in frame
    }
    others = tuple(name for name in frame if name != "ill")
    analysis = Analysis(outcome="ill", describe=others, compare=others, candidates=others)
    spec = SimpleNamespace(
        variables=variables,
        analysis=analysis,
        rules=(),
        smallest_shown=LEAST,
        style=Style(),
        language="en",
    )
    return SimpleNamespace(frame=frame, spec=spec, outcome="ill")


def groups(counts: Any, kind: str) -> pd.DataFrame:
    """A frame with so many of each row in each group; the last row is of missing values."""
    values, ill = [], []
    for row, cells in enumerate(counts):
        for group, n in enumerate(cells):
            values += [row] * int(n)
            ill += [not group] * int(n)
    codes = np.array(values)
    last = len(counts) - 1
    column: Any
    if kind == "binary":
        column = pd.array([None if c == last else c == 0 for c in codes], dtype="boolean")
    else:
        codes = np.where(codes == last, -1, codes)
        column = pd.Categorical.from_codes(codes, [f"level {i}" for i in range(last)])
    return pd.DataFrame({"ill": np.array(ill, dtype=bool), "x": column})


def allowed(shown: Any, mark: str, strict: bool) -> Any:
    """The values that a printed count may stand for."""
    if mark.startswith("<"):
        return range(1, LEAST)
    if mark:
        return range(LEAST if strict else 0, 1000)
    return [int(shown)]


def compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 1:
        return [(total,)]
    return [(n, *rest) for n in range(total + 1) for rest in compositions(total - n, parts - 1)]


def possible_tables(counts: Any, kind: str) -> list[Any]:
    """Every table of counts that agrees with what is printed and with the sizes of the groups."""
    cohort = cohort_of(groups(counts, kind))
    described, compared = describe(cohort), compare_groups(cohort)
    marks = [text for mark in compared["withheld"] for text in mark.values()]
    strict = any(text != "*" for text in marks)
    rules = []  # (which cells are added, what they may add to)
    last = len(counts) - 1
    known = list(range(last))
    for table, ends in ((described, {"": (0, 1)}), (compared, {"_with": (0,), "_without": (1,)})):
        for row in table.to_dict("records"):
            level = 0 if not row["level"] else int(str(row["level"])[-1])
            for end, where in ends.items():
                for column, rows in (("n", [level]), ("total", known), ("missing", [last])):
                    mark = row["withheld"].get(column + end, "")
                    cells = [(i, g) for i in rows for g in where]
                    # of a total nothing is told by its mark
                    values = allowed(row[column + end], mark, strict and column != "total")
                    rules.append((cells, set(values)))
    sizes = np.array(counts).sum(axis=0)
    found = []
    for ours, theirs in product(*(compositions(int(n), len(counts)) for n in sizes)):
        table = np.array([ours, theirs]).T
        if all(sum(table[i, g] for i, g in cells) in values for cells, values in rules):
            found.append(table)
    return found


@pytest.mark.parametrize("kind", ["binary", "category"])
@pytest.mark.parametrize("seed", range(12))
def test_no_small_count_can_be_worked_out(kind, seed):
    rng = np.random.default_rng(seed)
    rows = 3 if kind == "binary" else 4
    sizes = rng.integers(7, 15 if kind == "binary" else 11, 2)
    shares = rng.dirichlet(np.r_[np.ones(rows - 1), 0.3 * (seed % 2) + 1e-9])
    nothing_is_told(np.array([rng.multinomial(n, shares) for n in sizes]).T, kind)


@pytest.mark.parametrize(
    "counts",
    [
        [(4, 8), (4, 1), (0, 1), (0, 0)],  # two of fewer than five are eight in all
        [(1, 9), (1, 0), (6, 4), (0, 0)],
        [(4, 4), (4, 4), (0, 0), (0, 0)],
    ],
)
def test_all_is_withheld_where_marks_themselves_would_tell(counts):
    nothing_is_told(np.array(counts), "category")


def nothing_is_told(counts: Any, kind: str) -> None:
    found = possible_tables(counts, kind)
    assert any((table == counts).all() for table in found)
    small = [np.s_[i, g] for i, g in np.argwhere((counts > 0) & (counts < LEAST))]
    for cell in small:
        assert len({table[cell] for table in found}) > 1, (counts, cell)
    for i, total in enumerate(counts.sum(axis=1)):
        if 0 < total < LEAST:
            assert len({table[i].sum() for table in found}) > 1, (counts, i)


@pytest.mark.parametrize(
    "counts",
    [
        [(16, 20), (8, 16), (0, 0)],
        [(12, 14), (0, 12), (0, 10)],
        [(9, 9), (9, 9), (5, 6)],
    ],
)
def test_what_is_large_or_zero_is_shown(counts):
    cohort = cohort_of(groups(counts, "binary"))
    assert not withheld_of(cohort, "x").some
    row = compare_groups(cohort).iloc[0]
    assert (row["n_with"], row["n_without"]) == counts[0]
    assert row["p"] == pytest.approx(row["p"]) and row["withheld"] == {}


def test_what_is_printed_of_a_rare_finding():
    cohort = cohort_of(groups([(3, 20), (20, 11), (0, 0)], "binary"))
    table = show_comparison(compare_groups(cohort))
    assert table.frame.iloc[0].tolist()[1:] == ["<5/23", "*/31", "", "–"]
    assert table.frame.columns[1].endswith("(n = 23)")
    assert table.notes[-1].startswith("<5: fewer than 5 patients, but not none. *: withheld")
    assert table.notes[0] == "p: withheld."
    described = show_description(describe(cohort))
    assert described.frame.iloc[0].tolist()[1] == "23/54 (43%)"


def test_a_count_is_withheld_for_its_complement():
    cohort = cohort_of(groups([(23, 29), (0, 2), (0, 0)], "binary"))
    (row,) = describe(cohort).to_dict("records")
    assert row["withheld"] == {"n": "*"} and np.isnan(row["percent"])


def test_a_few_missing_values_hide_the_total_and_the_mean():
    frame = pd.DataFrame({"ill": [True, False] * 20, "x": [None, None, *np.arange(38.0)]})
    cohort = cohort_of(frame)
    (row,) = describe(cohort).to_dict("records")
    assert row["withheld"] == {"total": "*", "missing": "<5"}
    assert all(np.isnan(row[c]) for c in ("mean", "sd", "median", "q1", "q3", "min", "max"))
    (row,) = compare_groups(cohort).to_dict("records")
    assert np.isnan(row["p"]) and np.isnan(row["mean_with"]) and row["test"] == "withheld"


def test_a_number_that_all_have_loses_only_its_ends():
    frame = pd.DataFrame({"ill": [True, False] * 20, "x": np.arange(40.0)})
    (row,) = describe(cohort_of(frame)).to_dict("records")
    assert row["mean"] == 19.5 and np.isnan([row["min"], row["max"]]).all()


def test_of_a_group_that_is_too_small_nothing_is_compared():
    frame = pd.DataFrame({"ill": [True] * 4 + [False] * 30, "x": [True, False] * 17})
    compared = compare_groups(cohort_of(frame))
    assert compared.filter(regex="^(n|total|missing|size|mean)_").isna().all(axis=None)
    assert compared["p"].isna().all() and compared["size_with"].dtype == "Int64"
    (mark,) = compared["withheld"]
    assert len(mark) == 6 and set(mark.values()) == {"*"}
    assert fit_candidates(cohort_of(frame)).fitted == []


def test_what_does_not_apply_counts_as_a_row():
    frame = groups([(12, 10), (8, 9), (0, 0)], "binary").rename(columns={"x": "pain"})
    frame["burning"] = frame["pain"].where(frame["pain"])
    frame.loc[frame.index[frame["pain"].to_numpy(bool)][:3], "burning"] = False
    cohort = cohort_of(frame, burning="pain")
    rows = describe(cohort).set_index("variable")
    for name in ("burning", "pain"):  # three with pain do not burn; the other table would tell it
        assert rows.loc[name, "withheld"] == dict.fromkeys(("n", "total", "missing"), "*")
        assert rows.loc[name, ["n", "total", "missing", "percent"]].isna().all()
    alone = cohort_of(frame[["ill", "pain"]])
    assert not any(describe(alone)["withheld"])


def test_relatives_are_what_tells_of_each_other():
    variables = {
        "ill": Variable(derive=Derive(above=("score", "3")), name="ill"),
        "score": Variable(column="Score"),
        "band": Variable(derive=Derive(bands={"score": ("1", "2")})),
        "again": Variable(column="Score", export=False),
        "rash": Variable(column="Rash"),
        "where": Variable(column="Where", only_if="rash"),
        "many": Variable(derive=Derive(count=("where", "pain"))),
        "pain": Variable(column="Pain"),
        "other": Variable(column="Other"),
        "none": Variable(),
        "all": Variable(column="All"),
        "part": Variable(column="Part"),
    }
    rules = (Rule(order=("other", "none")), Rule(sum=Sum("all", ("part", "ill"))))
    spec = SimpleNamespace(variables=variables, analysis=Analysis(outcome="ill"), rules=rules)
    cohort = SimpleNamespace(spec=spec)
    assert relatives(cohort, "score") == relatives(cohort, "band") == ["score", "band"]
    assert relatives(cohort, "rash") == ["rash", "where", "many", "pain"]
    assert relatives(cohort, "pain") == relatives(cohort, "rash")
    assert relatives(cohort, "other") == ["other"]
    assert relatives(cohort, "none") == ["none"]
    assert relatives(cohort, "all") == relatives(cohort, "part") == ["all", "part"]


@pytest.mark.parametrize(("few", "marks"), [(3, {"n": "*", "total": "*", "missing": "*"}), (6, {})])
def test_of_relatives_all_is_withheld_or_nothing(few, marks):
    frame = groups([(12, 10), (8, 9), (0, 0)], "binary").rename(columns={"x": "pain"})
    frame["burning"] = frame["pain"].where(frame["pain"])
    for ill in (True, False):
        whose = frame.index[(frame["pain"] & (frame["ill"] == ill)).to_numpy(bool)]
        frame.loc[whose[: 5 if few > 5 else few], "burning"] = False
    cohort = cohort_of(frame, burning="pain")
    described = describe(cohort).set_index("variable")["withheld"]
    assert described["burning"] == described["pain"] == marks
    compared = compare_groups(cohort).set_index("variable")
    expected = {f"{key}{end}": "*" for key in marks for end in ("_with", "_without")}
    assert compared.loc["pain", "withheld"] == expected
    assert compared.loc["pain", "p"] > 0 or marks


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([30, 9, 3, 0], ["30", "*", "<5", "0"]),
        ([30, 9, 3, 2], ["30", "9", "<5", "<5"]),
        ([30, 9, 1, 1], ["30", "*", "<5", "<5"]),  # two of 2 are 1 and 1
        ([30, 9], ["30", "9"]),
        ([1, 1], ["*", "*"]),  # two of fewer than five, who are two
        ([30, 3], ["*", "<5"]),
    ],
)
def test_a_list_of_counts(counts, shown):
    values, marks = withhold_counts(pd.Series(counts), LEAST)
    assert [mark or str(n) for n, mark in zip(values, marks, strict=True)] == shown


def test_a_flow_with_a_small_step_shows_its_end_only():
    flow = {"label": ["Forms", "a", "b"], "excluded": [0, 2, 9], "remaining": [60, 58, 49]}
    spec = SimpleNamespace(smallest_shown=LEAST, style=Style(), language="en", variables={})
    cohort = SimpleNamespace(flow=pd.DataFrame(flow), spec=spec)
    shown = withhold_flow(cohort)
    assert shown["remaining"].isna().tolist() == [True, True, False]
    assert shown["withheld"].tolist() == [
        {"remaining": "*"},
        {"excluded": "<5", "remaining": "*"},
        {"excluded": "*"},
    ]
    cohort.flow = cohort.flow.assign(excluded=[0, 5, 6], remaining=[60, 55, 49])
    assert "withheld" not in withhold_flow(cohort)


@pytest.mark.parametrize(
    ("excluded", "remaining", "least", "marks"),
    [
        ([0, 1], [60, 59], 2, [{"remaining": "*"}, {"excluded": "<2"}]),
        ([0, 56], [60, 4], 5, [{"remaining": "*"}, {"excluded": "*", "remaining": "<5"}]),
        ([0, 0], [3, 3], 5, [{"remaining": "<5"}, {"remaining": "<5"}]),
        ([0, 60], [60, 0], 5, None),
        ([0, 1], [60, 59], 1, None),
    ],
)
def test_what_a_flow_withholds(excluded, remaining, least, marks):
    flow = {"label": ["Forms", "a"], "excluded": excluded, "remaining": remaining}
    flow["unknown"] = [0, 1]
    spec = SimpleNamespace(smallest_shown=least, style=Style(), language="en", variables={})
    shown = withhold_flow(SimpleNamespace(flow=pd.DataFrame(flow), spec=spec))
    assert ("unknown" in shown) == (least == 1)
    assert (shown["withheld"].tolist() if "withheld" in shown else None) == marks


def test_which_columns_of_a_number_few_may_have():
    every = ("sd", "median", "q1", "q3")
    assert columns_of_few(np.array([1, 90]), 5) == every
    assert columns_of_few(np.array([0, 0]), 5) == ()


def test_models_leave_out_what_is_withheld(cohort_folder):
    cohort = load_cohort(cohort_folder(suppress_below="5"))
    models = fit_candidates(cohort)
    assert models.fitted == ["heart", "type", "grade"]
    assert set(models.candidates["why"]) == {"", "a count is withheld"}


def test_gaps_that_few_have_are_withheld(cohort_folder):
    cohort = load_cohort(cohort_folder(suppress_below="5"))
    gaps = show_missing(missing_of(cohort)).frame.to_numpy().tolist()
    assert gaps[:2] == [["Score", "7/60 (12%)"], ['=HYPERLINK("http://example.org","x")', "<5/60"]]
    patterns = show_patterns(patterns_of(cohort)).frame.to_numpy().tolist()
    assert patterns == [["Nothing", "*/60"], ["Something", "*/60"]]


def test_nothing_is_withheld_unless_asked(cohort_folder):
    cohort = load_cohort(cohort_folder())
    assert "withheld" not in describe(cohort) and "withheld" not in compare_groups(cohort)
    assert (patterns_of(cohort)["n"] == 1).any()


@pytest.mark.parametrize("both", [2, 6])
def test_a_count_of_gaps_that_tells_their_overlap_is_withheld(cohort_folder, both):
    cohort = load_cohort(cohort_folder(suppress_below="5", n=120))
    frame = cohort.frame.copy()
    frame["score"] = frame["score"].fillna(1.0)
    frame["rash"] = frame["rash"].fillna(False)
    frame.loc[frame.index[:20], "score"] = None
    frame.loc[frame.index[20 - both : 40 - both], "rash"] = pd.NA
    shown = patterns_of(replace(cohort, frame=frame))["n"].notna().all()
    assert shown == (both >= 5)


def test_a_model_that_tells_how_few_have_two_findings_is_withheld(cohort_folder):
    cohort = load_cohort(cohort_folder(suppress_below="5", n=120))
    rng = np.random.default_rng(1)
    frame = cohort.frame.copy()
    ill = frame["relapse"].to_numpy(bool)
    one, other = rng.random(120) < 0.5, rng.random(120) < 0.5
    frame["heart"], frame["rash"] = pd.array(one), pd.array(other)
    assert "Multivariable" in set(models_of(cohort, frame))
    other[ill] = ~one[ill]
    other[np.flatnonzero(ill)[:3]] = one[np.flatnonzero(ill)[:3]] = True
    frame["heart"], frame["rash"] = pd.array(one), pd.array(other)
    assert "Multivariable" not in set(models_of(cohort, frame))


def models_of(cohort, frame):
    return fit_candidates(replace(cohort, frame=frame), ["heart", "rash"]).rows["model"]


def test_a_number_of_zeros_and_ones_is_a_finding():
    """60 patients, of whom 2 and 3 have a value of 1: its counts are withheld as a Yes is."""
    ill = [True] * 26 + [False] * 34
    relapses = [1.0] * 2 + [0.0] * 24 + [1.0] * 3 + [0.0] * 31
    cohort = cohort_of(pd.DataFrame({"ill": ill, "relapses": relapses}))
    row = compare_groups(cohort).iloc[0]
    assert row["withheld"] == {"n_with": "<5", "n_without": "<5"} and row["test"] == "withheld"
    assert pd.isna(row["n_with"]) and pd.isna(row["mean_with"]) and pd.isna(row["p"])


def test_what_is_missing_together_tells_no_withheld_gap():
    """Site C is one patient if nine of 64 have no site."""
    sites = ["A"] * 15 + ["B"] * 8 + ["C"] + [None] * 7 + ["A"] * 25 + ["B"] * 8
    ill = [True] * 31 + [False] * 33
    site = pd.Categorical(sites, ["A", "B", "C"])
    cohort = cohort_of(pd.DataFrame({"ill": ill, "site": site}))
    assert compare_groups(cohort)["withheld"].iloc[2]["n_with"] == "<5"
    assert patterns_of(cohort)["n"].isna().all()


def test_a_number_of_few_patients_has_no_quartiles_and_one_of_few_values_no_mean():
    rng = np.random.default_rng(2)
    ill = np.arange(40) < 5
    cohort = cohort_of(pd.DataFrame({"ill": ill, "age": rng.normal(50, 9, 40).round(1)}))
    row = compare_groups(cohort).iloc[0]
    assert row[["median_with", "q1_with", "q3_with", "median_without"]].isna().all()
    assert not np.isnan(row["mean_with"]) and describe(cohort)["median"].isna().all()
    assert row[["sd_with", "sd_without", "p", "estimate", "ci_low", "ci_high"]].isna().all()
    assert row["test"] == "withheld" and describe(cohort)["sd"].isna().all()
    assert fit_candidates(cohort).fitted == []
    visits = np.r_[np.zeros(30), np.ones(8), 2, 2].astype(float)
    few = cohort_of(pd.DataFrame({"ill": np.arange(40) % 2 == 0, "visits": visits}))
    assert describe(few)[["mean", "sd"]].iloc[-1].isna().all()
    assert compare_groups(few).iloc[0]["test"] == "withheld"
    assert fit_candidates(few).fitted == []


def test_dates_that_are_exported_are_counted_and_stop_nothing():
    frame = groups([[9, 8], [7, 9], [2, 0]], "binary")
    frame["seen"] = pd.Timestamp("2015-03-01")
    frame.loc[[0, 1], "seen"] = pd.NaT
    assert withheld_of(cohort_of(frame), "seen").everyone[("missing", "")] == f"<{LEAST}"
    frame["seen"] = pd.Timestamp("2015-03-01")
    assert withheld_of(cohort_of(frame), "seen").everyone == {}


@pytest.mark.parametrize(("n", "sd", "quartiles"), [(9, 0, 0), (10, 1, 0), (19, 1, 0), (20, 1, 1)])
def test_the_sd_of_few_and_quartiles_of_few_are_withheld(n, sd, quartiles):
    ill = np.arange(60) < n
    age = np.random.default_rng(1).normal(50, 9, 60)
    cohort = cohort_of(pd.DataFrame({"ill": ill, "age": age}))
    row, whole = compare_groups(cohort).iloc[0], describe(cohort).iloc[0]
    assert row["mean_with"] == round(age[ill].mean(), 2) and whole["mean"] == round(age.mean(), 2)
    for end in ("with", "without"):
        assert row[[f"sd_{end}", "p"]].notna().tolist() == [sd, sd]
        assert row[[f"q1_{end}", f"median_{end}", f"q3_{end}"]].notna().tolist() == [quartiles] * 3
    assert whole[["sd", "q1", "median", "q3"]].notna().tolist() == [sd, *[quartiles] * 3]
    assert fit_candidates(cohort).fitted == ["age"] * sd


def test_a_number_with_few_values_in_one_group_has_no_mean():
    """Of six with the outcome one has had one visit: their mean times six tells it."""
    visits = np.r_[[0, 0, 0, 0, 0, 1], np.repeat(np.arange(9), 6)].astype(float)
    cohort = cohort_of(pd.DataFrame({"ill": np.arange(60) < 6, "visits": visits}))
    row = compare_groups(cohort).iloc[0]
    assert row[["mean_with", "mean_without", "p"]].isna().all()
    assert describe(cohort)[["mean", "sd"]].iloc[-1].isna().all()


def test_no_more_digits_are_given_than_are_printed():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"ill": rng.random(80) < 0.5, "ck": rng.normal(900, 300, 80)})
    frame["tiny"] = frame["ck"] / 1e6
    row, small = compare_groups(cohort_of(frame)).to_dict("records")
    for column in ("mean_with", "sd_without", "q1_with", "estimate", "ci_low"):
        assert row[column] == round(row[column], 2)
        assert small[column] == round(small[column], 6) != 0
    assert row["p"] == float(f"{row['p']:.3g}")
    models = fit_candidates(cohort_of(frame)).rows
    assert (models["odds_ratio"] == models["odds_ratio"].round(6)).all()
    assert (models["p"] == [float(f"{p:.3g}") for p in models["p"]]).all()


def test_a_number_of_few_values_counts_as_a_finding_in_the_model_of_all(cohort_folder):
    cohort = load_cohort(cohort_folder(suppress_below="5", n=120))
    frame = cohort.frame.copy()
    ill = frame["relapse"].to_numpy(bool)
    place = np.zeros(120, dtype=int)
    place[ill], place[~ill] = np.arange(ill.sum()), np.arange((~ill).sum())
    frame["heart"], frame["score"] = pd.array(place % 2 == 0), place // 2 % 2 + 1.0
    fitted = fit_candidates(replace(cohort, frame=frame), ["heart", "score"])
    assert "Multivariable" in set(fitted.rows["model"])
    few = ill & (place % 2 == 0) & (frame["score"] == 1) & (place > 8)
    frame.loc[few, "score"] = 2.0
    fitted = fit_candidates(replace(cohort, frame=frame), ["heart", "score"])
    assert fitted.fitted == ["heart", "score"] and "small count" in fitted.why


@pytest.mark.parametrize(
    ("gaps", "told"),
    [
        ([range(20), range(20, 40)], False),
        ([range(20), range(15, 40)], False),  # five in both
        ([range(20), range(16, 40)], True),  # four in both
        ([range(20), range(23)], True),  # three in one alone
        ([range(20), range(25)], False),
        ([range(20), range(20)], False),
        ([range(20), range(19, 40)], True),  # one in both
        ([range(20), range(21)], True),  # one in one alone
    ],
)
def test_counts_of_gaps_tell_of_those_in_several_variables(gaps, told):
    absent = np.array([[i in rows for rows in gaps] for i in range(60)])
    assert tells_overlap(absent, LEAST) is told


def test_what_hangs_on_an_unknown_finding_is_missing_and_does_apply():
    frame = groups([(12, 10), (8, 9), (6, 6)], "binary").rename(columns={"x": "pain"})
    frame["burning"] = frame["pain"].where(frame["pain"])
    applies = applies_to(cohort_of(frame, burning="pain"), "burning")
    assert applies.sum() == 34 and applies[frame["pain"].isna()].all()


def test_a_number_that_is_mostly_one_value_or_of_ten_values_is_sparse():
    everybody = [np.ones(60, dtype=bool)]
    rest = np.arange(1, 16)
    zeros = pd.Series(np.r_[np.zeros(45), rest].astype(float))
    assert is_sparse(zeros, everybody, 5)  # 15 others
    more = pd.Series(np.r_[np.zeros(31), np.arange(1, 30)].astype(float))
    assert not is_sparse(more, everybody, 5)  # 29 others
    ten = pd.Series(np.repeat(np.arange(10.0), [20, 12, 8, 5, 5, 5, 2, 1, 1, 1]))
    assert is_sparse(ten, everybody, 5)
    assert not is_sparse(pd.Series(np.arange(60.0)), everybody, 5)


@pytest.mark.parametrize(
    ("values", "sparse"),
    [
        (np.r_[np.zeros(40), 1:20], True),  # 19 others
        (np.r_[np.zeros(40), 1:21], False),
        (np.r_[np.zeros(19), 1:20], False),  # half have one value
        (np.r_[np.zeros(20), 1:20], True),
        (np.repeat([0, 1, 2], [30, 20, 5]), False),
        (np.repeat([0, 1, 2], [30, 20, 4]), True),
        (np.arange(10), True),  # ten values, each of one patient
        (np.arange(11), False),
    ],
)
def test_when_a_number_is_sparse(values, sparse):
    everybody = [np.ones(len(values), dtype=bool)]
    assert is_sparse(pd.Series(np.asarray(values, dtype=float)), everybody, 5) == sparse


@pytest.mark.parametrize(("values", "sparse"), [(10, True), (11, False)])
def test_a_number_of_ten_values_in_one_group_is_sparse(values, sparse):
    column = pd.Series(np.r_[np.repeat(np.arange(values), 3), 100:140].astype(float))
    assert is_sparse(column, [np.arange(len(column)) < 3 * values], 5) == sparse


def findings(**counts: int) -> pd.DataFrame:
    """Patients with both findings, one alone, or neither, half of them in each group."""
    size = counts["both"] + counts["one"] + counts["other"] + counts["neither"]
    a = np.arange(size) < counts["both"] + counts["one"]
    b = (np.arange(size) < counts["both"]) | (np.arange(size) >= size - counts["other"])
    frame = pd.DataFrame({"a": pd.array(a), "b": pd.array(b), "either": pd.array(a | b)})
    twice = pd.concat([frame, frame], ignore_index=True)
    return twice.assign(ill=np.arange(2 * size) < size, again=twice["either"])


def union_of(frame: pd.DataFrame, outcome: str = "ill") -> Any:
    """A cohort of which one finding is a union of two others, and another follows from that."""
    cohort = cohort_of(frame)
    variables, analysis = cohort.spec.variables, cohort.spec.analysis
    variables["either"] = replace(variables["either"], derive=Derive(any=("a", "b")))
    if "again" in variables:
        variables["again"] = replace(variables["again"], only_if="either")
    cohort.spec.analysis = replace(analysis, outcome=outcome)
    return cohort


@pytest.mark.parametrize(
    ("both", "one", "withheld", "by_outcome"),
    [
        (9, 9, False, False),
        (5, 5, False, False),
        (0, 9, False, False),
        (4, 9, True, False),  # four in each group are eight
        (9, 4, True, False),
        (2, 9, True, True),
    ],
)
def test_a_union_that_tells_how_few_have_both_is_withheld(both, one, withheld, by_outcome):
    """Of both findings as many have it as have one, and the other, less those with either."""
    frame = findings(both=both, one=one, other=9, neither=9)
    cohort = union_of(frame)
    for name, hidden in (("a", False), ("b", False), ("either", withheld), ("again", withheld)):
        assert withheld_of(cohort, name).tells == withheld_of(cohort, name).some == hidden
    outcome = union_of(frame.drop(columns="again"), outcome="either")  # which is always shown
    for name, hidden in (("a", by_outcome), ("b", by_outcome), ("ill", False)):
        assert withheld_of(outcome, name).tells == hidden


def test_a_total_of_few_values_that_a_rule_declares_is_withheld_as_a_union():
    frame = findings(both=4, one=9, other=9, neither=9)
    frame = frame.assign(
        a=frame["a"] + 0.0, b=frame["b"] + 0.0, total=frame["a"] + 0.0 + frame["b"]
    )
    cohort = cohort_of(frame[["ill", "a", "b", "total"]])
    assert not withheld_of(cohort, "a").tells
    cohort.spec.rules = (Rule(sum=Sum("total", ("a", "b"))),)
    assert withheld_of(cohort, "total").tells and withheld_of(cohort, "a").tells  # two have 2
    frame["many"] = np.arange(len(frame)) + 0.0
    cohort = cohort_of(frame[["ill", "a", "many"]])
    cohort.spec.rules = (Rule(sum=Sum("many", ("a", "ill"))),)
    assert not withheld_of(cohort, "many").tells  # of a number with many values nothing follows


@pytest.mark.parametrize(("ticked", "withheld"), [(0, False), (1, True), (4, True), (5, False)])
def test_boxes_that_few_ticked_on_a_blank_form_are_withheld(ticked, withheld):
    """The form has more gaps than its box: by as many as ticked it, and left all else blank."""
    form, box = pd.array([True] * 60, "boolean"), pd.array([True, False] * 30, "boolean")
    form[:20] = box[ticked:20] = pd.NA
    frame = pd.DataFrame({"ill": np.arange(60) % 40 < 20, "form": form, "box": box})
    cohort = cohort_of(frame)
    cohort.spec.variables["form"] = replace(cohort.spec.variables["form"], column="Form")
    assert not withheld_of(cohort, "box").tells
    cohort.spec.variables["box"] = replace(cohort.spec.variables["box"], opened_by=("Form", "?"))
    assert withheld_of(cohort, "box").tells == withheld
    assert not withheld_of(cohort, "form").tells


def test_that_nobody_has_a_value_is_shown():
    frame = pd.DataFrame({"ill": [True, False] * 20, "x": pd.array([pd.NA] * 40, "boolean")})
    row = describe(cohort_of(frame)).iloc[-1]
    assert (row["n"], row["total"], row["missing"], row["withheld"]) == (0, 0, 40, {})


def family_of(frame: pd.DataFrame, **variables: Variable) -> Any:
    """A cohort, with the groups alternating, of which some variables follow from others."""
    cohort = cohort_of(frame.assign(ill=np.arange(len(frame)) % 2 == 0))
    for name, variable in variables.items():
        cohort.spec.variables[name] = replace(variable, name=name)
    return cohort


def hidden_of(cohort: Any) -> set[str]:
    return {name for name in cohort.frame if withheld_of(cohort, name).some}


@pytest.mark.parametrize(("between", "hidden"), [(9, {"low", "high", "not_high"}), (10, set())])
def test_two_limits_of_a_number_that_few_are_between_are_withheld(between, hidden):
    """Of 30 above one and 30 - 9 above the other, 9 are between: 4 or 5 in each group."""
    ck = pd.Series(np.arange(80) + 0.0)
    frame = pd.DataFrame({"ck": ck, "low": ck >= 40, "high": ck >= 40 + between})
    cohort = family_of(
        frame.assign(not_high=~frame["high"], other=frame["low"]),
        low=Variable(derive=Derive(at_least=("ck", "40"))),
        high=Variable(derive=Derive(at_least=("ck", str(40 + between)))),
        not_high=Variable(derive=Derive(not_=("high",))),
    )
    assert hidden_of(cohort) == hidden
    assert withheld_of(cohort, "ck").single == ()


@pytest.mark.parametrize(("between", "hidden"), [(8, {"some", "most"}), (10, set())])
def test_sets_of_levels_that_differ_by_a_rare_one_are_withheld(between, hidden):
    """The levels themselves are in no table, but two tables tell how many have the rare one."""
    grade = np.repeat(["I", "II", "III"], [40, between, 40 - between])
    frame = pd.DataFrame({"grade": pd.Categorical(grade)})
    frame = frame.assign(some=grade == "III", most=grade != "I")
    cohort = family_of(
        frame,
        grade=Variable(column="G", export=False),
        some=Variable(derive=Derive(is_={"grade": ("III",)})),
        most=Variable(derive=Derive(in_={"grade": ("II", "III")})),
    )
    assert hidden_of(cohort) - {"grade"} == hidden


@pytest.mark.parametrize(
    ("both", "alone", "hidden"), [(8, 20, True), (10, 8, True), (10, 20, False), (0, 20, False)]
)
def test_what_is_made_of_two_numbers_tells_no_gap_that_few_have_in_both(both, alone, hidden):
    """Gaps of weight and height less those of the index are those of both."""
    weight, height = np.arange(100) + 50.0, np.arange(100) + 100.0
    weight[: both + alone] = np.nan
    height[:both] = height[both + alone : both + 2 * alone] = np.nan
    frame = pd.DataFrame({"weight": weight, "height": height, "index": weight / height})
    cohort = family_of(frame, index=Variable(derive=Derive(bmi=("weight", "height"))))
    assert withheld_of(cohort, "index").tells == hidden
    assert not withheld_of(cohort, "weight").tells and not withheld_of(cohort, "height").tells


@pytest.mark.parametrize(("third", "hidden"), [(8, {"two", "three"}), (10, set())])
def test_unions_that_differ_by_few_are_withheld(third, hidden):
    """Those with any of three findings, less those with any of two, have the third alone."""
    size = 200
    a, b, c = (np.zeros(size, dtype=bool) for _ in range(3))
    a[:60], b[30:90], c[15:45], c[75 : 90 + third] = True, True, True, True
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "two": a | b, "three": a | b | c})
    cohort = family_of(
        frame,
        two=Variable(derive=Derive(any=("a", "b"))),
        three=Variable(derive=Derive(any=("a", "b", "c"))),
    )
    assert hidden_of(cohort) == hidden


@pytest.mark.parametrize(("more", "hidden"), [(8, {"last", "ever"}), (10, set())])
def test_two_readings_of_a_column_that_few_differ_in_are_withheld(more, hidden):
    """Who ever had a relapse, less those who had one at last, had one before."""
    frame = pd.DataFrame({"last": np.arange(90) < 30, "ever": np.arange(90) < 30 + more})
    cohort = family_of(
        frame,
        last=Variable(column="Relapse", row="last_known"),
        ever=Variable(column="Relapse", row="any"),
    )
    assert hidden_of(cohort) == hidden
    boxes = family_of(
        frame,
        last=Variable(derive=Derive(contains={"signs": ("rash",)})),
        ever=Variable(derive=Derive(contains={"signs": ("fever",)})),
        signs=Variable(column="Signs", export=False),
    )
    assert hidden_of(boxes) == set()  # two items of a list are no more than two findings


def test_gaps_of_dates_that_are_shown_nowhere_are_told_by_no_duration():
    """A date of birth is an identifier; that few have none follows from age and visit."""
    visit = pd.Series(pd.date_range("2020-01-01", periods=100))
    visit[:20] = pd.NaT
    age = pd.Series(np.arange(100) + 0.0)
    age[:28] = np.nan
    variables = {"age": Variable(derive=Derive(years=("born", "visit"))), "visit": Variable()}
    frame = pd.DataFrame({"visit": visit, "age": age})
    cohort = family_of(frame, **variables, born=Variable(identifier=True))
    assert withheld_of(cohort, "age").tells and not withheld_of(cohort, "visit").tells
    frame.loc[28:29, "age"] = np.nan  # ten have no date of birth
    cohort = family_of(frame, **variables, born=Variable(identifier=True))
    assert not withheld_of(cohort, "age").tells


@pytest.mark.parametrize(("rare", "withheld"), [(8, True), (10, False)])
def test_a_union_tells_who_has_one_finding_and_a_gap_in_the_other(rare, withheld):
    """Of those with a gap in one, all but the gaps of the union have the other."""
    a, b = (pd.array([True, False, False, False] * 50, "boolean") for _ in range(2))
    b[:100], b[100:] = True, False
    a[:rare] = a[180:] = pd.NA
    frame = pd.DataFrame({"a": a, "b": b, "either": a | b})
    cohort = family_of(frame, either=Variable(derive=Derive(any=("a", "b"))))
    assert withheld_of(cohort, "either").tells == withheld
    assert not withheld_of(cohort, "a").tells and not withheld_of(cohort, "b").tells


@pytest.mark.parametrize(("values", "hidden"), [(10, {"number", "mark"}), (11, set())])
def test_of_a_number_of_up_to_ten_values_each_counts_beside_another_reading(values, hidden):
    """Two in each group have one value and the mark; of more values only gaps are looked at."""
    patient = np.arange(24 * values)
    frame = pd.DataFrame({"number": patient // 24 + 0.0, "mark": patient % 24 < 4})
    cohort = family_of(frame, number=Variable(column="K"), mark=Variable(column="K", row="any"))
    assert hidden_of(cohort) == hidden


def test_what_follows_from_a_part_tells_nothing_of_the_gaps_of_a_whole():
    """Few above a limit have a gap in the sum, by another part; nothing says how many."""
    one, other = np.arange(100) + 0.0, np.arange(100) + 0.0
    other[30:54] = np.nan  # of whom four are above
    frame = pd.DataFrame({"one": one, "other": other, "sum": one + other, "above": one >= 50})
    cohort = family_of(
        frame,
        sum=Variable(derive=Derive(sum=("one", "other"))),
        above=Variable(derive=Derive(at_least=("one", "50"))),
    )
    assert hidden_of(cohort) == set()


def test_unions_of_other_findings_tell_nothing_of_each_other():
    """Few have any of two findings and none of two others; nothing says how many."""
    a, c = np.arange(200) < 100, np.arange(200) >= 8
    frame = pd.DataFrame({"a": a, "b": a, "one": a, "c": c, "d": c, "other": c})
    frame.loc[8:40, "c"] = frame.loc[150:190, "d"] = False
    cohort = family_of(
        frame,
        one=Variable(derive=Derive(any=("a", "b"))),
        other=Variable(derive=Derive(any=("c", "d"))),
    )
    assert {"one", "a", "b"} & hidden_of(cohort) == set()


def gaps_of(**rows: Any) -> pd.DataFrame:
    """Numbers of 400 patients, in groups that alternate, with gaps in so many rows."""
    frame = pd.DataFrame({"ill": np.arange(400) % 2 == 0})
    for shift, (name, empty) in enumerate(rows.items()):
        values = np.arange(400) * (37 + 7 * shift) % 101 + np.arange(400) / 1000
        frame[name] = np.where(np.isin(np.arange(400), empty), np.nan, values)
    return frame


def planned(frame: pd.DataFrame, *candidates: str, cluster: str = "") -> Any:
    cohort = cohort_of(frame)
    analysis = replace(cohort.spec.analysis, candidates=candidates, cluster=cluster)
    cohort.spec.analysis = analysis
    return cohort


@pytest.mark.parametrize(("both", "why"), [(0, ""), (8, "a count is withheld"), (10, "")])
def test_patients_of_no_known_cluster_are_left_out_of_no_model_that_tells_few(both, why):
    """Of those left out of a model, all but the gaps of each have both: four in each group."""
    frame = gaps_of(age=np.arange(30), ward=np.arange(30 - both, 70))
    frame["ward"] = frame["ward"].floordiv(10)
    (reason,) = fit_candidates(planned(frame, "age", cluster="ward")).candidates["why"]
    assert reason == why
    assert set(fit_candidates(planned(frame, "age")).candidates["why"]) == {""}


@pytest.mark.parametrize(("few", "why"), [(8, "a count is withheld"), (10, "")])
def test_a_finding_of_few_patients_of_no_known_cluster_is_in_no_model(few, why):
    """How many of a model have it follows from its odds ratio; of all, from its table."""
    frame = gaps_of(ward=np.arange(40)).assign(rash=np.arange(400) // 2 % 2 == 0)
    frame["ward"] = frame["ward"].floordiv(10)
    frame.loc[:39, "rash"] = np.arange(40) < few
    (reason,) = fit_candidates(planned(frame, "rash", cluster="ward")).candidates["why"]
    assert reason == why


@pytest.mark.parametrize(("alone", "withheld"), [(8, True), (10, False)])
def test_two_models_of_clusters_tell_who_has_a_gap_in_one_candidate_alone(alone, withheld):
    """Known: gaps of the ward and of one candidate; and with those of the other."""
    frame = gaps_of(
        age=np.arange(40), crp=np.r_[20:60, 80 : 80 + alone], ward=np.r_[0:20, 40:80]
    )  # fmt: skip
    frame["ward"] = frame["ward"].floordiv(10)
    models = fit_candidates(planned(frame, "age", "crp", cluster="ward"))
    assert models.fitted == ["age", "crp"]
    assert ("Multivariable" not in set(models.rows["model"])) == withheld


@pytest.mark.parametrize(("few", "withheld"), [(8, True), (10, False), (0, False)])
def test_a_model_tells_who_has_a_finding_and_a_gap_in_another(few, withheld):
    """Of 70,000 tables only those with the right number print the same two odds ratios."""
    patient = np.arange(400)
    rash, fever = (pd.array(patient // step % 2 == 0, "boolean") for step in (2, 4))
    fever[:40], rash[:few], rash[few:40] = pd.NA, True, False
    frame = pd.DataFrame({"ill": patient % 2 == 0, "rash": rash, "fever": fever})
    models = fit_candidates(planned(frame, "rash", "fever"))
    assert models.fitted == ["rash", "fever"]
    assert ("Multivariable" not in set(models.rows["model"])) == withheld


@pytest.mark.parametrize(
    ("alone", "beside", "withheld"), [(20, 4, True), (20, 5, False), (4, 20, True), (5, 20, False)]
)
def test_complete_patients_beside_a_model_tell_of_gaps_in_what_is_only_compared(
    alone, beside, withheld
):
    """Of all with a gap, those whom the model does not leave out have one in CK alone."""
    ck = np.r_[20 : 20 + beside, 60 : 60 + alone]
    frame = gaps_of(age=np.arange(40), crp=np.arange(20, 60), ck=ck, visits=[])
    frame["ill"] = np.arange(400) % 3 == 0
    cohort = planned(frame, "age", "crp")
    assert "Multivariable" in set(fit_candidates(cohort).rows["model"])
    assert patterns_of(cohort)["n"].isna().all() == withheld
    assert patterns_of(planned(frame, "age"))["n"].notna().all()  # CK or CRP alone
