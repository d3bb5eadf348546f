"""Hand-typed ledgers: what may be left out, how they may be stored, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest

from paperaudit.claims import LedgerError, load_claims, validate_claims
from paperaudit.cli import main

SHORT = """item,group,statistic,printed
patients,all,n,42
patients,t,n,20
patients,c,n,22
fever,t,n,12
fever,t,percent,60.0
fever,c,n,5
fever,c,%,22.7
fever,,P-value,0.014
"""


def write(tmp_path, text, name="l.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def test_four_columns_are_enough(tmp_path):
    claims = load_claims(write(tmp_path, SHORT))
    assert claims.index[0] == "table1_patients_all_n"
    assert list(claims["decimals"]) == [0, 0, 0, 0, 1, 0, 1, 3]
    assert claims["denominator"].dropna().tolist() == [20, 22]
    assert set(claims["statistic"]) == {"n", "percent", "p"}
    assert set(claims["role"]) == {"predicted"}
    assert set(claims["variable"]) | set(claims["model"]) | set(claims["doubt"]) == {""}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("semicolons", lambda text: text.replace(",", ";").encode()),
        ("tabs", lambda text: text.replace(",", "\t").encode()),
        ("UTF-16", lambda text: text.encode("utf-16")),
        ("cp1252", lambda text: text.replace("fever", "fièvre").encode("cp1252")),
        ("a mark of UTF-8", lambda text: text.encode("utf-8-sig")),
        ("empty rows behind", lambda text: (text + ",,,\n" * 5 + "\n").encode()),
        ("empty columns", lambda text: text.replace("\n", ",,\n").encode()),
        ("capitals", lambda text: text.replace("item,group", " Item,GROUP").encode()),
        ("sep=", lambda text: b"sep=,\r\n" + text.encode()),
        ("spaces", lambda text: text.replace(",", " , ").encode()),
    ],
)
def test_a_ledger_is_read_however_it_was_stored(tmp_path, name, change):
    plain = load_claims(write(tmp_path, SHORT))
    stored = load_claims(write(tmp_path, change(SHORT), "other.csv"))
    columns = ["value", "decimals", "denominator", "group"]
    pd.testing.assert_frame_equal(
        plain[columns].reset_index(drop=True), stored[columns].reset_index(drop=True)
    )


def test_a_workbook_is_read_as_it_shows_its_numbers(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in SHORT.splitlines():
        book.active.append(
            [float(c) if c.replace(".", "").isdigit() else c for c in line.split(",")]
        )
    book.active["D6"].number_format = "0.0"
    book.save(tmp_path / "l.xlsx")
    claims = load_claims(tmp_path / "l.xlsx")
    assert list(claims["printed"]) == ["42", "20", "22", "12", "60.0", "5", "22.7", "0.014"]


def test_a_zero_that_a_spreadsheet_dropped_is_seen(tmp_path):
    text = "item,group,statistic,printed,value,decimals\nx,all,mean,9.3,9.3,2\n"
    with pytest.raises(LedgerError) as caught:
        load_claims(write(tmp_path, text))
    assert "row 2, column decimals" in str(caught.value)
    assert "a spreadsheet drops a last zero" in str(caught.value)


def test_problems_name_the_line_of_the_file(tmp_path):
    text = SHORT.replace("fever,c,n,5", ",,,\nfever,c,n,five?")
    with pytest.raises(LedgerError) as caught:
        load_claims(write(tmp_path, text))
    assert caught.value.problems[["row", "column"]].values.tolist() == [[8, "printed"]]


@pytest.mark.parametrize(
    "row",
    [
        "x,t,p,1.2", "x,t,n,35", "x,t,percent,104", "x,t,sd,-1.2", "x,,p,<.000",
        "x,,ci_low,3\nx,,ci_high,2", "x,t,ci_low,1\nx,c,ci_high,0", "x,,p,NS", "x,t|c,p,0.1",
    ],
)  # fmt: skip
def test_what_no_patients_can_have_is_no_matter_of_the_ledger(tmp_path, row):
    assert len(load_claims(write(tmp_path, SHORT + row + "\n"))) > 8


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x,t,n,2.5", "printed"),
        ("x,t,n,-2", "printed"),
        ("x,t,mean,many", "printed"),
        ("x,t,average,2", "statistic"),
        ("x,tt,n,2", "group"),
        (",t,n,2", "item"),
        ("x,t|d,p,0.2", "group"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, row, column):
    with pytest.raises(LedgerError) as caught:
        load_claims(write(tmp_path, SHORT + row + "\n"))
    assert caught.value.problems["column"].tolist() == [column]
    assert caught.value.problems["row"].tolist() == [10]


def test_a_percentage_of_the_row_is_found_by_its_counts():
    text = """patients,a,n,96
patients,b,n,194
male,a,n,57
male,a,percent,40.4
male,b,n,84
male,b,percent,59.6"""
    rows = [line.split(",") for line in text.splitlines()]
    frame = pd.DataFrame(rows, columns=["item", "group", "statistic", "printed"])
    assert validate_claims(frame)["denominator"].dropna().tolist() == [141, 141]


def test_a_percentage_that_follows_from_nothing_has_no_denominator():
    rows = [["patients", "a", "n", "96"], ["x", "a", "n", "57"], ["x", "a", "percent", "11.1"]]
    frame = pd.DataFrame(rows, columns=["item", "group", "statistic", "printed"])
    assert validate_claims(frame)["denominator"].isna().all()


def test_decimal_commas_of_a_ledger():
    rows = [["x", "a", "mean", "6,56"], ["x", "a", "sd", "2,600"], ["x", "", "p", "<0,001"]]
    frame = pd.DataFrame(rows, columns=["item", "group", "statistic", "printed"])
    claims = validate_claims(frame)
    assert claims["value"].tolist() == [6.56, 2.6, 0.001]
    assert claims["decimals"].tolist() == [2, 3, 3]


def test_limits_that_are_not_of_95_percent():
    row = {"item": "x", "group": "", "statistic": "ci_low", "printed": "1.2"}
    assert (
        validate_claims(pd.DataFrame([row | {"conf_level": "97.5%"}]))["conf_level"].iloc[0]
        == "97.5"
    )
    with pytest.raises(LedgerError, match="is not a confidence level"):
        validate_claims(pd.DataFrame([row | {"conf_level": "0.95"}]))


# The commands


def test_the_template_is_a_ledger_and_is_audited_without_an_objection(tmp_path, capsys):
    path = tmp_path / "new.csv"
    assert main(["ledger", "--new", str(path)]) == 0
    assert main(["ledger", "--new", str(path)]) == 2  # it stays
    assert main([str(path)]) == 0
    assert " 0 objected to." in capsys.readouterr().out


def test_a_table_is_read_into_a_ledger_and_a_page(tmp_path, capsys):
    table = write(tmp_path, Path(__file__).with_name("data").joinpath(
        "pasted_survivors.csv").read_bytes(), "t.csv")  # fmt: skip
    assert main(["ledger", str(table)]) == 0
    page = (tmp_path / "t.claims.page.html").read_text()
    assert "<td>64 (11.0)<small>mean 64</small><small>sd 11.0</small></td>" in page
    claims = load_claims(tmp_path / "t.claims.csv")
    assert len(claims) == 101
    assert main(["ledger", str(table)]) == 0  # nobody edited it
    with (tmp_path / "t.claims.csv").open("a") as file:
        file.write("\n")
    assert main(["ledger", str(table)]) == 2
    assert "was edited" in capsys.readouterr().err
    notes = tmp_path / "notes.html"
    notes.write_text("<p>mine</p>", encoding="utf-8")
    to = ["-o", str(tmp_path / "new.csv"), "--page", str(notes)]
    assert main(["ledger", str(table), *to]) == 2
    assert "notes.html: exists and is not a page of a ledger" in capsys.readouterr().err
    assert notes.read_text(encoding="utf-8") == "<p>mine</p>"


def test_doubts_make_the_exit_status_one_until_they_are_settled(tmp_path, capsys):
    text = "Variable,A (n=23),B (n=31),P\nAge,64 (11.0),66 (10.9),0.51\n"
    table = write(tmp_path, text, "t.csv")
    assert main(["ledger", str(table)]) == 1
    assert "--format" in capsys.readouterr().out
    ledger = tmp_path / "t.claims.csv"
    assert main([str(ledger)]) == 1
    settled = pd.read_csv(ledger, dtype=str, keep_default_na=False).assign(doubt="")
    settled.to_csv(ledger, index=False)
    assert main([str(ledger)]) == 0
    assert main([str(table)]) == 1
    assert main([str(table), "--format", "Age=mean (sd)"]) == 0
    assert main(["ledger", str(table), "--format", "mean (SD)", "-o", str(tmp_path / "b.csv")]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "mode"], "unknown format"),
        (["--size", "A"], "GROUP=NUMBER"),
        (["--size", "A=many"], "GROUP=NUMBER"),
    ],
)
def test_options_that_settle_nothing_are_refused(tmp_path, capsys, options, said):
    table = write(tmp_path, "Variable,A (n=23),B (n=31)\nAge,64 (11.0),66 (10.9)\n", "t.csv")
    assert main(["ledger", str(table), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["ledger"], ["ledger", "none.csv"], ["none.csv"]])
def test_nothing_to_read(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err
