"""Books of two or three pages, built, changed, broken and built again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cohortbook.report.execution import NotebookError, Outputs, main

READ = "print(open('../data/numbers.txt').read())"


def write_notebook(path, *cells):
    """Write a notebook of Markdown cells, which begin with #, and code cells."""
    content = []
    for number, source in enumerate(cells):
        code = not source.startswith("#")
        cell = {"cell_type": "code" if code else "markdown", "metadata": {}, "source": source}
        cell |= {"outputs": [], "execution_count": None} if code else {}
        content.append(cell | {"id": f"c{number}"})
    notebook = {"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


class Book:
    def __init__(self, folder):
        self.folder = folder
        for name in ("data", "notebooks", "_static", "_build/matplotlib"):
            (folder / name).mkdir(parents=True)
        (folder / "_build" / "matplotlib" / "fontlist").touch()  # no figures here
        self.numbers = folder / "data" / "numbers.txt"
        self.numbers.write_text("1 2 3")
        self.lock = folder / "requirements.txt"
        self.lock.write_text("")

    def notebook(self, name):
        return self.folder / "notebooks" / f"{name}.ipynb"

    def write(self, name, *cells):
        write_notebook(self.notebook(name), *cells)

    @property
    def outputs(self):
        return Outputs(self.folder, self.folder / "_build" / "outputs")

    def notebooks(self):
        return sorted((self.folder / "notebooks").glob("*.ipynb"))

    def refresh(self):
        return [path.stem for path in self.outputs.refresh(self.notebooks())]

    def stale(self):
        return [path.stem for path in self.notebooks() if self.outputs.get(path) is None]

    def shown(self, name):
        return json.dumps(self.outputs.get(self.notebook(name)))


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def test_exactly_the_notebooks_that_a_change_concerns_are_stale(book, monkeypatch):
    helper = book.folder / "notebooks" / "helper.py"
    helper.write_text("def total(path):\n    return sum(map(int, open(path).read().split()))\n")
    book.write(
        "both", "# Both\n\nText.", "from helper import total", "total('../data/numbers.txt')"
    )
    book.write("data", "# Data\n\nText.", READ)
    book.write("neither", "6 * 7")
    assert book.refresh() == ["both", "data", "neither"]
    assert book.refresh() == book.stale() == []
    assert '"text/plain": "6"' in book.shown("both")

    def change(path, old, new):
        before = path.read_text()
        path.write_text(before.replace(old, new))
        assert path.read_text() != before
        stale = book.stale()
        path.write_text(before)
        return stale

    assert change(helper, "sum", "max") == ["both"]
    assert change(book.numbers, "1", "4") == ["both", "data"]
    assert change(book.notebook("data"), "print", "repr") == ["data"]
    assert change(book.notebook("data"), "Text.", "Other text.") == []
    assert change(book.notebook("data"), '"metadata": {}', '"metadata": {"tags": ["a"]}') == [
        "data"
    ]
    book.lock.write_text("a==1")
    assert book.stale() == ["both", "data", "neither"]
    book.lock.write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert book.stale() == ["both", "data", "neither"]
    next((book.folder / "_build" / "outputs").glob("neither*")).write_text("{")
    assert book.stale() == ["neither"]
    helper.unlink()
    assert book.stale() == ["both", "neither"]


def test_every_failure_is_shown_with_its_cell(book):
    book.write("crash", "# Crash", "x = 1", "def f():\n    raise ValueError('bad')\n\nf()")
    book.write("die", "import os", "os._exit(1)")
    book.write("fine", "1")
    book.write("warn", "import warnings", "warnings.warn('hm')")
    with pytest.raises(NotebookError) as caught:
        book.refresh()
    message = str(caught.value)
    assert "crash.ipynb, cell 3 of 3:\n" in message
    assert "----> 4 f()" in message
    assert "ValueError: bad" in message
    assert "die.ipynb: Kernel died" in message
    assert "warn.ipynb, cell 2 of 2:\nwarnings.warn('hm')\n" in message
    assert "UserWarning: hm" in message
    assert "\x1b" not in message
    assert "fine" not in message
    assert book.stale() == ["crash", "die", "warn"]


def test_a_notebook_runs_again_when_another_changed_what_it_read(book):
    made = "print(1, file=open('../data/made.txt', 'w'))"
    book.write("read", READ)
    book.write(
        "write",
        "import time\ntime.sleep(2)",
        "print(8, file=open('../data/numbers.txt', 'w'))",
        made,
    )
    assert book.refresh() == ["read", "write", "read"]
    assert "8" in book.shown("read")
    (book.folder / "data" / "made.txt").unlink()
    assert book.stale() == ["write"]


@pytest.mark.slow
def test_a_notebook_whose_input_never_rests_fails(book):
    book.write(
        "grow",
        "n = open('../data/numbers.txt').read()",
        "print(n, n, file=open('../data/numbers.txt', 'w'))",
    )
    with pytest.raises(NotebookError, match=r"^Each run changes .*grow\.ipynb$"):
        book.refresh()


def test_a_child_process_and_a_cohort_elsewhere_count(book, tmp_path_factory, monkeypatch):
    cohort = tmp_path_factory.mktemp("cohort") / "cohort.yml"
    cohort.write_text("title: x")
    monkeypatch.setenv("JDM_COHORT", str(cohort))
    book.write("child", "import subprocess", "subprocess.run(['true'], check=True)")
    compiled = book.folder / "notebooks" / "__pycache__" / "helper.cpython-311-pytest-9.0.pyc"
    compiled.parent.mkdir()
    compiled.touch()  # as pytest compiles what it is given
    book.write("cohort", "import os", "print(open(os.environ['JDM_COHORT']).read())")
    book.refresh()
    book.numbers.write_text("5")
    assert book.stale() == ["child"]
    cohort.write_text("title: y")
    assert book.stale() == ["child", "cohort"]
    monkeypatch.delenv("JDM_COHORT")
    book.numbers.write_text("1 2 3")
    cohort.write_text("title: x")
    assert book.stale() == ["child", "cohort"]


def test_the_command_writes_outputs_once(book, monkeypatch, capsys):
    monkeypatch.chdir(book.folder)
    book.write("data", "# Data", READ, "6 * 7")
    main([])
    assert capsys.readouterr().out.endswith("wrote data.ipynb\n")
    first = book.notebook("data").read_bytes()
    main([])
    assert capsys.readouterr().out == ""
    assert book.notebook("data").read_bytes() == first
    cells = json.loads(first)["cells"]
    assert [cell["id"] for cell in cells] == ["c0", "c1", "c2"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2]
    assert cells[1]["outputs"][0]["text"] == ["1 2 3\n"]
    book.write("data", "1 / 0")
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        main(["notebooks/data.ipynb"])


@pytest.mark.slow
def test_times_are_put_down_with_new_outputs_only(book, monkeypatch):
    monkeypatch.chdir(book.folder)
    book.write("data", "# Data", READ)
    times = book.folder / "notebooks" / "times.csv"
    times.write_text("Notebook,Seconds\ndata,99\nold,5\n")
    main([])
    assert re.fullmatch(r"Notebook,Seconds\ndata,\d\nold,5\n", times.read_text())
    times.write_text("Notebook,Seconds\ndata,99\n")
    main([])
    assert times.read_text() == "Notebook,Seconds\ndata,99\n"


CONF = """
extensions = ["myst_nb", "cohortbook.report.book"]
exclude_patterns = ["_build"]
html_math_renderer = "mathml"
html_static_path = ["_static"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"
"""
KILLER = """
import os

def setup(app):
    app.connect("html-page-context", lambda *_: os._exit(9))
"""


def start(book, *, by=(), **options):
    """Start to build with Sphinx itself, so that nothing but this extension can make it right."""
    folder = book.folder / "_build"
    memory = folder / ".doctrees"
    command = [*by, sys.executable, "-m", "sphinx", "-W", "--keep-going", "-d", memory]
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*command, book.folder, folder / "html"], **options)


def build(book, **options):
    running = start(book, **options)
    log = running.communicate(timeout=120)[0]
    print(log)
    return running.returncode, log


def page(book, name):
    return (book.folder / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_page_is_stale_failed_or_empty(book):
    contents = "```{toctree}\nnotebooks/data\nother\n```\n"
    quote = "Quoted: {glue:text}`notebooks/data.ipynb::number:s`, $\\sqrt{x}$.\n"
    (book.folder / "index.md").write_text(f"# First\n\n{contents}\n{quote}")
    glue = "glue('number', open('../data/numbers.txt').read(), display=False)"
    book.write("data", "# Data", "from myst_nb import glue", glue)
    other = book.folder / "other.md"
    other.write_text("# Other\n\nText.")
    style = book.folder / "_static" / "custom.css"
    style.write_text("p {}")
    conf = book.folder / "conf.py"
    conf.write_text(CONF)
    assert build(book)[0] == 0
    assert "1 2 3" in page(book, "index")
    assert "<msqrt>" in page(book, "index")
    shared = [path for path in (book.folder / "_build").rglob("*") if path.is_file()]
    assert len(shared) > 9
    assert not [path for path in shared if str(book.folder).encode() in path.read_bytes()]

    # Killed when Sphinx has noted all pages as read and written none.
    book.numbers.write_text("4 5 6")
    style.write_text("q {}")
    conf.write_text(CONF + KILLER)
    assert build(book)[0] == 9
    conf.write_text(CONF)
    assert "1 2 3" in page(book, "index")
    assert build(book)[0] == 0
    assert "4 5 6" in page(book, "index")
    assert (book.folder / "_build" / "html" / "_static" / "custom.css").read_text() == "q {}"

    status, log = build(book)
    assert status == 0
    assert "no targets are out of date" in log
    assert "ran " not in log

    book.numbers.unlink()
    status, log = build(book)
    assert status == 1
    assert "data.ipynb, cell 3 of 3:" in log
    assert log.rstrip().endswith("There is no book: a notebook failed.")
    assert not (book.folder / "_build" / "html").exists()

    book.numbers.write_text("7 8 9")
    book.write("data", "# Data\n\n{ref}`nowhere`", "from myst_nb import glue", glue)
    other.write_text("# Other")
    for _ in range(2):
        status, log = build(book)
        assert status == 1
        assert "undefined label: 'nowhere'" in log
        assert "other.md: WARNING: the page is empty" in log
    assert "7 8 9" in page(book, "index")


def write_site(book):
    """Write a book whose first page shows what its notebook read."""
    contents = "```{toctree}\nnotebooks/data\n```\n"
    (book.folder / "index.md").write_text(
        f"# First\n\n{contents}\nQuoted: {{glue:text}}`notebooks/data.ipynb::number:s`.\n"
    )
    glue = "glue('number', open('../data/numbers.txt').read(), display=False)"
    book.write("data", "# Data", "from myst_nb import glue", glue)
    (book.folder / "conf.py").write_text(CONF)
    assert build(book)[0] == 0


def build_right(book, numbers, **options):
    """Build once more: the book is right, and no half-written file lies about."""
    assert build(book, **options)[0] == 0
    assert numbers in page(book, "index")
    assert sorted(path.name for path in book.outputs.store.iterdir()) == [
        book.outputs.path(book.notebook("data")).name
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals and limits")
def test_builds_that_are_killed_or_have_no_room_leave_the_next_one_right(book):
    import resource

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    write_site(book)
    for moment in range(6):  # from before the kernel starts until the pages are written
        book.numbers.write_text(f"killed {moment}")
        running = start(book, start_new_session=True)
        time.sleep(0.4 * moment)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    size = 3000  # bytes in any one file, as on a full disk
    assert build(book, preexec_fn=fill)[0] != 0
    build_right(book, "killed 5")


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["html/index.html", "../.doctrees/environment.pickle"])
def test_what_is_gone_comes_back_the_same(book, gone):
    write_site(book)
    assert build(book)[0] == 0
    folder = book.folder / "_build"
    html = [path for path in (folder / "html").rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in html}
    (folder / gone).unlink()
    assert build(book)[0] == 0
    assert {path: path.read_bytes() for path in html} == before


@pytest.mark.slow
def test_spoilt_caches_two_builds_at_once_and_no_home_leave_the_book_right(book):
    write_site(book)
    book.numbers.write_text("spoilt")
    for path in (book.folder / "_build").rglob("*"):
        if path.is_file() and "html" not in path.parts:
            path.write_bytes(b"\x00spoilt{")
    for running in [start(book), start(book)]:
        running.communicate(timeout=120)
    build_right(book, "spoilt")
    book.numbers.write_text("homeless")
    environment = {key: value for key, value in os.environ.items() if key != "HOME"}
    build_right(book, "homeless", env=environment)
    book.numbers.write_text("nowhere")
    build_right(book, "nowhere", env=environment | {"HOME": "/nonexistent"})


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named_and_stays_as_it_is(book):
    by = ()
    if os.geteuid() == 0:  # who may write anything, unless told not to
        if not (setpriv := shutil.which("setpriv")):
            pytest.skip("root writes into every folder")
        by = [setpriv, "--bounding-set=-dac_override", "--"]
    write_site(book)
    book.numbers.write_text("locked")
    paths = [book.folder, *book.folder.rglob("*")]
    before = {path: path.read_bytes() for path in paths if path.is_file()}
    try:
        for path in paths:
            path.chmod(path.stat().st_mode & ~0o222)
        status, log = build(book, by=by)
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
    assert status != 0
    assert f"Permission denied: '{book.folder / '_build'}" in log
    assert {path: path.read_bytes() for path in book.folder.rglob("*") if path.is_file()} == before
    build_right(book, "locked")
