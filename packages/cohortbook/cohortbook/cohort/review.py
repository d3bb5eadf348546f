"""A specification checked against its data: errors, warnings, suggested repairs and a profile."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cohortbook.cohort.cohort import find_spec
from cohortbook.cohort.examining import examine_spec
from cohortbook.cohort.flow import find_absent, select_patients
from cohortbook.cohort.identifiers import personal, with_article
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.pipeline import clean_table
from cohortbook.cohort.problems import HIDDEN, SHOWN, Code, CohortError, Log, list_rows, quote
from cohortbook.cohort.reading import read_table
from cohortbook.cohort.spec import Analysis, Spec, Variable
from cohortbook.cohort.vocabulary import simplify, vocabulary

FEW = 5
"""A cell of a table of outcome and level with fewer patients is called small."""

FEW_EVENTS = 10
"""A model needs more patients with the outcome, and more without."""

MANY = 0.05
"""If more of the values than this, and of three, are far from the others, none is."""

FAR = 5.0
"""A number so many interquartile ranges from the quartiles is looked at."""

MOST_WARNINGS = 40
"""So many warnings of one sort are listed on a terminal; the page has them all."""

_LINE = "cohort.yml, line "
DOUBT = re.compile(r"\s*# doubt: (.*)")
"""How a draft writes on a line of its own what was assumed."""


@dataclass(frozen=True, eq=False)
class Review:
    """What was found in a cohort.

    Attributes
    ----------
    problems : DataFrame
        As `CohortError.problems`, and ``repair``: what to do about it, where that can be guessed.
    warnings : DataFrame
        ``column``, ``warning``: what may be right or not.
    profile : DataFrame
        One row a variable: ``variable``, ``label``, ``kind``, ``n`` (known), ``missing``,
        ``values`` (levels with counts; least, median and most); nothing of identifiers.
    spec : Spec
    sizes : tuple of int, or None
        Patients with and without the outcome, where it could be read.
    """

    problems: pd.DataFrame
    warnings: pd.DataFrame
    profile: pd.DataFrame
    spec: Spec
    sizes: tuple[int, int] | None = None


def review_cohort(path: Path) -> Review:
    """Check a specification and its data together.

    Where the specification has problems, the variables that have none are still read.

    Parameters
    ----------
    path : Path
        A `cohort.yml` or its folder.

    Returns
    -------
    Review

    Raises
    ------
    CohortError
        If the specification is not a document that can be read.
    """
    spec, wrong = examine_spec(find_spec(path))
    faults = wrong.problems
    places = faults["column"].str.split(".")
    sections = places.str[0]
    if len(faults):
        faulty = {place[1] for place in places if place[0] == "variables" and len(place) > 1}
        spec = _sound(spec, faulty, set(sections))
    log = Log(spec.data.file, spec.hidden)
    warned: list[tuple[str, str]] = []
    frame, table = pd.DataFrame(), pd.DataFrame()
    if not sections.isin(["data", "id", ""]).any() and spec.variables:
        try:
            table = read_table(spec, log)
            frame, steps, table = clean_table(table, spec, log)
            if log.problems.empty and faults.empty:
                absent = find_absent(frame, spec)[1]
                frame, _ = select_patients(frame, absent, steps, spec, log)
                _check_outcome(frame, spec, log)
        except CohortError:
            pass  # what was found stands in the log
        warned = [*_looks(table, spec), *_dropped(log), *_doubts(frame, spec)]
    warned += _set_aside(spec)
    noted = log.problems
    if len(faults):
        noted = noted[noted["code"] != Code.NOT_READ]
    problems = pd.concat([faults, noted], ignore_index=True)
    problems["repair"] = [_repair(problem, spec, table) for problem in problems.to_dict("records")]
    warnings = pd.DataFrame(list(dict.fromkeys(warned)), columns=["column", "warning"])
    return Review(problems, warnings, _profile(frame, spec), spec, _sizes(frame, spec))


def _sound(spec: Spec, faulty: set[str], sections: set[str]) -> Spec:
    """Keep the variables that are read and have no problem, and nothing that relies on others."""
    variables = {
        name: replace(variable, only_if="")
        for name, variable in spec.variables.items()
        if name not in faulty and not variable.derive and variable.kind
    }
    read = {variable.column for variable in variables.values()}
    return replace(
        spec,
        variables=variables,
        sequence=tuple(variables),
        duplicates=None,
        corrections=tuple(
            asked
            for i, asked in enumerate(spec.corrections)
            if asked.column in read and f"corrections[{i}]" not in sections
        ),
        rules=(),
        eligibility=(),
        analysis=Analysis(),
    )


def describe_review(review: Review) -> list[str]:
    """Write errors and warnings as lines of text, grouped by column.

    Parameters
    ----------
    review : Review

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    kinds = ["file", "column", "problem", "allowed"]
    order = review.problems.groupby(["file", "column"], sort=False).ngroup()
    problems = review.problems.loc[order.sort_values(kind="stable").index]
    grouped: Any = problems.groupby(kinds, sort=False)
    for (file, column, problem, allowed), rows in grouped:
        place = f"{file}, {column}" if column else file
        lines.append(f"error: {place}: {problem}" + (f" (allowed: {allowed})" if allowed else ""))
        for row in rows[:SHOWN].to_dict("records"):
            where = [f"row {row['row']}"] * pd.notna(row["row"])
            where += [quote(row["value"])] * bool(row["value"])
            lines += [f"  {': '.join(where)}"] * bool(where)
            lines += [f"      {row['repair']}"] * bool(row["repair"])
        lines += [f"  and {len(rows) - SHOWN:,} more"] * (len(rows) > SHOWN)
    doubts = review.warnings["column"].str.startswith(_LINE)
    return [*lines, *_listed(review.warnings[~doubts]), *_listed(review.warnings[doubts])]


def _listed(warned: pd.DataFrame) -> list[str]:
    """Write warnings of one sort as lines, the first of many."""
    lines = [f"warning: {c}: {w}" for c, w in warned.itertuples(index=False)]
    more = [f"warning: and {len(lines) - MOST_WARNINGS:,} more"] * (len(lines) > MOST_WARNINGS)
    return [*lines[:MOST_WARNINGS], *more]


def _repair(problem: Any, spec: Spec, table: pd.DataFrame) -> str:
    """Return what could be done about a problem."""
    row, column, value, code = (problem[key] for key in ("row", "column", "value", "code"))
    if code == Code.NO_OUTCOME:
        analysed = spec.analysis.outcome
        return f"eligibility: - {{label: Outcome known, complete: [{analysed}]}}"
    if value == HIDDEN:
        return "look the value up in the file; it is not shown here"
    if code == Code.NOT_READ:
        return f"add it to variables:, or data: {{ignore: [{quote(column)}]}}"
    variable = next((v for v in spec.variables.values() if v.heading == column), None)
    if not variable or variable.derive or pd.isna(row) or not value:
        return ""
    written = str(table.at[row, column]).strip()  # a date may be told otherwise than it is written
    fill = {"row": str(row), "column": column, "from": written, "to": "...", "reason": "..."}
    if simplify(value) in lexicon().missing:
        return f"if it says missing, data: {{missing: [{quote(value)}]}}"
    if code in (Code.UNKNOWN_LEVEL, Code.UNKNOWN_ITEM):
        levels = vocabulary(spec, variable).levels
        near = difflib.get_close_matches(simplify(value), levels, n=1)
        if near:
            return f"a spelling of {levels[near[0]]}? Add {quote(value)} to {variable.name}"
        return f"add {quote(value)} to a level of {variable.name}, or to its missing:"
    if code == Code.NOT_A_NUMBER:
        digits = value.translate(str.maketrans("OoIl", "0011"))
        digits = digits.replace(",", ".") if spec.data.decimal == "." else digits
        fill["to"] = digits if digits != value else "..."
    if code == Code.NOT_A_DAY and value.isdigit() and len(value) == 5:
        day = (pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(value))).date()
        return f"an Excel serial day, {day}? Add excel to data: date_formats:"
    line = yaml.safe_dump(
        fill, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1e9
    )
    return f"corrections: - {line.strip()}"


def _check_outcome(frame: pd.DataFrame, spec: Spec, log: Log) -> None:
    """Note for whom the outcome is missing: what is analysed relies on it."""
    if outcome := spec.analysis.outcome:
        rows = frame.index[frame[outcome].isna()]
        heading, allowed = spec.heading(outcome), "known for all who are analysed"
        log.problem(rows, heading, "", "the outcome is missing", allowed, Code.NO_OUTCOME)


def _dropped(log: Log) -> list[tuple[str, str]]:
    """Warn of forms that do not stand."""
    rows = log.rows("superseded form")
    n = len(rows)
    text = f"{n} form{'s' * (n > 1)} dropped as older forms ({list_rows(rows)})"
    return [("duplicates", text)] * bool(n)


def _set_aside(spec: Spec) -> list[tuple[str, str]]:
    """Repeat the doubts that a draft wrote as comments, with what was assumed."""
    lines = enumerate(spec.path.read_text(encoding="utf-8").splitlines(), start=1)
    doubts = [(line, match[1]) for line, text in lines if (match := DOUBT.match(text))]
    return [(f"{_LINE}{line}", f"not settled: {doubt}") for line, doubt in doubts]


def _looks(table: pd.DataFrame, spec: Spec) -> list[tuple[str, str]]:
    """Warn of columns that look like identifiers and are not marked."""
    warnings = []
    for column in (name for name in map(str, table) if name not in spec.hidden):
        texts: Counter[str] = Counter()
        for text, n in (
            table[column].value_counts(sort=False).items()
        ):  # each text is looked at once
            texts[str(text).strip()] += n
        del texts[""]
        if kind := personal(column, texts):
            warnings.append((column, f"looks like {with_article(kind)}: identifier: true"))
    return warnings


def _doubts(frame: pd.DataFrame, spec: Spec) -> list[tuple[str, str]]:
    """Warn of what is constant, mostly missing, far out or rare."""
    warnings: list[tuple[str, str]] = []
    analysis = spec.analysis
    outcome = frame.get(analysis.outcome)
    if outcome is not None:
        events = min(int(outcome.sum()), int((~outcome).sum()))
        if events < FEW_EVENTS:
            doubt = f"{events} patients in the smaller group: too few for a model"
            warnings.append((analysis.outcome, doubt))
    if analysis.time and not spec.variables[analysis.time].unit:
        doubt = "the time of the analysis has no unit: say unit: days, months or years"
        warnings.append((spec.heading(analysis.time), doubt))
    applies, absent = find_absent(frame, spec) if len(frame) else (frame, frame)
    for name in map(str, frame):
        variable, values = spec.variables[name], frame[name].dropna()
        heading = variable.heading if variable.heading not in spec.hidden else name
        if variable.kind == "text" or variable.identifier:
            continue
        missing, n = int(absent[name].sum()), int(applies[name].sum())
        if missing > n / 2:
            warnings.append((heading, f"missing for {missing} of {n}"))
        if len(values) and values.nunique() == 1 and variable.exported:
            warnings.append((heading, "the same for all"))
        if variable.kind == "number" and not variable.derive and len(values) > 3:
            warnings += [(heading, doubt) for doubt in _far(values)]
        if variable.derive and (
            variable.derive.years or variable.derive.months or variable.derive.days
        ):
            below = values.index[values < 0]
            warnings += [(heading, f"a time below zero ({list_rows(below)})")] * bool(len(below))
        groups = variable.kind in ("binary", "category", "ordinal") and name in analysis.compare
        if groups and outcome is not None and values.nunique() > 1:
            counts = pd.crosstab(frame[name], outcome)
            small = int(counts.to_numpy().min()) if counts.size else 0
            if small < FEW:
                warnings.append(
                    (heading, f"a group of {small} where it is set against the outcome")
                )
    return warnings


def _far(values: pd.Series[Any]) -> list[str]:
    low, high = values.quantile([0.25, 0.75])
    reach = FAR * (high - low)
    far = values[(values < low - reach) | (values > high + reach)] if reach else values[:0]
    if far.empty or len(far) > max(
        3, MANY * len(values)
    ):  # then it is the distribution that is long
        return []
    listed = ", ".join(f"{value:g} (row {row})" for row, value in far[:5].items())
    return [f"far from the others: {listed}" + f", … {len(far)} in all" * (len(far) > 5)]


def _sizes(frame: pd.DataFrame, spec: Spec) -> tuple[int, int] | None:
    """Count the patients with and without the outcome."""
    name = spec.analysis.outcome
    if name not in frame or spec.variables[name].kind != "binary":
        return None
    outcome = frame[name].dropna().astype(bool)
    return int(outcome.sum()), int((~outcome).sum())


def _profile(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Describe every variable but identifiers."""
    columns = ["variable", "label", "kind", "n", "missing", "values"]
    absent = find_absent(frame, spec)[1] if len(frame) else frame
    rows = [
        (name, variable.label, variable.kind, int(frame[name].notna().sum()),
         int(absent[name].sum()), _values(frame[name].dropna(), variable))
        for name, variable in spec.variables.items()
        if name in frame and not variable.identifier
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _values(values: pd.Series[Any], variable: Variable) -> str:
    if values.empty or variable.kind == "text":
        return ""
    match variable.kind:
        case "number":
            least, middle, most = (
                f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
                for value in (values.min(), values.median(), values.max())
            )
            return f"{least} to {most}, median {middle} {variable.unit}".rstrip()
        case "date":
            return f"{values.min():%Y-%m} to {values.max():%Y-%m}"
        case "list":
            values = values.explode().dropna()
        case "binary":
            values = values.map({True: "yes", False: "no"})
    counts = values.value_counts()
    return ", ".join(f"{level} {n}" for level, n in counts[counts > 0].items())
