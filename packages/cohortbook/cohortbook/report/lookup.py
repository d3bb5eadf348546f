"""A table of results that a reader steps through by changing whole numbers.

Every result is computed in Python when the notebook runs and is written into the page; the script
beside it (``resources/lookup.js``) only finds the row. Nothing is computed in the browser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from smallstats.table import SOURCES, Table


@dataclass(frozen=True, eq=False)
class Lookup:
    """One row of a large frame of printed results, chosen by the levels of its index.

    Attributes
    ----------
    frame
        Strings. Each level of its index is a count that the reader may change, named as it is to
        be labelled; its columns have two levels, the row and the column of the table shown. A
        combination of counts without a row is one that cannot be.
    caption
        Title above the table.
    start
        The counts first shown: one for each level of the index.
    examples
        Counts that a button sets, by what is written on it.
    notes
        Footnotes, one paragraph each.
    source
        A key of `smallstats.table.SOURCES`.
    name
        Anchor on the page; the chosen counts follow it in the address: ``#lookup=1,2``.

    Raises
    ------
    ValueError
        If `start` or an example has no row, a cell is not a string, the index is not of whole
        numbers or repeats, or the source is unknown; all problems at once.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([[0, 1], [0, 1, 2]], names=["Boys", "Girls"])
    >>> cells = {("Children", "n"): [str(boys + girls) for boys, girls in index]}
    >>> Lookup(pd.DataFrame(cells, index=index), "Children in a room", start=(1, 2))
    Children in a room
    Boys 1, Girls 2
    <BLANKLINE>
              n
    Children  3
    <BLANKLINE>
    6 combinations of counts can be chosen in the built book.
    """

    frame: pd.DataFrame
    caption: str
    start: tuple[int, ...]
    examples: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: str = "print"
    name: str = "lookup"

    def __post_init__(self) -> None:
        problems = []
        if not self.frame.map(lambda cell: isinstance(cell, str)).to_numpy().all():
            problems.append("a cell is not a string")
        if not all(level.dtype.kind in "iu" for level in self._index.levels):
            problems.append("a level of the index is not of whole numbers")
        if not self.frame.index.is_unique:
            problems.append("the index repeats a combination of counts")
        chosen = {"start": self.start, **self.examples}
        problems += [
            f"{name!r} is {counts}, which has no row"
            for name, counts in chosen.items()
            if tuple(counts) not in self._index
        ]
        if self.source not in SOURCES:
            problems.append(f"source is {self.source!r}; allowed are: {', '.join(SOURCES)}")
        if problems:
            raise ValueError(f"the lookup {self.caption!r}: " + "; ".join(problems))

    @property
    def _index(self) -> pd.MultiIndex:
        index = self.frame.index
        return index if isinstance(index, pd.MultiIndex) else pd.MultiIndex.from_arrays([index])

    @property
    def _first(self) -> pd.Series[str]:
        return self.frame.loc[self._index == tuple(self.start)].iloc[0].rename(None)

    def __repr__(self) -> str:
        names = map(str, self.frame.index.names)
        counts = ", ".join(f"{n} {count}" for n, count in zip(names, self.start, strict=True))
        return (
            f"{self.caption}\n{counts}\n\n{self._first.unstack(sort=False)}\n\n"
            f"{len(self.frame):,} combinations of counts can be chosen in the built book."
        )

    def _repr_html_(self) -> str:
        data = json.dumps(self._data(), ensure_ascii=False, separators=(",", ":"))
        data = data.replace("<", "\\u003c")  # no cell may end the script
        return (
            f'<div class="jdm-lookup" id="{escape(self.name)}">\n{self._table._repr_html_()}\n'
            f'<script type="application/json">{data}</script>\n</div>'
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Let the first row be had as a table, and every row as CSV."""
        names = [": ".join(map(str, name)) for name in self.frame.columns]
        everything = self.frame.set_axis(names, axis=1).reset_index()
        return replace(self._table, data=everything)._repr_mimebundle_()

    @property
    def _table(self) -> Table:
        """The row first shown, so that the page says something without its script."""
        first = self._first.unstack(sort=False).fillna("").rename_axis("Result").reset_index()
        return Table(first, self.caption, self.notes, source=self.source)

    def _data(self) -> dict[str, object]:
        """Return counts and rows for the script. Many counts share a row, which is written once."""
        first = self._first.unstack(sort=False)
        columns = [(row, column) for row in first.index for column in first]
        cells = self.frame.reindex(columns=pd.MultiIndex.from_tuples(columns), fill_value="")
        row_of = cells.groupby([*cells], sort=False).ngroup().to_numpy()
        least = [int(level.min()) for level in self._index.levels]
        sizes = [
            int(level.max()) - low + 1 for low, level in zip(least, self._index.levels, strict=True)
        ]
        grid = np.full(sizes, -1)
        places = self._index.to_frame().to_numpy(dtype=int) - least
        grid[tuple(places.T)] = row_of
        return {
            "counts": [
                {"label": str(name), "least": low, "most": low + size - 1}
                for name, low, size in zip(self.frame.index.names, least, sizes, strict=True)
            ],
            "start": [int(count) for count in self.start],
            "examples": [[name, [*map(int, counts)]] for name, counts in self.examples.items()],
            "rows": cells.drop_duplicates().to_numpy().tolist(),
            "row_of": grid.ravel().tolist(),
        }
