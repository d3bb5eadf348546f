"""The groups that a ledger compares, and how many patients each of them has."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from paperaudit.noted import not_plain, other_unit

ALL, PATIENTS = "all", "patients"
OWN = ("built_in", "predicted")


@dataclass(frozen=True)
class Groups:
    """The patients of a study, as a ledger tells of them.

    Attributes
    ----------
    sizes
        Patients of each group that the ledger has a row ``patients`` for, ``all`` among them.
    compared
        The two groups that the study compares, in the order of the ledger; empty if the ledger
        does not have just two.
    """

    sizes: dict[str, int]
    compared: tuple[str, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Two or more groups that a test may compare, in the order of the ledger.

        More than two that are far from all patients overlap, and are none; nor are two that each
        have all patients, who are then compared with themselves.
        """
        named = tuple(group for group in self.sizes if group != ALL)
        total = sum(self.sizes[group] for group in named)
        everybody = self.sizes.get(ALL, total)
        same = self.sizes.get(ALL) and {self.sizes[group] for group in named} == {everybody}
        apart = (len(named) == 2 and not same) or abs(total - everybody) <= everybody / 5
        return named if len(named) >= 2 and apart else ()

    @property
    def add_up(self) -> bool:
        """Whether the groups that are compared are all patients."""
        total = sum(self.sizes[group] for group in self.arms)
        return bool(self.arms) and total == self.sizes.get(ALL, total)


def is_known(value: Any) -> bool:
    """Whether a cell of a ledger holds something.

    Examples
    --------
    >>> is_known(5), is_known(pd.NA), is_known(None)
    (True, False, False)
    """
    return not pd.isna(value)


def pair_of(claim: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the two groups that a number names as those that it compares: ``a|b``.

    Examples
    --------
    >>> pair_of({"group": "early|late"}), pair_of({"group": "early"})
    (('early', 'late'), ())
    """
    named = tuple(str(claim["group"]).split("|"))
    return named if len(named) > 1 else ()


def variable_of(claim: Mapping[Any, Any]) -> str:
    """Return the variable that a row is a level of, empty if the ledger names none."""
    return str(claim.get("variable", "") or "")


def own_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Keep the study's own numbers: not those it cites, choices of its design, or doubtful ones.

    Nor those that are no plain counts, shares, means or SDs by their own note.
    """
    own = claims["role"].isin(OWN)
    if "note" in claims:
        noted = claims[claims["note"].fillna("") != ""]
        rows = zip(noted.index, noted.to_dict("records"), strict=True)
        own &= ~claims.index.isin([name for name, row in rows if not_plain(row)])
    return claims[own & (claims["doubt"] == "")] if "doubt" in claims else claims[own]


def read_groups(claims: pd.DataFrame) -> Groups:
    """Find the groups of a ledger.

    Where a size is printed in several ways, or the groups do not add up, the sizes are taken that
    do add up, and of these those that most counts of patients and denominators support: a slip in
    one place does not move the others. Groups that are more than all patients, or whose counts
    add up to those of all, are all patients whatever is printed.

    Examples
    --------
    >>> from paperaudit import example_ledger, load_claims
    >>> read_groups(load_claims(example_ledger()))
    Groups(sizes={'all': 36, 'infection': 14, 'no_infection': 22},
           compared=('infection', 'no_infection'))
    """
    own = own_claims(claims)
    patients = own[(own["item"] == PATIENTS) & (own["statistic"] == "n")]
    names = [str(group) for group in patients["group"].unique() if group]
    support = {}
    for name in names:
        printed = patients.loc[patients["group"] == name, "value"].astype(int)
        wholes = own.loc[own["group"] == name, "denominator"].dropna().astype(int)
        support[name] = Counter([*printed, *wholes]), set(printed)
    # A smaller denominator may be missing values: it stands for a size only if the sizes add up.
    best = {name: max(sizes, key=lambda n: votes[n]) for name, (votes, sizes) in support.items()}
    # Eyes or visits may be more than all patients.
    names = [n for n in names if best[n] <= best.get(ALL, best[n]) or not other_unit({"unit": n})]
    best = {name: best[name] for name in names}
    _with_fewer_than_all(best, {name: counted for name, (counted, _) in support.items()})
    compared = tuple(name for name in names if name != ALL)
    compared = compared if len(compared) == 2 else ()
    if compared and ALL in best and {best[group] for group in compared} == {best[ALL]}:
        compared = ()
    if compared and ALL in best:
        choices = [
            dict(zip((*compared, ALL), (a, b, a + b), strict=True))
            for a, b in product(*(support[group][0] for group in compared))
            if a + b in support[ALL][0]
        ]
        both = sum(best[group] for group in compared)
        votes = {name: counted for name, (counted, _) in support.items()}
        better = [
            choice
            for choice in choices
            if all(votes[g][n] > votes[g][best[g]] for g, n in choice.items() if n != best[g])
        ]
        if both != best[ALL] and better:
            support_of = [sum(votes[g][n] for g, n in choice.items()) for choice in better]
            best |= better[support_of.index(max(support_of))]
        elif both > best[ALL] or (votes[ALL][best[ALL]] == 1 and _add_up(own, compared)):
            best[ALL] = both
    return Groups({name: best[name] for name in names}, compared)


def _with_fewer_than_all(best: dict[str, int], votes: Mapping[str, Counter[int]]) -> None:
    """Give a group that is more than all the size of its percentages, or what the others leave."""
    for name in [
        n for n in best if best[n] > best.get(ALL, best[n]) and not other_unit({"unit": n})
    ]:
        fewer = [n for n in votes[name] if n <= best[ALL]]
        left = best[ALL] - sum(best[arm] for arm in best if arm not in (name, ALL))
        alone = votes[name].total() == 1 and len(best) > 2
        best[name] = max(fewer, key=lambda n: votes[name][n], default=0) or (
            left if alone and left > 0 else best[name]
        )


def _add_up(own: pd.DataFrame, compared: tuple[str, ...]) -> bool:
    """Whether the counts of most items, of two at least, are the sum of those of the groups."""
    counts = own[(own["statistic"] == "n") & (own["item"] != PATIENTS)]
    table = counts.pivot_table("value", "item", "group", aggfunc="last")
    if not {ALL, *compared} <= set(table):
        return False
    table = table[[ALL, *compared]].dropna()
    fits = (table[ALL] == table[compared[0]] + table[compared[1]]).sum()
    return bool(fits >= 2 and fits > len(table) / 2)


def in_other_units(own: pd.DataFrame, groups: Groups) -> frozenset[str]:
    """List the items that count something else than patients: eyes, lesions, events.

    The unit or a note says so; or their percentages are of more than the group has patients, and
    of another number in each group, so that they are neither of a row nor of all.
    """
    shares = own[own["statistic"].isin(["n", "percent"])]
    items = {row["item"] for row in shares.to_dict("records") if other_unit(row)}
    wholes = shares[shares["group"].isin(groups.arms)].dropna(subset="denominator")
    for item, rows in wholes.groupby("item"):
        of_group = rows.groupby("group")["denominator"].agg(set)
        more = all(min(of_group[g]) > groups.sizes[str(g)] for g in of_group.index)
        if more and len(of_group) > 1 and len(set().union(*of_group)) == len(of_group):
            items.add(item)
    return frozenset(str(item) for item in items) - {PATIENTS}
