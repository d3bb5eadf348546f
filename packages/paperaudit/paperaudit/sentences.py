"""A sentence for each objection: for a report on a paper, and for a letter to its authors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from paperaudit.naming import claim_name
from paperaudit.verdict import CONCLUSION, IMPOSSIBLE, NO_WAY_OUT, ORDER, Finding, Verdict

#: The check of INSPECT-SR that an objection to a statistic answers.
INSPECT_SR = {
    "n": "4.6", "percent": "4.6", "fraction": "4.6", "denominator": "4.6",
    "mean": "4.8", "sd": "4.8", "median": "4.8", "q1": "4.8", "q3": "4.8",
    "min": "4.3", "max": "4.3",
}  # fmt: skip
#: What is said of an objection, by its verdict.
REPORT = {
    Verdict.CONTRADICTED: "does not agree with other printed numbers",
    Verdict.NOT_REPRODUCED: "could not be reproduced from the printed numbers",
    Verdict.OTHER_PATIENTS: "follows only with other numbers of patients than printed",
    Verdict.REPRODUCED_OTHER_METHOD: "follows by another method than those expected",
}


def inspect_check(statistic: str, finding: Finding) -> str:
    """Return the number of the INSPECT-SR check that an objection answers.

    4.3, whether the values are plausible: what no patients can have, or stands in the wrong order;
    4.6, whether the numbers of patients agree; 4.8, whether the means and SDs are possible; 4.9,
    whether p values, ratios and intervals follow. Empty for what is no objection.

    Examples
    --------
    >>> inspect_check("p", Finding(Verdict.NOT_REPRODUCED))
    '4.9'
    >>> inspect_check("n", Finding(Verdict.REPRODUCED))
    ''
    """
    if not finding.verdict.to_weigh:
        return ""
    if finding.code in (ORDER, IMPOSSIBLE):
        return "4.3"
    return INSPECT_SR.get(statistic, "4.9")


def report_sentence(
    claim: Mapping[Any, Any], finding: Finding, name: Callable[[Any], str] = str
) -> str:
    """Write an objection as a sentence for a report on a paper; empty for what is none.

    Examples
    --------
    >>> claim = {"location": "table1", "item": "deaths", "group": "", "statistic": "p"}
    >>> found = Finding(Verdict.NOT_REPRODUCED, "Pearson 0.0681", rescue="agrees if it is 0.07")
    >>> report_sentence(claim | {"printed": "0.03"}, found)
    'Table 1, deaths, p: the printed 0.03 could not be reproduced from the printed numbers
    (computed: Pearson 0.0681); it agrees if it is 0.07 (INSPECT-SR 4.9).'
    """
    if not finding.verdict.to_weigh:
        return ""
    computed = f" (computed: {finding.computed})" if finding.computed else ""
    method = f", by {finding.method}" if _by_other(finding) else ""
    weight = ", which bears on a conclusion" if finding.severity == CONCLUSION else ""
    has_rescue = finding.rescue not in ("", NO_WAY_OUT)
    rescue = f"; it {finding.rescue}" if has_rescue else ""
    check = inspect_check(str(claim["statistic"]), finding)
    return (
        f"{claim_name(claim, name)}: the printed {claim['printed']} {REPORT[finding.verdict]}"
        f"{method}{computed}{weight}{rescue} (INSPECT-SR {check})."
    )


def letter_sentence(
    claim: Mapping[Any, Any], finding: Finding, name: Callable[[Any], str] = str
) -> str:
    """Write an objection as sentences for a letter, the innocent reading first; empty for none.

    Examples
    --------
    >>> claim = {"location": "table1", "item": "deaths", "group": "", "statistic": "p"}
    >>> found = Finding(Verdict.NOT_REPRODUCED, "Pearson 0.0681", ask="the test of deaths")
    >>> letter_sentence(claim | {"printed": "0.03"}, found)
    'You print 0.03 (Table 1, deaths, p), and we get Pearson 0.0681. Could you tell us the test of
    deaths?'
    """
    if not finding.verdict.to_weigh:
        return ""
    got = f", and we get {finding.computed}" if finding.computed else ""
    why = f" One reading: {finding.explanation.rstrip('.')}." if finding.explanation else ""
    ask = f" Could you tell us {finding.ask}?" if finding.ask else ""
    return f"You print {claim['printed']} ({claim_name(claim, name)}){got}.{why}{ask}"


def _by_other(finding: Finding) -> bool:
    return finding.verdict in (Verdict.REPRODUCED_OTHER_METHOD, Verdict.OTHER_PATIENTS)
