"""The commands of the engines as one: ``python -m jdm_utils COMMAND``."""

import argparse
from collections.abc import Sequence

import cohortbook.cli
import paperaudit.cli
from smallstats.terminal import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or as its help says; 2 if nothing can be used.

    Raises
    ------
    SystemExit
        With 2 after a word on usage, if there is no such command or option; with 0 after help.
    """
    parser = argparse.ArgumentParser(
        prog="python -m jdm_utils",
        description="Audit the printed numbers of a clinical study; make the book of a cohort.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    paperaudit.cli.add_commands(commands)
    cohortbook.cli.add_commands(commands)
    return run(parser.parse_args(arguments))
