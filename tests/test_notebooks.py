"""Guards of what nbval cannot see: it compares nothing where a cell has not been executed."""

import ast
import json
import re
import sys
from pathlib import Path
from statistics import median

import pytest
import yaml

from smallstats.table import SOURCES

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_BADGES = "|".join(re.escape(label) for label, _ in SOURCES.values())
CAPTION = re.compile(rf".+\. \{{bdg-secondary-line\}}`({_BADGES})`", re.DOTALL)
#: What a notebook may import besides the standard library, and how much of ours.
LIBRARIES = {"jdm_utils", "matplotlib", "numpy", "pandas", "scipy", "seaborn", "statsmodels"}
MOST_NAMES = 15
#: Lines that are not blank: of a cell that a reader sees (and half of the cells have fewer than
#: the typical one), and of one that is hidden.
MOST_LINES, TYPICAL_LINES, MOST_HIDDEN = 10, 5, 20
#: What the words of a table are in a call; they belong into jdm_utils/words.yml.
WORDS = {"caption", "columns", "filters", "formats", "headings", "name", "notes", "source"}
BY_KEY = {"show", "look_up"}  # these take the key of their words
BY_LIBRARY = re.compile(r"By (numpy|pandas|scipy|statsmodels)")
UNSTABLE = re.compile(r"\b0x[0-9a-f]{6,}|/(?:home|root|tmp|Users)/\w|[A-Z]:\\\\Users")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def tags(cell):
    return cell["metadata"].get("tags", [])


def source_of(cell):
    return "".join(cell["source"])


def lines_of(cell):
    return sum(bool(line.strip()) for line in cell["source"])


def visible_cells(path):
    """Cells whose code is on the page, without the imports: `remove-cell` is the glue."""
    return [cell for cell in code_cells(path)[1:] if "remove-cell" not in tags(cell)]


def imports_in(cell):
    kinds = ast.Import | ast.ImportFrom
    return [node for node in ast.walk(ast.parse(source_of(cell))) if isinstance(node, kinds)]


def ours_in(path):
    """Names that a notebook has from jdm_utils, as it calls them."""
    statements = [
        node
        for node in imports_in(code_cells(path)[0])
        if isinstance(node, ast.ImportFrom) and node.module == "jdm_utils"
    ]
    return [alias.asname or alias.name for node in statements for alias in node.names]


def calls_of_tables(cell):
    """Calls that make a table: `show`, and the functions whose name begins so."""
    for node in ast.walk(ast.parse(source_of(cell))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name.startswith("show") or name in {"table_of", *BY_KEY}:
                yield name, node


def names_in(node):
    return [alias.name for alias in node.names]


def strings_in(nodes):
    return [node for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr)]


def compared_in(row):
    """Pairs of the numbers in a row by a library and by this book: one pair, or one a quantity."""
    theirs = {h.replace(BY_LIBRARY.search(h)[0], ""): t for h, t in row if BY_LIBRARY.search(h)}
    ours = {h.replace("By this book", ""): t for h, t in row if "By this book" in h}
    pairs = [(theirs.get(what, ""), text) for what, text in ours.items()]
    return pairs if theirs and all(re.search(r"\d", text) for _, text in pairs) else []


def rows_of(cell):
    """Yield each row of a cell's table as (heading, text) pairs; its parts are plain HTML."""
    for output in cell["outputs"]:
        html = "".join(output.get("data", {}).get("text/html", ""))
        headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)
        for row in re.findall(r'<tr>(<th scope="row".*?)</tr>', html, re.DOTALL):
            texts = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            yield list(zip(headings, texts, strict=True))


def outputs(path):
    return [output for cell in code_cells(path) for output in cell["outputs"]]


def files_of(toc):
    if isinstance(toc, list):
        return [file for part in toc for file in files_of(part)]
    if isinstance(toc, dict):
        return [file for value in toc.values() for file in files_of(value)]
    return [toc]


def test_the_book_has_every_notebook():
    toc = files_of(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    assert NOTEBOOKS
    assert {f"notebooks/{path.stem}" for path in NOTEBOOKS} <= set(toc)


def test_every_entry_of_the_dictionary_is_a_table_of_its_chapter():
    sections = yaml.safe_load((ROOT / "jdm_utils" / "words.yml").read_text(encoding="utf-8"))
    entries = {(chapter, key) for chapter, keys in sections.items() for key in keys}
    shown = {
        (path.stem, call.args[1].value)
        for path in NOTEBOOKS
        for cell in code_cells(path)
        for name, call in calls_of_tables(cell)
        if name in BY_KEY
    }
    unused = {entry for entry in entries - shown if entry[0] != "shared"}
    assert unused == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_every_code_cell_was_executed_in_order(self, path):
        counts = [cell["execution_count"] for cell in code_cells(path)]
        assert counts == list(range(1, len(counts) + 1))
        assert all("".join(cell["source"]).strip() for cell in code_cells(path))

    def test_defines_nothing(self, path):
        for cell in code_cells(path):
            source = re.sub(r"^\s*[!%].*$", "", "".join(cell["source"]), flags=re.MULTILINE)
            kinds = {type(node) for node in ast.walk(ast.parse(source))}
            assert kinds.isdisjoint({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}), source

    def test_imports_ours_in_one_statement_and_the_libraries_that_a_reader_knows(self, path):
        first, *rest = code_cells(path)
        assert tags(first) == ["hide-input"]
        assert not any(imports_in(cell) for cell in rest)
        modules = [
            name
            for node in imports_in(first)
            for name in ([node.module] if isinstance(node, ast.ImportFrom) else names_in(node))
        ]
        assert modules.count("jdm_utils") == 1
        assert {name.split(".")[0] for name in modules} <= LIBRARIES | sys.stdlib_module_names
        assert not [name for name in modules if name.startswith("jdm_utils.")]
        assert len(ours_in(path)) <= MOST_NAMES

    def test_shows_short_cells(self, path):
        visible = visible_cells(path)
        assert all(set(tags(cell)) <= {"library", "raises-exception"} for cell in visible)
        long = {cell["id"]: lines_of(cell) for cell in visible if lines_of(cell) > MOST_LINES}
        assert long == {}
        assert median(map(lines_of, visible)) <= TYPICAL_LINES

    def test_hides_only_little_at_a_time(self, path):
        hidden = [cell for cell in code_cells(path) if "remove-cell" in tags(cell)]
        assert hidden
        assert {c["id"]: lines_of(c) for c in hidden if lines_of(c) > MOST_HIDDEN} == {}

    def test_takes_the_words_of_tables_from_the_dictionary(self, path):
        for cell in visible_cells(path):
            for name, call in calls_of_tables(cell):
                typed = {word.arg for word in call.keywords} & WORDS
                typed |= {"caption"} if name not in BY_KEY and strings_in(call.args) else set()
                assert name != "table_of" and not typed, source_of(cell)

    def test_a_library_alone_gives_the_same(self, path):
        cells = [cell for cell in code_cells(path) if "library" in tags(cell)]
        assert cells
        for cell in cells:
            names = {n.id for n in ast.walk(ast.parse(source_of(cell))) if isinstance(n, ast.Name)}
            assert names & {*ours_in(path)} <= {"show", "labels_of", "words"}, source_of(cell)
            rows = list(rows_of(cell))
            assert rows, source_of(cell)
            for row in rows:
                assert compared_in(row), row
                assert all(theirs == ours for theirs, ours in compared_in(row)), row

    def test_every_figure_is_captioned_and_spoken_of(self, path):
        text = "".join("".join(cell["source"]) for cell in read(path)["cells"])
        for cell in code_cells(path):
            for output in cell["outputs"]:
                if "image/svg+xml" in output.get("data", {}):
                    figure = cell["metadata"]["mystnb"]["figure"]
                    assert CAPTION.fullmatch(figure["caption"]), figure["caption"]
                    assert f"{{numref}}`{figure['name']}`" in text
                    assert "".join(output["data"]["text/plain"]).endswith(".")

    def test_every_table_says_where_it_comes_from(self, path):
        for output in outputs(path):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if 'class="jdm-table"' in html and "Where a result comes from" not in html:
                assert 'class="jdm-source"' in html, html[-500:]

    def test_shows_no_error_and_no_warning(self, path):
        raising = [cell for cell in code_cells(path) if "raises-exception" in tags(cell)]
        allowed = [output for cell in raising for output in cell["outputs"]]
        for output in outputs(path):
            assert output.get("name") != "stderr"
            assert output["output_type"] != "error" or output in allowed

    def test_has_what_the_next_run_will_have(self, path):
        content = read(path)
        names = [cell["id"] for cell in content["cells"]]
        assert len(set(names)) == len(names)
        assert "version" not in content["metadata"]["language_info"]
        assert not any("execution" in cell["metadata"] for cell in content["cells"])
        for output in outputs(path):
            data = {**output.get("data", {}), "text": output.get("text", "")}
            shown = json.dumps({kind: text for kind, text in data.items() if "image/" not in kind})
            assert not UNSTABLE.search(shown), shown[:500]
