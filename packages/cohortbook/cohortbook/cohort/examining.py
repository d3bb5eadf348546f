"""Whether a specification makes sense: its names, kinds, levels, formats and paths."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import fields, replace
from math import isfinite
from pathlib import Path, PureWindowsPath

from cohortbook.cohort.arithmetic import band_names, wrong_cuts
from cohortbook.cohort.asked import check_analysis, check_printing
from cohortbook.cohort.deriving import DAYS
from cohortbook.cohort.document import Document, suggest
from cohortbook.cohort.problems import Log
from cohortbook.cohort.row_rules import check_row_rule, check_rows
from cohortbook.cohort.spec import (
    COUNTABLE,
    KINDS,
    Analysis,
    Derive,
    Rule,
    Spec,
    Texts,
    Variable,
    as_number,
)
from cohortbook.cohort.vocabulary import vocabulary
from cohortbook.cohort.writing import wrong_numbers, wrong_writing

# the kinds of variables that a key is for
_KEYS = {
    "yes": ("binary",),
    "no": ("binary",),
    "levels": ("category", "ordinal"),
    "items": ("list",),
    "separators": ("list",),
    "unit": ("number",),
    "decimals": ("number",),
    "per": ("number",),
    "reference": ("category", "ordinal"),
    "range": ("number", "date"),
    "suffixes": ("number",),
    "limits": ("number",),
    "part": ("number",),
    "opened_by": ("binary",),
    **dict.fromkeys(("column", "missing", "row", "where", "nearest_to", "dated_by"), KINDS),
}


def read_spec(path: str | Path) -> Spec:
    """Read and check a cohort specification.

    Parameters
    ----------
    path : str or Path
        A `cohort.yml`.

    Returns
    -------
    Spec

    Raises
    ------
    CohortError
        With every unknown key, word or variable, wrong type, circular derivation, spelling of two
        levels, date format that is none and path that leaves the folder; ``row`` is the line,
        ``column`` the place, for instance ``variables.pulmonary.derive.any[1]``.
    """
    spec, log = examine_spec(path)
    log.raise_problems()
    return spec


def examine_spec(path: str | Path) -> tuple[Spec, Log]:
    """Read a cohort specification, and note its problems.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    spec : Spec
        Can be relied on only if there is no problem.
    log : Log

    Raises
    ------
    CohortError
        If it is not a document that can be read.
    """
    path = Path(path)
    document = Document(path, secret="corrections")
    checker = _Checker(document, replace(document.read(Spec), path=path))
    try:
        spec = checker.checked()
    except RecursionError:
        raise document.log.stop(None, "derivations that depend on too many others") from None
    return spec, document.log


def _unit_of(derive: Derive | None) -> str:
    """Give the unit of a time between two dates: the key that it is derived by."""
    return next((unit for unit in DAYS if derive and getattr(derive, unit)), "")


class _Checker:
    """Checks what stands in a document.

    A variable is checked when it is first named, so that the kinds of operands are known when a
    derivation is checked; `done` then stands in an order in which all can be computed.
    """

    def __init__(self, document: Document, spec: Spec) -> None:
        self.fail, self.has, self.spec = document.fail, document.has, spec
        self.done: dict[str, Variable] = {}
        self.pending: list[str] = []

    def checked(self) -> Spec:
        """Check everything; give the specification with its defaults filled in."""
        self.check_data()
        for name in self.spec.variables:
            self.named(f"variables.{name}", name)
        if not self.done:
            self.fail("variables", "", "no variable", "name: {kind: …}")
        variables = {name: self.done[name] for name in self.spec.variables}
        self.spec = spec = replace(self.spec, variables=variables, sequence=tuple(self.done))
        for name, variable in variables.items():
            if variable.column in spec.hidden and not variable.identifier:
                what = "its column is an identifier elsewhere"
                self.fail(f"variables.{name}", "", what, "identifier: true")
        check_rows(self, spec)
        for i, rule in enumerate(spec.rules):
            self.check_rule(f"rules[{i}]", rule)
        for i, step in enumerate(spec.eligibility):
            place = f"eligibility[{i}]"
            if bool(step.require) == bool(step.complete):
                self.fail(
                    place, "", "not one condition", "require: variable, or complete: [variables]"
                )
            if step.require:
                self.named(f"{place}.require", step.require, "binary")
            self.all_named(f"{place}.complete", step.complete)
        for i, correction in enumerate(spec.corrections):
            if correction.column not in spec.columns:
                allowed = suggest(correction.column, spec.columns)
                self.fail(f"corrections[{i}]", "", "not a column that is read", allowed)
            if not (correction.row or correction.id) or (correction.id and not spec.id):
                allowed = "row:, or if there is id: {column: …}, id:"
                self.fail(f"corrections[{i}]", "", "names no row and no id", allowed)
        below = spec.suppress_below  # without a number it would show what was to be withheld
        if self.has("suppress_below") and not re.fullmatch("0*[1-9][0-9]{0,3}", below):
            self.fail("suppress_below", below, "not a count", "a whole number from 1, such as 5")
        check_printing(self, spec)
        return replace(spec, analysis=self.analysis())

    def named(self, place: str, name: str, *kinds: str) -> Variable | None:
        """Give the variable that is named at a place, if there is one, of one of the kinds."""
        if name not in self.spec.variables:
            self.fail(place, name, "no such variable", suggest(name, self.spec.variables))
            return None
        if name in self.pending:
            circle = " -> ".join([*self.pending[self.pending.index(name) :], name])
            self.fail(place, name, f"a variable that depends on itself: {circle}")
            return None
        if name not in self.done:
            self.pending.append(name)
            variable = self.variable(name, self.spec.variables[name])
            self.done[self.pending.pop()] = variable
        variable = self.done[name]
        if kinds and variable.kind in KINDS and variable.kind not in kinds:
            self.fail(place, name, f"a variable of kind {variable.kind}", " or ".join(kinds))
            return None
        return variable

    def all_named(self, place: str, names: Texts, *kinds: str) -> list[Variable]:
        """Give the variables that are named in a list."""
        self.check_once(place, names)
        variables = [self.named(f"{place}[{i}]", name, *kinds) for i, name in enumerate(names)]
        return [variable for variable in variables if variable]

    def check_once(self, place: str, names: Collection[str]) -> None:
        """Check that no variable is a duplicate."""
        if len(set(names)) < len(names):
            self.fail(place, "", "duplicate variable", "each variable once")

    def check_rule(self, place: str, rule: Rule) -> None:
        """Check that a rule says one thing, of variables that can be compared."""
        if sum(map(bool, (rule.order, rule.sum, rule.below))) != 1:
            self.fail(place, "", "not one rule", "order: [...], sum: {...} or below: {...}")
        if rule.order:
            inner = f"{place}.order"
            kinds = {each.kind for each in self.all_named(inner, rule.order, "date", "number")}
            if len(rule.order) < 2 or len(kinds) > 1:
                self.fail(inner, "", "not an order", "two or more dates, or two or more numbers")
        if rule.sum:
            self.all_named(f"{place}.sum.parts", rule.sum.parts, "number", "binary")
            self.named(f"{place}.sum.total", rule.sum.total, "number")
            if not rule.sum.parts or rule.sum.total in rule.sum.parts:
                self.fail(f"{place}.sum", "", "not a sum", "total: x, parts: [others]")
        if rule.below:
            inner, limit = f"{place}.below", rule.below.limit
            first = self.named(f"{inner}.variable", rule.below.variable, "number", "date")
            if as_number(limit) is not None:
                self.check_finite(f"{inner}.limit", limit)
                alike = not first or first.kind == "number"
            else:
                second = self.named(f"{inner}.limit", limit, "number", "date")
                alike = not (first and second) or first.kind == second.kind
            if not alike:
                self.fail(inner, "", "operands of different kinds or levels", "all of one kind")

    def check_finite(self, place: str, number: str) -> None:
        """Check that a number is one that values can be compared with."""
        if not isfinite(float(number)):
            self.fail(place, number, "not a finite number", "digits")

    def check_data(self) -> None:
        """Check how the raw table is said to be written, the two paths, and the shared words."""
        for problem in wrong_writing(self.spec.data):
            self.fail(*problem)
        folder, taken = self.spec.path.parent.resolve(), {self.spec.path}
        for key, name in {"file": self.spec.data.file, "analysis": self.spec.data.analysis}.items():
            parts, path = PureWindowsPath(name), self.spec.inside(name)
            leaves = parts.anchor or ".." in parts.parts or "\0" in name or not parts.name
            if not (name or self.has(f"data.{key}")):
                continue
            if leaves or not path.resolve().is_relative_to(folder):
                self.fail(f"data.{key}", name, "a path that leaves the folder", "a path inside it")
            elif path in taken:
                self.fail(f"data.{key}", name, "a file that is read", "another file")
            taken.add(path)
        words = self.spec.spellings
        self.check_spellings("spellings", Variable(kind="binary", yes=words.yes, no=words.no))

    def check_spellings(self, place: str, variable: Variable) -> None:
        """Check that no spelling means two things."""
        for text in vocabulary(self.spec, variable).clashes:
            self.fail(place, text, "a spelling with two meanings", "one level, or missing")

    def variable(self, name: str, variable: Variable) -> Variable:
        """Check one variable; give it with its name, label, column, kind and levels."""
        place, kind, levels = f"variables.{name}", variable.kind, variable.levels
        if not name.isidentifier() or name == "patient" or as_number(name) is not None:
            self.fail(place, name, "not a name", "letters, digits and _, but not patient")
        if variable.only_if:
            self.named(f"{place}.only_if", variable.only_if, "binary")
        if variable.derive:
            kind, levels = self.derivation(f"{place}.derive", variable, variable.derive)
            if kind and variable.kind not in ("", kind):
                self.fail(f"{place}.kind", variable.kind, "not the kind that is derived", kind)
        elif kind not in KINDS:
            self.fail(f"{place}.kind", kind, "not a kind", suggest(kind, KINDS))
        for key in filter(lambda key: self.has(f"{place}.{key}"), _KEYS):
            if variable.derive and key not in ("unit", "range", "decimals", "per", "reference"):
                self.fail(f"{place}.{key}", key, "not for a derived variable")
            elif kind in KINDS and kind not in _KEYS[key]:
                self.fail(f"{place}.{key}", key, f"not for kind {kind}", " or ".join(_KEYS[key]))
        variable = replace(
            variable,
            name=name,
            kind=kind,
            levels=levels,
            label=variable.label or name.replace("_", " ").capitalize(),
            column="" if variable.derive else variable.column.strip() or name,
            unit=variable.unit or _unit_of(variable.derive),
        )
        for problem in wrong_numbers(place, variable):
            self.fail(*problem)
        check_row_rule(self, place, variable, self.spec.order_by)
        if kind in ("category", "ordinal", "list") and not variable.spelt:
            self.fail(place, "", "no level", "levels: (for a list, items:) {name: [spelling]}")
        if (d := variable.decimals) and d not in map(str, range(7)):
            self.fail(f"{place}.decimals", d, "not a number of decimals", "0 to 6")
        if (per := variable.per) and per not in ("sd", "doubling") and not _above_zero(per):
            self.fail(f"{place}.per", per, "not a step", "a number above 0, sd or doubling")
        if (level := variable.reference) and level not in levels:
            self.fail(f"{place}.reference", level, "no such level", suggest(level, levels))
        for text in [text for item in variable.items.items() for text in (item[0], *item[1])]:
            if any(mark in text for mark in variable.separators):
                self.fail(f"{place}.items", text, "contains a separator", "other separators:")
        self.check_spellings(place, variable)
        return variable

    def derivation(
        self, place: str, variable: Variable, derive: Derive
    ) -> tuple[str, dict[str, Texts]]:
        """Check a derivation; give the kind and the levels of what it gives."""
        if len(derive.filled) != 1:
            allowed = "one of " + ", ".join(f.name.rstrip("_") for f in fields(Derive))
            self.fail(place, "", "not one operator with its operands", allowed)
            return "", {}
        ((operator, operand, rule),) = derive.filled
        place, compares = f"{place}.{operator}", operator in ("above", "at_least")
        if rule["size"] and len(operand) != rule["size"]:
            self.fail(place, "", "wrong number of operands", str(rule["size"]))
        self.check_once(place, operand)
        inputs: list[Variable] = []
        shapes: set[tuple[str, Texts]] = set()
        for i, name in enumerate(operand):
            levels = operand[name] if isinstance(operand, dict) else None
            inner = f"{place}[{i}]" if levels is None else f"{place}.{name}"
            if levels == ():
                self.fail(inner, "", "no level", "[level, …]")
            if compares and i == 1 and as_number(name) is not None:
                self.check_finite(inner, name)
                shapes.add(("number", ()))
            elif source := self.named(inner, name, *rule["takes"]):
                inputs.append(source)
                shapes.add((source.kind, tuple(source.levels)))
                if operator == "bands" and wrong_cuts(operand[name]):
                    self.fail(inner, "", "not bands", "numbers that rise, such as [50, 65]")
                for level in () if operator == "bands" else levels or ():
                    if level not in source.spelt:
                        self.fail(inner, level, "no such level", suggest(level, source.spelt))
        if (compares or operator == "lowest") and len(shapes) > 1:
            self.fail(place, "", "operands of different kinds or levels", "all of one kind")
        if operator == "bands":
            cuts = next(iter(operand.values()), ())
            return "ordinal", {name: () for name in band_names(cuts)} if cuts else {}
        if operator != "lowest":
            return rule["gives"], {}
        if any(source.identifier for source in inputs) and not variable.identifier:
            self.fail(place, "", "is computed from an identifier", "identifier: true")
        return (inputs[0].kind, inputs[0].levels) if inputs else ("", {})

    def analysis(self) -> Analysis:
        """Check what is analysed; what is not said is every exported variable."""
        asked = self.spec.analysis
        by_key = {
            key: self.all_named(f"analysis.{key}", getattr(asked, key), *COUNTABLE)
            for key in ("describe", "compare", "candidates")
        }
        check_analysis(self, asked)
        if (n := asked.imputations) and not (re.fullmatch("[0-9]{1,4}", n) and 1 < int(n) <= 1000):
            self.fail("analysis.imputations", n, "not a number from 2 to 1000", "20")
        if bool(asked.time) != bool(asked.event):
            self.fail("analysis.time", asked.time, "time and event belong together", "both")
        if asked.outcome and (outcome := self.named("analysis.outcome", asked.outcome, "binary")):
            by_key["outcome"] = [outcome]
        for key, variables in by_key.items():
            for each in variables:
                if each.identifier:
                    self.fail(f"analysis.{key}", each.name, "an identifier", "other variables")
                elif each.name == asked.outcome and key in ("compare", "candidates"):
                    self.fail(f"analysis.{key}", each.name, "the outcome", "other variables")
        every = [v.name for v in self.spec.variables.values() if v.exported and v.kind in COUNTABLE]
        # how long somebody was followed is not known at the start, and the event is its end
        aside = (asked.outcome, asked.time, asked.event, asked.competing)
        others = tuple(name for name in every if name not in aside)
        describe, compare = asked.describe or tuple(every), asked.compare or others
        return replace(asked, describe=describe, compare=compare)


def _above_zero(text: str) -> bool:
    number = as_number(text)
    return number is not None and isfinite(number) and number > 0
