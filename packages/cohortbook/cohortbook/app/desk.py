"""The folder that a page is about: its `cohort.yml` is the one truth, and nothing else is kept."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cohortbook.app.amending import doubts_in, read, under
from smallstats.storing import only_run_in, replace_file

MOST_UNDONE = 200
"""So many answers can be taken back."""


class ChangedError(Exception):
    """What an answer is about was changed since its page was shown."""


@dataclass
class Upload:
    """A file that was chosen, before it has a folder."""

    file: Path
    dictionary: Path | None = None
    sheet: str = ""


@dataclass
class Build:
    """A run of `cohortbook book`: the chapters that are done, and how it ended."""

    done: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    status: int | None = None


class Desk:
    """Opens one folder at a time, and writes answers into its `cohort.yml`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder: Path | None = None
        self.upload: Upload | None = None
        self.build: Build | None = None
        self.notices: list[str] = []
        self._scratch = Path(tempfile.mkdtemp(prefix="cohortbook-"))
        self._writing = threading.RLock()
        self._held = ExitStack()
        self._before: list[bytes] = []
        self._seen = b""
        self._process: subprocess.Popen[str] | None = None

    @property
    def spec(self) -> Path:
        """The `cohort.yml`."""
        assert self.folder
        return self.folder / "cohort.yml"

    @property
    def is_open(self) -> bool:
        """Whether there is a `cohort.yml` to ask about."""
        return self.folder is not None and self.spec.is_file()

    def hold(self, folder: Path) -> None:
        """Take a folder, which no other page may have.

        Raises
        ------
        BusyError
            If another one has it.
        """
        held = ExitStack()
        if folder != self.folder:
            held.enter_context(only_run_in(folder))
            self._held.close()
            self._held = held
        self.folder, self.build, self._before = folder, None, []
        self._seen = self.content() if self.is_open else b""

    def release(self) -> None:
        """Give the folder back."""
        self._held.close()
        self.folder = None

    def close(self) -> None:
        """Stop what runs, give the folder back, and remove files that have no folder."""
        self.stop_build()
        self.release()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def cohorts(self) -> list[str]:
        """Name the folders here that have a `cohort.yml`."""
        try:
            return sorted(p.parent.name for p in self.root.glob("*/cohort.yml"))[:100]
        except OSError:
            return []

    def place(self, name: str) -> Path:
        """Give a new or old folder here by its name, which can lead nowhere else.

        Raises
        ------
        ValueError
            If it is no name.
        """
        name = name.strip()
        if not re.fullmatch(r"[^\W_][\w .()-]{0,79}", name) or name.endswith("."):
            raise ValueError("a name of letters, digits, spaces, and - or _")
        return self.root / name

    def keep(self, name: str, save: Callable[[Path], Any], kind: str) -> Path:
        """Keep an uploaded file until it has a folder, under its own name."""
        name = re.sub(r"[^\w .()+-]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
        folder = Path(tempfile.mkdtemp(dir=self._scratch, prefix=kind))
        path = folder / (name[-120:] or "data.csv")
        save(path)
        return path

    def content(self) -> bytes:
        """Read the `cohort.yml` as it is now."""
        return self.spec.read_bytes()

    def text(self) -> str:
        """Give the text of the `cohort.yml`."""
        return self.content().decode("utf-8-sig", errors="replace")

    def version(self) -> str:
        """Give a mark of what is in the `cohort.yml` now, and of the data beside it."""
        if not self.is_open:
            return ""
        content = self.content()
        file = under(read(content.decode("utf-8-sig", "replace")), ["data", "file"])
        marks = [content]
        try:
            state = (self.spec.parent / str(file)).stat()
            marks.append(f"{state.st_mtime_ns} {state.st_size}".encode())
        except (OSError, ValueError):
            pass
        return hashlib.sha256(b"\0".join(marks)).hexdigest()[:16]

    def notice_changes(self) -> None:
        """Say if the file was changed beside the page; what was undone before is then past."""
        with self._writing:
            if self.is_open and (now := self.content()) != self._seen:
                self._seen, self._before = now, []
                self.notices.append("cohort.yml was changed outside; this is what it says now.")

    @property
    def can_undo(self) -> bool:
        """Whether there is an answer to take back."""
        return bool(self._before)

    def write(
        self, change: Callable[[str], str], about: tuple[str, ...] = (), seen: str = ""
    ) -> bool:
        """Write an answer at once; tell whether that changed anything.

        Raises
        ------
        ChangedError
            If what it is `about` is not any more what the page has `seen`; nothing is written.
        AmendError, ValueError
            As `change`; nothing is written.
        OSError
            If it cannot be written; the old text stays.
        """
        with self._writing:
            self.notice_changes()
            content = self.content()
            text = content.decode("utf-8-sig")
            if seen and seen != mark(text, about):
                raise ChangedError
            after = change(text)
            if after == text:
                return False
            bom = content[: len(content) - len(text.encode())]
            self._replace(bom + after.encode())
            self._before = [*self._before, content][-MOST_UNDONE:]
            return True

    def undo(self) -> bool:
        """Take the last answer back, if the file is still as it left it."""
        with self._writing:
            self.notice_changes()
            if not self._before:
                return False
            self._replace(self._before.pop())
            return True

    def _replace(self, content: bytes) -> None:
        replace_file(self.spec, content)
        self._seen = content

    def start_build(self) -> None:
        """Run the command `book`; one runs at a time."""
        if self.build and self.build.status is None:
            return
        self.build = Build()
        command = [sys.executable, "-m", "cohortbook", "book", str(self.folder)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=_follow, args=(self._process, self.build), daemon=True).start()

    def stop_build(self) -> None:
        """End a run of `book` with all that it has started."""
        if self._process and self._process.poll() is None:
            if os.name == "nt":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def book(self) -> Path:
        """Where the pages of the book are."""
        assert self.folder
        return self.folder / "book" / "_build" / "html"

    def chapters(self) -> list[str]:
        """Name the chapters of the book, the first page last, as they are there now."""
        assert self.folder
        names = sorted(path.stem for path in (self.folder / "book").glob("*.ipynb"))
        return [*(name for name in names if name != "index"), *["index"] * ("index" in names)]


def _follow(process: subprocess.Popen[str], build: Build) -> None:
    for line in process.stderr or ():
        words = line.split()
        if words[:1] == ["ran"] and len(words) > 1:
            build.done.append(words[1].removesuffix(".ipynb"))
        elif line.strip():
            build.messages = [*build.messages, line.rstrip()][-40:]
    if process.stderr:
        process.stderr.close()
    build.status = process.wait()


def mark(text: str, place: tuple[str, ...]) -> str:
    """Give a mark of what a document says at a place, with the doubts about it."""
    doubts = [doubt.text for doubt in doubts_in(text) if doubt.place[: len(place)] == place]
    content = json.dumps([under(read(text), place), doubts], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
