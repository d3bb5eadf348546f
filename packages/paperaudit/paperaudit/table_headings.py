"""What headings and labels of a table say: formats, units, groups and their sizes, comparisons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from paperaudit.noted import INTERACTION
from paperaudit.rounding import PLAIN_SIGNS
from paperaudit.vocabulary import (
    COUNT,
    INTERVAL,
    IQR,
    LEVEL,
    MEAN,
    MEDIAN,
    PERCENT,
    PLUS_MINUS,
    RANGE,
    SD,
    SE,
    SIZE,
)

_CI = rf"(?:{LEVEL}{INTERVAL}|c\.?i\.?\b)"
_JOIN = rf"\s*%?\s*(?:{PLUS_MINUS}|[(\[,/;:]|and|with|\s)\s*"
_END = r"(?:[^)\]]*[)\]])?"

#: Formats in the order in which they are looked for, with what they look like.
_PHRASES = {
    "median (IQR)": rf"{MEDIAN}{_JOIN}{IQR}{_END}|{MEDIAN}\s*\(\s*q1\s*[,-–]\s*q3\s*\)",
    "median (range)": rf"{MEDIAN}{_JOIN}(?:range|min(?:imum)?\b){_END}",
    "median (CI)": rf"{MEDIAN}{_JOIN}{_CI}{_END}",
    "mean (SD, range)": rf"{MEAN}{_JOIN}{SD}\s*[)\]]?\s*[,;]?\s*[(\[]?\s*{RANGE}{_END}",
    "mean (SD)": rf"{MEAN}{_JOIN}{SD}{_END}|{MEAN}\s*±\s*s\b|x\s*±\s*s\b",
    "mean (CI)": rf"{MEAN}{_JOIN}{_CI}{_END}",
    "mean (SE)": rf"{MEAN}{_JOIN}{SE}{_END}",
    "mean (range)": rf"{MEAN}{_JOIN}(?:range|min(?:imum)?\b){_END}",
    "% (CI)": rf"(?<![a-z\d]){PERCENT}{_JOIN}{_CI}{_END}",
    "% (n)": rf"(?<![a-z]){PERCENT}\s*[(\[,/]\s*{COUNT}{_END}",
    "n (%)": rf"(?<![a-z]){COUNT}\s*(?:of (?:patients|cases|events|participants|subjects)\s*)?"
    rf"(?:/\s*(?:n|total)\s*)?(?:[(\[,;/—-]|\s|and)\s*{PERCENT}{_END}|n\s*=\s*%"
    rf"|(?<![a-z]){COUNT}\s*/\s*(?:n|total|patients|no\.?)\b",
    "range": rf"{RANGE}(?![a-z])",
    "IQR": rf"(?<![a-z]){IQR}{_END}",
    "median": rf"(?<![a-z]){MEDIAN}(?![a-z])",
    "sd": rf"(?<![a-z]){SD}(?![a-z])",
    "se": rf"(?<![a-z]){SE}(?![a-z])",
    "mean": r"(?<![a-z])(?:means?|averages?)(?![a-z])",
    "%": rf"(?<![a-z\d]){PERCENT}(?![a-z])",
    "n": r"^\s*(?:n|no\.?|nr\.?|number|count|freq(?:uency)?)\s*$"
    r"|[,(\[—–-]\s*(?:n|no\.?|number)\s*[)\]]?\s*$",
}
_FORMATS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PHRASES.items()}
#: A word such as "average" in the name of a variable is a format only at the end.
_ONLY_LAST = {"range", "IQR", "median", "sd", "se", "mean", "%", "n"}
#: "Median age (IQR), years": the name of the variable stands between the two.
_AROUND = re.compile(
    rf"\s*(means?|averages?|medians?)\s+([^()\[\]]*\w[^()\[\]]*?)\s*[(\[]\s*{PLUS_MINUS}?\s*"
    rf"(?:({SD})|({SE})|({IQR})|({RANGE})|({_CI}))\s*[)\]]", re.IGNORECASE
)  # fmt: skip
_CI_WITHIN = re.compile(rf"\s*[(\[]\s*{_CI}\s*[)\]]", re.IGNORECASE)
_UNIT = re.compile(
    r"""whole\s\w+ | years?(?:\sold)? | yrs?\.? | y | mo(?:nth)?s?\.? | weeks? | wks? | days? | d
    | hours? | hrs? | h | min(?:ute)?s? | s(?:ec(?:ond)?s?)? | kg | g | mg | cm2? | mm2? | m
    | l | ml | mm\s?hg | kpa | bpm | beats/min(?:ute)? | breaths/min(?:ute)? | °?\s?c | points?
    | score | meq | %
    | [a-zµμ%\d×·.^⁰-⁹₀-₉\s-]{0,9}/\s?[a-zµμ\d.·^⁰¹²³⁴-⁹×\s]{1,12} | m\s?m | mmol | µm | units?
    | [×x]\s?10[\s⁰¹²³⁴-⁹^\d/-]+\w* """,
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_SEXES = re.compile(r"(?:f|m|fe?male|women|men|girls|boys)s?\s*/\s*\w+", re.IGNORECASE)
_UNITS = {"yr": "years", "yrs": "years", "y": "years", "year": "years", "years old": "years",
          "yr.": "years", "yrs.": "years", "mo": "months", "mos": "months", "month": "months",
          "week": "weeks", "wk": "weeks", "wks": "weeks", "day": "days", "d": "days",
          "hour": "hours", "hr": "hours", "hrs": "hours", "h": "hours"}  # fmt: skip
_SIZE = re.compile(rf"[(\[,;:]?\s*{SIZE}(\d[\d,.  ]*)\s*(?:patients|eyes|subjects)?\s*[)\]]?", re.I)
_BARE_SIZE = re.compile(r"\((\d[\d,]*)\)\s*$|[,—–-]\s*(\d[\d,]*)\s+(?:patients|participants)\s*$")
_LEVEL = re.compile(rf"(\d{{2}}(?:\.\d+)?)\s*%?\s*(?:{INTERVAL}|confidence|limits)", re.I)
_P = re.compile(r"[*†‡§]*\s*(?:\S*adjusted\s+)?p(?:\s*[-–]?\s*(?:val(?:ue)?s?))?\b(?!\s*/)"
                r"(?![-–]?\s?[a-z]{4,})|\bsig(?:nificance)?\.?$|\bp[- ]?val", re.I)  # fmt: skip
_RATIOS = {
    "odds_ratio": r"\ba?c?u?ORs?\b|(?i:odds\s+ratios?)"
    r"|\b[Ee]xp\s*\(\s*(?:B|β|[Bb]eta|[Cc]oef\w*)\s*\)",
    "hazard_ratio": r"\ba?c?s?HRs?\b|(?i:hazards?\s+ratios?)",
    "rate_ratio": r"\ba?IRRs?\b|(?i:rate\s+ratios?)",
    "risk_ratio": r"\ba?c?RRs?\b|\ba?PRs?\b|(?i:(?:risk|prevalence)\s+ratios?|relative\s+risks?)",
    "risk_difference": r"\bA?RDs?\b|(?i:(?:risk|absolute|rate)\s+(?:difference|reduction)s?)",
    "smd": r"\bSMDs?\b|(?i:standardi[sz]ed (?:mean )?differences?)|\bCohen'?s d\b|\bHedges'? g\b",
    "median_difference": r"(?i:median\s+differences?|hodges.{1,3}lehmann"
    r"|differences? (?:of|in|between) (?:the )?medians?)",
    "mean_difference": r"\bW?MDs?\b|(?i:(?:mean\s+|between[- ]group\s+|group\s+)?differences?)"
    r"|(?i:^(?:mean\s+)?changes?\b(?=\s*(?:[(,]|$)))",
    "correlation": r"(?i:\bcorrelations?(?:\s+coefficients?)?\b)|\bPearson'?s? r\b",
}
#: An effect of which the footnote of each row says what it is.
_EFFECT = re.compile(r"(?:effects?|estimates?)(?: sizes?| estimates?| measures?)?", re.IGNORECASE)
#: Columns that count those in whom something is not known.
_MISSING = re.compile(
    r"(?:n(?:o\.?|umber)?[ -]?)?(?:miss(?:ing)?|unknown)(?: (?:values?|data|observations?))?"
    rf"(?:,? {COUNT})?(?:\s*[(\[]\s*{PERCENT}\s*[)\]])?", re.IGNORECASE
)  # fmt: skip
#: Columns of a table of regressions or of follow-up, which are of all patients of the row.
_COUNTS = {
    "size": r"(?:patients|participants|subjects|total|n)(?: analy[sz]ed)?",
    "events": r"(?:events|deaths|cases)(?:\s*(?:/|out of|of)\s*(?:(?:no\.?|number) of )?(?:all )?"
    r"(?:patients|participants|subjects|total|n))?|n\s*/\s*n",
    "person_time": r"(?:total |follow-?up,? )?(?:person|patient|subject)s?[- ]?"
    r"(?:years?|months?|days?|time)(?: (?:at risk|of follow-?up))?|PYs?",
    "rate": r"(?:(?:incidence|event|crude|mortality|death) )*(?:rate|incidence|events)s?,?\s*"
    r"(?:\(\s*)?(?:per|/)\s*[\d, ]*\s*(?:(?:person|patient|subject)s?[- ]?"
    r"(?:years?|months?|days?)|PYs?|[py]-?y)(?:\s*\))?",
    "at_risk": r"(?:(?:patients|number|n) )?at risk",
    "competing": r"competing events?",
    "censored": r"censored|censorings?",
    "excluded": r"(?:patients )?(?:excluded|left out|removed)",
    "remaining": r"(?:patients )?(?:remaining|left|included)",
    "incidence": r"cumulative (?:incidence|risk)|incidence",
    "survival": r"(?:\w+[- ]free |overall |cumulative )?survival(?: probability| rate)?",
}

_CRUDE = re.compile(
    r"\b(?:crude|un-?adjusted|uni-?vari(?:ate|able)|bi-?variate|cOR|uOR|cHR)\b", re.I
)
_ADJUSTED = re.compile(
    r"\b(?:adjusted|adj\.?|multi-?vari(?:ate|able)|aOR|aHR|aRR|aIRR|aPR|AOR|AHR)\b", re.I
)
_STATISTICS = {
    "chi2": r"wald(?: (?:statistic|test))?"
    r"|(?:wald )?(?:χ|chi|x)\s*[-^]?\s*(?:2|²|squared?|square)|χ²",
    "t": r"t(?:[- ]?(?:value|test|statistic|stat))?",
    "z": r"z(?:[- ]?(?:value|score|statistic))?",
    "f": r"f(?:[- ]?(?:value|test|statistic))?",
    "df": r"d\.?f\.?|degrees of freedom",
    "any": r"(?:test )?statistics?(?: value)?|test value|(?:t|z|χ2|χ²|f|chi2)(?:\s*/\s*"
    r"(?:t|z|χ2|χ²|f|u|chi2))+(?: value)?",
}
_IGNORED = re.compile(
    r"(?:statistical )?tests?(?: used)?|methods?|pooled by|notes?|remarks?|comments?", re.IGNORECASE
)
#: How many of those measured twice rose and fell.
_DISCORDANT = re.compile(
    r"up,? (?:and )?down|(?:discordant|changed) pairs|suben, bajan|sobem, descem", re.I
)
_PEOPLE = r"(?:patients|subjects|participants|cohort|sample|population|cases|groups?|individuals|n)"
_ALL = re.compile(
    rf"(?:all|total|overall|whole|entire|full)(?: (?:study |the )?{_PEOPLE})*"
    rf"|(?:study |whole )?{_PEOPLE}? ?(?:total|overall)|(?:study )?(?:cohort|sample|population)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:no\.?|number|n) of (?:people|patients|participants|subjects|women|men|children)"
    r"(?: (?:in|with|on))?(?: the)? (?=\S)", re.IGNORECASE
)  # fmt: skip
_GENERIC = re.compile(r"(?:study |patient |treatment )?(?:groups?|arms?|cohorts?)", re.IGNORECASE)
_VERSUS = re.compile(r"\b(?:vs?\.?|versus)\b", re.IGNORECASE)


class Label(NamedTuple):
    """A row's label: the name of its variable, a format and a unit, if it says them."""

    name: str
    format: str = ""
    unit: str = ""
    size: str = ""


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes
    ----------
    kind
        ``group``, ``p``, ``statistic``, ``ignored``, or one of a ratio, a difference, a
        correlation; ``limits`` where they stand alone; ``effect`` where each row says of which
        kind it is; ``missing``; ``assumption`` of a p that is not of an effect; and what
        `count_kind` says.
    group
        The name of its patients, or the two that a p compares.
    size
        How many they are, as printed.
    format
        If its headings say one.
    model
        ``crude``, ``adjusted`` or empty.
    level
        Confidence level of its limits; empty for 95.
    statistic
        Of a test: ``t``, ``chi2``, …; ``any`` if the rows differ.
    of
        What its numbers are of, if the heading and not the row says that: "time to death".
    """

    kind: str
    group: str = ""
    size: str = ""
    format: str = ""
    model: str = ""
    level: str = ""
    statistic: str = ""
    of: str = ""


def find_format(text: str, *, label: bool = False) -> tuple[str, str]:
    """Find a format in a text, and give the text without it.

    Examples
    --------
    >>> find_format("Age, years, mean ± SD"), find_format("Female, no. (%)")
    (('mean (SD)', 'Age, years,'), ('n (%)', 'Female,'))
    """
    plain = text.translate(PLAIN_SIGNS)
    around = _AROUND.match(plain) if label else None
    if around and not re.search(r"\b(?:mean|median)\b", around[2], re.IGNORECASE):
        spreads = zip(around.groups()[2:], ("SD", "SE", "IQR", "range", "CI"), strict=True)
        middle = "median" if around[1].casefold().startswith("median") else "mean"
        name = f"{middle} ({next(name for text, name in spreads if text)})"
        if name in _PHRASES:
            return name, f"{around[2]}{plain[around.end() :]}".strip()
    for name, pattern in _FORMATS.items():
        for match in pattern.finditer(plain):
            before, after = plain[: match.start()], plain[match.end() :]
            alone = not re.search(r"\w", before)
            parted = re.search(r"[,(\[—–:;-]\s*$", before) or match[0][:1] in ",([—–-"
            last = parted and not re.search(r"\w", after)
            if name in _ONLY_LAST and label and not ((alone and not after.strip()) or last):
                continue
            rest = f"{before.rstrip(' ([')} {after.lstrip(' )]')}".strip()
            if name in ("mean", "median") and (limits := _CI_WITHIN.search(rest)):
                name += " (CI)"
                rest = f"{rest[: limits.start()]} {rest[limits.end() :]}".strip()
            return name, rest + ")" * (rest.count("(") - rest.count(")"))
    return "", text.strip()


def all_formats(text: str) -> list[str]:
    """List the formats that a note or a caption names.

    Examples
    --------
    >>> all_formats("Values are mean (SD), median (IQR) or n (%).")
    ['median (IQR)', 'mean (SD)', 'n (%)']
    """
    plain, names = text.translate(PLAIN_SIGNS), []
    for name, pattern in _FORMATS.items():
        if name not in _ONLY_LAST and pattern.search(plain):
            names.append(name)
            plain = pattern.sub(" ", plain)
    return names


def read_label(text: str) -> Label:
    """Read the label of a row; one that is only a format has no name.

    Examples
    --------
    >>> read_label("Age, years, mean (SD)"), read_label("BMI (kg/m²)")
    (Label(name='Age', format='mean (SD)', unit='years', size=''),
     Label(name='BMI', format='', unit='kg/m²', size=''))
    >>> read_label("Average income, median (IQR)").name, read_label("P/F >150").name
    ('Average income', 'P/F >150')
    >>> read_label("Median age (IQR), years").format, read_label("Median age (IQR), years").name
    ('median (IQR)', 'age')
    >>> read_label("Median (range), days")
    Label(name='', format='median (range)', unit='days', size='')
    """
    text = re.sub(r"\s*[*†‡§¶‖#ᵃᵇᶜᵈᵉᶠᵍʰ⁰¹²³⁴-⁹]+\s*$", "", text.strip()) or text.strip()
    if text.casefold() == "no":  # a level, beside "yes": numbers are headed "No."
        return Label(text)
    size = _SIZE.search(text)
    text = _SIZE.sub("", text) if size and size.start() else text
    name, rest = find_format(text, label=True)
    rest, unit = _without_unit(rest)
    rest = "" if not re.search(r"\w", rest) else rest
    clean = re.sub(r"\(\s*\)|\[\s*\]", "", rest)
    clean = re.sub(r"\s+", " ", clean).strip(" ,;:—–-")
    clean = clean if name or clean else text
    return Label(clean, name, unit, re.sub(r"\D", "", size[1]) if size else "")


def _without_unit(text: str) -> tuple[str, str]:
    parts = re.split(r"(\([^()]*\)|\[[^\[\]]*\]|[,;—–]|\s-\s)", text)
    for place in range(len(parts) - 1, 0, -1):
        inner = parts[place].strip(" ()[],;—–")
        if inner and _UNIT.fullmatch(inner) and not _SEXES.fullmatch(inner):
            parts[place] = ""
            return "".join(parts), _UNITS.get(inner.casefold(), inner)
    return text, ""


def read_column(texts: list[str]) -> Column:
    """Read the headings of a column, from above to below.

    Examples
    --------
    >>> read_column(["Survivors (n = 54)"])
    Column(kind='group', group='Survivors', size='54', format='', model='', level='', statistic='',
           of='')
    >>> column = read_column(["Multivariable analysis", "OR (90% CI)"])
    >>> column.kind, column.model, column.level
    ('odds_ratio', 'adjusted', '90')
    >>> read_column(["P-value"]).kind, read_column(["P (early vs late)"]).group
    ('p', 'early|late')
    """
    texts = [re.sub(r"[⁰¹²³⁴-⁹ᵃᵇᶜᵈᵉᶠᵍʰ*†‡§¶]+\s*$", "", text.strip()).strip() for text in texts]
    texts = list(dict.fromkeys(text for text in texts if re.search(r"[\w%χ]", text)))
    whole = " ".join(texts)
    model = "crude" if _CRUDE.search(whole) else "adjusted" if _ADJUSTED.search(whole) else ""
    level = _LEVEL.search(whole)
    percent = level[1] if level and float(level[1]) != 95 and float(level[1]) >= 50 else ""
    last = texts[-1] if texts else ""
    spans_p = len(texts) > 1 and _P.fullmatch(texts[0])
    if (_P.match(last) or spans_p) and not _PROPORTIONAL.search(whole):
        of = next((m[0] for text in texts if (m := INTERACTION.search(text))), "")
        return Column("p", _versus(last), model=model, of=of.casefold())
    if _IGNORED.fullmatch(last):
        return Column("ignored")
    if _DISCORDANT.fullmatch(last):
        return Column("discordant")
    if _PROPORTIONAL.search(whole):
        return Column("assumption")
    if _MISSING.fullmatch(last):
        return Column("missing")
    bare = _CI_BEHIND.sub("", last)
    if _EFFECT.fullmatch(bare):
        return Column("effect", model=model, level=percent)
    for name, pattern in _STATISTICS.items():
        if re.fullmatch(pattern, last, re.IGNORECASE):
            return Column("statistic", model=model, statistic=name)
    if (limit := _ONE_LIMIT.fullmatch(last)) and (_CI_WORDS.search(whole) or not limit[1]):
        return Column("ci_low" if limit[2][0] in "Ll" else "ci_high", model=model, level=percent)
    if _COEFFICIENT.fullmatch(bare):
        return Column("coefficient", model=model, level=percent)
    for text in texts[::-1]:
        for kind, pattern in _RATIOS.items():
            if re.search(pattern, text) and not _SIZE.search(text):
                alone = _CI_ALONE.fullmatch(last) and text != last
                return Column(
                    "limits" if alone else kind, _versus(text), model=model, level=percent
                )
    if _CI_ALONE.fullmatch(last):
        return Column("limits", model=model, level=percent)
    return _group_column(texts)


def count_kind(heading: str) -> str:
    """Say what a column of a regression or of a follow-up counts, empty if it is neither's.

    Examples
    --------
    >>> count_kind("No. of events"), count_kind("At risk"), count_kind("Survival (95% CI)")
    ('events', 'at_risk', 'survival')
    >>> count_kind("Deaths / no. of patients"), count_kind("n/N (%)"), count_kind("No. (%)")
    ('events', 'events', 'size')
    >>> count_kind("Women")
    ''
    """
    bare = _CI_BEHIND.sub("", heading.strip())
    bare = re.sub(
        r"^(?:no\.?|number) (?:of )?|(?:,? ?(?:(?<!/)(?<!/ )\bn|[(\[](?:n|%)[)\]]))+$",
        "",
        bare,
        flags=re.I,
    )
    return next((k for k, p in _COUNTS.items() if re.fullmatch(p, bare or "n", re.I)), "")


def effect_kind(text: str) -> str:
    """Name the effect that a text speaks of, empty if of none.

    Examples
    --------
    >>> effect_kind("odds ratio, 95% exact interval"), effect_kind("difference of medians")
    ('odds_ratio', 'median_difference')
    """
    return next((kind for kind, pattern in _RATIOS.items() if re.search(pattern, text)), "")


#: One limit, where each has its column; "Lower" alone only under or beside words on limits.
_CI_WORDS = re.compile(rf"{_CI}|\blimit", re.IGNORECASE)
_ONE_LIMIT = re.compile(
    rf"(?=(.*\b(?:lower|upper)\b)?)(?:{_CI}|{LEVEL}|for|of|the|a?[ohr]r|irr"
    rf"|(?:odds|hazards?|risk|rate) ratio|exp\s*\(\s*[bβ]\s*\)|\W)*"
    rf"(lower|upper|[lu]\.?cl|ll|ul)(?:{_CI}|{LEVEL}|limits?|bounds?|\W)*", re.IGNORECASE
)  # fmt: skip
_COEFFICIENT = re.compile(
    r"β|[Bb]eta|(?i:(?:unstandardi[sz]ed |regression )?coef(?:f|ficients?)?\.?(?: ?\(?[bβ]\)?)?)"
)
#: A p of an assumption, not of an effect.
_PROPORTIONAL = re.compile(r"proportional[- ]hazards?|schoenfeld", re.I)
_CI_BEHIND = re.compile(rf"[\s,;]*[(\[]\s*{_CI}\s*[)\]]\s*[*†‡§¶]*$", re.IGNORECASE)
_CI_ALONE = re.compile(rf"[(\[]?\s*{_CI}\s*[)\]]?", re.IGNORECASE)


def _versus(text: str) -> str:
    inner = re.search(r"[(\[](.*)[)\]]", text)
    parts = [part.strip(" ()[],:") for part in _VERSUS.split(inner[1] if inner else text)]
    return "|".join(parts) if len(parts) == 2 and all(parts) else ""


def _is_formats(text: str) -> bool:
    """Whether a text is one or more formats and nothing else: "or mean ± SD"."""
    name, rest = find_format(re.sub(r"^[\s,;/]*(?:\b(?:or|and)\b)?|\b(?:or|and)\s*$", "", text))
    return bool(name) and (not re.search(r"\w", rest) or _is_formats(rest))


def _group_column(texts: list[str]) -> Column:
    """Read a column of patients: a name, a size and a format, in any of its headings."""
    names: list[str] = []
    size = style = ""
    for text in texts:
        match = _SIZE.search(text) or (_BARE_SIZE.search(text) if not size else None)
        if match:
            size = re.sub(r"\D", "", next(part for part in match.groups() if part))
            text = (text[: match.start()] + " " + text[match.end() :]).strip()
        if counted := _COUNTED.match(text):
            style, text = "n", text[counted.end() :]
        name, rest = find_format(text, label=True)
        if name and _is_formats(rest):
            text = ""  # each row has one of several formats
        elif name and (len(texts) > 1 or rest):
            style, text = name, rest
        elif name:
            return Column("group", "all", size, name)
        text = re.sub(r"\(\s*\)|\[\s*\]", "", text).strip(" ,;:—–-")
        if re.search(r"\w", text) and not _GENERIC.fullmatch(text):
            names.append(text)
    name = " ".join(names)
    if limits := _CI_BEHIND.search(name):
        style, name = style or "(CI)", name[: limits.start()]
    return Column("group", "all" if not name or _ALL.fullmatch(name) else name, size, style)


def key(text: str) -> str:
    """Make a name of an item or group from a text.

    Examples
    --------
    >>> key("P/F >150"), key("Non-survivors"), key("Größe")
    ('p_f_gt_150', 'non_survivors', 'grösse')
    """
    signs = {">": " gt ", "<": " lt ", "≥": " ge ", "≤": " le ", "+": " plus ", "%": " percent "}
    for sign, word in signs.items():
        text = text.replace(sign, word)
    return re.sub(r"[^\w]+", "_", text.casefold()).strip("_")
