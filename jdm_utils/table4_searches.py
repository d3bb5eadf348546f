"""Everything that was tried to get Table 4: whose regression, of what, prints as it does."""

from collections.abc import Sequence

import pandas as pd

from paperaudit.compatible import nearest_tables, summarise_tables
from paperaudit.frames import check_frame
from paperaudit.inverse import joint_tables_of, patients_with, read_model, search_model
from paperaudit.regression_searches import (
    Attempt,
    Levels,
    YesNo,
    compare_habits,
    distinct_findings,
    printed_findings,
    printed_pairs,
    try_attempt,
    with_missing,
    without_some_cases,
)
from paperaudit.regression_searches import fits_by_chance as count_fits_by_chance
from paperaudit.replay import eliminate_tables, final_models

__all__ = [
    "check_frame",
    "compare_habits",
    "eliminate_tables",
    "final_models",
    "fits_by_chance",
    "list_attempts",
    "nearest_tables",
    "patients_with",
    "printed_findings",
    "read_model",
    "search_model",
    "search_table4",
    "summarise_tables",
    "table4_tables",
    "treated_counts",
]

COVARIATES = ("cardiac", "immunosuppressor")  # in the order of every model below
MOST_MISSING = (9, 11, 3)  # patients with calcinosis, without it, and cardiac ones left out
HEARTS = (range(3, 13), range(5))  # cardiac patients with and without calcinosis: a wide search
MOST_DRUGS = 3  # methotrexate, cyclosporine, cyclophosphamide


def table4_tables(claims: pd.DataFrame) -> pd.DataFrame:
    """List the joint tables of cardiac involvement and treatment that print as Table 4.

    Returns
    -------
    pandas.DataFrame
        One row a table: patients with calcinosis who have ``neither_with``,
        ``treated_only_with``, ``cardiac_only_with`` and ``both_with``, and those without it,
        ``neither_without`` and so on; tables with treated cardiac patients without calcinosis
        come first.

    Raises
    ------
    ValueError
        If no table prints as Table 4.

    Examples
    --------
    >>> from jdm_utils.study import load_claims
    >>> table4_tables(load_claims()).filter(like="_without")
       neither_without  treated_only_without  cardiac_only_without  both_without
    0               17                    13                     0             1
    1               16                    14                     1             0
    """
    model = read_model(claims, COVARIATES, "table4")
    candidates = search_model(model).tables
    if candidates.empty:
        raise ValueError("no joint table of cardiac involvement and treatment prints as Table 4")
    words = ("neither", "treated_only", "cardiac_only", "both")
    names = [f"{word}_{end}" for end in ("with", "without") for word in words]
    tables = joint_tables_of(candidates, model.groups).set_axis(names, axis=1)
    return tables.sort_values("both_without", ascending=False, ignore_index=True)


def list_attempts(claims: pd.DataFrame) -> list[Attempt]:
    """Declare every search for Table 4; the counts are those of the ledger.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> attempts = list_attempts(load_claims())
    >>> len(attempts), attempts[0].settings[1].margins
    (10, {'cardiac': (7, 1), 'immunosuppressor': (16, 10)})
    """
    model = read_model(claims, COVARIATES, "table4")
    findings, groups = printed_findings(claims), model.groups
    heart = (int(findings["with"]["cardiac"]), int(findings["without"]["cardiac"]))
    thirds = distinct_findings(findings.drop(list(COVARIATES)), groups).T.to_dict("list")
    treated = printed_pairs(claims, "immunosuppressor")
    any_treatment = tuple(range(n + 1) for n in groups)
    # A finding and its absence are one model: half of the counts are enough.
    any_third = (range(groups[0] // 2 + 1), range(groups[1] + 1))

    def kept(*covariates: Sequence[int | range]) -> YesNo:
        return YesNo(dict(zip((*COVARIATES, "third"), (heart, *covariates), strict=False)), groups)

    words = " or ".join(f"{a} and {b}" for a, b in treated)
    early = int(claims["value"]["results_calcinosis_before_diagnosis_calcinosis_n"])
    lungs = thirds.pop("pulmonary")
    return [
        Attempt(f"Nothing: both variables as printed (treated: {words})", [*map(kept, treated)]),
        Attempt("Pulmonary involvement kept in the model, all counts as printed",
                [kept(t, lungs) for t in treated]),
        Attempt("Pulmonary involvement kept, any number treated", [kept(any_treatment, lungs)]),
        Attempt(f"Another printed finding as third variable, each of {len(thirds)}",
                [kept(t, third) for t in treated for third in thirds.values()]),
        Attempt("Any third yes/no variable at all, printed or not",
                [kept(t, any_third) for t in treated]),
        Attempt(f"Missing values: up to {MOST_MISSING[0]} and {MOST_MISSING[1]} children left out, "
                f"up to {MOST_MISSING[2]} cardiac ones in either group; any number treated",
                [*with_missing(heart, groups, COVARIATES, MOST_MISSING)]),
        Attempt(f"One to {early} children with early calcinosis left out, or counted as without "
                "it; any number treated", [*without_some_cases(heart, groups, COVARIATES, early)]),
        Attempt(f"Treatment as the number of drugs, 1 to {MOST_DRUGS} in each treated child",
                [Levels(heart, groups, MOST_DRUGS, t, COVARIATES) for t in treated]),
        Attempt("Treatment as 0, 1 or 2 drugs, in any number of children",
                [Levels(heart, groups, 2, names=COVARIATES)]),
        Attempt(f"Any number treated, and {HEARTS[0][0]} to {HEARTS[0][-1]} and {HEARTS[1][0]} to "
                f"{HEARTS[1][-1]} cardiac children",
                [YesNo(dict(zip(COVARIATES, (HEARTS, any_treatment), strict=True)), groups)]),
    ]  # fmt: skip


def search_table4(claims: pd.DataFrame) -> pd.DataFrame:
    """Make every attempt to get Table 4; less than half a minute.

    Returns
    -------
    pandas.DataFrame
        One row an `Attempt`, as `paperaudit.regression_searches.try_attempt` describes it; who
        has the second covariate is ``treated``.
    """
    printed = read_model(claims, COVARIATES, "table4").printed
    tried = [try_attempt(attempt, printed, COVARIATES) for attempt in list_attempts(claims)]
    return pd.DataFrame(tried).rename(columns={"having_second": "treated"})


def treated_counts(claims: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the printed patients treated, with and without calcinosis, wherever they differ.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> treated_counts(load_claims())
    [(15, 10), (16, 10)]
    """
    return printed_pairs(claims, "immunosuppressor")


def fits_by_chance(claims: pd.DataFrame) -> pd.Series:
    """Count how often the widest search finds patients for a regression of other variables.

    The others are the regressions of cardiac involvement, treatment and another printed finding;
    returns what `paperaudit.regression_searches.fits_by_chance` does.
    """
    printed = read_model(claims, COVARIATES, "table4").printed
    attempts = list_attempts(claims)
    others = [*attempts[1].settings, *attempts[3].settings]
    return count_fits_by_chance(others, attempts[-1].settings[0], printed, COVARIATES)
