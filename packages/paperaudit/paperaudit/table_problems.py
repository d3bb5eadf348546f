"""Problems of a table that somebody wrote by hand: all of them, each with its place."""

from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

#: Row (the line in the file, its heading being line 1), column, value, problem, what is allowed.
Problem = tuple[int, str, str, str, str]
COLUMNS = ["file", "row", "column", "value", "problem", "allowed"]


class TableProblemsError(ValueError):
    """A table that cannot be used.

    ``problems`` is a DataFrame with a row for each problem: file, row (the line in the file, its
    heading being line 1), column, value, problem, allowed.
    """

    subject: ClassVar[str] = "the table"

    def __init__(self, problems: pd.DataFrame | Sequence[tuple[str, int, str, str, str, str]]):
        self.problems = pd.DataFrame(problems, columns=COLUMNS)
        lines = [
            f"{p.file}, row {p.row}, column {p.column}: {p.value!r} {p.problem}; "
            f"allowed: {p.allowed}"
            for p in self.problems.itertuples()
        ]
        super().__init__("\n".join([f"{len(lines)} problem(s) in {self.subject}", *lines]))
