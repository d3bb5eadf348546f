"""Who is a patient: which columns tell patients apart, and what several rows of one of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pandas as pd

from cohortbook.cohort.guess import Guess
from cohortbook.cohort.lexicon import lexicon, plain
from cohortbook.cohort.problems import list_rows
from cohortbook.cohort.vocabulary import simplify

LONG = 0.5
"""A table in which more of the patients have several rows is one of visits, not of patients."""

MOST_VISITS = 30
"""A column with more different values does not number the visits of a patient."""

FEW_EVENTS = 10
"""So many different values may tell the rows of a patient apart under any heading."""

_EVENTS = ("event name", "repeat instance", "repeat instrument")


def is_event(heading: str) -> bool:
    """Check whether a column is one that REDCap adds where a patient has several rows.

    Examples
    --------
    >>> is_event("redcap_event_name"), is_event("Repeat Instance"), is_event("event")
    (True, True, False)
    """
    return plain(heading).removeprefix("redcap ") in _EVENTS


@dataclass
class Patients:
    """What identifies patients: a column, or several together.

    `rows` is the number of rows and `patients` of patients; `visit` tells the rows of one patient
    apart; `events` says that REDCap wrote them; `told` is what there is to say of it.
    """

    id: Guess | None = None
    with_: tuple[str, ...] = ()
    rows: int = 0
    patients: int = 0
    visit: str = ""
    order_by: str = ""
    long: bool = False
    events: bool = False
    advice: list[str] = field(default_factory=list)

    @property
    def names(self) -> str:
        """The headings that tell patients apart."""
        return " and ".join([*([self.id.heading] if self.id else []), *self.with_])


def find_patients(table: pd.DataFrame, guesses: Sequence[Guess]) -> Patients:
    """Find what tells patients apart.

    Parameters
    ----------
    table : DataFrame
        Texts, stripped.
    guesses : sequence of Guess

    Returns
    -------
    Patients
        Without an `id` if no column is one.
    """
    known_words = set(lexicon().file["patients"])
    keys = [g for g in guesses if not g.empty and g.entry["kind"] != "date" and not g.ignored]
    marked = [g for g in keys if g.personal in ("record number", "identifier")]
    marked = [g for g in marked if g.entry["kind"] == "text" and g.count == len(table)]
    unique = [g for g in marked if _apart(table, g)]
    named = [g for g in keys if plain(g.heading) in known_words and g.count > 0.9 * len(table)]
    named = [g for g in named if g.levels > max(2, 0.02 * len(table))]
    whole = [g for g in named if _apart(table, g)]
    if unique or whole:
        return Patients((unique or whole)[0], rows=len(table), patients=len(table))
    chosen = next(chain(named, sorted(marked, key=lambda g: -g.levels)), None)
    if not chosen or chosen.levels < 2:
        return Patients(rows=len(table))
    return _several(table, guesses, chosen)


def counted_by(table: pd.DataFrame, guesses: Sequence[Guess]) -> str:
    """Find the column that says how many patients each row stands for, in a table of counts.

    Returns
    -------
    str
        Its heading, if its name is that of a count, all others make groups, and no two rows are of
        the same groups; else nothing.
    """
    columns = [g for g in guesses if not (g.empty or g.ignored)]
    number = [g for g in columns if g.entry["kind"] == "number"]
    groups = [g.heading for g in columns if g.entry["kind"] in ("binary", "category", "ordinal")]
    if len(number) != 1 or len(groups) != len(columns) - 1 or not groups:
        return ""
    heading = number[0].heading
    named = plain(heading) in lexicon().file["counts"]
    return heading if named and not table.duplicated(groups).any() else ""


def _apart(table: pd.DataFrame, key: Guess) -> bool:
    """Check whether every row has a key of its own; x1 and X1 are one."""
    return key.levels == len(table) == len(set(map(simplify, table[key.heading])))


def _several(table: pd.DataFrame, guesses: Sequence[Guess], key: Guess) -> Patients:
    """Describe the rows of patients that have more than one."""
    simple = table.astype(object).map(simplify)
    simple = simple[simple[key.heading] != ""]
    who = Patients(key, rows=len(table), events=any(map(is_event, map(str, table))))
    sites = _named(table, "sites", key.heading)
    visits = [v for v in _named(table, "visits", key.heading) if simple[v].nunique() <= MOST_VISITS]
    visits += [
        g.heading
        for g in guesses
        if not g.empty
        and g.heading not in (*visits, *sites)  # a patient is at one site
        and g.entry["kind"] in ("category", "ordinal", "number")
        and g.levels <= FEW_EVENTS
    ]
    for with_ in ((), *((site,) for site in sites)):
        keys = [key.heading, *with_]
        who.visit = next((v for v in visits if not simple.duplicated([*keys, v]).any()), "")
        if who.visit:
            who.with_ = with_
            break
    else:
        if (
            key.levels < len(simple)
            and sites
            and not simple.duplicated([key.heading, sites[0]]).any()
        ):
            who.with_ = (sites[0],)
    who.order_by = next(
        (
            g.name
            for g in guesses
            if g.heading == who.visit and g.entry["kind"] in ("date", "number", "ordinal")
        ),
        "",
    )
    each = simple.groupby([key.heading, *who.with_], sort=False).size()
    who.patients = len(each)
    who.long = bool((each > 1).sum() > LONG * len(each)) or (
        bool(who.visit) and len(simple) > 1.5 * len(each)
    )
    if who.long and not who.events:
        who.advice = [_sentence(who, each), *_ways(table, who)]
    elif (each > 1).any() and not who.events:
        again = simple.index[simple.duplicated([key.heading, *who.with_], keep=False)]
        copies = int(simple.duplicated().sum())
        who.advice = [
            f"{int((each > 1).sum())} ids have several rows ({list_rows(again)})"
            + f", {copies} of them copies of another" * bool(copies)
            + ": correct them, or say one_row: first or last"
        ]
    return who


def _named(table: pd.DataFrame, kind: str, key: str) -> list[str]:
    """List the columns whose heading has a word of a kind, those that are just it first."""
    words = set(lexicon().file[kind])
    headings = [h for h in map(str, table) if h != key and table[h].ne("").mean() > 0.9]
    exact = [h for h in headings if plain(h) in words]
    return exact + [h for h in headings if h not in exact and words & set(plain(h).split())]


def _sentence(who: Patients, each: pd.Series[Any]) -> str:
    together = " together" * bool(who.with_)
    low, high = int(each.min()), int(each.max())
    rows = f"{low} rows each" if low == high else f"{low} to {high} rows each"
    return f"{who.rows} rows are {who.patients} patients ({who.names}{together}), {rows}"


def _ways(table: pd.DataFrame, who: Patients) -> list[str]:
    """Return what can be written, with the columns of this table."""
    if not who.visit:
        return ["one_row: first   # or last"]
    last = table[who.visit].iloc[-1]
    order = [f"order_by: {who.order_by}"] * bool(who.order_by)
    dated = any(map(str.isdigit, last)) and len(last) > 5
    keep = [f"keep: {{{who.visit}: [{last!r}]}}   # instead"] * (not dated)
    return ["one_row: last   # or first", *order, *keep]
