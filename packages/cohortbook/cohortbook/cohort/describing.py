"""The columns of a table, each as the variable that it probably is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

from cohortbook.cohort.guess import Guess, guess, unit_of
from cohortbook.cohort.lexicon import recognise
from cohortbook.cohort.measures import pair_of
from cohortbook.cohort.missing_words import PROGRAMS
from cohortbook.cohort.numerals import all_plain, is_number, part_of, ungrouped
from cohortbook.cohort.outcome import kept_values
from cohortbook.cohort.repeats import is_event
from cohortbook.cohort.source import Source, but_blank
from cohortbook.cohort.spec import as_number
from cohortbook.cohort.vocabulary import simplify


def describe_columns(source: Source, outcome: str) -> list[Guess]:
    """Guess what each column is; a column of pairs is two variables.

    Parameters
    ----------
    source : Source
    outcome : str
        As it was said: a value that it names is not taken as missing.

    Returns
    -------
    list of Guess
        In the order of the file.
    """
    guesses, thousands = list[Guess](), source.data.thousands
    taken = {"patient"}
    sure = _sure_words(source.counts.values())
    for heading in source.counts:
        written = source.counts[heading]
        counts = _spelt(written, lambda text: ungrouped(text, thousands)) if thousands else written
        declared = source.declared[heading]
        unit = unit_of(heading, declared.label, declared.unit)
        pair = [] if declared.choices or all_plain(counts) else pair_of(heading, but_blank(counts))
        for part, word in enumerate(pair, 1) if pair else [(0, "")]:
            name = _free(
                f"{_name(declared.heading or heading, unit)}_{word}".strip("_ ").replace(" ", "_"),
                taken,
            )
            each = _spelt(counts, partial(_part_of, part=str(part))) if part else counts
            g = guess(
                heading, each, declared, source.forms, name, thousands=thousands,
                grouped=counts != written,
                sure=sure, kept=kept_values(heading, outcome),
            )  # fmt: skip
            if g.name == "female" and not g.empty and g.entry["kind"] == "category":
                g.name = _free("sex", taken)
            if part and not g.empty:
                g.entry |= {"label": f"{g.entry['label']}, {word}", "part": str(part)}
                g.notes.append(f"pairs such as 121/71, split in two: this is the {word}")
            g.ignored = is_event(heading)
            guesses.append(g)
    return guesses


def _spelt(counts: Counter[str], write: Callable[[str], str]) -> Counter[str]:
    """Count the texts of a column as they are when each is written otherwise."""
    spelt: Counter[str] = Counter()
    for text, n in counts.items():
        spelt[write(text)] += n
    return spelt


def _sure_words(columns: Iterable[Counter[str]]) -> set[str]:
    """Find what a program writes for missing: where it stands among numbers."""
    sure = set()
    for counts in columns:
        words = set(PROGRAMS) & set(counts)
        rest = counts.total() - counts[""] - sum(counts[word] for word in words)
        if words and rest and sum(n for t, n in counts.items() if is_number(t)) > 0.5 * rest:
            sure |= words
    return sure


def _part_of(text: str, part: str) -> str:
    """Give one number of a pair; of what is no pair, all."""
    pair = any(mark in text for mark in "/\\|x×") and any(map(str.isdigit, text))
    return part_of(text, part) if pair else text


def _free(base: str, taken: set[str]) -> str:
    """Make a name that is not taken yet, and take it."""
    name = base
    while name in taken:
        name = f"{base}_{sum(each.startswith(base) for each in taken) + 1}"
    taken.add(name)
    return name


def _name(heading: str, unit: str) -> str:
    """Make a name of a heading."""
    name = recognise(heading, unit)
    if not name:
        words = unicodedata.normalize("NFKC", simplify(heading))  # m² is m2
        name = re.sub(r"[\W_]+", "_", words).strip("_")[:40]
    if not name.isidentifier() or name == "patient" or as_number(name) is not None:
        name = f"v_{name}"
    return name if name.isidentifier() else "column"
