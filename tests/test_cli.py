"""The commands, run as a user runs them and called as a function."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jdm_utils.cli import main
from jdm_utils.study import LEDGER, load_claims
from paperaudit.audit_page import MARK
from paperaudit.verdict import TO_WEIGH, VERDICTS

HEAD = "id,location,item,group,statistic,printed,value,decimals,denominator,unit,role,note\n"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jdm_utils", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def ledger(tmp_path) -> Path:
    file = tmp_path / "my.claims.csv"
    file.write_bytes(LEDGER.read_bytes())
    return file


@pytest.fixture
def short_ledger(ledger) -> Path:
    """What the paper prints of one variable, where any ledger will do."""
    head, *rows = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    few = [row for row in rows if ",ck," in row or ",patients," in row]
    ledger.write_text("".join([head, *few]), encoding="utf-8")
    return ledger


def test_help_is_quick_and_names_the_command():
    start = time.perf_counter()
    shown = run("--help")
    assert time.perf_counter() - start < 1  # 0.1 s where nothing else runs
    assert shown.returncode == 0 and "audit" in shown.stdout


def test_help_imports_no_library_and_the_package_none_that_only_some_need():
    code = (
        "import sys; from jdm_utils.cli import main\n"
        "try: main(['audit', '--help'])\n"
        "except SystemExit: print({'pandas', 'numpy', 'scipy'} & {*sys.modules})\n"
        "import smallstats, cohortbook.report.figures, paperaudit.audit\n"
        "print({'scipy.stats', 'scipy.optimize', 'statsmodels', 'ortools'} & {*sys.modules})"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.endswith("set()\nset()\n")


@pytest.mark.parametrize("arguments", [[], ["aduit"], ["audit"]])
def test_a_wrong_command_is_a_matter_of_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m jdm_utils" in capsys.readouterr().err


def test_an_audit_prints_what_to_weigh_and_writes_a_page_beside_the_ledger(ledger, capsys):
    assert main(["audit", str(ledger), "--title", "Our study"]) == 0
    out, err = capsys.readouterr()
    page = ledger.with_name("my.claims.audit.html")
    lines = out.splitlines()
    assert err == "" and lines[0].startswith(f"{len(load_claims())} numbers read, ")
    assert lines[-1] == f"The whole audit: {page}"
    counts = [line.split(maxsplit=1) for line in lines[1 : lines.index("")]]
    assert sum(int(n) for n, _ in counts) == len(load_claims())
    heads = [f"{VERDICTS[verdict].words}:" for verdict in TO_WEIGH]
    assert [line for line in lines if line in heads] == heads
    listed = [line for line in lines if line.startswith("  ") and ": printed " in line]
    by_name = {name: int(n) for n, name in counts}
    assert len(listed) == sum(by_name[head.rstrip(":")] for head in heads)
    assert "  table3_ck_p: printed 0.09 (changes a conclusion)" in lines
    assert "Audit: Our study</h1>" in page.read_text(encoding="utf-8")
    assert "Ledger: my.claims.csv" in page.read_text(encoding="utf-8")
    assert sorted(ledger.parent.iterdir()) == [page, ledger]


def test_only_its_own_page_is_overwritten(short_ledger, capsys):
    page = short_ledger.with_name("page.html")
    page.write_text(f"<!doctype html><head>{MARK}</head>old", encoding="utf-8")
    assert main(["audit", str(short_ledger), "-o", str(page)]) == 0
    assert "old" not in page.read_text(encoding="utf-8")[-9:]
    page.write_text("<p>mine</p>", encoding="utf-8")
    assert main(["audit", str(short_ledger), "-o", str(page)]) == 2
    assert page.read_text(encoding="utf-8") == "<p>mine</p>"
    before = short_ledger.read_bytes()
    assert main(["audit", str(short_ledger), "-o", str(short_ledger)]) == 2
    assert short_ledger.read_bytes() == before
    assert "page.html: exists and is not a page of an audit" in capsys.readouterr().err


def test_a_bad_ledger_is_told_on_stderr_and_leaves_no_page(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(
        HEAD + "a,table2,x\x1b[2J,all,percent,140,140,0,,,predicted,\n"
        "a,nowhere,y,all,n,7.5,7.5,1,,,predicted,\n",
        encoding="utf-8",
    )
    done = run("audit", bad)
    assert done.returncode == 2 and done.stdout == ""
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr
    for part in ("row 2, column id", "row 3, column location", "row 3, column printed"):
        assert part in done.stderr
    assert list(tmp_path.iterdir()) == [bad]


@pytest.mark.parametrize("name", ["none.csv", "."])
def test_a_missing_ledger_is_told(name, tmp_path, capsys):
    assert main(["audit", str(tmp_path / name)]) == 2
    assert "no such ledger" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_told(short_ledger, capsys):
    assert (
        main(["audit", str(short_ledger), "-o", str(short_ledger.parent / "none" / "x.html")]) == 2
    )
    assert "none" in capsys.readouterr().err


def test_what_a_ledger_says_cannot_steer_the_terminal(short_ledger, capsys):
    text = short_ledger.read_text(encoding="utf-8")
    short_ledger.write_text(
        text.replace("table3_ck_p", '"table3_\x1b[31m\u202eck_p\n"'), encoding="utf-8"
    )
    assert main(["audit", str(short_ledger)]) == 0
    out = capsys.readouterr().out
    assert "table3_\ufffd[31m\ufffdck_p: printed 0.09" in out
    assert "\x1b" not in out and "\u202e" not in out


@pytest.mark.skipif(os.name == "nt", reason="needs bash and head")
def test_a_reader_that_stops_early_is_no_error(ledger):
    command = f'"{sys.executable}" -m jdm_utils audit "{ledger}" | head -1; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(f"{len(load_claims())} numbers read, ")
    assert done.stdout.count("\n") == 1


def test_a_table_is_read_and_audited_as_it_stands_in_a_paper(tmp_path, capsys):
    table = tmp_path / "table_2.csv"
    rows = ["Variable,Early (n = 23),Late (n = 31),P", '"Female, n (%)",16 (69.6),25 (80.6),0.346']
    table.write_text("\n".join(rows), encoding="utf-8")
    assert main(["ledger", str(table)]) == 0
    assert "7 printed numbers" in capsys.readouterr().out
    assert "table2_female_p" in (tmp_path / "table_2.claims.csv").read_text(encoding="utf-8")
    assert main(["audit", str(table)]) == 0
    assert (tmp_path / "table_2.audit.html").is_file()
