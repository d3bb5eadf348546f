"""From texts to typed values: levels, numbers, dates and lists, as the specification says."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import (
    EXCEL_DAYS,
    THOUSANDS,
    Spec,
    Variable,
    Vocabulary,
    as_number,
    simplify,
    vocabulary,
)

NUMBERS = {
    decimal: (
        re.compile(rf"[+-]?([0-9]+({mark}[0-9]*)?|{mark}[0-9]+)(e[+-]?[0-9]+)?", re.I),
        wanted,
    )
    for decimal, mark, wanted in [
        (".", r"\.", "digits, with a decimal point"),
        (",", ",", "digits, with a decimal comma"),
        ("both", "[.,]", "digits, with one decimal point or comma"),
    ]
}
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # may be a thousand, where both marks are used
_YEARS = (1700, 2200)
THOUSAND = "a decimal or a thousands mark?"
"""The problem of a number that may be a thousand times another."""
LARGEST = 1e100
"""Beyond this no number can be squared and summed."""


def is_number(text: str) -> bool:
    """Tell whether a text writes a number, with a point or a comma."""
    return NUMBERS["both"][0].fullmatch(text) is not None


def ungrouped(text: str, mark: str) -> str:
    """Take the marks of thousands out of a number, if they stand where they should.

    Examples
    --------
    >>> [ungrouped(text, ",") for text in ("1,234,567.8", "1,23", "12")]
    ['1234567.8', '1,23', '12']
    """
    if not mark or not _grouped(mark).fullmatch(text):
        return text
    return re.sub(THOUSANDS[mark], "", text)


@cache
def _grouped(mark: str) -> re.Pattern[str]:
    decimals = "".join(other for other in ",." if other != mark)
    return re.compile(rf"[+-]?[1-9]\d{{0,2}}({THOUSANDS[mark]}\d{{3}})+([{decimals}]\d*)?")


class _Typed(NamedTuple):
    """For each of some texts: its value, what it was repaired to ("": nothing), what is wrong."""

    values: Any
    repaired: list[str]
    wrong: list[tuple[Any, str, str]]


def type_columns(table: pd.DataFrame, spec: Spec, log: Log) -> pd.DataFrame:
    """Make typed variables of texts.

    Parameters
    ----------
    table : DataFrame
        Texts, as `read_table` gives them.
    spec : Spec
    log : Log
        Receives repairs by the rules ``missing code``, ``level spelling``, ``decimal comma`` and
        ``date format``; and texts that are no such value, that mean two different days, or that
        are out of range.

    Returns
    -------
    DataFrame
        The variables that are read, under their names: binary as `boolean`, category and ordinal as
        `category`, number as `float64`, date as `datetime64[ns]`, list as tuples of items; and the
        simplified id as ``patient``.
    """
    typed: dict[str, pd.Series[Any]] = {}
    if spec.id:
        typed["patient"] = table[spec.id.column].astype(object).map(simplify)
    for variable in spec.variables.values():
        if variable.derive:
            continue
        column, words = variable.column, vocabulary(spec, variable)
        # each different text is looked at once, whatever the number of rows
        codes, different = pd.factorize(table[column])
        texts = np.array([text.strip() for text in different], dtype=object)
        absent = np.array([simplify(text) in words.missing for text in texts], dtype=bool)
        if variable.kind == "number":  # 999 is 999.0
            numbers = {as_number(code) for code in words.missing} - {None}
            absent |= np.array([as_number(text) in numbers for text in texts], dtype=bool)
        known = np.flatnonzero(~absent)
        type_texts, rule = _KINDS[variable.kind]
        made = type_texts(texts[known].tolist(), variable, words, spec)
        position = np.full(len(texts), -1)
        position[known] = range(len(known))
        values = take(made.values, position[codes], allow_fill=True)
        typed[variable.name] = pd.Series(values, table.index)

        repaired = np.full(len(texts), "", dtype=object)
        repaired[known] = made.repaired
        for chosen, by in ((repaired != "", rule), (absent & (texts != ""), "missing code")):
            at = chosen[codes]
            which = codes[at]
            log.change(table.index[at], column, texts[which], repaired[which], by)
        for chosen, problem, allowed in made.wrong:
            if variable.identifier and allowed == words.allowed:
                allowed = "a level of the specification"  # where names may be levels
            at = np.isin(codes, known[chosen])
            log.problem(table.index[at], column, texts[codes[at]], problem, allowed)
    return pd.DataFrame(typed, table.index)


def _levels(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    found = [words.levels.get(simplify(text)) for text in texts]
    order = pd.Index(list(variable.spelt))
    codes = order.get_indexer(pd.Index(found, dtype=object))
    values: Any = pd.Categorical.from_codes(codes, order, ordered=variable.kind == "ordinal")
    if variable.kind == "binary":
        values = pd.arrays.BooleanArray(codes == 0, codes < 0)
    repaired = [
        level if level and text not in words.standard else ""
        for text, level in zip(texts, found, strict=True)
    ]
    return _Typed(values, repaired, [(codes < 0, "unknown level", words.allowed)])


def _lists(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    separator = re.compile("|".join(map(re.escape, variable.separators)))
    values, repaired, wrong = np.empty(len(texts), dtype=object), [], []
    for i, text in enumerate(texts):
        parts = [part.strip() for part in separator.split(text) if part.strip()]
        found = {words.levels.get(simplify(part)) for part in parts}
        values[i] = tuple(item for item in variable.items if item in found)
        wrong.append(not parts or None in found)
        repaired.append("" if words.standard.issuperset(parts) else ", ".join(values[i]))
    return _Typed(values, repaired, [(np.array(wrong, dtype=bool), "unknown item", words.allowed)])


def _numbers(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    pattern, wanted = NUMBERS[spec.data.decimal]
    texts = [ungrouped(text, spec.data.thousands) for text in texts]
    written = (text.replace(",", ".") if pattern.fullmatch(text) else "nan" for text in texts)
    values = np.array([float(text) for text in written])
    commas = spec.data.decimal == "both"  # where each comma is expected, none is a repair
    marks = [commas and _EITHER.fullmatch(text) is not None for text in texts]
    repaired = [
        repr(value) if commas and "," in text else ""
        for text, value in zip(texts, values.tolist(), strict=True)
    ]
    wrong = (~np.isfinite(values), "not a number", wanted)
    huge = (
        np.isfinite(values) & (np.abs(values) > LARGEST),
        "too large to compute with",
        f"up to {LARGEST:g}",
    )
    twofold = (
        np.array(marks, dtype=bool),
        THOUSAND,
        "one, two or more than three decimals; or data: thousands:",
    )
    return _Typed(values, repaired, [wrong, huge, twofold, out_of_range(values, variable)])


def _dates(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    # pandas takes "today" for a date
    dated = [text if any(map(str.isdigit, text)) else "" for text in texts]
    readings = []
    for form in spec.data.date_formats:
        if form == EXCEL_DAYS:
            serials = [float(t) if re.fullmatch("[1-9][0-9]{2,5}", t) else np.nan for t in dated]
            days = pd.to_datetime(serials, unit="D", origin="1899-12-30").normalize()
        else:
            days = pd.to_datetime(dated, format=form, errors="coerce").normalize()
        sound = (days.year >= _YEARS[0]) & (days.year <= _YEARS[1])
        readings.append(days.where(sound).to_numpy().astype("datetime64[ns]"))
    read = np.stack(readings)
    known = ~np.isnat(read)
    first = known.argmax(axis=0)
    values = np.take_along_axis(read, first[None], axis=0)[0]
    clash = (known & (read != values)).any(axis=0)
    repaired = np.where(first > 0, np.datetime_as_string(values, unit="D"), "").tolist()
    wanted = " or ".join(spec.data.date_formats)
    wrong = [
        (~known.any(axis=0), "not a day of the calendar", wanted),
        (clash, "two different days, by two formats", "one reading"),
    ]
    return _Typed(values, repaired, [*wrong, out_of_range(values, variable)])


def _texts(texts: list[str], variable: Variable, words: Vocabulary, spec: Spec) -> _Typed:
    return _Typed(np.array(texts, dtype=object), [""] * len(texts), [])


def out_of_range(values: Any, variable: Variable) -> tuple[Any, str, str]:
    """Tell which values are outside the plausible range of a variable.

    Parameters
    ----------
    values : array or Series of numbers or dates
    variable : Variable

    Returns
    -------
    mask, problem, allowed
    """
    low, high = variable.limits or (None, None)
    if low is None:
        return np.zeros(len(values), dtype=bool), "", ""
    if variable.kind == "date":
        low, high = np.datetime64(low), np.datetime64(high)
    allowed = f"{' to '.join(variable.range)} {variable.unit}".rstrip()
    return (values < low) | (values > high), "outside the plausible range", allowed


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
