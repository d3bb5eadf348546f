"""What other publications printed of an outcome: their cohorts, and their findings about it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from paperaudit.number_checks import check_percent, check_ratio
from paperaudit.rounding import counts_that_print, printed_value
from paperaudit.table_problems import Problem, TableError

FILES: Mapping[str, tuple[str, ...]] = {
    "cohorts.csv": (
        "key", "name", "year", "first_author", "journal", "identifier", "read_in", "source",
        "may_overlap", "setting", "patients", "outcome", "n", "percent_printed", "note",
    ),
    "findings.csv": (
        "id", "cohort", "topic", "about", "direction", "analysis", "printed", "finding",
    ),
}  # fmt: skip
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "cohorts.csv": (
        "key", "name", "identifier", "read_in", "source", "setting", "patients", "outcome",
    ),
    "findings.csv": ("id", "cohort", "topic", "about", "direction", "finding"),
}  # fmt: skip
NOT_COUNTED, DESCRIBED, NOT_REPORTED = "not counted", "the patients", "not reported"
#: The closed lists that are the same for every subject.
WORDS: Mapping[str, tuple[str, ...]] = {
    "read_in": ("abstract", "summary of the abstract", "conference abstract"),
    "direction": ("associated", "not associated", NOT_REPORTED),
    "analysis": ("", "univariate", "multivariate", "not stated"),
}
#: How an identifier may begin, and the address it leads to; `AB0946` is a conference abstract.
LINKS = {
    r"doi:(10\.\d{4,}/\S+)": "https://doi.org/{}",
    r"PMID:(\d+)": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    r"PMCID:(PMC\d+)": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
    r"ACR:(\d+)": "https://acrabstracts.org/?p={}",
    r"(https://\S+)": "{}",
    r"(AB\d+)": "",
}
IDENTIFIERS = "doi:10.…, PMID:…, PMCID:PMC…, ACR:…, AB…, https://…"


class LiteratureError(TableError):
    """Tables of other cohorts that cannot be used; ``problems`` as in `TableError`."""

    subject = "the evidence"


@dataclass(frozen=True)
class Subject:
    """What the literature is about, as a study declares it.

    Attributes
    ----------
    outcome
        Its name.
    events
        The column of ``cohorts.csv`` with the patients who have it.
    words
        The closed lists of the columns ``patients`` and ``outcome`` of ``cohorts.csv``, and of
        ``topic`` and ``about`` of ``findings.csv``.
    comparable
        The word of ``patients`` and of ``outcome`` that makes a cohort comparable with the others.
    study
        The key of the study itself, which is in no row but may share patients with some.
    """

    outcome: str
    events: str
    words: Mapping[str, Sequence[str]]
    comparable: Mapping[str, str]
    study: str = ""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What other cohorts printed.

    Attributes
    ----------
    subject : Subject
        What they are about.
    cohorts : DataFrame
        One row a publication, indexed by ``key``: ``name``, ``year`` and ``first_author`` (empty
        where not seen), ``journal``, ``identifier``, ``link`` (empty where there is none),
        ``read_in``, ``source`` (publications of one source share patients), ``may_overlap`` (keys
        of others that may share some), ``setting``, ``patients``, ``outcome``, ``n`` and
        the patients with the outcome (missing where not printed), ``percent_printed`` (as
        printed), ``note``, and, from these, ``count`` (the printed one, or the middle one of those
        that print as the percentage), ``count_low`` and ``count_high``, ``count_from``
        (``count`` or ``percentage``) and ``comparable`` (as `Subject` says, with a count).
    findings : DataFrame
        One row a finding, indexed by ``id``: ``cohort``, ``topic``, ``about`` (the outcome,
        or only the patients), ``direction``, ``analysis``, ``printed`` (the
        statistic as printed), ``finding`` (in our words), with ``name``, ``identifier``, ``link``
        and ``source`` of its cohort.
    """

    subject: Subject
    cohorts: pd.DataFrame
    findings: pd.DataFrame


def load_literature(folder: str | Path, subject: Subject) -> Evidence:
    """Read and validate what other publications printed.

    Parameters
    ----------
    folder : path
        Has ``cohorts.csv``, with the columns of `FILES` and that of the events, and
        ``findings.csv``.
    subject : Subject
        What they are about.

    Raises
    ------
    FileNotFoundError
        If one of the two files is not there.
    LiteratureError
        With every problem of both files at once.

    Examples
    --------
    >>> words = {"patients": ["adults"], "outcome": ["relapse"], "topic": [], "about": []}
    >>> relapse = Subject("relapse", "n_relapse", words, {"patients": "adults"})
    >>> load_literature("nowhere", relapse)
    Traceback (most recent call last):
    FileNotFoundError: nowhere/cohorts.csv: no such file
    """
    tables: dict[str, pd.DataFrame] = {}
    problems: dict[str, list[Problem]] = {}
    for name, columns in FILES.items():
        extra = (subject.events,) if name == "cohorts.csv" else ()
        tables[name], problems[name] = _read(Path(folder) / name, (*columns, *extra))
    cohorts, findings = tables.values()
    if not any(problems.values()):
        problems["cohorts.csv"] = _check_cohorts(cohorts, subject)
        problems["findings.csv"] = _check_findings(findings, cohorts, subject)
    if any(problems.values()):
        raise LiteratureError(
            [
                (str(Path(folder) / name), *p)
                for name, some in problems.items()
                for p in sorted(some)
            ]
        )
    cohorts = _with_counts(cohorts.set_index("key"), subject)
    of_cohort = cohorts[["name", "identifier", "link", "source"]]
    return Evidence(subject, cohorts, findings.set_index("id").join(of_cohort, on="cohort"))


def check_shares(evidence: Evidence) -> pd.DataFrame:
    """Compare every printed percentage with the count that it is of.

    Returns
    -------
    pandas.DataFrame
        One row a percentage: ``name``, ``identifier``, ``link``, ``finding``, ``count``, ``n``,
        ``percent_printed``, ``exact`` (of the count) and ``rules`` (``rounded``, ``truncated``,
        both, or ``no`` habit gives the printed digits).
    """
    cohorts, findings = evidence.cohorts, evidence.findings
    percentages = cohorts[cohorts["percent_printed"].ne("") & cohorts["count"].notna()]
    parts = findings["printed"].str.extract(r"(\d+)(?: of (\d+))? \((\d+)%\)").dropna(subset=0)
    named = findings.loc[parts.index].assign(count=parts[0].astype(int), percent_printed=parts[2])
    of_all = named["cohort"].map(cohorts["n"])  # where the number of patients is not repeated
    named["n"] = parts[1].fillna(of_all.astype(str)).astype(int)
    columns = ["name", "identifier", "link", "finding", "count", "n", "percent_printed"]
    shares = pd.concat(
        [percentages.assign(finding=evidence.subject.outcome)[columns], named[columns]]
    )
    shares = shares.astype({"count": object, "n": object})
    checks = [
        check_percent(percent, int(count), int(n))
        for percent, count, n in shares[["percent_printed", "count", "n"]].to_numpy()
    ]
    return shares.assign(
        exact=[check.computed for check in checks],
        rules=[" or ".join(check.rules) or "no" for check in checks],
    )


def check_ratios(evidence: Evidence) -> pd.DataFrame:
    """Compare every printed odds ratio with its limits.

    Returns
    -------
    pandas.DataFrame
        One row a ratio: ``name``, ``identifier``, ``link``, ``finding``, ``printed``,
        ``log_symmetric`` (whether the ratio can be the geometric mean of the limits), ``p_low`` and
        ``p_high`` (Wald p values that the digits leave room for).
    """
    findings = evidence.findings
    ratios = findings["printed"].str.extract(r"OR ([\d.]+) \(([\d.]+)-([\d.]+)\)").dropna()
    checks = [check_ratio(*texts) for texts in zip(ratios[0], ratios[1], ratios[2], strict=True)]
    columns = ["name", "identifier", "link", "finding", "printed"]
    return findings.loc[ratios.index, columns].assign(
        log_symmetric=[check.log_symmetric for check in checks],
        p_low=[check.p_range[0] for check in checks],
        p_high=[check.p_range[1] for check in checks],
    )


def link_of(identifier: str) -> str:
    """Return the web address of an identifier, an empty string if it has none.

    Raises
    ------
    ValueError
        If it is not an identifier.

    Examples
    --------
    >>> link_of("PMID:22885422"), link_of("AB0946")
    ('https://pubmed.ncbi.nlm.nih.gov/22885422/', '')
    """
    for pattern, address in LINKS.items():
        if match := re.fullmatch(pattern, identifier):
            return address.format(match[1])
    raise ValueError(f"{identifier!r} is not an identifier; allowed: {IDENTIFIERS}")


def _with_counts(cohorts: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """Add the address, the counts that the printed numbers allow, and who can be compared."""
    n, printed = (cohorts[c].replace("", pd.NA).astype("Int64") for c in ("n", subject.events))
    possible = [
        [int(count)] if pd.notna(count) else counts_that_print(percent, total) if percent else []
        for count, percent, total in zip(printed, cohorts["percent_printed"], n, strict=True)
    ]
    choices: dict[str, Callable[[list[int]], int]] = {
        "count": lambda counts: counts[len(counts) // 2],
        "count_low": min,
        "count_high": max,
    }
    counts = {
        name: pd.array([choose(c) if c else pd.NA for c in possible], dtype="Int64")
        for name, choose in choices.items()
    }
    counted = cohorts.assign(**{"n": n, subject.events: printed}, **counts)
    chosen = dict(subject.comparable)
    origin = printed.notna().map({True: "count", False: "percentage"})
    return counted.assign(
        link=cohorts["identifier"].map(link_of),
        count_from=origin.where(counted["count"].notna(), ""),
        comparable=(cohorts[[*chosen]] == pd.Series(chosen)).all(axis=1) & counted["count"].notna(),
    )


def _read(path: Path, columns: tuple[str, ...]) -> tuple[pd.DataFrame, list[Problem]]:
    """Read one of the files as strings, and check that it is one."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        return pd.DataFrame(), [(1, "", "", f"cannot be read ({error})", "CSV, UTF-8")]
    allowed = ", ".join(columns)
    problems = [(1, c, "", "is missing", allowed) for c in columns if c not in raw]
    extra = [str(c) for c in raw if c not in columns]
    return raw, problems + [(1, c, c, "is not a column of this file", allowed) for c in extra]


def _records(raw: pd.DataFrame) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line in the file, the heading being line 1."""
    for row, values in enumerate(raw.to_numpy(), start=2):
        yield row, {str(c): str(v) for c, v in zip(raw.columns, values, strict=True)}


def _check_words(
    raw: pd.DataFrame, name: str, unique: tuple[str, ...], subject: Subject
) -> Iterator[Problem]:
    """Check what must be there, what a closed list allows, and what may not be repeated."""
    lists = {c: words for c, words in {**WORDS, **subject.words}.items() if c in raw}
    for row, record in _records(raw):
        for column in REQUIRED[name]:
            if not record[column]:
                yield row, column, "", "is empty", "a value"
        for column, words in lists.items():
            if record[column] and record[column] not in words:
                allowed = ", ".join(filter(None, words))
                yield row, column, record[column], "is not in the list", allowed
    for column in unique:
        again = raw[column].duplicated() & raw[column].ne("")
        for i in raw.index[again]:
            yield int(i) + 2, column, str(raw[column][i]), "is a duplicate", "each value once"


def _check_cohorts(raw: pd.DataFrame, subject: Subject) -> list[Problem]:
    problems = list(_check_words(raw, "cohorts.csv", ("key", "name", "identifier"), subject))
    keys = {*raw["key"], subject.study} - {""}
    for row, cohort in _records(raw):
        problems += _check_numbers(row, cohort, subject.events)
        if cohort["identifier"] and not any(re.fullmatch(p, cohort["identifier"]) for p in LINKS):
            value = cohort["identifier"]
            problems.append((row, "identifier", value, "is not an identifier", IDENTIFIERS))
        for other in filter(None, cohort["may_overlap"].split(";")):
            if other not in keys - {cohort["key"]}:
                study = f", or {subject.study}" if subject.study else ""
                allowed = f"keys of other rows{study}, separated by ;"
                problems.append((row, "may_overlap", other, "is not another key", allowed))
    return problems


def _check_numbers(row: int, cohort: dict[str, str], events: str) -> Iterator[Problem]:
    """Check year, sizes and percentage of one publication."""
    n, count, percent = (cohort[c] for c in ("n", events, "percent_printed"))
    if cohort["year"] and not re.fullmatch(r"(19|20)\d\d", cohort["year"]):
        yield row, "year", cohort["year"], "is not a year", "four digits, or empty"
    sound = True
    for column, least in (("n", 1), (events, 0)):
        value = cohort[column]
        if value and not (value.isascii() and value.isdigit() and int(value) >= least):
            sound = False
            yield row, column, value, "is not a number of patients", f"{least}, {least + 1}, …"
    if sound and count and n and int(count) > int(n):
        yield row, events, count, "is above n", f"up to {n}"
    try:
        if percent and not 0 <= printed_value(percent) <= 100:
            yield row, "percent_printed", percent, "is not a percentage", "0 to 100"
        elif percent and sound and n and not count and not counts_that_print(percent, int(n)):
            problem = f"is not a percentage of {n} patients"
            yield row, "percent_printed", percent, problem, "one that some count prints as"
    except ValueError:
        yield row, "percent_printed", percent, "is not a printed number", "digits as printed"
    if (count or percent) and not n:
        yield row, "n", "", "is empty beside a count or a percentage", "a number of patients"
    if (count or percent) and cohort["outcome"] == NOT_COUNTED:
        allowed = "what was counted"
        yield row, "outcome", NOT_COUNTED, "has a count or a percentage beside it", allowed


def _check_findings(raw: pd.DataFrame, cohorts: pd.DataFrame, subject: Subject) -> list[Problem]:
    problems = list(_check_words(raw, "findings.csv", ("id",), subject))
    keys = list(cohorts["key"])
    for row, finding in _records(raw):
        if finding["cohort"] and finding["cohort"] not in keys:
            allowed = ", ".join(keys)
            problems.append((row, "cohort", finding["cohort"], "is not in cohorts.csv", allowed))
        described = finding["about"] == DESCRIBED
        if described != (finding["direction"] == NOT_REPORTED):
            allowed = f"{NOT_REPORTED}, where and only where the finding is about the patients"
            value = finding["direction"]
            problems.append((row, "direction", value, f"of {finding['about']!r}", allowed))
    return problems
