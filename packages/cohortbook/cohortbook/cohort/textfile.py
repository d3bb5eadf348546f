"""Tables that are text: which encoding and which delimiter, and their rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Any

from cohortbook.cohort.grid import MINUS, Raw, Rows
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Data

_SEP = re.compile(r"[\"']?sep=(.)[\"']?[,;\t|]*\r?\n?", re.I)
"""A first line that tells Excel what separates cells."""


def read_text(path: Path, data: Data, log: Log) -> Raw:
    """Read the rows of a text file; the line ``sep=;`` that Excel writes is skipped.

    Where a blank separates cells, several do too. Names of rows that R writes under no heading get
    a blank one.

    Parameters
    ----------
    path : Path
    data : Data
        The delimiter and the encoding.
    log : Log
        Names the file in an error.

    Returns
    -------
    Raw

    Raises
    ------
    CohortError
        If it is not text in that encoding; while rows are taken, if a quotation mark is not closed.
    """
    raw = path.read_bytes()
    encoding = "utf-8-sig" if data.encoding.casefold() in ("utf-8", "utf8") else data.encoding
    try:
        if MINUS in (whole := raw.decode(encoding)):
            raw = whole.replace(MINUS, "-").encode(encoding)
    except UnicodeError as error:
        line = raw[: getattr(error, "start", 0)].count(b"\n") + 1
        raise log.stop(line, f"not text in {data.encoding}", "data: encoding: cp1252 …") from None
    replaced = BytesIO(raw) if MINUS in whole else None

    def rows() -> Rows:
        # read as the rows are taken, so that the file is not held beside them
        with TextIOWrapper(replaced or path.open("rb"), encoding, newline="") as text:
            reader = _reader(text, data.delimiter, strict=True)
            line = 1
            try:
                for cells in reader:
                    if not (line == 1 and _SEP.fullmatch(data.delimiter.join(cells))):
                        yield line, cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise log.stop(reader.line_num, f"not a table: {error}") from None
            except UnicodeError:  # as of UTF-16 that does not say which of the two it is
                problem = f"not text in {data.encoding}"
                wanted = "data: encoding: utf-16-le, utf-16-be …"
                raise log.stop(line, problem, wanted) from None

    return Raw(_headed(rows()))


def _reader(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Any:
    """Take lines apart; blanks at the end of a line, and beside others, separate nothing."""
    blanks = delimiter == " "
    lines = (line.rstrip() + "\n" for line in lines) if blanks else lines
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=blanks, strict=strict)


def _headed(rows: Rows) -> Rows:
    """Put a blank heading before those that are one fewer than the cells of the rows under them."""
    top = list(islice(rows, 12))
    if _name_rows([cells for _, cells in top if any(cells)]):
        top[0] = top[0][0], ["", *top[0][1]]
    return chain(top, rows)


def _name_rows(rows: Sequence[Sequence[str]]) -> bool:
    """Check whether the first cell of each row is a name under no heading.

    Examples
    --------
    >>> _name_rows([["age", "ck"], ["P1", "7", "90"]]), _name_rows([["age", "ck"], ["7", "90", ""]])
    (True, False)
    """
    headings, *below = rows or [[]]
    if len(headings) < 2 or any(len(cells) != len(headings) + 1 for cells in below):
        return False
    return any(cells[-1] and any(map(is_number, cells[1:])) for cells in below)


def guess_text(file: Path) -> tuple[Data, list[str]]:
    """Guess the encoding and the delimiter of a text.

    Parameters
    ----------
    file : Path
        Data that are to be kept in `raw/`.

    Returns
    -------
    data : Data
    doubts : list of str

    Raises
    ------
    CohortError
        If the file cannot be read or is not a table.
    """
    log, doubts = Log(file.name), []
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise log.stop(None, f"cannot be read: {error.strerror}") from None
    if raw[:2] == b"PK" or raw[:4] == b"\xd0\xcf\x11\xe0":
        raise log.stop(None, "an Excel file, not text", "a file named .xlsx, or .xls")
    if not raw or raw.isspace():
        raise log.stop(None, "an empty file", "headings, and one row a patient under them")
    encoding = next(e for e in ("utf-8-sig", "utf-16", "cp1252", "latin-1") if _decodes(raw, e))
    if encoding == "utf-8-sig":
        encoding = "utf-8"
    elif encoding != "utf-16":
        doubts.append(f"not UTF-8, read as {encoding}: look at letters with accents")
    text = raw.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        raise log.stop(None, "not text", "a table saved as CSV in UTF-8")
    if text[:1000].lstrip()[:200].casefold().startswith(("<html", "<!doctype", "<?xml", "<table")):
        raise log.stop(1, "a page of HTML or XML, not a table", "a table saved as CSV")
    delimiter = _delimiter(text)
    if not delimiter:
        doubts.append("one column only: no comma, semicolon, tab or bar in the headings")
    elif delimiter == " ":
        doubts.append("cells are separated by blanks")
    name = f"raw/{file.name}"
    return Data(name, delimiter=delimiter or Data.delimiter, encoding=encoding), doubts


def _delimiter(text: str) -> str:
    """Find the mark that stands equally often in most lines; lines of a title have none.

    Blanks are a mark where the headings hold no other and all rows have as many cells.
    """
    if match := _SEP.match(text):
        return match[1]
    each = (match[0] for match in re.finditer(r"[^\r\n]+", text))  # not a copy of the whole text
    lines = [line for line in islice(each, 200) if line.strip()]
    scores = {}
    limit = csv.field_size_limit(len(text) + 1)  # a line of very many cells has one of another mark
    for mark in ",;\t|":
        counts = Counter(len(cells) for cells in csv.reader(lines, delimiter=mark))
        del counts[1]
        width, alike = counts.most_common(1)[0] if counts else (0, 0)
        scores[mark] = (alike, width)
    blanks = list(map(len, _reader(lines, " ")))
    csv.field_size_limit(limit)
    best = max(scores, key=lambda mark: scores[mark])
    usual_width = Counter(blanks[1:]).most_common(1)
    if best not in lines[0] and usual_width and blanks[0] > 1:
        width, alike = usual_width[0]
        if alike == len(lines) - 1 and width > 2 and 0 <= width - blanks[0] <= 1:
            return " "
    for mark in scores:  # headings separated by one mark, and rows by another, are not a table
        if best not in lines[0] and lines[0].count(mark) == scores[best][1] - 1 > 1:
            return mark
    return best if scores[best][0] else ""


def _decodes(raw: bytes, encoding: str) -> bool:
    if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
