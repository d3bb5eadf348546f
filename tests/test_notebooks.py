"""Guards of what nbval cannot see: it compares nothing where a cell has not been executed."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from smallstats.table import SOURCES

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_BADGES = "|".join(re.escape(label) for label, _ in SOURCES.values())
CAPTION = re.compile(rf".+\. \{{bdg-secondary-line\}}`({_BADGES})`", re.DOTALL)
UNSTABLE = re.compile(r"\b0x[0-9a-f]{6,}|/(?:home|root|tmp|Users)/\w|[A-Z]:\\\\Users")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


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


def tags(cell):
    return cell["metadata"].get("tags", [])
