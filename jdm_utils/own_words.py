"""What people wrote about the study of 2008: its questions, and the answers of its text.

The sentences are data: ``data/published/questions.csv`` and ``inspection.csv``. A name in braces
stands for a number, which is computed here or is printed in the ledger under that id.
"""

import re
from collections.abc import Mapping

import pandas as pd

from jdm_utils.study import LEDGER
from paperaudit.inverse import patients_with, read_model, search_model
from smallstats.formatting import format_number, format_p
from smallstats.fourfold import two_by_two
from smallstats.fragility_index import fragility
from smallstats.univariate import t_test_from_summary

QUESTIONS = LEDGER.with_name("questions.csv")
INSPECTION = LEDGER.with_name("inspection.csv")
GROUPS = ("calcinosis", "no_calcinosis")
#: What the page in Portuguese calls the numbers that it quotes.
_QUOTED = {
    "n_patients": "abstract_patients_all_n",
    "n_with": "with",
    "percent_with": "abstract_calcinosis_all_percent",
    "cardiac_changes": "cardiac_changes",
    "immuno_changes": "immunosuppressor_changes",
    "or_cardiac": "table4_cardiac_odds_ratio",
    "delay_p_printed": "results_diagnosis_over_1_year_p",
    "delay_p": "delay_fisher",
    "n_narrow": "table2_immunosuppressor_all_n",
    "n_broad": "broad",
}
_PAIRS = {
    "cardiac": "table3_cardiac",
    "immuno": "table3_immunosuppressor",
    "delay": "results_diagnosis_over_1_year",
}
_NAME = re.compile(r"\{(\w+)\}")


def study_numbers(claims: pd.DataFrame) -> dict[str, str]:
    """Write every number that the sentences about the study may use.

    Parameters
    ----------
    claims
        The ledger of the study, as `jdm_utils.load_claims` gives it.

    Returns
    -------
    dict
        Each claim by its id, as printed, words as figures; and by name what follows from them.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> numbers = study_numbers(load_claims())
    >>> numbers["abstract_calcinosis_before_diagnosis_calcinosis_n"], numbers["broad"]
    ('6', '31')
    """
    value = {str(claim): float(number) for claim, number in claims["value"].items()}
    printed = {
        str(claim): text if text[0].isdigit() else format_number(value[str(claim)], 0)
        for claim, text in claims["printed"].items()
    }
    with_, without = _pair(value, "patients", "table3")
    early = int(value["results_calcinosis_before_diagnosis_calcinosis_n"])
    drugs = ("methotrexate", "cyclosporine", "cyclophosphamide")
    girls, ldh = (sum(_pair(value, item, "table3")) for item in ("female", "ldh"))
    years = value["methods_study_period_all_max"] - value["methods_study_period_all_min"] + 1
    counts = {
        "with": with_,
        "without": without,
        "later": with_ - early,
        "late_later": value["results_diagnosis_over_1_year_calcinosis_n"] - early,
        "prescriptions": sum(value[f"results_{drug}_calcinosis_n"] for drug in drugs),
        "girls_table3": girls,
        "ldh_table3": ldh,
        "calendar_years": years,
        **_treated(claims),
        **_fragile(value, with_, without),
    }
    written = {name: format_number(n, 0) for name, n in counts.items()}
    written["patients_a_year"] = format_number(value["methods_patients_all_n"] / years, 1)
    return printed | written | _p_values(value, with_, without, early)


def declared_questions(numbers: Mapping[str, str], language: str = "en") -> pd.DataFrame:
    """Read the questions about the study, in the order in which to ask them.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``question``: ``about``, ``facts`` and ``ask``, for
        `paperaudit.letter.questions`.

    Raises
    ------
    KeyError
        If a sentence names a number that there is not.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> asked = declared_questions(study_numbers(load_claims()), "pt")
    >>> asked.loc["sex", "ask"]
    'Quantas das crianças com calcinose eram meninas?'
    """
    table = _read(QUESTIONS, "question")
    sentences = {kind: table[f"{kind}_{language}"] for kind in ("facts", "ask")}
    numbers = with_comma(numbers) if language == "pt" else numbers
    filled = {kind: [_filled(text, numbers) for text in s] for kind, s in sentences.items()}
    return pd.DataFrame({"about": table["about"], **filled}, index=table.index)


def declared_answers(numbers: Mapping[str, str]) -> pd.DataFrame:
    """Read what the text of the study answers of a checklist.

    Returns
    -------
    pandas.DataFrame
        Indexed by the ``number`` of a check: ``answer``, ``place`` in the paper, and ``left``, what
        a human reader has to look at and why, or nothing.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> declared_answers(study_numbers(load_claims())).loc["2.1", "place"]
    'Methods'
    """
    table = _read(INSPECTION, "number")
    return table.map(lambda text: _filled(text, numbers))


def portuguese_words(numbers: Mapping[str, str]) -> dict[str, str]:
    """Write what the page in Portuguese quotes: numbers, and the questions in sentences.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> words = portuguese_words(study_numbers(load_claims()))
    >>> words["cardiac_pt"], words["or_cardiac_pt"]
    ('7 de 23 crianças com calcinose e em 1 de 31', '15,56')
    """
    pt = with_comma(numbers)
    words = {name: pt[key] for name, key in _QUOTED.items()}
    words["percent_with"] += "%"
    words["ci_cardiac"] = f"{pt['table4_cardiac_ci_low']} a {pt['table4_cardiac_ci_high']}"
    for name, item in _PAIRS.items():
        n, without = (pt[f"{item}_{group}_n"] for group in GROUPS)
        words[name] = (
            f"{n} de {pt['with']} crianças com calcinose e em {without} de {pt['without']}"
        )
    for question, row in declared_questions(numbers, "pt").iterrows():
        words |= {f"{question}_facts": row["facts"], f"{question}_ask": row["ask"]}
    return {f"{name}_pt": text for name, text in words.items()}


def with_comma(numbers: Mapping[str, str]) -> dict[str, str]:
    """Write numbers as in Portuguese, with a comma before the decimals.

    Examples
    --------
    >>> with_comma({"p": "0.31", "interval": "1.59 to 152.2"})
    {'p': '0,31', 'interval': '1,59 a 152,2'}
    """
    return {
        name: re.sub(r"(?<=\d)\.(?=\d)", ",", text).replace(" to ", " a ")
        for name, text in numbers.items()
    }


def _treated(claims: pd.DataFrame) -> dict[str, int]:
    """Count the treated patients with whom a regression prints as Table 4."""
    tables = search_model(read_model(claims, ["cardiac", "immunosuppressor"], "table4")).tables
    (broad,) = patients_with(tables, "immunosuppressor")
    (broad_with,) = (int(n) for n in tables["immunosuppressor_events"])
    return {"broad": broad, "broad_with": broad_with, "broad_without": broad - broad_with}


def _p_values(value: Mapping[str, float], n1: int, n0: int, early: int) -> dict[str, str]:
    """Compute the p values that the questions set beside the printed ones."""
    late, late_without = _pair(value, "diagnosis_over_1_year", "results")
    raised, raised_without = _pair(value, "ck", "table3")
    tests = {
        "delay": two_by_two(late, n1, late_without, n0),
        "later": two_by_two(late - early, n1 - early, late_without, n0),
        "ck": two_by_two(raised, n1, raised_without, n0),
    }
    methods = ("pearson", "yates", "fisher")
    p = {f"{name}_{how}": getattr(t, how) for name, t in tests.items() for how in methods}
    mean, sd = (
        [value[f"table3_time_to_treatment_{group}_{statistic}"] for group in GROUPS]
        for statistic in ("mean", "sd")
    )
    p["time_t"] = t_test_from_summary(mean[0], sd[0], n1, mean[1], sd[1], n0).p
    return {name: format_p(number) for name, number in p.items()}


def _pair(value: Mapping[str, float], item: str, place: str) -> tuple[int, int]:
    """Find the counts of an item in the two groups."""
    first, second = (int(value[f"{place}_{item}_{group}_n"]) for group in GROUPS)
    return first, second


def _fragile(value: Mapping[str, float], n1: int, n0: int) -> dict[str, int]:
    """Count the children whose finding would have to differ for p to pass 5%."""
    pairs = {item: _pair(value, item, "table3") for item in ("cardiac", "immunosuppressor")}
    return {
        f"{item}_changes": int(fragility(a, n1, b, n0)["index"].iloc[0])
        for item, (a, b) in pairs.items()
    }


def _read(path: object, index: str) -> pd.DataFrame:
    return pd.read_csv(str(path), dtype=str, keep_default_na=False).set_index(index)


def _filled(text: str, numbers: Mapping[str, str]) -> str:
    """Put numbers in the place of their names."""
    return _NAME.sub(lambda name: numbers[name[1]], text)
