"""What other cohorts printed: loaded, checked, counted."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from jdm_utils.evidence import FOLDER, check_ratios, check_shares, load_evidence
from paperaudit.literature import LiteratureError, link_of
from paperaudit.number_checks import match_value

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def evidence():
    return load_evidence()


@pytest.fixture
def spoil(tmp_path):
    """Change cells of a copy of the evidence, and list what is said of them."""
    folder = shutil.copytree(FOLDER, tmp_path / "evidence")

    def change(name, *cells):
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        for row, column, value in cells:
            frame.loc[row, column] = value
        frame.to_csv(folder / name, index=False)
        with pytest.raises(LiteratureError) as caught:
            load_evidence(folder)
        return caught.value

    change.folder = folder
    return change


def test_eighteen_publications_of_which_four_are_one_registry(evidence):
    assert len(evidence.cohorts) == 18
    sources = evidence.cohorts.groupby("source").size()
    assert sources["carra"] == 4
    assert (sources.drop("carra") == 1).all()


def test_comparable_cohorts_are_those_that_r_pools(evidence):
    """Each source once, and the counts of the golden script."""
    comparable = evidence.cohorts.query("comparable")
    assert comparable["source"].is_unique
    golden = pd.read_csv(
        ROOT / "packages" / "smallstats" / "tests" / "golden" / "data_proportions.csv"
    )
    pooled = golden.query("dataset == 'cohorts'")[["events", "n"]]
    counts = comparable[["count", "n"]].astype(int)
    assert counts.to_numpy().tolist() == pooled.to_numpy().tolist()


def test_a_percentage_alone_gives_the_counts_that_print_as_it(evidence):
    ravelli, adults = (evidence.cohorts.loc[key] for key in ("ravelli2010", "adults2020"))
    assert (ravelli["count_low"], ravelli["count"], ravelli["count_high"]) == (116, 116, 116)
    assert (adults["count"], adults["count_from"]) == (27, "percentage")
    assert evidence.cohorts.loc["carra2018", "count_from"] == "count"
    assert pd.isna(evidence.cohorts.loc["tansley2014", "count"])
    assert evidence.cohorts.loc["tansley2014", "count_from"] == ""


def test_the_middle_one_of_several_counts(spoil):
    frame = pd.read_csv(spoil.folder / "cohorts.csv", dtype=str, keep_default_na=False)
    frame.loc[frame["key"] == "ravelli2010", ["n", "percent_printed"]] = "1000", "24"
    frame.to_csv(spoil.folder / "cohorts.csv", index=False)
    row = load_evidence(spoil.folder).cohorts.loc["ravelli2010"]
    assert (row["count_low"], row["count"], row["count_high"]) == (235, 242, 249)


@pytest.mark.parametrize("key", ["adults2020", "nxp2_2022", "steroid2021", "phillippi2017"])
def test_selected_patients_are_not_comparable(evidence, key):
    assert not evidence.cohorts.loc[key, "comparable"]


def test_a_finding_has_the_identifier_of_its_cohort(evidence):
    finding = evidence.findings.loc["clemente_delay"]
    assert finding["identifier"] == "PMID:22885422"
    assert finding["link"].endswith("/22885422/")


def test_what_was_not_seen_is_empty(evidence):
    assert evidence.cohorts.loc["cakan", "year"] == ""
    assert evidence.cohorts.loc["carra2018", "first_author"] == ""


@pytest.mark.parametrize(
    ("identifier", "link"),
    [
        ("doi:10.1002/acr.20015", "https://doi.org/10.1002/acr.20015"),
        ("PMCID:PMC9203373", "https://pmc.ncbi.nlm.nih.gov/articles/PMC9203373/"),
        ("ACR:12154", "https://acrabstracts.org/?p=12154"),
        ("https://www.jrheum.org/content/49/11/1250", "https://www.jrheum.org/content/49/11/1250"),
        ("AB0946", ""),
    ],
)
def test_identifiers_lead_to_pages(identifier, link):
    assert link_of(identifier) == link


def test_another_word_is_not_an_identifier():
    with pytest.raises(ValueError, match="'Fisler' is not an identifier; allowed: doi:10"):
        link_of("Fisler")


@pytest.mark.parametrize(
    ("name", "column", "value", "problem", "allowed"),
    [
        ("cohorts.csv", "key", "", "is empty", "a value"),
        ("cohorts.csv", "key", "fisler2002", "is a duplicate", "each value once"),
        ("cohorts.csv", "identifier", "10.1002/acr", "is not an identifier", "doi:10.…"),
        ("cohorts.csv", "identifier", "PMID:24987158", "is a duplicate", "each value once"),
        ("cohorts.csv", "year", "83", "is not a year", "four digits"),
        ("cohorts.csv", "read_in", "full text", "is not in the list", "conference abstract"),
        ("cohorts.csv", "patients", "boys", "is not in the list", "one antibody"),
        ("cohorts.csv", "outcome", "some", "is not in the list", "persistent calcinosis"),
        ("cohorts.csv", "n", "0", "is not a number of patients", "1, 2, …"),
        ("cohorts.csv", "n", "4.5", "is not a number of patients", "1, 2, …"),
        ("cohorts.csv", "n_calcinosis", "48", "is above n", "up to 47"),
        ("cohorts.csv", "percent_printed", "101", "is not a percentage", "0 to 100"),
        ("cohorts.csv", "percent_printed", "many", "is not a printed number", "digits"),
        ("cohorts.csv", "percent_printed", "9.9", "is not a percentage of 47", "some count"),
        ("cohorts.csv", "may_overlap", "bowyer1983", "is not another key", "sallum2008"),
        ("findings.csv", "cohort", "bowyer", "is not in cohorts.csv", "bowyer1983, fisler2002"),
        ("findings.csv", "topic", "heat", "is not in the list", "heart"),
        ("findings.csv", "direction", "not reported", "of 'calcinosis'", "about the patients"),
        ("findings.csv", "about", "the patients", "of 'the patients'", "not reported"),
        ("findings.csv", "analysis", "both", "is not in the list", "univariate, multivariate"),
        ("findings.csv", "finding", "", "is empty", "a value"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_allowed(spoil, name, column, value, problem, allowed):
    problems = spoil(name, (0, column, value)).problems
    rows = problems.loc[problems["problem"].str.startswith(problem)].to_dict("records")
    assert len(rows) == 1
    assert Path(rows[0]["file"]).name == name
    assert rows[0]["row"] in {2, 3, 6}  # of duplicates the second one is named
    assert allowed in rows[0]["allowed"]


def test_all_problems_of_both_files_are_told_at_once(spoil):
    frame = pd.read_csv(spoil.folder / "findings.csv", dtype=str, keep_default_na=False)
    frame.loc[4, "topic"] = "heat"
    frame.to_csv(spoil.folder / "findings.csv", index=False)
    error = spoil("cohorts.csv", (0, "n", "x"), (1, "n_calcinosis", "36"))
    assert error.problems["row"].tolist() == [2, 3, 6]
    assert str(error).startswith("3 problem(s) in the evidence\n")
    assert "row 3, column n_calcinosis: '36' is above n; allowed: up to 35" in str(error)


def test_a_count_needs_patients_and_an_outcome(spoil):
    cells = (0, "n", ""), (0, "percent_printed", "40"), (15, "percent_printed", "40")
    problems = spoil("cohorts.csv", *cells).problems
    assert problems["column"].tolist() == ["n", "outcome"]


def test_columns_are_checked_first(spoil):
    path = spoil.folder / "findings.csv"
    path.write_text(path.read_text().replace("direction", "way", 1))
    with pytest.raises(LiteratureError) as caught:
        load_evidence(spoil.folder)
    problems = caught.value.problems.set_index("column")["problem"].to_dict()
    assert problems == {"direction": "is missing", "way": "is not a column of this file"}


def test_what_is_not_a_table_is_said(spoil):
    (spoil.folder / "findings.csv").write_bytes(b"")
    with pytest.raises(LiteratureError, match=r"row 1, column : '' cannot be read"):
        load_evidence(spoil.folder)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cohorts\.csv: no such file"):
        load_evidence(tmp_path)


def test_every_printed_percentage_is_held_against_its_count(evidence):
    shares = check_shares(evidence)
    assert len(shares) == 15
    rules = shares["rules"].to_dict()
    assert rules.pop("ravelli2010") == "truncated"  # 116 of 490 is 23.67%
    rounded = {"clemente2012", "tansley_nxp2_all", "cantez_ecg", "norway_heart", "norway_lung"}
    assert {key for key, rule in rules.items() if rule == "rounded"} == rounded
    assert {rule for key, rule in rules.items() if key not in rounded} == {"rounded or truncated"}
    assert shares.loc["tansley_nxp2_all", ["count", "n"]].tolist() == [56, 285]
    assert shares.loc["cantez_ecg", ["count", "n", "exact"]].tolist() == [6, 70, 600 / 70]


def test_a_wrong_percentage_is_seen(spoil):
    path = spoil.folder / "cohorts.csv"
    path.write_text(path.read_text().replace(",34,16,47.1,", ",34,16,47.2,"))
    assert check_shares(load_evidence(spoil.folder)).loc["clemente2012", "rules"] == "no"


def test_every_printed_ratio_is_held_against_its_limits(evidence):
    ratios = check_ratios(evidence)
    assert ratios["log_symmetric"].tolist() == [True] * 3
    delay = ratios.loc["carra2015_delay_adjusted"]
    assert delay["p_low"] < 0.05 < delay["p_high"]
    assert ratios.loc["carra2015_duration", "p_high"] < 0.001


def test_fisler_groups_cannot_both_be_means(evidence):
    """5 with 30.6 and 30 with 6 months have a mean of 9.5, where 6.6 is printed."""
    printed = evidence.findings["printed"]
    assert printed["fisler_delay"].startswith("30.6 against 6 months")
    assert printed["fisler_time_all"] == "mean 6.6, SD 8.2 months"
    weighted = (5 * 30.6 + 30 * 6) / 35
    assert not match_value("6.6", weighted).consistent
    assert match_value("9.5", weighted).consistent
