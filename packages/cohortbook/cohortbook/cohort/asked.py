"""Whether what `analysis:`, `style:` and `language:` ask for is there and can be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from cohortbook.cohort.document import suggest
from cohortbook.cohort.spec import (
    COLUMNS,
    COUNTABLE,
    EFFECTS,
    LANGUAGES,
    METHODS,
    STYLES,
    Analysis,
    Spec,
    Texts,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = {
    "groups": ("binary", "category", "ordinal"),
    "curves": ("binary", "category", "ordinal"),
    "cluster": ("binary", "category", "ordinal", "number"),
    "time": ("number",),
    "event": ("binary",),
    "competing": ("binary",),
}
"""The kinds of variables that a key of one variable is for."""

_LISTS = {"linear": ("number",), "ordered": ("ordinal",)}


class Checker(Protocol):
    """What names variables and notes problems."""

    fail: Callable[..., None]

    def named(self, place: str, name: str, *kinds: str) -> Variable | None:
        """Give a variable, or note that there is none."""

    def all_named(self, place: str, names: Texts, *kinds: str) -> list[Variable]:
        """Give the variables of a list."""


def check_analysis(checker: Checker, asked: Analysis) -> None:
    """Note what an analysis names that is not there, or not of a kind for it."""
    for key, kinds in _KINDS.items():
        if name := getattr(asked, key):
            checker.named(f"analysis.{key}", name, *kinds)
    for key, kinds in _LISTS.items():
        checker.all_named(f"analysis.{key}", getattr(asked, key), *kinds)
    _check_words(checker, "analysis.columns", asked.columns, COLUMNS)
    _check_words(checker, "analysis.effects", asked.effects, EFFECTS)
    _check_words(checker, "analysis.method", [asked.method] * bool(asked.method), METHODS)
    if asked.randomised and not asked.groups:
        checker.fail("analysis.randomised", "", "the arms are not named", "groups: variable")
    if asked.groups and asked.groups == asked.outcome:
        checker.fail("analysis.groups", asked.groups, "the outcome", "leave it out, or another")
    _check_tests(checker, asked)
    _check_models(checker, asked)
    for i, pair in enumerate(asked.pairs):
        place = f"analysis.pairs[{i}]"
        variables = checker.all_named(place, pair, "binary", "number", "ordinal")
        if len(pair) != 2 or len({variable.kind for variable in variables}) > 1:
            checker.fail(place, "", "not a pair", "[first, second], both of one kind")


def check_printing(checker: Checker, spec: Spec) -> None:
    """Note what a style or a language says that is not known."""
    for key, value in asdict(spec.style).items():
        _check_words(checker, f"style.{key}", [value], STYLES[key])
    _check_words(checker, "language", [spec.language], LANGUAGES)


def _check_words(checker: Checker, place: str, words: Iterable[str], allowed: Texts) -> None:
    for word in words:
        if word not in allowed:
            checker.fail(place, word, "not known", suggest(word, allowed))


def _check_tests(checker: Checker, asked: Analysis) -> None:
    from smallstats.univariate import TESTS

    for name, test in asked.tests.items():
        place = f"analysis.tests.{name}"
        kind = name if name in COUNTABLE else ""
        if not kind:
            variable = checker.named(place, name, *COUNTABLE)
            if variable is None or variable.kind not in COUNTABLE:
                continue
            kind = "binary" if len(variable.levels) == 2 else variable.kind
        _check_words(checker, place, [test], ("auto", *TESTS[kind]))


def _check_models(checker: Checker, asked: Analysis) -> None:
    if asked.cluster and asked.cluster in asked.candidates:
        problem = "a candidate too: robust standard errors of what tells clusters apart are nil"
        checker.fail("analysis.cluster", asked.cluster, problem, "leave it out of one of the two")
    for i, pair in enumerate(asked.interactions):
        place = f"analysis.interactions[{i}]"
        checker.all_named(place, pair, *COUNTABLE)
        if len(pair) != 2:
            checker.fail(place, "", "not two variables", "[one, other]")
        for name in pair:
            if name not in asked.candidates:
                checker.fail(place, name, "not a candidate", suggest(name, asked.candidates))
    for name, knots in asked.splines.items():
        place = f"analysis.splines.{name}"
        checker.named(place, name, "number")
        if name not in asked.candidates:
            checker.fail(place, name, "not a candidate", suggest(name, asked.candidates))
        _check_words(checker, place, [knots], ("3", "4", "5"))
