"""The code of modules as pages of a book, where each function and class can be linked to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

LINK = re.compile(r'href="(?:\.\./)*code/([\w/]+)\.html#')


def modules_linked(html: str) -> set[str]:
    """Name the modules whose code a page links to.

    Examples
    --------
    >>> modules_linked('<a href="../code/os/path.html#join">')
    {'os.path'}
    """
    return {path.replace("/", ".") for path in LINK.findall(html)}


def code_page(name: str, app: Sphinx) -> tuple[str, dict[str, Any], str]:
    """Make the page of a module: its address, what it shows, and the template.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"a page links to the code of {name}, which is not installed")
    code = Path(spec.origin).read_text(encoding="utf-8")
    html = app.builder.highlighter.highlight_block(code, "python")  # type: ignore[attr-defined]
    start, _, rest = html.partition("<pre>")
    lines = rest.split("\n")
    for anchor, line in dict(reversed([*places(ast.parse(code))])).items():
        lines[line - 1] = f'<span class="code-place" id="{escape(anchor)}">{lines[line - 1]}</span>'
    body = f"<h1>{escape(name)}</h1>\n{start}<pre>" + "\n".join(lines)
    return (
        f"code/{name.replace('.', '/')}",
        {"title": name, "pagetitle": name, "body": body},
        "page.html",
    )


def places(tree: ast.AST, outer: str = "") -> Iterator[tuple[str, int]]:
    r"""Yield the qualified name of each class and function, and the line where it begins.

    Examples
    --------
    >>> list(places(ast.parse("class A:\n    def b(self): pass")))
    [('A', 1), ('A.b', 2)]
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{outer}{node.name}", node.lineno
            yield from places(node, f"{outer}{node.name}.")
