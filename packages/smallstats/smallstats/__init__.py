"""Statistics for small cohorts: frames in, tidy frames and frozen results out.

Each name is imported from its module when first asked for. Figures are in `smallstats.figures`.
"""

from smallstats.lazy_names import lazy_names

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "smallstats.batch_selection": "BootstrapElimination bootstrap_elimination",
        "smallstats.bayes": "BayesFit fit_bayes prior_sensitivity",
        "smallstats.classical_tests": "term_tests",
        "smallstats.confounding": "EValue e_value",
        "smallstats.cox": "CoxFit fit_cox",
        "smallstats.descriptive": "describe_frame",
        "smallstats.flic": "Predictions area_under_roc predict_flic",
        "smallstats.fragility_index": "fragility influential_patients",
        "smallstats.freeman_halton": "fisher_rxc",
        "smallstats.imputation": "impute",
        "smallstats.imputed_fits": "ImputedCoxFit ImputedFit fit_cox_imputed fit_imputed",
        "smallstats.logistic": "LogisticFit fit_logistic",
        "smallstats.many_cohorts": "analyse_cohorts over_cohorts summarise_cohorts",
        "smallstats.missingness": "missing_patterns",
        "smallstats.many_groups": "compare_many",
        "smallstats.multiplicity": "adjust_p chance_of_any chances",
        "smallstats.paired": "compare_pairs",
        "smallstats.pooling": "pool_chi_square pool_estimates pool_fits pool_profiles",
        "smallstats.planning": "exact_sizes required_n simulate_power",
        "smallstats.score_limits": "score_limits",
        "smallstats.selection": "Elimination eliminate_backward",
        "smallstats.separation": "Separation find_separation",
        "smallstats.survival": "LogRank cumulative_incidence log_rank survival_table",
        "smallstats.survival_groups": "follow_up_counts gray_test median_time",
        "smallstats.fourfold": "TwoByTwo table_p_values two_by_two",
        "smallstats.univariate": "TTest compare_frame t_test_from_summary",
        "smallstats.validation": "Validation expected_nagelkerke validate_model",
    },
)
