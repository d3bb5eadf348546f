"""A codebook: a table that says what each column of another table means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cohortbook.cohort.grid import Grid
from cohortbook.cohort.guess import Declared
from cohortbook.cohort.spec import Texts, as_number
from cohortbook.cohort.vocabulary import simplify

_HEADINGS = {
    "name": ("variable", "variable name", "variavel", "name", "field", "column", "nome", "campo",
             "nombre", "item", "var"),
    "label": ("label", "description", "variable label", "descricao", "rotulo", "meaning",
              "definition", "descripcion", "etiqueta", "question"),
    "unit": ("unit", "units", "unidade", "unidades", "unidad", "unit of measure"),
    "values": ("values", "value labels", "codes", "coding", "levels", "categories", "valores",
               "codificacao", "options", "choices", "categorias", "codigos", "value", "code",
               "codigo", "valor"),
    "meaning": ("value label", "code label", "level", "category", "significado"),
    "low": ("min", "minimum", "minimo"),
    "high": ("max", "maximum", "maximo"),
    "missing": ("missing", "missing codes", "missing values", "missing code", "faltantes"),
}  # fmt: skip
_CODE = re.compile(r"-?[\w.]{1,12}")
_PAIR = re.compile(r"\s*(-?[\w.]{1,12}?)\s*(?:[=:]|(?<=\d)\s*[-–])\s*([^=]+?)\s*")
_BETWEEN = re.compile(r"\s*(?:[|;\n]|[,/](?=\s*-?[\w.]{1,12}\s*[=:])|\s(?=-?\d{1,3}\s*[=:]))\s*")
_CODED = (
    re.compile(r"(.*[^\W_].*?)\s*[(\[{](.+?)[)\]}]?\s*"),
    re.compile(r"(.*?[^\W\d_].*?)[\s,:;-]+(-?\d{1,3}\s*[=:].+)"),
)


def columns_of(headings: Sequence[str]) -> dict[str, int]:
    """Return which column of a codebook says what; empty if it is not a codebook.

    Examples
    --------
    >>> columns_of(["Variable", "Description", "Values"])
    {'name': 0, 'label': 1, 'values': 2}
    >>> columns_of(["id", "name", "age"])
    {}
    """
    simple = [simplify(heading) for heading in headings]
    at = {
        key: next(simple.index(name) for name in names if name in simple)
        for key, names in _HEADINGS.items()
        if set(names) & set(simple)
    }
    about = len({"label", "unit", "values"} & set(at))
    return at if "name" in at and about and len(at) >= min(3, len(set(simple) - {""})) else {}


def read_codebook(grid: Grid) -> dict[str, Declared]:
    """Read what a codebook says of each column.

    A level may stand in a row of its own, under the variable it belongs to: its code among the
    values, what it means beside it, which is then no label of the variable.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    dict
        By the names of the variables.
    """
    at = columns_of(grid.headings)
    by_name: dict[str, list[dict[str, str]]] = {}
    name = ""
    for _, cells in grid.rows:
        row = {key: cells[i].strip() if i < len(cells) else "" for key, i in at.items()}
        name = row["name"] or name
        by_name.setdefault(name, []).append(row)
    return {name: _of_variable(rows) for name, rows in by_name.items() if name}


def _of_variable(rows: Sequence[dict[str, str]]) -> Declared:
    """Read the rows of one variable, of which some may be levels."""
    about: dict[str, str] = {}
    choices: dict[str, Texts] = {}
    codes = [row.get("values", "") for row in rows]
    bare = [code for code in codes if _CODE.fullmatch(code)]
    levels = set(bare) if len(set(bare)) == len(bare) > 1 else set()
    for row, code in zip(rows, codes, strict=True):
        key = "meaning" if row.get("meaning") else "label" if code in levels else ""
        if code and row.get(key):
            choices[row[key]] = (*choices.get(row[key], ()), code)
            row = {k: text for k, text in row.items() if text != row[key]}
        else:
            choices |= read_values(code)
        about = row | {k: text for k, text in about.items() if text}
    return _declared(about, choices)


def _declared(about: Mapping[str, str], choices: dict[str, Texts]) -> Declared:
    ends = (about.get("low", ""), about.get("high", ""))
    for code in re.split(r"[,;|\s]+", about.get("missing", "")):
        if code:
            choices = {k: v for k, v in choices.items() if v != (code,)} | {"missing": (code,)}
    return Declared(
        about.get("label", ""),
        choices,
        unit=about.get("unit", ""),
        range=ends if None not in map(as_number, ends) else (),
    )


def read_values(text: str) -> dict[str, Texts]:
    """Read codes with their labels, as in ``1 = Male; 2 = Female``.

    Examples
    --------
    >>> read_values("1=Male, 2=Female"), read_values("0: no | 1: yes"), read_values("0-100")
    ({'Male': ('1',), 'Female': ('2',)}, {'no': ('0',), 'yes': ('1',)}, {})
    """
    matches = [_PAIR.fullmatch(part) for part in _BETWEEN.split(text.strip()) if part]
    if not matches or None in matches or re.fullmatch(r"\s*-?\d+\s*[-–]\s*\d+\s*", text):
        return {}
    return {match[2]: (match[1],) for match in matches if match}


def read_heading(heading: str) -> tuple[str, dict[str, Texts]]:
    """Split a heading that explains its codes into its words and the codes with their labels.

    Examples
    --------
    >>> read_heading("Sex (1=male, 2=female)")
    ('Sex', {'male': ('1',), 'female': ('2',)})
    >>> read_heading("Smoking 0=never 1=ex 2=now"), read_heading("Age (years)")
    (('Smoking', {'never': ('0',), 'ex': ('1',), 'now': ('2',)}), ('Age (years)', {}))
    """
    for form in _CODED:
        match = form.fullmatch(heading.strip())
        if match and (codes := read_values(match[2])):
            return match[1].strip(), codes
    return heading, {}
