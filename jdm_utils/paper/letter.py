"""What to ask the authors: the questions of an audit, and a letter that puts them."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

#: From worst to least. A claim without a severity needs no question.
SEVERITIES = ("changes a conclusion", "arithmetic", "cosmetic")
AGREEING = ("reproduced", "reproduced_truncated", "attainable")
_STATISTICS = {
    "n": "number", "percent": "percentage", "sd": "SD", "odds_ratio": "odds ratio",
    "ci_low": "lower limit", "ci_high": "upper limit", "nagelkerke_r2": "Nagelkerke's R²",
    "fraction": "share", "cutoff": "cut-off",
}  # fmt: skip
_MARKUP = re.compile(r"([\\`*_\[\]<>&#|~$])")
_NO_LABELS: Mapping[str, str] = {}


def questions(audit: pd.DataFrame, *, labels: Mapping[str, str] = _NO_LABELS) -> pd.DataFrame:
    """Gather the distinct questions of an audit, those that matter most first.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `jdm_utils.paper.audit.audit_claims` gives it.
    labels : mapping, optional
        What to call an item in a question; by default its name, with spaces.

    Returns
    -------
    pandas.DataFrame
        One row a question: ``ask``; ``numbers``, how many printed numbers it would settle;
        ``claims``, their ids as a tuple; ``severity``, the worst of theirs. Ordered by severity,
        then by numbers, then as printed. Numbers without a severity raise no question.

    Examples
    --------
    >>> from jdm_utils import audit_claims
    >>> questions(audit_claims())["severity"].unique().tolist()
    ['changes a conclusion', 'arithmetic', 'cosmetic']
    """
    open_ = audit[audit["ask"].ne("") & audit["severity"].ne("")]
    rows = []
    for ask, part in open_.groupby("ask", sort=False):
        worst = min(map(SEVERITIES.index, part["severity"]))
        worded = _worded(str(ask), part["item"], labels)
        rows.append((worded, len(part), tuple(part.index), SEVERITIES[worst]))
    rows.sort(key=lambda row: (SEVERITIES.index(row[-1]), -row[1]))
    return pd.DataFrame(rows, columns=["ask", "numbers", "claims", "severity"])


def letter_to_authors(
    audit: pd.DataFrame,
    *,
    study: str,
    limit: int = 6,
    labels: Mapping[str, str] = _NO_LABELS,
) -> str:
    """Write a letter that asks the authors what would settle the most.

    Parameters
    ----------
    audit, labels
        As in `questions`.
    study : str
        How to name the paper in a sentence.
    limit : int
        Most questions to ask; the letter says how many are left out.

    Returns
    -------
    str
        Markdown. Every number in it comes from the audit; text of the ledger cannot add markup.
        One sentence that says so, if nothing needs asking.

    Raises
    ------
    ValueError
        If `limit` is below 1.

    Examples
    --------
    >>> from jdm_utils import audit_claims
    >>> print(letter_to_authors(audit_claims(), study="your paper")[:53])
    **Questions about the numbers printed in your paper**
    """
    asked = questions(audit, labels=labels)
    if limit < 1:
        raise ValueError(f"a letter asks at least one question, not {limit}")
    if asked.empty:
        return f"Nothing in the numbers printed in {_plain(study)} needs asking.\n"
    checked = audit[audit["verdict"] != "not_checkable"]
    agree = int(checked["verdict"].isin(AGREEING).sum())
    first, rest = asked.head(limit), len(asked) - limit
    put = "\n".join(
        _question(number, ask, audit.loc[[*claims]], audit, labels)
        for number, (ask, claims) in enumerate(zip(first["ask"], first["claims"], strict=True), 1)
    )
    left = f"{_count(rest, 'smaller question')} can wait.\n\n" if rest > 0 else ""
    return f"""\
**Questions about the numbers printed in {_plain(study)}**

Dear authors,

We read {_plain(study)} closely, and computed its printed numbers again from one another. Of \
{_count(len(checked), "number")} that can be checked in this way, {agree} agree. For some of the \
others we could not find the way that you took, and would be grateful for your help.

We may well be wrong. We had the printed text and no patient data, so that a test, a correction or \
a denominator that we did not think of, patients with missing values, or a slip in typesetting or \
in our own transcription would each explain what follows. We draw no conclusion from it, neither \
about the study nor about how it was done.

{put}

{left}A line on any of these would help, even if the data are no longer at hand. If you think that \
a question rests on a mistake of ours, please tell us: we would correct it, and say so.

With kind regards
"""


def _question(
    number: int,
    ask: str,
    about: pd.DataFrame,
    audit: pd.DataFrame,
    labels: Mapping[str, str],
) -> str:
    """Put one question: what would help, where the numbers stand, what may be behind them."""
    lines = [f"{number}. **Could you tell us {_plain(ask)}?** It would settle:"]
    for key, part in about.groupby(["location", "item", "group"], sort=False):
        location, item, group = map(str, key)
        said = [
            f"{_STATISTICS.get(s, _words(s))} {p}"
            for s, p in zip(part["statistic"], part["printed"], strict=True)
        ]
        where = ", ".join(filter(None, [_place(location), _name(item, labels), _words(group)]))
        found = "; ".join(dict.fromkeys(filter(None, part["computed"])))
        other = part.loc[part["verdict"] == "reproduced_other_method", "method"]
        how = "".join(f", by {method}" for method in other.unique())
        computed = f" (we get: {found}{how})" if found else ""
        lines.append(f"   - {_plain(where)}: {_plain(', '.join(said) + computed)}")
    # Keys without an underscore may be everyday words, which an explanation uses as such.
    named = {item: _name(item, labels) for item in audit["item"] if "_" in item}
    named |= {str(i): _reference(row, labels) for i, row in audit.iterrows() if "_" in str(i)}
    why = {_replaced(text, named) for text in about["explanation"] if text}
    lines += [f"   - One reading: {_plain(text)}." for text in sorted(why)]
    return "\n".join(lines)


def _reference(claim: "pd.Series[str]", labels: Mapping[str, str]) -> str:
    """Name a printed number for somebody who has the paper and not the ledger."""
    statistic = _STATISTICS.get(claim["statistic"], _words(claim["statistic"]))
    parts = [_place(claim["location"]), _name(claim["item"], labels), _words(claim["group"])]
    return "the " + ", ".join(filter(None, [f"{statistic} in {parts[0]}", *parts[1:]]))


def _worded(ask: str, items: Iterable[str], labels: Mapping[str, str]) -> str:
    return _replaced(ask, {item: _name(item, labels) for item in items})


def _replaced(text: str, names: Mapping[str, str]) -> str:
    """Put names in the place of keys that stand as words of their own."""
    if not names:
        return text
    keys = "|".join(re.escape(key) for key in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{keys})(?!\w)", lambda key: names[key[0]], text)


def _name(item: str, labels: Mapping[str, str]) -> str:
    """Name an item in the middle of a sentence, abbreviations left as they are."""
    label = labels.get(item, _words(item))
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _words(key: str) -> str:
    return key.replace("_", " ")


def _place(location: str) -> str:
    """Name a place in the paper: ``table3`` is Table 3."""
    return re.sub(r"^([a-z]+)(\d+)$", r"\1 \2", _words(location)).capitalize()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _plain(text: str) -> str:
    """Write text from a ledger on one line, its markup escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
