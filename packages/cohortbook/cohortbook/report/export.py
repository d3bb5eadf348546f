"""Tables as files: CSV with unrounded numbers, and HTML, LaTeX and Word as a journal prints them.

Whatever stands in a cell is text: no file makes markup, a formula or a command of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from cohortbook.report.docx_tables import tables_docx
from smallstats.spreadsheet import UNPRINTABLE
from smallstats.table import Table
from smallstats.table_html import LEVEL, spans

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
        rows = [
            " & ".join(map(_latex_name, row)) + r" \\" for row in table.frame.to_numpy().tolist()
        ]
        lines = [*_latex_headings(table), r"\midrule", *rows]
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


def _latex_headings(table: Table) -> list[str]:
    """Write the headings, those that stand over others in a line above with a rule below."""
    parts = spans([str(heading) for heading in table.frame.columns])
    own = " & ".join(_latex_text(text) for _, owns in parts for text in owns) + r" \\"
    over, rules, column = list[str](), "", 1
    for name, owns in parts:
        wide = rf"\multicolumn{{{len(owns)}}}{{c}}{{{_latex_text(name)}}}"
        over.append(wide if name else "")
        rules += rf"\cmidrule(lr){{{column}-{column + len(owns) - 1}}}" if name else ""
        column += len(owns)
    return [" & ".join(over) + r" \\", rules, own] if rules else [own]


def _latex_name(text: str) -> str:
    """Write a cell, indented where it is a level of the row above."""
    return r"\quad " * text.startswith(LEVEL) + _latex_text(text)


def _latex_text(text: str) -> str:
    r"""Write a text so that LaTeX prints it as it is.

    Examples
    --------
    >>> _latex_text("50% & $x_1$")
    '50\\% \\& \\$x\\_1\\$'
    """
    line = " ".join(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).split())
    return "".join(_LATEX.get(character, character) for character in line)
