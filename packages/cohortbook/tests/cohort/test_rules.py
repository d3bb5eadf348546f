"""Rules about several variables: sums, limits."""

import pytest

SUM = {"t": {"kind": "number"}, "a": {"kind": "number"}, "b": {"kind": "binary"}}


def test_a_total_is_the_sum_of_its_parts(desk):
    rules = [{"sum": {"total": "t", "parts": ["a", "b"]}}]
    table = "t,a,b\n3,2,yes\n2.3,2.3,no\n4,2,yes\n,2,yes\n5,,yes\n5,2,\n"
    assert desk.problems(table, SUM, rules=rules) == [
        (4, "t", "4.0", "not the sum of its parts", "a + b")
    ]


def test_a_value_is_below_its_limit(desk):
    rules = [{"below": {"variable": "a", "limit": 18}}, {"below": {"variable": "a", "limit": "t"}}]
    assert desk.problems("t,a,b\n99,17.9,\n99,18,\n5,5,\n,1,\n", SUM, rules=rules) == [
        (3, "a", "18.0", "too large", "below 18"),
        (4, "a", "5.0", "too large", "below t"),
    ]


def test_a_drug_is_not_started_before_diagnosis(desk):
    variables = {"dx": {"kind": "date"}, "mtx": {"kind": "date", "column": "MTX start"}}
    table = "dx,MTX start\n2001-01-02,2001-01-01\n2001-01-02,2001-01-02\n"
    rules = [{"order": ["dx", "mtx"]}]
    assert desk.problems(table, variables, rules=rules) == [
        (2, "MTX start", "2001-01-01", "before dx", "dx ≤ MTX start")
    ]


@pytest.mark.parametrize(
    ("rule", "place", "problem"),
    [
        ("{}", "rules[0]", "not one rule"),
        ("{order: [seen, gone], below: {variable: a, limit: 3}}", "rules[0]", "not one rule"),
        ("{sum: {total: a, parts: []}}", "rules[0].sum", "not a sum"),
        ("{sum: {total: a, parts: [a]}}", "rules[0].sum", "not a sum"),
        ("{sum: {total: b, parts: [a]}}", "rules[0].sum.total", "a variable of kind binary"),
        ("{sum: {total: a, parts: [seen]}}", "rules[0].sum.parts[0]", "a variable of kind date"),
        ("{below: {variable: a, limit: inf}}", "rules[0].below.limit", "not a finite number"),
        ("{below: {variable: a, limit: x}}", "rules[0].below.limit", "no such variable"),
        ("{below: {variable: seen, limit: 3}}", "rules[0].below", "operands of different kinds"),
        ("{below: {variable: seen, limit: a}}", "rules[0].below", "operands of different kinds"),
        ("{below: {variable: a}}", "rules[0].below", "limit is missing"),
    ],
)
def test_rules_that_make_no_sense(desk, rule, place, problem):
    told = desk.spec_problems(
        "data: {file: forms.csv}\nvariables: {a: {kind: number}, b: {kind: binary}, "
        f"seen: {{kind: date}}, gone: {{kind: date}}}}\nrules: [{rule}]\n"
    )
    assert any(p[1] == place and p[3].startswith(problem) for p in told), told


@pytest.mark.parametrize("limit", ["nan", "inf", "-inf", "1e400"])
def test_a_limit_is_finite(desk, limit):
    ((_, place, value, problem, _),) = desk.spec_problems(
        "data: {file: forms.csv}\nvariables: {a: {kind: number}, "
        f"b: {{derive: {{at_least: [a, {limit}]}}}}}}\n"
    )
    assert (place, value, problem) == (
        *("variables.b.derive.at_least[1]", limit, "not a finite number"),
    )
