"""What notes tell of how a number came about, where printed counts and means cannot give it.

A note is believed: what it names is not held against the usual tests, shares and limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from paperaudit.verdict import Claim

#: A design, or an analysis, that needs more than the groups' counts, means and SDs.
DESIGN = re.compile(
    r"paired|mcnemar|friedman|signed.?rank|log.?rank|permutation|mixed|repeated|strat|mantel"
    r"|\bcox\b|\bgee\b|estimating equation|cluster|design effect|\bicc\b|multi.?level"
    r"|random.effect|frailty|\bweight(?:ed|ing|s)\b|survey|rao.?scott|poisson|binomial regression"
    r"|negative binomial|bayes|posterior|imput|bootstrap|\bmatched|conditional logistic"
    r"|propensity|pooled (?:effect|estimate)|inferiority|equivalence|\bmargin\b|logarithm"
    r"|log.?transform|log.?scale",
    re.IGNORECASE,
)
#: Of ranks and variances, which levels give and means do not.
OF_RANKS = re.compile(r"mann.?whitney|wilcoxon|rank.?sum|kruskal|median test|ancova", re.IGNORECASE)
#: Of how alike the effects of subgroups are: no p of the row or ratio beside it.
INTERACTION = re.compile(r"interaction|heterogeneity|homogeneity", re.IGNORECASE)
TREND = re.compile(r"trend", re.IGNORECASE)
#: Corrections of a p for other tests.
CORRECTION = re.compile(
    r"bonferroni|\bholm|[sš]id[aá]k|benjamini|hochberg|\bfdr\b|false discovery|tukey|scheff"
    r"|dunn|multiple (?:comparison|test)|post.?hoc|q.values?\b",
    re.IGNORECASE,
)
#: Limits that need not be as far above as below, on any scale.
UNEVEN_LIMITS = re.compile(
    r"bayes|posterior|credible|\bcri\b|\bhpd\b|bootstrap|percentile|exact|clopper|profile"
    r"|likelihood|score|wilson|geometric|one.?sided|median|hodges|lehmann|jackknife",
    re.IGNORECASE,
)
#: Notes that say of limits that they are not as far below as above, on whatever scale.
OTHER_LIMITS = re.compile(
    r"firth|penali[sz]ed|profile|likelihood.{0,12}(?:interval|limit|CI\b)"
    r"|miettinen|newcombe|bootstrap|bias.corrected|(?:posterior|credible)"
    r"|(?:exact|score|mid-?p|conditional)\s+(?:\w+\s+)?(?:\(.{1,40}\)\s+)?"
    r"(?:confidence\s+)?(?:interval|limit|CI\b|logistic|method)",
    re.IGNORECASE,
)
#: Notes that say of limits that they are of a t distribution, whose degrees of freedom may be few.
OF_T = re.compile(
    r"\bt\s+(?:\(|interval|limits)|rubin|imput|least squares|robust|\bHC[0-4]\b|linear regression"
    r"|m[ií]nimos (?:qu|cu)adrados",
    re.IGNORECASE,
)
#: Tests of a ratio whose p its limits do not give.
NOT_WALD = re.compile(
    r"likelihood|log.?rank|mantel|\bcmh\b|fisher|exact|score test|chi|permutation", re.IGNORECASE
)
#: Weights of patients.
WEIGHTS = r"(?:survey|sampling|sample|design|probability|iptw?) weight|\bweighting\b|\biptw\b"
#: Counts, shares and means that are not plain ones of the patients in the table.
NOT_PLAIN = re.compile(
    rf"(?<!un)weighted|{WEIGHTS}"
    r"|imput|standardi[sz]ed|-adjusted|adjusted for|least.?squares|marginal mean"
    r"|kaplan|cumulative incidence|actuarial|life.?table|geometric|inverse.probability",
    re.IGNORECASE,
)
#: Tests that a note may name and that printed counts give.
NAMED = {
    "Fisher two-sided": re.compile("fisher(?!.{0,12}mid)", re.IGNORECASE),
    "Yates": re.compile("yates|continuity", re.IGNORECASE),
}
FIRTH = re.compile(r"firth|penali[sz]ed", re.IGNORECASE)
MID_P = re.compile(r"mid-?\s?p", re.IGNORECASE)
#: Less usual ones, of which only a note makes the paper's own.
ONLY_NAMED = {
    "N-1": re.compile(r"\bn\s?[-−–]\s?1\b|campbell", re.IGNORECASE),
    "mid-p": MID_P,
    "mid-p of both tails": MID_P,
    "Firth": FIRTH,
    "likelihood ratio": re.compile("likelihood.ratio", re.IGNORECASE),
}
LIKELIHOOD = re.compile(rf"likelihood ratio|profile|{FIRTH.pattern}", re.IGNORECASE)
#: Of the same patients, twice.
PAIRED = re.compile(r"(?<!un)(?<!un-)paired|mcnemar|within patients|signed.rank", re.IGNORECASE)
#: Degrees of freedom: "df 2", "df = 2, 57".
FREEDOM = re.compile(r"\bd\.?f\.?\s*[=:]?\s*([0-9.]+)\b(?:\s*(?:,|and)\s*([0-9.]+)\b)?")
PLAIN_KINDS = ("n", "percent", "fraction", "mean", "sd")
#: The level of limits: "90% CI", "97.5% confidence interval", "CI 99%".
LEVEL = re.compile(
    r"([5-9][0-9](?:\.[0-9]+)?)\s*%?\s*(?:two-sided |one-sided )?(?:ci\b|conf|limits|interval)"
    r"|\bci,? ([5-9][0-9](?:\.[0-9]+)?)\s*%",
    re.IGNORECASE,
)
#: What is counted, where it is not patients.
UNITS = re.compile(
    r"\b(?:events?|episodes?|eyes|ears|lesions|teeth|implants|limbs|knees|hips|joints|visits"
    r"|admissions|procedures|samples|specimens|isolates|cycles|embryos|vessels|segments|stents"
    r"|grafts|nodules|seizures|exacerbations|observations|images|sites)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\b(?:un|non)-?(?:paired|matched|weighted|stratified|clustered)", re.IGNORECASE
)


def is_of_limits(text: str) -> bool:
    """Whether a text says of limits that they are not Wald's, or are of t."""
    return bool(OTHER_LIMITS.search(text) or OF_T.search(text))


def note_of(claims: Iterable[Claim]) -> str:
    """Join what notes and methods say of some numbers, each said once."""
    notes = [str(c.get(key, "") or "") for c in claims for key in ("note", "method")]
    return NEGATED.sub("", "; ".join(dict.fromkeys(filter(None, notes))))


def not_plain(claim: Claim) -> str:
    """Return the words by which the note of a count, share, mean or SD says it is no plain one.

    Examples
    --------
    >>> not_plain({"statistic": "percent", "note": "Weighted percentages"})
    'Weighted'
    >>> not_plain({"statistic": "n", "note": "unweighted"})
    ''
    """
    match = NOT_PLAIN.search(str(claim["note"])) if claim["statistic"] in PLAIN_KINDS else None
    return match[0] if match else ""


def other_unit(claim: Claim) -> str:
    """Return what a count is of, if its unit or note names something else than patients.

    Examples
    --------
    >>> other_unit({"unit": "eyes", "note": ""}), other_unit({"unit": "patients", "note": ""})
    ('eyes', '')
    """
    match = UNITS.search(f"{claim.get('unit', '')}; {claim.get('note', '')}".replace("_", " "))
    return match[0] if match else ""


def level_of(note: str) -> str:
    """Return the level of limits, in percent, that a note states; empty if it states none.

    Examples
    --------
    >>> level_of("HR with 97.5% confidence limits"), level_of("CI 90%"), level_of("95% of them")
    ('97.5', '90', '')
    """
    match = LEVEL.search(note)
    return (match[1] or match[2]) if match else ""
