"""Missing values in a cohort's book: how many, in which variables, and who is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cohortbook.report.comparison import labels_of
from cohortbook.report.models import TOGETHER, fit_candidates
from cohortbook.report.printing import printed_as, printing_in, printing_of
from cohortbook.report.suppression import (
    ALSO,
    MISSING_ROW,
    note_on_withheld,
    shown_fractions,
    tells_overlap,
    withheld_of,
    withhold_counts,
)
from smallstats.formatting import format_number
from smallstats.missingness import missing_patterns
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

MOST_PATTERNS = 20
"""So many combinations of missing values are listed; the others are counted together."""


def missing_of(cohort: Cohort) -> pd.DataFrame:
    """Count the missing values of each exported variable, most first.

    Returns
    -------
    DataFrame
        ``variable``, ``label``, ``n`` (patients to whom it applies), ``missing``; if the spec says
        ``suppress_below`` also ``withheld``, as in `cohortbook.report.suppression`.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> missing_of(load_cohort(example_cohort())).columns.tolist()
    ['variable', 'label', 'n', 'missing']
    """
    exported = [cohort.spec.variables[name].exported for name in cohort.missing["variable"]]
    gaps = cohort.missing.loc[exported, ["variable", "label", "n", "missing"]]
    gaps = gaps.reset_index(drop=True)
    if cohort.spec.smallest_shown == 1:
        gaps = gaps.sort_values("missing", ascending=False, kind="stable", ignore_index=True)
        return printed_as(gaps, cohort)
    marks = []
    for name in gaps["variable"]:
        withheld = withheld_of(cohort, name)
        mark = {"missing": withheld.everyone.get(("missing", ""), "")}
        # to whom it applies are those with the condition, and those of whom it is missing
        condition = cohort.spec.variables[name].only_if
        hidden = condition and withheld_of(cohort, condition).everyone.get(MISSING_ROW)
        mark["n"] = ALSO if hidden or withheld.everyone.get(("not applicable", "")) else ""
        marks.append({column: text for column, text in mark.items() if text})
    gaps = gaps.astype({"n": "Int64", "missing": "Int64"})
    for column in ("n", "missing"):
        gaps[column] = gaps[column].mask(np.array([column in mark for mark in marks]))
    gaps = gaps.assign(withheld=pd.Series(marks, dtype=object))
    gaps = gaps.sort_values("missing", ascending=False, kind="stable", ignore_index=True)
    return printed_as(gaps, cohort)


def show_missing(gaps: pd.DataFrame, caption: str = "Missing values") -> Table:
    """Show what `missing_of` gives; complete variables are only counted.

    Examples
    --------
    >>> gaps = pd.DataFrame({"label": ["CK", "AST"], "n": [9, 9], "missing": [3, 0]})
    >>> show_missing(gaps).frame.to_numpy().tolist()
    [['CK', '3/9 (33%)'], ['Other variables, complete: 1', '']]
    """
    some = gaps[~(gaps["missing"] == 0).fillna(False).astype(bool)]
    renamed = some.rename(columns={"missing": "n", "n": "total"})
    if "withheld" in renamed:
        names = {"missing": "n", "n": "total"}
        marks = [{names[c]: text for c, text in mark.items()} for mark in renamed["withheld"]]
        renamed["withheld"] = pd.Series(marks, renamed.index, dtype=object)
    printing = printing_in(gaps)
    rest = printing.say("Other variables, complete: {n}", n=len(gaps) - len(some))
    cells = {"Characteristic": [*some["label"], rest], "Missing": [*shown_fractions(renamed), ""]}
    return printing.table(cells, caption, note_on_withheld(some), data=gaps)


def patterns_of(cohort: Cohort) -> pd.DataFrame:
    """Count which values of the variables compared and modelled are missing together.

    Variables that do not apply to everybody are left out. If the spec says ``suppress_below``,
    only the complete and the others are counted.

    Returns
    -------
    DataFrame
        ``label`` (what is missing; after the 20 commonest how many others there are), ``n``,
        ``total`` (all patients); perhaps ``withheld``.
    """
    spec, labels = cohort.spec, labels_of(cohort)
    asked = (spec.analysis.outcome, *spec.analysis.compare, *spec.analysis.candidates)
    asked = asked if any(asked) else spec.analysis.describe
    names = [name for name in dict.fromkeys(asked) if name and not spec.variables[name].only_if]
    patterns = missing_patterns(cohort.frame, names)[["missing", "n"]]
    least = spec.smallest_shown
    if least == 1:
        listed, others = patterns[:MOST_PATTERNS], patterns[MOST_PATTERNS:]
        printing = printing_of(cohort)
        labelled = [
            printing.listed(labels[name] for name in pattern)
            if pattern
            else printing.say("Nothing")
            for pattern in listed["missing"]
        ]
        n = listed["n"].tolist()
        if len(others):
            labelled.append(printing.say("{n} other combinations", n=format_number(len(others), 0)))
            n.append(others["n"].sum())
        table = pd.DataFrame({"label": labelled, "n": n, "total": len(cohort.frame)})
        return printed_as(table, cohort)
    complete = int(patterns["n"][patterns["missing"].map(len) == 0].sum())
    counts = pd.Series([complete, len(cohort.frame) - complete])
    visible, marks = withhold_counts(counts, least)
    withheld = any(withheld_of(cohort, name).everyone.get(MISSING_ROW) for name in names)
    few = tells_overlap(cohort.frame[names].isna().to_numpy(), least)
    if withheld or few or _tell_beside_models(cohort, names):
        visible, marks = visible.mask(np.ones(2, dtype=bool)), pd.Series([ALSO, ALSO])
    say = printing_of(cohort).say
    table = pd.DataFrame(
        {
            "label": [say("Nothing"), say("Something")],
            "n": visible,
            "total": np.repeat(len(cohort.frame), 2),
            "withheld": [{"n": mark} if mark else {} for mark in marks],
        }
    )
    return printed_as(table, cohort)


def _tell_beside_models(cohort: Cohort, names: list[str]) -> bool:
    """Check whether the number of complete patients, beside a model's, discloses a small count.

    Where the one asks for more variables, how many have a gap in these alone is the difference;
    and how often they have one beside others follows from it.
    """
    plan, least = cohort.spec.analysis, cohort.spec.smallest_shown
    if least == 1 or not (cohort.outcome and plan.candidates):
        return False
    models, absent = fit_candidates(cohort), cohort.frame.isna()
    incomplete = {name for name in absent if absent[name].any()}
    together = [models.joint] * (TOGETHER in set(models.rows["model"]))
    for fitted in [*([name] for name in models.fitted), *together]:
        used = {*fitted, plan.cluster} & incomplete
        fewer, more = sorted(({*names} & incomplete, used), key=len)
        if fewer < more:
            others = absent[[*(more - fewer)]]
            alone = int((others.any(axis=1) & ~absent[[*fewer]].any(axis=1)).sum())
            beside = int(others.to_numpy().sum()) - alone
            if 0 < alone < least or 0 < beside < least:
                return True
    return False


def show_patterns(patterns: pd.DataFrame, caption: str = "What is missing together") -> Table:
    """Show what `patterns_of` gives.

    Examples
    --------
    >>> patterns = pd.DataFrame({"label": ["Nothing", "CK"], "n": [6, 3], "total": [9, 9]})
    >>> show_patterns(patterns).frame.to_numpy().tolist()
    [['Nothing', '6/9 (67%)'], ['CK', '3/9 (33%)']]
    """
    cells = {"Missing": list(patterns["label"]), "Patients": shown_fractions(patterns)}
    notes = note_on_withheld(patterns)
    return printing_in(patterns).table(cells, caption, notes, data=patterns)
