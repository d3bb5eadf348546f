"""Time this package against others that do the same work: ``make bench``.

Each race is run several times, in turn with its peer, and the fastest run of each counts; before
that the two have to agree. A peer that would take minutes does a part of the work, and its time is
multiplied: `part` says so. What is written is meant to be committed, and is shown in the book.
"""

from __future__ import annotations

import cProfile
import itertools
import json
import os
import platform
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cohortbook.cohort.draft import draft_cohort
from jdm_utils import bootstrap_elimination, compatible_tables, fit_logistic, load_claims
from paperaudit.inverse import read_model
from paperaudit.joint_tables import joint_tables, patterns
from smallstats.descriptive import describe_frame
from smallstats.univariate import compare_frame

RESULTS = Path(__file__).parents[1] / "data" / "benchmarks" / "timings.csv"
R_SCRIPTS = {
    "R's functions": Path(__file__).with_name("time_tables.R"),
    "arsenal's tableby": Path(__file__).with_name("time_arsenal.R"),
}
NOT_INSTALLED = 3
"""With this code a script of R says that its package is not there."""
ROOT = RESULTS.parents[2]


@dataclass(frozen=True)
class Race:
    """The same work done by both: `agree` holds their results against each other.

    `theirs` may give its own seconds in place of a result, if it runs elsewhere.
    """

    work: str
    size: str
    peer: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    agree: Callable[[Any, Any], bool]
    part: int = 1
    runs: int = 5


def simulated(n: int) -> pd.DataFrame:
    """Thirteen variables of `n` patients, some values missing, and an outcome."""
    rng = np.random.default_rng(13)
    columns: dict[str, Any] = {"ill": pd.array(rng.random(n) < 0.4, dtype="boolean")}
    for i in range(8):
        finding = pd.array(rng.random(n) < 0.1 * (i + 1), dtype="boolean")
        finding[rng.random(n) < 0.05] = pd.NA
        columns[f"finding_{i}"] = finding
    for i in range(2):
        columns[f"type_{i}"] = pd.Categorical(rng.choice(["a", "b", "c", "d"], n))
    for i in range(3):
        columns[f"number_{i}"] = np.where(rng.random(n) < 0.05, np.nan, rng.normal(size=n))
    return pd.DataFrame(columns)


def table_races(n: int) -> Iterator[Race]:
    """Describe and compare thirteen variables: tableone, R's functions, arsenal."""
    from tableone import TableOne

    frame = simulated(n)
    names = list(frame)[1:]
    kinds = [name for name in names if not name.startswith("number")]
    texts = frame.assign(
        **{c: frame[c].astype(object).where(frame[c].notna(), None) for c in ["ill", *kinds]}
    )

    def ours() -> tuple[pd.DataFrame, pd.DataFrame]:
        return describe_frame(frame, names), compare_frame(frame, "ill", names)

    def tableone() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TableOne(
                texts, names, categorical=kinds, groupby="ill", pval=True, include_null=False
            )

    def agree(found: Any, table: Any) -> bool:
        mean = float(found[0].set_index("variable")["mean"]["number_0"])
        return f"{mean:.1f}" in str(table.tableone.loc["number_0, mean (SD)"].to_numpy())

    size, runs = f"{n:,} patients", 5 if n < 10**6 else 2
    yield Race("tables of 13 variables", size, "tableone", ours, tableone, agree, runs=runs)
    if not (rscript := shutil.which("Rscript")):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        frame.to_csv(path, index=False)
        as_in_r = {"number": "student", "binary": "pearson_fisher"}

        def compared() -> tuple[pd.DataFrame, pd.DataFrame]:
            return describe_frame(frame, names), compare_frame(frame, "ill", names, test=as_in_r)

        def same(found: Any, words: list[str]) -> bool:
            p = found[1].set_index("variable")["p"]["number_0"]
            return bool(np.isclose(p, float(words[1]), rtol=1e-6))

        for peer, script in R_SCRIPTS.items():

            def in_r(command: Any = (rscript, str(script), str(path))) -> list[str]:
                run = subprocess.run(command, check=True, capture_output=True, text=True)
                return run.stdout.split()

            try:
                in_r()
            except subprocess.CalledProcessError as error:
                if error.returncode == NOT_INSTALLED:
                    continue
                raise
            yield Race("tables of 13 variables", size, peer, compared, in_r, same, runs=runs)


def bootstrap_race() -> Race:
    """Repeat a backward elimination in resamples: statsmodels in a loop."""
    from scipy.special import chdtrc
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    rng, resamples, part = np.random.default_rng(3), 10_000, 100
    x = rng.random((120, 3)) < [0.3, 0.4, 0.5]
    y = rng.random(120) < 1 / (1 + np.exp(1 - 1.2 * x[:, 0]))
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=y)

    def one(rows: Any) -> list[int]:
        kept = [0, 1, 2]
        while True:
            design = np.column_stack([np.ones(len(rows)), x[rows][:, kept]])
            full = Logit(y[rows], design).fit(disp=0).llf
            p = [
                chdtrc(1, max(0.0, 2 * (full - Logit(y[rows], np.delete(design, j, 1)).fit(
                    disp=0).llf))) for j in range(1, len(kept) + 1)
            ]  # fmt: skip
            if not kept or max(p) <= 0.10:
                return kept
            del kept[int(np.argmax(p))]

    def loop() -> float:
        draws = np.random.default_rng(0).integers(0, 120, (resamples // part, 120))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerfectSeparationWarning)
            return float(np.mean([0 in one(rows) for rows in draws]))

    def ours() -> float:
        found = bootstrap_elimination(frame, "y", list("abc"), resamples=resamples)
        return float(found.candidates.set_index("candidate")["frequency"]["a"])

    return Race(
        "backward elimination of 3 candidates in 10,000 resamples", "120 patients",
        "statsmodels in a loop", ours, loop, lambda a, b: abs(a - b) < 0.15, part, runs=3,
    )  # fmt: skip


def firth_race(n: int, k: int) -> Race:
    """Fit with Firth's penalty, with profile intervals and likelihood ratio tests."""
    from firthmodels import FirthLogisticRegression

    rng = np.random.default_rng(n + k)
    x = (rng.random((n, k)) < 0.3).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(0.8 - x[:, 0]))).astype(int)
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(k)]).assign(y=y)

    def ours() -> Any:
        return fit_logistic(frame, "y", list(frame)[:k], method="firth").table["ci_high"].to_numpy()

    def theirs() -> Any:
        fit = FirthLogisticRegression(max_iter=200, penalty_weight=0.5).fit(x, y)
        fit.lrt()
        return np.exp(fit.conf_int(method="pl")[[-1, *range(k)], 1])

    return Race(
        "Firth fit, profile intervals and tests", f"{n} patients, {k} predictors", "firthmodels",
        ours, theirs, lambda a, b: bool(np.allclose(a, b, rtol=1e-3)), runs=20,
    )  # fmt: skip


def exact_race() -> Race:
    """Fit an exact logistic regression: every outcome the patients might have had."""
    rng = np.random.default_rng(8)
    x = (rng.random((20, 2)) < 0.4).astype(int)
    y = np.zeros(20, dtype=int)
    y[rng.choice(20, 8, replace=False, p=(1 + 2 * x[:, 0]) / (1 + 2 * x[:, 0]).sum())] = 1
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(y=y)

    def ours() -> float:
        return float(fit_logistic(frame, "y", ["a", "b"], method="exact").table["p"]["a"])

    def every_outcome() -> float:
        chosen = np.array(list(itertools.combinations(range(20), 8)))
        a, b = x[:, 0][chosen].sum(axis=1), x[:, 1][chosen].sum(axis=1)
        counts = np.bincount(a[b == y @ x[:, 1]])
        at = counts[y @ x[:, 0]]
        return float(counts[counts <= at].sum() / counts.sum())

    return Race(
        "exact logistic regression", f"{comb(20, 8):,} outcomes", "listing every outcome",
        ours, every_outcome, lambda a, b: bool(np.isclose(a, b)),
    )  # fmt: skip


def joint_race() -> Race:
    """Fit every three-way table: Newton's method on each, many at once."""
    model = read_model(load_claims(), ["cardiac", "pulmonary", "immunosuppressor"], "table4")
    any_number = tuple(range(n + 1) for n in model.groups)
    margins = model.margins | {"immunosuppressor": any_number}
    printed = list(model.margins.values())[:2]
    sides = [
        joint_tables(n, [*((pair[side],) * 2 for pair in printed), (0, n)])
        for side, n in enumerate(model.groups)
    ]
    total, part = len(sides[0]) * len(sides[1]), 20
    some = np.random.default_rng(1).choice(total, total // part, replace=False)
    x = np.column_stack([np.ones(8), patterns(3)])
    pairs = np.einsum("pi,pj->pij", x, x).reshape(8, 16)

    def newton() -> float:
        cases = sides[0][some // len(sides[1])].astype(float)
        n = cases + sides[1][some % len(sides[1])]
        beta = np.zeros((len(n), 4))
        for _ in range(12):
            p = 1 / (1 + np.exp(-beta @ x.T))
            information = ((n * p * (1 - p)) @ pairs).reshape(-1, 4, 4) + 1e-9 * np.eye(4)
            step = np.linalg.solve(information, ((cases - n * p) @ x)[:, :, None])[:, :, 0]
            beta += np.clip(step, -3, 3)
        return float(np.median(np.exp(beta[:, 1])))

    def ours() -> float:
        tables = compatible_tables(margins, model.groups)
        order = tables.sort_values("cardiac_odds_ratio")
        half = order["n_tables"].cumsum().searchsorted(order["n_tables"].sum() / 2)
        return float(order["cardiac_odds_ratio"].iloc[half])

    return Race(
        "regressions of all three-way tables", f"{total:,} tables", "Newton's method on each",
        ours, newton, lambda a, b: abs(a / b - 1) < 0.05, part, runs=2,
    )  # fmt: skip


def races() -> Iterator[Race]:
    """All races, the smaller first."""
    for n in (100, 10_000, 1_000_000):
        yield from table_races(n)
    yield bootstrap_race()
    for n, k in ((54, 2), (54, 6), (1000, 6)):
        yield firth_race(n, k)
    yield exact_race()
    yield joint_race()


def seconds(call: Callable[[], Any]) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def run(race: Race) -> dict[str, object]:
    """Run a race."""
    ours, theirs = race.ours(), race.theirs()
    if not race.agree(ours, theirs):
        sys.exit(f"{race.work}, {race.size}: {race.peer} finds something else: {ours}, {theirs}")
    pairs = [(seconds(race.ours), seconds(race.theirs)) for _ in range(race.runs)]
    own, other = (min(column) for column in zip(*pairs, strict=True))
    if race.peer.startswith("R's"):  # which tells its own time, without starting or reading
        other = min(float(race.theirs()[0]) for _ in range(race.runs))
    other *= race.part
    print(f"{race.work}, {race.size}: {own:.4f} s; {race.peer} {other:.4f} s", flush=True)
    return {
        "Work": race.work, "Size": race.size, "Here (s)": f"{own:.3g}", "Peer": race.peer,
        "Peer (s)": f"{other:.3g}" + " (from a part)" * (race.part > 1),
        "Peer / here": f"{float(f'{other / own:.2g}'):g}",
    }  # fmt: skip


def build_book() -> dict[str, object]:
    """Build the book from nothing, and again from its outputs, which is what Sphinx alone takes."""
    build = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-q", "-W", "-n"]
    with tempfile.TemporaryDirectory() as folder:
        command = [*build, "--keep-going", "--path-output", folder]
        made = Path(folder) / "_build"

        def call() -> None:
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

        whole = seconds(call)
        kernels = [
            json.loads(path.read_bytes())["seconds"] for path in (made / "outputs").glob("*.json")
        ]
        shutil.rmtree(made / "html")
        shutil.rmtree(made.with_name(".doctrees"))
        bare = seconds(call)
    bound = max(max(kernels), sum(kernels) / (os.cpu_count() or 1)) + bare
    print(f"book: {whole:.1f} s; bound {bound:.1f} s, bare Sphinx {bare:.1f} s", flush=True)
    return {
        "Work": "this book from nothing", "Size": f"{len(kernels)} notebooks",
        "Here (s)": f"{whole:.3g}", "Peer": "its kernels over all cores, then Sphinx alone",
        "Peer (s)": f"{bound:.3g}", "Peer / here": f"{float(f'{bound / whole:.2g}'):g}",
    }  # fmt: skip


STEPS = {
    "Kinds (%)": ("variable_kinds",),
    "Counts (%)": ("_counts", "_compare_counts"),
    "Numbers (%)": ("_numbers", "_compare_numbers"),
}
"""What the tables do, by the functions of smallstats that do it; the rest makes two frames."""


def profile_of_tables(n: int, times: int) -> dict[str, object]:
    """Time the tables of `times` thirteen variables, and see which step takes what share."""
    frame = pd.concat([simulated(n).add_suffix(f"_{i}") for i in range(times)], axis=1)
    names = [name for name in frame if not name.startswith("ill")]

    def tables() -> None:
        describe_frame(frame, names)
        compare_frame(frame, "ill_0", names)

    tables()
    fastest = min(seconds(tables) for _ in range(5))
    with cProfile.Profile() as profile:
        tables()
    functions: Any = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = {name: 0.0 for step in STEPS.values() for name in step}
    for (_, _, name), (*_, cumulative, _) in functions.items():
        if name in spent:
            spent[name] += cumulative
    total = sum(own for _, _, own, *_ in functions.values())
    shares = {step: 100 * sum(map(spent.get, names)) / total for step, names in STEPS.items()}
    shares["Frames (%)"] = 100 - sum(shares.values())
    row = {"Work": "tables", "Patients": f"{n:,}", "Columns": len(names)}
    return row | {"Seconds": f"{fastest:.3g}"} | {k: f"{v:.0f}" for k, v in shares.items()}


def time_of_draft(n: int, columns: int) -> dict[str, object]:
    """Time what `init` does with a table of so many patients and columns of numbers and words."""
    rng = np.random.default_rng(n)
    frame = pd.DataFrame(
        {f"number_{i}": rng.normal(50, 9, n).round(1) for i in range(columns // 2)}
    )
    words = {f"word_{i}": rng.choice(["mild", "severe"], n) for i in range(columns - len(frame.T))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        frame.assign(**words).to_csv(path, index_label="id")
        fastest = min(seconds(lambda: draft_cohort(path)) for _ in range(2))
    return {"Work": "init", "Patients": f"{n:,}", "Columns": columns, "Seconds": f"{fastest:.3g}"}


def growth() -> pd.DataFrame:
    """See how the times grow with patients and with columns."""
    rows = [profile_of_tables(n, times) for n in (100, 10_000, 1_000_000) for times in (1, 4)]
    rows += [time_of_draft(n, k) for n, k in ((1000, 40), (100_000, 40), (100, 400), (100, 4000))]
    return pd.DataFrame(rows)


def write(rows: list[dict[str, object]]) -> None:
    """Write what came of the races."""
    pd.DataFrame(rows).to_csv(RESULTS, index=False, lineterminator="\n")


def main() -> None:
    """Run all races and write what came of them."""
    packages = ("numpy", "pandas", "statsmodels", "tableone", "firthmodels")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    machine += f", load {os.getloadavg()[0]:.0f} when the races began"
    growth().to_csv(RESULTS.with_name("growth.csv"), index=False, lineterminator="\n")
    rows = [run(race) for race in races()]
    RESULTS.with_suffix(".txt").write_text(f"{date.today()}; {machine}; {versions}.\n")
    write(rows)  # the book that is built shows them
    write([*rows, build_book()])


if __name__ == "__main__":
    main()
