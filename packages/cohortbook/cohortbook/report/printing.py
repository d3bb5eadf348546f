"""How a cohort's numbers are printed: its decimals, its style and its language.

A frame that is computed from a cohort carries this in its ``attrs``, so that what shows the frame
prints it as `cohort.yml` says. A frame of another origin is printed by the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.translations import MESSAGES, translations
from smallstats.formatting import (
    LARGE,
    MISSING,
    format_estimate,
    format_interval,
    format_n_percent,
    format_number,
    format_p,
    format_percent,
)
from smallstats.table import Table

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

DECIMALS = 2
"""Digits after the point of numbers, where nothing else is said and two are enough."""

MOST = 6
"""No number has more digits after the point."""

RANKED = ("Mann-Whitney", "Kruskal-Wallis")
"""Tests beside which a number has its median."""

KEY = "printing"
_ROBUST = re.compile(r"(.+), standard errors robust to the (\d+) clusters of (.+)")
_IMPUTED = re.compile(r" in (\d+) imputations ")
_AS_I = re.compile(r"(?i)h?[ií](?![aeou])")
_POINT = re.compile(r"(?<=\d)\.(?=\d)|(?<![\w.])\.(?=\d)")


@dataclass(frozen=True)
class Printing:
    """Writes numbers and words.

    Examples
    --------
    >>> Printing().mean_sd(0.0123, 0.0045), Printing(mean_sd_as="parentheses").mean_sd(12.3, 4.5)
    ('0.0123 ± 0.0045', '12.30 (4.50)')
    >>> Printing().ratio(0.9987, 0.9979, 0.9995)
    '0.9987 (0.9979 to 0.9995)'
    >>> [Printing(p_as=style).p(0.0449) for style in ("exact", "nejm", "jama")]
    ['0.045', '0.04', '.04']
    """

    p_as: str = "exact"
    mean_sd_as: str = "plusminus"
    percent_decimals: int = 0
    comma: bool = False
    language: str = "en"
    decimals: Mapping[str, int] = field(default_factory=dict)

    def say(self, text: str, **values: Any) -> str:
        """Translate words, with values filled in; what has no translation stays English."""
        phrase = translations(self.language).get(text, text)
        return phrase.format(**values) if values else phrase

    def phrase(self, words: str) -> str:
        """Give the words of a remark of `smallstats` as a page says them, nothing filled in."""
        message = translations(self.language, MESSAGES).get(words)
        return message or translations(self.language).get(words, words)

    def method(self, text: str) -> str:
        """Translate how a regression was fitted, with the clusters that it allows for.

        Examples
        --------
        >>> text = "maximum likelihood, 95% Wald interval, Wald test, standard errors robust to "
        >>> Printing(language="pt").method(text + "the 9 clusters of Unidade")[-49:]
        'com erros padrão robustos aos 9 grupos de Unidade'
        """
        match = _ROBUST.fullmatch(text)
        if not match:
            imputations = _IMPUTED.search(text)
            words = _IMPUTED.sub(" in {n} imputations ", text)
            return self.say(words, n=imputations[1]) if imputations else self.say(text)
        words = "{method}, standard errors robust to the {n} clusters of {name}"
        return self.say(words, method=self.say(match[1]), n=match[2], name=match[3])

    def listed(self, words: Iterable[str]) -> str:
        """Write words as prose does.

        Examples
        --------
        >>> Printing(language="pt").listed(["a", "b", "c"])
        'a, b e c'
        >>> es = Printing(language="es").listed
        >>> es(["CK", "Hipertensión"]), es(["CK", "Hierro"])
        ('CK e Hipertensión', 'CK y Hierro')
        """
        *first, last = list(words) or [self.say("none")]
        and_ = self.say("and")
        if self.language == "es" and _AS_I.match(last):  # “y” before the sound of i is “e”
            and_ = "e"
        return f" {and_} ".join([", ".join(first), last]) if first else last

    def p(self, p: Any, *, symbol: str = "") -> str:
        """Write a p value in the style.

        ``nejm`` and ``jama`` have two digits from 0.01 on and three below, ``jama`` no zero before
        the point; one below 0.05 never reads as 0.05.
        """
        text = format_p(p)
        if self.p_as != "exact" and text != MISSING and float(p) >= 0.01:
            two = format_number(p, 2)
            text = text if float(p) < 0.05 and two == "0.05" else two
            if self.p_as == "jama" and float(p) > 0.99:
                text = ">0.99"
        if self.p_as == "jama":
            text = text.replace("0.", ".", 1) if text != "0.00" else text
        if not symbol:
            return text
        return f"{symbol} {text[0]} {text[1:]}" if text[:1] in "<>" else f"{symbol} = {text}"

    def digits(self, spread: Any, name: str = "") -> int:
        """Digits after the point for a number that varies so much.

        Two; more where two leave less than two digits of the spread, fewer where more than four.

        Examples
        --------
        >>> [Printing().digits(sd) for sd in (96344, 166.9, 12.3, 0.5, 0.04, 0.0021)]
        [0, 1, 2, 2, 3, 4]
        """
        if name in self.decimals:
            return self.decimals[name]
        if spread is None or pd.isna(spread) or not isfinite(spread) or spread <= 0:
            return DECIMALS
        size = floor(log10(spread))
        return max(0, min(DECIMALS, 3 - size), min(MOST, 1 - size))

    def mean_sd(self, mean: Any, sd: Any, name: str = "", *, beside: Any = None) -> str:
        """Write a mean with its standard deviation; `beside` is the largest SD of its row."""
        decimals = self.digits(sd if beside is None else beside, name)
        centre = format_number(mean, decimals)
        spread = format_number(sd, decimals)
        if centre == MISSING:
            return MISSING
        return (
            f"{centre} ({spread})" if self.mean_sd_as == "parentheses" else f"{centre} ± {spread}"
        )

    def median(self, median: Any, q1: Any, q3: Any, name: str = "", *, beside: Any = None) -> str:
        """Write a median with its quartiles; `beside` is the longest interval of its row."""
        spread = q3 - q1 if beside is None else beside
        return self.words(format_estimate(median, q1, q3, self.digits(spread, name)))

    def span(self, low: Any, high: Any, name: str = "") -> str:
        """Write the lowest and the highest value."""
        spread = abs(high - low) if not pd.isna(low) else None
        return self.words(format_interval(low, high, self.digits(spread, name)))

    def measure(self, row: Any, end: str) -> str:
        """Write a number of one group: its median and quartiles if ranks are compared."""
        name, test = getattr(row, "variable", ""), str(row.test)
        sd, quartiles = widest(row._asdict())
        if test.startswith(RANKED):
            median, q1, q3 = (getattr(row, f"{part}_{end}") for part in ("median", "q1", "q3"))
            text = self.median(median, q1, q3, name, beside=quartiles)
        else:
            mean, own = getattr(row, f"mean_{end}"), getattr(row, f"sd_{end}")
            text = self.mean_sd(mean, own, name, beside=sd)
        return self.known(text, getattr(row, f"total_{end}"), getattr(row, f"missing_{end}"))

    def known(self, text: str, total: Any, missing: Any) -> str:
        """Add the number of patients with a value, where it is missing for some.

        Examples
        --------
        >>> Printing().known("6.56 ± 2.60", 21, 2), Printing().known("6.56 ± 2.60", 23, 0)
        ('6.56 ± 2.60, n = 21', '6.56 ± 2.60')
        """
        some = pd.notna(total) and pd.notna(missing) and missing > 0
        return f"{text}, n = {format_number(total, 0)}" if some and text != MISSING else text

    def n_percent(self, n: Any, total: Any) -> str:
        """Write a count with its denominator; a few of many are not 0%.

        Examples
        --------
        >>> Printing().n_percent(1, 418), Printing().n_percent(417, 418)
        ('1/418 (<1%)', '417/418 (>99%)')
        """
        text = format_n_percent(n, total, decimals=self.percent_decimals)
        if pd.isna(n) or pd.isna(total) or not 0 < n < total:
            return text
        share, least = 100 * n / total, 10.0**-self.percent_decimals
        percent = format_percent(n, total, decimals=self.percent_decimals)
        edge = format_percent(0, 1, decimals=self.percent_decimals)
        full = format_percent(1, 1, decimals=self.percent_decimals)
        if percent == edge and share < least:
            return text.replace(
                f"({percent})", f"(<{format_number(least, self.percent_decimals)}%)"
            )
        if percent == full:
            most = format_number(100 - least, self.percent_decimals)
            return text.replace(f"({percent})", f"(>{most}%)")
        return text

    def ratio(self, ratio: Any, low: Any, high: Any, *, in_words: bool = True) -> str:
        """Write a ratio with limits: with so many digits that none reads as 1 or 0 and is not.

        Of what is above 1000 it says only that; an estimate that is infinite or zero is a
        direction, and has no number (where there is no room for words, a sign).
        """
        if pd.isna(ratio):
            return MISSING
        decimals = ratio_decimals(ratio, low, high)

        def write(number: Any) -> str:
            large = LARGE < float(number) < float("inf")
            return f">{LARGE}" if large else format_number(number, decimals)

        ends = [write(end) for end in (low, high)]
        if in_words and ratio in (0, float("inf")):
            point = self.say("higher, no finite estimate" if ratio else "lower, no finite estimate")
        else:
            point = write(ratio)
        to = self.say("to")
        return point if set(ends) == {MISSING} else f"{point} ({ends[0]} {to} {ends[1]})"

    def difference(self, value: Any, low: Any, high: Any, name: str = "") -> str:
        """Write a difference with limits, with so many digits that the limits differ."""
        width = abs(high - low) if not pd.isna(low) and isfinite(high - low) else None
        return self.words(format_estimate(value, low, high, self.digits(width, name)))

    def points(self, value: Any, low: Any, high: Any) -> str:
        """Write a difference of risks with limits, in percentage points.

        Examples
        --------
        >>> Printing().points(0.2718, 0.0871, 0.4844)
        '27.2 (8.7 to 48.4)'
        """
        return self.words(format_estimate(100 * value, 100 * low, 100 * high, 1))

    def words(self, text: str) -> str:
        """Translate the "to" of an interval."""
        return text.replace(" to ", f" {self.say('to')} ")

    def table(
        self,
        cells: Mapping[str, Sequence[str]] | pd.DataFrame,
        caption: str,
        notes: Sequence[str] = (),
        *,
        name: str | None = None,
        data: pd.DataFrame | None = None,
        source: str = "",
    ) -> Table:
        """Make a table of cells, whose headings and caption are said in the language."""
        frame = cells if isinstance(cells, pd.DataFrame) else pd.DataFrame(cells, dtype=object)
        frame = frame.set_axis([self.say(str(heading)) for heading in frame.columns], axis=1)
        own = tuple(self.numbers(note) for note in notes)
        if self.comma:
            for i in range(1, frame.shape[1]):
                written = [self.numbers(text) for text in frame.iloc[:, i]]
                frame.isetitem(i, np.array(written, dtype=object))
        return Table(frame, self.say(caption), own, name, data, source=source)

    def numbers(self, text: str) -> str:
        """Write the numbers of a text with the decimal mark.

        Examples
        --------
        >>> Printing(comma=True).numbers("1.25 (0.50 to 3.10)")
        '1,25 (0,50 to 3,10)'
        """
        return _POINT.sub(",", text) if self.comma else text


def ratio_decimals(ratio: float, low: float, high: float) -> int:
    """Digits after the point that a ratio and its limits need.

    Examples
    --------
    >>> ratio_decimals(1.5, 0.8, 2.9), ratio_decimals(1.004, 1.001, 1.007)
    (2, 3)
    """
    finite = [v for v in (ratio, low, high) if not pd.isna(v) and isfinite(v) and v]
    for decimals in range(DECIMALS, MOST):
        texts = {v: format_number(v, decimals) for v in finite}
        one, nothing = format_number(1, decimals), format_number(0, decimals)
        reads_as_one = any(
            text == one and abs(v - 1) > 1e-9 for v, text in texts.items() if v in (low, high)
        )
        same = len({*texts.values()}) < len({*finite})
        if not reads_as_one and not same and nothing not in texts.values():
            return decimals
    return MOST


def printing_of(cohort: Cohort) -> Printing:
    """Return how a cohort is printed, as its `cohort.yml` says."""
    spec, style = cohort.spec, cohort.spec.style
    decimals = {name: int(v.decimals) for name, v in spec.variables.items() if v.decimals}
    comma = style.decimal == "comma" or (not style.decimal and spec.language != "en")
    return Printing(
        style.p, style.mean_sd, int(style.percent_decimals), comma, spec.language, decimals
    )


def printed_as(frame: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Let a frame carry how its cohort is printed."""
    frame.attrs[KEY] = printing_of(cohort)
    return frame


def printing_in(frame: pd.DataFrame) -> Printing:
    """Return how a frame is printed."""
    printing = frame.attrs.get(KEY)
    return printing if isinstance(printing, Printing) else Printing()


def widest(row: Mapping[str, Any]) -> tuple[Any, Any]:
    """Give the largest SD of a row, and its longest interval of quartiles: None if it has none.

    All groups of a row are printed with the digits of these.

    Examples
    --------
    >>> widest({"sd_with": 98.2, "sd_without": 104.0, "q1_with": 1.0, "q3_with": 4.5})
    (104.0, 3.5)
    """
    sds = [value for key, value in row.items() if key.partition("_")[0] == "sd"]
    lengths = [row[f"q3{key[2:]}"] - q1 for key, q1 in row.items() if key.partition("_")[0] == "q1"]
    sd, length = (max(filter(pd.notna, each), default=None) for each in (sds, lengths))
    return sd, length


def rounded(frame: pd.DataFrame, printing: Printing) -> pd.DataFrame:
    """Return a frame of means, estimates and p values with no more digits than are printed.

    More digits of a mean, an SD or an adjusted ratio would narrow down what single patients have.

    Parameters
    ----------
    frame
        Rounded are ``mean``, ``sd``, ``median``, ``q1`` and ``q3`` (also with an ending, as in
        ``mean_with``), ``estimate`` (of an ``effect``), ``odds_ratio`` and ``hazard_ratio`` with
        ``ci_low`` and ``ci_high``, ``p``, ``smd`` and ``nagelkerke``, of which there are such.

    Examples
    --------
    >>> row = pd.DataFrame({"mean": [7.04839], "sd": [2.91357], "p": [0.0123456]})
    >>> rounded(row, Printing()).iloc[0].tolist()
    [7.05, 2.91, 0.0123]
    """
    result = frame.copy()
    rows = frame.to_dict("records")
    digits = [_printed_digits({str(k): v for k, v in row.items()}, printing) for row in rows]
    for column in {name for of in digits for name in of} & {*frame}:
        result[column] = [
            value if pd.isna(value) else round(float(value), of.get(column, MOST))
            for value, of in zip(frame[column], digits, strict=True)
        ]
    for column in {"p", "smd", "nagelkerke"} & {*frame}:
        result[column] = [v if pd.isna(v) else float(f"{v:.3g}") for v in frame[column]]
    return result


def _printed_digits(row: Mapping[str, Any], printing: Printing) -> dict[str, int]:
    """Digits after the point with which the columns of a row are printed."""
    name, digits = str(row.get("variable", "")), dict[str, int]()
    of_mean, of_median = (printing.digits(spread, name) for spread in widest(row))
    for end in [column.removeprefix("mean") for column in row if column.startswith("mean")]:
        digits |= dict.fromkeys((f"mean{end}", f"sd{end}"), of_mean)
        digits |= {f"{part}{end}": of_median for part in ("median", "q1", "q3")}
    for point in {"estimate", "odds_ratio", "hazard_ratio"} & {*row}:
        low, high = row["ci_low"], row["ci_high"]
        ratio = point != "estimate" or row["effect"] == "odds ratio"
        decimals = (
            ratio_decimals(row[point], low, high) if ratio else printing.digits(high - low, name)
        )
        digits |= dict.fromkeys((point, "ci_low", "ci_high"), decimals)
    return digits
