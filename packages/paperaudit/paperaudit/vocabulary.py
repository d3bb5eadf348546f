"""Words for what papers print, as patterns: for cells, headings, labels and notes alike.

Each is a group that captures nothing, to be matched without regard to case.
"""

from __future__ import annotations

SD = r"(?:s\.?\s?d\.?|std\.?(?:\s*dev(?:iation)?\.?)?|standard deviations?)"
SE = r"(?:s\.?\s?e\.?\s?m?\.?|standard errors?(?: of the mean)?)"
LEVEL = r"(?:\d{2}(?:\.\d+)?\s*%?\s*)"
INTERVAL = (
    r"(?:c\.?i\.?s?(?![a-z])|ki(?![a-z])|cri(?![a-z])|(?:confidence|credible) (?:interval|limit)s?)"
)
IQR = (
    r"(?:iqr|i\.q\.r\.|inter-?\s?quartile(?: ranges?)?|quartiles?|q1|p25|25th"
    r"|25(?:%|th)?\s*[-,–]\s*75|\[?lq)"
)
RANGE = r"(?:\brange|min(?:imum)?\s*[-–,]\s*max(?:imum)?)"
MEAN, MEDIAN = r"(?:arithmetic )?(?:means?|averages?|x̄|m\b)", r"(?:medians?|med\.)"
COUNT = (
    r"(?:n|no\.?|nos\.?|nr\.?|number|num\.?|counts?|freq(?:uency|uencies)?|patients|cases|events?"
    r"|deaths)"
)
PERCENT = r"(?:(?:(?:col(?:umn)?|row)\.?\s?)?(?:%|percent(?:age)?s?|per cent))"
PLUS_MINUS = r"(?:±|\+/-|\+-)"
SIZE = r"\bn\s*=\s*"
