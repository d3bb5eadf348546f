"""Workbooks: which sheet, what its cells hold, and what only the eye sees in them."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from cohortbook.cohort.grid import Raw, as_text
from cohortbook.cohort.problems import CohortError, Log
from cohortbook.cohort.spec import Data
from cohortbook.cohort.vocabulary import simplify

KINDS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
"""Files that hold sheets."""

_BEGIN = (b"PK", b"\xd0\xcf\x11\xe0")

LARGEST_BOOK = 2_000_000_000
"""A workbook that unpacks to more bytes is not opened."""

LARGEST_SHEET = 50_000_000
"""A sheet with more cells, blank ones before the last counted, is not read."""

MOST_DIGITS = 1e15
"""Of whole numbers from here on Excel does not keep all digits."""

UNSAVED = "#FORMULA!"
"""Stands where a workbook holds a formula and not what it gives."""

_PERCENT = re.compile(r'"[^"]*"|\\.')
_NOT_OPENED = "a workbook that Excel opens without a password, saved as .xlsx"


class Sheet(NamedTuple):
    """A sheet: its name, whether it is shown, its rows as texts, remarks.

    `percent` are its columns of percentages, and `merged` the cells that are blank by merging.
    """

    name: str
    visible: bool
    rows: list[list[str]]
    remarks: Sequence[str] = ()
    percent: frozenset[int] = frozenset()
    epoch: int = 1900
    merged: Mapping[str, int] = MappingProxyType({})


def is_workbook(path: Path) -> bool:
    """Check whether a file is a workbook; many a program writes a text and calls it .xls."""
    kind = path.suffix.casefold()
    if kind != ".xls" or not path.is_file():
        return kind in KINDS
    with path.open("rb") as file:
        return file.read(4).startswith(_BEGIN)


def read_workbook(path: Path, data: Data, log: Log) -> Raw:
    """Read a sheet of a workbook, by default the first that is shown and holds anything.

    A cell that is formatted as a percentage is read as it is shown: 34 for 0.34.

    Parameters
    ----------
    path, data, log
        As for `read_text`; of `data` the sheet.

    Returns
    -------
    Raw

    Raises
    ------
    CohortError
        If it is no workbook, or has no such sheet.
    """
    sheets = list(_sheets(path, log))
    names = [sheet.name for sheet in sheets]
    if data.sheet and data.sheet not in names:
        raise log.stop(None, f"no sheet {data.sheet!r}", f"data: sheet: {', '.join(names)}")
    filled = [sheet for sheet in sheets if _height(sheet)]
    first = next((s for s in sorted(filled, key=lambda s: not s.visible)), None)
    sheet = next((s for s in sheets if s.name == data.sheet), first)
    if not sheet:
        return Raw(iter([]))
    if missing := [name for name in data.sheets_under if name not in names]:
        raise log.stop(None, f"no sheet {missing[0]!r}", f"data: sheets_under: {', '.join(names)}")
    read = {sheet.name, *data.sheets_under}
    others = tuple(s.name for s in filled if s.name not in read and s.visible)
    hidden = [s.name for s in filled if not s.visible and s.name not in read]
    if data.sheets_under:
        sheet = _under_each_other([sheet, *(s for s in sheets if s.name in data.sheets_under)])
    remarks = [*sheet.remarks, *[f"hidden sheets are not read: {', '.join(hidden)}"] * bool(hidden)]
    if not sheet.visible:
        remarks.append(f"the sheet {sheet.name} is hidden in the workbook")
    width = max((_width(cells) for cells in sheet.rows), default=0)
    rows = [(i, (cells + [""] * width)[:width]) for i, cells in enumerate(sheet.rows, start=1)]
    headings = {i: next((r[i] for _, r in rows if r[i].strip()), "") for i in range(width)}
    units = {headings[i].strip(): "%" for i in sheet.percent if i < width}
    return Raw(
        iter(rows),
        units=units,
        sheets=others,
        remarks=tuple(remarks),
        epoch=sheet.epoch,
        merged=sheet.merged,
    )


def _under_each_other(sheets: Sequence[Sheet]) -> Sheet:
    """Put the rows of sheets with the same headings under those of the first, with their sheet."""
    columns = _headings(sheets[0])
    width = max(_width(row) for row in sheets[0].rows)
    rows: list[list[str]] = []
    for sheet in sheets:
        own, top = _headings(sheet), _top(sheet)
        order = [own.index(column) for column in columns] if len(own) == len({*own}) else []
        order += range(len(order), width)
        for i, row in enumerate(sheet.rows):
            if sheet is sheets[0] or i > top:
                several = sum(map(bool, map(str.strip, row))) > 1  # else a title or a note
                name = sheet.name if i > top and several else "Sheet" if i == top else ""
                rows.append([*(row[j] if j < len(row) else "" for j in order), name])
    remarks = dict.fromkeys(remark for sheet in sheets for remark in sheet.remarks)
    return sheets[0]._replace(rows=rows, remarks=list(remarks))


def _top(sheet: Sheet) -> int:
    """Return the first row of a sheet with three cells or more that hold something."""
    return next(
        (i for i, row in enumerate(sheet.rows) if sum(map(bool, map(str.strip, row))) > 2), 0
    )


def _headings(sheet: Sheet) -> list[str]:
    row = sheet.rows[_top(sheet)]
    return [simplify(cell) for cell in row[: _width(row)]]


def _alike(sheets: Sequence[Sheet], name: str) -> list[str]:
    """Name the sheets with the same headings, three or more, in any order where each is once."""
    headings = {s.name: _headings(s) for s in sheets if _height(s) > 1}
    own = headings.get(name, [])
    once = len(own) == len({*own})
    alike = [
        e for e, row in headings.items() if row == own or (once and sorted(row) == sorted(own))
    ]
    return alike if len(own) > 2 else []


def pick_sheet(path: Path, data: Data, log: Log) -> tuple[Data, list[str]]:
    """Choose the sheet that looks like a table of patients.

    Returns
    -------
    data : Data
        With its name, if the workbook has other sheets.
    doubts : list of str

    Raises
    ------
    CohortError
        If it cannot be read.
    """
    try:
        sheets = [s for s in _sheets(path, log) if _height(s)]
    except OSError as error:
        raise log.stop(None, f"cannot be read: {error.strerror or error}") from None
    visible = [s for s in sheets if s.visible] or sheets
    if len(sheets) < 2:
        return data, []
    cells = {s.name: _height(s) * max(map(_width, s.rows), default=0) for s in visible}
    cells |= {s.name: 0 for s in visible if is_codebook(s.rows)}
    first, best = visible[0].name, max(cells, key=lambda name: cells[name])
    if 2 * cells[first] >= cells[best]:  # the first sheet is as good as any
        best = first
    alike = _alike(visible, best)
    if len(alike) > 1:
        doubt = f"sheets with the same headings are read one under the other: {', '.join(alike)}"
        return Data(data.file, sheet=alike[0], sheets_under=tuple(alike[1:])), [doubt]
    others = [name for name, n in cells.items() if name != best and 2 * n >= cells[best] > 0]
    doubt = f"the sheet {best} is read; {', '.join(others)} may be a table too: say --sheet"
    return Data(data.file, sheet=best), [doubt] * bool(others)


def sheet_names(path: Path) -> list[str]:
    """Name the sheets of a workbook that are shown and hold anything; none of another file."""
    if not is_workbook(path):
        return []
    return [s.name for s in _sheets(path, Log(path.name)) if s.visible and _height(s)]


def is_codebook(rows: Iterable[Sequence[str]]) -> bool:
    """Check whether the first row of a sheet is that of a codebook and not of data.

    Examples
    --------
    >>> is_codebook([["Variable", "Label", "Values"]]), is_codebook([["id", "sex"]])
    (True, False)
    """
    from cohortbook.cohort.codebook import columns_of

    return bool(columns_of(next(iter(rows), [])))


def codebook_sheet(path: Path) -> str:
    """Return the name of the sheet of a workbook that is a codebook, if it has one."""
    if not is_workbook(path):
        return ""
    sheets = _sheets(path, Log(path.name))
    return next((s.name for s in sheets if is_codebook(r for r in s.rows if any(r))), "")


def _height(sheet: Sheet) -> int:
    return sum(any(map(str.strip, cells)) for cells in sheet.rows)


def _width(cells: Sequence[str]) -> int:
    return max((i for i, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _sheets(path: Path, log: Log) -> list[Sheet]:
    """Read all sheets; those of the last file are kept, as `init` asks for them again."""
    raw = path.read_bytes()
    key = (str(path), hash(raw))
    if key not in _LAST:
        sheets = _read(raw, path.suffix.casefold(), log)
        _LAST.clear()
        _LAST[key] = sheets
    return _LAST[key]


_LAST: dict[tuple[str, int], list[Sheet]] = {}


def _read(raw: bytes, kind: str, log: Log) -> list[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is in a workbook besides its cells
        try:
            if kind in (".xlsx", ".xlsm"):
                return list(_by_openpyxl(raw, log))
            return list(_by_calamine(raw))
        except CohortError:
            raise
        except Exception:  # a broken workbook breaks its reader in many ways
            raise log.stop(None, "not an Excel workbook", _NOT_OPENED) from None


def _by_calamine(raw: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_object(BytesIO(raw))
    for about in book.sheets_metadata:
        rows = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
        visible = about.visible == SheetVisibleEnum.Visible
        yield Sheet(about.name, visible, [list(map(as_text, row)) for row in rows])


def _by_openpyxl(raw: bytes, log: Log) -> Iterator[Sheet]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(BytesIO(raw)) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_BOOK:
            raise log.stop(None, "too large", "a .csv file")
        parts = [part for part in archive.namelist() if "worksheets/" in part]
        formulas = any(b"<f" in archive.read(part) for part in parts)
    book = load_workbook(BytesIO(raw), data_only=True)
    written = load_workbook(BytesIO(raw)) if formulas else book
    epoch = 1904 if book.epoch.year == 1904 else 1900
    for sheet in book.worksheets:
        ends = _ends(sheet, written[sheet.title], log)
        rows, seen = _cells(sheet, written[sheet.title], *ends)
        visible = sheet.sheet_state == "visible"
        remarks, percent = _remarks(sheet, seen), frozenset(seen["%"])
        yield Sheet(sheet.title, visible, rows, remarks, percent, epoch, _merged(sheet))


def _ends(sheet: Any, written: Any, log: Log) -> tuple[int, int]:
    """Find the last row and column with a value; blank ones with a colour are left out."""
    filled = [
        place
        for each in (sheet, written)
        for place, cell in each._cells.items()  # only those that are in the file
        if cell.value is not None
    ]
    row, column = (max((place[i] for place in filled), default=1) for i in (0, 1))
    if row * column > LARGEST_SHEET:
        problem = f"sheet “{sheet.title}” reaches row {row} and column {column}, nearly all blank"
        raise log.stop(None, problem, "the stray cells far from the table cleared, or a .csv file")
    return row, column


def _cells(
    sheet: Any, written: Any, last: int, width: int
) -> tuple[list[list[str]], dict[str, Counter[int]]]:
    """Write the cells of a sheet; count in each column what only the eye sees."""
    seen: dict[str, Counter[int]] = {k: Counter() for k in ("%", "formula", "fill", "strike", "n")}
    seen["long"] = Counter()
    styles: dict[int, tuple[bool, bool, bool]] = {}

    def text(i: int, cell: Any) -> str:
        value = cell.value
        if isinstance(value, float | int) and abs(value) >= MOST_DIGITS:
            seen["long"][i] += 1
        if cell.has_style and value is not None:
            percent, fill, strike = _style(cell, styles)
            if percent and isinstance(value, float | int):
                value = round(value * 100, 10)
                seen["%"][i] += 1
            if cell.row > 1:
                seen["fill"][i] += fill
                seen["strike"][i] += strike
        return as_text(value)

    rows = [
        [text(i, cell) for i, cell in enumerate(cells)]
        for cells in sheet.iter_rows(max_row=last, max_col=width)
    ]
    if written is not sheet:
        for row, cells in zip(rows, written.iter_rows(max_row=last, max_col=width), strict=True):
            for i, cell in enumerate(cells):
                if cell.data_type == "f" and not row[i]:
                    row[i] = UNSAVED
                    seen["formula"][i] += 1
    for row in rows[1:]:
        seen["n"].update(i for i, each in enumerate(row) if each)
    return rows, seen


def _style(cell: Any, styles: dict[int, tuple[bool, bool, bool]]) -> tuple[bool, bool, bool]:
    """Check whether a cell is a percentage, coloured or crossed out."""
    if (style := cell.style_id) not in styles:
        percent = "%" in _PERCENT.sub("", cell.number_format)
        styles[style] = percent, cell.fill.fill_type == "solid", bool(cell.font.strike)
    return styles[style]


def _remarks(sheet: Any, seen: dict[str, Counter[int]]) -> list[str]:
    """Return what is hidden, coloured or not worked out in a sheet."""
    from openpyxl.utils import get_column_letter

    def listed(columns: Iterable[int]) -> str:
        return ", ".join(_heading(sheet, i, get_column_letter(i + 1)) for i in columns)

    remarks = []
    hidden = [str(n) for n, row in sheet.row_dimensions.items() if row.hidden]
    if hidden:
        remarks.append(f"hidden rows are read too: {_short(hidden)}")
    hidden = [name for name, column in sheet.column_dimensions.items() if column.hidden]
    if hidden:
        remarks.append(f"hidden columns are read too: {_short(hidden)}")
    if seen["%"]:
        remarks.append(
            f"cells formatted as percentages, so 0.34 is read as 34: {listed(seen['%'])}"
        )
    if long := +seen["long"]:
        remarks.append(f"more than 15 digits, which Excel does not keep: {listed(long)}")
    if formulas := +seen["formula"]:
        n = formulas.total()
        remarks.append(
            f"{n} formulas without a saved value ({listed(formulas)}): open the workbook in Excel "
            f"and save it; until then {UNSAVED}"
        )
    for what, name in (("fill", "coloured"), ("strike", "crossed out")):
        some = {i: n for i, n in seen[what].items() if 0 < n < seen["n"][i]}
        if some:
            n = sum(some.values())
            remarks.append(
                f"{n} cells are {name} ({listed(some)}): this is not read; if it means "
                "something, put it into a column of its own"
            )
    return remarks


def _merged(sheet: Any) -> dict[str, int]:
    """Return which columns have cells merged downwards, and how many cells are blank by that."""
    from openpyxl.utils import get_column_letter

    lost: Counter[int] = Counter()
    for area in sheet.merged_cells.ranges:
        for column in range(area.min_col, area.max_col + 1):
            if area.max_row > area.min_row + (area.min_row < 6):
                lost[column] += area.max_row - area.min_row + (column > area.min_col)
    return {_heading(sheet, i - 1, get_column_letter(i)): n for i, n in lost.items()}


def _heading(sheet: Any, i: int, letter: str) -> str:
    """Name a column by the first text in it."""
    for (value,) in sheet.iter_rows(min_col=i + 1, max_col=i + 1, max_row=20, values_only=True):
        if isinstance(value, str) and value.strip():
            return value.strip()
    return letter


def _short(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
