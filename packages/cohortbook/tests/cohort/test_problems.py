import pickle

import pytest

from cohortbook.cohort.problems import HIDDEN, SHOWN, CohortError, Log


def raised(log):
    with pytest.raises(CohortError) as caught:
        log.raise_problems()
    return caught.value


def test_a_message_groups_by_column_and_names_row_value_and_what_is_allowed():
    log = Log("a.csv")
    log.problem([4], "CK", ["high"], "not a number", "digits")
    log.problem([1], "Age", "", "missing column")
    log.problem([9], "CK", ["x"], "not a number", "digits")
    log.problem([2], "CK", ["7"], "beyond", "0 to 5")
    log.problem([None], "corrections[0]", "", "fits no cell", file="cohort.yml")
    assert str(raised(log)).splitlines() == [
        "5 problems",
        "a.csv, CK: not a number (allowed: digits)",
        "  row 4: 'high'",
        "  row 9: 'x'",
        "a.csv, CK: beyond (allowed: 0 to 5)",
        "  row 2: '7'",
        "a.csv, Age: missing column",
        "  row 1",
        "cohort.yml, corrections[0]: fits no cell",
    ]


def test_the_problems_are_a_frame():
    log = Log("a.csv")
    log.problem([4, 5], "CK", ["a", "b"], "not a number", "digits")
    log.problem([None], "", "", "empty")
    found = raised(log).problems
    assert list(found) == ["file", "row", "column", "value", "problem", "allowed", "code"]
    assert found["row"].tolist()[:2] == [4, 5]
    assert found["row"].isna().tolist() == [False, False, True]
    assert found["value"].tolist() == ["a", "b", ""]


def test_one_problem_is_not_plural():
    assert str(Log("a.csv").stop(None, "empty")) == "1 problem\na.csv: empty"


def test_a_message_is_cut_but_the_frame_is_not():
    log = Log("a.csv")
    log.problem(range(2, 2 + SHOWN + 1234), "CK", "x", "not a number")
    lines = str(raised(log)).splitlines()
    assert lines[0] == f"{SHOWN + 1234:,} problems"
    assert lines[-2:] == [f"  row {SHOWN + 1}: 'x'", "  and 1,234 more"]
    assert len(raised(log).problems) == SHOWN + 1234


def test_as_many_as_are_shown_are_all_shown():
    log = Log("a.csv")
    log.problem(range(SHOWN), "CK", "x", "not a number")
    assert "more" not in str(raised(log))


def test_long_values_are_cut():
    log = Log("a.csv")
    log.problem([2, 3], "CK", ["x" * 60, "y" * 61], "not a number")
    lines = str(raised(log)).splitlines()
    assert lines[2] == "  row 2: '" + "x" * 60 + "'"
    assert lines[3] == "  row 3: '" + "y" * 59 + "…'"


def test_hidden_values_do_not_enter():
    log = Log("a.csv", frozenset({"Name"}))
    log.problem([2], "Name", ["Maria"], "not a number")
    log.problem([1], "Name", "", "missing column")
    log.change([2, 3], "Name", ["Maria", "Ana"], ["M", "A"], "correction")
    log.change([2], "CK", ["1,5"], ["1.5"], "decimal comma")
    assert raised(log).problems["value"].tolist() == [HIDDEN, ""]
    assert f"row 2: {HIDDEN}" in str(raised(log))
    assert log.changes["from"].tolist() == [HIDDEN, HIDDEN, "1,5"]
    assert log.changes["to"].tolist() == [HIDDEN, HIDDEN, "1.5"]


def test_no_rows_are_no_finding():
    log = Log("a.csv")
    log.problem([], "CK", [], "not a number")
    log.change([], "CK", [], [], "correction")
    log.raise_problems()
    assert list(log.changes) == ["row", "column", "from", "to", "rule"]
    assert log.changes.empty
    assert log.changes["row"].dtype == "int64"


def test_a_message_keeps_the_order_in_which_things_were_found():
    log = Log("a.csv")
    for row in range(100, 0, -1):
        log.problem([row], f"c{row % 2}", "", f"problem {row}")
    told = [line.split("problem ")[1] for line in str(raised(log)).splitlines()[1::2]]
    assert told == [*map(str, range(100, 0, -2)), *map(str, range(99, 0, -2))]


def test_a_change_is_there_once():
    log = Log("a.csv")
    for after in ("", "", "x"):
        log.change([2], "CK", ["NR"], after, "missing code")
    assert log.changes.to_numpy().tolist() == [
        [2, "CK", "NR", "", "missing code"],
        [2, "CK", "NR", "x", "missing code"],
    ]
    assert log.changes.index.tolist() == [0, 1]


def test_the_error_is_a_value_error_and_can_be_sent_to_another_process():
    error = Log("a.csv").stop(3, "empty", "text")
    assert isinstance(error, ValueError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
