"""The late diagnosis: every reading of its printed p that was tried, and what hangs on whom.

The Results count the children diagnosed more than a year after onset and print a p that no test of
these counts gives. A reading says which children, or which other numbers, the p could be of. A fit
is worth little in a family of readings that would fit most other p values too, so each family says
how many it covers.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import chdtrc, chdtri

from paperaudit.claims import printed_count, printed_number, printed_text
from paperaudit.late_times import late_times
from paperaudit.number_checks import NOISE
from paperaudit.p_values import FAMILY, USUAL, printable
from paperaudit.rounding import HABITS, printed_decimals, printed_value
from smallstats.fourfold import table_p_values, two_by_two
from smallstats.univariate import t_test_from_summary

__all__ = ["delay_counts", "delay_readings", "early_late", "late_times", "reading_families"]

PRINTED = "results_diagnosis_over_1_year_p"
COUNTS = ["a", "n1", "b", "n0"]
TESTS = FAMILY | {"n_minus_1": "N − 1 chi-square"}
TWO_SIDED = [name for name in TESTS if name not in ("fisher_less", "fisher_greater")]
ALL, HALF = "All children", "Half of a two-sided p, as of a one-sided test"

Table = tuple[int, int, int, int]


def delay_counts(claims: pd.DataFrame) -> Table:
    """Return the printed counts: late and all with calcinosis, late and all without.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> delay_counts(load_claims())
    (11, 23, 4, 31)
    """
    a, b = _both(claims, "results_diagnosis_over_1_year")
    n1, n0 = _both(claims, "table3_patients")
    return a, n1, b, n0


def delay_readings(claims: pd.DataFrame) -> pd.DataFrame:
    """Compute every p value that was tried as the source of the printed one.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a p value: ``family`` and ``reading`` in words; the counts ``a`` of ``n1`` against
        ``b`` of ``n0``, missing where the p is not of two counts; ``test``; ``usual`` (Pearson,
        Yates, two-sided Fisher; of means Student's and Welch's); ``p``; and ``rounded`` and
        ``truncated``, whether it prints as the printed p.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> readings = delay_readings(load_claims())
    >>> fits = readings[readings["rounded"] & (readings["n1"] == 17) & (readings["n0"] == 31)]
    >>> fits.loc[fits["usual"], ["reading", "test", "p"]].round(4).values.tolist()
    [['5 of 17 against 4 of 31', 'Yates', 0.3102]]
    """
    counted = pd.DataFrame(_tables(claims), columns=["family", "reading", *COUNTS])
    tests = pd.concat([counted, _tests(counted)], axis=1)
    tests = tests.melt(list(counted), [*TESTS], "test", "p").assign(usual=_is_usual)
    halves = tests[(tests["family"] == ALL) & tests["test"].isin(TWO_SIDED)]
    halves = halves.assign(family=HALF, p=halves["p"] / 2)
    copied = pd.DataFrame(_copied(claims), columns=["family", "reading", "test", "usual", "p"])
    readings = pd.concat([tests, halves, copied], ignore_index=True)
    readings["test"] = readings["test"].replace(TESTS)
    readings[COUNTS] = readings[COUNTS].astype("Int64")
    printed = printed_text(claims, PRINTED)
    unit = 10 ** printed_decimals(printed)
    digits, scaled = printed_value(printed) * unit, unit * (readings["p"] + NOISE)
    for habit, raised in zip(HABITS, (0.5, 0.0), strict=True):
        readings[habit] = np.floor(scaled + raised) == int(digits)
    columns = ["family", "reading", *COUNTS, "test", "usual", "p", *HABITS]
    return readings[columns]


def reading_families(readings: pd.DataFrame, decimals: int = 2) -> pd.DataFrame:
    """Count, for each family of readings, what was tried and what fits, and how easily.

    Parameters
    ----------
    readings : pandas.DataFrame
        As from `delay_readings`.
    decimals : int
        Of the printed p.

    Returns
    -------
    pandas.DataFrame
        One row a family, in order: ``family``, ``readings``; by the usual tests ``tried`` (p
        values, each rounded and cut off), ``fit`` (how many print as printed) and ``chance`` (share
        of the printable p values that one of them prints as); and the same by all tests as
        ``tried_all``, ``fit_all`` and ``chance_all``; ``which``, the first fits in words.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> families = reading_families(delay_readings(load_claims()))
    >>> families.loc[1, ["readings", "tried", "fit"]].tolist(), f"{families.loc[1, 'chance']:.0%}"
    ([7, 21, 1], '14%')
    """
    rows = []
    for family, part in readings.groupby("family", sort=False):
        row: dict[str, object] = {"family": family, "readings": part["reading"].nunique()}
        for end, some in (("", part[part["usual"]]), ("_all", part)):
            row[f"tried{end}"] = len(some)
            row[f"fit{end}"] = int((some["rounded"] | some["truncated"]).sum())
            row[f"chance{end}"] = len(printable(some["p"], decimals)) / (10**decimals + 1)
        rows.append(row | {"which": _which(part)})
    return pd.DataFrame(rows)


def early_late(claims: pd.DataFrame) -> pd.DataFrame:
    """Leave out the children with calcinosis before diagnosis, for each number late among them.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger, as `load_claims` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a number: ``early_late``, how many of those left out were late; the counts ``a`` of
        ``n1`` against ``b`` of ``n0`` that remain; ``pearson``, ``yates`` and ``fisher``;
        ``odds_ratio`` (the sample's) with its exact conditional interval ``ci_low``, ``ci_high``.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> early_late(load_claims()).set_index("early_late")["fisher"].round(4).tolist()
    [0.0007, 0.0019, 0.0055, 0.0147, 0.0362, 0.1339, 0.2471]
    """
    a, n1, b, n0 = delay_counts(claims)
    early = _early(claims)
    tables = [two_by_two(a - late, n1 - early, b, n0) for late in range(early + 1)]
    columns = [*COUNTS, *USUAL, "odds_ratio", "ci_low", "ci_high"]
    frame = pd.DataFrame({c: [getattr(table, c) for table in tables] for c in columns})
    return frame.rename_axis("early_late").reset_index()


def _early(claims: pd.DataFrame) -> int:
    return printed_count(claims, "results_calcinosis_before_diagnosis_calcinosis_n")


def _both(claims: pd.DataFrame, item: str) -> tuple[int, int]:
    """Return the counts with and without calcinosis."""
    a, b = (printed_count(claims, f"{item}_{g}_n") for g in ("calcinosis", "no_calcinosis"))
    return a, b


def _is_usual(tests: pd.DataFrame) -> pd.Series:
    return tests["test"].isin(USUAL)


def _tests(counted: pd.DataFrame) -> pd.DataFrame:
    """Every p value of each set of counts."""
    p = table_p_values(*(counted[name] for name in COUNTS))
    n = (counted["n1"] + counted["n0"]).to_numpy()
    # n (ad - bc)^2 / (product of the margins), with n - 1 in place of n (E. Pearson, Campbell)
    return p.assign(n_minus_1=chdtrc(1, chdtri(1, p["pearson"].to_numpy()) * (n - 1) / n))


def _tables(claims: pd.DataFrame) -> Iterator[tuple[str, str, int, int, int, int]]:
    """List the sets of counts of each family, with the family and the counts in words."""
    a, n1, b, n0 = delay_counts(claims)
    early = _early(claims)
    among = range(early + 1)  # how many of the early ones were late is not printed
    others, rest = n1 - early, n1 + n0 - early
    families: dict[str, list[Table]] = {
        ALL: [(a, n1, b, n0)],
        f"Without the {early} with calcinosis before diagnosis": [
            (a - k, others, b, n0) for k in among
        ],
        f"The {early} counted as without calcinosis": [
            (a - k, others, b + k, n0 + early) for k in among
        ],
        f"The {early} against all other children": [(k, early, a + b - k, rest) for k in among],
        f"The {early} against the others with calcinosis": [
            (k, early, a - k, others) for k in among
        ],
        "Fewer children, for missing values": [
            (a, m1, b, m0) for m1, m0 in product(range(a, n1 + 1), range(b, n0 + 1))
        ],
        "One count misprinted": [
            *((x, n1, b, n0) for x in range(n1 + 1)),
            *((a, n1, y, n0) for y in range(n0 + 1)),
        ],
    }
    for family, tables in families.items():
        # what is nearest to the printed counts comes first
        tables.sort(key=lambda t: abs(t[0] - a) + abs(t[2] - b) + n1 - t[1] + abs(n0 - t[3]))
        for x, m1, y, m0 in tables:
            if family == ALL or (x, m1, y, m0) != (a, n1, b, n0):
                yield family, f"{x} of {m1} against {y} of {m0}", x, m1, y, m0
    for who, (m1, m0) in _parts(claims).items():
        for x, y in product(_late_in(m1, a, n1), _late_in(m0, b, n0)):
            words = f"{who}: {x} of {m1} against {y} of {m0}"
            yield "A part of the children that the text counts", words, x, m1, y, m0


def _late_in(size: int, late: int, n: int) -> range:
    """How many of the `late` among `n` children can be in a part of them."""
    return range(max(0, late - (n - size)), min(late, size) + 1)


def _parts(claims: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Sizes, with and without calcinosis, of parts of the children that the text counts."""
    n1, n0 = _both(claims, "table3_patients")
    named = {
        ("girls", "boys"): (
            printed_count(claims, "results_female_calcinosis_n"),
            printed_count(claims, "table3_female_no_calcinosis_n"),
        ),
        ("older at onset", "younger at onset"): _both(claims, "results_onset_over_6_5"),
        ("given immunosuppressors", "not given them"): _both(claims, "table3_immunosuppressor"),
        ("", "survivors"): _both(claims, "table3_deaths"),
        ("", "without calcinosis as first sign"): (
            printed_count(claims, "results_calcinosis_first_sign_calcinosis_n"),
            0,
        ),
        ("calcinosis circumscripta", ""): (
            printed_count(claims, "results_circumscripta_calcinosis_n"),
            n0,
        ),
    }
    parts: dict[str, tuple[int, int]] = {}
    for (some, others), (m1, m0) in named.items():
        parts |= {some: (m1, m0)} if some else {}
        parts |= {others: (n1 - m1, n0 - m0)} if others else {}
    return parts


def _copied(claims: pd.DataFrame) -> Iterator[tuple[str, str, str, bool, float]]:
    """List the p values of other rows, which may have come to stand at the delay."""
    groups = ("calcinosis", "no_calcinosis")
    sizes = _both(claims, "table3_patients")
    for item, name in (("time_to_treatment", "times to treatment"), ("age_at_diagnosis", "ages")):
        (m1, s1), (m0, s0) = (
            [printed_number(claims, f"table3_{item}_{group}_{part}") for part in ("mean", "sd")]
            for group in groups
        )
        for test, pooled in (("Student's t", True), ("Welch's t", False)):
            p = t_test_from_summary(m1, s1, sizes[0], m0, s0, sizes[1], pooled=pooled).p
            for share, side in ((1, "two-sided"), (2, "one-sided")):
                reading = f"{test}, {side}"
                yield f"t test of the {name} in Table 3", reading, test, True, p / share
    for row in _other_rows(claims).itertuples():
        words = f"{row.item}: {row.a} of {sizes[0]} against {row.b} of {sizes[1]}"
        for name, test in TESTS.items():
            p = float(getattr(row, name))
            yield "Test of another row's counts", words, test, name in USUAL, p
    p_values = claims[(claims["statistic"] == "p") & (claims["role"] != "cited")].drop(PRINTED)
    for printed in dict.fromkeys(p_values["printed"]):
        value = float(printed_value(printed))
        yield "Another p that the paper prints", f"p = {printed}", "as printed", True, value


def _other_rows(claims: pd.DataFrame) -> pd.DataFrame:
    """Test every other two counts that the paper compares."""
    n = claims[(claims["statistic"] == "n") & claims["location"].isin(["results", "table3"])]
    tested = claims.loc[claims["statistic"] == "p", "item"]
    n = n[n["item"].isin(tested) & ~n["item"].isin(["patients", claims.at[PRINTED, "item"]])]
    counts = n.drop_duplicates(["item", "group", "value"]).set_index(["item", "group"])["value"]
    pairs = [
        (item, int(a), int(b))
        for item in dict.fromkeys(counts.index.get_level_values("item"))
        for a, b in product(
            *(counts[counts.index == (item, group)] for group in ("calcinosis", "no_calcinosis"))
        )
    ]
    n1, n0 = _both(claims, "table3_patients")
    rows = pd.DataFrame(pairs, columns=["item", "a", "b"]).assign(n1=n1, n0=n0)
    return rows.join(_tests(rows))


def _which(part: pd.DataFrame, most: int = 3) -> str:
    """Name the first fits of a family, the usual tests first."""
    fits = part[part["rounded"] | part["truncated"]]
    fits = fits.sort_values("usual", ascending=False, kind="stable")
    tests = fits["test"].mask(fits["n1"].isna(), "").radd(", ").replace(", ", "")
    words = (fits["reading"] + tests + fits["p"].map(", {:.4f}".format)).head(most)
    return "; ".join([*words, *([f"and {len(fits) - most} more"] if len(fits) > most else [])])
