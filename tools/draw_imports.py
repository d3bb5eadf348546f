"""Write pages/architecture.svg: the four packages as rooms, and what imports what.

Run as ``python tools/draw_imports.py``. The numbers are counted from the source: modules of each
package, and modules of one package that import another. A test checks whether the picture is what
the imports give today.
"""

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "pages" / "architecture.svg"
#: Each package, where it is, and what it is for, in the order in which they may be imported.
PACKAGES = {
    "smallstats": (ROOT / "packages/smallstats/smallstats", "statistics for 20 to 300 patients"),
    "paperaudit": (ROOT / "packages/paperaudit/paperaudit", "printed numbers against each other"),
    "cohortbook": (ROOT / "packages/cohortbook/cohortbook", "from a spreadsheet to a book"),
    "jdm_utils": (ROOT / "jdm_utils", "this study: printed beside computed"),
}
#: What each package may import of ours.
ALLOWED = {
    "smallstats": frozenset[str](),
    "paperaudit": frozenset({"smallstats"}),
    "cohortbook": frozenset({"smallstats"}),
    "jdm_utils": frozenset({"smallstats", "paperaudit", "cohortbook"}),
}
WIDTH, HEIGHT = 240, 76  # of a room
PLACES = {  # the middle of each room
    "jdm_utils": (380, 60), "paperaudit": (140, 220), "cohortbook": (620, 220),
    "smallstats": (380, 380),
}  # fmt: skip


def modules(package: str) -> list[Path]:
    """List the modules of a package, without its tests."""
    return sorted(PACKAGES[package][0].rglob("*.py"))


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Give the dotted names that nodes import: modules, and what is taken from modules."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported(module: Path) -> Iterator[str]:
    """Give the packages of ours that a module imports, wherever in the module it does so.

    Counted too are names in strings that are looked up when they are first asked for: a package
    may list its public names by their module, as ``jdm_utils`` does.
    """
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    yield from (name.split(".")[0] for name in imported_names(nodes))
    for node in nodes:
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            yield from (key.split(".")[0] for key in keys if isinstance(key, str))


def count_imports() -> dict[tuple[str, str], int]:
    """Count the modules of each package that import each other package."""
    counts: Counter[tuple[str, str]] = Counter()
    for package in PACKAGES:
        for module in modules(package):
            others = {name for name in imported(module) if name in PACKAGES and name != package}
            counts.update((package, other) for other in others)
    return dict(sorted(counts.items()))


def is_docstring(node: ast.AST) -> bool:
    """Whether a node is a string that stands by itself."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def lines_of_code(module: Path) -> int:
    """Count the lines that hold code: not docstrings, comments or blank lines."""
    text = module.read_text(encoding="utf-8")
    nothing = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENDMARKER,
    }  # fmt: skip
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if is_docstring(node):
            lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def edge(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the middle of one room to that of another leaves the first."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = min(
        WIDTH / 2 / abs(dx) if dx else float("inf"), HEIGHT / 2 / abs(dy) if dy else float("inf")
    )
    return start[0] + dx * share, start[1] + dy * share


def arrow(start: str, end: str, count: int) -> str:
    """Draw an arrow between two rooms, with the number of modules that import."""
    x1, y1 = edge(PLACES[start], PLACES[end])
    x2, y2 = edge(PLACES[end], PLACES[start])
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    wrong = "" if end in ALLOWED[start] else ' class="wrong"'
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"{wrong} marker-end="url(#tip)"/>\n'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="15"/>'
        f'<text x="{x:.1f}" y="{y + 5:.1f}">{count}</text>'
    )


def room(package: str) -> str:
    """Draw a package: its name, what it is for, and its size."""
    x, y = PLACES[package]
    files = modules(package)
    lines = round(sum(map(lines_of_code, files)), -2)
    size = f"{len(files)} modules, about {lines:,} lines of code"
    return (
        f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" '
        f'rx="8"/>\n<text x="{x}" y="{y - 12}" class="name">{package}</text>'
        f'<text x="{x}" y="{y + 8}" class="small">{escape(PACKAGES[package][1])}</text>'
        f'<text x="{x}" y="{y + 26}" class="small">{size}</text>'
    )


def draw() -> str:
    """Return the picture."""
    counts = count_imports()
    told = "; ".join(f"{a} imports {b} in {n} modules" for (a, b), n in counts.items())
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 440" role="img" '
        'aria-labelledby="title desc">',
        f'<title id="title">What imports what</title><desc id="desc">{told}.</desc>',
        "<style>text{font:14px system-ui,sans-serif;text-anchor:middle;fill:#1c1c1c}"
        ".name{font-weight:600}.small{font-size:12px}rect{fill:#f3f6fa;stroke:#33506e}"
        "path{stroke:#33506e;stroke-width:1.5;fill:none}#tip path{fill:#33506e;stroke:none}"
        ".wrong{stroke:#b00020;stroke-dasharray:6 4}circle{fill:#fff;stroke:#33506e}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>',
        '<rect x="0" y="0" width="760" height="440" style="fill:#fff;stroke:none"/>',
        *(arrow(start, end, count) for (start, end), count in counts.items()),
        *map(room, PACKAGES),
        "</svg>\n",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8", newline="\n")
