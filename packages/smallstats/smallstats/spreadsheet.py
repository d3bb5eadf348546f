"""Frames as CSV files that spreadsheets open as text and numbers."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
#: What neither XML nor a printed line can hold: control characters, halves of surrogate pairs.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def frame_csv(frame: pd.DataFrame) -> bytes:
    """Write a frame as CSV that spreadsheets open as text and numbers; a named index comes first.

    What is withheld (a column ``withheld`` of marks) has its mark in place of its number.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [3, 9], "withheld": [{"n": "<5"}, {}]})
    >>> frame_csv(frame).decode("utf-8-sig").split()
    ['n', '<5', '9']
    """
    frame = frame.reset_index(drop=frame.index.names == [None])
    if "withheld" in frame:
        marks = frame.pop("withheld")
        for column in {column for mark in marks for column in mark}:
            pairs = zip(marks, frame[column], strict=True)
            cells = [mark.get(column) or value for mark, value in pairs]
            frame[column] = pd.Series(cells, frame.index, dtype=object)
    for place, (_, values) in enumerate(list(frame.items())):  # two may have one heading
        if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
            frame.isetitem(place, values.map(_unformula, na_action="ignore").to_numpy(object))
    frame.columns = frame.columns.map(_unformula)
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _unformula(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would compute."""
    if not isinstance(value, str):
        return value
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return f"'{text}" if _FORMULA.match(text) else text
