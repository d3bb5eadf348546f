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

    from jdm_utils.cohort import Cohort


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
    for add in (_add_audit, _add_init, _add_check, _add_book, _add_tables):
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
    from jdm_utils.report.page import write_page

    ledger: Path = options.ledger
    try:
        audit = audit_claims(load_claims(ledger))
        page: Path = options.output or ledger.with_suffix(".audit.html")
        title = options.title or ledger.stem
        text = audit_page(audit, title, f"Ledger: {ledger.name}", questions=questions(audit))
        write_page(page, text, MARK, "no page of an audit, so it stays; choose another -o")
    except (LedgerError, OSError) as error:
        return _refuse(error)
    for line in [*_summary(audit), "", f"The whole audit: {page}"]:
        print(_on_terminal(line))
    return 0


def _summary(audit: pd.DataFrame) -> list[str]:
    """Count the verdicts, and list the claims that a reader has to weigh."""
    from jdm_utils.paper.verdict import TO_WEIGH, VERDICTS

    found = {verdict: audit[audit["verdict"] == verdict] for verdict in VERDICTS}
    lines = [f"{len(audit)} printed numbers"]
    lines += [f"{len(part):6}  {VERDICTS[v].words}" for v, part in found.items() if len(part)]
    for verdict in TO_WEIGH:
        lines += ["", f"{VERDICTS[verdict].words}:"] if len(found[verdict]) else []
        for claim, row in found[verdict].iterrows():
            severity = f" ({row['severity']})" if row["severity"] else ""
            lines.append(f"  {claim}: printed {row['printed']}{severity}")
            said = {"computed": "computed", "by": "method", "perhaps": "explanation", "ask": "ask"}
            lines += [f"      {word}: {row[c]}" for word, c in said.items() if row[c]]
    return lines


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "init",
        help="draft FOLDER/cohort.yml from a spreadsheet",
        description="Draft FOLDER/cohort.yml from a table of data, and copy the data to "
        "FOLDER/raw. Nothing is overwritten.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FILE",
        help="one row a patient, headings in the first line: .csv, .txt, .tsv, .xlsx, .dta or .sav",
    )  # fmt: skip
    parser.add_argument(
        "--dictionary", type=Path, metavar="FILE", help="the data dictionary of a REDCap project"
    )
    parser.add_argument("--sheet", default="", help="the sheet of a workbook (default: the first)")
    parser.add_argument(
        "--outcome", default="", metavar="COLUMN", help="its heading, or HEADING=VALUE OF A YES"
    )
    parser.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    from functools import partial

    from jdm_utils.cohort.draft import draft_cohort
    from jdm_utils.cohort.draft_text import write_draft
    from jdm_utils.cohort.problems import CohortError

    make = partial(draft_cohort, options.data, dictionary=options.dictionary, sheet=options.sheet)
    try:
        draft = make(outcome=options.outcome)
        possible = [f"{heading}: {counts}" for heading, counts in draft.candidates.items()]
        if not draft.outcome and possible and sys.stdin.isatty():
            for line in ["Which column is the outcome?", *possible]:
                print(_on_terminal(line))
            draft = make(outcome=input("Heading (or HEADING=VALUE OF A YES): "))
        path = write_draft(options.folder, draft.text, options.data)
    except (CohortError, OSError, EOFError) as error:
        return _refuse(error)
    for warning in draft.warnings:
        print(_on_terminal(f"warning: {warning}; its values are shown nowhere"))
    print(_on_terminal(f"Drafted, with {draft.doubts} doubts to settle: {path}"))
    if draft.outcome:
        return 0
    print("No outcome was said. Write one at the end of it, under analysis:", file=sys.stderr)
    for line in possible or ["no column of two values was found"]:
        print(_on_terminal(f"  {line}"), file=sys.stderr)
    return 2


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="hold FOLDER/cohort.yml against its data",
        description="Check the specification and the data of FOLDER together: every error and "
        "warning at once, with a suggested repair. The exit status is 2 if there is an error.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="has a cohort.yml")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PAGE.html",
        help="write a page, also of the data; only a page of an earlier check is overwritten",
    )  # fmt: skip
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from jdm_utils.cohort.problems import CohortError
    from jdm_utils.cohort.review import describe_review, review_cohort

    try:
        review = review_cohort(options.folder)
        for line in describe_review(review):
            print(_on_terminal(line))
        if page := options.output:
            from jdm_utils.report.check_page import MARK, check_page
            from jdm_utils.report.page import write_page

            text = check_page(review, review.spec.title or options.folder.resolve().name)
            write_page(page, text, MARK, "no page of a check, so it stays")
            print(_on_terminal(f"The page: {page}"))
    except (CohortError, OSError) as error:
        return _refuse(error)
    errors, warnings = len(review.problems), len(review.warnings)
    print(f"{errors} errors, {warnings} warnings")
    return 2 if errors else 0


def _add_book(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "book",
        help="make the book of a cohort",
        description="Run the chapters for the cohort in FOLDER and build FOLDER/book/_build/html. "
        "A chapter that was changed stays as it is.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="has a cohort.yml")
    parser.set_defaults(run=_book)


def _book(options: argparse.Namespace) -> int:
    from jdm_utils.cohort import CohortError
    from jdm_utils.report.cohort_book import (
        absent_chapters,
        book_files,
        build_book,
        load_analysed,
        write_files,
    )

    spec: Path = options.folder / "cohort.yml"
    folder: Path = options.folder / "book"
    try:
        cohort = load_analysed(spec)
        files = book_files(cohort)
        kept = write_files(folder, files)
    except (CohortError, OSError) as error:
        return _refuse(error)
    _tell_kept(folder, kept)
    _tell_withheld(cohort)
    for told in absent_chapters(cohort, files):
        print(_on_terminal(told), file=sys.stderr)
    try:
        failed = build_book(spec, folder)
    except OSError as error:
        return _refuse(error)
    if failed:
        print("The book has an error: see above.", file=sys.stderr)
        return 1
    print(f"The book: {folder / '_build' / 'html' / 'index.html'}")
    return 0


def _add_tables(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "tables",
        help="write the tables of a cohort: CSV, Word, HTML, LaTeX",
        description="Write the tables of the cohort in FOLDER as CSV (unrounded), Word, HTML and "
        "LaTeX. Files of another origin are not overwritten.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="has a cohort.yml")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where to (default: FOLDER/tables)"
    )
    parser.set_defaults(run=_tables)


def _tables(options: argparse.Namespace) -> int:
    from jdm_utils.cohort import CohortError
    from jdm_utils.report.cohort_book import cohort_tables, load_analysed, write_files
    from jdm_utils.report.export import table_files

    folder: Path = options.output or options.folder / "tables"
    try:
        cohort = load_analysed(options.folder / "cohort.yml")
        files = table_files(cohort_tables(cohort), cohort.spec.title or "Our cohort")
        kept = write_files(folder, files, refuse=True)
    except (CohortError, OSError) as error:
        return _refuse(error)
    _tell_kept(folder, kept)
    _tell_withheld(cohort)
    for name in files:
        print(folder / name)
    return 0


def _tell_kept(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        print(_on_terminal(f"kept as you changed it: {folder / name}"), file=sys.stderr)


def _tell_withheld(cohort: Cohort) -> None:
    if (least := cohort.spec.smallest_shown) > 1:
        told = f"suppress_below: {least}: counts from 1 to {least - 1} are withheld (<{least}),"
        print(told, "and what would tell them (*)", file=sys.stderr)


def _refuse(error: Exception) -> int:
    """Print an error without a traceback, and give the exit status."""
    for line in str(error).splitlines():
        print(_on_terminal(line), file=sys.stderr)
    return 2


def _on_terminal(line: str) -> str:
    """Keep what a ledger says from steering the terminal, and write what it can show."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)
