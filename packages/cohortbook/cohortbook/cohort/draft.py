"""A first `cohort.yml`, drafted from a table of data, with every guess and every doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cohortbook.cohort.cleaning import Memory, is_box
from cohortbook.cohort.describing import describe_columns
from cohortbook.cohort.draft_text import Findings, draft_text
from cohortbook.cohort.followup import time_of
from cohortbook.cohort.guess import Declared, Guess
from cohortbook.cohort.identifiers import with_article
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.notation import FIRST_YEAR
from cohortbook.cohort.numerals import is_number
from cohortbook.cohort.outcome import choose_outcome, possible_outcomes, values_of
from cohortbook.cohort.problems import list_rows, quote
from cohortbook.cohort.redcap import opened_by
from cohortbook.cohort.repeats import Patients, counted_by, find_patients, is_event
from cohortbook.cohort.source import Source, open_source
from cohortbook.cohort.spec import Data, Derive, Duplicates, Id, Rule, Spec, Variable, Words
from cohortbook.cohort.trial import several_rows, try_rules, try_values, two_patients
from cohortbook.cohort.vocabulary import simplify

SKEWED = 1.0
"""Of a number whose skewness is beyond this, ranks are compared and not means."""

_SERIAL = re.compile(r"[1-6][0-9]{4}([.,]0+)?")


@dataclass(frozen=True)
class Draft:
    """A drafted specification.

    Attributes
    ----------
    text : str
        The `cohort.yml`.
    outcome : str
        The variable that is the outcome; empty if it was not said.
    candidates : dict
        What could be the outcome: headings, each with how many say yes.
    warnings : tuple of str
        Columns that look like identifiers.
    doubts : int
        How many doubts stand in the text.
    several : tuple of str
        Where patients have several rows and nothing says which counts: that, and what to write.
    declared : tuple of str
        The variables that the file or its dictionary explains.
    """

    text: str
    outcome: str
    candidates: Mapping[str, str]
    warnings: tuple[str, ...]
    doubts: int
    several: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()


def draft_cohort(
    file: Path, *, dictionary: Path | None = None, sheet: str = "", outcome: str = ""
) -> Draft:
    """Draft the specification of a table of data, kept in `raw/` beside it.

    Parameters
    ----------
    file : Path
        Text (.csv, .txt, .tsv), a workbook (.xlsx, .xls, .ods), Stata, SPSS or SAS.
    dictionary : Path, optional
        The data dictionary of a REDCap project, or a codebook: variable, label, unit, values.
    sheet : str, optional
        The sheet of a workbook; by default the first that looks like a table.
    outcome : str, optional
        The heading of the outcome; ``heading=value`` says which of two values is a Yes.

    Returns
    -------
    Draft
        Values that are not of the guessed kind are among its missing codes, each with a doubt, so
        that the cohort can be loaded; none of a column that looks like an identifier is in it. A
        rule, or the range of a known variable, that a few rows break is drafted, so that the cohort
        cannot be loaded until these are corrected.

    Raises
    ------
    CohortError
        If the data cannot be read, headings are missing, rows are too short or too long, or there
        is no such outcome.
    """
    return Drafter(open_source(file, dictionary, sheet)).draft(outcome)


class Drafter:
    """Describes the columns, tries the description on the data, and writes it."""

    def __init__(self, source: Source) -> None:
        self.source, self.table, self.data = source, source.table, source.data
        self.counts = source.counts
        self.doubts = list(source.doubts)
        self.rules: list[Any] = []
        self.duplicates = self.one_row = ""
        self.patients = Patients()
        self.guesses: list[Guess] = []
        self.derived: dict[str, dict[str, Any]] = {}
        self.unknown: list[int] = []
        self.events, self.time = 0, ""
        self.skewed: list[str] = []
        self.memory = Memory()
        self.serial = "excel1904" if source.epoch == 1904 else "excel"

    @property
    def id(self) -> Guess | None:
        """The column that tells patients apart."""
        return self.patients.id

    def draft(self, outcome: str) -> Draft:
        """Make the draft."""
        self.guesses = describe_columns(self.source, outcome)
        self.patients = find_patients(self.table, self.guesses)
        chosen = choose_outcome(outcome, self.counts, self.guesses, self.spec())
        forms = self.source.forms
        serial = any(g.entry.get("kind") == "date" and self.is_serial(g) for g in self.read())
        self.data = replace(
            self.data, date_formats=(*forms, *[self.serial] * serial) or Data.date_formats
        )
        if any("%y" in form for form in forms):
            self.data = replace(self.data, first_year=str(datetime.now().year - FIRST_YEAR))
        self.share_missing()
        self.open_forms()
        self.derive()
        try_values(self.table, self.spec, self.by_name, self.memory)
        self.say_who()
        self.rules, frame = try_rules(self.table, self.spec(), self.memory)
        skewness = frame.select_dtypes("number").skew()
        self.skewed = skewness.index[skewness.abs() > SKEWED].tolist()
        if chosen:
            values = frame[chosen].dropna().astype(bool)
            self.unknown = frame.index[frame[chosen].isna()].tolist()
            self.events = min(int(values.sum()), int((~values).sum()))
            self.time = time_of(self.read(), chosen, frame[frame[chosen].notna()])
        named = self.by_name
        candidates = {
            named[name].heading: ", ".join(f"{level} {n}" for level, n in counts.items())
            for name, counts in possible_outcomes(self.counts, self.read(), self.spec()).items()
        }
        warnings = tuple(
            f"{g.heading}: looks like {with_article(g.personal)}"
            for g in self.guesses
            if g.personal
        )
        text = draft_text(self.findings(chosen), candidates)
        doubts = sum(line.strip().startswith("# doubt: ") for line in text.splitlines())
        several = tuple(self.patients.advice) if self.patients.long else ()
        declared = tuple(
            g.name for g in self.read() if self.source.declared[g.heading] != Declared()
        )
        return Draft(text, chosen, candidates, warnings, doubts, several, declared)

    def open_forms(self) -> None:
        """Say of the boxes of a form that nobody opened that they are missing, and no No."""
        boxes = [g.heading for g in self.read() if g.entry["kind"] == "binary"]
        for form, columns in opened_by(self.table, boxes).items():
            for g in self.read():
                if g.heading in columns and g.heading in boxes and is_box(g.heading):
                    g.entry["opened_by"] = [c for c in columns if c != g.heading]
            self.doubts.append(
                f"where nothing of the form {form} was filled in its boxes are missing, and no No "
                "(opened_by)"
            )

    def say_who(self) -> None:
        """See whether the id tells patients apart; if not, what its several rows are."""
        who = self.patients
        if not who.id:
            self.doubts.append("no column tells patients apart: each row is taken as a patient")
            if heading := counted_by(self.table, self.guesses):
                self.doubts.append(
                    f"{heading}: does it count the patients of a row? Then the numbers "
                    "here are of rows: a table with each row repeated so often is wanted"
                )
            return
        if who.with_:
            self.doubts.append(f"{who.names} together tell patients apart")
        if who.events and who.patients < who.rows:
            self.join_events()
            return
        if who.long:
            self.doubts.append(f"{who.advice[0]}: say which row of a patient counts, for instance")
            return
        if (
            who.patients == who.rows
            or (again := several_rows(self.table, self.spec(), self.memory)).empty
        ):
            return
        if doubt := two_patients(self.table, self.spec(), self.guesses, who.id):
            self.doubts.append(doubt)
            return
        dates = [g.name for g in self.read() if g.entry["kind"] == "date" and not g.personal]
        dates.sort(key=lambda name: name not in ("form_date", "last_visit"))
        for latest in dates:
            self.duplicates = latest
            if several_rows(self.table, self.spec(), self.memory).empty:
                self.doubts.append(f"several forms of one id: the latest by {latest} stands")
                return
        self.duplicates = ""
        self.doubts += who.advice or [f"rows without an id: {list_rows(again['row'])}"]

    def join_events(self) -> None:
        """Put the events of a REDCap project together; what changes is read first and last."""
        assert self.id
        self.one_row = "first_known"
        events = [heading for heading in map(str, self.table) if is_event(heading)]
        names = [heading for heading in events if self.table[heading].ne("").any()]
        self.doubts.append(
            f"{self.patients.rows} rows are {self.patients.patients} patients, by "
            f"{', '.join(names)}: each variable is the first value known of a patient; last values "
            "stand beside those that change (row: last_known; or highest, mean, any, nearest, …), "
            "another event: where"
        )
        ids = self.table[self.id.heading].astype(object).map(simplify)
        for g in list(self.read()):
            if g.heading in events or g.entry["kind"] in ("text", "date") or g.personal:
                continue
            values = self.table[g.heading].astype(object).map(simplify)
            gone = {simplify(code) for code in g.entry.get("missing", ())} | {""}
            known_ones = values[~values.isin(gone)]
            if known_ones.groupby(ids).nunique().gt(1).any():
                entry = g.entry | {"label": f"{g.entry['label']} (last)", "row": "last_known"}
                last = replace(g, name=f"{g.name}_last", entry=entry, notes=[])
                g.entry["label"] += " (first)"
                self.guesses.insert(self.guesses.index(g) + 1, last)

    def findings(self, outcome: str) -> Findings:
        """Give what there is to write down."""
        words: Counter[str] = Counter()
        for g in self.guesses:
            words.update(g.words)
        if words:
            listed = ", ".join(
                f"{quote(word)} ({n} cell{'s' * (n > 1)})" for word, n in words.most_common(8)
            )
            self.doubts.append(f"taken as missing among numbers and dates: {listed}")
        if coded := self.coded():
            self.doubts.append(f"1 taken as Yes and 0 as No: {', '.join(coded)}")
        return Findings(
            self.data,
            self.doubts,
            self.guesses,
            self.patients,
            self.duplicates,
            self.one_row,
            self.spellings(),
            self.derived,
            self.rules,
            outcome,
            self.unknown,
            self.events,
            self.time,
            [name for name in self.skewed if name != self.time],
        )

    def coded(self) -> list[str]:
        """List the columns of 0 and 1 that are taken as No and Yes, and nothing says so."""
        return [
            g.heading
            for g in self.read()
            if g.entry["kind"] == "binary"
            and not self.source.declared[g.heading].choices
            and {simplify(v) for v in values_of(self.counts[g.heading], g)} <= {"0", "1"}
        ]

    def is_serial(self, column: Guess) -> bool:
        """Check whether days are written as Excel's numbers."""
        return any(map(_SERIAL.fullmatch, self.counts[column.heading]))

    def share_missing(self) -> None:
        """Move the missing codes that are no value anywhere from the variables to the table."""
        codes = {
            simplify(code)
            for g in self.guesses
            for code in g.entry.get("missing", ())
            if not is_number(code)
        }
        used = {
            simplify(str(text))
            for g in self.guesses
            for key in ("yes", "no", "levels", "items")
            for text in g.entry.get(key, ())
        }
        shared = {code for code in codes if code not in used}
        self.data = replace(self.data, missing=tuple(sorted(shared)))
        for g in self.guesses:
            own = [code for code in g.entry.pop("missing", ()) if simplify(code) not in shared]
            if own:
                g.entry["missing"] = own

    @property
    def by_name(self) -> dict[str, Guess]:
        """The columns by the names of their variables."""
        return {g.name: g for g in self.guesses}

    def read(self) -> list[Guess]:
        """Give the columns that are variables."""
        return [g for g in self.guesses if not g.empty and g is not self.id and not g.ignored]

    def spec(self, *rules: Rule) -> Spec:
        """Give the specification, as it would be read."""
        entries = {g.name: {"column": g.heading, **g.entry} for g in self.read()}
        variables = {name: _variable(name, entry) for name, entry in entries.items()}
        variables |= {name: _variable(name, entry) for name, entry in self.derived.items()}
        return Spec(
            self.data,
            variables,
            id=Id(self.id.heading, identifier=True, with_=self.patients.with_) if self.id else None,
            one_row=self.one_row,
            duplicates=Duplicates(self.duplicates) if self.duplicates else None,
            spellings=Words(*self.spellings()),
            rules=rules,
            sequence=tuple(variables),
        )

    def spellings(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the plain words for yes and no that are used and not built in."""
        used = {
            simplify(value)
            for g in self.read()
            if g.entry["kind"] == "binary" and not {"yes", "no"} & set(g.entry)
            for value in values_of(self.counts[g.heading], g)
        }
        built_in = {"yes", "no", "true", "false", "1", "0"}
        yes, no = (
            tuple(sorted({*map(simplify, lexicon().file[f"plain_{k}"])} & used - built_in))
            for k in ("yes", "no")
        )
        return yes, no

    def derive(self) -> None:
        """Add what follows from known variables: raised enzymes, ages and times."""
        kinds = {g.name: g.entry["kind"] for g in self.read()}
        file = lexicon().file
        for name, model in file["variables"].items():
            if "enzyme" in model and kinds.get(name) == kinds.get(f"{name}_limit") == "number":
                label = f"Raised {model['label']}"
                self.derived[f"{name}_raised"] = {
                    "label": label,
                    "derive": {"above": [name, f"{name}_limit"]},
                }
        for name, dates in {**file["ages"], **file["times"]}.items():
            if name not in kinds and all(kinds.get(date) == "date" for date in dates):
                label = name.replace("_", " ").capitalize()
                entry = {"label": label, "unit": "years", "derive": {"years": dates}}
                self.derived[name] = entry


def _variable(name: str, entry: Mapping[str, Any]) -> Variable:
    """Make the variable that an entry would be read as."""
    made: dict[str, Any] = {"name": name, "kind": "number"}
    for key, value in entry.items():
        if key == "derive":
            ((operator, operands),) = value.items()
            made[key] = Derive(**{operator: tuple(operands)})  # type: ignore[arg-type]
            made["kind"] = "binary" if operator == "above" else "number"
        elif key == "suffixes":
            made[key] = dict(value) if isinstance(value, dict) else {v: v for v in value}
        elif isinstance(value, dict) or key in ("levels", "items"):
            pairs = value.items() if isinstance(value, dict) else [(v, [v]) for v in value]
            made[key] = {level: tuple(texts) for level, texts in pairs}
        else:
            made[key] = tuple(value) if isinstance(value, list) else value
    return Variable(**made)
