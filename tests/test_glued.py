"""What prose quotes: each key is glued, and its number can stand where it is quoted."""

import re
from collections.abc import Iterator

import pytest

from tools.write_sentences import PAGES, QUOTE, SENTENCES, all_sentences, glued, sentences, text_of

COUNT = re.compile(r"[\d,]+(\.\d+)?%?")
P_VALUE = re.compile(r"(<\s?)?0?[.,]\d+|1\.0|>\s?0\.99")


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
    # Two keys of the same value, too.
    assert glued(page)["n_habit"] == glued(page)["n_numbers"]
    changed = f"{quote('n_numbers')} of the {quote('n_habit')} numbers"
    assert sentences(page, changed) != sentences(page, right)


def test_each_sentence_with_its_numbers_is_as_it_was_last_read():
    """Who changed one on purpose runs ``python -m tools.write_sentences``, and reads the lines."""
    assert all_sentences() == SENTENCES.read_text(encoding="utf-8")
