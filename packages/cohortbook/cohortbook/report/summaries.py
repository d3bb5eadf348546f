"""The first sentences of a chapter of a cohort's book, with its own words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cohortbook.report.docx_tables import RTL
from cohortbook.report.printing import printed_as, printing_in, printing_of
from cohortbook.report.suppression import (
    ALSO,
    shown_counts,
    shown_fractions,
    withhold_description,
)
from smallstats.descriptive import describe_frame
from smallstats.formatting import (
    format_labels,
    format_number,
    format_percent,
)
from smallstats.multiplicity import chances

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort
    from cohortbook.report.models import Models

LEVEL = 0.05
"""Below this a p value is named first."""

MOST_NAMED = 5
"""So many findings are named in a sentence."""

FEW_EVENTS = 10
"""So many events for each coefficient are the usual least."""


@dataclass(frozen=True)
class Prose:
    """Paragraphs of plain text, shown as text wherever a notebook is opened.

    Examples
    --------
    >>> Prose(("Of 9 patients 3 are ill.", "<b> & more"))
    Of 9 patients 3 are ill.
    <BLANKLINE>
    <b> & more
    """

    paragraphs: tuple[str, ...]

    def _repr_html_(self) -> str:
        return "\n".join(f'<p dir="auto">{escape(text)}</p>' for text in self.paragraphs)

    def __repr__(self) -> str:
        return "\n\n".join(self.paragraphs)


def isolated(text: str) -> str:
    r"""Keep a label that runs from right to left from turning round the numbers beside it.

    Examples
    --------
    >>> isolated("CK"), ascii(isolated("\u05d0"))
    ('CK', "'\\u2068\\u05d0\\u2069'")
    """
    return f"\u2068{text}\u2069" if RTL.search(text) else text


def summarise_cohort(cohort: Cohort) -> Prose:
    """Summarise who is analysed, how many have the outcome, and what is withheld.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> summarise_cohort(load_cohort(example_cohort())).paragraphs[0]
    '30 patients are analysed. The outcome, “Revision”, was found in 14/30 (47%) of them.'
    """
    spec, printing = cohort.spec, printing_of(cohort)
    say = printing.say
    sentences = [say("{n} patients are analysed.", n=format_number(len(cohort.frame), 0))]
    if outcome := spec.analysis.outcome:
        sentences[0] += " " + say(
            "The outcome, “{label}”, was found in {counts} of them.",
            label=isolated(spec.variables[outcome].label),
            counts=printing.numbers(_fraction(cohort, outcome)),
        )
    if spec.simulated:
        sentences.append(
            say("Every patient of this cohort is simulated. No result here is evidence.")
        )
    if (least := spec.smallest_shown) > 1:
        sentences.append(
            say(
                "Counts of fewer than {least} patients are withheld (<{least}), and so are others "
                "of the same variable from which they could be computed ({also}). So are lowest "
                "and highest values.",
                least=least,
                also=ALSO,
            )
        )
    return Prose(tuple(sentences))


def summarise_source(cohort: Cohort) -> Prose:
    """Summarise the source of the data: whose, of what date, in which file.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> summarise_source(load_cohort(example_cohort()))
    Source: invented for this example, as of 2024-12-31; file data.csv.
    """
    spec, say = cohort.spec, printing_of(cohort).say
    where = say("file {name}", name=spec.data.file.replace("\\", "/").rpartition("/")[2])
    when = [say("as of {date}", date=spec.as_of)] if spec.as_of else []
    named = ", ".join([*([" ".join(spec.source.split())] if spec.source else []), *when])
    return Prose((f"{say('Source')}: {isolated(named)}; {where}." if named
                  else f"{say('Source')}: {where}.",))  # fmt: skip


def _fraction(cohort: Cohort, name: str) -> str:
    described = withhold_description(cohort, describe_frame(cohort.frame, [name]))
    return shown_fractions(printed_as(described, cohort))[0]


def summarise_description(description: pd.DataFrame) -> Prose:
    """Summarise the commonest and the rarest findings, and the means.

    Examples
    --------
    >>> frame = pd.DataFrame({"cough": [1, 0, 1, 1], "rash": [0, 0, 1, 0]})
    >>> summarise_description(describe_frame(frame, ["cough", "rash"])).paragraphs[0]
    'The commonest of the findings counted are cough, 3/4 (75%) and rash, 1/4 (25%).'
    """
    printing = printing_in(description)
    counted = description[description["percent"].notna()].sort_values(
        "percent", ascending=False, kind="stable"
    )
    named = _named(counted, [printing.numbers(text) for text in shown_fractions(counted)])
    sentences = []
    if named:
        words = "The commonest of the findings counted are {names}."
        sentences.append(printing.say(words, names=printing.listed(named[:3])))
    if len(named) > 5:
        sentences.append(printing.say("The rarest are {names}.", names=printing.listed(named[-2:])))
    numbers = description[(description["kind"] == "number") & description["mean"].notna()]
    means = [
        printing.numbers(printing.mean_sd(mean, sd, name))
        for name, mean, sd in zip(numbers["variable"], numbers["mean"], numbers["sd"], strict=True)
    ]
    if means:
        words = "On average (mean ± SD): {means}."
        if printing.mean_sd_as == "parentheses":
            words = "On average (mean and SD): {means}."
        sentences.append(printing.say(words, means="; ".join(_named(numbers, means))))
    return Prose(tuple(sentences) or (printing.say("Nothing that could be summed up is shown."),))


def _named(frame: pd.DataFrame, texts: list[str]) -> list[str]:
    labels = map(isolated, format_labels(frame))
    return [", ".join(pair) for pair in zip(labels, texts, strict=True)]


def summarise_comparison(comparison: pd.DataFrame) -> Prose:
    """Summarise what is associated with the outcome, and how often by chance alone.

    Examples
    --------
    >>> from smallstats.univariate import compare_frame
    >>> frame = pd.DataFrame({"ill": [1] * 9 + [0] * 9, "cough": [1] * 8 + [0] * 9 + [1]})
    >>> summarise_comparison(compare_frame(frame, "ill", ["cough"])).paragraphs[0]
    'Of 1 characteristic compared, 1 has p below 0.05:
     cough (8/9 (89%) against 1/9 (11%), p = 0.001).'
    """
    printing = printing_in(comparison)
    say, numbers = printing.say, printing.numbers
    once = comparison[~comparison["variable"].duplicated()]
    tested = once[once["p"].notna()]
    low = tested[tested["p"] < LEVEL].sort_values("p", kind="stable")
    pairs = zip(shown_fractions(low, "_with"), shown_fractions(low, "_without"), strict=True)
    against, effects = f" {say('against')} ", []
    for row, counts in zip(list[Any](low.itertuples()), pairs, strict=True):
        if row.kind == "number":
            counts = (printing.measure(row, "with"), printing.measure(row, "without"))
        about = "" if row.level else numbers(against.join(counts)) + ", "
        p = numbers(printing.p(row.p, symbol="p"))
        effects.append(f"{isolated(str(row.label))} ({about}{p})")
    n = len(tested)
    if len(effects) > MOST_NAMED:
        effects[MOST_NAMED:] = [say("and {n} more", n=len(effects) - MOST_NAMED)]
    what = "Of {n} characteristic compared" if n == 1 else "Of {n} characteristics compared"
    has = "{low} has p below {level}" if len(low) == 1 else "{low} have p below {level}"
    level = numbers(str(LEVEL))
    sentences = [f"{say(what, n=n)}, {say(has, low=len(low) or say('none'), level=level)}"]
    sentences[0] += f"{': ' * bool(effects)}{'; '.join(effects)}."
    if n > 1:
        asked = chances(comparison, LEVEL)
        sentences.append(
            say(
                "If {asked} independent questions were asked and nothing were associated with the "
                "outcome, chance alone would give at least one such p in {share} of tables with "
                "these counts.",
                asked=len(asked),
                share=format_percent(1 - float(np.prod(1 - asked["chance"])), 1),
            )
        )
    if withheld := len(once) - n:
        sentences.append(say("Not tested, or not shown: {n}; the table says why.", n=withheld))
    return Prose(tuple(sentences))


def summarise_models(models: Models) -> Prose:
    """Summarise the events for each coefficient, and the effects whose interval excludes 1."""
    printing = models.printing
    say, numbers = printing.say, printing.numbers
    together = models.rows[models.rows["model"] == "Multivariable"]
    fitted = models.candidates["label"][models.candidates["why"] == ""]
    sentences = [say("Fitted: {names}.", names=printing.listed(map(isolated, fitted)))]
    if len(together):
        n, events = (int(together[column].iloc[0]) for column in ("n", "events"))
        each = min(events, n - events) / len(together)
        words = "The smaller group has {each} patients for each coefficient."
        if each < FEW_EVENTS:
            words = (
                "The smaller group has {each} patients for each of {terms} coefficients; fewer "
                "than {least} are too few for a model to be stable."
            )
        per_coefficient = numbers(format_number(each, 1))
        sentences.append(say(words, each=per_coefficient, terms=len(together), least=FEW_EVENTS))
        clear = together[(together["ci_low"] > 1) | (together["ci_high"] < 1)]
        ratio = say(models.measure.replace("_", " "))
        named = [
            f"{isolated(label)}, {ratio} {numbers(printing.ratio(*estimate))}"
            for label, *estimate in clear[["label", models.measure, "ci_low", "ci_high"]].to_numpy()
        ]
        words = "With the others in the model, the interval excludes 1 for: {effects}."
        sentences.append(say(words, effects="; ".join(named) or say("none")))
    if models.without:
        sentences.append(
            say("Not in the model of all together: {reasons}.", reasons=models.without)
        )
    sentences += [say("Of all together: {why}.", why=models.why)] * bool(models.why)
    return Prose(tuple(sentences))


def summarise_missing(missing: pd.DataFrame) -> Prose:
    """Summarise how many variables are complete, and which is the least complete.

    Parameters
    ----------
    missing
        As from `cohortbook.report.gaps.missing_of`.

    Examples
    --------
    >>> rows = pd.DataFrame({"label": ["CK", "AST"], "missing": [3, 0], "n": [9, 9]})
    >>> summarise_missing(rows).paragraphs
    ('1 of 2 variables are complete. The least complete is CK: 3 of 9 missing.',)
    """
    printing = printing_in(missing)
    complete = int((missing["missing"] == 0).sum())
    words = "{complete} of {all} variables are complete."
    text = printing.say(words, complete=complete, all=len(missing))
    share = (missing["missing"] / missing["n"]).astype(float)
    if share.max() > 0:
        worst = missing.loc[[share.idxmax()]]
        (gaps,), (asked,) = shown_counts(worst, "missing"), shown_counts(worst, "n")
        words = "The least complete is {label}: {gaps} of {asked} missing."
        label = isolated(worst["label"].iloc[0])
        text += " " + printing.say(words, label=label, gaps=gaps, asked=asked)
    return Prose((text,))
