"""Tables in Portuguese, Spanish, French and German: their fixed words in English.

Names of variables and groups stay as they are: they are the paper's own.
"""

from __future__ import annotations

import re
from dataclasses import replace

from paperaudit.grid import Grid

_NUMBER = r"[-+−]?(?:\d[\d.,]*%?|∞)"
#: What headings, captions and notes say, the longer before what it contains.
_WORDS = {
    r"diferen(?:ça|cia) (?:de|das|entre (?:as|las)) m[ée]dias": "mean difference",
    r"diferen(?:ça|cia) (?:de|das|entre (?:as|las)) medianas": "median difference",
    r"diferen(?:ça|cia)s?(?: m[ée]dias?)? (?:padron|estandar)izadas?": "standardised difference",
    r"diferen(?:ça|cia) de (?:risco|riesgo)s?": "risk difference",
    r"diferen(?:ça|cia)": "difference",
    r"m[ée]dias?|moyennes?|mittelwerte?": "mean",
    r"medianas?|m[ée]dianes?|mediane?": "median",
    r"(?:intervalo|amplitude|rango|[ée]cart) inter-?(?:quart|cuart)[ií]l(?:ico|e)?|AIQ|RIC|RIQ|IIQ"
    r"|EIQ|interquartilsabstand": "IQR",
    r"quartis|cuartiles": "quartiles",
    r"desvio[- ]padr[ãa]o|desviaci[óo]n (?:est[áa]ndar|t[íi]pica)|[ée]cart[- ]type"
    r"|standardabweichung": "standard deviation",
    r"erro[- ]padr[ãa]o|error est[áa]ndar": "standard error",
    r"m[íi]n(?:imo|\.)?\s*(?:a|-|–|,|y|e)\s*m[áa]x(?:imo|\.)?|amplitude|rango|[ée]tendue|spannweite":
        "range",
    r"intervalles? de confiance|konfidenzintervalle?": "confidence interval",
    r"intervalos? de confian[çz]a": "confidence interval",
    r"intervalo (?:de|del) (\d\d(?:[.,]\d+)?)\s*%": r"\1% interval",
    r"raz[ãa]o de (?:chances|possibilidades)|raz[óo]n de (?:momios|posibilidades)": "odds ratio",
    r"rapports? (?:de|des) cotes": "odds ratio",
    r"rapports? de risques?|risques? relatifs?": "risk ratio",
    r"(odds|hazard)-ratio": r"\1 ratio",
    r"raz[ãa]o de riscos|raz[óo]n de riesgos|risco relativo|riesgo relativo": "risk ratio",
    r"ris[ck]os proporcionais|riesgos proporcionales": "proportional hazards",
    r"sem informa[çc][ãa]o|sin datos?|ausentes|faltantes|perdidos": "missing",
    r"tod[oa]s (?:os|as|los|las) pacientes": "all patients",
    r"tous les patients|alle patienten": "all patients",
    r"tod[oa]s|tous|gesamt|insgesamt": "all",
    r"pacientes": "patients",
    r"eventos (?:concorrentes|competitivos)": "competing events",
    r"eventos": "events",
    r"censurad[oa]s": "censored",
    r"em risco|en riesgo": "at risk",
    r"exclu[íi]d[oa]s": "excluded",
    r"restantes": "remaining",
    r"incid[êe]ncia (?:cumulativa|acumulada)": "cumulative incidence",
    r"sobrevida|sobreviv[êe]ncia|supervivencia": "survival",
    r"(?:n[ãa]o|sin) (?:ajustad[oa]s?|ajustar)": "unadjusted",
    r"non ajust[ée]e?s?|(?:nicht |un)adjustierte?[rs]?": "unadjusted",
    r"ajust(?:ad[oa]s?|[ée]e?s?)|adjustierte?[rs]?": "adjusted",
    r"univaria(?:d[oa]s?|ntes?)": "univariable",
    r"multivaria(?:d[oa]s?|ntes?)": "multivariable",
    r"efei?c?tos?": "effect",
    r"mudan[çc]as?|cambios?": "change",
    r"combina(?:ção|ción)": "pooled by",
    r"vari[âa]n(?:cias|zas) desigua(?:is|les)": "unequal variances",
    r"reg(?:ras|las) de Rubin": "Rubin's rules",
    r"teste|prueba": "test",
    r"val(?:or|eurs?) (?:de )?p|p[- ]wert|p-valeur": "p value",
    r"valores (?:conhecidos|conocidos)": "known values",
    r"(?:qui|ji|chi)[- ]cuadrado|qui[- ]quadrado": "chi-square",
    r"(?:exat[oa]|exacta|exact) de Fisher|exakte[rn]? (?:test nach )?Fisher": "Fisher exact",
    r"pelo perfil|por el perfil": "profile likelihood interval",
    r"raz[ãa]o de verossimilhan[çc]a|raz[óo]n de verosimilitud": "likelihood ratio",
    r"penalizada de Firth": "Firth penalised",
    r"de escore|de puntuaci[óo]n": "score interval",
    r"tend[êe]ncia|tendencia": "trend",
    r"t (?:parea?d[oa]|pareada)": "paired t",
    r"an[áa]lis[ei]s? de (?:vari[âa]ncia|varianza)": "analysis of variance",
}  # fmt: skip
_PATTERNS = [
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), word)
    for pattern, word in _WORDS.items()
]
#: Capital letters, which are other words otherwise.
_CAPITALS = {
    r"\bI\.?C\.?\s*(?:de\s*|del\s*|al\s*)?(\d\d(?:[.,]\d+)?)\s*%": r"\1% CI",
    r"\bIC\b": "CI",
    r"\bD\.?[PE]\b\.?": "SD",
    r"\bE[PE]\b": "SE",
    r"(?<=[±(\[])(\s*)ET\b": r"\1SD",
}
_CAPITALS_FOUND = [(re.compile(pattern), word) for pattern, word in _CAPITALS.items()]
#: Between the numbers of a cell, and behind a 1.
_CELLS = [
    (re.compile(rf"(?<=\d|%|∞)(\s+)(?:a|à|bis)(\s+)(?={_NUMBER})"), r"\1to\2"),
    (re.compile(rf"(?<=\d|%)(\s+)[ey](\s+)(?={_NUMBER})"), r"\1and\2"),
    (re.compile(r"refer[êe]ncia|referencia", re.IGNORECASE), "reference"),
]
#: Formats in a label.
_IN_LABELS = re.compile(
    r"m[ée]dia|mediana|desvio|desviaci|quartis|cuartiles|amplitude|rango|ximo|\bD[PE]\b|\bIC\b"
    r"|moyenne|mittelwert|median|[ée]cart|[ée]tendue|abweichung|spannweite|IQ\b|\bmáx",
    re.I,
)
#: Words that English does not have, of which one tells the language of a table.
_FOREIGN = re.compile(
    r"caracter[íi]stica|vari[áa]ve(?:l|is)\b|pacientes\b|\bgrupos?\b|\bIC\s*(?:de\s*)?95|tod[oa]s\b"
    r"|m[ée]dia ±|mediana|[jqc]h?u?i-[cq]uadrado|raz(?:[ãa]o|[óo]n) de |desvio|desviaci[óo]n"
    r"|caract[ée]ristiques?\b|moyenne|m[ée]diane|[ée]cart|valeur|mittelwert|merkmal|\bp-wert|gesamt\b|\bgruppen?\b"
    r"|eventos\b|exclu[íi]dos|sem informa|sin dato|valor (?:de )?p\b",
    re.IGNORECASE,
)


def in_english(grid: Grid) -> Grid:
    """Write the fixed words of a table in another language in English; others stay unchanged.

    Examples
    --------
    >>> rows = (("Característica", "Todos", "Efeito (IC 95%)"), ("Idade", "6 ± 2", "1,0 a 2,0"))
    >>> in_english(Grid("t", rows)).rows
    (('Característica', 'all', 'effect (95% CI)'), ('Idade', '6 ± 2', '1,0 to 2,0'))
    """
    heads = grid.heads or 3
    words = " ".join([grid.caption, grid.notes, *(" ".join(row) for row in grid.rows[:heads])])
    if not _FOREIGN.search(words):
        return grid
    rows = [
        tuple(
            translated(text) if i < heads and not _is_value(text)
            else _cell(text) if j else _label(text)
            for j, text in enumerate(row)
        )
        for i, row in enumerate(grid.rows)
    ]  # fmt: skip
    return replace(
        grid, rows=tuple(rows), caption=translated(grid.caption), notes=translated(grid.notes)
    )


def translated(text: str) -> str:
    """Write the fixed words of a heading or note in English.

    Examples
    --------
    >>> translated("n/N (%) o media ± DE"), translated("Diferença de riscos (IC 95%)")
    ('n/N (%) or mean ± SD', 'risk difference (95% CI)')
    """
    for pattern, word in (*_CAPITALS_FOUND, *_PATTERNS):
        text = pattern.sub(word, text)
    return re.sub(r"\bo[u]?\s+(?=mean|median|n\b)", "or ", text)


def _is_value(text: str) -> bool:
    return bool(re.match(rf"\s*{_NUMBER}(?:\s|[(%±/]|$)", text))


def _cell(text: str) -> str:
    for pattern, word in _CELLS:
        text = pattern.sub(word, text)
    return translated(text) if re.match(r"[^\W\d]{3}", text) else text


def _label(text: str) -> str:
    return translated(text) if _IN_LABELS.search(text) else text
