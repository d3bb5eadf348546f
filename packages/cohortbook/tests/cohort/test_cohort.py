import io
import os
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cohortbook.cohort import CohortError, load_cohort, write_analysis
from cohortbook.cohort.cohort import find_spec

VARIABLES = {
    "out": {"label": "Outcome", "kind": "binary", "column": "Desfecho"},
    "size": {"label": "Size", "kind": "number", "unit": "cm", "column": "Tamanho"},
    "grade": {"kind": "ordinal", "levels": {"low": ["baixo", "I"], "high": ["alto", "II"]}},
    "type": {"kind": "category", "levels": ["p, q", "r"], "column": "Tipo"},
    "seen": {"kind": "date", "column": "Consulta"},
    "drugs": {"kind": "list", "items": {"a": ["um"], "b": ["dois"]}, "column": "Drogas"},
    "name": {"kind": "category", "levels": ["CANARY"], "column": "Nome", "identifier": True},
    "work": {"kind": "number", "column": "Obra", "export": False},
    "late": {"derive": {"above": ["size", 1]}},
}
SECTIONS = {
    "data": {"decimal": "both", "date_formats": ["%d/%m/%Y", "%Y-%m-%d"], "missing": ["NR"]},
    "id": {"column": "Registro", "identifier": True},
    "spellings": {"yes": ["sim", "s"], "no": ["não", "n"]},
    "analysis": {"outcome": "out"},
}
HEADINGS = "Registro,Desfecho,Tamanho,grade,Tipo,Consulta,Drogas,Nome,Obra\n"
ROWS = [
    'CANARY1,sim,"0,1",baixo,"p, q",28/02/1995,um,CANARY,1',
    "CANARY2,não,1e-7,alto,r,1996-02-29,um+dois,,2",
    "CANARY3,n,1.333333333333333259,,,,,,",
    "CANARY4,,NR,II,R,NR,NR,NR,NR",
]
TABLE = HEADINGS + "\n".join(ROWS) + "\n"


@pytest.fixture
def cohort(desk):
    return desk.load(TABLE, VARIABLES, **SECTIONS)


def test_a_cohort(cohort, desk):
    assert repr(cohort) == (
        f"<Cohort {cohort.source.parent.name!r}: 4 patients, 8 variables, from {cohort.source}>"
    )
    assert cohort.source == desk.path
    assert cohort.outcome == "out"
    assert cohort.labels["out"] == "Outcome"
    assert cohort.labels["late"] == "Late"
    assert list(cohort.frame) == [
        *["out", "size", "grade", "type", "seen", "drugs", "work", "late"]
    ]
    assert cohort.frame["size"].tolist()[:3] == [0.1, 1e-7, 4 / 3]
    assert cohort.frame["late"].tolist()[:3] == [False, False, True]
    with pytest.raises(AttributeError):
        cohort.frame = None


def test_a_tidy_table_needs_no_more_than_kinds(desk):
    variables = {"a": {"kind": "binary"}, "b": {"kind": "number"}, "c": {"kind": "date"}}
    cohort = desk.load("c,b,a\n1995-01-01,2.5,1\n,,0\n", variables)
    assert list(cohort.frame) == ["a", "b", "c"]
    assert cohort.frame["a"].tolist() == [True, False]
    assert cohort.changes.empty
    assert cohort.outcome == ""


# where the specification is


def test_a_folder_or_a_file_or_the_environment(desk, monkeypatch):
    desk.write(TABLE, VARIABLES, **SECTIONS)
    for spec in (desk.path, str(desk.path), desk.path.parent, str(desk.path.parent)):
        assert len(load_cohort(spec).frame) == 4
    monkeypatch.setenv("JDM_COHORT", str(desk.path))
    assert len(load_cohort().frame) == 4
    monkeypatch.setenv("JDM_COHORT", str(desk.path.parent))
    assert len(load_cohort().frame) == 4
    monkeypatch.setenv("JDM_COHORT", "/nowhere/cohort.yml")
    assert len(load_cohort(desk.path).frame) == 4
    with pytest.raises(CohortError, match=r"cohort\.yml: cannot be read"):
        load_cohort()


@pytest.mark.parametrize("variable", [None, ""])
def test_without_a_name_the_nearest_is_taken(desk, monkeypatch, variable):
    """Of this folder, then of those above it, then the default; the variable comes before all."""
    desk.write(TABLE, VARIABLES, **SECTIONS)
    inside = desk.path.parent / "book" / "chapters"
    inside.mkdir(parents=True)
    monkeypatch.delenv("JDM_COHORT", raising=False)
    if variable is not None:
        monkeypatch.setenv("JDM_COHORT", variable)
    for folder in (desk.path.parent, inside):
        monkeypatch.chdir(folder)
        assert find_spec() == find_spec(default=Path("elsewhere.yml")) == desk.path
        assert load_cohort().source == desk.path
    (inside / "cohort.yml").write_text("nearer")
    assert find_spec() == inside / "cohort.yml"
    monkeypatch.setenv("JDM_COHORT", str(desk.path))
    assert find_spec() == desk.path


def test_where_there_is_none_that_is_said_or_the_default_taken(desk, tmp_path, monkeypatch):
    desk.write(TABLE, VARIABLES, **SECTIONS)
    other = tmp_path / "other"
    other.mkdir()
    default = desk.path.rename(other / "cohort.yml")
    desk.table.rename(other / desk.table.name)
    monkeypatch.delenv("JDM_COHORT", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no cohort\.yml in .* or above it; name one"):
        load_cohort()
    assert load_cohort(default=default).source == default
    assert load_cohort(default=default.parent).source == default


def test_the_specification_is_refused_before_the_table_is_read(desk):
    desk.write(TABLE, VARIABLES, **SECTIONS, ttle="x")
    desk.table.unlink()
    with pytest.raises(CohortError, match="unknown key"):
        load_cohort(desk.path)


# the analysis file


ANALYSIS = """\
patient,out,size,grade,type,seen,late
patient-01,yes,0.1,low,"p, q",1995-02-28,no
patient-02,no,1e-07,high,r,1996-02-29,no
patient-03,no,1.3333333333333333,,,,yes
patient-04,,,high,r,,
"""


def test_the_analysis_file(desk, cohort):
    path = write_analysis(cohort)
    assert path == desk.path.parent / "analysis.csv"
    assert path.read_bytes() == ANALYSIS.encode()
    assert sorted(p.name for p in desk.path.parent.iterdir()) == [
        *("analysis.csv", "cohort.yml", "forms.csv")
    ]


def test_the_analysis_file_is_touched_only_to_change_it(cohort):
    path = write_analysis(cohort)
    os.utime(path, ns=(1, 1))
    assert write_analysis(cohort) == path
    assert path.stat().st_mtime_ns == 1
    path.write_text("something else")
    write_analysis(cohort)
    assert path.read_bytes() == ANALYSIS.encode()


def test_the_analysis_file_appears_at_once_or_not_at_all(cohort, monkeypatch):
    path = write_analysis(cohort)
    path.write_text("as before")

    def fail(*_):
        raise OSError("no")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(CohortError, match=r"analysis\.csv: cannot be written: no"):
        write_analysis(cohort)
    assert path.read_text() == "as before"
    assert sorted(p.name for p in path.parent.iterdir()) == [
        *("analysis.csv", "cohort.yml", "forms.csv")
    ]


def test_the_analysis_file_is_readable_like_any_new_file(cohort):
    path = write_analysis(cohort)
    other = path.with_name("other")
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def read_back(path, like):
    """Read an analysis file as anybody would, by pandas alone."""
    read = pd.read_csv(
        path, index_col="patient", true_values=["yes"], false_values=["no"], na_values=[""],
        keep_default_na=False,
    )  # fmt: skip
    return read.astype(like.dtypes)


def test_what_is_written_reads_back_the_same(cohort):
    expected = cohort.frame.drop(columns=["drugs", "work"])
    assert_frame_equal(read_back(write_analysis(cohort), expected), expected)


def test_derived_levels_read_back(desk):
    variables = {
        "x": {"kind": "ordinal", "levels": {"low": ["l"], "high": ["h"]}},
        "y": {"derive": {"lowest": "x"}},
    }
    cohort = desk.load("x\nl\nh\n", variables)
    assert_frame_equal(read_back(write_analysis(cohort), cohort.frame), cohort.frame)


# identifiers


def everything(cohort):
    parts = [cohort.frame.to_csv(), cohort.changes.to_csv(), cohort.flow.to_csv(), repr(cohort)]
    return "\n".join([*parts, cohort.missing.to_csv(), repr(cohort.spec)])


def test_identifiers_are_in_nothing_that_is_shown(desk):
    variables = VARIABLES | {
        "born": {"kind": "date", "column": "Nascimento", "identifier": True},
        "age": {"derive": {"years": ["born", "seen"]}},
        "name": {"kind": "category", "levels": {"x": ["MARIA", "Maria"]}, "column": "Nome"}
        | {"identifier": True, "only_if": "out"},
    }
    table = HEADINGS.replace("\n", ",Nascimento\n") + (
        "CANARY1,sim,1,I,r,1995-03-04,um,Maria,1,17/11/1983\n"
        "CANARY2,,1,I,r,1995-03-04,um,MARIA,1,1984-11-18\n"
        "CANARY3,não,1,I,r,1995-03-04,um,,1,17111983\n"
        "CANARY3,não,1,I,r,1995-03-05,um,,1,17/11/1985\n"
    )
    sections = SECTIONS | {
        "duplicates": {"latest": "seen"},
        "rules": [{"order": ["born", "seen"]}],
        "corrections": [
            {"id": "CANARY3", "column": "Nascimento", "from": "17111983", "to": "17/11/1983"}
        ],
    }
    cohort = desk.load(table, variables, **sections)
    canaries = ("CANARY", "1983", "1984", "1985", "MARIA", "Maria")
    shown = everything(cohort) + write_analysis(cohort).read_text()
    assert [
        canary for canary in canaries if canary in shown.replace("('MARIA', 'Maria')", "")
    ] == []
    assert {"correction", "date format", "level spelling", "not applicable"} <= set(
        cohort.changes.loc[cohort.changes["from"] == "(hidden)", "rule"]
    )
    assert "age" in cohort.frame


def test_identifiers_are_in_no_message(desk):
    variables = {
        "born": {"kind": "date", "identifier": True, "range": ["1980-01-01", "1990-01-01"]},
        "code": {"kind": "number", "identifier": True, "only_if": "ok"},
        "sum": {"derive": {"lowest": ["code"]}, "identifier": True, "range": [0, 10]},
        "seen": {"kind": "date"},
        "ok": {"kind": "binary"},
    }
    table = (
        "id,born,code,seen,ok\n"
        "CANARY1,CANARY,CANARY,1985-01-01,yes\n"
        "CANARY2,2077-11-12,777,1985-01-01,yes\n"
        "CANARY2,1985-11-12,778,1985-01-02,no\n"
        "CANARY3,1985-11-12,779,1985-01-01,no\n"
        "CANARY3,1985-11-12,CANARY4\n"
    )
    error = desk.refusal(
        table,
        variables,
        id={"column": "id", "identifier": True},
        duplicates={"latest": "seen"},
        rules=[{"order": ["seen", "born"]}, {"order": ["born", "seen"]}],
        corrections=[{"id": "CANARY9", "column": "code", "from": "CANARY8", "to": "CANARY7"}],
    )
    told = str(error) + error.problems.to_csv()
    for canary in ("CANARY", "2077", "1985-11-12", "777", "778", "779"):
        assert canary not in told
    problems = " ".join(error.problems["problem"])
    for problem in (
        "not a day",
        "not a number",
        "outside",
        "before",
        "fits no cells",
        "a value wh",
    ):
        assert problem in problems


# properties


quietly = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@quietly
@given(order=st.permutations(range(len(ROWS))))
def test_the_order_of_rows_changes_only_the_ids(desk, cohort, order):
    table = HEADINGS + "\n".join(ROWS[i] for i in order) + "\n"
    frame = desk.load(table, VARIABLES, **SECTIONS).frame
    assert frame.index.tolist() == cohort.frame.index.tolist()
    expected = cohort.frame.iloc[order].set_axis(cohort.frame.index)
    assert_frame_equal(frame, expected)


@quietly
@given(order=st.permutations(HEADINGS.strip().split(",")))
def test_the_order_of_columns_does_not_matter(desk, cohort, order):
    table = pd.read_csv(io.StringIO(TABLE), dtype=str, na_filter=False)[order]
    text = table.to_csv(index=False)
    assert_frame_equal(desk.load(text, VARIABLES, **SECTIONS).frame, cohort.frame)


@quietly
@given(
    yes=st.sampled_from(["sim", "SIM", " s ", "S", "yes", "1", "True"]),
    no=st.sampled_from(["não", "NÃO", "nao", "n", "no", "0", "na\u0303o"]),
    low=st.sampled_from(["baixo", "BAIXO", "I", "i", "low", " Low "]),
    size=st.sampled_from(["0,1", "0.1", " .1", "1e-1", "0.10", "+0,1"]),
    seen=st.sampled_from(["28/02/1995", "28/2/1995", "1995-02-28", " 28/02/1995 "]),
    drugs=st.sampled_from(["um+dois", "dois / um", "UM,Dois;um", "b+a", " a;;b "]),
    lost=st.sampled_from(["", "NR", "nr", "  "]),
)
def test_spellings_do_not_matter(desk, yes, no, low, size, seen, drugs, lost):
    heading = "Registro,Desfecho,Tamanho,grade,Tipo,Consulta,Drogas,Nome,Obra\n"
    first = heading + '1,sim,"0,1",baixo,r,28/02/1995,um+dois,,\n2,não,2,alto,,,,,\n'
    other = heading + f'1,{yes},"{size}",{low},r,{seen},"{drugs}",{lost},{lost}\n'
    other += f"2,{no},2,alto,{lost},{lost},{lost},{lost},{lost}\n"
    expected = desk.load(first, VARIABLES, **SECTIONS).frame
    assert_frame_equal(desk.load(other, VARIABLES, **SECTIONS).frame, expected)


@quietly
@given(numbers=st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=30))
def test_numbers_survive_writing_and_reading(desk, numbers):
    table = "x\n" + "".join(f"{number!r}\n" for number in numbers)
    cohort = desk.load(table, {"x": {"kind": "number"}})
    assert cohort.frame["x"].tolist() == numbers
    assert read_back(write_analysis(cohort), cohort.frame)["x"].tolist() == numbers


def test_the_same_files_give_the_same_bytes(desk, cohort):
    again = load_cohort(desk.path)
    assert again != cohort
    assert everything(again) == everything(cohort)
    first = write_analysis(cohort).read_bytes()
    write_analysis(again).unlink()
    assert write_analysis(again).read_bytes() == first


@quietly
@given(table=st.text(alphabet='ab,;"\n\r\t 1.\u00e3\ufeff', max_size=60))
def test_no_table_gives_anything_but_a_cohort_or_its_own_error(desk, table):
    desk.write("", {"a": {"kind": "number"}, "b": {"kind": "list", "items": ["a"]}})
    desk.table.write_bytes(("a,b\n" + table).encode())
    try:
        assert len(load_cohort(desk.path).frame)
    except CohortError as error:
        assert str(error)


TOKENS = [
    "data",
    "file",
    "variables",
    "a",
    "kind",
    "binary",
    "derive",
    "not",
    "order",
    "rules",
    "id",
]
documents = st.recursive(
    st.sampled_from(TOKENS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TOKENS), inner),
    max_leaves=12,
)


@quietly
@given(document=documents)
def test_no_specification_gives_anything_but_a_cohort_or_its_own_error(desk, document):
    desk.table.write_text("a\n1\n")
    desk.path.write_text(yaml.safe_dump(document))
    with pytest.raises(CohortError) as caught:
        load_cohort(desk.path)
    assert str(caught.value)


def test_a_table_of_a_hundred_thousand_rows_takes_seconds(desk):
    rows = "sim,0.1,baixo,r,28/02/1995,um,,1\n"
    table = HEADINGS + "".join(f"{i},{rows}" for i in range(20_000))
    desk.write(table, VARIABLES, **SECTIONS | {"analysis": {}})
    start = time.process_time()
    assert len(load_cohort(desk.path).frame) == 20_000
    assert time.process_time() - start < 5
