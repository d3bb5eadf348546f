"""Every joint table, once: against brute force over the patients themselves."""

from collections import defaultdict
from itertools import combinations, combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest

from paperaudit import joint_tables as module
from paperaudit.joint_tables import joint_tables, pattern_columns, sufficient_statistics

SMALL = [
    ({"a": (1, 2), "b": (0, 1)}, (1, 3)),
    ({"a": (2, 1)}, (4, 3)),
    ({"a": (2, 1), "b": (3, 0)}, (4, 3)),
    ({"a": (range(1, 4), 1), "b": (2, range(3))}, (4, 3)),
    ({"a": (2, 1), "b": (1, 2), "c": (2, 2)}, (4, 3)),
    ({"a": (2, 1), "b": (range(2), 2), "c": (2, range(1, 3))}, (3, 4)),
    ({"a": (1, 1), "b": (1, 2), "c": (2, 1), "d": (1, 0)}, (3, 2)),
]


def assignments(n, counts):
    """Patterns of the *n* patients, for every choice of who has each covariate."""
    chosen = product(*(combinations(range(n), count) for count in counts))
    return [[tuple(int(i in who) for who in sets) for i in range(n)] for sets in chosen]


def every_count(margins, group):
    own = [counts[group] for counts in margins.values()]
    return product(*(count if isinstance(count, range) else [count] for count in own))


def brute_force(margins, groups):
    """Joint tables and probability of each set of sufficient statistics, patient by patient."""
    probability, tables = defaultdict(float), defaultdict(set)
    settings = list(product(every_count(margins, 0), every_count(margins, 1)))
    for setting in settings:
        halves = [assignments(n, m) for n, m in zip(groups, setting, strict=True)]
        for cases, controls in product(*halves):
            key = (tuple(sorted(cases + controls)), setting[0])
            tables[key].add((tuple(sorted(cases)), tuple(sorted(controls))))
            probability[key] += 1 / len(halves[0]) / len(halves[1]) / len(settings)
    return probability, tables


def keys(tables, covariates):
    patterns = list(product((0, 1), repeat=len(covariates)))
    for row in tables.to_dict("records"):
        counts = [row["n_" + "".join(map(str, p))] for p in patterns]
        people = [p for p, n in zip(patterns, counts, strict=True) for _ in range(n)]
        yield tuple(people), tuple(row[f"{c}_events"] for c in covariates)


@pytest.mark.parametrize(("margins", "groups"), SMALL)
def test_statistics_are_those_of_brute_force(margins, groups):
    found = sufficient_statistics(margins, groups)
    probability, tables = brute_force(margins, groups)
    own = list(keys(found, list(margins)))
    assert len(own) == len(set(own)) == len(found)
    assert dict(zip(own, found["n_tables"], strict=True)) == {k: len(v) for k, v in tables.items()}
    expected = [probability[key] for key in own]
    np.testing.assert_allclose(found["weight"], expected, rtol=1e-9)
    assert (found["events"] == groups[0]).all()
    assert found.columns.tolist() == [
        "events", *(f"{c}_events" for c in margins), *pattern_columns(len(margins)),
        "n_tables", "weight",
    ]  # fmt: skip
    assert found["n_tables"].dtype == "int64"


@pytest.mark.parametrize(("margins", "groups"), SMALL)
def test_the_size_is_known_before_the_start(margins, groups):
    size = sufficient_statistics(margins, groups)["n_tables"].sum()
    assert len(sufficient_statistics(margins, groups, limit=size)) > 0
    with pytest.raises(ValueError, match=rf"^{size:,} joint tables .* limit of {size - 1:,}:"):
        sufficient_statistics(margins, groups, limit=size - 1)


def two_patients_among(n, b, c):
    """Tables of three covariates where two of *n* patients have the first."""
    pairs = combinations_with_replacement(product((0, 1), repeat=2), 2)
    left = [(b - b1 - b2, c - c1 - c2) for (b1, c1), (b2, c2) in pairs]
    return sum(min(b, c) - max(0, b + c - (n - 2)) + 1 for b, c in left)


MILLION = 10**6
PAIRS = two_patients_among(2 * MILLION, MILLION, MILLION) * two_patients_among(MILLION, 5, 5)


@pytest.mark.parametrize(
    ("margins", "size"),
    [({"a": (range(24), range(32)), "b": (7, 1), "c": (10, 5)}, f"{8988 * 582:,}"),
     ({"a": (MILLION, 1), "b": (MILLION, 1), "c": (9, 9)}, f"at least {2 * MILLION + 2:,}"),
     ({"a": (2, 2), "b": (MILLION, 5), "c": (MILLION, 5)}, f"{PAIRS:,}")],
)  # fmt: skip
def test_a_size_beyond_reach_is_said_at_once(margins, size):
    """Counted without listing, and exactly where whole numbers of 64 bits do not hold."""
    groups = (23, 31) if "range" in str(margins) else (2 * MILLION, MILLION)
    with pytest.raises(ValueError, match=f"^{size} joint tables"):
        sufficient_statistics(margins, groups, limit=100_000)


def test_margins_that_fix_each_group():
    margins = {"a": (7, 1), "b": (15, 10), "c": (10, 5)}
    tables = sufficient_statistics(margins, (23, 31))
    assert tables["n_tables"].sum() == 13420
    assert tables["weight"].sum() == pytest.approx(1, abs=1e-12)
    assert (tables.filter(like="n_").drop(columns="n_tables").sum(axis=1) == 54).all()
    assert (tables.filter(regex="n_.1.").sum(axis=1) == 25).all()


def test_blocks_add_up(monkeypatch):
    margins = {"a": (range(5), 3), "b": (4, range(6)), "c": (3, 2)}
    whole = sufficient_statistics(margins, (8, 7))
    monkeypatch.setattr(module, "BLOCK", 500)
    pd.testing.assert_frame_equal(sufficient_statistics(margins, (8, 7)), whole)


def test_joint_tables_within_bounds():
    tables = joint_tables(5, [(1, 3), (2, 2)])
    brute = {c for c in product(range(6), repeat=4) if sum(c) == 5 and 1 <= c[2] + c[3] <= 3
             and c[1] + c[3] == 2}  # fmt: skip
    assert {tuple(row) for row in tables.tolist()} == brute
    assert len(tables) == len(brute)


def test_statistics_too_many_to_number(monkeypatch):
    monkeypatch.setattr(module, "prod", lambda *args, **kwargs: 2**63)
    with pytest.raises(ValueError, match="too many sufficient statistics"):
        sufficient_statistics({"a": (1, 1)}, (2, 2), limit=2**64)


def test_all_that_is_wrong_with_margins_is_said_at_once():
    bad = {"above": (24, 1), "below": (1, -1), "part": (1.5, 1), "text": (1, "2"), "one": 7,
           "three": (1, 2, 3)}  # fmt: skip
    with pytest.raises(ValueError, match=r"6 covariates given, not 1 to 4"):
        sufficient_statistics(bad, (23, 31))
    first = dict(list(bad.items())[:4])
    with pytest.raises(ValueError) as error:
        sufficient_statistics(first, (23, 31))
    assert str(error.value).split("; ") == [
        "above: 24 with the outcome is not within 0 to 23",
        "below: -1 without it is not within 0 to 31",
        "part: 1.5 with the outcome is not a whole number",
        "text: '2' without it is not a whole number",
    ]
    last = {**dict(list(bad.items())[4:]), "stride": (range(0, 9, 2), range(0)),
            "long": (range(-1, 3), range(33))}  # fmt: skip
    with pytest.raises(ValueError) as error:
        sufficient_statistics(last, (23, 31))
    assert str(error.value).split("; ") == [
        "one: 7 is not a pair of counts, with and without",
        "three: (1, 2, 3) is not a pair of counts, with and without",
        "stride: range(0, 9, 2) with the outcome is not a range of counts",
        "stride: range(0, 0) without it is not a range of counts",
        "long: range(-1, 3) with the outcome is not within 0 to 23",
        "long: range(0, 33) without it is not within 0 to 31",
    ]


def test_groups_that_are_none():
    with pytest.raises(ValueError, match=r"^0 covariates .*; 0 patients with .*; 2.5 patients wi"):
        sufficient_statistics({}, (0, 2.5))
    for groups in ((5,), (5, 5, 5)):
        with pytest.raises(ValueError, match=f"^{len(groups)} groups given, not 2"):
            sufficient_statistics({"a": (1, 1)}, groups)


def test_counts_from_a_table_are_whole_numbers_too():
    counts = np.array([7.0, 1.0])
    found = sufficient_statistics({"a": tuple(counts)}, (np.int64(23), 31))
    assert found.to_dict("records") == [
        {"events": 23, "a_events": 7, "n_0": 46, "n_1": 8, "n_tables": 1,
         "weight": pytest.approx(1)}
    ]  # fmt: skip
