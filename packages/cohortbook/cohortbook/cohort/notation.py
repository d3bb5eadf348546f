"""How the numbers and the dates of a table are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from cohortbook.cohort.dates import has_form, plain_date, span_of, without_zone
from cohortbook.cohort.identifiers import list_values
from cohortbook.cohort.lexicon import MOST
from cohortbook.cohort.numerals import is_number, ungrouped
from cohortbook.cohort.spec import QUARTER, THOUSANDS

_ORDERS = [("%d{0}%m{0}%Y", "%m{0}%d{0}%Y"), ("%d{0}%m{0}%y", "%m{0}%d{0}%y")]
_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
_FORMATS += ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f"]
_FORMATS += ["%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"]
_FORMATS += ["%d/%b/%Y", "%d %b %y", "%d.%b.%Y", "%d %b, %Y", "%Y%m%d"]
_OPEN = ["%m/%Y", "%m-%Y", "%m.%Y", "%Y-%m", "%Y/%m", "%b %Y", "%B %Y", "%b-%Y", "%b/%Y", "%b, %Y"]
_OPEN += ["%b-%y", "%b %y", "%b/%y", "%Y %b", QUARTER]
"""Formats without a day."""

FIRST_YEAR = 98
"""So many years ago begin the hundred that years of two digits are taken to be of."""
_COMPACT = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DAY = re.compile(_COMPACT + r"$|\d+[-/. ]\w+[-/., ]+\d|[A-Z][a-z]+ \d+, \d")


def number_marks(columns: Sequence[Counter[str]]) -> tuple[str, str, list[str]]:
    """Find the marks of decimals and of thousands, the second where it can be no other.

    Parameters
    ----------
    columns : sequence of Counter
        The texts of each column.

    Returns
    -------
    decimal, thousands : str
        As `data:` has them.
    doubts : list of str
    """
    thousands, doubts = "", []
    for mark, pattern in THOUSANDS.items():
        between = re.compile(rf"\d{pattern}\d{{3}}")
        marked = [values for values in columns if between.search("\n".join(values))]
        written = [text for text in _numbers(marked, mark) if ungrouped(text, mark) != text]
        sure = any(mark not in ",." or not is_number(text) for text in written)
        if written and (sure or _groups(columns, mark)):
            thousands = mark
            doubts.append(f"{list_values(written[:3])}: taken to have marks of thousands")
            break
    plain = [ungrouped(text, thousands) for text in _numbers(columns, thousands)]
    commas = [text.partition(",")[2] for text in plain if "," in text]
    points = any("." in text for text in plain)
    decimal = "both" if commas else "."
    if commas and not points and any(len(decimals) != 3 for decimals in commas):
        decimal = ","
    if decimal == "both":
        doubts.append("numbers with decimal commas and points, or with thousands marks")
    return decimal, thousands, doubts


def _groups(columns: Sequence[Counter[str]], mark: str) -> bool:
    """Check whether a mark stands before three digits only, in all numbers from 1000 on."""
    point, seen = "." if mark == "," else ",", False
    for values in columns:
        numbers = _numbers([values], mark)
        marked = [text for text in numbers if mark in text]
        if not marked:
            seen |= any(point in text for text in numbers)
            continue
        plain = [float(text.replace(",", ".")) for text in numbers if mark not in text]
        if any(ungrouped(text, mark) == text for text in marked) or max(plain, default=0) >= 1000:
            return False
        seen |= bool(plain)
    return seen


def _numbers(columns: Sequence[Counter[str]], thousands: str) -> list[str]:
    """Give the texts of the columns of numbers."""
    read = []
    for values in columns:
        numbers = [value for value in values if is_number(ungrouped(value, thousands))]
        if sum(values[value] for value in numbers) > values.total() / 2:
            read += numbers
    return read


def date_formats(columns: Iterable[Counter[str]]) -> tuple[list[str], list[str]]:
    """Find the formats in which columns of dates are written, and what is doubtful of them."""
    texts: Counter[str] = Counter()
    short: Counter[str] = Counter()
    for values in columns:
        days = [v for v in values if _DAY.match(plain_date(v))]
        open_ = [v for v in values if has_form(v, *_OPEN)]
        years = [v for v in values if has_form(v, "%Y")] * bool(days or open_)
        dated = {*days, *open_, *years}
        if sum(values[v] for v in dated) >= MOST * values.total():
            texts.update(v for v in days if v not in open_)
            short.update([*open_, *years])
    zoned = any(without_zone(text) != text for text in texts)
    different = [plain_date(without_zone(text)) for text in texts]

    marks = set("".join(different))

    def reads(forms: Iterable[str]) -> int:
        dated = np.zeros(len(different), dtype=bool)
        for form in forms:
            if not marks.issuperset(set("-/.:,").intersection(form)):
                continue  # no text has what stands between
            dated |= pd.to_datetime(different, format=form, errors="coerce").notna()
        return int(dated.sum())

    formats, doubts = [form for form in _FORMATS if reads([form])], []
    tails = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"]
    each = [[o.format(s) + t for o in order] for order in _ORDERS for s in "/-." for t in tails]
    day, month = ([pair[i] for pair in each] for i in (0, 1))
    by_day, by_month = reads(day), reads(month)
    if by_day == by_month > 0:
        doubts.append("days of 1 to 12 only: day/month or month/day? Taken as day/month")
    elif reads([*day, *month]) > max(by_day, by_month):
        doubts.append("some dates can only be day/month, others only month/day: no reading is safe")
    formats += [form for form in (day if by_day >= by_month else month) if reads([form])]
    formats += [form for form in [*_OPEN, "%Y"] if any(has_form(text, form) for text in short)]
    if spans := sorted({span_of(form) for form in formats} - {""}):
        n = sum(short.values())
        doubts.append(
            f"{n} different dates have no day ({', '.join(spans)}), such as "
            f"{list_values([*short][:2])}: taken as the middle; "
            "partial_dates: first takes the first day"
        )
    if any("%y" in form for form in formats):
        first = datetime.now().year - FIRST_YEAR
        doubts.append(f"years of two digits are taken as {first} to {first + 99} (first_year:)")
    if zoned:
        doubts.append("time stamps with a zone: the day is the one that is written")
        timed = [f"{form}%z" for form in formats if form.endswith(("%M", "%S", "%f"))]
        formats = [*(form for form in formats if any(map(_plainly(form), texts))), *timed]
    return formats, doubts


def _plainly(form: str) -> Any:
    """Give a test of whether a text is written in a format, without a zone."""

    def fits(text: str) -> bool:
        return without_zone(text) == text and pd.notna(
            pd.to_datetime(text, format=form, errors="coerce")
        )

    return fits
