"""The old place of `glue_figure`."""

from cohortbook.report.glue import glue_figure

__all__ = ["glue_figure"]
