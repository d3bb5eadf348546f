"""A checked cohort as one HTML page that needs nothing but a browser."""

from collections.abc import Callable
from dataclasses import replace
from string import Template

import pandas as pd

from cohortbook.cohort.decisions import KINDS
from cohortbook.cohort.review import Review
from cohortbook.report.printing import Printing
from cohortbook.report.translations import translate
from smallstats.page import whole_page
from smallstats.table import Table

#: Stands in every page, so that a page can be told from a file of somebody else's.
MARK = '<meta name="generator" content="cohortbook check">'
#: What is said of the page itself.
ABOUT = (
    "Values of identifiers are shown nowhere; other values of single patients are: this page is "
    "for those who hold the data."
)
#: So many rows of problems are on the page.
SHOWN = 1000
#: Stands in place of the profile, which would count what a book withholds.
WITHHELD = "Not shown, because cohort.yml sets suppress_below."
_BODY = Template("""\
<p>$headline $about</p>
<h2>$errors</h2>
$problems
<h2>$warned</h2>
$warnings
<h2>$data</h2>
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
    say = Printing(language=review.spec.language).say
    review = in_language(review)
    errors, warned = len(review.problems), len(review.warnings)
    problems = review.problems[["column", "row", "value", "problem", "allowed", "repair"]]
    problems = problems[:SHOWN].astype({"row": object}).fillna({"row": ""})
    more = f"<p>{say('And {n} more.', n=errors - SHOWN)}</p>" if errors > SHOWN else ""
    body = _BODY.substitute(
        headline=say("Errors: {n}; warnings: {m}.", n=errors, m=warned),
        about=say(ABOUT),
        errors=say("Errors"),
        warned=say("Warnings"),
        data=say("The data, as they are read"),
        problems=_table(problems, say("Every error, by column"), "problems", say) + more,
        warnings=_table(review.warnings, say("To look at: right or not?"), "warnings", say),
        profile=f"<p>{say(WITHHELD)}</p>"
        if review.spec.smallest_shown > 1
        else _table(review.profile, say("Every variable but identifiers"), "profile", say),
    )
    heading = say("Check: {title}", title=title)
    return whole_page(heading, body, mark=MARK, language=review.spec.language)


def in_language(review: Review) -> Review:
    """Say what was found in the language of the cohort; English stays as it is.

    Where its words are those of the page for clinicians, the keys of `cohort.yml` stand behind it.
    """
    language = review.spec.language
    if language == "en":
        return review

    def spoken(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        return frame.assign(**{name: frame[name].map(say) for name in columns})

    def say(text: str) -> str:
        keys = f" [{text}]" * (translate(text, "en") != text)
        return translate(text, language) + keys

    return replace(
        review,
        problems=spoken(review.problems, "problem", "allowed", "repair"),
        warnings=spoken(review.warnings, "warning"),
        profile=spoken(review.profile, "values"),
    )


def _table(frame: pd.DataFrame, caption: str, name: str, say: Callable[[str], str]) -> str:
    if frame.empty:
        return f"<p>{say('None.')}</p>"
    texts = {say(str(c).capitalize()): [str(cell) for cell in frame[c]] for c in frame}
    if "kind" in frame:
        texts[say("Kind")] = [say(KINDS.get(str(kind), str(kind))) for kind in frame["kind"]]
    return str(Table(pd.DataFrame(texts, dtype=object), caption, name=name)._repr_html_())
