"""Ratios and differences in running text, with their limits and p values."""

from __future__ import annotations

import re

import pandas as pd

from paperaudit.adjustment import ADJUSTED
from paperaudit.languages import translated
from paperaudit.reported_tests import with_points
from paperaudit.rounding import PLAIN_SIGNS
from paperaudit.table_headings import effect_kind
from paperaudit.vocabulary import INTERVAL, LEVEL

_NUMBER = r"-?\s?(?:\d+(?:\.\d+)?|\.\d+)"
_UNIT = r"(?:\s?(?:%|[a-zA-Zµ²/·° ]{1,20}?))??"
_EFFECT = (
    r"(?P<effect>\b(?:(?:un)?adjusted |crude |uni\w+ |multi\w+ |pooled )?(?:(?i:odds|hazards?|risk|"
    r"rate|prevalence) (?i:ratio)|(?i:relative risk)|(?i:(?:mean|risk|absolute) difference)"
    r"|a?ORs?|a?HRs?|a?RRs?|a?IRRs?|a?PRs?|MD|SMD)\b)"
)
#: "HR 72 (60-80)" is a heart rate: only odds ratios, and words in full, need no word on limits.
_LIMITS = rf"(?:(?P<level>{LEVEL})?(?i:{INTERVAL})[\s,:;=(\[]{{0,3}}|(?<=[(\[])(?P<bare>))"
_P = (
    rf"(?:{_UNIT}[\s,;)\]]*(?:and\s+)?[pP](?:\s?-?\s?values?)?\s*(?P<p>[<>=≤≥]\s*{_NUMBER})"
    r"(?!\d|\s*(?:for|of)\s+[a-z-]*(?:interact|trend|heterogen|inferior|superior)))?"
)
_RATIO = re.compile(
    rf"{_EFFECT}(?:\s*\([A-Za-z]{{1,5}}\))?[^\d().;<>\[\]\n]{{0,30}}?[ ,:=] ?(?P<value>{_NUMBER})"
    rf"(?![\d.]){_UNIT}\s*[,;]?\s*[(\[]?\s*{_LIMITS}\s*(?P<low>{_NUMBER}){_UNIT}"
    rf"\s*(?:-|to|,|;|and|a|bis)\s*(?P<high>{_NUMBER})(?![\d.])\s*[)\]]?{_P}"
)
_NEEDS_NO_WORD = re.compile(r"OR|ratio|risk|difference", re.IGNORECASE)


def claims_of_ratios(text: str, location: str = "text") -> pd.DataFrame:
    """Write the ratios and differences of running text, with their limits, as rows of a ledger.

    Parameters
    ----------
    text
        Such as ``OR 2.3 (1.1–4.8), p = .03`` or ``HR = 0.71, 95% CI 0.55 to 0.92`` in sentences.
    location
        Of the rows.

    Returns
    -------
    pandas.DataFrame
        ``location``, ``item`` (``ratio_1``, …), ``group`` (empty), ``statistic``, ``printed``,
        ``model``, ``conf_level`` and ``note`` (as it stands in the text): for `validate_claims`.

    Examples
    --------
    >>> claims = claims_of_ratios("It was rarer (aHR 0,71; IC 90%: 0,55 a 0,92; p = 0,009).")
    >>> claims[["statistic", "printed", "model", "conf_level"]].values.tolist()
    [['hazard_ratio', '0.71', 'adjusted', '90'], ['ci_low', '0.55', 'adjusted', '90'],
     ['ci_high', '0.92', 'adjusted', '90'], ['p', '0.009', 'adjusted', '90']]
    """
    plain = with_points(translated(re.sub(r"[^\S\n]+", " ", text.translate(PLAIN_SIGNS))))
    rows: list[tuple[str, ...]] = []
    number = 0
    for match in _RATIO.finditer(plain):
        kind = effect_kind(match["effect"])
        if not kind or (match["bare"] is not None and not _NEEDS_NO_WORD.search(match["effect"])):
            continue
        number += 1
        adjusted = re.match(r"a[A-Z]", match["effect"]) or ADJUSTED.search(match["effect"])
        model, level = "adjusted" if adjusted else "", re.sub(r"[^\d.]", "", match["level"] or "")
        printed = {kind: match["value"], "ci_low": match["low"], "ci_high": match["high"]}
        printed |= {"p": match["p"].lstrip("= ")} if match["p"] else {}
        rows += [
            (location, f"ratio_{number}", "", name, re.sub(r"(?<=-)\s", "", value), model, level,
             " ".join(match[0].split()))
            for name, value in printed.items()
        ]  # fmt: skip
    columns = ["location", "item", "group", "statistic", "printed", "model", "conf_level", "note"]
    return pd.DataFrame(rows, columns=columns)
