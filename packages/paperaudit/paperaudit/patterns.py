"""Objections that have one cause rather than many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from paperaudit.adjustment import LIMITS, RATIOS
from paperaudit.naming import place_name
from paperaudit.verdict import COSMETIC, IMPOSSIBLE, Claim, Finding, Verdict

#: Numbers of one kind that a place has to print, and the share of them that do not follow.
LEAST, SHARE = 5, 0.6
#: What one cause may be, by the kind of number.
CAUSES = {
    "p": "another test than those tried, weights, a correction for several tests, or other "
    "patients than the groups named",
    "percent": "another denominator, such as the row's total or all patients, or weights",
    "ratio": "another reference group, confidence level or an adjusted analysis",
    "moment": "fewer patients with data, or another unit",
}
NAMES = {
    "p": "p values", "percent": "percentages", "ratio": "ratios and limits",
    "moment": "means and SDs",
}  # fmt: skip


def one_question(
    claims: Mapping[str, Claim], findings: Mapping[str, Finding], adjusted: frozenset[str]
) -> dict[str, Finding]:
    """Put one question where most numbers of a kind in one place do not follow.

    Twelve p values of thirteen that no test gives are hardly twelve slips: whatever was not known
    of them is asked once, and bears on no conclusion until it is answered.

    Parameters
    ----------
    claims
        Rows of the ledger, by claim.
    findings
        What the audit says of each.
    adjusted
        Claims that belong to a regression, which are of a kind of their own.

    Returns
    -------
    dict
        All findings; those of a pattern have one question and no severity above arithmetic.
    """
    tried: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for name, claim in claims.items():
        kind = _kind(str(claim["statistic"]))
        if kind and findings[name].verdict not in (Verdict.NOT_CHECKABLE, Verdict.CONSISTENT):
            tried[str(claim["location"]), kind, name in adjusted].append(name)
    changed = dict(findings)
    for (place, kind, _), names in tried.items():
        failed = [n for n in names if _failed(kind, findings[n])]
        if len(failed) < LEAST or len(failed) < SHARE * len(names):
            continue
        what = f"{len(failed)} of {len(names)} {NAMES[kind]} of {place_name(place)}"
        why = f"{what} do not follow: one cause is likelier than as many slips, {CAUSES[kind]}"
        ask = f"how the {NAMES[kind]} of {place_name(place)} were computed"
        if kind == "percent":  # their counts clash with them, and with nothing else
            rows = {(claims[n]["item"], claims[n]["group"]) for n in failed}
            failed += [
                n for n, c in claims.items()
                if c["location"] == place and c["statistic"] == "n"
                and (c["item"], c["group"]) in rows and _failed(kind, findings[n])
            ]  # fmt: skip
        for name in failed:
            changed[name] = replace(
                findings[name],
                explanation=why, ask=ask, severity=findings[name].milder,
                rescue=f"agrees if there was {CAUSES[kind]}",
            )  # fmt: skip
    return changed


def _failed(kind: str, finding: Finding) -> bool:
    """Whether a number does not follow; one that no patients can have is a slip by itself."""
    if kind == "percent" and finding.verdict == Verdict.CONTRADICTED:
        return finding.code != IMPOSSIBLE and finding.severity != COSMETIC
    return finding.verdict == Verdict.NOT_REPRODUCED


def _kind(statistic: str) -> str:
    if statistic in (*RATIOS, *LIMITS):
        return "ratio"
    if statistic in ("mean", "sd"):
        return "moment"
    return statistic if statistic in ("p", "percent") else ""
