"""What is found on the way from a file to patients: problems, which stop it, and repairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

HIDDEN = "(hidden)"
"""Stands for every value of a column marked `identifier: true`."""

SHOWN = 20
"""So many rows of one kind are spelt out in a message; `.problems` has them all."""

_PROBLEM = {"file": "str", "row": "Int64", "column": "str", "value": "str"}
_PROBLEM |= {"problem": "str", "allowed": "str", "code": "str"}
_CHANGE = {"row": "int64", "column": "str", "from": "str", "to": "str", "rule": "str"}


class Code(StrEnum):
    """What kind of problem one is, where something is done about it."""

    NONE = ""
    NOT_READ = "not read"
    UNKNOWN_LEVEL = "unknown level"
    UNKNOWN_ITEM = "unknown item"
    NOT_A_NUMBER = "not a number"
    NOT_A_DAY = "not a day"
    OUT_OF_RANGE = "out of range"
    TWOFOLD = "twofold"
    NO_ID = "no id"
    SEVERAL_ROWS = "several rows"
    NO_OUTCOME = "no outcome"
    NO_TABLE = "no table"


class CohortError(ValueError):
    """Every problem of a specification or of a data file, at once.

    Attributes
    ----------
    problems : DataFrame
        One row a problem: ``file``, ``row`` (line in the file, header = 1), ``column`` (heading of
        the data file, or place in the specification), ``value``, ``problem``, ``allowed``, and
        ``code``, a `Code` where something can be done about the kind of problem.

    Examples
    --------
    >>> log = Log("forms.csv")
    >>> log.problem([4, 9], "CK", ["high", "x"], "not a number", "digits")
    >>> log.raise_problems()
    Traceback (most recent call last):
    cohortbook.cohort.problems.CohortError: 2 problems
    forms.csv, CK: not a number (allowed: digits)
      row 4: 'high'
      row 9: 'x'
    """

    def __init__(self, problems: pd.DataFrame) -> None:
        self.problems = problems

    def __str__(self) -> str:
        problems = self.problems
        lines = [f"{len(problems):,} problem{'s' if len(problems) != 1 else ''}"]
        by_column = problems.groupby(["file", "column"], sort=False).ngroup()
        kinds = ["file", "column", "problem", "allowed"]
        ordered = problems.loc[by_column.sort_values(kind="stable").index].fillna({"row": 0})
        grouped: Any = ordered.groupby(kinds, sort=False)
        for (file, column, problem, allowed), rows in grouped:
            place = f"{file}, {column}" if column else file
            lines.append(f"{place}: {problem}" + (f" (allowed: {allowed})" if allowed else ""))
            for row, value in zip(rows["row"][:SHOWN], rows["value"][:SHOWN], strict=True):
                parts = [f"row {row}"] * bool(row) + [quote(value)] * bool(value)
                lines += [f"  {': '.join(parts)}"] * bool(parts)
            if len(rows) > SHOWN:
                lines.append(f"  and {len(rows) - SHOWN:,} more")
        return "\n".join(lines)


class Log:
    """The problems and repairs of one file; values of the `hidden` columns never enter it."""

    def __init__(self, file: str, hidden: frozenset[str] = frozenset()) -> None:
        self.file, self.hidden = file, hidden
        self._problems: list[dict[str, Any]] = []
        self._changes: list[dict[str, Any]] = []

    def problem(
        self,
        row: Any,
        column: str,
        value: Any,
        problem: Any,
        allowed: str = "",
        code: Code = Code.NONE,
        *,
        file: str = "",
    ) -> None:
        """Note a problem of some rows; `value` and `problem` may be one for all."""
        value = HIDDEN if column in self.hidden and len(value) else value
        cells = (file or self.file, row, column, value, problem, allowed, str(code))
        if len(row):
            self._problems.append(dict(zip(_PROBLEM, cells, strict=True)))

    def change(self, row: Any, column: str, before: Any, after: Any, rule: str) -> None:
        """Note a repair of some rows."""
        if column in self.hidden:
            before = after = HIDDEN
        cells = (row, column, before, after, rule)
        self._changes.append(dict(zip(_CHANGE, cells, strict=True)))

    def rows(self, rule: str) -> list[int]:
        """Give the rows that a rule repaired, without a table of all repairs."""
        return [row for change in self._changes if change["rule"] == rule for row in change["row"]]

    @property
    def changes(self) -> pd.DataFrame:
        """The repairs, each once."""
        return _table(self._changes, _CHANGE).drop_duplicates(ignore_index=True)

    @property
    def problems(self) -> pd.DataFrame:
        """The problems, as `CohortError.problems`."""
        return _table(self._problems, _PROBLEM)

    def raise_problems(self) -> None:
        """Raise all problems noted so far, if there are any."""
        if self._problems:
            raise CohortError(self.problems)

    def stop(self, row: int | None, problem: str, allowed: str = "") -> CohortError:
        """Give the error of a file with which one cannot go on."""
        self.problem([row], "", "", problem, allowed)
        return CohortError(self.problems)


def _table(findings: list[dict[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    columns = {}
    for name, dtype in dtypes.items():  # one at a time: there may be as many as cells of the data
        parts = [
            np.asarray(
                [cells] * len(finding["row"]) if isinstance(cells := finding[name], str) else cells,
                dtype=None if name == "row" else object,
            )
            for finding in findings
        ]
        columns[name] = pd.Series(np.concatenate(parts) if parts else [], dtype=dtype)
    return pd.DataFrame(columns)


def list_rows(rows: Iterable[int]) -> str:
    """List some rows in a message, the first five.

    Examples
    --------
    >>> list_rows([4]), list_rows(range(2, 9))
    ('row 4', 'rows 2, 3, 4, 5, 6, …')
    """
    different = list(dict.fromkeys(rows))
    if not different:
        return ""
    listed = ", ".join(map(str, different[:5])) + ", …" * (len(different) > 5)
    return f"row{'s' * (len(different) > 1)} {listed}"


def quote(value: str) -> str:
    """Show a value in a message, cut to sixty characters."""
    return value if value == HIDDEN else repr(value if len(value) <= 60 else value[:59] + "…")
