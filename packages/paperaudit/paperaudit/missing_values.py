"""P values that follow if the patients without data, whom the percentages show, are left out."""

from __future__ import annotations

from itertools import islice, product
from math import ceil

from paperaudit.audit_counts import MISSING
from paperaudit.groups import ALL, is_known
from paperaudit.record import Record
from paperaudit.rounding import counts_that_print, printed_value, totals_that_print
from paperaudit.tested import tested_shares, which_fit
from paperaudit.verdict import Claim

#: Sizes of the groups that are tried together.
MOST_TRIED = 400


def sizes_with_data(claim: Claim, record: Record, arms: tuple[str, ...]) -> tuple[int, ...] | None:
    """Find in how many patients of each group an item may be known so that its p follows.

    Only where a percentage of the item cannot be of its whole group: otherwise nothing printed
    says that anybody has no data.

    Returns
    -------
    tuple of int or None
        A size for each group, the largest that were tried first; None if none gives the p.
    """
    item = str(claim["item"])
    totals = [_totals_with_data(record, item, group) for group in (*arms, ALL)]
    if len(arms) < 2 or not any(needed for _, needed in totals):
        return None
    choices = [sizes_of_arms for sizes_of_arms, _ in totals[: len(arms)]]
    counts = [record.find(item, group, "n") for group in arms]
    if not all(choices) or not all(counts):
        return None
    yes = tuple(int(printed_value(n)) for n in counts)
    printed = str(claim["printed"])
    tried = [
        sizes
        for sizes in islice(product(*choices), MOST_TRIED)
        if 0 not in sizes and all(n <= size for n, size in zip(yes, sizes, strict=True))
    ]
    if len(arms) == 2:
        tables = [(yes[0], n1, yes[1], n0) for n1, n0 in tried]
        fits = which_fit(printed, tables).tolist() if tried else []
        return next((sizes for sizes, fit in zip(tried, fits, strict=True) if fit), None)
    for sizes in tried:
        tested = tested_shares(yes, sizes, item, arms)
        if tested is not None and tested.fits(printed):
            return sizes
    return None


def _totals_with_data(record: Record, item: str, group: str) -> tuple[list[int], bool]:
    """List in how many patients an item may be known, and whether not in the whole group."""
    size = record.groups.sizes.get(group, 0)
    for share in record.listed(item, group, "percent"):
        n, whole = record.find(item, group, "n"), share["denominator"]
        if not n or not is_known(whole) or int(whole) != size:
            continue
        count, printed = int(printed_value(n)), str(share["printed"])
        totals = totals_that_print(printed, count, ceil(size * (1 - MISSING)), size)
        needed = count not in counts_that_print(printed, size)
        return sorted({*totals, *([] if needed else [size])}, reverse=True), needed and bool(totals)
    return ([size] if size else []), False
