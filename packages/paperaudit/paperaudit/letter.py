"""What to ask the authors: the questions of an audit, and a letter that puts them."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from paperaudit.adjustment import RATIOS
from paperaudit.groups import ALL
from paperaudit.naming import STATISTICS as NAMES_OF_STATISTICS
from paperaudit.naming import place_name
from paperaudit.verdict import ARITHMETIC, CONCLUSION, COSMETIC, FOLLOWS, Verdict
from smallstats.formatting import format_list

#: From worst to least. A claim without a severity needs no question.
SEVERITIES = (CONCLUSION, ARITHMETIC, COSMETIC)
AGREEING = tuple(v.value for v in Verdict if v.meaning == FOLLOWS and not v.to_weigh)
OTHER_PATIENTS = (Verdict.OTHER_PATIENTS.value, Verdict.REPRODUCED_OTHER_METHOD.value)
#: What to call a statistic of a ledger in a sentence.
STATISTICS = NAMES_OF_STATISTICS | {"n": "number", "percent": "percentage"}
_RATIOS = {*RATIOS, "nagelkerke_r2"}
_MARKUP = re.compile(r"([\\`*_\[\]<>&#|~$])")
_NO_LABELS: Mapping[str, str] = {}
_COLUMNS = ["ask", "facts", "numbers", "claims", "severity"]


def questions(
    audit: pd.DataFrame,
    *,
    labels: Mapping[str, str] = _NO_LABELS,
    declared: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather the distinct questions of an audit, each in sentences.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `paperaudit.audit.audit_claims` gives it.
    labels : mapping, optional
        What to call an item in a question; by default its name, with spaces.
    declared : pandas.DataFrame, optional
        Questions in somebody's own words, one a row: ``about``, ids of claims with spaces between
        them; ``facts``, what is printed and what was computed; ``ask``, the question. They come
        first, in their order, and stand for the questions of the audit about any of those claims.
        One whose claims are no longer open is left out.

    Returns
    -------
    pandas.DataFrame
        One row a question: ``ask``, one sentence; ``facts``, sentences to put before it;
        ``numbers``, how many printed numbers it would settle; ``claims``, their ids as a tuple;
        ``severity``, the worst of theirs. What is not declared is ordered by severity, then by
        numbers, then as printed. Numbers without a severity raise no question.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> asked = questions(audit_claims(load_claims(example_ledger())))
    >>> asked["severity"].unique().tolist()
    ['changes a conclusion', 'arithmetic']
    >>> asked["ask"][0]
    'Which test gave the p value of deaths, and which two counts does it compare?'
    """
    open_ = audit[audit["ask"].ne("") & audit["severity"].ne("")]
    unasked = dict(iter(open_.groupby("ask", sort=False)))
    first = []
    for row in [] if declared is None else declared.to_dict("records"):
        about = set(str(row["about"]).split())
        mine = [ask for ask, part in unasked.items() if about & set(part.index)]
        if mine:
            part = open_.loc[pd.concat([unasked.pop(ask) for ask in mine]).index]
            first.append(_row(str(row["ask"]), str(row["facts"]), part))
    rest = [_row(*_worded(part, audit, labels), part) for part in unasked.values()]
    rest.sort(key=lambda row: (SEVERITIES.index(row[-1]), -row[2]))
    return pd.DataFrame([*first, *rest], columns=_COLUMNS)


class Letter(str):
    """A text in Markdown, which a notebook shows as such."""

    def _repr_markdown_(self) -> str:
        return str(self)


def letter_to_authors(
    audit: pd.DataFrame,
    *,
    study: str,
    limit: int = 6,
    labels: Mapping[str, str] = _NO_LABELS,
    declared: pd.DataFrame | None = None,
) -> Letter:
    """Write a letter that asks the authors what would settle the most.

    Parameters
    ----------
    audit, labels, declared
        As in `questions`.
    study : str
        How to name the paper in a sentence.
    limit : int
        Most questions to ask; the letter says how many are left out.

    Returns
    -------
    Letter
        A string in Markdown. Every number in it comes from the audit or is declared; text of the
        ledger cannot add markup. One sentence that says so, if nothing needs asking.

    Raises
    ------
    ValueError
        If `limit` is below 1.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> audit = audit_claims(load_claims(example_ledger()))
    >>> print(letter_to_authors(audit, study="your paper")[:53])
    **Questions about the numbers printed in your paper**
    """
    asked = questions(audit, labels=labels, declared=declared)
    if limit < 1:
        raise ValueError(f"a letter asks at least one question, not {limit}")
    if asked.empty:
        return Letter(f"Nothing in the numbers printed in {_plain(study)} needs asking.\n")
    checked, agree = agreement(audit)
    first, rest = asked.head(limit), len(asked) - limit
    put = "\n".join(
        f"{number}. {_plain(facts)} **{_plain(ask)}**"
        for number, (facts, ask) in enumerate(zip(first["facts"], first["ask"], strict=True), 1)
    )
    left = f"{_count(rest, 'smaller question')} can wait.\n\n" if rest > 0 else ""
    return Letter(f"""\
**Questions about the numbers printed in {_plain(study)}**

Dear authors,

We read {_plain(study)} with care and computed its printed numbers again from one another. Of \
{_count(checked, "number")} that can be checked in this way, {agree} agree with the others. For \
some of the rest we could not find the way that you took, and would be grateful for your help.

We may well be wrong. We had the printed text and no patient data, so that a test, a correction or \
a denominator that we did not think of, patients with missing values, or a slip in typesetting or \
in our own transcription would each explain what follows. We draw no conclusion from it, neither \
about the study nor about how it was done.

{put}

{left}A line on any of these would help, even if the data are no longer at hand. If you think that \
a question rests on a mistake of ours, please tell us: we would correct it, and say so.

With kind regards
""")


def agreement(audit: pd.DataFrame) -> tuple[int, int]:
    """Count the numbers of an audit that can be checked, and those of them that agree.

    Examples
    --------
    >>> verdicts = ["reproduced", "consistent", "contradicted", "not_checkable"]
    >>> agreement(pd.DataFrame({"verdict": verdicts}))
    (3, 2)
    """
    checked = audit["verdict"] != Verdict.NOT_CHECKABLE.value
    return int(checked.sum()), int(audit["verdict"].isin(AGREEING).sum())


def _row(ask: str, facts: str, part: pd.DataFrame) -> tuple[str, str, int, tuple[str, ...], str]:
    worst = min(map(SEVERITIES.index, part["severity"]))
    return ask, facts, len(part), tuple(part.index), SEVERITIES[worst]


def _worded(part: pd.DataFrame, audit: pd.DataFrame, labels: Mapping[str, str]) -> tuple[str, str]:
    """Put into sentences what is asked, and what is printed and computed, by the kind of number."""
    name = _name(str(part["item"].iloc[0]), labels)
    statistics, verdicts = set(part["statistic"]), set(part["verdict"])
    if statistics == {"p"} and part["item"].nunique() == 1:
        ask, facts = _of_p(part, audit, name)
    elif statistics <= {"n", "percent", "fraction"} and verdicts == {Verdict.CONTRADICTED.value}:
        ask = f"How many patients with {name} are there in each group?"
        facts = _of_counts(part, audit, name)
    else:
        raw = _replaced(str(part["ask"].iloc[0]), {i: _name(i, labels) for i in part["item"]})
        ask = raw if raw.endswith("?") else f"Could you tell us {raw}?"
        of_cutoff = statistics == {"cutoff"}
        facts = _of_cutoff(part, name) if of_cutoff else _of_others(part, labels)
    # Keys without an underscore may be everyday words, which an explanation uses as such.
    named = {item: _name(item, labels) for item in audit["item"] if "_" in item}
    named |= {str(i): _reference(row, labels) for i, row in audit.iterrows() if "_" in str(i)}
    why = sorted({_replaced(text, named) for text in part["explanation"] if text})
    facts = " ".join([facts, *(f"One reading: {text.rstrip('.')}." for text in why)])
    # The audit has used labels as headings have them; inside a sentence they begin small.
    within = {labels[item]: _name(item, labels) for item in audit["item"] if item in labels}
    return _replaced(ask, within), _replaced(facts, within)


def _of_p(part: pd.DataFrame, audit: pd.DataFrame, name: str) -> tuple[str, str]:
    """Say where a p value is printed, of which counts, and what was computed instead."""
    item = part["item"].iloc[0]
    printed = _in_places(part)
    counts = audit[(audit["item"] == item) & (audit["statistic"] == "n") & (audit["group"] != ALL)]
    tables = counts[counts["location"].str.startswith("table")]
    pair = (tables if len(tables) else counts).drop_duplicates("group", keep="last")
    if len(pair) != 2:
        ask = f"Which test gave the p value of {name}?"
        return ask, f"The p value of {name} is printed as {printed}.{_we_get(part)}"
    sizes = audit[(audit["item"] == "patients") & (audit["statistic"] == "n")]
    of = dict(zip(sizes["group"], sizes["printed"], strict=True))
    each = [
        f"{n} of {of[group]}" if group in of else f"{n} patients"
        for n, group in zip(pair["printed"], pair["group"], strict=True)
    ]
    ask = f"Which test gave the p value of {name}, and which two counts does it compare?"
    return ask, (
        f"The p value of {name} is printed as {printed}, and its counts as "
        f"{' against '.join(each)}.{_we_get(part)}"
    )


def _of_counts(part: pd.DataFrame, audit: pd.DataFrame, name: str) -> str:
    """List every count of an item whose numbers do not agree, and the percentages among these."""
    counts = audit[(audit["item"] == part["item"].iloc[0]) & (audit["statistic"] == "n")]
    rows = pd.concat([counts, part[part["statistic"] != "n"]])
    rows["printed"] += rows["statistic"].map({"percent": "%"}).fillna("")
    rows["group"] = rows["group"].map(_group)
    sentences = [
        f"{_in_places(same)} {group}".rstrip() for group, same in rows.groupby("group", sort=False)
    ]
    return f"For {name} the paper prints {format_list(sentences)}. These numbers do not agree."


def _of_cutoff(part: pd.DataFrame, name: str) -> str:
    means = [f"{c} is the {m}" for c, m in zip(part["computed"], part["method"], strict=True) if c]
    agrees = f" {format_list([*dict.fromkeys(means)])}." if means else ""
    return f"The cut-off of {name} is printed as {_in_places(part)}.{agrees}"


def _of_others(part: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Say what is printed, place by place; of a regression that the text repeats, its table."""
    rows, of_model = part, bool(_RATIOS & set(part["statistic"]))
    other_patients = of_model and bool(set(part["verdict"]) & set(OTHER_PATIENTS))
    tables = part["location"].str.startswith("table")
    if other_patients and tables.any():
        rows = part[tables]
    sentences = []
    for place, here in rows.groupby("location", sort=False):
        numbers = [
            f"{_statistics(same)} for {_name(str(item), labels)} {_group(str(group))}".rstrip()
            for (item, group), same in here.groupby(["item", "group"], sort=False)
        ]
        sentences.append(f"{place_name(str(place))} prints {'; '.join(numbers)}.")
    text = " ".join(sentences)
    if other_patients:
        methods = format_list(_distinct(part, "method"))
        return f"{text} They do not follow from the printed counts of patients, but by {methods}."
    return text + _we_get(part)


def _statistics(rows: pd.DataFrame) -> str:
    """Write the numbers of an item: a ratio with its limits, others by name."""
    texts = dict(zip(rows["statistic"], rows["printed"], strict=True))
    ratio = next((s for s in texts if s in _RATIOS), "")
    if ratio and {"ci_low", "ci_high"} <= set(texts):
        texts[ratio] += f" ({texts.pop('ci_low')} to {texts.pop('ci_high')})"
    return ", ".join(f"{STATISTICS.get(s, _words(s))} {text}" for s, text in texts.items())


def _we_get(part: pd.DataFrame) -> str:
    """Say what was computed, and by which other method the printed number follows."""
    computed = [text.replace("; ", ", ") for text in _distinct(part, "computed")]
    other = part[part["verdict"].isin(OTHER_PATIENTS)]
    how = _distinct(other, "method")
    got = f" We get {format_list(computed)}." if computed else ""
    return got + (f" It follows by {format_list(how)}." if how else "")


def _distinct(part: pd.DataFrame, column: str) -> list[str]:
    return [*dict.fromkeys(str(text) for text in part[column] if text)]


def _in_places(rows: pd.DataFrame) -> str:
    """Write printed numbers, each with the places that print it."""
    return format_list(
        f"{printed} ({format_list(map(place_name, dict.fromkeys(places)))})"
        for printed, places in rows.groupby("printed", sort=False)["location"]
    )


def _reference(claim: "pd.Series[Any]", labels: Mapping[str, str]) -> str:
    """Name a printed number for somebody who has the paper and not the ledger."""
    statistic = STATISTICS.get(claim["statistic"], _words(claim["statistic"]))
    parts = [place_name(claim["location"]), _name(claim["item"], labels), _words(claim["group"])]
    return "the " + ", ".join(filter(None, [f"{statistic} in {parts[0]}", *parts[1:]]))


def _replaced(text: str, names: Mapping[str, str]) -> str:
    """Put names in the place of keys that stand as words of their own."""
    if not names:
        return text
    keys = "|".join(re.escape(key) for key in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{keys})(?!\w)", lambda key: names[key[0]], text)


def _name(item: str, labels: Mapping[str, str]) -> str:
    """Name an item in the middle of a sentence, abbreviations left as they are."""
    label = labels.get(item, "the model" if item == "model" else _words(item))
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _group(group: str) -> str:
    return "in all" if group == ALL else f"in the group {_words(group)}" if group else ""


def _words(key: str) -> str:
    return key.replace("_", " ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _plain(text: str) -> str:
    """Write text from a ledger on one line, its markup escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
