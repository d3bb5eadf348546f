"""The loop closes: a cohort's own tables, read back as a paper's, raise no objection.

All tables of a cohort are written as HTML, Word and CSV, read into a ledger by the audit's reader,
and audited. That this is no pass for want of reading is tested beside it: how much of each kind of
table was read and checked, and that one wrong digit in each kind is objected to.
"""

import shutil
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from cohortbook import example_cohort
from cohortbook.cohort import load_cohort
from cohortbook.report.cohort_book import cohort_tables
from cohortbook.report.export import table_files
from paperaudit import audit_claims, load_claims
from paperaudit.ledger_command import ledger_csv
from paperaudit.table_ledger import ledger_from_tables

ROOT = Path(__file__).parents[1]
OBJECTIONS = {"contradicted", "not_reproduced", "impossible"}
#: Keys of the analysis that add the tables which the example does not have.
MORE_TABLES = """
  groups: fixation
  linear: [bmi]
  ordered: [grade]
  pairs: [[diabetes, smoker], [age, bmi]]
  imputations: 5
"""
LEVELS = "[cemented, uncemented, hybrid]"
GRADE = f"  grade: {{label: Grade, kind: ordinal, column: Fixation, levels: {LEVELS}}}"
#: Of the cells with numbers of each kind of table, at least so many are read; of the numbers read,
#: at least so many are checked against others. Not read are the p of a test of proportional hazards
#: and how many of a pair rose and fell; not checked are p values and differences of ranks and of
#: pairs, standardised differences, and how many were left out before the first step.
LEAST = {
    "flow": (1.0, 0.75), "description": (1.0, 0.95), "table_one": (1.0, 0.85),
    "comparison": (1.0, 0.95), "risks": (1.0, 1.0), "regression": (1.0, 1.0),
    "events": (1.0, 1.0), "hazards": (0.85, 1.0), "linear_bmi": (1.0, 1.0),
    "ordered_grade": (1.0, 1.0), "pairs": (0.8, 0.6), "missing": (1.0, 0.95),
    "missing_together": (1.0, 1.0), "imputed_comparison": (1.0, 0.85), "imputed": (1.0, 1.0),
    "imputed_hazards": (1.0, 1.0),
}  # fmt: skip


@cache
def tables_of(name, language="en"):
    """Tables of a shipped cohort, of the example, or of the example with every further table."""
    source = example_cohort() if name in ("example", "all_kinds") else ROOT / "data" / name
    with TemporaryDirectory() as folder:
        copy = shutil.copytree(source, Path(folder) / "cohort")
        text = (copy / "cohort.yml").read_text() + f"\nlanguage: {language}\n"
        if name == "all_kinds":
            text = text.replace("\nanalysis:\n", f"\n{GRADE}\n\nanalysis:{MORE_TABLES.rstrip()}\n")
        (copy / "cohort.yml").write_text(text)
        return cohort_tables(load_cohort(copy))


def audited(tables, ending, folder, language="en"):
    """Write tables, read them back, and audit what was read."""
    files = table_files(tables, "Own tables", language=language)
    names = [f"tables.{ending}"]
    if ending == "csv":  # one file a table, unrounded
        names = [f"{name}.csv" for name, table in tables.items() if has_numbers(table)]
    for name in names:
        (folder / name).write_bytes(files[name])
    found = ledger_from_tables([folder / name for name in names])
    (folder / "ledger.csv").write_bytes(ledger_csv(found.ledger.assign(doubt="")))
    return found, audit_claims(load_claims(folder / "ledger.csv"))


def has_numbers(table):
    """Whether a table has more than one cell with a number, beside its labels."""
    cells = table.frame.iloc[:, 1:].astype(str).to_numpy().ravel()
    return sum(any(map(str.isdigit, text)) for text in cells) > 1


def shown(audit):
    return audit[["location", "item", "group", "statistic", "printed", "computed"]].to_string()


#: Cohort, language and kind of file: all of them, of which `make test` reads three.
OFTEN = {("all_kinds", "en", "html"), ("sallum2008", "en", "docx"), ("example", "es", "csv")}
FILES = [
    pytest.param(*case, marks=() if case in OFTEN else pytest.mark.slow, id="-".join(case))
    for case in product(
        ("example", "all_kinds", "sallum2008", "pbc"), ("en", "pt", "es"), ("html", "docx", "csv")
    )
]


@pytest.mark.parametrize(("name", "language", "ending"), FILES)
def test_own_tables_raise_no_doubt_and_no_objection(name, language, ending, tmp_path):
    tables = tables_of(name, language)
    found, audit = audited(tables, ending, tmp_path, language)
    assert found.doubts.empty, found.doubts.drop(columns="question").to_string()
    assert len(found.grids) >= sum(map(has_numbers, tables.values()))
    objections = audit[audit["verdict"].isin(OBJECTIONS)]
    assert objections.empty, shown(objections)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("all_kinds", "html"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [("all_kinds", "docx"), ("sallum2008", "html"), ("pbc", "docx")]
        ),
    ],
)
def test_each_kind_of_table_is_read_and_checked(name, ending, tmp_path):
    tables = tables_of(name)
    found, audit = audited(tables, ending, tmp_path)
    checked = audit["verdict"] != "not_checkable"
    shares = {}
    for number, grid in enumerate(found.grids):
        kind = next(kind for kind, table in tables.items() if grid.caption.endswith(table.caption))
        own = found.cells[found.cells["table"] == number]
        printed = {
            (i, j) for i, row in enumerate(grid.rows) for j, text in enumerate(row)
            if i >= (grid.heads or 1) and j and any(map(str.isdigit, text)) and "(ref" not in text
        }  # fmt: skip
        with_id = own.loc[own["id"] != ""]
        told = own.loc[(own["id"] != "") | (own["reading"] == "of how many patients")]
        read = set(zip(told["row"], told["column"], strict=True)) & printed
        if len(grid.rows) > 1 + (grid.heads or 1):  # one row has nothing to be held against
            shares[kind] = len(read) / len(printed), float(checked[list(with_id["id"])].mean())
    assert len(shares) > 4
    short = {kind: share for kind, share in shares.items()
             if share[0] < LEAST[kind][0] or share[1] < LEAST[kind][1]}  # fmt: skip
    assert not short, pd.DataFrame(shares, index=["read", "checked"]).round(2).T.to_string()


#: One digit in each kind of table: cohort, table, row, what is printed, and what is put there.
SLIPS = [
    ("sallum2008", "flow", 2, "61", "62"),
    ("all_kinds", "description", 0, "57%", "75%"),
    ("all_kinds", "description", 1, "8.89", "88.9"),
    ("all_kinds", "table_one", 0, "7/12", "8/12"),
    ("all_kinds", "table_one", 3, "38%", "83%"),
    ("all_kinds", "table_one", 1, "65.30", "56.30"),
    ("all_kinds", "table_one", 1, "0.701", "0.107"),
    ("all_kinds", "comparison", 0, "9/14", "6/14"),
    ("all_kinds", "comparison", 1, "0.092", "0.029"),
    ("all_kinds", "comparison", 3, "11.92", "19.92"),
    ("all_kinds", "comparison", 4, "0 and 2", "0 and 3"),
    ("all_kinds", "risks", 0, "0.439", "0.493"),
    ("all_kinds", "risks", 1, "−18.0", "−10.8"),
    ("all_kinds", "risks", 2, "2.86", "8.26"),
    ("all_kinds", "regression", 2, "11.83", "18.13"),
    ("all_kinds", "regression", 0, "0.312", "0.213"),
    ("all_kinds", "events", 2, "14", "11"),
    ("all_kinds", "events", 3, "48.1%", "18.1%"),
    ("all_kinds", "times", 0, "5.23", "2.53"),
    ("all_kinds", "hazards", 2, "5.43", "4.53"),
    ("all_kinds", "hazards", 6, "0.43", "0.34"),
    ("all_kinds", "linear_bmi", 0, "6.06", "6.60"),
    ("all_kinds", "ordered_grade", 1, "1.69", "1.96"),
    ("all_kinds", "pairs", 1, "−35.96", "−53.96"),
    ("all_kinds", "missing", 0, "33%", "23%"),
    ("all_kinds", "missing_together", 1, "7/30", "8/30"),
    ("all_kinds", "imputed_comparison", 0, "−1.66", "−6.16"),
    ("all_kinds", "imputed", 2, "2.00", "0.20"),
    ("all_kinds", "imputed_hazards", 2, "6.08", "8.06"),
]
#: Every sixth of them is tried by `make test`.
TRIED = [
    pytest.param(*slip, marks=() if i % 6 == 0 else pytest.mark.slow)
    for i, slip in enumerate(SLIPS)
]


@pytest.mark.parametrize(("name", "kind", "row", "old", "new"), TRIED)
def test_one_wrong_digit_in_each_kind_of_table_is_objected_to(name, kind, row, old, new, tmp_path):
    tables = tables_of(name)
    frame = tables[kind].frame.copy()
    column = next(
        j for j, text in enumerate(frame.iloc[row]) if old in str(text).replace("\u00a0", " ")
    )
    text = str(frame.iloc[row, column]).replace("\u00a0", " ")
    frame.iloc[row, column] = text.replace(old, new, 1)
    slipped = tables | {kind: replace(tables[kind], frame=frame)}
    found, audit = audited(slipped, "html", tmp_path)
    objections = audit[audit["verdict"].isin(OBJECTIONS)]
    number = next(i for i, g in enumerate(found.grids) if g.caption.endswith(tables[kind].caption))
    ids = set(found.cells.loc[found.cells["table"] == number, "id"])
    assert ids & set(objections.index), f"{text} unseen among {len(audit)} numbers"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [("comparison", "0.09185", "0.02985"), ("risks", "0.43862", "0.49862"),
     ("linear_bmi", "6.0584", "6.8584"), ("hazards", "5.4", "4.5"), ("events", ",14,", ",11,")],
)  # fmt: skip
def test_one_wrong_digit_in_a_csv_is_objected_to(kind, old, new, tmp_path):
    text = tables_of("all_kinds")[kind].to_csv().decode("utf-8-sig")
    assert old in text
    (tmp_path / f"{kind}.csv").write_text(text.replace(old, new, 1), encoding="utf-8-sig")
    found = ledger_from_tables([tmp_path / f"{kind}.csv"])
    (tmp_path / "ledger.csv").write_bytes(ledger_csv(found.ledger.assign(doubt="")))
    audit = audit_claims(load_claims(tmp_path / "ledger.csv"))
    assert audit["verdict"].isin(OBJECTIONS).any(), shown(audit)
