"""Which column is the time at the end of which the outcome was seen, or was not yet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cohortbook.cohort.guess import Guess
from cohortbook.cohort.lexicon import lexicon, plain


def time_of(guesses: Sequence[Guess], outcome: str, frame: pd.DataFrame) -> str:
    """Find the time that belongs to an outcome that is an event.

    Parameters
    ----------
    guesses : sequence of Guess
        In the order of the file.
    outcome : str
        The name of the variable.
    frame : DataFrame
        The variables, typed.

    Returns
    -------
    str
        The name of the time: of several, the one beside the event. Empty if the heading of the
        outcome is not that of an event, no column is a time, or a time is missing or below zero.
    """
    names = [g.name for g in guesses]
    event = guesses[names.index(outcome)]
    if not _has(event.heading, lexicon().file["events"]):
        return ""
    times = [
        g.name
        for g in guesses
        if not g.empty
        and g.entry["kind"] == "number"
        and is_duration(g.heading, event.heading)
        and frame[g.name].notna().all()
        and frame[g.name].ge(0).all()
        and frame[g.name].nunique() > 0.2 * len(frame)
    ]
    at = names.index(outcome)
    beside = [name for name in times if abs(names.index(name) - at) == 1]
    return beside[0] if beside else times[0] if len(times) == 1 else ""


def _has(heading: str, words: Sequence[str]) -> bool:
    text = f" {plain(heading)} "
    return any(f" {word} " in text for word in words)


def is_duration(heading: str, event: str) -> bool:
    """Check whether a heading says that a column is the time until an event.

    Examples
    --------
    >>> headings = ["Time (days)", "futime", "Follow-up months", "death time", "Waiting time"]
    >>> [is_duration(heading, "died") for heading in headings]
    [True, True, True, True, False]
    """
    words = lexicon().file
    text = f"{plain(heading)} "
    if _has(heading, words["durations"]) or (" " not in text.strip() and "time " in text):
        return True
    rest = set(text.split()) - set(words["clock"])
    units = {unit for each in words["times_units"].values() for unit in each}
    of = {*words["events"], *words["durations"], *plain(event).split()}
    return rest != set(text.split()) and (rest <= units or not rest.isdisjoint(of))
