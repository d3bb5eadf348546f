"""A small invented cohort, so that every example of this package can be run as it stands."""

from pathlib import Path


def example_cohort() -> Path:
    """Return the folder of a cohort of 30 invented patients with a new knee joint.

    It has a `cohort.yml` to copy, and the table that this reads. No such patients exist.

    Returns
    -------
    Path

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> load_cohort(example_cohort()).outcome
    'revision'
    """
    return Path(__file__).parent
