"""Backward elimination of many tables at once: as with the patients of each."""

import numpy as np
import pandas as pd
import pytest

from paperaudit.compatible import compatible_tables
from paperaudit.joint_tables import joint_tables, patterns
from paperaudit.replay import eliminate_tables, final_models
from smallstats import eliminate_backward
from smallstats.batch_selection import CRITERIA
from smallstats.classical_tests import term_tests

MARGINS, GROUPS = {"a": (8, 4), "b": (5, 6), "c": (9, 8)}, (14, 15)


@pytest.fixture(scope="module")
def tables():
    return compatible_tables(MARGINS, GROUPS)


@pytest.fixture(scope="module")
def frames(tables):
    """Patients of some of the rows, by row."""
    cases, controls = (
        joint_tables(n, [(m[g], m[g]) for m in MARGINS.values()]) for g, n in enumerate(GROUPS)
    )
    row = {tuple(t): i for i, t in enumerate(tables.filter(regex="^n_[01]").to_numpy())}
    rng = np.random.default_rng(0)
    found = {}
    for _ in range(25):
        halves = [half[rng.integers(len(half))] for half in (cases, controls)]
        people = pd.DataFrame(np.vstack([patterns(3)] * 2), columns=list(MARGINS))
        people = people.assign(y=np.repeat([1, 0], 8)).loc[np.repeat(np.arange(16), np.r_[*halves])]
        found[row[tuple(sum(halves))]] = people
    return found


@pytest.mark.parametrize("criterion", CRITERIA)
def test_ends_where_elimination_with_patients_ends(tables, frames, criterion):
    ends = set()
    for remove in (0.02, 0.25):
        options = {"criterion": criterion, "remove": remove}
        final = eliminate_tables(tables, **options)["final"]
        for row, frame in frames.items():
            try:
                fit = eliminate_backward(frame, "y", list(MARGINS), **options)
            except ValueError:
                assert pd.isna(final[row])
                continue
            end = " + ".join(fit.final.predictors) or "none"
            assert final[row] == end
            ends.add(end)
        assert final.isna().any() == (criterion != "lr")
    assert {"none", "a", "a + b", "a + c"} <= ends


def stepwise(frame, names, remove, enter):
    """Wald's criterion and score tests, one model at a time."""
    kept, seen = tuple(names), set()
    while True:
        seen.add(kept)
        p = term_tests(frame, "y", kept)["wald_p"] if kept else pd.Series(dtype=float)
        if (p > remove).any():
            new = tuple(n for n in kept if n != p.idxmax())
        else:
            back = {n: term_tests(frame, "y", [*kept, n])["score_p"][n]
                    for n in names if n not in kept}  # fmt: skip
            best = min(back, key=back.get, default=None)
            new = kept if best is None or back[best] >= enter else (*kept, best)
        if tuple(sorted(new)) in seen:
            return " + ".join(sorted(kept)) or "none"
        kept = tuple(sorted(new))


def test_a_covariate_can_come_back():
    """Wald's test of a large estimate is weak: it goes first, and its score test brings it back."""
    margins, groups = {"a": (6, 6), "b": (5, 4)}, (8, 18)
    tables = compatible_tables(margins, groups)
    without = eliminate_tables(tables, criterion="wald", remove=0.05)
    with_ = eliminate_tables(tables, criterion="wald", remove=0.05, enter=0.05)
    back = tables[without["final"] != with_["final"]].dropna()
    assert set(without["final"][back.index]) == {"none"}
    assert set(with_["final"][back.index]) == {"b"}
    low = eliminate_tables(tables, criterion="wald", remove=0.05, enter=0.001)
    assert (low["final"][back.index] == "none").all()
    cases, controls = (
        joint_tables(n, [(m[g], m[g]) for m in margins.values()]) for g, n in enumerate(groups)
    )
    columns = ["n_00", "n_01", "n_10", "n_11"]
    for case in cases:
        for control in controls:
            row = (tables[columns] == case + control).all(axis=1).idxmax()
            if not tables["converged"][row]:
                continue
            frame = pd.DataFrame(np.vstack([patterns(2)] * 2), columns=["a", "b"])
            frame = frame.assign(y=np.repeat([1, 0], 4))
            frame = frame.loc[np.repeat(np.arange(8), np.r_[case, control])]
            assert with_["final"][row] == stepwise(frame, ["a", "b"], 0.05, 0.05)


def test_of_equal_p_the_last_goes_first():
    """Two covariates that cannot be told apart: the tests cannot choose, the order does."""
    tables = compatible_tables({"a": (4, 2), "b": (4, 2)}, (8, 8))
    final = eliminate_tables(tables, remove=0.35)["final"]
    assert set(final) == {"a", "a + b"}


def test_a_limit_of_one_removes_nothing():
    """A covariate that all have has p = 1, which is not above 1."""
    tables = compatible_tables({"a": (6, 6), "b": (4, 2)}, (6, 6))
    assert eliminate_tables(tables, remove=1)["final"].tolist() == ["a + b"]
    assert eliminate_tables(tables, remove=0.999)["final"].tolist() == ["b"]


def test_infinite_estimates_stop_wald_and_conditional_only():
    tables = compatible_tables({"a": (4, 0), "b": (4, 2)}, (8, 8))
    assert not tables["converged"].any()
    for criterion in ("wald", "conditional"):
        assert eliminate_tables(tables, criterion=criterion)["final"].isna().all()
    assert set(eliminate_tables(tables)["final"]) == {"a", "a + b"}
    undetermined = eliminate_tables(tables, remove=0.001, enter=0.001)
    assert undetermined["final"].tolist() == ["none"] * len(tables)
    assert eliminate_tables(tables, enter=0.05)["final"].isna().any()


def test_shares_of_the_final_models(tables):
    replayed = eliminate_tables(tables, criterion="wald", remove=0.25)
    assert replayed.columns.tolist() == ["n_tables", "weight", "final"]
    assert (replayed.index == tables.index).all()
    shares = final_models(replayed)
    assert shares.columns.tolist() == ["final", "n_tables", "share", "weighted_share"]
    assert shares["n_tables"].sum() == tables["n_tables"].sum()
    assert shares["share"].sum() == pytest.approx(1) == shares["weighted_share"].sum()
    assert shares["weighted_share"].is_monotonic_decreasing
    assert shares["final"].isna().sum() == 1
    one = shares.set_index("final").loc["a"]
    mine = replayed[replayed["final"] == "a"]
    assert one["share"] == mine["n_tables"].sum() / tables["n_tables"].sum()
    assert one["weighted_share"] == pytest.approx(mine["weight"].sum())


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"criterion": "score"}, "criterion='score' is not one of 'lr', 'wald', 'conditional'"),
     ({"remove": 0}, "^remove=0, enter=None: not probabilities"),
     ({"enter": 1.5, "remove": 2}, "not probabilities"),
     ({"enter": 0.2}, "enter=0.2 is above remove=0.1"),
     ({"criterion": "x", "enter": 0.2}, "criterion='x'.*; enter=0.2 is above")],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(tables, options, problem):
    with pytest.raises(ValueError, match=problem):
        eliminate_tables(tables, **options)
