"""Whether what chooses among several rows of a patient is written once, and can be done."""

from __future__ import annotations

from typing import Any

from cohortbook.cohort.asked import Checker
from cohortbook.cohort.spec import KINDS, ONE_ROW, Spec, Variable

_RULES = {
    **dict.fromkeys(("highest", "lowest"), ("number", "ordinal", "date")),
    **dict.fromkeys(("mean", "count"), ("number",)),
    **dict.fromkeys(("any", "all"), ("binary",)),
}
"""Rules for several rows of a patient, and the kinds that they are for; others are for all."""


def check_rows(checker: Checker, spec: Spec) -> None:
    """Check what says which of several rows of a patient counts."""
    needing = {"duplicates": spec.duplicates, "one_row": spec.one_row}
    for key in (key for key, value in needing.items() if value and not spec.id):
        checker.fail(key, "", "needs id: without it no row is a duplicate", "id: {column: …}")
    if spec.duplicates:
        checker.named("duplicates.latest", spec.duplicates.latest, "date")
    if spec.one_row and spec.one_row not in ONE_ROW:
        checker.fail("one_row", spec.one_row, "not a rule", " or ".join(ONE_ROW))
    if spec.one_row and spec.duplicates:
        checker.fail("one_row", spec.one_row, "cannot be combined with duplicates:", "one of them")
    if spec.order_by:
        checker.named("order_by", spec.order_by, "date", "number", "ordinal")
    for key, value in (("order_by", spec.order_by), *_row_keys(spec)):
        if value and not spec.one_row:
            checker.fail(key, "", "needs the key one_row", "one_row: first")


def _row_keys(spec: Spec) -> list[tuple[str, Any]]:
    """Give the keys of variables that choose among rows, with what they say."""
    return [
        (f"variables.{variable.name}.{key}", value)
        for variable in spec.variables.values()
        for key, value in (("row", variable.row), ("where", variable.where))
    ]


def check_row_rule(checker: Checker, place: str, variable: Variable, order_by: str) -> None:
    """Check that a rule for several rows suits the kind, and has the dates that it needs."""
    rule, kind = variable.row, variable.kind
    if kind in KINDS and kind not in _RULES.get(rule, KINDS):
        checker.fail(f"{place}.row", rule, f"not for kind {kind}", " or ".join(_RULES[rule]))
    dates = {"nearest_to": variable.nearest_to, "dated_by": variable.dated_by}
    for key, name in dates.items():
        if name and rule != "nearest":
            checker.fail(f"{place}.{key}", name, "without row: nearest", "row: nearest")
            continue
        date = checker.named(f"{place}.{key}", name, "date") if name else None
        if date and (date.derive or date.row == "nearest"):
            checker.fail(f"{place}.{key}", name, "not read from a column", "a date that is")
    if rule != "nearest":
        return
    row = f"{place}.row"
    if not variable.nearest_to:
        checker.fail(row, rule, "needs the date that it is nearest to", "nearest_to: a date")
    by_order = order_by and not variable.dated_by
    if by_order and checker.named(f"{place}.dated_by", order_by, "date"):
        return
    if not variable.dated_by:
        allowed = "dated_by: the date of each row, or order_by:"
        checker.fail(row, rule, "needs the date of each row", allowed)
