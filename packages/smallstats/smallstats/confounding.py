"""How strong an unmeasured confounder would have to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smallstats.columns import refuse

COMMON, COMMONEST = 0.15, 0.85
"""With a prevalence between these the square root of an odds ratio stands for its risk ratio."""


@dataclass(frozen=True)
class EValue:
    """E-value of an odds ratio.

    Attributes
    ----------
    risk_ratio
        The risk ratio that stands for the odds ratio: itself for a rare outcome, its square root
        for a common one.
    estimate
        The least risk ratio by which an unmeasured confounder would have to be associated with
        both the exposure and the outcome, beyond what is adjusted for, to explain the estimate
        away.
    interval
        The same for the confidence limit nearer to 1; it is 1 where the interval includes 1.
    """

    risk_ratio: float
    estimate: float
    interval: float


def e_value(odds_ratio: float, ci_low: float, ci_high: float, *, prevalence: float) -> EValue:
    """Compute the E-value of an odds ratio and of its interval.

    Parameters
    ----------
    odds_ratio, ci_low, ci_high
        An odds ratio and its confidence interval; infinite and 0 are allowed.
    prevalence
        How common the outcome is; from 15% on the odds ratio exaggerates the risk ratio, and its
        square root is used, which is near it up to 85%.

    Raises
    ------
    ValueError
        When the numbers are not in order or negative, the prevalence is not a probability, or above
        85%: it is then not having the outcome that is rare, and its odds ratio, 1 over this one,
        is nearly its risk ratio.

    References
    ----------
    VanderWeele TJ, Ding P. Sensitivity analysis in observational research: introducing the
    E-value. Ann Intern Med 2017;167:268-74.
    VanderWeele TJ. On a square-root transformation of the odds ratio for a common outcome.
    Epidemiology 2017;28:e58-60.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7, prevalence=0.05)
    >>> round(found.estimate, 2), round(found.interval, 2)
    (7.26, 3.0)
    """
    problems = []
    if not 0 <= ci_low <= odds_ratio <= ci_high:
        problems.append(
            f"odds_ratio={odds_ratio!r}, ci_low={ci_low!r}, ci_high={ci_high!r}: expected "
            "0 <= ci_low <= odds_ratio <= ci_high"
        )
    if not 0 < prevalence < 1:
        problems.append(f"prevalence={prevalence!r} is not between 0 and 1")
    elif prevalence > COMMONEST:
        problems.append(
            f"prevalence={prevalence!r} is above {COMMONEST}, where neither an odds ratio nor its "
            "square root is near the risk ratio: take the absence of the outcome as the outcome "
            f"(1 / odds ratio, limits exchanged, prevalence={1 - prevalence:.3g}); "
            "the risk ratios are then those of not having it"
        )
    refuse(problems)
    power = 0.5 if prevalence >= COMMON else 1.0
    limit = ci_low if odds_ratio >= 1 else ci_high
    crosses = ci_low <= 1 <= ci_high
    return EValue(
        risk_ratio=odds_ratio**power,
        estimate=_e_value(odds_ratio**power),
        interval=1.0 if crosses else _e_value(limit**power),
    )


def _e_value(risk_ratio: float) -> float:
    away = max(risk_ratio, 1 / risk_ratio if risk_ratio else np.inf)
    # the root of each, as the product may be too large to write
    with np.errstate(over="ignore"):
        return float(away + np.sqrt(away) * np.sqrt(away - 1))
