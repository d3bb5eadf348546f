"""The old place of these names."""

from jdm_utils.agreement import show_published  # noqa: F401
from paperaudit.published_tables import show_differences  # noqa: F401
