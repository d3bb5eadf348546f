"""Which patients, if any, print as a published regression of binary covariates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from paperaudit.compatible import compatible_tables, matching_tables
from paperaudit.joint_tables import Margins, joint_tables, pattern_columns
from paperaudit.record import Record

RATIO = ("odds_ratio", "ci_low", "ci_high")


@dataclass(frozen=True)
class Model:
    """A published regression.

    Attributes
    ----------
    margins
        Of each covariate, the printed patients who have it, with and without the outcome.
    groups
        Patients with and without the outcome.
    printed
        What is printed of the regression, by columns of `compatible_tables`.
    """

    margins: Margins
    groups: tuple[int, int]
    printed: Mapping[str, str]


@dataclass(frozen=True)
class Search:
    """A search for the patients that a regression was fitted on.

    Attributes
    ----------
    tables
        The rows of `compatible_tables` that print as the regression does.
    freed
        The covariate whose printed margins had to be given up; empty if none had to.
    searched
        Joint tables looked at.
    """

    tables: pd.DataFrame
    freed: str
    searched: int


def read_model(
    claims: pd.DataFrame, items: Sequence[str], place: str, *, record: Record | None = None
) -> Model:
    """Read a regression of some items from a ledger, with the counts of its covariates.

    From its *record*, if that was made before.

    Of a number that the text prints as well the most frequent counts, that of the *place* first.

    Raises
    ------
    ValueError
        If the ledger does not compare two groups, or lacks a count of an item in one of them.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> read_model(load_claims(example_ledger()), ["diabetes", "smoker"], "table2").margins
    {'diabetes': (7, 3), 'smoker': (8, 7)}
    """
    record = record or Record(claims)
    if not record.groups.compared:
        raise ValueError("the ledger does not compare two groups of patients")
    printed, margins = {}, {}
    wanted = [(item, statistic) for item in items for statistic in (*RATIO, "p")]
    for item, statistic in [*wanted, ("model", "nagelkerke_r2")]:
        rows = record.rows(item, "", statistic)
        rows = rows[(rows["location"] == place) | ~rows["location"].str.startswith("table")]
        fitted = rows.loc[[c for c in rows.index if c in record.adjusted]]
        rows = fitted if statistic == "p" or len(fitted) else rows
        here = rows["location"] == place
        texts = Counter([*rows.loc[here, "printed"], *rows.loc[~here, "printed"]])
        if texts:
            column = "nagelkerke" if item == "model" else f"{item}_{statistic}"
            printed[column] = str(texts.most_common(1)[0][0])
    for item in items:
        counts = record.two_counts(item)
        if counts is None:
            raise ValueError(f"the ledger has no count of {item} in each group")
        margins[item] = (counts[0], counts[2])
    first, second = (record.groups.sizes[group] for group in record.groups.compared)
    return Model(margins, (first, second), printed)


def search_model(model: Model) -> Search:
    """Look for joint tables that print as a regression, and give up one margin if none does.

    All joint tables with the printed margins are fitted first. If none prints as the regression,
    each of two or more covariates in turn is let have any counts, the others keeping theirs: a
    single one may be adjusted for what is not printed.

    Raises
    ------
    ValueError
        As `compatible_tables`, if there are too many joint tables.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> model = read_model(load_claims(example_ledger()), ["diabetes", "smoker"], "table2")
    >>> found = search_model(model)
    >>> found.freed, found.tables[pattern_columns(2)].to_numpy().tolist()
    ('smoker', [[15, 11, 5, 5]])
    """
    anything = tuple(range(n + 1) for n in model.groups)
    searched = 0
    for freed in ("", *model.margins) if len(model.margins) > 1 else ("",):
        margins = {**model.margins, **({freed: anything} if freed else {})}
        tables = compatible_tables(margins, model.groups)
        searched += int(tables["n_tables"].sum())
        matches = matching_tables(tables, model.printed)
        if len(matches):
            break
    return Search(matches, freed if len(matches) else "", searched)


def joint_tables_of(tables: pd.DataFrame, groups: Sequence[int]) -> pd.DataFrame:
    """List the joint tables of a row of `compatible_tables`, or of several.

    Returns
    -------
    pandas.DataFrame
        One row a joint table: the columns ``with_00``, …: patients with the outcome who have just
        the covariates marked 1; and ``without_00``, …, those without it.
    """
    sums = [c for c in tables if str(c).endswith("_events")]
    columns = [c.removeprefix("n_") for c in pattern_columns(len(sums))]
    rows = []
    for row in tables.to_dict("records"):
        totals = np.array([row[f"n_{c}"] for c in columns])
        cases = joint_tables(groups[0], [(row[c], row[c]) for c in sums])
        both = np.hstack([cases, totals - cases])
        rows.append(both[(both >= 0).all(axis=1)])
    names = [f"{group}_{c}" for group in ("with", "without") for c in columns]
    return pd.DataFrame(np.vstack(rows), columns=names)


def patients_with(tables: pd.DataFrame, item: str) -> list[int]:
    """Count the patients who have a covariate, in each row of `compatible_tables`."""
    names = [str(c).removesuffix("_events") for c in tables if str(c).endswith("_events")]
    place = len("n_") + names.index(item)
    having = [c for c in pattern_columns(len(names)) if c[place] == "1"]
    return [int(n) for n in tables[having].sum(axis=1)]
