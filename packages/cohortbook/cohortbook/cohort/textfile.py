"""Tables that are text: which encoding and which delimiter, and their rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path

from cohortbook.cohort.grid import MINUS, Raw, Rows
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Data

_SEP = re.compile(r"[\"']?sep=(.)[\"']?[,;\t|]*\r?\n?", re.I)
"""A first line that tells Excel what separates cells."""


def read_text(path: Path, data: Data, log: Log) -> Raw:
    """Read the rows of a text file; the line ``sep=;`` that Excel writes is skipped.

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
    text = TextIOWrapper(BytesIO(raw), encoding, newline="")  # a StringIO takes 4 bytes a character
    reader = csv.reader(text, delimiter=data.delimiter, strict=True)

    def rows() -> Rows:
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
            raise log.stop(line, problem, "data: encoding: utf-16-le, utf-16-be …") from None

    return Raw(rows())


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
    name = f"raw/{file.name}"
    return Data(name, delimiter=delimiter or Data.delimiter, encoding=encoding), doubts


def _delimiter(text: str) -> str:
    """Find the mark that stands equally often in most lines; lines of a title have none."""
    if match := _SEP.match(text):
        return match[1]
    each = (match[0] for match in re.finditer(r"[^\r\n]+", text))  # not a copy of the whole text
    lines = [line for line in islice(each, 200) if line.strip()]
    scores = {}
    usual = csv.field_size_limit(len(text) + 1)  # a line of very many cells has one of another mark
    for mark in ",;\t|":
        counts = Counter(len(cells) for cells in csv.reader(lines, delimiter=mark))
        del counts[1]
        width, alike = counts.most_common(1)[0] if counts else (0, 0)
        scores[mark] = (alike, width)
    csv.field_size_limit(usual)
    best = max(scores, key=lambda mark: scores[mark])
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
