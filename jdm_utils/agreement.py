"""Published against computed: whether a cohort gives the numbers that this study printed."""

from functools import partial

import pandas as pd

import paperaudit.recomputed
from jdm_utils.study import LEDGER, TABLE4_TREATMENT
from paperaudit.published_tables import show_published as show_published_of
from paperaudit.recomputed import ClaimsDisagreeError, Design, check_claims

__all__ = ["ClaimsDisagreeError", "check_claims", "compare_claims", "show_published"]

DIFFERENCES = LEDGER.with_name("differences.csv")
DESIGN = Design(
    groups={
        "calcinosis": ("calcinosis", True),
        "no_calcinosis": ("calcinosis", False),
        "pulmonary": ("pulmonary", True),
    },
    place="table4",
    terms={"cardiac": "cardiac", "immunosuppressor": TABLE4_TREATMENT},
    complements={"male": "female"},
    months=frozenset({"months_calcinosis_to_diagnosis"}),
)
HEADINGS = {"all": "All", "calcinosis": "Calcinosis", "no_calcinosis": "No calcinosis"}

show_published = partial(show_published_of, groups=HEADINGS)


def compare_claims(
    claims: pd.DataFrame, frame: pd.DataFrame, design: Design | None = None
) -> pd.DataFrame:
    """Recompute every printed number of a study from the patients of a cohort.

    Parameters
    ----------
    claims, frame
        As in `paperaudit.recomputed.compare_claims`, which says what is returned and raised.
    design : Design, optional
        That of another ledger and its data; by default this study's, whose known differences are
        in ``data/published/differences.csv``.
    """
    if design is not None:
        return paperaudit.recomputed.compare_claims(claims, frame, design)
    return paperaudit.recomputed.compare_claims(claims, frame, DESIGN, read_differences())


def read_differences() -> dict[str, str]:
    """Read the claims that are known not to agree, with the reason."""
    table = pd.read_csv(DIFFERENCES, dtype=str, keep_default_na=False)
    return dict(zip(table["id"], table["reason"], strict=True))
