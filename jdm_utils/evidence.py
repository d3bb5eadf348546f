"""What other cohorts printed of calcinosis."""

from pathlib import Path

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

__all__ = ["check_ratios", "check_shares", "load_evidence", "pool_proportions"]

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
