"""Dates with only a month, a quarter or a year, in words of other languages, with short years."""

from collections import Counter

import pytest

from cohortbook.cohort import load_cohort
from cohortbook.cohort.dates import read_days
from cohortbook.cohort.decisions import list_decisions
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft
from cohortbook.cohort.notation import date_formats
from cohortbook.cohort.spec import Data

DATE = {"d": {"kind": "date"}}


def days(texts, **data):
    """Read texts by the formats that are found for them."""
    forms, _ = date_formats([Counter(texts)])
    settings = Data("f", **data)
    found = {}
    for form in reversed(forms):
        for text, day in zip(texts, read_days(texts, form, settings), strict=True):
            if str(day) != "NaT":
                found[text] = str(day)[:10]
    return [found.get(text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "middle", "first"),
    [
        (["03/2015", "12/2016"], ["2015-03-15", "2016-12-15"], ["2015-03-01", "2016-12-01"]),
        (["3-2015", "1-2016"], ["2015-03-15", "2016-01-15"], ["2015-03-01", "2016-01-01"]),
        (["03.2015", "11.2016"], ["2015-03-15", "2016-11-15"], ["2015-03-01", "2016-11-01"]),
        (["2015-03", "2016-12"], ["2015-03-15", "2016-12-15"], ["2015-03-01", "2016-12-01"]),
        (["2015/03", "2016/12"], ["2015-03-15", "2016-12-15"], ["2015-03-01", "2016-12-01"]),
        (["Mar 2015", "Dec 2016"], ["2015-03-15", "2016-12-15"], ["2015-03-01", "2016-12-01"]),
        (["March 2015", "May 2016"], ["2015-03-15", "2016-05-15"], ["2015-03-01", "2016-05-01"]),
        (["Mar-15", "Dec-16"], ["2015-03-15", "2016-12-15"], ["2015-03-01", "2016-12-01"]),
        (["abr/2015", "dez/2016"], ["2015-04-15", "2016-12-15"], ["2015-04-01", "2016-12-01"]),
        (["março de 2015", "maio de 2016"], ["2015-03-15", "2016-05-15"],
         ["2015-03-01", "2016-05-01"]),
        (["enero 2015", "dic 2016"], ["2015-01-15", "2016-12-15"], ["2015-01-01", "2016-12-01"]),
        (["Şubat 2015", "Kasım 2016"], ["2015-02-15", "2016-11-15"], ["2015-02-01", "2016-11-01"]),
        (["Q1 2015", "Q4 2016"], ["2015-02-15", "2016-11-15"], ["2015-01-01", "2016-10-01"]),
        (["2015Q1", "2016-Q4"], ["2015-02-15", "2016-11-15"], ["2015-01-01", "2016-10-01"]),
        (["2015", "03/2016", "2017-08-09"], ["2015-07-01", "2016-03-15", "2017-08-09"],
         ["2015-01-01", "2016-03-01", "2017-08-09"]),
    ],
)  # fmt: skip
def test_dates_without_a_day(texts, middle, first):
    assert days(texts) == middle
    assert days(texts, partial_dates="first") == first


@pytest.mark.parametrize(
    ("texts", "right"),
    [
        (["12 de março de 2015", "3 de abril de 2016"], ["2015-03-12", "2016-04-03"]),
        (["12-ago-2015", "13-set-2016"], ["2015-08-12", "2016-09-13"]),
        (["12 Mai 2015", "13 Okt 2016"], ["2015-05-12", "2016-10-13"]),
        (["31.12.15", "01.02.99"], ["2015-12-31", "1999-02-01"]),
        (["2016-01-05", "06/01/2016", "27-01-2016"], ["2016-01-05", "2016-01-06", "2016-01-27"]),
    ],
)
def test_whole_dates(texts, right):
    assert days(texts) == right


def test_years_of_two_digits_are_of_the_hundred_years_that_are_said():
    texts = ["31.12.45", "01.02.27", "01.02.26", "01.02.68"]
    assert days(texts, first_year="1927") == [
        "1945-12-31",
        "1927-02-01",
        "2026-02-01",
        "1968-02-01",
    ]
    assert days(texts) == ["2045-12-31", "2027-02-01", "2026-02-01", "2068-02-01"]


@pytest.mark.parametrize(
    "texts",
    [
        [f"{i / 10000 + 1.2:.4f}" for i in range(40)],  # numbers of four decimals
        [f"{2000 + i}" for i in range(20)],  # years alone are numbers
        ["2015-013", "2015-014", "2016-002"],
        ["T1", "T2", "T3"],
        ["marker 1", "marker 2"],
    ],
)
def test_what_only_looks_like_a_date(texts):
    assert date_formats([Counter(texts)])[0] == []


def test_each_day_that_was_put_in_is_on_record(desk):
    table = "d\n03/2015\n2015-04-02\n2016\n"
    data = {"date_formats": ["%Y-%m-%d", "%m/%Y", "%Y"]}
    cohort = desk.load(table, DATE, data=data)
    assert cohort.frame.d.astype(str).tolist() == ["2015-03-15", "2015-04-02", "2016-07-01"]
    rows = cohort.changes[["row", "from", "to", "rule"]].to_numpy().tolist()
    assert rows == [
        [2, "03/2015", "2015-03-15", "date without a day"],
        [4, "2016", "2016-07-01", "date without a day"],
    ]
    told = " ".join(list_decisions(cohort)["decision"])
    assert "no day is known: one is put in its place (partial_dates)" in told
    first = desk.load(table, DATE, data=data | {"partial_dates": "first"})
    assert first.frame.d.astype(str).tolist() == ["2015-03-01", "2015-04-02", "2016-01-01"]
    told = list_decisions(first)["decision"].tolist()
    assert "A date without a day is taken as the first of its month, quarter or year" in told


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"partial_dates": "last"}, "data.partial_dates"),
        ({"first_year": "69"}, "data.first_year"),
        ({"date_formats": ["%m"]}, "data.date_formats[0]"),
    ],
)
def test_what_cannot_be_said_of_dates(desk, data, place):
    assert [told[1] for told in desk.problems("d\n03/2015\n", DATE, data=data)] == [place]


def test_a_draft_reads_them_and_says_so(tmp_path):
    rows = ["No;Diagnosis;First visit;Birth;Relapse"]
    rows += [f"{i};{1 + i % 12:02d}/{2010 + i % 9};{1 + i % 28:02d}.03.{10 + i % 9:02d};"
             f"{1 + i % 28:02d}.05.{45 + i % 40};{'yn'[i % 2]}" for i in range(1, 41)]  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join(rows))
    draft = draft_cohort(tmp_path / "a.csv", outcome="Relapse")
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, tmp_path / "a.csv"))
    assert cohort.spec.variables["diagnosis"].kind == "date"
    assert str(cohort.frame.diagnosis.iloc[0])[:10] == "2011-02-15"
    assert "36 different dates have no day (month)" in draft.text
    assert 1920 < int(cohort.spec.data.first_year) < 1945  # nobody is born in the future
