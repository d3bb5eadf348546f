"""The old place of these names."""

from smallstats.figures.robustness import *  # noqa: F403
from smallstats.many_cohorts import show_ranges  # noqa: F401
