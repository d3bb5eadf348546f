"""The habits of a paper: which rounding, and which test, explain most of its numbers at once."""

from __future__ import annotations

from typing import Any

import pandas as pd

from paperaudit.number_checks import check_percent
from paperaudit.own_test import least_expected
from paperaudit.p_values import FAMILY, USUAL, match_chance, p_from_counts, usual_matches
from paperaudit.percentages import count_of_percentage
from paperaudit.record import Record
from paperaudit.rounding import HABITS, is_bound, printed_decimals

#: Rules that choose a test by the smallest expected count, as programs and textbooks do.
RULES_OF_FIVE = {
    "Pearson (Fisher if few)": "Pearson",
    "Yates (Fisher if few)": "Yates",
}


def convention_cells(claims: pd.DataFrame) -> pd.DataFrame:
    """Hold every p value of two counts, and every percentage, against every convention.

    A percentage, or a p, that is printed in several places is taken once.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a cell and method: ``id``, ``item``, ``kind`` (``p`` or ``percent``), ``printed``,
        ``method`` (a test of the family, or a rule that chooses Fisher's test where an expected
        count is below 5; of a percentage ``share``), ``computed``, and ``rounded`` and
        ``truncated``, whether it prints as printed.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> claims = load_claims(example_ledger())
    >>> cells = convention_cells(claims).query("item == 'diabetes' and kind == 'p'")
    >>> cells[["method", "computed", "truncated"]].head(2).values.tolist()
    [['Pearson', 0.0175..., True], ['Yates', 0.0462..., False]]
    """
    record = Record(claims)
    rows = []
    own = record.own.drop_duplicates(["item", "group", "statistic", "printed"])
    for claim in own.reset_index().to_dict("records"):
        base: dict[str, Any] = {"id": claim["id"], "item": claim["item"]}
        base |= {"kind": claim["statistic"], "printed": claim["printed"]}
        place = claim["location"]
        counts = record.two_counts(str(claim["item"]), (), place)
        if claim["statistic"] == "percent":
            n = count_of_percentage(claim, record)
            if n is not None and n <= claim["denominator"]:
                match = check_percent(claim["printed"], n, int(claim["denominator"]))
                habits: dict[str, bool] = {h: h in match.rules for h in HABITS}
                rows.append({**base, "method": "share", "computed": match.computed, **habits})
        elif claim["statistic"] == "p" and counts and claim["id"] not in record.adjusted:
            if record.two_means(str(claim["item"]), (), place):
                continue
            family = p_from_counts(str(claim["printed"]), *counts).set_index("method")
            few = least_expected(*counts) < 5
            chosen = {str(name): str(name) for name in family.index}
            for rule, usual in RULES_OF_FIVE.items():
                chosen[rule] = "Fisher two-sided" if few else usual
            for name, test in chosen.items():
                habits = {habit: bool(family.at[test, habit]) for habit in HABITS}
                p = family.at[test, "p"]
                rows.append({**base, "method": name, "computed": p, **habits})
    columns = ["id", "item", "kind", "printed", "method", "computed", *HABITS]
    return pd.DataFrame(rows, columns=columns)


def p_matches(claims: pd.DataFrame) -> pd.DataFrame:
    """Say which usual tests print as each p of two counts, and how likely one does by chance.

    Parameters
    ----------
    claims : pandas.DataFrame
        A ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a printed p of two counts, each printed value once: ``id``, ``item``, ``printed``;
        ``matched``, whether a usual test prints so; ``tests``, which do, "cut off" where only the
        digits cut off are printed; ``chance``, the share of the printable values that the usual
        tests of these counts cover (`match_chance`), and ``chance_any``, that of the whole family.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> found = p_matches(load_claims(example_ledger())).set_index("item")
    >>> found["tests"]["diabetes"], round(float(found["chance"]["diabetes"]), 2)
    ('Pearson cut off', 0.05)
    """
    record, rows = Record(claims), []
    cells = convention_cells(claims).query("kind == 'p'")
    for claim, part in cells[cells["method"].isin(FAMILY.values())].groupby("id", sort=False):
        item, printed = str(part["item"].iloc[0]), str(part["printed"].iloc[0])
        counts = record.two_counts(item, (), record.claims[str(claim)]["location"])
        assert counts is not None  # each cell is a test of them
        names = usual_matches(printed, *counts)
        digits = printed_decimals(printed)
        usual, every = (
            float("nan")
            if is_bound(printed)
            else match_chance(*counts, tests=tests, decimals=digits)
            for tests in (USUAL, tuple(FAMILY))
        )
        matches = {"matched": bool(names), "tests": ", ".join(names)}
        chances = {"chance": usual, "chance_any": every}
        rows.append({"id": claim, "item": item, "printed": printed, **matches, **chances})
    columns = ["id", "item", "printed", "matched", "tests", "chance", "chance_any"]
    return pd.DataFrame(rows, columns=columns)


def convention_fingerprint(cells: pd.DataFrame) -> pd.DataFrame:
    """Count the cells that each convention explains: one test for all p values, one rounding.

    Parameters
    ----------
    cells : pandas.DataFrame
        As `convention_cells` gives them.

    Returns
    -------
    pandas.DataFrame
        One row a test and habit (``rounded``, ``truncated``, or ``either``: each cell as it
        likes), the most explained first: ``method``, ``habit``, ``p_values`` and ``percentages``
        explained, and ``explained`` of all ``cells``.

    Notes
    -----
    That a convention explains the most cells does not make it the paper's: coarse numbers agree
    with several, and no convention may explain them all.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> fingerprint = convention_fingerprint(convention_cells(load_claims(example_ledger())))
    >>> fingerprint[fingerprint["habit"] == "rounded"].drop(columns="habit").head(2)
                 method  p_values  percentages  explained  cells
    4  likelihood ratio         3           10         13     17
    5           Pearson         2           10         12     17
    """
    habits = [*HABITS, "either"]
    cells = cells.assign(either=cells[[*HABITS]].any(axis=1))
    shares, tests = cells[cells["kind"] == "percent"], cells[cells["kind"] == "p"]
    by_test = tests.groupby("method", sort=False)[habits].sum()
    counted = by_test.astype(int).reset_index()
    table = counted.melt("method", var_name="habit", value_name="p_values")
    table["percentages"] = table["habit"].map(shares[habits].sum().astype(int))
    table["explained"] = table["p_values"] + table["percentages"]
    table["cells"] = len(shares) + tests["id"].nunique()
    return table.sort_values("explained", ascending=False, kind="stable", ignore_index=True)
