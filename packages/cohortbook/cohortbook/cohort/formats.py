"""The files that data come in, each read as rows of texts."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from cohortbook.cohort.grid import Grid, Raw
from cohortbook.cohort.labelled import KINDS as LABELLED
from cohortbook.cohort.labelled import read_labelled
from cohortbook.cohort.layout import lines_of, name_columns, put_together
from cohortbook.cohort.problems import Log
from cohortbook.cohort.spec import Data
from cohortbook.cohort.textfile import guess_text, read_text
from cohortbook.cohort.workbook import is_workbook, pick_sheet, read_workbook

_NOT_READ = {
    ".numbers": "save as .csv",
    ".mdb": "save as .csv",
    ".accdb": "save as .csv",
    ".rds": 'in R: write.csv(data, "data.csv", row.names = FALSE)',
    ".rda": 'in R: write.csv(data, "data.csv", row.names = FALSE)',
    ".rdata": 'in R: write.csv(data, "data.csv", row.names = FALSE)',
    ".json": "save as .csv",
    ".parquet": 'in Python: pandas.read_parquet("data.parquet").to_csv("data.csv", index=False)',
    ".feather": 'in Python: pandas.read_feather("data.feather").to_csv("data.csv", index=False)',
    ".sas7bcat": "the .sas7bdat that belongs to it",
    ".sps": "the data that this program reads: .csv or .sav",
    ".zip": "the file that is packed in it",
    ".gz": "the file that is packed in it",
    ".pdf": "the table, saved as .csv or .xlsx",
    ".doc": "the table, saved as .csv or .xlsx",
    ".docx": "the table, saved as .csv or .xlsx",
}


def is_text(path: Path) -> bool:
    """Check whether a file is read as text, whose delimiter and encoding have to be said."""
    return not is_workbook(path) and path.suffix.casefold() not in LABELLED


def open_raw(path: Path, data: Data, log: Log) -> Raw:
    """Open a table of data, its headings being among its rows.

    Value labels stand in place of codes, dates are written as ISO, whole numbers without decimals,
    and what a formula gave in place of the formula.

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
    Raw
        Rows are counted from 1; in files of Stata, SPSS and SAS the headings are row 1. In a table
        in which each patient is a column (`data.transpose`) they are its columns.

    Raises
    ------
    CohortError
        If the file cannot be read, also while the rows are taken.
    """
    _refuse(path, log)
    try:
        raw = _open(path, data, log)
        if not data.transpose:
            return raw
        cells = [row for _, row in raw.rows if any(row)]
    except OSError as error:
        raise log.stop(None, f"cannot be read: {error.strerror or error}") from None
    return Raw(iter(enumerate(zip_longest(*cells, fillvalue=""), 1)), sheets=raw.sheets,
               remarks=raw.remarks, epoch=raw.epoch)  # fmt: skip


def _open(path: Path, data: Data, log: Log) -> Raw:
    if is_text(path):
        return read_text(path, data, log)
    if is_workbook(path):
        return read_workbook(path, data, log)
    return read_labelled(path, data, log)


def _refuse(path: Path, log: Log) -> None:
    kind = path.suffix.casefold()
    if kind in _NOT_READ:
        raise log.stop(None, f"a kind of file that is not read: {kind}", _NOT_READ[kind])


def open_grid(path: Path, data: Data, log: Log) -> Grid:
    """Open a table of data with the headings, and without the rows, that `data:` says.

    Parameters
    ----------
    path, data, log
        As in `open_raw`.

    Returns
    -------
    Grid

    Raises
    ------
    CohortError
        As `open_raw`.
    """
    raw = open_raw(path, data, log)
    wanted, skipped = set(map(int, data.header)), lines_of(data.skip_rows)
    headings = []
    for line, cells in raw.rows:
        if not wanted or line in wanted:
            headings.append(cells)
        if line >= max(wanted, default=0):
            break
    rows = (row for row in raw.rows if row[0] not in skipped) if skipped else raw.rows
    return Grid(name_columns(put_together(headings), data.headings), rows, raw)


def guess_format(file: Path, sheet: str) -> tuple[Data, list[str]]:
    """Guess how a file is to be opened: its encoding and delimiter, or its sheet.

    Parameters
    ----------
    file : Path
        Data that are to be kept in `raw/`.
    sheet : str
        The sheet, if it is a workbook and its name is said.

    Returns
    -------
    data : Data
    doubts : list of str

    Raises
    ------
    CohortError
        If the file cannot be read or is not a table.
    """
    _refuse(file, Log(file.name))
    if is_text(file):
        return guess_text(file)
    data = Data(f"raw/{file.name}", sheet=sheet)
    if is_workbook(file) and not sheet:
        return pick_sheet(file, data, Log(file.name))
    return data, []
