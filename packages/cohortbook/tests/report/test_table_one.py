"""Table 1 by any grouping, and risks."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort import load_cohort
from cohortbook.report.clinical_tables import show_compared
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.risks import asks_risks, risk_table, show_risks
from cohortbook.report.table_one import show_table_one, table_one
from smallstats import two_by_two

ROWS = 90
LEVELS = {"site": ["A", "B", "C"], "grade": ["I", "II", "III"]}


def write(tmp_path, *, analysis=None, variables=None, rare=3, **sections):
    """A cohort of three arms of 30 patients."""
    lines = ["id,arm,female,age,score,grade,ill,rare"]
    for i in range(ROWS):
        arm = "xyz"[i % 3] if i != 5 else ""
        female = "" if i == 7 else "yes" if i % 2 else "no"
        age = "" if i in (3, 4) else f"{40 + (i * 7) % 31 + i % 3}"
        grade = ["I", "II", "III"][(i * 5) % 7 % 3]
        ill = "yes" if (i * 11) % 10 < 4 else "no"
        lines.append(
            f"{i},{arm},{female},{age},{0.001 * (i % 9) + 0.02},{grade},{ill},"
            f"{'yes' if i % 30 < rare and i < 30 else 'no'}"
        )
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    spec = {
        "data": {"file": "data.csv"},
        "id": {"column": "id"},
        "variables": {
            "arm": {"kind": "category", "levels": ["x", "y", "z"]},
            "female": {"kind": "binary"},
            "age": {"kind": "number", "unit": "years"},
            "score": {"kind": "number"},
            "grade": {"kind": "ordinal", "levels": LEVELS["grade"]},
            "ill": {"kind": "binary"},
            "rare": {"kind": "binary"},
        },
        "analysis": {
            "outcome": "ill",
            "groups": "arm",
            "compare": ["female", "age", "score", "grade", "rare"],
        }
        | (analysis or {}),
    } | sections
    for name, change in (variables or {}).items():
        spec["variables"][name] |= change
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return load_cohort(tmp_path)


def test_three_groups_stand_beside_all_patients(tmp_path):
    cohort = write(tmp_path)
    shown = show_table_one(table_one(cohort)).frame
    assert shown.columns.tolist() == [
        "Characteristic", "All (n = 89)", "x (n = 30)", "y (n = 30)", "z (n = 29)",
        "Standardised difference", "p", "Missing",
    ]  # fmt: skip
    female = shown.iloc[0]
    known = cohort.frame.dropna(subset=["arm"])
    n, total = int(known["female"].sum()), int(known["female"].notna().sum())
    assert female["All (n = 89)"] == f"{n}/{total} ({100 * n / total:.0f}%)"
    assert female["Missing"] == "0 / 1 / 0"
    assert shown["Characteristic"].tolist()[3:7] == ["Grade", "\u2003I", "\u2003II", "\u2003III"]
    assert set(shown["All (n = 89)"].iloc[3]) == set() and shown["p"].iloc[3] != ""
    once = ["Standardised difference", "p", "Missing"]
    assert set(shown[once].iloc[4:7].to_numpy().ravel()) == {""}


def test_small_numbers_are_not_zero(tmp_path):
    shown = show_table_one(table_one(write(tmp_path))).frame
    assert re.fullmatch(r"0\.02\d+ ± 0\.00\d+", shown["All (n = 89)"].iloc[2])
    fixed = write(tmp_path, variables={"age": {"decimals": "0"}, "score": {"decimals": "1"}})
    shown = show_table_one(table_one(fixed)).frame
    assert re.fullmatch(r"\d+ ± \d+, n = 87", shown["All (n = 89)"].iloc[1])
    assert re.fullmatch(r"0\.0 ± 0\.0", shown["All (n = 89)"].iloc[2])


def test_the_tests_are_those_of_several_groups_or_as_asked(tmp_path):
    notes = " ".join(show_table_one(table_one(write(tmp_path))).notes)
    for name in ("Pearson chi-square", "Welch's analysis of variance", "Kruskal-Wallis"):
        assert name in notes
    assert "largest of any two groups" in notes and "left out: 1." in notes
    asked = write(tmp_path, analysis={"tests": {"number": "student"}})
    assert "Welch" not in " ".join(show_table_one(table_one(asked)).notes)


def test_a_trial_has_no_p_in_its_baseline_table_unless_asked(tmp_path):
    trial = write(tmp_path, analysis={"randomised": True})
    assert "p" not in show_table_one(table_one(trial)).frame
    assert "Standardised difference" in show_table_one(table_one(trial)).frame
    asked = write(tmp_path, analysis={"randomised": True, "columns": ["p"]})
    assert show_table_one(table_one(asked)).frame.columns.tolist() == [
        "Characteristic", "x (n = 30)", "y (n = 30)", "z (n = 29)", "p",
    ]  # fmt: skip


def test_two_groups_may_have_their_effect(tmp_path):
    cohort = write(
        tmp_path,
        analysis={"groups": "female", "compare": ["age", "rare"], "columns": ["effect", "p"]},
    )
    table = show_table_one(table_one(cohort))
    assert table.frame.columns.tolist()[1:4] == ["Female: no (n = 45)", "Female: yes (n = 44)",
                                                 "Effect (95% CI)"]  # fmt: skip
    assert "mean difference, 95% Welch t" in " ".join(table.notes)


def test_all_patients_stand_beside_the_groups_of_the_outcome(tmp_path):
    shown = show_compared(write(tmp_path))
    assert shown.frame.columns.tolist()[1] == "All (n = 90)"
    assert shown.frame.iloc[0, 1].endswith("/89 (49%)")
    assert "All" not in " ".join(show_compared(write(tmp_path, analysis={"columns": ["p"]})).frame)


@pytest.mark.parametrize("rare", [3, 12])
def test_small_counts_in_a_group_withhold_its_variable(tmp_path, rare):
    cohort = write(tmp_path, rare=rare, suppress_below="5")
    table = show_table_one(table_one(cohort)).frame
    by_group = table.iloc[:, 2:5]
    line = table["Characteristic"].tolist().index("Rare")
    # three rare patients: one in each arm; twelve: four in each arm, all below five
    assert set(by_group.iloc[line]) == {"*/*"}
    assert table["p"].iloc[line].startswith("–")
    assert table["Standardised difference"].iloc[line] == "–"
    # someone is in no arm: the one can be told by taking the arms from all, so nothing is shown
    assert set(by_group.to_numpy().ravel()) == {"*/*", "–", ""}
    attrs = table_one(cohort).attrs
    assert pd.isna([*attrs["sizes"], attrs["in_no_group"]]).all()
    named = table["Characteristic"].tolist().index("Grade")
    assert set(by_group.drop(index=named).to_numpy().ravel()) == {"*/*", "–"}


def test_large_groups_are_shown_where_nothing_small_is_told(tmp_path):
    cohort = write(tmp_path, rare=30, suppress_below="5")
    cohort.frame["arm"] = cohort.frame["arm"].fillna("z")
    cohort.frame["female"] = cohort.frame["female"].fillna(True)
    shown = show_table_one(table_one(cohort)).frame
    line = shown["Characteristic"].tolist().index("Female")
    assert re.fullmatch(r"\d+/30 \(\d+%\)", shown.iloc[line, 2])


def by_two(tmp_path, least):
    """Table 1 of 36 and 54 patients, the groups of the outcome, with 2 gaps in age alone."""
    analysis = {"groups": "female", "compare": ["age", "score"]}
    cohort = write(tmp_path, suppress_below=str(least), analysis=analysis)
    cohort.frame["female"] = cohort.frame["ill"]
    cohort.frame["score"] = np.arange(ROWS) / 7
    return table_one(cohort)


def test_a_number_is_described_and_compared_unless_its_gaps_are_withheld(tmp_path):
    rows = by_two(tmp_path, 5).set_index("variable")
    numbers = ["mean_all", "sd_all", "median_all", "mean_1", "p", "smd"]
    assert rows.loc["score", numbers].notna().all() and rows.loc["age", numbers].isna().all()
    assert rows.loc["score", "test"] != "withheld" == rows.loc["age", "test"]


@pytest.mark.parametrize(("least", "shown"), [(36, True), (37, False)])
def test_the_smallest_group_may_be_as_small_as_the_limit(tmp_path, least, shown):
    sizes = by_two(tmp_path, least).attrs["sizes"]
    assert pd.notna(sizes).tolist() == [shown, shown]


def test_in_how_many_no_group_is_known_is_shown_unless_few(tmp_path):
    cohort = write(tmp_path, suppress_below="5")
    assert table_one(write(tmp_path)).attrs["in_no_group"] == 1
    cohort.frame.loc[cohort.frame.index[:9], "arm"] = None
    assert table_one(cohort).attrs["in_no_group"] == 9


def test_one_patient_in_one_group_withholds_a_variable(tmp_path):
    cohort = write(tmp_path, suppress_below="5", analysis={"compare": ["female", "age"]})
    frame = cohort.frame
    frame["arm"] = frame["arm"].fillna("z")
    one = (frame["arm"] == "x").to_numpy() & (np.arange(ROWS) > 0)
    frame["female"] = pd.array(np.where(one, True, np.arange(ROWS) // 3 % 2 == 1), "boolean")
    frame.loc[frame.index[0], "female"] = False
    frame["ill"] = np.arange(ROWS) // 6 % 2 == 0
    row = table_one(cohort).set_index("variable").loc["female"]
    assert pd.notna(row["n_all"]) and row[["n_1", "n_2", "n_3"]].isna().all()


def test_patients_of_one_group_have_no_table_by_groups(tmp_path):
    cohort = write(tmp_path)
    cohort.frame["arm"] = cohort.frame["arm"].where(cohort.frame["arm"] == "x")
    table = table_one(cohort)
    assert table.empty and table.columns.tolist() == ["variable"]
    assert len(show_table_one(table).frame) == 0


def test_risks_agree_with_their_tables(tmp_path):
    cohort = write(tmp_path)
    assert asks_risks(cohort)
    table = risk_table(cohort).set_index(["variable", "level"])
    known = cohort.frame.dropna(subset=["female"])
    a, b = (int((known["ill"] & (known["female"] == side)).sum()) for side in (True, False))
    n1, n0 = (int((known["female"] == side).sum()) for side in (True, False))
    row, wanted = table.loc[("female", "")], two_by_two(a, n1, b, n0)
    assert (row.a, row.n1, row.b, row.n0) == (a, n1, b, n0)
    assert row.risk_difference == wanted.risk_difference
    assert (row.risk_ratio_low, row.risk_ratio_high) == wanted.limits("risk ratio")
    assert ("grade", "II against I") in table.index and ("grade", "I against I") not in table.index
    shown = show_risks(cohort, risk_table(cohort))
    assert shown.frame.columns.tolist()[3:] == [
        "Risk difference, percentage points (95% CI)", "Risk ratio (95% CI)",
        "Odds ratio (95% CI)", "p",
    ]  # fmt: skip


def test_risks_are_shown_where_the_outcome_is_common_or_by_choice(tmp_path):
    rare = write(tmp_path, analysis={"outcome": "rare", "compare": ["female"]})
    assert not asks_risks(rare) and "risks" not in cohort_tables(rare)
    asked = write(
        tmp_path,
        analysis={"outcome": "rare", "compare": ["female"], "effects": ["risk_ratio"]},
    )
    shown = cohort_tables(asked)["risks"].frame
    assert shown.columns.tolist()[3:] == ["Risk ratio (95% CI)", "p"]


def test_withheld_findings_have_no_risk(tmp_path):
    cohort = write(tmp_path, rare=3, suppress_below="5")
    assert "rare" not in set(risk_table(cohort)["variable"])


def test_no_groups_no_table(tmp_path):
    cohort = write(tmp_path, analysis={"groups": ""})
    assert "table_one" not in cohort_tables(cohort)
    with pytest.raises(ValueError, match="names no groups"):
        table_one(cohort)
    assert isinstance(pd.DataFrame(risk_table(cohort)), pd.DataFrame)


def test_a_small_group_has_means_alone_and_rare_values_none(tmp_path):
    """Six of arm x have a value of age, and of score only two different ones, one of them once."""
    cohort = write(tmp_path, suppress_below="5")
    frame = cohort.frame
    members = frame.index[frame["arm"] == "x"]
    frame["arm"] = frame["arm"].fillna("z")
    frame.loc[members[6:], "arm"] = "y"
    frame["age"] = [40.0 + 7 * i % 31 for i in range(ROWS)]
    frame["score"] = [i % 9 + 0.5 for i in range(ROWS)]
    frame.loc[members[:6], "score"] = [1.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    frame["ill"] = [i % 2 == 0 for i in range(ROWS)]
    frame.loc[members[:6], "ill"] = True
    rows = table_one(cohort).set_index("variable")
    age, score = rows.loc["age"], rows.loc["score"]
    numbers = [f"{part}_{end}" for part in ("sd", "q1", "median", "q3") for end in (1, 2, 3, "all")]
    assert age[["mean_1", "mean_2", "mean_3"]].notna().all() and age[numbers].isna().all()
    assert age["test"] == "withheld" and age[["p", "smd"]].isna().all()
    assert score[["mean_1", "mean_2", "mean_3", "p", "smd"]].isna().all()


def test_groups_of_which_a_count_is_withheld_are_not_counted(tmp_path):
    """Three with the outcome are in one of the groups: how many are in each would tell it."""
    cohort = write(tmp_path, suppress_below="5")
    cohort.frame["arm"] = cohort.frame["arm"].fillna("z")
    assert all(pd.notna(size) for size in table_one(cohort).attrs["sizes"])
    by_it = write_by_rare(tmp_path / "rare")
    assert all(pd.isna(size) for size in table_one(by_it).attrs["sizes"])


def write_by_rare(folder):
    """A cohort in groups of a finding that three with the outcome have."""
    folder.mkdir()
    analysis = {"groups": "female", "compare": ["age", "grade"]}
    cohort = write(folder, suppress_below="5", analysis=analysis)
    ill = cohort.frame["ill"].to_numpy(bool)
    cohort.frame["female"] = ~ill
    cohort.frame.loc[cohort.frame.index[ill][:3], "female"] = True
    return cohort


def test_who_a_variable_does_not_apply_to_is_not_missing(tmp_path):
    write(tmp_path)
    table = pd.read_csv(tmp_path / "data.csv", dtype=str, keep_default_na=False)
    table.loc[table["female"] == "no", "age"] = ""
    table.to_csv(tmp_path / "data.csv", index=False)
    spec = yaml.safe_load((tmp_path / "cohort.yml").read_text("utf-8"))
    spec["variables"]["age"]["only_if"] = "female"
    (tmp_path / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    cohort = load_cohort(tmp_path)
    row = table_one(cohort).set_index("variable").loc["age"]
    frame = cohort.frame[cohort.frame["arm"].notna()]
    applies = frame["female"].fillna(True).astype(bool)  # whose sex is missing may be one
    absent = frame[frame["age"].isna() & applies]
    counts = absent["arm"].value_counts().reindex(["x", "y", "z"], fill_value=0)
    assert row["missing_all"] == len(absent) > 0
    assert row[["missing_1", "missing_2", "missing_3"]].tolist() == counts.tolist()
    assert len(absent) < frame["age"].isna().sum()


def test_a_count_of_findings_is_not_shown_in_a_group_where_a_finding_is_withheld(tmp_path):
    """Of 15 and few others 18 have one or more: how few they are would follow."""
    shown = counted_by_group(tmp_path, few=5)
    assert shown.loc[["one", "other", "many"], "n_1"].tolist() == [15, 5, 20]
    shown = counted_by_group(tmp_path, few=3)
    assert shown.loc[["one", "other", "many"], "n_1"].isna().all()
    assert shown.loc[["one", "other", "many"], "n_all"].tolist() == [35, 13, 48]


@pytest.mark.parametrize(("both", "shown"), [(4, False), (5, True)])
def test_a_union_is_not_shown_in_groups_where_few_have_both(tmp_path, both, shown):
    """In each arm few have both findings, and enough in the two together."""
    table = counted_by_group(tmp_path, few=12, both=both, operator="any")
    assert table.loc[["one", "other", "many"], "n_all"].notna().all()
    assert table.loc[["one", "other"], "n_1"].notna().all()
    assert pd.notna(table.loc["many", "n_1"]) == shown


def counted_by_group(folder, few, both=0, operator="count"):
    """Table 1 of two findings, and what is made of them, in arms of 40."""
    ones = [np.arange(40) < n for n in (15, 20)]
    others = [(np.arange(40) >= 15 - both) & (np.arange(40) < 15 - both + few)]
    others += [(np.arange(40) >= 20 - both) & (np.arange(40) < 30 - both)]
    columns = {"one": np.concatenate(ones), "other": np.concatenate(others)}
    frame = pd.DataFrame({name: np.where(of, "yes", "no") for name, of in columns.items()})
    ill = np.tile(np.arange(40) < 20 if both else np.arange(40) % 2 == 0, 2)
    frame = frame.assign(arm=np.repeat(["x", "y"], 40), ill=np.where(ill, "yes", "no"))
    frame.to_csv(folder / "data.csv", index=False)
    variables = {name: {"kind": "binary", "column": name} for name in ("ill", "one", "other")}
    variables["arm"] = {"kind": "category", "column": "arm", "levels": ["x", "y"]}
    kind = "number" if operator == "count" else "binary"
    variables["many"] = {"kind": kind, "derive": {operator: ["one", "other"]}}
    spec = {"data": {"file": "data.csv"}, "variables": variables, "suppress_below": "5"}
    spec["analysis"] = {"outcome": "ill", "groups": "arm"}
    (folder / "cohort.yml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return table_one(load_cohort(folder)).set_index("variable")
