"""What one cell of a table prints: its numbers, and the form that they stand in.

A form says how the numbers stand (``16 (70)`` is a number with one in brackets), not what they
are: that takes a format, such as ``n (%)`` or ``mean (SD)``, from a heading, a label or an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from paperaudit.rounding import FOOTNOTE, NOT_SIGNIFICANT, plain_text
from paperaudit.vocabulary import INTERVAL, IQR, LEVEL, PLUS_MINUS, RANGE, SD, SE, SIZE

Decimal = Literal["point", "comma"]

#: A limit that the data do not set.
UNBOUNDED = r"[-+]?(?:∞|infinity|inf)"
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:\.\d+)?(?<=\d)(?!\d)"
_POWER = rf"{_NUMBER}(?:\s*[×x✕]\s*10\s*\^?\s*[-+]?\d+|e-\d+)?"
_VALUE = rf"(?:(?:[<>≤≥]\s*)?{_POWER}\s*%?|{UNBOUNDED})"
_BETWEEN = r"\s*(?:-|to|,|;|~|\.\.+|and)\s*"
_OPEN, _CLOSE = r"(?:\s*[(\[{]\s*)", r"(?:\s*[)\]}])"
_PAIR = rf"({_VALUE}){_BETWEEN}({_VALUE})"
_MARK = r"\s*[:,=]?\s*"  # between a word and its number
_CI = rf"(?:{LEVEL}?{INTERVAL}{_MARK})"
_IQR, _RANGE, _SE = (rf"(?:{word}{_MARK})" for word in (IQR, RANGE, SE))
_SD = rf"(?:{SD}{_MARK}|±\s*)"

#: Each form with its pattern; the first that matches the whole cell counts.
_FORMS = {
    "size": rf"{SIZE}({_NUMBER})",
    "number": rf"({_VALUE})",
    "fraction with percent": rf"({_NUMBER})\s*(?:/|of)\s*({_NUMBER}){_OPEN}({_VALUE}){_CLOSE}",
    "percent with fraction": rf"({_VALUE}){_OPEN}({_NUMBER})\s*(?:/|of)\s*({_NUMBER}){_CLOSE}",
    "fraction": rf"({_NUMBER})\s*(?:/|of)\s*({_NUMBER})",
    "fraction, percent": rf"({_NUMBER})\s*/\s*({_NUMBER})\s*[,;]?\s+({_VALUE})",
    "reference": rf"({_VALUE})?{_OPEN}?(?:ref(?:erence)?\.?(?: group| category| level)?"
    rf"|referent){_CLOSE}?",
    "± with range": rf"({_VALUE})\s*{PLUS_MINUS}\s*({_VALUE}){_OPEN}{_RANGE}?{_PAIR}{_CLOSE}",
    "plus minus": rf"({_VALUE})\s*{PLUS_MINUS}\s*({_VALUE})",
    "SD in brackets": rf"({_VALUE}){_OPEN}{_SD}({_VALUE}){_CLOSE}",
    "SE in brackets": rf"({_VALUE}){_OPEN}{_SE}({_VALUE}){_CLOSE}",
    "IQR in brackets": rf"({_VALUE}){_OPEN}{_IQR}({_VALUE}){_CLOSE}",
    "bracket, pair": rf"({_VALUE}){_OPEN}({_VALUE})\s*(?:{_CLOSE}\s*[;,]?\s*[(\[]|[;,])\s*"
    rf"(?:{_RANGE}|{_CI})?{_PAIR}{_CLOSE}",
    "bracket": rf"({_VALUE}){_OPEN}({_VALUE}){_CLOSE}",
    "two brackets": rf"({_VALUE}){_OPEN}({_VALUE}){_CLOSE}[;,]?{_OPEN}({_VALUE}){_CLOSE}",
    "quartiles and range": rf"({_VALUE}){_OPEN}{_IQR}?{_PAIR}\s*[;,/]\s*{_RANGE}{_PAIR}{_CLOSE}",
    "quartiles, range": rf"({_VALUE}){_OPEN}{_IQR}?{_PAIR}{_CLOSE}[;,]?\s*"
    rf"[(\[]?{_RANGE}{_PAIR}[)\]]?",
    "two intervals": rf"({_VALUE}){_OPEN}{_PAIR}{_CLOSE}{_OPEN}{_PAIR}{_CLOSE}",
    "quartiles": rf"({_VALUE}){_OPEN}{_IQR}{_PAIR}{_CLOSE}",
    "range": rf"({_VALUE}){_OPEN}{_RANGE}{_PAIR}{_CLOSE}",
    "limits": rf"({_VALUE})\s*[,;]?{_OPEN}?\s*{_CI}{_OPEN}?{_PAIR}{_CLOSE}?{_CLOSE}?",
    "interval": rf"({_VALUE}){_OPEN}{_PAIR}{_CLOSE}",
    "interval, p": rf"({_VALUE}){_OPEN}{_CI}?{_PAIR}{_CLOSE}\s*[;,]?\s*p\s*=?\s*({_VALUE})",
    "unbracketed": rf"({_VALUE}),?\s+(?:{_CI})?({_VALUE})\s*(?:-|to)\s*({_VALUE})",
    "pair": rf"{_OPEN}(?:{_CI})?{_PAIR}{_CLOSE}|(?:{_CI})?{_PAIR}",
    "bracketed number": rf"{_OPEN}({_VALUE}){_CLOSE}",
}
_PATTERNS = {form: re.compile(pattern, re.IGNORECASE) for form, pattern in _FORMS.items()}
_EMPTY = re.compile(
    r"[-–—―.…/\s]*|n\.?/?a\.?|nd|nr|not (?:available|applicable|reported|done)", re.I
)
_P = re.compile(r"p\s*(?:-?\s*value)?\s*(?:=|:|(?=[<>≤≥]))\s*", re.IGNORECASE)
_SIZE_BEHIND = re.compile(rf"(?<=[\d%)\]])\s*[,;]?\s*[(\[]?{SIZE}({_NUMBER})[)\]]?$", re.IGNORECASE)
_SPACED = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")
_COMMA_DECIMAL = re.compile(r"(?<![\d,.])\d+,(?:\d{1,2}|\d{4,})(?![\d,])|(?<![\d,.])0,\d+")
_POINT_DECIMAL = re.compile(r"(?<![\d,.])\d*\.\d+(?![\d.])")
_LONE_BRACKET = re.compile(r"[(\[{]\d+,\d+[)\]}]")


class Cell(NamedTuple):
    """What a cell prints: the form, its numbers as printed, the marks of footnotes, and its n."""

    form: str
    numbers: tuple[str, ...]
    marks: str = ""
    size: str = ""


@dataclass(frozen=True)
class Format:
    """What the numbers of a row or column are, in the order of print.

    Attributes
    ----------
    name
        As it would stand in a heading: ``n (%)``.
    statistics
        By the form of the cell, the statistics of its numbers.
    """

    name: str
    statistics: dict[str, tuple[str, ...]]


def parse_cell(text: str, decimal: Decimal = "point") -> Cell | None:
    """Read what a cell prints.

    Parameters
    ----------
    text
        Of the cell.
    decimal
        What parts whole numbers from decimals; with a comma, points part thousands.

    Returns
    -------
    Cell or None
        ``form`` is one of ``number``, ``bracket``, ``plus minus``, ``interval``, … or ``empty``,
        ``not significant``, ``reference``; None if the cell prints something else.

    Examples
    --------
    >>> parse_cell("16 (70%)")
    Cell(form='bracket', numbers=('16', '70%'), marks='', size='')
    >>> parse_cell("−3.4 (−5.1 to −1.7)*")
    Cell(form='interval', numbers=('-3.4', '-5.1', '-1.7'), marks='*', size='')
    >>> parse_cell("7.1 ± 2.6, n = 109").size
    '109'
    >>> parse_cell("6,56 ± 2,6", "comma").numbers
    ('6.56', '2.6')
    >>> parse_cell("see text") is None
    True
    """
    spaced = _SPACED.sub(",", text)
    plain = re.sub(r"\s+", " ", plain_text(spaced))
    mark = None if re.search(r"10\s*[⁻⁺⁰¹²³-⁹]+$", spaced) else FOOTNOTE.search(spaced.strip())
    marks = mark[0].strip() if mark and plain else ""
    if _EMPTY.fullmatch(plain):
        return Cell("empty", ())
    if NOT_SIGNIFICANT.fullmatch(plain.casefold()):
        return Cell("not significant", ("NS",), marks)
    if letters := re.search(r"(?<=[\d)\]])\s?\^?([a-f])(?:,[a-f])*$", plain):
        marks, plain = marks or letters[1], plain[: letters.start()]
    plain = re.sub(r"(?<=[(\[,;])\s*-\s+(?=\d)", " -", plain)
    plain = re.sub(r"^-\s+(?=\d)", "-", plain)
    plain = _P.sub("", plain, count=1) if _P.match(plain) else plain
    if decimal == "comma":
        plain = re.sub(r"(?<=\d)\.(?=\d{3}(?!\d))", "", plain)
        plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)
    # Marks may stand within: "0.6* (0.2–2.3)".
    plain = re.sub(r"(?<=[\d%])\s*[*†‡§¶&]+(?=[\s()\[\]])", "", plain)
    plain = re.sub(r"(?<=\d)\.(?=[\s)\]]|$)", "", plain)  # "11." of a rounded 11.4
    size = _SIZE_BEHIND.search(plain)
    plain = plain[: size.start()] if size else plain
    for form, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(plain):
            numbers = tuple(part.strip() for part in match.groups() if part)
            return Cell(form, numbers, marks, size[1] if size else "")
    return None


def decide_decimal(texts: Iterable[str]) -> tuple[Decimal, bool]:
    """Say what parts decimals in a file, and whether all its cells agree.

    Examples
    --------
    >>> decide_decimal(["6,56 ± 2,6", "1.234", "0,03"])
    ('comma', True)
    >>> decide_decimal(["1,234 (5.6)", "9 (5,14)"])
    ('point', True)
    >>> decide_decimal(["1,5", "2,5", "0.03"])
    ('comma', False)
    """
    commas = points = 0
    for text in texts:
        plain = _LONE_BRACKET.sub("", plain_text(text))
        commas += len(_COMMA_DECIMAL.findall(plain))
        # A point before three digits may part thousands where commas part decimals.
        numbers = _POINT_DECIMAL.findall(plain)
        points += sum(not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number) for number in numbers)
    return ("comma" if commas > points else "point"), not (commas and points)


def _format(name: str, **statistics: str) -> Format:
    by_form = {form.replace("_", " "): tuple(names.split()) for form, names in statistics.items()}
    return Format(name, by_form)


_FRACTIONS = {
    "fraction": "n denominator",
    "fraction_with_percent": "n denominator percent",
    "fraction,_percent": "n denominator percent",
    "percent_with_fraction": "percent n denominator",
}
_SHARES = dict.fromkeys(("limits", "interval", "unbracketed"), "percent ci_low ci_high")
_QUARTILES = {
    "quartiles": "median q1 q3",
    "quartiles_and_range": "median q1 q3 min max",
    "quartiles,_range": "median q1 q3 min max",
    "IQR_in_brackets": "median iqr",
}
_MEAN_SD = {"SD_in_brackets": "mean sd", "plus_minus": "mean sd", "±_with_range": "mean sd min max"}
_MEAN = {"number": "mean", "limits": "mean ci_low ci_high", "SE_in_brackets": "mean se"}

#: What a format makes of each form. A form that it does not have is a doubt.
FORMATS = {
    form.name: form
    for form in (
        _format("n (%)", number="n", bracket="n percent",
                **{"bracket,_pair": "n percent ci_low ci_high"}, two_brackets="n percent third",
                **_FRACTIONS),
        _format("% (n)", number="percent", bracket="percent n", **_FRACTIONS),
        _format("n", number="n", **_FRACTIONS),
        _format("%", number="percent", **_SHARES, **_FRACTIONS),
        _format("% (CI)", number="percent", **_SHARES, **_FRACTIONS),
        _format("mean (SD)", bracket="mean sd", range="mean min max", **_MEAN_SD, **_MEAN),
        _format("mean (SD, range)", bracket="mean sd",
                **{"bracket,_pair": "mean sd min max"}, **_MEAN_SD, **_MEAN),
        _format("mean (SE)", bracket="mean se", plus_minus="mean se", **_MEAN),
        _format("mean (CI)", interval="mean ci_low ci_high", **_MEAN),
        _format("mean (range)", interval="mean min max", range="mean min max",
                **_MEAN_SD, number="mean"),
        _format("median (IQR)", number="median", interval="median q1 q3", bracket="median iqr",
                range="median min max", two_intervals="median q1 q3 min max", **_QUARTILES),
        _format("median (range)", number="median", interval="median min max",
                range="median min max", **_QUARTILES),
        _format("median (CI)", number="median", interval="median ci_low ci_high",
                limits="median ci_low ci_high"),
        _format("mean", number="mean"),
        _format("median", number="median"),
        _format("sd", number="sd", bracketed_number="sd"),
        _format("se", number="se", bracketed_number="se"),
        _format("range", pair="min max"),
        _format("IQR", pair="q1 q3", number="iqr"),
        _format("size", number="n", size="n"),
    )
}  # fmt: skip
#: Forms that say by themselves what their numbers are.
SELF_EVIDENT = {
    **{form.replace("_", " "): "n (%)" for form in _FRACTIONS},
    **{form.replace("_", " "): "median (IQR)" for form in _QUARTILES},
    "SD in brackets": "mean (SD)", "SE in brackets": "mean (SE)",
    "plus minus": "mean (SD)", "± with range": "mean (SD)",
}  # fmt: skip


def ratio_statistics(cell: Cell, kind: str) -> tuple[str, ...] | None:
    """Name the numbers of a cell that prints a ratio or a difference of groups.

    Examples
    --------
    >>> ratio_statistics(parse_cell("15.56 (1.59–152.2)"), "odds_ratio")
    ('odds_ratio', 'ci_low', 'ci_high')
    """
    limits = (kind, "ci_low", "ci_high")
    names = {
        "number": (kind,),
        **dict.fromkeys(("interval", "limits", "unbracketed"), limits),
        "interval, p": (*limits, "p"),
        "pair": limits[1:],
        "reference": (),
        **dict.fromkeys(("plus minus", "bracket", "SE in brackets"), (kind, "se")),
    }
    return names.get(cell.form)
