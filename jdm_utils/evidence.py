"""What other cohorts printed of calcinosis."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from jdm_utils.study import DATA
from paperaudit.literature import (
    DESCRIBED,
    NOT_COUNTED,
    Evidence,
    Subject,
    check_ratios,
    check_shares,
    load_literature,
)
from smallstats.pooled_proportion import pool_proportions
from smallstats.table import Table, table_of

__all__ = ["check_ratios", "check_shares", "load_evidence", "pool_proportions", "show_evidence"]

FOLDER = DATA / "evidence"
SUBJECT = Subject(
    outcome="calcinosis",
    events="n_calcinosis",
    words={
        "patients": ("children", "adults", "one antibody"),
        "outcome": ("any calcinosis", "persistent calcinosis", NOT_COUNTED),
        "topic": (
            "delay", "heart", "lungs", "course", "severity", "duration", "age", "antibodies",
            "capillaries", "skin and joints", "treatment", "background", "before treatment",
        ),
        "about": ("calcinosis", "its persistence", DESCRIBED, "the delay"),
    },
    # any calcinosis, in children who were not chosen by a finding
    comparable={"patients": "children", "outcome": "any calcinosis"},
    study="sallum2008",
)  # fmt: skip


def load_evidence(folder: str | Path = FOLDER) -> Evidence:
    """Read and validate what other cohorts printed.

    Parameters
    ----------
    folder : path, optional
        As in `paperaudit.literature.load_literature`, which says what is raised; by default the
        book's own, ``data/evidence``.

    Examples
    --------
    >>> evidence = load_evidence()
    >>> evidence.cohorts.loc["ravelli2010", ["percent_printed", "count_from"]].tolist()
    ['23.6', 'percentage']
    >>> check_shares(evidence).loc["ravelli2010", ["count", "rules"]].tolist()
    [116, 'truncated']
    """
    return load_literature(folder, SUBJECT)


#: What is shown of a finding where nobody says.
FINDING = ("direction", "analysis", "printed", "finding")
_HEADINGS = {
    "ci_low": "95% from",
    "ci_high": "to",
    "count_low": "Count, from",
    "count_high": "to",
    "p_low": "p, from",
    "p_high": "to",
    "percent_printed": "Printed",
    "exact": "Exactly",
    "rules": "Prints so when",
    "log_symmetric": "Can be one analysis",
}


def show_evidence(
    frame: pd.DataFrame,
    caption: str,
    columns: Sequence[str] = FINDING,
    *,
    headings: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[Any], str] | int] | None = None,
    notes: Sequence[str] = (),
    name: str | None = None,
) -> Table:
    """Show rows about other cohorts, each after its publication: name, identifier, and link.

    Parameters
    ----------
    frame
        Any rows with the columns ``name``, ``identifier`` and ``link``.
    columns
        What else to show.
    caption, headings, formats, notes, name
        As in `smallstats.table.table_of`.

    Examples
    --------
    >>> from jdm_utils.evidence import load_evidence
    >>> late = load_evidence().findings.loc[["phillippi_delay"]]
    >>> show_evidence(late, "Late", ["direction"]).frame.iloc[0].tolist()
    ['Phillippi 2017, doi:10.1016/j.jpeds.2017.01.046', 'associated']
    """
    return table_of(
        frame.assign(publication=frame["name"] + ", " + frame["identifier"]),
        caption,
        columns=["publication", *columns],
        headings=_HEADINGS | dict(headings or {}),
        formats=formats,
        notes=notes,
        name=name,
        links={"Publication": [*frame["link"]]},
        source="literature",
    )
