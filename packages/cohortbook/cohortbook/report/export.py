"""Tables as files: CSV with unrounded numbers, and HTML, LaTeX and Word as a journal prints them.

Whatever stands in a cell is text: no file makes markup, a formula or a command of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from cohortbook.report.docx_tables import tables_docx
from smallstats.spreadsheet import UNPRINTABLE
from smallstats.table import Table

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    **{mark: f"{{{mark}}}" for mark in "[]-`'*"},
}


def table_files(
    tables: Mapping[str, Table], title: str, *, language: str = "en"
) -> dict[str, bytes]:
    r"""Write tables in four formats.

    Parameters
    ----------
    tables
        By name, in the order of the documents.
    title
        Of the documents.
    language
        Of the page, as HTML says it.

    Returns
    -------
    dict
        Contents by file name: a CSV a table, and one document of all in HTML, LaTeX and Word.

    Examples
    --------
    >>> import pandas as pd
    >>> table = Table(pd.DataFrame({"Drug": ["=1+1"]}), "Drugs", data=pd.DataFrame({"x": ["=1+1"]}))
    >>> files = table_files({"drugs": table}, "Study")
    >>> sorted(files), files["drugs.csv"]
    (['drugs.csv', 'tables.docx', 'tables.html', 'tables.tex'], b"\xef\xbb\xbfx\r\n'=1+1\r\n")
    """
    files = {f"{name}.csv": table.to_csv() for name, table in tables.items()}
    files["tables.html"] = _html(tables, title, language).encode()
    files["tables.tex"] = _latex(tables, title).encode()
    files["tables.docx"] = tables_docx(tables.values(), title)
    return files


def _html(tables: Mapping[str, Table], title: str, language: str) -> str:
    body = "\n".join(table._repr_html_() for table in tables.values())
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>body{{font-family:sans-serif;max-width:60em;"
        "margin:2em auto;padding:0 1em}.jdm-table{margin:2em 0}</style>\n</head>\n"
        f'<body>\n<h1 dir="auto">{escape(title)}</h1>\n{body}\n</body>\n</html>\n'
    )
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", page)


def _latex(tables: Mapping[str, Table], title: str) -> str:
    parts = [
        "% " + " ".join(UNPRINTABLE.sub(" ", title).split()),
        "% \\usepackage{booktabs,tabularx} before it; XeLaTeX or LuaLaTeX for all the letters.",
    ]
    for table in tables.values():
        columns = ">{\\raggedright\\arraybackslash}X" + "l" * (len(table.frame.columns) - 1)
        rows = [table.frame.columns.map(str).tolist(), *table.frame.to_numpy().tolist()]
        lines = [" & ".join(map(_latex_text, row)) + r" \\" for row in rows]
        lines[1:1] = [r"\midrule"]
        parts += [
            "",
            r"\begin{table}",
            rf"\caption{{{_latex_text(table.caption)}}}",
            rf"\begin{{tabularx}}{{\textwidth}}{{{columns}}}",
            *(r"\toprule", *lines, r"\bottomrule", r"\end{tabularx}"),
            *(rf"\par\footnotesize {_latex_text(note)}" for note in table.notes),
            r"\end{table}",
        ]
    return "\n".join(parts) + "\n"


def _latex_text(text: str) -> str:
    r"""Write a text so that LaTeX prints it as it is.

    Examples
    --------
    >>> _latex_text("50% & $x_1$")
    '50\\% \\& \\$x\\_1\\$'
    """
    line = " ".join(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).split())
    return "".join(_LATEX.get(character, character) for character in line)
