"""One child more or less: what every test gives when a printed count is another."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import product

import numpy as np
import pandas as pd

from cohortbook.report.lookup import Lookup
from jdm_utils.words import words_of
from paperaudit.compatible import compatible_tables
from paperaudit.inverse import Model
from paperaudit.rounding import printed_decimals
from smallstats.formatting import format_number
from smallstats.fourfold import two_by_two

TESTS = {
    "pearson": "Pearson's chi-square, p",
    "yates": "With Yates' correction, p",
    "likelihood_ratio": "Likelihood ratio, p",
    "fisher": "Fisher's exact test, p",
    "mid_p": "Mid-p of Fisher's test, p",
    "odds_ratio": "Odds ratio",
    "ci_low": "Exact 95% limits, lower",
    "ci_high": "Exact 95% limits, upper",
}
HABITS = ["Computed", "Two decimals, rounded", "Two decimals, cut off"]
NUMBERS = {
    "odds_ratio": "odds ratio",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
    "p": "p",
    "nagelkerke": "Nagelkerke's R²",
}


def change_counts(n1: int, n0: int) -> pd.DataFrame:
    """Test every pair of counts of a finding in two groups.

    Parameters
    ----------
    n1, n0 : int
        Children with and without the outcome.

    Returns
    -------
    pandas.DataFrame
        One row a table, indexed by the children who have the finding, with and without the
        outcome. Strings in three columns for each test's p, for the odds ratio and for each of its
        exact 95% limits: computed, and as printed with two decimals, rounded and cut off.

    Examples
    --------
    >>> change_counts(23, 31).loc[(11, 4), "Fisher's exact test, p"].tolist()
    ['0.0064', '0.01', '<0.01']
    """
    rows = {}
    for a in range(n1 + 1):
        for b in range(n0 + 1):
            table = two_by_two(a, n1, b, n0)
            rows[a, b] = [text for name in TESTS for text in _printed(getattr(table, name))]
    columns = pd.MultiIndex.from_product([TESTS.values(), HABITS])
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    frame.index = pd.MultiIndex.from_tuples(frame.index)
    return frame.rename_axis(index=["With calcinosis", "Without calcinosis"])


def change_early(n1: int, n0: int, early: int) -> pd.DataFrame:
    """Leave out the children whose calcinosis came before the diagnosis, late or not.

    Parameters
    ----------
    n1, n0 : int
        Children with and without calcinosis.
    early : int
        Children with calcinosis before the diagnosis.

    Returns
    -------
    pandas.DataFrame
        The columns of `change_counts`, of the children who are left, indexed by the late
        diagnoses among all with calcinosis, among the early ones, and among those without.

    Examples
    --------
    >>> change_early(23, 31, 6).loc[(11, 6, 4), "With Yates' correction, p"].tolist()
    ['0.3102', '0.31', '0.31']
    """
    left = change_counts(n1 - early, n0)
    possible = [
        (all_late, early_late, b)
        for all_late, early_late, b in product(range(n1 + 1), range(early + 1), range(n0 + 1))
        if 0 <= all_late - early_late <= n1 - early
    ]
    names = ["Late, with calcinosis", "of these, early children", "Late, without calcinosis"]
    rows = left.loc[[(all_late - early_late, b) for all_late, early_late, b in possible]]
    return rows.set_axis(pd.MultiIndex.from_tuples(possible, names=names))


def change_table4(model: Model, labels: Mapping[str, str]) -> pd.DataFrame:
    """Fit Table 4 to every way of treating its children, their hearts as printed.

    Parameters
    ----------
    model : Model
        Of two covariates, the first with its printed margins, the second with any.
    labels : mapping of str to str
        The covariates' names.

    Returns
    -------
    pandas.DataFrame
        One row a joint table, indexed by the treated children of each group with and without
        cardiac involvement; each number of the regression with three decimals, and these cut off
        as Table 4 cuts them.
    """
    heart, treated = model.margins
    margins = {heart: model.margins[heart], treated: tuple(range(n + 1) for n in model.groups)}
    fits = compatible_tables(margins, model.groups)
    printed = [_as_table4(fits[column], text) for column, text in model.printed.items()]
    cells = pd.concat(
        {_words(column, labels): both for column, both in zip(model.printed, printed, strict=True)},
        axis=1,
    ).set_axis(pd.MultiIndex.from_frame(fits[[f"{treated}_events", "n_01", "n_11"]]))
    with_heart, (n1, n0) = int(fits[f"{heart}_events"].iloc[0]), model.groups
    control_heart = int(fits[["n_10", "n_11"]].iloc[0].sum()) - with_heart
    sizes = (with_heart, n1 - with_heart, control_heart, n0 - control_heart)
    joint = np.array([*product(*(range(n + 1) for n in sizes))])
    key = np.stack([joint[:, :2].sum(1), joint[:, 1::2].sum(1), joint[:, ::2].sum(1)], axis=1)
    names = [
        f"Treated, {group} calcinosis, {finding} cardiac involvement"
        for group in ("with", "without")
        for finding in ("with", "without")
    ]
    return cells.loc[pd.MultiIndex.from_arrays([*key.T])].set_axis(
        pd.MultiIndex.from_arrays([*joint.T], names=names)
    )


def look_up(
    frame: pd.DataFrame, name: str, start: tuple[int, ...], examples: Mapping[str, tuple[int, ...]]
) -> Lookup:
    """Let a reader choose a row of one of these frames, in the words of ``words.yml``."""
    words = words_of(name)
    return Lookup(
        frame, words["caption"], start, examples, (*words.get("notes", ()),), words["source"], name
    )


def _words(column: str, labels: Mapping[str, str]) -> str:
    """Name a number of the regression: "Cardiac involvement, odds ratio"."""
    for item, label in labels.items():
        if column.startswith(f"{item}_"):
            return f"{label}, {NUMBERS[column.removeprefix(f'{item}_')]}"
    return NUMBERS[column]


def _as_table4(values: pd.Series, text: str) -> pd.DataFrame:
    """Print numbers with three decimals, and these cut off to the decimals of a printed one."""
    decimals = printed_decimals(text)
    three = [_digits(value, 3) for value in values]
    cut = [_digits(value, decimals, ROUND_DOWN, first=3) for value in values]
    return pd.DataFrame({"Three decimals": three, "As Table 4 prints it": cut})


def _printed(value: float) -> tuple[str, str, str]:
    """Print a number as computed, and with two decimals: rounded, and cut off."""
    return _digits(value, 4), _digits(value, 2), _digits(value, 2, ROUND_DOWN)


def _digits(value: float, decimals: int, how: str = ROUND_HALF_UP, first: int = 12) -> str:
    """Round to some decimals, then to fewer; what is not 0 never prints as 0."""
    if not value or not np.isfinite(value):
        return format_number(value, 0)
    exact = Decimal(float(value)).quantize(Decimal(1).scaleb(-first), rounding=ROUND_HALF_UP)
    unit = Decimal(1).scaleb(-decimals)
    number = exact.quantize(unit, rounding=how)
    return f"{number:,}" if number else f"<{unit}"
