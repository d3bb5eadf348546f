"""What prose quotes: each key is glued, and its number can stand where it is quoted."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
PAGES = (*NOTEBOOKS, "index.md", "pages/pt.md")
QUOTE = re.compile(r"\{glue:text\}`(?:(?:\.\./)?(?:notebooks/)?(\w+\.ipynb)::)?(\w+)(?::\w+)?`")
COUNT = re.compile(r"[\d,]+(\.\d+)?%?")
P_VALUE = re.compile(r"(<\s?)?0?[.,]\d+|1\.0|>\s?0\.99")


@cache
def cells_of(name: str) -> list[dict]:
    return json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))["cells"]


@cache
def glued(name: str) -> dict[str, str]:
    """Give the text that each key of a notebook has."""
    outputs = [output for cell in cells_of(name) for output in cell.get("outputs", ())]
    outputs = [output for output in outputs if "scrapbook" in output.get("metadata", {})]
    texts = ["".join(next(iter(output["data"].values()))).strip("'\"") for output in outputs]
    keys = [output["metadata"]["scrapbook"]["name"] for output in outputs]
    return dict(zip(keys, texts, strict=True))


def text_of(page: str) -> str:
    if page not in NOTEBOOKS:
        return (ROOT / page).read_text(encoding="utf-8")
    words = ["".join(c["source"]) for c in cells_of(page) if c["cell_type"] == "markdown"]
    return "\n\n".join(words)


def unknown(page: str, text: str) -> list[str]:
    return [m[0] for m in QUOTE.finditer(text) if m[2] not in glued(m[1] or page)]


def misplaced(page: str, text: str) -> Iterator[str]:
    """Give parts that are more than their whole, ranges upside down, and p values that are not."""
    line = " ".join(QUOTE.sub(lambda m: f"⟦{glued(m[1] or page)[m[2]]}⟧", text).split())
    for match in re.finditer(r"⟦([^⟧]+)⟧ (of|to|in|de|a) ((all|the|os|as) )?⟦([^⟧]+)⟧", line):
        if COUNT.fullmatch(match[1]) and COUNT.fullmatch(match[5]):
            low, high = (float(match[i].replace(",", "").rstrip("%")) for i in (1, 5))
            if low > high:
                yield match[0]
    for match in re.finditer(r"\bp (=|of|is|was) ⟦([^⟧]+)⟧", line):
        if not P_VALUE.match(match[2]):
            yield match[0]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_quoted_is_glued_and_can_stand_there(page):
    text = text_of(page)
    assert QUOTE.search(text)
    assert unknown(page, text) == []
    assert list(misplaced(page, text)) == []


def test_the_guard_sees_an_unknown_key_and_two_that_are_swapped():
    page, quote = "07_table4.ipynb", "{{glue:text}}`{}`".format
    assert unknown(page, quote("n_none")) == [quote("n_none")]
    right = f"{quote('n_habit')} of the {quote('n_numbers')} numbers"
    swapped = f"{quote('n_rounded')} of {quote('n_cut')}, {quote('n_numbers')} of {quote('n_cut')}"
    assert list(misplaced(page, right)) == []
    assert list(misplaced(page, swapped)) != []
    assert list(misplaced(page, f"p = {quote('n_all')}")) == ["p = ⟦54⟧"]
