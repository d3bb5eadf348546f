"""A table whose cells are shaded: a grid that a reader sees at a glance, and can still read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smallstats.table import Table

SHADES = ("", "first", "second")
"""No shade, and the two hues of the figures."""

_CELL = re.compile(r"<td\b")
_BODY = re.compile(r"(?<=<tbody>).*?(?=</tbody>)", re.DOTALL)
_STYLE = Path(__file__).with_name("resources") / "shades.css"


@dataclass(frozen=True, eq=False, repr=False)
class ShadedTable(Table):
    """A `Table` with shaded cells; its text must say what each shade means, for those who see none.

    Attributes
    ----------
    shades
        For a column, the shade of each of its cells: one of `SHADES`.

    Raises
    ------
    ValueError
        As `Table`; also if a column that is shaded is the first or none, or its shades are not
        one for each row.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"Test": ["Fisher", "Yates"], "p": ["0.02", "0.06"]})
    >>> table = ShadedTable(cells, "Tests", shades={"p": ["second", ""]})
    >>> table._repr_html_().count('data-shade="second"')
    1
    """

    shades: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for heading, shades in self.shades.items():
            if heading not in self.frame.columns[1:] or len(shades) != len(self.frame):
                raise ValueError(f"{heading!r} has {len(shades)} shades, not one for each cell")
            if wrong := sorted({*shades} - {*SHADES}):
                raise ValueError(f"shade is {wrong[0]!r}; allowed are: 'first', 'second' and ''")

    def _for(self, frame: pd.DataFrame) -> dict[str, Any]:
        shades = {heading: them for heading, them in self.shades.items() if heading in frame}
        return {**super()._for(frame), "shades": shades}

    def _html(self) -> str:
        none = [""] * len(self.frame)
        columns = [self.shades.get(str(heading), none) for heading in self.frame.columns[1:]]
        shades = iter([shade for row in zip(*columns, strict=True) for shade in row])

        def shaded(cell: re.Match[str]) -> str:
            shade = next(shades)
            return f'{cell[0]} data-shade="{shade}"' if shade else cell[0]

        html = _BODY.sub(lambda body: _CELL.sub(shaded, body[0]), super()._html(), count=1)
        words = re.sub(r"/\*.*?\*/", "", _STYLE.read_text(encoding="utf-8"), flags=re.DOTALL)
        return html.replace("\n<table", f"<style>{' '.join(words.split())}</style>\n<table", 1)
