"""The data dictionary of a REDCap project: what it says of each field."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from cohortbook.cohort.cleaning import is_box, is_status
from cohortbook.cohort.codebook import columns_of, read_codebook
from cohortbook.cohort.formats import guess_format, open_grid
from cohortbook.cohort.guess import Declared
from cohortbook.cohort.lexicon import lexicon
from cohortbook.cohort.problems import Log
from cohortbook.cohort.repeats import is_event
from cohortbook.cohort.spec import Data, Texts, as_number
from cohortbook.cohort.vocabulary import simplify
from cohortbook.cohort.workbook import codebook_sheet

#: Headings of the file that REDCap's designer gives, and of the one that its API gives.
_HEADINGS = {
    "name": ("variable / field name", "field_name"),
    "form": ("form name", "form_name"),
    "type": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": (
        "choices, calculations, or slider labels",
        "choices or calculations",
        "select_choices_or_calculations",
    ),
    "note": ("field note", "field_note"),
    "format": (
        "text validation type or show slider number",
        "text_validation_type_or_show_slider_number",
    ),
    "low": ("text validation min", "text_validation_min"),
    "high": ("text validation max", "text_validation_max"),
    "identifier": ("identifier?", "identifier"),
    "branching": ("branching logic (show field only if...)", "branching logic", "branching_logic"),
}
GAP = "where it is ticked, the other boxes are missing, not No: write this with only_if"
_YES_NO = {"Yes": ("1",), "No": ("0",)}


def read_dictionary(path: Path) -> dict[str, Declared]:
    """Read a data dictionary of REDCap, or a codebook.

    Parameters
    ----------
    path : Path
        A text, or a workbook, of which the sheet that is a codebook is read.

    Returns
    -------
    dict
        What is said of each heading of the export, checkboxes as ``field___code``, the status of a
        form as ``form_complete``; the label of a field stands for it too, as in an export with
        labels.

    Raises
    ------
    CohortError
        If the file cannot be read or is not a dictionary.
    """
    log = Log(path.name)
    data, _ = guess_format(path, "")
    if sheet := codebook_sheet(path):
        data = Data(path.name, sheet=sheet)
    grid = open_grid(path, data, log)
    simple = [simplify(heading) for heading in grid.headings]
    at = {
        key: next((simple.index(name) for name in names if name in simple), -1)
        for key, names in _HEADINGS.items()
    }
    if min(at["name"], at["type"], at["label"]) < 0:
        if columns_of(grid.headings):
            return read_codebook(grid)
        wanted = "Variable / Field Name, Field Type, … of REDCap; or variable, label, unit, values"
        raise log.stop(1, "not a REDCap data dictionary, nor a codebook", wanted)
    by_name: dict[str, Declared] = {}
    by_label: dict[str, Declared] = {}
    for _, cells in grid.rows:
        field = {key: cells[i].strip() if 0 <= i < len(cells) else "" for key, i in at.items()}
        by_name[f"{field['form']}_complete"] = Declared("How far the form is filled in", text=True)
        label = _plain(field["label"])
        declared = _declared(field, label)
        if field["type"] != "checkbox":
            by_name[field["name"]] = declared
            by_label[label] = declared
            continue
        for code, choice in _choices(field["choices"]):
            absent = simplify(choice) in lexicon().missing
            each = Declared(
                f"{label}: {choice}", dict(_YES_NO), notes=[*declared.notes, *[GAP] * absent]
            )
            by_name[f"{field['name']}___{re.sub('[^a-z0-9]', '_', code.casefold())}"] = each
            by_label[f"{label} (choice={choice})"] = each
    return by_label | by_name


def _declared(field: dict[str, str], label: str) -> Declared:
    choices: dict[str, Texts] = {}
    if field["type"] in ("radio", "dropdown"):
        for code, choice in _choices(field["choices"]):
            choices[choice] = (*choices.get(choice, ()), code)
    elif field["type"] in ("yesno", "truefalse"):
        choices = dict(_YES_NO)
    slider = ("0", "100") if field["type"] == "slider" else ("", "")
    ends: Any = (field["low"] or slider[0], field["high"] or slider[1])
    logic = field["branching"]
    personal = field["identifier"].casefold() in ("y", "yes", "1") or field["format"] in (
        "email",
        "phone",
    )
    return Declared(
        label,
        choices,
        unit=field["note"],
        range=ends if None not in map(as_number, ends) else (),
        identifier=personal,
        text=field["type"] in ("notes", "file", "descriptive", "signature"),
        notes=[f"asked only if {logic}: say so with only_if"] if logic else [],
    )


def _choices(text: str) -> list[tuple[str, str]]:
    """Read ``1, Mild | 2, Severe``."""
    pairs = [part.partition(",") for part in text.split("|") if "," in part]
    return [(code.strip(), _plain(label)) for code, _, label in pairs]


def _plain(text: str) -> str:
    """Take the markup out of a label."""
    return " ".join(unescape(re.sub("<[^>]*>", " ", text)).split())


def opened_by(table: pd.DataFrame, boxes: Collection[str]) -> dict[str, list[str]]:
    """Find the forms that nobody opened for some patients, though their boxes say No.

    An export has the fields of a form, and then its status: ``clin_complete``.

    Parameters
    ----------
    table : DataFrame
        Texts, stripped.
    boxes : collection of str
        The columns of a Yes and a No.

    Returns
    -------
    dict
        The name of each such form that has boxes, and its columns, its status among them.
    """
    forms, fields = {}, list[str]()
    for heading in map(str, table):
        if not is_status(heading):
            fields += [heading] * (heading != table.columns[0] and not is_event(heading))
            continue
        form = [*fields, heading]
        fields = []
        ticks = [each for each in form if is_box(each) and each in boxes]
        others = [each for each in form if each not in ticks]
        blank = table[others[:-1]].isin([""]).all(axis=1) & table[heading].isin(
            ["", "0", "Incomplete"]
        )
        never = blank & table[ticks].isin(["0", "Unchecked"]).all(axis=1)
        if ticks and never.any() and not never.all():
            forms[heading.removesuffix("_complete") if "_" in heading else form[0]] = form
    return forms
