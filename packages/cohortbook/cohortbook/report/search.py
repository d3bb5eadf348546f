"""What the search of a book knows: its words, and the text of each section, to show and to rank.

A page that is opened as a file cannot read others, so what is shown of them is one script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from docutils import nodes
from sphinx.search.en import SearchEnglish

#: A number with its decimals is one word, and so are words joined by hyphens: 0.31, E-value.
WORD = r"\d+(?:[.,]\d+)+|\w+(?:-\w+)*"
TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^<]+?>", re.DOTALL)


class Words(SearchEnglish):
    """English, in which E-value and 0.31 are words.

    Examples
    --------
    >>> Words({}).split("An E-value; p=0.31 of 23")
    ['An', 'E-value', 'E', 'value', 'p', '0.31', 'of', '23']
    >>> [Words({}).stem(word) for word in ("E-value", "values", "0.31")]
    ['e-value', 'valu', '0.31']
    """

    # What is joined by hyphens is asked for as a whole where a page has it so, else in its parts.
    js_splitter_code = (
        r"var splitQuery = (query) => (query.match(/"
        + WORD.replace(r"\w", r"[\p{Letter}\p{Number}_]")
        + r"""/gu) ?? []).flatMap((word) => {
  const { terms, titleterms } = Search._index;
  const known = [terms, titleterms].some((index) => Object.hasOwn(index, word.toLowerCase()));
  return known ? [word] : word.split("-");
});"""
    )
    js_stemmer_code = SearchEnglish.js_stemmer_code + (
        "\n{ const stemmer = new Stemmer(); Stemmer = function () { this.stemWord = (word) =>"
        " /^\\p{Letter}+$/u.test(word) ? stemmer.stemWord(word) : word; }; }"
    )

    def split(self, input: str) -> list[str]:
        """Split a text into words, and words with hyphens into their parts as well."""
        words = []
        for word in re.findall(WORD, input):
            parts = word.split("-")
            words += [word, *(parts if len(parts) > 1 else [])]
        return words

    def stem(self, word: str) -> str:
        """Cut a word's ending, but leave numbers and words with hyphens as they are."""
        return super().stem(word) if word.isalpha() else word.lower()


def sections_of(tree: nodes.document) -> list[tuple[str, str, str]]:
    """List a page's sections: the anchor (none of the first), the title and the text of each."""
    sections: list[tuple[str, str, str]] = []
    for section in tree.findall(nodes.section):
        title = next((c.astext() for c in section if isinstance(c, nodes.title)), "")
        anchor = section["ids"][0] if sections and section["ids"] else ""
        text = " ".join(" ".join(_texts(section)).split())
        sections.append((anchor, title, text))
    return sections


def _texts(node: nodes.Element) -> Iterator[str]:
    """Yield the texts below a node, without its title, its sections and the code of cells."""
    for child in node.children:
        if isinstance(child, nodes.raw):
            if "html" in child["format"]:
                yield unescape(TAGS.sub(" ", child.astext()))
        elif isinstance(child, nodes.paragraph | nodes.term | nodes.literal_block | nodes.caption):
            yield child.astext()
        elif (
            isinstance(child, nodes.Element)
            and not isinstance(child, nodes.section | nodes.title | nodes.comment)
            and "cell_input" not in child.get("classes", ())
        ):
            yield from _texts(child)


def text_script(pages: Mapping[str, Sequence[tuple[str, str, str]]]) -> str:
    """Write the texts of all pages as a script.

    Examples
    --------
    >>> text_script({"a": [("", "A", "Text.")]})
    'const BOOK_TEXT = {"a":[["","A","Text."]]};'
    """
    text = json.dumps(pages, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"const BOOK_TEXT = {text};"
