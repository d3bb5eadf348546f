"""The study of 2008: its ledger, its simulated cohort, and what is declared of them."""

from pathlib import Path
from typing import Any

import pandas as pd

import cohortbook.cohort
import paperaudit.audit
import paperaudit.claims
from cohortbook.cohort import Cohort

DATA = Path(__file__).resolve().parents[1] / "data"
LEDGER = DATA / "published" / "claims.csv"
COHORT = DATA / "sallum2008" / "cohort.yml"

#: Printed figures that cannot hold together with others: left out of the cohort, with the reason.
LEFT_OUT = {
    "table3_female_calcinosis_n": "16 girls and the 25 without calcinosis make 41; Table 2 prints "
    "40, and the Results print 15 girls and 8 boys, who make the 23",
    "results_immunosuppressor_calcinosis_n": "the Results print 16; Table 3 prints 15, which with "
    "the 10 without calcinosis makes the 25 of Table 2, and 8 + 7 + 1 prescriptions are 16",
    "table2_ldh_all_n": "Table 2 prints 46; the 19 and 25 of Table 3 make 44, and carry a p value",
}
#: How the treatment of Table 4 is read: the Discussion names the two together, and no cohort with
#: the 25 of Tables 2 and 3 gives Table 4.
TABLE4_TREATMENT = "immunosuppressor_or_ivig"
SITES = ("upper_limbs", "lower_limbs", "trunk", "scrotal", "urethral")
SUBTYPES = ("circumscripta", "universalis", "extensive")
COMPLICATIONS = ("ulceration", "infection", "contracture", "chalk")
SPECIFIC = ("diltiazem", "edta", "alendronate")


def load_claims(path: str | Path | None = None) -> pd.DataFrame:
    """Read a ledger of printed numbers, by default that of the study.

    Parameters
    ----------
    path : path, optional
        As in `paperaudit.claims.load_claims`, which says what is returned and raised.

    Examples
    --------
    >>> load_claims().loc["table4_cardiac_odds_ratio", "printed"]
    '15.56'
    """
    return paperaudit.claims.load_claims(LEDGER if path is None else path)


def audit_claims(claims: pd.DataFrame | None = None, **options: Any) -> pd.DataFrame:
    """Judge every printed number of a ledger, by default of the study's.

    Parameters
    ----------
    claims : DataFrame, optional
        As `load_claims` returns it.
    **options
        As in `paperaudit.audit.audit_claims`, which says what is returned.

    Examples
    --------
    >>> audit_claims().loc["table3_pulmonary_p", ["verdict", "method"]].tolist()
    ['reproduced_truncated', 'Pearson']
    """
    return paperaudit.audit.audit_claims(load_claims() if claims is None else claims, **options)


def load_cohort(spec: str | Path | None = None) -> Cohort:
    """Read, repair, check and select the patients of a cohort.

    Parameters
    ----------
    spec : path, optional
        A `cohort.yml` or its folder. By default the one that the environment variable
        ``JDM_COHORT`` names, else that of the current folder or of the nearest above it, else the
        simulated cohort of the study.

    Returns
    -------
    Cohort
        As `cohortbook.cohort.load_cohort`, which says what is raised.

    Examples
    --------
    >>> load_cohort().outcome
    'calcinosis'
    """
    return cohortbook.cohort.load_cohort(spec, default=COHORT)
