"""What can be imported from the package itself, and the ledger that it brings."""

import subprocess
import sys
from types import ModuleType

import pytest

import paperaudit
from paperaudit.relations import relations_of
from paperaudit.verdict import TO_WEIGH


@pytest.mark.parametrize("name", paperaudit.__all__)
def test_each_name_is_no_module_and_has_a_line_of_the_documentation(name):
    assert not isinstance(getattr(paperaudit, name), ModuleType)
    assert f"\n`{name}` " in paperaudit.__doc__


def test_no_line_of_the_documentation_is_of_a_name_that_there_is_not():
    lines = [line for line in paperaudit.__doc__.splitlines() if line.startswith("`")]
    assert {line.split("`")[1] for line in lines} == {*paperaudit.__all__}
    with pytest.raises(AttributeError, match="no attribute 'audit_claim'"):
        paperaudit.audit_claim  # noqa: B018


def test_importing_the_package_imports_no_library():
    code = "import sys, paperaudit; print({'numpy', 'pandas', 'ortools'} & {*sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (shown.stdout, shown.stderr) == ("set()\n", "")


def test_the_audit_of_the_example_objects_to_what_was_planted_and_to_nothing_else():
    claims = paperaudit.load_claims(paperaudit.example_ledger())
    audit = paperaudit.audit_claims(claims)
    objections = audit[audit["verdict"].isin(TO_WEIGH)]
    regression = claims.index[claims["location"] == "table2"]
    assert {*objections.index} == {
        "results_female_all_n", "results_female_all_percent", "table1_deaths_p", *regression,
    }  # fmt: skip
    cut = audit.index[audit["verdict"] == "reproduced_truncated"]
    assert {*claims.loc[cut, "printed"]} == {"0.75", "0.01", "13", "31"}


def test_the_example_has_relations_of_each_kind():
    relations = relations_of(paperaudit.load_claims(paperaudit.example_ledger()))
    assert relations.partitions == (("patients", ("female", "male")),)
    assert relations.unions == (("antibiotic", ("cefazolin", "vancomycin")),)
    assert relations.dichotomised == {"over_65": "age"}
