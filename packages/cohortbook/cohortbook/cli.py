"""The commands: ``cohortbook init|check|tables|book|app``.

What a command runs is imported when it is called, so that help answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smallstats.terminal import on_terminal, refuse, run

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 if what it was given cannot be used.

    Raises
    ------
    SystemExit
        With 2 after a word on usage, if there is no such command or option; with 0 after help.
    """
    parser = argparse.ArgumentParser(
        prog="cohortbook", description="From a spreadsheet of patients to tables and a book."
    )
    add_commands(parser.add_subparsers(title="commands", metavar="COMMAND", required=True))
    return run(parser.parse_args(arguments))


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to a parser, which may have others."""
    for add in (_add_init, _add_check, _add_book, _add_tables, _add_app):
        add(commands)


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
        help="one row a patient: .csv, .txt, .tsv, .xlsx, .xls, .ods, .dta, .sav, .sas7bdat, .xpt",
    )  # fmt: skip
    parser.add_argument(
        "--dictionary", type=Path, metavar="FILE",
        help="the data dictionary of a REDCap project, or a codebook (variable, label, values)",
    )  # fmt: skip
    parser.add_argument("--sheet", default="", help="the sheet of a workbook (default: the first)")
    parser.add_argument(
        "--outcome", default="", metavar="COLUMN", help="its heading, or HEADING=VALUE OF A YES"
    )
    parser.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    from functools import partial

    from cohortbook.cohort.draft import draft_cohort
    from cohortbook.cohort.draft_text import write_draft
    from cohortbook.cohort.problems import CohortError

    make = partial(draft_cohort, options.data, dictionary=options.dictionary, sheet=options.sheet)
    try:
        draft = make(outcome=options.outcome)
        possible = [f"{heading}: {counts}" for heading, counts in draft.candidates.items()]
        if not draft.outcome and possible and sys.stdin.isatty():
            for line in ["Which column is the outcome?", *possible]:
                print(on_terminal(line))
            draft = make(outcome=input("Heading (or HEADING=VALUE OF A YES): "))
        path = write_draft(options.folder, draft.text, options.data, draft.declared)
    except (CohortError, OSError, EOFError) as error:
        return refuse(error)
    for warning in draft.warnings:
        print(on_terminal(f"warning: {warning}; its values are shown nowhere"))
    print(on_terminal(f"Drafted, with {draft.doubts} doubts to settle: {path}"))
    if draft.several:
        sentence, *ways = draft.several
        print(on_terminal(f"{sentence}. Choose which row of a patient counts:"), file=sys.stderr)
        for way in ways:
            print(on_terminal(f"  {way}"), file=sys.stderr)
    if draft.outcome:
        return 2 if draft.several else 0
    print(
        "No outcome was named. Add one at the end of cohort.yml, under analysis:", file=sys.stderr
    )
    for line in possible or ["no column of two values was found"]:
        print(on_terminal(f"  {line}"), file=sys.stderr)
    return 2


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="check FOLDER/cohort.yml against its data",
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
    from cohortbook.cohort.problems import CohortError
    from cohortbook.cohort.review import describe_review, review_cohort
    from cohortbook.report.check_page import in_language
    from cohortbook.report.rehearsal import rehearse

    try:
        review = rehearse(review_cohort(options.folder), options.folder)
        for line in describe_review(in_language(review)):
            print(on_terminal(line))
        if page := options.output:
            from cohortbook.report.check_page import MARK, check_page
            from smallstats.page import write_page

            text = check_page(review, review.spec.title or options.folder.resolve().name)
            write_page(page, text, MARK, "not a page of an earlier check; it is not overwritten")
            print(on_terminal(f"The page: {page}"))
    except (CohortError, OSError) as error:
        return refuse(error)
    errors, warnings = len(review.problems), len(review.warnings)
    print(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
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
    from cohortbook.cohort import CohortError
    from cohortbook.report.cohort_book import (
        absent_chapters,
        book_files,
        build_book,
        load_analysed,
        write_files,
    )
    from smallstats.storing import only_run_in

    spec: Path = options.folder / "cohort.yml"
    folder: Path = options.folder / "book"
    try:
        cohort = load_analysed(spec)
        files = book_files(cohort)
        with only_run_in(folder):
            _tell_kept(folder, write_files(folder, files))
            _tell_withheld(cohort)
            for notice in absent_chapters(cohort, files):
                print(on_terminal(notice), file=sys.stderr)
            failed = build_book(spec, folder)
    except (CohortError, OSError, ValueError) as error:
        return refuse(error)
    if failed:
        print("The book has an error: see above.", file=sys.stderr)
        return 1
    print(f"The book: {folder / '_build' / 'html' / 'index.html'}")
    return 0


def _add_tables(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "tables",
        help="write the tables of a cohort: CSV, Word, HTML, LaTeX; and a draft in words",
        description="Write the tables of the cohort in FOLDER as CSV (unrounded), Word, HTML and "
        "LaTeX, the curves as SVG, and a draft of Methods and Results in words. Files that this "
        "command did not write are not overwritten.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="has a cohort.yml")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where to (default: FOLDER/tables)"
    )
    parser.set_defaults(run=_tables)


def _tables(options: argparse.Namespace) -> int:
    from cohortbook.cohort import CohortError
    from cohortbook.report.making import make_tables

    folder: Path = options.output or options.folder / "tables"
    try:
        made = make_tables(options.folder / "cohort.yml", folder)
    except (CohortError, OSError, ValueError) as error:
        return refuse(error)
    _tell_kept(folder, made.kept)
    _tell_withheld(made.cohort)
    for name in made.files:
        print(folder / name)
    return 0


def _add_app(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "app",
        help="do all of this on a page in the browser",
        description="Open a page in the browser that goes from a file to tables and a book. The "
        "page is of this machine alone: nothing is sent anywhere. Stop it with Ctrl-C.",
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", nargs="?",
        help="of a cohort, or for a new one (default: the page asks)",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=0, help="by default a free one")
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the address, and open nothing"
    )
    parser.set_defaults(run=_app)


def _app(options: argparse.Namespace) -> int:
    try:
        from cohortbook.app.launch import run_app

        return run_app(options.folder, port=options.port, browser=not options.no_browser)
    except (ModuleNotFoundError, OSError, OverflowError) as error:
        return refuse(error)


def _tell_kept(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        print(on_terminal(f"kept, because you changed it: {folder / name}"), file=sys.stderr)


def _tell_withheld(cohort: Cohort) -> None:
    if (least := cohort.spec.smallest_shown) > 1:
        notice = f"suppress_below: {least}: counts from 1 to {least - 1} are withheld (<{least}),"
        print(notice, "and so are numbers that would reveal them (*)", file=sys.stderr)
