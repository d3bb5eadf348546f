"""Backward elimination, every step shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallstats.classical_tests import chi_square_p, conditional, likelihood_ratio, wald, weakest
from smallstats.columns import refuse
from smallstats.design import Design, build_design
from smallstats.logistic import LogisticFit, fit_design
from smallstats.maximum_likelihood import maximum_likelihood

CRITERIA: dict[str, Callable[[Design], dict[str, float]]] = {
    "lr": likelihood_ratio,
    "wald": wald,
    "conditional": conditional,
}


@dataclass(frozen=True)
class Elimination:
    """A backward elimination.

    Attributes
    ----------
    steps
        One row a step and predictor still in the model: `step` (from 1), `term`, `statistic`,
        `df`, `p` and whether it was `removed` at that step.
    final
        The fit of what is left, on the same rows as every step.
    """

    steps: pd.DataFrame
    final: LogisticFit


def eliminate_backward(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    criterion: str = "lr",
    remove: float = 0.10,
) -> Elimination:
    """Remove the predictor with the largest p, step by step, until none is above a limit.

    All steps use the rows that are complete for all candidates, so that models are nested. A
    categorical predictor enters and leaves as a whole. Of equal p the last predictor goes first.

    Parameters
    ----------
    frame, outcome, predictors
        As for `fit_logistic`; the candidates.
    criterion
        ``lr``: likelihood ratio. ``wald``. ``conditional``: the likelihood ratio without
        refitting, as SPSS's backward conditional method.
    remove
        A predictor is removed when its p is above this.

    Raises
    ------
    ValueError
        As `fit_logistic`; and when an estimate is infinite and the criterion is not ``lr``.

    References
    ----------
    Lawless JF, Singhal K. Efficient screening of nonnormal regression models.
    Biometrics 1978;34:318-27.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 0, 0, 1, 0, 1, 1, 1], "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> eliminate_backward(frame.assign(z=[0, 1, 1, 0] * 2), "y", ["x", "z"]).steps.round(3)
       step term  statistic  df      p  removed
    0     1    x      2.093   1  0.148    False
    1     1    z      0.000   1  1.000     True
    2     2    x      2.093   1  0.148     True
    """
    problems = []
    if criterion not in CRITERIA:
        problems.append(f"criterion={criterion!r} is not one of {', '.join(map(repr, CRITERIA))}")
    if not 0 < remove <= 1:
        problems.append(f"remove={remove!r} is not a probability above 0")
    refuse(problems)
    design = build_design(frame, outcome, predictors)
    steps: list[pd.DataFrame] = []
    while design.predictors:
        if criterion != "lr":
            _refuse_infinite(design, criterion)
        step = pd.DataFrame({"statistic": CRITERIA[criterion](design)})
        step["df"] = [len(columns) for columns in design.predictors.values()]
        step["p"] = chi_square_p(step["statistic"], step["df"])
        worst = step.index[int(weakest(step["p"].to_numpy()))]
        step["removed"] = (step.index == worst) & (step["p"] > remove)
        steps.append(step.rename_axis("term").reset_index().assign(step=len(steps) + 1))
        if not step["removed"].any():
            break
        design = design.keep([name for name in design.predictors if name != worst])
    columns = ["step", "term", "statistic", "df", "p", "removed"]
    table = pd.concat(steps, ignore_index=True)[columns] if steps else pd.DataFrame(columns=columns)
    return Elimination(table, fit_design(design, outcome))


def _refuse_infinite(design: Design, criterion: str) -> None:
    infinite = ~np.isfinite(maximum_likelihood(design).coef)
    if infinite.any():
        terms = ", ".join(np.array(design.terms)[infinite])
        raise ValueError(
            f"criterion={criterion!r} needs finite estimates and those of {terms} are infinite: "
            "use criterion='lr'"
        )
