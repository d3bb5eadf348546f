"""From texts to typed values: levels, numbers, dates and lists, as the specification says."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from cohortbook.cohort.dates import read_days, span_of
from cohortbook.cohort.numerals import (
    LARGEST,
    NUMBERS,
    factor,
    part_of,
    parts_of,
    take_apart,
    ungrouped,
)
from cohortbook.cohort.problems import Code, Log
from cohortbook.cohort.spec import Id, Spec, Variable, as_number
from cohortbook.cohort.vocabulary import Vocabulary, simplify, vocabulary

_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # may be a thousand, where both marks are used
_UNTICKED = ("", "0", "unchecked", "incomplete")  # what REDCap writes of a form nobody opened


def is_box(heading: str) -> bool:
    """Check whether a column is a checkbox of a REDCap export, with codes or with labels."""
    return "___" in heading or "(choice=" in heading


def is_status(heading: str) -> bool:
    """Check whether a column says how far a form of a REDCap export is filled in."""
    return heading.endswith("_complete") or heading.startswith("Complete?")


class _Typed(NamedTuple):
    """For each of some texts: its value, what it was repaired to ("": nothing), what is wrong.

    `rules` say by which rule each was repaired, where that is not the usual one of the kind.
    """

    values: Any
    repaired: list[str]
    wrong: list[tuple[Any, str, str, Code]]
    rules: list[str] | None = None


class Memory:
    """Variables that were typed from one table without a problem, and what they were typed by.

    Who types the same table again, with another description of some variables, types only these.
    """

    def __init__(self) -> None:
        self._typed: dict[str, tuple[Any, pd.Series[Any]]] = {}

    @staticmethod
    def _by(spec: Spec, variable: Variable) -> Any:
        return spec.data, spec.spellings, variable

    def recall(self, spec: Spec, variable: Variable) -> pd.Series[Any] | None:
        """Give a variable, if it was typed by the same description."""
        by, values = self._typed.get(variable.name, (None, None))
        return values if by == self._by(spec, variable) else None

    def keep(self, spec: Spec, variable: Variable, values: pd.Series[Any]) -> None:
        """Remember a variable."""
        self._typed[variable.name] = self._by(spec, variable), values


def type_columns(
    table: pd.DataFrame, spec: Spec, log: Log, memory: Memory | None = None
) -> pd.DataFrame:
    """Make typed variables of texts.

    Parameters
    ----------
    table : DataFrame
        Texts, as `read_table` gives them.
    spec : Spec
    log : Log
        Receives repairs by the rules ``missing code``, ``level spelling``, ``decimal comma``,
        ``unit in the cell``, ``limit``, ``date format``, ``date without a day`` and
        ``form never opened``; and texts that
        are no such value, that mean two different days, or that are out of range.
    memory : Memory, optional
        Of this table: what it holds is not typed again, and the log is told nothing more of it.

    Returns
    -------
    DataFrame
        The variables that are read, under their names: binary as `boolean`, category and ordinal as
        `category`, number as `float64`, date as `datetime64[ns]`, list as tuples of items; and the
        simplified id as ``patient``.
    """
    typed = {"patient": patient_ids(table, spec.id)} if spec.id else {}
    return pd.DataFrame(typed | type_each(table, spec, log, memory or Memory()), table.index)


def type_each(
    table: pd.DataFrame, spec: Spec, log: Log, memory: Memory
) -> dict[str, pd.Series[Any]]:
    """Make the variables of `type_columns` one by one, by name."""
    typed = {}
    for variable in spec.variables.values():
        if not variable.derive:
            values = memory.recall(spec, variable)
            if values is None:
                values = _typed(table, variable, spec, log)
                memory.keep(spec, variable, values)
            typed[variable.name] = values
    return typed


def _typed(table: pd.DataFrame, variable: Variable, spec: Spec, log: Log) -> pd.Series[Any]:
    """Type one variable; note repairs and problems."""
    column, words = variable.column, vocabulary(spec, variable)
    # each different text is looked at once, whatever the number of rows
    cells = table[column].cat
    codes = cells.codes.to_numpy()
    texts = np.array([text.strip() for text in cells.categories], dtype=object)
    absent = np.array([simplify(text) in words.missing for text in texts], dtype=bool)
    if variable.kind == "number":  # 999 is 999.0
        numbers = {as_number(code) for code in words.missing} - {None}
        if numbers:
            absent |= np.array([as_number(text) in numbers for text in texts], dtype=bool)
    present = np.flatnonzero(~absent)
    type_texts, rule = _KINDS[variable.kind]
    made = type_texts(texts[present].tolist(), variable, words, spec)
    position = np.full(len(texts), -1)
    position[present] = range(len(present))
    values = pd.Series(take(made.values, position[codes], allow_fill=True), table.index)

    repaired, rules = (np.full(len(texts), "", dtype=object) for _ in range(2))
    repaired[present], rules[present] = made.repaired, made.rules or rule
    rules[(repaired == "") & (rules != "limit")] = ""
    rules[absent & (texts != "")] = "missing code"
    for by in dict.fromkeys(rules[rules != ""]):
        at = (rules == by)[codes]
        which = codes[at]
        log.change(table.index[at], column, texts[which], repaired[which], by)
    if variable.opened_by:
        values = _opened(values, table, variable, log)
    for chosen, problem, allowed, code in made.wrong:
        if not chosen.any():
            continue
        if variable.identifier and allowed == words.allowed:
            allowed = "a level of the specification"  # where names may be levels
        at = np.isin(codes, present[chosen])
        log.problem(table.index[at], column, texts[codes[at]], problem, allowed, code)
    return values


def _levels(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    levels = [words.levels.get(simplify(text)) for text in texts]
    # the reference comes first: whatever compares levels compares them with the first
    first = variable.reference if variable.kind == "category" else ""
    in_order = sorted(variable.spelt, key=lambda level: level != first)
    order = {level: i for i, level in enumerate(in_order)}
    codes = np.array([order.get(level or "", -1) for level in levels], dtype=np.intp)
    values: Any
    if variable.kind == "binary":
        values = pd.arrays.BooleanArray(codes == 0, codes < 0)
    else:
        dtype = pd.CategoricalDtype(list(order), ordered=variable.kind == "ordinal")
        values = pd.Categorical.from_codes(codes, dtype=dtype)
    repaired = [
        level if level and text not in words.standard else ""
        for text, level in zip(texts, levels, strict=True)
    ]
    return _Typed(
        values, repaired, [(codes < 0, "unknown level", words.allowed, Code.UNKNOWN_LEVEL)]
    )


def _lists(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    separator = re.compile("|".join(map(re.escape, variable.separators)))
    values, repaired, wrong = np.empty(len(texts), dtype=object), [], []
    for i, text in enumerate(texts):
        parts = [part.strip() for part in separator.split(text) if part.strip()]
        items = {words.levels.get(simplify(part)) for part in parts}
        values[i] = tuple(item for item in variable.items if item in items)
        wrong.append(not parts or None in items)
        repaired.append("" if words.standard.issuperset(parts) else ", ".join(values[i]))
    problem = (np.array(wrong, dtype=bool), "unknown item", words.allowed, Code.UNKNOWN_ITEM)
    return _Typed(values, repaired, [problem])


def _numbers(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    pattern, wanted = NUMBERS[spec.data.decimal]
    if variable.part:
        texts = [part_of(text, variable.part) for text in texts]
    texts = [ungrouped(text, spec.data.thousands) for text in texts]
    read = [_measured(text, variable, pattern, spec) for text in texts]
    values = np.array([value for value, _ in read], dtype=float)
    rules = [rule for _, rule in read]
    commas = spec.data.decimal == "both"  # where each comma is expected, none is a repair
    marks = [commas and _EITHER.fullmatch(text) is not None for text in texts]
    repaired = [
        "" if value != value else repr(value) if rule or (commas and "," in text) else ""
        for text, value, rule in zip(texts, values.tolist(), rules, strict=True)
    ]
    absent = np.array([rule in ("limit", "blank") for rule in rules], dtype=bool)
    wrong = (~np.isfinite(values) & ~absent, "not a number", wanted, Code.NOT_A_NUMBER)
    huge = (
        np.isfinite(values) & (np.abs(values) > LARGEST),
        "too large to compute with",
        f"up to {LARGEST:g}",
        Code.NOT_A_NUMBER,
    )
    twofold = (
        np.array(marks, dtype=bool),
        "a decimal or a thousands mark?",
        "one, two or more than three decimals; or data: thousands:",
        Code.TWOFOLD,
    )
    problems = [wrong, huge, twofold, out_of_range(values, variable)]
    return _Typed(values, repaired, problems, [rule or "decimal comma" for rule in rules])


def _measured(text: str, variable: Variable, pattern: Any, spec: Spec) -> tuple[float, str]:
    """Read a number, with its unit or as a limit where these are declared; give also the rule."""
    if pattern.fullmatch(text):
        return float(text.replace(",", ".")), ""
    if variable.part and not text:
        return np.nan, "blank"
    if not (variable.suffixes or variable.limits):
        return np.nan, ""
    if parts := parts_of(text):
        each = [(number, factor(variable.suffixes, suffix)) for number, suffix in parts]
        if any(times is None or not pattern.fullmatch(number) for number, times in each):
            return np.nan, ""
        total = sum(float(number.replace(",", ".")) * (times or 0) for number, times in each)
        return float(f"{total:.6g}"), "unit in the cell"
    if not (measure := take_apart(text)):
        return np.nan, ""
    number = ungrouped(measure.number, spec.data.thousands)
    times = factor(variable.suffixes, measure.suffix)
    if times is None or not pattern.fullmatch(number) or (measure.sign and not variable.limits):
        return np.nan, ""
    value = float(f"{float(number.replace(',', '.')) * times:.15g}")
    if not measure.sign:
        return value, "unit in the cell"
    if variable.limits == "missing":
        return np.nan, "limit"
    return (value / 2 if variable.limits == "half" and measure.sign == "<" else value), "limit"


def patient_ids(table: pd.DataFrame, key: Id) -> pd.Series[Any]:
    """Return what tells patients apart, simplified; blank where a part of it is.

    Examples
    --------
    >>> patient_ids(pd.DataFrame({"site": ["A", ""], "id": ["1", "2"]}), Id("id", with_=("site",)))
    0    1 / a
    1
    dtype: object
    """
    parts = [table[column].astype(object).map(simplify) for column in key.columns]
    if len(parts) == 1:
        return parts[0]
    whole = [" / ".join(each) if all(each) else "" for each in zip(*parts, strict=True)]
    return pd.Series(whole, table.index, dtype=object)


def _opened(values: Any, table: pd.DataFrame, variable: Variable, log: Log) -> Any:
    """Make a No missing where nothing of the form was filled in."""
    empty = np.ones(len(table), dtype=bool)
    for column in variable.opened_by:
        blank = _UNTICKED if is_box(column) or is_status(column) else ("",)
        empty &= table[column].astype(object).map(simplify).isin(blank).to_numpy()
    never = values.eq(False).fillna(False).to_numpy(dtype=bool) & empty
    texts = table[variable.column].astype(object)[never]
    log.change(table.index[never], variable.column, texts, "", "form never opened")
    return values.mask(never)


def _dates(written: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    forms = spec.data.date_formats
    read = np.stack([read_days(written, form, spec.data) for form in forms])
    dated = ~np.isnat(read)
    first = dated.argmax(axis=0)
    values = np.take_along_axis(read, first[None], axis=0)[0]
    clash = (dated & (read != values)).any(axis=0)
    open_ = np.array([bool(span_of(form)) for form in forms])[first] & dated.any(axis=0)
    days = np.datetime_as_string(values, unit="D")
    repaired = np.where((first > 0) | open_, days, "").tolist()
    wanted = " or ".join(forms)
    wrong = [
        (~dated.any(axis=0), "not a day of the calendar", wanted, Code.NOT_A_DAY),
        (clash, "two different days, by two formats", "one reading", Code.NOT_A_DAY),
    ]
    rules = np.where(open_, "date without a day", "date format").tolist()
    return _Typed(values, repaired, [*wrong, out_of_range(values, variable)], rules)


def _texts(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    return _Typed(np.array(texts, dtype=object), [""] * len(texts), [])


def out_of_range(values: Any, variable: Variable) -> tuple[Any, str, str, Code]:
    """Return which values are outside the plausible range of a variable.

    Parameters
    ----------
    values : array or Series of numbers or dates
    variable : Variable

    Returns
    -------
    mask, problem, allowed, code
    """
    low, high = variable.bounds or (None, None)
    if low is None:
        return np.zeros(len(values), dtype=bool), "", "", Code.OUT_OF_RANGE
    if variable.kind == "date":
        low, high = np.datetime64(low), np.datetime64(high)
    allowed = f"{' to '.join(variable.range)} {variable.unit}".rstrip()
    outside = (values < low) | (values > high)
    return outside, "outside the plausible range", allowed, Code.OUT_OF_RANGE


_KINDS = dict.fromkeys(("binary", "category", "ordinal"), (_levels, "level spelling")) | {
    "list": (_lists, "level spelling"),
    "number": (_numbers, "decimal comma"),
    "date": (_dates, "date format"),
    "text": (_texts, ""),
}


def as_texts(values: pd.Series[Any], variable: Variable) -> pd.Series[Any]:
    """Write typed values as the analysis file has them; missing ones are empty.

    Parameters
    ----------
    values : Series
        Values of one variable, typed.
    variable : Variable

    Returns
    -------
    Series of texts

    Examples
    --------
    >>> as_texts(pd.Series([True, None], dtype="boolean"), Variable(kind="binary")).tolist()
    ['yes', '']
    """
    write: Any = {
        "binary": {True: "yes", False: "no"}.get,
        "date": "{:%Y-%m-%d}".format,
        "list": ", ".join,
    }.get(str(variable.kind), str)
    pairs = zip(values.tolist(), values.isna(), strict=True)
    texts = ["" if missing else write(value) for value, missing in pairs]
    return pd.Series(texts, values.index, dtype=object)
