"""The sentences that quote computed numbers: ``python -m tools.write_sentences`` writes them down.

``tests/sentences.txt`` has each sentence of the book's prose with the keys and the values that it
quotes, as somebody last read it. A key that is swapped for another, in the prose or in the code,
changes a line, and so does a number; who writes the file again reads what changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SENTENCES = ROOT / "tests" / "sentences.txt"
NOTEBOOKS = [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
PAGES = (*NOTEBOOKS, "index.md", "pages/pt.md")
QUOTE = re.compile(r"\{glue:text\}`(?:(?:\.\./)?(?:notebooks/)?(\w+\.ipynb)::)?(\w+)(?::\w+)?`")
#: Where a paragraph, an item of a list or a row of a table ends.
END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.)\s)")


@cache
def cells_of(name: str) -> list[dict[str, Any]]:
    """Return the cells of a notebook."""
    cells: list[dict[str, Any]] = json.loads((ROOT / "notebooks" / name).read_text("utf-8"))[
        "cells"
    ]
    return cells


def keyed(outputs: Iterable[Any]) -> list[tuple[str, Any]]:
    """Return the outputs that are glued numbers, each after its key."""
    glued = [output for output in outputs if "scrapbook" in output.get("metadata", {})]
    return [(output["metadata"]["scrapbook"]["name"], output) for output in glued]


@cache
def glued(name: str) -> dict[str, str]:
    """Give the text that each key of a notebook has."""
    outputs = [output for cell in cells_of(name) for output in cell.get("outputs", ())]
    texts = {key: "".join(next(iter(output["data"].values()))) for key, output in keyed(outputs)}
    return {key: text.strip("'\"") for key, text in texts.items()}


def text_of(page: str) -> str:
    """Return the prose of a page."""
    if page not in NOTEBOOKS:
        return (ROOT / page).read_text(encoding="utf-8")
    words = ["".join(c["source"]) for c in cells_of(page) if c["cell_type"] == "markdown"]
    return "\n\n".join(words)


def sentences(page: str, text: str) -> list[str]:
    """Return the sentences that quote a number, each number with its key."""
    parts = [" ".join(part.split()) for part in END.split(text)]
    quoting = [s for part in parts for s in re.split(r"(?<=[.?!])\s", part) if QUOTE.search(s)]
    return [QUOTE.sub(lambda m: f"⟦{m[2]}: {glued(m[1] or page)[m[2]]}⟧", s) for s in quoting]


def all_sentences() -> str:
    """Return what ``tests/sentences.txt`` has to hold."""
    pages = [f"# {page}\n" + "\n".join(sentences(page, text_of(page))) for page in PAGES]
    return "\n\n".join(pages) + "\n"


if __name__ == "__main__":
    SENTENCES.write_text(all_sentences(), encoding="utf-8")
