"""A checked cohort as one HTML page that needs nothing but a browser."""

from string import Template

import pandas as pd

from cohortbook.cohort.review import Review
from smallstats.page import whole_page
from smallstats.table import Table

#: Stands in every page, so that a page can be told from a file of somebody else's.
MARK = '<meta name="generator" content="cohortbook check">'
#: So many rows of problems are on the page.
SHOWN = 1000
#: Stands in place of the profile, which would count what a book withholds.
WITHHELD = "Not shown, because cohort.yml sets suppress_below."
_BODY = Template("""\
<p>$headline Values of identifiers are shown nowhere; other values of single patients are:
this page is for those who hold the data.</p>
<h2>Errors</h2>
$problems
<h2>Warnings</h2>
$warnings
<h2>The data, as they are read</h2>
$profile""")


def check_page(review: Review, title: str) -> str:
    """Write what was found in a cohort as one HTML page, which asks no other host for anything.

    Parameters
    ----------
    review
        As `cohortbook.cohort.review.review_cohort` gives it.
    title
        What was checked.

    Returns
    -------
    str
        The whole page. All text of the data is escaped, and no script can run.
    """
    errors, warned = len(review.problems), len(review.warnings)
    problems = review.problems[["column", "row", "value", "problem", "allowed", "repair"]]
    problems = problems[:SHOWN].astype({"row": object}).fillna({"row": ""})
    more = f"<p>And {errors - SHOWN:,} more.</p>" if errors > SHOWN else ""
    body = _BODY.substitute(
        headline=f"{errors} error{'s' * (errors != 1)}, {warned} warning{'s' * (warned != 1)}.",
        problems=_table(problems, "Every error, by column", "problems") + more,
        warnings=_table(review.warnings, "To look at: right or not?", "warnings"),
        profile=f"<p>{WITHHELD}</p>"
        if review.spec.smallest_shown > 1
        else _table(review.profile, "Every variable but identifiers", "profile"),
    )
    return whole_page(f"Check: {title}", body, mark=MARK)


def _table(frame: pd.DataFrame, caption: str, name: str) -> str:
    if frame.empty:
        return "<p>None.</p>"
    texts = {str(c).capitalize(): [str(cell) for cell in frame[c]] for c in frame}
    return str(Table(pd.DataFrame(texts, dtype=object), caption, name=name)._repr_html_())
