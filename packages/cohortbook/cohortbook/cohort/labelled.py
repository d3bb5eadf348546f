"""Files of Stata, SPSS and SAS: codes with their labels, and missing values of several kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cohortbook.cohort.grid import EXACT, Raw, as_text
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.problems import Log, list_rows
from cohortbook.cohort.spec import Data
from cohortbook.cohort.vocabulary import simplify

KINDS = (".dta", ".sav", ".zsav", ".por", ".sas7bdat", ".xpt")
"""Files that carry labels of their variables."""

_MOST_UNLABELLED = 2
"""A scale of which more values than this carry no label keeps its numbers."""


def read_labelled(path: Path, data: Data, log: Log) -> Raw:
    """Read a file of Stata, SPSS or SAS; labels stand in place of codes.

    A scale of which only the ends are labelled keeps its numbers. A missing value is blank,
    whatever kind of missing it is; `remarks` counts the kinds.

    Parameters
    ----------
    path, data, log
        As for `read_text`; of `data` the encoding.

    Returns
    -------
    Raw

    Raises
    ------
    CohortError
        If it is not such a file.
    """
    import pyreadstat

    kind = path.suffix.casefold()
    path.open("rb").close()  # says why, if it cannot be opened
    encoding = None if data.encoding == Data.encoding else data.encoding
    options: dict[str, Any] = {"encoding": encoding, "output_format": "dict"}
    if kind not in (".xpt", ".por"):
        options["user_missing"] = True
    if kind in (".xpt", ".sas7bdat"):  # numbers of days: the reader knows fewer formats of them
        from pandas.io.sas.sas_constants import (  # type: ignore[import-not-found]
            sas_date_formats,
            sas_datetime_formats,
        )

        options["extra_date_formats"] = list(sas_date_formats)
        options["extra_datetime_formats"] = [*set(sas_datetime_formats) - {"TOD"}]
    try:
        columns, meta = _reader(pyreadstat, kind)(path, **options)
    except pyreadstat.ReadstatError as error:
        raise log.stop(None, f"cannot be read: {error}", "data: encoding: cp1252 …") from None
    except Exception:  # a broken file breaks its reader in many ways
        wanted = "a whole file of Stata, SPSS or SAS"
        raise log.stop(None, f"not a {kind} file", wanted) from None
    remarks: list[str] = []
    texts = [_column(name, values, meta, remarks) for name, values in columns.items()]
    labels = {name: label for name, label in meta.column_names_to_labels.items() if label}
    named = meta.variable_value_labels
    choices = {
        name: tuple(codes[c] for c in codes if not _is_tag(c))
        for name, codes in ((name, _in_order(codes)) for name, codes in named.items())
        if not _is_partly(columns.get(name, ()), codes)
    }
    headings = (1, [name.strip() for name in columns])
    rows = iter([headings, *enumerate(zip(*texts, strict=True), start=2)])
    return Raw(rows, labels, choices, remarks=tuple(remarks))


def _reader(library: Any, kind: str) -> Callable[..., Any]:
    readers = {".dta": "dta", ".por": "por", ".sas7bdat": "sas7bdat", ".xpt": "xport"}
    read: Callable[..., Any] = getattr(library, f"read_{readers.get(kind, 'sav')}")
    return read


def _in_order(codes: Mapping[Any, str]) -> dict[Any, str]:
    """Sort codes; those of extended missing values, which are letters, come last."""
    return {code: codes[code] for code in sorted(codes, key=lambda c: (isinstance(c, str), c))}


def _is_tag(code: Any) -> bool:
    """Check whether a code is that of an extended missing value, such as .b."""
    return isinstance(code, str) and len(code) == 1 and (code.isalpha() or code == "_")


def _column(name: str, values: Sequence[Any], meta: Any, remarks: list[str]) -> list[str]:
    """Write the cells of a column, and remark on its missing values and its labels."""
    codes, tags = meta.variable_value_labels.get(name, {}), meta.missing_user_values.get(name, ())
    ranges = meta.missing_ranges.get(name, ())
    gone: Counter[str] = Counter()
    cells: list[Any] = []
    for value in values:
        if value is not None and (value in tags or any(_within(value, r) for r in ranges)):
            gone[f".{value}" if value in tags else as_text(value)] += 1
            cells.append(None)
        else:
            cells.append(value)
    if gone:
        counted = ", ".join(f"{_labelled(code, codes)} {n}" for code, n in gone.items())
        remarks.append(f"{name}: missing values of the file: {counted}")
    if _is_partly(values, codes):
        kept = {c: label for c, label in codes.items() if simplify(label) in lexicon().missing}
        ends = ", ".join(f"{as_text(c)} = {label}" for c, label in codes.items() if c not in kept)
        remarks.append(f"{name}: labels on some values only ({ends}): taken as numbers")
        codes = kept
    lost = [i for i, v in enumerate(cells, 2) if isinstance(v, float) and abs(v) >= EXACT]
    if lost:
        remarks.append(f"{name}: more than 15 digits, so the last are not sure ({list_rows(lost)})")
    return [as_text(codes.get(value, value)) for value in cells]


def _labelled(code: str, codes: Mapping[Any, str]) -> str:
    label = next((t for c, t in codes.items() if as_text(c) == code.removeprefix(".")), "")
    return f"{code} “{label}”" if label else code


def _within(value: Any, ends: Mapping[str, Any]) -> bool:
    try:
        return bool(ends["lo"] <= value <= ends["hi"])
    except TypeError:
        return False


def _is_partly(values: Sequence[Any], codes: Mapping[Any, str]) -> bool:
    """Check whether only some values of a scale of numbers carry labels."""
    numbers = {v for v in values if isinstance(v, (int, float)) and v == v}
    meant = {c for c, label in codes.items() if simplify(label) not in lexicon().missing}
    plain = numbers - set(codes)
    ends = [c for c in meant if isinstance(c, (int, float))]
    between = any(min(ends) < value < max(ends) for value in plain) if ends else False
    return bool(meant) and (between or len(plain) > max(_MOST_UNLABELLED, len(numbers & meant)))
