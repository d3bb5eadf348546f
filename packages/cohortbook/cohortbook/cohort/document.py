"""A YAML document read into dataclasses, which are its grammar.

Every value is read as the text that was written (``no`` is not False, ``0012`` is not 10), and made
a flag only where the dataclass asks for one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from cohortbook.cohort.problems import Log, quote

LARGEST = 1_000_000
"""A longer document (bytes) is not read."""

DEEPEST = 20
"""A document with deeper nesting is not read: a compiled parser would crash on it."""

MOST_PLACES = 100_000
"""A document with more places is not read: aliases of aliases multiply."""

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_hints: Any = cache(get_type_hints)


class Document:
    """A YAML file as dicts, lists and texts, and the log of what is wrong with it.

    Places are written as in ``variables.female.levels[2]``. What stands in the list called `secret`
    is never shown.
    """

    def __init__(self, path: Path, *, secret: str) -> None:
        self.log = Log(path.name)
        self._secret = re.compile(rf"{secret}(\[\d+\])?")
        self._lines = {"": 1}
        node = self._compose(path)
        self._data = {} if node is None else self._plain(node, "")

    def fail(
        self, place: str, value: str, problem: str, allowed: str = "", *, line: int = 0
    ) -> None:
        """Note what is wrong at a place."""
        parent = place
        while parent not in self._lines:
            parent = parent[: max(parent.rfind("."), parent.rfind("["), 0)]
        if secret := self._secret.match(place):
            place, value = secret[0], ""
        self.log.problem([line or self._lines[parent]], place, value, problem, allowed)

    def has(self, place: str) -> bool:
        """Check whether something stands at a place."""
        return place in self._lines

    def read(self, kind: Any) -> Any:
        """Make a dataclass of the document, noting unknown keys and wrong types."""
        return self._read(kind, self._data, "") or _nothing(kind)

    def _compose(self, path: Path) -> yaml.Node | None:
        text, stop = "", self.log.stop
        try:
            raw = path.read_bytes()
            if len(raw) > LARGEST:
                raise stop(None, "too large", f"{LARGEST:,} bytes")
            text = raw.decode("utf-8-sig")
            depth = 0
            event: Any
            for event in yaml.parse(text, _LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    raise stop(event.start_mark.line + 1, "nested too deeply", f"{DEEPEST} levels")
            return yaml.compose(text, _LOADER)
        except OSError as error:
            raise stop(None, f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise stop(line, "not text in UTF-8", "a file saved as UTF-8") from None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line if error.problem_mark else 0
            if "\t" in "".join(text.split("\n")[line : line + 1]):
                raise stop(line + 1, "a tab, where YAML needs spaces", "spaces") from None
            raise stop(line + 1, f"not YAML: {error.problem}") from None
        except yaml.YAMLError:
            raise stop(None, "not YAML: it holds control characters") from None

    def _plain(self, node: yaml.Node, place: str) -> Any:
        """Give dicts, lists and texts, and remember the line of each place."""
        self._lines[place] = node.start_mark.line + 1
        if len(self._lines) > MOST_PLACES or len(re.findall(r"[.\[]", place)) > 2 * DEEPEST:
            raise self.log.stop(None, "too long, or aliases that multiply")
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, f"{place}[{i}]") for i, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return node.value
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            line, inner = key.start_mark.line + 1, _join(place, key.value)
            if not isinstance(key, yaml.ScalarNode):
                self.fail(place, "", "a key that is not text", "key: value", line=line)
            elif key.value in mapping:
                self.fail(inner, key.value, "duplicate key", "each key once", line=line)
            else:
                mapping[key.value] = self._plain(value, inner)
        return mapping

    def _read(self, kind: Any, value: Any, place: str) -> Any:
        """Make what `kind` says of a value; when that cannot be done, note it and give None."""
        origin, parts, wanted = get_origin(kind), get_args(kind), "key: value"
        if origin is UnionType:
            return self._read(parts[0], value, place)
        if is_dataclass(kind):
            if isinstance(value, dict):
                return self._record(kind, value, place)
        elif origin is dict:
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                value = {item: item for item in value}  # [a, b] is {a: a, b: b}
            if isinstance(value, dict):
                inner = {key: self._read(parts[1], value[key], _join(place, key)) for key in value}
                return {key: made for key, made in inner.items() if made is not None}
        elif origin is tuple:
            wanted = "a list"
            if isinstance(value, str) and parts[0] is str:
                return (value,)
            if isinstance(value, list):
                made = [self._read(parts[0], v, f"{place}[{i}]") for i, v in enumerate(value)]
                return tuple(item for item in made if item is not None)
        elif isinstance(value, str) and (kind is str or value.casefold() in _FLAGS):
            return value if kind is str else _FLAGS[value.casefold()]
        else:
            wanted = "one text" if kind is str else "true or false"
        text = value if isinstance(value, str) else ""
        self.fail(place, text, "wrong type", wanted)
        return None

    def _record(self, kind: Any, value: dict[str, Any], place: str) -> Any:
        """Make a dataclass: `from_` is the key from, a field marked `computed` is not a key."""
        keys = {f.name.rstrip("_"): f for f in fields(kind) if "computed" not in f.metadata}
        made = {}
        for key in value:
            if key not in keys:
                self.fail(_join(place, key), key, "unknown key", suggest(key, keys))
        for key, field in keys.items():
            hint, content = _hints(kind)[field.name], None
            if key in value:
                content = self._read(hint, value[key], _join(place, key))
            elif _required(field):
                self.fail(place, "", f"{key} is missing")
            if content is not None or _required(field):
                made[field.name] = _nothing(hint) if content is None else content
        return kind(**made)


def _join(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else f"{key}"


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _nothing(kind: Any) -> Any:
    """Give an empty thing of a kind, to read on with."""
    if not is_dataclass(kind):
        return (get_origin(kind) or kind)()
    needed = [field.name for field in fields(kind) if _required(field)]
    make: Any = kind
    return make(**{name: _nothing(_hints(kind)[name]) for name in needed})


def suggest(word: str, options: Iterable[str]) -> str:
    """Return what is allowed, and which of it is nearest to what was written.

    Examples
    --------
    >>> suggest("lable", ["kind", "label"])
    "kind, label; did you mean 'label'?"
    """
    options = [option for option in options if option]
    listed = ", ".join(options[:20]) + (", …" if len(options) > 20 else "")
    near = difflib.get_close_matches(word, options, n=1)
    return listed + (f"; did you mean {quote(near[0])}?" if near else "")
