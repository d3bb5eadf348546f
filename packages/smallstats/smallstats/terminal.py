"""What a command prints on a terminal."""

import argparse
import gc
import os
import sys

from smallstats.storing import reason


def run(options: argparse.Namespace) -> int:
    """Run what the options of a command name, and return its exit status."""
    gc.set_threshold(100_000)  # tables are few objects in a cycle, and many that are in none
    try:
        return int(options.run(options))
    except BrokenPipeError:  # as when `| head` has read enough; what is left may not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def refuse(error: Exception) -> int:
    """Print an error without a traceback, and return the exit status.

    Examples
    --------
    >>> refuse(ValueError("no such file"))
    2
    """
    text = str(error)
    if isinstance(error, OSError) and error.errno is not None:
        text = f"{error.filename}: {reason(error)}" if error.filename else reason(error)
    for line in text.splitlines():
        print(on_terminal(line), file=sys.stderr)
    return 2


def on_terminal(line: str) -> str:
    """Return a line with nothing that could control the terminal, in what it can show."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
