"""The command: ``paperaudit LEDGER.csv``.

What it runs is imported when it is called, so that help answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smallstats.terminal import on_terminal, refuse, run

if TYPE_CHECKING:
    import pandas as pd

ABOUT = "Print the verdicts on a ledger of printed numbers, and write an HTML page."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 if the ledger cannot be used.

    Raises
    ------
    SystemExit
        With 2 after a word on usage, if there is no such option; with 0 after help.
    """
    parser = argparse.ArgumentParser(prog="paperaudit", description=ABOUT)
    _add_options(parser)
    return run(parser.parse_args(arguments))


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``audit`` to a parser, which may have others."""
    about = "give every printed number of a ledger a verdict"
    _add_options(commands.add_parser("audit", help=about, description=ABOUT))


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ledger", type=Path, metavar="LEDGER.csv")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PAGE.html",
        help="the page (default: LEDGER.audit.html beside the ledger); "
        "only a page of an earlier audit is overwritten",
    )  # fmt: skip
    parser.add_argument("--title", help="what was audited (default: the name of the ledger)")
    parser.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    from paperaudit.audit import audit_claims
    from paperaudit.audit_page import MARK, audit_page
    from paperaudit.claims import load_claims
    from paperaudit.letter import questions
    from smallstats.page import write_page

    ledger: Path = options.ledger
    try:
        audit = audit_claims(load_claims(ledger))
        page: Path = options.output or ledger.with_suffix(".audit.html")
        title = options.title or ledger.stem
        text = audit_page(audit, title, f"Ledger: {ledger.name}", questions=questions(audit))
        write_page(page, text, MARK, "no page of an audit, so it stays; choose another -o")
    except (ValueError, OSError) as error:
        return refuse(error)
    for line in [*_summary(audit), "", f"The whole audit: {page}"]:
        print(on_terminal(line))
    return 0


def _summary(audit: pd.DataFrame) -> list[str]:
    """Count the verdicts, and list the claims that a reader has to weigh."""
    from paperaudit.coverage import coverage_words
    from paperaudit.verdict import TO_WEIGH, VERDICTS

    found = {verdict: audit[audit["verdict"] == verdict] for verdict in VERDICTS}
    lines = [coverage_words(audit)]
    lines += [f"{len(part):6}  {VERDICTS[v].words}" for v, part in found.items() if len(part)]
    for verdict in TO_WEIGH:
        lines += ["", f"{VERDICTS[verdict].words}:"] if len(found[verdict]) else []
        for claim, row in found[verdict].iterrows():
            severity = f" ({row['severity']})" if row["severity"] else ""
            lines.append(f"  {claim}: printed {row['printed']}{severity}")
            said = {"computed": "computed", "by": "method", "perhaps": "explanation"}
            said |= {"way out": "rescue", "ask": "ask", "INSPECT-SR": "check"}
            lines += [f"      {word}: {row[c]}" for word, c in said.items() if row[c]]
    return lines
