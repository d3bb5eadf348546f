"""How the items of a ledger belong together: declared beside it, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

KINDS = ("partition", "union", "dichotomised")
COLUMNS = ("ledger", "relation", "item", "parts")
FILE = "relations.csv"

Parts = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class Relations:
    """What is declared of a ledger.

    Attributes
    ----------
    partitions
        A whole, and the items of which everybody in it has exactly one. A whole named like a group
        stands for the patients of that group.
    unions
        An item, and those it is any of.
    dichotomised
        An item that divides a measure at a cut-off, and the item of the undivided measure.
    """

    partitions: Parts = ()
    unions: Parts = ()
    dichotomised: Mapping[str, str] = field(default_factory=dict)


def relations_of(claims: pd.DataFrame) -> Relations:
    """Return the relations that were declared beside the file of a ledger; without a file, none."""
    relations = claims.attrs.get("relations", Relations())
    assert isinstance(relations, Relations)
    return relations


def load_relations(ledger: str | Path) -> Relations:
    """Read the relations of a ledger from ``relations.csv`` in its folder, if there is one.

    Parameters
    ----------
    ledger : path
        The ledger. The columns of ``relations.csv`` are ``ledger`` (the name of the ledger's
        file), ``relation`` (one of `KINDS`), ``item`` and ``parts``, separated by semicolons: the
        parts of a whole; what a union is any of; the items that divide a measure.

    Returns
    -------
    Relations
        Empty if there is no such file, or none of its rows names the ledger.

    Raises
    ------
    ValueError
        With every problem at once: file, row, column, value and what is allowed.
    """
    path = Path(ledger).with_name(FILE)
    if not path.is_file():
        return Relations()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(table.columns) != COLUMNS:
        columns, wanted = ", ".join(table.columns), ", ".join(COLUMNS)
        raise ValueError(f"{path}: the columns are {columns}; allowed: {wanted}")
    parts = table["parts"].map(lambda text: tuple(p.strip() for p in text.split(";") if p.strip()))
    wrong = [
        f"{path}, row {row + 2}, column {column}: {table[column][row]!r} {problem}"
        for column, bad, problem in (
            ("relation", ~table["relation"].isin(KINDS), f"allowed: {', '.join(KINDS)}"),
            ("item", table["item"] == "", "is empty; an item of the ledger is needed"),
            ("parts", parts.map(len) == 0, "is empty; items separated by ; are needed"),
        )
        for row in table.index[bad]
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    rows = table.assign(parts=parts)[table["ledger"] == Path(ledger).name]
    kinds = {kind: rows[rows["relation"] == kind][["item", "parts"]] for kind in KINDS}
    pairs = {kind: tuple(map(tuple, part.to_numpy())) for kind, part in kinds.items()}
    measures = {part: str(item) for item, parts in pairs["dichotomised"] for part in parts}
    return Relations(pairs["partition"], pairs["union"], measures)
