"""Table 4 as an inverse problem, and what the published margins imply."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from jdm_utils import load_claims
from paperaudit.compatible import (
    compatible_tables,
    matching_tables,
    nearest_tables,
    summarise_tables,
)
from paperaudit.inverse import joint_tables_of
from paperaudit.joint_tables import joint_tables, patterns
from smallstats import fit_logistic
from smallstats.classical_tests import term_tests

GROUPS = (23, 31)
PUBLISHED = {"cardiac": (7, 1), "immunosuppressor": (15, 10), "pulmonary": (10, 5)}
TEXT = PUBLISHED | {"immunosuppressor": (16, 10)}
STATISTICS = ("odds_ratio", "ci_low", "ci_high", "p")


@pytest.fixture(scope="module")
def printed():
    """The nine numbers of Table 4."""
    text = load_claims()["printed"]
    columns = [f"{c}_{s}" for c in ("cardiac", "immunosuppressor") for s in STATISTICS]
    return {c: text[f"table4_{c}"] for c in columns} | {
        "nagelkerke": text["table4_model_nagelkerke_r2"]
    }


@pytest.fixture(scope="module")
def searched():
    """Any treatment margins, the published cardiac ones."""
    margins = {"cardiac": (7, 1), "immunosuppressor": (range(24), range(32))}
    return compatible_tables(margins, GROUPS)


@pytest.fixture(scope="module")
def three_way():
    return compatible_tables(PUBLISHED, GROUPS)


def patients(cases, controls, names) -> pd.DataFrame:
    """One row a patient of one joint table."""
    count = np.concatenate([cases, controls])
    rows = np.vstack([patterns(len(names))] * 2)
    frame = pd.DataFrame(rows, columns=list(names))
    half = len(cases)
    return frame.assign(y=np.repeat([1, 0], half)).loc[np.repeat(np.arange(2 * half), count)]


@pytest.mark.parametrize("margins", [PUBLISHED, TEXT])
@pytest.mark.parametrize("kept", [["cardiac", "immunosuppressor"], list(PUBLISHED)])
def test_no_table_with_published_margins_prints_as_table_4(margins, kept, printed):
    tables = compatible_tables({c: margins[c] for c in kept}, GROUPS)
    assert matching_tables(tables, printed).empty
    assert nearest_tables(tables, printed, rows=1)["distance"].item() > 20


def test_one_set_of_statistics_prints_as_table_4(searched, printed):
    found = matching_tables(searched, printed)
    assert found.filter(regex="^n_|events$").to_dict("records") == [
        {"events": 23, "cardiac_events": 7, "immunosuppressor_events": 17,
         "n_00": 20, "n_01": 26, "n_10": 3, "n_11": 5, "n_tables": 2}
    ]  # fmt: skip
    assert searched["n_tables"].sum() == 8432
    nearest = nearest_tables(searched, printed, rows=2)
    assert nearest.index[0] == found.index[0]
    assert nearest["distance"].iloc[0] == 0 == nearest["differ"].iloc[0]
    assert nearest["distance"].iloc[1] > 50


def test_the_search_needs_no_cardiac_margins(printed):
    margins = {"cardiac": (range(3, 13), range(5)), "immunosuppressor": (range(24), range(32))}
    tables = compatible_tables(margins, GROUPS)
    assert tables["n_tables"].sum() == 580800
    found = matching_tables(tables, printed)
    assert found[["cardiac_events", "n_10", "n_11"]].to_numpy().tolist() == [[7, 3, 5]]


def test_truncation_is_needed_for_table_4(searched, printed):
    """4.01 and 1.08 are cut off: rounding alone does not print them, nor cutting alone 15.56."""
    for rule in ("half up", "truncated"):
        assert matching_tables(searched, printed, rules=[rule]).empty
    near = nearest_tables(searched, printed, rules=["half up"], rows=1)
    assert near["worst"].item() == "immunosuppressor_odds_ratio"
    assert near["differ"].item() == 2
    assert near["distance"].item() == pytest.approx(100 * (4.01822263556 - 4.015), abs=1e-8)


def test_each_row_is_the_fit_of_its_tables():
    """Every joint table of small margins, fitted patient by patient."""
    margins, groups = {"a": (3, 2), "b": (4, 3)}, (7, 6)
    tables = compatible_tables(margins, groups).set_index(["n_00", "n_01", "n_10", "n_11"])
    cases, controls = (
        joint_tables(n, [(m[g], m[g]) for m in margins.values()]) for g, n in enumerate(groups)
    )
    for case in cases:
        for control in controls:
            row = tables.loc[tuple(case + control)]
            frame = patients(case, control, margins)
            fit = fit_logistic(frame, "y", ["a", "b"])
            likelihood_ratio = term_tests(frame, "y", ["a", "b"])["likelihood_ratio_p"]
            assert row["nagelkerke"] == pytest.approx(fit.nagelkerke, abs=1e-8)
            assert row["converged"] == np.isfinite(fit.table["coef"]).all()
            for name in margins:
                one = fit.table.loc[name]
                for what in ("coef", *STATISTICS):
                    assert row[f"{name}_{what}"] == pytest.approx(
                        one[what], rel=1e-6, abs=1e-9, nan_ok=True
                    )
                assert row[f"{name}_p_lr"] == pytest.approx(likelihood_ratio[name], abs=1e-6)
    assert 0 < tables["converged"].mean() < 1


def test_three_covariates_are_fitted_as_patients_are(three_way):
    row = three_way.loc[three_way["weight"].idxmax()]
    cases, controls = (joint_tables(n, [(m[g],) * 2 for m in PUBLISHED.values()])
                       for g, n in enumerate(GROUPS))  # fmt: skip
    total = row.filter(regex="^n_[01]").to_numpy()
    case, control = next((a, b) for a in cases for b in controls if (a + b == total).all())
    fit = fit_logistic(patients(case, control, PUBLISHED), "y", list(PUBLISHED))
    for name in PUBLISHED:
        for what in ("coef", *STATISTICS):
            assert row[f"{name}_{what}"] == pytest.approx(fit.table.loc[name, what], rel=1e-8)
    assert row["nagelkerke"] == pytest.approx(fit.nagelkerke, rel=1e-9)


def ordered(tables):
    counts = sorted(c for c in tables if c.startswith("n_") or c.endswith("events"))
    return tables[sorted(tables)].sort_values(counts, ignore_index=True).astype(float)


def test_the_order_of_the_covariates_does_not_matter():
    margins = {"a": (3, 1), "b": (range(2, 5), 3), "c": (2, 4)}
    one = compatible_tables(margins, (7, 6))
    other = compatible_tables(dict(reversed(margins.items())), (7, 6))
    other.columns = [c[:2] + c[:1:-1] if c[:3] in ("n_0", "n_1") else c for c in other]
    pd.testing.assert_frame_equal(ordered(one), ordered(other), rtol=1e-6, atol=1e-9)


def test_swapping_the_groups_inverts_the_odds_ratios():
    one = compatible_tables({"a": (3, 1), "b": (4, 3)}, (8, 6))
    other = compatible_tables({"a": (1, 3), "b": (3, 4)}, (6, 8))
    same = ["n_00", "n_01", "n_10", "n_11", "n_tables", "weight", "nagelkerke", "a_p_lr", "b_p"]
    for name in ("a", "b"):
        other[f"{name}_coef"] *= -1
        same.append(f"{name}_coef")
    pd.testing.assert_frame_equal(ordered(one[same]), ordered(other[same]), rtol=1e-6, atol=1e-9)


def test_unbounded_intervals_of_infinite_estimates():
    """No control has a: its odds ratio is infinite, and the last combination has no patients."""
    tables = compatible_tables({"a": (2, 0), "b": (3, 3)}, (6, 6))
    assert (tables["a_odds_ratio"] == np.inf).all()
    assert (tables["a_ci_low"] == 0).all() and (tables["a_ci_high"] == np.inf).all()
    assert tables["a_p"].isna().all() and tables["a_p_lr"].between(0, 1).all()
    assert not tables["converged"].any()
    assert np.isfinite(tables["b_odds_ratio"]).any()


def test_a_covariate_that_none_or_all_have():
    """It has no estimate, and the other's is that of a model without it."""
    alone = compatible_tables({"b": (4, 2)}, (6, 6)).iloc[0]
    for everyone in (0, 6):
        row = compatible_tables({"a": (everyone, everyone), "b": (4, 2)}, (6, 6)).iloc[0]
        assert np.isnan(row["a_odds_ratio"]) and np.isnan(row["a_ci_low"]) and row["a_p_lr"] == 1
        for what in (*STATISTICS, "p_lr"):
            assert row[f"b_{what}"] == pytest.approx(alone[f"b_{what}"])


FRAME = pd.DataFrame(
    {
        "n_tables": [1, 2, 3, 4],
        "weight": [0.4, 0.3, 0.2, 0.1],
        "nagelkerke": [0.1, 0.3, 0.2, 0.4],
        "x_odds_ratio": [np.inf, 2.0, 3.0, np.nan],
        "x_p": [np.nan, 0.04, 0.05, 0.01],
        "x_p_lr": [0.01, 0.02, 0.03, 0.06],
    }
)


def test_summary_of_tables_made_by_hand():
    summary = summarise_tables(FRAME).set_index("statistic")
    assert summary["covariate"].tolist() == ["", "x", "x", "x"]
    quantiles = ["min", "q025", "q25", "median", "q75", "q975", "max"]
    assert summary.loc["nagelkerke", quantiles].tolist() == [0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.4]
    assert summary.loc["odds_ratio", quantiles].tolist() == [2, 2, 2, 3, np.inf, np.inf, np.inf]
    assert summary.loc["p", quantiles].tolist() == [0.01, 0.01, 0.04, 0.04, 0.05, 0.05, 0.05]
    assert summary["missing"].tolist() == pytest.approx([0, 0.4, 0.1, 0])
    assert summary.loc[["p", "p_lr"], "significant"].tolist() == pytest.approx([0.6, 0.6])
    weighted = summary.loc[["p", "p_lr"], "weighted_significant"]
    assert weighted.tolist() == pytest.approx([0.4, 0.9])
    assert summary.loc[["nagelkerke", "odds_ratio"], "significant"].isna().all()
    assert summarise_tables(FRAME, alpha=0.055).loc[2, "significant"] == pytest.approx(0.9)
    nothing = summarise_tables(FRAME.assign(x_p=np.nan)).loc[2]
    assert np.isnan(nothing["median"]) and nothing["missing"] == 1


def test_what_published_margins_imply(three_way):
    """Every table with them: cardiac involvement is above 1 in all, treatment in nearly all."""
    summary = summarise_tables(three_way).set_index(["covariate", "statistic"])
    odds = summary.xs("odds_ratio", level="statistic")
    assert (odds.loc["cardiac", ["min", "median"]] > [1, 10]).all()
    assert odds["max"].tolist() == [np.inf] * 3
    assert odds.loc["immunosuppressor", "min"] < 1 < odds.loc["immunosuppressor", "q025"]
    lr = summary.xs("p_lr", level="statistic")
    assert (lr["missing"] == 0).all()
    assert lr["weighted_significant"].is_monotonic_decreasing


def test_the_joint_tables_of_a_row_are_those_with_its_statistics():
    margins, groups = {"a": (1, 1), "b": (2, 1)}, (3, 3)
    tables = compatible_tables(margins, groups)
    found = joint_tables_of(tables, groups)
    marks = ["00", "01", "10", "11"]
    assert list(found) == [f"{group}_{p}" for group in ("with", "without") for p in marks]
    halves = [joint_tables(n, [(m[g], m[g]) for m in margins.values()]).tolist()
              for g, n in enumerate(groups)]  # fmt: skip
    assert sorted(found.to_numpy().tolist()) == sorted(a + b for a, b in product(*halves))
    one = tables.iloc[[0]]
    own = joint_tables_of(one, groups)
    assert len(own) == one["n_tables"].item()
    for p in marks:
        assert (own[f"with_{p}"] + own[f"without_{p}"] == one[f"n_{p}"].item()).all()


def test_distances_in_units_of_the_last_digit():
    """Half a unit below a number still rounds to it, nearly one above still cuts to it."""
    printed = {"x_odds_ratio": "2.5", "x_p_lr": "0.03"}
    near = nearest_tables(FRAME, printed)
    assert near.index.tolist() == [2, 1, 0, 3]
    assert near["distance"].tolist() == pytest.approx([4, 4.5, np.inf, np.inf])
    assert near["worst"].tolist() == ["x_odds_ratio"] * 4
    assert near["differ"].tolist() == [1, 2, 2, 2]
    assert near.columns.tolist() == ["distance", "worst", "differ", *FRAME.columns]
    assert nearest_tables(FRAME, printed, rows=1).index.tolist() == [2]
    assert nearest_tables(FRAME, {"x_p_lr": "0.03"}, rules=["truncated"])["distance"].tolist() == (
        pytest.approx([0, 1, 2, 2])
    )
    many = nearest_tables(pd.concat([FRAME] * 50, ignore_index=True), printed, rows=200)
    as_far = sorted([*range(0, 200, 4), *range(3, 200, 4)])  # in the order that they were in
    assert many.index.tolist() == [*range(2, 200, 4), *range(1, 200, 4), *as_far]


@pytest.mark.parametrize(
    ("text", "rules", "rows"),
    [("0.02", ["half up"], [1]), ("0.2", ["half up"], []), ("0.0", ["truncated"], [0, 1, 2, 3]),
     ("0.1", ["half up"], [3]), ("0.1", ["truncated"], []), ("0.06", ["half even"], [3])],
)  # fmt: skip
def test_matches_by_rule(text, rules, rows):
    assert matching_tables(FRAME, {"x_p_lr": text}, rules=rules).index.tolist() == rows


def test_ends_of_intervals_are_open_or_closed():
    """0.5 rounds half up to 1, and not to 0; to even it rounds to 0."""
    frame = FRAME.assign(nagelkerke=[0.5, 1.5, 1.0, 2.0])
    for text, rule, rows in [("1", "half up", [0, 2]), ("0", "half up", []),
                             ("0", "half even", [0]), ("1", "half even", [2]),
                             ("1", "truncated", [1, 2])]:  # fmt: skip
        assert matching_tables(frame, {"nagelkerke": text}, rules=[rule]).index.tolist() == rows


@pytest.mark.parametrize("function", [matching_tables, nearest_tables])
def test_wrong_questions_are_refused_together(function):
    with pytest.raises(ValueError) as error:
        function(FRAME, {"y_p": "0.1", "x_p": "many"})
    assert str(error.value).split("; ") == [
        "there is no column 'y_p'",
        "x_p: 'many' is not a number, a fraction or a number word",
    ]
    with pytest.raises(ValueError, match="rounding rule 'up'"):
        function(FRAME, {"x_p": "0.1"}, rules=["up"])
    for nothing in ({"printed": {}}, {"printed": {"x_p": "0.1"}, "rules": []}):
        with pytest.raises(ValueError, match="nothing printed, or no rounding rule"):
            function(FRAME, **nothing)
