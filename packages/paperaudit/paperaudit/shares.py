"""Counts and percentages of a table that is read: levels of one variable, and denominators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperaudit.denominators import Base, Share, follows, percent_base
from paperaudit.rounding import is_bound, printed_value
from paperaudit.row_formats import RowFormats
from paperaudit.table_headings import key
from paperaudit.table_rows import Layout, Row, is_heading

Place = tuple[int, str]  # a row of the table, and a group


@dataclass(frozen=True)
class Levels:
    """The rows of one variable.

    Attributes
    ----------
    name
        Of the variable.
    rows
        Its levels.
    sure
        Whether their counts add up to each group.
    p_of_all
        Whether the only p is that at the first of three or more levels: it is the variable's.
    """

    name: str
    rows: tuple[Row, ...]
    sure: bool
    p_of_all: bool


def find_levels(
    rows: Sequence[Row],
    layout: Layout,
    groups: Mapping[int, str],
    sizes: Mapping[str, int],
    formats: RowFormats,
) -> dict[int, Levels]:
    """Find the rows under a heading whose counts add up to each group: levels of a variable.

    Returns
    -------
    dict of int to Levels
        By the ``id()`` of each row.
    """
    levels_of_rows: dict[int, Levels] = {}
    for head in rows:
        if not head.below or not is_heading(head, layout):
            continue
        counts = {id(row): _counts(row, layout, groups, formats) for row in head.below}
        for number in range(len(head.below), 1, -1):
            part = head.below[:number]
            fits = _fits([counts[id(row)] for row in part], sizes)
            if fits is None and part == head.below and _of_sum(part, layout, groups, formats):
                fits = True  # fewer have data
            if fits is not None:
                levels = Levels(
                    key(head.label.name), tuple(part), fits, _p_of_all(head, part, layout)
                )
                levels_of_rows |= {id(row): levels for row in part}
                break
    return levels_of_rows


def _of_sum(
    part: Sequence[Row], layout: Layout, groups: Mapping[int, str], formats: RowFormats
) -> bool:
    """Whether all counts of some rows are percentages of what they add up to in their group."""
    counts = [_counts(row, layout, groups, formats) for row in part]
    percents = [_counts(row, layout, groups, formats, "percent") for row in part]
    names = set(counts[0])
    if len(names) < 2 or any(set(of_row) != names for of_row in (*counts, *percents)):
        return False
    return all(
        follows(int(of_row[g]), shares[g], sum(int(other[g]) for other in counts))
        for g in names
        for of_row, shares in zip(counts, percents, strict=True)
    )


def _counts(
    row: Row,
    layout: Layout,
    groups: Mapping[int, str],
    formats: RowFormats,
    statistic: str = "n",
) -> dict[str, str]:
    """Return the counts, or the percentages, of a row as printed, by group."""
    counts: dict[str, str] = {}
    for j, cell in row.cells.items():
        if layout.columns[j].kind == "group" and cell is not None:
            names = formats.names(row, j, cell) or ()
            for name, printed in zip(names, cell.numbers, strict=False):
                value = printed_value(printed)
                if name == statistic and (name != "n" or value.denominator == 1):
                    counts[groups[j]] = str(int(value)) if name == "n" else printed
    return counts


def _fits(counts: Sequence[Mapping[str, str]], sizes: Mapping[str, int]) -> bool | None:
    """Whether counts add up to the size of each group; None if to less than half of the groups.

    A slip in one group does not hide that the others add up.
    """
    with_counts = [g for g in sizes if all(g in of_row for of_row in counts)]
    adds = [sum(int(of_row[g]) for of_row in counts) == sizes[g] for g in with_counts]
    if not with_counts or sum(adds) < max(1, len(with_counts) / 2):
        return None
    return all(adds)


def sizes_that_follow(
    rows: Sequence[Row],
    layout: Layout,
    groups: Mapping[int, str],
    sizes: Mapping[str, int],
    formats: RowFormats,
) -> dict[str, int]:
    """Find a group whose percentages follow from what the others leave of all, not from its size.

    Or two whose sizes changed places. That has to be said once, and not of each percentage.
    """
    arms = [group for group in sizes if group != "all"]
    better = {}
    left = {}
    for group in sizes if "all" in sizes else ():
        others = sum(sizes[arm] for arm in arms if arm != group)
        left[group] = others if group == "all" else sizes["all"] - others
        pairs = [
            tuple(_counts(row, layout, groups, formats, s).get(group, "") for s in ("n", "percent"))
            for row in rows
        ]
        shares = [(int(n), percent) for n, percent in pairs if percent and n not in ("", "0")]
        fits = {
            size: sum(follows(*share, size) for share in shares)
            for size in (sizes[group], left[group], *sizes.values()) if size > 0
        }  # fmt: skip
        best = max(fits, key=lambda size: fits[size], default=0)
        if best and fits[best] > max(1, fits[sizes[group]]) and 2 * fits[best] > len(shares):
            better[group] = best
    one = all(size == left[group] for group, size in better.items())
    if len(better) == 1 and one:
        return better
    swapped = len(better) == 2 and [sizes[group] for group in better] == [*better.values()][::-1]
    return better if swapped else {}


def _p_of_all(head: Row, part: Sequence[Row], layout: Layout) -> bool:
    if len(part) < 3 or any(layout.columns[j].kind == "p" for j in head.cells):
        return False
    with_p = [any(layout.columns[j].kind == "p" for j in row.cells) for row in part]
    return with_p[0] and not any(with_p[1:])


def set_denominators(
    claims: Sequence[dict[str, Any]],
    sizes: Mapping[str, int],
    levels: Mapping[int, Levels],
    percent_of: Base,
) -> tuple[int, int] | None:
    """Give the percentages of a table their denominators, in place.

    Those that stand in the cell count; else the size of the group or the total of the row, by
    which most counts of the table give their percentages; else that of the levels of a variable,
    if it gives every one of them and the group does not (values are missing).

    Returns
    -------
    tuple of int, or None
        Row and column of the first percentage, if what they are of is a doubt.
    """
    cells: dict[Place, dict[str, dict[str, Any]]] = {}
    for claim in claims:  # a count and its percentage may stand in two columns
        cells.setdefault((claim["row"], claim["group"]), {})[claim["statistic"]] = claim
    totals = _row_totals(claims)
    shares: dict[Place, Share] = {}
    for place, cell in cells.items():
        if "denominator" in cell:
            for name in ("n", "percent"):
                if name in cell:
                    whole = cell["denominator"]["printed"].replace(",", "")
                    cell[name]["denominator"] = whole
            if "n" not in cell and "percent" not in cell:
                if not cell["denominator"]["group"]:  # a row of a regression counts its patients
                    cell["denominator"] |= {"statistic": "n", "unit": "patients"}
                continue
        elif "percent" in cell:
            percent = cell["percent"]
            total = totals.get(percent["row"]) if percent["group"] != "all" else None
            n = int(printed_value(cell["n"]["printed"])) if "n" in cell else -1
            shares[place] = Share(n, percent["printed"], sizes.get(percent["group"]), total)
    counted = {place: share for place, share in shares.items() if share.n >= 0}
    of_groups = [share for (_, group), share in counted.items() if group != "all"]
    base = percent_of or percent_base(of_groups) or percent_base(counted.values())
    if not base:  # levels of which each is a percentage of them all speak for no other
        at = {row.at for variable in levels.values() for row in variable.rows}
        base = percent_base(s for (row, _), s in counted.items() if row not in at)
    for place, share in shares.items():
        percent = cells[place]["percent"]
        of_row = base == "row" and percent["group"] != "all"
        whole = share.total if of_row else share.size if base else None
        percent["denominator"] = str(whole or "")
    if base == "column":
        _with_missing(shares, cells, levels)
    unsettled = bool(shares) and not base and (not counted or any(s.size for s in counted.values()))
    first = cells[min(shares)]["percent"] if unsettled else {}
    return (first["row"], first["column"]) if unsettled else None


def settle_thirds(claims: Sequence[dict[str, Any]], sizes: Mapping[str, int]) -> None:
    """Say what the third number of cells such as ``120 (30) [60]`` is, in place.

    A percentage of the row or of the group gets its denominator; how many are known, or missing of
    the group, becomes the denominator of the cell: whichever follows in most cells, and in half of
    them at least. Else it stays without one.
    """
    cells: dict[Place, dict[str, dict[str, Any]]] = {}
    for claim in claims:
        cells.setdefault((claim["row"], claim["group"]), {})[claim["statistic"]] = claim
    cells = {place: cell for place, cell in cells.items() if "third" in cell}
    totals = _row_totals(claims)
    wholes: dict[str, list[tuple[str, int]]] = {"row": [], "group": [], "known": [], "missing": []}
    for (row, group), cell in cells.items():
        percent, third = cell["percent"]["printed"], cell["third"]["printed"]
        size, number = sizes.get(group, 0), int(printed_value(third))
        is_count = not is_bound(third) and printed_value(third) == number
        wholes["row"].append((third, totals.get(row, 0)))
        wholes["group"].append((third, size))
        wholes["known"].append((percent, number * is_count))
        wholes["missing"].append((percent, max(0, size - number) * is_count))
    counts = [int(printed_value(cell["n"]["printed"])) for cell in cells.values()]

    def fitting(kind: str) -> int:
        shares = zip(counts, wholes[kind], strict=True)
        return sum(follows(n, percent, whole) for n, (percent, whole) in shares)

    kind = max(wholes, key=fitting)
    if 2 * fitting(kind) < len(cells):
        return
    for cell, (_, whole) in zip(cells.values(), wholes[kind], strict=True):
        if kind in ("row", "group"):
            cell["third"]["denominator"] = str(whole)
        else:
            cell["third"] |= {"statistic": "denominator", "printed": str(whole)}


def other_sizes(claims: Sequence[dict[str, Any]], rows: Sequence[Row]) -> dict[str, int]:
    """Find sizes of groups of which the levels under some heading are the percentages.

    Returns
    -------
    dict of str to int
        By group, what the levels add up to, if every one of them is its printed percentage, and
        all such headings agree.
    """
    cells: dict[Place, dict[str, str]] = {}
    for claim in claims:
        cells.setdefault((claim["row"], claim["group"]), {})[claim["statistic"]] = claim["printed"]
    sums_of_groups: dict[str, set[int]] = {}
    for head in (row for row in rows if len(row.below) > 1):
        for group in [group for at, group in cells if at == head.below[0].at and group]:
            parts = [cells.get((row.at, group), {}) for row in head.below]
            if not all({"n", "percent"} <= set(part) for part in parts):
                continue
            counts = [int(printed_value(part["n"])) for part in parts]
            together = sum(counts)
            shares = zip(counts, parts, strict=True)
            if all(follows(n, part["percent"], together) for n, part in shares):
                sums_of_groups.setdefault(group, set()).add(together)
    return {group: min(sums) for group, sums in sums_of_groups.items() if len(sums) == 1}


def _row_totals(claims: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Patients of each row: as printed for all, else those of its groups together."""
    by_row: dict[int, dict[str, int]] = {}
    for claim in claims:
        if claim["statistic"] == "n":
            by_row.setdefault(claim["row"], {})[claim["group"]] = int(
                printed_value(claim["printed"])
            )
    return {
        row: counts.get("all") or sum(counts.values())
        for row, counts in by_row.items()
        if "all" in counts or len(counts) > 1
    }


def _with_missing(
    shares: Mapping[Place, Share],
    cells: Mapping[Place, Mapping[str, dict[str, Any]]],
    levels: Mapping[int, Levels],
) -> None:
    """Take the levels of a variable together where each, and not the group, gives the percents."""
    for variable in {id(v): v for v in levels.values()}.values():
        at = {row.at for row in variable.rows}
        for group in {group for row, group in shares if row in at}:
            part = [(p, s) for p, s in shares.items() if p[0] in at and p[1] == group]
            if len(part) < len(at) or any(share.n < 0 for _, share in part):
                continue
            together = sum(share.n for _, share in part)
            by_size = all(follows(s.n, s.percent, s.size) for _, s in part)
            if not by_size and all(follows(s.n, s.percent, together) for _, s in part):
                for place, _ in part:
                    cells[place]["percent"]["denominator"] = str(together)
