"""What the numbers of Table 4, and of the searches for it, are called in the book's tables."""

#: The numbers of a published regression, as columns of `compatible_tables` name them.
NUMBERS = {
    f"{item}_{statistic}": f"{label}: {words}"
    for item, label in (("cardiac", "Cardiac involvement"), ("immunosuppressor", "Treatment"))
    for statistic, words in (
        ("odds_ratio", "odds ratio"),
        ("ci_low", "lower limit"),
        ("ci_high", "upper limit"),
        ("p", "p"),
    )
} | {"nagelkerke": "Nagelkerke's R²"}
#: Covariates where many are named in one cell.
SHORT = {"cardiac": "heart", "immunosuppressor": "treatment", "pulmonary": "lungs"}
#: Criteria of a backward elimination.
CRITERIA = {"lr": "Likelihood ratio", "wald": "Wald", "conditional": "Conditional"}
STATISTICS = {
    "nagelkerke": "Nagelkerke's R²",
    "odds_ratio": "odds ratio",
    "p": "Wald p",
    "p_lr": "likelihood ratio p",
}
HEADINGS = NUMBERS | {
    "n_11": "Children with both",
    "n_tables": "Joint tables",
    "tables": "Tables tried",
    "varied": "What was varied",
    "fits": "Fits",
    "treated": "Treated in these",
    "distance": "Units off",
    "worst": "Number furthest off",
    "differ": "Numbers that differ, of nine",
    "number": "Number",
    "computed": "Computed",
    "three_decimals": "Three decimals",
    "three_then_cut": "Then cut",
    "rounded": "Rounded at once",
    "cut": "Cut at once",
    "q025": "2.5th percentile",
    "q975": "97.5th percentile",
    "min": "Smallest",
    "max": "Largest",
    "significant": "Below 5%: share of tables",
    "weighted_significant": "Below 5%: probability",
    "share": "Share of tables",
    "weighted_share": "Probability",
    "final": "Left in the model",
    "p_range": "p that the limits imply",
    "low": "Lower limit",
    "high": "Upper limit",
    "consistent": "Agree",
}
#: Tests of two printed counts.
TESTS = {"pearson": "Pearson p", "fisher": "Fisher p"}
#: The steps of a backward elimination.
STEPS = {"term": "Variable", "statistic": "Chi-square", "df": "Degrees of freedom"}
