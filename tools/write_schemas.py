"""JSON Schemas of `cohort.yml` and of a ledger: ``python -m tools.write_schemas`` writes them.

An editor completes and checks a file by them. They say less than the project's own checks, which
also know how the parts of a file bear on one another.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from inspect import getdoc
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from cohortbook.cohort.spec import (
    KINDS,
    LANGUAGES,
    LIMITS,
    METHODS,
    ONE_ROW,
    STYLES,
    Spec,
)
from jdm_utils.study import LEDGER
from paperaudit.claims import COLUMNS, LOCATION, OPTIONAL, REQUIRED, VOCABULARIES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = LEDGER.parents[1] / "schemas"
TEXT: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
#: Keys that take one of a few words.
CHOICES = {
    ("Variable", "kind"): KINDS,
    ("Data", "decimal"): (".", ",", "both"),
    ("Variable", "limits"): LIMITS,
    ("Variable", "row"): ONE_ROW,
    ("Spec", "one_row"): ONE_ROW,
}
CHOICES |= {("Spec", "language"): LANGUAGES, ("Analysis", "method"): METHODS}
CHOICES |= {("Style", key): words for key, words in STYLES.items()}


def cohort_schema() -> dict[str, Any]:
    """Return the JSON Schema of `cohort.yml`, made from the classes that read it.

    Examples
    --------
    >>> sorted(cohort_schema()["required"])
    ['data', 'variables']
    """
    return {"$schema": DRAFT, "title": "cohort.yml", **_schema(Spec)}


def ledger_schema() -> dict[str, Any]:
    """Return the JSON Schema of one row of a ledger, all cells being texts.

    What is derived where it is empty may be.

    Examples
    --------
    >>> ledger_schema()["properties"]["role"]["enum"]
    ['built_in', 'predicted', 'cited', 'design', '']
    """
    columns = (*COLUMNS, *OPTIONAL)
    cells: dict[str, dict[str, Any]] = {column: {"type": "string"} for column in columns}
    for column in ("item", "printed"):
        cells[column]["minLength"] = 1
    for column, words in VOCABULARIES.items():
        cells[column]["enum"] = [*words, *([] if column in REQUIRED else [""])]
    cells["location"]["pattern"] = f"^({LOCATION.pattern})?$"
    cells["decimals"]["pattern"] = "^(-?[0-9]+)?$"
    cells["denominator"]["pattern"] = "^([1-9][0-9]*)?$"
    return {
        "$schema": DRAFT, "title": "A row of a ledger", "type": "object", "properties": cells,
        "required": list(REQUIRED), "additionalProperties": False,
    }  # fmt: skip


def _schema(kind: Any) -> dict[str, Any]:
    """Return the schema of a class or type, as `cohortbook.cohort.document` reads it."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _schema(parts[0])
    if is_dataclass(kind):
        return _record(kind)
    if origin is dict:
        values = {"type": "object", "additionalProperties": _schema(parts[1])}
        return {"anyOf": [values, {"type": "array", "items": TEXT}]}
    if origin is tuple:
        items = _schema(parts[0])
        listed = {"type": "array", "items": items}
        return {"anyOf": [TEXT, listed]} if parts[0] is str else listed
    return {"enum": [True, False, "yes", "no", "true", "false"]} if kind is bool else TEXT


def _record(kind: Any) -> dict[str, Any]:
    hints, keys, required = get_type_hints(kind), {}, []
    for field in fields(kind):
        if "computed" in field.metadata:
            continue
        key = field.name.rstrip("_")
        words = CHOICES.get((kind.__name__, key))
        keys[key] = {"enum": list(words)} if words else _schema(hints[field.name])
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(key)
    told = (getdoc(kind) or "").partition("\n\n")[0].replace("`", "").replace("\n", " ")
    found = {"description": told, "type": "object", "properties": keys}
    return found | {"required": required, "additionalProperties": False}


def write_schemas(folder: Path = FOLDER) -> None:
    """Write both schemas."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in (("cohort", cohort_schema()), ("ledger", ledger_schema())):
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
