"""The ledger: every printed number of a paper, as printed."""

import re
from collections.abc import Hashable
from fractions import Fraction
from pathlib import Path

import pandas as pd

from paperaudit.relations import load_relations
from paperaudit.rounding import PLAIN, printed_decimals, printed_value

COLUMNS = (
    "id", "location", "item", "group", "statistic", "printed", "value", "decimals",
    "denominator", "unit", "role", "note",
)  # fmt: skip
#: Columns that a ledger may have: which rows are the levels of one variable, and which analysis.
OPTIONAL = ("variable", "model")
REQUIRED = ("id", "location", "item", "statistic", "printed", "value", "decimals", "role")
STATISTICS = (
    "n", "percent", "fraction", "mean", "sd", "median", "min", "max", "q1", "q3", "p",
    "odds_ratio", "risk_ratio", "hazard_ratio", "ci_low", "ci_high", "conf_level", "nagelkerke_r2",
    "alpha", "cutoff", "denominator", "dose", "days", "ratio", "incidence", "rank",
)  # fmt: skip
ROLES = ("built_in", "predicted", "cited", "design")
VOCABULARIES = {"statistic": STATISTICS, "role": ROLES}
LOCATION = re.compile(
    "abstract|introduction|methods|results|discussion|(table|figure|appendix)[0-9a-z_]*"
)
PLACES = "abstract, introduction, methods, results, discussion, table1, figure2, appendix3, …"


class LedgerError(ValueError):
    """A ledger that cannot be used.

    ``problems`` is a DataFrame with a row for each problem: file, row (the line in the file, its
    heading being line 1), column, value, problem, allowed.
    """

    def __init__(self, problems: pd.DataFrame) -> None:
        self.problems = problems
        lines = [
            f"{p.file}, row {p.row}, column {p.column}: {p.value!r} {p.problem}; "
            f"allowed: {p.allowed}"
            for p in problems.itertuples()
        ]
        super().__init__("\n".join([f"{len(lines)} problem(s) in the ledger", *lines]))


def example_ledger() -> Path:
    """Return the path of an invented ledger: 36 patients, of whom 14 have an infection of a wound.

    It has relations beside it, and four slips: a count of women, a p value of deaths, digits cut
    off, and a regression of other smokers than its tables count.

    Examples
    --------
    >>> example_ledger().name, len(load_claims(example_ledger()))
    ('infection.csv', 58)
    """
    return Path(__file__).with_name("example") / "infection.csv"


def load_claims(path: str | Path) -> pd.DataFrame:
    """Read and validate a ledger of printed numbers.

    Parameters
    ----------
    path : path
        A CSV file with the ledger's columns.

    Returns
    -------
    pandas.DataFrame
        One row a printed number, indexed by ``id``, with the columns ``location``, ``item``,
        ``group`` (empty where the number belongs to the comparison; a group is ``all``, or one
        that a row of the item ``patients`` counts, or an item, for those who have it),
        ``statistic``, ``printed`` (the string as printed), ``value`` (the number it says),
        ``decimals``, ``denominator`` (patients; missing where there is none), ``unit``, ``role``
        and ``note``. Its ``attrs`` hold the `Relations` that ``relations.csv`` beside the file
        declares.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    LedgerError
        With every problem at once: missing or unknown columns, repeated ids, words outside the
        vocabularies, a value or decimals that disagree with what is printed, a percentage without
        a denominator. What can be read and no patients can have is for the audit to judge.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such ledger")
    try:
        raw = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        unread = [(1, "", "", f"cannot be read ({error})", "CSV, UTF-8")]
        raise LedgerError(_problems(str(file), unread)) from None
    claims = validate_claims(raw, str(file))
    claims.attrs["relations"] = load_relations(file)
    return claims


def validate_claims(raw: pd.DataFrame, source: str = "the ledger") -> pd.DataFrame:
    """Validate a ledger that is not in a file: all cells strings, empty ones empty.

    Parameters
    ----------
    raw : pandas.DataFrame
        The columns of a ledger, as `load_claims` reads them, one row a printed number.
    source : str
        What to call the ledger where a problem is told.

    Returns
    -------
    pandas.DataFrame
        As `load_claims`.

    Raises
    ------
    LedgerError
        As `load_claims`.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, "") | {"id": "a", "location": "abstract", "item": "patients"}
    >>> row |= {"group": "all", "statistic": "n", "printed": "six", "value": "6"}
    >>> row |= {"decimals": "0", "role": "predicted"}
    >>> validate_claims(pd.DataFrame([row]))[["value", "decimals"]].to_dict("index")
    {'a': {'value': 6.0, 'decimals': 0}}
    """
    found = _check_columns(raw)
    if not found:
        raw = raw.reset_index(drop=True)
        found = _check_rows(raw)
        sound = ~(raw.index + 2).isin([problem[0] for problem in found])
        found = sorted(found + _check_groups(raw[sound], raw["item"]))
    if found:
        raise LedgerError(_problems(source, found))
    return raw.assign(
        value=raw["value"].astype(float),
        decimals=raw["decimals"].astype(int),
        denominator=pd.to_numeric(raw["denominator"]).astype("Int64"),
    ).set_index("id")


def printed_text(claims: pd.DataFrame, claim: str) -> str:
    """Return a claim as it is printed."""
    return str(claims["printed"][claim])


def printed_number(claims: pd.DataFrame, claim: str) -> float:
    """Return the number that a claim prints, for use in a calculation.

    Examples
    --------
    >>> printed_number(load_claims(example_ledger()), "results_cefazolin_infection_n")
    9.0
    """
    return float(claims["value"][claim])


def printed_count(claims: pd.DataFrame, claim: str) -> int:
    """Return the count that a claim prints."""
    return int(printed_number(claims, claim))


Problem = tuple[int, str, str, str, str]


def _problems(source: str, found: list[Problem]) -> pd.DataFrame:
    frame = pd.DataFrame(found, columns=["row", "column", "value", "problem", "allowed"])
    return frame.assign(file=source)[["file", *frame.columns]]


def _check_columns(raw: pd.DataFrame) -> list[Problem]:
    allowed = ", ".join(COLUMNS)
    missing = [(1, c, "", "is missing", allowed) for c in COLUMNS if c not in raw.columns]
    unknown = raw.columns.difference([*COLUMNS, *OPTIONAL])
    extra = [(1, c, c, "is not a column of a ledger", allowed) for c in unknown]
    empty = [] if len(raw) else [(1, "", "", "has no rows", "at least one printed number")]
    return missing + extra + empty


def _check_rows(raw: pd.DataFrame) -> list[Problem]:
    found: list[Problem] = []
    for row, claim in enumerate(raw.to_dict("records"), start=2):
        found += [
            (row, column, claim[column], "is empty", "a value")
            for column in REQUIRED
            if not claim[column]
        ]
        found += [
            (row, column, claim[column], "is not in the vocabulary", ", ".join(words))
            for column, words in VOCABULARIES.items()
            if claim[column] not in words
        ]
        if not LOCATION.fullmatch(claim["location"]):
            found.append((row, "location", claim["location"], "is not in the vocabulary", PLACES))
        found += _check_numbers(row, claim)
    repeated = raw["id"].duplicated(keep=False)
    found += [(i + 2, "id", raw["id"][i], "is repeated", "unique ids") for i in raw.index[repeated]]
    return sorted(found)


def _check_numbers(row: int, claim: dict[Hashable, str]) -> list[Problem]:
    found: list[Problem] = []
    printed, denominator = claim["printed"], claim["denominator"]
    try:
        value = printed_value(printed)
    except ValueError:
        return [
            (row, "printed", printed, "is not a printed number", "digits, 1/5, or a number word")
        ]
    if not _is(claim["value"], value):
        found.append(
            (row, "value", claim["value"], f"is not what {printed!r} says", str(float(value)))
        )
    if claim["decimals"] != str(printed_decimals(printed)):
        found.append(
            (
                row,
                "decimals",
                claim["decimals"],
                f"is not what {printed!r} has",
                str(printed_decimals(printed)),
            )
        )
    if denominator and not (
        denominator.isascii() and denominator.isdigit() and int(denominator) > 0
    ):
        found.append((row, "denominator", denominator, "is not a number of patients", "1, 2, …"))
    own = claim["role"] in ("built_in", "predicted")
    if own and claim["statistic"] == "percent" and not denominator:
        found.append(
            (row, "denominator", "", "is missing for a percentage", "a number of patients")
        )
    if claim["statistic"] == "n" and (value.denominator != 1 or value < 0):
        found.append((row, "printed", printed, "is not a count", "a whole number"))
    return found


def _is(text: str, value: Fraction) -> bool:
    return bool(PLAIN.fullmatch(text)) and Fraction(text) == value


def _check_groups(raw: pd.DataFrame, items: pd.Series) -> list[Problem]:
    """Find unknown groups, and denominators above all patients."""
    rows = list(zip(raw.index + 2, raw.to_dict("records"), strict=True))
    named = {c["group"] for _, c in rows if c["item"] == "patients"}
    known = {"", "all", *named, *items}
    unknown: list[Problem] = [
        (row, "group", c["group"], "is not a group", ", ".join(sorted({"all", *named} - {""})))
        for row, c in rows
        if not known.issuperset([c["group"]] if c["statistic"] != "p" else c["group"].split("|"))
    ]
    own = [(row, c) for row, c in rows if c["role"] in ("built_in", "predicted")]
    counts = [(row, c) for row, c in own if c["statistic"] == "n"]
    sizes: dict[str, int] = {}
    for _, c in counts:
        if c["item"] == "patients":
            sizes[c["group"]] = max(int(c["value"]), sizes.get(c["group"], 0))
    found = unknown
    most = max(sizes.values(), default=None)
    found += [
        (row, "denominator", c["denominator"], "is above all patients", f"up to {most}")
        for row, c in own
        if most and c["denominator"] and int(c["denominator"]) > most
    ]
    return found
