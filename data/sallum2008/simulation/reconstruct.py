"""A simulated cohort that agrees with every printed figure that can hold together.

Every printed count of the ledger is a constraint on 54 invented patients (a constraint solver
finds them), every printed mean, standard deviation and median a target for their dates (see
`simulation.times`). What clashes is left out here, in one place, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdm_utils.study import (
    COMPLICATIONS,
    LEFT_OUT,
    SITES,
    SPECIFIC,
    SUBTYPES,
    TABLE4_TREATMENT,
    load_claims,
)
from jdm_utils.table4_searches import table4_tables
from paperaudit.claims import printed_count
from paperaudit.joint_tables import patterns
from simulation.times import draw_times
from smallstats.grouped import fit_grouped

SEED = 2008
GROUPS = ("calcinosis", "no_calcinosis")
Counts = NDArray[np.int_]

#: Not printed, so invented: patients without calcinosis on each drug.
INVENTED = {
    "methotrexate": 6, "cyclosporine": 4, "cyclophosphamide": 1, "ivig": 6, "antimalarial": 7,
    "thalidomide": 0, "penicillamine": 0,
}  # fmt: skip

OF_CALCINOSIS = (
    *SITES, *SUBTYPES, *COMPLICATIONS, *SPECIFIC, "triamcinolone", "excision",
    "calcinosis_before_diagnosis", "calcinosis_first_sign",
)  # fmt: skip
OF_ALL = (
    "female", "strength_1_3", "ck", "ast", "alt", "ldh", "gi",
    "antimalarial", "methotrexate", "cyclosporine", "cyclophosphamide", "ivig", "thalidomide",
    "penicillamine", "death_sepsis", "death_perforation", "onset_over_6_5", "diagnosis_over_1_year",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """The simulated patients before anyone writes a chart about them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a patient: findings and treatments (bool), ``weakest_grade`` (Medical Research
        Council), ``subtype`` and ``cause_of_death`` (text or missing) and dates.
    built_in : frozenset of str
        Ids of the claims that went into it: to reproduce these proves nothing.
    """

    frame: pd.DataFrame
    built_in: frozenset[str]


def build_truth(claims: pd.DataFrame | None = None, *, seed: int = SEED) -> Truth:
    """Invent 54 patients who agree with the printed figures.

    Parameters
    ----------
    claims : pandas.DataFrame, optional
        The ledger, as `load_claims` gives it.
    seed : int
        The same seed gives the same patients, on any machine.

    Returns
    -------
    Truth

    Raises
    ------
    ValueError
        If no cohort agrees with the printed figures.
    """
    claims = load_claims() if claims is None else claims
    counts = claims[(claims["statistic"] == "n") & claims["role"].isin(["built_in", "predicted"])]
    counts = counts.drop(index=[i for i in LEFT_OUT if i in counts.index])
    table4 = claims[(claims["location"] == "table4") & claims["role"].ne("design")]
    rng = np.random.default_rng(seed)
    flags = _solve(counts, _patterns(claims), rng)
    times, used = draw_times(claims, flags, rng)
    repeated = table4.index.union(_repeats(claims, table4))
    return Truth(_assemble(flags, times, rng), frozenset({*counts.index, *repeated, *used}))


def _repeats(claims: pd.DataFrame, table4: pd.DataFrame) -> pd.Index[str]:
    """Table 4's numbers where the abstract and the Results print them again."""
    key = ["item", "statistic", "printed"]
    rows = claims.reset_index().merge(table4[key], on=key)
    return pd.Index(rows["id"][rows["statistic"] != "n"].astype(str))


def _patterns(claims: pd.DataFrame) -> dict[tuple[bool, ...], int]:
    """Patients in each pattern of (calcinosis, cardiac, Table 4's treatment, pulmonary)."""
    cells = table4_tables(claims).to_numpy()[0]
    lungs = [printed_count(claims, f"table3_pulmonary_{g}_n") for g in GROUPS]
    splits = [
        np.array([s for s in product(*(range(n + 1) for n in part)) if sum(s) == lung])
        for part, lung in zip((cells[:4], cells[4:]), lungs, strict=True)
    ]
    keys = [(outcome, *pattern) for outcome in (True, False) for pattern in patterns(2) == 1]
    return {
        (*key, with_lung): int(k if with_lung else n - k)
        for key, n, k in zip(keys, cells, _most_probable_eliminated(cells, splits), strict=True)
        for with_lung in (False, True)
    }


def _most_probable_eliminated(cells: Counts, splits: list[Counts]) -> Counts:
    """Spread pulmonary involvement over the patterns so that backward elimination removes it.

    Of all spreads in which pulmonary involvement has the largest likelihood-ratio p value, above
    0.10, the one that chance would give most often (multivariate hypergeometric).
    """
    from scipy.special import chdtrc, gammaln

    case, control = (a.ravel() for a in np.indices([len(s) for s in splits]))
    lung = np.hstack([splits[0][case], splits[1][control]])
    rest = cells - lung
    cases = np.hstack([rest[:, :4], lung[:, :4]])
    totals = cases + np.hstack([rest[:, 4:], lung[:, 4:]])
    design = np.array([[1, c, t, p] for p in (0, 1) for c, t in patterns(2)], dtype=float)
    full = fit_grouped(design, cases, totals)
    drop = [fit_grouped(np.delete(design, j, axis=1), cases, totals) for j in (1, 2, 3)]
    lr = np.array([2 * (full.log_likelihood - fit.log_likelihood) for fit in drop])
    p = chdtrc(1, lr)
    removed = full.converged & (p[2] > 0.10) & (p[2] == p.max(axis=0))
    chance = -(gammaln(lung + 1) + gammaln(rest + 1)).sum(axis=1)
    most: Counts = lung[np.where(removed, chance, -np.inf).argmax()]
    return most


def _solve(
    counts: pd.DataFrame, patterns: dict[tuple[bool, ...], int], rng: np.random.Generator
) -> pd.DataFrame:
    """Find patients (the first 23 with calcinosis) who give every count, at random otherwise."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    cases, total = (
        printed_count(counts, "table3_patients_calcinosis_n"),
        printed_count(counts, "table3_patients_all_n"),
    )
    patients, with_calcinosis = range(total), range(cases)
    groups = {"all": patients, "calcinosis": with_calcinosis, "no_calcinosis": range(cases, total)}
    x: dict[str, list[Any]] = {
        name: [model.new_bool_var("") if i < cases or name in OF_ALL else 0 for i in patients]
        for name in (*OF_ALL, *OF_CALCINOSIS)
    }
    rows = [key for key in sorted(patterns, reverse=True) for _ in range(patterns[key])]
    x["calcinosis"], x["cardiac"], treated, x["pulmonary"] = map(list, zip(*rows, strict=True))

    def either(name: str, parts: Iterable[str]) -> None:
        x[name] = [model.new_bool_var(f"{name}{i}") for i in patients]
        for i in patients:
            model.add_max_equality(x[name][i], [x[part][i] for part in parts])

    either("immunosuppressor", ("methotrexate", "cyclosporine", "cyclophosphamide"))
    either(TABLE4_TREATMENT, ("immunosuppressor", "ivig"))
    for variable, known in zip(x[TABLE4_TREATMENT], treated, strict=True):
        model.add(variable == known)
    x["male"] = [1 - v for v in x["female"]]
    x["strength_4"] = [1 - v for v in x["strength_1_3"]]
    x["patients"] = x["prednisone"] = [1] * total
    x["calcinosis_after_diagnosis"] = [
        1 - v if i < cases else 0 for i, v in enumerate(x["calcinosis_before_diagnosis"])
    ]
    x["deaths"] = [a + b for a, b in zip(x["death_sepsis"], x["death_perforation"], strict=True)]
    x["specific_treatment"] = [sum(x[name][i] for name in SPECIFIC) for i in patients]

    for claim in counts.index[counts["group"].isin(groups)]:
        inside = groups[str(counts["group"][claim])]
        flags = [x[str(counts["item"][claim])][i] for i in inside]
        model.add(sum(flags) == printed_count(counts, str(claim)))
    for drug, n in INVENTED.items():
        model.add(sum(x[drug][i] for i in groups["no_calcinosis"]) == n)

    for i in patients:
        model.add(x["deaths"][i] <= 1)
    for i in with_calcinosis:
        model.add(sum(x[name][i] for name in SUBTYPES) == 1)
        model.add(x["specific_treatment"][i] <= 1)
        model.add_at_least_one(x[name][i] for name in SITES)
        model.add_implication(x["extensive"][i], x["upper_limbs"][i])
        model.add_implication(x["calcinosis_first_sign"][i], x["calcinosis_before_diagnosis"][i])
        model.add_implication(x["calcinosis_first_sign"][i], ~x["diagnosis_over_1_year"][i])
        for boys in ("scrotal", "urethral"):
            model.add_implication(x[boys][i], ~x["female"][i])
        model.add(x["excision"][i] == x["urethral"][i])
    # The long delays: of the six with calcinosis before diagnosis two waited over a year, and the
    # first patient, young at onset, waited longest (see `times`).
    waited = []
    for i in with_calcinosis:
        waited.append(model.new_bool_var(""))
        both = [x["calcinosis_before_diagnosis"][i], x["diagnosis_over_1_year"][i]]
        model.add_min_equality(waited[-1], both)
    model.add(sum(waited) == 2)
    model.add(waited[0] == 1)
    model.add(x["onset_over_6_5"][0] == 0)

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) == cp_model.INFEASIBLE:
        raise ValueError("no cohort agrees with every printed count that is built in")
    # Now for chance: this search says yes to one finding of one patient after another, in random
    # order. Without presolve and linear relaxations it takes the same path on any machine.
    free = [v for name in (*OF_ALL, *OF_CALCINOSIS) for v in x[name] if not isinstance(v, int)]
    order = [free[i] for i in rng.permutation(len(free))]
    model.add_decision_strategy(order, cp_model.CHOOSE_FIRST, cp_model.SELECT_MAX_VALUE)
    solver.parameters.search_branching = cp_model.FIXED_SEARCH
    solver.parameters.linearization_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.cp_model_presolve = False
    solver.solve(model)
    names = [name for name in x if name not in ("patients", "prednisone", "male")]
    return pd.DataFrame({n: [bool(solver.value(v)) for v in x[n]] for n in names})


def _assemble(flags: pd.DataFrame, times: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put findings and dates together, in an order that tells nothing of the outcome."""
    frame = flags.assign(
        died=flags["deaths"],
        weakest_grade=np.where(flags["strength_1_3"], rng.integers(1, 4, len(flags)), 4),
        subtype=pd.Series(pd.NA, index=flags.index, dtype="string"),
        cause_of_death=pd.Series(pd.NA, index=flags.index, dtype="string"),
    )
    for name in SUBTYPES:
        frame.loc[flags[name], "subtype"] = name
    for cause in ("sepsis", "perforation"):
        frame.loc[flags[f"death_{cause}"], "cause_of_death"] = cause
    derived = [
        *SUBTYPES, "strength_1_3", "strength_4", "deaths", "death_sepsis", "death_perforation",
        "immunosuppressor", TABLE4_TREATMENT, "specific_treatment", "onset_over_6_5",
        "diagnosis_over_1_year", "calcinosis_before_diagnosis", "calcinosis_after_diagnosis",
        "calcinosis_first_sign",
    ]  # fmt: skip
    frame = pd.concat([frame.drop(columns=derived), times], axis=1)
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
