"""The old place of `show_sources`."""

from smallstats.table import SOURCES, show_sources  # noqa: F401
