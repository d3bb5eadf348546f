"""The outcome: which column it is, and which of its values is a Yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cohortbook.cohort.document import suggest
from cohortbook.cohort.guess import Guess
from cohortbook.cohort.levels import MOST_LEVELS
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.problems import Log, quote
from cohortbook.cohort.spec import Spec
from cohortbook.cohort.vocabulary import simplify, vocabulary


def possible_outcomes(
    counts: Mapping[str, Counter[str]], guesses: Sequence[Guess], spec: Spec
) -> dict[str, dict[str, int]]:
    """Count the levels of the columns that could be the outcome, the usual ones first.

    Parameters
    ----------
    counts : mapping
        By heading, how often each text of the table comes.
    guesses : sequence of Guess
        The columns that are variables.
    spec : Spec
        As the guesses would be read.

    Returns
    -------
    dict
        By the name of the variable, how many are of each of its two levels.
    """
    candidates, usual = {}, lexicon().file["outcomes"]
    for g in sorted(guesses, key=lambda g: g.name not in usual):
        if g.entry["kind"] not in ("binary", "category", "ordinal"):
            continue
        levels = vocabulary(spec, spec.variables[g.name]).levels
        each: Counter[str] = Counter()
        for text, n in counts[g.heading].most_common():
            each[levels.get(simplify(text), "")] += n
        del each[""]
        if len(each) == 2:
            candidates[g.name] = dict(each)
    return candidates


def choose_outcome(
    outcome: str, counts: Mapping[str, Counter[str]], guesses: Sequence[Guess], spec: Spec
) -> str:
    """Find the outcome, and make it binary if a value is said to be a Yes.

    Parameters
    ----------
    outcome : str
        A heading, or ``heading=value``; if it is empty there is none.
    counts, guesses, spec
        As in `possible_outcomes`.

    Returns
    -------
    str
        The name of the variable.

    Raises
    ------
    CohortError
        If there is no such column, it has not two values, or none of them is said to be a Yes.
    """
    if not outcome:
        return ""
    headings = {simplify(g.heading): g for g in guesses} | {g.name: g for g in guesses}
    column, yes = next(
        (
            (c, v)
            for c, v in readings(outcome)
            if simplify(c) in headings or _by_last_word(c, guesses)
        ),
        (outcome, ""),
    )
    chosen = headings.get(simplify(column)) or _by_last_word(column, guesses)
    log, read = Log("--outcome"), [g for g in guesses if g.name in spec.variables]
    possible = possible_outcomes(counts, read, spec)
    allowed = [g.heading for g in guesses if g.name in possible]
    listed = ", ".join(allowed) or "a column of yes and no"
    if chosen is None:
        named = allowed or [g.heading for g in guesses]
        raise log.stop(None, "no such column", suggest(column.partition("=")[0], named))
    if yes and chosen.name not in possible and _one_level(chosen, yes, counts[chosen.heading]):
        return chosen.name
    if chosen.name not in possible:
        several = (
            ""
            if chosen.empty or chosen.personal
            else _several_values(chosen, counts[chosen.heading])
        )
        problem = f"{chosen.heading} is not a column of two values"
        raise log.stop(None, problem, several or listed)
    values = list(possible[chosen.name])
    entry = chosen.entry
    if not yes and entry["kind"] != "binary":  # case and control, under the heading case
        named = [v for v in values if simplify(v) == simplify(chosen.heading)]
        yes = named[0] if named else ""
    if yes and entry["kind"] != "binary":
        sides = {simplify(value) == simplify(yes): value for value in values}
        if len(sides) != 2:
            raise log.stop(None, f"not a value of {chosen.heading}", " or ".join(values))
        spelt = dict(entry["levels"]) if isinstance(entry["levels"], dict) else {}
        chosen.entry = entry = {k: v for k, v in entry.items() if k in ("label", "missing")}
        entry["kind"] = "binary"
        for key, value in (("yes", sides[True]), ("no", sides[False])):
            entry[key] = spelt.get(value, [value])
    if entry["kind"] != "binary":
        ways = " or ".join(f'"{chosen.heading}={value}"' for value in values)
        raise log.stop(None, "which of the two values is a Yes is not said", ways)
    return chosen.name


def _by_last_word(column: str, guesses: Sequence[Guess]) -> Guess | None:
    """Find the one column of several heading rows whose last word is this."""
    matches = [g for g in guesses if g.heading.casefold().endswith(f" {column.casefold()}")]
    return matches[0] if len(matches) == 1 else None


def _several_values(column: Guess, counts: Counter[str]) -> str:
    """Return how one of three or more values can be the outcome."""
    values = values_of(counts, column)
    if not 2 < len(values) <= MOST_LEVELS:
        return ""
    return " or ".join(f'"{column.heading}={value}"' for value in sorted(values))


def _one_level(column: Guess, yes: str, counts: Counter[str]) -> bool:
    """Make one of several values the outcome, and all others a No, if it is one of them."""
    levels = column.entry.get("levels") or {value: [value] for value in values_of(counts, column)}
    spelt = {v: list(levels[v]) if isinstance(levels, dict) else [v] for v in levels}
    sides = [v for v in spelt if simplify(yes) in map(simplify, (v, *spelt[v]))]
    if column.personal or len(sides) != 1 or not 2 < len(spelt) <= MOST_LEVELS:
        return False
    others = [v for v in spelt if v != sides[0]]
    kept = {k: v for k, v in column.entry.items() if k in ("label", "missing")}
    if simplify(sides[0]) not in lexicon().yes:  # a Yes needs no words in the label
        kept["label"] = f"{kept['label']}: {sides[0]}"
    column.entry = {**kept, "kind": "binary", **as_yes(spelt, sides[0])}
    column.notes[:] = [f"{', '.join(map(quote, others))} taken as No: who is not {sides[0]}"]
    return True


def as_yes(levels: Mapping[str, Sequence[str]], yes: str) -> dict[str, list[str]]:
    """Make one of several levels a Yes and the others a No, with their spellings.

    Examples
    --------
    >>> as_yes({"low": ["1"], "high": ["2"], "top": []}, "high")
    {'yes': ['high', '2'], 'no': ['low', '1', 'top']}
    """
    texts = {level: list(dict.fromkeys((level, *spelt))) for level, spelt in levels.items()}
    no = [text for level in levels if level != yes for text in texts[level]]
    return {"yes": texts[yes], "no": no}


def values_of(counts: Counter[str], column: Guess) -> list[str]:
    """Give the different values of a column that are not missing, a spelling of each."""
    gone = {simplify(code) for code in column.entry.get("missing", ())}
    different = {simplify(text): text for text in counts if text}
    return [text for code, text in different.items() if code not in gone]


def readings(outcome: str) -> list[tuple[str, str]]:
    """Split HEADING=VALUE at each of its signs, as either may hold one too."""
    at = [i for i, sign in enumerate(outcome) if sign == "="]
    return [(outcome, ""), *((outcome[:i], outcome[i + 1 :].lstrip("=")) for i in at)]


def kept_values(heading: str, outcome: str) -> set[str]:
    """Give the values of a column that were named with the outcome: none of them is missing."""
    pairs = readings(outcome)
    return {simplify(v) for c, v in pairs if v and simplify(c) == simplify(heading)}
