"""Grids of the audit: which counts clash, and which test printed a p."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from smallstats.formatting import format_p
from smallstats.shaded_table import ShadedTable


def conflict_table(rows: pd.DataFrame) -> ShadedTable:
    """Show the sets of printed counts that cannot hold together, a column each.

    Parameters
    ----------
    rows
        A row a conflict and count in it: ``conflict`` (a number), ``label``, ``printed``, and
        ``dropped``, whether the count is outside the largest set that can hold together.

    Examples
    --------
    >>> rows = pd.DataFrame({"conflict": [1, 1], "label": ["Girls", "Boys"],
    ...                      "printed": ["16", "8"], "dropped": [True, False]})
    >>> conflict_table(rows)
    1 set of printed counts that cannot hold together
    <BLANKLINE>
    Printed count  Set 1
    -------------  -----
    Girls          16ᵃ
    Boys           8
    <BLANKLINE>
    ᵃ One of the fewest counts to give up so that all others can hold.
    """
    claims = rows.drop_duplicates(["label", "printed"])
    keys = list(zip(claims["label"], claims["printed"], strict=True))
    cells = {"Printed count": [str(label) for label, _ in keys]}
    shades = {}
    for number, conflict in rows.groupby("conflict", sort=False):
        dropped = {
            (label, printed): bool(out)
            for label, printed, out in zip(
                conflict["label"], conflict["printed"], conflict["dropped"], strict=True
            )
        }
        cells[f"Set {number}"] = [
            f"{key[1]}{'ᵃ' * dropped[key]}" if key in dropped else "" for key in keys
        ]
        shades[f"Set {number}"] = [
            ("first" if dropped[key] else "second") if key in dropped else "" for key in keys
        ]
    sets = len(cells) - 1
    return ShadedTable(
        pd.DataFrame(cells),
        f"{sets} set{'s' * (sets != 1)} of printed counts that cannot hold together",
        ("ᵃ One of the fewest counts to give up so that all others can hold.",),
        name="conflicts",
        data=rows,
        shades=shades,
    )


def fingerprint_table(cells: pd.DataFrame, labels: Mapping[str, str]) -> ShadedTable:
    """Show every p of two counts by every test, shaded where it prints as printed.

    Parameters
    ----------
    cells
        ``item``, ``printed``, ``method``, ``computed``, ``rounded`` and ``truncated``, a row a
        printed p and test.
    labels
        Names of the items.

    Examples
    --------
    >>> cells = pd.DataFrame({"item": ["cough"] * 2, "printed": ["0.02"] * 2,
    ...     "method": ["Pearson", "Yates"], "computed": [0.0265, 0.0559],
    ...     "rounded": [False, False], "truncated": [True, False]})
    >>> fingerprint_table(cells, {"cough": "Cough"})
    0 of 1 printed p values are the p of no test of their counts
    <BLANKLINE>
    Characteristic  Printed p  Pearson  Yates
    --------------  ---------  -------  -----
    Cough           0.02       0.027ᵇ   0.056
    <BLANKLINE>
    ᵃ Prints as printed, rounded. ᵇ Prints as printed, cut off.
    """
    habits = [cells["rounded"].astype(bool), cells["truncated"].astype(bool)]
    mark = np.select(habits, ["ᵃ", "ᵇ"], "")
    text = cells["computed"].map(format_p) + mark
    shade = np.select(habits, ["second", "first"], "")
    wide = cells.assign(text=text, shade=shade).pivot_table(
        index=["item", "printed"], columns="method", values=["text", "shade"], aggfunc="first",
        sort=False,
    ).fillna("")  # fmt: skip
    methods = list(dict.fromkeys(cells["method"]))
    table = wide["text"][methods].reset_index()
    names = table.pop("item").map(lambda item: labels.get(str(item), str(item)))
    table.insert(0, "Characteristic", names)
    none = int((wide["shade"] == "").to_numpy().all(axis=1).sum())
    headings = {method: method[:1].upper() + method[1:] for method in methods}
    return ShadedTable(
        table.rename(columns={"printed": "Printed p", **headings}).rename_axis(columns=None),
        f"{none} of {len(table)} printed p values are the p of no test of their counts",
        ("ᵃ Prints as printed, rounded. ᵇ Prints as printed, cut off.",),
        name="fingerprint",
        data=cells,
        shades={headings[method]: list(wide["shade"][method]) for method in methods},
    )
