"""An audit as one HTML page that needs nothing but a browser."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

import pandas as pd

import smallstats
from paperaudit.coverage import audit_coverage, coverage_words, untested
from paperaudit.verdict import VERDICTS, sentence
from smallstats.page import whole_page
from smallstats.table import Table, as_heading

SCRIPT = Path(smallstats.__file__).with_name("resources") / "tables.js"
#: Stands in every page, so that a page can be told from a file of somebody else's.
MARK = '<meta name="generator" content="paperaudit">'
_STYLE = """\
p, ol, ul, dl { max-width: 46rem; }
.counts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  gap: .75rem; max-width: none; margin: 1.5rem 0; padding: 0; list-style: none; }
.counts li { border: 1px solid color-mix(in srgb, currentColor 30%, Canvas); border-radius: .4rem;
  padding: .6rem .8rem; }
.counts b { display: block; font-size: 1.75rem; line-height: 1.2; }
li { margin: .35rem 0; }
ol li::first-letter { text-transform: uppercase; }
#verdicts td:nth-child(n+8) { min-width: 10em; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; }
small, .source { color: color-mix(in srgb, currentColor 75%, Canvas); }
"""
_BODY = Template("""\
<p class="source" dir="auto">$source</p>
<h2>Coverage</h2>
<p>$coverage Each of $total printed numbers was held against the other printed numbers, over all
that their digits leave open. No patient data were used. A number is tested with power if the check
would have seen at least half of all slips in one of its digits.</p>
$reach
$untested
<h2>Verdicts</h2>
<ul class="counts">
$counts
</ul>
<h2>What to ask the authors</h2>
$questions
$sentences
<h2>Every printed number</h2>
$table
<h2>How to read the verdicts</h2>
<p>A verdict is about the printed numbers. It says whether a number follows from others, and
nothing of how the study was done, nor of other patients. What does not follow is a question to
the authors, with an innocent explanation more often than not.</p>
<dl>
$meanings
</dl>
<h2>Before you ask anybody</h2>
<ul>
<li>Hold the ledger against the paper. A slip in copying looks just like one in print.</li>
<li>Look for the method, the denominator and the missing values in the paper's text. Whatever the
ledger does not know raises false alarms.</li>
<li>Weigh the severity: most that does not follow changes no conclusion.</li>
</ul>""")


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
    found = audit["verdict"].value_counts()
    asked = "\n".join(
        f'<li dir="auto">{escape(ask)} <small>({n} printed number{"s" * (n != 1)}; '
        f"{escape(severity)})</small></li>"
        for ask, n, severity in questions[["ask", "numbers", "severity"]].to_numpy().tolist()
    )
    body = _BODY.substitute(
        source=escape(source) + _digest(audit),
        coverage=escape(coverage_words(audit)),
        reach=_reach(audit),
        untested=_untested(audit),
        sentences=_sentences(audit),
        total=len(audit),
        counts="\n".join(
            f"<li><b>{found[v]}</b> {w.words}</li>" for v, w in VERDICTS.items() if v in found
        ),
        questions=f"<ol>\n{asked}\n</ol>" if asked else "<p>Nothing needs asking.</p>",
        table=_table(audit)._repr_html_(),
        meanings="\n".join(f"<dt>{w.words}</dt>\n<dd>{w.text}</dd>" for w in VERDICTS.values()),
    )
    script = SCRIPT.read_text(encoding="utf-8")
    return whole_page(f"Audit: {title}", body, mark=MARK, style=_STYLE, script=script)


def _digest(audit: pd.DataFrame) -> str:
    """Name the file that was read by its digest."""
    digest = audit.attrs.get("sha256", "")
    return f"<br>SHA-256 <code>{escape(digest)}</code>" if digest else ""


def _reach(audit: pd.DataFrame) -> str:
    """Show the coverage of each kind of number as a table."""
    counted = audit_coverage(audit).astype(str).reset_index()
    counted["kind"] = counted["kind"].map(sentence)
    counted.columns = ["Kind", "Read", "Testable", "Tested with power", "Objected to"]
    shown: str = Table(counted, "Coverage by kind of number", name="coverage")._repr_html_()
    return shown


def _untested(audit: pd.DataFrame) -> str:
    """List what was not checked, and why."""
    rest = untested(audit)
    if rest.empty:
        return ""
    items = "\n".join(
        f'<li dir="auto">{n}: {escape(str(why))}</li>'
        for why, n in rest[["why", "numbers"]].to_numpy().tolist()
    )
    return f"<details><summary>Not checked, and why</summary>\n<ul>\n{items}\n</ul></details>"


def _sentences(audit: pd.DataFrame) -> str:
    """Write a sentence for each number to weigh, to paste into a report or a letter."""
    parts = []
    for column, heading in (("report", "For a report"), ("letter", "For a letter")):
        said = [text for text in audit[column] if text]
        items = "\n".join(f'<li dir="auto">{escape(text)}</li>' for text in said)
        if said:
            parts.append(f"<details><summary>{heading}</summary>\n<ul>\n{items}\n</ul></details>")
    return "<h2>Sentences to paste</h2>\n" + "\n".join(parts) if parts else ""


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
        "Where": [as_heading(re.sub(r"^([a-z]+)(\d+)$", r"\1 \2", w)) for w in audit["location"]],
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
