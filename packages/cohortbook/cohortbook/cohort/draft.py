"""A first `cohort.yml`, drafted from a table of data: every guess is shown, every doubt told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cohortbook.cohort.cleaning import THOUSAND, is_number, type_columns, ungrouped
from cohortbook.cohort.deriving import derive_variables
from cohortbook.cohort.document import suggest
from cohortbook.cohort.draft_text import Findings, draft_text
from cohortbook.cohort.flow import check_rules, keep_latest
from cohortbook.cohort.formats import guess_format, open_grid
from cohortbook.cohort.guess import Guess, Said, guess
from cohortbook.cohort.identifiers import is_personal, shown, with_article
from cohortbook.cohort.known import known, recognise
from cohortbook.cohort.notation import date_formats, number_marks
from cohortbook.cohort.problems import Log, list_rows
from cohortbook.cohort.reading import take_columns
from cohortbook.cohort.redcap import read_dictionary
from cohortbook.cohort.spec import (
    EXCEL_DAYS,
    Below,
    Data,
    Derive,
    Duplicates,
    Id,
    Rule,
    Spec,
    Variable,
    Words,
    as_number,
    simplify,
    vocabulary,
)

SKEWED = 1.0
"""Of a number whose skewness is beyond this, ranks are compared and not means."""

FEW = 0.1
"""A rule or a range that no more of the rows break is drafted: these rows are to be corrected."""


PERSONS = ("name", "date of birth", "record number", "identifier")
"""What forms of one patient have in common; an address may change."""


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
    """

    text: str
    outcome: str
    candidates: Mapping[str, str]
    warnings: tuple[str, ...]
    doubts: int


def draft_cohort(
    file: Path, *, dictionary: Path | None = None, sheet: str = "", outcome: str = ""
) -> Draft:
    """Draft the specification of a table of data, kept in `raw/` beside it.

    Parameters
    ----------
    file : Path
        Text (.csv, .txt, .tsv), Excel (.xlsx), Stata (.dta) or SPSS (.sav).
    dictionary : Path, optional
        The data dictionary of a REDCap project.
    sheet : str, optional
        The sheet of a workbook; by default the first that holds anything.
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
        If the data cannot be read, headings are missing or repeated, rows are too short or too
        long, or there is no such outcome.
    """
    said = read_dictionary(dictionary) if dictionary else {}
    data, doubts = guess_format(file, sheet)
    log = Log(file.name)
    grid = open_grid(file, data, log)
    blank = sum(not heading for heading in grid.headings)
    if 2 * blank > len(grid.headings):
        raise log.stop(1, "few headings in the first line", "no title, no merged cells above them")
    lines, headings, columns = take_columns(grid, log)
    for heading, n in Counter(headings).items():
        if n > 1 or not heading:
            told = "duplicate heading" if heading else "values under no heading"
            log.problem([1], heading, "", told, "each heading once, in the first line")
    log.raise_problems()
    if grid.sheets:
        doubts.append(f"other sheets are not read: {', '.join(grid.sheets)}")
    said = {
        heading: said.get(heading)
        or Said(grid.labels.get(heading, ""), dict.fromkeys(grid.choices.get(heading, ()), ()))
        for heading in headings
    }
    stripped = [list(map(str.strip, column)) for column in columns]
    table = pd.DataFrame(dict(zip(headings, stripped, strict=True)), pd.Index(lines, name="row"))
    counts = [Counter(filter(None, column)) for column in stripped]
    forms, more = date_formats(counts)
    decimal, thousands, doubtful = number_marks(counts)
    data = replace(data, decimal=decimal, thousands=thousands)
    drafter = Drafter(table.astype(object), said, forms, data, [*doubts, *more, *doubtful])
    return drafter.draft(outcome)


class Drafter:
    """Describes the columns, tries the description on the data, and writes it."""

    def __init__(
        self,
        table: pd.DataFrame,
        said: Mapping[str, Said],
        forms: Sequence[str],
        data: Data,
        doubts: list[str],
    ) -> None:
        self.table, self.said, self.data, self.doubts = table, said, data, doubts
        self.forms, self.rules, self.duplicates = list(forms), list[tuple[Rule, str, bool]](), ""
        self.id: Guess | None = None
        self.guesses: list[Guess] = []
        self.derived: dict[str, dict[str, Any]] = {}
        self.unknown: list[int] = []
        self.events = 0
        self.skewed: list[str] = []

    def draft(self, outcome: str) -> Draft:
        """Make the draft."""
        taken = {"patient"}
        for heading in map(str, self.table):
            name = base = _name(heading)
            while name in taken:
                name = f"{base}_{sum(each.startswith(base) for each in taken) + 1}"
            taken.add(name)
            texts = [ungrouped(text, self.data.thousands) for text in self.table[heading]]
            self.guesses.append(guess(heading, texts, self.said[heading], self.forms, name))
        keys = [g for g in self.guesses if g.personal in ("record number", "identifier")]
        keys = [g for g in keys if g.entry["kind"] == "text" and g.count == len(self.table)]
        self.id = max(keys, key=lambda g: g.levels, default=None)
        chosen = self.choose(outcome)
        serial = any(g.entry.get("kind") == "date" and self.is_serial(g) for g in self.guesses)
        self.data = replace(
            self.data, date_formats=(*self.forms, *[EXCEL_DAYS] * serial) or Data.date_formats
        )
        self.share_missing()
        self.derive()
        self.try_values()
        self.try_forms()
        frame = self.try_rules()
        skewness = frame.select_dtypes("number").skew()
        self.skewed = skewness.index[skewness.abs() > SKEWED].tolist()
        if chosen:
            values = frame[chosen].dropna().astype(bool)
            self.unknown = frame.index[frame[chosen].isna()].tolist()
            self.events = min(int(values.sum()), int((~values).sum()))
        candidates = {
            self.by_name[name].heading: ", ".join(f"{level} {n}" for level, n in counts.items())
            for name, counts in self.possible().items()
        }
        warnings = tuple(
            f"{g.heading}: looks like {with_article(g.personal)}"
            for g in self.guesses
            if g.personal
        )
        doubts = sum(bool(rows) for _, rows, _ in self.rules) + bool(self.unknown)
        doubts += len(self.doubts) + sum(len(g.notes) for g in self.guesses)
        return Draft(
            draft_text(self.found(chosen), candidates), chosen, candidates, warnings, doubts
        )

    def found(self, outcome: str) -> Findings:
        """Give what there is to write down."""
        return Findings(
            self.data,
            self.doubts,
            self.guesses,
            self.id,
            self.duplicates,
            self.spellings(),
            self.derived,
            self.rules,
            outcome,
            self.unknown,
            self.events,
            self.skewed,
        )

    def is_serial(self, found: Guess) -> bool:
        """Tell whether days are written as Excel's numbers."""
        return bool(self.table[found.heading].str.fullmatch("[1-6][0-9]{4}").any())

    def possible(self) -> dict[str, dict[str, int]]:
        """Count the levels of the columns that could be the outcome, the usual ones first."""
        spec, found, usual = self.spec(), {}, known().file["outcomes"]
        for g in sorted(self.read(), key=lambda g: g.name not in usual):
            if g.entry["kind"] not in ("binary", "category", "ordinal"):
                continue
            levels = vocabulary(spec, spec.variables[g.name]).levels
            counts: Counter[str] = Counter()
            for text, n in self.table[g.heading].value_counts().items():
                counts[levels.get(simplify(str(text)), "")] += n
            del counts[""]
            if len(counts) == 2:
                found[g.name] = dict(counts)
        return found

    def choose(self, outcome: str) -> str:
        """Find the outcome, and make it binary if a value is said to be a Yes."""
        if not outcome:
            return ""
        headings = {simplify(g.heading): g for g in self.guesses} | self.by_name
        column, _, yes = outcome.rpartition("=")
        found = headings.get(simplify(outcome))
        if found:
            yes = ""
        else:
            found = headings.get(simplify(column))
        log, possible = Log("--outcome"), self.possible()
        allowed = [g.heading for g in self.guesses if g.name in possible]
        listed = ", ".join(allowed) or "a column of yes and no"
        if found is None:
            raise log.stop(None, "no such column", suggest(column or outcome, allowed) or listed)
        if found.name not in possible:
            raise log.stop(None, f"{found.heading} is not a column of two values", listed)
        values = list(possible[found.name])
        entry = found.entry
        if yes and entry["kind"] != "binary":
            sides = {simplify(value) == simplify(yes): value for value in values}
            if len(sides) != 2:
                raise log.stop(None, f"not a value of {found.heading}", " or ".join(values))
            spelt = dict(entry["levels"]) if isinstance(entry["levels"], dict) else {}
            found.entry = entry = {k: v for k, v in entry.items() if k in ("label", "missing")}
            entry["kind"] = "binary"
            for key, value in (("yes", sides[True]), ("no", sides[False])):
                entry[key] = spelt.get(value, [value])
        if entry["kind"] != "binary":
            ways = " or ".join(f'"{found.heading}={value}"' for value in values)
            raise log.stop(None, "which of the two values is a Yes is not said", ways)
        return found.name

    def values(self, found: Guess) -> list[str]:
        """Give the different values of a column that are not missing, a spelling of each."""
        gone = {simplify(code) for code in found.entry.get("missing", ())}
        different = {simplify(text): text for text in self.table[found.heading] if text}
        return [text for code, text in different.items() if code not in gone]

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
        return [g for g in self.guesses if not g.empty and g is not self.id]

    def spec(self, *rules: Rule) -> Spec:
        """Give the specification, as it would be read."""
        entries = {g.name: {"column": g.heading, **g.entry} for g in self.read()}
        variables = {name: _variable(name, entry) for name, entry in entries.items()}
        variables |= {name: _variable(name, entry) for name, entry in self.derived.items()}
        return Spec(
            self.data,
            variables,
            id=Id(self.id.heading, identifier=True) if self.id else None,
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
            for value in self.values(g)
        }
        built_in = {"yes", "no", "true", "false", "1", "0"}
        yes, no = (
            tuple(sorted({*map(simplify, known().file[f"plain_{k}"])} & used - built_in))
            for k in ("yes", "no")
        )
        return yes, no

    def derive(self) -> None:
        """Add what follows from known variables: raised enzymes, ages and times."""
        kinds = {g.name: g.entry["kind"] for g in self.read()}
        file = known().file
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

    def try_values(self) -> None:
        """Read the values; what is not of the guessed kind becomes a missing code, with a doubt."""
        by_heading = {g.heading: g for g in self.read()}
        for last in (False, True):
            spec = self.spec()
            log = Log(self.data.file, spec.hidden)
            type_columns(self.table, spec, log)
            problems: Any = log.problems.groupby(["column", "problem"], sort=False)
            for (column, problem), found in problems:
                g, rows = by_heading[column], list_rows(found["row"])
                values = list(dict.fromkeys(found["value"]))
                if problem == "outside the plausible range" and not g.personal:
                    told = f"{shown(values)} outside {' to '.join(g.entry['range'])} ({rows})"
                    if not is_few(len(found), g.count):
                        del g.entry["range"]
                        g.notes.append(f"{told}: no range is set")
                    elif not last:
                        g.notes.append(f"{told}: correct them, or widen the range")
                elif problem == THOUSAND:
                    if not last:
                        told = "say data: thousands: or data: decimal: (until then it is an error)"
                        g.notes.append(f"{shown(values)} ({rows}): {problem} {told}")
                elif g.personal or any(map(is_personal, values)):
                    if not last:
                        g.notes.append(f"{problem}: {len(found)} values ({rows}); correct them")
                else:
                    told = f"{problem}: {shown(values)} ({rows}); taken as missing until corrected"
                    g.notes.append(told)
                    g.entry["missing"] = [*g.entry.get("missing", ()), *values]

    def try_forms(self) -> None:
        """See whether the id tells patients apart; if not, whether a date tells the latest form."""
        if not self.id:
            self.doubts.append("no column tells patients apart: each row is taken as a patient")
            return
        if told := self.two_patients(self.id):
            self.doubts.append(told)
            return
        dates = [g.name for g in self.read() if g.entry["kind"] == "date" and not g.personal]
        dates.sort(key=lambda name: name not in ("form_date", "last_visit"))
        for latest in ("", *dates):
            self.duplicates = latest
            spec = self.spec()
            log = Log(self.data.file, spec.hidden)
            keep_latest(type_columns(self.table, spec, log), spec, log)
            found = log.problems["problem"]
            again = log.problems[found.str.startswith(("the ", "one of", "no id"))]
            if again.empty:
                if latest:
                    self.doubts.append(f"several forms of one id: the latest by {latest} stands")
                return
        self.duplicates = ""
        rows = list_rows(again["row"])
        self.doubts.append(f"several rows of one id, or none ({rows}): keep one row a patient")

    def two_patients(self, key: Guess) -> str:
        """Say which rows of one id have another name, date of birth or record number."""
        ids, spec = self.table[key.heading].map(simplify), self.spec()
        typed = type_columns(self.table, spec, Log(self.data.file, spec.hidden))
        told = []
        for g in self.guesses:
            if g is key or g.personal not in PERSONS:
                continue
            values = self.table[g.heading].map(simplify)
            if g.entry.get("kind") == "date":  # one day may be written in two ways
                values = typed[g.name].astype(str).mask(typed[g.name].isna(), values)
            values = values[(values != "") & (ids != "")]
            each = ids[values.index]
            rows = values.index[values.groupby(each).transform("nunique") > 1]
            if len(rows):
                told.append(f"{g.heading} ({list_rows(rows)})")
        found = ", ".join(told)
        return f"one id, but not one {found}: two patients? Correct the id" if found else ""

    def try_rules(self) -> pd.DataFrame:
        """Find which rows break the rules about known variables; give the variables."""
        file, spec = known().file, self.spec()
        kinds = {name: v.kind for name, v in spec.variables.items()}
        rules = []
        for order in file["order"]:
            names = tuple(name for name in order if kinds.get(name) == "date")
            rules += [Rule(order=names)] * (len(names) > 1)
        ages = {name: limit for name, limit in file["below"].items() if name in kinds}
        rules += [Rule(below=Below(name, limit)) for name, limit in ages.items()]
        log = Log(self.data.file, spec.hidden)
        frame = type_columns(self.table, spec, log)
        frame = derive_variables(keep_latest(frame, spec, log), spec, log)
        for rule in rules:
            log = Log(self.data.file, spec.hidden)
            check_rules(frame, replace(spec, rules=(rule,)), log)
            rows = log.problems["row"].unique()
            self.rules.append((rule, list_rows(rows), is_few(len(rows), len(frame))))
        return frame


def _name(heading: str) -> str:
    """Make a name of a heading."""
    name = recognise(heading)
    if not name:
        name = re.sub(r"[\W_]+", "_", simplify(heading)).strip("_")[:40]
    if not name.isidentifier() or name == "patient" or as_number(name) is not None:
        name = f"v_{name}"
    return name if name.isidentifier() else "column"


def _variable(name: str, entry: Mapping[str, Any]) -> Variable:
    """Make the variable that an entry would be read as."""
    made: dict[str, Any] = {"name": name, "kind": "number"}
    for key, value in entry.items():
        if key == "derive":
            ((operator, operands),) = value.items()
            made[key] = Derive(**{operator: tuple(operands)})  # type: ignore[arg-type]
            made["kind"] = "binary" if operator == "above" else "number"
        elif isinstance(value, dict) or key in ("levels", "items"):
            pairs = value.items() if isinstance(value, dict) else [(v, [v]) for v in value]
            made[key] = {level: tuple(texts) for level, texts in pairs}
        else:
            made[key] = tuple(value) if isinstance(value, list) else value
    return Variable(**made)


def is_few(broken: int, rows: int) -> bool:
    """Tell whether so few rows break what is expected that these are wrong, and not it."""
    return broken <= max(1.0, FEW * rows)
