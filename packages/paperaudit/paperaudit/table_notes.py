"""What the notes under a table say of its numbers: the tests, and how limits were computed."""

from __future__ import annotations

import re
from functools import cache

from paperaudit.adjustment import ADJUSTED, CRUDE
from paperaudit.grid import RAISED
from paperaudit.noted import CORRECTION, WEIGHTS, is_of_limits

_MARKS = ("*†‡§¶‖#", "ᵃ-ᶻʰ", "⁰¹²³⁴-⁹")  # a table uses marks of one kind as a rule
_LETTERS = {ord(letter.translate(RAISED)): letter for letter in "abcdefgh"}
#: A note about all p values of a table: "p: Fisher's exact test".
_OF_P = re.compile(
    r"p(?:[ -]?values?)?\s*(?::|(?:by|from|were|are|was|is)\b)\s*(.+)", re.IGNORECASE
)
#: What a note or a caption may say of all numbers of a table: that they are no plain ones.
_NOT_PLAIN = re.compile(
    r"(?<!un)(?<!t[12][ -])(?<!diffusion-)(?<!diffusion )weighted(?! (?:kappa|least|mean diff))"
    rf"|\b(?:{WEIGHTS})"
    r"|imputed|imputation|\bage(?:-and-sex|-sex)?[- ]standardi[sz]ed",
    re.IGNORECASE,
)
#: Of an analysis and not of the groups; and headings and notes that deny it.
_OF_ANALYSIS = re.compile(
    r"odds|hazard|ratios?\b|regression|variable\b|\bp[ -]?values?|interval|differences?\b|model"
    r"|coefficient|\btests?\b|effect",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"unweighted|unadjusted|unimputed|observed|known|complete|crude|\braw\b|\bbefore\b"
    r"|without imput",
    re.IGNORECASE,
)
#: How a note calls a statistic.
_CALLED = {
    "n": re.compile(r"\bn\b|counts?\b|numbers?\b|frequenc|sample sizes?", re.IGNORECASE),
    "percent": re.compile(r"percent|%|proportion|prevalence|rates?\b|shares?\b", re.IGNORECASE),
    "mean": re.compile(r"\bmeans?\b|\bs\.?[de]\.?\b|averages?\b", re.IGNORECASE),
}
#: Designs and analyses that bear on every p of a table.
_OF_ALL_P = re.compile(
    rf"{CORRECTION.pattern}|(?<!un)(?<!un-)\bpaired|mcnemar|rao.?scott|survey.weight|survey design"
    r"|sampling weights|clustering|\bgee\b|estimating equation|mixed.(?:effects?|model)",
    re.IGNORECASE,
)
#: A paragraph that is a note, where running text may follow a table as well.
_NOTE = re.compile(
    rf"\s*(?:[{''.join(_MARKS)}]|\(?[a-h][\s.)]|[^.:;]{{1,30}}:\s"
    r"|(?:notes?|values|data|numbers|figures|abbreviations?|legend)\b"
    r"|[^.]{0,60}\b(?:intervals?|least squares|m[ií]nimos|imputations|odds|percentage points)\b)",
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
    >>> footnote("a", "a Mann-Whitney U test. b Chi-square test.")
    'Mann-Whitney U test'
    >>> footnote("ᵇ", "Effect: ᵃ odds ratio, 95% exact interval; ᵇ mean difference.")
    'mean difference'
    """
    one, plain = mark.split(",")[0].strip(), ""
    if one.translate(_LETTERS) in _LETTERS.values():  # a superscript may be copied as a letter
        letter, one = one.translate(_LETTERS), one.translate(RAISED)
        plain = rf"(?:^|[.;:]\s*)\(?{letter}\)?[\s.:=]\s*([^.;]{{3,200}})"
    marks = next((kind for kind in _MARKS if re.match(f"[{kind}]", one)), _MARKS[0])
    match = re.search(
        rf"(?<![{marks}]){re.escape(one)}(?![{marks}])\s*([^{marks}]{{3,200}})", notes
    )
    match = match or (re.search(plain, notes) if plain else None)
    return re.split(r"[.;]\s", match[1] + " ")[0].strip(" .;:,") if match else ""


def sentences(notes: str) -> list[str]:
    """Part notes into what stands between full stops and semicolons."""
    return [part.strip(" .;") for part in re.split(r"(?<=[.;])\s+", notes) if part.strip(" .;")]


def note_of_p(notes: str) -> str:
    """Quote what the notes say of all p values.

    Examples
    --------
    >>> note_of_p("Intervals: score limits; p: N-1 chi-square, which agrees with them.")
    'N-1 chi-square, which agrees with them'
    >>> note_of_p("Values are means. Holm's correction was applied. † Paired t test.")
    "Holm's correction was applied"
    """
    parts = []
    for part in sentences(notes):
        marked = re.match(r"\(?[a-h]\W", part) or re.search(f"[{''.join(_MARKS)}]", part)
        if of_p := _OF_P.match(part):
            parts.append(of_p[1])
        elif _OF_ALL_P.search(part) and not marked:
            parts.append(part)
    return "; ".join(parts)


def note_of_shares(text: str, heading: str, statistic: str) -> str:
    """Quote what a table says of its counts, shares and means if they are no plain ones.

    Parameters
    ----------
    text
        Its caption and its notes.
    heading
        Of the column: one that denies it ("unweighted", "observed") is believed.
    statistic
        ``n``, ``percent``, ``mean``, ...: what is said of others is not said of it.

    Examples
    --------
    >>> said = "Table 1. Characteristics. Values are unweighted n (weighted %)."
    >>> note_of_shares(said, "Cases", "percent"), note_of_shares(said, "Cases", "n")
    ('Values are unweighted n (weighted %)', '')
    >>> note_of_shares("Odds ratios of 20 imputations.", "Events", "n")
    ''
    """
    if _PLAIN.search(heading):
        return ""
    own = {"fraction": "percent", "sd": "mean"}.get(statistic, statistic)
    for part in (*sentences(text), heading):
        if not _NOT_PLAIN.search(part) or (part != heading and _OF_ANALYSIS.search(part)):
            continue
        named = {kind for kind, words in _CALLED.items() if words.search(part)}
        denied = _plain_in(text)
        if own not in denied and (own in named - denied or not named - denied):
            return part
    return ""


@cache
def _plain_in(text: str) -> frozenset[str]:
    """Return the statistics that a table calls plain ones; all its cells ask."""
    return frozenset(
        kind
        for kind, words in _CALLED.items()
        if re.search(
            rf"(?:{_PLAIN.pattern})\W+(?:{words.pattern})"
            rf"|(?:{words.pattern}) (?:are|is|were) (?:{_PLAIN.pattern})",
            text,
            re.IGNORECASE,
        )
    )


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
