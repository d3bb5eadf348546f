"""One answer written into the text of a `cohort.yml`; all else stays as it is, to the letter.

A library that writes the whole document anew (ruamel.yaml) keeps comments, but joins and indents
lines that a user has broken. So the parser only says where a value stands, and that part of the
text is replaced; the result is read again and has to say what was wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from cohortbook.cohort.draft_text import flow
from cohortbook.cohort.review import DOUBT

Place = Sequence[str]


class AmendError(ValueError):
    """The document is written in a way in which the answer cannot be put down."""

    def __init__(self) -> None:
        super().__init__("this answer cannot be written into cohort.yml: write it there by hand")


@dataclass(frozen=True)
class Doubt:
    """A line `# doubt:` with the key that it stands above, such as ``("variables", "age")``."""

    line: int
    text: str
    place: tuple[str, ...]


def read(text: str) -> dict[str, Any]:
    """Read a document as dicts, lists and texts; what cannot be read is empty."""
    try:
        document = yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError:
        return {}
    return document if isinstance(document, dict) else {}


def under(document: Any, place: Place) -> Any:
    """Give what stands at a place, or None."""
    for key in place:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def amend(text: str, place: Place, changes: Mapping[str, Any]) -> str:
    r"""Change keys of a mapping; a value of None takes the key out.

    Parameters
    ----------
    text : str
        The document.
    place : sequence of str
        The keys that lead to the mapping; none for the document itself.
    changes : mapping
        Texts, lists and mappings of texts, by key.

    Raises
    ------
    AmendError
        If that cannot be done without changing something else.

    Examples
    --------
    >>> text = "variables:\n  # my note\n  age: {kind: text,\n    unit: y}  # years\nlanguage: en\n"
    >>> print(amend(text, ["variables", "age"], {"kind": "number", "unit": None}), end="")
    variables:
      # my note
      age: {kind: number}  # years
    language: en
    """
    for key, value in changes.items():
        before = under(read(text), place)
        is_there = isinstance(before, dict) and key in before
        if value is None and not is_there:
            continue
        wanted = _wanted(read(text), place, key, value)
        if wanted != read(text):
            text = _spliced(text, place, key, value)
            if read(text) != wanted:
                raise AmendError
    return text


def add_item(text: str, key: str, value: Any) -> str:
    r"""Add an item to a list at the top of the document.

    Examples
    --------
    >>> print(add_item("rules:\n  - a  # one\n", "rules", {"b": "c"}), end="")
    rules:
      - a  # one
      - {b: c}
    """
    node = _find(text, [key])
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        return amend(text, [], {key: [*(under(read(text), [key]) or []), value]})
    wanted = read(text)
    wanted[key] = [*wanted[key], value]
    indent = " " * node.start_mark.column
    text = _after_line(text, _end(text, node), f"{indent}- {flow(value)}")
    if read(text) != wanted:
        raise AmendError
    return text


def doubts_in(text: str) -> list[Doubt]:
    r"""List the doubts of a document that stand.

    Examples
    --------
    >>> doubts_in("variables:\n  # doubt: a unit?\n  age: {kind: number}\n")
    [Doubt(line=2, text='a unit?', place=('variables', 'age'))]
    """
    places = list(_places(text))
    doubts = []
    for line, written in enumerate(text.splitlines(), 1):
        if match := DOUBT.match(written):
            place = next((place for at, place in places if at > line), ())
            doubts.append(Doubt(line, match[1], place))
    return doubts


def settle(text: str, doubts: Iterable[Doubt]) -> str:
    """Take the lines of doubts out."""
    lines = text.splitlines(keepends=True)
    gone = {doubt.line for doubt in doubts}
    return "".join(each for line, each in enumerate(lines, 1) if line not in gone)


def _wanted(document: dict[str, Any], place: Place, key: str, value: Any) -> dict[str, Any]:
    """Give what the document shall say."""
    inner: Any = document
    for each in place:
        if not isinstance(inner.get(each), dict):
            inner[each] = {}
        inner = inner[each]
    if value is None:
        del inner[key]
    else:
        inner[key] = value
    return document


def _root(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, yaml.BaseLoader)
    except yaml.YAMLError:
        raise AmendError from None


def _pair(node: Any, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((k, v) for k, v in node.value if k.value == key), None)


def _find(text: str, place: Place) -> yaml.Node | None:
    node = _root(text)
    for key in place:
        pair = _pair(node, key)
        node = pair[1] if pair else None
    return node


def _places(text: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Give the lines of the keys at the top and of those below these."""
    try:
        root = _root(text)
    except AmendError:
        return
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        yield key.start_mark.line + 1, (key.value,)
        if isinstance(value, yaml.MappingNode):
            yield from ((k.start_mark.line + 1, (key.value, k.value)) for k, _ in value.value)
        elif isinstance(value, yaml.SequenceNode):
            yield from ((item.start_mark.line + 1, (key.value,)) for item in value.value)


def _end(text: str, node: yaml.Node) -> int:
    """Give where a value ends; the parser's end of a block is beyond the comments that follow."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def _spliced(text: str, place: Place, key: str, value: Any) -> str:
    node = _find(text, place)
    pair = _pair(node, key)
    if pair and value is None:
        assert isinstance(node, yaml.MappingNode)
        return _without(text, node, pair)
    if pair:
        start, end = pair[1].start_mark.index, _end(text, pair[1])
        if start == end:  # nothing stands there
            start = end = text.index(":", pair[0].end_mark.index) + 1
        if value == "":
            return text[:start].rstrip(" ") + text[end:]
        return f"{text[:start]}{'' if text[start - 1] == ' ' else ' '}{flow(value)}{text[end:]}"
    entry = f"{flow(key)}: {flow(value)}"
    title = None if place or not isinstance(value, str) else _pair(node, "title")
    if title:  # a word about the whole stands at its top
        return _after_line(text, _end(text, title[1]), entry)
    return _with(text, node, place, entry)


def _with(text: str, node: yaml.Node | None, place: Place, entry: str) -> str:
    """Add a line `key: value` to a mapping, which may not be there yet."""
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        end = _end(text, node.value[-1][1]) if node.value else node.end_mark.index - 1
        return f"{text[:end]}{', ' if node.value else ''}{entry}{text[end:]}"
    if isinstance(node, yaml.MappingNode):
        indent = " " * node.start_mark.column
        return _after_line(text, _end(text, node), indent + entry)
    if not place or (node is None and len(place) > 1):
        raise AmendError
    if node is None:
        newline = _newline(text)
        return f"{text.rstrip()}{newline}{newline}{place[0]}:{newline}  {entry}{newline}"
    return _after_line(text, node.start_mark.index - 1, f"  {entry}")


def _without(text: str, node: yaml.MappingNode, pair: tuple[yaml.Node, yaml.Node]) -> str:
    """Take a key and its value out of a mapping."""
    at = node.value.index(pair)
    start, end = pair[0].start_mark.index, _end(text, pair[1])
    if node.flow_style:
        if at + 1 < len(node.value):
            return text[:start] + text[node.value[at + 1][0].start_mark.index :]
        before = _end(text, node.value[at - 1][1]) if at else start
        return text[:before] + text[end:]
    start = text.rfind("\n", 0, start) + 1
    rest = text.find("\n", max(end, pair[0].end_mark.index))
    return text[:start] + (text[rest + 1 :] if rest >= 0 else "")


def _after_line(text: str, at: int, line: str) -> str:
    """Add a line below that which holds a place."""
    newline, end = _newline(text), text.find("\n", at)
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"


def _newline(text: str) -> str:
    return "\r\n" if re.search("\r\n", text) else "\n"
