"""From a spreadsheet of patients to checked tables and a book.

Each name is imported from its module when it is first asked for, so that a command answers at once.

========================= ==================================================================
`load_cohort`             the patients of a `cohort.yml`: repaired, checked, selected
`Cohort`                  what it returns: the patients, and the record of every repair
`CohortError`             every problem of a specification and its data, with its line
`write_analysis`          write the cleaned table of a cohort beside its specification
`example_cohort`          where an invented cohort of 30 patients is, to try all this on
`describe`                every variable: counts, means, medians
`compare_groups`          every variable between those with and without the outcome
`table_one`               every variable in two groups or more, and in all patients
`risk_table`              the risk of the outcome with and without each finding
`asks_risks`              whether risks are shown
`fit_candidates`          the candidates as predictors of the outcome, alone and together
`event_table`             how many had the event by certain times
`fit_hazards`             the candidates as predictors of the time to the event
`predict_candidates`      the outcome predicted by the candidates together
`asks_predictions`        whether predictions are asked for
`summarise_predictions`   how well they predict, in words
`forest_rows`             what a forest plot draws of either
`times_by_group`          medians, follow-up, and a test between groups
`missing_of`              the missing values of each variable
`patterns_of`             which values are missing together
`impute_candidates`       the candidates fitted together, after multiple imputation
`imputed_comparison`      the two groups compared, after multiple imputation
`groups_of`               the names of the two groups
`labels_of`               the labels of the variables, with their units
`odds_ratios`             the coefficients of a logistic model, as rows to show
`withhold_flow`           the flow of patients, without the counts that are too small
`table_of`                any frame as a table of a page
`show_flow`               tables: who was excluded,
`show_changes`            what was repaired,
`show_description`        what `describe` gives,
`show_comparison`         `compare_groups`,
`show_compared`           the same of a cohort, with all patients beside the groups,
`show_table_one`          `table_one`,
`show_risks`              `risk_table`,
`show_regression`         `odds_ratios`,
`show_models`             `fit_candidates`,
`show_missing`            `missing_of`,
`show_patterns`           `patterns_of`,
`show_imputed`            `impute_candidates`,
`show_imputed_hazards`    the same of the time to the event,
`show_imputed_comparison` `imputed_comparison`,
`show_events`             `event_table`,
`show_times_by_group`     and `times_by_group`
`flow_diagram`            figures: who was excluded,
`missingness`             the missing values of each variable,
`prevalence_dots`         how common each finding is in the two groups,
`distribution`            the values of a number in the two groups,
`survival_curves`         the time to the event, with the patients at risk under it,
`forest`                  and odds ratios
`main_figure`             what matters most, for a first page,
`numbers_at_a_glance`     the distribution of each number,
`prediction_figure`       ROC curve and calibration of `predict_candidates`,
`summarise_book`          in words: what matters most of a cohort,
`methods_text`            a draft of the Methods,
`results_text`            and of the Results;
`summarise_cohort`        a finding in words: of a cohort,
`summarise_source`        of where its data come from,
`summarise_description`   of `describe`,
`summarise_comparison`    of `compare_groups`,
`summarise_models`        of `fit_candidates`,
`summarise_missing`       of `missing_of`,
`summarise_events`        and of `event_table`
========================= ==================================================================

Examples
--------
>>> from cohortbook import compare_groups, example_cohort, load_cohort
>>> cohort = load_cohort(example_cohort())
>>> compare_groups(cohort)[["label", "p"]].round(2).head(2).to_dict("list")
{'label': ['Female sex', 'Age at operation (years)'], 'p': [0.44, 0.09]}
"""

from smallstats.lazy_names import lazy_names

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "cohortbook.cohort": "Cohort CohortError load_cohort write_analysis",
        "cohortbook.example": "example_cohort",
        "cohortbook.report.clinical_tables": (
            "show_changes show_compared show_comparison show_description show_flow show_regression"
        ),
        "cohortbook.report.comparison": "compare_groups describe groups_of labels_of odds_ratios",
        "cohortbook.report.curves": "survival_curves",
        "cohortbook.report.figures": "distribution forest missingness prevalence_dots",
        "cohortbook.report.gaps": "missing_of patterns_of show_missing show_patterns",
        "cohortbook.report.imputed": (
            "impute_candidates imputed_comparison show_imputed show_imputed_comparison"
            " show_imputed_hazards"
        ),
        "cohortbook.report.key_figures": "main_figure numbers_at_a_glance",
        "cohortbook.report.model_table": "forest_rows show_models",
        "cohortbook.report.models": "fit_candidates fit_hazards",
        "cohortbook.report.prediction": (
            "asks_predictions predict_candidates prediction_figure summarise_predictions"
        ),
        "cohortbook.report.risks": "asks_risks risk_table show_risks",
        "cohortbook.report.strobe_diagram": "flow_diagram",
        "cohortbook.report.summaries": (
            "summarise_cohort summarise_comparison summarise_description summarise_missing"
            " summarise_models summarise_source"
        ),
        "cohortbook.report.suppression": "withhold_flow",
        "cohortbook.report.table_one": "show_table_one table_one",
        "cohortbook.report.timing": (
            "event_table show_events show_times_by_group summarise_events times_by_group"
        ),
        "cohortbook.report.words": "methods_text results_text summarise_book",
        "smallstats.table": "table_of",
    },
)
