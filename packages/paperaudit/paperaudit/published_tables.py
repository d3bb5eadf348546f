"""Published and computed, side by side."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smallstats.formatting import format_number
from smallstats.table import Table, as_heading, mark_footnotes, table_of

_TRUNCATED, _DIFFERS = "†", "‡"
#: Statistics that are printed together: "7 (30)", "6.56 ± 2.6", "1.59-152.2".
_PAIRS = {"n percent": "{} ({})", "mean sd": "{} ± {}", "ci_low ci_high": "{}–{}"}
_NAMES = {
    "mean": "Mean", "median": "Median", "min": "Shortest", "max": "Longest", "cutoff": "Mean",
    "nagelkerke_r2": "Nagelkerke's R²", "fraction": "Share",
}  # fmt: skip
_TIMES = ("mean", "median", "min", "max", "cutoff")
_UNIT = re.compile(r" \((?:days|weeks|months|years)\)$")


def show_published(
    comparison: pd.DataFrame,
    caption: str = "Printed and computed",
    *,
    labels: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
) -> Table:
    """Set what was printed beside what the cohort gives, a row a variable.

    Parameters
    ----------
    comparison : DataFrame
        Rows of `paperaudit.recomputed.compare_claims`.
    caption
        As in `Table`.
    labels
        Label of each item.
    groups
        Heading of each group, in the order of the columns; by default its name in the ledger.

    Returns
    -------
    Table
        A computed number has as many decimals as the printed one, a p value two more and its
        test; a mark says where only truncation gives the printed digits, and where nothing does.
    """
    headings = groups or {g: as_heading(g) for g in comparison["group"].unique() if g}
    parts = {heading: comparison[comparison["group"] == g] for g, heading in headings.items()}
    parts |= {"": comparison[~comparison["group"].isin([*headings])]}
    parts = {heading: part for heading, part in parts.items() if len(part)}
    items = list(dict.fromkeys(comparison["item"]))
    cells: dict[str, list[str]] = {"Characteristic": [labels.get(i, i) for i in items]}
    if set(comparison["statistic"]) <= {*_TIMES}:  # each has the unit that was printed
        cells["Characteristic"] = [_UNIT.sub("", label) for label in cells["Characteristic"]]
    for group, part in parts.items():
        for title, statistics in _columns(part):
            cells_of_items = [_cell(part[part["item"] == item], statistics) for item in items]
            heading = title if not group or len(parts) == 1 else " ".join([group, title]).strip()
            cells[f"{heading}, printed"] = [printed for printed, _ in cells_of_items]
            cells[f"{heading}, computed"] = [computed for _, computed in cells_of_items]
    tests = comparison[comparison["statistic"] == "p"].drop_duplicates("item").set_index("item")
    named = tests["method"].reindex(items).fillna("").tolist()
    marks, test_notes = mark_footnotes({"p computed by": named})
    if "p, computed" in cells:
        texts = zip(cells["p, computed"], named, strict=True)
        cells["p, computed"] = [text + marks[test] for text, test in texts]
    own = [
        "Counts are n (%), others mean ± SD." if "sd" in set(comparison["statistic"]) else "",
        f"{_TRUNCATED} The printed digits are truncated, not rounded.",
        f"{_DIFFERS} Differs from what is printed.",
    ]
    text = "".join("".join(column) for column in cells.values())
    own = [n for n in own if n and (n[0] not in (_TRUNCATED, _DIFFERS) or n[0] in text)]
    return Table(pd.DataFrame(_upright(cells)), caption, (*own, *test_notes), data=comparison)


def _upright(cells: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    """Turn one row of several statistics into a row for each."""
    (_, names), *columns = cells.items()
    titles = [heading.removesuffix(", printed") for heading, _ in columns[::2]]
    if len(names) > 1 or len(titles) < 3:
        return cells
    texts = [text for _, column in columns for text in column]
    return {names[0]: titles, "Printed": texts[::2], "Computed": texts[1::2]}


def show_differences(
    comparison: pd.DataFrame,
    caption: str = "Printed numbers that differ",
    *,
    labels: Mapping[str, str],
    source: str = "",
) -> Table:
    """List the printed numbers that a cohort does not give, with what is known of each.

    Parameters
    ----------
    comparison : DataFrame
        Rows of `paperaudit.recomputed.compare_claims`; those that agree are left out.
    caption, source
        As in `Table`.
    labels
        Label of each item.

    Returns
    -------
    Table
        A row a number; a computed number has as many decimals as the printed one, a p value two
        more.
    """
    differs = comparison[comparison["agreement"] == "differs"]
    computed = [_computed(claim).rstrip(_DIFFERS) for claim in differs.itertuples()]
    return table_of(
        differs.assign(computed=computed).replace({"item": labels}),
        caption,
        columns=["item", "location", "statistic", "printed", "computed", "reason"],
        headings={"item": "Characteristic", "reason": "What is known"},
        source=source,
    )


def _columns(part: pd.DataFrame) -> list[tuple[str, tuple[str, ...]]]:
    """List the columns that a group needs: its statistics, those printed together as one."""
    there = list(dict.fromkeys(part["statistic"]))
    columns: list[tuple[str, tuple[str, ...]]] = []
    if {"n", "percent", "sd"} & set(there):  # a row has counts or a mean, in one column
        columns.append(("" if "sd" in there else "n (%)", ("n", "percent", "mean", "sd")))
        there = [s for s in there if s not in ("n", "percent", "mean", "sd")]
    if "ci_low" in there:
        columns += [("Odds ratio", ("odds_ratio",)), ("95% CI", ("ci_low", "ci_high"))]
        there = [s for s in there if s not in ("odds_ratio", "ci_low", "ci_high")]
    return columns + [(_NAMES.get(s, s), (s,)) for s in there]


def _cell(rows: pd.DataFrame, statistics: Sequence[str]) -> tuple[str, str]:
    """Return the printed and the computed text of an item's statistics, empty if it has none."""
    distinct: list[Any] = list(rows.drop_duplicates("statistic").itertuples())
    claims = sorted(
        (claim for claim in distinct if claim.statistic in statistics),
        key=lambda claim: statistics.index(claim.statistic),
    )
    if not claims:
        return "", ""
    form = _PAIRS.get(" ".join(claim.statistic for claim in claims), "{}")
    unit = claims[0].unit if statistics[0] in _TIMES else ""
    printed = form.format(*(claim.printed for claim in claims))
    return _with_unit(printed, unit), _with_unit(form.format(*map(_computed, claims)), unit)


def _with_unit(number: str, unit: str) -> str:
    """Write a number and its unit, which is in the singular after 1.

    Examples
    --------
    >>> _with_unit("1", "years"), _with_unit("0.6", "years"), _with_unit("7", "")
    ('1 year', '0.6 years', '7')
    """
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}".rstrip()


def _computed(claim: Any) -> str:
    decimals = claim.decimals + {"p": 2, "cutoff": 1}.get(claim.statistic, 0)
    mark = {"truncated": _TRUNCATED, "differs": _DIFFERS}.get(claim.agreement, "")
    return format_number(claim.computed, decimals) + mark
