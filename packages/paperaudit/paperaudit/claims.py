"""The ledger: every printed number of a paper, as printed.

Only `REQUIRED` columns are typed; the others are derived where they are empty, and checked where
they are not.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pandas as pd

from paperaudit.adjustment import EFFECTS
from paperaudit.denominators import Share, percent_base
from paperaudit.naming import unused_name
from paperaudit.relations import load_relations
from paperaudit.rounding import DECIMAL_COMMA, PLAIN, plain_text, printed_decimals, printed_value
from paperaudit.table_problems import Problem, TableError

COLUMNS = (
    "id", "location", "item", "group", "statistic", "printed", "value", "decimals",
    "denominator", "unit", "role", "note",
)  # fmt: skip
#: Which rows are levels of one variable; which analysis; which limits; what is to be settled.
OPTIONAL = ("variable", "model", "conf_level", "doubt")
REQUIRED = ("item", "group", "statistic", "printed")
STATISTICS = (
    "n", "percent", "fraction", "mean", "sd", "se", "median", "min", "max", "q1", "q3", "iqr", "p",
    "odds_ratio", "risk_ratio", "hazard_ratio", "rate_ratio", "ci_low", "ci_high", "conf_level",
    "mean_difference", "median_difference", "risk_difference", "smd", "correlation",
    "coefficient",    "nagelkerke_r2",
    "t", "f", "chi2", "z", "q", "df", "df1", "df2", "log_rank",
    "rate", "person_time", "at_risk", "survival", "competing", "censored", "missing",
    "excluded", "remaining",
    "true_positive", "false_positive", "false_negative", "true_negative",
    "sensitivity", "specificity", "ppv", "npv", "accuracy",
    "alpha", "cutoff", "denominator", "dose", "days", "ratio", "incidence", "rank",
)  # fmt: skip
#: Other words for a statistic that people type.
ALIASES = {
    "count": "n", "events": "n", "%": "percent", "pct": "percent", "std": "sd", "sem": "se",
    "or": "odds_ratio", "rr": "risk_ratio", "hr": "hazard_ratio", "irr": "rate_ratio",
    "md": "mean_difference", "rd": "risk_difference", "lower": "ci_low", "upper": "ci_high",
    "lcl": "ci_low", "ucl": "ci_high", "p_value": "p", "pvalue": "p", "p-value": "p",
    "chi-square": "chi2", "chisq": "chi2", "x2": "chi2", "r": "correlation", "minimum": "min",
    "maximum": "max", "tp": "true_positive", "fp": "false_positive", "fn": "false_negative",
    "tn": "true_negative",
}  # fmt: skip
ROLES = ("built_in", "predicted", "cited", "design")
VOCABULARIES = {"statistic": STATISTICS, "role": ROLES}
LOCATION = re.compile(
    "(abstract|introduction|methods|results|discussion|table|figure|appendix|supplement|text)"
    "[0-9a-z_]*"
)
PLACES = "abstract, introduction, methods, results, discussion, table1, figure2, appendix3, …"


class LedgerError(TableError):
    """A ledger that cannot be used; ``problems`` as in `TableError`."""

    subject = "the ledger"


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
        A table with the ledger's columns: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or
        cp1252, or an Excel workbook. Empty rows and columns are left out.

    Returns
    -------
    pandas.DataFrame
        As `validate_claims`. Its ``attrs`` hold the `Relations` that ``relations.csv`` beside the
        file declares, and the ``sha256`` of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    LedgerError
        With every problem at once: missing or unknown columns, repeated ids, words outside the
        vocabularies, numbers that cannot be read, a value or decimals that disagree with what is
        printed. What can be read and no patients can have is for the audit to judge.
    """
    from paperaudit.grid import NoTableError
    from paperaudit.table_reading import cell_rows

    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such ledger")
    try:
        rows = cell_rows(file)
    except (NoTableError, UnicodeDecodeError, ValueError) as error:
        unread = [(1, "", "", f"cannot be read ({error})", "CSV or an Excel workbook")]
        raise LedgerError(_problems(str(file), unread)) from None
    claims = validate_claims(_framed(rows), str(file))
    claims.attrs["relations"] = load_relations(file)
    claims.attrs["sha256"] = sha256(file.read_bytes()).hexdigest()
    return claims


def looks_like_ledger(headings: list[str]) -> bool:
    """Whether headings are those of a ledger, and not of a table of a paper.

    Examples
    --------
    >>> looks_like_ledger(["Item", "statistic", "printed"]), looks_like_ledger(["Age", "p"])
    (True, False)
    """
    return {"item", "statistic", "printed"} <= {_heading(text) for text in headings}


def _heading(text: str) -> str:
    return text.strip().strip("\ufeff").casefold()


def _framed(rows: list[list[str]]) -> pd.DataFrame:
    """Put rows of text into a frame whose index is the line of the file, its heading line 1."""
    heads = [_heading(text) for text in rows[0]] if rows else []
    width = max((len(row) for row in rows), default=0)
    heads += [""] * (width - len(heads))
    full = [[*(text.strip() for text in row), *[""] * (width - len(row))] for row in rows[1:]]
    frame = pd.DataFrame(full, columns=heads, index=range(2, len(full) + 2), dtype=str)
    frame = frame[(frame != "").any(axis=1)]
    unnamed = [not head and not (frame.iloc[:, j] != "").any() for j, head in enumerate(heads)]
    return frame.loc[:, [not empty for empty in unnamed]]


def validate_claims(
    raw: pd.DataFrame, source: str = "the ledger", *, groups: Iterable[str] = ()
) -> pd.DataFrame:
    """Validate a ledger that is not in a file: all cells strings, empty ones empty.

    Parameters
    ----------
    raw : pandas.DataFrame
        Columns of a ledger, one row a printed number: `REQUIRED`, and any other of `COLUMNS` and
        `OPTIONAL`.
    source : str
        What to call the ledger where a problem is told.
    groups : iterable of str
        Names of groups that are good although no row counts their patients.

    Returns
    -------
    pandas.DataFrame
        One row a printed number, indexed by ``id``, with the columns ``location`` (by default
        ``table1``), ``item``, ``group`` (empty where the number belongs to the comparison; a group
        is ``all``, or one that a row of the item ``patients`` counts, or an item, for those who
        have it; of a p it may be two, ``a|b``), ``statistic``, ``printed`` (the string as
        printed), ``value`` (the number it says), ``decimals``, ``denominator`` (patients; missing
        where there is none; an empty one of a percentage is the size of its group, or the total of
        its row, if most counts of the place are such percentages), ``unit``, ``role`` (by default
        ``predicted``), ``note``; ``variable`` (rows of one place and group with the same are levels
        of one variable), ``model`` (``crude``, ``adjusted`` or another name; empty if there is one
        analysis), ``conf_level`` (of limits, in percent; empty for 95) and ``doubt`` (what is to
        be settled; empty if nothing).

    Raises
    ------
    LedgerError
        As `load_claims`.

    Examples
    --------
    >>> row = {"item": "patients", "group": "all", "statistic": "n", "printed": "six"}
    >>> validate_claims(pd.DataFrame([row]))[["value", "decimals", "role"]].to_dict("index")
    {'table1_patients_all_n': {'value': 6.0, 'decimals': 0, 'role': 'predicted'}}
    """
    problems = _check_columns(raw)
    if problems:
        raise LedgerError(_problems(source, problems))
    if isinstance(raw.index, pd.RangeIndex) and raw.index.start == 0:
        raw = raw.set_axis(range(2, len(raw) + 2))
    raw = _derive(raw)
    problems = sorted(_check_rows(raw) + _check_groups(raw, groups))
    if problems:
        raise LedgerError(_problems(source, problems))
    return raw.assign(
        value=[float(printed_value(printed)) for printed in raw["printed"]],
        decimals=[printed_decimals(printed) for printed in raw["printed"]],
        denominator=pd.to_numeric(_with_denominators(raw)).astype("Int64"),
    ).set_index("id")


def _derive(raw: pd.DataFrame) -> pd.DataFrame:
    """Fill what follows from the rest: place, role, names of statistics, ids."""
    columns = [*COLUMNS, *OPTIONAL]
    raw = raw.reindex(columns=columns, fill_value="").fillna("").astype(str)
    words = raw["statistic"].str.strip().str.casefold()
    raw = raw.assign(
        statistic=words.map(lambda word: ALIASES.get(word, word)),
        location=raw["location"].where(raw["location"] != "", "table1"),
        role=raw["role"].where(raw["role"] != "", "predicted"),
        conf_level=raw["conf_level"].str.rstrip(" %"),
        printed=_points(raw["printed"]),
    )
    parts = raw[["location", "item", "group", "model", "statistic"]].to_numpy().tolist()
    stems = ["_".join(filter(None, row)) for row in parts]
    taken = set(raw["id"])
    names = zip(raw["id"], stems, strict=True)
    return raw.assign(id=[given or unused_name(stem, taken) for given, stem in names])


def _points(printed: pd.Series) -> pd.Series:
    """Write decimal commas as points, if the ledger has such and no decimal points."""
    plain = printed.map(plain_text)
    bare = plain.str.lstrip("<>≤≥ ").str.rstrip("% ")
    if not bare.map(lambda text: bool(DECIMAL_COMMA.fullmatch(text))).any():
        return printed
    if bare.str.contains(r"\d\.\d").any():
        return printed
    return plain.str.replace(",", ".", regex=False)


def _with_denominators(raw: pd.DataFrame) -> pd.Series:
    """Give each percentage without a denominator the whole that those of its place are of."""
    own = raw["role"].isin(("built_in", "predicted"))
    open_ = own & (raw["statistic"] == "percent") & (raw["denominator"] == "")
    if not open_.any():
        return raw["denominator"]
    values = {i: printed_value(printed) for i, printed in raw["printed"].items()}
    rows = raw[own].to_dict("index")
    counts: dict[tuple[str, ...], int] = {}
    for i, c in rows.items():
        if c["statistic"] == "n":
            counts.setdefault((c["location"], c["item"], c["group"]), int(values[i]))
            if c["item"] == "patients":
                counts.setdefault(("", "patients", c["group"]), int(values[i]))
    shares, wholes = {}, {}
    for i in raw.index[open_]:
        c = rows[i]
        n = counts.get((c["location"], c["item"], c["group"]))
        size = counts.get(("", "patients", c["group"]))
        at = (c["location"], c["item"])
        row = [k for key, k in counts.items() if key[:2] == at and key[2] not in ("", "all")]
        total = counts.get((c["location"], c["item"], "all"), sum(row) if len(row) > 1 else None)
        total = None if c["group"] == "all" else total
        wholes[i] = {"column": size, "row": total, "": None}
        if n is not None:
            shares[i] = Share(n, c["printed"], size, total)
    result = raw["denominator"].copy()
    for place in raw["location"][open_].unique():
        here = [i for i in raw.index[open_] if raw["location"][i] == place]
        base = percent_base(shares[i] for i in here if i in shares)
        for i in here:
            own_base = "column" if base and raw["group"][i] == "all" else base
            result[i] = str(wholes[i][own_base] or "")
    return result


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


def _problems(source: str, problems: list[Problem]) -> pd.DataFrame:
    frame = pd.DataFrame(problems, columns=["row", "column", "value", "problem", "allowed"])
    return frame.assign(file=source)[["file", *frame.columns]]


def _check_columns(raw: pd.DataFrame) -> list[Problem]:
    allowed = ", ".join([*COLUMNS, *OPTIONAL])
    missing = [(1, c, "", "is missing", allowed) for c in REQUIRED if c not in raw.columns]
    unknown = raw.columns.difference([*COLUMNS, *OPTIONAL])
    extra = [(1, c, c, "is not a column of a ledger", allowed) for c in unknown]
    twice = [
        (1, c, c, "is the heading of two columns", allowed)
        for c in raw.columns[raw.columns.duplicated()]
    ]
    empty = [] if len(raw) else [(1, "", "", "has no rows", "at least one printed number")]
    return missing + extra + twice + empty


def _check_rows(raw: pd.DataFrame) -> list[Problem]:
    problems: list[Problem] = []
    for row, claim in raw.to_dict("index").items():
        line = int(str(row))
        problems += [
            (line, column, claim[column], "is empty", "a value")
            for column in ("item", "printed")
            if not claim[column]
        ]
        problems += [
            (line, column, claim[column], "is not in the vocabulary", ", ".join(words))
            for column, words in VOCABULARIES.items()
            if claim[column] not in words
        ]
        if not LOCATION.fullmatch(claim["location"]):
            problems.append(
                (line, "location", claim["location"], "is not in the vocabulary", PLACES)
            )
        problems += _check_numbers(line, {str(key): str(text) for key, text in claim.items()})
    repeated = raw["id"].duplicated(keep=False)
    problems += [
        (int(i), "id", raw["id"][i], "is repeated", "unique ids") for i in raw.index[repeated]
    ]
    return problems


def _check_numbers(row: int, claim: dict[str, str]) -> list[Problem]:
    problems: list[Problem] = []
    printed, denominator, level = claim["printed"], claim["denominator"], claim["conf_level"]
    try:
        value = printed_value(printed)
    except ValueError:
        what = "digits, <0.001, 1/5, 5×10⁻⁴, NS, or a number word"
        return [(row, "printed", printed, "is not a printed number", what)]
    if claim["value"] and not _is(claim["value"], value):
        words = f"is not what {printed!r} says"
        problems.append((row, "value", claim["value"], words, str(float(value))))
    places = str(printed_decimals(printed))
    if claim["decimals"] not in ("", places):
        words = f"is not what {printed!r} has"
        dropped = claim["decimals"].isdigit() and int(claim["decimals"]) > int(places)
        hint = " (a spreadsheet drops a last zero: make the column text)" if dropped else ""
        problems.append((row, "decimals", claim["decimals"], words, places + hint))
    if denominator and not (
        denominator.isascii() and denominator.isdigit() and int(denominator) > 0
    ):
        problems.append((row, "denominator", denominator, "is not a number of patients", "1, 2, …"))
    if claim["statistic"] == "n" and (value.denominator != 1 or value < 0):
        problems.append((row, "printed", printed, "is not a count", "a whole number"))
    if level and not (PLAIN.fullmatch(level) and 50 <= float(level) < 100):
        problems.append((row, "conf_level", level, "is not a confidence level", "50 to 99.9; 95"))
    return problems


def _is(text: str, value: Fraction) -> bool:
    return bool(PLAIN.fullmatch(text)) and Fraction(text) == value


def _check_groups(raw: pd.DataFrame, good: Iterable[str]) -> list[Problem]:
    """Find names of groups that nothing counts, unless several items have them.

    A slip in typing stands in one row. Without any row of patients all names are good.
    """
    named = set(raw["group"][raw["item"] == "patients"]) - {"", "all"}
    if not named:
        return []
    items = raw.groupby("group")["item"].nunique()
    allowed_names = {
        "",
        "all",
        *named,
        *good,
        *raw["item"],
        *raw["variable"],
        *items.index[items > 1],
    }
    problems: list[Problem] = []
    for row, claim in raw.to_dict("index").items():
        group = str(claim["group"])
        compares = claim["statistic"] in ("p", *EFFECTS, "ci_low", "ci_high")
        parts = group.split("|") if compares else [group]
        if allowed_names.issuperset(parts):
            continue
        near = get_close_matches(group, sorted(named), 1)
        allowed = ", ".join(sorted({"all", *named})) + (f"; {near[0]}?" if near else "")
        problems.append((int(str(row)), "group", group, "is not a group", allowed))
    return problems
