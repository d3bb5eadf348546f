"""Where a result comes from: the words that stand under a table or beside a figure's caption."""

import pandas as pd

from smallstats.table import SOURCES, Table, table_of

__all__ = ["SOURCES", "show_sources"]


def show_sources() -> Table:
    """Show the legend: each source, and what a result from it can say.

    Examples
    --------
    >>> show_sources().frame.columns.tolist()
    ['Source', 'What it says']
    """
    rows = pd.DataFrame(SOURCES.values(), columns=["source", "what_it_says"])
    return table_of(rows, "Where a result comes from")
