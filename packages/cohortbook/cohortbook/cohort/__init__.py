"""Your data: the specification of a cohort, and the way from a raw table to typed patients."""

from cohortbook.cohort.cohort import Cohort, load_cohort, write_analysis
from cohortbook.cohort.examining import read_spec
from cohortbook.cohort.problems import CohortError
from cohortbook.cohort.spec import Spec, Variable

__all__ = [
    "Cohort",
    "CohortError",
    "Spec",
    "Variable",
    "load_cohort",
    "read_spec",
    "write_analysis",
]
