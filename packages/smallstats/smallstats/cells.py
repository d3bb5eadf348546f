"""Patients by covariate pattern, and what is computed of many such tables at once.

Bootstrap resamples and permutations of one cohort have its patterns; so have other cohorts that
agree with the same printed margins.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from smallstats.design import Design

BLOCK = 1 << 21  # patterns times resamples held in memory at a time

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Patients by covariate pattern: patterns (k, q), cases and all patients in each."""

    patterns: Floats
    cases: Floats
    totals: Floats

    def statistics(self, cases: Floats, totals: Floats) -> tuple[Floats, Floats, Floats]:
        """Patterns, sums and totals of many tables, as `eliminate_batch` wants them."""
        x = np.hstack([np.ones((len(self.patterns), 1)), self.patterns])
        return self.patterns, cases @ x, totals

    def resample(self, resamples: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
        """Draw as many patients with replacement: cases and totals (m, k), some at a time."""
        rng = np.random.default_rng(seed)
        counts, k = np.concatenate([self.cases, self.totals - self.cases]), len(self.totals)
        n = int(counts.sum())
        for size in blocks(resamples, k):
            drawn = rng.multinomial(n, counts / n, size=size).astype(float)
            yield drawn[:, :k], drawn[:, :k] + drawn[:, k:]


Tables = tuple[Cells, Floats, Floats]  # patterns; cases and totals (m, k) of some tables
Answer = TypeVar("Answer", bound=tuple[Any, ...])
Result = TypeVar("Result")


def together(
    runs: Sequence[Generator[Tables, Answer, Result]],
    compute: Callable[[Cells, Floats, Floats], Answer],
) -> list[Result]:
    """Go through some runs side by side: what they ask of tables is computed for all at once.

    Parameters
    ----------
    runs
        Each yields tables, is sent their answer, and returns a result.
    compute
        Gives the answer of tables with the same patterns: a named tuple of arrays, a row a table.
    """
    results: dict[int, Result] = {}
    asked = {number: next(run) for number, run in enumerate(runs)}
    while asked:
        alike: dict[bytes, list[int]] = {}
        for number, (cells, _, _) in asked.items():
            alike.setdefault(cells.patterns.tobytes(), []).append(number)
        following: dict[int, Tables] = {}
        for numbers in alike.values():
            cases = np.vstack([asked[number][1] for number in numbers])
            totals = np.vstack([asked[number][2] for number in numbers])
            answer = compute(asked[numbers[0]][0], cases, totals)
            ends = np.cumsum([len(asked[number][1]) for number in numbers])
            for number, end in zip(numbers, ends, strict=True):
                rows = slice(end - len(asked[number][1]), end)
                try:
                    own = type(answer)(*(values[rows] for values in answer))
                    following[number] = runs[number].send(own)
                except StopIteration as ended:
                    results[number] = ended.value
        asked = following
    return [results[number] for number in range(len(runs))]


def blocks(number: int, width: int) -> list[int]:
    """Sizes of the parts in which so many rows of this width are worked on."""
    most = max(1, BLOCK // width)
    return [most] * (number // most) + ([number % most] if number % most else [])


def collapse(design: Design) -> Cells:
    """Patients with the same covariates together; numbers are centred and scaled."""
    scaled, x = design.scaled()[0][:, 1:], design.x[:, 1:]
    scaled = np.where(np.isin(x, (0.0, 1.0)).all(axis=0), x, scaled)
    patterns, which = np.unique(scaled, axis=0, return_inverse=True)
    totals = np.bincount(which, minlength=len(patterns)).astype(float)
    cases = np.bincount(which, design.y, minlength=len(patterns)).astype(float)
    return Cells(patterns, cases, totals)
