"""Every figure of the book."""

from smallstats.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "cohortbook.report.figures": "distribution forest missingness prevalence_dots",
        "cohortbook.report.strobe_diagram": "flow_diagram",
        "cohortbook.report.glue": "glue_figure",
        "paperaudit.audit_figures": "compatible_ranges meaning_bars meaning_counts",
        "jdm_utils.delay_figures": "early_range",
        "smallstats.figures.layout": "draw_with",
        "smallstats.figures.proportions": "proportion_forest",
        "smallstats.figures.robustness": "power_curves specification_curve",
    },
)
