"""Table 4 as an inverse problem: which patients print as the published regression."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdm_utils.paper.claims import printed_count, printed_number, printed_text
from jdm_utils.paper.rounding import prints_as
from jdm_utils.stats.grouped import fit_grouped

#: The covariate patterns: cardiac involvement and treatment, no or yes.
PATTERNS = ((False, False), (False, True), (True, False), (True, True))


COLUMNS = [
    f"{pattern}_{end}"
    for end in ("with", "without")
    for pattern in ("neither", "treated_only", "cardiac_only", "both")
]


def table4_tables(claims: pd.DataFrame) -> pd.DataFrame:
    """Search the joint tables that print as Table 4, given the printed cardiac counts.

    Each of the `candidate_tables` is fitted by maximum likelihood, and kept if every printed odds
    ratio, limit, p value and Nagelkerke's R² comes out, rounded or truncated.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a table, with the columns of `candidate_tables`; tables with treated cardiac
        patients without calcinosis come first.

    Raises
    ------
    ValueError
        If no table prints as Table 4.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> table4_tables(load_claims()).filter(like="_without")
       neither_without  treated_only_without  cardiac_only_without  both_without
    0               17                    13                     0             1
    1               16                    14                     1             0
    """
    tables = candidate_tables(claims)
    with_, without = tables.to_numpy()[:, :4], tables.to_numpy()[:, 4:]
    design = [[1, cardiac, treated] for cardiac, treated in PATTERNS]
    fits = fit_grouped(design, with_, with_ + without)
    keep = fits.converged & _prints(claims, "table4_model_nagelkerke_r2", fits.nagelkerke)
    for j, item in enumerate(("cardiac", "immunosuppressor"), start=1):
        for statistic, computed in _wald(fits.coef[:, j], fits.se[:, j], fits.converged).items():
            keep &= _prints(claims, f"table4_{item}_{statistic}", computed)
    if not keep.any():
        raise ValueError("no joint table of cardiac involvement and treatment prints as Table 4")
    return tables[keep].sort_values("both_without", ascending=False, ignore_index=True)


def candidate_tables(claims: pd.DataFrame) -> pd.DataFrame:
    """List every joint table with the printed group sizes and cardiac counts, treatment free.

    Returns
    -------
    pandas.DataFrame
        Patients with and without calcinosis in the four `PATTERNS`: ``neither_with``,
        ``treated_only_with``, ``cardiac_only_with``, ``both_with``, and the same ``_without``.
    """
    halves = []
    for group in ("calcinosis", "no_calcinosis"):
        n = printed_count(claims, f"table3_patients_{group}_n")
        heart = printed_count(claims, f"table3_cardiac_{group}_n")
        grid = [(t, both) for t in range(n + 1) for both in range(heart + 1)]
        half = np.array([[n - heart - t + b, t - b, heart - b, b] for t, b in grid])
        halves.append(half[(half >= 0).all(axis=1)])
    with_, without = (a.ravel() for a in np.indices([len(half) for half in halves]))
    return pd.DataFrame(np.hstack([halves[0][with_], halves[1][without]]), columns=COLUMNS)


def _wald(
    coef: NDArray[np.float64], se: NDArray[np.float64], converged: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Odds ratio, Wald interval and p; missing where there is no finite estimate."""
    from scipy.special import chdtrc, ndtri

    coef = np.where(converged, coef, np.nan)
    reach = ndtri(0.975) * se
    return {
        "odds_ratio": np.exp(coef),
        "ci_low": np.exp(coef - reach),
        "ci_high": np.exp(coef + reach),
        "p": chdtrc(1, (coef / se) ** 2),
    }


def _prints(claims: pd.DataFrame, claim: str, computed: NDArray[Any]) -> NDArray[np.bool_]:
    printed, value = printed_text(claims, claim), printed_number(claims, claim)
    keep: NDArray[np.bool_] = np.isclose(
        computed, value, rtol=0, atol=2 * 10.0 ** -int(claims["decimals"][claim])
    )
    keep[keep] = [bool(prints_as(float(x), printed)) for x in computed[keep]]
    return keep
