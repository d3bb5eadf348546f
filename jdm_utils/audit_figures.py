"""The old place of these names."""

from paperaudit.audit_figures import *  # noqa: F403
