"""What a chapter of a cohort's book says first: sentences with its own words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from cohortbook.report.docx_tables import RTL
from cohortbook.report.suppression import (
    ALSO,
    shown_counts,
    shown_fractions,
    withhold_description,
)
from smallstats.descriptive import describe_frame
from smallstats.formatting import (
    format_labels,
    format_list,
    format_mean_sd,
    format_measure,
    format_number,
    format_p,
    format_percent,
    format_ratio,
)
from smallstats.multiplicity import chance_of_any, chances

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
    """Say who is analysed, how many have the outcome, and what is withheld.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> summarise_cohort(load_cohort(example_cohort())).paragraphs[0]
    '30 patients are analysed. The outcome, “Revision”, was found in 14/30 (47%) of them.'
    """
    spec, patients = cohort.spec, len(cohort.frame)
    told = [f"{format_number(patients, 0)} patients are analysed."]
    if outcome := spec.analysis.outcome:
        label = isolated(spec.variables[outcome].label)
        told[0] += f" The outcome, “{label}”, was found in {_fraction(cohort, outcome)} of them."
    if spec.simulated:
        told.append("Every patient of this cohort is simulated. No result here is evidence.")
    if (least := spec.smallest_shown) > 1:
        told.append(
            f"Counts of fewer than {least} patients are withheld (<{least}), and so are others "
            f"of the same variable from which they could be computed ({ALSO}). So are lowest and "
            "highest values."
        )
    return Prose(tuple(told))


def _fraction(cohort: Cohort, name: str) -> str:
    described = withhold_description(cohort, describe_frame(cohort.frame, [name]))
    return shown_fractions(described)[0]


def summarise_description(description: pd.DataFrame) -> Prose:
    """Say which findings are the commonest and which the rarest, and what the numbers are like.

    Examples
    --------
    >>> frame = pd.DataFrame({"cough": [1, 0, 1, 1], "rash": [0, 0, 1, 0]})
    >>> summarise_description(describe_frame(frame, ["cough", "rash"])).paragraphs[0]
    'The commonest of the findings counted are cough, 3/4 (75%) and rash, 1/4 (25%).'
    """
    counted = description[description["percent"].notna()].sort_values(
        "percent", ascending=False, kind="stable"
    )
    named = _named(counted, shown_fractions(counted))
    told = [f"The commonest of the findings counted are {format_list(named[:3])}."] * bool(named)
    if len(named) > 5:
        told.append(f"The rarest are {format_list(named[-2:])}.")
    numbers = description[(description["kind"] == "number") & description["mean"].notna()]
    means = [format_mean_sd(*m) for m in zip(numbers["mean"], numbers["sd"], strict=True)]
    if means:
        told.append(f"On average (mean ± SD): {'; '.join(_named(numbers, means))}.")
    return Prose(tuple(told) or ("Nothing that could be summed up is shown.",))


def _named(frame: pd.DataFrame, texts: list[str]) -> list[str]:
    labels = map(isolated, format_labels(frame))
    return [", ".join(pair) for pair in zip(labels, texts, strict=True)]


def summarise_comparison(comparison: pd.DataFrame) -> Prose:
    """Say what is associated with the outcome, and how often chance alone would find something.

    Examples
    --------
    >>> from smallstats.univariate import compare_frame
    >>> frame = pd.DataFrame({"ill": [1] * 9 + [0] * 9, "cough": [1] * 8 + [0] * 9 + [1]})
    >>> summarise_comparison(compare_frame(frame, "ill", ["cough"])).paragraphs[0]
    'Of 1 characteristic compared, 1 has p below 0.05:
     cough (8/9 (89%) against 1/9 (11%), p 0.003).'
    """
    once = comparison.drop_duplicates("variable")
    tested = once[once["p"].notna()]
    low = tested[tested["p"] < LEVEL].sort_values("p", kind="stable")
    pairs = zip(shown_fractions(low, "_with"), shown_fractions(low, "_without"), strict=True)
    found = []
    for row, counts in zip(low.itertuples(), pairs, strict=True):
        about = "" if row.level else " against ".join(counts) + ", "
        if row.kind == "number":
            about = f"{format_measure(row, 'with')} against {format_measure(row, 'without')}, "
        found.append(f"{isolated(str(row.label))} ({about}p {format_p(row.p)})")
    n = len(tested)
    if len(found) > MOST_NAMED:
        found[MOST_NAMED:] = [f"and {len(found) - MOST_NAMED} more"]
    what = f"Of {n} characteristic{'s' * (n != 1)} compared"
    has = "has" if len(low) == 1 else "have"
    told = [f"{what}, {len(low) or 'none'} {has} p below {LEVEL}{': ' * bool(found)}"]
    told[0] += f"{'; '.join(found)}."
    if n > 1:
        asked = len(chances(comparison, LEVEL))
        told.append(
            f"If {asked} independent questions were asked and nothing were associated with the "
            "outcome, chance alone would give at least one such p in "
            f"{format_percent(chance_of_any(comparison, LEVEL), 1)} of tables with these counts."
        )
    if withheld := len(once) - n:
        told.append(f"Not tested, or not shown: {withheld}; the table says why.")
    return Prose(tuple(told))


def summarise_models(models: Models) -> Prose:
    """Say how many events each coefficient has, and which effects the data are clear about."""
    together = models.rows[models.rows["model"] == "Multivariable"]
    fitted = models.candidates["label"][models.candidates["why"] == ""]
    told = [f"Fitted: {format_list(map(isolated, fitted))}."]
    if len(together):
        n, events = (int(together[column].iloc[0]) for column in ("n", "events"))
        each = min(events, n - events) / len(together)
        told.append(
            f"The smaller group has {format_number(each, 1)} patients for each of {len(together)} "
            f"coefficients; fewer than {FEW_EVENTS} are too few for a model to be stable."
            if each < FEW_EVENTS
            else f"The smaller group has {format_number(each, 1)} patients for each coefficient."
        )
        clear = together[(together["ci_low"] > 1) | (together["ci_high"] < 1)]
        found = [
            f"{isolated(label)}, odds ratio {format_ratio(*estimate)}"
            for label, *estimate in clear[["label", "odds_ratio", "ci_low", "ci_high"]].to_numpy()
        ]
        told.append(
            "With the others in the model, the interval leaves out 1 for: "
            f"{'; '.join(found) or 'none'}."
        )
    told += [f"Of all together: {models.why}."] * bool(models.why)
    return Prose(tuple(told))


def summarise_missing(missing: pd.DataFrame) -> Prose:
    """Say how many variables are complete, and which is the least so.

    Parameters
    ----------
    missing
        As from `cohortbook.report.clinical_tables.missing_of`.

    Examples
    --------
    >>> rows = pd.DataFrame({"label": ["CK", "AST"], "missing": [3, 0], "n": [9, 9]})
    >>> summarise_missing(rows).paragraphs
    ('1 of 2 variables are complete. The least complete is CK: 3 of 9 missing.',)
    """
    complete = int((missing["missing"] == 0).sum())
    told = f"{complete} of {len(missing)} variables are complete."
    share = (missing["missing"] / missing["n"]).astype(float)
    if share.max() > 0:
        worst = missing.loc[[share.idxmax()]]
        (gaps,), (asked,) = shown_counts(worst, "missing"), shown_counts(worst, "n")
        told += (
            f" The least complete is {isolated(worst['label'].iloc[0])}: {gaps} of {asked} missing."
        )
    return Prose((told,))
