"""The decisions that made a cohort, as a page and as a file."""

from __future__ import annotations

import pandas as pd

from cohortbook.cohort import Cohort
from cohortbook.cohort.decisions import list_decisions
from cohortbook.report.printing import printing_of
from smallstats.page import whole_page
from smallstats.table import Table

MARK = '<meta name="generator" content="cohortbook decisions">'
"""Stands in every page, so that a page can be told from a file of somebody else's."""

_HEADINGS = {
    "step": "Step",
    "about": "About",
    "decision": "Decision",
    "n": "n",
    "decided_by": "Decided by",
    "change": "To change it, in cohort.yml",
}
_FORMULA = ("=", "+", "-", "@")

_LEAD = (
    "Every reading, repair, exclusion and choice between the file and the tables. “The file” is "
    "what the data or their dictionary say; “the draft” is a guess of <code>init</code> that "
    "nobody has changed: look at these first."
)


def decision_files(cohort: Cohort) -> dict[str, bytes]:
    """Write the decisions that made a cohort.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> list(decision_files(load_cohort(example_cohort())))
    ['decisions.csv', 'decisions.html']
    """
    printing = printing_of(cohort)
    say = printing.say
    decisions = list_decisions(cohort, say)
    texts = decisions.astype({"n": "object"}).fillna({"n": ""}).astype(str)
    headings = {column: say(heading) for column, heading in _HEADINGS.items()}
    table = Table(texts.rename(columns=headings), say("Decisions, in order"), name="decisions")
    title = say("Decisions: {title}", title=cohort.spec.title or say("our cohort"))
    body = f"<p>{say(_LEAD)}</p>\n{table._repr_html_()}"
    page = whole_page(title, body, mark=MARK, language=printing.language)
    return {"decisions.csv": _csv(decisions), "decisions.html": page.encode()}


def _csv(decisions: pd.DataFrame) -> bytes:
    """Write cells so that no spreadsheet takes one for a formula."""
    safe = decisions.astype(object).map(
        lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
    )
    return safe.to_csv(index=False, lineterminator="\n").encode()
