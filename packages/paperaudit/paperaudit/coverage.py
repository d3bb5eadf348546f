"""How far an audit reaches: numbers read, testable, tested with power, and objected to."""

from __future__ import annotations

import pandas as pd

from paperaudit.power import ENOUGH
from paperaudit.verdict import VERDICTS

#: Said of an audit that could test nothing.
NOTHING = "Nothing in it could be tested: that is no pass."


def audit_coverage(audit: pd.DataFrame) -> pd.DataFrame:
    """Count how far an audit reaches.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `paperaudit.audit.audit_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a kind of number and a last one, ``all``: ``read``, the study's numbers in the
        ledger; ``testable``, those held against others in a check that could have failed;
        ``with_power``, those of which the check would have seen at least half of all slips in one
        digit; ``objected``, those that do not follow.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> audit_coverage(audit_claims(load_claims(example_ledger()))).loc["all"].to_dict()
    {'read': 58, 'testable': 54, 'with_power': 46, 'objected': 12}
    """
    marks = pd.DataFrame(
        {
            "kind": audit["kind"],
            "read": True,
            "testable": audit["verdict"] != "not_checkable",
            "with_power": audit["power"].astype(float) >= ENOUGH,
            "objected": [VERDICTS[verdict].objection for verdict in audit["verdict"]],
        }
    )
    counted = marks.groupby("kind", sort=False).sum().astype(int)
    counted.loc["all"] = counted.sum()
    return counted


def is_tested(audit: pd.DataFrame) -> bool:
    """Whether any number of an audit was held against another."""
    return bool((audit["verdict"] != "not_checkable").any())


def coverage_words(audit: pd.DataFrame) -> str:
    """Write the coverage of an audit as a sentence or two.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> print(coverage_words(audit_claims(load_claims(example_ledger()))))
    58 numbers read, 54 testable, 46 tested with power, 12 objected to.
    """
    n = audit_coverage(audit).loc["all"]
    words = (
        f"{n['read']} numbers read, {n['testable']} testable, {n['with_power']} tested with power, "
        f"{n['objected']} objected to."
    )
    return words if is_tested(audit) else f"{words} {NOTHING}"


def untested(audit: pd.DataFrame) -> pd.DataFrame:
    """Count what was not checked, by the reason.

    Returns
    -------
    pandas.DataFrame
        ``why`` and ``numbers``, the most first.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> int(untested(audit_claims(load_claims(example_ledger())))["numbers"].sum())
    4
    """
    rest = audit[audit["verdict"] == "not_checkable"]
    counted = rest["explanation"].value_counts().rename_axis("why").rename("numbers")
    return counted.reset_index()
