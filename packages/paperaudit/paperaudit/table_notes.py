"""What the notes under a table say of its numbers: the tests, and how limits were computed."""

from __future__ import annotations

import re

from paperaudit.adjustment import ADJUSTED, CRUDE
from paperaudit.noted import is_of_limits

_MARKS = ("*†‡§¶‖#", "ᵃ-ᶻʰ", "⁰¹²³⁴-⁹")  # a table uses marks of one kind as a rule
#: A note about all p values of a table: "p: Fisher's exact test".
_OF_P = re.compile(
    r"p(?:[ -]?values?)?\s*(?::|(?:by|from|were|are|was|is)\b)\s*(.+)", re.IGNORECASE
)
#: A paragraph that is a note, where running text may follow a table as well.
_NOTE = re.compile(
    rf"\s*(?:[{''.join(_MARKS)}]|\(?[a-h][\s.)]|[^.:;]{{1,30}}:\s"
    r"|(?:notes?|values|data|numbers|figures|abbreviations?|legend)\b"
    r"|[^.]{0,60}\b(?:intervals?|least squares|imputations|odds|percentage points)\b)",
    re.IGNORECASE,
)
#: What is longer is a paragraph of the text.
LONGEST = 800


def is_note(text: str, *, own: bool = False) -> bool:
    """Whether a paragraph below a table is its note; *own* if it stands in the table's own box.

    Examples
    --------
    >>> is_note("* Fisher's exact test"), is_note("Values are means."), is_note("We then asked")
    (True, True, False)
    """
    return len(text) <= LONGEST and (own or bool(_NOTE.match(text)))


def footnote(mark: str, notes: str) -> str:
    """Quote the footnote of a mark, up to the next mark.

    Examples
    --------
    >>> footnote("†", "* t test. † Fisher's exact test; ‡ log-rank test")
    "Fisher's exact test"
    >>> footnote("**", "* Kruskal-Wallis test; ** ANOVA; two-sided")
    'ANOVA'
    >>> footnote("ᵇ", "Effect: ᵃ odds ratio, 95% exact interval; ᵇ mean difference.")
    'mean difference'
    """
    one = mark.split(",")[0].strip()
    marks = next((kind for kind in _MARKS if re.match(f"[{kind}]", one)), _MARKS[0])
    found = re.search(
        rf"(?<![{marks}]){re.escape(one)}(?![{marks}])\s*([^{marks}]{{3,200}})", notes
    )
    return re.split(r"[.;]\s", found[1] + " ")[0].strip(" .;:,") if found else ""


def sentences(notes: str) -> list[str]:
    """Part notes into what stands between full stops and semicolons."""
    return [part.strip(" .;") for part in re.split(r"(?<=[.;])\s+", notes) if part.strip(" .;")]


def note_of_p(notes: str) -> str:
    """Quote what the notes say of all p values.

    Examples
    --------
    >>> note_of_p("Intervals: score limits; p: N-1 chi-square, which agrees with them.")
    'N-1 chi-square, which agrees with them'
    """
    return "; ".join(found[1] for part in sentences(notes) if (found := _OF_P.match(part)))


def note_of_limits(notes: str, model: str) -> str:
    """Quote what the notes say of limits that are not Wald's, or are of t, in an analysis.

    Parameters
    ----------
    notes
        Of the table.
    model
        ``crude``, ``adjusted`` or empty: a note that begins with another is not of it.

    Examples
    --------
    >>> notes = "Univariable: exact interval. Multivariable: 95% profile likelihood interval."
    >>> note_of_limits(notes, "adjusted"), note_of_limits("Fisher's exact test.", "")
    ('Multivariable: 95% profile likelihood interval', '')
    """
    others = {"crude": ADJUSTED, "adjusted": CRUDE}
    return "; ".join(
        part
        for part in sentences(notes)
        if is_of_limits(part)
        and not any(model.startswith(own) and other.match(part) for own, other in others.items())
    )
