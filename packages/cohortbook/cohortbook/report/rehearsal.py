"""What `tables` and `book` would run, tried by `check`, so that an error is found there."""

from __future__ import annotations

import ast
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd

from cohortbook.cohort.cohort import find_spec
from cohortbook.cohort.problems import Code, CohortError, Log
from cohortbook.cohort.review import Review
from cohortbook.report.cohort_book import book_files, cohort_tables, load_analysed

MOST_PATIENTS = 20_000
"""Of a larger cohort only the tables are tried: its chapters take minutes."""

MOST_VARIABLES = 300
"""And so of one with more variables, each a row of a figure."""


def rehearse(review: Review, path: Path) -> Review:
    """Make the tables and run the chapters of a cohort without errors; note it if that fails.

    Parameters
    ----------
    review : Review
        As `cohortbook.cohort.review.review_cohort` gives it.
    path : Path
        A `cohort.yml` or its folder.

    Returns
    -------
    Review
        With the problems that tables and chapters have met, or a warning that chapters of so large
        a cohort were not tried.
    """
    if len(review.problems):
        return review
    spec, log = find_spec(path), Log("cohort.yml")
    doing = "the tables"
    with _quietly(spec):
        try:
            cohort = load_analysed(spec)
            cohort_tables(cohort)
            if large := _too_large(cohort.frame):
                table = pd.DataFrame([["book", large]], columns=review.warnings.columns)
                return replace(review, warnings=pd.concat([table, review.warnings]))
            for name, source in book_files(cohort).items():
                if name.endswith(".ipynb"):
                    doing = f"the chapter {Path(name).stem}"
                    run_cells(source)
        except CohortError as error:
            return _with(review, error.problems)
        except Exception as error:  # whatever it is, it is better told here than as a traceback
            message = f"{doing} cannot be made: {str(error) or type(error).__name__}"
            allowed = "another test, or without this variable"
            log.problem([None], "analysis", "", message, allowed, Code.NO_TABLE)
            return _with(review, log.problems)
    return review


def _too_large(frame: pd.DataFrame) -> str:
    """Return why the chapters of a cohort are not tried; empty if they are."""
    patients, variables = frame.shape
    if patients <= MOST_PATIENTS and variables <= MOST_VARIABLES:
        return ""
    size = f"of {patients} patients and {variables} variables they take minutes"
    return f"its chapters are not tried: {size}"


def run_cells(source: bytes | str) -> str:
    """Run the code of a notebook, and give what its cells would show.

    A warning of arithmetic is an error, as it is in a book, where it would write to stderr.
    """
    space: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return "\n".join(
            run_cell("".join(cell["source"]), space)
            for cell in json.loads(source)["cells"]
            if cell["cell_type"] == "code"
        )


def run_cell(source: str, space: dict[str, object]) -> str:
    """Run code as a notebook does, and give what its last expression shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)
    if not isinstance(last, ast.Expr):
        return ""
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
    html: str = getattr(value, "_repr_html_", str)()
    return html or escape(getattr(value, "alt", "") or ("" if value is None else repr(value)))


@contextmanager
def _quietly(spec: Path) -> Iterator[None]:
    """Let `load_cohort` find the cohort, draw figures into nothing, and keep warnings back."""
    import matplotlib

    before, backend = os.environ.get("JDM_COHORT"), matplotlib.get_backend()
    os.environ["JDM_COHORT"] = str(spec.resolve())
    matplotlib.use("agg")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        from matplotlib import pyplot

        pyplot.close("all")
        matplotlib.use(backend)
        del os.environ["JDM_COHORT"]
        if before is not None:
            os.environ["JDM_COHORT"] = before


def _with(review: Review, problems: pd.DataFrame) -> Review:
    return replace(review, problems=problems.assign(repair=""))
