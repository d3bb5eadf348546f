from functools import reduce
from itertools import product

import pytest

YES, NO, UNKNOWN = True, False, None
LOGIC = (YES, NO, UNKNOWN)
WORDS = {YES: "yes", NO: "no", UNKNOWN: ""}
BINARIES = {name: {"kind": "binary"} for name in "xyz"}


def table(names, rows):
    """Give a table of rows, with their numbers, so that none is blank."""
    lines = [",".join([*names, "n"])]
    lines += [",".join([*map(str, row), str(n)]) for n, row in enumerate(rows)]
    return "\n".join(lines) + "\n"


def derive(desk, names, rows, variables, derivation, **sections):
    variables = variables | {"n": {"kind": "number"}, "new": {"derive": derivation}}
    return desk.column(table(names, rows), variables, "new", **sections)


def both(x, y):
    """Kleene's and."""
    return NO if NO in (x, y) else UNKNOWN if None in (x, y) else YES


def inverse(x):
    return UNKNOWN if x is None else not x


def either(x, y):
    return inverse(both(inverse(x), inverse(y)))


@pytest.mark.parametrize(("operator", "truth"), [("any", either), ("all", both)])
def test_any_and_all_follow_three_valued_logic(desk, operator, truth):
    cases = list(product(LOGIC, repeat=3))
    rows = [[WORDS[value] for value in case] for case in cases]
    expected = [reduce(truth, case) for case in cases]
    assert derive(desk, "xyz", rows, BINARIES, {operator: list("xyz")}) == expected
    pairs = [truth(x, y) for x, y, _ in cases]
    assert derive(desk, "xyz", rows, BINARIES, {operator: ["x", "y"]}) == pairs
    assert derive(desk, "xyz", rows, BINARIES, {operator: "z"}) == [z for *_, z in cases]


def test_not(desk):
    rows = [["yes"], ["no"], [""]]
    assert derive(desk, "x", rows, {"x": {"kind": "binary"}}, {"not": "x"}) == [NO, YES, UNKNOWN]


def test_count_is_known_when_all_are(desk):
    cases = list(product(LOGIC, repeat=3))
    rows = [[WORDS[value] for value in case] for case in cases]
    expected = [None if None in case else float(sum(case)) for case in cases]
    assert derive(desk, "xyz", rows, BINARIES, {"count": list("xyz")}) == expected


@pytest.mark.parametrize("least", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("operator", ["at_least", "above"])
def test_a_count_is_compared_as_soon_as_the_missing_votes_do_not_matter(desk, operator, least):
    cases = list(product(LOGIC, repeat=3))
    rows = [[WORDS[value] for value in case] for case in cases]
    variables = BINARIES | {"votes": {"derive": {"count": list("xyz")}}}

    def passes(votes):
        return votes >= least if operator == "at_least" else votes > least

    expected = []
    for case in cases:
        options = [[vote] if vote is not None else [YES, NO] for vote in case]
        outcomes = {passes(sum(full)) for full in product(*options)}
        expected.append(outcomes.pop() if len(outcomes) == 1 else UNKNOWN)
    assert derive(desk, "xyz", rows, variables, {operator: ["votes", least]}) == expected


def test_two_counts_are_compared_by_their_bounds(desk):
    variables = BINARIES | {
        "a": {"derive": {"count": ["x"]}},
        "b": {"derive": {"count": ["y", "z"]}},
    }
    rows = [["yes", "no", ""], ["no", "yes", ""], ["", "no", "no"], ["yes", "", ""]]
    assert derive(desk, "xyz", rows, variables, {"at_least": ["a", "b"]}) == [YES, NO, YES, UNKNOWN]
    assert derive(desk, "xyz", rows, variables, {"above": ["a", "b"]}) == [
        UNKNOWN,
        NO,
        UNKNOWN,
        UNKNOWN,
    ]


def test_a_count_that_does_not_apply_is_not_compared(desk):
    variables = BINARIES | {"votes": {"derive": {"count": ["x", "y"]}, "only_if": "z"}}
    rows = [["yes", "yes", "yes"], ["yes", "yes", "no"], ["yes", "yes", ""]]
    for derivation in ({"at_least": ["votes", 1]}, {"above": ["votes", 1]}):
        assert derive(desk, "xyz", rows, variables, derivation) == [YES, UNKNOWN, UNKNOWN]


GRADE = {"kind": "ordinal", "levels": ["i", "ii", "iii"]}


def test_is_and_in(desk):
    rows = [["i"], ["ii"], ["iii"], [""]]
    for kind in ("ordinal", "category"):
        g = {"g": GRADE | {"kind": kind}}
        assert derive(desk, "g", rows, g, {"is": {"g": "ii"}}) == [NO, YES, NO, UNKNOWN]
        assert derive(desk, "g", rows, g, {"in": {"g": ["iii", "i"]}}) == [YES, NO, YES, UNKNOWN]


def test_contains_any_of_the_items(desk):
    drugs = {"d": {"kind": "list", "items": ["a", "b", "c"], "separators": "+"}}
    rows = [["a"], ["a+b"], ["c"], [""], ["b+c"]]
    assert derive(desk, "d", rows, drugs, {"contains": {"d": "a"}}) == [YES, YES, NO, UNKNOWN, NO]
    found = derive(desk, "d", rows, drugs, {"contains": {"d": ["a", "b"]}})
    assert found == [YES, YES, NO, UNKNOWN, YES]


NUMBERS = {"x": {"kind": "number"}, "y": {"kind": "number"}}
DAYS = {"x": {"kind": "date"}, "y": {"kind": "date"}}


def test_above_and_at_least(desk):
    rows = [[1, 2], [2, 2], [3, 2], ["", 2], [2, ""], ["", ""]]
    rest = [UNKNOWN] * 3
    assert derive(desk, "xy", rows, NUMBERS, {"above": ["x", "y"]}) == [NO, NO, YES, *rest]
    assert derive(desk, "xy", rows, NUMBERS, {"at_least": ["x", "y"]}) == [NO, YES, YES, *rest]
    limits = [NO, NO, YES, UNKNOWN, NO, UNKNOWN]
    assert derive(desk, "xy", rows, NUMBERS, {"above": ["x", 2]}) == limits
    assert derive(desk, "xy", rows, NUMBERS, {"at_least": ["x", 2]}) == [
        *(NO, YES, YES, UNKNOWN, YES, UNKNOWN)
    ]
    days = [["1995-01-01", "1995-01-01"], ["1995-01-02", "1995-01-01"], ["", "1995-01-01"]]
    assert derive(desk, "xy", days, DAYS, {"above": ["x", "y"]}) == [NO, YES, UNKNOWN]
    assert derive(desk, "xy", days, DAYS, {"at_least": ["x", "y"]}) == [YES, YES, UNKNOWN]
    assert derive(desk, "xy", days, DAYS, {"at_least": ["y", "x"]}) == [YES, NO, UNKNOWN]


def test_derived_numbers_are_compared(desk):
    variables = DAYS | {"wait": {"derive": {"days": ["x", "y"]}}}
    rows = [["1995-01-01", "1995-01-01"], ["1995-01-01", "1995-01-03"], ["", "1995-01-01"]]
    assert derive(desk, "xy", rows, variables, {"above": ["wait", 0]}) == [NO, YES, UNKNOWN]
    assert derive(desk, "xy", rows, variables, {"at_least": ["wait", 2]}) == [NO, YES, UNKNOWN]


def test_the_lowest_number(desk):
    rows = [[1, 2], [3, 2], ["", 2], ["", ""]]
    assert derive(desk, "xy", rows, NUMBERS, {"lowest": ["x", "y"]}) == [1, 2, None, None]


def test_the_lowest_level_is_known_once_it_cannot_be_lower(desk):
    grades = {name: GRADE for name in "xyz"}
    order = ["i", "ii", "iii"]
    cases = list(product([*order, ""], repeat=3))

    def lowest(case):
        if "i" in case:
            return "i"
        return None if "" in case else min(case, key=order.index)

    found = derive(desk, "xyz", cases, grades, {"lowest": list("xyz")})
    assert found == [lowest(case) for case in cases]


def test_the_lowest_level_is_an_ordinal(desk):
    variables = {"x": GRADE, "y": GRADE, "new": {"derive": {"lowest": ["x", "y"]}}}
    frame = desk.load("x,y\nii,iii\n", variables).frame
    assert frame["new"].cat.ordered
    assert frame["new"].cat.categories.tolist() == ["i", "ii", "iii"]


@pytest.mark.parametrize(("unit", "days"), [("days", 1), ("months", 30.4375), ("years", 365.25)])
def test_times(desk, unit, days):
    rows = [["1995-01-01", "1996-01-01"], ["1995-01-02", "1995-01-01"], ["", "1995-01-01"]]
    rows += [["1995-01-01", ""]]
    found = derive(desk, "xy", rows, DAYS, {unit: ["x", "y"]})
    assert found == [365 / days, -1 / days, None, None]


def test_derivations_of_derivations(desk):
    variables = BINARIES | {
        "last": {"derive": {"all": ["first", "z"]}},
        "first": {"derive": {"any": ["x", "y"]}},
    }
    rows = [["yes", "no", "yes"], ["no", "no", "yes"], ["yes", "no", "no"]]
    assert derive(desk, "xyz", rows, variables, {"not": "last"}) == [NO, YES, YES]
    assert list(desk.load(table("xyz", rows), variables | {"n": {"kind": "number"}}).frame) == [
        *("x", "y", "z", "last", "first", "n")
    ]


def test_a_derived_number_out_of_range_is_a_problem(desk):
    variables = DAYS | {"age": {"derive": {"years": ["x", "y"]}, "range": [0, 18], "unit": "years"}}
    rows = "x,y\n1990-01-01,1995-01-01\n1990-01-01,2020-01-01\n1995-01-01,1994-12-31\n1995-01-01,\n"
    years = 10957 / 365.25
    assert desk.problems(rows, variables) == [
        (3, "age", repr(years), "outside the plausible range", "0 to 18 years"),
        (4, "age", repr(-1 / 365.25), "outside the plausible range", "0 to 18 years"),
    ]


# only_if


IF = {
    "if": {"kind": "binary"},
    "b": {"kind": "binary", "only_if": "if"},
    "c": {"kind": "number", "only_if": "if"},
}


def test_where_a_variable_does_not_apply_it_is_missing(desk):
    n = {"n": {"kind": "number"}}
    cohort = desk.load("if,b,c,n\nyes,yes,5,\nno,,,\n,,,1\nyes,,,\nyes,no,0,\n", IF | n)
    assert cohort.frame["b"].isna().tolist() == [False, True, True, True, False]
    assert cohort.frame["c"].isna().tolist() == [False, True, True, True, False]
    assert cohort.changes.empty


def test_a_no_or_an_unknown_condition_is_blanked_and_told(desk):
    cohort = desk.load("if,b,c\nno,no,\n,no,5\n,yes,\nyes,no,5\n", IF)
    assert cohort.frame["b"].isna().tolist() == [True, True, True, False]
    assert cohort.frame["c"].isna().tolist() == [True, True, True, False]
    assert cohort.changes.to_numpy().tolist() == [
        [2, "b", "no", "", "not applicable"],
        [3, "b", "no", "", "not applicable"],
        [4, "b", "yes", "", "not applicable"],
        [3, "c", "5.0", "", "not applicable"],
    ]


def test_a_value_where_the_condition_is_no_is_a_problem(desk):
    table = "if,b,c\nno,yes,\nno,no,5\nyes,yes,5\n,yes,5\n"
    assert desk.problems(table, IF) == [
        (2, "b", "yes", "a value where if is No", "none, or No"),
        (3, "c", "5.0", "a value where if is No", "none, or No"),
    ]


def test_a_derived_variable_is_blanked_without_a_word(desk):
    variables = {
        "if": {"kind": "binary"},
        "x": {"kind": "binary"},
        "y": {"derive": {"not": "x"}, "only_if": "if"},
        "z": {"derive": {"not": "y"}},
    }
    cohort = desk.load("if,x\nyes,no\nno,no\n,no\n", variables)
    assert cohort.frame["y"].isna().tolist() == [False, True, True]
    assert cohort.frame["z"].isna().tolist() == [False, True, True]
    assert cohort.changes.empty


def test_a_derived_variable_may_be_the_condition(desk):
    variables = {"late": {"derive": {"above": ["t", 1]}}, "t": {"kind": "number"}}
    variables |= {"x": {"kind": "category", "levels": ["p"], "only_if": "late"}}
    assert desk.column("t,x\n2,p\n1,\n", variables, "x") == ["p", None]


def test_lists_and_dates_may_not_apply(desk):
    variables = {
        "if": {"kind": "binary"},
        "d": {"kind": "date", "only_if": "if"},
        "l": {"kind": "list", "items": ["p"], "only_if": "if"},
    }
    assert desk.column("if,d,l\nyes,1995-01-01,p\nno,,\n", variables, "l") == [("p",), None]
    told = desk.problems("if,d,l\nno,1995-01-01,p\n", variables)
    assert [(name, value) for _, name, value, *_ in told] == [("d", "1995-01-01"), ("l", "p")]
