"""The commands: ``python -m jdm_utils COMMAND``.

A command is a function that adds its parser and names what it runs. What it runs imports what it
needs when it is called, so that help answers at once, and returns the exit status.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Verdicts whose claims are printed, the gravest first.
SHOWN = ("contradicted", "not_reproduced", "reproduced_other_method")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Those of the command line by default.

    Returns
    -------
    int
        0 if it did what it was asked, 2 if what it was given cannot be used.

    Raises
    ------
    SystemExit
        With 2 after a word on usage, if there is no such command or option; with 0 after help.
    """
    parser = argparse.ArgumentParser(
        prog="python -m jdm_utils", description="Audit the printed numbers of a clinical study."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_add_audit,):
        add(commands)
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except BrokenPipeError:  # as when `| head` has read enough; what is left may not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "audit",
        help="give every printed number of a ledger a verdict",
        description="Print the verdicts on a ledger of printed numbers, and write an HTML page.",
    )
    parser.add_argument("ledger", type=Path, metavar="LEDGER.csv")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PAGE.html",
        help="the page (default: LEDGER.audit.html beside the ledger); "
        "only a page of an earlier audit is overwritten",
    )  # fmt: skip
    parser.add_argument("--title", help="what was audited (default: the name of the ledger)")
    parser.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    from jdm_utils.paper.audit import audit_claims
    from jdm_utils.paper.claims import LedgerError, load_claims
    from jdm_utils.paper.letter import questions
    from jdm_utils.report.audit_page import MARK, audit_page

    ledger: Path = options.ledger
    try:
        audit = audit_claims(load_claims(ledger))
        page: Path = options.output or ledger.with_suffix(".audit.html")
        if page.exists() and MARK.encode() not in page.read_bytes()[:1000]:
            raise FileExistsError(f"{page}: no page of an audit, so it stays; choose another -o")
        title = options.title or ledger.stem
        text = audit_page(audit, title, f"Ledger: {ledger.name}", questions=questions(audit))
        page.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    except (LedgerError, OSError) as error:
        for line in str(error).splitlines():
            print(_on_terminal(line), file=sys.stderr)
        return 2
    for line in [*_summary(audit), "", f"The whole audit: {page}"]:
        print(_on_terminal(line))
    return 0


def _summary(audit: pd.DataFrame) -> list[str]:
    """Count the verdicts, and list the claims that a reader has to weigh."""
    from jdm_utils.report.audit_page import VERDICTS

    found = {verdict: audit[audit["verdict"] == verdict] for verdict in VERDICTS}
    lines = [f"{len(audit)} printed numbers"]
    lines += [f"{len(part):6}  {VERDICTS[v][0]}" for v, part in found.items() if len(part)]
    for verdict in SHOWN:
        lines += ["", f"{VERDICTS[verdict][0]}:"] if len(found[verdict]) else []
        for claim, row in found[verdict].iterrows():
            severity = f" ({row['severity']})" if row["severity"] else ""
            lines.append(f"  {claim}: printed {row['printed']}{severity}")
            said = {"computed": "computed", "by": "method", "perhaps": "explanation", "ask": "ask"}
            lines += [f"      {word}: {row[c]}" for word, c in said.items() if row[c]]
    return lines


def _on_terminal(line: str) -> str:
    """Keep what a ledger says from steering the terminal, and write what it can show."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)
