"""What the page on the benchmark shows, from the files that the benchmark wrote.

``python -m benchmarks.report`` audits the published tables, writes ``published.csv``, and puts
sentences and tables together in ``report.md``; ``--write-only`` does the latter alone.
``--planted`` audits the tables with slips planted too, which takes long: ``planted.csv``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.first_met import load_first_met
from benchmarks.planted_tables import plant_in_tables
from benchmarks.published_tables import COUNTS, TABLES, judge_tables, summarise_tables

FOLDER = TABLES.parent
RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")
HEADINGS = {
    "table": "Table", "set": "Set", "source": "Source", "kinds": "Prints", "numbers": "Numbers",
    "assessed": "Assessed", "wrong": "Slips found", "minor": "Last digits", "open": "Questions",
    "false_alarms": "False alarms", "unseen": "Unseen", "date": "Met on", "slips": "Slips",
    "kind": "Slip in", "found": "Found", "missed": "Missed", "refused": "Not read",
    "recall": "Found, of slips",
    "precision": "Right, of objections", "measure": "What was counted", "n": "Of",
    "share": "Share", "ci_low": "95% interval, from", "ci_high": "to",
    "objections": "Objections", "statistic": "To", "reason": "Reason", "judged": "Judged",
    "why": "Why", "innocent": "Innocent reading tried",
}  # fmt: skip
MEASURES = {
    "errors that leave": "slips found, of those that rounding cannot hide",
    "all errors": "slips found, of all planted",
    "wrong number named": "wrong number named, of slips found",
    "false alarms": "false alarms, of clean numbers",
    "papers with a false alarm": "papers with a false alarm",
}


def write_published(folder: Path = FOLDER) -> None:
    """Audit the published tables and write ``published.csv``: a row a table, with its source.

    The columns are those of `summarise_tables`, after ``table``, ``set``, ``source`` and
    ``kinds``, and before ``percents`` and ``percents_objected``, ``ratios`` and
    ``ratios_objected`` (a ratio, its limits and its p are one; so are all of one finding).
    """
    numbers = judge_tables(folder / "tables")
    sources = pd.read_csv(folder / "tables" / "sources.csv")
    counts = summarise_tables(numbers).join(_base_counts(numbers)).fillna(0).astype(int)
    sources.merge(counts.reset_index(), on="table").to_csv(
        folder / "published.csv", index=False, lineterminator="\n"
    )


def _base_counts(numbers: pd.DataFrame) -> pd.DataFrame:
    """Count percentages and ratios, and how many of each an objection is about."""
    read = numbers[numbers["verdict"] != "refused"]
    percents = read[read["statistic"] == "percent"].groupby("table")["objected"]
    found = pd.DataFrame({"percents": percents.size(), "percents_objected": percents.sum()})
    place = read["id"].str.replace(r"_(?:[a-z]+_ratio|ci_low|ci_high|p)(?:_\d+)?$", "", regex=True)
    kinds = [*RATIOS, "ci_low", "ci_high", "p"]
    parts = read[read["statistic"].isin(kinds)].assign(place=place)
    groups = parts.groupby(["table", "place"])
    triples = groups.size()[groups["statistic"].agg(lambda s: s.isin(RATIOS).any())]
    wrong = parts[parts["objected"]].set_index(["table", "place"])
    wrong = wrong[wrong.index.isin(triples.index)].reset_index()
    one = wrong["finding"].mask(wrong["finding"].eq(""), wrong["place"])  # one question, one slip
    counts = {
        "ratios": triples.groupby("table").size(),
        "ratios_objected": one.groupby(wrong["table"]).nunique(),
    }
    return found.join(pd.DataFrame(counts), how="outer")


def render(folder: Path = FOLDER) -> str:
    """Put together what the page includes, as Markdown, from the files alone."""
    parts = {
        "met": _first_meetings(folder), "published": _published(folder),
        "planted": _planted(folder), "findings": _findings(folder),
        "invented": _invented(folder), "rates": _rates(folder), "withdrawn": _withdrawn(folder),
    }  # fmt: skip
    return (
        "".join(f"<!-- {name} -->\n\n{text}\n\n" for name, text in parts.items()) + "<!-- end -->\n"
    )


def _first_meetings(folder: Path) -> str:
    met = load_first_met(folder / "first_met.csv")
    met["date"] = pd.to_datetime(met["date"]).dt.strftime("%d %b %Y")
    shown = ["set", "unseen", "date", "numbers", "refused", "slips", "found", "missed",
             "false_alarms", "recall", "precision"]  # fmt: skip
    return _table(met[shown])


def _published(folder: Path) -> str:
    tables = pd.read_csv(folder / "published.csv")
    total = tables[list(COUNTS)].sum()
    sentence = (
        f"{len(tables)} tables, {total['numbers']:,} numbers, of which {total['assessed']:,} can "
        f"be assessed. {total['wrong']} slips are known, {total['found']} are found; "
        f"{total['false_alarms']} objections are to numbers that nothing is wrong with."
    )
    pairs = {"wrong": "found", "minor": "minor_found", "open": "open_found"}
    shown = tables.assign(
        **{
            of: tables[hit].astype(str) + " of " + tables[of].astype(str)
            for of, hit in pairs.items()
        }
    )
    columns = ["table", "set", "source", "kinds", "numbers", "assessed", *pairs, "false_alarms"]
    return f"{sentence}\n\n{_table(shown[columns])}"


def _planted(folder: Path) -> str:
    if not (folder / "planted.csv").exists():
        return "Not measured yet: `python -m benchmarks.report --planted`."
    planted = pd.read_csv(folder / "planted.csv")
    by_kind = planted.groupby("kind")["found"].agg(n="size", found="sum", share="mean")
    return (
        f"{len(planted)} slips were planted in these tables, one a copy, "
        f"{planted['found'].sum()} were found ({planted['found'].mean():.1%}). Some cannot be: a "
        f"median, or the last digit of a mean, leaves the other numbers as right as before.\n\n"
        f"{_table(by_kind.reset_index())}"
    )


def _findings(folder: Path) -> str:
    truth = pd.read_csv(folder / "tables" / "truth.csv", keep_default_na=False)
    words = {"wrong": "slip", "minor": "last digit", "open": "question"}
    return _table(truth.replace({"judged": words})[["table", "judged", "why", "innocent"]])


def _invented(folder: Path) -> str:
    run = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    audit = pd.read_csv(folder / "audit.csv", keep_default_na=False)
    whole = audit[(audit["kind"] == "") & (audit["size"] == "")]
    rows = whole[whole["measure"].isin(MEASURES)].replace({"measure": MEASURES})
    sentence = (
        f"{run['papers']} papers from seed {run['seed']}, with {run['errors_a_paper']} slips "
        f"planted in each, one a copy ({run['date']})."
    )
    columns = ["measure", "n", "found", "share", "ci_low", "ci_high"]
    return f"{sentence}\n\n{_table(rows[columns].astype({c: float for c in columns[3:]}))}"


def _rates(folder: Path) -> str:
    published = pd.read_csv(folder / "published.csv")
    lines = []
    for base in pd.read_csv(folder / "base_rates.csv").itertuples():
        of, hits = published[base.what].sum(), published[f"{base.what}_objected"].sum()
        low_high = f"{base.low:g}%" if base.low == base.high else f"{base.low:g} to {base.high:g}%"
        lines.append(
            f"- {base.counted}: {low_high} in abstracts {{cite:p}}`{base.source}`; here "
            f"{hits} of {of} ({100 * hits / of:.1f}%)."
        )
    return "\n".join(lines)


def _withdrawn(folder: Path) -> str:
    withdrawn = pd.read_csv(folder / "withdrawn.csv")
    return _table(withdrawn) if len(withdrawn) else "None."


def _table(frame: pd.DataFrame) -> str:
    """Write a frame as a Markdown table: shares as percentages, numbers to the right."""
    names = [HEADINGS[str(c)] for c in frame]
    sides = ["--:" if pd.api.types.is_numeric_dtype(frame[c]) else ":--" for c in frame]
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, sides, *rows))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.1%}" if value <= 1 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value).replace("|", r"\|")
    return text if len(text) > len("published 1") else text.replace(" ", "\N{NO-BREAK SPACE}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write what the page shows: ``python -m benchmarks.report``."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m benchmarks.report")
    parser.add_argument("--write-only", action="store_true", help="do not run the audit")
    parser.add_argument("--planted", action="store_true", help="plant slips in them, too")
    options = parser.parse_args(arguments)
    if not options.write_only:
        write_published()
    if options.planted:
        plant_in_tables().to_csv(FOLDER / "planted.csv", index=False, lineterminator="\n")
    (FOLDER / "report.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
