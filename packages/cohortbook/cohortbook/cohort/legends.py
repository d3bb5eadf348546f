"""Legends under or beside a table: what the codes of its columns mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cohortbook.cohort.codebook import read_values
from cohortbook.cohort.lexicon import plain
from cohortbook.cohort.sheet import Rows, Sheet
from cohortbook.cohort.spec import Texts
from cohortbook.cohort.vocabulary import simplify

_TITLE = re.compile(
    r"(legends?|legendas?|leyendas?|keys?|chave|clave|cod(es?|ings?)|codigos?|codificacao"
    r"|codificacion|notes?|notas?)"
)
_CODE = re.compile(r"-?\w{1,6}")

_WIDEST = 6
"""What stands beside a table has no more columns."""

_FROM_THE_TOP = 2
"""It begins in one of the first rows, counted from 0."""

Pairs = dict[str, Texts]
"""What codes mean: the label of each, and how it is coded."""


def columns_beside(sheet: Sheet, headings: Sequence[str], rows: Rows) -> list[int]:
    """Find the columns at the right that are no variables: a legend, or notes after a gap.

    Parameters
    ----------
    sheet : Sheet
    headings : sequence of str
    rows : array of int
        All rows under the headings.

    Returns
    -------
    list of int
        Columns filled from the top on and then no more: whose rows are codes with their meaning,
        or under half of whose rows are filled, under the heading of a legend or after a blank
        column.
    """
    last, beside = len(headings), list[int]()
    for start in range(last - 1, max(last - _WIDEST, 0), -1):
        block = [i for i in range(start, last) if headings[i] or _filled(sheet, i, rows)]
        apart = bool(_TITLE.fullmatch(plain(headings[start])))
        apart |= not (headings[start - 1] or _filled(sheet, start - 1, rows))
        at = np.flatnonzero(np.any([sheet.columns[i].codes[rows] for i in block], axis=0))
        if start not in block or not len(at) or at[0] > _FROM_THE_TOP:
            continue
        short = at[-1] < 0.5 * len(rows)
        legend = apart or len(block) == 1
        if (apart and short) or (legend and _is_legend(lines_beside(sheet, block, rows[at]))):
            beside = block
    return beside


def _filled(sheet: Sheet, i: int, rows: Rows) -> bool:
    return bool(sheet.columns[i].codes[rows].any())


def _is_legend(lines: Sequence[str]) -> bool:
    """Check whether different texts, one a row, are codes with their meaning, two or more of each.

    Examples
    --------
    >>> _is_legend(["1 = mild", "2 = severe"]), _is_legend(["P1: 1 = M", "P2: 2 = F"])
    (True, False)
    >>> _is_legend(["2013-05-04", "2014-06-07"])  # dates
    False
    """
    coded = [pairs for _, pairs in _parts(lines, "") if len(pairs) > 1]
    worded = all(any(map(str.isalpha, label)) for pairs in coded for label in pairs)
    enough = 2 * sum(map(len, coded)) >= len(lines)
    return bool(coded) and worded and enough and len(set(lines)) == len(lines)


def lines_beside(sheet: Sheet, beside: Sequence[int], rows: Rows) -> list[str]:
    """Write each row of a legend as one text: a code and its meaning may have cells of their own.

    Examples
    --------
    >>> sheet = Sheet.of([(1, ["P1", "1", "mild"]), (2, ["P2", "sex", "0=F, 1=M"])])
    >>> lines_beside(sheet, [1, 2], np.array([0, 1]))
    ['1 = mild', 'sex: 0=F, 1=M']
    """
    lines = []
    for row in rows:
        cells = [text for i in beside if (text := sheet.text(row, i))]
        if len(cells) > 1 and not read_values(cells[-1]) and _CODE.fullmatch(cells[-2]):
            cells[-2:] = [f"{cells[-2]} = {cells[-1]}"]
        lines.append(": ".join(cells))
    return list(filter(None, lines))


def explained(
    lines: Sequence[str], held: Mapping[str, Counter[str]], title: str = ""
) -> dict[str, Pairs]:
    """Find the columns whose codes a legend explains.

    Parameters
    ----------
    lines : sequence of str
        Of the legend: codes with their meaning, and the names of what they are of.
    held : mapping
        The texts of each column, by heading.
    title : str
        What stands above the legend.

    Returns
    -------
    dict
        By heading. Codes without the name of a column are of the only one that holds them.

    Examples
    --------
    >>> held = {"Grade": Counter("12"), "Age": Counter(["7", "8"])}
    >>> explained(["1 = mild", "2 = severe"], held)
    {'Grade': {'mild': ('1',), 'severe': ('2',)}}
    """
    choices: dict[str, Pairs] = {}
    for name, pairs in _parts(lines, title):
        if len(pairs) < 2:
            continue
        meant = [heading for heading in held if _is_name(name, heading)]
        if not (meant or name):
            codes = {simplify(code) for each in pairs.values() for code in each}
            meant = [
                heading
                for heading, texts in held.items()
                if len(texts) > 1 and {simplify(text) for text in texts} <= codes
            ]
        if len(meant) == 1:
            choices[meant[0]] = pairs
    return choices


def _is_name(name: str, heading: str) -> bool:
    """Check whether the words of a legend end with a heading, or a heading with them."""
    words, of = f" {plain(name)}", f" {plain(heading)}"
    return bool(name) and (words.endswith(of) or of.endswith(words))


def _parts(lines: Sequence[str], title: str) -> Iterator[tuple[str, Pairs]]:
    """Give the codes that follow one another, with the words above or before them."""
    name, pairs = _bare(title), Pairs()
    for line in lines:
        before, _, rest = line.partition(":")
        if read := read_values(line):
            pairs |= read
            continue
        if (title := _bare(before)) != name:
            yield name, pairs
            name, pairs = title, Pairs()
        pairs |= read_values(rest)
    yield name, pairs


def _bare(title: str) -> str:
    """Leave out of a title the words that say that it is one."""
    return " ".join(word for word in plain(title).split() if not _TITLE.fullmatch(word))
