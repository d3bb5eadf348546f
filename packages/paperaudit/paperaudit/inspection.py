"""A trustworthiness checklist for an observational study, filled in as far as print allows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from paperaudit.verdict import TO_WEIGH, VERDICTS

NOTICES, CONDUCT, TEXT, RESULTS = (
    "Notices after publication",
    "Conduct, governance and transparency",
    "Text and figures",
    "Results",
)
_MEANS = ("mean", "sd")
_TESTS = ("p", "odds_ratio", "ci_low", "ci_high", "nagelkerke_r2")


class Check(NamedTuple):
    """One check: what it asks, whether it applies without randomisation, what a reader looks at."""

    number: str
    domain: str
    check: str
    applies: str
    look: str


CHECKS = (
    Check("1.1", NOTICES, "Has the paper been retracted?", "yes",
          "the journal's page and the Retraction Watch database, by DOI"),
    Check("1.2", NOTICES, "Is there an expression of concern, a correction or a public comment?",
          "yes", "the journal's page, letters to the editor, PubPeer"),
    Check("1.3", NOTICES, "Has other work of the same team raised concern?", "yes",
          "the first, last and corresponding author in the Retraction Watch database"),
    Check("2.1", CONDUCT, "Is the ethical approval in order?", "yes",
          "committee, number and date; older papers often give less"),
    Check("2.2", CONDUCT, "Was the study registered, and in time?", "in part",
          "a protocol, if there was one; cohorts read from charts are seldom registered"),
    Check("2.3", CONDUCT, "Does the paper keep to what was registered?", "in part",
          "the first version of a registration, if there is one"),
    Check("2.4", CONDUCT, "Could so many patients have been recruited?", "yes",
          "years, centres and how rare the disease is"),
    Check("2.5", CONDUCT, "Could the study have been done as described?", "yes",
          "staff, equipment, and whether charts of those years record what was analysed"),
    Check("3.1", TEXT, "Is text or a table copied, or out of place?", "yes",
          "similar papers of the same team, and sentences about another design"),
    Check("3.2", TEXT, "Are figures altered or used twice?", "yes", "every figure, if any"),
    Check("4.1", RESULTS, "Do the patients meet the criteria of inclusion?", "yes",
          "ranges of age, follow-up and diagnosis against the Methods"),
    Check("4.2", RESULTS, "Do the group sizes fit the allocation?", "no", ""),
    Check("4.3", RESULTS, "Are the baseline data plausible?", "in part",
          "values against what is known of the disease; groups that were not drawn at random "
          "are expected to differ, so tests for chance imbalance do not apply"),
    Check("4.4", RESULTS, "Do abstract, text, tables and figures agree?", "yes",
          "figures, which no ledger holds"),
    Check("4.5", RESULTS, "Is the loss to follow-up plausible?", "yes",
          "how many charts were left out, and why; no loss at all over many years needs a reason"),
    Check("4.6", RESULTS, "Do the numbers of patients agree throughout?", "yes",
          "patients who leave an analysis because of missing values"),
    Check("4.7", RESULTS, "Are outcomes and effects plausible?", "yes",
          "estimates against those of other cohorts, and how wide their intervals are"),
    Check("4.8", RESULTS, "Can patients have the printed means and SDs?", "in part",
          "which variables can only be whole numbers: others can have any mean"),
    Check("4.9", RESULTS, "Do p values, ratios and intervals follow from the data?", "yes",
          "whether the Methods name the test"),
    Check("4.10", RESULTS, "Does anything else contradict itself?", "yes",
          "subgroups against the whole, means outside their range"),
    Check("4.11", RESULTS, "Do other reports of the study agree with this one?", "yes",
          "conference abstracts and later papers on the same patients"),
)  # fmt: skip


def inspection(
    audit: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    answers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Go through a trustworthiness checklist with the verdicts of an audit.

    The order and the numbers of the checks are those of INSPECT-SR [1]_, a tool for randomised
    trials; the wording is ours, for an observational study. What a ledger can answer is answered
    with counts, what the paper's text says may be declared, and the rest is left to a human
    reader, with what to look at. All this is evidence for a judgement: none is made here.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `paperaudit.audit.audit_claims` gives it.
    labels : mapping, optional
        What to call an item; by default its name, with spaces.
    answers : pandas.DataFrame, optional
        What the paper's text says, indexed by the ``number`` of a check: ``answer``; ``place``,
        where it says so; ``left``, what a human reader still has to look at, empty if nothing.

    Returns
    -------
    pandas.DataFrame
        One row a check, indexed by its ``number`` in INSPECT-SR: ``domain``; ``check``;
        ``applies``, to a study without randomisation: ``yes``, ``in part`` or ``no``; ``answered``,
        by ``computed`` numbers, the ``text``, both, a ``human reader``, or ``nobody``; ``answer``;
        ``place`` in the paper; ``left`` to a human reader.

    Raises
    ------
    ValueError
        If an answer belongs to no check.

    References
    ----------
    .. [1] Wilkinson JD, Heal C, Flemyng E, et al. INSPECT-SR: a tool for assessing trustworthiness
       of randomised controlled trials. medRxiv 2025, doi:10.1101/2025.09.03.25334905.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> table = inspection(audit_claims(load_claims(example_ledger())))
    >>> table.loc["4.2", "answer"], table.loc["1.1", "answered"]
    ('does not apply: nobody was allocated at random', 'human reader')
    """
    statistic = audit["statistic"]
    counts = statistic == "n"
    evidence = {
        "4.4": audit,
        "4.6": audit[counts],
        "4.8": audit[statistic.isin(_MEANS)],
        "4.9": audit[statistic.isin(_TESTS)],
        "4.10": audit[~counts & ~statistic.isin([*_MEANS, *_TESTS])],
    }
    declared = {} if answers is None else {str(i): dict(r) for i, r in answers.iterrows()}
    if unknown := sorted(declared.keys() - {check.number for check in CHECKS}):
        raise ValueError(f"answers to checks that there are not: {', '.join(unknown)}")
    rows = []
    for check in CHECKS:
        part = evidence.get(check.number, audit[:0])
        only = ("contradicted",) if check.number == "4.4" else None
        counted = _tally(part, labels or {}, only) if len(part) else ""
        rows.append([*check[:4], *_answered(check, counted, declared.get(check.number))])
    columns = ["number", "domain", "check", "applies", "answered", "answer", "place", "left"]
    return pd.DataFrame(rows, columns=columns).set_index("number")


def _answered(
    check: Check, counted: str, declared: Mapping[Any, str] | None
) -> tuple[str, str, str, str]:
    """Say by whom a check is answered, how, where, and what is left to a human reader."""
    if check.applies == "no":
        return "nobody", "does not apply: nobody was allocated at random", "", ""
    judged = declared or {"answer": "", "place": "", "left": check.look}
    by = [word for word, text in (("computed", counted), ("text", judged["answer"])) if text]
    answer = "; ".join(filter(None, [counted, judged["answer"]]))
    return " and ".join(by) or "human reader", answer, judged["place"], judged["left"]


def _tally(part: pd.DataFrame, labels: Mapping[str, str], only: Sequence[str] | None = None) -> str:
    """Count the verdicts of some numbers, naming the items that a reader has to weigh."""
    counted = []
    for verdict in only or dict.fromkeys(part["verdict"]):
        rows = part[part["verdict"] == verdict]
        names = dict.fromkeys(labels.get(i, i.replace("_", " ")) for i in rows["item"])
        items = f" ({', '.join(names)})" if verdict in TO_WEIGH and names else ""
        counted.append(f"{len(rows)} {_lower(VERDICTS[verdict].words)}{items}")
    return f"of {len(part)} printed numbers, {', '.join(counted)}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
