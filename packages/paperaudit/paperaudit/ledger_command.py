"""The command that makes a ledger: from tables, or a template to type in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallstats.terminal import on_terminal, refuse

if TYPE_CHECKING:
    import pandas as pd

    from paperaudit.table_ledger import TableLedger

ABOUT = (
    "Read tables of a paper (CSV, TSV, Excel, HTML, Word, or text pasted from a PDF) into a ledger "
    "of its printed numbers, and write a page that shows each cell beside what was read. The exit "
    "status is 1 while anything is doubtful."
)
TEMPLATE = Path(__file__).with_name("example") / "template.csv"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command ``ledger`` to its parser."""
    parser.add_argument("tables", type=Path, nargs="*", metavar="TABLE")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="CLAIMS.csv",
        help="the ledger (default: TABLE.claims.csv); one that was edited is not overwritten",
    )  # fmt: skip
    parser.add_argument("--new", type=Path, metavar="CLAIMS.csv", help="write a template instead")
    parser.add_argument(
        "--page", type=Path, metavar="PAGE.html", help="(default: beside the ledger)"
    )
    add_settling(parser)
    parser.set_defaults(run=run_ledger)


def add_settling(parser: argparse.ArgumentParser) -> None:
    """Add the options that settle doubts of a table."""
    group = parser.add_argument_group("what a table leaves open")
    group.add_argument("--sheet", default="", help="the sheet of a workbook")
    group.add_argument("--decimal", choices=("point", "comma"), default="")
    group.add_argument("--percent-of", choices=("column", "row"), default="",
                       help="of what the percentages are: of the group, or of the row")  # fmt: skip
    group.add_argument(
        "--format", action="append", default=[], metavar="[LABEL=]FORMAT",
        help="what numbers are that nothing names: n (%%), mean (SD), mean (SE), median (IQR), …",
    )  # fmt: skip
    group.add_argument("--size", action="append", default=[], metavar="GROUP=NUMBER",
                       help="patients of a group")  # fmt: skip


def settled_by(options: argparse.Namespace) -> Any:
    """Read the options that settle doubts.

    Raises
    ------
    ValueError
        If a format is unknown or a size is not a number, naming what is allowed.
    """
    from paperaudit.cell_forms import FORMATS
    from paperaudit.table_ledger import Settled

    by_name = {name.casefold().replace(" ", ""): name for name in FORMATS}
    formats, sizes, wrong = {}, {}, []
    for text in options.format:
        label, _, name = text.rpartition("=")
        names = by_name.get(name.casefold().replace(" ", ""))
        formats[label.strip()] = names or ""
        if not names:
            wrong.append(f"--format {text!r}: unknown format; allowed: {', '.join(FORMATS)}")
    for text in options.size:
        group, _, n = text.rpartition("=")
        if not group or not n.strip().isdecimal():
            wrong.append(f"--size {text!r}: allowed: GROUP=NUMBER, as in 'Controls=31'")
        else:
            sizes[group.strip()] = int(n)
    if wrong:
        raise ValueError("\n".join(wrong))
    return Settled(options.decimal, options.percent_of, formats, sizes)


def run_ledger(options: argparse.Namespace) -> int:
    """Run the command: 0 if nothing is doubtful, 1 if something is, 2 if nothing can be read."""
    from paperaudit.ledger_page import MARK, ledger_page
    from paperaudit.table_ledger import ledger_from_tables
    from smallstats.page import write_page

    if options.new:
        return _write_template(options.new)
    if not options.tables:
        return refuse(ValueError("a TABLE is needed, or --new CLAIMS.csv for a template"))
    first: Path = options.tables[0]
    output: Path = options.output or first.with_suffix(".claims.csv")
    page: Path = options.page or output.with_suffix(".page.html")
    try:
        settled = settled_by(options)
        read = ledger_from_tables(options.tables, settled=settled, sheet=options.sheet)
        _write(read, output, page)
        title = ", ".join(path.name for path in options.tables)
        text = ledger_page(read, title).replace(MARK, f"{MARK}\n{_seal(output)}")
        write_page(page, text, MARK, "exists and is not a page of a ledger; choose another --page")
    except (ValueError, OSError) as error:
        return refuse(error)
    print(on_terminal(f"{len(read.ledger)} printed numbers: {output}"))
    print(on_terminal(f"Each cell beside what was read: {page}"))
    n = len(read.doubts)
    about = f"{n} doubt{'s' * (n != 1)} to settle, by options or in the ledger:"
    return list_doubts(read.doubts, about)


def list_doubts(doubts: pd.DataFrame, about: str) -> int:
    """Print what the reading of tables left open; return the exit status."""
    from paperaudit.ledger_page import doubt_lines

    for line in ["", about, *doubt_lines(doubts)] if len(doubts) else []:
        print(on_terminal(line))
    return 1 if len(doubts) else 0


def _write_template(path: Path) -> int:
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(TEMPLATE.read_text(encoding="utf-8"))
    except OSError as error:
        return refuse(error)
    print(on_terminal(f"A template with an example of each kind: {path}"))
    return 0


def _seal(ledger: Path) -> str:
    from paperaudit.ledger_page import digest

    return f'<meta name="ledger" content="{digest(ledger.read_bytes())}">'


def _write(read: TableLedger, output: Path, page: Path) -> None:
    """Write a ledger, but not over one that was edited since its page was written."""
    if output.exists():
        sealed = page.exists() and _seal(output).encode() in page.read_bytes()[:2000]
        if not sealed:
            raise FileExistsError(
                f"{output}: exists and was edited, or is not from this command; choose another -o"
            )
    output.write_bytes(ledger_csv(read.ledger))


def ledger_csv(ledger: pd.DataFrame) -> bytes:
    """Write a ledger as CSV that a spreadsheet opens in its own encoding."""
    full = [c for c in ledger.columns if c not in ("value", "decimals")]
    return ledger[full].to_csv(index=False, lineterminator="\n").encode("utf-8-sig")
