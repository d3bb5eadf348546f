"""A small clinical cohort described, compared and modelled; what was printed of one, audited."""

from smallstats.lazy_names import lazy_names

#: What notebooks import: by the module that each name comes from, and in one line what it is.
#: A module with a long name has a short one after "as". Nothing is imported before it is used.
NAMES = {
    "jdm_utils.study": {
        "load_claims": "the ledger: a row for each printed number",
        "load_cohort": "the patients of a cohort: repaired, checked, selected",
        "audit_claims": "a verdict on every printed number",
    },
    "jdm_utils.agreement": {
        "compare_claims": "every printed number beside what a cohort gives",
        "check_claims": "stop if a number agrees or differs against what is stated",
    },
    "paperaudit.compatible": {
        "compatible_tables": "every joint table with given margins, and its regression",
    },
    "cohortbook": {
        "describe": "every variable: counts, means, medians (Table 2)",
        "compare_groups": "every variable, with and without the outcome (Table 3)",
        "labels_of": "labels of a cohort's variables, with their units",
        "write_analysis": "write the cleaned table of a cohort",
    },
    "smallstats": {
        "two_by_two": "every test, ratio and interval of one 2×2 table",
        "table_p_values": "p of many 2×2 tables by every usual test",
        "t_test_from_summary": "the t test from printed means and SDs",
        "chance_of_any": "chance that some of many tests are below 5% by luck",
        "fit_logistic": "logistic regression: maximum likelihood, Firth, log-F, exact",
        "term_tests": "likelihood ratio, score and Wald test of each predictor",
        "eliminate_backward": "a backward elimination, step by step",
        "find_separation": "which predictors separate the outcome",
        "fit_bayes": "logistic regression with a declared prior",
        "prior_sensitivity": "how the posterior depends on the prior",
        "exact_sizes": "how often each test rejects although nothing is there",
        "bootstrap_elimination": "what an elimination selects in resamples",
        "validate_model": "optimism of discrimination and calibration",
        "expected_nagelkerke": "Nagelkerke's R² of predictors that are noise",
        "fragility": "how many patients would have to differ to pass 5%",
        "influential_patients": "how a model changes without each patient",
        "e_value": "how strong an unmeasured confounder would have to be",
        "required_n": "patients that a model or a comparison needs",
        "simulate_power": "power of the tests by the size of a study",
    },
    "cohortbook.report.glue": {
        "glue_all": "glue formatted numbers, for prose to quote",
    },
    "smallstats.formatting": {
        "format_number": "a number, rounded once",
        "format_p": "a p value",
        "format_percent": "a percentage",
    },
    "jdm_utils.words": {
        "show": "a table, with its words from the dictionary of words",
    },
    "jdm_utils": {
        "figures": "every figure",
        "ready_tables as tables": "every ready table",
        "printed": "what a printed number allows",
        "table4_searches as table4": "the readings and searches of Table 4",
        "delay": "the readings of the delay to diagnosis",
        "drawn_cohorts as cohorts": "many cohorts that agree with the printed counts",
        "evidence": "what other cohorts printed",
        "one_child": "every test when a printed count is another",
        "questions": "what to ask the authors",
        "words": "the dictionary of words, and the other formats",
    },
}

__getattr__, __dir__, __all__ = lazy_names(__name__, NAMES)
_LINES = [
    f"{entry.split()[-1]:<24}{line}" for names in NAMES.values() for entry, line in names.items()
]
_RULE = f"{'=' * 22}  {'=' * max(len(line) - 24 for line in _LINES)}"
__doc__ = "\n".join([f"{__doc__}\n", _RULE, *_LINES, _RULE, ""])
