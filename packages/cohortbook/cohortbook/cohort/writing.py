"""Whether what `cohort.yml` says of how a file and its numbers are written makes sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from cohortbook.cohort.dates import span_of
from cohortbook.cohort.spec import (
    EXCEL_DAYS,
    LIMITS,
    PARTIAL_DATES,
    QUARTER,
    ROW_RULES,
    THOUSANDS,
    Data,
    Variable,
    as_number,
)

Told = tuple[str, str, str, str]
"""A place, the value there, what is wrong with it and what is allowed."""


def wrong_writing(data: Data) -> Iterator[Told]:
    """Find what is wrong in `data:`, apart from its two paths.

    Examples
    --------
    >>> list(wrong_writing(Data("a.csv", header=("0",))))
    [('data.header[0]', '0', 'not a line', 'the number of a line, from 1')]
    """
    for i, form in enumerate(data.date_formats or ("",)):
        if not _is_date_format(form):
            allowed = "day, month and year, such as %d/%m/%Y; %m/%Y, %Y or quarter without a day; "
            allowed += f"or {', '.join(EXCEL_DAYS)}"
            yield f"data.date_formats[{i}]", form, "not a date format", allowed
    if data.partial_dates not in PARTIAL_DATES:
        allowed = " or ".join(PARTIAL_DATES)
        yield "data.partial_dates", data.partial_dates, "not a day of a month", allowed
    if not re.fullmatch("1[89][0-9]{2}|20[0-9]{2}", data.first_year):
        yield "data.first_year", data.first_year, "not a year", "such as 1930"
    if not _is_encoding(data.encoding):
        yield "data.encoding", data.encoding, "not an encoding", "utf-8, cp1252, latin-1, utf-16, …"
    if len(data.delimiter) != 1 or data.delimiter in '"\r\n\0':
        yield "data.delimiter", data.delimiter, "not a delimiter", "one character"
    if data.decimal not in (".", ",", "both"):
        yield "data.decimal", data.decimal, "not a decimal mark", ". or , or both"
    if data.thousands and (data.thousands not in THOUSANDS or data.thousands == data.decimal):
        allowed = "one of , . ' or a blank, and not the decimal mark"
        yield "data.thousands", data.thousands, "not a mark of thousands", allowed
    for i, line in enumerate(data.header):
        if not re.fullmatch("[1-9][0-9]{0,5}", line):
            yield f"data.header[{i}]", line, "not a line", "the number of a line, from 1"
    for i, lines in enumerate(data.skip_rows):
        if not re.fullmatch("[1-9][0-9]*(-[1-9][0-9]*)?", lines):
            yield f"data.skip_rows[{i}]", lines, "not lines", "a line, or lines as 34-36"
    for number in data.headings:
        if not re.fullmatch("[1-9][0-9]{0,4}", number):
            yield f"data.headings.{number}", number, "not a column", "the number of a column"


def wrong_numbers(place: str, variable: Variable) -> Iterator[Told]:
    """Find what is wrong with the range, the suffixes, the limits and the row of a variable."""
    if variable.kind in ("number", "date") and not _is_range(variable):
        yield f"{place}.range", "", "not a range", "[lowest, highest], dates as 1987-01-31"
    for suffix, factor in variable.suffixes.items():
        if factor != suffix and not as_number(factor):
            allowed = "a number that the value is multiplied by"
            yield f"{place}.suffixes.{suffix}", factor, "not a factor", allowed
    for key, words in (("limits", LIMITS), ("row", ROW_RULES)):
        rule = getattr(variable, key)
        if rule and rule not in words:
            yield f"{place}.{key}", rule, "not a rule", " or ".join(words)
    if variable.part and not re.fullmatch("[1-9]", variable.part):
        yield f"{place}.part", variable.part, "not a part", "1, or 2 for the second number"


_FIRST: Mapping[str, datetime] = {
    "": datetime(1987, 2, 28),
    "month": datetime(1987, 2, 1),
    "year": datetime(1987, 1, 1),
}
"""What a format can write and read back, by what it leaves open."""


def _is_date_format(form: str) -> bool:
    """Check whether a format writes a day so that it can be read back."""
    if form in EXCEL_DAYS or form == QUARTER:
        return True
    day, parts = _FIRST[span_of(form)], set(re.findall("%(.)", form))
    if not parts <= set("dmYybBHMSfIpz") or not parts & set("Yy"):  # strptime warns without a year
        return False
    form = form.removesuffix("%z")
    try:
        return datetime.strptime(day.strftime(form), form) == day
    except (ValueError, re.error):
        return False


def _is_encoding(name: str) -> bool:
    try:
        return bool("a".encode(name))
    except (LookupError, ValueError):
        return False


def _is_range(variable: Variable) -> bool:
    try:
        low, high = variable.bounds or (0, 0)
    except ValueError:
        return False
    return bool(low <= high)
