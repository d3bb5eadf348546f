"""The public names: each is there, has a line of its own, and costs nothing until it is used."""

import re
import subprocess
import sys

import cohortbook


def test_each_name_is_there_and_has_a_line():
    listed = re.findall(r"^`(\w+)` +\S", cohortbook.__doc__, re.MULTILINE)
    assert sorted(listed) == cohortbook.__all__
    for name in cohortbook.__all__:
        assert getattr(cohortbook, name).__name__ == name
    assert {*cohortbook.__all__} <= {*dir(cohortbook)} and not hasattr(cohortbook, "nothing")


def test_importing_the_package_and_its_commands_imports_no_library():
    code = "import sys, cohortbook.cli; print({'numpy', 'pandas', 'matplotlib'} & {*sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout == "set()\n", shown.stderr
