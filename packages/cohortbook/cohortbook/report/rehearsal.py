"""What `tables` and `book` would run, tried by `check`, so that an error is found there."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd

from cohortbook.cohort.cohort import find_spec
from cohortbook.cohort.problems import Code, CohortError, Log
from cohortbook.cohort.review import Review
from cohortbook.report.cohort_book import book_files, cohort_tables, load_analysed


def rehearse(review: Review, path: Path) -> Review:
    """Make the tables of a cohort in which no error was found, and note it if that fails.

    Parameters
    ----------
    review : Review
        As `cohortbook.cohort.review.review_cohort` gives it.
    path : Path
        A `cohort.yml` or its folder.

    Returns
    -------
    Review
        With the problems that making the tables has met.
    """
    if len(review.problems):
        return review
    spec = find_spec(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cohort = load_analysed(spec)
            cohort_tables(cohort)
            book_files(cohort)
        except CohortError as error:
            return _with(review, error.problems)
        except Exception as error:  # whatever it is, it is better told here than as a traceback
            log = Log(spec.name)
            told = f"the tables cannot be made: {str(error) or type(error).__name__}"
            allowed = "another test, or without this variable"
            log.problem([None], "analysis", "", told, allowed, Code.NO_TABLE)
            return _with(review, log.problems)
    return review


def _with(review: Review, problems: pd.DataFrame) -> Review:
    return replace(review, problems=problems.assign(repair=""))
