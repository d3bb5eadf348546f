"""Files that people have, brought through `init`, `check` and `tables`, with their right values."""

import json
from pathlib import Path

import pandas as pd
import pytest

from cohortbook import compare_groups
from cohortbook.cli import main
from cohortbook.cohort import load_cohort
from cohortbook.cohort.review import describe_review, review_cohort
from cohortbook.report.cohort_book import cohort_tables

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"


class Walk:
    """A folder that `init` drafted from a file, and what the commands said."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys

    def run(self, *arguments):
        status = main([str(argument) for argument in arguments])
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def init(self, name, outcome="", *options):
        asked = ["--outcome", outcome] if outcome else []
        file = name if isinstance(name, Path) else CASES / name
        return self.run("init", self.folder, "--data", file, *asked, *options)

    def whole(self, name, outcome, *options, edit=None, commands=False):
        """Draft, check and make the tables, none of which may fail; give the cohort."""
        assert self.init(name, outcome, *options)[0] == 0
        if edit:
            self.path.write_text(edit(self.path.read_text("utf-8")), "utf-8")
        if commands:
            status, told = self.run("check", self.folder)
            assert (status, "0 errors" in told) == (0, True), told
            status, told = self.run("tables", self.folder)
            assert status == 0, told
        assert review_cohort(self.folder).problems.empty
        cohort = load_cohort(self.folder)
        assert cohort_tables(cohort)
        return cohort

    @property
    def path(self):
        return self.folder / "cohort.yml"

    @property
    def doubts(self):
        lines = map(str.strip, self.path.read_text("utf-8").splitlines())
        return [line.removeprefix("# doubt: ") for line in lines if line.startswith("# doubt: ")]


@pytest.fixture
def walk(tmp_path, capsys):
    return Walk(tmp_path / "cohort", capsys)


def counts(cohort, name):
    """Give how many said yes and how many are known, or the counts of the levels."""
    values = cohort.frame[name].dropna()
    if values.dtype == "boolean":
        return int(values.sum()), len(values)
    return values.value_counts(sort=False).to_dict()


def test_a_field_empty_in_every_row_is_left_out(walk):
    cohort = walk.whole("r1_redcap.csv", "relapse", "--dictionary", CASES / "r1_dictionary.csv")
    assert cohort.spec.data.ignore == ("telephone_2",)
    assert counts(cohort, "relapse") == (8, 24)


def test_zero_and_one_with_decimals_are_two_values(walk):
    cohort = walk.whole("r2_float_binary.csv", "died")
    assert (counts(cohort, "deaths"), counts(cohort, "chf")) == ((13, 40), (10, 39))
    assert any("1 taken as Yes and 0 as No: chf, died" in doubt for doubt in walk.doubts)


def test_zero_and_one_with_decimal_commas_are_no_number_whose_ranks_are_compared(walk):
    cohort = walk.whole("r3_skewed_float_binary.csv", "died", commands=True)
    assert (counts(cohort, "mdquality"), counts(cohort, "deaths")) == ((113, 119), (40, 120))
    assert not cohort.spec.analysis.tests


def test_a_test_of_what_is_no_longer_compared_does_not_matter(walk):
    def narrowed(text):
        assert "tests: {crp: mann-whitney}" in text
        return text.replace("analysis:\n", "analysis:\n  compare: [age]\n")

    cohort = walk.whole("r4_narrow_compare.csv", "died", edit=narrowed, commands=True)
    assert compare_groups(cohort)["variable"].tolist() == ["age"]


def test_totals_under_the_table_are_no_patients(walk):
    walk.init("r5_totals_row.csv")
    cohort = load_cohort(walk.folder)
    assert len(cohort.frame) == 40
    assert cohort.frame["crp"].mean() == pytest.approx(2.87, abs=0.005)
    assert cohort.frame["crp"].std() == pytest.approx(1.5572, abs=5e-5)
    assert "2 rows taken as no patient (42-43): 'Mean', 'n=40'" in walk.doubts


def test_the_row_numbers_of_r_are_not_read(walk):
    cohort = walk.whole("r6_R_rownames.csv", "died")
    assert (len(cohort.frame), counts(cohort, "deaths")) == (30, (10, 30))
    assert cohort.spec.id.column == "id" and list(cohort.frame) == ["age", "deaths"]


def test_a_plus_and_a_slash_inside_levels_do_not_split_them(walk):
    cohort = walk.whole("r7_plus_slash.csv", "improved")
    assert cohort.spec.variables["esr"].kind == "ordinal"
    assert list(counts(cohort, "esr").items()) == [
        ("1_0-10", 15), ("2_11-20", 15), ("3_21-50", 15), ("4_51+", 15),
    ]  # fmt: skip
    assert list(counts(cohort, "temp").values()) == [20, 20, 20]
    assert sum("ordered?" in doubt for doubt in walk.doubts) == 2


@pytest.mark.slow  # test_one_row.py has its parts
def test_several_rows_of_a_patient_are_an_error_that_says_what_to_do(walk):
    status, told = walk.init("r8_long_by_visit.csv", "outcome")
    assert status == 2
    assert "240 rows are 60 patients (id and center together), 4 rows each" in told
    assert "one_row: last   # or first\n  order_by: visit\n  keep: {visit: ['4']}" in told
    status, told = walk.run("check", walk.folder)
    assert status == 2 and "1 error, " in told and "60 ids have several rows, 240 in all" in told
    text = walk.path.read_text("utf-8")
    table = pd.read_csv(CASES / "r8_long_by_visit.csv")
    for edit, visit in [
        (lambda t: t.replace("# one_row", "one_row").replace("# order_by", "order_by"), 4),
        (lambda t: t.replace("# keep", "keep"), 4),
        (lambda t: t.replace("# one_row: last", "one_row: first"), 1),
    ]:
        walk.path.write_text(edit(text), "utf-8")
        assert walk.run("check", walk.folder)[0] == 0
        cohort = load_cohort(walk.folder)
        assert len(cohort.frame) == 60
        right = table[table["visit"] == visit]["outcome"].eq("yes").sum()
        assert counts(cohort, "outcome") == (right, 60)
        assert set(cohort.frame["visit"]) == {visit}
        assert cohort.flow["remaining"].tolist()[:2] == [240, 60]


def test_a_value_of_the_outcome_may_hold_the_sign(walk):
    status, told = walk.init("r9_value_with_equals.csv", "na_group")
    assert status == 2 and '"na_group=na <= 135"' in told
    cohort = walk.whole("r9_value_with_equals.csv", "na_group=na <= 135")
    assert counts(cohort, "na_group") == (10, 60)


def test_units_and_limits_inside_cells(walk):
    cohort = walk.whole("r10_units_censored_pt.csv", "Óbito", commands=True)
    frame = cohort.frame
    age, crp, gfr = frame["idade"], frame["pcr"], frame["tfg_ml_min"].dropna()
    assert (age.count(), age.mean()) == (120, 63.375)
    assert age.std() == pytest.approx(8.953, abs=5e-4)
    assert (crp.count(), crp.mean()) == (105, pytest.approx(2.259, abs=5e-4))
    assert (len(gfr), (cohort.changes["from"] == ">60").sum()) == (64, 56)
    assert (cohort.changes["from"] == "<0,3").sum() == 15
    assert (cohort.spec.variables["pcr"].unit, cohort.spec.variables["idade"].unit) == (
        "mg/dL", "years",
    )  # fmt: skip
    told = "\n".join(walk.doubts)
    assert "56 values are only limits ('>60')" in told
    assert "15 values are only limits ('<0,3')" in told
    assert "'ignorado' (10 rows) taken as missing" in told


@pytest.mark.parametrize(("limits", "low", "high"), [("limit", 0.3, 60), ("half", 0.15, 60)])
def test_a_limit_counts_as_it_is_said(walk, limits, low, high):
    def edit(text):
        return text.replace("limits: missing", f"limits: {limits}")

    frame = walk.whole("r10_units_censored_pt.csv", "Óbito", edit=edit).frame
    assert frame["pcr"].count() == frame["tfg_ml_min"].count() == 120
    right = (105 * 2.259 + 15 * low) / 120
    assert frame["pcr"].mean() == pytest.approx(right, abs=5e-4)
    assert (frame["tfg_ml_min"] == high).sum() >= 56


def test_titles_above_the_headings(walk):
    cohort = walk.whole("r12_title_rows.xlsx", "died")
    assert cohort.spec.data.header == ("3",)
    assert (len(cohort.frame), counts(cohort, "deaths")) == (30, (10, 30))
    assert cohort.frame["age"].tolist()[0] == 41


def test_a_legend_under_the_table_explains_its_codes(walk):
    walk.init("r14_legend_below.xlsx")
    cohort = load_cohort(walk.folder)
    assert counts(cohort, "race") == {"White": 10, "Black": 10, "Asian": 10}
    assert counts(cohort, "female") == (15, 30)
    assert cohort.spec.variables["female"].yes == ("Female", "2")


def test_the_sheet_that_looks_like_a_table_is_read(walk):
    cohort = walk.whole("r15_first_sheet_is_readme.xlsx", "relapse")
    assert cohort.spec.data.sheet == "Data"
    assert (len(cohort.frame), counts(cohort, "relapse")) == (30, (10, 30))


def test_a_heading_that_says_first_name_is_an_identifier_however_often_names_repeat(walk):
    cohort = walk.whole("r16_names_repeat.csv", "died")
    assert cohort.spec.variables["fake_first_name"].identifier
    assert "fake_first_name" not in cohort.frame


def test_zero_and_one_of_sex_and_race_are_asked_about(walk):
    cohort = walk.whole("r17_coded_01.csv", "died")
    kinds = {name: v.kind for name, v in cohort.spec.variables.items() if name != "deaths"}
    assert kinds == dict.fromkeys(["preop_gender", "race", "donor_sex"], "category")
    assert walk.doubts.count("only 0 and 1: what does 1 mean? Say it") == 3


def test_short_codes_beside_others_are_levels(walk):
    cohort = walk.whole("q6_nr.csv", "Outcome")
    assert counts(cohort, "response") == {"R": 26, "NR": 14}
    assert set(counts(cohort, "best_response")) == {"CR", "PR", "NR"}
    assert set(counts(cohort, "cell_type")) == {"NK", "T", "B"}
    assert "'NR' (14 rows) is kept as a level: if it says missing, missing: ['NR']" in walk.doubts


def test_levels_with_numbers_are_in_their_natural_order(walk):
    cohort = walk.whole("q4_order.csv", "Outcome")
    assert list(cohort.spec.variables["age_group"].levels) == ["<10", "10-20", ">20"]
    assert list(cohort.spec.variables["visits"].levels) == [
        "1 visits", "2 visits", "3 visits", "10 visits",
    ]  # fmt: skip
    assert sum("ordered?" in doubt for doubt in walk.doubts) == len(walk.doubts) == 2


def test_labelled_extended_missing_values_are_missing(walk):
    cohort = walk.whole("s04_extended.dta", "outcome", commands=True)
    file = pd.read_stata(CASES / "s04_extended.dta", convert_categoricals=False)
    known = file["smoke"][file["smoke"] < 9]
    assert counts(cohort, "smoke") == (int(known.sum()), len(known))
    assert "smoke: missing values of the file: .b “Not asked” 2" in walk.doubts


def test_a_scale_with_labels_at_its_ends_keeps_its_numbers(walk):
    pain = walk.whole("s09_ends_labelled.sav", "outcome").frame["pain"]
    assert (pain.count(), pain.min(), pain.max(), pain.mean()) == (40, 0, 10, 4.65)
    assert any("0 = No pain, 10 = Worst pain" in doubt for doubt in walk.doubts)


def test_ids_of_sixteen_digits_stay_apart(walk):
    cohort = walk.whole("s06_long_ids.dta", "outcome")
    assert cohort.spec.id.column == "id" and len(cohort.frame) == 40
    assert "id" not in cohort.frame


def test_a_forced_test_of_a_large_table_is_done(walk):
    def edit(text):
        return text + "  tests: {centre: fisher}\n"

    cohort = walk.whole("r01_fisher418.csv", "Outcome", edit=edit)
    p = compare_groups(cohort).set_index("variable")["p"]["centre"]
    assert p.iloc[0] == pytest.approx(0.3617815, rel=2e-5)  # R: fisher.test


def test_what_tables_cannot_do_is_an_error_of_check(walk, monkeypatch):
    import cohortbook.report.cohort_book as book

    def fail(cohort, *args, **kwargs):
        raise ValueError("there are too many tables")

    walk.init("r01_fisher418.csv", "Outcome")
    assert review_cohort(walk.folder).problems.empty
    monkeypatch.setattr(book, "show_compared", fail)
    status, told = walk.run("check", walk.folder)
    assert status == 2
    assert "error: cohort.yml, analysis: the tables cannot be made: there are too many" in told
    assert walk.run("tables", walk.folder) == (2, "there are too many tables\n")


def test_a_cell_of_a_chapter_that_fails_is_an_error_of_check(walk, monkeypatch):
    import cohortbook.report.rehearsal as rehearsal

    cells = [{"cell_type": "code", "source": ["x = 1\n", "x / 0"]}]
    source = json.dumps({"cells": cells}).encode()
    walk.init("r2_float_binary.csv", "died")
    monkeypatch.setattr(rehearsal, "book_files", lambda cohort: {"9_last.ipynb": source})
    status, told = walk.run("check", walk.folder)
    assert status == 2
    assert "analysis: the chapter 9_last cannot be made: division by zero" in told


def test_a_hidden_sheet_is_not_read_and_is_named(walk):
    cohort = walk.whole("x06_hidden_sheet.xlsx", "Outcome")
    assert (cohort.spec.data.sheet, len(cohort.frame)) == ("Patients", 30)
    assert "hidden sheets are not read: Old" in walk.doubts


def test_percentages_are_read_as_they_are_shown(walk):
    surface = walk.whole("x07_percent.xlsx", "Outcome").frame["body_surface"]
    assert (surface.mean(), surface.std()) == (pytest.approx(34), pytest.approx(17.6, abs=0.01))


def test_error_cells_are_missing_and_doubted(walk):
    cohort = walk.whole("x03b_errors.xlsx", "Outcome")
    assert set(cohort.spec.variables["rash_type"].levels) == {"mild", "moderate", "severe"}
    assert cohort.spec.variables["cardiac"].kind == "binary"
    assert "'#NAME?' (1 row) taken as missing" in walk.doubts


def test_merged_cells_are_filled_down_and_said_once(walk):
    cohort = walk.whole("x05_merged.xlsx", "Outcome", commands=True)
    assert counts(cohort, "centre") == {"North": 10, "East": 10, "South": 10}
    (doubt,) = (doubt for doubt in walk.doubts if "merged" in doubt or "fill_down" in doubt)
    assert "Centre: 27 cells are blank because cells are merged, and repeat the one above" in doubt


def test_serial_days_of_a_workbook_that_counts_from_1904(walk):
    cohort = walk.whole("d01_1904_onset_date_visit_serial.xlsx", "Outcome")
    first = cohort.frame.iloc[0]
    assert first["form_date"] == pd.Timestamp("1998-04-07") + pd.Timedelta(days=1462)
    assert first["onset"] == pd.Timestamp("2001-03-04")


def test_boxes_of_a_form_that_nobody_opened_are_missing(walk):
    cohort = walk.whole("rc_data.csv", "dead", "--dictionary", CASES / "rc_dict.csv")
    assert counts(cohort, "symptoms_1") == (20, 35)
    assert "'-99' “Not stated” (5 rows) taken as missing" in walk.doubts


def test_the_line_that_tells_excel_the_separator_is_skipped(walk):
    cohort = walk.whole("c07_sep_line.csv", "Outcome")
    assert len(cohort.frame) == 40 and list(cohort.frame) == ["ck", "cardiac", "outcome"]


def test_time_stamps_with_a_zone_are_dates(walk):
    cohort = walk.whole("c13_tz.csv", "Outcome")
    first = cohort.frame.iloc[0]
    assert first["onset"] == pd.Timestamp("2001-03-01")
    assert first["form_date"] == pd.Timestamp("2002-03-01")


def test_a_workbook_of_the_old_format(walk):
    cohort = walk.whole("old_format.xls", "Died")
    assert (cohort.spec.data.sheet, counts(cohort, "deaths")) == ("Data", (10, 30))
    assert cohort.frame["ck"].count() == 29 and cohort.frame["ck"].iloc[0] == 100
    assert cohort.frame["admitted"].iloc[29] == pd.Timestamp("2001-10-18")


def test_many_warnings_are_capped_and_no_doubt_is_hidden_by_them(walk, tmp_path):
    heads = [f"Rare {i}" for i in range(60)]
    rows = [[f"P{k}", *(["no"] * 59 + ["yes"] * 2)[k % 2 :][:60], "yn"[k % 2]] for k in range(30)]
    rows[0][1:61] = ["yes"] * 60
    lines = [",".join(["ID", *heads, "Died"]), *map(",".join, rows), "Total,,,"]
    lines[-1] += "," * (61 - lines[-1].count(","))
    (tmp_path / "a.csv").write_text("\n".join([*lines, ""]))
    assert walk.init(tmp_path / "a.csv", "Died")[0] == 0
    told = "\n".join(describe_review(review_cohort(walk.folder)))
    assert "warning: and 2" in told and told.count("a group of") == 40
    assert "not settled: 1 row taken as no patient (32): 'Total'" in told
