"""Where in a paper a table stands."""

from __future__ import annotations

import re
from pathlib import Path

from paperaudit.grid import CAPTION, Grid

_IN_NAME = re.compile(r"(table|supp\w*|appendix|figure)[\s_-]*(S?\d+[a-z]?)", re.IGNORECASE)
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8}


class Places:
    """Names the place of each table of a paper: by its caption, by its file, or by its order."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def of(self, grid: Grid) -> str:
        """Name the place of the next table."""
        caption = CAPTION.match(grid.caption)
        number = (caption[2] or "") if caption else ""
        number = str(_ROMAN.get(number.upper(), number))
        in_name = _IN_NAME.search(Path(grid.source.split(",")[0]).stem)
        if not number and in_name:
            number = in_name[2]
        place = f"table{number.casefold()}" if number else ""
        free = next(i for i in range(1, 1000) if f"table{i}" not in self.taken)
        if not place:
            place = f"table{free}"
        letters = iter("bcdefghijklmnopqrstuvwxyz")
        stem = place
        while place in self.taken:
            place = stem + next(letters, "_more")
        self.taken.add(place)
        return place
