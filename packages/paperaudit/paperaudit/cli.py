"""The commands: ``paperaudit LEDGER.csv``, ``paperaudit TABLE…`` and ``paperaudit ledger TABLE…``.

What they run is imported when it is called, so that help answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperaudit import ledger_command
from smallstats.terminal import on_terminal, refuse, run

if TYPE_CHECKING:
    import pandas as pd

ABOUT = (
    "Print the verdicts on a ledger of printed numbers, or on tables of a paper (CSV, Excel, HTML, "
    "Word, pasted text), and write an HTML page. The exit status is 0 if some number could be "
    "tested, whether objected to or not; 1 if doubts are left; 2 if nothing could be read; 3 if "
    "nothing could be tested, which is no pass. `paperaudit ledger` reads tables into a ledger "
    "without an audit."
)

#: The exit status of an audit in which nothing could be tested.
UNTESTED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status, as its help says.

    Raises
    ------
    SystemExit
        With 2 after a word on usage, if there is no such option; with 0 after help.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["ledger"]:
        parser = argparse.ArgumentParser(prog="paperaudit ledger", description=ledger_command.ABOUT)
        ledger_command.add_options(parser)
        return run(parser.parse_args(given[1:]))
    parser = argparse.ArgumentParser(prog="paperaudit", description=ABOUT)
    _add_options(parser)
    return run(parser.parse_args(given))


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands ``audit`` and ``ledger`` to a parser, which may have others."""
    about = "give every printed number of a ledger, or of tables of a paper, a verdict"
    _add_options(commands.add_parser("audit", help=about, description=ABOUT))
    about = "read tables of a paper into a ledger of its printed numbers"
    parser = commands.add_parser("ledger", help=about, description=ledger_command.ABOUT)
    ledger_command.add_options(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ledger", type=Path, nargs="+", metavar="LEDGER_OR_TABLE")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PAGE.html",
        help="the page (default: LEDGER.audit.html beside the ledger); "
        "only a page of an earlier audit is overwritten",
    )  # fmt: skip
    parser.add_argument("--title", help="what was audited (default: the name of the ledger)")
    parser.add_argument(
        "--baseline", metavar="PLACE",
        help="the place of a randomised trial's baseline, such as table1: are its groups as alike "
        "as chance makes them?",
    )  # fmt: skip
    ledger_command.add_settling(parser)
    parser.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    from paperaudit.audit import audit_claims
    from paperaudit.audit_page import MARK, audit_page
    from paperaudit.coverage import is_tested
    from paperaudit.letter import questions
    from smallstats.page import write_page

    first: Path = options.ledger[0]
    try:
        claims, doubts = _load(options)
        audit = audit_claims(claims)
        page: Path = options.output or first.with_suffix(".audit.html")
        title = options.title or first.stem
        names = ", ".join(path.name for path in options.ledger)
        text = audit_page(audit, title, f"Ledger: {names}", questions=questions(audit))
        write_page(page, text, MARK, "exists and is not a page of an audit; choose another -o")
    except (ValueError, OSError) as error:
        return refuse(error)
    for line in [*_summary(audit), "", f"The whole audit: {page}"]:
        print(on_terminal(line))
    for line in _baseline(claims, options.baseline) if options.baseline else []:
        print(on_terminal(line))
    about = "What the reading left open (see `ledger` for each cell beside what was read):"
    return ledger_command.list_doubts(doubts, about) or (0 if is_tested(audit) else UNTESTED)


def _load(options: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load a ledger, or read tables as one: with what either leaves open."""
    from hashlib import sha256

    import pandas as pd

    from paperaudit.claims import LedgerError, load_claims, looks_like_ledger, validate_claims
    from paperaudit.grid import NoTableError
    from paperaudit.table_ledger import ledger_from_tables
    from paperaudit.table_reading import cell_rows

    paths: list[Path] = options.ledger
    try:
        ledgers = [p for p in paths if looks_like_ledger(next(iter(cell_rows(p)), []))]
    except (NoTableError, OSError, ValueError):
        ledgers = []
    if ledgers or (len(paths) == 1 and not paths[0].is_file()):
        if len(paths) > 1:
            raise ValueError("one ledger, or tables of one paper: not both, nor several ledgers")
        claims = load_claims(paths[0])
        open_ = claims[claims["doubt"] != ""].reset_index()
        rows: list[Any] = [
            ("", paths[0].name, c["id"], "", "", c["printed"], c["doubt"])
            for c in open_.to_dict("records")
        ]
        heads = ["code", "source", "line", "row", "column", "text", "question"]
        return claims, pd.DataFrame(rows, columns=heads)
    settled = ledger_command.settled_by(options)
    read = ledger_from_tables(paths, settled=settled, sheet=options.sheet)
    if read.ledger.empty:
        raise LedgerError(pd.DataFrame([{"file": str(paths[0]), "row": 1, "column": "", "value": "",
            "problem": "has no number that can be read", "allowed": "see `ledger`"}]))  # fmt: skip
    names = ", ".join(map(str, paths))
    claims = validate_claims(read.ledger, names, groups=read.ledger["group"])
    claims.attrs["sha256"] = ", ".join(sha256(path.read_bytes()).hexdigest() for path in paths)
    return claims, read.doubts


def _baseline(claims: pd.DataFrame, place: str) -> list[str]:
    """Tell the joint p of a baseline, with what else than a fault explains it."""
    from paperaudit.baseline import check_baseline
    from paperaudit.verdict import p_text

    baseline = check_baseline(claims, place)
    if baseline is None:
        return ["", f"Baseline ({place}): fewer than three variables with means and SDs."]
    ranges = {"alike": baseline.alike, "different": baseline.different}
    lines = [
        "",
        f"Baseline ({place}): {len(baseline.items)} variables with means and SDs, together",
    ]
    for words, (low, high) in ranges.items():
        lines.append(f"  as {words} as this or more, by chance: p {p_text(low)} to {p_text(high)}")
    return [*lines, "  Before you make anything of it:", *(f"  - {c}" for c in baseline.caveats)]


def _summary(audit: pd.DataFrame) -> list[str]:
    """Count the verdicts, and list the claims that a reader has to weigh."""
    from paperaudit.coverage import coverage_words
    from paperaudit.verdict import TO_WEIGH, VERDICTS

    parts = {verdict: audit[audit["verdict"] == verdict] for verdict in VERDICTS}
    lines = [coverage_words(audit)]
    lines += [f"{len(part):6}  {VERDICTS[v].words}" for v, part in parts.items() if len(part)]
    for verdict in TO_WEIGH:
        lines += ["", f"{VERDICTS[verdict].words}:"] if len(parts[verdict]) else []
        for claim, row in parts[verdict].iterrows():
            severity = f" ({row['severity']})" if row["severity"] else ""
            lines.append(f"  {claim}: printed {row['printed']}{severity}")
            labels = {"computed": "computed", "by": "method", "perhaps": "explanation"}
            labels |= {"way out": "rescue", "ask": "ask", "INSPECT-SR": "check"}
            lines += [f"      {word}: {row[c]}" for word, c in labels.items() if row[c]]
    return lines
