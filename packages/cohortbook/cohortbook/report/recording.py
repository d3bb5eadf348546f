"""Which files of the project a kernel reads: a journal that an audit hook writes.

Run by itself in the kernel before anything of the project is imported, so it imports nothing of it:
a file read before the hook stands would not be noted.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from contextlib import suppress
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

NOT_INPUTS = re.compile(r"(^|[/\\])(\.|_build[/\\]|__pycache__[/\\])")
CHILDREN = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
HARMLESS = {"fc-list", "system_profiler", "uname"}  # Python and matplotlib start these themselves


def record_inputs() -> None:
    """Inside a kernel, note each watched file with the digest it has when first read."""
    roots = os.environ["COHORTBOOK_WATCHED"].split(os.pathsep)
    journal = os.environ["COHORTBOOK_JOURNAL"]
    packages = tuple(root + os.sep for root in roots[1:])
    python = (sys.prefix + os.sep, sys.base_prefix + os.sep, os.path.dirname(journal) + os.sep)
    seen: set[str] = set()

    def note(path: Any, *, written: bool = False) -> None:
        name = os.fsdecode(path)
        if name.startswith(python) and not name.startswith(packages):
            return
        name = os.path.realpath(name)
        if name.endswith(".pyc"):
            with suppress(ValueError):  # compiled by another than Python, beside its source
                name = source_from_cache(name)
        inside = [name[len(root) + 1 :] for root in roots if name.startswith(root + os.sep)]
        if name in seen or all(NOT_INPUTS.search(part) for part in inside):
            return
        seen.add(name)  # first, as taking the digest opens the file once more
        if digest := "written" if written else digest_of_file(name):
            with open(journal, "a", encoding="utf-8") as file:
                file.write(f"{digest} {name}\n")
        else:
            seen.remove(name)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            with suppress(TypeError, ValueError):  # a descriptor; a name that is not a module's
                note(args[0], written=not {"w", "x", "a"}.isdisjoint(args[1] or ""))
        elif event == "os.rename":
            note(args[1], written=True)
        elif event in CHILDREN and not (args and args[0] in HARMLESS):  # it may read anything
            for folder, _, files in (step for root in roots for step in os.walk(root)):
                for name in files:
                    note(os.path.join(folder, name))

    sys.addaudithook(hook)


def read_journal(journal: Path) -> dict[str, str]:
    """Return each file that a kernel read, with its digest, if it is still there."""
    inputs = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        digest, name = line.split(" ", 1)
        if digest := digest_of_file(name) if digest == "written" else digest:
            inputs[name] = digest  # what was written and removed again is not an input
    return inputs


def digest_of_file(path: str | Path) -> str:
    """Digest of a file's bytes, empty where there is no such file."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
