"""An audit as one HTML page that needs nothing but a browser."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from markupsafe import Markup

import smallstats
from paperaudit.coverage import audit_coverage, coverage_words, untested
from paperaudit.naming import place_name
from paperaudit.templated import filled, style
from paperaudit.verdict import VERDICTS, sentence
from smallstats.page import whole_page
from smallstats.table import Table, as_heading

SCRIPT = Path(smallstats.__file__).with_name("resources") / "tables.js"
#: Stands in every page, so that a page can be told from a file of somebody else's.
MARK = '<meta name="generator" content="paperaudit">'


def audit_page(audit: pd.DataFrame, title: str, source: str, *, questions: pd.DataFrame) -> str:
    """Write an audit as one HTML page, which asks no other host for anything.

    Parameters
    ----------
    audit
        As `paperaudit.audit.audit_claims` gives it.
    title
        What was audited.
    source
        Where the printed numbers come from.
    questions
        What to ask the authors, as `paperaudit.letter.questions` gives it.

    Returns
    -------
    str
        The whole page. All text of the audit is escaped, and no script but its own can run.

    Raises
    ------
    KeyError
        If a verdict is not on the closed list.
    """
    numbers = audit["verdict"].value_counts()
    body = filled(
        "audit.html",
        source=source,
        digest=audit.attrs.get("sha256", ""),
        coverage=coverage_words(audit),
        total=len(audit),
        reach=Markup(_reach(audit)._repr_html_()),
        untested=untested(audit).to_dict("records"),
        verdicts=VERDICTS,
        numbers=numbers,
        questions=questions.to_dict("records"),
        sentences={
            "For a report": [text for text in audit["report"] if text],
            "For a letter": [text for text in audit["letter"] if text],
        },
        table=Markup(_table(audit)._repr_html_()),
    )
    script = SCRIPT.read_text(encoding="utf-8")
    return whole_page(f"Audit: {title}", body, mark=MARK, style=style("audit.css"), script=script)


def _reach(audit: pd.DataFrame) -> Table:
    """Show the coverage of each kind of number."""
    counted = audit_coverage(audit).astype(str).reset_index()
    counted["kind"] = counted["kind"].map(sentence)
    counted.columns = ["Kind", "Read", "Testable", "Tested with power", "Objected to"]
    return Table(counted, "Coverage by kind of number", name="coverage")


def audit_words(audit: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Write an audit in words, for a table of it.

    Parameters
    ----------
    audit
        As `paperaudit.audit.audit_claims` gives it.
    labels
        Names of items and groups; others are written with spaces.

    Returns
    -------
    pandas.DataFrame
        The same rows and columns: verdicts, meanings and kinds in words with a capital, items and
        groups by their names, a number printed as a word without one.

    Examples
    --------
    >>> from paperaudit import audit_claims, example_ledger, load_claims
    >>> audit = audit_claims(load_claims(example_ledger()))
    >>> row = audit_words(audit, {"female": "Women"}).loc["results_female_all_n"]
    >>> row[["item", "group", "verdict", "meaning"]].tolist()
    ['Women', 'all', 'Contradicted', 'Does not follow']
    """

    def name(key: str) -> str:
        return labels.get(key, key.replace("_", " "))

    printed = audit["printed"]
    return audit.assign(
        item=audit["item"].map(name),
        group=audit["group"].map(name),
        printed=printed.str.lower().where(printed.str.isalpha(), printed),
        verdict=[VERDICTS[verdict].words for verdict in audit["verdict"]],
        meaning=audit["meaning"].map(sentence),
        kind=audit["kind"].map(sentence),
    )


def _table(audit: pd.DataFrame) -> Table:
    """List every claim, as a reader of the paper would look for it."""
    words = audit[["item", "group", "statistic"]].apply(lambda column: column.str.replace("_", " "))
    cells = {
        "Where": audit["location"].map(place_name),
        "Item": words["item"],
        "Group": words["group"],
        "Statistic": words["statistic"],
        "Printed": audit["printed"],
        "Verdict": [VERDICTS[verdict].words for verdict in audit["verdict"]],
        "Severity": audit["severity"],
        **{as_heading(c): audit[c] for c in ("computed", "method", "explanation", "rescue", "ask")},
        "Power": [f"{100 * p:.0f}%" if p == p else "" for p in audit["power"].astype(float)],
        "Claim": audit.index.astype(str),
    }
    frame = pd.DataFrame({heading: list(column) for heading, column in cells.items()}, dtype=object)
    filters = ("Where", "Statistic", "Verdict", "Severity")
    return Table(frame, "Every printed number with its verdict", name="verdicts", filters=filters)
