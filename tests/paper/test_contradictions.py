"""Contradictions are proven: found where they are, minimal, and none where there are none."""

from fractions import Fraction
from itertools import combinations, product

import pandas as pd
import pytest

from jdm_utils.study import LEFT_OUT, load_claims
from paperaudit.claims import validate_claims
from paperaudit.contradictions import PrintedCounts, find_contradictions
from paperaudit.record import Record
from paperaudit.relations import relations_of
from paperaudit.rounding import prints_as


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return load_claims()


@pytest.fixture(scope="module")
def found(claims):
    return find_contradictions(claims)


def test_the_fewest_figures_to_leave_out_are_those_that_were_left_out(claims, found):
    """Three counts and the percentages that follow from them; no other choice is as small."""
    dropped = claims.loc[list(found.dropped)]
    assert set(dropped.index[dropped["statistic"] == "n"]) == set(LEFT_OUT)
    assert set(dropped["item"]) == {"female", "immunosuppressor", "ldh"}
    assert found.doubtful == found.dropped


def test_the_known_clashes_are_among_them(found):
    assert ("results_female_calcinosis_n", "table3_female_calcinosis_n") in found.conflicts
    ldh = ("table2_ldh_all_n", "table3_ldh_calcinosis_n", "table3_ldh_no_calcinosis_n")
    assert ldh in found.conflicts
    treated = ("results_immunosuppressor_calcinosis_n", "table3_immunosuppressor_calcinosis_n")
    assert treated in found.conflicts


def pairs_that_satisfy(claim: pd.Series) -> set[tuple[int, int]]:
    """All counts with and without calcinosis under which one claim holds."""
    pairs = set(product(range(24), range(32)))
    count = {"calcinosis": lambda a, b: a, "no_calcinosis": lambda a, b: b}
    n = count.get(claim["group"], lambda a, b: a + b)
    if claim["statistic"] == "n":
        return {pair for pair in pairs if n(*pair) == claim["value"]}
    whole = int(claim["denominator"])
    fits = {
        k: set(prints_as(Fraction(100 * k, whole), claim["printed"])) & {"half up", "truncated"}
        for k in range(55)
    }
    return {pair for pair in pairs if fits[n(*pair)]}


def test_every_minimal_conflict_of_an_item_against_brute_force(claims, found):
    own = claims[(claims["item"] == "ldh") & claims["statistic"].isin(["n", "percent"])]
    pairs = {claim: pairs_that_satisfy(row) for claim, row in own.iterrows()}
    minimal: set[tuple[str, ...]] = set()
    for size in range(1, len(own) + 1):
        for chosen in combinations(sorted(pairs), size):
            holds = set.intersection(*(pairs[claim] for claim in chosen))
            if not holds and not any(set(m) <= set(chosen) for m in minimal):
                minimal.add(chosen)
    assert {c for c in found.conflicts if "_ldh_" in c[0]} == minimal


def test_no_contradiction_in_what_is_left(claims, found):
    clean = find_contradictions(claims.drop(index=list(found.dropped)))
    assert (clean.conflicts, clean.dropped, clean.doubtful) == ((), (), ())


def test_by_counts_alone_ldh_has_three_smallest_choices(claims):
    """Percentages repeat their counts, and only so many repeats make one choice the smallest."""
    alone = find_contradictions(claims[claims["statistic"] == "n"])
    doubtful = claims.loc[list(alone.doubtful)]
    assert doubtful.groupby("item").size().to_dict() == {
        "female": 1, "immunosuppressor": 1, "ldh": 3,
    }  # fmt: skip
    assert len(alone.dropped) == 3
    assert sorted(doubtful.loc[doubtful["item"] == "ldh", "printed"]) == ["19", "25", "46"]


def room_of(claims, claim):
    return PrintedCounts(claims, Record(claims), relations_of(claims)).room(claim)


def test_what_the_other_counts_leave_open(claims):
    room = room_of(claims, "table3_ck_calcinosis_n")
    assert (room.low, room.high) == (7, 7)
    drugs = [
        claims.loc[f"results_{drug}_calcinosis_n", "value"]
        for drug in relations_of(claims).unions[1][1]
    ]
    room = room_of(claims, "results_specific_treatment_calcinosis_n")
    assert (room.low, room.high) == (max(drugs), sum(drugs)) == (6, 15)
    assert room.because == tuple(
        f"results_{drug}_calcinosis_n" for drug in ("alendronate", "diltiazem", "edta")
    )
    ldh = room_of(claims, "table2_ldh_all_n")  # a count that clashes is not in its room
    assert (ldh.low, ldh.high) == (44, 44)
    for free in ("results_triamcinolone_calcinosis_n", "table3_patients_calcinosis_n"):
        assert room_of(claims, free) is None


def ledger_of(counts):
    """A ledger of counts, by item and group."""
    rows = [
        {"item": item, "group": group, "statistic": "n", "printed": str(n)}
        for item, of_groups in counts.items()
        for group, printed in of_groups.items()
        for n in ([printed] if isinstance(printed, int) else printed)
    ]
    return validate_claims(pd.DataFrame(rows))


def test_the_room_of_one_group_against_the_total_by_hand():
    claims = ledger_of({"patients": {"all": 50, "a": 20, "b": 30}, "x": {"all": 28, "a": 9}})
    room = room_of(claims, "table1_x_a_n")  # 28 in all, of whom 30 can be in the other group
    assert room is None  # 0 to 20: all that the group can have
    claims.loc["table1_x_all_n", ["value", "printed"]] = 38, "38"
    room = room_of(claims, "table1_x_a_n")
    assert (room.low, room.high, room.because) == (8, 20, ("table1_x_all_n",))


def test_two_sizes_of_a_study_clash_with_each_other_not_by_themselves():
    """50 patients, 20 and 30 of them compared; and once "60", more than any size that holds."""
    found = find_contradictions(ledger_of({"patients": {"all": [50, 60], "a": 20, "b": 30}}))
    once, again = "table1_patients_all_n", "table1_patients_all_n_2"
    a, b = "table1_patients_a_n", "table1_patients_b_n"
    assert found.conflicts == ((a, again, b), (once, again))
    assert found.dropped == found.doubtful == (again,)


SLIPS = {
    "table2_ck_all_n": 26,
    "table3_cardiac_no_calcinosis_n": 2,
    "results_male_calcinosis_n": 9,
    "results_calcinosis_after_diagnosis_calcinosis_n": 16,
    "results_universalis_calcinosis_n": 4,
    "results_methotrexate_calcinosis_n": 6,
    "table2_strength_4_all_n": 28,
    "results_death_sepsis_no_calcinosis_n": 1,
}


def test_each_planted_slip_is_found_and_no_conflict_is_without_one(claims, found):
    """All at once, which is harder: a conflict is new only if it needs a slip."""
    other = claims.copy()
    for claim, value in SLIPS.items():
        other.loc[claim, ["printed", "value"]] = str(value), float(value)
    new = set(find_contradictions(other).conflicts) - set(found.conflicts)
    for claim in SLIPS:
        assert any(set(SLIPS) & set(conflict) == {claim} for conflict in new), claim
    assert all(set(SLIPS) & set(conflict) for conflict in new)
