"""Your data: the specification of a cohort, and the way from a raw table to typed patients."""

from jdm_utils.cohort.check import read_spec
from jdm_utils.cohort.cohort import Cohort, load_cohort, read_analysis, write_analysis
from jdm_utils.cohort.problems import CohortError
from jdm_utils.cohort.spec import Spec, Variable

__all__ = [
    "Cohort",
    "CohortError",
    "Spec",
    "Variable",
    "load_cohort",
    "read_analysis",
    "read_spec",
    "write_analysis",
]
