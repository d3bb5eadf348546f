"""The files that data come in: text, Excel, Stata and SPSS, each read as rows of texts."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from cohortbook.cohort.problems import CohortError, Log
from cohortbook.cohort.spec import Data, Texts

TEXT_FILES = (".csv", ".txt", ".tsv")
"""Files whose delimiter and encoding have to be said."""

LARGEST_BOOK = 2_000_000_000
"""A workbook that unpacks to more bytes is not opened."""


@dataclass
class Grid:
    """A table of texts: its headings, its rows with their lines, and what the file says of them.

    `labels` gives the label of a heading, `choices` its value labels in the order of their codes,
    and `sheets` the other sheets of a workbook that hold anything.
    """

    headings: list[str]
    rows: Iterator[tuple[int, Sequence[str]]]
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Texts] = field(default_factory=dict)
    sheets: Texts = ()


def open_grid(path: Path, data: Data, log: Log) -> Grid:
    """Open a table of data.

    Value labels stand in place of codes, dates are written as ISO, whole numbers without decimals,
    and what a formula gave in place of the formula, which stands where nothing was saved.

    Parameters
    ----------
    path : Path
        Its ending says what it is; one that is not known is text.
    data : Data
        The delimiter and the encoding of a text, the sheet of a workbook.
    log : Log
        Names the file in an error.

    Returns
    -------
    Grid
        Rows are counted from 1, the headings; in Stata and SPSS files the first row is 2.

    Raises
    ------
    CohortError
        If the file cannot be read, also while the rows are taken.
    """
    try:
        match path.suffix.casefold():
            case ".xlsx" | ".xlsm":
                return _workbook(path, data, log)
            case ".dta" | ".sav" | ".zsav" as kind:
                return _labelled(path, kind, data, log)
            case ".xls" | ".xlsb" | ".ods" | ".numbers" | ".mdb" | ".rds" | ".sas7bdat" as kind:
                raise log.stop(None, f"a kind of file that is not read: {kind}", "save as .csv")
            case _:
                return _text(path, data, log)
    except OSError as error:
        raise log.stop(None, f"cannot be read: {error.strerror or error}") from None


def _text(path: Path, data: Data, log: Log) -> Grid:
    raw = path.read_bytes()
    encoding = "utf-8-sig" if data.encoding.casefold() in ("utf-8", "utf8") else data.encoding
    try:
        raw.decode(encoding)
    except UnicodeError as error:
        line = raw[: getattr(error, "start", 0)].count(b"\n") + 1
        raise log.stop(line, f"not text in {data.encoding}", "data: encoding: cp1252 …") from None
    text = TextIOWrapper(BytesIO(raw), encoding, newline="")  # a StringIO takes 4 bytes a character
    reader = csv.reader(text, delimiter=data.delimiter, strict=True)

    def rows() -> Iterator[tuple[int, list[str]]]:
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise log.stop(reader.line_num, f"not a table: {error}") from None
        except UnicodeError:  # as of UTF-16 that does not say which of the two it is
            told = f"not text in {data.encoding}"
            raise log.stop(line, told, "data: encoding: utf-16-le, utf-16-be …") from None

    taken = rows()
    _, headings = next(taken, (1, []))
    return Grid([heading.strip() for heading in headings], taken)


def _workbook(path: Path, data: Data, log: Log) -> Grid:
    from openpyxl import load_workbook

    raw = BytesIO(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is in a workbook besides its cells
        try:
            with zipfile.ZipFile(raw) as archive:
                if sum(part.file_size for part in archive.infolist()) > LARGEST_BOOK:
                    raise log.stop(None, "too large", "a .csv file")
                sheets = [part for part in archive.namelist() if "worksheets/" in part]
                formulas = any(b"<f" in archive.read(part) for part in sheets)
            books = [load_workbook(raw, read_only=True, data_only=True)]
            if formulas:
                books.append(load_workbook(raw, read_only=True))
            names = [sheet.title for sheet in books[0].worksheets]
            name = data.sheet or next((n for n in names if _filled(books[0][n])), "")
            if data.sheet and data.sheet not in names:
                raise log.stop(None, f"no sheet {data.sheet!r}", f"data: sheet: {', '.join(names)}")
            rows = [_cells(book[name]) for book in books] if name else [[]]
            others = tuple(n for n in names if n != name and _filled(books[0][n]))
        except CohortError:
            raise
        except Exception:  # a broken workbook breaks its reader in many ways
            wanted = "a workbook that Excel opens without a password, saved as .xlsx"
            raise log.stop(None, "not an Excel workbook", wanted) from None
    # a formula is what it gave; where Excel has not worked it out, it stands itself
    table = [
        [b if a == "" and b.startswith("=") else a for a, b in zip(first, last, strict=True)]
        for first, last in zip(rows[0], rows[-1], strict=True)
    ]
    width = max((_width(cells) for cells in table), default=0)
    lines = [(i, (cells + [""] * width)[:width]) for i, cells in enumerate(table, start=1)]
    headings = [cell.strip() for cell in lines[0][1]] if lines else []
    return Grid(headings, iter(lines[1:]), sheets=others)


def _filled(sheet: Any) -> bool:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    return any(any(c is not None for c in row) for row in sheet.iter_rows(values_only=True))


def _cells(sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()
    return [list(map(as_text, row)) for row in sheet.iter_rows(values_only=True)]


def _width(cells: Sequence[str]) -> int:
    return max((i for i, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _labelled(path: Path, kind: str, data: Data, log: Log) -> Grid:
    import pyreadstat

    path.open("rb").close()  # says why, if it cannot be opened
    read = pyreadstat.read_dta if kind == ".dta" else pyreadstat.read_sav
    encoding = None if data.encoding == Data.encoding else data.encoding
    try:
        columns, meta = read(path, encoding=encoding, output_format="dict")
    except pyreadstat.ReadstatError as error:
        raise log.stop(None, f"cannot be read: {error}", "data: encoding: cp1252 …") from None
    except Exception:  # a broken file breaks its reader in many ways
        raise log.stop(None, f"not a {kind} file", "a whole file of Stata or SPSS") from None
    named = meta.variable_value_labels
    texts = [
        [as_text(named.get(name, {}).get(value, value)) for value in values]
        for name, values in columns.items()
    ]
    labels = {name: label for name, label in meta.column_names_to_labels.items() if label}
    choices = {name: tuple(codes[c] for c in sorted(codes)) for name, codes in named.items()}
    rows = enumerate(zip(*texts, strict=True), start=2)
    return Grid([name.strip() for name in columns], rows, labels, choices)


def guess_format(file: Path, sheet: str) -> tuple[Data, list[str]]:
    """Guess the encoding and the delimiter of a text.

    Parameters
    ----------
    file : Path
        Data that are to be kept in `raw/`.
    sheet : str
        The sheet, if it is a workbook.

    Returns
    -------
    data : Data
    doubts : list of str

    Raises
    ------
    CohortError
        If the file cannot be read or is not a table.
    """
    name, doubts = f"raw/{file.name}", []
    if file.suffix.casefold() not in TEXT_FILES:
        return Data(name, sheet=sheet), []
    log = Log(file.name)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise log.stop(None, f"cannot be read: {error.strerror}") from None
    if raw[:2] == b"PK" or raw[:4] == b"\xd0\xcf\x11\xe0":
        raise log.stop(None, "an Excel file, not text", "a file named .xlsx")
    if not raw.strip():
        raise log.stop(None, "an empty file", "headings, and one row a patient under them")
    encoding = next(e for e in ("utf-8-sig", "utf-16", "cp1252", "latin-1") if _decodes(raw, e))
    if encoding == "utf-8-sig":
        encoding = "utf-8"
    elif encoding != "utf-16":
        doubts.append(f"not UTF-8, taken as {encoding}: look at letters with accents")
    text = raw.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        raise log.stop(None, "not text", "a table saved as CSV in UTF-8")
    if text.lstrip()[:200].casefold().startswith(("<html", "<!doctype", "<?xml", "<table")):
        raise log.stop(1, "a page of HTML or XML, not a table", "a table saved as CSV")
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    marks = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    delimiter = max(marks, key=lambda mark: (_typical(marks[mark]), marks[mark][0]))
    if delimiter == "," and not marks[","][0]:
        doubts.append("one column only: no comma, semicolon, tab or bar in the headings")
    return Data(name, delimiter=delimiter, encoding=encoding), doubts


def _decodes(raw: bytes, encoding: str) -> bool:
    if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _typical(counts: Sequence[int]) -> float:
    """Tell in how many lines a mark stands as often as in the first, if it stands there."""
    return sum(n == counts[0] for n in counts) * bool(counts[0])


def as_text(value: Any) -> str:
    """Write what a cell holds.

    Examples
    --------
    >>> [as_text(value) for value in (None, 12.0, 0.1 + 0.2, datetime(1998, 5, 31), True)]
    ['', '12', '0.3', '1998-05-31', 'true']
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return "" if value != value else f"{value:.15g}"
        case datetime():
            if value != value:
                return ""
            whole = not (value.hour or value.minute or value.second)
            return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
    return str(value)
