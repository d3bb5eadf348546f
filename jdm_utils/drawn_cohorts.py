"""Many cohorts that agree with the printed counts, drawn from one that does.

The paper prints how many patients of each group have a finding, and hardly ever how findings
combine in a patient. A result that depends on the combinations is therefore not one number but a
range over all cohorts that could have been printed so.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import comb

from jdm_utils.study import SITES, SPECIFIC, SUBTYPES, TABLE4_TREATMENT
from jdm_utils.table4_searches import table4_tables
from paperaudit.record import Record
from smallstats.many_cohorts import analyse_cohorts, over_cohorts, summarise_cohorts

__all__ = ["Record", "analyse_cohorts", "draw_cohorts", "over_cohorts", "summarise_cohorts"]

OUTCOME = "calcinosis"
#: What the text nests, or fixes together: each group of columns moves as a whole, so that one
#: patient's values keep fitting together. A column that is in none of them moves by itself.
TOGETHER = (
    # who has an immunosuppressor or gammaglobulin is who has one of the drugs
    ("methotrexate", "cyclosporine", "cyclophosphamide", "immunosuppressor", "ivig",
     TABLE4_TREATMENT),
    # a year is counted from the same dates as the ages; of the six with early calcinosis one had
    # it as the first sign, none before the onset
    ("age_at_onset", "age_at_diagnosis", "time_to_diagnosis", "time_to_treatment", "follow_up",
     "onset_over_6_5", "diagnosis_over_1_year", "calcinosis_before_diagnosis",
     "calcinosis_after_diagnosis", "calcinosis_first_sign", "months_calcinosis_to_diagnosis"),
    ("strength_1_3", "strength_4"),  # complements
    ("pulmonary", "anti_jo1"),  # the antibody is printed of those with pulmonary involvement
    ("deaths", "death_sepsis", "death_perforation"),  # one cause each
    # scrotum, urethra and its excision belong to boys; a site and one subtype each
    ("female", *SITES, *SUBTYPES, "excision"),
    ("specific_treatment", *SPECIFIC),  # 6 + 5 + 4 are the 15: one each
)  # fmt: skip

Ints = NDArray[np.int_]
Bools = NDArray[np.bool_]


def draw_cohorts(
    frame: pd.DataFrame, claims: pd.DataFrame, *, n: int = 200, seed: int = 2008
) -> pd.DataFrame:
    """Draw cohorts at random from those that agree with every printed count.

    Findings are dealt out anew among the patients of each outcome group, which keeps every printed
    count, mean and median: each group of `TOGETHER`, and each other column, in its own random
    order. Cardiac involvement is dealt out last, given treatment, so that the two and calcinosis
    make one of the joint tables that print as Table 4. So every way to assign the findings to the
    patients that keeps the counts, these groups and a Table 4 is equally likely; the tables of
    Table 4 then have the shares of their numbers of ways. In other words: within an outcome group
    findings are independent, except where the paper says how they combine.

    Parameters
    ----------
    frame
        Patients who agree with the printed counts, as of `load_cohort`.
    claims
        The ledger, as `load_claims` gives it.
    n
        How many cohorts.
    seed
        The same seed gives the same cohorts.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``cohort`` (from 1) and ``patient``; the columns of *frame* that the ledger has
        numbers of, and Table 4's treatment.

    Raises
    ------
    ValueError
        If *n* is not positive, or *frame* does not have Table 4's numbers of patients.

    Examples
    --------
    >>> from jdm_utils import load_claims, load_cohort
    >>> cohorts = draw_cohorts(load_cohort().frame, load_claims(), n=3)
    >>> cohorts.groupby(["cohort", "calcinosis"])[["cardiac", "pulmonary"]].sum().drop_duplicates()
                       cardiac  pulmonary
    cohort calcinosis
    1      False             1          5
           True              7         10
    """
    if n < 1:
        raise ValueError(f"n={n!r} is not a positive number of cohorts")
    rng = np.random.default_rng(seed)
    tables = _weighted_tables(frame, claims)
    drawn = tables.loc[rng.choice(tables.index, size=n, p=tables["share"])]
    case = frame[OUTCOME].to_numpy(dtype=bool)
    groups = {"with": np.flatnonzero(case), "without": np.flatnonzero(~case)}
    printed = claims.loc[claims["role"].isin(["built_in", "predicted"]), "item"]
    columns = [c for c in frame.columns.astype(str) if c in {*printed, *chain(*TOGETHER)}]
    dealt: dict[str, Any] = {}
    for block in _blocks(columns):
        source = np.empty((n, len(frame)), dtype=int)
        for rows in groups.values():
            source[:, rows] = rng.permuted(np.tile(rows, (n, 1)), axis=1)
        dealt |= {c: frame[c].array.take(source.ravel()) for c in block}
    treated = dealt[TABLE4_TREATMENT].to_numpy(dtype=np.bool_).reshape(n, -1)
    cardiac = np.zeros_like(treated)
    for group, rows in groups.items():
        for having, word in ((treated, "both"), (~treated, "cardiac_only")):
            number = drawn[f"{word}_{group}"].to_numpy()
            cardiac[:, rows] = cardiac[:, rows] | _some(having[:, rows], number, rng)
    dealt |= {OUTCOME: np.tile(case, n), "cardiac": cardiac.ravel()}
    index = pd.MultiIndex.from_product([range(1, n + 1), frame.index], names=["cohort", "patient"])
    cohorts = pd.DataFrame({c: dealt[c] for c in columns}, index=index)
    return cohorts.astype({OUTCOME: "boolean", "cardiac": "boolean"})


def _weighted_tables(frame: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return the joint tables of Table 4, and the share of all assignments that each stands for."""
    tables = table4_tables(claims)
    own = pd.crosstab(
        frame[OUTCOME].astype(bool),
        [frame["cardiac"].astype(bool), frame[TABLE4_TREATMENT].astype(bool)],
    ).reindex(columns=pd.MultiIndex.from_product([(False, True)] * 2), fill_value=0)
    numbers = own.reindex([True, False]).to_numpy().ravel().tolist()
    if numbers not in tables.to_numpy().tolist():
        raise ValueError(f"the patients, {numbers}, do not make a table that prints as Table 4")
    ways = np.ones(len(tables))
    for group in ("with", "without"):
        neither, treated_only, cardiac_only, both = (
            tables[f"{name}_{group}"]
            for name in ("neither", "treated_only", "cardiac_only", "both")
        )
        # treatment is dealt first: then which of the treated, and of the others, have the heart?
        ways *= comb(treated_only + both, both) * comb(neither + cardiac_only, cardiac_only)
    return tables.assign(share=ways / ways.sum())


def _blocks(columns: Sequence[str]) -> Iterable[list[str]]:
    """Columns that move together; outcome and cardiac involvement do not move so."""
    movable = [c for c in columns if c not in (OUTCOME, "cardiac")]
    together = [[c for c in movable if c in block] for block in TOGETHER]
    alone = set(movable).difference(*together)
    return [*together, *([c] for c in movable if c in alone)]


def _some(among: Bools, number: Ints, rng: np.random.Generator) -> Bools:
    """Choose at random so many of the patients marked, in each cohort."""
    order = np.where(among, rng.random(among.shape), 2).argsort(axis=1)
    chosen = order.argsort(axis=1) < number[:, None]
    return chosen & among
