"""How many planted errors the audit finds, and how often it is wrong: ``make bench``.

Papers are simulated, so that every number is known to be right; then errors are planted in copies
of them, one a copy.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.attainable import leaves_attainable
from benchmarks.simulated_papers import simulate_paper
from benchmarks.slips import KINDS, plant_error
from jdm_utils.study import LEDGER
from paperaudit.audit import audit_claims
from paperaudit.claims import LedgerError, validate_claims

SEED, PAPERS, ERRORS, PROCESSES = 1984, 400, 2, 2
RESULTS = LEDGER.parents[1] / "benchmarks" / "audit.csv"
ALARMS = ("contradicted", "not_reproduced")
OTHER = ("reproduced_other_method", "other_patients")
SIZES = ("1", "2-9", "10+")


@dataclass(frozen=True)
class Benchmark:
    """What became of every number and every planted error.

    Attributes
    ----------
    numbers
        One row a number of the papers without errors: ``paper``, ``id``, ``statistic``,
        ``verdict``.
    errors
        One row a planted error: ``paper``, ``id``, ``kind``, ``size``, ``was``, ``printed``,
        ``leaves`` (whether the other numbers leave no room for it), ``refused`` (the ledger was),
        ``alarms`` (numbers held against the paper that were not before), ``flagged`` (whether the
        wrong number is one of them), ``found`` (refused, or any alarm).
    """

    numbers: pd.DataFrame
    errors: pd.DataFrame


def run_benchmark(
    papers: int = PAPERS, *, seed: int = SEED, errors: int = ERRORS, processes: int = PROCESSES
) -> Benchmark:
    """Audit simulated papers, clean and with errors planted.

    Parameters
    ----------
    papers : int
        How many papers to simulate.
    seed : int
        Each paper's random numbers follow from this and its number alone, so that the result does
        not depend on *processes*.
    errors : int
        Errors planted in each paper, each in a copy of its own.
    processes : int
        Papers audited at a time. Progress is told on standard error.

    Raises
    ------
    ValueError
        If one of the numbers is below 1.

    Examples
    --------
    >>> run_benchmark(0)
    Traceback (most recent call last):
    ...
    ValueError: papers, errors and processes must be 1 or more
    """
    if min(papers, errors, processes) < 1:
        raise ValueError("papers, errors and processes must be 1 or more")
    numbers, planted = [], []
    for done, (clean, wrong) in enumerate(_audit_papers(papers, seed, errors, processes), start=1):
        numbers.append(clean)
        planted.append(wrong)
        if done % 20 == 0 or done == papers:
            print(f"{done} of {papers} papers", file=sys.stderr, flush=True)
    return Benchmark(*(pd.concat(each, ignore_index=True) for each in (numbers, planted)))


def _audit_papers(
    papers: int, seed: int, errors: int, processes: int
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    every = (range(papers), repeat(seed), repeat(errors))
    if processes == 1:
        yield from map(_audit_paper, *every)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_audit_paper, *every)


def _audit_paper(number: int, seed: int, errors: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng([seed, number])
    raw = simulate_paper(rng)
    try:
        audit = audit_claims(validate_claims(raw, f"paper {number}"))
        before = _alarms(audit)
        numbers = audit[["statistic", "verdict"]].rename_axis("id").reset_index()
        rows = []
        for _ in range(errors):
            slip = plant_error(raw, rng)
            found = _audit_slip(slip.ledger, before)
            rows.append(
                {
                    "paper": number, "id": slip.claim, "kind": slip.kind, "size": slip.size,
                    "was": slip.was, "printed": slip.printed,
                    "leaves": leaves_attainable(slip.ledger, slip.claim),
                    "refused": found is None, "alarms": len(found or ()),
                    "flagged": found is None or slip.claim in found,
                    "found": found is None or bool(found),
                }
            )  # fmt: skip
    except Exception as error:
        error.add_note(f"in paper {number} of seed {seed}")
        raise
    return numbers.assign(paper=number), pd.DataFrame(rows)


def _audit_slip(raw: pd.DataFrame, before: set[str]) -> set[str] | None:
    """Return the new alarms; None if the ledger is refused."""
    try:
        return _alarms(audit_claims(validate_claims(raw))) - before
    except LedgerError:
        return None


def _alarms(audit: pd.DataFrame) -> set[str]:
    return set(audit.index[audit["verdict"].isin(ALARMS)])


def summarise_benchmark(benchmark: Benchmark) -> pd.DataFrame:
    """Count what was found and what was falsely held against the papers.

    Returns
    -------
    pandas.DataFrame
        One row a share: ``measure``, ``kind``, ``size``, ``n`` (of how many), ``found``,
        ``share``, ``ci_low`` and ``ci_high`` (95% Clopper-Pearson; numbers of one paper are taken
        as independent). The measures:

        - ``all errors``: of all planted, found; by kind, and by size within it;
        - ``errors that leave``: the same, of those for which the other numbers leave no room;
        - ``wrong number named``: of the errors found, those where an alarm is about that number
          and not only about others that clash with it, or the ledger was refused;
        - ``false alarms``: of the numbers of papers without errors, those ``contradicted`` or
          ``not_reproduced``; by statistic, in the column ``kind``;
        - ``other method``: of the same, ``reproduced_other_method`` or ``other_patients``;
        - ``papers with a false alarm``: of the papers without errors.

        An empty kind or size is all of them.

    Examples
    --------
    >>> numbers = pd.DataFrame({"paper": [0, 0], "statistic": "n", "verdict": "reproduced"})
    >>> errors = pd.DataFrame([["total", "1", True, True, True]])
    >>> errors.columns = ["kind", "size", "leaves", "found", "flagged"]
    >>> summary = summarise_benchmark(Benchmark(numbers, errors))
    >>> summary.loc[summary["kind"] == "", ["measure", "n", "found"]].to_numpy().tolist()
    [['all errors', 1, 1], ['errors that leave', 1, 1], ['wrong number named', 1, 1],
     ['false alarms', 2, 0], ['other method', 2, 0], ['papers with a false alarm', 1, 0]]
    """
    errors, numbers = benchmark.errors, benchmark.numbers
    rows: list[dict[str, Any]] = []
    leaving = errors[errors["leaves"].astype(bool)]
    for measure, some in (("all errors", errors), ("errors that leave", leaving)):
        rows.append(_share(measure, some["found"]))
        for kind in KINDS:
            of_kind = some[some["kind"] == kind]
            rows.append(_share(measure, of_kind["found"], kind))
            rows += [
                _share(measure, of_kind.loc[of_kind["size"] == size, "found"], kind, size)
                for size in SIZES
            ]
    rows.append(_share("wrong number named", errors.loc[errors["found"].astype(bool), "flagged"]))
    alarm = numbers["verdict"].isin(ALARMS)
    other = numbers["verdict"].isin(OTHER)
    for measure, hit in (("false alarms", alarm), ("other method", other)):
        rows.append(_share(measure, hit))
        rows += [_share(measure, h, str(kind)) for kind, h in hit.groupby(numbers["statistic"])]
    rows.append(_share("papers with a false alarm", alarm.groupby(numbers["paper"]).any()))
    found = pd.DataFrame(rows)
    return found[found["n"] > 0].reset_index(drop=True)


def _share(
    measure: str, hits: pd.Series[Any], kind: str = "", size: str = ""
) -> dict[str, str | float]:
    n, found = len(hits), int(hits.sum())
    row: dict[str, str | float] = {"measure": measure, "kind": kind, "size": size}
    row |= {"n": n, "found": found}
    if n:
        interval = stats.binomtest(found, n).proportion_ci(method="exact")
        row |= {"share": found / n, "ci_low": interval.low, "ci_high": interval.high}
    return row


def write_benchmark(
    benchmark: Benchmark, path: Path = RESULTS, **meta: str | int | float | None
) -> None:
    """Write the summary, the errors that were missed or planted beside it, and how it was made.

    ``audit.csv`` is `summarise_benchmark`; ``audit_missed.csv`` the errors that leave the
    attainable and were not found; ``audit.json`` *meta* with the versions of what was used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    summary, errors = summarise_benchmark(benchmark), benchmark.errors
    missed = errors[errors["leaves"] & ~errors["found"]].drop(
        columns=["leaves", "refused", "alarms", "flagged", "found"]
    )
    options: Any = {"index": False, "lineterminator": "\n"}
    summary.to_csv(path, float_format="%.6f", **options)
    missed.to_csv(path.with_name(f"{path.stem}_missed.csv"), **options)
    packages = ("numpy", "scipy", "pandas", "statsmodels", "ortools")
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    text = json.dumps(meta | {"cpus": os.cpu_count(), "versions": versions}, indent=2)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def _commit() -> tuple[str | None, str | None]:
    """Name the last commit, ``-dirty`` if files were changed since, and its date; or neither."""
    git = ["git", "-C", str(LEDGER.parent)]
    asked = (["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
             ["log", "-1", "--format=%cs"])  # fmt: skip
    try:
        found = [
            subprocess.run([*git, *words], capture_output=True, text=True, check=True).stdout
            for words in asked
        ]
    except (OSError, subprocess.CalledProcessError):
        return None, None
    return found[0].strip(), found[1].strip()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and write its results: ``python -m benchmarks.benchmark``."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m benchmarks.benchmark")
    parser.add_argument("--papers", type=int, default=PAPERS)
    parser.add_argument("--errors", type=int, default=ERRORS, help="planted in each paper")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--date", help="of the run, for the record (default: the last commit's)")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS)
    o = parser.parse_args(arguments)
    print(f"Audit of {o.papers} simulated papers, with {o.errors} errors planted in each")
    commit, date = _commit()
    start = time.perf_counter()
    benchmark = run_benchmark(o.papers, seed=o.seed, errors=o.errors, processes=o.processes)
    seconds = round(time.perf_counter() - start)
    write_benchmark(
        benchmark, o.output, seed=o.seed, papers=o.papers, errors_a_paper=o.errors,
        date=o.date or date, commit=commit, seconds=seconds,
    )  # fmt: skip
    summary = summarise_benchmark(benchmark)
    for row in summary[summary["kind"] == ""].itertuples():
        interval = f"95% interval {row.ci_low:.2%} to {row.ci_high:.2%}"
        print(f"{row.measure}: {row.found} of {row.n}, {row.share:.2%} ({interval})")
    print(f"written to {o.output} in {seconds} s")


if __name__ == "__main__":
    main()
