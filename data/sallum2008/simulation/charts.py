"""Fictitious chart forms of the simulated patients, as a review in São Paulo would hand them over.

The paper publishes no chart. For the simulated patients this module fills in protocol forms whose
cleaning is real work: many spellings, laboratories with their own limits, forms filled in twice,
typing errors, and charts that do not belong to the study. How many charts the authors excluded is
not printed: all that goes beyond the 54 patients is invented to demonstrate cleaning. Read through
``data/sallum2008/cohort.yml`` the forms give the patients back, and a test says so.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

Patient = dict[str, Any]
Form = dict[str, str]

#: What people write for each thing a form can say; cohort.yml reads all of it.
# fmt: off
WORDS: dict[str, tuple[str, ...]] = {
    "yes": ("sim", "Sim", "S"), "no": ("não", "Não", "nao", "N"),
    "not done": ("não realizado", "NR", "", "não consta"), "empty": ("", "", "-"),
    "female": ("Feminino", "F", "fem"), "male": ("Masculino", "M", "masc"),
    "normal": ("normal", "Normal", "sem alterações"),
    "myopathic": ("miopático", "padrão miopático", "sim"),
    "inflammatory": ("miopatia inflamatória", "compatível", "sim"),
    "restrictive": ("restritivo", "distúrbio restritivo", "restritiva"),
    "not restrictive": ("normal", "Normal", "sem alterações", "obstrutivo leve"),
    "interstitial": ("intersticial", "pneumopatia intersticial", "infiltrado intersticial"),
    "negative": ("negativo", "neg", "não reagente"),
    "pericarditis": ("pericardite",), "myocarditis": ("miocardite",),
    "reflux": ("refluxo", "RGE", "RGE presente"),
    "no reflux": ("normal", "sem refluxo", "RGE ausente"),
    "prednisone": ("prednisona", "PDN", "pred"),
    "methylprednisolone": ("pulso de metilprednisolona", "MP EV"),
    "chloroquine": ("cloroquina", "difosfato de cloroquina"),
    "hydroxychloroquine": ("hidroxicloroquina", "HCQ"),
    "methotrexate": ("MTX", "metotrexato", "metotrexate"),
    "cyclosporine": ("ciclosporina", "ciclosporina A", "CsA"),
    "cyclophosphamide": ("pulso de ciclofosfamida", "ciclofosfamida EV"),
    "ivig": ("gamaglobulina EV", "IGIV"), "thalidomide": ("talidomida",),
    "penicillamine": ("D-penicilamina",),
    "upper_limbs": ("MMSS", "membros superiores"), "lower_limbs": ("MMII", "membros inferiores"),
    "trunk": ("tronco",), "scrotal": ("escroto", "bolsa escrotal"), "urethral": ("uretra",),
    "circumscripta": ("circunscrita", "calcinose circunscrita"),
    "universalis": ("universal", "tumoral"), "extensive": ("extensa", "difusa"),
    "none": ("nenhuma", "nenhum"), "ulceration": ("úlceras", "ulceração"),
    "infection": ("infecção", "abscesso", "piodermite"),
    "contracture": ("contratura", "contraturas"), "chalk": ("saída de cálcio", "pó de giz"),
    "diltiazem": ("diltiazem", "DTZ"), "edta": ("EDTA",), "alendronate": ("alendronato",),
    "triamcinolone": ("infiltração com triancinolona",),
    "excision": ("exérese", "exérese cirúrgica"), "sepsis": ("sepse", "septicemia"),
    "perforation": ("perfuração intestinal", "perfurações intestinais"),
}
# fmt: on
DATE_FORMATS = ("%d/%m/%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
SEPARATORS = (" + ", ", ", " / ", " e ")
GRADES = ("0", "I", "II", "III", "IV", "V")

#: Enzyme on the form and in the truth, upper limits in use (U/L), highest multiple of them.
ENZYMES = (
    ("CPK", "ck", (170, 190, 195, 200, 232), 30),
    ("TGO", "ast", (31, 35, 40), 8),
    ("TGP", "alt", (31, 37, 40, 41), 6),
    ("DHL", "ldh", (230, 240, 460, 480), 4),
)
MUSCLES = ("Força cintura escapular", "Força cintura pélvica", "Força flexores do pescoço")
DRUGS = ("methotrexate", "cyclosporine", "cyclophosphamide", "ivig", "thalidomide", "penicillamine")
#: Columns filled in for patients with calcinosis only, and what may be listed there.
LISTS = {
    "Locais da calcinose": ("upper_limbs", "lower_limbs", "trunk", "scrotal", "urethral"),
    "Complicações da calcinose": ("ulceration", "infection", "contracture", "chalk"),
    "Tratamento da calcinose": ("diltiazem", "edta", "alendronate", "triamcinolone", "excision"),
}

#: Charts that must not enter the study, by what sets their form apart.
EXCLUDED: tuple[Form, ...] = (
    *({"Heliótropo": "no", "Gottron": "no"},) * 2,
    *({"ENMG": "normal", "Biópsia muscular": "normal"},) * 2,
    {"Ecocardiograma": "not done"},
    {"CPK": "not done"},
    {"Prova de função pulmonar": "not done", "TC de tórax": "not done"},
    {"Força flexores do pescoço": "not done"},
    {"REED": "not done", "pHmetria": "not done"},
)
SHORT_FOLLOW_UP = 2
EARLIER_FORMS = 4

#: Typing errors, one a chart: column, what is mistyped (a pattern) as what, and how it is resolved.
SLIPS = (
    ("Data do diagnóstico", r"^..(?=.(02|04|06|09|11))", "31", "no such day; chart re-read"),
    ("Início do tratamento", r"19(?=..$)", "20", "a year yet to come; chart re-read"),
    ("Força cintura pélvica", r"^.+$", "7", "no such MRC grade; examination re-read"),
    ("DHL", r"0", "O", "letter O typed for a zero; laboratory report re-read"),
    ("LSN TGO", r"^40$", "4", "zero missing from the upper limit; laboratory report re-read"),
)


class _Hand:
    """Whoever fills in the forms: one stream of random numbers, many habits."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def pick(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def days(self, low: float, high: float) -> timedelta:
        return timedelta(days=int(self.rng.integers(int(low), int(high) + 1)))

    def word(self, key: str) -> str:
        return str(self.pick(WORDS[key]))

    def date(self, day: datetime) -> str:
        return day.strftime(self.pick(DATE_FORMATS))

    def joined(self, keys: Sequence[str]) -> str:
        words = [self.word(keys[i]) for i in self.rng.permutation(len(keys))]
        return str(self.pick(SEPARATORS)).join(words) or self.word("none")

    def either(self, present: bool, found: Sequence[str], absent: Sequence[str]) -> Sequence[str]:
        """Words for two tests of one thing: either shows it, only both exclude it."""
        (a, b), (no_a, no_b) = found, absent
        ways = ((a, b), (a, no_b), (no_a, b), (a, "not done"), ("not done", b))
        return [self.word(key) for key in (self.pick(ways) if present else absent)]

    def grade(self, grade: int) -> str:
        return str(self.pick((str(grade), GRADES[grade], f"grau {grade}")))

    def enzyme(self, raised: bool, limits: Sequence[int], most: int) -> tuple[str, str]:
        """Value and that laboratory's upper limit; a value at the limit is not raised."""
        limit = self.pick(limits)
        normal, high = self.rng.uniform(0.4, 1.1), 1.1 * (most / 1.1) ** self.rng.uniform()
        value = limit * (high if raised else min(normal, 1))
        tenths = f"{value:.1f}"
        return self.pick((f"{value:.0f}", tenths, tenths.replace(".", ","))), str(limit)


def _form(patient: Patient, written: datetime, hand: _Hand) -> Form:
    """Fill in one protocol form; its record number comes later."""
    form = {
        "Registro": "",
        "Origem": "paciente simulado",
        "Data do preenchimento": hand.date(written),
        "Sexo": hand.word("female" if patient["female"] else "male"),
        "Data de nascimento": hand.date(patient["birth"]),
        "Início dos sintomas": hand.date(patient["onset"]),
        "Data do diagnóstico": hand.date(patient["diagnosis"]),
        "Início do tratamento": hand.date(patient["treatment"]),
        "Última consulta": hand.date(patient["last_visit"]),
    }
    rash = hand.pick((("yes", "yes"), ("yes", "no"), ("no", "yes")))
    form["Heliótropo"], form["Gottron"] = (hand.word(key) for key in rash)
    form["Fraqueza muscular"] = hand.word("yes")
    # Weakness and a raised enzyme leave one criterion to meet; weakness alone leaves two.
    shown, raised = ("myopathic", "inflammatory"), any(patient[item] for _, item, _, _ in ENZYMES)
    form["ENMG"], form["Biópsia muscular"] = (
        hand.either(True, shown, ("normal", "normal")) if raised else map(hand.word, shown)
    )
    weakest = int(patient["weakest_grade"])
    grades = [weakest, *(int(hand.rng.integers(weakest, 6)) for _ in MUSCLES[1:])]
    for muscle, i in zip(MUSCLES, hand.rng.permutation(len(MUSCLES)), strict=True):
        form[muscle] = hand.grade(grades[i])
    for name, item, limits, most in ENZYMES:
        form[name], form[f"LSN {name}"] = hand.enzyme(patient[item], limits, most)
    form["Prova de função pulmonar"], form["TC de tórax"] = hand.either(
        patient["pulmonary"], ("restrictive", "interstitial"), ("not restrictive", "normal")
    )
    # Negative in everyone with lung involvement; of the others the paper says nothing.
    form["Anti-Jo-1"] = hand.word(
        "negative" if patient["pulmonary"] else hand.pick(("negative", "not done"))
    )
    heart = hand.pick((["pericarditis"], ["myocarditis"], ["pericarditis", "myocarditis"]))
    form["Ecocardiograma"] = hand.joined(heart if patient["cardiac"] else ["normal"])
    form["REED"], form["pHmetria"] = hand.either(
        patient["gi"], ("reflux", "reflux"), ("no reflux", "no reflux")
    )
    drugs = hand.pick(
        (["prednisone"], ["prednisone", "methylprednisolone"], ["methylprednisolone"])
    )
    if patient["antimalarial"]:
        drugs = [*drugs, hand.pick(("chloroquine", "hydroxychloroquine"))]
    form["Tratamento"] = hand.joined([*drugs, *(drug for drug in DRUGS if patient[drug])])
    calcinosis, died = bool(patient["calcinosis"]), bool(patient["died"])
    form["Calcinose"] = hand.word("yes" if calcinosis else "no")
    form["Data da calcinose"] = (
        hand.date(patient["calcinosis_date"]) if calcinosis else hand.word("empty")
    )
    form["Tipo de calcinose"] = hand.word(patient["subtype"] if calcinosis else "empty")
    for column, keys in LISTS.items():
        listed = [key for key in keys if patient[key]]
        form[column] = hand.joined(listed) if calcinosis else hand.word("empty")
    form["Óbito"] = hand.word("yes" if died else "no")
    form["Causa do óbito"] = hand.word(patient["cause_of_death"] if died else "empty")
    return form


def _earlier_form(patient: Patient, hand: _Hand) -> Form:
    """Fill in the form of an earlier visit, when less had happened and less was known."""
    days = (patient["last_visit"] - patient["treatment"]).days
    visit = patient["treatment"] + hand.days(0.2 * days, 0.8 * days)
    known = patient["calcinosis"] and patient["calcinosis_date"] <= visit
    then = patient | {"last_visit": visit, "calcinosis": known, "died": False}
    form = _form(then, visit + hand.days(5, 60), hand)
    return form | {
        column: hand.word("not done")
        for column in ("Biópsia muscular", "Ecocardiograma", "pHmetria")
    }


def _outsider(patient: Patient, short: bool, hand: _Hand) -> Patient:
    """Invent someone outside the study: the findings of a patient, the dates of nobody."""
    onset = datetime(1988, 1, 1) + hand.days(0, 3800)
    diagnosis = onset + hand.days(20, 500)
    treatment = diagnosis + hand.days(0, 20)
    follow_up = hand.days(40, 150) if short else hand.days(300, 1400)
    return patient | {
        "birth": onset - hand.days(900, 4700),
        "onset": onset,
        "diagnosis": diagnosis,
        "treatment": treatment,
        "calcinosis_date": treatment + follow_up / 2,
        "last_visit": treatment + follow_up,
        "died": False,
        "ldh": True,
    }


def _mistype(forms: list[Form], column: str, pattern: str, typed: str, reason: str) -> Form:
    """Mistype a cell of the first form that lends itself to it, and take that form off the list."""
    form = next((form for form in forms if re.search(pattern, form[column])), None)
    if form is None:
        raise ValueError(f"no form has a value in {column!r} that matches {pattern!r}")
    forms.remove(form)
    right, form[column] = form[column], re.sub(pattern, typed, form[column], count=1)
    cell = {"id": form["Registro"], "column": column, "from": form[column], "to": right}
    return cell | {"reason": reason}


def _fill_in(truth: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the forms, and the corrections of what was mistyped in them."""
    rng = np.random.default_rng(seed)
    hand = _Hand(rng)
    charts: list[tuple[Patient, Form]] = [
        ({str(k): v for k, v in row.items()}, {}) for row in truth.to_dict("records")
    ]
    for change in (*EXCLUDED, *({},) * SHORT_FOLLOW_UP):
        patient, _ = hand.pick(charts[: len(truth)])
        charts.append((_outsider(patient, not change, hand), change))
    twice = rng.choice(len(truth), EARLIER_FORMS, replace=False)
    forms, once = [], []
    for number, i in enumerate(rng.permutation(len(charts))):
        patient, change = charts[i]
        form = _form(patient, datetime(2004, 3, 1) + hand.days(0, 240), hand)
        form |= {column: hand.word(key) for column, key in change.items()}
        both = [form, _earlier_form(patient, hand)] if i in twice else [form]
        for each in both:
            each["Registro"] = str(2041 + 17 * number)
        forms += both
        once += both if i < len(truth) and i not in twice else []
    corrections = [_mistype(once, *slip) for slip in SLIPS]
    raw = pd.DataFrame([forms[i] for i in rng.permutation(len(forms))], dtype=str)
    return raw, pd.DataFrame(corrections)


def write_charts(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Write the raw chart export: one row a form, each cell the text somebody put there.

    Parameters
    ----------
    truth : pandas.DataFrame
        The patients, one row each, as `simulation.reconstruct.build_truth` gives them.
    seed : int
        The same patients and seed give the same forms.

    Returns
    -------
    pandas.DataFrame
        Portuguese columns of text, rows in no order: a form for every patient, a superseded one
        for `EARLIER_FORMS` of them, and the charts of `EXCLUDED` and of `SHORT_FOLLOW_UP`.

    Raises
    ------
    ValueError
        If no form lends itself to one of the `SLIPS`.
    """
    return _fill_in(truth, seed)[0]


def planted_errors(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """List the typing errors of `write_charts` as the corrections that cohort.yml must declare.

    Parameters
    ----------
    truth : pandas.DataFrame
    seed : int
        Both as given to `write_charts`.

    Returns
    -------
    pandas.DataFrame
        Columns id (record number), column, from (as typed), to (as on the chart), reason.
    """
    return _fill_in(truth, seed)[1]


def charts_csv(raw: pd.DataFrame) -> bytes:
    r"""Return the bytes of the raw file: semicolons, UTF-8, the same on any machine.

    Examples
    --------
    >>> charts_csv(pd.DataFrame({"Registro": ["2041"], "Origem": ["paciente simulado"]}))
    b'Registro;Origem\n2041;paciente simulado\n'
    """
    return str(raw.to_csv(sep=";", index=False, lineterminator="\n")).encode("utf-8")
