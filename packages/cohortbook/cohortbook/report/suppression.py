"""Counts that are too small to show, and those from which they could be computed.

A spec that says ``suppress_below: 5`` has counts of 1 to 4 patients withheld. The counts of one
variable make one table: its levels, its missing values and the patients to whom it does not apply,
by the groups of the outcome, with all its totals. In it

- a count of 1 to 4 reads ``<5`` (primary suppression), and zero is shown;
- of a row, both groups are withheld, and if that leaves one row alone, a second row is too; such a
  count reads ``*`` (complementary suppression);
- then what a reader knows is put into linear programs, those of an audit of a table; more rows are
  withheld until no count of 1 to 4 has a single possible value.

The same counts are withheld wherever the variable is shown. What follows from them goes with them:
percentages; tests, effects and intervals of the variable; means and quantiles whose number of
patients is withheld, for a mean tells it; means of a number with few different values, one of them
rare. Lowest and highest values belong to single patients and are withheld always, and so do
quartiles of few patients. The SD of fewer than twice as many patients as may be shown is withheld
with what would tell it: test, effect, interval and regression. What is shown has no more digits
than are printed, in files too. What is missing together is counted only where the missing values of
no variable are withheld.

A variable's relatives are those to which it applies (``only_if``), from which it follows or which
follow from it (``derive``, and sums that ``rules`` declare), and those of the same column. As soon
as one has anything withheld, all counts and numbers of all of them are. What follows from several
others is withheld by itself where few patients have two of their values: with each one's count it
would tell how many. So are two that come of one source, or share parts, where few have one of them
and not the other.

Limits: other variables are protected one by one. A regression of several findings is withheld where
few patients of a group have two of them, but not for what combinations with numbers tell. Earlier
editions with other patients, and what a reader knows of a patient anyway, are not looked at.

References
----------
Hundepool A et al. Statistical Disclosure Control. Wiley 2012, chapter 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohortbook.report.printing import printed_as, printing_in, printing_of, rounded
from smallstats.columns import column_kind
from smallstats.formatting import format_number

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

Key = tuple[str, str]
"""A row of a variable's table: what it is, and for ``level`` which."""

ALSO = "*"
MISSING_ROW, OTHER_ROW = ("missing", ""), ("not applicable", "")
_GROUPS = ("_with", "_without")
_QUARTILES = ("median", "q1", "q3")
_NUMBERS = ("mean", "sd", *_QUARTILES)

QUARTERS, SPREAD = 4, 2
"""Quartiles and SDs are shown of so many times the smallest count: quartiles among as many each."""

FEW_VALUES = 10
"""A number with so many different values, or fewer, is told by its mean, SD, quartiles and cuts."""
_RESULTS = ("p", "estimate", "ci_low", "ci_high")


def applies_to(cohort: Cohort, name: str) -> Any:
    """Tell to which patients a variable applies (``only_if``)."""
    condition = cohort.spec.variables[name].only_if
    if not condition:
        return np.ones(len(cohort.frame), dtype=bool)
    holds = cohort.frame[condition].fillna(True).to_numpy(bool)
    return applies_to(cohort, condition) & holds


def tells_overlap(absent: NDArray[np.bool_], least: int) -> bool:
    """Tell whether a count of complete patients, beside those of each variable, would tell too few.

    How many have any value missing is the sum of the variables' counts, less those who are counted
    more than once; and for each variable, those in whom others alone are missing.
    """
    any_missing = absent.any(axis=1).sum()
    again = absent.sum() - any_missing
    others = any_missing - absent.sum(axis=0)
    return bool(0 < again < least or ((others > 0) & (others < least)).any())


@dataclass(frozen=True)
class Withheld:
    """What is withheld of one variable: marks by row, of all patients and of both groups.

    `few` tells whether a known value is that of fewer patients than may be shown, or a number so
    sparse that its mean and SD would tell how many have a value; `single` which other columns of a
    number would tell single patients' values, as so few have one; `some` whether anything is
    withheld at all.
    """

    everyone: dict[Key, str]
    groups: dict[Key, tuple[str, ...]]
    few: bool = False
    single: tuple[str, ...] = ()

    @property
    def some(self) -> bool:
        """Whether anything is withheld."""
        return any(self.everyone.values()) or any(map(any, self.groups.values()))

    @property
    def tells(self) -> bool:
        """Whether anything of the variable would tell a count that is too small."""
        return self.some or self.few

    @property
    def untested(self) -> bool:
        """Whether neither a test nor a model may have it: they would tell a count or an SD."""
        return self.tells or "sd" in self.single

    def marks(self, level: str, group: int | None = None) -> dict[str, str]:
        """Give the marks of the columns ``n``, ``total`` and ``missing`` of a printed row."""

        def mark(key: Key) -> str:
            if group is None:
                return self.everyone.get(key, "")
            return self.groups[key][group] if key in self.groups else ""

        total = ALSO if mark(MISSING_ROW) or mark(OTHER_ROW) else ""
        by_column = {"n": mark(("level", level)), "total": total, "missing": mark(MISSING_ROW)}
        return {column: text for column, text in by_column.items() if text}


def relatives(cohort: Cohort, name: str) -> list[str]:
    """Name the shown variables whose counts tell of each other's, `name` among them.

    They are those that apply by it (``only_if``), follow from it (``derive``), or are read from the
    same column, and theirs in turn; but for the outcome, whose counts head every table.
    """
    variables, outcome = cohort.spec.variables, cohort.spec.analysis.outcome
    links = [{key, of.only_if} - {"", outcome} for key, of in variables.items()]
    links += [{k for k, v in variables.items() if v.column == of.column} - {outcome}
              for of in variables.values() if of.column]  # fmt: skip
    links += [{total, *parts} - {outcome} for total, parts in _made_of(cohort).items()]
    related: set[str] = set()
    more = {name}
    while more - related:
        related |= more
        more = set().union(*(link for link in links if link & related))
    return [key for key in variables if key == name or (key in related and variables[key].exported)]


def _made_of(cohort: Cohort) -> dict[str, tuple[str, ...]]:
    """Give the variables that others make up: by ``derive``, or by a sum that must hold."""
    made = {key: of.derive.inputs for key, of in cohort.spec.variables.items() if of.derive}
    return made | {rule.sum.total: rule.sum.parts for rule in cohort.spec.rules if rule.sum}


def tells_together(cohort: Cohort, name: str, groups: Sequence[Any]) -> bool:
    """Tell whether a variable, beside those that it follows from, tells how few have two values.

    How many have both findings, or one alone, follows from the counts of each and of either. So
    does it for what is made of such a variable, or applies by it; and for all of which the outcome,
    which is shown always, is made.
    """
    spec, made = cohort.spec, _made_of(cohort)
    depends, more = set[str](), {name}
    while more:
        depends |= more
        parts = [(*made.get(key, ()), spec.variables[key].only_if) for key in more]
        more = set().union(*parts) - depends - {""}
    outcome = spec.analysis.outcome
    if {*made.get(outcome, ())} & {*relatives(cohort, name)}:
        depends.add(outcome)
    frame = cohort.frame  # without identifiers
    opened = [key for key in depends & {*frame} if spec.variables[key].opened_by]
    tables = [_unopened(cohort, key) for key in opened]
    pairs = {pair for key in depends for pair in _beside(cohort, key, made)}
    for pair in pairs:  # of what has many values, how many have one
        columns = [frame[key] for key in pair]
        few: list[pd.Series[Any]] = [
            of if of.nunique() <= FEW_VALUES else of.notna() for of in columns
        ]
        tables.append(pd.concat(few, axis=1))
    counts = [table[group].value_counts(dropna=False) for table in tables for group in groups]
    return any(((n > 0) & (n < spec.smallest_shown)).any() for n in counts)


def _beside(
    cohort: Cohort, name: str, made: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, ...]]:
    """Give the pairs of variables of which a reader works out how many have both, or one alone.

    Of what several make up, they are it, its parts, and what else is made of one of these; of what
    comes of one source, such as two limits of a number, it and the others.
    """
    variables, parts = cohort.spec.variables, {*made.get(name, ())}
    shown = [key for key in map(str, cohort.frame) if variables[key].exported and key != name]
    source = _source(cohort, name)
    alike = [key for key in shown if _source(cohort, key) == source]
    if len(parts) > 1:
        yield from combinations(sorted({name, *parts} & {*cohort.frame}), 2)
        alike += [key for key in shown if len(made.get(key, ())) > 1 and parts & {*made[key]}]
    yield from ((name, key) for key in alike if name in cohort.frame)


def _source(cohort: Cohort, name: str) -> str:
    """Name the column that a variable is read from, or what several make up and it follows from.

    Two items of a list are no more than two findings: each is its own source.
    """
    of = cohort.spec.variables[name]
    while of.derive and len(of.derive.inputs) == 1 and not of.derive.contains:
        name = of.derive.inputs[0]
        of = cohort.spec.variables[name]
    return f"column {of.column}" if of.column else name


def _unopened(cohort: Cohort, name: str) -> pd.DataFrame:
    """Mark whose box is ticked on a form that is blank: more gaps has the form, by so many."""
    columns = cohort.spec.variables[name].opened_by
    form = [key for key, of in cohort.spec.variables.items() if of.column in columns]
    form = [key for key in form if key in cohort.frame]
    blank = cohort.frame[form].isna().all(axis=1) & bool(form)
    return pd.DataFrame({"ticked": blank & cohort.frame[name].notna()})


def withheld_of(cohort: Cohort, name: str) -> Withheld:
    """Decide what is withheld of a variable; the same wherever it is shown.

    Of relatives, all is withheld as soon as one of them has a small count: each one's table would
    tell rows of the others.
    """
    own = _withheld_alone(cohort, name)
    if cohort.spec.smallest_shown == 1 or name == cohort.spec.analysis.outcome:
        return own
    others = [key for key in relatives(cohort, name) if key != name]
    tells = own.tells or any(_withheld_alone(cohort, other).tells for other in others)
    if not (others and tells) and not tells_together(cohort, name, _groups_of(cohort, name)):
        return own
    rows, _ = variable_rows(cohort, name)
    compared = cohort.spec.analysis.outcome and compares(cohort)
    groups = (ALSO, ALSO) if compared else (ALSO,)
    return Withheld(dict.fromkeys(rows, ALSO), dict.fromkeys(rows, groups), True, _NUMBERS)


def _groups_of(cohort: Cohort, name: str) -> list[NDArray[np.bool_]]:
    """Give who is in each group in which a variable is counted: those of the outcome, or all."""
    outcome = cohort.spec.analysis.outcome
    if outcome and name != outcome and compares(cohort):
        ill = cohort.frame[outcome].to_numpy(bool)
        return [ill, ~ill]
    return [np.ones(len(cohort.frame), dtype=bool)]


def _withheld_alone(cohort: Cohort, name: str) -> Withheld:
    """Decide what is withheld of a variable that has no relatives."""
    least = cohort.spec.smallest_shown
    if least == 1:
        return Withheld({}, {})
    groups = _groups_of(cohort, name)
    rows, printed = variable_rows(cohort, name)
    counts = np.array([[int((row & group).sum()) for group in groups] for row in rows.values()])
    keys = list(rows)
    table = _Table(counts, np.array([key in printed for key in keys]), least)
    given = counts[[key[0] == "level" for key in keys]].sum(axis=0)
    few = (given > 0) & (given < least)
    sparse = bool(few.any()) or is_sparse(cohort.frame[name], groups, least)
    single = columns_of_few(given, least) if _is_number(cohort.frame[name]) else ()
    hidden, split = table.pattern(
        small_total=0 < given.sum() < least,
        small_known=bool(few.any()),
        rest=np.array([key in (MISSING_ROW, OTHER_ROW) for key in keys]),
    )
    totals = counts.sum(axis=1)
    if hidden.all() and table.pinned(hidden, split):
        every = dict.fromkeys(keys, ALSO)
        return Withheld(every, {key: (ALSO,) * len(groups) for key in keys}, True, _NUMBERS)
    return Withheld(
        {key: _mark(totals[i], least) for i, key in enumerate(keys) if hidden[i]},
        {
            key: tuple(_mark(n, least) for n in counts[i])
            for i, key in enumerate(keys)
            if split[i] and len(groups) > 1
        },
        sparse,
        single,
    )


def _is_number(column: pd.Series[Any]) -> bool:
    dated = pd.api.types.is_datetime64_any_dtype(column)
    return not dated and column_kind(column) == "number"


def columns_of_few(given: NDArray[Any], least: int) -> tuple[str, ...]:
    """Name the columns of a number that so few patients of a group may not have.

    Examples
    --------
    >>> [columns_of_few(np.array([n, 90]), 5) for n in (9, 19, 20)]
    [('sd', 'median', 'q1', 'q3'), ('median', 'q1', 'q3'), ()]
    """
    fewest = int(given[given > 0].min(initial=QUARTERS * least))
    return ("sd",) * (fewest < SPREAD * least) + _QUARTILES * (fewest < QUARTERS * least)


def is_sparse(column: pd.Series[Any], groups: Iterable[Any], least: int) -> bool:
    """Whether a number has few different values, one of them in too few patients of a group.

    Mean and SD are then two equations for as many counts as there are values. Of a group in which
    no value occurs twice nothing follows, unless all have few. Where most have one value, such as
    zero, the equations are of the others alone: these must not be few either.
    """
    if not _is_number(column):
        return False
    few = column.nunique() <= FEW_VALUES
    for group in groups:
        counts = column[group].value_counts().to_numpy()
        rare = bool((counts < least).any())
        most = int(counts.max(initial=0))
        mostly_one = most > counts.sum() / 2 and counts.sum() - most < QUARTERS * least
        if rare and (few or mostly_one or (len(counts) <= FEW_VALUES and most > 1)):
            return True
    return False


def compares(cohort: Cohort) -> bool:
    """Tell whether the groups of the outcome are large enough to be compared in print."""
    outcome, least = cohort.spec.analysis.outcome, cohort.spec.smallest_shown
    counts = cohort.frame[outcome].value_counts().reindex([True, False], fill_value=0)
    return bool((counts >= least).all())


def _mark(n: int, least: int) -> str:
    return "" if n == 0 else f"<{least}" if n < least else ALSO


def variable_rows(cohort: Cohort, name: str) -> tuple[dict[Key, NDArray[np.bool_]], set[Key]]:
    """Give who is in each row of a variable's table, and which rows are printed."""
    column = cohort.frame[name]
    given = column.notna().to_numpy()
    applies = applies_to(cohort, name)
    printed = {MISSING_ROW}
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [str(level) for level in column.cat.categories]
        codes = column.cat.codes.to_numpy()
        rows = {("level", level): codes == i for i, level in enumerate(levels)}
        printed |= {("level", level) for level in (levels[1:] if len(levels) == 2 else levels)}
    elif pd.api.types.is_datetime64_any_dtype(column):  # only counted
        rows = {("level", "known"): given}
    elif column_kind(column) == "binary":  # also a number that holds only zeros and ones
        yes = column.eq(1).fillna(False).to_numpy(bool)
        rows = {("level", ""): given & yes, ("level", "no"): given & ~yes}
        printed |= {("level", "")}
    else:
        rows = {("level", "known"): given}
    rows[MISSING_ROW] = ~given & applies
    if cohort.spec.variables[name].only_if:  # else a reader knows that it applies to everybody
        rows[OTHER_ROW] = ~given & ~applies
    return rows, printed


class _Table:
    """Counts of one variable (rows by groups), and what a reader can tell of those withheld."""

    def __init__(self, counts: NDArray[Any], printed: NDArray[Any], least: int) -> None:
        self.counts, self.printed, self.least = counts, printed, least
        self.totals = counts.sum(axis=1)

    def pattern(self, *, small_total: bool, small_known: bool, rest: NDArray[Any]) -> Any:
        """Choose the rows withheld in total, and those of which the groups are withheld."""
        small = (self.counts > 0) & (self.counts < self.least)
        hidden = (self.totals > 0) & (self.totals < self.least)
        hidden |= rest & small_total
        split = hidden | small.any(axis=1) | (rest & small_known)
        # of what is left, first what is not printed, then the smallest; last those to whom it does
        # not apply, whom the variable that it depends on tells
        order = np.lexsort((self.totals, self.printed + 2 * (rest & ~self.printed)))
        queue = [i for i in order if self.totals[i]]
        for chosen in (hidden, split):
            if chosen[queue].sum() == 1:
                chosen[next((i for i in queue if not chosen[i]), queue[0])] = True
        split |= hidden
        while not hidden.all() and self.pinned(hidden, split):
            row = next((i for i in queue if not hidden[i]), None)
            if row is None:
                hidden[:] = split[:] = True
            else:
                hidden[row] = split[row] = True
        return hidden, split

    def pinned(self, hidden: NDArray[Any], split: NDArray[Any]) -> bool:
        """Tell whether a withheld count of few patients has but one possible value."""
        from scipy.optimize import linprog

        certain = ~split[:, None] | ((self.counts == 0) & self.printed[:, None])
        unknown = np.argwhere(~certain)
        if not len(unknown):
            return False
        row, group = unknown.T
        size, least = self.counts[row, group], self.least
        equal = [group == g for g in range(self.counts.shape[1])]
        equal += [row == i for i in np.flatnonzero(split & ~hidden)]
        equal = [line for line in equal if line.any()]
        printed = np.flatnonzero(hidden & self.printed & (self.totals > 0))
        bounds = [
            (0, None) if not self.printed[i] else (1, least - 1) if n < least else (least, None)
            for i, n in zip(row, size, strict=True)
        ]
        least_of = [1 if self.totals[i] < least else least for i in printed]
        most_of = [least - 1 if self.totals[i] < least else self.totals.sum() for i in printed]
        lines = [(row == i).astype(float) for i in printed]
        targets = [np.eye(len(row))[j] for j, n in enumerate(size) if 0 < n < least]
        targets += [
            (row == i).astype(float) for i in np.flatnonzero(hidden) if 0 < self.totals[i] < least
        ]
        for target in targets:
            ends = [
                linprog(
                    sign * target,
                    A_ub=np.array([*lines, *(-line for line in lines)]) if lines else None,
                    b_ub=np.array([*most_of, *(-n for n in least_of)]) if lines else None,
                    A_eq=np.array(equal, dtype=float),
                    b_eq=np.array([size[line].sum() for line in equal]),
                    bounds=bounds,
                ).fun
                for sign in (1, -1)
            ]
            if None in ends or -sum(filter(None, ends)) < 0.5:
                return True
        return False


def withhold_description(cohort: Cohort, description: pd.DataFrame) -> pd.DataFrame:
    """Withhold small counts of what `smallstats.descriptive.describe_frame` gives.

    Returns
    -------
    DataFrame
        With missing values for what is withheld, and the column ``withheld``: for each column of
        counts that is withheld, what to write instead. Unchanged if the spec withholds nothing.
    """
    if cohort.spec.smallest_shown == 1:
        return description
    frame, marks = description.copy(), []
    of = {name: withheld_of(cohort, name) for name in description["variable"].unique()}
    for i, row in enumerate(description.itertuples()):
        withheld = of[row.variable]
        mark = withheld.marks(str(row.level))
        _blank(frame, i, mark)
        if {"n", "total"} & mark.keys():
            _blank(frame, i, ["percent"])
        _blank(frame, i, ["min", "max"])
        _blank(frame, i, _NUMBERS if withheld.few or "total" in mark else withheld.single)
        marks.append(mark)
    frame = rounded(frame, printing_of(cohort))
    return frame.assign(withheld=pd.Series(marks, frame.index, dtype=object))


def withhold_comparison(cohort: Cohort, comparison: pd.DataFrame) -> pd.DataFrame:
    """Withhold small counts of what `smallstats.univariate.compare_frame` gives.

    Returns
    -------
    DataFrame
        As `withhold_description` does. A variable of which anything is withheld has neither test
        nor effect; if a group itself is too small, nothing is shown. The sizes of the groups are
        in ``size_with`` and ``size_without``.
    """
    if cohort.spec.smallest_shown == 1:
        return comparison
    frame, marks, all_shown = comparison.copy(), [], compares(cohort)
    of = {name: withheld_of(cohort, name) for name in comparison["variable"].unique()}
    counts = [column + end for end in _GROUPS for column in ("n", "total", "missing")]
    others = [c for c in map(str, frame) if c.endswith(_GROUPS) and c not in counts]
    for i, row in enumerate(comparison.itertuples()):
        withheld = of[row.variable]
        mark = dict.fromkeys(counts, ALSO)
        if all_shown:
            mark = {
                column + end: text
                for group, end in enumerate(_GROUPS)
                for column, text in withheld.marks(str(row.level), group).items()
            }
        _blank(frame, i, mark)
        if withheld.untested or not all_shown:
            _blank(frame, i, _RESULTS)
            frame.loc[frame.index[i], ["test", "effect", "interval"]] = ["withheld", "", ""]
        hidden = others
        if all_shown and not withheld.tells:
            hidden = [f"{name}{end}" for end in _GROUPS for name in withheld.single]
        _blank(frame, i, hidden)
        marks.append(mark)
    frame = rounded(frame, printing_of(cohort))
    ill = cohort.frame[cohort.spec.analysis.outcome].to_numpy(bool)
    for end, group in zip(_GROUPS, (ill, ~ill), strict=True):
        size = int(group.sum()) if all_shown else pd.NA
        frame["size" + end] = pd.array([size] * len(frame), "Int64")
    return frame.assign(withheld=pd.Series(marks, frame.index, dtype=object))


def withhold_counts(counts: pd.Series[Any], least: int) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Withhold small ones of counts that add to a known total.

    Returns
    -------
    counts : Series of Int64
        Missing where withheld.
    marks : Series of str
        What to write instead.

    Examples
    --------
    >>> shown, marks = withhold_counts(pd.Series([30, 9, 3, 0]), 5)
    >>> shown.tolist(), marks.tolist()
    ([30, <NA>, <NA>, 0], ['', '*', '<5', ''])
    """
    values = counts.to_numpy(int)
    table = _Table(values[:, None], np.ones(len(values), dtype=bool), least)
    none = np.zeros(len(values), dtype=bool)
    hidden, _ = table.pattern(small_total=False, small_known=False, rest=none)
    alone = bool(hidden.all() and table.pinned(hidden, hidden))
    texts = [
        ALSO if alone else _mark(n, least) * bool(h)
        for n, h in zip(values.tolist(), hidden, strict=True)
    ]
    marks = pd.Series(texts, counts.index, dtype=object)
    return counts.astype("Int64").mask(marks != ""), marks


def withhold_flow(cohort: Cohort) -> pd.DataFrame:
    """Give a cohort's flow with small numbers of excluded withheld, and what they follow from.

    If one step excludes few, only what is left at the end is shown, and steps that exclude nobody.

    Returns
    -------
    DataFrame
        Columns of `Cohort.flow`, without the reasons where small numbers are withheld, and
        ``withheld`` as in `withhold_description`.
    """
    flow, least = printed_as(cohort.flow.copy(), cohort), cohort.spec.smallest_shown
    if least > 1:
        flow = flow.drop(columns="unknown", errors="ignore")
    out = flow["excluded"]
    few = bool(((out > 0) & (out < least)).any())
    if least == 1 or not (few or 0 < flow["remaining"].iloc[-1] < least):
        return flow
    marks = []
    last = int(out.to_numpy().nonzero()[0].max(initial=0))
    for i, (excluded, remaining) in enumerate(zip(out, flow["remaining"], strict=True)):
        mark = {"excluded": _mark(excluded, least)}
        mark["remaining"] = ALSO if i < last else _mark(remaining, least).strip(ALSO)
        marks.append({column: text for column, text in mark.items() if text})
    frame = flow.astype({"excluded": "Int64", "remaining": "Int64"})
    for i, mark in enumerate(marks):
        _blank(frame, i, mark)
    return frame.assign(withheld=pd.Series(marks, frame.index, dtype=object))


def shown_counts(frame: pd.DataFrame, column: str) -> list[str]:
    """Write a column of counts, with the marks of those withheld.

    Examples
    --------
    >>> counts = pd.array([8, None], dtype="Int64")
    >>> frame = pd.DataFrame({"n": counts, "withheld": [{}, {"n": "*"}]})
    >>> shown_counts(frame, "n")
    ['8', '*']
    """
    marks: Any = frame.get("withheld", [{}] * len(frame))
    pairs = zip(frame[column], marks, strict=True)
    return [mark.get(column) or format_number(n, 0) for n, mark in pairs]


def shown_fractions(frame: pd.DataFrame, end: str = "") -> list[str]:
    """Write counts with denominators and percentages, these only where both counts are shown.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [8, 0], "total": [9, 9], "withheld": [{}, {"n": "<5"}]})
    >>> shown_fractions(frame)
    ['8/9 (89%)', '<5/9']
    """
    n, total = "n" + end, "total" + end
    pairs = zip(shown_counts(frame, n), shown_counts(frame, total), strict=True)
    marks: Any = frame.get("withheld", [{}] * len(frame))
    write = printing_in(frame).n_percent
    return [
        "/".join(texts) if {n, total} & mark.keys() else write(part, whole)
        for part, whole, texts, mark in zip(frame[n], frame[total], pairs, marks, strict=True)
    ]


def note_on_withheld(frame: pd.DataFrame) -> tuple[str, ...]:
    """Explain the marks of a frame, if it has any."""
    say = printing_in(frame).say
    used = {text for mark in frame.get("withheld", ()) for text in mark.values()}
    few = sorted(text for text in used if text != ALSO)
    words = "{mark}: fewer than {n} patients, but not none."
    notes = [say(words, mark=text, n=text[1:]) for text in few]
    if ALSO in used:
        notes.append(say("*: withheld, so that a small count cannot be computed from the others."))
    if used:
        words = "What rests on a withheld count, such as a percentage, is withheld, too."
        notes.append(say(words))
    return (" ".join(notes),) if notes else ()


def _blank(frame: pd.DataFrame, row: int, columns: Iterable[str]) -> None:
    for column in columns:
        nothing = pd.NA if frame[column].dtype == "Int64" else np.nan
        frame.loc[frame.index[row], column] = nothing
