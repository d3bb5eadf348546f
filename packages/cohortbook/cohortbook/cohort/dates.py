"""How dates are written, also those without a day, and which day each text means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from cohortbook.cohort.spec import EXCEL_DAYS, QUARTER, Data, Texts
from cohortbook.cohort.vocabulary import REMEMBERED, simplify

_YEARS = (1700, 2200)
_SERIAL = re.compile(r"[1-9][0-9]{2,5}([.,]0+)?")
_ZONE = re.compile(r"(:\d\d(?:\.\d+)?)\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$")
_WORD = re.compile(r"[^\W\d_]{3,}\.?")
_OF = re.compile(r"\s+(?:de|del|of)\s+", re.IGNORECASE)
_QUARTERS = (
    re.compile(r"(?P<year>(?:19|20)\d\d)\s*[-/ ]?\s*[QT](?P<quarter>[1-4])", re.IGNORECASE),
    re.compile(r"[QT](?P<quarter>[1-4])\s*[-/ ]?\s*(?P<year>(?:19|20)\d\d)", re.IGNORECASE),
    re.compile(r"(?P<quarter>[1-4])[.º°]?\s*(?:Q|T|quarter|quartal|trimestre)\s*[-/ ]?\s*"
               r"(?P<year>(?:19|20)\d\d)", re.IGNORECASE),
)  # fmt: skip

_ENGLISH = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_ABROAD = {
    "Jan": "janeiro enero ene januar janner jan janvier janv gennaio gen ocak oca",
    "Feb": "fevereiro fev febrero februar fevrier fevr febbraio subat sub",
    "Mar": "marco marzo marz mrz mars mart",
    "Apr": "abril abr avril avr aprile nisan nis",
    "May": "maio mai mayo maggio mag mayis",
    "Jun": "junho junio juni juin giugno giu haziran haz",
    "Jul": "julho julio juli juillet juil luglio lug temmuz tem",
    "Aug": "agosto ago aout agustos agu",
    "Sep": "sept setembro set septiembre setiembre septembre settembre eylul eyl",
    "Oct": "outubro out octubre oktober okt octobre ottobre ott ekim eki",
    "Nov": "novembro noviembre novembre kasim kas",
    "Dec": "dezembro dez diciembre dic dezember decembre dicembre aralik ara",
}
"""Names of months in Portuguese, Spanish, German, French, Italian and Turkish."""


@cache
def _months() -> dict[str, str]:
    abroad = {word: month for month, words in _ABROAD.items() for word in words.split()}
    return abroad | {word: word for name in _ENGLISH for word in (name, name[:3])}


@lru_cache(maxsize=REMEMBERED)
def plain_date(text: str) -> str:
    """Write the month of a date in English, and take off what stands between.

    Examples
    --------
    >>> plain_date("12 de março de 2015"), plain_date("Abr/2015"), plain_date("Mär. 2015")
    ('12 Mar 2015', 'Apr/2015', 'Mar 2015')
    >>> plain_date("March 2015"), plain_date("2015-03-01T10:00")
    ('March 2015', '2015-03-01T10:00')
    """
    if not any(map(str.isdigit, text)) or not (match := _WORD.search(text)):
        return text
    word = simplify(match[0]).rstrip(".").replace("ı", "i")
    month = _months().get(word)
    if not month:
        return text
    english = match[0].rstrip(".").casefold() == month
    month = match[0].rstrip(".") if english else month.title()
    return _OF.sub(" ", text[: match.start()] + month + text[match.end() :])


def without_zone(text: str) -> str:
    """Take the zone off a time stamp: its day is the one that was written there.

    Examples
    --------
    >>> without_zone("2001-03-01T23:30:00-05:00"), without_zone("12-02-2003")
    ('2001-03-01T23:30:00', '12-02-2003')
    """
    return _ZONE.sub(r"\1", text)


def span_of(form: str) -> str:
    """Return what a date format leaves open: a `month`, a `quarter` or a `year`; else nothing.

    Examples
    --------
    >>> span_of("%m/%Y"), span_of("%Y"), span_of("quarter"), span_of("%d/%m/%Y"), span_of("excel")
    ('month', 'year', 'quarter', '', '')
    """
    if form == QUARTER:
        return QUARTER
    if "%d" in form or form in EXCEL_DAYS:
        return ""
    return "month" if re.search("%[mbB]", form) else "year"


@lru_cache(maxsize=REMEMBERED)
def has_form(text: str, *forms: str) -> bool:
    """Check whether a text looks as if it were written in one of some formats.

    Examples
    --------
    >>> has_form("03/2015", "%m/%Y"), has_form("31/2015", "%m/%Y"), has_form("Q2 2015", "quarter")
    (True, False, True)
    >>> has_form("03/2015", "%Y", "%m/%Y"), has_form("03/2015")
    (True, False)
    """
    if not any(map(str.isdigit, text)):
        return False
    if QUARTER in forms and any(pattern.fullmatch(text) for pattern in _QUARTERS):
        return True
    return _shapes(forms).fullmatch(plain_date(text)) is not None


@cache
def _shapes(forms: Texts) -> re.Pattern[str]:
    """Give one pattern of some formats; those that no text shows match nothing."""
    shapes = (_shape(form) for form in forms if form not in (*EXCEL_DAYS, QUARTER))
    return re.compile("|".join(shapes) or "(?!)")


def _shape(form: str) -> str:
    parts = {"d": r"\d{1,2}", "m": r"\d{1,2}", "Y": r"\d{4}", "y": r"\d{2}", "b": r"[^\W\d]+"}
    parts |= {"B": parts["b"], **dict.fromkeys("HMSI", parts["d"])}
    parts |= {"f": r"\d+", "p": "[AaPp][Mm]", "z": r"\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)"}
    if span_of(form):  # a number with decimals is no month
        months = "|".join(f"{name}|{name[:3]}" for name in _ENGLISH)
        parts |= {"m": "(?:0?[1-9]|1[0-2])", "Y": r"(?:19|20)\d\d", "b": f"(?i:{months})"}
        parts["B"] = parts["b"]
        if form == "%m.%Y":  # 1.2015 may be a number
            parts["m"] = "(?:0[1-9]|1[0-2])"
    return re.sub("%(.)", lambda m: parts[m[1]], re.escape(form).replace("\\%", "%"))


def read_days(texts: Sequence[str], form: str, data: Data) -> Any:
    """Read the texts that are written in one format as days; the others are missing.

    Parameters
    ----------
    texts : sequence of str
    form : str
        A format of `strptime`, one of `EXCEL_DAYS`, or ``quarter``.
    data : Data
        Its `partial_dates` say which day a month, a quarter or a year stands for, and its
        `first_year` the first of the hundred years that two digits stand for.

    Returns
    -------
    array of datetime64[ns]

    Examples
    --------
    >>> read_days(["03/2015", "x"], "%m/%Y", Data("f")).astype("datetime64[D]").astype(str).tolist()
    ['2015-03-15', 'NaT']
    """
    # pandas takes "today" for a date
    dated = [text if any(map(str.isdigit, text)) else "" for text in texts]
    if origin := EXCEL_DAYS.get(form):
        serials = [float(t) if _SERIAL.fullmatch(t) else np.nan for t in dated]
        days = pd.to_datetime(serials, unit="D", origin=origin)
    elif form == QUARTER:
        days = pd.to_datetime([_quarter(t) for t in dated], format="%Y-%m", errors="coerce")
    else:
        plain = [plain_date(t) for t in dated]
        if form.endswith("%z"):
            plain = [without_zone(t) if without_zone(t) != t else "" for t in plain]
            form = form.removesuffix("%z")
        days = pd.to_datetime(plain, format=form.strip(), errors="coerce")
        if "%y" in form:
            days = _in_century(days, int(data.first_year))
    if (span := span_of(form)) and data.partial_dates == "middle":
        days = days + _TO_MIDDLE[span]
    read = days.to_numpy().astype("datetime64[D]")
    years = read.astype("datetime64[Y]").astype(int) + 1970
    read[(years < _YEARS[0]) | (years > _YEARS[1])] = np.datetime64("NaT")
    return read.astype("datetime64[ns]")


_TO_MIDDLE = {
    "month": pd.DateOffset(days=14),
    QUARTER: pd.DateOffset(months=1, days=14),
    "year": pd.DateOffset(months=6),
}
"""From the first day to the one in the middle: the 15th, the 15th of the second month, 1 July."""


def _in_century(days: pd.DatetimeIndex, first: int) -> pd.DatetimeIndex:
    """Put years of two digits into the hundred years from the first."""
    shifted = days
    for sign in (-1, 1):
        out = days.year >= first + 100 if sign < 0 else days.year < first
        shifted = shifted.where(~np.asarray(out), days + pd.DateOffset(years=100 * sign))
    return shifted


def _quarter(text: str) -> str:
    """Give the first month of a quarter."""
    for pattern in _QUARTERS:
        if match := pattern.fullmatch(text):
            return f"{match['year']}-{3 * int(match['quarter']) - 2:02d}"
    return ""
