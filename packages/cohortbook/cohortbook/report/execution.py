"""Run the notebooks whose outputs are out of date, and only those.

Each kernel notes which project files it reads, helper modules included, with their digests. A
notebook runs again when its code, the lock, the Python or one of those files has changed, so
nothing has to declare what it depends on. Outputs are kept beside the build, not in the notebooks.

As a command, ``python -m cohortbook.report.execution [NOTEBOOK ...]`` writes the outputs into the
notebooks themselves (all in ``notebooks`` by default); it changes nothing where nothing changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from cohortbook.report.recording import digest_of_file, read_journal
from smallstats.storing import BusyError, only_run_in, replace_file
from smallstats.table import KEY

#: What notebooks import from outside the book's folder: a change is a reason to run again.
PACKAGES = ("cohortbook", "smallstats")
TIMES = Path("notebooks", "times.csv")
TIMEOUT = 600  # seconds a cell may take
ROUNDS = 3  # one notebook may write what another one reads; then the other runs again
LIBRARY = re.compile(r"site-packages|[/\\]lib[/\\]python3|[/\\]Lib[/\\]")
KERNEL_CONFIG = f"""\
import runpy
runpy.run_path({str(Path(__file__).with_name("recording.py").resolve())!r})["record_inputs"]()
c.IPKernelApp.log_level = 40
c.HistoryManager.enabled = False
"""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookError(RuntimeError):
    """Notebooks failed; the message shows each one's cell and error."""


class _Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *args: Any) -> None:  # type: ignore[override]
        raise NotImplementedError  # nbclient asks, but an interrupt has to stop all notebooks


class Outputs:
    """The last outputs of the notebooks of one book, and whether they are out of date.

    Parameters
    ----------
    root
        The book's folder; files below it are watched, as are this package and the cohort's folder.
    store
        Where the outputs are kept, one file a notebook.
    """

    def __init__(self, root: Path, store: Path) -> None:
        cohort = os.environ.get("JDM_COHORT", "")
        folders = [root.resolve(), *_packages()]
        folders += [Path(cohort).resolve().parent] if cohort else []
        self.store = store.resolve()
        self.matplotlib = self.store.parent / "matplotlib"
        self.environment = {
            "COHORTBOOK_WATCHED": os.pathsep.join(map(str, folders)),
            "MPLCONFIGDIR": str(self.matplotlib),  # the same figures whatever a user's own settings
            "OPENBLAS_NUM_THREADS": "1",  # the same sums whatever the cores, which notebooks share
        }
        self.root = root.resolve()
        # digests, not paths: what is built tells nothing of whose folder it was built in
        where = _digest_of([str(self.root), cohort])
        self.setting = [sys.version, digest_of_file(root / "requirements.txt"), where]

    def path(self, notebook: Path) -> Path:
        """Return the file that keeps a notebook's outputs."""
        where = hashlib.sha256(self._name(notebook.resolve()).encode()).hexdigest()
        return self.store / f"{notebook.stem}-{where[:8]}.json"

    def _name(self, path: Path | str) -> str:
        """Name a file as seen from the book's folder or from the package that it belongs to."""
        for package in _packages():
            if Path(path).is_relative_to(package):
                return f"{package.name}:{Path(path).relative_to(package).as_posix()}"
        return Path(os.path.relpath(path, self.root)).as_posix()

    def _file(self, name: str) -> Path:
        """Find a file by what `_name` called it."""
        package, _, inside = name.partition(":")
        folders = {folder.name: folder for folder in _packages()}
        return folders[package] / inside if package in folders else self.root / name

    def get(self, notebook: Path) -> list[Any] | None:
        """Return the outputs of each code cell, or None if the notebook has to run (again)."""
        try:
            record = json.loads(self.path(notebook).read_bytes())
            stands = (
                record["code"] == self.code(notebook)
                and record["digest"] == _digest_of(record["outputs"])
                and all(
                    digest_of_file(self._file(name)) == digest
                    for name, digest in record["inputs"].items()
                )
            )
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None
        return record["outputs"] if stands else None

    def seconds(self, notebook: Path) -> float:
        """Return how long a notebook took when it last ran."""
        return float(json.loads(self.path(notebook).read_bytes())["seconds"])

    def fill(self, notebook: Path, *, numbers: bool = True) -> str:
        """Return the text of the notebook with its outputs, in one form.

        Parameters
        ----------
        notebook
            Its path.
        numbers
            With the unrounded numbers that a build makes files from. They are not for committing:
            their last digits can differ from one processor to another.

        Raises
        ------
        NotebookError
            If the notebook has to run first.
        """
        outputs = self.get(notebook)
        if outputs is None:
            raise NotebookError(f"{notebook}: changed while the book was being built")
        content = _read(notebook)
        content["metadata"] = content["metadata"] | METADATA
        for number, cell in enumerate(_code_cells(content)):
            cell |= {"outputs": outputs[number], "execution_count": number + 1}
            for output in cell["outputs"]:
                if "execution_count" in output:  # nbval's kernels do not count
                    output["execution_count"] = number + 1
                if not numbers:
                    output.get("metadata", {}).pop(KEY, None)
        return str(nbformat.writes(nbformat.from_dict(content))) + "\n"

    def code(self, notebook: Path) -> list[Any]:
        """Return what of a notebook its outputs depend on, and the setting it runs in."""
        cells = _code_cells(_read(notebook))
        return [self.setting, [[cell["source"], cell["metadata"].get("tags")] for cell in cells]]

    def keep(
        self, notebook: Path, code: list[Any], outputs: list[Any], journal: Path, seconds: float
    ) -> None:
        """Keep the outputs of a notebook that has run.

        Parameters
        ----------
        notebook, code
            Its path, and what `code` was before it ran.
        outputs
            Those of each code cell.
        journal
            What `record_inputs` wrote in its kernel.
        seconds
            How long it took.
        """
        inputs = {self._name(name): digest for name, digest in read_journal(journal).items()}
        record: dict[str, Any] = {"code": code, "inputs": inputs, "digest": _digest_of(outputs)}
        record |= {"outputs": outputs, "seconds": seconds}
        self.store.mkdir(parents=True, exist_ok=True)
        replace_file(self.path(notebook), json.dumps(record).encode())

    def forget_others(self, notebooks: Iterable[Path]) -> None:
        """Remove what is kept of notebooks that are no longer in the book."""
        kept = {self.path(notebook) for notebook in notebooks}
        for path in self.store.glob("*") if self.store.is_dir() else ():
            if path not in kept:
                path.unlink(missing_ok=True)

    def refresh(self, notebooks: Iterable[Path]) -> list[Path]:
        """Run the notebooks whose outputs are out of date, side by side, and return those run.

        Raises
        ------
        NotebookError
            If a cell fails, writes to stderr or takes too long; the others are run all the same.
        """
        notebooks = list(notebooks)
        ran: list[Path] = []
        for _ in range(ROUNDS):
            stale = [notebook for notebook in notebooks if self.get(notebook) is None]
            if not stale:
                return ran
            self.list_fonts()
            with asyncio.Runner(loop_factory=_Loop) as runner:
                runner.run(self._run_all(stale))
            ran += stale
        raise NotebookError(
            f"Each run changes what these notebooks read: {', '.join(map(str, stale))}"
        )

    def list_fonts(self) -> None:
        """Have matplotlib make its font list, which it would announce on stderr."""
        if not any(self.matplotlib.glob("fontlist*")):
            command = [sys.executable, "-c", "import matplotlib.font_manager"]
            subprocess.run(command, env=os.environ | self.environment, stderr=subprocess.DEVNULL)

    async def _run_all(self, notebooks: list[Path]) -> None:
        cores = asyncio.Semaphore(os.cpu_count() or 1)
        runs = [self._run(notebook, cores) for notebook in notebooks]
        errors = [error for error in await asyncio.gather(*runs, return_exceptions=True) if error]
        for error in errors:
            if not isinstance(error, NotebookError):
                raise error
        if errors:
            raise NotebookError("\n\n".join(map(str, errors)))

    async def _run(self, notebook: Path, cores: asyncio.Semaphore) -> None:
        async with cores:
            with tempfile.TemporaryDirectory() as scratch:
                config = Path(scratch, "profile_default", "ipython_kernel_config.py")
                config.parent.mkdir()
                config.write_text(KERNEL_CONFIG, encoding="utf-8")
                journal = Path(scratch, "journal")
                journal.touch()
                code = self.code(notebook)
                content = nbformat.from_dict(_read(notebook))
                client = NotebookClient(
                    content,
                    timeout=TIMEOUT,
                    record_timing=False,
                    coalesce_streams=True,
                    resources={"metadata": {"path": str(notebook.parent)}},
                )
                kernel = client.create_kernel_manager()
                kernel.transport = "tcp" if os.name == "nt" else "ipc"  # no ports to compete for
                kernel.connection_file = str(Path(scratch, "connection"))
                own = {"IPYTHONDIR": scratch, "COHORTBOOK_JOURNAL": str(journal)}
                start = time.perf_counter()
                try:
                    await client.async_execute(env=os.environ | self.environment | own)
                except (CellControlSignal, DeadKernelError) as error:
                    raise NotebookError(_excerpt(notebook, content, str(error))) from None
                seconds = time.perf_counter() - start
                for cell in _code_cells(content):
                    if any(output.get("name") == "stderr" for output in cell["outputs"]):
                        raise NotebookError(_excerpt(notebook, content, "a message on stderr"))
                print(f"ran {notebook.name} in {seconds:.1f} s", flush=True)
                outputs = [cell["outputs"] for cell in _code_cells(content)]
                self.keep(notebook, code, outputs, journal, seconds)


def _packages() -> list[Path]:
    """Find the folders of those packages that are installed."""
    specs = filter(None, map(find_spec, PACKAGES))
    return [Path(spec.origin).resolve().parent for spec in specs if spec.origin]


def note_seconds(name: str, seconds: float) -> None:
    """Put down how long a notebook took, where such times are kept.

    Only with new outputs, so that a table of times is no reason for a page to change.
    """
    if not TIMES.exists():
        return
    lines = TIMES.read_text(encoding="utf-8").splitlines()[1:]
    times = dict(line.split(",") for line in lines) | {name: f"{seconds:.0f}"}
    rows = ["Notebook,Seconds", *(f"{key},{times[key]}" for key in sorted(times))]
    replace_file(TIMES, ("\n".join(rows) + "\n").encode())


def _read(notebook: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(notebook.read_bytes())
    for number, cell in enumerate(content["cells"], 1):
        cell.setdefault("id", f"cell-{number}")
        cell["source"] = "".join(cell["source"])
    return content | {"nbformat_minor": 5}


def _code_cells(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def _excerpt(notebook: Path, content: dict[str, Any], error: str) -> str:
    """Show where a notebook failed: the cell, the project's own lines, the error."""
    for number, cell in enumerate(content["cells"], 1):
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                *frames, last = (
                    re.sub(r"\x1b\[[0-9;]*m", "", text) for text in output["traceback"]
                )
                ours = [frame for frame in frames if not LIBRARY.search(frame.split("\n")[0])]
                error = "\n".join([*ours[1:], last])
            elif output.get("name") == "stderr":
                error = f"{cell['source']}\n\nThis wrote to stderr:\n{output['text']}"
            else:
                continue
            return f"{notebook}, cell {number} of {len(content['cells'])}:\n{error.rstrip()}"
    return f"{notebook}: {error}"


def _digest_of(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def main(arguments: list[str]) -> None:
    """Write the outputs of the named notebooks, or of all in ``notebooks``, into them."""
    notebooks = [Path(name) for name in arguments] or sorted(Path("notebooks").glob("*.ipynb"))
    outputs = Outputs(Path.cwd(), Path("_build", "outputs"))
    try:
        with only_run_in(Path("_build")):
            outputs.refresh(notebooks)
            _write_outputs(outputs, notebooks)
    except (NotebookError, BusyError) as error:
        sys.exit(str(error))


def _write_outputs(outputs: Outputs, notebooks: Iterable[Path]) -> None:
    for notebook in notebooks:
        text = outputs.fill(notebook, numbers=False)
        if text != notebook.read_text(encoding="utf-8"):
            replace_file(notebook, text.encode())
            note_seconds(notebook.stem, outputs.seconds(notebook))
            print(f"wrote {notebook.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
