"""Files from other countries: yes and no, sexes, marks of thousands, dates with short years."""

import pytest

from cohortbook.cohort import load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft


def cohort_of(tmp_path, text, outcome):
    file = tmp_path / "a.csv"
    file.write_text(text, "utf-8")
    return load_cohort(write_draft(tmp_path / "c", draft_cohort(file, outcome=outcome).text, file))


@pytest.mark.parametrize(
    ("sex", "female", "yes", "no"),
    [
        ("Cinsiyet", ("Kadın", "Erkek"), "evet", "hayır"),
        ("Geschlecht", ("weiblich", "männlich"), "ja", "nein"),
        ("Sexe", ("femme", "homme"), "oui", "non"),
        ("Sesso", ("femmina", "maschio"), "sì", "no"),
        ("Sexo", ("Mujer", "Hombre"), "Sí", "No"),
    ],
)
def test_sexes_and_answers_in_other_languages(tmp_path, sex, female, yes, no):
    rows = [f"{n};{female[n % 3 > 0]};{yes if n % 4 else no}" for n in range(1, 41)]
    cohort = cohort_of(tmp_path, "\n".join([f"Nr;{sex};Relapse", *rows]), "Relapse")
    assert int(cohort.frame.female.sum()) == 13 and int(cohort.frame.relapse.sum()) == 30


def test_numbers_with_marks_of_thousands_are_no_record_numbers(tmp_path):
    rows = [
        f"{n};{100 + n}.{7 * n % 1000:03d};{n % 9},5;{'ja' if n % 2 else 'nein'}"
        for n in range(1, 41)
    ]
    cohort = cohort_of(tmp_path, "\n".join(["Fall;Thrombozyten;EF;Rezidiv", *rows]), "Rezidiv")
    assert cohort.spec.variables["thrombozyten"].kind == "number"
    assert cohort.frame.thrombozyten.iloc[0] == 101007
