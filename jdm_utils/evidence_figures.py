"""The old place of these names."""

from jdm_utils.evidence import show_evidence  # noqa: F401
from smallstats.figures.proportions import *  # noqa: F403
